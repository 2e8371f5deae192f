"""Asking people into a squad by e-mail, and how they accept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.domain.people import has_verified_address, sign_up_person
from accounts.models import User
from plans.domain.squads import join_squad
from plans.models import Invitation, Membership, Squad
from plans.models.squads import Role

INVITATION_GOOD_FOR = timedelta(days=14)
OPEN_INVITATIONS_AT_MOST = 200  # of one squad: a limit against abuse, far above any club evening
ADDRESS_AT_MOST = 254  # characters: what the mail standards allow, and the column holds


@transaction.atomic
def invite(*, squad: Squad, actor: User, email: str, role: str, now: datetime) -> Invitation:
    """Ask somebody by e-mail to join; the mail goes out with the next tick.

    Raises ValidationError: not an address, no such role, in the squad already, asked already, too many open, archived.
    """
    email = clean_address(email)
    if role not in Role.values:
        raise ValidationError({"role": _("Choose athlete, coach or assistant.")})
    squad = Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    if squad.archived_at:
        raise ValidationError(_("This squad is archived. Bring it back first."), code="archived")
    if squad.memberships.active().filter(person__email__iexact=email).exists():
        raise ValidationError({"email": _("This person is in the squad already.")})
    waiting = squad.invitations.open(now)
    if waiting.filter(email=email).exists():
        raise ValidationError(
            {"email": _("This address has an open invitation. Take it back first to send a new one.")}
        )
    if waiting.count() >= OPEN_INVITATIONS_AT_MOST:
        raise ValidationError({"email": _("Too many open invitations. Take some back first.")})
    return send_invitations(squad=squad, actor=actor, wanted=[(email, role)], now=now)[0]


def send_invitations(
    *, squad: Squad, actor: User, wanted: Sequence[tuple[str, str]], now: datetime
) -> list[Invitation]:
    """Invitations for clean addresses as roles, to be mailed with the next tick; the caller holds the squad's lock."""
    # The lapsed ones make room: one open invitation an address is a constraint, and a row does not know the time.
    squad.invitations.filter(accepted_at=None, revoked_at=None, expires_at__lte=now).update(revoked_at=now)
    made = [
        Invitation(
            squad=squad,
            email=email,
            role=role,
            nonce=secrets.token_hex(16),
            created_by=actor,
            created_at=now,
            expires_at=now + INVITATION_GOOD_FOR,
            mail_next_at=now,
        )
        for email, role in wanted
    ]
    Invitation.objects.bulk_create(made)
    for each in made:
        record(
            actor=actor, action="invitation.make", target=each, now=now, after={"squad": squad.slug, "role": each.role}
        )
    return made


def invitation_token(invitation: Invitation) -> str:
    """The secret of the mailed link, made anew from the row and the secret key: no table holds it."""
    proof = salted_hmac("prestride.invitation", invitation.nonce, algorithm="sha256").hexdigest()[:40]
    return f"{invitation.pk}-{proof}"


def invitation_of(token: str) -> Invitation | None:
    """The invitation that `token` proves, open or not; None for a token that was never mailed."""
    number, _dash, _proof = token.partition("-")
    if not number.isdecimal() or not number.isascii() or len(number) > 18:
        return None
    invitation = Invitation.objects.select_related("squad", "created_by").filter(pk=int(number)).first()
    if invitation is None or not constant_time_compare(invitation_token(invitation), token):
        return None
    return invitation


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Whether it can still be accepted at `now`: not used, not taken back, not expired."""
    return invitation_state(invitation, now) == "open"


def invitation_state(invitation: Invitation, now: datetime) -> str:
    """open, accepted, revoked or expired."""
    if invitation.accepted_at:
        return "accepted"
    if invitation.revoked_at:
        return "revoked"
    return "open" if invitation.expires_at > now else "expired"


def mail_state(invitation: Invitation) -> str:
    """waiting (its turn comes, for the first time or again), mailed, or failed (refused for good)."""
    if invitation.mailed_at:
        return "mailed"
    return "failed" if invitation.mail_error and invitation.mail_next_at >= invitation.expires_at else "waiting"


def find_invitation(token: str, now: datetime) -> Invitation | None:
    """The invitation of a token if it is still open at `now`, else None."""
    invitation = invitation_of(token)
    return invitation if invitation and is_open(invitation, now) else None


@transaction.atomic
def accept_invitation(*, invitation: Invitation, person: User, shares_health: bool, now: datetime) -> Membership:
    """Join the squad of an invitation that `person` holds the token of; coming runs of the squad are theirs at once.

    The invited address has to be one that the person has proved to be theirs: a token can be passed on, and an
    account be made with anybody's address. `shares_health` is the athlete's consent that coaches see pain and notes.
    Raises ValidationError by code: closed (used, taken back or expired), not-yours, unverified, member.
    """
    # Squad before invitation, as everywhere, so that two of these never wait for each other.
    squad = Squad.objects.select_for_update(no_key=True).get(pk=invitation.squad_id)
    invitation = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    if not is_open(invitation, now):
        raise ValidationError(_("This invitation is no longer open. Ask your coach for a new one."), code="closed")
    if not has_verified_address(person, invitation.email):
        if person.email == invitation.email:
            raise ValidationError(_("Confirm your e-mail address first, then open this link again."), code="unverified")
        raise ValidationError(
            _("This invitation is for another address. Sign in with the account it was sent to."), code="not-yours"
        )
    if squad.memberships.active().filter(person=person).exists():
        raise ValidationError(_("You are in this squad already."), code="member")
    membership = join_squad(squad=squad, person=person, role=invitation.role, shares_health=shares_health, now=now)
    invitation.accepted_at, invitation.accepted_by = now, person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(
        actor=person,
        action="membership.begin",
        target=membership,
        now=now,
        after={"squad": squad.slug, "role": membership.role, "shares_health": membership.shares_health},
    )
    return membership


@transaction.atomic
def accept_with_new_account(
    *,
    invitation: Invitation,
    name: str,
    password: str,
    time_zone: ZoneInfo,
    language: str,
    shares_health: bool,
    now: datetime,
) -> Membership:
    """Make an account for the invited address and join with it: both or neither.

    Whoever has the token has read the mail, so the address counts as verified. Raises ValidationError for a field,
    and as `accept_invitation` does.
    """
    person = sign_up_person(
        email=invitation.email,
        name=name,
        password=password,
        time_zone=time_zone,
        language=language,
        verified=True,
        now=now,
    )
    return accept_invitation(invitation=invitation, person=person, shares_health=shares_health, now=now)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User, now: datetime) -> None:
    """Take an open invitation back; its link stops working. One that was accepted stays as it is: ValidationError."""
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=now)
    if not changed:
        raise ValidationError(_("This invitation is no longer open."))
    record(actor=actor, action="invitation.revoke", target=invitation, now=now)


def clean_address(email: str) -> str:
    """An address as it is kept. Raises ValidationError for email."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"email": error}) from error
    if len(email) > ADDRESS_AT_MOST:
        raise ValidationError({"email": _("Use an address of at most 254 characters.")})
    return email
