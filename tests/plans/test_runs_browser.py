"""Planning runs that come back, in a real browser: on a phone by keyboard, without JavaScript, for several athletes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from plans.domain.runs import schedule_for_squad
from plans.models import Run, Series
from tests.conftest import DESKTOP, PHONE, Cast, violations
from tests.factories import BERLIN

pytestmark = pytest.mark.django_db(transaction=True)
PageOf = Callable[..., Page]


def reach(page: Page, label: str) -> None:
    """Tab to a field by its label, as somebody without a mouse does."""
    field = page.get_by_label(label, exact=True)
    for _press in range(60):
        if field.evaluate("field => field === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{label} is not reached")


def test_a_series_is_planned_on_a_phone_by_keyboard(cast: Cast, page_of: PageOf) -> None:
    page = page_of(cast.athlete)
    page.goto("/runs/new/")
    tuesday = timezone.now().astimezone(BERLIN).date() + timedelta(days=1)
    tuesday += timedelta(days=(1 - tuesday.weekday()) % 7)
    page.get_by_label("Day", exact=True).fill(tuesday.isoformat())
    page.get_by_label("Start").fill("18:30")
    expect(page.get_by_role("group", name="On which days of the week?")).to_be_hidden()
    reach(page, "Only once")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Weekly")).to_be_checked()
    words = page.locator("#run-words")
    expect(words).to_contain_text("Every Tuesday at 18:30")
    reach(page, "Tue")
    page.keyboard.press("Space")
    reach(page, "Thu")
    page.keyboard.press("Space")
    expect(words).to_contain_text("Every Tuesday and Thursday at 18:30")
    reach(page, "No end")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    reach(page, "How many times")
    page.keyboard.type("4")
    expect(words).to_contain_text("4 runs in all")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your runs are planned, 4 so far.")).to_be_visible()
    expect(page.get_by_role("heading", name="Every Tuesday and Thursday at 18:30 until")).to_be_visible()
    page.get_by_text("The next dates").click()
    expect(page.locator(".run__dates li")).to_have_count(3)
    assert violations(page) == []
    assert sorted(set(Run.objects.values_list("local_date__week_day", flat=True))) == [3, 5]


def test_an_odd_hour_is_told_while_one_types(cast: Cast, page_of: PageOf) -> None:
    page = page_of(cast.athlete, viewport=DESKTOP)
    page.goto("/runs/new/")
    page.get_by_label("Day", exact=True).fill("2027-03-28")
    page.get_by_label("Start").fill("02:30")
    words = page.locator("#run-words")
    expect(words).to_contain_text("The clocks skip 02:30 that night, so the run starts at 03:30.")
    page.get_by_label("Start").fill("06:30")
    expect(words).to_be_hidden()


def test_a_series_is_planned_without_javascript(cast: Cast, page_of: PageOf) -> None:
    page = page_of(cast.athlete, java_script_enabled=False)
    page.goto("/runs/new/")
    page.get_by_label("Start").fill("18:30")
    page.get_by_text("Monthly").click()
    page.get_by_text("By the weekday").click()
    page.get_by_label("Which one").select_option("Last")
    page.get_by_label("Day of the week", exact=True).select_option("Sunday")
    page.get_by_text("Until a day").click()
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("link", name="Last day – Choose the last day.")).to_be_visible()
    expect(page.get_by_label("Day of the week", exact=True)).to_have_value("SU")
    page.get_by_text("No end").click()
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name="On the last Sunday of each month at 18:30")).to_be_visible()
    assert Series.objects.get().rule == "FREQ=MONTHLY;BYDAY=-1SU"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_coach_sees_how_far_a_change_goes(cast: Cast, page_of: PageOf, viewport: dict[str, int]) -> None:
    now = timezone.now()
    cast.squad.memberships.update(sees_from=now - timedelta(days=2))
    start = (now + timedelta(days=1)).astimezone(BERLIN).replace(tzinfo=None, hour=18, minute=30, second=0)
    schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=now, kind="easy", local_start=start, rule="FREQ=WEEKLY;COUNT=3"
    )
    run = Run.objects.filter(athlete=cast.athlete).order_by("starts_at")[1]
    page = page_of(cast.coach, viewport=viewport)
    page.goto(f"/runs/{run.pk}/change/")
    expect(page.get_by_role("group", name="How often?")).to_be_hidden()
    assert violations(page) == []
    page.get_by_text("From this date on").click()
    expect(page.get_by_text("This date and all after it: 4 runs.")).to_be_visible()
    expect(page.get_by_label("Weekly")).to_be_checked()
    assert violations(page) == []
    page.get_by_label("Start").fill("19:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("4 runs are changed.")).to_be_visible()
    assert list(Run.objects.order_by("starts_at").values_list("local_time__hour", flat=True)) == [18] * 2 + [19] * 4


def test_naming_an_athlete_is_no_longer_everyone(cast: Cast, page_of: PageOf) -> None:
    page = page_of(cast.coach, viewport=DESKTOP)
    page.goto("/squads/dawn-patrol/plan/")
    everyone, ada = page.get_by_label("Everyone", exact=True), page.get_by_label("Ada Athlete", exact=True)
    expect(everyone).to_be_checked()
    ada.check()
    expect(everyone).not_to_be_checked()
    everyone.check()
    expect(ada).not_to_be_checked()
