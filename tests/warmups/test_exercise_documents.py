"""What an exercise says, as a document: its one form, and what is refused with a sentence beside the field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.content import CONTENT, read
from warmups.domain.exercise_documents import (
    EMPTY,
    Document,
    Known,
    Links,
    check_document,
    link_problems,
    missing,
)

POSES = json.loads((CONTENT / "poses" / "fire-hydrant.json").read_text())
KNOWN = Known(
    exercises={"dip": Links(1, None, "squat"), "squat": Links(2, "dip", None), "hop": Links(4, "squat", None)},
    muscles={"gluteus-medius", "soleus"},
    equipment={"mini-band"},
    media={"abc.webp"},
)
SQUAT: Document = EMPTY | {
    "name": "Squat",
    "difficulty": 2,
    "easier": "dip",
    "muscles": {"primary": ["gluteus-medius"], "secondary": ["soleus"]},
    "substitutes": [{"when": "hurts", "exercise": "dip"}],
    "equipment": ["mini-band"],
    "contraindications": ["groin-pain"],
    "summary": "Sit and stand.",
    "set_up": "Stand.",
    "steps": ["Sit.", "Stand."],
    "cues": ["Heels down"],
    "feel": "Buttocks.",
    "mistakes": [{"mistake": "Heels rise.", "fix": "Less deep."}],
    "leave_out": "When it hurts.",
    "poses": POSES,
    "media": [{"file": "abc.webp", "alt": "A runner squats.", "caption": ""}],
    "review": {"by": "Ruth Rehm, physiotherapist", "on": "2026-05-04", "due": "2028-05-04"},
}


def problems_of(**fields: Any) -> dict[str, list[str]]:
    return check_document("squat", SQUAT | fields, KNOWN)[1]


def test_a_whole_one_is_as_it_was() -> None:
    assert check_document("squat", SQUAT, KNOWN) == (SQUAT, {})
    assert missing(SQUAT) == []


def test_what_is_left_out_is_empty() -> None:
    document, problems = check_document("new", {"name": " New one "}, KNOWN)
    assert (document, problems) == (EMPTY | {"name": "New one"}, {})
    assert missing(document) == [
        "one line",
        "set-up",
        "steps",
        "cues",
        "the muscles that it mainly works",
        "a figure, a photo or a video",
    ]


def test_a_photo_stands_for_a_figure() -> None:
    assert missing(SQUAT | {"poses": None}) == []
    assert missing(SQUAT | {"poses": None, "media": []}) == ["a figure, a photo or a video"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": 7}, "name"),
        ({"name": None}, "name"),
        ({"aliases": "knee bend"}, "aliases"),
        ({"aliases": ["a", "a"]}, "aliases"),
        ({"cues": ["a\ud800"]}, "poses"),
        ({"cues": ["x" * 121]}, "cues"),
        ({"phase": "warm"}, "phase"),
        ({"phase": ["activate"]}, "phase"),
        ({"lying": "yes"}, "lying"),
        ({"unilateral": True, "alternating": True}, "alternating"),
        ({"mode": "hold"}, "dose.hold_seconds"),
        ({"mode": "hold"}, "seconds_per_rep"),
        ({"dose": {"sets": 1, "reps": 0, "hold_seconds": None, "metres": None, "tempo": ""}}, "dose.reps"),
        ({"dose": {"sets": 11, "reps": 8, "hold_seconds": None, "metres": None, "tempo": ""}}, "dose.sets"),
        ({"dose": {"sets": 1, "reps": 8}}, "dose.tempo"),
        ({"dose": 8}, "dose"),
        ({"dose": SQUAT["dose"] | {"weight": 8}}, "dose.weight"),
        ({"seconds_per_rep": None}, "seconds_per_rep"),
        ({"seconds_per_rep": 61}, "seconds_per_rep"),
        ({"seconds_per_rep": 1.234}, "seconds_per_rep"),
        ({"difficulty": 6}, "difficulty"),
        ({"difficulty": True}, "difficulty"),
        ({"difficulty": 10**30}, "difficulty"),
        ({"easier": "lunge"}, "easier"),
        ({"easier": "hop"}, "easier"),
        ({"easier": "squat"}, "easier"),
        ({"harder": "dip"}, "harder"),
        ({"equipment": ["rope"]}, "equipment"),
        ({"muscles": {"primary": ["glute"], "secondary": []}}, "muscles.primary"),
        ({"muscles": {"primary": ["soleus"], "secondary": ["soleus"]}}, "muscles.secondary"),
        ({"muscles": {"primary": []}}, "muscles.secondary"),
        ({"muscles": []}, "muscles"),
        ({"contraindications": ["boredom"]}, "contraindications"),
        ({"evidence_level": "E"}, "evidence_level"),
        ({"substitutes": [{"when": "hurts", "exercise": "squat"}]}, "substitutes.0.exercise"),
        ({"substitutes": [{"when": "hurts", "exercise": "dip"}] * 2}, "substitutes.1.exercise"),
        ({"substitutes": [{"when": "bored", "exercise": "dip"}]}, "substitutes.0.when"),
        ({"substitutes": ["dip"]}, "substitutes"),
        ({"mistakes": [{"mistake": "Heels rise.", "fix": ""}]}, "mistakes.0.fix"),
        ({"media": [{"file": "other.webp", "alt": "A", "caption": ""}]}, "media.0.file"),
        ({"media": [{"file": "abc.webp", "alt": " ", "caption": ""}]}, "media.0.alt"),
        ({"media": [{"file": "abc.webp", "alt": "A", "caption": ""}] * 2}, "media"),
        ({"review": {"by": "Ruth", "on": None, "due": None}}, "review.on"),
        ({"review": {"by": "", "on": "2026-05-04", "due": None}}, "review.by"),
        ({"review": {"by": "Ruth", "on": "2026-02-30", "due": None}}, "review.on"),
        ({"review": {"by": "Ruth", "on": "2026-05-04", "due": "2026-05-04"}}, "review.due"),
        ({"review": {"by": "", "on": None, "due": "2026-05-04"}}, "review.due"),
        ({"poses": "{}"}, "poses"),
        ({"poses": {}}, "poses.keys"),
        ({"poses": {"desc": "a\x00b"}}, "poses"),
        ({"poses": {"desc": float("nan")}}, "poses"),
        ({"poses": "x" * 400_001}, "poses"),
        ({"slug": "squat"}, "slug"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(fields: Document, path: str) -> None:
    assert path in problems_of(**fields)


def test_what_is_wrong_with_a_figure_is_told_with_its_place() -> None:
    poses = copy.deepcopy(POSES)
    name, pose = next((name, pose) for name, pose in poses["pose"].items() if "flex" in pose)
    pose["flex"] = 999
    assert any(path.startswith(f"poses.pose.{name}") for path in problems_of(poses=poses))


def test_too_deep_is_refused() -> None:
    deep: Any = []
    for _level in range(5000):
        deep = [deep]
    for level in (deep, json.loads("[" * 60 + "]" * 60)):
        assert list(problems_of(poses=level)) == ["poses"]


def test_a_chain_that_comes_back_is_told_once_by_files_and_always_here() -> None:
    links = {"a": Links(1, None, "b"), "b": Links(2, None, "c"), "c": Links(3, None, "a")}
    told = [(slug, link) for slug in links for link, message in link_problems(slug, links) if "circle" in message]
    assert told == [("a", "harder"), ("b", "harder"), ("c", "harder")]
    once = [slug for slug in links for _l, message in link_problems(slug, links, once=links) if "circle" in message]
    assert once == ["a"]


def test_all_that_we_ship_is_in_its_one_form() -> None:
    content = read(CONTENT)
    known = Known(
        exercises={
            slug: Links(row.document["difficulty"], row.document["easier"], row.document["harder"])
            for slug, row in content.exercises.items()
        },
        muscles=content.muscles,
        equipment=content.equipment,
        media=(),
    )
    for slug, row in content.exercises.items():
        assert check_document(slug, json.loads(json.dumps(row.document)), known) == (row.document, {}), slug
        assert missing(row.document) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["dip", "hold"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EMPTY, "when", "by", "alt"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(list(EMPTY)), JSON, max_size=6))
def test_whatever_comes_is_told_or_taken_and_then_stays(fields: Document) -> None:
    document, problems = check_document("squat", SQUAT | fields, KNOWN)
    if not problems:
        assert check_document("squat", json.loads(json.dumps(document)), KNOWN) == (document, {})
        assert document.keys() == EMPTY.keys()


@pytest.mark.parametrize(
    ("field", "item", "where"),
    [
        ("steps", "Sit.", "steps"),
        ("mistakes", {"mistake": "Heels rise.", "fix": "Less deep."}, "mistakes"),
        ("substitutes", {"when": "hurts", "exercise": "dip"}, "substitutes"),
    ],
)
def test_no_list_is_so_long_that_comparing_it_would_never_end(field: str, item: Any, where: str) -> None:
    problems = problems_of(**{field: [item] * 101})
    assert problems == {where: ["There are 101 entries. At most 100 fit."]}


def test_of_fields_that_mean_nothing_a_hundred_are_told() -> None:
    assert len(problems_of(**{f"x{number}": 1 for number in range(5000)})) == 100
