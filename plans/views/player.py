"""The guided warm-up: for a run, where it ends in a log, and to try, where nothing is kept."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.domain.given import given, with_warm_up
from plans.domain.sessions import Deleted, save_session
from plans.forms.sessions import LogForm, noted_steps
from plans.models import Membership, Run, Session
from plans.pain_map import pain_map
from plans.ribbon import RibbonStep, ribbon
from plans.shown import minutes_of
from warmups.domain.doses import dose_numbers, dose_unit
from warmups.domain.durations import (
    HOLD_CHANGE_SECONDS,
    SECONDS_PER_METRE,
    SECONDS_PER_REP,
    SET_UP_SECONDS,
    SIDE_CHANGE_SECONDS,
    minutes_begun,
    step_seconds,
)
from warmups.domain.versions import stand_ins
from warmups.forms.suggestions import WishesForm
from warmups.models import Revision, Routine, Step
from warmups.version_choices import Versions, versions

LEAD_IN_SECONDS = 5  # of getting ready, the last ones are counted down under other words


@dataclass(frozen=True)
class Card:
    """A step as the list shows it."""

    step: Step
    dose: str
    unit: str


@login_required
def warm_up(request: HttpRequest, run_id: int) -> HttpResponse:
    """The warm-up of one's own run; POST logs it. 403 for a coach, who sees the run but does not do it."""
    athlete = cast(User, request.user)
    run = with_warm_up(Run.objects.all()).for_reading(athlete, pk=run_id)
    if run.athlete_id != athlete.pk:
        return render(request, "plans/player_of_another.html", {"run": run}, status=403)
    revision = shown_revision(run, athlete, request.POST.get("routine_revision", ""))
    if revision is None and request.method != "POST":
        return render(request, "plans/player_without_routine.html", {"run": run})
    now = timezone.now()
    choice = versions(_steps_of(revision), request.GET)
    form = LogForm(request.POST if request.method == "POST" else None, revision=revision, version=choice.shown, now=now)
    if form.is_valid():
        body = form.body() | {"run": run.pk}
        try:
            session, _created = save_session(id=form.cleaned_data["id"], athlete=athlete, now=now, body=body)
        except ValidationError as error:
            form.refuse(error)
        except Deleted:
            form.renew()
        else:
            return redirect("session", session.pk)
    context = _of_versions(revision, choice, key=f"{athlete.pk}:{run.pk}") | {
        "run": run,
        "note": _note(run, revision),
        "form": form,
        "logged": Session.objects.visible_to(athlete).filter(run=run).first(),
        **questions(athlete),
    }
    return render(request, "plans/player.html", context, status=422 if form.errors else 200)


def _note(run: Run, revision: Revision | None) -> str:
    """The note that goes with what the run is given, if that is what is shown."""
    what = given(run)
    return what.note if what and what.revision == revision else ""


@require_safe
def try_warm_up(request: HttpRequest, routine_id: int) -> HttpResponse:
    """A routine to try, with or without an account; nothing is kept."""
    routine = Routine.objects.select_related("current").for_reading(request.user, pk=routine_id)
    choice = versions(_steps_of(routine.current), request.GET)
    context = _of_versions(routine.current, choice, key=f"{request.user.pk or 0}:try") | {"routine": routine}
    return render(request, "plans/player.html", context)


@require_safe
def suggested_warm_up(request: HttpRequest) -> HttpResponse:
    """A suggestion to do right now, with or without an account; nothing is kept. Wishes as on the page of it."""
    form = WishesForm(request.GET)
    address = reverse("routine-suggest") + "?" + form.query()
    suggestion = form.suggestion()
    if suggestion is None:  # the page says which wish to relax
        return redirect(address)
    slugs = " ".join(step.exercise.slug for step in suggestion.steps)
    key = f"{request.user.pk or 0}:suggested:{zlib.crc32(slugs.encode())}"
    context = _player(form.name(), suggestion.steps, key=key) | {"suggestion": address}
    return render(request, "plans/player.html", context)


@require_safe
def try_cues(request: HttpRequest) -> HttpResponse:
    """Sounds, words, vibration and flash of the guide, to be heard before one relies on them."""
    return render(request, "plans/cues.html")


def shown_revision(run: Run, athlete: User, sent: str) -> Revision | None:
    """What the athlete had before them when they sent the form, as far as they see it; else what the run was given.

    A coach may change or withdraw a warm-up while it is being done: the log is about the one that was done.
    """
    prescribed = given(run)
    given_now = prescribed.revision if prescribed else None
    if not sent.isdecimal() or len(sent) > 18 or (given_now and given_now.pk == int(sent)):
        return given_now
    return Revision.objects.visible_to(athlete).filter(pk=int(sent)).first() or given_now


def _steps_of(revision: Revision | None) -> list[Step]:
    return list(revision.steps.select_related("exercise")) if revision else []


