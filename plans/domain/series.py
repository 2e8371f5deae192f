"""Series: the rule that makes dates, the dates' runs, and which of them a deed reaches.

A series' dates are rows up to eight weeks ahead; a task fills them as time goes by. Whoever adds runs for a squad's
athletes, and whoever joins or leaves it, takes the squad's row lock first, then the series': so nobody who joins while
a date is being planned is left without it, and two who fill the same series make each date once. Then come the runs,
in the order of their keys.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.local_time import instant
from plans.domain.plan_fields import COLUMNS, FIELDS
from plans.domain.recurrence import days, last_day
from plans.models import Assignment, Membership, Occurrence, Run, Series, Squad, StandingAssignment
from plans.models.runs import Dated
from plans.models.squads import Role
from plans.querysets import RunQuerySet

logger = logging.getLogger(__name__)

HORIZON = timedelta(weeks=8)
SCOPES = ("this", "date", "following", "all")
ROWS_AT_ONCE = 2000  # of one INSERT


# --- What a deed reaches --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Reach:
    """What a scope means beyond one run: `occurrences` of `series` by day, `pivot` the date of the run at hand.

    `scope` is "date", "following" or "all"; a series without a rule has one date, whatever was asked for. Runs that
    started by `begun_until`, as one moved ahead alone may have, stay as they were.
    """

    series: Series
    pivot: Occurrence
    scope: str
    occurrences: list[Occurrence]
    begun_until: datetime | None

    @property
    def whole(self) -> bool:
        """Whether the series itself changes, and not one of its dates alone."""
        return self.scope != "date" or not self.series.rule


def reach(*, run: Run | Occurrence, actor: User, scope: str, now: datetime) -> Reach | None:
    """What `scope` reaches, squad and series locked until the transaction ends; None: this run alone.

    From here on, and all, are the dates to come: what has begun stays as it was. In place of a run its date may be
    given, which may have no run yet; "this" is then the date. Raises ValidationError for an unknown scope,
    PermissionDenied for a series that `actor` may not change.
    """
    if scope not in SCOPES:
        raise ValidationError({"scope": _("Choose this, date, following or all.")})
    occurrence_id = run.pk if isinstance(run, Occurrence) else run.occurrence_id
    if occurrence_id is None or (scope == "this" and isinstance(run, Run)):
        return None
    series = Series.objects.editable_by(actor).filter(occurrences=occurrence_id).first()
    if series is None:
        raise PermissionDenied
    series = lock_series(series.pk)
    # What was read before the wait for the lock may be old: a move counts from where the run is now.
    run.refresh_from_db(fields=[*COLUMNS, "by_hand"])
    pivot = series.occurrences.get(pk=occurrence_id)
    if not series.rule or scope in ("this", "date"):
        return Reach(series, pivot, "date", [pivot], None)
    coming = series.occurrences.filter(starts_at__gt=now, off_rule=False).order_by("day")
    if scope == "following":
        coming = coming.filter(day__gte=pivot.day)
    return Reach(series, pivot, scope, list(coming), now)


def may_reach(run: Run, actor: User) -> tuple[str, ...]:
    """The scopes that mean something for `run` and that `actor` may use; "this" is always among them."""
    series = Series.objects.editable_by(actor).filter(pk=run.series_id).first() if run.series_id else None
    if series is None:
        return ("this",)
    date_scope = () if series.athlete_id else ("date",)
    return ("this", *date_scope, *(("following", "all") if series.rule else ()))


def runs_in_reach(occurrences: Collection[Occurrence], reached: Reach, actor: User) -> RunQuerySet:
    """Runs of these dates that `actor` plans: not those of athletes who left, nor from before they joined."""
    series = reached.series
    runs = Run.objects.editable_by(actor).filter(occurrence__in=[each.pk for each in occurrences])
    if reached.begun_until:
        runs = runs.filter(starts_at__gt=reached.begun_until)
    if series.squad_id and not series.athlete_id:
        runs = runs.filter(athlete__in=athletes_in(series.squad_id).values("person_id"))
    return runs


def lock_squad(squad_id: int) -> Squad:
    """The squad, its row locked until the transaction ends."""
    return Squad.objects.select_for_update(no_key=True).get(pk=squad_id)


def lock_series(series_id: int) -> Series:
    """The series with its squad, both locked until the transaction ends, the squad first."""
    squad_id = Series.objects.values_list("squad_id", flat=True).get(pk=series_id)
    squad = lock_squad(squad_id) if squad_id else None
    series = Series.objects.select_for_update(no_key=True).get(pk=series_id)
    series.squad = squad
    return series


def athletes_in(squad_id: int) -> QuerySet[Membership]:
    """The active memberships of a squad's athletes."""
    return Membership.objects.active().filter(squad=squad_id, role=Role.ATHLETE)


