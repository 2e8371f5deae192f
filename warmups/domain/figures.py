"""The figure of an exercise as a file: drawn once from its poses, then kept in the cache for as long as they stay."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from warmups import figures


def poses_digest(poses: Any) -> str:
    """What an exercise keeps beside its poses, so that links need not read them; empty without poses."""
    if poses is None:
        return ""
    return hashlib.sha256(json.dumps(poses, sort_keys=True).encode()).hexdigest()[:16]
