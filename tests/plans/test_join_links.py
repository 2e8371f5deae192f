"""Join links: made, used, taken back; the page behind them and the coach's pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from plans.domain import join_links
from plans.domain.invitations import invitation_of
from plans.domain.squads import end_membership
from plans.models import JoinLink
from tests.conftest import Cast
from tests.factories import NOW, make_membership, make_user

Api = Callable[[User | None], APIClient]
Browser = Callable[[User | None], Client]
PAGE = "/squads/dawn-patrol/invitations/"
LINKS = f"{PAGE}links/"
API = "/api/v1/squads/dawn-patrol/join-links/"
VALUES = {"role": "athlete", "limit": 30, "good_for": 7}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def make(cast: Cast, **fields: object) -> JoinLink:
    """A link into the cast's squad by its coach, an hour before NOW."""
    values = {"squad": cast.squad, "actor": cast.coach, "now": NOW - timedelta(hours=1)} | VALUES | fields
    return join_links.make_join_link(**values)


def newcomer(email: str = "nia@runners.example", *, verified: bool = True) -> User:
    """A person with an account and no squad."""
    return make_user("Nia Newcomer", email=email, verified=verified)


def join(link: JoinLink, person: User, shares: bool = False) -> object:
    """Join by the link at NOW."""
    return join_links.join_with_link(link=link, person=person, shares_health=shares, now=NOW)


def refusal(deed: Callable[..., object], *arguments: object) -> str:
    """The code with which a deed is refused."""
    with pytest.raises(ValidationError) as error:
        deed(*arguments)
    return str(error.value.code)


def page(link: JoinLink) -> str:
    return f"/invitations/{join_links.join_token(link)}/"


# --- The deeds ------------------------------------------------------------------------------------------------------
def test_a_link_is_made_and_recorded(cast: Cast) -> None:
    link = make(cast)
    assert (link.uses, link.expires_at, link.created_by) == (0, link.created_at + timedelta(days=7), cast.coach)
    entry = AuditEntry.objects.get(action="join-link.make")
    assert (entry.actor, entry.after["limit"], link.nonce in str(entry.after)) == (cast.coach, 30, False)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": 10**30}, "limit"),
        ({"good_for": 0}, "good_for"),
        ({"good_for": 61}, "good_for"),
        ({"role": "owner"}, "role"),
        ({"role": "coach"}, "limit"),
        ({"role": "coach", "limit": 2}, "limit"),
    ],
)
def test_what_a_link_may_not_be(cast: Cast, fields: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError) as error:
        make(cast, **fields)
    assert list(error.value.message_dict) == [named]
    assert not JoinLink.objects.exists()


@pytest.mark.parametrize("fields", [{"limit": 200, "good_for": 60}, {"role": "coach", "limit": 1}, {"good_for": 1}])
def test_what_a_link_may_be(cast: Cast, fields: dict[str, object]) -> None:
    assert make(cast, **fields).pk


def test_open_links_have_an_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_links, "OPEN_LINKS_AT_MOST", 1)
    make(cast)
    with pytest.raises(ValidationError):
        make(cast)


def test_no_link_into_an_archived_squad(cast: Cast) -> None:
    cast.squad.archived_at = NOW
    cast.squad.save(update_fields=["archived_at"])
    assert refusal(lambda: make(cast)) == "archived"


def test_only_the_tokens_given_out_find_a_link(cast: Cast) -> None:
    link, other = make(cast), make(cast)
    token = join_links.join_token(link)
    proof = token.partition("-")[2]
    assert join_links.join_link_of(token) == link
    for forged in (f"j{other.pk}-{proof}", token[1:], f"j{link.pk}-", f"jj{token[1:]}", f"j²-{proof}", "j", "", "j-"):
        assert join_links.join_link_of(forged) is None, forged
    assert join_links.join_link_of(f"j{10**30}-{proof}") is None
    assert invitation_of(token) is None
    assert proof not in {str(value) for row in JoinLink.objects.values_list() for value in row}


@pytest.mark.parametrize("shares", [True, False])
def test_joining_makes_a_member_and_counts(cast: Cast, shares: bool) -> None:
    link, person = make(cast), newcomer()
    membership = join(link, person, shares)
    assert (membership.role, membership.shares_health, membership.began_at) == ("athlete", shares, NOW)
    link.refresh_from_db()
    assert link.uses == 1
    entry = AuditEntry.objects.get(action="membership.begin")
    assert (entry.actor, entry.after["join_link"]) == (person, link.pk)


