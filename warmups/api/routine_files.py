"""The API of routines as files: out in the open format, and in again."""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config.problems import TooLarge
from warmups.api.routines import RoutineSerializer
from warmups.domain.routine_files import MOST_BYTES, exported, import_routine, parsed
from warmups.models import Revision, Routine


class RoutineFileExerciseSerializer(serializers.Serializer[Any]):
    """An exercise by its slug, its name or both."""

    slug = serializers.CharField(required=False)
    name = serializers.CharField(required=False)


class RoutineFileStepSerializer(serializers.Serializer[Any]):
    """A step. Only `exercise` is required: what is left out is as the exercise has it."""

    exercise = RoutineFileExerciseSerializer()
    mode = serializers.CharField(required=False, help_text="reps, hold or distance.")
    seconds_per_rep = serializers.FloatField(required=False, allow_null=True)
    sets = serializers.IntegerField(required=False, help_text="1 to 10.")
    reps = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 200; for holds their number.")
    hold_seconds = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 600, for holds.")
    metres = serializers.IntegerField(required=False, allow_null=True, help_text="1 to 2000, where metres are counted.")
    sides = serializers.CharField(required=False, allow_null=True, help_text="each, left, right, null.")
    rest_seconds = serializers.IntegerField(required=False, help_text="Between sets, 0 to 600.")
    tempo = serializers.CharField(required=False, help_text="Up to 40 characters.")
    equipment = serializers.ListField(required=False, child=serializers.CharField(), help_text="Slugs.")
    rank = serializers.IntegerField(required=False, help_text="1 is kept longest when time is short.")
    note = serializers.CharField(required=False, help_text="Up to 200 characters.")


class RoutineFileSerializer(serializers.Serializer[Any]):
    """A routine in the open format (docs/routine-format.md). Describes it; reading it is the domain's matter."""

    format = serializers.CharField(help_text="prestride-routine")
    version = serializers.IntegerField(help_text="1")
    name = serializers.CharField(help_text="Up to 80 characters.")
    description = serializers.CharField(required=False, help_text="Up to 500 characters.")
    steps = RoutineFileStepSerializer(many=True)
    licence = serializers.CharField(required=False)
    origin = serializers.CharField(required=False, help_text="Where it comes from.")


class ImportedRoutineSerializer(RoutineSerializer):
    """The routine that was made, and what to know about how its file was read."""

    notes = serializers.ListField(child=serializers.CharField())

    class Meta(RoutineSerializer.Meta):
        fields = [*RoutineSerializer.Meta.fields, "notes"]
        read_only_fields = fields


class RoutineFileParser(parsers.BaseParser):
    """Reads the body as a routine's file is read, which is stricter than JSON elsewhere."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value of the body. Raises TooLarge, and ValidationError as the domain does."""
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge(MOST_BYTES)
        return parsed(content)


class RoutineExportView(APIView):
    """A routine in the open format; open to everyone who sees the routine."""

    public = True

    @extend_schema(responses=RoutineFileSerializer)
    def get(self, request: Request, routine_id: int) -> Response:
        """A routine in the open format, as it can be imported."""
        routine = Routine.objects.select_related("current").for_reading(cast(User, request.user), pk=routine_id)
        revision = cast(Revision, routine.current)
        revision.routine = routine
        return Response(exported(revision, origin=request.build_absolute_uri(routine.get_absolute_url())))


class RoutineImportView(APIView):
    """Brings in a routine from the open format."""

    parser_classes = [RoutineFileParser]

    @extend_schema(request=RoutineFileSerializer, responses={201: ImportedRoutineSerializer})
    def post(self, request: Request) -> Response:
        """Make a routine of one's own of a file, all of it or nothing."""
        person = cast(User, request.user)
        made, notes = import_routine(owner=person, data=request.data, now=timezone.now())
        routine = Routine.objects.all().whole().for_reading(person, pk=made.pk)
        routine.notes = notes  # type: ignore[attr-defined]
        return Response(ImportedRoutineSerializer(routine).data, status=status.HTTP_201_CREATED)
