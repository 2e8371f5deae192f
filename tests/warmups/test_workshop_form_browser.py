"""The exercise's form and the page about poses in a real browser: drawn while typing, by keyboard, and for everyone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from tests.conftest import Cast
from tests.factories import make_exercise, make_muscle
from tests.warmups.exercise_pages import change_page
from warmups.domain.content_export import poses_json
from warmups.models import Exercise
from warmups.workshop.pose_examples import KNEE, SQUAT

pytestmark = pytest.mark.django_db(transaction=True)
EXPLAINED = "/admin/content/poses/"


@pytest.fixture
def exercise() -> Exercise:
    make_muscle()
    make_exercise("squat", poses=SQUAT)
    return make_exercise("lift", status="draft", poses=KNEE)


@pytest.fixture
def open_page(
    live_server: Any,
    new_context: Callable[..., BrowserContext],
    cast: Cast,
    browser_of: Callable[[User | None], Client],
) -> Any:
    """Opens a path in a curator's browser; neither script nor policy may have complained of anything."""
    errors: list[str] = []
    session = browser_of(cast.curator).cookies["sessionid"].value

    def open_at(path: str, **options: Any) -> Page:
        context = new_context(base_url=live_server.url, **{"viewport": {"width": 1280, "height": 800}} | options)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield open_at
    assert errors == []


def picture(page: Page, figure: str) -> str | None:
    return page.locator(f"{figure} img").first.get_attribute("src")


def test_the_figure_is_drawn_while_one_types(open_page: Any, exercise: Exercise) -> None:
    page = open_page(change_page(exercise))
    before = picture(page, "#figure")
    page.get_by_label("Pose data").fill(poses_json(KNEE).replace('"flex": 95', '"flex": 60'))
    expect(page.locator("#figure img").first).not_to_have_attribute("src", before)
    page.get_by_label("Pose data").fill(poses_json(KNEE).replace('"flex": 90', '"flex": 140'))
    told = page.locator("#figure .errorlist li")
    expect(told).to_have_text("keys.1.pose.hip_l.flex hip_l.flex = 140, allowed -30 to 130 at 1.4 s")
    page.get_by_label("Pose data").fill(poses_json(KNEE))
    expect(page.locator("#figure img").first).to_have_attribute("src", before)


def test_the_poses_of_another_one_come_when_one_says_so(open_page: Any, exercise: Exercise) -> None:
    page = open_page(change_page(exercise))
    field = page.get_by_label("Pose data")
    typed = field.input_value()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_label("Take the poses of").select_option("squat")
    page.get_by_role("button", name="Take them").click()
    assert (asked, field.input_value()) == (["This replaces the pose data that stand here now. Go on?"], typed)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Take them").click()
    expect(page.locator(".poses__words")).to_have_text(SQUAT["desc"])
    assert json.loads(field.input_value()) == SQUAT


def test_a_muscle_is_added_by_keyboard(open_page: Any, exercise: Exercise) -> None:
    page = open_page(change_page(exercise))
    rows = page.locator("#muscles .rows__row")
    before = rows.count()
    page.get_by_role("button", name="Add a muscle").press("Enter")
    expect(rows).to_have_count(before + 1)
    expect(page.locator(f"[name=worked-{before}-muscle]")).to_be_focused()


def test_what_was_typed_is_not_left_by_mistake(open_page: Any, exercise: Exercise) -> None:
    page = open_page(change_page(exercise))
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Set-up").press_sequentially("New.")
    page.get_by_role("link", name="Home").click(no_wait_after=True)
    page.wait_for_function("true")
    page.get_by_role("link", name="Home").focus()
    assert (asked, page.url.endswith(change_page(exercise))) == (["beforeunload"], True)


def test_an_example_is_drawn_while_one_tries(open_page: Any) -> None:
    page = open_page(EXPLAINED)
    before, beside = picture(page, "#figure-knee"), picture(page, "#figure-squat")
    field = page.locator("#poses-knee")
    text = field.input_value()
    field.fill(text.replace('"flex": 90', '"flex": 140'))
    expect(page.locator("#figure-knee .errorlist li")).to_contain_text("allowed -30 to 130")
    page.locator("#knee").get_by_role("button", name="As it was").click()
    expect(page.locator("#figure-knee img").first).to_have_attribute("src", before)
    assert (field.input_value(), picture(page, "#figure-squat")) == (text, beside)


def test_an_example_is_drawn_without_javascript(open_page: Any) -> None:
    page = open_page(EXPLAINED, java_script_enabled=False)
    page.locator("#poses-knee").fill("{}")
    page.locator("#knee").get_by_role("button", name="Draw it").click()
    expect(page.locator("#figure-knee .errorlist li").first).to_contain_text("desc")
    expect(page.locator("#poses-knee")).to_have_value("{}")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (820, "dark"), (1280, "light")])
def test_both_pages_are_accessible_and_fit(open_page: Any, exercise: Exercise, width: int, scheme: str) -> None:
    page = open_page(EXPLAINED, viewport={"width": width, "height": 844}, color_scheme=scheme)
    for path in (EXPLAINED, change_page(exercise)):
        page.goto(path)
        # Without preload: axe would look for the imports of the admin's sheets beside the page.
        found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
