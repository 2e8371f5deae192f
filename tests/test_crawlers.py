"""What search engines are told: the open pages, and nobody's own."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from config.crawlers import ENDLESS, PRIVATE
from tests.conftest import Cast
from tests.factories import make_exercise, make_muscle, make_routine
from warmups.models import Routine, Step

pytestmark = pytest.mark.django_db


def paths(client: Client) -> set[str]:
    """What the sitemap names, without the site."""
    answer = client.get("/sitemap.xml")
    places = ET.fromstring(answer.content).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    return {(place.text or "").removeprefix("http://testserver") for place in places}


def test_the_sitemap_has_what_is_open_to_all(client: Client, cast: Cast) -> None:
    for status in ("draft", "in-review", "published", "retired"):
        make_exercise(f"is-{status}", status=status)
    make_muscle("soleus")
    make_routine("Mine", owner=cast.athlete)
    library = make_routine("For all")
    Routine.objects.filter(pk=library.pk).update(owner=None, published=True)

    steps = {step.exercise.get_absolute_url() for step in Step.objects.all()}
    assert paths(client) - steps == {
        "/",
        "/exercises/",
        "/exercises/is-published/",
        "/muscles/",
        "/muscles/soleus/",
        "/evidence/",
        "/routines/",
        "/routines/suggest/",
        f"/routines/{library.pk}/",
    }


def test_what_the_sitemap_names_can_be_read(client: Client) -> None:
    make_exercise("squat")
    make_muscle("soleus")
    assert {path: client.get(path).status_code for path in paths(client)} == dict.fromkeys(paths(client), 200)


def test_robots_leave_private_places_alone(client: Client) -> None:
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert (answer["Content-Type"], lines[0]) == ("text/plain; charset=utf-8", "User-agent: *")
    disallowed = [*PRIVATE, *ENDLESS]
    assert [line for line in lines if line.startswith("Disallow")] == [f"Disallow: {path}" for path in disallowed]
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/exercises/", "/settings/", "/admin/"])
def test_private_places_are_places(path: str) -> None:
    found: Any = resolve(path)
    assert found is not None
    assert path.startswith(PRIVATE)
