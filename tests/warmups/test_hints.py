"""What a coach is asked to look at again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.coverage import ROLES
from warmups.domain.hints import hints, in_phase_order
from warmups.domain.suggestions import ALL_PHASES


@dataclass(frozen=True)
class Movement:
    name: str = "Bridge"
    phase: str = "activate"
    running_role: str = "force"


@dataclass(frozen=True)
class Step:
    """`reps` seconds of work, on `sides`."""

    exercise: Movement = field(default_factory=Movement)
    reps: int = 22
    sides: str | None = None
    mode: str = "reps"
    sets: int = 1
    hold_seconds: int | None = None
    metres: int | None = None
    rest_seconds: int = 0
    seconds_per_rep: Decimal | None = Decimal(1)


ALL_ROLES = [Step(Movement(name=role, running_role=role)) for role in ROLES]


def about(*steps: Step) -> list[str]:
    return [hint.about for hint in hints(steps)]


def test_five_for_every_role_need_no_second_look() -> None:
    assert about(*ALL_ROLES) == []
    assert about() == []


def test_six_exercises_or_more_than_ten_minutes_are_many() -> None:
    assert about(*ALL_ROLES, Step()) == ["length"]
    assert about(*ALL_ROLES[:4], Step(ALL_ROLES[4].exercise, reps=600 - 4 * 30 - 8)) == []
    assert about(*ALL_ROLES[:4], Step(ALL_ROLES[4].exercise, reps=600 - 4 * 30 - 7)) == ["length"]
    [told] = hints([*ALL_ROLES, Step(reps=600)])
    assert told.text.startswith("6 exercises and 13 minutes: ")


def test_a_role_that_nothing_is_for() -> None:
    [told] = hints(ALL_ROLES[:3])
    assert told == ("role", "Nothing here is for: free movement, spring.")


def test_one_side_only() -> None:
    left, right = (Step(Movement("Clam"), sides=side) for side in ("left", "right"))
    assert about(*ALL_ROLES[1:], left) == ["one-sided"]
    assert "one-sided" not in about(*ALL_ROLES, left, right)
    more = Step(Movement("Clam"), sides="right", reps=30)
    told = [hint.text for hint in hints([*ALL_ROLES, left, more]) if hint.about == "one-sided"]
    assert told == ["Clam gives one side more work than the other. On purpose?"]


def test_both_sides_are_no_matter() -> None:
    assert about(*ALL_ROLES[1:], Step(sides="each")) == []


STEPS = st.lists(st.builds(Step, st.builds(Movement, st.text(max_size=2), st.sampled_from(ALL_PHASES))), max_size=8)


@given(STEPS)
def test_in_the_order_of_the_phases_nothing_is_lost_and_nothing_to_say_of_it(steps: list[Step]) -> None:
    ordered = in_phase_order(steps)
    assert sorted(map(id, ordered)) == sorted(map(id, steps))
    assert "order" not in about(*ordered)
    assert ("order" in about(*steps)) == (ordered != steps)
