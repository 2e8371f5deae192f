"""Is it alive, is it ready, how is it doing: for load balancers, supervisors and Prometheus.

Nothing here opens a session, and no answer holds a secret: a check that fails is named, its error only logged.
"""

from __future__ import annotations

import hmac
import logging
import tempfile
from collections.abc import Callable
from datetime import datetime

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from plans.delivery import claims, heartbeat
from plans.models import Invitation, Reminder

LONGEST_SILENCE = 30  # seconds since a sender was last at work
LONGEST_WAIT = 60  # seconds that a due reminder may wait
BROKER_SECONDS = 2

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when all is well, else 503: {"status": "ready"|"not ready", "checks": {name: "ok"|what is wrong}}."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "broker": _broker,
        "worker": _worker,
        "reminders": _reminders,
    }
    results = {name: _result(name, check) for name, check in checks.items()}
    ready = all(result == "ok" for result in results.values())
    body = {"status": "ready" if ready else "not ready", "checks": results}
    response = JsonResponse(body, status=200 if ready else 503)
    # Not being ready is an answer, not a failure: Django would log each 503 as an error.
    setattr(response, "_has_been_logged", True)  # noqa: B010
    return response


def _result(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:
        # What went wrong may name hosts and users: that is for the log's readers.
        logger.warning("Not ready, %s: %s", name, error)
        return "failed"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        with tempfile.TemporaryFile(dir=settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]):
            return "ok"
    seconds = {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}
    with redis.Redis.from_url(settings.CELERY_BROKER_URL, **seconds) as client:
        client.ping()
    return "ok"


def _worker() -> str:
    age = heartbeat.age()
    if age is None:
        return "no tick yet"
    return "ok" if age <= LONGEST_SILENCE else f"last tick {age:.0f} s ago"


def _reminders() -> str:
    waiting = _oldest_due_seconds(timezone.now())
    return "ok" if waiting <= LONGEST_WAIT else f"a reminder has been due for {waiting:.0f} s"


def _oldest_due_seconds(now: datetime) -> float:
    """How long the reminder that waits longest has been free to go. One that waits for its next try does not count."""
    oldest = claims.due(now).aggregate(oldest=Min("next_at"))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0


# --- Metrics --------------------------------------------------------------------------------------------------------
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for whoever holds METRICS_TOKEN as a bearer; 404 for all others and when it is unset."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Http404
    return HttpResponse("".join(_gauges(timezone.now())), content_type="text/plain; version=0.0.4; charset=utf-8")


def _gauges(now: datetime) -> list[str]:
    counted = Reminder.objects.order_by().values_list("status").annotate(Count("pk"))
    rows = dict(counted)
    states = {status.name.lower(): rows.get(status, 0) for status in Reminder.Status}
    age = heartbeat.age()
    return [
        _gauge(
            "reminders_rows", "Rows of the outbox by state", {f'{{status="{name}"}}': n for name, n in states.items()}
        ),
        _gauge("reminders_oldest_due_seconds", "Longest wait of a due reminder", {"": _oldest_due_seconds(now)}),
        _gauge("invitations_unsent", "Invitations waiting to be mailed", {"": Invitation.objects.unsent(now).count()}),
        _gauge("beat_last_tick_seconds", "Since a sender was last at work", {} if age is None else {"": age}),
    ]


def _gauge(name: str, text: str, values: dict[str, float]) -> str:
    lines = "".join(f"{name}{labels} {value:g}\n" for labels, value in values.items())
    return f"# HELP {name} {text}\n# TYPE {name} gauge\n{lines}"
