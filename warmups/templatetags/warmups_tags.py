"""Figures, doses and durations, for templates."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.utils.translation import gettext as _

from warmups import routine_shapes
from warmups.domain import doses
from warmups.domain.durations import Dosed
from warmups.domain.figures import figure_description, figure_url
from warmups.models import Exercise, Revision, Routine

register = template.Library()


@register.inclusion_tag("components/figure.html")
def figure(
    exercise: Exercise, *, moving: bool = False, stage: bool = False, side: str = "", named: bool = False
) -> dict[str, Any]:
    """Its figure. In lists a still, whose name stands beside it; `named` where the picture has to say more.

    With `stage` the still also says where the moving one is, for the player's stage.
    """
    if not exercise.poses_digest:
        return {"exercise": exercise}

    def url(**wanted: Any) -> str:
        return figure_url(exercise, side=side, **wanted)

    context = {
        "exercise": exercise,
        "still": url(still=True),
        "still_dark": url(still=True, theme="dark"),
        "description": figure_description(exercise, side=side) if moving or named else "",
    }
    if moving:
        context |= {"moving": url(), "moving_dark": url(theme="dark")}
    if stage:
        context |= {"for_stage": url(), "for_stage_dark": url(theme="dark")}
    return context


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
    return _("%(minutes)d min") % {"minutes": round(seconds / 60)}


@register.filter
def ticks(routine: Routine) -> list[routine_shapes.Tick]:
    """The steps of a routine's current revision as a line of ticks."""
    return routine_shapes.ticks(cast(Revision, routine.current).steps.all())
