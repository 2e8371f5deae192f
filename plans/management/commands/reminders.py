"""`manage.py reminders`: the state of the outbox, for the person on call."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from plans.delivery import heartbeat
from plans.delivery.clock import database_clock
from plans.delivery.queue import LATELY, QueueState, Status, queue_state

ENDS = (Status.SENT, Status.FAILED, Status.EXPIRED, Status.CANCELLED)
NARROW = 18  # the column of words


class Command(BaseCommand):
    """Print what waits, what is on its way and how those of the last day ended. Changes nothing, names nobody."""

    help = "Print the state of the reminders: what waits, what is being sent, how those of the last day ended."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        self.stdout.write("\n".join(_lines(queue_state(database_clock().now()), _tick())))


def _tick() -> str:
    try:
        age = heartbeat.age()
    except Exception as error:  # whatever the cache raises when it is down; the table is wanted then most of all
        return f"unknown, the cache does not answer ({type(error).__name__})"
    return "never" if age is None else f"{_span(timedelta(seconds=age))} ago"


def _lines(state: QueueState, tick: str) -> list[str]:
    since = _span(state.now - state.oldest_due) if state.oldest_due else ""
    rows = [
        ("scheduled", state.scheduled, f"next one at {_clock(state.next_due)}" if state.next_due else ""),
        ("  due now", state.due, f"the oldest for {since}" if since else ""),
        ("  to be retried", state.retrying, ""),
        ("being sent", state.claimed, f"first lease until {_clock(state.lease_until)}" if state.lease_until else ""),
    ]
    lines = [f"Reminders at {state.now:%Y-%m-%d %H:%M:%S} UTC; a sender was last at work: {tick}", ""]
    lines += [_row(*row) for row in rows]
    lines += ["", f"Of those due in the last {LATELY // timedelta(hours=1)} hours"]
    for status in ENDS:
        counted: Counter[str] = state.ended.get(status, Counter())
        reasons = [f"{word} {count:,}" for word, count in sorted(counted.items(), key=lambda each: -each[1]) if word]
        lines.append(_row(f"  {status.name.lower()}", sum(counted.values()), ", ".join(reasons)))
    return lines


def _row(word: str, count: int, remark: str) -> str:
    return f"{word:<{NARROW}}{count:>10,}  {remark}".rstrip()


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def _span(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
