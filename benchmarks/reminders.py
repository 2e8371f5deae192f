"""How fast reminders leave that are due at once, beside raw smtplib over as many connections in the same run.

Two processes of `manage.py send_reminders` with two connections each on PostgreSQL, one process on SQLite, and one
Celery task a mail as people usually write it. The mail server is tests/smtp_sink.py on this machine; all messages are
as large as ours. Lag is from due to the server's yes; CPU and memory are the senders' alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.outbox import KEY, Night, Template, night
from tests.services import services
from tests.smtp_sink import quantile
from tests.stack import ROOT

HEAD = (
    f"{'what':30} {'due':>8} {'msg/s':>8} {'to raw':>7} {'lag p50':>8} {'p99':>7} {'max':>7} {'CPU ms':>7} {'MB':>6} "
    f"{'stmts':>6}"
)


@dataclass
class Measured:
    """Messages a second; lag in seconds; CPU of the senders in milliseconds a message; the largest one's memory."""

    rate: float
    lags: list[float]
    cpu: float
    megabytes: float
    statements: float | None = None


def raw(here: Night, *, count: int, processes: int, threads: int, size: int) -> float:
    """Messages a second of smtplib alone, with ready-made bytes of `size` over as many connections."""
    sink = here.sink()
    words = ["--count", str(count), "--processes", str(processes), "--threads", str(threads), "--size", str(size)]
    command = [sys.executable, "-m", "tests.smtp_sink", "bench", "--port", str(sink.port), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    sink.stop()
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return float(found["per_second"])


def ours(here: Night, *, count: int, processes: int, words: tuple[str, ...] = ()) -> Measured:
    """Let `count` fall due at one instant while idle senders wait, and see when each arrives."""
    here.sink()
    lead = 12.0 + count / 4000
    here.fill(count, due_in=lead)
    [(due_at,)] = here.sql(_epoch(here))
    if here.database.startswith("postgres"):
        here.sql("ANALYZE")
    before = _commits(here)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(processes):
        here.sender(*words)
    here.wait(lambda: here.live() == 0, seconds=600, every=0.5)
    sink = here.sinks[-1]
    megabytes = max(_most_memory(process.pid) for process in here.senders)
    here.stop_senders()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    statements = _commits(here)
    sink.stop()
    times = sorted(
        row["t"]
        for row in map(json.loads, sink.logs[0].read_text().splitlines())
        if row["outcome"] == "accepted" and KEY in row["h"]
    )
    cpu = (after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime) * 1000 / count
    return Measured(
        rate=(len(times) - 1) / (times[-1] - times[0]),
        lags=[moment - float(due_at) for moment in times],
        cpu=cpu,
        megabytes=megabytes,
        statements=None if before is None or statements is None else (statements - before) / count,
    )


def _most_memory(pid: int) -> float:
    """The most megabytes that a process has had; 0 if it is gone, or where nobody tells."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _epoch(here: Night) -> str:
    if here.database.startswith("sqlite"):
        return "SELECT (julianday(min(due_at)) - 2440587.5) * 86400.0 FROM plans_reminder"
    return "SELECT extract(epoch FROM min(due_at)) FROM plans_reminder"


def _commits(here: Night) -> int | None:
    """Transactions of the database so far; None where nobody counts them."""
    if here.database.startswith("sqlite"):
        return None
    name = here.database.rpartition("/")[2]
    return int(here.sql("SELECT xact_commit FROM pg_stat_database WHERE datname = %s", name)[0][0])


def size_of_ours(here: Night) -> int:
    """Bytes of one of our messages, as the sink counts them."""
    here.sink()
    here.fill(20)
    here.sender()
    here.wait(lambda: here.live() == 0)
    here.stop_senders()
    here.sinks[-1].stop()
    rows = [json.loads(line) for line in here.sinks[-1].logs[0].read_text().splitlines()]
    return max(row["size"] for row in rows)


def show(what: str, count: int, found: Measured, baseline: float) -> None:
    """One line of the table."""
    lags = sorted(found.lags)
    statements = f"{found.statements:6.3f}" if found.statements is not None else f"{'-':>6}"
    print(
        f"{what:30} {count:>8,} {found.rate:8,.0f} {found.rate / baseline:7.2f} {quantile(lags, 0.5):8.2f} "
        f"{quantile(lags, 0.99):7.2f} {lags[-1]:7.2f} {found.cpu:7.2f} {found.megabytes:6.0f} {statements}",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """Start PostgreSQL and Redis, measure, print the table."""
    parser = argparse.ArgumentParser(prog="dev.py bench reminders", description=__doc__)
    parser.add_argument("--due", type=int, nargs="+", default=[1000, 10_000], help="reminders due at once")
    parser.add_argument("--tasks", type=int, default=500, help="mails of the one-task-a-mail baseline; 0: none")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(services(durable=True))
        templates = {}
        for kind, server in (("PostgreSQL", own["DATABASE_URL"]), ("SQLite", "")):
            (folder / kind).mkdir()
            templates[kind] = Template(server, own["REDIS_URL"], folder / kind)
            templates[kind].make()
            stack.callback(templates[kind].drop)
        with night(folder / "size", templates["PostgreSQL"]) as here:
            size = size_of_ours(here)
        print(f"Messages of {size:,} bytes.\n{HEAD}", flush=True)
        for count in options.due:
            for kind, processes, threads in (("PostgreSQL", 2, 2), ("SQLite", 1, 2)):
                with night(folder / f"{kind}-{count}", templates[kind], SMTP_CONNECTIONS=str(threads)) as here:
                    most = max(2000, min(count, 10_000))
                    baseline = raw(here, count=most, processes=processes, threads=threads, size=size)
                    print(f"{f'raw smtplib, {processes} x {threads}':30} {most:>8,} {baseline:8,.0f}", flush=True)
                    show(
                        f"ours, {kind}, {processes} x {threads}",
                        count,
                        ours(here, count=count, processes=processes),
                        baseline,
                    )
        if options.tasks:
            with night(folder / "tasks", templates["PostgreSQL"]) as here:
                baseline = raw(here, count=2000, processes=2, threads=1, size=size)
                words = ("-m", "benchmarks.task_a_mail", str(options.tasks))
                found = ours(here, count=options.tasks, processes=1, words=words)
                show("a Celery task a mail, 2 children", options.tasks, found, baseline)
    return 0
