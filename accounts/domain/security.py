"""API tokens: made, found, taken back. Only a hash of the secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import ApiToken, User

SCOPES = ("read", "log", "plan", "curate")
LAST_USED_STEP = timedelta(hours=1)  # not a write on every call


def _digest(secret: str) -> str:
    # The secret has 256 random bits, so a plain hash is as good as a slow one and costs nothing on each call.
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(*, user: User, name: str, scopes: list[str], now: datetime) -> tuple[ApiToken, str]:
    """A new token of `user` with `scopes`, and its secret, which is shown this once.

    Raises ValidationError for a field: unknown or no scopes, `curate` asked by somebody who is no curator, no name.
    """
    name = name.strip()
    if not name:
        raise ValidationError({"name": _("Give the token a name, so that you know it again.")})
    wanted = [scope for scope in SCOPES if scope in scopes]
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValidationError(
            {"scopes": _("Unknown scope: %(scope)s. Choose from read, log, plan, curate.") % {"scope": unknown[0]}}
        )
    if not wanted:
        raise ValidationError({"scopes": _("Choose at least one scope: read, log, plan or curate.")})
    if "curate" in wanted and not user.has_perm("warmups.change_exercise"):
        raise ValidationError({"scopes": _("Only curators may ask for the scope curate.")})
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, prefix=prefix, digest=_digest(secret), scopes=wanted, created_at=now
    )
    record(actor=user, action="token.make", target=token, now=now, after={"name": name, "scopes": wanted})
    return token, f"prs_{prefix}_{secret}"


def find_token(*, secret: str, now: datetime) -> ApiToken | None:
    """The token of this secret, if there is one and its person is active; notes its use, at most once an hour."""
    kind, _first, rest = secret.partition("_")
    prefix, _second, value = rest.partition("_")
    if kind != "prs" or not value or "\x00" in secret:
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=prefix).first()
    if token is None or not hmac.compare_digest(token.digest, _digest(value)) or not token.user.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke_token(*, token: ApiToken, actor: User, now: datetime) -> None:
    """Take a token back: the next call with it is refused."""
    record(actor=actor, action="token.revoke", target=token, now=now, before={"name": token.name})
    token.delete()
