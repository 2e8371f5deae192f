"""The content as files: in the form of warmups/content/, for other installations and for git, or as spreadsheets.

What is written is the same for the same content, to the byte, and reading it again gives the same documents.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from warmups.domain.content import ACTIVATION_COLUMNS, INDEX_COLUMNS, OUTCOME_COLUMNS, STUDY_COLUMNS
from warmups.domain.content_cells import (
    EQUIPMENT_COLUMNS,
    EXERCISE_COLUMNS,
    MUSCLE_COLUMNS,
    Column,
    cell,
    guarded,
)
from warmups.domain.exercise_documents import BESIDE, EMPTY, TEXTS, Document
from warmups.figures.schema import POSE_FIELDS
from warmups.models import (
    Activation,
    Equipment,
    Exercise,
    GlutealIndex,
    Muscle,
    Outcome,
    Routine,
    Step,
    Study,
)

PUBLISHED, LATEST = "published", "latest"
WIDTH = 98  # of a text that takes several lines of YAML
LONGEST_LINE = 100  # of a text in one line
JSON_WIDTH = 120
POSE_KEYS = ("desc", "base", "camera", "far", "order", "pin", "pose", "keys", "work", "props", "arrow", "still")
LIST_WIDTH = 120  # of a list in one line
FLOW_LISTS = ("aliases", "equipment", "movement", "contraindications", "primary", "secondary")
# What stands inside of poses, as far as it is known; the rest comes after it by name.
INSIDE_POSES = (
    *("type", "joint", "point", "az", "el", "hold", "move", "root", "pin_at", *POSE_FIELDS, "pose"),
    *("at", "on", "pitch", "yaw", "roll", "floor", "flex", "abd", "rot", "from", "to", "off", "shift", "size"),
)
PAIRS = {"substitutes": ("when", "exercise"), "mistakes": ("mistake", "fix"), "media": ("file", "alt", "caption")}
MUSCLE_FIELDS = ("name", "latin_name", "region", "kind", "actions", "where", "in_running")
STEP_FIELDS = ("sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds", "tempo", "equipment", "rank", "note")


def content_files(*, which: str) -> dict[str, bytes]:
    """All content in the form of warmups/content/, by file name.

    `which` is "latest" for the newest version of each exercise, or "published" for what readers see; figures of
    studies and routines that need an exercise which is then left out are left out too.
    """
    documents = _documents(which)
    files = {f"exercises/{slug}.yaml": _exercise_yaml(document) for slug, document in documents.items()}
    files |= {
        f"poses/{slug}.json": poses_json(document["poses"])
        for slug, document in documents.items()
        if document["poses"] is not None
    }
    files["muscles.yaml"] = _spaced(_muscle(row) for row in Muscle.objects.order_by("pk"))
    files["equipment.yaml"] = _yaml([_equipment(row) for row in Equipment.objects.order_by("pk")])
    files["routines.yaml"] = _spaced(_routines(documents))
    for name, (columns, rows) in _evidence(documents).items():
        files[name] = _csv(columns, rows, spreadsheet=False)
    return {name: text.encode() for name, text in sorted(files.items())}


def table_files(*, which: str) -> dict[str, bytes]:
    """All content but routines as spreadsheets, by file name; `which` as above. With the mark that says UTF-8."""
    documents = _documents(which)
    exercises = [{"slug": slug, **document} for slug, document in documents.items()]
    files = {
        "exercises.csv": _sheet(EXERCISE_COLUMNS, exercises),
        "muscles.csv": _sheet(MUSCLE_COLUMNS, [_muscle(row) for row in Muscle.objects.order_by("pk")]),
        "equipment.csv": _sheet(EQUIPMENT_COLUMNS, [_equipment(row) for row in Equipment.objects.order_by("pk")]),
    }
    for name, (columns, rows) in _evidence(documents).items():
        files[name] = _csv(columns, rows, spreadsheet=True)
    return {name: text.encode("utf-8-sig") for name, text in sorted(files.items())}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files in one, the same for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)  # of 1980: a date would make another file of it every day
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def write_folder(files: Mapping[str, bytes], path: Path) -> list[str]:
    """Write files into a folder, which may be new. Answers the exercises and poses there that are not among them."""
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    found = [*path.glob("exercises/*.yaml"), *path.glob("poses/*.json")]
    return sorted({file.relative_to(path).as_posix() for file in found} - files.keys())


# --- What there is ----------------------------------------------------------------------------------------------------


def _documents(which: str) -> dict[str, Document]:
    """Documents by slug, in its order."""
    link = "published_version" if which == PUBLISHED else "latest"
    rows = Exercise.objects.exclude(**{link: None}).order_by("slug")
    return dict(rows.values_list("slug", f"{link}__document"))


def _muscle(row: Muscle) -> dict[str, Any]:
    return {"slug": row.slug, **{name: getattr(row, name) for name in MUSCLE_FIELDS}}


def _equipment(row: Equipment) -> dict[str, Any]:
    return {"slug": row.slug, "name": row.name}


def _routines(documents: Mapping[str, Document]) -> Iterable[dict[str, Any]]:
    """The library's routines in use, in the order in which they were made."""
    rows = Routine.objects.filter(owner=None, archived_at=None).exclude(slug=None).order_by("pk")
    for row in rows.select_related("current").prefetch_related("current__steps__exercise"):
        steps: list[Step] = list(row.current.steps.all()) if row.current else []
        if all(step.exercise.slug in documents for step in steps):
            said = [
                {"exercise": step.exercise.slug} | {key: getattr(step, key) for key in STEP_FIELDS} for step in steps
            ]
            yield {"slug": row.slug, "name": row.name, "description": row.description, "steps": said}


