"""plans/domain/runs.py: schedule, change, cancel, restore, join, leave."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from plans.domain.runs import (
    cancel_run,
    change_run,
    restore_run,
    schedule_for_squad,
    schedule_run,
)
from plans.domain.series import give_squads_runs, take_squads_runs
from plans.models import Assignment, Reminder, Run, Series, Squad
from tests.conftest import Cast
from tests.factories import BERLIN, NOW, make_assignment, make_membership, make_routine, make_run, make_squad, make_user

TOMORROW = datetime(2027, 3, 16, 6, 30)


def plan(athlete: User, actor: User | None = None, **fields) -> Run:
    """A run planned by the domain: tomorrow at half past six."""
    values = {"kind": "easy", "local_start": TOMORROW} | fields
    return schedule_run(athlete=athlete, actor=actor or athlete, now=NOW, **values)


def plan_for(squad: Squad, coach: User, **fields) -> Series:
    """A squad's date planned by the domain: tomorrow at half past six."""
    values = {"kind": "intervals", "local_start": TOMORROW} | fields
    return schedule_for_squad(squad=squad, actor=coach, now=NOW, **values)


def errors_of(deed, **arguments) -> dict[str, list[str]]:
    """The fields and messages with which a deed is refused."""
    with pytest.raises(ValidationError) as refusal:
        deed(**arguments)
    return refusal.value.message_dict


# --- One athlete's runs -----------------------------------------------------------------------------------------------
def test_a_run_keeps_wall_time_and_zone_and_derives_the_instant(athlete: User) -> None:
    run = plan(athlete, planned_minutes=50, place=" Track ", note=" Bring water ")
    run.refresh_from_db()
    assert (run.local_start, run.time_zone, run.starts_at) == (
        TOMORROW,
        BERLIN,
        datetime(2027, 3, 16, 5, 30, tzinfo=UTC),
    )
    assert (run.place, run.note, run.planned_minutes, run.planned_metres) == ("Track", "Bring water", 50, None)
    assert (run.athlete, run.created_by, run.created_at, run.status) == (athlete, athlete, NOW, "planned")


def test_the_zone_is_the_squads_else_the_athletes(cast: Cast) -> None:
    cast.squad.time_zone = ZoneInfo("Asia/Tokyo")
    cast.squad.save()
    assert plan(cast.athlete).time_zone == BERLIN
    assert plan(cast.athlete, cast.coach, squad=cast.squad).time_zone == ZoneInfo("Asia/Tokyo")
    assert plan(cast.athlete, time_zone=ZoneInfo("UTC")).time_zone == ZoneInfo("UTC")


def test_a_skipped_hour_is_kept_as_typed(athlete: User) -> None:
    run = plan(athlete, local_start=datetime(2027, 3, 28, 2, 30))
    assert (run.local_start, run.starts_at) == (
        datetime(2027, 3, 28, 2, 30),
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "sprint"}, {"kind"}),
        ({"kind": None}, {"kind"}),
        ({"local_start": None}, {"local_start"}),
        ({"local_start": "tomorrow"}, {"local_start"}),
        ({"local_start": TOMORROW.replace(tzinfo=UTC)}, {"local_start"}),
        ({"local_start": datetime(2017, 3, 14, 23, 59)}, {"local_start"}),
        ({"local_start": datetime(2032, 3, 16, 0, 0)}, {"local_start"}),
        ({"local_start": datetime.min}, {"local_start"}),
        ({"local_start": datetime.max}, {"local_start"}),
        ({"time_zone": "Europe/Berlin"}, {"time_zone"}),
        ({"planned_minutes": 0}, {"planned_minutes"}),
        ({"planned_minutes": 1441}, {"planned_minutes"}),
        ({"planned_minutes": True}, {"planned_minutes"}),
        ({"planned_minutes": 1.5}, {"planned_minutes"}),
        ({"planned_metres": 0}, {"planned_metres"}),
        ({"planned_metres": 1_000_001}, {"planned_metres"}),
        ({"place": "x" * 121}, {"place"}),
        ({"place": "\x00"}, {"place"}),
        ({"note": "x" * 501}, {"note"}),
        ({"kind": "x", "planned_minutes": -1, "note": "x" * 501}, {"kind", "planned_minutes", "note"}),
    ],
)
def test_bad_values_are_named(athlete: User, fields: dict, named: set[str]) -> None:
    values = {"kind": "easy", "local_start": TOMORROW} | fields
    assert errors_of(schedule_run, athlete=athlete, actor=athlete, now=NOW, **values).keys() == named
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"local_start": datetime(2017, 3, 15, 0, 0)},
        {"local_start": datetime(2032, 3, 15, 23, 59)},
        {"planned_minutes": 1},
        {"planned_minutes": 1440},
        {"planned_metres": 1_000_000},
        {"place": "x" * 120},
        {"note": "ü" * 500},
    ],
)
def test_the_ends_are_included(athlete: User, fields: dict) -> None:
    run = plan(athlete, **fields)
    assert {field: getattr(run, field) for field in fields} == fields


