"""Forms of squads and invitations. They clean; the domain decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HELP, PASSWORD_LENGTH, NameField, TimeZoneField
from accounts.models import User
from plans.domain.squads import ADDRESS_AT_MOST, LEAD_MINUTES, NAME_LENGTH
from plans.models import Squad
from plans.models.squads import Role
from warmups.models import Routine

ROLES = [
    (Role.ATHLETE, _("Athlete: runs and warms up")),
    (Role.ASSISTANT, _("Assistant coach: sees the athletes, plans nothing")),
    (Role.COACH, _("Coach: plans, invites, and may remove people")),
]


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


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=ADDRESS_AT_MOST, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("As"), choices=ROLES, initial=Role.ATHLETE, widget=forms.RadioSelect)


class JoinForm(forms.Form):
    """An athlete's choice on joining. Coaches and assistants have none to make."""

    shares_health = forms.BooleanField(
        label=_("Coaches may also see my pain and my notes"),
        required=False,
        help_text=_("Your choice. You can change it at any time on the squad's page."),
    )

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if role != Role.ATHLETE:
            del self.fields["shares_health"]


class FixedEmailField(forms.EmailField):
    """An address that is shown and stays what it is, whatever is sent; a password manager keeps it as the name."""

    widget = forms.EmailInput({"readonly": True, "autocomplete": "username"})

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What the form was made with."""
        return initial

    def clean(self, value: Any) -> Any:
        """Nothing to clean."""
        return value


class NewAccountForm(JoinForm):
    """The same, with the account that joins."""

    email = FixedEmailField(label=_("E-mail address"))
    name = NameField()
    password = forms.CharField(
        label=_("Choose a password"),
        help_text=PASSWORD_HELP,
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    time_zone = TimeZoneField()

    field_order = ["email", "name", "password", "time_zone", "shares_health"]
