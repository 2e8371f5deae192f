"""Photos and videos that curators put beside a figure."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from warmups.querysets import MediaQuerySet


class MediaFile(models.Model):
    """A photo or video as it is served: named after what is in it, and never changed.

    Which exercise shows it, with which alternative text, stands in the exercise's versions.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("photo")
        VIDEO = "video", _("video")

    # The SHA-256 of the file, shortened, with the ending that its content calls for: "3f…9a.webp".
    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    content_type = models.CharField(_("type"), max_length=40)
    width = models.PositiveIntegerField(_("width, pixels"))
    height = models.PositiveIntegerField(_("height, pixels"))
    size = models.PositiveIntegerField(_("size, bytes"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    added_at = models.DateTimeField(_("when"))

    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]
        verbose_name = _("photo or video")
        verbose_name_plural = _("photos and videos")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The file itself."""
        return reverse("media", args=[self.name])
