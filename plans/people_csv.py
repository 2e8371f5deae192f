"""A list of people as text: pasted, or the file of a spreadsheet. Reads only; what becomes of them, others decide."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

ROWS_AT_MOST = 200
BYTES_AT_MOST = 256 * 1024
SEPARATORS = ",;\t"
# How lists call their columns; the first is the one to tell.
COLUMNS = {
    "email": ("email", "e-mail", "mail", "e-mail address", "email address", "address"),
    "name": ("name", "full name", "athlete"),
    "role": ("role", "as"),
}


@dataclass(frozen=True)
class ListedPerson:
    """One row: where it begins in the text (1: the first line), what stands in it, how many cells too many it has."""

    line: int
    email: str
    name: str = ""
    role: str = ""
    surplus: int = 0


@dataclass(frozen=True)
class PeopleList:
    """The rows that are not empty, and the columns of the heading that nobody needs here."""

    rows: list[ListedPerson]
    other_columns: list[str]


def decode(content: bytes) -> str:
    """A file's text: UTF-8, with or without a byte order mark, or UTF-16 with one, or what older spreadsheets write."""
    if len(content) > BYTES_AT_MOST:
        raise ValidationError(_("This file is larger than 256 KB. Keep to the columns email, name and role."))
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_people(text: str) -> PeopleList:
    """The people of `text`: columns email, name and role by a heading, or in this order without one.

    Separated by commas, semicolons or tabs, cells quoted where needed. Raises ValidationError, with the line.
    """
    text = text.removeprefix("\ufeff")
    if len(text.encode(errors="replace")) > BYTES_AT_MOST:
        raise ValidationError(_("This list is longer than 256 KB. Keep to the columns email, name and role."))
    if "\x00" in text:
        raise ValidationError(_("This is no text. Save the list as CSV and try again."))
    lines = [(number, cells) for number, cells in _cells(text) if any(cells)]
    if not lines:
        raise ValidationError(_("There is nobody in this list. Write one address a line."))
    columns: list[str] = ["email", "name", "role"]
    others: list[str] = []
    if not any("@" in cell for cell in lines[0][1]):
        columns, others = _heading(lines.pop(0)[1])
    if not lines:
        raise ValidationError(_("There is a heading, and nobody under it."))
    if len(lines) > ROWS_AT_MOST:
        told = ngettext(
            "This list has %(count)d row. At most 200 go at once: split it.",
            "This list has %(count)d rows. At most 200 go at once: split it.",
            len(lines),
        )
        raise ValidationError(told % {"count": len(lines)})
    return PeopleList([_person(number, cells, columns) for number, cells in lines], others)


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    reader, begun = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1
    try:
        for cells in reader:
            yield begun, [cell.strip() for cell in cells]
            begun = reader.line_num + 1
    except csv.Error as error:
        told = _("Line %(line)d can't be read: look whether each quotation mark has its partner.")
        raise ValidationError(told % {"line": begun}) from error


def _heading(cells: list[str]) -> tuple[list[str], list[str]]:
    """What each column is ("" for one nobody needs), and the names of those."""
    names = {word: column for column, words in COLUMNS.items() for word in words}
    columns = [names.get(cell.lower(), "") for cell in cells]
    twice = next((column for column in COLUMNS if columns.count(column) > 1), None)
    if twice:
        raise ValidationError(_("Two columns of the heading are %(name)s. Keep one of them.") % {"name": twice})
    if "email" not in columns:
        told = _("No column is named email. The heading says: %(names)s.")
        raise ValidationError(told % {"names": ", ".join(cell[:40] for cell in cells[:10])})
    return columns, [cell for cell, column in zip(cells, columns, strict=True) if cell and not column]


def _person(number: int, cells: list[str], columns: list[str]) -> ListedPerson:
    found = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    surplus = sum(1 for cell in cells[len(columns) :] if cell)
    return ListedPerson(line=number, **({"email": ""} | found), surplus=surplus)
