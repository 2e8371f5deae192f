"""A club night: many reminders due at once, a mail server that misbehaves, and senders that die. All of it is real.

Each night has a database of its own (PostgreSQL, or SQLite as a newcomer's first start), senders as processes, and
tests/smtp_sink.py as the mail server, which writes down what it took. For tests (tests/plans/test_reliability.py) and,
larger, for benchmarks/reminders.py and benchmarks/reminders_chaos.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.services import die_with_parent
from tests.stack import ROOT, free_port

READY = 300  # athletes that a template has already
STATUSES = ("scheduled", "claimed", "sent", "failed", "cancelled", "expired")
KEY = "X-Reminder-Key"


@dataclass
class Sink:
    """A running mail server and the files that it writes."""

    port: int
    process: subprocess.Popen[str]
    logs: list[Path]

    def stop(self) -> None:
        """End it; what it took is in its log then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        if self.process.stdout:
            self.process.stdout.close()


@dataclass
class Outcome:
    """What came of a night. `lost`: keys that should have arrived and did not; `doubled`: messages beyond one a key;
    `unexpected`: keys that nobody knows; `renamed`: keys with more than one Message-ID; `seen`: the sink's outcomes.
    """

    rows: Counter[str]
    reasons: Counter[str]
    lost: set[str]
    doubled: int
    unexpected: set[str]
    renamed: set[str]
    seen: Counter[str]
    received: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@dataclass
