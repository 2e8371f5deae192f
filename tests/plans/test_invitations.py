"""Invitations: asked, taken back, accepted; the endpoint and the page behind the mailed link."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.domain.people import has_verified_address, mark_address_verified
from accounts.models import AuditEntry, User
from plans.domain import invitations, squads
from plans.domain.runs import schedule_for_squad
from plans.models import Invitation, Run
from tests.conftest import Cast
from tests.factories import BERLIN, NOW, make_membership, make_routine, make_user

Api = Callable[[User | None], APIClient]
Browser = Callable[[User | None], Client]
INVITATIONS = "/api/v1/squads/dawn-patrol/invitations/"
LATER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def invite(cast: Cast, email: str = "nia@runners.example", role: str = "athlete", **fields: object) -> Invitation:
    """Somebody invited to the cast's squad by its coach, an hour before NOW."""
    values = {"squad": cast.squad, "actor": cast.coach, "now": NOW - LATER} | fields
    return invitations.invite(email=email, role=role, **values)


def newcomer(email: str = "nia@runners.example", *, verified: bool = True) -> User:
    """A person with an account and no squad."""
    return make_user("Nia Newcomer", email=email, verified=verified)


def refusal(deed: Callable[..., object], **arguments: object) -> str:
    """The code with which a deed is refused."""
    with pytest.raises(ValidationError) as error:
        deed(**arguments)
    return str(error.value.code)


def path(invitation: Invitation) -> str:
    """Where the API accepts it."""
    return f"/api/v1/invitations/{invitations.invitation_token(invitation)}/accept/"


# --- Asking ---------------------------------------------------------------------------------------------------------
def test_an_invitation_waits_to_be_mailed(cast: Cast) -> None:
    invitation = invite(cast, "  Nia@Runners.Example ", now=NOW)
    assert (invitation.email, invitation.role, invitation.mailed_at, invitation.mail_next_at) == (
        "nia@runners.example",
        "athlete",
        None,
        NOW,
    )
    assert invitation.expires_at == NOW + timedelta(days=14)
    assert list(Invitation.objects.unsent(NOW)) == [invitation]
    entry = AuditEntry.objects.get(action="invitation.make")
    assert (entry.actor, entry.after) == (cast.coach, {"squad": "dawn-patrol", "role": "athlete"})


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nia",
        "nia@",
        "@runners.example",
        "nia@runners.example\nBcc: all@runners.example",
        "nia@runners.example\r\nSubject: free shoes",
        "Nia <nia@runners.example>",
        "nia@runners.example,tom@runners.example",
        "ni\x00a@runners.example",
        "x" * 64 + "@" + "y" * 60 + "." + "y" * 60 + "." + "y" * 60 + "." + "y" * 12 + ".example",
        "x" * 1_000_000 + "@runners.example",
    ],
)
def test_what_is_no_address_is_refused(cast: Cast, email: str) -> None:
    with pytest.raises(ValidationError) as error:
        invite(cast, email)
    assert list(error.value.message_dict) == ["email"]
    assert not Invitation.objects.exists()


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as error:
        invite(cast, role="owner")
    assert list(error.value.message_dict) == ["role"]


def test_nobody_is_asked_twice_or_who_is_there_already(cast: Cast) -> None:
    invite(cast)
    for email in ("NIA@runners.example", cast.athlete.email.upper()):
        with pytest.raises(ValidationError) as error:
            invite(cast, email)
        assert list(error.value.message_dict) == ["email"]


def test_one_may_ask_again_once_the_first_lapsed_or_was_taken_back(cast: Cast) -> None:
    first = invite(cast, now=NOW - timedelta(days=14))
    second = invite(cast, now=NOW)
    invitations.revoke_invitation(invitation=second, actor=cast.coach, now=NOW)
    third = invite(cast, now=NOW)
    assert list(Invitation.objects.open(NOW)) == [third]
    assert len({invitations.invitation_token(each) for each in (first, second, third)}) == 3


def test_open_invitations_have_an_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "OPEN_INVITATIONS_AT_MOST", 2)
    invite(cast, "a@x.example")
    invite(cast, "b@x.example")
    with pytest.raises(ValidationError):
        invite(cast, "c@x.example")


