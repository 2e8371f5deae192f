"""The log's form in a real browser: the body to press, step by step, and that it sends what a plain form would."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from plans.domain.sessions import PainSite
from plans.forms.sessions import LogForm
from plans.models import Run, Session
from plans.pain_map import SPOTS
from tests.conftest import Cast, violations
from tests.factories import make_assignment, make_exercise, make_routine, make_run
from warmups.version_choices import versions

pytestmark = pytest.mark.django_db(transaction=True)

# Playwright's own loop runs in the test's thread, which Django takes for an asynchronous one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run of the athlete's with a warm-up of two steps, one of them one side at a time."""
    exercises = [
        make_exercise("hip-drop"),
        make_exercise("plank", mode="hold", reps=2, hold_seconds=10, seconds_per_rep=None, unilateral=False, sets=2),
    ]
    run = make_run(cast.athlete)
    make_assignment(run, make_routine("Two before easy runs", exercises=exercises))
    return run


@pytest.fixture
def page(page_of: Callable[..., Page], cast: Cast, run: Run) -> Page:
    """The page on which the athlete logs that run from memory."""
    page = page_of(cast.athlete)
    page.goto(f"/warm-up/{run.pk}/log/")
    return page


def spot(page: Page, view: int, site: str, side: str) -> Any:
    """Where one presses for a place: a circle of the front (0) or the back (1)."""
    return page.locator(".pain-map svg").nth(view).locator(f'circle[data-site="{site}"][data-side="{side}"]')


def said(page: Page) -> tuple[str, str]:
    side = page.locator("[name=pain_side]:checked")
    return page.locator("[name=pain_site]").input_value(), side.input_value() if side.count() else ""


def test_where_it_hurts_is_pressed_on_the_body(page: Page) -> None:
    body = page.locator("[data-pain-map]")
    expect(body).to_be_hidden()
    page.get_by_role("radio", name="4, moderate").check(force=True)
    expect(body).to_be_visible()

    spot(page, 0, "knee", "left").click()
    assert said(page) == ("knee", "left")
    lit = page.locator("circle[data-chosen]")
    assert [each.get_attribute("data-side") for each in lit.all()] == ["left", "left"]  # in front and behind

    # A finger next to it is enough: the person's left is on the right of who faces them.
    box = page.locator(".pain-map svg").nth(1).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.81)
    assert said(page) == ("calf", "left")

    spot(page, 1, "neck", "").click()
    assert said(page) == ("neck", "")
    spot(page, 1, "neck", "").click()  # pressed again it is taken back
    assert said(page) == ("", "")


def test_what_the_fields_say_is_lit_on_the_body(page: Page) -> None:
    page.get_by_role("radio", name="2, mild").check(force=True)
    page.get_by_label("Where?").select_option("hip")
    page.get_by_role("radio", name="both").check(force=True)
    lit = page.locator("circle[data-chosen]")
    assert {each.get_attribute("data-side") for each in lit.all()} == {"left", "right"}


def test_every_place_but_another_one_is_on_the_body() -> None:
    on_it = {site for spots in SPOTS.values() for site, _x, _y in spots}
    assert set(PainSite) - on_it == {PainSite.OTHER}


def test_the_form_is_for_everyone_with_all_of_it_open(page: Page, cast: Cast, run: Run, page_of: Any) -> None:
    page.get_by_role("radio", name="8, severe").check(force=True)
    page.get_by_text("Step by step").click()
    assert violations(page) == []
    expect(page.get_by_text("Stop here, and tell your coach")).to_be_visible()
    dark = page_of(cast.athlete, color_scheme="dark", viewport={"width": 1280, "height": 800})
    dark.goto("/sessions/new/")
    dark.get_by_role("radio", name="8, severe").check(force=True)
    assert violations(dark) == []


ANSWERS: list[dict[str, str]] = [
    {},
    {"step-1-state": "", "step-2-state": "done", "step-2-sets": "", "step-2-amount": "7"},
    {"step-1-state": "skipped", "step-2-state": "done", "step-2-sets": "1", "step-2-amount": ""},
    {"step-1-state": "done", "step-1-sets": "2", "step-1-amount": "5", "step-1-harder": "right"},
    {"step-1-sets": "2", "step-2-amount": "5"},
    {"step-1-harder": "left"},
]
NOTED: list[list[dict[str, Any]]] = [
    [{"position": 1, "sets_done": None, "reps_done": 4, "skipped": True, "skip_reason": "hurts"}],
    [{"position": 2, "sets_done": 1, "reps_done": 2, "harder_side": "left", "skip_reason": "x", "skipped": False}],
    [],
    [{"position": 1, "sets_done": 1, "reps_done": 8, "skipped": False, "harder_side": "left"}],
    [{"position": 1, "skipped": True, "skip_reason": "no-time"}, {"position": 7, "skipped": True}],
    [{"position": 1, "seconds_done": 20, "swapped_for": "plank", "skip_reason": "hurts", "skipped": False}],
    [{"position": 2, "sets_done": 2, "reps_done": 2, "seconds_done": 10, "skipped": False}],
]


