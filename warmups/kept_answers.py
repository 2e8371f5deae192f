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

# A release may give the same library another shape.
_SHAPED_BY = (
    Path(__file__).parent / "api.py",
    Path(__file__).parent / "views" / "library.py",
    settings.BASE_DIR / "templates" / "warmups" / "_exercise_filters.html",
    settings.BASE_DIR / "templates" / "warmups" / "_exercise_list.html",
    settings.BASE_DIR / "templates" / "components" / "figure.html",
    settings.BASE_DIR / "templates" / "components" / "figure_card.html",
)
SHAPE = hashlib.sha256(b"".join(path.read_bytes() for path in _SHAPED_BY)).hexdigest()
SECONDS = 3600
LONGEST_QUERY = 500  # nobody fills the cache with addresses of their own


def kept(request: Request, make: Callable[[], Any]) -> HttpResponse:
    """What `make` gives for this address, as JSON. It must depend on the address and the library alone."""
    address = request.build_absolute_uri()
    key = _key("answer", address)
    if key is None:
        return HttpResponse(JSONRenderer().render(make()), content_type="application/json")
    etag = quote_etag(key[-32:])
    if (unchanged := get_conditional_response(cast(HttpRequest, request), etag=etag)) is not None:
        response = unchanged
    else:
        body = _kept(key, address, lambda: JSONRenderer().render(make()))
        response = HttpResponse(body, content_type="application/json")
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True)  # may be kept, and is asked for anew with its ETag
    return response


def kept_html(name: str, query: str, make: Callable[[], str]) -> SafeString:
    """What `make` renders for a query. It must depend on the query, the language and the library alone."""
    key = _key(name, f"{get_language()} {query}")
    # While one works on templates, each look is a new one.
    return mark_safe(make() if key is None or settings.DEBUG else _kept(key, query, make))  # noqa: S308 (rendered)


def _key(name: str, of: str) -> str | None:
    """The name of what is kept; None as long as there is no library to speak of."""
    stamp = library_stamp()
    return f"{name}:{hashlib.sha256(f'{SHAPE} {stamp} {of}'.encode()).hexdigest()}" if stamp else None


def _kept(key: str, of: str, make: Callable[[], T]) -> T:
    if len(of) > LONGEST_QUERY:
        return make()
    found: T | None = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, SECONDS)
    return found
