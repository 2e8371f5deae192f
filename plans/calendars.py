"""Runs as iCalendar (RFC 5545): runs in, text out.

The same runs give the same bytes at each call, so that a digest of them can be an ETag. A run has no time of its last
change: DTSTAMP and LAST-MODIFIED are when it was planned, or given its warm-up, and a second more for each change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Alarm, Calendar, Event

from accounts.models import User
from plans.domain.feeds import SquadRun
from plans.domain.given import Given, StepsOf, away_on, given
from plans.links import link
from plans.models import Run, Squad
from plans.models.runs import Plan
from plans.vtimezones import vtimezone
from warmups.domain.doses import dose_text
from warmups.domain.durations import minutes_begun

# How long a run takes that says neither minutes nor distance; with a distance it is six minutes a kilometre.
MINUTES = {"long": 90, "tempo": 60, "intervals": 60, "hills": 60, "race": 60, "recovery": 30}
MINUTES_ELSE = 45
SECONDS_A_KILOMETRE = 360
TO_GET_READY = timedelta(minutes=5)  # the alarm rings this long before the warm-up begins
NAMES_AT_MOST = 100
REFRESH = timedelta(minutes=15)


@dataclass(frozen=True)
class What:
    """What an event says beside when it is."""

    uid: str
    sequence: int
    stamp: datetime
    summary: str
    place: str = ""
    lines: Sequence[str] = ()
    url: str = ""
    cancelled: bool = False
    free: bool = False
    private: bool = False


# --- Calendars ------------------------------------------------------------------------------------------------------
def own_calendar(person: User, runs: Iterable[Run], steps: StepsOf) -> bytes:
    """One's own runs (of with_warm_up), each with its warm-up as text and alarm; `steps` by revision."""
    with translation.override(person.language):
        return _calendar(_("Runs"), [(run, _own_event(run, steps)) for run in runs])


def entry(run: Run, steps: StepsOf) -> bytes:
    """One's own run (of with_warm_up) alone, to attach to a mail: the same event as in own_calendar, as a publication.

    The language is the active one. A request (RFC 5546) would ask for an answer.
    """
    return _calendar(_("Runs"), [(run, _own_event(run, steps))], method="PUBLISH")


def squad_calendar(person: User, squad: Squad, runs: Iterable[SquadRun]) -> bytes:
    """A squad's dates, each with who runs, and its athletes' single runs with their names."""
    with translation.override(person.language):
        dates: dict[object, list[SquadRun]] = {}
        for each in runs:
            dates.setdefault(each.of_date or f"run-{each.run.pk}", []).append(each)
        return _calendar(squad.name, [(of_date[0].run, _squad_event(of_date, squad)) for of_date in dates.values()])


def busy_calendar(person: User, runs: Iterable[Run]) -> bytes:
    """When one is busy, and nothing more; runs that do not take place take no time, so they are not in it."""
    with translation.override(person.language):
        taking_place = [run for run in runs if run.status == Run.Status.PLANNED and not away_on(run)]
        return _calendar(_("Busy"), [(run, _event(run, _busy(run.pk, "run", run))) for run in taking_place])


def busy_squad_calendar(person: User, runs: Iterable[SquadRun]) -> bytes:
    """When a squad runs, and nothing more."""
    with translation.override(person.language):
        dates: dict[str, Run] = {}
        for each in runs:
            if each.run.status == Run.Status.PLANNED and not each.away:
                dates.setdefault(f"date-{each.of_date}" if each.of_date else f"run-{each.run.pk}", each.run)
        events = []
        for key, run in dates.items():
            kind, _dash, number = key.partition("-")
            events.append((run, _event(run, _busy(int(number), kind, run))))
        return _calendar(_("Busy"), events)


