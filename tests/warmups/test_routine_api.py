"""The API of routines as warm-ups alone know them: shapes, rights, revisions, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.conftest import Cast
from tests.factories import NOW, make_activation, make_exercise, make_muscle, make_routine
from tests.warmups.test_api import errors
from warmups.domain.library_routines import release_routine
from warmups.models import ExerciseMuscle, Routine

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.warmups.routine_urls")]
ROUTINES = "/api/v1/routines/"


@pytest.fixture
def client(cast: Cast, api_of: Callable[[Any], APIClient]) -> APIClient:
    """The athlete's."""
    return api_of(cast.athlete)


def test_make_and_read(cast: Cast, client: APIClient) -> None:
    squat = make_exercise("squat", seconds_per_rep=2)
    muscle = make_muscle("gluteus-medius")
    for name in ("gluteus-medius", "soleus"):
        ExerciseMuscle.objects.create(exercise=squat, muscle=make_muscle(name), role="primary")
    make_activation(squat, muscle, mean=30)
    make_activation(squat, muscle, mean=100, rankable=False)
    make_exercise("plank", mode="hold", unilateral=False, reps=1, hold_seconds=20, running_role="force")
    answer = client.post(
        ROUTINES,
        {
            "name": "Mine",
            "steps": [
                {"exercise": "squat", "sets": 2, "reps": 10, "rest_seconds": 20, "rank": 2, "note": "Slow."},
                {"exercise": "plank", "rank": 1},
            ],
        },
    )
    body = answer.json()
    routine = Routine.objects.get()
    assert answer.status_code == 201
    assert body == {
        "id": routine.pk,
        "name": "Mine",
        "description": "",
        "owner": cast.athlete.pk,
        "copied_from": None,
        "archived": False,
        "revision": routine.current_id,
        "number": 1,
        "steps": [
            {
                "position": 1,
                "exercise": "squat",
                "exercise_name": "Squat",
                "mode": "reps",
                "sets": 2,
                "reps": 10,
                "hold_seconds": None,
                "metres": None,
                "sides": "each",
                "rest_seconds": 20,
                "tempo": "1-1-1",
                "equipment": [],
                "rank": 2,
                "note": "Slow.",
            },
            {
                "position": 2,
                "exercise": "plank",
                "exercise_name": "Plank",
                "mode": "hold",
                "sets": 1,
                "reps": 1,
                "hold_seconds": 20,
                "metres": None,
                "sides": None,
                "rest_seconds": 0,
                "tempo": "1-1-1",
                "equipment": [],
                "rank": 1,
                "note": "",
            },
        ],
        # 80 s of work, a rest, two changes of sides; 22 s of work; twice getting ready
        "duration_seconds": 80 + 20 + 10 + 22 + 16,
        "coverage": {
            "muscles": {"gluteus-medius": 40, "soleus": None},
            "roles": {"force": 22, "hip-extension": 0, "single-leg-stance": 80, "mobility": 0, "stiffness": 0},
        },
    }
    assert client.get(f"{ROUTINES}{routine.pk}/").json() == body
    assert client.get(ROUTINES).json()["results"] == [body]


def test_what_is_read_can_be_written_back(client: APIClient) -> None:
    make_exercise("squat")
    made = client.post(ROUTINES, {"name": "Mine", "steps": [{"exercise": "squat"}]}).json()
    answer = client.patch(f"{ROUTINES}{made['id']}/", {"steps": made["steps"], "revision": made["revision"]})
    assert (answer.status_code, answer.json()) == (200, made)


def test_a_change_makes_the_next_revision(client: APIClient) -> None:
    make_exercise("squat")
    made = client.post(ROUTINES, {"name": "Mine", "steps": [{"exercise": "squat"}]}).json()
    address = f"{ROUTINES}{made['id']}/"
    changed = client.patch(address, {"steps": [{"exercise": "squat", "reps": 5}, {"exercise": "squat"}]}).json()
    assert (changed["number"], changed["name"], len(changed["steps"])) == (2, "Mine", 2)
    renamed = client.patch(address, {"name": "Ours"}).json()
    assert (renamed["number"], renamed["name"], renamed["steps"]) == (3, "Ours", changed["steps"])
    revisions = client.get(f"{address}revisions/").json()["results"]
    assert [(row["number"], row["name"], len(row["steps"])) for row in revisions] == [
        (3, "Ours", 2),
        (2, "Mine", 2),
        (1, "Mine", 1),
    ]
    assert [row["id"] for row in revisions] == [renamed["revision"], changed["revision"], made["revision"]]


