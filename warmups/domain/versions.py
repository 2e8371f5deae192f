"""A version of a routine: the same warm-up for the minutes, the ground, the band and the body of today.

First what does not suit is swapped, then what does not fit goes. The steps of a version carry the positions of those
that they stand for, so that what is logged of them is about the routine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field

from django.db.models import Q

from warmups.domain.durations import routine_seconds
from warmups.domain.shorten import shorten
from warmups.domain.swaps import AS_PLANNED, HURTS, NO_EQUIPMENT, NO_SPACE, Listed, Movement, Situation, Swap, swap
from warmups.models import Exercise, Step, Substitute

NO_TIME = "minutes"
MOST_MINUTES = 180
# What somebody may be offered; any other number is as good.
LENGTHS = (2, 3, 5, 8, 12, 20)
MOST_OFFERED = 4
# What lists, pages and the player do not show of an exercise that stands in.
NOT_SHOWN = ("poses", "movement", "feel", "mistakes", "leave_out")


@dataclass(frozen=True)
class LeftOut:
    """A step of the routine that is not in the version, and why: "minutes", or as substitutes say it."""

    step: Step
    whys: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """What is done, in the routine's order; `swaps` are of steps that are in it.

    `suited` is what could be done with more time.
    """

    steps: list[Step]
    suited: list[Step]
    swaps: list[Swap[Step]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        """How long it takes."""
        return routine_seconds(self.steps)

    @property
    def short(self) -> bool:
        """Whether something is left out for time."""
        return any(NO_TIME in each.whys for each in self.left_out)

    @property
    def full(self) -> bool:
        """Whether it is the routine as it is."""
        return not self.swaps and not self.left_out

    def stands_in_for(self, step: Step) -> Step | None:
        """The routine's step that one of `steps` was swapped for; None if it is the routine's own."""
        return next((each.step for each in self.swaps if each.instead is step), None)


def version(steps: Sequence[Step], *, minutes: int | None = None, situation: Situation = AS_PLANNED) -> Version:
    """`steps` (with their exercises) as they suit `situation` and fit into `minutes` (None: as long as it takes).

    Three queries if anything is asked of the situation, none else. There may be nothing left.
    """
    suited, swaps = _suited(steps, situation)
    short = shorten(suited, minutes) if minutes is not None else None
    kept = {step.position for step in (short.kept if short else suited)}
    unsuited = {each.step.position: each.whys for each in swaps if each.instead is None}
    return Version(
        steps=[step for step in suited if step.position in kept],
        suited=suited,
        swaps=[each for each in swaps if each.step.position in kept],
        left_out=[
            LeftOut(step, unsuited.get(step.position, (NO_TIME,))) for step in steps if step.position not in kept
        ],
    )


def stand_ins(steps: Sequence[Step]) -> dict[int, dict[str, Step]]:
    """By position what may be done instead of a step on the spot, by reason ("hurts", "no-equipment", "no-space").

    Each reason by itself, and nothing that is in the routine already. Three queries.
    """
    if not steps:
        return {}
    listed, exercises = _library(steps)
    movements = {slug: _movement(row) for slug, row in exercises.items()}
    there = {step.exercise.slug for step in steps}
    found: dict[int, dict[str, Step]] = {}
    for step in steps:
        situations = {
            HURTS: Situation(hurts=frozenset({step.position})),
            NO_EQUIPMENT: Situation(equipment=frozenset()),
            NO_SPACE: Situation(no_space=True),
        }
        for reason, situation in situations.items():
            swaps = swap(
                [step],
                situation,
                movements=movements,
                substitutes=listed,
                stand_in=lambda step, slug: _stand_in(step, exercises[slug]),
            ).swaps
            instead = swaps[0].instead if swaps else None
            if instead is not None and instead.exercise.slug not in there - {step.exercise.slug}:
                found.setdefault(step.position, {})[reason] = instead
    return found


def offered_minutes(steps: Sequence[Step]) -> list[int]:
    """The lengths, in whole minutes, at which `steps` are different versions, each of half a minute less or more."""
    offered: dict[tuple[int, ...], int] = {}
    for minutes in LENGTHS:
        kept, left_out = shorten(steps, minutes)
        if kept and left_out and minutes * 60 + 30 <= routine_seconds(steps):
            offered.setdefault(tuple(step.position for step in kept), minutes)
    return list(offered.values())[:MOST_OFFERED]


def _suited(steps: Sequence[Step], situation: Situation) -> tuple[list[Step], list[Swap[Step]]]:
    """The steps with what does not suit swapped or left out, and the swaps."""
    if situation == AS_PLANNED:
        return list(steps), []
    substitutes, exercises = _library(steps)
    return swap(
        steps,
        situation,
        movements={slug: _movement(row) for slug, row in exercises.items()},
        substitutes=substitutes,
        stand_in=lambda step, slug: _stand_in(step, exercises[slug]),
    )


def _library(steps: Sequence[Step]) -> tuple[dict[str, list[Listed]], dict[str, Exercise]]:
    """What the curators list, and the exercises of `steps` and all that may stand in for one; by slug."""
    substitutes = defaultdict(list)
    for row in Substitute.objects.select_related("exercise", "substitute").only(
        "when", "exercise__slug", "substitute__slug"
    ):
        substitutes[row.exercise.slug].append(Listed(row.when, row.substitute.slug))
    return substitutes, _movable({step.exercise_id for step in steps})


def _movable(keys: Iterable[int]) -> dict[str, Exercise]:
    """The exercises of these keys and all that may stand in for one, by slug."""
    standing_in = Q(status=Exercise.Status.PUBLISHED, pk__in=Substitute.objects.values("substitute"))
    rows = Exercise.objects.filter(Q(pk__in=list(keys)) | standing_in).defer(*NOT_SHOWN).prefetch_related("equipment")
    return {row.slug: row for row in rows}


def _movement(row: Exercise) -> Movement:
    return Movement(row.slug, row.lying, row.space, frozenset(item.slug for item in row.equipment.all()))


def _stand_in(step: Step, exercise: Exercise) -> Step:
    """The step that is done instead: at its exercise's usual dose, in the place and with the rank of `step`."""
    equipment = [item.slug for item in exercise.equipment.all()]
    if exercise.pk == step.exercise_id:  # the same without what is not at hand
        same = copy(step)
        same.pk, same.equipment = None, equipment
        return same
    return Step(
        position=step.position,
        exercise=exercise,
        exercise_name=exercise.name,
        mode=exercise.mode,
        seconds_per_rep=exercise.seconds_per_rep,
        sets=exercise.sets,
        reps=1 if exercise.mode == "hold" and exercise.reps is None else exercise.reps,
        hold_seconds=exercise.hold_seconds,
        metres=exercise.metres,
        sides=exercise.sides,
        rest_seconds=exercise.rest_seconds,
        tempo=exercise.tempo,
        equipment=equipment,
        rank=step.rank,
    )
