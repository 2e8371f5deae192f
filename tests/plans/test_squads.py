"""Squads and who is in them: the deeds, the endpoints, the pages."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from plans.domain import invitations, squads
from plans.domain.runs import schedule_for_squad
from plans.models import Invitation, Membership, Run, Session, Squad
from tests.conftest import Cast
from tests.factories import (
    BERLIN,
    NOW,
    make_membership,
    make_routine,
    make_run,
    make_session,
    make_squad,
    make_user,
)

Api = Callable[[User | None], APIClient]
Browser = Callable[[User | None], Client]
SQUADS = "/api/v1/squads/"
DAWN = "/api/v1/squads/dawn-patrol/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def fields(response: object) -> list[str]:
    """The fields that a problem document names."""
    return [row["field"] for row in response.json()["errors"]]  # type: ignore[attr-defined]


# --- Found and change -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_founder_is_the_coach_and_gives_the_zone() -> None:
    founder = make_user("Fay Founder", time_zone=ZoneInfo("Asia/Kathmandu"))
    squad = squads.found_squad(founder=founder, now=NOW, name="  Hill Goats ")
    assert (squad.slug, squad.name, squad.time_zone) == ("hill-goats", "Hill Goats", ZoneInfo("Asia/Kathmandu"))
    assert [(each.person, each.role) for each in squad.memberships.active()] == [(founder, "coach")]
    entry = AuditEntry.objects.get(action="squad.found")
    assert (entry.actor, entry.target_id, entry.after) == (founder, str(squad.pk), {"name": "Hill Goats"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("Dawn", ["dawn", "dawn-2", "dawn-3"]),
        ("new", ["new-2", "new-3", "new-4"]),
        ("Бегуны 朝", ["squad", "squad-2", "squad-3"]),
        ("_", ["squad", "squad-2", "squad-3"]),
    ],
)
def test_each_squad_has_an_address_of_its_own(name: str, slugs: list[str]) -> None:
    founder = make_user()
    assert [squads.found_squad(founder=founder, now=NOW, name=name).slug for _ in slugs] == slugs


@pytest.mark.django_db
def test_a_name_taken_in_the_same_moment_gives_the_next_address(monkeypatch: pytest.MonkeyPatch) -> None:
    founder = make_user()
    squads.found_squad(founder=founder, now=NOW, name="Dawn")
    answers = iter(["dawn", "dawn-2"])  # the first was free when asked, and taken when used
    monkeypatch.setattr(squads, "_free_slug", lambda name: next(answers))
    assert squads.found_squad(founder=founder, now=NOW, name="Dawn").slug == "dawn-2"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["", "   ", "\n", "Dawn\nPatrol", "x" * 81, "Dawn\x00Patrol", "Dawn\x07", "\ud800", "\u202eDawn"]
)
def test_a_squads_name_is_one_line_of_text(name: str) -> None:
    with pytest.raises(ValidationError) as error:
        squads.found_squad(founder=make_user(), now=NOW, name=name)
    assert list(error.value.message_dict) == ["name"]
    assert not Squad.objects.exists()


@pytest.mark.django_db
def test_every_bad_field_is_named_at_once(cast: Cast) -> None:
    hidden = make_routine(owner=cast.other_coach)
    with pytest.raises(ValidationError) as error:
        squads.change_squad(
            squad=cast.squad,
            actor=cast.coach,
            now=NOW,
            changes={"name": "", "time_zone": None, "default_routine": hidden, "reminder_lead_minutes": 4},
        )
    assert sorted(error.value.message_dict) == ["default_routine", "name", "reminder_lead_minutes", "time_zone"]


@pytest.mark.django_db
def test_changes_are_recorded_from_what_to_what(cast: Cast) -> None:
    routine = make_routine()
    squads.change_squad(
        squad=cast.squad,
        actor=cast.coach,
        now=NOW,
        changes={"name": "Dawn Patrol", "time_zone": ZoneInfo("UTC"), "default_routine": routine},
    )
    entry = AuditEntry.objects.get(action="squad.change")
    assert entry.before == {"time_zone": "Europe/Berlin", "default_routine": None}
    assert entry.after == {"time_zone": "UTC", "default_routine": routine.pk}


@pytest.mark.django_db
def test_a_default_routine_archived_since_may_stay(cast: Cast) -> None:
    routine = make_routine(archived_at=NOW)
    cast.squad.default_routine = routine
    cast.squad.save()
    changes = {"name": "Dusk Patrol", "default_routine": routine}
    squad = squads.change_squad(squad=cast.squad, actor=cast.coach, now=NOW, changes=changes)
    assert (squad.name, squad.default_routine) == ("Dusk Patrol", routine)


# --- Joining and leaving --------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "joined", "sees_from"),
    [
        ("Europe/Berlin", datetime(2027, 3, 14, 23, 30, tzinfo=UTC), datetime(2027, 3, 14, 23, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 3, 15, 2, 0, tzinfo=UTC), datetime(2027, 3, 14, 5, 0, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2027, 4, 30, 12, 0, tzinfo=UTC), datetime(2027, 4, 29, 22, 0, tzinfo=UTC)),
    ],
)
def test_the_day_of_joining_begins_at_the_squads_midnight(zone: str, joined: datetime, sees_from: datetime) -> None:
    coach = make_user(time_zone=ZoneInfo(zone))
    squad = squads.found_squad(founder=coach, now=joined, name="Dawn")
    assert squad.memberships.get().sees_from == sees_from


@pytest.mark.django_db
def test_coaches_see_from_the_day_of_joining_on_and_not_before() -> None:
    coach, athlete = make_user(), make_user()
    squad = make_squad(coach=coach)
    joined = datetime(2027, 3, 10, 15, 0, tzinfo=UTC)
    make_membership(squad, athlete, began_at=joined)
    midnight = datetime(2027, 3, 10, 0, 0, tzinfo=BERLIN)
    before = make_run(athlete, starts_at=midnight - timedelta(seconds=1))
    on_the_day = make_run(athlete, starts_at=midnight)
    earlier = make_session(athlete, started_at=midnight - timedelta(seconds=1))
    later = make_session(athlete, started_at=midnight)
    assert set(Run.objects.visible_to(coach)) == {on_the_day}
    assert set(Session.objects.visible_to(coach)) == {later}
    assert set(Run.objects.visible_to(athlete)) == {before, on_the_day}
    assert set(Session.objects.visible_to(athlete)) == {earlier, later}


@pytest.mark.django_db
def test_who_leaves_is_seen_no_more_and_loses_the_squads_runs_to_come(cast: Cast) -> None:
    begun = make_run(cast.athlete, squad=cast.squad, starts_at=NOW - timedelta(minutes=1))
    coming = make_run(cast.athlete, squad=cast.squad)
    own = make_run(cast.athlete, starts_at=NOW + timedelta(days=1))
    membership = cast.squad.memberships.get(person=cast.athlete)
    squads.end_membership(membership=membership, actor=cast.athlete, now=NOW)
    assert not Run.objects.visible_to(cast.coach).filter(athlete=cast.athlete).exists()
    statuses = {run: run.status for run in Run.objects.visible_to(cast.athlete)}
    assert statuses == {begun: "planned", coming: "cancelled", own: "planned"}
    entry = AuditEntry.objects.get(action="membership.end")
    assert (entry.actor, entry.before) == (
        cast.athlete,
        {"squad": "dawn-patrol", "role": "athlete", "person": cast.athlete.pk},
    )


@pytest.mark.django_db
def test_a_squad_keeps_a_coach(cast: Cast) -> None:
    membership = cast.squad.memberships.get(person=cast.coach)
    with pytest.raises(ValidationError) as error:
        squads.end_membership(membership=membership, actor=cast.coach, now=NOW)
    assert error.value.code == "last-coach"
    second = make_membership(cast.squad, make_user(), "coach")
    squads.end_membership(membership=membership, actor=cast.coach, now=NOW)
    assert [each.pk for each in cast.squad.memberships.active().filter(role="coach")] == [second.pk]


@pytest.mark.django_db
def test_ending_a_membership_twice_changes_nothing_more(cast: Cast) -> None:
    membership = cast.squad.memberships.get(person=cast.athlete)
    stale = Membership.objects.get(pk=membership.pk)
    squads.end_membership(membership=membership, actor=cast.athlete, now=NOW)
    squads.end_membership(membership=stale, actor=cast.coach, now=NOW + timedelta(days=1))
    assert Membership.objects.get(pk=membership.pk).ended_at == NOW
    assert AuditEntry.objects.filter(action="membership.end").count() == 1


# --- At once --------------------------------------------------------------------------------------------------------
def together(*deeds: Callable[[], object]) -> list[object]:
    """What each deed answers, or the code with which it is refused, when all are done in the same moment."""
    ready, answers = threading.Barrier(len(deeds)), []

    def do(deed: Callable[[], object]) -> None:
        try:
            ready.wait()
            answers.append(deed())
        except ValidationError as error:
            answers.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_two_coaches_who_leave_at_once_leave_one_behind() -> None:
    coach, squad = make_user(), make_squad()
    both = [make_membership(squad, person, "coach") for person in (coach, make_user())]

    def leave(membership: Membership) -> None:
        squads.end_membership(membership=membership, actor=membership.person, now=NOW)

    answers = together(*(partial(leave, membership) for membership in both))
    assert sorted(answers, key=str) == [None, "last-coach"]
    assert squad.memberships.active().count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_link_used_twice_at_once_makes_one_member() -> None:
    coach, person = make_user(), make_user()
    squad = make_squad(coach=coach)
    invitation = invitations.invite(squad=squad, actor=coach, email=person.email, role="athlete", now=NOW)

    def accept() -> None:
        invitations.accept_invitation(invitation=invitation, person=person, shares_health=False, now=NOW)

    assert sorted(together(accept, accept, accept), key=str) == [None, "closed", "closed"]
    assert squad.memberships.filter(person=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_joins_while_a_date_is_planned_has_it() -> None:
    coach, person = make_user(), make_user()
    squad = make_squad(coach=coach)
    invitation = invitations.invite(squad=squad, actor=coach, email=person.email, role="athlete", now=NOW)
    start = datetime(2027, 3, 16, 6, 30)

    def accept() -> None:
        invitations.accept_invitation(invitation=invitation, person=person, shares_health=False, now=NOW)

    def plan() -> None:
        schedule_for_squad(squad=squad, actor=coach, now=NOW, kind="easy", local_start=start)

    assert together(accept, plan) == [None, None]
    assert [run.local_start for run in Run.objects.filter(athlete=person)] == [start]


@pytest.mark.django_db(transaction=True)
def test_squads_of_one_name_founded_at_once_each_get_an_address() -> None:
    founder = make_user()

    def found() -> str:
        return squads.found_squad(founder=founder, now=NOW, name="Dawn").slug

    assert sorted(together(found, found, found)) == ["dawn", "dawn-2", "dawn-3"]


# --- Sharing --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_athletes_word_on_health_holds_for_past_sessions_too(cast: Cast) -> None:
    make_session(cast.athlete, pain=7)
    membership = cast.squad.memberships.get(person=cast.athlete)

    def shown_to(person: User) -> list[bool]:
        return [each.health_shared for each in Session.objects.visible_to(person).with_health_for(person)]

    assert (shown_to(cast.coach), shown_to(cast.assistant), shown_to(cast.athlete)) == ([True], [True], [True])
    squads.share_health(membership=membership, shares=False, now=NOW)
    assert (shown_to(cast.coach), shown_to(cast.assistant), shown_to(cast.athlete)) == ([False], [False], [True])
    squads.share_health(membership=membership, shares=False, now=NOW)
    entries = AuditEntry.objects.filter(action="membership.share-health")
    assert [(entry.actor, entry.after) for entry in entries] == [(cast.athlete, {"shares_health": False})]


@pytest.mark.django_db
def test_a_coach_shares_routines_with_squads_that_they_coach_and_no_others(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    other = make_squad()
    make_membership(other, cast.coach, "assistant")
    with pytest.raises(ValidationError):
        squads.share_routine(routine=routine, squads=[cast.squad, other], actor=cast.coach, now=NOW)
    squads.share_routine(routine=routine, squads=[cast.squad], actor=cast.coach, now=NOW)
    assert [share.squad for share in routine.shares.all()] == [cast.squad]
    squads.share_routine(routine=routine, squads=[], actor=cast.coach, now=NOW)
    assert not routine.shares.exists()


# --- The API: squads ------------------------------------------------------------------------------------------------
def test_the_squads_that_one_is_in(cast: Cast, api_of: Api) -> None:
    def seen_by(person: User) -> list[tuple[str, str]]:
        return [(row["slug"], row["role"]) for row in api_of(person).get(SQUADS).json()["results"]]

    make_membership(cast.other_squad, cast.coach)
    assert seen_by(cast.coach) == [("dawn-patrol", "coach"), ("night-owls", "athlete")]
    assert seen_by(cast.assistant) == [("dawn-patrol", "assistant")]
    assert seen_by(cast.athlete) == [("dawn-patrol", "athlete")]
    assert seen_by(cast.curator) == []
    assert api_of(None).get(SQUADS).status_code == 401


def test_a_squad_as_its_athlete_reads_it(cast: Cast, api_of: Api) -> None:
    assert api_of(cast.athlete).get(DAWN).json() == {
        "slug": "dawn-patrol",
        "name": "Dawn Patrol",
        "time_zone": "Europe/Berlin",
        "default_routine": None,
        "reminder_lead_minutes": None,
        "archived": False,
        "role": "athlete",
        "coaches": [
            {"id": cast.coach.pk, "name": "Cora Coach", "role": "coach"},
            {"id": cast.assistant.pk, "name": "Asa Assistant", "role": "assistant"},
        ],
    }


def test_founding_over_the_api(cast: Cast, api_of: Api) -> None:
    routine = make_routine()
    body = {"name": "Hill Goats", "default_routine": routine.pk, "reminder_lead_minutes": 90}
    response = api_of(cast.athlete).post(SQUADS, body)
    assert response.status_code == 201
    assert response.json() == {
        "slug": "hill-goats",
        "name": "Hill Goats",
        "time_zone": "Europe/Berlin",
        "default_routine": routine.pk,
        "reminder_lead_minutes": 90,
        "archived": False,
        "role": "coach",
        "coaches": [{"id": cast.athlete.pk, "name": "Ada Athlete", "role": "coach"}],
    }


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": ["x"]}, ["name"]),
        ({"name": "x" * 100_000}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"name": "\ud800"}, ["name"]),
        ({"name": "x", "time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"name": "x", "time_zone": "../../etc/passwd"}, ["time_zone"]),
        ({"name": "x", "time_zone": None}, ["time_zone"]),
        ({"name": "x", "time_zone": 7}, ["time_zone"]),
        ({"name": "x", "default_routine": 10**30}, ["default_routine"]),
        ({"name": "x", "default_routine": -1}, ["default_routine"]),
        ({"name": "x", "default_routine": "1"}, ["default_routine"]),
        ({"name": "x", "default_routine": True}, ["default_routine"]),
        ({"name": "x", "default_routine": 1.5}, ["default_routine"]),
        ({"name": "x", "default_routine": {"id": 1}}, ["default_routine"]),
        ({"name": "x", "reminder_lead_minutes": 4}, ["reminder_lead_minutes"]),
        ({"name": "x", "reminder_lead_minutes": 10**30}, ["reminder_lead_minutes"]),
        ({"name": "x", "reminder_lead_minutes": "soon"}, ["reminder_lead_minutes"]),
        ([1, 2], [""]),
        ("squad", [""]),
    ],
)
def test_bad_squads_are_refused_by_field(cast: Cast, api_of: Api, body: object, named: list[str]) -> None:
    # Written by hand, since half a character cannot be sent otherwise.
    response = api_of(cast.coach).post(SQUADS, json.dumps(body), content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert fields(response) == named


def test_only_its_coach_changes_a_squad(cast: Cast, api_of: Api) -> None:
    statuses = {
        person.name: api_of(person).patch(DAWN, {"reminder_lead_minutes": 45}).status_code
        for person in (cast.coach, cast.assistant, cast.athlete, cast.other_coach, cast.curator)
    }
    assert statuses == {
        "Cora Coach": 200,
        "Asa Assistant": 403,
        "Ada Athlete": 403,
        "Otto Other": 404,
        "Cleo Curator": 404,
    }


def test_in_a_patch_what_is_absent_stays_and_null_clears(cast: Cast, api_of: Api) -> None:
    routine = make_routine(owner=cast.coach)
    api = api_of(cast.coach)
    api.patch(DAWN, {"default_routine": routine.pk, "reminder_lead_minutes": 30})
    assert api.patch(DAWN, {"time_zone": "UTC"}).json()["default_routine"] == routine.pk
    cleared = api.patch(DAWN, {"default_routine": None}).json()
    assert (cleared["default_routine"], cleared["reminder_lead_minutes"]) == (None, 30)


def test_a_routine_that_one_does_not_see_is_like_one_that_is_not_there(cast: Cast, api_of: Api) -> None:
    hidden = make_routine(owner=cast.other_coach)
    answers = [
        api_of(cast.coach).patch(DAWN, {"default_routine": key}).json()["errors"][0]["code"]
        for key in (hidden.pk, hidden.pk + 1000)
    ]
    assert answers == ["does_not_exist", "does_not_exist"]


# --- The API: members -----------------------------------------------------------------------------------------------
def test_coaches_see_everyone_and_athletes_their_coaches_and_themselves(cast: Cast, api_of: Api) -> None:
    def names(person: User) -> list[str]:
        return sorted(row["name"] for row in api_of(person).get(f"{DAWN}members/").json()["results"])

    everyone = ["Ada Athlete", "Asa Assistant", "Cora Coach", "Tom Mate"]
    assert names(cast.coach) == everyone
    assert names(cast.assistant) == everyone
    assert names(cast.athlete) == ["Ada Athlete", "Asa Assistant", "Cora Coach"]
    assert api_of(cast.other_coach).get(f"{DAWN}members/").status_code == 404


def test_addresses_are_ones_own_and_those_one_invited(cast: Cast, api_of: Api) -> None:
    invitation = cast.squad.invitations.create(
        email="ada@work.example",
        nonce="1" * 32,
        created_by=cast.coach,
        created_at=NOW,
        expires_at=NOW,
        mail_next_at=NOW,
        accepted_by=cast.athlete,
        accepted_at=NOW,
    )

    def addresses(person: User) -> dict[str, str]:
        rows = api_of(person).get(f"{DAWN}members/").json()["results"]
        return {row["name"]: row["email"] for row in rows if row["email"]}

    assert addresses(cast.coach) == {"Cora Coach": cast.coach.email, "Ada Athlete": "ada@work.example"}
    assert addresses(cast.assistant) == {"Asa Assistant": cast.assistant.email}
    assert addresses(cast.athlete) == {"Ada Athlete": cast.athlete.email}
    invitation.squad = cast.other_squad
    invitation.save()
    assert addresses(cast.coach) == {"Cora Coach": cast.coach.email}


def test_a_coach_removes_and_an_athlete_leaves(cast: Cast, api_of: Api) -> None:
    def delete(asker: User, person: User) -> int:
        return int(api_of(asker).delete(f"{DAWN}members/{person.pk}/").status_code)

    assert delete(cast.athlete, cast.team_mate) == 404  # unseen
    assert delete(cast.athlete, cast.coach) == 403
    assert delete(cast.assistant, cast.athlete) == 403
    assert delete(cast.other_coach, cast.athlete) == 404
    assert delete(cast.coach, cast.other_athlete) == 404
    assert delete(cast.coach, cast.coach) == 400
    assert delete(cast.athlete, cast.athlete) == 204
    assert delete(cast.athlete, cast.athlete) == 404
    assert delete(cast.coach, cast.team_mate) == 204
    assert delete(cast.assistant, cast.assistant) == 204
    assert [each.person for each in cast.squad.memberships.active()] == [cast.coach]


def test_a_person_no_number_can_be_is_not_there(cast: Cast, api_of: Api) -> None:
    assert api_of(cast.coach).delete(f"{DAWN}members/{10**30}/").status_code == 404


def test_only_the_athlete_says_whether_health_is_shared(cast: Cast, api_of: Api) -> None:
    address = f"{DAWN}members/{cast.athlete.pk}/"
    assert api_of(cast.coach).patch(address, {"shares_health": True}).status_code == 403
    assert api_of(cast.team_mate).patch(address, {"shares_health": True}).status_code == 404
    assert api_of(cast.athlete).patch(address, {"shares_health": "perhaps"}).status_code == 400
    assert api_of(cast.athlete).patch(address, {}).json()["shares_health"] is True
    assert api_of(cast.athlete).patch(address, {"shares_health": False}).json()["shares_health"] is False
    assert cast.squad.memberships.get(person=cast.athlete).shares_health is False


@pytest.mark.parametrize("address", [SQUADS, f"{DAWN}members/", f"{DAWN}invitations/"])
def test_lists_cost_the_same_with_one_row_and_with_three(cast: Cast, api_of: Api, address: str) -> None:
    api = api_of(cast.coach)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert api.get(address).status_code == 200
        return len(captured)

    first = queries()
    for number in range(3):
        squad = make_squad(coach=cast.coach, athletes=(make_user(),))
        make_membership(squad, make_user(), "assistant")
        make_membership(cast.squad, make_user())
        invitations.invite(squad=cast.squad, actor=cast.coach, email=f"a{number}@x.example", role="athlete", now=NOW)
    assert queries() == first


# --- The pages ------------------------------------------------------------------------------------------------------
PAGE = "/squads/dawn-patrol/"
EVERYONE = ("coach", "assistant", "athlete", "other_coach")


def statuses(cast: Cast, browser_of: Browser, address: str, method: str = "get", **data: str) -> dict[str, int]:
    """How an address answers each of the cast."""
    return {name: getattr(browser_of(getattr(cast, name)), method)(address, data).status_code for name in EVERYONE}


def test_who_reaches_which_page(cast: Cast, browser_of: Browser) -> None:
    athlete = f"{PAGE}athletes/{cast.athlete.pk}/"
    mate = f"{PAGE}athletes/{cast.team_mate.pk}/"
    remove = f"{PAGE}members/{cast.athlete.pk}/remove/"
    table = {
        "/squads/": (200, 200, 200, 200),
        "/squads/new/": (200, 200, 200, 200),
        PAGE: (200, 200, 200, 404),
        f"{PAGE}settings/": (200, 403, 403, 404),
        athlete: (200, 200, 403, 404),
        mate: (200, 200, 404, 404),
        remove: (200, 403, 403, 404),
        f"{PAGE}leave/": (200, 200, 200, 404),
        f"{PAGE}share/": (405, 405, 405, 405),
        f"{PAGE}athletes/{10**30}/": (404, 404, 404, 404),
    }
    found = {address: tuple(statuses(cast, browser_of, address).values()) for address in table}
    assert found == table
    for address in table.keys() - {f"{PAGE}share/"}:
        assert browser_of(None).get(address)["Location"].startswith("/accounts/login/?next=")


def test_ones_squads_with_ones_role(cast: Cast, browser_of: Browser) -> None:
    make_membership(cast.other_squad, cast.coach)
    shown = browser_of(cast.coach).get("/squads/")
    assert [(each.squad.name, each.role, each.athletes) for each in shown.context["memberships"]] == [
        ("Dawn Patrol", "coach", 2),
        ("Night Owls", "athlete", 2),
    ]
    assert b"No squad yet" in browser_of(cast.curator).get("/squads/").content


def test_founding_leads_to_inviting(cast: Cast, browser_of: Browser) -> None:
    browser = browser_of(cast.curator)
    response = browser.post("/squads/new/", {"name": "Hill Goats", "time_zone": "Asia/Kathmandu"})
    assert (response.status_code, response["Location"]) == (302, "/squads/hill-goats/invitations/")
    squad = Squad.objects.get(slug="hill-goats")
    assert (squad.time_zone, squad.memberships.get().person) == (ZoneInfo("Asia/Kathmandu"), cast.curator)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 100_000}, "name"),
        ({"name": "\u202eDawn"}, "name"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"default_routine": "1" * 40}, "default_routine"),
        ({"default_routine": "one"}, "default_routine"),
    ],
)
def test_a_bad_squad_is_told_by_field_and_keeps_what_was_typed(
    cast: Cast, browser_of: Browser, wrong: dict[str, str], named: str
) -> None:
    typed = {"name": "Hill Goats", "time_zone": "UTC"} | wrong
    response = browser_of(cast.coach).post("/squads/new/", typed)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [named])
    assert response.context["form"].data["name"] == typed["name"]
    assert Squad.objects.count() == 2


def test_settings_change_the_squad(cast: Cast, browser_of: Browser) -> None:
    routine = make_routine(owner=cast.coach)
    hidden = make_routine(owner=cast.other_coach)
    browser = browser_of(cast.coach)
    data = {"name": "Dusk Patrol", "time_zone": "UTC", "default_routine": routine.pk, "reminder_lead_minutes": "30"}
    assert browser.post(f"{PAGE}settings/", data)["Location"] == PAGE
    squad = Squad.objects.get(pk=cast.squad.pk)
    assert (squad.name, squad.slug, squad.default_routine, squad.reminder_lead_minutes) == (
        "Dusk Patrol",
        "dawn-patrol",
        routine,
        30,
    )
    for wrong in ({"default_routine": hidden.pk}, {"reminder_lead_minutes": "4"}, {"reminder_lead_minutes": "9" * 99}):
        assert browser.post(f"{PAGE}settings/", data | wrong).status_code == 422
    browser.post(f"{PAGE}settings/", data | {"default_routine": "", "reminder_lead_minutes": ""})
    squad.refresh_from_db()
    assert (squad.default_routine, squad.reminder_lead_minutes) == (None, None)


def test_an_athlete_sees_their_squad_and_nothing_of_the_others(cast: Cast, browser_of: Browser) -> None:
    mine = make_run(cast.athlete, squad=cast.squad, place="Old bridge")
    make_run(cast.team_mate, squad=cast.squad, place="Secret track")
    make_run(cast.athlete, place="My own way")
    shown = browser_of(cast.athlete).get(PAGE)
    assert [line.run for line in shown.context["coming"]] == [mine]
    assert [each.person for each in shown.context["coaches"]] == [cast.coach, cast.assistant]
    assert b"Tom Mate" not in shown.content
    assert b"Secret track" not in shown.content


def test_an_athlete_changes_what_is_shared_at_any_time(cast: Cast, browser_of: Browser) -> None:
    membership = cast.squad.memberships.get(person=cast.athlete)
    for answer, shared in (("no", False), ("yes", True), ("", False)):
        response = browser_of(cast.athlete).post(f"{PAGE}share/", {"shares_health": answer})
        membership.refresh_from_db()
        assert (response["Location"], membership.shares_health) == (PAGE, shared)
    assert statuses(cast, browser_of, f"{PAGE}share/", "post", shares_health="yes") == {
        "coach": 403,
        "assistant": 403,
        "athlete": 302,
        "other_coach": 404,
    }


def test_leaving_asks_first(cast: Cast, browser_of: Browser) -> None:
    browser = browser_of(cast.athlete)
    assert browser.get(f"{PAGE}leave/").status_code == 200
    assert cast.squad.memberships.active().filter(person=cast.athlete).exists()
    assert browser.post(f"{PAGE}leave/")["Location"] == "/squads/"
    assert not cast.squad.memberships.active().filter(person=cast.athlete).exists()
    assert browser.get(PAGE).status_code == 404


def test_the_last_coach_is_told_what_to_do_first(cast: Cast, browser_of: Browser) -> None:
    response = browser_of(cast.coach).post(f"{PAGE}leave/")
    assert (response.status_code, b"Invite another coach first." in response.content) == (422, True)
    assert browser_of(cast.coach).get(f"{PAGE}members/{cast.coach.pk}/remove/")["Location"] == f"{PAGE}leave/"


def test_a_coach_removes_an_athlete_after_being_asked(cast: Cast, browser_of: Browser) -> None:
    address = f"{PAGE}members/{cast.athlete.pk}/remove/"
    assert statuses(cast, browser_of, address, "post") == {
        "coach": 302,
        "assistant": 403,
        "athlete": 404,  # not in the squad any more
        "other_coach": 404,
    }
    assert not cast.squad.memberships.active().filter(person=cast.athlete).exists()


def test_the_board_page_tells_what_to_look_at(cast: Cast, browser_of: Browser) -> None:
    session = make_session(cast.athlete, started_at=NOW - timedelta(days=1), pain=7, note="It clicks")
    run = make_run(cast.team_mate, squad=cast.squad, starts_at=NOW + timedelta(hours=1))
    for reader in (cast.coach, cast.assistant):
        shown = browser_of(reader).get(PAGE)
        assert b"Ada Athlete: pain 7 on Sun 14 Mar." in shown.content
        assert [line.run for outing in shown.context["today"] for line in outing.lines] == [run]
        assert [row.last_session for row in shown.context["board"].athletes] == [session, None]
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    hidden = browser_of(cast.coach).get(PAGE).content
    assert (b"pain 7" in hidden, b"Nothing needs you right now." in hidden) == (False, True)


def test_one_athletes_page_respects_what_is_shared(cast: Cast, browser_of: Browser) -> None:
    run = make_run(cast.athlete, starts_at=NOW - timedelta(days=1))
    make_session(cast.athlete, run=run, rpe=4, pain=7, pain_site="hip", pain_side="left", note="It clicks")
    alone = make_session(cast.athlete, started_at=NOW - timedelta(days=2), note="At home")
    address = f"{PAGE}athletes/{cast.athlete.pk}/"
    shown = browser_of(cast.coach).get(address)
    assert [(entry.line and entry.line.run, len(entry.sessions)) for entry in shown.context["history"]] == [
        (run, 1),
        (None, 1),
    ]
    words = (b"effort 4", b"pain 7, left hip", b"It clicks", b"At home", f"/sessions/{alone.pk}/".encode())
    assert [word in shown.content for word in words] == [True] * 5
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    hidden = browser_of(cast.coach).get(address).content
    assert [word in hidden for word in words] == [True, False, False, False, True]
    assert b"Keeps pain and notes private." in hidden


def test_a_squad_without_athletes_says_what_comes_first(browser_of: Browser, db: None) -> None:
    coach, assistant = make_user(), make_user()
    squad = make_squad(coach=coach)
    make_membership(squad, assistant, "assistant")
    assert b"Invite athletes" in browser_of(coach).get(squad.get_absolute_url()).content
    shown = browser_of(assistant).get(squad.get_absolute_url())
    assert (b"No athletes yet" in shown.content, b"Invite athletes" in shown.content) == (True, False)


@pytest.mark.parametrize("ending", ["", "athletes/{athlete}/", "settings/", "invitations/"])
def test_pages_cost_the_same_with_one_athlete_and_with_three(browser_of: Browser, cast: Cast, ending: str) -> None:
    routine = make_routine(owner=cast.coach)
    squad = make_squad(coach=cast.coach, slug="growing", default_routine=routine)
    browser, first = browser_of(cast.coach), make_user()
    address = f"/squads/growing/{ending.format(athlete=first.pk)}"

    def ask(address: str) -> Invitation:
        return invitations.invite(squad=squad, actor=cast.coach, email=address, role="coach", now=NOW)

    def grow(athlete: User) -> None:
        make_membership(squad, athlete)
        for person in (athlete, first):
            for hours in (-30, -3, 1, 30):
                run = make_run(person, squad=squad, starts_at=NOW + timedelta(hours=hours))
                make_session(person, run=run, pain=7)
        ask(f"open{athlete.pk}@x.example")
        person = make_user()
        invitations.accept_invitation(invitation=ask(person.email), person=person, shares_health=False, now=NOW)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    grow(first)
    alone = queries()
    grow(make_user())
    grow(make_user())
    assert queries() == alone
