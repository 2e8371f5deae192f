"""The figure beside the poses it is drawn from: checked and redrawn on the server while somebody types."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from warmups import figures
from warmups.domain.content_export import poses_json
from warmups.figures import clip, physics, schema
from warmups.models import Exercise
from warmups.workshop import pose_words
from warmups.workshop.access import page_context, workshop_page
from warmups.workshop.exercise_form import ExercisePage, PosesField, read_poses
from warmups.workshop.pose_examples import EXAMPLES, FAULTS, NO_JSON, Example

KINDS = {
    "moving": gettext_lazy("moving"),
    "still": gettext_lazy("still, two moments"),
    "small": gettext_lazy("still, one moment, for small places"),
}
THEMES: dict[figures.Theme, Any] = {"light": gettext_lazy("light"), "dark": gettext_lazy("dark")}
# What an example shows: the one that moves, and for less motion the one that does not.
BRIEF = ("moving", "still")
LONGEST_TITLE = 80
# That fit into a line of an example's field.
CHARACTERS = 50


@dataclass(frozen=True)
class Picture:
    """One file of a figure, in the page itself: `address` is a data: URI."""

    kind: str
    theme: str
    words: str
    address: str


@dataclass(frozen=True)
class Figure:
    """What poses look like, or what is wrong with them. Neither: there are none."""

    problems: list[figures.Problem] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    description: str = ""


def figure_of(title: str, poses: Any, kinds: Iterable[str] = tuple(KINDS)) -> Figure:
    """The figure of poses that need not be right. Takes tenths of a second."""
    if poses is None:
        return Figure()
    if problems := figures.check(poses):
        return Figure(problems)
    drawing = figures.Drawing(poses)
    draw = {"moving": drawing.animated, "still": drawing.still, "small": drawing.small}
    pictures = [
        Picture(kind, theme, f"{KINDS[kind]}, {look}", _address(draw[kind](title=title, side=None, theme=theme)))
        for kind in kinds
        for theme, look in THEMES.items()
    ]
    return Figure(pictures=pictures, description=figures.desc(poses))


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def figure_shown(page: ExercisePage) -> Figure:
    """The figure of what stands in a form."""
    text = page.form["poses"].value()
    return figure_of_text(str(page.form["name"].value() or ""), PosesField().prepare_value(text))


def figure_of_text(title: str, text: str, kinds: Iterable[str] = tuple(KINDS)) -> Figure:
    """The figure of poses as they were typed."""
    try:
        poses = read_poses(text)
    except ValidationError as error:
        return Figure([figures.Problem("", message) for message in error.messages])
    return figure_of(title[:LONGEST_TITLE] or _("Figure"), poses, kinds)


@workshop_page
@require_POST
def figure(request: HttpRequest) -> HttpResponse:
    """A part of a page: the figure of the poses sent, or what is wrong with them. Nothing is kept.

    With `brief` only the pictures of an example.
    """
    kinds = BRIEF if "brief" in request.POST else tuple(KINDS)
    shown = figure_of_text(request.POST.get("name", ""), request.POST.get("poses", ""), kinds)
    return render(request, "admin/warmups/exercise/_figure.html", {"figure": shown})


@workshop_page
def poses_like(request: HttpRequest) -> HttpResponse:
    """A part of a page: the field for poses with another exercise's in it, and their figure. `?like=<slug>`."""
    rows = Exercise.objects.visible_to(request.user).exclude(poses_digest="").select_related("latest")
    other = rows.filter(slug=request.GET.get("like", "")).first()
    if other is None:
        raise Http404
    poses = other.poses if other.latest is None else other.latest.document["poses"]
    text = PosesField().prepare_value(poses)
    context = {"text": text, "figure": figure_of(other.name, poses), "like": other}
    return render(request, "admin/warmups/exercise/_poses_like.html", context)


@dataclass(frozen=True)
class Shown:
    """An example as it stands on the page: its text may have been changed."""

    example: Example
    text: str
    figure: Figure

    @property
    def rows(self) -> int:
        """The height of its field, in lines: about what it needs, long lines wrapped."""
        return min(26, 2 + sum(1 + len(line) // CHARACTERS for line in self.text.splitlines()))


@workshop_page
def explained(request: HttpRequest) -> HttpResponse:
    """How poses are written, with examples that are drawn while one changes them; without JavaScript, by a button."""
    typed = {request.POST.get("example", ""): request.POST.get("poses", "")}
    context = {
        "examples": [_shown(example, typed.get(example.name)) for example in EXAMPLES],
        "fields": pose_words.FIELDS,
        "bases": pose_words.BASES,
        "joints": pose_words.joints(),
        "planted": pose_words.planted(),
        "frames": schema.FRAMES,
        "props": pose_words.props(),
        "muscles": pose_words.muscles(),
        "points": [*schema.TRUNK_POINTS, *schema.SIDED_POINTS, *schema.LEG_POINTS, *schema.ARM_POINTS],
        "shortest": schema.SHORTEST_LOOP,
        "longest": schema.LONGEST_LOOP,
        "most_keys": schema.MOST_KEYS,
        "fastest": physics.FASTEST,
        "default_move": clip.DEFAULT_MOVE,
        "faults": _faults(),
    }
    page = page_context(request, _("How poses are written"), **context)
    return TemplateResponse(request, "admin/workshop/poses.html", page)


def _shown(example: Example, typed: str | None) -> Shown:
    if typed is None:
        return Shown(example, poses_json(example.poses), _drawn(example, get_language()))
    return Shown(example, typed, figure_of_text(str(example.title), typed, BRIEF))


@cache
def _drawn(example: Example, _language: str | None) -> Figure:
    """An example as it is delivered, drawn once in each language."""
    return figure_of(str(example.title), example.poses, BRIEF)


def _faults() -> list[tuple[figures.Problem, Any]]:
    """What is told most often, and what to do then."""
    [no_json] = figure_of_text("", NO_JSON).problems
    told = [(figures.check(fault.faulty)[0], fault.remedy) for fault in FAULTS]
    return [*told, (no_json, _("Look at the end of the line before: is there a comma, a bracket or a quote too many?"))]


figure_urls = [
    path("figure/", figure, name="warmups_exercise_figure"),
    path("poses-like/", poses_like, name="warmups_exercise_poses_like"),
]
poses_urls = [path("poses/", explained, name="workshop-poses")]
