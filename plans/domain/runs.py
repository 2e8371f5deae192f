"""Runs: schedule, change, cancel, restore; one athlete's, or everyone's of a series' date, or of the whole series."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.assignments import clean_note, usable_revision
from plans.domain.local_time import instant
from plans.domain.plan_fields import (
    COLUMNS,
    COLUMNS_OF,
    FIELDS,
    METRES,
    MINUTES,
    NOTE_LENGTH,
    PLACE_LENGTH,
    YEARS_AHEAD,
    YEARS_BACK,
    clean,
    recorded,
)
from plans.domain.recurrence import clean_rule, days, first_day, last_day, shifted
from plans.domain.series import (
    SCOPES,
    Change,
    Reach,
    Target,
    add_dates,
    add_occurrences,
    athletes_in,
    fill,
    horizon,
    lock_squad,
    make_runs,
    match,
    may_reach,
    occurrence_on,
    reach,
    rewrite,
    runs_in_reach,
    set_status,
)
from plans.models import Occurrence, Run, Series, Squad
from plans.models.runs import Dated
from plans.querysets import PLANNERS, RunQuerySet, athletes_of
from warmups.models import Routine

__all__ = [
    "METRES",
    "MINUTES",
    "NOTE_LENGTH",
    "PLACE_LENGTH",
    "SCOPES",
    "YEARS_AHEAD",
    "YEARS_BACK",
    "cancel_run",
    "change_run",
    "may_reach",
    "restore_run",
    "schedule_dates",
    "schedule_for_athlete",
    "schedule_for_squad",
    "schedule_run",
]


# --- Planning -------------------------------------------------------------------------------------------------------
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
    _check_may_plan_for(athlete, actor, squad)
    plan = {
        "kind": kind,
        "local_start": local_start,
        "time_zone": time_zone or (squad or athlete).time_zone,
        "planned_minutes": planned_minutes,
        "planned_metres": planned_metres,
        "place": place,
        "note": note,
    }
    run = Run.objects.create(athlete=athlete, squad=squad, created_by=actor, created_at=now, **clean(plan, now=now))
    _check_in_sight([run], actor)
    _record("schedule", actor=actor, plan=run, now=now, after=recorded(run, plan) | {"athlete": athlete.pk})
    reminders.derive_new([run], now=now)
    return run


@transaction.atomic
def schedule_for_squad(
    *, squad: Squad, actor: User, now: datetime, routine: Routine | None = None, routine_note: str = "", **plan: Any
) -> Series:
    """Plan a date for everyone in a squad, or with a `rule` many: a series with a run for each athlete on each date.

    `plan` has the fields of `schedule_run` and `rule`, an RRULE whose dates begin at `local_start` or after it. Who
    joined after a date has no run on it. `routine` is given to all. Raises ValidationError for a field.
    """
    series = _new_series(plan, zone=squad.time_zone, actor=actor, now=now, routine=routine, routine_note=routine_note)
    series.squad = lock_squad(squad.pk)
    return _start(series, actor=actor, now=now)


@transaction.atomic
def schedule_for_athlete(
    *,
    athlete: User,
    actor: User,
    now: datetime,
    squad: Squad | None = None,
    routine: Routine | None = None,
    routine_note: str = "",
    **plan: Any,
) -> Series:
    """Plan runs of one athlete by a `rule`: a series of their own, in the squad's zone and lead time if one is named.

    Raises as `schedule_run` and `schedule_for_squad`.
    """
    _check_may_plan_for(athlete, actor, squad)
    zone = (squad or athlete).time_zone
    series = _new_series(plan, zone=zone, actor=actor, now=now, routine=routine, routine_note=routine_note)
    series.squad, series.athlete = squad, athlete
    return _start(series, actor=actor, now=now)


@transaction.atomic
def schedule_dates(*, squad: Squad, actor: User, now: datetime, plans: Sequence[dict[str, Any]]) -> list[Series]:
    """Plan many single dates for everyone in a squad at once, all or none; returns their series, in the same order.

    Each of `plans` is what `schedule_for_squad` takes, without a rule. Raises ValidationError for a field; of several
    plans with faults, the first one's.
    """
    squad = lock_squad(squad.pk)
    made = [_new_series(dict(plan) | {"rule": ""}, zone=squad.time_zone, actor=actor, now=now) for plan in plans]
    for series in made:
        series.squad, series.made_until = squad, date.max
    Series.objects.bulk_create(made)
    runs = add_occurrences([occurrence_on(series, series.local_date) for series in made], now=now)
    after = {"series": [series.pk for series in made], "runs": len(runs)}
    record(actor=actor, action="squad.schedule", target=squad, now=now, after=after)
    return made


def _new_series(
    plan: dict[str, Any],
    *,
    zone: ZoneInfo,
    actor: User,
    now: datetime,
    routine: Routine | None = None,
    routine_note: str = "",
) -> Series:
    """A series as `plan` describes it, not saved. Raises ValidationError for its fields, the rule's among them."""
    routine, routine_note = plan.pop("routine", routine), plan.pop("routine_note", routine_note)
    text = plan.pop("rule", "")
    plan = {"planned_minutes": None, "planned_metres": None, "place": "", "note": ""} | plan
    plan["time_zone"] = plan.get("time_zone") or zone
    columns = clean(plan, now=now)
    rule = _clean_rule(text, datetime.combine(columns["local_date"], columns["local_time"]))
    columns |= {"local_date": first_day(rule, columns["local_date"])}
    del columns["starts_at"]
    if routine:
        routine = usable_revision(routine, actor).routine
    return Series(
        rule=rule,
        made_until=columns["local_date"] - timedelta(days=1),
        routine=routine,
        routine_note=clean_note(routine_note),
        created_by=actor,
        created_at=now,
        **columns,
    )


