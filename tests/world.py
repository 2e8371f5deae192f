"""A small world around the cast in which everything exists twice: in their squad and in the other one.

Each text in it is a word of its own ("psst-run-of-ada"), so that a page that shows too much can be told by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.domain.security import make_token
from accounts.models import User
from plans.domain import reminders
from plans.domain.feeds import feed_secret, make_feed
from plans.domain.invitations import invitation_token
from plans.domain.join_links import join_token, make_join_link
from plans.domain.recurrence import clean_rule
from plans.domain.run_answers import answer_token
from plans.domain.sessions import body_of
from plans.domain.unsubscribing import EVENING_BEFORE, unsubscribe_token
from plans.models import Invitation, Occurrence, Run, Series, Session, SharedRoutine, Squad, StandingAssignment
from tests.conftest import Cast
from tests.factories import (
    make_activation,
    make_answer,
    make_assignment,
    make_away,
    make_equipment,
    make_exercise,
    make_membership,
    make_routine,
    make_run,
    make_session,
    make_user,
)
from tests.warmups.library_states import routine_in
from tests.warmups.workflow_states import exercise_in, second_curator
from warmups.domain.content import CONTENT
from warmups.domain.content_import import keep_upload
from warmups.domain.figures import poses_digest
from warmups.models import Routine

DAY = timedelta(days=1)
# Who asks, in the order of the columns of tests/test_access.py, and what they are in the cast.
PEOPLE = {
    "visitor": None,
    "Ada": "athlete",
    "Tom": "team_mate",
    "Asa": "assistant",
    "Cora": "coach",
    "Otto": "other_coach",
    "Cleo": "curator",
    "Sue": "superuser",
}


POSES = json.loads((CONTENT / "poses" / "clamshell.json").read_text())


def psst(what: str) -> str:
    """Words that are nowhere else, none of them the beginning of another."""
    return f"psst-{what}."


@dataclass
class World:
    """The cast, and by name what stands in an address: {"run-of-ada": 12, "token-of-ada": 3, …}."""

    cast: Cast
    now: datetime
    names: dict[str, Any]

    def person(self, name: str) -> User | None:
        """One of PEOPLE; None for the visitor."""
        part = PEOPLE[name]
        return getattr(self.cast, part) if part else None

    def filled(self, text: str) -> str:
        """`text` with each {name} as it is in an address."""
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", str(value))
        return text


def make_world(cast: Cast) -> World:
    """Everything twice, around the real now, since pages read the real clock.

    Ada (the athlete) shares pain and notes, Tom (the team mate) does not; Lia has left the squad. Cora (the coach)
    invited Tom.
    """
    now = timezone.now().replace(microsecond=0)
    world = World(cast=cast, now=now, names={})
    squads = {"dawn": cast.squad, "owls": cast.other_squad}
    joined = now - 60 * DAY
    for squad in squads.values():
        midnight = datetime.combine(joined.astimezone(squad.time_zone).date(), time.min, tzinfo=squad.time_zone)
        squad.memberships.update(began_at=joined, sees_from=midnight)
    cast.squad.memberships.filter(person=cast.team_mate).update(shares_health=False)
    lia = make_user("Lia Left")
    make_membership(cast.squad, lia, began_at=joined, ended_at=now - DAY)

    _content(world)
    _routines(world)
    people = {"ada": cast.athlete, "tom": cast.team_mate, "ola": cast.other_athlete, "lia": lia}
    by = {"dawn": cast.coach, "owls": cast.other_coach}
    for name, squad in squads.items():
        world.names[name] = squad.slug
        _dates_of(world, name, squad, by[name], people)
    _own_runs(world, people)
    _weekly(world, "weekly-run-of-ada", cast.athlete, cast.squad, cast.coach)
    _weekly(world, "own-weekly-run-of-ada", cast.athlete, None, cast.athlete)
    _rules(world)
    for name, person in (people | {"cora": cast.coach}).items():
        world.names[name] = person.pk
        world.names[f"email-of-{name}"] = person.email
        token, _secret = make_token(user=person, name=psst(f"token-of-{name}"), scopes=["read"], now=now)
        world.names[f"token-of-{name}"] = token.pk
        world.names[f"unsubscribe-{name}"] = unsubscribe_token(person)
        world.names[f"unsubscribe-{name}-evening"] = unsubscribe_token(person, EVENING_BEFORE)
        feed = make_feed(person=person, now=now)
        world.names |= {f"feed-of-{name}": feed.pk, f"calendar-of-{name}": feed_secret(feed)}
    world.names |= {"coach": cast.coach.pk, "assistant": cast.assistant.pk, "other-coach": cast.other_coach.pk}
    for who in ("ada", "tom", "ola"):
        away = make_away(people[who], since=(now + 20 * DAY).date(), until=(now + 22 * DAY).date())
        world.names[f"away-of-{who}"] = away.pk
    reminders.derive(run_ids=list(Run.objects.values_list("pk", flat=True)), now=now)
    _invitations(world, by)
    return world


def _content(world: World) -> None:
    for status in ("published", "retired", "draft"):
        slug = f"{status}-squat"
        drawn = {"poses": POSES, "poses_digest": poses_digest(POSES)}
        exercise = make_exercise(slug, name=psst(f"{status}-exercise"), status=status, **drawn)
        exercise.equipment.add(make_equipment())
        activation = make_activation(exercise)
        exercise.worked.create(muscle=activation.muscle, role="primary")
        world.names |= {f"{status}-exercise": slug, f"pk-of-{status}": exercise.pk}
    # By a curator who is not among those who ask: what stands before each deed of the workflow.
    rob = second_curator(world.cast.curator)
    for state in ("draft", "in-review", "published+draft"):
        slug = f"robs-{state.replace('+', '-')}"
        exercise = exercise_in(state, author=rob, second=world.cast.curator, slug=slug)
        world.names |= {f"{state}-of-rob": slug, f"pk-of-{state}-of-rob": exercise.pk}
    world.names["pk-of-changed"] = world.names["pk-of-published+draft-of-rob"]
    world.names["pk-of-changed"] = world.names["pk-of-published+draft-of-rob"]
    brought = keep_upload(file_name="muscles.csv", content=b"slug,name\n", actor=world.cast.curator, now=world.now)
    world.names["import-of-cleo"] = brought.pk


def _routines(world: World) -> None:
    cast = world.cast
    owners = {
        "library": None,
        "library-draft": None,
        "kept-by-ada": cast.athlete,
        "done-by-ada": cast.athlete,
        "kept-by-cora": cast.coach,
        "shared-by-cora": cast.coach,
        "given-by-cora": cast.coach,
        "archived-by-cora": cast.coach,
        "shared-by-otto": cast.other_coach,
        "given-by-otto": cast.other_coach,
    }
    for name, owner in owners.items():
        routine = make_routine(psst(f"routine-{name}"), owner=owner)
        world.names[name] = routine.pk
    # By a curator who is not among those who ask: what stands before each deed of the library's workflow.
    rob = User.objects.get(name="Rob Reviewer")
    for state in ("draft", "in-review", "published+draft"):
        routine = routine_in(state, author=rob, second=cast.curator, name=psst(f"routine-{state}-of-rob"))
        world.names[f"{state}-routine-of-rob"] = routine.pk
    Routine.objects.filter(pk=world.names["library-draft"]).update(published=False)
    Routine.objects.filter(pk=world.names["archived-by-cora"]).update(archived_at=world.now)
    for name, squad in (("shared-by-cora", cast.squad), ("shared-by-otto", cast.other_squad)):
        SharedRoutine.objects.create(squad=squad, routine_id=world.names[name])


def _dates_of(world: World, name: str, squad: Squad, coach: User, people: dict[str, User]) -> None:
    """One date of a squad, tomorrow: a series with everyone's run, a routine given to each, sessions of yesterday."""
    starts_at = world.now + DAY
    local = starts_at.astimezone(squad.time_zone)
    routine = Routine.objects.get(pk=world.names["given-by-cora" if name == "dawn" else "given-by-otto"])
    plan: dict[str, Any] = {
        "kind": "easy",
        "local_date": local.date(),
        "local_time": local.time(),
        "time_zone": squad.time_zone,
        "routine": routine,
    }
    series = Series.objects.create(
        squad=squad, made_until=date.max, created_by=coach, created_at=world.now - DAY, **plan
    )
    occurrence = Occurrence.objects.create(series=series, day=local.date(), starts_at=starts_at, **plan)
    world.names[f"series-of-{name}"] = series.pk
    world.names[f"date-of-{name}"] = occurrence.pk
    for member in squad.memberships.filter(role="athlete"):
        who = next(key for key, person in people.items() if person.pk == member.person_id)
        run = make_run(
            people[who],
            starts_at=starts_at,
            squad=squad,
            series=series,
            occurrence=occurrence,
            note=psst(f"run-of-{who}"),
            place=psst(f"place-of-{who}"),
            time_zone=squad.time_zone,
            created_by=coach,
        )
        given = make_assignment(run, routine, by=coach, note=psst(f"assignment-of-{who}"), assigned_at=world.now - DAY)
        past = make_run(people[who], starts_at=world.now - DAY, squad=squad, time_zone=squad.time_zone)
        make_assignment(past, routine, by=coach, assigned_at=world.now - 2 * DAY)
        session = make_session(people[who], run=past, revision=routine.current, note=psst(f"session-of-{who}"), pain=7)
        answered = make_run(people[who], starts_at=world.now - 2 * DAY, squad=squad, time_zone=squad.time_zone)
        make_assignment(answered, routine, by=coach, assigned_at=world.now - 3 * DAY)
        make_answer(answered, reason="hurts", text=psst(f"answer-of-{who}"))
        world.names |= {
            f"run-of-{who}": run.pk,
            f"past-run-of-{who}": past.pk,
            f"answered-run-of-{who}": answered.pk,
            f"answer-{who}": answer_token(answered),
            f"assignment-of-{who}": given.pk,
            f"session-of-{who}": session.pk,
        }


