"""The figure of an exercise as a file: drawn once from its poses, then kept in the cache for as long as they stay."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.urls import reverse

from warmups import figures
from warmups.models import Exercise


def poses_digest(poses: Any) -> str:
    """What an exercise keeps beside its poses, so that links need not read them; empty without poses."""
    if poses is None:
        return ""
    return hashlib.sha256(json.dumps(poses, sort_keys=True).encode()).hexdigest()[:16]


def figure_url(exercise: Exercise, *, still: bool = False, side: str = "", theme: str = "") -> str:
    """Where its figure is (a path), in a form that changes with the drawing, so that it may be kept for ever."""
    wanted = {"still": "1" if still else "", "side": side, "theme": theme}
    query = {name: value for name, value in wanted.items() if value} | {"v": figure_version(exercise)}
    return f"{reverse('api-exercise-figure', args=[exercise.slug])}?{urlencode(query)}"


def figure_version(exercise: Exercise) -> str:
    """Changes when the poses or the way of drawing change."""
    return f"{figures.VERSION}-{exercise.poses_digest}"


def figure_description(exercise: Exercise, *, side: str = "") -> str:
    """The figure in words, for people who do not see it."""
    return f"{exercise.name}. {figures.desc(exercise.poses, side=side or None)}"


def figure_etag(exercise: Exercise, *, still: bool, side: str, theme: str) -> str:
    """Names one file of a figure: what is drawn, how, and by which version of the drawing."""
    named = hashlib.sha256(exercise.name.encode()).hexdigest()[:8]
    return "-".join([figure_version(exercise), named, "still" if still else "moving", side or "as-drawn", theme])


def figure_file(exercise: Exercise, *, still: bool = False, side: str = "", theme: str = "light") -> str:
    """The SVG of its figure. Drawing takes up to a second of CPU time, so it is done once for each file.

    side: left, right, or "" for the one that the poses show; theme: light or dark. Raises figures.PoseError.
    """
    key = "figure:" + figure_etag(exercise, still=still, side=side, theme=theme)
    found: str | None = cache.get(key)
    if found is None:
        draw = figures.still if still else figures.animated
        found = draw(exercise.poses, title=exercise.name, side=side or None, theme=theme)
        cache.set(key, found, timeout=None)
    return found
