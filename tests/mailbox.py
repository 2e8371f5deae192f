"""A real mail server that keeps what it is given, to be read by a test as a person would read it."""

from __future__ import annotations

import contextlib
import email
import logging
import re
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.stack import free_port


class Mailbox:
    """What has arrived, in order. `url` is what EMAIL_URL should say."""

    def __init__(self) -> None:
        self.url = ""
        self.letters: list[EmailMessage] = []
        self._arrived = threading.Condition()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a message in."""
        letter = email.message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
        with self._arrived:
            self.letters.append(letter)
            self._arrived.notify_all()
        return "250 OK"

    def to(self, address: str, *, subject: str = "") -> list[EmailMessage]:
        """What came for an address, with `subject` in its subject."""
        return [letter for letter in self.letters if address in str(letter["To"]) and subject in str(letter["Subject"])]

    def wait_for(self, address: str, *, subject: str = "", seconds: float = 60) -> EmailMessage:
        """The first such letter, as soon as it arrives. Raises TimeoutError with what there is instead."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: bool(self.to(address, subject=subject)), timeout=seconds):
                there = [(str(letter["To"]), str(letter["Subject"])) for letter in self.letters]
                raise TimeoutError(f"No mail to {address} with {subject!r} in its subject; there is {there}")
        return self.to(address, subject=subject)[0]


def text_of(letter: EmailMessage) -> str:
    """A letter's plain text."""
    part = letter.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(letter: EmailMessage, path: str) -> str:
    """The first full link in a letter's text whose path begins with `path`."""
    found = re.search(rf"https?://[^\s/]+{re.escape(path)}[^\s>)]*", text_of(letter))
    assert found, text_of(letter)
    return found[0]


@contextlib.contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mailbox that listens on a free loopback port during the block."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    box = Mailbox()
    port = free_port()
    box.url = f"smtp://127.0.0.1:{port}"
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box
    finally:
        server.stop()