# --- Making dates and runs ------------------------------------------------------------------------------------------
@transaction.atomic
def fill_series(*, series_id: int, now: datetime, rested: bool = False) -> int:
    """Make the dates of a series that came into sight; returns how many runs these have. Twice changes nothing.

    `rested` as for `fill`.
    """
    return len(fill(lock_series(series_id), now=now, rested=rested))


def extend_series(*, now: datetime) -> int:
    """Fill every series up to eight weeks ahead, each in a transaction of its own; returns how many runs were made.

    Safe to run twice, also at once. One that fails is logged and does not keep the others waiting.
    """
    ahead = (now + HORIZON).date()  # a zone may be a day off: then it is filled with the next round
    due = (
        Series.objects.filter(ended_on=None, made_until__lt=ahead).exclude(rule="").exclude(squad__archived_at__lt=now)
    )
    made = 0
    for series_id in due.order_by("pk").values_list("pk", flat=True):
        try:
            made += fill_series(series_id=series_id, now=now)
        except Exception:
            logger.exception("Series %s could not be filled", series_id)
    return made


def fill(series: Series, *, now: datetime, rested: bool = False) -> list[Run]:
    """The same for a series that is locked: makes its dates after `made_until`; returns the runs.

    `rested`: it was ended, or its squad archived; what fell due meanwhile did not take place and is not made.
    """
    if series.ended_on is not None or (series.squad and series.squad.archived_at):
        return []
    until = horizon(series, now)
    if series.made_until >= until:
        return []
    on = days(series.rule, series.local_date, until=until, after=series.made_until)
    new = [occurrence_on(series, day) for day in on]
    made = add_occurrences([each for each in new if not rested or each.starts_at > now], now=now)
    end = last_day(series.rule, series.local_date)
    series.made_until = date.max if end and end <= until else until
    series.save(update_fields=["made_until"])
    return made


def horizon(series: Series, now: datetime) -> date:
    """The day up to which a series has its dates: eight weeks from today; of one that begins later, from then."""
    ahead = now.astimezone(series.time_zone).date() + HORIZON
    return ahead if series.local_date <= ahead else series.local_date + HORIZON


def add_dates(series: Series, on: Iterable[date], *, now: datetime) -> list[Run]:
    """Dates of a locked series on these days, as the series is now, with a run for each who is to have one.

    From the series' end on they are cancelled, until it goes on.
    """
    new = [occurrence_on(series, day) for day in on]
    end = series.ended_on or date.max
    over = [each for each in new if each.day >= end]
    made = add_occurrences([each for each in new if each.day < end], now=now)
    off = [run.pk for run in add_occurrences(over, now=now)]
    Occurrence.objects.filter(pk__in=[each.pk for each in over]).update(cancelled_at=now)
    if off:
        set_status(Run.objects.filter(pk__in=off), Run.Status.CANCELLED)
        reminders.derive(run_ids=off, now=now)
    return made


def add_occurrences(occurrences: Sequence[Occurrence], *, now: datetime) -> list[Run]:
    """Save new dates, of series of one squad or of one athlete, with their runs; returns these."""
    if not occurrences:
        return []
    Occurrence.objects.bulk_create(occurrences, batch_size=ROWS_AT_ONCE)
    athletes = _athletes_of(occurrences[0].series)
    return make_runs(
        [
            (occurrence, athlete)
            for occurrence in occurrences
            for athlete, since in athletes
            if since is None or since <= occurrence.starts_at
        ],
        now=now,
    )


def occurrence_on(series: Series, day: date) -> Occurrence:
    """A date of a series on `day`, as the series is now; not saved."""
    columns = {column: getattr(series, column) for column in COLUMNS if column not in ("local_date", "starts_at")}
    occurrence = Occurrence(
        series=series, day=day, local_date=day, routine=series.routine, routine_note=series.routine_note, **columns
    )
    occurrence.starts_at = instant(occurrence.local_start, occurrence.time_zone)
    return occurrence


