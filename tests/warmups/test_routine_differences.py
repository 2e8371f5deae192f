"""What differs between two states of a routine: all that does, nothing that does not, the same in both directions."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.durations import routine_seconds
from warmups.domain.routine_differences import (
    RoutineDifference,
    State,
    StepDifference,
    in_short,
    routine_difference,
    step_differences,
)
from warmups.models import Exercise, Step

ROLES = ("force", "hip-extension", "single-leg-stance", "mobility", "stiffness")
# Exercises that are nowhere kept: what they work is asked of nobody.
EXERCISES = [
    Exercise(pk=key, slug=f"exercise-{key}", name=f"Exercise {key}", running_role=role)
    for key, role in enumerate(ROLES, start=1)
]
for exercise in EXERCISES:
    exercise._prefetched_objects_cache = {"worked": []}  # type: ignore[attr-defined]


def step(key: int = 1, **fields: Any) -> Step:
    """8 repetitions each side of one of the exercises."""
    values: dict[str, Any] = {
        "exercise": EXERCISES[key - 1],
        "exercise_name": f"Exercise {key}",
        "mode": "reps",
        "seconds_per_rep": Decimal(3),
        "sets": 2,
        "reps": 8,
        "sides": "each",
        "rest_seconds": 0,
        "tempo": "",
        "equipment": [],
        "rank": 1,
        "note": "",
    }
    return Step(**values | fields)


def state(*steps: Step, name: str = "Five", description: str = "") -> State:
    return State(name=name, description=description, steps=steps, seconds=routine_seconds(steps))


def told(before: State, after: State) -> list[tuple[str, str, str, list[str]]]:
    """Of each step: kind, name, where it went, what changed."""
    return [
        (found.kind, found.step.exercise_name, found.way, [written(change) for change in found.changes])
        for found in routine_difference(before, after, equipment={"mini-band": "Mini-band"}).steps
    ]


def written(change: Any) -> str:
    """ "Dose: [-8-]{+10+}"."""
    signs = {"same": "%s", "removed": "[-%s-]", "added": "{+%s+}"}
    text = "".join(signs[run.kind] % run.text for run in change.runs)
    return f"{change.where}: {text}".replace("\N{NO-BREAK SPACE}", " ")


def test_a_step_came_one_went_and_one_was_moved() -> None:
    before = state(step(1), step(2), step(3), step(4))
    after = state(step(4), step(1), step(5), step(3))

    assert told(before, after) == [
        ("moved", "Exercise 4", "from place 4 to 1", []),
        ("removed", "Exercise 2", "", []),
        ("added", "Exercise 5", "", []),
    ]
    assert routine_difference(before, after).kept == 2
    assert in_short(before, after) == "steps: 1 added, 1 removed, 1 moved"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"sets": 3, "reps": 10}, "Dose: [-2 × 8 each side-]{+3 × 10 each side+}"),
        ({}, {"sides": "left"}, "Dose: [-2 × 8 each side-]{+2 × 8 left side+}"),
        ({}, {"rest_seconds": 30}, "Rest between sets: [-none-]{+30 s+}"),
        ({"tempo": "2-0-2"}, {"tempo": ""}, "Tempo: [-2-0-2-]"),
        ({}, {"equipment": ["mini-band"]}, "Equipment: {+Mini-band+}"),
        ({}, {"equipment": ["unheard-of"]}, "Equipment: {+unheard-of+}"),
        ({"note": "Hips level."}, {"note": "Hips quite level."}, "Note: Hips{+ quite+} level."),
        ({"rank": 3}, {"rank": 1}, "Kept when time is short: [-rank 3-]{+rank 1+}"),
        ({}, {"seconds_per_rep": Decimal("2.50")}, "Pace: [-3 s a repetition-]{+2.5 s a repetition+}"),
        ({}, {"exercise_name": "Squat"}, "Name: [-Exercise 1-]{+Squat+}"),
        (
            {"mode": "hold", "sets": 2, "reps": 1, "hold_seconds": 10, "sides": None},
            {"mode": "hold", "sets": 1, "reps": 2, "hold_seconds": 10, "sides": None},
            "Sets: [-2-]{+1+} Holds: [-1-]{+2+}",
        ),
    ],
)
def test_what_changed_is_said_in_words(before: dict[str, Any], after: dict[str, Any], expected: str) -> None:
    assert [
        (kind, " ".join(changes)) for kind, _name, _way, changes in told(state(step(**before)), state(step(**after)))
    ] == [("changed", expected)]


def test_a_pace_says_the_same_however_it_is_written() -> None:
    assert not routine_difference(
        state(step(seconds_per_rep=3)), state(step(seconds_per_rep=Decimal("3.00"))), equipment={}
    )


def test_the_order_of_what_one_needs_says_nothing() -> None:
    assert not routine_difference(state(step(equipment=["a", "b"])), state(step(equipment=["b", "a"])))


def test_an_exercise_that_is_in_it_twice() -> None:
    """The one with the dose that stayed is the one that stayed."""
    before = state(step(1, reps=8), step(1, reps=12))
    after = state(step(1, reps=12))

    assert [(found.kind, found.places) for found in step_differences(before.steps, after.steps)] == [
        ("removed", (1, None))
    ]


def test_words_length_and_coverage() -> None:
    before = state(step(1), name="Five before easy runs", description="Calm.")
    after = state(step(1), step(3, sets=1), name="Five before long runs")
    found = routine_difference(before, after)

    assert [written(change) for change in found.name] == [": Five before [-easy-]{+long+} runs"]
    assert [written(change) for change in found.description] == [": [-Calm.-]"]
    assert (found.seconds, found.counts) == ((114, 175), (1, 2))
    assert {role.role: (role.before, role.after) for role in found.roles} == {
        "force": (96, 96),
        "hip-extension": (0, 0),
        "single-leg-stance": (0, 48),
        "mobility": (0, 0),
        "stiffness": (0, 0),
    }
    assert found.roles_differ
    assert in_short(before, after) == "steps: 1 added; another name; another description"


# --- What holds for all -----------------------------------------------------------------------------------------------

steps = st.builds(
    step,
    st.integers(1, 3),
    exercise_name=st.sampled_from(["Squat", "Bridge"]),
    sets=st.integers(1, 2),
    reps=st.sampled_from([8, 10]),
    sides=st.sampled_from([None, "each"]),
    seconds_per_rep=st.sampled_from([None, Decimal(3)]),
    rest_seconds=st.sampled_from([0, 30]),
    equipment=st.sampled_from([[], ["mini-band"]]),
    rank=st.integers(1, 2),
    note=st.sampled_from(["", "Hips level."]),
)
texts = st.sampled_from(["", "Five before easy runs", "Three before easy runs"])
few_alike = st.lists(steps, max_size=7)
only_moved = st.lists(st.sampled_from([step(key, reps=reps) for key in (1, 2) for reps in (8, 10)]), max_size=8)
states = st.builds(
    lambda made, name, about: state(*made, name=name, description=about), few_alike | only_moved, texts, texts
)


def said(one: Step) -> tuple[Any, ...]:
    fields = (
        "exercise_id",
        "exercise_name",
        "sets",
        "reps",
        "sides",
        "seconds_per_rep",
        "rest_seconds",
        "rank",
        "note",
    )
    return (*(getattr(one, field) for field in fields), tuple(one.equipment))


@given(states)
def test_a_state_differs_in_nothing_from_itself(one: State) -> None:
    found = routine_difference(one, state(*one.steps, name=one.name, description=one.description))

    assert (bool(found), found.steps, found.kept) == (False, (), len(one.steps))
    assert in_short(one, one) == ""


@given(states, states)
def test_it_differs_in_nothing_only_if_it_says_the_same(one: State, other: State) -> None:
    same = [said(each) for each in one.steps] == [said(each) for each in other.steps]

    assert bool(routine_difference(one, other)) == (
        not (same and (one.name, one.description) == (other.name, other.description))
    )


def mirrored(found: StepDifference) -> tuple[Any, ...]:
    words = [(change.where, [run.text for run in change.runs if run.kind != "added"]) for change in found.changes]
    news = [(change.where, [run.text for run in change.runs if run.kind != "removed"]) for change in found.changes]
    return found.places, found.moved, words, news


@given(states, states)
def test_back_again_is_the_same_the_other_way_round(one: State, other: State) -> None:
    there, back = routine_difference(one, other), routine_difference(other, one)

    assert (there.seconds, there.counts, there.kept) == (back.seconds[::-1], back.counts[::-1], back.kept)
    assert [(role.before, role.after) for role in there.roles] == [(role.after, role.before) for role in back.roles]
    turned = [(places[::-1], moved, news, olds) for places, moved, olds, news in map(mirrored, back.steps)]
    assert sorted(map(mirrored, there.steps), key=repr) == sorted(turned, key=repr)


def explained(found: RoutineDifference, before: State, after: State) -> list[tuple[Any, ...]]:
    """`before` with what is told done to it: taken out, put in, moved, changed."""
    gone = {step.places[0] for step in found.steps if step.places[0] is not None and (step.moved or step.after is None)}
    changed = {step.places[0]: step.after for step in found.steps if step.kind == "changed" and not step.moved}
    left = [said(changed.get(place) or one) for place, one in enumerate(before.steps, start=1) if place not in gone]
    put = {
        step.places[1]: said(step.after) for step in found.steps if step.after and (step.moved or step.before is None)
    }
    return [put[place] if place in put else left.pop(0) for place in range(1, len(after.steps) + 1)] + left


@given(states, states)
def test_what_is_told_explains_every_step(one: State, other: State) -> None:
    found = routine_difference(one, other)

    assert explained(found, one, other) == [said(each) for each in other.steps]
    kinds = Counter(step.kind for step in found.steps)
    assert found.counts[1] - found.counts[0] == kinds["added"] - kinds["removed"]
    assert found.kept == len(one.steps) - kinds["removed"] - kinds["changed"] - kinds["moved"]


@given(only_moved)
def test_one_step_moved_is_told_as_one_move(some: list[Step]) -> None:
    """However many others it passes."""
    before = state(step(3), *some)
    after = state(*some, step(3))

    assert [found.kind for found in step_differences(before.steps, after.steps)] == (["moved"] if some else [])
