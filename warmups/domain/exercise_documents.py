"""All that an exercise says, as one document: read, checked, and brought into one form. Values only, but `known_here`.

A document is what a content file says (warmups/content/README.md), with what stands beside it there: `poses` (object or
null), `media` (a list of {file, alt, caption}) and `review` ({by, on, due}, days as "2027-03-15" or null). In its one
form it has every key; texts and lists are empty where there is nothing to say. Other things are named by their slugs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from warmups import figures
from warmups.domain.doses import check_dose
from warmups.domain.fields import Entry, Fields, entry_of, storable
from warmups.models import (
    Contraindication,
    Equipment,
    Exercise,
    ExerciseMuscle,
    MediaFile,
    Mode,
    Muscle,
    Phase,
    RunningRole,
    Substitute,
)

Document = dict[str, Any]

TEXTS = ("summary", "set_up", "steps", "cues", "feel", "mistakes", "leave_out")
BESIDE = ("poses", "media", "review")  # what a document has and a content file need not
DOSE = ("sets", "reps", "hold_seconds", "metres", "tempo")
MOST_MEDIA = 12
MOST_BYTES = 400_000  # of a document; the longest of ours has 12,000
DEEPEST = 40
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it

EMPTY: Document = {
    "name": "",
    "aliases": [],
    "category": "activation",
    "phase": "activate",
    "position": "standing",
    "lying": False,
    "unilateral": False,
    "alternating": False,
    "mode": "reps",
    "dose": {"sets": 1, "reps": 10, "hold_seconds": None, "metres": None, "tempo": ""},
    "seconds_per_rep": 3,
    "equipment": [],
    "equipment_substitutes": "",
    "space": "spot",
    "running_role": "single-leg-stance",
    "difficulty": 1,
    "easier": None,
    "harder": None,
    "movement": [],
    "muscles": {"primary": [], "secondary": []},
    "contraindications": [],
    "evidence_level": "D",
    "substitutes": [],
    "summary": "",
    "set_up": "",
    "steps": [],
    "cues": [],
    "feel": "",
    "mistakes": [],
    "leave_out": "",
    "poses": None,
    "media": [],
    "review": {"by": "", "on": None, "due": None},
}


class Links(NamedTuple):
    """What the chains of easier and harder ones are checked by; slugs."""

    difficulty: int | None
    easier: str | None
    harder: str | None


@dataclass(frozen=True)
class Known:
    """What a document may name: slugs, and names of photos and videos."""

    exercises: Mapping[str, Links]
    muscles: Collection[str]
    equipment: Collection[str]
    media: Collection[str]


class Noted:
    """Problems of a document, by the path of the field: "dose.reps", "substitutes.0.exercise"."""

    def __init__(self) -> None:
        self.by_path: dict[str, list[str]] = {}

    def refuse(self, entry: Entry, key: str, path: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.by_path.setdefault(path + key, []).append(message)


def known_here() -> Known:
    """What there is in the database, at four queries."""
    rows = Exercise.objects.values_list("slug", "difficulty", "easier__slug", "harder__slug")
    return Known(
        exercises={slug: Links(difficulty, easier, harder) for slug, difficulty, easier, harder in rows},
        muscles=set(Muscle.objects.values_list("slug", flat=True)),
        equipment=set(Equipment.objects.values_list("slug", flat=True)),
        media=set(MediaFile.objects.values_list("name", flat=True)),
    )


def check_document(slug: str, document: Mapping[str, Any], known: Known) -> tuple[Document, dict[str, list[str]]]:
    """A document in its one form, and what is wrong with it: sentences by path; nothing if it can be a draft.

    What is left out is empty. A draft may lack texts, muscles and a figure; `missing` says what publishing needs.
    """
    noted = Noted()
    if not _can_be_kept(document):
        return dict(EMPTY), {"poses": [_("All of it together is too large, or holds something that can't be kept.")]}
    row = Fields(noted, entry_of(EMPTY | dict(document)))
    read = read_exercise(slug, row, known, draft=True)
    read["poses"] = _poses(row)
    row.done()
    links = Links(read["difficulty"], read["easier"], read["harder"])
    for link, message in link_problems(slug, {**known.exercises, slug: links}):
        row.problem(link, message)
    return read, noted.by_path


def missing(document: Document) -> list[str]:
    """What it lacks for being published, in words."""
    needed = {
        _("one line"): document["summary"],
        _("set-up"): document["set_up"],
        _("steps"): document["steps"],
        _("cues"): document["cues"],
        _("the muscles that it mainly works"): document["muscles"]["primary"],
        _("a figure, a photo or a video"): document["poses"] or document["media"],
    }
    return [word for word, said in needed.items() if not said]


def named_exercises(document: Document) -> set[str]:
    """The slugs of other exercises that it names."""
    named = [document["easier"], document["harder"], *(item["exercise"] for item in document["substitutes"])]
    return {slug for slug in named if slug}


def read_exercise(slug: str, row: Fields, known: Known, *, draft: bool) -> Document:
    """What an entry says, in the one form, `poses` aside. A draft may lack texts and muscles; a file has all or none.

    `row.done` is left to the caller, who may take more out of it.
    """
    document: Document = {
        "name": row.text("name", 80),
        "aliases": row.texts("aliases", 80),
        "category": row.choice("category", Exercise.Category.values),
        "phase": row.choice("phase", Phase.values),
        "position": row.choice("position", Exercise.Position.values),
        "lying": row.flag("lying"),
        "unilateral": row.flag("unilateral"),
        "alternating": row.flag("alternating"),
        **_usual_dose(row),
        "equipment": row.all_known("equipment", known.equipment, _("equipment")),
        "equipment_substitutes": row.text("equipment_substitutes", 120, empty=True),
        "space": row.choice("space", Exercise.Space.values),
        "running_role": row.choice("running_role", RunningRole.values),
        "difficulty": row.whole("difficulty", 1, 5),
        "easier": row.known("easier", known.exercises, _("exercise"), empty=True),
        "harder": row.known("harder", known.exercises, _("exercise"), empty=True),
        "movement": row.texts("movement", 80),
        "muscles": _muscles(row, known.muscles, draft=draft),
        "contraindications": row.choices("contraindications", Contraindication.values),
        "evidence_level": row.choice("evidence_level", Exercise.EvidenceLevel.values),
        "substitutes": _substitutes(slug, row, known.exercises),
        **_texts(row, draft=draft),
        "poses": None,
        "media": _media(row, known.media) if row.has("media") else [],
        "review": _review(row) if row.has("review") else dict(EMPTY["review"]),
    }
    if document["unilateral"] and document["alternating"]:
        row.problem("alternating", _("Sides come one after the other, or in turn: only one of the two is true."))
    return document


def _usual_dose(row: Fields) -> Document:
    """Mode, dose and pace."""
    mode = row.choice("mode", Mode.values)
    pace = row.decimal("seconds_per_rep", 0, 60, 2, empty=True)
    if mode == "hold" and pace is not None:
        row.problem("seconds_per_rep", _("A hold has no pace. Leave it out."))
    if mode in ("reps", "distance") and not pace and row.entry.get("seconds_per_rep") in (None, 0, "", "0"):
        row.problem("seconds_per_rep", _("Say how many seconds one takes."))
    inner = row.inner("dose")
    dose: Document = dict.fromkeys(DOSE[:-1]) | {"tempo": ""}
    if inner is not None:
        limits = {name: inner.whole(name, 0, 32767, empty=True) for name in DOSE[:-1]}
        dose = limits | {"tempo": inner.text("tempo", 40, empty=True)}
        if mode:
            unilateral = row.entry.get("unilateral") is True
            sides = {"sides": "each" if unilateral else None, "rest_seconds": 0}
            for name, error in check_dose(mode=mode, unilateral=unilateral, dose=limits | sides).items():
                if name not in inner.refused:
                    inner.problem(name, error.messages[0])
        inner.done()
    return {"mode": mode, "dose": dose, "seconds_per_rep": as_number(pace)}


def as_number(value: Decimal | None) -> int | float | None:
    """A number as JSON and YAML write it."""
    return None if value is None else int(value) if value == int(value) else float(value)


def _muscles(row: Fields, muscles: Collection[str], *, draft: bool) -> Document:
    """Slugs by role."""
    found: dict[str, list[str]] = {role: [] for role in ExerciseMuscle.Role.values}
    inner = row.inner("muscles")
    if inner is None:
        return found
    for role in found:
        found[role] = inner.all_known(role, muscles, _("muscle"))
    for slug in found["secondary"]:
        if slug in found["primary"]:
            inner.problem(
                "secondary", _("“%(slug)s” is worked mainly or besides, not both. Keep one.") % {"slug": slug}
            )
    if not inner.entry.get("primary") and not draft:
        inner.problem("primary", _("Name at least one muscle that it mainly works."))
    inner.done()
    return found


def _substitutes(slug: str, row: Fields, exercises: Collection[str]) -> list[Document]:
    """When, and which exercise stands in."""
    found: list[Document] = []
    for entry in row.entries("substitutes"):
        when = entry.choice("when", Substitute.When.values)
        other = entry.known("exercise", exercises, _("exercise"))
        said = {"when": when, "exercise": other}
        if other == slug:
            entry.problem("exercise", _("An exercise can't stand in for itself."))
        if said in found:
            entry.problem("exercise", _("This is said already. Keep one."))
        elif when and other:
            found.append(said)
        entry.done()
    return found


def _texts(row: Fields, *, draft: bool) -> Document:
    """How it is done, in words."""
    if not draft and not any(row.has(key) for key in TEXTS):
        return {key: EMPTY[key] if isinstance(EMPTY[key], str) else [] for key in TEXTS}
    least = 0 if draft else 1
    mistakes = []
    for entry in row.entries("mistakes"):
        mistakes.append({"mistake": entry.text("mistake", 300), "fix": entry.text("fix", 500)})
        entry.done()
    return {
        "summary": row.text("summary", 200, empty=draft),
        "set_up": row.text("set_up", 2000, empty=draft),
        "steps": row.texts("steps", 500, least=least, distinct=False),
        "cues": row.texts("cues", 120, least=least),
        "feel": row.text("feel", 2000, empty=draft),
        "mistakes": mistakes,
        "leave_out": row.text("leave_out", 2000, empty=draft),
    }


def _media(row: Fields, names: Collection[str]) -> list[Document]:
    """Photos and videos, each with words for who does not see it."""
    entries = row.entries("media")
    if len(entries) > MOST_MEDIA:
        row.problem("media", _("At most %(most)d photos and videos.") % {"most": MOST_MEDIA})
    found = []
    for entry in entries[:MOST_MEDIA]:
        name = entry.known("file", names, _("photo or video"))
        found.append(
            {"file": name or "", "alt": entry.text("alt", 200), "caption": entry.text("caption", 200, empty=True)}
        )
        entry.done()
    if len({item["file"] for item in found}) < len(found):
        row.problem("media", _("The same photo or video stands here twice. Keep one."))
    return found


def _review(row: Fields) -> Document:
    """Who vouches for it, since when, and until when."""
    inner = row.inner("review")
    if inner is None:
        return dict(EMPTY["review"])
    by, on, due = inner.text("by", 120, empty=True), inner.day("on", empty=True), inner.day("due", empty=True)
    inner.done()
    if (inner.entry.get("on") and on is None) or (inner.entry.get("due") and due is None):
        return dict(EMPTY["review"])  # told already
    for key, message in check_review(by=by, on=on, due=due).items():
        inner.problem(key, message)
    return {"by": by, "on": on.isoformat() if on else None, "due": due.isoformat() if due else None}


def check_review(*, by: str, on: date | None, due: date | None) -> dict[str, str]:
    """What is wrong with who reviewed an exercise, when, and when it is due again: a sentence for each field.

    A reviewer comes with a date and a date with a reviewer; what is due again comes after it was reviewed.
    """
    if by and on is None:
        return {"on": _("Say when it was reviewed.")}
    if on is not None and not by:
        return {"by": _("Say who reviewed it, with name and profession.")}
    if due is not None and on is None:
        return {"due": _("Nobody reviewed it yet: say who did and when, or leave this empty.")}
    if due is not None and on is not None and due <= on:
        return {"due": _("The next review comes after the last one: choose a later day.")}
    return {}


def _poses(row: Fields) -> Any:
    """The figure's poses, or None."""
    poses = row.value("poses")
    if poses is None:
        return None
    for problem in pose_problems(poses):
        row.problem(f"poses.{problem.where}" if problem.where else "poses", _moment(problem))
    return poses


