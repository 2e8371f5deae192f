"""Forms of rules, of what is usual, and of a warm-up given to many runs. They clean; the domain decides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.domain.assignments import NOTE_LENGTH
from plans.forms.runs import DomainForm, RoutineField, routines_for
from plans.models import RunKind, StandingAssignment
from plans.querysets import RunQuerySet
from plans.standing_shown import KINDS
from warmups.models import Routine

KIND_CHOICES = [(kind.value, capfirst(KINDS[kind])) for kind in RunKind]


def _day(**options: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(input_formats=["%Y-%m-%d"], widget=widget, **options)


def _note() -> forms.CharField:
    return forms.CharField(
        label=_("Note to go with it"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("It stands with the warm-up, in the reminder too."),
    )


class LookFirstForm(DomainForm):
    """A form whose effect is looked at before it is saved: `digest` tells whether what is saved is what was shown."""

    @property
    def digest(self) -> str:
        """Stands for the values of a valid form."""
        values = {name: getattr(value, "pk", value) for name, value in self.cleaned_data.items()}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


class RuleForm(LookFirstForm):
    """Which runs get which warm-up, from when until when."""

    routine = RoutineField(Routine.objects.none(), label=_("Warm-up"), empty_label=_("Choose one"))
    kinds = forms.MultipleChoiceField(
        label=_("Before which runs"),
        required=False,
        choices=KIND_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none for every run."),
    )
    since = _day(label=_("From"))
    until = _day(label=_("Until"), required=False)
    note = _note()

    def __init__(self, *args: Any, person: User, standing: StandingAssignment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = routines_for(person)
        if standing:  # its routine may have been archived since
            usable = usable | Routine.objects.filter(pk=standing.routine_id).select_related("current")
        self.fields["routine"].queryset = usable  # type: ignore[attr-defined]


class UsualForm(LookFirstForm):
    """What is usual where nothing else is said."""

    routine = RoutineField(Routine.objects.none(), label=_("The usual warm-up"), required=False, empty_label=_("None"))

    def __init__(self, *args: Any, person: User, kept: Routine | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = routines_for(person)
        if kept:
            usable = usable | Routine.objects.filter(pk=kept.pk).select_related("current")
        self.fields["routine"].queryset = usable  # type: ignore[attr-defined]


class RunsFilterForm(forms.Form):
    """Which of a squad's coming runs are to be looked at. Local dates, both included."""

    since = _day(label=_("From"), required=False)
    until = _day(label=_("Until"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"), required=False, choices=KIND_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    athletes = forms.TypedMultipleChoiceField(
        label=_("Athletes"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    without = forms.BooleanField(label=_("Only those without a warm-up"), required=False)

    def __init__(self, *args: Any, athletes: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["athletes"].choices = [(athlete.pk, athlete.name) for athlete in athletes]  # type: ignore[attr-defined]

    def apply(self, runs: RunQuerySet) -> RunQuerySet:
        """The runs of a valid form, but for `without`, which a query can't tell."""
        wanted = self.cleaned_data
        lookups = {
            "local_date__gte": wanted["since"],
            "local_date__lte": wanted["until"],
            "kind__in": wanted["kinds"],
            "athlete__in": wanted["athletes"],
        }
        return runs.filter(**{lookup: value for lookup, value in lookups.items() if value})


class GiveForm(DomainForm):
    """Which warm-up runs get by hand."""

    routine = RoutineField(Routine.objects.none(), label=_("Warm-up"), empty_label=_("Choose one"))
    note = _note()

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["routine"].queryset = routines_for(person)  # type: ignore[attr-defined]
