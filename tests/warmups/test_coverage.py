"""What a routine covers: bands, unknown muscles, no average across studies."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warmups.test_durations import Dose, doses
from warmups.domain.coverage import ROLES, coverage, weight
from warmups.domain.durations import work_seconds
from warmups.evidence_chart import band


@dataclass(frozen=True)
class Exercise:
    pk: int = 1
    running_role: str = "force"
    muscle_slugs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Step(Dose):
    exercise: Exercise = Exercise()


@dataclass(frozen=True)
class Figure:
    muscle: SimpleNamespace
    study_id: int = 1
    mean: float | None = None
    low: float | None = None
    rankable: bool = True
    exercise_id: int = 1


GLUTE, CALF = SimpleNamespace(slug="gluteus-maximus"), SimpleNamespace(slug="soleus")
BRIDGE = Exercise(muscle_slugs=["gluteus-maximus"])
STEP = Step(exercise=BRIDGE)  # 24 seconds of work


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(0, 0.25), (20, 0.25), (20.5, 0.5), (40, 0.5), (41, 0.75), (60, 0.75), (60.1, 1), (61, 1), (400, 1)],
)
def test_bands(percent: float, expected: float) -> None:
    assert weight(percent) == expected


def test_work_is_weighted_by_the_band() -> None:
    found = coverage([STEP, STEP], [Figure(GLUTE, mean=33)])
    assert found == {
        "muscles": {"gluteus-maximus": 24},
        "roles": {"force": 48, "hip-extension": 0, "single-leg-stance": 0, "mobility": 0, "stiffness": 0},
    }


def test_unknown_is_not_nothing() -> None:
    assert coverage([STEP], [])["muscles"] == {"gluteus-maximus": None}


def test_figures_for_context_only_do_not_count() -> None:
    assert coverage([STEP], [Figure(GLUTE, mean=90, rankable=False)])["muscles"] == {"gluteus-maximus": None}


def test_figures_of_other_exercises_do_not_count() -> None:
    assert coverage([STEP], [Figure(GLUTE, mean=90, exercise_id=2)])["muscles"] == {"gluteus-maximus": None}


def test_a_measured_muscle_that_the_exercise_does_not_name_is_told() -> None:
    assert coverage([STEP], [Figure(CALF, mean=70)])["muscles"] == {"gluteus-maximus": None, "soleus": 24}


def test_what_is_known_from_one_step_counts_beside_an_unknown_one() -> None:
    other = Step(exercise=Exercise(pk=2, muscle_slugs=["gluteus-maximus"]))
    assert coverage([STEP, other], [Figure(GLUTE, mean=70)])["muscles"] == {"gluteus-maximus": 24}


def test_a_range_counts_by_its_lower_end() -> None:
    assert coverage([STEP], [Figure(GLUTE, low=41)])["muscles"] == {"gluteus-maximus": 18}


def test_studies_are_never_averaged() -> None:
    low, high = Figure(GLUTE, mean=10, study_id=1), Figure(GLUTE, mean=100, study_id=2)
    # An average would be 55, high, a band that neither study found; of two the lower counts.
    assert coverage([STEP], [low, high])["muscles"] == {"gluteus-maximus": 6}
    assert coverage([STEP], [low, high, Figure(GLUTE, mean=90, study_id=3)])["muscles"] == {"gluteus-maximus": 24}


def test_many_figures_of_one_study_are_one_voice() -> None:
    loud = [Figure(GLUTE, mean=100, study_id=1) for _ in range(5)]
    quiet = [Figure(GLUTE, mean=10, study_id=2), Figure(GLUTE, mean=12, study_id=3)]
    assert coverage([STEP], [*loud, *quiet])["muscles"] == {"gluteus-maximus": 6}


percents = st.floats(0, 400)
figures = st.builds(
    Figure,
    muscle=st.sampled_from([GLUTE, CALF]),
    study_id=st.integers(1, 4),
    mean=st.none() | percents,
    low=st.none() | percents,
    rankable=st.booleans(),
    exercise_id=st.integers(1, 3),
)
exercises = st.builds(
    Exercise,
    pk=st.integers(1, 3),
    running_role=st.sampled_from(ROLES),
    muscle_slugs=st.lists(st.sampled_from(["gluteus-maximus", "soleus", "iliopsoas"]), unique=True),
)
steps = st.lists(
    st.builds(lambda dose, exercise: Step(**dose.__dict__, exercise=exercise), doses, exercises), max_size=6
)


@given(steps, st.lists(figures, max_size=12))
def test_no_muscle_gets_more_than_the_work_done(some: list[Step], rows: list[Figure]) -> None:
    found = coverage(some, rows)
    work = sum(work_seconds(step) for step in some)
    assert all(value is None or 0 <= value <= work for value in found["muscles"].values())
    assert sum(found["roles"].values()) == work


@given(steps, st.lists(figures, max_size=12))
def test_the_order_never_matters(some: list[Step], rows: list[Figure]) -> None:
    assert coverage(some[::-1], rows[::-1]) == coverage(some, rows)


@given(steps, st.lists(figures, max_size=12))
def test_every_muscle_worked_is_named(some: list[Step], rows: list[Figure]) -> None:
    worked = {slug for step in some for slug in step.exercise.muscle_slugs}
    assert worked <= coverage(some, rows)["muscles"].keys()


@given(st.decimals(0, 400, places=2))
def test_page_and_weight_name_the_same_band(percent: Decimal) -> None:
    words = ["low", "moderate", "high", "very high"]
    assert words[int(weight(percent) * 4) - 1] == str(band(percent))
