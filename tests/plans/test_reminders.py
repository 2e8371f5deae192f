"""Which reminders runs call for: plans/domain/reminders.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from plans.domain import reminders
from plans.domain.given import with_warm_up
from plans.domain.local_time import instant
from plans.models import Reason, Reminder, Run
from tests.factories import NOW, make_assignment, make_routine, make_run, make_squad, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Status = Reminder.Status


def derive(*runs: Run, now: datetime = NOW) -> reminders.Derived:
    return reminders.derive(run_ids=[run.pk for run in runs], now=now)


def run_with_warm_up(athlete: User | None = None, **fields) -> Run:
    """A run with a routine given by hand, six hours after NOW unless said otherwise; its reminder is not derived."""
    run = make_run(athlete or make_user(), **fields)
    make_assignment(run, make_routine(owner=run.athlete))
    return run


def change(run: Run, **fields) -> None:
    Run.objects.filter(pk=run.pk).update(**fields)
    run.refresh_from_db()


def rows_of(run: Run) -> list[tuple[str, timedelta, str]]:
    """Each row's state, how long before the run's present start it is due, and the reason; oldest first."""
    return [
        (row.get_status_display(), run.starts_at - row.due_at, row.reason)
        for row in run.reminders.order_by("pk").select_related("run")
    ]


# --- What calls for one ---------------------------------------------------------------------------------------------
def test_a_run_with_a_warm_up_has_one_an_hour_before():
    run = run_with_warm_up()
    derive(run)
    [row] = run.reminders.all()
    assert (row.status, row.due_at, row.next_at, row.starts_at) == (
        Status.SCHEDULED,
        run.starts_at - HOUR,
        run.starts_at - HOUR,
        run.starts_at,
    )


@pytest.mark.parametrize(
    ("athletes", "squads", "in_squad", "minutes"),
    [(None, None, True, 60), (None, 90, True, 90), (30, 90, True, 30), (30, None, True, 30), (None, 90, False, 60)],
)
def test_the_athletes_lead_time_counts_then_the_squads(athletes, squads, in_squad, minutes):
    athlete = make_user(reminder_lead_minutes=athletes)
    squad = make_squad(athletes=(athlete,), reminder_lead_minutes=squads)
    run = run_with_warm_up(athlete, squad=squad if in_squad else None)
    derive(run)
    assert rows_of(run) == [("scheduled", minutes * MINUTE, "")]


def test_the_squads_default_routine_calls_for_one():
    squad = make_squad(default_routine=make_routine())
    with_default = make_run(make_user(), squad=squad)
    without = make_run(make_user(), squad=make_squad())
    derive(with_default, without)
    assert (rows_of(with_default), rows_of(without)) == ([("scheduled", HOUR, "")], [])


@pytest.mark.parametrize(
    ("athlete", "run", "reason"),
    [
        ({"email_reminders": False}, {}, Reason.OPTED_OUT),
        ({"is_active": False}, {}, Reason.INACTIVE),
        ({}, {"status": "cancelled"}, Reason.RUN_CANCELLED),
        ({}, {"starts_at": NOW}, Reason.BEGUN),
        ({}, {"starts_at": NOW + 5 * MINUTE - timedelta(microseconds=1)}, Reason.TOO_LATE),
    ],
)
def test_none_is_made_and_the_reason_is_known(athlete, run, reason):
    made = run_with_warm_up(make_user(**athlete), **run)
    derive(made)
    assert rows_of(made) == []
    assert reminders.wish(with_warm_up(Run.objects.all()).get(pk=made.pk), NOW) == reminders.Wish(None, reason)


def test_a_run_without_a_warm_up_has_none():
    run = make_run(make_user())
    derive(run)
    assert rows_of(run) == []
    assert reminders.wish(run, NOW).reason == Reason.NO_WARM_UP


@pytest.mark.parametrize(("before", "due_before"), [(60, 60), (61, 60), (59, 59), (5, 5)])
def test_inside_the_lead_time_it_is_due_at_once(before, due_before):
    run = run_with_warm_up(starts_at=NOW + before * MINUTE)
    derive(run)
    assert rows_of(run) == [("scheduled", due_before * MINUTE, "")]


def test_rows_are_made_for_fourteen_days_and_the_sweep_brings_the_next():
    near, far = run_with_warm_up(starts_at=NOW + 14 * DAY), run_with_warm_up(starts_at=NOW + 14 * DAY + MINUTE)
    derive(near, far)
    assert (len(rows_of(near)), len(rows_of(far))) == (1, 0)
    assert reminders.sweep(now=NOW + MINUTE) == reminders.Swept(changed=1, drift=0)
    assert rows_of(far) == [("scheduled", HOUR, "")]


# --- From wall time to instant --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "wall", "start", "due"),
    [
        ("Europe/Brussels", "2027-03-28 02:30", "2027-03-28 01:30", "2027-03-28 00:30"),
        ("Europe/Brussels", "2027-10-31 02:30", "2027-10-31 00:30", "2027-10-30 23:30"),
        ("America/New_York", "2027-03-14 02:30", "2027-03-14 07:30", "2027-03-14 06:30"),
        ("Australia/Lord_Howe", "2027-10-03 02:15", "2027-10-02 15:45", "2027-10-02 14:45"),
        ("America/Santiago", "2027-09-05 00:00", "2027-09-05 04:00", "2027-09-05 03:00"),
        ("Pacific/Apia", "2011-12-30 06:30", "2011-12-30 16:30", "2011-12-30 15:30"),
    ],
)
def test_the_lead_time_is_counted_in_real_minutes_across_clock_changes(zone, wall, start, due):
    starts_at = instant(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert starts_at == datetime.fromisoformat(f"{start}+00:00")
    run = run_with_warm_up(starts_at=starts_at, time_zone=ZoneInfo(zone))
    derive(run, now=starts_at - 10 * DAY)
    assert [row.due_at for row in run.reminders.all()] == [datetime.fromisoformat(f"{due}+00:00")]


# --- What changes then ----------------------------------------------------------------------------------------------
@pytest.fixture
def run() -> Run:
    """A run six hours after NOW, with its reminder."""
    run = run_with_warm_up()
    derive(run)
    return run


def set_row(run: Run, **fields) -> Reminder:
    """Bring the run's one row into a state that the sender makes."""
    run.reminders.update(**fields)
    return run.reminders.get()


