"""Swapping what does not suit: nothing on the ground, no band, no space, this hurts. Values only.

A step that does not suit gives way to the first of the curators' listed substitutes that suits the whole situation and
is not in the routine already. A substitute that does not suit itself leads on to its own: without a band the banded
clamshell is a clamshell, and on wet ground that is pushed standing. What hurts is swapped for what is listed for that
alone, and for nothing further away. A step for which nothing is left goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

# As a substitute's `when` says it.
HURTS, NO_EQUIPMENT, NO_FLOOR, NO_SPACE = "hurts", "no-equipment", "no-floor", "no-space"


class Movement(NamedTuple):
    """What swapping asks of an exercise; `equipment` is what it usually needs, by slug."""

    slug: str
    lying: bool
    space: str
    equipment: frozenset[str]


class Listed(NamedTuple):
    """A substitute, by slug, and when it stands in."""

    when: str
    slug: str


@dataclass(frozen=True)
class Situation:
    """Where one is. `equipment`: what is at hand (None: what the routine asks for); `hurts`: the steps' positions."""

    standing: bool = False
    equipment: frozenset[str] | None = None
    no_space: bool = False
    hurts: frozenset[int] = frozenset()


AS_PLANNED = Situation()


# A step: position, rank, the equipment prescribed for it (slugs), and an exercise with a slug.
S = TypeVar("S", bound=Any)


@dataclass(frozen=True)
class Swap(Generic[S]):
    """A step that does not suit, why (as substitutes say it), and what is done instead; None: it is left out."""

    step: S
    whys: tuple[str, ...]
    instead: S | None


class Swapped(NamedTuple):
    """The steps to do, in the routine's order, and what was swapped or left out."""

    steps: list
    swaps: list


def swap(
    steps: Sequence[S],
    situation: Situation,
    *,
    movements: Mapping[str, Movement],
    substitutes: Mapping[str, Sequence[Listed]],
    stand_in: Callable[[S, str], S],
) -> Swapped:
    """The steps as they suit `situation`; those that do are the same objects.

    `movements` and `substitutes` are by an exercise's slug; an exercise that `movements` does not know is no
    substitute. `stand_in(step, slug)` makes the step of that exercise in a step's place. The better-ranked step
    chooses first.
    """
    taken = {step.exercise.slug for step in steps}
    swaps: dict[int, Swap[S]] = {}
    for index, step in sorted(enumerate(steps), key=lambda pair: pair[1].rank):
        usual = movements[step.exercise.slug]
        whys = _unfit(usual._replace(equipment=frozenset(step.equipment)), situation)
        if step.position in situation.hurts:
            slug = _first(substitutes, usual.slug, (HURTS,), movements, situation, taken, further=False)
            whys = (HURTS, *whys)
        elif not whys:
            continue
        elif not _unfit(usual, situation):
            slug = usual.slug  # it was prescribed with more than it needs
        else:
            slug = _first(substitutes, usual.slug, whys, movements, situation, taken, further=True)
        if slug is not None:
            taken.add(slug)
        swaps[index] = Swap(step, whys, None if slug is None else stand_in(step, slug))
    kept = (swaps[index].instead if index in swaps else step for index, step in enumerate(steps))
    return Swapped([step for step in kept if step is not None], [swaps[index] for index in sorted(swaps)])


def _unfit(movement: Movement, situation: Situation) -> tuple[str, ...]:
    """What keeps a movement from suiting, but for pain."""
    at_hand = situation.equipment
    problems = {
        NO_FLOOR: situation.standing and movement.lying,
        NO_EQUIPMENT: at_hand is not None and not movement.equipment <= at_hand,
        NO_SPACE: situation.no_space and movement.space == "lane",
    }
    return tuple(why for why, wrong in problems.items() if wrong)


def _first(
    substitutes: Mapping[str, Sequence[Listed]],
    slug: str,
    whys: Collection[str],
    movements: Mapping[str, Movement],
    situation: Situation,
    taken: Collection[str],
    *,
    further: bool,
) -> str | None:
    """The nearest substitute that suits and is free; of equally near ones the first listed."""

    def listed(of: str, whys: Collection[str]) -> Iterable[str]:
        return (row.slug for row in substitutes.get(of, ()) if row.when in whys)

    waiting, seen = deque(listed(slug, whys)), {slug}
    while waiting:
        found = waiting.popleft()
        if found in seen or found not in movements:
            continue
        seen.add(found)
        problems = _unfit(movements[found], situation)
        if not problems and found not in taken:
            return found
        if problems and further:
            waiting.extend(listed(found, problems))
    return None
