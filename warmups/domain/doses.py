"""Doses: what fits an exercise, and how a dose reads. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from warmups.domain.durations import Dosed

SIDES = ("each", "left", "right")
# From and to, in the units of their names.
LIMITS = {"sets": (1, 10), "reps": (1, 200), "hold_seconds": (1, 600), "metres": (1, 2000), "rest_seconds": (0, 600)}
COUNTED = {"reps": ("reps",), "hold": ("reps", "hold_seconds"), "distance": ("metres",)}


def check_dose(*, mode: str, unilateral: bool, dose: Mapping[str, Any]) -> dict[str, ValidationError]:
    """What is wrong with a dose of an exercise counted in `mode`, by field; nothing if it fits.

    `dose` has sets, reps, hold_seconds, metres, sides and rest_seconds. What the mode counts is required, the rest
    stays empty. `sides` is each, left or right where the exercise is done one side after the other, else empty.
    """
    errors = {}
    for field, (low, high) in LIMITS.items():
        value = dose.get(field)
        if field in ("reps", "hold_seconds", "metres") and field not in COUNTED[mode]:
            if value is not None:
                errors[field] = ValidationError(_not_counted(mode), code="not_applicable")
        elif error := _out_of_range(value, low, high):
            errors[field] = error
    sides = dose.get("sides")
    if unilateral and sides not in SIDES:
        errors["sides"] = ValidationError(
            _("This exercise is done one side, then the other: choose each, left or right."), code="invalid_choice"
        )
    if not unilateral and sides is not None:
        errors["sides"] = ValidationError(
            _("This exercise works both sides at once or in turn: leave sides empty."), code="not_applicable"
        )
    return errors


def _not_counted(mode: str) -> str:
    if mode == "hold":
        return _("This exercise is held: give hold seconds, and leave this empty.")
    if mode == "distance":
        return _("This exercise is counted in metres: leave this empty.")
    return _("This exercise is counted in repetitions: leave this empty.")


def _out_of_range(value: object, low: int, high: int) -> ValidationError | None:
    if value is None:
        code = "required"
    elif isinstance(value, bool) or not isinstance(value, int):
        code = "invalid"
    elif value < low:
        code = "min_value"
    elif value > high:
        code = "max_value"
    else:
        return None
    return ValidationError(
        _("Give a whole number from %(low)d to %(high)d."), code=code, params={"low": low, "high": high}
    )


def dose_text(step: Dosed) -> str:
    """A dose in words: "2 × 8 each side", "3 × 10 s hold", "20 m", "80 reps"."""
    return f"{dose_numbers(step)} {dose_unit(step)}".strip()


def dose_numbers(step: Dosed) -> str:
    """The dose's numerals, for large print: "2 × 8", "3 × 10 s", "20 m"."""
    if step.mode == "hold":
        amount = _("%(seconds)d s") % {"seconds": step.hold_seconds or 0}
        times = [step.sets, step.reps or 1]
    elif step.mode == "distance":
        amount = _("%(metres)d m") % {"metres": step.metres or 0}
        times = [step.sets]
    else:
        amount = str(step.reps or 0)
        times = [step.sets]
    return " × ".join([*(str(number) for number in times if number != 1), amount])


def dose_unit(step: Dosed) -> str:
    """What goes with the numerals: "each side", "hold", "reps"; nothing where metres say it all."""
    side = {"each": _("each side"), "left": _("left side"), "right": _("right side")}.get(step.sides or "")
    if step.mode == "hold":
        return _("hold %(side)s") % {"side": side} if side else _("hold")
    if side or step.mode == "distance":
        return side or ""
    return ngettext("rep", "reps", step.reps or 0)
