"""Unpacks what somebody brought, in memory, and trusts nothing about it."""

from __future__ import annotations

import csv
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from warmups.domain.content import ACTIVATION_COLUMNS, INDEX_COLUMNS, OUTCOME_COLUMNS, STUDY_COLUMNS
from warmups.domain.content_cells import EQUIPMENT_COLUMNS, EXERCISE_COLUMNS, MUSCLE_COLUMNS
from warmups.domain.content_files import ContentError, Problem
from warmups.domain.fields import shortened

MOST_FILES = 2500
MOST_UNPACKED = 30_000_000  # bytes
LONGEST_NAME = 200

LISTS = ("muscles.yaml", "equipment.yaml", "routines.yaml")
TABLES: dict[str, Collection[str]] = {
    "exercises.csv": EXERCISE_COLUMNS,
    "muscles.csv": MUSCLE_COLUMNS,
    "equipment.csv": EQUIPMENT_COLUMNS,
    "studies.csv": STUDY_COLUMNS,
    "activations.csv": ACTIVATION_COLUMNS,
    "outcomes.csv": OUTCOME_COLUMNS,
    "indices.csv": INDEX_COLUMNS,
}
FOLDERS = {"exercises": (".yaml", ".yml"), "poses": (".json",)}
# What comes along from a content folder, or is put there by file managers.
BESIDE = ("README.md", "LICENSE", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpacked(file_name: str, content: bytes) -> dict[str, bytes]:
    """The files of the content in a zip, or the one file that it is, by their names in a content folder.

    Raises ContentError: not a zip, or one that is not to be trusted, or files that are no content.
    """
    suffix = PurePosixPath(file_name).suffix.lower()
    if content.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06") or suffix == ".zip":
        return _content_of(_unzipped(file_name, content))
    if suffix == ".csv":
        return {_table_name(file_name, content): content}
    if suffix in (".yaml", ".yml"):
        stem = PurePosixPath(file_name).stem
        return {f"{stem}.yaml" if f"{stem}.yaml" in LISTS else f"exercises/{stem}.yaml": content}
    if suffix == ".json":
        return {f"poses/{PurePosixPath(file_name).name}": content}
    raise _refused(file_name, _("This is no content. Bring a zip, a CSV or a YAML file as the export writes them."))


def _refused(file: str, message: str) -> ContentError:
    return ContentError([Problem(shortened(file), 1, "", message)])


def _table_name(file_name: str, content: bytes) -> str:
    """Which table a CSV file is: by its columns, since a file is soon called exercises (2).csv."""
    header = content[:10_000].decode("utf-8-sig", "replace").splitlines()[:1]
    line = header[0] if header else ""
    delimiter = max(",;\t", key=line.count)
    columns = {column.strip() for column in next(csv.reader([line], delimiter=delimiter), [])} if line else set()
    likeness = {name: len(columns & set(known)) / len(columns | set(known)) for name, known in TABLES.items()}
    if "slug" in columns and columns <= set(EXERCISE_COLUMNS) and not columns <= set(EQUIPMENT_COLUMNS):
        likeness["exercises.csv"] = max(likeness["exercises.csv"], 0.9)  # of which some columns are enough
    for name in TABLES:
        if PurePosixPath(name).stem in file_name.lower():
            likeness[name] += 0.5
    best = max(likeness, key=lambda name: likeness[name])
    if likeness[best] >= 0.5:
        return best
    message = _("Its columns are none that we know. Name them as in the export: one of %(files)s.")
    raise _refused(file_name, message % {"files": ", ".join(TABLES)})


def _unzipped(file_name: str, content: bytes) -> dict[str, bytes]:
    """What is in a zip. Raises ContentError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            problems = _suspicions(file_name, infos)
            if problems:
                raise ContentError(problems)
            return {info.filename: _read(archive, info) for info in infos}
    except (
        *(zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, struct.error),
        *(EOFError, OSError, ValueError, OverflowError, LookupError, MemoryError),
    ) as error:
        raise _refused(file_name, _("This zip can't be opened: it is damaged, or no zip. Pack it anew.")) from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """One file. A zip that says too little of its size is damaged."""
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise zipfile.BadZipFile
    return content


def _suspicions(file_name: str, infos: list[zipfile.ZipInfo]) -> list[Problem]:
    """What speaks against opening a zip."""
    size = sum(info.file_size for info in infos)
    if len(infos) > MOST_FILES:
        message = _("There are %(number)d files in this zip. At most %(most)d are read.")
        return [Problem(file_name, 1, "", message % {"number": len(infos), "most": MOST_FILES})]
    if size > MOST_UNPACKED:
        message = _("Unpacked this would have %(size)d MB. At most %(most)d are read.")
        said = {"size": size // 1_000_000, "most": MOST_UNPACKED // 1_000_000}
        return [Problem(file_name, 1, "", message % said)]
    found, names = [], set[str]()
    for info in infos:
        message = _suspicion(info, names)
        names.add(info.filename.casefold())
        if message:
            found.append(Problem(shortened(info.filename, LONGEST_NAME), 1, "", message))
    return found


def _suspicion(info: zipfile.ZipInfo, names: set[str]) -> str:
    name, parts = info.filename, info.filename.split("/")
    if info.flag_bits & 0x1:
        return _("This file has a password. Pack it without one.")
    if stat.S_ISLNK(info.external_attr >> 16):
        return _("This is a link to another file. Put the file itself here.")
    unsafe = not name.isprintable() or "\\" in name or ":" in name or name.startswith("/") or ".." in parts
    if unsafe or len(name) > LONGEST_NAME or len(parts) > 5:
        return _("This is no name for a file of the content. Rename it.")
    if name.casefold() in names:
        return _("This file is there twice. Keep one.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _("This file is packed in a rare way. Pack it as zip programs usually do.")
    return ""


def _content_of(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of the content, without the folder that they are in. Raises ContentError for any other file."""
    kept = {
        name: content
        for name, content in files.items()
        if not name.startswith("__MACOSX/") and PurePosixPath(name).name not in BESIDE
    }
    folder = _common_folder(kept)
    found = {name.removeprefix(folder): content for name, content in kept.items()}
    strangers = [name for name in found if not _is_content(name)]
    if strangers:
        message = _("This is no file of the content. Leave it out, or name it as in the export.")
        raise ContentError(Problem(shortened(name, LONGEST_NAME), 1, "", message) for name in strangers)
    if not found:
        raise _refused("zip", _("There is nothing in this zip."))
    return found


def _common_folder(names: Collection[str]) -> str:
    """The folder that all is in, if that is not one of the content's own."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    whole = len(tops) == 1 and all("/" in name for name in names)
    top = next(iter(tops), "")
    return f"{top}/" if whole and top not in FOLDERS else ""


def _is_content(name: str) -> bool:
    path = PurePosixPath(name)
    if len(path.parts) == 1:
        return name in LISTS or name in TABLES
    return len(path.parts) == 2 and path.suffix in FOLDERS.get(path.parts[0], ())
