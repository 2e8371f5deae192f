"""Quiet hours: plans/domain/quiet_hours.py, and what they do to reminders."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.domain.people import change_preferences
from accounts.models import User
from plans.domain import reminders
from plans.domain.local_time import instant
from plans.domain.quiet_hours import LEAST_AFTER, QuietHours
from plans.models import Reason, Reminder, Run
from tests.factories import make_assignment, make_routine, make_run, make_user

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(BERLIN, time(22), time(6))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of March 2027, by the clocks of Berlin."""
    return instant(datetime(2027, 3, day, hour, minute), BERLIN)


@pytest.mark.parametrize(
    ("due", "start", "moved"),
    [
        ((15, 21, 59), (16, 7, 0), (15, 21, 59)),
        ((15, 22, 0), (16, 7, 0), (15, 22, 0)),  # the beginning itself is not quiet
        ((15, 22, 1), (16, 7, 0), (16, 6, 0)),
        ((16, 5, 59), (16, 7, 0), (16, 6, 0)),
        ((16, 6, 0), (16, 7, 0), (16, 6, 0)),
        ((16, 5, 15), (16, 6, 15), (16, 6, 0)),  # a quarter of an hour remains
        ((16, 5, 14), (16, 6, 14), (15, 22, 0)),  # less: the evening before
        ((16, 4, 0), (16, 5, 0), (15, 22, 0)),
        ((28, 1, 30), (28, 3, 30), (27, 22, 0)),  # the night in which clocks go forward
    ],
)
def test_what_is_due_in_them_comes_at_their_end_or_before_they_begin(
    due: tuple[int, int, int], start: tuple[int, int, int], moved: tuple[int, int, int]
) -> None:
    assert NIGHT.moved(berlin(*due), starts_at=berlin(*start)) == berlin(*moved)


def test_hours_of_one_day_and_none_at_all() -> None:
    noon = QuietHours(BERLIN, time(12), time(14))
    assert noon.moved(berlin(15, 13), starts_at=berlin(15, 18)) == berlin(15, 14)
    assert QuietHours(BERLIN).moved(berlin(15, 3), starts_at=berlin(15, 18)) == berlin(15, 3)


times = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@settings(max_examples=400, deadline=None)
@given(
    zone=st.sampled_from(sorted(available_timezones())),
    begin=times,
    end=times,
    starts_at=st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 31)),
    lead=st.integers(5, 24 * 60),
)
def test_in_every_zone_nothing_comes_within_them_nor_after_the_start(
    zone: str, begin: time, end: time, starts_at: datetime, lead: int
) -> None:
    quiet = QuietHours(ZoneInfo(zone), begin, None if begin == end else end)
    start = starts_at.replace(tzinfo=UTC)
    due = start - lead * MINUTE

    moved = quiet.moved(due, starts_at=start)

    assert quiet.around(moved) is None
    assert quiet.moved(moved, starts_at=start) == moved
    assert moved < start
    if quiet.around(due) is None:
        assert moved == due
    elif moved > due:
        assert start - moved >= LEAST_AFTER
    assert abs(moved - due) < 25 * HOUR


# --- Reminders ------------------------------------------------------------------------------------------------------
@pytest.fixture
def runner(db: None) -> User:
    """Somebody in Berlin who sleeps from ten to six."""
    return make_user(time_zone=BERLIN, quiet_from=time(22), quiet_until=time(6))


def run_at(runner: User, start: datetime) -> Run:
    """A run of theirs with a warm-up, whose reminder is not derived."""
    run = make_run(runner, starts_at=start)
    make_assignment(run, make_routine(owner=runner))
    return run


def derive(run: Run, now: datetime) -> list[tuple[str, datetime]]:
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=now)
    return [(row.get_status_display(), row.due_at) for row in run.reminders.order_by("pk")]


@pytest.mark.embedded
def test_a_reminder_is_due_outside_of_them(runner: User) -> None:
    assert derive(run_at(runner, berlin(16, 6, 30)), berlin(15, 12)) == [("scheduled", berlin(16, 6))]
    assert derive(run_at(runner, berlin(17, 6, 10)), berlin(15, 12)) == [("scheduled", berlin(16, 22))]


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("now", "start", "due", "reason"),
    [
        ((15, 23, 0), (16, 6, 30), (16, 6, 0), ""),  # planned in bed: at their end
        ((15, 23, 0), (16, 6, 10), None, Reason.QUIET),  # too close to it, and the evening is over
        ((15, 23, 0), (15, 23, 30), None, Reason.QUIET),
        ((16, 5, 58), (16, 6, 2), None, Reason.TOO_LATE),
    ],
)
def test_planned_within_them(
    runner: User,
    now: tuple[int, int, int],
    start: tuple[int, int, int],
    due: tuple[int, int, int] | None,
    reason: str,
) -> None:
    run = run_at(runner, berlin(*start))
    assert derive(run, berlin(*now)) == ([("scheduled", berlin(*due))] if due else [])
    assert reminders.wish(run, berlin(*now)).reason == reason


