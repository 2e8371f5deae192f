"""The API of exercises, the evidence behind them, and routines."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.models import User
from config.problems import Conflict
from warmups.domain import routines
from warmups.domain.figures import figure_etag, figure_file, figure_url, figure_version
from warmups.figures import PoseError
from warmups.filters import ExerciseFilter
from warmups.kept_answers import kept
from warmups.models import Activation, Equipment, Exercise, Muscle, Revision, Routine, Step, Study
from warmups.routine_shapes import routine_coverage

logger = logging.getLogger(__name__)

# --- Exercises and evidence ------------------------------------------------------------------------------------------


class MuscleSerializer(serializers.ModelSerializer[Muscle]):
    """A muscle, or a group that studies record as one signal."""

    class Meta:
        model = Muscle
        fields = ["slug", "name", "latin_name", "region", "kind", "actions", "where", "in_running"]


class EquipmentSerializer(serializers.ModelSerializer[Equipment]):
    """Something one needs at hand."""

    class Meta:
        model = Equipment
        fields = ["slug", "name"]


class StudySerializer(serializers.ModelSerializer[Study]):
    """The source of figures. `bibliography_checked` says whether its citation was seen whole."""

    class Meta:
        model = Study
        fields = [
            "slug",
            "citation",
            "year",
            "doi",
            "pubmed",
            "design",
            "population",
            "n",
            "method",
            "electrodes",
            "url",
            "bibliography_checked",
            "notes",
        ]


class DoseSerializer(serializers.Serializer[Any]):
    """A dose. It is per side when `sides` is each, the total when it is null."""

    sets = serializers.IntegerField()
    reps = serializers.IntegerField(allow_null=True)
    hold_seconds = serializers.IntegerField(allow_null=True)
    metres = serializers.IntegerField(allow_null=True)
    sides = serializers.ChoiceField(choices=Step.Sides.choices, allow_null=True)
    rest_seconds = serializers.IntegerField()
    tempo = serializers.CharField()


class WorkedSerializer(serializers.Serializer[Any]):
    """A muscle that an exercise works."""

    muscle = serializers.SlugField(source="muscle.slug")
    role = serializers.ChoiceField(choices=["primary", "secondary"])


class SubstituteSerializer(serializers.Serializer[Any]):
    """An equal, and when it stands in."""

    when = serializers.ChoiceField(choices=["hurts", "no-equipment", "no-floor", "no-space"])
    exercise = serializers.SlugField(source="substitute.slug")


class EvidenceSerializer(serializers.Serializer[Any]):
    """How well muscle activity in an exercise is documented: published figures, from so many studies.

    `second_hand`: how many of the figures were quoted by another text, not read in the study itself.
    """

    figures = serializers.IntegerField()
    studies = serializers.IntegerField()
    second_hand = serializers.IntegerField()


class ExerciseSerializer(serializers.ModelSerializer[Exercise]):
    """An exercise. `dose` is its usual one. Other exercises are named only if they are published too.

    `seconds_per_rep` is per metre where metres are counted, null for holds.
    """

    dose = DoseSerializer(source="*")
    equipment = serializers.SerializerMethodField()
    easier = serializers.SerializerMethodField()
    harder = serializers.SerializerMethodField()
    substitutes = serializers.SerializerMethodField()
    contraindications = serializers.ListField(child=serializers.CharField())
    aliases = serializers.ListField(child=serializers.CharField())
    muscles = WorkedSerializer(source="worked", many=True)
    seconds_per_rep = serializers.FloatField(allow_null=True)
    evidence = EvidenceSerializer(source="*")
    figure = serializers.SerializerMethodField()

    class Meta:
        model = Exercise
        fields = [
            "slug",
            "name",
            "aliases",
            "summary",
            "status",
            "category",
            "phase",
            "position",
            "lying",
            "unilateral",
            "alternating",
            "mode",
            "dose",
            "seconds_per_rep",
            "equipment",
            "equipment_substitutes",
            "space",
            "running_role",
            "difficulty",
            "easier",
            "harder",
            "substitutes",
            "contraindications",
            "muscles",
            "evidence_level",
            "evidence",
            "figure",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.SlugField()))
    def get_equipment(self, exercise: Exercise) -> list[str]:
        """Slugs."""
        return [item.slug for item in exercise.equipment.all()]

    @extend_schema_field(serializers.SlugField(allow_null=True))
    def get_easier(self, exercise: Exercise) -> str | None:
        """A slug."""
        return exercise.easier.slug if exercise.easier and exercise.easier.published else None

    @extend_schema_field(serializers.SlugField(allow_null=True))
    def get_harder(self, exercise: Exercise) -> str | None:
        """A slug."""
        return exercise.harder.slug if exercise.harder and exercise.harder.published else None

    @extend_schema_field(SubstituteSerializer(many=True))
    def get_substitutes(self, exercise: Exercise) -> Any:
        """Equals."""
        rows = [row for row in exercise.substitutes.all() if row.substitute.published]
        return SubstituteSerializer(rows, many=True).data

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_figure(self, exercise: Exercise) -> str | None:
        """Where its figure is; null as long as it has none."""
        if not exercise.poses_digest:
            return None
        return cast(Request, self.context["request"]).build_absolute_uri(figure_url(exercise))


class ActivationSerializer(serializers.ModelSerializer[Activation]):
    """A published figure in %MVIC. `second_hand`: quoted by another text, not read in the study itself."""

    muscle = serializers.SlugField(source="muscle.slug")
    study = serializers.SlugField(source="study.slug")
    citation = serializers.CharField(source="study.citation")
    doi = serializers.CharField(source="study.doi")
    mean = serializers.FloatField(allow_null=True)
    sd = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    second_hand = serializers.BooleanField()

    class Meta:
        model = Activation
        fields = [
            "code",
            "muscle",
            "segment",
            "variant",
            "mean",
            "sd",
            "n",
            "low",
            "high",
            "statistic",
            "load",
            "rankable",
            "second_hand",
            "study",
            "citation",
            "doi",
            "locator",
            "note",
        ]


class MistakeSerializer(serializers.Serializer[Any]):
    """A common mistake and its fix."""

    mistake = serializers.CharField()
    fix = serializers.CharField()


class ExerciseDetailSerializer(ExerciseSerializer):
    """An exercise with how to do it and the figures behind it."""

    steps = serializers.ListField(source="instructions", child=serializers.CharField())
    cues = serializers.ListField(child=serializers.CharField())
    mistakes = MistakeSerializer(many=True)
    activations = ActivationSerializer(many=True)

    class Meta(ExerciseSerializer.Meta):
        fields = [
            *ExerciseSerializer.Meta.fields,
            "set_up",
            "steps",
            "cues",
            "feel",
            "mistakes",
            "leave_out",
            "reviewed_by",
            "reviewed_on",
            "review_due",
            "activations",
        ]
        read_only_fields = fields


class PublicList(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """A list of the library, the same for everyone: made once for each address and change of the library."""

    public = True
    lookup_field = "slug"
    lookup_value_converter = "slug"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        """The rows; 304 for who has them."""
        make = super().list
        return kept(request, lambda: make(request, *args, **kwargs).data)


class MuscleViewSet(PublicList):
    """The muscles that exercises work."""

    queryset = Muscle.objects.order_by("name", "pk")
    serializer_class = MuscleSerializer


class EquipmentViewSet(PublicList):
    """What exercises may need."""

    queryset = Equipment.objects.order_by("name", "pk")
    serializer_class = EquipmentSerializer


class StudyViewSet(PublicList):
    """The studies behind the figures."""

    queryset = Study.objects.order_by("slug")
    serializer_class = StudySerializer


class ExerciseViewSet(PublicList):
    """Published exercises. One that was retired since can still be read by its slug, since logs lean on it."""

    serializer_class = ExerciseSerializer
    filterset_class = ExerciseFilter
    queryset = Exercise.objects.none()

    def get_queryset(self) -> QuerySet[Exercise]:
        """The published ones."""
        return Exercise.objects.published().with_shape().order_by("name", "pk")

    @extend_schema(responses=ExerciseDetailSerializer)
    def retrieve(self, request: Request, slug: str) -> HttpResponseBase:
        """One exercise, with how to do it and the figures behind it; 304 for who has it."""
        rows = Exercise.objects.ever_published().with_evidence()

        def make() -> Any:
            # Not what one may see as a curator: the API gives drafts to nobody.
            return ExerciseDetailSerializer(
                get_object_or_404(rows, slug=slug), context=self.get_serializer_context()
            ).data

        return kept(request, make)


class PictureQuery(serializers.Serializer[Any]):
    """Which picture of a figure."""

    side = serializers.ChoiceField(choices=["left", "right"], required=False, default="", help_text="The working side.")
    theme = serializers.ChoiceField(choices=["light", "dark"], required=False, default="light")
    v = serializers.CharField(required=False, default="", max_length=60, help_text="As in the links; kept for ever.")


class FigureQuery(PictureQuery):
    """Which file of a figure."""

    still = serializers.BooleanField(required=False, default=False, help_text="Not moving.")
    phases = serializers.ChoiceField(choices=[1, 2], required=False, default=2, help_text="Of the still; 1 is larger.")


class PictureView(APIView):
    """A figure of an exercise, as a file."""

    # Pages show many of these and browsers keep them, so none of them counts against a limit.
    throttle_classes: list[type[BaseThrottle]] = []
    public = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Remember who asks, before the framework makes a visitor of them; nothing is looked up yet."""
        super().setup(request, *args, **kwargs)
        self.person = request.user

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Look at a token where one is sent. Without one no session is read, or every answer would be private."""
        described = self.request is None  # for the schema
        return super().get_authenticators() if described or "Authorization" in self.request.headers else []

    def answer(
        self, request: Request, slug: str, *, kind: str, media_type: str, wanted: dict[str, Any]
    ) -> HttpResponse:
        """The file, or 304 for who has it; it is drawn once and then kept. Raises Http404 where it can't be drawn."""
        exercise = self._exercise(request, slug)
        side, theme = wanted["side"], wanted["theme"]
        # Weak, since compressed or not it is the same file, and a 304 has to name the one that was sent.
        etag = f'W/"{figure_etag(exercise, kind=kind, side=side, theme=theme)}"'
        unchanged = get_conditional_response(cast(HttpRequest, request), etag=etag)
        try:
            file = figure_file(exercise, kind=kind, side=side, theme=theme) if unchanged is None else b""
        except PoseError as error:
            logger.error("The poses of %s can't be drawn: %s", slug, error)
            raise Http404 from error
        response = unchanged or HttpResponse(file, content_type=media_type)
        response["ETag"] = etag
        if not exercise.ever_published:
            patch_cache_control(response, private=True, no_cache=True)
            return response
        # A middleware looked who asks, to speak their language; a figure is the same for all. Told that it varies by
        # cookie, browsers would fetch all figures anew after each sign-in.
        request.session.accessed = False
        if wanted["v"] == figure_version(exercise):
            patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
        else:
            patch_cache_control(response, public=True, max_age=3600)
        return response

    def checked(self, request: Request, shape: type[PictureQuery]) -> dict[str, Any]:
        """What the query asks for. Raises ValidationError."""
        query = shape(data=request.query_params)
        query.is_valid(raise_exception=True)
        return cast(dict[str, Any], query.validated_data)

    def _exercise(self, request: Request, slug: str) -> Exercise:
        """An exercise with a figure; a draft's only for those who see drafts. Raises Http404."""
        rows = Exercise.objects.exclude(poses_digest="").only("slug", "name", "status", "poses", "poses_digest")
        if exercise := rows.ever_published().filter(slug=slug).first():
            return exercise
        # Only now is the session read.
        return rows.for_reading(request.user if request.user.is_authenticated else self.person, slug=slug)


