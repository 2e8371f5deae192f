"""Takes what is said about a thing apart, field by field, each with its check.

What is said is an Entry: of a content file, which knows its lines, or of a document that a form or a program sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.utils.translation import gettext as _

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_ITEMS = 100  # of a list, so that comparing two of them ends; the longest of ours has 13


class Entry(dict[str, Any]):
    """What a file says about one thing; `lines` has the line of each key. `typed`: YAML, where a number is no text."""

    def __init__(self, file: str, line: int, *, typed: bool) -> None:
        super().__init__()
        self.file, self.line, self.typed = file, line, typed
        self.lines: dict[str, int] = {}


class Items(list[Any]):
    """A list out of a YAML file, with the line of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def entry_of(said: Mapping[str, Any]) -> Entry:
    """A document's part as an entry, with all that is in it."""
    entry = Entry("", 1, typed=True)
    for key, value in said.items():
        entry[str(key)] = _said(value)
    return entry


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return entry_of(value)
    return [_said(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    """The other way round."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def storable(text: str) -> bool:
    """Whether both databases can keep a text: no NUL in it, and no half of a character."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def shortened(value: Any, longest: int = 60) -> str:
    """A value from outside, short enough for a sentence."""
    text = str(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Everything(Collection[str]):
    """Stands in for the names of a file that can't be read, so that what refers to it is not blamed too."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Notes(Protocol):
    """Where problems are noted."""

    def refuse(self, entry: Entry, key: str, path: str, message: str) -> None:
        """Note what is wrong with the field `key` of an entry, which stands at `path`."""


class Fields:
    """Takes an entry's fields, each with its check; at the end `done` tells of those that nobody asked for.

    What is wrong answers an empty value, and is noted in the folder.
    """

    def __init__(self, notes: Notes, entry: Entry, path: str = "") -> None:
        self.notes, self.entry, self.path = notes, entry, path
        self._asked: set[str] = set()
        self.refused: set[str] = set()  # keys that something is wrong with

    def has(self, key: str) -> bool:
        """Whether the entry has `key`, empty or not."""
        return key in self.entry

    def problem(self, key: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.refused.add(key)
        self.notes.refuse(self.entry, key, self.path, message)

    def done(self) -> None:
        """Tell of the keys that mean nothing."""
        known = ", ".join(sorted(self._asked))
        for key in [key for key in self.entry if key not in self._asked][:MOST_ITEMS]:
            self.problem(key, _("There is no such field. Known are %(known)s.") % {"known": known})

    def _raw(self, key: str) -> Any:
        """The field as written; None if it is missing (a problem) or empty."""
        self._asked.add(key)
        if key not in self.entry:
            self.problem(key, _("This field is missing. Add it."))
            return None
        value = self.entry[key]
        return None if value == "" and not self.entry.typed else value

    def value(self, key: str) -> Any:
        """Whatever is there, to be checked by who takes it."""
        return _plain(self._raw(key))

    def text(self, key: str, longest: int, *, empty: bool = False) -> str:
        """A text."""
        value = self._raw(key)
        if value is None and (empty or key not in self.entry):
            return ""
        if value is None:
            self.problem(key, _("Write something here."))
            return ""
        if not isinstance(value, str):
            self.problem(key, _("Write text here, in quotes if it looks like something else."))
            return ""
        value = value.strip()
        if not value and not empty:
            self.problem(key, _("Write something here."))
        if len(value) > longest:
            self.problem(
                key,
                _("This has %(length)d characters. At most %(longest)d fit.")
                % {"length": len(value), "longest": longest},
            )
        if not storable(value):
            self.problem(key, _("There is a character in this text that can't be kept. Type it anew."))
            return ""
        return value

    def slug(self, key: str) -> str:
        """A name for addresses: lower case, digits, hyphens."""
        value = self.text(key, 60)
        if value and not SLUG.fullmatch(value):
            self.problem(key, _("“%(value)s” is no slug. Use small letters, digits and hyphens.") % {"value": value})
        return value

    def flag(self, key: str) -> bool:
        """A boolean: true or false in YAML, 1 or 0 in CSV."""
        value = self._raw(key)
        if self.entry.typed:
            if isinstance(value, bool):
                return value
            if key in self.entry:
                self.problem(key, _("Write true or false, without quotes."))
            return False
        if value not in ("0", "1"):
            self.problem(key, _("Write 1 or 0."))
        return value == "1"

    def whole(self, key: str, low: int, high: int, *, empty: bool = False) -> int | None:
        """A whole number, both ends included."""
        value = self._raw(key)
        if isinstance(value, str) and not self.entry.typed and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        wrong = isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high
        message = _("Give a whole number from %(low)d to %(high)d.") % {"low": low, "high": high}
        return self._number(key, value, wrong, message, empty)

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
        message = _("Give a number from %(low)d to %(high)d with at most %(places)d decimals.")
        return self._number(key, value, wrong, message % {"low": low, "high": high, "places": places}, empty)

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
        if not isinstance(value, str) or value not in choices:
            self._not_among(key, value, choices)
            return ""
        return str(value)

    def choices(self, key: str, choices: Collection[str]) -> list[str]:
        """Words of a closed list, each once."""
        words = self.texts(key, 200)
        for word in words:
            if word not in choices:
                self._not_among(key, word, choices)
        return [word for word in words if word in choices]

    def _not_among(self, key: str, value: Any, choices: Collection[str]) -> None:
        message = _("“%(value)s” is not among %(choices)s.")
        self.problem(key, message % {"value": shortened(value), "choices": ", ".join(choices)})

    def day(self, key: str, *, empty: bool = False) -> date | None:
        """A day: 2027-03-15."""
        value = self._raw(key)
        if value is None and (empty or key not in self.entry):
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.problem(key, _("Write a day like 2027-03-15."))
            return None

    def known(self, key: str, names: Collection[str], what: str, *, empty: bool = False) -> str | None:
        """The slug of something else in the content."""
        value = self._raw(key)
        if value is None and (empty or key not in self.entry):
            return None
        return value if self._is_known(key, value, names, what) else None

    def _is_known(self, key: str, value: Any, names: Collection[str], what: str) -> bool:
        if isinstance(value, str) and value in names:
            return True
        message = _("There is no %(what)s “%(value)s”. Look for a typing error, or add it.")
        self.problem(key, message % {"what": what, "value": shortened(value)})
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
            self.problem(key, _("Write a list of texts here, [] for none."))
            return []
        if self._too_many(key, value):
            return []
        texts = [item.strip() for item in value]
        if not all(storable(item) for item in texts):
            self.problem(key, _("There is a character in this text that can't be kept. Type it anew."))
            return []
        if len(texts) < least:
            self.problem(key, _("At least %(least)d belong here.") % {"least": least})
        if any(len(item) > longest for item in texts):
            self.problem(key, _("At most %(longest)d characters fit in one line of it.") % {"longest": longest})
        if distinct and len(set(texts)) != len(texts):
            self.problem(key, _("Something stands here twice. Keep one."))
        return texts

    def inner(self, key: str) -> Fields | None:
        """An entry inside this one."""
        value = self._raw(key)
        if isinstance(value, Entry):
            return Fields(self.notes, value, f"{self.path}{key}.")
        if key in self.entry:
            self.problem(key, _("Write fields here, each on a line of its own."))
        return None

    def entries(self, key: str) -> list[Fields]:
        """A list of entries inside this one."""
        value = self._raw(key)
        if not isinstance(value, list) or not all(isinstance(item, Entry) for item in value):
            if key in self.entry:
                self.problem(key, _("Write a list of entries here, [] for none."))
            return []
        if self._too_many(key, value):
            return []
        return [Fields(self.notes, item, f"{self.path}{key}.{index}.") for index, item in enumerate(value)]

    def _too_many(self, key: str, items: Collection[Any]) -> bool:
        if len(items) <= MOST_ITEMS:
            return False
        said = {"number": len(items), "most": MOST_ITEMS}
        self.problem(key, _("There are %(number)d entries. At most %(most)d fit.") % said)
        return True
