"""Squads over the API: found, change, who is in them, the board."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from plans.api.fields import RoutineKeyField, ZoneField
from plans.api.sessions import SessionSerializer
from plans.domain import board, squad_roles, squads
from plans.models import Membership, Squad
from plans.models.squads import Role
from plans.querysets import READERS, MembershipQuerySet, SquadQuerySet

BOARD_DAYS_AT_MOST = 366
YEARS = range(1970, 2101)  # dates beyond these are a mistake in the program


class CoachSerializer(serializers.Serializer):
    """A coach or assistant of a squad."""

    id = serializers.IntegerField(source="person_id")
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(Role.choices)


class SquadSerializer(serializers.Serializer):
    """A squad. In an answer to a `PATCH`, absent fields stay and null clears."""

    slug = serializers.SlugField(read_only=True)
    name = serializers.CharField(max_length=squads.NAME_LENGTH)
    time_zone = ZoneField(required=False, help_text="Left out: the founder's.")
    default_routine = RoutineKeyField(required=False, allow_null=True)
    reminder_lead_minutes = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=squads.LEAD_MINUTES[0],
        max_value=squads.LEAD_MINUTES[-1],
        help_text="For athletes who chose nothing themselves; null: 60.",
    )
    archived = serializers.BooleanField(
        required=False, source="is_archived", help_text="true lays it to rest, false brings it back."
    )
    role = serializers.SerializerMethodField()
    coaches = serializers.SerializerMethodField()

    def get_role(self, squad: Squad) -> str:
        """What the caller is in it."""
        return next(each.role for each in _seen(squad) if each.person_id == self.context["request"].user.pk)

    @extend_schema(responses=CoachSerializer(many=True))
    def get_coaches(self, squad: Squad) -> list[dict[str, Any]]:
        """Its coaches and assistants."""
        return CoachSerializer([each for each in _seen(squad) if each.role in READERS], many=True).data  # type: ignore[return-value]


class MemberSerializer(serializers.Serializer):
    """A person in a squad. `email`: one's own, and those that one invited; `shares_health`: an athlete's choice."""

    id = serializers.IntegerField(source="person_id", read_only=True)
    name = serializers.CharField(source="person.name", read_only=True)
    role = serializers.ChoiceField(Role.choices, read_only=True)
    began_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    email = serializers.EmailField(source="address", read_only=True, allow_null=True)
    shares_health = serializers.BooleanField()


class MemberChangeSerializer(serializers.Serializer):
    """An athlete's choice, or who is what in a squad."""

    shares_health = serializers.BooleanField(required=False, help_text="Coaches may see pain and notes; oneself only.")
    role = serializers.ChoiceField(Role.choices, required=False, help_text="`coach` or `assistant`; coaches only.")


class AdherenceSerializer(serializers.Serializer):
    """Of `assigned` runs with a warm-up, `warmed_up` were; `share` is 0 to 1, null of no runs."""

    assigned = serializers.IntegerField()
    warmed_up = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class PainFlagSerializer(serializers.Serializer):
    """A session with pain at or over the limit."""

    session = serializers.UUIDField(source="pk")
    run = serializers.IntegerField(source="run_id", allow_null=True)
    started_at = serializers.DateTimeField(default_timezone=UTC)
    pain = serializers.IntegerField()
    pain_site = serializers.CharField(allow_null=True)
    pain_side = serializers.CharField(allow_null=True)


class BoardRowSerializer(serializers.Serializer):
    """One athlete on the board. `health_hidden`: their pain and notes are not shared with this squad."""

    athlete = serializers.IntegerField(source="person.pk")
    name = serializers.CharField(source="person.name")
    adherence = AdherenceSerializer()
    pain_flags = PainFlagSerializer(many=True)
    last_session = SessionSerializer(allow_null=True)
    health_hidden = serializers.SerializerMethodField()

    def get_health_hidden(self, row: board.AthleteLine) -> bool:
        """Whether pain and notes are withheld."""
        return not row.membership.shares_health


class SquadViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The squads that one is in."""

    serializer_class = SquadSerializer
    queryset = Squad.objects.none()
    filter_backends = ()
    lookup_field = "slug"

    def get_queryset(self) -> SquadQuerySet:
        """Those that the caller is in, with the memberships that they see of coaches and of themselves."""
        shown = Membership.objects.visible_to(self.request.user).select_related("person")
        shown = shown.filter(Q(role__in=READERS) | Q(person_id=self.request.user.pk))
        return Squad.objects.visible_to(self.request.user).prefetch_related(
            Prefetch("memberships", shown, to_attr="seen_memberships")
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One's squads, by name."""
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, slug: str) -> Response:
        """One squad."""
        return self._answer(slug)

    def create(self, request: Request) -> Response:
        """Found a squad; one is its coach from then on."""
        fields = self._read(request)
        fields.pop("is_archived", None)  # a new squad is none
        squad = squads.found_squad(founder=_caller(request), now=timezone.now(), **fields)
        return self._answer(squad.slug, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change a squad that one coaches."""
        deed: dict[str, Any] = {"actor": _caller(request), "now": timezone.now()}
        squad = Squad.objects.for_reading(request.user, slug=slug)
        changes = self._read(request, partial=True)
        archived = changes.pop("is_archived", None)
        with transaction.atomic():
            if archived is False:
                squad = squad_roles.bring_back_squad(squad=squad, **deed)
            if changes or not archived:
                squad = squads.change_squad(
                    squad=Squad.objects.for_change(request.user, slug=slug), changes=changes, **deed
                )
            if archived:
                squad_roles.archive_squad(squad=squad, **deed)
        return self._answer(slug)

    def _read(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        form = self.get_serializer(data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        return form.validated_data

    def _answer(self, slug: str, code: int = status.HTTP_200_OK) -> Response:
        squad = self.get_queryset().for_reading(self.request.user, slug=slug)
        return Response(self.get_serializer(squad).data, status=code)


class MemberViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Who is in a squad: all for its coaches and assistants; for athletes its coaches and themselves."""

    serializer_class = MemberSerializer
    queryset = Membership.objects.none()
    filter_backends = ()

    def get_queryset(self) -> MembershipQuerySet:
        """The active memberships of the squad that the caller sees. Raises Http404 for a squad they do not."""
        squad = Squad.objects.for_reading(self.request.user, slug=self.kwargs["slug"])
        seen = Membership.objects.visible_to(self.request.user).filter(squad=squad)
        return seen.select_related("person").with_address_for(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The people, those in it longest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=MemberChangeSerializer)
    def partial_update(self, request: Request, slug: str, person: int) -> Response:
        """Choose anew whether coaches see one's pain and notes (athletes, for themselves), or who is what (coaches)."""
        squad = Squad.objects.for_reading(request.user, slug=slug)
        membership = Membership.objects.for_reading(request.user, squad=squad, person_id=person)
        form = MemberChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        now, wanted = timezone.now(), form.validated_data
        with transaction.atomic():
            if "role" in wanted:
                squad_roles.change_role(membership=membership, role=wanted["role"], actor=_caller(request), now=now)
            if "role" not in wanted or "shares_health" in wanted:
                self._check_mine(membership)
            if "shares_health" in wanted:
                squads.share_health(membership=membership, shares=wanted["shares_health"], now=now)
        return Response(self.get_serializer(self.get_queryset().get(pk=membership.pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, person: int) -> Response:
        """Remove a person from a squad that one coaches, or leave it oneself."""
        squad = Squad.objects.for_reading(request.user, slug=slug)
        membership = Membership.objects.for_change(request.user, squad=squad, person_id=person)
        squads.end_membership(membership=membership, actor=_caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _check_mine(self, membership: Membership) -> None:
        if membership.person_id != self.request.user.pk or membership.role != Role.ATHLETE:
            raise exceptions.PermissionDenied(_("Only the athlete decides what coaches see."))


class BoardView(viewsets.GenericViewSet):
    """How a squad's athletes warm up, for its coaches and assistants."""

    serializer_class = BoardRowSerializer
    queryset = Membership.objects.none()
    filter_backends = ()
    PARAMETERS: ClassVar = [
        OpenApiParameter("from", date, description="Local date in the squad's zone, included; 27 days before `to`."),
        OpenApiParameter("to", date, description="Local date, included; today."),
    ]

    @extend_schema(parameters=PARAMETERS)
    def list(self, request: Request, slug: str) -> Response:
        """Adherence, pain flags and the newest session of each athlete, by name."""
        squad = Squad.objects.for_reading(request.user, slug=slug)
        if not Squad.objects.readable_by_staff_of(request.user).filter(pk=squad.pk).exists():
            raise exceptions.PermissionDenied
        now = timezone.now()
        first, last = _span(request, today=now.astimezone(squad.time_zone).date())
        page = self.paginate_queryset(board.athletes_of(squad, _caller(request)))
        rows = board.read_board(
            squad=squad, memberships=page or [], reader=_caller(request), first=first, last=last, now=now
        ).athletes
        answer = self.get_paginated_response(self.get_serializer(rows, many=True).data)
        answer.data |= {"squad": squad.slug, "from": first.isoformat(), "to": last.isoformat()}
        return answer


def _span(request: Request, today: date) -> tuple[date, date]:
    """The dates asked for. Raises ValidationError naming `from` or `to`."""
    last = _date(request, "to") or today
    first = _date(request, "from") or last - timedelta(days=board.DAYS_BACK - 1)
    if first > last:
        raise ValidationError({"from": _("Choose a date that is not after the last one.")})
    if (last - first).days >= BOARD_DAYS_AT_MOST:
        raise ValidationError({"from": _("Choose at most %(days)s days.") % {"days": BOARD_DAYS_AT_MOST}})
    return first, last


def _date(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise ValidationError({name: _("Write a date like 2027-03-28.")})
    return day


def _seen(squad: Squad) -> list[Membership]:
    return squad.seen_memberships  # type: ignore[attr-defined]


def _caller(request: Request) -> User:
    """Who asks; ScopePermission lets nobody here who has not signed in."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
