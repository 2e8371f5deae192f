"""Squads: found, change, invite, accept, leave, share."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.domain.people import has_verified_address, sign_up_person
from accounts.domain.text import one_line
from accounts.models import User
from plans.domain import reminders, runs
from plans.models import Invitation, Membership, Run, SharedRoutine, Squad
from plans.models.squads import Role
from warmups.models import Routine

INVITATION_GOOD_FOR = timedelta(days=14)
OPEN_INVITATIONS_AT_MOST = 200  # of one squad: a limit against abuse, far above any club evening
NAME_LENGTH = 80
LEAD_MINUTES = range(5, 24 * 60 + 1)
ADDRESS_AT_MOST = 254  # characters: what the mail standards allow, and the column holds
TAKEN_SLUGS = {"new"}  # words that mean something else in /squads/<slug>/


@transaction.atomic
def found_squad(
    *,
    founder: User,
    now: datetime,
    name: str,
    time_zone: ZoneInfo | None = None,
    default_routine: Routine | None = None,
    reminder_lead_minutes: int | None = None,
) -> Squad:
    """A new squad with its founder as coach; in the founder's time zone unless another is given.

    Raises ValidationError for a field.
    """
    values = {
        "name": name,
        "time_zone": time_zone or founder.time_zone,
        "default_routine": default_routine,
        "reminder_lead_minutes": reminder_lead_minutes,
    }
    squad = _save_under_free_slug(Squad(**_clean(values, founder), created_at=now))
    _join(squad=squad, person=founder, role=Role.COACH, shares_health=False, now=now)
    record(actor=founder, action="squad.found", target=squad, now=now, after={"name": squad.name})
    return squad


@transaction.atomic
def change_squad(*, squad: Squad, actor: User, now: datetime, changes: dict[str, Any]) -> Squad:
    """Change name, time_zone, default_routine or reminder_lead_minutes; reminders of coming runs follow.

    Runs already planned keep the zone that they were planned in. Raises ValidationError for a field.
    """
    rows = Squad.objects.select_for_update(no_key=True, of=("self",))
    squad = rows.select_related("default_routine").get(pk=squad.pk)
    before, after = {}, {}
    for field, new in _clean(changes, actor, kept=squad.default_routine).items():
        old = getattr(squad, field)
        if old != new:
            setattr(squad, field, new)
            before[field], after[field] = _plain(old), _plain(new)
    if not after:
        return squad
    squad.save(update_fields=list(after))
    record(actor=actor, action="squad.change", target=squad, now=now, before=before, after=after)
    if after.keys() & {"default_routine", "reminder_lead_minutes"}:
        # Runs outside any squad too: they take their default from the squads of their athlete.
        athletes = squad.memberships.active().filter(role=Role.ATHLETE).values("person_id")
        theirs = Q(squad=squad) | Q(squad=None, athlete__in=athletes)
        coming = Run.objects.filter(theirs, starts_at__gt=now).values_list("pk", flat=True)
        reminders.derive(run_ids=list(coming), now=now)
    return squad


@transaction.atomic
def invite(*, squad: Squad, actor: User, email: str, role: str, now: datetime) -> Invitation:
    """Ask somebody by e-mail to join; the mail goes out with the next tick.

    Raises ValidationError: not an address, no such role, in the squad already, asked already, too many open.
    """
    email = _clean_address(email)
    if role not in Role.values:
        raise ValidationError({"role": _("Choose athlete, coach or assistant.")})
    Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    if squad.memberships.active().filter(person__email__iexact=email).exists():
        raise ValidationError({"email": _("This person is in the squad already.")})
    # The lapsed ones make room: one open invitation an address is a constraint, and a row does not know the time.
    squad.invitations.filter(accepted_at=None, revoked_at=None, expires_at__lte=now).update(revoked_at=now)
    waiting = squad.invitations.open(now)
    if waiting.filter(email=email).exists():
        raise ValidationError(
            {"email": _("This address has an open invitation. Take it back first to send a new one.")}
        )
    if waiting.count() >= OPEN_INVITATIONS_AT_MOST:
        raise ValidationError({"email": _("Too many open invitations. Take some back first.")})
    invitation = Invitation.objects.create(
        squad=squad,
        email=email,
        role=role,
        nonce=secrets.token_hex(16),
        created_by=actor,
        created_at=now,
        expires_at=now + INVITATION_GOOD_FOR,
        mail_next_at=now,
    )
    record(actor=actor, action="invitation.make", target=invitation, now=now, after={"squad": squad.slug, "role": role})
    return invitation


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
    membership = _join(squad=squad, person=person, role=invitation.role, shares_health=shares_health, now=now)
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


@transaction.atomic
def end_membership(*, membership: Membership, actor: User, now: datetime) -> None:
    """Leave or remove: access ends at once, and an athlete's squad runs not yet begun are cancelled.

    Raises ValidationError for a squad's last coach.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=membership.squad_id)
    coaches = squad.memberships.active().filter(role=Role.COACH)
    if membership.role == Role.COACH and not coaches.exclude(pk=membership.pk).exists():
        raise ValidationError(_("A squad needs a coach. Invite another coach first."), code="last-coach")
    if not Membership.objects.filter(pk=membership.pk, ended_at=None).update(ended_at=now):
        return
    membership.ended_at = now
    if membership.role == Role.ATHLETE:
        runs.take_squads_runs(membership=membership, now=now)
    record(
        actor=actor,
        action="membership.end",
        target=membership,
        now=now,
        before={"squad": squad.slug, "role": membership.role, "person": membership.person_id},
    )


