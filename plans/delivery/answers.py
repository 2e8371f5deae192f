"""What a mail server's answer means, and when to try again. Values only.

Codes and enhanced codes: RFC 5321 (4.2) and RFC 3463.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

LAST_TRY = timedelta(minutes=2)  # before the run's start
WAITS = (timedelta(seconds=30), timedelta(seconds=90), timedelta(minutes=5))
SPREAD = 0.2
TEXT_LENGTH = 180  # of the reason's 200


class Verdict(Enum):
    """What became of one attempt."""

    SENT = auto()
    LATER = auto()  # a temporary refusal of this message: wait, then try again
    UNKNOWN = auto()  # cut off after the message was handed over: it may have been taken
    BROKEN = auto()  # cut off before: it was certainly not taken, and that says nothing about its address
    BUSY = auto()  # the server wants fewer messages
    NOT_BEGUN = auto()  # too much time had passed since the claim: somebody else may hold the row by now
    OURS = auto()  # the server refuses us, not the message
    BAD_ADDRESS = auto()
    REFUSED = auto()


@dataclass(frozen=True)
class Answer:
    """A verdict with the server's code, if it gave one, and its words without anybody's address."""

    verdict: Verdict
    code: int | None = None
    text: str = ""


class Stage(Enum):
    """What the server was asked when it answered."""

    SENDER = auto()
    RECIPIENT = auto()
    MESSAGE = auto()


def read_answer(code: int, text: str | bytes, stage: Stage) -> Answer:
    """The meaning of a server's `code` and words at a `stage`."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Answer(_verdict(code, _enhanced(words), stage), code, plain_words(f"{code} {words}"))


def plain_words(text: str) -> str:
    """A server's words on one line, short enough to keep, without the addresses that servers like to repeat."""
    text = re.sub(r"\S+@\S+", "<address>", text)
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())[:TEXT_LENGTH]


def _enhanced(words: str) -> str:
    found = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", words)
    return found[0] if found else ""


def _verdict(code: int, enhanced: str, stage: Stage) -> Verdict:
    if 200 <= code < 300:
        return Verdict.SENT
    if code in (530, 534, 535, 538) or enhanced == "5.7.8":
        return Verdict.OURS
    if code == 421:
        return Verdict.BROKEN
    # Greylisting too says 4.7.x, but with a code of the ordinary kind: taken for "slow down" it would stop all.
    if code == 454 or (enhanced.startswith("4.7.") and code not in (450, 451, 452)):
        return Verdict.BUSY
    if 400 <= code < 500:
        return Verdict.LATER
    if stage == Stage.SENDER:
        return Verdict.OURS
    if stage == Stage.RECIPIENT and (code in (550, 551, 553) or enhanced.startswith("5.1.")):
        return Verdict.BAD_ADDRESS
    return Verdict.REFUSED


def next_try(*, attempts: int, now: datetime, starts_at: datetime, spread: float | None = None) -> datetime:
    """When to try again after `attempts` counted ones: after 30 s, 90 s, then every 5 min, each ± 20 %.

    The last try is two minutes before the run's start; after it, the start, when the reminder expires. `spread` (-1 to
    1) is drawn at random unless given.
    """
    wait = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    share = random.uniform(-1, 1) if spread is None else spread  # noqa: S311 - keeps retries apart, no secret
    last = starts_at - LAST_TRY
    if now >= last:
        return starts_at
    return min(now + wait * (1 + SPREAD * share), last)
