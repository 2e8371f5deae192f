"""Forms of inviting and of joining. They clean; the domain decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HELP, PASSWORD_LENGTH, NameField, TimeZoneField
from plans.domain.invitations import ADDRESS_AT_MOST
from plans.domain.join_links import DAYS, LIMITS
from plans.models.squads import Role
from plans.people_csv import BYTES_AT_MOST, decode, read_people

ROLES = [
    (Role.ATHLETE, _("Athlete: runs and warms up")),
    (Role.ASSISTANT, _("Assistant coach: sees the athletes, plans nothing")),
    (Role.COACH, _("Coach: plans, invites, and may remove people")),
]


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=ADDRESS_AT_MOST, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("As"), choices=ROLES, initial=Role.ATHLETE, widget=forms.RadioSelect)


class LinkForm(forms.Form):
    """Whom a join link is for, and how long."""

    role = forms.ChoiceField(label=_("Joining as"), choices=ROLES, initial=Role.ATHLETE)
    limit = forms.IntegerField(label=_("For at most (people)"), min_value=LIMITS[0], max_value=LIMITS[-1], initial=30)
    good_for = forms.IntegerField(label=_("Good for (days)"), min_value=DAYS[0], max_value=DAYS[-1], initial=7)


class PeopleForm(forms.Form):
    """A list of people: a file, or its text."""

    text = forms.CharField(
        label=_("Addresses"),
        required=False,
        strip=False,
        max_length=BYTES_AT_MOST,
        help_text=_(
            "One person a line: e-mail, then a name and a role if you like. Paste from a spreadsheet as it is."
        ),
        widget=forms.Textarea({"rows": 8, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,  # reading it says what is wrong with it
        help_text=_("CSV as spreadsheets save it, at most 200 people and 256 KB. It takes the place of the text."),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )

    def clean(self) -> dict[str, Any]:
        """`text`: that of the file if there is one; `people`: who is in it."""
        data = self.cleaned_data
        if self.errors:
            return data
        field = "file" if data.get("file") else "text"
        try:
            if data.get("file"):
                data["text"] = decode(data["file"].read(BYTES_AT_MOST + 1))
            data["people"] = read_people(data["text"])
        except ValidationError as error:
            self.add_error(field, error)
        return data


class InviteManyForm(forms.Form):
    """The word to go on with a list as it was shown."""

    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    leave_out = forms.BooleanField(required=False)


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
