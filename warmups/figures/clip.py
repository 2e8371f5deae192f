"""A clip: keyframes made into a pose for any moment of an endless loop.

Every channel (a joint's angle, one coordinate of a point) is interpolated by a periodic monotone cubic: F. N. Fritsch
and R. E. Carlson, Monotone Piecewise Cubic Interpolation, SIAM Journal on Numerical Analysis 17 (1980), with the
weighted harmonic mean of F. N. Fritsch and J. Butland (1984) as slope. A hold is two equal knots, an extreme gets zero
slope by itself, a key passed through keeps its speed, and nothing leaves the range of its knots.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .vectors import Vector

DEFAULT_MOVE = 1.0


class Pose(NamedTuple):
    """What the skeleton is asked for at one moment; names are "joint.channel" ("hip_l.flex", "foot_l.at", "root")."""

    numbers: dict[str, float]
    points: dict[str, Vector]
    words: dict[str, str]

    def number(self, name: str) -> float:
        return self.numbers.get(name, 0.0)


class Segment(NamedTuple):
    """Between which two knots a moment lies, and what the values and slopes there weigh."""

    start: int
    end: int
    of_start: float
    of_end: float
    of_start_slope: float
    of_end_slope: float


class Curve(NamedTuple):
    """One channel: its values at the knots, and the slopes there."""

    values: Sequence[float]
    slopes: Sequence[float]

    def at(self, segment: Segment) -> float:
        start, end, of_start, of_end, of_start_slope, of_end_slope = segment
        return (
            self.values[start] * of_start
            + self.values[end] * of_end
            + self.slopes[start] * of_start_slope
            + self.slopes[end] * of_end_slope
        )


class Clip(NamedTuple):
    """A loop of `period` seconds; `key_times` and `holds` belong to the keys, `knots` to the curves."""

    period: float
    key_times: list[float]
    holds: list[float]
    knots: list[float]
    numbers: dict[str, Curve]
    points: dict[str, tuple[Curve, Curve, Curve]]
    words: dict[str, str]

    def pose_at(self, seconds: float) -> Pose:
        segment = segment_at(self.knots, self.period, seconds)
        return Pose(
            {name: curve.at(segment) for name, curve in self.numbers.items()},
            {name: (x.at(segment), y.at(segment), z.at(segment)) for name, (x, y, z) in self.points.items()},
            self.words,
        )

    def key_at(self, seconds: float) -> int:
        """The key that is shown or being left at that moment."""
        return bisect_right(self.key_times, seconds % self.period + 1e-9) - 1

    def middle_of(self, key: int) -> float:
        """The moment that shows a key best: half way through its hold."""
        return self.key_times[key] + self.holds[key] / 2


def make_clip(data: Mapping[str, Any]) -> Clip:
    """The clip of checked pose data."""
    shared = flatten(data.get("pose", {}))
    knots: list[float] = []
    poses: list[dict[str, Any]] = []
    key_times: list[float] = []
    holds: list[float] = []
    now = 0.0
    for key in data["keys"]:
        pose = shared | flatten(key.get("pose", {}))
        hold = float(key.get("hold", 0))
        key_times.append(now)
        holds.append(hold)
        for knot in [now, now + hold] if hold > 0 else [now]:
            knots.append(knot)
            poses.append(pose)
        now += hold + float(key.get("move", DEFAULT_MOVE))

    numbers: dict[str, Curve] = {}
    points: dict[str, tuple[Curve, Curve, Curve]] = {}
    words: dict[str, str] = {}
    for name in {name: None for pose in poses for name in pose}:
        example = next(pose[name] for pose in poses if name in pose)
        if isinstance(example, str):
            words[name] = example
        elif isinstance(example, tuple):
            x, y, z = ([pose.get(name, (0.0, 0.0, 0.0))[axis] for pose in poses] for axis in range(3))
            points[name] = (make_curve(knots, x, now), make_curve(knots, y, now), make_curve(knots, z, now))
        else:
            numbers[name] = make_curve(knots, [pose.get(name, 0.0) for pose in poses], now)
    return Clip(now, key_times, holds, knots, numbers, points, words)


def flatten(pose: Mapping[str, Any]) -> dict[str, Any]:
    """{"foot_l": {"at": [0, 0, 0], "pitch": 8}, "root": […]} as {"foot_l.at": (0, 0, 0), "foot_l.pitch": 8, …}."""
    flat: dict[str, Any] = {}
    for joint, channels in pose.items():
        if isinstance(channels, Mapping):
            flat |= {f"{joint}.{channel}": plain(value) for channel, value in channels.items()}
        else:
            flat[joint] = plain(channels)
    return flat


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(float(part) for part in value)
    return float(value)


def make_curve(knots: Sequence[float], values: Sequence[float], period: float) -> Curve:
    """The periodic monotone curve through values at the knots (seconds, rising, within the period)."""
    count = len(knots)
    gaps = [(knots[i + 1] if i + 1 < count else period) - knots[i] for i in range(count)]
    rises = [(values[(i + 1) % count] - values[i]) / gaps[i] for i in range(count)]
    return Curve(values, [slope_between(gaps[i - 1], rises[i - 1], gaps[i], rises[i]) for i in range(count)])


def slope_between(gap_before: float, rise_before: float, gap_after: float, rise_after: float) -> float:
    """Zero at an extreme, else the harmonic mean of the two rises, the nearer one weighing more."""
    if rise_before * rise_after <= 0:
        return 0.0
    of_before = 2 * gap_after + gap_before
    of_after = gap_after + 2 * gap_before
    return (of_before + of_after) / (of_before / rise_before + of_after / rise_after)


def segment_at(knots: Sequence[float], period: float, seconds: float) -> Segment:
    """Where a moment lies among the knots, with the cubic Hermite weights."""
    seconds %= period
    start = bisect_right(knots, seconds) - 1
    end = (start + 1) % len(knots)
    gap = (knots[end] if end else period) - knots[start]
    s = (seconds - knots[start]) / gap
    s2, s3 = s * s, s * s * s
    return Segment(start, end, 2 * s3 - 3 * s2 + 1, 3 * s2 - 2 * s3, (s3 - 2 * s2 + s) * gap, (s3 - s2) * gap)
