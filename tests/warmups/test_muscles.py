"""The body map, the pages of muscles, and which exercises work them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import yaml
from django.template.loader import render_to_string
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_activation, make_exercise, make_muscle, make_study
from warmups.body_map import BodyMap, body_map, drawn, linked_body_map
from warmups.body_shapes import BODY, DEEP, EDGES, GROUPS, HEIGHT, MIRRORED, REGIONS
from warmups.domain.content import CONTENT
from warmups.models import ExerciseMuscle, Muscle
from warmups.muscle_exercises import measured
from warmups.muscle_sections import sections

MUSCLES = yaml.safe_load((CONTENT / "muscles.yaml").read_text())
SLUGS = [muscle["slug"] for muscle in MUSCLES]


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def lit(found: BodyMap) -> dict[str, dict[str, str]]:
    """How each muscle is lit, by view."""
    return {view.key: {region.muscle: region.light for region in view.regions} for view in found.views}


# --- The texts -------------------------------------------------------------------------------------------------------


def test_every_muscle_says_where_it_is_and_what_it_does() -> None:
    assert len(SLUGS) == 37
    for muscle in MUSCLES:
        for text in (muscle["where"], muscle["in_running"]):
            assert 30 < len(text) < 300, muscle["slug"]
            assert text.endswith("."), muscle["slug"]
            assert "!" not in text, muscle["slug"]
        assert muscle["actions"], muscle["slug"]


# --- The drawing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
def test_every_muscle_is_drawn(slug: str) -> None:
    assert drawn([slug]) != []


def test_nothing_is_drawn_for_a_muscle_that_is_none() -> None:
    strays = {*REGIONS, *GROUPS, *DEEP, *(slug for slugs in GROUPS.values() for slug in slugs)} - set(SLUGS)
    assert strays == set()


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lights_all_its_muscles(group: str) -> None:
    assert set(GROUPS[group]) <= set(drawn([group]))


def test_the_glutes_lie_as_textbooks_say() -> None:
    def box(slug: str, view: str) -> tuple[float, float, float, float]:
        points = [point.removesuffix("!").split(",") for outline in REGIONS[slug][view] for point in outline.split()]
        xs, ys = [float(x) for x, _y in points], [float(y) for _x, y in points]
        return min(xs), min(ys), max(xs), max(ys)

    left, top, right, bottom = box("gluteus-medius", "side")
    small_left, small_top, small_right, small_bottom = box("gluteus-minimus", "side")
    assert left < small_left, "minimus lies under medius, within its outline"
    assert top < small_top
    assert small_right < right
    assert small_bottom < bottom
    big_left, big_top, _big_right, big_bottom = box("gluteus-maximus", "side")
    assert big_left < left, "maximus reaches furthest back"
    assert top < big_top, "and medius higher"
    assert bottom < big_bottom
    assert left < box("tensor-fasciae-latae", "side")[0], "the TFL lies in front of medius"


@pytest.mark.parametrize("view", BODY)
def test_everything_lies_inside_its_frame(view: str) -> None:
    left, width = EDGES[view]
    outlines = [BODY[view], *(outline for views in REGIONS.values() for outline in views.get(view, []))]
    for outline in outlines:
        for point in outline.split():
            x, y = map(float, point.removesuffix("!").split(","))
            assert left <= x <= left + width
            assert 0 <= y <= HEIGHT
            assert x >= 0, "in mirrored views one side is written down"


@pytest.mark.django_db
def test_both_sides_are_the_same() -> None:
    make_muscle("soleus")
    [back] = [view for view in body_map(primary=["soleus"]).views if view.key == "back"]
    [region] = back.regions
    starts = [int(x) for x in re.findall(r"M(-?\d+)", region.path)]
    assert [-x for x in starts[1::2]] == starts[::2]
    assert "back" in MIRRORED


# --- What is lit -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_views_in_which_nothing_is_lit_are_left_out() -> None:
    make_muscle("piriformis")
    assert lit(body_map(primary=["piriformis"])) == {"back": {"piriformis": "primary"}}
    every = lit(body_map(primary=["piriformis"], every_view=True))
    assert every == {"side": {}, "back": {"piriformis": "primary"}, "front": {}}


@pytest.mark.django_db
def test_what_is_worked_mainly_outshines_what_is_worked_besides() -> None:
    for slug in ("biceps-femoris", "hamstrings-group"):
        make_muscle(slug)
    found = body_map(primary=["biceps-femoris"], secondary=["hamstrings-group", "biceps-femoris"])
    assert lit(found)["back"] == {
        "biceps-femoris": "primary",
        "semitendinosus": "secondary",
        "semimembranosus": "secondary",
    }
    assert [muscle.slug for muscle in found.secondary] == ["hamstrings-group"]


@pytest.mark.django_db
def test_a_muscle_that_is_not_drawn_is_named_all_the_same() -> None:
    make_muscle("earlobe", name="ear lobe")
    found = body_map(primary=["earlobe", "no-such-muscle"])
    assert (found.views, [muscle.name for muscle in found.primary]) == ([], ["ear lobe"])
    assert found.description == "Lit strongly: ear lobe."


@pytest.mark.django_db
def test_nothing_lit_is_an_empty_map() -> None:
    assert body_map() == BodyMap([], [], [], "", any_deep=False, linked=False)


@pytest.mark.django_db
def test_the_picture_is_told_in_words() -> None:
    make_muscle("gluteus-medius", name="glute med")
    make_muscle("soleus", name="calf (deep)")
    found = body_map(primary=["gluteus-medius"], secondary=["soleus"])
    assert found.description == (
        "A person from the side, back and front. Lit strongly: glute med. Lit lightly: calf (deep)."
    )
    html = render_to_string("components/body_map.html", {"map": found})
    assert f'role="img" aria-label="{found.description}"' in html
    assert re.findall(r'<a class="chip" href="([^"]+)">([^<]+)</a>', html) == [
        ("/muscles/gluteus-medius/", "glute med"),
        ("/muscles/soleus/", "calf (deep)"),
    ]
    assert html.count("body-map__muscle--secondary") == 3 + 1, "in three views and in the list"
    assert 'class="body-map__legend"' not in render_to_string(
        "components/body_map.html", {"map": found, "legend": False}
    )


@pytest.mark.django_db
def test_a_name_cannot_break_out_of_the_picture() -> None:
    make_muscle("soleus", name='"><script>')
    html = render_to_string("components/body_map.html", {"map": body_map(primary=["soleus"])})
    assert "<script>" not in html


@pytest.mark.django_db
def test_deep_muscles_are_told_apart() -> None:
    make_muscle("gluteus-minimus")
    make_muscle("gluteus-medius")
    assert body_map(primary=["gluteus-minimus"]).any_deep
    assert not body_map(primary=["gluteus-medius"]).any_deep


@pytest.mark.django_db
def test_a_map_with_much_lit_stays_small() -> None:
    for slug in SLUGS:
        make_muscle(slug)
    common = body_map(primary=["gluteus-medius", "gluteus-maximus"], secondary=["hamstrings-group", "soleus"])
    assert len(render_to_string("components/body_map.html", {"map": common})) < 20_000
    surface = linked_body_map(Muscle.objects.all())
    assert len(render_to_string("components/body_map.html", {"map": surface})) < 24_000


@given(st.lists(st.sampled_from(SLUGS), max_size=12))
def test_every_drawn_region_exists(slugs: list[str]) -> None:
    found = drawn(slugs)
    assert set(found) <= set(REGIONS)
    assert len(found) == len(set(found))


# --- Bands -----------------------------------------------------------------------------------------------------------


def told(*figures: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The bands of these figures: key, and of each exercise name, span and sources."""
    return [
        (band.key, [(item.exercise.name, item.span, item.sources) for item in band.exercises])
        for band in measured(figures)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mean", "key"),
    [(0, "low"), (20, "low"), (21, "moderate"), (40, "moderate"), (41, "high"), (60, "high"), (61, "very-high")],
)
def test_a_figure_stands_in_its_band(mean: int, key: str) -> None:
    figure = make_activation(make_exercise(name="Squat"), mean=mean)
    assert told(figure) == [(key, [("Squat", str(mean), "1 study")])]


