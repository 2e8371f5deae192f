"""Records who changed what in the admin, and shows it. What is recorded `load_content` leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.audit import record
from accounts.models import AuditEntry, User
from warmups.domain.version_differences import Difference, record_differences
from warmups.models import touch_library

PER_PAGE = 20
DEEDS: dict[str, Promise] = {
    "add": gettext_lazy("Added"),
    "change": gettext_lazy("Changed"),
    "delete": gettext_lazy("Deleted"),
}


@dataclass(frozen=True)
class RecordedDeed:
    """An entry of the record as its page shows it. `deed`: "Changed", or the action's own word."""

    entry: AuditEntry
    deed: str
    differences: list[Difference]


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

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed what on a row, from what to what: the newest first. `?page=2`."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        entries = AuditEntry.objects.filter(target_type=self.opts.label_lower, target_id=str(row.pk))
        paginator = Paginator(entries.select_related("actor"), PER_PAGE)
        page = paginator.get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s") % {"name": row},
            "opts": self.opts,
            "row": row,
            "page": page,
            "pages": paginator.get_elided_page_range(page.number),
            "deeds": recorded_deeds(self.model, page),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/warmups/record.html", context)

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


# --- The record, for people -------------------------------------------------------------------------------------------


def recorded_deeds(model: type[models.Model], page: Page[AuditEntry]) -> list[RecordedDeed]:
    """Entries about rows of a model, with what they changed; one query for each kind of row that they name."""
    named = _names_of_rows(model, page)

    def words(name: str, value: Any) -> Any:
        return _in_words(_field(model, name), value, named.get(name, {}))

    labels = {field.name: str(field.verbose_name) for field in model._meta.fields + model._meta.many_to_many}
    return [
        RecordedDeed(
            entry=entry,
            deed=_deed_in_words(entry.action),
            differences=record_differences(entry.before, entry.after, labels=labels, words=words),
        )
        for entry in page
    ]


def _deed_in_words(action: str) -> str:
    deed = action.rpartition(".")[2]
    return str(DEEDS.get(deed, deed.replace("-", " ").capitalize()))


def _field(model: type[models.Model], name: str) -> Any:
    """A field by its name; None if it is gone since."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _names_of_rows(model: type[models.Model], page: Page[AuditEntry]) -> dict[str, dict[Any, str]]:
    """What rows are called that entries name by their keys, by field."""
    keys: dict[str, set[Any]] = {}
    for entry in page:
        for said in (entry.before, entry.after):
            for name, value in said.items():
                if getattr(_field(model, name), "related_model", None):
                    keys.setdefault(name, set()).update(value if isinstance(value, list) else [value])
    return {
        name: {key: str(row) for key, row in _rows(model, name, found).items()} for name, found in sorted(keys.items())
    }


def _rows(model: type[models.Model], name: str, keys: set[Any]) -> Mapping[Any, models.Model]:
    related = _field(model, name).related_model
    return cast(
        Mapping[Any, models.Model], related._default_manager.in_bulk([key for key in keys if isinstance(key, int)])
    )


def _in_words(field: Any, value: Any, named: Mapping[Any, str]) -> Any:
    """A field's value as people say it: rows by their names, choices by their words."""
    if isinstance(value, list):
        return [_in_words(field, item, named) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if named:
        return named.get(value, str(value))
    words = dict(getattr(field, "flatchoices", None) or [])
    return str(words[value]) if isinstance(value, str | int) and value in words else value


class CodedAdmin(RecordedAdmin):
    """Rows that the content files know by a code."""

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Its code, once it has one."""
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))