def test_a_moved_run_takes_its_reminder_along(run):
    change(run, starts_at=run.starts_at + 2 * HOUR)
    assert derive(run).leaving == frozenset()
    assert rows_of(run) == [("cancelled", 3 * HOUR, "moved"), ("scheduled", HOUR, "")]


def test_moved_there_and_back_is_one_reminder(run):
    first = run.reminders.get()
    for hours in (2, -2):
        change(run, starts_at=run.starts_at + hours * HOUR)
        derive(run)
    assert [(row.pk, row.key) for row in run.reminders.filter(status=Status.SCHEDULED)] == [(first.pk, first.key)]
    assert rows_of(run) == [("scheduled", HOUR, ""), ("cancelled", -HOUR, "moved")]


def test_a_cancelled_run_has_none_and_a_restored_one_has_it_again(run):
    change(run, status="cancelled")
    derive(run)
    assert rows_of(run) == [("cancelled", HOUR, "run-cancelled")]
    change(run, status="planned")
    derive(run)
    assert rows_of(run) == [("scheduled", HOUR, "")]


def test_a_withdrawn_routine_takes_the_reminder_away(run):
    run.assignment.delete()
    derive(run)
    assert rows_of(run) == [("cancelled", HOUR, "no-warm-up")]


def test_who_opts_out_gets_none_and_who_opts_in_again_does(run):
    for wanted in (False, True):
        run.athlete.email_reminders = wanted
        run.athlete.save()
        reminders.preferences_changed(run.athlete, {"email_reminders"}, NOW)
        assert rows_of(run) == ([("scheduled", HOUR, "")] if wanted else [("cancelled", HOUR, "opted-out")])


def test_another_lead_time_moves_the_reminder(run):
    run.athlete.reminder_lead_minutes = 30
    run.athlete.save()
    reminders.preferences_changed(run.athlete, {"name"}, NOW)
    assert rows_of(run) == [("scheduled", HOUR, "")]
    reminders.preferences_changed(run.athlete, {"name", "reminder_lead_minutes"}, NOW)
    assert rows_of(run) == [("cancelled", HOUR, "lead-changed"), ("scheduled", 30 * MINUTE, "")]


def test_a_lead_time_that_has_passed_already_means_at_once(run):
    run.athlete.reminder_lead_minutes = 7 * 60
    run.athlete.save()
    reminders.preferences_changed(run.athlete, {"reminder_lead_minutes"}, NOW)
    assert rows_of(run) == [("cancelled", HOUR, "lead-changed"), ("scheduled", 6 * HOUR, "")]
    derive(run, now=NOW + MINUTE)
    assert rows_of(run)[1:] == [("scheduled", 6 * HOUR, "")]


