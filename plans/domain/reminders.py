"""Which reminders runs call for, and that the outbox holds exactly those.

A reminder's row is written in the transaction that changes the run, the assignment or the preference, by `derive`; the
sweep compares and mends. Sending is plans/delivery/'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from plans.domain import digests
from plans.domain.given import with_warm_up
from plans.domain.outbox import CLAIMED, LIVE, SCHEDULED, Changes, Derived, carry_out, new_row, why_none
from plans.domain.quiet_hours import quiet_of
from plans.models import Reason, Reminder, Run
from plans.querysets import RunQuerySet

HORIZON = timedelta(days=14)  # rows are made this far ahead; the sweep brings the days to come
LEAST_NOTICE = timedelta(minutes=5)  # a run that calls for a reminder later than this before its start gets none
SWEEP_AT_ONCE = 500  # runs in one transaction


@dataclass(frozen=True)
class Wish:
    """When a run's reminder is due; or None and the reason why there is to be none."""

    due_at: datetime | None
    reason: str = ""


# --- Values ---------------------------------------------------------------------------------------------------------
def lead_of(run: Run) -> timedelta:
    """How long before `run` its athlete is reminded.

    The athlete's choice for runs of its kind, else for all, else the squad's, else the setting.
    """
    minutes = run.athlete.reminder_leads.get(run.kind, run.athlete.reminder_lead_minutes)
    if minutes is None and run.squad is not None:
        minutes = run.squad.reminder_lead_minutes
    return timedelta(minutes=settings.REMINDER_LEAD_MINUTES if minutes is None else minutes)


def why_not(run: Run, now: datetime) -> str:
    """The reason why `run` (of with_warm_up) calls for no reminder at `now`, "" if it does call for one."""
    return why_none(run, now, wants=run.athlete.email_reminders)


def wish(run: Run, now: datetime) -> Wish:
    """When the reminder of `run` (of with_warm_up) would be due if it had none yet.

    Instants are subtracted in UTC, never wall times. Inside the lead time it is due at once if enough time remains.
    """
    reason = why_not(run, now)
    if reason:
        return Wish(None, reason)
    quiet = quiet_of(run.athlete)
    due_at = quiet.moved(run.starts_at - lead_of(run), starts_at=run.starts_at)
    if due_at > now:
        return Wish(due_at)
    if run.starts_at - now < LEAST_NOTICE:
        return Wish(None, Reason.TOO_LATE)
    at_once = quiet.moved(now, starts_at=run.starts_at)
    return Wish(at_once) if at_once >= now else Wish(None, Reason.QUIET)


