"""plans/domain/squad_roles.py and its pages: roles, handing over, archiving and bringing back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from plans.domain.given import given
from plans.domain.invitations import invite
from plans.domain.join_links import make_join_link
from plans.domain.runs import cancel_run, restore_run, schedule_for_squad, schedule_run
from plans.domain.series import extend_series
from plans.domain.squad_roles import archive_squad, bring_back_squad, change_role, hand_over
from plans.domain.squads import end_membership
from plans.models import Assignment, Membership, Reminder, Run, Squad, StandingAssignment
from tests.conftest import Cast
from tests.factories import NOW, make_assignment, make_routine, make_run, make_standing

Browser = Callable[[User | None], Client]
Api = Callable[[User], APIClient]
TUESDAY = datetime(2027, 3, 16, 18, 30)


def membership(cast: Cast, who: str) -> Membership:
    """Somebody's membership of the squad."""
    found: Membership = cast.squad.memberships.get(person=getattr(cast, who))
    return found


def roles(squad: Squad) -> dict[int, str]:
    """Who is what in it now."""
    return dict(squad.memberships.active().values_list("person", "role"))


def plan(cast: Cast) -> None:
    """A weekly series with a warm-up, its second date cancelled, and a run of the athlete alone."""
    cast.squad.default_routine = make_routine(owner=cast.coach)
    cast.squad.save()
    series = schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=TUESDAY, rule="FREQ=WEEKLY"
    )
    second = series.runs.filter(athlete=cast.athlete).order_by("starts_at")[1]
    cancel_run(run=second, actor=cast.coach, now=NOW, scope="date")
    schedule_run(
        athlete=cast.athlete,
        squad=cast.squad,
        actor=cast.coach,
        now=NOW,
        kind="easy",
        local_start=TUESDAY + timedelta(days=3),
    )


def planned() -> set[int]:
    """The runs that are on."""
    return set(Run.objects.planned().values_list("pk", flat=True))


# --- Roles ------------------------------------------------------------------------------------------------------------
def test_an_athlete_who_becomes_a_coach_runs_there_no_more(cast: Cast) -> None:
    plan(cast)
    change_role(membership=membership(cast, "athlete"), role="coach", actor=cast.coach, now=NOW)
    assert roles(cast.squad)[cast.athlete.pk] == "coach"
    assert not membership(cast, "athlete").shares_health
    assert not Run.objects.planned().filter(athlete=cast.athlete, starts_at__gt=NOW).exists()
    entry = AuditEntry.objects.get(action="membership.role")
    assert (entry.before, entry.after) == ({"role": "athlete", "person": cast.athlete.pk}, {"role": "coach"})


@pytest.mark.parametrize("who", ["assistant", "athlete", "other_coach", "curator", "superuser"])
def test_only_coaches_change_roles_hand_over_and_archive(cast: Cast, who: str) -> None:
    actor = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        change_role(membership=membership(cast, "team_mate"), role="coach", actor=actor, now=NOW)
    with pytest.raises((PermissionDenied, ValidationError)):
        hand_over(squad=cast.squad, to=membership(cast, "team_mate"), actor=actor, leaves=True, now=NOW)
    with pytest.raises(PermissionDenied):
        archive_squad(squad=cast.squad, actor=actor, now=NOW)
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    with pytest.raises(PermissionDenied):
        archive_squad(squad=cast.squad, actor=actor, now=NOW)
    with pytest.raises(PermissionDenied):
        bring_back_squad(squad=cast.squad, actor=actor, now=NOW)


@pytest.mark.parametrize(("who", "role"), [("coach", "assistant"), ("assistant", "athlete"), ("athlete", "king")])
def test_roles_that_cannot_be(cast: Cast, who: str, role: str) -> None:
    before = roles(cast.squad)
    with pytest.raises(ValidationError) as refused:
        change_role(membership=membership(cast, who), role=role, actor=cast.coach, now=NOW)
    assert (list(refused.value.message_dict), roles(cast.squad)) == (["role"], before)


def test_who_left_meanwhile_gets_no_role(cast: Cast) -> None:
    gone = membership(cast, "team_mate")
    end_membership(membership=gone, actor=cast.coach, now=NOW)
    with pytest.raises(ValidationError):
        change_role(membership=gone, role="coach", actor=cast.coach, now=NOW)


