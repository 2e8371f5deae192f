"""Sessions: saved so that sending one twice is one, in any order; read by whom they concern; deleted for good."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import Http404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.security import make_token
from accounts.models import AuditEntry
from plans.domain.sessions import Deleted, delete_session, save_session
from plans.models import Session, SessionVersion
from tests.factories import (
    NOW,
    make_assignment,
    make_exercise,
    make_revision,
    make_routine,
    make_run,
    make_session,
    make_user,
)

ID = UUID("5f0c8c52-1f53-4d0e-9d4b-3f2f6a1f9d11")
STARTED = "2027-03-15T11:00:00Z"


def save(athlete, now=NOW, id=ID, **body):
    return save_session(id=id, athlete=athlete, now=now, body={"started_at": STARTED} | body)[0]


def at(minutes: float) -> str:
    """An instant so many minutes before NOW, as a phone writes it."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def put(api, body):
    """PUT as a device does it, which may escape what is no character."""
    return api.put(address(), json.dumps(body), content_type="application/json")


def address(id: UUID | str = ID) -> str:
    return f"/api/v1/sessions/{id}/"


# --- Saving ---------------------------------------------------------------------------------------------------------
def test_only_the_start_is_required(athlete):
    session, created = save_session(id=ID, athlete=athlete, now=NOW, body={"started_at": STARTED})

    session.refresh_from_db()
    assert created is True
    assert session.started_at == datetime(2027, 3, 15, 11, tzinfo=UTC)
    assert (session.outcome, session.steps, session.note, session.run, session.rpe) == ("done", [], "", None, None)
    assert session.edited_at == session.received_at == NOW


def test_sending_it_again_changes_nothing_at_once_or_late(athlete):
    save(athlete, pain=2)

    session, created = save_session(
        id=ID, athlete=athlete, now=NOW + timedelta(days=3), body={"started_at": STARTED, "pain": 2}
    )

    assert (created, session.received_at) == (False, NOW)
    assert Session.objects.count() == SessionVersion.objects.count() == 1


def test_a_late_repeat_of_an_older_version_leaves_the_newer_one_standing(athlete):
    save(athlete, pain=2)
    save(athlete, now=NOW + timedelta(minutes=1), pain=5)

    session = save(athlete, now=NOW + timedelta(minutes=2), pain=2)

    assert (session.pain, session.versions.count()) == (5, 2)


def test_a_session_is_the_whole_body_that_was_edited_last(athlete):
    save(athlete, edited_at=at(10), pain=4, note="calf is tight", rpe=3)
    save(athlete, edited_at=at(5), rpe=4)
    session = save(athlete, edited_at=at(8), pain=7)

    session.refresh_from_db()
    assert (session.rpe, session.pain, session.note) == (4, None, "")
    assert session.edited_at == NOW - timedelta(minutes=5)
    assert [version.body["pain"] for version in session.versions.all()] == [None, 7, 4]


@pytest.mark.parametrize("edited_at", [None, "2030-01-01T00:00:00Z"])
def test_edited_in_the_future_or_who_knows_when_counts_as_now(athlete, edited_at):
    save(athlete, edited_at=at(1), rpe=1)

    session = save(athlete, edited_at=edited_at, rpe=2)

    assert (session.rpe, session.edited_at) == (2, NOW)


def test_the_same_content_written_otherwise_is_the_same_version(athlete):
    save(athlete, edited_at="2027-03-15T11:30:00Z", note="a\nb")
    save(athlete, edited_at="2027-03-15T12:30:00+01:00", note="a\r\nb", pain=None, steps=[])

    assert SessionVersion.objects.count() == 1


