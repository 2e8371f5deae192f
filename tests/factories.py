"""One plain function for each model: what a test does not care about gets a sensible value."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from accounts.models import User
from plans.models import Assignment, Away, Membership, OwnDefault, Run, RunAnswer, Session, Squad, StandingAssignment
from warmups.domain.exercise_documents import DOSE, Document, as_number
from warmups.domain.exercise_rows import SAME
from warmups.domain.figures import poses_digest
from warmups.models import (
    Activation,
    Equipment,
    Exercise,
    ExerciseMuscle,
    ExerciseVersion,
    GlutealIndex,
    Muscle,
    Outcome,
    Revision,
    Routine,
    Step,
    Study,
)
from warmups.workflow import exercise_workflow

NOW = datetime(2027, 3, 15, 12, 0, tzinfo=UTC)  # a Monday noon; what "now" is in tests that need one
BERLIN = ZoneInfo("Europe/Berlin")
_numbers = count(1)


def make_user(name: str = "", *, verified: bool = True, **fields: Any) -> User:
    """A person with the password "warm-up-123" and, unless said otherwise, a proven address."""
    number = next(_numbers)
    name = name or f"Person {number}"
    email = fields.pop("email", f"{name.split()[0].lower()}{number}@runners.example")
    password = fields.pop("password", "warm-up-123")
    user = User.objects.create_user(email, password, name=name, **{"time_zone": BERLIN} | fields)
    if verified:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def make_muscle(slug: str = "gluteus-medius", **fields: Any) -> Muscle:
    """A muscle; the same one for the same slug."""
    values = {"name": slug.replace("-", " "), "latin_name": f"M. {slug}", "region": "hip-lateral", "kind": "muscle"}
    return Muscle.objects.get_or_create(slug=slug, defaults=values | fields)[0]


def make_equipment(slug: str = "mini-band") -> Equipment:
    """Equipment; the same for the same slug."""
    return Equipment.objects.get_or_create(slug=slug, defaults={"name": slug.replace("-", " ")})[0]


def make_study(slug: str = "", **fields: Any) -> Study:
    """A study."""
    slug = slug or f"study-{next(_numbers)}"
    return Study.objects.create(slug=slug, **{"citation": f"{slug}, Journal of Tests", "year": 2011} | fields)


def make_activation(exercise: Exercise, muscle: Muscle | None = None, **fields: Any) -> Activation:
    """A rankable figure: 60 %MVIC in 20 people."""
    values: dict[str, Any] = {
        "code": f"T{next(_numbers)}",
        "study": fields.pop("study", None) or make_study(),
        "mean": 60,
        "sd": 15,
        "n": 20,
        "statistic": "mean",
        "load": "bodyweight",
        "source_kind": "primary_abstract",
        "rankable": True,
    }
    return Activation.objects.create(exercise=exercise, muscle=muscle or make_muscle(), **values | fields)


def make_outcome(**fields: Any) -> Outcome:
    """A trial's result: a hazard ratio of 0.66, 0.45 to 0.97, in 214 people."""
    values: dict[str, Any] = {
        "code": f"O{next(_numbers)}",
        "topic": "running-injury-prevention",
        "study": fields.pop("study", None) or make_study(),
        "intervention": "hip-and-core exercises before runs",
        "comparator": "static stretching",
        "outcome": "any lower-limb injury",
        "direction": "favours-intervention",
        "measure": "hazard ratio",
        "value": Decimal("0.66"),
        "ci_low": Decimal("0.45"),
        "ci_high": Decimal("0.97"),
        "n": 214,
        "timing": "24 weeks",
        "source_kind": "primary_abstract",
    }
    return Outcome.objects.create(**values | fields)


def make_index(exercise: Exercise, value: str = "115", **fields: Any) -> GlutealIndex:
    """A gluteal index."""
    study = fields.pop("study", None) or make_study()
    code = f"I{next(_numbers)}"
    return GlutealIndex.objects.create(exercise=exercise, study=study, code=code, value=Decimal(value), **fields)


