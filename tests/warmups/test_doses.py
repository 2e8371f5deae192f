"""How doses read, and which fit an exercise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.warmups.test_durations import HOLD, METRES, Dose
from warmups.domain.doses import check_dose, dose_text


@pytest.mark.parametrize(
    ("dose", "text"),
    [
        (Dose(sets=2, sides="each"), "2 × 8 each side"),
        (Dose(sides="each"), "8 each side"),
        (Dose(sides="left"), "8 left side"),
        (Dose(sets=3, sides="right"), "3 × 8 right side"),
        (Dose(reps=80), "80 reps"),
        (Dose(reps=1), "1 rep"),
        (Dose(sets=2, reps=10), "2 × 10 reps"),
        (replace(HOLD, sets=3, reps=1, hold_seconds=10), "3 × 10 s hold"),
        (HOLD, "5 × 5 s hold"),
        (replace(HOLD, sets=2), "2 × 5 × 5 s hold"),
        (replace(HOLD, reps=None, hold_seconds=20, sides="each"), "20 s hold each side"),
        (METRES, "60 m"),
        (replace(METRES, sets=3), "3 × 60 m"),
        (replace(METRES, metres=15, sides="each"), "15 m each side"),
    ],
)
def test_dose_text(dose: Dose, text: str) -> None:
    assert dose_text(dose) == text


REPS = {"sets": 1, "reps": 8, "hold_seconds": None, "metres": None, "sides": None, "rest_seconds": 0}


@pytest.mark.parametrize(
    ("mode", "unilateral", "change", "wrong"),
    [
        ("reps", False, {}, {}),
        ("reps", True, {"sides": "each"}, {}),
        ("reps", False, {"sets": 10, "reps": 200, "rest_seconds": 600}, {}),
        ("reps", False, {"sets": 0}, {"sets": "min_value"}),
        ("reps", False, {"sets": 11}, {"sets": "max_value"}),
        ("reps", False, {"sets": None}, {"sets": "required"}),
        ("reps", False, {"sets": True}, {"sets": "invalid"}),
        ("reps", False, {"sets": "2"}, {"sets": "invalid"}),
        ("reps", False, {"reps": 0}, {"reps": "min_value"}),
        ("reps", False, {"reps": 201}, {"reps": "max_value"}),
        ("reps", False, {"reps": 10**30}, {"reps": "max_value"}),
        ("reps", False, {"reps": None}, {"reps": "required"}),
        ("reps", False, {"hold_seconds": 5}, {"hold_seconds": "not_applicable"}),
        ("reps", False, {"metres": 5}, {"metres": "not_applicable"}),
        ("reps", False, {"rest_seconds": -1}, {"rest_seconds": "min_value"}),
        ("reps", False, {"rest_seconds": 601}, {"rest_seconds": "max_value"}),
        ("reps", False, {"sides": "each"}, {"sides": "not_applicable"}),
        ("reps", True, {"sides": None}, {"sides": "invalid_choice"}),
        ("reps", True, {"sides": "both"}, {"sides": "invalid_choice"}),
        ("hold", False, {"reps": 1, "hold_seconds": 600}, {}),
        ("hold", False, {"hold_seconds": 601}, {"hold_seconds": "max_value"}),
        ("hold", False, {}, {"hold_seconds": "required"}),
        ("distance", False, {"reps": None, "metres": 2000}, {}),
        ("distance", False, {"reps": None, "metres": 2001}, {"metres": "max_value"}),
        ("distance", False, {}, {"reps": "not_applicable", "metres": "required"}),
        ("reps", True, {"sets": 0, "reps": 0}, {"sets": "min_value", "reps": "min_value", "sides": "invalid_choice"}),
    ],
)
def test_check_dose(mode: str, unilateral: bool, change: dict[str, Any], wrong: dict[str, str]) -> None:
    found = check_dose(mode=mode, unilateral=unilateral, dose=REPS | change)
    assert {name: error.code for name, error in found.items()} == wrong
