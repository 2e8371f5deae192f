"""Whom a change of an exercise touches, counted before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from warmups.models import Exercise, Routine, Substitute


@dataclass(frozen=True)
class Planned:
    """What an app above counts: squads, athletes, and their coming runs whose warm-up has the exercise."""

    squads: int = 0
    athletes: int = 0
    runs: int = 0


# An app above adds functions here when it starts, since warm-ups know nothing of squads and runs.
PLANNED_WITH: list[Callable[[Exercise, datetime], Planned]] = []


@dataclass(frozen=True)
class Reach:
    """Where an exercise stands now.

    `library`: the library's routines, by name. Of people's own routines curators see no more than how many there are
    (`own_routines`, of `owners` people). `named_by`: exercises that name it as their easier one, harder one or
    substitute. The rest is counted as in Planned.
    """

    library: list[Routine]
    own_routines: int
    owners: int
    named_by: list[Exercise]
    squads: int
    athletes: int
    runs: int

    @property
    def nothing(self) -> bool:
        """Whether nobody and nothing has it."""
        return not (self.library or self.own_routines or self.named_by or self.squads or self.runs)


def reach_of(exercise: Exercise, *, now: datetime) -> Reach:
    """Whom a change of `exercise` touches, at three queries and those of the apps above."""
    routines = Routine.objects.current().filter(current__steps__exercise=exercise)
    own = routines.exclude(owner=None).aggregate(
        routines=Count("pk", distinct=True), owners=Count("owner", distinct=True)
    )
    planned = [count(exercise, now) for count in PLANNED_WITH]
    return Reach(
        library=list(routines.filter(owner=None).distinct().only("name")),
        own_routines=own["routines"],
        owners=own["owners"],
        named_by=_naming(exercise),
        squads=sum(each.squads for each in planned),
        athletes=sum(each.athletes for each in planned),
        runs=sum(each.runs for each in planned),
    )


def _naming(exercise: Exercise) -> list[Exercise]:
    instead = Substitute.objects.filter(substitute=exercise).values("exercise")
    naming = Exercise.objects.filter(Q(easier=exercise) | Q(harder=exercise) | Q(pk__in=instead))
    return list(naming.exclude(pk=exercise.pk).only("name", "slug", "status"))
