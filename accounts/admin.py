"""Administration of people: for superusers only; curators see nothing of it. No page shows a secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.forms import NameField
from accounts.models import ApiToken, AuditEntry, User

PREFERENCES = ("time_zone", "language", "units", "reminder_lead_minutes", "email_reminders")


class SuperusersOnly(admin.ModelAdmin):
    """Whatever permissions a group has been given by mistake."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person sees that this exists."""
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person may look."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may add one."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person may change one."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: logs and the record lean on these rows. Switch people off instead."""
        return False


class ReadOnly(SuperusersOnly):
    """To look at, not to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


class AddPersonForm(BaseUserCreationForm):
    """A new person; they prove their address when they first sign in."""

    name = NameField()

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        """The address as it is kept."""
        email: str = self.cleaned_data["email"]
        return email.lower()


class ChangePersonForm(forms.ModelForm):
    """What a superuser may change of a person: not what they prefer, nor their address or password."""

    name = NameField()

    class Meta:
        model = User
        fields = ("name", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(SuperusersOnly):
    """People."""

    form = ChangePersonForm
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ("groups", "user_permissions")
    readonly_fields = ("email", "date_joined", "last_login", *PREFERENCES)
    fieldsets = (
        (None, {"fields": ("email", "name", "date_joined", "last_login")}),
        (_("May"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Prefers (their own to change)"), {"fields": PREFERENCES}),
    )
    add_fieldsets: ClassVar = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Fewer fields for a new person."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A new person's address is typed; later it is theirs to change."""
        return super().get_readonly_fields(request, obj) if obj else ()

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Another form for a new person, since it asks for a password."""
        return super().get_form(request, obj, change, **({} if obj else {"form": AddPersonForm}) | kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Save, and record who changed what."""
        super().save_model(request, obj, form, change)
        changed = form.changed_data if change else ["email", "name"]
        record(
            actor=request.user,  # type: ignore[arg-type]
            action="person.change" if change else "person.make",
            target=obj,
            now=timezone.now(),
            before={field: _plain(form.initial.get(field)) for field in changed} if change else {},
            after={field: _plain(form.cleaned_data[field]) for field in changed},
        )


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | str) or not isinstance(value, Iterable) else [str(each) for each in value]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Which programs people let in."""

    list_display = ("name", "user", "scopes", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email", "user__name")
    fields = ("name", "user", "scopes", "created_at", "last_used_at")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """Who did what, when, and from what."""

    list_display = ("at", "actor", "action", "target_type", "target_id")
    list_filter = ("action", "target_type", "at")
    list_select_related = ("actor",)
    search_fields = ("=target_id", "actor__email", "actor__name")
    date_hierarchy = "at"
