"""What athletes' sessions say of exercises, in numbers that point at nobody: what is skipped, and what hurts.

Pain and reasons are health data, given by athletes for themselves and their coaches. Curators are neither, so they get
a number only where at least ENOUGH_ATHLETES different athletes stand behind it, and never a name, a date or a note:
with fewer, a number would tell of somebody whom a colleague may recognise. Below that they are told nothing at all,
not even that there is something. What athletes deleted is not counted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from plans.models import Session
from warmups.domain.content_board import ENOUGH_ATHLETES, ENOUGH_TIMES, Trouble
from warmups.models import Step

WINDOW = timedelta(days=180)
HURTS = "hurts"  # as a step's `skip_reason` says it


@dataclass
class _Told:
    """What sessions tell of one exercise: how often it was prescribed and skipped, and who told of what."""

    prescribed: int = 0
    skipped: int = 0
    athletes: set[int] = field(default_factory=set)
    who_skipped: set[int] = field(default_factory=set)
    hurt: int = 0
    who_hurt: set[int] = field(default_factory=set)
    pain: int = 0
    who_in_pain: set[int] = field(default_factory=set)

    def add(self, athlete: int, step: dict[str, Any], pain: int | None) -> None:
        """Count one step of a session."""
        self.prescribed += 1
        self.athletes.add(athlete)
        left_out = step.get("skipped") is True
        if left_out:
            self.skipped += 1
            self.who_skipped.add(athlete)
        if (step.get("skip_reason") or "").strip().casefold() == HURTS:
            self.hurt += 1
            self.who_hurt.add(athlete)
        if not left_out and not step.get("swapped_for") and pain is not None and pain >= settings.PAIN_RED_LIMIT:
            self.pain += 1
            self.who_in_pain.add(athlete)


def session_troubles(now: datetime) -> list[Trouble]:
    """What the sessions of the last 180 days say of each exercise, for those done often enough and by enough people.

    Pain is told of a session as a whole: it counts at every exercise done in it, as a reason to look and no proof. At
    two queries, of the columns that are counted alone.
    """
    sessions = Session.objects.kept().filter(started_at__gte=now - WINDOW, started_at__lte=now).exclude(revision=None)
    told_of = sessions.exclude(steps=[])
    steps = Step.objects.filter(revision__in=told_of.order_by().values("revision"))
    exercises = {(row[0], row[1]): row[2] for row in steps.values_list("revision_id", "position", "exercise_id")}
    told: dict[int, _Told] = defaultdict(_Told)
    rows = told_of.order_by().values_list("athlete_id", "revision_id", "steps", "pain")
    for athlete, revision, done, pain in rows.iterator():
        for step in done:
            exercise = exercises.get((revision, step.get("position")))
            if exercise is not None:
                told[exercise].add(athlete, step, pain)
    troubles = (_trouble(exercise, each) for exercise, each in told.items())
    return [trouble for trouble in troubles if trouble is not None]


def _trouble(exercise: int, told: _Told) -> Trouble | None:
    """What may be told of an exercise; None if that is nothing."""
    if told.prescribed < ENOUGH_TIMES or len(told.athletes) < ENOUGH_ATHLETES:
        return None
    return Trouble(
        exercise=exercise,
        prescribed=told.prescribed,
        athletes=len(told.athletes),
        skipped=told.skipped if len(told.who_skipped) >= ENOUGH_ATHLETES else 0,
        hurt=told.hurt if len(told.who_hurt) >= ENOUGH_ATHLETES else 0,
        hurt_athletes=len(told.who_hurt) if len(told.who_hurt) >= ENOUGH_ATHLETES else 0,
        pain=told.pain if len(told.who_in_pain) >= ENOUGH_ATHLETES else 0,
        pain_athletes=len(told.who_in_pain) if len(told.who_in_pain) >= ENOUGH_ATHLETES else 0,
    )
