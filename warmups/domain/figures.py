"""The figure of an exercise as a file: drawn once from its poses, then kept in the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.urls import reverse

from warmups import figures
from warmups.models import Exercise

SHOWN = ("moving", "still", "small")  # on our pages
THEMES: tuple[figures.Theme, ...] = ("light", "dark")
SECONDS = 60 * 24 * 3600  # so that what an older drawing left goes by itself
PNG_WIDTH = 1200  # for mail at twice its size, and for what other sites show of a link

_elsewhere: ContextVar[Mapping[str, str]] = ContextVar("figures_elsewhere", default={})  # noqa: B039 (never written to)


@contextmanager
def figures_from(addresses: Mapping[str, str]) -> Iterator[None]:
    """Within it links to the figures of these exercises (by slug) lead to these addresses.

    For previews: the public address has no figure yet of a version that readers don't see.
    """
    token = _elsewhere.set(addresses)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def poses_digest(poses: Any) -> str:
    """What an exercise keeps beside its poses, so that links need not read them; empty without poses."""
    if poses is None:
        return ""
    return hashlib.sha256(json.dumps(poses, sort_keys=True).encode()).hexdigest()[:16]


def figure_url(exercise: Exercise, *, kind: str = "moving", side: str = "", theme: str = "light") -> str:
    """Where its figure is (a path), in a form that changes with the drawing, so that it may be kept for ever.

    kind: moving, still or small.
    """
    wanted = {
        "still": "" if kind == "moving" else "1",
        "phases": "1" if kind == "small" else "",
        "side": side,
        "theme": "" if theme == "light" else theme,
    }
    query = {name: value for name, value in wanted.items() if value} | {"v": figure_version(exercise)}
    address = _elsewhere.get().get(exercise.slug) or reverse("api-exercise-figure", args=[exercise.slug])
    return f"{address}?{urlencode(query)}"


def figure_version(exercise: Exercise) -> str:
    """Changes with the poses, the name (which is the file's title) and the way of drawing."""
    named = hashlib.sha256(exercise.name.encode()).hexdigest()[:8]
    return f"{figures.VERSION}-{exercise.poses_digest}-{named}"


def figure_description(exercise: Exercise, *, side: str = "") -> str:
    """The figure in words, for people who do not see it."""
    return f"{exercise.name}. {figures.desc(exercise.poses, side=_side(side))}"


def figure_etag(exercise: Exercise, *, kind: str, side: str, theme: str) -> str:
    """Names one file of a figure: what is drawn, how, and by which version of the drawing."""
    return "-".join([figure_version(exercise), kind, side or "as-drawn", theme])


def figure_file(exercise: Exercise, *, kind: str, side: str = "", theme: str = "light") -> bytes:
    """One file of its figure.

    kind: moving, still (two phases) or small (one phase, for small places), SVG in UTF-8; png of the still, and thumb,
    a little PNG of the small one. side: left, right, or "" for the one that the poses show; theme: light or dark.
    Drawing takes tenths of a second of CPU time, so it is done once, for both themes. Raises figures.PoseError.
    """
    found: bytes | None = cache.get(_key(exercise, kind, side, theme))
    if found is None:
        files = _draw(exercise, kind, side)
        for other, file in files.items():
            cache.set(_key(exercise, kind, side, other), file, SECONDS)
        found = files[theme]
    return found


def is_drawn(exercise: Exercise) -> bool:
    """Whether what pages show of its figure is there already."""
    wanted = {_key(exercise, kind, "", theme) for kind in SHOWN for theme in THEMES}
    return cache.get_many(wanted).keys() == wanted


def _key(exercise: Exercise, kind: str, side: str, theme: str) -> str:
    return "figure:" + figure_etag(exercise, kind=kind, side=side, theme=theme)


def _draw(exercise: Exercise, kind: str, side: str) -> dict[str, bytes]:
    """By theme."""
    drawing, shown, title = figures.Drawing(exercise.poses), _side(side), exercise.name
    if kind == "thumb":
        return {theme: drawing.thumb(title=title, side=shown, theme=theme) for theme in THEMES}
    if kind == "png":
        return {theme: drawing.png(title=title, side=shown, theme=theme, width=PNG_WIDTH) for theme in THEMES}
    draw = {"moving": drawing.animated, "still": drawing.still, "small": drawing.small}[kind]
    return {theme: draw(title=title, side=shown, theme=theme).encode() for theme in THEMES}


def _side(side: str) -> figures.Side | None:
    return "left" if side == "left" else "right" if side == "right" else None
