"""The skeleton: from the angles and contacts of one moment to where every joint is.

A limb follows its angles (forward kinematics), unless the pose gives it a target: then it is planted there by
two-bone inverse kinematics, and its anatomical angles are read back from the result.
"""

from math import acos, asin, atan2, degrees, hypot, sqrt
from typing import NamedTuple

from . import body
from .clip import Pose
from .vectors import (
    DOWN,
    FORWARD,
    LEFT,
    ORIGIN,
    Matrix,
    Vector,
    about_x,
    about_y,
    about_z,
    across,
    add,
    apply,
    cross,
    distance,
    dot,
    length,
    product,
    scale,
    subtract,
    transposed,
    unit,
)

# The joint whose place a frame of the trunk is measured from.
ORIGIN_OF_FRAME = {"pelvis": "pelvis", "lumbar": "lumbar", "thorax": "mid", "head": "head"}
# A limb never stretches quite straight, so that its knee or elbow always has a side to bend to.
STRETCH_LIMIT = 0.9995


class Pin(NamedTuple):
    """A point of the body and where it stays in the world."""

    point: str
    at: Vector


class Posture(NamedTuple):
    """One moment, solved: joints in the world, frames (rotations) of the bones, anatomical angles in degrees.

    `misses` says for each planted limb how far it ends from its target, in H: positive when the target is beyond
    the limb, negative when it is too near.
    """

    joints: dict[str, Vector]
    frames: dict[str, Matrix]
    angles: dict[str, float]
    misses: dict[str, float]


def solve(pose: Pose, *, base: str = "stand", pin: Pin | None = None) -> Posture:
    """The posture of a pose; a pin moves the whole body so that its point is where it should be."""
    root = pose.points.get("root", ORIGIN)
    posture = unplanted(pose, base, root)
    if pin:
        at = pose.points.get("pin_at", pin.at)
        posture = unplanted(pose, base, add(root, subtract(at, posture.joints[pin.point])))
    for side, sign in body.SIDES:
        if f"foot_{side}.at" in pose.points:
            plant_foot(posture, pose, side, sign)
        if f"hand_{side}.at" in pose.points:
            plant_hand(posture, pose, side)
    return posture


def unplanted(pose: Pose, base: str, root: Vector) -> Posture:
    """The trunk, and the limbs that follow their angles."""
    posture = Posture({}, {}, {}, {})
    place_trunk(posture, pose, base, root)
    for side, sign in body.SIDES:
        place_shoulder(posture, pose, side, sign)
        if f"hand_{side}.at" not in pose.points:
            swing_arm(posture, pose, side, sign)
        if f"foot_{side}.at" not in pose.points:
            swing_leg(posture, pose, side, sign)
    return posture


def place_trunk(posture: Posture, pose: Pose, base: str, root: Vector) -> None:
    number, joints, frames = pose.number, posture.joints, posture.frames
    pelvis = product(
        body.BASES[base],
        about_z(number("pelvis.turn")),
        about_y(number("pelvis.tilt")),
        about_x(number("pelvis.list")),
        about_z(number("pelvis.twist")),
    )
    # The spine bends in two places, half of its angles at each.
    half_spine = product(
        about_z(number("spine.rot") / 2), about_y(number("spine.flex") / 2), about_x(number("spine.side") / 2)
    )
    lumbar = product(pelvis, half_spine)
    thorax = product(lumbar, half_spine)
    head = product(thorax, about_z(number("neck.rot")), about_y(number("neck.flex")), about_x(number("neck.side")))
    frames.update(pelvis=pelvis, lumbar=lumbar, thorax=thorax, head=head)

    joints["pelvis"] = root
    joints["lumbar"] = add(root, apply(pelvis, body.LUMBAR_FROM_PELVIS))
    joints["mid"] = add(joints["lumbar"], apply(lumbar, body.MID_FROM_LUMBAR))
    joints["c7"] = add(joints["mid"], apply(thorax, body.NECK_FROM_MID))
    joints["head"] = add(joints["c7"], apply(head, body.HEAD_FROM_NECK))
    joints["crown"] = add(joints["head"], apply(head, body.CROWN_FROM_HEAD))
    joints["back"] = add(joints["mid"], apply(thorax, body.BACK_FROM_MID))
    joints["sacrum"] = add(root, apply(pelvis, body.SACRUM_FROM_PELVIS))
    for side, sign in body.SIDES:
        joints[f"hip_{side}"] = add(root, apply(pelvis, sided(body.HIP_FROM_PELVIS, sign)))
        joints[f"side_{side}"] = add(joints["mid"], apply(thorax, sided(body.SIDE_FROM_MID, sign)))
        joints[f"flank_{side}"] = add(root, apply(pelvis, sided(body.FLANK_FROM_PELVIS, sign)))
    for joint in ("spine", "neck"):
        keep_angles(posture, pose, joint)


