"""Every refusal as a problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

PROBLEM = "application/problem+json"


class Conflict(exceptions.APIException):
    """409: what was sent is based on an older state."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "This was changed by somebody else in the meantime. Fetch it again."


class Gone(exceptions.APIException):
    """410: it was there and was deleted."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"
    default_detail = "This was deleted."


def _rows(detail: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested details as flat rows: {"field": "steps.2.reps", "code": …, "message": …}."""
    if isinstance(detail, dict):
        return [
            row
            for key, inner in detail.items()
            for row in _rows(inner, field if key in {"non_field_errors", NON_FIELD_ERRORS} else _path(field, key))
        ]
    if isinstance(detail, list):
        rows = []
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            rows += _rows(inner, _path(field, index) if nested else field)
        return rows
    return [{"field": field, "code": getattr(detail, "code", "invalid"), "message": str(detail)}]


def _path(field: str, key: object) -> str:
    return f"{field}.{key}" if field else str(key)


def _from_django(error: DjangoValidationError) -> exceptions.ValidationError:
    """A domain function's ValidationError as DRF's, field by field, codes kept."""
    if hasattr(error, "error_dict"):
        fields = error.error_dict
    else:
        fields = {NON_FIELD_ERRORS: error.error_list}
    return exceptions.ValidationError(
        {
            field: [
                exceptions.ErrorDetail(message, code=inner.code or "invalid")
                for inner in errors
                for message in inner.messages
            ]
            for field, errors in fields.items()
        }
    )


TITLES = {
    400: "Bad input",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
}


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as a problem document (RFC 9457) with an `errors` list that names each field."""
    if isinstance(error, DjangoValidationError):
        error = _from_django(error)
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    rows = _rows(error.detail) if isinstance(error, exceptions.ValidationError) else []
    detail = _("Some fields need another look.") if rows else str(error.detail)
    response.data = problem_body(response.status_code, detail, rows)
    response.content_type = PROBLEM
    return response


def problem_body(code: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The body of a problem document."""
    title = TITLES.get(code, "Error")
    return {"type": "about:blank", "title": title, "status": code, "detail": detail, "errors": errors or []}


def not_found(request: HttpRequest) -> JsonResponse:
    """What an address under /api/ answers that does not exist."""
    return JsonResponse(problem_body(404, "There is nothing at this address."), status=404, content_type=PROBLEM)
