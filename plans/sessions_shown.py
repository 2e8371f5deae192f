"""The log's trends as its page shows them: charts with their tables, bars with their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.domain.session_statistics import Answers, Statistics, Stretch
from plans.session_charts import Chart, columns, ranges
from plans.session_trends import Trends

MUSCLES_AT_FIRST = 8


@dataclass(frozen=True)
class StretchRow:
    """A row of the table: when, and all that was counted then."""

    name: str
    stretch: Stretch
    minutes: str


@dataclass(frozen=True)
class MuscleBar:
    """A muscle with its weighted work in words, and in percent of the most worked one."""

    name: str
    words: str
    share: float


@dataclass(frozen=True)
class SideBar:
    """An exercise, and how often each side was the harder one, in percent of the most there was."""

    name: str
    left: int
    right: int
    left_share: float
    right_share: float

    @property
    def left_from(self) -> float:
        """Where the bar of the left begins, which grows towards the left."""
        return round(100 - self.left_share, 1)


@dataclass(frozen=True)
class Drawn:
    """A chart with what stands below its marks."""

    chart: Chart
    names: list[tuple[float, str]]


@dataclass(frozen=True)
class Question:
    """An answer over time: its chart, and the latest stretches' middle in words."""

    slug: str
    title: str
    words: str
    drawn: Drawn


@dataclass(frozen=True)
class TrendsShown:
    """All that the page shows of a span. `muscles`: most worked first; `unknown`: names without a figure."""

    statistics: Statistics
    minutes: str
    since: date
    until: date
    sessions: Drawn
    questions: list[Question]
    rows: list[StretchRow]
    first_column: str
    muscles: list[MuscleBar]
    further_muscles: list[MuscleBar]
    unknown: list[str]
    sides: list[SideBar]


def trends_shown(trends: Trends, *, pain_limit: int) -> TrendsShown:
    """Arrange what was read."""
    found = trends.statistics
    bars = _muscles(trends)
    return TrendsShown(
        statistics=found,
        minutes=minutes(found.seconds),
        since=trends.since,
        until=trends.until,
        sessions=_drawn(columns(found.stretches), found.unit),
        questions=_questions(found, pain_limit),
        rows=[StretchRow(_name(each, found.unit), each, minutes(each.seconds)) for each in reversed(found.stretches)],
        first_column={"week": _("Week from"), "month": _("Month"), "year": _("Year")}[found.unit],
        muscles=bars[:MUSCLES_AT_FIRST],
        further_muscles=bars[MUSCLES_AT_FIRST:],
        unknown=sorted(_muscle(trends, slug) for slug, seconds in found.muscles.items() if seconds is None),
        sides=_sides(trends),
    )


def minutes(seconds: int) -> str:
    """Seconds of work as one says them: "12 min", "under a minute"."""
    if 0 < seconds < 60:
        return _("under a minute")
    whole = round(seconds / 60)
    return ngettext("%(count)d min", "%(count)d min", whole) % {"count": whole}


def _questions(found: Statistics, pain_limit: int) -> list[Question]:
    asked = (
        ("effort", _("Effort"), 0, 10, None, [each.effort for each in found.stretches]),
        ("pain", _("Pain"), 0, 10, pain_limit, [each.pain for each in found.stretches]),
        ("readiness", _("Readiness"), 1, 5, None, [each.readiness for each in found.stretches]),
    )
    return [
        Question(
            slug,
            title,
            _range(answers),
            _drawn(ranges(found.stretches, answers, low=low, high=high, limit=limit), found.unit),
        )
        for slug, title, low, high, limit, answers in asked
        if any(answers)
    ]


def _range(answers: list[Answers | None]) -> str:
    """How many answers there are, and from where to where they go."""
    given = [each for each in answers if each]
    count, low, high = (
        sum(each.count for each in given),
        min(each.low for each in given),
        max(each.high for each in given),
    )
    if low == high:
        return ngettext("%(count)d answer: %(low)d", "%(count)d answers, all %(low)d", count) % {
            "count": count,
            "low": low,
        }
    return _("%(count)d answers, from %(low)d to %(high)d") % {"count": count, "low": low, "high": high}


def _drawn(chart: Chart, unit: str) -> Drawn:
    formats = {"week": _("j M"), "month": "M", "year": "y"}
    return Drawn(chart, [(each.x, date_format(each.stretch.first, formats[unit])) for each in chart.names])


def _name(stretch: Stretch, unit: str) -> str:
    return date_format(stretch.first, {"week": _("j M Y"), "month": "F Y", "year": "Y"}[unit])


def _muscle(trends: Trends, slug: str) -> str:
    return str(capfirst(trends.muscles.get(slug, slug)))


def _muscles(trends: Trends) -> list[MuscleBar]:
    known = [
        (seconds, _muscle(trends, slug)) for slug, seconds in trends.statistics.muscles.items() if seconds is not None
    ]
    most = max((seconds for seconds, _name in known), default=0)
    ordered = sorted(known, key=lambda each: (-each[0], each[1]))
    return [MuscleBar(name, minutes(seconds), round(100 * seconds / max(most, 1), 1)) for seconds, name in ordered]


def _sides(trends: Trends) -> list[SideBar]:
    rows = trends.statistics.sides
    most = max((max(each.left, each.right) for each in rows), default=1)
    return [
        SideBar(
            name=trends.exercises.get(each.exercise, each.exercise),
            left=each.left,
            right=each.right,
            left_share=round(100 * each.left / most, 1),
            right_share=round(100 * each.right / most, 1),
        )
        for each in rows
    ]
