"""How long a step and a routine take. Values only.

Work is counted as in the seed data (content README): repetitions × seconds each, holds × (seconds + 2 to let go and
take hold again), metres × seconds each, times the sets, times two where each side is done. To it come the rest
between sets, a change of sides in every set, and getting ready once for each step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

SET_UP_SECONDS = 8
SIDE_CHANGE_SECONDS = 5
HOLD_CHANGE_SECONDS = 2
# Where an exercise does not say.
SECONDS_PER_REP = Decimal(3)
SECONDS_PER_METRE = Decimal("0.6")


class Dosed(Protocol):
    """What has a dose: a step, an exercise (its usual one), or anything with these attributes."""

    @property
    def mode(self) -> str: ...
    @property
    def sets(self) -> int: ...
    @property
    def reps(self) -> int | None: ...
    @property
    def hold_seconds(self) -> int | None: ...
    @property
    def metres(self) -> int | None: ...
    @property
    def sides(self) -> str | None: ...
    @property
    def rest_seconds(self) -> int: ...
    @property
    def seconds_per_rep(self) -> Decimal | None: ...


def work_seconds(step: Dosed) -> int:
    """Seconds of work in all sets and on all sides, without rest, changes and set-up."""
    sides = 2 if step.sides == "each" else 1
    return round(_one_set(step) * step.sets * sides)


def _one_set(step: Dosed) -> Decimal:
    if step.mode == "hold":
        return Decimal((step.reps or 1) * ((step.hold_seconds or 0) + HOLD_CHANGE_SECONDS))
    # A pace may come as a float from who has not read it back from the database.
    pace = None if step.seconds_per_rep is None else Decimal(str(step.seconds_per_rep))
    if step.mode == "distance":
        return (step.metres or 0) * (SECONDS_PER_METRE if pace is None else pace)
    return (step.reps or 0) * (SECONDS_PER_REP if pace is None else pace)


def step_seconds(step: Dosed) -> int:
    """Seconds from getting ready for a step to its end."""
    changes = step.sets if step.sides == "each" else 0
    rest = (step.sets - 1) * step.rest_seconds
    return SET_UP_SECONDS + work_seconds(step) + rest + changes * SIDE_CHANGE_SECONDS


def routine_seconds(steps: Iterable[Dosed]) -> int:
    """Seconds of all steps, one after the other."""
    return sum(step_seconds(step) for step in steps)


def minutes_begun(seconds: int) -> int:
    """Seconds as whole minutes that are surely enough, as pages and mails say it."""
    return math.ceil(seconds / 60)
