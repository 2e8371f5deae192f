"""Which squads, athletes and coming runs have a routine: what curators are told before they change the library's."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from plans.domain.given import given, with_warm_up
from plans.models import Membership, Run, Squad
from plans.models.squads import Role
from plans.querysets import RunQuerySet
from warmups.domain.routine_reach import RoutinePlans
from warmups.models import Routine


def routine_plans(routine: Routine, now: datetime) -> RoutinePlans:
    """Numbers alone: whose squads and runs they are is no business of curators. At five queries, however many runs."""
    has_it = Q(default_routine=routine) | Q(shared_routines__routine=routine)
    coming = Run.objects.planned().filter(starts_at__gt=now)
    by_hand = list(coming.filter(assignment__revision__routine=routine).values_list("athlete_id", flat=True))
    by_squad = coming.filter(assignment=None, squad__default_routine=routine).values_list("athlete_id", flat=True)
    following = [*by_squad, *_outside_squads(routine, coming)]
    return RoutinePlans(
        squads=Squad.objects.filter(has_it, archived_at=None).distinct().count(),
        athletes=len(set(following)),
        runs=len(following),
        given_athletes=len(set(by_hand)),
        given_runs=len(by_hand),
    )


def _outside_squads(routine: Routine, coming: RunQuerySet) -> list[int]:
    """The athletes, once a run, who have it before a run outside any squad, from the default of one they are in."""
    members = Membership.objects.active().filter(role=Role.ATHLETE, squad__default_routine=routine)
    likely = coming.filter(assignment=None, squad=None, athlete__in=members.values("person"))
    found = ((run.athlete_id, given(run)) for run in with_warm_up(likely))
    return [athlete for athlete, warm_up in found if warm_up and warm_up.revision.routine_id == routine.pk]
