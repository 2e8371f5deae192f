"""Each list and each page costs the same number of queries with one row and with three.

A line of `CASES` is an address, who asks (a name of the cast; None: a visitor), and a function that makes one more row
of everything the page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import Cast
from tests.factories import (
    make_activation,
    make_equipment,
    make_exercise,
    make_muscle,
    make_revision,
    make_routine,
    make_study,
)
from warmups.models import Exercise, ExerciseMuscle, Routine, Substitute

pytestmark = pytest.mark.django_db


def full_exercise(number: int) -> Exercise:
    """An exercise with all that may hang on one."""
    exercise = make_exercise(
        f"exercise-{number}",
        name=f"Full exercise {number}",
        easier=make_exercise(f"easier-{number}"),
        harder=make_exercise(f"harder-{number}"),
    )
    exercise.equipment.add(make_equipment("step-0"))
    for muscle in (make_muscle("soleus"), make_muscle(f"muscle-{number}")):
        ExerciseMuscle.objects.create(exercise=exercise, muscle=muscle, role="primary")
    Substitute.objects.create(exercise=exercise, when="hurts", substitute=make_exercise(f"substitute-{number}"))
    make_activation(exercise, muscle)
    return exercise


def more_of_one_exercise(cast: Cast, number: int) -> None:
    """One more of what hangs on the exercise "one"."""
    one = Exercise.objects.filter(slug="one").first() or make_exercise("one")
    one.equipment.add(make_equipment(f"equipment-{number}"))
    muscle = make_muscle(f"muscle-{number}")
    ExerciseMuscle.objects.create(exercise=one, muscle=muscle, role="primary")
    Substitute.objects.create(exercise=one, when="hurts", substitute=make_exercise(f"substitute-{number}"))
    make_activation(one, muscle)
    make_activation(one, muscle, rankable=False)


def full_routine(cast: Cast, number: int) -> None:
    """A library routine, an own one, and one seen through the squad."""
    exercises = [full_exercise(2 * number), full_exercise(2 * number + 1)]
    source = make_routine(f"Library {number}", exercises=exercises)
    make_routine(f"Own {number}", owner=cast.athlete, exercises=exercises, copied_from=source)


def more_of_one_routine(cast: Cast, number: int) -> None:
    """One step more of the routine "one", in one revision more."""
    one = Routine.objects.filter(slug="one").first() or make_routine("One", slug="one", exercises=[full_exercise(1000)])
    exercises = [step.exercise for step in one.current.steps.all()]
    one.current = make_revision(one, [*exercises, full_exercise(number)])
    one.save()


EXERCISES = "/api/v1/exercises/"
FILTERS = "q=exercise+soleus&equipment=none&equipment=step-0&lying=false&max_difficulty=5&avoid=groin-pain"
CASES: list[tuple[str, str | None, Callable[[Cast, int], Any]]] = [
    (EXERCISES, None, lambda cast, number: full_exercise(number)),
    (f"{EXERCISES}?{FILTERS}&muscle=soleus&phase=activate", None, lambda cast, number: full_exercise(number)),
    (f"{EXERCISES}one/", None, more_of_one_exercise),
    ("/api/v1/muscles/", None, lambda cast, number: make_muscle(f"muscle-{number}")),
    ("/api/v1/equipment/", None, lambda cast, number: make_equipment(f"equipment-{number}")),
    ("/api/v1/studies/", None, lambda cast, number: make_study()),
    ("/api/v1/routines/", "athlete", full_routine),
    ("/api/v1/routines/", None, full_routine),
    ("/api/v1/routines/{one}/", None, more_of_one_routine),
    ("/api/v1/routines/{one}/revisions/", None, more_of_one_routine),
    ("/exercises/", None, lambda cast, number: full_exercise(number)),
    (f"/exercises/?{FILTERS}", "athlete", lambda cast, number: full_exercise(number)),
    ("/exercises/one/", None, more_of_one_exercise),
    ("/exercises/one/", "curator", more_of_one_exercise),
    ("/routines/", "athlete", full_routine),
    ("/routines/{one}/", "athlete", more_of_one_routine),
    ("/admin/warmups/exercise/", "curator", lambda cast, number: full_exercise(number)),
    ("/admin/warmups/activation/", "curator", lambda cast, number: full_exercise(number)),
    ("/admin/warmups/routine/", "curator", full_routine),
]


@pytest.mark.parametrize(
    ("address", "who", "make"), CASES, ids=[f"{who} {address[:60]}" for address, who, _make in CASES]
)
def test_one_row_and_three_cost_the_same(
    cast: Cast,
    browser_of: Callable[..., Client],
    address: str,
    who: str | None,
    make: Callable[[Cast, int], Any],
) -> None:
    client = browser_of(getattr(cast, who) if who else None)
    make(cast, 0)
    one = Routine.objects.filter(slug="one").first()
    address = address.replace("{one}", str(one.pk) if one else "")
    first = answer_of(client, address)  # and fills what is kept between requests
    with CaptureQueriesContext(connection) as with_one:
        answer_of(client, address)
    make(cast, 1)
    make(cast, 2)
    with CaptureQueriesContext(connection) as with_three:
        more = answer_of(client, address)
    assert len(more) > len(first), "three rows have to show more than one"
    assert len(with_three) == len(with_one), "\n".join(query["sql"][:200] for query in with_three.captured_queries)


def answer_of(client: Client, address: str) -> bytes:
    """What an address answers."""
    answer = client.get(address)
    assert answer.status_code == 200
    return bytes(answer.content)