# --- The token ------------------------------------------------------------------------------------------------------
def test_only_the_mailed_token_finds_the_invitation(cast: Cast) -> None:
    invitation, other = invite(cast), invite(cast, "other@x.example")
    token = invitations.invitation_token(invitation)
    assert invitations.find_invitation(token, NOW) == invitation
    proof = token.partition("-")[2]
    for forged in (
        f"{other.pk}-{proof}",
        f"{invitation.pk}-{'0' * 40}",
        f"{invitation.pk}-",
        f"{invitation.pk}",
        f"0{token}",
        f"{token}0",
        token.upper(),
        "",
        "-",
        f"{10**30}-{proof}",
        f"-1-{proof}",
        f"²-{proof}",
        f"{invitation.pk}-ü",
        f"{invitation.pk}-\x00",
    ):
        assert invitations.invitation_of(forged) is None, forged


def test_no_row_holds_the_token(cast: Cast) -> None:
    invitation = invite(cast)
    proof = invitations.invitation_token(invitation).partition("-")[2]
    assert proof not in {str(value) for value in Invitation.objects.values_list().get()}


def test_it_is_open_until_it_expires(cast: Cast) -> None:
    invitation = invite(cast)
    token, end = invitations.invitation_token(invitation), invitation.expires_at
    assert invitations.find_invitation(token, end - timedelta(seconds=1)) == invitation
    assert invitations.find_invitation(token, end) is None
    assert invitations.invitation_state(invitation, end) == "expired"


# --- Accepting ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "shares", "kept"), [("athlete", True, True), ("athlete", False, False), ("coach", True, False)]
)
def test_accepting_makes_a_member_with_the_invited_role(cast: Cast, role: str, shares: bool, kept: bool) -> None:
    person = newcomer()
    membership = invitations.accept_invitation(
        invitation=invite(cast, role=role), person=person, shares_health=shares, now=NOW
    )
    assert (membership.squad, membership.person, membership.role, membership.shares_health, membership.began_at) == (
        cast.squad,
        person,
        role,
        kept,
        NOW,
    )
    invitation = Invitation.objects.get()
    assert (invitation.accepted_at, invitation.accepted_by) == (NOW, person)
    entry = AuditEntry.objects.get(action="membership.begin")
    assert (entry.actor, entry.after) == (
        person,
        {"squad": "dawn-patrol", "role": role, "shares_health": kept},
    )


def test_who_joins_gets_the_squads_coming_runs_at_once(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    start = (NOW + timedelta(days=1)).replace(tzinfo=None)
    schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="intervals", local_start=start, routine=routine
    )
    person = newcomer()
    invitations.accept_invitation(invitation=invite(cast), person=person, shares_health=False, now=NOW)
    run = Run.objects.get(athlete=person)
    assert (run.kind, run.local_start, run.squad, run.assignment.revision) == (
        "intervals",
        start,
        cast.squad,
        routine.current,
    )


def test_each_works_once(cast: Cast) -> None:
    invitation, person = invite(cast), newcomer()
    deed = {"invitation": invitation, "person": person, "shares_health": False, "now": NOW}
    invitations.accept_invitation(**deed)
    assert refusal(invitations.accept_invitation, **deed) == "closed"
    assert cast.squad.memberships.filter(person=person).count() == 1


def test_what_was_taken_back_or_expired_is_closed(cast: Cast) -> None:
    person, taken_back, expired = newcomer(), invite(cast), invite(cast, "old@x.example", now=NOW - timedelta(days=14))
    invitations.revoke_invitation(invitation=taken_back, actor=cast.coach, now=NOW)
    for invitation in (taken_back, expired):
        code = refusal(
            invitations.accept_invitation, invitation=invitation, person=person, shares_health=False, now=NOW
        )
        assert code == "closed"
    with pytest.raises(ValidationError):
        invitations.revoke_invitation(invitation=taken_back, actor=cast.coach, now=NOW)


def test_a_token_passed_on_lets_nobody_else_in(cast: Cast) -> None:
    deed = {"invitation": invite(cast), "shares_health": False, "now": NOW}
    assert refusal(invitations.accept_invitation, person=cast.other_athlete, **deed) == "not-yours"
    unverified = newcomer(verified=False)
    assert refusal(invitations.accept_invitation, person=unverified, **deed) == "unverified"
    mark_address_verified(user=unverified, email=unverified.email, now=NOW)
    assert invitations.accept_invitation(person=unverified, **deed).person == unverified


