"""me/ and tokens/."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar, cast

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.domain.people import (
    EMAIL_LENGTH,
    LEAD_MINUTES,
    NAME_LENGTH,
    change_preferences,
    has_verified_address,
)
from accounts.domain.security import NAME_LENGTH as TOKEN_NAME_LENGTH
from accounts.domain.security import SCOPES, make_token, revoke_token
from accounts.models import ApiToken, User
from accounts.time_zones import find_zone

LOCKED_SECONDS = 300  # allauth's limit on failed sign-ins
PASSWORD_LENGTH = 1000


class ZoneField(serializers.CharField):
    """A time zone by its IANA name."""

    def to_internal_value(self, data: Any) -> Any:
        """The zone. Raises ValidationError for a name that is not one."""
        try:
            return find_zone(super().to_internal_value(data))
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code="time_zone") from error

    def to_representation(self, value: Any) -> str:
        """The name."""
        return str(value)


class MeSerializer(serializers.Serializer):
    """One's profile and preferences."""

    id = serializers.IntegerField(read_only=True)
    email = serializers.EmailField(read_only=True, help_text="Changed on the website, which asks for proof.")
    name = serializers.CharField(max_length=NAME_LENGTH)
    time_zone = ZoneField()
    language = serializers.ChoiceField(settings.LANGUAGES)
    units = serializers.ChoiceField(User.Units.choices)
    reminder_lead_minutes = serializers.IntegerField(
        min_value=LEAD_MINUTES[0],
        max_value=LEAD_MINUTES[-1],
        allow_null=True,
        help_text="null: the squad's choice for its runs, else 60.",
    )
    reminder_leads = serializers.DictField(
        child=serializers.IntegerField(min_value=LEAD_MINUTES[0], max_value=LEAD_MINUTES[-1]),
        help_text='Minutes by kind of run, where they differ: {"race": 90}. What is sent replaces all of it.',
    )
    email_reminders = serializers.BooleanField()
    digest_at = serializers.TimeField(
        format="%H:%M",
        allow_null=True,
        help_text="When, the evening before, one mail tells of the next day's runs; null: none.",
    )
    calendar_attached = serializers.BooleanField()
    address_refused = serializers.BooleanField(read_only=True, help_text="The address took no mail; none is sent.")
    quiet_from = serializers.TimeField(format="%H:%M", allow_null=True, help_text="No mail from this hour on …")
    quiet_until = serializers.TimeField(
        format="%H:%M", allow_null=True, help_text="… until this one, in `time_zone`. Both or neither."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Sending back the address as it is does no harm; another one must not be passed over in silence."""
        user = cast(User, self.instance)
        if self.initial_data.get("email", user.email) != user.email:
            raise serializers.ValidationError(
                {"email": serializers.ErrorDetail(_("The address is changed on the website."), "read_only")}
            )
        return attrs


class MeView(APIView):
    """Profile and preferences of whoever calls."""

    @extend_schema(operation_id="me_read", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Your profile and preferences."""
        return Response(MeSerializer(request.user).data)

    @extend_schema(operation_id="me_change", request=MeSerializer(partial=True), responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change what you name; the rest stays. `reminder_lead_minutes: null` goes back to the squad's choice."""
        user = cast(User, request.user)
        form = MeSerializer(user, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        change_preferences(user=user, changes=form.validated_data, now=timezone.now())
        return Response(MeSerializer(user).data)


class TokenSerializer(serializers.Serializer):
    """A token without its secret."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES)), read_only=True)
    created_at = serializers.DateTimeField(read_only=True, default_timezone=UTC)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True, default_timezone=UTC)


class MadeTokenSerializer(TokenSerializer):
    """A token with its secret, which is shown this once."""

    token = serializers.CharField(read_only=True)


class NewTokenSerializer(serializers.Serializer):
    """What a new token is to be. Without a browser's session `email` and `password` say whose it is."""

    email = serializers.EmailField(required=False, max_length=EMAIL_LENGTH)
    password = serializers.CharField(required=False, max_length=PASSWORD_LENGTH, trim_whitespace=False, write_only=True)
    otp = serializers.CharField(
        required=False, allow_null=True, max_length=20, help_text="The second factor, where one is set up."
    )
    name = serializers.CharField(max_length=TOKEN_NAME_LENGTH)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES)), allow_empty=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """E-mail address and password go together, and only a session can stand for both."""
        if not self.context["signed_in"] or {"email", "password"} & set(attrs):
            missing = [field for field in ("email", "password") if field not in attrs]
            if missing:
                required = str(serializers.Field.default_error_messages["required"])
                raise serializers.ValidationError(dict.fromkeys(missing, serializers.ErrorDetail(required, "required")))
        return attrs


class TokensView(GenericAPIView):
    """One's tokens."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    filter_backends = ()
    public_write = True
    limits: ClassVar = {"POST": "tokens"}

    @extend_schema(operation_id="tokens_list", responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Your tokens, the newest first; never their secrets."""
        page = self.paginate_queryset(ApiToken.objects.visible_to(request.user))
        return self.get_paginated_response(TokenSerializer(page, many=True).data)

    @extend_schema(
        operation_id="tokens_make",
        request=NewTokenSerializer,
        responses={201: OpenApiResponse(MadeTokenSerializer, "The secret is shown this once.")},
    )
    def post(self, request: Request) -> Response:
        """Make a token, by e-mail address and password or in a signed-in browser."""
        signed_in = request.user.is_authenticated and request.auth is None
        form = NewTokenSerializer(data=request.data, context={"signed_in": signed_in})
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        user = _proven(request, wanted) if "email" in wanted else cast(User, request.user)
        if wanted.get("otp") is not None:
            raise serializers.ValidationError({"otp": [_("No second factor is set up. Leave this out.")]})
        token, secret = make_token(user=user, name=wanted["name"], scopes=wanted["scopes"], now=timezone.now())
        return Response(TokenSerializer(token).data | {"token": secret}, status=status.HTTP_201_CREATED)


def _proven(request: Request, wanted: dict[str, str]) -> User:
    """Whose e-mail address and password these are. Raises ValidationError, and Throttled after too many failures.

    An unknown address takes as long as a wrong password (allauth hashes either way) and is answered alike.
    """
    email = wanted["email"].strip().lower()
    try:
        user = get_adapter().authenticate(request._request, email=email, password=wanted["password"])
    except DjangoValidationError as error:
        raise exceptions.Throttled(LOCKED_SECONDS, _("Too many failed tries. Wait five minutes.")) from error
    if user is None or not user.is_active:
        raise serializers.ValidationError(_("E-mail address and password do not match."), "no_match")
    person = cast(User, user)
    if not has_verified_address(person, email):
        text = _("Confirm this address first: sign in on the website, and we send you a link.")
        raise serializers.ValidationError({"email": serializers.ErrorDetail(text, "unverified")})
    return person


class TokenView(APIView):
    """One token."""

    scopes: ClassVar = {"write": None}

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def delete(self, request: Request, token_id: int) -> Response:
        """Take a token back. A token may always take itself back, others only with the scope `plan`."""
        caller = cast(ApiToken | None, request.auth)
        token = ApiToken.objects.for_change(request.user, pk=token_id)
        if caller is not None and caller != token and "plan" not in caller.scopes:
            raise exceptions.PermissionDenied(_("This token lacks the scope plan."))
        revoke_token(token=token, actor=cast(User, request.user), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
