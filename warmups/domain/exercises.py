"""An exercise's way from draft to published, which takes two people, and into retirement; every change is a version.

draft → in review → published → retired. What is published keeps being read while its next version is written and
reviewed. These deeds are the one way in: forms, API, import and releases call them, and the rows refuse all else
(warmups/workflow.py). Each asks that its actor may curate (PermissionDenied) and writes the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from warmups.domain.exercise_documents import Document, Links, check_document, known_here, missing, named_exercises
from warmups.domain.exercise_rows import row_values, write_rows
from warmups.domain.fields import SLUG, storable
from warmups.models import Exercise, ExerciseVersion, ReviewComment, touch_library
from warmups.querysets import ExerciseQuerySet
from warmups.workflow import exercise_workflow

Status, NextStatus = Exercise.Status, Exercise.NextStatus

LONGEST_REASON = 200
LONGEST_COMMENT = 2000
RELEASE = "Prestride content"


class Outdated(ValidationError):
    """Somebody saved another version since the one that a change was based on. `latest` is theirs."""

    def __init__(self, latest: ExerciseVersion) -> None:
        message = _("%(name)s saved version %(number)d meanwhile.")
        name = str(latest.author) if latest.author else _("Somebody")
        super().__init__(message, code="outdated", params={"name": name, "number": latest.number})
        self.latest = latest


def start_exercise(*, slug: str, document: Mapping[str, Any], actor: User, now: datetime, reason: str = "") -> Exercise:
    """A new exercise, as a draft. Raises ValidationError by path ("slug", "name", "dose.reps")."""
    _expect_curator(actor)
    with transaction.atomic(), exercise_workflow():
        problems = _slug_problems(slug)
        checked, wrong = check_document(slug, document, known_here())
        if wrong or problems:
            raise ValidationError(problems | wrong)
        [exercise] = _new_rows({slug: checked})
        exercise.latest = _add_version(exercise, checked, actor, now, _reason(reason))
        exercise.save(update_fields=["latest"])
        write_rows({exercise: checked})
        record(actor=actor, action="exercise.add", target=exercise, now=now, after={"version": 1})
        return exercise


def save_draft(
    *,
    exercise: Exercise,
    document: Mapping[str, Any],
    actor: User,
    now: datetime,
    reason: str = "",
    based_on: int | None = None,
) -> ExerciseVersion:
    """The next version of an exercise. The same document once more gives the latest version, and writes nothing.

    What is in review becomes a draft again, since reviewers read a final text. Readers of a published exercise see
    nothing of it. Raises Outdated if `based_on` (a number) is not the latest version; ValidationError by path, and
    for "reason", which a change of what was ever published needs.
    """
    with _locked(exercise, actor) as (row, latest):
        _expect_latest(latest, based_on)
        checked = _checked(row.slug, document)
        if checked == latest.document:
            return latest
        why = _reason(reason)
        if row.ever_published and not why:
            raise _refusal("reason", _("Say in a few words what you changed, and why."), "required")
        version = _add_version(row, checked, actor, now, why)
        _work_on(row, version)
        changed = sorted(key for key, value in checked.items() if value != latest.document.get(key))
        after = {"version": version.number, "changed": changed}
        record(
            actor=actor, action="exercise.change", target=row, now=now, before={"version": latest.number}, after=after
        )
        return version


def save_drafts(
    *, documents: Mapping[str, Mapping[str, Any]], actor: User, now: datetime, reason: str
) -> dict[str, ExerciseVersion]:
    """The next versions of many exercises at once, by slug; one that is not there yet is started. All, or none.

    They are checked with each other, so new ones may name each other. Everything else is as `start_exercise` and
    `save_draft` do it; what says the same as its latest version gets no new one, and is left out of the answer.
    Raises ValidationError by slug and path ("clamshell.dose.reps").
    """
    _expect_curator(actor)
    with transaction.atomic(), exercise_workflow():
        here = exercises_for_update(Exercise.objects.filter(slug__in=documents))
        checked = _checked_together(documents, {slug: _latest(row).document for slug, row in here.items()})
        why = _reason(reason)
        if not why and any(here[slug].ever_published for slug in checked.keys() & here.keys()):
            raise _refusal("reason", _("Say in a few words what you changed, and why."), "required")
        if not checked:
            return {}
        new = _new_rows({slug: document for slug, document in checked.items() if slug not in here})
        before = {slug: _latest(row) for slug, row in here.items() if slug in checked}
        versions = _add_versions([here[slug] for slug in before] + new, checked, actor, now, why)
        for slug, version in versions.items():
            _record_import(version.exercise, before.get(slug), version, actor, now)
        return versions


def restore_version(
    *, version: ExerciseVersion, actor: User, now: datetime, reason: str = "", based_on: int | None = None
) -> ExerciseVersion:
    """What a version said as the next draft; it goes through review like any other. Raises as `save_draft`."""
    words = _("Restored version %(number)d. %(reason)s") % {"number": version.number, "reason": reason.strip()}
    return save_draft(
        exercise=version.exercise,
        document=version.document,
        actor=actor,
        now=now,
        reason=words.strip()[:LONGEST_REASON],
        based_on=based_on,
    )


def discard_draft(*, exercise: Exercise, actor: User, now: datetime, based_on: int | None = None) -> ExerciseVersion:
    """Go back to what readers see: the unfinished work stays in the history only.

    Raises ValidationError if there is none, or nothing is published; Outdated if the latest version is not `based_on`,
    the number of the one that is to be set aside.
    """
    with _locked(exercise, actor) as (row, latest):
        _expect_latest(latest, based_on)
        if not row.ever_published or row.next_status == NextStatus.NONE:
            raise ValidationError(_("There is no unfinished version to set aside."), code="state")
        published = cast(ExerciseVersion, row.published_version)
        words = _("Back to version %(number)d, which readers see.") % {"number": published.number}
        version = _add_version(row, published.document, actor, now, words)
        _work_on(row, version)
        before, after = {"version": latest.number}, {"version": version.number}
        record(actor=actor, action="exercise.discard", target=row, now=now, before=before, after=after)
        return version


def submit_for_review(*, exercise: Exercise, actor: User, now: datetime) -> Exercise:
    """Ask another curator to look at a draft. Raises ValidationError if there is none, or something is missing."""
    with _locked(exercise, actor) as (row, latest):
        _expect(row.next_status == NextStatus.DRAFT, _("Only a draft can be sent to review."))
        _expect_publishable(row, latest)
        return _move(row, NextStatus.IN_REVIEW, "exercise.submit", actor, now)


def send_back(*, exercise: Exercise, actor: User, now: datetime, comment: str) -> Exercise:
    """Ask for changes, with a comment that says which; the author may take it back with one too.

    Raises ValidationError if it is not in review, and for "comment".
    """
    with _locked(exercise, actor) as (row, latest):
        _expect(row.next_status == NextStatus.IN_REVIEW, _("Only what is in review can be sent back."))
        _add_comment(latest, actor, now, comment, "comment")
        return _move(row, NextStatus.DRAFT, "exercise.send-back", actor, now)


def comment_on(*, exercise: Exercise, actor: User, now: datetime, text: str) -> ReviewComment:
    """Remark something on the latest version, for curators only. Raises ValidationError for "text"."""
    with _locked(exercise, actor) as (row, latest):
        comment = _add_comment(latest, actor, now, text, "text")
        after = {"version": latest.number}
        record(actor=actor, action="exercise.comment", target=row, now=now, after=after)
        return comment


def publish_exercise(
    *, exercise: Exercise, actor: User, now: datetime, alone_because: str = "", based_on: int | None = None
) -> Exercise:
    """Publish the version in review.

    Takes another person than its author. A superuser may do it alone, since a small installation has nobody else, and
    says why; that stays in the history. Raises ValidationError otherwise (code "second_person"), for "alone_because",
    and if it is not in review; Outdated if the latest version is not `based_on`, the number of the one that was read.
    """
    with _locked(exercise, actor) as (row, latest):
        _expect_latest(latest, based_on)
        message = _("Only an exercise in review can be published. Send it to review first.")
        _expect(row.next_status == NextStatus.IN_REVIEW, message)
        alone = _alone(latest, actor, alone_because)
        _expect_publishable(row, latest)
        before = {"status": row.status, "version": row.published_version.number if row.published_version else None}
        latest.published_at, latest.published_by, latest.alone_because = now, actor, alone
        latest.save(update_fields=["published_at", "published_by", "alone_because"])
        _show(row, latest)
        after = {"status": row.status, "version": latest.number} | ({"alone_because": alone} if alone else {})
        record(actor=actor, action="exercise.publish", target=row, now=now, before=before, after=after)
        return row


def retire_exercise(*, exercise: Exercise, actor: User, now: datetime) -> Exercise:
    """Keep a published exercise out of new routines; those that have it keep it.

    Raises ValidationError if it is not published.
    """
    with _locked(exercise, actor) as (row, _latest):
        _expect(row.status == Status.PUBLISHED, _("Only a published exercise can be retired."))
        return _turn(row, Status.RETIRED, "exercise.retire", actor, now)


def bring_back(*, exercise: Exercise, actor: User, now: datetime) -> Exercise:
    """Publish a retired exercise again, as it was. Raises ValidationError if it is not retired."""
    with _locked(exercise, actor) as (row, _latest):
        _expect(row.status == Status.RETIRED, _("Only a retired exercise can be brought back."))
        return _turn(row, Status.PUBLISHED, "exercise.bring-back", actor, now)


def delete_draft(*, exercise: Exercise, actor: User, now: datetime) -> None:
    """Delete an exercise that was never published, with its versions.

    Raises ValidationError if it was published, or something leans on it.
    """
    with _locked(exercise, actor) as (row, latest):
        if row.ever_published:
            raise ValidationError(_("Logs and addresses lean on it: retire it instead."), code="state")
        if naming := _naming(row):
            message = _("Others name it: %(names)s. Take it out there first.")
            raise ValidationError(message, code="in_use", params={"names": ", ".join(naming)})
        before = {"slug": row.slug, "version": latest.number}
        record(actor=actor, action="exercise.delete", target=row, now=now, before=before)
        try:
            row.delete()
        except (ProtectedError, RestrictedError) as error:
            message = _("Routines or published figures have it. Take it out there first.")
            raise ValidationError(message, code="in_use") from error


def release_exercises(*, documents: Mapping[str, Document], complete: Collection[str], now: datetime) -> None:
    """What a release says of exercises, by slug: checked documents, in their one form, which need no second person.

    Those of `complete` are published, if they were not; the others stay drafts.
    """
    if not documents:
        return
    with transaction.atomic(), exercise_workflow():
        here = exercises_for_update(Exercise.objects.filter(slug__in=documents))
        new = _new_rows({slug: document for slug, document in documents.items() if slug not in here})
        rows = [*here.values(), *new]
        published = [row for row in rows if row.ever_published or row.slug in complete]
        for row in rows:
            row.latest = ExerciseVersion(
                exercise=row,
                number=row.latest.number + 1 if row.latest else 1,
                document=documents[row.slug],
                from_release=True,
                made_at=now,
                published_at=now if row in published else None,
                reason=RELEASE,
            )
        ExerciseVersion.objects.bulk_create([cast(ExerciseVersion, row.latest) for row in rows])
        for row in published:
            row.published_version, row.next_status = row.latest, NextStatus.NONE
            row.status = row.status if row.ever_published else Status.PUBLISHED
        for row in rows:
            row.latest = row.latest  # whose key is known only now
        names = ["latest", "published_version", "status", "next_status"]
        Exercise.objects.bulk_update(rows, names, batch_size=50)
        write_rows({row: documents[row.slug] for row in rows})
        touch_library()


def _checked_together(
    documents: Mapping[str, Mapping[str, Any]], latest: Mapping[str, Document]
) -> dict[str, Document]:
    """Those documents that say something new, in their one form. Raises ValidationError by slug and path."""
    changed = {slug: document for slug, document in documents.items() if document != latest.get(slug)}
    known = known_here()
    links = {slug: Links(*(document.get(key) for key in Links._fields)) for slug, document in changed.items()}
    known = replace(known, exercises={**known.exercises, **links})
    checked: dict[str, Document] = {}
    problems: dict[str, list[str]] = {}
    for slug, document in changed.items():
        said, wrong = check_document(slug, document, known)
        if slug not in latest:
            wrong = _slug_form_problems(slug) | wrong
        problems |= {f"{slug}.{path}": messages for path, messages in wrong.items()}
        if said != latest.get(slug):
            checked[slug] = said
    if problems:
        raise ValidationError(problems)
    return checked


def _add_versions(
    rows: list[Exercise], documents: Mapping[str, Document], actor: User, now: datetime, reason: str
) -> dict[str, ExerciseVersion]:
    """The next version of each row, which is worked on from now on, by slug."""
    versions = ExerciseVersion.objects.bulk_create(
        ExerciseVersion(
            exercise=row,
            number=row.latest.number + 1 if row.latest else 1,
            document=documents[row.slug],
            author=actor,
            made_at=now,
            reason=reason,
        )
        for row in rows
    )
    for row, version in zip(rows, versions, strict=True):
        row.latest = version
        same = row.published_version is not None and row.published_version.document == version.document
        row.next_status = NextStatus.NONE if same else NextStatus.DRAFT
        if row.published_version is None:
            row.status = Status.DRAFT
    Exercise.objects.bulk_update(rows, ["latest", "status", "next_status"], batch_size=50)
    unread = {row: documents[row.slug] for row in rows if row.published_version is None}
    write_rows(unread)
    if unread:
        touch_library()
    return {row.slug: version for row, version in zip(rows, versions, strict=True)}


def _record_import(
    row: Exercise, old: ExerciseVersion | None, version: ExerciseVersion, actor: User, now: datetime
) -> None:
    """What `start_exercise` and `save_draft` record."""
    if old is None:
        record(actor=actor, action="exercise.add", target=row, now=now, after={"version": version.number})
        return
    changed = sorted(key for key, value in version.document.items() if value != old.document.get(key))
    before, after = {"version": old.number}, {"version": version.number, "changed": changed}
    record(actor=actor, action="exercise.change", target=row, now=now, before=before, after=after)


def _latest(row: Exercise) -> ExerciseVersion:
    return cast(ExerciseVersion, row.latest)


@contextmanager
def as_published(version: ExerciseVersion) -> Iterator[Exercise]:
    """Within it everything reads as if `version` were published; afterwards nothing of it was. For previews.

    Nothing that is made of it may be kept: what the library's stamp names is named by another one in here.
    """
    with transaction.atomic(), exercise_workflow():
        try:
            row = _for_update(version.exercise_id)
            _show(row, version)
            yield row
        finally:
            transaction.set_rollback(True)


# --- What the deeds share ---------------------------------------------------------------------------------------------


@contextmanager
def _locked(exercise: Exercise, actor: User) -> Iterator[tuple[Exercise, ExerciseVersion]]:
    """The exercise as it is now, nobody else's to change meanwhile, and its latest version."""
    _expect_curator(actor)
    with transaction.atomic(), exercise_workflow():
        row = _for_update(exercise.pk)
        yield row, cast(ExerciseVersion, row.latest)


