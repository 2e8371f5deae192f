"""Reads the content's files: YAML and CSV become entries that know their lines; fields are taken out with their checks.

A problem says file, line and what to do. Reading goes on after one, so that all come at once.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong on a line of a file, and what to do."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Entry(dict[str, Any]):
    """What a file says about one thing; `lines` has the line of each key. `typed`: YAML, where a number is no text."""

    def __init__(self, file: str, line: int, *, typed: bool) -> None:
        super().__init__()
        self.file, self.line, self.typed = file, line, typed
        self.lines: dict[str, int] = {}


class Everything(Collection[str]):
    """Stands in for the names of a file that can't be read, so that what refers to it is not blamed too."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Items(list[Any]):
    """A list out of a YAML file, with the line of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


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


class Fields:
    """Takes an entry's fields, each with its check; at the end `done` tells of those that nobody asked for.

    What is wrong answers an empty value, and is noted in the folder.
    """

    def __init__(self, folder: Folder, entry: Entry, path: str = "") -> None:
        self.folder, self.entry, self.path = folder, entry, path
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the entry has `key`, empty or not."""
        return key in self.entry

    def problem(self, key: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.folder.problem(self.entry.file, self.entry.lines.get(key, self.entry.line), f"{self.path}{key}: {message}")

    def done(self) -> None:
        """Tell of the keys that mean nothing."""
        for key in self.entry:
            if key not in self._asked:
                self.problem(key, f"There is no such field. Known are {', '.join(sorted(self._asked))}.")

    def _raw(self, key: str) -> Any:
        """The field as written; None if it is missing (a problem) or empty."""
        self._asked.add(key)
        if key not in self.entry:
            self.problem(key, "This field is missing. Add it.")
            return None
        value = self.entry[key]
        return None if value == "" and not self.entry.typed else value

    def text(self, key: str, longest: int, *, empty: bool = False) -> str:
        """A text."""
        value = self._raw(key)
        if value is None and (empty or key not in self.entry):
            return ""
        if value is None:
            self.problem(key, "Write something here.")
            return ""
        if not isinstance(value, str):
            self.problem(key, "Write text here, in quotes if it looks like something else.")
            return ""
        value = value.strip()
        if not value and not empty:
            self.problem(key, "Write something here.")
        if len(value) > longest:
            self.problem(key, f"This has {len(value)} characters. At most {longest} fit.")
        if "\x00" in value:
            self.problem(key, "There is a NUL in this text. Type it anew.")
        return value

    def slug(self, key: str) -> str:
        """A name for addresses: lower case, digits, hyphens."""
        value = self.text(key, 60)
        if value and not SLUG.fullmatch(value):
            self.problem(key, f"“{value}” is no slug. Use small letters, digits and hyphens.")
        return value

    def flag(self, key: str) -> bool:
        """A boolean: true or false in YAML, 1 or 0 in CSV."""
        value = self._raw(key)
        if self.entry.typed:
            if isinstance(value, bool):
                return value
            if key in self.entry:
                self.problem(key, "Write true or false, without quotes.")
            return False
        if value not in ("0", "1"):
            self.problem(key, "Write 1 or 0.")
        return value == "1"

    def whole(self, key: str, low: int, high: int, *, empty: bool = False) -> int | None:
        """A whole number, both ends included."""
        value = self._raw(key)
        if isinstance(value, str) and not self.entry.typed and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        wrong = isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high
        return self._number(key, value, wrong, f"Give a whole number from {low} to {high}.", empty)

    def decimal(self, key: str, low: int, high: int, places: int, *, empty: bool = False) -> Decimal | None:
        """A number with at most so many decimal places, both ends included."""
        raw = self._raw(key)
        allowed = (int, float) if self.entry.typed else (str,)
        value: Decimal | None = None
        if isinstance(raw, allowed) and not isinstance(raw, bool):
            try:
                value = Decimal(str(raw))
            except InvalidOperation:
                value = Decimal("NaN")
        elif raw is not None:
            value = Decimal("NaN")
        wrong = value is None or not value.is_finite() or not low <= value <= high or value != round(value, places)
        return self._number(
            key, value, wrong, f"Give a number from {low} to {high} with at most {places} decimals.", empty
        )

    def _number(self, key: str, value: Any, wrong: bool, message: str, empty: bool) -> Any:
        if value is None and (empty or key not in self.entry):
            return None
        if wrong:
            self.problem(key, message)
            return None
        return value

    def choice(self, key: str, choices: Collection[str], *, empty: bool = False) -> str:
        """One word of a closed list."""
        value = self._raw(key)
        if value is None and (empty or key not in self.entry):
            return ""
        if value not in choices:
            self.problem(key, f"“{value}” is not among {', '.join(choices)}.")
            return ""
        return str(value)

    def known(self, key: str, names: Collection[str], what: str, *, empty: bool = False) -> str | None:
        """The slug of something else in the content."""
        value = self._raw(key)
        if value is None and (empty or key not in self.entry):
            return None
        return value if self._is_known(key, value, names, what) else None

    def _is_known(self, key: str, value: Any, names: Collection[str], what: str) -> bool:
        if isinstance(value, str) and value in names:
            return True
        self.problem(key, f"There is no {what} “{value}”. Look for a typing error, or add it.")
        return False

    def all_known(self, key: str, names: Collection[str], what: str) -> list[str]:
        """Slugs of something else in the content, each once."""
        return [value for value in self.texts(key, 60) if self._is_known(key, value, names, what)]

    def texts(self, key: str, longest: int, *, least: int = 0, distinct: bool = True) -> list[str]:
        """A list of texts; in CSV joined by |."""
        value = self._raw(key)
        if not self.entry.typed:
            return [part.strip() for part in (value or "").split("|") if part.strip()]
        if value is None and key not in self.entry:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.problem(key, "Write a list of texts here, [] for none.")
            return []
        texts = [item.strip() for item in value]
        if len(texts) < least:
            self.problem(key, f"At least {least} belong here.")
        if any(len(item) > longest for item in texts):
            self.problem(key, f"At most {longest} characters fit in one line of it.")
        if distinct and len(set(texts)) != len(texts):
            self.problem(key, "Something stands here twice. Keep one.")
        return texts

    def inner(self, key: str) -> Fields | None:
        """An entry inside this one."""
        value = self._raw(key)
        if isinstance(value, Entry):
            return Fields(self.folder, value, f"{self.path}{key}.")
        if key in self.entry:
            self.problem(key, "Write fields here, each on a line of its own.")
        return None

    def entries(self, key: str) -> list[Fields]:
        """A list of entries inside this one."""
        value = self._raw(key)
        if not isinstance(value, list) or not all(isinstance(item, Entry) for item in value):
            if key in self.entry:
                self.problem(key, "Write a list of entries here, [] for none.")
            return []
        return [Fields(self.folder, item, f"{self.path}{key}.{index}.") for index, item in enumerate(value)]


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
