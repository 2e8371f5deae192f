"""The log's form: step by step, from memory, after the run, and what it says at the red limit."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from plans.domain.after_runs import is_asked, leave_after, say_after, to_ask
from plans.domain.sessions import save_session
from plans.models import Run, Session
from tests.conftest import Cast
from tests.factories import NOW, make_assignment, make_exercise, make_routine, make_run, make_session
from tests.plans.test_player import fields_of

HOURS = timedelta(hours=1)


@pytest.fixture
def routine() -> Any:
    """One side at a time (2 × 8 or so), held, and over a distance."""
    return make_routine(
        "Three",
        exercises=[
            make_exercise("hip-drop"),
            make_exercise("plank", mode="hold", reps=2, hold_seconds=10, seconds_per_rep=None, unilateral=False),
            make_exercise("skip", mode="distance", reps=None, metres=20, seconds_per_rep=None, unilateral=False),
        ],
    )


@pytest.fixture
def run(cast: Cast, routine: Any) -> Run:
    """A run of the athlete's that began two hours ago, with the routine; the squad is older than it."""
    yesterday = timezone.now() - 24 * HOURS
    cast.squad.memberships.update(began_at=yesterday, sees_from=yesterday)
    run = make_run(cast.athlete, squad=cast.squad, starts_at=timezone.now() - 2 * HOURS)
    make_assignment(run, routine, by=cast.coach)
    return run


def logged(cast: Cast) -> Session:
    return Session.objects.visible_to(cast.athlete).get()


def memory(run: Run) -> str:
    return f"/warm-up/{run.pk}/log/"


# --- From memory ----------------------------------------------------------------------------------------------------
@pytest.mark.embedded
def test_a_run_is_logged_from_memory_in_two_taps(cast: Cast, run: Run, routine: Any, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    assert memory(run) in browser.get(run.get_absolute_url()).content.decode()

    typed = fields_of(browser.get(memory(run)))
    answer = browser.post(memory(run), typed)

    session = logged(cast)
    assert answer.url == f"/sessions/{session.pk}/"
    assert (session.run, session.revision, session.from_memory) == (run, routine.current, True)
    assert (session.outcome, session.steps, session.finished_at) == ("done", [], None)
    before = run.starts_at - session.started_at
    assert timedelta() < before < timedelta(minutes=15)
    assert "from memory" in browser.get(answer.url).content.decode()


def test_pressing_save_twice_keeps_one(cast: Cast, run: Run, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run)))
    browser.post(memory(run), typed)
    browser.post(memory(run), typed)
    assert Session.objects.count() == 1


def test_a_warm_up_without_a_run_may_have_a_routine_or_none(cast: Cast, routine: Any, browser_of: Any) -> None:
    mine = make_routine("Mine", owner=cast.athlete)
    browser = browser_of(cast.athlete)
    page = browser.get("/sessions/new/")
    typed = fields_of(page)
    assert "Mine" in page.content.decode()

    browser.post("/sessions/new/", typed | {"id": str(uuid4()), "routine": str(mine.pk)})
    browser.post("/sessions/new/", typed | {"id": str(uuid4()), "note": "In the stairwell."})

    found = {(each.run, each.revision, each.note, each.from_memory) for each in Session.objects.all()}
    assert found == {(None, mine.current, "", True), (None, None, "In the stairwell.", True)}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"day": "2090-01-01"}, "still to come"),
        ({"day": "1850-01-01"}, "Give a year from 2000"),
        ({"day": "0001-01-01", "begun": "00:00"}, "Give a year from 2000"),  # the edges of what a clock can show
        ({"day": "9999-12-31", "begun": "23:59"}, "Give a year from 2000"),
        ({"day": "yesterday"}, "valid date"),
        ({"begun": "25:00"}, "valid time"),
        ({"routine": "999999"}, "not one of the available choices"),
        ({"outcome": "none"}, "not one of the available choices"),
        ({"rpe": "11"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: Cast, browser_of: Any, typed: dict[str, str], says: str
) -> None:
    browser = browser_of(cast.athlete)
    good = fields_of(browser.get("/sessions/new/")) | {"note": "Kept words"}

    answer = browser.post("/sessions/new/", good | typed)

    page = answer.content.decode()
    assert (answer.status_code, Session.objects.count()) == (422, 0)
    assert says in page
    assert "Kept words" in page


def test_a_secret_routine_is_no_choice(cast: Cast, browser_of: Any) -> None:
    secret = make_routine("Secret", owner=cast.other_coach)
    browser = browser_of(cast.athlete)
    page = browser.get("/sessions/new/")
    assert "Secret" not in page.content.decode()
    assert browser.post("/sessions/new/", fields_of(page) | {"routine": str(secret.pk)}).status_code == 422


def test_a_log_deleted_in_the_meantime_is_offered_as_a_new_one(cast: Cast, run: Run, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run)))
    browser.post(memory(run), typed)
    browser.post(f"/sessions/{logged(cast).pk}/delete/")

    again = browser.post(memory(run), typed)
    browser.post(memory(run), fields_of(again))

    assert again.status_code == 422
    assert str(logged(cast).pk) != typed["id"]


