"""Making, revising, copying and archiving routines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, User
from plans.models import SharedRoutine
from tests.factories import (
    NOW,
    edit_exercise,
    make_assignment,
    make_equipment,
    make_exercise,
    make_routine,
    make_run,
    make_session,
    make_squad,
    make_user,
)
from warmups.domain.routines import (
    OutOfDate,
    archive_routine,
    bring_back_routine,
    copy_routine,
    create_routine,
    delete_routine,
    refers_to,
    revise_routine,
)
from warmups.models import Revision, Routine, Step
from warmups.workflow import WrittenOnceError

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def owner() -> User:
    return make_user("Olga Owner")


def make(owner: User, steps: list[Any], **fields: Any) -> Routine:
    return create_routine(owner=owner, actor=owner, name="Mine", steps=steps, now=NOW, **fields)


def wrong_with(owner: User, steps: list[Any], **fields: Any) -> dict[str, list[str]]:
    """The errors of a routine that can't be made, as codes; nothing of it may be left behind."""
    with pytest.raises(ValidationError) as raised:
        make(owner, steps, **fields)
    assert (Routine.objects.count(), Revision.objects.count(), Step.objects.count()) == (0, 0, 0)
    return {field: [error.code for error in errors] for field, errors in raised.value.error_dict.items()}


def step_of(routine: Routine, position: int = 1) -> Step:
    return routine.current.steps.get(position=position)


def test_a_step_starts_as_its_exercise_has_it(owner: User) -> None:
    exercise = make_exercise("single-leg-squat", sets=2, reps=6, tempo="2-0-2", seconds_per_rep=4)
    exercise.equipment.add(make_equipment("step"))
    step = step_of(make(owner, [{"exercise": "single-leg-squat"}]))
    assert (step.sets, step.reps, step.hold_seconds, step.metres, step.sides) == (2, 6, None, None, "each")
    assert (step.rest_seconds, step.tempo, step.equipment, step.rank, step.note) == (0, "2-0-2", ["step"], 1, "")
    assert (step.exercise_name, step.mode, step.seconds_per_rep) == ("Single leg squat", "reps", 4)


def test_words_around_which_there_is_space_are_kept_without_it(owner: User) -> None:
    make_exercise("clamshell")
    note = f"  {'n' * 200} "
    step = step_of(make(owner, [{"exercise": "clamshell", "tempo": " slow ", "note": note}]))
    assert (step.tempo, step.note) == ("slow", "n" * 200)


def test_half_a_character_is_refused(owner: User) -> None:
    make_exercise("clamshell")
    assert wrong_with(owner, [{"exercise": "clamshell", "note": "\ud800"}]) == {"steps.0.note": ["invalid"]}


def test_what_is_given_is_taken(owner: User) -> None:
    make_equipment("mini-band")
    make_exercise("clamshell")
    given = {
        "exercise": "clamshell",
        "sets": 3,
        "reps": 12,
        "sides": "left",
        "rest_seconds": 20,
        "tempo": "slow",
        "equipment": ["mini-band"],
        "rank": 7,
        "note": "Easy.",
    }
    step = step_of(make(owner, [given]))
    assert {field: getattr(step, field) for field in given if field != "exercise"} == {
        field: value for field, value in given.items() if field != "exercise"
    }


def test_the_first_revision(owner: User) -> None:
    make_exercise("a")
    make_exercise("b")
    routine = make(owner, [{"exercise": "b"}, {"exercise": "a"}], description="Two.", reason="First try.")
    assert (routine.name, routine.description, routine.owner, routine.published) == ("Mine", "Two.", owner, False)
    revision = routine.current
    assert (revision.number, revision.name, revision.created_by, revision.created_at) == (1, "Mine", owner, NOW)
    # 2 sides × 8 × 3 s of work, a change of sides, getting ready; twice
    assert (revision.duration_seconds, revision.reason) == (122, "First try.")
    assert [(step.position, step.exercise.slug, step.rank) for step in revision.steps.all()] == [
        (1, "b", 1),
        (2, "a", 2),
    ]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target_id, entry.at) == ("routine.create", owner, str(routine.pk), NOW)


