"""Who is what in a squad: coach, assistant; handing it over; laying it to rest and bringing it back."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Replace
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders, series
from plans.domain.squads import end_membership, revoke_links
from plans.models import Membership, Occurrence, Run, Squad
from plans.models.squads import Role
from plans.querysets import OccurrenceQuerySet

WITH_SQUAD = "squad "  # in Run.by_hand: cancelled because its squad was archived


@transaction.atomic
def change_role(*, membership: Membership, role: str, actor: User, now: datetime) -> Membership:
    """Make a member coach or assistant; an athlete's runs of the squad that have not begun are cancelled with it.

    Raises PermissionDenied for who does not coach the squad. Raises ValidationError for `role`: none of these, an
    athlete (who joins by accepting what coaches see, so by an invitation), and where no coach would be left.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=membership.squad_id)
    if not Squad.objects.editable_by(actor).filter(pk=squad.pk).exists():
        raise PermissionDenied
    if role not in Role.values:
        raise ValidationError({"role": _("Choose coach or assistant.")})
    now_is = squad.memberships.active().select_related("person").filter(pk=membership.pk).first()
    if now_is is None:
        raise ValidationError({"role": _("This person is no longer in the squad.")})
    membership = now_is
    if membership.role == role:
        return membership
    if role == Role.ATHLETE:
        raise ValidationError(
            {"role": _("An athlete agrees to what coaches see. Remove them, then invite them as an athlete.")}
        )
    _check_coach_left(squad, membership)
    before = membership.role
    membership.role, membership.shares_health = role, False
    membership.save(update_fields=["role", "shares_health"])
    if before == Role.COACH:
        revoke_links(squad, membership.person_id, now)
    if before == Role.ATHLETE:
        series.take_squads_runs(membership=membership, now=now)
    record(
        actor=actor,
        action="membership.role",
        target=membership,
        now=now,
        before={"role": before, "person": membership.person_id},
        after={"role": role},
    )
    return membership


@transaction.atomic
def hand_over(*, squad: Squad, to: Membership, actor: User, leaves: bool, now: datetime) -> None:
    """Make `to` a coach, and `actor` an assistant or, where they leave, nothing of the squad any more.

    Raises as `change_role`, ValidationError for `to` where that is oneself or no member.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    mine = squad.memberships.active().filter(person=actor).first()
    if to.squad_id != squad.pk or to.person_id == actor.pk or mine is None:
        raise ValidationError({"to": _("Choose somebody else of the squad.")})
    change_role(membership=to, role=Role.COACH, actor=actor, now=now)
    if leaves:
        end_membership(membership=mine, actor=actor, now=now)
    else:
        change_role(membership=mine, role=Role.ASSISTANT, actor=actor, now=now)
    record(
        actor=actor,
        action="squad.hand-over",
        target=squad,
        now=now,
        before={"person": actor.pk},
        after={"person": to.person_id, "leaves": leaves},
    )


@transaction.atomic
def archive_squad(*, squad: Squad, actor: User, now: datetime) -> Squad:
    """Lay a squad to rest: what is to come is cancelled, nobody plans, invites or reads its board until it is back.

    What its athletes logged stays theirs. Raises PermissionDenied for who does not coach it.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    if squad.archived_at and Squad.objects.returnable_by(actor).filter(pk=squad.pk).exists():
        return squad
    if not Squad.objects.editable_by(actor).filter(pk=squad.pk).exists():
        raise PermissionDenied
    _dates(squad).on().filter(starts_at__gt=now).update(cancelled_at=now)
    coming = Run.objects.planned().filter(squad=squad, starts_at__gt=now)
    runs = list(coming.order_by("pk").select_for_update(no_key=True).values_list("pk", "athlete_id"))
    Run.objects.filter(pk__in=[pk for pk, _athlete in runs]).update(
        status=Run.Status.CANCELLED, by_hand=Concat("by_hand", Value(WITH_SQUAD)), sequence=F("sequence") + 1
    )
    squad.invitations.filter(accepted_at=None, revoked_at=None).update(revoked_at=now)
    squad.join_links.filter(revoked_at=None).update(revoked_at=now)
    squad.archived_at = now
    squad.save(update_fields=["archived_at"])
    record(actor=actor, action="squad.archive", target=squad, now=now, after={"runs": len(runs)})
    _derive(squad, now)
    return squad


@transaction.atomic
def bring_back_squad(*, squad: Squad, actor: User, now: datetime) -> Squad:
    """Wake an archived squad: exactly what was cancelled with it and is still to come is on again.

    Its invitations and links stay revoked. Raises PermissionDenied for who did not coach it.
    """
    squad = Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    if not squad.archived_at and Squad.objects.editable_by(actor).filter(pk=squad.pk).exists():
        return squad
    if not Squad.objects.returnable_by(actor).filter(pk=squad.pk).exists():
        raise PermissionDenied
    _dates(squad).filter(cancelled_at=squad.archived_at, starts_at__gt=now).update(cancelled_at=None)
    marked = Run.objects.filter(squad=squad, by_hand__contains=WITH_SQUAD)
    here = squad.memberships.active().filter(role=Role.ATHLETE).values("person_id")
    back = marked.filter(starts_at__gt=now, athlete__in=here)
    ids = list(back.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    Run.objects.filter(pk__in=ids).update(status=Run.Status.PLANNED, sequence=F("sequence") + 1)
    marked.update(by_hand=Replace("by_hand", Value(WITH_SQUAD), Value("")))
    squad.archived_at = None
    squad.save(update_fields=["archived_at"])
    for series_id in squad.series.filter(ended_on=None).exclude(rule="").order_by("pk").values_list("pk", flat=True):
        series.fill_series(series_id=series_id, now=now, rested=True)
    record(actor=actor, action="squad.bring-back", target=squad, now=now, after={"runs": len(ids)})
    _derive(squad, now)
    return squad


def _dates(squad: Squad) -> OccurrenceQuerySet:
    return Occurrence.objects.filter(series__squad=squad)


def _derive(squad: Squad, now: datetime) -> None:
    """All coming runs of the squad's athletes: those outside any squad may have had their warm-up from it."""
    athletes = squad.memberships.active().filter(role=Role.ATHLETE).values("person_id")
    reminders.derive_athletes(athletes=athletes, now=now)


def _check_coach_left(squad: Squad, membership: Membership) -> None:
    others = squad.memberships.active().filter(role=Role.COACH).exclude(pk=membership.pk)
    if membership.role == Role.COACH and not others.exists():
        raise ValidationError(
            {"role": _("A squad needs a coach. Make somebody else a coach first.")}, code="last-coach"
        )
