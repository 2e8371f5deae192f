"""Joining a squad, by the link of a mailed invitation or by a join link: GET asks, POST acts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.domain.people import has_verified_address
from accounts.forms import SignupForm
from accounts.models import User
from plans.domain.invitations import accept_invitation, accept_with_new_account, invitation_of, is_open
from plans.domain.join_links import has_left_since, join_link_of, join_with_link, link_state, why_closed
from plans.forms.invitations import JoinForm, NewAccountForm
from plans.models import Invitation, JoinLink, Membership
from plans.models.squads import Role

View = Callable[..., HttpResponse]


def keeps_the_token(view: View) -> View:
    """Lets no other site and no log of one learn the address of this page, which is a secret.

    The origin is still named: without it, a browser's POST from here would be refused as coming from elsewhere.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "strict-origin"
        return response

    return answer


@never_cache
@keeps_the_token
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to; visitors make their account here, who has one signs in, who is signed in joins.

    Having the token of a mailed invitation proves its address. A join link's proves nothing: whoever makes an account
    here confirms their address first, and the link in that mail leads back to this page.
    """
    link = join_link_of(token)
    if link is not None:
        return _by_link(request, link)
    found = invitation_of(token)
    if found is None:
        return render(request, "plans/invitation_closed.html", {"known": False}, status=404)
    if not is_open(found, timezone.now()):
        return _closed(request, found)
    if isinstance(request.user, User):
        return _signed_in(request, found, request.user)
    if User.objects.filter(email__iexact=found.email).exists():
        return render(request, "plans/invitation.html", {"invitation": found, "asks": "sign-in"})
    return _visitor(request, found)


def _by_link(request: HttpRequest, link: JoinLink) -> HttpResponse:
    person = request.user
    now = timezone.now()
    if not isinstance(person, User):
        if link_state(link, now) != "open":
            return _closed(request, link)
        sign_up = SignupForm()
        sign_up.fields["name"].widget.attrs.pop("autofocus", None)  # what the coaches will see is read first
        return _ask(request, link, sign_up, "link-account")
    if Membership.objects.active().filter(squad=link.squad, person=person).exists():
        return render(request, "plans/invitation.html", {"invitation": link, "asks": "nothing"})
    if link_state(link, now) != "open":
        return _closed(request, link)
    if not has_verified_address(person, person.email):
        return _ask(request, link, None, "confirm")
    if has_left_since(link, person):
        return render(request, "plans/invitation.html", {"invitation": link, "asks": "mail"})
    form = JoinForm(request.POST if request.method == "POST" else None, role=link.role)
    if form.is_valid():
        shares = form.cleaned_data.get("shares_health", False)
        try:
            membership = join_with_link(link=link, person=person, shares_health=shares, now=now)
        except ValidationError as error:
            if _code(error) == "closed":
                return _closed(request, link)
            form.add_error(None, error)
        else:
            return _joined(request, membership)
    return _ask(request, link, form, "join")


def _visitor(request: HttpRequest, found: Invitation) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = NewAccountForm(data, role=found.role, initial={"email": found.email})
    if form.is_valid():
        values = {key: form.cleaned_data[key] for key in ("name", "password", "time_zone")}
        try:
            membership = accept_with_new_account(
                invitation=found,
                language=get_language() or "en",
                shares_health=form.cleaned_data.get("shares_health", False),
                now=timezone.now(),
                **values,
            )
        except ValidationError as error:
            if _code(error) == "closed":
                return _closed(request, found)
            form.add_error(None, error)
        else:
            login(request, membership.person, backend="django.contrib.auth.backends.ModelBackend")
            return _joined(request, membership)
    return _ask(request, found, form, "account")


def _signed_in(request: HttpRequest, found: Invitation, person: User) -> HttpResponse:
    if Membership.objects.active().filter(squad=found.squad, person=person).exists():
        return render(request, "plans/invitation.html", {"invitation": found, "asks": "nothing"})
    if not has_verified_address(person, found.email):
        asks = "confirm" if person.email == found.email else "sign-out"
        return render(request, "plans/invitation.html", {"invitation": found, "asks": asks})
    form = JoinForm(request.POST if request.method == "POST" else None, role=found.role)
    if form.is_valid():
        try:
            membership = accept_invitation(
                invitation=found,
                person=person,
                shares_health=form.cleaned_data.get("shares_health", False),
                now=timezone.now(),
            )
        except ValidationError as error:
            if _code(error) == "closed":
                return _closed(request, found)
            form.add_error(None, error)
        else:
            return _joined(request, membership)
    return _ask(request, found, form, "join")


def _ask(
    request: HttpRequest, found: Invitation | JoinLink, form: JoinForm | SignupForm | None, asks: str
) -> HttpResponse:
    context = {"invitation": found, "form": form, "asks": asks, "athlete": found.role == Role.ATHLETE}
    return render(request, "plans/invitation.html", context, status=422 if form and form.errors else 200)


def _joined(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("Welcome to %(squad)s.") % {"squad": membership.squad.name})
    return redirect("today" if membership.role == Role.ATHLETE else membership.squad)


def _closed(request: HttpRequest, found: Invitation | JoinLink) -> HttpResponse:
    mine = Membership.objects.active().filter(squad=found.squad)
    inside = isinstance(request.user, User) and mine.filter(person=request.user).exists()
    why = why_closed(found, timezone.now()) if isinstance(found, JoinLink) else ""
    context = {"known": True, "squad": found.squad if inside else None, "why": why}
    return render(request, "plans/invitation_closed.html", context, status=410)


def _code(error: ValidationError) -> str:
    """The code of a refusal of the whole deed; empty for one of fields."""
    return "" if hasattr(error, "error_dict") else error.error_list[0].code or NON_FIELD_ERRORS
