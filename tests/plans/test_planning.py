"""plans/domain/planning.py: many dates changed in one go, weeks copied."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.domain.planning import (
    AT_MOST,
    Chosen,
    Deed,
    carry_out,
    choose,
    copy_of,
    copy_week,
    summarise,
    targets,
    week_of,
)
from plans.domain.runs import cancel_run, change_run, schedule_dates, schedule_for_squad, schedule_run
from plans.models import Assignment, Occurrence, Reminder, Run, Series, Squad
from tests.conftest import Cast
from tests.factories import NOW, make_assignment, make_membership, make_routine, make_squad, make_user

TUESDAY = datetime(2027, 3, 16, 18, 30)
MONDAY = date(2027, 3, 15)


def plan_week(cast: Cast) -> list[Occurrence]:
    """Dates for everyone on Tuesday and Thursday, and one run of the athlete alone on Wednesday."""
    days = (0, 2)
    plans = [{"kind": "tempo", "local_start": TUESDAY + timedelta(days=day), "place": "Track"} for day in days]
    made = schedule_dates(squad=cast.squad, actor=cast.coach, now=NOW, plans=plans)
    schedule_run(
        athlete=cast.athlete,
        squad=cast.squad,
        actor=cast.coach,
        now=NOW,
        kind="easy",
        local_start=TUESDAY + timedelta(days=1),
    )
    return list(Occurrence.objects.filter(series__in=made).order_by("starts_at"))


def everything(cast: Cast) -> Chosen:
    """All that is planned for the squad."""
    return choose(
        squad=cast.squad,
        actor=cast.coach,
        dates=list(Occurrence.objects.values_list("pk", flat=True)),
        runs=list(Run.objects.filter(occurrence=None).values_list("pk", flat=True)),
    )


def do(cast: Cast, deed: Deed, scope: str = "date") -> int:
    """Carry a deed out on everything."""
    return carry_out(everything(cast), deed, actor=cast.coach, now=NOW, scope=scope)


# --- Choosing ---------------------------------------------------------------------------------------------------------
def test_only_what_is_in_the_plan_can_be_chosen(cast: Cast) -> None:
    first, _second = plan_week(cast)
    elsewhere = schedule_for_squad(
        squad=cast.other_squad, actor=cast.other_coach, now=NOW, kind="easy", local_start=TUESDAY
    )
    choose(squad=cast.squad, actor=cast.coach, dates=[first.pk], runs=[])
    for dates, runs in (
        ([], []),
        ([elsewhere.occurrences.get().pk], []),
        ([], [elsewhere.runs.get().pk]),
        ([10**17], []),
        (list(range(AT_MOST + 1)), []),
    ):
        with pytest.raises(ValidationError):
            choose(squad=cast.squad, actor=cast.coach, dates=dates, runs=runs)


def test_what_a_deed_touches_is_told_beforehand(cast: Cast) -> None:
    first, _second = plan_week(cast)
    run = first.runs.get(athlete=cast.athlete)
    change_run(run=run, actor=cast.athlete, now=NOW, changes={"place": "Home"})
    Reminder.objects.update(status=Reminder.Status.SENT)
    found = summarise(everything(cast), actor=cast.coach, now=NOW)
    assert (found.dates, found.runs, found.athletes, found.by_hand, found.begun, found.repeated) == (2, 5, 2, 1, 0, 0)
    assert found.reminded == Reminder.objects.values("run").distinct().count()


# --- Deeds ------------------------------------------------------------------------------------------------------------
def test_all_of_it_moves_with_its_warm_ups(cast: Cast) -> None:
    plan_week(cast)
    routine = make_routine(owner=cast.coach)
    assert do(cast, Deed("warm-up", routine=routine, note="Slowly")) == 5
    before = dict(Run.objects.values_list("pk", "local_date"))
    assert do(cast, Deed("move", days=7)) == 5
    assert dict(Run.objects.values_list("pk", "local_date")) == {
        pk: day + timedelta(days=7) for pk, day in before.items()
    }
    assert set(Assignment.objects.values_list("revision", "note")) == {(routine.current.pk, "Slowly")}


def test_dates_of_one_series_pass_each_other_by_a_day(cast: Cast) -> None:
    series = schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=TUESDAY, rule="FREQ=DAILY;COUNT=4"
    )
    for days in (1, -1):
        do(cast, Deed("move", days=days))
    assert list(series.occurrences.order_by("day").values_list("local_date", flat=True)) == [
        TUESDAY.date() + timedelta(days=number) for number in range(4)
    ]


def test_a_change_keeps_what_is_left_empty(cast: Cast) -> None:
    plan_week(cast)
    assert do(cast, Deed("change", changes={"time": time(7, 15), "kind": "hills"})) == 5
    assert set(Run.objects.values_list("kind", "local_time", "place")) == {
        ("hills", time(7, 15), "Track"),
        ("hills", time(7, 15), ""),
    }


def test_cancelling_and_bringing_back(cast: Cast) -> None:
    plan_week(cast)
    assert do(cast, Deed("cancel")) == 5
    assert not Run.objects.planned().exists()
    assert not Reminder.objects.filter(status=Reminder.Status.SCHEDULED).exists()
    assert do(cast, Deed("restore")) == 5
    assert Run.objects.planned().count() == 5


def test_all_or_nothing_and_the_date_that_refuses_is_named(cast: Cast) -> None:
    plan_week(cast)
    newcomer = make_user()
    make_membership(cast.squad, newcomer, began_at=NOW)
    schedule_run(athlete=newcomer, squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=TUESDAY)
    before = list(Run.objects.order_by("pk").values_list("pk", "local_date"))
    with pytest.raises(ValidationError) as refused:
        do(cast, Deed("move", days=-4))  # to before the newcomer joined
    assert "Tue 16 Mar, 18:30" in refused.value.messages[0]
    assert list(Run.objects.order_by("pk").values_list("pk", "local_date")) == before


def test_from_these_dates_on(cast: Cast) -> None:
    series = schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=TUESDAY, rule="FREQ=WEEKLY;COUNT=4"
    )
    second = list(series.occurrences.order_by("day"))[1]
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[second.pk], runs=[])
    deed = Deed("move", days=2)
    assert carry_out(chosen, deed, actor=cast.coach, now=NOW, scope="following") == 6
    assert list(series.occurrences.order_by("day").values_list("day", flat=True)) == [
        date(2027, 3, day) for day in (16, 25)
    ] + [date(2027, 4, day) for day in (1, 8)]


@pytest.mark.parametrize("who", ["assistant", "athlete", "other_coach"])
def test_only_coaches_carry_it_out(cast: Cast, who: str) -> None:
    plan_week(cast)
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[Occurrence.objects.first().pk], runs=[])
    with pytest.raises(PermissionDenied):
        carry_out(chosen, Deed("cancel"), actor=getattr(cast, who), now=NOW)
    assert Run.objects.planned().count() == 5


def test_dates_can_be_changed_before_anybody_has_joined(cast: Cast) -> None:
    squad = make_squad(coach=cast.coach)
    plans = [{"kind": "easy", "local_start": TUESDAY}]
    schedule_dates(squad=squad, actor=cast.coach, now=NOW, plans=plans)
    occurrence = Occurrence.objects.get()
    chosen = choose(squad=squad, actor=cast.coach, dates=[occurrence.pk], runs=[])
    for deed in (
        Deed("move", days=1),
        Deed("change", changes={"place": "Park"}),
        Deed("cancel"),
        Deed("restore"),
        Deed("warm-up", routine=make_routine(owner=cast.coach)),
    ):
        assert carry_out(chosen, deed, actor=cast.coach, now=NOW) == 0
        chosen = choose(squad=squad, actor=cast.coach, dates=[occurrence.pk], runs=[])
    occurrence.refresh_from_db()
    assert (occurrence.local_start, occurrence.place, occurrence.cancelled_at, occurrence.routine is None) == (
        TUESDAY + timedelta(days=1),
        "Park",
        None,
        False,
    )


# --- Copying a week ---------------------------------------------------------------------------------------------------
def copied(cast: Cast, *onto: date, singles: bool = True) -> list:
    """Copy the first week onto others."""
    week = week_of(cast.squad, MONDAY, cast.coach)
    return copy_week(squad=cast.squad, week=week, onto=onto, singles=singles, actor=cast.coach, now=NOW)


def test_a_week_is_copied_with_what_it_was_given(cast: Cast) -> None:
    first, second = plan_week(cast)
    routine = make_routine(owner=cast.coach)
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[first.pk], runs=[])
    carry_out(chosen, Deed("warm-up", routine=routine, note="All"), actor=cast.coach, now=NOW)
    make_assignment(Run.objects.get(occurrence=None), routine, by=cast.coach, note="You")
    cancel_run(run=second, actor=cast.coach, now=NOW, scope="date")
    onto = [MONDAY + timedelta(weeks=number) for number in (1, 3)]
    week = week_of(cast.squad, MONDAY, cast.coach)
    told = copy_of(week, onto, singles=True)
    assert (told.dates, told.runs, told.athletes) == (4, 6, 2)
    # The clocks go forward on 28 March, at night: an evening run is nothing odd.
    assert told.odd == []
    assert len(copied(cast, *onto)) == 4
    for monday in onto:
        week = week_of(cast.squad, monday, cast.coach)
        assert [(each.local_date, each.local_time, each.kind, each.place) for each in week.dates] == [
            (monday + timedelta(days=1), time(18, 30), "tempo", "Track")
        ]
        assert [run.assignment.note for run in week.dates[0].runs.all()] == ["All", "All"]
        assert [(run.athlete, run.assignment.note) for run in week.runs] == [(cast.athlete, "You")]


def test_an_odd_hour_is_told(cast: Cast) -> None:
    plans = [{"kind": "easy", "local_start": datetime(2027, 3, 21, 2, 30)}]
    schedule_dates(squad=cast.squad, actor=cast.coach, now=NOW, plans=plans)
    week = week_of(cast.squad, MONDAY, cast.coach)
    onto = [MONDAY + timedelta(weeks=1), MONDAY + timedelta(weeks=2)]
    assert copy_of(week, onto, singles=True).odd == [datetime(2027, 3, 28, 2, 30)]


def test_the_weeks_to_come_are_offered_with_what_they_have(cast: Cast) -> None:
    plan_week(cast)
    copied(cast, MONDAY + timedelta(weeks=2))
    found = targets(cast.squad, MONDAY, NOW)
    assert [(target.monday, target.has) for target in found[:3]] == [
        (MONDAY + timedelta(weeks=1), 0),
        (MONDAY + timedelta(weeks=2), 2),
        (MONDAY + timedelta(weeks=3), 0),
    ]
    assert len(found) == 16


@pytest.mark.parametrize("onto", [[], [MONDAY], [MONDAY - timedelta(weeks=1)], [date(2027, 3, 23)]])
def test_other_weeks_are_refused(cast: Cast, onto: list[date]) -> None:
    plan_week(cast)
    with pytest.raises(ValidationError) as refused:
        copied(cast, *onto)
    assert list(refused.value.message_dict) == ["onto"]
    assert Series.objects.count() == 2


def test_an_empty_week_is_nothing_to_copy(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        copied(cast, MONDAY + timedelta(weeks=1))


def test_copying_costs_the_same_for_many_athletes(cast: Cast) -> None:
    counts = []
    for number in (1, 8):
        squad: Squad = make_squad(coach=cast.coach)
        for _each in range(number):
            make_membership(squad, make_user())
        schedule_dates(squad=squad, actor=cast.coach, now=NOW, plans=[{"kind": "easy", "local_start": TUESDAY}])
        week = week_of(squad, MONDAY, cast.coach)
        with CaptureQueriesContext(connection) as queries:
            copy_week(
                squad=squad, week=week, onto=[MONDAY + timedelta(weeks=1)], singles=True, actor=cast.coach, now=NOW
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]
