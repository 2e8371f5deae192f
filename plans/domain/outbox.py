"""The rows of the outbox as deriving changes them: gathered over many runs, written in a few statements."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from plans.domain.given import away_on, given
from plans.models import Reason, Reminder, Run
from plans.querysets import ReminderQuerySet

NAMESPACE = uuid.UUID("0b3b4a52-6f0e-5a3f-9d6c-6f2d1c9a7e11")

SCHEDULED, CLAIMED = Reminder.Status.SCHEDULED, Reminder.Status.CLAIMED
LIVE = (SCHEDULED, CLAIMED)


@dataclass(frozen=True)
class Derived:
    """What `derive` did: the runs whose message may be on the wire right now, and those whose rows it changed."""

    leaving: frozenset[int]
    changed: frozenset[int]


def why_none(run: Run, now: datetime, *, wants: bool) -> str:
    """The reason why `run` (of with_warm_up) calls for no mail at `now`, "" if it does; `wants`: mails of that kind."""
    if run.status != Run.Status.PLANNED:
        return Reason.RUN_CANCELLED
    if not run.athlete.is_active:
        return Reason.INACTIVE
    if not wants:
        return Reason.OPTED_OUT
    if run.athlete.address_refused:
        return Reason.SUPPRESSED
    if away_on(run):
        return Reason.AWAY
    if given(run) is None:
        return Reason.NO_WARM_UP
    return Reason.BEGUN if run.starts_at <= now else ""


def reminder_key(run_id: int, due_at: datetime, kind: int, channel: int) -> uuid.UUID:
    """The key of a reminder, the same whenever it is derived again; it is the mail's Message-ID."""
    return uuid.uuid5(NAMESPACE, f"{run_id}|{kind}|{channel}|{due_at.timestamp():.6f}")


@dataclass
class Changes:
    """What has to change in the outbox, gathered over many runs so that each kind of change is one statement."""

    drop: dict[str, list[Reminder]] = field(default_factory=lambda: defaultdict(list))  # by reason
    keep: list[Reminder] = field(default_factory=list)  # on the wire and wanted again
    revive: list[Reminder] = field(default_factory=list)
    make: list[Reminder] = field(default_factory=list)
    leaving: set[int] = field(default_factory=set)  # runs


def new_row(run: Run, due_at: datetime, kind: Reminder.Kind) -> Reminder:
    """A row by mail, not saved, due at that instant."""
    channel = Reminder.Channel.EMAIL
    return Reminder(
        key=reminder_key(run.pk, due_at, kind, channel),
        run=run,
        kind=kind,
        channel=channel,
        due_at=due_at,
        next_at=due_at,
        starts_at=run.starts_at,
    )


def carry_out(changes: Changes) -> Derived:
    """Write the changes; dropping comes first, since a run has one scheduled row at most."""
    for reason, rows in changes.drop.items():
        # The rows are locked, so one that was on the wire a moment ago still is.
        _rows(rows).filter(status=SCHEDULED).update(status=Reminder.Status.CANCELLED, reason=reason)
        _rows(rows).filter(status=CLAIMED).update(cancel_requested=True, reason=reason)
    if changes.keep:
        _rows(changes.keep).filter(status=CLAIMED).update(cancel_requested=False, reason="")
    if changes.revive:
        start = Run.objects.filter(pk=OuterRef("run_id")).values("starts_at")
        _rows(changes.revive).update(
            status=SCHEDULED,
            starts_at=Subquery(start[:1]),
            next_at=F("due_at"),
            attempts=0,
            lost_leases=0,
            claim_token=None,
            lease_until=None,
            cancel_requested=False,
            last_code=None,
            reason="",
        )
    if changes.make:
        Reminder.objects.bulk_create(changes.make, ignore_conflicts=True)
    dropped = [row for rows in changes.drop.values() for row in rows]
    changed = [*dropped, *changes.keep, *changes.revive, *changes.make]
    return Derived(frozenset(changes.leaving), frozenset(row.run_id for row in changed))


def _rows(rows: Iterable[Reminder]) -> ReminderQuerySet:
    return Reminder.objects.filter(pk__in=[row.pk for row in rows])