def test_a_coach_plans_from_the_day_of_joining_on(cast: Cast) -> None:
    joined = NOW - timedelta(days=60)
    day = joined.astimezone(BERLIN).replace(hour=0, minute=0, tzinfo=None)
    assert plan(cast.athlete, cast.coach, local_start=day).local_start == day
    refused = {"athlete": cast.athlete, "actor": cast.coach, "now": NOW, "kind": "easy"}
    assert errors_of(schedule_run, **refused, local_start=day - timedelta(minutes=1)).keys() == {"local_start"}
    assert Run.objects.count() == 1


def test_who_does_not_coach_the_athlete_cannot_plan_for_them(cast: Cast) -> None:
    for stranger in (cast.other_coach, cast.assistant, cast.team_mate, cast.curator):
        with pytest.raises(PermissionDenied):
            plan(cast.athlete, stranger)
    make_membership(cast.other_squad, cast.athlete)
    refused = {"athlete": cast.athlete, "actor": cast.other_coach, "now": NOW, "kind": "easy"}
    elsewhere = make_squad(coach=cast.other_coach)
    assert errors_of(schedule_run, **refused, local_start=TOMORROW, squad=elsewhere).keys() == {"athlete"}
    assert not Run.objects.exists()


def test_changing_moves_the_instant_and_is_recorded(athlete: User) -> None:
    run = plan(athlete, note="old")
    (changed,) = change_run(
        run=run,
        actor=athlete,
        now=NOW,
        changes={"local_start": datetime(2027, 3, 28, 7, 0), "planned_metres": 8000, "note": "secret"},
    )
    assert changed.starts_at == datetime(2027, 3, 28, 5, 0, tzinfo=UTC)
    run.refresh_from_db()
    assert (run.starts_at, run.planned_metres, run.note) == (changed.starts_at, 8000, "secret")
    entry = AuditEntry.objects.get(action="run.change")
    assert (entry.actor, entry.target_id, entry.at) == (athlete, str(run.pk), NOW)
    assert entry.before == {"local_start": "2027-03-16T06:30:00", "planned_metres": None}
    assert entry.after == {"local_start": "2027-03-28T07:00:00", "planned_metres": 8000}


def test_a_new_zone_keeps_the_wall_time_and_none_takes_the_default(athlete: User) -> None:
    run = plan(athlete, time_zone=ZoneInfo("Asia/Tokyo"))
    (run,) = change_run(run=run, actor=athlete, now=NOW, changes={"time_zone": None})
    assert (run.time_zone, run.local_start) == (BERLIN, TOMORROW)
    assert run.starts_at == datetime(2027, 3, 16, 5, 30, tzinfo=UTC)


def test_an_old_run_may_be_changed_in_all_but_its_date(athlete: User) -> None:
    run = make_run(athlete, starts_at=NOW - timedelta(days=365 * 11))
    (run,) = change_run(run=run, actor=athlete, now=NOW, changes={"place": "Park"})
    assert run.place == "Park"


def test_nothing_changed_is_not_recorded(athlete: User) -> None:
    run = plan(athlete)
    change_run(run=run, actor=athlete, now=NOW, changes={"kind": "easy", "planned_minutes": None})
    cancel_run(run=run, actor=athlete, now=NOW)
    cancel_run(run=run, actor=athlete, now=NOW)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["run.schedule", "run.cancel"]


