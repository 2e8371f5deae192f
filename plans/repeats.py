"""How a series repeats: its rule, what a form asks about it, and the words for it. Values only.

A rule is plain RRULE text, as `plans.domain.recurrence` keeps it. A form asks about those that people speak of
(`Repeats`); there are words for every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils import dates
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.domain.local_time import in_fold, in_gap, shown
from plans.domain.recurrence import WEEKDAYS, days, last_day

NEVER, DAY, WEEK, MONTH = "", "day", "week", "month"
FREQ = {DAY: "DAILY", WEEK: "WEEKLY", MONTH: "MONTHLY"}
LAST = -1
NTHS = (1, 2, 3, 4, 5, LAST)  # of a month's weekdays
MONTH_DAYS = (*range(1, 32), LAST)
WORKDAYS = set(WEEKDAYS[:5])
LOOKED_AT = timedelta(days=400)  # how far ahead odd hours are looked for: past both changes of the clocks
DATES_NAMED = 6
HOURS_NAMED = 3


@dataclass(frozen=True)
class Repeats:
    """How a run repeats, as a form asks: `every` "" (it does not), "day", "week" or "month", each `interval`-th.

    Weeks: on `weekdays` (MO to SU, in this order). Months: on `month_day` (1 to 31, -1 the last), or on the `nth`
    `weekday` (1 to 5, -1 the last). It goes on to and with `until`, or `times` times, or for ever.
    """

    every: str = NEVER
    interval: int = 1
    weekdays: tuple[str, ...] = ()
    month_day: int | None = None
    nth: int | None = None
    weekday: str = ""
    until: date | None = None
    times: int | None = None

    def on(self, first: date, *, by_weekday: bool = False) -> Repeats:
        """The same, with what was left open taken from the first day; a month's `by_weekday`, else by its date."""
        weekday = WEEKDAYS[first.weekday()]
        if self.every == WEEK:
            return replace(self, weekdays=self.weekdays or (weekday,))
        if self.every == MONTH and by_weekday:
            return replace(self, nth=self.nth or (first.day - 1) // 7 + 1, weekday=self.weekday or weekday)
        if self.every == MONTH:
            return replace(self, month_day=self.month_day or first.day)
        return self


def rule_of(repeats: Repeats) -> str:
    """The rule, "" for none; `clean_rule` checks it, and makes of a number of times the end that it means."""
    if repeats.every == NEVER:
        return ""
    parts = [f"FREQ={FREQ[repeats.every]}"]
    if repeats.interval != 1:
        parts.append(f"INTERVAL={repeats.interval}")
    if repeats.every == WEEK and repeats.weekdays:
        parts.append(f"BYDAY={','.join(repeats.weekdays)}")
    elif repeats.every == MONTH and repeats.nth:
        parts.append(f"BYDAY={repeats.nth}{repeats.weekday}")
    elif repeats.every == MONTH and repeats.month_day:
        parts.append(f"BYMONTHDAY={repeats.month_day}")
    if repeats.until:
        parts.append(f"UNTIL={repeats.until:%Y%m%d}")
    elif repeats.times:
        parts.append(f"COUNT={repeats.times}")
    return ";".join(parts)


def repeats_of(rule: str) -> Repeats | None:
    """What a form would have asked for to get this rule; None for one that it cannot ask for."""
    if not rule:
        return Repeats()
    parts = _parts(rule)
    every = next(word for word, frequency in FREQ.items() if frequency == parts["FREQ"])
    interval = int(parts.get("INTERVAL", 1))
    repeats = Repeats(
        every, interval, until=last_day(rule, date.min), times=int(parts["COUNT"]) if "COUNT" in parts else None
    )
    on_weekdays, on_days = _numbered(parts.get("BYDAY", "")), _numbers(parts.get("BYMONTHDAY", ""))
    named = parts.keys() & {"BYDAY", "BYMONTHDAY", "BYSETPOS"}
    if every == WEEK and named == {"BYDAY"} and not _week_matters(parts):
        days_named = {weekday for _number, weekday in on_weekdays}
        return replace(repeats, weekdays=tuple(day for day in WEEKDAYS if day in days_named))
    if every == DAY and not named:
        return repeats
    if every == MONTH and named == {"BYMONTHDAY"} and len(on_days) == 1 and on_days[0] in MONTH_DAYS:
        return replace(repeats, month_day=on_days[0])
    if every == MONTH and named == {"BYDAY"} and len(on_weekdays) == 1 and on_weekdays[0][0] in NTHS:
        return replace(repeats, nth=on_weekdays[0][0], weekday=on_weekdays[0][1])
    return None


# --- Words ----------------------------------------------------------------------------------------------------------
def rule_words(rule: str, at: time | None = None) -> str:
    """A rule in words: "Every Tuesday and Thursday at 18:30 until 24 June 2027"; "" for none."""
    if not rule:
        return ""
    end = last_day(rule, date.min)
    values = {
        "days": _days_words(_parts(rule)),
        "time": f"{at:%H:%M}" if at else "",
        "end": date_format(end, _("j F Y")) if end else "",
    }
    if at and end:
        return _("%(days)s at %(time)s until %(end)s") % values
    if at:
        return _("%(days)s at %(time)s") % values
    if end:
        return _("%(days)s until %(end)s") % values
    return values["days"]


def _days_words(parts: dict[str, str]) -> str:
    words = None
    if "BYSETPOS" not in parts:
        words = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly}[parts["FREQ"]](parts)
    elif parts["FREQ"] == "MONTHLY" and "BYMONTHDAY" not in parts:
        words = _monthly_by_place(parts)
    if words is None:
        rule = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
        words = _("By a rule of its own (%(rule)s)") % {"rule": rule}
    return capfirst(words)


