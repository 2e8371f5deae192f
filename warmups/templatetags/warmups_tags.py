"""Figures, doses and durations, for templates."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.utils.translation import gettext as _

from warmups import routine_shapes
from warmups.domain import doses
from warmups.domain.durations import Dosed, minutes_begun
from warmups.domain.figures import figure_description, figure_url
from warmups.models import Exercise, Revision, Routine

register = template.Library()


@register.inclusion_tag("components/figure.html")
def figure(
    exercise: Exercise, *, moving: bool = False, stage: bool = False, size: str = "", side: str = ""
) -> dict[str, Any]:
    """Its figure: a still, whose name stands beside it, or `moving`.

    size: "small" shows one phase instead of two, "phone-small" does so on phones. With `stage` the picture also says
    where the large ones are, for the player's stage.
    """
    if not exercise.poses_digest:
        return {"exercise": exercise}

    def themed(kind: str) -> dict[str, str]:
        return {theme: figure_url(exercise, kind=kind, side=side, theme=theme) for theme in ("light", "dark")}

    return {
        "exercise": exercise,
        "still": themed("small" if size == "small" else "still"),
        "small": themed("small") if size == "phone-small" else None,
        "moving": themed("moving") if moving else None,
        "for_stage": {"moving": themed("moving"), "still": themed("still")} if stage else None,
        "description": figure_description(exercise, side=side) if moving else "",
    }


@register.filter
def dose(step: Dosed) -> str:
    """A step's or an exercise's dose: "2 × 8 each side"."""
    return doses.dose_text(step)


@register.filter
def dose_numbers(step: Dosed) -> str:
    """Its numerals, for large print, which never break: "2 × 8"."""
    return doses.dose_numbers(step).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def dose_unit(step: Dosed) -> str:
    """What goes with the numerals: "each side"."""
    return doses.dose_unit(step)


@register.filter
def minutes(seconds: int) -> str:
    """Seconds as people say them: "6 min", and "45 s" below a minute."""
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": seconds}
    return _("%(minutes)d min") % {"minutes": minutes_begun(seconds)}


@register.filter
def clock(seconds: int) -> str:
    """Seconds to the second: "4:05"."""
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def ticks(routine: Routine) -> list[routine_shapes.Tick]:
    """The steps of a routine's current revision as a line of ticks."""
    return routine_shapes.ticks(cast(Revision, routine.current).steps.all())
