"""plans/domain/planning.py: deeds that take series along, where more than one date of a series was chosen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from plans.domain.planning import Deed, carry_out, choose, summarise
from plans.domain.runs import schedule_for_athlete, schedule_for_squad
from plans.models import Occurrence, Run, Series
from tests.conftest import Cast
from tests.factories import NOW, make_routine

TUESDAY = datetime(2027, 3, 16, 18, 30)
FOUR = "FREQ=WEEKLY;COUNT=4"


def plan_four(cast: Cast) -> list[Occurrence]:
    """Four Tuesdays of one series for everyone."""
    series = schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=TUESDAY, rule=FOUR
    )
    return list(series.occurrences.order_by("day"))


def on(series: Series) -> list[date]:
    """The local dates of a series, in order."""
    return list(series.occurrences.filter(off_rule=False).order_by("day").values_list("local_date", flat=True))


@pytest.mark.parametrize(
    ("scope", "by", "ticked"),
    [
        ("following", 1, (1, 2)),
        ("following", -1, (1, 2)),
        ("following", 7, (1, 2)),
        ("all", 1, (1, 2)),
        ("all", -1, (0, 1, 2, 3)),
    ],
)
def test_dates_of_one_series_move_once(cast: Cast, scope: str, by: int, ticked: tuple[int, ...]) -> None:
    dates = plan_four(cast)
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[dates[each].pk for each in ticked], runs=[])
    carry_out(chosen, Deed("move", days=by), actor=cast.coach, now=NOW, scope=scope)
    first = 0 if scope == "all" else ticked[0]
    assert on(dates[0].series) == [
        each.local_date + timedelta(days=by if number >= first else 0) for number, each in enumerate(dates)
    ]


def test_each_run_is_counted_once(cast: Cast) -> None:
    dates = plan_four(cast)
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[each.pk for each in dates], runs=[])
    deed = Deed("change", changes={"place": "Park"})
    assert carry_out(chosen, deed, actor=cast.coach, now=NOW, scope="following") == Run.objects.count()


def test_a_series_ends_at_the_first_of_the_dates_that_were_ticked(cast: Cast) -> None:
    dates = plan_four(cast)
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[dates[1].pk, dates[2].pk], runs=[])
    carry_out(chosen, Deed("cancel"), actor=cast.coach, now=NOW, scope="following")
    assert Series.objects.get().ended_on == dates[1].day


@pytest.mark.parametrize("name", ["move", "change", "cancel", "warm-up"])
def test_an_athletes_series_goes_along_from_here_on(cast: Cast, name: str) -> None:
    series = schedule_for_athlete(
        athlete=cast.athlete,
        squad=cast.squad,
        actor=cast.coach,
        now=NOW,
        kind="easy",
        local_start=TUESDAY,
        rule=FOUR,
    )
    second = series.runs.order_by("starts_at")[1]
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[], runs=[second.pk])
    assert summarise(chosen, actor=cast.coach, now=NOW).repeated == 1
    deed = Deed(name, days=1, changes={"place": "Park"}, routine=make_routine(owner=cast.coach))
    assert carry_out(chosen, deed, actor=cast.coach, now=NOW, scope="following") == 3


@pytest.mark.parametrize(("scope", "runs"), [("date", 2), ("following", 6), ("all", 8)])
def test_the_summary_counts_what_a_series_takes_along(cast: Cast, scope: str, runs: int) -> None:
    dates = plan_four(cast)
    chosen = choose(squad=cast.squad, actor=cast.coach, dates=[dates[1].pk], runs=[])
    found = summarise(chosen, actor=cast.coach, now=NOW, scope=scope)
    assert (found.dates, found.runs, found.athletes) == (1, runs, 2)
    deed = Deed("change", changes={"place": "Park"})
    assert carry_out(chosen, deed, actor=cast.coach, now=NOW, scope=scope) == runs
