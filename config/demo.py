"""The demo: a club with six weeks behind it and a run today. Only `dev.py up` without --empty loads it.

Everything is done by the same domain functions that the pages call, at the times at which people would have done it,
so that the demo holds nothing that the product could not have made.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.domain.people import sign_up_person
from accounts.models import User
from plans.domain.assignments import assign
from plans.domain.away import set_away
from plans.domain.invitations import accept_invitation, invite
from plans.domain.join_links import make_join_link
from plans.domain.recurrence import WEEKDAYS
from plans.domain.runs import schedule_for_squad, schedule_run
from plans.domain.sessions import save_session
from plans.domain.squads import found_squad
from plans.domain.standing import set_standing
from plans.domain.starting import DayPlan, set_up_week
from plans.models import Run, Squad
from warmups.domain.exercises import publish_exercise, save_draft, submit_for_review
from warmups.models import Exercise, ExerciseVersion, Routine

ZONE = ZoneInfo("Europe/Brussels")
# Public, and so never outside the demo, whose database is a file of its own.
PASSWORD = "warm-up-before-you-run"  # noqa: S105


@dataclass(frozen=True)
class Part:
    """Somebody in the demo."""

    role: str
    name: str
    email: str

    def sign_in(self) -> dict[str, str]:
        """What var/demo.json says of them."""
        return {"role": self.role, "name": self.name, "email": self.email, "password": PASSWORD}


COACHES = (
    Part("coach", "Mara Lindqvist", "mara@prestride.example"),
    Part("coach", "Tunde Bakare", "tunde@prestride.example"),
)
ATHLETES = (
    Part("athlete", "Jonas Weber", "jonas@prestride.example"),
    Part("athlete", "Inés Castellanos", "ines@prestride.example"),
    Part("athlete", "Priya Raman", "priya@prestride.example"),
    Part("athlete", "Kofi Mensah", "kofi@prestride.example"),
    Part("athlete", "Lotte de Vries", "lotte@prestride.example"),
    Part("athlete", "Anna-Sophia Konstantinopoulou-Vandenberghe", "anna-sophia@prestride.example"),
    Part("athlete", "Sami Haddad", "sami@prestride.example"),
    Part("athlete", "Yuki Tanaka", "yuki@prestride.example"),
)
CURATORS = (
    Part("curator", "Dr. Elena Marchetti", "elena@prestride.example"),
    Part("curator", "Rob Fitzgerald", "rob@prestride.example"),
)
ADMIN = Part("admin", "Ada Admin", "admin@prestride.example")
RUNNER = Part("runner", "Noor Eriksen", "noor@prestride.example")  # without a coach
EVERYONE = (*COACHES, *ATHLETES, RUNNER, *CURATORS, ADMIN)

# What the squad does in a week: days after Monday, wall time, kind, minutes, place, routine (by its library name).
WEEK = (
    (1, time(18, 30), "intervals", 55, "Track, south gate", "five-to-fire-up-the-glutes-standing"),
    (3, time(18, 30), "tempo", 50, "Canal bridge", None),
    (6, time(9, 0), "long", 95, "Forest car park", "five-to-fire-up-the-glutes"),
)

CLAMSHELL_FEEL = (
    "Deep in the top buttock and the outer hip, more towards the back. Open only as far as your hips stay stacked."
)


@transaction.atomic
def load(*, now: datetime) -> list[dict[str, str]]:
    """Make the demo around `now` unless it is there already; who may sign in, as var/demo.json lists them."""
    if not User.objects.filter(email=ADMIN.email).exists():
        if not settings.DEMO:
            raise RuntimeError("The demo's passwords are public: it loads only with PRESTRIDE_DEMO=1.")
        _make(now)
    return [part.sign_in() for part in EVERYONE]


def _make(now: datetime) -> None:
    people = {part.email: _person(part, now - timedelta(days=45)) for part in EVERYONE}
    curators = Group.objects.get(name="Curators")
    for part in CURATORS:
        people[part.email].is_staff = True
        people[part.email].save(update_fields=["is_staff"])
        people[part.email].groups.add(curators)
    User.objects.filter(email=ADMIN.email).update(is_staff=True, is_superuser=True)

    mara, tunde = (people[part.email] for part in COACHES)
    athletes = [people[part.email] for part in ATHLETES]
    harbour = _squad(mara, "Harbour Runners", "three-minute-wake-up", athletes, now - timedelta(days=44))
    _squad(tunde, "Tuesday Track Club", None, athletes[2:4], now - timedelta(days=30))
    _join(harbour, mara, tunde, "assistant", now - timedelta(days=40))
    invite(squad=harbour, actor=mara, email="newcomer@runners.example", role="athlete", now=now)
    _weeks(harbour, mara, now)
    _season(harbour, mara, now)
    _away(athletes, now)
    make_join_link(squad=harbour, actor=mara, role="athlete", limit=25, good_for=14, now=now)
    _own_week(people[RUNNER.email], now)
    _first_reminder(athletes[0], mara, now)
    elena, rob = (people[part.email] for part in CURATORS)
    _curation(elena, rob, now)


def _person(part: Part, now: datetime) -> User:
    return sign_up_person(email=part.email, name=part.name, password=PASSWORD, now=now, verified=True, time_zone=ZONE)


def _library(slug: str) -> Routine:
    return Routine.objects.library().get(slug=slug)


def _squad(coach: User, name: str, default: str | None, athletes: list[User], now: datetime) -> Squad:
    squad = found_squad(
        founder=coach, now=now, name=name, time_zone=ZONE, default_routine=_library(default) if default else None
    )
    for athlete in athletes:
        _join(squad, coach, athlete, "athlete", now + timedelta(hours=5))
    return squad


def _join(squad: Squad, coach: User, person: User, role: str, now: datetime) -> None:
    invitation = invite(squad=squad, actor=coach, email=person.email, role=role, now=now)
    # Two keep pain and notes to themselves: the board shows what that looks like.
    shares = person.email not in {ATHLETES[4].email, ATHLETES[6].email}
    accept_invitation(invitation=invitation, person=person, shares_health=shares, now=now)


def _weeks(squad: Squad, coach: User, now: datetime) -> None:
    """Four weeks of squad runs behind and the present one, the past runs with what each athlete logged."""
    monday = _monday(now)
    luck = random.Random(26)  # noqa: S311 (the same demo every time)
    for week in range(-4, 1):
        for day, at, kind, minutes, place, routine in WEEK:
            local = datetime.combine(monday + timedelta(weeks=week, days=day), at)
            series = schedule_for_squad(
                squad=squad,
                actor=coach,
                now=now,
                kind=kind,
                local_start=local,
                planned_minutes=minutes,
                place=place,
                routine=_library(routine) if routine else None,
                routine_note="Take the squats slowly, we go hard after." if kind == "intervals" else "",
            )
            for run in series.runs.filter(starts_at__lt=now - timedelta(hours=1)).select_related("athlete"):
                _log(run, week, luck)


def _monday(now: datetime) -> date:
    here = now.astimezone(ZONE).date()
    return here - timedelta(days=here.weekday())


def _season(squad: Squad, coach: User, now: datetime) -> None:
    """What comes from next week on: a series for each run of the week, and a rule for the fast ones' warm-up."""
    monday = _monday(now) + timedelta(weeks=1)
    for day, at, kind, minutes, place, routine in WEEK:
        schedule_for_squad(
            squad=squad,
            actor=coach,
            now=now,
            kind=kind,
            local_start=datetime.combine(monday + timedelta(days=day), at),
            planned_minutes=minutes,
            place=place,
            rule=f"FREQ=WEEKLY;BYDAY={WEEKDAYS[day]}",
            routine=_library(routine) if routine and kind != "intervals" else None,
        )
    set_standing(
        actor=coach,
        now=now,
        squad=squad,
        routine=_library("five-to-fire-up-the-glutes-standing"),
        kinds=["intervals"],
        since=monday,
        note="Take the squats slowly, we go hard after.",
    )


