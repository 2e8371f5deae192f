"""Warm-ups done. (A browser's session is only ever `request.session`.)"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models.runs import Run
from plans.querysets import SessionQuerySet
from warmups.models import Revision


class Outcome(models.TextChoices):
    """How much of the warm-up was done."""

    DONE = "done", _("done")
    SHORT = "short", _("short version")
    PARTIAL = "partial", _("partly done")


class FirstTen(models.TextChoices):
    """How the run's first ten minutes were."""

    GOOD = "good", _("good")
    FAIR = "fair", _("so-so")
    HARD = "hard", _("hard")


class Session(models.Model):
    """One performance of a warm-up: what was prescribed (the revision), what was done, how it felt.

    The athlete's device makes the UUID, so sending it again is the same session. Of several versions the one edited
    last is the session; the others are its history. `rpe` is Borg CR10, `pain` the 0-10 numeric rating scale.
    `steps` is a list of {position, sets_done, reps_done, seconds_done, metres_done, skipped, skip_reason,
    swapped_for, harder_side}. `stiff_before` and `first_ten` are what the athlete said after the run; `after_hidden_at`
    when they did not want to be asked. `clock_off_seconds` is how far the device's clock was behind this server's when
    the version that stands arrived (negative: ahead; None: not told); all times but `received_at` are the device's.
    """

    id = models.UUIDField(primary_key=True)
    athlete = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="warm_ups_done")
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="sessions")
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, blank=True, related_name="sessions")
    started_at = models.DateTimeField(_("begun"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.DONE)
    steps = models.JSONField(default=list)
    rpe = models.PositiveSmallIntegerField(_("effort"), null=True, blank=True)
    pain = models.PositiveSmallIntegerField(_("pain"), null=True, blank=True)
    pain_site = models.CharField(_("where"), max_length=40, null=True, blank=True)  # noqa: DJ001 (null: not told)
    pain_side = models.CharField(_("side"), max_length=10, null=True, blank=True)  # noqa: DJ001 (null: not told)
    readiness = models.PositiveSmallIntegerField(_("readiness"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=2000, blank=True)
    from_memory = models.BooleanField(_("from memory"), default=False)
    stiff_before = models.BooleanField(_("stiff before"), null=True, blank=True)
    first_ten = models.CharField(  # noqa: DJ001 (null: not told)
        _("first ten minutes"), max_length=10, choices=FirstTen, null=True, blank=True
    )
    after_hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited"))
    received_at = models.DateTimeField(_("received"))
    clock_off_seconds = models.IntegerField(_("clock off by"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(
                name="plans_session_scales",
                condition=(models.Q(rpe=None) | models.Q(rpe__lte=10))
                & (models.Q(pain=None) | models.Q(pain__lte=10))
                & (models.Q(readiness=None) | models.Q(readiness__gte=1, readiness__lte=5)),
            ),
            models.CheckConstraint(
                name="plans_session_finished_after_start",
                condition=models.Q(finished_at=None) | models.Q(finished_at__gte=models.F("started_at")),
            ),
        ]
        indexes = [models.Index(fields=["athlete", "started_at"], name="plans_session_of_athlete")]

    def __str__(self) -> str:
        return f"session {self.pk}"


class SessionVersion(models.Model):
    """A state of a session as a device sent it; the losing ones are kept, readable and restorable."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="versions")
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    edited_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_off_seconds = models.IntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-edited_at", "-digest"]
        constraints = [
            models.UniqueConstraint(fields=["session", "edited_at", "digest"], name="plans_session_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.session_id} at {self.edited_at}"
