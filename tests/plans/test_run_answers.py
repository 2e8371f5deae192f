"""What an athlete answers from the reminder, without signing in: plans/domain/run_answers.py and its pages."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from plans.domain import board, squads
from plans.domain.adherence import SESSIONS_OF_RUN, adherence, counts_as_warmed_up, shown_state, warm_ups_of
from plans.domain.given import with_warm_up
from plans.domain.run_answers import answer_run, answer_token, find_run, why_closed
from plans.domain.unsubscribing import unsubscribe_token
from plans.models import Reminder, Run, RunAnswer
from plans.session_trends import last_runs
from tests.conftest import Cast
from tests.factories import NOW, make_answer, make_assignment, make_routine, make_run, make_session
from tests.warmups.test_exercise_races import together
from tests.world import everything

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
Browser = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and endpoints read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def given_run(cast: Cast, *, athlete: User | None = None, starts_at: datetime = NOW - HOUR, **fields: Any) -> Run:
    """A run of the cast's athlete that began an hour ago, with a warm-up from the coach."""
    run = make_run(athlete or cast.athlete, starts_at=starts_at, squad=cast.squad, **fields)
    make_assignment(run, make_routine(), by=cast.coach)
    return run


@pytest.fixture
def run(cast: Cast) -> Run:
    """Such a run."""
    return given_run(cast)


def link(run: Run, outcome: str) -> str:
    return reverse("answer", args=[answer_token(run), outcome])


def said(run: Run) -> tuple[str, str, str] | None:
    """What is noted of a run."""
    row = RunAnswer.objects.filter(run=run).first()
    return (row.outcome, row.reason, row.text) if row else None


def fetched(run: Run) -> Run:
    """The run with what its warm-up is told by."""
    return with_warm_up(Run.objects.filter(pk=run.pk)).prefetch_related(SESSIONS_OF_RUN).get()


def hide_health(cast: Cast) -> None:
    squads.share_health(membership=cast.squad.memberships.get(person=cast.athlete), shares=False, now=NOW)


# --- The link -------------------------------------------------------------------------------------------------------
def test_a_link_finds_its_run_and_is_good_for_this_alone(cast: Cast, run: Run) -> None:
    other, token = make_run(cast.team_mate), answer_token(run)
    assert (token, find_run(token)) == (answer_token(run), run)
    forged = Signer(salt="something.else").sign_object([run.pk, cast.athlete.pk])
    crossed = Signer(salt="prestride.run-answer").sign_object([run.pk, cast.team_mate.pk])
    gone = Signer(salt="prestride.run-answer").sign_object([10**30, cast.athlete.pk])
    mixed = answer_token(other).partition(":")[0] + ":" + token.partition(":")[2]
    bad = (forged, crossed, gone, mixed, token[:-1], token + "x", "x", "%00", "ü", "a" * 5000)
    before = everything()
    for each in (*bad, unsubscribe_token(cast.athlete)):
        address = reverse("answer", args=["TOKEN", "done"]).replace("TOKEN", each)
        client = Client(raise_request_exception=False)
        assert (each[:20], client.get(address).status_code, client.post(address).status_code) == (each[:20], 404, 404)
    assert Client().get(reverse("reminders-unsubscribe", args=[token])).status_code == 404
    assert everything() == before


def test_who_is_gone_answers_no_more(cast: Cast, run: Run) -> None:
    User.objects.filter(pk=cast.athlete.pk).update(is_active=False)
    assert Client().post(link(run, "done")).status_code == 404
    with pytest.raises(ValidationError, match="account is closed"):
        answer_run(run=run, outcome="done", now=NOW)
    assert said(run) is None


@pytest.mark.parametrize("outcome", ["done", "short", "skipped", "skipped/?change"])
def test_looking_changes_nothing_and_the_token_goes_nowhere(run: Run, outcome: str) -> None:
    word, _, query = outcome.partition("/")
    before = everything()
    for method in ("get", "head"):
        answer = getattr(Client(), method)(link(run, word) + query)
        assert (answer.status_code, answer["Referrer-Policy"]) == (200, "strict-origin")
        assert "no-store" in answer["Cache-Control"]
    assert everything() == before
    assert Client().put(link(run, word)).status_code == 405
    assert Client().get(link(run, "later")).status_code == 404


