"""How fast a season is planned: twelve weeks of four runs a week, for squads of 20, 200 and 2,000 athletes.

Four weekly series that are filled as the weeks go by; one week copied onto eleven others; a change of one series from
some date on. Beside each stand, in the same run, the rows that it made, written once more by a bare bulk insert; and
what the squad's pages and feed take then. The last column is the seconds of one athlete as a share of those in the
smallest squad: one or less is linear or better.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import django

from tests.stack import production

WEEKS, HORIZON = 12, 8
WEEKDAYS = {"MO": "easy", "TU": "intervals", "TH": "tempo", "SU": "long"}
ZONE = ZoneInfo("Europe/Berlin")


@dataclass
class Cost:
    """What a piece of work took."""

    seconds: float = 0
    queries: int = 0
    rows: int = 0


@contextmanager
def measured(cost: Cost) -> Iterator[None]:
    """Add what the block takes to `cost`."""
    from django.db import connection

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        cost.queries += 1
        return execute(*arguments)

    began = time.perf_counter()
    with connection.execute_wrapper(count):
        yield
    cost.seconds += time.perf_counter() - began


def squad_of(athletes: int, now: datetime) -> tuple[Any, Any]:
    """A new squad of so many, and its coach."""
    from accounts.models import User
    from plans.models import Membership, Squad

    mark = time.time_ns()
    people = User.objects.bulk_create(
        User(email=f"p{n}-{mark}@runners.example", name=f"Person {n}", password="!", time_zone=ZONE)
        for n in range(athletes + 1)
    )
    squad = Squad.objects.create(slug=f"squad-{mark}", name=f"Squad of {athletes}", time_zone=ZONE, created_at=now)
    began = now - timedelta(days=30)
    Membership.objects.bulk_create(
        Membership(squad=squad, person=person, role="athlete" if n else "coach", began_at=began, sees_from=began)
        for n, person in enumerate(people)
    )
    return squad, people[0]


def first_days(now: datetime) -> dict[str, datetime]:
    """The start of the first run on each weekday of next week."""
    monday = now.date() + timedelta(days=7 - now.weekday())
    evening = datetime.combine(monday, clock(18, 30))
    days = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
    return {word: evening + timedelta(days=days[word]) for word in WEEKDAYS}


def by_series(squad: Any, coach: Any, now: datetime) -> Cost:
    """Four weekly series of twelve weeks, filled as time goes by."""
    from plans.domain.runs import schedule_for_squad
    from plans.domain.series import extend_series
    from plans.models import Run

    cost = Cost()
    with measured(cost):
        for word, start in first_days(now).items():
            rule = f"FREQ=WEEKLY;BYDAY={word};COUNT={WEEKS}"
            schedule_for_squad(
                squad=squad, actor=coach, now=now, kind=WEEKDAYS[word], local_start=start, rule=rule, planned_minutes=50
            )
        for week in range(1, WEEKS - HORIZON + 2):
            extend_series(now=now + timedelta(weeks=week))
    cost.rows = Run.objects.filter(squad=squad).count()
    return cost


def by_copying(squad: Any, coach: Any, now: datetime) -> Cost:
    """One week, planned and copied onto eleven others in one go."""
    from plans.domain.runs import schedule_dates
    from plans.models import Run

    week = [
        {"kind": WEEKDAYS[word], "local_start": start, "planned_minutes": 50} for word, start in first_days(now).items()
    ]
    copies = [
        plan | {"local_start": plan["local_start"] + timedelta(weeks=number)}
        for number in range(1, WEEKS)
        for plan in week
    ]
    cost = Cost()
    with measured(cost):
        schedule_dates(squad=squad, actor=coach, now=now, plans=week)
        schedule_dates(squad=squad, actor=coach, now=now, plans=copies)
    cost.rows = Run.objects.filter(squad=squad).count()
    return cost


def by_following(squad: Any, coach: Any, now: datetime) -> Cost:
    """One series half an hour later, from its third date on."""
    from plans.domain.runs import change_run
    from plans.models import Run, Series

    series = Series.objects.filter(squad=squad).order_by("pk")[0]
    run = Run.objects.filter(series=series, occurrence=series.occurrences.order_by("day")[2]).order_by("pk")[0]
    cost = Cost()
    with measured(cost):
        changed = change_run(
            run=run,
            actor=coach,
            now=now,
            changes={"local_start": run.local_start + timedelta(minutes=30)},
            scope="following",
        )
    cost.rows = len(changed)
    return cost


def bare(squad: Any) -> Cost:
    """The squad's runs inserted once more, outside any series: what the database itself takes for these rows."""
    from django.db import transaction

    from plans.models import Run

    rows = list(Run.objects.filter(squad=squad))
    for row in rows:
        row.pk, row.occurrence_id, row.series_id = None, None, None
        row._state.adding = True
    cost = Cost(rows=len(rows))
    with transaction.atomic():
        with measured(cost):
            Run.objects.bulk_create(rows, batch_size=2000)
        transaction.set_rollback(True)
    return cost


