"""What all endpoints share: scopes, paging, limits (problem documents are in config/problems.py)."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers, permissions, throttling
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.json import strict_constant


class ScopePermission(permissions.BasePermission):
    """A token may do what its scopes say; a browser's session may do all that its person may.

    A view names its `scopes`: {"read": …, "write": …}; "read" defaults to `read`, "write" to `plan`, None asks for no
    scope. `public = True` opens reading to everyone, `public_write = True` writing (a suggestion, a new token). Rights
    over single rows are the querysets' matter, not this one's.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may use this endpoint at all. Raises NotAuthenticated (401) for visitors."""
        if request.method not in view.allowed_methods:
            return True  # answered with 405, whoever asks
        reading = request.method in permissions.SAFE_METHODS
        if getattr(view, "public" if reading else "public_write", False):
            return True
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        token: Any = request.auth
        if token is None:
            return True
        scopes = getattr(view, "scopes", {})
        needed = scopes.get("read", "read") if reading else scopes.get("write", "plan")
        if needed and needed not in token.scopes:
            raise exceptions.PermissionDenied(_("This token lacks the scope %(scope)s.") % {"scope": needed})
        return True


class JSONParser(parsers.JSONParser):
    """JSON in UTF-8, whose texts a database can hold: no NUL, no half of a character, in no depth."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value of the body. Raises ParseError, and ValidationError naming the field of a bad text."""
        try:
            # Whatever charset the header claims: JSON between systems is UTF-8 (RFC 8259).
            value = json.loads(stream.read().decode(), parse_constant=strict_constant, parse_float=_finite)
            problems = _bad_texts(value)
        except UnicodeDecodeError as error:
            raise exceptions.ParseError(_("The body is not UTF-8.")) from error
        except ValueError as error:
            raise exceptions.ParseError(_("The body is not JSON: %(reason)s.") % {"reason": error}) from error
        except RecursionError as error:
            raise exceptions.ParseError(_("The body is nested too deep.")) from error
        if problems:
            raise exceptions.ValidationError(problems)
        return value


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _bad_texts(value: Any) -> Any:
    """What is wrong with texts in `value`, nested as `value` is; None where all is well."""
    bad = [exceptions.ErrorDetail(_("Leave out the NUL or the broken character."), "bad_text")]
    if isinstance(value, str):
        return None if _storable(value) else bad
    if isinstance(value, list):
        inner: Iterable[tuple[Any, Any]] = enumerate(value)
    elif isinstance(value, dict):
        if not all(map(_storable, value)):
            return bad  # a name like that can't be named
        inner = value.items()
    else:
        return None
    return {key: problem for key, each in inner if (problem := _bad_texts(each))} or None


class Pagination(LimitOffsetPagination):
    """{"next", "previous", "results"}, without a count, so that a long list costs what a short one costs."""

    default_limit = 50
    max_limit = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The page asked for; one row more is fetched to learn whether there is a next."""
        self.request = request
        self.limit = self.get_limit(request) or self.default_limit
        # Python's integers have no end but a database's do.
        self.offset = min(self.get_offset(request), 10**9)
        rows = list(queryset[self.offset : self.offset + self.limit + 1])
        self.count = self.offset + len(rows)
        return rows[: self.limit]

    def get_paginated_response(self, data: Any) -> Response:
        """The page with links to its neighbours."""
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The same for the OpenAPI document."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


class Limit(throttling.BaseThrottle):
    """At most so many requests a minute from one caller: counted in one cache key, so a request costs one step.

    The limits (settings.API_LIMITS, requests a minute) stop abuse only: a phone's burst of a hundred queued sessions
    and a visitor's client that reads the whole library stay far below. A view may name narrower ones for methods:
    `limits = {"POST": "…"}`.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; whether its caller is within the minute's limit."""
        person = request.user.pk if request.user.is_authenticated else None
        name = getattr(view, "limits", {}).get(request.method, "person" if person else "visitor")
        caller = person or self.get_ident(request)
        minute, self.second = divmod(int(time.time()), 60)
        key = f"limit:{name}:{caller}:{minute}"
        try:
            count = cache.incr(key)
        except ValueError:
            # Two first requests at once may count as one: a limit is no ledger.
            cache.add(key, 1, timeout=120)
            count = 1
        return bool(count <= settings.API_LIMITS[name])

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return 60 - self.second
