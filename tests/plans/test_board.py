"""The board: who warmed up, who hurts, who is silent, and who may read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from plans.domain import board, squads
from plans.domain.runs import schedule_for_squad
from plans.models import Run, Session
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_assignment,
    make_membership,
    make_routine,
    make_run,
    make_session,
    make_squad,
    make_user,
)
from warmups.models import Routine

Api = Callable[[User | None], APIClient]
BOARD = "/api/v1/squads/dawn-patrol/board/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def routine(cast: Cast) -> Routine:
    """A warm-up of the cast's coach."""
    return make_routine("Five before hard runs", owner=cast.coach)


def read(cast: Cast, reader: User | None = None, **span: date) -> board.Board:
    """The board of the cast's squad as its coach sees it, over the days that its page shows."""
    reader = reader or cast.coach
    today = NOW.astimezone(cast.squad.time_zone).date()
    days = {"first": today - 27 * DAY, "last": today + 7 * DAY} | span
    athletes = board.athletes_of(cast.squad, reader)
    return board.read_board(squad=cast.squad, memberships=athletes, reader=reader, now=NOW, **days)


def line_of(cast: Cast, athlete: User, reader: User | None = None) -> board.AthleteLine:
    """An athlete's row."""
    return next(row for row in read(cast, reader).athletes if row.person == athlete)


def assigned(athlete: User, routine: Routine, ago: timedelta, **fields: object) -> Run:
    """A run that began so long ago, with a warm-up given by the coach."""
    run = make_run(athlete, starts_at=NOW - ago, **fields)
    make_assignment(run, routine, by=routine.owner)
    return run


def texts(cast: Cast, reader: User | None = None) -> list[str]:
    """The first lines."""
    return [concern.text for concern in read(cast, reader).concerns]


# --- Adherence ------------------------------------------------------------------------------------------------------
def test_adherence_counts_runs_with_a_warm_up_that_are_over_or_done(cast: Cast, routine: Routine) -> None:
    for days in (1, 2, 3):
        make_session(cast.athlete, run=assigned(cast.athlete, routine, days * DAY))
    assigned(cast.athlete, routine, 4 * DAY)  # nothing logged
    late = assigned(cast.athlete, routine, 5 * DAY)
    make_session(cast.athlete, run=late, started_at=late.starts_at + timedelta(minutes=16))
    make_run(cast.athlete, starts_at=NOW - 6 * DAY)  # no warm-up
    assigned(cast.athlete, routine, 7 * DAY, status="cancelled")
    assigned(cast.athlete, routine, -1 * DAY)  # to come
    assigned(cast.athlete, routine, timedelta(minutes=15))  # begun, and there is still time
    made_early = assigned(cast.athlete, routine, timedelta(hours=-1))
    make_session(cast.athlete, run=made_early, started_at=NOW - timedelta(minutes=5))
    adherence = line_of(cast, cast.athlete).adherence
    assert (adherence.assigned, adherence.warmed_up, adherence.share) == (6, 4, 4 / 6)


def test_without_runs_there_is_no_share(cast: Cast) -> None:
    adherence = line_of(cast, cast.athlete).adherence
    assert (adherence.assigned, adherence.warmed_up, adherence.share) == (0, 0, None)


