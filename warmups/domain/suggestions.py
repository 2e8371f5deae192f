"""The best warm-up for what somebody has and wishes: what may be chosen, and what "best" means. Values only.

The wishes bind: time, floor, equipment, difficulty, what to avoid, what to include, and no exercise twice. All else is
the objective, in points:

- **Muscles**: weighted work seconds as in coverage.py (%MVIC band times seconds), with diminishing returns; the
  gluteal muscles, for which this product exists and most is measured, count three times.
- **Running roles**: work seconds, with diminishing returns; more for the roles that the kind of run asks most of.
- **RAMP phases** (Jeffreys 2007): points once for each phase that the kind of run needs and that is represented.
- **Variety**: points once for each position in which something is done.
- **Difficulty**: points off for each level above what the kind of run calls for.
- **Length**: points off for each exercise, since the more there are, the less is done.

The weights are judgement, not measurement: they order warm-ups, and claim nothing about injuries or speed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# Seconds up to which each further second earns that many points.
Tiers = tuple[tuple[int, float], ...]
MUSCLE_TIERS: Tiers = ((30, 1.0), (60, 0.5), (120, 0.25))
ROLE_TIERS: Tiers = ((30, 1.0), (60, 0.5), (120, 0.25))
MUSCLE_WEIGHTS = {"gluteus-maximus": 3, "gluteus-medius": 3, "gluteus-minimus": 3}
PHASE_POINTS = 40
VARIETY_POINTS = 6
DIFFICULTY_POINTS = 3
LENGTH_POINTS = 5

ALL_PHASES = ("raise", "activate", "mobilise", "potentiate")


class Needs(NamedTuple):
    """What a kind of run asks of its warm-up: RAMP phases, roles that count twice, and a difficulty to start from."""

    phases: tuple[str, ...]
    roles: tuple[str, ...]
    difficulty: int


NEEDS: dict[str, Needs] = {
    "easy": Needs(("activate", "mobilise"), ("single-leg-stance",), 2),
    "recovery": Needs(("activate", "mobilise"), ("mobility",), 1),
    "long": Needs(("activate", "mobilise"), ("single-leg-stance", "hip-extension"), 2),
    "tempo": Needs(ALL_PHASES, ("hip-extension",), 3),
    "intervals": Needs(ALL_PHASES, ("stiffness", "force"), 3),
    "hills": Needs(ALL_PHASES, ("force", "hip-extension"), 3),
    "strides": Needs(ALL_PHASES, ("stiffness",), 3),
    "race": Needs(ALL_PHASES, ("stiffness", "single-leg-stance"), 2),
}


@dataclass(frozen=True)
class Candidate:
    """An exercise at its usual dose, as far as choosing asks."""

    slug: str
    seconds: int  # from getting ready to the end
    muscles: Mapping[str, float]  # weighted work seconds of those that were measured
    role: str
    role_seconds: int
    phase: str
    position: str
    difficulty: int
    lying: bool = False
    equipment: frozenset[str] = frozenset()
    contraindications: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wishes:
    """What binds, and the kind of run."""

    minutes: int
    equipment: frozenset[str] = frozenset()
    lying: bool = True
    run_kind: str = "easy"
    max_difficulty: int = 5
    avoid: frozenset[str] = frozenset()
    include: tuple[str, ...] = ()

    @property
    def seconds(self) -> int:
        """The time there is."""
        return self.minutes * 60


@dataclass(frozen=True)
class Points:
    """What a choice earns, by what for: ("muscle", slug), ("role", slug), ("phase", …), ("position", …).

    What is taken off stands under ("difficulty", exercise) and ("length", exercise).
    """

    by_reason: Mapping[tuple[str, str], float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The objective."""
        return round(sum(self.by_reason.values()), 4)

    def of(self, kind: str) -> float:
        """What is earned by all of one kind ("muscle", "role", …), or taken off."""
        return sum(value for (found, _name), value in self.by_reason.items() if found == kind)


def refusals(candidate: Candidate, wishes: Wishes) -> list[str]:
    """The wishes that keep an exercise out, of equipment, lying, max_difficulty and avoid; none if it may be chosen."""
    found = []
    if candidate.equipment - wishes.equipment:
        found.append("equipment")
    if candidate.lying and not wishes.lying:
        found.append("lying")
    if candidate.difficulty > wishes.max_difficulty:
        found.append("max_difficulty")
    if candidate.contraindications & wishes.avoid:
        found.append("avoid")
    return found


def possible(candidates: Iterable[Candidate], wishes: Wishes) -> list[Candidate]:
    """Those that the wishes leave, in the order of their slugs."""
    left = [row for row in candidates if not refusals(row, wishes) and row.seconds <= wishes.seconds]
    return sorted(left, key=lambda row: row.slug)


def muscle_weight(muscle: str) -> int:
    """How much a weighted second of a muscle counts."""
    return MUSCLE_WEIGHTS.get(muscle, 1)


def role_weight(role: str, run_kind: str) -> int:
    """How much a second of a running role counts before that kind of run."""
    return 2 if role in NEEDS[run_kind].roles else 1


def cost(candidate: Candidate, run_kind: str) -> int:
    """Points off for an exercise: for being one more, and for being hard."""
    return LENGTH_POINTS + _too_hard(candidate, run_kind)


def _too_hard(candidate: Candidate, run_kind: str) -> int:
    return DIFFICULTY_POINTS * max(0, candidate.difficulty - NEEDS[run_kind].difficulty)


def tiered(seconds: float, tiers: Tiers) -> float:
    """Points for so many seconds, each tier earning less."""
    points, below = 0.0, 0
    for top, share in tiers:
        points += max(0.0, min(seconds, top) - below) * share
        below = top
    return points


def points(chosen: Sequence[Candidate], run_kind: str) -> Points:
    """What a choice earns before that kind of run."""
    muscles: dict[str, float] = defaultdict(float)
    roles: dict[str, float] = defaultdict(float)
    for row in chosen:
        roles[row.role] += row.role_seconds
        for muscle, seconds in row.muscles.items():
            muscles[muscle] += seconds
    found: dict[tuple[str, str], float] = {}
    for muscle, seconds in muscles.items():
        found["muscle", muscle] = muscle_weight(muscle) * tiered(seconds, MUSCLE_TIERS)
    for role, seconds in roles.items():
        found["role", role] = role_weight(role, run_kind) * tiered(seconds, ROLE_TIERS)
    for phase in {row.phase for row in chosen} & set(NEEDS[run_kind].phases):
        found["phase", phase] = PHASE_POINTS
    for position in {row.position for row in chosen}:
        found["position", position] = VARIETY_POINTS
    for row in chosen:
        found["difficulty", row.slug] = -_too_hard(row, run_kind)
        found["length", row.slug] = -LENGTH_POINTS
    return Points(found)


def gained(candidate: Candidate, chosen: Sequence[Candidate], run_kind: str) -> Points:
    """What a chosen exercise adds to the others, by what for, most first."""
    others = [row for row in chosen if row.slug != candidate.slug]
    whole, less = points(chosen, run_kind).by_reason, points(others, run_kind).by_reason
    added = {reason: value - less.get(reason, 0) for reason, value in whole.items()}
    return Points(dict(sorted(((r, v) for r, v in added.items() if v > 0), key=lambda item: -item[1])))


def in_order(chosen: Iterable[Candidate]) -> list[Candidate]:
    """As one does them: by RAMP phase, what is done on the ground together, then from easy to hard."""
    return sorted(
        chosen, key=lambda row: (ALL_PHASES.index(row.phase), not row.lying, row.position, row.difficulty, row.slug)
    )
