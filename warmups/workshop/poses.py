"""The figure beside the poses it is drawn from: checked and redrawn on the server while somebody types."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from warmups import figures
from warmups.models import Exercise
from warmups.workshop.access import page_context, workshop_page
from warmups.workshop.exercise_form import ExercisePage, PosesField, read_poses

KINDS = {
    "moving": gettext_lazy("moving"),
    "still": gettext_lazy("still, two moments"),
    "small": gettext_lazy("still, one moment, for small places"),
}
THEMES: dict[figures.Theme, Any] = {"light": gettext_lazy("light"), "dark": gettext_lazy("dark")}
LONGEST_TITLE = 80


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


def figure_of(title: str, poses: Any) -> Figure:
    """The figure of poses that need not be right. Takes tenths of a second."""
    if poses is None:
        return Figure()
    if problems := figures.check(poses):
        return Figure(problems)
    drawing = figures.Drawing(poses)
    draw = {"moving": drawing.animated, "still": drawing.still, "small": drawing.small}
    pictures = [
        Picture(kind, theme, f"{words}, {look}", _address(draw[kind](title=title, side=None, theme=theme)))
        for kind, words in KINDS.items()
        for theme, look in THEMES.items()
    ]
    return Figure(pictures=pictures, description=figures.desc(poses))


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def figure_shown(page: ExercisePage) -> Figure:
    """The figure of what stands in a form."""
    text = page.form["poses"].value()
    return figure_of_text(str(page.form["name"].value() or ""), PosesField().prepare_value(text))


def figure_of_text(title: str, text: str) -> Figure:
    """The figure of poses as they were typed."""
    try:
        poses = read_poses(text)
    except ValidationError as error:
        return Figure([figures.Problem("", message) for message in error.messages])
    return figure_of(title[:LONGEST_TITLE] or _("Figure"), poses)


@workshop_page
@require_POST
def figure(request: HttpRequest) -> HttpResponse:
    """A part of a page: the figure of the poses sent, or what is wrong with them. Nothing is kept."""
    shown = figure_of_text(request.POST.get("name", ""), request.POST.get("poses", ""))
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


@workshop_page
def explained(request: HttpRequest) -> HttpResponse:
    """How poses are written, with examples that are drawn while one changes them."""
    return TemplateResponse(request, "admin/workshop/poses.html", page_context(request, _("How poses are written")))


figure_urls = [
    path("figure/", figure, name="warmups_exercise_figure"),
    path("poses-like/", poses_like, name="warmups_exercise_poses_like"),
]
poses_urls = [path("poses/", explained, name="workshop-poses")]
