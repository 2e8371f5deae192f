"""Which warm-up a run gets, and where it came from. No queries of its own for runs of `with_warm_up`.

Apart from assignments.py, since reminders ask it too and assignments call them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.db.models import Prefetch

from accounts.models import User
from plans.models import Away, Membership, Occurrence, OwnDefault, Run, Squad, StandingAssignment
from plans.models.squads import Role
from plans.querysets import MembershipQuerySet, RunQuerySet, SquadQuerySet, StandingAssignmentQuerySet
from warmups.models import Revision, Routine, Step

StepsOf = Mapping[int, list[Step]]
Source = Literal["run", "athlete", "squad", "squad-default", "own-default"]

# What `given` follows from a run, and what its athlete answered; `with_warm_up` also brings the rules, and what `given`
# needs for runs outside any squad.
WARM_UP_RELATIONS = (
    "assignment__revision__routine",
    "squad__default_routine__current",
    "athlete__own_default__routine__current",
    "answer",
)


@dataclass(frozen=True)
class Given:
    """The revision that a run gets, and where it comes from.

    "run": by hand; "athlete" and "squad": `standing`, a rule of the athlete's or of `squad`; "squad-default": the usual
    of `squad`; "own-default": the athlete's own usual. `note` is the coach's, or the athlete's own, that goes with it.
    """

    revision: Revision
    source: Source
    squad: Squad | None = None
    note: str = ""
    standing: StandingAssignment | None = None


def with_warm_up(runs: RunQuerySet) -> RunQuerySet:
    """The same runs with all that `given`, `away_on` and `warm_ups_of` read: a few queries more, however many runs."""
    rules = _rules()
    return runs.select_related(*WARM_UP_RELATIONS).prefetch_related(
        Prefetch("athlete__memberships", queryset=_as_athletes(), to_attr="squads_run_in"),
        Prefetch("athlete__standing_assignments", queryset=rules, to_attr="rules"),
        Prefetch("athlete__away_dates", queryset=Away.objects.all(), to_attr="away"),
        Prefetch("squad__standing_assignments", queryset=rules, to_attr="rules"),
    )


def given(run: Run) -> Given | None:
    """What `run` gets: by hand, else by a rule of its athlete's, else by one of its squad's, else the squad's usual,
    else its athlete's own usual, else nothing.

    For a run outside any squad the squads are those in which its athlete was on that day, in the order joined. Of two
    rules on one level the one with the later first day wins, then the newer.
    """
    assignment = getattr(run, "assignment", None)
    if assignment is not None:
        return Given(assignment.revision, "run", note=assignment.note)
    squads = [run.squad] if run.squad else _squads_on_the_day(run)
    return (
        _by_rule(run, _rules_of(run.athlete, "athlete"), "athlete")
        or next(filter(None, (_by_rule(run, _rules_of(squad, "squad"), "squad", squad) for squad in squads)), None)
        or next(filter(None, (_usual(squad.default_routine, "squad-default", squad) for squad in squads)), None)
        or _usual(_own_default(run), "own-default")
    )


def with_rules(squads: SquadQuerySet) -> SquadQuerySet:
    """The same squads with what `given_to_all` reads of them."""
    rules = Prefetch("standing_assignments", queryset=_rules(), to_attr="rules")
    return squads.select_related("default_routine__current").prefetch_related(rules)


def given_to_all(occurrence: Occurrence, squad: Squad) -> Given | None:
    """What a date of `squad` gives to whoever has nothing of their own: by hand, by a rule of the squad's, its usual.

    At no query where `squad` is one of `with_rules`, and the date has its routine.
    """
    if occurrence.routine is not None and occurrence.routine.current is not None:
        return Given(occurrence.routine.current, "run", note=occurrence.routine_note)
    rules = _rules_of(squad, "squad")
    return _by_rule(occurrence, rules, "squad", squad) or _usual(squad.default_routine, "squad-default", squad)


def away_on(run: Run) -> Away | None:
    """The away dates of its athlete in which `run` falls, by its local date; None: they are there."""
    dates: Iterable[Away] | None = getattr(run.athlete, "away", None)
    if dates is None:
        dates = Away.objects.filter(athlete=run.athlete_id)
    return next((away for away in dates if away.since <= run.local_date <= away.until), None)


def _by_rule(
    run: Run | Occurrence, rules: Iterable[StandingAssignment], source: Source, squad: Squad | None = None
) -> Given | None:
    for rule in rules:  # in the order in which they win
        holds = rule.since <= run.local_date and (rule.until is None or run.local_date <= rule.until)
        if holds and (not rule.kinds or run.kind in rule.kinds) and rule.routine.current is not None:
            return Given(rule.routine.current, source, squad, rule.note, rule)
    return None


def _usual(routine: Routine | None, source: Source, squad: Squad | None = None) -> Given | None:
    return Given(routine.current, source, squad) if routine is not None and routine.current is not None else None


def _own_default(run: Run) -> Routine | None:
    try:
        return run.athlete.own_default.routine
    except OwnDefault.DoesNotExist:
        return None


def _rules() -> StandingAssignmentQuerySet:
    return StandingAssignment.objects.select_related("routine__current", "assigned_by").order_by("-since", "-pk")


def _rules_of(whose: User | Squad, column: str) -> Iterable[StandingAssignment]:
    """The rules of an athlete or a squad, in the order in which they win."""
    rules: Iterable[StandingAssignment] | None = getattr(whose, "rules", None)
    if rules is None:
        rules = _rules().filter(**{column: whose.pk})
    return rules


def _as_athletes() -> MembershipQuerySet:
    active = Membership.objects.active().filter(role=Role.ATHLETE, squad__archived_at=None).order_by("began_at", "pk")
    rules = Prefetch("squad__standing_assignments", queryset=_rules(), to_attr="rules")
    return active.select_related("squad__default_routine__current").prefetch_related(rules)


def _squads_on_the_day(run: Run) -> list[Squad]:
    memberships: Iterable[Membership] | None = getattr(run.athlete, "squads_run_in", None)
    if memberships is None:
        memberships = _as_athletes().filter(person=run.athlete_id)
    return [membership.squad for membership in memberships if membership.sees_from <= run.starts_at]


def steps_of(runs: Iterable[Run]) -> StepsOf:
    """The steps of what these runs (of with_warm_up) are given, by revision; one query for all."""
    revisions = {found.revision.pk for run in runs if (found := given(run))}
    steps = defaultdict(list)
    rows = Step.objects.filter(revision__in=revisions).select_related("exercise")
    drawn = ("exercise__name", "exercise__slug", "exercise__poses_digest")
    rows = rows.only(*(field.name for field in Step._meta.concrete_fields), "exercise__running_role", *drawn)
    for step in rows.order_by("revision", "position"):
        steps[step.revision_id].append(step)
    return steps
