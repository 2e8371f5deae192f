"""Muscles, equipment, studies and what they found."""

from __future__ import annotations

from django.contrib import admin
from django.db import models

from warmups.admin.recorded import CodedAdmin, RecordedAdmin
from warmups.forms import MuscleForm, OutcomeForm
from warmups.models import Activation, Equipment, GlutealIndex, Muscle, Outcome, Study


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