def make_exercise(slug: str = "", *, author: User | None = None, **fields: Any) -> Exercise:
    """A published exercise: 8 repetitions of 3 seconds a side, standing on one leg; its one version is by `author`."""
    slug = slug or f"exercise-{next(_numbers)}"
    values: dict[str, Any] = {
        "name": slug.replace("-", " ").capitalize(),
        "category": "activation",
        "phase": "activate",
        "position": "single-leg",
        "lying": False,
        "unilateral": True,
        "alternating": False,
        "mode": "reps",
        "sets": 1,
        "reps": 8,
        "tempo": "1-1-1",
        "seconds_per_rep": 3,
        "space": "spot",
        "running_role": "single-leg-stance",
        "difficulty": 2,
        "evidence_level": "B",
        "summary": "Stand tall on one leg.",
        "set_up": "Stand tall.",
        "instructions": ["Shift your weight.", "Lift the other foot."],
        "cues": ["Hips level."],
        "feel": "The outer hip works.",
    }
    status = fields.pop("status", Exercise.Status.PUBLISHED)
    if fields.get("poses") is not None:
        fields.setdefault("poses_digest", poses_digest(fields["poses"]))
    with exercise_workflow():
        exercise = Exercise.objects.create(slug=slug, **values | fields)
        exercise.latest = ExerciseVersion.objects.create(
            exercise=exercise, number=1, document=document_of(exercise), author=author, made_at=NOW - timedelta(days=90)
        )
        exercise.status, exercise.next_status = status, status
        if status in ("published", "retired"):
            exercise.published_version, exercise.next_status = exercise.latest, ""
            ExerciseVersion.objects.filter(pk=exercise.latest.pk).update(published_at=NOW - timedelta(days=89))
        exercise.save()
    return exercise


def edit_exercise(exercise: Exercise, **fields: Any) -> Exercise:
    """Write past the workflow what a test needs to be so, and make it what the latest version says."""
    with exercise_workflow():
        for name, value in fields.items():
            setattr(exercise, name, value)
        exercise.save()
        ExerciseVersion.objects.filter(pk=exercise.latest_id).update(document=document_of(exercise))
    return Exercise.objects.get(pk=exercise.pk)


def document_of(exercise: Exercise) -> Document:
    """What an exercise's rows say, as a document."""
    worked = list(exercise.worked.select_related("muscle"))
    dates = {"on": exercise.reviewed_on, "due": exercise.review_due}
    pace = exercise.seconds_per_rep
    return {name: getattr(exercise, name) for name in SAME} | {
        "dose": {name: getattr(exercise, name) for name in DOSE},
        "seconds_per_rep": None if pace is None else as_number(Decimal(pace)),
        "steps": exercise.instructions,
        "equipment": sorted(row.slug for row in exercise.equipment.all()),
        "easier": exercise.easier.slug if exercise.easier else None,
        "harder": exercise.harder.slug if exercise.harder else None,
        "muscles": {
            role: [row.muscle.slug for row in worked if row.role == role] for role in ExerciseMuscle.Role.values
        },
        "substitutes": [
            {"when": row.when, "exercise": row.substitute.slug}
            for row in exercise.substitutes.select_related("substitute")
        ],
        "review": {"by": exercise.reviewed_by}
        | {name: day.isoformat() if day else None for name, day in dates.items()},
    }


def make_routine(
    name: str = "Five before easy runs", *, owner: User | None = None, steps: int = 2, **fields: Any
) -> Routine:
    """A routine with one revision of `steps` steps; without an owner a published one of the library."""
    now = fields.pop("created_at", NOW - timedelta(days=100))
    exercises = fields.pop("exercises", None) or [make_exercise() for _ in range(steps)]
    routine = Routine.objects.create(owner=owner, name=name, published=owner is None, created_at=now, **fields)
    routine.current = routine.latest = make_revision(routine, exercises, now=now)
    routine.save(update_fields=["current", "latest"])
    return routine


def make_revision(routine: Routine, exercises: list[Exercise], *, now: datetime = NOW) -> Revision:
    """The next revision of a routine, a step for each exercise."""
    revision = Revision.objects.create(
        routine=routine,
        number=routine.revisions.count() + 1,
        name=routine.name,
        description=routine.description,
        published_at=now if routine.published else None,
        duration_seconds=60 * len(exercises),
        created_by=routine.owner,
        created_at=now,
    )
    for position, exercise in enumerate(exercises, start=1):
        Step.objects.create(
            revision=revision,
            position=position,
            exercise=exercise,
            exercise_name=exercise.name,
            mode=exercise.mode,
            seconds_per_rep=exercise.seconds_per_rep,
            sets=exercise.sets,
            reps=exercise.reps,
            hold_seconds=exercise.hold_seconds,
            metres=exercise.metres,
            sides="each" if exercise.unilateral else None,
            tempo=exercise.tempo,
            rank=position,
        )
    return revision