@pytest.mark.embedded
def test_looking_again_changes_nothing_before_within_and_after_them(runner: User) -> None:
    run = run_at(runner, berlin(16, 6, 10))
    made = derive(run, berlin(15, 12))
    for now in (berlin(15, 21), berlin(15, 22), berlin(15, 23), berlin(16, 6, 1)):
        assert derive(run, now) == made  # what waits for a mail server that is down may still make it


@pytest.mark.embedded
def test_changing_them_moves_what_is_scheduled(runner: User) -> None:
    run = run_at(runner, berlin(16, 6, 30))
    derive(run, berlin(15, 12))
    change_preferences(user=runner, changes={"quiet_from": None, "quiet_until": None}, now=berlin(15, 13))
    assert [row.due_at for row in run.reminders.filter(status=Reminder.Status.SCHEDULED)] == [berlin(16, 5, 30)]
    # It is quiet already, until right before the run: nothing is left to do but to leave it.
    change_preferences(user=runner, changes={"quiet_from": time(12), "quiet_until": time(6, 20)}, now=berlin(15, 14))
    assert not run.reminders.filter(status=Reminder.Status.SCHEDULED).exists()
    assert {row.reason for row in run.reminders.filter(due_at=berlin(16, 5, 30))} == {Reason.QUIET}


@pytest.mark.embedded
def test_moving_to_another_zone_takes_them_along(runner: User) -> None:
    run = run_at(runner, berlin(16, 6, 30))
    derive(run, berlin(15, 12))
    change_preferences(user=runner, changes={"time_zone": "America/New_York"}, now=berlin(15, 13))
    # Half past five in Berlin is half past midnight there: quiet until after the run, so at its beginning.
    assert [row.due_at for row in run.reminders.filter(status=Reminder.Status.SCHEDULED)] == [berlin(16, 3)]


@pytest.mark.embedded
def test_pages_say_which_they_are_and_why_there_is_no_reminder(runner: User, browser_of: Any) -> None:
    browser = browser_of(runner)
    page = browser.get("/settings/reminders/").content.decode()
    assert 'value="22:00"' in page
    assert 'value="06:00"' in page

    now = timezone.now()
    clock = [(now + hours * HOUR).astimezone(BERLIN).time().replace(second=0, microsecond=0) for hours in (-1, 7)]
    User.objects.update(quiet_from=clock[0], quiet_until=clock[1])
    run = run_at(User.objects.get(), now + 8 * MINUTE)
    derive(run, now)
    page = browser.get(run.get_absolute_url()).content.decode()
    assert "No reminder: it would come in your quiet hours." in page


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"quiet_from": "22:00", "quiet_until": ""}, "Give both hours, or neither."),
        ({"quiet_from": "", "quiet_until": "06:00"}, "Give both hours, or neither."),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "They would never end."),
        ({"quiet_from": "late", "quiet_until": "06:00"}, "Enter a valid time."),
    ],
)
def test_half_a_pair_is_refused_in_words(db: None, browser_of: Any, typed: dict[str, str], says: str) -> None:
    person = make_user()
    answer = browser_of(person).post("/settings/reminders/", {"email_reminders": "on"} | typed)
    person.refresh_from_db()
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert (person.quiet_from, person.quiet_until) == (None, None)


@pytest.mark.embedded
def test_the_api_takes_and_gives_them(db: None, api_of: Any) -> None:
    person = make_user()
    answer = api_of(person).patch("/api/v1/me/", {"quiet_from": "22:00", "quiet_until": "06:30"})
    assert (answer.status_code, answer.json()["quiet_from"], answer.json()["quiet_until"]) == (200, "22:00", "06:30")
    refused = api_of(person).patch("/api/v1/me/", {"quiet_from": None}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "quiet_from"


def test_the_database_refuses_half_a_pair(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(quiet_from=time(22))
