"""Alive, ready, and how it is doing: config/health.py."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from plans.delivery import heartbeat, tallies
from plans.domain import reminders
from plans.models import Reminder
from tests.factories import make_assignment, make_routine, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]


@pytest.fixture
def waiting() -> Reminder:
    """A reminder that is due in an hour."""
    now = timezone.now()
    run = make_run(make_user(), starts_at=now + timedelta(hours=2))
    make_assignment(run, make_routine())
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=now)
    return run.reminders.get()


def ready() -> tuple[int, dict[str, str]]:
    response = Client().get("/readyz")
    body = response.json()
    assert (body["status"] == "ready") == (response.status_code == 200)
    return response.status_code, body["checks"]


def test_alive_asks_nobody(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client().get("/healthz")
    assert (response.status_code, response.json(), dict(response.cookies)) == (200, {"status": "ok"}, {})


def test_ready_when_a_sender_works_and_nothing_waits(waiting):
    heartbeat.beat()
    assert ready() == (200, {"database": "ok", "broker": "ok", "worker": "ok", "reminders": "ok", "mail": "ok"})


@pytest.mark.parametrize(
    ("seconds", "status", "worker"), [(29, 200, "ok"), (45, 503, "last tick 45 s ago"), (None, 503, "no tick yet")]
)
def test_not_ready_when_no_sender_was_at_work(seconds, status, worker, monkeypatch):
    monkeypatch.setattr(heartbeat, "age", lambda: seconds)
    assert ready() == (status, {"database": "ok", "broker": "ok", "worker": worker, "reminders": "ok", "mail": "ok"})


def test_not_ready_when_a_reminder_waits_too_long(waiting):
    heartbeat.beat()
    Reminder.objects.update(next_at=timezone.now() - timedelta(seconds=50))
    assert ready()[0] == 200
    Reminder.objects.update(next_at=timezone.now() - timedelta(seconds=90))
    status, checks = ready()
    assert (status, checks["reminders"].startswith("a reminder has been due for 9")) == (503, True)


def test_one_that_waits_for_its_next_try_is_no_trouble(waiting):
    heartbeat.beat()
    now = timezone.now()
    Reminder.objects.update(due_at=now - timedelta(minutes=9), next_at=now + timedelta(minutes=1), attempts=2)
    assert ready()[0] == 200


def test_a_check_that_fails_is_named_and_tells_no_secret(settings, caplog):
    heartbeat.beat()
    settings.CELERY_BROKER_URL = "redis://mailer:open-sesame@127.0.0.1:1/0"
    with caplog.at_level(logging.WARNING):
        response = Client().get("/readyz")
    assert (response.status_code, response.json()["checks"]["broker"]) == (503, "failed")
    assert "open-sesame" not in response.content.decode() + caplog.text
    assert "127.0.0.1" not in response.content.decode()


def test_a_cache_that_is_down_makes_it_not_ready_and_stops_no_sender(monkeypatch, caplog):
    def broken(*_words, **_more):
        raise ConnectionError("no cache")

    monkeypatch.setattr(cache, "get", broken)
    monkeypatch.setattr(cache, "set", broken)
    heartbeat.beat()
    status, checks = ready()
    assert (status, checks["worker"], checks["database"]) == (503, "failed", "ok")


def test_metrics_are_for_who_holds_the_token(settings, waiting):
    settings.METRICS_TOKEN = "count-on-me"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong-ü"}).status_code == 404
    response = Client().get("/metrics", headers={"Authorization": "Bearer count-on-me"})
    lines = response.content.decode().splitlines()
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert [line for line in lines if line.startswith("reminders_rows")] == [
        'reminders_rows{status="scheduled"} 1',
        'reminders_rows{status="claimed"} 0',
        'reminders_rows{status="sent"} 0',
        'reminders_rows{status="failed"} 0',
        'reminders_rows{status="cancelled"} 0',
        'reminders_rows{status="expired"} 0',
    ]
    assert {"reminders_oldest_due_seconds 0", "invitations_unsent 0"} <= set(lines)


def test_metrics_tell_what_senders_counted(settings, waiting):
    settings.METRICS_TOKEN = "count-on-me"
    figures = tallies.Figures()
    for lag in (0.1, 0.7, 4000):
        figures.outcome("SENT", stale=False, lag=lag, lost_before=lag > 1000)
    figures.outcome("UNKNOWN", stale=True, lag=1, lost_before=False)
    figures.write()
    lines = Client().get("/metrics", headers={"Authorization": "Bearer count-on-me"}).content.decode().splitlines()
    assert {
        "# TYPE reminders_lag_seconds histogram",
        'reminders_lag_seconds_bucket{le="0.25"} 1',
        'reminders_lag_seconds_bucket{le="1"} 2',
        'reminders_lag_seconds_bucket{le="900"} 2',
        'reminders_lag_seconds_bucket{le="+Inf"} 3',
        "reminders_lag_seconds_sum 4000.8",
        "reminders_lag_seconds_count 3",
        'reminders_outcomes_total{outcome="sent"} 3',
        'reminders_outcomes_total{outcome="unknown"} 1',
        "reminders_unknown_total 1",
        "reminders_stale_acks_total 1",
        "reminders_doubled_suspect_total 1",
        "reminders_drift_total 0",
        "mail_paused 0",
    } <= set(lines)
    figures.outcome("SENT", stale=False, lag=0.1, lost_before=False)
    figures.write()
    lines = Client().get("/metrics", headers={"Authorization": "Bearer count-on-me"}).content.decode().splitlines()
    assert "reminders_lag_seconds_count 4" in lines


def test_not_ready_while_the_mail_server_takes_nothing():
    heartbeat.beat()
    heartbeat.pause("535 5.7.8 who are you")
    status, checks = ready()
    assert (status, checks["mail"]) == (503, "the mail server takes nothing")
    heartbeat.resume()
    assert ready()[0] == 200


def test_a_transaction_that_stays_open_is_seen(settings):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite cleans up as it goes.")
    settings.METRICS_TOKEN = "count-on-me"
    other = connection.copy()
    try:
        other.set_autocommit(False)
        other.cursor().execute("SELECT 1")
        lines = Client().get("/metrics", headers={"Authorization": "Bearer count-on-me"}).content.decode().splitlines()
        figures = dict(line.split() for line in lines if not line.startswith("#"))
        assert float(figures["database_oldest_transaction_seconds"]) > 0
        assert float(figures["reminders_dead_rows"]) >= 0
    finally:
        other.close()


def test_metrics_are_not_there_without_a_token(settings):
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_asked_and_not_told(path):
    assert Client().post(path).status_code == 405
