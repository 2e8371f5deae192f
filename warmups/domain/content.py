"""The content that comes with a release (warmups/content/), read and checked.

`read` checks the files against each other and collects every problem. content_loading.py brings it into the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmups import figures
from warmups.domain.content_files import Folder, Problem, unique
from warmups.domain.doses import check_dose
from warmups.domain.exercise_documents import Document, Known, Links, link_problems, read_exercise
from warmups.domain.fields import SLUG, Entry, Fields
from warmups.domain.routines import StepInput
from warmups.models import (
    Muscle,
    Outcome,
    Step,
    Study,
)

CONTENT = Path(__file__).resolve().parent.parent / "content"

STUDY_COLUMNS = (
    "study_id",
    "citation",
    "year",
    "doi",
    "pmid_or_pmcid",
    "design",
    "population",
    "n",
    "method",
    "electrodes",
    "evidence_seen",
    "biblio_check",
    "source_url",
    "notes",
)
ACTIVATION_COLUMNS = (
    "evidence_id",
    "exercise_slug",
    "variant",
    "muscle",
    "segment",
    "mean_pct_mvic",
    "sd",
    "n",
    "low_pct",
    "high_pct",
    "statistic",
    "load_context",
    "study_id",
    "source_locator",
    "source_kind",
    "rank_ok",
    "note",
)
OUTCOME_COLUMNS = (
    "outcome_id",
    "topic",
    "study_id",
    "intervention",
    "comparator",
    "outcome",
    "direction",
    "effect_measure",
    "value",
    "ci_low",
    "ci_high",
    "p",
    "n",
    "timing",
    "source_locator",
    "source_kind",
    "note",
)
INDEX_COLUMNS = ("index_id", "exercise_slug", "index_value", "study_id", "source_locator", "note")
SEGMENTS = ("anterior", "middle", "posterior", "upper", "lower")
LOADS = ("bodyweight", "band", "isometric", "external", "mixed", "unspecified")
SOURCE_KINDS = ("primary_table", "primary_abstract", "review_table", "review_abstract", "secondary_quote")


class ContentError(Exception):
    """The content is not good; nothing of it was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(f"{len(self.problems)} problems")


@dataclass
class ExerciseContent:
    """What the files say about one exercise; `complete`: with all its texts and a figure."""

    fields: Fields
    document: Document

    @property
    def complete(self) -> bool:
        """Whether it may be published."""
        return bool(self.document["summary"]) and self.document["poses"] is not None


@dataclass
class RoutineContent:
    """What the file says about a library routine."""

    fields: Fields
    name: str
    description: str
    steps: list[StepInput]
    step_fields: list[Fields]


@dataclass
class Content:
    """All files, checked, by slug or code."""

    muscles: dict[str, dict[str, Any]]
    equipment: dict[str, dict[str, Any]]
    studies: dict[str, dict[str, Any]]
    exercises: dict[str, ExerciseContent]
    activations: dict[str, dict[str, Any]]
    outcomes: dict[str, dict[str, Any]]
    indices: dict[str, dict[str, Any]]
    routines: dict[str, RoutineContent]


def read(path: Path, *, on_read: Callable[[str], None] | None = None) -> Content:
    """The content of a folder; `on_read` hears of each file. Raises ContentError with every problem in it."""
    folder = Folder(path, on_read)
    content = _read(folder)
    if folder.problems:
        raise ContentError(folder.problems)
    return content


