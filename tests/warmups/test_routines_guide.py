"""What docs/routines.md tells coaches and runners in numbers is what the code does."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from django.conf import settings

from tests.warmups.test_library_routines import content, release
from warmups.domain.coverage import BANDS, TOP_WEIGHT
from warmups.domain.durations import (
    HOLD_CHANGE_SECONDS,
    SECONDS_PER_METRE,
    SECONDS_PER_REP,
    SET_UP_SECONDS,
    SIDE_CHANGE_SECONDS,
    routine_seconds,
)
from warmups.domain.hints import MOST_EXERCISES, MOST_MINUTES
from warmups.domain.suggestions import (
    DIFFICULTY_POINTS,
    LENGTH_POINTS,
    MUSCLE_TIERS,
    MUSCLE_WEIGHTS,
    NEEDS,
    PHASE_POINTS,
    ROLE_TIERS,
    VARIETY_POINTS,
)
from warmups.models import RunningRole

GUIDE = (Path(settings.BASE_DIR) / "docs" / "routines.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, without their head."""
    section = GUIDE.split(f"\n## {heading}")[1].split("\n## ")[0]
    lines = section.splitlines()
    told = [line for line in lines if line.startswith("| ")]
    heads = [before for before, line in pairwise(lines) if line.startswith("| ---")]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in told
        if line not in heads and not line.startswith("| ---")
    ]


def test_the_seconds() -> None:
    told = dict(rows("What the time is made of"))
    assert told["getting ready, once for each exercise"] == f"{SET_UP_SECONDS} s"
    assert f"({SECONDS_PER_REP} s where" in told["repetitions"]
    assert f"+ {HOLD_CHANGE_SECONDS} s" in told["holds"]
    assert f"({SECONDS_PER_METRE} s where" in told["metres"]
    assert f"and {SIDE_CHANGE_SECONDS} s to change" in told["each side"]
    squat = next(step for step in release()["three-minutes"] if step.exercise.slug == "single-leg-squat")
    assert f"= {routine_seconds([squat])} s" in GUIDE


def test_the_bands() -> None:
    shares = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 1.0: "in full"}
    wanted, low = [], 0
    for top, share in BANDS:
        wanted.append([f"{low} to {top}", shares[share]])
        low = top + 1
    wanted.append([f"above {BANDS[-1][0]}", shares[TOP_WEIGHT]])
    assert [[span, counts] for span, _called, counts in rows('What "covers" means')] == wanted


def test_when_it_is_too_long() -> None:
    words = {5: "five", 10: "ten"}
    assert f"more than {words[MOST_EXERCISES]} exercises or {words[MOST_MINUTES]} minutes" in " ".join(GUIDE.split())


def test_the_points() -> None:
    assert MUSCLE_TIERS == ROLE_TIERS == ((30, 1.0), (60, 0.5), (120, 0.25))
    assert set(MUSCLE_WEIGHTS.values()) == {3}
    told = {row[0]: row[1] for row in rows('"Suggest me one"') if len(row) == 2}
    assert told["muscles"].startswith("1 for each weighted second up to 30, ½ up to 60, ¼ up to 120; three times")
    assert told["running roles"].startswith("1 for each second up to 30, ½ up to 60, ¼ up to 120; twice")
    for name, points in (
        ("phases", PHASE_POINTS),
        ("variety", VARIETY_POINTS),
        ("difficulty", DIFFICULTY_POINTS),
        ("length", LENGTH_POINTS),
    ):
        assert told[name].split()[0] == str(points)


def test_what_each_run_needs() -> None:
    told = [row for row in rows('"Suggest me one"') if len(row) == 4]
    assert told == [
        [
            kind,
            ", ".join(needs.phases),
            ", ".join(str(RunningRole(role).label) for role in needs.roles),
            str(needs.difficulty),
        ]
        for kind, needs in NEEDS.items()
    ]


def test_the_library() -> None:
    wanted = []
    for slug, steps in release().items():
        minutes, seconds = divmod(routine_seconds(steps), 60)
        wanted.append([content().routines[slug].name, f"{minutes}:{seconds:02}"])
    assert [row[:2] for row in rows("The library's routines")] == wanted