def test_a_change_of_an_older_revision_conflicts(client: APIClient) -> None:
    make_exercise("squat")
    made = client.post(ROUTINES, {"name": "Mine", "steps": [{"exercise": "squat"}]}).json()
    address = f"{ROUTINES}{made['id']}/"
    client.patch(address, {"name": "Ours", "revision": made["revision"]})
    answer = client.patch(address, {"name": "Yours", "revision": made["revision"]})
    assert errors(answer, 409) == {}
    assert client.get(address).json()["name"] == "Ours"
    assert client.patch(address, {"name": "Yours", "revision": 10**30}).status_code == 409


def test_archiving(client: APIClient) -> None:
    make_exercise("squat")
    made = client.post(ROUTINES, {"name": "Mine", "steps": [{"exercise": "squat"}]}).json()
    address = f"{ROUTINES}{made['id']}/"
    assert [client.delete(address).status_code for _twice in range(2)] == [204, 204]
    assert client.get(address).json() == made | {"archived": True}
    assert client.get(ROUTINES).json()["results"] == []
    assert client.get(f"{ROUTINES}?archived=true").json()["results"] == [made | {"archived": True}]
    assert errors(client.patch(address, {"name": "Back"})) == {"": "archived"}
    assert errors(client.get(f"{ROUTINES}?archived=perhaps")) == {"archived": "invalid"}


def test_copying(cast: Cast, client: APIClient) -> None:
    library = make_routine("From the library", steps=2, slug="five")
    copy = client.post(ROUTINES, {"copied_from": library.pk}).json()
    assert (copy["copied_from"], copy["name"], copy["owner"]) == (library.pk, "From the library", cast.athlete.pk)
    assert len(copy["steps"]) == 2
    named = client.post(ROUTINES, {"copied_from": library.pk, "name": "Mine"}).json()
    assert (named["name"], named["copied_from"]) == ("Mine", library.pk)


def test_nobody_copies_what_they_do_not_see(cast: Cast, client: APIClient) -> None:
    secret = make_routine("Secret", owner=cast.other_coach)
    assert errors(client.post(ROUTINES, {"copied_from": secret.pk})) == {"copied_from": "does_not_exist"}
    assert errors(client.post(ROUTINES, {"copied_from": 10**30})) == {"copied_from": "does_not_exist"}


def test_who_may_do_what(cast: Cast, api_of: Callable[[Any], APIClient]) -> None:
    own = make_routine("Own", owner=cast.athlete)
    library = make_routine("Library")
    unpublished = make_routine("Unpublished")
    Routine.objects.filter(pk=unpublished.pk).update(published=False)

    def answers(person: Any) -> dict[str, list[int]]:
        client = api_of(person)
        return {
            row.name: [
                client.get(f"{ROUTINES}{row.pk}/").status_code,
                client.get(f"{ROUTINES}{row.pk}/revisions/").status_code,
                client.patch(f"{ROUTINES}{row.pk}/", {"name": row.name}).status_code,
            ]
            for row in (own, library, unpublished)
        }

    everything, reading, nothing = [200, 200, 200], [200, 200, 403], [404, 404, 404]
    assert answers(cast.athlete) == {"Own": everything, "Library": reading, "Unpublished": nothing}
    assert answers(cast.other_athlete) == {"Own": nothing, "Library": reading, "Unpublished": nothing}
    assert answers(cast.curator) == {"Own": nothing, "Library": everything, "Unpublished": everything}
    assert answers(None) == {"Own": [404, 404, 401], "Library": [200, 200, 401], "Unpublished": [404, 404, 401]}
    names = {
        person: [row["name"] for row in api_of(person).get(ROUTINES).json()["results"]]
        for person in (None, cast.athlete, cast.other_athlete, cast.curator)
    }
    assert names == {
        None: ["Library"],
        cast.athlete: ["Library", "Own"],
        cast.other_athlete: ["Library"],
        cast.curator: ["Library", "Unpublished"],
    }
    assert api_of(None).post(ROUTINES, {}).status_code == 401
    assert api_of(cast.other_athlete).delete(f"{ROUTINES}{own.pk}/").status_code == 404
    assert api_of(cast.other_athlete).delete(f"{ROUTINES}{library.pk}/").status_code == 403


