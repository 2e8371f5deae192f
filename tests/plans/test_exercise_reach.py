"""Whom a change of an exercise touches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_assignment,
    make_exercise,
    make_revision,
    make_routine,
    make_run,
    make_squad,
    make_user,
)
from warmups.domain.reach import reach_of
from warmups.models import Exercise, Substitute

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def clam(db: None) -> Exercise:
    """The exercise that is about to change."""
    return make_exercise("clam")


def planned(exercise: Exercise) -> tuple[int, int, int]:
    reach = reach_of(exercise, now=NOW)
    return reach.squads, reach.athletes, reach.runs


def test_nothing_has_a_new_one(cast: Cast, clam: Exercise) -> None:
    make_routine(exercises=[make_exercise()])
    assert reach_of(clam, now=NOW).nothing


def test_library_routines_by_name_and_own_ones_as_a_number(cast: Cast, clam: Exercise) -> None:
    make_routine("Five", exercises=[clam, clam])
    make_routine("Old", exercises=[clam], archived_at=NOW)
    make_revision(make_routine("Changed", exercises=[clam]), [make_exercise()])
    changed = make_routine("Changed since", exercises=[clam])
    changed.current = make_revision(changed, [make_exercise()])
    changed.save()
    for name in ("Mine", "Mine too"):
        make_routine(name, owner=cast.athlete, exercises=[clam])
    make_routine("Theirs", owner=cast.team_mate, exercises=[clam])
    reach = reach_of(clam, now=NOW)
    assert [routine.name for routine in reach.library] == ["Changed", "Five"]
    assert (reach.own_routines, reach.owners) == (3, 2)


def test_exercises_that_name_it(clam: Exercise) -> None:
    make_exercise("harder", easier=clam)
    make_exercise("easier", harder=clam)
    Substitute.objects.create(exercise=make_exercise("hurting"), when="hurts", substitute=clam)
    make_exercise("other")
    assert [row.slug for row in reach_of(clam, now=NOW).named_by] == ["easier", "harder", "hurting"]


def test_runs_given_it_by_hand(cast: Cast, clam: Exercise) -> None:
    routine = make_routine(exercises=[clam])
    for athlete, starts_at in ((cast.athlete, NOW + DAY), (cast.athlete, NOW + 2 * DAY), (cast.team_mate, NOW + DAY)):
        make_assignment(make_run(athlete, starts_at=starts_at, squad=cast.squad), routine)
    make_assignment(make_run(cast.athlete, starts_at=NOW - DAY), routine)  # over
    make_assignment(make_run(cast.athlete, starts_at=NOW + DAY, status="cancelled"), routine)
    make_assignment(make_run(cast.other_athlete, starts_at=NOW + DAY), make_routine(exercises=[make_exercise()]))
    assert planned(clam) == (1, 2, 3)


def test_a_run_keeps_the_revision_that_it_was_given(cast: Cast, clam: Exercise) -> None:
    routine = make_routine(exercises=[clam])
    make_assignment(make_run(cast.athlete), routine)
    routine.current = make_revision(routine, [make_exercise()])
    routine.save()
    assert planned(clam) == (0, 1, 1)


def test_the_squad_s_default_before_its_own_runs_and_those_outside(cast: Cast, clam: Exercise) -> None:
    cast.squad.default_routine = make_routine(exercises=[clam])
    cast.squad.save()
    make_run(cast.athlete, squad=cast.squad)
    make_run(cast.team_mate)
    make_run(cast.other_athlete)
    make_assignment(make_run(cast.athlete, starts_at=NOW + DAY), make_routine(exercises=[make_exercise()]))
    assert planned(clam) == (1, 2, 2)


def test_another_squad_s_default_comes_first(cast: Cast, clam: Exercise) -> None:
    cast.squad.default_routine = make_routine(exercises=[make_exercise()])
    cast.squad.save()
    later = make_squad(athletes=(cast.athlete,), default_routine=make_routine(exercises=[clam]))
    later.memberships.update(began_at=NOW - DAY)
    make_run(cast.athlete)
    assert planned(clam) == (1, 0, 0)


def test_squads_that_it_is_shared_with(cast: Cast, clam: Exercise) -> None:
    routine = make_routine(owner=cast.coach, exercises=[clam])
    routine.squads.add(cast.squad, cast.other_squad)
    cast.other_squad.archived_at = NOW
    cast.other_squad.save()
    assert planned(clam) == (1, 0, 0)


def test_as_many_queries_for_many_runs_as_for_one(cast: Cast, clam: Exercise) -> None:
    cast.squad.default_routine = make_routine(exercises=[clam])
    cast.squad.save()

    def more() -> int:
        make_run(cast.athlete)
        athlete = make_user()
        make_squad(athletes=(athlete,), default_routine=make_routine(exercises=[clam]))
        make_run(athlete)
        make_assignment(make_run(athlete), make_routine(exercises=[clam]))
        with CaptureQueriesContext(connection) as queries:
            reach_of(clam, now=NOW)
        return len(queries)

    assert more() == more()
