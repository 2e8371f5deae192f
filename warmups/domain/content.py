"""The content as files, read and checked: the whole of a release (warmups/content/), or a part that a curator brings.

`read` checks the files of a release against each other, `read_part` an import against what is there besides; both
collect every problem. content_loading.py and content_import.py bring it into the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from warmups.domain.content_cells import (
    EQUIPMENT_COLUMNS,
    EXERCISE_COLUMNS,
    MUSCLE_COLUMNS,
    Column,
    Unreadable,
    value,
)
from warmups.domain.content_files import ContentError, Folder, unique
from warmups.domain.doses import check_dose
from warmups.domain.exercise_documents import (
    BESIDE,
    EMPTY,
    TEXTS,
    Document,
    Known,
    Links,
    Noted,
    link_problems,
    pose_problems,
    read_exercise,
)
from warmups.domain.fields import SLUG, Entry, Everything, Fields, entry_of, shortened
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


@dataclass(frozen=True)
class Here:
    """What is there already, for files that are a part only: what they may name, and what exercises say.

    `latest` and `published`: documents by slug, of all exercises and of those that readers see.
    """

    known: Known
    studies: Collection[str]
    latest: Mapping[str, Document]
    published: Mapping[str, Document]


def read(path: Path, *, on_read: Callable[[str], None] | None = None) -> Content:
    """The content of a folder; `on_read` hears of each file. Raises ContentError with every problem in it."""
    return _checked(Folder(path, on_read), None)


def read_part(folder: Folder, here: Here) -> Content:
    """What files say that need not be all: what they name is in them, or here. A field left out stays as it is.

    Raises ContentError with every problem in it.
    """
    return _checked(folder, here)


def _checked(folder: Folder, here: Here | None) -> Content:
    content = _read(folder, here)
    if folder.problems:
        raise ContentError(folder.problems)
    return content


def _read(folder: Folder, here: Here | None) -> Content:
    muscles = {slug: _done(row, _muscle(row)) for slug, row in _listed(folder, "muscles.yaml", MUSCLE_COLUMNS).items()}
    studies = _table(folder, "studies.csv", STUDY_COLUMNS, "study_id", _study)
    equipment = {
        slug: _done(row, {"name": row.text("name", 80)})
        for slug, row in _listed(folder, "equipment.yaml", EQUIPMENT_COLUMNS).items()
    }
    known_muscles = _names(folder, "muscles", muscles, here.known.muscles if here else ())
    known_equipment = _names(folder, "equipment", equipment, here.known.equipment if here else ())
    known_studies = _names(folder, "studies", studies, here.studies if here else ())
    rows = _exercise_files(folder)
    poses = _poses(folder, rows, here)
    # Poses that come alone are those of an exercise that is there.
    rows |= {slug: Fields(folder, Entry(f"poses/{slug}.json", 1, typed=True)) for slug in poses.keys() - rows.keys()}
    links = dict(here.known.exercises) if here else {}
    known_exercises = links | {slug: links.get(slug, Links(None, None, None)) for slug in rows}
    known_slugs: Any = Everything() if "exercises.csv" in folder.unread else known_exercises
    media = here.known.media if here else ()
    known = Known(exercises=known_slugs, muscles=known_muscles, equipment=known_equipment, media=media)
    if here is None:
        exercises = {slug: _exercise(slug, row, known, poses.get(slug)) for slug, row in rows.items()}
        _check_chains(exercises, {})
    else:
        exercises = {slug: _exercise_part(slug, row, known, poses, here) for slug, row in rows.items()}
        changed = {slug: row for slug, row in exercises.items() if row.document != here.latest.get(slug)}
        _check_chains(changed, links)

    def activation(row: Fields) -> dict[str, Any]:
        return _activation(row, known_slugs, known_muscles, known_studies)

    def outcome(row: Fields) -> dict[str, Any]:
        return _outcome(row, known_studies)

    def index(row: Fields) -> dict[str, Any]:
        return _index(row, known_slugs, known_studies)

    def routine(row: Fields) -> RoutineContent:
        return _routine(row, exercises, known_slugs, known_equipment, here)

    return Content(
        muscles=muscles,
        equipment=equipment,
        studies=studies,
        exercises=exercises,
        activations=_table(folder, "activations.csv", ACTIVATION_COLUMNS, "evidence_id", activation),
        outcomes=_table(folder, "outcomes.csv", OUTCOME_COLUMNS, "outcome_id", outcome),
        indices=_table(folder, "indices.csv", INDEX_COLUMNS, "index_id", index),
        routines={slug: routine(row) for slug, row in _listed(folder, "routines.yaml").items()},
    )


def _names(folder: Folder, noun: str, found: Collection[str], there: Collection[str]) -> Collection[str]:
    """What the files and the database call so; everything if a file can't be read."""
    if not folder.unread.isdisjoint({f"{noun}.yaml", f"{noun}.csv"}):
        return Everything()
    return {*found, *there}