versions = st.fixed_dictionaries(
    {
        # Few instants, so that some are the same.
        "edited_at": st.sampled_from([at(minutes) for minutes in (30, 20, 20, 10, 0)]),
        "pain": st.none() | st.integers(0, 10),
        "outcome": st.sampled_from(["done", "short", "partial"]),
        "note": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    }
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(versions, min_size=1, max_size=5), data=st.data())
def test_the_order_and_number_of_arrivals_never_matter(athlete, sent, data):
    arrived = data.draw(st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=4))))
    first, second = uuid4(), uuid4()

    for body in sent:
        save(athlete, id=first, **body)
    for body in arrived:
        save(athlete, id=second, **body)

    assert state_of(first) == state_of(second)
    assert state_of(first)[0] == max(state_of(first)[1])


def state_of(id: UUID) -> tuple[tuple, list[tuple]]:
    """The session and all its versions, oldest first, as what can be compared; the id and who knew when left out."""
    session = Session.objects.get(pk=id)
    kept = sorted(
        (version.edited_at, version.digest, version.body["pain"], version.body["outcome"], version.body["note"])
        for version in session.versions.all()
    )
    standing = next(
        row for row in kept if row[0] == session.edited_at and row[2:] == (session.pain, session.outcome, session.note)
    )
    return standing, kept


def test_of_two_edited_at_the_same_instant_the_same_one_stands_in_any_order(athlete):
    bodies = [{"edited_at": at(5), "rpe": rpe} for rpe in (1, 2, 3)]
    standing = set()
    for order in permutations(bodies):
        id = uuid4()
        for body in order:
            save(athlete, id=id, **body)
        standing.add(Session.objects.get(pk=id).rpe)

    assert len(standing) == 1


def test_a_session_written_without_a_version_keeps_its_state_in_the_history(athlete):
    session = make_session(athlete, id=ID, pain=3, note="old")

    session = save(athlete, pain=1)

    assert (session.pain, [version.body["pain"] for version in session.versions.all()]) == (1, [1, 3])


