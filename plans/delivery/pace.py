"""How fast messages may go to one mail server: as fast as it takes them, until it says that it is too fast.

Additive increase, multiplicative decrease, as TCP does it (RFC 5681): × 0.8 at a throttling answer, at most twice a
second, then + 3 % a second. A rate that a provider states is set by SMTP_RATE and never passed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

SLOWER, FASTER_A_SECOND = 0.8, 1.03
LEAST_RATE = 1.0  # messages a second
BETWEEN_STEPS = 0.5  # seconds
BURST_SECONDS = 0.05
FORGET_SECONDS = 600  # without a throttling answer, and the limit is gone


class Pace:
    """A token bucket that several threads share. `clock` counts seconds and never goes back."""

    def __init__(self, most: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._limit = most
        self._stepped_at = self._slowed_at = self._next_at = clock()
        self._sent: deque[float] = deque()  # when, over the last second
        self.throttled = 0

    @property
    def limit(self) -> float | None:
        """Messages a second that may go now; None: as fast as they are taken."""
        with self._lock:
            return self._now(self._clock())

    def reserve(self) -> float:
        """Take the next place; the seconds to wait for it, 0 if it is now."""
        with self._lock:
            now = self._clock()
            limit = self._now(now)
            self._note(now)
            if limit is None:
                return 0.0
            self._next_at = max(self._next_at, now - BURST_SECONDS) + 1 / limit
            return max(0.0, self._next_at - 1 / limit - now)

    def slow_down(self) -> None:
        """The server said that this is too fast."""
        with self._lock:
            now = self._clock()
            self.throttled += 1
            if self._limit is not None and now - self._slowed_at < BETWEEN_STEPS:
                return
            had = self._now(now)
            measured = float(len(self._sent))
            self._limit = max(LEAST_RATE, SLOWER * (measured if had is None else min(had, max(measured, LEAST_RATE))))
            self._stepped_at = self._slowed_at = now

    def _now(self, now: float) -> float | None:
        """The limit as it has grown since."""
        if self._limit is None:
            return None
        if self._most is None and now - self._slowed_at > FORGET_SECONDS:
            self._limit = None
            return None
        self._limit *= FASTER_A_SECOND ** max(0.0, now - self._stepped_at)
        self._stepped_at = now
        if self._most is not None:
            self._limit = min(self._limit, self._most)
        return self._limit

    def _note(self, now: float) -> None:
        self._sent.append(now)
        while self._sent[0] < now - 1:
            self._sent.popleft()
