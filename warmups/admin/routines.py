"""Library routines."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from warmups.domain.doses import dose_text
from warmups.domain.routines import archive_routine
from warmups.models import Revision, Routine, Step
from warmups.routine_workflow import STATES, latest_of, state_of


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


class Standing(admin.SimpleListFilter):
    """Where a routine of the library stands, and whose turn it is."""

    title = _("where it stands")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What may be asked for."""
        return [
            ("yours", _("waits for your review")),
            ("in-review", _("in review")),
            ("draft", _("drafts to finish")),
            ("published", _("published")),
            ("withdrawn", _("withdrawn")),
            ("archived", _("archived")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Routine]) -> models.QuerySet[Routine]:
        """Those of which it is true."""
        rows, work = queryset.filter(owner=None), Routine.NextStatus
        in_use = rows.filter(archived_at=None)
        asked = {
            "yours": in_use.filter(next_status=work.IN_REVIEW).exclude(latest__created_by=request.user.pk),
            "in-review": in_use.filter(next_status=work.IN_REVIEW),
            "draft": in_use.filter(next_status=work.DRAFT, latest__published_at=None),
            "published": in_use.filter(published=True),
            "withdrawn": in_use.filter(published=False, current__published_at__isnull=False),
            "archived": rows.exclude(archived_at=None),
        }
        return asked.get(self.value() or "", queryset)


@admin.register(Routine)
class RoutineAdmin(admin.ModelAdmin):
    """The library's routines, each with its page, where it is changed and published. People's own superusers see."""

    list_display = ("on_site", "stands", "changed", "in_record")
    list_display_links = None
    list_filter = (Standing,)
    search_fields = ("name", "slug", "latest__name")
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "name",
        "slug",
        "description",
        "stands",
        "review_note",
        "owner",
        "copied_from",
        "created_at",
        "archived_at",
    )
    readonly_fields = fields
    inlines = (RevisionInline,)
    actions = ("archive",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Routine]:
        """What the person may change; a superuser sees all."""
        rows = super().get_queryset(request).select_related("owner", "current", "latest__created_by")
        return rows if request.user.is_superuser else rows.filter(owner=None)

    def view_on_site(self, obj: Routine) -> str | None:
        """The routine's page; what is somebody's own is on theirs alone."""
        return None if obj.owner_id else obj.get_absolute_url()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A routine is built with its steps, which this page can't."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Several may be archived from the list; each is changed on its own page, and only read here."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: what nothing leans on is deleted on its page, and the rest archived."""
        return False

    @admin.display(description=_("routine"), ordering="name")
    def on_site(self, routine: Routine) -> str:
        """Its name, which leads to its page; what is somebody's own is on theirs alone."""
        if routine.owner_id:
            return routine.name
        return format_html('<a href="{}">{}</a>', routine.get_absolute_url(), latest_of(routine).name)

    @admin.display(description=_("where it stands"), ordering="published")
    def stands(self, routine: Routine) -> str:
        """What readers have, and what is being written; of somebody's own whose it is."""
        if routine.owner_id:
            return gettext("%(name)s's own") % {"name": routine.owner}
        key = state_of(routine)
        word, icon, _look = STATES[key]
        return render_to_string(
            "admin/warmups/exercise/_state.html", {"state": key, "icon": icon, "label": word, "more": _next(routine)}
        )

    @admin.display(description=_("last change"), ordering="latest__created_at")
    def changed(self, routine: Routine) -> SafeString:
        """Who wrote the latest version, and when."""
        latest = latest_of(routine)
        day = date_format(timezone.localtime(latest.created_at), "DATE_FORMAT")
        return format_html('{}<span class="state-more">{}</span>', _writer(latest), day)

    @admin.display(description=_("versions"))
    def in_record(self, routine: Routine) -> SafeString:
        """How many there are, which leads to all of them."""
        address = reverse("admin:warmups_routine_change", args=[routine.pk])
        count = latest_of(routine).number
        words = ngettext("%(count)d version", "%(count)d versions", count) % {"count": count}
        return format_html('<a href="{}">{}</a>', address, words)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, rows: models.QuerySet[Routine]) -> None:
        """Take out of use."""
        for row in rows.filter(owner=None):
            archive_routine(routine=row, actor=cast(User, request.user), now=timezone.now())
        self.message_user(request, _("Archived. Runs that have it keep it."), messages.SUCCESS)


def _next(routine: Routine) -> str:
    """About the next version of a published one, where there is one."""
    if not routine.published or routine.archived_at or not routine.next_status:
        return ""
    latest = latest_of(routine)
    names = {"number": latest.number, "who": _writer(latest)}
    if routine.next_status == Routine.NextStatus.IN_REVIEW:
        return gettext("version %(number)d is in review, by %(who)s") % names
    return gettext("version %(number)d is being written by %(who)s") % names


def _writer(revision: Revision) -> str:
    if revision.created_by:
        return str(revision.created_by)
    return gettext("With a release") if revision.published_at else gettext("Somebody")
