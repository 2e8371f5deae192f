"""A routine on one sheet of paper: how large everything on it is, so that it fits.

The sheet fits A4 as well as Letter, with the margins that browsers leave. Lengths are millimetres on paper. The same
ones are in static/css/card.css, which has a class for each layout and each size of the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

from warmups.domain.doses import dose_numbers, dose_unit
from warmups.domain.figures import figure_url
from warmups.models import Exercise, Step
from warmups.qr_code import QrCode
from warmups.text_room import BOLD, shortened, text_lines, text_width

WIDTH, HEIGHT = 186.0, 252.0
GAP = 5.0  # between columns, and between the parts of the sheet
QR_SIZE = 36.0
TICKS_HEIGHT, FOOTER_HEIGHT = 2.5, 5.0
STEP_PADDING = 1.5  # above and below
LINE = 0.3
TIGHT, LOOSE = 1.15, 1.3  # line heights of names and doses, and of other text
UNIT_SHARE = 0.55  # of the dose's size
SMALL_TEXT = {"summary": 4.2, "roles": 3.6, "scan": 3.4, "address": 2.6}
HEADER_GAP = 1.2
ONE_PHASE_BELOW = 25.0  # narrower figures show one phase: two could not be told apart


@dataclass(frozen=True)
class Layout:
    """How the steps stand: in how many columns, how wide the figures, how large name, dose and cue.

    `stacked`: the text stands below the figure, not beside it.
    """

    name: str
    columns: int
    figure: float
    title: float
    dose: float
    cue: float
    stacked: bool = False

    @property
    def gap(self) -> float:
        """Between figure and text."""
        return self.title * 0.7

    @property
    def text_width(self) -> float:
        """What text has beside the figure, or below it."""
        column = (WIDTH - GAP * (self.columns - 1)) / self.columns
        return column if self.stacked else column - self.figure - self.gap


# The first that fits is taken.
LAYOUTS = (
    Layout("one", 1, 180, 9, 13, 5, stacked=True),
    Layout("two", 1, 118, 7.5, 12, 4.8),
    Layout("three", 1, 80, 7, 11, 4.6),
    Layout("four", 1, 60, 6.2, 10, 4.2),
    Layout("five", 1, 47, 5.6, 9, 3.9),
    Layout("six", 1, 38, 5.2, 8, 3.6),
    Layout("ten", 2, 44, 4.6, 7, 3.3),
    Layout("twelve", 2, 37, 4.2, 6.4, 3),
    Layout("fourteen", 2, 32, 3.9, 5.8, 2.8),
    Layout("sixteen", 2, 27.5, 3.6, 5.2, 2.7),
    Layout("eighteen", 3, 25, 3.5, 5, 2.6),
    Layout("twenty-four", 3, 21, 3.2, 4.4, 2.4),
    Layout("thirty", 3, 17, 3, 4, 2.3),
    Layout("thirty-long", 3, 16, 2.85, 3.7, 2.2),
    Layout("dense", 3, 15, 2.7, 3.5, 2.1),
    Layout("densest", 3, 11, 2.2, 2.9, 1.9),
)
# How many letters of a note and of a step's name are shown. Where the smallest layout is too large for all of them,
# notes are shortened, and at the very last names: whoever scans the code reads them whole.
ALL = (200, 80)
LIMITS = ((140, 80), (100, 80), (70, 80), (45, 80), (0, 80), (0, 50), (0, 30))


@dataclass(frozen=True)
class NameSize:
    """How large the routine's name is."""

    name: str
    size: float


NAME_SIZES = (NameSize("large", 9.5), NameSize("medium", 7), NameSize("small", 5), NameSize("smallest", 3.8))


@dataclass(frozen=True)
class CardStep:
    """A step: "Glute bridge", "2 × 10", "reps", a note or one cue; the address of its figure, "" where it has none."""

    number: int
    name: str
    dose: str
    unit: str
    note: str
    exercise: Exercise
    figure: str = ""


@dataclass(frozen=True)
class Head:
    """What stands on top, each a line or more: beside the steps' number and length, what it prepares."""

    name: str
    summary: str
    roles: str
    scan: str
    code: QrCode


