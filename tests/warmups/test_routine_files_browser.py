"""Bringing a routine in from a file in a real browser, and finding it among one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Cast, violations
from tests.factories import make_exercise, make_routine
from warmups.models import Routine

pytestmark = pytest.mark.django_db(transaction=True)
FILE = {
    "format": "prestride-routine",
    "version": 1,
    "name": "Before the hills",
    "steps": [{"exercise": {"name": "Clam"}, "sets": 2}, {"exercise": {"slug": "bridge"}, "note": "Slowly."}],
}


@pytest.fixture
def library() -> None:
    make_exercise("clamshell", name="Clamshell", aliases=["clam"])
    make_exercise("bridge", name="Glute bridge", unilateral=False)


def choose(page: Page, data: object) -> None:
    page.goto("/routines/")
    page.get_by_role("link", name="From a file").click()
    content = json.dumps(data, indent=2).encode()
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "hills.json", "mimeType": "application/json", "buffer": content}
    )
    page.get_by_role("button", name="Look at it").click()


def test_a_file_becomes_a_routine(page_of: Any, cast: Cast, library: None) -> None:
    page = page_of(cast.athlete)
    choose(page, FILE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Before the hills")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Good to know", "1 Clamshell", "2 Glute bridge"])
    assert violations(page) == []
    page.get_by_role("button", name="Add to my routines").click()
    expect(page.get_by_text("It is yours now.")).to_be_visible()
    page.goto("/routines/")
    page.get_by_role("link", name="Before the hills").click()
    expect(page.get_by_role("heading", name="Glute bridge")).to_be_visible()


def test_what_is_wrong_is_mended_in_the_page(page_of: Any, cast: Cast, library: None) -> None:
    page = page_of(cast.athlete)
    choose(page, FILE | {"steps": [{"exercise": {"name": "Clam shells"}}]})
    told = page.get_by_role("alert").first
    expect(told).to_contain_text("We know no exercise “Clam shells”. Did you mean Clamshell (clamshell)?")
    assert violations(page) == []
    told.get_by_role("link", name="Step 1, “exercise”").click()
    text = page.get_by_label("Or its text")
    text.fill(text.input_value().replace("Clam shells", "Clamshell"))
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before the hills")
    assert Routine.objects.count() == 0


def test_what_is_taken_along_comes_in_again_without_javascript(
    page_of: Any, cast: Cast, library: None, tmp_path: Path
) -> None:
    routine = make_routine("Cold morning", owner=cast.athlete)
    page = page_of(cast.athlete, java_script_enabled=False)
    page.goto(routine.get_absolute_url())
    with page.expect_download() as download:
        page.get_by_role("link", name="As a file for others").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "cold-morning.json"
    choose(page, json.loads(file.read_text()))
    page.get_by_role("button", name="Add to my routines").click()
    page.wait_for_url("**/edit/")
    assert Routine.objects.filter(owner=cast.athlete, name="Cold morning").count() == 2
