"""The skeleton: what it is asked for, it does, and its bones never stretch."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmups.figures import body
from warmups.figures.clip import Pose
from warmups.figures.skeleton import Pin, solve, two_bones
from warmups.figures.vectors import about_x, about_y, about_z, distance, length, product, unit

BONES = [
    ("hip", "knee", body.THIGH),
    ("knee", "ankle", body.SHANK),
    ("shoulder", "elbow", body.UPPER_ARM),
    ("elbow", "wrist", body.FOREARM),
    ("wrist", "fingers", body.HAND),
    ("ball", "toe", body.TOE - body.BALL),
]
CHANNELS = [
    (name, *limits)
    for joint, channels in body.RANGES.items()
    for channel, limits in channels.items()
    for name in (
        [f"{joint}.{channel}"] if joint in ("spine", "neck") else [f"{joint}_l.{channel}", f"{joint}_r.{channel}"]
    )
]
free = st.floats(-180, 180)
angles = st.fixed_dictionaries(
    {name: st.floats(low, high) for name, low, high in CHANNELS}
    | {f"pelvis.{channel}": free for channel in ("turn", "tilt", "list", "twist")}
)
places = st.tuples(*[st.floats(-1, 1)] * 3)
targets = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("root", "foot_l.at", "foot_r.at", "hand_l.at", "hand_r.at", "foot_l.knee"), places)
)


def standing(**changes):
    return solve(Pose(changes.pop("numbers", {}), {"root": (0, 0, 0.53)} | changes.pop("points", {}), {}))


@settings(deadline=None, max_examples=150)
@given(angles, targets, st.sampled_from(sorted(body.BASES)))
def test_bones_keep_their_length_in_any_pose(numbers, points, base):
    posture = solve(Pose(numbers, points, {}), base=base)
    for start, end, size in BONES:
        for side in "lr":
            gap = distance(posture.joints[f"{start}_{side}"], posture.joints[f"{end}_{side}"])
            assert gap == pytest.approx(size, abs=1e-9)
    assert all(math.isfinite(value) for value in posture.angles.values())


@settings(deadline=None, max_examples=150)
@given(places, places, places)
def test_two_bones_reach_whatever_they_can(start, target, towards):
    first, second = 0.245, 0.246
    bend = two_bones(start, target, first, second, towards)
    gap = distance(start, target)
    assert distance(start, bend.middle) == pytest.approx(first)
    assert distance(bend.middle, bend.end) == pytest.approx(second)
    if abs(first - second) + 1e-6 <= gap <= (first + second) * 0.999:
        assert distance(bend.end, target) <= 1e-6
    if gap > first + second:
        assert bend.miss == pytest.approx(gap - first - second, abs=0.001)


@settings(deadline=None)
@given(st.floats(-29, 125), st.floats(-29, 54), st.floats(-44, 64), st.floats(5, 140), st.sampled_from("lr"))
def test_the_angles_of_a_planted_leg_are_those_that_lead_there(flex, abduction, rotation, bend, side):
    """A foot put where a free leg has it, the knee pointed the same way: the angles come back."""
    numbers = {f"hip_{side}.flex": flex, f"hip_{side}.abd": abduction, f"hip_{side}.rot": rotation}
    numbers[f"knee_{side}.flex"] = bend
    swung = standing(numbers=numbers)
    knee, hip = (swung.joints[f"{joint}_{side}"] for joint in ("knee", "hip"))
    ankle = swung.joints[f"ankle_{side}"]
    # The planted foot is level, so its ball is ahead of the ankle whatever the free one did.
    at = (ankle[0] + body.BALL, ankle[1], ankle[2] - body.ANKLE_HEIGHT)
    towards = tuple(2 * k - h - a for k, h, a in zip(knee, hip, ankle, strict=True))
    planted = standing(points={f"foot_{side}.at": at, f"foot_{side}.knee": towards})
    for name, value in numbers.items():
        assert planted.angles[name] == pytest.approx(value, abs=0.01)


def test_the_rest_pose_stands_with_arms_hanging_and_toes_forward():
    joints = standing().joints
    assert joints["ankle_l"] == pytest.approx((0, 0.056, 0.53 - body.THIGH - body.SHANK))
    assert joints["toe_l"] == pytest.approx((body.TOE, 0.056, joints["ankle_l"][2] - body.ANKLE_HEIGHT))
    assert joints["wrist_r"][:2] == pytest.approx(joints["shoulder_r"][:2])
    assert joints["wrist_r"][1] < 0 < joints["wrist_l"][1]


@pytest.mark.parametrize(
    ("channel", "joint", "axis", "sign"),
    [
        ("hip_l.flex", "knee_l", 0, 1),
        ("hip_l.abd", "knee_l", 1, 1),
        ("hip_r.abd", "knee_r", 1, -1),
        ("hip_l.rot", "toe_l", 1, 1),
        ("hip_r.rot", "toe_r", 1, -1),
        ("knee_r.flex", "ankle_r", 0, -1),
        ("ankle_l.flex", "toe_l", 2, 1),
        ("shoulder_r.flex", "elbow_r", 0, 1),
        ("shoulder_r.abd", "elbow_r", 1, -1),
        ("elbow_l.flex", "wrist_l", 0, 1),
        ("spine.flex", "head", 0, 1),
        ("spine.side", "head", 1, -1),
        ("pelvis.tilt", "head", 0, 1),
        ("pelvis.list", "hip_l", 2, 1),
        ("pelvis.turn", "toe_r", 1, 1),
        ("neck.flex", "crown", 0, 1),
    ],
)
def test_which_way_a_positive_angle_goes(channel, joint, axis, sign):
    moved = standing(numbers={channel: 20.0}).joints[joint][axis] - standing().joints[joint][axis]
    assert moved * sign > 0.005


def test_a_pin_holds_its_point_while_the_body_moves_around_it():
    for tilt in (0, -30):
        pose = Pose({"pelvis.tilt": tilt}, {}, {})
        posture = solve(pose, base="supine", pin=Pin("back", (-0.26, 0, 0)))
        assert posture.joints["back"] == pytest.approx((-0.26, 0, 0))


def test_toes_stay_flat_while_the_heel_lifts_off_the_ground_and_only_there():
    on_the_ground = standing(points={"foot_l.at": (0.1, 0.05, 0)}, numbers={"foot_l.pitch": 40})
    assert on_the_ground.joints["toe_l"][2] == pytest.approx(0, abs=1e-9)
    assert on_the_ground.joints["heel_l"][2] > 0.05
    in_the_air = standing(points={"foot_l.at": (0.1, 0.05, 0.2)}, numbers={"foot_l.pitch": 40})
    assert in_the_air.joints["toe_l"][2] < 0.2 - 0.02


def test_a_hand_on_the_pelvis_goes_with_it():
    on_hip = {"hand_l.at": (0.02, 0.12, 0.04)}
    for tilt in (0, 40):
        pose = Pose({"pelvis.tilt": tilt}, {"root": (0, 0, 0.5), **on_hip}, {"hand_l.on": "pelvis"})
        posture = solve(pose)
        assert distance(posture.joints["wrist_l"], posture.joints["pelvis"]) == pytest.approx(
            length((0.02, 0.12, 0.04))
        )


def test_a_raised_arm_lifts_its_shoulder():
    hanging, raised = standing(), standing(numbers={"shoulder_l.flex": 170})
    assert raised.joints["shoulder_l"][2] - hanging.joints["shoulder_l"][2] > 0.02
    assert raised.joints["shoulder_r"] == hanging.joints["shoulder_r"]


def test_rotations_are_right_handed():
    quarter = product(about_z(90), about_x(90), about_y(90))
    assert [unit(column) for column in quarter] == [pytest.approx(column) for column in quarter]
    assert about_z(90)[0] == pytest.approx((0, 1, 0))
    assert about_x(90)[1] == pytest.approx((0, 0, 1))
    assert about_y(90)[2] == pytest.approx((1, 0, 0))