def test_who_is_in_is_not_counted_again(cast: Cast) -> None:
    link = make(cast)
    assert refusal(join, link, cast.athlete) == "member"
    link.refresh_from_db()
    assert link.uses == 0


def test_no_more_than_its_limit_join(cast: Cast) -> None:
    link = make(cast, limit=1)
    join(link, newcomer())
    assert refusal(join, link, newcomer("b@x.example")) == "closed"
    link.refresh_from_db()
    assert (link.uses, join_links.link_state(link, NOW)) == (1, "full")


def test_an_address_nobody_confirmed_lets_nobody_in(cast: Cast) -> None:
    assert refusal(join, make(cast), newcomer(verified=False)) == "unverified"


def test_closed_links_say_why_and_whom_to_ask(cast: Cast) -> None:
    taken_back, expired = make(cast), make(cast, now=NOW - timedelta(days=7))
    join_links.revoke_join_link(link=taken_back, actor=cast.coach, now=NOW)
    person = newcomer()
    assert [refusal(join, link, person) for link in (taken_back, expired)] == ["closed", "closed"]
    assert join_links.why_closed(taken_back, NOW) == "This link was taken back. Ask Cora Coach for a new one."
    assert join_links.why_closed(expired, NOW) == "This link's time is over. Ask Cora Coach for a new one."
    again = {"link": taken_back, "actor": cast.coach, "now": NOW}
    assert refusal(lambda: join_links.revoke_join_link(**again)) == "closed"


def test_who_was_removed_does_not_come_back_by_the_link_they_had(cast: Cast) -> None:
    link, person = make(cast), newcomer()
    membership = make_membership(cast.squad, person)
    end_membership(membership=membership, actor=cast.coach, now=NOW)
    assert refusal(join, link, person) == "left"
    assert join(make(cast, now=NOW), person)


# --- The page behind the link ---------------------------------------------------------------------------------------
def test_a_visitor_may_sign_in_or_make_an_account_and_comes_back(cast: Cast, browser_of: Browser) -> None:
    link = make(cast)
    shown = browser_of(None).get(page(link))
    text = shown.content.decode()
    assert shown.status_code == 200
    assert f'name="next" value="{page(link)}"' in text
    assert f'/accounts/login/?next={page(link)}"' in text
    assert "Nothing from before today" in text
    assert (shown["Referrer-Policy"], "no-store" in shown["Cache-Control"]) == ("strict-origin", True)


@pytest.mark.parametrize("shares", [True, False])
def test_who_is_signed_in_chooses_and_joins(cast: Cast, browser_of: Browser, shares: bool) -> None:
    link, person = make(cast), newcomer()
    browser = browser_of(person)
    assert list(browser.get(page(link)).context["form"].fields) == ["shares_health"]
    answer = browser.post(page(link), {"shares_health": "on"} if shares else {})
    assert (answer.status_code, answer["Location"]) == (302, "/today/")
    assert person.memberships.get().shares_health is shares


def test_looking_changes_nothing(cast: Cast, browser_of: Browser) -> None:
    link = make(cast)
    for person in (None, cast.athlete, cast.other_athlete, newcomer(verified=False)):
        assert browser_of(person).get(page(link)).status_code == 200
    link.refresh_from_db()
    assert link.uses == 0


def test_what_is_left_to_do_is_said(cast: Cast, browser_of: Browser) -> None:
    link, unverified = make(cast), newcomer(verified=False)
    shown = browser_of(unverified).post(page(link), {}).content.decode()
    assert "Confirm first that <strong>nia@runners.example</strong> is yours" in shown
    assert not unverified.memberships.exists()
    gone = make_user("Gus Gone")
    end_membership(membership=make_membership(cast.squad, gone), actor=cast.coach, now=NOW)
    assert "Ask Cora Coach to invite you by e-mail." in browser_of(gone).post(page(link), {}).content.decode()


def test_a_closed_link_ends_calmly(cast: Cast, browser_of: Browser) -> None:
    link = make(cast)
    join_links.revoke_join_link(link=link, actor=cast.coach, now=NOW)
    for person in (None, newcomer()):
        answer = browser_of(person).post(page(link), {})
        assert (answer.status_code, b"Ask Cora Coach for a new one." in answer.content) == (410, True)


