"""Inviting people into a squad: by e-mail, by a link or its QR code, a whole list at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from plans.domain.invitations import invitation_state, invite, mail_state, revoke_invitation
from plans.domain.invite_many import Outlook, digest, invite_many, look_over
from plans.domain.join_links import join_token, link_state, make_join_link, revoke_join_link
from plans.forms.invitations import InviteForm, InviteManyForm, LinkForm, PeopleForm
from plans.models import Invitation, JoinLink, Squad
from warmups.qr_code import qr_code

ACCEPTED_AT_MOST = 30


@login_required
@never_cache
def squad_invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite by e-mail; the squad's join links; what became of earlier invitations."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            invitation = invite(squad=squad, actor=_person(request), now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
            return redirect("squad-invite", squad.slug)
    return _invite_page(request, squad, form, _link_form())


@login_required
@require_POST
def link_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a join link, and show it large."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    form = _link_form(request.POST)
    if form.is_valid():
        try:
            link = make_join_link(squad=squad, actor=_person(request), now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("join-link", squad.slug, link.pk)
    return _invite_page(request, squad, InviteForm(), form)


def _invite_page(request: HttpRequest, squad: Squad, form: InviteForm, link_form: LinkForm) -> HttpResponse:
    now = timezone.now()
    asked = Invitation.objects.visible_to(request.user).filter(squad=squad, revoked_at=None)
    asked = asked.with_address_for(request.user).select_related("created_by", "accepted_by")
    links = JoinLink.objects.visible_to(request.user).filter(squad=squad).open(now)
    context = {
        "squad": squad,
        "form": form,
        "link_form": link_form,
        "links": [described_link(link, now) for link in links],
        "waiting": [_described(row, now) for row in asked.filter(accepted_at=None)],
        "accepted": asked.exclude(accepted_at=None).order_by("-accepted_at", "-pk")[:ACCEPTED_AT_MOST],
    }
    status = 422 if form.errors or link_form.errors else 200
    return render(request, "plans/squad_invite.html", context, status=status)


def _link_form(data: QueryDict | None = None) -> LinkForm:
    return LinkForm(data, auto_id="link_%s")  # the page has another form, with a role of its own


def _described(invitation: Invitation, now: datetime) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "state": invitation_state(invitation, now),
        "mail": mail_state(invitation),
        "tried": invitation.mail_error != "",
    }


def described_link(link: JoinLink, now: datetime) -> dict[str, Any]:
    """A join link as pages show it: with its address, its state, and how many days it is still good."""
    return {
        "link": link,
        "url": join_url(link),
        "state": link_state(link, now),
        "free": link.limit - link.uses,
        "left": _time_left(link, now),
    }


def join_url(link: JoinLink) -> str:
    """Where one joins with a link, as it is passed on."""
    return settings.SITE_URL + reverse("invitation", args=[join_token(link)])


def _time_left(link: JoinLink, now: datetime) -> str:
    hours = int((link.expires_at - now).total_seconds() // 3600)
    if hours < 1:
        return _("good for less than an hour")
    if hours < 36:
        return ngettext("good for %(count)d more hour", "good for %(count)d more hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("good for %(count)d more day", "good for %(count)d more days", days) % {"count": days}


@login_required
@never_cache
@require_safe
def join_link(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """One join link with a QR code to hold up or print."""
    squad, link = _link(request, slug, link_id)
    shown = described_link(link, timezone.now())
    code = qr_code(shown["url"]) if shown["state"] == "open" else None
    return render(request, "plans/join_link.html", {"squad": squad, "code": code, **shown})


@login_required
def join_link_revoke(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """Take a join link back: GET asks, POST acts."""
    squad, link = _link(request, slug, link_id)
    if request.method == "POST":
        try:
            revoke_join_link(link=link, actor=_person(request), now=timezone.now())
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            messages.success(request, _("The link is taken back. Nobody joins with it any more."))
        return redirect("squad-invite", squad.slug)
    context = {
        "title": _("Take this link back?"),
        "consequences": [
            _("The link and its QR code stop working at once."),
            _("Who has joined with it stays in the squad."),
        ],
        "button": _("Take it back"),
        "danger": True,
        "back": reverse("join-link", args=[squad.slug, link.pk]),
    }
    return render(request, "components/confirm.html", context)


@login_required
def invite_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite a whole list: a dry run row by row first, then the same for real."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    if request.method != "POST":
        return _list_page(request, squad, PeopleForm())
    form = PeopleForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, squad, form)
    people = form.cleaned_data["people"]
    word = InviteManyForm(request.POST)
    now, refused = timezone.now(), ""
    if word.is_valid() and word.cleaned_data["shown"] and "look" not in request.POST:
        try:
            made = invite_many(squad=squad, actor=_person(request), people=people.rows, now=now, **word.cleaned_data)
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            told = ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", len(made))
            messages.success(request, told % {"count": len(made)})
            return redirect("squad-invite", squad.slug)
    outlooks = look_over(squad=squad, people=people.rows, now=now)
    again = PeopleForm(initial={"text": form.cleaned_data["text"]})
    context = _list_context(outlooks) | {"others": people.other_columns, "refused": refused}
    return _list_page(request, squad, again, status=422 if refused else 200, **context)


def _list_context(outlooks: Sequence[Outlook]) -> dict[str, Any]:
    counts = Counter(each.fate for each in outlooks)
    return {
        "outlooks": outlooks,
        "shown": digest(outlooks),
        "inviting": counts["invite"],
        "faults": counts["fault"],
        "nothing": counts["member"] + counts["asked"] + counts["twice"],
    }


def _list_page(
    request: HttpRequest, squad: Squad, form: PeopleForm, status: int = 200, **context: object
) -> HttpResponse:
    status = 422 if form.errors else status
    return render(request, "plans/squad_invite_list.html", {"squad": squad, "form": form, **context}, status=status)


@login_required
@require_POST
def invitation_revoke(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    """Take an open invitation back."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    invitation = Invitation.objects.for_change(request.user, squad=squad, pk=invitation_id)
    try:
        revoke_invitation(invitation=invitation, actor=_person(request), now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("The invitation is taken back. Its link stops working."))
    return redirect("squad-invite", squad.slug)


def _link(request: HttpRequest, slug: str, link_id: int) -> tuple[Squad, JoinLink]:
    """A join link of a squad that one coaches. Raises Http404; PermissionDenied for who is in it and no coach."""
    squad = Squad.objects.for_change(request.user, slug=slug)
    return squad, JoinLink.objects.select_related("created_by").for_change(request.user, squad=squad, pk=link_id)


def _person(request: HttpRequest) -> User:
    """Who asks; `login_required` lets nobody else here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


_AT = "squads/<slug:slug>/invitations/"

inviting_urls = [
    path(_AT, squad_invite, name="squad-invite"),
    path(f"{_AT}links/", link_new, name="join-link-new"),
    path(f"{_AT}links/<int:link_id>/", join_link, name="join-link"),
    path(f"{_AT}links/<int:link_id>/revoke/", join_link_revoke, name="join-link-revoke"),
    path(f"{_AT}import/", invite_list, name="invite-list"),
    path(f"{_AT}<int:invitation_id>/revoke/", invitation_revoke, name="invitation-revoke"),
]
