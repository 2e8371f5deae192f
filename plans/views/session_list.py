"""One's own log: how the warm-ups went over time, all of them page by page, and the file to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from plans.models import Session
from plans.querysets import SessionQuerySet
from plans.session_table import csv_lines
from plans.session_trends import SPANS, USUAL_SPAN, last_runs, read_trends
from plans.sessions_shown import trends_shown
from warmups.models import Exercise

PAGE = 30
ROWS_AT_ONCE = 200


def _own(person: User) -> SessionQuerySet:
    """One's own log, the latest first."""
    return Session.objects.with_health_for(person).visible_to(person).filter(athlete=person)


@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """One's own log: trends of a span (?span=4, 12, 52 or all; weeks), and the sessions, the latest first."""
    person, now = cast(User, request.user), timezone.now()
    span = request.GET.get("span", "")
    span = span if span in SPANS else USUAL_SPAN
    page = Paginator(_own(person).select_related("athlete", "run", "revision"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "query": f"span={span}",
        "pain_limit": settings.PAIN_RED_LIMIT,
        "span": span,
        "spans": [(key, label) for key, (_weeks, label) in SPANS.items()],
    }
    if page.paginator.count:
        context["last_runs"] = last_runs(athlete=person, now=now)
        context["trends"] = trends_shown(
            read_trends(athlete=person, weeks=SPANS[span][0], now=now), pain_limit=settings.PAIN_RED_LIMIT
        )
    return render(request, "plans/sessions.html", context)


@login_required
@require_safe
def sessions_csv(request: HttpRequest) -> StreamingHttpResponse:
    """One's whole own log as CSV in UTF-8, a row a session, the latest first; sent as it is read."""
    person = cast(User, request.user)
    rows = _own(person).select_related("run", "revision").prefetch_related("revision__steps")
    names = dict(Exercise.objects.values_list("slug", "name"))
    lines: Iterator[str] = csv_lines(rows.iterator(chunk_size=ROWS_AT_ONCE), zone=person.time_zone, names=names)
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sessions.csv"', "Cache-Control": "no-store"},
    )