def _weekly(world: World, name: str, ada: User, squad: Squad | None, by: User) -> None:
    """A weekly series, of a squad or of Ada's own, with her run of a date in ten days."""
    starts_at = world.now + 10 * DAY
    zone = squad.time_zone if squad else ada.time_zone
    local = starts_at.astimezone(zone)
    plan: dict[str, Any] = {"local_date": local.date(), "local_time": local.time(), "time_zone": zone}
    series = Series.objects.create(
        squad=squad,
        athlete=None if squad else ada,
        rule=clean_rule("FREQ=WEEKLY", local.replace(tzinfo=None)),
        made_until=date.max,
        created_by=by,
        created_at=world.now - DAY,
        **plan,
    )
    occurrence = Occurrence.objects.create(series=series, day=local.date(), starts_at=starts_at, **plan)
    run = make_run(
        ada, starts_at=starts_at, squad=squad, series=series, occurrence=occurrence, time_zone=zone, created_by=by
    )
    world.names[name] = run.pk


def _own_runs(world: World, people: dict[str, User]) -> None:
    """Ada's run outside any squad with a routine of her own; what she did before she joined."""
    ada = people["ada"]
    run = make_run(ada, starts_at=world.now + 2 * DAY, note=psst("own-run-of-ada"))
    given = make_assignment(run, Routine.objects.get(pk=world.names["done-by-ada"]), assigned_at=world.now - DAY)
    bare = make_run(ada, starts_at=world.now + 3 * DAY)
    before = make_run(ada, starts_at=world.now - 90 * DAY, note=psst("run-of-ada-before"))
    session = make_session(ada, run=before, note=psst("session-of-ada-before"))
    deleted = make_session(ada, started_at=world.now - 3 * DAY, deleted_at=world.now - DAY)
    yesterday = Session.objects.get(pk=world.names["session-of-ada"])
    version = yesterday.versions.create(
        body=body_of(yesterday) | {"given_revision": None}, digest="0" * 64, edited_at=world.now, received_at=world.now
    )
    world.names |= {
        "version-of-ada": version.pk,
        "own-run-of-ada": run.pk,
        "bare-run-of-ada": bare.pk,
        "own-assignment-of-ada": given.pk,
        "run-of-ada-before": before.pk,
        "session-of-ada-before": session.pk,
        "deleted-session-of-ada": deleted.pk,
    }


