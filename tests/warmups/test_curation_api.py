"""Curation by a program: versions written, read and compared; deeds; what is refused, and by which path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.domain.security import make_token
from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW, make_exercise
from tests.warmups.workflow_states import change, exercise_in, full_document, second_curator, standing
from tests.world import POSES
from warmups.domain import exercises as domain
from warmups.models import Exercise, ExerciseVersion

pytestmark = pytest.mark.django_db
ApiOf = Callable[[User | None], APIClient]
EXERCISES = "/api/v1/exercises/"
SQUAT = f"{EXERCISES}squat/"


@pytest.fixture
def author(cast: Cast) -> User:
    return cast.curator


@pytest.fixture
def second(cast: Cast) -> User:
    return second_curator(cast.curator)


@pytest.fixture
def client(author: User, api_of: ApiOf) -> APIClient:
    """The author's program."""
    return api_of(author)


def problems(answer: Any) -> dict[str, str]:
    """What is wrong, by field."""
    assert answer["Content-Type"] == "application/problem+json"
    return {row["field"]: row["message"] for row in answer.json()["errors"]}


def test_an_exercise_from_nothing_to_published(client: APIClient, author: User, second: User, api_of: ApiOf) -> None:
    answer = client.post(EXERCISES, {"slug": "squat", "document": full_document(), "reason": "New"}, format="json")
    assert answer.status_code == 201
    assert answer.json() == {
        "number": 1,
        "author": {"id": author.pk, "name": "Cleo Curator"},
        "from_release": False,
        "made_at": answer.json()["made_at"],
        "reason": "New",
        "published_at": None,
        "published_by": None,
        "alone_because": "",
        "document": full_document(),
    }
    assert client.post(f"{SQUAT}submit/").json() == {
        "slug": "squat",
        "name": "Squat",
        "status": "in-review",
        "next_status": "in-review",
        "latest": 1,
        "published": None,
    }
    assert client.post(f"{SQUAT}publish/", {"based_on": 1}, format="json").status_code == 400
    assert APIClient().get(SQUAT).status_code == 404
    published = api_of(second).post(f"{SQUAT}publish/", {"based_on": 1}, format="json")
    assert (published.status_code, published.json()["status"], published.json()["published"]) == (200, "published", 1)
    assert APIClient().get(SQUAT).json()["name"] == "Squat"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "exercise.add",
        "exercise.submit",
        "exercise.publish",
    ]


def test_readers_see_the_published_version_while_the_next_is_written(
    client: APIClient, author: User, second: User
) -> None:
    exercise_in("published", author=author, second=second)
    body = {"based_on": 1, "document": full_document(name="Deep squat"), "reason": "Deeper"}
    answer = client.post(f"{SQUAT}versions/", body, format="json")

    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    assert APIClient().get(SQUAT).json()["name"] == "Squat"
    assert [row["number"] for row in client.get(f"{SQUAT}versions/").json()["results"]] == [2, 1]
    assert client.get(f"{SQUAT}versions/2/").json()["document"]["name"] == "Deep squat"


def test_the_same_document_again_writes_nothing(client: APIClient, author: User, second: User) -> None:
    exercise_in("published", author=author, second=second)
    body = {"based_on": 1, "document": full_document(), "reason": "Again"}
    before = AuditEntry.objects.count()
    answer = client.post(f"{SQUAT}versions/", body, format="json")

    assert (answer.status_code, answer.json()["number"]) == (200, 1)
    assert (ExerciseVersion.objects.count(), AuditEntry.objects.count()) == (1, before)


def test_of_two_at_once_the_second_is_told(client: APIClient, author: User, second: User, api_of: ApiOf) -> None:
    exercise = exercise_in("draft", author=author, second=second)
    change(exercise, second)
    answer = client.post(f"{SQUAT}versions/", {"based_on": 1, "document": full_document(name="Mine")}, format="json")

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["detail"] == "Rob Reviewer saved version 2 meanwhile."
    assert standing(exercise) == ("draft", "draft", 2, None)