# --- Step by step ---------------------------------------------------------------------------------------------------
def test_each_step_is_said_in_what_it_counts(cast: Cast, run: Run, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run))) | {
        "step-1-state": "done",
        "step-1-sets": "2",
        "step-1-amount": "6",
        "step-1-harder": "left",
        "step-2-state": "done",
        "step-2-amount": "8",
        "step-3-state": "skipped",
        "step-3-amount": "20",
    }
    browser.post(memory(run), typed)

    said = [
        {name: value for name, value in row.items() if value is not None and name != "position"}
        for row in logged(cast).steps
    ]
    assert said == [
        {"sets_done": 2, "reps_done": 6, "skipped": False, "harder_side": "left"},
        {"seconds_done": 8, "skipped": False},
        {"sets_done": 0, "skipped": True},
    ]


def test_only_where_sides_take_turns_one_of_them_may_be_harder(cast: Cast, run: Run, browser_of: Any) -> None:
    page = browser_of(cast.athlete).get(memory(run)).content.decode()
    assert [f"step-{n}-harder" in page for n in (1, 2, 3)] == [True, False, False]


@pytest.mark.parametrize(("field", "value"), [("sets", "-1"), ("sets", "101"), ("amount", "many"), ("state", "half")])
def test_a_bad_count_opens_the_steps_and_names_it(
    cast: Cast, run: Run, browser_of: Any, field: str, value: str
) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run))) | {"step-1-state": "done", f"step-1-{field}": value}
    answer = browser.post(memory(run), typed)
    page = answer.content.decode()
    assert (answer.status_code, Session.objects.count()) == (422, 0)
    assert re.search(r'<details class="by-step"[^>]* open>', page)
    assert f"id_step-1-{field}" in page


def test_an_edit_that_changes_nothing_keeps_every_step_as_it_was(cast: Cast, run: Run, browser_of: Any) -> None:
    make_exercise("calm-drop")
    steps = [
        {"position": 1, "sets_done": 1, "reps_done": 5, "swapped_for": "calm-drop", "skip_reason": "hurts"},
        {"position": 2, "sets_done": 0, "skipped": True, "skip_reason": "no-time"},
        {"position": 3, "sets_done": 1, "metres_done": 18},
    ]
    body = {"run": run.pk, "started_at": NOW.isoformat(), "steps": steps, "from_memory": True}
    session, _created = save_session(id=uuid4(), athlete=cast.athlete, now=timezone.now(), body=body)
    browser = browser_of(cast.athlete)
    address = f"/sessions/{session.pk}/edit/"

    browser.post(address, fields_of(browser.get(address)) | selected(browser.get(address)))

    assert logged(cast).steps == session.steps
    assert logged(cast).from_memory is True


def selected(answer: Any) -> dict[str, str]:
    """What a browser sends of the selects of a page."""
    form = answer.context["form"]
    return {name: str(form[name].value() or "") for name in form.fields if name.startswith("step-")}


def test_a_step_that_was_swapped_is_counted_as_it_was_done(cast: Cast, run: Run, browser_of: Any) -> None:
    make_exercise("side-plank")
    steps = [{"position": 1, "sets_done": 1, "reps_done": 1, "seconds_done": 20, "swapped_for": "side-plank"}]
    body = {"run": run.pk, "started_at": NOW.isoformat(), "steps": steps}
    session, _created = save_session(id=uuid4(), athlete=cast.athlete, now=timezone.now(), body=body)
    browser = browser_of(cast.athlete)
    address = f"/sessions/{session.pk}/edit/"
    typed = fields_of(browser.get(address)) | selected(browser.get(address))

    browser.post(address, typed | {"step-1-amount": "25"})

    row = logged(cast).steps[0]
    assert (row["seconds_done"], row["reps_done"], row["swapped_for"]) == (25, 1, "side-plank")


