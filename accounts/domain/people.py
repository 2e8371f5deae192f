"""People: sign up, prove an address, change preferences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.domain.text import one_line
from accounts.models import User
from accounts.time_zones import find_zone

CURATORS = "Curators"  # the group, with its rights, is made by a migration of the app whose content it looks after
NAME_LENGTH = 80
EMAIL_LENGTH = 254
LEAD_MINUTES = range(5, 24 * 60 + 1)

# What an app above does when somebody's preferences change (plans moves their reminders): it adds a function of the
# person, the names of the fields that changed and now. Called inside the transaction of the change.
PREFERENCES_CHANGED: list[Callable[[User, set[str], datetime], None]] = []


# The kinds of run before which another time may be chosen, each with its name: the app that knows runs says which.
RUN_KINDS: dict[str, Any] = {}


def sign_up_person(
    *, email: str, name: str, password: str, now: datetime, verified: bool = False, **preferences: Any
) -> User:
    """A new person, with `preferences` as in change_preferences; `verified` if their address needs no proof.

    Raises ValidationError for a field: email (not one, or taken: code "taken"), name, password, a preference.
    """
    wanted = _clean({"name": name, **preferences}) | {"email": _clean_email(email)}
    _check_password(password, wanted)
    try:
        with transaction.atomic():
            user = User.objects.create_user(password=password, date_joined=now, **wanted)
            record(actor=user, action="person.sign-up", target=user, now=now)
            if verified:
                mark_address_verified(user=user, email=user.email, now=now)
    except IntegrityError as error:
        taken = ValidationError(_("There is an account with this e-mail address already."), code="taken")
        raise ValidationError({"email": taken}) from error
    return user


@transaction.atomic
def mark_address_verified(*, user: User, email: str, now: datetime) -> EmailAddress:
    """Note that `email` is proven to be `user`'s; it becomes their primary one if it is the one they sign in with.

    Raises ValidationError if it is proven to be somebody else's.
    """
    email = email.strip().lower()
    if EmailAddress.objects.filter(email=email, verified=True).exclude(user=user).exists():
        raise ValidationError(_("This e-mail address belongs to another account."), code="taken")
    address, _made = EmailAddress.objects.get_or_create(user=user, email=email)
    if address.verified:
        return address
    address.verified = True
    if email == user.email:
        EmailAddress.objects.filter(user=user, primary=True).exclude(pk=address.pk).update(primary=False)
        address.primary = True
    address.save(update_fields=["verified", "primary"])
    record(actor=user, action="person.verify-address", target=user, now=now)
    return address


def has_verified_address(user: User, email: str) -> bool:
    """Whether `email` is proven to be `user`'s."""
    return EmailAddress.objects.filter(user=user, email=email.strip().lower(), verified=True).exists()


@transaction.atomic
def change_preferences(*, user: User, changes: dict[str, Any], now: datetime) -> User:
    """Change what `user` prefers: name, time_zone, language, units, reminder_lead_minutes (null: not chosen),
    reminder_leads ({kind of run: minutes}, all of them at once), email_reminders, digest_at (null: none),
    calendar_attached, quiet_from and quiet_until (both or neither). What is not in `changes` stays.

    Raises ValidationError field by field; then nothing has changed.
    """
    wanted = _clean(changes)
    stored = User.objects.select_for_update().get(pk=user.pk)
    _check_quiet_hours(*(wanted.get(name, getattr(stored, name)) for name in ("quiet_from", "quiet_until")))
    before = {field: getattr(stored, field) for field, value in wanted.items() if getattr(stored, field) != value}
    for field, value in wanted.items():
        setattr(user, field, value)
    if before:
        user.save(update_fields=list(before))
        record(
            actor=user,
            action="person.change-preferences",
            target=user,
            now=now,
            before={field: _plain(value) for field, value in before.items()},
            after={field: _plain(wanted[field]) for field in before},
        )
        for react in PREFERENCES_CHANGED:
            react(user, set(before), now)
    return user