def pose_problems(poses: Any) -> tuple[figures.Problem, ...]:
    """What is wrong with a figure's poses, which are JSON. The last ones are remembered: a check takes 20 ms."""
    return _pose_problems(json.dumps(poses), get_language())


@lru_cache(maxsize=500)
def _pose_problems(text: str, _language: str | None) -> tuple[figures.Problem, ...]:
    return tuple(figures.check(json.loads(text)))


def _moment(problem: figures.Problem) -> str:
    if problem.seconds is None:
        return problem.message
    return _("%(message)s (at %(seconds).1f s)") % {"message": problem.message, "seconds": problem.seconds}


def _can_be_kept(document: Mapping[str, Any]) -> bool:
    """Whether both databases can keep it, and whoever reads it won't tire."""
    try:
        text = json.dumps(document, allow_nan=False, ensure_ascii=False)
        return (
            storable(text) and not NUL.search(text) and len(text.encode()) <= MOST_BYTES and _depth(document) <= DEEPEST
        )
    except (TypeError, ValueError, RecursionError):
        return False


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return 1 + max(map(_depth, inner), default=0)


def link_problems(
    slug: str, exercises: Mapping[str, Links], *, once: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """What is wrong with its easier and harder one, by "easier" and "harder".

    An easier one is not harder, a harder one not easier, and no chain comes back to where it was. With `once`, all
    slugs that are asked for, a circle is told at the first of them only, by name.
    """
    own, found = exercises[slug], []
    for link, wrong in (("easier", 1), ("harder", -1)):
        name = getattr(own, link)
        if name not in exercises:
            continue
        ours, theirs = own.difficulty, exercises[name].difficulty
        if ours is not None and theirs is not None and (theirs - ours) * wrong > 0:
            message = _("“%(name)s” has difficulty %(theirs)d, this one %(ours)d. Mend one of the two.")
            found.append((link, message % {"name": name, "theirs": theirs, "ours": ours}))
        loop = _loop(exercises, slug, link)
        if loop and (once is None or slug == min(member for member in loop if member in once)):
            message = _("This chain goes in a circle: %(loop)s. Cut it.")
            found.append((link, message % {"loop": " → ".join(loop)}))
    return found


def _loop(exercises: Mapping[str, Links], start: str, link: str) -> list[str] | None:
    """The way from an exercise back to itself."""
    way, here = [start], getattr(exercises[start], link)
    while here is not None and here not in way:
        way.append(here)
        here = getattr(exercises[here], link) if here in exercises else None
    return [*way, start] if here == start else None
