"""Reads the content's files: YAML and CSV become entries that know their lines.

A problem says file, line, field and what to do. Reading goes on after one, so that all come at once.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

from warmups.domain.content_cells import unguarded
from warmups.domain.fields import Entry, Everything, Fields, Items, shortened

MOST_PROBLEMS = 2000  # more than anybody mends at a time


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong on a line of a file, and what to do; `field` is empty where it is about all of the line."""

    file: str
    line: int
    field: str
    message: str

    @property
    def said(self) -> str:
        """Field and message."""
        return f"{self.field}: {self.message}" if self.field else self.message

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.said}"


class ContentError(Exception):
    """The content is not good; nothing of it was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(f"{len(self.problems)} problems")


@dataclass
class Folder:
    """The content's folder, and the problems met in it so far. `on_read` hears of each file that is read.

    Raises ContentError with what it has if there is no end of problems.
    """

    path: Path
    on_read: Callable[[str], None] | None = None
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    partial = False  # whether files may be left out

    def problem(self, file: str, line: int, message: str, field: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(file, line, field, message))
        if len(self.problems) >= MOST_PROBLEMS:
            raise ContentError(self.problems)

    def refuse(self, entry: Entry, key: str, path: str, message: str) -> None:
        """Note what is wrong with a field of an entry."""
        self.problem(entry.file, entry.lines.get(key, entry.line), message, f"{path}{shortened(key)}")

    def unreadable(self, file: str, line: int, message: str) -> None:
        """Note a problem for which not all of a file can be known."""
        self.unread.add(file)
        self.problem(file, line, message)

    def names(self, file: str, found: Collection[str]) -> Collection[str]:
        """What a file defines, or everything if it can't be read."""
        return Everything() if file in self.unread else found

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).is_file()

    def files(self, pattern: str) -> list[str]:
        """Names of the files that match, in order."""
        return sorted(path.relative_to(self.path).as_posix() for path in self.path.glob(pattern))

    def content(self, name: str) -> bytes:
        """What is in a file. Raises OSError."""
        return (self.path / name).read_bytes()

    def text(self, name: str) -> str | None:
        """A file's text; None, and a problem, if it can't be read."""
        if self.on_read:
            self.on_read(name)
        try:
            return self.content(name).decode("utf-8-sig")
        except FileNotFoundError:
            self.unreadable(name, 1, _("This file is missing."))
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.unreadable(name, line, _("This is not UTF-8. Save the file as UTF-8."))
        except OSError as error:
            self.unreadable(name, 1, _("This file can't be read: %(why)s.") % {"why": error.strerror})
        return None

    def csv(self, name: str, columns: Collection[str], *, some: Collection[str] = ()) -> list[Entry]:
        """The rows of a CSV file whose header names exactly `columns`; with `some` at least these, and others of them.

        A partial folder may have semicolons or tabs between its cells, as some spreadsheets write them.
        """
        text = self.text(name)
        if text is None:
            return []
        if "\x00" in text:
            line = text[: text.index("\x00")].count("\n") + 1
            self.unreadable(name, line, _("There is a character here that no text has. Save the file anew as CSV."))
            return []
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter(text), strict=True)
        try:
            header = [column.strip() for column in next(reader, [])]
            if not self._header_fits(name, header, columns, some):
                return []
            return list(self._csv_rows(name, header, reader))
        except csv.Error as error:
            message = _("This is not CSV: %(why)s. Look at the quotes.") % {"why": error}
            self.unreadable(name, max(1, reader.line_num), message)
            return []

    def _delimiter(self, text: str) -> str:
        header = text.partition("\n")[0] if self.partial else ""
        return max(",;\t", key=header.count)

    def _header_fits(self, name: str, header: list[str], columns: Collection[str], some: Collection[str]) -> bool:
        if not some and (set(header) != set(columns) or len(header) != len(columns)):
            message = _("The header has to name these columns, each once: %(columns)s.")
            self.unreadable(name, 1, message % {"columns": ", ".join(columns)})
            return False
        fits = True
        for index, column in enumerate(header):
            if column not in columns:
                message = _("There is no column “%(name)s”. Known are %(columns)s.")
                said = {"name": shortened(column), "columns": ", ".join(columns)}
            elif column in header[:index]:
                message, said = _("The column “%(name)s” stands here twice. Keep one."), {"name": column}
            else:
                continue
            self.unreadable(name, 1, message % said)
            fits = False
        for column in some:
            if column not in header:
                message = _("The header has to name the column “%(name)s”, which says what a row is about.")
                self.unreadable(name, 1, message % {"name": column})
                fits = False
        return fits

    def _csv_rows(self, name: str, header: list[str], reader: Any) -> Iterable[Entry]:
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                message = _("This row has %(cells)d cells, the header %(columns)d. Look at commas.")
                self.unreadable(name, line, message % {"cells": len(cells), "columns": len(header)})
            elif any(cell.strip() for cell in cells):
                row = Entry(name, line, typed=False)
                for column, cell in zip(header, cells, strict=True):
                    row[column], row.lines[column] = unguarded(cell.strip()), line
                yield row
            line = reader.line_num + 1

    def yaml(self, name: str) -> Any:
        """What a YAML file says: an Entry, Items or a value. None, and a problem, if it can't be read."""
        text = self.text(name)
        if text is None:
            return None
        try:
            loader = _Loader(text)
            node = loader.get_single_node()
            return None if node is None else self._value(name, loader, node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = _("This is not YAML: %(why)s.") % {"why": shortened(error.problem or error.context, 200)}
            self.unreadable(name, mark.line + 1 if mark else 1, message)
        except ReaderError as error:
            line = text[: error.position].count("\n") + 1
            self.unreadable(name, line, _("There is a character that YAML does not take. Type it anew."))
        except RecursionError:
            self.unreadable(name, 1, _("This is nested too deep."))
        return None

    def json(self, name: str) -> Any:
        """What a JSON file says. None, and a problem, if it can't be read."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            self.unreadable(name, error.lineno, _("This is not JSON: %(why)s.") % {"why": error.msg})
        except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
            self.unreadable(name, 1, _("This is nested too deep, or has an endless number."))
        return None

    def line(self, name: str, where: str) -> int:
        """The line of a JSON file on which `where` ("keys.1.pose") stands, or what it is in."""
        here, line = self.yaml(name), 1  # JSON is YAML, whose reader knows lines
        for word in where.split("."):
            if isinstance(here, Entry) and word in here:
                line, here = here.lines[word], here[word]
            elif isinstance(here, Items) and word.isdecimal() and int(word) < len(here):
                line, here = here.lines[int(word)], here[int(word)]
            else:
                break
        return line

    def _value(self, name: str, loader: _Loader, node: Node) -> Any:
        if isinstance(node, MappingNode):
            entry = Entry(name, node.start_mark.line + 1, typed=True)
            for key_node, value_node in node.value:
                key, line = str(key_node.value), key_node.start_mark.line + 1
                if key in entry:
                    message = _("it stands here twice, first on line %(line)d. Keep one.")
                    self.problem(name, line, message % {"line": entry.lines[key]}, shortened(key))
                entry[key], entry.lines[key] = self._value(name, loader, value_node), line
            return entry
        if isinstance(node, SequenceNode):
            items = Items()
            for item in node.value:
                items.append(self._value(name, loader, item))
                items.lines.append(item.start_mark.line + 1)
            return items
        try:
            return loader.construct_object(node)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A date that is none, or a value that is not what its tag says: !!int "".
            raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from error


class Upload(Folder):
    """Files that somebody brought, by their names: any part of a content folder."""

    partial = True

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        super().__init__(Path())
        self.contents = contents

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return name in self.contents

    def files(self, pattern: str) -> list[str]:
        """Names of the files that match, in order."""
        depth = pattern.count("/")
        return sorted(name for name in self.contents if name.count("/") == depth and fnmatchcase(name, pattern))

    def content(self, name: str) -> bytes:
        """What is in a file. Raises FileNotFoundError."""
        if name not in self.contents:
            raise FileNotFoundError(name)
        return self.contents[name]


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases are not used here, write it out", problem_mark=mark)
        return super().compose_node(parent, index)


def unique(rows: Iterable[Fields], key: Callable[[Fields], str], field_name: str) -> dict[str, Fields]:
    """Entries by their key, each of which may come once."""
    found: dict[str, Fields] = {}
    for row in rows:
        value = key(row)
        if value in found:
            first = found[value].entry
            message = _("“%(value)s” is there already, on line %(line)d of %(file)s. Keep one.")
            row.problem(field_name, message % {"value": value, "line": first.line, "file": first.file})
        elif value:
            found[value] = row
    return found
