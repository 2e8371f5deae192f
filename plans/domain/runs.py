"""Runs: schedule, change, cancel, restore; one athlete's, or everyone's of a squad's series.

Whoever adds runs for a squad's athletes, and whoever joins or leaves it, takes the squad's row lock first: so nobody
who joins while a date is being planned is left without it. Then come the runs, in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.assignments import clean_note, usable_revision
from plans.domain.local_time import instant
from plans.models import Assignment, Membership, Run, RunKind, Series, Squad
from plans.models.runs import Plan
from plans.models.squads import Role
from plans.querysets import PLANNERS, athletes_of
from warmups.models import Routine

SCOPES = ("this", "date", "following", "all")
MINUTES = range(1, 1441)
METRES = range(1, 1_000_001)
PLACE_LENGTH = 120
NOTE_LENGTH = 500
YEARS_BACK = 10
YEARS_AHEAD = 5

# The columns that a series hands down to its runs.
COLUMNS = (
    "kind",
    "local_date",
    "local_time",
    "time_zone",
    "planned_minutes",
    "planned_metres",
    "place",
    "note",
    "starts_at",
)


@transaction.atomic
def schedule_run(
    *,
    athlete: User,
    actor: User,
    now: datetime,
    kind: str,
    local_start: datetime,
    time_zone: ZoneInfo | None = None,
    planned_minutes: int | None = None,
    planned_metres: int | None = None,
    place: str = "",
    note: str = "",
    squad: Squad | None = None,
) -> Run:
    """Plan one run of one athlete; `local_start` is wall time without a zone, in the squad's or the athlete's zone.

    Raises PermissionDenied where `actor` neither is nor coaches the athlete; ValidationError for a field, and for a day
    before the athlete joined, whose runs `actor` does not see.
    """
    if athlete != actor and not athletes_of(actor, *PLANNERS).filter(person=athlete).exists():
        raise PermissionDenied
    if squad:
        _lock(squad)
        if not _athletes(squad).filter(person=athlete).exists():
            raise ValidationError({"athlete": _("Choose an athlete of this squad.")})
    plan = {
        "kind": kind,
        "local_start": local_start,
        "time_zone": time_zone or (squad or athlete).time_zone,
        "planned_minutes": planned_minutes,
        "planned_metres": planned_metres,
        "place": place,
        "note": note,
    }
    run = Run.objects.create(athlete=athlete, squad=squad, created_by=actor, created_at=now, **_clean(plan, now=now))
    _check_in_sight([run], actor)
    _record("schedule", actor=actor, plan=run, now=now, after=_recorded(run, plan) | {"athlete": athlete.pk})
    reminders.derive(run_ids=[run.pk], now=now)
    return run


@transaction.atomic
def schedule_for_squad(
    *,
    squad: Squad,
    actor: User,
    now: datetime,
    kind: str,
    local_start: datetime,
    time_zone: ZoneInfo | None = None,
    planned_minutes: int | None = None,
    planned_metres: int | None = None,
    place: str = "",
    note: str = "",
    routine: Routine | None = None,
    routine_note: str = "",
) -> Series:
    """Plan one date for a squad: a series with a run for each athlete who is in it on that day, `routine` given to all.

    Raises ValidationError for a field.
    """
    squad = _lock(squad)
    plan = {
        "kind": kind,
        "local_start": local_start,
        "time_zone": time_zone or squad.time_zone,
        "planned_minutes": planned_minutes,
        "planned_metres": planned_metres,
        "place": place,
        "note": note,
    }
    columns = _clean(plan, now=now)
    if routine:
        routine = usable_revision(routine, actor).routine
    series = Series.objects.create(
        squad=squad,
        routine=routine,
        routine_note=clean_note(routine_note),
        created_by=actor,
        created_at=now,
        **columns,
    )
    runs = _make_runs([(series, athlete) for athlete in _athletes_on(series)], now=now)
    after = _recorded(series, plan) | {"squad": squad.slug, "runs": len(runs)}
    _record("schedule", actor=actor, plan=series, now=now, after=after)
    reminders.derive(run_ids=[run.pk for run in runs], now=now)
    return series


@transaction.atomic
def change_run(*, run: Run, actor: User, now: datetime, changes: dict[str, Any], scope: str = "this") -> list[Run]:
    """Change kind, local_start, time_zone, planned_minutes, planned_metres, place or note; returns what was changed.

    `scope` "this" is this run; "date", "following" and "all" are everyone's of its series, which has one date. A None
    clears; without a zone it is the squad's, else the athlete's. Raises ValidationError for a field, PermissionDenied
    for an athlete who would change others' runs.
    """
    series = series_in_scope(run=run, actor=actor, scope=scope)
    if "time_zone" in changes and changes["time_zone"] is None:
        changes = changes | {"time_zone": (run.squad or run.athlete).time_zone}
    plan: Run | Series
    if series:
        plan, runs = series, _runs_in_reach(series, actor)
    else:
        plan = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
        runs = [plan]
    before = _recorded(plan, changes)
    columns = _clean(changes, now=now, plan=plan)
    _write(plan, columns)
    if series:
        # Who moved their own run alone is in step with the series again, in what is changed here.
        for each in runs:
            _set(each, columns)
        Run.objects.filter(pk__in=[each.pk for each in runs]).update(**columns)
    _check_in_sight(runs, actor)
    after = _recorded(plan, changes)
    if series or after != before:
        _record("change", actor=actor, plan=plan, now=now, before=before, after=after)
        reminders.derive(run_ids=[each.pk for each in runs], now=now)
    return runs


@transaction.atomic
def cancel_run(*, run: Run, actor: User, now: datetime, scope: str = "this") -> list[Run]:
    """Cancel this run, or with another scope everyone's of its series; returns those that were planned until now.

    Raises as `change_run`.
    """
    series = series_in_scope(run=run, actor=actor, scope=scope)
    if series:
        runs = [each for each in _runs_in_reach(series, actor) if each.status == Run.Status.PLANNED]
        _write(series, {"cancelled_at": now})
    else:
        runs = list(Run.objects.planned().select_for_update(no_key=True).filter(pk=run.pk))
    _set_status(runs, Run.Status.CANCELLED)
    if series or runs:
        _record("cancel", actor=actor, plan=series or run, now=now)
        reminders.derive(run_ids=[each.pk for each in runs], now=now)
    return runs


@transaction.atomic
def restore_run(*, run: Run, actor: User, now: datetime, scope: str = "this") -> list[Run]:
    """Plan a cancelled run again, or with another scope everyone's of its series, who joined meanwhile included.

    Returns the runs that are planned again. Raises as `change_run`, and ValidationError for a squad's run whose athlete
    left the squad.
    """
    series = series_in_scope(run=run, actor=actor, scope=scope)
    if series:
        runs = [each for each in _runs_in_reach(series, actor) if each.status == Run.Status.CANCELLED]
        _write(series, {"cancelled_at": None})
        there = set(series.runs.values_list("athlete_id", flat=True))
        new = _make_runs([(series, athlete) for athlete in _athletes_on(series) if athlete not in there], now=now)
    else:
        if run.squad and not _athletes(_lock(run.squad)).filter(person=run.athlete_id).exists():
            raise ValidationError({"status": _("This run belongs to a squad that its athlete has left.")})
        cancelled = Run.objects.filter(status=Run.Status.CANCELLED)
        runs = list(cancelled.select_for_update(no_key=True).filter(pk=run.pk))
        new = []
    _set_status(runs, Run.Status.PLANNED)
    runs += new
    if series or runs:
        _record("restore", actor=actor, plan=series or run, now=now)
        reminders.derive(run_ids=[each.pk for each in runs], now=now)
    return runs


@transaction.atomic
def give_squads_runs(*, membership: Membership, now: datetime) -> int:
    """Give a joining athlete the squad's coming runs, with what was assigned to everyone's; returns how many."""
    squad = _lock(membership.squad)
    coming = squad.series.filter(cancelled_at=None, starts_at__gt=now).select_related("routine__current")
    runs = _make_runs([(series, membership.person_id) for series in coming], now=now)
    if runs:
        record(
            actor=membership.person,
            action="membership.runs-given",
            target=membership,
            now=now,
            after={"runs": [run.pk for run in runs]},
        )
    _derive_coming(membership, now)
    return len(runs)


@transaction.atomic
def take_squads_runs(*, membership: Membership, now: datetime) -> int:
    """Cancel the squad's runs not yet begun of an athlete who leaves; returns how many.

    What coaches gave the athlete's own coming runs stays, and is the athlete's to change once no coach is left.
    """
    _lock(membership.squad)
    coming = Run.objects.filter(athlete=membership.person_id, starts_at__gt=now)
    runs = list(coming.planned().filter(squad=membership.squad_id).select_for_update(no_key=True).order_by("pk"))
    _set_status(runs, Run.Status.CANCELLED)
    others = Membership.objects.active().filter(person=membership.person_id, role=Role.ATHLETE)
    if not others.exclude(pk=membership.pk).exists():
        Assignment.objects.filter(run__in=coming.values("pk")).update(by_coach=False)
    if runs:
        record(
            actor=None,
            action="membership.runs-taken",
            target=membership,
            now=now,
            before={"runs": [run.pk for run in runs]},
        )
    _derive_coming(membership, now)
    return len(runs)


def series_in_scope(*, run: Run, actor: User, scope: str) -> Series | None:
    """The series that `scope` means beyond this run, its squad locked until the transaction ends; None: this run alone.

    Raises ValidationError for an unknown scope, PermissionDenied where `actor` does not coach the series' squad.
    """
    if scope not in SCOPES:
        raise ValidationError({"scope": _("Choose this, date, following or all.")})
    if scope == "this" or run.series_id is None:
        return None
    related = Series.objects.select_related("squad", "routine__current")
    series = related.editable_by(actor).filter(pk=run.series_id).first()
    if series is None:
        raise PermissionDenied
    _lock(series.squad)
    series.refresh_from_db()
    return series


def _lock(squad: Squad) -> Squad:
    return Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)


def _athletes(squad: Squad) -> QuerySet[Membership]:
    return squad.memberships.active().filter(role=Role.ATHLETE)


def _athletes_on(series: Series) -> list[int]:
    """Keys of the squad's athletes who were in it on the day of `series`: for others the coach would not see it."""
    memberships = _athletes(series.squad).filter(sees_from__lte=series.starts_at)
    return list(memberships.values_list("person_id", flat=True))