@transaction.atomic
def suppress_address(*, user: User, address: str, now: datetime) -> None:
    """Note that `address` takes no mail, as its server said; no reminders go there if it is still the person's own."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    if stored.email == address.strip().lower() != stored.refused_email:
        stored.refused_email = stored.email
        stored.save(update_fields=["refused_email"])
        record(actor=None, action="person.suppress-address", target=stored, now=now)
        for react in PREFERENCES_CHANGED:
            react(stored, {"refused_email"}, now)


@transaction.atomic
def doubt_address(*, user: User, address: str, now: datetime) -> None:
    """Ask the person whether `address` is right, if it is still theirs: mail often comes back from it. Mails go on."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    if stored.email == address.strip().lower() != stored.doubted_email:
        stored.doubted_email = stored.email
        stored.save(update_fields=["doubted_email"])
        record(actor=None, action="person.doubt-address", target=stored, now=now)


@transaction.atomic
def try_address_again(*, user: User, now: datetime) -> None:
    """Mail the person's address again, which was refused before or doubted: they say that it is right."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    if stored.doubted_email:
        stored.doubted_email = ""
        stored.save(update_fields=["doubted_email"])
    if stored.refused_email:
        stored.refused_email = ""
        stored.save(update_fields=["refused_email"])
        record(actor=user, action="person.try-address-again", target=stored, now=now)
        for react in PREFERENCES_CHANGED:
            react(stored, {"refused_email"}, now)


def curators() -> QuerySet[User]:
    """Those who look after the content."""
    return User.objects.filter(groups__name=CURATORS)


def is_curator(person: User) -> bool:
    """Whether `person` looks after the content."""
    return curators().filter(pk=person.pk).exists()


@transaction.atomic
def change_rights(*, person: User, actor: User, now: datetime, changes: dict[str, Any]) -> User:
    """Change what somebody else decides about `person`: name, is_active, is_superuser, curator. Only superusers may.

    `curator` puts them into the group of curators, or takes them out. Who is a curator or a superuser is staff, which
    opens the admin; who stops being both is staff no more. What is not in `changes` stays.
    Raises PermissionDenied; ValidationError for name, or for is_active and is_superuser if one would lock oneself out.
    """
    if not (actor.is_active and actor.is_superuser):
        raise PermissionDenied
    stored = User.objects.select_for_update().get(pk=person.pk)
    wanted = {**changes, **_clean({"name": changes["name"]} if "name" in changes else {})}
    _check_not_locked_out(stored, actor, wanted)
    had = {field: getattr(stored, field) for field in ("name", "is_active", "is_superuser", "is_staff")}
    had["curator"] = is_curator(stored)
    will = had | wanted
    will["is_staff"] = _staff(had, will)
    changed = [field for field in will if will[field] != had[field]]
    if "curator" in changed:
        group = Group.objects.get(name=CURATORS)
        (person.groups.add if will["curator"] else person.groups.remove)(group)
    columns = [field for field in changed if field != "curator"]
    for field in columns:
        setattr(person, field, will[field])
    if changed:
        person.save(update_fields=columns)
        record(
            actor=actor,
            action="person.change",
            target=person,
            now=now,
            before={field: had[field] for field in changed},
            after={field: will[field] for field in changed},
        )
    return person


def _staff(had: dict[str, Any], will: dict[str, Any]) -> bool:
    """Whether the admin is open to them; as it was where neither of what opens it changed."""
    if (had["curator"], had["is_superuser"]) == (will["curator"], will["is_superuser"]):
        return bool(had["is_staff"])
    return bool(will["curator"] or will["is_superuser"])


def _check_not_locked_out(person: User, actor: User, wanted: dict[str, Any]) -> None:
    """Nobody takes from themselves what they need to give it back."""
    told = _("Ask another superuser: you can't take this from yourself.")
    lost = [field for field in ("is_active", "is_superuser") if not wanted.get(field, True)]
    if person.pk == actor.pk and lost:
        raise ValidationError(dict.fromkeys(lost, told))


def clean_name(value: object) -> str:
    """A person's name. Raises ValidationError with what to write instead."""
    return one_line(value, most=NAME_LENGTH, empty=_("Write your name as your coach and squad should see it."))


