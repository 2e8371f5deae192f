"""The settings pages: what they show, keep and refuse, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.domain.security import find_token, make_token
from accounts.models import ApiToken, User
from tests.conftest import Cast
from tests.factories import BERLIN, NOW, make_user

pytestmark = pytest.mark.django_db

BrowserOf = Callable[[User | None], Client]
PAGES = ("profile", "reminders", "security", "tokens")


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_asked_to_sign_in(page: str, browser_of: BrowserOf) -> None:
    answer = browser_of(None).get(f"/settings/{page}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next=/settings/{page}/")


@pytest.mark.parametrize("page", PAGES)
def test_each_page_shows_its_tab_as_the_current_one(page: str, browser_of: BrowserOf) -> None:
    answer = browser_of(make_user()).get(f"/settings/{page}/")
    assert answer.status_code == 200
    current = re.findall(r'tabs__link" href="([^"]+)" aria-current="page"', answer.content.decode())
    assert current == [f"/settings/{page}/"]


def test_the_settings_begin_with_the_profile(browser_of: BrowserOf) -> None:
    assert browser_of(make_user()).get("/settings/")["Location"] == "/settings/profile/"


def test_the_profile_is_kept(browser_of: BrowserOf) -> None:
    user = make_user("Mara")
    browser = browser_of(user)
    page = browser.get("/settings/profile/").content.decode()
    assert '<option value="Europe/Berlin" selected>' in page
    sent = {"name": "Mara Moss", "time_zone": "Asia/Tokyo", "language": "en", "units": "imperial"}
    answer = browser.post("/settings/profile/", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/settings/profile/")
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.units) == ("Mara Moss", ZoneInfo("Asia/Tokyo"), "imperial")
    assert "Your settings are saved." in browser.get("/settings/profile/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "M" * 81},
        {"name": "Mara\x00"},
        {"name": "Mara\u202e"},
        {"time_zone": ""},
        {"time_zone": "Europe/Atlantis"},
        {"language": "tlh"},
        {"units": "furlongs"},
    ],
)
def test_a_wrong_profile_names_the_field_and_keeps_what_was_typed(wrong: dict[str, str], browser_of: BrowserOf) -> None:
    user = make_user("Mara")
    sent = {"name": "Typed anew", "time_zone": "Asia/Tokyo", "language": "en", "units": "imperial"} | wrong
    answer = browser_of(user).post("/settings/profile/", sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(wrong)
    page = answer.content.decode()
    if "name" not in wrong:
        assert 'value="Typed anew"' in page
    if "time_zone" not in wrong:
        assert '<option value="Asia/Tokyo" selected>' in page
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.units) == ("Mara", BERLIN, "metric")


def test_an_empty_form_is_refused_not_taken_for_untouched(browser_of: BrowserOf) -> None:
    answer = browser_of(make_user("Mara")).post("/settings/profile/", {})
    assert answer.status_code == 422


def test_reminders_are_chosen_and_given_back_to_the_squad(browser_of: BrowserOf) -> None:
    user = make_user()
    browser = browser_of(user)
    browser.post("/settings/reminders/", {"reminder_lead_minutes": "45"})
    user.refresh_from_db()
    assert (user.email_reminders, user.reminder_lead_minutes) == (False, 45)
    browser.post("/settings/reminders/", {"email_reminders": "on", "reminder_lead_minutes": ""})
    user.refresh_from_db()
    assert (user.email_reminders, user.reminder_lead_minutes) == (True, None)


@pytest.mark.parametrize("minutes", ["4", "1441", "-5", "9" * 30, "9" * 5000, "soon", "45.5", "\x00", "\ud800"])
def test_a_wrong_lead_time_is_refused(minutes: str, browser_of: BrowserOf) -> None:
    user = make_user(reminder_lead_minutes=60)
    answer = browser_of(user).post(
        "/settings/reminders/",
        b"email_reminders=on&reminder_lead_minutes=" + minutes.encode(errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["reminder_lead_minutes"]
    user.refresh_from_db()
    assert user.reminder_lead_minutes == 60


# --- Tokens ---


def test_a_token_is_shown_once_and_works(browser_of: BrowserOf) -> None:
    user = make_user()
    browser = browser_of(user)
    answer = browser.post("/settings/tokens/", {"name": "My watch", "scopes": ["read", "log"]})
    assert answer.status_code == 200
    (secret,) = re.findall(r"prs_\w+_[\w-]+", answer.content.decode())
    token = find_token(secret=secret, now=NOW)
    assert token is not None
    assert (token.user, token.name, token.scopes) == (user, "My watch", ["read", "log"])
    assert "no-store" in answer["Cache-Control"]
    again = browser.get("/settings/tokens/").content.decode()
    assert "My watch" in again
    assert "prs_" not in again
    assert token.prefix not in again


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "M" * 81, "scopes": ["read"]}, "name"),
        ({"name": "My\x00watch", "scopes": ["read"]}, "name"),
        ({"name": "My\nwatch", "scopes": ["read"]}, "name"),
        ({"name": "My watch"}, "scopes"),
        ({"name": "My watch", "scopes": ["everything"]}, "scopes"),
        ({"name": "My watch", "scopes": ["curate"]}, "scopes"),
    ],
)
def test_a_wrong_token_names_the_field_and_is_not_made(sent: dict[str, Any], field: str, browser_of: BrowserOf) -> None:
    answer = browser_of(make_user()).post("/settings/tokens/", sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not ApiToken.objects.exists()


def test_only_curators_are_offered_curation(cast: Cast, browser_of: BrowserOf) -> None:
    offers = {
        person: [
            value
            for value, _words in browser_of(person).get("/settings/tokens/").context["form"]["scopes"].field.choices
        ]
        for person in (cast.athlete, cast.curator)
    }
    assert offers == {cast.athlete: ["read", "log", "plan"], cast.curator: ["read", "log", "plan", "curate"]}
    made = browser_of(cast.curator).post("/settings/tokens/", {"name": "Desk", "scopes": ["curate"]})
    assert made.status_code == 200


def test_taking_a_token_back_asks_first(browser_of: BrowserOf) -> None:
    user = make_user()
    token, secret = make_token(user=user, name="My watch", scopes=["read"], now=NOW)
    browser = browser_of(user)
    assert browser.get(f"/settings/tokens/{token.pk}/revoke/").status_code == 200
    assert find_token(secret=secret, now=NOW) == token
    answer = browser.post(f"/settings/tokens/{token.pk}/revoke/")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/tokens/")
    assert find_token(secret=secret, now=NOW) is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_elses_token_is_not_there(method: str, browser_of: BrowserOf) -> None:
    token, secret = make_token(user=make_user(), name="Theirs", scopes=["read"], now=NOW)
    browser = browser_of(make_user())
    assert getattr(browser, method)(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert find_token(secret=secret, now=NOW) == token
    assert "Theirs" not in browser.get("/settings/tokens/").content.decode()


def test_a_token_number_beyond_all_numbers_is_not_there(browser_of: BrowserOf) -> None:
    assert browser_of(make_user()).get(f"/settings/tokens/{'9' * 40}/revoke/").status_code == 404


def test_the_list_costs_the_same_however_long(browser_of: BrowserOf, django_assert_num_queries: Any) -> None:
    user = make_user()
    browser = browser_of(user)
    for name in ("One", "Two", "Three"):
        make_token(user=user, name=name, scopes=["read"], now=NOW)
        with django_assert_num_queries(
            3 + 2
        ):  # session, person, tokens; the permissions of the person and their groups
            browser.get("/settings/tokens/")
