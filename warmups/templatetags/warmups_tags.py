"""Doses and durations in words, for templates."""

from __future__ import annotations

from typing import cast

from django import template
from django.utils.translation import gettext as _

from warmups import routine_shapes
from warmups.domain import doses
from warmups.domain.durations import Dosed
from warmups.models import Revision, Routine

register = template.Library()


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
