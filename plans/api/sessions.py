"""Sessions over the API: read one's own and one's athletes', send, delete."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.problems import Gone
from plans.domain.session_history import restore_version, versions_of
from plans.domain.sessions import HEALTH, Deleted, PainSide, PainSite, delete_session, save_session
from plans.models import Session, SessionVersion
from plans.models.sessions import FirstTen, Outcome
from plans.querysets import SessionQuerySet


class SessionStepSerializer(serializers.Serializer):
    """What was done of one step of the routine."""

    position = serializers.IntegerField(min_value=1, max_value=60)
    sets_done = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    reps_done = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    seconds_done = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    metres_done = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    skipped = serializers.BooleanField(required=False, default=False)
    skip_reason = serializers.CharField(max_length=100, required=False, allow_null=True, allow_blank=True)
    swapped_for = serializers.SlugField(required=False, allow_null=True, help_text="An exercise's slug.")
    harder_side = serializers.ChoiceField(["left", "right"], required=False, allow_null=True)


class SessionSerializer(serializers.Serializer):
    """A warm-up done: what was prescribed, what was done, how it felt."""

    # It shapes answers and the OpenAPI document; plans/domain/sessions.py says what may be written, field by field.
    id = serializers.UUIDField(read_only=True)
    athlete = serializers.IntegerField(read_only=True, source="athlete_id")
    run = serializers.IntegerField(source="run_id", required=False, allow_null=True)
    routine_revision = serializers.IntegerField(
        source="revision_id", required=False, allow_null=True, help_text="Absent: what the run was given."
    )
    started_at = serializers.DateTimeField(default_timezone=UTC)
    finished_at = serializers.DateTimeField(default_timezone=UTC, required=False, allow_null=True)
    outcome = serializers.ChoiceField(Outcome.choices, required=False, default=Outcome.DONE)
    steps = serializers.SerializerMethodField()
    rpe = serializers.IntegerField(
        min_value=0, max_value=10, required=False, allow_null=True, help_text="Effort, Borg CR10."
    )
    pain = serializers.IntegerField(min_value=0, max_value=10, required=False, allow_null=True, help_text="NRS, 0–10.")
    pain_site = serializers.ChoiceField(PainSite.choices, required=False, allow_null=True)
    pain_side = serializers.ChoiceField(PainSide.choices, required=False, allow_null=True)
    readiness = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)
    note = serializers.CharField(max_length=2000, required=False, allow_null=True, allow_blank=True)
    from_memory = serializers.BooleanField(required=False, default=False, help_text="Logged without the player.")
    stiff_before = serializers.BooleanField(required=False, allow_null=True, help_text="Said after the run.")
    first_ten = serializers.ChoiceField(
        FirstTen.choices, required=False, allow_null=True, help_text="The run's first ten minutes."
    )
    health_hidden = serializers.SerializerMethodField()
    edited_at = serializers.DateTimeField(
        default_timezone=UTC, required=False, allow_null=True, help_text="Absent or in the future: now."
    )
    received_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    clock_off_seconds = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="How far the device's clock was behind the server's; negative: ahead.",
    )

    def to_representation(self, instance: Session) -> dict[str, Any]:
        """The session; pain and words withheld from who may not read them."""
        shown = super().to_representation(instance)
        if shown["health_hidden"]:
            shown |= dict.fromkeys(HEALTH)
        return shown

    @extend_schema_field(SessionStepSerializer(many=True))
    def get_steps(self, session: Session) -> list[dict[str, Any]]:
        """What was done; the reasons, free words of the athlete, are withheld with the note."""
        if self.get_health_hidden(session):
            return [step | {"skip_reason": None} for step in session.steps]
        return session.steps

    def get_health_hidden(self, session: Session) -> bool:
        """Whether pain and note are withheld from the reader."""
        return not session.health_shared  # type: ignore[attr-defined]  # with_health_for


class SessionBodySerializer(SessionSerializer):
    """A whole session to send; what is left out is empty."""

    steps = SessionStepSerializer(many=True, required=False)  # type: ignore[assignment]
    sent_at = serializers.DateTimeField(
        required=False, allow_null=True, write_only=True, help_text="The device's clock now."
    )


class SessionVersionSerializer(serializers.Serializer):
    """A state of a session as a device sent it."""

    id = serializers.IntegerField(read_only=True)
    stands = serializers.SerializerMethodField()
    edited_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    received_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    clock_off_seconds = serializers.IntegerField(read_only=True, allow_null=True)
    body = serializers.SerializerMethodField()

    def get_stands(self, version: SessionVersion) -> bool:
        """Whether the session is as this version says."""
        return version == self.context["stands"]

    @extend_schema_field(SessionBodySerializer)
    def get_body(self, version: SessionVersion) -> dict[str, Any]:
        """What was sent, in the shape of `PUT`."""
        return {name: value for name, value in version.body.items() if name != "given_revision"}


class SessionFilters(forms.Form):
    """Which of the sessions one sees are listed; dates are local ones of the reader, both included."""

    athlete = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    run = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    # `from` is a word of the language.
    NAMES = {"since": "from", "until": "to"}

    def add_prefix(self, field_name: str) -> str:
        """The parameter's name in the address."""
        return self.NAMES.get(field_name, field_name)

    def apply(self, sessions: QuerySet, zone: ZoneInfo) -> QuerySet:
        """Those asked for. Raises ValidationError for a parameter."""
        if not self.is_valid():
            raise ValidationError({self.add_prefix(name): errors for name, errors in self.errors.as_data().items()})
        wanted = self.cleaned_data
        if wanted["athlete"]:
            sessions = sessions.filter(athlete_id=wanted["athlete"])
        if wanted["run"]:
            sessions = sessions.filter(run_id=wanted["run"])
        if wanted["since"]:
            sessions = sessions.filter(started_at__gte=_midnight(wanted["since"], zone))
        if wanted["until"]:
            sessions = sessions.filter(started_at__lt=_midnight(wanted["until"], zone, days=1))
        return sessions


