"""Squads over the API: found, change, who is in them, invitations, the board."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config.problems import Gone
from plans.api.fields import RoutineKeyField, ZoneField
from plans.api.sessions import SessionSerializer
from plans.domain import board, squads
from plans.models import Invitation, Membership, Squad
from plans.models.squads import Role
from plans.querysets import READERS, InvitationQuerySet, MembershipQuerySet, SquadQuerySet

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


class InvitationSerializer(serializers.Serializer):
    """An invitation. `email` is shown to who sent it."""

    id = serializers.IntegerField(source="pk", read_only=True)
    email = serializers.EmailField(source="address", max_length=squads.ADDRESS_AT_MOST, allow_null=True)
    role = serializers.ChoiceField(Role.choices)
    state = serializers.SerializerMethodField()
    mail = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    expires_at = serializers.DateTimeField(default_timezone=UTC, read_only=True)
    accepted_at = serializers.DateTimeField(default_timezone=UTC, read_only=True, allow_null=True)
    accepted_by = serializers.IntegerField(source="accepted_by_id", read_only=True, allow_null=True)

    @extend_schema(responses=serializers.ChoiceField(["open", "accepted", "expired"]))
    def get_state(self, invitation: Invitation) -> str:
        """open, accepted or expired."""
        return squads.invitation_state(invitation, self.context["now"])

    @extend_schema(responses=serializers.ChoiceField(["waiting", "mailed", "failed"]))
    def get_mail(self, invitation: Invitation) -> str:
        """waiting (it may have been tried), mailed, or failed (refused for good: look at the address)."""
        return squads.mail_state(invitation)


class InviteSerializer(serializers.Serializer):
    """Whom to invite."""

    email = serializers.EmailField(max_length=squads.ADDRESS_AT_MOST)
    role = serializers.ChoiceField(Role.choices, default=Role.ATHLETE)


class AcceptSerializer(serializers.Serializer):
    """The athlete's choice on joining."""

    shares_health = serializers.BooleanField(default=False, help_text="Coaches may see pain and notes.")


class JoinedSerializer(serializers.Serializer):
    """What one is in the squad from now on."""

    squad = serializers.SlugField(source="squad.slug")
    role = serializers.ChoiceField(Role.choices)
    began_at = serializers.DateTimeField(default_timezone=UTC)
    shares_health = serializers.BooleanField()


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
        squad = squads.found_squad(founder=_caller(request), now=timezone.now(), **self._read(request))
        return self._answer(squad.slug, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change a squad that one coaches."""
        squad = Squad.objects.for_change(request.user, slug=slug)
        changes = self._read(request, partial=True)
        squads.change_squad(squad=squad, actor=_caller(request), now=timezone.now(), changes=changes)
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

    @extend_schema(request=AcceptSerializer)
    def partial_update(self, request: Request, slug: str, person: int) -> Response:
        """Choose anew whether coaches see one's pain and notes (athletes, for themselves)."""
        membership = self._mine(slug, person)
        form = self.get_serializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        if "shares_health" in form.validated_data:
            squads.share_health(membership=membership, shares=form.validated_data["shares_health"], now=timezone.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=membership.pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, person: int) -> Response:
        """Remove a person from a squad that one coaches, or leave it oneself."""
        squad = Squad.objects.for_reading(request.user, slug=slug)
        membership = Membership.objects.for_change(request.user, squad=squad, person_id=person)
        squads.end_membership(membership=membership, actor=_caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _mine(self, slug: str, person: int) -> Membership:
        squad = Squad.objects.for_reading(self.request.user, slug=slug)
        membership = Membership.objects.for_reading(self.request.user, squad=squad, person_id=person)
        if membership.person_id != self.request.user.pk or membership.role != Role.ATHLETE:
            raise exceptions.PermissionDenied(_("Only the athlete decides what coaches see."))
        return membership


class InvitationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Who was asked to join a squad; its coaches' to see."""

    serializer_class = InvitationSerializer
    queryset = Invitation.objects.none()
    filter_backends = ()

    def get_serializer_context(self) -> dict[str, Any]:
        """With the time, by which an invitation is open or expired."""
        return {**super().get_serializer_context(), "now": timezone.now()}

    def get_queryset(self) -> InvitationQuerySet:
        """Those of the squad that were not taken back. Raises Http404, and PermissionDenied for who is no coach."""
        squad = Squad.objects.for_change(self.request.user, slug=self.kwargs["slug"])
        asked = Invitation.objects.visible_to(self.request.user).filter(squad=squad, revoked_at=None)
        return asked.with_address_for(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invitations, the newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=InviteSerializer, responses={201: InvitationSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Invite somebody by e-mail; the mail goes out within a minute."""
        squad = Squad.objects.for_change(request.user, slug=slug)
        form = InviteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = squads.invite(squad=squad, actor=_caller(request), now=timezone.now(), **form.validated_data)
        invitation = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(invitation).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, invitation: int) -> Response:
        """Take an invitation back: its link stops working."""
        row = self.get_queryset().for_change(request.user, pk=invitation)
        squads.revoke_invitation(invitation=row, actor=_caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptView(APIView):
    """Joining by the token of an invitation's mail."""

    @extend_schema(request=AcceptSerializer, responses={201: JoinedSerializer, 410: None})
    def post(self, request: Request, token: str) -> Response:
        """Join. 404: no such invitation; 410: used, taken back or expired; 403: it went to another address."""
        invitation = squads.invitation_of(token)
        if invitation is None:
            raise exceptions.NotFound
        form = AcceptSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            membership = squads.accept_invitation(
                invitation=invitation, person=_caller(request), now=timezone.now(), **form.validated_data
            )
        except ValidationError as error:
            message = " ".join(error.messages)
            if error.code == "closed":
                raise Gone(message) from error
            if error.code in {"not-yours", "unverified"}:
                raise exceptions.PermissionDenied(message) from error
            raise
        return Response(JoinedSerializer(membership).data, status=status.HTTP_201_CREATED)


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
