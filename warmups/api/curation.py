"""The curators' API: versions of exercises, written, compared and brought through review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.problems import Conflict
from warmups.api.exercises import ExerciseViewSet
from warmups.domain import exercises as domain
from warmups.domain.version_differences import differences, names_here
from warmups.models import Exercise, ExerciseVersion

CURATE = {"read": "curate", "write": "curate"}
HIGHEST_NUMBER = 2**31 - 1


class DocumentField(serializers.DictField):
    """All that an exercise says, whole; the domain checks what is in it (warmups/domain/exercise_documents.py)."""

    def __init__(self, **options: Any) -> None:
        words = "The keys of a content file with `poses`, `media` and `review`. What is left out is empty."
        super().__init__(help_text=words, **options)


class PersonSerializer(serializers.Serializer[User]):
    """A curator."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


class VersionSerializer(serializers.Serializer[Any]):
    """A version of an exercise; it never changes. Without an author it came with a release, or the account is gone."""

    number = serializers.IntegerField()
    author = PersonSerializer(allow_null=True)
    from_release = serializers.BooleanField()
    made_at = serializers.DateTimeField(default_timezone=UTC)
    reason = serializers.CharField()
    published_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    published_by = PersonSerializer(allow_null=True)
    alone_because = serializers.CharField(help_text="Why one person wrote and published it; else empty.")


class WholeVersionSerializer(VersionSerializer):
    """A version with all that it says: the document, in the form of a content file."""

    document = DocumentField()


