"""Motion as SMIL markup, as small as it may be.

A part that hardly moves stands still. One that only turns and stretches is drawn once inside a group that moves.
What really changes its shape is redrawn: the outline itself is animated. Of the samples only those are kept that
straight lines between them would miss: Ramer-Douglas-Peucker, with time as the line.
"""

from collections.abc import Callable, Sequence
from math import atan2, cos, degrees, hypot, pi, sin
from typing import NamedTuple

from .paths import short
from .shapes import Outline

# In units of the card, which is 1000 wide.
STILL_WITHIN = 1.2
STEADY_WITHIN = 0.6
# Every so many samples are tried before all of them are.
COARSE = 8


class Accuracy(NamedTuple):
    """How far, in units, the markup may be off: a group from the outline, its steps and a shape's from the samples."""

    group: float
    group_steps: float
    shape_steps: float


class Motion(NamedTuple):
    """Where a group is at one moment: place, turn in radians, stretch along its own two axes."""

    x: float
    y: float
    turn: float
    wide: float = 1.0
    high: float = 1.0


class Group(NamedTuple):
    """A group of outlines that moves as one: `reference` is the sample whose outlines are drawn, seen from its centre
    (x, y) and turned by `turn` to its long axis; `radius` is how far its points are from there."""

    reference: int
    x: float
    y: float
    turn: float
    radius: float
    stretches: bool
    motions: list[Motion]

    def local(self, outline: Outline) -> Outline:
        return from_centre(outline, self.x, self.y, self.turn)


def moves(samples: Sequence[Outline]) -> bool:
    return any(
        hypot(x - x0, y - y0) >= STILL_WITHIN
        for sample in samples
        for (x, y), (x0, y0) in zip(sample, samples[0], strict=True)
    )