def bare_update(squad: Any, rows: int) -> Cost:
    """As many rows of the squad given another start by one statement."""
    from django.db import transaction
    from django.db.models import F

    from plans.models import Run

    keys = list(Run.objects.filter(squad=squad).values_list("pk", flat=True)[:rows])
    cost = Cost(rows=len(keys))
    with transaction.atomic():
        with measured(cost):
            Run.objects.filter(pk__in=keys).update(
                starts_at=F("starts_at") + timedelta(minutes=30), local_time=clock(19, 0), sequence=F("sequence") + 1
            )
        transaction.set_rollback(True)
    return cost


def page(person: Any | None, address: str) -> Cost | None:
    """One look at an address, the first apart; None where there is no such page."""
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = Client()
    if person:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    if client.get(address).status_code != 200:
        return None
    cost = Cost(rows=1)
    with measured(cost):
        client.get(address)
    return cost


class Table:
    """Prints rows, and remembers what an athlete took in the smallest squad."""

    def __init__(self) -> None:
        self.smallest: dict[str, float] = {}
        print(
            f"{'athletes':>8} {'':32} {'seconds':>8} {'queries':>7} {'rows':>8} {'rows/s':>8} {'bare s':>7} "
            f"{'ratio':>6} {'an athlete':>10}"
        )

    def add(self, athletes: int, name: str, cost: Cost | None, baseline: Cost | None = None) -> None:
        """One row; a word where there is nothing to measure."""
        if cost is None:
            print(f"{athletes:>8,} {name:32} skipped: no such page")
            return
        each = cost.seconds / athletes
        share = each / self.smallest.setdefault(name, each)
        beside = f"{baseline.seconds:7.2f} {cost.seconds / baseline.seconds:5.1f}x" if baseline else f"{'':14}"
        speed = f"{cost.rows / cost.seconds:8,.0f}" if baseline else f"{'':8}"
        print(
            f"{athletes:>8,} {name:32} {cost.seconds:8.2f} {cost.queries:7} {cost.rows:8,} {speed} {beside} "
            f"{share:10.2f}",
            flush=True,
        )


def season(sizes: list[int]) -> None:
    """All measurements, in a database of our own; the process has the settings of production."""
    django.setup()
    from django.db import connection
    from django.urls import reverse

    from plans.domain.feeds import feed_secret, make_feed
    from plans.models import Membership

    table, now = Table(), datetime.now(UTC)
    by_series(*squad_of(3, now), now)  # the process warms up
    for athletes in sizes:
        squad, coach = squad_of(athletes, now)
        table.add(athletes, "four series, filled", by_series(squad, coach, now), bare(squad))
        following = by_following(squad, coach, now)
        table.add(athletes, "from one date on", following, bare_update(squad, following.rows))
        other, other_coach = squad_of(athletes, now)
        table.add(athletes, "a week onto eleven others", by_copying(other, other_coach, now), bare(other))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        athlete = Membership.objects.filter(squad=squad, role="athlete")[0].person
        own, of_all = make_feed(person=athlete, now=now), make_feed(person=coach, squad=squad, now=now)
        table.add(athletes, "page: the squad's plan, a week", page(coach, f"/squads/{squad.slug}/plan/"))
        table.add(athletes, "page: the athlete's calendar", page(athlete, "/calendar/"))
        table.add(athletes, "feed: the athlete's", page(None, reverse("calendar-feed", args=[feed_secret(own)])))
        table.add(athletes, "feed: the squad's", page(None, reverse("calendar-feed", args=[feed_secret(of_all)])))


def main(arguments: list[str]) -> int:
    """Start PostgreSQL and Redis, measure, print the table."""
    parser = argparse.ArgumentParser(prog="dev.py bench seasons", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 200, 2000], help="athletes a squad")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        season(options.sizes)
        return 0
    with tempfile.TemporaryDirectory() as var, production(Path(var), workers=1, durable=True) as stack:
        # A process of its own: settings are read once, and these are known only now.
        words = ["-m", "benchmarks", "seasons", "--measure", "--sizes", *map(str, options.sizes)]
        return subprocess.run([sys.executable, *words], env=os.environ | stack.environment).returncode
