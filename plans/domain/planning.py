"""Planning a squad's weeks: many dates and runs changed in one go, a week copied onto others.

What is chosen are dates (everyone's runs of one date of a series) and single runs. A deed is carried out on all of it
in one transaction, by the same functions that change one: all or nothing. `summarise` says beforehand whom it touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from plans.domain.assignments import assign, assign_to_everyone
from plans.domain.local_time import in_fold, in_gap
from plans.domain.runs import cancel_run, change_run, restore_run, schedule_dates, schedule_run
from plans.domain.series import athletes_in, lock_squad
from plans.models import Membership, Occurrence, Reminder, Run, Squad
from plans.querysets import OccurrenceQuerySet, RunQuerySet
from warmups.models import Routine

AT_MOST = 200  # dates and runs in one deed
DAYS = range(-366, 367)  # that one may move by
WEEKS_AHEAD = 16  # that a week may be copied onto
DEEDS = ("move", "change", "cancel", "restore", "warm-up")


# --- What is planned --------------------------------------------------------------------------------------------------
def dates_of(squad: Squad) -> OccurrenceQuerySet:
    """The dates on which everyone in `squad` runs, cancelled ones too; not those that a changed rule left out."""
    return Occurrence.objects.filter(series__squad=squad, series__athlete=None, off_rule=False)


def runs_of(squad: Squad, person: User) -> RunQuerySet:
    """The runs of the squad's athletes that `person` sees as their coach or assistant: the squad's and their own."""
    athletes = athletes_in(squad.pk).values("person_id")
    return Run.objects.visible_to(person).filter(Q(squad=squad) | Q(squad=None), athlete__in=athletes)


# --- What is chosen ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Chosen:
    """Dates and single runs of one squad that a coach has chosen, each kind by start."""

    squad: Squad
    dates: list[Occurrence]
    runs: list[Run]

    @property
    def all(self) -> list[Occurrence | Run]:
        """Everything, by start."""
        return sorted([*self.dates, *self.runs], key=lambda each: (each.starts_at, each.pk))

    @property
    def repeating(self) -> list[Occurrence | Run]:
        """What can take more of its series along: dates of one that repeats, runs of an athlete's own such."""
        return [each for each in self.all if _repeats(each)]


def choose(*, squad: Squad, actor: User, dates: Collection[int], runs: Collection[int]) -> Chosen:
    """The dates and runs with these keys. Raises ValidationError: nothing, too much, or one that is not there."""
    if not dates and not runs:
        raise ValidationError(_("Choose at least one run of the plan."))
    if len(dates) + len(runs) > AT_MOST:
        raise ValidationError(_("Choose at most %(most)d at a time.") % {"most": AT_MOST})
    related = dates_of(squad).filter(pk__in=dates).select_related("series__squad", "routine")
    found = Chosen(
        squad,
        list(related.order_by("starts_at", "pk")),
        list(
            _singles(squad, actor)
            .filter(pk__in=runs)
            .select_related("athlete", "squad", "series", "occurrence")
            .order_by("starts_at", "pk")
        ),
    )
    if len(found.dates) < len(set(dates)) or len(found.runs) < len(set(runs)):
        raise ValidationError(_("Something of it is no longer in this plan. Choose again."))
    return found


def _repeats(each: Occurrence | Run) -> bool:
    series = each.series
    return bool(series and series.rule and (isinstance(each, Occurrence) or series.athlete_id))


def _singles(squad: Squad, actor: User) -> RunQuerySet:
    return Run.objects.coached_by(actor).filter(athlete__in=athletes_in(squad.pk).values("person_id"))


# --- What a deed touches ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Summary:
    """Whom a deed on what is chosen touches: counts, and how many of the runs are out of step with their date."""

    dates: int
    runs: int
    athletes: int
    by_hand: int
    begun: int
    reminded: int
    repeated: int


def summarise(chosen: Chosen, *, actor: User, now: datetime, scope: str = "date") -> Summary:
    """Whom it touches, with `scope` as for `carry_out`.

    `reminded` have had their reminder; `repeated` of what was chosen belong to a series that repeats.
    """
    runs = _touched(chosen, actor, now, scope)
    rows = list(runs.values_list("athlete_id", "by_hand", "starts_at", "occurrence_id"))
    sent = Reminder.objects.filter(run__in=runs.values("pk"), status=Reminder.Status.SENT)
    return Summary(
        dates=len(chosen.dates),
        runs=len(rows),
        athletes=len({row[0] for row in rows}),
        by_hand=sum(bool(row[1]) and row[3] is not None for row in rows),
        begun=sum(each.starts_at <= now for each in chosen.all),
        reminded=sent.values("run").distinct().count(),
        repeated=len(chosen.repeating),
    )


