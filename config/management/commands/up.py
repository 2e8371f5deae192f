"""`manage.py up`: everything that Prestride needs to run on one machine, under one supervisor."""

import argparse
import contextlib
import errno
import fcntl
import json
import os
import re
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from config.mail import write_whole
from config.supervisor import Child, Supervisor

Person = dict[str, str]


class Command(BaseCommand):
    help = "Prepare the database and the static files, then run web, worker and beat until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = os.environ.get("PORT") or "8000"
        parser.add_argument("--port", type=port_number, default=default, help="default: PORT, else 8000")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        try:
            with only_one(), listening(port) as sockets:
                demo_file = settings.VAR / "demo.json"
                demo_file.unlink(missing_ok=True)
                people = self.prepare()
                Run(self, port=port, sockets=sockets, people=people, demo_file=demo_file).until_stopped()
        except KeyboardInterrupt:
            sys.exit(130)

    def prepare(self) -> list[Person]:
        """Bring database, cache table, static files and content up to date; returns the demo people, if any."""
        self.say("Preparing the database and the static files …")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_content", verbosity=0)
        people: list[Person] = []
        if settings.DEMO:
            from config import demo  # only the demo may ever load what makes its people

            people = demo.load(now=timezone.now())
        elif not get_user_model().objects.filter(is_superuser=True).exists():
            self.offer_first_admin()
        connections.close_all()
        return people

    def offer_first_admin(self) -> None:
        command = "python manage.py createsuperuser"
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            self.say(f"There is no admin yet. Make one with: {command}")
        elif input("There is no admin yet. Make one now? [Y/n] ").strip().lower() in {"", "y", "yes"}:
            call_command("createsuperuser")
        else:
            self.say(f"Later: {command}")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


class Run:
    """One run of web, worker and beat."""

    def __init__(
        self, command: Command, *, port: int, sockets: list[socket.socket], people: list[Person], demo_file: Path
    ) -> None:
        self.say = command.say
        self.port = port
        self.people = people
        self.demo_file = demo_file
        self.ready = False
        self.next_question = 0.0
        logs = settings.VAR / "log"
        inherited = [listener.fileno() for listener in sockets]
        web = ["gunicorn", "-c", "config/gunicorn.py", *(f"--bind=fd://{number}" for number in inherited)]
        celery = ["celery", "-A", "config.celery"]
        worker = ["worker", "-P", "threads", "-c", "4", "--without-gossip", "--without-mingle", "-l", "WARNING"]
        beat = ["beat", "--schedule", str(settings.VAR / "beat-schedule"), "--max-interval", "1", "-l", "WARNING"]
        # Nobody waits for it: a page draws what it shows and is not drawn yet.
        draw = ["nice", sys.executable, "manage.py", "draw_figures", "--verbosity", "0"]
        self.supervisor = Supervisor(
            [
                Child("web", [sys.executable, "-m", *web], logs / "web.log", inherited),
                Child("worker", [sys.executable, "-m", *celery, *worker], logs / "worker.log"),
                Child("beat", [sys.executable, "-m", *celery, *beat], logs / "beat.log"),
                Child("figures", draw, logs / "figures.log", once=True),
            ],
            folder=settings.BASE_DIR,
            environment=child_environment(port),
            say=self.say,
        )

    def until_stopped(self) -> None:
        self.say("Starting web, worker and scheduler …")
        self.supervisor.run(self.look)
        self.say("Stopped.")

    def look(self) -> None:
        """Ask now and then whether all is ready, and welcome the person once it is."""
        if self.ready or time.monotonic() < self.next_question:
            return
        self.next_question = time.monotonic() + 0.5
        if answers_ready(self.port):
            self.ready = True
            self.welcome()

    def welcome(self) -> None:
        url = f"http://localhost:{self.port}"
        self.say(f"\nPrestride is running at {url}\n")
        if settings.DEMO:
            facts = {"url": url, "mail_dir": shown(settings.MAIL_DIR), "people": self.people}
            write_whole(self.demo_file, json.dumps(facts, indent=2, ensure_ascii=False).encode() + b"\n")
            self.say("Sign in as one of these demo people:")
            for line in table(self.people):
                self.say(f"  {line}")
            self.say(f"\nMail goes to {shown(settings.MAIL_DIR)}/ and shows at {url}/demo/mail/")
        elif settings.EMAIL_BACKEND == "config.mail.EmlFileBackend":
            self.say(f"Mail goes to {shown(settings.MAIL_DIR)}/ until EMAIL_URL names a mail server.")
        self.say(f"Logs are in {shown(settings.VAR / 'log')}/. Ctrl-C stops everything.")


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the data folder during the block; CommandError if another supervisor has it."""
    with open(settings.VAR / "up.lock", "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Prestride is already running with the data in {shown(settings.VAR)}. "
                "Stop it first, or set PRESTRIDE_VAR to another folder."
            ) from None
        yield


def port_number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port: choose a number from 1 to 65535")
    return int(text)


@contextlib.contextmanager
def listening(port: int) -> Iterator[list[socket.socket]]:
    """Sockets on all that `localhost` means here, held from now on so that nobody else can take the port.

    gunicorn inherits them: while it is started again, visitors wait instead of being refused. CommandError if the port
    is taken.
    """
    with contextlib.ExitStack() as stack:
        sockets = []
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                listener = stack.enter_context(socket.socket(family))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, port))
                listener.listen(256)
            except PermissionError:
                raise CommandError(f"Port {port} is not open to you. Choose one above 1023 with --port.") from None
            except OSError as error:
                if family == socket.AF_INET6 and error.errno != errno.EADDRINUSE:
                    continue  # a machine without IPv6
                raise CommandError(f"Port {port} is taken. Choose another with --port.") from None
            sockets.append(listener)
        yield sockets


def child_environment(port: int) -> dict[str, str]:
    """What web, worker and beat run with."""
    # Celery warns of root at every start; in a container there is often nobody else.
    quiet = "ignore:You're running the worker with superuser privileges:UserWarning"
    warnings = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), quiet]))
    return {
        "SITE_URL": f"http://localhost:{port}",
        **os.environ,
        "PRESTRIDE_VAR": str(settings.VAR),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": warnings,
    }


def answers_ready(port: int) -> bool:
    """Whether /readyz says 200: web, database, worker and beat are all at work."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the repository if it lies there."""
    return str(path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path)


def table(people: list[Person]) -> list[str]:
    """The people as aligned lines: role, name, address, password."""
    columns = ("role", "name", "email", "password")
    widths = [max(len(person[column]) for person in people) for column in columns]
    return ["  ".join(person[c].ljust(w) for c, w in zip(columns, widths, strict=True)).rstrip() for person in people]