def _done(fields: Fields, values: dict[str, Any]) -> dict[str, Any]:
    fields.done()
    return values


def _table(
    folder: Folder, name: str, columns: tuple[str, ...], key: str, values: Callable[[Fields], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The rows of a CSV file, by their key."""
    if folder.partial and not folder.has(name):
        return {}
    rows = [Fields(folder, row) for row in folder.csv(name, columns)]
    take = (lambda row: row.slug(key)) if key == "study_id" else (lambda row: row.text(key, 12))
    return {slug: _done(row, values(row)) for slug, row in unique(rows, take, key).items()}


def _listed(folder: Folder, name: str, columns: Mapping[str, Column] | None = None) -> dict[str, Fields]:
    """The entries of a YAML file that is a list, and of the CSV file that may stand in for it, by their slug."""
    rows: list[Fields] = []
    if folder.has(name) or not folder.partial:
        items = folder.yaml(name)
        if isinstance(items, list) and all(isinstance(item, Entry) for item in items):
            rows = [Fields(folder, item) for item in items]
        elif name not in folder.unread:
            folder.unreadable(name, 1, _("Write a list of entries here, each with a slug."))
    if columns and folder.partial:
        rows += _sheet(folder, name.replace(".yaml", ".csv"), columns, tuple(columns))
    return unique(rows, lambda row: row.slug("slug"), "slug")


class _CellNotes:
    """Notes problems of a row of a sheet under the names of its columns."""

    def __init__(self, folder: Folder, columns: Collection[str]) -> None:
        self.folder, self.columns = folder, columns

    def refuse(self, entry: Entry, key: str, path: str, message: str) -> None:
        """Note what is wrong with a field, which may be one of several in a cell: "substitutes.0.exercise"."""
        words = f"{path}{shortened(key)}".split(".")
        column = next((name for name in ("_".join(words), "_".join(words[:2]), words[0]) if name in self.columns), "")
        if column == words[0] and len(words) > 2 and words[1].isdecimal():
            message = _("%(number)d, %(field)s: %(message)s") % {
                "number": int(words[1]) + 1,
                "field": ".".join(words[2:]),
                "message": message,
            }
        elif column == words[0] and len(words) > 1:
            message = f"{'.'.join(words[1:])}: {message}"
        self.folder.problem(entry.file, entry.line, message, column or ".".join(words))


def _sheet(folder: Folder, name: str, columns: Mapping[str, Column], least: Collection[str]) -> list[Fields]:
    """The rows of a sheet as entries like a YAML file's; columns that are not in it are not in them."""
    if not folder.has(name):
        return []
    notes = _CellNotes(folder, columns)
    return [Fields(notes, _row_entry(row, columns, notes)) for row in folder.csv(name, columns, some=least)]


def _row_entry(row: Entry, columns: Mapping[str, Column], notes: _CellNotes) -> Entry:
    document: dict[str, Any] = {}
    for name, cell in row.items():
        column = columns[name]
        try:
            said = value(column, cell)
        except Unreadable as error:
            notes.refuse(row, name, "", str(error))
            said = value(column, "0" if column.kind == "flag" else "")
        inner = document.setdefault(column.path[0], {}) if len(column.path) > 1 else document
        inner[column.path[-1]] = said
    return _on_line(entry_of(document), row)


def _on_line(said: Any, row: Entry) -> Any:
    """An entry, and all that is in it, as if it stood where `row` stands."""
    if isinstance(said, Entry):
        said.file, said.line = row.file, row.line
    for inner in said.values() if isinstance(said, Entry) else said if isinstance(said, list) else ():
        _on_line(inner, row)
    return said


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


def _poses(folder: Folder, exercises: Collection[str], here: Here | None) -> dict[str, Any]:
    """The pose data of the figures, by the slug that is a file's name; every fault is told on its line."""
    latest = here.latest if here else {}
    found = {}
    for name in folder.files("poses/*"):
        slug = Path(name).stem
        if not name.endswith(".json"):
            folder.problem(name, 1, _("Rename this file: poses end in .json."))
        elif slug not in exercises and slug not in latest:
            message = _("There is no exercise “%(slug)s”. Name the file as the exercise's.")
            folder.problem(name, 1, message % {"slug": shortened(slug)})
        else:
            data = folder.json(name)
            known = slug in latest and data == latest[slug]["poses"]
            taken_away = folder.partial and data is None
            for problem in () if known or taken_away or name in folder.unread else pose_problems(data):
                folder.problem(name, folder.line(name, problem.where), problem.message, problem.where)
            # There all the same, so that what needs it is not blamed too.
            found[slug] = None if taken_away else data or {}
    return found


def _exercise_files(folder: Folder) -> dict[str, Fields]:
    """Each exercise's entry, by the slug that is its file's name."""
    for name in folder.files("exercises/*.yml"):
        folder.problem(name, 1, _("Rename this file: exercises end in .yaml."))
    names = folder.files("exercises/*.yaml")
    if not names and not folder.partial:
        folder.problem("exercises", 1, _("There are no exercises here."))
    found = {}
    for name in names:
        slug = Path(name).stem
        entry = folder.yaml(name)
        if isinstance(entry, Entry):
            found[slug] = Fields(folder, entry)
        else:
            if name not in folder.unread:
                folder.unreadable(name, 1, _("Write the exercise's fields here."))
            # It is there all the same, so that what refers to it is not blamed too; what it lacks goes nowhere.
            found[slug] = Fields(Noted(), Entry(name, 1, typed=True))
        if len(slug) > 60 or not SLUG.fullmatch(slug):
            folder.problem(name, 1, _("A file's name is its slug: at most 60 small letters, digits and hyphens."))
    return found | _exercise_rows(folder, found) if folder.partial else found


def _exercise_rows(folder: Folder, files: Mapping[str, Fields]) -> dict[str, Fields]:
    """The rows of exercises.csv, by slug."""
    rows = _sheet(folder, "exercises.csv", EXERCISE_COLUMNS, ("slug",))
    found = unique(rows, lambda row: row.slug("slug"), "slug")
    for slug in found.keys() & files.keys():
        message = _("“%(value)s” is in %(file)s too. Keep one.")
        found[slug].problem("slug", message % {"value": slug, "file": files[slug].entry.file})
    return found


def _exercise_part(slug: str, row: Fields, known: Known, poses: Mapping[str, Any], here: Here) -> ExerciseContent:
    """What a file or row says about an exercise. What it leaves out stays; of a new one only texts may be left out."""
    unsaid = here.latest.get(slug) or {key: EMPTY[key] for key in (*TEXTS, *BESIDE)}
    entry, said = row.entry, set(row.entry)
    if row.has("poses") and slug in poses:
        row.problem("poses", _("There is a file poses/%(slug)s.json too. Keep one.") % {"slug": slug})
    for key, inner in entry_of(unsaid).items():
        if key not in entry:
            entry[key] = _on_line(inner, entry)
        elif isinstance(inner, Entry) and isinstance(entry[key], Entry):
            entry[key] = _merged(inner, entry[key])
    document = read_exercise(slug, row, known, draft=True)
    if slug in poses:
        document["poses"] = poses[slug]
        row.value("poses")
    else:
        document["poses"] = row.value("poses")
        if "poses" in said and document["poses"] is not None and document["poses"] != unsaid.get("poses"):
            for problem in pose_problems(document["poses"]):
                row.problem(f"poses.{problem.where}" if problem.where else "poses", problem.message)
    row.done()
    return ExerciseContent(row, document)


def _merged(unsaid: Entry, said: Entry) -> Entry:
    """What is said about a part of an exercise, with what is left out there."""
    for key, inner in unsaid.items():
        said.setdefault(key, inner)
    return said


def _exercise(slug: str, row: Fields, known: Known, poses: Any) -> ExerciseContent:
    """What one file says, with the poses of its figure if it has one."""
    document = read_exercise(slug, row, known, draft=False) | {"poses": poses}
    row.done()
    return ExerciseContent(row, document)


def _check_chains(exercises: Mapping[str, ExerciseContent], there: Mapping[str, Links]) -> None:
    """Each chain of easier and harder ones goes one way, and has an end. `there`: the links of others."""
    links = dict(there) | {
        slug: Links(row.document["difficulty"], row.document["easier"], row.document["harder"])
        for slug, row in exercises.items()
    }
    for slug, row in exercises.items():
        for link, message in link_problems(slug, links, once=exercises):
            row.fields.problem(link, message)


def _routine(
    row: Fields,
    exercises: Mapping[str, ExerciseContent],
    known: Collection[str],
    equipment: Collection[str],
    here: Here | None,
) -> RoutineContent:
    """What is said about a library routine. Doses are checked against the exercises that readers will see."""
    name, description = row.text("name", 80), row.text("description", 500, empty=True)
    fields = row.entries("steps")
    steps: list[Any] = []
    for entry in fields:
        slug = entry.known("exercise", known, "exercise")
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
        document = here.published.get(slug or "") if here else _complete(entry, row, exercises.get(slug or ""))
        if document and document["mode"]:
            mode, unilateral = document["mode"], document["unilateral"]
            for field, error in check_dose(mode=mode, unilateral=unilateral, dose=step).items():
                if field not in entry.refused:
                    entry.problem(field, error.messages[0])
        elif here and slug in known and slug not in here.published:
            entry.problem("exercise", _("“%(slug)s” is not published. Take another one.") % {"slug": slug})
    row.done()
    return RoutineContent(fields=row, name=name, description=description, steps=steps, step_fields=fields)


def _complete(entry: Fields, row: Fields, exercise: ExerciseContent | None) -> Document | None:
    """What an exercise of the same content says; a step can't have one that is a draft."""
    if exercise and not exercise.complete and exercise.fields.notes is row.notes:
        slug = entry.entry["exercise"]
        entry.problem("exercise", f"“{slug}” is a draft: give it texts and a figure first, or take another.")
    return exercise.document if exercise else None
