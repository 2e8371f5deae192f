"""Answers about the library are made once, kept until it changes, and not sent again to who has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.conftest import Cast
from tests.factories import NOW, edit_exercise, make_activation, make_equipment, make_exercise, make_muscle
from warmups import kept_answers
from warmups.domain.content import CONTENT
from warmups.domain.content_loading import load
from warmups.domain.exercises import retire_exercise
from warmups.models import Exercise, library_stamp
from warmups.workflow import exercise_workflow

pytestmark = pytest.mark.django_db

LIST = "/api/v1/exercises/"


@pytest.fixture
def visitor(api_of: Callable[[User | None], APIClient]) -> APIClient:
    cache.clear()
    return api_of(None)


def names(client: APIClient) -> list[str]:
    return [row["name"] for row in client.get(LIST).json()["results"]]


def test_who_has_it_gets_304(visitor: APIClient) -> None:
    make_exercise("squat")
    for path in (
        LIST,
        f"{LIST}squat/",
        f"{LIST}?q=squat",
        "/api/v1/muscles/",
        "/api/v1/equipment/",
        "/api/v1/studies/",
    ):
        first = visitor.get(path)
        assert (first.status_code, first["Cache-Control"]) == (200, "no-cache")
        again = visitor.get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert visitor.get(path, headers={"If-None-Match": '"another"'}).content == first.content


def test_another_address_is_another_answer(visitor: APIClient) -> None:
    make_exercise("squat")
    make_exercise("lunge")
    tags = {visitor.get(f"{LIST}{query}")["ETag"] for query in ("", "?limit=1", "?q=squat", "?q=lunge")}
    assert len(tags) == 4
    assert visitor.get(LIST, headers={"Host": "localhost"}).json() != visitor.get(f"{LIST}?limit=1").json()


def change_name(exercise: Exercise, cast: Cast) -> None:
    edit_exercise(exercise, name="Deep squat")


def retire(exercise: Exercise, cast: Cast) -> None:
    retire_exercise(exercise=exercise, actor=cast.curator, now=NOW)


def add_evidence(exercise: Exercise, cast: Cast) -> None:
    make_activation(exercise)


def name_a_muscle(exercise: Exercise, cast: Cast) -> None:
    make_muscle("soleus")


def remove_equipment(exercise: Exercise, cast: Cast) -> None:
    make_equipment("rope").delete()


def load_content(exercise: Exercise, cast: Cast) -> None:
    load(CONTENT, now=NOW)


@pytest.mark.parametrize("deed", [change_name, retire, add_evidence, name_a_muscle, remove_equipment, load_content])
def test_a_change_of_the_library_is_seen_at_once(
    visitor: APIClient, cast: Cast, deed: Callable[[Exercise, Cast], None]
) -> None:
    exercise = make_exercise("squat", name="Squat")
    before = visitor.get(LIST)
    stamp = library_stamp()
    deed(exercise, cast)
    assert library_stamp() != stamp
    after = visitor.get(LIST, headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, after["ETag"] == before["ETag"]) == (200, False)


def test_the_new_name_is_told(visitor: APIClient, cast: Cast) -> None:
    exercise = make_exercise("squat", name="Squat")
    assert names(visitor) == ["Squat"]
    change_name(exercise, cast)
    assert names(visitor) == ["Deep squat"]


def test_loading_the_same_content_again_keeps_what_is_kept(visitor: APIClient) -> None:
    load(CONTENT, now=NOW)
    before = visitor.get(LIST)
    load(CONTENT, now=NOW)
    assert visitor.get(LIST, headers={"If-None-Match": before["ETag"]}).status_code == 304


def test_it_is_made_once(visitor: APIClient, django_assert_num_queries: Callable[[int], Any]) -> None:
    make_exercise("squat")
    first = visitor.get(LIST)
    with django_assert_num_queries(1):  # the stamp
        assert visitor.get(LIST).content == first.content


def test_a_refusal_is_not_kept(visitor: APIClient) -> None:
    make_exercise("squat")
    for _time in range(2):
        refused = visitor.get(f"{LIST}?max_difficulty=nine")
        assert (refused.status_code, refused.has_header("ETag")) == (400, False)
    missing = visitor.get(f"{LIST}lunge/")
    assert missing.status_code == 404
    make_exercise("lunge")
    assert visitor.get(f"{LIST}lunge/").status_code == 200


@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
@pytest.mark.parametrize(("address", "status"), [(f"{LIST}lunge/", 404), (f"{LIST}?max_difficulty=nine", 400)])
def test_a_refusal_comes_before_what_one_has(visitor: APIClient, header: str, address: str, status: int) -> None:
    make_exercise("squat")
    value = "*" if header == "If-None-Match" else '"another"'
    assert visitor.get(address, headers={header: value}).status_code == status


def test_made_up_addresses_do_not_fill_the_cache(visitor: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "PLACES", 1)
    make_exercise("squat")
    make_exercise("lunge")
    for _time in range(2):
        for word in ("squat", "lunge", "squa", "lung"):
            found = visitor.get(f"{LIST}?q={word}").json()["results"]
            assert [row["slug"] for row in found] == [{"s": "squat", "l": "lunge"}[word[0]]]
    kept = [key for key in cache._cache if "answer" in key]  # type: ignore[attr-defined]  # the tests' is a dictionary
    assert len(kept) == 1


def test_a_page_is_kept_under_what_it_shows(client: Client, visitor: APIClient) -> None:
    make_exercise("squat")
    make_exercise("lunge")
    odd, plain = (client.get(f"/exercises/?{query}").content.decode() for query in ("q=squat&q=", "q=squat"))
    for page in (odd, plain):
        assert ("/exercises/squat/" in page, "/exercises/lunge/" in page) == (True, False)


def test_the_page_of_an_exercise_is_seen_to_change(client: Client, visitor: APIClient, cast: Cast) -> None:
    exercise = make_exercise("squat", unilateral=True, poses={"desc": "The right leg stands.", "side": "right"})
    other = make_exercise("lunge")
    for _time in range(2):
        for query, side in (("", "right"), ("?side=left", "left"), ("?side=up", "right")):
            shown = client.get(f"/exercises/squat/{query}").content.decode()
            assert f'href="?side={side}" aria-current="true"' in shown
    change_name(exercise, cast)
    retire(other, cast)
    said = [client.get(f"/exercises/{slug}/").content.decode() for slug in ("squat", "lunge")]
    assert ("Deep squat</h1>" in said[0], "This exercise is retired" in said[1]) == (True, True)


def test_who_works_on_a_draft_sees_it_as_it_is(client: Client, visitor: APIClient, cast: Cast) -> None:
    draft = make_exercise("squat", status="draft")
    client.force_login(cast.curator)
    assert "Deep squat" not in client.get("/exercises/squat/").content.decode()
    with exercise_workflow():
        Exercise.objects.filter(pk=draft.pk).update(name="Deep squat")  # without a word to the library
    assert "Deep squat" in client.get("/exercises/squat/").content.decode()
    client.logout()
    assert client.get("/exercises/squat/").status_code == 404
