"""Bounces and complaints: what comes back after a mail server took a reminder, and what follows from it."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.domain.people import doubt_address, suppress_address
from accounts.models import User
from plans.domain.unsubscribing import BEFORE_RUN, EVENING_BEFORE, unsubscribe
from plans.models import DeliveryEvent, Reminder

Kind = DeliveryEvent.Kind

SOFT_BOUNCES, SOFT_DAYS = 3, timedelta(days=7)
KEPT = timedelta(days=90)
_TAG = re.compile(r"([1-9][0-9]{0,18})-([a-z2-7]{16})")


def bounce_tag(reminder_id: int) -> str:
    """The signed name of a reminder in the address that its bounces go to. Relays may change its case."""
    digest = salted_hmac("prestride.bounce", str(reminder_id), algorithm="sha256").digest()
    return f"{reminder_id}-{base64.b32encode(digest[:10]).decode().lower()}"


def find_tagged(tag: str) -> int | None:
    """The id of the reminder that a tag names; None if we did not write it."""
    match = _TAG.fullmatch(tag.lower()) if tag.isascii() else None
    if match is None or not constant_time_compare(bounce_tag(int(match[1])), match[0]):
        return None
    return int(match[1])


@transaction.atomic
def note_bounce(*, event_id: str, kind: Kind, address: str, now: datetime, key: str = "", tag: str = "") -> bool:
    """Note what was said of the reminder that `key` or `tag` names, mailed to `address`. Whether that was news.

    A hard bounce or a complaint ends mail to the address; a complaint ends that kind of mail, too; after three
    reminders that bounced softly within a week the person is asked about the address. None of that for an address that
    is not the person's any more. In any order and any number of times; of a reminder that is not known, nothing.
    """
    reminder = _find(key, tag)
    if reminder is None:
        return False
    # Locked first, as by all that changes what a person gets; so two at once count each other.
    person = User.objects.select_for_update().get(pk=reminder.run.athlete_id)
    still = person.email == address.strip().lower()
    _event, is_news = DeliveryEvent.objects.get_or_create(
        event_id=event_id[:200],
        defaults={"reminder": reminder, "kind": kind, "at": now, "counts": still and kind == Kind.SOFT_BOUNCE},
    )
    if is_news and still:
        _act(person, reminder, kind, now)
    return is_news


def delete_old_events(*, now: datetime) -> int:
    """Delete what was heard more than 90 days ago; how many that were."""
    deleted, _each = DeliveryEvent.objects.filter(at__lt=now - KEPT).delete()
    return deleted


def _find(key: str, tag: str) -> Reminder | None:
    rows = Reminder.objects.select_related("run")
    if tag:
        number = find_tagged(tag)
        return rows.filter(pk=number).first() if number is not None else None
    return rows.filter(key=key).first() if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key) else None


def _act(person: User, reminder: Reminder, kind: Kind, now: datetime) -> None:
    if kind == Kind.SOFT_BOUNCE:
        _count(person, now)
        return
    suppress_address(user=person, address=person.email, now=now)
    if kind == Kind.COMPLAINT:
        digest = reminder.kind == Reminder.Kind.EVENING_BEFORE
        unsubscribe(user=person, kind=EVENING_BEFORE if digest else BEFORE_RUN, now=now)


def _count(person: User, now: datetime) -> None:
    """Ask after three, counted by reminders: a server may say more than once of one that it comes later."""
    counted = DeliveryEvent.objects.filter(reminder__run__athlete=person, counts=True, at__gt=now - SOFT_DAYS)
    if counted.values("reminder").distinct().order_by().count() >= SOFT_BOUNCES:
        # Each bounce asks once: who says that the address is right is left alone until three more.
        DeliveryEvent.objects.filter(reminder__run__athlete=person, counts=True).update(counts=False)
        doubt_address(user=person, address=person.email, now=now)
