"""Several curators, readers and runners at once, on a database that lets them work at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User
from tests.conftest import Cast
from tests.factories import NOW, make_exercise, make_routine
from tests.warmups.workflow_states import change, exercise_in, full_document, second_curator, standing
from warmups.domain.exercises import (
    Outdated,
    as_published,
    publish_exercise,
    save_draft,
    start_exercise,
    submit_for_review,
)
from warmups.models import Exercise, ExerciseVersion, Routine

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time"),
]


@pytest.fixture
def second(cast: Cast) -> User:
    return second_curator(cast.curator)


def together(*works: Callable[[], object]) -> list[Any]:
    """What each gave, or raised, when all began at once."""
    begin, found = threading.Barrier(len(works)), [None] * len(works)

    def one(place: int, work: Callable[[], Any]) -> None:
        try:
            begin.wait()
            found[place] = work()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_runners_put_an_exercise_into_routines_while_a_curator_previews_it(cast: Cast) -> None:
    exercise = make_exercise("squat")
    shown, written = threading.Event(), threading.Event()

    def preview() -> None:
        with as_published(exercise.latest):
            shown.set()
            written.wait(timeout=10)

    def write() -> None:
        shown.wait(timeout=10)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            make_routine(owner=cast.athlete, exercises=[exercise])
        finally:
            written.set()

    assert together(preview, write) == [None, None]
    assert Routine.objects.count() == 1


def test_exercises_that_name_each_other_are_published_at_once(cast: Cast, second: User) -> None:
    slugs = ("dip", "squat")
    rows = [exercise_in("published", author=cast.curator, second=second, slug=slug) for slug in slugs]
    for row, other in zip(rows, reversed(slugs), strict=True):
        change(row, cast.curator, substitutes=[{"when": "hurts", "exercise": other}])
        submit_for_review(exercise=row, actor=cast.curator, now=NOW)
    found = together(*(lambda row=row: publish_exercise(exercise=row, actor=second, now=NOW) for row in rows))
    assert found == rows
    assert [standing(row) for row in rows] == [("published", "", 2, 2)] * 2


def test_of_two_who_save_one_is_told(cast: Cast, second: User) -> None:
    exercise = exercise_in("published", author=cast.curator, second=second)

    def save(actor: User, cue: str) -> Callable[[], object]:
        said = full_document(cues=[cue])
        return lambda: save_draft(exercise=exercise, document=said, actor=actor, now=NOW, reason="Mine", based_on=1)

    found = together(save(cast.curator, "One"), save(second, "Two"))
    assert sorted(type(answer).__name__ for answer in found) == ["ExerciseVersion", "Outdated"]
    assert standing(exercise) == ("published", "draft", 2, 1)


def test_what_is_saved_while_it_is_published_goes_through_review_of_its_own(cast: Cast, second: User) -> None:
    exercise = exercise_in("in-review", author=cast.curator, second=second)
    said = full_document(cues=["Later"])
    published, saved = together(
        lambda: publish_exercise(exercise=exercise, actor=second, now=NOW, based_on=1),
        lambda: save_draft(exercise=exercise, document=said, actor=second, now=NOW, reason="Later"),
    )
    assert isinstance(saved, ExerciseVersion)
    if isinstance(published, Outdated):
        assert standing(exercise) == ("draft", "draft", 2, None)
    else:
        assert standing(exercise) == ("published", "draft", 2, 1)


def test_of_two_who_choose_one_address_one_is_told(cast: Cast, second: User) -> None:
    said = full_document()
    found = together(
        *(
            lambda actor=actor: start_exercise(slug="squat", document=said, actor=actor, now=NOW)
            for actor in (cast.curator, second)
        )
    )
    assert sorted(type(answer).__name__ for answer in found) == ["Exercise", "ValidationError"]
    [refused] = [answer for answer in found if isinstance(answer, ValidationError)]
    assert list(refused.message_dict) == ["slug"]
    assert Exercise.objects.get().versions.count() == 1
