"""The way of the library's routines to their readers: review, publish, withdraw. A second person publishes.

Readers get `Routine.current`. Each change is a revision of its own and becomes `Routine.latest`; it takes the other's
place when somebody else than its author publishes it. Each deed takes `based_on`, the id of the revision that was
looked at, and raises OutOfDate if there is a later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, count
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from warmups.domain.routines import OutOfDate, StepInput, create_routine, locked_row, revise_routine
from warmups.models import Exercise, Revision, Routine

LONGEST_NOTE = 500
NextStatus = Routine.NextStatus


def start_library_routine(
    *, actor: User, name: str, description: str, steps: Sequence[StepInput], now: datetime
) -> Routine:
    """A draft for the library, named in addresses and files after its name. Raises as `create_routine`."""
    wanted = slugify(name)[:50].strip("-") or "routine"
    said: Any = {"name": name, "description": description, "steps": steps}
    for _attempt in range(10):
        taken = set(Routine.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
        numbered = (f"{wanted}-{number}" for number in count(2))
        slug = next(slug for slug in chain([wanted], numbered) if slug not in taken)
        try:
            with transaction.atomic():
                return create_routine(owner=None, actor=actor, slug=slug, now=now, **said)
        except IntegrityError:
            continue  # somebody began one of the same name in this very moment
    raise ValidationError({"name": _("Choose another name.")})


def submit_routine(*, routine: Routine, actor: User, now: datetime, based_on: int | None = None) -> Routine:
    """Ask for another curator to read the latest revision. Raises ValidationError if there is nothing to review."""
    with _locked(routine, based_on) as row:
        _require(row, NextStatus.DRAFT, _("There is no draft to review."))
        row.next_status = NextStatus.IN_REVIEW
        row.save(update_fields=["next_status"])
        record(actor=actor, action="routine.submit", target=row, now=now, after={"number": _latest(row).number})
    return routine


def send_routine_back(
    *, routine: Routine, actor: User, now: datetime, note: str, based_on: int | None = None
) -> Routine:
    """Give a routine in review back to be changed, saying what. Raises ValidationError, for `note` if it is missing."""
    note = _note("note", note, _("Say what is to be changed."))
    with _locked(routine, based_on) as row:
        _require(row, NextStatus.IN_REVIEW, _("This routine is not in review."))
        row.next_status, row.review_note = NextStatus.DRAFT, note
        row.save(update_fields=["next_status", "review_note"])
        after = {"number": _latest(row).number, "note": note}
        record(actor=actor, action="routine.send_back", target=row, now=now, after=after)
    return routine


def publish_routine(
    *, routine: Routine, actor: User, now: datetime, based_on: int | None = None, alone_because: str = ""
) -> Revision:
    """Give readers the latest revision.

    Takes another person than its author, and a review. A superuser may do without either, and says why; that stays in
    the history. Raises OutOfDate, or ValidationError: nothing to publish, exercises that are not published, the second
    person missing ("second_person"), "alone_because".
    """
    with _locked(routine, based_on) as row:
        latest = _latest(row)
        alone = ""
        if actor.is_superuser and (latest.created_by_id == actor.pk or row.next_status != NextStatus.IN_REVIEW):
            _require_change(row)
            alone = _note("alone_because", alone_because, _("Say why nobody else read it before."))
        else:
            _require(row, NextStatus.IN_REVIEW, _("This routine is not in review."))
            if latest.created_by_id == actor.pk:
                message = _("The last change is yours: another curator publishes it.")
                raise ValidationError(message, code="second_person")
        if names := unpublished_exercises(latest):
            message = _("These exercises are not published: %(names)s.")
            raise ValidationError(message, code="exercise", params={"names": ", ".join(names)})
        was, number = row.published and row.current and row.current.number, latest.number
        _publish(row, actor=actor, now=now, alone_because=alone)
        after = {"number": number} | ({"alone_because": alone} if alone else {})
        record(actor=actor, action="routine.publish", target=row, now=now, before={"number": was or None}, after=after)
    return latest


def unpublished_exercises(revision: Revision) -> list[str]:
    """The names of the exercises of a revision that readers cannot choose: it can't be published with them."""
    unpublished = Exercise.objects.exclude(status="published").filter(steps__revision=revision).distinct()
    return list(unpublished.values_list("name", flat=True))


