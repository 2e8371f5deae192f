"""Going back to an old state of a routine: its exercises become the next revision, and nothing is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from warmups.domain.routines import StepInput, revise_routine
from warmups.models import Revision, Routine, Step


def bring_back_revision(
    *, routine: Routine, revision: Revision, actor: User, now: datetime, based_on: int | None = None
) -> Revision:
    """Make the next revision with the steps of an old one; name and description stay. Answers the latest revision.

    Exercises are taken as they are today. `based_on`: the id of the latest revision that was looked at.
    Raises OutOfDate if there is a later one, else ValidationError with a sentence for each step that is not possible
    any more.
    """
    steps = list(revision.steps.select_related("exercise"))
    try:
        return revise_routine(
            routine=routine,
            actor=actor,
            now=now,
            steps=[as_given(step) for step in steps],
            revision_id=based_on,
            reason=_("As in version %(number)d") % {"number": revision.number},
        )
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        raise ValidationError(
            [_refusal(field, wrong, steps) for field, found in error.error_dict.items() for wrong in found]
        ) from error


def as_given(step: Step) -> StepInput:
    """A step as it would come in."""
    return {
        "exercise": step.exercise.slug,
        "sets": step.sets,
        "reps": step.reps,
        "hold_seconds": step.hold_seconds,
        "metres": step.metres,
        "sides": step.sides,
        "rest_seconds": step.rest_seconds,
        "tempo": step.tempo,
        "equipment": list(step.equipment),
        "rank": step.rank,
        "note": step.note,
    }


def _refusal(field: str, wrong: ValidationError, steps: list[Step]) -> ValidationError:
    """What is wrong, and with which step: "steps.2.exercise" is about the third."""
    where, _dot, rest = field.removeprefix("steps.").partition(".")
    if not where.isdecimal():
        return wrong
    step: Any = steps[int(where)]
    words = {"position": step.position, "name": step.exercise_name}
    if rest == "exercise":
        message = _("Step %(position)d, %(name)s, is not in the library any more.")
        return ValidationError(message, code="retired", params=words)
    message = _("Step %(position)d, %(name)s, has changed since. %(what)s")
    return ValidationError(message, code=wrong.code, params=words | {"what": " ".join(wrong.messages)})
