"""The first page, and the athlete's next run with its warm-up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.after_runs import to_ask
from plans.domain.given import with_warm_up
from plans.domain.moving import open_move
from plans.models import Away, Membership, Reminder, Run, Session
from plans.models.squads import Role
from plans.querysets import RunQuerySet
from plans.ribbon import ribbon
from plans.shown import RunShown, minutes_of, show, show_reminder, show_ribbon, source_words, steps_of
from plans.views.calendar import week_around
from plans.views.sessions import after_questions
from plans.views.standing import rules_address
from warmups.domain.durations import step_seconds
from warmups.models import Routine

DAYS_AHEAD = 7
DAYS_BACK = 14
COMING_AT_MOST = 20
RECENT_AT_MOST = 4
START_SHOWN = "start-shown"
NEW_FOR = timedelta(days=7)
WANTED_SOON = timedelta(hours=36)
# What a visitor may try: on one's feet, so that it can be done where one stands.
TRIED_FIRST = "five-to-fire-up-the-glutes-standing"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who is signed in goes to their day or to the squads they coach; a visitor learns what this is.

    Who is new, without squad and run, is led to setting up a first week, once a browser.
    """
    if not isinstance(request.user, User):
        return render(request, "plans/home.html", _landing())
    mine = list(Membership.objects.visible_to(request.user).filter(person=request.user).select_related("squad"))
    if not mine and _is_new(request.user) and START_SHOWN not in request.session:
        request.session[START_SHOWN] = True
        return redirect("start")
    if not mine or Role.ATHLETE in {membership.role for membership in mine}:
        return redirect("today")
    return redirect(mine[0].squad if len(mine) == 1 else "squads")


def _is_new(person: User) -> bool:
    """Whether somebody made their account lately, to run by themselves, and has not planned anything yet."""
    lately = timezone.now() - person.date_joined < NEW_FOR
    return lately and not person.is_staff and not Run.objects.filter(athlete=person).exists()


def _landing() -> dict[str, Any]:
    """The library's warm-up to try, if it is there, and the ribbon of an invented morning with it."""
    library = Routine.objects.library().current().exclude(current=None).select_related("current")
    routine = library.filter(slug=TRIED_FIRST).first() or library.order_by("pk").first()
    if routine is None or routine.current is None:
        return {"routine": None}
    steps = steps_of(routine.current)
    start = datetime(2027, 3, 15, 7, 0, tzinfo=UTC)
    minutes = minutes_of(routine.current)
    return {
        "routine": routine,
        "steps": steps,
        "minutes": minutes,
        "warm_up_time": start - timedelta(minutes=minutes),
        "ribbon": ribbon(
            starts_at=start,
            now=start - timedelta(hours=2),
            step_seconds=[step_seconds(each.step) for each in steps],
            reminder_at=start - timedelta(hours=1),
        ),
    }


@login_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """One's next run with its warm-up, the later ones of the week, and what became of the last ones."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101  # login_required
    now = timezone.now()
    # Within the grace after its start the warm-up still counts, so the run is still the next.
    since = now - timedelta(minutes=settings.ADHERENCE_GRACE_MINUTES)
    mine = _with_all(Run.objects.visible_to(person).filter(athlete=person))
    coming = [show(run, reader=person, now=now) for run in mine.filter(starts_at__gte=since)[:COMING_AT_MOST]]
    past = mine.planned().filter(starts_at__lt=since, starts_at__gte=now - timedelta(days=DAYS_BACK))
    following = next((each for each in coming if not each.cancelled and not each.away), None)
    week = now + timedelta(days=DAYS_AHEAD)
    warmed_up = to_ask(athlete=person, now=now)
    context = {
        "after": after_questions(warmed_up) if warmed_up else None,
        "next": following,
        "later": [each for each in coming if each is not following and each.run.starts_at < week],
        "recent": [show(run, reader=person, now=now) for run in past.order_by("-starts_at")[:RECENT_AT_MOST]],
        "week": week_around(person, now),
        "prefetch": _wanted_soon(coming, now),
        "away": away_today(person, now),
        "moved": open_move(person, now),
        "in_a_squad": Membership.objects.visible_to(person).filter(person=person).exists(),
    }
    if following:
        context |= next_run(following, reader=person, now=now)
    return render(request, "plans/today.html", context)


def _wanted_soon(coming: Iterable[RunShown], now: datetime) -> list[str]:
    """The addresses that a phone should have before its owner is where no signal is: the runs of the next day."""
    soon = [each.run for each in coming if not each.cancelled and each.given and each.run.starts_at < now + WANTED_SOON]
    return [address for run in soon for address in (reverse("warm-up", args=[run.pk]), run.get_absolute_url())]


def away_today(person: User, now: datetime) -> Away | None:
    """The away dates in which somebody is today, where they live."""
    day = now.astimezone(person.time_zone).date()
    return (
        Away.objects.visible_to(person)
        .with_reason_for(person)
        .filter(athlete=person, since__lte=day, until__gte=day)
        .first()
    )


def next_run(shown: RunShown, *, reader: User, now: datetime) -> dict[str, Any]:
    """What _next_run.html shows of a run of the reader's own beside the run itself."""
    run = shown.run
    steps = steps_of(shown.given.revision) if shown.given else []
    reminder = show_reminder(run, Reminder.objects.visible_to(reader).filter(run=run), now)
    return {
        "steps": steps,
        "reminder": reminder,
        "ribbon": show_ribbon(shown, steps, reminder.at, now),
        "source": source_words(run, shown.given, reader) if shown.given else "",
        "source_href": rules_address(run, shown.given, reader) if shown.given else "",
        "session": Session.objects.visible_to(reader).filter(run=run).first(),
    }


def _with_all(runs: RunQuerySet) -> RunQuerySet:
    return with_warm_up(runs).select_related("assignment__assigned_by").prefetch_related(SESSIONS_OF_RUN)
