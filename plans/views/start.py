"""A runner's first week, and what becomes of own runs after moving house."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from plans.domain.moving import move_house, open_move
from plans.domain.starting import has_own_week, set_up_week
from plans.forms.start import SUGGESTED, PlaceForm, StartForm
from plans.models import Reminder, Run, Series
from plans.repeats import rule_words
from plans.shown import minutes_of, zone_words
from warmups.domain.suggesting import suggest
from warmups.forms.suggestions import WishesForm
from warmups.kept_answers import kept_html
from warmups.models import Routine

CHOICES = 3
UPRIGHT = {"standing", "single-leg", "moving"}
EXAMPLES = 4


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Set up one's first week; who has one sees what is there. POST with `look` only shows the warm-ups that fit."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101  # login_required
    now = timezone.now()
    if has_own_week(person, now):
        return render(request, "plans/start_done.html", week_there(person, now))
    data = request.POST if request.method == "POST" else None
    place = PlaceForm(data or {"lying": "true"})  # bound, since what fits is shown for it at once
    cards = _library_cards(place)
    suggested = _suggested_card(place)
    lead = person.reminder_lead_minutes or settings.REMINDER_LEAD_MINUTES
    offered: dict[str, Any] = {"routines": [card["routine"] for card in cards], "suggested": bool(suggested)}
    if data and "look" in data:
        form = StartForm(initial=_typed(data), **offered)
    else:
        form = StartForm(data, initial={"lead_minutes": lead}, **offered)
    # Both are asked, so that all that is wrong is told at once.
    if all([form.is_valid(), place.is_valid()]) and _set_up(person, form, place, lead, now):
        messages.success(request, _("Your week is set up."))
        return redirect("start")
    chosen = str(form["routine"].value() or "")
    context = {
        "form": form,
        "place": place,
        "cards": cards,
        "suggested": suggested,
        "chosen": chosen if chosen in dict(form.fields["routine"].choices) else str(form.fields["routine"].initial),  # type: ignore[attr-defined]
    }
    wrong = data and "look" not in data
    return render(request, "plans/start.html", context, status=422 if wrong else 200)


def _set_up(person: User, form: StartForm, place: PlaceForm, lead: int, now: datetime) -> bool:
    """Whether the week is set up; if not, the form says what to change, and nothing is done."""
    values = form.cleaned_data
    routine = values["routine"]
    try:
        with transaction.atomic():
            if routine == SUGGESTED:
                routine = place.wishes().keep(owner=person, now=now)
            # Who left the lead as it stood chose none.
            chosen = values["lead_minutes"] if values["lead_minutes"] != lead else None
            set_up_week(person=person, now=now, week=form.week(), routine=routine, lead_minutes=chosen)
    except ValidationError as error:
        form.refuse(error)
        return False
    return True


def _typed(data: QueryDict) -> dict[str, Any]:
    """What a form was filled in with, to be shown again without being judged."""
    return {name: values if name == "days" else values[-1] for name, values in data.lists()}


def _library_cards(place: PlaceForm) -> list[dict[str, Any]]:
    """Up to three of the library that fit the place, each of another length: one between, the shortest, the longest."""
    library = Routine.objects.library().current().exclude(current=None).select_related("current")
    rows = sorted(library.prefetch_related("current__steps__exercise__equipment"), key=_seconds)
    cards = [card for card in map(_card, rows) if card["needs"] <= place.at_hand]
    if place.standing:
        cards = [card for card in cards if card["standing"]]
    if len(cards) <= CHOICES:
        return cards
    between = next((card for card in cards[1:-1] if card["standing"]), cards[len(cards) // 2])
    return [between, cards[0], cards[-1]]


def _seconds(routine: Routine) -> int:
    assert routine.current  # noqa: S101  # without one it is not asked for
    return routine.current.duration_seconds


def _card(routine: Routine) -> dict[str, Any]:
    """A routine as a card: name, minutes, where and with what it is done, its first exercises."""
    assert routine.current  # noqa: S101
    exercises = [step.exercise for step in routine.current.steps.all()]
    equipment = {item.slug: str(item) for exercise in exercises for item in exercise.equipment.all()}
    return {
        "routine": routine,
        "minutes": minutes_of(routine.current),
        "standing": all(exercise.position in UPRIGHT for exercise in exercises),
        "needs": frozenset(equipment),
        "equipment": ", ".join(sorted(equipment.values())),
        "exercises": exercises[:3],
    }


def _suggested_card(place: PlaceForm) -> str:
    """What would be put together for the place, as the words and figures of a card; "" where nothing fits."""
    wishes = place.wishes()
    try:
        return kept_html("start", wishes.query(), lambda: _rendered(wishes))
    except ValidationError:
        return ""


def _rendered(form: WishesForm) -> str:
    form.full_clean()
    found = suggest(form.wishes())
    context = {
        "name": form.name(),
        "seconds": found.duration_seconds,
        "exercises": [row.exercise for row in found.steps],
    }
    return render_to_string("plans/_start_suggested.html", context)


def week_there(person: User, now: datetime) -> dict[str, Any]:
    """A person's own series in words, the next run, and when they are first told."""
    series = Series.objects.filter(athlete=person, squad=None, ended_on=None).exclude(rule="").order_by("pk")
    next_run = Run.objects.planned().filter(athlete=person, squad=None, starts_at__gt=now).first()
    due = Reminder.objects.filter(run__athlete=person, status=Reminder.Status.SCHEDULED).order_by("due_at").first()
    return {
        "series": [(each, rule_words(each.rule, each.local_time)) for each in series],
        "next_run": next_run,
        "reminder_at": due.due_at.astimezone(person.time_zone) if due else None,
    }


def moving_asked(person: User, now: datetime) -> str | None:
    """The page on which somebody who just moved house is asked what becomes of their own runs."""
    return reverse("calendar-moving") if open_move(person, now) else None


@login_required
def moving(request: HttpRequest) -> HttpResponse:
    """After a change of time zone: GET asks what is to become of own runs, POST answers."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101  # login_required
    now = timezone.now()
    if request.method == "POST" and request.POST.get("answer") in ("move", "stay"):
        moved = move_house(person=person, now=now, keep_wall_time=request.POST["answer"] == "move")
        words = ngettext("%(count)d run moved with you.", "%(count)d runs moved with you.", len(moved))
        text = words % {"count": len(moved)} if moved else _("Your runs stay as they were.")
        messages.success(request, text)
        return redirect("calendar")
    move = open_move(person, now)
    if move is None:
        return redirect("calendar")
    context = {
        "count": len(move.runs),
        "examples": [_example(run) for run in move.runs[:EXAMPLES]],
        "zone": zone_words(person.time_zone),
        "unanswered": request.method == "POST",
    }
    return render(request, "plans/moving.html", context, status=422 if request.method == "POST" else 200)


def _example(run: Run) -> dict[str, str]:
    return {
        "when": date_format(run.local_start, _("D j M, H:i")),
        "at": date_format(run.local_start, "H:i"),
        "zone": zone_words(run.time_zone),
        "kind": run.get_kind_display(),
    }
