"""The outbox: one row for one message about one run. Narrow on purpose; no body, no address."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from plans.models.runs import Run
from plans.querysets import ReminderQuerySet


class Reason(models.TextChoices):
    """Why a reminder ended as it did; a mail server's own answer may follow the word."""

    MOVED = "moved", _("the run was moved")
    RUN_CANCELLED = "run-cancelled", _("the run was cancelled")
    OPTED_OUT = "opted-out", _("reminders by e-mail are off")
    INACTIVE = "inactive", _("the account is closed")
    NO_WARM_UP = "no-warm-up", _("the run has no warm-up")
    AWAY = "away", _("the athlete is away")
    LEAD_CHANGED = "lead-changed", _("another lead time was chosen")
    BEGUN = "begun", _("the run had begun")
    QUIET = "quiet", _("it would have come in quiet hours")
    TOO_LATE = "too-late", _("it was too close to the start")
    SUPPRESSED = "suppressed", _("the address took no mail before")
    WITHDRAWN = "withdrawn", _("staff took it back")
    ADDRESS = "address", _("the address does not take mail")
    REFUSED = "refused", _("the mail server refused it")
    ERROR = "error", _("it could not be written")
    POISON = "poison", _("sending it broke off three times")


class Reminder(models.Model):
    """One message about one run, due at one instant, through one channel.

    scheduled -> claimed -> sent | failed | cancelled | expired; claimed -> scheduled (temporary failure, lease over);
    cancelled -> scheduled (moved away and back). `starts_at` and `due_at` are copies, kept true by
    plans/domain/reminders.py. `key` is uuid5 of run, kind, channel and due instant: the same after a restore, and the
    mail's Message-ID, so a repeated message can be told.
    """

    class Kind(models.IntegerChoices):
        BEFORE_RUN = 1, _("before the run")
        EVENING_BEFORE = 2, _("the evening before")

    class Channel(models.IntegerChoices):
        EMAIL = 1, _("e-mail")

    class Status(models.IntegerChoices):
        SCHEDULED = 0, _("scheduled")
        CLAIMED = 1, _("being sent")
        SENT = 2, _("sent")
        FAILED = 3, _("failed")
        CANCELLED = 4, _("cancelled")
        EXPIRED = 5, _("expired")

    key = models.UUIDField(unique=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="reminders")
    kind = models.SmallIntegerField(choices=Kind)
    channel = models.SmallIntegerField(choices=Channel)
    due_at = models.DateTimeField(_("due"))
    starts_at = models.DateTimeField(_("run starts"))
    next_at = models.DateTimeField(_("not before"))
    status = models.SmallIntegerField(_("status"), choices=Status, default=Status.SCHEDULED)
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    lost_leases = models.SmallIntegerField(default=0)
    claim_token = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_code = models.SmallIntegerField(_("last answer"), null=True)
    reason = models.CharField(_("reason"), max_length=200, default="", blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "channel", "due_at"], name="plans_reminder_once"),
            models.UniqueConstraint(
                fields=["run", "kind", "channel"], condition=Q(status=0), name="plans_reminder_one_scheduled"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(status=0), name="plans_reminder_due"),
            models.Index(fields=["lease_until"], condition=Q(status=1), name="plans_reminder_leased"),
        ]

    def __str__(self) -> str:
        return f"reminder {self.key}"
