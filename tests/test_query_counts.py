"""Each list and each page costs the same number of queries with one row and with three.

A line of `CASES` is an address, who asks (a name of the cast; None: a visitor), and a function that makes one more row
of everything the page shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.audit import record
from accounts.domain.security import make_token
from accounts.models import User
from plans.domain import reminders
from plans.domain.feeds import feed_secret, make_feed
from plans.domain.invitations import invite
from plans.domain.join_links import make_join_link
from plans.domain.run_answers import answer_token
from plans.domain.sessions import body_of
from plans.models import Assignment, Feed, Invitation, Occurrence, Run, Series, Session, SharedRoutine
from tests.conftest import Cast
from tests.factories import (
    NOW,
    edit_exercise,
    make_activation,
    make_answer,
    make_assignment,
    make_away,
    make_equipment,
    make_exercise,
    make_index,
    make_membership,
    make_muscle,
    make_outcome,
    make_own_default,
    make_revision,
    make_routine,
    make_run,
    make_session,
    make_squad,
    make_standing,
    make_study,
    make_user,
)
from warmups.domain.content import CONTENT
from warmups.domain.exercises import comment_on, publish_exercise, save_draft, submit_for_review
from warmups.models import (
    Exercise,
    ExerciseMuscle,
    ExerciseVersion,
    Muscle,
    Routine,
    Study,
    Substitute,
    touch_library,
)

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POSES = json.loads((CONTENT / "poses" / "clamshell.json").read_text())


def full_exercise(number: int) -> Exercise:
    """An exercise with all that may hang on one."""
    exercise = make_exercise(
        f"exercise-{number}",
        name=f"Full exercise {number}",
        easier=make_exercise(f"easier-{number}"),
        harder=make_exercise(f"harder-{number}"),
    )
    exercise.equipment.add(make_equipment("step-0"))
    for muscle in (make_muscle("soleus"), make_muscle(f"muscle-{number}")):
        ExerciseMuscle.objects.create(exercise=exercise, muscle=muscle, role="primary")
    Substitute.objects.create(exercise=exercise, when="hurts", substitute=make_exercise(f"substitute-{number}"))
    make_activation(exercise, muscle)
    return exercise


def more_of_one_exercise(cast: Cast, number: int) -> None:
    """One more of what hangs on the exercise "one"."""
    one = Exercise.objects.filter(slug="one").first() or make_exercise("one")
    one.equipment.add(make_equipment(f"equipment-{number}"))
    muscle = make_muscle(f"muscle-{number}")
    ExerciseMuscle.objects.create(exercise=one, muscle=muscle, role="primary")
    Substitute.objects.create(exercise=one, when="hurts", substitute=make_exercise(f"substitute-{number}"))
    make_activation(one, muscle)
    make_activation(one, muscle, rankable=False)
    chained = make_exercise(f"chained-{number}", easier=Exercise.objects.filter(slug=f"chained-{number - 1}").first())
    edit_exercise(chained.easier or one, harder=chained)
    index = make_index(one, study=Study.objects.filter(indices__exercise=one).first())
    make_index(chained, study=index.study)


def more_of_a_history(cast: Cast, number: int) -> None:
    """One more version of the exercise "one", remarked on and published by others."""
    one = Exercise.objects.filter(slug="one").first() or make_exercise("one", poses=POSES)
    worked = {"primary": [make_muscle("soleus").slug], "secondary": []}
    document = ExerciseVersion.objects.get(pk=one.latest_id).document | {"muscles": worked, "feel": f"Deep {number}."}
    writer, reader = (make_user(f"{name} {number}", is_staff=True, is_superuser=True) for name in ("Wim", "Rea"))
    save_draft(exercise=one, document=document, actor=writer, now=NOW, reason=f"Why {number}.")
    comment_on(exercise=one, actor=reader, now=NOW, text=f"Which hip {number}?")
    submit_for_review(exercise=one, actor=writer, now=NOW)
    publish_exercise(exercise=one, actor=reader, now=NOW)


def more_of_the_board(cast: Cast, number: int) -> None:
    """One more of whatever curators should look at."""
    gone = make_exercise(f"gone-{number}", status="retired")
    leaning = make_exercise(f"leaning-{number}", easier=gone, review_due=NOW.date() - timedelta(days=1))
    Substitute.objects.create(exercise=leaning, when="hurts", substitute=gone)
    make_exercise(f"draft-{number}", status="draft", author=make_user(f"Wim {number}"))
    make_exercise(f"in-review-{number}", status="in-review", author=make_user(f"Rea {number}"))
    make_study(f"lost-{number}", bibliography_checked=False)
    routine = make_routine(f"Library {number}", exercises=[gone, leaning])
    for person in range(5):
        for _time in range(2):
            steps = [{"position": 2, "skipped": True, "skip_reason": "hurts"}]
            athlete = make_user(f"Runner {number} {person} {_time}")
            make_session(athlete, revision=routine.current, steps=steps, started_at=timezone.now() - DAY)


def more_of_a_record(cast: Cast, number: int) -> None:
    """One more change of the muscle "soleus"."""
    after = {"name": f"Deep calf {number}"}
    record(
        actor=make_user(f"Helper {number}"), action="muscle.change", target=make_muscle("soleus"), now=NOW, after=after
    )


def more_evidence(cast: Cast, number: int) -> None:
    """One study more with all that it may have found."""
    study = make_study(citation=f"Author{number} A, Journal")
    make_activation(make_exercise(f"measured-{number}"), study=study)
    make_outcome(study=study)
    make_outcome(study=study, topic="stretching")


def more_of_one_muscle(cast: Cast, number: int) -> None:
    """One more exercise of each kind that its page tells apart."""
    soleus = make_muscle("soleus")
    for slug in (f"measured-{number}", f"in-another-band-{number}"):
        make_activation(make_exercise(slug), soleus, mean=90 if "another" in slug else 30)
    for role in ("primary", "secondary"):
        ExerciseMuscle.objects.create(exercise=make_exercise(f"{role}-{number}"), muscle=soleus, role=role)


def full_routine(cast: Cast, number: int) -> None:
    """A library routine, an own one, and one seen through the squad."""
    exercises = [full_exercise(2 * number), full_exercise(2 * number + 1)]
    source = make_routine(f"Library {number}", exercises=exercises)
    make_routine(f"Own {number}", owner=cast.athlete, exercises=exercises, copied_from=source)


def archived_routine(cast: Cast, number: int) -> None:
    """A routine of the library that was taken out of use."""
    make_routine(f"Archived {number}", archived_at=NOW)


def more_of_one_routine(cast: Cast, number: int) -> None:
    """One step more of the routine "one", in one revision more."""
    one = Routine.objects.filter(slug="one").first() or make_routine("One", slug="one", exercises=[full_exercise(1000)])
    exercises = [step.exercise for step in one.current.steps.all()]
    one.current = one.latest = make_revision(one, [*exercises, full_exercise(number)])
    one.save()


def joined_in(cast: Cast) -> datetime:
    """Since when the cast's squad is together: 60 days before the real now, which pages read."""
    joined = timezone.now().replace(microsecond=0) - 60 * DAY
    cast.squad.memberships.update(began_at=joined, sees_from=joined)
    return joined


