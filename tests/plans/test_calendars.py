"""Runs as iCalendar, read back with vobject, which is not what wrote them: plans/calendars.py."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from dateutil.tz import tzical
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from plans.calendars import busy_calendar, clean, length, own_calendar, squad_calendar
from plans.domain.feeds import SquadRun
from plans.domain.local_time import instant, shown
from plans.models import Assignment, Away, Run, Squad
from warmups.models import Revision, Routine, Step

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
]
MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def person(name: str = "Ada") -> User:
    """Somebody without anything; nothing here asks a database."""
    ada = User(pk=1, name=name, time_zone=BERLIN)
    for relation in ("squads_run_in", "rules", "away"):
        setattr(ada, relation, [])
    return ada


def run_at(local: datetime, zone: str = "Europe/Berlin", *, number: int = 1, **fields: Any) -> Run:
    """A run of Ada's without a warm-up."""
    where = ZoneInfo(zone)
    athlete = fields.pop("athlete", None) or person()
    run = Run(pk=number, athlete=athlete, local_date=local.date(), local_time=local.time(), time_zone=where,
              starts_at=instant(local, where), created_at=MADE, **fields)  # fmt: skip
    run._state.fields_cache["assignment"] = None
    run.athlete._state.fields_cache.setdefault("own_default", None)
    return run


def warmed(run: Run, **fields: Any) -> tuple[Run, dict[int, list[Step]]]:
    """The same run with a warm-up of six minutes, and the warm-up's steps."""
    routine = Routine(pk=5, name="Hips; then, go")
    revision = Revision(pk=7, routine=routine, name="Hips; then, go", duration_seconds=350)
    run._state.fields_cache["assignment"] = Assignment(run=run, revision=revision, assigned_at=MADE, **fields)
    step = Step(revision=revision, position=1, exercise_name="Squat", mode="reps", sets=2, reps=8, sides="each")
    return run, defaultdict(list, {7: [step]})


def events_of(text: bytes) -> list[Any]:
    """What vobject reads."""
    calendar = vobject.readOne(text.decode())
    return list(getattr(calendar, "vevent_list", []))


def times_of(text: bytes) -> list[tuple[datetime, datetime]]:
    """Start and end of each event in UTC, worked out from the VTIMEZONEs of the text and nothing else.

    By itself vobject takes a zone of a known name from a database of its own.
    """
    calendar = vobject.readOne(text.decode(), transform=False)
    zones = {each.tzid.value: tzical(StringIO(each.serialize())).get() for each in calendar.vtimezone_list}

    def moment(value: Any) -> datetime:
        if value.value.endswith("Z"):
            return datetime.strptime(value.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        local = datetime.strptime(value.value, "%Y%m%dT%H%M%S").replace(tzinfo=zones[value.tzid_param])
        return local.astimezone(UTC)

    return [(moment(event.dtstart), moment(event.dtend)) for event in calendar.vevent_list]


def walls(zone: str) -> st.SearchStrategy[datetime]:
    """Any wall time of three years, and often one near a change of the clocks."""
    where = ZoneInfo(zone)
    day, changes = datetime(2026, 1, 1), []
    while day.year < 2029:
        following = day + timedelta(days=1)
        if day.replace(tzinfo=where).utcoffset() != following.replace(tzinfo=where).utcoffset():
            changes.append(day)
        day = following
    anywhere = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 30))
    near = st.sampled_from(changes or [datetime(2026, 6, 1)]).flatmap(
        lambda day: st.integers(0, 24 * 12).map(lambda five: day + timedelta(minutes=5 * five))
    )
    return (anywhere | near).map(lambda wall: wall.replace(second=0, microsecond=0))


# --- Time -----------------------------------------------------------------------------------------------------------
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_another_reader_finds_the_same_instants_in_every_zone(data: st.DataObject) -> None:
    planned = []
    for number, zone in enumerate(ZONES):
        walls_here = data.draw(st.lists(walls(zone), min_size=1, max_size=3))
        planned += [
            run_at(wall, zone, number=100 * number + each, planned_minutes=data.draw(st.integers(1, 600)))
            for each, wall in enumerate(walls_here)
        ]
    found = times_of(own_calendar(person(), planned, {}))
    assert found == [(run.starts_at, run.starts_at + length(run)) for run in planned]


