"""Sends the reminders that are due: claim some, look again, hand them to the wires, settle what came back.

One thread talks to the database and as many as there are wires talk to the mail server; no lock and no transaction is
held meanwhile. What the server took is in the journal at once and in the database a moment later, with others.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import connection, transaction

from accounts.domain.people import suppress_address
from plans.delivery import claims, tallies
from plans.delivery.answers import Answer, Verdict
from plans.delivery.clock import Clock, database_clock
from plans.delivery.heartbeat import beat
from plans.delivery.journal import Journal
from plans.delivery.pace import Pace
from plans.delivery.skeletons import Writer
from plans.delivery.wire import Outgoing, Wire, WireDown
from plans.models import Reminder

# A message begins within this time of its claim or not at all: whoever was frozen meanwhile has lost its claim.
HOLD_SECONDS = min(5.0, settings.REMINDER_LEASE_SECONDS / 2)
RENEW_SECONDS = settings.REMINDER_LEASE_SECONDS / 3
SETTLE_SECONDS = 0.02
LOOK_SECONDS = 0.25
FIRST_BATCH, LARGEST_BATCH, BATCH_SECONDS = 20, 500, 2.0
BEAT_SECONDS = 1.0
STOP_SECONDS = 8.0  # what is on the wire may take this long to end once the process is asked to

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One message to hand over before `begin_by`, a value of time.monotonic()."""

    row: Reminder
    message: Outgoing
    begin_by: float


@dataclass(frozen=True)
class Result:
    """What became of a row: an answer, at a value of time.monotonic(); None: its message can't be written."""

    row: Reminder
    answer: Answer | None
    at: float


def drain(
    *,
    wires: Sequence[Wire],
    seconds: float = 50.0,
    read_clock: Callable[[], Clock] = database_clock,
    pace: Pace | None = None,
    journals: Path | None = None,
    stop: threading.Event | None = None,
) -> Counter[Verdict]:
    """Send what is due until nothing is, until `seconds` have passed or `stop` is set. What became of how many.

    Raises WireDown when no message can go out; all that is due then stays scheduled.
    """
    beat()
    clock = read_clock()
    if not claims.due(clock.now()).exists():
        return Counter()
    work = _Drain(wires, pace or Pace(), journals, read_clock, stop or threading.Event(), time.monotonic() + seconds)
    try:
        with _kept_leases(work.token):
            return work.run()
    except WireDown as down:
        claims.note_outage(str(down), code=down.code, now=read_clock().now())
        raise


