"""The pages of the guided warm-up and of the log, as they are without JavaScript."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.utils import timezone

from plans.domain.sessions import delete_session
from plans.models import Session
from tests.factories import (
    NOW,
    make_assignment,
    make_equipment,
    make_exercise,
    make_revision,
    make_routine,
    make_run,
    make_session,
    rewrite,
)
from warmups.domain.durations import routine_seconds
from warmups.models import Substitute


class Fields(HTMLParser):
    """What a browser without JavaScript sends of the page's last form when nothing was touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        got = dict(attrs)
        chosen = got.get("type") not in {"radio", "checkbox"} or "checked" in got
        if tag == "form":
            self.found = {}
        if tag in {"input", "textarea"} and got.get("name") and chosen:
            self.found[got["name"]] = got.get("value", "")


def fields_of(answer) -> dict[str, str]:
    return Fields(answer.content.decode()).found


def player_data(answer) -> dict:
    page = answer.content.decode()
    start = page.index('id="player-data"')
    return json.loads(page[page.index(">", start) + 1 : page.index("</script>", start)])


@pytest.fixture
def run(cast):
    run = make_run(cast.athlete, squad=cast.squad, kind="intervals")
    make_assignment(run, make_routine(), by=cast.coach, note="Slowly today.")
    return run


def address(run) -> str:
    return f"/warm-up/{run.pk}/"


# --- The player -----------------------------------------------------------------------------------------------------
@pytest.mark.embedded
def test_the_page_has_all_steps_and_a_form_that_logs_without_javascript(athlete, run, browser_of):
    browser = browser_of(athlete)
    page = browser.get(address(run))
    first, second = run.assignment.revision.steps.all()

    for text in (first.exercise_name, second.exercise_name, "8", "each side", "Lift the other foot.", "Slowly today."):
        assert text in page.content.decode()
    answer = browser.post(address(run), fields_of(page) | {"rpe": "3", "note": "cold"})

    session = Session.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/sessions/{session.pk}/")
    assert (session.run, session.revision, session.outcome) == (run, run.assignment.revision, "done")
    assert (session.rpe, session.note, session.pain, session.steps) == (3, "cold", None, [])


def test_pressing_save_twice_logs_once(athlete, run, browser_of):
    browser = browser_of(athlete)
    typed = fields_of(browser.get(address(run)))

    assert [browser.post(address(run), typed).status_code for _ in range(2)] == [302, 302]
    assert Session.objects.count() == 1


def test_what_the_guide_noted_is_kept(athlete, run, browser_of):
    browser, id = browser_of(athlete), uuid4()
    noted = {
        "id": str(id),
        "started_at": "2025-03-15T06:10:00.123Z",
        "finished_at": "2025-03-15T06:14:00.456Z",
        "edited_at": "2025-03-15T06:14:30.000Z",
        "outcome": "partial",
        "steps": json.dumps([{"position": 1, "sets_done": 1, "reps_done": 8, "skipped": False}]),
        "pain": "7",
        "pain_site": "hip",
        "pain_side": "left",
        "readiness": "2",
    }

    browser.post(address(run), fields_of(browser.get(address(run))) | noted)

    session = Session.objects.get(pk=id)
    assert [step["sets_done"] for step in session.steps] == [1]
    assert (session.pain, session.pain_site, session.pain_side, session.readiness) == (7, "hip", "left", 2)
    assert (session.finished_at - session.started_at).total_seconds() == 240.333
    assert session.edited_at.isoformat() == "2025-03-15T06:14:30+00:00"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"outcome": ""}, "This field is required."),
        ({"outcome": "skipped"}, "Select a valid choice."),
        ({"rpe": "11"}, "Select a valid choice."),
        ({"pain": "-1"}, "Select a valid choice."),
        ({"pain_site": "soul"}, "Select a valid choice."),
        ({"readiness": "9" * 5000}, "Select a valid choice."),
        ({"note": "x" * 2001}, "at most 2000 characters"),
        ({"note": "a\0b"}, "Null characters are not allowed."),
        ({"id": "7"}, "Enter a valid UUID."),
        ({"started_at": "soon"}, "Give date, time and offset"),
        ({"started_at": ""}, "This field is required."),
        ({"finished_at": "2000-01-01T00:00:00Z"}, "before it begins"),
        ({"steps": "{"}, "of the steps can&#x27;t be read"),
        ({"steps": "[" * 100_000}, "of the steps can&#x27;t be read"),
        ({"steps": "1" * 5000}, "of the steps can&#x27;t be read"),
        ({"steps": "NaN"}, "Give a list of steps."),
        ({"steps": '[{"position": 1, "sets_done": -1}]'}, "Give a whole number from 0 to 100."),
    ],
)
def test_a_bad_field_is_said_and_everything_typed_is_kept(athlete, run, browser_of, typed, says):
    browser = browser_of(athlete)
    sent = fields_of(browser.get(address(run))) | {"note": "my note", "rpe": "4"} | typed

    answer = browser.post(address(run), sent)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Session.objects.count() == 0
    assert 'data-open="log"' in answer.content.decode()
    kept = fields_of(answer)
    for name in ("id", "started_at", "steps"):
        assert kept[name] == sent[name]
    if "note" not in typed:
        assert "my note</textarea>" in answer.content.decode()


