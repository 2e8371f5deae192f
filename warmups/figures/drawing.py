"""A finished figure as files: animated and still SVG and PNG, in either theme, showing either side.

The files need nothing from outside: no style element, no script, no font, no address. So they work inline in a page
with a strict Content-Security-Policy, in <img>, and alone.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from html import escape
from typing import Any, Literal, TypeAlias

from .animation import animated_markup
from .checks import examine
from .composition import HEIGHT, WIDTH
from .markup import card
from .parts import split_muscle
from .png import rendered
from .problems import PoseError
from .still import small_markup, still_markup
from .themes import PALETTES, Theme, paint, paint_plain

Side: TypeAlias = Literal["left", "right"]
# "At a right angle" stays right on either side.
SIDE_WORD = re.compile(r"\b(left|right)\b(?![ -]angle)", re.IGNORECASE)
OTHER = {"left": "right", "right": "left"}
# What XML 1.0 can't hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FLIP = f'<g transform="translate({WIDTH} 0)scale(-1 1)">'


class Drawing:
    """One exercise's figure, solved and drawn once; both themes and both sides come from the same drawing.

    Raises PoseError, which names every problem, when the pose data isn't right.
    """

    def __init__(self, data: object) -> None:
        problems, figure = examine(data)
        if figure is None or problems:
            raise PoseError(problems)
        self.figure = figure
        self.digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    def animated(self, *, title: str, side: Side | None = None, theme: Theme = "light") -> str:
        """The moving figure as an SVG file."""
        flipped = self.is_flipped(side)
        content = f"{FLIP}{self.loop}</g>" if flipped else self.loop
        return self.file("moving", card() + content, title=title, side=side, theme=theme)

    def still(self, *, title: str, side: Side | None = None, theme: Theme = "light") -> str:
        """Two numbered phases and an arrow as an SVG file."""
        prefix = self.prefix("still", title, side, theme)
        content = still_markup(self.figure, prefix, flipped=self.is_flipped(side))
        return self.file("still", content, title=title, side=side, theme=theme)

    def small(self, *, title: str, side: Side | None = None, theme: Theme = "light") -> str:
        """One phase as an SVG file, for small places."""
        content = small_markup(self.figure)
        content = f"{FLIP}{content}</g>" if self.is_flipped(side) else content
        return self.file("small", card() + content, title=title, side=side, theme=theme)

    def png(self, *, title: str, side: Side | None = None, theme: Theme = "light", width: int = 600) -> bytes:
        """The still as a PNG file of that many pixels in width, for mail and print; the title goes into its text."""
        return self._picture(still_markup(self.figure, "still", flipped=self.is_flipped(side)), title, theme, width)

    def thumb(self, *, title: str, side: Side | None = None, theme: Theme = "light", width: int = 144) -> bytes:
        """One phase as a PNG file of that many pixels in width, to travel inside a mail."""
        content = small_markup(self.figure)
        content = f"{FLIP}{content}</g>" if self.is_flipped(side) else content
        return self._picture(content, title, theme, width)

    def _picture(self, content: str, title: str, theme: Theme, width: int) -> bytes:
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{content}</svg>'
        # Without transparent corners, which a mail program may put anything behind.
        background = PALETTES[theme]["card"]
        return rendered(paint_plain(svg, theme), width=width, background=background, title=printable_text(title))

    def desc(self, *, side: Side | None = None) -> str:
        """What the picture shows, for people who don't see it."""
        return described(self.figure.data, side)

    @cached_property
    def loop(self) -> str:
        """Everything that moves, with colour tokens."""
        return animated_markup(self.figure)

    def is_flipped(self, side: Side | None) -> bool:
        return side is not None and side != drawn_side(self.figure.data)

    def prefix(self, kind: str, title: str, side: Side | None, theme: Theme) -> str:
        """What the ids of a file begin with: several figures may stand in one page."""
        content = "\n".join((self.digest, kind, title, side or "", theme))
        return "fig" + hashlib.sha256(content.encode(errors="replace")).hexdigest()[:8]

    def file(self, kind: str, content: str, *, title: str, side: Side | None, theme: Theme) -> str:
        prefix = self.prefix(kind, title, side, theme)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' aria-labelledby="{prefix}-t {prefix}-d"><title id="{prefix}-t">{printable(title)}</title>'
            f'<desc id="{prefix}-d">{printable(self.desc(side=side))}</desc>{paint(content, theme)}</svg>'
        )


def printable_text(text: str) -> str:
    return UNPRINTABLE.sub("", text)


def printable(text: str) -> str:
    """Text for between tags."""
    return escape(printable_text(text), quote=False)


def drawn_side(data: Mapping[str, Any]) -> Side:
    """The working side as it is drawn: as the data say, or the side of most muscles that work."""
    if data.get("side") in OTHER:
        return "left" if data["side"] == "left" else "right"
    sides = [split_muscle(muscle)[1] for muscle in data.get("work", [])]
    return "left" if sides.count("l") > sides.count("r") else "right"


def described(data: Mapping[str, Any], side: Side | None) -> str:
    """The text equivalent; left and right change places where the picture is flipped."""
    text = str(data["desc"])
    return swapped(text) if side is not None and side != drawn_side(data) else text


def swapped(text: str) -> str:
    """The text with left and right in each other's place."""

    def other(match: re.Match[str]) -> str:
        word = OTHER[match[0].lower()]
        return word.upper() if match[0].isupper() else word.capitalize() if match[0][0].isupper() else word

    return SIDE_WORD.sub(other, text)
