"""API tokens: made, found, taken back. Only a hash of the secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.domain.text import one_line
from accounts.models import ApiToken, User

SCOPES = {
    "read": _("Read what you may see"),
    "log": _("Log your warm-ups, and change or delete what is logged"),
    "plan": _("Plan runs, routines, warm-ups and squads, and change your settings"),
    "curate": _("Write and review exercises"),
}
NAME_LENGTH = 80
LAST_USED_STEP = timedelta(hours=1)  # not a write on every call


def scopes_for(user: User) -> list[tuple[str, str]]:
    """The scopes that `user` may give a token, each with what it allows in words."""
    return [(scope, str(words)) for scope, words in SCOPES.items() if scope != "curate" or _may_curate(user)]


def make_token(*, user: User, name: str, scopes: Collection[str], now: datetime) -> tuple[ApiToken, str]:
    """A new token of `user` with `scopes`, and its secret, which is shown this once.

    Raises ValidationError for a field: no name or a bad one; unknown or no scopes, `curate` for no curator.
    """
    name, scopes = _clean_name(name), _clean_scopes(scopes, user)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user, name=name, prefix=prefix, digest=_digest(secret), scopes=scopes, created_at=now
        )
        record(actor=user, action="token.make", target=token, now=now, after={"name": name, "scopes": scopes})
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


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User, now: datetime) -> None:
    """Take a token back: the next call with it is refused."""
    record(actor=actor, action="token.revoke", target=token, now=now, before={"name": token.name})
    token.delete()


def _digest(secret: str) -> str:
    # The secret has 256 random bits, so a plain hash is as good as a slow one and costs nothing on each call.
    return hashlib.sha256(secret.encode()).hexdigest()


def _may_curate(user: User) -> bool:
    return user.has_perm("warmups.change_exercise")


def _clean_name(name: str) -> str:
    try:
        return one_line(name, most=NAME_LENGTH, empty=gettext("Give the token a name, so that you know it again."))
    except ValidationError as error:
        raise ValidationError({"name": error}) from None


def _clean_scopes(scopes: Collection[str], user: User) -> list[str]:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        text = gettext("There is no scope %(scope)s. Choose from %(scopes)s.")
        problem = ValidationError(text % {"scope": unknown[0], "scopes": ", ".join(SCOPES)}, code="invalid_choice")
    elif not scopes:
        text = gettext("Choose at least one scope: %(scopes)s.")
        problem = ValidationError(text % {"scopes": ", ".join(SCOPES)}, code="required")
    elif "curate" in scopes and not _may_curate(user):
        problem = ValidationError(gettext("Only curators may ask for the scope curate."), code="not_allowed")
    else:
        return [scope for scope in SCOPES if scope in scopes]
    raise ValidationError({"scopes": problem})
