"""What a coach may want to look at again in a routine: hints, never a block. Values only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from warmups.domain.coverage import ROLES
from warmups.domain.durations import Dosed, minutes_begun, routine_seconds, work_seconds
from warmups.domain.suggestions import ALL_PHASES
from warmups.models import RunningRole

# The more exercises, the less is done: judgement, and what "five" in our best-known routine stands for.
MOST_EXERCISES = 5
MOST_MINUTES = 10


class Moved(Protocol):
    """What hints ask of an exercise."""

    @property
    def name(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def running_role(self) -> str: ...


class Step(Dosed, Protocol):
    """A dose of an exercise."""

    @property
    def exercise(self) -> Moved: ...


S = TypeVar("S", bound=Step)


class Hint(NamedTuple):
    """A sentence, and what it is about: "length", "one-sided", "role" or "order"."""

    about: str
    text: str


def hints(steps: Sequence[Step]) -> list[Hint]:
    """What to look at again; nothing for an empty routine."""
    if not steps:
        return []
    found = [*_length(steps), *_one_sided(steps), *_roles(steps)]
    if list(steps) != in_phase_order(steps):
        text = _("Usually one raises the pulse first, then activates, then mobilises, then potentiates.")
        found.append(Hint("order", text))
    return found


def in_phase_order(steps: Iterable[S]) -> list[S]:
    """By RAMP phase, otherwise as they stand."""
    return sorted(steps, key=lambda step: ALL_PHASES.index(step.exercise.phase))


def _length(steps: Sequence[Step]) -> list[Hint]:
    words = []
    if len(steps) > MOST_EXERCISES:
        words.append(ngettext("%(count)d exercise", "%(count)d exercises", len(steps)) % {"count": len(steps)})
    if (seconds := routine_seconds(steps)) > MOST_MINUTES * 60:
        minutes = minutes_begun(seconds)
        words.append(ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes})
    if not words:
        return []
    text = _("%(much)s: the more there is, the less gets done. Ranks say what to keep when time is short.")
    return [Hint("length", text % {"much": _(" and ").join(words)})]


def _one_sided(steps: Sequence[Step]) -> list[Hint]:
    """Exercises of which one side gets more work than the other."""
    work: dict[str, dict[str, int]] = defaultdict(lambda: {"left": 0, "right": 0})
    for step in steps:
        if step.sides in ("left", "right"):
            work[step.exercise.name][step.sides] += work_seconds(step)
    return [
        Hint("one-sided", _one_sided_words(name, sides))
        for name, sides in work.items()
        if sides["left"] != sides["right"]
    ]


def _one_sided_words(name: str, sides: dict[str, int]) -> str:
    if not sides["right"]:
        return _("%(name)s is done on the left side only. On purpose?") % {"name": name}
    if not sides["left"]:
        return _("%(name)s is done on the right side only. On purpose?") % {"name": name}
    return _("%(name)s gives one side more work than the other. On purpose?") % {"name": name}


def _roles(steps: Sequence[Step]) -> list[Hint]:
    there = {step.exercise.running_role for step in steps}
    missing = [str(RunningRole(role).label) for role in ROLES if role not in there]
    if not missing:
        return []
    return [Hint("role", _("Nothing here is for: %(roles)s.") % {"roles": ", ".join(missing)})]
