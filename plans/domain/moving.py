"""Moving house: what becomes of one's own runs when one's time zone changes. A squad's runs keep the squad's zone.

Nobody is asked for what they planned in another zone on purpose: only the zones are meant that the person had since
they were last asked, which the record of their preferences tells.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.domain.audit import record
from accounts.models import AuditEntry, User
from plans.domain.local_time import instant
from plans.domain.runs import change_run
from plans.models import Run
from plans.querysets import RunQuerySet

ANSWERED, CHANGED = "person.move-house", "person.change-preferences"


@dataclass(frozen=True)
class Move:
    """What is asked: own runs to come, by start, that keep the time of a zone in which the person no longer lives."""

    runs: list[Run]


def open_move(person: User, now: datetime) -> Move | None:
    """What `person` has not answered yet since they moved, or None."""
    zones = _left_zones(person)
    runs = list(_own_coming(person, now).planned().filter(time_zone__in=zones)) if zones else []
    return Move(runs) if runs else None


@transaction.atomic
def move_house(*, person: User, now: datetime, keep_wall_time: bool) -> list[Run]:
    """Answer: own runs and series to come keep their wall time in the person's zone now, or stay in their old zone.

    Returns the runs that moved. A run whose wall time has passed in the new zone stays as it was, as has what began.
    A second answer finds nothing to do.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    zones = _left_zones(person)
    if not zones:
        return []
    moved = _take_along(person, zones, now) if keep_wall_time else []
    after = {"keep_wall_time": keep_wall_time, "time_zone": str(person.time_zone), "runs": len(moved)}
    record(actor=person, action=ANSWERED, target=person, now=now, after=after)
    return moved


def _take_along(person: User, zones: Collection[ZoneInfo], now: datetime) -> list[Run]:
    """Whole series first, then what is left: single runs, and dates that had been given a zone of their own."""
    moved: dict[int, Run] = {}
    changes = {"time_zone": person.time_zone}
    series_done: set[int] = set()
    coming = _own_coming(person, now).filter(time_zone__in=zones).select_related("series")
    for run in coming.filter(series__athlete=person, series__time_zone__in=zones):
        if run.series_id is not None and run.series_id not in series_done:
            series_done.add(run.series_id)
            found = change_run(run=run, actor=person, now=now, changes=changes, scope="all")
            moved |= {each.pk: each for each in found}
    for run in coming:
        if instant(run.local_start, person.time_zone) > now:
            found = change_run(run=run, actor=person, now=now, changes=changes)
            moved |= {each.pk: each for each in found}
    return list(moved.values())


def _own_coming(person: User, now: datetime) -> RunQuerySet:
    return Run.objects.filter(athlete=person, squad=None, starts_at__gt=now).order_by("starts_at", "pk")


def _left_zones(person: User) -> set[ZoneInfo]:
    """The zones that `person` had since they last answered, but for the present one."""
    entries = AuditEntry.objects.filter(
        target_type=person._meta.label_lower, target_id=str(person.pk), action__in=(ANSWERED, CHANGED)
    )
    zones: set[str] = set()
    for action, before in entries.order_by("-pk").values_list("action", "before"):
        if action == ANSWERED:
            break
        zones |= {before["time_zone"]} if "time_zone" in before else set()
    return {ZoneInfo(name) for name in zones} - {person.time_zone}
