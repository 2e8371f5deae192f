"""plans/domain/given.py: of all that may say what a run gets, the nearest to the run wins."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.domain.given import given, with_warm_up
from plans.models import Run, Squad
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_assignment,
    make_membership,
    make_own_default,
    make_routine,
    make_run,
    make_squad,
    make_standing,
)

LEVELS = ("run", "athlete", "squad", "squad-default", "own-default")
TODAY = NOW.date()


def usual_of(squad: Squad) -> None:
    squad.default_routine = make_routine("The squad's usual")
    squad.save()


def on_level(level: str, run: Run, squad: Squad) -> Any:
    """Say on this level what the run gets, each time another routine."""
    deeds: dict[str, Callable[[], object]] = {
        "run": lambda: make_assignment(run, make_routine("run")),
        "athlete": lambda: make_standing(make_routine("athlete"), athlete=run.athlete),
        "squad": lambda: make_standing(make_routine("squad"), squad=squad),
        "squad-default": lambda: Squad.objects.filter(pk=squad.pk).update(
            default_routine=make_routine("squad-default")
        ),
        "own-default": lambda: make_own_default(run.athlete, make_routine("own-default")),
    }
    return deeds[level]()


def both_ways(run: Run) -> Any:
    """What a run gets, read alone and among many: the same."""
    alone = given(Run.objects.get(pk=run.pk))
    among = next(given(each) for each in with_warm_up(Run.objects.all()) if each.pk == run.pk)
    assert alone == among
    return alone


@pytest.mark.parametrize("outside", [False, True], ids=["run of the squad", "run outside any squad"])
@pytest.mark.parametrize(
    "said", list(product([True, False], repeat=5)), ids=lambda said: "".join("01"[s] for s in said)
)
def test_the_highest_level_that_says_something_wins(cast: Cast, said: tuple[bool, ...], outside: bool) -> None:
    run = make_run(cast.athlete, squad=None if outside else cast.squad)
    make_run(cast.team_mate)
    levels = [level for level, says in zip(LEVELS, said, strict=True) if says]
    for level in levels:
        on_level(level, run, cast.squad)
    what = both_ways(run)
    if not levels:
        assert what is None
        return
    assert (what.source, what.revision.name) == (levels[0], levels[0])
    assert what.squad == (cast.squad if levels[0] in {"squad", "squad-default"} else None)
    assert (what.standing is not None) == (levels[0] in {"athlete", "squad"})


@pytest.mark.parametrize("whose", ["athlete", "squad"])
def test_of_two_rules_the_later_first_day_wins_then_the_newer(cast: Cast, whose: str) -> None:
    run = make_run(cast.athlete, squad=cast.squad)
    owner = {whose: getattr(cast, whose)}
    make_standing(make_routine("older"), since=TODAY - timedelta(days=3), **owner)
    later = make_standing(make_routine("later"), since=TODAY - timedelta(days=1), **owner)
    make_standing(make_routine("set last, from earlier on"), since=TODAY - timedelta(days=9), **owner)
    assert both_ways(run).standing == later
    newer = make_standing(make_routine("newer"), since=TODAY - timedelta(days=1), **owner)
    assert both_ways(run).standing == newer


@pytest.mark.parametrize(
    ("kinds", "kind", "holds"),
    [
        ([], "race", True),
        (["intervals"], "intervals", True),
        (["hills", "intervals"], "intervals", True),
        (["intervals"], "easy", False),
    ],
)
def test_a_rule_holds_for_its_kinds_and_without_any_for_all(
    cast: Cast, kinds: list[str], kind: str, holds: bool
) -> None:
    make_standing(make_routine(), squad=cast.squad, kinds=kinds)
    assert (both_ways(make_run(cast.athlete, squad=cast.squad, kind=kind)) is not None) == holds


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [(0, 0, True), (0, None, True), (-5, None, True), (-5, 5, True), (1, None, False), (-5, -1, False), (1, 9, False)],
)
def test_a_rule_holds_on_its_dates_both_included(cast: Cast, since: int, until: int | None, holds: bool) -> None:
    days = {"since": TODAY + timedelta(days=since), "until": None if until is None else TODAY + timedelta(days=until)}
    make_standing(make_routine(), athlete=cast.athlete, **days)
    assert (both_ways(make_run(cast.athlete)) is not None) == holds


def test_the_dates_of_a_rule_are_those_of_the_runs_own_clock(cast: Cast) -> None:
    make_standing(make_routine(), athlete=cast.athlete, since=date(2027, 3, 16))
    after_midnight_in_berlin = NOW.replace(hour=23, minute=30)
    assert both_ways(make_run(cast.athlete, starts_at=after_midnight_in_berlin)) is not None
    assert both_ways(make_run(cast.athlete, starts_at=NOW.replace(hour=22, minute=30))) is None


def test_a_rule_that_does_not_hold_leaves_it_to_the_next(cast: Cast) -> None:
    usual_of(cast.squad)
    make_standing(make_routine("races"), athlete=cast.athlete, kinds=["race"])
    make_standing(make_routine("over"), squad=cast.squad, until=TODAY - timedelta(days=1))
    what = both_ways(make_run(cast.athlete, squad=cast.squad))
    assert (what.source, what.revision.name) == ("squad-default", "The squad's usual")


def test_a_run_outside_squads_goes_by_the_squads_in_the_order_joined(cast: Cast) -> None:
    second = make_squad("Second")
    make_membership(second, cast.athlete, began_at=NOW - timedelta(days=10))
    make_membership(cast.other_squad, cast.athlete, began_at=NOW - timedelta(days=20))
    make_standing(make_routine("of the last"), squad=second)
    run = make_run(cast.athlete)
    assert both_ways(run).squad == second
    make_standing(make_routine("of the one before"), squad=cast.other_squad, since=TODAY - timedelta(days=30))
    assert both_ways(run).squad == cast.other_squad
    before_joining_the_last = make_run(cast.athlete, starts_at=NOW - timedelta(days=15))
    assert both_ways(before_joining_the_last) is not None
    before_both = make_run(cast.athlete, starts_at=NOW - timedelta(days=25))
    assert both_ways(before_both) is None


def test_a_run_of_a_squad_goes_by_no_other_squad(cast: Cast) -> None:
    make_membership(cast.other_squad, cast.athlete)
    make_standing(make_routine(), squad=cast.other_squad)
    usual_of(cast.other_squad)
    assert both_ways(make_run(cast.athlete, squad=cast.squad)) is None


def test_rules_of_others_reach_nobody(cast: Cast) -> None:
    make_standing(make_routine(), athlete=cast.team_mate)
    make_standing(make_routine(), athlete=cast.coach)
    make_own_default(cast.team_mate, make_routine())
    make_standing(make_routine(), squad=cast.other_squad)
    assert both_ways(make_run(cast.athlete, squad=cast.squad)) is None
    assert both_ways(make_run(cast.athlete)) is None


def test_the_note_of_a_rule_comes_along(cast: Cast) -> None:
    make_standing(make_routine(), squad=cast.squad, note="Slowly")
    assert both_ways(make_run(cast.athlete, squad=cast.squad)).note == "Slowly"
    by_hand = make_run(cast.athlete, squad=cast.squad)
    make_assignment(by_hand, make_routine(), note="Quickly")
    assert both_ways(by_hand).note == "Quickly"


def test_all_levels_together_cost_the_same_for_one_run_and_for_many(cast: Cast) -> None:
    counts = []
    for level in LEVELS:
        on_level(level, make_run(cast.athlete, squad=cast.squad), cast.squad)
        on_level("athlete", make_run(cast.team_mate), cast.squad)
        with CaptureQueriesContext(connection) as queries:
            for run in with_warm_up(Run.objects.all()):
                given(run)
        counts.append(len(queries))
    assert len(set(counts[1:])) == 1