def withdraw_routine(*, routine: Routine, actor: User, now: datetime, based_on: int | None = None) -> Routine:
    """Take a routine out of the library. Who has it keeps it. Raises ValidationError if it is not published."""
    with _locked(routine, based_on) as row:
        if not row.published:
            raise ValidationError(_("This routine is not published."), code="state")
        row.published = False
        row.next_status = row.next_status or NextStatus.DRAFT
        row.save(update_fields=["published", "next_status"])
        record(actor=actor, action="routine.withdraw", target=row, now=now, after={"published": False})
    return routine


def discard_routine_draft(*, routine: Routine, actor: User, now: datetime, based_on: int | None = None) -> Routine:
    """Set aside what was changed since it was published; it stays in the history. Raises ValidationError if nothing."""
    with _locked(routine, based_on) as row:
        current, latest = cast(Revision, row.current), _latest(row)
        if current == latest:
            raise ValidationError(_("There is no draft beside what is published."), code="state")
        row.latest, row.review_note = current, ""
        row.next_status = NextStatus.NONE if row.published else NextStatus.DRAFT
        row.save(update_fields=["latest", "next_status", "review_note"])
        record(actor=actor, action="routine.discard", target=row, now=now, before={"number": latest.number})
    return routine


def release_routine(
    *,
    routine: Routine | None,
    slug: str,
    name: str,
    description: str,
    steps: Sequence[StepInput],
    now: datetime,
    reason: str,
) -> bool:
    """Make or change a routine as a release of Prestride says it, published at once; returns whether anything changed.

    Raises ValidationError by field as `create_routine`.
    """
    with transaction.atomic():
        if routine is None:
            routine = create_routine(
                owner=None,
                actor=None,
                slug=slug,
                name=name,
                description=description,
                steps=steps,
                now=now,
                reason=reason,
            )
        else:
            before = routine.latest_id
            revise_routine(
                routine=routine, actor=None, name=name, description=description, steps=steps, now=now, reason=reason
            )
            if routine.latest_id == before:
                return False
        _publish(routine, actor=None, now=now)
    return True


def _publish(routine: Routine, *, actor: User | None, now: datetime, alone_because: str = "") -> None:
    latest = _latest(routine)
    Revision.objects.filter(pk=latest.pk).update(published_at=now, published_by=actor, alone_because=alone_because)
    latest.published_at, latest.published_by, latest.alone_because = now, actor, alone_because
    routine.current, routine.name, routine.description = latest, latest.name, latest.description
    routine.published, routine.next_status, routine.review_note = True, NextStatus.NONE, ""
    routine.save(update_fields=["current", "name", "description", "published", "next_status", "review_note"])


@contextmanager
def _locked(routine: Routine, based_on: int | None) -> Iterator[Routine]:
    """The row, locked, of a library routine in use; what is done to it shows in `routine`. Raises ValidationError."""
    with transaction.atomic():
        row = locked_row(routine)
        if row.owner_id is not None:
            raise ValidationError(_("This routine is somebody's own."), code="owned")
        if row.archived_at:
            raise ValidationError(_("This routine is archived."), code="archived")
        if based_on is not None and based_on != row.latest_id:
            raise OutOfDate
        yield row
    for field in ("name", "description", "current", "latest", "published", "next_status", "review_note"):
        setattr(routine, field, getattr(row, field))


def _latest(routine: Routine) -> Revision:
    return cast(Revision, routine.latest)


def _require(routine: Routine, status: NextStatus, message: str) -> None:
    if routine.next_status != status:
        raise ValidationError(message, code="state")


def _require_change(routine: Routine) -> None:
    if routine.next_status == NextStatus.NONE:
        raise ValidationError(_("There is nothing to publish."), code="state")


def _note(field: str, text: str, missing: str) -> str:
    """What was written, trimmed. Raises ValidationError for `field`."""
    text = text.strip()
    if not text:
        raise ValidationError({field: ValidationError(missing, code="required")})
    if len(text) > LONGEST_NOTE or "\x00" in text:
        message = _("Use at most %(most)d plain characters.")
        raise ValidationError({field: ValidationError(message, code="max_length", params={"most": LONGEST_NOTE})})
    return text
