"""Published figures as a picture: one muscle a chart, one figure a row, never averaged across studies.

templates/warmups/_evidence.html draws it. Places on a scale are in percent of its width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from warmups.domain import coverage
from warmups.models import Activation, Exercise, GlutealIndex, Muscle, Study

GRID = tuple(top for top, _share in coverage.BANDS)  # where the bands end, in %MVIC
STRONGEST = 100  # the muscle's own strongest contraction
SHORTEST_SCALE = 120
BANDS = (gettext_lazy("low"), gettext_lazy("moderate"), gettext_lazy("high"), gettext_lazy("very high"))

LEVELS: dict[str, str | Promise] = {
    "A": gettext_lazy(
        "The buttock muscles were measured in this exercise by three studies, or by two and a systematic review, "
        "without heavy loads."
    ),
    "B": gettext_lazy("At least one study measured a muscle in this exercise."),
    "C": gettext_lazy("Only a close variant was measured, or only the direction of the effect is known."),
    "D": gettext_lazy("Coaching practice. We found no study that measured this exercise."),
}

# The words of the data, as people say them. What is not here is shown as it stands.
STATISTICS: dict[str, str | Promise] = {
    "mean": gettext_lazy("mean"),
    "median": gettext_lazy("median"),
    "peak": gettext_lazy("peak"),
    "mean of peaks": gettext_lazy("mean of the peaks"),
    "pooled mean": gettext_lazy("mean that a review pooled"),
    "range": gettext_lazy("range across studies"),
    "range over cited studies": gettext_lazy("range of the studies that a review cites"),
    "range over segments": gettext_lazy("range over parts of the muscle"),
    "group range": gettext_lazy("range of several exercises"),
    "threshold (at least)": gettext_lazy("threshold that the source names"),
    "single cited study": gettext_lazy("one study that a review cites"),
    "highest single study": gettext_lazy("the highest of several studies"),
}
LOADS: dict[str, str | Promise] = {
    "bodyweight": "",
    "band": gettext_lazy("with a band"),
    "isometric": gettext_lazy("pushing without moving"),
    "external": gettext_lazy("with added weight"),
    "mixed": gettext_lazy("with mixed loads"),
    "unspecified": gettext_lazy("load not stated"),
}
SEGMENTS: dict[str, str | Promise] = {
    "anterior": gettext_lazy("front part"),
    "middle": gettext_lazy("middle part"),
    "posterior": gettext_lazy("back part"),
    "upper": gettext_lazy("upper part"),
    "lower": gettext_lazy("lower part"),
}
ELECTRODES: dict[str, str | Promise] = {
    Study.Electrodes.SURFACE: gettext_lazy("electrodes on the skin"),
    Study.Electrodes.FINE_WIRE: gettext_lazy("fine wires"),
    "": gettext_lazy("electrodes mixed or not stated"),
}


@dataclass(frozen=True)
class Line:
    """A piece of the scale: where it begins, and how long it is."""

    start: float
    length: float

    @property
    def end(self) -> float:
        """Where it ends."""
        return round(self.start + self.length, 2)


@dataclass(frozen=True)
class Bar:
    """One figure, in words and as marks: its mean, ± SD, its range, or the floor of an "at least" (None: not told)."""

    figure: Activation
    words: str
    band: str | Promise
    details: list[str]
    mean: float | None
    deviation: Line | None
    span: Line | None
    floor: float | None

    @property
    def fine_wire(self) -> bool:
        """Whether wires in the muscle measured it, which hear less of its neighbours."""
        return self.figure.study.electrodes == Study.Electrodes.FINE_WIRE


@dataclass(frozen=True)
class MuscleChart:
    """The figures of one muscle: `bars` may order exercises, `context` (other loads, ranges, variants) may not."""

    muscle: Muscle
    bars: list[Bar]
    context: list[Bar]
    summary: str


@dataclass(frozen=True)
class Band:
    """A band of the scale: its word, where it lies, and where the middle of it is."""

    name: str | Promise
    line: Line
    middle: float


@dataclass(frozen=True)
class Tick:
    """A numeral of the scale and its place."""

    value: float
    place: float


@dataclass(frozen=True)
class Source:
    """A study behind the figures, and in which other texts those of second hand were read."""

    study: Study
    read_in: list[str]


@dataclass(frozen=True)
class IndexMark:
    """An exercise on the line of the gluteal index."""

    index: GlutealIndex
    words: str
    place: float
    here: bool


@dataclass(frozen=True)
class Evidence:
    """All charts of an exercise on one scale that ends at `top` %MVIC, and the studies behind them."""

    charts: list[MuscleChart]
    top: int
    ticks: list[Tick]
    bands: list[Band]
    indices: list[IndexMark]
    sources: list[Source]
    any_second_hand: bool

    @property
    def marks(self) -> set[str]:
        """The kinds of marks that its charts have, for the legend."""
        bars = [bar for chart in self.charts for bar in (*chart.bars, *chart.context)]
        kinds = {
            "quoted": lambda bar: bar.figure.second_hand,
            "wire": lambda bar: bar.fine_wire and bar.mean is not None,
            "deviation": lambda bar: bar.deviation is not None,
            "span": lambda bar: bar.span is not None,
            "floor": lambda bar: bar.floor is not None,
        }
        return {kind for kind, is_one in kinds.items() if any(map(is_one, bars))}


def evidence(
    figures: Iterable[Activation], *, indices: Iterable[IndexMark] = (), first: Sequence[str] = ()
) -> Evidence:
    """Draw an exercise's figures; the muscles of `first` (slugs) come first, in that order."""
    order = {slug: place for place, slug in enumerate(first)}
    rows = sorted(
        figures, key=lambda row: (order.get(row.muscle.slug, len(order)), row.muscle.slug, row.study.slug, row.code)
    )
    highest = max((_highest(row) for row in rows), default=0.0)
    top = max(SHORTEST_SCALE, int(-(-highest // 20) * 20))
    charts = [_chart(list(group), top) for _slug, group in groupby(rows, key=lambda row: row.muscle.slug)]
    # A muscle with figures that may be compared comes before one with context only.
    charts.sort(key=lambda chart: not chart.bars)
    marks = list(indices)
    return Evidence(
        charts=charts,
        top=top,
        ticks=[Tick(value, _place(value, top)) for value in (0, *GRID, STRONGEST)],
        bands=_bands(top),
        indices=marks,
        sources=_sources(rows, marks),
        any_second_hand=any(row.second_hand for row in rows),
    )


def index_marks(indices: Iterable[GlutealIndex], *, exercise: Exercise) -> list[IndexMark]:
    """The gluteal indices of a study on one line, highest first; `here` is this exercise's own."""
    rows = sorted(indices, key=lambda row: (-row.value, row.code))
    top = max((float(row.value) for row in rows), default=0.0) or 1.0
    return [
        IndexMark(
            index=row, words=whole(row.value), place=_place(float(row.value), top), here=row.exercise_id == exercise.pk
        )
        for row in rows
    ]


def words(row: Activation) -> str:
    """The figure without decimals, which its spread between people would not bear."""
    if row.mean is not None and row.sd is not None:
        said = _("%(mean)s ± %(sd)s %%MVIC") % {"mean": whole(row.mean), "sd": whole(row.sd)}
    elif row.mean is not None:
        said = _("%(mean)s %%MVIC") % {"mean": whole(row.mean)}
    elif row.low is None or row.high is None:
        return _at_least(row.low) if row.high is None else _at_most(row.high)
    else:
        return _("%(low)s to %(high)s %%MVIC") % {"low": whole(row.low), "high": whole(row.high)}
    if row.low is None or row.high is None:
        return said
    span = _("(%(low)s to %(high)s)") % {"low": whole(row.low), "high": whole(row.high)}
    return f"{said} {span}"


def band(value: Decimal | float) -> str | Promise:
    """The word for a %MVIC: low, moderate, high or very high."""
    return BANDS[sum(value > end for end in GRID)]


def whole(value: Decimal | None) -> str:
    """A number without decimals."""
    return str(round(value or 0))


def _at_least(value: Decimal | None) -> str:
    return _("at least %(low)s %%MVIC") % {"low": whole(value)}


def _at_most(value: Decimal | None) -> str:
    return _("at most %(high)s %%MVIC") % {"high": whole(value)}


def _highest(row: Activation) -> float:
    with_deviation = (row.mean or 0) + (row.sd or 0)
    return float(max(with_deviation, row.high or 0, row.low or 0))


def _place(value: float, top: float) -> float:
    return round(100 * min(max(value, 0.0), top) / top, 2)


def _line(low: float, high: float, top: float) -> Line:
    start = _place(low, top)
    return Line(start, round(_place(high, top) - start, 2))


def _bands(top: int) -> list[Band]:
    lines = [_line(low, high, top) for low, high in pairwise((0, *GRID, top))]
    return [
        Band(name, line, middle=round(line.start + line.length / 2, 2)) for name, line in zip(BANDS, lines, strict=True)
    ]


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
    floors = [row.low for row in rows if row.mean is None and row.high is None and row.low is not None]
    if len(rows) < 2 or not values:
        return ""
    studies = len({row.study_id for row in rows})
    if floors and max(floors) == max(values):  # nobody knows where the span ends
        said = ngettext(
            "at least %(low)s %%MVIC in %(studies)d study", "at least %(low)s %%MVIC in %(studies)d studies", studies
        )
    else:
        said = ngettext(
            "%(low)s to %(high)s %%MVIC in %(studies)d study",
            "%(low)s to %(high)s %%MVIC in %(studies)d studies",
            studies,
        )
    return said % {"low": whole(min(values)), "high": whole(max(values)), "studies": studies}


def _bar(row: Activation, top: int) -> Bar:
    mean = None if row.mean is None else float(row.mean)
    low, high = (None if value is None else float(value) for value in (row.low, row.high))
    deviation = None
    if mean is not None and row.sd is not None:
        deviation = _line(mean - float(row.sd), mean + float(row.sd), top)
    return Bar(
        figure=row,
        words=words(row),
        band="" if row.mean is None else band(row.mean),
        details=_details(row),
        mean=None if mean is None else _place(mean, top),
        deviation=deviation,
        span=_line(low or 0.0, high, top) if high is not None else None,
        floor=_place(low, top) if low is not None and high is None and mean is None else None,
    )


def _details(row: Activation) -> list[str]:
    """Variant, part of the muscle, load, statistic, method and number of people: what tells figures apart."""
    people = ngettext("%(n)d person", "%(n)d people", row.n) % {"n": row.n} if row.n else ""
    details = (
        row.variant,
        SEGMENTS.get(row.segment, row.segment),
        LOADS.get(row.load, row.load),
        STATISTICS.get(row.statistic, row.statistic),
        ELECTRODES.get(row.study.electrodes, ""),
        people,
    )
    return [str(detail) for detail in details if detail]


def _sources(rows: list[Activation], marks: list[IndexMark]) -> list[Source]:
    """Each study once, by its citation."""
    studies = {row.study_id: row.study for row in rows} | {mark.index.study_id: mark.index.study for mark in marks}
    read_in: dict[int, list[str]] = {key: [] for key in studies}
    for row in rows:
        if row.second_hand and row.locator and row.locator not in read_in[row.study_id]:
            read_in[row.study_id].append(row.locator)
    by_citation = sorted(studies.values(), key=lambda study: (study.citation.casefold(), study.slug))
    return [Source(study, read_in[study.pk]) for study in by_citation]
