"""The page that explains poses, and what is told about wrong ones while somebody types."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import Cast
from warmups import figures
from warmups.figures import body, schema
from warmups.workshop import pose_words
from warmups.workshop.pose_examples import EXAMPLES, FAULTS, KNEE, SQUAT, STAND, Example, Fault

pytestmark = pytest.mark.django_db
PAGE = "/admin/content/poses/"
FIGURE = "/admin/warmups/exercise/figure/"


@pytest.fixture
def curator(cast: Cast, browser_of: Callable[[User | None], Client]) -> Client:
    return browser_of(cast.curator)


def text_of(answer: Any) -> str:
    """What it says, tags left in, with the white space of a sentence."""
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_nothing_is_wrong_with_an_example(example: Example) -> None:
    assert figures.check(example.poses) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.poses['desc'][:9]}-{fault.path}")
def test_a_fault_is_told(fault: Fault) -> None:
    assert figures.check(fault.poses) == []
    assert figures.check(fault.faulty) != []


def test_every_name_that_poses_know_is_explained() -> None:
    assert set(pose_words.FIELDS) == set(schema.FIELDS)
    assert set(pose_words.BASES) == set(body.BASES)
    assert {joint for found in pose_words.joints() for joint in found.names} | {
        f"{limb}_{side}" for limb, _name, _words in pose_words.planted() for side in "lr"
    } == set(schema.POSE_FIELDS)
    assert [kind for kind, _words, _fields in pose_words.props()] == list(schema.PROP_FIELDS)


def test_the_table_shows_the_ranges_that_are_checked() -> None:
    shown = {
        (angle.name, angle.channel): (angle.low, angle.high)
        for joint in pose_words.joints()
        for angle in joint.angles
        if angle.low is not None
    }
    assert shown == {(joint, channel): ends for joint, found in body.RANGES.items() for channel, ends in found.items()}


def test_the_page_shows_all_examples_drawn(curator: Client) -> None:
    answer = curator.get(PAGE)
    assert (answer.status_code, answer.content.decode().count("data:image/svg+xml;base64,")) == (200, 4 * len(EXAMPLES))
    ids = [part.split('"')[0] for part in answer.content.decode().split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_an_example_is_drawn_without_javascript(curator: Client) -> None:
    poses = copy.deepcopy(KNEE) | {"desc": "Somebody else."}
    answer = curator.post(PAGE, {"example": "knee", "poses": json.dumps(poses)})
    shown = {shown.example.name: shown for shown in answer.context["examples"]}
    assert (answer.status_code, shown["knee"].figure.description) == (200, "Somebody else.")
    assert shown["knee"].text == json.dumps(poses)
    assert shown["stand"].figure.description == STAND["desc"]


@pytest.mark.parametrize("sent", [{}, {"example": "no-such", "poses": "{"}, {"example": "knee", "poses": "[" * 5000}])
def test_the_page_takes_anything(curator: Client, sent: dict[str, str]) -> None:
    assert curator.post(PAGE, sent).status_code == 200


# --- What is told -----------------------------------------------------------------------------------------------------


def with_value(poses: dict[str, Any], path: str, value: Any) -> str:
    """The poses with a value in another place, as they are typed."""
    return json.dumps(Fault(poses, path, value, "").faulty)


@pytest.mark.parametrize(
    ("poses", "said"),
    [
        (
            with_value(KNEE, "keys.1.pose.hip_l", {"flex": 140}),
            "<code>keys.1.pose.hip_l.flex</code> hip_l.flex = 140, allowed -30 to 130"
            ' <span class="poses__moment">at 1.4 s</span>',
        ),
        (
            with_value(STAND, "keys.0.pose.root", [0, 0, 0.5]),
            "<code>keys.0</code> heel_l is 0.03 body heights below the floor, allowed 0.005"
            ' <span class="poses__moment">at 0.0 s</span>',
        ),
        (
            with_value(SQUAT, "keys.0.pose.root", [0, 0, 0.6]),
            "<code>pose.foot_l</code> foot_l: the target is out of reach, 15 % beyond the leg"
            ' <span class="poses__moment">at 0.0 s</span>',
        ),
        (
            with_value(SQUAT, "pose.foot_l.at", [0.075, 0.09, 9]),
            "<code>pose.foot_l.at</code> each number must be from -2 to 2, and one is 9</li>",
        ),
        (
            with_value(KNEE, "keys.1.move", 25),
            "<code>keys.1.move</code> must be a number from 0.01 to 20, and is 25</li>",
        ),
        (
            with_value(KNEE, "keys.1.move", 19.5),
            "<code>keys</code> the loop takes 21.3 s, allowed 1 to 20 s</li>",
        ),
        (
            with_value(KNEE, "keys.1.pose.hipp_l", {"flex": 9}),
            "<code>keys.1.pose.hipp_l</code> unknown joint “hipp_l”: did you mean hip_l?</li>",
        ),
        (
            with_value(SQUAT, "keys.1.pose.hand_l", {"at": [0.1, 0.1, 0.5]}),
            "<code>hand_l.at</code> is missing on keys 0: give it on every key (or in the shared pose) or on none</li>",
        ),
        ('{\n  "desc": "A"\n  "keys": []\n}', "line 3, character 3"),
    ],
)
def test_each_kind_of_problem_says_where_how_much_and_what_is_allowed(curator: Client, poses: str, said: str) -> None:
    answer = curator.post(FIGURE, {"name": "Anything", "poses": poses})
    assert (answer.status_code, answer.context["figure"].pictures) == (200, [])
    assert said in text_of(answer)


def test_what_is_too_fast_says_how_fast_and_when(curator: Client) -> None:
    fault = next(fault for fault in FAULTS if fault.path == "keys")
    [problem, *_more] = curator.post(FIGURE, {"poses": json.dumps(fault.faulty)}).context["figure"].problems
    assert problem.message == "wrist_l moves at 8.0 body heights a second, allowed 3.5"
    assert problem.seconds == pytest.approx(0.98, abs=0.05)


def test_an_example_gets_fewer_pictures(curator: Client) -> None:
    answer = curator.post(FIGURE, {"name": "Anything", "poses": json.dumps(STAND), "brief": "1"})
    assert [(picture.kind, picture.theme) for picture in answer.context["figure"].pictures] == [
        (kind, theme) for kind in ("moving", "still") for theme in ("light", "dark")
    ]


@pytest.mark.parametrize(
    "poses",
    [
        with_value(KNEE, "keys.1.move", 1e-300),
        json.dumps(KNEE | {"keys": [{}] * 9000}),
        json.dumps(KNEE | {"props": [{"type": "mat"}] * 5000}),
        '{"desc": ' + "9" * 4000 + "}",
        '{"keys": [{"hold": 1e999}]}',
        '{"a":' * 4000,
        '{"desc": "\\ud800", "keys": [{"hold": 1, "move": 1, "pose": {"root": [0, 0, 0.53]}}]}',
        '{"desc": "<script>alert(1)</script>", "kéys": []}',
    ],
)
def test_hostile_poses_are_answered(curator: Client, poses: str) -> None:
    answer = curator.post(FIGURE, {"name": "<b>\x00", "poses": poses})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()
