"""Warm-ups given by hand to many runs at once: what that would touch, and taking it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.assignments import BY_HAND
from plans.models import Assignment, Run
from warmups.models import Revision

RUNS_AT_MOST = 1000  # at a time


@dataclass(frozen=True)
class Touched:
    """Whom a deed on runs touches: the runs in order, their athletes by name, how many were given one by hand."""

    runs: Sequence[Run]
    athletes: Sequence[User]
    by_hand: int


def touched(runs: Collection[Run]) -> Touched:
    """What a deed on these runs (with athlete) would touch."""
    athletes = {run.athlete_id: run.athlete for run in runs}
    by_hand = Assignment.objects.filter(run__in=[run.pk for run in runs]).count()
    return Touched(
        runs=sorted(runs, key=lambda run: (run.starts_at, run.pk)),
        athletes=sorted(athletes.values(), key=lambda athlete: (athlete.name.lower(), athlete.pk)),
        by_hand=by_hand,
    )


@transaction.atomic
def withdraw_from_runs(*, runs: Sequence[Run], actor: User, now: datetime) -> int:
    """Take back what these runs were given by hand, all or none; returns how many had something.

    They fall back to what comes next in precedence. Raises ValidationError for no run, PermissionDenied for one that
    `actor` may not assign to.
    """
    ids = sorted({run.pk for run in runs})
    if not ids:
        raise ValidationError({"runs": _("Choose at least one run.")})
    locked = Run.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    len(locked)  # locks them
    if Run.objects.assignable_by(actor).filter(pk__in=ids).count() < len(ids):
        raise PermissionDenied
    by_revision: dict[int, list[int]] = defaultdict(list)
    for run, revision in Assignment.objects.filter(run__in=ids).order_by("run").values_list("run_id", "revision_id"):
        by_revision[revision].append(run)
    had = [run for ids_of_one in by_revision.values() for run in ids_of_one]
    Assignment.objects.filter(run__in=had).delete()
    Run.objects.filter(pk__in=had).update(by_hand=Replace("by_hand", Value(BY_HAND), Value("")))
    for revision in Revision.objects.filter(pk__in=by_revision):
        record(
            actor=actor,
            action="assignment.withdraw",
            target=revision,
            now=now,
            before={"runs": by_revision[revision.pk]},
        )
    reminders.derive(run_ids=had, now=now)
    return len(had)
