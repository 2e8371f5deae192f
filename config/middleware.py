"""What holds for every request, whatever app answers it."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from config.problems import PROBLEM, not_found, problem_body


class RefuseNul:
    """Answers 404 for an address and 400 for a query or a cookie with a NUL in it.

    No text of ours has one and PostgreSQL takes none, so a look-up with it would be an error of the database.
    Bodies are looked at where they are read: by forms, and by the API's parser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the refusal."""
        of_api = request.path_info.startswith("/api/")
        if "\x00" in request.path_info:
            if of_api:
                return not_found(request)
            raise Http404
        cookies = any("\x00" in cookie for cookie in request.COOKIES.values())
        if cookies or "%00" in request.META.get("QUERY_STRING", ""):
            if of_api:
                detail = _("Leave out the NUL in the address or the cookies.")
                return JsonResponse(problem_body(400, detail), status=400, content_type=PROBLEM)
            raise BadRequest("NUL in the query or a cookie")
        return self.get_response(request)


class RefuseTooLarge:
    """Answers 413, before anything is read, to a form with files that is larger than any page takes (the API: 415).

    Django limits what of a form is no file; without this, a visitor could fill the disk through any form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the refusal."""
        if request.content_type != "multipart/form-data":
            return self.get_response(request)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if request.path_info.startswith("/admin/"):
            most = settings.LARGEST_UPLOAD
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and len(length) < 16 and int(length) <= most:
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            detail = _("The API takes JSON, and no files.")
            return JsonResponse(problem_body(415, detail), status=415, content_type=PROBLEM)
        return HttpResponse(render_to_string("413.html", {"most": most}), status=413)


class RefuseOverflow:
    """Answers 400 where the admin, whose look-ups take any number, was given one that no database or calendar holds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The refusal; None where it was something else."""
        if isinstance(exception, OverflowError) and request.path_info.startswith("/admin/"):
            return bad_request(request, exception)
        return None


class TellPerson:
    """Says in `X-Prestride-Person` for whom a page was made: a number, "" for a visitor.

    A device keeps pages for one person at a time, and drops them when another one, or nobody, is signed in. What it
    sends to the API under this header for somebody else than who is signed in is refused with 409, so that a log which
    waited on a shared phone never becomes another person's.
    """

    HEADER = "X-Prestride-Person"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the refusal."""
        meant = request.headers.get(self.HEADER)
        if meant is not None and request.path_info.startswith("/api/") and self._person(request) not in {meant, ""}:
            detail = _("Somebody else is signed in on this device.")
            return JsonResponse(problem_body(409, detail), status=409, content_type=PROBLEM)
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response[self.HEADER] = self._person(request)
        return response

    def _person(self, request: HttpRequest) -> str:
        # Without the cookie there is nobody to ask for, and the answer need not vary by it.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return ""
        return str(request.user.pk or "")


class Compress(GZipMiddleware):
    """What is text goes out compressed; photos and films are so already, and a part of one must stay what it is.

    Pages hold secrets beside what their reader typed, which a compressed length could betray byte by byte (BREACH).
    Django's middleware answers that with a random number of bytes in each header, and masks the CSRF token anew.
    """

    TYPES = ("application/json", PROBLEM, "application/vnd.oai.openapi", "image/svg+xml")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed if that pays and the client can read it."""
        kind = response.get("Content-Type", "").partition(";")[0]
        if kind.startswith("text/") or kind in self.TYPES:
            return super().process_response(request, response)
        return response
