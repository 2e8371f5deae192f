"""What a routine said over time: its versions, one of them whole, and the difference between two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from warmups.coverage_picture import coverage_picture
from warmups.domain.coverage import coverage
from warmups.domain.routine_differences import in_short, revision_difference
from warmups.models import Equipment, Revision, Routine, Step
from warmups.querysets import RevisionQuerySet, curates
from warmups.routine_shapes import ticks

if TYPE_CHECKING:
    from accounts.querysets import Person

PER_PAGE = 20


@dataclass(frozen=True)
class Version:
    """A revision as its readers see it. `who`: by name, or Prestride; `is_current`: whether it is what readers get."""

    revision: Revision
    who: str
    is_current: bool
    marks: list[Mark]

    @property
    def number(self) -> int:
        """Its number."""
        return self.revision.number


@dataclass(frozen=True)
class Mark:
    """How a revision stands: a word, a lucide icon, one of the looks of states."""

    word: str
    icon: str
    look: str


@dataclass(frozen=True)
class Entry:
    """A line of the list. `before`: the number of the version that stood before it, if there is one."""

    version: Version
    before: int | None
    changed: str


# --- All of them ------------------------------------------------------------------------------------------------------


@require_safe
def routine_revisions(request: HttpRequest, routine_id: int) -> HttpResponse:
    """The versions of a routine, the newest first: who, when, why, what changed. `?page=2`."""
    routine = Routine.objects.for_reading(request.user, pk=routine_id)
    rows = _rows(request.user, routine)
    shown = rows.select_related("created_by").prefetch_related("steps")
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    entries = _entries(routine, page, shown, request.user)
    choices = _choices(rows, routine, request.user)
    form = CompareForm(choices, initial=_usual_pair(choices)) if len(choices) > 1 else None
    context = {"routine": routine, "page_obj": page, "entries": entries, "form": form}
    return render(request, "warmups/revisions.html", context)


def _rows(person: Person, routine: Routine) -> RevisionQuerySet:
    """The versions of a routine that somebody sees, the newest first."""
    return Revision.objects.visible_to(person).filter(routine=routine).order_by("-number")


def _entries(routine: Routine, page: Page[Revision], rows: RevisionQuerySet, person: Person) -> list[Entry]:
    """The lines of a page; what the last of them changed is told by the version before, which is on the next page."""
    shown = list(page)
    before = rows.filter(number__lt=shown[-1].number).first() if shown else None
    return [
        Entry(
            version=_version(revision, routine, person),
            before=older.number if older else None,
            changed=in_short(older, revision) if older else "",
        )
        for revision, older in zip(shown, [*shown[1:], before], strict=True)
    ]


def _version(revision: Revision, routine: Routine, person: Person) -> Version:
    readable = routine.owner_id is not None or revision.published_at is not None
    is_current = readable and revision.pk == routine.current_id
    marks = [Mark(_("In use now"), "check", "done")] if is_current else _marks(revision, routine, readable=readable)
    return Version(revision, _who(revision, routine, person), is_current, marks)


def _who(revision: Revision, routine: Routine, person: Person) -> str:
    """Who made it. Readers of the library learn no curator's name."""
    library = routine.owner_id is None
    if library and revision.created_by_id is None:
        return "Prestride"
    if library and not curates(person):
        return _("A curator")
    return str(revision.created_by.name) if revision.created_by else _("Somebody")


def _marks(revision: Revision, routine: Routine, *, readable: bool) -> list[Mark]:
    """How a revision stands that is not the current one: something only of those that readers never had."""
    if readable:
        return []
    if revision.pk == routine.latest_id:
        word = routine.get_next_status_display() if routine.next_status else _("draft")
        return [Mark(str(word).capitalize(), "file-pen-line", "planned")]
    return [Mark(_("Set aside"), "archive", "skipped")]


# --- One of them ------------------------------------------------------------------------------------------------------