def _away(athletes: list[User], now: datetime) -> None:
    """Kofi's hip needs a rest from tomorrow on; Yuki travels."""
    today = now.astimezone(ZONE).date()
    for number, first, days, reason in ((3, 1, 12, "injured"), (7, 6, 5, "away")):
        since = today + timedelta(days=first)
        until = since + timedelta(days=days)
        set_away(athlete=athletes[number], actor=athletes[number], since=since, until=until, reason=reason, now=now)


def _own_week(runner: User, now: datetime) -> None:
    """A runner without a coach, as the first-run page sets them up."""
    easy, fast, long = DayPlan(time(7), "easy", 40), DayPlan(time(7), "intervals", 45), DayPlan(time(9), "long", 70)
    week = {"TU": easy, "TH": fast, "SA": easy, "SU": long}
    set_up_week(person=runner, now=now, week=week, routine=_library("three-minute-wake-up"))
    standing = _library("five-to-fire-up-the-glutes-standing")
    tomorrow = now.astimezone(ZONE).date() + timedelta(days=1)
    set_standing(actor=runner, now=now, athlete=runner, routine=standing, kinds=["intervals"], since=tomorrow)


def _log(run: Run, week: int, luck: random.Random) -> None:
    """What this athlete would have logged `week` weeks from now, if anything: each has a character of their own."""
    number = [part.email for part in ATHLETES].index(run.athlete.email)
    keen = (0.95, 0.9, 0.85, 0.6, 0.9, 0.75, 0.0, 0.8)[number]  # the seventh has fallen silent
    if luck.random() > keen:
        return
    outcome = luck.choices(["done", "short", "partial"], [8, 3, 1])[0]
    began = run.starts_at - timedelta(minutes=luck.choice([9, 12, 15, 20, 25]))
    body: dict[str, Any] = {
        "run": run.pk,
        "started_at": began.isoformat(),
        "finished_at": (began + timedelta(minutes=3 if outcome == "short" else 6)).isoformat(),
        "outcome": outcome,
        "rpe": luck.choice([2, 2, 3, 3, 4]),
        "pain": 0,
        "readiness": luck.choice([3, 4, 4, 5]),
        "edited_at": (began + timedelta(minutes=7)).isoformat(),
    }
    if number == 3:  # Kofi's left hip has been getting worse, week by week
        body |= {"pain": 6 + week, "pain_site": "hip", "pain_side": "left", "note": "Outer hip, worse on the hills."}
    save_session(
        id=UUID(int=luck.getrandbits(128), version=4),
        athlete=run.athlete,
        now=began + timedelta(minutes=8),
        body=body,
    )