def more_of_a_squad(cast: Cast, number: int) -> None:
    """One more of all that a squad has: an athlete, a coach, runs of everyone with warm-ups, sessions, invitations."""
    now = timezone.now().replace(microsecond=0)
    joined = joined_in(cast)
    athlete, coach = make_user(f"Athlete {number}"), make_user(f"Coach {number}")
    make_membership(cast.squad, athlete, began_at=joined)
    make_membership(cast.squad, coach, "coach", began_at=joined)
    for person in (cast.athlete, cast.coach):
        another = make_squad(f"Another {number}", coach=coach, default_routine=make_routine(f"Default {number}"))
        make_membership(another, person, "athlete", began_at=joined)
        make_token(user=person, name=f"Token {number}", scopes=["read"], now=now)
    SharedRoutine.objects.create(squad=cast.squad, routine=make_routine(f"Shared {number}", owner=coach))
    for sender in (cast.coach, coach):
        invite(
            squad=cast.squad,
            actor=sender,
            email=f"asked-by-{sender.pk}-{number}@runners.example",
            role="athlete",
            now=now,
        )
    Invitation.objects.filter(email=f"asked-by-{coach.pk}-{number}@runners.example").update(
        accepted_at=now, accepted_by=athlete
    )
    for days in (-1, 1):
        starts_at = now + days * DAY + number * HOUR
        local = starts_at.astimezone(cast.squad.time_zone)
        plan = {
            "kind": "tempo",
            "local_date": local.date(),
            "local_time": local.time(),
            "time_zone": cast.squad.time_zone,
        }
        series = Series.objects.create(
            squad=cast.squad, made_until=local.date(), created_by=coach, created_at=now, **plan
        )
        date = Occurrence.objects.create(series=series, day=local.date(), starts_at=starts_at, **plan)
        for person in (athlete, cast.athlete):
            of_squad = make_run(
                person, starts_at=starts_at, squad=cast.squad, series=series, occurrence=date, kind="tempo"
            )
            own = make_run(person, starts_at=starts_at + HOUR / 2, place=f"Place {number}")
            for run in (of_squad, own):
                make_assignment(run, make_routine(f"Given {number}", owner=coach), by=coach, note=f"Note {number}")
                if days < 0:
                    make_session(
                        person, run=run, pain=8, rpe=9, note=f"Hurts {number}", revision=run.assignment.revision
                    )
                else:
                    answered = make_run(person, squad=run.squad, starts_at=now - DAY / 2 - number * HOUR, kind="tempo")
                    make_assignment(answered, run.assignment.revision.routine, by=coach)
                    make_answer(answered, reason="hurts", text=f"Sore {number}")
    reminders.derive(run_ids=list(Run.objects.values_list("pk", flat=True)), now=now)