@require_safe
def routine_revision(request: HttpRequest, routine_id: int, number: int) -> HttpResponse:
    """One version whole: what was prescribed, in the words of then."""
    person = request.user
    routine = Routine.objects.select_related("current").for_reading(person, pk=routine_id)
    rows = _rows(person, routine)
    revision = rows.select_related("created_by").whole().for_reading(person, number=number)
    steps = list(revision.steps.all())
    equipment = dict(Equipment.objects.values_list("slug", "name"))
    covered = coverage(steps, _figures(steps))
    numbers = list(rows.values_list("number", flat=True))
    may_change = Routine.objects.editable_by(person).filter(pk=routine.pk).exists()
    context = {
        "routine": routine,
        "revision": revision,
        "version": _version(revision, routine, person),
        "steps": [(step, _small_print(step, equipment)) for step in steps],
        "ticks": ticks(steps),
        "equipment": sorted({equipment.get(slug, slug) for step in steps for slug in step.equipment}),
        "picture": coverage_picture(covered),
        "older": max((other for other in numbers if other < number), default=None),
        "newer": min((other for other in numbers if other > number), default=None),
        "may_bring_back": may_change and not routine.archived_at and revision.pk != routine.latest_id,
    }
    return render(request, "warmups/revision.html", context)


def _figures(steps: list[Step]) -> list[Any]:
    exercises = {step.exercise_id: step.exercise for step in steps}
    return [row for exercise in exercises.values() for row in exercise.activations.all()]


def _small_print(step: Step, equipment: dict[str, str]) -> str:
    """What a step says beside its dose, in one line."""
    parts = [step.note]
    if step.rest_seconds and step.sets > 1:
        parts.append(_("%(seconds)d s rest between sets") % {"seconds": step.rest_seconds})
    if step.tempo:
        parts.append(_("tempo %(tempo)s") % {"tempo": step.tempo})
    parts += [equipment.get(slug, slug) for slug in step.equipment]
    return " · ".join(part for part in parts if part)


# --- Two of them ------------------------------------------------------------------------------------------------------


class CompareForm(forms.Form):
    """Which two versions to compare, by their numbers. `choices`: as of `_choices`."""

    def __init__(self, choices: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrong = {
            "required": _("Choose a version."),
            "invalid_choice": _("There is no such version. Choose one of these."),
        }
        for name, label in (("from", _("From version")), ("to", _("To version"))):
            self.fields[name] = forms.TypedChoiceField(choices=choices, coerce=int, label=label, error_messages=wrong)


def _choices(rows: RevisionQuerySet, routine: Routine, person: Person) -> list[tuple[int, str]]:
    """The versions to choose from, the newest first: each with its number, when and by whom."""
    return [
        (
            revision.number,
            _("%(number)d: %(day)s, %(name)s")
            % {
                "number": revision.number,
                "day": date_format(timezone.localtime(revision.created_at), "DATE_FORMAT"),
                "name": _who(revision, routine, person),
            },
        )
        for revision in rows.select_related("created_by")
    ]


def _usual_pair(choices: list[tuple[int, str]]) -> dict[str, int]:
    """What one mostly wants to compare: the last but one with the last."""
    numbers = [number for number, _label in choices[:2]]
    return {"from": numbers[-1], "to": numbers[0]} if numbers else {}


@require_safe
def routine_compare(request: HttpRequest, routine_id: int) -> HttpResponse:
    """What differs from one version to another: `?from=1&to=3`; without both, from the last but one to the last."""
    person = request.user
    routine = Routine.objects.for_reading(person, pk=routine_id)
    rows = _rows(person, routine)
    choices = _choices(rows, routine, person)
    asked = request.GET if {"from", "to"} & request.GET.keys() else _usual_pair(choices)
    form = CompareForm(choices, asked)
    context: dict[str, Any] = {"routine": routine, "form": form}
    if form.is_valid():
        numbers = [form.cleaned_data[name] for name in ("from", "to")]
        whole = rows.select_related("created_by").whole().filter(number__in=numbers)
        found = {revision.number: revision for revision in whole}
        before, after = (found[number] for number in numbers)
        context |= {
            "ends": [_version(revision, routine, person) for revision in (before, after)],
            "difference": revision_difference(
                before, after, equipment=dict(Equipment.objects.values_list("slug", "name"))
            ),
        }
    return render(request, "warmups/revision_compare.html", context, status=200 if form.is_valid() else 422)


revision_urls = [
    path("routines/<int:routine_id>/revisions/", routine_revisions, name="routine-revisions"),
    path("routines/<int:routine_id>/revisions/<int:number>/", routine_revision, name="routine-revision"),
    path("routines/<int:routine_id>/compare/", routine_compare, name="routine-compare"),
]
