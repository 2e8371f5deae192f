"""The settings' page of what was mailed lately, and how it ended, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from plans.models import Reminder
from plans.shown import show_ending

LATELY = timedelta(days=30)
AT_MOST = 20


@login_required
@never_cache
@require_safe
def settings_reminders_sent(request: HttpRequest) -> HttpResponse:
    """One's own reminders that were due in the last days, the latest first."""
    person: Any = request.user
    now = timezone.now()
    rows = Reminder.objects.visible_to(person).filter(due_at__lte=now, due_at__gt=now - LATELY)
    rows = rows.select_related("run").order_by("-due_at", "-pk")[:AT_MOST]
    shown = [{"row": row, "ending": show_ending(row, person)} for row in rows]
    return render(request, "plans/sent.html", {"rows": shown})
