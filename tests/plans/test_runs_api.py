"""runs/, assignments/ and the plans' part of routines/ over the API: shapes, rights, bad input, constant queries.

Views read the clock, so what is planned here lies relative to today.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.security import make_token
from plans.domain.series import extend_series
from plans.models import Assignment, Run, Series
from tests.conftest import Cast
from tests.factories import BERLIN, make_assignment, make_membership, make_routine, make_run, make_session
from warmups.domain.library_routines import publish_routine
from warmups.domain.routines import revise_routine

RUNS = "/api/v1/runs/"
ASSIGNMENTS = "/api/v1/assignments/"
ROUTINES = "/api/v1/routines/"


@pytest.fixture
def now() -> datetime:
    """Now, to the second."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def _joined_long_ago(request: pytest.FixtureRequest) -> None:
    """The factories' people joined before a day far ahead: let the cast have joined sixty days before today."""
    if "cast" in request.fixturenames:
        cast: Cast = request.getfixturevalue("cast")
        since = timezone.now() - timedelta(days=60)
        midnight = since.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
        for squad in (cast.squad, cast.other_squad):
            squad.memberships.update(began_at=since, sees_from=midnight)


def local(days: int, clock: str = "06:30:00", zone: ZoneInfo = BERLIN) -> str:
    """A wall time so many days from today."""
    day = timezone.now().astimezone(zone).date() + timedelta(days=days)
    return f"{day}T{clock}"


def problems(response: Any) -> list[tuple[str, str]]:
    """Field and code of each error of a problem document."""
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code == 400
    assert all(row["message"] for row in response.json()["errors"])
    return [(row["field"], row["code"]) for row in response.json()["errors"]]


# --- Shape ------------------------------------------------------------------------------------------------------------
def test_a_run_has_the_shape_and_keeps_the_wall_time(cast: Cast, api_of: Callable) -> None:
    body = {"kind": "intervals", "local_start": "2027-03-28T02:30", "planned_minutes": 50}
    answer = api_of(cast.athlete).post(RUNS, body)
    run = Run.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": run.pk,
        "athlete": cast.athlete.pk,
        "squad": None,
        "series": None,
        "kind": "intervals",
        "local_start": "2027-03-28T02:30:00",
        "time_zone": "Europe/Berlin",
        "starts_at": "2027-03-28T01:30:00Z",
        "planned_minutes": 50,
        "planned_metres": None,
        "place": "",
        "note": "",
        "status": "planned",
        "routine": None,
        "routine_revision": None,
        "routine_from": None,
        "warm_up": None,
        "away": False,
    }
    assert api_of(cast.athlete).get(f"{RUNS}{run.pk}/").json() == answer.json()
    assert api_of(cast.coach).get(RUNS).json() == {"next": None, "previous": None, "results": [answer.json()]}


def test_a_run_says_what_it_got_and_why(cast: Cast, api_of: Callable, now: datetime) -> None:
    default = cast.squad.default_routine = make_routine()
    cast.squad.save()
    run = make_run(cast.athlete, squad=cast.squad, starts_at=now + timedelta(hours=3))
    named = ("routine", "routine_revision", "routine_from", "warm_up")
    answer = api_of(cast.athlete).get(f"{RUNS}{run.pk}/").json()
    assert [answer[name] for name in named] == [default.pk, default.current.pk, "squad-default", "planned"]
    by_hand = make_routine(owner=cast.coach)
    make_assignment(run, by_hand, by=cast.coach)
    make_session(cast.athlete, run=run, outcome="short")
    answer = api_of(cast.athlete).get(f"{RUNS}{run.pk}/").json()
    assert [answer[name] for name in named] == [by_hand.pk, by_hand.current.pk, "run", "short"]


# --- Planning ---------------------------------------------------------------------------------------------------------
def test_a_coach_plans_for_an_athlete_with_a_routine(cast: Cast, api_of: Callable) -> None:
    routine = make_routine(owner=cast.coach)
    body = {"athlete": cast.athlete.pk, "kind": "easy", "local_start": local(1), "routine": routine.pk}
    answer = api_of(cast.coach).post(RUNS, body)
    assert answer.status_code == 201
    assert (answer.json()["athlete"], answer.json()["routine"], answer.json()["routine_from"]) == (
        cast.athlete.pk,
        routine.pk,
        "run",
    )
    assert api_of(cast.athlete).get(f"{ROUTINES}{routine.pk}/").status_code == 200


def test_a_squads_runs_are_there_when_the_answer_comes(cast: Cast, api_of: Callable) -> None:
    routine = make_routine()
    cast.squad.time_zone = ZoneInfo("Asia/Tokyo")
    cast.squad.save()
    body = {"squad": "dawn-patrol", "kind": "long", "local_start": local(2), "routine": routine.pk, "place": "Track"}
    answer = api_of(cast.coach).post(RUNS, body)
    series = Series.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"series": series.pk, "count": 2})
    listed = api_of(cast.coach).get(RUNS, {"series": series.pk}).json()["results"]
    assert {run["athlete"] for run in listed} == {cast.athlete.pk, cast.team_mate.pk}
    assert {(run["squad"], run["time_zone"], run["routine"], run["routine_from"], run["place"]) for run in listed} == {
        ("dawn-patrol", "Asia/Tokyo", routine.pk, "run", "Track")
    }