class Night:
    """One database, one mail server and the processes that send."""

    database: str  # a URL
    var: Path
    redis: str
    environment: dict[str, str]
    sinks: list[Sink] = field(default_factory=list)
    senders: list[subprocess.Popen[bytes]] = field(default_factory=list)

    # --- The database ---
    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement, with %s for values, in a transaction of its own; its rows."""
        if self.database.startswith("sqlite"):
            with (
                contextlib.closing(sqlite3.connect(urlsplit(self.database).path, timeout=30)) as connection,
                connection,
            ):
                return connection.execute(statement.replace("%s", "?"), values).fetchall()
        with psycopg.connect(self.database, autocommit=True) as connection:
            found = connection.execute(statement, values)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def fill(self, count: int, *, due_in: float = 0.0, starts_in: float = 3600.0) -> None:
        """Let so many athletes have one run each, all due at one instant, `due_in` seconds from now."""
        if count > READY:
            self.run("-m", "tests.outbox", str(count - READY))
        self.sql(
            "DELETE FROM plans_reminder WHERE id NOT IN (SELECT id FROM plans_reminder ORDER BY id LIMIT %s)", count
        )
        due_at, starts_at = _in(due_in), _in(starts_in)
        self.sql("UPDATE plans_run SET starts_at = %s", starts_at)
        self.sql("UPDATE plans_reminder SET due_at = %s, next_at = %s, starts_at = %s", due_at, due_at, starts_at)

    def begin_runs(self) -> None:
        """Let all runs have begun, in place of waiting until they do."""
        self.sql("UPDATE plans_run SET starts_at = %s", _in(-1))
        self.sql("UPDATE plans_reminder SET starts_at = %s", _in(-1))

    def keys(self, where: str = "1 = 1") -> set[str]:
        """The keys of the reminders for which `where` holds."""
        return {str(key).replace("-", "") for (key,) in self.sql(f"SELECT key FROM plans_reminder WHERE {where}")}

    def rows(self) -> Counter[str]:
        """How many reminders there are in each state."""
        found = self.sql("SELECT status, count(*) FROM plans_reminder GROUP BY status")
        return Counter({STATUSES[status]: count for status, count in found})

    def live(self) -> int:
        """How many wait or are on their way."""
        rows = self.rows()
        return rows["scheduled"] + rows["claimed"]

    def hurry(self) -> None:
        """Let what waits for its next try have it now, in place of waiting for minutes."""
        self.sql("UPDATE plans_reminder SET next_at = due_at WHERE status = 0 AND next_at > due_at")

    # --- Processes ---
    def run(self, *words: str) -> None:
        """Run a Python command line to its end."""
        done = subprocess.run([sys.executable, *words], cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")

    def sink(self, *options: str, port: int = 0) -> Sink:
        """Start a mail server with these options; senders that are started after it use it."""
        log = self.var / f"got-{len(self.sinks)}.jsonl"
        command = [sys.executable, "-m", "tests.smtp_sink", "serve", "--port", str(port), "--log", str(log), *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=ROOT, preexec_fn=die_with_parent(signal.SIGTERM)
        )
        assert process.stdout
        listening = int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])
        self.sinks.append(Sink(listening, process, [log]))
        self.aim(listening)
        return self.sinks[-1]

    def aim(self, port: int) -> None:
        """Let senders that start from now on use the mail server at this port."""
        self.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"

    def sender(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a sender; what it says goes to a file in `var`."""
        command = [sys.executable, *(words or ("manage.py", "send_reminders"))]
        with open(self.var / "senders.log", "ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        self.senders.append(process)
        return process

    def stop_senders(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End all senders and wait for them."""
        for process in self.senders:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(how)
        for process in self.senders:
            process.wait(timeout=60)
        self.senders.clear()

    def wait(self, until: Callable[[], bool], *, seconds: float = 120.0, every: float = 0.05) -> None:
        """Wait until something is so. Raises TimeoutError, with what the senders said, if it does not come to be."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                said = (self.var / "senders.log").read_text()[-3000:] if (self.var / "senders.log").exists() else ""
                raise TimeoutError(f"Not after {seconds:g} s: {self.rows()}\n{said}")
            time.sleep(every)

    def taken(self) -> int:
        """How many messages the mail servers have taken so far, by their logs (which they write in blocks)."""
        return sum(line["outcome"].startswith("accepted") for line in self._lines())

    def _lines(self) -> Iterator[dict[str, Any]]:
        for sink in self.sinks:
            for log in sink.logs:
                for line in log.read_text().splitlines() if log.exists() else []:
                    with contextlib.suppress(ValueError):  # the last one may be half written
                        yield json.loads(line)

    def outcome(self) -> Outcome:
        """Stop everything and compare what was sent with what arrived."""
        self.stop_senders()
        for sink in self.sinks:
            sink.stop()
        received: Counter[str] = Counter()
        names: dict[str, set[str]] = {}
        seen: Counter[str] = Counter()
        times: list[float] = []
        for line in self._lines():
            seen[line["outcome"]] += 1
            if line["outcome"].startswith("accepted"):
                key = line["h"][KEY].replace("-", "")
                received[key] += 1
                names.setdefault(key, set()).add(line["h"]["Message-ID"])
                times.append(line["t"])
        reasons = Counter(dict(self.sql("SELECT reason, count(*) FROM plans_reminder GROUP BY reason")))
        known = self.keys()
        return Outcome(
            rows=self.rows(),
            reasons=reasons,
            lost=self.keys("status = 2") - received.keys(),
            doubled=sum(count - 1 for count in received.values()),
            unexpected=received.keys() - known,
            renamed={key for key, ids in names.items() if len(ids) > 1},
            seen=seen,
            received=received,
            seconds=max(times) - min(times) if times else 0.0,
        )


def _in(seconds: float) -> str:
    """The instant so many seconds from now, as both databases take it."""
    return str(datetime.now(UTC) + timedelta(seconds=seconds))[:26]


@contextlib.contextmanager
def night(folder: Path, template: Template, **environment: str) -> Iterator[Night]:
    """A night in a copy of the template's database; `environment` is added to what the senders get."""
    folder.mkdir(parents=True, exist_ok=True)
    with template.copy(folder) as database:
        made = Night(database, folder, template.redis, template.environment(folder, database) | environment)
        try:
            yield made
        finally:
            made.stop_senders(signal.SIGKILL)
            for sink in made.sinks:
                sink.process.kill()
                sink.process.wait()
                sink.stop()


@dataclass
class Template:
    """A migrated database to copy. `server`: the URL of a PostgreSQL database, or "" for SQLite."""

    server: str
    redis: str
    folder: Path
    name: str = ""

    def make(self) -> None:
        """Migrate it."""
        if self.server:
            self.name = f"night_{secrets.token_hex(6)}"
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{self.name}"')
        environment = self.environment(self.folder, self._url(self.name))
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        if not self.server:
            subprocess.run([sys.executable, "manage.py", "createcachetable"], cwd=ROOT, env=environment, check=True)
        subprocess.run([sys.executable, "-m", "tests.outbox", str(READY)], cwd=ROOT, env=environment, check=True)

    def drop(self) -> None:
        """Throw it away."""
        if self.server:
            self._drop(self.name)

    @contextlib.contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """A copy of it for as long as the block; its URL."""
        if not self.server:
            for path in self.folder.glob("prestride.sqlite3*"):
                shutil.copy(path, folder / path.name)
            yield f"sqlite://{folder / 'prestride.sqlite3'}"
            return
        name = f"night_{secrets.token_hex(6)}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"')
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}")) if self.server else ""

    def _drop(self, name: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def environment(self, folder: Path, database: str) -> dict[str, str]:
        """What a process of the product needs to use this database."""
        own = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PRESTRIDE_VAR": str(folder),
            "SECRET_KEY": "only-for-tests-" + "x" * 50,
            "EMAIL_URL": f"smtp://127.0.0.1:{free_port()}",
            "DEFAULT_FROM_EMAIL": "Prestride <hello@prestride.example>",
            "LOG_LEVEL": "WARNING",
        }
        if self.server:
            own |= {
                "DATABASE_URL": database,
                "REDIS_URL": urlunsplit(urlsplit(self.redis)._replace(path="/6")),
                "ALLOWED_HOSTS": "prestride.example",
                "SITE_URL": "https://prestride.example",
            }
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        return kept | own


def add(count: int) -> None:
    """Add `count` athletes with a run each and its reminder, due now; `Night.fill` moves them."""
    from zoneinfo import ZoneInfo

    from accounts.models import User
    from plans.domain.outbox import reminder_key
    from plans.models import Assignment, Reminder, Run
    from tests.factories import make_routine
    from warmups.models import Routine

    now = datetime.now(UTC)
    due_at, starts_at = now, now + timedelta(hours=1)
    zone = ZoneInfo("Europe/Berlin")
    local = starts_at.astimezone(zone)
    first = User.objects.count()
    routine = Routine.objects.select_related("current").first() or make_routine()
    people = User.objects.bulk_create(
        [
            User(email=f"p{number}@runners.example", name=f"Runner {number}", password="!", time_zone=zone)
            for number in range(first, first + count)
        ],
        batch_size=2000,
    )
    runs = Run.objects.bulk_create(
        [
            Run(
                athlete=person,
                kind="intervals",
                local_date=local.date(),
                local_time=local.time().replace(tzinfo=None),
                time_zone=zone,
                starts_at=starts_at,
                created_by=person,
                created_at=now,
            )
            for person in people
        ],
        batch_size=2000,
    )
    revision = routine.current
    Assignment.objects.bulk_create(
        [
            Assignment(run=run, revision=revision, assigned_by=run.athlete, by_coach=False, assigned_at=now)
            for run in runs
        ],
        batch_size=2000,
    )
    kind, channel = Reminder.Kind.BEFORE_RUN, Reminder.Channel.EMAIL
    Reminder.objects.bulk_create(
        [
            Reminder(
                key=reminder_key(run.pk, due_at, kind, channel),
                run=run,
                kind=kind,
                channel=channel,
                due_at=due_at,
                next_at=due_at,
                starts_at=starts_at,
            )
            for run in runs
        ],
        batch_size=2000,
    )


if __name__ == "__main__":
    import django

    django.setup()
    add(int(sys.argv[1]))