def _rules(world: World) -> None:
    """Rules of both squads, of Ada (her own and her coach's) and of Tom; for races, of which there are none."""
    cast, names = world.cast, world.names
    cora, by_cora, by_otto = cast.coach, names["given-by-cora"], names["given-by-otto"]
    rows: dict[str, dict[str, Any]] = {
        "rule-of-dawn": {"squad": cast.squad, "routine_id": by_cora, "assigned_by": cora},
        "rule-of-owls": {"squad": cast.other_squad, "routine_id": by_otto, "assigned_by": cast.other_coach},
        "rule-of-ada": {"athlete": cast.athlete, "routine_id": names["done-by-ada"], "assigned_by": cast.athlete},
        "coachs-rule-of-ada": {"athlete": cast.athlete, "routine_id": by_cora, "assigned_by": cora},
        "rule-of-tom": {"athlete": cast.team_mate, "routine_id": by_cora, "assigned_by": cora},
    }
    for name, fields in rows.items():
        rule = StandingAssignment.objects.create(
            kinds=["race"],
            since=(world.now - 10 * DAY).date(),
            note=psst(name),
            by_coach=name != "rule-of-ada",
            assigned_at=world.now - 10 * DAY,
            **fields,
        )
        names[name] = rule.pk


def _invitations(world: World, by: dict[str, User]) -> None:
    """One open invitation a squad, one to Ada from the other squad, and the one by which Tom joined."""
    cast, now = world.cast, world.now
    rows = {
        "to-somebody": (cast.squad, cast.coach, "psst-somebody@runners.example", {}),
        "to-stranger": (cast.other_squad, cast.other_coach, "psst-stranger@runners.example", {}),
        "to-ada": (cast.other_squad, cast.other_coach, cast.athlete.email, {}),
        "to-tom": (cast.squad, cast.coach, cast.team_mate.email, {"accepted_at": now, "accepted_by": cast.team_mate}),
    }
    for number, (name, (squad, sender, email, fields)) in enumerate(rows.items()):
        invitation = Invitation.objects.create(
            squad=squad,
            email=email,
            nonce=f"nonce-{number}",
            created_by=sender,
            created_at=now,
            expires_at=now + DAY,
            mail_next_at=now,
            **fields,
        )
        world.names[f"invitation-{name}"] = invitation.pk
        world.names[f"link-{name}"] = invitation_token(invitation)
    for name, coach in by.items():
        squad = {"dawn": cast.squad, "owls": cast.other_squad}[name]
        link = make_join_link(squad=squad, actor=coach, role="athlete", limit=9, good_for=7, now=now)
        world.names |= {f"join-{name}": link.pk, f"join-link-{name}": join_token(link)}


READING = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


@contextmanager
def written() -> Iterator[list[str]]:
    """Collects the statements that may change a row; while there are none, `everything` is as it was."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().upper().startswith(READING):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of our tables, but for when somebody signed in or used a token: to see what a request changed."""
    rows = {}
    with connection.cursor() as cursor:
        for table, columns in _tables():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows


@cache
def _tables() -> list[tuple[str, str]]:
    models = [
        model
        for name in ("accounts", "account", "warmups", "plans")
        for model in apps.get_app_config(name).get_models(True)
    ]
    return [
        (
            model._meta.db_table,
            ", ".join(
                f'"{field.column}"' for field in model._meta.fields if field.name not in {"last_used_at", "last_login"}
            ),
        )
        for model in models
    ]
