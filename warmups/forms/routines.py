"""The forms of the builder: what a routine is called, and each of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from warmups.domain.doses import COUNTED, LIMITS
from warmups.domain.routines import MOST_STEPS, StepInput
from warmups.domain.suggestions import ALL_PHASES
from warmups.models import Exercise, Step


class RoutineForm(forms.Form):
    """What a routine is called. `revision`: the id of the one that the change is based on."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off", "placeholder": _("Before Tuesday intervals")}),
    )
    description = forms.CharField(
        label=_("What it is for"), max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )
    reason = forms.CharField(
        label=_("What changed, and why"),
        max_length=200,
        required=False,
        help_text=_("Stays beside this version."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)


def _number(label: Any, field: str) -> forms.IntegerField:
    low, high = LIMITS[field]
    # The limits are the domain's to refuse: a number out of them is still shown in the sums of a half-made routine.
    widget = forms.NumberInput({"min": low, "max": high, "inputmode": "numeric", "class": "build-number"})
    return forms.IntegerField(label=label, required=False, widget=widget)


FINER = ("rest_seconds", "tempo", "rank")


class StepForm(forms.Form):
    """A step of `exercise`: the fields of its mode, and sides only where it is done on one side after the other.

    The fields' names begin with `key`, which is the step's as long as the page is open.
    """

    sets = _number(_("Sets"), "sets")
    reps = _number(_("Reps"), "reps")
    hold_seconds = _number(_("Hold, s"), "hold_seconds")
    metres = _number(_("Metres"), "metres")
    sides = forms.ChoiceField(label=_("Sides"), choices=Step.Sides.choices, required=False)
    rest_seconds = _number(_("Rest, s"), "rest_seconds")
    tempo = forms.CharField(label=_("Tempo"), required=False, max_length=40, widget=forms.TextInput({"size": 10}))
    rank = forms.IntegerField(
        label=_("Rank"),
        required=False,
        widget=forms.NumberInput({"min": 1, "max": MOST_STEPS, "inputmode": "numeric", "class": "build-number"}),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    equipment = forms.MultipleChoiceField(
        label=_("Equipment"), required=False, widget=forms.CheckboxSelectMultiple({"class": "picks--small"})
    )

    def __init__(
        self,
        exercise: Exercise,
        key: str,
        data: Any = None,
        *,
        equipment: Mapping[str, str],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=key, initial=dict(initial or {}))
        self.exercise, self.key = exercise, key
        counted = COUNTED[exercise.mode]
        for field in {"reps", "hold_seconds", "metres"} - {*counted}:
            del self.fields[field]
        if not exercise.unilateral:
            del self.fields["sides"]
        if exercise.mode == "hold":
            self.fields["reps"].label = _("Holds")
        self.fields["equipment"].choices = list(equipment.items())  # type: ignore[attr-defined]

    @property
    def dose(self) -> list[forms.BoundField]:
        """What one sees at once."""
        return [self[name] for name in ("sets", "reps", "hold_seconds", "metres", "sides") if name in self.fields]

    @property
    def finer(self) -> list[forms.BoundField]:
        """What is folded away, apart from note and equipment."""
        return [self[name] for name in FINER]

    @property
    def more(self) -> bool:
        """Whether something is wrong in what is folded away."""
        return self.is_bound and not {*FINER, "note", "equipment"}.isdisjoint(self.errors)

    @property
    def phase_rank(self) -> int:
        """Where its RAMP phase stands in a warm-up."""
        return ALL_PHASES.index(self.exercise.phase)

    def said(self) -> tuple[StepInput, set[str]]:
        """The step as the domain takes it, and the names of fields that are not well formed.

        What is left empty is None, which the domain refuses where it is needed; a rank is the position then.
        """
        wrong = set(self.errors) if self.is_bound else set()
        values = self.cleaned_data if self.is_bound else self.initial
        step: dict[str, Any] = {"exercise": self.exercise.slug}
        for name in self.fields:
            value = values.get(name)
            # Left empty is as if not said, and so is what is not well formed.
            if value is None and (name in ("rank", "rest_seconds") or name in wrong):
                continue
            step[name] = value
        return cast(StepInput, step), wrong
