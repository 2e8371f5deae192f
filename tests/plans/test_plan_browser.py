"""A coach plans two weeks for a squad of twenty in a real browser, by mouse and by keys; an athlete sees them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from plans.days import week_word
from plans.domain.runs import schedule_for_squad
from plans.models import Membership, Run
from tests.conftest import DESKTOP, Cast, violations
from tests.factories import make_membership, make_routine, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = "/squads/dawn-patrol/plan/"


@pytest.fixture
def monday(cast: Cast) -> date:
    """The Monday of the week after next; everybody joined a week ago, and there are twenty of them."""
    for number in range(18):
        make_membership(cast.squad, make_user(f"Runner {number}"))
    joined = timezone.now() - timedelta(weeks=1)
    Membership.objects.update(began_at=joined, sees_from=joined)
    cast.squad.default_routine = make_routine("The usual", owner=cast.coach)
    cast.squad.save()
    today = timezone.now().astimezone(cast.squad.time_zone).date()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=2)


def of(cast: Cast) -> list[tuple[str, str]]:
    """The days and times of the athlete's planned runs."""
    runs = Run.objects.planned().filter(athlete=cast.athlete).order_by("starts_at")
    return [(run.local_date.isoformat(), run.local_time.strftime("%H:%M")) for run in runs]


def days_from(monday: date, *days: int) -> list[str]:
    """Dates so many days after the Monday."""
    return [(monday + timedelta(days=each)).isoformat() for each in days]


def open_plan(page: Page, monday: date, view: str = "") -> None:
    """Look at the week, with the scripts at work."""
    page.goto(f"{PLAN}?week={week_word(monday)}{view}")
    page.locator("[data-plan-hint]:not([hidden])").wait_for()


def test_two_weeks_by_mouse(cast: Cast, monday: date, page_of: Any) -> None:
    page = page_of(cast.coach, viewport=DESKTOP)
    open_plan(page, monday)
    for day, time in zip(days_from(monday, 1, 3, 5, 6), ["18:30", "18:30", "08:00", "09:30"], strict=True):
        page.locator(f'[data-day="{day}"] .day__add').click()
        page.locator("#id_local_time").fill(time)
        page.get_by_role("button", name="Plan it").click()
        page.get_by_text("The run is planned for 20 athletes.").wait_for()
    assert violations(page) == []
    page.get_by_role("link", name="Copy this week").click()
    page.get_by_label(f"{(monday + timedelta(weeks=1)).day} ").first.check()
    page.get_by_role("button", name="Look first").click()
    page.get_by_text("4 dates, 80 runs of 20 athletes.").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Plan all of it").click()
    page.get_by_text("4 dates are planned.").wait_for()
    assert [day for day, _time in of(cast)] == days_from(monday, 1, 3, 5, 6, 8, 10, 12, 13)
    assert Run.objects.planned().count() == 160

    # Thursday's run of the second week goes to Friday.
    second = monday + timedelta(weeks=1)
    open_plan(page, second)
    thursday, friday = days_from(second, 3, 4)
    pill = page.locator(f'[data-day="{thursday}"] .pill')
    pill.hover()
    page.mouse.down()
    page.locator(f'[data-day="{friday}"] .day__head').hover()
    page.locator(f'[data-day="{friday}"] .day__head').hover(position={"x": 30, "y": 20})
    assert page.locator(".is-over").get_attribute("data-day") == friday
    page.mouse.up()
    page.get_by_text("20 runs are moved.").wait_for()
    assert friday in [day for day, _time in of(cast)]
    page.get_by_role("button", name="Undo the move").click()
    page.locator(f'[data-day="{thursday}"] .pill').wait_for()
    assert friday not in [day for day, _time in of(cast)]

    phone = page_of(cast.athlete)
    phone.goto(f"/calendar/?week={week_word(monday)}")
    assert phone.locator(".pill").count() == 4
    assert phone.get_by_text("The usual").first.is_visible()
    assert violations(phone) == []


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_two_weeks_by_keyboard_alone(cast: Cast, monday: date, page_of: Any) -> None:
    page = page_of(cast.coach, viewport=DESKTOP)
    start = datetime.combine(monday + timedelta(days=1), datetime.min.time()).replace(hour=18)
    schedule_for_squad(
        squad=cast.squad,
        actor=cast.coach,
        now=timezone.now(),
        kind="easy",
        local_start=start,
        rule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4",
    )
    open_plan(page, monday)
    # To Tuesday's run, two days on and one back; it repeats, so how far it goes is asked.
    page.locator(".pill").first.focus()
    press(page, "m", "ArrowRight", "ArrowRight", "ArrowLeft")
    assert (
        page.locator("[data-plan-says]").text_content()
        == f"Over {monday + timedelta(days=2):%A} {(monday + timedelta(days=2)).day} {monday + timedelta(days=2):%B}."
    )
    press(page, "Escape")
    assert page.locator(".is-over").count() == 0
    press(page, "m", "ArrowRight", "Enter")
    page.get_by_role("heading", name="Move to").wait_for()
    assert violations(page) == []
    # From the first choice down to "From this date on".
    page.locator('dialog [name="scope"]').first.focus()
    press(page, "ArrowDown", "Enter")
    page.get_by_text("80 runs are moved.").wait_for()
    assert [day for day, _time in of(cast)] == days_from(monday, 2, 4, 9, 11)

    # Tick both of the second week and cancel them.
    open_plan(page, monday + timedelta(weeks=1))
    for tick in page.locator('[data-plan] [name="chosen"]').all():
        tick.focus()
        press(page, "Space")
    page.get_by_role("button", name="Change what is ticked").focus()
    press(page, "Enter")
    page.locator('[name="deed"][value="cancel"]').focus()
    press(page, "Space")
    page.get_by_role("button", name="Look first").focus()
    press(page, "Enter")
    page.get_by_text("40 runs of 20 athletes.").wait_for()
    page.get_by_role("button", name="Do it").focus()
    press(page, "Enter")
    page.get_by_text("40 runs are cancelled.").wait_for()
    assert [day for day, _time in of(cast)] == days_from(monday, 2, 4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["", "&rows=athletes"])
def test_the_plan_is_for_everybody(cast: Cast, monday: date, page_of: Any, scheme: str, view: str) -> None:
    start = datetime.combine(monday + timedelta(days=1), datetime.min.time()).replace(hour=18)
    values = {"kind": "intervals", "local_start": start, "rule": "FREQ=DAILY;COUNT=5"}
    series = schedule_for_squad(squad=cast.squad, actor=cast.coach, now=timezone.now(), **values)
    for viewport in (DESKTOP, {"width": 390, "height": 844}):
        page = page_of(cast.coach, viewport=viewport, color_scheme=scheme)
        for path in (
            f"{PLAN}?week={week_word(monday)}{view}",
            f"{PLAN}?month={monday:%Y-%m}",
            f"{PLAN}dates/{series.occurrences.first().pk}/",
            f"{PLAN}change/?chosen=d{series.occurrences.first().pk}",
            f"{PLAN}copy/?week={week_word(monday)}",
        ):
            page.goto(path)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
