"""A suggestion done right now: the player of steps that nobody has saved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Session
from tests.conftest import Cast
from tests.factories import make_exercise
from warmups.models import Routine

pytestmark = pytest.mark.django_db

PLAYER = "/warm-up/suggested/"


@pytest.fixture(autouse=True)
def library(db: None) -> None:
    make_exercise("squat", name="Squat", running_role="force")
    make_exercise("bridge", name="Bridge", lying=True, running_role="hip-extension", cues=["Tall."])


def data(page: str) -> dict:
    """What the guide is told."""
    found = re.search(r'<script id="player-data" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize("who", [None, "athlete", "coach"])
def test_it_is_done_with_or_without_an_account_and_nothing_is_kept(
    cast: Cast, browser_of: Callable[..., Client], who: str | None
) -> None:
    answer = browser_of(getattr(cast, who) if who else None).get(f"{PLAYER}?minutes=3&run_kind=race")
    page = answer.content.decode()

    assert (answer.status_code, "<h1>3 minutes before a race</h1>" in page) == (200, True)
    assert [step["name"] for step in data(page)["steps"]] == ["Bridge", "Squat"]
    assert 'href="/routines/suggest/?minutes=3&amp;run_kind=race"' in page
    assert (Routine.objects.count(), Session.objects.count()) == (0, 0)


def test_it_is_the_suggestion_of_the_page(client: Client) -> None:
    query = "?minutes=3&lying=false"
    suggested = re.findall(
        r'step-number">\d+</span> <a [^>]*>([^<]*)<', client.get(f"/routines/suggest/{query}").content.decode()
    )

    assert [step["name"] for step in data(client.get(f"{PLAYER}{query}").content.decode())["steps"]] == suggested
    assert suggested == ["Squat"]


def test_the_guide_goes_on_only_with_the_same_steps_of_the_same_person(
    cast: Cast, browser_of: Callable[..., Client]
) -> None:
    def key(person: object, query: str) -> str:
        return data(browser_of(person).get(f"{PLAYER}{query}").content.decode())["key"]

    assert key(cast.athlete, "?minutes=3") == key(cast.athlete, "?minutes=4")
    keys = [key(cast.athlete, ""), key(cast.athlete, "?lying=false"), key(cast.coach, ""), key(None, "")]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("?minutes=0", "?minutes=0"),
        ("?include=bridge&lying=false", "?minutes=5&lying=false&include=bridge"),
        ("?minutes=3&equipment=barbell", "?minutes=3&equipment=barbell"),
    ],
)
def test_wishes_that_cannot_be_are_told_on_the_page(client: Client, query: str, page: str) -> None:
    answer = client.get(f"{PLAYER}{query}")

    assert (answer.status_code, answer["Location"]) == (302, f"/routines/suggest/{page}")
    assert client.get(answer["Location"]).status_code == 422


def test_it_is_only_read(client: Client) -> None:
    assert client.post(PLAYER).status_code == 405
