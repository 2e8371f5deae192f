"""Ordered steps with an owner, kept as numbered revisions that never change."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from warmups.models.exercises import Exercise, Mode
from warmups.querysets import RevisionQuerySet, RoutineQuerySet, StepQuerySet
from warmups.workflow import WrittenOnceRow


class Routine(models.Model):
    """A warm-up with an owner; without one it belongs to the library. What it says is in its revisions.

    `current` is what its readers get, `latest` the newest there is. They are the same but for a routine of the library
    that was published and is being changed: its readers keep the published revision until the next one is published.
    Name and description are those of `current`.
    """

    class NextStatus(models.TextChoices):
        """Where the work on the latest revision of a library routine stands."""

        NONE = "", _("nothing to publish")
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in-review", _("in review")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="routines")
    slug = models.SlugField(_("library name"), max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=500, blank=True)
    published = models.BooleanField(_("published in the library"), default=False)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="copies")
    current = models.ForeignKey("Revision", models.PROTECT, null=True, blank=True, related_name="+")
    latest = models.ForeignKey("Revision", models.PROTECT, null=True, blank=True, related_name="+")
    next_status = models.CharField(_("next version"), max_length=10, choices=NextStatus, blank=True, default="")
    review_note = models.CharField(_("what the review asks for"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("made"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = RoutineQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("routine")
        verbose_name_plural = _("routines")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("routine", args=[self.pk])


class Revision(WrittenOnceRow):
    """An immutable, numbered state of a routine: what is assigned and logged points here.

    One of the library's is marked when it is published.
    """

    WRITTEN_LATER = frozenset({"published_at", "published_by", "alone_because"})

    routine = models.ForeignKey(Routine, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=500, blank=True)
    duration_seconds = models.PositiveIntegerField(_("length, seconds"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("made"))
    reason = models.CharField(_("why"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    alone_because = models.CharField(_("published alone because"), max_length=500, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["routine", "-number"]
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [models.UniqueConstraint(fields=["routine", "number"], name="warmups_revision_number_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("routine-revision", args=[self.routine_id, self.number])


class Step(WrittenOnceRow):
    """An exercise with its dose. Name, mode and pace are copied, so that a later edit of the exercise leaves it be."""

    class Sides(models.TextChoices):
        EACH = "each", _("each side")
        LEFT = "left", _("left")
        RIGHT = "right", _("right")

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="steps")
    exercise_name = models.CharField(max_length=80)
    mode = models.CharField(max_length=10, choices=Mode)
    seconds_per_rep = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    sets = models.PositiveSmallIntegerField()
    reps = models.PositiveSmallIntegerField(null=True)
    hold_seconds = models.PositiveSmallIntegerField(null=True)
    metres = models.PositiveSmallIntegerField(null=True)
    sides = models.CharField(max_length=5, choices=Sides, null=True)  # noqa: DJ001 (null: no sides, the dose is the total)
    rest_seconds = models.PositiveSmallIntegerField(default=0)
    tempo = models.CharField(max_length=40, blank=True)
    equipment = models.JSONField(default=list)  # slugs, as prescribed
    rank = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=200, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [models.UniqueConstraint(fields=["revision", "position"], name="warmups_step_position_once")]

    def __str__(self) -> str:
        return self.exercise_name