def _midnight(day: date, zone: ZoneInfo, days: int = 0) -> datetime:
    """When `day`, or the day so many days later, begins; far-off days count as the nearest that a clock can show."""
    day = min(max(day, date(1900, 1, 1)), date(2200, 1, 1)) + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=zone)


_FILTERS = [
    OpenApiParameter("athlete", int, description="A person's id."),
    OpenApiParameter("run", int, description="A run's id."),
    OpenApiParameter("from", date, description="Local date, included."),
    OpenApiParameter("to", date, description="Local date, included."),
]


class SessionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Warm-ups done: one's own, and those of the athletes whom one coaches or assists."""

    serializer_class = SessionSerializer
    queryset = Session.objects.none()
    filter_backends = ()
    scopes: ClassVar[dict[str, str]] = {"read": "read", "write": "log"}
    # A phone may write its UUIDs in capitals, which Django's converter refuses.
    lookup_value_regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def get_queryset(self) -> SessionQuerySet:
        """What the caller sees, as they may see it."""
        return Session.objects.visible_to(self.request.user).with_health_for(self.request.user)

    @extend_schema(parameters=_FILTERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Sessions, the last begun first."""
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """The list's filters. Raises ValidationError for a parameter."""
        return SessionFilters(self.request.query_params).apply(queryset, _caller(self.request).time_zone)

    @extend_schema(responses={200: SessionSerializer, 410: None})
    def retrieve(self, request: Request, pk: str) -> Response:
        """One session. 410: its athlete deleted it."""
        _refuse_deleted(_caller(request), pk)
        return self._answer(self.get_queryset().for_reading(request.user, pk=pk))

    @extend_schema(request=SessionBodySerializer, responses={200: SessionSerializer, 201: SessionSerializer, 410: None})
    def update(self, request: Request, pk: str) -> Response:
        """Send a whole session; sending it again changes nothing. 201 when it is new, 410 when it was deleted."""
        try:
            session, created = save_session(
                id=UUID(pk), athlete=_caller(request), now=timezone.now(), body=request.data
            )
        except Deleted as error:
            raise Gone from error
        session.health_shared = True  # type: ignore[attr-defined]  # one's own
        return self._answer(session, status.HTTP_201_CREATED if created else status.HTTP_200_OK)

    @extend_schema(responses={204: None, 410: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one's own session for good."""
        _refuse_deleted(_caller(request), pk)
        session = Session.objects.for_change(request.user, pk=pk)
        delete_session(session=session, actor=_caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: SessionVersionSerializer(many=True), 410: None})
    @action(detail=True, pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """Every version of one's own session, the one that stands first. 403 for who may only read the session."""
        _refuse_deleted(_caller(request), pk)
        rows = versions_of(Session.objects.for_change(request.user, pk=pk))
        return Response(SessionVersionSerializer(rows, many=True, context={"stands": next(iter(rows), None)}).data)

    @extend_schema(request=None, responses={200: SessionSerializer, 410: None})
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<version>[0-9]{1,18})/restore")
    def restore(self, request: Request, pk: str, version: str) -> Response:
        """Make the session what a version says; it becomes a new version, edited now."""
        _refuse_deleted(_caller(request), pk)
        session = Session.objects.for_change(request.user, pk=pk)
        found = get_object_or_404(session.versions.all(), pk=version)
        try:
            session = restore_version(version=found, actor=_caller(request), now=timezone.now())
        except Deleted as error:  # in another tab, in the meantime
            raise Gone from error
        session.health_shared = True  # type: ignore[attr-defined]  # one's own
        return self._answer(session)

    def _answer(self, session: Session, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(session).data, status=code)


def _caller(request: Request) -> User:
    """Who asks; ScopePermission lets nobody here who has not signed in."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _refuse_deleted(person: User, pk: str) -> None:
    """Raises Gone for a session of one's own that was deleted; nobody else learns that there was one."""
    if Session.objects.filter(athlete=person, pk=pk).exclude(deleted_at=None).exists():
        raise Gone
