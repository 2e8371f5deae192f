"""The filters that the library page and the API share."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from warmups.models import Contraindication, Equipment, Exercise, Muscle, Phase
from warmups.querysets import ExerciseQuerySet

NOTHING = "none"  # what `equipment` says for: nothing at hand


def equipment_choices() -> list[tuple[str, str]]:
    """Nothing, and each piece of equipment."""
    return [(NOTHING, str(_("Nothing"))), *Equipment.objects.values_list("slug", "name")]


class BooleanChoiceField(forms.ChoiceField):
    """`true` or `false`, in any case; anything else is an error instead of silence."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).lower()


@extend_schema_field(OpenApiTypes.BOOL)
class BooleanChoiceFilter(django_filters.Filter):
    field_class = BooleanChoiceField


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 5})
class DifficultyFilter(django_filters.Filter):
    field_class = forms.IntegerField


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class SeveralFilter(django_filters.MultipleChoiceFilter):
    """A parameter that may come several times."""


class ExerciseFilter(django_filters.FilterSet):
    """Search and filters of exercises; each one left out filters nothing."""

    q = django_filters.CharFilter(
        label=_("Search"),
        help_text=_("In the name, other names and the muscles; every word has to be found."),
        method="search",
        max_length=100,
    )
    muscle = django_filters.ModelChoiceFilter(
        label=_("Muscle"),
        help_text=_("A muscle that it works (slug)."),
        queryset=Muscle.objects.order_by("name"),
        to_field_name="slug",
        method="working",
        empty_label=_("Any muscle"),
    )
    phase = django_filters.ChoiceFilter(
        label=_("Part of the warm-up"), choices=Phase.choices, empty_label=_("All"), widget=forms.RadioSelect
    )
    position = django_filters.ChoiceFilter(
        label=_("Position"), choices=Exercise.Position.choices, empty_label=_("Any position")
    )
    equipment = SeveralFilter(
        label=_("What you have at hand"),
        help_text=_("What one has, repeatable; “none” for nothing."),
        choices=equipment_choices,
        method="possible_with",
        widget=forms.CheckboxSelectMultiple,
    )
    lying = BooleanChoiceFilter(
        label=_("Ground"),
        help_text=_("“false” leaves out all that touches the ground with more than the feet."),
        choices=[("", _("Anywhere")), ("true", _("Lying too")), ("false", _("Standing only"))],
        method="on_the_ground",
        widget=forms.RadioSelect,
    )
    max_difficulty = DifficultyFilter(
        label=_("No harder than"),
        help_text=_("1, easiest, to 5."),
        field_name="difficulty",
        lookup_expr="lte",
        min_value=1,
        max_value=5,
        widget=forms.Select(choices=[("", _("Any difficulty")), *((number, number) for number in range(1, 6))]),
    )
    avoid = SeveralFilter(
        label=_("Leave out what is not for you"),
        help_text=_("A contraindication, repeatable."),
        choices=Contraindication.choices,
        method="avoiding",
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Exercise
        fields: list[str] = []

    def search(self, rows: ExerciseQuerySet, name: str, value: str) -> ExerciseQuerySet:
        """By words."""
        return rows.search(value)

    def working(self, rows: ExerciseQuerySet, name: str, value: Muscle) -> QuerySet[Exercise]:
        """By a muscle, mainly or besides."""
        return rows.filter(pk__in=value.worked_by.values("exercise_id"))

    def possible_with(self, rows: ExerciseQuerySet, name: str, value: list[str]) -> ExerciseQuerySet:
        """By what is at hand."""
        return rows.possible_with([slug for slug in value if slug != NOTHING])

    def on_the_ground(self, rows: ExerciseQuerySet, name: str, value: str) -> QuerySet[Exercise]:
        """Without what is lying, or with everything."""
        return rows.filter(lying=False) if value == "false" else rows

    def avoiding(self, rows: ExerciseQuerySet, name: str, value: list[str]) -> ExerciseQuerySet:
        """Without what has one of the tags."""
        return rows.avoiding(value)
