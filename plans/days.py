"""Days of a calendar: whole weeks of a month, a week, a row of days, and what each day holds. Values in, values out."""

from __future__ import annotations

import re
from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from plans.models import Away
from plans.pills import Pill, pill_of
from plans.shown import RunShown

YEARS = range(1970, 2101)
AGENDA_DAYS = 28


@dataclass(frozen=True)
class Entry:
    """A run of a day: the pill, and what is said beside it where there is room."""

    shown: RunShown
    pill: Pill


@dataclass(frozen=True)
class Day:
    """A day of a calendar. `away_begins`: the first day of `away` that is shown; `clocks` tells of a clock change."""

    day: date
    entries: list[Entry]
    away: Away | None = None
    away_begins: bool = False
    clocks: str = ""
    today: bool = False
    outside: bool = False

    @property
    def week(self) -> str:
        """Its week as addresses name it."""
        return week_word(self.day)

    @property
    def speaks(self) -> bool:
        """Whether there is anything to tell of it in a list."""
        return bool(self.entries or self.away_begins or self.clocks or self.today)


def days_of(
    days: Iterable[date],
    *,
    shown: Iterable[RunShown],
    away: Sequence[Away],
    zone: ZoneInfo,
    today: date,
    month: int | None = None,
) -> list[Day]:
    """Each of `days` with its runs of `shown` (by start), on each run's own local date.

    `zone` is whose clock changes are told; days of another month than `month` are outside.
    """
    entries = defaultdict(list)
    for each in shown:
        entries[each.run.local_date].append(Entry(each, pill_of(each)))
    made: list[Day] = []
    for day in days:
        dates = next((each for each in away if each.since <= day <= each.until), None)
        before = made[-1].away if made else None
        made.append(
            Day(
                day=day,
                entries=entries[day],
                away=dates,
                away_begins=dates is not None and dates != before,
                clocks=clock_change(day, zone),
                today=day == today,
                outside=month is not None and day.month != month,
            )
        )
    return made


def clock_change(day: date, zone: ZoneInfo) -> str:
    """What the clocks of `zone` do on `day`: "The clocks go forward by 1 h."; "" on most days."""
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    before, after = midnight.utcoffset(), datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).utcoffset()
    if before is None or after is None or before == after:
        return ""
    minutes = int(abs(after - before).total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    by = _("%(minutes)d min") % {"minutes": minutes} if rest else _("%(hours)d h") % {"hours": hours}
    if after > before:
        return _("The clocks go forward by %(time)s.") % {"time": by}
    return _("The clocks go back by %(time)s.") % {"time": by}


def month_days(first: date) -> list[date]:
    """The days of whole weeks, from Monday on, in which the month of `first` lies."""
    return list(Calendar().itermonthdates(first.year, first.month))


def row_of(first: date, count: int) -> list[date]:
    """So many days from `first` on."""
    return [first + timedelta(days=number) for number in range(count)]


def month_of(text: str) -> date | None:
    """The first day of "2027-04"; None for what is no month."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        return None
    return day_of(f"{text}-01")


def week_of(text: str) -> date | None:
    """The Monday of "2027-W13"; None for what is no week."""
    if not re.fullmatch(r"[0-9]{4}-W[0-9]{2}", text):
        return None
    return _in_reach(f"{text}-1")


def day_of(text: str) -> date | None:
    """The day of "2027-04-03"; None for what is no day."""
    return _in_reach(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None


def _in_reach(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def month_word(day: date) -> str:
    """The month of a day as addresses name it: "2027-04"."""
    return f"{day:%Y-%m}"


def week_word(day: date) -> str:
    """The week of a day as addresses name it: "2027-W13"."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def months_from(first: date, months: int) -> date:
    """The first day of the month that is so many months after that of `first`."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
