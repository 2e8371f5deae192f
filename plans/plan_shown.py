"""A squad's plan as pages show it: days with the dates of everyone and single athletes' runs. At a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from plans.days import clock_change
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.given import Given, given_to_all, with_warm_up
from plans.domain.planning import dates_of, runs_of
from plans.models import Away, Occurrence, Run, Squad
from plans.pills import Pill, pill_of
from plans.shown import minutes_of, show, zone_words


@dataclass(frozen=True)
class Counts:
    """How many athletes are `on` a date, and of them were `moved` by hand or are `away`; how many are `off` it."""

    on: int = 0
    moved: int = 0
    away: int = 0
    off: int = 0


@dataclass(frozen=True)
class Item:
    """Something of a plan that one can choose, move and change: everyone's date, or one athlete's run.

    `key` names it in forms: "d12" a date, "r5" a run. `repeats`: it belongs to a series with a rule. `own`: an
    athlete's run outside the squad.
    """

    key: str
    pill: Pill
    day: date
    starts_at: datetime
    words: str = ""
    name: str = ""
    repeats: bool = False
    own: bool = False


@dataclass(frozen=True)
class Cell:
    """What one row has on a day."""

    day: date
    items: list[Item]


@dataclass(frozen=True)
class PlanDay:
    """A day of the plan."""

    day: date
    items: list[Item]
    today: bool
    outside: bool
    clocks: str


@dataclass(frozen=True)
class Row:
    """One athlete's week."""

    athlete: User
    away: str
    cells: list[Cell] = field(default_factory=list)


def show_days(
    squad: Squad, days: Sequence[date], *, reader: User, now: datetime, month: int | None = None
) -> list[PlanDay]:
    """The squad's dates and its single athletes' runs on each of these days; `squad` is one of `with_rules`.

    Athletes' own runs outside the squad are not among them. The same number of queries, however many athletes.
    """
    items = [*_dates(squad, days, reader), *_singles(squad, days, reader, now)]
    of_day = defaultdict(list)
    for item in sorted(items, key=lambda each: (each.starts_at, each.key)):
        of_day[item.day].append(item)
    today = now.astimezone(squad.time_zone).date()
    return [
        PlanDay(
            day=day,
            items=of_day[day],
            today=day == today,
            outside=month is not None and day.month != month,
            clocks=clock_change(day, squad.time_zone),
        )
        for day in days
    ]


def show_rows(
    squad: Squad, days: Sequence[date], athletes: Iterable[User], *, reader: User, now: datetime
) -> list[Row]:
    """A row for each of these athletes, with all their runs: the squad's and their own."""
    athletes = list(athletes)
    runs = runs_of(squad, reader).filter(athlete__in=athletes, local_date__range=(days[0], days[-1]))
    runs = with_warm_up(runs).select_related("series").prefetch_related(SESSIONS_OF_RUN)
    of_cell = defaultdict(list)
    for run in runs.exclude(occurrence__off_rule=True):
        of_cell[run.athlete_id, run.local_date].append(_run_item(run, squad, reader, now))
    away = Away.objects.visible_to(reader).filter(athlete__in=athletes, since__lte=days[-1], until__gte=days[0])
    away_of = {each.athlete_id: each for each in away}
    return [
        Row(athlete, _away_words(away_of.get(athlete.pk)), [Cell(day, of_cell[athlete.pk, day]) for day in days])
        for athlete in athletes
    ]


def _away_words(away: Away | None) -> str:
    return _("Away until %(day)s") % {"day": date_format(away.until, _("D j M"))} if away else ""


def date_item(occurrence: Occurrence, squad: Squad, counts: Counts, reader: User) -> Item:
    """Everyone's date as an item."""
    gets = given_to_all(occurrence, squad)
    clock = occurrence.starts_at.astimezone(occurrence.time_zone)
    cancelled = occurrence.cancelled_at is not None
    pill = Pill(
        kind=occurrence.kind,
        kind_word=capfirst(occurrence.get_kind_display()),
        time=date_format(clock, "H:i"),
        url=reverse("squad-date", args=[squad.slug, occurrence.pk]),
        state="planned" if gets and not cancelled else None,
        warm_up=gets.revision.name if gets else "",
        minutes=minutes_of(gets.revision) if gets else 0,
        cancelled=cancelled,
        others=counts.on,
        zone="" if occurrence.time_zone == reader.time_zone else zone_words(occurrence.time_zone),
    )
    return Item(
        key=f"d{occurrence.pk}",
        pill=pill,
        day=occurrence.local_date,
        starts_at=occurrence.starts_at,
        words="" if cancelled else count_words(counts),
        name=_named(pill.kind_word, occurrence.local_date, pill.time),
        repeats=bool(occurrence.series.rule),
    )