def test_a_note_of_many_lines_counts_as_the_browser_counts_it(athlete, run, browser_of):
    browser = browser_of(athlete)

    answer = browser.post(address(run), fields_of(browser.get(address(run))) | {"note": "a\r\n" * 1000})

    assert answer.status_code == 302


def test_a_log_deleted_in_the_meantime_is_offered_as_a_new_one(athlete, run, browser_of):
    browser = browser_of(athlete)
    typed = fields_of(browser.get(address(run))) | {"note": "again"}
    browser.post(address(run), typed)
    delete_session(session=Session.objects.get(), actor=athlete, now=NOW)

    refused = browser.post(address(run), typed)
    again = browser.post(address(run), fields_of(refused))

    assert (refused.status_code, again.status_code) == (422, 302)
    assert fields_of(refused)["id"] != typed["id"]
    assert Session.objects.kept().count() == 1


def test_a_warm_up_withdrawn_or_changed_while_it_was_done_is_logged_as_the_one_that_was_done(athlete, run, browser_of):
    browser = browser_of(athlete)
    first = run.assignment.revision
    typed = fields_of(browser.get(address(run))) | {"note": "done"}
    run.assignment.delete()
    withdrawn = browser.post(address(run), typed)
    make_assignment(run, make_routine())
    changed = browser.post(address(run), typed | {"id": str(uuid4())})

    assert (withdrawn.status_code, changed.status_code) == (302, 302)
    assert set(Session.objects.values_list("revision", "note")) == {(first.pk, "done")}


@pytest.mark.parametrize("revision", ["", "0", "9" * 18, "9" * 30, "9" * 5000, "-1", "x", "²"])
def test_a_revision_that_is_none_of_theirs_falls_back_to_what_the_run_was_given(athlete, run, browser_of, revision):
    browser = browser_of(athlete)

    answer = browser.post(address(run), fields_of(browser.get(address(run))) | {"routine_revision": revision})

    assert answer.status_code == 302
    assert Session.objects.get().revision == run.assignment.revision


def test_a_secret_routine_withdrawn_meanwhile_costs_neither_log_nor_words(cast, browser_of):
    run = make_run(cast.athlete)
    make_assignment(run, make_routine(owner=cast.coach), by=cast.coach)
    browser = browser_of(cast.athlete)
    typed = fields_of(browser.get(address(run)))
    run.assignment.delete()

    refused = browser.post(address(run), typed | {"note": "my words", "rpe": "12"})
    saved = browser.post(address(run), typed | {"note": "my words"})

    assert (refused.status_code, saved.status_code) == (422, 302)
    assert "my words</textarea>" in refused.content.decode()
    assert (Session.objects.get().note, Session.objects.get().revision) == ("my words", None)


def test_another_persons_uuid_is_not_there(athlete, run, cast, browser_of):
    taken = make_session(cast.team_mate)
    browser = browser_of(athlete)

    answer = browser.post(address(run), fields_of(browser.get(address(run))) | {"id": str(taken.pk)})

    assert answer.status_code == 404


def test_who_may_open_and_log_the_warm_up_of_a_run(cast, run, browser_of):
    seen = {}
    for name in ("athlete", "coach", "assistant", "team_mate", "other_coach", "curator", "superuser"):
        browser = browser_of(getattr(cast, name))
        seen[name] = (browser.get(address(run)).status_code, browser.post(address(run), {}).status_code)
    visitor = browser_of(None).get(address(run))

    assert seen == {
        "athlete": (200, 422),
        "coach": (403, 403),
        "assistant": (403, 403),
        "team_mate": (404, 404),
        "other_coach": (404, 404),
        "curator": (404, 404),
        "superuser": (404, 404),
    }
    assert (visitor.status_code, visitor.url) == (302, f"/accounts/login/?next={address(run)}")
    assert Session.objects.count() == 0