def test_the_squads_default_counts_as_assigned(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = routine
    cast.squad.save()
    make_run(cast.athlete, squad=cast.squad, starts_at=NOW - DAY)
    assert line_of(cast, cast.athlete).adherence.assigned == 1


def test_the_last_28_days_in_the_squads_zone(cast: Cast, routine: Routine) -> None:
    first_day = datetime(2027, 2, 16, tzinfo=cast.squad.time_zone)
    assigned(cast.athlete, routine, NOW - first_day)
    assigned(cast.athlete, routine, NOW - first_day + timedelta(seconds=1))
    assert line_of(cast, cast.athlete).adherence.assigned == 1


def test_only_what_happened_since_the_day_of_joining(cast: Cast, routine: Routine) -> None:
    athlete = make_user("Late Lena")
    make_membership(cast.squad, athlete, began_at=NOW - 3 * DAY)
    assigned(athlete, routine, 2 * DAY)
    assigned(athlete, routine, 10 * DAY)
    make_session(athlete, started_at=NOW - 10 * DAY, pain=9)
    row = line_of(cast, athlete)
    assert (row.adherence.assigned, row.last_session, row.pain_flags) == (1, None, [])


# --- Today and the days to come -------------------------------------------------------------------------------------
def test_a_squads_date_is_one_outing_with_everyones_state(cast: Cast, routine: Routine) -> None:
    start = (NOW + timedelta(hours=1)).replace(tzinfo=None)
    schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="intervals", local_start=start, routine=routine
    )
    own = make_run(cast.athlete, starts_at=NOW + 2 * DAY)
    make_run(cast.athlete, starts_at=NOW + 9 * DAY)
    run = Run.objects.get(athlete=cast.athlete, series__isnull=False)
    make_session(cast.athlete, run=run, started_at=NOW - timedelta(minutes=5), outcome="short")
    days = read(cast).days
    assert [day for day, _outings in days] == [date(2027, 3, 15), date(2027, 3, 17)]
    [outing] = days[0][1]
    assert (outing.assigned, outing.warmed_up, outing.routine_names) == (2, 1, ["Five before hard runs"])
    assert {line.run.athlete: line.state for line in outing.lines} == {
        cast.athlete: "short",
        cast.team_mate: "planned",
    }
    [alone] = days[1][1]
    assert ([line.run for line in alone.lines], alone.assigned) == ([own], 0)


def test_who_moved_their_own_run_of_a_series_stands_alone(cast: Cast) -> None:
    start = (NOW + timedelta(hours=1)).replace(tzinfo=None)
    schedule_for_squad(squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=start)
    Run.objects.filter(athlete=cast.athlete).update(starts_at=NOW + timedelta(hours=3))
    [(_day, outings)] = read(cast).days
    assert [[line.run.athlete for line in outing.lines] for outing in outings] == [[cast.team_mate], [cast.athlete]]


def test_todays_runs_stay_when_they_are_over(cast: Cast, routine: Routine) -> None:
    assigned(cast.athlete, routine, timedelta(hours=5))
    [(day, [outing])] = read(cast).days
    assert (day, [line.state for line in outing.lines]) == (date(2027, 3, 15), ["missed"])


# --- What a coach should look at ------------------------------------------------------------------------------------
def test_a_quiet_board_says_nothing(cast: Cast, routine: Routine) -> None:
    make_session(cast.athlete, run=assigned(cast.athlete, routine, DAY), rpe=6, pain=5)
    assert texts(cast) == []


@pytest.mark.parametrize(("pain", "told"), [(5, []), (6, ["Ada Athlete: pain 6, left hip on Sun 14 Mar."])])
def test_pain_at_the_limit_is_told(cast: Cast, pain: int, told: list[str]) -> None:
    make_session(cast.athlete, started_at=NOW - DAY, pain=pain, pain_site="hip", pain_side="left")
    assert texts(cast) == told


def test_pain_is_told_with_what_it_was_before(cast: Cast) -> None:
    make_session(cast.athlete, started_at=NOW - 3 * DAY, pain=3)
    make_session(cast.athlete, started_at=NOW - 2 * DAY)
    make_session(cast.athlete, started_at=NOW - DAY, pain=7)
    assert texts(cast) == ["Ada Athlete: pain 7 on Sun 14 Mar, up from 3."]


def test_pain_that_went_is_told_no_more(cast: Cast) -> None:
    make_session(cast.athlete, started_at=NOW - 2 * DAY, pain=8)
    make_session(cast.athlete, started_at=NOW - DAY, pain=2)
    assert texts(cast) == []


def test_pain_is_told_to_who_may_know(cast: Cast) -> None:
    make_session(cast.athlete, started_at=NOW - DAY, pain=8, pain_site="knee", note="It clicks")
    assert (texts(cast), texts(cast, cast.assistant)) == (["Ada Athlete: pain 8, knee on Sun 14 Mar."],) * 2
    squads.share_health(membership=cast.squad.memberships.get(person=cast.athlete), shares=False, now=NOW)
    row = line_of(cast, cast.athlete)
    assert (texts(cast), row.pain_flags) == ([], [])
    assert row.last_session is not None


