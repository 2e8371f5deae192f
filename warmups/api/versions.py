"""The API of versions: a routine for the minutes, the ground, the equipment and the body of today."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from warmups.api.routines import CoverageSerializer, StepSerializer
from warmups.domain.swaps import Situation
from warmups.domain.versions import MOST_MINUTES, NO_TIME, Version, version
from warmups.filters import NOTHING
from warmups.models import Equipment, Revision, Routine
from warmups.routine_shapes import steps_coverage


class VersionQuery(serializers.Serializer[Any]):
    """What is asked for; what is left out asks for nothing."""

    minutes = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_MINUTES, help_text="What there is time for, 1 to 180."
    )
    lying = serializers.BooleanField(
        required=False, default=True, help_text="false: standing only, nothing but the feet touches the ground."
    )
    equipment = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=20,
        help_text="What one has, repeatable; “none” for nothing. Left out: what the routine asks for.",
    )
    space = serializers.ChoiceField(
        choices=["spot", "lane"], required=False, default="lane", help_text="spot: there is no room to move along."
    )
    hurts = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1000),
        required=False,
        default=list,
        max_length=60,
        help_text="The position of a step that hurts, repeatable.",
    )

    def validate_equipment(self, slugs: list[str]) -> frozenset[str]:
        """Only what we know. Raises ValidationError for what names nothing."""
        asked = {slug for slug in slugs if slug != NOTHING}
        known = set(Equipment.objects.values_list("slug", flat=True))
        if unknown := sorted(asked - known):
            message = _("We know no equipment called %(slug)s.") % {"slug": unknown[0]}
            raise serializers.ValidationError(message, code="does_not_exist")
        return frozenset(asked)

    def validate_hurts(self, positions: list[int]) -> frozenset[int]:
        """Only steps of this routine. Raises ValidationError for others."""
        if unknown := sorted(set(positions) - self.context["positions"]):
            message = _("There is no step %(position)d in this routine.") % {"position": unknown[0]}
            raise serializers.ValidationError(message, code="does_not_exist")
        return frozenset(positions)

    def situation(self) -> Situation:
        """All but the minutes, of a query that was found valid."""
        asked = self.validated_data
        return Situation(
            standing=not asked["lying"],
            equipment=asked.get("equipment"),
            no_space=asked["space"] == "spot",
            hurts=asked["hurts"] or frozenset(),
        )


class VersionStepSerializer(StepSerializer):
    """A step of a version; its position is that of the routine's step."""

    stands_in_for = serializers.SlugField(allow_null=True, help_text="The routine's exercise that it stands in for.")

    class Meta(StepSerializer.Meta):
        fields = [*StepSerializer.Meta.fields, "stands_in_for"]
        read_only_fields = fields


class LeftOutSerializer(serializers.Serializer[Any]):
    """A step of the routine that is not in it: for lack of time, or since nothing suitable is listed instead."""

    position = serializers.IntegerField(source="step.position")
    exercise = serializers.SlugField(source="step.exercise.slug")
    exercise_name = serializers.CharField(source="step.exercise_name")
    why = serializers.ListField(
        child=serializers.CharField(), source="whys", help_text=f"{NO_TIME}, or as substitutes say it."
    )


class SwapSerializer(serializers.Serializer[Any]):
    """A step that is swapped: from which exercise, to which, and why."""

    position = serializers.IntegerField(source="step.position")
    to = serializers.SlugField(source="instead.exercise.slug")
    why = serializers.ListField(
        child=serializers.CharField(), source="whys", help_text="As substitutes say it: no-floor, hurts and the like."
    )

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which Python keeps for itself."""
        origin = serializers.SlugField(source="step.exercise.slug")
        fields = super().get_fields()
        return {"position": fields["position"], "from": origin, "to": fields["to"], "why": fields["why"]}


class RoutineVersionSerializer(serializers.Serializer[Any]):
    """A routine as it suits what is asked for. There may be no step left."""

    steps = VersionStepSerializer(many=True)
    left_out = LeftOutSerializer(many=True)
    swaps = SwapSerializer(many=True)
    duration_seconds = serializers.IntegerField()
    coverage = CoverageSerializer()


class VersionView(APIView):
    """A version of a routine that one sees; open to everyone for the library's."""

    public = True

    @extend_schema(parameters=[VersionQuery], responses=RoutineVersionSerializer)
    def get(self, request: Request, routine_id: int) -> Response:
        """The routine trimmed to the minutes by rank, with what does not suit swapped for the curators' substitutes."""
        routine = Routine.objects.select_related("current").for_reading(request.user, pk=routine_id)
        steps = list(cast(Revision, routine.current).steps.select_related("exercise"))
        query = VersionQuery(data=request.query_params, context={"positions": {step.position for step in steps}})
        query.is_valid(raise_exception=True)
        asked = version(steps, minutes=query.validated_data.get("minutes"), situation=query.situation())
        return Response(shape(asked))


def shape(asked: Version) -> dict[str, Any]:
    """A version as the API says it."""
    for step in asked.steps:
        origin = asked.stands_in_for(step)
        step.stands_in_for = origin.exercise.slug if origin else None  # type: ignore[attr-defined]
    said = {
        "steps": asked.steps,
        "left_out": asked.left_out,
        "swaps": asked.swaps,
        "duration_seconds": asked.seconds,
        "coverage": steps_coverage(asked.steps),
    }
    return RoutineVersionSerializer(said).data
