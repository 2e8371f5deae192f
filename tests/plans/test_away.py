"""Away dates: who says them, what they change for runs, reminders and counting, and who learns why."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from plans.domain import board, reminders
from plans.domain.away import change_away, come_back, end_away, set_away
from plans.domain.given import away_on
from plans.models import Away, Reason, Reminder
from tests.conftest import Cast
from tests.factories import (
    BERLIN,
    NOW,
    make_assignment,
    make_away,
    make_membership,
    make_routine,
    make_run,
    make_session,
)

Api = Callable[[User | None], APIClient]
Browser = Callable[[User | None], Client]
DAY = timedelta(days=1)
TODAY = NOW.astimezone(BERLIN).date()
MINE = "/api/v1/me/away/"
COACHES = "/squads/dawn-patrol/athletes/{}/away/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def away_from(athlete: User, first: int, last: int, **fields: Any) -> Away:
    """Away so many days from today on, by the domain."""
    actor = fields.pop("actor", athlete)
    since, until = TODAY + first * DAY, TODAY + last * DAY
    return set_away(athlete=athlete, actor=actor, since=since, until=until, now=NOW, **fields)


def refused(deed: Callable[[], Any]) -> set[str]:
    """The fields that a deed was refused for."""
    with pytest.raises(ValidationError) as caught:
        deed()
    return set(caught.value.error_dict)


# --- Saying so ------------------------------------------------------------------------------------------------------
def test_athlete_is_away(athlete: User) -> None:
    row = away_from(athlete, 1, 3, reason="ill")

    assert (row.since, row.until, row.reason, row.created_by) == (TODAY + DAY, TODAY + 3 * DAY, "ill", athlete)


def test_the_record_holds_dates_and_no_reason(athlete: User) -> None:
    row = away_from(athlete, 1, 3, reason="ill")
    row = change_away(away=row, actor=athlete, changes={"until": TODAY + 4 * DAY, "reason": "injured"}, now=NOW)
    end_away(away=row, actor=athlete, now=NOW)

    entries = AuditEntry.objects.filter(action__startswith="away.").order_by("pk")
    assert [entry.action for entry in entries] == ["away.set", "away.change", "away.end"]
    told = " ".join(f"{entry.before} {entry.after}" for entry in entries)
    assert [word for word in ("ill", "injured", "reason") if word in told] == []
    assert entries[1].before == {"until": (TODAY + 3 * DAY).isoformat()}
    assert entries[1].after == {"until": (TODAY + 4 * DAY).isoformat()}


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(0, -1, "until"), (-367, 0, "since"), (400, 733, "until"), (0, 366, "until")],
    ids=["ends before it begins", "too long ago", "too far ahead", "too long"],
)
def test_dates_out_of_reach_are_refused(athlete: User, first: int, last: int, field: str) -> None:
    assert refused(lambda: away_from(athlete, first, last)) == {field}
    assert Away.objects.count() == 0


def test_the_longest_and_the_furthest_are_fine(athlete: User) -> None:
    away_from(athlete, -366, -1)
    away_from(athlete, 0, 365)
    away_from(athlete, 366, 731)

    assert Away.objects.count() == 3


@pytest.mark.parametrize(("first", "last"), [(1, 1), (5, 9), (0, 9), (2, 3), (-9, 1)])
def test_dates_that_overlap_are_refused_and_say_which(athlete: User, first: int, last: int) -> None:
    away_from(athlete, 1, 5)

    assert refused(lambda: away_from(athlete, first, last)) == {"since"}


def test_dates_may_touch_and_others_may_have_the_same(cast: Cast) -> None:
    away_from(cast.athlete, 1, 5)
    away_from(cast.athlete, 6, 6)
    away_from(cast.team_mate, 1, 5)

    assert Away.objects.count() == 3


def test_a_change_may_not_overlap_either_but_may_overlap_itself(athlete: User) -> None:
    row = away_from(athlete, 1, 5)
    away_from(athlete, 8, 9)
    change_away(away=row, actor=athlete, changes={"since": TODAY + 2 * DAY, "until": TODAY + 7 * DAY}, now=NOW)

    longer = {"until": TODAY + 8 * DAY}
    assert refused(lambda: change_away(away=row, actor=athlete, changes=longer, now=NOW)) == {"since"}


def test_no_reason_that_is_none(athlete: User) -> None:
    assert refused(lambda: away_from(athlete, 1, 2, reason="tired")) == {"reason"}


def test_who_is_back_today_was_away_until_yesterday(athlete: User) -> None:
    row = away_from(athlete, -3, 4)
    come_back(away=row, actor=athlete, now=NOW)

    assert Away.objects.get().until == TODAY - DAY


def test_who_is_back_on_the_first_day_was_not_away(athlete: User) -> None:
    come_back(away=away_from(athlete, 0, 4), actor=athlete, now=NOW)

    assert Away.objects.count() == 0


@pytest.mark.parametrize(("first", "last"), [(1, 4), (-4, -1)])
def test_nobody_is_back_from_what_is_not_now(athlete: User, first: int, last: int) -> None:
    row = away_from(athlete, first, last)
    come_back(away=row, actor=athlete, now=NOW)

    assert Away.objects.get().until == row.until


# --- By a coach -----------------------------------------------------------------------------------------------------
def test_a_coach_says_it_of_their_athlete(cast: Cast) -> None:
    assert away_from(cast.athlete, 0, 2, actor=cast.coach).created_by == cast.coach


@pytest.mark.parametrize("who", ["assistant", "team_mate", "other_coach", "superuser"])
def test_nobody_else_does(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        away_from(cast.athlete, 0, 2, actor=getattr(cast, who))


def test_a_coach_says_nothing_of_days_before_the_athlete_joined(cast: Cast) -> None:
    assert refused(lambda: away_from(cast.athlete, -70, 1, actor=cast.coach)) == {"since"}
    away_from(cast.athlete, -59, 1, actor=cast.coach)


def test_dates_from_before_joining_stay_the_athletes_own(cast: Cast) -> None:
    make_away(cast.athlete, since=TODAY - 90 * DAY, until=TODAY - 70 * DAY)
    seen = make_away(cast.athlete, since=TODAY - 65 * DAY, until=TODAY - 50 * DAY)

    assert list(Away.objects.visible_to(cast.coach)) == [seen]
    assert Away.objects.visible_to(cast.athlete).count() == 2


# --- Why ------------------------------------------------------------------------------------------------------------
def readers_of_the_reason(row: Away, people: list[User]) -> list[str]:
    return [
        person.name
        for person in people
        if [each.shown_reason for each in Away.objects.visible_to(person).with_reason_for(person).filter(pk=row.pk)]
        == [str(row.get_reason_display())]
    ]


def test_why_is_told_to_coaches_with_whom_health_is_shared(cast: Cast) -> None:
    row = away_from(cast.athlete, 0, 2, reason="injured")
    people = [cast.athlete, cast.coach, cast.assistant, cast.team_mate, cast.other_coach]

    assert readers_of_the_reason(row, people) == ["Ada Athlete", "Cora Coach", "Asa Assistant"]
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    assert readers_of_the_reason(row, people) == ["Ada Athlete"]


def test_who_wrote_why_knows_it(cast: Cast) -> None:
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    row = away_from(cast.athlete, 0, 2, reason="injured", actor=cast.coach)

    assert readers_of_the_reason(row, [cast.athlete, cast.coach, cast.assistant]) == ["Ada Athlete", "Cora Coach"]


def test_what_the_athlete_says_instead_is_no_longer_the_coachs_to_know(cast: Cast) -> None:
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    row = away_from(cast.athlete, 0, 2, actor=cast.coach)
    row = change_away(away=row, actor=cast.athlete, changes={"reason": "ill"}, now=NOW)

    assert readers_of_the_reason(row, [cast.athlete, cast.coach]) == ["Ada Athlete"]


def test_who_may_not_read_why_changes_dates_and_leaves_the_reason(cast: Cast) -> None:
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    row = away_from(cast.athlete, 0, 2, reason="ill")
    row = change_away(away=row, actor=cast.coach, changes={"until": TODAY + DAY}, now=NOW)

    assert (row.until, row.reason, row.created_by) == (TODAY + DAY, "ill", cast.athlete)
    guess = {"reason": "injured"}
    assert refused(lambda: change_away(away=row, actor=cast.coach, changes=guess, now=NOW)) == {"reason"}


def test_no_page_of_a_coach_tells_a_reason_that_is_not_shared(cast: Cast, browser_of: Browser) -> None:
    """Their pages are the same to the letter whatever the reason; where health is shared they are not."""
    row = away_from(cast.athlete, -1, 2)
    run = make_run(cast.athlete, squad=cast.squad)
    make_assignment(run, make_routine(), by=cast.coach)
    pages = [
        "/squads/dawn-patrol/",
        f"/squads/dawn-patrol/athletes/{cast.athlete.pk}/",
        COACHES.format(cast.athlete.pk),
        f"{COACHES.format(cast.athlete.pk)}{row.pk}/",
        f"{COACHES.format(cast.athlete.pk)}{row.pk}/remove/",
        f"/runs/{run.pk}/",
        "/squads/dawn-patrol/plan/",
        f"/api/v1/runs/{run.pk}/",
        "/api/v1/squads/dawn-patrol/board/",
    ]

    def told(page: str) -> int:
        texts = set()
        for reason in Away.Why.values:
            Away.objects.update(reason=reason)
            answer = browser_of(cast.coach).get(page)
            assert answer.status_code == 200, page
            texts.add(
                re.sub(r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]*"', "", answer.content.decode())
            )
        return len(texts)

    assert {page: told(page) for page in pages[:4]} == dict.fromkeys(pages[:4], 3)
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    assert {page: told(page) for page in pages} == dict.fromkeys(pages, 1)


# --- What it changes ------------------------------------------------------------------------------------------------
def reminder_of(run: Any) -> tuple[str, str] | None:
    row = Reminder.objects.filter(run=run).order_by("-pk").first()
    return (row.get_status_display(), row.reason) if row else None


def test_no_reminder_while_away_and_again_when_the_dates_change(athlete: User) -> None:
    run = make_run(athlete, starts_at=NOW + 2 * DAY)
    make_assignment(run, make_routine())
    reminders.derive(run_ids=[run.pk], now=NOW)
    scheduled = reminder_of(run)
    row = away_from(athlete, 1, 3)
    away = reminder_of(run)
    row = change_away(away=row, actor=athlete, changes={"since": TODAY + 3 * DAY}, now=NOW)
    back = reminder_of(run)
    change_away(away=row, actor=athlete, changes={"since": TODAY + 2 * DAY}, now=NOW)
    away_again = reminder_of(run)
    end_away(away=row, actor=athlete, now=NOW)

    assert away == away_again == (Reminder.Status.CANCELLED.label, Reason.AWAY)
    assert scheduled == back == reminder_of(run) == (Reminder.Status.SCHEDULED.label, "")


def test_a_run_while_away_is_not_counted_nor_missed(cast: Cast) -> None:
    routine = make_routine()
    for days in (2, 3, 4):
        run = make_run(cast.athlete, starts_at=NOW - days * DAY, kind="intervals", squad=cast.squad)
        make_assignment(run, routine, by=cast.coach)
    make_session(cast.athlete, run=run)

    def read() -> tuple[int, int, list[str]]:
        rows = board.read_board(
            squad=cast.squad,
            memberships=list(board.athletes_of(cast.squad, cast.coach)),
            reader=cast.coach,
            first=TODAY - 27 * DAY,
            last=TODAY + 7 * DAY,
            now=NOW,
        )
        ada = next(row for row in rows.athletes if row.person == cast.athlete)
        return ada.adherence.assigned, ada.adherence.warmed_up, [concern.kind for concern in rows.concerns]

    assert read() == (3, 1, ["missed"])
    row = away_from(cast.athlete, -3, -2)
    assert read() == (1, 1, [])
    end_away(away=row, actor=cast.athlete, now=NOW)
    assert read() == (3, 1, ["missed"])
    away_from(cast.athlete, -4, -4)
    assert read() == (2, 0, ["missed"])  # what was done while away is in the log, not in the share


def test_nobody_is_silent_while_away(cast: Cast) -> None:
    routine = make_routine()
    for days in (2, 3):
        make_assignment(make_run(cast.athlete, starts_at=NOW - days * DAY, squad=cast.squad), routine, by=cast.coach)
    lines, _sessions = board.read_athlete(
        squad=cast.squad, athlete=cast.athlete, reader=cast.coach, first=TODAY - 9 * DAY, last=TODAY, now=NOW
    )
    assert [c.kind for c in board.concerns(cast.athlete, lines, [], None, squad=cast.squad, now=NOW)] == ["silent"]
    away_from(cast.athlete, -3, -2)
    lines, _sessions = board.read_athlete(
        squad=cast.squad, athlete=cast.athlete, reader=cast.coach, first=TODAY - 9 * DAY, last=TODAY, now=NOW
    )
    assert [(line.state, line.counts) for line in lines] == [("away", False)] * 2
    assert board.concerns(cast.athlete, lines, [], None, squad=cast.squad, now=NOW) == []


# --- Pages ----------------------------------------------------------------------------------------------------------
def dates(first: int, last: int, **fields: Any) -> dict[str, Any]:
    return {"since": (TODAY + first * DAY).isoformat(), "until": (TODAY + last * DAY).isoformat()} | fields


def test_athlete_adds_changes_and_removes_dates_on_the_page(athlete: User, browser_of: Browser) -> None:
    browser = browser_of(athlete)
    assert browser.post("/away/new/", dates(0, 2, reason="ill")).status_code == 302
    row = Away.objects.get()
    assert browser.post(f"/away/{row.pk}/", dates(0, 5, reason="injured")).status_code == 302
    row.refresh_from_db()
    assert (row.until, row.reason) == (TODAY + 5 * DAY, "injured")
    assert "injured" in browser.get("/away/").content.decode().lower()
    assert browser.get(f"/away/{row.pk}/remove/").status_code == 200
    assert Away.objects.count() == 1
    assert browser.post(f"/away/{row.pk}/remove/").status_code == 302
    assert Away.objects.count() == 0


def test_athlete_is_back_with_one_press(athlete: User, browser_of: Browser) -> None:
    row = away_from(athlete, -2, 5)

    assert browser_of(athlete).get(f"/away/{row.pk}/back/").status_code == 405
    assert browser_of(athlete).post(f"/away/{row.pk}/back/", {"then": "today"}).headers["Location"] == "/today/"
    row.refresh_from_db()
    assert row.until == TODAY - DAY


def test_what_was_typed_stays_with_what_is_wrong(athlete: User, browser_of: Browser) -> None:
    answer = browser_of(athlete).post("/away/new/", dates(3, 1, reason="ill"))

    assert answer.status_code == 422
    text = answer.content.decode()
    assert (TODAY + 3 * DAY).isoformat() in text
    assert "Choose the first day or a later one." in text


def test_coach_adds_changes_and_removes_dates_of_an_athlete(cast: Cast, browser_of: Browser) -> None:
    browser, address = browser_of(cast.coach), COACHES.format(cast.athlete.pk)
    assert browser.post(address, dates(0, 2, reason="away")).headers["Location"] == address
    row = Away.objects.get()
    assert (row.athlete, row.created_by) == (cast.athlete, cast.coach)
    assert browser.post(f"{address}{row.pk}/", dates(0, 9, reason="away")).headers["Location"] == address
    row.refresh_from_db()
    assert row.until == TODAY + 9 * DAY
    assert "Away until" in browser.get("/squads/dawn-patrol/").content.decode()
    assert browser.post(f"{address}{row.pk}/remove/").status_code == 302
    assert Away.objects.count() == 0


def test_the_run_page_says_that_it_is_not_counted(cast: Cast, browser_of: Browser) -> None:
    run = make_run(cast.athlete, squad=cast.squad)
    away_from(cast.athlete, 0, 2)

    assert "You are away that day." in browser_of(cast.athlete).get(f"/runs/{run.pk}/").content.decode()
    assert "Ada Athlete is away that day." in browser_of(cast.coach).get(f"/runs/{run.pk}/").content.decode()


# --- API ------------------------------------------------------------------------------------------------------------
def test_api_makes_lists_changes_and_deletes(athlete: User, api_of: Api) -> None:
    api = api_of(athlete)
    body = {"from": (TODAY + DAY).isoformat(), "until": (TODAY + 3 * DAY).isoformat(), "reason": "ill"}
    made = api.post(MINE, body)
    assert (made.status_code, made.json()) == (201, {"id": made.json()["id"], **body})
    assert api.get(MINE).json() == {"next": None, "previous": None, "results": [made.json()]}
    address = f"{MINE}{made.json()['id']}/"
    changed = api.patch(address, {"until": (TODAY + 5 * DAY).isoformat()})
    assert (changed.status_code, changed.json()["until"], changed.json()["reason"]) == (
        200,
        (TODAY + 5 * DAY).isoformat(),
        "ill",
    )
    assert api.delete(address).status_code == 204
    assert api.get(MINE).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "2026-02-30", "until": "2026-03-01"}, "from"),
        ({"until": "2026-03-01"}, "from"),
        ({"from": "1999-01-01", "until": "1999-01-02"}, "from"),
        ({"from": "9999-12-31", "until": "9999-12-31"}, "until"),
        ({"from": TODAY.isoformat(), "until": (TODAY - DAY).isoformat()}, "until"),
        ({"from": TODAY.isoformat(), "until": TODAY.isoformat(), "reason": "lazy"}, "reason"),
    ],
)
def test_api_names_the_field(athlete: User, api_of: Api, body: dict[str, str], field: str) -> None:
    answer = api_of(athlete).post(MINE, body)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_api_shows_and_changes_ones_own_alone(cast: Cast, api_of: Api) -> None:
    row = away_from(cast.athlete, 1, 2)
    for person in (cast.coach, cast.assistant, cast.team_mate, cast.other_coach):
        api = api_of(person)
        assert api.get(MINE).json()["results"] == []
        assert api.patch(f"{MINE}{row.pk}/", {"reason": "ill"}).status_code == 404
        assert api.delete(f"{MINE}{row.pk}/").status_code == 404
    assert api_of(None).get(MINE).status_code == 401


def test_who_joins_another_squad_shows_that_coach_what_lies_ahead(cast: Cast) -> None:
    row = away_from(cast.athlete, 1, 2, reason="ill")
    make_membership(cast.other_squad, cast.athlete, began_at=NOW, shares_health=False)

    assert list(Away.objects.visible_to(cast.other_coach)) == [row]
    assert readers_of_the_reason(row, [cast.other_coach]) == []


@pytest.mark.parametrize(("zone", "hour"), [("Pacific/Kiritimati", 0), ("Pacific/Niue", 23)])
def test_dates_are_those_of_the_run_where_it_is_run(athlete: User, zone: str, hour: int) -> None:
    start = datetime(2027, 3, 28, hour, 30, tzinfo=ZoneInfo(zone))
    run = make_run(athlete, starts_at=start, time_zone=ZoneInfo(zone))
    row = make_away(athlete, since=date(2027, 3, 28), until=date(2027, 3, 28))

    assert away_on(run) == row
    Away.objects.update(since=date(2027, 3, 27), until=date(2027, 3, 27))
    assert away_on(run) is None
