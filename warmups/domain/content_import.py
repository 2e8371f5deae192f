"""What a curator brings as files, first looked at, then done: all of it, or nothing.

Looking does the very same as importing, in a transaction that is rolled back, so the plan is what then happens. An
exercise gets its next draft, by whoever imports; nothing is published, retired or deleted. Muscles, equipment, studies
and what they found change as in the admin. What the files don't name stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from warmups.domain.content import Content, ExerciseContent, Here, RoutineContent, read_part
from warmups.domain.content_archives import unpacked
from warmups.domain.content_files import ContentError, Problem, Upload
from warmups.domain.content_loading import routine_problems
from warmups.domain.exercise_documents import Document, known_here
from warmups.domain.exercises import LONGEST_REASON, save_drafts
from warmups.domain.routines import create_routine, revise_routine
from warmups.models import (
    Activation,
    ContentImport,
    Equipment,
    Exercise,
    ExerciseVersion,
    GlutealIndex,
    Muscle,
    Outcome,
    Revision,
    Routine,
    Step,
    Study,
    touch_library,
)

MOST_BYTES = 5_000_000  # of an upload
KEPT = timedelta(days=1)  # how long an upload waits for its curator
ADDED, CHANGED, UNTOUCHED = "added", "changed", "untouched"


@dataclass(frozen=True)
class Change:
    """What becomes of one thing. `before` and `after` hold, of an exercise, its documents; else the changed fields.

    `based_on` is the number of the version that an exercise's next one follows.
    """

    model: type[models.Model]
    key: str
    name: str
    fate: str
    before: dict[str, Any]
    after: dict[str, Any]
    based_on: int = 0
    warnings: tuple[str, ...] = ()


@dataclass
class ImportPlan:
    """What an import does: its changes, and how many rows of each kind it leaves as they are."""

    changes: list[Change] = field(default_factory=list)
    untouched: Counter[type[models.Model]] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        """The same for the same plan only."""
        said = [
            [change.model._meta.label, change.key, change.fate, change.based_on, change.before, change.after]
            for change in self.changes
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def counts(self) -> dict[type[models.Model], Counter[str]]:
        """How many are added, changed and untouched, by what they are."""
        found: dict[type[models.Model], Counter[str]] = {}
        for change in self.changes:
            found.setdefault(change.model, Counter())[change.fate] += 1
        for model, number in self.untouched.items():
            found.setdefault(model, Counter())[UNTOUCHED] += number
        return {model: found[model] for model in NOUNS if model in found}

    def of(self, model: type[models.Model]) -> list[Change]:
        """The changes of one kind of thing."""
        return [change for change in self.changes if change.model is model]


NOUNS: tuple[type[models.Model], ...] = (
    *(Exercise, Routine, Muscle, Equipment),
    *(Study, Activation, Outcome, GlutealIndex),
)


class PlanChanged(ValidationError):
    """The content changed since the plan was looked at. `plan` is what the import would do now."""

    def __init__(self, plan: ImportPlan) -> None:
        message = _("Somebody changed the content meanwhile. Look at the difference as it is now.")
        super().__init__(message, code="outdated")
        self.plan = plan


def keep_upload(*, file_name: str, content: bytes, actor: User, now: datetime) -> ContentImport:
    """Keep what a curator brought until they have seen what it does. Those that waited too long go.

    Raises ValidationError for "file" if it is empty or too large.
    """
    _expect_curator(actor)
    if not content:
        raise ValidationError({"file": _("This file is empty. Choose another one.")})
    if len(content) > MOST_BYTES:
        message = _(
            "This file has more than %(most)d MB. Bring it in parts: not all of the content has to come at once."
        )
        raise ValidationError({"file": message % {"most": MOST_BYTES // 1_000_000}})
    ContentImport.objects.filter(uploaded_at__lt=now - KEPT, done_at=None).delete()
    name = "".join(char for char in PurePosixPath(file_name.replace("\\", "/")).name if char.isprintable())
    return ContentImport.objects.create(by=actor, uploaded_at=now, file_name=name[-150:] or "?", file=content)


def plan_import(content_import: ContentImport, *, actor: User, now: datetime) -> ImportPlan:
    """What an import would do, without doing it. Raises ContentError with every problem in its files."""
    with transaction.atomic():
        plan = _import(content_import, actor, now)
        transaction.set_rollback(True)
    return plan


def run_import(content_import: ContentImport, *, actor: User, now: datetime, expected: str) -> ImportPlan:
    """Do what a plan said; `expected` is its digest.

    Raises PlanChanged, and does nothing, if it would do something else by now; ContentError likewise; ValidationError
    if it was done already.
    """
    _expect_curator(actor)
    with transaction.atomic():
        row = ContentImport.objects.select_for_update().get(pk=content_import.pk)
        if row.done_at is not None:
            raise ValidationError(_("This was imported already."), code="done")
        plan = _import(row, actor, now)
        if plan.digest != expected:
            raise PlanChanged(plan)
        row.file, row.done_at = b"", now
        row.save(update_fields=["file", "done_at"])
        counts = {str(model._meta.model_name): dict(found) for model, found in plan.counts.items()}
        after = {"file": row.file_name, "counts": counts}
        record(actor=actor, action="content.import", target=row, now=now, after=after)
    return plan


def set_aside(content_import: ContentImport) -> None:
    """Forget an upload that its curator doesn't want after all."""
    ContentImport.objects.filter(pk=content_import.pk, done_at=None).delete()


