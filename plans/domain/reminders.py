"""Which reminders runs call for, and that the outbox holds exactly those.

A reminder's row is written in the transaction that changes the run, the assignment or the preference, by `derive`; the
sweep compares and mends. Sending is plans/delivery/'s.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When

from accounts.models import User
from plans.domain.given import given, with_warm_up
from plans.models import Reason, Reminder, Run

HORIZON = timedelta(days=14)  # rows are made this far ahead; the sweep brings the days to come
LEAST_NOTICE = timedelta(minutes=5)  # a run that calls for a reminder later than this before its start gets none
NAMESPACE = uuid.UUID("0b3b4a52-6f0e-5a3f-9d6c-6f2d1c9a7e11")

SCHEDULED, CLAIMED = Reminder.Status.SCHEDULED, Reminder.Status.CLAIMED
LIVE = (SCHEDULED, CLAIMED)
OVER = (Reminder.Status.SENT, Reminder.Status.FAILED, Reminder.Status.EXPIRED)


@dataclass(frozen=True)
class Wish:
    """When a run's reminder is due; or None and the reason why there is to be none."""

    due_at: datetime | None
    reason: str = ""


@dataclass(frozen=True)
class Derived:
    """What `derive` did: the runs whose message may be on the wire right now, and those whose rows it changed."""

    leaving: frozenset[int]
    changed: frozenset[int]


# --- Values ---------------------------------------------------------------------------------------------------------
def lead_of(run: Run) -> timedelta:
    """How long before `run` its athlete is reminded: the athlete's choice, else the squad's, else the setting."""
    minutes = run.athlete.reminder_lead_minutes
    if minutes is None and run.squad is not None:
        minutes = run.squad.reminder_lead_minutes
    return timedelta(minutes=settings.REMINDER_LEAD_MINUTES if minutes is None else minutes)


def why_not(run: Run, now: datetime) -> str:
    """The reason why `run` (with WARM_UP_RELATIONS) calls for no reminder at `now`, "" if it does call for one."""
    if run.status != Run.Status.PLANNED:
        return Reason.RUN_CANCELLED
    if not run.athlete.is_active:
        return Reason.INACTIVE
    if not run.athlete.email_reminders:
        return Reason.OPTED_OUT
    if given(run) is None:
        return Reason.NO_WARM_UP
    return Reason.BEGUN if run.starts_at <= now else ""


def wish(run: Run, now: datetime) -> Wish:
    """When the reminder of `run` (with WARM_UP_RELATIONS) would be due if it had none yet.

    Instants are subtracted in UTC, never wall times. Inside the lead time it is due at once if enough time remains.
    """
    reason = why_not(run, now)
    if reason:
        return Wish(None, reason)
    due_at = run.starts_at - lead_of(run)
    if due_at > now:
        return Wish(due_at)
    return Wish(now) if run.starts_at - now >= LEAST_NOTICE else Wish(None, Reason.TOO_LATE)


def reminder_key(run_id: int, due_at: datetime, kind: int, channel: int) -> uuid.UUID:
    """The key of a reminder, the same whenever it is derived again; it is the mail's Message-ID."""
    return uuid.uuid5(NAMESPACE, f"{run_id}|{kind}|{channel}|{due_at.timestamp():.6f}")


# --- Deriving -------------------------------------------------------------------------------------------------------
@dataclass
class _Changes:
    """What has to change in the outbox, gathered over many runs so that each kind of change is one statement."""

    drop: dict[str, list[Reminder]] = field(default_factory=lambda: defaultdict(list))  # by reason
    keep: list[Reminder] = field(default_factory=list)  # on the wire and wanted again
    revive: list[Reminder] = field(default_factory=list)
    make: list[Reminder] = field(default_factory=list)


def derive(*, run_ids: Collection[int], now: datetime) -> Derived:
    """Make the reminders of these runs what they should be; call it in the transaction of the change.

    Scheduled rows that are no longer wanted are cancelled with a reason; one that is being sent is asked to stop, and
    its run is in `leaving`. A cancelled row that is wanted again and never left is revived. Once a reminder was sent
    for a run at its present start, there is no second. The number of statements does not depend on how many runs.
    """
    if not run_ids:
        return Derived(frozenset(), frozenset())
    # The lock comes first and alone: rows joined to a locked one would be as old as the statement that had to wait.
    locked = list(
        Run.objects.filter(pk__in=run_ids).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    )
    runs = with_warm_up(Run.objects.filter(pk__in=locked))
    rows = defaultdict(list)
    for row in Reminder.objects.filter(run__in=locked).order_by("pk").select_for_update():
        rows[row.run_id].append(row)
    changes = _Changes()
    for run in runs:
        _compare(run, rows[run.pk], changes, now)
    return _carry_out(changes)