def test_a_hold_is_one_hold_where_nobody_says(owner: User) -> None:
    make_exercise("plank", mode="hold", unilateral=False, reps=None, hold_seconds=20, seconds_per_rep=None)
    step = step_of(make(owner, [{"exercise": "plank", "reps": None}]))
    assert (step.reps, step.hold_seconds, step.sides) == (1, 20, None)


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        ({"reps": 0}, {"steps.1.reps": ["min_value"]}),
        ({"reps": None}, {"steps.1.reps": ["required"]}),
        ({"sets": 99}, {"steps.1.sets": ["max_value"]}),
        ({"hold_seconds": 5}, {"steps.1.hold_seconds": ["not_applicable"]}),
        ({"sides": None}, {"steps.1.sides": ["invalid_choice"]}),
        ({"rank": 0}, {"steps.1.rank": ["invalid"]}),
        ({"rank": 31}, {"steps.1.rank": ["invalid"]}),
        ({"note": "x" * 201}, {"steps.1.note": ["max_length"]}),
        ({"note": "\x00"}, {"steps.1.note": ["invalid"]}),
        ({"tempo": "x" * 41}, {"steps.1.tempo": ["max_length"]}),
        ({"equipment": ["jet-pack"]}, {"steps.1.equipment": ["does_not_exist"]}),
        ({"exercise": "moon-walk"}, {"steps.1.exercise": ["does_not_exist"]}),
        ({"exercise": "a-draft"}, {"steps.1.exercise": ["does_not_exist"]}),
        ({"exercise": "retired"}, {"steps.1.exercise": ["does_not_exist"]}),
        ({"reps": 0, "sets": 0}, {"steps.1.reps": ["min_value"], "steps.1.sets": ["min_value"]}),
    ],
)
def test_a_bad_step_is_named(owner: User, step: dict[str, Any], wrong: dict[str, list[str]]) -> None:
    make_exercise("good")
    make_exercise("a-draft", status="draft")
    make_exercise("retired", status="retired")
    assert wrong_with(owner, [{"exercise": "good"}, {"exercise": "good"} | step]) == wrong


def test_all_errors_come_at_once(owner: User) -> None:
    make_exercise("good")
    steps = [{"exercise": "good", "reps": 0}, {"exercise": "nowhere"}, {"exercise": "good", "sets": 0}]
    assert wrong_with(owner, steps, description="x" * 501) == {
        "description": ["max_length"],
        "steps.0.reps": ["min_value"],
        "steps.1.exercise": ["does_not_exist"],
        "steps.2.sets": ["min_value"],
    }


def test_how_many_steps(owner: User) -> None:
    make_exercise("good")
    assert wrong_with(owner, []) == {"steps": ["min_length"]}
    assert wrong_with(owner, [{"exercise": "good"}] * 31) == {"steps": ["max_length"]}
    assert make(owner, [{"exercise": "good"}] * 30).current.steps.count() == 30


@pytest.mark.parametrize(
    ("name", "code"), [("", "required"), ("  ", "required"), ("x" * 81, "max_length"), ("\x00", "invalid")]
)
def test_names(owner: User, name: str, code: str) -> None:
    make_exercise("good")
    with pytest.raises(ValidationError) as raised:
        create_routine(owner=owner, actor=owner, name=name, steps=[{"exercise": "good"}], now=NOW)
    assert {field: errors[0].code for field, errors in raised.value.error_dict.items()} == {"name": code}


def test_new_steps_make_the_next_revision_and_leave_the_old_one(owner: User) -> None:
    make_exercise("a")
    make_exercise("b")
    routine = make(owner, [{"exercise": "a"}])
    first = routine.current
    second = revise_routine(routine=routine, actor=owner, now=LATER, steps=[{"exercise": "b"}], reason="Harder.")
    assert (second.number, second.created_at, second.reason) == (2, LATER, "Harder.")
    assert Routine.objects.get().current == routine.current == second
    assert [step.exercise.slug for step in first.steps.all()] == ["a"]
    assert [step.exercise.slug for step in second.steps.all()] == ["b"]
    entry = AuditEntry.objects.get(action="routine.revise")
    assert (entry.before, entry.after) == ({"name": "Mine", "number": 1}, {"name": "Mine", "number": 2})


def test_a_new_name_is_a_revision_too_and_old_ones_keep_theirs(owner: User) -> None:
    make_exercise("a")
    routine = make(owner, [{"exercise": "a", "reps": 5}])
    first = routine.current
    second = revise_routine(routine=routine, actor=owner, now=LATER, name="Better")
    assert (second.number, second.name, second.steps.get().reps) == (2, "Better", 5)
    first.refresh_from_db()
    assert (first.name, Routine.objects.get().name) == ("Mine", "Better")


