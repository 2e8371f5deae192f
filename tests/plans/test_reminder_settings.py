"""What a person chooses about reminders, and what they are told of those sent: settings pages and API."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.domain.people import change_preferences
from plans.domain import reminders
from plans.models import Reminder
from tests.conftest import Cast
from tests.factories import NOW, make_assignment, make_routine, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

PAGE, SENT, AGAIN = "/settings/reminders/", "/settings/reminders/sent/", "/settings/reminders/address/"
HOUR = timedelta(hours=1)


def lead(run) -> timedelta:
    return run.starts_at - run.reminders.get(status=Reminder.Status.SCHEDULED).due_at


def test_another_time_before_some_kinds_of_run():
    runner = make_user(reminder_lead_minutes=30)
    race, easy = make_run(runner, kind="race"), make_run(runner, kind="easy")
    for run in (race, easy):
        make_assignment(run, make_routine())
    reminders.derive(run_ids=[race.pk, easy.pk], now=NOW)
    change_preferences(user=runner, changes={"reminder_leads": {"race": 120}}, now=NOW)
    assert (lead(race), lead(easy)) == (2 * HOUR, HOUR / 2)
    change_preferences(user=runner, changes={"reminder_leads": {}}, now=NOW)
    assert (lead(race), lead(easy)) == (HOUR / 2, HOUR / 2)


def test_the_page_takes_and_shows_all_of_it(cast: Cast, browser_of):
    browser = browser_of(cast.athlete)
    form = {
        "email_reminders": "on",
        "reminder_lead_minutes": "45",
        "lead_race": "120",
        "digest_at": "19:30",
        "calendar_attached": "on",
    }
    assert browser.post(PAGE, form).status_code == 302
    cast.athlete.refresh_from_db()
    chosen = cast.athlete
    assert (chosen.reminder_lead_minutes, chosen.reminder_leads) == (45, {"race": 120})
    assert (chosen.digest_at, chosen.calendar_attached) == (time(19, 30), True)
    page = browser.get(PAGE).content.decode()
    assert '<details class="leads" open>' in page
    assert 'name="lead_race" value="120"' in page and 'value="19:30"' in page
    assert browser.post(PAGE, {"email_reminders": "on"}).status_code == 302
    cast.athlete.refresh_from_db()
    assert (cast.athlete.reminder_leads, cast.athlete.digest_at) == ({}, None)


def test_a_wrong_number_is_told_beside_its_field_and_the_rest_kept(cast: Cast, browser_of):
    answer = browser_of(cast.athlete).post(PAGE, {"lead_race": "3", "lead_long": "75", "digest_at": "19:30"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in page and 'value="75"' in page and 'value="19:30"' in page
    cast.athlete.refresh_from_db()
    assert cast.athlete.reminder_leads == {}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reminder_leads": {"sprint": 60}}, "reminder_leads"),
        ({"reminder_leads": {"race": 2}}, "reminder_leads"),
        ({"reminder_leads": {"race": "soon"}}, "reminder_leads"),
        ({"reminder_leads": [60]}, "reminder_leads"),
        ({"reminder_leads": None}, "reminder_leads"),
        ({"digest_at": "25:00"}, "digest_at"),
        ({"calendar_attached": "perhaps"}, "calendar_attached"),
    ],
)
def test_the_api_refuses_by_name(cast: Cast, api_of, sent, field):
    answer = api_of(cast.athlete).patch("/api/v1/me/", sent, format="json")
    assert answer.status_code == 400
    assert field in str(answer.json()["errors"])


def test_the_api_takes_and_gives_them(cast: Cast, api_of):
    sent = {"reminder_leads": {"race": 90}, "digest_at": "20:00", "calendar_attached": True}
    answer = api_of(cast.athlete).patch("/api/v1/me/", sent, format="json")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in sent} == sent
    assert answer.json()["address_refused"] is False


# --- An address that takes no mail ------------------------------------------------------------------------------------
def test_a_refused_address_is_told_and_can_be_tried_again(cast: Cast, browser_of):
    browser = browser_of(cast.athlete)
    assert "reach you" not in browser.get(PAGE).content.decode()
    cast.athlete.refused_email = cast.athlete.email
    cast.athlete.save()
    for path in (PAGE, SENT, "/today/"):
        assert "Your reminders don" in browser.get(path).content.decode(), path
    assert browser.post(AGAIN).status_code == 302
    cast.athlete.refresh_from_db()
    assert (cast.athlete.refused_email, cast.athlete.address_refused) == ("", False)
    assert "reach you" not in browser.get(PAGE).content.decode()


# --- What was sent lately ---------------------------------------------------------------------------------------------
def row_of(person, **fields) -> Reminder:
    now = timezone.now()
    run = make_run(person, starts_at=now + HOUR / 2, kind="intervals")
    make_assignment(run, make_routine())
    reminders.derive(run_ids=[run.pk], now=now - HOUR)
    Reminder.objects.filter(run=run).update(**fields)
    return run.reminders.get()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": 2}, "Sent"),
        ({"status": 0, "attempts": 1, "reason": "451 4.7.1 <address> greylisted"}, "The mail server asked to wait"),
        ({"status": 3, "reason": "address: 550 5.1.1 <address> unknown"}, "the address does not take mail"),
        ({"status": 3, "reason": "refused: 554 no"}, "the mail server refused it"),
        ({"status": 4, "reason": "run-cancelled"}, "the run was cancelled"),
        ({"status": 4, "reason": "withdrawn"}, "staff took it back"),
        ({"status": 5, "reason": "ConnectionRefusedError"}, "Not sent in time"),
    ],
)
def test_each_end_is_told_in_words_and_not_in_a_servers(cast: Cast, browser_of, fields, words):
    row_of(cast.athlete, **fields)
    page = browser_of(cast.athlete).get(SENT).content.decode()
    assert words in page and "Intervals" in page and "Before the run" in page
    assert not any(raw in page for raw in ("451", "550", "554", "ConnectionRefused", "greylisted"))


def test_it_is_ones_own_and_lately(cast: Cast, browser_of):
    row_of(cast.team_mate, status=2)
    row_of(cast.athlete, status=2, due_at=timezone.now() - timedelta(days=31))
    page = browser_of(cast.athlete).get(SENT).content.decode()
    assert "Nothing yet." in page
