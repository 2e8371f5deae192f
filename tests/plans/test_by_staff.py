"""What staff do with a reminder that went wrong: plans/domain/by_staff.py and the admin's list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from plans.delivery import claims
from plans.domain import by_staff, reminders
from plans.models import Reminder
from tests.conftest import Cast
from tests.factories import make_assignment, make_routine, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

HOUR = timedelta(hours=1)
LIST = reverse("admin:plans_reminder_changelist")


def waiting() -> Reminder:
    """A reminder that is due in an hour, by the real clock, which the admin reads."""
    now = timezone.now()
    run = make_run(make_user(), starts_at=now + 2 * HOUR)
    make_assignment(run, make_routine())
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=now)
    return run.reminders.get()


def put(row: Reminder, **fields: object) -> None:
    Reminder.objects.filter(pk=row.pk).update(**fields)


def state(row: Reminder) -> tuple[str, str]:
    row.refresh_from_db()
    return row.get_status_display(), row.reason


def test_what_failed_is_sent_again_at_once(cast: Cast):
    row, now = waiting(), timezone.now()
    put(row, status=Reminder.Status.FAILED, reason="address: 550 no such user", attempts=3, lost_leases=2)
    handled = by_staff.send_again(keys=[row.pk], actor=cast.superuser, now=now)
    assert (handled.done, handled.refused, state(row)) == ([row], [], ("scheduled", ""))
    assert (row.next_at, row.attempts, row.lost_leases) == (now, 0, 0)
    assert len(claims.claim(token=1, now=now, limit=5)) == 1
    entry = AuditEntry.objects.get(action="reminder.send-again")
    assert (entry.actor, entry.before["status"], entry.after["status"]) == (cast.superuser, "failed", "scheduled")


@pytest.mark.parametrize("status", [Reminder.Status.SENT, Reminder.Status.EXPIRED, Reminder.Status.CLAIMED])
def test_what_was_sent_is_late_or_on_its_way_is_not_sent_again(status, cast: Cast):
    row = waiting()
    put(row, status=status)
    handled = by_staff.send_again(keys=[row.pk], actor=cast.superuser, now=timezone.now())
    assert (handled.done, [why for _row, why in handled.refused]) == ([], [status.label])
    assert Reminder.objects.get().status == status


def test_what_its_run_calls_for_no_more_is_not_sent_again(cast: Cast):
    row = waiting()
    put(row, status=Reminder.Status.FAILED, reason="refused: 554 no")
    row.run.status = "cancelled"
    row.run.save(update_fields=["status"])
    handled = by_staff.send_again(keys=[row.pk], actor=cast.superuser, now=timezone.now())
    assert [why for _row, why in handled.refused] == ["the run was cancelled"]
    assert state(row) == ("failed", "refused: 554 no")


def test_what_is_taken_back_stays_so_whoever_looks_at_the_run_again(cast: Cast):
    row = waiting()
    handled = by_staff.withdraw(keys=[row.pk], actor=cast.superuser, now=timezone.now())
    assert (handled.done, state(row)) == ([row], ("cancelled", "withdrawn"))
    swept = reminders.sweep(now=timezone.now())
    assert (swept.changed, state(row), Reminder.objects.count()) == (0, ("cancelled", "withdrawn"), 1)
    by_staff.send_again(keys=[row.pk], actor=cast.superuser, now=timezone.now())
    assert state(row) == ("scheduled", "")


def test_what_is_on_the_wire_may_arrive_and_is_not_tried_again(cast: Cast):
    row = waiting()
    now = row.due_at
    claims.claim(token=5, now=now, limit=1)
    assert by_staff.withdraw(keys=[row.pk], actor=cast.superuser, now=now).leaving == [row]
    row.refresh_from_db()
    claims.release(row, token=5, next_at=now)
    assert state(row) == ("cancelled", "withdrawn")


@pytest.mark.parametrize("who", ["coach", "curator", "athlete"])
def test_nobody_else_may(who, cast: Cast, browser_of):
    row, person = waiting(), getattr(cast, who)
    for deed in (by_staff.send_again, by_staff.withdraw):
        with pytest.raises(PermissionDenied):
            deed(keys=[row.pk], actor=person, now=timezone.now())
    answer = browser_of(person).post(LIST, {"action": "withdraw", "_selected_action": [row.pk]})
    assert (answer.status_code in (302, 403, 404), state(row)) == (True, ("scheduled", ""))


def test_the_list_does_both_and_says_what_came_of_it(cast: Cast, browser_of):
    first, second = waiting(), waiting()
    put(second, status=Reminder.Status.SENT)
    browser = browser_of(cast.superuser)
    chosen = [first.pk, second.pk]
    page = browser.post(LIST, {"action": "withdraw", "_selected_action": chosen}, follow=True).content.decode()
    assert "1 reminder is taken back." in page
    assert f"Reminder {second.key} can&#x27;t: sent." in page
    page = browser.post(LIST, {"action": "send_again", "_selected_action": chosen}, follow=True).content.decode()
    assert "1 reminder goes out now." in page
    assert state(first) == ("scheduled", "")
