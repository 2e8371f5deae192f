"""The suggester: the best there is, as a look at every choice says; every wish kept; what is impossible is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from plans.models.runs import RunKind
from tests.factories import NOW, make_activation, make_equipment, make_exercise, make_muscle
from warmups.domain.content import CONTENT
from warmups.domain.content_loading import load
from warmups.domain.coverage import ROLES
from warmups.domain.routines import MOST_STEPS
from warmups.domain.suggesting import MOST_MINUTES, impossible, why
from warmups.domain.suggestion_solver import choose
from warmups.domain.suggestions import (
    ALL_PHASES,
    MUSCLE_TIERS,
    NEEDS,
    Candidate,
    Wishes,
    gained,
    in_order,
    points,
    possible,
    refusals,
    tiered,
)

MUSCLES = ("gluteus-maximus", "gluteus-medius", "soleus")
TAGS = ("groin-pain", "wrist-pain")


@st.composite
def libraries(draw: st.DrawFn) -> list[Candidate]:
    """Up to eight exercises."""
    count = draw(st.integers(1, 8))
    return [
        Candidate(
            slug=f"e{number}",
            seconds=draw(st.integers(15, 150)),
            muscles=draw(
                st.dictionaries(st.sampled_from(MUSCLES), st.integers(1, 120).map(lambda n: n / 4), max_size=3)
            ),
            role=draw(st.sampled_from(ROLES)),
            role_seconds=draw(st.integers(5, 120)),
            phase=draw(st.sampled_from(ALL_PHASES)),
            position=draw(st.sampled_from(["standing", "supine", "moving"])),
            difficulty=draw(st.integers(1, 5)),
            lying=draw(st.booleans()),
            equipment=frozenset(draw(st.sets(st.sampled_from(["mini-band", "step"]), max_size=1))),
            contraindications=frozenset(draw(st.sets(st.sampled_from(TAGS), max_size=1))),
        )
        for number in range(count)
    ]


WISHES = st.builds(
    Wishes,
    minutes=st.integers(1, 8),
    equipment=st.frozensets(st.sampled_from(["mini-band", "step"])),
    lying=st.booleans(),
    run_kind=st.sampled_from(list(NEEDS)),
    max_difficulty=st.integers(1, 5),
    avoid=st.frozensets(st.sampled_from(TAGS)),
    include=st.lists(st.sampled_from(["e0", "e1", "e9"]), unique=True, max_size=2).map(tuple),
)


def every_choice(candidates: list[Candidate], wishes: Wishes) -> Iterator[tuple[Candidate, ...]]:
    """All that the wishes allow."""
    allowed = [row for row in candidates if not refusals(row, wishes)]
    for count in range(1, len(allowed) + 1):
        for chosen in combinations(allowed, count):
            slugs = {row.slug for row in chosen}
            if sum(row.seconds for row in chosen) <= wishes.seconds and slugs >= set(wishes.include):
                yield chosen


@settings(max_examples=150, deadline=None)
@given(libraries(), WISHES)
def test_it_is_the_best_there_is(candidates: list[Candidate], wishes: Wishes) -> None:
    best = max((points(chosen, wishes.run_kind).total for chosen in every_choice(candidates, wishes)), default=None)
    by_slug = {row.slug: row for row in candidates}
    problems = impossible(by_slug, wishes, names={slug: slug for slug in by_slug})
    assert bool(problems) == (best is None)
    if best is None:
        return
    choice = choose(possible(candidates, wishes), wishes)
    assert choice is not None
    assert (choice.objective, choice.proven_optimal) == (pytest.approx(best, abs=1e-3), True)
    allowed = [{row.slug for row in chosen} for chosen in every_choice(candidates, wishes)]
    assert {row.slug for row in choice.chosen} in allowed
    ordered = in_order(choice.chosen)
    assert [ALL_PHASES.index(row.phase) for row in ordered] == sorted(ALL_PHASES.index(row.phase) for row in ordered)
    assert all(why(row, ordered, wishes, {}) for row in ordered)


@settings(max_examples=100, deadline=None)
@given(libraries(), WISHES)
def test_what_is_told_to_relax_helps(candidates: list[Candidate], wishes: Wishes) -> None:
    by_slug = {row.slug: row for row in candidates}
    problems = impossible(by_slug, wishes, names={slug: slug for slug in by_slug})
    assert problems.keys() <= {"minutes", "equipment", "lying", "max_difficulty", "avoid", "include"}
    if "include" in problems:
        assert wishes.include
        return
    if wishes.include and "minutes" in problems:
        needed = -(-sum(by_slug[slug].seconds for slug in wishes.include) // 60)
        assert not impossible(by_slug, replace(wishes, minutes=needed), names={})
        return
    wide = {"minutes": MOST_MINUTES, "equipment": frozenset({"mini-band", "step"}), "lying": True, "max_difficulty": 5}
    wide["avoid"] = frozenset()
    relaxed = replace(wishes, **{name: value for name, value in wide.items() if name in problems})
    if len(problems) == 1:
        assert next(every_choice(candidates, relaxed), None) is not None


@given(st.floats(0, 500), st.floats(0, 500))
def test_more_seconds_earn_more_and_each_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert tiered(low, MUSCLE_TIERS) <= tiered(high, MUSCLE_TIERS)
    assert tiered(low, MUSCLE_TIERS) + tiered(high - low, MUSCLE_TIERS) >= tiered(high, MUSCLE_TIERS) - 1e-9


@given(libraries(), st.sampled_from(list(NEEDS)))
def test_what_is_gained_is_what_would_be_lost(candidates: list[Candidate], run_kind: str) -> None:
    for row in candidates:
        for value in gained(row, candidates, run_kind).by_reason.values():
            assert value > 0


def test_every_kind_of_run_has_its_needs() -> None:
    assert set(NEEDS) == set(RunKind.values)
    assert all(set(needs.roles) <= set(ROLES) and set(needs.phases) <= set(ALL_PHASES) for needs in NEEDS.values())


# --- The API ----------------------------------------------------------------------------------------------------------
SUGGEST = "/api/v1/routines/suggest/"
db = pytest.mark.django_db


def suggest(client: APIClient, **wishes: Any) -> Any:
    return client.post(SUGGEST, wishes, format="json")


@pytest.fixture
def visitor() -> APIClient:
    return APIClient()


@db
@pytest.mark.parametrize("minutes", [3, 5, 8, 20])
def test_a_suggestion_from_all_that_we_ship(visitor: APIClient, minutes: int) -> None:
    load(CONTENT, now=NOW)
    answer = suggest(visitor, minutes=minutes, run_kind="intervals", equipment=["mini-band"], avoid=["groin-pain"])
    assert answer.status_code == 200
    body = answer.json()
    assert body["proven_optimal"] is True
    assert minutes * 30 < body["duration_seconds"] <= minutes * 60
    slugs = [step["exercise"] for step in body["steps"]]
    assert len(set(slugs)) == len(slugs)
    assert [step["position"] for step in body["steps"]] == list(range(1, len(slugs) + 1))
    assert sorted(step["rank"] for step in body["steps"]) == list(range(1, len(slugs) + 1))
    assert all(step["why"] for step in body["steps"])
    assert set(body["coverage"]["roles"]) == set(ROLES)


@db
def test_three_standing_minutes_before_a_race(visitor: APIClient) -> None:
    load(CONTENT, now=NOW)
    answer = suggest(visitor, minutes=3, lying=False, run_kind="race")
    assert (answer.status_code, answer.json()["proven_optimal"]) == (200, True)
    for step in answer.json()["steps"]:
        assert visitor.get(f"/api/v1/exercises/{step['exercise']}/").json()["lying"] is False


@db
def test_the_wishes_bind(visitor: APIClient) -> None:
    band = make_equipment("mini-band")
    make_exercise("plain", running_role="force")
    make_exercise("banded", running_role="hip-extension").equipment.add(band)
    make_exercise("lying", lying=True, running_role="mobility")
    make_exercise("hard", difficulty=5, running_role="stiffness")
    make_exercise("sore", contraindications=["groin-pain"], running_role="single-leg-stance")
    make_exercise("draft", status="draft")
    make_exercise("retired", status="retired")

    def slugs(**wishes: Any) -> set[str]:
        return {step["exercise"] for step in suggest(visitor, minutes=30, **wishes).json()["steps"]}

    everything = {"plain", "banded", "lying", "hard", "sore"}
    assert slugs(equipment=["mini-band"]) == everything
    assert slugs() == everything - {"banded"}
    assert slugs(lying=False) == everything - {"banded", "lying"}
    assert slugs(max_difficulty=2) == everything - {"banded", "hard"}
    assert slugs(avoid=["groin-pain"]) == everything - {"banded", "sore"}


@db
def test_what_is_asked_for_is_in_it(visitor: APIClient) -> None:
    for slug in "abcdef":
        make_activation(make_exercise(slug), make_muscle())
    make_exercise("dull")
    [first] = suggest(visitor, minutes=2, include=["dull"]).json()["steps"]
    assert (first["exercise"], first["why"].startswith("You asked for it.")) == ("dull", True)


@db
@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 61}, "minutes"),
        ({"minutes": "x"}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"minutes": 5, "equipment": ["rope"]}, "equipment.0"),
        ({"minutes": 5, "equipment": "step"}, "equipment"),
        ({"minutes": 5, "run_kind": "swim"}, "run_kind"),
        ({"minutes": 5, "max_difficulty": 6}, "max_difficulty"),
        ({"minutes": 5, "avoid": ["boredom"]}, "avoid.0"),
        ({"minutes": 5, "include": ["no-such"]}, "include"),
        ({"minutes": 5, "include": ["draft"]}, "include"),
        ({"minutes": 5, "include": ["a\x00"]}, "include"),
        ({"minutes": 5, "include": ["banded"]}, "include"),
        ({"minutes": 1, "include": ["plain", "other"]}, "minutes"),
        ({"minutes": 5, "avoid": ["groin-pain"]}, "avoid"),
        ({"minutes": 5, "lying": "maybe"}, "lying"),
    ],
)
def test_impossible_and_bad_wishes_name_the_field(visitor: APIClient, wishes: dict[str, Any], field: str) -> None:
    make_equipment("step")
    make_exercise("plain", contraindications=["groin-pain"])
    make_exercise("other", contraindications=["groin-pain"])
    make_exercise("banded", contraindications=["groin-pain"]).equipment.add(make_equipment("mini-band"))
    make_exercise("draft", status="draft")
    answer = suggest(visitor, **wishes)
    assert answer.status_code == 400
    assert field in {
        error["field"].removesuffix(".0") if "." not in field else error["field"] for error in answer.json()["errors"]
    }


def test_it_has_no_more_steps_than_a_routine_may_have() -> None:
    many = [
        Candidate(f"e{n}", 20, {f"m{n}": 30}, "force", 10, "activate", f"p{n}", difficulty=1)
        for n in range(MOST_STEPS + 5)
    ]
    choice = choose(many, Wishes(MOST_MINUTES))
    assert choice is not None
    assert (len(choice.chosen), choice.proven_optimal) == (MOST_STEPS, True)


@db
def test_an_empty_library_is_told(visitor: APIClient) -> None:
    assert [error["field"] for error in suggest(visitor, minutes=5).json()["errors"]] == ["minutes"]


@db
def test_it_costs_the_same_for_a_larger_library(
    visitor: APIClient, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(12):
        make_activation(make_exercise(f"e{number}"), make_muscle(f"m{number % 3}"))
    with django_assert_max_num_queries(12):
        assert suggest(visitor, minutes=30).status_code == 200
