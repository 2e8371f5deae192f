"""A routine on one sheet of paper, to print or to save as PDF."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from warmups.card import Head, card
from warmups.coverage_ring import ROLES
from warmups.domain.coverage import Coverage
from warmups.models import Equipment, Revision, Routine, Step
from warmups.qr_code import qr_code
from warmups.routine_shapes import routine_coverage, ticks
from warmups.templatetags.warmups_tags import minutes


@require_safe
def routine_card(request: HttpRequest, routine_id: int) -> HttpResponse:
    """The current revision of a routine that one sees: figures, doses, and a code that leads to the player."""
    row = Routine.objects.all().whole().for_reading(request.user, pk=routine_id)
    revision = cast(Revision, row.current)
    steps = list(revision.steps.all())
    head = Head(
        name=row.name,
        summary=_summary(revision, steps),
        roles=_roles(routine_coverage(row)),
        scan=_("Scan to do it with your phone.") if row.owner_id is None else _scan_own(),
        code=qr_code(settings.SITE_URL + reverse("warm-up-try", args=[row.pk])),
    )
    context = {"routine": row, "revision": revision, "card": card(head, steps), "ticks": ticks(steps)}
    return render(request, "warmups/card.html", context)


def _summary(revision: Revision, steps: list[Step]) -> str:
    """ "6 min · 5 exercises · mini-band" """
    needed = {slug for step in steps for slug in step.equipment}
    equipment = Equipment.objects.filter(slug__in=needed).values_list("name", flat=True)
    count = ngettext("%(count)d exercise", "%(count)d exercises", len(steps)) % {"count": len(steps)}
    return " · ".join([minutes(revision.duration_seconds), count, *equipment])


def _roles(covered: Coverage) -> str:
    """ "Prepares: Spring · Free movement"; empty where it prepares for none."""
    names = [str(name) for role, name in ROLES.items() if covered["roles"].get(role)]
    return _("Prepares: %(roles)s") % {"roles": " · ".join(names)} if names else ""


def _scan_own() -> str:
    return _("Scan to do it with your phone, signed in. It opens for those who see this routine.")