def _start(series: Series, *, actor: User, now: datetime) -> Series:
    series.save(force_insert=True)
    runs = fill(series, now=now)
    if series.athlete_id:
        _check_in_sight(runs, actor)
    after = recorded(series, FIELDS) | {"rule": series.rule, "runs": len(runs)}
    if series.squad:
        after["squad"] = series.squad.slug
    if series.athlete_id:
        after["athlete"] = series.athlete_id
    _record("schedule", actor=actor, plan=series, now=now, after=after)
    return series


def _check_may_plan_for(athlete: User, actor: User, squad: Squad | None) -> None:
    if athlete != actor and not athletes_of(actor, *PLANNERS).filter(person=athlete).exists():
        raise PermissionDenied
    if squad:
        lock_squad(squad.pk)
        if not athletes_in(squad.pk).filter(person=athlete).exists():
            raise ValidationError({"athlete": _("Choose an athlete of this squad.")})


# --- Changing -------------------------------------------------------------------------------------------------------
@transaction.atomic
def change_run(
    *, run: Run | Occurrence, actor: User, now: datetime, changes: dict[str, Any], scope: str = "this"
) -> list[Run]:
    """Change kind, local_start, time_zone, planned_minutes, planned_metres, place, note; returns the runs it reached.

    `scope` "this" is this run; "date" everyone's of its date, whatever was changed there by hand; "following" and "all"
    are the series' dates to come, from this one on or all of them, each but for what was changed there by hand; there
    `rule` may be changed too. Moving the start by some days moves each of them by as many. A None clears; without a
    zone it is the squad's, else the athlete's.

    Raises ValidationError for a field, PermissionDenied for an athlete who would change others' runs.
    """
    reached = reach(run=run, actor=actor, scope=scope, now=now)
    if "time_zone" in changes and changes["time_zone"] is None:
        changes = changes | {"time_zone": _usual_zone(run.series if isinstance(run, Occurrence) else run)}
    if reached and reached.scope != "date":
        return _change_series(reached, run, changes, actor=actor, now=now)
    if changes.get("rule"):
        raise ValidationError({"rule": _("How it repeats is changed from here on, or for the whole series.")})
    changes = {field: value for field, value in changes.items() if field != "rule"}
    if reached:
        return _change_date(reached, changes, actor=actor, now=now)
    row = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    before = recorded(row, changes)
    columns = clean(changes, now=now, plan=row)
    different = {field for field in changes if any(getattr(row, each) != columns[each] for each in COLUMNS_OF[field])}
    _set(row, columns)
    row.sequence += bool(different)
    if row.occurrence_id:
        _keep(row, different)
    row.save(update_fields=[*columns, "sequence", "by_hand"])
    _check_in_sight([row], actor)
    after = recorded(row, changes)
    if after != before:
        _record("change", actor=actor, plan=row, now=now, before=before, after=after)
        reminders.derive(run_ids=[row.pk], now=now)
    return [row]


