"""Which exercises work a muscle, as its page tells it: by bands of published figures, then what nobody measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from warmups.domain.coverage import BANDS, weight
from warmups.models import Activation, Exercise, ExerciseMuscle


@dataclass(frozen=True)
class Measured:
    """An exercise and what was measured in it: the span over all studies in %MVIC ("42-81"), the sources in words."""

    exercise: Exercise
    span: str
    sources: str


@dataclass(frozen=True)
class Band:
    """The exercises of one band, in the order of their names: within a band the figures tell no rank."""

    key: str
    name: str | Promise
    percent: str
    exercises: list[Measured]


NAMES: dict[str, str | Promise] = {
    "very-high": gettext_lazy("Very high"),
    "high": gettext_lazy("High"),
    "moderate": gettext_lazy("Moderate"),
    "low": gettext_lazy("Low"),
}


def measured(figures: Iterable[Activation]) -> list[Band]:
    """Sort the exercises of one muscle's rankable figures into bands, the highest first; empty bands are left out.

    An exercise stands where coverage counts it (warmups/domain/coverage.py): each study says a band, and the middle
    one of the studies counts; of two middle ones, the lower. Nothing is averaged.
    """
    rows: dict[Exercise, list[Activation]] = defaultdict(list)
    for figure in figures:
        if _lowest(figure) is not None:
            rows[figure.exercise].append(figure)
    by_weight: dict[float, list[Measured]] = defaultdict(list)
    for exercise, found in sorted(rows.items(), key=lambda item: item[0].name):
        by_weight[_weight(found)].append(_measured(exercise, found))
    # From the top: a band is named by its weight, which rises with it.
    weights = sorted({share for _top, share in BANDS} | {weight(BANDS[-1][0] + 1)}, reverse=True)
    bands = zip(NAMES, weights, _percents(), strict=True)
    return [Band(key, NAMES[key], percent, by_weight[share]) for key, share, percent in bands if by_weight[share]]


def worked(rows: Iterable[ExerciseMuscle]) -> dict[str, list[Exercise]]:
    """Exercises by `primary` and `secondary`, each once, by name."""
    roles: dict[Exercise, str] = {}
    for row in rows:
        if roles.get(row.exercise) != "primary":
            roles[row.exercise] = row.role
    exercises = sorted(roles, key=lambda exercise: exercise.name)
    return {role: [exercise for exercise in exercises if roles[exercise] == role] for role in ("primary", "secondary")}


def _percents() -> list[str]:
    """What each band spans in %MVIC, from the top."""
    tops = [top for top, _share in BANDS]
    first = _("above %(percent)d") % {"percent": tops[-1]}
    others = [f"{low + 1 if low else 0}\N{EN DASH}{high}" for low, high in pairwise((0, *tops))]
    return [first, *reversed(others)]


def _weight(figures: Sequence[Activation]) -> float:
    """The weight of the band that counts."""
    studies: dict[Any, list[float]] = defaultdict(list)
    for figure in figures:
        lowest = _lowest(figure)
        if lowest is not None:
            studies[figure.study_id].append(weight(lowest))
    return median_low([median_low(weights) for weights in studies.values()])


def _lowest(figure: Activation) -> float | None:
    """What a figure counts by: its mean, and a range by its lower end."""
    value = figure.mean if figure.mean is not None else figure.low
    return None if value is None else float(value)


def _measured(exercise: Exercise, figures: Sequence[Activation]) -> Measured:
    return Measured(exercise=exercise, span=_span(figures), sources=_sources(figures))


def _span(figures: Sequence[Activation]) -> str:
    """From the least to the most that was found, without decimals, which the spread between people would not bear."""
    values = [round(value) for figure in figures for value in _told(figure)]
    low, high = min(values), max(values)
    if all(figure.mean is None and figure.high is None for figure in figures):
        return _("at least %(low)d") % {"low": low}
    return str(low) if low == high else f"{low}\N{EN DASH}{high}"


def _told(figure: Activation) -> list[Decimal]:
    """Its mean and the ends of its range, as far as they are told."""
    return [value for value in (figure.mean, figure.low, figure.high) if value is not None]


def _sources(figures: Sequence[Activation]) -> str:
    """How many studies, and whether we know their figures at second hand."""
    count = len({figure.study_id for figure in figures})
    studies = ngettext("%(count)d study", "%(count)d studies", count) % {"count": count}
    quoted = [figure.second_hand for figure in figures]
    if all(quoted):
        return _("%(studies)s, quoted at second hand") % {"studies": studies}
    if any(quoted):
        return _("%(studies)s, partly quoted at second hand") % {"studies": studies}
    return studies
