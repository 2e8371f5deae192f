"""What superusers see of plans: to find out what happened, not to change it. Changes go through the pages' own deeds.

Sessions are not here at all: they hold health data, and who looks at them has to say why.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import User
from plans.domain import by_staff
from plans.models import (
    Assignment,
    Away,
    DeliveryEvent,
    Invitation,
    JoinLink,
    Membership,
    Occurrence,
    Reminder,
    Run,
    Series,
    Squad,
    StandingAssignment,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Superusers may look; nobody may change."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers see these models at all."""
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers may look."""
        return request.user.is_active and request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody may."""
        return False


def _keys(rows: QuerySet[Reminder]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


class DeliveryEventInline(admin.TabularInline):
    """What mail servers said of it afterwards."""

    model = DeliveryEvent
    fields = ["at", "kind"]
    readonly_fields = ["at", "kind"]
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers may look."""
        return request.user.is_active and request.user.is_superuser

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody may."""
        return False


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Why a mail came, or did not. The list names the run and never an address."""

    list_display = ["due_at", "run", "status", "reason", "attempts", "last_code", "sent_at", "starts_at"]
    list_filter = ["status", "kind", "channel"]
    list_select_related = ["run"]
    search_fields = ["key", "run__pk", "reason"]
    date_hierarchy = "due_at"
    search_help_text = _("A key (from a mail's X-Reminder-Key or Message-ID), a run's number, or a word of the reason.")
    actions = ["send_again", "withdraw"]
    inlines = [DeliveryEventInline]

    @admin.action(description=_("Send again, now"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Reminder]) -> None:
        """Let the chosen ones be sent at once."""
        handled = by_staff.send_again(keys=_keys(queryset), actor=cast(User, request.user), now=timezone.now())
        self._tell(request, handled, ngettext_lazy("%d reminder goes out now.", "%d reminders go out now."))

    @admin.action(description=_("Take back"), permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Reminder]) -> None:
        """Take the chosen ones back."""
        handled = by_staff.withdraw(keys=_keys(queryset), actor=cast(User, request.user), now=timezone.now())
        self._tell(request, handled, ngettext_lazy("%d reminder is taken back.", "%d reminders are taken back."))

    def _tell(self, request: HttpRequest, handled: by_staff.Handled, done: Any) -> None:
        if handled.done:
            self.message_user(request, done % len(handled.done), messages.SUCCESS)
        if handled.leaving:
            words = ngettext_lazy(
                "%d is being sent right now and may arrive; it is not tried again.",
                "%d are being sent right now and may arrive; they are not tried again.",
            )
            self.message_user(request, words % len(handled.leaving), messages.WARNING)
        for row, why in handled.refused:
            words = _("Reminder %(key)s can't: %(why)s.")
            self.message_user(request, words % {"key": row.key, "why": why}, messages.ERROR)


@admin.register(Squad)
class SquadAdmin(ReadOnlyAdmin):
    """Squads."""

    list_display = ["name", "slug", "time_zone", "default_routine", "created_at", "archived_at"]
    list_select_related = ["default_routine"]
    search_fields = ["name", "slug"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who is or was in which squad."""

    list_display = ["person", "squad", "role", "began_at", "ended_at"]
    list_filter = ["role"]
    list_select_related = ["person", "squad"]
    search_fields = ["person__name", "squad__name"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was asked to join, and whether the mail went out."""

    list_display = [
        "squad",
        "role",
        "created_at",
        "mailed_at",
        "mail_attempts",
        "mail_error",
        "accepted_at",
        "revoked_at",
    ]
    list_select_related = ["squad"]
    search_fields = ["squad__name"]


@admin.register(JoinLink)
class JoinLinkAdmin(ReadOnlyAdmin):
    """Links with which people may join a squad; never the link itself."""

    list_display = ["squad", "role", "uses", "limit", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["squad"]
    search_fields = ["squad__name"]


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    """What makes runs."""

    list_display = ["local_date", "local_time", "kind", "rule", "squad", "athlete", "made_until", "ended_on"]
    list_select_related = ["squad", "athlete"]
    date_hierarchy = "local_date"


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    """The dates of series."""

    list_display = ["local_date", "local_time", "kind", "series", "day", "by_hand", "off_rule", "cancelled_at"]
    list_select_related = ["series"]
    date_hierarchy = "local_date"


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs."""

    list_display = ["local_date", "local_time", "time_zone", "kind", "athlete", "squad", "status"]
    list_filter = ["status", "kind"]
    list_select_related = ["athlete", "squad"]
    search_fields = ["athlete__name", "squad__name"]
    date_hierarchy = "local_date"


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    """What runs were given by hand."""

    list_display = ["run", "revision", "by_coach", "assigned_by", "assigned_at"]
    list_select_related = ["run", "revision", "assigned_by"]


@admin.register(StandingAssignment)
class StandingAssignmentAdmin(ReadOnlyAdmin):
    """The rules by which runs are given a warm-up."""

    list_display = ["routine", "squad", "athlete", "kinds", "since", "until", "by_coach"]
    list_select_related = ["routine", "squad", "athlete"]
    search_fields = ["routine__name", "squad__name", "athlete__name"]


@admin.register(Away)
class AwayAdmin(ReadOnlyAdmin):
    """When athletes are away. Why is between them and their coaches."""

    list_display = ["athlete", "since", "until"]
    list_select_related = ["athlete"]
    search_fields = ["athlete__name"]
    exclude = ["reason"]