def _read(folder: Folder) -> Content:
    muscles = {slug: _done(row, _muscle(row)) for slug, row in _listed(folder, "muscles.yaml").items()}
    studies = _table(folder, "studies.csv", STUDY_COLUMNS, "study_id", _study)
    equipment = {
        slug: _done(row, {"name": row.text("name", 80)}) for slug, row in _listed(folder, "equipment.yaml").items()
    }
    known_muscles = folder.names("muscles.yaml", muscles)
    known_equipment = folder.names("equipment.yaml", equipment)
    known_studies = folder.names("studies.csv", studies)
    rows = _exercise_files(folder)
    poses = _poses(folder, rows)
    named = dict.fromkeys(rows, Links(None, None, None))
    known = Known(exercises=named, muscles=known_muscles, equipment=known_equipment, media=())
    exercises = {slug: _exercise(slug, row, known, poses.get(slug)) for slug, row in rows.items()}
    _check_chains(exercises)

    def activation(row: Fields) -> dict[str, Any]:
        return _activation(row, exercises, known_muscles, known_studies)

    def outcome(row: Fields) -> dict[str, Any]:
        return _outcome(row, known_studies)

    def index(row: Fields) -> dict[str, Any]:
        return _index(row, exercises, known_studies)

    routines = _listed(folder, "routines.yaml")
    return Content(
        muscles=muscles,
        equipment=equipment,
        studies=studies,
        exercises=exercises,
        activations=_table(folder, "activations.csv", ACTIVATION_COLUMNS, "evidence_id", activation),
        outcomes=_table(folder, "outcomes.csv", OUTCOME_COLUMNS, "outcome_id", outcome),
        indices=_table(folder, "indices.csv", INDEX_COLUMNS, "index_id", index),
        routines={slug: _routine(row, exercises, known_equipment) for slug, row in routines.items()},
    )


def _done(fields: Fields, values: dict[str, Any]) -> dict[str, Any]:
    fields.done()
    return values


