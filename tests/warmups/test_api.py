"""The API of exercises and the evidence behind them: shapes, filters, bad input, who reads what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.conftest import Cast
from tests.factories import make_activation, make_equipment, make_exercise, make_muscle, make_study
from warmups.models import Contraindication, ExerciseMuscle, Substitute

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(api_of: Callable[[Any], APIClient]) -> APIClient:
    return api_of(None)


def slugs(client: APIClient, query: str = "") -> list[str]:
    """The slugs that the list of exercises answers."""
    answer = client.get(f"/api/v1/exercises/{query}")
    assert answer.status_code == 200, answer.json()
    return [row["slug"] for row in answer.json()["results"]]


def errors(answer: Any, code: int = 400) -> dict[str, str]:
    """The errors of a problem document: code by field."""
    assert (answer.status_code, answer["Content-Type"]) == (code, "application/problem+json")
    return {row["field"]: row["code"] for row in answer.json()["errors"]}


def test_the_shape_of_an_exercise(visitor: APIClient) -> None:
    squat = make_exercise(
        "single-leg-squat",
        name="Single-leg squat",
        aliases=["pistol"],
        easier=make_exercise("single-leg-dip"),
        harder=make_exercise("a-draft", status="draft"),
        contraindications=["groin-pain"],
        difficulty=4,
        sets=2,
        evidence_level="A",
    )
    squat.equipment.add(make_equipment("step"))
    ExerciseMuscle.objects.create(exercise=squat, muscle=make_muscle("soleus"), role="secondary")
    ExerciseMuscle.objects.create(exercise=squat, muscle=make_muscle("gluteus-medius"), role="primary")
    for status in ("published", "draft"):
        other = make_exercise(f"substitute-{status}", status=status)
        Substitute.objects.create(exercise=squat, when="hurts", substitute=other)
    expected = {
        "slug": "single-leg-squat",
        "name": "Single-leg squat",
        "aliases": ["pistol"],
        "summary": "Stand tall on one leg.",
        "status": "published",
        "category": "activation",
        "phase": "activate",
        "position": "single-leg",
        "lying": False,
        "unilateral": True,
        "alternating": False,
        "mode": "reps",
        "dose": {
            "sets": 2,
            "reps": 8,
            "hold_seconds": None,
            "metres": None,
            "sides": "each",
            "rest_seconds": 0,
            "tempo": "1-1-1",
        },
        "seconds_per_rep": 3.0,
        "equipment": ["step"],
        "equipment_substitutes": "",
        "space": "spot",
        "running_role": "single-leg-stance",
        "difficulty": 4,
        "easier": "single-leg-dip",
        "harder": None,  # a draft is nobody's to read
        "substitutes": [{"when": "hurts", "exercise": "substitute-published"}],
        "contraindications": ["groin-pain"],
        "muscles": [{"muscle": "gluteus-medius", "role": "primary"}, {"muscle": "soleus", "role": "secondary"}],
        "evidence_level": "A",
        "evidence": {"figures": 0, "studies": 0, "second_hand": 0},
        "figure": None,
    }
    listed = visitor.get("/api/v1/exercises/").json()
    assert listed["results"][1] == expected
    assert (listed["next"], listed["previous"]) == (None, None)

    study = make_study("boren-2011", doi="10.1/x")
    make_activation(squat, muscle=make_muscle(), study=study, code="E1", source_kind="secondary_quote", mean="82.5")
    detail = visitor.get("/api/v1/exercises/single-leg-squat/").json()
    assert detail == expected | {
        "set_up": "Stand tall.",
        "steps": ["Shift your weight.", "Lift the other foot."],
        "cues": ["Hips level."],
        "feel": "The outer hip works.",
        "mistakes": [],
        "leave_out": "",
        "evidence": {"figures": 1, "studies": 1, "second_hand": 1},
        "reviewed_by": "",
        "reviewed_on": None,
        "review_due": None,
        "activations": [
            {
                "code": "E1",
                "muscle": "gluteus-medius",
                "segment": "",
                "variant": "",
                "mean": 82.5,
                "sd": 15.0,
                "n": 20,
                "low": None,
                "high": None,
                "statistic": "mean",
                "load": "bodyweight",
                "rankable": True,
                "second_hand": True,
                "study": "boren-2011",
                "citation": "boren-2011, Journal of Tests",
                "doi": "10.1/x",
                "locator": "",
                "note": "",
            }
        ],
    }


def test_who_reads_which(cast: Cast, api_of: Callable[[Any], APIClient]) -> None:
    for status in ("draft", "in-review", "published", "retired"):
        make_exercise(f"is-{status}", status=status)
    for person in (None, cast.athlete, cast.curator, cast.superuser):
        client = api_of(person)
        assert slugs(client) == ["is-published"]
        answers = {
            status: client.get(f"/api/v1/exercises/is-{status}/").status_code
            for status in ("draft", "in-review", "published", "retired")
        }
        # A log may lean on a retired one, whose slug is permanent.
        assert answers == {"draft": 404, "in-review": 404, "published": 200, "retired": 200}


@pytest.mark.parametrize("slug", ["nowhere", "a" * 500, "ÄÖ", "1", "%00", "x;y"])
def test_no_such_exercise(visitor: APIClient, slug: str) -> None:
    answer = visitor.get(f"/api/v1/exercises/{slug}/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_reading_only(cast: Cast, api_of: Callable[[Any], APIClient], method: str) -> None:
    make_exercise("squat")
    for person in (cast.curator, None):
        assert getattr(api_of(person), method)("/api/v1/exercises/squat/", {}).status_code == 405


@pytest.fixture
def library() -> None:
    """Three exercises that differ in all that one may filter by."""
    bridge = make_exercise(
        "bridge", position="supine", lying=True, difficulty=1, aliases=["Hip raise"], contraindications=["wrist-pain"]
    )
    walk = make_exercise("walk", phase="raise", position="moving", difficulty=3, contraindications=["groin-pain"])
    step_up = make_exercise("step-up", position="standing", difficulty=5, contraindications=["groin-pain"])
    walk.equipment.add(make_equipment("mini-band"))
    step_up.equipment.add(make_equipment("mini-band"), make_equipment("step"))
    ExerciseMuscle.objects.create(exercise=bridge, muscle=make_muscle("gluteus-maximus"), role="primary")
    ExerciseMuscle.objects.create(exercise=walk, muscle=make_muscle("gluteus-maximus"), role="secondary")
    make_exercise("z-draft", status="draft", lying=True, aliases=["Hip raise"])
    make_exercise("z-retired", status="retired", lying=True, aliases=["Hip raise"])


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["bridge", "step-up", "walk"]),
        ("?q=HIP+RAISE", ["bridge"]),
        ("?q=maximus", ["bridge", "walk"]),
        ("?q=", ["bridge", "step-up", "walk"]),
        ("?q=%25", []),
        ("?muscle=gluteus-maximus", ["bridge", "walk"]),
        ("?equipment=none", ["bridge"]),
        ("?equipment=mini-band", ["bridge", "walk"]),
        ("?equipment=mini-band&equipment=step", ["bridge", "step-up", "walk"]),
        ("?equipment=none&equipment=mini-band", ["bridge", "walk"]),
        ("?phase=raise", ["walk"]),
        ("?position=supine", ["bridge"]),
        ("?lying=false", ["step-up", "walk"]),
        ("?lying=False", ["step-up", "walk"]),
        ("?lying=true", ["bridge", "step-up", "walk"]),
        ("?max_difficulty=3", ["bridge", "walk"]),
        ("?max_difficulty=5", ["bridge", "step-up", "walk"]),
        ("?avoid=groin-pain", ["bridge"]),
        ("?avoid=groin-pain&avoid=wrist-pain", []),
        ("?avoid=shoulder-pain", ["bridge", "step-up", "walk"]),
        ("?lying=false&equipment=mini-band&max_difficulty=3&q=bridge", []),
        ("?lying=false&equipment=mini-band&max_difficulty=3&q=maximus", ["walk"]),
        ("?unknown=1", ["bridge", "step-up", "walk"]),
    ],
)
def test_filters(visitor: APIClient, query: str, found: list[str]) -> None:
    assert slugs(visitor, query) == found


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?muscle=brain", "muscle"),
        ("?equipment=jet-pack", "equipment"),
        ("?equipment=none&equipment=jet-pack", "equipment"),
        ("?phase=warm", "phase"),
        ("?position=flying", "position"),
        ("?lying=maybe", "lying"),
        ("?max_difficulty=hard", "max_difficulty"),
        ("?max_difficulty=0", "max_difficulty"),
        ("?max_difficulty=6", "max_difficulty"),
        ("?max_difficulty=-1", "max_difficulty"),
        ("?max_difficulty=2.5", "max_difficulty"),
        ("?max_difficulty=" + "9" * 400, "max_difficulty"),
        ("?avoid=work", "avoid"),
        ("?avoid=%22", "avoid"),
        ("?q=" + "x" * 101, "q"),
    ],
)
def test_a_bad_filter_is_named(visitor: APIClient, query: str, field: str) -> None:
    assert list(errors(visitor.get(f"/api/v1/exercises/{query}"))) == [field]


@pytest.mark.parametrize("query", ["?q=%00", "?muscle=%00", "?limit=%00", "?q=%ff"])
def test_odd_bytes_are_never_an_error_of_ours(visitor: APIClient, query: str) -> None:
    assert visitor.get(f"/api/v1/exercises/{query}").status_code in (200, 400)


def test_all_bad_filters_are_named_at_once(visitor: APIClient) -> None:
    answer = visitor.get("/api/v1/exercises/?phase=warm&max_difficulty=6")
    assert errors(answer) == {"phase": "invalid_choice", "max_difficulty": "max_value"}


def test_pages_of_the_library(visitor: APIClient) -> None:
    for number in range(5):
        make_exercise(f"exercise-of-{number}", name="The same name")
    first = visitor.get("/api/v1/exercises/?limit=2").json()
    second = visitor.get(first["next"]).json()
    third = visitor.get(second["next"]).json()
    assert [len(page["results"]) for page in (first, second, third)] == [2, 2, 1]
    seen = [row["slug"] for page in (first, second, third) for row in page["results"]]
    assert seen == [f"exercise-of-{number}" for number in range(5)]
    assert (first["previous"], third["next"]) == (None, None)


def test_muscles_equipment_and_studies_are_open(visitor: APIClient) -> None:
    make_muscle("soleus", name="soleus", actions=["lifts the heel"], in_running="Springs.")
    make_equipment("step")
    make_study("boren-2011", citation="Boren 2011", doi="10.1/x", n=24, bibliography_checked=False)
    assert visitor.get("/api/v1/muscles/").json()["results"] == [
        {
            "slug": "soleus",
            "name": "soleus",
            "latin_name": "M. soleus",
            "region": "hip-lateral",
            "kind": "muscle",
            "actions": ["lifts the heel"],
            "where": "",
            "in_running": "Springs.",
        }
    ]
    assert visitor.get("/api/v1/equipment/").json()["results"] == [{"slug": "step", "name": "step"}]
    assert visitor.get("/api/v1/studies/").json()["results"] == [
        {
            "slug": "boren-2011",
            "citation": "Boren 2011",
            "year": 2011,
            "doi": "10.1/x",
            "pubmed": "",
            "design": "",
            "population": "",
            "n": 24,
            "method": "",
            "electrodes": "",
            "url": "",
            "bibliography_checked": False,
            "notes": "",
        }
    ]


def test_every_contraindication_of_the_data_is_known() -> None:
    assert len(Contraindication.values) == 24