def test_a_step_can_be_unsaid(cast: Cast, run: Run, browser_of: Any) -> None:
    steps = [{"position": 1, "sets_done": 1}, {"position": 2, "sets_done": 1}]
    body = {"run": run.pk, "started_at": NOW.isoformat(), "steps": steps}
    session, _created = save_session(id=uuid4(), athlete=cast.athlete, now=timezone.now(), body=body)
    browser = browser_of(cast.athlete)
    address = f"/sessions/{session.pk}/edit/"
    typed = fields_of(browser.get(address)) | selected(browser.get(address))

    browser.post(address, typed | {"step-1-state": ""})

    assert [row["position"] for row in logged(cast).steps] == [2]


def test_who_says_how_much_of_a_step_has_done_it(cast: Cast, run: Run, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run)))
    browser.post(memory(run), typed | {"step-1-state": "", "step-1-sets": "3", "step-2-state": "", "step-2-sets": ""})
    [row] = logged(cast).steps
    assert (row["position"], row["sets_done"], row["skipped"]) == (1, 3, False)


def test_what_the_form_does_not_show_of_a_step_survives_any_edit(cast: Cast, run: Run, browser_of: Any) -> None:
    steps = [
        {"position": 1, "sets_done": None, "reps_done": 4, "skipped": True, "skip_reason": "hurts"},
        {"position": 2, "sets_done": 1, "reps_done": 2, "seconds_done": 30, "harder_side": "left", "skip_reason": "x"},
        {"position": 9, "sets_done": 1},
    ]
    body = {"run": run.pk, "started_at": NOW.isoformat(), "steps": steps}
    session, _created = save_session(id=uuid4(), athlete=cast.athlete, now=timezone.now(), body=body)
    browser = browser_of(cast.athlete)
    address = f"/sessions/{session.pk}/edit/"
    typed = fields_of(browser.get(address)) | selected(browser.get(address))

    browser.post(address, typed | {"note": "Something else"})
    assert (logged(cast).note, logged(cast).steps) == ("Something else", session.steps)

    # An amount that was taken back is asked for as what it is the next time too.
    browser.post(address, typed | {"step-2-amount": ""})
    assert "Seconds" in browser.get(address).content.decode()


def test_a_swapped_step_is_shown_as_what_was_done(cast: Cast, run: Run, browser_of: Any) -> None:
    make_exercise("side-plank", name="Side plank on the knees")
    steps = [{"position": 1, "sets_done": 1, "seconds_done": 20, "swapped_for": "side-plank"}]
    body = {"run": run.pk, "started_at": NOW.isoformat(), "steps": steps}
    session, _created = save_session(id=uuid4(), athlete=cast.athlete, now=timezone.now(), body=body)
    [first, *_rest] = browser_of(cast.athlete).get(f"/sessions/{session.pk}/edit/").context["form"].step_rows()
    assert (first.name, first.dose) == ("Side plank on the knees", "")
    assert [str(word) for word, _field in first.fields] == ["Done?", "Sets", "Seconds", "Which side was harder?"]


def test_what_is_wrong_with_a_step_names_it_on_top(cast: Cast, run: Run, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run))) | {"step-1-sets": "999", "step-2-sets": "999"}
    page = browser.post(memory(run), typed).content.decode()
    names = [step.exercise_name for step in run.assignment.revision.steps.filter(position__lte=2)]
    assert [f"{name}: Sets" in page for name in names] == [True, True]


def test_a_warm_up_that_changes_meanwhile_is_logged_as_the_one_that_was_asked_of(
    cast: Cast, run: Run, routine: Any, browser_of: Any
) -> None:
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(memory(run))) | {"step-3-state": "done", "step-3-amount": "20"}
    other = make_routine("Another", owner=cast.athlete)
    run.assignment.delete()
    make_assignment(run, other)

    browser.post(memory(run), typed)

    session = logged(cast)
    assert (session.revision, session.steps[0]["metres_done"]) == (routine.current, 20)


def test_a_step_noted_twice_is_refused_in_words(cast: Cast, run: Run, browser_of: Any) -> None:
    address = f"/warm-up/{run.pk}/"
    browser = browser_of(cast.athlete)
    for steps, says in (
        ('[{"position": 1}, {"position": 1}]', "This step is there twice."),
        ('[{"position": true}]', "Give a whole number from 1"),
        ('[{"position": 1, "swapped_for": ["x"]}]', "slug"),
        ('[{"position": 1, "swapped_for": "\\u0000"}]', "slug"),  # which PostgreSQL would not even look for
        ('[{"position": 1, "swapped_for": "\\ud800"}]', "slug"),
        ('{"position": 1}', "Give a list of steps."),
        ("[[]]", "Give a step as an object"),
        ("nonsense", "read"),
    ):
        answer = browser.post(address, fields_of(browser.get(address)) | {"steps": steps})
        assert (answer.status_code, says in answer.content.decode()) == (422, True), steps
    assert Session.objects.count() == 0


