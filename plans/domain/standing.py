"""Rules by which runs find their warm-up: standing assignments of squads and athletes, and one's own usual routine.

Each deed is in two steps: a `write_…` that checks and stores, which a preview carries out and takes back, and the deed
itself, which also records it and puts the reminders right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.domain.assignments import clean_note, usable_revision
from plans.models import OwnDefault, RunKind, Squad, StandingAssignment
from plans.models.squads import Role
from plans.querysets import PLANNERS, StandingAssignmentQuerySet, athletes_of
from warmups.models import Routine

AT_MOST = 100  # of one squad or athlete, those over not counted: far above any season, low enough to be read
BACK, AHEAD = timedelta(days=366), timedelta(days=5 * 366)  # how far `since` may be from now


# --- Standing assignments -------------------------------------------------------------------------------------------
@transaction.atomic
def set_standing(
    *,
    actor: User,
    now: datetime,
    routine: Routine,
    since: date,
    until: date | None = None,
    kinds: Iterable[str] = (),
    note: str = "",
    athlete: User | None = None,
    squad: Squad | None = None,
) -> StandingAssignment:
    """From now on runs of `athlete`, or of `squad`, of these kinds (none: every kind) get `routine`.

    `since` and `until` are local dates of runs, both included. Raises ValidationError for a field; PermissionDenied
    unless the athlete is `actor` or one whom they coach, or the squad one that they coach.
    """
    standing = write_standing(
        actor=actor,
        now=now,
        routine=routine,
        since=since,
        until=until,
        kinds=kinds,
        note=note,
        athlete=athlete,
        squad=squad,
    )
    record(actor=actor, action="standing.set", target=standing, now=now, after=_plain(standing))
    _derive(standing, now)
    return standing


def write_standing(
    *, actor: User, now: datetime, athlete: User | None = None, squad: Squad | None = None, **fields: Any
) -> StandingAssignment:
    """Store the rule of `set_standing` and nothing else. In a transaction."""
    if (athlete is None) == (squad is None):
        sentence = _("Name an athlete or a squad, one of the two.")
        raise ValidationError({"athlete": sentence, "squad": sentence})
    _lock(athlete, squad)
    if not _may_set(actor, athlete, squad):
        raise PermissionDenied
    standing = StandingAssignment(athlete=athlete, squad=squad, assigned_by=actor, assigned_at=now)
    standing.by_coach = standing.athlete != actor
    _fill(standing, fields, actor, now)
    theirs = StandingAssignment.objects.filter(athlete=athlete, squad=squad)
    if not_over(theirs, today_of(standing, now)).count() >= AT_MOST:
        sentence = _("There are %(most)d rules already. End some of them first.") % {"most": AT_MOST}
        raise ValidationError({"squad" if squad else "athlete": sentence})
    standing.save(force_insert=True)
    return standing


@transaction.atomic
def change_standing(
    *, standing: StandingAssignment, actor: User, now: datetime, changes: dict[str, Any]
) -> StandingAssignment:
    """Change routine, kinds, since, until or note of a rule; whoever changes it answers for it from then on.

    Raises ValidationError for a field, PermissionDenied unless `actor` may change the rule.
    """
    before = _plain(standing)
    changed = write_standing_change(standing=standing, actor=actor, now=now, changes=changes)
    after = _plain(changed)
    if after != before:
        told = {field for field in after if after[field] != before[field]}
        record(
            actor=actor,
            action="standing.change",
            target=changed,
            now=now,
            before={field: before[field] for field in told},
            after={field: after[field] for field in told},
        )
        _derive(changed, now)
    return changed


def write_standing_change(
    *, standing: StandingAssignment, actor: User, now: datetime, changes: dict[str, Any]
) -> StandingAssignment:
    """Store what `change_standing` is asked for and nothing else. In a transaction."""
    _lock(standing.athlete, standing.squad)
    changed = _editable(standing, actor)
    _fill(changed, changes, actor, now)
    changed.by_coach = changed.athlete_id != actor.pk
    changed.assigned_by = actor
    changed.save()
    return changed


@transaction.atomic
def end_standing(*, standing: StandingAssignment, actor: User, now: datetime) -> None:
    """No run from today on gets it any more. What it gave before stays told: a rule not yet begun goes altogether.

    Raises PermissionDenied unless `actor` may change the rule.
    """
    before = _plain(standing)
    write_standing_end(standing=standing, actor=actor, now=now)
    record(actor=actor, action="standing.end", target=standing, now=now, before=before)
    _derive(standing, now)


def write_standing_end(*, standing: StandingAssignment, actor: User, now: datetime) -> None:
    """Store what `end_standing` is asked for and nothing else. In a transaction."""
    _lock(standing.athlete, standing.squad)
    row = _editable(standing, actor)
    today = today_of(row, now)
    if row.since >= today:
        StandingAssignment.objects.filter(pk=row.pk).delete()
    elif row.until is None or row.until >= today:
        StandingAssignment.objects.filter(pk=row.pk).update(until=today - timedelta(days=1))


def today_of(standing: StandingAssignment, now: datetime) -> date:
    """The date of `now` where the rule's runs are: in the squad's zone, or the athlete's."""
    whose = standing.squad or standing.athlete
    assert whose  # noqa: S101  # a constraint of the table
    return now.astimezone(whose.time_zone).date()


