"""One's own log in numbers, fetched: what the log's page and the API tell of a span of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.domain.session_statistics import Prescribed, Statistics, Warmup, Worked, statistics
from plans.models import Run, RunAnswer, Session
from warmups.domain.coverage import measured_weights
from warmups.models import Activation, Exercise, ExerciseMuscle, Muscle, Step

SPANS: dict[str, tuple[int | None, str | Promise]] = {
    "4": (4, _("4 weeks")),
    "12": (12, _("12 weeks")),
    "52": (52, _("A year")),
    "all": (None, _("All")),
}
USUAL_SPAN = "12"
LAST_RUNS = 12
STEP_FIELDS = ("mode", "sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds", "seconds_per_rep")


@dataclass(frozen=True)
class Trends:
    """The statistics from `since` to `until`, with the names of the exercises and muscles in them by slug."""

    since: date
    until: date
    statistics: Statistics
    exercises: Mapping[str, str]
    muscles: Mapping[str, str]


@dataclass(frozen=True)
class LastRuns:
    """Of the last `count` runs, how many one warmed up before."""

    count: int
    warmed_up: int


def read_trends(*, athlete: User, weeks: int | None, now: datetime) -> Trends:
    """What the athlete's log says of the last `weeks` weeks (the current one included), or of all time.

    Days are those of the athlete's time zone. Costs six queries at most, however long the log.
    """
    zone = athlete.time_zone
    rows = Session.objects.kept().filter(athlete=athlete)
    today = now.astimezone(zone).date()
    since, until = date.min, date.max
    if weeks is not None:
        since, until = today - timedelta(days=today.weekday() + 7 * (weeks - 1)), today
        rows = rows.filter(started_at__gte=now - timedelta(weeks=weeks, days=2))
    asked = ("started_at", "outcome", "revision_id", "steps", "rpe", "pain", "readiness")
    found = list(rows.order_by().values(*asked))
    steps, slugs = _prescribed({row["revision_id"] for row in found if row["revision_id"]})
    warmups = [
        Warmup(
            day=row["started_at"].astimezone(zone).date(),
            outcome=row["outcome"],
            prescribed=steps.get(row["revision_id"], {}),
            noted=row["steps"],
            rpe=row["rpe"],
            pain=row["pain"],
            readiness=row["readiness"],
        )
        for row in found
    ]
    if weeks is None:
        days = [each.day for each in warmups]
        since, until = min([today, *days]), max([today, *days])
    slugs |= {step["swapped_for"] for row in found for step in row["steps"] if step.get("swapped_for")}
    worked, exercises, muscles = _worked(slugs)
    return Trends(since, until, statistics(warmups, worked, since=since, until=until), exercises, muscles)


def last_runs(*, athlete: User, now: datetime) -> LastRuns:
    """The athlete's last twelve runs that were not cancelled. Costs one query."""
    sessions = Session.objects.kept().filter(run=OuterRef("pk"), athlete=athlete)
    runs = Run.objects.planned().filter(athlete=athlete, starts_at__lte=now).order_by("-starts_at")
    said = RunAnswer.objects.filter(run=OuterRef("pk"), outcome__in=("done", "short"))
    warm = runs.annotate(warmed_up=Exists(sessions) | Exists(said))
    warmed_up = list(warm.values_list("warmed_up", flat=True)[:LAST_RUNS])
    return LastRuns(len(warmed_up), sum(warmed_up))


def _prescribed(revisions: Collection[int]) -> tuple[dict[int, dict[int, Prescribed]], set[str]]:
    """The steps of `revisions` by position, and the slugs of their exercises."""
    found: dict[int, dict[int, Prescribed]] = defaultdict(dict)
    slugs = set()
    rows = Step.objects.filter(revision__in=revisions).values("revision_id", "position", "exercise__slug", *STEP_FIELDS)
    for row in rows:
        dose = {name: row[name] for name in STEP_FIELDS}
        found[row["revision_id"]][row["position"]] = Prescribed(exercise=row["exercise__slug"], **dose)
        slugs.add(row["exercise__slug"])
    return found, slugs


def _worked(slugs: Iterable[str]) -> tuple[dict[str, Worked], dict[str, str], dict[str, str]]:
    """By slug what is known of exercises and what they are called; the names of all muscles in that."""
    rows = {
        pk: (slug, name) for pk, slug, name in Exercise.objects.filter(slug__in=slugs).values_list("pk", "slug", "name")
    }
    muscles: dict[int, set[str]] = defaultdict(set)
    for pk, muscle in ExerciseMuscle.objects.filter(exercise__in=rows).values_list("exercise_id", "muscle__slug"):
        muscles[pk].add(muscle)
    weights = measured_weights(Activation.objects.filter(exercise__in=rows, rankable=True).select_related("muscle"))
    worked = {slug: Worked(frozenset(muscles[pk]), weights.get(pk, {})) for pk, (slug, _name) in rows.items()}
    names = dict(Muscle.objects.values_list("slug", "name"))
    return worked, dict(rows.values()), names
