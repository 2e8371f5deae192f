"""The data set that benchmarks are measured on: `python -m benchmarks.dataset` fills the database, prints JSON.

20 squads with a coach and 25 athletes each; per athlete 60 runs (45 past, 15 coming, one a day), two thirds of them
assigned by hand and the rest by the squad's default, a session for four past runs of five. 30,000 runs in all.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import django

SQUADS, ATHLETES, PAST, COMING = 20, 25, 45, 15
ZONE = ZoneInfo("Europe/Brussels")


def fill(now: datetime) -> dict[str, Any]:
    """Write the data set around `now`; returns the keys, tokens and cookie that the requests need."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection, transaction

    from accounts.domain.security import make_token
    from accounts.models import User
    from plans.models import Assignment, Membership, Run, Session, Squad
    from warmups.models import Routine

    numbers = random.Random(4)
    routine = Routine.objects.library().select_related("current").order_by("pk").first()
    assert routine is not None and routine.current is not None, "load_content first"
    began = now - timedelta(days=60)
    with transaction.atomic():
        people = User.objects.bulk_create(
            User(email=f"p{number}@runners.example", name=f"Person {number}", password="!", time_zone=ZONE)
            for number in range(SQUADS * (ATHLETES + 1))
        )
        squads = Squad.objects.bulk_create(
            Squad(slug=f"squad-{n}", name=f"Squad {n}", time_zone=ZONE, default_routine=routine, created_at=began)
            for n in range(SQUADS)
        )
        members = [
            Membership(
                squad=squads[number // (ATHLETES + 1)],
                person=person,
                role="athlete" if number % (ATHLETES + 1) else "coach",
                began_at=began,
                sees_from=began,
                shares_health=True,
            )
            for number, person in enumerate(people)
        ]
        Membership.objects.bulk_create(members)
        runs = Run.objects.bulk_create(
            _run(member, now + timedelta(days=day), numbers, began)
            for member in members
            if member.role == "athlete"
            for day in range(-PAST, COMING)
        )
        Assignment.objects.bulk_create(
            Assignment(run=run, revision=routine.current, by_coach=True, assigned_by=people[0], assigned_at=began)
            for number, run in enumerate(runs)
            if number % 3
        )
        Session.objects.bulk_create(
            _session(run, routine.current, numbers) for run in runs if run.starts_at < now and numbers.random() < 0.8
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a server at rest does it by itself within minutes
    coach, athlete = people[0], people[1]
    own = next(run for run in runs if run.athlete == athlete and run.starts_at > now)
    browser = SessionStore()
    browser["_auth_user_id"] = str(coach.pk)
    browser["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    browser["_auth_user_hash"] = coach.get_session_auth_hash()
    browser.save()
    return {
        "runs": len(runs),
        "squad": squads[0].slug,
        "routine": routine.pk,
        "run": own.pk,
        "coach_cookie": browser.session_key,
        "coach_token": make_token(user=coach, name="benchmark", scopes=["read", "plan"], now=now)[1],
        "athlete_token": make_token(user=athlete, name="benchmark", scopes=["read", "log"], now=now)[1],
    }


def _run(member: Any, moment: datetime, numbers: random.Random, created_at: datetime) -> Any:
    from plans.models import Run, RunKind

    local = datetime.combine(moment.date(), time(18, 30), tzinfo=ZONE)
    return Run(
        athlete=member.person,
        squad=member.squad,
        kind=numbers.choice(RunKind.values),
        local_date=local.date(),
        local_time=local.time(),
        time_zone=ZONE,
        starts_at=local.astimezone(UTC),
        planned_minutes=numbers.randint(30, 90),
        created_at=created_at,
    )


def _session(run: Any, revision: Any, numbers: random.Random) -> Any:
    from plans.models import Session

    started = run.starts_at - timedelta(minutes=numbers.randint(-30, 40))
    return Session(
        id=UUID(int=numbers.getrandbits(128), version=4),
        athlete=run.athlete,
        run=run,
        revision=revision,
        started_at=started,
        finished_at=started + timedelta(minutes=6),
        outcome=numbers.choice(["done", "done", "short", "partial"]),
        rpe=numbers.randint(0, 6),
        pain=numbers.choice([0, 0, 0, 2, 7]),
        edited_at=started,
        received_at=started,
    )


if __name__ == "__main__":
    django.setup()
    print(json.dumps(fill(datetime.now(UTC))))