def _touched(chosen: Chosen, actor: User, now: datetime, scope: str) -> RunQuerySet:
    """The runs of what was chosen and, with a wide scope, those to come that the series take along."""
    reached = Q(occurrence__in=[each.pk for each in chosen.dates]) | Q(pk__in=[each.pk for each in chosen.runs])
    coming = Q(starts_at__gt=now, occurrence__starts_at__gt=now, occurrence__off_rule=False)
    for each in _movers(chosen, scope) if scope != "date" else ():
        if _repeats(each):
            day = each.day if isinstance(each, Occurrence) else each.occurrence.day  # type: ignore[union-attr]
            following = Q(occurrence__day__gte=day) if scope == "following" else Q()
            reached |= Q(series=each.series_id) & coming & following
    return _singles(chosen.squad, actor).filter(reached)


# --- Deeds ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Deed:
    """What to do with what is chosen: one of DEEDS, with its values.

    "move": by so many `days`; "change": `changes` as `change_run` takes them, but for the time of day, which is `time`;
    "warm-up": `routine` and `note`.
    """

    name: str
    days: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    routine: Routine | None = None
    note: str = ""


@transaction.atomic
def carry_out(chosen: Chosen, deed: Deed, *, actor: User, now: datetime, scope: str = "date") -> int:
    """Do it to all of it or to none; returns how many runs it reached.

    `scope` is how far it goes for a date of a series: "date", "following" or "all". Raises ValidationError that names
    the date which refuses, and PermissionDenied where `actor` may not.
    """
    reached: set[int] = set()
    lock_squad(chosen.squad.pk)  # two at once would wait for each other's runs
    every = _movers(chosen, scope) if deed.name == "move" else chosen.all
    # The last first when moving ahead, so that no date has to pass another of its series that is moved as well.
    for each in reversed(every) if deed.days > 0 else every:
        goes = scope if isinstance(each, Occurrence) or (_repeats(each) and scope != "date") else "this"
        try:
            reached.update(run.pk for run in _one(each, deed, actor=actor, now=now, scope=goes))
        except ValidationError as error:
            if len(chosen.all) == 1:
                raise
            raise ValidationError(
                [f"{_named(each)}: {sentence}" for sentence in error.messages], code="refused"
            ) from error
    return len(reached)


def _movers(chosen: Chosen, scope: str) -> list[Occurrence | Run]:
    """What is to be moved: of a series whose dates go together its first chosen one, which takes the others along."""
    done: set[int | None] = set()
    movers: list[Occurrence | Run] = []
    for each in chosen.all:
        together = scope != "date" and _repeats(each)
        if not together or each.series_id not in done:
            movers.append(each)
        if together:
            done.add(each.series_id)
    return movers


def _one(each: Occurrence | Run, deed: Deed, *, actor: User, now: datetime, scope: str) -> list[Run]:
    do: dict[str, Any] = {"run": each, "actor": actor, "now": now, "scope": scope}
    match deed.name:
        case "cancel":
            return cancel_run(**do)
        case "restore":
            return restore_run(**do)
        case "warm-up":
            assert deed.routine is not None  # noqa: S101  # the form asks for it
            given = assign_to_everyone(**do, routine=deed.routine, note=deed.note)
            return [assignment.run for assignment in given]
        case "move":
            try:
                changes: dict[str, Any] = {"local_start": each.local_start + timedelta(days=deed.days)}
            except OverflowError:
                raise ValidationError({"days": _("Choose a nearer date.")}) from None
        case _:
            changes = dict(deed.changes)
            if "time" in changes:
                changes["local_start"] = datetime.combine(each.local_date, changes.pop("time"))
    return change_run(**do, changes=changes)


def _named(each: Occurrence | Run) -> str:
    when = date_format(each.local_start, _("D j M, H:i"))
    return f"{when}, {each.athlete}" if isinstance(each, Run) else when


# --- Copying a week ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Week:
    """What a week holds: the squad's dates that are on, and the single runs of its athletes in the squad."""

    monday: date
    dates: list[Occurrence]
    runs: list[Run]