@pytest.mark.django_db
def test_bands_say_their_borders_from_the_top() -> None:
    figures = [make_activation(make_exercise(), mean=mean) for mean in (10, 30, 50, 70)]
    bands = measured(figures)
    assert [(band.key, band.percent) for band in bands] == [
        ("very-high", "above 60"),
        ("high", "41–60"),
        ("moderate", "21–40"),
        ("low", "0–20"),
    ]


@pytest.mark.django_db
def test_within_a_band_names_give_the_order_and_not_figures() -> None:
    figures = [
        make_activation(make_exercise(name=name), mean=mean) for name, mean in (("B", 99), ("A", 61), ("C", 120))
    ]
    [(key, exercises)] = told(*figures)
    assert (key, [name for name, _span, _sources in exercises]) == ("very-high", ["A", "B", "C"])


@pytest.mark.django_db
def test_studies_are_never_averaged() -> None:
    # Their mean would be 50, high; two of three say moderate.
    squat = make_exercise(name="Squat")
    figures = [make_activation(squat, mean=mean) for mean in (30, 30, 90)]
    assert told(*figures) == [("moderate", [("Squat", "30–90", "3 studies")])]


@pytest.mark.django_db
def test_a_study_with_many_figures_counts_once() -> None:
    squat, loud = make_exercise(name="Squat"), make_study()
    figures = [make_activation(squat, mean=90, study=loud) for _ in range(5)]
    figures += [make_activation(squat, mean=30), make_activation(squat, mean=35)]
    assert told(*figures) == [("moderate", [("Squat", "30–90", "3 studies")])]


