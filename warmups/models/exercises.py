"""Movements: how to do them, what they work, how hard they are, what they need."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from warmups.models.library import InLibrary
from warmups.querysets import ExerciseQuerySet
from warmups.workflow import WorkflowRow


class Muscle(InLibrary):
    """A muscle, or a group that studies record as one signal."""

    class Kind(models.TextChoices):
        MUSCLE = "muscle", _("muscle")
        GROUP = "group", _("muscle group")

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=80, help_text=_("As runners say it."))
    latin_name = models.CharField(_("anatomical name"), max_length=120)
    region = models.CharField(_("region"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    actions = models.JSONField(_("actions"), default=list)
    where = models.TextField(_("where it is"), blank=True)
    in_running = models.TextField(_("what it does in running"), blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("muscle")
        verbose_name_plural = _("muscles")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("muscle", args=[self.slug])


class Equipment(InLibrary):
    """Something one needs at hand: a mini-band, a step."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name"]
        verbose_name = _("equipment")
        verbose_name_plural = _("equipment")

    def __str__(self) -> str:
        return self.name


class Mode(models.TextChoices):
    """What a dose counts."""

    REPS = "reps", _("repetitions")
    HOLD = "hold", _("holds")
    DISTANCE = "distance", _("metres")


class Phase(models.TextChoices):
    """Where in a warm-up an exercise belongs (RAMP: Jeffreys 2007)."""

    RAISE = "raise", _("raise")
    ACTIVATE = "activate", _("activate")
    MOBILISE = "mobilise", _("mobilise")
    POTENTIATE = "potentiate", _("potentiate")


class RunningRole(models.TextChoices):
    """What an exercise prepares for in the stride."""

    FORCE = "force", _("push into the ground")
    HIP_EXTENSION = "hip-extension", _("hip extension")
    SINGLE_LEG_STANCE = "single-leg-stance", _("steady on one leg")
    MOBILITY = "mobility", _("free movement")
    STIFFNESS = "stiffness", _("spring")


class Contraindication(models.TextChoices):
    """When to leave an exercise out or swap it: hints, not medical advice."""

    ACHILLES = "achilles-tendinopathy", _("sore Achilles tendon")
    ACUTE_HIP = "acute-hip-pain", _("new or sharp hip pain")
    ANKLE_SPRAIN = "ankle-sprain-acute", _("fresh ankle sprain")
    BALANCE = "balance-impairment", _("trouble with balance")
    BONE_STRESS = "bone-stress-injury", _("bone stress injury")
    CALF_STRAIN = "calf-strain-acute", _("fresh calf strain")
    DIZZINESS = "dizziness-head-down", _("dizzy with the head down")
    GROIN = "groin-pain", _("groin pain")
    HAMSTRING_STRAIN = "hamstring-strain-acute", _("fresh strain at the back of the thigh")
    HIP_FLEXOR = "hip-flexor-pain", _("pain at the front of the hip")
    HIP_REPLACEMENT = "hip-replacement-precautions", _("care after a hip replacement")
    DEEP_KNEE = "knee-pain-in-deep-flexion", _("knee pain in deep bends")
    KNEELING = "kneeling-intolerance", _("kneeling hurts")
    LATERAL_HIP = "lateral-hip-pain-gluteal-tendinopathy", _("pain at the side of the hip")
    BACK_EXTENSION = "low-back-extension-pain", _("arching the back hurts")
    BACK_FLEXION = "low-back-flexion-pain", _("rounding the back hurts")
    PATELLOFEMORAL = "patellofemoral-pain-flare", _("pain around the kneecap")
    PELVIC_FLOOR = "pelvic-floor-symptoms", _("pelvic floor symptoms")
    PLANTAR_HEEL = "plantar-heel-pain-flare", _("pain under the heel")
    PREGNANCY_IMPACT = "pregnancy-late-impact", _("late pregnancy: jumping and running")
    PREGNANCY_PRONE = "pregnancy-prone", _("pregnancy: lying face down")
    PREGNANCY_SUPINE = "pregnancy-supine", _("pregnancy: lying on the back")
    SHOULDER = "shoulder-pain", _("shoulder pain")
    WRIST = "wrist-pain", _("wrist pain")


