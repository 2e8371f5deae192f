"""Routines: the library's, one's own, those one sees through a squad; one routine."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from warmups.coverage_ring import coverage_ring
from warmups.domain.routines import archive_routine, copy_routine
from warmups.models import Muscle, Revision, Routine
from warmups.routine_shapes import routine_coverage, ticks


def routines(request: HttpRequest) -> HttpResponse:
    """What one may use, by where it comes from."""
    rows = list(Routine.objects.usable_by(request.user).with_steps().order_by("name", "pk"))
    context = {
        "own": [row for row in rows if row.owner_id is not None and row.owner_id == request.user.pk],
        "shared": [row for row in rows if row.owner_id not in (None, request.user.pk)],
        "library": [row for row in rows if row.owner_id is None],
    }
    return render(request, "warmups/routines.html", context)


def routine(request: HttpRequest, routine_id: int) -> HttpResponse:
    """One routine in its current revision: steps, length, what it covers."""
    row = Routine.objects.all().whole().select_related("copied_from", "owner").for_reading(request.user, pk=routine_id)
    revision = cast(Revision, row.current)
    steps = list(revision.steps.all())
    covered = routine_coverage(row)
    names = dict(Muscle.objects.filter(slug__in=covered["muscles"]).values_list("slug", "name"))
    context = {
        "routine": row,
        "revision": revision,
        "steps": steps,
        "ticks": ticks(steps),
        "ring": coverage_ring(covered["roles"]),
        "muscles": _covered(covered["muscles"], names),
        "unknown": sorted(names[slug] for slug, seconds in covered["muscles"].items() if seconds is None),
        "may_change": Routine.objects.editable_by(request.user).filter(pk=row.pk).exists(),
        "own": row.owner_id is not None and row.owner_id == request.user.pk,
        "source_seen": row.copied_from_id
        and Routine.objects.visible_to(request.user).filter(pk=row.copied_from_id).exists(),
    }
    return render(request, "warmups/routine.html", context)


def _covered(muscles: dict[str, int | None], names: dict[str, str]) -> list[tuple[str, int, int]]:
    """Name, seconds and share of the most covered one in percent, the most first; without what is unknown."""
    known = sorted(((seconds, names[slug]) for slug, seconds in muscles.items() if seconds is not None), reverse=True)
    most = max((seconds for seconds, _name in known), default=0) or 1
    return [(name, seconds, round(100 * seconds / most)) for seconds, name in known]


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