def test_a_second_address_that_was_proved_will_do(cast: Cast) -> None:
    person = newcomer("nia@home.example")
    mark_address_verified(user=person, email="nia@runners.example", now=NOW)
    assert invitations.accept_invitation(invitation=invite(cast), person=person, shares_health=False, now=NOW)


def test_who_is_in_the_squad_by_another_address_stays_what_they_are(cast: Cast) -> None:
    invitation, person = invite(cast, role="coach"), newcomer()
    make_membership(cast.squad, person)
    code = refusal(invitations.accept_invitation, invitation=invitation, person=person, shares_health=False, now=NOW)
    assert (code, cast.squad.memberships.get(person=person).role) == ("member", "athlete")


def test_who_left_may_come_back_and_is_seen_from_then_on_only(cast: Cast) -> None:
    person = newcomer()
    first = make_membership(cast.squad, person)
    squads.end_membership(membership=first, actor=person, now=NOW - timedelta(days=30))
    second = invitations.accept_invitation(invitation=invite(cast), person=person, shares_health=False, now=NOW)
    assert second.pk != first.pk
    assert (second.began_at, second.sees_from) == (NOW, datetime(2027, 3, 15, tzinfo=BERLIN))


# --- The API --------------------------------------------------------------------------------------------------------
def test_inviting_over_the_api(cast: Cast, api_of: Api) -> None:
    response = api_of(cast.coach).post(INVITATIONS, {"email": "Nia@Runners.example", "role": "assistant"})
    invitation = Invitation.objects.get()
    assert (response.status_code, response.json()) == (
        201,
        {
            "id": invitation.pk,
            "email": "nia@runners.example",
            "role": "assistant",
            "state": "open",
            "mail": "waiting",
            "created_at": "2027-03-15T12:00:00Z",
            "expires_at": "2027-03-29T12:00:00Z",
            "accepted_at": None,
            "accepted_by": None,
        },
    )


def test_only_coaches_invite_see_invitations_and_take_them_back(cast: Cast, api_of: Api) -> None:
    statuses = {}
    for person in (cast.assistant, cast.athlete, cast.other_coach, None, cast.coach):
        row, api = invite(cast, now=NOW), api_of(person)
        statuses[person.name if person else "visitor"] = [
            api.get(INVITATIONS).status_code,
            api.post(INVITATIONS, {"email": "kim@x.example", "role": "athlete"}).status_code,
            api.delete(f"{INVITATIONS}{row.pk}/").status_code,
        ]
        Invitation.objects.all().delete()
    assert statuses == {
        "Asa Assistant": [403, 403, 403],
        "Ada Athlete": [403, 403, 403],
        "Otto Other": [404, 404, 404],
        "visitor": [401, 401, 401],
        "Cora Coach": [200, 201, 204],
    }


def test_a_coach_takes_back_invitations_of_the_addressed_squad_only(cast: Cast, api_of: Api) -> None:
    elsewhere = invite(cast, squad=cast.other_squad, actor=cast.other_coach)
    make_membership(cast.other_squad, cast.coach, "coach")
    assert api_of(cast.coach).delete(f"{INVITATIONS}{elsewhere.pk}/").status_code == 404
    assert api_of(cast.coach).delete(f"{INVITATIONS}{10**30}/").status_code == 404


def test_an_address_is_shown_to_the_coach_who_wrote_it(cast: Cast, api_of: Api) -> None:
    second = make_membership(cast.squad, make_user(), "coach").person
    invite(cast)
    assert [row["email"] for row in api_of(cast.coach).get(INVITATIONS).json()["results"]] == ["nia@runners.example"]
    assert [row["email"] for row in api_of(second).get(INVITATIONS).json()["results"]] == [None]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "email"),
        ({"email": None}, "email"),
        ({"email": "nia@x.example", "role": "owner"}, "role"),
        ({"email": "nia@x.example", "role": 7}, "role"),
        ({"email": "nia@x.example\nBcc: all@x.example"}, "email"),
        ({"email": "a" * 10_000 + "@x.example"}, "email"),
        ({"email": "\ud800@x.example"}, "email"),
        ({"email": "a\x00@x.example"}, "email"),
        ({"email": {"a": 1}}, "email"),
    ],
)
def test_bad_invitations_are_refused_by_field(cast: Cast, api_of: Api, body: object, named: str) -> None:
    response = api_of(cast.coach).post(INVITATIONS, json.dumps(body), content_type="application/json")
    assert (response.status_code, {row["field"] for row in response.json()["errors"]}) == (400, {named})


