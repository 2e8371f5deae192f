"""What each name in poses means, for the page that explains them. The names and limits themselves are the code's."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from warmups.figures import body, schema

FIELDS = {
    "title": gettext_lazy("A name of its own; left out nearly always, since the exercise has one."),
    "desc": gettext_lazy("What the picture shows, for people who don't see it: “1: … 2: …” for its two moments."),
    "base": gettext_lazy("How the body lies at the start. Left out, it stands."),
    "camera": gettext_lazy("“az” goes around the figure: 0 from its front, -90 from its right. “el” is from above."),
    "far": gettext_lazy("The sides in pale colours, where the camera's own choice is wrong: [“r”], or [] for none."),
    "order": gettext_lazy("What lies in front, where depth alone is wrong. Rarely needed."),
    "side": gettext_lazy("The side that works as drawn: left or right. Left out, it follows from “work”."),
    "pin": gettext_lazy("One point of the body that stays where it is, “point” with “at”."),
    "pose": gettext_lazy("What all keys share."),
    "keys": gettext_lazy("The moments of the movement, in their order."),
    "work": gettext_lazy("The muscles to light."),
    "props": gettext_lazy("Things around the body."),
    "arrow": gettext_lazy("The way of a “joint” “from” one key “to” another, moved “off” to its side."),
    "still": gettext_lazy("The two keys that tell the exercise; counting begins at 0."),
    "phases": gettext_lazy("Moments for whoever checks all figures on one sheet: 1.5 is half way from key 1 to key 2."),
}

# By joint and channel, without side: what more of it does.
ANGLES = {
    "hip.flex": gettext_lazy("thigh forward; minus: back"),
    "hip.abd": gettext_lazy("thigh outward; minus: across"),
    "hip.rot": gettext_lazy("knee and toes turn out; minus: in"),
    "knee.flex": gettext_lazy("heel to the seat"),
    "ankle.flex": gettext_lazy("toes up; minus: down"),
    "toe.flex": gettext_lazy("toes up, at the ball of the foot"),
    "shoulder.flex": gettext_lazy("arm forward and up; minus: back"),
    "shoulder.abd": gettext_lazy("arm out to the side and up; minus: across"),
    "shoulder.rot": gettext_lazy("upper arm turns out; minus: in"),
    "elbow.flex": gettext_lazy("forearm forward"),
    "wrist.flex": gettext_lazy("hand forward"),
    "spine.flex": gettext_lazy("round forward; minus: arch back"),
    "spine.side": gettext_lazy("bend to the right; minus: to the left"),
    "spine.rot": gettext_lazy("turn to the left; minus: to the right"),
    "neck.flex": gettext_lazy("chin to the chest; minus: look up"),
    "neck.side": gettext_lazy("ear to the right shoulder; minus: to the left"),
    "neck.rot": gettext_lazy("look to the left; minus: to the right"),
    "pelvis.turn": gettext_lazy("the whole body turns to the left; minus: to the right"),
    "pelvis.tilt": gettext_lazy("the whole body tips forward; minus: back"),
    "pelvis.list": gettext_lazy("the left side of the pelvis rises; minus: the right one"),
    "pelvis.twist": gettext_lazy("the pelvis turns about its own long axis"),
}

JOINTS = {
    "hip": gettext_lazy("Hip"),
    "knee": gettext_lazy("Knee"),
    "ankle": gettext_lazy("Ankle"),
    "toe": gettext_lazy("Toes"),
    "shoulder": gettext_lazy("Shoulder"),
    "elbow": gettext_lazy("Elbow"),
    "wrist": gettext_lazy("Wrist"),
    "spine": gettext_lazy("Spine"),
    "neck": gettext_lazy("Neck"),
    "pelvis": gettext_lazy("Pelvis"),
}

PLANTED = {
    "foot.at": gettext_lazy("the place of the ball of the foot: forward, left, up"),
    "foot.pitch": gettext_lazy("lifts the heel; the toes stay flat"),
    "foot.yaw": gettext_lazy("turns the toes out"),
    "foot.roll": gettext_lazy("tips the foot over its edge"),
    "foot.floor": gettext_lazy("the height of what it stands on: a step, for instance"),
    "foot.knee": gettext_lazy("which way the knee points; left out, as the toes do"),
    "hand.at": gettext_lazy("the place of the wrist"),
    "hand.on": gettext_lazy("what the place is measured from: the room, or a part of the body that takes it along"),
    "hand.elbow": gettext_lazy("which way the elbow points"),
    "hand.fingers": gettext_lazy("which way the fingers point"),
}

BASES = {
    "stand": gettext_lazy("standing, kneeling, sitting"),
    "supine": gettext_lazy("on the back"),
    "prone": gettext_lazy("face down, and on all fours"),
    "side_left": gettext_lazy("on the left side"),
    "side_right": gettext_lazy("on the right side"),
}

PROPS = {
    "mat": gettext_lazy("a mat"),
    "step": gettext_lazy("a step or a box"),
    "wall": gettext_lazy("a wall"),
    "rail": gettext_lazy("a rail to hold on to"),
    "pole": gettext_lazy("a pole to hold on to; “h” is its height"),
    "band": gettext_lazy("a band round both legs; “where” says how high"),
}


class Angle(NamedTuple):
    """A row of the table of joints. `low` and `high` are degrees, None where nothing limits it."""

    name: str
    channel: str
    meaning: Any
    low: float | None
    high: float | None


class Joint(NamedTuple):
    """A joint with its angles; `names` as they are written in poses."""

    title: Any
    names: list[str]
    angles: list[Angle]


def joints() -> list[Joint]:
    """All joints of the body, with the ranges that are checked."""
    limits: dict[str, dict[str, tuple[float | None, float | None]]] = {
        joint: dict(channels) for joint, channels in body.RANGES.items()
    }
    limits |= {joint: dict.fromkeys(channels, (None, None)) for joint, channels in schema.FREE_JOINTS.items()}
    return [
        Joint(
            JOINTS[joint],
            [name for name in schema.POSE_FIELDS if name in (joint, f"{joint}_l", f"{joint}_r")],
            [Angle(joint, channel, ANGLES[f"{joint}.{channel}"], *ends) for channel, ends in channels.items()],
        )
        for joint, channels in limits.items()
    ]


def planted() -> list[tuple[str, str, Any]]:
    """What a planted hand or foot may say: (limb, field, meaning)."""
    return [(limb, name, PLANTED[f"{limb}.{name}"]) for limb, fields in schema.PLANTED.items() for name in fields]


def props() -> list[tuple[str, Any, list[str]]]:
    """(type, meaning, its further fields)."""
    return [(kind, PROPS[kind], sorted(fields - {"type"})) for kind, fields in schema.PROP_FIELDS.items()]


def muscles() -> list[str]:
    """The muscles that can be lit, without side."""
    return sorted({name.removesuffix("_l").removesuffix("_r") for name in body.MUSCLES})
