"""`manage.py reminders`: what the person on call reads."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from plans.delivery import heartbeat
from plans.delivery.queue import queue_state
from plans.models import Reminder
from tests.factories import make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

Status = Reminder.Status


def make_row(status: Status, *, minutes: float, **fields: object) -> Reminder:
    """A row of a run of its own, due so many minutes from now (before it: negative)."""
    now = timezone.now()
    due = now + timedelta(minutes=minutes)
    values = {"starts_at": now + timedelta(hours=3), "next_at": due, "attempts": 0} | fields
    run = make_run(make_user(), starts_at=values["starts_at"])
    return Reminder.objects.create(key=uuid4(), run=run, kind=1, channel=1, due_at=due, status=status, **values)


def printed() -> str:
    out = StringIO()
    call_command("reminders", stdout=out)
    return out.getvalue()


def test_an_empty_outbox_is_told_calmly() -> None:
    text = printed()
    assert "a sender was last at work: never" in text
    assert "scheduled                  0\n" in text
    assert "sent                     0" in text


def test_it_tells_what_waits_what_goes_and_how_the_rest_ended() -> None:
    heartbeat.beat()
    make_row(Status.SCHEDULED, minutes=90)
    make_row(Status.SCHEDULED, minutes=-5)
    make_row(Status.SCHEDULED, minutes=-9, attempts=2, next_at=timezone.now() + timedelta(minutes=1))
    make_row(Status.CLAIMED, minutes=-1, lease_until=timezone.now() + timedelta(minutes=1))
    make_row(Status.SENT, minutes=-30)
    make_row(Status.SENT, minutes=-60 * 25)  # the day before
    make_row(Status.FAILED, minutes=-40, reason="address: 550 5.1.1 no such user")
    make_row(Status.FAILED, minutes=-41, reason="address: 550 5.1.1 mailbox gone")
    make_row(Status.FAILED, minutes=-42, reason="poison")
    make_row(Status.EXPIRED, minutes=-50, reason="451 4.3.0 later")
    make_row(Status.CANCELLED, minutes=-50, reason="moved")

    text = " ".join(printed().split())

    assert "scheduled 3 next one at" in text
    assert "due now 1 the oldest for 5 min" in text
    assert "to be retried 1" in text
    assert "being sent 1 first lease until" in text
    assert "sent 1 failed 3 address 2, poison 1" in text
    assert "expired 1 the mail server's last answer 1" in text
    assert "cancelled 1 moved 1" in text
    assert "550" not in text


def test_it_costs_the_same_however_long_the_outbox_is(django_assert_num_queries) -> None:
    for number in range(4):
        make_row(Status.SCHEDULED, minutes=number)
        make_row(Status.FAILED, minutes=-1 - number, reason=f"refused: 55{number}")
    with django_assert_num_queries(4):
        queue_state(timezone.now())


def test_a_cache_that_is_down_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> float:
        raise ConnectionError

    monkeypatch.setattr(heartbeat, "age", broken)
    assert "unknown, the cache does not answer (ConnectionError)" in printed()