def test_cancel_and_restore(athlete: User) -> None:
    run = plan(athlete)
    assert [each.pk for each in cancel_run(run=run, actor=athlete, now=NOW)] == [run.pk]
    assert Run.objects.get().status == "cancelled"
    assert cancel_run(run=run, actor=athlete, now=NOW) == []
    assert [each.pk for each in restore_run(run=run, actor=athlete, now=NOW)] == [run.pk]
    assert Run.objects.get().status == "planned"


def test_a_reminder_follows_its_run(athlete: User) -> None:
    routine = make_routine()
    run = plan(athlete)
    make_assignment(run, routine)
    scheduled = Reminder.objects.filter(status=Reminder.Status.SCHEDULED).values_list("due_at", flat=True)
    change_run(run=run, actor=athlete, now=NOW, changes={"local_start": datetime(2027, 3, 16, 7, 0)})
    assert list(scheduled.all()) == [datetime(2027, 3, 16, 5, 0, tzinfo=UTC)]
    cancel_run(run=run, actor=athlete, now=NOW)
    assert list(scheduled.all()) == []
    restore_run(run=run, actor=athlete, now=NOW)
    assert list(scheduled.all()) == [datetime(2027, 3, 16, 5, 0, tzinfo=UTC)]


# --- A squad's runs ---------------------------------------------------------------------------------------------------
def test_a_squads_date_gives_each_athlete_a_run(cast: Cast) -> None:
    series = plan_for(cast.squad, cast.coach, planned_minutes=60, place="Track")
    assert set(series.runs.values_list("athlete", flat=True)) == {cast.athlete.pk, cast.team_mate.pk}
    run = series.runs.get(athlete=cast.athlete)
    assert (run.squad, run.kind, run.local_start, run.starts_at, run.place) == (
        cast.squad,
        "intervals",
        TOMORROW,
        series.occurrences.get().starts_at,
        "Track",
    )
    assert AuditEntry.objects.get().after == {
        "kind": "intervals",
        "local_start": "2027-03-16T06:30:00",
        "time_zone": "Europe/Berlin",
        "planned_minutes": 60,
        "planned_metres": None,
        "place": "Track",
        "rule": "",
        "squad": "dawn-patrol",
        "runs": 2,
    }


def test_who_joined_after_the_date_or_left_gets_no_run(cast: Cast) -> None:
    late, gone = make_user("Lea Late"), make_user("Gus Gone")
    make_membership(cast.squad, late, began_at=NOW)
    make_membership(cast.squad, gone, ended_at=NOW - timedelta(days=1))
    yesterday = plan_for(cast.squad, cast.coach, local_start=datetime(2027, 3, 14, 6, 30))
    today = plan_for(cast.squad, cast.coach, local_start=datetime(2027, 3, 15, 0, 0))
    assert yesterday.runs.count() == 2
    assert set(today.runs.values_list("athlete", flat=True)) == {cast.athlete.pk, cast.team_mate.pk, late.pk}


def test_a_date_for_a_squad_of_nobody_is_there_for_who_joins(db: None) -> None:
    coach = make_user()
    series = plan_for(make_squad(coach=coach), coach)
    assert series.runs.count() == 0


