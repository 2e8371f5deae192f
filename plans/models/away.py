"""Dates on which an athlete does not run with the others."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.querysets import AwayQuerySet


class Away(models.Model):
    """Local dates, `since` to `until` both included, on which an athlete is away, ill or injured.

    Runs inside are kept as they are: no reminder goes out, and they are not counted.
    """

    class Why(models.TextChoices):
        AWAY = "away", _("away")
        ILL = "ill", _("ill")
        INJURED = "injured", _("injured")

    athlete = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="away_dates")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=10, choices=Why, default=Why.AWAY)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("made"))

    objects = AwayQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        verbose_name = _("away dates")
        verbose_name_plural = _("away dates")
        constraints = [
            models.CheckConstraint(name="plans_away_in_order", condition=models.Q(until__gte=models.F("since")))
        ]
        indexes = [models.Index(fields=["athlete", "until"], name="plans_away_of_athlete")]

    def __str__(self) -> str:
        return f"{self.athlete_id}: {self.since} to {self.until}"

    @property
    def shown_reason(self) -> str:
        """The reason for a reader who may know it (`with_reason_for`), else just that they are away."""
        shared = getattr(self, "reason_shared", False)
        return str(self.get_reason_display() if shared else self.Why.AWAY.label)