def test_nothing_is_made_twice_when_nothing_changed(run):
    for minutes in (0, 1, 299, 300, 301, 340, 356, 359, 361):
        assert derive(run, now=NOW + minutes * MINUTE).changed == frozenset()
    assert rows_of(run) == [("scheduled", HOUR, "")]


def test_one_sent_is_never_followed_by_another_for_the_same_start(run):
    set_row(run, status=Status.SENT, sent_at=NOW)
    run.athlete.reminder_lead_minutes = 30
    run.athlete.save()
    derive(run)
    assert rows_of(run) == [("sent", HOUR, "")]


def test_a_run_moved_after_its_reminder_went_out_gets_one_for_the_new_time_only(run):
    set_row(run, status=Status.SENT, sent_at=NOW)
    change(run, starts_at=run.starts_at + DAY)
    derive(run)
    assert rows_of(run) == [("sent", DAY + HOUR, ""), ("scheduled", HOUR, "")]
    change(run, starts_at=run.starts_at - DAY)
    derive(run)
    assert rows_of(run) == [("sent", HOUR, ""), ("cancelled", HOUR - DAY, "moved")]


def test_a_run_cancelled_while_its_reminder_is_on_the_wire_says_so(run):
    row = set_row(run, status=Status.CLAIMED, claim_token=7)
    change(run, status="cancelled")
    assert derive(run).leaving == {run.pk}
    assert derive(run).leaving == {run.pk}
    row.refresh_from_db()
    assert (row.status, row.cancel_requested, row.claim_token, row.reason) == (Status.CLAIMED, True, 7, "run-cancelled")


def test_a_cancellation_taken_back_in_time_leaves_the_message_on_the_wire_be(run):
    row = set_row(run, status=Status.CLAIMED, claim_token=7)
    for status in ("cancelled", "planned"):
        change(run, status=status)
        derived = derive(run)
    row.refresh_from_db()
    assert (derived.leaving, row.cancel_requested, row.reason) == (frozenset(), False, "")
    assert run.reminders.count() == 1


def test_a_new_lead_time_makes_no_second_one_beside_the_one_on_the_wire(run):
    row = set_row(run, status=Status.CLAIMED, claim_token=7)
    run.athlete.reminder_lead_minutes = 30
    run.athlete.save()
    assert derive(run).leaving == frozenset()
    assert [found.pk for found in run.reminders.all()] == [row.pk]


@pytest.mark.parametrize("status", [Status.CLAIMED, Status.SENT])
def test_moved_at_the_very_instant_at_which_the_old_one_fell_due(run, status):
    old = set_row(run, status=status)
    change(run, starts_at=run.starts_at - 27 * MINUTE)
    assert derive(run, now=old.due_at).leaving == ({run.pk} if status == Status.CLAIMED else frozenset())
    new = run.reminders.get(status=Status.SCHEDULED)
    assert (new.starts_at, new.due_at - old.due_at) == (run.starts_at, timedelta(microseconds=1))
    assert new.key != old.key
    assert derive(run, now=old.due_at).changed == derive(run, now=old.due_at + MINUTE).changed == frozenset()


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED])
def test_what_failed_is_not_made_anew_inside_the_lead_time(run, status):
    set_row(run, status=status)
    assert derive(run, now=run.starts_at - 30 * MINUTE).changed == frozenset()


# --- Many at once ---------------------------------------------------------------------------------------------------
def test_a_squads_move_costs_what_one_runs_move_costs():
    def statements(count: int) -> int:
        runs = [run_with_warm_up() for _ in range(count)]
        derive(*runs)
        for run in runs:
            change(run, starts_at=run.starts_at + HOUR)
        with CaptureQueriesContext(connection) as queries:
            derive(*runs)
        assert [rows_of(run)[-1] for run in runs] == [("scheduled", HOUR, "")] * count
        return len(queries)

    assert statements(3) == statements(1)


