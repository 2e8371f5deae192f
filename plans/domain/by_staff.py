"""What staff may do with a reminder that went wrong: send it again, or take it back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.domain.audit import record
from accounts.models import User
from plans.domain.digests import why_no_digest
from plans.domain.given import with_warm_up
from plans.domain.reminders import why_not
from plans.models import Reason, Reminder, Run

Status = Reminder.Status


@dataclass
class Handled:
    """The rows for which it was done, those that may leave all the same, and those for which it could not be done."""

    done: list[Reminder] = field(default_factory=list)
    leaving: list[Reminder] = field(default_factory=list)
    refused: list[tuple[Reminder, str]] = field(default_factory=list)  # with a word of Reason, or a state's name


@transaction.atomic
def send_again(*, keys: Collection[int], actor: User, now: datetime) -> Handled:
    """Let these reminders (primary keys) be sent at once: failed ones, those taken back, and those that wait.

    Only superusers may. Not one whose run has begun or calls for none any more, nor one that was sent. Raises
    PermissionDenied.
    """
    handled = Handled()
    for row, run in _locked(keys, actor):
        again = row.status == Status.CANCELLED and row.reason == Reason.WITHDRAWN
        if not (again or row.status in (Status.SCHEDULED, Status.FAILED)):
            handled.refused.append((row, row.get_status_display()))
            continue
        asked = why_no_digest if row.kind == Reminder.Kind.EVENING_BEFORE else why_not
        word = Reason.MOVED if row.starts_at != run.starts_at else asked(run, now)
        others = Reminder.objects.filter(run=row.run_id, kind=row.kind, channel=row.channel, status=Status.SCHEDULED)
        if not word and others.exclude(pk=row.pk).exists():
            word = Reason.MOVED
        if word:
            handled.refused.append((row, str(Reason(word).label)))
            continue
        _change(row, actor, now, "reminder.send-again", status=Status.SCHEDULED, next_at=now, attempts=0, reason="")
        handled.done.append(row)
    return handled


@transaction.atomic
def withdraw(*, keys: Collection[int], actor: User, now: datetime) -> Handled:
    """Take these reminders (primary keys) back: they are not sent, and no look at their runs brings them again.

    Only superusers may. One that is on the wire may arrive, but is not tried again. Raises PermissionDenied.
    """
    handled = Handled()
    for row, _run in _locked(keys, actor):
        if row.status == Status.SCHEDULED:
            _change(row, actor, now, "reminder.withdraw", status=Status.CANCELLED, reason=Reason.WITHDRAWN)
            handled.done.append(row)
        elif row.status == Status.CLAIMED:
            _change(row, actor, now, "reminder.withdraw", cancel_requested=True, reason=Reason.WITHDRAWN)
            handled.leaving.append(row)
        else:
            handled.refused.append((row, row.get_status_display()))
    return handled


def _locked(keys: Collection[int], actor: User) -> list[tuple[Reminder, Run]]:
    """The rows in one order, locked, each with its run of with_warm_up."""
    if not (actor.is_active and actor.is_superuser):
        raise PermissionDenied
    found = list(Reminder.objects.filter(pk__in=keys).order_by("pk").select_for_update())
    runs = with_warm_up(Run.objects.all()).in_bulk([row.run_id for row in found])
    return [(row, runs[row.run_id]) for row in found]


def _change(row: Reminder, actor: User, now: datetime, action: str, **changes: object) -> None:
    before = {"status": row.get_status_display(), "reason": row.reason}
    for name, value in ({"lost_leases": 0} | changes).items():
        setattr(row, name, value)
    row.save(update_fields=["lost_leases", *changes])
    after = {"status": row.get_status_display(), "reason": row.reason}
    record(actor=actor, action=action, target=row, now=now, before=before, after=after)
