"""How a series repeats: rule, form and words. Values only, but for the form."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plans.domain.recurrence import COUNT_AT_MOST, INTERVAL_AT_MOST, WEEKDAYS, clean_rule, days, first_day
from plans.forms.repeats import ChangesRepeats, WhenForm, repeats_initial
from plans.repeats import LAST, MONTH_DAYS, NTHS, Repeats, preview, repeats_of, rule_of, rule_words
from tests.factories import BERLIN

FIRST = datetime(2027, 1, 5, 18, 30)  # a Tuesday


# --- Rules from a form, and back --------------------------------------------------------------------------------------
def _some_weekdays(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in WEEKDAYS if name in names)


SOME_WEEKDAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(_some_weekdays)
DAYS = st.dates(FIRST.date(), FIRST.date() + timedelta(days=2000))
ENDS = st.one_of(
    st.just({}),
    st.builds(lambda day: {"until": day}, DAYS),
    st.builds(lambda times: {"times": times}, st.integers(1, COUNT_AT_MOST)),
)
DAILY = st.just({"every": "day"})
WEEKLY = st.builds(lambda names: {"every": "week", "weekdays": names}, SOME_WEEKDAYS)
BY_DAY = st.builds(lambda day: {"every": "month", "month_day": day}, st.sampled_from(MONTH_DAYS))
BY_WEEKDAY = st.builds(
    lambda nth, name: {"every": "month", "nth": nth, "weekday": name}, st.sampled_from(NTHS), st.sampled_from(WEEKDAYS)
)
ASKED = st.builds(
    lambda how, interval, ends: Repeats(interval=interval, **how, **ends),
    st.one_of(DAILY, WEEKLY, BY_DAY, BY_WEEKDAY),
    st.integers(1, INTERVAL_AT_MOST),
    ENDS,
)


def posted(repeats: Repeats) -> dict[str, Any]:
    """What a browser sends of a form that shows it."""
    shown = repeats_initial(rule_of(repeats)) | {"local_date": "2027-01-05", "local_time": "18:30"}
    return {name: value for name, value in shown.items() if value is not None} | {"time_zone": "Europe/Berlin"}


@given(ASKED)
def test_what_a_form_asks_comes_back_from_its_rule(repeats: Repeats) -> None:
    assert repeats_of(rule_of(repeats)) == repeats


@given(ASKED)
def test_a_form_asks_again_what_it_was_told(repeats: Repeats) -> None:
    form = WhenForm(posted(repeats))
    assert form.is_valid(), form.errors
    assert (form.chosen, form.rule()) == (repeats, rule_of(repeats))


@given(ASKED)
def test_a_kept_rule_asks_for_the_same_days(repeats: Repeats) -> None:
    try:
        rule = clean_rule(rule_of(repeats), FIRST)
    except ValidationError:
        assume(False)  # a day that never comes
    again = repeats_of(rule)
    assert again is not None
    until = FIRST.date() + timedelta(days=700)
    assert days(clean_rule(rule_of(again), FIRST), FIRST.date(), until=until) == days(rule, FIRST.date(), until=until)
    form = ChangesRepeats(posted(again), rule=rule)
    assert form.is_valid()
    assert form.changed_rule() is None


@pytest.mark.parametrize(
    ("open_", "filled"),
    [
        (Repeats("day", 3), Repeats("day", 3)),
        (Repeats("week"), Repeats("week", weekdays=("TU",))),
        (Repeats("week", weekdays=("SA",)), Repeats("week", weekdays=("SA",))),
        (Repeats("month"), Repeats("month", month_day=5)),
        (Repeats("month", month_day=LAST), Repeats("month", month_day=LAST)),
    ],
)
def test_what_is_left_open_is_as_on_the_first_day(open_: Repeats, filled: Repeats) -> None:
    assert open_.on(FIRST.date()) == filled


def test_a_weekday_left_open_is_that_of_the_first_day() -> None:
    assert Repeats("month").on(date(2027, 1, 5), by_weekday=True) == Repeats("month", nth=1, weekday="TU")
    assert Repeats("month").on(date(2027, 1, 31), by_weekday=True) == Repeats("month", nth=5, weekday="SU")
    assert Repeats("month", nth=LAST).on(FIRST.date(), by_weekday=True) == Repeats("month", nth=LAST, weekday="TU")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYDAY=1SU,3SU",
        "FREQ=MONTHLY;BYDAY=-2SU",
        "FREQ=MONTHLY;BYDAY=SU",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ],
)
def test_a_rule_that_no_form_asks_for_may_be_kept(rule: str) -> None:
    assert repeats_of(rule) is None
    kept = {"local_date": "2027-01-05", "local_time": "18:30", "time_zone": "Europe/Berlin"}
    for answer in ({"repeats": "keep"}, {}):
        form = ChangesRepeats(kept | answer, rule=rule)
        assert form.is_valid()
        assert form.changed_rule() is None
    form = ChangesRepeats(kept | {"repeats": "day"}, rule=rule)
    assert form.is_valid()
    assert form.changed_rule() == "FREQ=DAILY"


def test_where_a_week_begins_matters_only_for_several_days_of_every_other() -> None:
    once = Repeats("week", 2, weekdays=("SU",))
    assert repeats_of("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU") == once
    assert repeats_of("FREQ=WEEKLY;WKST=TU;BYDAY=TU,TH") == Repeats("week", weekdays=("TU", "TH"))


# --- The form ---------------------------------------------------------------------------------------------------------
WHEN = {"local_date": "2027-01-05", "local_time": "18:30", "time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({}, ""),
        ({"repeats": "never", "interval": "x", "until": "x", "ends": "on"}, ""),
        ({"repeats": "week"}, "FREQ=WEEKLY;BYDAY=TU"),
        ({"repeats": "week", "interval": "", "month_day": "99", "times": "0"}, "FREQ=WEEKLY;BYDAY=TU"),
        ({"repeats": "week", "interval": "2", "weekdays": ["TH", "TU"]}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH"),
        ({"repeats": "month"}, "FREQ=MONTHLY;BYMONTHDAY=5"),
        ({"repeats": "month", "month_by": "weekday"}, "FREQ=MONTHLY;BYDAY=1TU"),
        ({"repeats": "month", "month_by": "weekday", "nth": "-1", "nth_weekday": "SU"}, "FREQ=MONTHLY;BYDAY=-1SU"),
        ({"repeats": "day", "ends": "after", "times": "16"}, "FREQ=DAILY;COUNT=16"),
        ({"repeats": "day", "ends": "on", "until": "2027-01-05"}, "FREQ=DAILY;UNTIL=20270105"),
        ({"repeats": "day", "ends": "never", "until": "2001-01-05"}, "FREQ=DAILY"),
    ],
)
def test_what_was_chosen_is_what_counts(typed: dict[str, Any], rule: str) -> None:
    form = WhenForm(WHEN | typed)
    assert form.is_valid(), form.errors
    assert form.rule() == rule


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"repeats": "yearly"}, "repeats"),
        ({"repeats": "day", "interval": "0"}, "interval"),
        ({"repeats": "day", "interval": "100"}, "interval"),
        ({"repeats": "day", "interval": "9" * 400}, "interval"),
        ({"repeats": "week", "weekdays": ["TU", "XX"]}, "weekdays"),
        ({"repeats": "month", "month_by": "moon"}, "month_by"),
        ({"repeats": "month", "month_by": "day", "month_day": "32"}, "month_day"),
        ({"repeats": "month", "month_by": "day", "month_day": "0"}, "month_day"),
        ({"repeats": "month", "month_by": "weekday", "nth": "6"}, "nth"),
        ({"repeats": "month", "month_by": "weekday", "nth_weekday": "\x00"}, "nth_weekday"),
        ({"repeats": "day", "ends": "someday"}, "ends"),
        ({"repeats": "day", "ends": "on"}, "until"),
        ({"repeats": "day", "ends": "on", "until": "2027-01-04"}, "until"),
        ({"repeats": "day", "ends": "on", "until": "2027-02-30"}, "until"),
        ({"repeats": "day", "ends": "after"}, "times"),
        ({"repeats": "day", "ends": "after", "times": "1001"}, "times"),
    ],
)
def test_what_is_wrong_is_named(typed: dict[str, Any], named: str) -> None:
    assert list(WhenForm(WHEN | typed).errors) == [named]


# --- Words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270624", "Every Tuesday and Thursday at 18:30 until 24 June 2027"),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=16", "Every Tuesday and Thursday at 18:30 until 25 February 2027"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "Every second Sunday at 18:30"),
        ("FREQ=WEEKLY;INTERVAL=12;BYDAY=SU", "Every 12 weeks on Sunday at 18:30"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", "Every second week on Saturday and Sunday at 18:30"),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SA,SU",
            "Every second week on Saturday and Sunday, with weeks from Sunday on at 18:30",
        ),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every day from Monday to Friday at 18:30"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "Every day at 18:30"),
        ("FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=1", "By a rule of its own (FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=1) at 18:30"),
        ("FREQ=DAILY", "Every day at 18:30"),
        ("FREQ=DAILY;INTERVAL=3", "Every third day at 18:30"),
        ("FREQ=DAILY;INTERVAL=10", "Every 10 days at 18:30"),
        ("FREQ=DAILY;BYDAY=SA,SU", "Every Saturday and Sunday at 18:30"),
        ("FREQ=DAILY;BYMONTHDAY=1", "On the 1st of each month at 18:30"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=SA,SU", "Every second day that is a Saturday or Sunday at 18:30"),
        ("FREQ=MONTHLY", "On the 5th of each month at 18:30"),
        ("FREQ=MONTHLY;BYDAY=2SU", "On the second Sunday of each month at 18:30"),
        ("FREQ=MONTHLY;BYDAY=-1SU", "On the last Sunday of each month at 18:30"),
        ("FREQ=MONTHLY;BYDAY=-2SU", "On the second to last Sunday of each month at 18:30"),
        ("FREQ=MONTHLY;BYDAY=1SU,3SU", "On the first Sunday and the third Sunday of each month at 18:30"),
        ("FREQ=MONTHLY;BYDAY=5SU", "On the fifth Sunday of each month that has one at 18:30"),
        ("FREQ=MONTHLY;BYDAY=SU", "Every Sunday at 18:30"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=SU", "Every second month on each Sunday at 18:30"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "On every Friday that is the 13th of each month at 18:30"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "On the last day of each month at 18:30"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "On the 31st of each month that has one at 18:30"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,15", "Every third month on the 1st and 15th at 18:30"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1", "On the 1st and the last day of each month at 18:30"),
        ("FREQ=MONTHLY;INTERVAL=12;BYDAY=1SU", "On the first Sunday of every 12th month at 18:30"),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", "On the first Saturday or Sunday of each month at 18:30"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "On the last day from Monday to Friday of each month at 18:30",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYSETPOS=2",
            "By a rule of its own (FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYSETPOS=2) at 18:30",
        ),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert rule_words(clean_rule(rule, FIRST), FIRST.time()) == words


def test_words_without_a_time_or_a_rule() -> None:
    assert rule_words("FREQ=DAILY;UNTIL=20270624") == "Every day until 24 June 2027"
    assert rule_words("FREQ=DAILY") == "Every day"
    assert rule_words("", time(18, 30)) == ""


PLAIN = st.sampled_from(WEEKDAYS)
NUMBERED = st.builds(lambda number, name: f"{number}{name}", st.sampled_from(["1", "2", "5", "-1", "-3"]), PLAIN)
SIGNED = st.integers(-31, 31).filter(bool).map(str)


def _listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4).map(",".join)


def _rules(frequency: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    always = {
        "INTERVAL": st.integers(1, 12).map(str),
        "WKST": PLAIN,
        "UNTIL": DAYS.map(lambda day: f"{day:%Y%m%d}"),
        "BYSETPOS": _listed(st.sampled_from(["1", "2", "-1"])),
    }
    some = st.fixed_dictionaries({}, optional=always | parts)
    return some.map(lambda each: ";".join([f"FREQ={frequency}", *(f"{name}={each[name]}" for name in each)]))


SOME_RULE = st.one_of(
    _rules("DAILY", BYDAY=_listed(PLAIN), BYMONTHDAY=_listed(SIGNED)),
    _rules("WEEKLY", BYDAY=_listed(PLAIN)),
    _rules("MONTHLY", BYDAY=_listed(st.one_of(PLAIN, NUMBERED)), BYMONTHDAY=_listed(SIGNED)),
)


@settings(max_examples=60)
@given(SOME_RULE)
def test_every_rule_has_words_and_a_preview(text: str) -> None:
    try:
        rule = clean_rule(text, FIRST)
    except ValidationError:
        assume(False)
    words = rule_words(rule, FIRST.time())
    assert "18:30" in words
    assert "%(" not in words
    assert ("FREQ" in words) == ("a rule of its own" in words)
    assert "FREQ" not in words or "BYSETPOS" in rule or _mixed(rule)
    assert preview(rule, FIRST, BERLIN).words == words


def _mixed(rule: str) -> bool:
    """Whether numbered weekdays stand beside plain ones."""
    by_day = next((part[6:].split(",") for part in rule.split(";") if part.startswith("BYDAY=")), [])
    return len({name[:-2] == "" for name in by_day}) == 2


def test_the_same_words_mean_the_same_days() -> None:
    parts = product(
        ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY"],
        ["", ";INTERVAL=2"],
        ["", ";BYDAY=SU", ";BYDAY=SA,SU", ";BYDAY=1SU", ";BYDAY=-1SU,2SA"],
        ["", ";BYMONTHDAY=1", ";BYMONTHDAY=-1,15"],
        ["", ";BYSETPOS=1", ";BYSETPOS=-1"],
    )
    until = FIRST.date() + timedelta(days=400)
    meant: dict[str, set[tuple[date, ...]]] = defaultdict(set)
    for text in map("".join, parts):
        try:
            rule = clean_rule(text, FIRST)
        except ValidationError:
            continue
        # From the first day on, as a series keeps it: where that lies in a week decides which weeks are left out.
        first = first_day(rule, FIRST.date())
        meant[rule_words(rule)].add(tuple(days(rule, first, until=until)))
    assert {words: len(found) for words, found in meant.items() if len(found) > 1} == {}


# --- What comes of it -------------------------------------------------------------------------------------------------
def test_a_preview_names_the_next_dates() -> None:
    shown = preview(clean_rule("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=16", FIRST), FIRST, BERLIN)
    assert shown.text == "Tue 5 Jan, Thu 7 Jan, Tue 12 Jan, Thu 14 Jan, Tue 19 Jan, Thu 21 Jan …"
    assert (shown.count, shown.odd_hours) == (16, [])
    shown = preview(clean_rule("FREQ=DAILY;COUNT=2", FIRST), FIRST, BERLIN)
    assert (shown.text, shown.count) == ("Tue 5 Jan, Wed 6 Jan", 2)
    shown = preview("FREQ=DAILY", FIRST, BERLIN)
    assert (shown.more, shown.count) == (True, None)


@pytest.mark.parametrize(
    ("zone", "first", "sentences"),
    [
        (
            "Europe/Berlin",
            datetime(2026, 11, 29, 2, 30),
            [
                "Sun 28 Mar 2027: The clocks skip 02:30 that night, so the run starts at 03:30.",
                "Sun 31 Oct 2027: The clocks show 02:30 twice that night. The first one is meant.",
            ],
        ),
        (
            "Australia/Lord_Howe",  # half an hour
            datetime(2027, 3, 28, 1, 45),
            ["Sun 4 Apr 2027: The clocks show 01:45 twice that night. The first one is meant."],
        ),
        ("Asia/Kathmandu", datetime(2027, 3, 28, 2, 30), []),
    ],
)
def test_odd_hours_are_told_for_the_dates_to_come(zone: str, first: datetime, sentences: list[str]) -> None:
    rule = "FREQ=WEEKLY;BYDAY=SU;UNTIL=20271230"
    assert preview(rule, first, ZoneInfo(zone)).odd_hours == sentences


def test_a_single_run_in_an_odd_hour_is_told() -> None:
    shown = preview("", datetime(2027, 3, 28, 2, 30), BERLIN)
    assert (shown.words, shown.text) == ("", "Sun 28 Mar")
    assert shown.odd_hours == ["Sun 28 Mar 2027: The clocks skip 02:30 that night, so the run starts at 03:30."]
