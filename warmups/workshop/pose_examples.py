"""Examples of poses, from nothing to a whole figure, and what goes wrong most: each fault is one change of an example.

They are drawn and checked as everything else, so nothing here can say what the figures no longer do.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

Poses = dict[str, Any]

STAND: Poses = {
    "desc": "Standing upright.",
    "keys": [{"hold": 1, "move": 1, "pose": {"root": [0, 0, 0.53]}}],
}
KNEE: Poses = {
    "desc": "Standing on the right leg. 1: upright. 2: left knee lifted to hip height.",
    "camera": {"az": -70, "el": 8},
    "pose": {"root": [0, 0, 0.53]},
    "keys": [
        {"hold": 0.4, "move": 1, "pose": {"hip_l": {"flex": 0}, "knee_l": {"flex": 0}}},
        {"hold": 0.4, "move": 1, "pose": {"hip_l": {"flex": 90}, "knee_l": {"flex": 95}}},
    ],
}
SQUAT: Poses = {
    "desc": "Feet planted, a little wider than the hips. 1: standing. 2: a squat, arms forward.",
    "camera": {"az": -70, "el": 8},
    "pose": {"foot_l": {"at": [0.075, 0.09, 0]}, "foot_r": {"at": [0.075, -0.09, 0]}},
    "keys": [
        {
            "hold": 0.4,
            "move": 1.2,
            "pose": {"root": [0, 0, 0.52], "shoulder_l": {"flex": 5}, "shoulder_r": {"flex": 5}},
        },
        {
            "hold": 0.6,
            "move": 1.2,
            "pose": {
                "root": [-0.12, 0, 0.33],
                "pelvis": {"tilt": 32},
                "spine": {"flex": 8},
                "shoulder_l": {"flex": 100},
                "shoulder_r": {"flex": 100},
            },
        },
    ],
}
BRIDGE: Poses = {
    "desc": "Lying on the back, knees bent, feet flat. 1: hips on the mat. 2: hips lifted in one line with the knees.",
    "base": "supine",
    "camera": {"az": -76, "el": 12},
    "pin": {"point": "back", "at": [-0.26, 0, 0]},
    "pose": {
        "foot_l": {"at": [0.36, 0.07, 0], "knee": [0, 0, 1]},
        "foot_r": {"at": [0.36, -0.07, 0], "knee": [0, 0, 1]},
        "hand_l": {"at": [-0.13, 0.34, 0.02], "elbow": [-0.3, 1, 0.2], "fingers": [1, 0.6, -0.05]},
        "hand_r": {"at": [-0.09, -0.32, 0.02], "elbow": [-0.3, -1, 0.2], "fingers": [1, -0.6, -0.05]},
    },
    "keys": [
        {"hold": 0.5, "move": 1.4, "pose": {"pelvis": {"tilt": -2}, "neck": {"flex": 4}}},
        {"hold": 1, "move": 1.6, "pose": {"pelvis": {"tilt": -30}, "spine": {"flex": 6}, "neck": {"flex": 26}}},
    ],
    "props": [{"type": "mat", "at": [-0.06, 0, 0], "size": [1.12, 0.44, 0.016]}],
}
ABDUCTION: Poses = {
    "desc": "Standing on the right leg, a band round the ankles. 1: feet together. 2: left leg out to the side.",
    "camera": {"az": -20, "el": 8},
    "pose": {
        "root": [0, -0.02, 0.52],
        "foot_r": {"at": [0.075, -0.056, 0]},
        "elbow_l": {"flex": 8},
        "elbow_r": {"flex": 8},
    },
    "keys": [
        {
            "hold": 0.4,
            "move": 1.1,
            "pose": {"hip_l": {"abd": 2, "flex": 22}, "knee_l": {"flex": 42}, "ankle_l": {"flex": 18}},
        },
        {
            "hold": 0.6,
            "move": 1.3,
            "pose": {"hip_l": {"abd": 34, "flex": 0}, "knee_l": {"flex": 4}, "ankle_l": {"flex": 6}},
        },
    ],
    "work": ["glute_med_l"],
    "props": [{"type": "band", "where": "ankle"}],
    "arrow": {"joint": "ankle_l", "from": 0, "to": 1, "off": 0.06},
    "still": [0, 1],
}


@dataclass(frozen=True, eq=False)
class Example:
    """Poses to play with. `name` is also its place on the page, `words` what to try."""

    name: str
    title: Any
    words: tuple[Any, ...]
    poses: Poses


EXAMPLES = (
    Example(
        "stand",
        gettext_lazy("Somebody who stands"),
        (
            gettext_lazy(
                "This is the least there is: what the picture shows, in words, and one key. A key is a moment that you"
                " describe; the figure does the rest."
            ),
            gettext_lazy(
                "“root” says where the pelvis is: forward, left, up. Lengths are parts of the body's height, so 0.53 is"
                " a little more than half way up. With all angles at 0 one stands upright, arms hanging."
            ),
            gettext_lazy("Try: make 0.53 a 0.5. The feet sink into the floor, and you are told."),
        ),
        STAND,
    ),
    Example(
        "knee",
        gettext_lazy("A knee that is lifted"),
        (
            gettext_lazy(
                "Two keys make a movement. “hold” is how many seconds a key stays, “move” how many it takes to the next"
                " one. The last leads back to the first, and so it goes on."
            ),
            gettext_lazy(
                "“_l” is the left side and “_r” the right one, as the person herself would say. “camera” turns the"
                " figure, so that one sees the movement from the side."
            ),
            gettext_lazy("Try: a “flex” of 140 in hip_l. No hip does that, and the range is told."),
        ),
        KNEE,
    ),
    Example(
        "squat",
        gettext_lazy("Feet that stay where they are"),
        (
            gettext_lazy(
                "In a squat you know where the feet are, but not each angle. So plant them: “foot_l” with “at” is the"
                " place of the ball of the foot. Hip, knee and ankle follow, and nothing slides."
            ),
            gettext_lazy(
                "What all keys share stands once, in “pose” above the keys. Each key adds what is its own: here the"
                " pelvis goes down and back and tips forward."
            ),
            gettext_lazy("Try: lift the root of the first key to 0.6. The floor is then out of the legs' reach."),
        ),
        SQUAT,
    ),
    Example(
        "bridge",
        gettext_lazy("On the back, with a mat"),
        (
            gettext_lazy(
                "“base” lays the body down before anything bends. “pin” holds one point where it is: here the upper"
                " back, so that the hips are what rises."
            ),
            gettext_lazy(
                "Hands are planted like feet; “elbow” and “knee” say which way the joint points, “fingers” where the"
                " hand points. “props” puts a mat under it all."
            ),
            gettext_lazy("Try: a “tilt” of -10 in the second key. The hips stay low."),
        ),
        BRIDGE,
    ),
    Example(
        "whole",
        gettext_lazy("A whole figure"),
        (
            gettext_lazy(
                "“work” lights the muscles that work, “arrow” shows the way of a joint from one key to another, and"
                " “still” names the two keys that tell the exercise where nothing moves."
            ),
            gettext_lazy(
                "The other side is drawn by itself: write the figure for one side only, the one that is nearer to us."
            ),
            gettext_lazy("Try: glute_max_l beside glute_med_l, or the band round the thighs."),
        ),
        ABDUCTION,
    ),
)


@dataclass(frozen=True)
class Fault:
    """One value of an example in another place of it ("keys.1.move"), and what to do about what is told then."""

    poses: Poses
    path: str
    value: Any
    remedy: Any

    @property
    def faulty(self) -> Poses:
        """The example with the fault in it."""
        poses = copy.deepcopy(self.poses)
        *steps, last = [int(step) if step.isdecimal() else step for step in self.path.split(".")]
        place: Any = poses
        for step in steps:
            place = place[step]
        place[last] = self.value
        return poses


FAULTS = (
    Fault(
        KNEE,
        "keys.1.pose.hip_l",
        {"flex": 140},
        gettext_lazy("Bring the angle into its range. Is it a bent spine or a tilted pelvis that you meant?"),
    ),
    Fault(
        SQUAT,
        "keys.0.pose.root",
        [0, 0, 0.6],
        gettext_lazy("Lower the pelvis (root), or bring the planted foot or hand nearer."),
    ),
    Fault(
        STAND,
        "keys.0.pose.root",
        [0, 0, 0.52],
        gettext_lazy("Raise the root, bend the knee, or plant the foot so that the leg finds its own angles."),
    ),
    Fault(
        KNEE,
        "keys",
        [{"hold": 0.3, "move": 0.25, "pose": {"shoulder_l": {"flex": angle}}} for angle in (-50, 180, -50, 180)],
        gettext_lazy("Give it more seconds: a longer “move” of the key before."),
    ),
    Fault(
        KNEE,
        "keys.1.move",
        25,
        gettext_lazy("Shorten holds and moves. Four to six seconds for all of it are calm and clear."),
    ),
    Fault(
        KNEE,
        "keys.1.pose.hipp_l",
        {"flex": 90},
        gettext_lazy("Write the name as in the table above; the nearest one is suggested."),
    ),
    Fault(
        SQUAT,
        "keys.1.pose.hand_l",
        {"at": [0.1, 0.1, 0.5]},
        gettext_lazy("A limb is planted always or never: give “at” in each key, or once in “pose” above them."),
    ),
)

# A text that is no JSON: the comma at the end of the second line is one too many.
NO_JSON = '{\n  "desc": "Standing upright.",\n}'
