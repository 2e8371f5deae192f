"""Invitations into a squad over the API, and joining."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config.problems import Gone
from plans.domain import invitations, join_links
from plans.models import Invitation, JoinLink, Squad
from plans.models.squads import Role
from plans.querysets import InvitationQuerySet, JoinLinkQuerySet


class InvitationSerializer(serializers.Serializer):
    """An invitation. `email` is shown to who sent it."""

    id = serializers.IntegerField(source="pk", read_only=True)
    email = serializers.EmailField(source="address", max_length=invitations.ADDRESS_AT_MOST, allow_null=True)
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
        return invitations.invitation_state(invitation, self.context["now"])

    @extend_schema(responses=serializers.ChoiceField(["waiting", "mailed", "failed"]))
    def get_mail(self, invitation: Invitation) -> str:
        """waiting (it may have been tried), mailed, or failed (refused for good: look at the address)."""
        return invitations.mail_state(invitation)


class InviteSerializer(serializers.Serializer):
    """Whom to invite."""

    email = serializers.EmailField(max_length=invitations.ADDRESS_AT_MOST)
    role = serializers.ChoiceField(Role.choices, default=Role.ATHLETE)


class JoinLinkSerializer(serializers.Serializer):
    """A link with which up to `limit` people join; `uses` have. Pass `url` on, or show it as a QR code."""

    id = serializers.IntegerField(source="pk")
    url = serializers.SerializerMethodField()
    role = serializers.ChoiceField(Role.choices)
    limit = serializers.IntegerField()
    uses = serializers.IntegerField()
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(default_timezone=UTC)
    expires_at = serializers.DateTimeField(default_timezone=UTC)

    def get_url(self, link: JoinLink) -> str:
        """The page on which one joins."""
        return settings.SITE_URL + reverse("invitation", args=[join_links.join_token(link)])

    @extend_schema(responses=serializers.ChoiceField(["open", "full", "expired"]))
    def get_state(self, link: JoinLink) -> str:
        """open, full or expired."""
        return join_links.link_state(link, self.context["now"])


class MakeLinkSerializer(serializers.Serializer):
    """Whom a link is for and how long. One that makes a coach is for 1 person."""

    role = serializers.ChoiceField(Role.choices, default=Role.ATHLETE)
    limit = serializers.IntegerField(min_value=join_links.LIMITS[0], max_value=join_links.LIMITS[-1])
    good_for = serializers.IntegerField(
        min_value=join_links.DAYS[0], max_value=join_links.DAYS[-1], default=7, help_text="Days."
    )


class AcceptSerializer(serializers.Serializer):
    """The athlete's choice on joining."""

    shares_health = serializers.BooleanField(default=False, help_text="Coaches may see pain and notes.")


class JoinedSerializer(serializers.Serializer):
    """What one is in the squad from now on."""

    squad = serializers.SlugField(source="squad.slug")
    role = serializers.ChoiceField(Role.choices)
    began_at = serializers.DateTimeField(default_timezone=UTC)
    shares_health = serializers.BooleanField()


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
        made = invitations.invite(squad=squad, actor=_caller(request), now=timezone.now(), **form.validated_data)
        invitation = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(invitation).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, invitation: int) -> Response:
        """Take an invitation back: its link stops working."""
        row = self.get_queryset().for_change(request.user, pk=invitation)
        invitations.revoke_invitation(invitation=row, actor=_caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class JoinLinkViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """A squad's join links; its coaches' to see."""

    serializer_class = JoinLinkSerializer
    queryset = JoinLink.objects.none()
    filter_backends = ()

    def get_serializer_context(self) -> dict[str, Any]:
        """With the time, by which a link is open or not."""
        return {**super().get_serializer_context(), "now": timezone.now()}

    def get_queryset(self) -> JoinLinkQuerySet:
        """Those of the squad not taken back. Raises Http404, and PermissionDenied for who is no coach."""
        squad = Squad.objects.for_change(self.request.user, slug=self.kwargs["slug"])
        return JoinLink.objects.visible_to(self.request.user).filter(squad=squad, revoked_at=None)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Join links, the newest first: whoever has the `url` of an open one may join."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=MakeLinkSerializer, responses={201: JoinLinkSerializer})
    def create(self, request: Request, slug: str) -> Response:
        """Make a link with which up to `limit` people join by themselves."""
        squad = Squad.objects.for_change(request.user, slug=slug)
        form = MakeLinkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        link = join_links.make_join_link(squad=squad, actor=_caller(request), now=timezone.now(), **form.validated_data)
        return Response(self.get_serializer(link).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str, link: int) -> Response:
        """Take a link back: nobody joins with it any more."""
        row = self.get_queryset().for_change(request.user, pk=link)
        join_links.revoke_join_link(link=row, actor=_caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptView(APIView):
    """Joining by the token of an invitation's mail, or of a join link."""

    @extend_schema(request=AcceptSerializer, responses={201: JoinedSerializer, 410: None})
    def post(self, request: Request, token: str) -> Response:
        """Join. 404: no such invitation; 410: used, taken back or expired; 403: it went to another address, one's own
        is not confirmed, or (by a link) one was in the squad before.
        """
        invitation, link = invitations.invitation_of(token), join_links.join_link_of(token)
        if invitation is None and link is None:
            raise exceptions.NotFound
        form = AcceptSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            values = {"person": _caller(request), "now": timezone.now(), **form.validated_data}
            if invitation is not None:
                membership = invitations.accept_invitation(invitation=invitation, **values)
            else:
                assert link is not None  # noqa: S101 (one of the two was found)
                membership = join_links.join_with_link(link=link, **values)
        except ValidationError as error:
            message = " ".join(error.messages)
            if error.code == "closed":
                raise Gone(message) from error
            if error.code in {"not-yours", "unverified", "left"}:
                raise exceptions.PermissionDenied(message) from error
            raise
        return Response(JoinedSerializer(membership).data, status=status.HTTP_201_CREATED)


def _caller(request: Request) -> User:
    """Who asks; ScopePermission lets nobody here who has not signed in."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
