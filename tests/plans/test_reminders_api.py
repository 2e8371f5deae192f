"""GET reminders/, and what staff see of reminders."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from plans.domain import reminders
from plans.models import Reminder, Run
from tests.factories import NOW, make_assignment, make_routine, make_run

pytestmark = pytest.mark.django_db
URL = "/api/v1/reminders/"


def with_reminder(athlete, **fields) -> Run:
    run = make_run(athlete, **fields)
    make_assignment(run, make_routine())
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=NOW)
    return run


def test_an_athlete_sees_their_own_with_state_and_times(cast, api_of):
    run = with_reminder(cast.athlete, time_zone=ZoneInfo("America/New_York"))
    with_reminder(cast.team_mate)
    row = run.reminders.get()
    response = api_of(cast.athlete).get(URL)
    assert (response.status_code, response.json()) == (
        200,
        {
            "next": None,
            "previous": None,
            "results": [
                {
                    "id": row.pk,
                    "run": run.pk,
                    "kind": "before-run",
                    "channel": "email",
                    "state": "scheduled",
                    "reason": "",
                    "due_at": "2027-03-15T17:00:00Z",
                    "local_due": "2027-03-15T13:00:00",
                    "starts_at": "2027-03-15T18:00:00Z",
                    "local_start": "2027-03-15T14:00:00",
                    "time_zone": "America/New_York",
                    "sent_at": None,
                    "attempts": 0,
                }
            ],
        },
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Reminder.Status.SCHEDULED, "scheduled"),
        (Reminder.Status.CLAIMED, "sending"),
        (Reminder.Status.SENT, "sent"),
        (Reminder.Status.FAILED, "failed"),
        (Reminder.Status.CANCELLED, "cancelled"),
        (Reminder.Status.EXPIRED, "expired"),
    ],
)
def test_each_state_has_its_word(cast, api_of, status, word):
    with_reminder(cast.athlete).reminders.update(status=status)
    [row] = api_of(cast.athlete).get(URL).json()["results"]
    assert row["state"] == word


def test_nobody_else_sees_them(cast, api_of):
    with_reminder(cast.athlete)
    people = [cast.coach, cast.assistant, cast.team_mate, cast.other_coach, cast.curator, cast.superuser]
    assert [api_of(person).get(URL).json()["results"] for person in people] == [[]] * 6
    assert api_of(None).get(URL).status_code == 401


def test_they_are_read_only(cast, api_of):
    with_reminder(cast.athlete)
    api = api_of(cast.athlete)
    assert [api.post(URL, {}).status_code, api.delete(URL).status_code] == [405, 405]


def test_a_long_list_costs_what_a_short_one_costs(cast, api_of):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api_of(cast.athlete).get(URL).status_code == 200
        return len(captured)

    with_reminder(cast.athlete)
    one = queries()
    for hours in (8, 9, 10):
        with_reminder(cast.athlete, starts_at=NOW + timedelta(hours=hours))
    assert queries() == one


# --- The admin ------------------------------------------------------------------------------------------------------
PLACES = ["reminder", "run", "squad", "membership", "invitation", "series", "assignment"]


@pytest.mark.parametrize("place", PLACES)
def test_superusers_look_and_change_nothing(cast, browser_of, place):
    run = with_reminder(cast.athlete, squad=cast.squad)
    browser = browser_of(cast.superuser)
    assert browser.get(f"/admin/plans/{place}/").status_code == 200
    assert browser.get(f"/admin/plans/{place}/add/").status_code == 403
    keys = {"reminder": run.reminders.get().pk, "run": run.pk, "squad": cast.squad.pk, "assignment": run.assignment.pk}
    if place in keys:
        page = browser.get(f"/admin/plans/{place}/{keys[place]}/change/")
        assert (page.status_code, b"_save" in page.content) == (200, False)
        assert browser.post(f"/admin/plans/{place}/{keys[place]}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("place", PLACES)
def test_curators_and_others_see_nothing_of_it(cast, browser_of, place):
    with_reminder(cast.athlete)
    assert browser_of(cast.curator).get(f"/admin/plans/{place}/").status_code == 403
    for person in (cast.coach, cast.athlete, None):
        assert browser_of(person).get(f"/admin/plans/{place}/").status_code == 302


def test_the_list_of_reminders_names_no_address_and_finds_by_key_and_run(cast, browser_of):
    run = with_reminder(cast.athlete)
    with_reminder(cast.team_mate)
    browser = browser_of(cast.superuser)
    page = browser.get("/admin/plans/reminder/").content.decode()
    assert cast.athlete.email not in page
    for words in (str(run.reminders.get().key), f"{run.pk}"):
        found = browser.get("/admin/plans/reminder/", {"q": words}).context["cl"].queryset
        assert run.reminders.get() in found
    assert browser.get("/admin/plans/reminder/", {"q": "\U0001f3c3" * 50}).status_code == 200


def test_sessions_are_not_there(cast, browser_of):
    assert browser_of(cast.superuser).get("/admin/plans/session/").status_code == 404
