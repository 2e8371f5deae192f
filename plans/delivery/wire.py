"""The mail server, as a wire: one message in, one answer out. One thread uses one wire."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.mime.image import MIMEImage
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.utils import DNS_NAME

from config.mail import mail_name, write_whole
from plans.delivery.answers import Answer, Stage, Verdict, plain_words, read_answer

CONNECT_SECONDS, COMMAND_SECONDS = 10, 30
# RFC 5321 (4.5.3.2.6) asks for ten minutes; who gives up early is why people get a mail twice.
FINAL_DOT_SECONDS = 180
MESSAGES_A_CONNECTION = 100
IDLE_SECONDS = 30


@dataclass(frozen=True)
class Outgoing:
    """A message ready for the wire: envelope addresses (ASCII) and bytes with CRLF line ends."""

    sender: str
    recipient: str
    content: bytes


class WireDown(Exception):
    """No message can go out right now, and that is no message's fault. The text names no secret and no address."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(plain_words(text))
        self.code = code


class Wire(Protocol):
    """What the sender needs of a mail server."""

    def open(self) -> None:
        """Be ready to send; costs nothing when it is already. Raises WireDown."""

    def send(self, message: Outgoing, *, begin_by: float) -> Answer:
        """Hand one message over, unless time.monotonic() has passed `begin_by`. Never raises for what a server does."""

    def close(self) -> None:
        """Say goodbye, if there is anyone."""


