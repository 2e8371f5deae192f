"""Exercises, from draft to retired."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from warmups.admin import exercise_list as listed
from warmups.admin.recorded import RecordedAdmin
from warmups.models import Exercise
from warmups.workshop import form
from warmups.workshop.review import several
from warmups.workshop.urls import exercise_urls


@admin.register(Exercise)
class ExerciseAdmin(RecordedAdmin):
    """Exercises, from draft to retired."""

    list_display = (listed.figure, "name", listed.stands, "phase", listed.evidence, listed.due, listed.changed)
    list_display_links = ("name",)
    list_filter = (listed.Turn, "status", "next_status", "phase", "evidence_level")
    list_per_page = 30
    search_fields = ("name", "slug", "aliases")
    show_facets = admin.ShowFacets.NEVER
    actions = ("submit", "publish", "retire")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Exercise]:
        """With who wrote the latest version; the list without what it does not show."""
        rows = super().get_queryset(request)
        of_list = request.resolver_match and request.resolver_match.url_name == "warmups_exercise_changelist"
        return listed.for_list(rows) if of_list and request.method == "GET" else rows

    def get_urls(self) -> list[Any]:
        """With the workshop's pages."""
        return [*exercise_urls, *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> Any:
        """Without deleting many at once: what was published is retired."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: drafts are deleted by a deed of their own, and what was published is retired."""
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The workshop's page."""
        return cast(HttpResponse, form.add(request))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The workshop's page."""
        return cast(HttpResponse, form.change(request, pk=unquote(object_id)))

    @admin.action(description=_("Send to review"), permissions=["change"])
    def submit(self, request: HttpRequest, rows: models.QuerySet[Exercise]) -> HttpResponse | None:
        """Ask another curator to look."""
        return several(request, "submit", rows)

    @admin.action(description=_("Publish (by another person than who changed it last)"), permissions=["change"])
    def publish(self, request: HttpRequest, rows: models.QuerySet[Exercise]) -> HttpResponse | None:
        """Publish what is in review."""
        return several(request, "publish", rows)

    @admin.action(description=_("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, rows: models.QuerySet[Exercise]) -> HttpResponse | None:
        """Keep out of new routines."""
        return several(request, "retire", rows)
