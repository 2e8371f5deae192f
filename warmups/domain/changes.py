"""What became of a text, a list, a value: as changes that people can read. Values only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

RunKind = Literal["same", "removed", "added"]
ChangeKind = Literal["added", "removed", "changed", "moved"]

PIECES = re.compile(r"\s+|\w+|[^\w\s]")
ALIKE = 0.4  # texts that share less are told as one instead of the other: a mixture of both reads worse
MOST_TO_PAIR = 30  # items of a list that are compared each with each
WORDS_TO_PAIR = 80  # of each of them: what begins alike is alike
LONGEST_SHOWN = 2000  # characters of a value that has no form of its own

KIND_WORDS: dict[str, Promise] = {
    "added": pgettext_lazy("change", "Added"),
    "removed": pgettext_lazy("change", "Removed"),
    "changed": pgettext_lazy("change", "Changed"),
    "moved": pgettext_lazy("change", "Moved"),
}
PRINTED = {" ": "␣", "\n": "↵", "\t": "→"}


@dataclass(frozen=True)
class Run:
    """A piece of text that stayed, went or came."""

    kind: RunKind
    text: str

    @property
    def shown(self) -> str:
        """The text; where it is nothing but spaces and ends of lines, signs for them, or nobody would see it."""
        if self.kind == "same" or self.text.strip():
            return self.text
        return "".join(PRINTED.get(character, character) for character in self.text)


@dataclass(frozen=True)
class Change:
    """One thing that became different. `where`: within its field ("Step 3"), or empty."""

    kind: ChangeKind
    runs: tuple[Run, ...]
    where: str = ""

    @property
    def word(self) -> str:
        """Its kind as a word."""
        return str(KIND_WORDS[self.kind])


def text_changes(before: str, after: str, where: str = "") -> list[Change]:
    """A text word by word; nothing if it is the same."""
    if before == after:
        return []
    if not before:
        return [Change("added", (Run("added", after),), where)]
    if not after:
        return [Change("removed", (Run("removed", before),), where)]
    return [Change("changed", text_runs(before, after), where)]


def text_runs(before: str, after: str) -> tuple[Run, ...]:
    """A text as pieces that stayed, went and came, in the order of reading."""
    old, new = PIECES.findall(before), PIECES.findall(after)
    matcher = SequenceMatcher(None, old, new)
    if _shared(matcher, old) < ALIKE * min(len(before), len(after)):
        return (Run("removed", before), Run("added", after))
    runs: list[Run] = []
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            runs.append(Run("same", "".join(old[start:end])))
            continue
        runs += [Run("removed", "".join(old[start:end]))] if end > start else []
        runs += [Run("added", "".join(new[new_start:new_end]))] if new_end > new_start else []
    return tuple(_without_crumbs(runs))


def _shared(matcher: SequenceMatcher[str], old: Sequence[str]) -> int:
    """How many characters of words stayed; spaces say nothing."""
    return sum(
        len(piece)
        for block in matcher.get_matching_blocks()
        for piece in old[block.a : block.a + block.size]
        if not piece.isspace()
    )


def _without_crumbs(runs: Sequence[Run]) -> Iterator[Run]:
    """The same, where single spaces between two changed words don't cut the change into crumbs."""
    old, new = "", ""
    for index, run in enumerate(runs):
        crumb = run.kind == "same" and run.text.isspace() and 0 < index < len(runs) - 1
        if run.kind == "same" and not crumb:
            yield from _pair(old, new)
            yield run
            old, new = "", ""
            continue
        old += run.text if run.kind != "added" else ""
        new += run.text if run.kind != "removed" else ""
    yield from _pair(old, new)


def _pair(old: str, new: str) -> Iterator[Run]:
    if old:
        yield Run("removed", old)
    if new:
        yield Run("added", new)


def value_changes(before: Any, after: Any, where: str = "", *, words: Callable[[Any], str] = str) -> list[Change]:
    """A number, a choice or a day: one instead of the other, in words; None and "" are nothing."""
    if before == after:
        return []
    old, new = ("" if value in (None, "") else words(value) for value in (before, after))
    if old and new:
        return [Change("changed", (Run("removed", old), Run("added", new)), where)]
    if new:
        return [Change("added", (Run("added", new),), where)]
    return [Change("removed", (Run("removed", old),), where)] if old else []