def test_the_token_stays_out_of_the_log(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    [console] = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
    log = io.StringIO()
    monkeypatch.setattr(console, "stream", log)
    answer_run(run=run, outcome="done", now=NOW)
    Run.objects.filter(pk=run.pk).update(status="cancelled")
    assert Client().post(link(run, "done")).status_code == 409
    assert Client().get(link(run, "later")).status_code == 404
    assert log.getvalue().count("/answer/…/") == 2
    assert answer_token(run).partition(":")[2] not in log.getvalue()


def test_a_browser_needs_nothing_but_the_page(run: Run) -> None:
    """No session, no sign-in; a form sent from elsewhere is refused as any other."""
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(link(run, "done")).status_code == 403
    browser.get(link(run, "done"))
    token = browser.cookies["csrftoken"].value
    answer = browser.post(link(run, "done"), {"csrfmiddlewaretoken": token}, headers={"origin": "http://testserver"})
    assert (answer.status_code, said(run)) == (302, ("done", "", ""))
    assert "sessionid" not in browser.cookies


# --- Answering ------------------------------------------------------------------------------------------------------
def test_an_answer_is_noted_and_said_again(run: Run) -> None:
    browser = Client()
    answer = browser.post(link(run, "skipped"), {"reason": "hurts", "text": " My left calf. "})
    assert (answer.status_code, answer["Location"]) == (302, link(run, "skipped"))
    assert said(run) == ("skipped", "hurts", "My left calf.")
    page = browser.get(answer["Location"]).content.decode()
    assert [words for words in ("Noted, thank you", "something hurts", "My left calf.") if words not in page] == []
    again = browser.get(link(run, "skipped") + "?change").content.decode()
    assert ("checked" in again, "My left calf.</textarea>" in again) == (True, True)


def test_the_same_again_changes_nothing_and_another_takes_its_place(run: Run) -> None:
    first = answer_run(run=run, outcome="skipped", reason="no-time", text="Late train", now=NOW)
    after = everything()
    answer_run(run=run, outcome="skipped", reason="no-time", text="Late train ", now=NOW + HOUR)
    assert everything() == after
    page = Client().get(link(run, "done")).content.decode()
    assert "So far you said: skipped it." in page
    answer_run(run=run, outcome="done", reason="no-time", text="Late train", now=NOW + HOUR)
    assert said(run) == ("done", "", "")
    row = RunAnswer.objects.get()
    assert (row.pk, row.answered_at) == (first.pk, NOW + HOUR)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"outcome": "partial"}, "outcome"),
        ({"outcome": "skipped"}, "reason"),
        ({"outcome": "skipped", "reason": "rain"}, "reason"),
        ({"outcome": "skipped", "reason": "forgot", "text": "x" * 501}, "text"),
        ({"outcome": "skipped", "reason": "forgot", "text": "a\x00"}, "text"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(run: Run, fields: dict[str, str], at: str) -> None:
    with pytest.raises(ValidationError) as caught:
        answer_run(run=run, now=NOW, **fields)
    assert list(caught.value.error_dict) == [at]
    assert said(run) is None


def test_a_form_without_a_reason_keeps_what_was_typed(run: Run) -> None:
    answer = Client().post(link(run, "skipped"), {"text": "Rain"})
    assert answer.status_code == 422
    assert ("Choose what comes closest." in answer.content.decode(), "Rain" in answer.content.decode()) == (True, True)


# --- When it is taken -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts", "open_"),
    [
        (timedelta(hours=1), True),  # the reminder leaves an hour before
        (timedelta(hours=1, minutes=1), False),
        (timedelta(), True),
        (-7 * DAY, True),
        (-7 * DAY - MINUTE, False),
    ],
)
def test_answers_are_taken_from_the_reminder_until_a_week_after(cast: Cast, starts: timedelta, open_: bool) -> None:
    run = given_run(cast, starts_at=NOW + starts)
    assert (why_closed(run, NOW) == "") is open_
    status = [Client().get(link(run, "done")).status_code, Client().post(link(run, "done")).status_code]
    assert status == [200, 302 if open_ else 409]
    assert (said(run) is not None) is open_


