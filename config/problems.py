"""Every refusal as a problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM = "application/problem+json"


class Conflict(exceptions.APIException):
    """409: what was sent is based on an older state."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = gettext_lazy("This was changed by somebody else in the meantime. Fetch it again.")


class Gone(exceptions.APIException):
    """410: it was there and was deleted."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"
    default_detail = gettext_lazy("This was deleted.")


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


class TooLarge(exceptions.APIException):
    """413: more than we read."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self, most: int | None = None) -> None:
        most = (most or settings.DATA_UPLOAD_MAX_MEMORY_SIZE) // 1024
        super().__init__(_("The body is larger than %(most)d KiB. Send less at once.") % {"most": most})


TITLES = {
    400: "Bad input",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Our mistake",
}


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as a problem document (RFC 9457) with an `errors` list that names each field."""
    error = _as_api_exception(error)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return None
    rows = _rows(error.detail) if isinstance(error, exceptions.ValidationError) else []
    detail = _("Some fields need another look.") if rows else str(error.detail)
    response.data = problem_body(response.status_code, detail, rows)
    response.content_type = PROBLEM
    return response


def _as_api_exception(error: Exception) -> Exception:
    """What Django raises for a request that can't be, as DRF's; anything else as it is."""
    match error:
        case DjangoValidationError():
            return _from_django(error)
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | BadRequest() | MultiPartParserError() | UnreadablePostError():
            return exceptions.ParseError()
    return error


def problem_body(code: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The body of a problem document."""
    title = TITLES.get(code, "Error")
    return {"type": "about:blank", "title": title, "status": code, "detail": detail, "errors": errors or []}


@csrf_exempt
def not_found(request: HttpRequest) -> JsonResponse:
    """What an address under /api/v1/ answers that does not exist."""
    detail = _("There is nothing at this address. All addresses of the API end with a slash.")
    return JsonResponse(problem_body(404, detail), status=404, content_type=PROBLEM)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own mistakes: a problem document under /api/, else a page."""
    if request.path_info.startswith("/api/"):
        detail = "Something went wrong on our side. Try again in a minute."
        return JsonResponse(problem_body(500, detail), status=500, content_type=PROBLEM)
    return defaults.server_error(request)