@pytest.mark.parametrize(
    ("zone", "wall", "written"),
    [
        ("Europe/Berlin", datetime(2027, 3, 28, 2, 30), "DTSTART;TZID=Europe/Berlin:20270328T033000"),
        ("Europe/Berlin", datetime(2027, 10, 31, 2, 30), "DTSTART;TZID=Europe/Berlin:20271031T023000"),
        ("Australia/Lord_Howe", datetime(2027, 10, 3, 2, 10), "DTSTART;TZID=Australia/Lord_Howe:20271003T024000"),
        ("Africa/Casablanca", datetime(2027, 3, 14, 2, 30), "DTSTART;TZID=Africa/Casablanca:20270314T033000"),
        ("Asia/Kathmandu", datetime(2027, 3, 14, 6, 30), "DTSTART;TZID=Asia/Kathmandu:20270314T063000"),
    ],
)
def test_a_start_is_what_clocks_show(zone: str, wall: datetime, written: str) -> None:
    run = run_at(wall, zone)
    text = own_calendar(person(), [run], {})
    assert written in text.decode().splitlines()
    assert events_of(text)[0].dtstart.value.replace(tzinfo=None) == shown(wall, ZoneInfo(zone))


def test_an_end_in_the_hour_that_comes_again_is_told_in_utc() -> None:
    text = own_calendar(person(), [run_at(datetime(2027, 10, 31, 2, 30), planned_minutes=45)], {}).decode()
    assert "DTEND:20271031T011500Z" in text.splitlines()


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({"planned_minutes": 50, "planned_metres": 20_000}, 50),
        ({"planned_metres": 10_000}, 60),
        ({"planned_metres": 100}, 5),
        ({"kind": "long"}, 90),
        ({"kind": "easy"}, 45),
    ],
)
def test_a_run_takes_its_minutes_else_its_distance_else_what_its_kind_does(fields: Any, minutes: int) -> None:
    assert length(run_at(datetime(2027, 3, 1, 7, 0), **fields)) == timedelta(minutes=minutes)


# --- What an event says ---------------------------------------------------------------------------------------------
def test_the_warm_up_is_text_and_alarm(settings: Any) -> None:
    settings.SITE_URL = "https://prestride.example"
    run = run_at(datetime(2027, 3, 1, 18, 30), place="The gate, north; side", note="Easy", kind="tempo")
    run, steps = warmed(run, note="Slowly")
    [event] = events_of(own_calendar(person(), [run], steps))
    assert (event.summary.value, event.location.value) == ("Tempo run", "The gate, north; side")
    assert event.description.value.splitlines() == [
        "Warm-up: Hips; then, go, 6 min",
        "1. Squat: 2 × 8 each side",
        "Note on the warm-up: Slowly",
        "Note on the run: Easy",
        "Start the warm-up: https://prestride.example/warm-up/1/",
        "The run: https://prestride.example/runs/1/",
    ]
    assert (event.uid.value, event.url.value) == ("run-1@prestride.example", "https://prestride.example/runs/1/")
    assert event.valarm.action.value == "DISPLAY"
    assert event.valarm.trigger.value == -timedelta(minutes=11)
    assert event.valarm.description.value == "Warm-up: Hips; then, go, 6 min"


def test_the_same_run_stays_the_same_event_and_a_change_counts_up() -> None:
    run = run_at(datetime(2027, 3, 1, 18, 30))
    [before] = events_of(own_calendar(person(), [run], {}))
    assert own_calendar(person(), [run], {}) == own_calendar(person(), [run], {})
    [after] = events_of(own_calendar(person(), [run_at(datetime(2027, 3, 2, 18, 30), sequence=1)], {}))
    assert (before.uid.value, int(before.sequence.value)) == (after.uid.value, 0)
    assert (int(after.sequence.value), after.dtstamp.value > before.dtstamp.value) == (1, True)


