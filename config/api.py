"""What all endpoints share: scopes, paging, limits (problem documents are in config/problems.py)."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework import exceptions, permissions, throttling
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response


class ScopePermission(permissions.BasePermission):
    """A token may do what its scopes say; a browser's session may do all that its person may.

    A view names its `scopes`: {"read": …, "write": …}; "read" defaults to `read`, "write" to `plan`. `public = True`
    opens reading to visitors. Rights over single rows are the querysets' matter, not this one's.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may use this endpoint at all. Raises NotAuthenticated (401) for visitors."""
        reading = request.method in permissions.SAFE_METHODS
        if not request.user.is_authenticated:
            if getattr(view, "public", False) and (reading or getattr(view, "public_write", False)):
                return True
            raise exceptions.NotAuthenticated
        if request.auth is None:
            return True
        scopes = getattr(view, "scopes", {})
        needed = scopes.get("read", "read") if reading else scopes.get("write", "plan")
        if needed and needed not in request.auth.scopes:
            raise exceptions.PermissionDenied(_("This token lacks the scope %(scope)s.") % {"scope": needed})
        return True


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
    and a visitor's client that reads the whole library stay far below. A view may name a narrower one: `limit = "…"`.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; whether its caller is within the minute's limit."""
        person = request.user.pk if request.user.is_authenticated else None
        name = getattr(view, "limit", "person" if person else "visitor")
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