@dataclass(frozen=True)
class Target:
    """A week that another could be copied onto: how many dates it `has` already."""

    monday: date
    has: int


@dataclass(frozen=True)
class Copy:
    """What copying a week makes: `odd` are the starts that clocks skip or show twice."""

    dates: int
    runs: int
    athletes: int
    odd: list[datetime]


def week_of(squad: Squad, monday: date, actor: User) -> Week:
    """The week from `monday` on, by the runs' own local dates."""
    span = (monday, monday + timedelta(days=6))
    dates = dates_of(squad).on().filter(local_date__range=span).select_related("series", "routine")
    runs = _singles(squad, actor).planned().filter(squad=squad, local_date__range=span)
    alone = runs.exclude(occurrence__in=dates_of(squad).values("pk"))
    alone = alone.select_related("athlete", "assignment__revision__routine")
    return Week(monday, list(dates.order_by("starts_at", "pk")), list(alone.order_by("starts_at", "pk")))


def targets(squad: Squad, monday: date, now: datetime) -> list[Target]:
    """The weeks from this one on that the week from `monday` on may be copied onto."""
    today = now.astimezone(squad.time_zone).date()
    first = today - timedelta(days=today.weekday())
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS_AHEAD + 1)]
    span = (mondays[0], mondays[-1] + timedelta(days=6))
    days = dates_of(squad).on().filter(local_date__range=span).values_list("local_date", flat=True)
    held = Counter(day - timedelta(days=day.weekday()) for day in days)
    return [Target(each, held[each]) for each in mondays if each != monday]


def copy_of(week: Week, onto: Sequence[date], *, singles: bool) -> Copy:
    """What `copy_week` is to make, but for who joins meanwhile."""
    moved = [(each, each.local_start + (target - week.monday)) for target in onto for each in week.dates]
    alone = [(each, each.local_start + (target - week.monday)) for target in onto for each in week.runs if singles]
    everyone = _athletes(week.dates[0].series.squad_id).count() if week.dates else 0
    ones = {each.athlete_id for each, _start in alone}
    return Copy(
        dates=len(moved) + len(alone),
        runs=len(moved) * everyone + len(alone),
        athletes=max(everyone if moved else 0, len(ones)),
        odd=sorted({start for each, start in moved + alone if _odd(start, each)}),
    )


def _odd(start: datetime, each: Occurrence | Run) -> bool:
    return in_gap(start, each.time_zone) or in_fold(start, each.time_zone)


def _athletes(squad_id: int | None) -> QuerySet[Membership]:
    return athletes_in(squad_id or 0)


@transaction.atomic
def copy_week(
    *, squad: Squad, week: Week, onto: Sequence[date], singles: bool, actor: User, now: datetime
) -> list[Occurrence | Run]:
    """Plan what a week holds on each of these weeks too, as single dates, with what they were given by hand.

    `singles`: single athletes' runs as well. All or none; what is there already stays beside it. Returns what was made.
    Raises ValidationError for a week that is empty, no week, or no Monday to come.
    """
    if not onto:
        raise ValidationError({"onto": _("Choose at least one week.")})
    may = {target.monday for target in targets(squad, week.monday, now)}
    if not may.issuperset(onto):
        raise ValidationError({"onto": _("Choose from the weeks that are offered.")})
    if not week.dates and not (singles and week.runs):
        raise ValidationError({"onto": _("There is nothing in this week to copy.")})
    plans = [
        _plan(each, target - week.monday) | {"routine": each.routine, "routine_note": each.routine_note}
        for target in sorted(set(onto))
        for each in week.dates
    ]
    made: list[Occurrence | Run] = []
    if plans:
        series = schedule_dates(squad=squad, actor=actor, now=now, plans=plans)
        made += Occurrence.objects.filter(series__in=[each.pk for each in series])
    for target in sorted(set(onto)) if singles else ():
        for each in week.runs:
            run = schedule_run(
                athlete=each.athlete, squad=squad, actor=actor, now=now, **_plan(each, target - week.monday)
            )
            given = getattr(each, "assignment", None)
            if given:
                assign(routine=given.revision.routine, runs=[run], actor=actor, now=now, note=given.note)
            made.append(run)
    return made


def _plan(each: Occurrence | Run, later: timedelta) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "local_start": each.local_start + later,
        "time_zone": each.time_zone,
        "planned_minutes": each.planned_minutes,
        "planned_metres": each.planned_metres,
        "place": each.place,
        "note": each.note,
    }
