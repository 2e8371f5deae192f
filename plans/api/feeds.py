"""Calendar feeds, for calendars that know nothing but an address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from plans.calendars import busy_calendar, busy_squad_calendar, own_calendar, squad_calendar
from plans.domain.feeds import feed_of, own_runs, squad_runs
from plans.domain.given import steps_of
from plans.models import Feed

MAX_AGE = 15 * 60  # seconds


class AnyAccept(BaseContentNegotiation):
    """A calendar may ask for text/calendar alone, or for what it likes: there is one answer."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first, which only refusals need."""
        first = next(iter(renderers))
        return first, first.media_type


class CalendarView(APIView):
    """A person's runs, or a squad's, as iCalendar."""

    public = True
    # The secret says it all: no session is read, so that no answer hangs on who else is signed in.
    authentication_classes: list[type[BaseAuthentication]] = []
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="calendar", responses={(200, "text/calendar"): OpenApiTypes.STR, 304: None}, tags=["calendar"]
    )
    def get(self, request: Request, secret: str) -> HttpResponse:
        """The calendar of a secret address, each run with its warm-up and an alarm; 304 for who has it as it is."""
        feed = feed_of(secret)
        if feed is None:
            raise Http404
        text = _text(feed)
        etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
        response = get_conditional_response(cast(HttpRequest, request), etag=etag) or HttpResponse(
            text, content_type="text/calendar; charset=utf-8"
        )
        response["ETag"] = etag
        response["Content-Disposition"] = f'inline; filename="{"busy" if feed.busy else "runs"}.ics"'
        response["Content-Language"] = feed.person.language
        response["Referrer-Policy"] = "no-referrer"
        patch_cache_control(response, private=True, max_age=MAX_AGE)
        # A middleware looked for a session, for its person's language; this answer has its own.
        request.session.accessed = False
        return response


def _text(feed: Feed) -> bytes:
    person, now = feed.person, timezone.now()
    if feed.squad is not None:
        of_squad = squad_runs(feed, now)
        return busy_squad_calendar(person, of_squad) if feed.busy else squad_calendar(person, feed.squad, of_squad)
    runs = list(own_runs(feed, now))
    return busy_calendar(person, runs) if feed.busy else own_calendar(person, runs, steps_of(runs))
