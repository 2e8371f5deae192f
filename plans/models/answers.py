"""What an athlete says of a warm-up straight from the reminder, without signing in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models.runs import Run


class RunAnswer(models.Model):
    """The athlete's word about the warm-up of one run: it counts like a session, and a session outweighs it.

    `reason` and `text` say why it was skipped; `text`, and "hurts" as a reason, are health data, shown as a session's
    pain and note are. An answer given again replaces the one before.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("did it")
        SHORT = "short", _("did the short version")
        SKIPPED = "skipped", _("skipped it")

    class Reason(models.TextChoices):
        NO_TIME = "no-time", _("no time")
        HURTS = "hurts", _("something hurts")
        NO_SPACE = "no-space", _("no place for it")
        FORGOT = "forgot", _("forgot it")

    run = models.OneToOneField(Run, models.PROTECT, related_name="answer")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason, blank=True, default="")
    text = models.CharField(_("in their words"), max_length=500, blank=True, default="")
    answered_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.CheckConstraint(
                name="plans_runanswer_reason_of_skipped",
                condition=models.Q(outcome="skipped") | models.Q(reason="", text=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.outcome}"