def test_another_persons_session_is_not_there(athlete, cast):
    save(athlete)

    with pytest.raises(Http404):
        save(cast.team_mate, rpe=9)

    assert Session.objects.get(pk=ID).rpe is None


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_two_tabs_sending_at_once_make_one_session():
    athlete = make_user()
    answers, ready = [], threading.Barrier(4)

    def send():
        try:
            ready.wait()
            answers.append(save_session(id=ID, athlete=athlete, now=NOW, body={"started_at": STARTED})[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [False, False, False, True]
    assert Session.objects.count() == SessionVersion.objects.count() == 1


# --- The run and what was prescribed --------------------------------------------------------------------------------
def test_without_a_revision_it_is_what_the_run_was_given(athlete, coach):
    routine = make_routine()
    run = make_run(athlete)
    make_assignment(run, routine, by=coach)

    assert save(athlete, run=run.pk).revision == routine.current


def test_what_was_prescribed_stays_when_the_run_gets_another_routine_later(athlete):
    run, other = make_run(athlete), make_routine()
    assignment = make_assignment(run, make_routine())
    first = assignment.revision
    save(athlete, run=run.pk)
    assignment.revision = other.current
    assignment.save()

    session = save(athlete, run=run.pk, now=NOW + timedelta(hours=1), rpe=4)

    assert (session.rpe, session.revision) == (4, first)


def test_a_revision_that_was_named_is_kept_even_if_the_run_has_a_newer_one(athlete):
    routine = make_routine()
    first = routine.current
    routine.current = make_revision(routine, [make_exercise()])
    routine.save()
    run = make_run(athlete)
    make_assignment(run, routine)

    assert save(athlete, run=run.pk, routine_revision=first.pk).revision == first


def test_a_session_may_do_without_run_and_routine(athlete):
    session = save(athlete)

    assert (session.run, session.revision) == (None, None)


@pytest.mark.parametrize("whose", ["team_mate", "nobody"])
def test_a_run_that_is_not_ones_own_is_refused(cast, whose):
    run = make_run(cast.team_mate).pk if whose == "team_mate" else 2**62

    with pytest.raises(ValidationError) as refused:
        save(cast.athlete, run=run)

    assert refused.value.message_dict == {"run": ["You have no such run."]}


def test_a_revision_that_one_may_not_see_is_refused(cast):
    secret = make_routine(owner=cast.other_coach)

    with pytest.raises(ValidationError) as refused:
        save(cast.athlete, routine_revision=secret.current.pk)

    assert list(refused.value.message_dict) == ["routine_revision"]


def test_an_exercise_swapped_for_has_to_exist_and_a_draft_does_not(athlete):
    make_exercise("clamshell")
    make_exercise("secret-draft", status="draft")
    steps = [
        {"position": 1, "swapped_for": "clamshell"},
        {"position": 2, "swapped_for": "secret-draft"},
        {"position": 3, "swapped_for": "nowhere"},
    ]

    with pytest.raises(ValidationError) as refused:
        save(athlete, steps=steps)

    assert sorted(refused.value.message_dict) == ["steps.1.swapped_for", "steps.2.swapped_for"]


# --- Bad input ------------------------------------------------------------------------------------------------------
BAD = [
    ("started_at", None, "required"),
    ("started_at", "yesterday", "invalid"),
    ("started_at", "2027-03-15T06:00:00", "invalid"),
    ("started_at", "2027-02-30T06:00:00Z", "invalid"),
    ("started_at", "0001-01-01T00:00:00+14:00", "invalid"),
    ("started_at", "1999-12-31T23:59:59Z", "invalid"),
    ("started_at", 1800000000, "invalid"),
    ("started_at", ["2027-03-15T06:00:00Z"], "invalid"),
    ("finished_at", "2027-03-15T10:59:59Z", "min_value"),
    ("edited_at", "soon", "invalid"),
    ("outcome", "skipped", "invalid_choice"),
    ("outcome", ["done"], "invalid_choice"),
    ("rpe", 11, "max_value"),
    ("rpe", -1, "min_value"),
    ("rpe", "3", "invalid"),
    ("rpe", 3.5, "invalid"),
    ("rpe", True, "invalid"),
    ("rpe", 10**400, "max_value"),
    ("pain", 11, "max_value"),
    ("pain", {}, "invalid"),
    ("pain_site", "soul", "invalid_choice"),
    ("pain_side", "up", "invalid_choice"),
    ("readiness", 0, "min_value"),
    ("readiness", 6, "max_value"),
    ("note", "x" * 2001, "max_length"),
    ("note", 7, "invalid"),
    ("run", "1", "invalid"),
    ("run", 0, "does_not_exist"),
    ("run", 2**70, "does_not_exist"),
    ("routine_revision", 2**62, "does_not_exist"),
    ("routine_revision", True, "invalid"),
    ("steps", {}, "invalid"),
    ("steps", "all", "invalid"),
    ("steps", [{"position": n % 60 + 1} for n in range(61)], "max_length"),
]
BAD_STEPS = [
    ({}, "steps.0.position", "required"),
    ({"position": 0}, "steps.0.position", "min_value"),
    ({"position": 61}, "steps.0.position", "max_value"),
    ({"position": 1, "sets_done": -1}, "steps.0.sets_done", "min_value"),
    ({"position": 1, "reps_done": 10**9}, "steps.0.reps_done", "max_value"),
    ({"position": 1, "seconds_done": "9"}, "steps.0.seconds_done", "invalid"),
    ({"position": 1, "metres_done": 1.5}, "steps.0.metres_done", "invalid"),
    ({"position": 1, "skipped": "no"}, "steps.0.skipped", "invalid"),
    ({"position": 1, "skip_reason": "x" * 101}, "steps.0.skip_reason", "max_length"),
    ({"position": 1, "swapped_for": "Not a slug"}, "steps.0.swapped_for", "invalid"),
    ({"position": 1, "harder_side": "both"}, "steps.0.harder_side", "invalid_choice"),
    ({"position": 1, "done": True}, "steps.0", "unknown"),
    ("first", "steps.0", "invalid"),
]


@pytest.mark.parametrize(("field", "value", "code"), BAD)
def test_a_bad_field_is_named_and_nothing_is_kept(athlete, api_of, field, value, code):
    answer = put(api_of(athlete), {"started_at": STARTED} | {field: value})

    assert answer.status_code == 400
    assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [(field, code)]
    assert Session.objects.count() == 0


@pytest.mark.parametrize(("step", "field", "code"), BAD_STEPS)
def test_a_bad_step_is_named_by_its_place(athlete, api_of, step, field, code):
    answer = put(api_of(athlete), {"started_at": STARTED, "steps": [step]})

    assert answer.status_code == 400
    assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("note", {"note": "a\0b"}),
        ("note", {"note": "\ud800"}),
        ("steps.0.skip_reason", {"steps": [{"position": 1, "skip_reason": "\0"}]}),
        ("steps.0", {"steps": [{"position": 1, "\ud800": True}]}),
    ],
)
def test_text_that_no_database_holds_is_refused(athlete, field, body):
    with pytest.raises(ValidationError) as refused:
        save(athlete, **body)

    assert list(refused.value.message_dict) == [field]


