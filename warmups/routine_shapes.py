"""A routine in shapes that page and API share: what it covers, and its steps as a line of ticks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from warmups.domain.coverage import Coverage, coverage
from warmups.domain.durations import step_seconds
from warmups.models import Activation, Exercise, Revision, Routine, Step

GAP = 0.8  # percent of the line between two ticks


def routine_coverage(routine: Routine) -> Coverage:
    """What the current steps of a routine cover. Costs no query after `RoutineQuerySet.whole`."""
    steps = cast(Revision, routine.current).steps.all()
    exercises = {step.exercise_id: step.exercise for step in steps}
    return coverage(steps, [row for exercise in exercises.values() for row in exercise.activations.all()])


def steps_coverage(steps: Sequence[Step]) -> Coverage:
    """What any steps cover, saved or not: fetches what coverage asks of their exercises, at four queries."""
    keys = {step.exercise_id for step in steps}
    rows = Exercise.objects.filter(pk__in=keys).prefetch_related("worked__muscle").in_bulk()
    for step in steps:
        step.exercise = rows[step.exercise_id]
    return coverage(steps, Activation.objects.filter(exercise__in=keys, rankable=True).select_related("muscle"))


@dataclass(frozen=True)
class Tick:
    """A step on the line: where it begins and how wide it is, in percent of the whole."""

    x: float
    width: float


def ticks(steps: Iterable[Step]) -> list[Tick]:
    """Steps side by side, each as wide as it lasts."""
    lengths = [step_seconds(step) for step in steps]
    room = 100 - GAP * (len(lengths) - 1)
    found, x = [], 0.0
    for length in lengths:
        width = room * length / sum(lengths)
        found.append(Tick(x=round(x, 2), width=round(width, 2)))
        x += width + GAP
    return found
