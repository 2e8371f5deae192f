"""The ladder of an exercise: its harder ones above, its easier ones below, for templates/warmups/_ladder.html."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from warmups.models import Exercise


@dataclass(frozen=True)
class Rung:
    """One exercise of the ladder, and whether it is the one whose page this is."""

    exercise: Exercise
    here: bool


def ladder(exercise: Exercise, published: Mapping[int, Exercise]) -> list[Rung]:
    """The chain through an exercise, hardest first, as far as published ones reach. Alone on it: no ladder, empty.

    `published`: all that readers may see, by key. Comes to an end even where links make a loop.
    """
    seen = {exercise.pk}
    above = _chain(exercise, "harder", published, seen)
    below = _chain(exercise, "easier", published, seen)
    if not above and not below:
        return []
    return [
        *(Rung(other, here=False) for other in reversed(above)),
        Rung(exercise, here=True),
        *(Rung(other, here=False) for other in below),
    ]


def _chain(
    exercise: Exercise, link: Literal["easier", "harder"], published: Mapping[int, Exercise], seen: set[int]
) -> list[Exercise]:
    """Where the links of one kind lead, nearest first; adds to `seen` what it meets."""
    found: list[Exercise] = []
    here: Exercise | None = exercise
    while here is not None:
        key = getattr(here, f"{link}_id")
        here = None if key is None or key in seen else published.get(key)
        if here is not None:
            seen.add(here.pk)
            found.append(here)
    return found
