"""The page of suggestions in a real browser: suggest, start, keep; by keyboard, without JavaScript, for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories import NOW, make_user
from warmups.domain.content import CONTENT
from warmups.domain.content_loading import load
from warmups.models import Routine

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/routines/suggest/"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
# What the browser tells of wishes that are refused, and htmx of an answer that nobody waits for any more.
CALM = ("Failed to load resource: the server responded with a status of 422", "htmx: htmx:error: signal is aborted")


@pytest.fixture
def open_page(live_server: Any, new_context: Callable[..., BrowserContext]) -> Any:
    """Opens a path in a visitor's browser; no error may have been told but what is no surprise."""
    load(CONTENT, now=NOW)
    errors: list[str] = []

    def open_at(path: str, **options: Any) -> Page:
        page = new_context(base_url=live_server.url, **{"viewport": PHONE} | options).new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield open_at
    assert [error for error in errors if not error.startswith(CALM)] == []


def fold(page: Page, name: str) -> None:
    page.locator("summary", has_text=name).click()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_suggest_and_keep(open_page, viewport):
    make_user("Ada Athlete", email="ada@runners.example")
    page = open_page(PAGE, viewport=viewport)
    expect(page.locator("#suggested")).to_have_text("5 minutes before an easy run")
    page.get_by_role("button", name="One less").click()
    page.get_by_role("button", name="One less").click()
    page.get_by_label("Before", exact=True).select_option("Race")
    page.get_by_role("radio", name="Standing only").check(force=True)
    expect(page).to_have_url(re.compile(r"\?minutes=3&run_kind=race&lying=false$"))
    expect(page.locator("#suggested")).to_have_text("3 minutes before a race")
    suggested = page.locator(".figure-card__name").all_inner_texts()

    page.get_by_role("link", name="Sign in to keep it").click()
    page.get_by_label("E-mail").fill("ada@runners.example")
    page.get_by_label("Password").fill("warm-up-123")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"\?minutes=3&run_kind=race&lying=false$"))
    assert page.locator(".figure-card__name").all_inner_texts() == suggested
    page.get_by_role("button", name="Keep it").click()
    expect(page).to_have_url(re.compile(r"/routines/\d+/edit/$"))
    steps = Routine.objects.get(name="3 minutes before a race").current.steps.all()
    assert [f"{step.position} {step.exercise_name}" for step in steps] == suggested


def test_start_it_now_and_come_back(open_page):
    page = open_page(f"{PAGE}?minutes=3")
    page.get_by_role("link", name="Start it now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 minutes before an easy run")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("[data-screen=stage]")).to_be_visible()
    page.get_by_role("button", name="End").click()
    page.get_by_role("link", name="Back to the suggestion").click()
    expect(page).to_have_url(re.compile(r"/routines/suggest/\?minutes=3$"))


def test_what_is_wrong_is_told_beside_the_wish_and_goes_again(open_page):
    page = open_page(f"{PAGE}?lying=false")
    fold(page, "More wishes")
    fold(page, "Have in it")
    page.get_by_role("searchbox").fill("no such")
    expect(page.get_by_text("No exercise is called that.")).to_be_visible()
    page.get_by_role("searchbox").fill("clam")
    page.get_by_role("checkbox", name="Clamshell", exact=True).check()
    expect(page.locator("#fault-include")).to_contain_text("Clamshell is done on the ground")
    expect(page.get_by_role("heading", name="No warm-up for these wishes yet")).to_be_visible()
    expect(page.get_by_role("link", name="Start it now")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Clamshell", exact=True)).to_be_focused()

    page.get_by_role("radio", name="Lying too").check(force=True)
    expect(page.locator("#fault-include")).to_be_empty()
    expect(page.get_by_role("link", name="Clamshell", exact=True)).to_be_visible()
    expect(page.get_by_text("You asked for it.")).to_be_visible()


def test_typing_minutes_keeps_the_focus(open_page):
    page = open_page(PAGE)
    minutes = page.get_by_label("Minutes you have")
    minutes.fill("")
    expect(page.locator("#fault-minutes")).to_have_text("Say how many minutes you have.")
    expect(minutes).to_be_focused()
    page.keyboard.type("8")
    expect(page.locator("#suggested")).to_have_text("8 minutes before an easy run")
    expect(minutes).to_have_value("8")
    expect(minutes).to_be_focused()


def test_how_we_choose_opens_for_who_asks(open_page):
    page = open_page(PAGE)
    page.get_by_role("link", name="How we choose").click()
    expect(page.get_by_text("The weights are our judgement")).to_be_visible()


def test_it_works_without_javascript(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    page.get_by_label("Minutes you have").fill("61")
    page.get_by_label("Before", exact=True).select_option("Hills")
    page.get_by_role("button", name="Suggest", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Give a whole number from 1 to 60.")
    expect(page.get_by_label("Before", exact=True)).to_have_value("hills")
    page.get_by_label("Minutes you have").fill("6")
    fold(page, "More wishes")
    fold(page, "Have in it")
    page.get_by_role("checkbox", name="Clamshell", exact=True).check()
    page.get_by_role("button", name="Suggest", exact=True).click()
    expect(page.locator("#suggested")).to_have_text("6 minutes before hills")
    page.get_by_role("link", name="Start it now").click()
    expect(page.get_by_role("link", name="Clamshell")).to_have_count(0)
    expect(page.get_by_role("heading", name="Clamshell")).to_be_visible()


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light")])
def test_it_is_accessible_and_fits(open_page, viewport, scheme):
    page = open_page("/", viewport=viewport, color_scheme=scheme)
    full = "?minutes=8&equipment=mini-band&include=clamshell&avoid=groin-pain"
    for path in (PAGE, f"{PAGE}{full}", f"{PAGE}?minutes=61&include=no-such", f"/warm-up/suggested/{full}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