def test_who_may_plan_for_whom(cast: Cast, api_of: Callable) -> None:
    plan = {"kind": "easy", "local_start": local(1)}
    for_athlete, for_squad = plan | {"athlete": cast.athlete.pk}, plan | {"squad": "dawn-patrol"}
    expected = {
        "athlete": (201, 403),
        "team_mate": (400, 403),
        "coach": (201, 201),
        "assistant": (403, 403),
        "other_coach": (400, 400),
        "curator": (400, 400),
    }
    for name, statuses in expected.items():
        client = api_of(getattr(cast, name))
        assert (name, client.post(RUNS, for_athlete).status_code, client.post(RUNS, for_squad).status_code) == (
            name,
            *statuses,
        )
        assert client.post(RUNS, plan).status_code == 201
    assert api_of(None).post(RUNS, plan).status_code == 401


def test_the_day_of_joining_is_the_first_that_a_coach_plans_and_sees(cast: Cast, api_of: Callable) -> None:
    membership = cast.squad.memberships.get(person=cast.athlete)
    midnight = membership.sees_from.astimezone(BERLIN)
    plan = {"athlete": cast.athlete.pk, "kind": "easy"}
    on_the_day = midnight.strftime("%Y-%m-%dT00:00:00")
    before = (midnight - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    assert problems(api_of(cast.coach).post(RUNS, plan | {"local_start": before})) == [("local_start", "invalid")]
    assert api_of(cast.coach).post(RUNS, plan | {"local_start": on_the_day}).status_code == 201
    unseen = make_run(cast.athlete, starts_at=membership.sees_from - timedelta(minutes=1))
    assert api_of(cast.coach).get(f"{RUNS}{unseen.pk}/").status_code == 404
    assert api_of(cast.athlete).get(f"{RUNS}{unseen.pk}/").status_code == 200


BAD_PLANS: list[tuple[dict, list[tuple[str, str]]]] = [
    ({"kind": None}, [("kind", "null")]),
    ({"kind": "sprint"}, [("kind", "invalid_choice")]),
    ({"kind": ["easy"]}, [("kind", "invalid_choice")]),
    ({"local_start": None}, [("local_start", "null")]),
    ({"local_start": "tomorrow"}, [("local_start", "invalid")]),
    ({"local_start": 20270328}, [("local_start", "invalid")]),
    ({"local_start": "2027-03-28"}, [("local_start", "invalid")]),
    ({"local_start": "2027-02-29T06:30"}, [("local_start", "invalid")]),
    ({"local_start": "٢٠٢٧-03-28T06:30"}, [("local_start", "invalid")]),
    ({"local_start": "2027-03-28T06:30Z"}, [("local_start", "offset")]),
    ({"local_start": "2027-03-28T06:30+02:00"}, [("local_start", "offset")]),
    ({"local_start": "0001-01-01T00:00"}, [("local_start", "invalid")]),
    ({"local_start": "9999-12-31T23:59:59"}, [("local_start", "invalid")]),
    ({"time_zone": "Mars/Olympus"}, [("time_zone", "time_zone")]),
    ({"time_zone": "../../etc/passwd"}, [("time_zone", "time_zone")]),
    ({"time_zone": "Europe"}, [("time_zone", "time_zone")]),
    ({"planned_minutes": 0}, [("planned_minutes", "min_value")]),
    ({"planned_minutes": 1441}, [("planned_minutes", "max_value")]),
    ({"planned_minutes": "many"}, [("planned_minutes", "invalid")]),
    ({"planned_metres": -5}, [("planned_metres", "min_value")]),
    ({"planned_metres": 10**30}, [("planned_metres", "max_value")]),
    ({"place": "x" * 121}, [("place", "max_length")]),
    ({"place": "\x00"}, [("place", "bad_text")]),
    ({"note": "x" * 501}, [("note", "max_length")]),
    ({"note": {}}, [("note", "invalid")]),
    ({"rrule": "every Tuesday"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=YEARLY"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=WEEKLY;BYHOUR=6"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=WEEKLY;INTERVAL=0"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=WEEKLY;COUNT=" + "9" * 30}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=DAILY;COUNT=3;UNTIL=20300101"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=DAILY;UNTIL=20010101"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=6MO"}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=DAILY;" + "BYDAY=MO," * 100}, [("rrule", "invalid")]),
    ({"rrule": "FREQ=DAILY\x00"}, [("rrule", "bad_text")]),
    ({"rrule": ["FREQ=DAILY"]}, [("rrule", "invalid")]),
    ({"routine": 10**30}, [("routine", "does_not_exist")]),
    ({"routine": "five"}, [("routine", "incorrect_type")]),
    ({"athlete": 10**30}, [("athlete", "does_not_exist")]),
    ({"athlete": True}, [("athlete", "incorrect_type")]),
    ({"squad": "no-such"}, [("squad", "does_not_exist")]),
    ({"squad": 7}, [("squad", "invalid")]),
    ({"squad": "Robert'); DROP TABLE"}, [("squad", "invalid")]),
]


