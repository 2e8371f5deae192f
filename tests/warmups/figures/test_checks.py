"""What is wrong with pose data is said kindly, whatever the data are."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmups.figures import Drawing, PoseError, check
from warmups.figures.problems import MOST

from .conftest import SLUGS, poses_of

GOOD = {
    "desc": "1: standing. 2: one knee bent.",
    "camera": {"az": -80, "el": 8},
    "pose": {"root": [0, 0, 0.527], "foot_r": {"at": [0.075, -0.056, 0]}},
    "keys": [
        {"hold": 0.3, "move": 1, "pose": {"knee_l": {"flex": 30}, "hip_l": {"flex": 20}}},
        {"hold": 0.3, "move": 1, "pose": {"knee_l": {"flex": 70}, "hip_l": {"flex": 40}}},
    ],
    "work": ["quads_l"],
    "props": [{"type": "step", "at": [0.5, 0, 0], "size": [0.3, 0.3, 0.1]}],
    "arrow": {"joint": "knee_l", "from": 0, "to": 1, "off": 0.02},
    "still": [0, 1],
}


def changed(path, value):
    """The good data with one value in another place: "keys.1.move"."""
    data = copy.deepcopy(GOOD)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = data
    for step in steps:
        place = place[step] if isinstance(step, int) else place.setdefault(step, {})
    place[last] = value
    return data


def told(data):
    return [(problem.where, problem.message) for problem in check(data)]


def test_nothing_is_wrong_with_good_data():
    assert told(GOOD) == []


@pytest.mark.parametrize(
    ("path", "value", "where", "message"),
    [
        ("keys.1.pose.hip_x", {"flex": 1}, "keys.1.pose.hip_x", "unknown joint “hip_x”: did you mean hip_r?"),
        ("pose.knee_l", {"bend": 3}, "pose.knee_l.bend", "unknown channel “bend”"),
        ("pose.hip_l", {"flexx": 3}, "pose.hip_l.flexx", "unknown channel “flexx”: did you mean flex?"),
        ("works", [], "works", "unknown field “works”: did you mean work?"),
        ("camera.zoom", 2, "camera.zoom", "unknown camera field “zoom”"),
        ("camera.el", 90, "camera.el", "must be a number from -85 to 85, and is 90"),
        ("camera.az", float("nan"), "camera.az", "must be a number from -720 to 720, and is nan"),
        ("camera", [], "camera", "must be an object"),
        ("work.0", "quad_l", "work.0", "unknown muscle “quad_l”: did you mean quads_l?"),
        ("work.0", "abs_l", "work.0", "unknown muscle “abs_l”: did you mean abs?"),
        ("work", "quads_l", "work", "must be a list"),
        ("work", ["abs"] * 13, "work", "has more than 12 entries"),
        ("far", ["left"], "far.0", "unknown side “left”"),
        ("props.0.type", "stepp", "props.0.type", "unknown prop “stepp”: did you mean step?"),
        ("props.0.type", None, "props.0.type", "unknown prop “None”"),
        ("props.0.colour", "red", "props.0.colour", "unknown field “colour”"),
        ("props.0.size", [1, 1, 0], "props.0.size", "each length must be more than 0"),
        ("props.0.size", [1, 1], "props.0.size", "must be three numbers: forward, left, up"),
        ("props.0", {"type": "pole"}, "props.0.at", "must be three numbers: forward, left, up"),
        ("props.0", {"type": "band", "where": "arm"}, "props.0.where", "“arm” is none of ankle, thigh"),
        ("props.0.front", 1, "props.0.front", "must be true or false"),
        ("base", "lying", "base", "“lying” is none of prone, side_left, side_right, stand, supine"),
        ("side", "l", "side", "“l” is none of left, right"),
        ("desc", " ", "desc", "is missing: say in words what the figure shows"),
        ("desc", "long" * 300, "desc", "is longer than 1000 characters"),
        ("desc", "a\x00b", "desc", "holds a character that is no text, at 2"),
        ("desc", "\ud800", "desc", "holds a character that is no text, at 1"),
        ("side", "\ud800", "side", "“\ufffd” is none of left, right"),
        ("keys", [], "keys", "must be a list of 1 to 60 keys"),
        ("keys", [{}] * 10_000, "keys", "must be a list of 1 to 60 keys"),
        ("keys.0", 5, "keys.0", "must be an object"),
        ("keys.0.easing", "in", "keys.0.easing", "unknown field “easing”"),
        ("keys.1.move", 0, "keys.1.move", "must be a number from 0.01 to 20, and is 0"),
        ("keys.1.move", 5e-324, "keys.1.move", "must be a number from 0.01 to 20, and is 5e-324"),
        ("keys.1.hold", -1, "keys.1.hold", "must be a number from 0.01 to 20, and is -1"),
        ("keys.1.hold", True, "keys.1.hold", "must be a number from 0.01 to 20, and is True"),
        ("keys.1.move", 19, "keys", "the loop takes 20.6 s, allowed 1 to 20 s"),
        ("keys", [{"move": 0.5, "pose": {}}], "keys", "the loop takes 0.5 s, allowed 1 to 20 s"),
        ("pose.root", [0, 0], "pose.root", "must be three numbers: forward, left, up"),
        ("pose.root", [0, 0, 10**400], "pose.root", "must be three numbers: forward, left, up"),
        ("pose.root", [0, 0, 3], "pose.root", "each number must be from -2 to 2, and one is 3"),
        ("pose.hip_l", {"flex": "30"}, "pose.hip_l.flex", "must be a number from -720 to 720, and is 30"),
        ("pose.hip_l", 30, "pose.hip_l", "must be an object"),
        ("pose.hand_l", {"at": [0, 0, 0], "on": "knee"}, "pose.hand_l.on", "“knee” is none of pelvis, thorax, world"),
        ("pose.foot_r", {"pitch": 8}, "foot_r", "has no target: say where it is with at"),
        (
            "keys.1.pose.foot_l",
            {"at": [0.075, 0.056, 0]},
            "foot_l.at",
            "is missing on keys 0: give it on every key (or in the shared pose) or on none",
        ),
        ("pin", {"point": "nose"}, "pin.point", "unknown point “nose”"),
        ("pin", {"point": "knee_r"}, "pin.point", "knee_r can't be pinned: foot_r has a target"),
        ("arrow.joint", "kne_l", "arrow.joint", "unknown joint “kne_l”: did you mean knee_l?"),
        ("arrow.from", 2, "arrow.from", "must be the number of a key, 0 to 1, and is 2"),
        ("arrow.to", None, "arrow.to", "must be the number of a key, 0 to 2, and is None"),
        ("still", [0, 2], "still.1", "must be the number of a key, 0 to 1, and is 2"),
        ("still", [0], "still", "must name two keys"),
        ("phases", [0, 2.5], "phases.1", "must be a number from 0 to 2, and is 2.5"),
        (
            "order",
            ["head", "top"],
            "order",
            "must name each of arm_l, arm_r, leg_l, leg_r, top, head, pelvis once, from back to front",
        ),
    ],
)
def test_what_is_wrong_with_the_form(path, value, where, message):
    assert told(changed(path, value)) == [(where, message)]


@pytest.mark.parametrize(
    ("path", "value"),
    [("camera", {10**5000: 1}), ("pose", {10**5000: {}}), ("order", [10**5000])],
)
def test_a_number_too_long_to_print(path, value):
    assert [where.split(".")[0] for where, _ in told(changed(path, value))] == [path]


@pytest.mark.parametrize("data", [None, [], "figure", 5, True])
def test_data_that_are_no_object(data):
    assert told(data) == [("", "The pose data must be an object with desc, keys and so on.")]


def test_a_hand_that_changes_what_it_is_on():
    data = changed("keys.0.pose.hand_l", {"at": [0, 0.2, 0.1], "on": "pelvis"})
    data["keys"][1]["pose"]["hand_l"] = {"at": [0, 0.2, 0.1], "on": "thorax"}
    assert told(data) == [("hand_l.on", "must be the same on every key")]


@pytest.mark.parametrize(
    ("path", "value", "where", "seconds", "message"),
    [
        ("keys.1.pose.hip_l", {"rot": 90}, "keys.1.pose.hip_l.rot", 1.3, "hip_l.rot = 90, allowed -45 to 65"),
        ("pose.neck", {"flex": 61}, "pose.neck.flex", 0.0, "neck.flex = 61, allowed -60 to 60"),
        ("pose.root", [0, 0, 0.55], "pose.foot_r", 0.0, "foot_r: the target is out of reach, 4 % beyond the leg"),
        (
            "pose.hand_l",
            {"at": [0.6, 0, 0.7]},
            "pose.hand_l",
            0.0,
            "hand_l: the target is out of reach, 88 % beyond the arm",
        ),
        (
            "pose.hand_l",
            {"at": [0, 0.106, 0.82]},
            "pose.hand_l",
            0.0,
            "hand_l: the target is out of reach, 5 % too near for the arm",
        ),
    ],
)
def test_what_no_body_does(path, value, where, seconds, message):
    found = check(changed(path, value))
    assert (where, message) in [(problem.where, problem.message) for problem in found]
    assert next(p.seconds for p in found if p.message == message) == pytest.approx(seconds, abs=0.05)


def test_a_free_foot_below_the_floor():
    data = changed("keys.1.pose", {"hip_l": {"flex": 0}, "knee_l": {"flex": 0}, "ankle_l": {"flex": -30}})
    assert told(data) == [
        ("keys.1", "toe_l is 0.054 body heights below the floor, allowed 0.005"),
        ("keys.1", "ball_l is 0.035 body heights below the floor, allowed 0.005"),
    ]
    assert check(data)[0].seconds == pytest.approx(1.3, abs=0.05)


def test_a_limb_that_is_too_fast():
    data = changed("keys", [{"move": 0.5, "pose": {"shoulder_l": {"flex": flex}}} for flex in (-50, 180)])
    messages = [message for _, message in told(data)]
    assert "fingers_l moves at" in " ".join(messages)
    assert "allowed 3.5" in messages[0]


def test_many_problems_are_told_up_to_a_limit():
    data = changed("pose", {f"joint{i}": {} for i in range(10_000)})
    assert len(check(data)) == MOST


def test_drawing_raises_all_problems_together():
    data = changed("camera.zoom", 2) | {"desc": ""}
    with pytest.raises(PoseError) as raised:
        Drawing(data)
    assert [problem.where for problem in raised.value.problems] == ["desc", "camera.zoom"]
    assert str(raised.value).startswith("desc: is missing")


def test_a_problem_says_when():
    problem = check(changed("keys.1.pose.hip_l", {"rot": 90}))[0]
    assert str(problem) == "keys.1.pose.hip_l.rot (at 1.3 s): hip_l.rot = 90, allowed -45 to 65"


# --- Whatever it is given -------------------------------------------------------------------------------------------
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=5), values, max_size=4),
    max_leaves=8,
)


def places_in(value, path=()):
    """Every path into nested data."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places_in(inner, (*path, step))


@settings(deadline=None, max_examples=200)
@given(json_values)
def test_any_json_is_answered(data):
    assert check(data)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_library_data_with_a_wrong_value_anywhere_are_answered_and_what_is_right_can_be_drawn(data):
    poses = poses_of(data.draw(st.sampled_from(SLUGS)))
    *steps, last = data.draw(st.sampled_from(list(places_in(poses))))
    place = poses
    for step in steps:
        place = place[step]
    place[last] = data.draw(json_values | st.floats(-2, 2) | st.integers(-100, 100))
    if not check(poses):
        assert Drawing(poses).still(title="Changed").startswith("<svg")
    json.dumps([problem._asdict() for problem in check(poses)])
