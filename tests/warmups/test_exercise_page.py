"""The page of one exercise: how to do it, its ladder, what to do instead, who reviewed it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.conftest import Cast
from tests.factories import edit_exercise, make_activation, make_equipment, make_exercise, make_muscle, make_study
from tests.page_text import see
from warmups.ladder import ladder
from warmups.models import Exercise, ExerciseMuscle, Substitute

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]

POSED: dict[str, Any] = {
    "poses": {"desc": "The right leg stands.", "work": ["gluteus-medius_r"]},
    "poses_digest": "abc",
}


@pytest.fixture
def visitor(browser_of: BrowserOf) -> Client:
    return browser_of(None)


def html_of(client: Client, address: str) -> str:
    """A page as it is sent."""
    return client.get(address).content.decode()


def test_one_exercise(visitor: Client) -> None:
    exercise = make_exercise(
        "squat",
        name="Squat",
        aliases=["one-leg squat"],
        sets=2,
        mistakes=[{"mistake": "Knee falls in.", "fix": "Go less deep."}],
        leave_out="When knees hurt.",
        contraindications=["groin-pain", "balance-impairment"],
        equipment_substitutes="chair",
    )
    exercise.equipment.add(make_equipment("step"))
    muscle = make_muscle("gluteus-medius", name="glute med", in_running="Keeps the pelvis level.")
    ExerciseMuscle.objects.create(exercise=exercise, muscle=muscle, role="primary")
    other = make_muscle("gluteus-minimus", name="glute min")
    ExerciseMuscle.objects.create(exercise=exercise, muscle=other, role="secondary")
    text = see(visitor, "/exercises/squat/")
    for words in (
        "Stand tall on one leg.",
        "Also called one-leg squat",
        "2 × 8 each side",
        "Tempo 1-1-1: seconds out, pause, back",
        "Step",
        "Handy too: chair",
        "Difficulty 2 of 5",
        "Set-up Stand tall.",
        "1 Shift your weight. 2 Lift the other foot.",
        "Say to yourself Hips level.",
        "The outer hip works.",
        "Knee falls in. Go less deep.",
        "When knees hurt.",
        "In short: groin pain · trouble with balance",
        "Mainly glute med Besides glute min",
        "Glute med Keeps the pelvis level.",
    ):
        assert words in text, words


def test_a_hold_has_no_tempo(visitor: Client) -> None:
    make_exercise("plank", mode="hold", reps=1, hold_seconds=20, seconds_per_rep=None, tempo="hold")
    text = see(visitor, "/exercises/plank/")
    assert ("20 s hold each side" in text, "Tempo" in text) == (True, False)


def test_a_tempo_in_words(visitor: Client) -> None:
    make_exercise("strides", mode="distance", reps=None, metres=60, tempo="build to fast")
    assert "60 m each side Tempo: build to fast" in see(visitor, "/exercises/strides/")


def test_drafts_and_retired_ones(cast: Cast, browser_of: BrowserOf) -> None:
    make_exercise("draft", status="draft", summary="", instructions=[], cues=[])
    make_exercise("retired", status="retired")
    statuses = {
        person and person.name: [
            browser_of(person).get(f"/exercises/{slug}/").status_code for slug in ("draft", "retired")
        ]
        for person in (None, cast.athlete, cast.curator)
    }
    assert statuses == {None: [404, 200], "Ada Athlete": [404, 200], "Cleo Curator": [200, 200]}
    assert "This exercise is retired" in see(browser_of(None), "/exercises/retired/")
    assert "A draft: only curators see this page." in see(browser_of(cast.curator), "/exercises/draft/")


def test_hostile_words_are_words(visitor: Client) -> None:
    make_exercise("squat", name='<script>alert(1)</script>"', cues=["<b>x"], leave_out="{{ 7|add:7 }}", summary='"><b>')
    html = html_of(visitor, "/exercises/squat/")
    assert ("<script>alert" in html, "<b>x" in html, '"><b>' in html, "{{ 7|add:7 }}" in html) == (
        False,
        False,
        False,
        True,
    )


# --- For those who share it, and for search engines -------------------------------------------------------------------


def test_what_others_read_of_a_page(visitor: Client) -> None:
    make_exercise("squat", name="Squat", summary="Sit back.")
    html = html_of(visitor, "/exercises/squat/?side=left")
    assert '<link rel="canonical" href="http://testserver/exercises/squat/">' in html
    meta = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', html))
    assert (meta["description"], meta["og:title"], meta["og:description"], meta["og:url"], meta["og:type"]) == (
        "Sit back.",
        "Squat",
        "Sit back.",
        "http://testserver/exercises/squat/",
        "article",
    )
    assert "robots" not in meta


def test_its_picture_for_those_who_share_it(visitor: Client) -> None:
    make_exercise("squat", **POSED)
    make_exercise("plank")
    html = html_of(visitor, "/exercises/squat/")
    address = "http://testserver/api/v1/exercises/squat/figure.png"
    assert f'<meta property="og:image" content="{address}">' in html
    assert f'<link itemprop="image" href="{address}">' in html
    assert "figure.png" not in html_of(visitor, "/exercises/plank/")


def test_a_retired_one_is_not_for_search_engines(visitor: Client) -> None:
    make_exercise("old", status="retired")
    assert '<meta name="robots" content="noindex">' in html_of(visitor, "/exercises/old/")


def test_its_steps_are_marked_up(visitor: Client) -> None:
    make_exercise("squat", instructions=["One.", "Two."]).equipment.add(make_equipment("step"))
    html = html_of(visitor, "/exercises/squat/")
    assert (html.count("https://schema.org/HowToStep"), html.count('itemprop="text"')) == (2, 2)
    assert 'itemscope itemtype="https://schema.org/HowTo"' in html
    assert '<span itemprop="tool">Step</span>' in html


# --- The ladder, and what to do instead -------------------------------------------------------------------------------


def chain(*slugs: str, **of_one: str) -> list[Exercise]:
    """Exercises from easiest to hardest, each linked to its neighbours; `of_one` are statuses by slug."""
    rows = [make_exercise(slug, name=slug.title(), status=of_one.get(slug, "published")) for slug in slugs]
    for easier, harder in pairwise(rows):
        easier.harder, harder.easier = harder, easier
    for row in rows:
        edit_exercise(row)
    return rows


def rungs(client: Client, slug: str) -> list[str]:
    """The ladder on a page, hardest first; the one whose page it is in capitals."""
    found = client.get(f"/exercises/{slug}/").context["ladder"]
    return [rung.exercise.slug.upper() if rung.here else rung.exercise.slug for rung in found]


def test_the_ladder_from_each_of_its_rungs(visitor: Client) -> None:
    chain("stand", "dip", "squat", "hop")
    assert rungs(visitor, "squat") == ["hop", "SQUAT", "dip", "stand"]
    assert rungs(visitor, "stand") == ["hop", "squat", "dip", "STAND"]
    assert rungs(visitor, "hop") == ["HOP", "squat", "dip", "stand"]
    text = see(visitor, "/exercises/squat/")
    assert "harder Hop" in text
    assert "Squat You are here" in text
    assert {name: text.links.get(name) for name in ("Hop", "Squat", "Dip", "Stand")} == {
        "Hop": "/exercises/hop/",
        "Squat": None,
        "Dip": "/exercises/dip/",
        "Stand": "/exercises/stand/",
    }


def test_the_ladder_ends_where_nothing_is_published(visitor: Client) -> None:
    chain("stand", "dip", "squat", "hop", dip="draft", hop="retired")
    assert rungs(visitor, "squat") == []
    text = see(visitor, "/exercises/squat/")
    assert ("Easier and harder" in text, "Dip" in text, "Hop" in text) == (False, False, False)


def test_a_draft_stands_on_its_ladder(cast: Cast, browser_of: BrowserOf) -> None:
    chain("dip", "squat", "hop", squat="draft")
    assert rungs(browser_of(cast.curator), "squat") == ["hop", "SQUAT", "dip"]
    assert rungs(browser_of(cast.curator), "hop") == []


def test_a_loop_in_the_data_ends(visitor: Client) -> None:
    first, second, third = chain("a", "b", "c")
    edit_exercise(third, harder=first)
    edit_exercise(first, easier=third)
    assert rungs(visitor, "b") == ["a", "c", "B"]
    assert second.slug == "b"


@given(
    links=st.lists(
        st.tuples(st.none() | st.integers(0, 7), st.none() | st.integers(0, 7), st.booleans()), min_size=1, max_size=8
    ),
    own=st.integers(0, 7),
)
def test_any_links_make_a_ladder_with_each_rung_once(links: list[tuple[Any, Any, bool]], own: int) -> None:
    rows = [Exercise(pk=key, easier_id=easier, harder_id=harder) for key, (easier, harder, _shown) in enumerate(links)]
    here = rows[own % len(rows)]
    published = {row.pk: row for row, (_easier, _harder, shown) in zip(rows, links, strict=True) if shown}
    found = ladder(here, published)
    keys = [rung.exercise.pk for rung in found]
    assert len(keys) == len(set(keys))
    assert [rung.exercise.pk for rung in found if rung.here] == ([here.pk] if found else [])
    assert set(keys) <= {*published, here.pk}


def test_what_to_do_instead(visitor: Client) -> None:
    squat = make_exercise("squat")
    swaps = {"no-equipment": "bare", "no-floor": "march", "hurts": "gentle", "no-space": "hidden"}
    for when, slug in swaps.items():
        status = "draft" if slug == "hidden" else "published"
        other = make_exercise(slug, name=slug.title(), status=status)
        Substitute.objects.create(exercise=squat, when=when, substitute=other)
    Substitute.objects.create(exercise=squat, when="hurts", substitute=Exercise.objects.get(slug="march"))
    text = see(visitor, "/exercises/squat/")
    for words in ("Without equipment Bare", "When it hurts, without touching the ground March", "When it hurts Gentle"):
        assert words in text, words
    assert ("Hidden" in text, text.links["March"]) == (False, "/exercises/march/")


# --- The figure and its side ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "side"), [("", "right"), ("?side=left", "left"), ("?side=right", "right"), ("?side=up", "right")]
)
def test_the_figure_has_two_sides(visitor: Client, query: str, side: str) -> None:
    make_exercise("squat", unilateral=True, **POSED)
    html = html_of(visitor, f"/exercises/squat/{query}")
    # It is drawn from the right: only the other side is asked for by name.
    assert set(re.findall(r"figure\.svg\?[^\" ]*side=(\w+)", html)) == {side} - {"right"}
    assert f"The {side} leg stands." in html
    assert re.findall(r'href="\?side=(\w+)" aria-current="true"', html) == [side]
    assert set(re.findall(r'href="\?side=(\w+)"', html)) == {"left", "right"}


@pytest.mark.parametrize("fields", [POSED | {"unilateral": False}, {"unilateral": True}])
def test_without_sides_or_a_figure_there_is_no_switch(visitor: Client, fields: dict[str, Any]) -> None:
    make_exercise("squat", **fields)
    html = html_of(visitor, "/exercises/squat/?side=left")
    assert ("?side=" in html, "side=left" in html) == (False, False)


def test_the_figure_can_be_paused(visitor: Client) -> None:
    make_exercise("squat", **POSED)
    html = html_of(visitor, "/exercises/squat/")
    assert 'type="checkbox" id="pause-squat" aria-label="Pause the figure"' in html
    assert "still=1" in html


# --- Who reviewed it --------------------------------------------------------------------------------------------------


def test_nobody_reviewed_it(visitor: Client) -> None:
    make_exercise("squat")
    text = see(visitor, "/exercises/squat/")
    assert ("Prestride content, not yet reviewed by a clinician." in text, "Reviewed by" in text) == (True, False)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, "Reviewed by Dr. Ruth Rehm, physiotherapist on 4 May 2026."),
        (
            date(9999, 5, 4),
            "Reviewed by Dr. Ruth Rehm, physiotherapist on 4 May 2026. To be looked at again by 4 May 9999.",
        ),
        (
            date(2026, 5, 5),
            "Reviewed by Dr. Ruth Rehm, physiotherapist on 4 May 2026. It was to be looked at again by 5 May 2026, "
            "which has not happened yet.",
        ),
    ],
)
def test_who_reviewed_it(visitor: Client, due: date | None, said: str) -> None:
    make_exercise("squat", reviewed_by="Dr. Ruth Rehm, physiotherapist", reviewed_on=date(2026, 5, 4), review_due=due)
    text = see(visitor, "/exercises/squat/")
    assert (said in text, "not yet reviewed" in text) == (True, False)


def test_a_figure_of_another_exercise_is_not_shown(visitor: Client) -> None:
    make_exercise("squat")
    make_activation(make_exercise("hop"), study=make_study(citation="Hopper H, Journal"))
    assert "Hopper" not in see(visitor, "/exercises/squat/")