def not_over(rows: StandingAssignmentQuerySet, day: date) -> StandingAssignmentQuerySet:
    """Those that hold on `day` or later."""
    return rows.filter(Q(until=None) | Q(until__gte=day))


def athletes_of_standing(standing: StandingAssignment) -> list[int]:
    """Keys of the people whose runs the rule may reach."""
    if standing.squad is None:
        return [standing.athlete_id] if standing.athlete_id else []
    members = standing.squad.memberships.active().filter(role=Role.ATHLETE)
    return list(members.values_list("person_id", flat=True))


def _may_set(actor: User, athlete: User | None, squad: Squad | None) -> bool:
    if squad:
        return Squad.objects.editable_by(actor).filter(pk=squad.pk).exists()
    assert athlete  # noqa: S101  # one of the two
    return athlete == actor or User.objects.filter(pk__in=athletes_of(actor, *PLANNERS), pk=athlete.pk).exists()


def _editable(standing: StandingAssignment, actor: User) -> StandingAssignment:
    rows = StandingAssignment.objects.editable_by(actor).select_related("athlete", "squad", "routine")
    row = rows.filter(pk=standing.pk).first()
    if row is None:
        raise PermissionDenied
    return row


def _lock(athlete: User | None, squad: Squad | None) -> None:
    """One after the other, so that their number stays true; before reading, since a wait makes what was read old."""
    if squad:
        Squad.objects.select_for_update(no_key=True).get(pk=squad.pk)
    elif athlete:
        User.objects.select_for_update(no_key=True).get(pk=athlete.pk)


def _fill(standing: StandingAssignment, fields: dict[str, Any], actor: User, now: datetime) -> None:
    """Put checked values into the rule. Raises one ValidationError that names every bad field."""
    errors: dict[str, Any] = {}

    def attempt(field: str, clean: Any, value: Any) -> None:
        try:
            setattr(standing, field, clean(value))
        except ValidationError as error:
            errors.update(error.error_dict)

    if "routine" in fields and fields["routine"].pk != standing.routine_id:
        attempt("routine", lambda routine: usable_revision(routine, actor).routine, fields["routine"])
    if "kinds" in fields:
        attempt("kinds", _clean_kinds, fields["kinds"])
    if "note" in fields:
        attempt("note", clean_note, fields["note"])
    if "since" in fields and (standing.since is None or fields["since"] != standing.since):
        attempt("since", lambda since: _clean_since(since, now), fields["since"])
    if "until" in fields:
        standing.until = fields["until"]
    if "since" not in errors and standing.until and standing.since and standing.until < standing.since:
        errors["until"] = ValidationError(_("It ends before it begins. Choose the same day or a later one."))
    if errors:
        raise ValidationError(errors)


def _clean_kinds(kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    if wanted - set(RunKind.values):
        raise ValidationError({"kinds": _("Choose from the kinds of runs.")})
    return [kind for kind in RunKind.values if kind in wanted]


def _clean_since(since: date | None, now: datetime) -> date:
    if since is None:
        raise ValidationError({"since": ValidationError(_("Say from which day on."), code="required")})
    if not (now - BACK).date() <= since <= (now + AHEAD).date():
        raise ValidationError({"since": _("Choose a day from one year back to five years ahead.")})
    return since


def _derive(standing: StandingAssignment, now: datetime) -> None:
    reminders.derive_athletes(athletes=athletes_of_standing(standing), now=now)


def _plain(standing: StandingAssignment) -> dict[str, Any]:
    return {
        "athlete": standing.athlete_id,
        "squad": standing.squad and standing.squad.slug,
        "routine": standing.routine_id,
        "kinds": standing.kinds,
        "since": standing.since.isoformat(),
        "until": standing.until and standing.until.isoformat(),
    }


# --- One's own usual ------------------------------------------------------------------------------------------------
@transaction.atomic
def set_own_default(*, person: User, routine: Routine | None, now: datetime) -> None:
    """What `person` does before runs for which nobody chose another; None: nothing. Raises ValidationError."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    before = OwnDefault.objects.filter(person=person).values_list("routine_id", flat=True).first()
    after = routine.pk if routine else None
    if after == before:
        return
    write_own_default(person=person, routine=routine)
    record(
        actor=person,
        action="own-default.change",
        target=person,
        now=now,
        before={"routine": before},
        after={"routine": after},
    )
    reminders.derive_athletes(athletes=[person.pk], now=now)


def write_own_default(*, person: User, routine: Routine | None) -> None:
    """Store what `set_own_default` is asked for and nothing else. In a transaction."""
    if routine is None:
        OwnDefault.objects.filter(person=person).delete()
        return
    routine = usable_revision(routine, person).routine
    OwnDefault.objects.update_or_create(person=person, defaults={"routine": routine})
