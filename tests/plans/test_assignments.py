"""plans/domain/assignments.py and given.py: who may give a warm-up to which run, and what a run gets."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from plans.domain.assignments import (
    assign,
    assign_to_everyone,
    follow_revision,
    given,
    with_warm_up,
    withdraw,
    withdraw_from_everyone,
)
from plans.domain.runs import schedule_for_squad
from plans.domain.squads import change_squad, share_routine
from plans.models import Assignment, Reminder, Run
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_assignment,
    make_membership,
    make_revision,
    make_routine,
    make_run,
    make_squad,
    make_user,
    rewrite,
)
from warmups.models import Routine


def squads_default(squad) -> None:
    squad.default_routine = make_routine("The squad's")
    squad.save()


# --- What a run gets --------------------------------------------------------------------------------------------------
def test_given_by_hand_goes_before_the_squads_default(cast: Cast) -> None:
    squads_default(cast.squad)
    run = make_run(cast.athlete, squad=cast.squad)
    assert (given(run).revision, given(run).source) == (cast.squad.default_routine.current, "squad-default")
    assignment = make_assignment(run, make_routine("By hand"), by=cast.coach)
    run = Run.objects.get()
    assert (given(run).revision, given(run).source) == (assignment.revision, "run")


def test_a_run_gets_nothing_where_nothing_is(cast: Cast) -> None:
    assert given(make_run(cast.athlete, squad=cast.squad)) is None
    assert given(make_run(make_user())) is None


def test_a_run_outside_squads_takes_the_first_default_in_the_order_joined(cast: Cast) -> None:
    squads_default(cast.other_squad)
    second = make_squad("Second", default_routine=make_routine("Second"))
    make_membership(second, cast.athlete, began_at=NOW - timedelta(days=10))
    make_membership(cast.other_squad, cast.athlete, began_at=NOW - timedelta(days=20))
    assert given(make_run(cast.athlete)).revision == cast.other_squad.default_routine.current
    earlier = make_run(cast.athlete, starts_at=NOW - timedelta(days=30))
    assert given(earlier) is None
    in_a_squad_without = make_run(cast.athlete, squad=cast.squad)
    assert given(in_a_squad_without) is None


def test_a_coachs_own_run_has_no_default_from_whom_they_coach(cast: Cast) -> None:
    squads_default(cast.squad)
    assert given(make_run(cast.coach)) is None


def test_what_runs_get_costs_the_same_for_one_and_for_many(cast: Cast) -> None:
    squads_default(cast.squad)
    counts = []
    for _more in range(3):
        make_run(cast.athlete)
        make_assignment(make_run(cast.team_mate, squad=cast.squad), make_routine())
        with CaptureQueriesContext(connection) as queries:
            found = [given(run) for run in with_warm_up(Run.objects.all())]
        assert None not in found
        counts.append(len(queries))
    assert counts == [6, 6, 6]


# --- Who gives --------------------------------------------------------------------------------------------------------
def test_a_coach_gives_and_replaces(cast: Cast) -> None:
    first, second = make_routine(owner=cast.coach), make_routine()
    runs = [make_run(cast.athlete), make_run(cast.team_mate)]
    make_assignment(runs[0], first)
    made = assign(routine=second, runs=[*runs, runs[0]], actor=cast.coach, now=NOW, note=" Slowly ")
    assert {(each.run_id, each.revision, each.note, each.by_coach) for each in made} == {
        (run.pk, second.current, "Slowly", True) for run in runs
    }
    assert all(each.pk for each in made)
    assert Assignment.objects.count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.after) == (
        cast.coach,
        "assignment.make",
        {"runs": [run.pk for run in runs]},
    )
    assert entry.before == {"revisions": [first.current.pk, None]}


def test_giving_makes_a_reminder_and_taking_back_removes_it(cast: Cast) -> None:
    run = make_run(cast.athlete)
    (assignment,) = assign(routine=make_routine(), runs=[run], actor=cast.coach, now=NOW)
    assert Reminder.objects.get().due_at == run.starts_at - timedelta(hours=1)
    withdraw(assignment=assignment, actor=cast.coach, now=NOW)
    assert Reminder.objects.get().status == Reminder.Status.CANCELLED
    assert not Assignment.objects.exists()


def test_an_athlete_gives_their_own_runs_where_no_coach_did(cast: Cast) -> None:
    free, coached, mates = make_run(cast.athlete), make_run(cast.athlete), make_run(cast.team_mate)
    make_assignment(coached, make_routine(), by=cast.coach)
    mine = make_routine(owner=cast.athlete)
    (made,) = assign(routine=mine, runs=[free], actor=cast.athlete, now=NOW)
    assert made.by_coach is False
    for runs in ([coached], [mates], [free, coached]):
        with pytest.raises(PermissionDenied):
            assign(routine=mine, runs=runs, actor=cast.athlete, now=NOW)
    assert Assignment.objects.filter(revision=mine.current).count() == 1


def test_others_give_nothing(cast: Cast) -> None:
    run = make_run(cast.athlete)
    for person in (cast.assistant, cast.other_coach, cast.team_mate, cast.curator):
        with pytest.raises(PermissionDenied):
            assign(routine=make_routine(), runs=[run], actor=person, now=NOW)
    before_joining = make_run(cast.athlete, starts_at=NOW - timedelta(days=61))
    with pytest.raises(PermissionDenied):
        assign(routine=make_routine(), runs=[before_joining], actor=cast.coach, now=NOW)
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("note", ["x" * 501, "\x00"])
def test_bad_notes_are_named(cast: Cast, note: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        assign(routine=make_routine(), runs=[make_run(cast.athlete)], actor=cast.coach, now=NOW, note=note)
    assert refusal.value.message_dict.keys() == {"note"}


def test_only_usable_routines_are_given(cast: Cast) -> None:
    archived = make_routine(owner=cast.coach, archived_at=NOW)
    for routine in (archived, make_routine(owner=cast.other_coach), make_routine(owner=cast.athlete)):
        with pytest.raises(ValidationError) as refusal:
            assign(routine=routine, runs=[make_run(cast.athlete)], actor=cast.coach, now=NOW)
        assert refusal.value.message_dict.keys() == {"routine"}
    with pytest.raises(ValidationError) as refusal:
        assign(routine=make_routine(), runs=[], actor=cast.coach, now=NOW)
    assert refusal.value.message_dict.keys() == {"runs"}


# --- Everyone's -------------------------------------------------------------------------------------------------------
def test_giving_everyone_holds_for_who_joins_and_is_taken_back_whole(cast: Cast) -> None:
    series = schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=datetime(2027, 3, 16, 6, 30)
    )
    routine, run = make_routine(owner=cast.coach), series.runs.first()
    assert len(assign_to_everyone(run=run, scope="all", routine=routine, actor=cast.coach, now=NOW, note="All")) == 2
    series.refresh_from_db()
    assert (series.routine, series.routine_note) == (routine, "All")
    assert withdraw_from_everyone(run=run, scope="all", actor=cast.coach, now=NOW) == 2
    series.refresh_from_db()
    assert (series.routine, series.routine_note) == (None, "")
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_the_library_has_not_published_reaches_no_squad(cast: Cast, withdrawn: bool) -> None:
    make_membership(cast.squad, cast.curator, role="coach")
    routine = make_routine()
    if not withdrawn:
        rewrite(routine.revisions.all(), published_at=None)
    Routine.objects.update(published=False)
    routine.refresh_from_db()
    assert Routine.objects.visible_to(cast.curator).filter(pk=routine.pk).exists()
    with pytest.raises(ValidationError) as refused:
        assign(routine=routine, runs=[make_run(cast.athlete)], actor=cast.curator, now=NOW)
    assert list(refused.value.message_dict) == ["routine"]
    with pytest.raises(ValidationError) as refused:
        change_squad(squad=cast.squad, actor=cast.curator, now=NOW, changes={"default_routine": routine})
    assert list(refused.value.message_dict) == ["default_routine"]
    with pytest.raises(ValidationError) as refused:
        share_routine(routine=routine, squads=[cast.squad], actor=cast.curator, now=NOW)
    assert list(refused.value.message_dict) == ["squads"]


# --- The next revision ------------------------------------------------------------------------------------------------
def test_runs_not_begun_follow_a_revision(cast: Cast) -> None:
    routine, other = make_routine(), make_routine()
    begun = make_assignment(make_run(cast.athlete, starts_at=NOW), routine)
    coming = make_assignment(make_run(cast.athlete), routine)
    untouched = make_assignment(make_run(cast.athlete), other)
    old, routine.current = (
        routine.current,
        make_revision(routine, [step.exercise for step in routine.current.steps.all()]),
    )
    routine.save()
    assert follow_revision(routine=routine, actor=cast.curator, now=NOW) == 1
    assert follow_revision(routine=routine, actor=cast.curator, now=NOW) == 0
    assert dict(Assignment.objects.values_list("pk", "revision")) == {
        begun.pk: old.pk,
        coming.pk: routine.current.pk,
        untouched.pk: other.current.pk,
    }