@pytest.mark.parametrize(("fields", "expected"), BAD_PLANS)
def test_bad_plans_are_named(cast: Cast, api_of: Callable, fields: dict, expected: list) -> None:
    answer = api_of(cast.coach).post(RUNS, {"kind": "easy", "local_start": local(1)} | fields)
    assert problems(answer) == expected
    assert not Run.objects.exists()


def test_missing_fields_and_shapeless_bodies_are_named(cast: Cast, api_of: Callable) -> None:
    client = api_of(cast.coach)
    assert problems(client.post(RUNS, {})) == [("kind", "required"), ("local_start", "required")]
    both = {"kind": "easy", "local_start": local(1), "athlete": cast.athlete.pk, "squad": "dawn-patrol"}
    assert problems(client.post(RUNS, both)) == [("athlete", "invalid")]
    for body in ("[]", "5", "null", '"x"', "{", ""):
        assert client.post(RUNS, body, content_type="application/json").status_code == 400
    assert not Run.objects.exists()


def test_a_plan_whose_routine_may_not_be_used_is_not_made(cast: Cast, api_of: Callable) -> None:
    archived = make_routine(owner=cast.coach, archived_at=timezone.now())
    for body in ({"athlete": cast.athlete.pk}, {"squad": "dawn-patrol"}):
        plan = body | {"kind": "easy", "local_start": local(1), "routine": archived.pk}
        assert problems(api_of(cast.coach).post(RUNS, plan)) == [("routine", "invalid")]
    hidden = make_routine(owner=cast.other_coach)
    plan = {"kind": "easy", "local_start": local(1), "routine": hidden.pk}
    assert problems(api_of(cast.coach).post(RUNS, plan)) == [("routine", "does_not_exist")]
    assert not Run.objects.exists()


# --- Reading ----------------------------------------------------------------------------------------------------------
def test_who_sees_a_run(cast: Cast, api_of: Callable, now: datetime) -> None:
    run = make_run(cast.athlete, squad=cast.squad, starts_at=now + timedelta(hours=3))
    expected = {"athlete": 200, "team_mate": 404, "coach": 200, "assistant": 200, "other_coach": 404, "curator": 404}
    for name, status in expected.items():
        client = api_of(getattr(cast, name))
        assert (name, client.get(f"{RUNS}{run.pk}/").status_code) == (name, status)
        assert len(client.get(RUNS).json()["results"]) == (status == 200)
    assert api_of(None).get(RUNS).status_code == 401
    assert api_of(cast.athlete).get(f"{RUNS}{10**30}/").status_code == 404


def test_the_filters(cast: Cast, api_of: Callable, now: datetime) -> None:
    day = now.astimezone(BERLIN).date()
    at = {days: make_run(cast.athlete, starts_at=now + timedelta(days=days)) for days in (-1, 0, 1)}
    squads = make_run(cast.team_mate, squad=cast.squad, starts_at=now + timedelta(days=1, hours=1))
    cancelled = make_run(cast.athlete, starts_at=now + timedelta(days=1, hours=2), status="cancelled")
    everything = [at[-1], at[0], at[1], squads]

    def listed(**filters: Any) -> list[int]:
        return [run["id"] for run in api_of(cast.coach).get(RUNS, filters).json()["results"]]

    assert listed() == [run.pk for run in everything]
    assert listed(cancelled="true") == [*(run.pk for run in everything), cancelled.pk]
    assert listed(cancelled="false") == listed()
    assert listed(**{"from": day, "to": day}) == [at[0].pk]
    assert listed(to=day) == [at[-1].pk, at[0].pk]
    assert listed(**{"from": day + timedelta(days=1)}) == [at[1].pk, squads.pk]
    assert listed(athlete=cast.team_mate.pk) == [squads.pk]
    assert listed(squad="dawn-patrol") == [squads.pk]
    assert listed(squad="night-owls") == listed(series=1) == listed(athlete=2**63 - 1) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "yesterday"),
        ("to", "2027-02-30"),
        ("athlete", "me"),
        ("athlete", str(2**63)),
        ("athlete", "-1"),
        ("series", "1.5"),
        ("squad", "no slug"),
        ("cancelled", "perhaps"),
    ],
)
def test_bad_filters_are_named(cast: Cast, api_of: Callable, name: str, value: str) -> None:
    assert [field for field, _code in problems(api_of(cast.coach).get(RUNS, {name: value}))] == [name]


def test_lists_cost_the_same_however_long(cast: Cast, api_of: Callable, now: datetime) -> None:
    cast.squad.default_routine = make_routine()
    cast.squad.save()
    client = api_of(cast.coach)
    client.get(ROUTINES)  # the person's rights are read once
    counts = []
    for hours in (1, 2, 3):
        make_session(cast.athlete, run=make_run(cast.athlete, starts_at=now + timedelta(hours=hours)))
        run = make_run(cast.team_mate, squad=cast.squad, starts_at=now + timedelta(hours=hours))
        make_assignment(run, make_routine(owner=cast.coach), by=cast.coach)
        counts.append([])
        for path in (RUNS, ASSIGNMENTS, ROUTINES):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            counts[-1].append(len(queries))
    assert counts[0] == counts[1] == counts[2]


