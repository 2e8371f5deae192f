"""An exercise's way from draft to published, which takes two people, and into retirement."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.audit import record
from accounts.models import User
from warmups.models import Exercise

# What a published exercise has to say, with the word for it.
TEXTS = {
    "summary": gettext_lazy("one line"),
    "set_up": gettext_lazy("set-up"),
    "instructions": gettext_lazy("steps"),
    "cues": gettext_lazy("cues"),
}


def submit_for_review(*, exercise: Exercise, actor: User, now: datetime) -> Exercise:
    """Ask another curator to look at a draft. Raises ValidationError if it is no draft, or lacks a text."""
    with transaction.atomic():
        exercise = _locked(exercise)
        _expect(exercise, Exercise.Status.DRAFT, _("Only a draft can be sent to review."))
        _expect_texts(exercise)
        return _move(exercise, Exercise.Status.IN_REVIEW, "exercise.submit", actor, now)


def publish_exercise(*, exercise: Exercise, actor: User, now: datetime) -> Exercise:
    """Publish a reviewed exercise, or bring a retired one back.

    Takes another person than the author of the last change; a superuser may do it alone, since a small installation
    has nobody else. Raises ValidationError otherwise, and if it is not in review or retired.
    """
    with transaction.atomic():
        exercise = _locked(exercise)
        if exercise.status not in (Exercise.Status.IN_REVIEW, Exercise.Status.RETIRED):
            message = _("Only an exercise in review can be published. Send it to review first.")
            raise ValidationError(message, code="state")
        if exercise.changed_by_id == actor.pk and not actor.is_superuser:
            raise ValidationError(
                _("You made the last change here. Ask another curator to read it and publish it."), code="second_person"
            )
        _expect_texts(exercise)
        return _move(exercise, Exercise.Status.PUBLISHED, "exercise.publish", actor, now)


def retire_exercise(*, exercise: Exercise, actor: User, now: datetime) -> Exercise:
    """Keep a published exercise out of new routines; those that have it keep it.

    Raises ValidationError if it is not published.
    """
    with transaction.atomic():
        exercise = _locked(exercise)
        _expect(exercise, Exercise.Status.PUBLISHED, _("Only a published exercise can be retired."))
        return _move(exercise, Exercise.Status.RETIRED, "exercise.retire", actor, now)


def _locked(exercise: Exercise) -> Exercise:
    return Exercise.objects.select_for_update().get(pk=exercise.pk)


def _expect(exercise: Exercise, status: str, message: str) -> None:
    if exercise.status != status:
        raise ValidationError(message, code="state")


def _expect_texts(exercise: Exercise) -> None:
    if missing := [str(word) for field, word in TEXTS.items() if not getattr(exercise, field)]:
        raise ValidationError(_("Still missing: %(texts)s."), code="required", params={"texts": ", ".join(missing)})


def _move(exercise: Exercise, status: str, action: str, actor: User, now: datetime) -> Exercise:
    before = {"status": exercise.status}
    exercise.status = status
    exercise.save(update_fields=["status"])
    record(actor=actor, action=action, target=exercise, now=now, before=before, after={"status": status})
    return exercise


def check_review(*, by: str, on: date | None, due: date | None) -> dict[str, str]:
    """What is wrong with who reviewed an exercise, when, and when it is due again: a sentence for each field.

    A reviewer comes with a date and a date with a reviewer; what is due again comes after it was reviewed.
    """
    if by and on is None:
        return {"reviewed_on": _("Say when it was reviewed.")}
    if on is not None and not by:
        return {"reviewed_by": _("Say who reviewed it, with name and profession.")}
    if due is not None and on is None:
        return {"review_due": _("Nobody reviewed it yet: say who did and when, or leave this empty.")}
    if due is not None and on is not None and due <= on:
        return {"review_due": _("The next review comes after the last one: choose a later day.")}
    return {}


def check_chain(*, exercise: Exercise, link: str, other: Exercise) -> None:
    """Raise ValidationError if with `other` as its `link` ("easier" or "harder") an exercise's chain had no end."""
    links = dict(Exercise.objects.exclude(**{link: None}).values_list("pk", f"{link}_id"))
    here: int | None = other.pk
    seen: set[int] = set()
    while here is not None and here not in seen:
        if here == exercise.pk:
            raise ValidationError(_("This chain would come back to where it began."), code="loop")
        seen.add(here)
        here = links.get(here)
