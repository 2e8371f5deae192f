"""What holds for every request, whatever app answers it."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
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
