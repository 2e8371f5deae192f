"""Which squads, athletes and coming runs have an exercise in their warm-up: what curators are told before a change."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from plans.domain.given import given, with_warm_up
from plans.models import Membership, Run, Squad
from plans.models.squads import Role
from plans.querysets import RunQuerySet
from warmups.domain.reach import Planned
from warmups.models import Exercise, Step


def planned_with(exercise: Exercise, now: datetime) -> Planned:
    """How many squads have `exercise`, and how many athletes have it before how many coming runs.

    A squad has it in its default routine, in one shared with it, or before a coming run of its own. Numbers alone:
    whose they are is no business of curators. At five queries, however many runs there are.
    """
    revisions = Step.objects.filter(exercise=exercise).values("revision")
    coming = Run.objects.planned().filter(starts_at__gt=now)
    by_hand = Q(assignment__revision__in=revisions)
    by_squad = Q(assignment=None, squad__default_routine__current__in=revisions)
    runs = list(coming.filter(by_hand | by_squad).values_list("athlete_id", "squad_id"))
    in_default = Q(default_routine__current__in=revisions)
    in_shared = Q(routines__current__in=revisions, routines__archived_at=None)
    in_runs = Q(pk__in={squad for _athlete, squad in runs if squad})
    squads = Squad.objects.filter(in_default | in_shared | in_runs, archived_at=None)
    athletes = [athlete for athlete, _squad in runs] + _outside_squads(exercise, coming)
    return Planned(squads=squads.distinct().count(), athletes=len(set(athletes)), runs=len(athletes))


def _outside_squads(exercise: Exercise, coming: RunQuerySet) -> list[int]:
    """The athletes, once a run, who have it before a run outside any squad, from the default of one they are in."""
    revisions = set(Step.objects.filter(exercise=exercise).values_list("revision", flat=True))
    members = Membership.objects.active().filter(role=Role.ATHLETE, squad__default_routine__current__in=revisions)
    likely = coming.filter(assignment=None, squad=None, athlete__in=members.values("person"))
    found = ((run.athlete_id, given(run)) for run in with_warm_up(likely))
    return [athlete for athlete, warm_up in found if warm_up and warm_up.revision.pk in revisions]
