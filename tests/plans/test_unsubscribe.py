"""The link in a reminder that ends reminders: plans/views/unsubscribe.py."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from plans.domain import reminders
from plans.domain.unsubscribing import unsubscribe_token
from plans.models import Reminder
from tests.factories import make_assignment, make_routine, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(cast) -> Reminder:
    """A reminder of the athlete that is to come, by the real clock that the page reads."""
    now = timezone.now()
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=5))
    make_assignment(run, make_routine())
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=now)
    return run.reminders.get()


def link(person) -> str:
    return reverse("reminders-unsubscribe", args=[unsubscribe_token(person)])


def test_looking_changes_nothing(cast, waiting):
    response = Client().get(link(cast.athlete))
    cast.athlete.refresh_from_db()
    waiting.refresh_from_db()
    assert (response.status_code, cast.athlete.email_reminders) == (200, True)
    assert waiting.status == Reminder.Status.SCHEDULED
    assert cast.athlete.email not in response.content.decode()


def test_one_post_without_cookies_or_sign_in_ends_them_at_once(cast, waiting):
    client = Client(enforce_csrf_checks=True)
    response = client.post(
        link(cast.athlete), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    cast.athlete.refresh_from_db()
    cast.team_mate.refresh_from_db()
    waiting.refresh_from_db()
    assert (response.status_code, cast.athlete.email_reminders, cast.team_mate.email_reminders) == (200, False, True)
    assert (waiting.status, waiting.reason) == (Reminder.Status.CANCELLED, "opted-out")
    assert AuditEntry.objects.filter(action="person.change-preferences", actor=cast.athlete).count() == 1


def test_posting_again_is_as_good(cast, waiting):
    pages = [Client().post(link(cast.athlete)) for _ in range(2)] + [Client().get(link(cast.athlete))]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert {page.templates[0].name for page in pages} == {"plans/unsubscribe_done.html"}
    assert AuditEntry.objects.filter(action="person.change-preferences").count() == 1


def test_a_link_keeps_working_and_is_good_for_this_alone(cast):
    token = unsubscribe_token(cast.athlete)
    assert token == unsubscribe_token(cast.athlete)
    assert token != unsubscribe_token(cast.team_mate)
    forged = Signer(salt="something.else").sign_object([cast.athlete.pk, "email"])
    other = Signer(salt="prestride.unsubscribe").sign_object([cast.athlete.pk, "sms"])
    gone = Signer(salt="prestride.unsubscribe").sign_object([10**30, "email"])
    changed = unsubscribe_token(cast.team_mate).partition(":")[0] + ":" + token.partition(":")[2]
    for bad in (forged, other, gone, changed, token[:-1], token + "x", "x", "%00", "ü", "a" * 5000):
        for method in ("get", "post"):
            response = getattr(Client(raise_request_exception=False), method)(
                reverse("reminders-unsubscribe", args=["TOKEN"]).replace("TOKEN", bad)
            )
            assert (bad[:20], response.status_code) == (bad[:20], 404)
    cast.athlete.refresh_from_db()
    assert cast.athlete.email_reminders is True


def test_someone_who_is_gone_can_not_be_changed(cast):
    cast.athlete.is_active = False
    cast.athlete.save()
    assert Client().post(link(cast.athlete)).status_code == 404


def test_other_ways_of_asking_are_refused(cast):
    assert Client().put(link(cast.athlete)).status_code == 405
