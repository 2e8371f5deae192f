"""The ribbon: the line of time to a run, as geometry. Values in, values out; templates/components/ribbon.html draws it.

The line is no true scale: an hour of waiting beside five minutes of warm-up would leave the warm-up a few pixels. So
the wait has a fixed share, and within the warm-up each step is as wide as it lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

START = 0.0
WARM_UP_AFTER_WAIT = 24.0
END = 100.0
GAP = 0.8

When = Literal["past", "now", "next"]


@dataclass(frozen=True)
class RibbonStep:
    """One step: where its bar begins and how wide it is, in percent of the line; where it lies in time.

    `warmth` goes up to 10 at the last step: the colour of the sky as the run comes near.
    """

    x: float
    width: float
    when: When
    warmth: int


@dataclass(frozen=True)
class Ribbon:
    """The line up to the run, all x in percent of its width: 0 where it begins, 100 where the run begins.

    `wait` is the dotted stretch from the reminder, or from the line's start, to the warm-up (or to the run, when there
    is no warm-up); None when nothing is waited for. `reminder_x` and `now_x` are None when there is none to show.
    """

    reminder_x: float | None
    reminder_past: bool
    wait: tuple[float, float] | None
    steps: tuple[RibbonStep, ...]
    now_x: float | None
    over: bool


def ribbon(
    *, starts_at: datetime, now: datetime, step_seconds: Sequence[float] = (), reminder_at: datetime | None = None
) -> Ribbon:
    """Lay out the line of time to a run that begins at `starts_at`.

    `step_seconds` are the lengths of the warm-up's steps in order; the warm-up ends when the run begins, and lengths
    that are not positive are left out. All instants are aware. A reminder after the run's start is drawn at the start.
    """
    seconds = [length for length in step_seconds if length > 0]
    begins = starts_at - timedelta(seconds=sum(seconds))
    if reminder_at is not None:
        reminder_at = min(reminder_at, starts_at)
    waits = reminder_at is not None and reminder_at < begins
    first_x = WARM_UP_AFTER_WAIT if waits and seconds else START
    anchors = [(begins, first_x), (starts_at, END)] if seconds else [(starts_at, END)]
    if waits and reminder_at is not None:
        anchors.insert(0, (reminder_at, START))

    return Ribbon(
        reminder_x=_place(reminder_at, anchors) if reminder_at is not None else None,
        reminder_past=reminder_at is not None and reminder_at <= now,
        wait=(START, first_x if seconds else END) if waits or not seconds else None,
        steps=tuple(_steps(seconds, begins, now, first_x)),
        now_x=_place(now, anchors) if anchors[0][0] <= now <= starts_at else None,
        over=now > starts_at,
    )


def _steps(seconds: Sequence[float], begins: datetime, now: datetime, first_x: float) -> list[RibbonStep]:
    total = sum(seconds)
    # Many steps share the room for gaps, so that a bar is never thinner than its gap.
    gap = min(GAP, (END - first_x) / (4 * len(seconds))) if seconds else 0
    room = END - first_x - gap * max(len(seconds) - 1, 0)
    steps, x, start = [], first_x, begins
    for index, length in enumerate(seconds):
        end = start + timedelta(seconds=length)
        width = room * length / total
        when: When = "past" if end <= now else "now" if start <= now else "next"
        warmth = round(10 * (index + 1) / len(seconds))
        steps.append(RibbonStep(x=round(x, 2), width=round(width, 2), when=when, warmth=warmth))
        x, start = x + width + gap, end
    return steps


def _place(instant: datetime, anchors: Sequence[tuple[datetime, float]]) -> float:
    """Where an instant lies between the anchors, evenly between two of them."""
    if instant <= anchors[0][0]:
        return anchors[0][1]
    for (early, left), (late, right) in pairwise(anchors):
        if instant <= late:
            return round(left + (right - left) * ((instant - early) / (late - early)), 2)
    return anchors[-1][1]
