"""How long steps take. The seed data computed the same work seconds by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.durations import minutes_begun, routine_seconds, step_seconds, work_seconds


@dataclass(frozen=True)
class Dose:
    """A dose without a database."""

    mode: str = "reps"
    sets: int = 1
    reps: int | None = 8
    hold_seconds: int | None = None
    metres: int | None = None
    sides: str | None = None
    rest_seconds: int = 0
    seconds_per_rep: Decimal | None = Decimal(3)


HOLD = Dose(mode="hold", reps=5, hold_seconds=5, seconds_per_rep=None)
METRES = Dose(mode="distance", reps=None, metres=60, seconds_per_rep=Decimal("0.2"))


@pytest.mark.parametrize(
    ("dose", "work", "whole"),
    [
        (Dose(), 24, 32),
        (Dose(sides="each"), 48, 61),
        (Dose(sides="left"), 24, 32),
        (Dose(sets=2, sides="each", rest_seconds=20), 96, 134),
        (Dose(sets=3, rest_seconds=20), 72, 120),
        (Dose(seconds_per_rep=None), 24, 32),
        (Dose(reps=80, seconds_per_rep=Decimal("0.6")), 48, 56),
        (HOLD, 35, 43),
        (replace(HOLD, reps=None), 7, 15),
        (METRES, 12, 20),
        (replace(METRES, sets=3), 36, 44),
        (replace(METRES, seconds_per_rep=None), 36, 44),
    ],
)
def test_work_and_whole(dose: Dose, work: int, whole: int) -> None:
    assert (work_seconds(dose), step_seconds(dose)) == (work, whole)


def test_a_routine_is_the_sum_of_its_steps() -> None:
    assert routine_seconds([]) == 0
    assert routine_seconds([Dose(), HOLD, METRES]) == 32 + 43 + 20


whole = st.integers(1, 200)
doses = st.builds(
    Dose,
    mode=st.sampled_from(["reps", "hold", "distance"]),
    sets=st.integers(1, 10),
    reps=whole,
    hold_seconds=whole,
    metres=whole,
    sides=st.sampled_from([None, "each", "left", "right"]),
    rest_seconds=st.integers(0, 600),
    seconds_per_rep=st.none() | st.decimals(Decimal("0.1"), Decimal(20), places=2),
)


@given(doses)
def test_both_sides_are_twice_the_work_of_one(dose: Dose) -> None:
    # Half a second may go either way when each is rounded.
    assert abs(work_seconds(replace(dose, sides="each")) - 2 * work_seconds(replace(dose, sides="left"))) <= 1


@given(doses)
def test_more_sets_never_take_less(dose: Dose) -> None:
    assert step_seconds(replace(dose, sets=dose.sets + 1)) >= step_seconds(dose) + dose.rest_seconds


@given(doses)
def test_a_step_is_longer_than_its_work(dose: Dose) -> None:
    assert step_seconds(dose) >= work_seconds(dose) + 8


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2), (319, 6)])
def test_the_minutes_that_are_told_are_enough(seconds: int, minutes: int) -> None:
    assert minutes_begun(seconds) == minutes
