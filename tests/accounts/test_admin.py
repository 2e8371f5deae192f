"""The admin of people: superusers only, no secret shown, changes recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.domain.security import make_token
from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db

BrowserOf = Callable[[User | None], Client]
LISTS = ("user", "apitoken", "auditentry")


@pytest.mark.parametrize("name", LISTS)
def test_superusers_see_people_and_nobody_else_does(name: str, cast: Cast, browser_of: BrowserOf) -> None:
    address = f"/admin/accounts/{name}/"
    statuses = {
        who: browser_of(person).get(address).status_code
        for who, person in {"superuser": cast.superuser, "curator": cast.curator}.items()
    }
    assert statuses == {"superuser": 200, "curator": 403}
    for person in (cast.coach, cast.athlete, None):
        answer = browser_of(person).get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={address}")


def test_a_curator_sees_nothing_of_people_even_with_a_permission_given_by_mistake(
    cast: Cast, browser_of: BrowserOf
) -> None:
    cast.curator.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    browser = browser_of(cast.curator)
    assert [browser.get(f"/admin/accounts/{name}/").status_code for name in LISTS] == [403] * 3
    assert "/admin/accounts/" not in browser.get("/admin/").content.decode()


def test_the_admin_is_entered_by_the_sites_own_door(cast: Cast, browser_of: BrowserOf) -> None:
    answer = browser_of(None).get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    assert browser_of(None).post("/admin/login/", {"username": "x", "password": "y"}).status_code == 302
    assert browser_of(cast.athlete).get("/admin/login/").status_code == 403


@pytest.mark.parametrize("name", [*LISTS, "user/add"])
@pytest.mark.parametrize("query", ["", "?q=mara", "?q=%27%22%3C", "?o=1.-2", "?p=99999999999999999999"])
def test_lists_and_searches_work(name: str, query: str, cast: Cast, browser_of: BrowserOf) -> None:
    make_token(user=cast.athlete, name="My watch", scopes=["read"], now=NOW)
    answer = browser_of(cast.superuser).get(f"/admin/accounts/{name}/{query}")
    assert answer.status_code in {200, 302}


def test_no_page_shows_a_secret(cast: Cast, browser_of: BrowserOf) -> None:
    token, secret = make_token(user=cast.athlete, name="My watch", scopes=["read"], now=NOW)
    browser = browser_of(cast.superuser)
    pages = [
        f"/admin/accounts/user/{cast.athlete.pk}/change/",
        f"/admin/accounts/apitoken/{token.pk}/change/",
        "/admin/accounts/apitoken/",
    ]
    for page in pages:
        text = browser.get(page).content.decode()
        assert "Ada Athlete" in text
        for hidden in (token.digest, token.prefix, secret, cast.athlete.password, cast.athlete.password[:12]):
            assert hidden not in text


def test_tokens_and_the_record_are_read_only(cast: Cast, browser_of: BrowserOf) -> None:
    token, _secret = make_token(user=cast.athlete, name="My watch", scopes=["read"], now=NOW)
    entry = AuditEntry.objects.get()
    browser = browser_of(cast.superuser)
    statuses = [
        browser.post(f"/admin/accounts/{name}/{action}", {"name": "Mine", "action": "x"}).status_code
        for name, row in (("apitoken", token.pk), ("auditentry", entry.pk))
        for action in ("add/", f"{row}/change/", f"{row}/delete/")
    ]
    assert statuses == [403] * 6
    token.refresh_from_db()
    assert token.name == "My watch"


def test_a_person_is_added_with_an_address_still_to_prove(cast: Cast, browser_of: BrowserOf) -> None:
    browser = browser_of(cast.superuser)
    sent = {
        "email": "Mara@Runners.example",
        "name": "Mara",
        "password1": "hills-at-dawn",
        "password2": "hills-at-dawn",
    }
    assert browser.post("/admin/accounts/user/add/", sent).status_code == 302
    user = User.objects.get(email="mara@runners.example")
    assert user.check_password("hills-at-dawn")
    entry = AuditEntry.objects.get(action="person.make")
    assert (entry.actor, entry.after) == (cast.superuser, {"email": "mara@runners.example", "name": "Mara"})
    again = browser.post("/admin/accounts/user/add/", sent)
    assert again.status_code == 200
    assert "There is an account with this e-mail address already." in again.content.decode()


@pytest.mark.parametrize("wrong", [{"email": "mara"}, {"name": "\x00"}, {"name": ""}, {"password2": "other"}])
def test_a_wrong_new_person_is_refused(wrong: dict[str, str], cast: Cast, browser_of: BrowserOf) -> None:
    sent = {"email": "m@runners.example", "name": "M", "password1": "hills-at-dawn", "password2": "hills-at-dawn"}
    answer = browser_of(cast.superuser).post("/admin/accounts/user/add/", sent | wrong)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == list(wrong)


def test_a_change_is_recorded_and_ends_the_persons_session(cast: Cast, browser_of: BrowserOf) -> None:
    athletes_browser = browser_of(cast.athlete)
    assert athletes_browser.get("/settings/profile/").status_code == 200
    sent: dict[str, Any] = {"name": "Ada A.", "curator": "on", "email": "other@runners.example"}
    answer = browser_of(cast.superuser).post(f"/admin/accounts/user/{cast.athlete.pk}/change/", sent)
    assert answer.status_code == 302
    entry = AuditEntry.objects.get(action="person.change")
    assert (entry.actor, entry.target_id) == (cast.superuser, str(cast.athlete.pk))
    assert entry.before == {"name": "Ada Athlete", "is_active": True, "is_staff": False, "curator": False}
    assert entry.after == {"name": "Ada A.", "is_active": False, "is_staff": True, "curator": True}
    email = cast.athlete.email
    cast.athlete.refresh_from_db()
    assert cast.athlete.email == email
    assert athletes_browser.get("/settings/profile/").status_code == 302


def test_somebody_made_a_curator_enters_the_workshop_until_it_is_taken_back(cast: Cast, browser_of: BrowserOf) -> None:
    address = f"/admin/accounts/user/{cast.athlete.pk}/change/"
    theirs, superusers = browser_of(cast.athlete), browser_of(cast.superuser)
    assert theirs.get("/admin/warmups/exercise/").status_code == 302
    superusers.post(address, {"name": "Ada Athlete", "is_active": "on", "curator": "on"})
    assert theirs.get("/admin/warmups/exercise/").status_code == 200
    superusers.post(address, {"name": "Ada Athlete", "is_active": "on"})
    assert theirs.get("/admin/warmups/exercise/").status_code == 302
    cast.athlete.refresh_from_db()
    assert (cast.athlete.is_staff, cast.athlete.groups.count()) == (False, 0)


def test_nothing_else_than_the_choices_shown_gives_a_right(cast: Cast, browser_of: BrowserOf) -> None:
    sent = {"name": "Ada Athlete", "is_active": "on", "is_staff": "on", "groups": ["1"], "user_permissions": ["1"]}
    browser_of(cast.superuser).post(f"/admin/accounts/user/{cast.athlete.pk}/change/", sent)
    cast.athlete.refresh_from_db()
    held = (cast.athlete.is_staff, cast.athlete.groups.count(), cast.athlete.user_permissions.count())
    assert held == (False, 0, 0)


def test_a_curator_gives_nobody_rights(cast: Cast, browser_of: BrowserOf) -> None:
    sent = {"name": "Cleo", "is_active": "on", "is_superuser": "on"}
    answer = browser_of(cast.curator).post(f"/admin/accounts/user/{cast.curator.pk}/change/", sent)
    assert answer.status_code == 403
    cast.curator.refresh_from_db()
    assert (cast.curator.name, cast.curator.is_superuser) == ("Cleo Curator", False)


def test_superusers_cannot_lock_themselves_out(cast: Cast, browser_of: BrowserOf) -> None:
    address = f"/admin/accounts/user/{cast.superuser.pk}/change/"
    assert browser_of(cast.superuser).post(address, {"name": "Sue S."}).status_code == 302
    cast.superuser.refresh_from_db()
    held = (cast.superuser.name, cast.superuser.is_active, cast.superuser.is_superuser, cast.superuser.is_staff)
    assert held == ("Sue S.", True, True, True)


def test_nobody_deletes_people(cast: Cast, browser_of: BrowserOf) -> None:
    person = make_user()
    assert (
        browser_of(cast.superuser).post(f"/admin/accounts/user/{person.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    assert User.objects.filter(pk=person.pk).exists()