def test_the_links_of_who_no_longer_coaches_are_taken_back(cast: Cast) -> None:
    change_role(membership=membership(cast, "assistant"), role="coach", actor=cast.coach, now=NOW)
    link = make_join_link(squad=cast.squad, actor=cast.assistant, role="coach", limit=1, good_for=5, now=NOW)
    kept = make_join_link(squad=cast.squad, actor=cast.coach, role="athlete", limit=5, good_for=5, now=NOW)
    change_role(membership=membership(cast, "assistant"), role="assistant", actor=cast.coach, now=NOW)
    link.refresh_from_db()
    kept.refresh_from_db()
    assert (link.revoked_at, kept.revoked_at) == (NOW, None)


# --- Handing over -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("leaves", [True, False])
def test_handing_over_is_one_deed(cast: Cast, leaves: bool) -> None:
    hand_over(squad=cast.squad, to=membership(cast, "assistant"), actor=cast.coach, leaves=leaves, now=NOW)
    now = roles(cast.squad)
    assert (now[cast.assistant.pk], now.get(cast.coach.pk)) == ("coach", None if leaves else "assistant")


def test_it_goes_to_somebody_else_of_the_squad(cast: Cast) -> None:
    stranger = cast.other_squad.memberships.get(person=cast.other_coach)
    for to in (membership(cast, "coach"), stranger):
        with pytest.raises(ValidationError):
            hand_over(squad=cast.squad, to=to, actor=cast.coach, leaves=True, now=NOW)
    assert roles(cast.squad)[cast.coach.pk] == "coach"


# --- Archiving --------------------------------------------------------------------------------------------------------
def test_an_archived_squad_rests_and_comes_back_as_it_was(cast: Cast) -> None:
    plan(cast)
    before = planned()
    invitation = invite(squad=cast.squad, actor=cast.coach, email="a@runners.example", role="athlete", now=NOW)
    link = make_join_link(squad=cast.squad, actor=cast.coach, role="athlete", limit=5, good_for=5, now=NOW)
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    assert planned() == set()
    assert not Reminder.objects.filter(status=Reminder.Status.SCHEDULED).exists()
    assert extend_series(now=NOW + timedelta(weeks=2)) == 0
    for row in (invitation, link):
        row.refresh_from_db()
        assert row.revoked_at == NOW
    assert not Squad.objects.editable_by(cast.coach).filter(pk=cast.squad.pk).exists()
    with pytest.raises(ValidationError):
        restore_run(run=Run.objects.get(occurrence=None), actor=cast.athlete, now=NOW)
    end_membership(membership=membership(cast, "team_mate"), actor=cast.team_mate, now=NOW)
    bring_back_squad(squad=cast.squad, actor=cast.coach, now=NOW + timedelta(hours=1))
    mine = set(Run.objects.filter(athlete=cast.athlete).values_list("pk", flat=True))
    assert planned() == before & mine
    assert not Run.objects.exclude(by_hand="").filter(by_hand__contains="squad").exists()
    assert Reminder.objects.filter(status=Reminder.Status.SCHEDULED).exists()


def test_an_archived_squad_gives_no_warm_up_to_runs_outside_it(cast: Cast) -> None:
    cast.squad.default_routine = make_routine(owner=cast.coach)
    cast.squad.save()
    run = make_run(cast.athlete)
    assert given(run) is not None
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    assert given(Run.objects.get(pk=run.pk)) is None


def test_what_a_coach_set_is_the_athletes_to_change_while_no_coach_is_there(cast: Cast) -> None:
    run, routine = make_run(cast.athlete), make_routine(owner=cast.coach)
    given_by_hand = make_assignment(run, routine, by=cast.coach)
    rule = make_standing(routine, athlete=cast.athlete, by=cast.coach, by_coach=True)

    def free() -> list[bool]:
        rows = (Run.objects.assignable_by(cast.athlete), Assignment.objects.editable_by(cast.athlete))
        rules = StandingAssignment.objects.editable_by(cast.athlete)
        return [rows[0].filter(pk=run.pk).exists(), given_by_hand in rows[1], rule in rules]

    assert free() == [False] * 3
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    assert free() == [True] * 3
    bring_back_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    assert free() == [False] * 3


