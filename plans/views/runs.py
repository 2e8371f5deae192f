"""One run: see, plan, change, cancel, restore, give a warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.assignments import assign, assign_to_everyone, withdraw
from plans.domain.given import with_warm_up
from plans.domain.runs import cancel_run, change_run, restore_run, schedule_run, series_in_scope
from plans.forms.runs import AssignForm, ChangeRunForm, NewRunForm, ScopeForm
from plans.models import Assignment, Reminder, Run, Series, Session
from plans.querysets import RunQuerySet
from plans.shown import (
    length_words,
    show,
    show_reminder,
    show_reminder_to_coach,
    show_ribbon,
    source_words,
    steps_of,
)


@login_required
@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run, for its athlete and for who coaches or assists them."""
    person, now = _person(request), timezone.now()
    row = _fetched().for_reading(person, pk=run_id)
    shown = show(row, reader=person, now=now)
    steps = steps_of(shown.given.revision) if shown.given else []
    mine = row.athlete_id == person.pk
    if mine:
        reminder = show_reminder(row, Reminder.objects.visible_to(person).filter(run=row), now)
    else:
        sent = row.reminders.filter(status=Reminder.Status.SENT, starts_at=row.starts_at).exists()
        reminder = show_reminder_to_coach(row, sent=sent, now=now)
    this = Run.objects.filter(pk=row.pk)
    context = {
        "shown": shown,
        "run": row,
        "mine": mine,
        "steps": steps,
        "reminder": reminder,
        "ribbon": show_ribbon(shown, steps, reminder.at, now),
        "source": source_words(row, shown.given, person) if shown.given else "",
        "length": length_words(row, person.units),
        "session": Session.objects.visible_to(person).filter(run=row).first(),
        "may_change": this.editable_by(person).exists(),
        "may_assign": this.assignable_by(person).exists(),
        "begun": row.starts_at <= now,
    }
    return render(request, "plans/run.html", context)


@login_required
def run_new(request: HttpRequest) -> HttpResponse:
    """Plan a run of one's own."""
    person, now = _person(request), timezone.now()
    tomorrow = now.astimezone(person.time_zone).date() + timedelta(days=1)
    initial = {"local_date": tomorrow, "time_zone": person.time_zone}
    form = NewRunForm(request.POST if request.method == "POST" else None, person=person, initial=initial)
    if form.is_valid():
        try:
            with transaction.atomic():
                made = schedule_run(athlete=person, actor=person, now=now, **form.plan())
                if form.cleaned_data["routine"]:
                    assign(routine=form.cleaned_data["routine"], runs=[made], actor=person, now=now)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Your run is planned."))
            return redirect(made)
    return render(request, "plans/run_form.html", {"form": form}, status=_status(form))


@login_required
def run_change(request: HttpRequest, run_id: int) -> HttpResponse:
    """Change a run; a coach also everyone's of a squad's date."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    initial = {field: getattr(row, field) for field in ChangeRunForm.base_fields if hasattr(row, field)}
    initial |= {"planned_metres": row.planned_metres, "scope": _asked_scope(request)}
    form = ChangeRunForm(
        request.POST if request.method == "POST" else None,
        person=person,
        run=row,
        asks_scope=_may_scope(row, person),
        initial=initial,
    )
    if form.is_valid():
        try:
            changed = change_run(
                run=row, actor=person, now=timezone.now(), changes=form.changes(), scope=form.chosen_scope
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                ngettext("The run is changed.", "%(count)d runs are changed.", len(changed)) % {"count": len(changed)},
            )
            _tell_what_is_leaving(request, changed)
            return _after(row, form.chosen_scope)
    context = {"form": form, "run": row, "words": _words(row, form, person)}
    return render(request, "plans/run_form.html", context, status=_status(form))


@login_required
def run_cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Cancel a run: GET asks, POST acts."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    form = _scope_form(request, row, person)
    if form.is_valid():
        try:
            cancelled = cancel_run(run=row, actor=person, now=timezone.now(), scope=form.chosen_scope)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                ngettext("The run is cancelled.", "%(count)d runs are cancelled.", max(1, len(cancelled)))
                % {"count": len(cancelled)},
            )
            _tell_what_is_leaving(request, cancelled)
            return _after(row, form.chosen_scope)
    context = {
        "title": _("Cancel this run?"),
        "text": _words(row, form, person),
        "consequences": [
            _("No reminder goes out, and the warm-up goes with the run."),
            _("It stays readable, and you can bring it back."),
        ],
        "button": _("Cancel the run"),
        "danger": True,
        "form": form,
        "back": row.get_absolute_url(),
    }
    return render(request, "components/confirm.html", context, status=_status(form))


@login_required
def run_restore(request: HttpRequest, run_id: int) -> HttpResponse:
    """Bring a cancelled run back: GET asks, POST acts."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    form = _scope_form(request, row, person)
    if form.is_valid():
        try:
            restored = restore_run(run=row, actor=person, now=timezone.now(), scope=form.chosen_scope)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                ngettext("The run is on again.", "%(count)d runs are on again.", max(1, len(restored)))
                % {"count": len(restored)},
            )
            return _after(row, form.chosen_scope)
    context = {
        "title": _("Bring this run back?"),
        "text": _words(row, form, person),
        "button": _("Bring it back"),
        "form": form,
        "back": row.get_absolute_url(),
    }
    return render(request, "components/confirm.html", context, status=_status(form))