def _athletes_of(series: Series) -> list[tuple[int, datetime | None]]:
    """Who gets the runs of `series`, and from which instant on: before it a coach would not see them."""
    if series.athlete_id is None:
        return list(athletes_in(series.squad_id).values_list("person_id", "sees_from"))  # type: ignore[arg-type]
    if series.squad_id and not athletes_in(series.squad_id).filter(person=series.athlete_id).exists():
        return []
    return [(series.athlete_id, None)]


def make_runs(pairs: Sequence[tuple[Occurrence, int]], *, now: datetime) -> list[Run]:
    """A run on each date for the athlete beside it, with what was assigned to everyone's; their reminders too.

    Who was in the squad before has the run already, cancelled: it is planned again, as the date is now.
    """
    runs = Run.objects.bulk_create(
        [
            Run(
                occurrence=occurrence,
                series=occurrence.series,
                squad_id=occurrence.series.squad_id,
                athlete_id=athlete,
                created_by_id=occurrence.series.created_by_id,
                created_at=now,
                **{column: getattr(occurrence, column) for column in COLUMNS},
            )
            for occurrence, athlete in pairs
        ],
        batch_size=ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["occurrence", "athlete"],
        update_fields=[*COLUMNS, "status", "by_hand"],
    )
    given = [
        Assignment(
            run=run,
            revision=revision,
            note=occurrence.routine_note,
            by_coach=occurrence.series.athlete_id is None or occurrence.series.created_by_id != run.athlete_id,
            assigned_by_id=occurrence.series.created_by_id,
            assigned_at=now,
        )
        for run, (occurrence, _athlete) in zip(runs, pairs, strict=True)
        if occurrence.routine and (revision := occurrence.routine.current)
    ]
    Assignment.objects.bulk_create(
        given,
        batch_size=ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["run"],
        update_fields=["revision", "note", "by_coach", "assigned_by", "assigned_at"],
    )
    reminders.derive_new(runs, now=now)
    return runs


# --- Changing many at once ------------------------------------------------------------------------------------------
class Target(NamedTuple):
    """What a series' change makes of one date: its day by the rule from now on."""

    occurrence: Occurrence
    day: date


@dataclass(frozen=True)
class Change:
    """A change of a series' dates: the named `fields`, whose values `template` holds, the series as it is to be."""

    fields: frozenset[str]
    template: Series

    def columns(self, plan: Dated, day: date, kept: Collection[str]) -> dict[str, Any]:
        """What of `plan`, on `day` by the rule, becomes different: not what was changed by hand (`kept`)."""
        fields = self.fields - set(kept)
        columns = {
            field: getattr(self.template, field) for field in FIELDS if field in fields and field != "local_start"
        }
        if "local_start" in fields:
            columns |= {"local_date": day, "local_time": self.template.local_time}
        if fields & {"local_start", "time_zone"}:
            wall = datetime.combine(
                columns.get("local_date", plan.local_date),
                columns.get("local_time", plan.local_time),
            )
            columns["starts_at"] = instant(wall, columns.get("time_zone", plan.time_zone))
        return columns


def rewrite(targets: Sequence[Target], change: Change, runs: RunQuerySet) -> None:
    """Carry `change` out on these dates and on those of their `runs`, each but for what was changed there by hand."""
    columns = [
        (target, change.columns(target.occurrence, target.day, target.occurrence.kept_fields)) for target in targets
    ]
    if any(target.day != target.occurrence.day for target in targets):
        # A day is taken once, and the database looks at each row by itself: out of each other's way first.
        for number, target in enumerate(targets):
            target.occurrence.day = date.min + timedelta(days=number)
        Occurrence.objects.bulk_update([target.occurrence for target in targets], ["day"])
    for target, new in columns:
        target.occurrence.day = target.day
        for column, value in new.items():
            setattr(target.occurrence, column, value)
        if new:
            touched = runs.filter(occurrence=target.occurrence, by_hand="")
            Run.objects.filter(pk__in=touched.values("pk")).update(**new, sequence=F("sequence") + 1)
    Occurrence.objects.bulk_update([target.occurrence for target in targets], ["day", *COLUMNS])
    _rewrite_by_hand(columns, change, runs)


