"""Reads the content's files: YAML and CSV become entries that know their lines.

A problem says file, line and what to do. Reading goes on after one, so that all come at once.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

from warmups.domain.fields import Entry, Everything, Fields, Items


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong on a line of a file, and what to do."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass
class Folder:
    """The content's folder, and the problems met in it so far. `on_read` hears of each file that is read."""

    path: Path
    on_read: Callable[[str], None] | None = None
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def problem(self, file: str, line: int, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(file, line, message))

    def refuse(self, entry: Entry, key: str, path: str, message: str) -> None:
        """Note what is wrong with a field of an entry."""
        self.problem(entry.file, entry.lines.get(key, entry.line), f"{path}{key}: {message}")

    def unreadable(self, file: str, line: int, message: str) -> None:
        """Note a problem for which not all of a file can be known."""
        self.unread.add(file)
        self.problem(file, line, message)

    def names(self, file: str, found: Collection[str]) -> Collection[str]:
        """What a file defines, or everything if it can't be read."""
        return Everything() if file in self.unread else found

    def files(self, pattern: str) -> list[str]:
        """Names of the files that match, in order."""
        return sorted(path.relative_to(self.path).as_posix() for path in self.path.glob(pattern))

    def text(self, name: str) -> str | None:
        """A file's text; None, and a problem, if it can't be read."""
        if self.on_read:
            self.on_read(name)
        try:
            return (self.path / name).read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            self.unreadable(name, 1, "This file is missing.")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.unreadable(name, line, "This is not UTF-8. Save the file as UTF-8.")
        except OSError as error:
            self.unreadable(name, 1, f"This file can't be read: {error.strerror}.")
        return None

    def csv(self, name: str, columns: Collection[str]) -> list[Entry]:
        """The rows of a CSV file whose header names exactly `columns`."""
        text = self.text(name)
        if text is None:
            return []
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = next(reader, [])
            if set(header) != set(columns) or len(header) != len(columns):
                self.unreadable(name, 1, f"The header has to name these columns, each once: {', '.join(columns)}.")
                return []
            return list(self._csv_rows(name, header, reader))
        except csv.Error as error:
            self.unreadable(name, max(1, reader.line_num), f"This is not CSV: {error}. Look at the quotes.")
            return []

    def _csv_rows(self, name: str, header: list[str], reader: Any) -> Iterable[Entry]:
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                self.unreadable(
                    name, line, f"This row has {len(cells)} cells, the header {len(header)}. Look at commas."
                )
            elif cells:
                row = Entry(name, line, typed=False)
                for column, cell in zip(header, cells, strict=True):
                    row[column], row.lines[column] = cell.strip(), line
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
            self.unreadable(name, mark.line + 1 if mark else 1, f"This is not YAML: {error.problem or error.context}.")
        except ReaderError as error:
            line = text[: error.position].count("\n") + 1
            self.unreadable(name, line, "There is a character that YAML does not take. Type it anew.")
        except RecursionError:
            self.unreadable(name, 1, "This is nested too deep.")
        return None

    def json(self, name: str) -> Any:
        """What a JSON file says. None, and a problem, if it can't be read."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            self.unreadable(name, error.lineno, f"This is not JSON: {error.msg}.")
        except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
            self.unreadable(name, 1, "This is nested too deep, or has an endless number.")
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
                    self.problem(
                        name, line, f"{key}: it stands here twice, first on line {entry.lines[key]}. Keep one."
                    )
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
        except ValueError as error:  # a date that is none
            raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from error


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
            row.problem(field_name, f"“{value}” is there already, on line {first.line} of {first.file}. Keep one.")
        elif value:
            found[value] = row
    return found
