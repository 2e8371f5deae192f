"""Standing assignments over the API: rules by which runs get a routine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from plans.api.fields import RoutineKeyField
from plans.api.runs import ID_AT_MOST, AthleteField, SquadField
from plans.domain.assignments import NOTE_LENGTH
from plans.domain.standing import end_standing, not_over, set_standing
from plans.models import RunKind, StandingAssignment
from plans.querysets import StandingAssignmentQuerySet


@extend_schema_serializer(component_name="StandingAssignment")
class StandingSerializer(serializers.Serializer):
    """A rule: runs of an athlete or a squad, of these kinds (none: every kind), get the routine as it is then."""

    id = serializers.IntegerField()
    athlete = serializers.IntegerField(source="athlete_id", allow_null=True)
    squad = serializers.SlugField(source="squad.slug", default=None, allow_null=True)
    routine = serializers.IntegerField(source="routine_id")
    routine_revision = serializers.IntegerField(source="routine.current_id", allow_null=True)
    kinds = serializers.ListField(child=serializers.ChoiceField(RunKind.choices))
    until = serializers.DateField(allow_null=True)
    note = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """The fields, with `from`, which no Python class could name."""
        return _with_from(super().get_fields(), before="until")


class StandingInputSerializer(serializers.Serializer):
    """A new rule, for an athlete (it may be oneself) or for a squad. Local dates of runs, both included."""

    routine = RoutineKeyField()
    athlete = AthleteField(required=False, allow_null=True)
    squad = SquadField(required=False, allow_null=True)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(RunKind.choices),
        required=False,
        allow_null=True,
        max_length=100,
        help_text="None: every kind.",
    )
    until = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=NOTE_LENGTH)

    def get_fields(self) -> dict[str, serializers.Field]:
        """The fields, with `from`, which no Python class could name."""
        return _with_from(super().get_fields(), before="until")


def _with_from(fields: dict[str, serializers.Field], *, before: str) -> dict[str, serializers.Field]:
    ordered: dict[str, serializers.Field] = {}
    for name, field in fields.items():
        if name == before:
            ordered["from"] = serializers.DateField(source="since")
        ordered[name] = field
    return ordered


class StandingFilters(forms.Form):
    """Which rules are listed."""

    athlete = forms.IntegerField(required=False, min_value=1, max_value=ID_AT_MOST)
    squad = forms.SlugField(required=False)
    over = forms.ChoiceField(required=False, choices=[("true", "true"), ("false", "false")])

    def apply(self, rows: StandingAssignmentQuerySet, today: date) -> StandingAssignmentQuerySet:
        """Those asked for, the ones that are over only if asked for too. Raises ValidationError for a parameter."""
        if not self.is_valid():
            raise ValidationError(self.errors.as_data())
        wanted = self.cleaned_data
        if wanted["athlete"]:
            rows = rows.filter(athlete_id=wanted["athlete"])
        if wanted["squad"]:
            rows = rows.filter(squad__slug=wanted["squad"])
        return rows if wanted["over"] == "true" else not_over(rows, today)


_FILTERS = [
    OpenApiParameter("athlete", int, description="A person's id."),
    OpenApiParameter("squad", str, description="A squad's slug."),
    OpenApiParameter("over", bool, description="true: those that are over too."),
]


class StandingViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Rules that the caller may set, or read as an assistant: their own, their athletes' and their squads'."""

    serializer_class = StandingSerializer
    queryset = StandingAssignment.objects.none()
    filter_backends = ()
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> StandingAssignmentQuerySet:
        """Those that the caller sees."""
        return StandingAssignment.objects.visible_to(self.request.user).select_related("routine", "squad", "athlete")

    @extend_schema(parameters=_FILTERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rules that hold or will, in the order in which they win: the later first day first, then the newer."""
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: Any) -> Any:
        """The list's filters. Raises ValidationError for a parameter."""
        today = timezone.now().astimezone(cast(User, self.request.user).time_zone).date()
        return StandingFilters(self.request.query_params).apply(queryset, today)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One rule."""
        standing = self.get_queryset().for_reading(request.user, pk=pk)
        return Response(self.get_serializer(standing).data)

    @extend_schema(request=StandingInputSerializer, responses={201: StandingSerializer})
    def create(self, request: Request) -> Response:
        """Set a rule for an athlete or a squad."""
        form = StandingInputSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        values = form.validated_data
        values |= {"kinds": values.get("kinds") or (), "note": values.get("note") or ""}
        with _api_words():
            made = set_standing(actor=cast(User, request.user), now=timezone.now(), **values)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """End a rule: no run from today on gets it any more. What it gave before stays told."""
        standing = self.get_queryset().for_change(request.user, pk=pk)
        end_standing(standing=standing, actor=cast(User, request.user), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


@contextmanager
def _api_words() -> Iterator[None]:
    """What the domain says of `since` is said of `from`."""
    try:
        yield
    except ValidationError as error:
        named = {"from" if name == "since" else name: what for name, what in error.error_dict.items()}
        raise ValidationError(named) from error
