"""Exercises, from draft to retired."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from warmups.admin import exercise_list as listed
from warmups.admin.recorded import RecordedAdmin
from warmups.domain.exercises import publish_exercise, retire_exercise, submit_for_review
from warmups.forms import ExerciseForm
from warmups.models import Activation, Exercise, ExerciseMuscle, Substitute
from warmups.workshop.urls import exercise_urls


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
    list_display = (listed.figure, "name", listed.stands, "phase", listed.evidence, listed.due, listed.changed)
    list_display_links = ("name",)
    list_filter = (listed.Turn, "status", "next_status", "phase", "evidence_level")
    list_per_page = 30
    search_fields = ("name", "slug", "aliases")
    search_help_text = _("A name, another name, or a part of one.")
    readonly_fields = ("status", "next_status")
    filter_horizontal = ("equipment",)
    inlines = (MuscleInline, SubstituteInline, ActivationInline)
    actions = ("submit", "publish", "retire")
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("name", "slug", "aliases", "status", "next_status")}),
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