def _clean_lead(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value in LEAD_MINUTES):
        return value
    raise ValidationError(
        _("Choose from %(least)d to %(most)d minutes, or leave it empty.")
        % {"least": LEAD_MINUTES[0], "most": LEAD_MINUTES[-1]},
        code="invalid",
    )


def _clean_leads(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise ValidationError(_('Give minutes by kind of run, for example {"race": 90}.'), code="invalid")
    for kind, minutes in value.items():
        if kind not in RUN_KINDS:
            options = {"kind": str(kind)[:40], "kinds": ", ".join(RUN_KINDS)}
            raise ValidationError(_("“%(kind)s” is no kind of run. Choose from: %(kinds)s.") % options, code="invalid")
        if minutes is None or _clean_lead(minutes) is None:
            raise ValidationError(_("Leave out the kinds before which nothing else is wanted."), code="invalid")
    return {kind: value[kind] for kind in RUN_KINDS if kind in value}


def _clean_switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValidationError(_("Say yes (true) or no (false)."), code="invalid")


def _clean_time(value: object) -> time | None:
    if value is None or (isinstance(value, time) and value.tzinfo is None):
        return value
    raise ValidationError(_("Give a time of day, for example 22:00, or leave it empty."), code="invalid")


def _check_quiet_hours(begin: time | None, end: time | None) -> None:
    """Raises ValidationError for half of a pair, or for hours that never end."""
    if (begin is None) != (end is None):
        missing = "quiet_from" if begin is None else "quiet_until"
        raise ValidationError({missing: ValidationError(_("Give both hours, or neither."), code="required")})
    if begin is not None and begin == end:
        same = ValidationError(_("They would never end. Choose another hour, or switch reminders off."), code="invalid")
        raise ValidationError({"quiet_until": same})


def _one_of(*options: str) -> Callable[[object], str]:
    def clean(value: object) -> str:
        if isinstance(value, str) and value in options:
            return value
        raise ValidationError(_("Choose one of: %(options)s.") % {"options": ", ".join(options)}, code="invalid_choice")

    return clean


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "name": clean_name,
    "time_zone": find_zone,
    "language": _one_of(*(code for code, _name in settings.LANGUAGES)),
    "units": _one_of(*User.Units.values),
    "reminder_lead_minutes": _clean_lead,
    "reminder_leads": _clean_leads,
    "email_reminders": _clean_switch,
    "digest_at": _clean_time,
    "calendar_attached": _clean_switch,
    "quiet_from": _clean_time,
    "quiet_until": _clean_time,
}


def _clean(changes: dict[str, Any]) -> dict[str, Any]:
    """The same values, checked and as the database keeps them. Raises ValidationError field by field."""
    wanted, errors = {}, {}
    for field, value in changes.items():
        try:
            wanted[field] = CLEANERS[field](value)
        except ValidationError as error:
            errors[field] = error
    if errors:
        raise ValidationError(errors)
    return wanted


def _clean_email(value: str) -> str:
    email = value.strip().lower()
    try:
        validate_email(email)
        if len(email) > EMAIL_LENGTH:
            raise ValidationError("")
    except ValidationError:
        wrong = ValidationError(_("Write an e-mail address like name@example.org."), code="invalid")
        raise ValidationError({"email": wrong}) from None
    return email


def _check_password(password: str, wanted: dict[str, Any]) -> None:
    try:
        validate_password(password, User(email=wanted["email"], name=wanted["name"]))
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from None


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