def count_words(counts: Counts) -> str:
    """What is particular of a date's athletes: "1 moved, 2 away"; "" for nothing."""
    words = []
    if counts.moved:
        words.append(ngettext("%(count)d moved", "%(count)d moved", counts.moved) % {"count": counts.moved})
    if counts.away:
        words.append(ngettext("%(count)d away", "%(count)d away", counts.away) % {"count": counts.away})
    if counts.off:
        words.append(ngettext("%(count)d off", "%(count)d off", counts.off) % {"count": counts.off})
    return ", ".join(words)


def counted(occurrences: Iterable[Occurrence], squad: Squad, reader: User) -> dict[int, Counts]:
    """The counts of these dates, by key, in one query."""
    on = Q(status=Run.Status.PLANNED)
    away = Away.objects.filter(
        athlete=OuterRef("athlete"), since__lte=OuterRef("local_date"), until__gte=OuterRef("local_date")
    )
    runs = (
        runs_of(squad, reader).filter(occurrence__in=[each.pk for each in occurrences]).annotate(is_away=Exists(away))
    )
    rows = (
        runs.order_by()
        .values("occurrence_id")
        .annotate(
            on=Count("pk", filter=on),
            moved=Count("pk", filter=on & Q(by_hand__contains="local_start ")),
            away=Count("pk", filter=on & Q(is_away=True)),
            off=Count("pk", filter=~on),
        )
    )
    return {row["occurrence_id"]: Counts(row["on"], row["moved"], row["away"], row["off"]) for row in rows}


def _dates(squad: Squad, days: Sequence[date], reader: User) -> list[Item]:
    found = list(
        dates_of(squad)
        .filter(local_date__range=(days[0], days[-1]))
        .select_related("series", "routine__current")
        .order_by("starts_at", "pk")
    )
    counts = counted(found, squad, reader)
    return [date_item(each, squad, counts.get(each.pk, Counts()), reader) for each in found]


def _singles(squad: Squad, days: Sequence[date], reader: User, now: datetime) -> list[Item]:
    """The squad's runs that one athlete alone has, on a date that is not everyone's."""
    everyones = dates_of(squad).values("pk")
    runs = runs_of(squad, reader).filter(squad=squad, local_date__range=(days[0], days[-1]))
    runs = runs.filter(Q(occurrence=None) | ~Q(occurrence__in=everyones)).exclude(occurrence__off_rule=True)
    runs = with_warm_up(runs).select_related("series").prefetch_related(SESSIONS_OF_RUN)
    return [_run_item(run, squad, reader, now, named=True) for run in runs]


def _run_item(run: Run, squad: Squad, reader: User, now: datetime, *, named: bool = False) -> Item:
    shown = show(run, reader=reader, now=now)
    own = run.squad_id is None
    pill = pill_of(shown, who=run.athlete.get_short_name() if named else "")
    moved = run.occurrence_id is not None and "local_start" in run.kept_fields
    return Item(
        key=f"r{run.pk}",
        pill=pill,
        day=run.local_date,
        starts_at=run.starts_at,
        words=get_text_list([word for word, holds in ((_("own run"), own), (_("moved"), moved)) if holds], _("and")),
        name=_named(f"{pill.kind_word}, {run.athlete}", run.local_date, pill.time),
        repeats=run.series is not None and bool(run.series.rule) and run.series.athlete_id is not None,
        own=own,
    )


def _named(what: str, day: date, time: str) -> str:
    """What one hears of an item: "Intervals, Tuesday 16 March, 18:30"."""
    return _("%(what)s, %(day)s, %(time)s") % {"what": what, "day": date_format(day, _("l j F")), "time": time}


def week_words(monday: date) -> str:
    """A week by its ends: "16 to 22 March"."""
    values = {"first": date_format(monday, _("j M")), "last": date_format(monday + timedelta(days=6), _("j M Y"))}
    return _("%(first)s to %(last)s") % values


def gets_words(gets: Given | None) -> str:
    """What a date gives, in words."""
    if gets is None:
        return _("No warm-up yet.")
    return _("%(name)s, %(minutes)d min") % {"name": gets.revision.name, "minutes": minutes_of(gets.revision)}
