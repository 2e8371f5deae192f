"""Versions of a routine on its page and in the API."""

from __future__ import annotations

from itertools import count

import pytest

from tests.factories import (
    edit_exercise,
    make_activation,
    make_equipment,
    make_exercise,
    make_muscle,
    make_routine,
    rewrite,
)
from warmups.domain.swaps import Situation
from warmups.domain.versions import offered_minutes, version
from warmups.models import Exercise, ExerciseMuscle, Routine, Substitute

pytestmark = pytest.mark.django_db
_numbers = count(1)


def make_three(**fields) -> Routine:
    """A banded clamshell (61 s, rank 2), a bridge (61 s, rank 3) and a stance (61 s, rank 1), with substitutes."""
    clamshell = make_exercise("clamshell", lying=True)
    banded = make_exercise("banded-clamshell", lying=True, running_role="force")
    bridge = make_exercise("bridge", lying=True, running_role="force")
    stance = make_exercise("stance")
    push = make_exercise("push", mode="hold", reps=None, hold_seconds=20, running_role="force")
    banded.equipment.add(make_equipment())
    for exercise, when, substitute in (
        (banded, "no-equipment", clamshell),
        (banded, "no-floor", push),
        (clamshell, "no-floor", push),
        (stance, "hurts", push),
    ):
        Substitute.objects.create(exercise=exercise, when=when, substitute=substitute)
    routine = make_routine("Three", exercises=[banded, bridge, stance], **fields)
    for position, rank in ((1, 2), (2, 3), (3, 1)):
        equipment = ["mini-band"] if position == 1 else []
        rewrite(routine.current.steps.filter(position=position), rank=rank, equipment=equipment)
    return routine


def steps_of(routine):
    return list(routine.current.steps.select_related("exercise"))


def said(steps) -> list[tuple[int, str]]:
    return [(step.position, step.exercise.slug) for step in steps]


# --- The domain -----------------------------------------------------------------------------------------------------
def test_as_it_is_it_costs_nothing_and_is_the_routine(django_assert_num_queries):
    steps = steps_of(make_three())
    with django_assert_num_queries(0):
        found = version(steps)
    assert (found.full, found.steps, found.seconds) == (True, steps, 183)


def test_what_does_not_suit_is_swapped_and_then_what_does_not_fit_goes(django_assert_num_queries):
    steps = steps_of(make_three())
    with django_assert_num_queries(3):
        found = version(steps, minutes=2, situation=Situation(standing=True, equipment=frozenset()))
    assert said(found.steps) == [(1, "push"), (3, "stance")]
    assert [(each.step.position, each.instead.exercise.slug, each.whys) for each in found.swaps] == [
        (1, "push", ("no-floor", "no-equipment"))
    ]
    assert [(each.step.position, each.whys) for each in found.left_out] == [(2, ("no-floor",))]
    push = found.steps[0]
    assert (push.pk, push.sets, push.reps, push.hold_seconds, push.sides, push.rank) == (None, 1, 1, 20, "each", 2)
    assert found.steps[1] is steps[2]
    assert (found.full, found.short) == (False, False)


def test_without_the_band_it_is_the_same_on_the_ground():
    found = version(steps_of(make_three()), situation=Situation(equipment=frozenset()))
    assert said(found.steps) == [(1, "clamshell"), (2, "bridge"), (3, "stance")]
    assert found.stands_in_for(found.steps[0]).exercise.slug == "banded-clamshell"


def test_a_retired_substitute_stands_in_no_more():
    routine = make_three()
    edit_exercise(Exercise.objects.get(slug="clamshell"), status="retired")
    found = version(steps_of(routine), situation=Situation(equipment=frozenset()))
    assert said(found.steps) == [(2, "bridge"), (3, "stance")]


def test_lengths_are_offered_that_leave_something_out_and_something_in():
    routine = make_three()
    assert offered_minutes(steps_of(routine)) == [2]
    assert offered_minutes(steps_of(make_routine("One"))[:1]) == []


