"""An old version of a routine is brought back; the runs planned with it follow, if one wants."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from plans.domain.assignments import follow_revision, planned_runs
from plans.forms.revisions import BringBackForm
from plans.shown import moved_words
from warmups.domain.revisions import bring_back_revision
from warmups.domain.routine_differences import routine_difference, state_of
from warmups.models import Equipment, Revision, Routine


@login_required
def routine_revision_bring_back(request: HttpRequest, routine_id: int, number: int) -> HttpResponse:
    """Show what would change and ask (GET); make the next version with the exercises of an old one (POST)."""
    person, now = cast(User, request.user), timezone.now()
    routine = Routine.objects.select_related("current").for_change(person, pk=routine_id)
    revision = Revision.objects.visible_to(person).whole().for_reading(person, routine=routine, number=number)
    planned = planned_runs(routine, reader=person, now=now)
    # A change of the library reaches its readers when it is published, and runs keep what they were given.
    asks = bool(planned.count) and routine.owner_id is not None
    data = request.POST if request.method == "POST" else None
    form = BringBackForm(data, planned=asks, initial={"based_on": routine.latest_id})
    if form.is_valid():
        try:
            with transaction.atomic():
                told = _brought_back(routine, revision, person, now, form)
        except ValidationError as error:
            form.add_error(None, error)
            # What is asked again is asked about the routine as it is by now.
            routine = Routine.objects.select_related("current").for_change(person, pk=routine_id)
            form.data = sent = request.POST.copy()
            sent["based_on"] = str(routine.latest_id)
        else:
            messages.success(request, told)
            return redirect(routine)
    latest = Revision.objects.visible_to(person).whole().get(pk=cast(int, routine.latest_id))
    now_said = state_of(latest)
    then = replace(state_of(revision), name=now_said.name, description=now_said.description)
    context = {
        "routine": routine,
        "revision": revision,
        "latest": latest,
        "form": form,
        "difference": routine_difference(now_said, then, equipment=dict(Equipment.objects.values_list("slug", "name"))),
        "runs": planned.first if asks else [],
        "more_runs": planned.more if asks else 0,
    }
    return render(request, "plans/revision_bring_back.html", context, status=422 if form.errors else 200)


def _brought_back(routine: Routine, revision: Revision, person: User, now: datetime, form: BringBackForm) -> str:
    """Do it, and say what became of it. Raises ValidationError."""
    before, said = routine.latest_id, form.cleaned_data
    made = bring_back_revision(routine=routine, revision=revision, actor=person, now=now, based_on=said["based_on"])
    follows = said.get("runs") == BringBackForm.MOVE
    moved = follow_revision(routine=routine, actor=person, now=now) if follows else 0
    if made.pk == before:
        told = _("It says the same as before, so there is no new version.")
    else:
        told = _("Version %(old)d is back, as version %(number)d.") % {"old": revision.number, "number": made.number}
    return f"{told} {moved_words(moved)}".strip()


revision_urls = [
    path(
        "routines/<int:routine_id>/revisions/<int:number>/bring-back/",
        routine_revision_bring_back,
        name="routine-revision-bring-back",
    ),
]
