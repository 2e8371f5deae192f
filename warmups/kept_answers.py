"""Answers of the API that are the same for everyone until the library changes: made once, and 304 for who has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from warmups.models.library import library_stamp

# A release may give the same library another shape.
SHAPE = hashlib.sha256((Path(__file__).parent / "api.py").read_bytes()).hexdigest()[:16]
SECONDS = 3600
LONGEST_QUERY = 500  # nobody fills the cache with addresses of their own


def kept(request: Request, make: Callable[[], Any]) -> HttpResponse:
    """What `make` gives for this address, as JSON. It must depend on the address and the library alone."""
    address = request.build_absolute_uri()
    stamp = library_stamp()
    key = hashlib.sha256("\n".join([SHAPE, stamp, address]).encode()).hexdigest()
    etag = quote_etag(key[:32])
    if stamp and (unchanged := get_conditional_response(cast(HttpRequest, request), etag=etag)) is not None:
        response = cast(HttpResponse, unchanged)
    else:
        worth_keeping = bool(stamp) and len(address) <= LONGEST_QUERY
        body = cache.get(f"answer:{key}") if worth_keeping else None
        if body is None:
            body = JSONRenderer().render(make())
            if worth_keeping:
                cache.set(f"answer:{key}", body, SECONDS)
        response = HttpResponse(body, content_type="application/json")
    if stamp:
        response["ETag"] = etag
        patch_cache_control(response, no_cache=True)  # may be kept, and is asked for anew with its ETag
    return response
