"""Hours of the day in which somebody wants no mail. Values only.

They are hours of the clock where the person lives, whatever zone a run is in, and follow that clock through its changes
(plans/domain/local_time.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from plans.domain.local_time import instant

LEAST_AFTER = timedelta(minutes=15)  # what must remain before a run's start for a mail to wait for their end


@dataclass(frozen=True)
class QuietHours:
    """From `begin` until `end` on the clocks of `zone`, over midnight where `end` is not later; None: none."""

    zone: ZoneInfo
    begin: time | None = None
    end: time | None = None

    def moved(self, due_at: datetime, *, starts_at: datetime) -> datetime:
        """`due_at`, or out of the quiet hours around it: their end if LEAST_AFTER remains then, else their beginning.

        The beginning and the end themselves are not quiet.
        """
        span = self.around(due_at)
        if span is None:
            return due_at
        begin, end = span
        return end if starts_at - end >= LEAST_AFTER else begin

    def around(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """The beginning and the end of the quiet hours that `moment` is within, if it is."""
        if self.begin is None or self.end is None:
            return None
        today = moment.astimezone(self.zone).date()
        # Over midnight they began on the day before; where a clock skips a day, on the one before that.
        for days in (0, 1, 2):
            first = today - timedelta(days=days)
            last = first if self.begin < self.end else first + timedelta(days=1)
            begin = instant(datetime.combine(first, self.begin), self.zone)
            end = instant(datetime.combine(last, self.end), self.zone)
            if begin < moment < end:
                return begin, end
        return None


def quiet_of(person: User) -> QuietHours:
    """The quiet hours of a person."""
    return QuietHours(person.time_zone, person.quiet_from, person.quiet_until)
