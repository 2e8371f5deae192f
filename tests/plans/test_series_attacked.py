"""Changes of series that come at a bad moment: late, twice, from an old page, after an end, after a long rest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from plans.domain.planning import Deed, carry_out, choose
from plans.domain.runs import cancel_run, change_run, restore_run, schedule_for_athlete, schedule_for_squad
from plans.domain.series import take_squads_runs
from plans.domain.squad_roles import archive_squad, bring_back_squad
from plans.models import Series
from tests.conftest import Cast
from tests.factories import NOW

TUESDAY = datetime(2027, 3, 16, 18, 30)  # the day after NOW
DAY = timedelta(days=1)


def squads(cast: Cast, rule: str = "FREQ=WEEKLY;BYDAY=TU") -> Series:
    """A series for everyone of the squad, Tuesdays at half past six in the evening."""
    return schedule_for_squad(squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=TUESDAY, rule=rule)


def own(athlete: User, **fields) -> Series:
    """The same for one athlete, by themselves."""
    values = {"kind": "easy", "local_start": TUESDAY, "rule": "FREQ=WEEKLY;BYDAY=TU"} | fields
    return schedule_for_athlete(athlete=athlete, actor=athlete, now=NOW, **values)


def planned(series: Series, athlete: User) -> list[datetime]:
    """The wall times of an athlete's planned runs of a series, in order."""
    return [run.local_start for run in series.runs.planned().filter(athlete=athlete).order_by("starts_at")]


def test_a_move_sent_twice_at_once_moves_once(athlete: User) -> None:
    series = own(athlete)
    run, again = (series.runs.order_by("starts_at").first() for _each in range(2))
    for stale in (run, again):
        change_run(run=stale, actor=athlete, now=NOW, scope="all", changes={"local_start": TUESDAY + DAY})
    assert planned(series, athlete)[:2] == [TUESDAY + DAY, TUESDAY + 8 * DAY]


@pytest.mark.parametrize(("scope", "moved"), [("following", [0, 1, 1, 1]), ("all", [1, 1, 1, 1])])
@pytest.mark.parametrize("by", [1, -1])
def test_two_dates_of_one_series_move_it_once(cast: Cast, scope: str, moved: list[int], by: int) -> None:
    series = squads(cast)
    dates = list(series.occurrences.order_by("day"))
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[each.pk for each in dates[1:3]], runs=[])
    carry_out(chosen, Deed("move", days=by), actor=cast.coach, now=NOW - 2 * DAY, scope=scope)
    found = planned(series, cast.athlete)[:4]
    assert found == [TUESDAY + DAY * (7 * week + by * step) for week, step in enumerate(moved)]


def test_a_changed_rule_plans_nothing_after_a_series_end(cast: Cast) -> None:
    series = squads(cast)
    third = series.runs.filter(athlete=cast.athlete).order_by("starts_at")[2]
    cancel_run(run=third, actor=cast.coach, now=NOW, scope="following")
    first = series.runs.filter(athlete=cast.athlete).order_by("starts_at")[0]
    change_run(run=first, actor=cast.coach, now=NOW, scope="all", changes={"rule": "FREQ=WEEKLY;BYDAY=TU,TH"})
    expected = [TUESDAY, TUESDAY + 2 * DAY, TUESDAY + 7 * DAY, TUESDAY + 9 * DAY]
    assert planned(series, cast.athlete) == expected
    # Brought back, it goes on by the rule as it is now.
    restore_run(run=third, actor=cast.coach, now=NOW, scope="following")
    assert len(planned(series, cast.athlete)) == 16


def test_what_began_early_stays_when_the_rest_is_cancelled(cast: Cast) -> None:
    series = squads(cast)
    run = series.runs.filter(athlete=cast.athlete).order_by("starts_at")[0]
    change_run(run=run, actor=cast.coach, now=NOW, changes={"local_start": TUESDAY - 12 * timedelta(hours=1)})
    later = NOW + timedelta(hours=24)
    run.refresh_from_db()
    assert run.starts_at < later < run.occurrence.starts_at
    cancel_run(run=series.runs.filter(athlete=cast.team_mate).first(), actor=cast.coach, now=later, scope="all")
    assert planned(series, cast.athlete) == [TUESDAY - 12 * timedelta(hours=1)]
    assert planned(series, cast.team_mate) == []


def test_a_series_brought_back_late_makes_no_runs_of_the_past(cast: Cast) -> None:
    series = squads(cast)
    cancel_run(run=series.runs.first(), actor=cast.coach, now=NOW, scope="all")
    late = NOW + timedelta(weeks=20)
    restore_run(run=series.occurrences.first(), actor=cast.coach, now=late, scope="all")
    found = planned(series, cast.athlete)
    assert found
    assert min(found).date() >= late.date()


def test_a_squad_brought_back_late_makes_no_runs_of_the_past(cast: Cast) -> None:
    series = squads(cast)
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    late = NOW + timedelta(weeks=20)
    bring_back_squad(squad=cast.squad, actor=cast.coach, now=late)
    found = planned(series, cast.athlete)
    assert found
    assert min(found).date() >= late.date()


def test_who_left_a_squad_brings_no_series_back_into_it(cast: Cast) -> None:
    series = own(cast.athlete, squad=cast.squad)
    membership = cast.squad.memberships.get(person=cast.athlete)
    membership.ended_at = NOW
    membership.save()
    take_squads_runs(membership=membership, now=NOW)
    run = series.runs.order_by("starts_at").first()
    for scope in ("this", "following", "all"):
        with pytest.raises(ValidationError):
            restore_run(run=run, actor=cast.athlete, now=NOW, scope=scope)
    assert planned(series, cast.athlete) == []


def test_nothing_is_planned_again_while_a_squad_is_archived(cast: Cast) -> None:
    series = own(cast.athlete, squad=cast.squad)
    run = series.runs.order_by("starts_at").first()
    archive_squad(squad=cast.squad, actor=cast.coach, now=NOW)
    for scope in ("this", "following", "all"):
        with pytest.raises(ValidationError):
            restore_run(run=run, actor=cast.athlete, now=NOW, scope=scope)
    with pytest.raises(ValidationError):
        change_run(run=run, actor=cast.athlete, now=NOW, scope="all", changes={"rule": "FREQ=WEEKLY;BYDAY=TU,TH"})
    assert planned(series, cast.athlete) == []


def test_ones_own_series_changed_after_its_end_has_its_new_days_once_restored(athlete: User) -> None:
    series = own(athlete)
    run = series.runs.order_by("starts_at").first()
    cancel_run(run=run, actor=athlete, now=NOW, scope="all")
    change_run(run=run, actor=athlete, now=NOW, scope="all", changes={"rule": "FREQ=WEEKLY;BYDAY=TU,TH"})
    assert planned(series, athlete) == []
    restore_run(run=run, actor=athlete, now=NOW, scope="all")
    assert len(planned(series, athlete)) == 16
