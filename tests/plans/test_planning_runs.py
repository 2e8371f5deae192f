"""Planning for several at once: all or none, and what a deed in a series would touch."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from plans.domain.planning_runs import Touched, plan_for, plan_own, touched
from plans.domain.runs import cancel_run, change_run, schedule_run
from plans.models import Assignment, Run, Series
from tests.conftest import Cast
from tests.factories import NOW, make_membership, make_routine, make_user

START = datetime(2027, 3, 16, 18, 30)
PLAN = {"kind": "easy", "local_start": START}
WEEKLY = "FREQ=WEEKLY;BYDAY=TU;COUNT=3"


def test_for_everyone_once_or_by_a_rule(cast: Cast) -> None:
    deed = {"squad": cast.squad, "actor": cast.coach, "now": NOW, "athletes": None}
    once, often = plan_for(**deed, **PLAN), plan_for(**deed, **PLAN, rule=WEEKLY)
    assert [(each.athletes, each.count, each.runs) for each in (once, often)] == [(2, 2, []), (2, 6, [])]
    assert [each.series[0].athlete for each in (once, often)] == [None, None]


def test_for_several_once_or_by_a_rule(cast: Cast) -> None:
    deed = {"squad": cast.squad, "actor": cast.coach, "now": NOW, "athletes": [cast.athlete, cast.team_mate]}
    routine = make_routine()
    once = plan_for(**deed, **PLAN, routine=routine, routine_note="Slowly")
    assert ({run.athlete for run in once.runs}, once.count, once.series) == ({cast.athlete, cast.team_mate}, 2, [])
    assert set(Assignment.objects.values_list("note", "by_coach")) == {("Slowly", True)}
    often = plan_for(**deed, **PLAN, rule=WEEKLY, routine=routine)
    assert ({series.athlete for series in often.series}, often.count) == ({cast.athlete, cast.team_mate}, 6)
    assert set(Run.objects.values_list("squad", flat=True)) == {cast.squad.pk}
    assert Assignment.objects.count() == 8


@pytest.mark.parametrize("rule", ["", WEEKLY])
def test_all_or_none_and_who_is_in_the_way_is_named(cast: Cast, rule: str) -> None:
    late = make_user("Lena Late")
    make_membership(cast.squad, late, began_at=NOW + timedelta(days=3))
    deed = {"squad": cast.squad, "actor": cast.coach, "now": NOW, "rule": rule}
    with pytest.raises(ValidationError) as refused:
        plan_for(**deed, athletes=[cast.athlete, late], **PLAN)
    assert refused.value.message_dict == {
        "local_start": ["Lena Late: Choose a date from the day on that the athlete joined the squad."]
    }
    with pytest.raises(ValidationError) as refused:
        plan_for(**deed, athletes=[cast.athlete, cast.other_athlete], **PLAN | {"kind": "sprint"})
    assert list(refused.value.message_dict) == ["kind"]
    with pytest.raises(PermissionDenied):
        plan_for(**deed, athletes=[cast.athlete, cast.other_athlete], **PLAN)
    with pytest.raises(ValidationError) as refused:
        plan_for(**deed, athletes=[], **PLAN)
    assert list(refused.value.message_dict) == ["athletes"]
    assert (Run.objects.count(), Series.objects.count()) == (0, 0)


def test_ones_own_is_a_run_or_a_series(cast: Cast) -> None:
    deed = {"athlete": cast.athlete, "actor": cast.athlete, "now": NOW, "routine": make_routine()}
    run, series = plan_own(**deed, **PLAN), plan_own(**deed, **PLAN, rule=WEEKLY)
    assert (type(run), type(series)) == (Run, Series)
    assert set(Assignment.objects.values_list("by_coach", flat=True)) == {False}
    with pytest.raises(PermissionDenied):
        plan_own(**deed | {"actor": cast.team_mate}, **PLAN, rule=WEEKLY)


def test_what_a_deed_would_touch(cast: Cast) -> None:
    deed = {"squad": cast.squad, "actor": cast.coach, "now": NOW, "athletes": None}
    series = plan_for(**deed, **PLAN, rule=WEEKLY).series[0]
    first, second, third = series.runs.filter(athlete=cast.athlete).order_by("starts_at")
    change_run(run=third, actor=cast.athlete, now=NOW, changes={"place": "Park"})
    cancel_run(run=second, actor=cast.athlete, now=NOW)

    def count(run: Run, actor: object, **options: object) -> list[Touched]:
        return touched(Run.objects.get(pk=run.pk), actor=actor, **{"now": NOW} | options)  # type: ignore[arg-type]

    assert count(second, cast.coach) == [
        Touched("this", 1, 0),
        Touched("date", 2, 1),
        Touched("following", 4, 2),
        Touched("all", 6, 2),
    ]
    assert [each.runs for each in count(second, cast.coach, statuses=["planned"])] == [1, 1, 3, 5]
    assert [each.runs for each in count(second, cast.coach, now=NOW + timedelta(days=3))] == [1, 2, 4, 4]
    assert count(first, cast.athlete) == [Touched("this", 1, 0)]
    make_membership(cast.squad, make_user("Nora New"))
    cast.squad.memberships.filter(person=cast.team_mate).update(ended_at=NOW)
    assert [each.runs for each in count(second, cast.coach)] == [1, 1, 2, 3]
    single = schedule_run(athlete=cast.athlete, actor=cast.athlete, now=NOW, **PLAN)
    assert count(single, cast.athlete) == [Touched("this", 1, 0)]