def test_all_that_is_wrong_is_said_at_once(athlete, api_of):
    body = {"rpe": 11, "steps": [{"position": 1}, {"position": 1, "sets_done": -1}]}

    answer = api_of(athlete).put(address(), body)

    fields = sorted(row["field"] for row in answer.json()["errors"])
    assert fields == ["rpe", "started_at", "steps.1.position", "steps.1.sets_done"]


@pytest.mark.parametrize("body", ["[]", "7", '"a"', "null"])
def test_a_body_that_is_no_object_is_refused(athlete, api_of, body):
    answer = api_of(athlete).put(address(), body, content_type="application/json")

    assert answer.status_code == 400


# --- The API --------------------------------------------------------------------------------------------------------
def test_put_answers_201_then_200_with_the_exact_shape(athlete, api_of):
    run = make_run(athlete)
    make_assignment(run, make_routine())
    step = {
        "position": 1,
        "sets_done": 2,
        "reps_done": 8,
        "seconds_done": None,
        "metres_done": None,
        "skipped": False,
        "skip_reason": None,
        "swapped_for": None,
        "harder_side": None,
    }
    body = {
        "run": run.pk,
        "started_at": "2027-03-15T06:10:00Z",
        "finished_at": "2027-03-15T06:16:00Z",
        "outcome": "done",
        "steps": [step],
        "rpe": 3,
        "pain": 2,
        "pain_site": "knee",
        "pain_side": "left",
        "readiness": 4,
        "note": "fine",
        "edited_at": "2025-03-15T06:17:00Z",
    }

    first, again = api_of(athlete).put(address(), body), api_of(athlete).put(address(), body)

    expected = body | {
        "id": str(ID),
        "athlete": athlete.pk,
        "routine_revision": run.assignment.revision_id,
        "health_hidden": False,
        "received_at": first.json()["received_at"],
        "from_memory": False,
        "stiff_before": None,
        "first_ten": None,
        "clock_off_seconds": None,
    }
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == api_of(athlete).get(address()).json() == expected
    assert first.json()["received_at"].endswith("Z")


def test_times_are_utc_in_a_browser_of_a_person_who_lives_elsewhere(athlete, browser_of):
    save(athlete)

    assert browser_of(athlete).get(address()).json()["started_at"] == STARTED


def test_what_was_read_can_be_sent_back_whole(athlete, api_of):
    api = api_of(athlete)
    api.put(address(), {"started_at": STARTED, "note": "fine", "edited_at": "2025-03-15T06:17:00Z"})

    answer = api.put(address(), api.get(address()).json() | {"rpe": 5, "edited_at": None})

    assert (answer.status_code, answer.json()["rpe"], answer.json()["note"]) == (200, 5, "fine")


def test_capitals_in_the_uuid_are_the_same_session(athlete, api_of):
    save(athlete)

    assert api_of(athlete).put(address(str(ID).upper()), {"started_at": STARTED}).status_code == 200


