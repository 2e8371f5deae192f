"""When a sender was last at work, for who asks whether all is well. It lives in the cache: nothing depends on it."""

from __future__ import annotations

import logging
import time

from django.core.cache import cache

KEY = "reminders.last-tick"

logger = logging.getLogger(__name__)


def beat() -> None:
    """Note that a sender is at work now. A cache that is down keeps no mail from leaving."""
    try:
        cache.set(KEY, time.time(), timeout=None)
    except Exception as error:
        logger.warning("The cache does not take the heartbeat: %s", type(error).__name__)


def age() -> float | None:
    """Seconds since the last beat; None if there was none. Raises what the cache raises when it is down."""
    beaten = cache.get(KEY)
    return None if beaten is None else max(0.0, time.time() - beaten)