class FigureView(PictureView):
    """The figure of an exercise, an SVG that runs no script and needs no style."""

    @extend_schema(parameters=[FigureQuery], responses={(200, "image/svg+xml"): OpenApiTypes.STR, 304: None})
    @method_decorator(gzip_page)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Moving, or still; 304 for who has it."""
        wanted = self.checked(request, FigureQuery)
        kind = "moving" if not wanted["still"] else "small" if wanted["phases"] == 1 else "still"
        response = self.answer(request, slug, kind=kind, media_type="image/svg+xml", wanted=wanted)
        patch_vary_headers(response, ["Accept-Encoding"])  # a 304 too, which is too short to be compressed
        return response


class FigurePngView(PictureView):
    """The still figure as a picture, for mail programs and other sites, which show no SVG."""

    @extend_schema(parameters=[PictureQuery], responses={(200, "image/png"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """1200 by 900 pixels; 304 for who has it."""
        wanted = self.checked(request, PictureQuery)
        return self.answer(request, slug, kind="png", media_type="image/png", wanted=wanted)


# --- Routines --------------------------------------------------------------------------------------------------------


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
    """A state of a routine, which never changes."""

    steps = StepSerializer(many=True)

    class Meta:
        model = Revision
        fields = ["id", "number", "name", "duration_seconds", "created_at", "reason", "steps"]


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
        """All states of a routine, the newest first."""
        routine = Routine.objects.for_reading(cast(User, request.user), pk=pk)
        rows = routine.revisions.prefetch_related("steps__exercise").order_by("-number")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RevisionSerializer(page, many=True).data)
