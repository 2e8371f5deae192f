"""A session's versions: read by its athlete alone, told apart in words, brought back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import Http404
from django.urls import reverse

from plans.domain.session_history import restore_version, versions_of
from plans.domain.sessions import Deleted, delete_session, save_session
from plans.models import Session, SessionVersion
from plans.session_words import differences
from tests.conftest import Cast, violations
from tests.factories import BERLIN, NOW, make_session
from tests.page_text import Text

pytestmark = pytest.mark.django_db

STARTED = "2027-03-15T11:00:00Z"
A_YEAR = 365 * 24 * 60  # minutes; what pages and API do is edited by the real clock, which is before NOW


def saved(person: Any, *, minutes: float, id: Any = None, **body: Any) -> Session:
    """A session as it stands after a version edited so many minutes before NOW has come."""
    edited = (NOW - timedelta(minutes=minutes)).isoformat()
    id = id or saved.id  # type: ignore[attr-defined]
    return save_session(id=id, athlete=person, now=NOW, body={"started_at": STARTED, "edited_at": edited} | body)[0]


@pytest.fixture(autouse=True)
def _id() -> None:
    saved.id = uuid4()  # type: ignore[attr-defined]


def test_a_restored_version_stands_and_the_other_goes_to_the_history(cast: Cast) -> None:
    saved(cast.athlete, minutes=30, note="first", rpe=2)
    session = saved(cast.athlete, minutes=10, note="second", rpe=5)
    old = SessionVersion.objects.get(session=session, body__note="first")
    later = NOW + timedelta(days=3)
    session = restore_version(version=old, actor=cast.athlete, now=later)
    assert (session.note, session.rpe, session.edited_at) == ("first", 2, later)
    assert [row.body["note"] for row in versions_of(session)] == ["first", "second", "first"]


def test_a_version_is_restored_by_its_athlete_only_and_not_once_deleted(cast: Cast) -> None:
    session = saved(cast.athlete, minutes=30)
    version = session.versions.get()
    with pytest.raises(Http404):
        restore_version(version=version, actor=cast.coach, now=NOW)
    delete_session(session=session, actor=cast.athlete, now=NOW)
    with pytest.raises(Deleted):
        restore_version(version=version, actor=cast.athlete, now=NOW)


def test_what_differs_is_told_in_words(cast: Cast) -> None:
    saved(
        cast.athlete, minutes=30, outcome="done", rpe=2, steps=[{"position": 1, "sets_done": 2, "harder_side": "left"}]
    )
    session = saved(
        cast.athlete, minutes=10, outcome="partial", pain=6, pain_site="hip", pain_side="left", steps=[], note="ow"
    )
    standing, old = versions_of(session)
    assert [(each.label, each.here, each.standing) for each in differences(old.body, standing.body, zone=BERLIN)] == [
        ("How much", "Done", "Partly done"),
        ("Effort", "2, light", ""),
        ("Pain", "", "6, moderate"),
        ("Where", "", "hip, left"),
        ("Note", "", "ow"),
        ("Steps", "1: 2 sets (left harder)", ""),
    ]
    assert differences(old.body, old.body, zone=BERLIN) == []


def test_the_page_shows_each_version_and_brings_one_back(cast: Cast, browser_of: Any) -> None:
    saved(cast.athlete, minutes=A_YEAR + 30, note="first")
    session = saved(cast.athlete, minutes=A_YEAR + 10, note="second")
    old = SessionVersion.objects.get(session=session, body__note="first")
    browser = browser_of(cast.athlete)
    page = Text(browser.get(reverse("session-history", args=[session.pk])))
    assert "Stands now" in page
    assert "here, and now second" in page
    address = reverse("session-restore", args=[session.pk, old.pk])
    assert "Note: first instead of second" in Text(browser.get(address))
    assert Session.objects.get().note == "second"
    assert browser.post(address).headers["Location"] == reverse("session", args=[session.pk])
    assert Session.objects.get().note == "first"


def test_a_session_of_one_version_or_of_none_has_a_page_too(cast: Cast, browser_of: Any) -> None:
    for session in (saved(cast.athlete, minutes=5), make_session(cast.athlete)):
        assert browser_of(cast.athlete).get(reverse("session-history", args=[session.pk])).status_code == 200


def test_the_api_lists_versions_and_brings_one_back(cast: Cast, api_of: Any) -> None:
    saved(cast.athlete, minutes=A_YEAR + 30, note="first")
    session = saved(cast.athlete, minutes=A_YEAR + 10, note="second")
    api, address = api_of(cast.athlete), f"/api/v1/sessions/{session.pk}/versions/"
    listed = api.get(address).json()
    assert [(row["stands"], row["body"]["note"]) for row in listed] == [(True, "second"), (False, "first")]
    answer = api.post(f"{address}{listed[1]['id']}/restore/")
    assert (answer.status_code, answer.json()["note"]) == (200, "first")
    assert api.post(f"{address}{SessionVersion.objects.latest('pk').pk + 1}/restore/").status_code == 404


@pytest.mark.parametrize(
    ("sent_at", "off"), [("2027-03-15T12:00:00Z", 0), ("2027-03-15T09:00:00Z", 10800), (None, None)]
)
def test_how_far_the_devices_clock_is_off_is_kept(cast: Cast, sent_at: str | None, off: int | None) -> None:
    session = saved(cast.athlete, minutes=10, sent_at=sent_at)
    assert session.clock_off_seconds == session.versions.get().clock_off_seconds == off


def test_a_repeat_with_another_clock_is_the_same_version(cast: Cast) -> None:
    saved(cast.athlete, minutes=10, sent_at="2027-03-15T09:00:00Z")
    session = saved(cast.athlete, minutes=10, sent_at="2027-03-15T10:00:00Z")
    assert (session.versions.count(), session.clock_off_seconds) == (1, 10800)


def test_the_page_says_when_the_clock_was_far_off(cast: Cast, browser_of: Any) -> None:
    for sent_at, told in (
        ("2027-03-15T09:00:00Z", True),
        ("2027-03-15T11:58:00Z", False),
        ("2027-03-15T18:30:00Z", True),
    ):
        session = saved(cast.athlete, minutes=10, id=uuid4(), sent_at=sent_at)
        assert ("The phone's clock was" in Text(browser_of(cast.athlete).get(f"/sessions/{session.pk}/"))) is told


@pytest.mark.django_db(transaction=True)
def test_the_history_is_readable_for_everyone(cast: Cast, page_of: Any) -> None:
    saved(cast.athlete, minutes=30, note="first", sent_at="2027-03-15T09:00:00Z")
    session = saved(cast.athlete, minutes=10, note="second " * 40)
    page = page_of(cast.athlete)
    page.goto(reverse("session-history", args=[session.pk]))
    assert violations(page) == []
