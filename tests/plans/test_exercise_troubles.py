"""What curators are told of sessions: numbers from enough athletes, and nothing that points at one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plans.domain.exercise_troubles import WINDOW, session_troubles
from tests.factories import NOW, make_exercise, make_revision, make_routine, make_session, make_user
from warmups.domain.content_board import Trouble
from warmups.models import Exercise, Routine

pytestmark = pytest.mark.django_db


@pytest.fixture
def clam(db: None) -> Exercise:
    """The exercise that the sessions are about."""
    return make_exercise("clam")


@pytest.fixture
def routine(clam: Exercise) -> Routine:
    """A routine with it as the second step."""
    return make_routine(exercises=[make_exercise("first"), clam])


def sessions(routine: Routine, athletes: int, *, each: int = 2, **fields: Any) -> None:
    """Sessions of so many new athletes, `each` of every one; of a step only what `step` says is not as usual."""
    step = {"position": 2, "skipped": False, "skip_reason": None} | fields.pop("step", {})
    for _athlete in range(athletes):
        athlete = make_user()
        for _time in range(each):
            make_session(athlete, **{"revision": routine.current, "steps": [step]} | fields)


def test_done_by_enough_it_is_told_that_nothing_was_skipped(clam: Exercise, routine: Routine) -> None:
    sessions(routine, 5)
    assert session_troubles(NOW) == [Trouble(exercise=clam.pk, prescribed=10, athletes=5)]


@pytest.mark.parametrize(("athletes", "each"), [(4, 3), (5, 1), (9, 1)])
def test_too_few_athletes_or_times_are_told_nothing_of(routine: Routine, athletes: int, each: int) -> None:
    sessions(routine, athletes, each=each, step={"skipped": True})
    assert session_troubles(NOW) == []


@pytest.mark.parametrize(("athletes", "told"), [(4, 0), (5, 5)])
def test_pain_is_told_from_five_athletes_on(clam: Exercise, routine: Routine, athletes: int, told: int) -> None:
    sessions(routine, 6, pain=5)  # below what counts as strong
    sessions(routine, athletes, each=1, pain=6)
    (trouble,) = session_troubles(NOW)
    assert (trouble.pain, trouble.pain_athletes) == (told, told)


@pytest.mark.parametrize(("athletes", "told"), [(4, 0), (5, 5)])
def test_that_it_hurts_is_told_from_five_athletes_on(routine: Routine, athletes: int, told: int) -> None:
    sessions(routine, 6)
    sessions(routine, athletes, each=1, step={"skipped": True, "skip_reason": " Hurts"})
    (trouble,) = session_troubles(NOW)
    assert (trouble.hurt, trouble.hurt_athletes, trouble.skipped) == (told, told, told)


def test_one_who_hurts_often_is_one(routine: Routine) -> None:
    sessions(routine, 6)
    sessions(routine, 1, each=20, pain=9, step={"skip_reason": "hurts"})
    (trouble,) = session_troubles(NOW)
    assert (trouble.pain, trouble.hurt) == (0, 0)


def test_a_skipped_step_did_not_hurt_in_that_session(routine: Routine) -> None:
    sessions(routine, 6, pain=9, step={"skipped": True, "skip_reason": "no time"})
    (trouble,) = session_troubles(NOW)
    assert (trouble.pain, trouble.hurt, trouble.skipped, trouble.skipped_percent) == (0, 0, 12, 100)


def test_pain_of_a_session_is_not_told_of_what_was_swapped_away(routine: Routine) -> None:
    sessions(routine, 6, pain=9, step={"swapped_for": "other", "skip_reason": "hurts"})
    (trouble,) = session_troubles(NOW)
    assert (trouble.pain, trouble.hurt, trouble.hurt_athletes, trouble.skipped) == (0, 12, 6, 0)


def test_deleted_old_and_future_sessions_do_not_count(routine: Routine) -> None:
    sessions(routine, 5, deleted_at=NOW)
    sessions(routine, 5, started_at=NOW - WINDOW - timedelta(seconds=1))
    sessions(routine, 5, started_at=NOW + timedelta(days=1))
    sessions(routine, 5, revision=None)
    sessions(routine, 5, steps=[])
    assert session_troubles(NOW) == []


def test_the_position_is_read_in_the_revision_that_was_done(clam: Exercise, routine: Routine) -> None:
    sessions(routine, 5)
    other = make_exercise("other")
    routine.current = make_revision(routine, [clam, other])
    routine.save()
    sessions(routine, 6)
    assert {(each.exercise, each.athletes) for each in session_troubles(NOW)} == {(clam.pk, 5), (other.pk, 6)}


def test_a_position_that_is_none_of_the_routine_s_counts_nowhere(routine: Routine) -> None:
    sessions(routine, 5, step={"position": 9})
    assert session_troubles(NOW) == []