def test_a_reminder_that_left_earlier_opens_them_too(cast: Cast) -> None:
    run = given_run(cast, starts_at=NOW + 5 * HOUR)
    row = {"run": run, "kind": 1, "channel": 1, "next_at": NOW, "starts_at": run.starts_at, "due_at": NOW}
    reminder = Reminder.objects.create(key="7d5b0f5e-2a5f-5d7c-8f6b-0c6a8e2f1d34", status=Reminder.Status.SENT, **row)
    assert why_closed(run, NOW) == ""
    reminder.status = Reminder.Status.CANCELLED
    reminder.save()
    assert "You can answer once its reminder has come." in why_closed(run, NOW)


def test_late_off_or_moved_is_told_in_words(cast: Cast) -> None:
    late = given_run(cast, starts_at=NOW - 8 * DAY)
    off = given_run(cast, status="cancelled")
    moved = given_run(cast, starts_at=NOW + 3 * DAY)
    told = {
        late: ["more than a week ago", "Log it from memory"],
        off: ["was cancelled"],
        moved: ["is on Thursday 18 March, 13:00 now", "See the run"],
    }
    for run, words in told.items():
        for answer in (Client().get(link(run, "done")), Client().post(link(run, "skipped"), {"reason": "forgot"})):
            assert [word for word in words if word not in answer.content.decode()] == []
    assert not RunAnswer.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
@pytest.mark.django_db(transaction=True)
def test_several_at_once_leave_one(run: Run) -> None:
    wishes = [{"outcome": "done"}, {"outcome": "short"}, {"outcome": "skipped", "reason": "forgot"}] * 2
    found = together(*(lambda wish=wish: answer_run(run=run, now=NOW, **wish) for wish in wishes))
    assert {type(each) for each in found} == {RunAnswer}
    assert RunAnswer.objects.count() == 1


# --- What it counts -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("outcome", "warm"), [("done", 1), ("short", 1), ("skipped", 0)])
def test_an_answer_counts_like_a_session(
    cast: Cast, run: Run, api_of: Callable[..., APIClient], outcome: str, warm: int
) -> None:
    make_answer(run, outcome)
    row = board_of(cast).athletes[0]
    assert (row.adherence.assigned, row.adherence.warmed_up, row.counted[0].state) == (1, warm, outcome)
    assert row.skipped == 1 - warm
    assert api_of(cast.coach).get(f"/api/v1/runs/{run.pk}/").json()["warm_up"] == outcome
    assert last_runs(athlete=cast.athlete, now=NOW).warmed_up == warm


@pytest.mark.parametrize("outcome", ["done", "skipped"])
def test_a_session_outweighs_it_until_it_is_deleted(cast: Cast, run: Run, outcome: str) -> None:
    make_answer(run, outcome)
    session = make_session(cast.athlete, run=run, outcome="partial")
    assert [each.outcome for each in warm_ups_of(fetched(run))] == ["partial"]
    page = Client().get(link(run, "done")).content.decode()
    assert ("The log is what counts." in page, f"/sessions/{session.pk}/" in page) == (True, True)
    session.deleted_at = NOW
    session.save()
    assert [each.outcome for each in warm_ups_of(fetched(run))] == [outcome]


@given(st.sampled_from(["done", "short", "skipped"]), st.integers(-2000, 2000))
def test_what_counts_is_what_is_shown(outcome: str, minutes: int) -> None:
    run = Run(starts_at=NOW + minutes * MINUTE)
    run.warm_ups_done, run.answer = [], RunAnswer(run=run, outcome=outcome)  # type: ignore[attr-defined]
    sessions = warm_ups_of(run)
    state = shown_state(has_routine=True, sessions=sessions, starts_at=run.starts_at, now=NOW)
    counts = [counts_as_warmed_up(each, run.starts_at) for each in sessions]
    assert (state, counts) == (outcome, [outcome != "skipped"])
    assert adherence([(run.starts_at, sessions)]).warmed_up == sum(counts)


# --- Who sees it ----------------------------------------------------------------------------------------------------
def board_of(cast: Cast, reader: User | None = None) -> board.Board:
    reader = reader or cast.coach
    today = NOW.date()
    athletes = board.athletes_of(cast.squad, reader)
    return board.read_board(
        squad=cast.squad, memberships=athletes, reader=reader, first=today - 27 * DAY, last=today + 7 * DAY, now=NOW
    )


