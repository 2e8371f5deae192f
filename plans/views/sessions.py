"""The log: one's own warm-ups, one of them, changing and deleting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.domain.after_runs import is_asked, leave_after, say_after
from plans.domain.given import with_warm_up
from plans.domain.session_history import restore_version, versions_of
from plans.domain.sessions import CLOCK_OFF_TOLD, Deleted, PainSide, PainSite, delete_session, save_session
from plans.forms.sessions import EFFORT_WORDS, PAIN_WORDS, READINESS_WORDS, AfterForm, EditForm, MemoryForm
from plans.models import Run, Session, SessionVersion
from plans.querysets import SessionQuerySet
from plans.session_words import differences
from plans.views.player import questions, shown_revision, shown_to
from warmups.domain.doses import dose_text
from warmups.models import Exercise, Step


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
        "after_words": after_words(found),
        "pain_limit": settings.PAIN_RED_LIMIT,
        # Those who joined later do not read it.
        "memberships": [each for each in shown_to(found.athlete) if each.sees_from <= found.started_at] if own else [],
        "clock": clock_words(found, found.athlete.time_zone),
        "versions": found.versions.count() if own else 0,
        "after": after_questions(found) if own and is_asked(found, timezone.now()) else None,
    }
    return render(request, "plans/session.html", context)


@login_required
def session_new(request: HttpRequest, run_id: int | None = None) -> HttpResponse:
    """Log a warm-up that was done without the guide: of one's own run, or without one. 403 for a run's coach."""
    athlete, now = _person(request), timezone.now()
    run = with_warm_up(Run.objects.all()).for_reading(athlete, pk=run_id) if run_id is not None else None
    if run and run.athlete_id != athlete.pk:
        return render(request, "plans/player_of_another.html", {"run": run}, status=403)
    revision = shown_revision(run, athlete, request.POST.get("routine_revision", "")) if run else None
    form = MemoryForm(
        request.POST if request.method == "POST" else None, athlete=athlete, run=run, revision=revision, now=now
    )
    if form.is_valid():
        try:
            saved, _created = save_session(id=form.cleaned_data["id"], athlete=athlete, now=now, body=form.body())
        except ValidationError as error:
            form.refuse(error)
        except Deleted:
            form.renew()
        else:
            messages.success(request, _("Saved."))
            return redirect("session", saved.pk)
    context = {
        "run": run,
        "revision": revision,
        "logged": Session.objects.visible_to(athlete).filter(run=run).first() if run else None,
        "form": form,
        **questions(athlete),
    }
    return render(request, "plans/session_new.html", context, status=422 if form.errors else 200)


@login_required
def session_after(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Answer a question after the run, or leave them; then back to Today or to the session, where GET leads at once."""
    found = Session.objects.for_change(_person(request), pk=session_id)
    if request.method != "POST":  # signed in again on the way
        return redirect("session", found.pk)
    now = timezone.now()
    form = AfterForm(request.POST)
    if "leave" in request.POST:
        leave_after(session=found, now=now)
    elif not form.is_valid():
        messages.warning(request, _("Choose one of the answers."))
    elif said := {name: value for name, value in form.cleaned_data.items() if value is not None}:
        try:
            say_after(session=found, actor=_person(request), now=now, said=said)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        except Deleted:  # in another tab, in the meantime; the next page says so
            pass
    return redirect("today") if request.POST.get("then") == "today" else redirect("session", found.pk)


def after_questions(session: Session) -> dict[str, Any]:
    """What _after_run.html asks next of `session`."""
    form = AfterForm()
    name = "stiff_before" if session.stiff_before is None else "first_ten"
    return {"session": session, "name": name, "question": form[name].label, "answers": form.fields[name].choices}  # type: ignore[attr-defined]


