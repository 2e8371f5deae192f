"""What senders have done, counted: figures for whoever watches, shared by all processes. Nothing depends on them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """One figure that only grows. `name` is as Prometheus names a sample, labels included."""

    name = models.CharField(max_length=120, primary_key=True)
    value = models.FloatField(default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self) -> str:
        return f"{self.name} {self.value:g}"
