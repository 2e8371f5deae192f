"""Calendar feeds: secret addresses that other calendars subscribe to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from plans.models.squads import Squad
from plans.querysets import FeedQuerySet


class Feed(models.Model):
    """A person's feed of their own runs, or, with a squad, of that squad's for who coaches or assists it.

    Its secret is made from `nonce` and the secret key, so no row holds it and it can be shown again. `busy`: only that
    one is busy, and when.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feeds")
    squad = models.ForeignKey(Squad, models.CASCADE, null=True, blank=True, related_name="+")
    busy = models.BooleanField(_("only when I am busy"), default=False)
    nonce = models.CharField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"))
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return f"{self.person_id}: calendar feed {self.pk}"
