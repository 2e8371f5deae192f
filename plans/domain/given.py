"""Which warm-up a run gets, and where it came from. No queries of its own for runs of `with_warm_up`.

Apart from assignments.py, since reminders ask it too and assignments call them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Prefetch

from plans.models import Membership, Run, Squad
from plans.models.squads import Role
from plans.querysets import MembershipQuerySet, RunQuerySet
from warmups.models import Revision

Source = Literal["run", "squad-default"]

# What `given` follows from a run; `with_warm_up` also brings what it needs for runs outside any squad.
WARM_UP_RELATIONS = ("assignment__revision__routine", "squad__default_routine__current", "athlete")


@dataclass(frozen=True)
class Given:
    """The revision that a run gets, and where it comes from: "run" (by hand) or "squad-default", then of `squad`."""

    revision: Revision
    source: Source
    squad: Squad | None = None


def with_warm_up(runs: RunQuerySet) -> RunQuerySet:
    """The same runs with all that `given` reads: one query more, however many runs."""
    squads = Prefetch("athlete__memberships", queryset=_as_athletes(), to_attr="squads_run_in")
    return runs.select_related(*WARM_UP_RELATIONS).prefetch_related(squads)


def given(run: Run) -> Given | None:
    """What `run` gets: assigned by hand, else its squad's default, else nothing.

    A run outside any squad takes the first default of the squads in which its athlete was on that day, in the order
    joined.
    """
    assignment = getattr(run, "assignment", None)
    if assignment is not None:
        return Given(assignment.revision, "run")
    for squad in [run.squad] if run.squad else _squads_on_the_day(run):
        if squad.default_routine is not None and squad.default_routine.current is not None:
            return Given(squad.default_routine.current, "squad-default", squad)
    return None


def _as_athletes() -> MembershipQuerySet:
    active = Membership.objects.active().filter(role=Role.ATHLETE).order_by("began_at", "pk")
    return active.select_related("squad__default_routine__current")


def _squads_on_the_day(run: Run) -> list[Squad]:
    memberships: Iterable[Membership] | None = getattr(run.athlete, "squads_run_in", None)
    if memberships is None:
        memberships = _as_athletes().filter(person=run.athlete_id)
    return [membership.squad for membership in memberships if membership.sees_from <= run.starts_at]
