"""A mail provider's HTTP interface as a wire: a real server of ours answers in the provider's place."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from icalendar import Calendar

from plans import emails
from plans.delivery.answers import Verdict
from plans.delivery.wire import Outgoing
from plans.delivery.wires import wires_from_settings
from tests.factories import make_exercise
from tests.plans.test_emails import STEPS, reminder
from tests.stack import free_port
from tests.warmups.test_content_board import POSES

SOON = 5.0
INACTIVE = "Found inactive addresses: ada@runners.example. Inactive recipients are ones that have bounced."


class Provider(ThreadingHTTPServer):
    """Answers every call with `status`, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.hangs_up = 200, False
        self.calls: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    """As Postmark answers (its `POST /email`)."""

    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(body)
        if self.server.hangs_up:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        inactive = self.server.status == 422
        words = {
            "ErrorCode": 406 if inactive else self.server.status - 200,
            "Message": INACTIVE if inactive else "OK",
            "MessageID": "1",
            "To": body["To"],
        }
        answer = json.dumps(words).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        """It says nothing."""


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "open-sesame",
            "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/",
        }
        yield server
        server.shutdown()


@pytest.fixture
def send() -> Callable[[], Any]:
    def attempt(**options: Any) -> Any:
        mail = emails.reminder_mail(reminder(note="Slowly, ü."), STEPS)
        message = Outgoing("hello@prestride.example", "ada@runners.example", emails.as_bytes(mail))
        [wire, *_] = wires_from_settings()
        wire.open()
        try:
            return wire.send(message, begin_by=time.monotonic() + options.get("within", SOON))
        finally:
            wire.close()

    return attempt


def test_the_provider_gets_the_same_mail(provider, send):
    assert send().verdict == Verdict.SENT
    [call] = provider.calls
    headers = {each["Name"]: each["Value"] for each in call["Headers"]}
    assert (call["To"], call["Subject"]) == (
        "Ada Athlete <ada@runners.example>",
        "Intervals at 18:30: 6-minute warm-up",
    )
    assert "Slowly, ü." in call["TextBody"] and "Slowly, ü." in call["HtmlBody"]
    assert headers["X-Reminder-Key"] in headers["Message-ID"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_its_events_will_name_the_reminder(provider, send):
    send()
    [call] = provider.calls
    headers = {each["Name"]: each["Value"] for each in call["Headers"]}
    assert (call["Metadata"], call["Tag"]) == ({"reminder": headers["X-Reminder-Key"]}, "before-run")


@pytest.mark.django_db
def test_figures_and_the_calendar_entry_go_along(provider):
    row = reminder()
    row.run.athlete.calendar_attached = True
    row.run.created_at = row.run.assignment.assigned_at = row.due_at
    bridge = make_exercise("glute-bridge", name="Glute bridge", poses=POSES)
    steps = [
        type(step)(**{f.attname: getattr(step, f.attname) for f in step._meta.concrete_fields}) for step in STEPS[31]
    ]
    for step in steps:
        step.exercise = bridge
    content = emails.as_bytes(emails.reminder_mail(row, {31: steps}))
    [wire, *_] = wires_from_settings()
    wire.open()
    assert wire.send(Outgoing("a@b.example", "c@d.example", content), begin_by=time.monotonic() + SOON).code == 200
    wire.close()
    [call] = provider.calls
    kinds = {each["ContentType"].partition(";")[0]: each for each in call["Attachments"]}
    assert kinds.keys() == {"image/png", "text/calendar"}
    assert kinds["image/png"]["ContentID"].removeprefix("cid:") in call["HtmlBody"]
    calendar = Calendar.from_ical(base64.b64decode(kinds["text/calendar"]["Content"]))
    [event] = calendar.walk("VEVENT")
    assert (str(calendar["METHOD"]), str(event["SUMMARY"])) == ("PUBLISH", "Intervals")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (401, Verdict.OURS),
        (403, Verdict.OURS),
        (429, Verdict.BUSY),
        (500, Verdict.LATER),
        (503, Verdict.LATER),
        (400, Verdict.REFUSED),
        (422, Verdict.BAD_ADDRESS),
    ],
)
def test_its_answers_mean_what_a_mail_servers_do(provider, send, status, verdict):
    provider.status = status
    answer = send()
    assert answer.verdict == verdict
    assert "open-sesame" not in answer.text and "@" not in answer.text


def test_hung_up_after_the_message_it_may_have_been_taken(provider, send):
    provider.hangs_up = True
    assert (send().verdict, len(provider.calls)) == (Verdict.UNKNOWN, 1)


def test_not_there_it_has_certainly_not_taken_it(provider, send, settings):
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": f"http://127.0.0.1:{free_port()}/"}
    assert send().verdict == Verdict.BROKEN


def test_too_late_for_its_claim_nothing_is_sent(provider, send):
    assert (send(within=-1).verdict, provider.calls) == (Verdict.NOT_BEGUN, [])