def test_the_phone_and_the_server_read_the_same_out_of_the_form(page_of: Any, cast: Cast, run: Run) -> None:
    page = page_of(cast.athlete)
    page.goto(f"/warm-up/{run.pk}/")
    revision = run.assignment.revision
    steps = list(revision.steps.select_related("exercise"))
    for noted in NOTED:
        for answers in ANSWERS:
            sent = page.evaluate(
                """async ([noted, answers]) => {
                    const { sessionBody } = await import("/static/js/player/body.js");
                    const form = document.querySelector("form[data-log]");
                    form.elements.steps.value = JSON.stringify(noted);
                    form.querySelectorAll("[data-answer] input, [data-answer] select").forEach((field) => {
                        field.value = answers[field.name] ?? "";
                    });
                    return [sessionBody(form).steps, Object.fromEntries(new FormData(form))];
                }""",
                [noted, answers],
            )
            of_phone, typed = sent
            form = LogForm(typed, revision=revision, version=versions(steps, {}).shown, now=timezone.now())
            assert form.is_valid(), form.errors
            assert plain(form.body()["steps"]) == plain(of_phone), (noted, answers)


def plain(rows: list[dict[str, Any]]) -> str:
    """Rows without what they do not say."""
    return json.dumps([{name: value for name, value in sorted(row.items()) if value is not None} for row in rows])


def test_the_guide_fills_the_steps_in_and_what_is_changed_there_is_sent(
    page_of: Callable[..., Page], cast: Cast, run: Run
) -> None:
    page = page_of(cast.athlete)
    page.goto(f"/warm-up/{run.pk}/")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_text("Step by step").click()
    assert page.locator("[name=step-1-state]").input_value() == "skipped"
    page.locator("[name=step-1-state]").select_option("done")
    page.locator("[name=step-1-sets]").fill("1")
    page.locator("[name=step-1-amount]").fill("6")
    page.locator("[name=step-1-harder]").select_option("left")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/sessions/*/")
    first, second = Session.objects.get().steps
    assert (first["sets_done"], first["reps_done"], first["harder_side"], first["skipped"]) == (1, 6, "left", False)
    assert second["skipped"] is True


def test_two_devices_that_edit_one_session_keep_both_versions(
    page_of: Callable[..., Page], cast: Cast, run: Run, browser_of: Any
) -> None:
    """Each opened the form before the other saved; the one edited last stands, the other can be brought back."""
    page = page_of(cast.athlete)
    page.goto(f"/warm-up/{run.pk}/log/")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/sessions/*/")
    address = page.url + "edit/"
    phone, desk = page_of(cast.athlete), page_of(cast.athlete, viewport={"width": 1280, "height": 800})
    for device, words in ((phone, "From the phone"), (desk, "From the desk")):
        device.goto(address)
        device.get_by_label("Anything to add?").fill(words)
    for device in (phone, desk):
        device.get_by_role("button", name="Save", exact=True).click()
        device.wait_for_url(page.url)
    desk.get_by_role("link", name="History").click()
    assert Session.objects.get().note == "From the desk"
    assert sorted(each.body["note"] for each in Session.objects.get().versions.all()) == [
        "",
        "From the desk",
        "From the phone",
    ]
    expect(desk.get_by_text("From the phone")).to_be_visible()


def test_text_of_twice_the_size_cuts_nothing_off(page_of: Callable[..., Page], cast: Cast, run: Run) -> None:
    """200 % text, as somebody sets it who has left their glasses at home."""
    page = page_of(cast.athlete)
    for address in (f"/warm-up/{run.pk}/", f"/warm-up/{run.pk}/log/", "/sessions/"):
        page.goto(address)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
    page.goto(f"/warm-up/{run.pk}/")
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    page.get_by_role("button", name="Start", exact=True).click()
    for name in ("End", "Pause", "Back", "Skip", "Swap or skip", "15 s"):
        button = page.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, name
        reached = button.evaluate(
            """(button) => {
                const { left, top, width, height } = button.getBoundingClientRect();
                return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
        assert reached, name
