"""The spreadsheet form of the content: which columns there are, and what a cell says.

A list is joined by " | ", a pair by " => "; where a text has such a sign of its own, a backslash stands before it. A
spreadsheet takes a cell that begins with = + - @ for a formula, so an apostrophe goes before it, which reading takes
away again. Numbers stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

DANGEROUS = "=+\\-@\t\r＝＋－＠"
GUARDED = re.compile(f"'+[{DANGEROUS}]")
FORMULA = re.compile(f"[{DANGEROUS}]")
NUMBER = re.compile(r"[+-]?[0-9]{1,18}([.,][0-9]{1,18})?")
BAR, ARROW = " | ", " => "


@dataclass(frozen=True)
class Column:
    """Where in a document a column's value stands, and how a cell writes it.

    `kind` is text, link (empty: none), flag (1 or 0), number (empty: none), texts, pairs (of `keys`) or json.
    """

    path: tuple[str, ...]
    kind: str
    keys: tuple[str, ...] = ()
    joint: str = "=>"


def _plain(kind: str, *names: str) -> dict[str, Column]:
    return {name: Column((name,), kind) for name in names}


def _inside(outer: str, kind: str, *names: str) -> dict[str, Column]:
    return {f"{outer}_{name}": Column((outer, name), kind) for name in names}


EXERCISE_COLUMNS: dict[str, Column] = {
    **_plain("text", "slug", "name"),
    **_plain("texts", "aliases"),
    **_plain("text", "category", "phase", "position"),
    **_plain("flag", "lying", "unilateral", "alternating"),
    **_plain("text", "mode"),
    **_inside("dose", "number", "sets", "reps", "hold_seconds", "metres"),
    **_inside("dose", "text", "tempo"),
    **_plain("number", "seconds_per_rep"),
    **_plain("texts", "equipment"),
    **_plain("text", "equipment_substitutes", "space", "running_role"),
    **_plain("number", "difficulty"),
    **_plain("link", "easier", "harder"),
    **_plain("texts", "movement"),
    **_inside("muscles", "texts", "primary", "secondary"),
    **_plain("texts", "contraindications"),
    **_plain("text", "evidence_level"),
    "substitutes": Column(("substitutes",), "pairs", ("when", "exercise"), ":"),
    **_plain("text", "summary", "set_up"),
    **_plain("texts", "steps", "cues"),
    **_plain("text", "feel"),
    "mistakes": Column(("mistakes",), "pairs", ("mistake", "fix")),
    **_plain("text", "leave_out"),
    **_plain("json", "poses"),
    "media": Column(("media",), "pairs", ("file", "alt", "caption")),
    **_inside("review", "text", "by"),
    **_inside("review", "link", "on", "due"),
}
MUSCLE_COLUMNS: dict[str, Column] = {
    **_plain("text", "slug", "name", "latin_name", "region", "kind"),
    **_plain("texts", "actions"),
    **_plain("text", "where", "in_running"),
}
EQUIPMENT_COLUMNS: dict[str, Column] = _plain("text", "slug", "name")


class Unreadable(ValueError):
    """A cell that says nothing that its column can mean; the message says what to write."""


def cell(column: Column, document: Mapping[str, Any]) -> str:
    """What a document says in a column."""
    value: Any = document
    for name in column.path:
        value = value[name]
    if column.kind == "flag":
        return "1" if value else "0"
    if column.kind == "texts":
        return joined(value)
    if column.kind == "pairs":
        arrow = ARROW if column.joint == "=>" else column.joint
        return BAR.join(arrow.join(_escaped(item[key], column.joint) for key in column.keys) for item in value)
    if value is None:
        return ""
    if column.kind == "json":
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def value(column: Column, text: str) -> Any:
    """What a cell says, as a document has it. A number that is none stays a text. Raises Unreadable."""
    if column.kind == "flag":
        return _flag(text)
    if column.kind == "texts":
        return split(text)
    if column.kind == "pairs":
        return [_pair(part, column) for part in _parts(text)]
    if column.kind == "json":
        return _json(text)
    if column.kind == "number":
        return _number(text)
    return None if column.kind == "link" and not text else text


def joined(items: Sequence[str]) -> str:
    """A list in one cell."""
    return BAR.join(_escaped(item) for item in items)


def split(text: str) -> list[str]:
    """The list in a cell."""
    return [_unescaped(part) for part in _parts(text)]


def guarded(text: str, *, spreadsheet: bool) -> str:
    """A cell for a file. With `spreadsheet` what looks like a formula gets its apostrophe; one is never taken away."""
    looks_like_one = spreadsheet and FORMULA.match(text) and not NUMBER.fullmatch(text)
    return f"'{text}" if looks_like_one or GUARDED.match(text) else text


def unguarded(text: str) -> str:
    """The cell without the apostrophe that `guarded` put before it."""
    return text[1:] if GUARDED.match(text) else text


def _escaped(text: str, joint: str = "") -> str:
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    return text.replace(joint, f"\\{joint}") if joint else text


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL).strip()


def _parts(text: str) -> list[str]:
    """What stands between the bars; empty parts are left out."""
    parts = re.findall(r"(?:\\.|[^\\|]|\\$)+", text, flags=re.DOTALL)
    return [part.strip() for part in parts if part.strip()]


def _pair(part: str, column: Column) -> dict[str, str]:
    joint = re.escape(column.joint)
    inside = re.findall(rf"(?:^|{joint})((?:\\.|(?!{joint}).)*)", part, flags=re.DOTALL)
    if len(inside) != len(column.keys):
        form = (ARROW if column.joint == "=>" else column.joint).join(column.keys)
        raise Unreadable(_("Write it like this: %(form)s | %(form)s") % {"form": form})
    return {key: _unescaped(text) for key, text in zip(column.keys, inside, strict=True)}


def _flag(text: str) -> bool:
    words = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False}
    if text.lower() not in words:
        raise Unreadable(_("Write 1 or 0."))
    return words[text.lower()]


def _number(text: str) -> Any:
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        return text
    number = text.replace(",", ".")
    return float(number) if "." in number else int(number)


def _json(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(
            _("This is not JSON at character %(at)d: %(why)s.") % {"at": error.pos + 1, "why": error.msg}
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise Unreadable(_("This is nested too deep, or has an endless number.")) from error
