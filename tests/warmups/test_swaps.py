"""Swapping: what does not suit goes, what suits stays as it is, nothing comes twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.swaps import AS_PLANNED, Listed, Movement, Situation, Swap, swap

NAMES = "abcdefgh"
WHENS = ("hurts", "no-equipment", "no-floor", "no-space")


@dataclass(frozen=True)
class Step:
    """A step of an exercise."""

    position: int
    exercise: Movement
    rank: int = 1
    equipment: tuple[str, ...] = ()
    dose: str = "prescribed"


def movement(slug: str, *equipment: str, lying: bool = False, space: str = "spot") -> Movement:
    return Movement(slug, lying, space, frozenset(equipment))


def steps_of(movements: dict[str, Movement], slugs: str) -> list[Step]:
    return [
        Step(position, movements[slug], rank=position, equipment=tuple(movements[slug].equipment))
        for position, slug in enumerate(slugs, start=1)
    ]


def swapped(steps, situation, movements, substitutes):
    def stand_in(step: Step, slug: str) -> Step:
        other = movements[slug]
        return replace(step, exercise=other, equipment=tuple(other.equipment), dose="usual")

    return swap(steps, situation, movements=movements, substitutes=substitutes, stand_in=stand_in)


def named(steps: list[Step]) -> str:
    return "".join(step.exercise.slug for step in steps)


# --- By hand --------------------------------------------------------------------------------------------------------
ABC = {
    "a": movement("a", "band", lying=True),  # a banded clamshell
    "b": movement("b", lying=True),  # a clamshell
    "c": movement("c"),  # standing, pushing outwards
    "d": movement("d", "wall"),
    "e": movement("e", space="lane"),
}
SUBSTITUTES = {
    "a": [Listed("hurts", "b"), Listed("no-equipment", "b"), Listed("no-floor", "d"), Listed("no-floor", "c")],
    "b": [Listed("no-floor", "c"), Listed("hurts", "e")],
    "e": [Listed("no-space", "c")],
}
STANDING, EMPTY_HANDS = Situation(standing=True), Situation(equipment=frozenset())


@pytest.mark.parametrize(
    ("slugs", "situation", "left"),
    [
        ("a", AS_PLANNED, "a"),
        ("a", STANDING, "d"),  # the first listed
        ("a", EMPTY_HANDS, "b"),
        ("a", Situation(equipment=frozenset({"band"})), "a"),
        ("a", Situation(standing=True, equipment=frozenset()), "c"),
        ("a", Situation(hurts=frozenset({1})), "b"),
        ("b", Situation(hurts=frozenset({1}), no_space=True), ""),  # only what is listed for pain, and that needs space
        ("a", Situation(hurts=frozenset({1}), standing=True), ""),
        ("e", Situation(no_space=True), "c"),
        ("ea", Situation(no_space=True), "ca"),
        ("cb", STANDING, "c"),  # what is there already is no substitute
        ("d", STANDING, "d"),
        ("d", EMPTY_HANDS, ""),
        ("ac", Situation(hurts=frozenset({7})), "ac"),
        ("", STANDING, ""),
    ],
)
def test_the_first_listed_that_suits(slugs: str, situation: Situation, left: str) -> None:
    assert named(swapped(steps_of(ABC, slugs), situation, ABC, SUBSTITUTES).steps) == left


def test_substitutes_lead_on_to_their_own() -> None:
    chain = {"a": [Listed("no-equipment", "b")], "b": [Listed("no-floor", "c")]}
    both = Situation(standing=True, equipment=frozenset())
    assert named(swapped(steps_of(ABC, "a"), both, ABC, chain).steps) == "c"
    circle = {"a": [Listed("no-equipment", "b")], "b": [Listed("no-floor", "a"), Listed("no-floor", "b")]}
    assert named(swapped(steps_of(ABC, "a"), both, ABC, circle).steps) == ""


def test_the_better_ranked_step_chooses_first() -> None:
    first, second = Step(1, ABC["b"], rank=2), Step(2, replace_slug("b", "x"), rank=1)
    movements = ABC | {"x": second.exercise}
    listed = {"b": [Listed("no-floor", "c")], "x": [Listed("no-floor", "c")]}
    found = swapped([first, second], STANDING, movements, listed)
    assert [(step.position, step.exercise.slug, step.dose) for step in found.steps] == [(2, "c", "usual")]
    assert found.swaps == [
        Swap(first, ("no-floor",), None),
        Swap(second, ("no-floor",), found.steps[0]),
    ]


def replace_slug(like: str, slug: str) -> Movement:
    return ABC[like]._replace(slug=slug)


def test_what_was_prescribed_with_more_than_it_needs_is_done_without() -> None:
    step = Step(1, ABC["c"], equipment=("band",))
    found = swapped([step], EMPTY_HANDS, ABC, SUBSTITUTES)
    assert [(each.exercise.slug, each.equipment) for each in found.steps] == [("c", ())]
    assert found.swaps == [Swap(step, ("no-equipment",), found.steps[0])]


# --- Whatever there is ----------------------------------------------------------------------------------------------
MOVEMENTS = st.fixed_dictionaries(
    {
        name: st.builds(
            Movement,
            st.just(name),
            st.booleans(),
            st.sampled_from(["spot", "lane"]),
            st.frozensets(st.sampled_from(["band", "step"])),
        )
        for name in NAMES
    }
)
LISTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.lists(st.builds(Listed, st.sampled_from(WHENS), st.sampled_from([*NAMES, "gone"])), max_size=5),
)
SITUATIONS = st.builds(
    Situation,
    standing=st.booleans(),
    equipment=st.none() | st.frozensets(st.sampled_from(["band", "step"])),
    no_space=st.booleans(),
    hurts=st.frozensets(st.integers(1, 6), max_size=3),
)
ROUTINES = st.lists(st.sampled_from(NAMES), max_size=6, unique=True).map("".join)


@given(MOVEMENTS, LISTS, SITUATIONS, ROUTINES)
def test_what_is_left_suits_and_nothing_comes_twice(movements, substitutes, situation, slugs) -> None:
    steps = steps_of(movements, slugs)
    found = swapped(steps, situation, movements, substitutes)
    left = [step.exercise for step in found.steps]
    assert not (situation.standing and any(each.lying for each in left))
    assert not (situation.no_space and any(each.space == "lane" for each in left))
    if situation.equipment is not None:
        assert all(set(step.equipment) <= situation.equipment for step in found.steps)
    assert len({each.slug for each in left}) == len(left)
    hurting = {step.exercise.slug for step in steps if step.position in situation.hurts}
    assert not hurting & {each.slug for each in left}


@given(MOVEMENTS, LISTS, SITUATIONS, ROUTINES)
def test_order_place_and_rank_stay_and_everything_is_told(movements, substitutes, situation, slugs) -> None:
    steps = steps_of(movements, slugs)
    found = swapped(steps, situation, movements, substitutes)
    positions = [step.position for step in found.steps]
    assert positions == sorted(positions)
    told = {each.step.position: each for each in found.swaps}
    assert all(each.whys for each in found.swaps)
    left = {step.position: step for step in found.steps}
    for step in steps:
        if step.position in told:
            assert left.get(step.position) is told[step.position].instead
        else:
            assert left[step.position] is step
    assert all(step.rank == steps[step.position - 1].rank for step in found.steps)


@given(MOVEMENTS, LISTS, SITUATIONS, ROUTINES)
def test_what_hurts_is_swapped_for_what_is_listed_for_that(movements, substitutes, situation, slugs) -> None:
    for each in swapped(steps_of(movements, slugs), situation, movements, substitutes).swaps:
        assert ("hurts" in each.whys) == (each.step.position in situation.hurts)
        if "hurts" in each.whys and each.instead:
            assert Listed("hurts", each.instead.exercise.slug) in substitutes[each.step.exercise.slug]


@given(MOVEMENTS, LISTS, SITUATIONS, ROUTINES)
def test_what_suits_needs_no_second_look(movements, substitutes, situation, slugs) -> None:
    once = swapped(steps_of(movements, slugs), replace(situation, hurts=frozenset()), movements, substitutes)
    again = swapped(once.steps, replace(situation, hurts=frozenset()), movements, substitutes)
    assert (again.steps, again.swaps) == (once.steps, [])


@given(MOVEMENTS, LISTS, ROUTINES)
def test_as_planned_nothing_changes(movements, substitutes, slugs) -> None:
    steps = steps_of(movements, slugs)
    assert swapped(steps, AS_PLANNED, movements, substitutes) == (steps, [])
