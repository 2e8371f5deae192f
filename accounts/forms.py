"""Forms of the account and settings pages. They clean; the domain decides."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponseBase
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.domain.people import EMAIL_LENGTH, LEAD_MINUTES, NAME_LENGTH, RUN_KINDS, clean_name
from accounts.domain.security import NAME_LENGTH as TOKEN_NAME_LENGTH
from accounts.domain.security import scopes_for
from accounts.models import User
from accounts.time_zones import find_zone, zone_choices

PASSWORD_HELP = _("At least 8 characters. A few words in a row are easy to keep in mind.")
PASSWORD_LENGTH = 1000
NEW_PASSWORD = {"password1": _("New password"), "password2": _("The same once more")}


class NameField(forms.CharField):
    """A person's name."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": _("Your name"),
            "help_text": _("As your coach and squad should see it."),
            "max_length": NAME_LENGTH,
            "widget": forms.TextInput({"autocomplete": "name"}),
        }
        super().__init__(**defaults | options)

    def clean(self, value: Any) -> str:
        """The name on one line."""
        return clean_name(super().clean(value))


class TimeZoneField(forms.TypedChoiceField):
    """A select of all time zones. static/js/time-zone.js chooses the device's own where none is chosen yet."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": _("Time zone"),
            "help_text": _("So that reminders come at your time of day."),
            "coerce": find_zone,
            "choices": lambda: [("", _("Choose yours")), *zone_choices()],
            "widget": forms.Select({"data-time-zone": ""}),
        }
        super().__init__(**defaults | options)


class Plain:
    """What all sign-in forms share: plain labels, no placeholders, the first field ready to type in."""

    fields: dict[str, forms.Field]
    is_bound: bool
    labels: ClassVar[dict[str, Any]] = {}
    autofocus = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            if isinstance(field, forms.EmailField):
                field.label = _("E-mail address")
                field.error_messages["invalid"] = _("Write an e-mail address like name@example.org.")
                _limit(field, EMAIL_LENGTH)
            elif isinstance(field.widget, forms.PasswordInput):
                _limit(field, PASSWORD_LENGTH)
        if "password1" in self.fields:
            self.fields["password1"].help_text = PASSWORD_HELP
        if self.autofocus and not self.is_bound:
            next(iter(self.fields.values())).widget.attrs["autofocus"] = True


def _limit(field: forms.Field, length: int) -> None:
    field.validators.append(MaxLengthValidator(length))
    field.widget.attrs["maxlength"] = length


class LoginForm(Plain, allauth_forms.LoginForm):
    """E-mail address and password."""


class SignupForm(Plain, allauth_forms.SignupForm):
    """E-mail address, name, password, time zone."""

    account_already_exists: bool
    name = NameField()
    time_zone = TimeZoneField()
    field_order = ["name", "email", "password1", "time_zone"]

    def clean(self) -> dict[str, Any]:
        """The same; the password may not resemble the name either."""
        data: dict[str, Any] = super().clean()
        password = data.get("password1")
        if password and "password1" not in self.errors and data.get("name"):
            try:
                validate_password(password, User(name=data["name"]))
            except ValidationError as error:
                self.add_error("password1", error)
        return data

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing further: the adapter has made the whole person."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponseBase | None]:
        """The new person, or the answer for an address that has an account, which looks and takes the same."""
        if not self.account_already_exists:
            try:
                return super().try_save(request)
            except ValidationError:  # the address was taken since it was checked
                self.account_already_exists = True
        make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(Plain, allauth_forms.AddEmailForm):
    """A further address."""

    autofocus = False  # the addresses that there are come first


class ChangePasswordForm(Plain, allauth_forms.ChangePasswordForm):
    """The old password and the new one twice."""

    labels: ClassVar = {"oldpassword": _("Current password"), **NEW_PASSWORD}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""  # the page says what to do if it is forgotten


class SetPasswordForm(Plain, allauth_forms.SetPasswordForm):
    """A first password, twice."""

    labels: ClassVar = NEW_PASSWORD


class ResetPasswordForm(Plain, allauth_forms.ResetPasswordForm):
    """Where the link to choose a new password goes."""


class ResetPasswordKeyForm(Plain, allauth_forms.ResetPasswordKeyForm):
    """The new password, twice."""

    labels: ClassVar = NEW_PASSWORD


class ReauthenticateForm(Plain, allauth_forms.ReauthenticateForm):
    """The password once more."""


class PreferencesForm(forms.Form):
    """Some of what a person prefers, each field named as in change_preferences."""

    @classmethod
    def of(cls, user: User) -> dict[str, Any]:
        """What the fields hold before anything is typed."""
        return {name: getattr(user, name) for name in cls.base_fields}

    def changes(self) -> dict[str, Any]:
        """What is wanted, as change_preferences takes it."""
        return self.cleaned_data


class ProfileForm(PreferencesForm):
    """Who one is, and how pages show times and distances."""

    name = NameField()
    time_zone = TimeZoneField()
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    units = forms.ChoiceField(label=_("Distances in"), choices=User.Units, widget=forms.RadioSelect)


class QuietField(forms.TimeField):
    """The hour at which quiet hours begin or end."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            input_formats=["%H:%M", "%H:%M:%S"],
            widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
            **options,
        )