class StandingSerializer(serializers.Serializer[Exercise]):
    """How an exercise stands. `next_status`: of the work on its latest version; empty if that one is published."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    status = serializers.ChoiceField(Exercise.Status.choices)
    next_status = serializers.ChoiceField(Exercise.NextStatus.choices)
    latest = serializers.IntegerField(source="latest.number")
    published = serializers.IntegerField(
        source="published_version.number", default=None, allow_null=True, help_text="The version that readers see."
    )


class StartSerializer(serializers.Serializer[Any]):
    """A new exercise, as a draft."""

    slug = serializers.CharField(max_length=60, help_text="Small letters, digits and hyphens; it can't be changed.")
    document = DocumentField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=domain.LONGEST_REASON)


class SaveSerializer(serializers.Serializer[Any]):
    """The next version. `based_on`: the number of the version that was changed; an older one than the latest gives 409.

    A change of what was ever published needs a reason.
    """

    based_on = serializers.IntegerField(min_value=1, max_value=HIGHEST_NUMBER)
    document = DocumentField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=domain.LONGEST_REASON)


class SendBackSerializer(serializers.Serializer[Any]):
    """What is to be changed."""

    comment = serializers.CharField(max_length=domain.LONGEST_COMMENT)


class PublishSerializer(serializers.Serializer[Any]):
    """`based_on`: the number of the version that was read; 409 if there is a later one.

    `alone_because`: for a superuser who publishes what they wrote themselves.
    """

    based_on = serializers.IntegerField(min_value=1, max_value=HIGHEST_NUMBER)
    alone_because = serializers.CharField(required=False, allow_blank=True, max_length=domain.LONGEST_REASON)


class BetweenSerializer(serializers.Serializer[Any]):
    """Which versions to compare: left out, what readers see with the latest."""

    to = serializers.IntegerField(required=False, min_value=1, max_value=HIGHEST_NUMBER)

    def get_fields(self) -> dict[str, serializers.Field]:
        """With `from`, which is no name in Python."""
        return {"from": serializers.IntegerField(required=False, min_value=1, max_value=HIGHEST_NUMBER)} | dict(
            super().get_fields()
        )


class TextRunSerializer(serializers.Serializer[Any]):
    """A piece of a text that stayed, went or came."""

    kind = serializers.ChoiceField(["same", "removed", "added"])
    text = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One thing that became different. `where`: within its field ("Step 3"), or empty."""

    kind = serializers.ChoiceField(["added", "removed", "changed", "moved"])
    where = serializers.CharField()
    runs = TextRunSerializer(many=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    """What became of one field of the document, in words. `label`: as the form calls it."""

    field = serializers.CharField()
    label: Any = serializers.CharField()  # a name that the stubs have for something else
    changes = ChangeSerializer(many=True)


class CurationViewSet(ExerciseViewSet):
    """The library's exercises, open to all; and for curators their versions and their way through review."""

    scopes = CURATE

    @extend_schema(request=StartSerializer, responses={201: WholeVersionSerializer})
    def create(self, request: Request) -> Response:
        """Start an exercise, as a draft; its first version."""
        said = self._said(StartSerializer)
        started = self._done(lambda: domain.start_exercise(**said, actor=self._person, now=timezone.now()), said)
        return self._version(started.latest, status.HTTP_201_CREATED)

    @extend_schema(responses=VersionSerializer(many=True), operation_id="exercises_versions_list")
    @action(detail=True, public=False, scopes=CURATE, filter_backends=[])
    def versions(self, request: Request, slug: str) -> Response:
        """The versions of an exercise, the newest first."""
        rows = ExerciseVersion.objects.visible_to(self._person).light().filter(exercise=self._exercise(slug))
        page = self.paginate_queryset(rows.order_by("-number"))
        return self.get_paginated_response(VersionSerializer(page, many=True).data)

    @extend_schema(
        request=SaveSerializer,
        responses={200: WholeVersionSerializer, 201: WholeVersionSerializer},
        operation_id="exercises_versions_save",
    )
    @versions.mapping.post
    def save_version(self, request: Request, slug: str) -> Response:
        """Save the next version, as a draft: 200 with the latest one if nothing changed.

        What is in review becomes a draft again. Readers of a published exercise see nothing of it.
        """
        exercise, said = self._exercise(slug), self._said(SaveSerializer)
        before = exercise.latest
        version = self._done(
            lambda: domain.save_draft(exercise=exercise, **said, actor=self._person, now=timezone.now()), said
        )
        return self._version(version, status.HTTP_200_OK if version == before else status.HTTP_201_CREATED)

    @extend_schema(
        responses=WholeVersionSerializer,
        operation_id="exercises_versions_one",
        parameters=[OpenApiParameter("number", int, OpenApiParameter.PATH)],
    )
    @action(detail=True, public=False, scopes=CURATE, url_path="versions/<int:number>", url_name="version")
    def version(self, request: Request, slug: str, number: int) -> Response:
        """One version, with its document."""
        rows = ExerciseVersion.objects.select_related("author", "published_by")
        return self._version(rows.for_reading(self._person, exercise=self._exercise(slug), number=number))

    @extend_schema(
        parameters=[
            OpenApiParameter("from", int, description="Left out: what readers see, or the first one."),
            OpenApiParameter("to", int, description="Left out: the latest."),
        ],
        responses=DifferenceSerializer(many=True),
    )
    @action(
        detail=True,
        public=False,
        scopes=CURATE,
        filter_backends=[],
        pagination_class=None,
        url_path="differences",
        url_name="differences",
    )
    def compared(self, request: Request, slug: str) -> Response:
        """What changed between two versions, in words."""
        exercise = self._exercise(slug)
        query = BetweenSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        shown = exercise.published_version
        older = query.validated_data.get("from") or (shown.number if shown else 1)
        newer = query.validated_data.get("to") or cast(ExerciseVersion, exercise.latest).number
        rows = ExerciseVersion.objects.visible_to(self._person).filter(exercise=exercise, number__in=[older, newer])
        documents = dict(rows.values_list("number", "document"))
        for name, number in (("from", older), ("to", newer)):
            if number not in documents:
                raise ValidationError({name: _("There is no version %(number)d.") % {"number": number}})
        found = differences(documents[older], documents[newer], names=names_here())
        return Response(DifferenceSerializer(found, many=True).data)

    @extend_schema(request=None, responses=StandingSerializer)
    @action(detail=True, methods=["post"], scopes=CURATE)
    def submit(self, request: Request, slug: str) -> Response:
        """Ask another curator to read the draft."""
        return self._deed(domain.submit_for_review, slug)

    @extend_schema(request=SendBackSerializer, responses=StandingSerializer)
    @action(detail=True, methods=["post"], scopes=CURATE, url_path="send-back", url_name="send-back")
    def send_back(self, request: Request, slug: str) -> Response:
        """Ask for changes of what is in review."""
        return self._deed(domain.send_back, slug, SendBackSerializer)

    @extend_schema(request=PublishSerializer, responses=StandingSerializer)
    @action(detail=True, methods=["post"], scopes=CURATE)
    def publish(self, request: Request, slug: str) -> Response:
        """Publish what is in review; by another person than its author."""
        return self._deed(domain.publish_exercise, slug, PublishSerializer)

    @extend_schema(request=None, responses=StandingSerializer)
    @action(detail=True, methods=["post"], scopes=CURATE)
    def retire(self, request: Request, slug: str) -> Response:
        """Keep a published exercise out of new routines; what has it keeps it."""
        return self._deed(domain.retire_exercise, slug)

    @extend_schema(request=None, responses=StandingSerializer)
    @action(detail=True, methods=["post"], scopes=CURATE, url_path="bring-back", url_name="bring-back")
    def bring_back(self, request: Request, slug: str) -> Response:
        """Publish a retired exercise again, as it was."""
        return self._deed(domain.bring_back, slug)

    @extend_schema(request=None, responses=StandingSerializer)
    @action(detail=True, methods=["post"], scopes=CURATE)
    def discard(self, request: Request, slug: str) -> Response:
        """Set the unfinished next version of a published exercise aside."""
        return self._deed(domain.discard_draft, slug)

    @property
    def _person(self) -> User:
        return cast(User, self.request.user)

    def _exercise(self, slug: str) -> Exercise:
        """The exercise that the caller curates. Raises Http404, or PermissionDenied where they may only read it."""
        return Exercise.objects.select_related("latest", "published_version").for_change(self._person, slug=slug)

    def _said(self, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """What came in, well formed."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def _deed(
        self, do: Callable[..., object], slug: str, serializer_class: type[serializers.Serializer[Any]] | None = None
    ) -> Response:
        """Do it; how the exercise stands then."""
        exercise = self._exercise(slug)
        said = self._said(serializer_class) if serializer_class else {}
        self._done(lambda: do(exercise=exercise, **said, actor=self._person, now=timezone.now()), said)
        return Response(StandingSerializer(self._exercise(slug)).data)

    def _done(self, do: Callable[[], Any], said: dict[str, Any]) -> Any:
        """What the domain gave. Raises Conflict, and ValidationError with paths as the body has them."""
        try:
            return do()
        except domain.Outdated as error:
            raise Conflict(" ".join(error.messages)) from error
        except ValidationError as error:
            raise _in_document(error, said) from error

    def _version(self, version: ExerciseVersion | None, code: int = status.HTTP_200_OK) -> Response:
        return Response(WholeVersionSerializer(version).data, status=code)


def _in_document(error: ValidationError, said: dict[str, Any]) -> ValidationError:
    """An error by paths in a document as one by paths in the body: "dose.reps" as "document.dose.reps"."""
    if "document" not in said or not hasattr(error, "error_dict"):
        return error
    own = {"slug", "reason"} - said["document"].keys()
    return ValidationError(
        {path if path in own else f"document.{path}": errors for path, errors in error.error_dict.items()}
    )