class Exercise(WorkflowRow, InLibrary):
    """One movement. Its slug is permanent once published; what leans on it keeps it from being deleted."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in-review", _("in review")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    class NextStatus(models.TextChoices):
        """Where the work on its latest version stands."""

        NONE = "", _("nothing to publish")
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in-review", _("in review")

    class Category(models.TextChoices):
        ACTIVATION = "activation", _("activation")
        MOBILITY = "mobility", _("mobility")
        DYNAMIC = "dynamic", _("dynamic")
        PLYOMETRIC = "plyometric", _("plyometric")
        STABILITY = "stability", _("stability")

    class Position(models.TextChoices):
        SIDE_LYING = "side-lying", _("lying on the side")
        SUPINE = "supine", _("lying on the back")
        PRONE = "prone", _("face down")
        QUADRUPED = "quadruped", _("hands and knees")
        KNEELING = "kneeling", _("kneeling")
        STANDING = "standing", _("standing")
        SINGLE_LEG = "single-leg", _("on one leg")
        MOVING = "moving", _("moving along")

    class Space(models.TextChoices):
        SPOT = "spot", _("on the spot")
        LANE = "lane", _("a few metres to move along")

    class EvidenceLevel(models.TextChoices):
        A = "A", _("A: measured in several studies")
        B = "B", _("B: measured in at least one study")
        C = "C", _("C: close variants measured")
        D = "D", _("D: coaching practice")

    slug = models.SlugField(_("slug"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=80)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, db_index=True)
    category = models.CharField(_("category"), max_length=10, choices=Category)
    phase = models.CharField(_("RAMP phase"), max_length=10, choices=Phase)
    position = models.CharField(_("position"), max_length=10, choices=Position)
    lying = models.BooleanField(_("lying"), help_text=_("Hands, knees, side or back touch the ground."))
    unilateral = models.BooleanField(_("one side, then the other"), help_text=_("The dose is per side."))
    alternating = models.BooleanField(_("sides alternate"), help_text=_("The dose is the total."))
    mode = models.CharField(_("counted in"), max_length=10, choices=Mode)
    # The usual dose: how a step of this exercise starts out.
    sets = models.PositiveSmallIntegerField(_("sets"), default=1, validators=[MinValueValidator(1)])
    reps = models.PositiveSmallIntegerField(_("repetitions or holds"), null=True, blank=True)
    hold_seconds = models.PositiveSmallIntegerField(_("hold, seconds"), null=True, blank=True)
    metres = models.PositiveSmallIntegerField(_("metres"), null=True, blank=True)
    tempo = models.CharField(_("tempo"), max_length=40, blank=True)
    seconds_per_rep = models.DecimalField(
        _("seconds per repetition"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Seconds per metre where metres are counted; empty for holds."),
    )
    equipment = models.ManyToManyField(Equipment, blank=True, verbose_name=_("equipment"), related_name="exercises")
    equipment_substitutes = models.CharField(_("what can stand in"), max_length=120, blank=True)
    space = models.CharField(_("space"), max_length=10, choices=Space)
    running_role = models.CharField(_("running role"), max_length=20, choices=RunningRole)
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    easier = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("easier one")
    )
    harder = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("harder one")
    )
    movement = models.JSONField(_("movement"), default=list, blank=True)
    muscles = models.ManyToManyField(Muscle, through="ExerciseMuscle", related_name="exercises")
    contraindications = models.JSONField(_("leave out or swap with"), default=list, blank=True)
    evidence_level = models.CharField(_("evidence level"), max_length=1, choices=EvidenceLevel)

    summary = models.CharField(_("in one line"), max_length=200, blank=True)
    set_up = models.TextField(_("set-up"), blank=True)
    instructions = models.JSONField(_("steps"), default=list, blank=True)
    cues = models.JSONField(_("cues"), default=list, blank=True)
    feel = models.TextField(_("what to feel"), blank=True)
    mistakes = models.JSONField(_("common mistakes"), default=list, blank=True)
    leave_out = models.TextField(_("when to leave it out"), blank=True)

    # Pose keyframes (docs/figures.md); lists and links need no more of them than their digest.
    poses = models.JSONField(_("poses of the figure"), null=True, blank=True, editable=False)
    poses_digest = models.CharField(max_length=16, blank=True, editable=False)

    # Who vouches for it. Nobody, as long as no clinician has read it.
    reviewed_by = models.CharField(
        _("reviewed by"), max_length=120, blank=True, help_text=_("Name and profession, as readers see it.")
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    review_due = models.DateField(_("next review due"), null=True, blank=True)

    # Photos and videos beside the figure, in order: a list of {file (a MediaFile's name), alt, caption}.
    media = models.JSONField(_("photos and videos"), default=list, blank=True)

    # The row is what is read: of a published or retired exercise its published version, else its latest one. What is
    # being written on a published one stands in its latest version alone, until that is published in turn.
    latest = models.ForeignKey(
        "ExerciseVersion", models.RESTRICT, null=True, editable=False, related_name="+", verbose_name=_("latest")
    )
    published_version = models.ForeignKey(
        "ExerciseVersion", models.RESTRICT, null=True, editable=False, related_name="+", verbose_name=_("as published")
    )
    next_status = models.CharField(
        _("next version"), max_length=10, choices=NextStatus, blank=True, default=NextStatus.DRAFT, editable=False
    )

    objects = ExerciseQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(difficulty__gte=1, difficulty__lte=5), name="warmups_exercise_difficulty_1_to_5"
            ),
            models.CheckConstraint(
                name="warmups_exercise_published_has_version",
                condition=models.Q(
                    published_version=None, status__in=["draft", "in-review"], next_status=models.F("status")
                )
                | models.Q(published_version__isnull=False, status__in=["published", "retired"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("exercise", args=[self.slug])

    # With these an exercise may stand where a step stands: its usual dose is shown and timed like a step's.
    @property
    def sides(self) -> str | None:
        """A step's `sides` to start with: each side, or none."""
        return "each" if self.unilateral else None

    @property
    def rest_seconds(self) -> int:
        """A step's rest to start with: none."""
        return 0

    @property
    def published(self) -> bool:
        """Whether everyone reads it and new routines may have it."""
        return self.status == self.Status.PUBLISHED

    @property
    def ever_published(self) -> bool:
        """Whether it is open to all: published, or retired since."""
        return self.status in (self.Status.PUBLISHED, self.Status.RETIRED)

    @property
    def muscle_slugs(self) -> list[str]:
        """The muscles it works, mainly then besides. Costs no query after `with_shape` or `whole`."""
        return [worked.muscle.slug for worked in self.worked.all()]


