"""The API of figures: files that browsers, mail programs and other sites show."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from warmups.domain.figures import figure_etag, figure_file, figure_version
from warmups.figures import PoseError
from warmups.models import Exercise

logger = logging.getLogger(__name__)


class PictureQuery(serializers.Serializer[Any]):
    """Which picture of a figure."""

    side = serializers.ChoiceField(choices=["left", "right"], required=False, default="", help_text="The working side.")
    theme = serializers.ChoiceField(choices=["light", "dark"], required=False, default="light")
    v = serializers.CharField(required=False, default="", max_length=60, help_text="As in the links; kept for ever.")


class FigureQuery(PictureQuery):
    """Which file of a figure."""

    still = serializers.BooleanField(required=False, default=False, help_text="Not moving.")
    phases = serializers.ChoiceField(choices=[1, 2], required=False, default=2, help_text="Of the still; 1 is larger.")


class PictureView(APIView):
    """A figure of an exercise, as a file."""

    # Pages show many of these and browsers keep them, so none of them counts against a limit.
    throttle_classes: list[type[BaseThrottle]] = []
    public = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Remember who asks, before the framework makes a visitor of them; nothing is looked up yet."""
        super().setup(request, *args, **kwargs)
        self.person = request.user

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Look at a token where one is sent. Without one no session is read, or every answer would be private."""
        described = self.request is None  # for the schema
        return super().get_authenticators() if described or "Authorization" in self.request.headers else []

    def answer(
        self, request: Request, slug: str, *, kind: str, media_type: str, wanted: dict[str, Any]
    ) -> HttpResponse:
        """The file, or 304 for who has it; it is drawn once and then kept. Raises Http404 where it can't be drawn."""
        exercise = self._exercise(request, slug)
        side, theme = wanted["side"], wanted["theme"]
        # Weak, since compressed or not it is the same file, and a 304 has to name the one that was sent.
        etag = f'W/"{figure_etag(exercise, kind=kind, side=side, theme=theme)}"'
        unchanged = get_conditional_response(cast(HttpRequest, request), etag=etag)
        try:
            file = figure_file(exercise, kind=kind, side=side, theme=theme) if unchanged is None else b""
        except PoseError as error:
            logger.error("The poses of %s can't be drawn: %s", slug, error)
            raise Http404 from error
        response = unchanged or HttpResponse(file, content_type=media_type)
        response["ETag"] = etag
        if not exercise.ever_published:
            patch_cache_control(response, private=True, no_cache=True)
            return response
        # A middleware looked who asks, to speak their language; a figure is the same for all. Told that it varies by
        # cookie, browsers would fetch all figures anew after each sign-in.
        request.session.accessed = False
        if wanted["v"] == figure_version(exercise):
            patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
        else:
            patch_cache_control(response, public=True, max_age=3600)
        return response

    def checked(self, request: Request, shape: type[PictureQuery]) -> dict[str, Any]:
        """What the query asks for. Raises ValidationError."""
        query = shape(data=request.query_params)
        query.is_valid(raise_exception=True)
        return cast(dict[str, Any], query.validated_data)

    def _exercise(self, request: Request, slug: str) -> Exercise:
        """An exercise with a figure; a draft's only for those who see drafts. Raises Http404."""
        rows = Exercise.objects.exclude(poses_digest="").only("slug", "name", "status", "poses", "poses_digest")
        if exercise := rows.ever_published().filter(slug=slug).first():
            return exercise
        # Only now is the session read.
        return rows.for_reading(request.user if request.user.is_authenticated else self.person, slug=slug)


class FigureView(PictureView):
    """The figure of an exercise, an SVG that runs no script and needs no style."""

    @extend_schema(parameters=[FigureQuery], responses={(200, "image/svg+xml"): OpenApiTypes.STR, 304: None})
    @method_decorator(gzip_page)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Moving, or still; 304 for who has it."""
        wanted = self.checked(request, FigureQuery)
        kind = "moving" if not wanted["still"] else "small" if wanted["phases"] == 1 else "still"
        response = self.answer(request, slug, kind=kind, media_type="image/svg+xml", wanted=wanted)
        patch_vary_headers(response, ["Accept-Encoding"])  # a 304 too, which is too short to be compressed
        return response


class FigurePngView(PictureView):
    """The still figure as a picture, for mail programs and other sites, which show no SVG."""

    @extend_schema(parameters=[PictureQuery], responses={(200, "image/png"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """1200 by 900 pixels; 304 for who has it."""
        wanted = self.checked(request, PictureQuery)
        return self.answer(request, slug, kind="png", media_type="image/png", wanted=wanted)
