"""Sends the invitations that are not out yet. The invitation's own row says so; its `mail_next_at` is the lease."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db.models import F

from plans import emails
from plans.delivery.answers import Answer, Verdict
from plans.delivery.clock import Clock
from plans.delivery.wire import Outgoing, Wire, WireDown
from plans.models import Invitation

LEASE = timedelta(minutes=5)  # longer than the slowest mail server may take
WAITS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
AT_ONCE = 50

logger = logging.getLogger(__name__)


def deliver_invitations(*, wire: Wire, clock: Clock) -> int:
    """Mail the invitations that wait for it; how many left. Raises WireDown; what is unsent then waits on."""
    sent = 0
    unsent = Invitation.objects.unsent(clock.now()).select_related("squad", "created_by")
    for invitation in unsent.order_by("mail_next_at", "pk")[:AT_ONCE]:
        wire.open()
        now = clock.now()
        if not _claim(invitation, now):
            continue
        answer = _attempt(invitation, wire)
        _settle(invitation, answer, claimed=now, now=clock.now())
        logger.info("Invitation %s attempt %s: %s", invitation.pk, invitation.mail_attempts + 1, answer.verdict.name)
        if answer.verdict in (Verdict.OURS, Verdict.BUSY):
            raise WireDown(answer.text, answer.code)
        sent += answer.verdict == Verdict.SENT
    return sent


def _claim(invitation: Invitation, now: datetime) -> bool:
    """Take the row until its lease ends; False if somebody else did, or it was accepted or taken back."""
    waiting = Invitation.objects.unsent(now).filter(pk=invitation.pk, mail_next_at=invitation.mail_next_at)
    return bool(waiting.update(mail_next_at=now + LEASE, mail_attempts=F("mail_attempts") + 1))


def _attempt(invitation: Invitation, wire: Wire) -> Answer:
    try:
        mail = emails.invitation_mail(invitation)
        message = Outgoing(emails.envelope_sender(), emails.envelope_recipient(invitation.email), emails.as_bytes(mail))
        return wire.send(message, begin_by=time.monotonic() + LEASE.total_seconds())
    except Exception:
        logger.exception("Invitation %s can't be written", invitation.pk)
        return Answer(Verdict.LATER, text="It could not be written.")


def _settle(invitation: Invitation, answer: Answer, *, claimed: datetime, now: datetime) -> None:
    """Write down what became of the attempt; what the server refuses for good is not tried again."""
    ours = Invitation.objects.filter(pk=invitation.pk, mailed_at=None, mail_next_at=claimed + LEASE)
    if answer.verdict == Verdict.SENT:
        ours.update(mailed_at=now, mail_error="")
    elif answer.verdict in (Verdict.BAD_ADDRESS, Verdict.REFUSED):
        ours.update(mail_next_at=F("expires_at"), mail_error=answer.text)
    else:
        wait = WAITS[min(invitation.mail_attempts, len(WAITS) - 1)]
        ours.update(mail_next_at=now + wait, mail_error=answer.text)
