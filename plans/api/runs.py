"""Runs over the API: one's own and one's athletes', planned singly, by a rule, or for a squad."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, get_args

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from plans.api.fields import KeyField, RoutineKeyField, ZoneField
from plans.domain import assignments, runs, series
from plans.domain.adherence import SESSIONS_OF_RUN, warm_up_state, warm_ups_of
from plans.domain.given import Source, away_on, given, with_warm_up
from plans.domain.planning_runs import plan_own
from plans.models import Assignment, Run, RunKind, Series, Squad
from plans.querysets import READERS, RunQuerySet, athletes_of
from warmups.models import Routine

ID_AT_MOST = 2**63 - 1


@extend_schema_field({"type": "string", "example": "2027-03-28T02:30:00"})
class LocalTimeField(serializers.Field):
    """A wall time: ISO 8601 without an offset, seconds optional."""

    default_error_messages = {
        "invalid": _("Give a local date and time, for example 2027-03-28T06:30."),
        "offset": _("Give the local time without an offset; the time zone has its own field."),
    }
    SHAPE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(.*)")

    def to_internal_value(self, data: Any) -> datetime:
        """The wall time, naive. Raises ValidationError for anything else."""
        found = self.SHAPE.fullmatch(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        try:
            local = datetime.fromisoformat(found[1])
        except ValueError:
            self.fail("invalid")
        if found[2]:
            self.fail("offset" if re.fullmatch(r"Z|[+-][0-9:]{2,8}", found[2]) else "invalid")
        return local

    def to_representation(self, value: datetime) -> str:
        """As typed, with seconds."""
        return value.isoformat(timespec="seconds")


@extend_schema_field(str)
class SquadField(serializers.SlugRelatedField):
    """A squad that the caller is in, by its slug."""

    default_error_messages = {
        "does_not_exist": _("You are in no squad {value}."),
        "invalid": _("Give a squad's slug."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="slug", **kwargs)

    def get_queryset(self) -> QuerySet[Squad]:
        """Those that the caller sees; for the schema, which nobody asks for, none."""
        request = self.context.get("request")
        return Squad.objects.visible_to(request.user) if request else Squad.objects.none()

    def to_internal_value(self, data: Any) -> Any:
        """The squad. Raises ValidationError for what is no slug, or names no squad of the caller's."""
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            validate_slug(data)
        except ValidationError:
            self.fail("invalid")
        return super().to_internal_value(data)


class AthleteField(KeyField):
    """Oneself, or an athlete whom one sees; whether one may plan for them is the domain's to say."""

    def get_queryset(self) -> QuerySet[User]:
        """Those that the caller sees; for the schema none."""
        request = self.context.get("request")
        if request is None:
            return User.objects.none()
        return User.objects.filter(Q(pk=request.user.pk) | Q(pk__in=athletes_of(request.user, *READERS)))


class RunSerializer(serializers.Serializer):
    """A run, what it was given and what became of it."""

    id = serializers.IntegerField()
    athlete = serializers.IntegerField(source="athlete_id")
    squad = serializers.SlugField(source="squad.slug", default=None, allow_null=True)
    series = serializers.IntegerField(source="series_id", allow_null=True)
    kind = serializers.ChoiceField(RunKind.choices)
    local_start = LocalTimeField()
    time_zone = ZoneField()
    starts_at = serializers.DateTimeField(default_timezone=UTC)
    planned_minutes = serializers.IntegerField(allow_null=True)
    planned_metres = serializers.IntegerField(allow_null=True)
    place = serializers.CharField()
    note = serializers.CharField()
    status = serializers.ChoiceField(Run.Status.choices)
    routine = serializers.SerializerMethodField()
    routine_revision = serializers.SerializerMethodField()
    routine_from = serializers.SerializerMethodField()
    warm_up = serializers.SerializerMethodField()
    away = serializers.SerializerMethodField()

    def get_routine(self, run: Run) -> int | None:
        """The id of the routine that the run was given."""
        what = given(run)
        return what.revision.routine_id if what else None

    def get_routine_revision(self, run: Run) -> int | None:
        """The id of its revision."""
        what = given(run)
        return what.revision.pk if what else None

    @extend_schema_field(serializers.ChoiceField(list(get_args(Source)), allow_null=True))
    def get_routine_from(self, run: Run) -> str | None:
        """By whose word: by hand, a rule of the athlete's or the squad's, the squad's or the athlete's own usual."""
        what = given(run)
        return what.source if what else None

    @extend_schema_field(serializers.ChoiceField(["planned", "done", "short", "partial", "skipped"], allow_null=True))
    def get_warm_up(self, run: Run) -> str | None:
        """What became of the warm-up, by its sessions, else by what was answered from the reminder."""
        return warm_up_state(
            has_routine=given(run) is not None,
            sessions=warm_ups_of(run),
            starts_at=run.starts_at,
            now=self.context["now"],
        )

    def get_away(self, run: Run) -> bool:
        """Whether its athlete is away, so that no reminder goes out and it is not counted."""
        return away_on(run) is not None


