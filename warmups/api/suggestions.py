"""The API of suggestions: what somebody has and wishes in, the best warm-up for it out. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from warmups.api.routines import CoverageSerializer, StepSerializer
from warmups.domain.suggesting import MOST_MINUTES, Suggestion, suggest
from warmups.domain.suggestions import NEEDS, Wishes
from warmups.models import Contraindication, Equipment


class WishesSerializer(serializers.Serializer[Any]):
    """What binds, and the kind of run. Only `minutes` is required."""

    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES)
    equipment = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=20, help_text="At hand."
    )
    lying = serializers.BooleanField(required=False, default=True, help_text="Whether the ground may be touched.")
    run_kind = serializers.ChoiceField(choices=list(NEEDS), required=False, default="easy")
    max_difficulty = serializers.IntegerField(min_value=1, max_value=5, required=False, default=5)
    avoid = serializers.ListField(
        child=serializers.ChoiceField(choices=Contraindication.choices),
        required=False,
        default=list,
        max_length=len(Contraindication),
        help_text="Contraindications: exercises with one of these stay out.",
    )
    include = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        default=list,
        max_length=20,
        help_text="Exercises that have to be in it.",
    )

    def validate_equipment(self, slugs: list[str]) -> list[str]:
        """Only what we know. Raises ValidationError at each slug that names nothing."""
        known = set(Equipment.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        errors = {
            str(index): [
                serializers.ErrorDetail(_("We know no equipment called %(slug)s.") % {"slug": slug}, "does_not_exist")
            ]
            for index, slug in enumerate(slugs)
            if slug not in known
        }
        if errors:
            raise serializers.ValidationError(errors)
        return slugs


class SuggestedStepSerializer(StepSerializer):
    """A step, and why it is there."""

    why = serializers.CharField()

    class Meta(StepSerializer.Meta):
        fields = [*StepSerializer.Meta.fields, "why"]
        read_only_fields = fields


class SuggestionSerializer(serializers.Serializer[Any]):
    """The best warm-up for the wishes. `objective`: its points; `proven_optimal`: that none has more."""

    steps = SuggestedStepSerializer(many=True)
    duration_seconds = serializers.IntegerField()
    coverage = CoverageSerializer()
    objective = serializers.FloatField()
    proven_optimal = serializers.BooleanField()


class SuggestView(APIView):
    """Suggests a warm-up; open to everyone."""

    public_write = True  # nothing is written

    @extend_schema(request=WishesSerializer, responses=SuggestionSerializer)
    def post(self, request: Request) -> Response:
        """The best warm-up there is for these wishes; 400 with the wish to relax if there is none."""
        query = WishesSerializer(data=request.data)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        wishes = Wishes(
            minutes=given["minutes"],
            equipment=frozenset(given["equipment"]),
            lying=given["lying"],
            run_kind=given["run_kind"],
            max_difficulty=given["max_difficulty"],
            avoid=frozenset(given["avoid"]),
            include=tuple(dict.fromkeys(given["include"])),
        )
        return Response(shape(suggest(wishes)))


def shape(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as the API says it."""
    for step, why in zip(suggestion.steps, suggestion.whys, strict=True):
        step.why = why  # type: ignore[attr-defined]
    return SuggestionSerializer(suggestion).data
