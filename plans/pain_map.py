"""The body on which one shows where it hurts: both views of the body map with a spot for each place and side.

The spots only choose the form's own fields, "Where?" and "Which side?"; who does not see or press them uses those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from plans.domain.sessions import PainSite
from warmups.body_map import SCALE, View, outline

# (place, x from the middle line outwards, y), in units of warmups/body_shapes.py; x = 0: in the middle, no side.
SPOTS = {
    "front": [
        (PainSite.NECK, 0, 74),
        (PainSite.SHOULDER, 47, 100),
        (PainSite.CHEST, 16, 122),
        (PainSite.BELLY, 0, 182),
        (PainSite.HIP, 36, 214),
        (PainSite.GROIN, 11, 240),
        (PainSite.THIGH, 26, 290),
        (PainSite.KNEE, 22, 345),
        (PainSite.SHIN, 23, 395),
        (PainSite.ANKLE, 20, 444),
        (PainSite.FOOT, 26, 466),
    ],
    "back": [
        (PainSite.NECK, 0, 74),
        (PainSite.SHOULDER, 47, 100),
        (PainSite.UPPER_BACK, 15, 128),
        (PainSite.LOWER_BACK, 13, 192),
        (PainSite.GLUTE, 22, 240),
        (PainSite.HAMSTRING, 25, 300),
        (PainSite.KNEE, 22, 345),
        (PainSite.CALF, 23, 385),
        (PainSite.ACHILLES, 20, 432),
        (PainSite.HEEL, 20, 464),
    ],
}


@dataclass(frozen=True)
class Spot:
    """A place to press; `side` is the athlete's own left or right, "" in the middle."""

    site: str
    side: str
    x: int
    y: int


@dataclass(frozen=True)
class PainView:
    """The person from one side, with the spots on it."""

    drawing: View
    spots: list[Spot]


@cache
def pain_map() -> list[PainView]:
    """Front and back."""
    return [PainView(outline(view), _spots(view)) for view in SPOTS]


def _spots(view: str) -> list[Spot]:
    # Who faces us has their right side on our left; who turns their back has it on our right.
    right_of_drawing, left_of_drawing = ("left", "right") if view == "front" else ("right", "left")
    spots = []
    for site, x, y in SPOTS[view]:
        if x == 0:
            spots.append(Spot(site, "", 0, y * SCALE))
        else:
            spots.append(Spot(site, left_of_drawing, -x * SCALE, y * SCALE))
            spots.append(Spot(site, right_of_drawing, x * SCALE, y * SCALE))
    return spots