class _Drain:
    def __init__(
        self,
        wires: Sequence[Wire],
        pace: Pace,
        journals: Path | None,
        read_clock: Callable[[], Clock],
        stop: threading.Event,
        until: float,
    ) -> None:
        self.token = claims.new_token()
        self._pace, self._read_clock, self._stop, self._until = pace, read_clock, stop, until
        self._journal = Journal(journals, self.token)
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._results: SimpleQueue[Result | BaseException] = SimpleQueue()
        self._halt = threading.Event()
        self._down: WireDown | None = None  # why nobody can send
        self._lost: list[WireDown] = []  # one for each connection that could not be had
        self._unsent: list[Reminder] = []  # held, and no wire will take them any more
        self._halted_at: float | None = None
        self._held: dict[int, Reminder] = {}  # claimed and not settled, by key
        self._tally: Counter[Verdict] = Counter()
        self._figures = tallies.Figures()
        self._began = time.monotonic()
        self._resolved = 0
        self._look_at = self._beaten_at = 0.0
        self._clock = read_clock()
        self._threads = [
            threading.Thread(target=self._serve, args=(wire,), name=f"wire-{number}", daemon=True)
            for number, wire in enumerate(wires)
        ]

    # --- The database's thread ---
    def run(self) -> Counter[Verdict]:
        for thread in self._threads:
            thread.start()
        clean = False
        try:
            while self._step():
                pass
            clean = not self._held
        finally:
            self._end()
            self._journal.close(keep=not clean)
        if self._down is None and len(self._lost) == len(self._threads):
            self._down = self._lost[-1]
        if self._down is not None:
            raise self._down
        return self._tally

    def _step(self) -> bool:
        """Settle what came back, claim what is needed, hand it out; False when there is no more to do."""
        came = self._collect()
        room = self._room(len(self._held) - len(came))
        keys: list[int] = []
        if came or room:
            with transaction.atomic():
                self._settle(came)
                if room:
                    # While a server thinks about a message there is no need to ask for more at every turn.
                    self._look_at = time.monotonic() + LOOK_SECONDS
                    self._beat()
                    self._clock = self._read_clock()
                    began = time.monotonic()
                    keys = claims.claim(token=self.token, now=self._clock.now(), limit=room)
                    self._figures.observe("reminders_claim_seconds", time.monotonic() - began)
                    rows = claims.look_again(keys=keys, token=self.token, now=self._clock.now())
            self._suppress(came)
            if keys:
                self._look_at = 0.0
                self._hand_out(rows)
        self._figures.write(every=1.0)
        if self._halted() and not self._waits_for_the_wire():
            self._put_back()
            return False
        return bool(self._held or keys)

    def _beat(self) -> None:
        if time.monotonic() - self._beaten_at >= BEAT_SECONDS:
            beat()
            self._beaten_at = time.monotonic()

    def _collect(self) -> list[Result]:
        """What the wires have done. Waits for the first, and then a little for more to settle together."""
        came: list[Result] = []
        patience = SETTLE_SECONDS
        while self._held and len(came) < len(self._held):
            try:
                result = self._results.get(timeout=patience)
            except Empty:
                break
            if isinstance(result, BaseException):
                raise result
            if not came:
                patience_ends = time.monotonic() + SETTLE_SECONDS
            came.append(result)
            patience = max(0.0, patience_ends - time.monotonic())
            if not patience:
                break
        return came

    def _room(self, held: int) -> int:
        """How many to claim beside `held`: what goes out in BATCH_SECONDS at this rate, once half of it is gone."""
        now = time.monotonic()
        if self._halted() or now >= self._until or (held and now < self._look_at):
            return 0
        size = FIRST_BATCH
        if self._resolved:
            size = int(BATCH_SECONDS * self._resolved / max(now - self._began, 0.001))
        if (limit := self._pace.limit) is not None:
            size = min(size, int(BATCH_SECONDS * limit))
        size = min(max(size, len(self._threads)), LARGEST_BATCH)
        return size - held if held <= size // 2 else 0

    def _hand_out(self, rows: Sequence[Reminder]) -> None:
        writer = Writer(rows, self._clock.now())
        for row in rows:
            self._held[row.pk] = row
            try:
                message = writer.outgoing(row)
            except Exception:
                logger.exception("Reminder %s of run %s can't be written", row.key, row.run_id)
                self._results.put(Result(row, None, time.monotonic()))
                continue
            begin_by = min(self._clock.read_at + HOLD_SECONDS, self._clock.reaches(row.starts_at))
            self._jobs.put(Job(row, message, begin_by))

    def _settle(self, came: Iterable[Result]) -> None:
        began = time.monotonic()
        sent: dict[int | None, list[Reminder]] = {}
        stale: set[int] = set()
        came = list(came)
        for result in came:
            row, answer = result.row, result.answer
            if answer is not None and answer.verdict == Verdict.SENT:
                sent.setdefault(answer.code, []).append(row)
            elif not self._settle_one(row, answer):
                stale.add(row.pk)
        for code, rows in sent.items():
            stale |= claims.settle_sent(rows, token=self.token, now=self._clock.now(), code=code)
        for result in came:
            del self._held[result.row.pk]
            self._note(result, stale=result.row.pk in stale)
        if came:
            self._resolved += len(came)
            self._figures.observe("reminders_settle_seconds", time.monotonic() - began)

    def _settle_one(self, row: Reminder, answer: Answer | None) -> bool:
        if answer is None:
            return claims.fail(row, token=self.token)
        if answer.verdict == Verdict.NOT_BEGUN and self._halt.is_set():
            return claims.release(row, token=self.token, next_at=row.next_at, counts=False)
        return claims.settle(row, answer, token=self.token, now=self._clock.now())

    def _suppress(self, came: Iterable[Result]) -> None:
        """Mail addresses no more that take none. Apart from settling: whoever changes what they prefer locks the other
        way round.
        """
        for result in came:
            if result.answer is not None and result.answer.verdict == Verdict.BAD_ADDRESS:
                person = result.row.run.athlete
                suppress_address(user=person, address=person.email, now=self._clock.now())

    def _note(self, result: Result, *, stale: bool) -> None:
        """One line for each outcome, never an address or a text; and the figures."""
        row, answer = result.row, result.answer
        outcome, code = (answer.verdict.name, answer.code) if answer else ("ERROR", None)
        if answer is not None:
            self._tally[answer.verdict] += 1
        lag = (self._at(result.at) - row.due_at).total_seconds()
        self._figures.outcome(outcome, stale=stale, lag=lag, lost_before=row.lost_leases > 0)
        logger.log(
            logging.WARNING if stale else logging.INFO,
            "Reminder %s run %s attempt %s: %s %s%s",
            row.key,
            row.run_id,
            row.attempts,
            outcome,
            code,
            " (the claim was not ours any more)" if stale else "",
        )

    def _at(self, moment: float) -> datetime:
        return self._clock.read + timedelta(seconds=moment - self._clock.read_at)

    # --- Ending ---
    def _halted(self) -> bool:
        """Whether nothing more is to be claimed or begun."""
        if self._stop.is_set() or not self._alive():
            self._halt.set()
        if self._halt.is_set() and self._halted_at is None:
            self._halted_at = time.monotonic()
        return self._halt.is_set()

    def _alive(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _waits_for_the_wire(self) -> bool:
        """Whether rows are on the wire, whose answers are waited for. What is not begun is taken out of the queue."""
        with contextlib.suppress(Empty):
            while (job := self._jobs.get_nowait()) is not None:
                self._unsent.append(job.row)
        if len(self._held) == len(self._unsent):
            return False
        if not self._results.empty():
            return True
        waited = time.monotonic() - (self._halted_at or time.monotonic())
        return self._alive() and not (self._stop.is_set() and waited > STOP_SECONDS)

    def _put_back(self) -> None:
        """Release what nobody has begun. What is still in a wire's hands stays with the journal."""
        for row in self._unsent:
            claims.release(row, token=self.token, next_at=row.next_at, counts=False)
            del self._held[row.pk]
        self._unsent = []

    def _end(self) -> None:
        self._halt.set()
        for _thread in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(Exception):
            self._figures.write()

    # --- A wire's thread ---
    def _serve(self, wire: Wire) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                try:
                    wire.open()
                except WireDown as down:
                    # One connection fewer until the next drain. The others take its message, or nobody does.
                    self._jobs.put(job)
                    self._lost.append(down)
                    return
                answer = self._hand_over(wire, job)
                if answer is not None and answer.verdict == Verdict.OURS:
                    self._down = WireDown(answer.text, answer.code)
                    self._halt.set()
                elif answer is not None and answer.verdict == Verdict.BUSY:
                    self._pace.slow_down()
                self._results.put(Result(job.row, answer, time.monotonic()))
        except BaseException as error:
            self._results.put(error)

    def _hand_over(self, wire: Wire, job: Job) -> Answer | None:
        """The answer to one message; None if it can't be sent at all. Never raises for one bad row."""
        wait = self._pace.reserve()
        if self._halt.is_set() or time.monotonic() + wait >= job.begin_by:
            return Answer(Verdict.NOT_BEGUN)
        if wait:
            time.sleep(wait)
        self._journal.begin(job.row.pk)
        try:
            answer = wire.send(job.message, begin_by=job.begin_by)
        except Exception:
            logger.exception("Reminder %s of run %s can't be sent", job.row.key, job.row.run_id)
            return None
        if answer.verdict == Verdict.SENT:
            self._journal.taken(job.row.pk)
        return answer


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