@pytest.mark.parametrize("kind", ["tempo", "intervals", "hills", "race"])
def test_nothing_logged_before_two_hard_runs_is_told(cast: Cast, routine: Routine, kind: str) -> None:
    make_session(cast.athlete, started_at=NOW - DAY)
    assigned(cast.athlete, routine, DAY, kind=kind)
    assigned(cast.athlete, routine, 15 * DAY, kind=kind)
    assert texts(cast) == []
    assigned(cast.athlete, routine, 13 * DAY, kind=kind)
    assert texts(cast) == ["Ada Athlete logged no warm-up before 2 hard runs in two weeks."]


def test_easy_runs_late_and_partial_warm_ups_are_no_matter(cast: Cast, routine: Routine) -> None:
    for days in (1, 5, 6):
        assigned(cast.athlete, routine, days * DAY, kind="easy")
    late = assigned(cast.athlete, routine, 2 * DAY, kind="race")
    make_session(cast.athlete, run=late, started_at=late.starts_at + timedelta(minutes=30))
    half = assigned(cast.athlete, routine, 3 * DAY, kind="race")
    make_session(cast.athlete, run=half, outcome="partial")
    for days in (4, 7):
        make_run(cast.athlete, starts_at=NOW - days * DAY, kind="race")  # no warm-up was given
    assert texts(cast) == []


def test_a_warm_up_that_felt_like_a_run_is_told(cast: Cast) -> None:
    make_session(cast.athlete, started_at=NOW - 2 * DAY, rpe=9)
    make_session(cast.athlete, started_at=NOW - DAY, rpe=7)
    assert texts(cast) == ["Ada Athlete: effort 7 of 10 for a warm-up on Sun 14 Mar."]


def test_silence_is_told_in_place_of_each_missed_run(cast: Cast, routine: Routine) -> None:
    for days in (1, 2, 3):
        assigned(cast.athlete, routine, days * DAY, kind="intervals")
        assigned(cast.team_mate, routine, days * DAY, kind="intervals")
    make_session(cast.team_mate, started_at=datetime(2027, 1, 30, 8, tzinfo=UTC))
    assert texts(cast) == [
        "Ada Athlete has logged nothing yet, with a warm-up before 3 runs.",
        "Tom Mate has logged nothing since Sat 30 Jan.",
    ]


def test_the_gravest_comes_first(cast: Cast, routine: Routine) -> None:
    for days in (1, 2):
        assigned(cast.athlete, routine, days * DAY)
    third = make_user("Zoe Third")
    make_membership(cast.squad, third)
    make_session(third, started_at=NOW - DAY, pain=6, rpe=8)
    make_session(cast.team_mate, started_at=NOW - DAY)
    for days in (1, 2):
        assigned(cast.team_mate, routine, days * DAY, kind="race")
    assert [concern.kind for concern in read(cast).concerns] == ["pain", "missed", "effort", "silent"]


# --- Cost -----------------------------------------------------------------------------------------------------------
def test_the_board_costs_the_same_for_one_athlete_and_for_three(routine: Routine, cast: Cast, api_of: Api) -> None:
    squad = make_squad(coach=cast.coach, slug="growing", default_routine=routine)
    address = "/api/v1/squads/growing/board/"

    def grow() -> None:
        athlete = make_user()
        make_membership(squad, athlete)
        for days in (-1, 0, 1, 2):
            run = assigned(athlete, routine, days * DAY, squad=squad)
            make_session(athlete, run=run, pain=7)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api_of(cast.coach).get(address).status_code == 200
        return len(captured)

    grow()
    alone = queries()
    grow()
    grow()
    assert queries() == alone