def test_a_coach_is_told_in_words_why_not(cast, run, browser_of):
    page = browser_of(cast.coach).get(address(run)).content.decode()

    assert "Doing and logging it is up to Ada Athlete." in page
    assert f'href="/runs/{run.pk}/"' in page


@pytest.mark.parametrize("address", ["/warm-up/999999/", f"/warm-up/{2**70}/", f"/warm-up/try/{2**70}/"])
def test_a_number_that_is_no_run_is_not_there(athlete, browser_of, address):
    assert browser_of(athlete).get(address).status_code == 404


def test_a_run_without_a_warm_up_offers_to_choose_one(athlete, browser_of):
    run = make_run(athlete)

    page = browser_of(athlete).get(address(run))

    assert page.status_code == 200
    assert f"/runs/{run.pk}/warm-up/" in page.content.decode()


def test_a_run_that_was_logged_says_so(athlete, run, browser_of):
    session = make_session(athlete, run=run, outcome="short")

    page = browser_of(athlete).get(address(run)).content.decode()

    assert f'href="/sessions/{session.pk}/"' in page
    assert "You logged this warm-up: short version." in page


def test_the_guide_gets_steps_and_lengths_from_the_one_place_that_knows_them(athlete, cast, browser_of):
    hold = make_exercise(mode="hold", reps=3, hold_seconds=20, unilateral=False, seconds_per_rep=None, sets=2)
    unpaced = make_exercise(reps=10, seconds_per_rep=None, cues=["Tall.", "Slow."], set_up="Stand. Breathe.")
    run = make_run(athlete)
    make_assignment(run, make_routine(exercises=[hold, unpaced]), by=cast.coach)
    rewrite(run.assignment.revision.steps.all(), rest_seconds=15)

    data = player_data(browser_of(athlete).get(address(run)))

    assert data["seconds"] == {"setUp": 8, "sideChange": 5, "holdChange": 2, "leadIn": 5}
    first, second = data["steps"]
    assert {name: first[name] for name in ("mode", "sets", "reps", "hold", "sides", "rest")} == {
        "mode": "hold",
        "sets": 2,
        "reps": 3,
        "hold": 20,
        "sides": None,
        "rest": 15,
    }
    assert {name: second[name] for name in ("mode", "reps", "sides", "pace", "paced", "cue", "setUp")} == {
        "mode": "reps",
        "reps": 10,
        "sides": "each",
        "pace": 3.0,
        "paced": False,
        "cue": "Tall.",
        "setUp": "Stand.",
    }


def test_who_sees_what_is_said_before_it_is_typed(cast, run, browser_of):
    browser = browser_of(cast.athlete)
    shared = browser.get(address(run)).content.decode()
    cast.squad.memberships.filter(person=cast.athlete).update(shares_health=False)
    hidden = browser.get(address(run)).content.decode()

    assert "The coaches of Dawn Patrol see all of this, pain and note too." in shared
    assert "The coaches of Dawn Patrol see what you did and how hard it was, but neither pain nor note" in hidden


@pytest.mark.parametrize("count", [1, 4])
def test_the_player_costs_the_same_for_one_step_and_for_four(
    athlete, cast, browser_of, django_assert_num_queries, count
):
    run = make_run(athlete, squad=cast.squad)
    make_assignment(run, make_routine(steps=count), by=cast.coach)
    browser = browser_of(athlete)

    with django_assert_num_queries(14):  # session, person; run and what it gets (6), steps, log, squads; stand-ins (3)
        assert browser.get(address(run)).status_code == 200


# --- To try ---------------------------------------------------------------------------------------------------------
def test_a_visitor_tries_a_library_routine_and_nothing_is_saved(db, browser_of):
    routine = make_routine("Five to fire up")
    browser = browser_of(None)

    page = browser.get(f"/warm-up/try/{routine.pk}/").content.decode()

    assert "Five to fire up" in page
    assert 'href="/accounts/signup/"' in page
    assert 'method="post"' not in page
    assert browser.post(f"/warm-up/try/{routine.pk}/", {"outcome": "done"}).status_code == 405
    assert Session.objects.count() == 0


