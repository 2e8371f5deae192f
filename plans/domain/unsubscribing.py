"""Ending reminders from the mail itself: a signed link that is good for this alone, for ever, without signing in."""

from __future__ import annotations

from datetime import datetime

from django.core.signing import BadSignature, Signer

from accounts.domain.people import change_preferences
from accounts.models import User

BEFORE_RUN, EVENING_BEFORE = "email", "digest"  # as links say it; the first is that of the oldest mails
_signer = Signer(salt="prestride.unsubscribe")


def unsubscribe_token(user: User, kind: str = BEFORE_RUN) -> str:
    """The secret of the link that ends one kind of mail to `user`; the same each time: old mails keep their links."""
    return _signer.sign_object([user.pk, kind])


def find_unsubscriber(token: str) -> tuple[User, str] | None:
    """The person of a token and the kind of mail it ends; None if it was tampered with or the person is gone."""
    try:
        user_id, kind = _signer.unsign_object(token)
    except (BadSignature, ValueError):  # not ours, or no token at all
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return (user, kind) if user and kind in (BEFORE_RUN, EVENING_BEFORE) else None


def is_subscribed(user: User, kind: str) -> bool:
    """Whether `user` gets this kind of mail."""
    return user.email_reminders if kind == BEFORE_RUN else user.digest_at is not None


def unsubscribe(*, user: User, kind: str, now: datetime) -> User:
    """Send `user` no more mails of this kind; those that wait are cancelled with it. The other kind stays."""
    off: dict[str, object] = {"email_reminders": False} if kind == BEFORE_RUN else {"digest_at": None}
    return change_preferences(user=user, changes=off, now=now)