def rewrite(rows: QuerySet, **values: Any) -> None:
    """Make rows that are written once what a test needs them to be."""
    QuerySet(rows.model).filter(pk__in=list(rows.values_list("pk", flat=True))).update(**values)


def make_squad(name: str = "", *, coach: User | None = None, athletes: tuple[User, ...] = (), **fields: Any) -> Squad:
    """A squad in Berlin, founded 60 days before NOW, with these people in it since."""
    number = next(_numbers)
    name = name or f"Squad {number}"
    values = {"slug": f"squad-{number}", "time_zone": BERLIN, "created_at": NOW - timedelta(days=60)}
    squad = Squad.objects.create(name=name, **values | fields)
    if coach:
        make_membership(squad, coach, "coach")
    for athlete in athletes:
        make_membership(squad, athlete)
    return squad


def make_membership(squad: Squad, person: User, role: str = "athlete", **fields: Any) -> Membership:
    """A person in a squad since 60 days before NOW, pain and notes shared."""
    began = fields.pop("began_at", NOW - timedelta(days=60))
    day = datetime.combine(began.astimezone(squad.time_zone).date(), time.min, tzinfo=squad.time_zone)
    values = {"began_at": began, "sees_from": day, "shares_health": True}
    return Membership.objects.create(squad=squad, person=person, role=role, **values | fields)


def make_run(athlete: User, *, starts_at: datetime = NOW + timedelta(hours=6), **fields: Any) -> Run:
    """An easy run six hours after NOW, in the athlete's zone."""
    zone = fields.pop("time_zone", athlete.time_zone)
    local = starts_at.astimezone(zone)
    values = {"kind": "easy", "created_by": athlete, "created_at": NOW - timedelta(days=1)}
    return Run.objects.create(
        athlete=athlete,
        time_zone=zone,
        local_date=local.date(),
        local_time=local.time(),
        starts_at=starts_at,
        **values | fields,
    )


def make_away(athlete: User, *, since: date, until: date, **fields: Any) -> Away:
    """Dates on which an athlete is away, by their own word."""
    values = {"created_by": athlete, "created_at": NOW - timedelta(days=1)}
    return Away.objects.create(athlete=athlete, since=since, until=until, **values | fields)


def make_assignment(run: Run, routine: Routine, *, by: User | None = None, **fields: Any) -> Assignment:
    """A routine's current revision given to a run by hand."""
    by = by or run.athlete
    values = {"by_coach": by != run.athlete, "assigned_at": NOW - timedelta(hours=12)}
    return Assignment.objects.create(run=run, revision=routine.current, assigned_by=by, **values | fields)


def make_standing(routine: Routine, *, by: User | None = None, **fields: Any) -> StandingAssignment:
    """A rule for `athlete` or `squad` from a week before NOW on: every run of theirs gets the routine."""
    whose = fields.get("athlete")
    values = {"since": (NOW - timedelta(days=7)).date(), "assigned_at": NOW - timedelta(days=7)}
    by_coach = fields.pop("by_coach", by is None or by != whose)
    return StandingAssignment.objects.create(routine=routine, by_coach=by_coach, assigned_by=by, **values | fields)


def make_own_default(person: User, routine: Routine) -> OwnDefault:
    """What a person does before runs for which nobody chose another."""
    return OwnDefault.objects.create(person=person, routine=routine)


def make_answer(run: Run, outcome: str = "skipped", **fields: Any) -> RunAnswer:
    """What the athlete of a run said of its warm-up from the reminder: skipped, as there was no time."""
    values = {"reason": "no-time" if outcome == "skipped" else "", "answered_at": run.starts_at}
    return RunAnswer.objects.create(run=run, outcome=outcome, **values | fields)


def make_session(athlete: User, *, run: Run | None = None, **fields: Any) -> Session:
    """A warm-up done ten minutes before its run, or an hour before NOW."""
    started = fields.pop("started_at", run.starts_at - timedelta(minutes=10) if run else NOW - timedelta(hours=1))
    values = {"id": uuid4(), "outcome": "done", "edited_at": started, "received_at": started}
    return Session.objects.create(athlete=athlete, run=run, started_at=started, **values | fields)
