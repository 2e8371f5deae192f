"""The mail of the evening before: one a person and day, for whoever wants it, told in one place.

Its row hangs on the first run of that day which calls for a warm-up; a day is the date that clocks show where the
person lives. It is due at the hour they chose, by their own clock, on the day before. One that was missed is not made
up for: the reminder before the run still comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from plans.domain.given import with_warm_up
from plans.domain.local_time import instant
from plans.domain.outbox import CLAIMED, LIVE, SCHEDULED, Changes, new_row, why_none
from plans.domain.quiet_hours import quiet_of
from plans.models import Reason, Reminder, Run

KIND = Reminder.Kind.EVENING_BEFORE
Status = Reminder.Status
# A day whose digest came to one of these ends needs no other.
OVER = (Status.SENT, Status.FAILED, Status.EXPIRED)

Days = Mapping[tuple[int, date], Sequence[Run]]  # by person and day, the runs in order


def why_no_digest(run: Run, now: datetime) -> str:
    """The reason why `run` (of with_warm_up) is in no digest at `now`, "" if it is in one."""
    return why_none(run, now, wants=run.athlete.digest_at is not None)


def day_of(person: User, starts_at: datetime) -> date:
    """The date that the person's clocks show at a run's start."""
    return starts_at.astimezone(person.time_zone).date()


def digest_due(person: User, first: Run) -> datetime | None:
    """When the digest of the day of `first` is due: on the day before, by the person's clock; None: they want none."""
    if person.digest_at is None:
        return None
    evening = day_of(person, first.starts_at) - timedelta(days=1)
    due_at = instant(datetime.combine(evening, person.digest_at), person.time_zone)
    return quiet_of(person).moved(due_at, starts_at=first.starts_at)


def runs_of_days(rows: Iterable[Reminder], now: datetime) -> Days:
    """What digests tell of, by person and day: the runs of those days that call for a warm-up. Few queries for all."""
    days = {(row.run.athlete_id, day_of(row.run.athlete, row.starts_at)) for row in rows}
    if not days:
        return {}
    dates = [day for _person, day in days]
    span = _span(min(dates), max(dates))
    runs = with_warm_up(Run.objects.filter(athlete__in={person for person, _day in days}, starts_at__range=span))
    found: dict[tuple[int, date], list[Run]] = defaultdict(list)
    for run in runs.order_by("starts_at", "pk"):
        key = run.athlete_id, day_of(run.athlete, run.starts_at)
        if key in days and not why_no_digest(run, now):
            found[key].append(run)
    return found


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    """Instants around these dates, whatever the zone."""
    day, midnight = timedelta(days=1), time()
    return datetime.combine(first - day, midnight, UTC), datetime.combine(last + 2 * day, midnight, UTC)


# --- Deriving -------------------------------------------------------------------------------------------------------
def compare(*, athletes: Collection[int], changes: Changes, now: datetime, until: datetime) -> None:
    """Add to `changes` what sets the digests of these people apart from what their runs up to `until` call for.

    Call it once the runs that change are locked. One query for all if none of them wants digests, else three.
    """
    waiting = Reminder.objects.filter(kind=KIND, status__in=LIVE, run__athlete=OuterRef("pk"))
    concerned = User.objects.filter(Q(digest_at__isnull=False) | Exists(waiting), pk__in=athletes)
    people = {person.pk: person for person in concerned}
    if not people:
        return
    own = Reminder.objects.filter(kind=KIND, run__athlete__in=people, starts_at__gt=now - timedelta(days=1))
    rows = list(own.select_related("run").order_by("pk").select_for_update(of=("self",)))
    told = {_day(row, people) for row in rows if row.status in OVER or row.reason == Reason.WITHDRAWN}
    coming = Run.objects.filter(athlete__in=people, starts_at__gt=now, starts_at__lte=until)
    why: dict[int, str] = {}
    first: dict[tuple[int, date], Run] = {}
    for run in with_warm_up(coming).order_by("starts_at", "pk"):
        why[run.pk] = why_no_digest(run, now)
        if not why[run.pk]:
            first.setdefault((run.athlete_id, day_of(run.athlete, run.starts_at)), run)
    wanted = {(run.pk, digest_due(run.athlete, run)): run for day, run in first.items() if day not in told}
    for row in rows:
        _compare_row(row, wanted.pop((row.run_id, row.due_at), None), why, changes, now)
    for (_run, due_at), run in wanted.items():
        if due_at is not None and due_at > now:
            changes.make.append(new_row(run, due_at, KIND))


def _compare_row(row: Reminder, run: Run | None, why: Mapping[int, str], changes: Changes, now: datetime) -> None:
    """`run` is the one that calls for this very row, if one does."""
    moved = run is not None and row.starts_at != run.starts_at
    if run is not None and not moved and row.status in LIVE:
        if row.cancel_requested and row.status == CLAIMED:
            changes.keep.append(row)
    elif run is not None and row.due_at > now and row.status in (SCHEDULED, Status.CANCELLED):
        changes.revive.append(row)
    elif row.status in LIVE:
        changes.drop[why.get(row.run_id) or Reason.MOVED].append(row)
        changes.leaving.update({row.run_id} if row.status == CLAIMED else ())


def _day(row: Reminder, people: Mapping[int, User]) -> tuple[int, date]:
    return row.run.athlete_id, day_of(people[row.run.athlete_id], row.starts_at)
