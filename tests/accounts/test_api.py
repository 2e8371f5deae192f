"""me/ and tokens/: shapes, rights, and what happens to bad input."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.test import APIClient

from accounts.domain.security import LAST_USED_STEP, find_token, make_token
from accounts.models import ApiToken, AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db

ApiOf = Callable[[User | None], APIClient]
ME, TOKENS = "/api/v1/me/", "/api/v1/tokens/"


def program_of(user: User, *scopes: str) -> tuple[APIClient, ApiToken]:
    """A program with a token of `user`."""
    token, secret = make_token(user=user, name="Program", scopes=scopes or ("read", "log", "plan"), now=NOW)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client, token


def wrong(answer: Any) -> list[tuple[str, str]]:
    """Field and code of each error of a problem document."""
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert all(error["message"] for error in body["errors"])
    return [(error["field"], error["code"]) for error in body["errors"]]


# --- me/ ---


def test_me_is_the_profile(api_of: ApiOf) -> None:
    user = make_user("Mara", email="mara@runners.example", reminder_lead_minutes=45)
    answer = api_of(user).get(ME)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": user.pk,
        "email": "mara@runners.example",
        "name": "Mara",
        "time_zone": "Europe/Berlin",
        "language": "en",
        "units": "metric",
        "reminder_lead_minutes": 45,
        "email_reminders": True,
        "reminder_leads": {},
        "digest_at": None,
        "calendar_attached": False,
        "address_refused": False,
        "quiet_from": None,
        "quiet_until": None,
    }


def test_a_patch_changes_what_it_names(api_of: ApiOf) -> None:
    user = make_user("Mara", reminder_lead_minutes=45)
    answer = api_of(user).patch(ME, {"time_zone": "Asia/Tokyo", "email_reminders": False, "email": user.email})
    assert answer.status_code == 200
    assert answer.json() == api_of(user).get(ME).json()
    user.refresh_from_db()
    assert (str(user.time_zone), user.email_reminders) == ("Asia/Tokyo", False)
    assert (user.name, user.reminder_lead_minutes) == ("Mara", 45)
    api_of(user).patch(ME, {"reminder_lead_minutes": None})
    user.refresh_from_db()
    assert user.reminder_lead_minutes is None


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"name": ""}, ("name", "blank")),
        ({"name": None}, ("name", "null")),
        ({"name": {}}, ("name", "invalid")),
        ({"name": "M" * 81}, ("name", "max_length")),
        ({"name": "Mara\nMoss"}, ("name", "control_characters")),
        ({"name": "Mara\x00"}, ("name", "bad_text")),
        ({"name": "\u200b"}, ("name", "required")),
        ({"time_zone": "Europe/Atlantis"}, ("time_zone", "time_zone")),
        ({"time_zone": "../../../etc/passwd"}, ("time_zone", "time_zone")),
        ({"time_zone": None}, ("time_zone", "null")),
        ({"language": "tlh"}, ("language", "invalid_choice")),
        ({"units": ["metric"]}, ("units", "invalid_choice")),
        ({"reminder_lead_minutes": 4}, ("reminder_lead_minutes", "min_value")),
        ({"reminder_lead_minutes": 1441}, ("reminder_lead_minutes", "max_value")),
        ({"reminder_lead_minutes": 10**400}, ("reminder_lead_minutes", "max_value")),
        ({"reminder_lead_minutes": "soon"}, ("reminder_lead_minutes", "invalid")),
        ({"email_reminders": None}, ("email_reminders", "null")),
        ({"email_reminders": {}}, ("email_reminders", "invalid")),
        ({"email": "other@runners.example"}, ("email", "read_only")),
        ([], ("", "invalid")),
        ("name", ("", "invalid")),
        (7, ("", "invalid")),
    ],
)
def test_a_bad_patch_names_the_field_and_changes_nothing(sent: Any, error: tuple[str, str], api_of: ApiOf) -> None:
    user = make_user("Mara")
    if isinstance(sent, dict):
        sent = {"units": "imperial"} | sent
    answer = api_of(user).patch(ME, sent)
    assert answer.status_code == 400
    assert wrong(answer) == [error]
    user.refresh_from_db()
    assert (user.name, user.units) == ("Mara", "metric")


# --- Making tokens ---


def test_email_and_password_make_a_token_that_is_shown_once(api_of: ApiOf) -> None:
    user = make_user(email="mara@runners.example")
    sent = {
        "email": "Mara@runners.example",
        "password": "warm-up-123",
        "otp": None,
        "name": " My watch ",
        "scopes": ["log", "read", "log"],
    }
    answer = api_of(None).post(TOKENS, sent)
    assert answer.status_code == 201
    body = answer.json()
    token = ApiToken.objects.get()
    assert {key: body[key] for key in ("id", "name", "scopes", "last_used_at")} == {
        "id": token.pk,
        "name": "My watch",
        "scopes": ["read", "log"],
        "last_used_at": None,
    }
    assert find_token(secret=body["token"], now=NOW) == token
    assert token.user == user
    assert body["created_at"].endswith("Z")
    assert body["token"] not in str(ApiToken.objects.values().get())
    entry = AuditEntry.objects.get(action="token.make")
    assert (entry.actor, entry.after) == (user, {"name": "My watch", "scopes": ["read", "log"]})

    client = APIClient()
    assert client.get(ME, headers={"Authorization": f"Bearer {body['token']}"}).json()["id"] == user.pk
    listed = api_of(user).get(TOKENS).json()
    assert listed["next"] is None
    assert [sorted(row) for row in listed["results"]] == [["created_at", "id", "last_used_at", "name", "scopes"]]


def test_a_signed_in_browser_needs_no_password_but_its_csrf_token() -> None:
    user = make_user()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    sent = {"name": "My watch", "scopes": ["read"]}
    assert browser.post(TOKENS, sent, content_type="application/json").status_code == 403
    browser.get("/settings/tokens/")
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    answer = browser.post(TOKENS, sent, content_type="application/json", headers=csrf)
    assert answer.status_code == 201
    assert ApiToken.objects.get().user == user


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"email": None, "password": None}, [("email", "null"), ("password", "null")]),
        ({"password": "wrong"}, [("", "no_match")]),
        ({"email": "nobody@runners.example"}, [("", "no_match")]),
        ({"email": "mara"}, [("email", "invalid")]),
        ({"email": "m" * 300 + "@runners.example"}, [("email", "max_length")]),
        ({"email": "mara\x00@runners.example"}, [("email", "bad_text")]),
        ({"password": "\x00"}, [("password", "bad_text")]),
        ({"password": "x" * 2000}, [("password", "max_length")]),
        ({"password": ["warm-up-123"]}, [("password", "invalid")]),
        ({"otp": "123456"}, [("otp", "invalid")]),
        ({"otp": {}}, [("otp", "invalid")]),
        ({"name": ""}, [("name", "blank")]),
        ({"name": None}, [("name", "null")]),
        ({"name": "M" * 81}, [("name", "max_length")]),
        ({"name": "a\u2028b"}, [("name", "control_characters")]),
        ({"scopes": []}, [("scopes", "empty")]),
        ({"scopes": "read"}, [("scopes", "not_a_list")]),
        ({"scopes": {"read": True}}, [("scopes", "not_a_list")]),
        ({"scopes": ["read", "everything"]}, [("scopes.1", "invalid_choice")]),
        ({"scopes": [["read"]]}, [("scopes.0", "invalid_choice")]),
        ({"scopes": ["curate"]}, [("scopes", "not_allowed")]),
    ],
)
def test_a_token_that_cannot_be_names_why(sent: dict[str, Any], errors: list[tuple[str, str]], api_of: ApiOf) -> None:
    make_user(email="mara@runners.example")
    good = {"email": "mara@runners.example", "password": "warm-up-123", "name": "My watch", "scopes": ["read"]}
    answer = api_of(None).post(TOKENS, good | sent)
    assert answer.status_code == 400
    assert wrong(answer) == errors
    assert not ApiToken.objects.exists()


def test_a_visitor_who_sends_nothing_is_told_all_that_is_needed(api_of: ApiOf) -> None:
    answer = api_of(None).post(TOKENS, {})
    assert wrong(answer) == [("name", "required"), ("scopes", "required")]
    answer = api_of(None).post(TOKENS, {"name": "My watch", "scopes": ["read"]})
    assert wrong(answer) == [("email", "required"), ("password", "required")]


def test_only_curators_may_ask_for_curate(cast: Cast, api_of: ApiOf) -> None:
    sent = {"name": "Desk", "scopes": ["curate"]}
    statuses = {
        person.name: api_of(person).post(TOKENS, sent).status_code
        for person in (cast.athlete, cast.coach, cast.curator, cast.superuser)
    }
    assert statuses == {"Ada Athlete": 400, "Cora Coach": 400, "Cleo Curator": 201, "Sue Super": 201}


def test_an_unproven_address_gets_no_token_and_is_told_so_only_with_the_right_password(api_of: ApiOf) -> None:
    make_user(email="mara@runners.example", verified=False)
    sent = {"email": "mara@runners.example", "password": "warm-up-123", "name": "My watch", "scopes": ["read"]}
    assert wrong(api_of(None).post(TOKENS, sent)) == [("email", "unverified")]
    assert wrong(api_of(None).post(TOKENS, sent | {"password": "wrong"})) == [("", "no_match")]


def test_who_was_switched_off_gets_no_token_and_keeps_none(api_of: ApiOf) -> None:
    user = make_user(email="mara@runners.example")
    program, _token = program_of(user)
    User.objects.update(is_active=False)
    sent = {"email": "mara@runners.example", "password": "warm-up-123", "name": "My watch", "scopes": ["read"]}
    assert wrong(api_of(None).post(TOKENS, sent)) == [("", "no_match")]
    assert program.get(ME).status_code == 401


def test_an_unknown_address_costs_as_many_hashes_as_a_wrong_password(
    api_of: ApiOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def count(_hasher: Any, password: str, *_args: Any) -> str:
        hashed.append(password)
        return "md5$salt$00"

    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.encode", count)
    make_user(email="mara@runners.example")
    costs = []
    for email in ("mara@runners.example", "nobody@runners.example"):
        hashed.clear()
        api_of(None).post(TOKENS, {"email": email, "password": "wrong", "name": "x", "scopes": ["read"]})
        costs.append(len(hashed))
    assert costs[0] == costs[1] > 0


def test_guessing_passwords_ends_after_a_few_tries(api_of: ApiOf) -> None:
    make_user(email="mara@runners.example")
    sent = {"email": "mara@runners.example", "password": "wrong", "name": "My watch", "scopes": ["read"]}
    assert [api_of(None).post(TOKENS, sent).status_code for _try in range(6)] == [400] * 5 + [429]
    answer = api_of(None).post(TOKENS, sent | {"password": "warm-up-123"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")
    assert wrong(answer) == []


def test_making_tokens_is_limited_and_reading_them_is_not(api_of: ApiOf, settings: Any) -> None:
    settings.API_LIMITS = settings.API_LIMITS | {"tokens": 3}
    client = api_of(make_user())
    sent = {"name": "My watch", "scopes": ["read"]}
    assert [client.post(TOKENS, sent).status_code for _try in range(4)] == [201, 201, 201, 429]
    assert client.get(TOKENS).status_code == 200


# --- Using tokens ---


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "bearer prs_",
        "Bearer prs_000000000000_",
        "Bearer prs_000000000000_secret",
        "Bearer prs_\x00_\x00",
        "Bearer prs_é_ü",
        "Bearer " + "prs_" * 5000,
    ],
)
def test_a_bad_token_is_401_even_where_visitors_may_read(header: str) -> None:
    client = APIClient(raise_request_exception=False)
    for address in (ME, TOKENS, "/api/v1/exercises/"):
        answer = client.get(address, headers={"Authorization": header})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert wrong(answer) == []


def test_a_token_with_one_letter_changed_is_401() -> None:
    _token, secret = make_token(user=make_user(), name="x", scopes=["read"], now=NOW)
    changed = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    assert APIClient().get(ME, headers={"Authorization": f"Bearer {changed}"}).status_code == 401


def test_another_kind_of_authorization_is_a_visitors() -> None:
    assert APIClient().get(ME, headers={"Authorization": "Basic bWFyYTp4"}).status_code == 401


def test_a_token_call_opens_no_session_and_logs_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    user = make_user(email="mara@runners.example")
    sent = {"email": "mara@runners.example", "password": "warm-up-123", "name": "My watch", "scopes": ["read"]}
    with caplog.at_level(logging.DEBUG):
        made = APIClient().post(TOKENS, sent)
        secret = made.json()["token"]
        answer = APIClient().get(ME, headers={"Authorization": f"Bearer {secret}"})
        refused = APIClient().get(ME, headers={"Authorization": f"Bearer {secret}x"})
    assert (answer.status_code, refused.status_code) == (200, 401)
    assert answer.json()["id"] == user.pk
    assert Session.objects.count() == 0
    assert (dict(made.cookies), dict(answer.cookies)) == ({}, {})
    said = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert [line for line in said if secret[:12] in line or "warm-up-123" in line] == []


def test_scopes_bound_what_a_token_may_do() -> None:
    user = make_user("Mara")
    statuses = {}
    for scope in ("read", "log", "plan"):
        program, _token = program_of(user, scope)
        statuses[scope] = (program.get(ME).status_code, program.patch(ME, {"units": "imperial"}).status_code)
    assert statuses == {"read": (200, 403), "log": (403, 403), "plan": (403, 200)}


def test_a_token_cannot_make_tokens_without_the_password() -> None:
    program, _token = program_of(make_user())
    answer = program.post(TOKENS, {"name": "More", "scopes": ["read"]})
    assert wrong(answer) == [("email", "required"), ("password", "required")]


def test_use_is_noted_but_not_on_every_call() -> None:
    token, secret = make_token(user=make_user(), name="x", scopes=["read"], now=NOW)
    for now in (NOW, NOW + LAST_USED_STEP, NOW + LAST_USED_STEP + timedelta(seconds=1)):
        find_token(secret=secret, now=now)
        token.refresh_from_db()
    assert token.last_used_at == NOW + LAST_USED_STEP + timedelta(seconds=1)
    token.last_used_at = NOW
    token.save()
    find_token(secret=secret, now=NOW + LAST_USED_STEP)
    token.refresh_from_db()
    assert token.last_used_at == NOW


# --- Taking tokens back ---


def test_a_token_taken_back_stops_at_once(api_of: ApiOf) -> None:
    user = make_user()
    program, token = program_of(user)
    assert program.get(ME).status_code == 200
    assert api_of(user).delete(f"{TOKENS}{token.pk}/").status_code == 204
    assert program.get(ME).status_code == 401
    assert api_of(user).delete(f"{TOKENS}{token.pk}/").status_code == 404
    assert AuditEntry.objects.filter(action="token.revoke", actor=user, target_id=str(token.pk)).count() == 1


def test_a_token_may_take_itself_back_and_others_only_with_plan() -> None:
    user = make_user()
    reader, own = program_of(user, "read")
    planner, other = program_of(user, "plan")
    assert reader.delete(f"{TOKENS}{other.pk}/").status_code == 403
    assert reader.delete(f"{TOKENS}{own.pk}/").status_code == 204
    _third, third = program_of(user, "read")
    assert planner.delete(f"{TOKENS}{third.pk}/").status_code == 204


def test_somebody_elses_token_is_not_there(api_of: ApiOf, cast: Cast) -> None:
    _program, token = program_of(cast.athlete)
    for person in (cast.coach, cast.team_mate, cast.curator, cast.superuser):
        client = api_of(person)
        assert client.delete(f"{TOKENS}{token.pk}/").status_code == 404
        assert client.get(TOKENS).json()["results"] == []
    assert api_of(None).delete(f"{TOKENS}{token.pk}/").status_code == 401
    assert ApiToken.objects.filter(pk=token.pk).exists()


@pytest.mark.parametrize("number", ["0", "9" * 40])
def test_a_token_that_never_was_is_404(number: str, api_of: ApiOf) -> None:
    answer = api_of(make_user()).delete(f"{TOKENS}{number}/")
    assert answer.status_code == 404
    assert wrong(answer) == []


def test_the_list_is_paged_and_costs_the_same_however_long(api_of: ApiOf, django_assert_num_queries: Any) -> None:
    user = make_user()
    program, _token = program_of(user, "read")
    program.get(TOKENS)
    for number in range(3):
        make_token(user=user, name=f"{number}", scopes=["read"], now=NOW + timedelta(seconds=number + 1))
        with django_assert_num_queries(2):  # the token with its person, the list
            program.get(TOKENS)
    first = program.get(TOKENS, {"limit": 3}).json()
    assert [row["name"] for row in first["results"]] == ["2", "1", "0"]
    assert [row["name"] for row in program.get(first["next"]).json()["results"]] == ["Program"]
