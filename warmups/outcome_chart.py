"""Results of trials, reviews and gait studies as sentences and, where they are ratios, as marks around 1.

templates/warmups/evidence.html draws it. Places on a scale are in percent of its width. A ratio of 2 lies as far from 1
as one of 1/2, so the scale is a logarithm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from math import log

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from warmups.evidence_chart import Line, Tick
from warmups.models import Outcome

Topic = Outcome.Topic

# What the rows of a topic say together. It leans on them alone, and leaves the numbers to them.
SUMMARIES: dict[str, str | Promise] = {
    Topic.INJURY: gettext_lazy(
        "In one trial, supervised hip-and-core exercises before runs went with fewer injuries in new runners. It ran "
        "for months: a single warm-up was not tested, and we could not see its exact exercises. In the same trial "
        "ankle-and-foot exercises did not protect, and went with more sudden injuries; how many more is very uncertain."
    ),
    Topic.GLUTEAL: gettext_lazy(
        "Easy gluteal exercises right before an effort gave mixed results: more jump power than no warm-up in one "
        "study, no dependable gain in sprints, jumps or lifts in the others, and in one of those lower jumps for "
        "some minutes. None of them looked at distance running."
    ),
    Topic.WARM_UP: gettext_lazy(
        "Warming up at all helps most of the tasks that were measured. That does not say which exercise does it."
    ),
    Topic.STRETCHING: gettext_lazy(
        "Stretching in motion went with a small gain. Holding a stretch still cost a little right after it, and more "
        "from a minute on. After shorter holds, nothing clear was left of that once movement followed."
    ),
    Topic.PLYOMETRIC: gettext_lazy(
        "Daily hopping went with better running economy at the two faster of three speeds, after weeks of it. That is "
        "training, not a warm-up."
    ),
    Topic.NEUROMUSCULAR: gettext_lazy(
        "Whole warm-up programmes of team sports went with fewer leg injuries. Whether that carries over to runners, "
        "these rows do not tell."
    ),
    Topic.GAIT: gettext_lazy(
        "The gluteus maximus works more in running than in walking, and in a computer model of runners the "
        "gluteus medius made the largest peak force of the hip muscles. A pelvis that drops more goes with being "
        "injured, seen looking back, which does not show what causes what. One study found less activity in the "
        "gluteus maximus with short hip flexors; a later one did not."
    ),
    Topic.REHABILITATION: gettext_lazy(
        "Weak hip abductors have not been shown to cause injuries: runners with ITB syndrome were weaker in one study "
        "and not in another. For pain around the kneecap, training hip and knee helped more than nothing, and more "
        "than training the knee alone. That is rehabilitation, not a warm-up."
    ),
}
ICONS: dict[str, str] = {
    Outcome.Direction.FOR: "thumbs-up",
    Outcome.Direction.AGAINST: "thumbs-down",
    Outcome.Direction.NONE: "equal",
    Outcome.Direction.MIXED: "shuffle",
    Outcome.Direction.UNCLEAR: "circle-question-mark",
    Outcome.Direction.HIGHER: "arrow-up",
    Outcome.Direction.HIGHER_IN_RUNNING: "arrow-up",
    Outcome.Direction.LOWER: "arrow-down",
    Outcome.Direction.LOWER_AFTER: "arrow-down",
    Outcome.Direction.ASSOCIATION: "link",
}
SIGNS = {"": "=", "<=": "≤", ">=": "≥"}
SHORTEST_SCALE = (0.25, 4.0)
TICKS = (0.125, 0.25, 0.5, 1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Mark:
    """A ratio and its 95 % interval."""

    place: float
    interval: Line


@dataclass(frozen=True)
class Result:
    """One row: its effect in words, an icon for who does better, and its mark (None: no ratio with an interval)."""

    outcome: Outcome
    effect: str
    details: list[str]
    icon: str
    mark: Mark | None


@dataclass(frozen=True)
class TopicResults:
    """The rows of a topic and what they say together."""

    slug: str
    name: str
    summary: str | Promise
    results: list[Result]

    @property
    def any_mark(self) -> bool:
        """Whether a scale belongs over its rows."""
        return any(result.mark for result in self.results)


@dataclass(frozen=True)
class Outcomes:
    """All rows by topic, and the numerals of the one scale of ratios with the place of its 1."""

    topics: list[TopicResults]
    ticks: list[Tick]
    even: float


def outcomes(rows: Iterable[Outcome]) -> Outcomes:
    """Arrange results by topic, in the order of the topics."""
    order = {slug: place for place, slug in enumerate(Topic.values)}
    ordered = sorted(rows, key=lambda row: (order.get(row.topic, len(order)), row.topic, row.code))
    ratios = [float(value) for row in ordered if _is_drawn(row) for value in (row.ci_low, row.ci_high) if value]
    low, high = min([SHORTEST_SCALE[0], *ratios]) * 0.9, max([SHORTEST_SCALE[1], *ratios]) * 1.1
    topics = [
        TopicResults(
            slug=slug,
            name=str(dict(Topic.choices).get(slug, slug)),
            summary=SUMMARIES.get(slug, ""),
            results=[_result(row, low, high) for row in group],
        )
        for slug, group in groupby(ordered, key=lambda row: row.topic)
    ]
    ticks = [Tick(value, _place(value, low, high)) for value in TICKS if low <= value <= high]
    return Outcomes(topics, ticks, even=_place(1, low, high))


def _is_drawn(row: Outcome) -> bool:
    """Whether it is a ratio whose interval is known."""
    numbers = (row.ci_low, row.value, row.ci_high)
    return row.measure.endswith("ratio") and all(number is not None and number > 0 for number in numbers)


def _result(row: Outcome, low: float, high: float) -> Result:
    mark = None
    if _is_drawn(row):
        start, place, end = (_place(float(value or 1), low, high) for value in (row.ci_low, row.value, row.ci_high))
        mark = Mark(place, Line(start, round(end - start, 2)))
    return Result(row, effect=effect(row), details=_details(row), icon=ICONS.get(row.direction, "info"), mark=mark)


def _place(value: float, low: float, high: float) -> float:
    return round(100 * log(value / low) / log(high / low), 2)


def effect(row: Outcome) -> str:
    """Its number as it was printed, with what it is; a p alone where that is all that is known."""
    parts = []
    if row.value is not None:
        parts.append(_said(row.measure, number(row.value)))
    if row.ci_low is not None and row.ci_high is not None:
        parts.append(
            _("95\u00a0%% interval %(low)s to %(high)s") % {"low": number(row.ci_low), "high": number(row.ci_high)}
        )
    if row.p:
        parts.append(_probability(row.p))
    return ", ".join(parts)


def _probability(printed: str) -> str:
    """A p as it was printed: p < 0.05."""
    sign = printed[: len(printed) - len(printed.lstrip("<>="))]
    return f"p {SIGNS.get(sign, sign)} {printed[len(sign) :].strip()}"


def _said(measure: str, value: str) -> str:
    """A value with the name of its measure."""
    if measure == "percent change":
        return _("Change of %(value)s\u00a0%%") % {"value": value}
    if measure == "percent of criteria":
        return _("%(value)s\u00a0%% of the criteria") % {"value": value}
    return capfirst(f"{measure} {value}".strip())


def number(value: Decimal) -> str:
    """A number without the zeros that the database adds, with a real minus."""
    return str(number_format(Decimal(f"{value.normalize():f}"))).replace("-", "\N{MINUS SIGN}")


def _details(row: Outcome) -> list[str]:
    people = ngettext("%(n)d person", "%(n)d people", row.n) % {"n": row.n} if row.n else ""
    return [detail for detail in (row.timing, people) if detail]
