"""Routines: make, revise, copy, archive, delete. A revision never changes once it is made.

What is more about the library's (review, publish, withdraw) is in library_routines.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, Required, TypedDict, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, Max
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from warmups.domain.doses import check_dose
from warmups.domain.durations import routine_seconds
from warmups.domain.fields import storable
from warmups.models import Equipment, Exercise, Revision, Routine, Step
from warmups.workflow import removing

MOST_STEPS = 30


class StepInput(TypedDict, total=False):
    """A step as it comes in. Only `exercise` (a slug) is required; a field left out is as the exercise has it.

    `rank` starts as the position. The order of the list is the order of the steps: a `position` is not looked at.
    """

    exercise: Required[str]
    position: int
    sets: int
    reps: int | None
    hold_seconds: int | None
    metres: int | None
    sides: str | None
    rest_seconds: int
    tempo: str
    equipment: list[str]
    rank: int
    note: str


class OutOfDate(ValidationError):
    """The routine was changed since the revision that a change is based on."""

    def __init__(self) -> None:
        super().__init__(
            _("This routine was changed in the meantime. Look at the newest version and change that."), code="conflict"
        )


def create_routine(
    *,
    owner: User | None,
    actor: User | None,
    name: str,
    steps: Sequence[StepInput],
    now: datetime,
    description: str = "",
    copied_from: Routine | None = None,
    reason: str = "",
    slug: str | None = None,
) -> Routine:
    """A new routine with its first revision. Without an owner it is a draft of the library's, there with a slug.

    Raises ValidationError by field: name, description, steps, or a field of a step counted from 0 ("steps.2.reps").
    """
    errors = _check_texts(name=name, description=description, reason=reason)
    made = checked_steps(steps, errors=errors)
    _raise(errors)
    with transaction.atomic():
        routine = Routine.objects.create(
            owner=owner,
            slug=slug,
            name=name.strip(),
            description=description.strip(),
            copied_from=copied_from,
            created_at=now,
        )
        says = Said(name=routine.name, description=routine.description, steps=made)
        _add_revision(routine, says, actor=actor, now=now, reason=reason)
        after = {"name": routine.name, "number": 1, "copied_from": copied_from and copied_from.pk}
        record(actor=actor, action="routine.create", target=routine, now=now, after=after)
    return routine


def revise_routine(
    *,
    routine: Routine,
    actor: User | None,
    now: datetime,
    name: str | None = None,
    steps: Sequence[StepInput] | None = None,
    description: str | None = None,
    revision_id: int | None = None,
    reason: str = "",
) -> Revision:
    """Make the next revision with a new name, new steps (the whole list) or both; None leaves as it is.

    `revision_id` is the revision that the change is based on. What says the same as the latest revision makes no new
    one, and neither does another description by itself, but in the library, where it is reviewed like the rest. An
    exercise retired since stays possible in a routine that has it. Of a published routine of the library readers keep
    what they have. Answers the routine's latest revision.
    Raises OutOfDate if `revision_id` is no longer the latest, else ValidationError by field as `create_routine`.
    """
    with transaction.atomic():
        locked = locked_row(routine)
        latest = cast(Revision, locked.latest)
        if revision_id is not None and revision_id != latest.pk:
            raise OutOfDate
        if locked.archived_at:
            raise ValidationError(_("This routine is archived. Copy it to go on with it."), code="archived")
        errors = _check_texts(name=name, description=description, reason=reason)
        old = list(latest.steps.all())
        new = old if steps is None else checked_steps(steps, before=old, errors=errors)
        _raise(errors)

        library = locked.owner_id is None
        # Of one's own the row's, which may have changed without a revision.
        described = latest.description if library else locked.description
        says = Said(
            name=latest.name if name is None else name.strip(),
            description=described if description is None else description.strip(),
            steps=new,
        )
        if not library and says.description != described:
            locked.description = says.description
            locked.save(update_fields=["description"])
            change = {"before": {"description": described}, "after": {"description": says.description}}
            record(actor=actor, action="routine.describe", target=locked, now=now, **change)
        if (
            says.name != latest.name
            or _fields_of(new) != _fields_of(old)
            or (library and says.description != described)
        ):
            before = {"name": latest.name, "number": latest.number}
            latest = _add_revision(
                locked, says._replace(steps=[_copied(step) for step in new]), actor=actor, now=now, reason=reason
            )
            after = {"name": latest.name, "number": latest.number}
            record(actor=actor, action="routine.revise", target=locked, now=now, before=before, after=after)
    for field in ("name", "description", "current", "latest", "next_status"):
        setattr(routine, field, getattr(locked, field))
    return latest


def copy_routine(*, routine: Routine, owner: User, now: datetime) -> Routine:
    """A copy that belongs to `owner`, word for word, which remembers where it came from."""
    with transaction.atomic():
        copy = Routine.objects.create(
            owner=owner, name=routine.name, description=routine.description, copied_from=routine, created_at=now
        )
        steps = [_copied(step) for step in cast(Revision, routine.current).steps.all()]
        says = Said(name=copy.name, description=copy.description, steps=steps)
        _add_revision(copy, says, actor=owner, now=now, reason="")
        after = {"name": copy.name, "number": 1, "copied_from": routine.pk}
        record(actor=owner, action="routine.create", target=copy, now=now, after=after)
    return copy


def archive_routine(*, routine: Routine, actor: User, now: datetime) -> Routine:
    """Take a routine out of use. What was assigned and logged keeps it; doing it twice is doing it once."""
    with transaction.atomic():
        if Routine.objects.filter(pk=routine.pk, archived_at=None).update(archived_at=now):
            record(actor=actor, action="routine.archive", target=routine, now=now, after={"archived": True})
    routine.refresh_from_db(fields=["archived_at"])
    return routine


def bring_back_routine(*, routine: Routine, actor: User, now: datetime) -> Routine:
    """Take an archived routine back into use; doing it twice is doing it once."""
    with transaction.atomic():
        if Routine.objects.filter(pk=routine.pk, archived_at__isnull=False).update(archived_at=None):
            record(actor=actor, action="routine.restore", target=routine, now=now, after={"archived": False})
    routine.refresh_from_db(fields=["archived_at"])
    return routine


def refers_to(routine: Routine) -> bool:
    """Whether anything leans on a routine: runs, logs, squads, copies, or that readers of the library had it.

    In one query, over whatever apps above point at routines and revisions.
    """
    own = {Routine: [routine.pk], Revision: routine.revisions.values("pk")}
    inner = {Revision._meta.get_field("routine"), *(Routine._meta.get_field(name) for name in ("current", "latest"))}
    leaning = [Exists(routine.revisions.filter(published_at__isnull=False))]
    for model, keys in own.items():
        for relation in model._meta.related_objects:
            if relation.field not in inner and relation.related_model is not Step:
                rows = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": keys})
                leaning.append(Exists(rows))
    return Routine.objects.filter(reduce(or_, leaning), pk=routine.pk).exists()


def delete_routine(*, routine: Routine, actor: User, now: datetime) -> None:
    """Delete a routine that nothing leans on, with its revisions. Raises ValidationError if something does."""
    message = _("Runs, logs, squads or copies lean on this routine. Archive it instead.")
    try:
        with transaction.atomic(), removing():
            locked_row(routine)
            if refers_to(routine):
                raise ValidationError(message, code="in_use")
            record(actor=actor, action="routine.delete", target=routine, now=now, before={"name": routine.name})
            Routine.objects.filter(pk=routine.pk).update(current=None, latest=None)
            routine.revisions.all().delete()
            Routine.objects.filter(pk=routine.pk).delete()
    except IntegrityError as error:  # a run was given it, or a log made of it, since we looked
        raise ValidationError(message, code="in_use") from error


def locked_row(routine: Routine) -> Routine:
    """The row, locked, so that of two changes at once one sees the other. Raises ValidationError if it is gone."""
    rows = Routine.objects.select_for_update(of=("self",)).select_related("current", "latest")
    row = rows.filter(pk=routine.pk).first()
    if row is None:
        raise ValidationError(_("This routine was deleted in the meantime."), code="gone")
    return row


def checked_steps(
    steps: Sequence[StepInput],
    *,
    errors: dict[str, list[ValidationError]],
    before: Sequence[Step] = (),
) -> list[Step]:
    """Unsaved steps of what came in; what is wrong is added to `errors` under "steps" or "steps.<index>.<field>".

    An exercise has to be published, or among the steps `before`.
    """
    if not 1 <= len(steps) <= MOST_STEPS:
        code = "min_length" if not steps else "max_length"
        message = _("A routine has 1 to %(most)d steps.")
        errors["steps"] = [ValidationError(message, code=code, params={"most": MOST_STEPS})]
        return []
    slugs = {step["exercise"] for step in steps if isinstance(step.get("exercise"), str)}
    exercises = {row.slug: row for row in Exercise.objects.filter(slug__in=slugs).prefetch_related("equipment")}
    known_equipment = set(Equipment.objects.values_list("slug", flat=True))
    kept = {step.exercise_id for step in before}
    made = []
    for index, given in enumerate(steps):
        exercise = exercises.get(given.get("exercise", ""))
        if exercise is None or not (exercise.published or exercise.pk in kept):
            message = _("There is no such exercise to choose. Take one from the library.")
            errors[f"steps.{index}.exercise"] = [ValidationError(message, code="does_not_exist")]
            continue
        step, wrong = _step(exercise, given, position=index + 1, known_equipment=known_equipment)
        errors.update({f"steps.{index}.{field}": [error] for field, error in wrong.items()})
        made.append(step)
    return made


def _step(
    exercise: Exercise, given: StepInput, *, position: int, known_equipment: set[str]
) -> tuple[Step, dict[str, ValidationError]]:
    """One unsaved step, and what is wrong with it by field."""
    values: dict[str, Any] = {
        field: given.get(field, getattr(exercise, field))
        for field in ("sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds", "tempo")
    }
    if exercise.mode == "hold" and values["reps"] is None:
        values["reps"] = 1
    usual = [item.slug for item in exercise.equipment.all()]
    values |= {
        "rank": given.get("rank", position),
        "note": given.get("note", ""),
        "equipment": given.get("equipment", usual),
    }
    wrong = check_dose(mode=exercise.mode, unilateral=exercise.unilateral, dose=values)
    for field, longest in (("tempo", 40), ("note", 200)):
        if error := _text_error(values[field], longest):
            wrong[field] = error
        else:
            values[field] = values[field].strip()
    if isinstance(values["rank"], bool) or not isinstance(values["rank"], int) or not 1 <= values["rank"] <= MOST_STEPS:
        message = _("Give a whole number from %(low)d to %(high)d.")
        wrong["rank"] = ValidationError(message, code="invalid", params={"low": 1, "high": MOST_STEPS})
    if unknown := [item for item in values["equipment"] if item not in known_equipment]:
        message = _("We know no equipment called %(unknown)s.")
        wrong["equipment"] = ValidationError(message, code="does_not_exist", params={"unknown": str(unknown[0])[:60]})
    values["equipment"] = list(dict.fromkeys(values["equipment"]))
    step = Step(
        position=position,
        exercise=exercise,
        exercise_name=exercise.name,
        mode=exercise.mode,
        seconds_per_rep=exercise.seconds_per_rep,
        **values,
    )
    return step, wrong


def _check_texts(**texts: str | None) -> dict[str, list[ValidationError]]:
    """What is wrong with name, description and reason, by field."""
    limits = {"name": 80, "description": 500, "reason": 200}
    errors = {}
    for field, value in texts.items():
        if value is not None and (error := _text_error(value, limits[field], required=field == "name")):
            errors[field] = [error]
    return errors


def _text_error(value: object, longest: int | None, *, required: bool = False) -> ValidationError | None:
    if not isinstance(value, str) or not storable(value):
        return ValidationError(_("Write plain text here."), code="invalid")
    if required and not value.strip():
        return ValidationError(_("Give it a name."), code="required")
    if longest is not None and len(value.strip()) > longest:
        message = _("At most %(longest)d characters.")
        return ValidationError(message, code="max_length", params={"longest": longest})
    return None


def _raise(errors: dict[str, list[ValidationError]]) -> None:
    if errors:
        raise ValidationError(errors)


class Said(NamedTuple):
    """What a revision says: name, description, unsaved steps."""

    name: str
    description: str
    steps: list[Step]


def _add_revision(routine: Routine, says: Said, *, actor: User | None, now: datetime, reason: str) -> Revision:
    """Write a revision and make it the latest, and the current one unless readers of the library have another."""
    # The highest there is, which is not the latest where a draft of the library's was set aside.
    last = routine.revisions.aggregate(number=Max("number"))["number"] if routine.latest_id else 0
    revision = Revision.objects.create(
        routine=routine,
        number=last + 1,
        name=says.name,
        description=says.description,
        duration_seconds=routine_seconds(says.steps),
        created_by=actor,
        created_at=now,
        reason=reason.strip(),
    )
    for step in says.steps:
        step.revision = revision
    Step.objects.bulk_create(says.steps)
    routine.latest = revision
    if routine.owner_id is None:
        routine.next_status = Routine.NextStatus.DRAFT
    if routine.owner_id is not None or routine.current is None or routine.current.published_at is None:
        routine.current, routine.name, routine.description = revision, says.name, says.description
    routine.save(update_fields=["current", "latest", "name", "description", "next_status"])
    return revision


# What a step says: all of it but where it is kept.
STEP_SAYS = (
    "position",
    "exercise_id",
    "exercise_name",
    "mode",
    "seconds_per_rep",
    "sets",
    "reps",
    "hold_seconds",
    "metres",
    "sides",
    "rest_seconds",
    "tempo",
    "equipment",
    "rank",
    "note",
)


def _fields_of(steps: Sequence[Step]) -> list[list[Any]]:
    return [[getattr(step, field) for field in STEP_SAYS] for step in steps]


def _copied(step: Step) -> Step:
    return Step(**{field: getattr(step, field) for field in STEP_SAYS})