# --- Changing ---------------------------------------------------------------------------------------------------------
def test_who_changes_and_cancels_a_run(cast: Cast, api_of: Callable, now: datetime) -> None:
    expected = {"athlete": (200, 204), "team_mate": (404, 404), "coach": (200, 204), "assistant": (403, 403)}
    for name, statuses in (expected | {"other_coach": (404, 404), "curator": (404, 404)}).items():
        run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
        client, path = api_of(getattr(cast, name)), f"{RUNS}{run.pk}/"
        assert (name, client.patch(path, {"place": "Park"}).status_code, client.delete(path).status_code) == (
            name,
            *statuses,
        )
        run.refresh_from_db()
        done = statuses == (200, 204)
        assert (run.place, run.status) == (("Park", "cancelled") if done else ("", "planned"))


def test_patch_changes_what_it_names_and_null_clears(cast: Cast, api_of: Callable) -> None:
    client = api_of(cast.athlete)
    body = {"kind": "easy", "local_start": local(1), "planned_minutes": 40, "planned_metres": 8000, "note": "Slow"}
    made = client.post(RUNS, body | {"time_zone": "Asia/Tokyo"}).json()
    path = f"{RUNS}{made['id']}/"
    answer = client.patch(path, {"planned_minutes": None, "place": "Park"}).json()
    assert answer == made | {"planned_minutes": None, "place": "Park"}
    answer = client.patch(path, {"time_zone": None, "note": None}).json()
    assert (answer["time_zone"], answer["note"], answer["local_start"]) == ("Europe/Berlin", "", local(1))
    # What was read may be sent back as it is.
    assert client.patch(path, answer).json() == answer
    for fields, field in (({"athlete": cast.coach.pk}, "athlete"), ({"squad": "dawn-patrol"}, "squad")):
        assert problems(client.patch(path, fields)) == [(field, "invalid")]
    assert client.get(path).json() == answer


@pytest.mark.parametrize(("fields", "expected"), [pair for pair in BAD_PLANS if "athlete" not in pair[0]])
def test_bad_changes_are_named(cast: Cast, api_of: Callable, now: datetime, fields: dict, expected: list) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    before = Run.objects.values().get()
    assert [field for field, _ in problems(api_of(cast.coach).patch(f"{RUNS}{run.pk}/", fields))] == [
        field for field, _ in expected
    ]
    assert Run.objects.values().get() == before


def test_delete_cancels_and_patch_restores(cast: Cast, api_of: Callable, now: datetime) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    client, path = api_of(cast.athlete), f"{RUNS}{run.pk}/"
    assert [client.delete(path).status_code for _ in range(2)] == [204, 204]
    assert client.get(path).json()["status"] == "cancelled"
    assert client.patch(path, {"status": "planned", "kind": "tempo"}).json()["status"] == "planned"
    assert client.patch(path, {"status": "cancelled"}).json()["status"] == "cancelled"
    assert problems(client.patch(path, {"status": "done"})) == [("status", "invalid_choice")]


@pytest.mark.parametrize("scope", ["date", "following", "all"])
def test_everyones_run_is_the_coachs_to_change(cast: Cast, api_of: Callable, scope: str) -> None:
    api_of(cast.coach).post(RUNS, {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1)})
    run = Run.objects.get(athlete=cast.athlete)
    path = f"{RUNS}{run.pk}/?scope={scope}"
    routine = make_routine()
    for client in (api_of(cast.athlete), api_of(cast.assistant)):
        for body in ({"kind": "hills"}, {"status": "cancelled"}, {"routine": routine.pk}, {}):
            assert client.patch(path, body).status_code == 403
        assert client.delete(path).status_code == 403
    answer = api_of(cast.coach).patch(path, {"kind": "hills", "routine": routine.pk, "local_start": local(2)})
    assert answer.status_code == 200
    assert set(Run.objects.values_list("kind", "assignment__revision")) == {("hills", routine.current.pk)}
    assert Series.objects.get().routine == routine
    assert api_of(cast.coach).patch(path, {"routine": None}).json()["routine"] is None
    assert (Series.objects.get().routine, Assignment.objects.count()) == (None, 0)
    assert api_of(cast.coach).delete(path).status_code == 204
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    assert api_of(cast.coach).patch(path, {"status": "planned"}).status_code == 200
    assert set(Run.objects.values_list("status", flat=True)) == {"planned"}


def test_an_athlete_changes_their_own_run_of_a_squads(cast: Cast, api_of: Callable) -> None:
    api_of(cast.coach).post(RUNS, {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1)})
    run = Run.objects.get(athlete=cast.athlete)
    assert api_of(cast.athlete).patch(f"{RUNS}{run.pk}/", {"local_start": local(1, "08:00:00")}).status_code == 200
    assert dict(Run.objects.values_list("athlete", "local_time__hour")) == {cast.athlete.pk: 8, cast.team_mate.pk: 6}
    unknown = f"{RUNS}{run.pk}/?scope=everything"
    assert problems(api_of(cast.athlete).patch(unknown, {})) == [("scope", "invalid")]
    assert problems(api_of(cast.coach).delete(unknown)) == [("scope", "invalid")]


