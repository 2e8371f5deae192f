"""Bad input, one field at a time, into every endpoint and every form: a clear answer, nothing lost, nothing half done.

The endpoints and their fields come from the OpenAPI document, so that a new one without a row here fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import transaction
from django.db.models import CharField, QuerySet, TextField
from django.forms import BooleanField, ChoiceField, Form
from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from plans.models import Assignment, Invitation, Run, RunAnswer, Session, Squad
from tests.test_access import DEEDS, READS, bodies, of_api, readings, rows
from tests.warmups.workflow_states import full_document
from tests.world import DAY, World, everything, written
from warmups.models import Exercise, Revision, Routine, Step
from warmups.workflow import exercise_workflow

HUGE = "x" * 20_000
NUL = "a\x00b"
# Tried in each field by itself; the others in some fields together.
WORST_TEXTS = ["", NUL, HUGE, "\u202egnimraw", "2026-02-30", "9" * 30]
TEXTS = [
    *WORST_TEXTS,
    "\ud800",
    "\u200b",
    "🏃🏽‍♀️ Ä",
    "<script>alert(1)</script>",
    "a\r\nBcc: all@runners.example",
    "2026-03-01T25:61",
    "Mars/Olympus_Mons",
    "-1",
]
WORST: list[Any] = [*WORST_TEXTS, "\ud800", None, True, -1, 1.5, 2**63, 10**30, [], {}, [["a"], 1]]
VALUES: list[Any] = [*TEXTS, *WORST, {"a": {"b": [None]}}, json.loads("[" * 50 + "]" * 50)]


@pytest.fixture
def world(world: World) -> World:
    world.names |= {"new-uuid": uuid4(), "revision": Routine.objects.get(pk=world.names["library"]).current_id}
    return world


def shown(value: Any) -> str:
    """A value as a failing test names it."""
    text = ascii(value)
    return text if len(text) < 60 else f"{text[:40]}… ({len(text)} characters)"


# --- The API --------------------------------------------------------------------------------------------------------
def good(world: World) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """For each operation that takes a body: who sends it, where to, and a body that is fine, every field of it."""
    names = world.names
    soon = f"{world.now + DAY:%Y-%m-%dT%H:%M}"
    step = {
        "exercise": names["published-exercise"],
        "sets": 2,
        "reps": 8,
        "hold_seconds": None,
        "metres": None,
        "sides": "each",
        "rest_seconds": 20,
        "tempo": "3-1-1",
        "equipment": ["mini-band"],
        "rank": 1,
        "note": "Slowly",
    }
    routine = {"name": "Another", "description": "For hills", "steps": [step, step], "squads": [names["dawn"]]}
    named = {"slug": step["exercise"], "name": str(step["exercise"]).replace("-", " ")}
    file_step = step | {"exercise": named, "mode": "reps", "seconds_per_rep": 3, "rank": 2}
    file = bodies(world)["file"] | {"description": "For hills", "steps": [file_step] * 2}
    file |= {"licence": "CC0", "origin": "Tom"}
    run = {
        "kind": "easy",
        "local_start": soon,
        "time_zone": "Europe/Berlin",
        "planned_minutes": 50,
        "planned_metres": 10_000,
        "place": "The gate",
        "note": "Easy",
        "routine": names["library"],
        "rrule": None,
    }
    squad = {
        "name": "Late Larks",
        "time_zone": "Europe/Berlin",
        "default_routine": names["library"],
        "reminder_lead_minutes": 60,
    }
    session = {
        "run": names["run-of-ada"],
        "routine_revision": names["revision"],
        "started_at": world.now.isoformat(),
        "finished_at": (world.now + DAY / 100).isoformat(),
        "outcome": "done",
        "steps": [
            {
                "position": 1,
                "sets_done": 2,
                "reps_done": 8,
                "seconds_done": None,
                "metres_done": None,
                "skipped": False,
                "skip_reason": None,
                "swapped_for": names["published-exercise"],
                "harder_side": "left",
            }
        ],
        "rpe": 3,
        "pain": 2,
        "pain_site": "knee",
        "pain_side": "left",
        "readiness": 4,
        "note": "Fine",
        "edited_at": world.now.isoformat(),
    }
    me = {
        "name": "New Name",
        "time_zone": "Europe/Berlin",
        "language": "en",
        "units": "metric",
        "reminder_lead_minutes": 30,
        "email_reminders": True,
        "reminder_leads": {"race": 90},
        "digest_at": "19:00",
        "calendar_attached": True,
        "quiet_from": "22:00",
        "quiet_until": "06:00",
    }
    token = {
        "email": world.cast.athlete.email,
        "password": "warm-up-123",
        "otp": None,
        "name": "Watch",
        "scopes": ["read", "log"],
    }
    document = full_document(
        aliases=["Air squat"],
        equipment=["mini-band"],
        easier=names["retired-exercise"],
        contraindications=["groin-pain"],
        substitutes=[{"when": "hurts", "exercise": names["retired-exercise"]}],
        mistakes=[{"mistake": "Knees fall in.", "fix": "Go less deep."}],
        review={"by": "Ruth Rehm, physiotherapist", "on": "2026-05-04", "due": "2028-05-04"},
        difficulty=2,
    )
    away = {"from": f"{world.now + 30 * DAY:%Y-%m-%d}", "until": f"{world.now + 31 * DAY:%Y-%m-%d}", "reason": "ill"}
    rule = {
        "routine": names["library"],
        "athlete": names["ada"],
        "squad": None,
        "kinds": ["race"],
        "from": soon[:10],
        "until": soon[:10],
        "note": "Slowly",
    }
    given_out = {"routine": names["library"], "runs": [names["run-of-ada"], names["run-of-tom"]], "note": "Slowly"}
    return {
        "post /api/v1/assignments/": ("Cora", "/api/v1/assignments/", given_out),
        "post /api/v1/exercises/": (
            "Cleo",
            "/api/v1/exercises/",
            {"slug": "another-squat", "document": document, "reason": "New"},
        ),
        "post /api/v1/exercises/{slug}/versions/": (
            "Cleo",
            "/api/v1/exercises/{published-exercise}/versions/",
            {"based_on": 1, "document": document, "reason": "Clearer"},
        ),
        "post /api/v1/exercises/{slug}/send-back/": (
            "Cleo",
            "/api/v1/exercises/{in-review-of-rob}/send-back/",
            {"comment": "Mend the claim."},
        ),
        "post /api/v1/exercises/{slug}/publish/": (
            "Cleo",
            "/api/v1/exercises/{in-review-of-rob}/publish/",
            {"based_on": 1, "alone_because": ""},
        ),
        "post /api/v1/invitations/{token}/accept/": (
            "Ada",
            "/api/v1/invitations/{link-to-ada}/accept/",
            {"shares_health": True},
        ),
        "patch /api/v1/me/": ("Ada", "/api/v1/me/", me),
        "post /api/v1/me/away/": ("Ada", "/api/v1/me/away/", away),
        "patch /api/v1/me/away/{id}/": ("Ada", "/api/v1/me/away/{away-of-ada}/", away),
        "post /api/v1/routines/": ("Cora", "/api/v1/routines/", routine | {"copied_from": names["library"]}),
        "post /api/v1/routines/import/": ("Ada", "/api/v1/routines/import/", file),
        "post /api/v1/routines/suggest/": (
            "Ada",
            "/api/v1/routines/suggest/",
            {
                "minutes": 5,
                "equipment": [],
                "lying": True,
                "run_kind": "race",
                "max_difficulty": 5,
                "avoid": [],
                "include": [],
            },
        ),
        "patch /api/v1/routines/{id}/": (
            "Cora",
            "/api/v1/routines/{shared-by-cora}/",
            routine | {"revision": None, "reason": "Spring", "move_runs": True},
        ),
        "post /api/v1/runs/": ("Cora", "/api/v1/runs/", run | {"athlete": names["ada"], "squad": None}),
        "patch /api/v1/runs/{id}/": (
            "Cora",
            "/api/v1/runs/{run-of-ada}/",
            run | {"status": "planned", "athlete": names["ada"], "squad": names["dawn"]},
        ),
        "post /api/v1/standing-assignments/": ("Cora", "/api/v1/standing-assignments/", rule),
        "put /api/v1/sessions/{id}/": ("Ada", "/api/v1/sessions/{new-uuid}/", session),
        "post /api/v1/squads/": ("Cora", "/api/v1/squads/", squad),
        "patch /api/v1/squads/{slug}/": ("Cora", "/api/v1/squads/{dawn}/", squad),
        "post /api/v1/squads/{slug}/invitations/": (
            "Cora",
            "/api/v1/squads/{dawn}/invitations/",
            {"email": "friend@runners.example", "role": "athlete"},
        ),
        "post /api/v1/squads/{slug}/join-links/": (
            "Cora",
            "/api/v1/squads/{dawn}/join-links/",
            {"role": "athlete", "limit": 30, "good_for": 7},
        ),
        "patch /api/v1/squads/{slug}/members/{person}/": (
            "Ada",
            "/api/v1/squads/{dawn}/members/{ada}/",
            {"shares_health": True},
        ),
        "post /api/v1/tokens/": ("visitor", "/api/v1/tokens/", token),
    }


def operations() -> dict[str, dict[str, Any]]:
    """All of the API by "method path", as the OpenAPI document describes them."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def queries(operation: dict[str, Any]) -> list[str]:
    """The names of an operation's query parameters."""
    return [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"]


WITH_BODY = sorted(name for name, operation in operations().items() if "requestBody" in operation)
WITH_QUERY = sorted(name for name, operation in operations().items() if queries(operation))


def spoiled(body: Any, path: str = "") -> Iterator[tuple[str, Any, Callable[[Any], Any]]]:
    """Each place in a body by its path, with what is there and how to put something else there."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inner:
        here = f"{path}.{key}" if path else str(key)

        def put(other: Any, key: Any = key) -> Any:
            changed: Any = dict(body) if isinstance(body, dict) else list(body)
            changed[key] = other
            return changed

        yield here, value, put
        if here not in {"steps.1", "runs.1", "scopes.1"}:  # the first one speaks for all
            for deeper, there, put_deeper in spoiled(value, here):
                yield deeper, there, lambda other, put=put, put_deeper=put_deeper: put(put_deeper(other))


Send = Callable[..., Any]


@pytest.fixture
def send(world: World, browser_of: Callable[..., Client], api_of: Callable[..., APIClient]) -> Send:
    """Sends one raw request as one of the cast, and takes back whatever it did; a refusal must have done nothing."""
    untouched = everything()
    clients: dict[tuple[str, bool], Any] = {}

    def send(name: str, method: str, address: str, body: bytes = b"", kind: str = "application/json") -> Any:
        which = (name, of_api(address))
        if which not in clients:
            clients[which] = (api_of if of_api(address) else browser_of)(world.person(name))
        cache.clear()  # limits are not what is tested here
        with transaction.atomic():
            with written() as statements:
                answer = clients[which].generic(method.upper(), world.filled(address), body, content_type=kind)
            if statements and answer.status_code >= 400:
                assert everything() == untouched, f"{method} {address} {shown(body)} was refused, and did something"
            transaction.set_rollback(True)
        return answer

    return send


def complaint(answer: Any, path: str | None) -> str:
    """What is wrong with an answer of the API to a body that is bad at `path` (None: as a whole); "" if nothing is."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code < 400:
        return ""
    if answer["Content-Type"] != "application/problem+json":
        return f"{answer.status_code} is no problem document"
    named = [row["field"] for row in answer.json()["errors"]]
    if answer.status_code == 400 and path and not any(related(field, path) for field in named):
        return f"names {named}"
    return ""


# Where two fields disagree, the answer names one of them.
DISAGREE = {
    "started_at": {"finished_at"},
    "password": {""},
    "email": {""},
    "pain": {"pain_site", "pain_side"},
    "squad": {"athlete"},
    "athlete": {"squad"},
    "from": {"until"},
    "until": {"from"},
}


def related(field: str, path: str) -> bool:
    """Whether an error at `field` tells of what is wrong at `path`."""
    return f"{path}.".startswith(f"{field}.") or f"{field}.".startswith(f"{path}.") or field in DISAGREE.get(path, ())


def test_every_operation_that_takes_a_body_is_tried(world: World) -> None:
    assert sorted(good(world)) == WITH_BODY


@pytest.mark.parametrize("operation", WITH_BODY)
def test_a_bad_value_in_a_body_is_named_and_nothing_is_done(world: World, send: Send, operation: str) -> None:
    name, address, body = good(world)[operation]
    method = operation.split()[0]
    assert send(name, method, address, json.dumps(body).encode()).status_code in {200, 201}

    wrong = []
    for path, there, put in spoiled(body):
        for value in WORST:
            if value != there:
                answer = send(name, method, address, json.dumps(put(value)).encode())
                if words := complaint(answer, path):
                    wrong.append(f"{path} = {shown(value)}: {words}")
    assert wrong == []


@pytest.mark.parametrize("operation", WITH_BODY)
def test_a_body_that_is_none_is_refused(world: World, send: Send, operation: str) -> None:
    name, address, body = good(world)[operation]
    method = operation.split()[0]
    fine = json.dumps(body).encode()
    broken = [b"", b"{", fine[:-1], fine + b"}", b"[]", b"7", b"null", b'"text"', b"[" * 100_000, b"\xff\xfe", b"\x00"]
    answers = {shown(text): send(name, method, address, text) for text in broken}
    answers["form"] = send(name, method, address, b"name=Ada", "application/x-www-form-urlencoded")
    answers["text"] = send(name, method, address, fine, "text/plain")
    answers["large"] = send(name, method, address, json.dumps(body | {"more": "x" * 2**20}).encode())

    expected = dict.fromkeys(map(shown, broken), 400) | {"form": 415, "text": 415, "large": 413}
    if method == "patch" or "accept" in address:
        expected[shown(b"")] = 200 if method == "patch" else 201  # asks for nothing
    assert {text: answer.status_code for text, answer in answers.items()} == expected
    assert [complaint(answer, None) for answer in answers.values()] == [""] * len(answers)


def test_a_name_that_comes_twice_is_no_riddle(world: World, send: Send) -> None:
    answer = send("Ada", "patch", "/api/v1/me/", b'{"name": 7, "units": "metric", "name": "Ada"}')

    assert answer.json()["name"] == "Ada"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("operation", WITH_BODY)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_clear(world: World, send: Send, operation: str, data: st.DataObject) -> None:
    name, address, body = good(world)[operation]
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(body)), json_values, max_size=4))
    kept = data.draw(st.sets(st.sampled_from(sorted(body))))
    sent = {key: value for key, value in body.items() if key in kept} | changes
    answer = send(name, operation.split()[0], address, json.dumps(sent).encode())

    assert complaint(answer, None) == ""