def _compare(run: Run, rows: Sequence[Reminder], changes: _Changes, now: datetime) -> None:
    """Add to `changes` what sets `rows` apart from what `run` calls for."""
    wanted = wish(run, now)
    due_at, kept = wanted.due_at, None
    if due_at is not None:
        kept = _already_there([row for row in rows if row.starts_at == run.starts_at], due_at, now)
        if kept is not None or run.starts_at > now + HORIZON:
            due_at = None
    for row in rows:
        if row is kept:
            if row.cancel_requested:
                changes.keep.append(row)
        elif row.due_at == due_at:
            if row.status == Reminder.Status.CANCELLED or (row.status == SCHEDULED and row.starts_at != run.starts_at):
                changes.revive.append(row)
            due_at = None
        elif row.status == SCHEDULED and wanted.reason == Reason.BEGUN and row.starts_at == run.starts_at:
            pass  # nothing changed but the time: it expires, with the mail server's last answer
        elif row.status in LIVE and not row.cancel_requested:
            moved = row.starts_at != run.starts_at
            changes.drop[wanted.reason or (Reason.MOVED if moved else Reason.LEAD_CHANGED)].append(row)
    if due_at is not None:
        changes.make.append(_new_row(run, due_at))


def _already_there(rows: Iterable[Reminder], due_at: datetime, now: datetime) -> Reminder | None:
    """The row, of those for the present start, beside which no other is wanted."""
    for row in rows:
        on_its_way = row.status == CLAIMED or (row.status == SCHEDULED and row.due_at <= now)
        # Whoever chooses a later time while the old one waits for its turn gets the later one.
        if row.status == Reminder.Status.SENT or (on_its_way and (row.status == CLAIMED or due_at <= now)):
            return row
        # Made at once, inside the lead time, is made once: what failed would otherwise come back with each sweep.
        if row.status in OVER and due_at <= now:
            return row
    return None


def _new_row(run: Run, due_at: datetime) -> Reminder:
    kind, channel = Reminder.Kind.BEFORE_RUN, Reminder.Channel.EMAIL
    return Reminder(
        key=reminder_key(run.pk, due_at, kind, channel),
        run=run,
        kind=kind,
        channel=channel,
        due_at=due_at,
        next_at=due_at,
        starts_at=run.starts_at,
    )


def _carry_out(changes: _Changes) -> Derived:
    """Write the changes; dropping comes first, since a run has one scheduled row at most."""
    for reason, dropped in changes.drop.items():
        _rows(dropped).filter(status__in=LIVE).update(
            status=Case(When(status=SCHEDULED, then=Value(Reminder.Status.CANCELLED)), default=F("status")),
            cancel_requested=Case(When(status=CLAIMED, then=Value(True)), default=F("cancel_requested")),
            reason=reason,
        )
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
    dropped_rows = [row for rows in changes.drop.values() for row in rows]
    changed = [*dropped_rows, *changes.keep, *changes.revive, *changes.make]
    return Derived(
        leaving=frozenset(row.run_id for row in dropped_rows if row.status == CLAIMED),
        changed=frozenset(row.run_id for row in changed),
    )


def _rows(rows: Iterable[Reminder]):  # type: ignore[no-untyped-def]
    return Reminder.objects.filter(pk__in=[row.pk for row in rows])


# --- Who else calls for it ------------------------------------------------------------------------------------------
def preferences_changed(user: User, changed: set[str], now: datetime) -> None:
    """Derive the coming runs of `user` again if what `changed` matters to reminders."""
    if changed & {"reminder_lead_minutes", "email_reminders", "is_active"}:
        _derive_coming(Run.objects.filter(athlete=user), now)


def _derive_coming(runs, now: datetime) -> None:  # type: ignore[no-untyped-def]
    with transaction.atomic():
        derive(run_ids=list(runs.filter(starts_at__gt=now).values_list("pk", flat=True)), now=now)
