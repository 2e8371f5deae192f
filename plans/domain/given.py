"""Which routine a run gets, and why: values over rows already fetched, so that asking costs no query."""

from __future__ import annotations

from dataclasses import dataclass

from plans.models import Run
from plans.querysets import RunQuerySet
from warmups.models import Revision

# What `given` reads: select_related(*WARM_UP_RELATIONS).
WARM_UP_RELATIONS = ("assignment__revision__routine", "squad__default_routine__current", "athlete")


@dataclass(frozen=True)
class Given:
    """The revision that a run gets, and where it comes from: "run" (by hand) or "squad-default"."""

    revision: Revision
    source: str


def given(run: Run) -> Given | None:
    """What `run` (fetched with WARM_UP_RELATIONS) gets: assigned by hand, else its squad's default, else nothing."""
    assignment = getattr(run, "assignment", None)
    if assignment is not None:
        return Given(assignment.revision, "run")
    routine = run.squad.default_routine if run.squad else None
    if routine is not None and routine.current is not None:
        return Given(routine.current, "squad-default")
    return None


def with_warm_up(runs: RunQuerySet) -> RunQuerySet:
    """The same runs with all that `given` reads."""
    return runs.select_related(*WARM_UP_RELATIONS)