def _change_date(reached: Reach, changes: dict[str, Any], *, actor: User, now: datetime) -> list[Run]:
    """Everyone's run of one date. Who moved their own run alone is in step again, in what is changed here."""
    series, occurrence = reached.series, reached.pivot
    runs = runs_in_reach([occurrence], reached, actor)
    before = recorded(occurrence, changes)
    columns = clean(changes, now=now, plan=occurrence)
    _set(occurrence, columns)
    if series.rule:
        _keep(occurrence, changes)
    else:
        _write_template(series, columns)
    occurrence.save(update_fields=[*columns, "by_hand"])
    found = list(runs.select_for_update(no_key=True).order_by("pk"))
    for run in found:
        _set(run, columns)
        run.sequence += 1
    ids = [run.pk for run in found]
    Run.objects.filter(pk__in=ids).update(**columns, sequence=F("sequence") + 1)
    _let_go([run for run in found if run.by_hand], changes)
    _check_in_sight(found, actor)
    _record("change", actor=actor, plan=series, now=now, before=before, after=recorded(occurrence, changes))
    reminders.derive(run_ids=ids, now=now)
    return found


def _change_series(
    reached: Reach, run: Run | Occurrence, changes: dict[str, Any], *, actor: User, now: datetime
) -> list[Run]:
    """The dates to come, the template and the rule; the run at hand gets literally what was asked for."""
    series, old = reached.series, reached.occurrences
    if not old:
        raise ValidationError({"scope": _("All runs of this series have begun. Change this one alone.")})
    fields = frozenset(changes) - {"rule"}
    before = recorded(series, fields) | {"rule": series.rule}
    columns = clean({field: changes[field] for field in fields}, now=now, plan=run)
    by = (columns["local_date"] - run.local_date).days if "local_start" in changes else 0
    first = _day_later(_first_of_rule(series, old, changes), by)
    asked = {column: columns[column] for field in fields for column in COLUMNS_OF[field]}
    _write_template(series, asked | {"local_date": first})
    targets, left, new = _new_days(series, old, changes, by, now)
    _check_free(series, targets, old)
    runs = runs_in_reach(old, reached, actor)
    if by or "rule" in changes:
        fields |= {"local_start"}
    rewrite(targets, Change(fields, series), runs)
    _literally(old, reached.pivot, run, set(changes) if "rule" not in changes else (), asked, runs)
    _leave_out(left, runs, now)
    added = add_dates(series, new, now=now)
    series.save(update_fields=["rule", "made_until"])
    fill(series, now=now)
    changed = list(runs)
    _check_in_sight(changed + added, actor)
    _record(
        "change",
        actor=actor,
        plan=series,
        now=now,
        before=before,
        after=recorded(series, fields) | {"rule": series.rule, "from": first.isoformat(), "runs": len(changed)},
    )
    reminders.derive(run_ids=[each.pk for each in changed], now=now)
    return changed + added


def _new_days(
    series: Series, old: list[Occurrence], changes: dict[str, Any], by: int, now: datetime
) -> tuple[list[Target], list[Occurrence], list[date]]:
    """Sets the rule and how far the series is made; returns the dates with their days, those left out, new days.

    Raises ValidationError for a rule, or a move that the rule cannot follow.
    """
    if "rule" not in changes:
        try:
            series.rule = shifted(series.rule, by)
        except ValidationError as error:
            raise ValidationError({"local_start": error}) from error
        if series.made_until != date.max:
            series.made_until = _day_later(series.made_until, by)
        return [Target(each, _day_later(each.day, by)) for each in old], [], []
    if series.squad and series.squad.archived_at:
        raise ValidationError({"rule": _("This run belongs to a squad that is archived.")})
    series.rule = _clean_rule(changes["rule"] or "", series.local_start)
    if not series.rule:
        raise ValidationError({"rule": _("To end a series, cancel it from the first date on that is to go.")})
    series.local_date = first_day(series.rule, series.local_date)
    series.save(update_fields=["local_date"])
    until = horizon(series, now)
    end = last_day(series.rule, series.local_date)
    series.made_until = date.max if end and end <= until else until
    found = match(old, days(series.rule, series.local_date, until=until))
    return found.moved, found.left, found.new


def _check_free(series: Series, targets: list[Target], old: list[Occurrence]) -> None:
    """That no date that stays is where one moves to. Raises ValidationError."""
    stays = series.occurrences.filter(off_rule=False).exclude(pk__in=[each.pk for each in old])
    taken = stays.filter(day__in=[target.day for target in targets]).order_by("day").first()
    if taken:
        raise ValidationError(
            {
                "local_start": _("This series has a run on %(day)s already. Choose a later date.")
                % {"day": taken.day.isoformat()}
            }
        )


def _first_of_rule(series: Series, old: Sequence[Occurrence], changes: dict[str, Any]) -> date:
    """The first of these dates that its present rule gives, and not one before a change; a new rule gives them all."""
    if "rule" in changes:
        return old[0].day
    given = set(days(series.rule, series.local_date, until=old[-1].day))
    return next((each.day for each in old if each.day in given), series.local_date)