def more_to_answer(cast: Cast, number: int) -> None:
    """One more squad whose coaches see what the athlete answers of a run."""
    Run.objects.filter(athlete=cast.athlete).first() or make_run(cast.athlete, starts_at=timezone.now() - HOUR)
    make_membership(make_squad(f"Another {number}"), cast.athlete)


def more_rules(cast: Cast, number: int) -> None:
    """One more of all that says which warm-up a run gets, and of runs that it is said of."""
    more_of_a_squad(cast, number)
    day = timezone.now().date()
    athlete = User.objects.get(name=f"Athlete {number}")
    make_own_default(athlete, make_routine(f"Own {number}"))
    for until in (None, day - DAY):
        for whose in ({"squad": cast.squad}, {"athlete": cast.athlete}, {"athlete": athlete}):
            by = make_user(f"Setter {number}")
            make_standing(make_routine(f"Rule {number}"), since=day - 2 * DAY, until=until, by=by, **whose)


def more_of_one_warm_up(cast: Cast, number: int) -> None:
    """One step more in the routine "one", which a run of the athlete was given; a session of it."""
    joined_in(cast)
    more_of_one_routine(cast, number)
    one = Routine.objects.get(slug="one")
    run = Run.objects.filter(athlete=cast.athlete).first() or make_run(cast.athlete, starts_at=timezone.now() + DAY)
    Assignment.objects.filter(run=run).delete()
    make_assignment(run, one, by=cast.coach)
    steps = [{"position": step.position, "skipped": False, "sets_done": 1} for step in one.current.steps.all()]
    session = Session.objects.filter(run=run).first() or make_session(cast.athlete, run=run)
    Session.objects.filter(pk=session.pk).update(revision=one.current, steps=steps)


def more_logged(cast: Cast, number: int) -> None:
    """A session more of a routine of its own, with an exercise that stood in, and a run."""
    exercise, other = (make_exercise(f"{name}-{number}", name=f"{name} {number}") for name in ("logged", "instead"))
    for each in (exercise, other):
        make_activation(each, make_muscle(f"of-{each.slug}"))
    revision = make_revision(make_routine(f"Logged {number}"), [exercise, other])
    steps = [
        {"position": 1, "skipped": False, "swapped_for": None, "harder_side": "left"},
        {"position": 2, "skipped": False, "swapped_for": other.slug, "harder_side": "right"},
    ]
    run = make_run(cast.athlete, starts_at=timezone.now() - (number + 1) * DAY)
    make_session(cast.athlete, run=run, revision=revision, steps=steps, rpe=number, pain=number, readiness=number + 1)


def more_versions(cast: Cast, number: int) -> None:
    """A version more of the athlete's session."""
    more_of_one_warm_up(cast, number)
    session = Session.objects.filter(athlete=cast.athlete).earliest("started_at")
    body = body_of(session) | {"given_revision": None, "note": f"note {number}"}
    session.versions.create(body=body, digest=f"{number:064}", edited_at=NOW, received_at=NOW)


