"""Which coming runs get a routine without anybody having chosen it for them: by a rule, or as what is usual."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from plans.domain.given import given, with_warm_up
from plans.models import Membership, OwnDefault, Squad, StandingAssignment
from plans.models.squads import Role
from plans.querysets import RunQuerySet


def followers(routines: Collection[int], coming: RunQuerySet) -> list[tuple[int, int | None]]:
    """The athlete and the squad, by key, of each of the runs `coming` that gets one of these routines so.

    A squad's usual without any rule about is counted by the database, the rest is looked at run by run: at a constant
    number of queries.
    """
    if not routines:
        return []
    by_nobody = coming.filter(assignment=None)
    whose = Q(squad=OuterRef("squad")) | Q(athlete=OuterRef("athlete"))
    rules = StandingAssignment.objects.filter(whose)
    plain = by_nobody.filter(~Exists(rules), squad__default_routine__in=routines)
    found: list[tuple[int, int | None]] = list(plain.values_list("athlete_id", "squad_id"))
    saying_so = StandingAssignment.objects.filter(routine__in=routines)
    squads = Squad.objects.filter(Q(default_routine__in=routines) | Q(pk__in=saying_so.values("squad")))
    members = Membership.objects.active().filter(role=Role.ATHLETE, squad__in=squads.values("pk"))
    people = Q(athlete__in=saying_so.exclude(athlete=None).values("athlete"))
    people |= Q(athlete__in=OwnDefault.objects.filter(routine__in=routines).values("person"))
    outside = Q(squad=None, athlete__in=members.values("person"))
    likely = by_nobody.filter(Q(squad__in=squads.values("pk")) | people | outside)
    looked_at = with_warm_up(likely.exclude(pk__in=plain.values("pk")))
    found += [
        (run.athlete_id, run.squad_id)
        for run in looked_at
        if (what := given(run)) and what.revision.routine_id in routines
    ]
    return found
