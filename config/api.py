"""What all endpoints share: scopes, paging, limits (problem documents are in config/problems.py)."""

from __future__ import annotations

from typing import Any

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


class AnonThrottle(throttling.AnonRateThrottle):
    """Stops abuse by visitors only; a client that reads the whole library stays far below."""


class UserThrottle(throttling.UserRateThrottle):
    """Stops abuse by people only; a phone's burst of a hundred queued sessions stays far below."""
