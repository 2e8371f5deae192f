"""The form of a runner's first week. Everything has a default that suits most, so that sending it as it is will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import dates
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.people import LEAD_MINUTES
from plans.domain.recurrence import WEEKDAYS
from plans.domain.runs import MINUTES
from plans.domain.starting import DayPlan
from plans.forms.runs import DomainForm
from plans.models import RunKind
from warmups.forms.suggestions import WishesForm
from warmups.models import Equipment, Routine

LONGER = 3, 2  # a long run is by half longer than the others
CLOCK: dict[str, Any] = {
    "input_formats": ["%H:%M", "%H:%M:%S"],
    "widget": forms.TimeInput({"type": "time"}, format="%H:%M"),
}


def _days() -> list[tuple[str, Any]]:
    return [(name, dates.WEEKDAYS_ABBR[number]) for number, name in enumerate(WEEKDAYS)]


def _day_or_none() -> list[tuple[str, Any]]:
    return [("", _("None")), *((name, dates.WEEKDAYS[number]) for number, name in enumerate(WEEKDAYS))]


SUGGESTED = "suggested"
SUGGESTED_MINUTES = 5


class PlaceForm(forms.Form):
    """Where one warms up and what is there: it decides which warm-ups are offered."""

    lying = forms.ChoiceField(
        label=gettext_lazy("Where do you warm up?"),
        choices=[("true", gettext_lazy("The floor is fine")), ("false", gettext_lazy("On my feet only"))],
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these two.")},
    )
    equipment = forms.MultipleChoiceField(
        label=gettext_lazy("What is at hand?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("We know no equipment called %(value)s.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        rows = Equipment.objects.order_by("name", "pk").values_list("slug", "name")
        self.fields["equipment"].choices = list(rows)  # type: ignore[attr-defined]

    @property
    def standing(self) -> bool:
        """Whether nothing may touch the ground but the feet."""
        return self["lying"].value() == "false"

    @property
    def at_hand(self) -> frozenset[str]:
        """What there is, by slug."""
        known = {slug for slug, _name in self.fields["equipment"].choices}  # type: ignore[attr-defined]
        return frozenset(self["equipment"].value() or ()) & known

    def wishes(self) -> WishesForm:
        """The same as wishes for a suggestion before an easy run."""
        wishes = QueryDict(mutable=True)
        wishes["minutes"] = str(SUGGESTED_MINUTES)
        wishes["lying"] = "false" if self.standing else "true"
        wishes.setlist("equipment", sorted(self.at_hand))
        return WishesForm(wishes)


class StartForm(DomainForm):
    """Days, times, kinds, warm-up and reminder."""

    NAMES = {"local_start": "local_time", "planned_minutes": "minutes", "reminder_lead_minutes": "lead_minutes"}

    days = forms.MultipleChoiceField(
        label=gettext_lazy("Which days do you run?"),
        choices=_days,
        initial=["TU", "TH", "SU"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one day of the week.")},
    )
    local_time = forms.TimeField(label=gettext_lazy("At what time?"), initial=time(7, 0), **CLOCK)
    weekend_time = forms.TimeField(
        label=gettext_lazy("At the weekend"),
        initial=time(9, 0),
        required=False,
        help_text=gettext_lazy("Empty: as on the other days."),
        **CLOCK,
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Roughly how many minutes?"),
        initial=40,
        required=False,
        min_value=MINUTES[0],
        max_value=MINUTES[-1],
    )
    long_day = forms.ChoiceField(
        label=gettext_lazy("A long run on"), choices=_day_or_none, initial="SU", required=False
    )
    hard_day = forms.ChoiceField(label=gettext_lazy("Intervals on"), choices=_day_or_none, required=False)
    routine = forms.TypedChoiceField(
        label=gettext_lazy("Your warm-up"), required=False, empty_value=None, widget=forms.RadioSelect
    )
    lead_minutes = forms.IntegerField(
        label=gettext_lazy("Remind me how many minutes before?"),
        min_value=LEAD_MINUTES[0],
        max_value=LEAD_MINUTES[-1],
    )

    def __init__(self, *args: Any, routines: Sequence[Routine], suggested: bool, **kwargs: Any) -> None:
        """`routines` are offered, and one that is suggested; whoever chose one before may keep it."""
        super().__init__(*args, **kwargs)
        by_key: dict[str, Routine | str] = {str(routine.pk): routine for routine in routines}
        by_key |= {SUGGESTED: SUGGESTED} if suggested else {}
        field: Any = self.fields["routine"]
        field.choices = [*((key, str(routine)) for key, routine in by_key.items()), ("", _("None for now"))]
        field.coerce = by_key.get
        field.initial = next(iter(by_key), "")

    def clean(self) -> dict[str, Any]:
        """A day cannot be for both a long run and intervals."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("long_day") and values["long_day"] == values.get("hard_day"):
            self.add_error("hard_day", _("Choose another day than the long run's."))
        return values

    def week(self) -> dict[str, DayPlan]:
        """What was asked for, by day. A day named only for its kind is not run on."""
        values = self.cleaned_data
        return {day: self._plan(day) for day in values["days"]}

    def _plan(self, day: str) -> DayPlan:
        values = self.cleaned_data
        minutes = values["minutes"]
        weekend = day in ("SA", "SU") and values["weekend_time"]
        at = weekend or values["local_time"]
        if day == values["long_day"]:
            return DayPlan(at, RunKind.LONG, minutes and min(minutes * LONGER[0] // LONGER[1], MINUTES[-1]))
        return DayPlan(at, RunKind.INTERVALS if day == values["hard_day"] else RunKind.EASY, minutes)
