"""Forms of squads. They clean; the domain decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.forms import TimeZoneField
from accounts.models import User
from plans.domain.squads import LEAD_MINUTES, NAME_LENGTH
from plans.forms.invitations import ROLES
from plans.models import Membership, Squad
from plans.models.squads import Role
from warmups.models import Routine


class SquadForm(forms.Form):
    """A squad's name, zone, default routine and reminder time, with the routines that `person` may use."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH, widget=forms.TextInput({"autocomplete": "off"}))
    time_zone = TimeZoneField(help_text=_("Where the squad runs. Its runs keep this zone's time."))
    default_routine = forms.ModelChoiceField(
        Routine.objects.none(),
        label=_("Default warm-up"),
        required=False,
        empty_label=_("None yet"),
        help_text=_("What the squad's runs get unless you choose another."),
    )
    reminder_lead_minutes = forms.IntegerField(
        label=_("Remind this many minutes before a run"),
        required=False,
        min_value=LEAD_MINUTES[0],
        max_value=LEAD_MINUTES[-1],
        help_text=_("For athletes who chose nothing themselves. Empty: 60."),
    )

    def __init__(self, *args: Any, person: User, squad: Squad | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = Routine.objects.usable_by(person)
        if squad and squad.default_routine_id:  # it may have been archived since
            usable = usable | Routine.objects.filter(pk=squad.default_routine_id)
        self.fields["default_routine"].queryset = usable  # type: ignore[attr-defined]


class FoundForm(SquadForm):
    """The same for a new squad: the rest can wait."""

    reminder_lead_minutes = None  # type: ignore[assignment]


class RoleForm(forms.Form):
    """What a member is from now on."""

    role = forms.ChoiceField(
        label=_("From now on"),
        choices=[each for each in ROLES if each[0] != Role.ATHLETE],
        widget=forms.RadioSelect,
    )


class MemberField(forms.ModelChoiceField):
    """A member of a squad, by name and role."""

    def label_from_instance(self, membership: Membership) -> str:
        """Name and role."""
        return f"{membership.person.name}, {membership.get_role_display()}"


class HandOverForm(forms.Form):
    """To whom a squad is handed over, and what becomes of who does."""

    to = MemberField(Membership.objects.none(), label=_("To whom?"), empty_label=_("Choose somebody"))
    then = forms.ChoiceField(
        label=_("And you?"),
        choices=[("assist", _("I stay as assistant coach")), ("leave", _("I leave the squad"))],
        initial="assist",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, members: QuerySet[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ordered = members.select_related("person").order_by("person__name", "pk")
        self.fields["to"].queryset = ordered  # type: ignore[attr-defined]
