"""Warm-ups given to runs by hand, over the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from plans.api.fields import RoutineKeyField
from plans.api.runs import ID_AT_MOST
from plans.domain.assignments import NOTE_LENGTH, assign, withdraw
from plans.models import Assignment, Run
from plans.querysets import AssignmentQuerySet

RUNS_AT_MOST = 1000  # of one request


class AssignmentSerializer(serializers.Serializer):
    """A routine given to a run by hand, in the revision that was current then."""

    id = serializers.IntegerField()
    run = serializers.IntegerField(source="run_id")
    routine = serializers.IntegerField(source="revision.routine_id")
    routine_revision = serializers.IntegerField(source="revision_id")
    note = serializers.CharField()


class AssignmentInputSerializer(serializers.Serializer):
    """A routine for these runs; all get it or none."""

    routine = RoutineKeyField()
    runs = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=ID_AT_MOST), allow_empty=False, max_length=RUNS_AT_MOST
    )
    note = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=NOTE_LENGTH)

    def validate_runs(self, ids: list[int]) -> list[Run]:
        """The runs. Raises ValidationError at each id that names no run that the caller sees."""
        person = self.context["request"].user
        seen = {run.pk: run for run in Run.objects.visible_to(person).filter(pk__in=ids)}
        errors = {
            str(index): [serializers.ErrorDetail(_("There is no such run."), code="does_not_exist")]
            for index, pk in enumerate(ids)
            if pk not in seen
        }
        if errors:
            raise serializers.ValidationError(errors)
        return [seen[pk] for pk in ids]


class AssignmentFilters(forms.Form):
    """Which assignments are listed."""

    run = forms.IntegerField(required=False, min_value=1, max_value=ID_AT_MOST)


class AssignmentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """What runs were given by hand: one's own and one's athletes'."""

    serializer_class = AssignmentSerializer
    queryset = Assignment.objects.none()
    filter_backends = ()
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> AssignmentQuerySet:
        """Those of the runs that the caller sees."""
        return Assignment.objects.visible_to(self.request.user).select_related("revision")

    @extend_schema(parameters=[OpenApiParameter("run", int, description="A run's id.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Assignments, in the order of their runs' start."""
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: Any) -> Any:
        """The list's filter. Raises ValidationError for a parameter."""
        query = AssignmentFilters(self.request.query_params)
        if not query.is_valid():
            raise ValidationError(query.errors.as_data())
        run = query.cleaned_data["run"]
        return queryset.filter(run_id=run) if run else queryset

    @extend_schema(
        request=AssignmentInputSerializer,
        responses={201: inline_serializer("AssignmentsMade", {"results": AssignmentSerializer(many=True)})},
    )
    def create(self, request: Request) -> Response:
        """Give a routine to runs, in place of what they were given by hand before."""
        form = AssignmentInputSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        values = form.validated_data
        made = assign(
            routine=values["routine"],
            runs=values["runs"],
            actor=request.user,  # type: ignore[arg-type]  # ScopePermission lets no visitor here
            now=timezone.now(),
            note=values.get("note") or "",
        )
        return Response({"results": self.get_serializer(made, many=True).data}, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take back what was given; the run falls back to its squad's default."""
        assignment = Assignment.objects.for_change(request.user, pk=pk)
        withdraw(assignment=assignment, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)
