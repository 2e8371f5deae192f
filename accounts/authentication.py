"""Who calls the API: a bearer token, or the browser's own session with CSRF."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions

from accounts.domain.security import find_token
from accounts.models import ApiToken, User


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <token>`. A bad token is 401, never a visitor's answer."""

    def authenticate(self, request: HttpRequest) -> tuple[User, ApiToken] | None:
        """The token's person and the token. Raises AuthenticationFailed; None without a bearer header."""
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = find_token(secret=secret.strip(), now=timezone.now())
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is not known, or was taken back. Make a new one."))
        return token.user, token

    def authenticate_header(self, request: HttpRequest) -> str:
        """What a 401 asks for."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; named apart so that the schema can describe it."""


class TokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the browser's session."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
