"""The runner's own calendar: a list of the coming weeks, one week, one month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.days import (
    AGENDA_DAYS,
    Day,
    day_of,
    days_of,
    month_days,
    month_of,
    month_word,
    months_from,
    row_of,
    week_of,
    week_word,
)
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.given import with_warm_up
from plans.models import Away, Run
from plans.shown import RunShown, show

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """What a calendar shows: `view` is agenda, week or month; `query` follows /calendar/ in the address."""

    view: str
    title: str
    days: list[date]
    before: str
    after: str
    month: int | None = None


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """One's own runs of all squads and of none: `?month=2027-04`, `?week=2027-W13`, `?from=2027-04-03` (a list).

    Without any of these the next four weeks as a list on a phone and this month on a desk. `?day=…&view=…` leads to the
    view that shows the day. What is no date is passed over.
    """
    person, now = _person(request), timezone.now()
    today = now.astimezone(person.time_zone).date()
    day = day_of(request.GET.get("day", ""))
    if day:
        return redirect(reverse("calendar") + _query(request.GET.get("view", ""), day))
    asked = _asked(request)
    spans = [asked] if asked else [_agenda(today), _month(today)]
    shown, away = _runs_and_away(person, spans, now)
    sections = [
        {"span": span, "days": _days(span, shown, away, person, today), "links": _links(span, today)} for span in spans
    ]
    return render(request, "plans/calendar.html", {"sections": sections, "both": asked is None, "today": today})


def week_around(person: User, now: datetime) -> list[Day]:
    """The days from Monday to Sunday in which `person` lives now, with their own runs."""
    today = now.astimezone(person.time_zone).date()
    week = _week(today - timedelta(days=today.weekday()))
    return _days(week, *_runs_and_away(person, [week], now), person, today)


def _asked(request: HttpRequest) -> Span | None:
    """The span that the address asks for."""
    month, week = month_of(request.GET.get("month", "")), week_of(request.GET.get("week", ""))
    first = day_of(request.GET.get("from", ""))
    if month:
        return _month(month)
    if week:
        return _week(week)
    return _agenda(first) if first else None


def _agenda(first: date) -> Span:
    days = row_of(first, AGENDA_DAYS)
    step = timedelta(days=AGENDA_DAYS)
    return Span("agenda", _range(days), days, _query("agenda", first - step), _query("agenda", first + step))


def _week(first: date) -> Span:
    days = row_of(first, 7)
    return Span("week", _range(days), days, _query("week", first - WEEK), _query("week", first + WEEK))


def _month(day: date) -> Span:
    return Span(
        "month",
        date_format(day, "F Y"),
        month_days(day),
        _query("month", months_from(day, -1)),
        _query("month", months_from(day, 1)),
        month=day.month,
    )


def _query(view: str, day: date) -> str:
    """The part of the address that shows `day` in a view."""
    if view == "month":
        return f"?month={month_word(day)}"
    if view == "week":
        return f"?week={week_word(day)}"
    return f"?from={day.isoformat()}"


def _links(span: Span, today: date) -> list[tuple[str, str, str]]:
    """The views with their names and addresses: of today where the span holds it, else of its middle."""
    day = today if today in span.days else span.days[len(span.days) // 2 if span.month else 0]
    names = {"agenda": _("List"), "week": _("Week"), "month": _("Month")}
    return [(view, name, _query(view, day)) for view, name in names.items()]


def _range(days: list[date]) -> str:
    values = {"first": date_format(days[0], _("j M")), "last": date_format(days[-1], _("j M Y"))}
    return _("%(first)s to %(last)s") % values


def _runs_and_away(person: User, spans: list[Span], now: datetime) -> tuple[list[RunShown], list[Away]]:
    """One's runs of all these days, by start, and the away dates that touch them."""
    first, last = min(span.days[0] for span in spans), max(span.days[-1] for span in spans)
    runs = Run.objects.visible_to(person).filter(athlete=person, local_date__range=(first, last))
    runs = with_warm_up(runs).prefetch_related(SESSIONS_OF_RUN)
    away = Away.objects.visible_to(person).with_reason_for(person)
    away = away.filter(athlete=person, since__lte=last, until__gte=first)
    return [show(run, reader=person, now=now) for run in runs], list(away)


def _days(span: Span, shown: list[RunShown], away: list[Away], person: User, today: date) -> list[Day]:
    days = days_of(span.days, shown=shown, away=away, zone=person.time_zone, today=today, month=span.month)
    return [day for day in days if day.speaks] if span.view == "agenda" else days


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
