"""The print card in a real browser: one page of A4 and of Letter whatever is on it, nothing cut; the way to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.factories import NOW, make_exercise, make_user
from tests.world import POSES
from warmups.domain.routines import create_routine
from warmups.models import Exercise, Routine

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
LONG_NAME = "Half-kneeling hip-flexor rock with trunk rotation and a long overhead reach away"
LONG_NOTE = "Keep the hips level and the knee over the toes, breathe out, and stop once the knee drifts inwards. " * 2
OTHER_NAME = "Ходьба выпадами с поворотом туловища и наклоном в сторону передней ноги до конца"

# What does not fit into its box, or leaves the sheet or its step, in words.
CUT = """() => {
  const sheet = document.querySelector(".print-card");
  const within = (inner, outer) => {
    const [a, b] = [inner.getBoundingClientRect(), outer.getBoundingClientRect()];
    return a.top > b.top - 1 && a.bottom < b.bottom + 1 && a.left > b.left - 1 && a.right < b.right + 1;
  };
  const cut = [];
  const boxes = "h2, h3, p, .print-step, .print-step__words, .print-card__words";
  for (const box of [sheet, ...sheet.querySelectorAll(boxes)]) {
    const spills = box.scrollHeight > box.clientHeight + 2 || box.scrollWidth > box.clientWidth + 1;
    if (spills) cut.push(`in ${box.className}`);
    if (!within(box, sheet)) cut.push(`off the sheet: ${box.className}`);
  }
  for (const step of sheet.querySelectorAll(".print-step")) {
    const parts = [...step.querySelectorAll("*")].filter((part) => !part.closest("svg"));
    if (!parts.every((part) => within(part, step))) cut.push("off a step");
  }
  if (!within(sheet.querySelector("ol"), sheet)) cut.push("steps");
  if (sheet.querySelector("ol").getBoundingClientRect().bottom >
      sheet.querySelector("footer").getBoundingClientRect().top) cut.push("footer");
  return cut;
}"""


def make_long(count: int, *, name: str = LONG_NAME, note: str = LONG_NOTE[:200]) -> Routine:
    """A routine in which all that people may write is as long as it may be, and doses are, too."""
    owner = make_user()
    steps = []
    for number in range(count):
        slug = f"long-{number}"
        if number % 2:
            make_exercise(slug, name=name, mode="hold", reps=1, hold_seconds=20)
            dose = {"sets": 10, "reps": 200, "hold_seconds": 600, "sides": "each"}
        else:
            make_exercise(slug, name=name, poses=POSES)
            dose = {"sets": 10, "reps": 200, "sides": "each"}
        steps.append({"exercise": slug, "note": note, "rank": 1} | dose)
    return create_routine(owner=owner, actor=owner, name=name, steps=steps, now=NOW)


@pytest.fixture
def page(new_context: Any, live_server: Any, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The owner's page, which may not complain: a strict CSP that stops something says so on the console."""
    viewport, scheme = getattr(request, "param", (DESKTOP, "light"))
    page = new_context(base_url=live_server.url, viewport=viewport, color_scheme=scheme).new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    assert errors == []


def publish(routine: Routine) -> str:
    """Make it everyone's, and say where its card is."""
    Routine.objects.filter(pk=routine.pk).update(owner=None, published=True)
    return f"/routines/{routine.pk}/card/"


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("name", [LONG_NAME, OTHER_NAME], ids=["latin", "cyrillic"])
@pytest.mark.parametrize("count", [1, 5, 12, 30])
def test_it_is_one_page_and_nothing_is_cut(page: Page, count: int, name: str) -> None:
    page.goto(publish(make_long(count, name=name)))
    assert page.evaluate(CUT) == []
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert {paper: pages_of(page.pdf(format=paper)) for paper in ("A4", "Letter")} == {"A4": 1, "Letter": 1}


@pytest.mark.parametrize("count", [2, 6, 8, 18, 30])
def test_short_words_leave_the_figures_large(page: Page, count: int) -> None:
    page.goto(publish(make_long(count, name="Lateral band walk", note="Hips level")))
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    expect(page.get_by_text("Hips level")).to_have_count(count)
    assert pages_of(page.pdf(format="Letter")) == 1


def test_a_test_of_two_pages_would_fail(page: Page) -> None:
    page.goto(publish(make_long(1)))
    page.emulate_media(media="print")
    page.evaluate("document.querySelector('.print-card').style.blockSize = '400mm'")
    assert pages_of(page.pdf(format="A4")) == 2
    page.evaluate("document.querySelector('.print-card').style.blockSize = '100mm'")
    assert page.evaluate(CUT) != []


@pytest.mark.parametrize(
    "page", [(size, scheme) for size in (PHONE, DESKTOP) for scheme in ("light", "dark")], indirect=True
)
def test_nothing_is_in_the_way_of_anybody(page: Page) -> None:
    page.goto(publish(make_long(5, name="Lateral band walk")))
    rules = Axe().run(page).response["violations"]
    assert [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in rules] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    # Paper is white at night too.
    ground = page.locator(".print-card").evaluate("sheet => getComputedStyle(sheet).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_the_button_prints(page: Page) -> None:
    page.add_init_script("window.print = () => { document.title = 'printed' }")
    page.goto(publish(make_long(2)))
    expect(page.get_by_text("with your browser's own print button")).to_be_hidden()
    page.get_by_role("button", name="Print or save as PDF").click()
    expect(page).to_have_title("printed")


def test_without_scripts_it_says_how(new_context: Any, live_server: Any) -> None:
    page = new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    page.goto(publish(make_long(1)))
    expect(page.get_by_text("with your browser's own print button")).to_be_visible()
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_hidden()


def test_the_figures_come_and_the_code_has_words(page: Page) -> None:
    routine = make_long(3)
    page.goto(publish(routine))
    page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")
    assert page.locator(".print-step img").count() == Exercise.objects.exclude(poses_digest="").count() == 2
    code = page.get_by_role("img", name=f"QR code that leads to http://testserver/warm-up/try/{routine.pk}/")
    box = code.bounding_box()
    assert box and box["width"] == box["height"]
