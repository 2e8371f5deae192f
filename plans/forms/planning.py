"""Forms of a squad's plan: what to do with what was chosen, and where a week is to be copied."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from plans.domain.assignments import NOTE_LENGTH as WARM_UP_NOTE_LENGTH
from plans.domain.planning import DAYS, Deed, Target
from plans.domain.runs import MINUTES, PLACE_LENGTH
from plans.forms.runs import DomainForm, RoutineField, routines_for
from plans.models import RunKind
from plans.plan_shown import week_words
from warmups.models import Routine

KEY = re.compile(r"([dr])([0-9]{1,18})")


class ChosenField(forms.Field):
    """What was ticked in a plan: keys of dates ("d12") and of runs ("r5"); cleaned: {"dates": […], "runs": […]}."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {
        "required": gettext_lazy("Choose at least one run of the plan."),
        "invalid": gettext_lazy("Something of it is no longer in this plan. Choose again."),
    }

    def to_python(self, value: Any) -> list[tuple[str, int]]:
        """Kind and number of each. Raises ValidationError for what is no key."""
        found = [KEY.fullmatch(str(each)) for each in value or []]
        if not all(found):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return [(each[1], int(each[2])) for each in found if each]

    def clean(self, value: Any) -> Any:
        """The numbers of each kind."""
        pairs = super().clean(value)
        kinds = {"dates": "d", "runs": "r"}
        return {name: [number for kind, number in pairs if kind == letter] for name, letter in kinds.items()}


class PlanDeedForm(DomainForm):
    """What to do with all that was chosen. Of a change, what is left empty stays as it is."""

    NAMES = {"local_start": "days", "runs": "chosen", "rule": "scope"}
    DEEDS = [
        ("move", gettext_lazy("Move to another day")),
        ("change", gettext_lazy("Change time, place, kind or minutes")),
        ("warm-up", gettext_lazy("Give a warm-up")),
        ("cancel", gettext_lazy("Cancel")),
        ("restore", gettext_lazy("Bring back what was cancelled")),
    ]

    chosen = ChosenField()
    deed = forms.ChoiceField(label=gettext_lazy("What shall happen?"), choices=DEEDS, widget=forms.RadioSelect)
    scope = forms.ChoiceField(
        label=gettext_lazy("Of dates that repeat"),
        required=False,
        choices=[
            ("date", gettext_lazy("Only these dates")),
            ("following", gettext_lazy("From these dates on")),
            ("all", gettext_lazy("The whole series")),
        ],
        initial="date",
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Move by so many days"),
        required=False,
        min_value=DAYS[0],
        max_value=DAYS[-1],
        help_text=gettext_lazy("1 is the day after, -1 the day before, 7 a week later."),
    )
    local_time = forms.TimeField(
        label=gettext_lazy("Start"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    place = forms.CharField(label=gettext_lazy("Meeting place"), required=False, max_length=PLACE_LENGTH)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of run"),
        required=False,
        choices=[("", gettext_lazy("As it is")), *((kind.value, capfirst(kind.label)) for kind in RunKind)],
    )
    planned_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), required=False, min_value=MINUTES[0], max_value=MINUTES[-1]
    )
    routine = RoutineField(
        Routine.objects.none(), label=gettext_lazy("Warm-up"), required=False, empty_label=gettext_lazy("Choose one")
    )
    note = forms.CharField(label=gettext_lazy("Note to go with it"), required=False, max_length=WARM_UP_NOTE_LENGTH)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["routine"].queryset = routines_for(person)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What the chosen deed needs has to be there."""
        values = super().clean() or {}
        needs = {"move": ("days", _("Say by how many days.")), "warm-up": ("routine", _("Choose a warm-up."))}
        name, sentence = needs.get(values.get("deed", ""), ("", ""))
        if name and name not in self.errors and not values.get(name):
            self.add_error(name, ValidationError(sentence, code="required"))
        if values.get("deed") == "change" and not self.errors and not self._changes():
            self.add_error("deed", ValidationError(_("Fill in what is to change."), code="required"))
        return values

    def _changes(self) -> dict[str, Any]:
        names = {"local_time": "time", "place": "place", "kind": "kind", "planned_minutes": "planned_minutes"}
        values = {other: self.cleaned_data.get(name) for name, other in names.items()}
        return {name: value for name, value in values.items() if value not in (None, "")}

    def what(self) -> Deed:
        """The deed, in the domain's words."""
        values = self.cleaned_data
        match values["deed"]:
            case "move":
                return Deed("move", days=values["days"])
            case "change":
                return Deed("change", changes=self._changes())
            case "warm-up":
                return Deed("warm-up", routine=values["routine"], note=values["note"])
        return Deed(values["deed"])

    @property
    def chosen_scope(self) -> str:
        """How far it goes for dates that repeat."""
        return str(self.cleaned_data.get("scope") or "date")

    def words(self) -> str:
        """The deed in a sentence: what the summary is headed with."""
        deed = self.what()
        match deed.name:
            case "move" if deed.days > 0:
                words = ngettext("Move by %(days)d day", "Move by %(days)d days", deed.days)
                return words % {"days": deed.days}
            case "move":
                words = ngettext("Move back by %(days)d day", "Move back by %(days)d days", -deed.days)
                return words % {"days": -deed.days}
            case "change":
                shown = [str(self.cleaned_data[name]) for name in ("place",) if self.cleaned_data[name]]
                if "time" in deed.changes:
                    shown.insert(0, date_format(deed.changes["time"], "H:i"))
                if "kind" in deed.changes:
                    shown.append(str(RunKind(deed.changes["kind"]).label))
                if "planned_minutes" in deed.changes:
                    shown.append(_("%(minutes)d min") % {"minutes": deed.changes["planned_minutes"]})
                return _("Change to: %(values)s") % {"values": ", ".join(shown)}
            case "warm-up":
                return _("Give “%(name)s”") % {"name": deed.routine}
            case "cancel":
                return _("Cancel")
        return _("Bring back")


class CopyWeekForm(DomainForm):
    """Onto which weeks a week is copied."""

    onto = forms.MultipleChoiceField(
        label=gettext_lazy("Onto which weeks?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one week.")},
    )
    singles = forms.BooleanField(
        label=gettext_lazy("Single athletes' runs of the squad, too"), required=False, initial=True
    )

    def __init__(self, *args: Any, targets: Iterable[Target], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["onto"].choices = [  # type: ignore[attr-defined]
            (target.monday.isoformat(), _target_words(target)) for target in targets
        ]

    def mondays(self) -> list[date]:
        """The weeks, by their Mondays."""
        return [date.fromisoformat(each) for each in self.cleaned_data["onto"]]


def _target_words(target: Target) -> str:
    if not target.has:
        return week_words(target.monday)
    words = ngettext("%(week)s, has %(count)d date already", "%(week)s, has %(count)d dates already", target.has)
    return words % {"week": week_words(target.monday), "count": target.has}