class RunChangeSerializer(serializers.Serializer):
    """What of a run can be changed; null clears."""

    kind = serializers.ChoiceField(RunKind.choices)
    local_start = LocalTimeField(help_text="Wall time, ISO 8601 without an offset.")
    time_zone = ZoneField(required=False, allow_null=True, help_text="Null: the squad's, else the athlete's.")
    planned_minutes = serializers.IntegerField(
        required=False, allow_null=True, min_value=runs.MINUTES[0], max_value=runs.MINUTES[-1]
    )
    planned_metres = serializers.IntegerField(
        required=False, allow_null=True, min_value=runs.METRES[0], max_value=runs.METRES[-1]
    )
    place = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=runs.PLACE_LENGTH)
    note = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=runs.NOTE_LENGTH)
    routine = RoutineKeyField(
        required=False, allow_null=True, help_text="Given to the run by hand; null takes it back."
    )
    rrule = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="RFC 5545 without DTSTART; FREQ is DAILY, WEEKLY or MONTHLY, UNTIL local. Changed with scope "
        "following or all.",
    )


class RunPatchSerializer(RunChangeSerializer):
    """A change of a run: absent fields stay. Whose it is stays too."""

    status = serializers.ChoiceField(Run.Status.choices, required=False)
    athlete = serializers.IntegerField(required=False, help_text="As it is.")
    squad = serializers.SlugField(required=False, allow_null=True, help_text="As it is.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Without whose it is. Raises ValidationError for another athlete or squad."""
        run: Run = self.instance  # type: ignore[assignment]
        stays = {"athlete": run.athlete_id, "squad": run.squad and run.squad.slug}
        moved = [field for field in stays if attrs.pop(field, stays[field]) != stays[field]]
        if moved:
            sentence = _("A run stays its athlete's and its squad's. Cancel it and plan another.")
            raise serializers.ValidationError(dict.fromkeys(moved, sentence), code="invalid")
        return attrs


class RunInputSerializer(RunChangeSerializer):
    """A new run: of `athlete`, of everyone in `squad`, or of oneself where both are left out."""

    athlete = AthleteField(required=False, allow_null=True)
    squad = SquadField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where both an athlete and a squad are named."""
        if attrs.get("athlete") and attrs.get("squad"):
            raise serializers.ValidationError({"athlete": _("Name an athlete or a squad, not both.")}, code="invalid")
        return attrs


class SeriesMadeSerializer(serializers.Serializer):
    """What planning for a squad, or by a rule, answers: the series and how many runs it has now."""

    series = serializers.IntegerField()
    count = serializers.IntegerField()


class RunFilters(forms.Form):
    """Which of the runs one sees are listed; `from` and `to` are local dates, both included."""

    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    athlete = forms.IntegerField(required=False, min_value=1, max_value=ID_AT_MOST)
    squad = forms.SlugField(required=False)
    series = forms.IntegerField(required=False, min_value=1, max_value=ID_AT_MOST)
    cancelled = forms.ChoiceField(required=False, choices=[("true", "true"), ("false", "false")])

    # `from` is a word of the language.
    NAMES = {"since": "from", "until": "to"}
    LOOKUPS = {
        "since": "local_date__gte",
        "until": "local_date__lte",
        "athlete": "athlete_id",
        "squad": "squad__slug",
        "series": "series_id",
    }

    def add_prefix(self, field_name: str) -> str:
        """The parameter's name in the address."""
        return self.NAMES.get(field_name, field_name)

    def apply(self, rows: RunQuerySet) -> RunQuerySet:
        """Those asked for, the cancelled ones only if asked for too. Raises ValidationError for a parameter."""
        if not self.is_valid():
            raise ValidationError({self.add_prefix(name): errors for name, errors in self.errors.as_data().items()})
        wanted = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        if wanted.pop("cancelled", "false") == "false":
            rows = rows.planned()
        return rows.filter(**{self.LOOKUPS[name]: value for name, value in wanted.items()})


_FILTERS = [
    OpenApiParameter("from", date, description="Local date, included."),
    OpenApiParameter("to", date, description="Local date, included."),
    OpenApiParameter("athlete", int, description="A person's id."),
    OpenApiParameter("squad", str, description="A squad's slug."),
    OpenApiParameter("series", int, description="A series' id."),
    OpenApiParameter("cancelled", bool, description="true: the cancelled ones too."),
]
_SCOPE = OpenApiParameter(
    "scope",
    str,
    enum=runs.SCOPES,
    description="Of a series: this run (default), everyone's of that date, the dates to come from this one on, or all "
    "dates to come. Athletes reach further than this only in a series of their own.",
)


@contextmanager
def _called_rrule() -> Iterator[None]:
    """What the domain says of a rule, said of the field that it has here."""
    try:
        yield
    except ValidationError as error:
        if "rule" not in getattr(error, "error_dict", {}):
            raise
        named = {"rrule" if field == "rule" else field: errors for field, errors in error.error_dict.items()}
        raise ValidationError(named) from error


class RunViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Runs: one's own, and those of the athletes whom one coaches or assists."""

    serializer_class = RunSerializer
    queryset = Run.objects.none()
    filter_backends = ()
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> RunQuerySet:
        """What the caller sees, with all that the answer needs."""
        seen = Run.objects.visible_to(self.request.user)
        return with_warm_up(seen).prefetch_related(SESSIONS_OF_RUN)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the time, by which a warm-up is still to come."""
        return {**super().get_serializer_context(), "now": self.deed["now"]}

    @extend_schema(parameters=_FILTERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Runs in the order of their start."""
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: Any) -> Any:
        """The list's filters. Raises ValidationError for a parameter."""
        return RunFilters(self.request.query_params).apply(queryset)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One run."""
        return self._answer(pk)

    @extend_schema(
        request=RunInputSerializer,
        responses={
            201: PolymorphicProxySerializer(
                "RunOrSeries", [RunSerializer, SeriesMadeSerializer], resource_type_field_name=None
            )
        },
    )
    def create(self, request: Request) -> Response:
        """Plan a run for oneself or an athlete; for a squad, or with an rrule, a series: {"series", "count"}."""
        plan = self._read(RunInputSerializer)
        squad = plan.pop("squad", None)
        with _called_rrule():
            planned = self._plan_for_squad(squad, plan) if squad else self._plan(plan)
        if isinstance(planned, Run):
            return self._answer(planned.pk, status.HTTP_201_CREATED)
        made = {"series": planned.pk, "count": planned.runs.count()}
        return Response(SeriesMadeSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RunPatchSerializer, responses=RunSerializer, parameters=[_SCOPE])
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a run, restore it with {"status": "planned"}, give it a routine by hand; or more of its series."""
        run = Run.objects.for_change(request.user, pk=pk)
        with _called_rrule():
            self._change(run, self._read(RunPatchSerializer, run))
        return self._answer(run.pk)

    @extend_schema(responses={204: None}, parameters=[_SCOPE])
    def destroy(self, request: Request, pk: str) -> Response:
        """Cancel a run, or more of its series; `following` and `all` end it. What is cancelled can be restored."""
        run = Run.objects.for_change(request.user, pk=pk)
        runs.cancel_run(run=run, **self.deed, scope=self._scope())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _plan_for_squad(self, squad: Squad, plan: dict[str, Any]) -> Series:
        squad = Squad.objects.for_change(self.request.user, pk=squad.pk)
        plan.pop("athlete", None)
        return runs.schedule_for_squad(squad=squad, **self.deed, **plan)

    def _plan(self, plan: dict[str, Any]) -> Run | Series:
        return plan_own(athlete=plan.pop("athlete", None) or self.deed["actor"], **self.deed, **plan)

    @transaction.atomic
    def _change(self, run: Run, changes: dict[str, Any]) -> None:
        scope = self._scope()
        series.reach(run=run, **self.deed, scope=scope)
        wanted = changes.pop("status", None)
        if wanted == Run.Status.PLANNED:
            runs.restore_run(run=run, **self.deed, scope=scope)
        elif wanted == Run.Status.CANCELLED:
            runs.cancel_run(run=run, **self.deed, scope=scope)
        gives, routine = "routine" in changes, changes.pop("routine", None)
        if changes:
            runs.change_run(run=run, changes=changes, **self.deed, scope=scope)
        if gives:
            self._give(run, routine, scope)

    def _give(self, run: Run, routine: Routine | None, scope: str) -> None:
        alone = scope == "this" or run.occurrence_id is None
        if routine:
            assignments.assign_to_everyone(run=run, scope=scope, routine=routine, **self.deed)
        elif not alone:
            assignments.withdraw_from_everyone(run=run, scope=scope, **self.deed)
        elif Assignment.objects.filter(run=run).exists():
            assignment = Assignment.objects.for_change(self.request.user, run=run)
            assignments.withdraw(assignment=assignment, **self.deed)

    def _read(self, serializer_class: type[serializers.Serializer], run: Run | None = None) -> dict[str, Any]:
        form = serializer_class(run, data=self.request.data, partial=bool(run), context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        values = form.validated_data
        if "rrule" in values:
            values["rule"] = values.pop("rrule") or ""
        return values

    def _scope(self) -> str:
        return self.request.query_params.get("scope", "this")

    @cached_property
    def deed(self) -> dict[str, Any]:
        """Who asks and when: what every domain function is told."""
        return {"actor": self.request.user, "now": timezone.now()}

    def _answer(self, pk: int | str, code: int = status.HTTP_200_OK) -> Response:
        run = self.get_queryset().for_reading(self.request.user, pk=pk)
        return Response(self.get_serializer(run).data, status=code)
