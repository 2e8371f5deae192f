"""Which squads, athletes and coming runs have an exercise in their warm-up: what curators are told before a change."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from plans.domain.followers import followers
from plans.domain.standing import not_over
from plans.models import Run, Squad, StandingAssignment
from warmups.domain.reach import Planned
from warmups.models import Exercise, Routine, Step


def planned_with(exercise: Exercise, now: datetime) -> Planned:
    """How many squads have `exercise`, and how many athletes have it before how many coming runs.

    A squad has it in its default routine, in one shared with it or named by a rule of it, or before a coming run of its
    own. Numbers alone: whose they are is no business of curators. At a constant number of queries.
    """
    revisions = Step.objects.filter(exercise=exercise).values("revision")
    routines = set(Routine.objects.filter(current__in=revisions).values_list("pk", flat=True))
    coming = Run.objects.planned().filter(starts_at__gt=now)
    by_hand = coming.filter(assignment__revision__in=revisions).values_list("athlete_id", "squad_id")
    runs = [*by_hand, *followers(routines, coming)]
    rules = not_over(StandingAssignment.objects.filter(routine__in=routines).exclude(squad=None), now.date())
    in_default = Q(default_routine__in=routines)
    in_shared = Q(routines__in=routines, routines__archived_at=None)
    in_runs = Q(pk__in={squad for _athlete, squad in runs if squad}) | Q(pk__in=rules.values("squad"))
    squads = Squad.objects.filter(in_default | in_shared | in_runs, archived_at=None)
    return Planned(
        squads=squads.distinct().count(), athletes=len({athlete for athlete, _squad in runs}), runs=len(runs)
    )
