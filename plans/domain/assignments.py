"""Warm-ups given to runs by hand: assign, withdraw, follow a routine's next revision. A coach's word outranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.given import WARM_UP_RELATIONS, Given, given, with_warm_up
from plans.models import Assignment, Run, Series, Squad
from warmups.models import Revision, Routine

__all__ = [
    "WARM_UP_RELATIONS",
    "Given",
    "PlannedRuns",
    "assign",
    "assign_to_everyone",
    "follow_revision",
    "given",
    "planned_runs",
    "usable_revision",
    "with_warm_up",
    "withdraw",
    "withdraw_from_everyone",
]

NOTE_LENGTH = 500
RUNS_LISTED = 12


@transaction.atomic
def assign(*, routine: Routine, runs: Sequence[Run], actor: User, now: datetime, note: str = "") -> list[Assignment]:
    """Give `routine`, as it is now, to these runs by hand, in place of what they were given before; all or none.

    Raises ValidationError: a routine that `actor` may not use, a note too long, no run. Raises PermissionDenied for a
    run that `actor` may not assign to: an athlete's own only where no coach assigned.
    """
    revision, note = usable_revision(routine, actor), clean_note(note)
    ids = sorted({run.pk for run in runs})
    if not ids:
        raise ValidationError({"runs": _("Choose at least one run.")})
    locked = list(Run.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    if Run.objects.assignable_by(actor).filter(pk__in=ids).count() < len(ids):
        raise PermissionDenied
    before = dict(Assignment.objects.filter(run__in=ids).values_list("run_id", "revision_id"))
    coached = set(Run.objects.coached_by(actor).filter(pk__in=ids).values_list("pk", flat=True))
    assignments = Assignment.objects.bulk_create(
        [
            Assignment(
                run=run, revision=revision, note=note, by_coach=run.pk in coached, assigned_by=actor, assigned_at=now
            )
            for run in locked
        ],
        update_conflicts=True,
        unique_fields=["run"],
        update_fields=["revision", "note", "by_coach", "assigned_by", "assigned_at"],
    )
    record(
        actor=actor,
        action="assignment.make",
        target=revision,
        now=now,
        before={"revisions": [before.get(pk) for pk in ids]} if before else {},
        after={"runs": ids},
    )
    reminders.derive(run_ids=ids, now=now)
    return assignments


@transaction.atomic
def assign_to_everyone(
    *, series: Series, routine: Routine, actor: User, now: datetime, note: str = ""
) -> list[Assignment]:
    """Give `routine` to everyone's run of a squad's series, and to the runs of who joins later. Raises as `assign`."""
    revision, note = usable_revision(routine, actor), clean_note(note)
    # Who joins takes the squad's lock, reads the series' routine and then makes the run: not in between.
    Squad.objects.select_for_update(no_key=True).get(pk=series.squad_id)
    Series.objects.filter(pk=series.pk).update(routine=revision.routine, routine_note=note)
    runs = list(Run.objects.coached_by(actor).filter(series=series))
    if not runs:
        record(actor=actor, action="series.assign", target=series, now=now, after={"revision": revision.pk})
        return []
    return assign(routine=routine, runs=runs, actor=actor, now=now, note=note)


@transaction.atomic
def withdraw(*, assignment: Assignment, actor: User, now: datetime) -> None:
    """Take back what a run was given by hand; it falls back to what comes next in precedence."""
    Assignment.objects.filter(pk=assignment.pk).delete()
    record(
        actor=actor,
        action="assignment.withdraw",
        target=assignment.run,
        now=now,
        before={"revision": assignment.revision_id},
    )
    reminders.derive(run_ids=[assignment.run_id], now=now)


@transaction.atomic
def withdraw_from_everyone(*, series: Series, actor: User, now: datetime) -> int:
    """Take back what everyone's run of a squad's series was given by hand; returns how many runs had something."""
    Squad.objects.select_for_update(no_key=True).get(pk=series.squad_id)
    Series.objects.filter(pk=series.pk).update(routine=None, routine_note="")
    runs = list(Run.objects.coached_by(actor).filter(series=series).values_list("pk", flat=True))
    count, _each = Assignment.objects.filter(run__in=runs).delete()
    record(actor=actor, action="series.withdraw", target=series, now=now, before={"runs": count})
    reminders.derive(run_ids=runs, now=now)
    return count


@dataclass(frozen=True)
class PlannedRuns:
    """Runs to come that were given a routine by hand: those the reader sees, the next first, and how many in all."""

    runs: list[Run]
    count: int

    @property
    def first(self) -> list[Run]:
        """As many as a page lists."""
        return self.runs[:RUNS_LISTED]

    @property
    def more(self) -> int:
        """How many it does not."""
        return self.count - len(self.first)


def planned_runs(routine: Routine, *, reader: User, now: datetime) -> PlannedRuns:
    """The runs that a change of `routine` may be carried over to (`follow_revision`), as `reader` sees them."""
    planned = Run.objects.planned().filter(assignment__revision__routine=routine, starts_at__gt=now)
    seen = planned.filter(pk__in=Run.objects.visible_to(reader).values("pk"))
    runs = seen.select_related("athlete", "squad").order_by("starts_at", "athlete__name", "pk")
    return PlannedRuns(list(runs), planned.count())


@transaction.atomic
def follow_revision(*, routine: Routine, actor: User, now: datetime) -> int:
    """Move what was given of `routine` to its current revision, for planned runs to come; returns how many moved."""
    coming = Run.objects.planned().filter(starts_at__gt=now)
    behind = Assignment.objects.filter(revision__routine=routine, run__in=coming).exclude(revision=routine.current)
    runs = sorted(behind.values_list("run_id", flat=True))
    # By key, since the condition joins two tables and an update follows only its own.
    Assignment.objects.filter(run__in=runs).update(revision=routine.current)
    if runs:
        record(actor=actor, action="assignment.follow", target=routine, now=now, after={"revision": routine.current_id})
    return len(runs)


def usable_revision(routine: Routine, actor: User) -> Revision:
    """The current revision of a routine that `actor` may use. Raises ValidationError for `routine`."""
    usable = Routine.objects.usable_by(actor).select_related("current").filter(pk=routine.pk).first()
    if usable is None or usable.current is None:
        raise ValidationError({"routine": _("Choose one of the routines that you may use.")})
    return usable.current


def clean_note(note: str) -> str:
    """The note to the athlete, trimmed. Raises ValidationError for `note`."""
    note = note.strip()
    if len(note) > NOTE_LENGTH or "\x00" in note:
        raise ValidationError({"note": _("Use at most %(most)d plain characters.") % {"most": NOTE_LENGTH}})
    return note
