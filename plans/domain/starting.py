"""A runner's first week: own series from tomorrow on, the warm-up before them, and when it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.people import change_preferences
from accounts.models import User
from plans.domain.recurrence import WEEKDAYS
from plans.domain.runs import schedule_for_athlete
from plans.domain.standing import set_own_default
from plans.models import Run, Series
from warmups.models import Routine


@dataclass(frozen=True)
class DayPlan:
    """What is run on one day of the week: wall time, kind, minutes (None: not said)."""

    at: time
    kind: str
    minutes: int | None = None


def has_own_week(person: User, now: datetime) -> bool:
    """Whether `person` plans runs of their own already. A series that goes on always has some ahead."""
    return Run.objects.planned().filter(athlete=person, squad=None, starts_at__gt=now).exists()


@transaction.atomic
def set_up_week(
    *,
    person: User,
    now: datetime,
    week: Mapping[str, DayPlan],
    routine: Routine | None = None,
    lead_minutes: int | None = None,
) -> list[Series]:
    """Plan `week` (by day: "MO" to "SU") for `person` from tomorrow on; `routine` becomes what they usually do.

    Days alike in time, kind and length are one series. An own usual routine that is there stays without a `routine`;
    without `lead_minutes` the reminder's lead stays. Raises ValidationError for a field, and code "there" where runs
    of their own are planned already, so that sending it twice plans it once.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if has_own_week(person, now):
        raise ValidationError(_("Your week is planned already. Change it in your calendar."), code="there")
    if not week or not week.keys() <= set(WEEKDAYS):
        raise ValidationError({"days": _("Choose at least one day of the week.")})
    alike: defaultdict[DayPlan, list[str]] = defaultdict(list)
    for day in WEEKDAYS:
        if day in week:
            alike[week[day]].append(day)
    tomorrow = now.astimezone(person.time_zone).date() + timedelta(days=1)
    made = [
        schedule_for_athlete(
            athlete=person,
            actor=person,
            now=now,
            kind=plan.kind,
            local_start=datetime.combine(tomorrow, plan.at),
            planned_minutes=plan.minutes,
            rule=f"FREQ=WEEKLY;BYDAY={','.join(days)}",
        )
        for plan, days in alike.items()
    ]
    if lead_minutes is not None:
        change_preferences(user=person, changes={"reminder_lead_minutes": lead_minutes}, now=now)
    if routine:
        set_own_default(person=person, routine=routine, now=now)
    return made