def sided(vector: Vector, sign: int) -> Vector:
    return (vector[0], vector[1] * sign, vector[2])


def keep_angles(posture: Posture, pose: Pose, joint: str) -> None:
    """The angles of a joint that follows them, as given."""
    for channel in body.RANGES[joint.split("_")[0]]:
        posture.angles[f"{joint}.{channel}"] = pose.number(f"{joint}.{channel}")


def place_shoulder(posture: Posture, pose: Pose, side: str, sign: int) -> None:
    """The shoulder, moved by the shoulder blade towards where the arm points."""
    thorax = posture.frames["thorax"]
    resting = add(posture.joints["mid"], apply(thorax, sided(body.SHOULDER_FROM_MID, sign)))
    if f"hand_{side}.at" in pose.points:
        arm = apply(transposed(thorax), unit(subtract(hand_target(posture, pose, side), resting)))
    else:
        flex, abduction = pose.number(f"shoulder_{side}.flex"), pose.number(f"shoulder_{side}.abd")
        arm = apply(about_y(-flex), apply(about_x(sign * abduction), DOWN))
    raised = degrees(acos(clamped(-arm[2])))
    inward = max(0.0, (raised - body.SCAPULA_INWARD_FROM) / body.SCAPULA_INWARD_OVER)
    lift = max(0.0, (raised - body.SCAPULA_LIFT_FROM) / body.SCAPULA_LIFT_OVER)
    shift = (body.SCAPULA_FORWARD * arm[0], -sign * body.SCAPULA_INWARD * inward, body.SCAPULA_LIFT * lift)
    posture.joints[f"shoulder_{side}"] = add(resting, apply(thorax, shift))


def clamped(value: float) -> float:
    return max(-1.0, min(1.0, value))


# --- Limbs that follow their angles ---------------------------------------------------------------------------------
def swing_leg(posture: Posture, pose: Pose, side: str, sign: int) -> None:
    joints, frames = posture.joints, posture.frames
    thigh = ball_joint(frames["pelvis"], pose, f"hip_{side}", sign)
    shank = product(thigh, about_y(pose.number(f"knee_{side}.flex")))
    foot = product(shank, about_y(-pose.number(f"ankle_{side}.flex")))
    frames[f"thigh_{side}"], frames[f"shank_{side}"], frames[f"foot_{side}"] = thigh, shank, foot
    joints[f"knee_{side}"] = below(joints[f"hip_{side}"], thigh, body.THIGH)
    joints[f"ankle_{side}"] = below(joints[f"knee_{side}"], shank, body.SHANK)
    place_foot(posture, side, pose.number(f"toe_{side}.flex"))
    for joint in ("hip", "knee", "ankle"):
        keep_angles(posture, pose, f"{joint}_{side}")


def swing_arm(posture: Posture, pose: Pose, side: str, sign: int) -> None:
    joints, frames = posture.joints, posture.frames
    upper = ball_joint(frames["thorax"], pose, f"shoulder_{side}", sign)
    fore = product(upper, about_y(-pose.number(f"elbow_{side}.flex")))
    hand = product(fore, about_y(-pose.number(f"wrist_{side}.flex")))
    frames[f"upper_{side}"], frames[f"fore_{side}"], frames[f"hand_{side}"] = upper, fore, hand
    joints[f"elbow_{side}"] = below(joints[f"shoulder_{side}"], upper, body.UPPER_ARM)
    joints[f"wrist_{side}"] = below(joints[f"elbow_{side}"], fore, body.FOREARM)
    joints[f"fingers_{side}"] = below(joints[f"wrist_{side}"], hand, body.HAND)
    for joint in ("shoulder", "elbow", "wrist"):
        keep_angles(posture, pose, f"{joint}_{side}")


