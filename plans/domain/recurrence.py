"""Recurrence rules (RFC 5545, 3.3.10) as a series keeps them: checked, made plain, turned into days. Values only.

dateutil reads the rules and finds the days. A rule has no DTSTART: that is the series' first date. Days are local
dates; the time of day is the series' own, so that no rule says anything of hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice

from dateutil.rrule import rrulestr
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LENGTH = 200  # characters: the column
COUNT_AT_MOST = 1000
INTERVAL_AT_MOST = 99
YEARS = 6  # how far a rule is followed: beyond the latest first date that may be chosen
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY")
PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "WKST"}
_PART = re.compile(r"([A-Z]+)=([A-Z0-9,+\-]+)")
_UNTIL = re.compile(r"(\d{8})(T\d{6})?")


def clean_rule(text: str, first: datetime) -> str:
    """The rule made plain, "" for none: COUNT becomes the UNTIL that it means, weekday and day of month are spelt out.

    `first` is the wall time from which on it counts. Raises ValidationError for a rule that cannot be read, that says
    what a series does not (only FREQ DAILY, WEEKLY or MONTHLY, INTERVAL, COUNT or UNTIL, BYDAY, BYMONTHDAY, BYSETPOS,
    WKST), or that gives no day.
    """
    parts = _read(text)
    if not parts:
        return ""
    _check_numbers(parts)
    frequency = parts["FREQ"]
    if "BYSETPOS" in parts and not parts.keys() & {"BYDAY", "BYMONTHDAY"}:
        raise ValidationError(_("BYSETPOS needs BYDAY or BYMONTHDAY beside it."))
    if frequency != "MONTHLY" and re.search(r"\d", parts.get("BYDAY", "")):
        raise ValidationError(_("Numbered weekdays, as in 2SU, go with FREQ=MONTHLY only."))
    if len({weekday[:-2] != "" for weekday in parts.get("BYDAY", "").split(",")}) > 1:
        # RFC 5545 unites them, dateutil takes only the days that are both.
        raise ValidationError(_("Give weekdays with a number, as in 2SU, or without one, not both in one rule."))
    if frequency == "WEEKLY":
        if "BYMONTHDAY" in parts:
            raise ValidationError(_("BYMONTHDAY does not go with FREQ=WEEKLY."))
        parts.setdefault("BYDAY", WEEKDAYS[first.weekday()])
    if frequency == "MONTHLY" and not parts.keys() & {"BYDAY", "BYMONTHDAY"}:
        parts["BYMONTHDAY"] = str(first.day)
    until = _until(parts.pop("UNTIL", ""), first)
    count = parts.pop("COUNT", None)
    end = _years_on(first.date())
    found = list(islice(_follow(parts, first.date(), until or end), int(count) if count else 1))
    if not found:
        raise ValidationError(_("This rule gives no date from %(day)s on.") % {"day": first.date().isoformat()})
    if count:
        until = found[-1]
    return _write(parts, until)


def days(rule: str, first: date, *, until: date, after: date | None = None) -> list[date]:
    """The days that a plain rule gives from `first` on, up to and with `until`, without those up to `after`.

    Without a rule it is `first` alone.
    """
    found = _follow(_read(rule), first, until) if rule else iter([first] if first <= until else [])
    return [day for day in found if after is None or day > after]


def first_day(rule: str, first: date) -> date:
    """The first day that a plain rule gives on or after `first`; `first` without a rule."""
    return next(_follow(_read(rule), first, _years_on(first)), first) if rule else first


def last_day(rule: str, first: date) -> date | None:
    """The day after which there is no more: of a rule with an end, or of none; None where it goes on for ever."""
    if not rule:
        return first
    until = _read(rule).get("UNTIL")
    return datetime.strptime(until[:8], "%Y%m%d").date() if until else None


def shifted(rule: str, by: int) -> str:
    """The rule of the same days, each `by` days later; the first date has to move as well.

    Raises ValidationError for a rule by days of the month, which cannot be moved so.
    """
    parts = _read(rule)
    if not parts or not by:
        return rule
    if parts["FREQ"] == "MONTHLY" or parts.keys() & {"BYMONTHDAY", "BYSETPOS"}:
        raise ValidationError(
            _("This series goes by days of the month. Change how it repeats to move all of it to other days.")
        )
    until = last_day(rule, date.min)
    parts.pop("UNTIL", None)
    if "BYDAY" in parts:
        parts["BYDAY"] = _later(parts["BYDAY"], by)
    if parts["FREQ"] == "WEEKLY":
        # With every second week, which week a day belongs to matters: the week's start moves along.
        parts["WKST"] = _later(parts.get("WKST", "MO"), by)
    try:
        return _write(parts, until and until + timedelta(days=by))
    except OverflowError:
        raise ValidationError(_("Choose a nearer date.")) from None


def _later(weekdays: str, by: int) -> str:
    numbers = [(WEEKDAYS.index(each) + by) % 7 for each in weekdays.split(",")]
    return ",".join(WEEKDAYS[number] for number in sorted(numbers))


def _read(text: str) -> dict[str, str]:
    """The parts of a rule by name. Raises ValidationError for what is none, or not one of ours."""
    text = text.strip().upper().removeprefix("RRULE:").strip(";")
    if not text:
        return {}
    if len(text) > LENGTH:
        raise ValidationError(_("Use at most %(most)d characters.") % {"most": LENGTH})
    parts: dict[str, str] = {}
    for each in text.split(";"):
        found = _PART.fullmatch(each)
        if not found or found[1] in parts:
            raise ValidationError(_("This is no recurrence rule. Write one like FREQ=WEEKLY;BYDAY=TU,TH."))
        parts[found[1]] = found[2]
    unknown = sorted(parts.keys() - PARTS)
    if unknown:
        raise ValidationError(
            _("%(parts)s cannot be used here. Use %(known)s.")
            % {"parts": ", ".join(unknown), "known": ", ".join(sorted(PARTS))}
        )
    if parts.get("FREQ") not in FREQUENCIES:
        raise ValidationError(_("FREQ has to be DAILY, WEEKLY or MONTHLY."))
    return parts


def _check_numbers(parts: dict[str, str]) -> None:
    for name, most in (("INTERVAL", INTERVAL_AT_MOST), ("COUNT", COUNT_AT_MOST)):
        if name in parts and not (parts[name].isdecimal() and 1 <= int(parts[name]) <= most):
            raise ValidationError(
                _("%(part)s has to be a whole number from 1 to %(most)d.") % {"part": name, "most": most}
            )
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValidationError(_("Give COUNT or UNTIL, not both."))
    for name, pattern, example in (
        ("BYDAY", r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", "TU,TH"),
        ("BYMONTHDAY", r"[+-]?([1-9]|[12]\d|3[01])", "1,15"),
        ("BYSETPOS", r"[+-]?([1-9]|[12]\d|3[01])", "-1"),
        ("WKST", r"MO|TU|WE|TH|FR|SA|SU", "MO"),
    ):
        values = parts[name].split(",") if name in parts else []
        if any(not re.fullmatch(pattern, value) for value in values) or (name == "WKST" and len(values) > 1):
            raise ValidationError(_("Write %(part)s like %(example)s.") % {"part": name, "example": example})


def _until(text: str, first: datetime) -> date | None:
    if not text:
        return None
    found = _UNTIL.fullmatch(text)
    try:
        until = datetime.strptime(found[1] + (found[2] or "T235959"), "%Y%m%dT%H%M%S") if found else None
    except ValueError:
        until = None
    if until is None:
        raise ValidationError(_("Write UNTIL as a local date, like 20270630."))
    # Local, as the series is: a date whose time of day is after that end no longer belongs to it.
    last = until.date() if until.time() >= first.time() else until.date() - timedelta(days=1)
    if last < first.date():
        raise ValidationError(_("The series would end before its first date."))
    return last


def _follow(parts: dict[str, str], first: date, until: date) -> Iterator[date]:
    plain = {name: value for name, value in parts.items() if name not in {"UNTIL", "COUNT"}}
    end = min(until, datetime.strptime(parts["UNTIL"][:8], "%Y%m%d").date()) if "UNTIL" in parts else until
    start = datetime.combine(first, time.min)
    # UNTIL always: an impossible rule would be looked for until the year 9999.
    found = rrulestr(_write(plain, end), dtstart=start)
    return (moment.date() for moment in found)


def _write(parts: dict[str, str], until: date | None) -> str:
    named = dict(parts) | ({"UNTIL": until.strftime("%Y%m%d")} if until else {})
    if named.get("INTERVAL") == "1":
        del named["INTERVAL"]
    order = ("FREQ", "INTERVAL", "WKST", "BYDAY", "BYMONTHDAY", "BYSETPOS", "UNTIL")
    return ";".join(f"{name}={named[name]}" for name in order if name in named)


def _years_on(day: date) -> date:
    return min(date(min(day.year + YEARS, date.max.year), 12, 31), date.max)
