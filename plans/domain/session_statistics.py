"""What a log of warm-ups adds up to: how often, for how long, for which muscles, how it felt. Values only.

Nothing here rates a person: no streaks and no targets. Effort (Borg CR10), pain (0-10 numeric rating) and readiness
(1-5) are ordinal scales, so a stretch of time is told by its median, lowest and highest answer, never by a mean. A
muscle's seconds are those of warmups.domain.coverage: work, weighted by the band of activity that studies measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median_low
from typing import Any

from warmups.domain.durations import work_seconds

OUTCOMES = ("done", "short", "partial")
# A count typed with a nought too many must not drown all the rest.
STEP_SECONDS_AT_MOST = 3600
WEEKS_AT_MOST = 16
MONTHS_AT_MOST = 36


@dataclass(frozen=True)
class Prescribed:
    """A step as it was prescribed: an exercise by slug and its dose (as warmups.domain.durations reads it)."""

    exercise: str
    mode: str
    sets: int
    reps: int | None = None
    hold_seconds: int | None = None
    metres: int | None = None
    sides: str | None = None
    rest_seconds: int = 0
    seconds_per_rep: Decimal | None = None


@dataclass(frozen=True)
class Warmup:
    """A session: its local day, what was prescribed by position, what was noted of it (a session's `steps`)."""

    day: date
    outcome: str = "done"
    prescribed: Mapping[int, Prescribed] = field(default_factory=dict)
    noted: Sequence[Mapping[str, Any]] = ()
    rpe: int | None = None
    pain: int | None = None
    readiness: int | None = None


@dataclass(frozen=True)
class Worked:
    """What is known of an exercise: the muscles it works, and the weight (0-1) of those that studies measured."""

    muscles: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """The answers to one question: how many, and the lowest, the middle (of two the lower) and the highest."""

    count: int
    low: int
    middle: int
    high: int


@dataclass(frozen=True)
class Stretch:
    """A week, month or year from `first` to `last`, both included."""

    first: date
    last: date
    sessions: Mapping[str, int]  # by outcome
    seconds: int  # of work
    effort: Answers | None
    pain: Answers | None
    readiness: Answers | None

    @property
    def count(self) -> int:
        """All its sessions."""
        return sum(self.sessions.values())


@dataclass(frozen=True)
class Sides:
    """How often which side of an exercise was noted as the harder one."""

    exercise: str
    left: int
    right: int


@dataclass(frozen=True)
class Statistics:
    """What some sessions add up to.

    unit: "week", "month" or "year", the length of each of `stretches`. muscles: weighted work seconds, None where no
    study tells how much. untold: sessions of which nobody knows what was done, left out of seconds and muscles.
    """

    unit: str
    stretches: list[Stretch]
    sessions: Mapping[str, int]
    seconds: int
    muscles: Mapping[str, int | None]
    sides: list[Sides]
    untold: int

    @property
    def count(self) -> int:
        """All sessions."""
        return sum(self.sessions.values())


def statistics(warmups: Iterable[Warmup], exercises: Mapping[str, Worked], *, since: date, until: date) -> Statistics:
    """Add up those of `warmups` from `since` to `until`, both included. Their order makes no difference.

    `exercises` by slug; one that is not there counts with its seconds, and for no muscle.
    """
    kept = [each for each in warmups if since <= each.day <= until]
    unit = unit_of(since, until)
    muscles, unknown = _muscles(kept, exercises)
    return Statistics(
        unit=unit,
        stretches=_stretches(kept, unit, since, until),
        sessions=_outcomes(kept),
        seconds=sum(map(seconds_done, kept)),
        muscles=dict.fromkeys(sorted(unknown - muscles.keys()))
        | {slug: round(muscles[slug]) for slug in sorted(muscles)},
        sides=_sides(kept),
        untold=sum(not told(each) for each in kept),
    )


def told(warmup: Warmup) -> bool:
    """Whether it is known what was done: something was noted of a step, or all of a known warm-up was done."""
    return bool(warmup.prescribed) and (bool(warmup.noted) or warmup.outcome == "done")


def work_done(warmup: Warmup) -> list[tuple[str, int]]:
    """The exercises done, by slug, each with its seconds of work.

    Without notes all of it was done, if the whole warm-up was. With notes only what they name was: skipped ones not,
    swapped ones as the other exercise in the same dose, and sets, reps, seconds and metres as noted (a set that was
    not finished does not count). Seconds: warmups.domain.durations.work_seconds of that, at most an hour a step.
    """
    if not told(warmup):
        return []
    if not warmup.noted:
        return [(step.exercise, _seconds(step)) for step in warmup.prescribed.values()]
    found = []
    for row in warmup.noted:
        step = warmup.prescribed.get(row["position"])
        if step is not None and not row.get("skipped"):
            found.append((row.get("swapped_for") or step.exercise, _seconds(_as_noted(step, row))))
    return found


def seconds_done(warmup: Warmup) -> int:
    """All its seconds of work."""
    return sum(seconds for _, seconds in work_done(warmup))


def unit_of(since: date, until: date) -> str:
    """The stretches in which so long a time reads well: weeks up to 16 of them, months up to 36, else years."""
    if (until - since).days < 7 * WEEKS_AT_MOST:
        return "week"
    months = 12 * (until.year - since.year) + until.month - since.month
    return "month" if months < MONTHS_AT_MOST else "year"


def _as_noted(step: Prescribed, row: Mapping[str, Any]) -> Prescribed:
    """The dose that was done: what the row says, else what was prescribed."""
    sets, reps, seconds, metres = (row.get(name) for name in ("sets_done", "reps_done", "seconds_done", "metres_done"))
    return replace(
        step,
        sets=step.sets if sets is None else sets,
        reps=step.reps if reps is None else reps,
        hold_seconds=step.hold_seconds if seconds is None else seconds,
        metres=step.metres if metres is None else metres,
    )


def _seconds(step: Prescribed) -> int:
    return min(work_seconds(step), STEP_SECONDS_AT_MOST)


def _muscles(warmups: Iterable[Warmup], exercises: Mapping[str, Worked]) -> tuple[dict[str, float], set[str]]:
    """Weighted seconds by muscle, and every muscle that the exercises done work."""
    seconds: dict[str, float] = defaultdict(float)
    worked: set[str] = set()
    for warmup in warmups:
        for slug, work in work_done(warmup):
            known = exercises.get(slug, Worked())
            if work:
                worked |= known.muscles
            for muscle, weight in known.weights.items():
                seconds[muscle] += work * weight
    return {muscle: value for muscle, value in seconds.items() if value}, worked


def _sides(warmups: Iterable[Warmup]) -> list[Sides]:
    """By exercise, the most often noted first."""
    noted: dict[str, dict[str, int]] = defaultdict(lambda: {"left": 0, "right": 0})
    for warmup in warmups:
        for row in warmup.noted:
            step, side = warmup.prescribed.get(row["position"]), row.get("harder_side")
            if step is not None and side in ("left", "right") and not row.get("skipped"):
                noted[row.get("swapped_for") or step.exercise][side] += 1
    found = [Sides(slug, **counts) for slug, counts in noted.items()]
    return sorted(found, key=lambda each: (-each.left - each.right, each.exercise))


def _outcomes(warmups: Iterable[Warmup]) -> dict[str, int]:
    counts = dict.fromkeys(OUTCOMES, 0)
    for warmup in warmups:
        counts[warmup.outcome] += 1
    return counts


def _stretches(warmups: Sequence[Warmup], unit: str, since: date, until: date) -> list[Stretch]:
    """All stretches from that of `since` to that of `until`, empty ones too."""
    by_first: dict[date, list[Warmup]] = defaultdict(list)
    for warmup in warmups:
        by_first[_first(warmup.day, unit)].append(warmup)
    found, first = [], _first(since, unit)
    while first <= until:
        following = _following(first, unit)
        rows = by_first[first]
        found.append(
            Stretch(
                first=first,
                last=following - timedelta(days=1),
                sessions=_outcomes(rows),
                seconds=sum(map(seconds_done, rows)),
                effort=_answers(rows, lambda row: row.rpe),
                pain=_answers(rows, lambda row: row.pain),
                readiness=_answers(rows, lambda row: row.readiness),
            )
        )
        first = following
    return found


def _first(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day.replace(month=1, day=1)


def _following(first: date, unit: str) -> date:
    if unit == "week":
        return first + timedelta(days=7)
    if unit == "month" and first.month < 12:
        return first.replace(month=first.month + 1)
    return date(first.year + 1, 1, 1)


def _answers(warmups: Iterable[Warmup], question: Callable[[Warmup], int | None]) -> Answers | None:
    given = [answer for answer in map(question, warmups) if answer is not None]
    return Answers(len(given), min(given), median_low(given), max(given)) if given else None
