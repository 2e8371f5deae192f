"""How allauth behaves here: whom it makes, where its links lead, what happens when a mail can't be sent."""

from __future__ import annotations

import contextlib
import logging
from smtplib import SMTPException
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import get_next_redirect_url
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import add_query_params
from django.conf import settings
from django.contrib import messages
from django.core import mail
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.domain.people import sign_up_person
from accounts.models import User

logger = logging.getLogger(__name__)

MAIL_TIMEOUT = 10  # seconds that a page waits for the mail server


class AccountAdapter(DefaultAccountAdapter):
    """Signing up and in by e-mail."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This address and this password do not go together."),
        "too_many_login_attempts": _("That was a few tries too many. Wait five minutes, then try again."),
    }

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """The person of a valid sign-up form, made as everywhere. Raises ValidationError: see sign_up_person."""
        data = form.cleaned_data
        return sign_up_person(
            email=data["email"],
            name=data["name"],
            password=data["password1"],
            time_zone=data["time_zone"],
            language=get_language(),
            now=timezone.now(),
        )

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whether the address is now proven: not if somebody else signs in with it."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            template = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, template, {"email": email_address.email})
            return False
        with transaction.atomic():
            confirmed: bool = super().confirm_email(request, email_address)
            if confirmed:
                person = email_address.user
                record(actor=person, action="person.verify-address", target=person, now=timezone.now())
        return confirmed

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC) -> str:
        """The link in the mail; it leads on to where the person was going, in whatever browser it is opened."""
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        going_to = get_next_redirect_url(request)
        return settings.SITE_URL + (add_query_params(path, {"next": going_to}) if going_to else path)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail."""
        return settings.SITE_URL + urlsplit(super().get_reset_password_from_key_url(key)).path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one mail now. Raises ImmediateHttpResponse (503, a page that says so) if the mail server fails."""
        request = allauth_context.request
        message = self.render_mail(template_prefix, email, {"request": request, "email": email} | context)
        message.connection = mail.get_connection(timeout=MAIL_TIMEOUT)
        try:
            message.send()
        except (OSError, SMTPException) as error:
            logger.error("Could not send %s: %s", template_prefix, error)
            # A link that never left must not keep its person from asking for another.
            ratelimit.clear(request, action="confirm_email", key=email.lower())
            raise ImmediateHttpResponse(render(request, "account/mail_failed.html", status=503)) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell of a change that is made already: if the mail can't be sent, the change still stands."""
        with contextlib.suppress(ImmediateHttpResponse):
            super().send_notification_mail(*args, **kwargs)