# --- The API --------------------------------------------------------------------------------------------------------
def test_the_board_over_the_api(cast: Cast, routine: Routine, api_of: Api) -> None:
    run = assigned(cast.athlete, routine, DAY)
    session = make_session(cast.athlete, run=run, rpe=3, pain=7, pain_site="hip", pain_side="left", note="Stiff")
    answer = api_of(cast.coach).get(BOARD).json()
    assert (answer["squad"], answer["from"], answer["to"]) == ("dawn-patrol", "2027-02-16", "2027-03-15")
    assert [row["name"] for row in answer["results"]] == ["Ada Athlete", "Tom Mate"]
    row = answer["results"][0]
    assert row["adherence"] == {"assigned": 1, "warmed_up": 1, "share": 1.0}
    assert row["pain_flags"] == [
        {
            "session": str(session.pk),
            "run": run.pk,
            "started_at": "2027-03-14T11:50:00Z",
            "pain": 7,
            "pain_site": "hip",
            "pain_side": "left",
        }
    ]
    last = row["last_session"]
    assert (last["id"], last["rpe"], last["pain"], last["note"]) == (str(session.pk), 3, 7, "Stiff")
    assert (row["health_hidden"], answer["results"][1]["last_session"]) == (False, None)


def test_health_that_is_not_shared_is_withheld(cast: Cast, api_of: Api) -> None:
    make_session(cast.athlete, started_at=NOW - DAY, rpe=3, pain=9, pain_site="hip", note="Secret")
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    response = api_of(cast.coach).get(BOARD)
    row = response.json()["results"][0]
    last = row["last_session"]
    assert (row["health_hidden"], row["pain_flags"], last["health_hidden"]) == (True, [], True)
    assert (last["rpe"], last["pain"], last["pain_site"], last["note"]) == (3, None, None, None)
    assert b"Secret" not in response.content


def test_who_reads_the_board(cast: Cast, api_of: Api) -> None:
    statuses = {
        person.name if person else "visitor": api_of(person).get(BOARD).status_code
        for person in (cast.coach, cast.assistant, cast.athlete, cast.other_coach, cast.superuser, None)
    }
    assert statuses == {
        "Cora Coach": 200,
        "Asa Assistant": 200,
        "Ada Athlete": 403,
        "Otto Other": 404,
        "Sue Super": 404,
        "visitor": 401,
    }


def test_dates_are_included_and_the_newest_session_is_told_whenever_it_was(
    cast: Cast, routine: Routine, api_of: Api
) -> None:
    for days in (1, 2, 3, 4):
        assigned(cast.athlete, routine, days * DAY)
    newest = make_session(cast.athlete, started_at=NOW - DAY, pain=8)
    answer = api_of(cast.coach).get(BOARD, {"from": "2027-03-12", "to": "2027-03-13"}).json()
    row = answer["results"][0]
    assert (row["adherence"]["assigned"], row["last_session"]["id"], row["pain_flags"]) == (2, str(newest.pk), [])


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"from": "soon"}, "from"),
        ({"to": "2027-02-30"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "x" * 10_000}, "from"),
        ({"from": "2027-03-02", "to": "2027-03-01"}, "from"),
        ({"from": "2026-03-01", "to": "2027-03-02"}, "from"),
    ],
)
def test_bad_dates_are_refused_by_name(cast: Cast, api_of: Api, query: dict[str, str], named: str) -> None:
    response = api_of(cast.coach).get(BOARD, query)
    assert (response.status_code, [row["field"] for row in response.json()["errors"]]) == (400, [named])


def test_pages_of_the_board(cast: Cast, api_of: Api) -> None:
    first = api_of(cast.coach).get(BOARD, {"limit": 1}).json()
    assert [row["name"] for row in first["results"]] == ["Ada Athlete"]
    second = api_of(cast.coach).get(first["next"]).json()
    assert ([row["name"] for row in second["results"]], second["next"]) == (["Tom Mate"], None)


def test_the_health_of_sessions_is_the_readers_through_any_squad_they_coach(cast: Cast) -> None:
    make_session(cast.athlete, started_at=NOW - DAY, pain=8)
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    shared = make_squad(coach=cast.coach)
    make_membership(shared, cast.athlete, shares_health=True)
    assert [each.health_shared for each in Session.objects.with_health_for(cast.coach)] == [True]