@login_required
def run_assign(request: HttpRequest, run_id: int) -> HttpResponse:
    """Choose a run's warm-up by hand; a coach also everyone's of a squad's date."""
    person = _person(request)
    row = _assignable(request, run_id)
    given = getattr(row, "assignment", None)
    initial = {"scope": _asked_scope(request), "note": given.note if given else ""}
    if given:
        initial["routine"] = given.revision.routine_id
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        person=person,
        run=row,
        asks_scope=_may_scope(row, person),
        initial=initial,
    )
    if form.is_valid():
        try:
            _give(row, person, form)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The warm-up is set."))
            return _after(row, form.chosen_scope)
    context = {"form": form, "run": row, "given": given, "words": _words(row, form, person)}
    return render(request, "plans/run_assign.html", context, status=_status(form))


@transaction.atomic
def _give(row: Run, person: User, form: AssignForm) -> None:
    chosen = {"routine": form.cleaned_data["routine"], "note": form.cleaned_data["note"]}
    deed: dict[str, Any] = {"actor": person, "now": timezone.now()}
    series: Series | None = series_in_scope(run=row, actor=person, scope=form.chosen_scope)
    if series:
        assign_to_everyone(series=series, **chosen, **deed)
    else:
        assign(runs=[row], **chosen, **deed)


@login_required
@require_POST
def run_withdraw(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take back what a run was given by hand."""
    person = _person(request)
    row = _assignable(request, run_id)
    assignment = Assignment.objects.filter(run=row).first()
    if assignment:
        withdraw(assignment=assignment, actor=person, now=timezone.now())
        messages.success(request, _("The chosen warm-up is taken back."))
    return redirect(row)


def _fetched() -> RunQuerySet:
    """Runs with all that their page shows."""
    runs = with_warm_up(Run.objects.all()).select_related("series", "created_by", "assignment__assigned_by")
    return runs.prefetch_related(SESSIONS_OF_RUN)


def _assignable(request: HttpRequest, run_id: int) -> Run:
    """A run whose warm-up one may choose. Raises Http404; PermissionDenied where one only sees it, or a coach chose."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    if not Run.objects.assignable_by(person).filter(pk=row.pk).exists():
        raise PermissionDenied
    return row


def _may_scope(row: Run, person: User) -> bool:
    """Whether `person` may act on everyone's runs of the date that this run belongs to."""
    return row.series_id is not None and Series.objects.editable_by(person).filter(pk=row.series_id).exists()


def _scope_form(request: HttpRequest, row: Run, person: User) -> ScopeForm:
    data = request.POST if request.method == "POST" else None
    initial = {"scope": _asked_scope(request)}
    return ScopeForm(data, run=row, asks_scope=_may_scope(row, person), initial=initial)


def _asked_scope(request: HttpRequest) -> str:
    return "all" if request.GET.get("scope") == "all" else "this"


def _tell_what_is_leaving(request: HttpRequest, runs: Sequence[Run]) -> None:
    """Say so where a message may be on the wire already: it cannot be called back."""
    if Reminder.objects.filter(run__in=[row.pk for row in runs], status=Reminder.Status.CLAIMED).exists():
        messages.warning(request, _("A reminder was leaving at this very moment. It may still arrive."))


def _words(row: Run, form: ScopeForm, person: User) -> str:
    """Which run a page is about; whose, unless that is one's own or still to be chosen."""
    shown = show(row, reader=person, now=timezone.now())
    words = f"{shown.kind}, {shown.when}"
    return words if row.athlete_id == person.pk or "scope" in form.fields else f"{row.athlete}: {words}"


def _after(row: Run, scope: str) -> HttpResponse:
    """Back to the run; or, after a deed for everyone, to the squad's plan."""
    return redirect("squad-plan", row.squad.slug) if scope != "this" and row.squad else redirect(row)


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