def test_a_coach_of_another_squad_of_the_athletes_changes_that_run_only(cast: Cast, api_of: Callable) -> None:
    api_of(cast.coach).post(RUNS, {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1)})
    make_membership(cast.other_squad, cast.athlete, began_at=timezone.now())
    path = f"{RUNS}{Run.objects.get(athlete=cast.athlete).pk}/"
    assert api_of(cast.other_coach).patch(path, {"kind": "hills"}).status_code == 200
    assert api_of(cast.other_coach).patch(f"{path}?scope=all", {"kind": "long"}).status_code == 403
    assert sorted(Run.objects.values_list("kind", flat=True)) == ["easy", "hills"]


def test_routine_written_is_by_hand_and_the_coachs_outranks(cast: Cast, api_of: Callable, now: datetime) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    path, library, coachs = f"{RUNS}{run.pk}/", make_routine(), make_routine(owner=cast.coach)
    assert api_of(cast.athlete).patch(path, {"routine": library.pk}).json()["routine_from"] == "run"
    assert api_of(cast.athlete).patch(path, {"routine": None}).json()["routine_from"] is None
    assert api_of(cast.athlete).patch(path, {"routine": None}).status_code == 200
    assert api_of(cast.coach).patch(path, {"routine": coachs.pk}).json()["routine"] == coachs.pk
    for wanted in (library.pk, None):
        answer = api_of(cast.athlete).patch(path, {"routine": wanted, "kind": "race"})
        assert answer.status_code == 403
    assert api_of(cast.coach).get(path).json()["kind"] == "easy"


# --- Series -----------------------------------------------------------------------------------------------------------
def weekly(days: int = 1) -> str:
    """A rule for the weekday so many days from today."""
    day = timezone.now().astimezone(BERLIN).date() + timedelta(days=days)
    return f"FREQ=WEEKLY;BYDAY={('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[day.weekday()]}"


def starts(client: Any, **filters: Any) -> list[str]:
    """The local starts of the runs that a list gives."""
    return [run["local_start"] for run in client.get(RUNS, filters).json()["results"]]


def test_a_rule_makes_a_series_of_ones_own(cast: Cast, api_of: Callable) -> None:
    client, routine = api_of(cast.athlete), make_routine()
    body = {"kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=3", "routine": routine.pk}
    answer = client.post(RUNS, body)
    series = Series.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"series": series.pk, "count": 3})
    assert (series.athlete, series.squad) == (cast.athlete, None)
    listed = client.get(RUNS, {"series": series.pk}).json()["results"]
    assert [run["local_start"] for run in listed] == [local(1), local(8), local(15)]
    assert {(run["series"], run["athlete"], run["routine"], run["routine_from"]) for run in listed} == {
        (series.pk, cast.athlete.pk, routine.pk, "run")
    }
    assert api_of(cast.team_mate).get(RUNS, {"series": series.pk}).json()["results"] == []


def test_a_rule_without_an_end_is_made_eight_weeks_ahead(cast: Cast, api_of: Callable) -> None:
    answer = api_of(cast.coach).post(
        RUNS, {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1), "rrule": weekly()}
    )
    assert answer.json()["count"] == 2 * 8 == Run.objects.count()


def test_a_coach_plans_a_series_for_an_athlete(cast: Cast, api_of: Callable) -> None:
    body = {"kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=2", "athlete": cast.athlete.pk}
    assert api_of(cast.coach).post(RUNS, body).json()["count"] == 2
    assert (Series.objects.get().athlete, Series.objects.get().created_by) == (cast.athlete, cast.coach)
    # The athlete's own: both may change all of it.
    run = Run.objects.first()
    assert api_of(cast.athlete).patch(f"{RUNS}{run.pk}/?scope=all", {"kind": "hills"}).status_code == 200
    assert api_of(cast.coach).patch(f"{RUNS}{run.pk}/?scope=following", {"place": "Park"}).status_code == 200
    assert set(Run.objects.values_list("kind", "place")) == {("hills", "Park")}
    for name, statuses in {"assistant": (403, 403), "team_mate": (400, 404), "other_coach": (400, 404)}.items():
        client = api_of(getattr(cast, name))
        assert (name, client.post(RUNS, body).status_code) == (name, statuses[0])
        assert (name, client.delete(f"{RUNS}{run.pk}/?scope=all").status_code) == (name, statuses[1])
    assert set(Run.objects.values_list("status", flat=True)) == {"planned"}


def test_the_start_is_the_first_that_the_rule_gives(cast: Cast, api_of: Callable) -> None:
    client = api_of(cast.athlete)
    client.post(RUNS, {"kind": "easy", "local_start": local(1), "rrule": f"{weekly(3)};COUNT=2"})
    assert starts(client) == [local(3), local(10)]


def test_wall_time_stays_over_a_change_of_the_clocks(cast: Cast, api_of: Callable) -> None:
    client = api_of(cast.athlete)
    body = {"kind": "easy", "local_start": "2027-03-21T02:30", "rrule": "FREQ=WEEKLY;COUNT=3"}
    assert client.post(RUNS, body).json()["count"] == 3
    assert [(run["local_start"], run["starts_at"]) for run in client.get(RUNS).json()["results"]] == [
        ("2027-03-21T02:30:00", "2027-03-21T01:30:00Z"),
        ("2027-03-28T02:30:00", "2027-03-28T01:30:00Z"),
        ("2027-04-04T02:30:00", "2027-04-04T00:30:00Z"),
    ]


