"""The short version: never too long, never in another order, never less with more time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.coverage import ROLES
from warmups.domain.durations import routine_seconds
from warmups.domain.shorten import shorten


@dataclass(frozen=True)
class Movement:
    running_role: str


@dataclass(frozen=True)
class Step:
    """A step of `reps` seconds a side."""

    name: int
    exercise: Movement
    rank: int
    reps: int
    sides: str | None
    mode: str = "reps"
    sets: int = 1
    hold_seconds: int | None = None
    metres: int | None = None
    rest_seconds: int = 0
    seconds_per_rep: Decimal | None = Decimal(1)


STEPS = st.lists(
    st.builds(
        Step,
        name=st.integers(),
        exercise=st.builds(Movement, st.sampled_from(ROLES)),
        rank=st.integers(1, 6),
        reps=st.integers(1, 200),
        sides=st.sampled_from(["each", None]),
    ),
    max_size=9,
)


@given(STEPS, st.integers(0, 20))
def test_it_fits_and_keeps_the_order(steps: list[Step], minutes: int) -> None:
    kept, left_out = shorten(steps, minutes)
    assert routine_seconds(kept) <= minutes * 60
    rest = iter(steps)
    assert all(any(step is other for other in rest) for step in kept)
    assert sorted(map(id, [*kept, *left_out])) == sorted(map(id, steps))


@given(STEPS)
def test_more_time_never_drops_a_step(steps: list[Step]) -> None:
    versions = [{id(step) for step in shorten(steps, minutes).kept} for minutes in range(70)]
    assert all(less <= more for less, more in pairwise(versions))
    assert versions[-1] == {id(step) for step in steps}


@given(STEPS, st.integers(0, 20))
def test_a_role_is_lost_only_when_each_has_one_step_left(steps: list[Step], minutes: int) -> None:
    kept, _left_out = shorten(steps, minutes)
    roles = [step.exercise.running_role for step in kept]
    if set(roles) != {step.exercise.running_role for step in steps}:
        assert len(set(roles)) == len(roles)


@given(STEPS, st.integers(0, 20))
def test_of_one_role_the_better_ranked_stays(steps: list[Step], minutes: int) -> None:
    kept, left_out = shorten(steps, minutes)
    for stays in kept:
        for goes in left_out:
            if goes.exercise == stays.exercise:
                assert stays.rank <= goes.rank


def test_by_rank() -> None:
    steps = [Step(n, Movement("force"), rank, 52, None) for n, rank in enumerate((2, 1, 3))]  # a minute each
    assert [step.name for step in shorten(steps, 3).kept] == [0, 1, 2]
    assert [step.name for step in shorten(steps, 2).kept] == [0, 1]
    assert [step.name for step in shorten(steps, 1).kept] == [1]
    assert shorten(steps, 0) == ([], steps)
