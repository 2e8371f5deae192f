"""Warm-ups given to runs by hand: assign, withdraw, follow a routine's next revision. A coach's word outranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Replace
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.given import WARM_UP_RELATIONS, Given, given, with_warm_up
from plans.domain.series import ROWS_AT_ONCE, Reach, reach, runs_in_reach
from plans.models import Assignment, Occurrence, Run, Series
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
BY_HAND = "routine "  # in Dated.by_hand: this one was given something by itself


@transaction.atomic
def assign(*, routine: Routine, runs: Sequence[Run], actor: User, now: datetime, note: str = "") -> list[Assignment]:
    """Give `routine`, as it is now, to these runs by hand, in place of what they were given before; all or none.

    Raises ValidationError: a routine that `actor` may not use, a note too long, no run. Raises PermissionDenied for a
    run that `actor` may not assign to: an athlete's own only where no coach assigned.
    """
    made = _give(routine, runs, actor, now, note)
    Run.objects.filter(pk__in=[run.pk for run in runs]).exclude(occurrence=None).exclude(
        by_hand__contains=BY_HAND
    ).update(by_hand=Concat("by_hand", Value(BY_HAND)))
    return made


@transaction.atomic
def assign_to_everyone(
    *, run: Run | Occurrence, scope: str, routine: Routine, actor: User, now: datetime, note: str = ""
) -> list[Assignment]:
    """Give `routine` to what `scope` of the run's series reaches, and to the runs of who joins later.

    "date": everyone's run of it; "following" and "all": of the dates to come, but for runs and dates that were given
    one by themselves. Raises as `assign`, and as `plans.domain.series.reach`.
    """
    reached = reach(run=run, actor=actor, scope=scope, now=now)
    if reached is None:
        assert isinstance(run, Run)  # noqa: S101  # a date always reaches itself
        return assign(routine=routine, runs=[run], actor=actor, now=now, note=note)
    revision, note = usable_revision(routine, actor), clean_note(note)
    runs = _set_for_all(reached, revision.routine, note, actor)
    if not runs:
        record(actor=actor, action="series.assign", target=reached.series, now=now, after={"revision": revision.pk})
        return []
    return _give(routine, runs, actor, now, note)


def _give(routine: Routine, runs: Sequence[Run], actor: User, now: datetime, note: str) -> list[Assignment]:
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
        batch_size=ROWS_AT_ONCE,
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


def _set_for_all(reached: Reach, routine: Routine | None, note: str, actor: User) -> list[Run]:
    """Note on series and dates what everyone's run gets from now on; returns the runs that are to get it."""
    series, occurrences = reached.series, reached.occurrences
    if reached.whole:
        Series.objects.filter(pk=series.pk).update(routine=routine, routine_note=note)
    if reached.scope != "date":
        occurrences = [each for each in occurrences if "routine" not in each.kept_fields]
    dates = Occurrence.objects.filter(pk__in=[each.pk for each in occurrences])
    dates.update(routine=routine, routine_note=note)
    runs = runs_in_reach(occurrences, reached, actor)
    alone = runs.filter(by_hand__contains=BY_HAND)
    if reached.scope != "date":
        return list(runs.exclude(pk__in=alone.values("pk")))
    if series.rule:
        dates.exclude(by_hand__contains=BY_HAND).update(by_hand=Concat("by_hand", Value(BY_HAND)))
    Run.objects.filter(pk__in=list(alone.values_list("pk", flat=True))).update(
        by_hand=Replace("by_hand", Value(BY_HAND), Value(""))
    )
    return list(runs)


@transaction.atomic
def withdraw(*, assignment: Assignment, actor: User, now: datetime) -> None:
    """Take back what a run was given by hand; it falls back to what comes next in precedence."""
    Assignment.objects.filter(pk=assignment.pk).delete()
    Run.objects.filter(pk=assignment.run_id).update(by_hand=Replace("by_hand", Value(BY_HAND), Value("")))
    record(
        actor=actor,
        action="assignment.withdraw",
        target=assignment.run,
        now=now,
        before={"revision": assignment.revision_id},
    )
    reminders.derive(run_ids=[assignment.run_id], now=now)


@transaction.atomic
def withdraw_from_everyone(*, run: Run | Occurrence, scope: str, actor: User, now: datetime) -> int:
    """Take back what `scope` of the run's series was given by hand; returns how many runs had something.

    Reaches what `assign_to_everyone` does, and raises alike.
    """
    reached = reach(run=run, actor=actor, scope=scope, now=now)
    if reached is None:
        raise ValidationError({"scope": _("This run is not one of a series.")})
    runs = [each.pk for each in _set_for_all(reached, None, "", actor)]
    count, _each = Assignment.objects.filter(run__in=runs).delete()
    record(actor=actor, action="series.withdraw", target=reached.series, now=now, before={"runs": count})
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