def _daily(parts: dict[str, str]) -> str:
    interval = int(parts.get("INTERVAL", 1))
    weekdays, month_days = _numbered(parts.get("BYDAY", "")), _numbers(parts.get("BYMONTHDAY", ""))
    if interval == 1 and weekdays and not month_days:
        return _weekly(parts | {"FREQ": "WEEKLY"})
    if interval == 1 and month_days:
        return _monthly(parts | {"FREQ": "MONTHLY"}) or ""
    values = {
        "days": _every_days(interval),
        "weekdays": _either([_weekday(weekday) for _number, weekday in weekdays]),
        "month_days": _month_days(month_days, _("or")),
    }
    if weekdays and month_days:
        return _("%(days)s that is a %(weekdays)s and %(month_days)s of its month") % values
    if weekdays:
        return _("%(days)s that is a %(weekdays)s") % values
    if month_days:
        return _("%(days)s that is %(month_days)s of its month") % values
    return values["days"]


def _weekly(parts: dict[str, str]) -> str:
    interval = int(parts.get("INTERVAL", 1))
    named = {weekday for _number, weekday in _numbered(parts["BYDAY"])}
    if interval == 1 and len(named) == len(WEEKDAYS):
        return _("every day")
    weekdays = [_weekday(day) for day in WEEKDAYS if day in named]
    values = {"weekdays": _and(weekdays), "weeks": _every_weeks(interval), "nth": _nth(interval)}
    if interval == 1 and named == WORKDAYS:
        return _("every day from Monday to Friday")
    if interval == 1:
        return _("every %(weekdays)s") % values
    if len(weekdays) == 1 and interval in range(2, 6):
        return _("every %(nth)s %(weekdays)s") % values
    if _week_matters(parts):
        values["start"] = _weekday(parts["WKST"])
        return _("%(weeks)s on %(weekdays)s, with weeks from %(start)s on") % values
    return _("%(weeks)s on %(weekdays)s") % values


