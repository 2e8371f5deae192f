"""Links with which people join a squad by themselves: a club evening's QR code, a message to a group."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.domain.people import has_verified_address
from accounts.models import User
from plans.domain.squads import join_squad
from plans.models import JoinLink, Membership, Squad
from plans.models.squads import Role

LIMITS = range(1, 201)  # people who may join with one link
DAYS = range(1, 61)  # for which a link may be good
OPEN_LINKS_AT_MOST = 20  # of one squad: more than one could keep an eye on


@transaction.atomic
def make_join_link(*, squad: Squad, actor: User, role: str, limit: int, good_for: int, now: datetime) -> JoinLink:
    """A link with which up to `limit` people may join as `role`, for `good_for` days.

    A link can be passed on to anybody, so one that makes a coach lets one person in only. Raises ValidationError:
    role, limit, good_for; too many open links, an archived squad.
    """
    _check(role, limit, good_for)
    squad = Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    if squad.archived_at:
        raise ValidationError(_("This squad is archived. Bring it back first."), code="archived")
    if squad.join_links.open(now).count() >= OPEN_LINKS_AT_MOST:
        raise ValidationError(_("There are many open links already. Take some back first."), code="too-many")
    link = JoinLink.objects.create(
        squad=squad,
        role=role,
        limit=limit,
        nonce=secrets.token_hex(16),
        created_by=actor,
        created_at=now,
        expires_at=now + timedelta(days=good_for),
    )
    after = {"squad": squad.slug, "role": role, "limit": limit, "expires_at": link.expires_at.isoformat()}
    record(actor=actor, action="join-link.make", target=link, now=now, after=after)
    return link


def join_token(link: JoinLink) -> str:
    """The secret in the link, made anew from the row and the secret key: no table holds it."""
    proof = salted_hmac("prestride.join-link", link.nonce, algorithm="sha256").hexdigest()[:40]
    return f"j{link.pk}-{proof}"


def join_link_of(token: str) -> JoinLink | None:
    """The link that `token` proves, open or not; None for a token that was never given out."""
    number, _dash, _proof = token.removeprefix("j").partition("-")
    if not token.startswith("j") or not number.isdecimal() or not number.isascii() or len(number) > 18:
        return None
    link = JoinLink.objects.select_related("squad", "created_by").filter(pk=int(number)).first()
    if link is None or not constant_time_compare(join_token(link), token):
        return None
    return link


def link_state(link: JoinLink, now: datetime) -> str:
    """open, full, revoked or expired."""
    if link.revoked_at:
        return "revoked"
    if link.uses >= link.limit:
        return "full"
    return "open" if link.expires_at > now else "expired"


def why_closed(link: JoinLink, now: datetime) -> str:
    """Why nobody can join with a link that is not open, and whom to ask."""
    reasons = {
        "revoked": _("This link was taken back. Ask %(name)s for a new one."),
        "full": _("As many as this link was for have joined. Ask %(name)s for a new one."),
        "expired": _("This link's time is over. Ask %(name)s for a new one."),
    }
    return reasons[link_state(link, now)] % {"name": link.created_by.name}


@transaction.atomic
def join_with_link(*, link: JoinLink, person: User, shares_health: bool, now: datetime) -> Membership:
    """Join the squad of a link; its coming runs are an athlete's at once.

    The account's address has to be proved, so that a coach knows who is let in. Who left, or was removed, does not
    come back by a link that they had before. `shares_health` is the athlete's consent that coaches see pain and notes.
    Raises ValidationError by code: closed (taken back, full or expired), unverified, member, left.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=link.squad_id)
    link = JoinLink.objects.select_for_update(no_key=True, of=("self",)).select_related("created_by").get(pk=link.pk)
    if squad.memberships.active().filter(person=person).exists():
        raise ValidationError(_("You are in this squad already."), code="member")
    if link_state(link, now) != "open":
        raise ValidationError(why_closed(link, now), code="closed")
    if not has_verified_address(person, person.email):
        raise ValidationError(_("Confirm your e-mail address first, then open this link again."), code="unverified")
    if has_left_since(link, person):
        told = _("You were in this squad before. Ask %(name)s to invite you by e-mail.")
        raise ValidationError(told % {"name": link.created_by.name}, code="left")
    membership = join_squad(squad=squad, person=person, role=link.role, shares_health=shares_health, now=now)
    link.uses += 1
    link.save(update_fields=["uses"])
    record(
        actor=person,
        action="membership.begin",
        target=membership,
        now=now,
        after={
            "squad": squad.slug,
            "role": membership.role,
            "shares_health": membership.shares_health,
            "join_link": link.pk,
        },
    )
    return membership


def has_left_since(link: JoinLink, person: User) -> bool:
    """Whether `person` was in the squad after the link was made, and is out."""
    return Membership.objects.filter(squad=link.squad_id, person=person, ended_at__gt=link.created_at).exists()


@transaction.atomic
def revoke_join_link(*, link: JoinLink, actor: User, now: datetime) -> None:
    """Take a link back: nobody joins with it any more. ValidationError if it is taken back already."""
    if not JoinLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        raise ValidationError(_("This link is taken back already."), code="closed")
    link.revoked_at = now
    record(actor=actor, action="join-link.revoke", target=link, now=now)


def _check(role: str, limit: int, good_for: int) -> None:
    errors = {}
    if role not in Role.values:
        errors["role"] = _("Choose athlete, coach or assistant.")
    if limit not in LIMITS:
        errors["limit"] = _("Choose from 1 to 200 people.")
    elif role == Role.COACH and limit != 1:
        errors["limit"] = _(
            "A link that makes a coach is for 1 person: whoever has it may plan for everybody and remove people."
        )
    if good_for not in DAYS:
        errors["good_for"] = _("Choose from 1 to 60 days.")
    if errors:
        raise ValidationError(errors)
