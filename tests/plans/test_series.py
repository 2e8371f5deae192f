"""plans/domain/series.py and the scopes of plans/domain/runs.py: dates made, filled, changed, ended, brought back."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from plans.domain.assignments import assign, assign_to_everyone, withdraw_from_everyone
from plans.domain.local_time import in_gap, instant
from plans.domain.recurrence import days
from plans.domain.runs import (
    cancel_run,
    change_run,
    restore_run,
    schedule_dates,
    schedule_for_athlete,
    schedule_for_squad,
)
from plans.domain.series import HORIZON, extend_series, fill_series, give_squads_runs, may_reach, take_squads_runs
from plans.models import Assignment, Occurrence, Reminder, Run, Series
from tests.conftest import Cast
from tests.factories import BERLIN, NOW, make_membership, make_routine, make_squad, make_user

TUESDAY = datetime(2027, 3, 16, 18, 30)  # the day after NOW
TWICE_A_WEEK = "FREQ=WEEKLY;BYDAY=TU,TH"
ZONES = ["Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "Antarctica/Troll", "Africa/Casablanca"]


def squads(cast: Cast, rule: str = TWICE_A_WEEK, **fields) -> Series:
    """A series for everyone of the squad: Tuesdays and Thursdays at half past six in the evening."""
    values = {"kind": "easy", "local_start": TUESDAY, "rule": rule} | fields
    return schedule_for_squad(squad=cast.squad, actor=cast.coach, now=NOW, **values)


def own(athlete: User, rule: str = TWICE_A_WEEK, now: datetime = NOW, **fields) -> Series:
    """The same for one athlete, by themselves."""
    values = {"kind": "easy", "local_start": TUESDAY, "rule": rule} | fields
    return schedule_for_athlete(athlete=athlete, actor=athlete, now=now, **values)


def run_of(series: Series, athlete: User, number: int) -> Run:
    """The athlete's run on the date `number` (0: the first) of the series."""
    return series.runs.filter(athlete=athlete).order_by("starts_at")[number]


def when(runs: Iterable[Run]) -> list[datetime]:
    """Their wall times."""
    return [run.local_start for run in runs]


def planned(series: Series, athlete: User) -> list[datetime]:
    """The wall times of an athlete's planned runs of a series, in order."""
    return when(series.runs.planned().filter(athlete=athlete).order_by("starts_at"))