# --- After the run --------------------------------------------------------------------------------------------------
@pytest.fixture
def warm(cast: Cast, run: Run) -> Session:
    """A session of that run."""
    return make_session(cast.athlete, run=run)


@pytest.mark.parametrize(
    ("change", "after_start", "asked"),
    [
        ({}, timedelta(minutes=29), False),  # a run of unknown length takes half an hour
        ({}, timedelta(minutes=30), True),
        ({"planned_minutes": 90}, timedelta(minutes=89), False),
        ({"planned_minutes": 90}, timedelta(minutes=90), True),
        ({}, 24 * HOURS - timedelta(seconds=1), True),
        ({}, 24 * HOURS, False),
        ({"status": "cancelled"}, HOURS, False),
    ],
)
def test_it_is_asked_once_the_run_is_over_and_for_a_day(
    cast: Cast, change: dict[str, Any], after_start: timedelta, asked: bool
) -> None:
    run = make_run(cast.athlete, starts_at=NOW, **change)
    session = make_session(cast.athlete, run=run)

    assert is_asked(session, NOW + after_start) is asked
    assert to_ask(athlete=cast.athlete, now=NOW + after_start) == (session if asked else None)
    assert to_ask(athlete=cast.coach, now=NOW + after_start) is None


def test_two_taps_answer_both_and_then_it_is_quiet(cast: Cast, warm: Session, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    address = f"/sessions/{warm.pk}/after/"
    assert "Were you stiff before it?" in browser.get("/today/").content.decode()

    first = browser.post(address, {"stiff_before": "false", "then": "today"})
    assert "How were the first ten minutes?" in browser.get(first.url).content.decode()
    second = browser.post(address, {"first_ten": "good", "then": ""})

    warm.refresh_from_db()
    assert (first.url, second.url) == ("/today/", f"/sessions/{warm.pk}/")
    assert (warm.stiff_before, warm.first_ten) == (False, "good")
    page = browser.get(second.url).content.decode()
    assert "Stiff before the run: no. First ten minutes: good." in page
    assert address not in page + browser.get("/today/").content.decode()


def test_not_now_is_not_asked_again_and_changes_nothing_of_the_log(cast: Cast, warm: Session, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    browser.post(f"/sessions/{warm.pk}/after/", {"leave": "yes", "then": "today"})
    warm.refresh_from_db()
    assert warm.after_hidden_at
    assert (warm.stiff_before, warm.versions.count()) == (None, 0)
    assert f"/sessions/{warm.pk}/after/" not in browser.get("/today/").content.decode()


def test_a_run_with_two_sessions_is_asked_of_once(cast: Cast, warm: Session, run: Run, browser_of: Any) -> None:
    make_session(cast.athlete, run=run)
    browser = browser_of(cast.athlete)
    assert to_ask(athlete=cast.athlete, now=timezone.now())
    browser.post(f"/sessions/{warm.pk}/after/", {"leave": "yes", "then": "today"})
    assert to_ask(athlete=cast.athlete, now=timezone.now()) is None
    Session.objects.update(after_hidden_at=None)
    for said in ({"stiff_before": "true"}, {"first_ten": "fair"}):
        browser.post(f"/sessions/{warm.pk}/after/", said)
    assert to_ask(athlete=cast.athlete, now=timezone.now()) is None


def test_an_edit_opened_before_the_answers_takes_none_of_them_away(cast: Cast, warm: Session, browser_of: Any) -> None:
    browser = browser_of(cast.athlete)
    address = f"/sessions/{warm.pk}/edit/"
    typed = fields_of(browser.get(address))
    say_after(session=warm, actor=cast.athlete, now=timezone.now(), said={"stiff_before": True, "first_ten": "good"})
    browser.post(address, typed | {"rpe": "4"})
    warm.refresh_from_db()
    assert (warm.rpe, warm.stiff_before, warm.first_ten) == (4, True, "good")


def test_an_answer_takes_nothing_of_what_came_in_between(cast: Cast, warm: Session) -> None:
    stale = Session.objects.get(pk=warm.pk)
    Session.objects.filter(pk=warm.pk).update(clock_off_seconds=7200, rpe=5)
    say_after(session=stale, actor=cast.athlete, now=timezone.now(), said={"first_ten": "good"})
    warm.refresh_from_db()
    assert (warm.rpe, warm.first_ten, warm.clock_off_seconds) == (5, "good", 7200)


def test_who_signs_in_again_on_the_way_lands_on_the_log(cast: Cast, warm: Session, browser_of: Any) -> None:
    assert browser_of(cast.athlete).get(f"/sessions/{warm.pk}/after/").url == f"/sessions/{warm.pk}/"


def test_an_answer_that_is_none_is_refused_in_words(cast: Cast, warm: Session, browser_of: Any) -> None:
    answer = browser_of(cast.athlete).post(f"/sessions/{warm.pk}/after/", {"first_ten": "awful"}, follow=True)
    warm.refresh_from_db()
    assert warm.first_ten is None
    assert "Choose one of the answers." in answer.content.decode()


def test_a_coach_is_neither_asked_nor_may_answer(cast: Cast, warm: Session, browser_of: Any) -> None:
    browser = browser_of(cast.coach)
    assert browser.post(f"/sessions/{warm.pk}/after/", {"first_ten": "hard"}).status_code == 403
    assert "after/" not in browser.get(f"/sessions/{warm.pk}/").content.decode()
    assert browser_of(cast.other_athlete).post(f"/sessions/{warm.pk}/after/", {}).status_code == 404


def test_what_was_said_after_is_health_and_stays_with_who_keeps_it(cast: Cast, warm: Session, browser_of: Any) -> None:
    say_after(session=warm, actor=cast.athlete, now=timezone.now(), said={"stiff_before": True, "first_ten": "hard"})
    words, address = "Stiff before the run: yes", f"/sessions/{warm.pk}/"
    cast.athlete.memberships.update(shares_health=True)
    assert words in browser_of(cast.coach).get(address).content.decode()
    cast.athlete.memberships.update(shares_health=False)
    assert words not in browser_of(cast.coach).get(address).content.decode()
    assert words in browser_of(cast.athlete).get(address).content.decode()


def test_a_run_without_a_warm_up_can_be_logged_once_it_began(cast: Cast, browser_of: Any) -> None:
    run = make_run(cast.athlete, starts_at=timezone.now() - HOURS)
    browser = browser_of(cast.athlete)
    for address in (run.get_absolute_url(), f"/warm-up/{run.pk}/"):
        assert memory(run) in browser.get(address).content.decode(), address
    browser.post(memory(run), fields_of(browser.get(memory(run))))
    assert (logged(cast).run, logged(cast).revision) == (run, None)
    assert "You logged this warm-up: done." in browser.get(memory(run)).content.decode()
    assert browser.get("/warm-up/0/log/").status_code == 404


def test_the_form_asks_of_the_run_only_once_it_began_and_keeps_what_was_said(
    cast: Cast, warm: Session, browser_of: Any
) -> None:
    say_after(session=warm, actor=cast.athlete, now=timezone.now(), said={"stiff_before": True, "first_ten": "hard"})
    browser = browser_of(cast.athlete)
    address = f"/sessions/{warm.pk}/edit/"
    typed = fields_of(browser.get(address))
    browser.post(address, typed | {"rpe": "4"})
    warm.refresh_from_db()
    assert (warm.rpe, warm.stiff_before, warm.first_ten) == (4, True, "hard")

    coming = make_run(cast.athlete, starts_at=timezone.now() + HOURS)
    early = make_session(cast.athlete, run=coming, started_at=timezone.now(), stiff_before=True)
    page = browser.get(f"/sessions/{early.pk}/edit/")
    assert "stiff_before" not in page.context["form"].fields
    browser.post(f"/sessions/{early.pk}/edit/", fields_of(page))
    early.refresh_from_db()
    assert early.stiff_before is True


def test_leaving_it_twice_is_leaving_it_once(cast: Cast, warm: Session) -> None:
    leave_after(session=warm, now=NOW)
    leave_after(session=warm, now=NOW + HOURS)
    warm.refresh_from_db()
    assert warm.after_hidden_at == NOW


# --- Pain at the limit ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shares", "says"),
    [
        (True, "What the coaches of Dawn Patrol see: how much it hurts, where and on which side, and your note."),
        (False, "The coaches of Dawn Patrol do not see it"),
    ],
)
def test_at_the_limit_it_says_exactly_who_sees_what(
    cast: Cast, run: Run, browser_of: Any, shares: bool, says: str
) -> None:
    cast.athlete.memberships.update(shares_health=shares)
    session = make_session(cast.athlete, run=run, pain=7, pain_site="knee", pain_side="left")
    browser = browser_of(cast.athlete)
    for address in (memory(run), f"/sessions/{session.pk}/"):
        assert says in browser.get(address).content.decode(), address
