"""The builder in a real browser: with the mouse, with keys alone, without JavaScript, on a phone and on a desk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.conftest import DESKTOP, PHONE, violations
from tests.factories import NOW, make_activation, make_exercise, make_muscle, make_user
from warmups.domain.content import CONTENT
from warmups.domain.figures import poses_digest
from warmups.domain.routines import create_routine
from warmups.models import Routine

pytestmark = pytest.mark.django_db(transaction=True)
PageOf = Callable[..., Page]


@pytest.fixture
def runner() -> User:
    """Somebody to whom four exercises are given, one of each phase; the clam is measured for the medius."""
    poses = json.loads((CONTENT / "poses" / "clamshell.json").read_text())
    drawn = {"poses": poses, "poses_digest": poses_digest(poses)}
    make_muscle("gluteus-medius", name="glute med")
    clam = make_exercise("clam", name="Clam", reps=10, **drawn)
    make_activation(clam)
    make_exercise("jog", name="Jog", mode="distance", reps=None, metres=40, unilateral=False, phase="raise")
    make_exercise("swing", name="Leg swing", phase="mobilise", running_role="mobility", **drawn)
    make_exercise("hop", name="Hop", phase="potentiate", running_role="stiffness", unilateral=False)
    return make_user("Olga Owner")


def order(page: Page) -> list[str]:
    return page.locator("#steps h3").all_inner_texts()


def clock(page: Page) -> Any:
    return page.locator("#sums [data-clock]")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_nothing_with_the_mouse(runner: User, page_of: PageOf, viewport: dict[str, int]) -> None:
    page = page_of(runner, viewport=viewport)
    page.goto("/routines/new/")
    expect(clock(page)).to_have_text("0:00")
    page.get_by_role("button", name="Add exercises").click()
    page.get_by_role("searchbox").fill("cla")
    expect(page.locator(".picker__item")).to_have_count(1)
    page.get_by_role("button", name="Add Clam").click()
    expect(page.locator("[data-picked]")).to_have_text("Clam is step 1 now.")
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".picker__item")).to_have_count(4)
    page.get_by_role("button", name="Add Jog").click()
    page.get_by_role("button", name="Add Hop").click()
    page.get_by_role("button", name="Done").click()
    assert order(page) == ["Clam", "Jog", "Hop"]

    # 8 + 2 x 10 x 3 + 5; 8 + 40 x 3; 8 + 8 x 3.
    expect(clock(page)).to_have_text("3:53")
    medius = page.locator(".covers__muscle", has_text="Glute med")
    expect(medius).to_contain_text("45 s")
    page.get_by_label("Reps").first.fill("20")
    expect(clock(page)).to_have_text("4:53")
    expect(medius).to_contain_text("90 s")

    handle = page.get_by_role("button", name="Move Hop")
    handle.scroll_into_view_if_needed()
    held = handle.bounding_box()
    assert held
    page.mouse.move(held["x"] + 10, held["y"] + 10)
    page.mouse.down()
    page.mouse.move(held["x"] + 10, 20, steps=8)  # where the page comes along
    expect(page.locator("#steps h3")).to_have_text(["Hop", "Clam", "Jog"])
    page.mouse.up()
    expect(page.locator("#told")).to_contain_text("Hop is step 1 of 3 now.")
    page.get_by_role("button", name="Put in RAMP order").click()
    assert order(page) == ["Jog", "Clam", "Hop"]
    page.get_by_role("button", name="Take Jog out").click()
    page.get_by_role("button", name="Put it back").click()
    assert order(page) == ["Jog", "Clam", "Hop"]

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Name", exact=True).fill("Before hills")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before hills")
    page.reload()
    said = [(step.exercise.slug, step.reps, step.metres) for step in Routine.objects.get().current.steps.all()]
    assert said == [("jog", None, 40), ("clam", 20, None), ("hop", 8, None)]


def test_from_nothing_to_the_second_version_with_keys_alone(runner: User, page_of: PageOf) -> None:
    page = page_of(runner, viewport=DESKTOP)
    page.goto("/routines/new/")
    keys = page.keyboard

    def go_to(name: str, role: str = "button") -> None:
        """Tab on until there."""
        wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        for _tab in range(80):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            keys.press("Tab")
        pytest.fail(f"{name} cannot be reached by Tab")

    go_to("Name", "textbox")
    keys.type("By keys")
    go_to("Add exercises")
    keys.press("Enter")
    keys.type("swing")
    expect(page.locator(".picker__item")).to_have_count(1)
    go_to("Add Leg swing")
    keys.press("Enter")
    expect(page.locator(".build-step")).to_have_count(1)
    page.get_by_role("searchbox").focus()
    keys.press("Control+A")
    keys.type("clam")
    expect(page.get_by_role("button", name="Add Clam")).to_be_visible()
    go_to("Add Clam")
    keys.press("Space")
    expect(page.locator(".build-step")).to_have_count(2)
    keys.press("Escape")
    go_to("Move Clam")
    keys.press("ArrowUp")
    assert order(page) == ["Clam", "Leg swing"]
    expect(page.locator("#told")).to_contain_text("Clam is step 1 of 2 now.")
    expect(page.get_by_role("button", name="Move Clam")).to_be_focused()
    go_to("Save")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By keys")

    page.goto(f"{page.url}edit/")
    page.get_by_label("Reps").first.focus()
    keys.press("Control+A")
    keys.type("12")
    go_to("What changed, and why if you like", "textbox")
    keys.type("More of it")
    go_to("Save the next version")
    keys.press("Enter")
    expect(page.locator("main")).to_contain_text("Saved as version 2.")
    routine = Routine.objects.get()
    assert [(each.number, each.reason) for each in routine.revisions.order_by("number")] == [(1, ""), (2, "More of it")]
    page.goto(f"/routines/{routine.pk}/compare/?from=1&to=2")
    expect(page.locator("main")).to_contain_text(re.compile(r"10 each side.*12 each side", re.DOTALL))
    assert violations(page) == []


def test_without_javascript(runner: User, page_of: PageOf) -> None:
    page = page_of(runner, java_script_enabled=False)
    page.goto("/routines/new/")
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_role("searchbox").fill("clam")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".picker__item")).to_have_count(1)
    page.get_by_role("button", name="Add Clam").click()
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("button", name="Add Jog").click()
    page.get_by_role("button", name="Jog one up").click()
    assert order(page) == ["Jog", "Clam"]
    page.get_by_label("Reps").fill("0")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Step 2, Clam, Reps")
    page.get_by_label("Reps").fill("11")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
    assert [step.reps for step in Routine.objects.get().current.steps.all()] == [None, 11]


def test_a_step_on_its_way_is_saved_with_the_others(runner: User, page_of: PageOf) -> None:
    page = page_of(runner)
    page.goto("/routines/new/")
    page.get_by_label("Name", exact=True).fill("Fast")
    held: list[Any] = []
    page.route("**/routines/exercises/clam/", lambda route: held.append(route))
    page.get_by_role("button", name="Add exercises").click()
    page.get_by_role("button", name="Add Jog").click()
    page.get_by_role("button", name="Add Clam").click()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Build a routine")
    held[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fast")
    assert [step.exercise.slug for step in Routine.objects.get().current.steps.all()] == ["jog", "clam"]


def test_leaving_asks_only_when_something_would_be_lost(runner: User, page_of: PageOf) -> None:
    page = page_of(runner)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/routines/new/")
    page.goto("/routines/")
    assert asked == []
    page.goto("/routines/new/")
    page.get_by_label("Name", exact=True).fill("Half")
    page.goto("/routines/")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_routine_and_its_versions_are_in_nobodys_way(
    runner: User, page_of: PageOf, viewport: dict[str, int], scheme: str
) -> None:
    steps: Any = [{"exercise": slug} for slug in ("jog", "clam", "hop")]
    routine = create_routine(owner=runner, actor=runner, name="Three", steps=steps, now=NOW)
    page = page_of(runner, viewport=viewport, color_scheme=scheme)
    for address in ("", "?minutes=2", "?minutes=2&no_space=on", "?hurts=2", "?minutes=many", "edit/"):
        page.goto(f"/routines/{routine.pk}/{address}")
        assert (address, violations(page)) == (address, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