# --- Making -----------------------------------------------------------------------------------------------------------
def test_a_rule_makes_eight_weeks_of_runs_for_each_athlete(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    series = squads(cast, routine=routine, routine_note="Slowly")
    expected = [
        datetime.combine(day, time(18, 30)) for day in days(series.rule, TUESDAY.date(), until=NOW.date() + HORIZON)
    ]
    assert len(expected) == 16
    for athlete in (cast.athlete, cast.team_mate):
        assert planned(series, athlete) == expected
    assert {each.local_start.tzinfo for each in series.runs.all()} == {None}
    assert set(Assignment.objects.values_list("revision", "note", "by_coach")) == {(routine.current.pk, "Slowly", True)}
    assert Assignment.objects.count() == 32
    # Only the next two weeks are in the outbox.
    assert Reminder.objects.filter(run__series=series).count() == 2 * 4


def test_a_first_day_that_the_rule_does_not_give_is_not_run(cast: Cast) -> None:
    series = own(cast.athlete, "FREQ=WEEKLY;BYDAY=TH;COUNT=2")
    assert planned(series, cast.athlete) == [datetime(2027, 3, 18, 18, 30), datetime(2027, 3, 25, 18, 30)]
    assert series.local_date == date(2027, 3, 18)


def test_a_series_that_begins_later_has_its_first_runs_at_once(athlete: User) -> None:
    series = own(athlete, "FREQ=WEEKLY;COUNT=3", local_start=datetime(2027, 11, 2, 7, 0))
    assert len(planned(series, athlete)) == 3


def test_a_bad_rule_names_its_field_and_makes_nothing(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        squads(cast, rule="FREQ=SECONDLY")
    assert list(refused.value.message_dict) == ["rule"]
    assert not Series.objects.exists()


@pytest.mark.parametrize("zone", ZONES)
def test_the_wall_time_is_kept_through_every_clock_change(athlete: User, zone: str) -> None:
    """A year of days, filled month by month: the same time by the clocks, one run a day, in order."""
    now = datetime(2027, 1, 10, tzinfo=UTC)
    start = datetime(2027, 1, 11, 2, 30)
    series = own(athlete, "FREQ=DAILY;UNTIL=20280110", now=now, local_start=start, time_zone=ZoneInfo(zone))
    for month in range(1, 14):
        extend_series(now=now + timedelta(days=30 * month))
    runs = list(Run.objects.filter(series=series).order_by("starts_at"))
    assert when(runs) == [start + timedelta(days=number) for number in range(365)]
    for run in runs:
        clock = run.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert clock == run.local_start or in_gap(run.local_start, ZoneInfo(zone))
    gaps = {later.starts_at - earlier.starts_at for earlier, later in pairwise(runs)}
    assert min(gaps) >= timedelta(hours=21)
    changes = any(in_gap(run.local_start, ZoneInfo(zone)) for run in runs) or len(gaps) > 1
    assert changes == (zone != "Asia/Kathmandu")


# --- Filling ----------------------------------------------------------------------------------------------------------
def test_filling_goes_on_where_it_stopped_and_twice_changes_nothing(cast: Cast) -> None:
    series = squads(cast)
    assert (fill_series(series_id=series.pk, now=NOW), extend_series(now=NOW)) == (0, 0)
    later = NOW + timedelta(weeks=3)
    assert extend_series(now=later) == 2 * 6
    before = set(Run.objects.values_list("pk", "starts_at", "status"))
    assert (extend_series(now=later), fill_series(series_id=series.pk, now=later)) == (0, 0)
    assert set(Run.objects.values_list("pk", "starts_at", "status")) == before
    assert planned(series, cast.athlete) == [
        datetime.combine(day, time(18, 30)) for day in days(series.rule, TUESDAY.date(), until=later.date() + HORIZON)
    ]


def test_a_series_with_an_end_is_not_looked_at_for_ever(cast: Cast) -> None:
    series = squads(cast, TWICE_A_WEEK + ";COUNT=4")
    series.refresh_from_db()
    assert (series.made_until, len(planned(series, cast.athlete))) == (date.max, 4)
    assert extend_series(now=NOW + timedelta(weeks=20)) == 0


def test_one_series_that_fails_does_not_keep_the_others_waiting(cast: Cast) -> None:
    broken, sound = squads(cast), own(cast.athlete)
    Series.objects.filter(pk=broken.pk).update(rule="FREQ=NEVER")
    assert extend_series(now=NOW + timedelta(weeks=1)) == 2
    assert len(planned(sound, cast.athlete)) == 18


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
def test_many_who_fill_at_once_make_each_run_once(cast: Cast) -> None:
    series, later = squads(cast), NOW + timedelta(weeks=5)
    newcomer = make_membership(cast.squad, make_user(), began_at=NOW)
    made: list[int] = []
    works = [lambda: made.append(extend_series(now=later))] * 4
    works += [lambda: made.append(give_squads_runs(membership=newcomer, now=NOW))]

    def one(work) -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = [
        datetime.combine(day, time(18, 30)) for day in days(series.rule, TUESDAY.date(), until=later.date() + HORIZON)
    ]
    for athlete in (cast.athlete, cast.team_mate, newcomer.person):
        assert planned(series, athlete) == wanted
    assert len(made) == 5


# --- Who joins and leaves ---------------------------------------------------------------------------------------------
def test_who_joins_gets_the_dates_as_they_are_and_who_leaves_loses_them(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    series, alone = squads(cast), make_routine(owner=cast.coach)
    first, second, third = (run_of(series, cast.athlete, number) for number in range(3))
    cancel_run(run=first, actor=cast.coach, now=NOW, scope="date")
    change_run(run=second, actor=cast.coach, now=NOW, changes={"place": "Park"}, scope="date")
    assign_to_everyone(run=third, scope="date", routine=routine, actor=cast.coach, now=NOW, note="All of you")
    assign(routine=alone, runs=[second], actor=cast.coach, now=NOW)
    newcomer = make_user()
    membership = make_membership(cast.squad, newcomer, began_at=NOW)
    assert give_squads_runs(membership=membership, now=NOW) == 15
    runs = list(series.runs.filter(athlete=newcomer).order_by("starts_at"))
    assert (runs[0].local_start, runs[0].place) == (second.local_start, "Park")
    assert [(run.assignment.revision.routine, run.assignment.note) for run in runs if hasattr(run, "assignment")] == [
        (routine, "All of you")
    ]
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    take_squads_runs(membership=membership, now=NOW)
    assert planned(series, newcomer) == []
    extend_series(now=NOW + timedelta(weeks=2))
    assert planned(series, newcomer) == []
    assert len(planned(series, cast.athlete)) == 15 + 4


def test_an_athletes_own_series_in_a_squad_ends_when_they_leave(cast: Cast) -> None:
    values = {"kind": "easy", "local_start": TUESDAY, "rule": TWICE_A_WEEK}
    series = schedule_for_athlete(athlete=cast.athlete, squad=cast.squad, actor=cast.coach, now=NOW, **values)
    private = own(cast.athlete)
    membership = cast.squad.memberships.get(person=cast.athlete)
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    take_squads_runs(membership=membership, now=NOW)
    assert extend_series(now=NOW + timedelta(weeks=1)) == 2
    assert (planned(series, cast.athlete), len(planned(private, cast.athlete))) == ([], 18)


# --- From here on, and all --------------------------------------------------------------------------------------------
def test_from_here_on_moves_the_rest_by_as_many_days(cast: Cast) -> None:
    series = squads(cast)
    routine = make_routine(owner=cast.coach)
    assign(routine=routine, runs=[run_of(series, cast.athlete, 4)], actor=cast.coach, now=NOW)
    before = dict(series.runs.values_list("pk", "local_date"))
    third = run_of(series, cast.team_mate, 2)
    changes = {"local_start": datetime(2027, 3, 24, 6, 45), "place": "Track"}  # Tuesday 23 becomes Wednesday 24
    changed = change_run(run=third, actor=cast.coach, now=NOW, changes=changes, scope="following")
    assert {run.pk for run in changed} == {pk for pk, day in before.items() if day >= date(2027, 3, 23)}
    series.refresh_from_db()
    assert (series.rule, series.local_date) == ("FREQ=WEEKLY;WKST=TU;BYDAY=WE,FR", date(2027, 3, 24))
    for pk, day in before.items():
        run = Run.objects.get(pk=pk)
        moved = day >= date(2027, 3, 23)
        assert run.local_start == (
            datetime.combine(day + timedelta(days=1), time(6, 45)) if moved else datetime.combine(day, time(18, 30))
        )
        assert (run.place, run.starts_at) == ("Track" if moved else "", instant(run.local_start, BERLIN))
    # The warm-up went along, and so does what is made later.
    assert run_of(series, cast.athlete, 4).assignment.revision.routine == routine
    extend_series(now=NOW + timedelta(weeks=1))
    assert planned(series, cast.athlete)[-2:] == [datetime(2027, 5, 12, 6, 45), datetime(2027, 5, 14, 6, 45)]


def test_what_was_changed_by_hand_is_kept_field_by_field(cast: Cast) -> None:
    series = squads(cast)
    early = datetime(2027, 3, 23, 7, 0)
    moved = run_of(series, cast.athlete, 2)
    change_run(run=moved, actor=cast.athlete, now=NOW, changes={"local_start": early})
    date_run = run_of(series, cast.athlete, 3)
    change_run(run=date_run, actor=cast.coach, now=NOW, changes={"place": "Hall"}, scope="date")
    changes = {"local_start": datetime(2027, 3, 16, 19, 0), "place": "Track"}
    change_run(run=run_of(series, cast.team_mate, 0), actor=cast.coach, now=NOW, changes=changes, scope="all")
    moved.refresh_from_db()
    date_run.refresh_from_db()
    mates = run_of(series, cast.team_mate, 2)
    assert (moved.local_start, moved.place) == (early, "Track")
    assert (mates.local_start, mates.place) == (datetime(2027, 3, 23, 19, 0), "Track")
    assert (date_run.local_start.time(), date_run.place) == (time(19, 0), "Hall")


def test_the_run_at_hand_gets_what_was_asked_for_though_it_had_been_changed_before(athlete: User) -> None:
    series = own(athlete)
    run = run_of(series, athlete, 1)
    change_run(run=run, actor=athlete, now=NOW, changes={"place": "Hall"})
    run.refresh_from_db()
    change_run(run=run, actor=athlete, now=NOW, changes={"place": "Track"}, scope="following")
    assert list(series.runs.order_by("starts_at").values_list("place", flat=True)) == ["", *["Track"] * 15]


def test_what_has_begun_stays_as_it_was(athlete: User) -> None:
    series = own(athlete)
    now = NOW + timedelta(days=8)  # two are behind
    change_run(run=run_of(series, athlete, 0), actor=athlete, now=now, changes={"kind": "hills"}, scope="all")
    cancelled = cancel_run(run=run_of(series, athlete, 0), actor=athlete, now=now, scope="all")
    states = list(series.runs.order_by("starts_at").values_list("kind", "status"))
    assert states == [("easy", "planned")] * 2 + [("hills", "cancelled")] * len(cancelled)
    with pytest.raises(ValidationError) as refused:
        change_run(
            run=run_of(series, athlete, 0),
            actor=athlete,
            now=NOW + timedelta(weeks=30),
            changes={"kind": "easy"},
            scope="all",
        )
    assert list(refused.value.message_dict) == ["scope"]


def test_another_rule_takes_what_dates_hold_along(cast: Cast) -> None:
    series = squads(cast)
    routine = make_routine(owner=cast.coach)
    thursday = run_of(series, cast.athlete, 3)
    assign(routine=routine, runs=[thursday], actor=cast.coach, now=NOW)
    first = run_of(series, cast.athlete, 0)
    change_run(run=first, actor=cast.coach, now=NOW, changes={"rule": "FREQ=WEEKLY;BYDAY=TU,FR"}, scope="all")
    wanted = days("FREQ=WEEKLY;BYDAY=TU,FR", TUESDAY.date(), until=NOW.date() + HORIZON)
    assert planned(series, cast.athlete) == [datetime.combine(day, time(18, 30)) for day in wanted]
    thursday.refresh_from_db()
    assert (thursday.local_date, thursday.assignment.revision.routine) == (date(2027, 3, 26), routine)
    # Once a week: every Friday's run is off, and comes back as another when the rule gives Fridays again.
    change_run(run=first, actor=cast.coach, now=NOW, changes={"rule": "FREQ=WEEKLY;BYDAY=TU"}, scope="all")
    tuesdays = days("FREQ=WEEKLY;BYDAY=TU", TUESDAY.date(), until=NOW.date() + HORIZON)
    assert planned(series, cast.athlete) == [datetime.combine(day, time(18, 30)) for day in tuesdays]
    thursday.refresh_from_db()
    assert thursday.status == "cancelled"
    change_run(run=first, actor=cast.coach, now=NOW, changes={"rule": "FREQ=WEEKLY;BYDAY=TU,FR"}, scope="all")
    assert planned(series, cast.athlete) == [datetime.combine(day, time(18, 30)) for day in wanted]


@pytest.mark.parametrize(
    ("scope", "changes", "field"),
    [
        ("this", {"rule": "FREQ=DAILY"}, "rule"),
        ("date", {"rule": "FREQ=DAILY"}, "rule"),
        ("all", {"rule": ""}, "rule"),
        ("all", {"rule": "FREQ=NEVER"}, "rule"),
        ("all", {"planned_minutes": 0}, "planned_minutes"),
        ("all", {"local_start": datetime(2040, 1, 1)}, "local_start"),
        ("sometimes", {"kind": "easy"}, "scope"),
    ],
)
def test_a_bad_change_names_its_field_and_changes_nothing(cast: Cast, scope: str, changes: dict, field: str) -> None:
    run = run_of(squads(cast), cast.athlete, 1)
    before = (
        list(Run.objects.order_by("pk").values()),
        list(Series.objects.values()),
        list(Occurrence.objects.values()),
    )
    with pytest.raises(ValidationError) as refused:
        change_run(run=run, actor=cast.coach, now=NOW, changes=changes, scope=scope)
    assert list(refused.value.message_dict) == [field]
    assert before == (
        list(Run.objects.order_by("pk").values()),
        list(Series.objects.values()),
        list(Occurrence.objects.values()),
    )


def test_days_of_the_month_are_not_moved_by_days_and_dates_not_onto_one_that_was(athlete: User) -> None:
    monthly = own(athlete, "FREQ=MONTHLY")
    changes = {"local_start": TUESDAY + timedelta(days=1)}
    with pytest.raises(ValidationError) as refused:
        change_run(run=run_of(monthly, athlete, 0), actor=athlete, now=NOW, changes=changes, scope="all")
    assert list(refused.value.message_dict) == ["local_start"]
    daily, noon = own(athlete, "FREQ=DAILY"), NOW + timedelta(days=3)
    changes = {"local_start": run_of(daily, athlete, 4).local_start - timedelta(days=2)}
    with pytest.raises(ValidationError) as refused:
        change_run(run=run_of(daily, athlete, 4), actor=athlete, now=noon, changes=changes, scope="following")
    assert list(refused.value.message_dict) == ["local_start"]


# --- Ending and bringing back -----------------------------------------------------------------------------------------
def test_cancelling_from_here_on_ends_a_series_and_restoring_lets_it_go_on(cast: Cast) -> None:
    series = squads(cast)
    cancel_run(run=run_of(series, cast.athlete, 5), actor=cast.coach, now=NOW, scope="date")
    cancel_run(run=run_of(series, cast.athlete, 6), actor=cast.athlete, now=NOW)
    third = run_of(series, cast.athlete, 2)
    assert len(cancel_run(run=third, actor=cast.coach, now=NOW, scope="following")) == 28 - 2 - 1
    assert len(planned(series, cast.athlete)) == 2
    assert extend_series(now=NOW + timedelta(weeks=2)) == 0
    newcomer = make_user()
    give_squads_runs(membership=make_membership(cast.squad, newcomer, began_at=NOW), now=NOW)
    assert len(planned(series, newcomer)) == 2
    restored = restore_run(run=third, actor=cast.coach, now=NOW, scope="following")
    assert len(restored) == 25 + 13
    # What had been cancelled by itself stays so.
    assert len(planned(series, cast.athlete)) == 14
    assert len(planned(series, cast.team_mate)) == len(planned(series, newcomer)) == 15
    assert extend_series(now=NOW + timedelta(weeks=2)) == 3 * 4


def test_taking_back_what_everyone_was_given_keeps_what_one_was_given_alone(cast: Cast) -> None:
    series = squads(cast)
    everyones, alone = make_routine(owner=cast.coach), make_routine(owner=cast.coach)
    assign(routine=alone, runs=[run_of(series, cast.athlete, 1)], actor=cast.coach, now=NOW)
    first = run_of(series, cast.team_mate, 0)
    assert len(assign_to_everyone(run=first, scope="all", routine=everyones, actor=cast.coach, now=NOW)) == 31
    extend_series(now=NOW + timedelta(weeks=1))
    given_to = Assignment.objects.values_list("revision__routine", flat=True)
    assert sorted(given_to) == sorted([everyones.pk] * (31 + 4) + [alone.pk])
    assert withdraw_from_everyone(run=first, scope="all", actor=cast.coach, now=NOW) == 35
    assert list(given_to.all()) == [alone.pk]


# --- Who may ----------------------------------------------------------------------------------------------------------
def test_who_may_reach_what(cast: Cast) -> None:
    everyones, theirs = run_of(squads(cast), cast.athlete, 0), run_of(own(cast.athlete), cast.athlete, 0)
    single = squads(cast, rule="").runs.get(athlete=cast.athlete)
    people = (cast.coach, cast.athlete, cast.team_mate, cast.assistant, cast.other_coach)
    assert [may_reach(everyones, person) for person in people] == [
        ("this", "date", "following", "all"),
        *[("this",)] * 4,
    ]
    assert [may_reach(theirs, person) for person in people] == [
        *[("this", "following", "all")] * 2,
        *[("this",)] * 3,
    ]
    assert may_reach(single, cast.coach) == ("this", "date")
    for person in people[1:]:
        with pytest.raises(PermissionDenied):
            change_run(run=everyones, actor=person, now=NOW, changes={"kind": "hills"}, scope="following")
    for person in people[2:]:
        with pytest.raises(PermissionDenied):
            cancel_run(run=theirs, actor=person, now=NOW, scope="all")
    assert len(change_run(run=theirs, actor=cast.athlete, now=NOW, changes={"kind": "hills"}, scope="all")) == 16


# --- Many dates at once -----------------------------------------------------------------------------------------------
def test_many_single_dates_are_planned_at_once_or_none(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    plans = [
        {"kind": "easy", "local_start": TUESDAY + timedelta(days=number), "routine": routine, "routine_note": "Go"}
        for number in range(5)
    ]
    made = schedule_dates(squad=cast.squad, actor=cast.coach, now=NOW, plans=plans)
    assert [planned(series, cast.athlete) for series in made] == [[plan["local_start"]] for plan in plans]
    assert (Run.objects.count(), Assignment.objects.filter(note="Go").count()) == (10, 10)
    assert extend_series(now=NOW + timedelta(weeks=9)) == 0
    with pytest.raises(ValidationError):
        schedule_dates(squad=cast.squad, actor=cast.coach, now=NOW, plans=[*plans, {**plans[0], "kind": "swim"}])
    assert Run.objects.count() == 10


def test_queries_do_not_grow_with_athletes_nor_with_dates(cast: Cast) -> None:
    counts = []
    for number in (1, 3):
        squad = make_squad(coach=cast.coach)
        for _each in range(number):
            make_membership(squad, make_user())
        with CaptureQueriesContext(connection) as queries:
            schedule_for_squad(
                squad=squad,
                actor=cast.coach,
                now=NOW,
                kind="easy",
                local_start=TUESDAY,
                rule=f"FREQ=WEEKLY;COUNT={number}",
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Whatever is done -------------------------------------------------------------------------------------------------
deeds = st.lists(
    st.tuples(
        st.sampled_from(["this", "date", "following", "all"]),
        st.integers(0, 7),
        st.one_of(
            st.tuples(st.just("move"), st.integers(-3, 3), st.integers(0, 23)),
            st.tuples(st.just("place"), st.sampled_from(["Track", "Park"]), st.none()),
            st.tuples(st.just("rule"), st.sampled_from(["TU,TH", "MO,WE,FR", "SU"]), st.integers(1, 2)),
            st.tuples(st.sampled_from(["cancel", "restore", "wait"]), st.none(), st.none()),
        ),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds, st.sampled_from(["Europe/Berlin", *ZONES]))
def test_no_run_is_lost_or_doubled_whatever_is_changed(cast: Cast, deeds: list, zone: str) -> None:
    series = squads(cast, time_zone=ZoneInfo(zone))
    now = NOW
    for scope, number, (deed, value, more) in deeds:
        before = set(series.runs.values_list("pk", flat=True))
        runs = list(series.runs.filter(athlete=cast.athlete, starts_at__gt=now).order_by("starts_at"))
        run = runs[number % len(runs)] if runs else run_of(series, cast.athlete, 0)
        do = {"run": run, "actor": cast.coach, "now": now, "scope": scope}
        try:
            if deed == "move":
                local = datetime.combine(run.local_date + timedelta(days=value), time(more))
                change_run(**do, changes={"local_start": local})
            elif deed == "place":
                change_run(**do, changes={"place": value})
            elif deed == "rule":
                change_run(**do, changes={"rule": f"FREQ=WEEKLY;INTERVAL={more};BYDAY={value}"})
            elif deed == "cancel":
                cancel_run(**do)
            elif deed == "restore":
                restore_run(**do)
            else:
                now += timedelta(days=5)
                extend_series(now=now)
        except ValidationError:
            pass
        assert before <= set(series.runs.values_list("pk", flat=True))
        check(series, cast, now)


def check(series: Series, cast: Cast, now: datetime) -> None:
    """What always holds of a series of a squad with two athletes."""
    series.refresh_from_db()
    dates = list(series.occurrences.filter(off_rule=False))
    assert len({each.day for each in dates}) == len(dates)
    for each in dates:
        if "local_start" not in each.kept_fields:
            assert each.local_date == each.day
        assert each.starts_at == instant(each.local_start, each.time_zone)
        runs = {run.athlete: run for run in each.runs.select_related("athlete")}
        assert runs.keys() == {cast.athlete, cast.team_mate}
        for run in runs.values():
            assert run.starts_at == instant(run.local_start, run.time_zone)
            if not run.by_hand:
                assert (run.local_start, run.place) == (each.local_start, each.place)
                assert (run.status == "cancelled") == (each.cancelled_at is not None)
    if series.ended_on is None:
        # Each day that the rule gives from its present first date on is there; days from before a change may be too.
        until = min(series.made_until, now.date() + HORIZON)
        wanted = set(days(series.rule, series.local_date, until=until))
        assert wanted <= {each.day for each in dates if series.local_date <= each.day <= until}
