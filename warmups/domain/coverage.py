"""What a routine does for each muscle and each running role. Values only.

A muscle's coverage is the work seconds of the steps that work it, each weighted by the band of %MVIC that studies
measured for that muscle in that exercise: 0-20 low, 21-40 moderate, 41-60 high, above 60 very high (the usual bands of
this literature). Only rankable figures count. Where no study tells, the muscle is unknown, which is not nothing.

Figures are never averaged across studies, whose methods differ too much. Each study says a band (the middle one of
its own figures for that muscle), and the middle one of the studies' bands counts; of two middle ones, the lower.

A running role's coverage is plain work seconds: each exercise prepares for one role, and no figure grades that.
Activity of a muscle is not force, performance or protection from injury; coverage compares routines and claims no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import median_low
from typing import Any, Protocol, TypedDict

from warmups.domain.durations import Dosed, work_seconds

ROLES = ("force", "hip-extension", "single-leg-stance", "mobility", "stiffness")
# Up to this %MVIC, this weight.
BANDS = ((20, 0.25), (40, 0.5), (60, 0.75))
TOP_WEIGHT = 1.0


class Coverage(TypedDict):
    """Weighted work seconds by muscle (None: unknown) and by running role."""

    muscles: dict[str, int | None]
    roles: dict[str, int]


class Worked(Protocol):
    """What coverage asks of an exercise."""

    @property
    def pk(self) -> Any: ...
    @property
    def running_role(self) -> str: ...
    @property
    def muscle_slugs(self) -> Sequence[str]: ...


class Step(Dosed, Protocol):
    """A dose of an exercise."""

    @property
    def exercise(self) -> Worked: ...


class Slugged(Protocol):
    """A muscle."""

    @property
    def slug(self) -> str: ...


class Figure(Protocol):
    """What coverage asks of a published figure."""

    @property
    def exercise_id(self) -> Any: ...
    @property
    def study_id(self) -> Any: ...
    @property
    def muscle(self) -> Slugged: ...
    @property
    def mean(self) -> Decimal | None: ...
    @property
    def low(self) -> Decimal | None: ...
    @property
    def rankable(self) -> bool: ...


def weight(percent: Decimal | float) -> float:
    """The weight of a %MVIC figure by its band: 0.25 (low), 0.5, 0.75, 1 (very high)."""
    return next((share for top, share in BANDS if percent <= top), TOP_WEIGHT)


def coverage(steps: Iterable[Step], activations: Iterable[Figure]) -> Coverage:
    """What `steps` cover, by the `activations` of their exercises (others are left aside).

    Every muscle that an exercise works or a figure measures is named; None says that no rankable figure tells how much.
    All five running roles are named.
    """
    weights = measured_weights(activations)
    seconds: dict[str, float] = defaultdict(float)
    unknown: set[str] = set()
    roles: dict[str, int] = dict.fromkeys(ROLES, 0)
    for step in steps:
        work = work_seconds(step)
        measured = weights.get(step.exercise.pk, {})
        roles[step.exercise.running_role] += work
        unknown.update(step.exercise.muscle_slugs)
        for muscle, share in measured.items():
            seconds[muscle] += work * share
    muscles: dict[str, int | None] = dict.fromkeys(sorted(unknown))
    muscles.update({muscle: round(value) for muscle, value in sorted(seconds.items())})
    return {"muscles": muscles, "roles": roles}


def measured_weights(activations: Iterable[Figure]) -> dict[Any, dict[str, float]]:
    """By exercise and muscle, the weight that counts (see above); exercises by key, muscles by slug."""
    figures: dict[Any, dict[str, dict[Any, list[float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in activations:
        percent = row.mean if row.mean is not None else row.low  # a range counts by its lower end
        if row.rankable and percent is not None:
            figures[row.exercise_id][row.muscle.slug][row.study_id].append(weight(percent))
    return {
        exercise: {
            muscle: median_low([median_low(weights) for weights in studies.values()])
            for muscle, studies in muscles.items()
        }
        for exercise, muscles in figures.items()
    }