def questions(athlete: User) -> dict[str, Any]:
    """What _session_fields.html needs beside its form."""
    return {"pain_limit": settings.PAIN_RED_LIMIT, "memberships": shown_to(athlete), "pain_map": pain_map()}


def shown_to(person: User) -> list[Membership]:
    """The squads whose coaches read a person's sessions, each with whether that goes for pain and notes."""
    own = Membership.objects.visible_to(person).filter(person=person, role="athlete")
    return list(own.select_related("squad").order_by("squad__name"))


# --- What the guide is told -----------------------------------------------------------------------------------------
def _of_versions(revision: Revision | None, choice: Versions, *, key: str) -> dict[str, Any]:
    """What the page and its guide show of the version of a revision that was chosen, and of those to choose."""
    chosen = choice.shown
    key = f"{key}:{revision.pk if revision else 0}"
    name = revision.name if revision else _("Warm-up")
    context = _player(name, chosen.steps, key=f"{key}:{choice.query}" if choice.query else key)
    if revision and chosen.full:
        context["minutes"] = minutes_of(revision)  # as the run's page says it
    context["player"] |= {"short": chosen.short, "noted": noted_steps(chosen)}
    return context | {"versions": choice}


def _player(name: str, steps: Sequence[Step], *, key: str) -> dict[str, Any]:
    """What the page and its guide show of steps, kept or not. `key` names a warm-up under way in the browser."""
    lengths = [step_seconds(step) for step in steps]
    instead = stand_ins(steps)
    return {
        "name": name,
        "cards": [Card(step, dose_numbers(step), dose_unit(step)) for step in steps],
        "seconds": sum(lengths),
        "minutes": minutes_begun(sum(lengths)),
        "bars": _bars(lengths),
        "stand_ins": {each.exercise.slug: each for row in instead.values() for each in row.values()}.values(),
        "player": {
            "key": key,
            "steps": [
                _step(step) | {"instead": {why: _step(each) for why, each in instead.get(step.position, {}).items()}}
                for step in steps
            ],
            "seconds": {
                "setUp": SET_UP_SECONDS,
                "sideChange": SIDE_CHANGE_SECONDS,
                "holdChange": HOLD_CHANGE_SECONDS,
                "leadIn": LEAD_IN_SECONDS,
            },
            "words": _words(),
        },
    }


def _bars(lengths: Sequence[int]) -> tuple[RibbonStep, ...]:
    """The ribbon of the warm-up alone: each step as wide as it lasts."""
    now = timezone.now()
    return ribbon(starts_at=now, now=now, step_seconds=lengths).steps


def _step(step: Step) -> dict[str, Any]:
    """A step as static/js/player/timeline.js reads it, with the words to show."""
    guess = SECONDS_PER_METRE if step.mode == "distance" else SECONDS_PER_REP
    return {
        "position": step.position,
        "slug": step.exercise.slug,
        "name": step.exercise_name,
        "dose": dose_numbers(step),
        "unit": dose_unit(step),
        "cue": step.note or next(iter(step.exercise.cues), ""),
        "setUp": _first_sentence(step.exercise.set_up),
        "mode": step.mode,
        "sets": step.sets,
        "reps": step.reps or 1,
        "hold": step.hold_seconds,
        "metres": step.metres,
        "sides": step.sides,
        "rest": step.rest_seconds,
        "pace": float(guess if step.seconds_per_rep is None else step.seconds_per_rep),
        "paced": step.seconds_per_rep is not None,
    }


def _first_sentence(text: str) -> str:
    """As much of a set-up as one can read while getting into it."""
    return re.split(r"(?<=[.!?…])\s", text.strip(), maxsplit=1)[0]


def _words() -> dict[str, str]:
    """What the guide says; {n} and the like are filled in by it."""
    return {
        "step": _("Step {n} of {total}"),
        "set": _("Set {n} of {total}"),
        "leftSide": _("Left side"),
        "rightSide": _("Right side"),
        "place": _("Set up"),
        "ready": _("Get ready"),
        "switch": _("Switch sides"),
        "toLeft": _("Switch to the left"),
        "toRight": _("Switch to the right"),
        "rest": _("Rest"),
        "release": _("Let go"),
        "hold": _("Hold"),
        "holdOf": _("Hold {n} of {total}"),
        "rep": _("Rep"),
        "of": _("of {n}"),
        "reps": _("reps"),
        "metres": _("metres"),
        "ownPace": _("Your pace"),
        "next": _("Next: {name} · {dose}"),
        "last": _("This is the last one"),
        "half": _("Half way"),
        "over": _("Well done"),
        "instead": _("{name} instead"),
        "justSkip": _("Skip it"),
        "pause": _("Pause"),
        "resume": _("Go on"),
        "done": _("Done"),
        "paused": _("Paused"),
        "summary": _("{done} of {total} steps"),
        "stopped": _("You stopped at step {n} of {total}, {name}, with {left} to go."),
        "unsaved": _("You finished this warm-up, and it is not saved yet."),
        "carryOn": _("Go on from there"),
        "logIt": _("Log it now"),
    }
