"""What an exercise said at each time, who wrote that and why, who published it, and what reviewers remarked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from warmups.models.exercises import Exercise
from warmups.querysets import VersionQuerySet
from warmups.workflow import WorkflowRow


class ExerciseVersion(WorkflowRow):
    """An immutable, numbered state of an exercise. Only its publication is added to it, once.

    `document` is all that it says, in the form of the content's files with its poses beside it
    (warmups/domain/exercise_documents.py).
    """

    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    document = models.JSONField()
    # Who wrote it; nobody if it came with a release, or if the person's account is gone.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    from_release = models.BooleanField(_("came with a release"), default=False)
    made_at = models.DateTimeField(_("when"))
    reason = models.CharField(_("why"), max_length=200, blank=True)

    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("published by")
    )
    # Why a superuser published alone what they wrote themselves; empty if two people did it.
    alone_because = models.CharField(_("published alone because"), max_length=200, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["exercise", "-number"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(fields=["exercise", "number"], name="warmups_version_number_once"),
            models.CheckConstraint(
                name="warmups_version_published_by_another",
                condition=Q(published_by=None) | Q(author=None) | ~Q(published_by=F("author")) | ~Q(alone_because=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercise_id}, version {self.number}"


class ReviewComment(models.Model):
    """What a curator remarked on a version of an exercise."""

    version = models.ForeignKey(ExerciseVersion, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    made_at = models.DateTimeField(_("when"))
    text = models.CharField(_("comment"), max_length=2000)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")

    def __str__(self) -> str:
        return self.text