def more_join_links(cast: Cast, number: int) -> None:
    """One more link with which people join."""
    fields = {"role": "athlete", "limit": number + 1, "good_for": 7, "now": timezone.now()}
    make_join_link(squad=cast.squad, actor=cast.coach, **fields)


def more_away_dates(cast: Cast, number: int) -> None:
    """Away dates of the athlete, some over, some to come, by two people."""
    joined_in(cast)
    for days in (-10, 10):
        day = timezone.now().date() + (days * (number + 1)) * DAY
        make_away(cast.athlete, since=day, until=day + DAY, created_by=cast.coach if number % 2 else cast.athlete)


def more_of_a_feed(cast: Cast, number: int) -> None:
    """One more run of the athlete and of the squad, and one more feed of the coach."""
    more_of_a_squad(cast, number)
    now = timezone.now()
    if not Feed.objects.filter(person=cast.athlete).exists():
        make_feed(person=cast.athlete, now=now)
    make_feed(person=cast.coach, squad=cast.squad, now=now)


EXERCISES = "/api/v1/exercises/"
SQUAD = "squads/dawn-patrol/"
FILTERS = "q=exercise+soleus&equipment=none&equipment=step-0&lying=false&max_difficulty=5&avoid=groin-pain"
CASES: list[tuple[str, str | None, Callable[[Cast, int], Any]]] = [
    (EXERCISES, None, lambda cast, number: full_exercise(number)),
    (f"{EXERCISES}?{FILTERS}&muscle=soleus&phase=activate", None, lambda cast, number: full_exercise(number)),
    (f"{EXERCISES}one/", None, more_of_one_exercise),
    ("/api/v1/muscles/", None, lambda cast, number: make_muscle(f"muscle-{number}")),
    ("/api/v1/equipment/", None, lambda cast, number: make_equipment(f"equipment-{number}")),
    ("/api/v1/studies/", None, lambda cast, number: make_study()),
    ("/api/v1/routines/", "athlete", full_routine),
    ("/api/v1/routines/", None, full_routine),
    ("/api/v1/routines/{one}/", None, more_of_one_routine),
    ("/api/v1/routines/{one}/revisions/", None, more_of_one_routine),
    ("/exercises/", None, lambda cast, number: full_exercise(number)),
    (f"/exercises/?{FILTERS}", "athlete", lambda cast, number: full_exercise(number)),
    ("/exercises/one/", None, more_of_one_exercise),
    ("/exercises/one/", "curator", more_of_one_exercise),
    ("/evidence/", None, more_evidence),
    ("/muscles/", None, lambda cast, number: make_muscle(f"muscle-{number}")),
    ("/muscles/soleus/", None, more_of_one_muscle),
    ("/muscles/soleus/", "curator", more_of_one_muscle),
    ("/routines/", "athlete", full_routine),
    ("/routines/suggest/", None, lambda cast, number: full_exercise(number)),
    ("/routines/suggest/?minutes=9", "athlete", lambda cast, number: full_exercise(number)),
    ("/routines/{one}/", "athlete", more_of_one_routine),
    ("/routines/{one}/revisions/", None, more_of_one_routine),
    ("/routines/{one}/revisions/", "curator", more_of_one_routine),
    ("/routines/{one}/compare/", "athlete", more_of_one_routine),
    ("/routines/{one}/revisions/1/bring-back/", "curator", more_of_one_routine),
    ("/routines/{one}/", "curator", more_of_one_routine),
    ("/routines/{one}/?minutes=1&standing=on", None, more_of_one_routine),
    ("/routines/{one}/card/", "athlete", more_of_one_routine),
    ("/routines/{one}/edit/", "curator", more_of_one_routine),
    ("/routines/{one}/routine.json", "athlete", more_of_one_routine),
    ("/routines/{one}/workout.fit", "athlete", more_of_one_routine),
    ("/api/v1/routines/{one}/version/?minutes=1&lying=false", None, more_of_one_routine),
    ("/api/v1/routines/{one}/export/", None, more_of_one_routine),
    ("/routines/new/", "coach", full_routine),
    ("/routines/?archived=on", "curator", archived_routine),
    ("/admin/warmups/exercise/", "curator", lambda cast, number: full_exercise(number)),
    ("/admin/warmups/activation/", "curator", lambda cast, number: full_exercise(number)),
    ("/admin/warmups/outcome/", "curator", more_evidence),
    ("/admin/warmups/glutealindex/", "curator", more_of_one_exercise),
    ("/admin/warmups/routine/", "curator", full_routine),
    ("/api/v1/tokens/", "athlete", more_of_a_squad),
    ("/api/v1/routines/", "coach", more_of_a_squad),
    ("/api/v1/squads/", "athlete", more_of_a_squad),
    ("/api/v1/squads/", "coach", more_of_a_squad),
    (f"/api/v1/{SQUAD}", "athlete", more_of_a_squad),
    (f"/api/v1/{SQUAD}members/", "athlete", more_of_a_squad),
    (f"/api/v1/{SQUAD}members/", "coach", more_of_a_squad),
    (f"/api/v1/{SQUAD}invitations/", "coach", more_of_a_squad),
    (f"/api/v1/{SQUAD}board/", "assistant", more_of_a_squad),
    ("/api/v1/runs/", "athlete", more_of_a_squad),
    ("/api/v1/runs/", "coach", more_of_a_squad),
    ("/api/v1/runs/?cancelled=true&squad=dawn-patrol&athlete={athlete}", "coach", more_of_a_squad),
    ("/api/v1/assignments/", "athlete", more_of_a_squad),
    ("/api/v1/assignments/", "coach", more_of_a_squad),
    ("/api/v1/sessions/", "athlete", more_of_a_squad),
    ("/api/v1/sessions/", "coach", more_of_a_squad),
    ("/api/v1/sessions/{session}/", "coach", more_of_one_warm_up),
    ("/api/v1/reminders/", "athlete", more_of_a_squad),
    ("/today/", "athlete", more_of_a_squad),
    ("/today/?steps", "athlete", more_of_one_warm_up),
    ("/calendar/", "athlete", more_of_a_squad),
    ("/away/", "athlete", more_away_dates),
    (f"/{SQUAD}athletes/{{athlete}}/", "assistant", more_away_dates),
    (f"/{SQUAD}athletes/{{athlete}}/away/", "coach", more_away_dates),
    ("/api/v1/me/away/", "athlete", more_away_dates),
    ("/warm-ups/", "athlete", more_rules),
    (f"/{SQUAD}warm-ups/", "coach", more_rules),
    (f"/{SQUAD}warm-ups/runs/", "coach", more_rules),
    (f"/{SQUAD}warm-ups/runs/?without=on", "coach", more_rules),
    (f"/{SQUAD}athletes/{{athlete}}/warm-ups/", "coach", more_rules),
    (f"/{SQUAD}warm-ups/usual/", "coach", more_rules),
    ("/api/v1/standing-assignments/", "coach", more_rules),
    ("/api/v1/standing-assignments/?over=true", "athlete", more_rules),
    ("/api/v1/runs/?squad=dawn-patrol", "coach", more_rules),
    ("/routines/", "coach", more_of_a_squad),
    ("/runs/new/", "coach", more_of_a_squad),
    ("/runs/{run}/", "athlete", more_of_one_warm_up),
    ("/runs/{run}/warm-up/", "coach", more_of_a_squad),
    ("/warm-up/{run}/", "athlete", more_of_one_warm_up),
    ("/warm-up/try/{one}/?minutes=1&standing=on", None, more_of_one_routine),
    ("/warm-up/try/{one}/", None, more_of_one_routine),
    ("/warm-up/suggested/?minutes=9", None, lambda cast, number: full_exercise(number)),
    ("/sessions/", "athlete", more_of_a_squad),
    ("/sessions/?span=all", "athlete", more_logged),
    ("/sessions/{session}/", "athlete", more_of_one_warm_up),
    ("/squads/", "athlete", more_of_a_squad),
    ("/squads/new/", "coach", more_of_a_squad),
    (f"/{SQUAD}", "athlete", more_of_a_squad),
    (f"/{SQUAD}", "coach", more_of_a_squad),
    (f"/{SQUAD}plan/", "coach", more_of_a_squad),
    (f"/{SQUAD}settings/", "coach", more_of_a_squad),
    (f"/{SQUAD}hand-over/", "coach", more_of_a_squad),
    ("/start/", "curator", more_of_one_routine),
    ("/sessions/{session}/edit/", "athlete", more_of_one_warm_up),
    ("/warm-up/{run}/log/", "athlete", more_of_one_warm_up),
    ("/sessions/new/", "athlete", more_of_a_squad),
    ("/sessions/{session}/history/", "athlete", more_versions),
    ("/api/v1/sessions/{session}/versions/", "athlete", more_versions),
    (f"/{SQUAD}invitations/", "coach", more_of_a_squad),
    (f"/{SQUAD}invitations/?links", "coach", more_join_links),
    (f"/api/v1/{SQUAD}join-links/", "coach", more_join_links),
    (f"/{SQUAD}athletes/{{athlete}}/", "coach", more_of_a_squad),
    ("/settings/calendar/", "coach", more_of_a_feed),
    ("/api/v1/calendar/{own-feed}.ics", None, more_of_a_feed),
    ("/api/v1/calendar/{squad-feed}.ics", None, more_of_a_feed),
    ("/answer/{answer}/skipped/", None, more_to_answer),
    ("/settings/tokens/", "athlete", more_of_a_squad),
    ("/admin/plans/squad/", "superuser", more_of_a_squad),
    ("/admin/plans/membership/", "superuser", more_of_a_squad),
    ("/admin/plans/invitation/", "superuser", more_of_a_squad),
    ("/admin/plans/series/", "superuser", more_of_a_squad),
    ("/admin/plans/run/", "superuser", more_of_a_squad),
    ("/admin/plans/assignment/", "superuser", more_of_a_squad),
    ("/admin/plans/reminder/", "superuser", more_of_a_squad),
    ("/admin/accounts/user/", "superuser", more_of_a_squad),
    ("/admin/accounts/apitoken/", "superuser", more_of_a_squad),
    ("/admin/accounts/auditentry/", "superuser", more_of_a_squad),
    ("/admin/warmups/exercise/{exercise}/history/", "curator", more_of_a_history),
    ("/admin/warmups/exercise/{exercise}/compare/?from=1&to=2", "curator", more_of_a_history),
    ("/admin/content/", "curator", more_of_the_board),
    ("/admin/warmups/muscle/{muscle}/history/", "curator", more_of_a_record),
]


