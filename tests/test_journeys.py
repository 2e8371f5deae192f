"""The whole way, as people go it: a coach assigns, a reminder goes out, an athlete warms up and logs, the coach sees.

On the product as it runs in production (gunicorn, Celery's worker and beat, PostgreSQL, Redis), with a real mail server
and a real browser.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import APIRequestContext, Playwright

from tests.mailbox import Mailbox, link_in, mailbox
from tests.stack import Stack, production

pytestmark = pytest.mark.xdist_group("journeys")

PASSWORD = "quiet-dawn-run-41"
ZONE = ZoneInfo("Europe/Berlin")
PATIENCE = 60  # seconds that a mail may take on a busy machine


@dataclass(frozen=True)
class World:
    """The running product and the mail server that it mails through."""

    stack: Stack
    mail: Mailbox

    def account(self, name: str, email: str) -> None:
        """Somebody who signed up and proved their address."""
        words = json.dumps({"name": name, "email": email, "password": PASSWORD})
        self.stack.run(
            "manage.py",
            "shell",
            "-c",
            "import json; from django.utils import timezone; from accounts.domain.people import sign_up_person; "
            f"sign_up_person(**json.loads({words!r}), now=timezone.now(), verified=True, time_zone='Europe/Berlin')",
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The product, up for all journeys of this module."""
    with mailbox() as mail:
        var = tmp_path_factory.mktemp("journeys")
        with production(var, workers=1, celery=True, email_url=mail.url) as stack:
            yield World(stack, mail)


def in_half_an_hour() -> str:
    """A start inside the usual lead time, so that its reminder is due at once; local, to the minute."""
    return f"{datetime.now(ZONE) + timedelta(minutes=30):%Y-%m-%dT%H:%M}"


def eventually(ask: Callable[[], Any], wanted: Any) -> None:
    """Ask until the answer is `wanted`; fails with the last answer when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while (answer := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answer == wanted


# --- Through the API alone --------------------------------------------------------------------------------------------
class Client:
    """A program with a token."""

    def __init__(self, context: APIRequestContext) -> None:
        self.context = context

    def call(self, method: str, path: str, body: Any = None, *, status: int) -> Any:
        """The answer's JSON; the status has to be `status`."""
        answer = self.context.fetch(f"/api/v1/{path}", method=method, data=None if body is None else json.dumps(body))
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json() if answer.body() else None

    def get(self, path: str) -> Any:
        """The answer to a GET that succeeds."""
        return self.call("GET", path, status=200)


def client(playwright: Playwright, world: World, email: str, scopes: list[str]) -> Client:
    """A program of this person, with a token that it got by their password."""
    headers = {"Content-Type": "application/json"}
    visitor = Client(playwright.request.new_context(base_url=world.stack.url, extra_http_headers=headers))
    wish = {"email": email, "password": PASSWORD, "name": "journey", "scopes": scopes}
    token = visitor.call("POST", "tokens/", wish, status=201)["token"]
    headers["Authorization"] = f"Bearer {token}"
    return Client(playwright.request.new_context(base_url=world.stack.url, extra_http_headers=headers))


def test_the_whole_way_through_the_api(world: World, playwright: Playwright) -> None:
    world.account("Cora Coach", "cora@runners.example")
    world.account("Ada Athlete", "ada@runners.example")
    coach = client(playwright, world, "cora@runners.example", ["read", "plan"])
    athlete = client(playwright, world, "ada@runners.example", ["read", "plan", "log"])

    squad = coach.call("POST", "squads/", {"name": "Dawn Patrol", "time_zone": "Europe/Berlin"}, status=201)
    asked = {"email": "ada@runners.example", "role": "athlete"}
    coach.call("POST", f"squads/{squad['slug']}/invitations/", asked, status=201)
    invitation = world.mail.wait_for("ada@runners.example", subject="Dawn Patrol", seconds=PATIENCE)
    token = link_in(invitation, "/invitations/").rstrip("/").rsplit("/", 1)[-1]
    athlete.call("POST", f"invitations/{token}/accept/", {"shares_health": True}, status=200)

    routine = next(row for row in coach.get("routines/")["results"] if row["name"] == "Three-minute wake-up")
    plan = {
        "squad": squad["slug"],
        "kind": "intervals",
        "local_start": in_half_an_hour(),
        "place": "Track",
        "routine": routine["id"],
    }
    assert coach.call("POST", "runs/", plan, status=201)["count"] == 1
    [run] = athlete.get("runs/")["results"]
    assert (run["routine"], run["routine_from"], run["warm_up"]) == (routine["id"], "run", "planned")

    reminder = world.mail.wait_for("ada@runners.example", subject="Intervals", seconds=PATIENCE)
    assert link_in(reminder, "/warm-up/").rstrip("/").endswith(f"/warm-up/{run['id']}")
    assert "List-Unsubscribe" in reminder
    eventually(lambda: [row["state"] for row in athlete.get("reminders/")["results"]], ["sent"])

    session, now = uuid4(), datetime.now(UTC)
    done = {
        "run": run["id"],
        "started_at": now.isoformat(),
        "finished_at": (now + timedelta(minutes=3)).isoformat(),
        "outcome": "done",
        "steps": [{"position": step["position"], "sets_done": step["sets"]} for step in routine["steps"]],
        "rpe": 3,
        "pain": 2,
        "pain_site": "hip",
        "pain_side": "left",
        "edited_at": now.isoformat(),
    }
    first = athlete.call("PUT", f"sessions/{session}/", done, status=201)
    assert athlete.call("PUT", f"sessions/{session}/", done, status=200) == first
    assert first["routine_revision"] == routine["revision"]

    [seen] = coach.get(f"runs/?squad={squad['slug']}")["results"]
    assert (seen["id"], seen["warm_up"]) == (run["id"], "done")
    [told] = coach.get(f"sessions/?athlete={run['athlete']}")["results"]
    assert (told["id"], told["pain"], told["health_hidden"]) == (str(session), 2, False)
    assert [person["name"] for person in coach.get(f"squads/{squad['slug']}/members/")["results"]] == [
        "Cora Coach",
        "Ada Athlete",
    ]