@pytest.mark.parametrize(
    ("scope", "changed"), [("this", [1]), ("date", [1]), ("following", [1, 2]), ("all", [0, 1, 2])]
)
def test_a_change_goes_as_far_as_its_scope(cast: Cast, api_of: Callable, scope: str, changed: list[int]) -> None:
    client = api_of(cast.coach)
    body = {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=3"}
    client.post(RUNS, body)
    run = Run.objects.filter(athlete=cast.athlete).order_by("starts_at")[1]
    routine = make_routine()
    path = f"{RUNS}{run.pk}/?scope={scope}"
    assert client.patch(path, {"place": "Park", "routine": routine.pk}).status_code == 200

    def reached(athlete: Any, **filters: Any) -> list[int]:
        rows = Run.objects.filter(athlete=athlete).order_by("starts_at")
        return [number for number, row in enumerate(rows) if rows.filter(pk=row.pk, **filters).exists()]

    others = [] if scope == "this" else changed
    for filters in ({"place": "Park"}, {"assignment__revision": routine.current}):
        assert (reached(cast.athlete, **filters), reached(cast.team_mate, **filters)) == (changed, others)
    assert client.delete(path).status_code == 204
    assert (reached(cast.athlete, status="cancelled"), reached(cast.team_mate, status="cancelled")) == (changed, others)
    assert client.patch(path, {"status": "planned"}).json()["status"] == "planned"
    assert not Run.objects.filter(status="cancelled").exists()
    assert client.patch(path, {"routine": None}).json()["routine"] is None
    assert reached(cast.athlete, assignment__revision=routine.current) == []


def test_what_was_changed_by_hand_is_kept(cast: Cast, api_of: Callable) -> None:
    api_of(cast.coach).post(
        RUNS, {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=2"}
    )
    first, second = Run.objects.filter(athlete=cast.athlete).order_by("starts_at")
    assert (
        api_of(cast.athlete).patch(f"{RUNS}{second.pk}/", {"local_start": local(9, "08:00:00")}).json()["series"]
        == first.series_id
    )
    path = f"{RUNS}{first.pk}/?scope=all"
    assert api_of(cast.coach).patch(path, {"local_start": local(1, "07:00:00"), "kind": "long"}).status_code == 200
    assert starts(api_of(cast.athlete)) == [local(1, "07:00:00"), local(9, "08:00:00")]
    assert starts(api_of(cast.team_mate)) == [local(1, "07:00:00"), local(8, "07:00:00")]
    assert set(Run.objects.values_list("kind", flat=True)) == {"long"}


@pytest.mark.parametrize("scope", ["following", "all"])
def test_the_rule_changes_from_here_on_or_all(cast: Cast, api_of: Callable, scope: str) -> None:
    client = api_of(cast.athlete)
    client.post(RUNS, {"kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=3"})
    run = Run.objects.order_by("starts_at")[1]
    path = f"{RUNS}{run.pk}/?scope={scope}"
    assert client.patch(path, {"rrule": f"{weekly()};COUNT=2"}).status_code == 200
    assert starts(client) == {"following": [local(1), local(8), local(15)], "all": [local(1), local(8)]}[scope]
    for rule in ("", None):
        assert problems(client.patch(path, {"rrule": rule})) == [("rrule", "invalid")]


def test_the_rule_is_not_one_runs_to_change(cast: Cast, api_of: Callable) -> None:
    client = api_of(cast.athlete)
    client.post(RUNS, {"kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=2"})
    for run in (Run.objects.order_by("starts_at")[0], make_run(cast.athlete)):
        assert problems(client.patch(f"{RUNS}{run.pk}/", {"rrule": "FREQ=DAILY"})) == [("rrule", "invalid")]
        assert client.patch(f"{RUNS}{run.pk}/", {"rrule": None}).status_code == 200


@pytest.mark.parametrize("scope", ["date", "following", "all"])
def test_an_athlete_reaches_no_further_than_their_own_run_of_a_squads_series(
    cast: Cast, api_of: Callable, scope: str
) -> None:
    api_of(cast.coach).post(
        RUNS, {"squad": "dawn-patrol", "kind": "easy", "local_start": local(1), "rrule": f"{weekly()};COUNT=2"}
    )
    run = Run.objects.filter(athlete=cast.athlete).order_by("starts_at")[0]
    path = f"{RUNS}{run.pk}/?scope={scope}"
    for client in (api_of(cast.athlete), api_of(cast.assistant)):
        for body in ({"rrule": "FREQ=DAILY"}, {"kind": "hills"}, {"status": "cancelled"}, {}):
            assert client.patch(path, body).status_code == 403
        assert client.delete(path).status_code == 403
    assert api_of(cast.team_mate).patch(path, {"kind": "hills"}).status_code == 404
    assert set(Run.objects.values_list("kind", "status")) == {("easy", "planned")}
    assert api_of(cast.athlete).delete(f"{RUNS}{run.pk}/").status_code == 204
    assert Run.objects.filter(status="cancelled").get() == run


def test_a_cancelled_series_makes_no_more(cast: Cast, api_of: Callable) -> None:
    client = api_of(cast.athlete)
    client.post(RUNS, {"kind": "easy", "local_start": local(1), "rrule": weekly()})
    third = Run.objects.order_by("starts_at")[2]
    assert client.delete(f"{RUNS}{third.pk}/?scope=following").status_code == 204
    assert starts(client) == [local(1), local(8)]
    assert extend_series(now=timezone.now() + timedelta(weeks=20)) == 0


# --- Tokens -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scopes", "reads", "plans"), [(["read"], 200, 403), (["plan"], 403, 201), (["log"], 403, 403)]
)
def test_a_token_needs_its_scope(cast: Cast, api_of: Callable, scopes: list[str], reads: int, plans: int) -> None:
    _token, secret = make_token(user=cast.coach, name="script", scopes=scopes, now=timezone.now())
    client = api_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    run, routine = make_run(cast.athlete), make_routine()
    assert {client.get(path).status_code for path in (RUNS, ASSIGNMENTS)} == {reads}
    assert client.post(RUNS, {"kind": "easy", "local_start": local(1)}).status_code == plans
    assert client.post(ASSIGNMENTS, {"routine": routine.pk, "runs": [run.pk]}).status_code == plans


# --- Assignments ------------------------------------------------------------------------------------------------------
def test_assigning_answers_the_shape_and_replaces(cast: Cast, api_of: Callable, now: datetime) -> None:
    runs = [make_run(person, starts_at=now + timedelta(hours=3)) for person in (cast.athlete, cast.team_mate)]
    make_assignment(runs[0], make_routine())
    routine = make_routine(owner=cast.coach)
    body = {"routine": routine.pk, "runs": [run.pk for run in runs], "note": "Slowly"}
    answer = api_of(cast.coach).post(ASSIGNMENTS, body)
    rows = [
        {
            "id": Assignment.objects.get(run=run).pk,
            "run": run.pk,
            "routine": routine.pk,
            "routine_revision": routine.current.pk,
            "note": "Slowly",
        }
        for run in runs
    ]
    assert (answer.status_code, answer.json()) == (201, {"results": rows})
    assert api_of(cast.coach).get(ASSIGNMENTS).json() == {"next": None, "previous": None, "results": rows}
    assert api_of(cast.athlete).get(ASSIGNMENTS).json()["results"] == rows[:1]
    assert api_of(cast.coach).get(ASSIGNMENTS, {"run": runs[1].pk}).json()["results"] == rows[1:]
    assert api_of(cast.other_coach).get(ASSIGNMENTS).json()["results"] == []
    assert problems(api_of(cast.coach).get(ASSIGNMENTS, {"run": "x"})) == [("run", "invalid")]


def test_who_assigns_and_withdraws(cast: Cast, api_of: Callable, now: datetime) -> None:
    expected = {"athlete": (201, 204), "team_mate": (400, 404), "coach": (201, 204), "assistant": (403, 403)}
    routine = make_routine()
    for name, statuses in (expected | {"other_coach": (400, 404)}).items():
        run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
        client = api_of(getattr(cast, name))
        given = client.post(ASSIGNMENTS, {"routine": routine.pk, "runs": [run.pk]}).status_code
        assignment = Assignment.objects.filter(run=run).first() or make_assignment(run, routine)
        taken = client.delete(f"{ASSIGNMENTS}{assignment.pk}/").status_code
        assert (name, given, taken) == (name, *statuses)
        assert Assignment.objects.filter(run=run).exists() == (taken != 204)
    assert api_of(None).post(ASSIGNMENTS, {}).status_code == 401


def test_an_athlete_neither_replaces_nor_takes_back_the_coachs(cast: Cast, api_of: Callable, now: datetime) -> None:
    free, coached = (make_run(cast.athlete, starts_at=now + timedelta(hours=hours)) for hours in (3, 4))
    assignment = make_assignment(coached, make_routine(), by=cast.coach)
    client = api_of(cast.athlete)
    body = {"routine": make_routine().pk, "runs": [free.pk, coached.pk]}
    assert client.post(ASSIGNMENTS, body).status_code == 403
    assert client.delete(f"{ASSIGNMENTS}{assignment.pk}/").status_code == 403
    assert list(Assignment.objects.all()) == [assignment]


def test_bad_assignments_are_named_and_all_or_nothing(cast: Cast, api_of: Callable, now: datetime) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    unseen = make_run(cast.other_athlete, starts_at=now + timedelta(hours=3))
    routine, client = make_routine(), api_of(cast.coach)
    good = {"routine": routine.pk, "runs": [run.pk]}
    for fields, expected in (
        ({"runs": [run.pk, unseen.pk]}, [("runs.1", "does_not_exist")]),
        ({"runs": [10**30]}, [("runs.0", "max_value")]),
        ({"runs": [2**63 - 1]}, [("runs.0", "does_not_exist")]),
        ({"runs": ["x", None]}, [("runs.0", "invalid"), ("runs.1", "null")]),
        ({"runs": []}, [("runs", "empty")]),
        ({"runs": run.pk}, [("runs", "not_a_list")]),
        ({"runs": [1] * 1001}, [("runs", "max_length")]),
        ({"routine": None}, [("routine", "null")]),
        ({"routine": make_routine(owner=cast.athlete).pk}, [("routine", "does_not_exist")]),
        ({"routine": make_routine(owner=cast.coach, archived_at=now).pk}, [("routine", "invalid")]),
        ({"note": "x" * 501}, [("note", "max_length")]),
    ):
        assert problems(client.post(ASSIGNMENTS, good | fields)) == expected
    assert problems(client.post(ASSIGNMENTS, {})) == [("routine", "required"), ("runs", "required")]
    assert not Assignment.objects.exists()
    assert client.delete(f"{ASSIGNMENTS}{10**30}/").status_code == 404


# --- Routines with squads and runs ------------------------------------------------------------------------------------
def steps_of(routine: Any) -> list[dict]:
    """The steps of a routine to write again, with one more set each."""
    return [
        {"exercise": step.exercise.slug, "sets": step.sets + 1, "reps": step.reps, "sides": step.sides}
        for step in routine.current.steps.select_related("exercise")
    ]


def test_a_coach_shares_a_routine_with_squads_they_coach(cast: Cast, api_of: Callable) -> None:
    routine = make_routine(owner=cast.coach)
    path = f"{ROUTINES}{routine.pk}/"
    assert api_of(cast.athlete).get(path).status_code == 404
    assert api_of(cast.coach).patch(path, {"squads": ["dawn-patrol"]}).json()["squads"] == ["dawn-patrol"]
    assert api_of(cast.athlete).get(path).json()["squads"] == ["dawn-patrol"]
    assert api_of(cast.other_athlete).get(path).status_code == 404
    assert api_of(cast.athlete).patch(path, {"squads": []}).status_code == 403
    assert api_of(cast.coach).patch(path, {"name": "Renamed"}).json()["squads"] == ["dawn-patrol"]
    assert api_of(cast.coach).patch(path, {"squads": []}).json()["squads"] == []
    assert api_of(cast.athlete).get(path).status_code == 404


def test_shares_with_squads_one_is_not_in_stay_unseen(cast: Cast, api_of: Callable) -> None:
    routine = make_routine()
    for squad in (cast.squad, cast.other_squad):
        squad.shared_routines.create(routine=routine)
    path = f"{ROUTINES}{routine.pk}/"
    assert api_of(cast.athlete).get(path).json()["squads"] == ["dawn-patrol"]
    assert api_of(None).get(path).json()["squads"] == []


def test_bad_shares_are_named_and_nothing_is_changed(cast: Cast, api_of: Callable) -> None:
    mine = make_routine("Mine", owner=cast.athlete)
    client, path = api_of(cast.athlete), f"{ROUTINES}{mine.pk}/"
    for squads, expected in (
        (["dawn-patrol"], [("squads", "invalid")]),
        (["night-owls"], [("squads.0", "does_not_exist")]),
        (["no slug", None], [("squads.0", "invalid"), ("squads.1", "null")]),
        ("dawn-patrol", [("squads", "not_a_list")]),
        (["a"] * 101, [("squads", "max_length")]),
    ):
        assert problems(client.patch(path, {"name": "Other", "squads": squads})) == expected
    assert client.get(path).json()["name"] == "Mine"
    body = {"name": "New", "steps": steps_of(mine), "squads": ["dawn-patrol"]}
    assert problems(client.post(ROUTINES, body)) == [("squads", "invalid")]
    assert api_of(cast.coach).post(ROUTINES, body).json()["squads"] == ["dawn-patrol"]


def test_what_is_assigned_follows_a_revision_unless_told_not_to(cast: Cast, api_of: Callable, now: datetime) -> None:
    routine = make_routine(owner=cast.coach)
    past, coming = (
        make_assignment(make_run(cast.athlete, starts_at=now + timedelta(hours=hours)), routine) for hours in (-3, 3)
    )
    old = routine.current.pk
    client, path = api_of(cast.coach), f"{ROUTINES}{routine.pk}/"

    def revisions() -> dict[int, int]:
        return dict(Assignment.objects.values_list("pk", "revision"))

    second = client.patch(path, {"steps": steps_of(routine), "move_runs": False}).json()["revision"]
    assert second != old
    assert revisions() == {past.pk: old, coming.pk: old}
    client.patch(path, {"squads": ["dawn-patrol"]})
    assert revisions() == {past.pk: old, coming.pk: old}
    third = client.patch(path, {"name": "Third"}).json()["revision"]
    assert revisions() == {past.pk: old, coming.pk: third}
    assert client.patch(path, {"name": "Fourth", "revision": second}).status_code == 409
    assert revisions() == {past.pk: old, coming.pk: third}


def test_what_is_assigned_of_the_library_stays_when_a_curator_changes_it(
    cast: Cast, api_of: Callable, now: datetime
) -> None:
    routine = make_routine()
    given = make_assignment(make_run(cast.athlete, starts_at=now + timedelta(hours=3)), routine)
    old = routine.current.pk
    revise_routine(routine=routine, actor=cast.superuser, now=now, name="Second")
    publish_routine(routine=routine, actor=cast.superuser, now=now, alone_because="Alone today")
    assert api_of(cast.curator).patch(f"{ROUTINES}{routine.pk}/", {"name": "Third"}).status_code == 200
    assert Assignment.objects.get(pk=given.pk).revision_id == old