def _for_update(key: int) -> Exercise:
    # Two queries, since what a join brings is as old as the wait for the lock; `no_key` lets others write rows that
    # name it (steps, substitutes) meanwhile, and keeps two who publish exercises that name each other from a deadlock.
    if Exercise.objects.select_for_update(no_key=True).filter(pk=key).first() is None:
        raise ValidationError(_("Somebody deleted it meanwhile."), code="state")
    return Exercise.objects.select_related("latest__author", "published_version").get(pk=key)


def exercises_for_update(rows: ExerciseQuerySet) -> dict[str, Exercise]:
    """Exercises by slug, with their versions, nobody else's to change until the transaction ends."""
    keys = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    found = Exercise.objects.filter(pk__in=keys).select_related("latest", "published_version")
    return {row.slug: row for row in found}


def _naming(row: Exercise) -> list[str]:
    """The names of those others of which a version in use names this one."""
    others = Exercise.objects.exclude(pk=row.pk).select_related("latest", "published_version")
    return [
        other.name
        for other in others
        if any(
            version is not None and row.slug in named_exercises(version.document)
            for version in (other.latest, other.published_version)
        )
    ]


def _expect_curator(actor: User) -> None:
    if not actor.has_perm("warmups.change_exercise"):
        raise PermissionDenied


