"""The builder: a new routine, a change of one, with the squads it is shared with and the runs that follow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from plans.domain.assignments import follow_revision, planned_runs
from plans.domain.squads import share_routine
from plans.forms.routines import FollowForm, SharingForm
from plans.shown import moved_words
from warmups.builder import Builder
from warmups.domain.library_routines import start_library_routine
from warmups.domain.routines import OutOfDate, create_routine, revise_routine
from warmups.models import Revision, Routine
from warmups.querysets import curates
from warmups.views.builder import picker


@dataclass
class Page:
    """All that the builder's page consists of."""

    builder: Builder
    sharing: SharingForm | None
    follow: FollowForm | None = None
    newest: Revision | None = None  # where somebody else was faster

    def valid(self) -> bool:
        """Whether each form is well formed; all of them are asked, so that all say what is wrong."""
        forms = [form for form in (self.builder.form, self.sharing, self.follow) if form]
        return not [form for form in forms if not form.is_valid()] and self.builder.said() is not None


@login_required
def routine_new(request: HttpRequest) -> HttpResponse:
    """Build a routine from nothing: one's own, or with ?library=on a curator's draft for the library."""
    person = _person(request)
    library = request.GET.get("library") == "on"
    if library and not curates(person):
        raise PermissionDenied
    data = _data(request)
    page = Page(Builder(data), None if library else SharingForm(data, person=person, prefix="share"))
    del page.builder.form.fields["reason"]
    return _built(request, page, None, library=library)


@login_required
def routine_edit(request: HttpRequest, routine_id: int) -> HttpResponse:
    """Change a routine: what is saved is its next version."""
    person, now = _person(request), timezone.now()
    routine = Routine.objects.select_related("latest__routine", "current").for_change(person, pk=routine_id)
    data, planned = _data(request), planned_runs(routine, reader=person, now=now)
    sharing = None
    if routine.owner_id is not None:
        shared = list(routine.shares.values_list("squad__slug", flat=True))
        sharing = SharingForm(data, person=person, prefix="share", initial={"squads": shared})
    builder = Builder(data, base=cast(Revision, routine.latest))
    # A change of the library reaches its readers when it is published, and runs keep what they were given.
    follow = FollowForm(data, prefix="follow") if planned.count and routine.owner_id is not None else None
    page = Page(builder, sharing, follow)
    return _built(request, page, routine, planned=planned, now=now)


def _built(
    request: HttpRequest, page: Page, routine: Routine | None, *, library: bool = False, **context: Any
) -> HttpResponse:
    """Do what the page asks for: look, put together, or save."""
    builder, status = page.builder, 200
    if request.method == "POST":
        deed = request.POST.get("do", "save")
        if deed == "sums":
            return render(request, "warmups/_builder_sums.html", {"sums": builder.sums()})
        if not builder.act(deed):
            status = 422
            saved = _save(request, page, routine, library=library, over=_over(deed))
            if saved:
                return redirect(saved)
    planned = context.get("planned")
    context |= {
        "routine": routine,
        "library": library or (routine is not None and routine.owner_id is None),
        "page": page,
        "form": page.builder.form,
        "builder": builder,
        "sums": builder.sums(),
        "picker": picker(request.POST),
        "runs": planned.first if planned else [],
        "more_runs": planned.more if planned else 0,
    }
    return render(request, "plans/routine_form.html", context, status=status)


def _over(deed: str) -> int | None:
    """The id of the revision that one was shown and saves over all the same: "anyway-12". None for another deed."""
    name, _dash, what = deed.partition("-")
    return int(what) if name == "anyway" and re.fullmatch("[0-9]{1,18}", what) else None


def _save(
    request: HttpRequest, page: Page, routine: Routine | None, *, library: bool, over: int | None
) -> Routine | None:
    """Make or revise it; None if something is wrong, which the page then says."""
    builder, person, now = page.builder, _person(request), timezone.now()
    if not page.valid():
        return None
    said = builder.form.cleaned_data
    words = {"name": said["name"], "description": said["description"], "steps": builder.said() or []}
    try:
        with transaction.atomic():
            if routine is None:
                return _made(page, words, person, now, library=library, request=request)
            return _changed(page, routine, words, person, now, over=over, request=request)
    except OutOfDate:
        routine = Routine.objects.select_related("latest__created_by").get(pk=cast(Routine, routine).pk)
        page.newest = routine.latest
    except ValidationError as error:
        builder.refuse(error)
    return None


def _made(
    page: Page, words: dict[str, Any], person: User, now: datetime, *, library: bool, request: HttpRequest
) -> Routine:
    if library:
        routine = start_library_routine(actor=person, now=now, **words)
        messages.success(request, _("Saved as a draft. Send it to review when it is ready."))
        return routine
    routine = create_routine(owner=person, actor=person, now=now, **words)
    _share(page, routine, person, now)
    messages.success(request, _("Saved. Try it, or give it to a run."))
    return routine


def _changed(
    page: Page,
    routine: Routine,
    words: dict[str, Any],
    person: User,
    now: datetime,
    *,
    over: int | None,
    request: HttpRequest,
) -> Routine:
    said, before = page.builder.form.cleaned_data, routine.latest_id
    based_on = said["revision"] if over is None else over
    revision = revise_routine(
        routine=routine, actor=person, now=now, reason=said["reason"], revision_id=based_on, **words
    )
    _share(page, routine, person, now)
    follows = page.follow is not None and page.follow.cleaned_data["runs"] == FollowForm.MOVE
    moved = follow_revision(routine=routine, actor=person, now=now) if follows else 0
    messages.success(request, _told(routine, revision, changed=revision.pk != before, moved=moved))
    return routine


def _told(routine: Routine, revision: Revision, *, changed: bool, moved: int) -> str:
    """What became of a change, in words."""
    if not changed:
        told = _("It says the same as before, so there is no new version.")
    elif routine.owner_id is None:
        told = _("Saved as a draft. Readers keep what they have until it is published.")
    else:
        told = _("Saved as version %(number)d.") % {"number": revision.number}
    return f"{told} {moved_words(moved)}".strip()


def _share(page: Page, routine: Routine, person: User, now: datetime) -> None:
    if page.sharing:
        share_routine(routine=routine, squads=page.sharing.cleaned_data["squads"], actor=person, now=now)


def _data(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
