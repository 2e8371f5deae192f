"""The wires themselves: a real mail server that misbehaves on request, a folder, and Django's own backends."""

from __future__ import annotations

import contextlib
import json
import signal
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.core import mail
from django.db import transaction

from plans.delivery import sender
from plans.delivery.answers import Verdict
from plans.delivery.clock import Clock
from plans.delivery.wire import BackendWire, FolderWire, Outgoing, SmtpWire, WireDown, dot_stuffed
from plans.delivery.wires import wires_from_settings
from plans.domain import reminders
from plans.models import Reminder
from tests.factories import NOW, make_assignment, make_routine, make_run, make_user
from tests.stack import free_port

DUE = NOW + timedelta(hours=5)
SOON = 5.0
MESSAGE = Outgoing(
    "hello@prestride.example",
    "ada@runners.example",
    b"Message-ID: <1@prestride.example>\r\nX-Reminder-Key: 1\r\nSubject: Warm up\r\n\r\n.dots\r\nand more\r\n",
)


@dataclass
class Sink:
    """A running tests/smtp_sink.py: where it listens and what it has seen."""

    port: int
    process: subprocess.Popen[str]
    log: Path

    def seen(self) -> list[dict[str, Any]]:
        """All messages whose end it saw; stops it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def sink(tmp_path: Path, settings) -> Iterator[Callable[..., Sink]]:
    """Starts a sink with these options, which the settings then name as the mail server."""
    running = []

    def start(*options: str) -> Sink:
        log = tmp_path / "got.jsonl"
        command = [sys.executable, "-m", "tests.smtp_sink", "serve", "--log", str(log), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        port = int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        return Sink(port, process, log)

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def wire() -> Iterator[SmtpWire]:
    """A wire to whatever server the settings name when it opens."""
    with contextlib.closing(SmtpWire()) as wire:
        yield wire


def send(wire: SmtpWire, message: Outgoing = MESSAGE) -> Verdict:
    wire.open()
    return wire.send(message, begin_by=time.monotonic() + SOON).verdict


# --- SMTP -----------------------------------------------------------------------------------------------------------
def test_a_message_arrives_as_it_was_written(sink, wire, tmp_path):
    server = sink("--store", str(tmp_path / "kept"))
    assert [send(wire), send(wire)] == [Verdict.SENT] * 2
    wire.close()
    seen = server.seen()
    assert [(row["outcome"], row["conn"], row["mail_from"], row["rcpt"]) for row in seen] == [
        ("accepted", 1, "hello@prestride.example", ["ada@runners.example"])
    ] * 2
    assert (tmp_path / "kept" / "1-1.eml").read_bytes() == MESSAGE.content


@pytest.mark.parametrize(
    ("options", "verdict", "outcomes"),
    [
        (["--fail-rate", "1"], Verdict.LATER, ["rejected"]),
        (["--fail-rate", "1", "--fail-stage", "rcpt"], Verdict.LATER, []),
        (["--fail-rate", "1", "--fail-code", "421"], Verdict.BROKEN, ["rejected"]),
        (["--greylist"], Verdict.LATER, []),
        (["--perm-rate", "1"], Verdict.REFUSED, ["rejected"]),
        (["--refuse-rcpt", "ada@"], Verdict.BAD_ADDRESS, []),
        (["--max-size", "20"], Verdict.REFUSED, ["rejected"]),
        (["--drop-after-data", "1"], Verdict.UNKNOWN, ["accepted_noreply"]),
        (["--drop-before-accept", "1"], Verdict.UNKNOWN, ["dropped"]),
    ],
)
def test_what_a_server_does_is_understood(sink, wire, options, verdict, outcomes):
    server = sink(*options)
    assert send(wire) == verdict
    wire.close()
    assert [row["outcome"] for row in server.seen()] == outcomes


def test_after_a_refusal_the_connection_serves_the_next_message(sink, wire):
    server = sink("--refuse-rcpt", "ada@")
    other = Outgoing(MESSAGE.sender, "tom@runners.example", MESSAGE.content)
    assert [send(wire), send(wire, other), send(wire), send(wire, other)] == [Verdict.BAD_ADDRESS, Verdict.SENT] * 2
    assert [row["conn"] for row in server.seen()] == [1, 1]


def test_a_connection_that_was_cut_is_made_anew(sink, wire):
    server = sink("--max-per-connection", "2")
    verdicts = [send(wire) for _ in range(6)]
    assert verdicts == [Verdict.SENT, Verdict.SENT, Verdict.BROKEN] * 2
    assert [row["conn"] for row in server.seen()] == [1, 1, 2, 2]


def test_a_connection_serves_a_hundred_messages(sink, wire, monkeypatch):
    monkeypatch.setattr("plans.delivery.wire.MESSAGES_A_CONNECTION", 3)
    server = sink()
    assert {send(wire) for _ in range(4)} == {Verdict.SENT}
    assert [row["conn"] for row in server.seen()] == [1, 1, 1, 2]


def test_too_late_for_its_claim_nothing_is_sent(sink, wire):
    server = sink()
    wire.open()
    assert wire.send(MESSAGE, begin_by=time.monotonic()).verdict == Verdict.NOT_BEGUN
    assert send(wire) == Verdict.SENT
    assert len(server.seen()) == 1


def test_no_server_no_sign_in_and_no_greeting_mean_that_the_wire_is_down(sink, settings):
    sink("--auth-fail")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "mailer", "open-sesame"
    with pytest.raises(WireDown, match=r"535 5\.7\.8 authentication failed") as refused:
        SmtpWire().open()
    assert refused.value.code == 535
    sink("--outage", "0:60")
    with pytest.raises(WireDown, match=r"421 4\.3\.2 service not available"):
        SmtpWire().open()
    settings.EMAIL_USE_TLS = True
    sink()
    with pytest.raises(WireDown, match="STARTTLS extension not supported"):
        SmtpWire().open()
    settings.EMAIL_PORT = 1
    with pytest.raises(WireDown, match="Connection refused"):
        SmtpWire().open()


def test_an_address_can_not_smuggle_in_another_recipient(sink, wire):
    server = sink()
    smuggled = Outgoing(MESSAGE.sender, "ada@runners.example>\r\nRCPT TO:<eve@evil.example", MESSAGE.content)
    assert send(wire, smuggled) == Verdict.BAD_ADDRESS
    assert server.seen() == []


CERTIFICATE = str(Path(__file__).parent.parent / "localhost.pem")


class SignedIn:
    """Notes who sent what, and whether unseen by others."""

    def __init__(self) -> None:
        self.took: list[tuple[bool, bool, list[str]]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        self.took.append((encrypted, session.authenticated, envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture(params=["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def private_server(request, settings) -> Iterator[SignedIn]:
    """A server that asks for TLS, begun by STARTTLS or from the first byte on, and then for a password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    setattr(settings, request.param, True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", free_port()
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "mailer", "open-sesame"
    if request.param == "EMAIL_USE_TLS":
        security = {"tls_context": context, "require_starttls": True}
    else:
        # This server knows only its own STARTTLS; that the whole connection is private escapes it.
        security = {"ssl_context": context, "auth_require_tls": False}
    took = SignedIn()

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, words: Any) -> AuthResult:
        right = (words.login, words.password) == (b"mailer", b"open-sesame")
        return AuthResult(success=right, handled=right)

    server = Controller(took, hostname="localhost", port=settings.EMAIL_PORT, authenticator=known, **security)
    with warnings.catch_warnings(action="ignore"):
        server.start()
    yield took
    server.stop()


