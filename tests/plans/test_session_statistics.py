"""What a log of warm-ups adds up to, and where the marks of its charts stand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.domain.session_statistics import (
    Answers,
    Prescribed,
    Sides,
    Warmup,
    Worked,
    seconds_done,
    statistics,
    unit_of,
    work_done,
)
from plans.session_charts import HEIGHT, LEFT, WIDTH, columns, ranges, tick_step

MONDAY = date(2027, 3, 1)
BRIDGE = Prescribed("bridge", "reps", sets=2, reps=10)  # 60 s of work at 3 s a rep
PLANK = Prescribed("plank", "hold", sets=1, reps=2, hold_seconds=13, sides="each")  # 60 s
STEPS = {1: BRIDGE, 2: PLANK}
EXERCISES = {
    "bridge": Worked(frozenset({"gluteus-maximus", "soleus"}), {"gluteus-maximus": 0.5}),
    "plank": Worked(frozenset({"gluteus-medius"}), {"gluteus-medius": 1.0}),
}


def row(position: int, **fields: object) -> dict[str, object]:
    return {"position": position, "skipped": False, **fields}


@pytest.mark.parametrize(
    ("warmup", "work"),
    [
        (Warmup(MONDAY, prescribed=STEPS), [("bridge", 60), ("plank", 60)]),
        (Warmup(MONDAY, "partial", prescribed=STEPS), []),
        (Warmup(MONDAY, "short", prescribed=STEPS), []),
        (Warmup(MONDAY, noted=[row(1)]), []),
        (Warmup(MONDAY, "short", STEPS, [row(1)]), [("bridge", 60)]),
        (Warmup(MONDAY, "partial", STEPS, [row(1, sets_done=1), row(2, skipped=True)]), [("bridge", 30)]),
        (Warmup(MONDAY, "partial", STEPS, [row(1, sets_done=0, reps_done=10)]), [("bridge", 0)]),
        (Warmup(MONDAY, "done", STEPS, [row(1, sets_done=3, reps_done=5)]), [("bridge", 45)]),
        (Warmup(MONDAY, "done", STEPS, [row(2, seconds_done=3)]), [("plank", 20)]),
        (Warmup(MONDAY, "done", STEPS, [row(1, swapped_for="plank")]), [("plank", 60)]),
        (Warmup(MONDAY, "done", STEPS, [row(1, sets_done=100, reps_done=10_000)]), [("bridge", 3600)]),
        (Warmup(MONDAY, "done", STEPS, [row(9)]), []),
    ],
)
def test_work_is_what_was_really_done(warmup: Warmup, work: list[tuple[str, int]]) -> None:
    assert work_done(warmup) == work


def test_muscles_get_weighted_seconds_and_unknown_ones_are_named() -> None:
    found = statistics([Warmup(MONDAY, prescribed=STEPS)], EXERCISES, since=MONDAY, until=MONDAY)

    assert found.muscles == {"soleus": None, "gluteus-maximus": 30, "gluteus-medius": 60}
    assert (found.seconds, found.untold) == (120, 0)


def test_a_session_of_which_nothing_is_known_counts_as_one_and_for_no_muscle() -> None:
    found = statistics([Warmup(MONDAY, "partial", STEPS)], EXERCISES, since=MONDAY, until=MONDAY)

    assert (found.count, found.untold, found.seconds, found.muscles) == (1, 1, 0, {})


def test_weeks_begin_on_mondays_and_empty_ones_are_there() -> None:
    days = [MONDAY + timedelta(days=days) for days in (-1, 0, 6, 14)]
    found = statistics([Warmup(day) for day in days], {}, since=MONDAY, until=MONDAY + timedelta(days=20))

    assert [(each.first, each.last, each.count) for each in found.stretches] == [
        (MONDAY, MONDAY + timedelta(days=6), 2),
        (MONDAY + timedelta(days=7), MONDAY + timedelta(days=13), 0),
        (MONDAY + timedelta(days=14), MONDAY + timedelta(days=20), 1),
    ]


def test_answers_are_told_by_their_middle() -> None:
    rows = [Warmup(MONDAY, rpe=rpe, pain=0) for rpe in (3, 9, 2, None, 4)]
    (week,) = statistics(rows, {}, since=MONDAY, until=MONDAY).stretches

    assert (week.effort, week.pain, week.readiness) == (Answers(4, 2, 3, 9), Answers(5, 0, 0, 0), None)


def test_sides_are_counted_by_the_exercise_done() -> None:
    noted = [
        [row(1, harder_side="left"), row(2, harder_side="right")],
        [row(1, harder_side="right", swapped_for="plank"), row(2, harder_side="left", skipped=True)],
    ]
    found = statistics([Warmup(MONDAY, "done", STEPS, rows) for rows in noted], {}, since=MONDAY, until=MONDAY)

    assert found.sides == [Sides("plank", 0, 2), Sides("bridge", 1, 0)]


def test_longer_times_are_told_in_longer_stretches() -> None:
    spans = [27, 111, 112, 364, 2000]
    units = [unit_of(MONDAY, MONDAY + timedelta(days=days)) for days in spans]
    assert units == ["week", "week", "month", "month", "year"]


NOTED = st.lists(
    st.fixed_dictionaries(
        {"position": st.integers(1, 3), "skipped": st.booleans()},
        optional={
            "sets_done": st.none() | st.integers(0, 100),
            "reps_done": st.none() | st.integers(0, 10_000),
            "seconds_done": st.none() | st.integers(0, 86_400),
            "swapped_for": st.sampled_from([None, "plank", "gone"]),
            "harder_side": st.sampled_from([None, "left", "right"]),
        },
    ),
    max_size=3,
    unique_by=lambda each: each["position"],
)
SCALE = st.none() | st.integers(0, 10)
WARMUPS = st.lists(
    st.builds(
        Warmup,
        day=st.dates(date(2000, 1, 1), date(2099, 12, 31)) | st.dates(MONDAY, MONDAY + timedelta(days=60)),
        outcome=st.sampled_from(["done", "short", "partial"]),
        prescribed=st.sampled_from([{}, STEPS]),
        noted=NOTED,
        rpe=SCALE,
        pain=SCALE,
        readiness=st.none() | st.integers(1, 5),
    ),
    max_size=12,
)
SPANS = st.tuples(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 20_000))


@given(WARMUPS, SPANS, st.randoms())
def test_stretches_add_up_to_the_whole_in_any_order(warmups, span, random) -> None:
    since, until = span[0], min(span[0] + timedelta(days=span[1]), date(2099, 12, 31))
    found = statistics(warmups, EXERCISES, since=since, until=until)

    assert sum(each.seconds for each in found.stretches) == found.seconds
    assert sum(each.count for each in found.stretches) == found.count <= len(warmups)
    assert found.seconds == sum(seconds_done(each) for each in warmups if since <= each.day <= until)
    assert all(seconds is None or seconds >= 0 for seconds in found.muscles.values())
    assert all(each.left >= 0 and each.right >= 0 and each.left + each.right for each in found.sides)
    random.shuffle(warmups)
    assert statistics(warmups, EXERCISES, since=since, until=until) == found


@given(WARMUPS, SPANS)
def test_marks_stay_in_their_drawing(warmups, span) -> None:
    since, until = span[0], min(span[0] + timedelta(days=span[1]), date(2099, 12, 31))
    stretches = statistics(warmups, {}, since=since, until=until).stretches
    bars = columns(stretches)
    dots = ranges(stretches, [each.pain for each in stretches], low=0, high=10, limit=6)

    for part in bars.parts:
        assert LEFT <= part.x <= part.x + part.width <= WIDTH
        assert 0 <= part.y < part.y + part.height <= HEIGHT
    for mark in dots.ranges:
        assert LEFT <= mark.x <= WIDTH
        assert 0 <= mark.top <= mark.middle <= mark.bottom <= HEIGHT
    assert len(bars.names) <= 5
    assert bars.names[-1].stretch == stretches[-1]


def test_scales_have_round_steps() -> None:
    assert [tick_step(most) for most in (0, 1, 5, 6, 10, 11, 25, 26, 60, 300)] == [1, 1, 1, 2, 2, 5, 5, 10, 20, 100]
