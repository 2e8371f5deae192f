"""One exercise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from warmups.body_map import body_map
from warmups.domain.media import shown_media
from warmups.evidence_chart import LEVELS, IndexMark, evidence, index_marks
from warmups.figures.drawing import drawn_side
from warmups.kept_answers import kept_html
from warmups.ladder import ladder
from warmups.models import Contraindication, Exercise, ExerciseMuscle, GlutealIndex, Mode

SIDES = ("left", "right")
SHOWN_OF_OTHERS = ("slug", "name", "position", "difficulty", "easier", "harder", "poses_digest")
SHOWN_OF_STUDIES = (
    "slug",
    "citation",
    "year",
    "doi",
    "url",
    "electrodes",
    "population",
    "method",
    "bibliography_checked",
)


def exercise(request: HttpRequest, slug: str) -> HttpResponse:
    """One exercise: how to do it, what it works, and how well that is known. `?side=left|right` turns its figure."""
    row = Exercise.objects.all().for_reading(request.user, slug=slug)
    # A draft is looked at while it is worked on.
    return exercise_page(request, row, keep=row.ever_published)


def exercise_page(
    request: HttpRequest, row: Exercise, *, keep: bool, template: str = "warmups/exercise.html", **more: Any
) -> HttpResponse:
    """The page of an exercise, as its rows are now; `more` is for a `template` that adds to it.

    With `keep` what is the same for everyone is made once. Of what isn't published nothing may be kept.
    """
    side = request.GET.get("side", "")
    side = side if side in SIDES else ""
    today = timezone.localdate()

    def make() -> str:
        return render_to_string("warmups/_exercise_page.html", _context(row.pk, side, today))

    shown = kept_html(f"exercise:{row.slug}", f"{side} {today}", make) if keep else mark_safe(make())  # noqa: S308
    return render(request, template, {"exercise": row, "shown": shown} | more)


def _context(key: int, side: str, today: date) -> dict[str, Any]:
    """All that the page shows, which is the same for everyone who may see it."""
    row = Exercise.objects.with_evidence().get(pk=key)
    published = Exercise.objects.published().only(*SHOWN_OF_OTHERS).in_bulk()
    worked = list(row.worked.all())
    muscles = {role: [other.muscle for other in worked if other.role == role] for role in ExerciseMuscle.Role.values}
    return {
        "exercise": row,
        **_sides(row, side),
        "tempo": _tempo(row),
        "ladder": ladder(row, published),
        "substitutes": _substitutes(row, published),
        "leave_out": [Contraindication(tag).label for tag in row.contraindications if tag in Contraindication],
        "media": shown_media(row.media),
        "primary": muscles["primary"],
        "map": body_map(
            primary=[muscle.slug for muscle in muscles["primary"]],
            secondary=[muscle.slug for muscle in muscles["secondary"]],
        ),
        "evidence": evidence(
            row.activations.all(), indices=_indices(row), first=[other.muscle.slug for other in worked]
        ),
        "levels": [(letter, words, letter == row.evidence_level) for letter, words in LEVELS.items()],
        "overdue": row.review_due is not None and row.review_due < today,
    }


def _substitutes(row: Exercise, published: Mapping[int, Exercise]) -> list[tuple[Exercise, str]]:
    """What to do instead, each once, with the reasons for which it is named."""
    reasons: dict[int, list[str]] = {}
    for other in row.substitutes.all():
        if other.substitute_id in published:
            reasons.setdefault(other.substitute_id, []).append(other.get_when_display())
    return [(published[key], ", ".join(words)) for key, words in reasons.items()]


def _tempo(row: Exercise) -> str:
    """How fast, in words; nothing for a hold, whose seconds say it."""
    if not row.tempo or row.mode == Mode.HOLD:
        return ""
    if re.fullmatch(r"[\d.]+(-[\d.]+){2}", row.tempo):
        return _("Tempo %(tempo)s: seconds out, pause, back") % {"tempo": row.tempo}
    return _("Tempo: %(tempo)s") % {"tempo": row.tempo}


def _sides(row: Exercise, wanted: str) -> dict[str, str]:
    """The side to show, and what to ask the figure for: nothing where it is drawn from that side already."""
    if not row.unilateral or row.poses is None:
        return {"side": "", "turned": ""}
    drawn = drawn_side(row.poses)
    side = wanted or drawn
    return {"side": side, "turned": "" if side == drawn else side}


def _indices(row: Exercise) -> list[IndexMark]:
    """Its gluteal index beside those of the same study's other exercises that readers may see."""
    rows = GlutealIndex.objects.filter(study__in=row.indices.values("study"))
    rows = rows.filter(Q(exercise=row) | Q(exercise__status=Exercise.Status.PUBLISHED))
    named = ("code", "value", "exercise__slug", "exercise__name", *(f"study__{field}" for field in SHOWN_OF_STUDIES))
    return index_marks(rows.select_related("exercise", "study").only(*named), exercise=row)