@pytest.mark.parametrize("id", ["7", "not-a-uuid", "5f0c8c52-1f53-4d0e-9d4b-3f2f6a1f9d11x", "%00"])
def test_an_address_that_is_no_uuid_is_not_there(athlete, api_of, id):
    assert api_of(athlete).put(address(id), {"started_at": STARTED}).status_code == 404


def test_who_may_do_what_with_a_session(cast, api_of):
    body = {"started_at": STARTED, "rpe": 9}
    seen = {}
    for name in ("athlete", "coach", "assistant", "team_mate", "other_coach", "curator", "superuser"):
        make_session(cast.athlete, id=(id := uuid4()), started_at=NOW)
        api = api_of(getattr(cast, name))
        seen[name] = [api.get(address(id)), api.put(address(id), body), api.delete(address(id))]
    seen["visitor"] = [
        api_of(None).get(address(id)),
        api_of(None).put(address(id), body),
        api_of(None).delete(address(id)),
    ]

    assert {name: [answer.status_code for answer in answers] for name, answers in seen.items()} == {
        "athlete": [200, 200, 204],
        "coach": [200, 404, 403],
        "assistant": [200, 404, 403],
        "team_mate": [404, 404, 404],
        "other_coach": [404, 404, 404],
        "curator": [404, 404, 404],
        "superuser": [404, 404, 404],
        "visitor": [401, 401, 401],
    }


def test_a_coach_reads_pain_and_note_only_while_they_are_shared(cast, api_of):
    membership = cast.squad.memberships.get(person=cast.athlete)
    session = make_session(
        cast.athlete,
        started_at=NOW,
        pain=6,
        pain_site="hip",
        pain_side="left",
        note="hurts",
        rpe=4,
        steps=[{"position": 1, "skipped": True, "skip_reason": "my hip"}],
    )
    shared = api_of(cast.coach).get(address(session.pk)).json()
    membership.shares_health = False
    membership.save()
    hidden = api_of(cast.coach).get(address(session.pk)).json()
    own = api_of(cast.athlete).get(address(session.pk)).json()

    health = ["pain", "pain_site", "pain_side", "note", "health_hidden", "rpe"]
    assert [shared[field] for field in health] == [6, "hip", "left", "hurts", False, 4]
    assert [hidden[field] for field in health] == [None, None, None, None, True, 4]
    assert [own[field] for field in health] == [6, "hip", "left", "hurts", False, 4]
    assert [each["steps"][0]["skip_reason"] for each in (shared, hidden, own)] == ["my hip", None, "my hip"]


def test_a_coach_sees_what_was_begun_since_the_day_of_joining(cast, api_of):
    membership = cast.squad.memberships.get(person=cast.athlete)
    make_session(cast.athlete, started_at=membership.sees_from - timedelta(seconds=1))
    since = make_session(cast.athlete, started_at=membership.sees_from)

    listed = api_of(cast.coach).get("/api/v1/sessions/").json()["results"]

    assert [row["id"] for row in listed] == [str(since.pk)]


def test_the_list_has_filters(cast, api_of):
    run = make_run(cast.athlete)
    of_run = make_session(cast.athlete, run=run, started_at=datetime(2027, 3, 15, 17, 50, tzinfo=UTC))
    # 23:30 UTC on the 16th is the 17th in Berlin.
    late = make_session(cast.athlete, started_at=datetime(2027, 3, 16, 23, 30, tzinfo=UTC))
    mate = make_session(cast.team_mate, started_at=datetime(2027, 3, 17, 6, 0, tzinfo=UTC))
    make_session(cast.other_athlete, started_at=NOW)

    def listed(**query):
        answer = api_of(cast.coach).get("/api/v1/sessions/", query)
        assert answer.status_code == 200
        return [UUID(row["id"]) for row in answer.json()["results"]]

    assert listed() == [mate.pk, late.pk, of_run.pk]
    assert listed(athlete=cast.athlete.pk) == [late.pk, of_run.pk]
    assert listed(athlete=cast.other_athlete.pk) == []
    assert listed(run=run.pk) == [of_run.pk]
    assert listed(**{"from": "2027-03-17"}) == [mate.pk, late.pk]
    assert listed(to="2027-03-16") == [of_run.pk]
    assert listed(**{"from": "0001-01-01", "to": "9999-12-31"}) == [mate.pk, late.pk, of_run.pk]


