"""plans/views/plan.py: a squad's plan, its dates, deeds on what was ticked, copying a week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import User
from plans.days import week_word
from plans.domain.runs import change_run, schedule_for_squad, schedule_run
from plans.models import Membership, Occurrence, Run, Series
from tests.conftest import Cast
from tests.factories import make_away, make_membership, make_routine, make_run, make_user
from tests.page_text import Text

Browser = Callable[[User | None], Client]
WEEK = timedelta(weeks=1)
PLAN = "/squads/dawn-patrol/plan/"


@pytest.fixture(autouse=True)
def _joined_in_time(cast: Cast) -> None:
    """Everybody joined a week before the clock by which pages go."""
    Membership.objects.update(began_at=timezone.now() - WEEK, sees_from=timezone.now() - WEEK)


@pytest.fixture
def tuesday(cast: Cast) -> datetime:
    """Half past six in the evening of the Tuesday after next, as the squad's clocks show it."""
    today = timezone.now().astimezone(cast.squad.time_zone).date()
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=2)
    return datetime.combine(monday + timedelta(days=1), datetime.min.time()).replace(hour=18, minute=30)


def plan(cast: Cast, start: datetime, **fields: Any) -> Occurrence:
    """A date for everyone; the first of its series."""
    values = {"kind": "tempo", "local_start": start} | fields
    series = schedule_for_squad(squad=cast.squad, actor=cast.coach, now=timezone.now(), **values)
    return series.occurrences.order_by("day")[0]


def items(answer: Any) -> dict[str, list[str]]:
    """The keys of what stands on each day that has something."""
    return {day.day.isoformat(): [item.key for item in day.items] for day in answer.context["days"] if day.items}