def _monthly(parts: dict[str, str]) -> str | None:
    interval = int(parts.get("INTERVAL", 1))
    weekdays, month_days = _numbered(parts.get("BYDAY", "")), _numbers(parts.get("BYMONTHDAY", ""))
    months, numbered = _months(interval), {number is not None for number, _day in weekdays}
    if len(numbered) > 1:  # of which its reader keeps what is both
        return None
    plain = numbered == {False}
    values = {
        "months": months,
        "every": _every_months(interval),
        "days": _month_days(month_days, _("and")),
        "either": _month_days(month_days, _("or")),
        "weekdays": (_either if month_days else _and)([_weekday(day) for _number, day in weekdays]),
        "places": _and([_place(number, day) for number, day in weekdays]),
    }
    if month_days and not weekdays:
        if interval > 1 and max(month_days) <= 28:
            return _("%(every)s on %(days)s") % values
        if any(abs(number) > 28 for number in month_days):  # not every month has them
            return _("on %(days)s of %(months)s that has one") % values
        return _("on %(days)s of %(months)s") % values
    if weekdays and month_days:
        where = _("on every %(weekdays)s that is %(either)s of %(months)s")
        where_numbered = _("on %(places)s of %(months)s that is %(either)s")
        return (where if plain else where_numbered) % values
    if plain:
        return _weekly(parts | {"FREQ": "WEEKLY"}) if interval == 1 else _("%(every)s on each %(weekdays)s") % values
    if any(abs(number or 0) == 5 for number, _day in weekdays):
        return _("on %(places)s of %(months)s that has one") % values
    return _("on %(places)s of %(months)s") % values


def _monthly_by_place(parts: dict[str, str]) -> str | None:
    """Days of a month by their place among certain weekdays; None where these are numbered too."""
    weekdays = _numbered(parts.get("BYDAY", ""))
    if any(number is not None for number, _day in weekdays):
        return None
    named = {day for _number, day in weekdays}
    places = _numbers(parts["BYSETPOS"])
    values = {
        "months": _months(int(parts.get("INTERVAL", 1))),
        "places": _and([_the_nth(number) for number in places]),
        "weekdays": _either([_weekday(day) for day in WEEKDAYS if day in named]),
    }
    if len(named) == len(WEEKDAYS):
        return _("on %(places)s day of %(months)s") % values
    if named == WORKDAYS:
        return _("on %(places)s day from Monday to Friday of %(months)s") % values
    return _("on %(places)s %(weekdays)s of %(months)s") % values


def _every_days(interval: int) -> str:
    if interval in range(2, 6):
        return _("every %(nth)s day") % {"nth": _nth(interval)}
    return ngettext("every day", "every %(count)d days", interval) % {"count": interval}


def _every_weeks(interval: int) -> str:
    if interval in range(2, 6):
        return _("every %(nth)s week") % {"nth": _nth(interval)}
    return ngettext("every week", "every %(count)d weeks", interval) % {"count": interval}


def _every_months(interval: int) -> str:
    if interval in range(2, 6):
        return _("every %(nth)s month") % {"nth": _nth(interval)}
    return ngettext("every month", "every %(count)d months", interval) % {"count": interval}


def _months(interval: int) -> str:
    """In "the last day of …"."""
    return _("each month") if interval == 1 else _("every %(nth)s month") % {"nth": _nth(interval)}


def nth_words(number: int) -> str:
    """ "first", "last": a weekday's place in its month."""
    return _("last") if number == LAST else _nth(number)


def _nth(number: int) -> str:
    words = {1: _("first"), 2: _("second"), 3: _("third"), 4: _("fourth"), 5: _("fifth")}
    return words.get(number) or str(ordinal(number))


def _the_nth(number: int) -> str:
    """A place counted from the start, or from the end where it is negative."""
    if number == LAST:
        return _("the last")
    if number == -2:
        return _("the second to last")
    return (_("the %(nth)s") if number > 0 else _("the %(nth)s to last")) % {"nth": _nth(abs(number))}


def _place(number: int | None, weekday: str) -> str:
    if number is None:
        return _weekday(weekday)
    return _("%(place)s %(weekday)s") % {"place": _the_nth(number), "weekday": _weekday(weekday)}