@pytest.mark.django_db
def test_ranges_and_floors() -> None:
    span = make_activation(make_exercise(name="Span"), mean=None, low=49, high=55)
    floor = make_activation(make_exercise(name="Floor"), mean=None, low=41, high=None)
    nothing = make_activation(make_exercise(name="Nothing"), mean=None)
    assert told(span, floor, nothing) == [("high", [("Floor", "at least 41", "1 study"), ("Span", "49–55", "1 study")])]


@pytest.mark.django_db
def test_second_hand_is_said() -> None:
    quoted = make_activation(make_exercise(name="A"), source_kind="secondary_quote")
    partly = make_exercise(name="B")
    figures = [make_activation(partly), make_activation(partly, source_kind="secondary_quote")]
    [(_key, exercises)] = told(quoted, *figures)
    assert exercises == [
        ("A", "60", "1 study, quoted at second hand"),
        ("B", "60", "2 studies, partly quoted at second hand"),
    ]


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def visitor(db: None, browser_of: Callable[..., Client]) -> Client:
    """Anybody."""
    return browser_of(None)


def works(exercise: Any, slug: str, role: str) -> None:
    """Say that an exercise works a muscle."""
    ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(slug), role=role)


def test_the_page_of_a_muscle(visitor: Client) -> None:
    muscle = make_muscle(
        "gluteus-medius",
        name="glute med",
        latin_name="Musculus gluteus medius",
        where="On the outside of your hip.",
        in_running="It keeps your pelvis level.",
        actions=["lifts the leg"],
    )
    make_activation(make_exercise("squat", name="Squat"), muscle, mean=64)
    works(make_exercise("walk", name="Band walk", summary="Step sideways."), "gluteus-medius", "primary")
    works(make_exercise("plank", name="Plank"), "gluteus-medius", "secondary")
    answer = visitor.get("/muscles/gluteus-medius/")
    said = words(answer)
    for sentence in ("Glute med", "Musculus gluteus medius", "On the outside of your hip.", "Lifts the leg"):
        assert sentence in said
    order = [said.index(part) for part in ("Very high", "Squat", "not measured here", "Band walk", "Plank")]
    assert order == sorted(order)
    assert '<link rel="canonical" href="' in answer.content.decode()


