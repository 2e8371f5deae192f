"""The still picture: two phases on one card, numbered, with an arrow for the movement between them."""

import itertools
from math import hypot
from typing import NamedTuple

from .animation import scene
from .composition import HEIGHT, WIDTH, Box, Layout, extent
from .figure import Figure
from .markup import card, element, floor
from .paths import open_curve, polygon, short
from .shapes import Outline
from .themes import token
from .vectors import Point, add

LARGEST = 640.0
# Wider than tall by this: the phases are stacked, otherwise side by side.
STACKED_FROM = 1.25
# A stacked figure makes room for the number at its left.
BESIDE_NUMBER = 20

DIGITS = ("M-5 -6L1 -11V11", "M-7 -5C-7 -13 7 -13 7 -5C7 1 -7 5 -7 11H8")
NUMBER_AT = (44, 46)

ARROW_SAMPLES = 14
ARROW_POINTS = 6
# The arrow leaves a little of the path out at both ends.
ARROW_FROM, ARROW_TO = 0.06, 0.96
ARROW_HEAD = 22


class Cell(NamedTuple):
    """The part of the card that one phase has, and where the figure lies in it."""

    left: float
    top: float
    width: float
    height: float
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
    for number, (cell, seconds) in enumerate(zip(cells(box), moments, strict=True)):
        picture = "" if figure.has_mat else floor(figure, cell.layout, cell.width / 2 * 0.94)
        picture += scene(figure, seconds, cell.layout)
        if number == 0:
            picture += arrow(figure, cell.layout)
        if flipped:
            picture = f'<g transform="translate({short(2 * cell.middle)} 0)scale(-1 1)">{picture}</g>'
        clip = f"{prefix}-{number + 1}"
        drawn.append(
            f'<clipPath id="{clip}"><rect x="{short(cell.left)}" y="{short(cell.top)}" width="{short(cell.width)}"'
            f' height="{short(cell.height)}"/></clipPath><g clip-path="url(#{clip})">{picture}</g>{mark(number, cell)}'
        )
    return "".join(drawn)


def cells(box: Box) -> list[Cell]:
    stacked = box.width > box.height * STACKED_FROM
    if stacked:
        width, height = float(WIDTH), HEIGHT / 2
        corners = [(0.0, 0.0), (0.0, height)]
        scale = min(LARGEST, width * 0.80 / box.width, height * 0.80 / box.height)
    else:
        width, height = WIDTH / 2, float(HEIGHT)
        corners = [(0.0, 0.0), (width, 0.0)]
        scale = min(LARGEST, width * 0.86 / box.width, height * 0.88 / box.height)
    found = []
    for left, top in corners:
        x = left + width / 2 + (BESIDE_NUMBER if stacked else 0)
        y = top + height * (0.50 if stacked else 0.52)
        layout = Layout(scale, x - scale * (box.left + box.right) / 2, y - scale * (box.top + box.bottom) / 2)
        found.append(Cell(left, top, width, height, layout, x))
    return found


def mark(number: int, cell: Cell) -> str:
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