def _calendar(name: str, events: Sequence[tuple[Run, Event]], *, method: str = "") -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Prestride//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    calendar.add("name", clean(name))
    calendar.add("x-wr-calname", clean(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    years: dict[str, set[int]] = {}
    zones: dict[str, ZoneInfo] = {}
    for run, _component in events:
        zones[run.time_zone.key] = run.time_zone
        years.setdefault(run.time_zone.key, set()).add(run.starts_at.astimezone(run.time_zone).year)
    for key in sorted(zones):
        calendar.add_component(vtimezone(zones[key], min(years[key]), max(years[key]) + 1))
    for _run, component in events:
        calendar.add_component(component)
    return calendar.to_ical()


# --- Events ---------------------------------------------------------------------------------------------------------
def _own_event(run: Run, steps: StepsOf) -> Event:
    warm_up, away = given(run), away_on(run) is not None
    cancelled = run.status == Run.Status.CANCELLED
    stamp = _stamp(run)
    if warm_up and warm_up.source == "run":
        stamp = max(stamp, run.assignment.assigned_at)
    what = What(
        uid=_uid("run", run.pk),
        sequence=run.sequence,
        stamp=stamp,
        summary=_summary(run, away),
        place=run.place,
        lines=_own_lines(run, warm_up, steps),
        url=link("run", run.pk),
        cancelled=cancelled,
        free=away or cancelled,
    )
    event = _event(run, what)
    if warm_up and not what.free:
        event.add_component(_alarm(warm_up))
    return event


def _own_lines(run: Run, warm_up: Given | None, steps: StepsOf) -> list[str]:
    lines = []
    if warm_up:
        minutes = minutes_begun(warm_up.revision.duration_seconds)
        text = _("Warm-up: %(name)s, %(minutes)d min")
        lines = [text % {"name": warm_up.revision.name, "minutes": minutes}]
        lines += [f"{step.position}. {step.exercise_name}: {dose_text(step)}" for step in steps[warm_up.revision.pk]]
        if warm_up.note:
            lines.append(_("Note on the warm-up: %(note)s") % {"note": warm_up.note})
    if run.note:
        lines.append(_("Note on the run: %(note)s") % {"note": run.note})
    if warm_up:
        lines.append(_("Start the warm-up: %(url)s") % {"url": link("warm-up", run.pk)})
    return [*lines, _("The run: %(url)s") % {"url": link("run", run.pk)}]


def _squad_event(of_date: Sequence[SquadRun], squad: Squad) -> Event:
    running = [each for each in of_date if each.run.status == Run.Status.PLANNED] or of_date
    first = running[0]
    cancelled = first.run.status == Run.Status.CANCELLED
    names = sorted(_("%(name)s (away)") % {"name": each.name} if each.away else each.name for each in running)
    left_out = len(names) - NAMES_AT_MOST
    there = sum(not each.away for each in running)
    if first.of_date is None:
        summary = f"{_summary(first.run, first.away)}: {first.name}"
        lines = [first.run.note] if first.run.note else []
    else:
        count = ngettext("%(count)d athlete", "%(count)d athletes", there) % {"count": there}
        summary = f"{_summary(first.run, away=False)}: {squad.name}, {count}"
        lines = [*([first.run.note] if first.run.note else []), *names[:NAMES_AT_MOST]]
        if left_out > 0:
            lines.append(ngettext("and %(count)d more", "and %(count)d more", left_out) % {"count": left_out})
    what = What(
        uid=_uid("date", first.of_date) if first.of_date else _uid("run", first.run.pk),
        sequence=max(each.run.sequence for each in of_date),
        stamp=max(_stamp(each.run) for each in of_date),
        summary=summary,
        place=first.run.place,
        lines=lines,
        url=link("run", first.run.pk) if first.of_date is None else settings.SITE_URL + squad.get_absolute_url(),
        cancelled=cancelled,
        free=cancelled or not there,
    )
    return _event(first.run, what)


def _busy(number: int, kind: str, run: Run) -> What:
    # The stamp would tell when a coach sat down to plan, or that the warm-up changed; it is the run's own all the same.
    return What(uid=_uid(kind, number), sequence=run.sequence, stamp=_stamp(run), summary=str(_("Busy")), private=True)


def _event(run: Run, what: What) -> Event:
    start = run.starts_at
    event = Event()
    event.add("uid", what.uid)
    event.add("sequence", what.sequence)
    event.add("dtstamp", what.stamp)
    event.add("last-modified", what.stamp)
    event.add("dtstart", _moment(start, run.time_zone))
    event.add("dtend", _moment(start + length(run), run.time_zone))
    event.add("summary", clean(what.summary))
    if what.place:
        event.add("location", clean(what.place))
    if what.lines:
        event.add("description", clean("\n".join(what.lines)))
    if what.url:
        event.add("url", what.url)
    if what.private:
        event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if what.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if what.free else "OPAQUE")
    return event


def _alarm(warm_up: Given) -> Alarm:
    minutes = minutes_begun(warm_up.revision.duration_seconds)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    text = _("Warm-up: %(name)s, %(minutes)d min")
    alarm.add("description", clean(text % {"name": warm_up.revision.name, "minutes": minutes}))
    alarm.add("trigger", -(timedelta(minutes=minutes) + TO_GET_READY))
    return alarm


# --- Parts ----------------------------------------------------------------------------------------------------------
def length(plan: Plan) -> timedelta:
    """How long a run is likely to take: as planned, else by its distance, else by its kind."""
    if plan.planned_minutes:
        return timedelta(minutes=plan.planned_minutes)
    if plan.planned_metres:
        return timedelta(minutes=max(5, round(plan.planned_metres * SECONDS_A_KILOMETRE / 60_000)))
    return timedelta(minutes=MINUTES.get(plan.kind, MINUTES_ELSE))


def clean(text: str) -> str:
    """Text that no reader takes for lines of its own: one kind of line end, and nothing else that controls."""
    lines = ("".join(character for character in line if character >= " " and character != "\x7f")
             for line in text.splitlines())  # fmt: skip
    # icalendar takes a backslash with an N for a line end, whoever wrote it.
    return "\n".join(lines).replace("\\N", "\\\u2060N")


def _moment(instant: datetime, zone: ZoneInfo) -> datetime:
    """The wall time of an instant with its zone; in UTC in the hour that comes a second time, which wall time hides."""
    local = instant.astimezone(zone)
    return instant.astimezone(UTC) if local.fold else local


def _stamp(run: Run) -> datetime:
    return run.created_at + timedelta(seconds=run.sequence)


def _summary(run: Run, away: bool) -> str:
    kind = capfirst(run.get_kind_display())
    return _("%(kind)s (away)") % {"kind": kind} if away else kind


def _uid(what: str, number: int) -> str:
    return f"{what}-{number}@{urlsplit(settings.SITE_URL).hostname}"
