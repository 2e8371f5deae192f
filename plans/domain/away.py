"""Away dates: what an athlete, or a coach of theirs, says of days on which they do not run with the others.

Dates of one person never overlap: two that did could tell two reasons by two people, and joining them would give one
person's word to the other. So what overlaps is refused, with the dates that are there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.domain.audit import record
from accounts.models import User
from plans.domain import reminders
from plans.models import Away, Membership
from plans.models.squads import Role
from plans.querysets import PLANNERS, squads_of

DAYS_AT_MOST = 366
DAYS_BACK = 366
DAYS_AHEAD = 2 * 366


@transaction.atomic
def set_away(*, athlete: User, actor: User, since: date, until: date, reason: str = "away", now: datetime) -> Away:
    """Keep that `athlete` is away from `since` to `until`, local dates, both included.

    Raises PermissionDenied where `actor` neither is nor coaches the athlete; ValidationError for a field, for dates
    that overlap others, and for dates that `actor`, as a coach, would not see.
    """
    _lock(athlete)
    away = Away(athlete=athlete, since=since, until=until, reason=_reason(reason), created_by=actor, created_at=now)
    _check(away, {"since", "until"}, now)
    _check_sight(away, actor, {"since"})
    away.save(force_insert=True)
    _record("set", away, actor, now, after=_dates(away) | {"athlete": athlete.pk})
    reminders.derive_athletes(athletes=[athlete.pk], now=now)
    return away


@transaction.atomic
def change_away(*, away: Away, actor: User, changes: dict[str, Any], now: datetime) -> Away:
    """Change `since`, `until` or `reason`; runs that are outside from now on are back with their reminders.

    Whoever writes the reason is who may read it beside those with whom the athlete shares health. Raises as `set_away`
    does; and for a reason by somebody who may not read the present one.
    """
    _lock(away.athlete)
    row = Away.objects.with_reason_for(actor).select_related("athlete").get(pk=away.pk)
    before = _dates(row)
    dates = {field: value for field, value in changes.items() if field in before and value != getattr(row, field)}
    reason = _reason(changes.get("reason", row.reason))
    for field, value in dates.items():
        setattr(row, field, value)
    if reason != row.reason:
        if not row.reason_shared:  # type: ignore[attr-defined]  # with_reason_for
            raise ValidationError({"reason": _("Only %(name)s can say why.") % {"name": row.athlete}})
        row.reason, row.created_by = reason, actor
    _check(row, dates.keys(), now)
    _check_sight(row, actor, dates.keys())
    row.save(update_fields=["since", "until", "reason", "created_by"])
    after = {field: value for field, value in _dates(row).items() if field in dates}
    _record("change", row, actor, now, before={field: before[field] for field in after}, after=after)
    reminders.derive_athletes(athletes=[row.athlete_id], now=now)
    return row


@transaction.atomic
def end_away(*, away: Away, actor: User, now: datetime) -> None:
    """Take away dates back, all of them: the runs inside count again, those to come have their reminders again."""
    _lock(away.athlete)
    row = Away.objects.filter(pk=away.pk).select_related("athlete").first()
    if row is None:
        return  # sent twice
    _record("end", row, actor, now, before=_dates(row) | {"athlete": row.athlete_id})
    row.delete()
    reminders.derive_athletes(athletes=[away.athlete_id], now=now)


def come_back(*, away: Away, actor: User, now: datetime) -> None:
    """Who is away is back from today on, where they are: the dates end yesterday, or go where they began today.

    Dates that are over or still to come stay as they are.
    """
    today = now.astimezone(away.athlete.time_zone).date()
    if away.since < today <= away.until:
        change_away(away=away, actor=actor, changes={"until": today - timedelta(days=1)}, now=now)
    elif away.since == today:
        end_away(away=away, actor=actor, now=now)


def _lock(athlete: User) -> None:
    """One change of a person's dates at a time, so that none that overlap come to be at once."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=athlete.pk)


def _reason(reason: Any) -> str:
    if reason not in Away.Why.values:
        raise ValidationError({"reason": _("Choose one of: %(reasons)s.") % {"reasons": ", ".join(Away.Why.values)}})
    return str(reason)


def _check(away: Away, changed: Collection[str], now: datetime) -> None:
    """Raises ValidationError for dates in disorder, out of reach, or of which some are taken."""
    today = now.astimezone(away.athlete.time_zone).date()
    first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    errors = {}
    if "since" in changed and away.since < first:
        errors["since"] = _("Choose a day from %(first)s on.") % {"first": _day(first)}
    if "until" in changed and away.until > last:
        errors["until"] = _("Choose a day up to %(last)s.") % {"last": _day(last)}
    if away.until < away.since:
        errors["until"] = _("Choose the first day or a later one.")
    elif not errors and (away.until - away.since).days >= DAYS_AT_MOST:
        errors["until"] = _("At most %(days)d days at once.") % {"days": DAYS_AT_MOST}
    if errors:
        raise ValidationError(errors)
    others = Away.objects.filter(athlete=away.athlete, since__lte=away.until, until__gte=away.since)
    taken = others.exclude(pk=away.pk).first()
    if taken:
        raise ValidationError({"since": _("%(dates)s is there already. Change those dates instead.") % _words(taken)})


def _check_sight(away: Away, actor: User, changed: Collection[str]) -> None:
    """A coach says nothing of days before the athlete joined, of which they see nothing."""
    if away.athlete_id == actor.pk:
        return
    joined = Membership.objects.active().filter(
        person=away.athlete, role=Role.ATHLETE, squad__in=squads_of(actor, *PLANNERS)
    )
    seen_from = joined.order_by("sees_from").select_related("squad").first()
    if seen_from is None:
        raise PermissionDenied
    day = seen_from.sees_from.astimezone(seen_from.squad.time_zone).date()
    if "since" in changed and away.since < day:
        values = {"name": away.athlete, "day": _day(day)}
        raise ValidationError({"since": _("%(name)s joined on %(day)s. Choose that day or a later one.") % values})


def _record(deed: str, away: Away, actor: User, now: datetime, **values: dict[str, Any]) -> None:
    """Record the dates, never the reason, which is a matter of health."""
    record(actor=actor, action=f"away.{deed}", target=away, now=now, **values)


def _dates(away: Away) -> dict[str, Any]:
    return {"since": away.since.isoformat(), "until": away.until.isoformat()}


def _day(day: date) -> str:
    return date_format(day, _("j M Y"))


def _words(away: Away) -> dict[str, str]:
    first, last = _day(away.since), _day(away.until)
    return {"dates": first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}}
