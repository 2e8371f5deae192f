"""Muscles, equipment, studies and what they found."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from warmups.admin.recorded import CodedAdmin, RecordedAdmin
from warmups.forms.curation import MuscleForm, OutcomeForm
from warmups.models import Activation, Equipment, Exercise, GlutealIndex, Muscle, Outcome, Study

WHERE_FROM = _(
    "Where in the source it stands (table, figure, page), so that another can look it up, and how we read it."
)


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
    search_fields = ("name", "slug")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes along; and the exercises that need it, which would say otherwise without a version of them."""
        going, counts, lacking, kept = super().get_deleted_objects(objs, request)
        needing = Exercise.objects.filter(equipment__in=[item.pk for item in objs]).distinct()
        return going, counts, lacking, [*kept, *map(str, needing)]


class TakenFrom(admin.TabularInline):
    """What was taken from a study, to look at; each has a page of its own to change it on."""

    extra = 0
    can_delete = False
    template = "admin/warmups/rows.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On their own page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On their own page."""
        return False

    @admin.display(description=_("code"))
    def page(self, row: Any) -> str:
        """Its code, which leads to its page."""
        address = f"admin:warmups_{row._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(address, args=[row.pk]), row.code)


class ActivationsOfStudy(TakenFrom):
    model = Activation
    fields = readonly_fields = ("page", "exercise", "muscle", "variant", "mean", "sd", "rankable")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With the names that are shown."""
        return super().get_queryset(request).select_related("exercise", "muscle", "study")


class OutcomesOfStudy(TakenFrom):
    model = Outcome
    fields = readonly_fields = ("page", "outcome", "intervention", "direction", "measure", "value")


class IndicesOfStudy(TakenFrom):
    model = GlutealIndex
    fields = readonly_fields = ("page", "exercise", "value")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """With the names that are shown."""
        return super().get_queryset(request).select_related("exercise")


@admin.register(Study)
class StudyAdmin(RecordedAdmin):
    """Studies."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = (ActivationsOfStudy, OutcomesOfStudy, IndicesOfStudy)
    list_display = ("citation", "year", "n", "design", "bibliography_checked")
    list_filter = ("bibliography_checked", "year")
    search_fields = ("citation", "slug", "doi")
    fieldsets = (
        (
            _("Which study"),
            {
                "fields": ("citation", "slug", "year", "doi", "pubmed", "url", "bibliography_checked"),
                "description": _("As you would cite it: Boren K et al. (2011), title, journal. Readers see all of it."),
            },
        ),
        (
            _("Who and how"),
            {
                "fields": ("design", "population", "n", "method", "electrodes"),
                "description": _(
                    "Electrodes on the skin also hear the muscles beside; fine wires hear one spot. "
                    "Figures of both kinds are never averaged."
                ),
            },
        ),
        (
            _("What we read"),
            {
                "fields": ("seen", "notes"),
                "description": _("The whole text, the abstract, or another text's quotation of it: say so plainly."),
            },
        ),
    )


@admin.register(Activation)
class ActivationAdmin(CodedAdmin):
    """Published figures, each of one muscle in one exercise from one study."""

    list_display = ("code", "exercise", "muscle", "study", "mean", "sd", "n", "rankable", "source_kind")
    list_filter = ("rankable", "source_kind", "load", "muscle")
    list_select_related = ("exercise", "muscle", "study")
    search_fields = ("code", "exercise__name", "study__citation", "muscle__name")
    fieldsets = (
        (
            _("What was measured"),
            {
                "fields": ("code", "study", "exercise", "variant", "muscle", "segment"),
                "description": _(
                    "One figure: one muscle, in one way of doing one exercise, from one study. Part of the muscle is "
                    "for studies that tell its parts apart, such as the front and back of the gluteus medius."
                ),
            },
        ),
        (
            _("The figure"),
            {
                "fields": (("mean", "sd"), ("low", "high"), "n", "statistic", "load"),
                "description": _(
                    "In %MVIC: the muscle's signal as percent of that in its hardest steady push against something "
                    "that does not give. Over 100 is possible, since moving can outdo that push. Leave empty what the "
                    "study does not say."
                ),
            },
        ),
        (
            _("How far it carries"),
            {
                "fields": ("rankable", "source_kind", "locator", "note"),
                "description": _(
                    "It may order exercises only where body weight, a band or a push against something fixed was the "
                    "load. A figure that another text quotes is second-hand, and is shown as such."
                ),
            },
        ),
    )


@admin.register(Outcome)
class OutcomeAdmin(CodedAdmin):
    """What trials, reviews and gait studies found."""

    form = OutcomeForm
    list_display = ("code", "topic", "outcome", "intervention", "direction", "measure", "value", "study", "source_kind")
    list_filter = ("topic", "direction", "source_kind")
    list_select_related = ("study",)
    search_fields = ("code", "outcome", "intervention", "study__citation")
    fieldsets = (
        (_("What was compared"), {"fields": ("code", "study", "topic", "intervention", "comparator", "outcome", "n")}),
        (
            _("What was found"),
            {
                "fields": ("direction", "measure", "value", ("ci_low", "ci_high"), "p", "timing"),
                "description": _("The direction says who did better; the measure is the value's unit."),
            },
        ),
        (_("Where it stands"), {"fields": ("source_kind", "locator", "note"), "description": WHERE_FROM}),
    )


@admin.register(GlutealIndex)
class GlutealIndexAdmin(CodedAdmin):
    """Gluteal indices, which are no percentages."""

    list_display = ("code", "exercise", "value", "study")
    list_select_related = ("exercise", "study")
    search_fields = ("code", "exercise__name", "study__citation")
    fieldsets = (
        (
            None,
            {
                "fields": ("code", "study", "exercise", "value"),
                "description": _(
                    "How much an exercise works the gluteal muscles beside the tensor fasciae latae (Selkowitz et al. "
                    "2013). Higher means more of the one with less of the other. It is no percentage."
                ),
            },
        ),
        (_("Where it stands"), {"fields": ("locator", "note"), "description": WHERE_FROM}),
    )
