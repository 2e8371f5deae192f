"""Photos and videos of one exercise: each deed is a next version of it, which goes through review like any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from warmups.domain.exercise_documents import Document
from warmups.domain.exercises import LONGEST_REASON, Outdated, save_draft
from warmups.models import Exercise, ExerciseVersion, MediaFile


def place_media(
    *,
    exercise: Exercise,
    file: MediaFile,
    alt: str,
    caption: str,
    actor: User,
    now: datetime,
    based_on: int | None = None,
) -> ExerciseVersion:
    """Show a photo or video as the last one. `alt` says what is to be seen, for who does not see it.

    Raises Outdated as `save_draft`; ValidationError for "file" (there already, or too many), "alt" and "caption".
    """
    shown = _shown(exercise)
    if any(entry["file"] == file.name for entry in shown):
        message = _("This photo or video stands here already. Change its words there, or choose another file.")
        raise ValidationError({"file": [message]})
    entry = {"file": file.name, "alt": alt.strip(), "caption": caption.strip()}
    words = _("Added a %(kind)s: %(alt)s") % {"kind": file.get_kind_display(), "alt": alt.strip()}
    return _save(exercise, [*shown, entry], len(shown), words, actor, now, based_on)


def describe_media(
    *, exercise: Exercise, name: str, alt: str, caption: str, actor: User, now: datetime, based_on: int | None = None
) -> ExerciseVersion:
    """Change what is said about a photo or video. Raises as `place_media`."""
    shown, place = _found(exercise, name)
    entry = shown[place] | {"alt": alt.strip(), "caption": caption.strip()}
    words = _("Changed the words of a photo or video: %(alt)s") % {"alt": alt.strip()}
    return _save(exercise, [*shown[:place], entry, *shown[place + 1 :]], place, words, actor, now, based_on)


def move_media(
    *, exercise: Exercise, name: str, by: int, actor: User, now: datetime, based_on: int | None = None
) -> ExerciseVersion:
    """Show a photo or video earlier (-1) or later (1); at an end it stays. Raises as `place_media`."""
    shown, place = _found(exercise, name)
    others = [*shown[:place], *shown[place + 1 :]]
    to = min(max(place + by, 0), len(others))
    words = _("Moved a photo or video: %(alt)s") % {"alt": shown[place]["alt"]}
    return _save(exercise, [*others[:to], shown[place], *others[to:]], to, words, actor, now, based_on)


def remove_media(
    *, exercise: Exercise, name: str, actor: User, now: datetime, based_on: int | None = None
) -> ExerciseVersion:
    """Show a photo or video no longer; earlier versions keep it. Raises as `place_media`."""
    shown, place = _found(exercise, name)
    words = _("Removed a photo or video: %(alt)s") % {"alt": shown[place]["alt"]}
    return _save(exercise, [*shown[:place], *shown[place + 1 :]], place, words, actor, now, based_on)


def _shown(exercise: Exercise) -> list[Document]:
    """What the latest version shows, in order."""
    return cast(list[Document], _latest(exercise).document["media"])


def _latest(exercise: Exercise) -> ExerciseVersion:
    return cast(ExerciseVersion, exercise.latest)


def _found(exercise: Exercise, name: str) -> tuple[list[Document], int]:
    shown = _shown(exercise)
    for place, entry in enumerate(shown):
        if entry["file"] == name:
            return shown, place
    raise ValidationError(_("This photo or video was removed meanwhile. Add it again if it belongs here."), code="gone")


def _save(
    exercise: Exercise,
    media: Sequence[Document],
    place: int,
    words: str,
    actor: User,
    now: datetime,
    based_on: int | None,
) -> ExerciseVersion:
    """Save the latest version with other photos and videos; errors of the one at `place` by the names of its fields."""
    latest = _latest(exercise)
    try:
        return save_draft(
            exercise=exercise,
            document=latest.document | {"media": list(media)},
            actor=actor,
            now=now,
            reason=" ".join(words.split())[:LONGEST_REASON].strip(),
            based_on=latest.number if based_on is None else based_on,
        )
    except Outdated:
        raise
    except ValidationError as error:
        raise _by_field(error, place) from error


def _by_field(error: ValidationError, place: int) -> ValidationError:
    if not hasattr(error, "error_dict"):
        return error
    errors: dict[str, list[ValidationError]] = {}
    for path, found in error.error_dict.items():
        if path == "media":
            errors.setdefault("file", []).extend(found)
        elif path.startswith(f"media.{place}."):
            errors.setdefault(path.rpartition(".")[2], []).extend(found)
        else:  # something else in the document, which is not to be seen here
            message = _("%(path)s: %(problem)s") % {"path": path, "problem": " ".join(ValidationError(found).messages)}
            errors.setdefault("__all__", []).append(ValidationError(message))
    return ValidationError(errors)