def without_id(answer: Any, key: Any) -> tuple[int, str]:
    """An answer, but for the id that it repeats, as a word of its own: a 4 is no part of a status of 400."""
    return answer.status_code, re.sub(rf"(?<!\w){re.escape(str(key))}(?!\w)", "…", answer.content.decode())


OTHERS = [
    # the operation, the field, a row that its sender does not see, and one that is not there at all
    ("post /api/v1/assignments/", "routine", "{shared-by-otto}", 10**9),
    ("post /api/v1/assignments/", "runs", ["{run-of-ola}"], [10**9]),
    ("post /api/v1/routines/", "copied_from", "{shared-by-otto}", 10**9),
    ("post /api/v1/routines/", "squads", ["{owls}"], ["no-such-squad"]),
    ("post /api/v1/runs/", "athlete", "{ola}", 10**9),
    ("post /api/v1/runs/", "athlete", "{lia}", 10**9),
    ("post /api/v1/runs/", "squad", "{owls}", "no-such-squad"),
    ("post /api/v1/runs/", "routine", "{kept-by-ada}", 10**9),
    ("patch /api/v1/runs/{id}/", "routine", "{shared-by-otto}", 10**9),
    ("put /api/v1/sessions/{id}/", "run", "{run-of-tom}", 10**9),
    ("put /api/v1/sessions/{id}/", "routine_revision", "{revision-of-otto}", 10**9),
    ("post /api/v1/standing-assignments/", "routine", "{shared-by-otto}", 10**9),
    ("post /api/v1/standing-assignments/", "athlete", "{ola}", 10**9),
    ("post /api/v1/standing-assignments/", "squad", "{owls}", "no-such-squad"),
    ("patch /api/v1/squads/{slug}/", "default_routine", "{kept-by-ada}", 10**9),
]


