"""Sends the reminders that are due: claim some, look again, hand them over one by one, settle each at once."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from django.db import connection

from plans import emails
from plans.delivery import claims
from plans.delivery.answers import Answer, Verdict
from plans.delivery.clock import Clock, database_clock
from plans.delivery.heartbeat import beat
from plans.delivery.wire import Outgoing, Wire, WireDown
from plans.models import Reminder

# A message begins within this time of its claim or not at all: whoever was frozen meanwhile has lost its claim.
HOLD_SECONDS = 5.0
RENEW_SECONDS = 20.0
FIRST_BATCH, LARGEST_BATCH, BATCH_SECONDS = 20, 200, 2.0

logger = logging.getLogger(__name__)


def drain(*, wire: Wire, seconds: float = 50.0, read_clock: Callable[[], Clock] = database_clock) -> Counter[Verdict]:
    """Send what is due until nothing is, or until `seconds` have passed. What became of how many.

    Raises WireDown when no message can go out; all that is due then stays scheduled.
    """
    until = time.monotonic() + seconds
    token, tally, size = claims.new_token(), Counter[Verdict](), FIRST_BATCH
    with _kept_leases(token):
        while time.monotonic() < until:
            beat()
            clock = read_clock()
            if not claims.due(clock.now()).exists():
                break
            try:
                wire.open()
                keys = claims.claim(token=token, now=clock.now(), limit=size)
                tally += _send(keys, token=token, clock=clock, wire=wire)
            except WireDown as down:
                claims.note_outage(str(down), code=down.code, now=clock.now())
                raise
            size = _next_size(len(keys), time.monotonic() - clock.read_at)
    return tally


def _next_size(sent: int, seconds: float) -> int:
    """As many as go out in BATCH_SECONDS at the present rate, well within the hold."""
    return max(1, min(LARGEST_BATCH, int(BATCH_SECONDS * max(sent, 1) / max(seconds, 0.001))))


def _send(keys: Sequence[int], *, token: int, clock: Clock, wire: Wire) -> Counter[Verdict]:
    """Send the claimed rows of these keys. Raises WireDown, after putting back what it did not get to."""
    tally: Counter[Verdict] = Counter()
    rows = claims.look_again(keys=keys, token=token, now=clock.now())
    steps = emails.steps_of(row.run for row in rows)
    for place, row in enumerate(rows):
        try:
            wire.open()
            answer = _attempt(row, steps, clock, wire)
        except WireDown:
            _put_back(rows[place:], token, clock)
            raise
        if answer is None:
            kept = claims.fail(row, token=token)
        else:
            kept = claims.settle(row, answer, token=token, now=clock.now())
            tally[answer.verdict] += 1
        _log(row, answer, kept)
        if answer and answer.verdict in (Verdict.OURS, Verdict.BUSY):
            _put_back(rows[place + 1 :], token, clock)
            raise WireDown(answer.text, answer.code)
    return tally


def _attempt(row: Reminder, steps: emails.StepsOf, clock: Clock, wire: Wire) -> Answer | None:
    """The answer to one message; None if it could not be written. Never raises for one bad row."""
    begin_by = min(clock.read_at + HOLD_SECONDS, clock.reaches(row.starts_at))
    if time.monotonic() >= begin_by:
        return Answer(Verdict.NOT_BEGUN)
    try:
        mail = emails.reminder_mail(row, steps)
        message = Outgoing(
            emails.envelope_sender(), emails.envelope_recipient(row.run.athlete.email), emails.as_bytes(mail)
        )
        return wire.send(message, begin_by=begin_by)
    except Exception:
        logger.exception("Reminder %s of run %s can't be written", row.key, row.run_id)
        return None


def _put_back(rows: Sequence[Reminder], token: int, clock: Clock) -> None:
    for row in rows:
        claims.release(row, token=token, next_at=row.next_at, counts=False)


def _log(row: Reminder, answer: Answer | None, kept: bool) -> None:
    """One line for each outcome; never an address or a text."""
    outcome, code = (answer.verdict.name, answer.code) if answer else ("ERROR", None)
    level = logging.INFO if kept else logging.WARNING
    stale = "" if kept else " (the claim was not ours any more)"
    logger.log(level, "Reminder %s run %s attempt %s: %s %s%s", row.key, row.run_id, row.attempts, outcome, code, stale)


@contextlib.contextmanager
def _kept_leases(token: int) -> Iterator[None]:
    """Renew the leases of `token` from a thread of its own: a mail server may think for minutes about one message."""
    stop = threading.Event()
    keeper = threading.Thread(target=_renew_until, args=(token, stop), name="leases", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _renew_until(token: int, stop: threading.Event) -> None:
    try:
        while not stop.wait(RENEW_SECONDS):
            try:
                claims.renew(token=token, now=database_clock().now())
            except Exception:
                logger.exception("Leases were not renewed; whatever is not settled in time goes out again")
    finally:
        connection.close()
