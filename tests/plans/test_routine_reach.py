"""Whom a change of a library routine touches, in numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import SharedRoutine
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_assignment,
    make_own_default,
    make_revision,
    make_routine,
    make_run,
    make_squad,
    make_standing,
    make_user,
)
from warmups.domain.routine_reach import RoutineReach, reach_of_routine
from warmups.domain.routines import archive_routine, copy_routine
from warmups.models import Routine

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def routine(db: None) -> Routine:
    """The routine that is about to change."""
    return make_routine("Five")


def reach(routine: Routine) -> RoutineReach:
    return reach_of_routine(routine, now=NOW)


def test_nobody_has_a_new_one(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = make_routine("Another")
    cast.squad.save()
    make_assignment(make_run(cast.athlete, squad=cast.squad), make_routine("A third"))
    assert reach(routine) == RoutineReach()
    assert reach(routine).nothing


def test_copies_in_use(cast: Cast, routine: Routine) -> None:
    for owner in (cast.athlete, cast.athlete, cast.coach):
        copy_routine(routine=routine, owner=owner, now=NOW)
    gone = copy_routine(routine=routine, owner=cast.team_mate, now=NOW)
    archive_routine(routine=gone, actor=cast.team_mate, now=NOW)
    assert reach(routine) == RoutineReach(copies=3, copiers=2)


def test_squads_have_it_as_default_or_shared(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = routine
    cast.squad.save()
    for squad in (cast.squad, cast.other_squad, make_squad("Gone", archived_at=NOW)):
        SharedRoutine.objects.create(squad=squad, routine=routine)
    assert reach(routine) == RoutineReach(squads=2)


def test_runs_that_were_given_it_by_hand_whichever_revision(cast: Cast, routine: Routine) -> None:
    make_assignment(make_run(cast.athlete, squad=cast.squad), routine)
    routine.current = make_revision(routine, [])
    routine.save()
    make_assignment(make_run(cast.athlete, starts_at=NOW + DAY), routine)
    make_assignment(make_run(cast.team_mate, starts_at=NOW + DAY), routine)
    make_assignment(make_run(cast.team_mate, starts_at=NOW - DAY), routine)  # over
    make_assignment(make_run(cast.team_mate, starts_at=NOW + DAY, status="cancelled"), routine)
    assert reach(routine) == RoutineReach(given_athletes=2, given_runs=3)


def test_runs_that_follow_the_default_in_the_squad_and_outside(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = routine
    cast.squad.save()
    make_run(cast.athlete, squad=cast.squad)
    make_run(cast.athlete)
    make_run(cast.team_mate)
    make_run(cast.other_athlete)
    make_assignment(make_run(cast.team_mate, starts_at=NOW + DAY), make_routine("Another"))
    assert reach(routine) == RoutineReach(squads=1, athletes=2, runs=3)


def test_another_squads_default_comes_first(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = make_routine("Another")
    cast.squad.save()
    later = make_squad(athletes=(cast.athlete,), default_routine=routine)
    later.memberships.update(began_at=NOW - DAY)
    make_run(cast.athlete)
    assert reach(routine) == RoutineReach(squads=1)


def test_runs_that_get_it_by_a_rule_or_as_ones_own_usual(cast: Cast, routine: Routine) -> None:
    make_standing(routine, squad=cast.squad, kinds=["hills"])
    make_standing(make_routine("Another"), athlete=cast.team_mate)
    make_own_default(cast.other_athlete, routine)
    make_run(cast.athlete, squad=cast.squad, kind="hills")
    make_run(cast.athlete, kind="hills")
    make_run(cast.athlete, squad=cast.squad)  # another kind
    make_run(cast.team_mate, squad=cast.squad, kind="hills")  # by a rule closer to it
    make_run(cast.other_athlete, squad=cast.other_squad)
    make_assignment(make_run(cast.athlete, squad=cast.squad, kind="hills"), make_routine("By hand"))
    assert reach(routine) == RoutineReach(squads=1, athletes=2, runs=3)


def test_a_rule_outranks_the_usual(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = routine
    cast.squad.save()
    make_standing(make_routine("Another"), squad=cast.squad, kinds=["race"])
    make_run(cast.athlete, squad=cast.squad, kind="race")
    make_run(cast.athlete, squad=cast.squad)
    make_standing(routine, squad=cast.other_squad, until=(NOW - DAY).date())  # over
    assert reach(routine) == RoutineReach(squads=1, athletes=1, runs=1)


def test_as_many_queries_for_many_runs_as_for_one(cast: Cast, routine: Routine) -> None:
    cast.squad.default_routine = routine
    cast.squad.save()

    def more() -> int:
        make_run(cast.athlete)
        make_assignment(make_run(make_user()), routine)
        copy_routine(routine=routine, owner=cast.coach, now=NOW)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reach(routine)
        return len(queries)

    assert [more() for _ in range(3)] == [9] * 3