def test_planning_for_many_costs_what_planning_for_few_does(db: None) -> None:
    counts = []
    for size in (1, 5):
        coach = make_user()
        squad = make_squad(coach=coach, athletes=tuple(make_user() for _ in range(size)))
        routine = make_routine()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            plan_for(squad, coach, routine=routine)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_routine_given_to_all_is_theirs_who_join_later_too(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    series = plan_for(cast.squad, cast.coach, routine=routine, routine_note="Easy on the hip")
    assert set(Assignment.objects.values_list("revision", "by_coach", "note", "assigned_by")) == {
        (routine.current.pk, True, "Easy on the hip", cast.coach.pk)
    }
    newcomer = make_user()
    membership = make_membership(cast.squad, newcomer, began_at=NOW)
    assert give_squads_runs(membership=membership, now=NOW) == 1
    run = series.runs.get(athlete=newcomer)
    assert (run.assignment.revision, run.assignment.by_coach) == (routine.current, True)
    assert Reminder.objects.get(run=run).status == Reminder.Status.SCHEDULED


def test_only_a_usable_routine_is_given(cast: Cast) -> None:
    hidden = make_routine(owner=cast.other_coach)
    refused = {"squad": cast.squad, "actor": cast.coach, "now": NOW, "kind": "easy", "local_start": TOMORROW}
    assert errors_of(schedule_for_squad, **refused, routine=hidden).keys() == {"routine"}
    assert not Series.objects.exists()


def test_joining_gives_coming_runs_only(cast: Cast) -> None:
    plan_for(cast.squad, cast.coach, local_start=datetime(2027, 3, 15, 12, 59))  # began a minute ago
    coming = plan_for(cast.squad, cast.coach, local_start=datetime(2027, 3, 15, 13, 1))
    cancelled = plan_for(cast.squad, cast.coach)
    cancel_run(run=cancelled.runs.first(), actor=cast.coach, now=NOW, scope="all")
    newcomer = make_user()
    assert give_squads_runs(membership=make_membership(cast.squad, newcomer, began_at=NOW), now=NOW) == 1
    assert list(newcomer.runs.values_list("series", flat=True)) == [coming.pk]


def test_leaving_takes_the_squads_runs_not_yet_begun(cast: Cast) -> None:
    begun = plan_for(cast.squad, cast.coach, local_start=datetime(2027, 3, 15, 13, 0))  # begins now
    coming = plan_for(cast.squad, cast.coach, local_start=datetime(2027, 3, 15, 13, 1))
    alone = plan(cast.athlete, cast.coach, squad=cast.squad)
    own = plan(cast.athlete)
    membership = cast.squad.memberships.get(person=cast.athlete)
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    assert take_squads_runs(membership=membership, now=NOW) == 2
    assert dict(cast.athlete.runs.values_list("pk", "status")) == {
        begun.runs.get(athlete=cast.athlete).pk: "planned",
        coming.runs.get(athlete=cast.athlete).pk: "cancelled",
        alone.pk: "cancelled",
        own.pk: "planned",
    }
    assert coming.runs.get(athlete=cast.team_mate).status == "planned"


def test_coming_back_brings_the_runs_back_as_they_are_now(cast: Cast) -> None:
    series = plan_for(cast.squad, cast.coach)
    membership = cast.squad.memberships.get(person=cast.athlete)
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    take_squads_runs(membership=membership, now=NOW)
    change_run(
        run=series.runs.get(athlete=cast.team_mate), actor=cast.coach, now=NOW, changes={"kind": "hills"}, scope="all"
    )
    again = make_membership(cast.squad, cast.athlete, began_at=NOW)
    assert give_squads_runs(membership=again, now=NOW) == 1
    run = series.runs.get(athlete=cast.athlete)
    assert (run.status, run.kind) == ("planned", "hills")


def test_who_left_cannot_restore_the_squads_run(cast: Cast) -> None:
    run = plan_for(cast.squad, cast.coach).runs.get(athlete=cast.athlete)
    membership = cast.squad.memberships.get(person=cast.athlete)
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    take_squads_runs(membership=membership, now=NOW)
    assert errors_of(restore_run, run=run, actor=cast.athlete, now=NOW).keys() == {"status"}


def test_what_a_coach_gave_own_runs_is_the_athletes_to_change_once_no_coach_is_left(cast: Cast) -> None:
    run = plan(cast.athlete)
    make_assignment(run, make_routine(), by=cast.coach)
    assert not Run.objects.assignable_by(cast.athlete).exists()
    other = make_membership(cast.other_squad, cast.athlete)
    membership = cast.squad.memberships.get(person=cast.athlete)
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    take_squads_runs(membership=membership, now=NOW)
    assert not Run.objects.assignable_by(cast.athlete).exists()
    cast.other_squad.memberships.filter(pk=other.pk).update(ended_at=NOW)
    take_squads_runs(membership=other, now=NOW)
    assert list(Run.objects.assignable_by(cast.athlete)) == [run]


# --- Scope ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scope", ["date", "following", "all"])
def test_a_coach_moves_everyones(cast: Cast, scope: str) -> None:
    series = plan_for(cast.squad, cast.coach)
    mine, mates = series.runs.get(athlete=cast.athlete), series.runs.get(athlete=cast.team_mate)
    change_run(run=mine, actor=cast.athlete, now=NOW, changes={"local_start": datetime(2027, 3, 16, 8, 0)})
    changes = {"time_zone": ZoneInfo("Europe/London"), "planned_minutes": 45}
    changed = change_run(run=mates, actor=cast.coach, now=NOW, changes=changes, scope=scope)
    assert {run.pk for run in changed} == {mine.pk, mates.pk}
    series.refresh_from_db()
    start = datetime(2027, 3, 16, 6, 30, tzinfo=UTC)
    assert (series.occurrences.get().starts_at, series.planned_minutes) == (start, 45)
    for run in series.runs.all():
        assert (run.local_start, run.time_zone, run.starts_at, run.planned_minutes) == (
            TOMORROW,
            ZoneInfo("Europe/London"),
            start,
            45,
        )


def test_scope_this_leaves_the_others_alone(cast: Cast) -> None:
    series = plan_for(cast.squad, cast.coach)
    mine, mates = series.runs.get(athlete=cast.athlete), series.runs.get(athlete=cast.team_mate)
    change_run(run=mine, actor=cast.coach, now=NOW, changes={"kind": "easy"})
    mates.refresh_from_db()
    series.refresh_from_db()
    assert (mates.kind, series.kind) == ("intervals", "intervals")


def test_an_athlete_changes_only_their_own_run_of_a_squads(cast: Cast) -> None:
    run = plan_for(cast.squad, cast.coach).runs.get(athlete=cast.athlete)
    for scope in ("date", "following", "all"):
        with pytest.raises(PermissionDenied):
            change_run(run=run, actor=cast.athlete, now=NOW, changes={"kind": "easy"}, scope=scope)
        with pytest.raises(PermissionDenied):
            cancel_run(run=run, actor=cast.athlete, now=NOW, scope=scope)
        with pytest.raises(PermissionDenied):
            restore_run(run=run, actor=cast.athlete, now=NOW, scope=scope)
    assert errors_of(cancel_run, run=run, actor=cast.athlete, now=NOW, scope="everything").keys() == {"scope"}
    assert set(Run.objects.values_list("kind", "status")) == {("intervals", "planned")}
    cancel_run(run=run, actor=cast.athlete, now=NOW)
    assert dict(Run.objects.values_list("athlete", "status")) == {
        cast.athlete.pk: "cancelled",
        cast.team_mate.pk: "planned",
    }


def test_cancelling_and_restoring_everyones(cast: Cast) -> None:
    series = plan_for(cast.squad, cast.coach)
    run = series.runs.first()
    assert len(cancel_run(run=run, actor=cast.coach, now=NOW, scope="all")) == 2
    assert series.occurrences.get().cancelled_at == NOW
    newcomer = make_user()
    assert give_squads_runs(membership=make_membership(cast.squad, newcomer, began_at=NOW), now=NOW) == 0
    restored = restore_run(run=run, actor=cast.coach, now=NOW, scope="all")
    assert {each.athlete_id for each in restored} == {cast.athlete.pk, cast.team_mate.pk, newcomer.pk}
    assert set(series.runs.values_list("status", flat=True)) == {"planned"}
    assert series.occurrences.get().cancelled_at is None


def test_a_date_cannot_move_before_somebody_joined(cast: Cast) -> None:
    series = plan_for(cast.squad, cast.coach)
    newcomer = make_user()
    give_squads_runs(membership=make_membership(cast.squad, newcomer, began_at=NOW), now=NOW)
    changes = {"local_start": datetime(2027, 3, 14, 6, 30)}
    refused = {"run": series.runs.first(), "actor": cast.coach, "now": NOW, "changes": changes, "scope": "all"}
    assert errors_of(change_run, **refused).keys() == {"local_start"}
    assert set(series.runs.values_list("local_date", flat=True)) == {TOMORROW.date()}


def test_everyones_does_not_reach_who_left(cast: Cast) -> None:
    series = plan_for(cast.squad, cast.coach)
    membership = cast.squad.memberships.get(person=cast.athlete)
    cast.squad.memberships.filter(pk=membership.pk).update(ended_at=NOW)
    take_squads_runs(membership=membership, now=NOW)
    run = series.runs.get(athlete=cast.team_mate)
    change_run(run=run, actor=cast.coach, now=NOW, changes={"kind": "hills"}, scope="all")
    restore_run(run=run, actor=cast.coach, now=NOW, scope="all")
    assert set(series.runs.values_list("athlete", "kind", "status")) == {
        (cast.athlete.pk, "intervals", "cancelled"),
        (cast.team_mate.pk, "hills", "planned"),
    }
