"""What a change of a rule would do to coming runs: told before it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from plans.domain import standing as rules
from plans.domain.given import Given, given, with_warm_up
from plans.models import OwnDefault, Run, RunKind, Squad, StandingAssignment
from plans.models.squads import Role
from plans.querysets import RunQuerySet
from warmups.models import Revision, Routine

WEEKS_AHEAD = 8
KINDS_IN_ORDER = {kind: place for place, kind in enumerate(RunKind.values)}


@dataclass(frozen=True)
class Change:
    """Runs of one kind that get `after` in place of `before` (None: nothing), by the word of `source`.

    `athletes` is how many people's they are, `next` the local date of the first.
    """

    kind: str
    before: Revision | None
    after: Revision | None
    source: str | None
    runs: int
    athletes: int
    next: date


@dataclass(frozen=True)
class Preview:
    """Coming runs that would get another warm-up, and how many `runs` of how many `athletes` these are in all.

    `kept` of the runs that the change is about stay as they are: what was chosen for them outranks it.
    """

    changes: list[Change]
    runs: int
    athletes: int
    kept: int


class _TakeBackError(Exception):
    """Undoes what was done to see what it does."""


# The athlete and the local date of each of the runs that one run stands for.
StandIns = dict[int, list[tuple[int, date]]]


def preview(change: Callable[[], object], runs: RunQuerySet) -> Preview:
    """What `change`, of a squad or of one athlete, would do to what these runs get: done, looked at, taken back.

    Raises what `change` raises. The number of queries does not depend on how many runs.
    """
    stand_ins = _stand_ins(runs)
    looked_at = with_warm_up(Run.objects.filter(pk__in=stand_ins))
    before = {run.pk: given(run) for run in looked_at}
    after: list[tuple[Run, Given | None]] = []
    try:
        with transaction.atomic():
            change()
            after = [(run, given(run)) for run in looked_at.all()]
            raise _TakeBackError
    except _TakeBackError:
        pass
    return _compared(before, after, stand_ins)


def _stand_ins(runs: RunQuerySet) -> StandIns:
    """The runs to look at: one for all that get the same, since a squad has tens of thousands.

    These are the runs of one kind on one day in one squad of athletes who say nothing themselves. What was chosen by
    hand stays as it is.
    """
    rules = StandingAssignment.objects.filter(athlete=OuterRef("athlete"))
    usual = OwnDefault.objects.filter(person=OuterRef("athlete"))
    rows = runs.annotate(own=Exists(rules) | Exists(usual))
    alike: dict[object, tuple[int, list[tuple[int, date]]]] = {}
    columns = ("pk", "athlete_id", "local_date", "kind", "squad_id", "assignment__pk", "own")
    for pk, athlete, day, kind, squad, chosen, own in rows.order_by("pk").values_list(*columns):
        key: object = "by hand" if chosen else pk if own or squad is None else (squad, day, kind)
        alike.setdefault(key, (pk, []))[1].append((athlete, day))
    return dict(alike.values())


def _compared(
    before: dict[int, Given | None], after: Iterable[tuple[Run, Given | None]], stand_ins: StandIns
) -> Preview:
    groups: dict[tuple[str, Revision | None, Revision | None, str | None], list[tuple[int, date]]] = defaultdict(list)
    for run, now_given in after:
        was, will_be = _revision(before.get(run.pk)), _revision(now_given)
        if was != will_be:
            source = now_given.source if now_given else None
            groups[run.kind, was, will_be, source] += stand_ins[run.pk]
    changes = [
        Change(*key, len(runs), len({athlete for athlete, _day in runs}), min(day for _athlete, day in runs))
        for key, runs in groups.items()
    ]
    changes.sort(key=lambda each: (KINDS_IN_ORDER[each.kind], each.next))
    changed = sum(each.runs for each in changes)
    people = {athlete for runs in groups.values() for athlete, _day in runs}
    return Preview(changes, changed, len(people), sum(map(len, stand_ins.values())) - changed)


def _revision(what: Given | None) -> Revision | None:
    return what.revision if what else None


# --- Which runs a change is about -----------------------------------------------------------------------------------
def coming(now: datetime) -> RunQuerySet:
    """The planned runs of the next weeks."""
    return Run.objects.planned().filter(starts_at__gt=now, starts_at__lte=now + timedelta(weeks=WEEKS_AHEAD))


def coming_of(*, athlete: User | None, squad: Squad | None, now: datetime) -> RunQuerySet:
    """Those of `athlete`; or of `squad`, with its athletes' runs outside any squad."""
    if squad is None:
        return coming(now).filter(athlete=athlete)
    members = squad.memberships.active().filter(role=Role.ATHLETE).values("person_id")
    return coming(now).filter(Q(squad=squad) | Q(squad=None, athlete__in=members))


def _reached(runs: RunQuerySet, standing: StandingAssignment) -> RunQuerySet:
    runs = runs.filter(local_date__gte=standing.since)
    if standing.until:
        runs = runs.filter(local_date__lte=standing.until)
    return runs.filter(kind__in=standing.kinds) if standing.kinds else runs


# --- The changes ----------------------------------------------------------------------------------------------------
def preview_new_standing(*, actor: User, now: datetime, **fields: Any) -> Preview:
    """What `set_standing` with these fields would do; raises as it does."""
    standing = StandingAssignment(
        kinds=list(fields.get("kinds") or ()), since=fields["since"], until=fields.get("until")
    )
    runs = coming_of(athlete=fields.get("athlete"), squad=fields.get("squad"), now=now)
    return preview(lambda: rules.write_standing(actor=actor, now=now, **fields), _reached(runs, standing))


def preview_standing_change(
    *, standing: StandingAssignment, actor: User, now: datetime, changes: dict[str, Any]
) -> Preview:
    """What `change_standing` would do; raises as it does."""
    runs = coming_of(athlete=standing.athlete, squad=standing.squad, now=now)
    return preview(lambda: rules.write_standing_change(standing=standing, actor=actor, now=now, changes=changes), runs)


def preview_standing_end(*, standing: StandingAssignment, actor: User, now: datetime) -> Preview:
    """What `end_standing` would do; raises as it does."""
    runs = _reached(coming_of(athlete=standing.athlete, squad=standing.squad, now=now), standing)
    return preview(lambda: rules.write_standing_end(standing=standing, actor=actor, now=now), runs)


def preview_squad_default(*, squad: Squad, routine: Routine | None, now: datetime) -> Preview:
    """What another usual warm-up of `squad` would do."""
    runs = coming_of(athlete=None, squad=squad, now=now)
    return preview(lambda: Squad.objects.filter(pk=squad.pk).update(default_routine=routine), runs)


def preview_own_default(*, person: User, routine: Routine | None, now: datetime) -> Preview:
    """What another usual warm-up of one's own would do; raises as `set_own_default` does."""
    runs = coming_of(athlete=person, squad=None, now=now)
    return preview(lambda: rules.write_own_default(person=person, routine=routine), runs)