# --- The page -------------------------------------------------------------------------------------------------------
def page_of(browser, routine, query="") -> str:
    answer = browser.get(f"/routines/{routine.pk}/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_offers_what_would_change_something(browser_of):
    page = page_of(browser_of(None), make_three())
    for query in ("?minutes=2#version", "?standing=on#version", "?no_band=on#version"):
        assert f'href="{query}"' in page
    assert "No band" in page
    assert 'href="?no_space=on#version"' not in page
    assert "instead of 3 min" not in page


def test_the_page_shows_the_version_and_tells_what_is_different(browser_of):
    page = page_of(browser_of(None), make_three(), "?minutes=2&standing=on")
    assert "<strong>Push</strong> instead of Banded clamshell" in page
    assert "Left out: Bridge" in page
    assert "2 of 3 exercises" in page
    assert 'href="?standing=on#version" rel="nofollow"' in page  # all of it, standing
    assert 'href="?minutes=2#version" rel="nofollow"' in page  # on the ground again
    routine = Routine.objects.get()
    assert f'href="/warm-up/try/{routine.pk}/?minutes=2&amp;standing=on"' in page


def test_what_hurts_is_asked_for_by_step(browser_of):
    page = page_of(browser_of(None), make_three(), "?hurts=3")
    assert "<strong>Push</strong> instead of Stance" in page
    assert "(it hurts)" in page


@pytest.mark.parametrize(
    "query",
    [
        "?minutes=soon",
        "?minutes=0",
        "?minutes=-1",
        pytest.param("?minutes=" + "9" * 5000, id="huge"),
        "?minutes=1e3",
        "?hurts=99",
        "?hurts=me&hurts=3",
        "?minutes=1",
    ],
)
def test_nonsense_is_told_in_words_and_all_of_it_is_shown(browser_of, query):
    routine = make_three()
    page = page_of(browser_of(None), routine, query)
    assert page.count('class="message message--warning"') == 1
    for name in ("Banded clamshell", "Bridge", "Stance"):
        assert f"/exercises/{name.lower().replace(' ', '-')}/" in page


def test_where_nothing_would_be_left_that_is_told(browser_of):
    lying = make_routine("Lying", exercises=[make_exercise("dead-bug", lying=True)])
    page = page_of(browser_of(None), lying, "?standing=on")
    assert "Nothing of this would be left, and nothing is listed instead." in page
    assert "/exercises/dead-bug/" in page


# --- The API --------------------------------------------------------------------------------------------------------
def test_the_api_says_the_same(api_of):
    routine = make_three()
    body = api_of(None).get(f"/api/v1/routines/{routine.pk}/version/?minutes=2&lying=false&equipment=none").json()
    assert [(step["position"], step["exercise"], step["stands_in_for"]) for step in body["steps"]] == [
        (1, "push", "banded-clamshell"),
        (3, "stance", None),
    ]
    assert body["swaps"] == [
        {"position": 1, "from": "banded-clamshell", "to": "push", "why": ["no-floor", "no-equipment"]}
    ]
    assert body["left_out"] == [
        {"position": 2, "exercise": "bridge", "exercise_name": "Bridge", "why": ["no-floor"]},
    ]
    assert body["duration_seconds"] == 57 + 61
    assert body["coverage"]["roles"]["force"] == 44


def test_the_api_trims_and_keeps_what_is_at_hand(api_of):
    routine = make_three()
    client, path = api_of(None), f"/api/v1/routines/{routine.pk}/version/"
    assert [step["position"] for step in client.get(path).json()["steps"]] == [1, 2, 3]
    assert [step["exercise"] for step in client.get(path + "?equipment=mini-band").json()["steps"]] == [
        "banded-clamshell",
        "bridge",
        "stance",
    ]
    trimmed = client.get(path + "?minutes=2").json()
    assert [row["why"] for row in trimmed["left_out"]] == [["minutes"], ["minutes"]]
    assert client.get(path + "?hurts=3").json()["steps"][2]["exercise"] == "push"
    assert client.get(path + "?minutes=1").json()["steps"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?minutes=0", "minutes"),
        ("?minutes=181", "minutes"),
        pytest.param("?minutes=" + "9" * 5000, "minutes", id="huge-minutes"),
        ("?lying=perhaps", "lying"),
        ("?equipment=spoon", "equipment"),
        ("?space=moon", "space"),
        ("?hurts=4", "hurts"),
        ("?hurts=knee", "hurts.0"),
        pytest.param("?hurts=" + "9" * 5000, "hurts.0", id="huge-hurts"),
    ],
)
def test_the_api_names_what_is_wrong(api_of, query, field):
    answer = api_of(None).get(f"/api/v1/routines/{make_three().pk}/version/{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_routine_that_one_does_not_see_is_not_there(cast, api_of, browser_of):
    mine = make_three(owner=cast.athlete)
    for ask, address in ((api_of, "/api/v1/routines/{}/version/"), (browser_of, "/routines/{}/")):
        answers = [
            ask(who).get(address.format(mine.pk) + "?minutes=2") for who in (cast.athlete, cast.other_coach, None)
        ]
        assert [answer.status_code for answer in answers] == [200, 404, 404]


@pytest.mark.parametrize("number", [1, 3])
def test_a_version_costs_the_same_for_one_step_and_for_three(api_of, django_assert_num_queries, number):
    exercises = []
    for _ in range(number):
        exercise = make_exercise(lying=True)
        other = make_exercise()
        Substitute.objects.create(exercise=exercise, when="no-floor", substitute=other)
        muscle = make_muscle(f"muscle-{next(_numbers)}")
        ExerciseMuscle.objects.create(exercise=other, muscle=muscle, role="primary")
        make_activation(other, muscle)
        exercises.append(exercise)
    routine = make_routine(exercises=exercises)
    # routine, steps; substitutes, exercises, their equipment; what coverage asks (exercises, muscles (2), figures)
    with django_assert_num_queries(9):
        body = api_of(None).get(f"/api/v1/routines/{routine.pk}/version/?lying=false").json()
    assert len(body["swaps"]) == number
