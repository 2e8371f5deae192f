"""What became of a run's warm-up, and the share done in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.domain.adherence import (
    SESSIONS_OF_RUN,
    Adherence,
    adherence,
    counts_as_warmed_up,
    shown_state,
    warm_up_state,
)
from plans.models import Run
from tests.factories import NOW, make_run, make_session

START = NOW + timedelta(hours=6)
OUTCOMES = ("done", "short", "partial")


@dataclass
class Logged:
    """A session as far as it matters here: when it began, in minutes from the run's start, and its outcome."""

    minutes: float
    outcome: str = "done"

    @property
    def started_at(self) -> datetime:
        return START + timedelta(minutes=self.minutes)


@pytest.mark.parametrize(
    ("minutes", "outcome", "counts"),
    [
        (-10, "done", True),
        (-10, "short", True),
        (-10, "partial", False),
        (-600, "done", True),
        (0, "done", True),
        (15, "done", True),
        (15.02, "done", False),
        (600, "short", False),
    ],
)
def test_a_warm_up_counts_when_begun_by_a_quarter_of_an_hour_into_the_run(minutes, outcome, counts):
    assert counts_as_warmed_up(Logged(minutes, outcome), START) is counts


def test_the_grace_is_a_setting(settings):
    settings.ADHERENCE_GRACE_MINUTES = 5

    assert counts_as_warmed_up(Logged(5), START) is True
    assert counts_as_warmed_up(Logged(6), START) is False


@pytest.mark.parametrize(
    ("has_routine", "sessions", "state"),
    [
        (False, [], None),
        (True, [], "planned"),
        (True, [Logged(-5, "partial")], "partial"),
        (False, [Logged(-5)], "done"),
        (True, [Logged(-5, "short")], "short"),
        (True, [Logged(-9, "partial"), Logged(-5, "short")], "short"),
        (True, [Logged(-9, "short"), Logged(-5, "done")], "done"),
        (True, [Logged(60, "done")], "done"),
        (True, [Logged(60, "done"), Logged(-5, "short")], "short"),
    ],
)
def test_a_run_shows_the_best_of_its_sessions_those_that_count_first(has_routine, sessions, state):
    assert warm_up_state(has_routine=has_routine, sessions=sessions, starts_at=START, now=NOW) == state


@pytest.mark.parametrize(
    ("has_routine", "sessions", "minutes", "state"),
    [
        (True, [], 15, "planned"),
        (True, [], 16, "missed"),
        (False, [], 16, None),
        (True, [Logged(-5)], 16, "done"),
    ],
)
def test_a_page_says_that_nothing_was_logged_once_the_grace_is_over(has_routine, sessions, minutes, state):
    now = START + timedelta(minutes=minutes)

    assert shown_state(has_routine=has_routine, sessions=sessions, starts_at=START, now=now) == state


def test_adherence_is_the_share_of_the_runs_that_were_warmed_up():
    rows = [
        (START, [Logged(-10)]),
        (START, [Logged(-10, "partial"), Logged(-5, "short")]),
        (START, [Logged(16)]),
        (START, []),
    ]

    assert adherence(rows) == Adherence(assigned=4, warmed_up=2, share=0.5)


def test_adherence_of_no_runs_is_no_share():
    assert adherence([]) == Adherence(assigned=0, warmed_up=0, share=None)


sessions = st.builds(Logged, minutes=st.integers(-2000, 2000), outcome=st.sampled_from(OUTCOMES))


@given(st.lists(st.lists(sessions, max_size=4), max_size=6))
def test_a_run_counts_when_the_state_it_shows_does(runs):
    for logged in runs:
        state = warm_up_state(has_routine=True, sessions=logged, starts_at=START, now=NOW)
        counted = any(counts_as_warmed_up(session, START) for session in logged)
        assert adherence([(START, logged)]).warmed_up == int(counted)
        assert not counted or state in {"done", "short"}


@given(st.lists(sessions, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_sessions_does_not_matter(logged, random):
    shuffled = random.sample(logged, len(logged))

    states = {warm_up_state(has_routine=True, sessions=each, starts_at=START, now=NOW) for each in (logged, shuffled)}

    assert len(states) == 1


def test_the_sessions_of_many_runs_cost_one_query_and_leave_out_deleted_ones(athlete, django_assert_num_queries):
    for day in range(3):
        run = make_run(athlete, starts_at=START + timedelta(days=day))
        make_session(athlete, run=run)
        make_session(athlete, run=run, deleted_at=NOW)

    with django_assert_num_queries(2):
        runs = list(Run.objects.prefetch_related(SESSIONS_OF_RUN))

    assert [len(run.warm_ups_done) for run in runs] == [1, 1, 1]
