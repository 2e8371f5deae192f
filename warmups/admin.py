"""Curation: exercises and the evidence behind them, muscles, equipment, library routines.

What changes here is recorded, and what is recorded `load_content` leaves alone. An exercise's status moves only through
the actions, which are the domain's own deeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.domain.audit import record
from accounts.models import User
from warmups.domain.doses import dose_text
from warmups.domain.exercises import publish_exercise, retire_exercise, submit_for_review
from warmups.domain.routines import archive_routine, publish_routine, revise_routine
from warmups.forms import ExerciseForm, MuscleForm, OutcomeForm
from warmups.models import (
    Activation,
    Equipment,
    Exercise,
    ExerciseMuscle,
    GlutealIndex,
    Muscle,
    Outcome,
    Revision,
    Routine,
    Step,
    Study,
    Substitute,
    touch_library,
)


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


class PartOfExercise(admin.TabularInline):
    """Rows that are part of an exercise: who may change it may add, change and remove them."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the exercise."""
        return request.user.has_perm("warmups.view_exercise")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who changes the exercise."""
        return request.user.has_perm("warmups.change_exercise")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who changes the exercise."""
        return request.user.has_perm("warmups.change_exercise")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who changes the exercise."""
        return request.user.has_perm("warmups.change_exercise")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice whose options are fetched once and not for each row."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        fetched = request.__dict__.setdefault("_options", {})
        if field is not None:
            model = db_field.related_model
            if model not in fetched:
                fetched[model] = list(cast(Iterable[Any], field.choices))
            field.choices = fetched[model]
        return field


class MuscleInline(PartOfExercise):
    model = ExerciseMuscle
    verbose_name_plural = _("muscles")


class SubstituteInline(PartOfExercise):
    model = Substitute
    fk_name = "exercise"
    verbose_name_plural = _("substitutes")


class ActivationInline(PartOfExercise):
    """The figures, to look at; each has a page of its own to change it on."""

    model = Activation
    fields = ("code", "muscle", "study", "variant", "mean", "sd", "low", "high", "n", "rankable", "source_kind")
    readonly_fields = fields
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On their own page."""
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With what is shown of muscle and study."""
        return super().get_queryset(request).select_related("muscle", "study")


@admin.register(Exercise)
class ExerciseAdmin(RecordedAdmin):
    """Exercises, from draft to retired."""

    form = ExerciseForm
    list_display = ("name", "status", "phase", "difficulty", "evidence_level", "review_due", "changed_at", "changed_by")
    list_filter = ("status", "phase", "position", "evidence_level", "equipment")
    list_select_related = ("changed_by",)
    search_fields = ("name", "slug")
    readonly_fields = ("status", "changed_at", "changed_by")
    filter_horizontal = ("equipment",)
    inlines = (MuscleInline, SubstituteInline, ActivationInline)
    actions = ("submit", "publish", "retire")
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("name", "slug", "aliases", "status", "changed_at", "changed_by")}),
        (
            _("How to do it"),
            {"fields": ("summary", "set_up", "instructions", "cues", "feel", "mistakes", "leave_out")},
        ),
        (
            _("What it is"),
            {"fields": ("category", "phase", "position", "lying", "space", "running_role", "difficulty", "movement")},
        ),
        (
            _("Usual dose"),
            {
                "fields": (
                    "mode",
                    ("sets", "reps", "hold_seconds", "metres"),
                    ("tempo", "seconds_per_rep"),
                    ("unilateral", "alternating"),
                )
            },
        ),
        (_("What it needs"), {"fields": ("equipment", "equipment_substitutes")}),
        (_("Instead, and when not"), {"fields": (("easier", "harder"), "contraindications")}),
        (_("Evidence"), {"fields": ("evidence_level",)}),
        (_("Who reviewed it"), {"fields": ("reviewed_by", ("reviewed_on", "review_due"))}),
    )

    def get_actions(self, request: HttpRequest) -> Any:
        """Without deleting many at once: what was published is retired."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only of what was never published, since logs and addresses lean on the rest."""
        never_published = obj is None or obj.status in (Exercise.Status.DRAFT, Exercise.Status.IN_REVIEW)
        return never_published and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Save, remember who changed it last, and record."""
        obj.changed_by, obj.changed_at = cast(User, request.user), timezone.now()
        super().save_model(request, obj, form, change)
        if obj.published:
            self.message_user(request, _("This exercise is published: readers see the change now."), messages.WARNING)

    @admin.action(description=_("Send to review"), permissions=["change"])
    def submit(self, request: HttpRequest, rows: models.QuerySet[Exercise]) -> None:
        """Ask another curator to look."""
        self._each(request, rows, submit_for_review)

    @admin.action(description=_("Publish (by another person than who changed it last)"), permissions=["change"])
    def publish(self, request: HttpRequest, rows: models.QuerySet[Exercise]) -> None:
        """Publish what is in review."""
        self._each(request, rows, publish_exercise)

    @admin.action(description=_("Retire"), permissions=["change"])
    def retire(self, request: HttpRequest, rows: models.QuerySet[Exercise]) -> None:
        """Keep out of new routines."""
        self._each(request, rows, retire_exercise)

    def _each(self, request: HttpRequest, rows: models.QuerySet[Exercise], deed: Callable[..., Exercise]) -> None:
        """Do a deed to each; what is refused is told by name, the rest is done."""
        done = 0
        for row in rows:
            try:
                deed(exercise=row, actor=request.user, now=timezone.now())
                done += 1
            except ValidationError as error:
                self.message_user(request, f"{row.name}: {' '.join(error.messages)}", messages.ERROR)
        if done:
            message = ngettext("%(count)d exercise done.", "%(count)d exercises done.", done) % {"count": done}
            self.message_user(request, message, messages.SUCCESS)


@admin.register(Muscle)
class MuscleAdmin(RecordedAdmin):
    """Muscles."""

    form = MuscleForm
    list_display = ("name", "latin_name", "region", "kind")
    list_filter = ("kind", "region")
    search_fields = ("name", "latin_name", "slug")


@admin.register(Equipment)
class EquipmentAdmin(RecordedAdmin):
    """Equipment."""

    list_display = ("name", "slug")


@admin.register(Study)
class StudyAdmin(RecordedAdmin):
    """Studies."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ("citation", "year", "n", "design", "bibliography_checked")
    list_filter = ("bibliography_checked", "year")
    search_fields = ("citation", "slug", "doi")