# --- Pages and API ----------------------------------------------------------------------------------------------------
def test_the_pages_ask_and_then_act(cast: Cast, browser_of: Browser) -> None:
    browser, squad = browser_of(cast.coach), "/squads/dawn-patrol/"
    body: dict[str, Any]
    for path, body, then in (
        (f"{squad}members/{cast.team_mate.pk}/role/", {"role": "assistant"}, f"{squad}settings/"),
        (f"{squad}archive/", {}, squad),
        (f"{squad}bring-back/", {}, squad),
        (f"{squad}hand-over/", {"to": membership(cast, "assistant").pk, "then": "leave"}, "/squads/"),
    ):
        assert browser.get(path).status_code == 200
        assert browser.post(path, body)["Location"] == then
    assert roles(cast.squad) == {
        cast.assistant.pk: "coach",
        cast.team_mate.pk: "assistant",
        cast.athlete.pk: "athlete",
    }


def test_an_archived_squads_pages(cast: Cast, browser_of: Browser) -> None:
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    squad = "/squads/dawn-patrol/"
    for who in ("coach", "assistant", "athlete"):
        browser = browser_of(getattr(cast, who))
        page = browser.get(squad).content.decode()
        assert ("archived" in page, f"{squad}bring-back/" in page) == (True, who == "coach")
        assert "Dawn Patrol" in browser.get("/squads/").content.decode()
    coach = browser_of(cast.coach)
    assert [coach.get(f"{squad}{end}").status_code for end in ("plan/", "settings/", "invitations/", "warm-ups/")] == [
        403
    ] * 4
    assert coach.get(f"{squad}athletes/{cast.athlete.pk}/").status_code == 404
    assert browser_of(cast.athlete).post(f"{squad}leave/").status_code == 302


@pytest.mark.parametrize("body", [{}, {"role": "athlete"}, {"role": "x"}])
def test_a_bad_role_is_told(cast: Cast, browser_of: Browser, body: dict[str, str]) -> None:
    answer = browser_of(cast.coach).post(f"/squads/dawn-patrol/members/{cast.assistant.pk}/role/", body)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["role"])


def test_archiving_over_the_api(cast: Cast, api_of: Api) -> None:
    address = "/api/v1/squads/dawn-patrol/"
    assert api_of(cast.athlete).patch(address, {"archived": True}, format="json").status_code == 403
    for archived in (True, False):
        answer = api_of(cast.coach).patch(address, {"archived": archived}, format="json")
        assert (answer.status_code, answer.json()["archived"]) == (200, archived)
    assert api_of(cast.athlete).patch(address, {"archived": False}, format="json").status_code == 403


def test_a_role_is_changed_through_the_api_and_the_last_coach_stays(cast: Cast, api_of: Any) -> None:
    api, address = api_of(cast.coach), f"/api/v1/squads/{cast.squad.slug}/members/"
    alone = api.patch(f"{address}{cast.coach.pk}/", {"role": "assistant"})
    assert (alone.status_code, [row["field"] for row in alone.json()["errors"]]) == (400, ["role"])
    made = api.patch(f"{address}{cast.assistant.pk}/", {"role": "coach"})
    assert (made.status_code, made.json()["role"]) == (200, "coach")
    assert api.patch(f"{address}{cast.coach.pk}/", {"role": "assistant"}).status_code == 200
    # No coach any more, so not even this.
    assert api.patch(f"{address}{cast.assistant.pk}/", {"role": "assistant"}).status_code == 403


@pytest.mark.parametrize("role", ["athlete", "king", "", None, 3])
def test_a_role_that_nobody_is_given_so_is_refused(cast: Cast, api_of: Any, role: Any) -> None:
    answer = api_of(cast.coach).patch(
        f"/api/v1/squads/{cast.squad.slug}/members/{cast.assistant.pk}/", {"role": role}, format="json"
    )
    assert (answer.status_code, [row["field"] for row in answer.json()["errors"]]) == (400, ["role"])
