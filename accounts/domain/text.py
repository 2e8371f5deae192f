"""Names as they may stand in a page, a list, a log and a mail's head."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

TURNING_MARKS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def one_line(value: object, *, most: int, empty: str) -> str:
    """`value` without spaces around it: one line, at most `most` characters, something of it to be seen.

    Raises ValidationError with what to write instead; `empty` is said if nothing is there.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise ValidationError(empty, code="required")
    if len(text) > most:
        raise ValidationError(_("Use at most %(most)d characters.") % {"most": most}, code="max_length")
    if any(_breaks_lines(character) for character in text):
        raise ValidationError(_("Use letters and signs on one line only."), code="control_characters")
    return text


def _breaks_lines(character: str) -> bool:
    # Control characters, halves of characters, separators of lines and paragraphs, marks that turn the text around.
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in TURNING_MARKS
    )
