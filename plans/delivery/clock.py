"""One clock for all senders: the database's."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection


@dataclass(frozen=True)
class Clock:
    """An instant read once, and the time that has passed since by a clock that nobody sets and that never sleeps."""

    read: datetime
    read_at: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The instant now."""
        return self.read + timedelta(seconds=time.monotonic() - self.read_at)

    def reaches(self, instant: datetime) -> float:
        """The value of time.monotonic() at which it will be `instant`."""
        return self.read_at + (instant - self.read).total_seconds()


def database_clock() -> Clock:
    """The clock as the database has it, so that hosts whose clocks differ agree on what is due.

    SQLite has none of its own: it runs in this process.
    """
    read_at = time.monotonic()  # before the question, so that what lasts from here on is never thought too short
    if connection.vendor != "postgresql":
        return Clock(datetime.now(UTC), read_at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return Clock(cursor.fetchone()[0], read_at)