def test_joining_over_the_api(cast: Cast, api_of: Api) -> None:
    invitation, person = invite(cast), newcomer()
    response = api_of(person).post(path(invitation), {"shares_health": True})
    assert (response.status_code, response.json()) == (
        201,
        {"squad": "dawn-patrol", "role": "athlete", "began_at": "2027-03-15T12:00:00Z", "shares_health": True},
    )
    assert api_of(person).post(path(invitation)).status_code == 410


def test_nothing_is_shared_unless_said(cast: Cast, api_of: Api) -> None:
    assert api_of(newcomer()).post(path(invite(cast))).json()["shares_health"] is False


def test_how_the_api_refuses_to_let_somebody_in(cast: Cast, api_of: Api) -> None:
    invitation, person = invite(cast), newcomer()
    assert api_of(None).post(path(invitation)).status_code == 401
    assert api_of(cast.other_athlete).post(path(invitation)).status_code == 403
    assert api_of(person).post("/api/v1/invitations/1-nonsense/accept/").status_code == 404
    assert api_of(person).post(path(invitation), {"shares_health": "perhaps"}).status_code == 400
    make_membership(cast.squad, person)
    assert api_of(person).post(path(invitation)).status_code == 400
    invitations.revoke_invitation(invitation=invitation, actor=cast.coach, now=NOW)
    assert api_of(person).post(path(invitation)).status_code == 410


# --- The page behind the mailed link --------------------------------------------------------------------------------
ACCOUNT = {"name": "Nia Newcomer", "password": "dawn over the hills", "time_zone": "Europe/Lisbon"}


def page(invitation: Invitation) -> str:
    """The link in the mail."""
    return f"/invitations/{invitations.invitation_token(invitation)}/"


def test_looking_changes_nothing(cast: Cast, browser_of: Browser) -> None:
    invitation = invite(cast)
    for person in (None, cast.other_athlete, newcomer()):
        for _twice in range(2):
            assert browser_of(person).get(page(invitation)).status_code == 200
    assert list(Invitation.objects.open(NOW)) == [invitation]


def test_a_visitor_makes_an_account_and_is_in(cast: Cast, browser_of: Browser) -> None:
    browser, invitation = browser_of(None), invite(cast)
    asked = browser.get(page(invitation))
    assert b"Cora Coach invites you" in asked.content
    assert asked.context["form"]["shares_health"].value() is None
    response = browser.post(page(invitation), ACCOUNT | {"email": "mallory@elsewhere.example"})
    assert (response.status_code, response["Location"]) == (302, "/today/")
    person = User.objects.get(email="nia@runners.example")
    assert (person.name, str(person.time_zone), person.check_password(ACCOUNT["password"])) == (
        "Nia Newcomer",
        "Europe/Lisbon",
        True,
    )
    assert has_verified_address(person, person.email)
    membership = person.memberships.get()
    assert (membership.squad, membership.role, membership.shares_health) == (cast.squad, "athlete", False)
    assert browser.session["_auth_user_id"] == str(person.pk)


def test_a_visitor_may_share_pain_and_notes(cast: Cast, browser_of: Browser) -> None:
    browser_of(None).post(page(invite(cast)), ACCOUNT | {"shares_health": "on"})
    assert cast.squad.memberships.get(person__email="nia@runners.example").shares_health is True


@pytest.mark.parametrize("role", ["coach", "assistant"])
def test_coaches_and_assistants_come_to_the_board(cast: Cast, browser_of: Browser, role: str) -> None:
    browser, invitation = browser_of(None), invite(cast, role=role)
    assert "shares_health" not in browser.get(page(invitation)).context["form"].fields
    response = browser.post(page(invitation), ACCOUNT | {"shares_health": "on"})
    assert (response.status_code, response["Location"]) == (302, "/squads/dawn-patrol/")
    membership = cast.squad.memberships.get(person__email="nia@runners.example")
    assert (membership.role, membership.shares_health) == (role, False)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 100_000}, "name"),
        ({"name": "Nia\x07"}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 100_000}, "password"),
        ({"password": "nia@runners.example"}, "password"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: Cast, browser_of: Browser, wrong: dict[str, str], named: str
) -> None:
    response = browser_of(None).post(page(invite(cast)), ACCOUNT | {"shares_health": "on"} | wrong)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [named])
    assert response.context["form"]["email"].value() == "nia@runners.example"
    typed = response.context["form"].data
    assert (typed["name"], typed["shares_health"]) == ({**ACCOUNT, **wrong}["name"], "on")
    assert not User.objects.filter(email="nia@runners.example").exists()


