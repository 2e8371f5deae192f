"""What somebody asks of a routine today: minutes, ground, band, space, what hurts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from warmups.domain.swaps import Situation
from warmups.domain.versions import MOST_MINUTES
from warmups.models import Step

SWITCHES = ("standing", "no_band", "no_space")


class VersionForm(forms.Form):
    """The query of a routine's page and of the player. What can't be read is told, and the rest counts."""

    minutes = forms.IntegerField(
        label=_("Your minutes"),
        min_value=1,
        max_value=MOST_MINUTES,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    standing = forms.BooleanField(label=_("Standing only"), required=False)
    no_band = forms.BooleanField(label=_("Without equipment"), required=False)
    no_space = forms.BooleanField(label=_("On the spot"), required=False)
    hurts = forms.TypedMultipleChoiceField(
        label=_("What hurts?"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, steps: Sequence[Step]) -> None:
        super().__init__(data, auto_id="version_%s")
        self.fields["hurts"].choices = [(step.position, step.exercise_name) for step in steps]  # type: ignore[attr-defined]
        self.fields["hurts"].error_messages["invalid_choice"] = _("There is no such step here. Choose one below.")
        if {item for step in steps for item in step.equipment} == {"mini-band"}:
            self.fields["no_band"].label = _("No band")

    def situation(self) -> Situation:
        """All but the minutes, of a form that was looked through."""
        asked = self.cleaned_data
        return Situation(
            standing=asked.get("standing", False),
            equipment=frozenset() if asked.get("no_band") else None,
            no_space=asked.get("no_space", False),
            hurts=frozenset(asked.get("hurts", ())),
        )
