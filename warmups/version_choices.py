"""What page and player show of a routine's versions: the one asked for, and a chip for each other one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from warmups.domain.durations import routine_seconds
from warmups.domain.swaps import HURTS, NO_EQUIPMENT, NO_FLOOR, NO_SPACE
from warmups.domain.versions import NO_TIME, Version, offered_minutes, version
from warmups.forms.versions import SWITCHES, VersionForm
from warmups.models import Step

WHY_WORDS = {
    HURTS: gettext_lazy("it hurts"),
    NO_EQUIPMENT: gettext_lazy("no equipment"),
    NO_FLOOR: gettext_lazy("standing only"),
    NO_SPACE: gettext_lazy("on the spot"),
}


@dataclass(frozen=True)
class Chip:
    """A version that one may choose: its word and its query ("" is the routine as it is)."""

    word: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class Told:
    """A step that is done otherwise, or not at all: its name, why in words, and what is done instead."""

    name: str
    why: str
    instead: str


@dataclass(frozen=True)
class Versions:
    """The version asked for (`shown`), what else there is to choose, and what to tell of it."""

    shown: Version
    form: VersionForm
    query: str
    times: list[Chip]
    switches: list[Chip]
    kept_fields: list[tuple[str, str]]  # what the form of minutes and pains sends along
    swapped: list[Told]
    without_substitute: list[Told]
    no_time: list[str]
    full_seconds: int
    count: int


def versions(steps: Sequence[Step], query: QueryDict) -> Versions:
    """The version of `steps` (with their exercises) that `query` asks for, see VersionForm.

    What can't be read, or would leave nothing to do, is told by the form; then it is the routine as it is.
    """
    form = VersionForm(query, steps=steps)
    form.is_valid()
    minutes, situation = form.cleaned_data.get("minutes"), form.situation()
    shown = version(steps, minutes=minutes, situation=situation)
    asked = _asked(form)
    if steps and not shown.steps:
        _tell_nothing_left(form, minutes, shown)
        shown, asked = version(steps), {}
    return Versions(
        shown=shown,
        form=form,
        query=urlencode(asked, doseq=True),
        times=_times(shown.suited, asked),
        switches=_switches(form, steps, asked),
        kept_fields=[(name, "on") for name in SWITCHES if name in asked],
        swapped=[
            Told(each.step.exercise_name, _why(each.whys), each.instead.exercise_name)
            for each in shown.swaps
            if each.instead
        ],
        without_substitute=[
            Told(each.step.exercise_name, _why(each.whys), "") for each in shown.left_out if NO_TIME not in each.whys
        ],
        no_time=[each.step.exercise_name for each in shown.left_out if NO_TIME in each.whys],
        full_seconds=routine_seconds(steps),
        count=len(steps),
    )


def _asked(form: VersionForm) -> dict[str, Any]:
    """What was asked for and could be read, as the query says it."""
    asked = {name: "on" for name in SWITCHES if form.cleaned_data.get(name)}
    fields = {"minutes": form.cleaned_data.get("minutes"), **asked, "hurts": form.cleaned_data.get("hurts")}
    return {name: value for name, value in fields.items() if value}


def _tell_nothing_left(form: VersionForm, minutes: int | None, shown: Version) -> None:
    if minutes is not None and shown.short:
        message = ngettext(
            "Nothing of this fits into %(minutes)d minute. Take a little longer. Here is all of it.",
            "Nothing of this fits into %(minutes)d minutes. Take a little longer. Here is all of it.",
            minutes,
        )
        form.add_error("minutes", message % {"minutes": minutes})
    else:
        form.add_error(None, _("Nothing of this would be left, and nothing is listed instead. Here is all of it."))


def _times(suited: Sequence[Step], asked: dict[str, Any]) -> list[Chip]:
    """All of it, and what fits into less."""
    chosen = asked.get("minutes")
    rest = {name: value for name, value in asked.items() if name != "minutes"}
    offered = sorted({*offered_minutes(suited), *([chosen] if chosen else [])})
    return [
        Chip(_("All of it"), urlencode(rest, doseq=True), chosen is None),
        *(
            Chip(
                _("%(minutes)d min") % {"minutes": each},
                urlencode({"minutes": each, **rest}, doseq=True),
                each == chosen,
            )
            for each in offered
        ),
    ]


def _switches(form: VersionForm, steps: Sequence[Step], asked: dict[str, Any]) -> list[Chip]:
    """Each that would change something, or is on."""
    changes: dict[str, Callable[[Step], object]] = {
        "standing": lambda step: step.exercise.lying,
        "no_band": lambda step: step.equipment,
        "no_space": lambda step: step.exercise.space == "lane",
    }
    chips = []
    for name in SWITCHES:
        on = name in asked
        if on or any(changes[name](step) for step in steps):
            other = {key: value for key, value in asked.items() if key != name} | ({} if on else {name: "on"})
            chips.append(Chip(str(form.fields[name].label), urlencode(other, doseq=True), on))
    return chips


def _why(whys: Sequence[str]) -> str:
    return ", ".join(str(WHY_WORDS[why]) for why in whys)