def test_nothing_new_makes_no_revision(owner: User) -> None:
    make_exercise("a")
    routine = make(owner, [{"exercise": "a"}])
    same = revise_routine(routine=routine, actor=owner, now=LATER, name="Mine", steps=[{"exercise": "a", "reps": 8}])
    assert (same.number, routine.revisions.count()) == (1, 1)
    revise_routine(routine=routine, actor=owner, now=LATER, description="Said anew.")
    assert (Routine.objects.get().description, routine.revisions.count()) == ("Said anew.", 1)


def test_a_later_edit_of_the_exercise_leaves_a_revision_be(owner: User) -> None:
    exercise = make_exercise("a", name="Squat")
    routine = make(owner, [{"exercise": "a"}])
    edit_exercise(exercise, name="Deep squat", mode="hold", seconds_per_rep=None)
    step = step_of(routine)
    assert (step.exercise_name, step.mode, step.seconds_per_rep) == ("Squat", "reps", 3)
    renamed = revise_routine(routine=routine, actor=owner, now=LATER, name="Other")
    assert renamed.steps.get().exercise_name == "Squat"


def test_a_retired_exercise_stays_where_it_was_and_goes_nowhere_else(owner: User) -> None:
    make_exercise("b")
    old = make_exercise("a")
    routine, other = make(owner, [{"exercise": "a"}]), make(owner, [{"exercise": "b"}])
    edit_exercise(old, status="retired")
    revision = revise_routine(routine=routine, actor=owner, now=LATER, steps=[{"exercise": "b"}, {"exercise": "a"}])
    assert revision.steps.count() == 2
    with pytest.raises(ValidationError):
        revise_routine(routine=other, actor=owner, now=LATER, steps=[{"exercise": "a"}])


def test_a_change_on_an_older_revision_is_refused(owner: User) -> None:
    make_exercise("a")
    routine = make(owner, [{"exercise": "a"}])
    first = routine.current
    second = revise_routine(routine=routine, actor=owner, now=LATER, name="Two", revision_id=first.pk)
    with pytest.raises(OutOfDate) as raised:
        revise_routine(routine=routine, actor=owner, now=LATER, name="Three", revision_id=first.pk)
    assert raised.value.code == "conflict"
    assert revise_routine(routine=routine, actor=owner, now=LATER, name="Three", revision_id=second.pk).number == 3


def test_a_bad_change_changes_nothing(owner: User) -> None:
    make_exercise("a")
    routine = make(owner, [{"exercise": "a"}])
    with pytest.raises(ValidationError):
        revise_routine(routine=routine, actor=owner, now=LATER, name="New", steps=[{"exercise": "a", "reps": 0}])
    routine.refresh_from_db()
    assert (routine.name, routine.current.number, Step.objects.count()) == ("Mine", 1, 1)


def test_a_copy_says_the_same_and_where_it_came_from(owner: User) -> None:
    other = make_user()
    exercise = make_exercise("a")
    routine = make(owner, [{"exercise": "a", "reps": 5, "note": "Slow."}], description="Good.")
    edit_exercise(exercise, status="retired")
    copy = copy_routine(routine=routine, owner=other, now=LATER)
    assert (copy.owner, copy.name, copy.description, copy.copied_from) == (other, "Mine", "Good.", routine)
    assert (copy.current.number, step_of(copy).reps, step_of(copy).note) == (1, 5, "Slow.")
    assert copy.current.duration_seconds == routine.current.duration_seconds
    revise_routine(routine=copy, actor=other, now=LATER, name="My own")
    assert Routine.objects.get(pk=routine.pk).name == "Mine"


def test_a_copy_of_a_library_routine_is_not_in_the_library(owner: User) -> None:
    copy = copy_routine(routine=make_routine(slug="five"), owner=owner, now=NOW)
    assert (copy.slug, copy.published) == (None, False)


def test_archiving(owner: User) -> None:
    routine = make_routine(owner=owner)
    assert archive_routine(routine=routine, actor=owner, now=NOW).archived_at == NOW
    assert archive_routine(routine=routine, actor=owner, now=LATER).archived_at == NOW
    assert AuditEntry.objects.filter(action="routine.archive").count() == 1
    with pytest.raises(ValidationError) as raised:
        revise_routine(routine=routine, actor=owner, now=LATER, name="Back")
    assert raised.value.code == "archived"
    assert list(Routine.objects.usable_by(owner)) == []
    assert list(Routine.objects.visible_to(owner)) == [routine]