class ExerciseMuscle(InLibrary):
    """That an exercise works a muscle, mainly or besides."""

    class Role(models.TextChoices):
        PRIMARY = "primary", _("mainly")
        SECONDARY = "secondary", _("besides")

    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="worked")
    muscle = models.ForeignKey(Muscle, models.PROTECT, related_name="worked_by")
    role = models.CharField(max_length=10, choices=Role)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["role", "position"]
        constraints = [models.UniqueConstraint(fields=["exercise", "muscle"], name="warmups_muscle_once_an_exercise")]

    def __str__(self) -> str:
        return f"{self.exercise_id}: {self.muscle_id}"


class Substitute(InLibrary):
    """A curator's equal for when an exercise hurts, or the band, the floor or the space is missing."""

    class When(models.TextChoices):
        HURTS = "hurts", _("when it hurts")
        NO_EQUIPMENT = "no-equipment", _("without equipment")
        NO_FLOOR = "no-floor", _("without touching the ground")
        NO_SPACE = "no-space", _("without space")

    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="substitutes")
    when = models.CharField(max_length=15, choices=When)
    substitute = models.ForeignKey(Exercise, models.CASCADE, related_name="stands_in_for")

    class Meta:
        ordering = ["when", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["exercise", "when", "substitute"], name="warmups_substitute_once")
        ]

    def __str__(self) -> str:
        return f"{self.exercise_id}: {self.when}"