def _runs_in_reach(series: Series, actor: User) -> list[Run]:
    """The runs of a series that `actor` plans for as a coach, locked: not those of athletes who left."""
    runs = Run.objects.coached_by(actor).filter(series=series)
    return list(runs.select_for_update(no_key=True).order_by("pk"))


def _make_runs(pairs: Iterable[tuple[Series, int]], *, now: datetime) -> list[Run]:
    """A run of each series for each athlete beside it, with the series' routine.

    Who was in the squad before has the run already, cancelled: it is planned again, as the series is now.
    """
    runs = Run.objects.bulk_create(
        [
            Run(
                series=series,
                squad_id=series.squad_id,
                athlete_id=athlete,
                created_by_id=series.created_by_id,
                created_at=now,
                **{column: getattr(series, column) for column in COLUMNS},
            )
            for series, athlete in pairs
        ],
        update_conflicts=True,
        unique_fields=["series", "athlete"],
        update_fields=[*COLUMNS, "status"],
    )
    Assignment.objects.bulk_create(
        [
            Assignment(
                run=run,
                revision=revision,
                note=series.routine_note,
                by_coach=True,
                assigned_by_id=series.created_by_id,
                assigned_at=now,
            )
            for run in runs
            if (series := run.series) and series.routine and (revision := series.routine.current)
        ],
        update_conflicts=True,
        unique_fields=["run"],
        update_fields=["revision", "note", "by_coach", "assigned_by", "assigned_at"],
    )
    return runs