PAGES = ("/squads/dawn-patrol/", "/squads/dawn-patrol/athletes/{athlete}/", "/runs/{run}/")


@pytest.mark.parametrize("reason", RunAnswer.Reason.values)
def test_why_is_read_by_those_whom_the_athlete_lets(cast: Cast, run: Run, browser_of: Browser, reason: str) -> None:
    """What the reason is makes no difference: one may not tell it from what is withheld."""
    make_answer(run, reason=reason, text="Psst.")
    word = f"Skipped, {RunAnswer.Reason(reason).label}"

    def seen_by(person: User) -> list[tuple[bool, bool]]:
        pages = [page.format(athlete=cast.athlete.pk, run=run.pk) for page in PAGES]
        texts = [browser_of(person).get(page).content.decode() for page in pages]
        assert all("Skipped" in text for text in texts)
        return [(word in text, "Psst." in text) for text in texts]

    everywhere = [(True, False), (True, True), (True, True)]  # the board has room for the word alone
    assert (seen_by(cast.coach), seen_by(cast.assistant)) == (everywhere, everywhere)
    hide_health(cast)
    assert (seen_by(cast.coach), seen_by(cast.assistant)) == ([(False, False)] * 3,) * 2
    own = browser_of(cast.athlete).get(f"/runs/{run.pk}/").content.decode()
    assert (word in own, "Psst." in own) == (True, True)


def test_todays_page_says_what_was_answered(cast: Cast, browser_of: Browser) -> None:
    run = given_run(cast, starts_at=NOW + HOUR)
    make_answer(run, "done")
    assert "You are warm. Have a good run." in browser_of(cast.athlete).get("/today/").content.decode()
    RunAnswer.objects.update(outcome="skipped", reason="no-time")
    page = browser_of(cast.athlete).get("/today/").content.decode()
    assert ("Skipped, no time" in page, "Start warm-up" in page) == (True, True)


# --- What a coach should look at ------------------------------------------------------------------------------------
def texts(cast: Cast) -> list[str]:
    return [concern.text for concern in board_of(cast).concerns]


@pytest.mark.parametrize("kind", ["tempo", "intervals", "hills", "race"])
def test_skipping_before_two_hard_runs_is_told(cast: Cast, kind: str) -> None:
    make_answer(given_run(cast, starts_at=NOW - DAY, kind=kind))
    make_answer(given_run(cast, starts_at=NOW - 3 * DAY, kind="easy"))
    make_answer(given_run(cast, starts_at=NOW - 15 * DAY, kind=kind))
    assert texts(cast) == []
    second = given_run(cast, starts_at=NOW - 2 * DAY, kind=kind)
    assert texts(cast) == [
        "Ada Athlete: no warm-up before 2 hard runs in two weeks, 1 skipped, 1 not logged.",
    ]
    make_answer(second)
    assert texts(cast) == ["Ada Athlete skipped the warm-up before 2 hard runs in two weeks."]
    hide_health(cast)
    assert texts(cast) == ["Ada Athlete skipped the warm-up before 2 hard runs in two weeks."]


def test_that_something_hurts_is_told_where_it_is_shared_until_pain_is_told_of(cast: Cast, run: Run) -> None:
    make_answer(run, reason="hurts", text="Left calf", answered_at=NOW - HOUR)
    told = ["Ada Athlete: skipped the warm-up on Mon 15 Mar, as something hurts."]
    make_session(cast.athlete, started_at=NOW - DAY, pain=2)
    assert texts(cast) == told
    hide_health(cast)
    assert texts(cast) == []
    squads.share_health(membership=cast.squad.memberships.get(person=cast.athlete), shares=True, now=NOW)
    make_session(cast.athlete, started_at=NOW - MINUTE, pain=1)
    assert texts(cast) == []


def test_who_answers_is_not_silent(cast: Cast) -> None:
    runs = [given_run(cast, starts_at=NOW - days * DAY) for days in (1, 2, 3)]
    assert texts(cast) == ["Ada Athlete has logged nothing yet, with a warm-up before 3 runs."]
    make_answer(runs[0], "done")
    assert texts(cast) == []
