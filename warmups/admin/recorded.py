"""Records who changed what in the admin. What is recorded `load_content` leaves alone."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.domain.audit import record
from accounts.models import User
from warmups.models import touch_library


class RecordedAdmin(admin.ModelAdmin):
    """Records who changed what. A slug is chosen once: files, addresses and steps name things by it."""

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The slug, once there is one."""
        fixed = ("slug",) if obj is not None and hasattr(obj, "slug") else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def save_model(self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool) -> None:
        """Save and record."""
        super().save_model(request, obj, form, change)
        record_edit(request, obj, form, added=not change)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """Delete several rows and say that the library changed, which rows deleted at once do not say themselves."""
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            touch_library()


def record_edit(request: HttpRequest, row: models.Model, form: forms.BaseModelForm, *, added: bool) -> None:
    """Write into the record what a form changed on a row."""
    fields = [field for field in form.changed_data if field in form.cleaned_data]
    record(
        actor=cast(User, request.user),
        action=f"{row._meta.model_name}.{'add' if added else 'change'}",
        target=row,
        now=timezone.now(),
        before={} if added else {field: _plain(form.initial.get(field)) for field in fields},
        after={field: _plain(form.cleaned_data[field]) for field in fields},
    )


def _plain(value: Any) -> Any:
    """A JSON value of what a form field holds."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | models.QuerySet):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value.pk if isinstance(value, models.Model) else str(value)


class CodedAdmin(RecordedAdmin):
    """Rows that the content files know by a code."""

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Its code, once it has one."""
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))
