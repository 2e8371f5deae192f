"""The arrow of a still: the way of a joint from one key to another, shifted off the body."""

import itertools
from math import hypot

from .composition import Layout
from .figure import Figure
from .markup import element
from .paths import open_curve, polygon
from .shapes import Outline
from .themes import token
from .vectors import Point, add

SAMPLES = 14
POINTS = 6
# A little of the way is left out at both ends.
FROM, TO = 0.06, 0.96
HEAD = 22


def way(figure: Figure) -> Outline:
    """The points of the arrow in H; none if there is no arrow."""
    wanted = figure.data.get("arrow")
    if not wanted:
        return []
    clip = figure.clip
    start = clip.key_times[wanted["from"]] + clip.holds[wanted["from"]]
    end = [*clip.key_times, clip.period][wanted["to"]]
    shift = tuple(wanted.get("shift", (0, 0, 0)))
    points = []
    for i in range(SAMPLES + 1):
        posture = figure.posture_at(start + (end - start) * i / SAMPLES)
        points.append(figure.camera.project(add(posture.joints[wanted["joint"]], shift)))
    return beside(evenly(points), float(wanted.get("off", 0)))


def arrow(figure: Figure, layout: Layout) -> str:
    """The arrow as markup, with its colour token."""
    points = layout.place(way(figure))
    if not points:
        return ""
    (x0, y0), (x1, y1) = points[-2:]
    size = hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = (x1 - x0) / size * HEAD, (y1 - y0) / size * HEAD
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
    steps = POINTS - 1
    shares = [FROM + (TO - FROM) * i / steps for i in range(POINTS)]
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
