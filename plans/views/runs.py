"""One run, or those of its series: see, plan, change, cancel, restore, give a warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from plans.days import day_of
from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.assignments import assign_to_everyone, withdraw, withdraw_from_everyone
from plans.domain.given import with_warm_up
from plans.domain.planning_runs import plan_own, touched
from plans.domain.runs import cancel_run, change_run, restore_run
from plans.forms.repeats import KEEP, WhenForm
from plans.forms.runs import AssignForm, ChangeRunForm, NewRunForm, ScopeForm
from plans.models import Assignment, Reminder, Run, Series, Session
from plans.querysets import RunQuerySet
from plans.repeats import preview
from plans.series_shown import scope_choices, show_series
from plans.shown import (
    length_words,
    show,
    show_reminder,
    show_reminder_to_coach,
    show_ribbon,
    source_words,
    steps_of,
)
from plans.views.standing import rules_address


@login_required
@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run, for its athlete and for who coaches or assists them."""
    person, now = _person(request), timezone.now()
    row = _fetched().with_health_for(person).for_reading(person, pk=run_id)
    shown = show(row, reader=person, now=now)
    steps = steps_of(shown.given.revision) if shown.given else []
    mine = row.athlete_id == person.pk
    if mine:
        reminder = show_reminder(row, Reminder.objects.visible_to(person).filter(run=row), now)
    else:
        sent = row.reminders.filter(
            kind=Reminder.Kind.BEFORE_RUN, status=Reminder.Status.SENT, starts_at=row.starts_at
        ).exists()
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
        "source_href": rules_address(row, shown.given, person) if shown.given else "",
        "length": length_words(row, person.units),
        "series": show_series(row, reader=person, now=now),
        "session": Session.objects.visible_to(person).filter(run=row).first(),
        "may_change": this.editable_by(person).exists(),
        "may_assign": this.assignable_by(person).exists(),
        "begun": row.starts_at <= now,
    }
    return render(request, "plans/run.html", context)


@login_required
def run_new(request: HttpRequest) -> HttpResponse:
    """Plan a run of one's own, once or again and again; `?date=2027-04-03` is the day that stands there first."""
    person, now = _person(request), timezone.now()
    tomorrow = now.astimezone(person.time_zone).date() + timedelta(days=1)
    asked = day_of(request.GET.get("date", ""))
    initial = {"local_date": asked or tomorrow, "time_zone": person.time_zone}
    form = NewRunForm(request.POST if request.method == "POST" else None, person=person, initial=initial)
    if form.is_valid():
        try:
            routine = form.cleaned_data["routine"]
            made = plan_own(athlete=person, actor=person, now=now, routine=routine, **form.plan())
        except ValidationError as error:
            form.refuse(error)
        else:
            return _planned(request, made)
    return render(request, "plans/run_form.html", {"form": form}, status=_status(form))


def _planned(request: HttpRequest, made: Run | Series) -> HttpResponse:
    if isinstance(made, Run):
        messages.success(request, _("Your run is planned."))
        return redirect(made)
    runs = made.runs.order_by("starts_at")
    words = ngettext("Your run is planned.", "Your runs are planned, %(count)d so far.", len(runs))
    messages.success(request, words % {"count": len(runs)})
    return redirect(runs[0])


@login_required
@require_POST
def run_repeats(request: HttpRequest) -> HttpResponse:
    """The piece of a run's form that says what comes of it: the rule in words, the next dates, odd hours."""
    data, shown = request.POST.copy(), None
    if data.get("scope") in {"this", "date"} or data.get("repeats") == KEEP:
        data["repeats"] = "never"
    form = WhenForm(data)
    if form.is_valid():
        try:
            shown = preview(form.plain_rule(), form.start, form.cleaned_data["time_zone"])
        except ValidationError as error:
            form.add_error(None, error)
    context = {"preview": shown, "faults": form.non_field_errors()}
    return render(request, "plans/_repeats_words.html", context)