def test_who_may_try_a_coachs_own_routine(cast, browser_of):
    routine = make_routine(owner=cast.coach)

    seen = {
        name: browser_of(person).get(f"/warm-up/try/{routine.pk}/").status_code
        for name, person in (("owner", cast.coach), ("athlete", cast.athlete), ("visitor", None))
    }

    assert seen == {"owner": 200, "athlete": 404, "visitor": 404}


def test_a_routine_is_tried_as_it_is_now(db, browser_of):
    routine = make_routine()
    routine.current = make_revision(routine, [make_exercise("clamshell")])
    routine.save()

    data = player_data(browser_of(None).get(f"/warm-up/try/{routine.pk}/"))

    assert [step["name"] for step in data["steps"]] == ["Clamshell"]
    assert routine_seconds(routine.current.steps.all()) == 8 + 2 * 24 + 5


# --- The log --------------------------------------------------------------------------------------------------------
def test_the_log_lists_ones_own_sessions_and_no_one_elses(cast, browser_of):
    run = make_run(cast.athlete, kind="intervals")
    make_session(cast.athlete, run=run, rpe=3, pain=7, note="my hip", outcome="short")
    make_session(cast.athlete, note="deleted", deleted_at=NOW)
    make_session(cast.team_mate, note="not mine")

    page = browser_of(cast.athlete).get("/sessions/").content.decode()

    for text in ("Intervals, Mon 15 Mar 2027", "effort 3", "Pain 7", "my hip", "Short version"):
        assert text in page
    assert "deleted" not in page
    assert "not mine" not in page
    assert "not mine" not in browser_of(cast.coach).get("/sessions/").content.decode()


def test_an_empty_log_says_what_will_be_here(athlete, browser_of):
    assert "Nothing here yet" in browser_of(athlete).get("/sessions/").content.decode()


