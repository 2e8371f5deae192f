"""Forms of runs and of what is given to them. They clean; the domain decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import TimeZoneField
from accounts.models import User
from plans.domain.assignments import NOTE_LENGTH as WARM_UP_NOTE_LENGTH
from plans.domain.runs import METRES, MINUTES, NOTE_LENGTH, PLACE_LENGTH
from plans.models import Run, RunKind, Squad
from plans.shown import minutes_of
from warmups.models import Routine

METRES_IN = {User.Units.METRIC: Decimal(1000), User.Units.IMPERIAL: Decimal("1609.344")}


class DistanceField(forms.DecimalField):
    """A distance in metres, typed in what its reader counts in."""

    def __init__(self, *, units: str, **options: Any) -> None:
        self.metres_each = METRES_IN[User.Units(units)]
        super().__init__(
            label=_("Miles") if units == User.Units.IMPERIAL else _("Kilometres"),
            required=False,
            min_value=Decimal("0.001"),
            max_value=(METRES[-1] / self.metres_each).quantize(Decimal("0.01")),
            decimal_places=3,
            widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        """Metres as they are typed; what was typed as it is."""
        if not isinstance(value, int):
            return value
        return f"{(value / self.metres_each).quantize(Decimal('0.001')).normalize():f}"

    def clean(self, value: Any) -> Any:
        """Whole metres, or None."""
        number = super().clean(value)
        return None if number is None else int((number * self.metres_each).to_integral_value(ROUND_HALF_UP))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether something else was typed than stood there, so that looking at it moves nothing by a metre."""
        return super().has_changed(self.prepare_value(initial), data)


class RoutineField(forms.ModelChoiceField):
    """One of the routines that a person may use, with its length."""

    def label_from_instance(self, routine: Routine) -> str:
        """Name and minutes."""
        assert routine.current  # noqa: S101  # without one it is not offered
        return _("%(name)s, %(minutes)d min") % {"name": routine.name, "minutes": minutes_of(routine.current)}


def routines_for(person: User) -> QuerySet[Routine]:
    """What `person` may give to a run."""
    return Routine.objects.usable_by(person).exclude(current=None).select_related("current")


class DomainForm(forms.Form):
    """A form whose refusals by the domain find their way to its fields."""

    NAMES: dict[str, str] = {}

    def refuse(self, error: ValidationError) -> None:
        """Show what the domain said at the field it is about, or on top."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            field = self.NAMES.get(name, name)
            self.add_error(field if field in self.fields else None, ValidationError(errors))


class RunForm(DomainForm):
    """When a run is, what it is for, how long, where."""

    NAMES = {"local_start": "local_date"}

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of run"), choices=[(kind.value, capfirst(kind.label)) for kind in RunKind]
    )
    local_date = forms.DateField(
        label=gettext_lazy("Day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    local_time = forms.TimeField(
        label=gettext_lazy("Start"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    planned_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), required=False, min_value=MINUTES[0], max_value=MINUTES[-1]
    )
    place = forms.CharField(label=gettext_lazy("Meeting place"), required=False, max_length=PLACE_LENGTH)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=NOTE_LENGTH, widget=forms.Textarea({"rows": 3})
    )
    time_zone = TimeZoneField(help_text=gettext_lazy("The run keeps this zone's time, wherever you are."))

    field_order = ["athlete", "kind", "local_date", "local_time", "planned_minutes", "planned_metres", "routine"]

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["planned_metres"] = DistanceField(units=person.units)
        self.order_fields(self.field_order)

    def plan(self) -> dict[str, Any]:
        """What to plan, in the domain's words."""
        values = {name: value for name, value in self.cleaned_data.items() if name in PLAN}
        values["local_start"] = datetime.combine(self.cleaned_data["local_date"], self.cleaned_data["local_time"])
        return values

    def changes(self) -> dict[str, Any]:
        """What of it was changed."""
        changed = {"local_start" if name in {"local_date", "local_time"} else name for name in self.changed_data}
        return {name: value for name, value in self.plan().items() if name in changed}


PLAN = {"kind", "planned_minutes", "planned_metres", "place", "note", "time_zone"}


class NewRunForm(RunForm):
    """A new run, with a warm-up if one likes."""

    routine = RoutineField(
        Routine.objects.none(),
        label=gettext_lazy("Warm-up"),
        required=False,
        empty_label=gettext_lazy("None chosen for this run"),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.fields["routine"].queryset = routines_for(person)  # type: ignore[attr-defined]


class SquadRunForm(NewRunForm):
    """A new run of everyone in a squad, or of one of its athletes."""

    EVERYONE = "everyone"

    def __init__(self, *args: Any, person: User, squad: Squad, athletes: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        by_key = {str(athlete.pk): athlete for athlete in athletes}
        names = [(key, athlete.name) for key, athlete in by_key.items()]
        self.fields["athlete"] = forms.TypedChoiceField(
            label=_("For"), choices=[(self.EVERYONE, _("Everyone")), *names], coerce=by_key.get
        )
        if squad.default_routine:
            words = _("The usual: %(name)s") % {"name": squad.default_routine}
            self.fields["routine"].empty_label = words  # type: ignore[attr-defined]
        self.order_fields(self.field_order)


class ScopeForm(DomainForm):
    """Whether a deed is for one athlete's run or for everyone's of that date; asked of coaches only."""

    def __init__(self, *args: Any, run: Run, asks_scope: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks_scope:
            name = run.athlete.get_short_name()
            self.fields["scope"] = forms.ChoiceField(
                label=_("Whose run?"),
                choices=[("all", _("Everyone's of that date")), ("this", _("Only %(name)s's") % {"name": name})],
                widget=forms.RadioSelect,
                initial="this",
            )

    @property
    def chosen_scope(self) -> str:
        """What the domain calls it."""
        return str(self.cleaned_data.get("scope") or "this")


class ChangeRunForm(RunForm, ScopeForm):
    """The same of a run that is there."""

    field_order = ["scope", *RunForm.field_order]


class AssignForm(ScopeForm):
    """Which warm-up a run gets."""

    routine = RoutineField(
        Routine.objects.none(), label=gettext_lazy("Warm-up"), empty_label=None, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Note to go with it"),
        required=False,
        max_length=WARM_UP_NOTE_LENGTH,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["routine"].queryset = routines_for(person)  # type: ignore[attr-defined]
        self.order_fields(["scope", "routine", "note"])
