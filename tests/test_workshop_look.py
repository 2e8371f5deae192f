"""Every page of the workshop in a real browser: under its strict CSP, readable for everyone, fitting its screens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from tests.conftest import Cast
from tests.factories import NOW, make_activation, make_equipment, make_exercise, make_routine
from tests.warmups.workflow_states import change, exercise_in, second_curator
from warmups.domain import exercises as domain
from warmups.domain.content import CONTENT
from warmups.domain.content_import import keep_upload
from warmups.domain.figures import poses_digest
from warmups.models import Exercise

pytestmark = pytest.mark.django_db(transaction=True)

POSES = json.loads((CONTENT / "poses" / "clamshell.json").read_text())
# Without preload: it would fetch the sheets and try them inline, which the CSP tells of.
QUIETLY = {"resultTypes": ["violations"], "preload": False}
EXERCISES = "/admin/warmups/exercise/"
MODELS = ("study", "activation", "outcome", "glutealindex", "muscle", "equipment")


def pages(cast: Cast) -> list[str]:
    """Content in every state, and where each page about it stands."""
    rob = second_curator(cast.curator)
    drawn = {"poses": POSES, "poses_digest": poses_digest(POSES)}
    clam = make_exercise("clamshell", name="Clamshell", status="published", **drawn)
    activation = make_activation(clam)
    clam.equipment.add(make_equipment())
    states = ("draft", "in-review", "published+draft", "published+in-review", "retired")
    each = {
        state: exercise_in(state, author=rob, second=cast.curator, slug=state.replace("+", "-")) for state in states
    }
    change(each["published+draft"], rob, poses=POSES, summary="Said otherwise, " + "and at length, " * 6)
    domain.comment_on(exercise=each["draft"], actor=cast.curator, now=NOW, text="A claim without a source." * 4)
    mine = exercise_in("draft", author=cast.curator, second=rob, slug="by-myself")
    return [
        "/admin/",
        *of_exercises(clam, each, mine),
        *(f"/admin/content/{page}" for page in ("", "poses/", "export/", "import/")),
        *imports(cast),
        *(f"/admin/warmups/{model}/{page}" for model in MODELS for page in ("", "add/")),
        "/admin/warmups/routine/",
        "/admin/warmups/study/?q=nothing-of-the-kind",
        *(f"/admin/warmups/study/{activation.study_id}/{page}/" for page in ("change", "history")),
        *(f"/admin/warmups/activation/{activation.pk}/{page}/" for page in ("change", "history")),
        *(f"/admin/warmups/muscle/{activation.muscle_id}/{page}/" for page in ("change", "history")),
        f"/admin/warmups/routine/{make_routine('Before easy runs').pk}/change/",
    ]


def of_exercises(clam: Exercise, each: dict[str, Exercise], mine: Exercise) -> list[str]:
    """The list, the forms, the histories and every deed."""
    deeds = {
        "draft": ("submit", "delete-draft", "comment", "media", "publish"),
        "in-review": ("publish", "send-back"),
        "published+draft": ("discard", "retire", "history", "compare", "versions/1/restore", "versions/2", "media"),
        "published+in-review": ("publish", "change"),
        "retired": ("bring-back", "change"),
    }
    deeds_of = [f"{EXERCISES}{each[state].pk}/{name}/" for state, names in deeds.items() for name in names]
    changes = [f"{EXERCISES}{exercise.pk}/change/" for exercise in (clam, each["draft"], each["in-review"], mine)]
    return [
        EXERCISES,
        f"{EXERCISES}?todo=review",
        f"{EXERCISES}?q=nothing-of-the-kind",
        f"{EXERCISES}add/",
        f"{EXERCISES}add/?like=clamshell",
        *changes,
        *deeds_of,
        f"{EXERCISES}{clam.pk}/versions/1/",
    ]


def imports(cast: Cast) -> list[str]:
    """A dry run with changes of each kind, and one with faults."""
    muscles = "slug,name,latin_name,region,kind\n"
    files = {
        "muscles.csv": muscles + "tibialis-anterior,Shin muscle,Tibialis anterior,lower-leg,muscle\n",
        "faults.csv": muscles + "X Y,,,nowhere,what\n",
        "clamshell.yaml": "name: Another clamshell\n",
    }
    kept = [
        keep_upload(file_name=name, content=content.encode(), actor=cast.curator, now=NOW)
        for name, content in files.items()
    ]
    return [f"/admin/content/import/{each.pk}/" for each in kept]


@pytest.fixture
def signed_in(
    live_server: Any,
    new_context: Callable[..., BrowserContext],
    browser_of: Callable[..., Client],
    cast: Cast,
) -> Callable[..., tuple[Page, list[str]]]:
    """A curator's page, and what its console complains of: a CSP that stops something says so there."""

    def make(width: int, scheme: str) -> tuple[Page, list[str]]:
        told: list[str] = []
        context = new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en"
        )
        session = browser_of(cast.curator).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.route("**/media/photo.webp", lambda route: route.fulfill(status=200, content_type="image/webp", body=b""))
        page.on("pageerror", lambda error: told.append(f"{page.url}: {error}"))
        page.on("console", lambda said: told.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        return page, told

    return make


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (820, "dark")])
def test_every_page_is_accessible_and_fits(
    width: int, scheme: str, cast: Cast, signed_in: Callable[..., tuple[Page, list[str]]]
) -> None:
    addresses = pages(cast)
    page, told = signed_in(width, scheme)
    faults: list[tuple[str, ...]] = []
    for address in addresses:
        answer = page.goto(address, wait_until="load")
        if answer is None or answer.status != 200:
            faults.append((address, "status", str(answer and answer.status)))
            continue
        for rule in Axe().run(page, options=QUIETLY).response["violations"]:
            faults.append((address, rule["id"], rule["nodes"][0]["html"]))
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append((address, "wider than the screen"))
    assert (faults, told) == ([], [])


def test_what_was_refused_is_told_for_everyone(cast: Cast, signed_in: Callable[..., tuple[Page, list[str]]]) -> None:
    mine = exercise_in("in-review", author=second_curator(cast.curator), second=cast.curator)
    page, told = signed_in(390, "light")
    for address, button in [
        (f"{EXERCISES}add/", "Save draft"),
        (f"{EXERCISES}{mine.pk}/send-back/", "Send back"),
        ("/admin/warmups/study/add/", "Save"),
        ("/admin/content/import/", "Show what would change"),
    ]:
        page.goto(address)
        page.locator("form[novalidate], form").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).click()
        found = Axe().run(page, options=QUIETLY).response["violations"]
        assert [(address, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.locator(".errorlist, .errornote, [aria-invalid=true]").count() > 0, address
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    assert [said for said in told if "422" not in said] == []  # the browser notes the status of a refused form