def said(answer: Any) -> list[str]:
    """The messages that come with an answer."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


# --- The plan ---------------------------------------------------------------------------------------------------------
def test_a_week_has_everyones_dates_and_single_runs_and_no_private_ones(
    cast: Cast, browser_of: Browser, tuesday: datetime
) -> None:
    cast.squad.default_routine = make_routine("The usual", owner=cast.coach)
    cast.squad.save()
    date = plan(cast, tuesday)
    alone = schedule_run(
        athlete=cast.athlete,
        squad=cast.squad,
        actor=cast.coach,
        now=timezone.now(),
        kind="easy",
        local_start=tuesday + timedelta(days=1),
    )
    make_run(cast.athlete, starts_at=alone.starts_at)
    plan(cast, tuesday + timedelta(days=7))
    change_run(
        run=date.runs.get(athlete=cast.athlete),
        actor=cast.athlete,
        now=timezone.now(),
        changes={"local_start": tuesday + timedelta(hours=1)},
    )
    make_away(cast.team_mate, since=tuesday.date(), until=tuesday.date())
    answer = browser_of(cast.coach).get(PLAN, {"week": week_word(tuesday.date())})
    assert items(answer) == {
        tuesday.date().isoformat(): [f"d{date.pk}"],
        (tuesday + timedelta(days=1)).date().isoformat(): [f"r{alone.pk}"],
    }
    words = Text(answer)
    assert "1 moved, 1 away" in words
    assert "Warm-up: The usual" in words
    assert "Ada" in words


def test_by_athlete_their_own_runs_are_there_too(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    plan(cast, tuesday)
    own = make_run(cast.athlete, starts_at=Run.objects.first().starts_at + timedelta(days=1), kind="race")
    make_run(cast.other_athlete, starts_at=own.starts_at)
    answer = browser_of(cast.coach).get(PLAN, {"week": week_word(tuesday.date()), "rows": "athletes"})
    rows = {row.athlete: [item.key for cell in row.cells for item in cell.items] for row in answer.context["rows"]}
    of = {run.athlete: f"r{run.pk}" for run in Run.objects.exclude(occurrence=None)}
    assert rows == {
        cast.athlete: [of[cast.athlete], f"r{own.pk}"],
        cast.team_mate: [of[cast.team_mate]],
    }
    assert "own run" in Text(answer)


def test_a_month_has_its_weeks(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    date = plan(cast, tuesday)
    answer = browser_of(cast.coach).get(PLAN, {"month": tuesday.strftime("%Y-%m")})
    assert items(answer)[tuesday.date().isoformat()] == [f"d{date.pk}"]
    assert len(answer.context["days"]) % 7 == 0
    day = browser_of(cast.coach).get(PLAN, {"day": tuesday.date().isoformat()})
    assert day["Location"] == f"{PLAN}?week={week_word(tuesday.date())}"


def test_an_assistant_reads_and_plans_nothing(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    date = plan(cast, tuesday)
    browser = browser_of(cast.assistant)
    answer = browser.get(PLAN, {"week": week_word(tuesday.date())})
    assert items(answer) == {tuesday.date().isoformat(): [f"d{date.pk}"]}
    assert answer.context["form"] is None
    assert 'name="chosen"' not in answer.content.decode()
    page = browser.get(f"{PLAN}dates/{date.pk}/")
    assert page.status_code == 200
    assert f"{PLAN}change/" not in page.content.decode()
    for path, body in ((PLAN, {}), (f"{PLAN}change/", {"chosen": f"d{date.pk}"}), (f"{PLAN}copy/", {})):
        assert browser.post(path, body).status_code == 403


def test_a_date_says_what_it_is_and_who_runs(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    routine = make_routine("Hips", owner=cast.coach)
    date = plan(cast, tuesday, routine=routine, place="Track", rule="FREQ=WEEKLY;COUNT=3")
    words = Text(browser_of(cast.coach).get(f"{PLAN}dates/{date.pk}/"))
    for each in ("Tempo run", "Track", "Every Tuesday at 18:30", "Hips", "2 athletes", "Ada", "Tom"):
        assert each in words
    assert browser_of(cast.other_coach).get(f"{PLAN}dates/{date.pk}/").status_code == 404


# --- Deeds ------------------------------------------------------------------------------------------------------------
def test_what_is_ticked_is_looked_at_and_then_done(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    first, second = plan(cast, tuesday), plan(cast, tuesday + timedelta(days=2))
    keys = [f"d{first.pk}", f"d{second.pk}"]
    browser, week = browser_of(cast.coach), week_word(tuesday.date())
    asked = browser.get(f"{PLAN}change/", {"chosen": keys, "week": week})
    assert "2 chosen" in Text(asked)
    body = {"chosen": keys, "week": week, "deed": "change", "local_time": "07:15", "place": "Park"}
    look = browser.post(f"{PLAN}change/", body | {"step": "look"})
    assert (look.status_code, Run.objects.filter(place="Park").count()) == (200, 0)
    assert "4 runs of 2 athletes" in Text(look)
    assert "Change to: 07:15, Park" in Text(look)
    again = browser.post(f"{PLAN}change/", body | {"step": "edit"})
    assert (again.status_code, again.context["form"].data["place"]) == (200, "Park")
    done = browser.post(f"{PLAN}change/", body | {"step": "do"})
    assert (done.status_code, done["Location"], said(done)) == (302, f"{PLAN}?week={week}", ["4 runs are changed."])
    assert {run.local_time.strftime("%H:%M") for run in Run.objects.filter(place="Park")} == {"07:15"}


def test_a_drop_moves_at_once_and_is_undone(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    date = plan(cast, tuesday, rule="FREQ=WEEKLY;COUNT=3")
    browser, week = browser_of(cast.coach), week_word(tuesday.date())
    body = {"chosen": f"d{date.pk}", "deed": "move", "days": "2", "scope": "following", "step": "do", "week": week}
    done = browser.post(f"{PLAN}change/", body)
    assert said(done) == ["6 runs are moved."]
    assert set(Run.objects.values_list("local_date__week_day", flat=True)) == {5}  # Thursday
    page = browser.get(done["Location"])
    undo = page.context["undo"]
    assert undo == {"chosen": f"d{date.pk}", "deed": "move", "days": "-2", "scope": "following"}
    browser.post(f"{PLAN}change/", undo | {"step": "do", "week": week})
    assert set(Run.objects.values_list("local_date__week_day", flat=True)) == {3}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"deed": "move"}, "days"),
        ({"deed": "move", "days": "400"}, "days"),
        ({"deed": "warm-up"}, "routine"),
        ({"deed": "change"}, "deed"),
        ({"deed": "fly"}, "deed"),
        ({"deed": "change", "local_time": "25:00"}, "local_time"),
        ({"deed": "move", "days": "-60"}, "days"),  # before anybody joined
    ],
)
def test_a_bad_deed_is_told_beside_its_field(
    cast: Cast, browser_of: Browser, tuesday: datetime, body: dict, field: str
) -> None:
    date = plan(cast, tuesday)
    answer = browser_of(cast.coach).post(f"{PLAN}change/", body | {"chosen": f"d{date.pk}", "step": "do"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    date.refresh_from_db()
    assert date.local_start == tuesday


@pytest.mark.parametrize("key", ["", "d0", "r1", "x1", "d" + "9" * 18, "d1 "])
def test_what_is_not_there_cannot_be_changed(cast: Cast, browser_of: Browser, tuesday: datetime, key: str) -> None:
    elsewhere = schedule_for_squad(
        squad=cast.other_squad, actor=cast.other_coach, now=timezone.now(), kind="easy", local_start=tuesday
    )
    browser = browser_of(cast.coach)
    for each in (key, f"d{elsewhere.occurrences.get().pk}"):
        body = {"chosen": each, "deed": "cancel", "step": "do"}
        assert browser.post(f"{PLAN}change/", body).status_code == 422
        assert "Nothing is chosen" in Text(browser.get(f"{PLAN}change/", {"chosen": each}))
    assert Run.objects.planned().count() == elsewhere.runs.count()


# --- Copying ----------------------------------------------------------------------------------------------------------
def test_a_week_is_looked_at_and_then_copied(cast: Cast, browser_of: Browser, tuesday: datetime) -> None:
    plan(cast, tuesday)
    browser, week = browser_of(cast.coach), week_word(tuesday.date())
    monday = tuesday.date() - timedelta(days=1)
    onto = [(monday + timedelta(weeks=number)).isoformat() for number in (1, 2)]
    assert "1 date for everyone" in Text(browser.get(f"{PLAN}copy/", {"week": week}))
    body = {"week": week, "onto": onto, "singles": "on"}
    look = browser.post(f"{PLAN}copy/", body | {"step": "look"})
    assert "2 dates, 4 runs of 2 athletes." in Text(look)
    assert Series.objects.count() == 1
    done = browser.post(f"{PLAN}copy/", body | {"step": "do"})
    assert (done["Location"], said(done)) == (
        f"{PLAN}?week={week_word(monday + timedelta(weeks=1))}",
        ["2 dates are planned."],
    )
    assert sorted(Occurrence.objects.values_list("local_date", flat=True)) == [
        tuesday.date() + timedelta(weeks=number) for number in range(3)
    ]


@pytest.mark.parametrize("onto", [[], ["2020-01-06"], ["tomorrow"], ["\x00"]])
def test_weeks_that_are_not_offered_are_refused(
    cast: Cast, browser_of: Browser, tuesday: datetime, onto: list[str]
) -> None:
    plan(cast, tuesday)
    body = {"week": week_word(tuesday.date()), "onto": onto, "step": "do"}
    answer = browser_of(cast.coach).post(f"{PLAN}copy/", body)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["onto"])
    assert Series.objects.count() == 1


def test_the_plan_costs_the_same_for_many(
    cast: Cast, browser_of: Browser, tuesday: datetime, django_assert_num_queries: Any
) -> None:
    def cost(query: dict[str, str]) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        browser = browser_of(cast.coach)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(PLAN, query | {"week": week_word(tuesday.date())}).status_code == 200
        return len(queries)

    plan(cast, tuesday)
    few = [cost({}), cost({"rows": "athletes"})]
    for _each in range(4):
        make_membership(cast.squad, make_user(), began_at=timezone.now() - WEEK)
        make_run(make_user(), starts_at=timezone.now())
    for number in range(4):
        plan(cast, tuesday + timedelta(days=number), routine=make_routine(owner=cast.coach))
    assert [cost({}), cost({"rows": "athletes"})] == few
