"""What the server does for phones without a network: the worker, the manifest, whose page it is."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from plans.models import Session
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def worker() -> tuple[dict[str, Any], str]:
    """What the service worker keeps, and the rest of it."""
    answer = Client().get("/service-worker.js")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    first, _newline, rest = answer.content.decode().partition("\n")
    return json.loads(first.removeprefix("const OFFLINE = ").removesuffix(";")), rest


def status(address: str) -> int:
    answer = Client().get(address)
    answer.close()
    return answer.status_code


def test_the_worker_is_asked_for_anew_and_keeps_what_there_is() -> None:
    assert Client().get("/service-worker.js")["Cache-Control"] == "no-cache"
    kept, _rest = worker()
    assert [address for address in [*kept["assets"], kept["shell"]] if status(address) != 200] == []


def test_the_worker_is_one_script_without_modules() -> None:
    _kept, rest = worker()
    assert [line for line in rest.splitlines() if line.startswith(("import ", "export "))] == []


def test_the_worker_changes_with_what_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    before = worker()[0]["version"]
    assert worker()[0]["version"] == before
    monkeypatch.setattr("config.offline.SHEETS", ("prestride",))
    assert worker()[0]["version"] != before


def test_the_manifest_names_icons_that_there_are() -> None:
    said = Client().get("/manifest.webmanifest").json()
    assert (said["start_url"], said["display"], [icon["sizes"] for icon in said["icons"]]) == (
        "/",
        "standalone",
        ["192x192", "512x512", "512x512"],
    )
    assert [status(icon["src"]) for icon in said["icons"]] == [200] * 3


def test_a_page_says_for_whom_it_was_made(cast: Cast, browser_of: Any) -> None:
    assert Client().get("/exercises/")["X-Prestride-Person"] == ""
    assert browser_of(cast.athlete).get("/today/")["X-Prestride-Person"] == str(cast.athlete.pk)
    assert browser_of(cast.athlete).get("/nothing/here/")["X-Prestride-Person"] == str(cast.athlete.pk)


@pytest.mark.parametrize("meant", ["athlete", "coach"])
def test_a_log_meant_for_another_person_is_refused(cast: Cast, browser_of: Any, meant: str) -> None:
    answer = browser_of(cast.athlete).put(
        f"/api/v1/sessions/{uuid4()}/",
        {"started_at": timezone.now().isoformat()},
        content_type="application/json",
        headers={"X-Prestride-Person": str(getattr(cast, meant).pk)},
    )
    assert (answer.status_code, Session.objects.count()) == ((201, 1) if meant == "athlete" else (409, 0))


def test_a_visitor_is_asked_to_sign_in_whoever_the_log_is_meant_for(cast: Cast) -> None:
    answer = Client().put(
        f"/api/v1/sessions/{uuid4()}/",
        {},
        content_type="application/json",
        headers={"X-Prestride-Person": str(cast.athlete.pk)},
    )
    assert answer.status_code == 401
