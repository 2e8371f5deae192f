"""The way of a library routine to its readers in a real browser: two curators and a visitor, on a phone and a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from plans.models import SharedRoutine
from tests.conftest import DESKTOP, PHONE, Cast, violations
from tests.factories import make_assignment, make_exercise, make_run
from tests.warmups.library_states import WAYS, routine_in, standing
from tests.warmups.workflow_states import second_curator
from warmups.models import Routine

pytestmark = pytest.mark.django_db(transaction=True)
PageOf = Callable[..., Page]


@pytest.fixture
def second(cast: Cast) -> User:
    return second_curator(cast.curator)


def press(page: Page, deed: str) -> None:
    """Follow a deed from the routine's page, and do it."""
    page.get_by_role("link", name=deed, exact=True).click()
    page.get_by_role("main").get_by_role("button", name=deed, exact=True).click()


def told(page: Page, words: str) -> None:
    expect(page.locator(".messages").first).to_contain_text(words)


def test_from_a_curator_s_first_word_to_the_second_version(cast: Cast, second: User, page_of: PageOf) -> None:
    for name in ("Clam", "Hop"):
        make_exercise(name.lower(), name=name)
    anna, rob, visitor = page_of(cast.curator, viewport=DESKTOP), page_of(second), page_of(None)

    # Anna makes a routine for the library and sends it to review.
    anna.goto("/admin/warmups/routine/")
    anna.get_by_role("link", name="New library routine").click()
    anna.get_by_label("Name", exact=True).fill("Two for hills")
    add(anna, "Clam")
    told(anna, "Saved as a draft.")
    routine = Routine.objects.get()
    address = routine.get_absolute_url()
    assert anna.url.endswith(address)
    press(anna, "Send to review")
    told(anna, "“Two for hills” waits for another curator to read it.")
    expect(anna.get_by_text("Ask another curator to read it and publish it.")).to_be_visible()
    answer = visitor.request.get(address)
    assert answer.status == 404

    # Rob finds it on the board and sends it back.
    rob.goto("/admin/content/")
    rob.get_by_role("link", name="Two for hills", exact=True).click()
    rob.get_by_role("link", name="Send back", exact=True).click()
    rob.get_by_label("What is to be changed").fill("Two means two: add a hop.")
    rob.get_by_role("button", name="Send back").click()
    told(rob, "“Two for hills” is a draft again, with your note.")

    # Anna reads why, mends it and asks again; Rob publishes, and a visitor has it.
    anna.goto(address)
    expect(anna.get_by_text("Two means two: add a hop.")).to_be_visible()
    anna.get_by_role("link", name="Change it").click()
    add(anna, "Hop")
    told(anna, "Saved as a draft.")
    press(anna, "Send to review")
    rob.goto(address)
    press(rob, "Publish")
    told(rob, "“Two for hills” is published. Readers have it now.")
    assert standing(routine) == (True, "", 2, 2)
    visitor.goto("/routines/")
    visitor.get_by_role("link", name="Two for hills").click()
    expect(visitor.locator(".routine-steps")).to_contain_text("Hop")
    expect(visitor.get_by_text("Where it stands")).to_have_count(0)

    # A change is a draft beside it: readers keep what they have until Rob publishes that as well.
    anna.goto(address)
    anna.get_by_role("link", name="Change it").click()
    anna.get_by_label("Name", exact=True).fill("Two for steep hills")
    anna.get_by_role("button", name="Save the draft").click()
    told(anna, "Readers keep what they have until it is published.")
    press(anna, "Send to review")
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Two for hills")
    rob.goto(address)
    rob.get_by_role("link", name="What changed since version 2").click()
    expect(rob.get_by_role("main")).to_contain_text("steep")
    rob.goto(address)
    rob.get_by_role("link", name="Publish", exact=True).click()
    expect(rob.get_by_text("Version 3 takes the place of version 2, which readers have now.")).to_be_visible()
    rob.get_by_role("button", name="Publish", exact=True).click()
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Two for steep hills")
    assert standing(routine) == (True, "", 3, 3)
    visitor.goto(f"{address}compare/?from=2&to=3")
    expect(visitor.get_by_role("main")).to_contain_text("steep")


def add(page: Page, name: str) -> None:
    """Add an exercise in the builder, and save."""
    page.get_by_role("button", name="Add exercises").click()
    page.get_by_role("button", name=f"Add {name}").click()
    expect(page.locator("[data-picked]")).to_contain_text(f"{name} is step")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Save the draft").click()


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"])
def test_every_page_is_for_everyone_and_fits(
    cast: Cast, second: User, page_of: PageOf, viewport: dict[str, int], scheme: str
) -> None:
    made = {state: routine_in(state, author=cast.curator, second=second, name=state.title()) for state in WAYS}
    routine = made["published+in-review"]
    SharedRoutine.objects.create(squad=cast.squad, routine=routine)
    make_assignment(make_run(cast.athlete), routine)
    page = page_of(second, viewport=viewport, color_scheme=scheme)
    addresses = [row.get_absolute_url() for row in made.values()]
    addresses += [
        f"{routine.get_absolute_url()}{name}/" for name in ("publish", "send-back", "discard", "withdraw", "submit")
    ]
    addresses += [f"{made['sent-back'].get_absolute_url()}submit/", "/admin/content/", "/admin/warmups/routine/"]
    faults = []
    for address in addresses:
        page.goto(address)
        faults += [(address, fault) for fault in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append((address, "wider than the screen"))
    assert faults == []
