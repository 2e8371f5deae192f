"""Which routine a run is given: by hand, by a rule, or by what its athlete does otherwise."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models.runs import Run
from plans.models.squads import Squad
from plans.querysets import AssignmentQuerySet, StandingAssignmentQuerySet
from warmups.models import Revision, Routine


class Assignment(models.Model):
    """A routine's revision given to a run by hand. `by_coach`: an athlete may not replace it."""

    run = models.OneToOneField(Run, models.CASCADE, related_name="assignment")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="assignments")
    note = models.CharField(_("note to the athlete"), max_length=500, blank=True)
    by_coach = models.BooleanField()
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    assigned_at = models.DateTimeField(_("assigned"))

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["run__starts_at", "pk"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self) -> str:
        return f"run {self.run_id}: revision {self.revision_id}"


class StandingAssignment(models.Model):
    """A rule: runs of `athlete`, or of `squad`, of these `kinds` get the routine, as it is at the time.

    `kinds` is a list of run kinds, empty for every kind. `since` and `until` are local dates of runs, both included;
    in the API `since` is called `from`. `by_coach`: an athlete may not end it.
    """

    routine = models.ForeignKey(Routine, models.PROTECT, related_name="standing_assignments")
    athlete = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="standing_assignments"
    )
    squad = models.ForeignKey(Squad, models.PROTECT, null=True, blank=True, related_name="standing_assignments")
    kinds = models.JSONField(_("kinds"), default=list, blank=True)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    note = models.CharField(_("note to the athlete"), max_length=500, blank=True)
    by_coach = models.BooleanField()
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    assigned_at = models.DateTimeField(_("assigned"))

    objects = StandingAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]  # the order in which they win
        verbose_name = _("standing assignment")
        verbose_name_plural = _("standing assignments")
        constraints = [
            models.CheckConstraint(
                name="plans_standing_of_an_athlete_or_a_squad",
                condition=models.Q(athlete=None, squad__isnull=False) | models.Q(squad=None, athlete__isnull=False),
            ),
            models.CheckConstraint(
                name="plans_standing_in_order",
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"standing assignment {self.pk}"


class OwnDefault(models.Model):
    """The routine that a runner does before runs for which nobody, themselves included, chose another."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="own_default")
    routine = models.ForeignKey(Routine, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("own default routine")
        verbose_name_plural = _("own default routines")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.routine_id}"