@dataclass(frozen=True)
class Card:
    """All of it, and the classes that make it fit."""

    head: Head
    name_size: NameSize
    layout: Layout
    steps: list[CardStep]


def card(head: Head, steps: Sequence[Step]) -> Card:
    """Lay a routine out on one sheet, as large as it fits."""
    shown = [_card_step(step) for step in steps]
    name_size = next((size for size in NAME_SIZES if _head_height(head, size) <= QR_SIZE), NAME_SIZES[-1])
    room = steps_room(head, name_size)
    for limits, layout in [*product([ALL], LAYOUTS), *product(LIMITS, LAYOUTS[-1:])]:
        fitted = [_shortened(step, *limits) for step in shown]
        if steps_height(fitted, layout) <= room:
            break
    return Card(head=head, name_size=name_size, layout=layout, steps=[_with_figure(each, layout) for each in fitted])


def steps_room(head: Head, name_size: NameSize) -> float:
    """The height that is left for the steps, in millimetres."""
    return HEIGHT - _head_height(head, name_size) - TICKS_HEIGHT - FOOTER_HEIGHT - 3 * GAP


def steps_height(steps: Sequence[CardStep], layout: Layout) -> float:
    """How high all rows are together, in millimetres."""
    heights = [_step_height(step, layout) for step in steps]
    rows = range(0, len(heights), layout.columns)
    return sum(max(heights[first : first + layout.columns]) for first in rows)


def _step_height(step: CardStep, layout: Layout) -> float:
    figure = layout.figure * 0.75
    text = (
        _height(f"{step.number} {step.name}", layout.title * BOLD, layout.text_width) * TIGHT / BOLD
        + _dose_height(step, layout)
        + _height(step.note, layout.cue, layout.text_width) * LOOSE
        + layout.cue  # the gaps between the three
    )
    whole = figure + layout.gap + text if layout.stacked else max(figure, text)
    return whole + 2 * STEP_PADDING + LINE


def _dose_height(step: CardStep, layout: Layout) -> float:
    """Numerals and unit side by side where they have the room, else one below the other."""
    numerals, unit = layout.dose * BOLD, layout.dose * UNIT_SHARE
    side_by_side = text_width(step.dose) * numerals + unit + text_width(step.unit) * unit
    if side_by_side <= layout.text_width:
        return layout.dose * TIGHT
    rows = (_height(step.dose, numerals, layout.text_width) / BOLD, _height(step.unit, unit, layout.text_width))
    return sum(rows) * TIGHT


def _head_height(head: Head, name_size: NameSize) -> float:
    room = WIDTH - QR_SIZE - GAP
    small = ((text, SMALL_TEXT[name]) for name, text in _small_lines(head))
    heights = [
        _height(head.name, name_size.size * BOLD, room) * TIGHT / BOLD,
        *(_height(text, size, room) * LOOSE + HEADER_GAP for text, size in small),
    ]
    return max(QR_SIZE, ceil(sum(heights)))


def _small_lines(head: Head) -> Iterable[tuple[str, str]]:
    return {"summary": head.summary, "roles": head.roles, "scan": head.scan, "address": head.code.text}.items()


def _height(text: str, size: float, room: float) -> float:
    """Of all lines of `text` in letters of `size`, set solid."""
    return text_lines(text, room / size) * size if text else 0.0


def _card_step(step: Step) -> CardStep:
    return CardStep(
        number=step.position,
        name=step.exercise_name,
        dose=dose_numbers(step),
        unit=dose_unit(step),
        note=step.note or next(iter(step.exercise.cues), "") or step.exercise.summary,
        exercise=step.exercise,
    )


def _shortened(step: CardStep, note: int, name: int) -> CardStep:
    return replace(step, note=shortened(step.note, note), name=shortened(step.name, name))


def _with_figure(step: CardStep, layout: Layout) -> CardStep:
    if not step.exercise.poses_digest:
        return step
    kind = "small" if layout.figure < ONE_PHASE_BELOW else "still"
    return replace(step, figure=figure_url(step.exercise, kind=kind, theme="light"))