def _evidence(documents: Mapping[str, Document]) -> dict[str, tuple[tuple[str, ...], list[list[Any]]]]:
    """Columns and rows of the four files of studies and what they found."""
    of_these = {"exercise__slug__in": list(documents)}
    return {
        "studies.csv": (STUDY_COLUMNS, [_study_row(row) for row in Study.objects.order_by("pk")]),
        "activations.csv": (
            ACTIVATION_COLUMNS,
            [_activation_row(row) for row in _linked(Activation.objects.filter(**of_these), "exercise", "muscle")],
        ),
        "outcomes.csv": (OUTCOME_COLUMNS, [_outcome_row(row) for row in _linked(Outcome.objects.all())]),
        "indices.csv": (
            INDEX_COLUMNS,
            [_index_row(row) for row in _linked(GlutealIndex.objects.filter(**of_these), "exercise")],
        ),
    }


def _linked(rows: Any, *names: str) -> Any:
    return rows.select_related("study", *names).order_by("code")


def _study_row(row: Study) -> list[Any]:
    checked = "seen" if row.bibliography_checked else "partly-recalled"
    named = [row.slug, row.citation, row.year, row.doi, row.pubmed, row.design, row.population, row.n, row.method]
    return [*named, row.electrodes, row.seen, checked, row.url, row.notes]


def _activation_row(row: Activation) -> list[Any]:
    named = [row.code, row.exercise.slug, row.variant, row.muscle.slug, row.segment]
    figures = [row.mean, row.sd, row.n, row.low, row.high, row.statistic, row.load]
    return [*named, *figures, row.study.slug, row.locator, row.source_kind, row.rankable, row.note]


def _outcome_row(row: Outcome) -> list[Any]:
    named = [row.code, row.topic, row.study.slug, row.intervention, row.comparator, row.outcome, row.direction]
    figures = [row.measure, row.value, row.ci_low, row.ci_high, row.p, row.n, row.timing]
    return [*named, *figures, row.locator, row.source_kind, row.note]


def _index_row(row: GlutealIndex) -> list[Any]:
    return [row.code, row.exercise.slug, row.value, row.study.slug, row.locator, row.note]


# --- CSV --------------------------------------------------------------------------------------------------------------


def _sheet(columns: Mapping[str, Column], documents: Iterable[Mapping[str, Any]]) -> str:
    rows = [[cell(column, document) for column in columns.values()] for document in documents]
    return _csv(tuple(columns), rows, spreadsheet=True)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, spreadsheet: bool) -> str:
    cells = [[guarded(_cell(value), spreadsheet=spreadsheet) for value in row] for row in rows]
    return "".join(",".join(map(_quoted, row)) + "\n" for row in [columns, *cells])


def _quoted(text: str) -> str:
    """A cell as CSV writes it. Python's own writer leaves a lone carriage return bare, which then ends the row."""
    return '"{}"'.format(text.replace('"', '""')) if any(char in text for char in ',"\r\n') else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


# --- YAML -------------------------------------------------------------------------------------------------------------


def _exercise_yaml(document: Document) -> str:
    """An exercise as its file; what stands beside it and texts that are all empty are left out."""
    silent = {key for key in BESIDE if key == "poses" or document[key] == EMPTY[key]}
    if not any(document[key] for key in TEXTS):
        silent |= set(TEXTS)
    return _yaml({key: _in_order(key, document[key]) for key in EMPTY if key not in silent})


