"""The product as it runs in production, on loopback: PostgreSQL, Redis, gunicorn, and Celery's worker and beat.

For journeys through the whole product and for benchmarks. Settings come from the environment alone, as in production.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.services import die_with_parent, services

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
NO_LIMIT = str(10**9)


@dataclass
class Stack:
    """Where the running product answers, the environment that its commands need, and where its logs go."""

    url: str
    environment: dict[str, str]
    logs: Path
    web: subprocess.Popen[bytes] | None = None

    def start_web(self) -> None:
        """Start the website's process; returns when it answers."""
        port = urlsplit(self.url).port
        words = ["gunicorn", "-c", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
        self.web = _start(words, self, self.logs / "web.log")
        _wait_until_up(self.web, f"http://127.0.0.1:{port}/healthz", self.logs / "web.log")

    def stop_web(self) -> None:
        """End the website's process: from then on nothing listens at its address."""
        if self.web:
            _end(self.web)
        self.web = None

    def run(self, *words: str) -> str:
        """Run a Python command line ("manage.py", "check") in this environment; what it printed.

        Raises CalledProcessError, after showing what it said.
        """
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout, done.stderr, file=sys.stderr)
            done.check_returncode()
        return done.stdout


@contextlib.contextmanager
def production(
    var: Path,
    *,
    workers: int = 2,
    celery: bool = False,
    durable: bool = False,
    email_url: str = "smtp://127.0.0.1:9",
    settings: str = "config.settings",
) -> Iterator[Stack]:
    """Serve with `workers` web processes, and with `celery` a worker and beat, from a migrated database of its own.

    `var` is an empty folder for static files and logs; `durable` keeps the servers' own safe settings.
    """
    with contextlib.ExitStack() as stack:
        addresses = stack.enter_context(services(durable=durable))
        database = stack.enter_context(_own_database(addresses["DATABASE_URL"]))
        port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            # A number that nothing else of the tests uses on a shared server.
            "REDIS_URL": urlunsplit(urlsplit(addresses["REDIS_URL"])._replace(path="/5")),
            "DJANGO_SETTINGS_MODULE": settings,
            "PRESTRIDE_VAR": str(var),
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SITE_URL": f"http://localhost:{port}",
            "EMAIL_URL": email_url,
            "DEFAULT_FROM_EMAIL": "Prestride <hello@prestride.example>",
            "API_LIMIT_VISITOR": NO_LIMIT,
            "API_LIMIT_PERSON": NO_LIMIT,
            "WEB_CONCURRENCY": str(workers),
            "LOG_LEVEL": "WARNING",
        }
        served = Stack(f"http://localhost:{port}", environment, var)
        served.run("manage.py", "migrate", "--verbosity", "0")
        served.run("manage.py", "load_content")
        served.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        stack.callback(served.stop_web)
        if celery:
            app = ["celery", "-A", "config.celery"]
            stack.enter_context(process([*app, "worker", "-c", "2", "-l", "WARNING"], served, var / "worker.log"))
            schedule = ["--schedule", str(var / "beat-schedule")]
            stack.enter_context(process([*app, "beat", *schedule, "-l", "WARNING"], served, var / "beat.log"))
        served.start_web()
        yield served


@contextlib.contextmanager
def process(words: list[str], stack: Stack, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m …words` for as long as the block, with its output in `log`."""
    running = _start(words, stack, log)
    try:
        yield running
    finally:
        _end(running)


def _start(words: list[str], stack: Stack, log: Path) -> subprocess.Popen[bytes]:
    with open(log, "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=stack.environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )


def _end(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(timeout=20)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


@contextlib.contextmanager
def _own_database(url: str) -> Iterator[str]:
    name = f"stack_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(running: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while running.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.05)
    raise RuntimeError(f"gunicorn did not start:\n{log.read_text(errors='replace')}")