class SmtpWire:
    """One SMTP connection that serves many messages, as EMAIL_HOST and its fellows say.

    The commands are given here, since smtplib's `sendmail` does not tell whether a connection broke before or after the
    message's end (before it the message was certainly not taken), and waits for the answer to each.
    """

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0
        self._used_at = 0.0

    def open(self) -> None:
        """Connect and sign in, again after 100 messages or 30 idle seconds. Raises WireDown."""
        idle = time.monotonic() - self._used_at
        self._used_at = time.monotonic()
        if self._smtp is not None and self._sent < MESSAGES_A_CONNECTION and idle < IDLE_SECONDS:
            return
        self.close()
        try:
            self._smtp = self._connect()
        except smtplib.SMTPResponseException as error:
            words = (
                error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
            )
            raise WireDown(f"{error.smtp_code} {words}", error.smtp_code) from error
        except OSError as error:  # smtplib's errors and TLS's are of this kind too
            raise WireDown(f"{type(error).__name__}: {error.strerror or error}") from error
        self._sent = 0

    def _connect(self) -> smtplib.SMTP:
        host, port, name = settings.EMAIL_HOST, settings.EMAIL_PORT, str(DNS_NAME)
        smtp: smtplib.SMTP
        if settings.EMAIL_USE_SSL:
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(host, port, name, timeout=CONNECT_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(host, port, name, timeout=CONNECT_SECONDS)
        with contextlib.ExitStack() as undo:
            undo.callback(smtp.close)
            self._wait_at_most(smtp, COMMAND_SECONDS)
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            undo.pop_all()
        return smtp

    def send(self, message: Outgoing, *, begin_by: float) -> Answer:
        """Hand one message over; see Wire."""
        smtp = self._smtp
        if smtp is None:
            return Answer(Verdict.BROKEN, text="not connected")
        if set("\r\n") & set(message.recipient):
            # Some versions of smtplib refuse this and some send what stands before the break.
            return Answer(Verdict.BAD_ADDRESS, text="the address holds a line break")
        self._sent += 1
        try:
            refusal = (self._ask_at_once if smtp.has_extn("pipelining") else self._ask)(smtp, message, begin_by)
            if refusal is None:
                smtp.send(dot_stuffed(message.content))
        except OSError as error:
            self._drop()
            return Answer(Verdict.BROKEN, text=plain_words(f"{type(error).__name__}: {error}"))
        except Exception:
            self._drop()  # halfway through a conversation, which the next message must not continue
            raise
        return refusal or self._final_answer(smtp)

    def _ask_at_once(self, smtp: smtplib.SMTP, message: Outgoing, begin_by: float) -> Answer | None:
        """The same as `_ask` in one write and one wait (RFC 2920), for servers that say they know it."""
        if time.monotonic() >= begin_by:
            return Answer(Verdict.NOT_BEGUN)
        size = f" SIZE={len(message.content)}" if smtp.has_extn("size") else ""
        sender, recipient = smtplib.quoteaddr(message.sender), smtplib.quoteaddr(message.recipient)
        smtp.send(f"MAIL FROM:{sender}{size}\r\nRCPT TO:{recipient}\r\nDATA\r\n".encode("ascii"))
        replies = [smtp.getreply()]
        while len(replies) < 3 and replies[-1][0] != 421:
            replies.append(smtp.getreply())
        refused = next(
            (
                (reply, stage)
                for reply, stage, wanted in zip(replies, Stage, ((250,), (250, 251), (354,)), strict=False)
                if reply[0] not in wanted
            ),
            None,
        )
        if refused is None:
            return None
        if len(replies) == 3 and replies[2][0] == 354:
            # It refused the recipient and waits for a message all the same: it gets an empty one, to nobody.
            smtp.send(b".\r\n")
            smtp.getreply()
        (code, words), stage = refused
        return self._refused(smtp, code, words, stage)

    def _ask(self, smtp: smtplib.SMTP, message: Outgoing, begin_by: float) -> Answer | None:
        """Name sender and recipient and ask to begin; None when the server waits for the message."""
        size = [f"size={len(message.content)}"] if smtp.has_extn("size") else []
        code, words = smtp.mail(message.sender, size)
        if code != 250:
            return self._refused(smtp, code, words, Stage.SENDER)
        code, words = smtp.rcpt(message.recipient)
        if code not in (250, 251):
            return self._refused(smtp, code, words, Stage.RECIPIENT)
        if time.monotonic() >= begin_by:
            smtp.rset()
            return Answer(Verdict.NOT_BEGUN)
        code, words = smtp.docmd("DATA")
        return None if code == 354 else self._refused(smtp, code, words, Stage.MESSAGE)

    def _refused(self, smtp: smtplib.SMTP, code: int, words: bytes, stage: Stage) -> Answer:
        """The meaning of a refusal; the connection is made ready for the next message."""
        answer = read_answer(code, words, stage)
        if answer.verdict == Verdict.SENT:  # a yes where only another word means yes
            answer = Answer(Verdict.LATER, code, answer.text)
        if code == 421:
            self._drop()
        else:
            smtp.rset()
        return answer

    def _final_answer(self, smtp: smtplib.SMTP) -> Answer:
        """What the server says to the message's end."""
        try:
            self._wait_at_most(smtp, FINAL_DOT_SECONDS)
            code, words = smtp.getreply()
            self._wait_at_most(smtp, COMMAND_SECONDS)
        except OSError as error:
            self._drop()
            return Answer(Verdict.UNKNOWN, text=plain_words(f"{type(error).__name__} after the message: {error}"))
        if code == 421:
            self._drop()
        return read_answer(code, words, Stage.MESSAGE)

    @staticmethod
    def _wait_at_most(smtp: smtplib.SMTP, seconds: int) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def close(self) -> None:
        """Say goodbye; see Wire."""
        if self._smtp is not None:
            with contextlib.suppress(OSError):
                self._smtp.quit()
        self._drop()


class FolderWire:
    """Each message a file, for the embedded default."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder. Raises WireDown."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WireDown(f"The mail folder: {error.strerror}") from error

    def send(self, message: Outgoing, *, begin_by: float) -> Answer:
        """Write one message; see Wire."""
        if time.monotonic() >= begin_by:
            return Answer(Verdict.NOT_BEGUN)
        try:
            write_whole(self._folder / f"{mail_name(datetime.now(UTC))}.eml", message.content)
        except OSError as error:
            return Answer(Verdict.BROKEN, text=f"The mail folder: {error.strerror}")
        return Answer(Verdict.SENT)

    def close(self) -> None:
        """Nothing to close."""


class BackendWire:
    """Any other of Django's mail backends: a provider's, the console, memory in tests."""

    def __init__(self) -> None:
        self._backend = get_connection()

    def open(self) -> None:
        """Open the backend's connection, if it has one. Raises WireDown."""
        try:
            self._backend.open()
        except OSError as error:
            raise WireDown(f"{type(error).__name__}: {error}") from error

    def send(self, message: Outgoing, *, begin_by: float) -> Answer:
        """Hand one message to the backend; see Wire. It does not tell refusals apart, so all are temporary."""
        if time.monotonic() >= begin_by:
            return Answer(Verdict.NOT_BEGUN)
        try:
            sent = self._backend.send_messages([as_django(message)])
        except OSError as error:
            return Answer(Verdict.LATER, text=plain_words(f"{type(error).__name__}: {error}"))
        return Answer(Verdict.SENT if sent else Verdict.LATER)

    def close(self) -> None:
        """Close the backend's connection."""
        self._backend.close()


def dot_stuffed(content: bytes) -> bytes:
    """A message as it goes after DATA: lines that begin with a dot get another, and a lone dot ends it (RFC 5321)."""
    # Most messages have no such line, and to look for one this way is much quicker than to try each.
    stuffed = content.replace(b"\n.", b"\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def as_django(message: Outgoing) -> EmailMultiAlternatives:
    """The same message as the object that Django's backends take, pictures and calendar entry with it."""
    parsed = message_from_bytes(message.content, policy=policy.default)
    own = {"subject", "from", "to", "content-type", "content-transfer-encoding", "mime-version"}
    mail = EmailMultiAlternatives(
        subject=parsed["subject"],
        body=_part(parsed, "plain"),
        from_email=parsed["from"],
        to=[parsed["to"]],
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in own},
    )
    mail.attach_alternative(_part(parsed, "html"), "text/html")
    for part in parsed.walk():
        if part.get_content_maintype() == "image":
            image = MIMEImage(part.get_content(), part.get_content_subtype())
            image.add_header("Content-ID", part["Content-ID"])
            image.add_header("Content-Disposition", "inline")
            mail.attach(image)
        elif part.get_content_type() == "text/calendar":
            mail.attach(part.get_filename(), part.get_content(), "text/calendar")
    return mail


def _part(parsed: ParsedMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return part.get_content().replace("\r\n", "\n") if part else ""
