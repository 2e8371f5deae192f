"""A time zone as calendars carry it (RFC 5545, 3.6.5): each change of its clocks, written out.

The icalendar package can make these too, but looks for changes weeks apart and so passes over whole Ramadans in
Casablanca, and it tells a change forward by the hour to which clocks go, not the one at which they do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

HALF_A_DAY = timedelta(hours=12)  # no zone changes twice within
SECOND = timedelta(seconds=1)


def vtimezone(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The VTIMEZONE of `zone`, true from the start of `first_year` to the end of `last_year`."""
    component = Timezone()
    component.add("tzid", zone.key)
    start = datetime(first_year, 1, 1, tzinfo=UTC) - timedelta(days=2)  # the year begins elsewhere earlier
    component.add_component(_observance(start.astimezone(zone), start.astimezone(zone)))
    for change in _changes(zone, start, datetime(last_year + 1, 1, 3, tzinfo=UTC)):
        component.add_component(_observance((change - SECOND).astimezone(zone), change.astimezone(zone)))
    return component


def _observance(before: datetime, since: datetime) -> TimezoneStandard | TimezoneDaylight:
    """What clocks show from `since` on; `before` is just before, and says by which offset the change is told."""
    part = TimezoneDaylight() if since.dst() else TimezoneStandard()
    offset = before.utcoffset() or timedelta()
    part.add("dtstart", (since.astimezone(UTC) + offset).replace(tzinfo=None))
    part.add("tzoffsetfrom", offset)
    part.add("tzoffsetto", since.utcoffset())
    part.add("tzname", since.tzname())
    return part


@lru_cache(maxsize=512)
def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The instants between `start` and `end`, in UTC, at which the clocks of `zone` are set."""
    found = []
    while start < end:
        step = start + HALF_A_DAY
        if _shown(start, zone) != _shown(step, zone):
            low, high = start, step
            while high - low > SECOND:
                middle = low + timedelta(seconds=(high - low) // SECOND // 2)
                low, high = (middle, high) if _shown(middle, zone) == _shown(low, zone) else (low, middle)
            found.append(high)
        start = step
    return tuple(found)


def _shown(instant: datetime, zone: ZoneInfo) -> tuple[timedelta | None, str | None]:
    local = instant.astimezone(zone)
    return local.utcoffset(), local.tzname()
