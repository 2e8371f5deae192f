"""People, what they prefer, the tokens they hand to programs, and the record of who changed what."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from accounts.querysets import ScopedQuerySet


class UserManager(BaseUserManager["User"]):
    """Makes people; finds them by e-mail whatever its letters' case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new person. `email` is kept in lower case; without a `password` none will do."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new person who may do everything. Only who runs the machine makes one, so the address needs no proof."""
        user = self.create_user(email, password, **{"is_staff": True, "is_superuser": True} | fields)
        addresses = apps.get_model("account", "EmailAddress").objects.using(self._db)
        addresses.create(user=user, email=user.email, primary=True, verified=True)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this e-mail address. Raises User.DoesNotExist."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person and their preferences. Who is a coach or an athlete is said by memberships, not here."""

    class Units(models.TextChoices):
        METRIC = "metric", _("Kilometres")
        IMPERIAL = "imperial", _("Miles")

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=80, help_text=_("As your coach and squad should see it."))
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May sign in to the curation pages."))
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    time_zone = TimeZoneField(_("time zone"), default="UTC", use_pytz=False)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    units = models.CharField(_("distances in"), max_length=10, choices=Units, default=Units.METRIC)
    reminder_lead_minutes = models.PositiveSmallIntegerField(
        _("remind me this many minutes before"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(24 * 60)],
        help_text=_("Empty: your squad's choice, else 60."),
    )
    email_reminders = models.BooleanField(_("remind me by e-mail"), default=True)
    reminder_leads = models.JSONField(
        _("minutes by kind of run"),
        default=dict,
        blank=True,
        help_text=_("Where it is not the same before every kind of run."),
    )
    digest_at = models.TimeField(
        _("tell me of tomorrow's runs at"),
        null=True,
        blank=True,
        help_text=_("An hour of the evening before. Empty: no such mail."),
    )
    calendar_attached = models.BooleanField(_("attach a calendar entry"), default=False)
    refused_email = models.EmailField(
        _("address that takes no mail"),
        max_length=254,
        blank=True,
        default="",
        help_text=_("Its mail server said so. No reminders go there until the person asks again or has another."),
    )
    doubted_email = models.EmailField(
        _("address that often takes no mail"),
        max_length=254,
        blank=True,
        default="",
        help_text=_("Reminders go there; the person is asked whether it is right."),
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="accounts_user_quiet_hours",
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~models.Q(quiet_from=models.F("quiet_until")),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_once",
                violation_error_message=_("There is an account with this e-mail address already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Somebody"))

    @property
    def address_refused(self) -> bool:
        """Whether the mail server said that the address takes no mail."""
        return bool(self.refused_email) and self.refused_email == self.email

    @property
    def address_doubted(self) -> bool:
        """Whether to ask if the address is right: mail goes there, and often comes back."""
        return bool(self.doubted_email) and self.doubted_email == self.email and not self.address_refused

    def get_full_name(self) -> str:
        """The name to show."""
        return str(self)

    def get_short_name(self) -> str:
        """The first word of the name, for greetings."""
        return str(self).split()[0]


class ApiTokenQuerySet(ScopedQuerySet["ApiToken"]):
    """Tokens belong to one person and nobody else sees them."""

    def visible_to(self, person):
        """One's own."""
        return self.filter(user_id=person.pk) if person.is_authenticated else self.none()

    editable_by = visible_to


class ApiToken(models.Model):
    """A program's key to the API. The secret is shown once; only its hash is kept, found by its prefix."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("made"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did what to what, when, and from what: one row for each change that others see or feel."""

    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("who"))
    action = models.CharField(_("what"), max_length=60)
    target_type = models.CharField(_("kind"), max_length=60)
    target_id = models.CharField(_("id"), max_length=40)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["target_type", "target_id"], name="accounts_audit_target")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"