class CodedAdmin(RecordedAdmin):
    """Rows that the content files know by a code."""

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Its code, once it has one."""
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))


@admin.register(Activation)
class ActivationAdmin(CodedAdmin):
    """Published figures, each of one muscle in one exercise from one study."""

    list_display = ("code", "exercise", "muscle", "study", "mean", "sd", "n", "rankable", "source_kind")
    list_filter = ("rankable", "source_kind", "load", "muscle")
    list_select_related = ("exercise", "muscle", "study")
    search_fields = ("code", "exercise__name", "study__citation", "muscle__name")


@admin.register(Outcome)
class OutcomeAdmin(CodedAdmin):
    """What trials, reviews and gait studies found."""

    form = OutcomeForm
    list_display = ("code", "topic", "outcome", "intervention", "direction", "measure", "value", "study", "source_kind")
    list_filter = ("topic", "direction", "source_kind")
    list_select_related = ("study",)
    search_fields = ("code", "outcome", "intervention", "study__citation")


@admin.register(GlutealIndex)
class GlutealIndexAdmin(CodedAdmin):
    """Gluteal indices, which are no percentages."""

    list_display = ("code", "exercise", "value", "study")
    list_select_related = ("exercise", "study")
    search_fields = ("code", "exercise__name", "study__citation")


class RevisionInline(admin.TabularInline):
    """The states a routine went through."""

    model = Revision
    fk_name = "routine"
    fields = readonly_fields = ("number", "name", "duration_seconds", "created_at", "created_by", "reason", "said")
    extra = 0
    can_delete = False
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
    """The library's routines, to read, describe, publish and archive. People's own are theirs: superusers see them."""

    list_display = ("name", "owner", "published", "archived_at")
    list_filter = ("published", "archived_at")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "description", "published", "owner", "copied_from", "created_at", "archived_at")
    readonly_fields = ("name", "slug", "owner", "copied_from", "created_at", "archived_at")
    formfield_overrides = {models.CharField: {"widget": forms.Textarea(attrs={"rows": 4, "cols": 80})}}
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

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """What changed, through the deeds for it."""
        actor, now = cast(User, request.user), timezone.now()
        if "description" in form.changed_data:
            revise_routine(routine=obj, actor=actor, now=now, description=form.cleaned_data["description"])
        if "published" in form.changed_data:
            publish_routine(routine=obj, actor=actor, now=now, published=form.cleaned_data["published"])

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, rows: models.QuerySet[Routine]) -> None:
        """Take out of use."""
        for row in rows.filter(owner=None):
            archive_routine(routine=row, actor=cast(User, request.user), now=timezone.now())
        self.message_user(request, _("Archived. Runs that have it keep it."), messages.SUCCESS)
