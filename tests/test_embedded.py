"""The embedded default, as a newcomer starts it: what `python3 dev.py up` runs, with its demo, and without a server."""

from __future__ import annotations

import contextlib
import email
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.stack import free_port

pytestmark = pytest.mark.xdist_group("embedded-default")

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # seconds; a busy machine starts slowly, and nothing here waits longer than it has to
# What would make a production system of it, or another site.
FOREIGN = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE"}


def eventually(look: Callable[[], Any], what: str) -> Any:
    """The first true answer of `look`; fails when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"still waiting for {what}")


@dataclass
class Up:
    """A running `up`: its process, its folder, and what it wrote into demo.json."""

    process: subprocess.Popen[bytes]
    var: Path
    facts: dict[str, Any]

    def groups(self) -> dict[str, int]:
        """Web, worker and beat, each with its process group."""
        lines = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True).stdout
        found = {}
        for line in lines.splitlines():
            pid, parent, command = line.split(None, 2)
            name = re.search("gunicorn|worker|beat", command)
            if int(parent) == self.process.pid and name:
                found[{"gunicorn": "web"}.get(name[0], name[0])] = int(pid)
        return found

    def mails(self) -> list[EmailMessage]:
        """All that is in the mail folder."""
        files = sorted(Path(self.facts["mail_dir"]).glob("*.eml"))
        return [email.message_from_bytes(f.read_bytes(), _class=EmailMessage, policy=default) for f in files]

    def reminders(self, words: str) -> list[EmailMessage]:
        """The reminders that have `words` in their text."""
        return [mail for mail in self.mails() if mail["X-Reminder-Key"] and words in text_of(mail)]

    def people(self, role: str) -> list[dict[str, str]]:
        """The demo's people of a role."""
        return [person for person in self.facts["people"] if person["role"] == role]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part else ""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`up` once it says that it is ready; its first reminder is due at once."""
    var = tmp_path_factory.mktemp("up") / "var"
    var.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment |= {"PRESTRIDE_VAR": str(var), "PRESTRIDE_DEMO": "1", "PRESTRIDE_DEMO_DUE_SECONDS": "1"}
    command = [sys.executable, "manage.py", "up", "--port", str(free_port())]
    with open(var / "up.log", "wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        eventually(lambda: (var / "demo.json").exists() or process.poll() is not None, "demo.json")
        assert process.poll() is None, (var / "up.log").read_text()
        yield Up(process, var, json.loads((var / "demo.json").read_text()))
    finally:
        process.terminate()
        process.wait(timeout=30)


def is_there(group: int) -> bool:
    """Whether a process group has anyone in it."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class Browser:
    """Somebody who signed in on the sign-in page."""

    def __init__(self, url: str, person: dict[str, str]) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.open("/accounts/login/")
        form = {"login": person["email"], "password": person["password"], "csrfmiddlewaretoken": self.csrf()}
        self.open("/accounts/login/", urllib.parse.urlencode(form).encode())

    def csrf(self) -> str:
        return next(cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken")

    def open(self, path: str, body: bytes | None = None, **headers: str) -> Any:
        """The answer, which has to be a success (urllib raises on 4xx and 5xx)."""
        return self.opener.open(urllib.request.Request(self.url + path, body, headers), timeout=30)

    def api(self, path: str, body: Any = None) -> Any:
        """The API's answer; with `body` to a POST."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.csrf()}
        data = None if body is None else json.dumps(body).encode()
        return json.load(self.open(f"/api/v1/{path}", data, **headers))


def test_the_newcomer_signs_in_and_sees_the_first_reminder_arrive(up: Up) -> None:
    assert Counter(person["role"] for person in up.facts["people"]) == {
        "coach": 2,
        "athlete": 8,
        "runner": 1,
        "curator": 2,
        "admin": 1,
    }
    coach = Browser(up.facts["url"], up.people("coach")[0])
    squad = coach.api("squads/")["results"][0]
    names = {member["name"] for member in coach.api(f"squads/{squad['slug']}/members/")["results"]}
    assert {person["name"] for person in up.people("athlete")} <= names

    athlete = up.people("athlete")[0]
    [reminder] = eventually(lambda: up.reminders("Harbour steps"), "the first reminder")
    assert athlete["email"] in reminder["To"]
    link = re.search(r"/warm-up/\d+/", text_of(reminder))
    assert link
    assert Browser(up.facts["url"], athlete).open(link[0]).status == 200


def test_a_killed_worker_comes_back_and_loses_and_doubles_nothing(up: Up) -> None:
    coach = Browser(up.facts["url"], up.people("coach")[0])
    everyone = sorted(person["email"] for person in up.people("athlete"))

    for place, minutes in (("Quarry track", 30), ("Old mill", 40)):
        killed = up.groups()["worker"]
        os.killpg(killed, signal.SIGKILL)
        plan_run(coach, place, minutes)  # inside the lead time: due at once, with nobody there to send
        eventually(lambda old=killed: up.groups().get("worker", old) != old, "a new worker")
        eventually(lambda at=place: len(up.reminders(at)) >= len(everyone), f"the reminders for {place}")

    for place in ("Quarry track", "Old mill"):
        assert sorted(mail["To"].addresses[0].addr_spec for mail in up.reminders(place)) == everyone
    keys = Counter(mail["X-Reminder-Key"] for mail in up.mails() if mail["X-Reminder-Key"])
    assert set(keys.values()) == {1}


def plan_run(coach: Browser, place: str, minutes: int) -> None:
    """A run of the coach's first squad that starts in so many minutes."""
    squad = coach.api("squads/")["results"][0]
    start = datetime.now(ZoneInfo(squad["time_zone"])) + timedelta(minutes=minutes)
    plan = {
        "squad": squad["slug"],
        "kind": "intervals",
        "local_start": f"{start:%Y-%m-%dT%H:%M}",
        "place": place,
        "routine": coach.api("routines/")["results"][0]["id"],
    }
    coach.api("runs/", plan)


def test_stopping_ends_web_worker_and_beat(up: Up) -> None:
    groups = eventually(lambda: len(found := up.groups()) == 3 and found, "web, worker and beat")
    assert set(groups) == {"web", "worker", "beat"}
    up.process.terminate()
    assert up.process.wait(timeout=30) == 0
    eventually(lambda: not any(is_there(group) for group in groups.values()), "the last process to go")
    with contextlib.suppress(OSError), urllib.request.urlopen(up.facts["url"], timeout=5):
        pytest.fail("something still answers")