def _literally(
    old: Sequence[Occurrence],
    at: Occurrence,
    run: Run | Occurrence,
    fields: Collection[str],
    asked: dict[str, Any],
    runs: RunQuerySet,
) -> None:
    """Give the date and the run at hand what was asked for also where it had been changed there by hand before."""
    pivot = next((each for each in old if each == at), None)
    if pivot is None:
        return
    moved: dict[Dated, set[str]] = {pivot: pivot.kept_fields & set(fields)}
    for row in runs.filter(occurrence=pivot):
        own = row.kept_fields & set(fields) if row == run else set()
        moved[row] = own | (moved[pivot] - row.kept_fields)
    for plan, which in moved.items():
        for column in (column for field in which for column in COLUMNS_OF[field]):
            setattr(plan, column, asked[column])
        plan.starts_at = instant(plan.local_start, plan.time_zone)
        if which:
            plan.save(update_fields=COLUMNS)


def _leave_out(left: list[Occurrence], runs: RunQuerySet, now: datetime) -> None:
    """Cancel the dates that the changed rule no longer gives."""
    ids = [each.pk for each in left]
    Occurrence.objects.filter(pk__in=ids, cancelled_at=None).update(cancelled_at=now)
    Occurrence.objects.filter(pk__in=ids).update(off_rule=True)
    set_status(Run.objects.filter(pk__in=runs.planned().filter(occurrence__in=ids).values("pk")), Run.Status.CANCELLED)


# --- Cancelling and restoring ---------------------------------------------------------------------------------------
@transaction.atomic
def cancel_run(*, run: Run | Occurrence, actor: User, now: datetime, scope: str = "this") -> list[Run]:
    """Cancel this run, or with another scope more of its series; returns those that were planned until now.

    From here on, and all, end the series: no more dates are made. Raises as `change_run`.
    """
    reached = reach(run=run, actor=actor, scope=scope, now=now)
    if reached is None:
        runs = Run.objects.planned().filter(pk=run.pk)
    else:
        runs = runs_in_reach(reached.occurrences, reached, actor).planned()
        ids = [each.pk for each in reached.occurrences]
        Occurrence.objects.on().filter(pk__in=ids).update(cancelled_at=now)
        if reached.scope != "date":
            first = reached.pivot.day if reached.scope == "following" else reached.series.local_date
            ended = reached.series.ended_on
            Series.objects.filter(pk=reached.series.pk).update(ended_on=min(first, ended or first))
        elif reached.series.rule:
            _keep_saved(reached.pivot, {"status"})
    return _to_status(runs, Run.Status.CANCELLED, "cancel", run, reached, actor=actor, now=now)


@transaction.atomic
def restore_run(*, run: Run | Occurrence, actor: User, now: datetime, scope: str = "this") -> list[Run]:
    """Plan a cancelled run again, or with another scope more of its series, who joined meanwhile included.

    From here on, and all, let the series go on; single runs and dates that were cancelled alone stay cancelled.
    Returns the runs that are planned again. Raises as `change_run`, and ValidationError for a squad's run whose athlete
    left the squad.
    """
    reached = reach(run=run, actor=actor, scope=scope, now=now)
    if isinstance(run, Run):
        _check_in_squad(run)
    if reached is None:
        runs = Run.objects.filter(pk=run.pk, status=Run.Status.CANCELLED)
        return _to_status(runs, Run.Status.PLANNED, "restore", run, None, actor=actor, now=now)
    series, occurrences = reached.series, reached.occurrences
    runs = runs_in_reach(occurrences, reached, actor).filter(status=Run.Status.CANCELLED)
    if reached.scope == "date":
        _let_go([reached.pivot], {"status"})
    else:
        occurrences = [each for each in occurrences if "status" not in each.kept_fields or each == reached.pivot]
        runs = runs.filter(occurrence__in=[each.pk for each in occurrences])
        alone = [each.pk for each in runs.exclude(by_hand="") if "status" in each.kept_fields and each != run]
        runs = runs.exclude(pk__in=alone)
    Occurrence.objects.filter(pk__in=[each.pk for each in occurrences]).update(cancelled_at=None)
    there = set(Run.objects.filter(occurrence__in=occurrences).values_list("occurrence_id", "athlete_id"))
    restored = _to_status(runs, Run.Status.PLANNED, "restore", run, reached, actor=actor, now=now)
    new = _who_joined(series, occurrences, there, now=now)
    if reached.scope != "date":
        series.ended_on = None
        series.save(update_fields=["ended_on"])
        new += fill(series, now=now, rested=True)
    return restored + new


