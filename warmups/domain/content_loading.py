"""The content that comes with a release into the database: all of it, or nothing.

`load` writes what is new or changed. What a curator edited since is kept: exercises say so by their latest version, the
rest through the record of changes. An exercise with all its texts and a figure is published, one without is a
draft. Rows that left the files stay, and are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import AuditEntry
from warmups.domain.content import Content, RoutineContent, read
from warmups.domain.content_files import ContentError, Problem
from warmups.domain.exercise_documents import Document
from warmups.domain.exercises import exercises_for_update, release_exercises
from warmups.domain.library_routines import release_routine
from warmups.models import (
    Activation,
    Equipment,
    Exercise,
    ExerciseVersion,
    GlutealIndex,
    Muscle,
    Outcome,
    Revision,
    Routine,
    Study,
    touch_library,
)

REASON = "Prestride content"  # why a library routine has a revision; another reason is a person's


@dataclass
class Summary:
    """What became of the rows, by noun: added, changed, untouched, kept; `left` are keys that the files lack."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)

    def count(self, noun: str, fate: str) -> None:
        """One row more."""
        self.counts.setdefault(noun, Counter())[fate] += 1


def load(path: Path, *, now: datetime, on_read: Callable[[str], None] | None = None) -> Summary:
    """Bring the content of a folder into the database; `on_read` hears of each file that is read.

    Raises ContentError, and writes nothing, if a thing is wrong.
    """
    content = read(path, on_read=on_read)
    summary = Summary()
    with transaction.atomic():
        _write_rows(Muscle, "slug", content.muscles, summary)
        _write_rows(Equipment, "slug", content.equipment, summary)
        _write_rows(Study, "slug", content.studies, summary)
        _write_exercises(content, summary, now=now)
        keys = {
            "exercise": _keys(Exercise),
            "muscle": _keys(Muscle),
            "study": _keys(Study),
        }
        activations = {code: _by_keys(values, keys) for code, values in content.activations.items()}
        _write_rows(Activation, "code", activations, summary)
        outcomes = {code: _by_keys(values, {"study": keys["study"]}) for code, values in content.outcomes.items()}
        _write_rows(Outcome, "code", outcomes, summary)
        rest = {name: keys[name] for name in ("exercise", "study")}
        indices = {code: _by_keys(values, rest) for code, values in content.indices.items()}
        _write_rows(GlutealIndex, "code", indices, summary)
        _write_routines(content, summary, now=now)
        if any(counts["added"] or counts["changed"] for counts in summary.counts.values()):
            touch_library()
    return summary


def _by_keys(values: Mapping[str, Any], keys: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Values of a row that names others by slug, with their keys in place."""
    related = {f"{name}_id": slugs[values[name]] for name, slugs in keys.items()}
    return related | {name: value for name, value in values.items() if name not in keys}


def _keys(model: type[models.Model]) -> dict[str, int]:
    return dict(model._default_manager.values_list("slug", "pk"))


def _write_rows(model: type[models.Model], key: str, wanted: Mapping[str, Mapping[str, Any]], summary: Summary) -> None:
    """Add and change rows of a plain table; those that a person changed are kept."""
    noun = str(model._meta.verbose_name_plural)
    here = {getattr(row, key): row for row in model._default_manager.all()}
    edits = AuditEntry.objects.filter(target_type=model._meta.label_lower, action__endswith=".change")
    edited = set(edits.values_list("target_id", flat=True))
    added: list[Any] = []
    changed: list[Any] = []
    for name, values in wanted.items():
        row = here.get(name)
        if row is None:
            added.append(model(**{key: name}, **values))
            summary.count(noun, "added")
        elif all(getattr(row, field_name) == value for field_name, value in values.items()):
            summary.count(noun, "untouched")
        elif str(row.pk) in edited:
            summary.count(noun, "kept")
        else:
            for field_name, value in values.items():
                setattr(row, field_name, value)
            changed.append(row)
            summary.count(noun, "changed")
    model._default_manager.bulk_create(added)
    if changed:
        model._default_manager.bulk_update(changed, list(next(iter(wanted.values()))), batch_size=100)
    summary.left[noun] = sorted(here.keys() - wanted.keys())


def _write_exercises(content: Content, summary: Summary, *, now: datetime) -> None:
    """Add and change exercises. What a person wrote a version of since is theirs, and kept."""
    noun = str(Exercise._meta.verbose_name_plural)
    here = exercises_for_update(Exercise.objects.all())  # so that nobody's version comes in between
    problems: list[Problem] = []
    wanted: dict[str, Document] = {}
    for slug, exercise in content.exercises.items():
        row = here.get(slug)
        if row is not None and not cast(ExerciseVersion, row.latest).from_release:
            summary.count(noun, "kept")
        elif row is not None and cast(ExerciseVersion, row.latest).document == exercise.document:
            summary.count(noun, "untouched")
        elif row is not None and row.ever_published and not exercise.complete:
            message = "This exercise is published, and people use it: its texts and its figure can't be left out again."
            problems.append(Problem(exercise.fields.entry.file, exercise.fields.entry.line, "", message))
        else:
            wanted[slug] = exercise.document
            summary.count(noun, "added" if row is None else "changed")
    if problems:
        raise ContentError(problems)
    complete = {slug for slug in wanted if content.exercises[slug].complete}
    release_exercises(documents=wanted, complete=complete, now=now)
    summary.left[noun] = sorted(here.keys() - content.exercises.keys())


def _write_routines(content: Content, summary: Summary, *, now: datetime) -> None:
    """Make library routines once; what changed in the files makes the next revision."""
    noun = str(Routine._meta.verbose_name_plural)
    here = {row.slug: row for row in Routine.objects.exclude(slug=None).select_related("current", "latest")}
    edits = AuditEntry.objects.filter(target_type="warmups.routine").exclude(actor=None)
    by_people = set(edits.values_list("target_id", flat=True))
    problems: list[Problem] = []
    for slug, routine in content.routines.items():
        try:
            row = here.get(slug)
            edited = row is not None and str(row.pk) in by_people
            summary.count(noun, _write_routine(slug, row, routine, edited=edited, now=now))
        except ValidationError as error:
            problems += routine_problems(routine, error)
    if problems:
        raise ContentError(problems)
    summary.left[noun] = sorted(str(slug) for slug in here.keys() - content.routines.keys())


def _write_routine(slug: str, row: Routine | None, content: RoutineContent, *, edited: bool, now: datetime) -> str:
    """Make or revise one routine. Answers what became of it."""
    # One that is not published was withdrawn or is a curator's draft, also when its author's account is gone.
    if row is not None and (
        row.archived_at or edited or not row.published or cast(Revision, row.latest).reason != REASON
    ):
        return "kept"
    changed = release_routine(
        routine=row,
        slug=slug,
        name=content.name,
        description=content.description,
        steps=content.steps,
        now=now,
        reason=REASON,
    )
    if row is None:
        return "added"
    return "changed" if changed else "untouched"


def routine_problems(routine: RoutineContent, error: ValidationError) -> list[Problem]:
    """A refusal of the domain, with the lines that it is about."""
    fields = error.error_dict if hasattr(error, "error_dict") else {"": [error]}
    found = []
    for path, errors in fields.items():
        words, entry = path.split("."), routine.fields.entry
        if len(words) == 3:
            entry = routine.step_fields[int(words[1])].entry
        line = entry.lines.get(words[-1], entry.line)
        found += [Problem(entry.file, line, path, message) for inner in errors for message in inner.messages]
    return found
