"""Settings pages, and allauth's sign-in pages with our answers."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.domain.people import change_preferences, try_address_again
from accounts.domain.security import SCOPES, make_token, revoke_token
from accounts.forms import PreferencesForm, ProfileForm, RemindersForm, TokenForm
from accounts.models import ApiToken
from accounts.next_pages import next_page


class Says422:
    """An invalid form is answered with 422, as on all our pages."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """The form again, with what is wrong."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class LoginView(Says422, allauth_views.LoginView):
    """Sign in."""


class SignupView(Says422, allauth_views.SignupView):
    """Make an account."""


class EmailView(Says422, allauth_views.EmailView):
    """One's addresses."""


class PasswordChangeView(Says422, allauth_views.PasswordChangeView):
    """A new password for the old one."""


class PasswordSetView(Says422, allauth_views.PasswordSetView):
    """A first password."""


class PasswordResetView(Says422, allauth_views.PasswordResetView):
    """Ask for a link to choose a new password."""


class PasswordResetFromKeyView(Says422, allauth_views.PasswordResetFromKeyView):
    """Choose a new password."""


class ReauthenticateView(Says422, allauth_views.ReauthenticateView):
    """Show once more that it is still you."""


@login_required
def settings_profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone, language, units."""
    return _preferences(request, ProfileForm, "accounts/settings_profile.html", "settings-profile")


@login_required
def settings_reminders(request: HttpRequest) -> HttpResponse:
    """Whether and when reminders come."""
    return _preferences(request, RemindersForm, "accounts/settings_reminders.html", "settings-reminders")


@login_required
@require_POST
def settings_address(request: HttpRequest) -> HttpResponse:
    """Mail an address again that took no mail before, or go on as before with one that was doubted."""
    try_address_again(user=request.user, now=timezone.now())  # type: ignore[arg-type]
    messages.success(request, _("Reminders go to your address."))
    return redirect("settings-reminders")


def _preferences(request: HttpRequest, form_class: type[PreferencesForm], template: str, name: str) -> HttpResponse:
    user: Any = request.user
    form = form_class(request.POST if request.method == "POST" else None, initial=form_class.of(user))
    if form.is_valid():
        try:
            change_preferences(user=user, changes=form.changes(), now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Your settings are saved."))
            return redirect(next_page(user, timezone.now()) or name)
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def settings_security(request: HttpRequest) -> HttpResponse:
    """Where address and password are changed."""
    return render(request, "accounts/settings_security.html")


@login_required
@never_cache
def settings_tokens(request: HttpRequest) -> HttpResponse:
    """One's API tokens; a new one is shown in the answer to the POST that makes it, and never again."""
    user: Any = request.user
    form = TokenForm(request.POST if request.method == "POST" else None, user=user)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            context["made"], context["secret"] = make_token(user=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            context["form"] = TokenForm(user=user)
    context["tokens"] = [_described(token) for token in ApiToken.objects.visible_to(user)]
    return render(request, "accounts/settings_tokens.html", context, status=422 if form.errors else 200)


def _described(token: ApiToken) -> dict[str, Any]:
    return {"token": token, "scopes": [SCOPES[scope] for scope in token.scopes if scope in SCOPES]}


@login_required
def settings_token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """GET asks, POST takes the token back."""
    user: Any = request.user
    token = ApiToken.objects.for_change(user, pk=token_id)
    if request.method == "POST":
        revoke_token(token=token, actor=user, now=timezone.now())
        messages.success(request, _("%(name)s is taken back.") % {"name": token.name})
        return redirect("settings-tokens")
    question = {
        "title": _("Take back “%(name)s”?") % {"name": token.name},
        "text": _("The program that uses it can do nothing here from then on. There is no way back but a new token."),
        "button": _("Take it back"),
        "danger": True,
        "back": reverse("settings-tokens"),
    }
    return render(request, "components/confirm.html", question)