def test_the_sweep_mends_what_a_write_path_forgot_and_counts_it():
    forgotten, moved, right = run_with_warm_up(), run_with_warm_up(), run_with_warm_up()
    derive(moved, right)
    change(moved, starts_at=moved.starts_at + HOUR)
    assert reminders.sweep(now=NOW) == reminders.Swept(changed=2, drift=2)
    assert rows_of(forgotten) == [("scheduled", HOUR, "")]
    assert rows_of(moved)[-1] == ("scheduled", HOUR, "")
    assert reminders.sweep(now=NOW) == reminders.Swept(changed=0, drift=0)


def test_the_sweep_goes_through_all_some_at_a_time(monkeypatch):
    monkeypatch.setattr(reminders, "SWEEP_AT_ONCE", 2)
    runs = [run_with_warm_up() for _ in range(5)]
    assert reminders.sweep(now=NOW) == reminders.Swept(changed=5, drift=5)
    assert [rows_of(run) for run in runs] == [[("scheduled", HOUR, "")]] * 5


def test_the_sweep_drops_what_is_waiting_for_a_cancelled_run(run):
    change(run, status="cancelled")
    assert reminders.sweep(now=NOW) == reminders.Swept(changed=1, drift=1)
    assert rows_of(run) == [("cancelled", HOUR, "run-cancelled")]


# --- Whatever happens -----------------------------------------------------------------------------------------------
MINUTES = st.integers(min_value=-90, max_value=90)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(min_value=0, max_value=120)),
        st.tuples(st.just("move"), MINUTES),
        st.tuples(st.just("move back"), st.none()),
        st.tuples(st.just("cancel"), st.booleans()),
        st.tuples(st.just("lead"), st.sampled_from([None, 5, 30, 120])),
        st.tuples(st.just("opt"), st.booleans()),
        st.tuples(st.just("routine"), st.booleans()),
        st.tuples(st.just("claim"), st.none()),
        st.tuples(st.just("answer"), st.sampled_from([Status.SENT, Status.SCHEDULED, Status.FAILED])),
    ),
    max_size=12,
)


def happen(run: Run, now: datetime, event: str, value) -> None:
    """Do to a run, or to its rows in the sender's place, what an event says."""
    rows = run.reminders
    if event == "move":
        change(run, starts_at=run.starts_at + value * MINUTE)
    elif event == "move back":
        change(run, starts_at=NOW + 6 * HOUR)
    elif event == "cancel":
        change(run, status="cancelled" if value else "planned")
    elif event == "lead":
        User.objects.filter(pk=run.athlete_id).update(reminder_lead_minutes=value)
    elif event == "opt":
        User.objects.filter(pk=run.athlete_id).update(email_reminders=value)
    elif event == "routine":
        run.squad.default_routine = make_routine() if value else None
        run.squad.save()
    elif event == "claim":
        rows.filter(status=Status.SCHEDULED, next_at__lte=now, starts_at__gt=now).update(status=Status.CLAIMED)
    elif event == "answer":
        for row in rows.filter(status=Status.CLAIMED):
            gone = row.cancel_requested and value == Status.SCHEDULED
            row.status, row.cancel_requested = (Status.CANCELLED if gone else value), False
            row.save()


@given(EVENTS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_run_has_the_rows_that_it_calls_for(db, events):
    run, now = make_run(make_user(), squad=make_squad(default_routine=make_routine(steps=1))), NOW + 4 * HOUR
    derive(run, now=now)
    for event, value in events:
        if event == "wait":
            now += value * MINUTE
        before = set(run.reminders.filter(status=Status.SENT).values_list("pk", flat=True))
        happen(run, now, event, value)
        derive(run, now=now)
        assert derive(run, now=now).changed == frozenset()

        fresh = with_warm_up(Run.objects.all()).get(pk=run.pk)
        wanted = reminders.wish(fresh, now)
        rows = list(run.reminders.all())
        present = [row for row in rows if row.starts_at == fresh.starts_at]
        scheduled = [row for row in rows if row.status == Status.SCHEDULED]
        assert before <= {row.pk for row in rows if row.status == Status.SENT}
        assert len([row for row in present if row.status == Status.SENT]) <= 1
        assert all(row in present for row in scheduled)
        if wanted.due_at is not None:
            assert [row for row in present if row.status != Status.CANCELLED]
        elif wanted.reason not in (Reason.BEGUN, Reason.TOO_LATE):
            assert scheduled == []
        assert all(row.cancel_requested for row in rows if row.status == Status.CLAIMED and row not in present)
        on_the_wire = [row for row in rows if row.status == Status.CLAIMED and not row.cancel_requested]
        assert len(scheduled) + len(on_the_wire) <= 1
