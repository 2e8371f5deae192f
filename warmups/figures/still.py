"""The still picture: two phases on one card, numbered, with an arrow for the movement between them."""

import itertools
from math import hypot
from typing import NamedTuple

from .animation import scene
from .composition import HEIGHT, WIDTH, Box, Layout, extent, nudged, shrunk, with_mat
from .figure import Figure
from .markup import card, element, floor
from .paths import open_curve, polygon, short
from .shapes import Outline
from .themes import token
from .vectors import Point, add

LARGEST = 640.0
DIGITS = ("M-5 -6L1 -11V11", "M-7 -5C-7 -13 7 -13 7 -5C7 1 -7 5 -7 11H8")
NUMBER_AT = (44, 46)

ARROW_SAMPLES = 14
ARROW_POINTS = 6
# The arrow leaves a little of the path out at both ends.
ARROW_FROM, ARROW_TO = 0.06, 0.96
ARROW_HEAD = 22


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
    box = extent([figure.parts_of(figure.posture_at(seconds)) for seconds in moments], figure.faces)
    drawn = [card()]
    for number, (cell, seconds) in enumerate(zip(cells(box, with_mat(box, figure.faces)), moments, strict=True)):
        picture = "" if figure.has_mat else floor(figure, cell.layout, cell.box)
        picture += scene(figure, seconds, cell.layout)
        if number == 0:
            picture += arrow(figure, cell.layout)
        if flipped:
            picture = f'<g transform="translate({short(2 * cell.middle)} 0)scale(-1 1)">{picture}</g>'
        drawn.append(clipped(picture, cell.box, f"{prefix}-{number + 1}") + mark(number, cell.box))
    return "".join(drawn)


class Arrangement(NamedTuple):
    """How the two cells lie on the card: what share of a cell the figure may fill, and where its middle is."""

    cells: tuple[Box, Box]
    fill: tuple[float, float]
    middle: tuple[float, float]


SIDE_BY_SIDE = Arrangement(
    (Box(0, 0, WIDTH / 2, HEIGHT), Box(WIDTH / 2, 0, WIDTH, HEIGHT)), (0.86, 0.88), (WIDTH / 4, HEIGHT * 0.52)
)
# A stacked figure makes room for the number at its left.
STACKED = Arrangement(
    (Box(0, 0, WIDTH, HEIGHT / 2), Box(0, HEIGHT / 2, WIDTH, HEIGHT)), (0.80, 0.80), (WIDTH / 2 + 20, HEIGHT / 4)
)


def cells(box: Box, outer: Box) -> list[Cell]:
    """Two cells of the card, in whichever way the figure (`box`, with its mat `outer`) gets larger."""
    scale, arrangement = max(
        ((scale_in(arrangement, box, outer), arrangement) for arrangement in (SIDE_BY_SIDE, STACKED)),
        key=lambda found: found[0],
    )
    found = []
    for cell in arrangement.cells:
        x, y = cell.left + arrangement.middle[0], cell.top + arrangement.middle[1]
        layout = Layout(scale, x - scale * (box.left + box.right) / 2, y - scale * (box.top + box.bottom) / 2)
        layout = nudged(layout, outer, cell)
        found.append(Cell(cell, layout, layout.left + scale * (outer.left + outer.right) / 2))
    return found


def scale_in(arrangement: Arrangement, box: Box, outer: Box) -> float:
    cell, (across, upward) = arrangement.cells[0], arrangement.fill
    largest = min(LARGEST, cell.width * across / box.width, cell.height * upward / box.height)
    return shrunk(largest, outer, cell.width, cell.height)


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


# --- The arrow ------------------------------------------------------------------------------------------------------
def arrow(figure: Figure, layout: Layout) -> str:
    """The way of a joint from one key to another, shifted off the body."""
    wanted = figure.data.get("arrow")
    if not wanted:
        return ""
    clip, keys = figure.clip, len(figure.data["keys"])
    start = clip.key_times[wanted["from"]] + clip.holds[wanted["from"]]
    end = clip.key_times[wanted["to"]] if wanted["to"] < keys else clip.period
    shift = tuple(wanted.get("shift", (0, 0, 0)))
    way = []
    for i in range(ARROW_SAMPLES + 1):
        posture = figure.posture_at(start + (end - start) * i / ARROW_SAMPLES)
        way.append(figure.camera.project(add(posture.joints[wanted["joint"]], shift)))
    even = evenly(way)
    if not even:
        return ""
    points = layout.place(beside(even, float(wanted.get("off", 0))))
    (x0, y0), (x1, y1) = points[-2], points[-1]
    size = hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = (x1 - x0) / size * ARROW_HEAD, (y1 - y0) / size * ARROW_HEAD
    tip: Outline = [
        (x1 + dx, y1 + dy),
        (x1 - dx * 0.3 - dy * 0.85, y1 - dy * 0.3 + dx * 0.85),
        (x1 - dx * 0.3 + dy * 0.85, y1 - dy * 0.3 - dx * 0.85),
    ]
    colour = token("arrow")
    line = element(f'd="{open_curve(points)}" fill="none" stroke="{colour}" stroke-width="9" stroke-linecap="round"')
    return line + element(
        f'd="{polygon(tip)}" fill="{colour}" stroke="{colour}" stroke-width="5" stroke-linejoin="round"'
    )


def evenly(way: Outline) -> Outline:
    """Points at even distances along a way, without its very ends; nothing if it leads nowhere."""
    along = [0.0]
    for (x0, y0), (x1, y1) in itertools.pairwise(way):
        along.append(along[-1] + hypot(x1 - x0, y1 - y0))
    if along[-1] < 1e-4:
        return []
    steps = ARROW_POINTS - 1
    shares = [ARROW_FROM + (ARROW_TO - ARROW_FROM) * i / steps for i in range(ARROW_POINTS)]
    return [point_along(way, along, share * along[-1]) for share in shares]


def point_along(way: Outline, along: list[float], distance: float) -> Point:
    i = next(i for i in range(len(way) - 1) if along[i + 1] >= distance)
    share = (distance - along[i]) / ((along[i + 1] - along[i]) or 1.0)
    (x0, y0), (x1, y1) = way[i], way[i + 1]
    return (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)


def beside(points: Outline, off: float) -> Outline:
    """The points moved to the side of their way."""
    last = len(points) - 1
    moved = []
    for i, (x, y) in enumerate(points):
        (x0, y0), (x1, y1) = points[max(0, i - 1)], points[min(last, i + 1)]
        size = hypot(x1 - x0, y1 - y0) or 1.0
        moved.append((x + (y1 - y0) / size * off, y - (x1 - x0) / size * off))
    return moved
