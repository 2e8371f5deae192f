"""The API of routines, which an app above extends."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.problems import Conflict
from warmups.domain import routines
from warmups.models import Revision, Routine, Step
from warmups.routine_shapes import routine_coverage


class StepSerializer(serializers.ModelSerializer[Step]):
    """A step: an exercise with its dose."""

    exercise = serializers.SlugField(source="exercise.slug")

    class Meta:
        model = Step
        fields = [
            "position",
            "exercise",
            "exercise_name",
            "mode",
            "sets",
            "reps",
            "hold_seconds",
            "metres",
            "sides",
            "rest_seconds",
            "tempo",
            "equipment",
            "rank",
            "note",
        ]
        read_only_fields = fields


class StepInputSerializer(serializers.Serializer[Any]):
    """A step to write. What is left out is as the exercise has it; the order of the list is the order of the steps."""

    exercise = serializers.CharField(max_length=60, help_text="A published exercise's slug.")
    sets = serializers.IntegerField(required=False, help_text="1 to 10.")
    reps = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 200; for holds their number.")
    hold_seconds = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 600, for holds.")
    metres = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 2000, where metres are counted.")
    sides = serializers.CharField(required=False, allow_null=True, max_length=10, help_text="each, left, right, null.")
    rest_seconds = serializers.IntegerField(required=False, help_text="Between sets, 0 to 600.")
    tempo = serializers.CharField(required=False, allow_blank=True, max_length=40)
    equipment = serializers.ListField(required=False, child=serializers.CharField(max_length=60), max_length=10)
    rank = serializers.IntegerField(required=False, help_text="1 is kept longest when time is short.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


class CoverageSerializer(serializers.Serializer[Any]):
    """Weighted work seconds by muscle (null: unknown) and by running role."""

    muscles = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    roles = serializers.DictField(child=serializers.IntegerField())


class RoutineSerializer(serializers.ModelSerializer[Routine]):
    """A routine in its current revision: `revision` is that one's id, `number` counts within the routine."""

    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    copied_from = serializers.IntegerField(source="copied_from_id", allow_null=True)
    archived = serializers.SerializerMethodField()
    revision = serializers.IntegerField(source="current_id")
    number = serializers.IntegerField(source="current.number")
    steps = StepSerializer(source="current.steps", many=True)
    duration_seconds = serializers.IntegerField(source="current.duration_seconds")
    coverage = serializers.SerializerMethodField()

    class Meta:
        model = Routine
        fields = [
            "id",
            "name",
            "description",
            "owner",
            "copied_from",
            "archived",
            "revision",
            "number",
            "steps",
            "duration_seconds",
            "coverage",
        ]
        read_only_fields = fields

    def get_archived(self, routine: Routine) -> bool:
        """Whether it is out of use."""
        return routine.archived_at is not None

    @extend_schema_field(CoverageSerializer)
    def get_coverage(self, routine: Routine) -> Any:
        """What its steps cover."""
        return routine_coverage(routine)


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """A state of a routine, which never changes. `created_by`: whose change it is, by id; null in the library."""

    created_by = serializers.SerializerMethodField()

    steps = StepSerializer(many=True)

    class Meta:
        model = Revision
        fields = [
            "id",
            "number",
            "name",
            "description",
            "duration_seconds",
            "created_by",
            "created_at",
            "reason",
            "steps",
        ]

    def get_created_by(self, revision: Revision) -> int | None:
        """Curators write as Prestride."""
        return revision.created_by_id if revision.routine.owner_id else None


class VisibleRoutines(serializers.PrimaryKeyRelatedField):
    """A routine that the caller sees."""

    def get_queryset(self) -> QuerySet[Routine]:
        request = self.context.get("request")
        return Routine.objects.visible_to(request.user) if request else Routine.objects.none()