@pytest.mark.parametrize(("operation", "field", "unseen", "missing"), OTHERS)
def test_a_row_of_others_is_told_as_one_that_is_not_there(
    world: World, send: Send, operation: str, field: str, unseen: Any, missing: Any
) -> None:
    world.names["revision-of-otto"] = Routine.objects.get(pk=world.names["shared-by-otto"]).current_id
    name, address, body = good(world)[operation]
    body |= {"athlete": None} if field == "squad" else {}
    body = {key: value for key, value in body.items() if not (field == "copied_from" and key == "steps")}
    word = unseen[0] if isinstance(unseen, list) else unseen
    key: Any = world.filled(word)
    key = int(key) if key.isdecimal() else key
    answers = [
        send(name, operation.split()[0], address, json.dumps(body | {field: value}).encode())
        for value in ([key] if isinstance(unseen, list) else key, missing)
    ]
    gone = missing[0] if isinstance(missing, list) else missing

    assert without_id(answers[0], key) == without_id(answers[1], gone)
    assert answers[0].status_code == 400
    assert complaint(answers[0], field) == ""


# --- Addresses ------------------------------------------------------------------------------------------------------
QUERIES = [*WORST_TEXTS, "\ud800", "<script>alert(1)</script>", "0", "-1", "1.5", "9" * 5000, "true", "1&{}=2"]
ONE_PAGE = {
    "/calendar/": ["month", "week", "from", "day", "view"],
    "/away/new/": ["date"],
    "/exercises/": ["q", "muscle", "phase", "position", "equipment", "lying", "max_difficulty", "avoid"],
    "/exercises/{published-exercise}/": ["side"],
    "/routines/{library}/revisions/": ["page"],
    "/sessions/": ["page", "span"],
    "/squads/{dawn}/plan/": ["date", "day", "week", "month", "rows", "page", "moved", "days", "scope"],
    "/squads/{dawn}/plan/change/": ["chosen", "deed", "week", "month"],
    "/squads/{dawn}/plan/copy/": ["week"],
    "/squads/{dawn}/plan/dates/{date-of-dawn}/": ["page"],
    "/squads/{dawn}/warm-ups/runs/": ["since", "until", "kinds", "athletes", "without", "page"],
    "/runs/{run-of-ada}/change/": ["scope"],
    "/runs/{run-of-ada}/warm-up/": ["scope"],
    "/accounts/reauthenticate/": ["next"],
}


