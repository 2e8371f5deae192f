"""The log's page: its kind words, trends, and the file to take away."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from plans.session_trends import last_runs, read_trends
from tests.conftest import Cast
from tests.factories import (
    make_activation,
    make_exercise,
    make_muscle,
    make_revision,
    make_routine,
    make_run,
    make_session,
)
from tests.page_text import see
from warmups.models import ExerciseMuscle, Revision

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def client(client: Client, cast: Cast) -> Client:
    client.force_login(cast.athlete)
    return client


def warm_up() -> Revision:
    """Two steps; figures for one muscle of the first, none for the other's."""
    bridge, plank = make_exercise("bridge", name="Bridge"), make_exercise("plank", name="Plank")
    make_activation(bridge, make_muscle("gluteus-maximus"), mean=50)
    ExerciseMuscle.objects.create(exercise=plank, muscle=make_muscle("soleus"), role="primary")
    return make_revision(make_routine("Morning"), [bridge, plank])


def rows_of(client: Client) -> list[dict[str, str]]:
    answer = client.get("/sessions/sessions.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_an_empty_log_says_how_to_begin(client: Client) -> None:
    answer = client.get("/sessions/")

    assert "Nothing here yet" in see(client, "/sessions/")
    assert "trends" not in answer.context
    assert rows_of(client) == []


def test_the_last_runs_are_told_kindly(client: Client, cast: Cast) -> None:
    now = timezone.now()
    runs = [make_run(cast.athlete, starts_at=now - days * DAY) for days in range(1, 15)]
    make_run(cast.athlete, starts_at=now + DAY)
    for run in [*runs[:9], *runs[12:]]:
        make_session(cast.athlete, run=run)
    make_session(cast.athlete, run=runs[10], deleted_at=now)

    assert "You warmed up before 9 of your last 12 runs." in see(client, "/sessions/")


def test_nothing_is_said_of_runs_without_a_warm_up(client: Client, cast: Cast) -> None:
    make_run(cast.athlete, starts_at=timezone.now() - DAY)
    make_session(cast.athlete, started_at=timezone.now() - DAY)

    assert "last run" not in see(client, "/sessions/")


@pytest.mark.parametrize(("span", "count"), [("4", 1), ("12", 2), ("52", 3), ("all", 4), ("", 2), ("x", 2)])
def test_a_span_is_chosen_by_a_link(client: Client, cast: Cast, span: str, count: int) -> None:
    for days in (0, 60, 200, 900):
        make_session(cast.athlete, started_at=timezone.now() - days * DAY)

    answer = client.get("/sessions/", {"span": span})

    assert answer.context["trends"].statistics.count == count
    assert len(answer.context["page_obj"].object_list) == 4


def test_pages_keep_the_span(client: Client, cast: Cast) -> None:
    for days in range(31):
        make_session(cast.athlete, started_at=timezone.now() - days * DAY)

    assert "?span=4&amp;page=2" in client.get("/sessions/?span=4").content.decode()


def test_muscles_and_sides_are_those_of_what_was_done(client: Client, cast: Cast) -> None:
    steps = [
        {"position": 1, "sets_done": None, "skipped": False, "swapped_for": None, "harder_side": "left"},
        {"position": 2, "sets_done": None, "skipped": True, "swapped_for": None, "harder_side": None},
    ]
    revision = warm_up()
    make_session(cast.athlete, started_at=timezone.now(), revision=revision, steps=steps, outcome="partial")

    shown = client.get("/sessions/").context["trends"]

    assert [bar.share for bar in shown.muscles] == [100]
    assert "Soleus" not in shown.unknown
    assert [(bar.name, bar.left, bar.right) for bar in shown.sides] == [("Bridge", 1, 0)]


def test_another_persons_and_deleted_sessions_do_not_count(cast: Cast) -> None:
    now = timezone.now()
    make_session(cast.coach, started_at=now, rpe=9)
    make_session(cast.athlete, started_at=now, deleted_at=now)

    assert read_trends(athlete=cast.athlete, weeks=4, now=now).statistics.count == 0
    assert last_runs(athlete=cast.athlete, now=now).count == 0


def test_days_are_those_of_the_athletes_zone(cast: Cast) -> None:
    User.objects.filter(pk=cast.athlete.pk).update(time_zone="Pacific/Auckland")
    athlete = User.objects.get(pk=cast.athlete.pk)
    sunday_evening = timezone.datetime.fromisoformat("2027-03-14T20:00:00+00:00")  # type: ignore[attr-defined]
    make_session(athlete, started_at=sunday_evening)

    trends = read_trends(athlete=athlete, weeks=1, now=sunday_evening)

    assert [(each.first.isoformat(), each.count) for each in trends.statistics.stretches] == [("2027-03-15", 1)]


def test_the_file_tells_everything_of_a_session(client: Client, cast: Cast) -> None:
    steps = [
        {
            "position": 1,
            "sets_done": 2,
            "reps_done": 8,
            "skipped": False,
            "swapped_for": "plank",
            "harder_side": "left",
        },
        {"position": 2, "sets_done": 0, "skipped": True, "skip_reason": "hurts"},
    ]
    make_session(
        cast.athlete, revision=warm_up(), steps=steps, rpe=3, pain=0, pain_side="left", readiness=5, stiff_before=False
    )
    make_session(cast.coach)

    (row,) = rows_of(client)

    assert row["steps"] == "Bridge: 2 sets, 8 reps (instead: Plank, left harder); Plank: skipped (hurts)"
    assert (row["routine"], row["effort_0_10"], row["pain_0_10"], row["stiff_before"], row["first_ten_minutes"]) == (
        "Morning",
        "3",
        "0",
        "no",
        "",
    )


@pytest.mark.parametrize("note", ["=1+1", "@SUM(A1)", "+cmd|'/c calc'!A0", "-2+3", "\t=1"])
def test_a_note_is_no_formula(client: Client, cast: Cast, note: str) -> None:
    make_session(cast.athlete, note=note)

    assert rows_of(client)[0]["note"] == f"'{note}"


@pytest.mark.parametrize("note", ['say "no", then\nrun', "a\rb", "Übung, ёлка 🏃", "<script>alert(1)</script>"])
def test_a_note_stays_as_it_was(client: Client, cast: Cast, note: str) -> None:
    make_session(cast.athlete, note=note)

    assert rows_of(client)[0]["note"] == note
    assert "<script>alert" not in client.get("/sessions/").content.decode()


def test_the_file_costs_the_same_for_one_session_and_for_three(client: Client, cast: Cast) -> None:
    def logged() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows_of(client)
        return len(queries)

    revision = warm_up()
    make_session(cast.athlete, revision=revision, run=make_run(cast.athlete))
    first = logged()
    for days in (1, 2):
        run = make_run(cast.athlete, starts_at=timezone.now() - days * DAY)
        make_session(cast.athlete, revision=make_revision(revision.routine, [make_exercise()]), run=run)

    assert logged() == first


def test_the_file_of_a_visitor_is_refused() -> None:
    assert Client().get("/sessions/sessions.csv").status_code == 302
