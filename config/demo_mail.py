"""The demo's letter box: mails that would have been sent, to read in the browser. Only the demo has it."""

from __future__ import annotations

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

NEWEST = 100


@dataclass(frozen=True)
class Letter:
    """One mail in the folder: `name` is its file's without the ending."""

    name: str
    at: datetime
    to: str
    sender: str
    subject: str
    text: str
    html: str


def letters() -> list[Letter]:
    """The newest hundred mails, newest first."""
    files = sorted(Path(settings.MAIL_DIR).glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_read(file) for file in files[:NEWEST]]


def mail_list(request: HttpRequest) -> HttpResponse:
    """All mails, newest first."""
    return render(request, "demo/mail_list.html", {"letters": letters()})


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it knows only views without captured words
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its headers, how it looks, and its text."""
    return render(request, "demo/mail.html", {"letter": _find(name)})


# Mails carry their styles in the text, as mail programs want them; in this one frame they may, and nothing else may.
@csp({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "img-src": ["data:"], "frame-ancestors": [SELF]})  # type: ignore[arg-type]
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part of one mail by itself; its links open in the whole window."""
    return HttpResponse(_find(name).html.replace("<head>", '<head><base target="_top">', 1))


def _find(name: str) -> Letter:
    file = Path(settings.MAIL_DIR) / f"{name}.eml"
    if not file.is_file() or file.parent != Path(settings.MAIL_DIR):
        raise Http404
    return _read(file)


def _read(file: Path) -> Letter:
    with open(file, "rb") as source:
        message = email.message_from_binary_file(source, _class=EmailMessage, policy=default)
    parts = {kind: message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")}
    plain, html = (part.get_content() if part else "" for part in parts.values())
    return Letter(
        name=file.stem,
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        to=str(message["To"]),
        sender=str(message["From"]),
        subject=str(message["Subject"]),
        text=plain,
        html=html,
    )
