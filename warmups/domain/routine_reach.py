"""Whom a change of a routine of the library touches, counted before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from warmups.models import Routine


@dataclass(frozen=True)
class RoutinePlans:
    """What an app above counts.

    `squads`: that have the routine, as their default, by a rule or shared. `runs`: coming ones, of `athletes`, that
    follow it by a rule or as what is usual. `given_runs`: coming ones, of `given_athletes`, that were given it by hand,
    and keep the revision that they were given.
    """

    squads: int = 0
    athletes: int = 0
    runs: int = 0
    given_athletes: int = 0
    given_runs: int = 0


# An app above adds functions here when it starts, since warm-ups know nothing of squads and runs.
ROUTINE_PLANS: list[Callable[[Routine, datetime], RoutinePlans]] = []


@dataclass(frozen=True)
class RoutineReach(RoutinePlans):
    """Where a routine stands now. `copies`: routines that people made of it for themselves (`copiers` of them)."""

    copies: int = 0
    copiers: int = 0

    @property
    def nothing(self) -> bool:
        """Whether nobody has it."""
        return not (self.copies or self.squads or self.runs or self.given_runs)


def reach_of_routine(routine: Routine, *, now: datetime) -> RoutineReach:
    """Whom a change of `routine` touches, in numbers: at one query and those of the apps above."""
    copies = Routine.objects.current().exclude(owner=None).filter(copied_from=routine)
    own = copies.aggregate(copies=Count("pk"), copiers=Count("owner", distinct=True))
    planned = [count(routine, now) for count in ROUTINE_PLANS]
    return RoutineReach(
        copies=own["copies"],
        copiers=own["copiers"],
        squads=sum(each.squads for each in planned),
        athletes=sum(each.athletes for each in planned),
        runs=sum(each.runs for each in planned),
        given_athletes=sum(each.given_athletes for each in planned),
        given_runs=sum(each.given_runs for each in planned),
    )