def list_changes(before: Sequence[str], after: Sequence[str], *, place: str = "", whole: bool = False) -> list[Change]:
    """Items that came, went, changed and moved. `place`: how one is called by its number ("Step %(number)d").

    With `whole` items are names: one goes and another comes, and none changes into another.
    """
    old, new, found = list(before), list(after), list[tuple[int, Change]]()
    gone, come = _left_over(old, new)
    pairs = {} if whole else _pairs(old, new, gone, come)
    for i in gone:
        if i not in pairs:
            found.append((i, Change("removed", (Run("removed", old[i]),), _numbered(place, i))))
    for j in come:
        if j not in pairs.values():
            found.append((j, Change("added", (Run("added", new[j]),), _numbered(place, j))))
    found += [(j, Change("changed", text_runs(old[i], new[j]), _numbered(place, j))) for i, j in pairs.items()]
    for i, j in _moved(old, new, gone, come, pairs):
        numbers = {"before": i + 1, "after": j + 1}
        found.append((j, Change("moved", (Run("same", new[j]),), _("from place %(before)d to %(after)d") % numbers)))
    return [change for _place, change in sorted(found, key=lambda item: item[0])]


def _numbered(place: str, index: int) -> str:
    return place % {"number": index + 1} if place else ""


def _left_over(old: Sequence[str], new: Sequence[str]) -> tuple[list[int], list[int]]:
    """Which places of both hold something that the other has not, or has fewer of."""
    gone, come, places = [], [], dict[str, list[int]]()
    for j, item in enumerate(new):
        places.setdefault(item, []).append(j)
    for i, item in enumerate(old):
        if places.get(item):
            places[item].pop(0)
        else:
            gone.append(i)
    come = sorted(j for left in places.values() for j in left)
    return gone, come


def _moved(
    old: Sequence[str], new: Sequence[str], gone: Sequence[int], come: Sequence[int], pairs: Mapping[int, int]
) -> list[tuple[int, int]]:
    """Which of those that both have, changed or not, stand in another order: the fewest whose moving explains it."""
    # A changed one is called by what it became, so that both lists have the same names.
    away, there = set(gone) - pairs.keys(), set(come) - set(pairs.values())
    kept_old = [(i, new[pairs[i]] if i in pairs else item) for i, item in enumerate(old) if i not in away]
    kept_new = [(j, item) for j, item in enumerate(new) if j not in there]
    matcher = SequenceMatcher(None, [name for _i, name in kept_old], [name for _j, name in kept_new])
    stayed_old, stayed_new = set[int](), set[int]()
    for block in matcher.get_matching_blocks():
        stayed_old.update(range(block.a, block.a + block.size))
        stayed_new.update(range(block.b, block.b + block.size))
    left: dict[str, list[int]] = {}
    for place, (j, name) in enumerate(kept_new):
        if place not in stayed_new:
            left.setdefault(name, []).append(j)
    return [(i, left[name].pop(0)) for place, (i, name) in enumerate(kept_old) if place not in stayed_old]


def _pairs(old: Sequence[str], new: Sequence[str], gone: Sequence[int], come: Sequence[int]) -> dict[int, int]:
    """Which items became which others: those most alike first."""
    if len(gone) > MOST_TO_PAIR or len(come) > MOST_TO_PAIR:
        return {}
    alike = sorted(((_alikeness(old[i], new[j]), -abs(i - j), i, j) for i in gone for j in come), reverse=True)
    pairs: dict[int, int] = {}
    for how_much, _distance, i, j in alike:
        if how_much >= ALIKE and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def _alikeness(before: str, after: str) -> float:
    """From 0, nothing in common, to 1."""
    old, new = (
        [piece for piece in PIECES.findall(text.casefold()) if piece.strip()][:WORDS_TO_PAIR]
        for text in (before, after)
    )
    return SequenceMatcher(None, old, new).ratio()


def any_change(before: Any, after: Any) -> Change:
    """A change of what has no form of its own, as it is kept."""
    runs = (Run("removed", _as_json(before)), Run("added", _as_json(after)))
    return Change("changed", runs)


def as_kept(value: Any) -> str:
    """A value as it is kept, cut where it goes on and on; a text as it is."""
    return _cut(value) if isinstance(value, str) else _as_json(value)


def _as_json(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