def ball_joint(parent: Matrix, pose: Pose, joint: str, sign: int) -> Matrix:
    flex, abduction, rotation = (pose.number(f"{joint}.{channel}") for channel in ("flex", "abd", "rot"))
    return product(parent, about_y(-flex), about_x(sign * abduction), about_z(sign * rotation))


def below(joint: Vector, frame: Matrix, bone: float) -> Vector:
    """The far end of a bone: in the rest pose every bone hangs down from its joint."""
    return subtract(joint, scale(frame[2], bone))


def place_foot(posture: Posture, side: str, toe_bend: float) -> None:
    joints, foot = posture.joints, posture.frames[f"foot_{side}"]
    toes = product(foot, about_y(-toe_bend)) if toe_bend else foot
    posture.frames[f"toe_{side}"] = toes
    ankle = joints[f"ankle_{side}"]
    joints[f"heel_{side}"] = add(ankle, apply(foot, (body.HEEL, 0.0, -body.ANKLE_HEIGHT)))
    joints[f"ball_{side}"] = add(ankle, apply(foot, (body.BALL, 0.0, -body.ANKLE_HEIGHT)))
    joints[f"toe_{side}"] = add(joints[f"ball_{side}"], scale(toes[0], body.TOE - body.BALL))
    posture.angles[f"toe_{side}.flex"] = toe_bend


# --- Planted limbs --------------------------------------------------------------------------------------------------
def plant_foot(posture: Posture, pose: Pose, side: str, sign: int) -> None:
    """Put the ball of the foot on its target; the foot's tilt is given, the leg bends towards the knee's direction."""
    joints, frames, name = posture.joints, posture.frames, f"foot_{side}"
    pitch, yaw = pose.number(f"{name}.pitch"), pose.number(f"{name}.yaw")
    foot = product(about_z(yaw), about_y(pitch), about_x(pose.number(f"{name}.roll")))
    target = add(pose.points[f"{name}.at"], apply(foot, (-body.BALL, 0.0, body.ANKLE_HEIGHT)))
    hip = joints[f"hip_{side}"]
    towards = pose.points.get(f"{name}.knee") or apply(about_z(yaw), FORWARD)
    bend = two_bones(hip, target, body.THIGH, body.SHANK, towards)
    hinge = cross(bend.direction, unit(subtract(target, hip)))
    thigh = hinged(subtract(hip, bend.middle), hinge)
    shank = hinged(subtract(bend.middle, target), hinge)
    frames[f"thigh_{side}"], frames[f"shank_{side}"], frames[name] = thigh, shank, foot
    joints[f"knee_{side}"], joints[f"ankle_{side}"] = bend.middle, bend.end
    posture.misses[name] = bend.miss
    place_foot(posture, side, pose.number(f"toe_{side}.flex") or grounded_toe_bend(pose, name, pitch))

    flex, abduction, rotation = ball_joint_angles(product(transposed(frames["pelvis"]), thigh), sign)
    posture.angles[f"hip_{side}.flex"] = flex
    posture.angles[f"hip_{side}.abd"] = abduction
    posture.angles[f"hip_{side}.rot"] = rotation
    posture.angles[f"knee_{side}.flex"] = angle_between(thigh[2], shank[2])
    posture.angles[f"ankle_{side}.flex"] = hinge_angle(product(transposed(shank), foot))


def grounded_toe_bend(pose: Pose, name: str, pitch: float) -> float:
    """Toes stay flat while the heel lifts off a ball on the ground, or they would sink into it."""
    above = pose.points[f"{name}.at"][2] - pose.number(f"{name}.floor")
    grounded = max(0.0, min(1.0, 1 - above / body.TOE_BEND_FADES_OVER))
    return max(0.0, min(body.TOE_BEND_MAX, pitch)) * grounded


