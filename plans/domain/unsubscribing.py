"""Ending reminders from the mail itself: a signed link that is good for this alone, for ever, without signing in."""

from __future__ import annotations

from datetime import datetime

from django.core.signing import BadSignature, Signer

from accounts.domain.people import change_preferences
from accounts.models import User

EMAIL = "email"
_signer = Signer(salt="prestride.unsubscribe")


def unsubscribe_token(user: User) -> str:
    """The secret of the link that ends reminders to `user`; the same each time, since old mails keep their links."""
    return _signer.sign_object([user.pk, EMAIL])


def find_unsubscriber(token: str) -> User | None:
    """The person of a token; None if it was tampered with or the person is gone."""
    try:
        user_id, channel = _signer.unsign_object(token)
    except (BadSignature, ValueError):  # not ours, or no token at all
        return None
    return User.objects.filter(pk=user_id, is_active=True).first() if channel == EMAIL else None


def unsubscribe(*, user: User, now: datetime) -> User:
    """Send `user` no more reminders by e-mail; those that wait are cancelled with it."""
    return change_preferences(user=user, changes={"email_reminders": False}, now=now)
