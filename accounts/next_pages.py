"""Where one is led once one's settings are saved, when an app above has something to ask about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from accounts.models import User

# Each gives the address of its page, or None when it has nothing to ask. Filled by those apps when they are ready.
NEXT_PAGES: list[Callable[[User, datetime], str | None]] = []


def next_page(person: User, now: datetime) -> str | None:
    """The first page that asks `person` something about their new settings; None when none does."""
    return next((address for ask in NEXT_PAGES if (address := ask(person, now))), None)
