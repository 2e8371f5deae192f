"""Squads, who is in them, and who was asked to join."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from plans.querysets import InvitationQuerySet, JoinLinkQuerySet, MembershipQuerySet, SquadQuerySet
from warmups.models import Routine


class Role(models.TextChoices):
    """What a person is in one squad."""

    COACH = "coach", _("coach")
    ASSISTANT = "assistant", _("assistant coach")
    ATHLETE = "athlete", _("athlete")


class Squad(models.Model):
    """A group of athletes with one or more coaches, a time zone and a default routine."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=80)
    time_zone = TimeZoneField(_("time zone"), default="UTC", use_pytz=False)
    default_routine = models.ForeignKey(
        Routine, models.PROTECT, null=True, blank=True, related_name="default_of", verbose_name=_("default routine")
    )
    reminder_lead_minutes = models.PositiveSmallIntegerField(
        _("remind this many minutes before"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(24 * 60)],
        help_text=_("For athletes who chose nothing themselves. Empty: 60."),
    )
    routines = models.ManyToManyField(Routine, through="SharedRoutine", related_name="squads")
    created_at = models.DateTimeField(_("founded"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = SquadQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("squad")
        verbose_name_plural = _("squads")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its board."""
        return reverse("squad", args=[self.slug])

    @property
    def is_archived(self) -> bool:
        """Whether it was laid to rest."""
        return self.archived_at is not None


class Membership(models.Model):
    """A person in a squad, from when until when.

    Coaches see an athlete's runs and sessions from `sees_from` on: the start, in the squad's time zone, of the day on
    which the membership began. `shares_health` is the athlete's word on whether coaches see pain and notes.
    """

    squad = models.ForeignKey(Squad, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    began_at = models.DateTimeField(_("since"))
    sees_from = models.DateTimeField()
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    shares_health = models.BooleanField(_("coaches see pain and notes"), default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["began_at", "pk"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["squad", "person"],
                condition=models.Q(ended_at=None),
                name="plans_membership_one_active_a_squad",
                violation_error_message=_("This person is in the squad already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.squad_id} ({self.role})"


class Invitation(models.Model):
    """Somebody asked by e-mail to join a squad; single use, until it expires or is revoked.

    The token in the mail is made from `nonce` and the secret key (plans/domain/invitations.py), so no row holds it and
    the mail can be sent again after a failure. The mail itself is a row's state: unsent until `mailed_at`.
    """

    squad = models.ForeignKey(Squad, models.PROTECT, related_name="invitations")
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.ATHLETE)
    nonce = models.CharField(max_length=32, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("good until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    mail_next_at = models.DateTimeField()  # not before; pushed on by a claim and by each failure
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField(max_length=200, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["squad", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="plans_invitation_one_open_an_address",
            )
        ]
        indexes = [
            models.Index(
                fields=["mail_next_at"],
                condition=models.Q(mailed_at=None, revoked_at=None, accepted_at=None),
                name="plans_invitation_unsent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.squad_id}: invitation {self.pk}"


class JoinLink(models.Model):
    """A link (or its QR code) with which up to `limit` people may join a squad, until it expires or is revoked.

    Like an invitation's, its token is made from `nonce` and the secret key, so no row holds it and it can be shown
    again. `uses` counts those who joined with it.
    """

    squad = models.ForeignKey(Squad, models.PROTECT, related_name="join_links")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.ATHLETE)
    nonce = models.CharField(max_length=32, unique=True, editable=False)
    limit = models.PositiveSmallIntegerField(_("for at most"))
    uses = models.PositiveSmallIntegerField(_("joined with it"), default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("good until"))
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = JoinLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("join link")
        verbose_name_plural = _("join links")
        constraints = [
            models.CheckConstraint(
                name="plans_join_link_within_its_limit", condition=models.Q(uses__lte=models.F("limit"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.squad_id}: join link {self.pk}"


class SharedRoutine(models.Model):
    """That a coach shares a routine with a squad: its members see it and may do it."""

    squad = models.ForeignKey(Squad, models.CASCADE, related_name="shared_routines")
    routine = models.ForeignKey(Routine, models.CASCADE, related_name="shares")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["squad", "routine"], name="plans_routine_shared_once")]

    def __str__(self) -> str:
        return f"{self.squad_id}: {self.routine_id}"