def _rewrite_by_hand(columns: Sequence[tuple[Target, dict[str, Any]]], change: Change, runs: RunQuerySet) -> None:
    on = {target.occurrence.pk: target for target, _new in columns}
    alone = list(runs.filter(occurrence__in=on).exclude(by_hand=""))
    for run in alone:
        target = on[run.occurrence_id]  # type: ignore[index]
        kept = run.kept_fields | target.occurrence.kept_fields
        for column, value in change.columns(run, target.day, kept).items():
            setattr(run, column, value)
        run.sequence += 1
    Run.objects.bulk_update(alone, [*COLUMNS, "sequence"], batch_size=ROWS_AT_ONCE)


class Match(NamedTuple):
    """How the dates of a changed rule come out of the old ones: `moved`, `new` days, and those `left` over."""

    moved: list[Target]
    new: list[date]
    left: list[Occurrence]


def match(old: Sequence[Occurrence], wanted: Sequence[date]) -> Match:
    """Which date becomes which: the same day stays, then in order within a week, so that what it holds goes along."""
    there = {occurrence.day: occurrence for occurrence in old}
    moved = [Target(there[day], day) for day in wanted if day in there]
    new = [day for day in wanted if day not in there]
    left = [occurrence for occurrence in old if occurrence.day not in set(wanted)]
    for day in list(new):
        same_week = (each for each in left if each.day.isocalendar()[:2] == day.isocalendar()[:2])
        occurrence = next(same_week, None)
        if occurrence:
            moved.append(Target(occurrence, day))
            left.remove(occurrence)
            new.remove(day)
    return Match(sorted(moved, key=lambda target: target.day), new, left)


# --- Who joins and who leaves ---------------------------------------------------------------------------------------
@transaction.atomic
def give_squads_runs(*, membership: Membership, now: datetime) -> int:
    """Give a joining athlete the squad's coming runs, with what was assigned to everyone's; returns how many."""
    squad = lock_squad(membership.squad_id)
    coming = Occurrence.objects.on().filter(series__squad=squad, series__athlete=None, starts_at__gt=now)
    coming = coming.select_related("series", "routine__current")
    runs = make_runs([(occurrence, membership.person_id) for occurrence in coming], now=now)
    if runs:
        record(
            actor=membership.person,
            action="membership.runs-given",
            target=membership,
            now=now,
            after={"runs": [run.pk for run in runs]},
        )
    reminders.derive_athletes(athletes=[membership.person_id], now=now)
    return len(runs)


@transaction.atomic
def take_squads_runs(*, membership: Membership, now: datetime) -> int:
    """Cancel the squad's runs not yet begun of an athlete who leaves, and end their own series in it.

    Returns how many runs. What coaches gave the athlete's own coming runs, and their rules for the athlete, stay, and
    are the athlete's to change once no coach is left.
    """
    lock_squad(membership.squad_id)
    person = membership.person_id
    coming = Run.objects.filter(athlete=person, starts_at__gt=now)
    runs = list(coming.planned().filter(squad=membership.squad_id).select_for_update(no_key=True).order_by("pk"))
    set_status(Run.objects.filter(pk__in=[run.pk for run in runs]), Run.Status.CANCELLED)
    theirs = Series.objects.filter(athlete=person, squad=membership.squad_id, ended_on=None)
    Occurrence.objects.on().filter(series__in=theirs.values("pk"), starts_at__gt=now).update(cancelled_at=now)
    theirs.update(ended_on=now.date())
    others = Membership.objects.active().filter(person=person, role=Role.ATHLETE).exclude(pk=membership.pk)
    if not others.exists():
        Assignment.objects.filter(run__in=coming.values("pk")).update(by_coach=False)
        StandingAssignment.objects.filter(athlete=person).update(by_coach=False)
    if runs:
        record(
            actor=None,
            action="membership.runs-taken",
            target=membership,
            now=now,
            before={"runs": [run.pk for run in runs]},
        )
    reminders.derive_athletes(athletes=[person], now=now)
    return len(runs)


def set_status(runs: RunQuerySet, status: str) -> None:
    """Cancel runs, or plan them again."""
    runs.update(status=status, sequence=F("sequence") + 1)
