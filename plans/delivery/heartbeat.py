"""How the senders are, for who asks whether all is well. It lives in the cache: nothing depends on it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache

KEY = "reminders.last-tick"
PAUSED = "reminders.paused"
SPEED = "reminders.speed"
SPEED_SECONDS = 3600
PAUSED_SECONDS = 120  # longer than between two tries; who stops trying, having nothing to send, is not paused

logger = logging.getLogger(__name__)


def beat() -> None:
    """Note that a sender is at work now. A cache that is down keeps no mail from leaving."""
    _quietly(lambda: cache.set(KEY, time.time(), timeout=None))


def note_speed(*, rate: float, connections: int) -> None:
    """Note how many messages a second went over how many connections, lately."""
    _quietly(lambda: cache.set(SPEED, {"rate": rate, "connections": connections}, timeout=SPEED_SECONDS))


def pause(words: str) -> None:
    """Note that the mail server does not want us, in words without secrets."""
    _quietly(lambda: cache.set(PAUSED, words, timeout=PAUSED_SECONDS))


def resume() -> None:
    """Note that mail goes out again."""
    _quietly(lambda: cache.delete(PAUSED))


def _quietly(write: Callable[[], Any]) -> None:
    try:
        write()
    except Exception as error:
        logger.warning("The cache does not take the heartbeat: %s", type(error).__name__)


def age() -> float | None:
    """Seconds since the last beat; None if there was none. Raises what the cache raises when it is down."""
    beaten = cache.get(KEY)
    return None if beaten is None else max(0.0, time.time() - beaten)


def paused() -> str:
    """Why no mail goes out; empty when it does. Raises what the cache raises when it is down."""
    return str(cache.get(PAUSED, ""))


def speed() -> dict[str, float]:
    """{"rate": messages a second, "connections": …} of the last drain; empty when there was none within the hour."""
    found: dict[str, float] = cache.get(SPEED, {})
    return found
