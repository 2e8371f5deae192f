"""Published figures as bars: one muscle a group, one figure a bar, never averaged across studies.

templates/warmups/_evidence.html draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from warmups.models import Activation, Muscle, Study

# Where the usual bands of this literature end, in %MVIC (warmups/domain/coverage.py weighs with the same).
GRID = (20, 40, 60)
SHORTEST_SCALE = 120

LEVELS: dict[str, str | Promise] = {
    "A": gettext_lazy(
        "Level A: the buttock muscles were measured in this exercise by three studies, or by two and a systematic "
        "review, without heavy loads."
    ),
    "B": gettext_lazy("Level B: at least one study measured a muscle in this exercise."),
    "C": gettext_lazy("Level C: only a close variant was measured, or only the direction of the effect is known."),
    "D": gettext_lazy("Level D: coaching practice. We found no study that measured this exercise."),
}


@dataclass(frozen=True)
class Bar:
    """One figure: from, mean and to on the scale (None: not told), and the words for those who read."""

    figure: Activation
    words: str
    low: float | None
    mean: float | None
    high: float | None
    details: list[str]


@dataclass(frozen=True)
class MuscleChart:
    """The figures of one muscle: `bars` may order exercises, `context` (other loads, ranges, variants) may not."""

    muscle: Muscle
    bars: list[Bar]
    context: list[Bar]
    summary: str


@dataclass(frozen=True)
class Band:
    """A band of the scale: its word, and where that stands in percent of the width."""

    name: str | Promise
    x: float


@dataclass(frozen=True)
class Evidence:
    """All charts of an exercise on one scale that ends at `top` %MVIC, and the studies behind them."""

    charts: list[MuscleChart]
    top: int
    grid: Sequence[int]
    bands: list[Band]
    studies: list[Study]
    any_second_hand: bool


def evidence(figures: Iterable[Activation], *, first: Sequence[str] = ()) -> Evidence:
    """Draw an exercise's figures; the muscles of `first` (slugs) come first, in that order."""
    order = {slug: place for place, slug in enumerate(first)}
    rows = sorted(
        figures, key=lambda row: (order.get(row.muscle.slug, len(order)), row.muscle.slug, row.study.slug, row.code)
    )
    highest = max((float(row.high or (row.mean or 0) + (row.sd or 0)) for row in rows), default=0.0)
    top = max(SHORTEST_SCALE, int(-(-highest // 20) * 20))
    charts = [_chart(list(group), top) for _slug, group in groupby(rows, key=lambda row: row.muscle.slug)]
    # A muscle with figures that may be compared comes before one with context only.
    charts.sort(key=lambda chart: not chart.bars)
    studies = {row.study.slug: row.study for row in rows}
    return Evidence(
        charts=charts,
        top=top,
        grid=GRID,
        bands=_bands(top),
        studies=[studies[slug] for slug in sorted(studies)],
        any_second_hand=any(row.second_hand for row in rows),
    )


def _bands(top: int) -> list[Band]:
    names = (_("low"), _("moderate"), _("high"), _("very high"))
    spans = pairwise((0, *GRID, top))
    return [Band(name, x=round(50 * (low + high) / top, 2)) for name, (low, high) in zip(names, spans, strict=True)]


def _chart(rows: list[Activation], top: int) -> MuscleChart:
    comparable = [row for row in rows if row.rankable]
    return MuscleChart(
        muscle=rows[0].muscle,
        bars=[_bar(row, top) for row in comparable],
        context=[_bar(row, top) for row in rows if not row.rankable],
        summary=_summary(comparable),
    )


def _summary(rows: list[Activation]) -> str:
    """The span of what studies found, and how many they are; one figure needs no summary."""
    values = [value for row in rows for value in (row.mean, row.low, row.high) if value is not None]
    if len(rows) < 2 or not values:
        return ""
    studies = len({row.study_id for row in rows})
    words = ngettext(
        "%(low)s to %(high)s %%MVIC in %(studies)d study",
        "%(low)s to %(high)s %%MVIC in %(studies)d studies",
        studies,
    )
    return words % {"low": _whole(min(values)), "high": _whole(max(values)), "studies": studies}


def _bar(row: Activation, top: int) -> Bar:
    mean = None if row.mean is None else float(row.mean)
    low, high = (None if value is None else float(value) for value in (row.low, row.high))
    if low is None and mean is not None and row.sd is not None:
        low, high = mean - float(row.sd), mean + float(row.sd)
    elif low is not None and high is None and mean is None:
        high = float(top)  # a floor: at least this
    return Bar(
        figure=row,
        words=_words(row),
        low=None if low is None else max(0.0, low),
        mean=mean,
        high=None if high is None else min(float(top), high),
        details=_details(row),
    )


def _words(row: Activation) -> str:
    """The figure without decimals, which its spread between people would not bear."""
    if row.mean is not None and row.sd is not None:
        return _("%(mean)s ± %(sd)s %%MVIC") % {"mean": _whole(row.mean), "sd": _whole(row.sd)}
    if row.mean is not None:
        return _("%(mean)s %%MVIC") % {"mean": _whole(row.mean)}
    if row.high is None:
        return _("at least %(low)s %%MVIC") % {"low": _whole(row.low)}
    return _("%(low)s to %(high)s %%MVIC") % {"low": _whole(row.low), "high": _whole(row.high)}


def _details(row: Activation) -> list[str]:
    """Variant, part of the muscle, statistic and number of people: what tells one figure from another."""
    people = ngettext("%(n)d person", "%(n)d people", row.n) % {"n": row.n} if row.n else ""
    segment = _("%(segment)s part") % {"segment": row.segment} if row.segment else ""
    return [detail for detail in (row.variant, segment, row.statistic, people) if detail]


def _whole(value: Decimal | None) -> str:
    return str(round(value or 0))
