"""The state of the outbox for the person on call: how many wait, how long, and how those due lately ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from plans.delivery import claims
from plans.models import Reminder

LATELY = timedelta(hours=24)

Status = Reminder.Status


@dataclass(frozen=True)
class QueueState:
    """What the outbox holds at `now`.

    `due` are free to go and wait for a sender, `retrying` wait for their next try after a refusal; `oldest_due` is
    since when the first of `due` waits. `ended` counts those due within the last day that ended, by status and by the
    word that says why ("" for those sent).
    """

    now: datetime
    scheduled: int
    due: int
    retrying: int
    claimed: int
    oldest_due: datetime | None
    next_due: datetime | None
    lease_until: datetime | None
    ended: dict[Status, Counter[str]]


def queue_state(now: datetime) -> QueueState:
    """Read the state of the outbox: four queries, however long it is."""
    scheduled = Reminder.objects.filter(status=Status.SCHEDULED).aggregate(
        count=Count("pk"),
        retrying=Count("pk", filter=Q(attempts__gt=0, next_at__gt=now)),
        next_due=Min("next_at", filter=Q(next_at__gt=now)),
    )
    due = claims.due(now).aggregate(count=Count("pk"), oldest=Min("next_at"))
    claimed = Reminder.objects.filter(status=Status.CLAIMED).aggregate(count=Count("pk"), until=Min("lease_until"))
    ended: dict[Status, Counter[str]] = defaultdict(Counter)
    lately = Reminder.objects.filter(due_at__gt=now - LATELY, due_at__lte=now)
    rows = lately.exclude(status__in=(Status.SCHEDULED, Status.CLAIMED)).order_by()
    for status, reason, count in rows.values_list("status", "reason").annotate(count=Count("pk")):
        word = reason.partition(":")[0] if reason[:1].isalpha() else "the mail server's last answer"
        ended[Status(status)][word if reason else ""] += count
    return QueueState(
        now=now,
        scheduled=scheduled["count"],
        due=due["count"],
        retrying=scheduled["retrying"],
        claimed=claimed["count"],
        oldest_due=due["oldest"],
        next_due=scheduled["next_due"],
        lease_until=claimed["until"],
        ended=dict(ended),
    )