def test_who_read_an_older_version_publishes_no_later_one(author: User, second: User, api_of: ApiOf) -> None:
    exercise = exercise_in("in-review", author=author, second=second)
    change(exercise, author)
    domain.submit_for_review(exercise=exercise, actor=author, now=NOW)
    answer = api_of(second).post(f"{SQUAT}publish/", {"based_on": 1}, format="json")

    assert (answer.status_code, standing(exercise)) == (409, ("in-review", "in-review", 2, None))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dose": {"sets": 1, "reps": 0, "hold_seconds": None, "metres": None, "tempo": ""}}, "document.dose.reps"),
        ({"name": ""}, "document.name"),
        ({"name": 7}, "document.name"),
        ({"steps": "Sit back."}, "document.steps"),
        ({"steps": ["x" * 501]}, "document.steps"),
        ({"muscles": {"primary": ["no-such-muscle"], "secondary": []}}, "document.muscles.primary"),
        ({"substitutes": [{"when": "hurts", "exercise": "no-such"}]}, "document.substitutes.0.exercise"),
        ({"substitutes": [{"when": "hurts", "exercise": "squat"}]}, "document.substitutes.0.exercise"),
        ({"easier": "no-such-exercise"}, "document.easier"),
        ({"difficulty": 10**30}, "document.difficulty"),
        ({"media": [{"file": "photo.webp", "alt": "", "caption": ""}]}, "document.media.0.alt"),
        ({"review": {"by": "Ruth", "on": None, "due": None}}, "document.review.on"),
        ({"colour": "red"}, "document.colour"),
        ({"slug": "other"}, "document.slug"),
        ({"reason": "other"}, "document.reason"),
        ({"summary": "a\x00b"}, "document.summary"),
    ],
)
@pytest.mark.parametrize("new", [True, False], ids=["new", "next"])
def test_what_is_wrong_is_named_by_its_path_in_the_document(
    client: APIClient, author: User, second: User, changes: dict[str, Any], field: str, new: bool
) -> None:
    document = full_document(**changes)
    if new:
        answer = client.post(EXERCISES, {"slug": "squat", "document": document}, format="json")
    else:
        exercise_in("published", author=author, second=second)
        answer = client.post(
            f"{SQUAT}versions/", {"based_on": 1, "document": document, "reason": "Clearer"}, format="json"
        )

    assert (answer.status_code, set(problems(answer))) == (400, {field})
    assert ExerciseVersion.objects.count() == (0 if new else 1)


def test_a_joint_beyond_its_limit_is_named(client: APIClient) -> None:
    first, *others = POSES["keys"]
    bent = first | {"pose": first["pose"] | {"hip_l": {"flex": 400, "abd": 0, "rot": 0}}}
    document = full_document(poses=POSES | {"keys": [bent, *others]})
    answer = client.post(EXERCISES, {"slug": "squat", "document": document}, format="json")

    assert answer.status_code == 400
    told = problems(answer)
    assert {field for field in told if not field.startswith("document.poses.keys.0")} == set()
    assert "400" in " ".join(told.values())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"document": {}}, "slug"),
        ({"slug": "squat"}, "document"),
        ({"slug": "squat", "document": []}, "document"),
        ({"slug": "Squat!", "document": {"name": "Squat"}}, "slug"),
        ({"slug": "taken", "document": {"name": "Squat"}}, "slug"),
        ({"slug": "x" * 61, "document": {"name": "Squat"}}, "slug"),
        ({"slug": "squat", "document": {"name": "Squat"}, "reason": "x" * 201}, "reason"),
    ],
)
def test_a_start_that_is_none(client: APIClient, body: dict[str, Any], field: str) -> None:
    make_exercise("taken")
    answer = client.post(EXERCISES, body, format="json")
    assert (answer.status_code, set(problems(answer))) == (400, {field})