def _expect(right: bool, message: str) -> None:
    if not right:
        raise ValidationError(message, code="state")


def _expect_latest(latest: ExerciseVersion, based_on: int | None) -> None:
    if based_on is not None and based_on != latest.number:
        raise Outdated(latest)


def _expect_publishable(row: Exercise, version: ExerciseVersion) -> None:
    _checked(row.slug, version.document)  # what it names may be gone meanwhile
    if lacking := missing(version.document):
        raise ValidationError(_("Still missing: %(texts)s."), code="required", params={"texts": ", ".join(lacking)})


def _checked(slug: str, document: Mapping[str, Any]) -> Document:
    checked, problems = check_document(slug, document, known_here())
    if problems:
        raise ValidationError(problems)
    return checked


def _slug_form_problems(slug: str) -> dict[str, list[str]]:
    if len(slug) > 60 or not SLUG.fullmatch(slug):
        return {"slug": [_("Use at most 60 small letters, digits and hyphens.")]}
    return {}


def _slug_problems(slug: str) -> dict[str, list[str]]:
    if problems := _slug_form_problems(slug):
        return problems
    if Exercise.objects.filter(slug=slug).exists():
        return _taken()
    return {}


def _taken() -> dict[str, list[str]]:
    return {"slug": [_("There is an exercise with this address already. Choose another one.")]}


