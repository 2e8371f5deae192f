"""Senders killed, frozen and starved at full size: what was lost, doubled and late.

The same nights as tests/plans/test_reliability.py, larger. Each line says what was expected and what was seen; the exit
status is 1 if one was not kept. docs/reliability.md keeps the figures.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.outbox import Night, Outcome, Template, night
from tests.services import services

Start = Callable[..., Night]


@dataclass
class Line:
    """One test of the table: what it did, what came of it, and how many doubles are within what is promised."""

    name: str
    outcome: Outcome
    most_doubled: int
    expected: dict[str, int]

    @property
    def kept(self) -> bool:
        """Whether nothing was lost, doubled too often, misnamed, or ended otherwise than it should."""
        clean = not (self.outcome.lost or self.outcome.unexpected or self.outcome.renamed)
        return clean and self.outcome.doubled <= self.most_doubled and dict(self.outcome.rows) == self.expected

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {state}" for state, count in sorted(self.outcome.rows.items()))
        word = "kept" if self.kept else "NOT KEPT"
        doubled = f"doubled {self.outcome.doubled} of {self.most_doubled} at most"
        return f"{self.name:52} {rows}; lost {len(self.outcome.lost)}; {doubled}; {self.outcome.seconds:.0f} s: {word}"


def finish(here: Night, *, hurry: bool = False) -> Outcome:
    """Wait until nothing is left to send, and see what came of it; `hurry` cuts the waits between tries short."""

    def done() -> bool:
        if hurry:
            here.hurry()
        return here.live() == 0

    here.wait(done, seconds=1800, every=0.5)
    return here.outcome()


def kills(start: Start, kind: str, count: int, *, journal: bool) -> Line:
    """1: SIGKILL a random sender ten times."""
    here, dice = start(kind), random.Random(1)
    here.fill(count)
    here.sink()
    for _ in range(2):
        here.sender()
    for kill in range(1, 11):
        here.wait(lambda kill=kill: here.rows()["sent"] >= count * kill // 12, seconds=900)
        victim = dice.choice(here.senders)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        if not journal:
            for path in (here.var / "journals").glob("*"):
                path.unlink(missing_ok=True)
        here.senders.remove(victim)
        here.sender()
    name = f"1 ten SIGKILLs, {kind}{'' if journal else ', journals deleted'}"
    return Line(name, finish(here), 20 if journal else 1000, {"sent": count})


def frozen(start: Start, count: int) -> Line:
    """2: SIGSTOP a sender for two leases."""
    here = start("postgresql", REMINDER_LEASE_SECONDS="10")
    here.fill(count)
    here.sink("--delay-ms", "5")
    first = here.sender()
    here.sender()
    here.wait(lambda: here.rows()["sent"] >= count // 10)
    first.send_signal(signal.SIGSTOP)
    here.wait(lambda: here.rows()["sent"] >= count - 250, seconds=900)
    here.wait(lambda: here.live() == 0, seconds=900)
    first.send_signal(signal.SIGCONT)
    return Line("2 SIGSTOP beyond the lease, SIGCONT", finish(here), 4, {"sent": count})


def thoughtful(start: Start) -> Line:
    """2: a server that thinks longer than the lease."""
    here = start("postgresql", REMINDER_LEASE_SECONDS="4")
    here.fill(24)
    here.sink("--delay-ms", "7000")
    here.sender()
    here.sender()
    return Line("2 a server slower than the lease", finish(here), 0, {"sent": 24})


def misbehaving(start: Start, name: str, count: int, *options: str, connections: str = "2") -> Line:
    """3 to 5: a mail server that misbehaves."""
    here = start("postgresql", SMTP_CONNECTIONS=connections)
    here.fill(count)
    here.sink(*options)
    here.sender()
    here.sender()
    outcome = finish(here, hurry=True)
    return Line(name, outcome, outcome.seen["accepted_noreply"], {"sent": count})


def crashes(server: str, redis: str, folder: Path, count: int) -> Line:
    """7: PostgreSQL crashes four times."""
    template = Template(server, redis, folder)
    folder.mkdir()
    template.make()
    with night(folder / "night", template) as here:
        here.fill(count)
        here.sink()
        here.sender()
        here.sender()
        for crash in range(1, 5):
            here.wait(lambda crash=crash: here.rows()["sent"] >= count * crash // 6, seconds=900)
            with psycopg.connect(server, autocommit=True) as connection:
                found = connection.execute("SELECT pg_backend_pid()").fetchone()
                assert found
                os.kill(found[0], signal.SIGKILL)
            here.wait(lambda: _answers(here))
        line = Line("7 PostgreSQL crashes four times", finish(here), 4 * 2 * 2, {"sent": count})
    template.drop()
    return line


def _answers(here: Night) -> bool:
    try:
        here.rows()
    except psycopg.OperationalError:
        return False
    return True


def refused(start: Start, count: int) -> Line:
    """12: one address in a hundred is refused."""
    here = start("postgresql")
    here.fill(count)
    here.sink("--refuse-rcpt", r"p\d*37@")
    here.sender()
    here.sender()
    return Line(
        "12 one address in a hundred refused", finish(here), 0, {"sent": count - count // 100, "failed": count // 100}
    )


def main(arguments: list[str]) -> int:
    """Start PostgreSQL and Redis, run all, print a line for each."""
    parser = argparse.ArgumentParser(prog="dev.py bench reminders_chaos", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="reminders of the largest nights")
    options = parser.parse_args(arguments)
    count = options.count
    lines: list[Line] = []

    def add(line: Line) -> None:
        lines.append(line)
        print(line, flush=True)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(services(durable=True))
        templates = {}
        for kind, server in (("postgresql", own["DATABASE_URL"]), ("sqlite", "")):
            (folder / kind).mkdir()
            templates[kind] = Template(server, own["REDIS_URL"], folder / kind)
            templates[kind].make()

        def run(test: Callable[..., Line], *words: object, **more: object) -> None:
            with ExitStack() as nights:

                def start(kind: str, **environment: str) -> Night:
                    where = folder / f"night-{random.random()}"
                    return nights.enter_context(night(where, templates[kind], **environment))

                add(test(start, *words, **more))

        for kind in ("postgresql", "sqlite"):
            run(kills, kind, count, journal=True)
            run(kills, kind, count // 4, journal=False)
        run(frozen, count // 10)
        run(thoughtful)
        run(misbehaving, "3 cut off after the message, 1 %", count // 4, "--drop-after-data", ".01")
        run(misbehaving, "4 cut off before it is taken, 1 %", count // 4, "--drop-before-accept", ".01")
        run(misbehaving, "4 five in a hundred 451", count // 4, "--fail-rate", ".05")
        run(misbehaving, "4 greylisting", count // 4, "--greylist")
        run(misbehaving, "4 a hundred messages a connection", count // 4, "--max-per-connection", "100")
        run(misbehaving, "5 at most 400 a second", min(6000, count), "--max-rate", "400")
        run(misbehaving, "5 three connections, eight tried", count // 4, "--max-connections", "3", connections="4")
        run(refused, count // 4)
        add(crashes(own["DATABASE_URL"], own["REDIS_URL"], folder / "crashes", count // 4))
    return 0 if all(line.kept for line in lines) else 1
