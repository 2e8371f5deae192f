"""Wall time and zone to instant, and back. Values in, values out.

A time that the clock skips moves forward by the gap, one that occurs twice means the first (RFC 5545, 3.3.5).
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clocks of `zone` show `local` (naive)."""
    # fold=0 reads a skipped time with the offset from before the gap, which is what moves it forward.
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def shown(local: datetime, zone: ZoneInfo) -> datetime:
    """The wall time, naive, that clocks show at the instant of `local`: another one only where `local` is skipped."""
    return instant(local, zone).astimezone(zone).replace(tzinfo=None, fold=0)


def in_gap(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` skip `local`."""
    return shown(local, zone) != local.replace(fold=0)


def in_fold(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` show `local` twice."""
    first = local.replace(tzinfo=zone, fold=0)
    again = local.replace(tzinfo=zone, fold=1)
    return first.utcoffset() != again.utcoffset() and not in_gap(local, zone)
