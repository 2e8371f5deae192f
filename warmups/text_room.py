"""How much room text takes on paper, guessed before any browser sees it. Values only.

Nobody knows with which fonts a page will be printed, so letters count as wide as in DejaVu Sans, one of the widest
fonts that people have. A guess that is too large costs a little white, one too small would cut text.
"""

from __future__ import annotations

import unicodedata

BOLD = 1.12  # how much wider than regular

NARROW, LESS_WIDE = frozenset("fijlrtI.,:;'|!()[]-·"), frozenset("cksvxyz")
WIDE = frozenset("mwMWQO@%&—…×жшщюымфЖШЩЮЫМФ")
LAST_OF_CYRILLIC = "\u04ff"  # the scripts up to here have letters as wide as Latin ones


def text_width(text: str) -> float:
    """The width of a line of text in em."""
    return sum(_width(char) for char in text)


def text_lines(text: str, room: float) -> int:
    """How many lines `text` takes where a line has `room` em: broken between words, and within one that is longer."""
    lines, used = 1, 0.0
    for word in text.split():
        width = text_width(word)
        gap = _width(" ") if used else 0.0
        if used + gap + width <= room:
            used += gap + width
            continue
        if used:
            lines, used = lines + 1, 0.0
        for char in word:
            if used and used + _width(char) > room:
                lines, used = lines + 1, 0.0
            used += _width(char)
    return lines


def shortened(text: str, most: int) -> str:
    """At most `most` characters of `text`, between words where there are any, and "…" where some are left out."""
    if len(text) <= most:
        return text
    if not most:
        return ""
    kept = text[: most - 1]
    between_words = kept.rsplit(maxsplit=1)[0] if text[most - 1] != " " else kept
    return (between_words if len(between_words) > most / 2 else kept).rstrip(" ,.;:") + "…"


def _width(char: str) -> float:
    char = unicodedata.normalize("NFD", char)[0]  # accents take no width
    if char == " ":
        return 0.33
    if char in NARROW:
        return 0.42
    if char in LESS_WIDE:
        return 0.6
    if char in WIDE or unicodedata.east_asian_width(char) in "WF":
        return 1.35 if char > "\uffff" else 1.05
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    if char.isupper():
        return 0.8
    if char.isascii():
        return 0.64
    return 0.7 if char <= LAST_OF_CYRILLIC else 0.9 if char <= "\uffff" else 1.35
