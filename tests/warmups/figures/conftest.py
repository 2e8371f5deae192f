"""The library's figures, drawn once for all tests."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from warmups.figures import Drawing

POSES = Path(__file__).parents[3] / "warmups" / "content" / "poses"
SLUGS = sorted(path.stem for path in POSES.glob("*.json"))


def poses_of(slug: str) -> dict[str, Any]:
    return json.loads((POSES / f"{slug}.json").read_text())


@pytest.fixture(scope="session")
def drawing_of() -> Callable[[str], Drawing]:
    return cache(lambda slug: Drawing(poses_of(slug)))


@pytest.fixture(scope="session")
def animated(drawing_of) -> Callable[[str], str]:
    return cache(lambda slug: drawing_of(slug).animated(title=slug))


@pytest.fixture(scope="session")
def still(drawing_of) -> Callable[[str], str]:
    return cache(lambda slug: drawing_of(slug).still(title=slug))
