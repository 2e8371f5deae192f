"""Scheduled runs, and the series that make them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from plans.models.squads import Squad
from plans.querysets import OccurrenceQuerySet, RunQuerySet, SeriesQuerySet
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
    """What a run, a date of a series and the series itself have in common. Wall time and zone are kept."""

    kind = models.CharField(_("kind"), max_length=10, choices=RunKind, default=RunKind.EASY)
    local_date = models.DateField(_("date"))
    local_time = models.TimeField(_("start"))
    time_zone = TimeZoneField(_("time zone"), use_pytz=False)
    planned_minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    planned_metres = models.PositiveIntegerField(_("metres"), null=True, blank=True)
    place = models.CharField(_("meeting place"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def local_start(self) -> datetime:
        """The wall time, as typed, without a zone."""
        return datetime.combine(self.local_date, self.local_time)


class Dated(Plan):
    """A plan that has its instant: derived from wall time and zone, kept for sorting and for what falls due.

    `by_hand` names, with a space after each, what was changed here alone: "kind", "local_start", "time_zone",
    "planned_minutes", "planned_metres", "place", "note", "status" or "routine". A change of the whole series keeps it.
    """

    starts_at = models.DateTimeField(_("starts"), db_index=True)
    by_hand = models.CharField(max_length=120, default="", blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def kept_fields(self) -> set[str]:
        """The words of `by_hand`."""
        return set(self.by_hand.split())


class Series(Plan):
    """A rule that makes runs: for each athlete of `squad`, or for `athlete` alone. Without a rule it has one date.

    `rule` is an RFC 5545 RRULE without DTSTART, which is `local_date`, the first date that the rule gives, at
    `local_time`. Its dates are made up to and with the day `made_until`, the calendar's last day once there are no more
    to come; none are made from `ended_on` on. A change of the series from some date on makes that date its first: the
    dates before are rows and stay as they were. `routine` is what was assigned by hand to everyone's run of it.
    """

    squad = models.ForeignKey(Squad, models.PROTECT, null=True, blank=True, related_name="series")
    athlete = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="run_series"
    )
    rule = models.CharField(_("repeats"), max_length=200, blank=True)
    made_until = models.DateField()
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    routine = models.ForeignKey(Routine, models.PROTECT, null=True, blank=True, related_name="+")
    routine_note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("planned by")
    )
    created_at = models.DateTimeField(_("made"))

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [
            models.CheckConstraint(
                name="plans_series_of_somebody", condition=~models.Q(squad=None) | ~models.Q(athlete=None)
            )
        ]
        indexes = [
            models.Index(
                fields=["made_until"],
                condition=models.Q(ended_on=None) & ~models.Q(rule=""),
                name="plans_series_to_fill",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.local_date}"


class Occurrence(Dated):
    """One date of a series, with everyone's run of it. `day` is where the rule puts it, wherever it was moved since.

    `routine` is what was assigned by hand to everyone's run of the date, so that who joins later gets it too.
    `off_rule`: the rule was changed and no longer gives this day.
    """

    series = models.ForeignKey(Series, models.PROTECT, related_name="occurrences")
    day = models.DateField()
    routine = models.ForeignKey(Routine, models.PROTECT, null=True, blank=True, related_name="+")
    routine_note = models.CharField(max_length=500, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    off_rule = models.BooleanField(default=False)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("date of a series")
        verbose_name_plural = _("dates of series")
        constraints = [
            models.UniqueConstraint(
                fields=["series", "day"], condition=models.Q(off_rule=False), name="plans_occurrence_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.local_date}"


class Run(Dated):
    """One scheduled run of one athlete. `sequence` counts moves, cancellations and returns, as calendars want it."""

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
    occurrence = models.ForeignKey(Occurrence, models.PROTECT, null=True, blank=True, related_name="runs")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("planned by")
    )
    created_at = models.DateTimeField(_("made"))
    sequence = models.PositiveIntegerField(default=0, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["occurrence", "athlete"], name="plans_run_one_an_athlete_of_a_date")
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
