"""What a body can do: poses are checked over the whole loop, not only at their keys.

Of each kind of problem and each joint the worst moment is told.
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from . import body
from .clip import flatten
from .figure import SAMPLES, Figure
from .problems import Problems
from .vectors import distance

# Degrees beyond a range that rounding explains.
RANGE_TOLERANCE = 0.5
# H that a planted limb may end from its target, and that a point may sink into the floor.
MISS_TOLERANCE = 0.005
FLOOR_TOLERANCE = 0.005
# A finding must be worse than another by this to be told in its place.
ALIKE = 1e-6
# H per second; hops and skips come near it.
FASTEST = 3.5


class Finding(NamedTuple):
    """Something beyond its limit at one sample: how far, in units of its own."""

    name: str
    excess: float
    value: float
    sample: int


def find_physical_problems(figure: Figure) -> Problems:
    """What no body does, in checked pose data."""
    problems = Problems()
    for finding in worst(out_of_range(figure)):
        low, high = range_of(finding.name)
        message = _("%(name)s = %(value).0f, allowed %(low)g to %(high)g") % {
            "name": finding.name,
            "value": finding.value,
            "low": low,
            "high": high,
        }
        tell(problems, figure, finding, message)
    for finding in worst(out_of_reach(figure)):
        tell(problems, figure, finding, reach_message(finding))
    for finding in worst(below_floor(figure)):
        message = _("%(joint)s is %(depth).2g body heights below the floor, allowed %(limit)g") % {
            "joint": finding.name,
            "depth": finding.value,
            "limit": FLOOR_TOLERANCE,
        }
        tell(problems, figure, finding, message)
    for finding in worst(too_fast(figure)):
        message = _("%(joint)s moves at %(speed).1f body heights a second, allowed %(limit)g") % {
            "joint": finding.name,
            "speed": finding.value,
            "limit": FASTEST,
        }
        tell(problems, figure, finding, message)
    return problems


def worst(findings: Iterator[Finding]) -> list[Finding]:
    """The worst finding of each name; of several alike, the first."""
    found: dict[str, Finding] = {}
    for finding in findings:
        if finding.name not in found or finding.excess > found[finding.name].excess + ALIKE:
            found[finding.name] = finding
    return list(found.values())


def out_of_range(figure: Figure) -> Iterator[Finding]:
    for sample, posture in enumerate(figure.postures):
        for name, value in posture.angles.items():
            low, high = range_of(name)
            excess = max(low - value, value - high)
            if excess > RANGE_TOLERANCE:
                yield Finding(name, excess, value, sample)


def range_of(name: str) -> tuple[float, float]:
    """The range of "hip_l.rot"."""
    joint, channel = name.split(".")
    return body.RANGES[joint.split("_")[0]][channel]


def out_of_reach(figure: Figure) -> Iterator[Finding]:
    for sample, posture in enumerate(figure.postures):
        for limb, miss in posture.misses.items():
            if abs(miss) > MISS_TOLERANCE:
                yield Finding(limb, abs(miss), miss, sample)


def reach_message(finding: Finding) -> str:
    leg = finding.name.startswith("foot")
    full = body.THIGH + body.SHANK if leg else body.UPPER_ARM + body.FOREARM
    values = {"limb": finding.name, "percent": abs(finding.value) / full * 100}
    if finding.value < 0:
        if leg:
            return _("%(limb)s: the target is out of reach, %(percent).0f %% too near for the leg") % values
        return _("%(limb)s: the target is out of reach, %(percent).0f %% too near for the arm") % values
    if leg:
        return _("%(limb)s: the target is out of reach, %(percent).0f %% beyond the leg") % values
    return _("%(limb)s: the target is out of reach, %(percent).0f %% beyond the arm") % values


def below_floor(figure: Figure) -> Iterator[Finding]:
    points = [(f"{point}_{side}", above) for point, above in body.CLEARANCES.items() for side, _sign in body.SIDES]
    for sample, posture in enumerate(figure.postures):
        for joint, clearance in points:
            depth = clearance - posture.joints[joint][2]
            if depth > FLOOR_TOLERANCE:
                yield Finding(joint, depth, depth, sample)


def too_fast(figure: Figure) -> Iterator[Finding]:
    postures = figure.postures
    seconds = figure.clip.period / SAMPLES
    for sample, posture in enumerate(postures):
        before = postures[sample - 1]
        for joint, place in posture.joints.items():
            speed = distance(place, before.joints[joint]) / seconds
            if speed > FASTEST:
                yield Finding(joint, speed, speed, sample)


def tell(problems: Problems, figure: Figure, finding: Finding, message: str) -> None:
    seconds = figure.seconds(finding.sample)
    key = figure.clip.key_at(seconds)
    problems.add(source_of(figure, key, finding.name), message, round(seconds, 2))


def source_of(figure: Figure, key: int, name: str) -> str:
    """Where the data say it: in the key, in the shared pose, or nowhere by name, then the key as such."""
    said = {
        f"keys.{key}.pose": flatten(figure.data["keys"][key].get("pose", {})),
        "pose": flatten(figure.data.get("pose", {})),
    }
    for where, pose in said.items():
        if name in pose:
            return f"{where}.{name}"
    for where, pose in said.items():
        if f"{name}.at" in pose:
            return f"{where}.{name}"
    return f"keys.{key}"
