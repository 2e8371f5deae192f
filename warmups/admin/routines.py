"""Library routines."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from warmups.domain.doses import dose_text
from warmups.domain.routines import archive_routine
from warmups.models import Revision, Routine, Step


class RevisionInline(admin.TabularInline):
    """The states a routine went through."""

    model = Revision
    fk_name = "routine"
    fields = readonly_fields = ("number", "name", "duration_seconds", "created_at", "created_by", "reason", "said")
    extra = 0
    can_delete = False
    template = "admin/warmups/rows.html"
    ordering = ("-number",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the routine."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: revisions come from changes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a revision never changes."""
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With steps and who made it."""
        return super().get_queryset(request).select_related("created_by").prefetch_related("steps")

    @admin.display(description=_("steps"))
    def said(self, revision: Revision) -> str:
        """The steps in words."""
        return format_html_join("", "{}. {}: {}<br>", (_step_words(step) for step in revision.steps.all()))


def _step_words(step: Step) -> tuple[int, str, str]:
    return step.position, step.exercise_name, dose_text(step)


@admin.register(Routine)
class RoutineAdmin(admin.ModelAdmin):
    """The library's routines, to read and archive; they are written on their pages. People's own superusers see."""

    list_display = ("name", "owner", "published", "archived_at")
    list_filter = ("published", "archived_at")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "description", "published", "owner", "copied_from", "created_at", "archived_at")
    readonly_fields = fields
    inlines = (RevisionInline,)
    actions = ("archive",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Routine]:
        """What the person may change; a superuser sees all."""
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(owner=None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A routine is built with its steps, which this page can't."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The library's only, as long as they are in use."""
        return (obj is None or (obj.owner_id is None and obj.archived_at is None)) and super().has_change_permission(
            request, obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: runs and sessions lean on it. Archive it instead."""
        return False

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, rows: models.QuerySet[Routine]) -> None:
        """Take out of use."""
        for row in rows.filter(owner=None):
            archive_routine(routine=row, actor=cast(User, request.user), now=timezone.now())
        self.message_user(request, _("Archived. Runs that have it keep it."), messages.SUCCESS)