STEP = {"exercise": "squat"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"name": "required", "steps": "required"}),
        ({"name": "x", "steps": []}, {"steps": "min_length"}),
        ({"name": "x", "steps": "squat"}, {"steps": "not_a_list"}),
        ({"name": "x", "steps": None}, {"steps": "null"}),
        ({"name": None, "steps": [STEP]}, {"name": "null"}),
        ({"name": "", "steps": [STEP]}, {"name": "blank"}),
        ({"name": "x" * 81, "steps": [STEP]}, {"name": "max_length"}),
        ({"name": "\x00", "steps": [STEP]}, {"name": "bad_text"}),
        ({"name": ["x"], "steps": [STEP]}, {"name": "invalid"}),
        ({"name": "x", "steps": [STEP, "squat"]}, {"steps.1": "invalid"}),
        ({"name": "x", "steps": [{}]}, {"steps.0.exercise": "required"}),
        ({"name": "x", "steps": [STEP, {"exercise": "nowhere"}]}, {"steps.1.exercise": "does_not_exist"}),
        ({"name": "x", "steps": [STEP, STEP, STEP | {"reps": 0}]}, {"steps.2.reps": "min_value"}),
        ({"name": "x", "steps": [STEP | {"reps": 10**30}]}, {"steps.0.reps": "max_value"}),
        ({"name": "x", "steps": [STEP | {"reps": "many"}]}, {"steps.0.reps": "invalid"}),
        ({"name": "x", "steps": [STEP | {"reps": 2.5}]}, {"steps.0.reps": "invalid"}),
        ({"name": "x", "steps": [STEP | {"sets": True}]}, {"steps.0.sets": "invalid"}),
        ({"name": "x", "steps": [STEP | {"sides": "both"}]}, {"steps.0.sides": "invalid_choice"}),
        ({"name": "x", "steps": [STEP | {"equipment": ["jet-pack"]}]}, {"steps.0.equipment": "does_not_exist"}),
        ({"name": "x", "steps": [STEP | {"note": "x" * 201}]}, {"steps.0.note": "max_length"}),
        ({"name": "x", "steps": [STEP] * 31}, {"steps": "max_length"}),
        (
            {"name": "x", "steps": [STEP | {"reps": -1}, STEP | {"sets": 0}]},
            {"steps.0.reps": "min_value", "steps.1.sets": "min_value"},
        ),
    ],
)
def test_bad_input_is_named(cast: Cast, client: APIClient, body: dict[str, Any], wrong: dict[str, str]) -> None:
    make_exercise("squat")
    assert errors(client.post(ROUTINES, body)) == wrong
    assert Routine.objects.count() == 0
    if body and "name" not in wrong:
        routine = make_routine(owner=cast.athlete)
        assert errors(client.patch(f"{ROUTINES}{routine.pk}/", body)) == wrong
        assert routine.revisions.count() == 1


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "null", '{"name": NaN}'])
def test_a_body_that_is_no_object(client: APIClient, body: str) -> None:
    assert client.post(ROUTINES, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("key", ["0", "9" * 19, "9" * 40])
def test_no_such_routine(client: APIClient, key: str) -> None:
    assert errors(client.get(f"{ROUTINES}{key}/"), 404) == {}
    assert errors(client.patch(f"{ROUTINES}{key}/", {"name": "x"}), 404) == {}
    assert errors(client.delete(f"{ROUTINES}{key}/"), 404) == {}


def test_what_curators_write_next_is_theirs_until_it_is_published(client: APIClient, cast: Cast) -> None:
    make_exercise("squat")
    said: Any = {"slug": "one", "name": "One", "description": "", "now": NOW, "reason": "Ours"}
    release_routine(routine=None, steps=[{"exercise": "squat"}], **said)
    routine = Routine.objects.get()
    address = f"{ROUTINES}{routine.pk}/"
    curator = APIClient()
    curator.force_authenticate(cast.curator)
    answer = curator.patch(address, {"name": "Two"}, format="json")
    assert (answer.status_code, answer.json()["name"], answer.json()["number"]) == (200, "One", 1)
    told = [[row["number"] for row in who.get(f"{address}revisions/").json()["results"]] for who in (curator, client)]
    assert told == [[2, 1], [1]]
    assert {row["created_by"] for row in curator.get(f"{address}revisions/").json()["results"]} == {None}
