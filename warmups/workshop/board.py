"""The content board's page."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from warmups.domain.content_board import ENOUGH_ATHLETES, GAPS, read_board
from warmups.workshop.access import page_context, workshop_page


@require_safe
@workshop_page
def board(request: HttpRequest) -> HttpResponse:
    """What curators should look at. `?missing=figure` lists only the exercises that lack this."""
    read = read_board(curator=cast(User, request.user), now=timezone.now(), today=timezone.localdate())
    missing = request.GET.get("missing", "")
    lacks = read.lacking(missing) if missing in GAPS else read.lacks
    context = page_context(
        request,
        _("Content board"),
        board=read,
        lacks=lacks,
        missing=missing if missing in GAPS else "",
        enough=ENOUGH_ATHLETES,
    )
    return TemplateResponse(request, "admin/workshop/board.html", context)


board_urls = [path("", board, name="workshop")]