# --- Deriving -------------------------------------------------------------------------------------------------------
def derive(*, run_ids: Collection[int], now: datetime) -> Derived:
    """Make the reminders of these runs what they should be; call it in the transaction of the change.

    Scheduled rows that are no longer wanted are cancelled with a reason; one that is being sent is asked to stop, and
    its run is in `leaving`. A cancelled row that is wanted again and never left is revived. Once a reminder was sent
    for a run at its present start, there is no second. The number of statements does not depend on how many runs.
    """
    if not run_ids:
        return Derived(frozenset(), frozenset())
    # A run beyond the horizon has no row and is to have none.
    near = Q(starts_at__lte=now + HORIZON) | Exists(Reminder.objects.filter(run=OuterRef("pk")))
    concerned = Run.objects.filter(near, pk__in=run_ids)
    # The lock comes first and alone: rows joined to a locked one would be as old as the statement that had to wait.
    locked = list(concerned.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    if not locked:
        return Derived(frozenset(), frozenset())
    runs = with_warm_up(Run.objects.filter(pk__in=locked))
    rows = defaultdict(list)
    before = Reminder.objects.filter(run__in=locked, kind=Reminder.Kind.BEFORE_RUN)
    for row in before.order_by("pk").select_for_update():
        rows[row.run_id].append(row)
    changes = Changes()
    for run in runs:
        _compare(run, rows[run.pk], changes, now)
    digests.compare(athletes={run.athlete_id for run in runs}, changes=changes, now=now, until=now + HORIZON)
    return carry_out(changes)


def derive_new(runs: Iterable[Run], *, now: datetime) -> None:
    """Make the reminders of runs that were just made; most of a season's are beyond the horizon and cost nothing."""
    derive(run_ids=[run.pk for run in runs if now < run.starts_at <= now + HORIZON], now=now)


def derive_athletes(*, athletes: Collection[int] | QuerySet, now: datetime) -> None:
    """Derive all coming runs of these people (keys): what they get, or whether they are reminded, has changed."""
    derive(run_ids=_ids(_coming(now).filter(athlete__in=athletes)), now=now)


def _compare(run: Run, rows: Sequence[Reminder], changes: Changes, now: datetime) -> None:
    """Add to `changes` what sets `rows` apart from what `run` calls for."""
    wanted = wish(run, now)
    due_at, kept = wanted.due_at, None
    if due_at is not None:
        kept = _already_there([row for row in rows if row.starts_at == run.starts_at], due_at, now)
        due_at = None if kept is not None or run.starts_at > now + HORIZON else _free(due_at, rows)
    for row in rows:
        moved = row.starts_at != run.starts_at
        if row is kept:
            if row.cancel_requested and row.status == CLAIMED:
                changes.keep.append(row)
        elif row.due_at == due_at:
            if row.status == Reminder.Status.CANCELLED or (row.status == SCHEDULED and moved):
                changes.revive.append(row)
            due_at = None
        elif row.cancel_requested and row.status == CLAIMED:
            changes.leaving.add(run.pk)
        elif row.status not in LIVE:
            continue
        elif moved or not _only_time_passed(row, wanted.reason, now):
            changes.drop[wanted.reason or (Reason.MOVED if moved else Reason.LEAD_CHANGED)].append(row)
            changes.leaving.update({run.pk} if row.status == CLAIMED else ())
    if due_at is not None:
        changes.make.append(new_row(run, due_at, Reminder.Kind.BEFORE_RUN))


def _only_time_passed(row: Reminder, reason: str, now: datetime) -> bool:
    """Whether the row is not wanted any more for no other reason: it stays, may still make it, else expires."""
    return reason in (Reason.BEGUN, Reason.TOO_LATE) or (reason == Reason.QUIET and row.due_at <= now)


def _already_there(rows: Iterable[Reminder], due_at: datetime, now: datetime) -> Reminder | None:
    """The row, of those for the run's present start, beside which no other is wanted."""
    status = Reminder.Status
    for row in rows:
        if row.status in (status.SENT, status.CLAIMED) or row.reason == Reason.WITHDRAWN:
            return row
    if due_at > now:
        return None
    # Due at once is made once: what waits or has failed would otherwise be made anew with each look.
    for row in rows:
        if row.due_at <= now and row.status in (status.SCHEDULED, status.FAILED, status.EXPIRED):
            return row
    return None


def _free(due_at: datetime, rows: Iterable[Reminder]) -> datetime:
    """The due instant, or the next: one whose key a message for another start carried already tells that one."""
    taken = {row.due_at for row in rows if row.status not in (SCHEDULED, Reminder.Status.CANCELLED)}
    while due_at in taken:
        due_at += timedelta(microseconds=1)
    return due_at


# --- Who else calls for it ------------------------------------------------------------------------------------------
CONCERNING = {
    *("reminder_lead_minutes", "reminder_leads", "email_reminders", "digest_at"),
    *("quiet_from", "quiet_until", "time_zone", "refused_email"),
}


def preferences_changed(user: User, changed: set[str], now: datetime) -> None:
    """Derive the coming runs of `user` again if what `changed` matters to reminders."""
    if changed & CONCERNING:
        with transaction.atomic():
            derive(run_ids=_ids(_coming(now).filter(athlete=user)), now=now)


@dataclass(frozen=True)
class Swept:
    """How many runs' rows the sweep made or mended; `drift` of them should have been right already: a bug somewhere."""

    changed: int
    drift: int


def sweep(*, now: datetime) -> Swept:
    """Compare what all runs of the next 14 days call for with what is there, and mend it, some at a time."""
    waiting = Reminder.objects.filter(status=SCHEDULED, starts_at__gt=now).values("run_id")
    run_ids = sorted({*_ids(_coming(now).planned()), *_ids(Run.objects.filter(pk__in=waiting))})
    changed: set[int] = set()
    for ids in _some_at_a_time(run_ids):
        with transaction.atomic():
            changed |= derive(run_ids=ids, now=now).changed
    # The last day of the horizon came into sight since the last sweep; its rows were nobody's to make before.
    known = now + HORIZON - timedelta(days=1)
    return Swept(len(changed), Run.objects.filter(pk__in=changed, starts_at__lte=known).count())


def _coming(now: datetime) -> RunQuerySet:
    return Run.objects.filter(starts_at__gt=now, starts_at__lte=now + HORIZON)


def _ids(runs: RunQuerySet) -> list[int]:
    return list(runs.values_list("pk", flat=True))


def _some_at_a_time(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + SWEEP_AT_ONCE] for start in range(0, len(ids), SWEEP_AT_ONCE))
