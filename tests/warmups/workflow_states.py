"""Exercises brought into each state by the deeds themselves, for tests of the workflow through form, list and API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import User
from tests.factories import NOW, make_muscle, make_user
from warmups.domain import exercises as domain
from warmups.domain.exercise_documents import EMPTY, Document
from warmups.models import Exercise, ExerciseVersion, MediaFile


def full_document(**changes: Any) -> Document:
    """What can be published; with a photo, since checking poses takes its time."""
    values = {"kind": "image", "content_type": "image/webp", "width": 10, "height": 10, "size": 10, "added_at": NOW}
    photo = MediaFile.objects.get_or_create(name="photo.webp", defaults=values)[0]
    said = {
        "name": "Squat",
        "summary": "Sit back and stand up.",
        "set_up": "Stand tall.",
        "steps": ["Sit back.", "Stand up."],
        "cues": ["Knees over toes."],
        "muscles": {"primary": [make_muscle().slug], "secondary": []},
        "media": [{"file": photo.name, "alt": "A runner in a squat", "caption": ""}],
    }
    return EMPTY | said | changes


def second_curator(first: User) -> User:
    """Another one with the same rights."""
    second = make_user("Rob Reviewer", is_staff=True)
    second.groups.set(first.groups.all())
    return second


# What was done to it, by "author" and "second"; the states of the work on a published one stand behind a plus.
WAYS: dict[str, list[str]] = {
    "draft": [],
    "in-review": ["submit"],
    "published": ["submit", "publish"],
    "published+draft": ["submit", "publish", "change"],
    "published+in-review": ["submit", "publish", "change", "submit"],
    "retired": ["submit", "publish", "retire"],
    "retired+draft": ["submit", "publish", "retire", "change"],
    "retired+in-review": ["submit", "publish", "retire", "change", "submit"],
}


def exercise_in(state: str, *, author: User, second: User, slug: str = "squat") -> Exercise:
    """An exercise in one of WAYS; all of its versions are the author's."""
    exercise = domain.start_exercise(slug=slug, document=full_document(), actor=author, now=NOW - timedelta(days=30))
    do: dict[str, Callable[[], object]] = {
        "submit": lambda: domain.submit_for_review(exercise=exercise, actor=author, now=NOW),
        "publish": lambda: domain.publish_exercise(exercise=exercise, actor=second, now=NOW),
        "retire": lambda: domain.retire_exercise(exercise=exercise, actor=author, now=NOW),
        "change": lambda: change(exercise, author),
    }
    for deed in WAYS[state]:
        do[deed]()
    return Exercise.objects.get(pk=exercise.pk)


def change(exercise: Exercise, actor: User, **changes: Any) -> ExerciseVersion:
    """The next version: one step more than the latest has."""
    latest = ExerciseVersion.objects.filter(exercise=exercise).latest("number")
    steps = [*latest.document["steps"], f"Step after version {latest.number}."]
    return domain.save_draft(
        exercise=exercise, document=latest.document | {"steps": steps} | changes, actor=actor, now=NOW, reason="Clearer"
    )


# The deeds that each state takes; publishing besides takes another person than the author, or a superuser's reason.
TAKES: dict[str, set[str]] = {
    "draft": {"submit", "delete-draft", "comment"},
    "in-review": {"publish", "send-back", "delete-draft", "comment"},
    "published": {"retire", "comment"},
    "published+draft": {"submit", "discard", "retire", "comment"},
    "published+in-review": {"publish", "send-back", "discard", "retire", "comment"},
    "retired": {"bring-back", "comment"},
    "retired+draft": {"submit", "discard", "bring-back", "comment"},
    "retired+in-review": {"publish", "send-back", "discard", "bring-back", "comment"},
}
DEEDS = ("submit", "publish", "send-back", "discard", "retire", "bring-back", "delete-draft", "comment")


def standing(exercise: Exercise) -> tuple[str, str, int, int | None] | None:
    """Status, next status, latest and published number; None if it is gone."""
    row = Exercise.objects.select_related("latest", "published_version").filter(pk=exercise.pk).first()
    if row is None or row.latest is None:
        return None
    return row.status, row.next_status, row.latest.number, row.published_version and row.published_version.number