def _month_days(numbers: Sequence[int], joint: str) -> str:
    """ "the 1st and 15th", "the 1st and the last day"."""
    from_start = [str(ordinal(number)) for number in numbers if number > 0]
    from_end = [_("%(place)s day") % {"place": _the_nth(number)} for number in numbers if number < 0]
    if from_start:
        from_start[0] = _("the %(nth)s") % {"nth": from_start[0]}
    return str(get_text_list(from_start + from_end, joint))


def _weekday(name: str) -> str:
    return str(dates.WEEKDAYS[WEEKDAYS.index(name)])


def _and(words: Sequence[str]) -> str:
    return str(get_text_list(list(dict.fromkeys(words)), _("and")))


def _either(words: Sequence[str]) -> str:
    return str(get_text_list(list(dict.fromkeys(words)), _("or")))


# --- What comes of it -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Preview:
    """What comes of a plan: its rule in words, the next dates, how many in all (None: no end), and the odd hours."""

    words: str
    dates: list[str]
    more: bool
    count: int | None
    odd_hours: list[str]

    @property
    def text(self) -> str:
        """The dates in one line."""
        return ", ".join(self.dates) + (" …" if self.more else "")


def preview(rule: str, first: datetime, zone: ZoneInfo) -> Preview:
    """What comes of a plain `rule` from the wall time `first` on, in `zone`."""
    end = last_day(rule, first.date())
    if end:
        found = days(rule, first.date(), until=end)
    else:
        found = days(rule, first.date(), until=first.date() + LOOKED_AT)
    named = found[:DATES_NAMED]
    this_year = all(day.year == first.year for day in named)
    return Preview(
        words=rule_words(rule, first.time()),
        dates=[date_format(day, _("D j M") if this_year else _("D j M Y")) for day in named],
        more=not end or len(found) > len(named),
        count=len(found) if end else None,
        odd_hours=odd_hours([datetime.combine(day, first.time()) for day in found], zone),
    )


def odd_hours(starts: Sequence[datetime], zone: ZoneInfo) -> list[str]:
    """A sentence for each of these wall times that the clocks of `zone` skip or show twice; the first few."""
    odd = ((start, words) for start in starts if (words := odd_hour_words(start, zone)))
    return [f"{date_format(start, _('D j M Y'))}: {words}" for start, words in islice(odd, HOURS_NAMED)]


def odd_hour_words(start: datetime, zone: ZoneInfo) -> str:
    """What is to be said of a wall time that the clocks skip or show twice; else ""."""
    clock = shown(start, zone)
    values = {"typed": date_format(start, "H:i"), "shown": date_format(clock, "H:i")}
    if in_gap(start, zone):
        if clock.date() != start.date():
            values["shown"] = date_format(clock, _("D j M, H:i"))
        return _("The clocks skip %(typed)s that night, so the run starts at %(shown)s.") % values
    if in_fold(start, zone):
        return _("The clocks show %(typed)s twice that night. The first one is meant.") % values
    return ""


# --- Reading ----------------------------------------------------------------------------------------------------------
def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=") for part in rule.split(";"))


def _numbers(values: str) -> list[int]:
    """Of a rule's part: those counted from the start in order, then those from the end."""
    numbers = {int(value) for value in values.split(",")} if values else set()
    return sorted(numbers, key=lambda number: (number < 0, number))


def _numbered(values: str) -> list[tuple[int | None, str]]:
    """Weekdays with the number before each, if any: in the order of the numbers, then of the week."""
    found = {(int(value[:-2]) if value[:-2] else None, value[-2:]) for value in values.split(",")} if values else set()
    return sorted(found, key=lambda each: ((each[0] or 0) < 0, each[0] or 0, WEEKDAYS.index(each[1])))


def _week_matters(parts: dict[str, str]) -> bool:
    """Whether the day on which a week begins changes anything: of every second week, say, with several days."""
    several = parts.get("INTERVAL", "1") != "1" and "," in parts.get("BYDAY", "")
    return several and parts.get("WKST", "MO") != "MO"
