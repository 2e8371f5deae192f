"""What mail servers said of a reminder after they had taken it: no address, no text."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models.reminders import Reminder


class DeliveryEvent(models.Model):
    """One thing that was said of one reminder. Kept for 90 days, so that it is not taken for new when told again."""

    class Kind(models.TextChoices):
        HARD_BOUNCE = "hard", _("the address takes no mail")
        SOFT_BOUNCE = "soft", _("it could not be delivered for now")
        COMPLAINT = "complaint", _("it was called spam")

    event_id = models.CharField(max_length=200, unique=True)  # as who told us names it
    reminder = models.ForeignKey(Reminder, models.SET_NULL, null=True, related_name="delivery_events")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    at = models.DateTimeField(_("heard"), db_index=True)
    counts = models.BooleanField(default=False)  # among the soft bounces after which the person is asked

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")

    def __str__(self) -> str:
        return f"{self.kind} of {self.reminder_id}"
