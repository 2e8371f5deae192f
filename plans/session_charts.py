"""Where the marks of the log's charts stand, in the units of their drawing. Values only.

A drawing is WIDTH x HEIGHT, about the width of a phone; the scale stands at its left, the stretches' names below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.domain.session_statistics import OUTCOMES, Answers, Stretch

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 26, 14, 10, 24
NAMES_AT_MOST = 5
COLUMN_AT_MOST = 28.0


@dataclass(frozen=True)
class Tick:
    """A number of the scale and how far down its line stands."""

    value: int
    y: float


@dataclass(frozen=True)
class Part:
    """A piece of a column: what it counts ("done", "short", "partial"), and where it stands."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Range:
    """The answers of a stretch: the middle one as a dot, a line from the lowest (bottom) to the highest (top)."""

    x: float
    top: float
    middle: float
    bottom: float


@dataclass(frozen=True)
class Name:
    """A stretch whose name is written, and where its middle is."""

    stretch: Stretch
    x: float


@dataclass(frozen=True)
class Chart:
    """The marks of one drawing; `limit` is how far down a line is to be drawn, if any."""

    ticks: list[Tick]
    names: list[Name]
    parts: list[Part]
    ranges: list[Range]
    width: int = WIDTH
    height: int = HEIGHT
    limit: float | None = None


def columns(stretches: Sequence[Stretch]) -> Chart:
    """How many sessions each stretch had, one column each, by outcome from below: done, short, partial."""
    step = tick_step(max((each.count for each in stretches), default=0))
    top = step * max(1, -(-max((each.count for each in stretches), default=0) // step))
    room = _room(stretches)
    width = min(room * 0.7, COLUMN_AT_MOST)
    parts = []
    for place, stretch in enumerate(stretches):
        below = 0
        for outcome in OUTCOMES:
            count = stretch.sessions[outcome]
            if count:
                y, height = _down(below + count, 0, top), _down(below, 0, top) - _down(below + count, 0, top)
                parts.append(
                    Part(outcome, round(_middle(place, room) - width / 2, 2), y, round(width, 2), round(height, 2))
                )
            below += count
    ticks = [Tick(value, _down(value, 0, top)) for value in range(0, top + 1, step)]
    return Chart(ticks, _names(stretches), parts, [])


def ranges(
    stretches: Sequence[Stretch], answers: Sequence[Answers | None], *, low: int, high: int, limit: int | None = None
) -> Chart:
    """The answers of each stretch on a scale from `low` to `high`; `limit` is a value to mark."""
    room = _room(stretches)
    marks = [
        Range(
            x=round(_middle(place, room), 2),
            top=_down(each.high, low, high),
            middle=_down(each.middle, low, high),
            bottom=_down(each.low, low, high),
        )
        for place, each in enumerate(answers)
        if each is not None
    ]
    middle = (low + high) // 2
    ticks = [Tick(value, _down(value, low, high)) for value in (low, middle, high)]
    line = None if limit is None else _down(limit, low, high)
    return Chart(ticks, _names(stretches), [], marks, limit=line)


def tick_step(most: int) -> int:
    """A round step (1, 2, 5, 10, …) that leads from 0 to `most` in at most five."""
    step = 1
    while most > 5 * step:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _room(stretches: Sequence[Stretch]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(1, len(stretches))


def _middle(place: int, room: float) -> float:
    return LEFT + room * (place + 0.5)


def _down(value: float, low: int, high: int) -> float:
    """How far from the top of the drawing a value stands."""
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 2)


def _names(stretches: Sequence[Stretch]) -> list[Name]:
    """The last one and others back from it in even steps, so many that they stand clear of each other."""
    every = -(-len(stretches) // NAMES_AT_MOST) or 1
    room = _room(stretches)
    chosen = range(len(stretches) - 1, -1, -every)
    return [Name(stretches[place], round(_middle(place, room), 2)) for place in reversed(chosen)]
