"""The log: one's own warm-ups, one of them, changing and deleting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from plans.domain.sessions import Deleted, PainSide, PainSite, delete_session, save_session
from plans.forms.sessions import EFFORT_WORDS, PAIN_WORDS, READINESS_WORDS, EditForm
from plans.models import Session
from plans.querysets import SessionQuerySet
from plans.views.player import shown_to
from warmups.domain.doses import dose_text
from warmups.models import Exercise, Step

PAGE = 30


@dataclass(frozen=True)
class DoneStep:
    """A step of what was prescribed, with what was done of it; `done` is None where nothing was noted."""

    step: Step
    dose: str
    done: dict[str, Any] | None
    instead: str = ""  # the exercise that was done in its place

    @property
    def state(self) -> str:
        """As in components/state.html; "" where nothing was noted."""
        if self.done is None:
            return ""
        if self.done["skipped"]:
            return "skipped"
        fewer = self.done["sets_done"] is not None and self.done["sets_done"] < self.step.sets
        return "partial" if fewer else "done"


def _person(request: HttpRequest) -> User:
    """Who asks; every view here asks them to sign in first."""
    return cast(User, request.user)


def _seen(request: HttpRequest) -> SessionQuerySet:
    """Sessions with all that these pages show, health where the reader may see it."""
    rows = Session.objects.with_health_for(_person(request))
    return rows.select_related("athlete", "run", "revision__routine")


@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """One's own log, the latest first."""
    own = _seen(request).visible_to(_person(request)).filter(athlete=_person(request))
    page = Paginator(own, PAGE).get_page(request.GET.get("page"))
    return render(request, "plans/sessions.html", {"page_obj": page, "pain_limit": settings.PAIN_RED_LIMIT})


@login_required
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """One session, for its athlete and those who coach them. 410 for one's own that was deleted."""
    if Session.objects.filter(pk=session_id, athlete=_person(request)).exclude(deleted_at=None).exists():
        return render(request, "plans/session_deleted.html", status=410)
    found = _seen(request).for_reading(_person(request), pk=session_id)
    own = found.athlete_id == _person(request).pk
    red = found.pain is not None and found.pain >= settings.PAIN_RED_LIMIT and found.health_shared  # type: ignore[attr-defined]
    context = {
        "session": found,
        "own": own,
        "zone": found.run.time_zone if found.run else found.athlete.time_zone,
        "steps": _steps(found),
        "effort_word": _word(EFFORT_WORDS, found.rpe),
        "pain_word": _word(PAIN_WORDS, found.pain),
        "pain_place": pain_place(found),
        "readiness_word": _word(READINESS_WORDS, found.readiness, first=1),
        "red": red,
        "pain_limit": settings.PAIN_RED_LIMIT,
        "memberships": shown_to(_person(request)) if own else [],
    }
    return render(request, "plans/session.html", context)


@login_required
def session_edit(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Change one's own session; what it said before stays in its history."""
    found = Session.objects.for_change(_person(request), pk=session_id)
    form = EditForm(request.POST if request.method == "POST" else None, session=found)
    if form.is_valid():
        now = timezone.now()
        try:
            # Edited now by this server's clock, so that going back to old words is not taken for an old version.
            body = form.body() | {"edited_at": now}
            save_session(id=found.pk, athlete=_person(request), now=now, body=body)
        except ValidationError as error:
            form.refuse(error)
        except Deleted:  # in another tab, in the meantime
            return redirect("session", found.pk)
        else:
            messages.success(request, _("Saved."))
            return redirect("session", found.pk)
    context = {
        "session": found,
        "form": form,
        "pain_limit": settings.PAIN_RED_LIMIT,
        "memberships": shown_to(_person(request)),
    }
    return render(request, "plans/session_edit.html", context, status=422 if form.errors else 200)


@login_required
def session_delete(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Delete one's own session: GET asks, POST does it."""
    found = Session.objects.for_change(_person(request), pk=session_id)
    if request.method == "POST":
        delete_session(session=found, actor=_person(request), now=timezone.now())
        messages.success(request, _("The log is deleted."))
        return redirect("sessions")
    return render(request, "plans/session_delete.html", {"session": found})


def pain_place(session: Session) -> str:
    """Where it hurts, in words: "knee, left"."""
    site = PainSite(session.pain_site).label if session.pain_site in PainSite.values else ""
    side = PainSide(session.pain_side).label if session.pain_side in PainSide.values else ""
    return ", ".join(str(word) for word in (site, side) if word)


def _word(words: Any, number: int | None, first: int = 0) -> str:
    return "" if number is None else str(words[number - first])


def _steps(session: Session) -> list[DoneStep]:
    """What was prescribed beside what was done."""
    if session.revision is None:
        return []
    done = {row["position"]: row for row in session.steps}
    prescribed = session.revision.steps.select_related("exercise")
    swapped = {row["position"]: row["swapped_for"] for row in session.steps if row.get("swapped_for")}
    names = dict(Exercise.objects.filter(slug__in=swapped.values()).values_list("slug", "name")) if swapped else {}
    return [
        DoneStep(step, dose_text(step), done.get(step.position), names.get(swapped.get(step.position, ""), ""))
        for step in prescribed
    ]
