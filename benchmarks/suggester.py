"""How fast the suggester finds the best warm-up, and what a greedy choice would leave of it.

The full library and a synthetic one of 1,000 (variations of the library's exercises), for several lengths. Beside the
exact solver stands the greedy choice that people usually write, in the same run: take what adds most points for its
seconds until nothing fits. The gap is the share of the best choice's points that greedy leaves.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, TypeVar

import django

T = TypeVar("T")


def timed(do: Callable[[], T]) -> tuple[float, T]:
    """Seconds that it took, and what came of it."""
    began = time.perf_counter()
    result = do()
    return time.perf_counter() - began, result


def library() -> list[Any]:
    """The shipped exercises as candidates, read from the content's files."""
    from warmups.domain.content import CONTENT, read
    from warmups.domain.coverage import measured_weights
    from warmups.domain.exercise_rows import row_values
    from warmups.domain.suggesting import candidate
    from warmups.models import Exercise

    content = read(CONTENT)
    figures = [
        SimpleNamespace(
            exercise_id=row["exercise"],
            study_id=row["study"],
            muscle=SimpleNamespace(slug=row["muscle"]),
            mean=row["mean"],
            low=row["low"],
            rankable=row["rankable"],
        )
        for row in content.activations.values()
    ]
    weights = measured_weights(figures)
    return [
        candidate(
            Exercise(slug=slug, **row_values(row.document)),
            weights.get(slug, {}),
            equipment=frozenset(row.document["equipment"]),
        )
        for slug, row in content.exercises.items()
    ]


def varied(candidates: Sequence[Any], count: int) -> list[Any]:
    """So many exercises, each a little other than one of the library."""
    from dataclasses import replace

    chance = random.Random(7)
    made = []
    for number in range(count):
        row = candidates[number % len(candidates)]
        muscles = {muscle: round(seconds * chance.uniform(0.7, 1.3), 2) for muscle, seconds in row.muscles.items()}
        made.append(
            replace(row, slug=f"{row.slug}-{number}", seconds=row.seconds + chance.randint(-8, 12), muscles=muscles)
        )
    return made


def greedy(candidates: Sequence[Any], wishes: Any) -> float:
    """The points of taking what adds most for its seconds, as long as something fits and adds."""
    from warmups.domain.suggestions import points

    chosen: list[Any] = []
    left, total = wishes.seconds, 0.0
    while True:
        gains = [
            ((points([*chosen, row], wishes.run_kind).total - total) / row.seconds, row.slug, row)
            for row in candidates
            if row not in chosen and row.seconds <= left
        ]
        best = max(gains, default=(0.0, "", None))
        if best[0] <= 0:
            return total
        chosen.append(best[2])
        left -= best[2].seconds
        total = points(chosen, wishes.run_kind).total


def main(arguments: list[str]) -> int:
    """Measure and print the table. Exit status 1 if for the full library a choice was not proven to be the best."""
    parser = argparse.ArgumentParser(prog="dev.py bench suggester", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="the solver's limit (default 60)")
    options = parser.parse_args(arguments)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from warmups.domain.suggestion_solver import choose
    from warmups.domain.suggestions import Wishes, possible

    full = library()
    unproven = 0
    print("exercises minutes       kind  exact s proven greedy s  ratio    gap")
    for candidates in (full, varied(full, 1000)):
        for minutes in (3, 5, 8, 12):
            for kind in ("easy", "intervals"):
                wishes = Wishes(minutes, equipment=frozenset({"mini-band"}), run_kind=kind)
                allowed = possible(candidates, wishes)
                exact, choice = timed(lambda: choose(allowed, wishes, seconds=options.seconds))  # noqa: B023
                quick, points = timed(lambda: greedy(allowed, wishes))  # noqa: B023
                assert choice is not None
                unproven += candidates is full and not choice.proven_optimal
                gap = 1 - points / choice.objective
                print(
                    f"{len(candidates):>9} {minutes:>7} {kind:>10} {exact:>8.2f} {choice.proven_optimal!s:>6} "
                    f"{quick:>8.2f} {exact / quick:>6.1f} {gap:>6.1%}"
                )
    return 1 if unproven else 0
