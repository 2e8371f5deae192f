"""The pages of muscles in a real browser: pressed, read by machine, and without overflow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.factories import make_activation, make_exercise, make_muscle
from warmups.models import ExerciseMuscle

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
def glutes() -> None:
    """The glutes and the hamstrings, with exercises of every kind that a page tells apart."""
    medius = make_muscle("gluteus-medius", name="glute med", where="Outside.", in_running="Level.", actions=["lifts"])
    for slug, name in (("gluteus-maximus", "glute max"), ("gluteus-minimus", "glute min")):
        make_muscle(slug, name=name)
    for slug in ("hamstrings-group", "biceps-femoris", "deltoid"):
        make_muscle(slug)
    make_activation(make_exercise("squat", name="Squat"), medius, mean=64)
    make_activation(make_exercise("bridge", name="Bridge"), medius, source_kind="secondary_quote", mean=28)
    for muscle, role in ((medius, "primary"), (medius, "secondary"), (make_muscle("deltoid"), "secondary")):
        ExerciseMuscle.objects.create(exercise=make_exercise(), muscle=muscle, role=role)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Day or night."""
    return str(request.param)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, scheme: str, new_context: Any, live_server: Any) -> Iterator[Page]:
    """A visitor's page that may not complain: a strict CSP that stops something says so on the console."""
    page = new_context(base_url=live_server.url, viewport=request.param, color_scheme=scheme).new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    assert errors == []


ADDRESSES = ["/muscles/", *(f"/muscles/{slug}/" for slug in ("gluteus-medius", "gluteus-minimus", "deltoid"))]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_in_the_way_of_anybody(glutes: None, page: Page, address: str) -> None:
    page.goto(address)
    rules = Axe().run(page).response["violations"]
    assert [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in rules] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light"], indirect=True)
def test_a_muscle_on_the_map_leads_to_its_page(glutes: None, page: Page) -> None:
    page.goto("/muscles/")
    page.locator('.body-map__view--side a[href="/muscles/gluteus-maximus/"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glute max")
    page.go_back()
    # The small one lies under another, and can be pressed on the map of what lies beneath.
    page.locator('.body-map__view--side a[href="/muscles/gluteus-minimus/"]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glute min")


@pytest.mark.parametrize("scheme", ["light"], indirect=True)
def test_with_the_keyboard_alone(glutes: None, page: Page) -> None:
    page.goto("/muscles/")
    page.locator("#glutes").get_by_role("link", name="Glute med").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    # From the last of the glutes to the next list: the map says nothing that the lists don't.
    assert page.evaluate("document.activeElement.closest('.body-map')") is None
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.rsplit("/muscles/", 1)[1] != ""


@pytest.mark.parametrize("scheme", ["light"], indirect=True)
def test_the_picture_has_words(glutes: None, page: Page) -> None:
    page.goto("/muscles/gluteus-medius/")
    expect(page.get_by_role("img", name="Lit strongly: glute med.")).to_be_visible()
    page.get_by_text("Besides: 1 exercise").click()
    expect(page.locator("details .figure-card")).to_be_visible()
