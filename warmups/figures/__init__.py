"""Exercises drawn from pose keyframes: `check` tells what is wrong, `Drawing` makes SVG and PNG of them.

Pure Python. docs/figures.md describes the keyframes and how a figure is drawn.
"""

from typing import Any

from .checks import check
from .drawing import Drawing, Side, described
from .problems import PoseError, Problem
from .themes import Theme

__all__ = ["VERSION", "Drawing", "PoseError", "Problem", "Side", "Theme", "check", "desc"]

# Raise it when the drawing changes: it is part of the keys under which drawings are kept.
VERSION = 1


def desc(data: Any, *, side: Side | None = None) -> str:
    """What the figure shows in words, for checked data; left and right change places with the side."""
    return described(data, side)
