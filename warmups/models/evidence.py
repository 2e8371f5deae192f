"""Published figures and where they come from. Never averaged across studies."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from warmups.models.exercises import Exercise, Muscle


class Study(models.Model):
    """The source of figures."""

    slug = models.SlugField(unique=True, max_length=60)
    citation = models.CharField(_("citation"), max_length=500)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    doi = models.CharField("DOI", max_length=120, blank=True)
    pubmed = models.CharField("PMID or PMCID", max_length=80, blank=True)
    design = models.CharField(_("design"), max_length=200, blank=True)
    population = models.CharField(_("who took part"), max_length=300, blank=True)
    n = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    method = models.TextField(_("method"), blank=True)
    seen = models.CharField(_("what we could read of it"), max_length=200, blank=True)
    bibliography_checked = models.BooleanField(_("bibliography seen whole"), default=True)
    url = models.URLField(_("where it was read"), max_length=500, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("study")
        verbose_name_plural = _("studies")

    def __str__(self) -> str:
        return self.citation

    @property
    def short(self) -> str:
        """First author and year: "Boren 2011"."""
        author = self.citation.split()[0].rstrip(",") if self.citation else self.slug
        return f"{author} {self.year}" if self.year else author


class Activation(models.Model):
    """A published EMG figure: %MVIC of one muscle in one exercise variant, from one study.

    %MVIC is the muscle's signal as percent of that in a maximal voluntary isometric contraction, 0 to 400 here.
    `rankable` says whether the figure may order body-weight or band exercises; others are context only.
    """

    code = models.CharField(max_length=12, unique=True)
    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="activations")
    muscle = models.ForeignKey(Muscle, models.PROTECT, related_name="activations")
    study = models.ForeignKey(Study, models.PROTECT, related_name="activations")
    variant = models.CharField(_("variant"), max_length=200, blank=True)
    segment = models.CharField(_("part of the muscle"), max_length=20, blank=True)
    mean = models.DecimalField(_("mean %MVIC"), max_digits=5, decimal_places=2, null=True, blank=True)
    sd = models.DecimalField(_("SD"), max_digits=5, decimal_places=2, null=True, blank=True)
    n = models.PositiveIntegerField(_("how many people"), null=True, blank=True)
    low = models.DecimalField(_("from %MVIC"), max_digits=5, decimal_places=2, null=True, blank=True)
    high = models.DecimalField(_("to %MVIC"), max_digits=5, decimal_places=2, null=True, blank=True)
    statistic = models.CharField(_("statistic"), max_length=40)
    load = models.CharField(_("load"), max_length=20)
    locator = models.CharField(_("where in the source"), max_length=300, blank=True)
    source_kind = models.CharField(_("how it was read"), max_length=20)
    rankable = models.BooleanField(_("may order exercises"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["muscle", "study", "code"]
        verbose_name = _("muscle activation")
        verbose_name_plural = _("muscle activations")
        constraints = [
            models.CheckConstraint(
                name="warmups_activation_percent",
                condition=(models.Q(mean=None) | models.Q(mean__gte=0, mean__lte=400))
                & (models.Q(low=None) | models.Q(low__gte=0, low__lte=400))
                & (models.Q(high=None) | models.Q(high__gte=0, high__lte=400)),
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def second_hand(self) -> bool:
        """Whether the figure was quoted by another text instead of read in the study."""
        return self.source_kind == "secondary_quote"
