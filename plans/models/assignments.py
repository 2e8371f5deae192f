"""Which routine a run was given by hand."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models.runs import Run
from plans.querysets import AssignmentQuerySet
from warmups.models import Revision


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
