"""The still pictures: two phases on one card, numbered, with an arrow for the movement between them; or one phase.

One phase is for places so small that two of them could not be told apart.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .animation import scene
from .arrow import arrow, way
from .composition import EDGE, HEIGHT, WIDTH, Box, Layout, box_around, extent, nudge, with_mat
from .figure import Figure
from .markup import card, floor
from .paths import short
from .themes import token

LARGEST = 640.0
# How much of the card the figures may fill, along the way that the two cells share it and across.
FILL_SIDE_BY_SIDE = (0.86, 0.86)
FILL_STACKED = (0.80, 0.80)
FILL_ALONE = 0.9
# Room for the numbers: at the left of stacked figures, above those side by side.
MIDDLE_STACKED = WIDTH / 2 + 20
MIDDLE_SIDE_BY_SIDE = HEIGHT * 0.545
# What an arrow needs around its line, in H.
AROUND_ARROW = 0.03

DIGITS = ("M-5 -6L1 -11V11", "M-7 -5C-7 -13 7 -13 7 -5C7 1 -7 5 -7 11H8")
NUMBER_AT = (44, 46)


class Phase(NamedTuple):
    """What one phase takes, in H: the figure with its props and the arrow, and the same with the mat."""

    box: Box
    outer: Box


class Cell(NamedTuple):
    """The part of the card that one phase has, where the figure lies in it, and around which x it is flipped."""

    box: Box
    layout: Layout
    middle: float


def still_phases(figure: Figure) -> tuple[int, int]:
    """The two keys that tell the exercise."""
    first, second = figure.data.get("still") or (0, min(1, len(figure.data["keys"]) - 1))
    return int(first), int(second)


def still_markup(figure: Figure, prefix: str, *, flipped: bool) -> str:
    """Card and both phases, with colour tokens; `prefix` makes the ids unique. Flipping leaves the numbers alone."""
    moments = [figure.clip.middle_of(key) for key in still_phases(figure)]
    drawn = [card()]
    for number, (cell, seconds) in enumerate(zip(cells(phases(figure, moments)), moments, strict=True)):
        picture = "" if figure.has_mat else floor(figure, cell.layout, cell.box)
        picture += scene(figure, seconds, cell.layout)
        if number == 0:
            picture += arrow(figure, cell.layout)
        if flipped:
            picture = f'<g transform="translate({short(2 * cell.middle)} 0)scale(-1 1)">{picture}</g>'
        drawn.append(clipped(picture, cell.box, f"{prefix}-{number + 1}") + mark(number, cell.box))
    return "".join(drawn)


def small_markup(figure: Figure) -> str:
    """Card and the phase that shows the exercise best, the second, as large as it gets, with colour tokens."""
    seconds = figure.clip.middle_of(still_phases(figure)[1])
    box = extent([figure.parts_of(figure.posture_at(seconds))], figure.faces)
    outer = with_mat(box, figure.faces)
    scale = min(
        FILL_ALONE * WIDTH / box.width,
        FILL_ALONE * HEIGHT / box.height,
        (WIDTH - 2 * EDGE) / outer.width,
        (HEIGHT - 2 * EDGE) / outer.height,
    )
    left = WIDTH / 2 - scale * (outer.left + outer.right) / 2
    layout = Layout(scale, left, HEIGHT / 2 - scale * (outer.top + outer.bottom) / 2)
    ground = "" if figure.has_mat else floor(figure, layout, Box(0, 0, WIDTH, HEIGHT))
    return ground + scene(figure, seconds, layout)


# --- Two cells ------------------------------------------------------------------------------------------------------
def phases(figure: Figure, moments: Sequence[float]) -> list[Phase]:
    found = []
    for number, seconds in enumerate(moments):
        box = extent([figure.parts_of(figure.posture_at(seconds))], figure.faces)
        if number == 0:
            around = [(x + side, y + side) for x, y in way(figure) for side in (-AROUND_ARROW, AROUND_ARROW)]
            box = box_around([(box.left, box.top), (box.right, box.bottom), *around])
        found.append(Phase(box, with_mat(box, figure.faces)))
    return found


def cells(phases: Sequence[Phase]) -> list[Cell]:
    """The cells side by side or one above the other, in whichever way the figures get larger."""
    return max((arranged(phases, stacked=stacked) for stacked in (False, True)), key=lambda way: way[0].layout.scale)


def arranged(phases: Sequence[Phase], *, stacked: bool) -> list[Cell]:
    """Each phase gets as much of the card as it takes; across that way both keep the place they have to each other.

    Stacked is the same with everything on its side.
    """
    boxes = [on_its_side(phase.box) if stacked else phase.box for phase in phases]
    outers = [on_its_side(phase.outer) if stacked else phase.outer for phase in phases]
    length, breadth = (HEIGHT, WIDTH) if stacked else (WIDTH, HEIGHT)
    fill_along, fill_across = FILL_STACKED if stacked else FILL_SIDE_BY_SIDE
    both, both_outer = around(boxes), around(outers)
    taken = sum(outer.width for outer in outers)
    scale = min(
        LARGEST,
        length * fill_along / sum(box.width for box in boxes),
        breadth * fill_across / both.height,
        (length - 4 * EDGE) / taken,
        (breadth - 2 * EDGE) / both_outer.height,
    )
    top = (MIDDLE_STACKED if stacked else MIDDLE_SIDE_BY_SIDE) - scale * (both.top + both.bottom) / 2
    top += nudge(top + scale * both_outer.top, top + scale * both_outer.bottom, EDGE, breadth - EDGE)
    found, start = [], 0.0
    for outer in outers:
        size = scale * outer.width + (length - scale * taken) / 2
        left = start + size / 2 - scale * (outer.left + outer.right) / 2
        cell = Box(start, 0, start + size, breadth)
        if stacked:
            middle = top + scale * (both_outer.top + both_outer.bottom) / 2
            found.append(Cell(on_its_side(cell), Layout(scale, top, left), middle))
        else:
            found.append(Cell(cell, Layout(scale, left, top), start + size / 2))
        start += size
    return found


def on_its_side(box: Box) -> Box:
    return Box(box.top, box.left, box.bottom, box.right)


def around(boxes: Sequence[Box]) -> Box:
    return box_around([corner for box in boxes for corner in ((box.left, box.top), (box.right, box.bottom))])


def clipped(picture: str, cell: Box, name: str) -> str:
    """The picture, cut at the edges of its cell."""
    left, top, width, height = (short(value) for value in (cell.left, cell.top, cell.width, cell.height))
    shape = f'<rect x="{left}" y="{top}" width="{width}" height="{height}"/>'
    return f'<clipPath id="{name}">{shape}</clipPath><g clip-path="url(#{name})">{picture}</g>'


def mark(number: int, cell: Box) -> str:
    """The phase's number, as a path: no font is needed."""
    x, y = cell.left + NUMBER_AT[0], cell.top + NUMBER_AT[1]
    return (
        f'<circle cx="{short(x)}" cy="{short(y)}" r="24" fill="{token("tights")}"/>'
        f'<path transform="translate({short(x)} {short(y)})" d="{DIGITS[number]}" fill="none" stroke="{token("card")}"'
        ' stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>'
    )