def _refusal(field: str, message: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})


def _reason(words: str) -> str:
    words = words.strip()
    if len(words) > LONGEST_REASON or not storable(words):
        message = _("Say it in at most %(longest)d characters.") % {"longest": LONGEST_REASON}
        raise _refusal("reason", message, "max_length")
    return words


def _alone(version: ExerciseVersion, actor: User, because: str) -> str:
    """Why one person may do what takes two; empty if they are two."""
    if version.author_id != actor.pk:
        return ""
    if not actor.is_superuser:
        raise ValidationError(
            _("You made the last change here. Ask another curator to read it and publish it."), code="second_person"
        )
    because = because.strip()
    if not because or len(because) > LONGEST_REASON or not storable(because):
        message = _(
            "You made the last change yourself: say in at most %(longest)d characters why nobody else reads it."
        )
        raise _refusal("alone_because", message % {"longest": LONGEST_REASON}, "second_person")
    return because


def _new_rows(documents: Mapping[str, Document]) -> list[Exercise]:
    """Drafts of these slugs, without versions and links yet. Raises ValidationError if somebody was faster."""
    try:
        with transaction.atomic():
            return Exercise.objects.bulk_create(
                Exercise(slug=slug, **row_values(document)) for slug, document in documents.items()
            )
    except IntegrityError as error:
        raise ValidationError(_taken()) from error