def test_it_sends_unseen_and_signed_in(private_server, wire, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", CERTIFICATE)
    assert send(wire) == Verdict.SENT
    assert private_server.took == [(True, True, ["ada@runners.example"])]


def test_a_server_that_nobody_vouches_for_gets_nothing(private_server, wire, settings):
    with pytest.raises(WireDown, match="certificate verify failed"):
        send(wire)
    assert private_server.took == []


def test_a_wrong_password_is_no_messages_fault(private_server, wire, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", CERTIFICATE)
    settings.EMAIL_HOST_PASSWORD = "open-barley"
    with pytest.raises(WireDown) as refused:
        send(wire)
    assert (refused.value.code, "open-barley" in str(refused.value)) == (535, False)


@pytest.mark.parametrize(
    ("content", "on_the_wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".\r\n..\r\nb.", b"..\r\n...\r\nb.\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_dots_are_stuffed(content, on_the_wire):
    assert dot_stuffed(content) == on_the_wire


# --- The sender on a real wire --------------------------------------------------------------------------------------
@pytest.fixture
def due(db: None) -> list[Reminder]:
    """Ten reminders that are due at DUE."""
    runs = [make_run(make_user(), starts_at=NOW + timedelta(hours=6)) for _ in range(10)]
    for run in runs:
        make_assignment(run, make_routine())
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk for run in runs], now=NOW)
    return list(Reminder.objects.order_by("pk"))


def drain(now=DUE) -> None:
    with contextlib.closing(wires_from_settings()[0]) as wire:
        sender.drain(wires=[wire], read_clock=lambda: Clock(now))


@pytest.mark.embedded
def test_all_that_is_due_arrives_once(sink, due):
    server = sink()
    drain()
    keys = [row["h"]["X-Reminder-Key"] for row in server.seen()]
    assert sorted(keys) == sorted(str(row.key) for row in due)
    assert set(Reminder.objects.values_list("status", "last_code")) == {(Reminder.Status.SENT, 250)}


def test_greylisted_ones_arrive_at_the_second_try(sink, due):
    server = sink("--greylist")
    drain()
    assert set(Reminder.objects.values_list("status", "reason", "attempts")) == {
        (Reminder.Status.SCHEDULED, "451 4.7.1 greylisted, try again", 1)
    }
    drain(DUE + timedelta(minutes=1))
    assert len(server.seen()) == 10
    assert set(Reminder.objects.values_list("status", "reason", "attempts")) == {(Reminder.Status.SENT, "", 2)}


def test_a_refused_address_blocks_no_other_row(sink, due):
    bad = due[3].run.athlete
    server = sink("--refuse-rcpt", f"^{bad.email}$")
    drain()
    assert len(server.seen()) == 9
    [failed] = Reminder.objects.exclude(status=Reminder.Status.SENT)
    assert (failed.pk, failed.get_status_display(), failed.reason) == (
        due[3].pk,
        "failed",
        "address: 550 5.1.1 no such user",
    )


def test_cut_off_after_the_message_it_comes_again_as_the_same_message(sink, due):
    server = sink("--drop-after-data", "1")
    drain()
    first = server.seen()
    assert set(Reminder.objects.values_list("status", "attempts")) == {(Reminder.Status.SCHEDULED, 1)}
    server = sink()
    drain(DUE + timedelta(minutes=1))
    again = server.seen()
    ids = [sorted((row["h"]["X-Reminder-Key"], row["h"]["Message-ID"]) for row in seen) for seen in (first, again)]
    assert (len(ids[0]), ids[0]) == (10, ids[1])


def test_a_sign_in_that_is_refused_fails_no_row(sink, due, settings):
    server = sink("--auth-fail")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "mailer", "open-sesame"
    with pytest.raises(WireDown):
        drain()
    assert server.seen() == []
    assert set(Reminder.objects.values_list("status", "last_code", "attempts")) == {(Reminder.Status.SCHEDULED, 535, 0)}


def test_a_throttled_server_gets_the_rest_later(sink, due):
    slow = sink("--max-rate", "4")
    drain()
    first = [row for row in slow.seen() if row["outcome"] == "accepted"]
    assert 0 < len(first) < 10
    ready = sink()
    drain(DUE + timedelta(minutes=1))
    keys = [row["h"]["X-Reminder-Key"] for row in first + ready.seen()]
    assert sorted(keys) == sorted(str(row.key) for row in due)


# --- The other wires ------------------------------------------------------------------------------------------------
@pytest.mark.embedded
def test_the_folder_gets_each_message_as_a_whole_file(tmp_path, settings):
    settings.EMAIL_BACKEND, settings.MAIL_DIR = "config.mail.EmlFileBackend", tmp_path / "mail"
    [wire] = wires_from_settings()
    assert isinstance(wire, FolderWire)
    wire.open()
    assert wire.send(MESSAGE, begin_by=time.monotonic() + SOON).verdict == Verdict.SENT
    assert wire.send(MESSAGE, begin_by=time.monotonic()).verdict == Verdict.NOT_BEGUN
    [file] = (tmp_path / "mail").iterdir()
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"] == "Warm up"


def test_a_folder_that_can_not_be_is_a_wire_that_is_down(tmp_path):
    (tmp_path / "file").write_text("")
    wire = FolderWire(tmp_path / "file" / "mail")
    with pytest.raises(WireDown, match="Not a directory"):
        wire.open()
    assert wire.send(MESSAGE, begin_by=time.monotonic() + SOON).verdict == Verdict.BROKEN


def test_any_other_backend_gets_the_message_as_django_knows_it():
    [wire] = wires_from_settings()
    assert isinstance(wire, BackendWire)
    wire.open()
    assert wire.send(MESSAGE, begin_by=time.monotonic() + SOON).verdict == Verdict.SENT
    assert (mail.outbox[0].subject, mail.outbox[0].body) == ("Warm up", ".dots\nand more\n")
