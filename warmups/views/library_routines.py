"""The way of the library's routines as pages: what a deed does, what changes for readers, who has it; then the deed."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from warmups.domain.routine_differences import RoutineDifference, revision_difference
from warmups.domain.routine_reach import reach_of_routine
from warmups.domain.routines import OutOfDate
from warmups.forms.library_routines import DeedForm, PublishAloneForm, SendBackForm
from warmups.models import Equipment, Revision, Routine
from warmups.routine_workflow import (
    KINDS,
    Kind,
    fits,
    latest_of,
    published_of,
    publishes_alone,
    routine_workflow,
    why_not,
)
from warmups.workshop.refusals import tell


@login_required
def routine_deed(request: HttpRequest, routine_id: int, name: str) -> HttpResponse:
    """Say what a deed does and ask (GET); do it (POST), or say why not, and keep what was written.

    For curators; whom a routine of the library is not to change gets 403, and who does not see it 404.
    """
    person, kind = cast(User, request.user), KINDS[name]
    routine = _routine(person, routine_id)
    form_class = _form(name, routine, person)
    if request.method != "POST":
        return _page(request, name, routine, form_class(initial={"based_on": routine.latest_id}), 200)
    form = form_class(request.POST)
    about = latest_of(routine).name
    if form.is_valid() and _done(kind, routine, person, form):
        messages.success(request, str(kind.done) % {"name": about})
        return redirect(routine)
    # What is asked again is asked about the routine as it is by now.
    routine = _routine(person, routine_id)
    form.data = sent = request.POST.copy()
    sent["based_on"] = str(routine.latest_id)
    return _page(request, name, routine, form, 422)


def _routine(person: User, key: int) -> Routine:
    rows = Routine.objects.filter(owner=None).select_related("current", "latest__created_by")
    return rows.for_change(person, pk=key)


def _form(name: str, routine: Routine, person: User) -> type[DeedForm]:
    if name == "send-back":
        return SendBackForm
    return PublishAloneForm if name == "publish" and publishes_alone(routine, person) else DeedForm


def _done(kind: Kind, routine: Routine, person: User, form: DeedForm) -> bool:
    """Whether the domain did it; if not, the form says why."""
    try:
        kind.do(routine=routine, actor=person, now=timezone.now(), **form.cleaned_data)
    except OutOfDate:
        latest = latest_of(_routine(person, routine.pk))
        words = {"name": latest.created_by or _("Somebody"), "number": latest.number}
        form.add_error(None, _("%(name)s saved version %(number)d meanwhile. Look at that one, then decide.") % words)
    except ValidationError as error:
        tell(form, error)
    else:
        return True
    return False


def _page(request: HttpRequest, name: str, routine: Routine, form: DeedForm, status: int) -> HttpResponse:
    """The page of a deed."""
    person, kind = cast(User, request.user), KINDS[name]
    possible = fits(name, routine)
    refused = why_not(name, routine, person) if possible else _("This can't be done as the routine stands now.")
    latest, published = latest_of(routine), published_of(routine)
    context = {
        "name": name,
        "routine": routine,
        "latest": latest,
        "published": published,
        "title": str(kind.title) % {"name": latest.name},
        "text": refused or _explained(name, latest, published, routine),
        "button": kind.label,
        "possible": not refused,
        "danger": name == "withdraw",
        "form": form,
        "differs": kind.differs and possible,
        "difference": _difference(published, latest) if kind.differs and possible else None,
        "workflow": routine_workflow(routine, person),
        "reach": reach_of_routine(routine, now=timezone.now()) if kind.touches and possible else None,
        "back": routine.get_absolute_url(),
    }
    return render(request, "warmups/routine_deed.html", context, status=status)


def _difference(published: Revision | None, latest: Revision) -> RoutineDifference | None:
    """From what readers have to the latest revision; None if they have nothing of it, or have it already."""
    if published is None or published.pk == latest.pk:
        return None
    rows = Revision.objects.prefetch_related("steps__exercise").in_bulk([published.pk, latest.pk])
    equipment = dict(Equipment.objects.values_list("slug", "name"))
    return revision_difference(rows[published.pk], rows[latest.pk], equipment=equipment)


def _explained(name: str, latest: Revision, published: Revision | None, routine: Routine) -> str:
    """In one or two sentences what will happen."""
    numbers = {"latest": latest.number, "published": published.number if published else 0}
    return _sentences(name, again=routine.published) % numbers


def _sentences(name: str, *, again: bool) -> str:
    if name == "publish" and again:
        return _("Version %(latest)d takes the place of version %(published)d, which readers have now.")
    return {
        "submit": _(
            "Another curator reads version %(latest)d, and publishes it or sends it back. "
            "Readers see nothing of it until then; a change makes it a draft again."
        ),
        "publish": _("Version %(latest)d stands in the library from now on, for everyone."),
        "send-back": _(
            "Version %(latest)d becomes a draft again. Say what is to be changed. Readers see nothing of this."
        ),
        "discard": _(
            "Work goes on from version %(published)d, as it was published. Version %(latest)d stays in the history."
        ),
        "withdraw": _("Nobody finds it in the library any more. Who has it keeps it, and what was logged stays."),
    }[name]


library_routine_urls = [
    path(f"routines/<int:routine_id>/{name}/", routine_deed, {"name": name}, name=f"routine-{name}") for name in KINDS
]