def raw(text: str) -> str:
    """Text as it may stand in an address, whatever is in it."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.mark.parametrize("operation", WITH_QUERY)
def test_a_bad_query_is_named(world: World, send: Send, operation: str) -> None:
    method, path = operation.split()
    address = path.replace("{id}", "{run-of-ada}" if "runs" in path else "{library}")
    address = address.replace("{routine_id}", "{library}")
    address = address.replace("{slug}", "{published-exercise}" if "exercises" in path else "{dawn}")
    wrong = []
    for name in queries(operations()[operation]):
        for value in QUERIES:
            query = f"{name}={raw(value)}".replace(raw("{}"), name)
            answer = send("Cleo" if "exercises/{slug}" in path else "Cora", method, f"{address}?{query}")
            nul = value == NUL  # refused before anybody knows what it is for
            if words := complaint(answer, None if nul else name):
                wrong.append(f"{name} = {shown(value)}: {words}")
            elif answer.status_code not in {200, 204, 400}:
                wrong.append(f"{name} = {shown(value)}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("address", ONE_PAGE)
def test_a_bad_query_of_a_page_is_survived(send: Send, address: str) -> None:
    found = {}
    for name in ONE_PAGE[address]:
        for value in QUERIES:
            answer = send("Cora", "get", f"{address}?{name}={raw(value)}")
            found[f"{name} = {shown(value)}"] = answer.status_code
            assert "<script>alert" not in answer.content.decode()

    assert {query: status for query, status in found.items() if status not in {200, 400}} == {}
    assert {query for query, status in found.items() if status == 400 and "\\x00" not in query} == set()


KEYS = ["0", "-1", str(2**63), "9" * 5000, "x", "%00", "%2e%2e", "%ff", "a%0d%0ab", "١٢"]


def one_address_a_route(world: World) -> list[str]:
    """An address with a {key} of each route."""
    addresses = [*rows(READS), *(deed.split()[1] for deed in rows(DEEDS))]
    keyed = [address.partition("?")[0] for address in addresses if "{" in address and "/admin/" not in address]
    return list({resolve(world.filled(address)).route: address for address in keyed}.values())


def test_a_bad_key_in_an_address_is_not_there(world: World, send: Send) -> None:
    found = {}
    for address in one_address_a_route(world):
        # Who may read a session and not change it is told so before its versions are looked up.
        who = "Ada" if "{session-of-ada}" in address else "Cora"
        for part in [part for part in address.split("/") if part.startswith("{")]:
            for key in KEYS:
                for method in ("get", "post", "patch", "delete") if of_api(address) else ("get", "post"):
                    status = send(who, method, address.replace(part, key), b"{}").status_code
                    found[f"{method} {address} with {part} as {key[:40]}"] = status

    # 405 comes before anything is looked up.
    assert {tried: status for tried, status in found.items() if status not in {404, 405}} == {}


# --- Forms ----------------------------------------------------------------------------------------------------------
Typing = dict[str, str | list[str]]


def forms(world: World) -> dict[str, tuple[str, Typing]]:
    """For each form: who fills it in, and what is fine in every field of it."""
    names = world.names

    def current(routine: str) -> int | None:
        return Routine.objects.get(pk=names[routine]).current_id

    day = f"{world.now + DAY:%Y-%m-%d}"
    run: Typing = {
        "kind": "easy",
        "local_date": day,
        "local_time": "06:30",
        "planned_minutes": "50",
        "planned_metres": "10",
        "place": "The gate",
        "note": "Easy",
        "time_zone": "Europe/Berlin",
    }
    routine: Typing = {"routine": str(names["library"])}
    squad: Typing = {"name": "Late Larks", "time_zone": "Europe/Berlin", "default_routine": str(names["library"])}
    felt: Typing = {
        "outcome": "done",
        "rpe": "3",
        "pain": "2",
        "pain_site": "knee",
        "pain_side": "left",
        "readiness": "4",
        "note": "Fine",
    }
    log: Typing = {
        "id": str(uuid4()),
        "started_at": world.now.isoformat(),
        "finished_at": (world.now + DAY / 100).isoformat(),
        "edited_at": world.now.isoformat(),
        "routine_revision": str(Routine.objects.get(pk=names["given-by-cora"]).current_id),
        "steps": '[{"position": 1, "sets_done": 1}]',
    }
    chosen: Typing = {"lead_race": "90", "digest_at": "19:00", "calendar_attached": "on"}
    quiet: Typing = {"quiet_from": "22:00", "quiet_until": "06:00"}
    memory: Typing = {"id": str(uuid4()), "day": "2026-01-05", "begun": "06:30"}
    step: Typing = {"step-1-state": "done", "step-1-sets": "1", "step-1-amount": "6"}
    built: Typing = {
        "name": "Another",
        "description": "For hills",
        "step": ["a", "b"],
        "a-exercise": str(names["published-exercise"]),
        "a-sets": "2",
        "a-reps": "8",
        "a-sides": "each",
        "a-rest_seconds": "20",
        "a-tempo": "3-1-1",
        "a-rank": "1",
        "a-note": "Slowly",
        "a-equipment": ["mini-band"],
        "b-exercise": str(names["published-exercise"]),
        "b-sets": "1",
        "b-reps": "8",
        "b-sides": "left",
        "share-squads": [world.cast.squad.slug],
        "do": "save",
    }
    weekly: Typing = {"repeats": "week", "interval": "2", "weekdays": ["TU", "TH"], "ends": "after", "times": "4"}
    changed: Typing = {"reason": "Better", "follow-runs": "move", "revision": str(current("shared-by-cora"))}
    person: Typing = {"name": "New Name", "time_zone": "Europe/Berlin"}
    first_week: Typing = {
        "days": ["TU", "SU"],
        "local_time": "07:00",
        "weekend_time": "09:00",
        "minutes": "40",
        "long_day": "SU",
        "hard_day": "TU",
        "routine": str(names["library"]),
        "lead_minutes": "60",
    }
    away: Typing = {
        "since": f"{world.now + 30 * DAY:%Y-%m-%d}",
        "until": f"{world.now + 31 * DAY:%Y-%m-%d}",
        "reason": "ill",
    }
    rule: Typing = {"routine": str(names["library"]), "since": day, "until": day, "kinds": ["race"], "note": "Slowly"}
    many: Typing = {"run": [str(names["run-of-ada"])], "note": "Slowly", "deed": "give", "do": "1"}
    password = "a-warm-up-before-dawn"
    assistants = str(world.cast.squad.memberships.get(person=world.cast.assistant).pk)
    deed = {"chosen": [f"d{names['date-of-dawn']}"], "deed": "change", "days": "2"}
    deed |= {
        "local_time": "18:30",
        "place": "Park",
        "kind": "hills",
        "planned_minutes": "50",
        "note": "Slowly",
        **routine,
    }
    return {
        "/routines/new/": ("Cora", built),
        "/routines/import/": ("Cora", {"text": json.dumps(bodies(world)["file"]), "do": "make"}),
        "/routines/{library}/edit/": ("Cleo", built | {"reason": "Better", "revision": str(current("library"))}),
        "/routines/{shared-by-cora}/edit/": ("Cora", built | changed),
        "/routines/{in-review-routine-of-rob}/send-back/": ("Cleo", {"note": "Shorter"}),
        "/runs/new/": ("Ada", run | routine | weekly),
        "/runs/{run-of-ada}/change/": ("Cora", run | {"scope": "all"}),
        "/runs/{run-of-ada}/cancel/": ("Cora", {"scope": "all"}),
        "/runs/{weekly-run-of-ada}/change/": ("Cora", run | weekly | {"scope": "following"}),
        "/runs/{weekly-run-of-ada}/cancel/": ("Cora", {"scope": "following"}),
        "/runs/{run-of-ada}/restore/": ("Cora", {"scope": "this"}),
        "/runs/{run-of-ada}/warm-up/": ("Cora", routine | {"scope": "this", "note": "Slowly"}),
        "/warm-up/{run-of-ada}/": ("Ada", felt | log | step),
        "/warm-up/{run-of-ada}/log/": ("Ada", felt | memory | step),
        "/answer/{answer-ada}/skipped/": ("visitor", {"reason": "forgot", "text": "Ran late."}),
        "/sessions/new/": ("Ada", felt | memory),
        "/sessions/{session-of-ada}/edit/": ("Ada", felt),
        "/away/new/": ("Ada", away),
        "/start/": ("Otto", first_week),
        "/away/{away-of-ada}/": ("Ada", away),
        "/squads/{dawn}/athletes/{ada}/away/": ("Cora", away),
        "/squads/{dawn}/athletes/{ada}/away/{away-of-ada}/": ("Cora", away),
        "/warm-ups/new/": ("Ada", rule),
        "/warm-ups/usual/": ("Ada", routine),
        "/warm-ups/{rule-of-ada}/": ("Ada", rule),
        "/warm-ups/{coachs-rule-of-ada}/": ("Cora", rule),
        "/warm-ups/{rule-of-dawn}/": ("Cora", rule),
        "/squads/{dawn}/warm-ups/new/": ("Cora", rule),
        "/squads/{dawn}/warm-ups/usual/": ("Cora", routine),
        "/squads/{dawn}/warm-ups/runs/": ("Cora", many | routine),
        "/squads/{dawn}/athletes/{ada}/warm-ups/new/": ("Cora", rule),
        "/squads/new/": ("Cora", squad),
        "/squads/{dawn}/plan/": ("Cora", run | routine | {"athletes": [str(names["ada"])]}),
        "/squads/{dawn}/plan/change/": ("Cora", deed),
        "/squads/{dawn}/members/{assistant}/role/": ("Cora", {"role": "coach"}),
        "/squads/{dawn}/hand-over/": ("Cora", {"to": assistants, "then": "assist"}),
        "/invitations/{join-link-owls}/": ("Tom", {"shares_health": "on"}),
        "/squads/{dawn}/settings/": ("Cora", squad | {"reminder_lead_minutes": "60"}),
        "/squads/{dawn}/invitations/": ("Cora", {"email": "friend@runners.example", "role": "athlete"}),
        "/squads/{dawn}/invitations/links/": ("Cora", {"role": "athlete", "limit": "30", "good_for": "7"}),
        "/squads/{dawn}/invitations/import/": ("Cora", {"text": "friend@runners.example"}),
        "/squads/{dawn}/share/": ("Ada", {"shares_health": "yes"}),
        "/invitations/{link-to-ada}/": ("Ada", {"shares_health": "on"}),
        "/invitations/{link-to-somebody}/": ("visitor", person | {"password": password, "shares_health": "on"}),
        "/settings/profile/": ("Ada", person | {"language": "en", "units": "metric"}),
        "/settings/reminders/": ("Ada", {"email_reminders": "on", "reminder_lead_minutes": "30"} | quiet | chosen),
        "/settings/calendar/": ("Cora", {"squad": world.cast.squad.slug, "busy": "on"}),
        "/settings/tokens/": ("Ada", {"name": "Watch", "scopes": ["read", "log"]}),
        "/accounts/signup/": ("visitor", person | {"email": "new@runners.example", "password1": password}),
        "/accounts/login/": ("visitor", {"login": world.cast.athlete.email, "password": "warm-up-123"}),
        "/accounts/password/reset/": ("visitor", {"email": world.cast.athlete.email}),
        "/accounts/password/change/": (
            "Ada",
            {"oldpassword": "warm-up-123", "password1": password, "password2": password},
        ),
        "/accounts/reauthenticate/": ("Ada", {"password": "warm-up-123"}),
    }


# Posts that ask for nothing, or whose pages are allauth's.
WITHOUT_FIELDS = {
    "/history/{version-of-ada}/",
    "/after/",  # a button each
    "settings/reminders/address/",
    "calendar/moving/",
    "routines/suggest/",
    "runs/repeats/",
    "bring-back/",
    "warm-up/withdraw/",
    "copy/",
    "archive/",
    "routine-of-rob}/submit/",
    "routine-of-rob}/publish/",
    "routine-of-rob}/discard/",
    "{library}/withdraw/",
    "delete/",
    "revoke/",
    "{away-of-ada}/back/",
    "remove/",
    "leave/",
    "/end/",
    "{ola}/",  # who may not even see it is told so before its fields matter
    "unsubscribe/",
    "{answer-ada}/done/",
    "{answer-ada}x/done/",
}


class Typed(HTMLParser):
    """What stands in the fields of a page, as its reader finds it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.errors: set[str] = set()
        self.select = self.area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if values.get("id", "").endswith("_error"):
            self.errors.add(values["id"])
        if tag == "select":
            self.select = values.get("name", "")
        elif tag == "textarea":
            self.area = values.get("name", "")
            self.values.setdefault(self.area, []).append("")
        elif tag == "option" and "selected" in values:
            self.values.setdefault(self.select, []).append(values.get("value", ""))
        standard = "on" if values.get("type") == "checkbox" else ""
        if tag == "input" and (values.get("type") not in {"checkbox", "radio"} or "checked" in values):
            self.values.setdefault(values.get("name", ""), []).append(values.get("value", standard))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""


def listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def encoded(typed: Typing) -> bytes:
    """A form's body as a browser sends it, whatever is in it."""
    pairs = [(name, each) for name, value in typed.items() for each in listed(value)]
    return "&".join(f"{raw(name)}={raw(value)}" for name, value in pairs).encode()


def form_of(answer: Any) -> Form:
    """The form that was sent, of those on the page."""
    forms_there = [answer.context[name] for name in ("link_form", "form") if answer.context.get(name) is not None]
    return next(form for form in forms_there if form.is_bound)


def lost(answer: Any, typed: Typing, bad: str) -> list[str]:
    """The fields of which the page does not show what was typed; passwords have to be typed anew."""
    page, form = Typed(answer.content.decode()), form_of(answer)
    gone = []
    for name, value in typed.items():
        # Nothing shows a choice that there is not.
        chosen = bad in {name, "*"} and isinstance(form.fields.get(name), ChoiceField | BooleanField)
        if name in form.fields and "password" not in name and not chosen:
            several = hasattr(form.fields[name].widget, "allow_multiple_selected")
            for each in listed(value) if several else listed(value)[-1:]:
                there = [same(other) for other in page.values.get(name, [])]
                if same(each) and same(each) not in there:
                    gone.append(name)
    return gone


def same(text: str) -> str:
    """Text as it comes back: one way of writing a line's end, a sign for what is no character."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\r\n", "\n").strip()


def objection(answer: Any, typed: Typing, bad: str) -> str:
    """What is wrong with an answer to a form that is bad at one field; "" if nothing is."""
    if answer.status_code in {200, 302}:
        return ""
    if answer.status_code != 422:
        return str(answer.status_code)
    form = form_of(answer)
    told = set(form.errors)
    if bad in form.fields and not (told & ({bad} | PAIRED.get(bad, set()))):
        return f"complains about {sorted(told)}"
    hidden = {field.name for field in form.hidden_fields()}
    beside = {f"{form[name].auto_id}_error" for name in told - {"__all__"} - hidden}
    if beside - Typed(answer.content.decode()).errors:
        return f"shows no error beside {sorted(told)}"
    if gone := lost(answer, typed, bad):
        return f"lost what was typed in {gone}"
    return ""


# What is told at the other one of two fields that belong together.
PAIRED = {
    "started_at": {"finished_at"},
    "password1": {"password2"},
    "local_time": {"local_date"},
    "time_zone": {"local_date"},
    "pain": {"pain_site", "pain_side"},
    "password": {"__all__"},  # who signs in is not told which of the two is wrong
    "name": {"password1"},
    "email": {"password1"},
    "text": {"file"},
    "since": {"until"},
    "until": {"since"},
}
FORMS = sorted(
    {deed.split()[1] for deed in rows(DEEDS) if deed.startswith("POST /") and not of_api(deed)}
    - {"/runs/{own-run-of-ada}/change/", "/runs/{own-run-of-ada}/warm-up/", "/routines/{kept-by-ada}/edit/"}
    - {"/runs/{own-weekly-run-of-ada}/change/", "/runs/{own-weekly-run-of-ada}/cancel/"}
    | {"/accounts/signup/", "/accounts/login/", "/accounts/reauthenticate/", "/invitations/{link-to-somebody}/"}
    | {"/accounts/password/reset/", "/accounts/password/change/"}
)
FORMS = [address for address in FORMS if not any(end in address for end in WITHOUT_FIELDS)]
# The workshop's forms have dozens of fields; what is wrong with each is tried in tests/warmups/test_workshop_*.py.
WORKSHOP = [address for address in FORMS if address.startswith("/admin/")]
FORMS = [address for address in FORMS if address not in WORKSHOP]
WORKSHOP_FIELDS = (
    "name",
    "slug",
    "steps",
    "poses",
    "worked-0-muscle",
    "worked-TOTAL_FORMS",
    "based_on",
    "reason",
    "text",
)
WORKSHOP_FIELDS += ("comment", "alone_because", "alt", "caption", "file", "expected", "forget")
FORM = "application/x-www-form-urlencoded"


def test_every_form_is_tried(world: World) -> None:
    assert sorted(forms(world)) == FORMS


@pytest.mark.parametrize("address", FORMS)
def test_a_bad_value_in_a_form_is_told_beside_its_field_and_nothing_is_lost(
    world: World, send: Send, address: str
) -> None:
    name, fine = forms(world)[address]
    assert send(name, "post", address, encoded(fine), FORM).status_code in {200, 302}

    wrong = []
    for field, there in fine.items():
        for value in WORST_TEXTS:
            if value != there:
                typed = fine | {field: value}
                if words := objection(send(name, "post", address, encoded(typed), FORM), typed, field):
                    wrong.append(f"{field} = {shown(value)}: {words}")
        without = {key: value for key, value in fine.items() if key != field}
        if words := objection(send(name, "post", address, encoded(without), FORM), without, field):
            wrong.append(f"without {field}: {words}")
    for value in TEXTS[len(WORST_TEXTS) :]:
        typed = dict.fromkeys(fine, value) | {name: fine[name] for name in fine if name == "id"}
        answer = send(name, "post", address, encoded(typed), FORM)
        if answer.status_code not in {200, 302, 422} or (answer.status_code == 422 and lost(answer, typed, "*")):
            wrong.append(f"all = {shown(value)}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("address", FORMS)
def test_a_form_that_is_none_is_survived(world: World, send: Send, address: str) -> None:
    name, fine = forms(world)[address]
    body = encoded(fine)
    answers = {
        "empty": send(name, "post", address, b"", FORM),
        "junk": send(name, "post", address, b"\xff=%ff&&==&%", FORM),
        "many": send(name, "post", address, b"&".join(b"a%d=1" % number for number in range(2000)), FORM),
        "large": send(name, "post", address, body + b"&more=" + b"x" * 2**20, FORM),
        "json": send(name, "post", address, json.dumps(fine).encode()),
        "multipart": send(name, "post", address, body, "multipart/form-data; boundary=x"),
        "no boundary": send(name, "post", address, body, "multipart/form-data"),
    }

    assert {what: answer.status_code for what, answer in answers.items() if answer.status_code >= 500} == {}
    assert [answers[what].status_code for what in ("many", "large", "no boundary")] == [400, 400, 400]


@pytest.mark.parametrize("address", WORKSHOP)
def test_the_workshop_survives_whatever_is_sent(send: Send, address: str) -> None:
    bodies = {
        "empty": (b"", FORM),
        "junk": (b"\xff=%ff&&==&%", FORM),
        "many": (b"&".join(b"a%d=1" % number for number in range(2000)), FORM),
        "large": (b"more=" + b"x" * 2**21, FORM),
        "json": (b"{}", "application/json"),
        "multipart": (b"name=x", "multipart/form-data; boundary=x"),
        "no boundary": (b"name=x", "multipart/form-data"),
        **{shown(text): (encoded(dict.fromkeys(WORKSHOP_FIELDS, text)), FORM) for text in TEXTS},
    }
    found = {what: send("Cleo", "post", address, *body).status_code for what, body in bodies.items()}
    assert {what: status for what, status in found.items() if status not in {200, 302, 400, 409, 422}} == {}
    assert [found[what] for what in ("many", "large", "no boundary")] == [400, 400, 400]


# --- The admin ------------------------------------------------------------------------------------------------------
LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]


@pytest.mark.parametrize("address", LISTS)
def test_the_admin_survives_what_is_typed(send: Send, address: str) -> None:
    found = {}
    for parameter in ("q", "p", "o", "pk__in", "due_at__year"):
        for value in WORST_TEXTS:
            found[f"?{parameter}={shown(value)}"] = send(
                "Sue", "get", f"{address}?{parameter}={raw(value)}"
            ).status_code
    first = Links(send("Sue", "get", address).content.decode()).changes
    for page in [f"{address}add/", *first[:1]]:
        fields = Typed(send("Sue", "get", page).content.decode()).values
        for value in WORST_TEXTS:
            typed: Typing = {name: value for name in fields if name and not name.endswith("_FORMS")}
            typed |= {name: value for name, value in fields.items() if name.endswith("_FORMS")}
            found[f"{page} {shown(value)}"] = send("Sue", "post", page, encoded(typed), FORM).status_code

    assert {tried: status for tried, status in found.items() if status not in {200, 302, 400, 403, 422}} == {}


class Links(HTMLParser):
    """The rows of an admin's list."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.changes: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") or ""
        if target.endswith("/change/"):
            self.changes.append(target)


# --- What got in ----------------------------------------------------------------------------------------------------
def test_odd_text_that_is_allowed_is_shown_as_text_everywhere(world: World, send: Send) -> None:
    odd = "<script>alert(1)</script>\"'&{{ 7*7 }}%s\u202e\u200b🏃🏽‍♀️Ä"
    for model in (User, Squad, Routine, Revision, Step, Exercise, Run, RunAnswer, Assignment, Session, Invitation):
        skipped = {"slug", "status", "nonce", "password", "language", "units", "role", "email"}
        skipped |= {"poses_digest"}  # says that there are poses
        fields = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField) and not field.choices and field.name not in skipped
        ]
        with exercise_workflow():
            QuerySet(model).update(**{field.name: odd[: field.max_length] for field in fields})

    wrong = []
    for name, address in [reading for reading in readings() if reading[0] in {"visitor", "Ada", "Cora", "Sue"}]:
        answer = send(name, "get", address)
        page = answer.get("Content-Type", "").startswith("text/html")  # JSON is none
        unescaped = page and b"<script>alert" in answer.content
        if answer.status_code != 200 or unescaped:
            wrong.append(f"{name} at {address}: {answer.status_code}")
    assert wrong == []
