"""Is it alive, is it ready: for load balancers and supervisors. How it is doing in numbers is config/metrics.py's.

Nothing here opens a session, and no answer holds a secret: a check that fails is named, its error only logged.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from plans.delivery import claims, heartbeat

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
        "mail": _mail,
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
    waiting = claims.longest_wait(timezone.now())
    return "ok" if waiting <= LONGEST_WAIT else f"a reminder has been due for {waiting:.0f} s"


def _mail() -> str:
    return "the mail server takes nothing" if heartbeat.paused() else "ok"
