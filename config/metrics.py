"""How it is doing, in numbers: /metrics in Prometheus' text format.

What senders counted comes from rows (plans/delivery/tallies.py), so it is the same whichever process is asked.
docs/reliability.md says what to watch and whom to wake.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from plans.delivery import claims, heartbeat, tallies
from plans.models import Invitation, Reminder

Status = Reminder.Status

COUNTED = {
    "reminders_lag_seconds": ("histogram", "From due to the mail server's yes"),
    "reminders_claim_seconds": ("summary", "Claiming a batch"),
    "reminders_settle_seconds": ("summary", "Writing down what came back"),
    "reminders_outcomes_total": ("counter", "What became of attempts"),
    "reminders_unknown_total": ("counter", "Cut off after the message: it may have been taken"),
    "reminders_doubled_suspect_total": ("counter", "Sent again after the sender before died or was cut off"),
    "reminders_stale_acks_total": ("counter", "Outcomes whose claim was not the sender's any more"),
    "reminders_reaped_total": ("counter", "Rows taken back from senders whose lease ended"),
    "reminders_replayed_total": ("counter", "Rows that the journal of a dead sender knew as sent"),
    "reminders_drift_total": ("counter", "Runs whose rows the sweep had to mend: each is a bug"),
    "smtp_throttled_total": ("counter", "Answers that asked for fewer messages"),
}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures, for whoever holds METRICS_TOKEN as a bearer; 404 for all others and when it is unset."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Http404
    text = "".join([*_gauges(timezone.now()), *_counted(), *_vacuum()])
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _gauges(now: datetime) -> Iterable[str]:
    counted = Reminder.objects.order_by().values_list("status").annotate(Count("pk"))
    rows = dict(counted)
    states = {f'{{status="{status.name.lower()}"}}': float(rows.get(status, 0)) for status in Status}
    age, speed = heartbeat.age(), heartbeat.speed()
    soon = Reminder.objects.filter(status=Status.SCHEDULED, next_at__lte=now + timedelta(hours=1)).count()
    rate = speed.get("rate", 0.0)
    for name, text, values in (
        ("reminders_rows", "Rows of the outbox by state", states),
        ("reminders_oldest_due_seconds", "Longest wait of a due reminder", {"": claims.longest_wait(now)}),
        (
            "reminders_forecast_lag_seconds",
            "How long what falls due within the hour takes to send",
            {"": soon / rate} if rate else {},
        ),
        ("smtp_rate", "Messages a second, of the last sender at work", {"": rate} if speed else {}),
        ("smtp_connections", "Connections of the last sender at work", {"": speed["connections"]} if speed else {}),
        ("mail_paused", "1 while the mail server takes nothing", {"": float(bool(heartbeat.paused()))}),
        ("invitations_unsent", "Invitations waiting to be mailed", {"": float(Invitation.objects.unsent(now).count())}),
        ("beat_last_tick_seconds", "Since a sender was last at work", {} if age is None else {"": age}),
    ):
        yield _head(name, "gauge", text) + "".join(f"{name}{labels} {value:g}\n" for labels, value in values.items())


def _counted() -> Iterable[str]:
    samples = list(tallies.samples())
    for name, (kind, text) in COUNTED.items():
        own = [(full, value) for full, value in samples if _family(full) == name]
        if not own and kind == "counter" and name != "reminders_outcomes_total":
            own = [(name, 0.0)]  # so that an alert on its growth sees the first
        yield _head(name, kind, text) + "".join(f"{full} {value:.10g}\n" for full, value in own)


def _vacuum() -> Iterable[str]:
    """What slows a queue on PostgreSQL in the end: rows that are dead, and whoever keeps them from being cleaned up."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = %s::regclass),"
            " (SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity"
            "  WHERE datname = current_database() AND pid <> pg_backend_pid())",
            [Reminder._meta.db_table],
        )
        dead, oldest = cursor.fetchone()
    for name, text, value in (
        ("reminders_dead_rows", "Rows of the outbox that the database has yet to clean up", dead),
        (
            "database_oldest_transaction_seconds",
            "How long a transaction has been open: what died since stays",
            oldest,
        ),
    ):
        yield _head(name, "gauge", text) + f"{name} {float(value or 0):g}\n"


def _family(name: str) -> str:
    """The metric that a sample belongs to."""
    bare = name.partition("{")[0]
    for end in ("_bucket", "_sum", "_count"):
        if bare.removesuffix(end) in COUNTED:
            return bare.removesuffix(end)
    return bare


def _head(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
