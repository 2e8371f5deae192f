"""What becomes of a change when somebody else saved meanwhile. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warmups.domain.exercise_documents import Document

# Fields whose parts are fields of their own in the form; all others are taken or left whole.
IN_PARTS = ("dose", "review")


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Document, set[str]]:
    """Mine and theirs in one, both of which began as `base`; and the fields that both changed, each otherwise.

    What only one of us changed is as that one has it. What both changed is as I have it, for me to look at again.
    """
    merged: Document = {}
    conflicts: set[str] = set()
    for key, value in mine.items():
        if key in IN_PARTS and all(isinstance(other.get(key), Mapping) for other in (base, mine, theirs)):
            merged[key], inner = merge(base[key], value, theirs[key])
            conflicts |= {key} if inner else set()
        elif value == base.get(key):
            merged[key] = theirs.get(key, value)
        else:
            merged[key] = value
            if theirs.get(key) not in (value, base.get(key)):
                conflicts.add(key)
    return merged, conflicts
