"""Counts what senders do, for /metrics: gathered in memory, added to the database's rows once a second."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping

from django.db import connection

from plans.models import Tally

LAG_SECONDS = (0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900)  # bounds of the histogram's buckets
LAG = "reminders_lag_seconds"


class Figures:
    """What one sender has counted and not written yet."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._written_at = time.monotonic()

    def add(self, name: str, count: float = 1) -> None:
        """Add to a figure."""
        self._counts[name] += count  # type: ignore[assignment]

    def observe(self, name: str, seconds: float) -> None:
        """Note how long something took: its sum and its count."""
        self.add(f"{name}_sum", seconds)
        self.add(f"{name}_count")

    def outcome(self, outcome: str, *, stale: bool, lag: float, lost_before: bool) -> None:
        """Note what became of one attempt, `lag` seconds after it was due."""
        word = outcome.lower()
        self.add(f'reminders_outcomes_total{{outcome="{word}"}}')
        if stale:
            self.add("reminders_stale_acks_total")
        if word == "unknown":
            self.add("reminders_unknown_total")
        if word == "busy":
            self.add("smtp_throttled_total")
        if word == "sent":
            self.observe(LAG, max(0.0, lag))
            bound = next((str(most) for most in LAG_SECONDS if lag <= most), "+Inf")
            self.add(f'{LAG}_in{{le="{bound}"}}')
            if lost_before:
                self.add("reminders_doubled_suspect_total")

    def write(self, *, every: float = 0.0) -> None:
        """Add all to the database's rows, but not more often than `every` so many seconds."""
        if self._counts and time.monotonic() - self._written_at >= every:
            add_to_tallies(self._counts)
            self._counts = Counter()
            self._written_at = time.monotonic()


def add_to_tallies(counts: Mapping[str, float]) -> None:
    """Add to rows that may not be there yet: one statement, in one order, so that senders don't wait in a circle."""
    rows = sorted(counts.items())
    values = ", ".join(["(%s, %s)"] * len(rows))
    sql = (  # only places for values are put together
        f"INSERT INTO plans_tally (name, value) VALUES {values} "  # noqa: S608
        "ON CONFLICT (name) DO UPDATE SET value = plans_tally.value + excluded.value"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [word for row in rows for word in row])


def samples() -> Iterable[tuple[str, float]]:
    """All figures as (name with labels, value), the histogram's buckets as Prometheus adds them up."""
    rows = dict(Tally.objects.order_by("name").values_list("name", "value"))
    below = 0.0
    buckets = {}
    for bound in (*map(str, LAG_SECONDS), "+Inf"):
        below += rows.pop(f'{LAG}_in{{le="{bound}"}}', 0.0)
        buckets[f'{LAG}_bucket{{le="{bound}"}}'] = below
    return [*buckets.items(), *rows.items()]
