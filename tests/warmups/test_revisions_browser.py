"""The versions of a routine in a real browser: changed, compared, brought back, and for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from tests.factories import NOW, make_user
from warmups.domain.content import CONTENT
from warmups.domain.content_loading import load
from warmups.domain.routines import create_routine, revise_routine
from warmups.models import Routine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner() -> User:
    return make_user("Olga Owner")


@pytest.fixture
def routine(owner: User) -> Routine:
    """A routine in three versions."""
    load(CONTENT, now=NOW)
    one: Any = [{"exercise": "clamshell"}, {"exercise": "calf-raise", "note": "Slow on the way down."}]
    two: Any = [{"exercise": "calf-raise", "sets": 3, "rest_seconds": 20, "note": "Slow on the way up."}, one[0]]
    three: Any = [*two, {"exercise": "single-leg-squat"}]
    made = create_routine(owner=owner, actor=owner, name="Before hills", steps=one, now=NOW)
    revise_routine(routine=made, actor=owner, steps=two, now=NOW + timedelta(days=1), reason="Calves first")
    revise_routine(routine=made, actor=owner, steps=three, name="Before long hills", now=NOW + timedelta(days=2))
    return made


@pytest.fixture
def open_page(live_server: Any, new_context: Callable[..., BrowserContext], owner: User) -> Any:
    """Opens a path in the owner's browser, on a phone unless options say otherwise; no error may have been told."""
    errors: list[str] = []

    def open_at(path: str, **options: Any) -> Page:
        client = Client()
        client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
        name = settings.SESSION_COOKIE_NAME
        context = new_context(base_url=live_server.url, **{"viewport": {"width": 390, "height": 844}} | options)
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield open_at
    assert errors == []


def test_look_back_compare_and_bring_back(open_page: Any, routine: Routine) -> None:
    page = open_page(f"/routines/{routine.pk}/")
    page.get_by_role("link", name="All versions").click()
    expect(page.locator(".version").first).to_contain_text("In use now")
    page.get_by_role("link", name="What changed since version 1").click()
    expect(page.locator(".differs")).to_contain_text("20 s")
    page.get_by_label("From version").select_option("1")
    page.get_by_label("To version").select_option("3")
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"\?from=1&to=3$"))
    expect(page.locator(".differs__step--added")).to_contain_text("Single-leg squat")

    page.get_by_role("link", name="Version 1", exact=True).click()
    expect(page.locator(".version-told")).to_contain_text("This is an old version. Version 3 is in use now.")
    page.get_by_role("link", name="Bring this back").click()
    expect(page.locator(".differs__step--removed")).to_contain_text("Single-leg squat")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("Version 1 is back, as version 4.")).to_be_visible()
    expect(page.locator(".figure-card__name")).to_have_count(2)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light")])
def test_every_page_is_accessible_and_fits(open_page: Any, routine: Routine, width: int, scheme: str) -> None:
    here = f"/routines/{routine.pk}"
    page = open_page(here, viewport={"width": width, "height": 844}, color_scheme=scheme)
    paths = ("revisions/", "revisions/1/", "revisions/3/", "revisions/1/bring-back/", "compare/?from=1&to=3")
    for path in paths:
        page.goto(f"{here}/{path}")
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
