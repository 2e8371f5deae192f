"""Moving house: own runs keep their wall time if one likes, squads' runs stay where they are."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.people import change_preferences
from accounts.models import User
from plans.domain.local_time import instant
from plans.domain.moving import move_house, open_move
from plans.domain.runs import schedule_for_athlete, schedule_for_squad, schedule_run
from plans.models import Run, Series
from tests.conftest import Cast
from tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 15, 9, 0, tzinfo=UTC)
BERLIN, LISBON, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Lisbon"), ZoneInfo("Asia/Tokyo")
ZONES = ["Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "Antarctica/Troll", "Africa/Casablanca", "UTC"]


def moves(person: User, zone: ZoneInfo) -> None:
    change_preferences(user=person, changes={"time_zone": zone}, now=NOW)


def plan(person: User, at: datetime, **fields: Any) -> Run:
    return schedule_run(athlete=person, actor=person, now=NOW, kind="easy", local_start=at, **fields)


def weekly(person: User, at: time) -> Series:
    start = datetime.combine(NOW.date() + timedelta(days=2), at)
    rule = "FREQ=WEEKLY;BYDAY=WE,SU"
    return schedule_for_athlete(athlete=person, actor=person, now=NOW, kind="easy", local_start=start, rule=rule)


def test_own_runs_and_series_come_along_and_a_squads_stay(cast: Cast) -> None:
    person = cast.athlete
    single, series = plan(person, datetime(2027, 3, 20, 6, 30)), weekly(person, time(6, 30))
    squads = schedule_for_squad(
        squad=cast.squad, actor=cast.coach, now=NOW, kind="easy", local_start=datetime(2027, 3, 20, 18)
    )
    moves(person, LISBON)
    assert open_move(person, NOW) is not None
    moved = move_house(person=person, now=NOW, keep_wall_time=True)
    assert {run.pk for run in moved} == {single.pk, *series.runs.values_list("pk", flat=True)}
    for run in Run.objects.filter(athlete=person, squad=None):
        assert (run.time_zone, run.local_time) == (LISBON, time(6, 30))
        assert run.starts_at == instant(run.local_start, LISBON)
    series.refresh_from_db()
    assert series.time_zone == LISBON
    assert {run.time_zone for run in squads.runs.all()} == {cast.squad.time_zone}
    assert open_move(person, NOW) is None
    assert move_house(person=person, now=NOW, keep_wall_time=True) == []


def test_runs_may_stay_and_one_is_not_asked_again() -> None:
    person = make_user(time_zone=BERLIN)
    run = plan(person, datetime(2027, 3, 20, 6, 30))
    moves(person, LISBON)
    assert move_house(person=person, now=NOW, keep_wall_time=False) == []
    run.refresh_from_db()
    assert run.time_zone == BERLIN
    assert open_move(person, NOW) is None


def test_a_run_planned_elsewhere_on_purpose_is_left_alone() -> None:
    person = make_user(time_zone=BERLIN)
    abroad = plan(person, datetime(2027, 4, 20, 6, 30), time_zone=TOKYO)
    moves(person, LISBON)
    assert open_move(person, NOW) is None
    move_house(person=person, now=NOW, keep_wall_time=True)
    abroad.refresh_from_db()
    assert abroad.time_zone == TOKYO


def test_moving_twice_takes_all_along_and_moving_back_asks_nothing() -> None:
    person = make_user(time_zone=BERLIN)
    run = plan(person, datetime(2027, 3, 20, 6, 30))
    moves(person, LISBON)
    moves(person, BERLIN)
    assert open_move(person, NOW) is None
    moves(person, TOKYO)
    assert move_house(person=person, now=NOW, keep_wall_time=True) == [run]
    run.refresh_from_db()
    assert run.starts_at == datetime(2027, 3, 19, 21, 30, tzinfo=UTC)


def test_what_has_passed_in_the_new_zone_stays() -> None:
    person = make_user(time_zone=BERLIN)
    run = plan(person, datetime(2027, 3, 15, 12, 0))  # 11:00 UTC; in Tokyo noon was at 03:00 UTC
    moves(person, TOKYO)
    assert move_house(person=person, now=NOW, keep_wall_time=True) == []
    run.refresh_from_db()
    assert run.time_zone == BERLIN


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    old=st.sampled_from(ZONES),
    new=st.sampled_from(ZONES),
    day=st.integers(2, 300),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_wall_time_is_kept_between_any_two_zones(db: None, old: str, new: str, day: int, at: time) -> None:
    person = make_user(time_zone=ZoneInfo(old))
    run = plan(person, datetime.combine(NOW.date() + timedelta(days=day), at))
    before = run.local_start
    moves(person, ZoneInfo(new))
    move_house(person=person, now=NOW, keep_wall_time=True)
    run.refresh_from_db()
    assert (run.local_start, run.time_zone) == (before, ZoneInfo(new))
    assert run.starts_at == instant(before, ZoneInfo(new))


def test_the_page_asks_and_acts(browser_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    person = make_user(time_zone=BERLIN)
    browser, run = browser_of(person), plan(person, datetime(2027, 3, 20, 6, 30))
    page = reverse("calendar-moving")
    assert browser.get(page).status_code == 302
    moves(person, LISBON)
    assert page in browser.get(reverse("today")).content.decode()
    assert "06:30 Berlin time → 06:30 Lisbon time" in " ".join(browser.get(page).content.decode().split())
    assert browser.post(page, {"answer": "\x00"}).status_code == 422
    assert browser.post(page, {"answer": "move"}).status_code == 302
    run.refresh_from_db()
    assert run.time_zone == LISBON
    assert page not in browser.get(reverse("today")).content.decode()


def test_a_new_time_zone_in_the_settings_leads_to_the_question(browser_of: Any) -> None:
    person = make_user(time_zone=BERLIN)
    browser = browser_of(person)
    asked = {"name": person.name, "time_zone": "America/New_York", "language": "en", "units": "metric"}
    answer = browser.post(reverse("settings-profile"), asked)
    assert answer.headers["Location"] == reverse("settings-profile")
    make_run(person, starts_at=timezone.now() + timedelta(days=2), time_zone=ZoneInfo("America/New_York"))
    answer = browser.post(reverse("settings-profile"), asked | {"time_zone": "Asia/Kathmandu"})
    assert answer.headers["Location"] == reverse("calendar-moving")
