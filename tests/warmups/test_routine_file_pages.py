"""Taking a routine along as a file and bringing one in, by page and by API, for each who may and who may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from garmin_fit_sdk import Decoder, Stream
from rest_framework.test import APIClient

from accounts.domain.security import make_token
from accounts.models import User
from tests.conftest import Cast
from tests.factories import NOW, make_exercise, make_routine
from tests.page_text import Text
from warmups.domain.routine_files import MOST_BYTES
from warmups.models import Routine

pytestmark = pytest.mark.django_db
PAGE, IMPORT = "/routines/import/", "/api/v1/routines/import/"
BrowserOf = Callable[[User | None], Client]
ApiOf = Callable[[User | None], APIClient]


@pytest.fixture
def library() -> None:
    make_exercise("clamshell", name="Clamshell", aliases=["clam"])
    make_exercise("plank", name="Front plank", mode="hold", reps=1, hold_seconds=20, unilateral=False)


def document(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    said = list(steps) or [{"exercise": {"name": "clam"}, "sets": 2}, {"exercise": {"slug": "plank"}, "note": "Long."}]
    return {"format": "prestride-routine", "version": 1, "name": "From Tom", "steps": said} | fields


def uploaded(data: object) -> SimpleUploadedFile:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return SimpleUploadedFile("routine.json", content, "application/json")


# --- Out, by page -----------------------------------------------------------------------------------------------------
def test_the_file_is_a_download_under_the_routines_name(cast: Cast, browser_of: BrowserOf) -> None:
    routine = make_routine("Fünf / vor “easy” runs\r\nX: y", owner=cast.athlete)
    answer = browser_of(cast.athlete).get(f"/routines/{routine.pk}/routine.json")
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''f%C3%BCnf-vor-easy-runs-x-y.json"
    body = answer.json()
    assert (body["name"], body["origin"]) == (routine.name, f"http://testserver/routines/{routine.pk}/")
    assert [step["exercise"]["name"] for step in body["steps"]] == [
        step.exercise_name for step in routine.current.steps.all()
    ]


def test_a_name_without_letters_still_gives_a_file_name(cast: Cast, browser_of: BrowserOf) -> None:
    routine = make_routine("🏃", owner=cast.athlete)
    answer = browser_of(cast.athlete).get(f"/routines/{routine.pk}/workout.fit")
    assert answer["Content-Disposition"] == 'attachment; filename="warm-up.fit"'


def test_the_watch_gets_the_current_revision(cast: Cast, browser_of: BrowserOf) -> None:
    make_exercise("clamshell", name="Clamshell")
    routine = make_routine("Five", exercises=[make_exercise("bridge", unilateral=False)])
    answer = browser_of(None).get(f"/routines/{routine.pk}/workout.fit")
    messages, errors = Decoder(Stream.from_byte_array(bytearray(answer.content))).read()
    assert errors == []
    assert messages["workout_mesgs"][0]["wkt_name"] == "Five"
    assert [step["wkt_step_name"] for step in messages["workout_step_mesgs"]] == ["Bridge"]
    assert messages["file_id_mesgs"][0]["serial_number"] == routine.current_id
    assert messages["file_id_mesgs"][0]["time_created"] == routine.current.created_at


@pytest.mark.parametrize("path", ["routine.json", "workout.fit"])
def test_files_are_for_those_who_see_the_routine(cast: Cast, browser_of: BrowserOf, path: str) -> None:
    routine = make_routine(owner=cast.athlete)
    statuses = {
        name: browser_of(person).get(f"/routines/{routine.pk}/{path}").status_code
        for name, person in {"owner": cast.athlete, "other": cast.other_athlete, "visitor": None}.items()
    }
    assert statuses == {"owner": 200, "other": 404, "visitor": 404}
    assert browser_of(cast.athlete).post(f"/routines/{routine.pk}/{path}").status_code == 405


# --- In, by page ------------------------------------------------------------------------------------------------------
def test_a_file_is_looked_at_before_anything_is_made(cast: Cast, library: None, browser_of: BrowserOf) -> None:
    data = document(licence="CC0", origin="Tom's phone", colour="red")
    answer = browser_of(cast.athlete).post(PAGE, {"file": uploaded(data)})
    text = Text(answer)
    assert (answer.status_code, Routine.objects.count()) == (200, 0)
    for told in ("From Tom", "Clamshell", "2 × 8", "Front plank", "Long.", "CC0", "Tom's phone", "“colour”"):
        assert told in text
    assert "Step 1: “clam” is Clamshell here, found by its name." in text


def test_the_second_answer_makes_it_and_goes_on_to_the_builder(
    cast: Cast, library: None, browser_of: BrowserOf
) -> None:
    browser = browser_of(cast.athlete)
    look = browser.post(PAGE, {"file": uploaded(document(name="Tom’s </textarea><script>"))})
    made = browser.post(PAGE, {"text": look.context["text"], "do": "make"})
    routine = Routine.objects.get()
    assert (routine.name, routine.owner) == ("Tom’s </textarea><script>", cast.athlete)
    assert made["Location"] == f"/routines/{routine.pk}/edit/"
    assert [str(message) for message in get_messages(made.wsgi_request)] == [
        "It is yours now. Look it over, and change what you like."
    ]
    assert "</textarea><script>" not in look.content.decode()


def test_pasted_text_is_as_good_as_a_file(cast: Cast, library: None, browser_of: BrowserOf) -> None:
    answer = browser_of(cast.athlete).post(PAGE, {"text": json.dumps(document(), indent=2)})
    assert answer.templates[0].name == "warmups/routine_import_preview.html"


def test_faults_are_told_with_the_steps_number_and_the_text_stays(
    cast: Cast, library: None, browser_of: BrowserOf
) -> None:
    data = document({"exercise": {"slug": "clamshell"}, "reps": 0}, {"exercise": {"name": "Front planks"}}, name="")
    for sent in ({"file": uploaded(data)}, {"text": json.dumps(data), "do": "make"}):
        answer = browser_of(cast.athlete).post(PAGE, sent)
        assert answer.status_code == 422
        assert [(fault.where, fault.message) for fault in answer.context["faults"]] == [
            ("“name”", "Give it a name."),
            ("Step 1, “reps”", "Give a whole number from 1 to 200."),
            ("Step 2, “exercise”", "We know no exercise “Front planks”. Did you mean Front plank (plank)?"),
        ]
        assert answer.context["form"]["text"].value() == json.dumps(data)
    assert Routine.objects.count() == 0


def test_many_faults_are_counted(cast: Cast, library: None, browser_of: BrowserOf) -> None:
    step = {"exercise": {"slug": "clamshell"}, "reps": 0, "sets": 0, "rank": 0}
    answer = browser_of(cast.athlete).post(PAGE, {"file": uploaded(document(*[step] * 30))})
    assert (len(answer.context["faults"]), answer.context["more"]) == (50, 40)
    assert "and 40 more" in Text(answer)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Choose a file, or paste its text."),
        ({"text": "  \n"}, "Choose a file, or paste its text."),
        ({"do": "make"}, "Choose a file, or paste its text."),
        ({"text": "\x00"}, "Null characters are not allowed."),
        ({"text": "hello"}, "This is no JSON: look at line 1, character 1."),
        ({"file": b""}, "There is nothing in it."),
        ({"file": b"\xff\xfe\x00"}, "This is no text in UTF-8. Choose the .json file of a routine."),
        ({"file": b"{" + b" " * MOST_BYTES}, "This is larger than 256 kB. No routine is that long."),
        ({"file": b'{"a": "\x00"}'}, "This is no JSON: look at line 1, character 8."),
        ({"text": "[" * 9999}, "This is nested too deep for a routine."),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_file_of_ours_gets_a_clear_answer(
    cast: Cast, browser_of: BrowserOf, sent: dict[str, Any], told: str
) -> None:
    sent = {key: uploaded(value) if key == "file" else value for key, value in sent.items()}
    answer = browser_of(cast.athlete).post(PAGE, sent)
    assert (answer.status_code, told in Text(answer)) == (422, True)


def test_a_visitor_is_asked_to_sign_in(db: None, browser_of: BrowserOf) -> None:
    for answer in (browser_of(None).get(PAGE), browser_of(None).post(PAGE, {"text": "{}"})):
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={PAGE}")


# --- By API -----------------------------------------------------------------------------------------------------------
def test_what_the_api_exports_it_imports(cast: Cast, library: None, api_of: ApiOf) -> None:
    client = api_of(cast.athlete)
    first = client.post(IMPORT, document({"exercise": {"name": "clam"}, "sides": "left"}), format="json").json()
    out = client.get(f"/api/v1/routines/{first['id']}/export/").json()
    answer = client.post(IMPORT, out, format="json")
    second = answer.json()
    again = client.get(f"/api/v1/routines/{second['id']}/export/").json()
    assert (answer.status_code, first["notes"], second["notes"]) == (
        201,
        ["Step 1: “clam” is Clamshell here, found by its name."],
        [],
    )
    assert {**again, "origin": ""} == {**out, "origin": ""}
    assert out["origin"] == f"http://testserver/routines/{first['id']}/"
    assert (second["owner"], second["number"], second["steps"][0]["sides"]) == (cast.athlete.pk, 1, "left")
    assert Routine.objects.get(pk=second["id"]).current.reason == f"From a file. {out['origin']}"


def test_the_api_names_each_fault(cast: Cast, library: None, api_of: ApiOf) -> None:
    data = document({"exercise": {"slug": "clamshell"}, "reps": 0}, {"exercise": {"slug": "zzz"}}, name=7)
    answer = api_of(cast.athlete).post(IMPORT, data, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [
        ("name", "invalid"),
        ("steps.0.reps", "min_value"),
        ("steps.1.exercise", "does_not_exist"),
    ]


def test_the_api_refuses_what_is_too_large_or_says_a_thing_twice(cast: Cast, api_of: ApiOf) -> None:
    def sent(body: bytes) -> Any:
        return api_of(cast.athlete).generic("POST", IMPORT, body, content_type="application/json")

    large = sent(b" " * (MOST_BYTES + 1))
    assert (large.status_code, large.json()["detail"]) == (
        413,
        "The body is larger than 256 KiB. Send less at once.",
    )
    twice = sent(b'{"name": "a", "name": "b"}')
    assert (twice.status_code, twice.json()["errors"][0]["message"]) == (
        400,
        "“name” stands twice in one place. Keep one.",
    )


def test_importing_needs_the_scope_to_plan(cast: Cast, library: None) -> None:
    statuses = {}
    for scope in ("read", "log", "plan"):
        _token, secret = make_token(user=cast.athlete, name=scope, scopes=[scope], now=NOW)
        client = APIClient(headers={"Authorization": f"Bearer {secret}"})
        statuses[scope] = client.post(IMPORT, document(), format="json").status_code
    assert statuses == {"read": 403, "log": 403, "plan": 201}
    assert APIClient().post(IMPORT, document(), format="json").status_code == 401


def test_the_export_is_for_those_who_see_the_routine(cast: Cast, api_of: ApiOf) -> None:
    mine, ours = make_routine(owner=cast.athlete), make_routine()
    statuses = [
        api_of(person).get(f"/api/v1/routines/{routine.pk}/export/").status_code
        for routine in (mine, ours)
        for person in (cast.athlete, cast.other_athlete, None)
    ]
    assert statuses == [200, 404, 404, 200, 200, 200]
