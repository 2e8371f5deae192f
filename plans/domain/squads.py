"""Squads: found, change, join, leave, share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.domain.text import one_line
from accounts.models import User
from plans.domain import reminders, series
from plans.models import Membership, Run, SharedRoutine, Squad
from plans.models.squads import Role
from warmups.models import Routine

NAME_LENGTH = 80
LEAD_MINUTES = range(5, 24 * 60 + 1)
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
    join_squad(squad=squad, person=founder, role=Role.COACH, shares_health=False, now=now)
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


def join_squad(*, squad: Squad, person: User, role: str, shares_health: bool, now: datetime) -> Membership:
    """Make `person` a member from `now` on; the squad's coming runs are an athlete's at once. `squad` is locked."""
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
        series.give_squads_runs(membership=membership, now=now)
    return membership


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
    if membership.role == Role.COACH:
        revoke_links(squad, membership.person_id, now)
    if membership.role == Role.ATHLETE:
        series.take_squads_runs(membership=membership, now=now)
    record(
        actor=actor,
        action="membership.end",
        target=membership,
        now=now,
        before={"squad": squad.slug, "role": membership.role, "person": membership.person_id},
    )


def revoke_links(squad: Squad, person_id: int, now: datetime) -> None:
    """Take back the join links that somebody made who no longer coaches the squad: they know them."""
    squad.join_links.filter(created_by=person_id, revoked_at=None).update(revoked_at=now)


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


def _plain(value: Any) -> Any:
    if isinstance(value, Routine):
        return value.pk
    return value if value is None or isinstance(value, int) else str(value)
