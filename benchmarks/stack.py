"""The production stack on loopback for as long as a benchmark runs: PostgreSQL, Redis, gunicorn."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.services import die_with_parent, services

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
NO_LIMIT = str(10**9)


@dataclass(frozen=True)
class Stack:
    """Where the running product answers, and the environment that its commands need."""

    url: str
    environment: dict[str, str]

    def manage(self, *words: str) -> None:
        """Run a management command against the stack's database. Raises CalledProcessError."""
        run([sys.executable, "manage.py", *words], self.environment)


def run(command: list[str], environment: dict[str, str]) -> str:
    """Run a command in the repository; its output, which is shown only when it fails."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        done.check_returncode()
    return done.stdout


@contextlib.contextmanager
def production(*, workers: int = 2) -> Iterator[Stack]:
    """Start servers with their own safe settings (fsync on), migrate, and serve with `workers` processes."""
    with contextlib.ExitStack() as stack:
        addresses = stack.enter_context(services(durable=True))
        var = stack.enter_context(tempfile.TemporaryDirectory())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            **os.environ,
            **addresses,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PRESTRIDE_VAR": var,
            "SECRET_KEY": "only-for-benchmarks-0123456789-abcdefghijklmnopqrstuvwxyz",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "DEFAULT_FROM_EMAIL": "Prestride <hello@prestride.example>",
            "API_LIMIT_VISITOR": NO_LIMIT,
            "API_LIMIT_PERSON": NO_LIMIT,
            "WEB_CONCURRENCY": str(workers),
            "LOG_LEVEL": "WARNING",
        }
        served = Stack(f"http://127.0.0.1:{port}", environment)
        served.manage("migrate", "--verbosity", "0")
        served.manage("load_content")
        served.manage("collectstatic", "--noinput", "--verbosity", "0")
        stack.enter_context(_gunicorn(port, environment))
        yield served


@contextlib.contextmanager
def _gunicorn(port: int, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "--log-level", "warning"], cwd=ROOT, env=environment, preexec_fn=die_with_parent(signal.SIGTERM)
    )
    try:
        _wait_until_up(process, f"http://127.0.0.1:{port}/healthz")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_up(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.05)
    raise RuntimeError("gunicorn did not start")
