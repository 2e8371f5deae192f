"""The runner's calendar: what stands on which day, the ways through it, clock changes, and how it looks on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from accounts.models import User
from plans.days import clock_change, day_of, month_days, month_of, month_word, months_from, week_of, week_word
from plans.domain.away import set_away
from plans.models import Away, Run
from tests.conftest import DESKTOP, PHONE, Cast
from tests.factories import BERLIN, NOW, make_assignment, make_away, make_routine, make_run, make_session

Browser = Callable[[User | None], Client]
DAY = timedelta(days=1)
TODAY = NOW.astimezone(BERLIN).date()
DAYS = st.dates(date(1970, 1, 5), date(2100, 12, 26))


@pytest.fixture
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page reads the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def days_shown(browser: Client, query: str) -> dict[str, list[str]]:
    """The days of the page's first calendar with the words of their runs."""
    answer = browser.get(f"/calendar/{query}")
    assert answer.status_code == 200
    days = answer.context["sections"][0]["days"]
    return {day.day.isoformat(): [f"{each.pill.time} {each.pill.kind}" for each in day.entries] for day in days}


# --- Values ---------------------------------------------------------------------------------------------------------
@given(DAYS)
def test_a_day_is_in_its_week_and_its_month(day: date) -> None:
    monday, first = week_of(week_word(day)), month_of(month_word(day))

    assert monday is not None
    assert first is not None
    assert (monday.weekday(), timedelta(0) <= day - monday < 7 * DAY) == (0, True)
    assert day in month_days(first)
    assert len(month_days(first)) % 7 == 0


@given(DAYS, st.integers(-600, 600))
def test_months_go_there_and_back(day: date, months: int) -> None:
    assert months_from(months_from(day, months), -months) == day.replace(day=1)


@pytest.mark.parametrize("text", ["", "2027", "2027-13", "0000-01", "2027-1", "٢٠٢٧-٠٤", "9999-12", "2027-04-01"])
def test_what_is_no_month(text: str) -> None:
    assert month_of(text) is None


@pytest.mark.parametrize("text", ["", "2027-W54", "2027-W00", "2027-13", "0000-W01", "2027-w13", "2026-W53-1"])
def test_what_is_no_week(text: str) -> None:
    assert week_of(text) is None


@pytest.mark.parametrize("text", ["", "2026-02-30", "20260201", "2026-W01-1", "9999-12-31", "1969-12-31"])
def test_what_is_no_day(text: str) -> None:
    assert day_of(text) is None


@pytest.mark.parametrize(
    ("zone", "day", "words"),
    [
        ("Europe/Berlin", date(2027, 3, 28), "The clocks go forward by 1 h."),
        ("Europe/Berlin", date(2027, 10, 31), "The clocks go back by 1 h."),
        ("Australia/Lord_Howe", date(2027, 4, 4), "The clocks go back by 30 min."),
        ("Antarctica/Troll", date(2027, 3, 28), "The clocks go forward by 2 h."),
        ("Europe/Berlin", date(2027, 3, 27), ""),
        ("Asia/Kathmandu", date(2027, 3, 28), ""),
    ],
)
def test_clock_changes_are_told(zone: str, day: date, words: str) -> None:
    assert clock_change(day, ZoneInfo(zone)) == words


# --- The page -------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("_now")
def test_runs_of_all_squads_and_own_stand_on_their_own_local_date(cast: Cast, browser_of: Browser) -> None:
    def at(zone: str, day: int, hour: int, **fields: Any) -> Run:
        start = datetime(2027, 4, day, hour, 30, tzinfo=ZoneInfo(zone))
        return make_run(cast.athlete, starts_at=start, time_zone=ZoneInfo(zone), **fields)

    at("Europe/Berlin", 5, 6, squad=cast.squad, kind="intervals")
    at("Pacific/Auckland", 6, 0, kind="long")
    at("America/Los_Angeles", 6, 23)
    make_run(cast.team_mate, starts_at=datetime(2027, 4, 7, 6, 30, tzinfo=UTC))
    shown = days_shown(browser_of(cast.athlete), "?week=2027-W14")

    assert list(shown) == [f"2027-04-{day:02}" for day in range(5, 12)]
    assert {day: runs for day, runs in shown.items() if runs} == {
        "2027-04-05": ["06:30 intervals"],
        "2027-04-06": ["00:30 long", "23:30 easy"],
    }
    assert "Auckland time" in browser_of(cast.athlete).get("/calendar/?week=2027-W14").content.decode()


@pytest.mark.usefixtures("_now")
def test_a_month_has_whole_weeks_and_a_list_what_there_is(athlete: User, browser_of: Browser) -> None:
    make_run(athlete, starts_at=NOW + 3 * DAY)
    make_away(athlete, since=TODAY + 5 * DAY, until=TODAY + 9 * DAY)
    browser = browser_of(athlete)

    month = list(days_shown(browser, "?month=2027-04"))
    assert (month[0], month[-1]) == ("2027-03-29", "2027-05-02")
    listed = [(TODAY + days * DAY).isoformat() for days in (0, 3, 5)]
    clocks = [(TODAY + days * DAY).isoformat() for days in range(28) if clock_change(TODAY + days * DAY, BERLIN)]
    assert list(days_shown(browser, f"?from={TODAY}")) == sorted({*listed, *clocks})


