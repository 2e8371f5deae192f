"""Photos and videos: taken in by what they are, cleaned, and kept under the name of what is in them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from warmups.domain.media_mp4 import read_mp4
from warmups.domain.media_photos import read_photo
from warmups.domain.media_webm import read_webm
from warmups.models import MediaFile

logger = logging.getLogger(__name__)

LARGEST_PHOTO = 15 * 1024 * 1024
LARGEST_VIDEO = 30 * 1024 * 1024
APPLE_PHOTOS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}


@dataclass(frozen=True)
class Cleaned:
    """A file as it is kept: `ending` without a dot, width and height in pixels."""

    data: bytes
    kind: str
    content_type: str
    ending: str
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A photo or video as an exercise shows it."""

    file: MediaFile
    alt: str
    caption: str

    @property
    def is_video(self) -> bool:
        """Whether it moves."""
        return self.file.kind == MediaFile.Kind.VIDEO


def add_media(*, file: File, actor: User, now: datetime) -> MediaFile:
    """Take a photo or video in; the same one once more is the same row. What its name says is not looked at.

    Raises PermissionDenied for who is no curator, ValidationError with a sentence for "file" if it is too large, of
    another kind, or damaged, or if the storage does not take it.
    """
    if not actor.has_perm("warmups.change_exercise"):
        raise PermissionDenied
    try:
        cleaned = clean(_content(file))
    except ValidationError as error:
        raise ValidationError({"file": error}) from error
    name = f"{hashlib.sha256(cleaned.data).hexdigest()[:40]}.{cleaned.ending}"
    try:
        _keep(name, cleaned.data)
    except OSError as error:
        logger.exception("The storage did not take %s.", name)
        message = _("It can't be kept just now, and that is not your file's fault. Try again later.")
        raise ValidationError({"file": ValidationError(message, code="storage")}) from error
    with transaction.atomic():
        row, new = MediaFile.objects.get_or_create(
            name=name,
            defaults={
                "kind": cleaned.kind,
                "content_type": cleaned.content_type,
                "width": cleaned.width,
                "height": cleaned.height,
                "size": len(cleaned.data),
                "added_by": actor,
                "added_at": now,
            },
        )
        if new:
            record(actor=actor, action="media.add", target=row, now=now, after={"name": name, "size": row.size})
    return row


def clean(data: bytes) -> Cleaned:
    """What is kept of a file's bytes; its kind is told by them alone. Raises ValidationError."""
    match _kind(data):
        case "mp4":
            _expect_at_most(len(data), LARGEST_VIDEO)
            return Cleaned(*_film(read_mp4(data), "mp4"))
        case "webm":
            _expect_at_most(len(data), LARGEST_VIDEO)
            return Cleaned(*_film(read_webm(data), "webm"))
        case "photo":
            _expect_at_most(len(data), LARGEST_PHOTO)
            photo = read_photo(data)
            return Cleaned(photo.data, MediaFile.Kind.IMAGE, "image/webp", "webp", photo.width, photo.height)
    raise ValidationError(_other_kind(data), code="type")


def shown_media(entries: Sequence[Mapping[str, str]]) -> list[Shown]:
    """What an exercise's `media` names, in order, at one query (none if it names nothing)."""
    names = [entry["file"] for entry in entries]
    rows = {row.name: row for row in MediaFile.objects.filter(name__in=names)} if names else {}
    return [
        Shown(rows[entry["file"]], entry["alt"], entry.get("caption", "")) for entry in entries if entry["file"] in rows
    ]


def _content(file: File) -> bytes:
    """All bytes of a file that is not too large for any kind."""
    _expect_at_most(file.size, LARGEST_VIDEO)
    file.seek(0)
    data = file.read(LARGEST_VIDEO + 1)
    if not data:
        raise ValidationError(_("This file is empty. Choose another one."), code="empty")
    return data


def _expect_at_most(size: int, most: int) -> None:
    if size > most:
        message = _("This file has %(size)s; a photo may have %(photo)s and a video %(video)s. Make it smaller.")
        sizes = {"size": size, "photo": LARGEST_PHOTO, "video": LARGEST_VIDEO}
        raise ValidationError(message % {key: filesizeformat(value) for key, value in sizes.items()}, code="too_large")


def _kind(data: bytes) -> str:
    """What the first bytes say it is; whether it is, its reader finds out."""
    if data[4:8] == b"ftyp" and data[8:12] not in APPLE_PHOTOS:
        return "mp4"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm"
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "photo"
    return ""


def _other_kind(data: bytes) -> str:
    """Why it is not taken, for those kinds that people have."""
    if data[4:8] == b"ftyp":
        return _("This is a HEIC or AVIF photo, which not every browser shows. Save it as JPEG and try again.")
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _("This is a GIF. Choose a JPEG, PNG or WebP photo, or an MP4 or WebM video.")
    if b"<svg" in data[:4096].lower():
        return _("This is an SVG drawing, which may hold a program. Save it as PNG and try again.")
    return _("This is neither a photo (JPEG, PNG, WebP) nor a video (MP4, WebM). Choose another file.")


def _film(read: tuple[bytes, int, int], ending: str) -> tuple[bytes, str, str, str, int, int]:
    data, width, height = read
    return data, MediaFile.Kind.VIDEO, f"video/{ending}", ending, width, height


def _keep(name: str, data: bytes) -> None:
    """Into the storage, unless it is there: under one name there is only ever one content."""
    if default_storage.exists(name):
        return
    kept = default_storage.save(name, ContentFile(data))
    if kept != name:  # somebody sent the same one at the same time
        default_storage.delete(kept)