# --- Doing it ---------------------------------------------------------------------------------------------------------


def _import(content_import: ContentImport, actor: User, now: datetime) -> ImportPlan:
    _expect_curator(actor)
    files = unpacked(content_import.file_name, bytes(content_import.file))
    here = content_here()
    content = read_part(Upload(files), here)
    reason = _("Import: %(file)s") % {"file": content_import.file_name}
    plan = ImportPlan()
    _write_rows(Muscle, "slug", content.muscles, plan, actor, now)
    _write_rows(Equipment, "slug", content.equipment, plan, actor, now)
    _write_rows(Study, "slug", content.studies, plan, actor, now)
    _write_exercises(content.exercises, plan, actor, now, reason[:LONGEST_REASON])
    _write_rows(Activation, "code", content.activations, plan, actor, now)
    _write_rows(Outcome, "code", content.outcomes, plan, actor, now)
    _write_rows(GlutealIndex, "code", content.indices, plan, actor, now)
    _write_routines(content, plan, actor, now, reason[:LONGEST_REASON])
    return plan


def _expect_curator(actor: User) -> None:
    if not actor.has_perm("warmups.change_exercise"):
        raise PermissionDenied


def content_here() -> Here:
    """What there is, for reading files that are a part of it."""
    rows = Exercise.objects.select_related("latest", "published_version").only(
        "slug", "status", "latest__document", "published_version__document"
    )
    latest = {row.slug: cast(ExerciseVersion, row.latest).document for row in rows}
    published = {row.slug: row.published_version.document for row in rows if row.published and row.published_version}
    studies = set(Study.objects.values_list("slug", flat=True))
    return Here(known=known_here(), studies=studies, latest=latest, published=published | _in_routines())


def _in_routines() -> dict[str, Document]:
    """Retired exercises that routines have, and keep."""
    current = Routine.objects.filter(owner=None).exclude(slug=None).values("current")
    steps = Step.objects.filter(revision__in=current, exercise__status=Exercise.Status.RETIRED)
    return dict(steps.values_list("exercise__slug", "exercise__published_version__document"))


def _write_exercises(
    exercises: Mapping[str, ExerciseContent], plan: ImportPlan, actor: User, now: datetime, reason: str
) -> None:
    """Start new exercises, and save the next draft of those that the files say something else of."""
    rows = Exercise.objects.filter(slug__in=exercises).select_related("latest__author")
    before = {row.slug: (cast(ExerciseVersion, row.latest), row) for row in rows}
    documents = {slug: exercise.document for slug, exercise in exercises.items()}
    try:
        versions = save_drafts(documents=documents, actor=actor, now=now, reason=reason)
    except ValidationError as error:
        raise ContentError(_exercise_problems(exercises, error)) from error
    for slug, version in versions.items():
        old, row = before.get(slug, (None, None))
        change = Change(
            model=Exercise,
            key=slug,
            name=version.document["name"],
            fate=CHANGED if old else ADDED,
            before=old.document if old else {},
            after=version.document,
            based_on=old.number if old else 0,
            warnings=_warnings(row, old, actor) if row and old else (),
        )
        plan.changes.append(change)
    if len(versions) < len(exercises):
        plan.untouched[Exercise] = len(exercises) - len(versions)


def _warnings(row: Exercise, latest: ExerciseVersion, actor: User) -> tuple[str, ...]:
    """What a curator should know before a draft is built upon."""
    if row.next_status == Exercise.NextStatus.IN_REVIEW:
        return (_("It is in review, and becomes a draft again."),)
    if row.next_status == Exercise.NextStatus.DRAFT and latest.author is not None and latest.author != actor:
        return (_("It builds on the unfinished draft of %(name)s.") % {"name": latest.author},)
    return ()