def test_only_published_and_comparable_figures_count(visitor: Client) -> None:
    muscle = make_muscle("soleus")
    make_activation(make_exercise(name="Draft hop", status="draft"), muscle)
    make_activation(make_exercise(name="Retired hop", status="retired"), muscle)
    heavy = make_exercise(name="Heavy raise")
    make_activation(heavy, muscle, rankable=False)
    works(heavy, "soleus", "primary")
    works(make_exercise(name="Draft raise", status="draft"), "soleus", "primary")
    said = words(visitor.get("/muscles/soleus/"))
    assert [name in said for name in ("Draft hop", "Retired hop", "Draft raise", "Heavy raise")] == [False] * 3 + [True]
    assert ("%MVIC" in said, "Not measured here" in said) == (False, True)


def test_a_figure_for_another_muscle_is_none_for_this_one(visitor: Client) -> None:
    squat = make_exercise(name="Squat")
    make_activation(squat, make_muscle("gluteus-maximus"), mean=99)
    works(squat, "soleus", "secondary")
    said = words(visitor.get("/muscles/soleus/"))
    assert ("Squat" in said, "99" in said) == (True, False)


def test_what_works_a_group_works_its_muscles(visitor: Client) -> None:
    make_muscle("semitendinosus", name="inner hamstring")
    make_muscle("hamstrings-group", name="hamstrings")
    works(make_exercise(name="Bridge"), "hamstrings-group", "primary")
    assert "Bridge" in words(visitor.get("/muscles/semitendinosus/"))
    group = words(visitor.get("/muscles/hamstrings-group/"))
    assert ("Bridge" in group, "Its parts: inner hamstring" in group) == (True, True)
    # Not the other way round: what works one of them need not work all.
    works(make_exercise(name="Curl"), "semitendinosus", "primary")
    assert "Curl" not in words(visitor.get("/muscles/hamstrings-group/"))


def test_an_exercise_that_works_a_muscle_and_its_group_stands_once(visitor: Client) -> None:
    bridge = make_exercise("bridge", name="Bridge")
    works(bridge, "semitendinosus", "primary")
    works(bridge, "hamstrings-group", "secondary")
    page = visitor.get("/muscles/semitendinosus/").content.decode()
    assert page.count('href="/exercises/bridge/"') == 1
    assert "Besides" not in page


def test_a_muscle_without_exercises_says_so(visitor: Client) -> None:
    make_muscle("deltoid")
    assert "No exercise for it yet" in words(visitor.get("/muscles/deltoid/"))


@pytest.mark.parametrize("slug", ["no-such", "%00", "gluteus%20medius", "x" * 3000, "ü"])
def test_unknown_muscles_are_not_found(visitor: Client, slug: str) -> None:
    assert visitor.get(f"/muscles/{slug}/").status_code == 404


def test_the_index_names_every_muscle_the_glutes_first(visitor: Client) -> None:
    for muscle in MUSCLES:
        make_muscle(muscle["slug"], name=muscle["name"], region=muscle["region"])
    page = visitor.get("/muscles/").content.decode()
    rows = re.findall(r'<a class="muscles__link" href="/muscles/([\w-]+)/">', page)
    assert (sorted(rows), rows[:3]) == (sorted(SLUGS), ["gluteus-maximus", "gluteus-medius", "gluteus-minimus"])
    # Each region of the map leads somewhere, and whoever goes by keyboard goes by the list.
    links = re.findall(r'<a href="/muscles/([\w-]+)/" tabindex="-1"><title>', page)
    assert set(links) == set(REGIONS)


def test_a_muscle_of_a_new_region_is_listed_too(db: None) -> None:
    ear = make_muscle("earlobe", region="ear")
    [section] = sections([ear])
    assert (section.key, section.muscles) == ("others", [ear])


def test_an_empty_index_is_a_page(visitor: Client) -> None:
    assert visitor.get("/muscles/").status_code == 200
