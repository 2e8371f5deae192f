"""plans/domain/recurrence.py: rules checked, made plain, followed and moved, beside a reckoning by hand."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plans.domain.recurrence import WEEKDAYS, clean_rule, days, first_day, last_day, shifted

MONDAY = datetime(2027, 3, 1, 18, 30)

starts = st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
weekdays = st.sets(st.sampled_from(WEEKDAYS), min_size=1)
intervals = st.integers(1, 5)
month_days = st.sets(st.sampled_from([*range(1, 32), -1, -2]), min_size=1, max_size=3)
numbered = st.sets(st.tuples(st.sampled_from([1, 2, 3, 4, 5, -1]), st.sampled_from(WEEKDAYS)), min_size=1, max_size=3)


@st.composite
def rules(draw: st.DrawFn, movable: bool = False) -> str:
    """A rule of one of the kinds that people choose."""
    parts = {"INTERVAL": str(draw(intervals))}
    kind = draw(st.sampled_from(["DAILY", "WEEKLY"] if movable else ["DAILY", "WEEKLY", "DAYS", "NUMBERED"]))
    if kind == "WEEKLY":
        parts["BYDAY"] = ",".join(draw(weekdays))
    elif kind == "DAYS":
        parts["BYMONTHDAY"] = ",".join(str(day) for day in draw(month_days))
    elif kind == "NUMBERED":
        parts["BYDAY"] = ",".join(f"{number}{day}" for number, day in draw(numbered))
    frequency = kind if kind in {"DAILY", "WEEKLY"} else "MONTHLY"
    return ";".join(f"{name}={value}" for name, value in {"FREQ": frequency, **parts}.items())


def by_hand(rule: str, first: date, day: date) -> bool:
    """Whether `rule`, counted from `first`, gives `day`: looked at one day at a time."""
    parts = dict(part.split("=") for part in rule.split(";"))
    interval = int(parts["INTERVAL"])
    if parts["FREQ"] == "DAILY":
        return (day - first).days % interval == 0
    if parts["FREQ"] == "WEEKLY":
        weeks = ((day - timedelta(days=day.weekday())) - (first - timedelta(days=first.weekday()))).days // 7
        return WEEKDAYS[day.weekday()] in parts["BYDAY"].split(",") and weeks % interval == 0
    if ((day.year - first.year) * 12 + day.month - first.month) % interval:
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    if "BYMONTHDAY" in parts:
        return bool({str(day.day), str(day.day - length - 1)} & set(parts["BYMONTHDAY"].split(",")))
    name = WEEKDAYS[day.weekday()]
    return bool(
        {f"{(day.day - 1) // 7 + 1}{name}", f"-{(length - day.day) // 7 + 1}{name}"} & set(parts["BYDAY"].split(","))
    )


@settings(max_examples=400, deadline=None)
@given(rules(), starts)
def test_a_rule_gives_the_days_that_one_counts_by_hand(rule: str, start: datetime) -> None:
    first, until = start.date(), start.date() + timedelta(days=200)
    try:
        plain = clean_rule(rule, start)
    except ValidationError:
        assert not any(by_hand(rule, first, first + timedelta(days=number)) for number in range(365 * 4))
        return
    every = [first + timedelta(days=number) for number in range(201)]
    assert days(plain, first, until=until) == [day for day in every if by_hand(rule, first, day)]


@settings(max_examples=200, deadline=None)
@given(rules(), starts, st.integers(0, 100))
def test_days_go_on_from_where_they_were_left(rule: str, start: datetime, after: int) -> None:
    try:
        plain = clean_rule(rule, start)
    except ValidationError:
        return
    first = first_day(plain, start.date())
    end = first + timedelta(days=200)
    middle = first + timedelta(days=after)
    assert days(plain, first, until=middle) + days(plain, first, until=end, after=middle) == days(
        plain, first, until=end
    )
    # From the first day that it gives it is the same rule, and plain already.
    assert days(plain, first, until=end) == days(plain, start.date(), until=end)
    assert clean_rule(plain, datetime.combine(first, start.time())) == plain


@settings(max_examples=200, deadline=None)
@given(rules(), starts, st.integers(1, 40))
def test_so_many_times_is_until_the_last_of_them(rule: str, start: datetime, count: int) -> None:
    try:
        endless = clean_rule(rule, start)
        plain = clean_rule(f"{rule};COUNT={count}", start)
    except ValidationError:
        return
    far = date(start.year + 6, 12, 31)
    assert days(plain, start.date(), until=far) == days(endless, start.date(), until=far)[:count]
    assert last_day(plain, start.date()) == days(plain, start.date(), until=far)[-1]
    assert last_day(endless, start.date()) is None


@settings(max_examples=300, deadline=None)
@given(rules(movable=True), starts, st.integers(-30, 30), st.none() | st.integers(0, 90))
@example("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", MONDAY, 4, None)
def test_a_moved_rule_gives_every_day_so_much_later(rule: str, start: datetime, by: int, end: int | None) -> None:
    if end is not None:
        rule += f";UNTIL={start.date() + timedelta(days=end):%Y%m%d}"
    try:
        plain = clean_rule(rule, start)
    except ValidationError:
        return
    first, until = first_day(plain, start.date()), start.date() + timedelta(days=120)
    step = timedelta(days=by)
    moved = shifted(plain, by)
    assert days(moved, first + step, until=until + step) == [day + step for day in days(plain, first, until=until)]


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYDAY=2SU", "FREQ=DAILY;BYMONTHDAY=1,15"])
def test_days_of_the_month_cannot_be_moved_so(rule: str) -> None:
    assert shifted(rule, 0) == rule
    with pytest.raises(ValidationError):
        shifted(rule, 1)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("", ""),
        ("RRULE:freq=weekly", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH;COUNT=3", "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270309"),
        ("FREQ=DAILY;UNTIL=20270303", "FREQ=DAILY;UNTIL=20270303"),
        # The clock of an end counts: at noon the evening's run is still to come.
        ("FREQ=DAILY;UNTIL=20270303T120000", "FREQ=DAILY;UNTIL=20270302"),
        ("FREQ=DAILY;UNTIL=20270303T183000", "FREQ=DAILY;UNTIL=20270303"),
    ],
)
def test_a_rule_is_made_plain(typed: str, plain: str) -> None:
    assert clean_rule(typed, MONDAY) == plain


@pytest.mark.parametrize(
    "typed",
    [
        "every tuesday",
        "FREQ=YEARLY",
        "FREQ=HOURLY",
        "BYDAY=TU",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;BYHOUR=6",
        "FREQ=WEEKLY;BYDAY=2TU",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=100",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=2;UNTIL=20270303",
        "FREQ=DAILY;UNTIL=20270303T000000Z",
        "FREQ=DAILY;UNTIL=20271303",
        "FREQ=DAILY;UNTIL=20270228",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=1SA,SU",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;WKST=MO,TU",
        "FREQ=DAILY;" * 40,
    ],
)
def test_what_is_no_rule_of_ours_is_refused_with_words(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_rule(typed, MONDAY)
    assert len(refused.value.messages) == 1


words = st.sampled_from(
    ["FREQ", "WEEKLY", "MONTHLY", "BYDAY", "UNTIL", "COUNT", "=", ";", ",", "MO", "-1", "٣", "\0", "9" * 30]
)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60) | st.lists(words, max_size=12).map("".join))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    try:
        plain = clean_rule(typed, MONDAY)
    except ValidationError:
        return
    assert clean_rule(plain, datetime.combine(first_day(plain, MONDAY.date()), time(18, 30))) == plain