def _add_version(exercise: Exercise, document: Document, actor: User, now: datetime, reason: str) -> ExerciseVersion:
    number = exercise.latest.number + 1 if exercise.latest else 1
    return ExerciseVersion.objects.create(
        exercise=exercise, number=number, document=document, author=actor, made_at=now, reason=reason
    )


def _add_comment(version: ExerciseVersion, actor: User, now: datetime, text: str, field: str) -> ReviewComment:
    text = text.strip()
    if not text:
        raise _refusal(field, _("Say what is to be looked at."), "required")
    if len(text) > LONGEST_COMMENT or not storable(text):
        message = _("Say it in at most %(longest)d characters.") % {"longest": LONGEST_COMMENT}
        raise _refusal(field, message, "max_length")
    return ReviewComment.objects.create(version=version, author=actor, made_at=now, text=text)


def _work_on(row: Exercise, version: ExerciseVersion) -> None:
    """Make `version` the latest. Readers see nothing of it, unless the exercise is a draft altogether."""
    row.latest = version
    if row.published_version is None:
        row.status, row.next_status = Status.DRAFT, NextStatus.DRAFT
        row.save(update_fields=["latest", "status", "next_status"])
        write_rows({row: version.document})
        return
    same = row.published_version.document == version.document
    row.next_status = NextStatus.NONE if same else NextStatus.DRAFT
    # Not `save`, which says that the library changed: for readers it did not.
    Exercise.objects.filter(pk=row.pk).update(latest=version, next_status=row.next_status)


def _show(row: Exercise, version: ExerciseVersion) -> None:
    """Make `version` what readers see."""
    row.published_version, row.status = version, Status.PUBLISHED
    row.next_status = NextStatus.NONE if row.latest_id == version.pk else row.next_status
    row.save(update_fields=["published_version", "status", "next_status"])
    write_rows({row: version.document})


def _move(row: Exercise, status: str, action: str, actor: User, now: datetime) -> Exercise:
    """Move the work on the latest version on; with it an exercise that was never published."""
    before = {"next_status": row.next_status}
    row.next_status = status
    if row.published_version is None:
        row.status = status
    Exercise.objects.filter(pk=row.pk).update(status=row.status, next_status=row.next_status)
    after = {"next_status": status, "version": cast(ExerciseVersion, row.latest).number}
    record(actor=actor, action=action, target=row, now=now, before=before, after=after)
    return row


def _turn(row: Exercise, status: str, action: str, actor: User, now: datetime) -> Exercise:
    """Into retirement, or out of it."""
    before = {"status": row.status}
    row.status = status
    row.save(update_fields=["status"])
    record(actor=actor, action=action, target=row, now=now, before=before, after={"status": status})
    return row
