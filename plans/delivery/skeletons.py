"""Mails as bytes: written once by Django's templates and classes, then filled for each person.

Writing one mail with its objects costs more than sending it. All who get the same warm-up in the same language get the
same bytes but for their own words, so those are left open, once, and filled in. tests/plans/test_skeletons.py holds
both ways to saying the same.
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import forbid_multi_line_headers
from django.utils import translation

from plans import emails
from plans.delivery.wire import Outgoing
from plans.domain.digests import runs_of_days
from plans.domain.given import steps_of
from plans.models import Reminder

MOST_KEPT = 128

# Marks where somebody's own words go: letters that no template, encoding or inliner touches and nobody can guess.
_NONCE = secrets.token_hex(8)
_MARK = re.compile(f"{_NONCE}([a-z_]+){_NONCE}")


class Skeleton:
    """The mail of one shape: the same but for each person's own words."""

    def __init__(self, draft: emails.Draft) -> None:
        """`draft` is anybody's; its own words only say which there are. The language is the active one."""
        marks = {name: f"{_NONCE}{name}{_NONCE}" if value else "" for name, value in draft.own.items()}
        subject, text, html = emails.written(draft.template, draft.shared | marks)
        self._subject = _pieces(subject)
        text_at, html_at = f"{_NONCE}text", f"{_NONCE}html"
        mail = EmailMultiAlternatives("-", text_at, settings.DEFAULT_FROM_EMAIL, ["-@example.org"])
        mail.attach_alternative(html_at, "text/html")
        emails.attach(mail, draft)
        mail.encoding = emails.QUOTED
        head, _, rest = emails.as_bytes(mail).partition(b"\r\n\r\n")
        kept = [line for line in _unfolded(head) if line.split(b":")[0].lower() in KEPT_HEADERS]
        self._head = b"".join(line + b"\r\n" for line in kept)
        before, _, rest = rest.partition(text_at.encode())
        between, _, after = rest.partition(html_at.encode())
        # Each is a part's end of line, too: what is filled in ends with its own.
        self._parts = (before, _encoded(text), between, _encoded(html), after)

    def filled(self, draft: emails.Draft) -> bytes:
        """The message of a draft of this shape, with CRLF line ends."""
        own = draft.own
        subject = emails.one_line("".join(own[piece] if slot else piece for slot, piece in self._subject))
        headers = {"Subject": subject, "To": draft.to} | draft.headers
        lines = "".join([_header(name, value) for name, value in headers.items()])
        before, text, between, html, after = self._parts
        quoted = {slot: _quoted(words) for slot, words in own.items()}
        in_html = {slot: _quoted(_as_html(words)) for slot, words in own.items() if WRITTEN_OTHERWISE.search(words)}
        marked = quoted | in_html
        body = [before]
        body += [quoted[slot] if slot else piece for slot, piece in text]
        body.append(between)
        body += [marked[slot] if slot else piece for slot, piece in html]
        body.append(after)
        return b"".join([self._head, lines.encode("ascii"), b"\r\n", *body])


def _header(name: str, value: str) -> str:
    """A header as Django's classes write it; most need no encoding and no folding."""
    if not PLAIN_HEADER.get(name, PLAIN).fullmatch(value):
        value = forbid_multi_line_headers(name, value, "utf-8")[1].replace("\r\n", "\n").replace("\n", "\r\n")
    return f"{name}: {value}\r\n"


PLAIN = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
PLAIN_HEADER = {
    "Subject": re.compile(r"[\x21-\x7e]([\x20-\x7e]{,60}[\x21-\x7e])?"),
    "To": re.compile(
        rf"([A-Za-z0-9]+( [A-Za-z0-9]+)* <{emails.PLAIN_ADDRESS.pattern}>)|{emails.PLAIN_ADDRESS.pattern}"
    ),
}
KEPT_HEADERS = {b"content-type", b"mime-version", b"from"}


class Writer:
    """Writes the messages of a batch. The steps of all of them are one query."""

    def __init__(self, rows: Sequence[Reminder], now: datetime) -> None:
        digests = [row for row in rows if row.kind == Reminder.Kind.EVENING_BEFORE]
        self._drafts = emails.Drafts(steps_of(row.run for row in rows), runs_of_days(digests, now))
        self._of_batch: dict[Hashable, Skeleton] = {}

    def outgoing(self, row: Reminder) -> Outgoing:
        """The message of a row. Raises ValueError for one that can't be written."""
        with translation.override(row.run.athlete.language):
            draft = self._drafts.of(row)
            # Where everything is one person's own, there is nothing to write once for many.
            alone = draft.entry or not draft.own
            content = emails.as_bytes(emails.mail_of(draft)) if alone else self._skeleton(draft).filled(draft)
        return Outgoing(emails.bounce_address(row), emails.envelope_recipient(row.run.athlete.email), content)

    def _skeleton(self, draft: emails.Draft) -> Skeleton:
        # To compare two shapes costs more than to fill one; in a batch all of one shape share one object.
        same = id(draft.shared), draft.own_there
        found = self._of_batch.get(same)
        if found is None:
            found = self._of_batch[same] = _kept_skeleton(draft)
        return found


_kept: OrderedDict[Hashable, Skeleton] = OrderedDict()


def _kept_skeleton(draft: emails.Draft) -> Skeleton:
    shape = draft.shape(translation.get_language())
    found = _kept.get(shape)
    if found is None:
        found = _kept[shape] = Skeleton(draft)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _pieces(text: str) -> list[tuple[bool, str]]:
    """The text in order: (False, what stands there) or (True, whose place it is)."""
    return [(place % 2 == 1, piece) for place, piece in enumerate(_MARK.split(text)) if piece]


def _encoded(text: str) -> list[tuple[str, bytes]]:
    """The text in order as quoted-printable: ("", what stands there) or (whose place it is, b"").

    Where own words begin a line is broken softly, which no reader sees.
    """
    pieces: list[tuple[str, bytes]] = []
    for slot, piece in _pieces(text):
        if not slot:
            pieces.append(("", _qp(piece)))
            continue
        if pieces and not pieces[-1][1].endswith(b"\n"):
            pieces.append(("", b"=\r\n"))
        pieces.append((piece, b""))
    return pieces


def _quoted(text: str) -> bytes:
    return _qp(text) + b"=\r\n" if text else b""


def _qp(text: str) -> bytes:
    return binascii.b2a_qp(text.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")


WRITTEN_OTHERWISE = re.compile("[&<>\xa0\n]")  # what _as_html changes


def _as_html(text: str) -> str:
    """As the style inliner writes what Django's templates escaped."""
    text = text.replace("&", "&amp;").replace("\xa0", "&nbsp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\n", "<br>")


def _unfolded(head: bytes) -> Iterable[bytes]:
    return re.split(rb"\r\n(?![ \t])", head)