@pytest.mark.parametrize(
    ("name", "value"),
    [("athlete", "me"), ("athlete", 2**70), ("run", "1.5"), ("from", "15.3.2027"), ("to", "2027-02-30")],
)
def test_a_bad_filter_is_named(athlete, api_of, name, value):
    answer = api_of(athlete).get("/api/v1/sessions/", {name: value})

    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_one_query_however_long_it_is(cast, api_of, django_assert_num_queries, count):
    for _ in range(count):
        make_session(cast.athlete, run=make_run(cast.athlete))
    api = api_of(cast.coach)

    with django_assert_num_queries(1):
        assert len(api.get("/api/v1/sessions/").json()["results"]) == count


@pytest.mark.parametrize(
    ("scopes", "read", "written"),
    [(["read"], 200, 403), (["log"], 403, 201), (["read", "log"], 200, 201), (["plan"], 403, 403)],
)
def test_a_token_needs_its_scope(athlete, api_of, scopes, read, written):
    _token, secret = make_token(user=athlete, name="Watch", scopes=scopes, now=NOW)
    api = api_of(None)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert api.get("/api/v1/sessions/").status_code == read
    assert api.put(address(), {"started_at": STARTED}).status_code == written


# --- Deleting -------------------------------------------------------------------------------------------------------
def test_a_deleted_session_is_gone_and_takes_nothing_more(athlete, api_of, cast):
    body = {"started_at": STARTED, "pain": 7, "note": "my knee"}
    api = api_of(athlete)
    api.put(address(), body)

    assert api.delete(address()).status_code == 204
    assert [api.get(address()).status_code, api.put(address(), body).status_code] == [410, 410]
    assert api.delete(address()).status_code == 410
    assert api.get("/api/v1/sessions/").json()["results"] == []
    assert api_of(cast.coach).get(address()).status_code == 404
    assert api_of(cast.team_mate).put(address(), body).status_code == 404


def test_deleting_forgets_what_was_said_of_health_and_records_who_did_it(athlete):
    steps = [{"position": 1, "skipped": True, "skip_reason": "my knee", "harder_side": "left"}]
    save(athlete, pain=7, pain_site="knee", pain_side="left", note="my knee", steps=steps, edited_at=at(5))
    session = save(athlete, pain=8, note="my knee!", steps=steps, edited_at=at(1))

    delete_session(session=session, actor=athlete, now=NOW)

    kept = Session.objects.filter(pk=ID).values("pain", "pain_site", "pain_side", "note", "steps", "deleted_at").get()
    assert kept.pop("deleted_at") == NOW
    bodies = [kept, *session.versions.values_list("body", flat=True)]
    assert "knee" not in str(bodies)
    assert {body["pain"] for body in bodies} == {None}
    entry = AuditEntry.objects.get(action="session.delete")
    assert (entry.actor, entry.target_id, "knee" in str(entry.before)) == (athlete, str(ID), False)
    with pytest.raises(Deleted):
        save(athlete)


def test_deleting_twice_is_deleting_once(athlete):
    session = save(athlete)
    delete_session(session=session, actor=athlete, now=NOW)
    delete_session(session=session, actor=athlete, now=NOW + timedelta(days=1))

    assert Session.objects.get(pk=ID).deleted_at == NOW
    assert AuditEntry.objects.filter(action="session.delete").count() == 1


def test_someone_elses_first_version_does_not_block_a_uuid_of_ones_own(athlete):
    other = make_user()
    save(other, id=uuid4())

    assert save(athlete).athlete == athlete