def test_a_cancelled_run_says_so_and_rings_no_alarm() -> None:
    run, steps = warmed(run_at(datetime(2027, 3, 1, 18, 30), status="cancelled"))
    [event] = events_of(own_calendar(person(), [run], steps))
    assert (event.status.value, event.transp.value) == ("CANCELLED", "TRANSPARENT")
    assert "valarm" not in event.contents


def test_a_run_on_an_away_day_is_free_time_and_says_nothing_of_why() -> None:
    run, steps = warmed(run_at(datetime(2027, 3, 1, 18, 30)))
    run.athlete.away = [Away(since=date(2027, 3, 1), until=date(2027, 3, 1), reason="injured")]  # type: ignore[attr-defined]
    text = own_calendar(person(), [run], steps)
    [event] = events_of(text)
    assert (event.summary.value, event.transp.value) == ("Easy run (away)", "TRANSPARENT")
    assert "valarm" not in event.contents
    assert b"injured" not in text


def test_busy_tells_times_alone() -> None:
    run, _steps = warmed(run_at(datetime(2027, 3, 1, 18, 30), place="The gate", note="Psst"), note="Psst")
    gone = run_at(datetime(2027, 3, 2, 18, 30), number=2, status="cancelled")
    [event] = events_of(busy_calendar(person(), [run, gone]))
    assert (event.summary.value, event.contents["class"][0].value) == ("Busy", "PRIVATE")
    assert set(event.contents) == {
        "uid", "sequence", "dtstamp", "last-modified", "dtstart", "dtend", "summary", "class", "status", "transp",
    }  # fmt: skip


def test_a_squads_date_is_one_event_and_a_single_run_one_of_its_own() -> None:
    wall = datetime(2027, 3, 1, 18, 30)
    rows = [
        SquadRun(run_at(wall, number=1, sequence=2), "Tom", 9, away=False),
        SquadRun(run_at(wall, number=2), "Ada", 9, away=True),
        SquadRun(run_at(wall, number=3, status="cancelled"), "Lia", 9, away=False),
        SquadRun(run_at(wall + timedelta(hours=1), number=4, kind="long"), "Bo", None, away=False),
    ]
    of_all, alone = events_of(squad_calendar(person(), Squad(name="Dawn", slug="dawn"), rows))
    assert of_all.summary.value == "Easy run: Dawn, 1 athlete"
    assert of_all.description.value.splitlines() == ["Ada (away)", "Tom"]
    assert (of_all.uid.value.partition("@")[0], of_all.sequence.value) == ("date-9", "2")
    assert (alone.summary.value, alone.uid.value.partition("@")[0]) == ("Long run: Bo", "run-4")


def test_a_large_squads_date_names_a_hundred() -> None:
    wall = datetime(2027, 3, 1, 18, 30)
    rows = [SquadRun(run_at(wall, number=n + 1), f"Runner {n:04}", 9, away=False) for n in range(150)]
    [event] = events_of(squad_calendar(person(), Squad(name="Dawn", slug="dawn"), rows))
    assert len(event.description.value.splitlines()) == 101
    assert event.description.value.splitlines()[-1] == "and 50 more"


# --- Text that means ill --------------------------------------------------------------------------------------------
@given(place=st.text(max_size=120), note=st.text(max_size=500))
@example(place="A\r\nBEGIN:VALARM\r\nACTION:AUDIO", note="B\rEND:VEVENT\rBEGIN:VEVENT")
@example(place="C:\\New, \\n; \\, \x00\x85\u2028\x1c", note="ü" * 500)
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_out_of_its_line(place: str, note: str) -> None:
    text = own_calendar(person(), [run_at(datetime(2027, 3, 1, 18, 30), place=place, note=note)], {})
    lines = text.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(sign in line for line in lines for sign in (b"\r", b"\n", b"\x00"))
    assert [line for line in lines if line.startswith((b"BEGIN:V", b"END:V"))] == [
        b"BEGIN:VCALENDAR", b"BEGIN:VTIMEZONE", b"END:VTIMEZONE", b"BEGIN:VEVENT", b"END:VEVENT", b"END:VCALENDAR",
    ]  # fmt: skip
    [event] = events_of(text)
    if place:
        assert event.location.value == clean(place)
    if note:
        assert clean(f"Note on the run: {note}") in event.description.value