def plant_hand(posture: Posture, pose: Pose, side: str) -> None:
    """Put the wrist on its target; the arm bends towards the elbow's direction."""
    joints, frames, name = posture.joints, posture.frames, f"hand_{side}"
    shoulder, target = joints[f"shoulder_{side}"], hand_target(posture, pose, side)
    towards = pose.points.get(f"{name}.elbow", (-1.0, 0.0, 0.0))
    bend = two_bones(shoulder, target, body.UPPER_ARM, body.FOREARM, towards)
    # An elbow bends the other way round than a knee.
    hinge = cross(unit(subtract(target, shoulder)), bend.direction)
    forearm = unit(subtract(target, bend.middle))
    fingers = unit(pose.points.get(f"{name}.fingers", ORIGIN))
    if fingers == ORIGIN:
        fingers = forearm
    frames[f"upper_{side}"] = hinged(subtract(shoulder, bend.middle), hinge)
    frames[f"fore_{side}"] = hinged(scale(forearm, -1), hinge)
    frames[name] = hinged(scale(fingers, -1), hinge if abs(dot(hinge, fingers)) < 0.95 else LEFT)
    joints[f"elbow_{side}"], joints[f"wrist_{side}"] = bend.middle, bend.end
    joints[f"fingers_{side}"] = add(bend.end, scale(fingers, body.HAND))
    posture.misses[name] = bend.miss
    posture.angles[f"elbow_{side}.flex"] = angle_between(subtract(bend.middle, shoulder), forearm)


def hand_target(posture: Posture, pose: Pose, side: str) -> Vector:
    """Where the wrist should be: in the world, or measured from a part of the trunk."""
    at = pose.points[f"hand_{side}.at"]
    frame = pose.words.get(f"hand_{side}.on", "world")
    if frame == "world":
        return at
    return add(posture.joints[ORIGIN_OF_FRAME[frame]], apply(posture.frames[frame], at))


class Bend(NamedTuple):
    """A limb of two bones reaching for a target: its middle joint, which way that bends, its end, what it misses."""

    middle: Vector
    direction: Vector
    end: Vector
    miss: float


def two_bones(start: Vector, target: Vector, first: float, second: float, towards: Vector) -> Bend:
    """Bend two bones in the plane of start, target and `towards` so that they end at the target, or next to it."""
    line = subtract(target, start)
    gap = length(line)
    line = unit(line) if gap > 1e-9 else DOWN
    reached = max(1e-9, min(gap, (first + second) * STRETCH_LIMIT))
    cosine = clamped((first * first + reached * reached - second * second) / (2 * first * reached))
    direction = across(towards, line)
    if length(direction) < 1e-6:
        direction = across(FORWARD, line)
        if length(direction) < 1e-6:
            direction = across(LEFT, line)
    direction = unit(direction)
    middle = add(start, add(scale(line, first * cosine), scale(direction, first * sqrt(1 - cosine * cosine))))
    end = add(middle, scale(unit(subtract(target, middle)), second))
    miss = distance(end, target)
    return Bend(middle, direction, end, miss if gap > reached else -miss)


def hinged(up: Vector, hinge: Vector) -> Matrix:
    """The frame of a bone whose z is `up` (towards its parent) and whose y is as near to the hinge as can be."""
    z = unit(up)
    y = unit(across(hinge, z))
    return (cross(y, z), y, z)


def ball_joint_angles(rotation: Matrix, sign: int) -> tuple[float, float, float]:
    """Flexion, abduction and rotation of a hip from its rotation against the pelvis."""
    z = rotation[2]
    flex = atan2(-z[0], z[2])
    abduction = asin(clamped(-z[1]))
    turn = atan2(rotation[0][1], rotation[1][1])
    return degrees(flex), sign * degrees(abduction), sign * degrees(turn)


def angle_between(a: Vector, b: Vector) -> float:
    return degrees(acos(clamped(dot(a, b) / ((length(a) * length(b)) or 1.0))))


def hinge_angle(rotation: Matrix) -> float:
    x = rotation[0]
    return degrees(atan2(x[2], hypot(x[0], x[1])))