def test_who_has_an_account_signs_in_and_comes_back(cast: Cast, browser_of: Browser) -> None:
    invitation, person = invite(cast), newcomer()
    browser = browser_of(None)
    for response in (browser.get(page(invitation)), browser.post(page(invitation), ACCOUNT)):
        assert response.status_code == 200
        assert f'/accounts/login/?next={page(invitation)}"' in response.content.decode()
    assert not person.memberships.exists()


def test_the_right_person_only_chooses_and_joins(cast: Cast, browser_of: Browser) -> None:
    invitation, person = invite(cast), newcomer()
    browser = browser_of(person)
    assert list(browser.get(page(invitation)).context["form"].fields) == ["shares_health"]
    response = browser.post(page(invitation), {"shares_health": "on"})
    assert (response.status_code, response["Location"]) == (302, "/today/")
    assert person.memberships.get().shares_health is True


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_else_is_told_to_sign_out(cast: Cast, browser_of: Browser, method: str) -> None:
    response = getattr(browser_of(cast.other_athlete), method)(page(invite(cast)))
    assert b"You are signed in as <strong>Ola Elsewhere</strong>" in response.content
    assert not cast.squad.memberships.filter(person=cast.other_athlete).exists()


def test_signing_out_leads_back_to_the_link(cast: Cast, browser_of: Browser) -> None:
    invitation, browser = invite(cast), browser_of(cast.other_athlete)
    assert f'name="next" value="{page(invitation)}"' in browser.get(page(invitation)).content.decode()
    response = browser.post("/accounts/logout/", {"next": page(invitation)})
    assert (response.status_code, response["Location"]) == (302, page(invitation))
    assert b"Make your account" in browser.get(page(invitation)).content


def test_an_address_that_is_not_confirmed_lets_nobody_in(cast: Cast, browser_of: Browser) -> None:
    person = newcomer(verified=False)
    response = browser_of(person).post(page(invite(cast)), {"shares_health": "on"})
    assert b"Confirm first that <strong>nia@runners.example</strong> is yours" in response.content
    assert not person.memberships.exists()


def test_closed_and_unknown_links_end_calmly(cast: Cast, browser_of: Browser) -> None:
    used, taken_back, expired = invite(cast), invite(cast, "b@x.example"), invite(cast, "c@x.example")
    person = newcomer()
    invitations.accept_invitation(invitation=used, person=person, shares_health=False, now=NOW)
    invitations.revoke_invitation(invitation=taken_back, actor=cast.coach, now=NOW)
    Invitation.objects.filter(pk=expired.pk).update(expires_at=NOW)
    for invitation in (used, taken_back, expired):
        for method in ("get", "post"):
            response = getattr(browser_of(None), method)(page(invitation))
            assert (response.status_code, b"This invitation is closed" in response.content) == (410, True)
    again = browser_of(person).get(page(used))
    assert (again.status_code, b"Open Dawn Patrol" in again.content) == (410, True)
    unknown = browser_of(None).get("/invitations/1-nonsense/")
    assert (unknown.status_code, b"We don't know this invitation" in unknown.content) == (404, True)


