"""Signing people up, proving addresses, changing preferences: what the domain allows and refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain import people
from accounts.domain.people import (
    change_preferences,
    change_rights,
    clean_name,
    has_verified_address,
    is_curator,
    mark_address_verified,
    sign_up_person,
)
from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import BERLIN, NOW, make_user

pytestmark = pytest.mark.django_db


def sign_up(**fields: Any) -> User:
    values = {"email": "mara@runners.example", "name": "Mara Moss", "password": "hills-at-dawn", "now": NOW}
    return sign_up_person(**values | fields)


def fields_of(error: ValidationError) -> dict[str, list[str | None]]:
    return {field: [inner.code for inner in errors] for field, errors in error.error_dict.items()}


def test_signing_up_makes_a_person_with_preferences_and_an_audit_entry() -> None:
    user = sign_up(email="  Mara@Runners.Example ", name=" Mara Moss ", time_zone="Europe/Berlin", units="imperial")
    user.refresh_from_db()
    assert (user.email, user.name, user.time_zone, user.units) == (
        "mara@runners.example",
        "Mara Moss",
        BERLIN,
        "imperial",
    )
    assert user.check_password("hills-at-dawn")
    assert user.date_joined == NOW
    assert not has_verified_address(user, user.email)
    assert list(AuditEntry.objects.values_list("action", "actor")) == [("person.sign-up", user.pk)]


def test_signing_up_as_verified_proves_the_address() -> None:
    user = sign_up(verified=True)
    assert has_verified_address(user, "MARA@runners.example")
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [(user.email, True, True)]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "mara"}, {"email": ["invalid"]}),
        ({"email": "a" * 250 + "@runners.example"}, {"email": ["invalid"]}),
        ({"email": "ma\x00ra@runners.example"}, {"email": ["invalid"]}),
        ({"name": " "}, {"name": ["required"]}),
        ({"name": "\u200b"}, {"name": ["required"]}),
        ({"name": "M" * 81}, {"name": ["max_length"]}),
        ({"name": "Mara\nBcc: all@runners.example"}, {"name": ["control_characters"]}),
        ({"name": "Mara\x00"}, {"name": ["control_characters"]}),
        ({"name": "Mara \ud800"}, {"name": ["control_characters"]}),
        ({"name": "Mara \u202eossoM"}, {"name": ["control_characters"]}),
        ({"password": "short"}, {"password": ["password_too_short"]}),
        ({"password": "password"}, {"password": ["password_too_common"]}),
        ({"password": "mara moss"}, {"password": ["password_too_similar"]}),
        ({"time_zone": "Europe/Atlantis"}, {"time_zone": ["time_zone"]}),
    ],
)
def test_signing_up_names_the_field_that_is_wrong(fields: dict[str, Any], wrong: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError) as caught:
        sign_up(**fields)
    assert fields_of(caught.value) == wrong
    assert not User.objects.exists()


def test_an_address_belongs_to_one_person_whatever_its_letters_case() -> None:
    sign_up()
    with pytest.raises(ValidationError) as caught:
        sign_up(email="MARA@RUNNERS.EXAMPLE")
    assert fields_of(caught.value) == {"email": ["taken"]}
    assert User.objects.count() == 1


def test_a_superuser_made_on_the_machine_needs_no_proof() -> None:
    user = User.objects.create_superuser("root@runners.example", "hills-at-dawn", name="Root")
    assert has_verified_address(user, user.email)


def test_marking_an_address_verified_makes_it_the_primary_one_once() -> None:
    user = make_user(email="mara@runners.example", verified=False)
    EmailAddress.objects.create(user=user, email="old@runners.example", primary=True, verified=True)
    mark_address_verified(user=user, email="Mara@runners.example", now=NOW)
    mark_address_verified(user=user, email="mara@runners.example", now=NOW)
    assert sorted(EmailAddress.objects.values_list("email", "primary", "verified")) == [
        ("mara@runners.example", True, True),
        ("old@runners.example", False, True),
    ]
    assert AuditEntry.objects.filter(action="person.verify-address").count() == 1


def test_a_second_address_does_not_become_the_primary_one() -> None:
    user = make_user(verified=False)
    mark_address_verified(user=user, email="club@runners.example", now=NOW)
    assert has_verified_address(user, "club@runners.example")
    assert not EmailAddress.objects.get().primary


def test_an_address_proven_to_be_anothers_cannot_be_marked() -> None:
    sign_up(verified=True)
    other = make_user()
    with pytest.raises(ValidationError):
        mark_address_verified(user=other, email="mara@runners.example", now=NOW)
    assert not has_verified_address(other, "mara@runners.example")


def test_changing_preferences_keeps_what_is_not_named_and_records_what_changed() -> None:
    user = make_user("Mara", units="metric")
    change_preferences(
        user=user,
        changes={"name": "Mara", "time_zone": "Asia/Tokyo", "reminder_lead_minutes": 45, "email_reminders": False},
        now=NOW,
    )
    user.refresh_from_db()
    assert (user.time_zone, user.reminder_lead_minutes, user.email_reminders) == (ZoneInfo("Asia/Tokyo"), 45, False)
    assert (user.name, user.units) == ("Mara", "metric")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.at) == (user, "person.change-preferences", NOW)
    assert entry.before == {"time_zone": "Europe/Berlin", "reminder_lead_minutes": None, "email_reminders": True}
    assert entry.after == {"time_zone": "Asia/Tokyo", "reminder_lead_minutes": 45, "email_reminders": False}


def test_a_lead_time_can_be_given_up_again() -> None:
    user = make_user(reminder_lead_minutes=45)
    change_preferences(user=user, changes={"reminder_lead_minutes": None}, now=NOW)
    user.refresh_from_db()
    assert user.reminder_lead_minutes is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", 7),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe"),
        ("time_zone", "\x00"),
        ("time_zone", None),
        ("time_zone", ["UTC"]),
        ("language", "xx"),
        ("units", "furlongs"),
        ("units", []),
        ("reminder_lead_minutes", 4),
        ("reminder_lead_minutes", 1441),
        ("reminder_lead_minutes", 10**30),
        ("reminder_lead_minutes", True),
        ("reminder_lead_minutes", 45.5),
        ("email_reminders", None),
        ("email_reminders", "yes"),
    ],
)
def test_a_bad_preference_names_its_field_and_changes_nothing(field: str, value: Any) -> None:
    user = make_user("Mara")
    with pytest.raises(ValidationError) as caught:
        change_preferences(user=user, changes={"units": "imperial", field: value}, now=NOW)
    assert list(caught.value.error_dict) == [field]
    user.refresh_from_db()
    assert (user.name, user.units) == ("Mara", "metric")
    assert not AuditEntry.objects.exists()


def test_who_asked_is_told_what_changed_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, set[str], datetime]] = []
    monkeypatch.setattr(
        people, "PREFERENCES_CHANGED", [lambda user, changed, now: told.append((user.pk, changed, now))]
    )
    user = make_user("Mara")
    change_preferences(user=user, changes={"units": "metric", "name": "Mara"}, now=NOW)
    assert told == []
    change_preferences(user=user, changes={"units": "imperial", "name": "Mara"}, now=NOW)
    assert told == [(user.pk, {"units"}, NOW)]


@given(st.text(max_size=120))
def test_any_text_is_a_name_on_one_line_or_is_refused(text: str) -> None:
    try:
        name = clean_name(text)
    except ValidationError:
        return
    assert name == name.strip()
    assert 1 <= len(name) <= 80
    assert len(name.splitlines()) == 1
    name.encode()


def test_rights_are_a_superusers_to_give(cast: Cast) -> None:
    for actor in (cast.curator, cast.coach, cast.athlete):
        with pytest.raises(PermissionDenied):
            change_rights(person=cast.athlete, actor=actor, now=NOW, changes={"curator": True})
    assert not is_curator(cast.athlete)
    change_rights(person=cast.athlete, actor=cast.superuser, now=NOW, changes={"curator": True})
    assert (is_curator(cast.athlete), cast.athlete.is_staff) == (True, True)


def test_a_curator_who_is_a_superuser_too_stays_staff(cast: Cast) -> None:
    change_rights(person=cast.curator, actor=cast.superuser, now=NOW, changes={"is_superuser": True})
    change_rights(person=cast.curator, actor=cast.superuser, now=NOW, changes={"curator": False})
    assert (cast.curator.is_staff, cast.curator.is_superuser, is_curator(cast.curator)) == (True, True, False)
    change_rights(person=cast.curator, actor=cast.superuser, now=NOW, changes={"is_superuser": False})
    assert cast.curator.is_staff is False


def test_what_stays_is_not_recorded(cast: Cast) -> None:
    before = AuditEntry.objects.count()
    same = {"name": "Cleo Curator", "curator": True, "is_active": True}
    change_rights(person=cast.curator, actor=cast.superuser, now=NOW, changes=same)
    assert AuditEntry.objects.count() == before
    assert cast.curator.is_staff is True


def test_nobody_takes_from_themselves_what_they_need_to_give_it_back(cast: Cast) -> None:
    for field in ("is_active", "is_superuser"):
        with pytest.raises(ValidationError) as refused:
            change_rights(person=cast.superuser, actor=cast.superuser, now=NOW, changes={field: False})
        assert list(refused.value.message_dict) == [field]
