"""Outlines as SVG path data: whole numbers, relative, with rounding carried instead of summed."""

import itertools
from collections.abc import Iterable, Sequence

from .vectors import Point

Rounded = tuple[int, int]


def rounded(x: float, y: float) -> Rounded:
    return (round(x), round(y))


def joined(numbers: Iterable[int]) -> str:
    """Numbers with a space between them where a minus sign does not part them already."""
    text = ""
    for number in numbers:
        digits = str(number)
        text += digits if not text or digits[0] == "-" else " " + digits
    return text


def closed_curve(points: Sequence[Point]) -> str:
    """A closed uniform Catmull-Rom spline, which is exactly M c s s s z: four numbers for each point."""
    count = len(points)
    ends = [rounded(x, y) for x, y in points]
    here = ends[0]
    text = f"M{here[0]} {here[1]}"
    for i in range(count):
        start, end, after = points[i], points[(i + 1) % count], points[(i + 2) % count]
        arrive = rounded(end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        to = ends[(i + 1) % count]
        steps = [arrive[0] - here[0], arrive[1] - here[1], to[0] - here[0], to[1] - here[1]]
        if i == 0:
            before = points[-1]
            leave = rounded(start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
            text += "c" + joined([leave[0] - here[0], leave[1] - here[1], *steps])
        else:
            numbers = joined(steps)
            text += ("s" if i == 1 else "" if numbers[0] == "-" else " ") + numbers
        here = to
    return text + "z"


def open_curve(points: Sequence[Point]) -> str:
    """An open Catmull-Rom spline through the points."""
    last = len(points) - 1
    here = rounded(*points[0])
    text = f"M{here[0]} {here[1]}c"
    for i in range(last):
        before, start, end, after = points[max(0, i - 1)], points[i], points[i + 1], points[min(last, i + 2)]
        leave = rounded(start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        arrive = rounded(end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        to = rounded(*end)
        numbers = joined(value - here[axis] for point in (leave, arrive, to) for axis, value in enumerate(point))
        text += ("" if i == 0 or numbers[0] == "-" else " ") + numbers
        here = to
    return text


def polygon(points: Sequence[Point]) -> str:
    """Straight lines from point to point, closed."""
    corners = [rounded(x, y) for x, y in points]
    steps = joined(value for a, b in itertools.pairwise(corners) for value in (b[0] - a[0], b[1] - a[1]))
    return f"M{corners[0][0]} {corners[0][1]}l{steps}z"


def short(value: float, digits: int = 0) -> str:
    """A number without needless zeros: 0.50 is .5, -0 is 0."""
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