def find_group(samples: Sequence[Outline], within: float) -> Group | None:
    """The motion that carries one sample's points onto those of every other, if there is one that comes close."""
    count = len(samples) - 1
    best: Group | None = None
    best_error = within
    for reference in dict.fromkeys((0, count // 4, count // 2, 3 * count // 4)):
        x, y, turn = long_axis(samples[reference])
        local = from_centre(samples[reference], x, y, turn)
        radius = max(hypot(a, b) for a, b in local)
        fitted = fit_all(local, samples, within, stretches=False)
        if fitted:
            return Group(reference, x, y, turn, radius, False, fitted[0])
        fitted = fit_all(local, samples, best_error, stretches=True)
        if fitted:
            best, best_error = Group(reference, x, y, turn, radius, True, fitted[0]), fitted[1]
    return best


def long_axis(points: Outline) -> tuple[float, float, float]:
    """The centre of points and the angle of their longest spread."""
    x, y = centre(points)
    xx = sum((a - x) ** 2 for a, _ in points)
    yy = sum((b - y) ** 2 for _, b in points)
    xy = sum((a - x) * (b - y) for a, b in points)
    return x, y, 0.5 * atan2(2 * xy, xx - yy)


def centre(points: Outline) -> tuple[float, float]:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def from_centre(points: Outline, x: float, y: float, turn: float) -> Outline:
    c, s = cos(-turn), sin(-turn)
    return [((a - x) * c - (b - y) * s, (a - x) * s + (b - y) * c) for a, b in points]


def fit_all(
    local: Outline, samples: Sequence[Outline], within: float, *, stretches: bool
) -> tuple[list[Motion], float] | None:
    """The motions for all samples and their largest error, or None as soon as one is farther off than `within`."""
    spread = Spread.of(local)
    fit = spread.stretched if stretches else spread.rigid
    for sample in samples[::COARSE]:
        if error_of(fit(sample), local, sample) > within:
            return None
    motions, largest = [], 0.0
    for sample in samples:
        motion = fit(sample)
        largest = max(largest, error_of(motion, local, sample))
        if largest > within:
            return None
        motions.append(motion)
    return motions, largest


class Spread(NamedTuple):
    """Points around (0, 0) with their second moments, for least squares fits."""

    points: Outline
    xx: float
    yy: float
    xy: float

    @classmethod
    def of(cls, points: Outline) -> "Spread":
        return cls(points, sum(x * x for x, _ in points), sum(y * y for _, y in points), sum(x * y for x, y in points))

    def products(self, sample: Outline) -> tuple[float, float, float, float, float, float]:
        x0, y0 = centre(sample)
        xx = xy = yx = yy = 0.0
        for (x, y), (u, v) in zip(self.points, sample, strict=True):
            u -= x0
            v -= y0
            xx += x * u
            xy += x * v
            yx += y * u
            yy += y * v
        return x0, y0, xx, xy, yx, yy

    def rigid(self, sample: Outline) -> Motion:
        """The turn and shift nearest to a sample."""
        x0, y0, xx, xy, yx, yy = self.products(sample)
        return Motion(x0, y0, atan2(xy - yx, xx + yy))

    def stretched(self, sample: Outline) -> Motion:
        """The nearest turn, shift and stretch along both axes: the nearest affine map without its shear."""
        x0, y0, xx, xy, yx, yy = self.products(sample)
        size = self.xx * self.yy - self.xy * self.xy
        if size <= 1e-6:
            return Motion(x0, y0, atan2(xy - yx, xx + yy))
        a = (xx * self.yy - yx * self.xy) / size
        b = (xy * self.yy - yy * self.xy) / size
        c = (yx * self.xx - xx * self.xy) / size
        d = (yy * self.xx - xy * self.xy) / size
        turn = atan2(b, a)
        return Motion(x0, y0, turn, hypot(a, b), d * cos(turn) - c * sin(turn))


def error_of(motion: Motion, local: Outline, sample: Outline) -> float:
    x0, y0, turn, wide, high = motion
    a, b, c, d = cos(turn) * wide, sin(turn) * wide, -sin(turn) * high, cos(turn) * high
    worst = 0.0
    for (x, y), (u, v) in zip(local, sample, strict=True):
        off = (x * a + y * c + x0 - u) ** 2 + (x * b + y * d + y0 - v) ** 2
        if off > worst:
            worst = off
    return float(worst**0.5)


def unwound(turns: Sequence[float]) -> list[float]:
    """Angles without jumps of whole turns, so that what lies between two of them does not spin."""
    result = [turns[0]]
    for turn in turns[1:]:
        result.append(turn - 2 * pi * round((turn - result[-1]) / (2 * pi)))
    return result


# --- Markup ---------------------------------------------------------------------------------------------------------
def needed(series: Sequence[Sequence[float]], within: float) -> list[int]:
    """Which samples to keep so that straight lines in time between them stay that near to all others."""
    keep = {0, len(series) - 1}
    spans = [(0, len(series) - 1)]
    while spans:
        start, end = spans.pop()
        first, last = series[start], series[end]
        worst, where = within, None
        for i in range(start + 1, end):
            share = (i - start) / (end - start)
            for value, a, b in zip(series[i], first, last, strict=True):
                off = abs(value - a - (b - a) * share)
                if off > worst:
                    worst, where = off, i
        if where is not None:
            keep.add(where)
            spans += [(start, where), (where, end)]
    return sorted(keep)


def steady(series: Sequence[Sequence[float]]) -> bool:
    return all(abs(a - b) <= STEADY_WITHIN for values in series for a, b in zip(values, series[0], strict=True))


class Timing(NamedTuple):
    """The length of the loop in seconds, the number of steps that it is sampled in, and which of them are needed."""

    period: float
    steps: int
    accuracy: Accuracy

    @property
    def attributes(self) -> str:
        return f'dur="{short(self.period, 2)}s" repeatCount="indefinite"'

    def key_times(self, kept: Sequence[int]) -> str:
        return ";".join([*(short(i / self.steps, 3) for i in kept[:-1]), "1"])


def animated_shape(values: Sequence[str], kept: Sequence[int], timing: Timing) -> str:
    """`values` are the path data of the kept samples."""
    return (
        f'<animate attributeName="d" {timing.attributes} keyTimes="{timing.key_times(kept)}"'
        f' values="{";".join(values)}"/>'
    )


def animated_group(group: Group, content: str, timing: Timing) -> str:
    """The group with its motion; its first place is written down as well, for what doesn't animate."""
    turns = unwound([motion.turn for motion in group.motions])
    places = [(motion.x, motion.y) for motion in group.motions]
    arcs = [(turn * group.radius,) for turn in turns]
    stretches = [(motion.wide * group.radius, motion.high * group.radius) for motion in group.motions]

    def place(i: int) -> str:
        return f"{short(places[i][0], 1)} {short(places[i][1], 1)}"

    def turn(i: int) -> str:
        return short(degrees(turns[i]), 1)

    def stretch(i: int) -> str:
        return f"{short(group.motions[i].wide, 3)} {short(group.motions[i].high, 3)}"

    def step(kind: str, series: Sequence[Sequence[float]], write: Callable[[int], str]) -> str:
        # The first replaces the written transform, the others are added to it.
        added = "" if kind == "translate" else ' additive="sum"'
        start = f'<animateTransform attributeName="transform" type="{kind}"{added} {timing.attributes}'
        if steady(series):
            return f'{start} values="{write(0)}"/>'
        kept = needed(series, timing.accuracy.group_steps)
        values = ";".join(write(i) for i in kept)
        return f'{start} keyTimes="{timing.key_times(kept)}" values="{values}"/>'

    steps = step("translate", places, place) + step("rotate", arcs, turn)
    transform = f"translate({place(0)})rotate({turn(0)})"
    if group.stretches:
        steps += step("scale", stretches, stretch)
        transform += f"scale({stretch(0)})"
    return f'<g transform="{transform}">{steps}{content}</g>'