@pytest.mark.usefixtures("_now")
def test_without_a_wish_a_list_for_phones_and_a_month_for_desks(athlete: User, browser_of: Browser) -> None:
    sections = browser_of(athlete).get("/calendar/").context["sections"]

    assert [section["span"].view for section in sections] == ["agenda", "month"]


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("day=2027-04-03&view=month", "?month=2027-04"),
        ("day=2027-01-03&view=week", "?week=2026-W53"),
        ("day=2027-04-03", "?from=2027-04-03"),
    ],
)
def test_jumping_leads_to_the_view_with_the_day(athlete: User, browser_of: Browser, asked: str, there: str) -> None:
    assert browser_of(athlete).get(f"/calendar/?{asked}")["Location"] == f"/calendar/{there}"


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize("query", ["?month=2027-04", "?week=2027-W13", "?from=2027-04-03"])
def test_before_and_after_lead_back(athlete: User, browser_of: Browser, query: str) -> None:
    browser = browser_of(athlete)
    span = browser.get(f"/calendar/{query}").context["sections"][0]["span"]

    assert browser.get(f"/calendar/{span.after}").context["sections"][0]["span"].before == query
    assert browser.get(f"/calendar/{span.before}").context["sections"][0]["span"].after == query


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize("query", ["?month=1970-01", "?month=2100-12", "?week=2100-W52", "?from=1970-01-01"])
def test_the_ends_of_the_calendar_are_shown(athlete: User, browser_of: Browser, query: str) -> None:
    assert browser_of(athlete).get(f"/calendar/{query}").status_code == 200


@pytest.mark.usefixtures("_now")
def test_pills_say_what_became_of_a_run_in_words(cast: Cast, browser_of: Browser) -> None:
    routine = make_routine("Five for the hills")
    done = make_run(cast.athlete, starts_at=NOW - DAY)
    make_assignment(done, routine)
    make_session(cast.athlete, run=done, outcome="short")
    make_run(cast.athlete, starts_at=NOW + DAY, status="cancelled")
    make_assignment(make_run(cast.athlete, starts_at=NOW + 2 * DAY), routine)
    make_run(cast.athlete, starts_at=NOW + 4 * DAY)
    set_away(
        athlete=cast.athlete,
        actor=cast.athlete,
        since=TODAY + 4 * DAY,
        until=TODAY + 4 * DAY,
        reason=Away.Why.ILL,
        now=NOW,
    )
    text = browser_of(cast.athlete).get(f"/calendar/?from={TODAY - DAY}").content.decode()
    pills = re.findall(r'<a class="pill [^>]*>(.*?)</a>', text, re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]+>", " ", pill).split()) for pill in pills]

    said = ("Short version done.", "Cancelled", "To come.", "Ill")
    assert [[word for word in said if word in pill] for pill in words] == [[word] for word in said]


@pytest.mark.usefixtures("_now")
@pytest.mark.parametrize(("asked", "there"), [("2027-04-03", "2027-04-03"), ("2027-02-30", str(TODAY + DAY))])
def test_a_run_is_planned_on_the_day_that_was_pressed(
    athlete: User, browser_of: Browser, asked: str, there: str
) -> None:
    form = browser_of(athlete).get(f"/runs/new/?date={asked}").context["form"]

    assert str(form["local_date"].value()) == there


# --- In a browser ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_pages_look_right(cast: Cast, page_of: Callable[..., Any], scheme: str, viewport: dict[str, int]) -> None:
    now = timezone.now()
    today = now.astimezone(BERLIN).date()
    kinds = ("easy", "long", "tempo", "intervals", "hills", "strides", "race", "recovery")
    for number, kind in enumerate(kinds):
        make_run(cast.athlete, starts_at=now + (number + 1) * DAY, kind=kind, squad=cast.squad, place="The gate")
    row = make_away(cast.athlete, since=today, until=today + 2 * DAY)
    page = page_of(cast.athlete, viewport=viewport, color_scheme=scheme)
    found = {}
    for address in ("", f"?month={today:%Y-%m}", f"?week={week_word(today)}", f"?from={today}"):
        page.goto(f"/calendar/{address}")
        found[address] = Axe().run(page).response["violations"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{address} is too wide"
    for address in ("/away/", "/away/new/", f"/away/{row.pk}/", "/today/"):
        page.goto(address)
        found[address] = Axe().run(page).response["violations"]

    assert {address: [each["id"] for each in rows] for address, rows in found.items() if rows} == {}


@pytest.mark.django_db(transaction=True)
def test_an_athlete_falls_ill_on_a_phone_and_is_back(cast: Cast, page_of: Callable[..., Any]) -> None:
    """From the calendar to being ill, greyed runs, and back with one press."""
    run = make_run(cast.athlete, starts_at=timezone.now() + timedelta(hours=3), kind="hills", squad=cast.squad)
    page = page_of(cast.athlete, java_script_enabled=False)
    page.goto("/calendar/")
    page.get_by_role("link", name="Away dates").click()
    page.get_by_role("link", name="Add dates").click()
    page.get_by_label("Last day").fill((run.local_date + 2 * DAY).isoformat())
    page.get_by_label("Ill", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Add dates")).to_be_visible()
    page.goto("/calendar/")
    pill = page.locator(".calendar--phone .pill--hills")
    assert "Ill" in pill.inner_text()
    pill.click()
    expect(page.get_by_text("You are away that day.")).to_be_visible()
    page.goto("/today/")
    page.get_by_role("button", name="I am back today").click()
    expect(page.get_by_role("button", name="I am back today")).to_have_count(0)
    page.goto("/calendar/")

    assert "Ill" not in page.locator(".calendar--phone .pill--hills").inner_text()
    assert Away.objects.count() == 0