class RemindersForm(PreferencesForm):
    """Whether, which and when reminders come. Each kind of run has a field `lead_<kind>` of its own."""

    email_reminders = forms.BooleanField(
        label=_("Remind me by e-mail"),
        required=False,
        help_text=_("One mail before each run that has a warm-up."),
    )
    reminder_lead_minutes = forms.IntegerField(
        label=_("Minutes before the run"),
        required=False,
        min_value=LEAD_MINUTES[0],
        max_value=LEAD_MINUTES[-1],
        help_text=_("Empty: your squad's choice, else 60."),
    )
    calendar_attached = forms.BooleanField(
        label=_("Attach a calendar entry"),
        required=False,
        help_text=_("With an alarm when it is time to warm up. If your calendar has your feed already, leave it off."),
    )
    digest_at = QuietField(
        label=_("Tell me of tomorrow's runs at"),
        help_text=_("One mail in the evening before days with a run, by your own time zone. Empty: none."),
    )
    quiet_from = QuietField(label=_("Quiet from"))
    quiet_until = QuietField(
        label=_("Quiet until"),
        help_text=_(
            "No mail in these hours, by your own time zone: what would come then comes at their end, or before they "
            "begin if that is too close to the run. Both empty: at any hour."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, name in RUN_KINDS.items():
            self.fields[f"lead_{kind}"] = forms.IntegerField(
                label=capfirst(name), required=False, min_value=LEAD_MINUTES[0], max_value=LEAD_MINUTES[-1]
            )

    @classmethod
    def of(cls, user: User) -> dict[str, Any]:
        """The same, with the minutes of each kind of run."""
        return super().of(user) | {f"lead_{kind}": minutes for kind, minutes in user.reminder_leads.items()}

    def changes(self) -> dict[str, Any]:
        """The same, with the minutes of all kinds of run in one."""
        wanted = {name: value for name, value in self.cleaned_data.items() if not name.startswith("lead_")}
        leads = {kind: self.cleaned_data[f"lead_{kind}"] for kind in RUN_KINDS}
        return wanted | {"reminder_leads": {kind: minutes for kind, minutes in leads.items() if minutes is not None}}

    @property
    def leads(self) -> list[forms.BoundField]:
        """The fields of the kinds of run."""
        return [self[f"lead_{kind}"] for kind in RUN_KINDS]

    @property
    def leads_open(self) -> bool:
        """Whether to show them at once."""
        return any(field.value() not in (None, "") or field.errors for field in self.leads)


class TokenForm(forms.Form):
    """A new token: what it is called and what it may do."""

    name = forms.CharField(
        label=_("Name"), max_length=TOKEN_NAME_LENGTH, help_text=_("The program or device that will use it.")
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scopes_for(user)  # type: ignore[attr-defined]
