"""What an athlete answers from the reminder: done, short, or skipped because …, by a signed link, without signing in.

The link says whose run it is about and nothing else; which answer is given is the page's to say. It is good for this
alone. Looking at it changes nothing, since mail scanners open every link.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from plans.domain.adherence import SESSIONS_OF_RUN
from plans.domain.given import with_warm_up
from plans.domain.quiet_hours import quiet_of
from plans.domain.reminders import lead_of
from plans.models import Reminder, Run, RunAnswer

ANSWERED_FOR = timedelta(days=7)  # from the run's start
TEXT_LENGTH = 500
_signer = Signer(salt="prestride.run-answer")


# --- The link -------------------------------------------------------------------------------------------------------
def answer_token(run: Run) -> str:
    """The secret of the links that answer for `run`; the same each time, since old mails keep their links."""
    return _signer.sign_object([run.pk, run.athlete_id])


def find_run(token: str) -> Run | None:
    """The run of a token (of with_warm_up and SESSIONS_OF_RUN), cancelled or not.

    None if the token was tampered with or is for something else, and where the run or its athlete is gone.
    """
    try:
        run_id, athlete_id = _signer.unsign_object(token)
    except (BadSignature, ValueError):  # not ours, or no token at all
        return None
    runs = Run.objects.filter(pk=run_id, athlete=athlete_id, athlete__is_active=True)
    return with_warm_up(runs).prefetch_related(SESSIONS_OF_RUN).first()


# --- Whether it is taken --------------------------------------------------------------------------------------------
def why_closed(run: Run, now: datetime) -> str:
    """Why no answer about `run` is taken at `now`, in a sentence; "" if it is.

    Answers are taken from when its reminder may have left until ANSWERED_FOR after its start.
    """
    if not run.athlete.is_active:
        return _("This account is closed, so nothing can be noted.")
    if run.status == Run.Status.CANCELLED:
        return _("This run was cancelled, so there is nothing to answer. Enjoy the time.")
    if now < _opens_at(run):
        start = date_format(run.starts_at.astimezone(run.time_zone), _("l j F, H:i"))
        return _("This run is on %(start)s now. You can answer once its reminder has come.") % {"start": start}
    if now > run.starts_at + ANSWERED_FOR:
        return _("This run is more than a week ago, so the mail's links have closed. You can still log it from memory.")
    return ""


def _opens_at(run: Run) -> datetime:
    """The earliest instant at which a reminder of the run at its present start may have left."""
    rows = Reminder.objects.filter(run=run, starts_at=run.starts_at).exclude(status=Reminder.Status.CANCELLED)
    usual = quiet_of(run.athlete).moved(run.starts_at - lead_of(run), starts_at=run.starts_at)
    return min([usual, *rows.values_list("due_at", flat=True)])


def skipped_words(answer: RunAnswer) -> str:
    """A skipped warm-up with its reason: "Skipped, no time"; "" for any other answer."""
    if answer.outcome != RunAnswer.Outcome.SKIPPED:
        return ""
    return _("Skipped, %(reason)s") % {"reason": answer.get_reason_display()}


# --- Answering ------------------------------------------------------------------------------------------------------
@transaction.atomic
def answer_run(*, run: Run, outcome: str, now: datetime, reason: str = "", text: str = "") -> RunAnswer:
    """Note what the athlete of `run` says of its warm-up, in place of what they said before.

    `reason` and `text` (at most TEXT_LENGTH characters) are kept of a skipped one only, which needs a reason. The same
    answer again changes nothing. Raises ValidationError for a field, or with a code of "closed" and why in words.
    """
    said = _clean(outcome, reason, text)
    # The lock comes first: of two answers at once the second sees what the first one wrote.
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if words := why_closed(run, now):
        raise ValidationError(words, code="closed")
    row = RunAnswer.objects.filter(run=run).first() or RunAnswer(run=run)
    if row.pk and all(getattr(row, name) == value for name, value in said.items()):
        return row
    for name, value in said.items():
        setattr(row, name, value)
    row.answered_at = now
    row.save()
    return row


def _clean(outcome: str, reason: str, text: str) -> dict[str, str]:
    if outcome not in RunAnswer.Outcome.values:
        raise ValidationError({"outcome": _("Say done, short or skipped.")})
    if outcome != RunAnswer.Outcome.SKIPPED:
        return {"outcome": outcome, "reason": "", "text": ""}
    text = text.strip()
    if reason not in RunAnswer.Reason.values:
        raise ValidationError({"reason": _("Choose what comes closest.")})
    if len(text) > TEXT_LENGTH:
        raise ValidationError({"text": _("At most %(most)d characters, please.") % {"most": TEXT_LENGTH}})
    if "\x00" in text:
        raise ValidationError({"text": _("Null characters are not allowed.")})
    return {"outcome": outcome, "reason": reason, "text": text}
