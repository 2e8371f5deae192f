"""Administration of people: for superusers only; curators see nothing of it. No page shows a secret."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm
from django.db.models import Exists, Model, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.domain.people import change_rights, curators, is_curator
from accounts.forms import NameField
from accounts.models import ApiToken, AuditEntry, User

PREFERENCES = (
    "time_zone",
    "language",
    "units",
    "reminder_lead_minutes",
    "email_reminders",
    "quiet_from",
    "quiet_until",
)


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

    name = NameField(label=_("Name"), help_text=_("As their coach and squad see it."))
    curator = forms.BooleanField(
        label=_("Curator"),
        required=False,
        help_text=_(
            "Looks after the library: writes and reviews exercises, keeps the evidence, adds photos. "
            "Sees no people, squads or sessions here, and deletes nothing that a log leans on."
        ),
    )

    class Meta:
        model = User
        fields = ("name", "is_active", "is_superuser")
        labels = {"is_active": _("May sign in"), "is_superuser": _("Superuser")}
        help_texts = {
            "is_active": _("Switch this off instead of deleting somebody: what they logged stays theirs."),
            "is_superuser": _("Whoever runs this Prestride: may do everything here, and makes people curators."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["curator"] = is_curator(self.instance)


@admin.register(User)
class UserAdmin(SuperusersOnly):
    """People."""

    form = ChangePersonForm
    list_display = ("email", "name", "curates", "is_superuser", "is_active", "last_login")
    list_filter = ("groups", "is_superuser", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("email", "date_joined", "last_login", *PREFERENCES)
    fieldsets = (
        (None, {"fields": ("email", "name", "date_joined", "last_login")}),
        (_("May"), {"fields": ("is_active", "curator", "is_superuser")}),
        (_("Prefers (their own to change)"), {"fields": PREFERENCES}),
    )
    add_fieldsets: ClassVar = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Fewer fields for a new person."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A new person's address is typed; later it is theirs to change. Nobody locks themselves out."""
        own = ("is_active", "is_superuser") if obj == request.user else ()
        return (*super().get_readonly_fields(request, obj), *own) if obj else ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """With whether they are curators."""
        return super().get_queryset(request).annotate(curates=Exists(curators().filter(pk=OuterRef("pk"))))

    @admin.display(description=_("curator"), boolean=True, ordering="curates")
    def curates(self, person: Any) -> bool:
        """Whether they are in the group."""
        return bool(person.curates)

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Another form for a new person, since it asks for a password."""
        return super().get_form(request, obj, change, **({} if obj else {"form": AddPersonForm}) | kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Save through the domain, which records who changed what."""
        actor, now = cast(User, request.user), timezone.now()
        if change:
            changes = {field: form.cleaned_data[field] for field in form.changed_data}
            change_rights(person=obj, actor=actor, now=now, changes=changes)
            return
        super().save_model(request, obj, form, change)
        made = {field: form.cleaned_data[field] for field in ("email", "name")}
        record(actor=actor, action="person.make", target=obj, now=now, after=made)


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
