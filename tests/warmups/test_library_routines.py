"""The library's routines keep what their names promise, and stay sensible when time is short."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.factories import NOW
from warmups.domain.content import CONTENT, Content, read
from warmups.domain.content_loading import load
from warmups.domain.coverage import ROLES
from warmups.domain.durations import routine_seconds
from warmups.domain.hints import in_phase_order
from warmups.domain.routines import MOST_STEPS
from warmups.domain.shorten import shorten
from warmups.models import Revision, Routine

# Seconds from and to, as name and description say.
LENGTHS = {
    "five-to-fire-up-the-glutes": (300, 360),
    "five-to-fire-up-the-glutes-standing": (240, 300),
    "three-minute-wake-up": (150, 180),
    "three-minutes": (150, 180),
    "five-minutes": (255, 300),
    "eight-minutes": (420, 480),
    "before-intervals": (270, 300),
    "before-a-long-run": (240, 270),
    "race-morning": (360, 420),
    "cold-morning": (240, 300),
    "first-run-back": (200, 240),
}
ON_THE_GROUND = {"five-to-fire-up-the-glutes"}
ALL_ROLES = {
    "five-minutes",
    "eight-minutes",
    "before-intervals",
    "before-a-long-run",
    "race-morning",
    "cold-morning",
    "first-run-back",
}


@dataclass(frozen=True)
class Movement:
    """What the files say about an exercise, as far as these tests ask."""

    slug: str
    name: str
    phase: str
    running_role: str
    category: str
    space: str
    difficulty: int
    lying: bool
    unilateral: bool
    complete: bool


@dataclass(frozen=True)
class Dose:
    """A step of a routine."""

    exercise: Movement
    mode: str
    seconds_per_rep: Decimal | None
    sets: int
    reps: int | None
    hold_seconds: int | None
    metres: int | None
    sides: str | None
    rest_seconds: int
    rank: int
    equipment: tuple[str, ...]
    note: str


@cache
def content() -> Content:
    """The files of the release, read once."""
    return read(CONTENT)


MOVEMENT = ("name", "phase", "running_role", "category", "space", "difficulty", "lying", "unilateral")
DOSE = ("sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds", "rank", "note")


@cache
def release() -> dict[str, list[Dose]]:
    """The steps of each routine, by its slug."""
    return {slug: [_dose(dict(step)) for step in routine.steps] for slug, routine in content().routines.items()}


def _dose(step: dict[str, Any]) -> Dose:
    row = content().exercises[step["exercise"]]
    document: dict[str, Any] = dict(row.document)
    return Dose(
        exercise=Movement(slug=step["exercise"], complete=row.complete, **{key: document[key] for key in MOVEMENT}),
        mode=document["mode"],
        seconds_per_rep=document["seconds_per_rep"],
        equipment=tuple(step["equipment"]),
        **{key: step[key] for key in DOSE},
    )


each_routine = pytest.mark.parametrize("slug", LENGTHS)


def test_the_library_has_these() -> None:
    assert list(release()) == list(LENGTHS)


@each_routine
def test_it_takes_as_long_as_it_says(slug: str) -> None:
    low, high = LENGTHS[slug]
    assert low <= routine_seconds(release()[slug]) <= high


@each_routine
def test_its_steps_are_sound(slug: str) -> None:
    steps = release()[slug]
    assert all(step.exercise.complete for step in steps)
    assert len({step.exercise.slug for step in steps}) == len(steps) <= MOST_STEPS
    assert steps == in_phase_order(steps)
    assert sorted(step.rank for step in steps) == list(range(1, len(steps) + 1))
    assert {step.sides for step in steps if step.exercise.unilateral} <= {"each"}
    assert {item for step in steps for item in step.equipment} == set()
    assert any(step.exercise.lying for step in steps) == (slug in ON_THE_GROUND)


@each_routine
def test_it_prepares_for_more_than_one_thing(slug: str) -> None:
    roles = {step.exercise.running_role for step in release()[slug]}
    assert len(roles) >= 2
    assert (roles == set(ROLES)) == (slug in ALL_ROLES)


@each_routine
def test_short_of_time_enough_is_left(slug: str) -> None:
    steps = release()[slug]
    two, three = shorten(steps, 2).kept, shorten(steps, 3).kept
    assert len(two) >= 2
    assert len(three) >= 3
    assert len({step.exercise.running_role for step in three}) >= 2


def test_the_everyday_ones_grow_from_each_other() -> None:
    five, eight = release()["five-minutes"], release()["eight-minutes"]
    assert [step.exercise.slug for step in shorten(five, 3).kept] == [
        step.exercise.slug for step in shorten(eight, 3).kept
    ]
    assert {step.exercise.slug for step in five} < {step.exercise.slug for step in eight}


def test_fast_runs_end_with_strides_that_stay_when_time_is_short() -> None:
    for slug in ("before-intervals", "race-morning"):
        steps = release()[slug]
        assert steps[-1].exercise.slug == "strides"
        assert steps[-1] in shorten(steps, 2).kept
        assert {step.exercise.phase for step in steps} == {"raise", "activate", "mobilise", "potentiate"}


def test_the_first_run_back_is_gentle() -> None:
    steps = release()["first-run-back"]
    assert {step.exercise.difficulty for step in steps} == {1}
    assert {step.exercise.phase for step in steps} & {"potentiate"} == set()
    assert {step.exercise.category for step in steps} & {"plyometric"} == set()
    assert "Pain says stop" in content().routines["first-run-back"].description


def test_the_cold_morning_is_done_on_the_spot() -> None:
    assert {step.exercise.space for step in release()["cold-morning"]} == {"spot"}


@each_routine
def test_it_is_told_calmly(slug: str) -> None:
    routine = content().routines[slug]
    assert 2 <= routine.description.count(". ") + 1 <= 4
    texts = [routine.name, routine.description, *(step["note"] for step in routine.steps)]
    assert not any("!" in text for text in texts)


@each_routine
def test_an_easier_exercise_that_a_note_offers_is_there(slug: str) -> None:
    """A note that says “Do the single-leg dip instead” names what the library calls so."""
    names = {row.document["name"].lower(): row.document for row in content().exercises.values()}
    for step in release()[slug]:
        if "Do the " in step.note:
            offered = step.note.split("Do the ")[1].split(" instead")[0]
            assert names[offered.lower()]["difficulty"] < step.exercise.difficulty


@pytest.mark.django_db
def test_a_release_with_more_and_changed_routines_comes_over_an_older_one(tmp_path: Path) -> None:
    older = tmp_path / "content"
    shutil.copytree(CONTENT, older)
    rows = yaml.safe_load((CONTENT / "routines.yaml").read_text(encoding="utf-8"))[:3]
    rows[0]["steps"][0]["note"] = "As it was before."
    (older / "routines.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
    load(older, now=NOW)
    assert dict(load(CONTENT, now=NOW).counts["routines"]) == {"added": len(LENGTHS) - 3, "changed": 1, "untouched": 2}
    changed = Routine.objects.get(slug=rows[0]["slug"])
    assert [changed.revisions.count(), changed.current] == [2, changed.revisions.get(number=2)]
    assert Revision.objects.get(routine=changed, number=1).steps.get(position=1).note == "As it was before."
    assert set(Routine.objects.library().values_list("slug", "published")) == {(slug, True) for slug in LENGTHS}
