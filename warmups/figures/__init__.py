"""Exercises drawn from pose keyframes: check them, and make animated SVG, still SVG and PNG of them.

Pure Python. docs/figures.md describes the keyframes and how a figure is drawn.
"""

from typing import Any

from .checks import check
from .drawing import Drawing, Side, described
from .problems import PoseError, Problem
from .themes import Theme

__all__ = ["VERSION", "Drawing", "PoseError", "Problem", "Side", "Theme", "animated", "check", "desc", "png", "still"]

# Raise it when the drawing changes: it is part of the keys under which drawings are kept.
VERSION = 1


def animated(data: object, *, title: str, side: Side | None = None, theme: Theme = "light") -> str:
    """The moving figure as SVG. `side` is the working side that is shown (None: as drawn). Raises PoseError."""
    return Drawing(data).animated(title=title, side=side, theme=theme)


def still(data: object, *, title: str, side: Side | None = None, theme: Theme = "light") -> str:
    """Two phases of the figure as SVG, numbered, with an arrow. Raises PoseError."""
    return Drawing(data).still(title=title, side=side, theme=theme)


def png(data: object, *, title: str, side: Side | None = None, theme: Theme = "light", width: int = 600) -> bytes:
    """The still as PNG, `width` pixels wide and three quarters as high. Raises PoseError."""
    return Drawing(data).png(title=title, side=side, theme=theme, width=width)


def desc(data: Any, *, side: Side | None = None) -> str:
    """What the figure shows in words, for checked data; left and right change places with the side."""
    return described(data, side)
