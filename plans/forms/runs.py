"""Forms of runs and of what is given to them. They clean; the domain decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from plans.domain.assignments import NOTE_LENGTH as WARM_UP_NOTE_LENGTH
from plans.domain.runs import METRES, MINUTES, NOTE_LENGTH, PLACE_LENGTH
from plans.forms.repeats import ChangesRepeats, WhenForm
from plans.models import RunKind, Squad
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


class RunForm(DomainForm, WhenForm):
    """When a run is, what it is for, how long, where."""

    NAMES = {"local_start": "local_date", "rule": "repeats", "routine_note": "routine"}

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of run"), choices=[(kind.value, capfirst(kind.label)) for kind in RunKind]
    )
    planned_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), required=False, min_value=MINUTES[0], max_value=MINUTES[-1]
    )
    place = forms.CharField(label=gettext_lazy("Meeting place"), required=False, max_length=PLACE_LENGTH)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=NOTE_LENGTH, widget=forms.Textarea({"rows": 3})
    )

    field_order = [
        "athletes",
        "kind",
        "local_date",
        "local_time",
        "repeats",
        *WhenForm.ASKED_FOR,
        "planned_minutes",
        "planned_metres",
        "routine",
    ]

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["planned_metres"] = DistanceField(units=person.units)
        self.order_fields(self.field_order)

    def plan(self) -> dict[str, Any]:
        """What to plan, in the domain's words; `rule` is "" for a single run."""
        values = {name: value for name, value in self.cleaned_data.items() if name in PLAN}
        return values | {"local_start": self.start, "rule": self.rule()}


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


class AthletesField(forms.TypedMultipleChoiceField):
    """Everyone in a squad (None), or some of its athletes (a list of users)."""

    EVERYONE = "everyone"
    default_error_messages = {"both": gettext_lazy("Choose everyone, or some by name; not both.")}

    def __init__(self, athletes: Iterable[User], **options: Any) -> None:
        by_key = {str(athlete.pk): athlete for athlete in athletes}
        names = [(key, athlete.name) for key, athlete in by_key.items()]
        options.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(
            choices=[(self.EVERYONE, _("Everyone")), *names], coerce=lambda key: by_key.get(key), **options
        )

    def clean(self, value: Any) -> Any:
        """None for everyone. Raises ValidationError where some are named besides."""
        chosen = super().clean(value)
        if None not in chosen:
            return chosen
        if len(set(value)) > 1:
            raise ValidationError(self.error_messages["both"], code="both")
        return None


class SquadRunForm(NewRunForm):
    """A new run of everyone in a squad, or of some of its athletes: `cleaned_data["athletes"]` is None for everyone."""

    EVERYONE = AthletesField.EVERYONE

    def __init__(self, *args: Any, person: User, squad: Squad, athletes: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.fields["athletes"] = AthletesField(athletes, label=_("For"), initial=[self.EVERYONE])
        if squad.default_routine:
            words = _("The usual: %(name)s") % {"name": squad.default_routine}
            self.fields["routine"].empty_label = words  # type: ignore[attr-defined]
        self.order_fields(self.field_order)


class ScopeField(forms.ChoiceField):
    """How far a deed goes in a series. A date that is the only one of its series is all of it."""

    def __init__(self, scopes: Sequence[tuple[str, str]], **options: Any) -> None:
        self.one_date = "all" not in dict(scopes)
        choices = [("all" if self.one_date and scope == "date" else scope, words) for scope, words in scopes]
        super().__init__(choices=choices, widget=forms.RadioSelect, **options)

    def to_python(self, value: Any) -> str:
        """One of the scopes there are."""
        return self.nearest(super().to_python(value))

    def nearest(self, scope: str) -> str:
        """The scope that means the same here."""
        return "all" if self.one_date and scope in {"date", "following"} else scope


class ScopeForm(DomainForm):
    """How far a deed goes: this run, everyone's of its date, the series from here on, all of it. Asked where it may."""

    def __init__(self, *args: Any, scopes: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(scopes) > 1:
            field = ScopeField(scopes, label=_("How far does it go?"), initial="this")
            self.fields["scope"] = field
            asked = field.nearest(str(self.initial.get("scope", "this")))
            self.initial["scope"] = asked if field.valid_value(asked) else "this"

    def clean(self) -> dict[str, Any] | None:
        """Refuse to do less than was asked, where a page from before still offered more."""
        cleaned = super().clean()
        if "scope" not in self.fields and self.data.get("scope", "this") not in {"", "this"}:
            raise ValidationError(_("Here only this one run can be changed. Save again to do that."))
        return cleaned

    @property
    def chosen_scope(self) -> str:
        """What the domain calls it."""
        return str(self.cleaned_data.get("scope") or "this")


class ChangeRunForm(ChangesRepeats, RunForm, ScopeForm):
    """The same of a run that is there."""

    field_order = ["scope", *RunForm.field_order]

    @property
    def of_series(self) -> bool:
        """Whether it is about more than one date; else what stands in the fields of repeating does not matter."""
        return self.chosen_scope in {"following", "all"}

    def rule(self) -> str:
        """How often, where it is about that."""
        return super().rule() if self.of_series else ""

    def changes(self) -> dict[str, Any]:
        """What of it was changed."""
        changed = {"local_start" if name in {"local_date", "local_time"} else name for name in self.changed_data}
        changes = {name: value for name, value in self.plan().items() if name in changed}
        rule = self.changed_rule() if self.of_series else None
        return changes if rule is None else changes | {"rule": rule}


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
