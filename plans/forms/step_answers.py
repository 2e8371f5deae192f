"""What was done of each step, asked step by step: fields of the log's form, and a session's steps out of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plans.domain.sessions import COUNTS
from warmups.domain.doses import dose_text
from warmups.models import Exercise, Step

DONE, SKIPPED = "done", "skipped"
STATES = [("", _("not said")), (DONE, _("done")), (SKIPPED, _("left out"))]
HARDER = [("", _("no difference")), ("left", _("the left")), ("right", _("the right"))]
# What the amount of a step is, by what its dose counts.
AMOUNTS = {"reps": "reps_done", "hold": "seconds_done", "distance": "metres_done"}
WORDS = {"state": _("Done?"), "sets": _("Sets"), "harder": _("Which side was harder?")}
UNITS = {"reps_done": _("Repetitions"), "seconds_done": _("Seconds"), "metres_done": _("Metres")}
# As in static/js/player/body.js: what a swapped step counts is told by the first of these that its row has.
BY_ROW = ("metres_done", "seconds_done", "reps_done")


@dataclass(frozen=True)
class StepRow:
    """A step's questions, for the page: what was done in it, its dose ("" of another exercise than the prescribed one),
    what the dose counts, and each question with its word.
    """

    step: Step
    name: str
    dose: str
    counted: str
    fields: list[tuple[str | Promise, BoundField]]


class StepAnswers(forms.Form):
    """A form that asks of each of `prescribed` whether it was done, how much of it, and which side was harder."""

    prescribed: Sequence[Step] = ()
    instead: Mapping[int, str] = {}
    units = UNITS

    def ask_steps(self, prescribed: Sequence[Step], rows: Collection[Mapping[str, Any]]) -> None:
        """Add the fields of `prescribed`, filled in with what `rows` (a session's steps) say. One query for swaps."""
        self.prescribed = prescribed
        known = {row["position"]: row for row in rows}
        self.instead = _instead(rows)
        for step in prescribed:
            row = known.get(step.position, {})
            counted = _counted(step, row)
            state = forms.ChoiceField(choices=STATES)
            self._add(step, "state", WORDS["state"], state, _state(row))
            self._add(step, "sets", WORDS["sets"], _whole(COUNTS["sets_done"]), row.get("sets_done"))
            self._add(step, "amount", UNITS[counted], _whole(COUNTS[counted]), row.get(counted))
            if step.sides == "each":
                harder = forms.ChoiceField(choices=HARDER)
                self._add(step, "harder", WORDS["harder"], harder, row.get("harder_side") or "")

    def _add(self, step: Step, name: str, word: str | Promise, field: forms.Field, initial: Any) -> None:
        # On top of the form, where errors are told, nothing else says which step it is about.
        field.label = f"{self._shown_name(step)}: {word}"
        field.required, field.initial = False, initial
        self.fields[_name(step, name)] = field

    def _shown_name(self, step: Step) -> str:
        return self.instead.get(step.position, step.exercise_name)

    def step_rows(self) -> list[StepRow]:
        """The questions in the routine's order."""
        return [
            StepRow(
                step,
                self._shown_name(step),
                "" if step.position in self.instead else dose_text(step),
                AMOUNTS[step.mode],
                [(str(self[name].label).rpartition(": ")[2], self[name]) for name in self._names(step)],
            )
            for step in self.prescribed
        ]

    def steps_in_error(self) -> bool:
        """Whether something is wrong with one of these answers."""
        return any(name in self.errors for step in self.prescribed for name in self._names(step))

    def _names(self, step: Step) -> list[str]:
        """The step's fields that there are."""
        names = [_name(step, name) for name in ("state", "sets", "amount", "harder")]
        return [name for name in names if name in self.fields]

    def answered(self, rows: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """`rows` with what was answered in their place. What was not asked of a step stays as it was."""
        steps = {row["position"]: dict(row) for row in rows}
        for step in self.prescribed:
            if self.add_prefix(_name(step, "state")) not in self.data:
                continue
            row = steps.pop(step.position, {})
            said = {
                name: self.cleaned_data[_name(step, name)]
                for name in ("sets", "amount", "harder")
                if _name(step, name) in self.fields
            }
            state = self.cleaned_data[_name(step, "state")]
            if not row and any(value not in (None, "") for value in said.values()):
                state = state or DONE  # who says how much of it has done it
            if state == SKIPPED and _state(row) != SKIPPED:
                kept = {name: row[name] for name in ("skip_reason", "swapped_for") if name in row}
                row = {"sets_done": 0, "skipped": True} | kept
            elif state == DONE:
                if row.get("skipped") and not row.get("swapped_for"):
                    row["skip_reason"] = None  # why it was left out; why it was swapped stays
                row |= {"skipped": False, "sets_done": said["sets"], _counted(step, row): said["amount"]}
                row |= {"harder_side": said["harder"] or None} if "harder" in said else {}
            if state:
                steps[step.position] = row | {"position": step.position}
        return sorted(steps.values(), key=lambda row: row["position"])


def _instead(rows: Collection[Mapping[str, Any]]) -> dict[int, str]:
    """By position the name of the exercise that was done in place of the prescribed one."""
    slugs = {row["position"]: row["swapped_for"] for row in rows if row.get("swapped_for")}
    names = dict(Exercise.objects.filter(slug__in=slugs.values()).values_list("slug", "name")) if slugs else {}
    return {position: names[slug] for position, slug in slugs.items() if slug in names}


def _name(step: Step, name: str) -> str:
    return f"step-{step.position}-{name}"


def _whole(most: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(min_value=0, max_value=most, widget=widget)


def _state(row: Mapping[str, Any]) -> str:
    if not row:
        return ""
    return SKIPPED if row.get("skipped") else DONE


def _counted(step: Step, row: Mapping[str, Any]) -> str:
    """What the row counts: a step that was swapped may be counted otherwise than the one prescribed."""
    found = (name for name in BY_ROW if row.get(name) is not None) if row.get("swapped_for") else iter(())
    return next(found, AMOUNTS[step.mode])