@pytest.fixture
def one(db: None) -> None:
    make_exercise("a")


# --- Archive, bring back, delete --------------------------------------------------------------------------------------


def test_archived_and_brought_back(owner: User, one: None) -> None:
    routine = make(owner, [{"exercise": "a"}])
    archive_routine(routine=routine, actor=owner, now=LATER)
    assert not Routine.objects.usable_by(owner).exists()
    bring_back_routine(routine=routine, actor=owner, now=LATER)
    bring_back_routine(routine=routine, actor=owner, now=LATER)
    assert Routine.objects.usable_by(owner).get() == routine
    assert AuditEntry.objects.filter(action="routine.restore").count() == 1


def test_what_nothing_leans_on_may_be_deleted(owner: User, one: None) -> None:
    routine = make(owner, [{"exercise": "a"}])
    revise_routine(routine=routine, actor=owner, now=LATER, name="Two")
    assert refers_to(routine) is False
    delete_routine(routine=routine, actor=owner, now=LATER)
    assert (Routine.objects.count(), Revision.objects.count(), Step.objects.count()) == (0, 0, 0)
    assert AuditEntry.objects.get(action="routine.delete").before == {"name": "Two"}


@pytest.mark.parametrize("who", ["run", "session", "copy", "share", "default", "reader"])
def test_what_something_leans_on_may_only_be_archived(owner: User, one: None, who: str) -> None:
    routine = make(owner, [{"exercise": "a"}])
    if who == "run":
        make_assignment(make_run(owner), routine)
        revise_routine(routine=routine, actor=owner, now=LATER, name="Two")
    elif who == "session":
        make_session(owner, revision=routine.current)
    elif who == "copy":
        copy_routine(routine=routine, owner=make_user(), now=LATER)
    elif who == "share":
        SharedRoutine.objects.create(squad=make_squad(), routine=routine)
    elif who == "default":
        make_squad(default_routine=routine)
    else:
        Revision.objects.update(published_at=LATER)
    assert refers_to(routine) is True
    with pytest.raises(ValidationError) as caught:
        delete_routine(routine=routine, actor=owner, now=LATER)
    assert caught.value.code == "in_use"
    assert Routine.objects.filter(pk=routine.pk).exists()


def test_what_leans_on_it_from_one_moment_to_the_next_keeps_it(
    owner: User, one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    routine = make(owner, [{"exercise": "a"}])
    make_session(owner, revision=routine.current)
    monkeypatch.setattr("warmups.domain.routines.refers_to", lambda _routine: False)
    with pytest.raises(ValidationError) as caught:
        delete_routine(routine=routine, actor=owner, now=LATER)
    assert caught.value.code == "in_use"
    routine.refresh_from_db()
    assert (routine.current, AuditEntry.objects.filter(action="routine.delete").count()) == (Revision.objects.get(), 0)


def test_what_is_gone_is_told(owner: User, one: None) -> None:
    routine = make(owner, [{"exercise": "a"}])
    delete_routine(routine=Routine.objects.get(), actor=owner, now=LATER)
    for deed in (
        lambda: revise_routine(routine=routine, actor=owner, now=LATER, name="Two"),
        lambda: delete_routine(routine=routine, actor=owner, now=LATER),
    ):
        with pytest.raises(ValidationError) as caught:
            deed()
        assert caught.value.code == "gone"


# --- Written once -----------------------------------------------------------------------------------------------------


def test_a_revision_never_changes(owner: User, one: None) -> None:
    revision = make(owner, [{"exercise": "a"}]).current
    assert revision is not None
    step = revision.steps.get()
    writes: list[Callable[[], object]] = [
        revision.save,
        revision.delete,
        step.save,
        step.delete,
        lambda: Revision.objects.update(name="Other"),
        lambda: Revision.objects.all().delete(),
        lambda: Revision.objects.bulk_update([revision], ["name"]),
        lambda: revision.steps.update(reps=3),
        lambda: revision.steps.all().delete(),
        lambda: Step.objects.bulk_update([step], ["reps"]),
    ]
    before = list(Revision.objects.values()), list(Step.objects.values())
    for write in writes:
        with pytest.raises(WrittenOnceError):
            write()
    assert (list(Revision.objects.values()), list(Step.objects.values())) == before