class RoutineCreateSerializer(serializers.Serializer[Any]):
    """A new routine; with `copied_from` and no steps, a copy."""

    name = serializers.CharField(required=False, max_length=80)
    description = serializers.CharField(required=False, allow_blank=True, max_length=500)
    steps = StepInputSerializer(many=True, required=False)
    copied_from = VisibleRoutines(required=False, allow_null=True, pk_field=serializers.IntegerField())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Name and steps may be left out of a copy only."""
        if attrs.get("copied_from") is None or "steps" in attrs:
            missing = [field for field in ("name", "steps") if field not in attrs]
            if missing:
                raise serializers.ValidationError(
                    {field: serializers.ErrorDetail(_("This field is required."), code="required") for field in missing}
                )
        return attrs


class RoutineChangeSerializer(serializers.Serializer[Any]):
    """A change: what is left out stays. `revision`: what the change is based on; no longer current answers 409."""

    name = serializers.CharField(required=False, max_length=80)
    description = serializers.CharField(required=False, allow_blank=True, max_length=500)
    steps = StepInputSerializer(many=True, required=False)
    revision = serializers.IntegerField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ArchivedToo(serializers.Serializer[Any]):
    """The query of the list."""

    archived = serializers.BooleanField(required=False, default=False)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("archived", OpenApiTypes.BOOL, description="The archived ones too."),
        ]
    ),
)
class RoutineViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """Routines that one may use: the library, one's own, and what one sees through squads.

    An app above may subclass it: `make`, `revise` and the three serializer classes are there to be extended.
    """

    public = True
    queryset = Routine.objects.none()
    serializer_class: type[serializers.BaseSerializer[Any]] = RoutineSerializer
    create_serializer_class: type[serializers.BaseSerializer[Any]] = RoutineCreateSerializer
    change_serializer_class: type[serializers.BaseSerializer[Any]] = RoutineChangeSerializer
    lookup_value_converter = "int"
    lookup_value_regex = "[0-9]+"
    filter_backends = []

    def get_queryset(self) -> QuerySet[Routine]:
        """Those one may use; with ?archived=true the archived too."""
        query = ArchivedToo(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        rows = Routine.objects.visible_to(self.request.user)
        return (rows if query.validated_data["archived"] else rows.current()).whole().order_by("name", "pk")

    def one(self, pk: int) -> Routine:
        """The routine of this id, archived or not, with all that the answer needs. Raises Http404."""
        return Routine.objects.all().whole().for_reading(cast(User, self.request.user), pk=pk)

    def checked(self, serializer_class: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
        """What came in, well formed."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        """The routine as it now is."""
        return Response(self.get_serializer(self.one(pk)).data, status=code)

    def make(self, data: dict[str, Any]) -> Routine:
        """Do what a POST asks for."""
        person, now = cast(User, self.request.user), timezone.now()
        source = data.get("copied_from")
        if source and "steps" not in data:
            copy = routines.copy_routine(routine=source, owner=person, now=now)
            changes = {field: data[field] for field in ("name", "description") if field in data}
            if changes:
                routines.revise_routine(routine=copy, actor=person, now=now, **changes)
            return copy
        return routines.create_routine(
            owner=person,
            actor=person,
            name=data["name"],
            steps=data["steps"],
            description=data.get("description", ""),
            copied_from=source,
            now=now,
        )

    def revise(self, routine: Routine, data: dict[str, Any]) -> Revision:
        """Do what a PATCH asks for."""
        return routines.revise_routine(
            routine=routine,
            actor=cast(User, self.request.user),
            now=timezone.now(),
            name=data.get("name"),
            steps=data.get("steps"),
            description=data.get("description"),
            revision_id=data.get("revision"),
            reason=data.get("reason", ""),
        )

    def retrieve(self, request: Request, pk: int) -> Response:
        """One routine."""
        return self.answer(pk)

    @extend_schema(request=RoutineCreateSerializer, responses={201: RoutineSerializer})
    def create(self, request: Request) -> Response:
        """Make a routine of one's own, or copy one."""
        routine = self.make(self.checked(self.create_serializer_class))
        return self.answer(routine.pk, status.HTTP_201_CREATED)

    @extend_schema(request=RoutineChangeSerializer, responses=RoutineSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a routine: new name or steps make the next revision."""
        routine = Routine.objects.for_change(cast(User, request.user), pk=pk)
        data = self.checked(self.change_serializer_class)
        try:
            self.revise(routine, data)
        except routines.OutOfDate as error:
            raise Conflict(error.message) from error
        return self.answer(pk)

    def destroy(self, request: Request, pk: int) -> Response:
        """Archive a routine; what was assigned and logged keeps it."""
        person = cast(User, request.user)
        routine = Routine.objects.for_change(person, pk=pk)
        routines.archive_routine(routine=routine, actor=person, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=RevisionSerializer(many=True))
    @action(detail=True)
    def revisions(self, request: Request, pk: int) -> Response:
        """All states of a routine, the newest first; of the library's the published ones, and to curators all."""
        routine = Routine.objects.for_reading(cast(User, request.user), pk=pk)
        rows = Revision.objects.visible_to(request.user).filter(routine=routine).order_by("-number")
        rows = rows.select_related("routine").prefetch_related("steps__exercise")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RevisionSerializer(page, many=True).data)
