"""`manage.py take_bounce < mail`: what a mail server says of a reminder that it could not deliver."""

from __future__ import annotations

import hashlib
import sys
from argparse import ArgumentParser
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from plans.domain.bounces import Kind, find_tagged, note_bounce

EX_DATAERR = 65  # of sysexits.h: mail servers take it for good
KINDS = {"5": Kind.HARD_BOUNCE, "4": Kind.SOFT_BOUNCE}
ADDRESSED = ("delivered-to", "x-original-to", "envelope-to", "to")


class Command(BaseCommand):
    """Reads one delivery report (RFC 3464) from standard input and notes what it says. Prints nothing."""

    help = "Take a delivery report from standard input, as a mail server's pipe from bounce+…@ hands it over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address it came to."""
        parser.add_argument("address", nargs="?", default="", help="Where it came to; else its own headers say it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Note each recipient's outcome."""
        content = sys.stdin.buffer.read()
        try:
            report: EmailMessage = message_from_bytes(content, policy=policy.default)
            tag = _tag(report, options["address"])
            outcomes = _outcomes(report)
            name = str(report["message-id"] or "").encode("utf-8", "replace") or content
        except Exception as error:  # whatever a broken mail makes Python's parser raise
            raise _refusal("The mail can't be read.") from error
        if not tag:
            raise _refusal("The mail came to no address of a reminder of ours.")
        if not outcomes:
            raise _refusal("The mail is no delivery report.")
        for number, (kind, address) in enumerate(outcomes):
            if kind is not None:
                event_id = f"report:{find_tagged(tag)}:{hashlib.sha256(name).hexdigest()}:{number}"
                note_bounce(event_id=event_id, kind=kind, tag=tag, address=address, now=timezone.now())


def _refusal(words: str) -> CommandError:
    return CommandError(words, returncode=EX_DATAERR)


def _tag(report: EmailMessage, address: str) -> str:
    """The tag that we signed among the addresses it came to; "" if there is none."""
    headers = [str(value) for name in ADDRESSED for value in report.get_all(name, [])]
    for _name, each in getaddresses([address, *headers]):
        tag = each.rpartition("@")[0].partition("+")[2]
        if find_tagged(tag) is not None:
            return tag
    return ""


def _outcomes(report: EmailMessage) -> list[tuple[Kind | None, str]]:
    """What became of it for each recipient (None: delivered or on its way), and the recipient's address."""
    found = []
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            for block in part.get_payload():
                if status := str(block.get("status", "")).strip():  # type: ignore[union-attr]
                    found.append((KINDS.get(status[:1]), _recipient(block)))
    return found


def _recipient(block: Any) -> str:
    """The address that we wrote to: where it was passed on, the original one."""
    value = str(block.get("original-recipient") or block.get("final-recipient") or "")
    return value.rpartition(";")[2].strip().strip("<>")
