"""Which squads, athletes and coming runs have a routine: what curators are told before they change the library's."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from plans.domain.followers import followers
from plans.domain.standing import not_over
from plans.models import Run, Squad, StandingAssignment
from warmups.domain.routine_reach import RoutinePlans
from warmups.models import Routine


def routine_plans(routine: Routine, now: datetime) -> RoutinePlans:
    """Numbers alone: whose squads and runs they are is no business of curators. At a constant number of queries."""
    rules = not_over(StandingAssignment.objects.filter(routine=routine).exclude(squad=None), now.date())
    has_it = Q(default_routine=routine) | Q(shared_routines__routine=routine) | Q(pk__in=rules.values("squad"))
    coming = Run.objects.planned().filter(starts_at__gt=now)
    by_hand = list(coming.filter(assignment__revision__routine=routine).values_list("athlete_id", flat=True))
    following = [athlete for athlete, _squad in followers({routine.pk}, coming)]
    return RoutinePlans(
        squads=Squad.objects.filter(has_it, archived_at=None).distinct().count(),
        athletes=len(set(following)),
        runs=len(following),
        given_athletes=len(set(by_hand)),
        given_runs=len(by_hand),
    )
