"""What is the same for everyone until the library changes: made once, and for the API 304 for who has it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from warmups.models.library import library_stamp

T = TypeVar("T")

# A release may give the same library another shape, so what is kept is named after all that can shape it.
_SHAPED_BY = (
    settings.BASE_DIR / "config" / "api.py",
    *sorted(Path(__file__).parent.rglob("*.py")),
    *sorted((settings.BASE_DIR / "templates" / "components").rglob("*.*")),
    *sorted((settings.BASE_DIR / "templates" / "warmups").rglob("*.*")),
)
SHAPE = hashlib.sha256(b"".join(path.read_bytes() for path in _SHAPED_BY)).hexdigest()
SECONDS = 3600
# Of each kind, whatever is asked for: who makes up searches may drive out what is kept, but never fills the cache,
# where figures, limits and the worker's messages live as well.
PLACES = 256


def kept(request: Request, make: Callable[[], Any]) -> HttpResponse:
    """What `make` gives for this address, as JSON. It must depend on the address and the library alone."""
    address = request.build_absolute_uri()
    key = _key("answer", address)
    if key is None:
        return HttpResponse(JSONRenderer().render(make()), content_type="application/json")
    etag = quote_etag(key[-32:])
    # First, since what is not there, or asked for wrongly, is refused whatever the caller has ("If-None-Match: *").
    body = _kept(key, lambda: JSONRenderer().render(make()))
    unchanged = get_conditional_response(cast(HttpRequest, request), etag=etag)
    response = HttpResponse(body, content_type="application/json") if unchanged is None else unchanged
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True)  # may be kept, and is asked for anew with its ETag
    return response


def kept_html(name: str, query: str, make: Callable[[], str]) -> SafeString:
    """What `make` renders for a query. It must depend on the query, the language and the library alone."""
    key = _key(name, f"{get_language()} {query}")
    # While one works on templates, each look is a new one.
    return mark_safe(make() if key is None or settings.DEBUG else _kept(key, make))  # noqa: S308 (rendered)


def _key(name: str, of: str) -> str | None:
    """The name of what is kept; None as long as there is no library to speak of."""
    stamp = library_stamp()
    return f"{name}:{hashlib.sha256(f'{SHAPE} {stamp} {of}'.encode()).hexdigest()}" if stamp else None


def _kept(key: str, make: Callable[[], T]) -> T:
    """What is kept under a key, made anew if another key took its place since."""
    kind, _colon, digest = key.rpartition(":")
    place = f"{kind}:{int(digest, 16) % PLACES}"
    held: tuple[str, T] | None = cache.get(place)
    if held is None or held[0] != digest:
        held = (digest, make())
        cache.set(place, held, SECONDS)
    return held[1]