def _table(
    folder: Folder, name: str, columns: tuple[str, ...], key: str, values: Callable[[Fields], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The rows of a CSV file, by their key."""
    rows = [Fields(folder, row) for row in folder.csv(name, columns)]
    take = (lambda row: row.slug(key)) if key == "study_id" else (lambda row: row.text(key, 12))
    return {slug: _done(row, values(row)) for slug, row in unique(rows, take, key).items()}


def _listed(folder: Folder, name: str) -> dict[str, Fields]:
    """The entries of a YAML file that is a list, by their slug."""
    items = folder.yaml(name)
    if not isinstance(items, list) or not all(isinstance(item, Entry) for item in items):
        if name not in folder.unread:
            folder.unreadable(name, 1, "Write a list of entries here, each with a slug.")
        return {}
    return unique([Fields(folder, item) for item in items], lambda row: row.slug("slug"), "slug")


def _muscle(row: Fields) -> dict[str, Any]:
    return {
        "name": row.text("name", 80),
        "latin_name": row.text("latin_name", 120),
        "region": row.text("region", 40),
        "kind": row.choice("kind", Muscle.Kind.values),
        "actions": row.texts("actions", 200),
        "where": row.text("where", 2000, empty=True),
        "in_running": row.text("in_running", 2000, empty=True),
    }


def _study(row: Fields) -> dict[str, Any]:
    doi, url = row.text("doi", 120, empty=True), row.text("source_url", 500, empty=True)
    if doi and not doi.startswith("10."):
        row.problem("doi", "A DOI starts with 10. Leave out https://doi.org/.")
    if url and not url.startswith(("https://", "http://")):
        row.problem("source_url", "An address starts with https://.")
    return {
        "citation": row.text("citation", 500),
        "year": row.whole("year", 1900, 2100, empty=True),
        "doi": doi,
        "pubmed": row.text("pmid_or_pmcid", 80, empty=True),
        "design": row.text("design", 200, empty=True),
        "population": row.text("population", 300, empty=True),
        "n": row.whole("n", 0, 10_000_000, empty=True),
        "method": row.text("method", 2000, empty=True),
        "electrodes": row.choice("electrodes", Study.Electrodes.values, empty=True),
        "seen": row.text("evidence_seen", 200, empty=True),
        "bibliography_checked": row.choice("biblio_check", ("seen", "partly-recalled")) == "seen",
        "url": url,
        "notes": row.text("notes", 2000, empty=True),
    }


def _activation(
    row: Fields, exercises: Collection[str], muscles: Collection[str], studies: Collection[str]
) -> dict[str, Any]:
    """An activation's values; exercise, muscle and study by slug."""
    values: dict[str, Any] = {
        "exercise": row.known("exercise_slug", exercises, "exercise"),
        "muscle": row.known("muscle", muscles, "muscle"),
        "study": row.known("study_id", studies, "study"),
        "variant": row.text("variant", 200, empty=True),
        "segment": row.choice("segment", SEGMENTS, empty=True),
        "mean": row.decimal("mean_pct_mvic", 0, 400, 2, empty=True),
        "sd": row.decimal("sd", 0, 400, 2, empty=True),
        "n": row.whole("n", 1, 10_000_000, empty=True),
        "low": row.decimal("low_pct", 0, 400, 2, empty=True),
        "high": row.decimal("high_pct", 0, 400, 2, empty=True),
        "statistic": row.text("statistic", 40),
        "load": row.choice("load_context", LOADS),
        "locator": row.text("source_locator", 300, empty=True),
        "source_kind": row.choice("source_kind", SOURCE_KINDS),
        "rankable": row.flag("rank_ok"),
        "note": row.text("note", 2000, empty=True),
    }
    low, high = values["low"], values["high"]
    written = any(row.entry.get(name) for name in ("mean_pct_mvic", "low_pct"))
    if not written:
        row.problem("mean_pct_mvic", "Give a mean, or a range with at least its lower end.")
    if low is not None and high is not None and low > high:
        row.problem("low_pct", "The lower end is above the upper one. Swap them.")
    if values["sd"] is not None and not row.entry.get("mean_pct_mvic"):
        row.problem("sd", "A spread needs its mean. Give the mean, or leave the spread out.")
    if values["rankable"] and values["load"] == "external":
        row.problem("rank_ok", "A figure with added load orders no body-weight exercise. Write 0.")
    return values


def _outcome(row: Fields, studies: Collection[str]) -> dict[str, Any]:
    """An outcome's values; the study by slug."""
    values: dict[str, Any] = {
        "topic": row.choice("topic", Outcome.Topic.values),
        "study": row.known("study_id", studies, "study"),
        "intervention": row.text("intervention", 200),
        "comparator": row.text("comparator", 200, empty=True),
        "outcome": row.text("outcome", 200),
        "direction": row.choice("direction", Outcome.Direction.values),
        "measure": row.text("effect_measure", 60, empty=True),
        "value": row.decimal("value", -10_000, 10_000, 4, empty=True),
        "ci_low": row.decimal("ci_low", -10_000, 10_000, 4, empty=True),
        "ci_high": row.decimal("ci_high", -10_000, 10_000, 4, empty=True),
        "p": row.text("p", 20, empty=True),
        "n": row.whole("n", 1, 10_000_000, empty=True),
        "timing": row.text("timing", 120, empty=True),
        "locator": row.text("source_locator", 300, empty=True),
        "source_kind": row.choice("source_kind", SOURCE_KINDS),
        "note": row.text("note", 2000, empty=True),
    }
    low, high = values["ci_low"], values["ci_high"]
    if bool(row.entry.get("ci_low")) != bool(row.entry.get("ci_high")):
        row.problem("ci_low", "An interval has two ends. Give both, or leave both out.")
    if low is not None and high is not None and low > high:
        row.problem("ci_low", "The lower end is above the upper one. Swap them.")
    if row.entry.get("value") and not row.entry.get("effect_measure"):
        row.problem("effect_measure", "Say what the value is: a hazard ratio, a percent change …")
    return values


def _index(row: Fields, exercises: Collection[str], studies: Collection[str]) -> dict[str, Any]:
    """A gluteal index's values; exercise and study by slug."""
    return {
        "exercise": row.known("exercise_slug", exercises, "exercise"),
        "study": row.known("study_id", studies, "study"),
        "value": row.decimal("index_value", 0, 1000, 1),
        "locator": row.text("source_locator", 300, empty=True),
        "note": row.text("note", 2000, empty=True),
    }


def _poses(folder: Folder, exercises: Collection[str]) -> dict[str, Any]:
    """The pose data of the figures, by the slug that is a file's name; every fault is told on its line."""
    found = {}
    for name in folder.files("poses/*"):
        slug = Path(name).stem
        if not name.endswith(".json"):
            folder.problem(name, 1, "Rename this file: poses end in .json.")
        elif slug not in exercises:
            folder.problem(name, 1, f"There is no exercise “{slug}”. Name the file as the exercise's.")
        else:
            data = folder.json(name)
            for problem in figures.check(data) if name not in folder.unread else ():
                folder.problem(name, folder.line(name, problem.where), f"{problem.where}: {problem.message}")
            found[slug] = data or {}  # there all the same, so that what needs it is not blamed too
    return found


def _exercise_files(folder: Folder) -> dict[str, Fields]:
    """Each exercise's entry, by the slug that is its file's name."""
    for name in folder.files("exercises/*.yml"):
        folder.problem(name, 1, "Rename this file: exercises end in .yaml.")
    names = folder.files("exercises/*.yaml")
    if not names:
        folder.problem("exercises", 1, "There are no exercises here.")
    found = {}
    for name in names:
        slug = Path(name).stem
        entry = folder.yaml(name)
        if isinstance(entry, Entry):
            found[slug] = Fields(folder, entry)
        else:
            if name not in folder.unread:
                folder.unreadable(name, 1, "Write the exercise's fields here.")
            # It is there all the same, so that what refers to it is not blamed too; what it lacks goes nowhere.
            found[slug] = Fields(Folder(folder.path), Entry(name, 1, typed=True))
        if len(slug) > 60 or not SLUG.fullmatch(slug):
            folder.problem(name, 1, "A file's name is its slug: at most 60 small letters, digits and hyphens.")
    return found


def _exercise(slug: str, row: Fields, known: Known, poses: Any) -> ExerciseContent:
    """What one file says, with the poses of its figure if it has one."""
    document = read_exercise(slug, row, known, draft=False) | {"poses": poses}
    row.done()
    return ExerciseContent(row, document)


def _check_chains(exercises: Mapping[str, ExerciseContent]) -> None:
    """Each chain of easier and harder ones goes one way, and has an end."""
    links = {
        slug: Links(row.document["difficulty"], row.document["easier"], row.document["harder"])
        for slug, row in exercises.items()
    }
    for slug, row in exercises.items():
        for link, message in link_problems(slug, links, once=True):
            row.fields.problem(link, message)


def _routine(row: Fields, exercises: Mapping[str, ExerciseContent], equipment: Collection[str]) -> RoutineContent:
    """What is said about a library routine. Doses are checked against the exercises of the same content."""
    name, description = row.text("name", 80), row.text("description", 500, empty=True)
    fields = row.entries("steps")
    steps: list[Any] = []
    for entry in fields:
        slug = entry.known("exercise", exercises, "exercise")
        step: dict[str, Any] = {"exercise": slug}
        for key in ("sets", "reps", "hold_seconds", "metres", "rest_seconds"):
            step[key] = entry.whole(key, 0, 32767, empty=True)
        step["sides"] = entry.choice("sides", Step.Sides.values, empty=True) or None
        step["tempo"] = entry.text("tempo", 40, empty=True)
        step["equipment"] = entry.all_known("equipment", equipment, "equipment")
        step["rank"] = entry.whole("rank", 1, 30)
        step["note"] = entry.text("note", 200, empty=True)
        entry.done()
        steps.append(step)
        exercise = exercises.get(slug or "")
        if exercise and not exercise.complete and exercise.fields.notes is row.notes:
            entry.problem("exercise", f"“{slug}” is a draft: give it texts and a figure first, or take another.")
        if exercise and exercise.document["mode"]:
            mode, unilateral = exercise.document["mode"], exercise.document["unilateral"]
            for field, error in check_dose(mode=mode, unilateral=unilateral, dose=step).items():
                entry.problem(field, error.messages[0])
    row.done()
    return RoutineContent(fields=row, name=name, description=description, steps=steps, step_fields=fields)
