"""Routines: the library's, one's own, those one sees through a squad; one routine."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from warmups.coverage_picture import coverage_picture
from warmups.domain.routines import archive_routine, bring_back_routine, copy_routine, delete_routine, refers_to
from warmups.models import Equipment, Revision, Routine
from warmups.routine_shapes import routine_coverage, steps_coverage, ticks
from warmups.routine_workflow import routine_workflow
from warmups.version_choices import versions


def routines(request: HttpRequest) -> HttpResponse:
    """What one may use, by where it comes from; with ?archived=on what one may change and took out of use."""
    archived = request.GET.get("archived") == "on"
    kept_away = Routine.objects.editable_by(request.user).filter(archived_at__isnull=False)
    in_use = Routine.objects.visible_to(request.user).current()
    rows = list((kept_away if archived else in_use).with_steps().order_by("name", "pk"))
    context = {
        "own": [row for row in rows if row.owner_id is not None and row.owner_id == request.user.pk],
        "shared": [row for row in rows if row.owner_id not in (None, request.user.pk)],
        "library": [row for row in rows if row.owner_id is None],
        "archived": archived,
        "any_archived": not archived and kept_away.exists(),
    }
    return render(request, "warmups/routines.html", context)


def routine(request: HttpRequest, routine_id: int) -> HttpResponse:
    """One routine in its current revision: steps, length, what it covers."""
    rows = Routine.objects.all().whole().select_related("copied_from", "owner", "latest__created_by")
    row = rows.for_reading(request.user, pk=routine_id)
    revision = cast(Revision, row.current)
    choice = versions(list(revision.steps.all()), request.GET)
    steps = choice.shown.steps
    needed = {slug for step in steps for slug in step.equipment}
    may_change = Routine.objects.editable_by(request.user).filter(pk=row.pk).exists()
    context = {
        "routine": row,
        "revision": revision,
        "steps": steps,
        "versions": choice,
        "ticks": ticks(steps),
        "equipment": list(Equipment.objects.filter(slug__in=needed).values_list("name", flat=True)),
        "picture": coverage_picture(routine_coverage(row) if choice.shown.full else steps_coverage(steps)),
        "may_change": may_change,
        "workflow": routine_workflow(row, cast(User, request.user)) if may_change and row.owner_id is None else None,
        "may_delete": may_change and not refers_to(row),
        "own": row.owner_id is not None and row.owner_id == request.user.pk,
        "source_seen": row.copied_from_id
        and Routine.objects.visible_to(request.user).filter(pk=row.copied_from_id).exists(),
    }
    return render(request, "warmups/routine.html", context)


@login_required
@require_POST
def routine_copy(request: HttpRequest, routine_id: int) -> HttpResponse:
    """Copy a routine to one's own."""
    person = cast(User, request.user)
    row = Routine.objects.select_related("current").for_reading(person, pk=routine_id)
    copy = copy_routine(routine=row, owner=person, now=timezone.now())
    messages.success(request, _("It is yours now. Changes to the original will not change it."))
    return redirect(copy)


@login_required
def routine_archive(request: HttpRequest, routine_id: int) -> HttpResponse:
    """Ask, then archive a routine that one may change."""
    person = cast(User, request.user)
    row = Routine.objects.for_change(person, pk=routine_id)
    if request.method == "POST":
        archive_routine(routine=row, actor=person, now=timezone.now())
        messages.success(request, _("%(name)s is archived.") % {"name": row.name})
        return redirect("routines")
    context = {
        "title": _("Archive %(name)s?") % {"name": row.name},
        "text": _("It leaves your list. Runs that have it keep it, and what was logged stays."),
        "button": _("Archive it"),
        "back": row.get_absolute_url(),
    }
    return render(request, "components/confirm.html", context)


@login_required
@require_POST
def routine_bring_back(request: HttpRequest, routine_id: int) -> HttpResponse:
    """Take an archived routine back into use."""
    person = cast(User, request.user)
    row = Routine.objects.for_change(person, pk=routine_id)
    bring_back_routine(routine=row, actor=person, now=timezone.now())
    messages.success(request, _("%(name)s is back.") % {"name": row.name})
    return redirect(row)


@login_required
def routine_delete(request: HttpRequest, routine_id: int) -> HttpResponse:
    """Ask, then delete a routine that one may change and that nothing leans on; else say to archive it."""
    person = cast(User, request.user)
    row = Routine.objects.for_change(person, pk=routine_id)
    if request.method == "POST":
        try:
            delete_routine(routine=row, actor=person, now=timezone.now())
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(row)
        messages.success(request, _("%(name)s is deleted.") % {"name": row.name})
        return redirect("routines")
    context = {
        "title": _("Delete %(name)s?") % {"name": row.name},
        "text": _("No run, no log and no squad has it. It goes for good, with all its versions."),
        "button": _("Delete it"),
        "danger": True,
        "back": row.get_absolute_url(),
    }
    return render(request, "components/confirm.html", context)
