"""Scheduled runs, and the series that make them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from plans.models.squads import Squad
from plans.querysets import RunQuerySet, SeriesQuerySet
from warmups.models import Routine


class RunKind(models.TextChoices):
    """What a run is for."""

    EASY = "easy", _("easy run")
    LONG = "long", _("long run")
    TEMPO = "tempo", _("tempo run")
    INTERVALS = "intervals", _("intervals")
    HILLS = "hills", _("hills")
    STRIDES = "strides", _("strides")
    RACE = "race", _("race")
    RECOVERY = "recovery", _("recovery run")


class Plan(models.Model):
    """What a run and the series that makes runs have in common. Wall time and zone are kept, the instant derived."""

    kind = models.CharField(_("kind"), max_length=10, choices=RunKind, default=RunKind.EASY)
    local_date = models.DateField(_("date"))
    local_time = models.TimeField(_("start"))
    time_zone = TimeZoneField(_("time zone"), use_pytz=False)
    planned_minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    planned_metres = models.PositiveIntegerField(_("metres"), null=True, blank=True)
    place = models.CharField(_("meeting place"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("planned by")
    )
    created_at = models.DateTimeField(_("made"))

    class Meta:
        abstract = True

    @property
    def local_start(self) -> datetime:
        """The wall time, as typed, without a zone."""
        return datetime.combine(self.local_date, self.local_time)


class Series(Plan):
    """A plan that makes runs: for each athlete of a squad. Without a rule it holds one date.

    `routine` is what was assigned by hand to everyone's run of it, so that who joins later gets it too.
    """

    squad = models.ForeignKey(Squad, models.PROTECT, related_name="series")
    starts_at = models.DateTimeField(db_index=True)
    routine = models.ForeignKey(Routine, models.PROTECT, null=True, blank=True, related_name="+")
    routine_note = models.CharField(max_length=500, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("series")
        verbose_name_plural = _("series")

    def __str__(self) -> str:
        return f"{self.kind} {self.local_date}"


class Run(Plan):
    """One scheduled run of one athlete."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        CANCELLED = "cancelled", _("cancelled")

    athlete = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="runs", verbose_name=_("athlete")
    )
    squad = models.ForeignKey(
        Squad, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("squad")
    )
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="runs")
    starts_at = models.DateTimeField(_("starts"), db_index=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["series", "athlete"], name="plans_run_one_an_athlete_of_a_series")
        ]
        indexes = [
            models.Index(fields=["athlete", "starts_at"], name="plans_run_of_athlete"),
            models.Index(fields=["squad", "starts_at"], name="plans_run_of_squad"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.local_date} {self.local_time:%H:%M}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("run", args=[self.pk])
