"""Finds the choice of exercises with the most points: an integer programme, solved exactly by HiGHS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import highspy

from warmups.domain.routines import MOST_STEPS
from warmups.domain.suggestions import (
    MUSCLE_TIERS,
    NEEDS,
    PHASE_POINTS,
    ROLE_TIERS,
    VARIETY_POINTS,
    Candidate,
    Tiers,
    Wishes,
    cost,
    muscle_weight,
    points,
    role_weight,
)

SECONDS = 5.0  # after which the best one found so far is the answer, and says that nothing proves it


class Choice(NamedTuple):
    """Exercises, what they earn, and whether nothing can earn more."""

    chosen: list[Candidate]
    objective: float
    proven_optimal: bool


def choose(candidates: Sequence[Candidate], wishes: Wishes, *, seconds: float = SECONDS) -> Choice | None:
    """The best of `candidates`, all of which the wishes allow, with all of `wishes.include`. None if nothing fits.

    At least one exercise is chosen, and no more than a routine may have.
    """
    solver = highspy.Highs()
    solver.silent()
    for option, value in (("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-6), ("time_limit", seconds), ("threads", 1)):
        solver.setOptionValue(option, value)
    taken = {row.slug: solver.addBinary() for row in candidates}
    solver.addConstr(_sum(row.seconds * taken[row.slug] for row in candidates) <= wishes.seconds)
    solver.addConstr(_sum(taken.values()) >= 1)
    solver.addConstr(_sum(taken.values()) <= MOST_STEPS)
    for slug in wishes.include:
        solver.addConstr(taken[slug] >= 1)
    earned = [
        *_tiers(solver, candidates, taken, lambda row: row.muscles, MUSCLE_TIERS, muscle_weight),
        *_tiers(
            solver,
            candidates,
            taken,
            lambda row: {row.role: row.role_seconds},
            ROLE_TIERS,
            lambda role: role_weight(role, wishes.run_kind),
        ),
        *_once(solver, candidates, taken, lambda row: row.phase, PHASE_POINTS, NEEDS[wishes.run_kind].phases),
        *_once(solver, candidates, taken, lambda row: row.position, VARIETY_POINTS),
        *(-cost(row, wishes.run_kind) * taken[row.slug] for row in candidates),
    ]
    solver.maximize(_sum(earned))
    status = solver.getModelStatus()
    solution = list(solver.getSolution().col_value)
    if status == highspy.HighsModelStatus.kInfeasible or not solver.getInfo().primal_solution_status:
        return None
    chosen = [row for row in candidates if solution[taken[row.slug].index] > 0.5]
    proven = status == highspy.HighsModelStatus.kOptimal
    return Choice(chosen, points(chosen, wishes.run_kind).total, proven)


def _sum(terms: Any) -> Any:
    return highspy.Highs.qsum(terms)


def _tiers(
    solver: highspy.Highs,
    candidates: Sequence[Candidate],
    taken: dict[str, Any],
    seconds_of: Callable[[Candidate], Any],
    tiers: Tiers,
    weight: Callable[[str], int],
) -> list[Any]:
    """Terms that earn less with each tier. The better tier fills first by itself, since more is better."""
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in candidates:
        for name, seconds in seconds_of(row).items():
            by_name[name].append(float(seconds) * taken[row.slug])
    terms = []
    for name, parts in by_name.items():
        below, filled = 0, []
        for top, share in tiers:
            tier = solver.addVariable(lb=0, ub=top - below)
            filled.append(tier)
            terms.append(weight(name) * share * tier)
            below = top
        solver.addConstr(_sum(filled) <= _sum(parts))
    return terms


def _once(
    solver: highspy.Highs,
    candidates: Sequence[Candidate],
    taken: dict[str, Any],
    name_of: Callable[[Candidate], str],
    earns: int,
    wanted: Sequence[str] | None = None,
) -> list[Any]:
    """Terms that are earned once for each name that is represented."""
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in candidates:
        by_name[name_of(row)].append(taken[row.slug])
    terms = []
    for name, parts in by_name.items():
        if wanted is None or name in wanted:
            there = solver.addVariable(lb=0, ub=1)
            solver.addConstr(there <= _sum(parts))
            terms.append(earns * there)
    return terms