def _first_reminder(athlete: User, coach: User, now: datetime) -> None:
    """A run of the first athlete whose reminder falls due within two minutes, so that one sees it arrive."""
    soon = timedelta(seconds=int(os.environ.get("PRESTRIDE_DEMO_DUE_SECONDS", "0")))
    due = now + soon if soon else (now + timedelta(seconds=119)).replace(second=0, microsecond=0)
    start = due + timedelta(minutes=settings.REMINDER_LEAD_MINUTES)
    run = schedule_run(
        athlete=athlete,
        actor=coach,
        now=now,
        kind="easy",
        local_start=start.astimezone(ZONE).replace(tzinfo=None, microsecond=0),
        time_zone=ZONE,
        planned_minutes=40,
        place="Harbour steps",
    )
    routine = _library("five-to-fire-up-the-glutes-standing")
    assign(routine=routine, runs=[run], actor=coach, now=now, note="Wet grass today, so all of it standing.")


def _curation(elena: User, rob: User, now: datetime) -> None:
    """What curators find: a text of Rob's that waits for Elena, and a review of hers that is overdue."""
    year_ago, due = (now - timedelta(days=380)).date(), (now - timedelta(days=15)).date()
    read = {"by": "Dr. Elena Marchetti, physiotherapist", "on": year_ago.isoformat(), "due": due.isoformat()}
    bridge = _rewrite("glute-bridge", elena, "Read whole.", now, review=read)
    publish_exercise(exercise=bridge, actor=rob, now=now)
    _rewrite("clamshell", rob, "Runners asked how far to open.", now, feel=CLAMSHELL_FEEL)


def _rewrite(slug: str, author: User, reason: str, now: datetime, **changes: Any) -> Exercise:
    """An exercise whose next version has these changes and is in review."""
    exercise = Exercise.objects.select_related("latest").get(slug=slug)
    document = cast(ExerciseVersion, exercise.latest).document | changes
    save_draft(exercise=exercise, document=document, actor=author, now=now, reason=reason, based_on=None)
    return submit_for_review(exercise=exercise, actor=author, now=now)