def test_a_change_of_what_was_published_needs_a_reason(client: APIClient, author: User, second: User) -> None:
    exercise_in("published", author=author, second=second)
    answer = client.post(f"{SQUAT}versions/", {"based_on": 1, "document": full_document(name="Other")}, format="json")
    assert problems(answer) == {"reason": "Say in a few words what you changed, and why."}


def test_a_superuser_alone_says_why(cast: Cast, api_of: ApiOf) -> None:
    domain.start_exercise(slug="squat", document=full_document(), actor=cast.superuser, now=NOW)
    client = api_of(cast.superuser)
    client.post(f"{SQUAT}submit/")
    assert set(problems(client.post(f"{SQUAT}publish/", {"based_on": 1}, format="json"))) == {"alone_because"}
    body = {"based_on": 1, "alone_because": "We are one"}
    assert client.post(f"{SQUAT}publish/", body, format="json").status_code == 200
    assert client.get(f"{SQUAT}versions/1/").json()["alone_because"] == "We are one"


def test_sent_back_with_a_comment(author: User, second: User, api_of: ApiOf) -> None:
    exercise = exercise_in("in-review", author=author, second=second)
    client = api_of(second)
    assert set(problems(client.post(f"{SQUAT}send-back/", {}, format="json"))) == {"comment"}
    answer = client.post(f"{SQUAT}send-back/", {"comment": "Mend the claim."}, format="json")
    assert (answer.status_code, answer.json()["next_status"]) == (200, "draft")
    assert [remark.text for remark in exercise.versions.get().comments.all()] == ["Mend the claim."]


def test_differences_in_words(client: APIClient, author: User, second: User) -> None:
    exercise = exercise_in("published+draft", author=author, second=second)
    change(exercise, author, name="Deep squat")
    newest = client.get(f"{SQUAT}differences/").json()

    assert [row["field"] for row in newest] == ["name", "steps"]
    assert newest[0]["label"] == "name"
    added = client.get(f"{SQUAT}differences/?from=1&to=2").json()
    assert [(row["field"], [change["kind"] for change in row["changes"]]) for row in added] == [("steps", ["added"])]
    assert added[0]["changes"][0]["runs"] == [{"kind": "added", "text": "Step after version 1."}]
    assert client.get(f"{SQUAT}differences/?from=2&to=2").json() == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=9", "from"), ("to=0", "to"), ("to=x", "to"), (f"from={'9' * 30}", "from"), (f"to={2**63}", "to")],
)
def test_versions_that_are_none(client: APIClient, author: User, second: User, query: str, field: str) -> None:
    exercise_in("published+draft", author=author, second=second)
    assert set(problems(client.get(f"{SQUAT}differences/?{query}"))) == {field}
    assert client.get(f"{SQUAT}versions/{2**63}/").status_code == 404
    assert client.get(f"{SQUAT}versions/3/").status_code == 404


def test_only_the_scope_curate_opens_it(author: User, second: User) -> None:
    exercise_in("published+draft", author=author, second=second)
    found = {}
    for scope in ("read", "log", "plan", "curate"):
        _token, secret = make_token(user=author, name="Desk", scopes=[scope], now=NOW)
        program = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
        found[scope] = [
            program.get(f"{SQUAT}versions/").status_code,
            program.get(f"{SQUAT}versions/2/").status_code,
            program.get(f"{SQUAT}differences/").status_code,
            program.post(f"{SQUAT}submit/").status_code,
            program.get(SQUAT).status_code,
        ]
    assert found == {key: [403, 403, 403, 403, 200] for key in ("read", "log", "plan")} | {"curate": [200] * 5}


def test_one_version_and_three_cost_the_same(client: APIClient, author: User, second: User) -> None:
    exercise = exercise_in("published+draft", author=author, second=second)
    counts = []
    for more in (0, 2):
        for _number in range(more):
            change(exercise, second)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{SQUAT}versions/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Exercise.objects.get().latest_id