def _check_in_squad(run: Run) -> None:
    """That the run's squad, if it has one, is there for its athlete. Raises ValidationError."""
    squad = lock_squad(run.squad_id) if run.squad_id else None
    if squad and squad.archived_at:
        raise ValidationError({"status": _("This run belongs to a squad that is archived.")})
    if squad and not athletes_in(squad.pk).filter(person=run.athlete_id).exists():
        raise ValidationError({"status": _("This run belongs to a squad that its athlete has left.")})


def _who_joined(
    series: Series, occurrences: Iterable[Occurrence], there: Collection[tuple[int | None, int]], *, now: datetime
) -> list[Run]:
    """Runs on these dates for athletes who joined the squad while the dates were cancelled."""
    if series.athlete_id or not series.squad_id:
        return []
    athletes = list(athletes_in(series.squad_id).values_list("person_id", "sees_from"))
    rows = Occurrence.objects.filter(pk__in=[each.pk for each in occurrences])
    pairs = [
        (occurrence, athlete)
        for occurrence in rows.select_related("series", "routine__current")
        for athlete, since in athletes
        if since <= occurrence.starts_at and (occurrence.pk, athlete) not in there
    ]
    return make_runs(pairs, now=now) if pairs else []


def _to_status(
    runs: RunQuerySet,
    status: str,
    deed: str,
    run: Run | Occurrence,
    reached: Reach | None,
    *,
    actor: User,
    now: datetime,
) -> list[Run]:
    found = list(runs.select_for_update(no_key=True).order_by("pk"))
    set_status(Run.objects.filter(pk__in=[each.pk for each in found]), status)
    for each in found:
        each.status = status
    if reached is None:
        alone = [each for each in found if each.occurrence_id]
        if status == Run.Status.CANCELLED:
            for each in alone:
                _keep_saved(each, {"status"})
        else:
            _let_go(alone, {"status"})
    else:
        _let_go([each for each in found if each.by_hand], {"status"})
    if found or reached:
        plan = reached.series if reached else run
        after = {"scope": reached.scope, "runs": len(found)} if reached else {}
        _record(deed, actor=actor, plan=plan, now=now, after=after)
        reminders.derive(run_ids=[each.pk for each in found], now=now)
    return found


# --- What is kept by hand -------------------------------------------------------------------------------------------
def _keep(plan: Dated, fields: Iterable[str]) -> None:
    """Note that `fields` of `plan` were changed alone."""
    plan.by_hand = "".join(f"{field} " for field in sorted(plan.kept_fields | set(fields)))


def _keep_saved(plan: Dated, fields: Iterable[str]) -> None:
    _keep(plan, fields)
    plan.save(update_fields=["by_hand"])


def _let_go(plans: Sequence[Dated], fields: Iterable[str]) -> None:
    """Note that `fields` of these are in step with their series again."""
    for plan in plans:
        plan.by_hand = "".join(f"{field} " for field in sorted(plan.kept_fields - set(fields)))
    if plans:
        type(plans[0])._default_manager.bulk_update(plans, ["by_hand"])


def _set(plan: Any, columns: dict[str, Any]) -> None:
    for column, value in columns.items():
        setattr(plan, column, value)


def _write_template(series: Series, columns: dict[str, Any]) -> None:
    own = {column: value for column, value in columns.items() if column != "starts_at"}
    _set(series, own)
    series.save(update_fields=list(own))


def _clean_rule(text: str, first: datetime) -> str:
    try:
        return clean_rule(text, first)
    except ValidationError as error:
        raise ValidationError({"rule": error}) from error


def _usual_zone(plan: Run | Series) -> ZoneInfo:
    whose = plan.squad or plan.athlete
    assert whose is not None  # noqa: S101  # a constraint: a series is of somebody
    return whose.time_zone


def _day_later(day: date, by: int) -> date:
    try:
        return day + timedelta(days=by)
    except OverflowError:
        raise ValidationError({"local_start": _("Choose a nearer date.")}) from None


def _check_in_sight(runs: Sequence[Run], actor: User) -> None:
    """That `actor` still sees what they planned: for an athlete whom they coach, from the day of joining on."""
    others = [run.pk for run in runs if run.athlete_id != actor.pk]
    if others and Run.objects.editable_by(actor).filter(pk__in=others).count() < len(others):
        raise ValidationError({"local_start": _("Choose a date from the day on that the athlete joined the squad.")})


def _record(
    deed: str,
    *,
    actor: User,
    plan: Run | Occurrence | Series,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    kind = "series" if isinstance(plan, Series) else "run"
    record(actor=actor, action=f"{kind}.{deed}", target=plan, now=now, before=before, after=after)
