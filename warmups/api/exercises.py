"""The API of exercises and the evidence behind them."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request

from warmups.domain.figures import figure_url
from warmups.filters import ExerciseFilter
from warmups.kept_answers import kept
from warmups.models import Activation, Equipment, Exercise, Muscle, Step, Study


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

        def make() -> Any:
            # Not what one may see as a curator: the API gives drafts to nobody.
            exercise = get_object_or_404(Exercise.objects.ever_published().with_evidence(), slug=slug)
            return ExerciseDetailSerializer(exercise, context=self.get_serializer_context()).data

        return kept(request, make)