@login_required
def session_edit(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Change one's own session; what it said before stays in its history."""
    rows = Session.objects.select_related("run", "revision")
    found = rows.for_change(_person(request), pk=session_id)
    now = timezone.now()
    form = EditForm(request.POST if request.method == "POST" else None, session=found, now=now)
    if form.is_valid():
        try:
            # Edited now by this server's clock, so that going back to old words is not taken for an old version.
            body = form.body() | {"edited_at": now}
            save_session(id=found.pk, athlete=_person(request), now=now, body=body, clock_off=found.clock_off_seconds)
        except ValidationError as error:
            form.refuse(error)
        except Deleted:  # in another tab, in the meantime
            return redirect("session", found.pk)
        else:
            messages.success(request, _("Saved."))
            return redirect("session", found.pk)
    context = {"session": found, "form": form, **questions(_person(request))}
    return render(request, "plans/session_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def session_history(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The versions of one's own session, and in what each differs from the one that stands."""
    found = _seen(request).for_change(_person(request), pk=session_id)
    rows = versions_of(found)
    zone = found.run.time_zone if found.run else found.athlete.time_zone
    context = {
        "session": found,
        "zone": zone,
        "versions": [
            {
                "version": row,
                "clock": clock_words(row, zone),
                "changes": differences(row.body, rows[0].body, zone=zone),
            }
            for row in rows
        ],
    }
    return render(request, "plans/session_history.html", context)


@login_required
def session_restore(request: HttpRequest, session_id: UUID, version_id: int) -> HttpResponse:
    """Make one's own session what a version says: GET asks, POST does it."""
    found = _seen(request).for_change(_person(request), pk=session_id)
    version = get_object_or_404(found.versions.all(), pk=version_id)
    if request.method == "POST":
        try:
            restore_version(version=version, actor=_person(request), now=timezone.now())
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        except Deleted:  # in another tab, in the meantime; the next page says so
            pass
        else:
            messages.success(request, _("It is back. What stood before is in the history."))
        return redirect("session", found.pk)
    zone = found.run.time_zone if found.run else found.athlete.time_zone
    changes = differences(version.body, versions_of(found)[0].body, zone=zone)
    words = _("%(label)s: %(here)s instead of %(standing)s")
    none = _("nothing")
    context = {
        "title": _("Bring this version back?"),
        "consequences": [
            words % {"label": each.label, "here": each.here or none, "standing": each.standing or none}
            for each in changes
        ]
        or [_("It says the same as the one that stands.")],
        "button": _("Bring it back"),
        "back": reverse("session-history", args=[found.pk]),
    }
    return render(request, "components/confirm.html", context)


@login_required
def session_delete(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Delete one's own session: GET asks, POST does it."""
    found = Session.objects.for_change(_person(request), pk=session_id)
    if request.method == "POST":
        delete_session(session=found, actor=_person(request), now=timezone.now())
        messages.success(request, _("The log is deleted."))
        return redirect("sessions")
    return render(request, "plans/session_delete.html", {"session": found})


def clock_words(sent: Session | SessionVersion, zone: ZoneInfo) -> str:
    """That the device's clock was far off when it sent this, and how far; "" if it was not, or is not known."""
    off = sent.clock_off_seconds
    if off is None or abs(off) <= CLOCK_OFF_TOLD:
        return ""
    hours, minutes = divmod(round(abs(off) / 60), 60)
    slow = _(
        "The phone's clock was %(hours)d h %(minutes)d min slow. Times are as it showed them; it came on %(when)s."
    )
    fast = _(
        "The phone's clock was %(hours)d h %(minutes)d min fast. Times are as it showed them; it came on %(when)s."
    )
    when = date_format(sent.received_at.astimezone(zone), _("D j M, H:i"))
    return (slow if off > 0 else fast) % {"hours": hours, "minutes": minutes, "when": when}


def after_words(session: Session) -> str:
    """What was said after the run: "Stiff before: no. First ten minutes: good."."""
    words = []
    if session.stiff_before is not None:
        words.append(_("Stiff before the run: %(answer)s.") % {"answer": _("yes") if session.stiff_before else _("no")})
    if session.first_ten:
        words.append(_("First ten minutes: %(answer)s.") % {"answer": session.get_first_ten_display()})
    return " ".join(words)


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
