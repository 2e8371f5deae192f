"""The rows of the outbox while they are on their way: claimed, leased, settled, taken back, given up.

Every statement names the state that it changes, so any number of senders may run, and any may die, at any moment.
Times are the database's (plans/delivery/clock.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import (
    Case,
    CharField,
    F,
    Min,
    Prefetch,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
    prefetch_related_objects,
)

from plans.delivery.answers import Answer, Verdict, next_try
from plans.delivery.journal import Entries
from plans.domain.digests import why_no_digest
from plans.domain.given import with_warm_up
from plans.domain.reminders import why_not
from plans.models import Away, Reason, Reminder, Run

LEASE = timedelta(seconds=settings.REMINDER_LEASE_SECONDS)
MOST_LOST_LEASES = 3
SOON = timedelta(seconds=1)
AT_ONCE = 5000

Status = Reminder.Status

# What no mail tells of its reader: half of the columns, each of which would be made into a value.
UNREAD = [
    f"run__athlete__{name}"
    for name in (
        "password",
        "last_login",
        "is_superuser",
        "is_staff",
        "date_joined",
        "units",
        "reminder_lead_minutes",
        "reminder_leads",
        "quiet_from",
        "quiet_until",
    )
]

# The CTE has to be materialised: in a sub-select with LIMIT the planner may run it again, and claim far more rows.
CLAIM_ON_POSTGRESQL = """
WITH due AS MATERIALIZED (
    SELECT id FROM plans_reminder WHERE status = 0 AND next_at <= %(now)s AND starts_at > %(now)s
    ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE plans_reminder r
SET status = 1, claim_token = %(token)s, attempts = attempts + 1, lease_until = %(lease)s
FROM due WHERE r.id = due.id RETURNING r.id
"""
# SQLite has one writer at a time: that is the lock.
CLAIM_ON_SQLITE = """
UPDATE plans_reminder SET status = 1, claim_token = %(token)s, attempts = attempts + 1, lease_until = %(lease)s
WHERE id IN (
    SELECT id FROM plans_reminder WHERE status = 0 AND next_at <= %(now)s AND starts_at > %(now)s
    ORDER BY next_at, id LIMIT %(limit)s
)
RETURNING id
"""


def new_token() -> int:
    """A number that tells one sender's claims from all others'."""
    return secrets.randbits(63)


def due(now: datetime) -> QuerySet[Reminder]:
    """Those that a sender may claim at `now`."""
    return Reminder.objects.filter(status=Status.SCHEDULED, next_at__lte=now, starts_at__gt=now)


def longest_wait(now: datetime) -> float:
    """Seconds that the reminder which waits longest has been free to go; one that waits for its next try is not."""
    oldest = due(now).aggregate(oldest=Min("next_at"))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0


def claim(*, token: int, now: datetime, limit: int) -> list[int]:
    """Take up to `limit` due rows, oldest first, for LEASE; nobody else gets them meanwhile. Returns their keys."""
    sql = CLAIM_ON_POSTGRESQL if connection.vendor == "postgresql" else CLAIM_ON_SQLITE
    instants = {"now": now, "lease": now + LEASE}
    adapted = {name: connection.ops.adapt_datetimefield_value(value) for name, value in instants.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"token": token, "limit": limit, **adapted})
        return [key for (key,) in cursor.fetchall()]


def look_again(*, keys: Sequence[int], token: int, now: datetime) -> list[Reminder]:
    """The claimed rows that are still wanted, in order of dueness, with run, athlete and warm-up; others are cancelled.

    The last look before sending: what changed without deriving, or since, is seen here. A few queries for all.
    """
    wanted = []
    for row in _with_runs(Reminder.objects.filter(pk__in=keys, status=Status.CLAIMED, claim_token=token)):
        asked = why_no_digest if row.kind == Reminder.Kind.EVENING_BEFORE else why_not
        reason = Reason.MOVED if row.starts_at != row.run.starts_at else asked(row.run, now)
        if row.cancel_requested:
            reason = row.reason or Reason.RUN_CANCELLED
        if not reason:
            wanted.append(row)
        elif reason == Reason.BEGUN:
            release(row, token=token, next_at=now, counts=False)
        else:
            _finish(row, token, status=Status.CANCELLED, reason=reason)
    return wanted


def _with_runs(claimed: QuerySet[Reminder]) -> list[Reminder]:
    """The claimed rows with all that sending reads of their runs, in order of dueness.

    Most runs of a club night have the same warm-up, given by hand by the same coach: each is read once, and rules are
    read only for runs that need them.
    """
    related = claimed.select_related("run__athlete", "run__assignment").defer(*UNREAD)
    rows = list(related.order_by("next_at", "pk"))
    ruled = [row.run_id for row in rows if not hasattr(row.run, "assignment")]
    runs = with_warm_up(Run.objects.all()).in_bulk(ruled) if ruled else {}
    for row in rows:
        row.run = runs.get(row.run_id, row.run)
    by_hand = [row.run for row in rows if row.run_id not in runs]
    away = Prefetch("athlete__away_dates", queryset=Away.objects.all(), to_attr="away")
    prefetch_related_objects(by_hand, "assignment__revision", away)
    prefetch_related_objects([run for run in by_hand if run.assignment.note], "assignment__assigned_by")
    return rows


def settle(row: Reminder, answer: Answer, *, token: int, now: datetime) -> bool:
    """Write down what became of an attempt; False if the row was not ours any more."""
    verdict, code = answer.verdict, answer.code
    if verdict == Verdict.SENT:
        return _finish(row, token, status=Status.SENT, sent_at=now, last_code=code, reason="")
    if verdict in (Verdict.BAD_ADDRESS, Verdict.REFUSED):
        reason = Reason.ADDRESS if verdict == Verdict.BAD_ADDRESS else Reason.REFUSED
        return _finish(row, token, status=Status.FAILED, last_code=code, reason=f"{reason}: {answer.text}")
    if verdict in (Verdict.LATER, Verdict.UNKNOWN):
        next_at = next_try(attempts=row.attempts, now=now, starts_at=row.starts_at)
        return release(row, token=token, next_at=next_at, answer=answer)
    return release(row, token=token, next_at=now + SOON, answer=answer, counts=False)


def settle_sent(rows: Sequence[Reminder], *, token: int, now: datetime, code: int | None = 250) -> set[int]:
    """Write down that these left; one statement for all. The keys of those that were not ours any more."""
    keys = {row.pk for row in rows}
    ours = Reminder.objects.filter(pk__in=keys, status=Status.CLAIMED, claim_token=token)
    kept = ours.update(**_end(status=Status.SENT, sent_at=now, last_code=code, reason=""))
    if kept == len(keys):
        return set()
    return keys - set(
        Reminder.objects.filter(pk__in=keys, status=Status.SENT, claim_token=token).values_list("pk", flat=True)
    )


def fail(row: Reminder, *, token: int) -> bool:
    """Give up a row whose message can't be written; False if it was not ours any more."""
    return _finish(row, token, status=Status.FAILED, reason=Reason.ERROR)


def release(row: Reminder, *, token: int, next_at: datetime, answer: Answer | None = None, counts: bool = True) -> bool:
    """Put a claimed row back for `next_at`, or cancel it if that was asked for; False if it was not ours any more.

    `counts=False` takes the attempt back: it says nothing about the address.
    """
    changes = _back(next_at) | {"attempts": F("attempts") - (0 if counts else 1), "lost_leases": 0}
    if answer and answer.text:
        kept = When(cancel_requested=True, then=F("reason"))
        changes |= {
            "last_code": answer.code,
            "reason": Case(kept, default=Value(answer.text), output_field=CharField()),
        }
    return bool(_ours(row, token).update(**changes))


def renew(*, token: int, now: datetime) -> None:
    """Hold on to all that this token has claimed for another LEASE."""
    _touch(Reminder.objects.filter(status=Status.CLAIMED, claim_token=token), lease_until=now + LEASE)


def note_outage(text: str, *, code: int | None, now: datetime) -> None:
    """Let the rows that wait for a mail server that is down say so: it is what they expire with."""
    _touch(due(now).exclude(reason=text), reason=text, last_code=code)


def reap(*, now: datetime) -> int:
    """Put back what a sender left when it died; three times in a row, and the message is what kills. How many."""
    return _lost(Reminder.objects.filter(status=Status.CLAIMED, lease_until__lt=now), now)


def _lost(dead: QuerySet[Reminder], now: datetime) -> int:
    """Put back rows whose sender died while it had them, or give them up; how many."""
    poison = dead.filter(lost_leases__gte=MOST_LOST_LEASES - 1, cancel_requested=False)
    given_up = _touch(
        poison, status=Status.FAILED, reason=Reason.POISON, lost_leases=F("lost_leases") + 1, lease_until=None
    )
    return given_up + _touch(dead, **_back(now), lost_leases=F("lost_leases") + 1)


@dataclass(frozen=True)
class Replayed:
    """What journals told: how many had left, and how many were begun of which nobody knows; those go out again."""

    sent: int = 0
    unknown: int = 0


def replay(journals: Iterable[Entries], *, now: datetime) -> Replayed:
    """Carry over what senders did and could not tell the database any more.

    What a dead one had not sent is free again at once, not only after its lease. What it had begun counts towards
    MOST_LOST_LEASES; what only waited in its hands does not. A living one that lost its lease (it was frozen) has its
    sent rows marked, before they go out once more.
    """
    sent = unknown = 0
    for journal in journals:
        held = Reminder.objects.filter(status=Status.CLAIMED, claim_token=journal.token)
        if not journal.orphaned:
            held = held.filter(lease_until__lt=now)
        left = held.filter(pk__in=journal.taken)
        sent += _touch(left, **_end(status=Status.SENT, sent_at=now, last_code=250, reason=""))
        if journal.orphaned:
            begun = held.filter(pk__in=journal.begun)
            unknown += _lost(begun, now)
            _touch(held, **_back(now), attempts=F("attempts") - 1)
    return Replayed(sent, unknown)


def expire(*, now: datetime) -> int:
    """Give up what did not go out before its run began, with the mail server's last answer if there was one."""
    reason = Case(When(reason="", then=Value(Reason.TOO_LATE)), default=F("reason"), output_field=CharField())
    late = Reminder.objects.filter(status=Status.SCHEDULED, starts_at__lte=now)
    return _touch(late, status=Status.EXPIRED, reason=reason)


def _ours(row: Reminder, token: int) -> QuerySet[Reminder]:
    return Reminder.objects.filter(pk=row.pk, status=Status.CLAIMED, claim_token=token)


def _finish(row: Reminder, token: int, **changes: object) -> bool:
    return bool(_ours(row, token).update(**_end(**changes)))


def _end(**changes: object) -> dict[str, object]:
    """The changes that end a claimed row."""
    return {"lease_until": None, "cancel_requested": False, "lost_leases": 0} | changes


def _back(next_at: datetime) -> dict[str, object]:
    """The changes that make a claimed row scheduled again, or cancelled if that was asked for meanwhile."""
    cancelled = When(cancel_requested=True, then=Value(Status.CANCELLED))
    return {
        "status": Case(cancelled, default=Value(Status.SCHEDULED), output_field=SmallIntegerField()),
        "cancel_requested": False,
        "next_at": next_at,
        "claim_token": None,
        "lease_until": None,
    }


def _touch(rows: QuerySet[Reminder], **changes: object) -> int:
    """Update many rows. They are locked in one order, and what somebody else holds is left for the next tick.

    Otherwise two senders, or a sender and a squad's move, could wait for each other in a circle.
    """
    with transaction.atomic():
        keys = list(rows.order_by("pk").select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
        return Reminder.objects.filter(pk__in=keys).update(**changes) if keys else 0