def _set_status(runs: list[Run], status: str) -> None:
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(status=status)
    for run in runs:
        run.status = status


def _set(plan: Plan, columns: dict[str, Any]) -> None:
    for column, value in columns.items():
        setattr(plan, column, value)


def _write(plan: Plan, columns: dict[str, Any]) -> None:
    _set(plan, columns)
    plan.save(update_fields=list(columns))


def _derive_coming(membership: Membership, now: datetime) -> None:
    """All of the athlete's coming runs: the squad's, and those outside any, which take their default from squads."""
    coming = Run.objects.filter(athlete=membership.person_id, starts_at__gt=now)
    reminders.derive(run_ids=list(coming.values_list("pk", flat=True)), now=now)


def _check_in_sight(runs: list[Run], actor: User) -> None:
    """That `actor` still sees what they planned: for an athlete whom they coach, from the day of joining on."""
    if Run.objects.editable_by(actor).filter(pk__in=[run.pk for run in runs]).count() < len(runs):
        raise ValidationError({"local_start": _("Choose a date from the day on that the athlete joined the squad.")})


def _record(
    deed: str,
    *,
    actor: User,
    plan: Run | Series,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    kind = "series" if isinstance(plan, Series) else "run"
    record(actor=actor, action=f"{kind}.{deed}", target=plan, now=now, before=before, after=after)


def _recorded(plan: Plan, fields: Iterable[str]) -> dict[str, Any]:
    """The plan's values of `fields` for the record, which holds no notes."""
    return {field: _plain(getattr(plan, field)) for field in fields if field != "note"}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


def _clean(values: dict[str, Any], *, now: datetime, plan: Plan | None = None) -> dict[str, Any]:
    """The columns that `values`, fields of a new plan or changes of `plan`, call for; the instant is derived here.

    Raises ValidationError with every field that is wrong.
    """
    columns: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for field, value in values.items():
        try:
            columns[field] = CHECKS[field](value)
        except ValidationError as error:
            errors[field] = error
    if plan and values.keys() & {"local_start", "time_zone"}:
        # All that makes the instant, so that a series' runs that were moved alone stay true when only one part changes.
        columns = {"local_start": plan.local_start, "time_zone": plan.time_zone} | columns
    if columns.keys() >= {"local_start", "time_zone"}:
        local, zone = columns.pop("local_start"), columns["time_zone"]
        if "local_start" in values:
            errors |= _out_of_reach(local, zone, now)
        if not errors:
            columns |= {"local_date": local.date(), "local_time": local.time(), "starts_at": instant(local, zone)}
    if errors:
        raise ValidationError(errors)
    return columns


def _out_of_reach(local: datetime, zone: ZoneInfo, now: datetime) -> dict[str, ValidationError]:
    """What to say of a date that is not from ten years back to five ahead; before its instant, which has an end too."""
    today = now.astimezone(zone).date()
    first, last = _years_from(today, -YEARS_BACK), _years_from(today, YEARS_AHEAD)
    if first <= local.date() <= last:
        return {}
    sentence = _("Choose a date from %(first)s to %(last)s.") % {"first": first.isoformat(), "last": last.isoformat()}
    return {"local_start": ValidationError(sentence)}


def _years_from(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _kind(value: Any) -> str:
    if value not in RunKind.values:
        raise ValidationError(_("Choose one of: %(kinds)s.") % {"kinds": ", ".join(RunKind.values)})
    return str(value)


def _local_start(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise ValidationError(_("Give a date and a time."))
    if value.tzinfo:
        raise ValidationError(_("Give the local time without an offset; the time zone has its own field."))
    return value.replace(microsecond=0, fold=0)


def _time_zone(value: Any) -> ZoneInfo:
    if not isinstance(value, ZoneInfo):
        raise ValidationError(_("Choose a time zone, for example Europe/Berlin."))
    return value


def _whole_number(allowed: range) -> Callable[[Any], int | None]:
    def check(value: Any) -> int | None:
        if value is not None and (isinstance(value, bool) or value not in allowed):
            raise ValidationError(
                _("Choose a whole number from %(least)d to %(most)d.") % {"least": allowed[0], "most": allowed[-1]}
            )
        return value

    return check


def _line(length: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        value = (value or "").replace("\r\n", "\n").strip()
        if len(value) > length or "\x00" in value:
            raise ValidationError(_("Use at most %(most)d plain characters.") % {"most": length})
        return str(value)

    return check


CHECKS: dict[str, Callable[[Any], Any]] = {
    "kind": _kind,
    "local_start": _local_start,
    "time_zone": _time_zone,
    "planned_minutes": _whole_number(MINUTES),
    "planned_metres": _whole_number(METRES),
    "place": _line(PLACE_LENGTH),
    "note": _line(NOTE_LENGTH),
}
