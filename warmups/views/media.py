"""Photos and videos as files.

They come from the storage through here, wherever that is: so nothing is open that a draft alone shows, no other
server has to be trusted by the pages, and a video is sent in the pieces that players ask for.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from warmups.models import MediaFile

logger = logging.getLogger(__name__)

YEAR = 365 * 24 * 3600
PIECE = 64 * 1024
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class Part:
    """The bytes of an open file between two places, piece by piece. Whoever has it closes it."""

    def __init__(self, file: File, start: int, stop: int) -> None:
        self.file, self.left, self.close = file, stop - start, file.close
        file.seek(start)

    def __iter__(self) -> Part:
        return self

    def __next__(self) -> bytes:
        """The next piece."""
        piece: bytes = self.file.read(min(PIECE, self.left))
        self.left -= len(piece)
        if not piece:
            raise StopIteration
        return piece


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A photo or video: 200, 206 for one range of bytes, 304 for who has it, 416 for a range that is not in it.

    404 if there is none, or if readers see no exercise that shows it and one is no curator; 503 if the storage does not
    give it just now.
    """
    row = MediaFile.objects.shown().filter(name=name).first()
    public = row is not None
    row = row or MediaFile.objects.all().for_reading(request.user, name=name)
    etag = quote_etag(row.name)  # the name is that of what is in it
    try:
        response: HttpResponseBase = get_conditional_response(request, etag=etag) or _answer(request, row, etag)
    except OSError:
        logger.exception("The storage did not give %s.", name)
        return HttpResponse(status=503, headers={"Cache-Control": "no-store", "Retry-After": "60"})
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if public:
        # A middleware looked who asks, to speak their language; a file is the same for all.
        request.session.accessed = False
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _answer(request: HttpRequest, row: MediaFile, etag: str) -> HttpResponseBase:
    start, stop, status = 0, row.size, 200
    if request.method == "GET" and request.headers.get("If-Range", etag) == etag:
        asked = _range(request.headers.get("Range", ""), row.size)
        if asked is not None:
            start, stop = asked
            status = 206
    if start >= stop:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{row.size}"})
    headers = {"Content-Length": str(stop - start)}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{row.size}"
    if request.method == "HEAD":
        return HttpResponse(content_type=row.content_type, headers=headers)
    pieces = _pieces(row, start, stop)
    return StreamingHttpResponse(pieces, status=status, content_type=row.content_type, headers=headers)


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte asked for and the one after the last; None for all: no range, several, or none that we know.

    Nothing lies between them where the range is not in the file.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # the last so many
        return max(0, size - int(last)), size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1 if last else size)


def _pieces(row: MediaFile, start: int, stop: int) -> Iterator[bytes]:
    """The bytes between two places. Raises Http404 if the storage has lost the file."""
    try:
        # A storage far away knows how to fetch a part; one nearby is simply read.
        if hasattr(default_storage, "part"):
            pieces: Iterator[bytes] = default_storage.part(row.name, start, stop)
            return pieces
        return Part(default_storage.open(row.name), start, stop)
    except FileNotFoundError as error:
        logger.error("The storage has no %s, which the database knows.", row.name)
        raise Http404 from error
