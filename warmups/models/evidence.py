"""Published figures and where they come from. Never averaged across studies."""

from __future__ import annotations

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from warmups.models.exercises import Exercise, Muscle
from warmups.models.library import InLibrary

# A surname, with what may stand before and in it, followed by initials: "de Almeida Paz I et al."
AUTHOR = re.compile(r"((?:[a-z]+ )*[A-Z][\w'’-]*(?: [A-Z][a-z][\w'’-]*)*) [A-Z]{1,4}\b")
SECOND_HAND = "secondary_quote"  # what `source_kind` says of a figure that another text quotes


class Study(InLibrary):
    """The source of figures."""

    class Electrodes(models.TextChoices):
        SURFACE = "surface", _("electrodes on the skin")
        FINE_WIRE = "fine-wire", _("fine wires in the muscle")

    slug = models.SlugField(unique=True, max_length=60)
    citation = models.CharField(_("citation"), max_length=500)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    doi = models.CharField("DOI", max_length=120, blank=True)
    pubmed = models.CharField("PMID or PMCID", max_length=80, blank=True)
    design = models.CharField(_("design"), max_length=200, blank=True)
    population = models.CharField(_("who took part"), max_length=300, blank=True)
    n = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    method = models.TextField(_("method"), blank=True)
    electrodes = models.CharField(
        _("electrodes"),
        max_length=10,
        choices=Electrodes,
        blank=True,
        help_text=_("Empty where a review mixes them, or nothing was recorded."),
    )
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
        """First author and year: "Boren 2011"; where no author is known what it is, "Literature table 2014"."""
        author = AUTHOR.match(self.citation)
        name = author[1] if author else re.split(r" (?:in|of) |,", self.citation)[0] or self.slug
        return f"{name} {self.year}" if self.year else name


class Activation(InLibrary):
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
        return self.source_kind == SECOND_HAND


class Outcome(InLibrary):
    """A result of a trial, a review or a gait study, in the unit that `measure` names.

    `direction` says who does better in this comparison, or what was seen.
    """

    class Topic(models.TextChoices):
        INJURY = "running-injury-prevention", _("Injuries of runners")
        GLUTEAL = "gluteal-activation-warmup", _("Gluteal exercises right before effort")
        WARM_UP = "general-warmup", _("Warming up at all")
        STRETCHING = "stretching", _("Stretching")
        PLYOMETRIC = "plyometric", _("Hopping")
        NEUROMUSCULAR = "neuromuscular-warmup", _("Warm-up programmes of team sports")
        GAIT = "running-biomechanics", _("How hips work in running")
        REHABILITATION = "rehabilitation", _("Hips and pain")

    class Direction(models.TextChoices):
        FOR = "favours-intervention", _("better with it")
        AGAINST = "favours-comparator", _("better without it")
        NONE = "no-difference", _("no clear difference")
        MIXED = "mixed", _("mixed")
        UNCLEAR = "unclear", _("unclear")
        ASSOCIATION = "association", _("goes together, not proven to cause")
        DESCRIPTIVE = "descriptive", _("a description")
        HIGHER = "higher", _("higher")
        LOWER = "lower", _("lower")
        HIGHER_IN_RUNNING = "higher-in-running", _("higher in running")
        LOWER_AFTER = "lower-after-intervention", _("lower with it")

    code = models.CharField(max_length=12, unique=True)
    topic = models.CharField(_("topic"), max_length=30, choices=Topic)
    study = models.ForeignKey(Study, models.PROTECT, related_name="outcomes")
    intervention = models.CharField(_("what was tried or compared"), max_length=200)
    comparator = models.CharField(_("against"), max_length=200, blank=True)
    outcome = models.CharField(_("what was measured"), max_length=200)
    direction = models.CharField(_("direction"), max_length=30, choices=Direction)
    measure = models.CharField(_("measure of the effect"), max_length=60, blank=True)
    value = models.DecimalField(_("value"), max_digits=9, decimal_places=4, null=True, blank=True)
    ci_low = models.DecimalField(_("95 % interval from"), max_digits=9, decimal_places=4, null=True, blank=True)
    ci_high = models.DecimalField(_("95 % interval to"), max_digits=9, decimal_places=4, null=True, blank=True)
    p = models.CharField(_("p"), max_length=20, blank=True)
    n = models.PositiveIntegerField(_("how many people"), null=True, blank=True)
    timing = models.CharField(_("when"), max_length=120, blank=True)
    locator = models.CharField(_("where in the source"), max_length=300, blank=True)
    source_kind = models.CharField(_("how it was read"), max_length=20)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")

    def __str__(self) -> str:
        return f"{self.code}: {self.outcome}"

    @property
    def second_hand(self) -> bool:
        """Whether it was quoted by another text, and not read in the study itself."""
        return self.source_kind == SECOND_HAND


class GlutealIndex(InLibrary):
    """How much an exercise works the gluteal muscles beside the tensor fasciae latae: no percentage.

    The gluteal-to-TFL index of Selkowitz et al. 2013 (doi:10.2519/jospt.2013.4116): higher means more of the one with
    less of the other.
    """

    code = models.CharField(max_length=12, unique=True)
    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="indices")
    study = models.ForeignKey(Study, models.PROTECT, related_name="indices")
    value = models.DecimalField(_("index"), max_digits=5, decimal_places=1)
    locator = models.CharField(_("where in the source"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("gluteal index")
        verbose_name_plural = _("gluteal indices")

    def __str__(self) -> str:
        return self.code