@transaction.atomic
def share_health(*, membership: Membership, shares: bool, now: datetime) -> Membership:
    """The athlete's word on whether this squad's coaches see pain and notes; it holds for past and coming sessions."""
    changed = Membership.objects.filter(pk=membership.pk).exclude(shares_health=shares).update(shares_health=shares)
    membership.shares_health = shares
    if not changed:
        return membership
    record(
        actor=membership.person,
        action="membership.share-health",
        target=membership,
        now=now,
        before={"shares_health": not shares},
        after={"shares_health": shares},
    )
    return membership


@transaction.atomic
def share_routine(*, routine: Routine, squads: Collection[Squad], actor: User, now: datetime) -> None:
    """Share a routine with exactly these of the squads that `actor` coaches; other coaches' shares stay.

    Members see a shared routine and may do it; only its owner changes it. Raises ValidationError for a squad that
    `actor` does not coach, and for what of the library is not published.
    """
    coached = {squad.pk: squad for squad in Squad.objects.editable_by(actor)}
    wanted = {squad.pk for squad in squads}
    if wanted - coached.keys():
        raise ValidationError({"squads": _("Choose from the squads that you coach.")})
    there = set(routine.shares.filter(squad__in=coached).values_list("squad_id", flat=True))
    if wanted == there:
        return
    if wanted - there and routine.owner_id is None and not routine.published:
        raise ValidationError({"squads": _("Share it when it is published.")})
    routine.shares.filter(squad_id__in=there - wanted).delete()
    SharedRoutine.objects.bulk_create([SharedRoutine(squad_id=pk, routine=routine) for pk in wanted - there])
    record(
        actor=actor,
        action="routine.share",
        target=routine,
        now=now,
        before={"squads": sorted(coached[pk].slug for pk in there)},
        after={"squads": sorted(coached[pk].slug for pk in wanted)},
    )


def _join(*, squad: Squad, person: User, role: str, shares_health: bool, now: datetime) -> Membership:
    today = now.astimezone(squad.time_zone).date()
    membership = Membership.objects.create(
        squad=squad,
        person=person,
        role=role,
        began_at=now,
        sees_from=datetime.combine(today, time.min, tzinfo=squad.time_zone),
        shares_health=shares_health and role == Role.ATHLETE,
    )
    if role == Role.ATHLETE:
        runs.give_squads_runs(membership=membership, now=now)
    return membership


def _save_under_free_slug(squad: Squad) -> Squad:
    for _attempt in range(10):
        squad.slug = _free_slug(squad.name)
        try:
            with transaction.atomic():
                squad.save(force_insert=True)
        except IntegrityError:
            continue  # somebody founded one of the same name in this very moment
        return squad
    raise ValidationError({"name": _("Choose another name.")})


def _free_slug(name: str) -> str:
    stem = slugify(name)[:50].strip("-_") or "squad"
    taken = set(Squad.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | TAKEN_SLUGS
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _clean(values: dict[str, Any], actor: User, kept: Routine | None = None) -> dict[str, Any]:
    """A squad's fields as they are stored. Raises one ValidationError that names every bad field."""
    cleaners: dict[str, Callable[[Any], Any]] = {
        "name": _clean_name,
        "time_zone": _clean_zone,
        "default_routine": lambda routine: _usable(routine, actor, kept),
        "reminder_lead_minutes": _clean_lead,
    }
    clean, errors = {}, {}
    for field, value in values.items():
        try:
            clean[field] = cleaners[field](value)
        except ValidationError as error:
            errors[field] = error
    if errors:
        raise ValidationError(errors)
    return clean


def _clean_name(name: str) -> str:
    return one_line(name, most=NAME_LENGTH, empty=_("Give the squad a name."))


def _clean_zone(zone: ZoneInfo | None) -> ZoneInfo:
    if zone is None:
        raise ValidationError(_("Choose a time zone."), code="required")
    return zone


def _clean_lead(minutes: int | None) -> int | None:
    if minutes is not None and minutes not in LEAD_MINUTES:
        raise ValidationError(_("Choose from 5 minutes to 24 hours (1440)."), code="invalid")
    return minutes


def _usable(routine: Routine | None, actor: User, kept: Routine | None) -> Routine | None:
    if routine is None or routine == kept:
        return routine
    if not Routine.objects.usable_by(actor).filter(pk=routine.pk).exists():
        raise ValidationError(_("Choose one of the routines that you may use."), code="invalid_choice")
    return routine


def _clean_address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"email": error}) from error
    if len(email) > ADDRESS_AT_MOST:
        raise ValidationError({"email": _("Use an address of at most 254 characters.")})
    return email


def _plain(value: Any) -> Any:
    if isinstance(value, Routine):
        return value.pk
    return value if value is None or isinstance(value, int) else str(value)
