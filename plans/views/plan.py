"""A squad's planning page: the coming weeks' runs by date, and the form to add to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.assignments import assign
from plans.domain.given import with_warm_up
from plans.domain.runs import schedule_for_squad, schedule_run
from plans.forms.runs import SquadRunForm
from plans.models import Run, Series, Squad
from plans.models.squads import Role
from plans.shown import RunShown, show, zone_words

WEEKS_AHEAD = 4


@dataclass(frozen=True)
class Outing:
    """What stands under a date: everyone's runs of a series, or one athlete's run (then `series` is None)."""

    series: Series | None
    runs: list[RunShown]
    kind: str
    kind_word: str
    clock: datetime
    zone: str
    place: str
    cancelled: bool

    @property
    def time(self) -> str:
        """The time of day of its start."""
        return date_format(self.clock, "H:i")

    @property
    def on(self) -> list[RunShown]:
        """The runs that are not cancelled."""
        return [each for each in self.runs if not each.cancelled]

    @property
    def warm_ups(self) -> list[str]:
        """What they were given, each name once."""
        return list(dict.fromkeys(each.given.revision.name for each in self.on if each.given))

    @property
    def without(self) -> int:
        """How many have no warm-up."""
        return sum(each.given is None for each in self.on)


@login_required
def squad_plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The squad's coming four weeks for its coaches; POST adds a date for everyone, or a run for one athlete."""
    person, now = request.user, timezone.now()
    assert isinstance(person, User)  # noqa: S101  # login_required
    squad = Squad.objects.select_related("default_routine").for_change(person, slug=slug)
    athletes = User.objects.filter(
        pk__in=squad.memberships.active().filter(role=Role.ATHLETE).values("person_id")
    ).order_by("name", "pk")
    today = now.astimezone(squad.time_zone).date()
    initial = {
        "athlete": request.GET.get("athlete"),
        "local_date": _asked_day(request) or today + timedelta(days=1),
        "time_zone": squad.time_zone,
    }
    data = request.POST if request.method == "POST" else None
    form = SquadRunForm(data, person=person, squad=squad, athletes=athletes, initial=initial)
    if form.is_valid():
        try:
            done = _schedule(squad, person, form, now)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, done)
            return redirect("squad-plan", squad.slug)
    context = {
        "squad": squad,
        "form": form,
        "athletes": len(athletes),
        "days": _days(squad, person, athletes, today, now),
        "weeks": WEEKS_AHEAD,
    }
    return render(request, "plans/plan.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _schedule(squad: Squad, person: User, form: SquadRunForm, now: datetime) -> str:
    """Do what the form asks for; returns what to say."""
    routine, athlete = form.cleaned_data["routine"], form.cleaned_data["athlete"]
    deed: dict[str, Any] = {"squad": squad, "actor": person, "now": now, **form.plan()}
    if athlete:
        made = schedule_run(athlete=athlete, **deed)
        if routine:
            assign(routine=routine, runs=[made], actor=person, now=now)
        return _("The run of %(name)s is planned.") % {"name": athlete}
    count = schedule_for_squad(routine=routine, **deed).runs.count()
    if not count:
        return _("The date is planned. Whoever joins gets the run at once.")
    return ngettext(
        "The run is planned for %(count)d athlete.", "The run is planned for %(count)d athletes.", count
    ) % {"count": count}


def _asked_day(request: HttpRequest) -> date | None:
    """The day that a link asks to plan for."""
    try:
        return date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return None


def _days(
    squad: Squad, person: User, athletes: Iterable[User], today: date, now: datetime
) -> list[tuple[date, list[Outing]]]:
    """The coming weeks' outings under their local dates: the squad's, and its athletes' own runs."""
    start = datetime.combine(today, time.min, tzinfo=squad.time_zone)
    span = {"starts_at__gte": start, "starts_at__lt": start + timedelta(weeks=WEEKS_AHEAD)}
    runs = Run.objects.coached_by(person).filter(Q(squad=squad) | Q(squad=None), athlete__in=athletes, **span)
    runs = with_warm_up(runs).select_related("series").prefetch_related(SESSIONS_OF_RUN).order_by("athlete__name", "pk")
    of_series: dict[int, list[RunShown]] = defaultdict(list)
    outings = []
    for run in runs:
        shown = show(run, reader=person, now=now)
        if run.series_id:
            of_series[run.series_id].append(shown)
        else:
            outings.append((run.starts_at, run.local_date, _single(shown)))
    for series in Series.objects.editable_by(person).filter(squad=squad, **span):
        outing = _together(series, of_series[series.pk], person)
        outings.append((series.starts_at, series.local_date, outing))
    days: dict[date, list[Outing]] = defaultdict(list)
    for _start, day, outing in sorted(outings, key=lambda each: each[0]):
        days[day].append(outing)
    return sorted(days.items())


def _single(shown: RunShown) -> Outing:
    run = shown.run
    return Outing(None, [shown], run.kind, shown.kind, shown.clock, shown.zone, run.place, shown.cancelled)


def _together(series: Series, runs: list[RunShown], reader: User) -> Outing:
    return Outing(
        series=series,
        runs=runs,
        kind=series.kind,
        kind_word=capfirst(series.get_kind_display()),
        clock=series.starts_at.astimezone(series.time_zone),
        zone="" if series.time_zone == reader.time_zone else zone_words(series.time_zone),
        place=series.place,
        cancelled=series.cancelled_at is not None,
    )