def _in_order(key: str, said: Any) -> Any:
    """A part of a document with its own keys in their order, which databases don't keep."""
    if isinstance(said, Mapping):
        return {name: said[name] for name in EMPTY[key]}
    if key in PAIRS:
        return [{name: item[name] for name in PAIRS[key]} for item in said]
    return said


class _Dumper(yaml.SafeDumper):
    """Writes lists further in than what they belong to, and quotes with one kind of quotes."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def choose_scalar_style(self) -> str:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def write_folded(self, text: str) -> None:
        """Write words in lines, none of which is too long. Only texts that `_scalar` lets fold come here."""
        self.write_indicator(">-", True)
        for line in wrap(text, WIDTH - (self.indent or 0), break_long_words=False, break_on_hyphens=False):
            self.write_indent()
            self.stream.write(line)
            self.column += len(line)


def _spaced(entries: Iterable[dict[str, Any]]) -> str:
    """A list of long entries, with an empty line between them."""
    return "\n".join(_yaml([entry]) for entry in entries) or _yaml([])


def _yaml(said: Any) -> str:
    return str(yaml.serialize(_node(said, ""), Dumper=_Dumper, width=10_000, allow_unicode=True))


def _node(said: Any, key: str, depth: int = 0, *, in_list: bool = False) -> Node:
    """How a value is written; `key` is what it belongs to, `depth` how far in it stands."""
    if isinstance(said, Mapping):
        pairs = [(_scalar(name, ""), _node(inner, name, depth + 2)) for name, inner in said.items()]
        flow = key in ("substitutes",) and depth > 0
        return MappingNode("tag:yaml.org,2002:map", pairs, flow_style=flow)
    if isinstance(said, list):
        # A list in one line: slugs and other names, if they fit; and every empty one.
        short = len(", ".join(map(str, said))) + depth + len(key) + 4 <= LIST_WIDTH
        flow = not said or (short and key in FLOW_LISTS)
        nodes = [_node(item, key, depth + 2, in_list=True) for item in said]
        return SequenceNode("tag:yaml.org,2002:seq", nodes, flow_style=flow)
    if isinstance(said, str):
        return _scalar(said, key, depth + (2 if in_list else len(key) + 2))
    return _dumper_node(said)


def _scalar(text: str, key: str, column: int = 0) -> ScalarNode:
    """A text: folded where it takes several lines, in quotes where it has to be."""
    folds = text == " ".join(text.split()) and " " in text and text.isprintable()
    style = ">" if folds and column + len(text) > LONGEST_LINE else '"' if "\n" in text or key == "tempo" else None
    return ScalarNode("tag:yaml.org,2002:str", text, style=style)


def _dumper_node(said: Any) -> Node:
    tags = {bool: "bool", int: "int", float: "float", type(None): "null"}
    text = json.dumps(said)
    return ScalarNode(f"tag:yaml.org,2002:{tags[type(said)]}", text)


# --- JSON -------------------------------------------------------------------------------------------------------------


def poses_json(poses: Any) -> str:
    """Poses as their file: one line for each key pose and each joint, in the order of docs/figures.md."""
    return _json(poses, 0) + "\n"


def _json(said: Any, depth: int, *, lines: bool = True) -> str:
    pad = "  " * (depth + 1)
    if isinstance(said, Mapping) and lines and said and depth < 2:
        keys = _keys_in_order(said, INSIDE_POSES if depth else POSE_KEYS)
        inside = [
            f"{pad}{_line(key)}: {_json(said[key], depth + 1, lines=key in ('pose', 'keys', 'props'))}" for key in keys
        ]
        return "{\n" + ",\n".join(inside) + "\n" + "  " * depth + "}"
    if isinstance(said, list) and lines and said and depth == 1:
        return "[\n" + ",\n".join(pad + _line(item) for item in said) + "\n" + "  " * depth + "]"
    return _line(said)


def _line(said: Any) -> str:
    return json.dumps(_sorted(said), ensure_ascii=False)


def _sorted(said: Any) -> Any:
    """With the keys in one order, which databases don't keep."""
    if isinstance(said, Mapping):
        return {key: _sorted(said[key]) for key in _keys_in_order(said, INSIDE_POSES)}
    if isinstance(said, list):
        return [_sorted(item) for item in said]
    return said + 0.0 if isinstance(said, float) else said  # -0.0 becomes 0.0, as databases have it


def _keys_in_order(said: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    return [*(key for key in order if key in said), *sorted(said.keys() - set(order))]