def test_the_secret_stays_on_the_page(
    cast: Cast, browser_of: Browser, api_of: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    [console] = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
    log = io.StringIO()
    monkeypatch.setattr(console, "stream", log)
    invitation, person = invite(cast), newcomer("other@x.example")
    token = invitations.invitation_token(invitation)
    asked = browser_of(None).get(page(invitation))
    assert (asked["Referrer-Policy"], "no-store" in asked["Cache-Control"]) == ("strict-origin", True)
    browser_of(None).post(page(invitation), {})  # 422
    api_of(person).post(path(invitation))  # 403
    invitations.revoke_invitation(invitation=invitation, actor=cast.coach, now=NOW)
    browser_of(None).get(page(invitation))  # 410
    api_of(person).post(path(invitation))  # 410
    assert log.getvalue().count("Gone: ") == 2
    assert token.partition("-")[2] not in log.getvalue()


# --- The coach's page -----------------------------------------------------------------------------------------------
INVITE = "/squads/dawn-patrol/invitations/"


def test_a_coach_invites_and_takes_back(cast: Cast, browser_of: Browser) -> None:
    browser = browser_of(cast.coach)
    response = browser.post(INVITE, {"email": "Nia@Runners.example", "role": "athlete"}, follow=True)
    assert b"The invitation to nia@runners.example is on its way." in response.content
    invitation = Invitation.objects.get()
    response = browser.post(f"{INVITE}{invitation.pk}/revoke/", follow=True)
    assert b"The invitation is taken back." in response.content
    assert not Invitation.objects.open(NOW).exists()
    response = browser.post(f"{INVITE}{invitation.pk}/revoke/", follow=True)
    assert b"This invitation is no longer open." in response.content


def test_the_page_tells_what_became_of_each_mail(cast: Cast, browser_of: Browser) -> None:
    states = {
        "Goes out within a minute": {},
        "Mailed Mon 15 Mar, 13:00": {"mailed_at": NOW},
        "Not through yet. We keep trying.": {"mail_error": "451 later"},
        "The mail was refused.": {"mail_error": "550 no such user", "mail_next_at": NOW + timedelta(days=14)},
        "Expired. Invite again": {"mailed_at": NOW, "expires_at": NOW},
    }
    for number, fields in enumerate(states.values()):
        invitation = invite(cast, f"a{number}@x.example", now=NOW)
        Invitation.objects.filter(pk=invitation.pk).update(**fields)
    shown = browser_of(cast.coach).get(INVITE).content.decode()
    assert [words for words in states if shown.count(words) == 1] == list(states)
    assert "550" not in shown


def test_another_coachs_addresses_are_not_shown(cast: Cast, browser_of: Browser) -> None:
    second = make_membership(cast.squad, make_user(), "coach").person
    invite(cast)
    used = invite(cast, "kim@x.example")
    invitations.accept_invitation(invitation=used, person=newcomer("kim@x.example"), shares_health=False, now=NOW)
    mine, theirs = (browser_of(person).get(INVITE).content for person in (cast.coach, second))
    assert (b"nia@runners.example" in mine, b"kim@x.example" in mine) == (True, True)
    assert (b"nia@runners.example" in theirs, b"kim@x.example" in theirs) == (False, False)
    assert b"Somebody whom Cora Coach invited" in theirs


def test_only_coaches_reach_the_page(cast: Cast, browser_of: Browser) -> None:
    invitation = invite(cast)
    statuses = {
        person.name: (
            browser_of(person).get(INVITE).status_code,
            browser_of(person).post(INVITE, {"email": "kim@x.example", "role": "coach"}).status_code,
            browser_of(person).post(f"{INVITE}{invitation.pk}/revoke/").status_code,
        )
        for person in (cast.assistant, cast.athlete, cast.other_coach)
    }
    assert statuses == {
        "Asa Assistant": (403, 403, 403),
        "Ada Athlete": (403, 403, 403),
        "Otto Other": (404, 404, 404),
    }
    assert browser_of(None).get(INVITE)["Location"] == f"/accounts/login/?next={INVITE}"
    assert list(Invitation.objects.open(NOW)) == [invitation]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({}, {"email", "role"}),
        ({"email": "nia@x.example\nBcc: all@x.example", "role": "athlete"}, {"email"}),
        ({"email": "x" * 100_000 + "@x.example", "role": "athlete"}, {"email"}),
        ({"email": "nia@x.example", "role": "owner"}, {"role"}),
        ({"email": "nia@x.example", "role": "athlete" * 10_000}, {"role"}),
    ],
)
def test_a_bad_invitation_is_told_by_field(
    cast: Cast, browser_of: Browser, data: dict[str, str], named: set[str]
) -> None:
    response = browser_of(cast.coach).post(INVITE, data)
    assert (response.status_code, set(response.context["form"].errors)) == (422, named)
    assert not Invitation.objects.exists()
