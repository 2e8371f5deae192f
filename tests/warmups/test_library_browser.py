"""The library in a real browser: found, opened, climbed; with the keyboard alone, dark, calm, and for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import NOW
from warmups.domain.content import CONTENT
from warmups.domain.content_loading import load

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    "/exercises/",
    "/exercises/?q=hydrent",
    "/exercises/?phase=raise&equipment=none&lying=false",
    "/exercises/?q=nothing-of-the-kind",
    "/exercises/clamshell/",
    "/exercises/single-leg-squat/?side=left",
    "/exercises/strides/",
    "/muscles/",
    "/muscles/gluteus-medius/",
    "/muscles/multifidus/",
    "/evidence/",
)


@pytest.fixture
def open_page(live_server: Any, new_context: Callable[..., BrowserContext]) -> Any:
    """Opens a path in a visitor's browser, on a phone unless options say otherwise; no error may have been told."""
    load(CONTENT, now=NOW)
    errors: list[str] = []

    def open_at(path: str, **options: Any) -> Page:
        context = new_context(base_url=live_server.url, **{"viewport": {"width": 390, "height": 844}} | options)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield open_at
    assert errors == []


def shown_file(page: Page) -> str:
    """Which file the big figure of a page shows: its query without side and version."""
    picture = page.locator(".figure picture:visible img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth") > 0
    query = picture.evaluate("picture => new URL(picture.currentSrc).search")
    return re.sub(r"[?&](v|side)=[^&]*", "", query).lstrip("&?")


def test_filter_open_and_climb(open_page):
    page = open_page("/exercises/")
    everything = page.get_by_role("status").inner_text()
    page.get_by_role("radio", name="Activate").check(force=True)
    expect(page.get_by_role("status")).not_to_have_text(everything)
    expect(page).to_have_url(re.compile(r"\?phase=activate$"))
    page.get_by_role("searchbox").fill("sqaut")
    expect(page.locator(".figure-card__name")).to_contain_text(["Single-leg squat"])
    expect(page).to_have_url(re.compile("q=sqaut"))

    page.get_by_role("link", name="Single-leg squat", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Single-leg squat")
    ladder = page.locator(".ladder")
    expect(ladder.locator("[aria-current]")).to_have_text("Single-leg squat")
    ladder.get_by_role("link", name="Single-leg dip").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Single-leg dip")
    page.locator(".ladder").get_by_role("link", name="Single-leg squat").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Single-leg squat")

    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("sqaut")


def test_what_was_filtered_lives_in_the_address(open_page):
    page = open_page("/exercises/?lying=false&equipment=none&max_difficulty=2")
    page.get_by_text("More filters").click()
    expect(page.get_by_role("radio", name="Standing only")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Nothing")).to_be_checked()
    expect(page.get_by_label("No harder than")).to_have_value("2")
    count = page.locator(".figure-card").count()
    page.get_by_role("link", name="Clear search and filters").click()
    assert page.locator(".figure-card").count() > count


def test_it_works_without_javascript(open_page):
    page = open_page("/exercises/", java_script_enabled=False)
    page.get_by_role("searchbox").fill("clamshel")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("q=clamshel"))
    page.get_by_role("link", name="Clamshell", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clamshell")
    assert shown_file(page) == ""
    page.get_by_role("checkbox", name="Pause the figure").check(force=True)
    assert shown_file(page) == "still=1"


def test_the_figure_moves_rests_and_follows_the_theme(open_page):
    page = open_page("/exercises/clamshell/")
    assert shown_file(page) == ""
    page.get_by_role("checkbox", name="Pause the figure").press("Space")
    assert shown_file(page) == "still=1"
    dark = open_page("/exercises/clamshell/", color_scheme="dark")
    assert shown_file(dark) == "theme=dark"


def test_nothing_moves_for_those_who_want_less_motion(open_page):
    page = open_page("/exercises/clamshell/", reduced_motion="reduce")
    assert shown_file(page) == "still=1"
    expect(page.get_by_role("checkbox", name="Pause the figure")).to_be_hidden()
    dark = open_page("/exercises/clamshell/", reduced_motion="reduce", color_scheme="dark")
    assert shown_file(dark) == "still=1&theme=dark"


def test_paper_shows_both_phases(open_page):
    page = open_page("/exercises/clamshell/")
    page.emulate_media(media="print")
    assert shown_file(page) == "still=1"


def test_by_keyboard_alone(open_page):
    page = open_page("/exercises/")
    search = page.get_by_role("searchbox")
    for _press in range(20):
        page.keyboard.press("Tab")
        if search.evaluate("field => field === document.activeElement"):
            break
    page.keyboard.type("clamshell")
    expect(page).to_have_url(re.compile("q=clamshell"))
    link = page.get_by_role("link", name="Clamshell", exact=True)
    for _press in range(20):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Clamshell")
    pause = page.get_by_role("checkbox", name="Pause the figure")
    for _press in range(20):
        page.keyboard.press("Tab")
        if pause.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(pause).to_be_checked()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light")])
def test_every_page_is_accessible_and_fits(open_page, width, scheme):
    page = open_page("/", viewport={"width": width, "height": 844}, color_scheme=scheme)
    for path in PAGES:
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
