"""Documents into the rows that readers, lists and filters read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from warmups.domain.exercise_documents import DOSE, Document
from warmups.domain.figures import poses_digest
from warmups.models import Equipment, Exercise, ExerciseMuscle, Muscle, Substitute
from warmups.workflow import require_workflow

# Fields that the row and the document call the same.
SAME = (
    *("name", "aliases", "category", "phase", "position", "lying", "unilateral", "alternating", "mode"),
    *("equipment_substitutes", "space", "running_role", "difficulty", "movement", "contraindications"),
    *("evidence_level", "summary", "set_up", "cues", "feel", "mistakes", "leave_out", "poses", "media"),
)


def row_values(document: Document) -> dict[str, Any]:
    """What a document says for the row itself, links to others aside."""
    pace, review = document["seconds_per_rep"], document["review"]
    return (
        {name: document[name] for name in SAME}
        | {name: document["dose"][name] for name in DOSE}
        | {
            "seconds_per_rep": None if pace is None else Decimal(str(pace)),
            "instructions": document["steps"],
            "poses_digest": poses_digest(document["poses"]),
            "reviewed_by": review["by"],
            "reviewed_on": _day(review["on"]),
            "review_due": _day(review["due"]),
        }
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def write_rows(documents: Mapping[Exercise, Document]) -> None:
    """Make these exercises say what their documents say. Everything that a document names has to be there.

    Changes the objects too; what is set on them besides is for the caller to save.
    """
    require_workflow()
    if not documents:
        return
    keys = _keys(Exercise)
    for row, document in documents.items():
        for name, value in row_values(document).items():
            setattr(row, name, value)
        row.easier_id = keys[document["easier"]] if document["easier"] else None
        row.harder_id = keys[document["harder"]] if document["harder"] else None
    names = [*row_values(next(iter(documents.values()))), "easier", "harder"]
    Exercise.objects.bulk_update(documents, names, batch_size=50)
    _write_what_hangs_on({row.pk: document for row, document in documents.items()}, keys)


def _write_what_hangs_on(documents: Mapping[int, Document], exercises: Mapping[str, int]) -> None:
    """Equipment, muscles and substitutes of these exercises, all anew."""
    muscles, equipment = _keys(Muscle), _keys(Equipment)
    through = Exercise.equipment.through
    through._default_manager.filter(exercise_id__in=documents).delete()
    through._default_manager.bulk_create(
        through(exercise_id=key, equipment_id=equipment[item])
        for key, document in documents.items()
        for item in document["equipment"]
    )
    ExerciseMuscle.objects.filter(exercise_id__in=documents).delete()
    worked = {
        key: [(slug, role) for role in document["muscles"] for slug in document["muscles"][role]]
        for key, document in documents.items()
    }
    ExerciseMuscle.objects.bulk_create(
        ExerciseMuscle(exercise_id=key, muscle_id=muscles[slug], role=role, position=position)
        for key, pairs in worked.items()
        for position, (slug, role) in enumerate(pairs)
    )
    Substitute.objects.filter(exercise_id__in=documents).delete()
    Substitute.objects.bulk_create(
        Substitute(exercise_id=key, when=said["when"], substitute_id=exercises[said["exercise"]])
        for key, document in documents.items()
        for said in document["substitutes"]
    )


def _keys(model: type[models.Model]) -> dict[str, int]:
    return dict(model._default_manager.values_list("slug", "pk"))
