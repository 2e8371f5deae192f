"""Figures as files: who gets which, drawn once, kept for ever under their own address, not sent twice."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from tests.conftest import Cast
from tests.factories import make_exercise
from warmups import figures
from warmups.domain.content import CONTENT
from warmups.domain.figures import figure_file, figure_url, is_drawn, poses_digest
from warmups.models import Exercise

pytestmark = pytest.mark.django_db

CLAMSHELL = json.loads((CONTENT / "poses" / "clamshell.json").read_text())


@pytest.fixture(autouse=True)
def nothing_drawn() -> None:
    cache.clear()


def make_drawn(slug: str = "clamshell", **fields: Any) -> Exercise:
    """A published exercise with the poses of a clamshell."""
    return make_exercise(slug, poses=CLAMSHELL, poses_digest=poses_digest(CLAMSHELL), **fields)


def words(svg: bytes) -> list[str]:
    """Title and description of a figure."""
    return [part.text or "" for part in ET.fromstring(svg) if part.tag.rpartition("}")[2] in ("title", "desc")]


def test_the_api_and_the_pages_say_where_it_is(client: Client, api_of: Callable[[Any], APIClient]) -> None:
    exercise = make_drawn(name="Clamshell")
    make_exercise("lunge")
    told = {row["slug"]: row["figure"] for row in api_of(None).get("/api/v1/exercises/").json()["results"]}
    assert told == {"clamshell": f"http://testserver{figure_url(exercise)}", "lunge": None}
    shown = client.get("/exercises/").content.decode()
    for kind in ("still", "small"):  # the small one is for phones
        assert figure_url(exercise, kind=kind).replace("&", "&amp;") in shown
        assert figure_url(exercise, kind=kind, theme="dark").replace("&", "&amp;") in shown


def test_moving_still_and_png(client: Client) -> None:
    make_drawn(name="Clam <shell>")
    moving = client.get("/api/v1/exercises/clamshell/figure.svg")
    assert (moving.status_code, moving["Content-Type"]) == (200, "image/svg+xml")
    assert b"<animate" in moving.content
    assert words(moving.content) == ["Clam <shell>", CLAMSHELL["desc"]]
    still = client.get("/api/v1/exercises/clamshell/figure.svg?still=1")
    assert (still.status_code, b"<animate" in still.content) == (200, False)
    small = client.get("/api/v1/exercises/clamshell/figure.svg?still=1&phases=1")
    assert (small.status_code, len(small.content) < 0.7 * len(still.content)) == (200, True)
    png = client.get("/api/v1/exercises/clamshell/figure.png")
    assert (png.status_code, png["Content-Type"], png.content[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png.content[16:20]) == 1200
    assert len(png.content) <= 60_000


def test_sides_and_themes_differ(client: Client) -> None:
    make_drawn()
    queries = (
        "",
        "?still=1&phases=1",
        "?still=1&phases=1&side=right",
        "?side=left",
        "?side=right",
        "?theme=dark",
        "?still=1",
        "?still=1&side=right",
        "?still=1&theme=dark",
    )
    files = {client.get(f"/api/v1/exercises/clamshell/figure.svg{query}").content for query in queries}
    # The poses show the left leg on top, so asking for the left draws the same picture under other ids.
    assert len(files) == len(queries)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?side=up", "side"),
        ("?theme=blue", "theme"),
        ("?still=maybe", "still"),
        ("?phases=3", "phases"),
        ("?v=" + "1" * 61, "v"),
    ],
)
def test_bad_wishes_are_named(client: Client, query: str, field: str) -> None:
    make_drawn()
    answer = client.get(f"/api/v1/exercises/clamshell/figure.svg{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_who_gets_which(cast: Cast) -> None:
    for status in ("draft", "in-review", "published", "retired"):
        make_drawn(f"is-{status}", status=status)
    make_exercise("bare")
    for person in (None, cast.athlete, cast.curator):
        client = Client()
        if person:
            client.force_login(person)
        answers = {
            slug: client.get(f"/api/v1/exercises/{slug}/figure.svg?still=1").status_code
            for slug in ("is-draft", "is-in-review", "is-published", "is-retired", "bare", "nowhere")
        }
        drafts = 200 if person == cast.curator else 404
        assert list(answers.values()) == [drafts, drafts, 200, 200, 404, 404]


def test_its_own_address_is_kept_for_ever_and_others_for_an_hour(client: Client, cast: Cast) -> None:
    exercise = make_drawn()
    assert client.get(figure_url(exercise))["Cache-Control"] == "public, max-age=31536000, immutable"
    for query in ("", "?v=1-older"):
        answer = client.get(f"/api/v1/exercises/clamshell/figure.svg{query}")
        assert (answer["Cache-Control"], "Cookie" in answer.get("Vary", "")) == ("public, max-age=3600", False)
    make_drawn("draft", status="draft")
    client.force_login(cast.curator)
    assert "Cookie" not in client.get(figure_url(exercise))["Vary"]
    assert client.get("/api/v1/exercises/draft/figure.svg")["Cache-Control"] == "private, no-cache"


def test_another_name_has_another_address() -> None:
    exercise = make_drawn(name="Clamshell")
    before = figure_url(exercise)
    exercise.name = "Clam"
    assert figure_url(exercise) != before


def test_other_poses_have_another_address() -> None:
    exercise = make_drawn()
    before = figure_url(exercise)
    exercise.poses_digest = poses_digest(CLAMSHELL | {"still": [1, 0]})
    assert figure_url(exercise) != before


def test_who_has_it_gets_304(client: Client) -> None:
    make_drawn()
    first = client.get("/api/v1/exercises/clamshell/figure.svg")
    again = client.get("/api/v1/exercises/clamshell/figure.svg", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = client.get("/api/v1/exercises/clamshell/figure.svg?theme=dark", headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200


def test_it_travels_compressed(client: Client) -> None:
    make_drawn()
    plain = client.get("/api/v1/exercises/clamshell/figure.svg")
    packed = client.get("/api/v1/exercises/clamshell/figure.svg", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    again = client.get(
        "/api/v1/exercises/clamshell/figure.svg",
        headers={"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]},
    )
    assert again.status_code == 304
    for header in ("ETag", "Vary", "Cache-Control"):
        assert again[header] == packed[header]
    assert packed["ETag"] == plain["ETag"]


def test_it_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    class Counted(figures.Drawing):
        def __init__(self, data: object) -> None:
            drawn.append(data)
            super().__init__(data)

    monkeypatch.setattr(figures, "Drawing", Counted)
    exercise = make_drawn()
    first = figure_file(exercise, kind="still")
    assert figure_file(exercise, kind="still") == first
    assert figure_file(exercise, kind="still", theme="dark") != first
    assert drawn == [CLAMSHELL]


def test_figures_can_be_drawn_before_anyone_asks() -> None:
    exercise = make_drawn()
    make_exercise("bare")
    assert not is_drawn(exercise)
    call_command("draw_figures", verbosity=0)
    assert is_drawn(exercise)


def test_poses_of_old_that_are_faulty_now_hold_up_nothing(
    client: Client, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    make_exercise("bent", poses=CLAMSHELL | {"base": "upside-down"}, poses_digest="bent")
    exercise = make_drawn()
    call_command("draw_figures")
    told = capsys.readouterr()
    assert (is_drawn(exercise), "1 drawn." in told.out, "bent can't be drawn: base" in told.err) == (True, True, True)
    assert client.get("/api/v1/exercises/bent/figure.svg").status_code == 404
    assert "The poses of bent can't be drawn" in caplog.text


def test_it_obeys_a_strict_policy(client: Client) -> None:
    make_drawn()
    answer = client.get("/api/v1/exercises/clamshell/figure.svg")
    assert "unsafe" not in answer["Content-Security-Policy"]
    for forbidden in (b"<style", b"style=", b"<script", b"href=", b"url(http"):
        assert forbidden not in answer.content