@pytest.mark.parametrize("number", ["0", "99", "x", "9" * 30])
def test_an_odd_page_number_is_a_page(athlete, browser_of, number):
    assert browser_of(athlete).get("/sessions/", {"page": number}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_costs_the_same_for_one_session_and_for_three(athlete, browser_of, django_assert_num_queries, count):
    routine = make_routine()
    for _ in range(count):
        make_session(athlete, run=make_run(athlete), revision=routine.current)
    browser = browser_of(athlete)

    with django_assert_num_queries(11):  # session, person; count, rows; trends (7)
        assert browser.get("/sessions/").status_code == 200


def test_who_may_read_change_and_delete_a_session(cast, browser_of):
    seen = {}
    for name in ("athlete", "coach", "assistant", "team_mate", "other_coach", "curator", "superuser"):
        session = make_session(cast.athlete, started_at=NOW)
        browser = browser_of(getattr(cast, name))
        base = f"/sessions/{session.pk}/"
        seen[name] = [browser.get(f"{base}{page}").status_code for page in ("", "edit/", "delete/")]
        seen[name] += [browser.post(f"{base}{page}", {"outcome": "done"}).status_code for page in ("edit/", "delete/")]

    nobody = [404] * 5
    assert seen == {
        "athlete": [200, 200, 200, 302, 302],
        "coach": [200, 403, 403, 403, 403],
        "assistant": [200, 403, 403, 403, 403],
        "team_mate": nobody,
        "other_coach": nobody,
        "curator": nobody,
        "superuser": nobody,
    }


def test_a_visitor_is_asked_to_sign_in(db, browser_of):
    for page in ("/sessions/", f"/sessions/{uuid4()}/", f"/sessions/{uuid4()}/edit/", f"/sessions/{uuid4()}/delete/"):
        assert browser_of(None).get(page).url == f"/accounts/login/?next={page}"


def test_a_session_shows_what_was_prescribed_and_done_for_ever(athlete, browser_of):
    routine = make_routine(exercises=[make_exercise("clamshell", sets=2), make_exercise("lunge")])
    steps = [{"position": 1, "sets_done": 1, "skipped": False, "skip_reason": None}]
    session = make_session(athlete, revision=routine.current, steps=steps)
    routine.current = make_revision(routine, [make_exercise("squat")])
    routine.save()

    page = browser_of(athlete).get(f"/sessions/{session.pk}/").content.decode()

    assert "Clamshell" in page
    assert "2 × 8 each side" in page
    assert "1 of 2 sets" in page
    assert "Squat" not in page


def test_pain_at_the_limit_says_stop_calmly_to_its_athlete(athlete, browser_of, settings):
    settings.PAIN_RED_LIMIT = 5
    red = make_session(athlete, pain=5, pain_site="knee", pain_side="both")
    mild = make_session(athlete, pain=4)
    browser = browser_of(athlete)

    red_page = browser.get(f"/sessions/{red.pk}/").content.decode()

    assert "Stop here, and tell your coach" in red_page
    assert "From 5 on" in red_page
    assert "knee, both" in red_page
    assert "Stop here" not in browser.get(f"/sessions/{mild.pk}/").content.decode()


def test_a_coach_reads_pain_and_note_only_while_they_are_shared(cast, browser_of):
    steps = [{"position": 1, "sets_done": 0, "skipped": True, "skip_reason": "it stings"}]
    routine = make_routine()
    session = make_session(
        cast.athlete,
        started_at=NOW,
        revision=routine.current,
        pain=9,
        pain_site="knee",
        note="hurts a lot",
        rpe=4,
        steps=steps,
    )
    browser, membership = browser_of(cast.coach), cast.squad.memberships.filter(person=cast.athlete)

    shared = browser.get(f"/sessions/{session.pk}/").content.decode()
    membership.update(shares_health=False)
    hidden = browser.get(f"/sessions/{session.pk}/").content.decode()

    for text in ("hurts a lot", "knee", "it stings", "severe"):
        assert (text in shared, text in hidden) == (True, False)
    assert "kept private" in hidden
    assert "Ada Athlete" in hidden
    assert f"/sessions/{session.pk}/edit/" not in shared


def test_editing_makes_a_newer_version_and_keeps_what_the_form_does_not_ask(athlete, browser_of):
    run, routine = make_run(athlete), make_routine()
    an_hour_ago = timezone.now() - timedelta(hours=1)
    session = make_session(athlete, run=run, revision=routine.current, started_at=an_hour_ago, rpe=3, note="fine")
    browser = browser_of(athlete)
    address = f"/sessions/{session.pk}/edit/"
    typed = fields_of(browser.get(address))

    answer = browser.post(address, typed | {"rpe": "6", "note": "not fine", "outcome": "partial"})
    browser.post(address, typed | {"rpe": "3", "note": "fine", "outcome": "done"})
    browser.post(address, typed | {"rpe": "6", "note": "not fine", "outcome": "partial"})

    session.refresh_from_db()
    assert answer.url == f"/sessions/{session.pk}/"
    assert (session.rpe, session.note, session.outcome) == (6, "not fine", "partial")
    assert (session.run, session.revision) == (run, routine.current)
    assert session.versions.count() == 4


def test_editing_badly_keeps_what_was_typed(athlete, browser_of):
    session = make_session(athlete, note="fine")

    answer = browser_of(athlete).post(f"/sessions/{session.pk}/edit/", {"outcome": "done", "rpe": "12", "note": "new"})

    session.refresh_from_db()
    assert (answer.status_code, session.note) == (422, "fine")
    assert "new</textarea>" in answer.content.decode()


def test_deleting_asks_first_and_then_the_page_is_gone(athlete, cast, browser_of):
    session = make_session(athlete, started_at=NOW)
    browser = browser_of(athlete)
    address = f"/sessions/{session.pk}/"

    assert browser.get(f"{address}delete/").status_code == 200
    assert Session.objects.kept().count() == 1
    assert browser.post(f"{address}delete/").url == "/sessions/"
    assert browser.get(address).status_code == 410
    assert browser.get(f"{address}edit/").status_code == 404
    assert browser_of(cast.coach).get(address).status_code == 404


# --- Versions -------------------------------------------------------------------------------------------------------
@pytest.fixture
def three(cast):
    """A run with three steps of 61 s, ranks 3, 1 and 2; the second is swapped for "squeeze" when it hurts."""
    plank = make_exercise("plank", lying=True)
    Substitute.objects.create(exercise=plank, when="hurts", substitute=make_exercise("squeeze"))
    routine = make_routine("Three", exercises=[make_exercise("hops"), plank, make_exercise("drops")])
    for position, rank in ((1, 3), (2, 1), (3, 2)):
        rewrite(routine.current.steps.filter(position=position), rank=rank)
    run = make_run(cast.athlete, squad=cast.squad)
    make_assignment(run, routine, by=cast.coach)
    return run


@pytest.mark.parametrize(
    ("query", "outcome", "steps"),
    [
        ("", "done", []),
        ("?minutes=3", "short", [(2, False, None, None), (3, False, None, None)]),
        ("?minutes=2", "short", [(2, False, None, None)]),
        ("?hurts=2", "done", [(1, False, None, None), (2, False, "squeeze", "hurts"), (3, False, None, None)]),
        ("?hurts=1", "done", [(1, True, None, "hurts"), (2, False, None, None), (3, False, None, None)]),
        ("?standing=on", "done", [(1, False, None, None), (3, False, None, None)]),
        ("?minutes=2&hurts=1&hurts=2", "short", [(1, True, None, "hurts"), (2, False, "squeeze", "hurts")]),
        ("?minutes=never&hurts=spoon", "done", []),
    ],
)
def test_a_version_logs_the_routines_positions_and_its_swaps_without_javascript(
    athlete, three, browser_of, query, outcome, steps
):
    browser = browser_of(athlete)
    where = address(three) + query

    answer = browser.post(where, fields_of(browser.get(where)))

    session = Session.objects.get()
    assert (answer.status_code, session.outcome, session.revision) == (302, outcome, three.assignment.revision)
    told = [(row["position"], row["skipped"], row["swapped_for"], row["skip_reason"]) for row in session.steps]
    assert told == steps


def test_what_is_done_without_the_band_is_logged_as_itself(athlete, three, browser_of):
    make_equipment("mini-band")
    first = three.assignment.revision.steps.filter(position=1)
    rewrite(first, equipment=["mini-band"])
    browser = browser_of(athlete)
    where = address(three) + "?no_band=on"

    browser.post(where, fields_of(browser.get(where)))

    told = [(row["position"], row["swapped_for"]) for row in Session.objects.get().steps]
    assert told == [(1, None), (2, None), (3, None)]


def test_a_refused_log_is_still_about_the_version_that_was_done(athlete, three, browser_of):
    browser = browser_of(athlete)
    where = address(three) + "?minutes=2"
    answer = browser.post(where, fields_of(browser.get(where)) | {"note": "x" * 2001})
    assert answer.status_code == 422
    assert [step["position"] for step in player_data(answer)["steps"]] == [2]
    assert [row["position"] for row in json.loads(fields_of(answer)["steps"])] == [2]


def test_a_changed_warm_up_keeps_the_version_of_what_was_done(athlete, three, browser_of):
    browser = browser_of(athlete)
    where = address(three) + "?minutes=2"
    typed = fields_of(browser.get(where))
    before = three.assignment.revision
    three.assignment.revision = make_revision(before.routine, [make_exercise("other")])
    three.assignment.save()

    assert browser.post(where, typed).status_code == 302

    session = Session.objects.get()
    assert (session.revision, [row["position"] for row in session.steps]) == (before, [2])


def test_trying_shows_the_versions_too_and_says_what_is_left_out(three, browser_of):
    routine = three.assignment.revision.routine
    page = browser_of(None).get(f"/warm-up/try/{routine.pk}/?minutes=2")
    assert [step["name"] for step in player_data(page)["steps"]] == ["Plank"]
    assert "Left out: Hops, Drops" in page.content.decode()


def test_the_coach_sees_what_was_done_instead(cast, athlete, three, browser_of):
    browser = browser_of(athlete)
    where = address(three) + "?hurts=2"
    browser.post(where, fields_of(browser.get(where)) | {"started_at": (NOW + timedelta(hours=5)).isoformat()})
    page = browser_of(cast.coach).get(f"/sessions/{Session.objects.get().pk}/").content.decode()
    assert "Squeeze instead" in page


@pytest.mark.parametrize("count", [1, 3])
def test_a_version_in_the_player_costs_the_same_for_one_step_and_for_three(
    athlete, cast, browser_of, django_assert_num_queries, count
):
    exercises = [make_exercise(lying=True) for _ in range(count)]
    for exercise in exercises:
        Substitute.objects.create(exercise=exercise, when="no-floor", substitute=make_exercise())
    run = make_run(athlete, squad=cast.squad)
    make_assignment(run, make_routine(exercises=exercises), by=cast.coach)
    browser = browser_of(athlete)
    with django_assert_num_queries(18):  # the player's 14; substitutes, exercises, their equipment, swaps by name
        browser.get(address(run) + "?standing=on")