# --- The coach's pages ----------------------------------------------------------------------------------------------
def test_a_coach_makes_shows_and_takes_back_a_link(cast: Cast, browser_of: Browser) -> None:
    browser = browser_of(cast.coach)
    made = browser.post(LINKS, VALUES)
    link = JoinLink.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"{LINKS}{link.pk}/")
    shown = browser.get(made["Location"])
    assert join_links.join_token(link) in shown.content.decode()
    assert shown.context["left"] == "good for 7 more days"
    assert b"0 of 30 joined" in browser.get(PAGE).content
    assert browser.get(f"{LINKS}{link.pk}/revoke/").status_code == 200
    assert JoinLink.objects.open(NOW).exists()
    assert browser.post(f"{LINKS}{link.pk}/revoke/")["Location"] == PAGE
    assert not JoinLink.objects.open(NOW).exists()
    assert join_links.join_token(link) not in browser.get(f"{LINKS}{link.pk}/").content.decode()


def test_a_bad_link_is_told_by_field_and_kept(cast: Cast, browser_of: Browser) -> None:
    answer = browser_of(cast.coach).post(LINKS, {"role": "coach", "limit": "30", "good_for": "99"})
    assert (answer.status_code, list(answer.context["link_form"].errors)) == (422, ["good_for"])
    answer = browser_of(cast.coach).post(LINKS, {"role": "coach", "limit": "30", "good_for": "9"})
    assert (answer.status_code, list(answer.context["link_form"].errors)) == (422, ["limit"])
    assert answer.context["link_form"]["good_for"].value() == "9"


def test_only_coaches_reach_links(cast: Cast, browser_of: Browser) -> None:
    link = make(cast)
    elsewhere = make(cast, squad=cast.other_squad, actor=cast.other_coach)
    statuses = {
        person.name: (
            browser_of(person).post(LINKS, VALUES).status_code,
            browser_of(person).get(f"{LINKS}{link.pk}/").status_code,
            browser_of(person).post(f"{LINKS}{link.pk}/revoke/").status_code,
        )
        for person in (cast.assistant, cast.athlete, cast.other_coach)
    }
    assert statuses == {
        "Asa Assistant": (403, 403, 403),
        "Ada Athlete": (403, 403, 403),
        "Otto Other": (404, 404, 404),
    }
    assert browser_of(cast.coach).get(f"{LINKS}{elsewhere.pk}/").status_code == 404
    assert JoinLink.objects.open(NOW).count() == 2


# --- The API --------------------------------------------------------------------------------------------------------
def test_links_over_the_api(cast: Cast, api_of: Api) -> None:
    api = api_of(cast.coach)
    made = api.post(API, VALUES)
    link = JoinLink.objects.get()
    assert (made.status_code, made.json()) == (
        201,
        {
            "id": link.pk,
            "url": f"http://testserver/invitations/{join_links.join_token(link)}/",
            "role": "athlete",
            "limit": 30,
            "uses": 0,
            "state": "open",
            "created_at": "2027-03-15T12:00:00Z",
            "expires_at": "2027-03-22T12:00:00Z",
        },
    )
    assert api.get(API).json()["results"] == [made.json()]
    assert api.delete(f"{API}{link.pk}/").status_code == 204
    assert api.get(API).json()["results"] == []


def test_only_coaches_use_links_of_the_api(cast: Cast, api_of: Api) -> None:
    statuses = {}
    for person in (cast.assistant, cast.athlete, cast.other_coach, None, cast.coach):
        link, api = make(cast), api_of(person)
        statuses[person.name if person else "visitor"] = [
            api.get(API).status_code,
            api.post(API, VALUES).status_code,
            api.delete(f"{API}{link.pk}/").status_code,
        ]
    assert statuses == {
        "Asa Assistant": [403, 403, 403],
        "Ada Athlete": [403, 403, 403],
        "Otto Other": [404, 404, 404],
        "visitor": [401, 401, 401],
        "Cora Coach": [200, 201, 204],
    }


def test_joining_by_a_link_over_the_api(cast: Cast, api_of: Api) -> None:
    link, person = make(cast, limit=1), newcomer()
    path = f"/api/v1{page(link)}accept/"
    assert api_of(None).post(path).status_code == 401
    assert api_of(newcomer("b@x.example", verified=False)).post(path).status_code == 403
    answer = api_of(person).post(path, {"shares_health": True})
    assert (answer.status_code, answer.json()["shares_health"]) == (201, True)
    assert api_of(person).post(path).status_code == 400
    assert api_of(cast.other_athlete).post(path).status_code == 410
