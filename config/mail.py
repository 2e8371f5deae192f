"""Mail as files, for the embedded default: whoever runs it sees what would have been sent."""

import itertools
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_numbers = itertools.count(1)


class EmlFileBackend(BaseEmailBackend):
    """Writes each message whole to MAIL_DIR/<UTC time>-<number>-<random>.eml, so names sort by time of sending."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages and return how many they were; OSError if the folder can't be written to."""
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        sent = [message for message in email_messages if message.recipients()]
        for message in sent:
            write_whole(folder / f"{mail_name(datetime.now(UTC))}.eml", message.message().as_bytes())
        return len(sent)


def mail_name(now: datetime) -> str:
    """A file name without its ending: time, number within this process, and chance for several processes."""
    return f"{now:%Y%m%dT%H%M%S.%fZ}-{next(_numbers):05d}-{secrets.token_hex(4)}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears all at once: a reader never meets half of it."""
    unfinished = path.with_suffix(".part")
    with open(unfinished, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
