"""Planning for several at once, and what a deed in a series would touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from plans.domain.assignments import assign
from plans.domain.runs import schedule_for_athlete, schedule_for_squad, schedule_run
from plans.domain.series import athletes_in, may_reach
from plans.models import Run, Series, Squad
from warmups.models import Routine


@dataclass(frozen=True)
class Planned:
    """What was planned: `series` or single `runs`, for how many `athletes`, and the `count` of runs there are now.

    Everyone of a squad without athletes has a series without runs: whoever joins gets them.
    """

    series: list[Series]
    runs: list[Run]
    athletes: int
    count: int


@transaction.atomic
def plan_for(
    *,
    squad: Squad,
    actor: User,
    now: datetime,
    athletes: Sequence[User] | None,
    rule: str = "",
    routine: Routine | None = None,
    routine_note: str = "",
    **plan: Any,
) -> Planned:
    """Plan one date, or with a `rule` many, for everyone in `squad` (`athletes` None) or for some of its athletes.

    All or none. `plan` has the fields of `plans.domain.runs.schedule_run`. Raises as that and `schedule_for_squad`; a
    ValidationError that is about one of several athletes names them.
    """
    deed: dict[str, Any] = {"squad": squad, "actor": actor, "now": now, **plan}
    given: dict[str, Any] = {"routine": routine, "routine_note": routine_note}
    if athletes is None:
        series = schedule_for_squad(**deed, **given, rule=rule)
        return Planned([series], [], athletes_in(squad.pk).count(), series.runs.count())
    if not athletes:
        raise ValidationError({"athletes": _("Choose at least one athlete.")})
    if rule:
        made = [_for_one(schedule_for_athlete, each, athletes, **deed, **given, rule=rule) for each in athletes]
        return Planned(made, [], len(made), Run.objects.filter(series__in=[each.pk for each in made]).count())
    runs = [_for_one(schedule_run, each, athletes, **deed) for each in athletes]
    if routine:
        assign(routine=routine, runs=runs, actor=actor, now=now, note=routine_note)
    return Planned([], runs, len(runs), len(runs))


@transaction.atomic
def plan_own(
    *,
    athlete: User,
    actor: User,
    now: datetime,
    rule: str = "",
    routine: Routine | None = None,
    routine_note: str = "",
    squad: Squad | None = None,
    **plan: Any,
) -> Run | Series:
    """Plan one athlete's run, or with a `rule` a series of theirs. Raises as `schedule_run`, `schedule_for_athlete`."""
    deed: dict[str, Any] = {"athlete": athlete, "actor": actor, "now": now, "squad": squad, **plan}
    if rule:
        return schedule_for_athlete(**deed, rule=rule, routine=routine, routine_note=routine_note)
    run = schedule_run(**deed)
    if routine:
        assign(routine=routine, runs=[run], actor=actor, now=now, note=routine_note)
    return run


def _for_one(schedule: Any, athlete: User, athletes: Sequence[User], **plan: Any) -> Any:
    try:
        return schedule(athlete=athlete, **plan)
    except ValidationError as error:
        if len(athletes) == 1 or not hasattr(error, "error_dict"):
            raise
        raise ValidationError(
            {
                field: [f"{athlete}: {sentence}" for each in errors for sentence in each.messages]
                for field, errors in error.error_dict.items()
            }
        ) from error


# --- What a deed would touch ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Touched:
    """The runs that a deed with `scope` would touch now, and how many of these were changed by hand before."""

    scope: str
    runs: int
    by_hand: int


def touched(run: Run, *, actor: User, now: datetime, statuses: Collection[str] = Run.Status.values) -> list[Touched]:
    """What each scope that `actor` may use on `run` would touch, of the runs in one of `statuses`. A few queries."""
    scopes = may_reach(run, actor)
    found = [Touched("this", 1, 0)]
    if len(scopes) == 1 or run.series is None or run.occurrence is None:
        return found
    rows = Run.objects.editable_by(actor).filter(series=run.series_id, status__in=statuses, occurrence__off_rule=False)
    if run.series.squad_id and not run.series.athlete_id:
        rows = rows.filter(athlete__in=athletes_in(run.series.squad_id).values("person_id"))
    columns = ("occurrence_id", "occurrence__day", "occurrence__starts_at", "by_hand", "occurrence__by_hand")
    each = list(rows.values_list(*columns))
    coming = [row for row in each if row[2] > now]
    of_scope = {
        "date": [row for row in each if row[0] == run.occurrence_id],
        "following": [row for row in coming if row[1] >= run.occurrence.day],
        "all": coming,
    }
    return found + [_count(scope, of_scope[scope]) for scope in scopes if scope != "this"]


def _count(scope: str, rows: Iterable[tuple[Any, ...]]) -> Touched:
    rows = list(rows)
    return Touched(scope, len(rows), sum(bool(row[3] or row[4]) for row in rows))