def _exercise_problems(exercises: Mapping[str, ExerciseContent], error: ValidationError) -> list[Problem]:
    """What the workflow refused, with file and line."""
    found = []
    for path, messages in error.message_dict.items():
        slug, _dot, inner = path.partition(".")
        if slug in exercises:
            entry = exercises[slug].fields.entry
            line = entry.lines.get(inner.partition(".")[0], entry.line)
            found += [Problem(entry.file, line, inner, message) for message in messages]
        else:
            found += [Problem("", 1, path, message) for message in messages]
    return found


def _write_rows(
    model: type[models.Model],
    key: str,
    wanted: Mapping[str, Mapping[str, Any]],
    plan: ImportPlan,
    actor: User,
    now: datetime,
) -> None:
    """Add and change rows of a plain table, each recorded as the admin records it."""
    links = [item.name for item in model._meta.fields if isinstance(item, models.ForeignKey)]
    here = {getattr(row, key): row for row in model._default_manager.filter(**{f"{key}__in": wanted})}
    keys = {name: _keys(model, name) for name in links} if wanted else {}
    names = {name: {pk: slug for slug, pk in slugs.items()} for name, slugs in keys.items()}
    added: list[tuple[Any, dict[str, Any], dict[str, Any]]] = []
    changed: list[tuple[Any, dict[str, Any], dict[str, Any]]] = []
    for code, said in wanted.items():
        values = {name: keys[name][value] if name in links else value for name, value in said.items()}
        row = here.get(code) or model(**{key: code})
        old = {name: getattr(row, f"{name}_id" if name in links else name) for name in values} if row.pk else {}
        new = {name: value for name, value in values.items() if name not in old or old[name] != value}
        if row.pk and not new:
            plan.untouched[model] += 1
            continue
        for name, value in new.items():
            setattr(row, f"{name}_id" if name in links else name, value)
        fate = CHANGED if row.pk else ADDED
        (changed if row.pk else added).append((row, {name: old[name] for name in new if old}, new))
        before = {name: names[name][old[name]] if name in links else old[name] for name in new if old}
        after = {name: said[name] for name in new}
        plan.changes.append(Change(model, code, str(row), fate, before, after))
    model._default_manager.bulk_create([row for row, _old, _new in added])
    if changed:
        fields = list(next(iter(wanted.values())))
        model._default_manager.bulk_update([row for row, _old, _new in changed], fields, batch_size=100)
    for action, rows in (("add", added), ("change", changed)):
        for row, old, new in rows:
            name = f"{model._meta.model_name}.{action}"
            record(actor=actor, action=name, target=row, now=now, before=_plain(old), after=_plain(new))
    if added or changed:
        touch_library()


def _keys(model: type[models.Model], name: str) -> dict[str, int]:
    """The keys of what a field may point to, by slug."""
    other = cast(type[models.Model], model._meta.get_field(name).related_model)
    return dict(other._default_manager.values_list("slug", "pk"))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON values."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _write_routines(content: Content, plan: ImportPlan, actor: User, now: datetime, reason: str) -> None:
    """Make library routines, which readers don't see yet, and revise those that the files say something else of."""
    rows = Routine.objects.filter(slug__in=content.routines, owner=None).select_related("current", "latest")
    here = {str(row.slug): row for row in rows.prefetch_related("latest__steps__exercise")}
    problems: list[Problem] = []
    for slug, said in content.routines.items():
        try:
            with transaction.atomic():
                change = _write_routine(slug, here.get(slug), said, actor, now, reason)
        except ValidationError as error:
            problems += routine_problems(said, error)
            continue
        if change is None:
            plan.untouched[Routine] += 1
        else:
            plan.changes.append(change)
    if problems:
        raise ContentError(problems)


def _write_routine(
    slug: str, row: Routine | None, said: RoutineContent, actor: User, now: datetime, reason: str
) -> Change | None:
    """Make or revise one; None if it says the same."""
    values: Any = {"name": said.name, "description": said.description, "steps": said.steps}
    if row is None:
        made = create_routine(owner=None, actor=actor, slug=slug, now=now, reason=reason, **values)
        after = _said(cast(Revision, made.latest))
        return Change(Routine, slug, said.name, ADDED, {}, after)
    before = _said(cast(Revision, row.latest))
    revision = revise_routine(routine=row, actor=actor, now=now, reason=reason, **values)
    after = _said(revision)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return None
    old, new = ({name: side[name] for name in changed} for side in (before, after))
    return Change(Routine, slug, said.name, CHANGED, old, new)


def _said(revision: Revision) -> dict[str, Any]:
    """What a routine says, its steps one by one."""
    fields = ("sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds", "tempo", "equipment", "rank", "note")
    steps = [
        {"exercise": step.exercise_name} | {key: getattr(step, key) for key in fields} for step in revision.steps.all()
    ]
    return {"name": revision.name, "description": revision.description, "steps": steps}