@pytest.mark.parametrize(
    ("address", "who", "make"), CASES, ids=[f"{who} {address[:60]}" for address, who, _make in CASES]
)
def test_one_row_and_three_cost_the_same(
    cast: Cast,
    browser_of: Callable[..., Client],
    address: str,
    who: str | None,
    make: Callable[[Cast, int], Any],
) -> None:
    client = browser_of(getattr(cast, who) if who else None)
    make(cast, 0)
    address = filled(address, cast)
    first = answer_of(client, address)  # and fills what is kept between requests
    touch_library()  # but for what is kept until the library changes
    with CaptureQueriesContext(connection) as with_one:
        answer_of(client, address)
    make(cast, 1)
    make(cast, 2)
    touch_library()
    with CaptureQueriesContext(connection) as with_three:
        more = answer_of(client, address)
    assert len(more) > len(first), "three rows have to show more than one"
    assert len(with_three) == len(with_one), "\n".join(query["sql"][:200] for query in with_three.captured_queries)


def filled(address: str, cast: Cast) -> str:
    """`address` with the keys of what its {words} stand for."""
    rows = {
        "{athlete}": cast.athlete,
        "{own-feed}": Feed.objects.filter(person=cast.athlete).first(),
        "{squad-feed}": Feed.objects.filter(person=cast.coach).first(),
        "{exercise}": Exercise.objects.filter(slug="one").first(),
        "{muscle}": Muscle.objects.filter(slug="soleus").first(),
        "{one}": Routine.objects.filter(slug="one").first(),
        "{run}": Run.objects.filter(athlete=cast.athlete).order_by("-starts_at").first(),
        "{session}": Session.objects.filter(athlete=cast.athlete).first(),
    }
    if "{answer}" in address:
        address = address.replace("{answer}", answer_token(Run.objects.get(athlete=cast.athlete)))
    for word, row in rows.items():
        key = feed_secret(row) if isinstance(row, Feed) else row.pk if row else ""
        address = address.replace(word, str(key))
    return address


def answer_of(client: Client, address: str) -> bytes:
    """What an address answers."""
    answer = client.get(address)
    assert answer.status_code == 200
    return bytes(answer.content)