@login_required
def run_change(request: HttpRequest, run_id: int) -> HttpResponse:
    """Change a run, or more of its series."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    initial = {field: getattr(row, field) for field in ChangeRunForm.base_fields if hasattr(row, field)}
    initial |= {"planned_metres": row.planned_metres, "scope": request.GET.get("scope", "this")}
    scopes = _scopes(row, person, "change")
    form = ChangeRunForm(
        request.POST if request.method == "POST" else None,
        person=person,
        scopes=scopes,
        rule=row.series.rule if row.series and "all" in dict(scopes) else None,
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
    form = _scope_form(request, row, person, "cancel")
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
    return render(request, "plans/run_confirm.html", context, status=_status(form))


@login_required
def run_restore(request: HttpRequest, run_id: int) -> HttpResponse:
    """Bring a cancelled run back: GET asks, POST acts."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    form = _scope_form(request, row, person, "restore")
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
    return render(request, "plans/run_confirm.html", context, status=_status(form))


@login_required
def run_assign(request: HttpRequest, run_id: int) -> HttpResponse:
    """Choose a run's warm-up by hand; a coach also everyone's of a squad's date."""
    person = _person(request)
    row = _assignable(request, run_id)
    given = getattr(row, "assignment", None)
    initial = {"scope": request.GET.get("scope", "this"), "note": given.note if given else ""}
    if given:
        initial["routine"] = given.revision.routine_id
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        person=person,
        scopes=_scopes(row, person, "assign"),
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


def _give(row: Run, person: User, form: AssignForm) -> None:
    chosen = {"routine": form.cleaned_data["routine"], "note": form.cleaned_data["note"]}
    deed: dict[str, Any] = {"actor": person, "now": timezone.now()}
    assign_to_everyone(run=row, scope=form.chosen_scope, **chosen, **deed)


@login_required
@require_POST
def run_withdraw(request: HttpRequest, run_id: int) -> HttpResponse:
    """Take back what a run, or more of its series, was given by hand."""
    person, now = _person(request), timezone.now()
    row = _assignable(request, run_id)
    form = _scope_form(request, row, person, "assign")
    if not form.is_valid() and request.POST.get("scope"):  # none at all is this run alone
        for words in (error for errors in form.errors.values() for error in errors):
            messages.error(request, str(words))
        return redirect("run-assign", row.pk)
    scope = form.chosen_scope
    if scope != "this":
        withdraw_from_everyone(run=row, scope=scope, actor=person, now=now)
    elif assignment := Assignment.objects.filter(run=row).first():
        withdraw(assignment=assignment, actor=person, now=now)
    else:
        return redirect(row)
    messages.success(request, _("The chosen warm-up is taken back."))
    return _after(row, scope)


def _fetched() -> RunQuerySet:
    """Runs with all that their page shows."""
    runs = with_warm_up(Run.objects.all()).select_related(
        "series", "occurrence", "created_by", "assignment__assigned_by"
    )
    return runs.prefetch_related(SESSIONS_OF_RUN)


def _assignable(request: HttpRequest, run_id: int) -> Run:
    """A run whose warm-up one may choose. Raises Http404; PermissionDenied where one only sees it, or a coach chose."""
    person = _person(request)
    row = _fetched().for_change(person, pk=run_id)
    if not Run.objects.assignable_by(person).filter(pk=row.pk).exists():
        raise PermissionDenied
    return row


def _scopes(row: Run, person: User, deed: str) -> list[tuple[str, str]]:
    """How far `person` may go with a deed that begins at this run, as a form offers it."""
    statuses = [Run.Status.CANCELLED if deed == "restore" else Run.Status.PLANNED]
    reached = touched(row, actor=person, now=timezone.now(), statuses=statuses)
    return scope_choices(row, reached, reader=person, deed=deed)


def _scope_form(request: HttpRequest, row: Run, person: User, deed: str) -> ScopeForm:
    data = request.POST if request.method == "POST" else None
    initial = {"scope": request.GET.get("scope", "this")}
    return ScopeForm(data, scopes=_scopes(row, person, deed), initial=initial)


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
    for_everyone = scope != "this" and row.series and not row.series.athlete_id
    return redirect("squad-plan", row.squad.slug) if for_everyone and row.squad else redirect(row)


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _person(request: HttpRequest) -> User:
    """Who asks; login_required lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
