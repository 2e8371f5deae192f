"""Invitations: asked, taken back, accepted; the endpoint and the page behind the mailed link."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.domain.people import mark_address_verified
from accounts.models import AuditEntry, User
from plans.domain import squads
from plans.domain.runs import schedule_for_squad
from plans.models import Invitation, Run
from tests.conftest import Cast
from tests.factories import BERLIN, NOW, make_membership, make_routine, make_user

Api = Callable[[User | None], APIClient]
INVITATIONS = "/api/v1/squads/dawn-patrol/invitations/"
LATER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def invite(cast: Cast, email: str = "nia@runners.example", role: str = "athlete", **fields: object) -> Invitation:
    """Somebody invited to the cast's squad by its coach, an hour before NOW."""
    values = {"squad": cast.squad, "actor": cast.coach, "now": NOW - LATER} | fields
    return squads.invite(email=email, role=role, **values)


def newcomer(email: str = "nia@runners.example", *, verified: bool = True) -> User:
    """A person with an account and no squad."""
    person = make_user("Nia Newcomer", email=email)
    if verified:
        mark_address_verified(user=person, email=email, now=NOW)
    return person


def refusal(deed: Callable[..., object], **arguments: object) -> str:
    """The code with which a deed is refused."""
    with pytest.raises(ValidationError) as error:
        deed(**arguments)
    return str(error.value.code)


def path(invitation: Invitation) -> str:
    """Where the API accepts it."""
    return f"/api/v1/invitations/{squads.invitation_token(invitation)}/accept/"


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
    squads.revoke_invitation(invitation=second, actor=cast.coach, now=NOW)
    third = invite(cast, now=NOW)
    assert list(Invitation.objects.open(NOW)) == [third]
    assert len({squads.invitation_token(each) for each in (first, second, third)}) == 3


def test_open_invitations_have_an_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(squads, "OPEN_INVITATIONS_AT_MOST", 2)
    invite(cast, "a@x.example")
    invite(cast, "b@x.example")
    with pytest.raises(ValidationError):
        invite(cast, "c@x.example")


# --- The token ------------------------------------------------------------------------------------------------------
def test_only_the_mailed_token_finds_the_invitation(cast: Cast) -> None:
    invitation, other = invite(cast), invite(cast, "other@x.example")
    token = squads.invitation_token(invitation)
    assert squads.find_invitation(token, NOW) == invitation
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
        assert squads.invitation_of(forged) is None, forged


def test_no_row_holds_the_token(cast: Cast) -> None:
    invitation = invite(cast)
    proof = squads.invitation_token(invitation).partition("-")[2]
    assert proof not in {str(value) for value in Invitation.objects.values_list().get()}


def test_it_is_open_until_it_expires(cast: Cast) -> None:
    invitation = invite(cast)
    token, end = squads.invitation_token(invitation), invitation.expires_at
    assert squads.find_invitation(token, end - timedelta(seconds=1)) == invitation
    assert squads.find_invitation(token, end) is None
    assert squads.invitation_state(invitation, end) == "expired"


# --- Accepting ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "shares", "kept"), [("athlete", True, True), ("athlete", False, False), ("coach", True, False)]
)
def test_accepting_makes_a_member_with_the_invited_role(cast: Cast, role: str, shares: bool, kept: bool) -> None:
    person = newcomer()
    membership = squads.accept_invitation(
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
    squads.accept_invitation(invitation=invite(cast), person=person, shares_health=False, now=NOW)
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
    squads.accept_invitation(**deed)
    assert refusal(squads.accept_invitation, **deed) == "closed"
    assert cast.squad.memberships.filter(person=person).count() == 1


def test_what_was_taken_back_or_expired_is_closed(cast: Cast) -> None:
    person, taken_back, expired = newcomer(), invite(cast), invite(cast, "old@x.example", now=NOW - timedelta(days=14))
    squads.revoke_invitation(invitation=taken_back, actor=cast.coach, now=NOW)
    for invitation in (taken_back, expired):
        code = refusal(squads.accept_invitation, invitation=invitation, person=person, shares_health=False, now=NOW)
        assert code == "closed"
    with pytest.raises(ValidationError):
        squads.revoke_invitation(invitation=taken_back, actor=cast.coach, now=NOW)


def test_a_token_passed_on_lets_nobody_else_in(cast: Cast) -> None:
    deed = {"invitation": invite(cast), "shares_health": False, "now": NOW}
    assert refusal(squads.accept_invitation, person=cast.other_athlete, **deed) == "not-yours"
    unverified = newcomer(verified=False)
    assert refusal(squads.accept_invitation, person=unverified, **deed) == "unverified"
    mark_address_verified(user=unverified, email=unverified.email, now=NOW)
    assert squads.accept_invitation(person=unverified, **deed).person == unverified


def test_a_second_address_that_was_proved_will_do(cast: Cast) -> None:
    person = newcomer("nia@home.example")
    mark_address_verified(user=person, email="nia@runners.example", now=NOW)
    assert squads.accept_invitation(invitation=invite(cast), person=person, shares_health=False, now=NOW)


def test_who_is_in_the_squad_by_another_address_stays_what_they_are(cast: Cast) -> None:
    invitation, person = invite(cast, role="coach"), newcomer()
    make_membership(cast.squad, person)
    code = refusal(squads.accept_invitation, invitation=invitation, person=person, shares_health=False, now=NOW)
    assert (code, cast.squad.memberships.get(person=person).role) == ("member", "athlete")


def test_who_left_may_come_back_and_is_seen_from_then_on_only(cast: Cast) -> None:
    person = newcomer()
    first = make_membership(cast.squad, person)
    squads.end_membership(membership=first, actor=person, now=NOW - timedelta(days=30))
    second = squads.accept_invitation(invitation=invite(cast), person=person, shares_health=False, now=NOW)
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
    squads.revoke_invitation(invitation=invitation, actor=cast.coach, now=NOW)
    assert api_of(person).post(path(invitation)).status_code == 410
