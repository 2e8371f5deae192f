"""Wall time and zone to instant: the table of odd hours, and all zones."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.domain.local_time import in_fold, in_gap, instant, shown

ZONES = sorted(available_timezones() - {"Factory"})

ODD_HOURS = [
    # zone, wall time typed, wall time shown, start in UTC
    ("Europe/Brussels", "2027-03-28T02:30", "2027-03-28T03:30", "2027-03-28T01:30"),
    ("Europe/Brussels", "2027-10-31T02:30", "2027-10-31T02:30", "2027-10-31T00:30"),
    ("America/New_York", "2027-03-14T02:30", "2027-03-14T03:30", "2027-03-14T07:30"),
    ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T02:45", "2027-10-02T15:45"),
    ("America/Santiago", "2027-09-05T00:00", "2027-09-05T01:00", "2027-09-05T04:00"),
    ("Pacific/Apia", "2011-12-30T06:30", "2011-12-31T06:30", "2011-12-30T16:30"),
]


@pytest.mark.parametrize(("zone", "typed", "clock", "start"), ODD_HOURS)
def test_odd_hours(zone: str, typed: str, clock: str, start: str) -> None:
    local = datetime.fromisoformat(typed)
    assert instant(local, ZoneInfo(zone)) == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert shown(local, ZoneInfo(zone)) == datetime.fromisoformat(clock)
    assert in_gap(local, ZoneInfo(zone)) == (typed != clock)


def test_the_hour_that_occurs_twice_means_the_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert in_fold(datetime(2027, 10, 31, 2, 30), berlin)
    assert instant(datetime(2027, 10, 31, 2, 30, fold=1), berlin) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert not in_fold(datetime(2027, 10, 31, 3, 0), berlin)
    assert not in_fold(datetime(2027, 3, 28, 2, 30), berlin)


def test_wall_time_stays_across_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before, after = datetime(2027, 3, 27, 6, 30), datetime(2027, 3, 28, 6, 30)
    assert instant(after, berlin) - instant(before, berlin) == timedelta(hours=23)


@cache
def changes_of(name: str) -> list[datetime]:
    """The instants, to the day, at which the clocks of a zone change from 2020 to 2037."""
    zone, changes = ZoneInfo(name), []
    early = datetime(2020, 1, 1, tzinfo=UTC)
    while early.year < 2038:
        late = early + timedelta(days=14)
        if early.astimezone(zone).utcoffset() != late.astimezone(zone).utcoffset():
            days = (early + timedelta(days=day) for day in range(15))
            changes += [
                day
                for day in days
                if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset()
            ]
        early = late
    return changes


@st.composite
def zone_and_time(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """A zone and a wall time from 2020 to 2037, mostly within a day and a half of a clock change."""
    name = draw(st.sampled_from(ZONES))
    near = [change.replace(tzinfo=None) for change in changes_of(name)]
    anywhere = st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 31))
    day = draw(st.sampled_from(near) if near else anywhere)
    minutes = draw(st.integers(-18 * 60, 42 * 60))
    return ZoneInfo(name), day.replace(microsecond=0) + timedelta(minutes=minutes)


@settings(max_examples=1500, deadline=None)
@given(zone_and_time())
def test_every_zone_and_year(case: tuple[ZoneInfo, datetime]) -> None:
    zone, local = case
    start = instant(local, zone)
    clock = shown(local, zone)
    if in_gap(local, zone):
        # It moved forward by as much as the clock jumps: the offset it was read with is the one from before the jump.
        assert clock - local == clock.replace(tzinfo=zone).utcoffset() - local.replace(tzinfo=zone).utcoffset()
        assert clock > local
    else:
        assert clock == local
        if in_fold(local, zone):
            assert start < local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    assert instant(clock, zone) == start or in_fold(clock, zone)
