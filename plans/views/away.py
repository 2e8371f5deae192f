"""Away dates: one's own, and those of an athlete for their coaches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from plans.domain.away import change_away, come_back, end_away, set_away
from plans.forms.away import AwayForm
from plans.models import Away, Membership, Squad
from plans.models.squads import Role
from plans.querysets import AwayQuerySet

PAST_AT_MOST = 20


# --- One's own ------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """One's away dates: those that hold or come, and the last ones before."""
    person, now = _person(request), timezone.now()
    return render(request, "plans/away.html", _listed(_rows(person).filter(athlete=person), person, now))


@login_required
def away_new(request: HttpRequest) -> HttpResponse:
    """Say that one is away."""
    person = _person(request)
    context = {"back": reverse("away"), "back_word": _("Away dates")}
    return _new(request, person, then=reverse("away"), context=context)


@login_required
def away_change(request: HttpRequest, away_id: int) -> HttpResponse:
    """Change away dates of one's own."""
    person = _person(request)
    row = _rows(person).filter(athlete=person).for_change(person, pk=away_id)
    context = {"back": reverse("away"), "back_word": _("Away dates")}
    return _change(request, row, then=reverse("away"), context=context)


@login_required
def away_end(request: HttpRequest, away_id: int) -> HttpResponse:
    """Take away dates of one's own back: GET asks, POST acts."""
    person = _person(request)
    row = _rows(person).filter(athlete=person).for_change(person, pk=away_id)
    return _end(request, row, then=reverse("away"))


@login_required
@require_POST
def away_back(request: HttpRequest, away_id: int) -> HttpResponse:
    """One is back today: the dates end yesterday."""
    person = _person(request)
    row = _rows(person).filter(athlete=person).for_change(person, pk=away_id)
    come_back(away=row, actor=person, now=timezone.now())
    messages.success(request, _("Welcome back. Your runs count again from today on."))
    return redirect(_next(request))


# --- An athlete's, for their coaches --------------------------------------------------------------------------------
@login_required
def squad_away(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """What a coach knows of an athlete's away dates, and the form to add some."""
    squad, athlete = _of_squad(request, slug, person_id)
    rows = _rows(_person(request)).filter(athlete=athlete)
    context = _listed(rows, athlete, timezone.now()) | _coming_back(squad, athlete)
    return _new(request, athlete, then=request.path, context=context, template="plans/squad_away.html")


@login_required
def squad_away_change(request: HttpRequest, slug: str, person_id: int, away_id: int) -> HttpResponse:
    """A coach changes away dates of an athlete."""
    squad, athlete = _of_squad(request, slug, person_id)
    row = _rows(_person(request)).filter(athlete=athlete).for_change(request.user, pk=away_id)
    then = reverse("squad-away", args=[squad.slug, athlete.pk])
    return _change(request, row, then=then, context={"back": then, "back_word": _("Away dates")})


@login_required
def squad_away_end(request: HttpRequest, slug: str, person_id: int, away_id: int) -> HttpResponse:
    """A coach takes away dates of an athlete back: GET asks, POST acts."""
    squad, athlete = _of_squad(request, slug, person_id)
    row = _rows(_person(request)).filter(athlete=athlete).for_change(request.user, pk=away_id)
    return _end(request, row, then=reverse("squad-away", args=[squad.slug, athlete.pk]))


def _of_squad(request: HttpRequest, slug: str, person_id: int) -> tuple[Squad, User]:
    """A squad that one coaches and an athlete of it. Raises Http404; PermissionDenied for who does not coach it."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    rows = Membership.objects.select_related("person")
    membership = rows.for_reading(request.user, squad=squad, person_id=person_id, role=Role.ATHLETE)
    return squad, membership.person


def _coming_back(squad: Squad, athlete: User) -> dict[str, Any]:
    return {
        "squad": squad,
        "athlete": athlete,
        "back": reverse("squad-athlete", args=[squad.slug, athlete.pk]),
        "back_word": athlete.name,
    }


# --- What both do ---------------------------------------------------------------------------------------------------
def _new(
    request: HttpRequest, athlete: User, *, then: str, context: dict[str, Any], template: str = "plans/away_form.html"
) -> HttpResponse:
    person, now = _person(request), timezone.now()
    mine = athlete.pk == person.pk
    today = now.astimezone(athlete.time_zone).date()
    form = AwayForm(
        request.POST if request.method == "POST" else None,
        why_help=_why_help(mine),
        initial={"since": _asked_day(request) or today},
    )
    if form.is_valid():
        try:
            row = set_away(athlete=athlete, actor=person, now=now, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _said(row, mine))
            return redirect(then)
    return render(request, template, context | {"form": form, "mine": mine}, status=422 if form.errors else 200)


def _change(request: HttpRequest, row: Away, *, then: str, context: dict[str, Any]) -> HttpResponse:
    person = _person(request)
    mine = row.athlete_id == person.pk
    form = AwayForm(
        request.POST if request.method == "POST" else None,
        asks_why=row.reason_shared,  # type: ignore[attr-defined]  # _rows
        why_help=_why_help(mine),
        initial={"since": row.since, "until": row.until, "reason": row.reason},
    )
    if form.is_valid():
        try:
            changed = change_away(away=row, actor=person, changes=form.cleaned_data, now=timezone.now())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _said(changed, mine))
            return redirect(then)
    context |= {"form": form, "mine": mine, "away": row, "athlete": row.athlete}
    return render(request, "plans/away_form.html", context, status=422 if form.errors else 200)


def _end(request: HttpRequest, row: Away, *, then: str) -> HttpResponse:
    if request.method == "POST":
        end_away(away=row, actor=_person(request), now=timezone.now())
        messages.success(request, _("Those dates are gone. The runs in them are back."))
        return redirect(then)
    context = {
        "title": _("Remove these away dates?"),
        "text": _dates(row),
        "consequences": [_("The runs in them are on again, with their reminders, and count.")],
        "button": _("Remove the dates"),
        "back": then,
    }
    return render(request, "components/confirm.html", context)


def _rows(reader: User) -> AwayQuerySet:
    """Away dates with all that pages show of them to `reader`."""
    return Away.objects.visible_to(reader).with_reason_for(reader).select_related("athlete", "created_by")


def _listed(rows: AwayQuerySet, athlete: User, now: datetime) -> dict[str, Any]:
    """Away dates as _away_rows.html takes them."""
    today = now.astimezone(athlete.time_zone).date()
    return {
        "today": today,
        "coming": rows.filter(until__gte=today),
        "past": rows.filter(until__lt=today).order_by("-since", "-pk")[:PAST_AT_MOST],
    }


def _why_help(mine: bool) -> str:
    if mine:
        return _("Ill and injured are shown to coaches with whom you share pain and notes, others read “away”.")
    return _("Shown to the athlete, and to coaches with whom they share pain and notes.")


def _said(row: Away, mine: bool) -> str:
    values = {"dates": _dates(row), "name": row.athlete}
    if mine:
        return _("You are away: %(dates)s. No reminders then, and nothing is counted.") % values
    return _("%(name)s is away: %(dates)s. No reminders then, and nothing is counted.") % values


def _dates(row: Away) -> str:
    first, last = date_format(row.since, _("D j M")), date_format(row.until, _("D j M Y"))
    if row.since == row.until:
        return last
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _asked_day(request: HttpRequest) -> date | None:
    """The day that a link asks to begin with."""
    try:
        return date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return None


def _next(request: HttpRequest) -> str:
    """Where somebody who is back came from: their day, or the list."""
    return "today" if request.POST.get("then") == "today" else "away"


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
