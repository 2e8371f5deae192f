"""What a session's body says, field by field, in words; and in which of them two bodies differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from plans.domain.sessions import COUNTS, PainSide, PainSite
from plans.forms.sessions import EFFORT_WORDS, PAIN_WORDS, READINESS_WORDS
from plans.models.sessions import FirstTen, Outcome


@dataclass(frozen=True)
class Difference:
    """A field in which a version says something else than the one that stands."""

    label: str
    here: str
    standing: str


def differences(body: dict[str, Any], standing: dict[str, Any], *, zone: ZoneInfo) -> list[Difference]:
    """The fields in which `body` differs from `standing`, in the order of the form."""
    here, there = in_words(body, zone=zone), in_words(standing, zone=zone)
    return [Difference(label, here[label], there[label]) for label in here if here[label] != there[label]]


def in_words(body: Mapping[str, Any], *, zone: ZoneInfo) -> dict[str, str]:
    """Each field's label and what it says; times in `zone`; "" for what was not said."""
    return {
        _("How much"): capfirst(str(Outcome(body["outcome"]).label)),
        _("Begun"): _moment(body["started_at"], zone),
        _("Finished"): _moment(body["finished_at"], zone),
        _("Effort"): _scale(body["rpe"], EFFORT_WORDS),
        _("Pain"): _scale(body["pain"], PAIN_WORDS),
        _("Where"): ", ".join(filter(None, [_label(PainSite, body["pain_site"]), _label(PainSide, body["pain_side"])])),
        _("Readiness"): _scale(body["readiness"], READINESS_WORDS, first=1),
        _("Stiff before the run"): {True: _("yes"), False: _("no"), None: ""}[body["stiff_before"]],
        _("First ten minutes"): _label(FirstTen, body["first_ten"]),
        _("Note"): body["note"],
        _("Steps"): "; ".join(_step(row) for row in body["steps"]),
        _("From memory"): _("yes") if body["from_memory"] else _("no"),
    }


def _moment(text: str | None, zone: ZoneInfo) -> str:
    return date_format(datetime.fromisoformat(text).astimezone(zone), _("D j M Y, H:i")) if text else ""


def _scale(number: int | None, words: Any, first: int = 0) -> str:
    return "" if number is None else f"{number}, {words[number - first]}"


def _label(choices: Any, value: str | None) -> str:
    return str(choices(value).label) if value else ""


def _step(row: Mapping[str, Any]) -> str:
    """One step: "2: 3 sets, 8 reps", "3: skipped (hurts)"."""
    if row.get("skipped"):
        words = _("skipped")
    else:
        units = {"sets_done": _("sets"), "reps_done": _("reps"), "seconds_done": _("s"), "metres_done": _("m")}
        words = ", ".join(f"{row[name]} {units[name]}" for name in COUNTS if row.get(name) is not None) or _("done")
    extra = [
        row.get("skip_reason"),
        row.get("swapped_for"),
        {"left": _("left harder"), "right": _("right harder")}.get(row.get("harder_side") or ""),
    ]
    said = ", ".join(str(each) for each in extra if each)
    return f"{row['position']}: {words} ({said})" if said else f"{row['position']}: {words}"
