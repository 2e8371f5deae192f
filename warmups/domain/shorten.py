"""The short version of a routine: what to keep when there are only so many minutes. Values only.

Steps go one at a time: the one with the highest rank number whose running role another kept step prepares for as well;
when each role has but one step left, the one with the highest rank number. So what is kept with less time is always
part of what is kept with more, and a role is lost only when its best-ranked step does not fit beside better ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from warmups.domain.durations import Dosed, routine_seconds


class Prepares(Protocol):
    """What shortening asks of an exercise."""

    @property
    def running_role(self) -> str: ...


class RankedStep(Dosed, Protocol):
    """A step with its rank: 1 is kept longest."""

    @property
    def rank(self) -> int: ...
    @property
    def exercise(self) -> Prepares: ...


S = TypeVar("S", bound=RankedStep)


class Short(NamedTuple):
    """What is kept and what is left out, both in the routine's order."""

    kept: list
    left_out: list


def shorten(steps: Sequence[S], minutes: int) -> Short:
    """The steps to do in `minutes`, and those to leave out; all of them go if not even the best-ranked one fits."""
    kept = list(enumerate(steps))
    while kept and routine_seconds(step for _at, step in kept) > minutes * 60:
        kept.remove(_least(kept))
    there = {at for at, _step in kept}
    return Short([step for _at, step in kept], [step for at, step in enumerate(steps) if at not in there])


def _least(kept: Sequence[tuple[int, S]]) -> tuple[int, S]:
    """The one to go next; of equal ranks the later one."""
    roles = Counter(step.exercise.running_role for _at, step in kept)
    spare = [pair for pair in kept if roles[pair[1].exercise.running_role] > 1]
    return max(spare or kept, key=lambda pair: (pair[1].rank, pair[0]))
