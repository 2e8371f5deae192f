"""Calendar feeds: their addresses, who may read what through them, the settings' page."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
import vobject
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from config.logs import HideSecrets
from plans.domain.feeds import OPEN_AT_MOST, feed_of, feed_secret, make_feed, revoke_feed
from plans.domain.squads import end_membership
from plans.models import Feed, Run
from tests.factories import NOW, make_assignment, make_routine, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def soon() -> Any:
    return timezone.now().replace(microsecond=0) + timedelta(days=1)


def address(feed: Feed) -> str:
    return reverse("calendar-feed", args=[feed_secret(feed)])


def uids(feed: Feed) -> set[str]:
    """The runs and dates that a feed shows."""
    answer = Client().get(address(feed))
    assert answer.status_code == 200
    events = getattr(vobject.readOne(answer.content.decode()), "vevent_list", [])
    return {event.uid.value.partition("@")[0] for event in events}


# --- Making and ending ----------------------------------------------------------------------------------------------
def test_a_feed_is_made_and_ended_and_both_are_recorded_without_the_secret(cast):
    feed = make_feed(person=cast.coach, squad=cast.squad, now=NOW)
    assert feed_of(feed_secret(feed)) == feed
    revoke_feed(feed=feed, actor=cast.coach, now=NOW)
    revoke_feed(feed=feed, actor=cast.coach, now=NOW)
    assert feed_of(feed_secret(feed)) is None
    entries = list(AuditEntry.objects.filter(target_type="plans.feed").order_by("pk"))
    assert [(each.action, each.after or each.before) for each in entries] == [
        ("feed.make", {"squad": "dawn-patrol", "busy": False}),
        ("feed.revoke", {"squad": "dawn-patrol", "busy": False}),
    ]


def test_ten_are_open_at_most(cast):
    feeds = [make_feed(person=cast.athlete, now=NOW) for _ in range(OPEN_AT_MOST)]
    with pytest.raises(ValidationError):
        make_feed(person=cast.athlete, now=NOW)
    revoke_feed(feed=feeds[0], actor=cast.athlete, now=NOW)
    make_feed(person=cast.athlete, now=NOW)


@pytest.mark.parametrize(
    ("who", "may"), [("coach", True), ("assistant", True), ("athlete", False), ("other_coach", False)]
)
def test_a_squads_feed_is_for_who_reads_its_board(cast, who, may):
    if may:
        assert feed_of(feed_secret(make_feed(person=getattr(cast, who), squad=cast.squad, now=NOW))) is not None
    else:
        with pytest.raises(PermissionDenied):
            make_feed(person=getattr(cast, who), squad=cast.squad, now=NOW)


def test_no_column_of_the_row_opens_the_feed(cast):
    feed = make_feed(person=cast.athlete, now=NOW)
    secret = feed_secret(feed)
    assert secret not in str(vars(feed))
    wrong = [feed.nonce, f"c{feed.pk}-{feed.nonce}", secret[1:], secret[:-1], secret + "0", "c-", "c9" * 30, "c٣-1", ""]
    assert [feed_of(each) for each in wrong] == [None] * len(wrong)


def test_a_feed_ends_with_the_account_the_role_or_the_squad(cast):
    own = make_feed(person=cast.assistant, now=NOW)
    of_squad = make_feed(person=cast.assistant, squad=cast.squad, now=NOW)
    membership = cast.squad.memberships.get(person=cast.assistant)
    end_membership(membership=membership, actor=cast.coach, now=NOW)
    assert [Client().get(address(each)).status_code for each in (own, of_squad)] == [200, 404]
    coachs = make_feed(person=cast.coach, squad=cast.squad, now=NOW)
    type(cast.squad).objects.filter(pk=cast.squad.pk).update(archived_at=NOW)
    assert Client().get(address(coachs)).status_code == 404
    type(cast.assistant).objects.filter(pk=cast.assistant.pk).update(is_active=False)
    assert Client().get(address(own)).status_code == 404


# --- What it answers ------------------------------------------------------------------------------------------------
def test_ones_own_feed_has_ones_own_runs_of_the_last_thirty_days_and_to_come(cast, soon):
    kept = [make_run(cast.athlete, starts_at=soon - timedelta(days=days)) for days in (0, 20, 30)]
    kept.append(make_run(cast.athlete, starts_at=soon + timedelta(days=90), status="cancelled"))
    make_run(cast.athlete, starts_at=soon - timedelta(days=32))
    make_run(cast.team_mate, starts_at=soon, squad=cast.squad)
    for person in (cast.athlete, cast.coach, cast.other_coach):
        wanted = {f"run-{run.pk}" for run in kept} if person == cast.athlete else set()
        assert uids(make_feed(person=person, now=NOW)) == wanted
        assert uids(make_feed(person=person, now=NOW, busy=True)) == {
            f"run-{run.pk}" for run in kept[:-1] if person == cast.athlete
        }


def test_a_squads_feed_has_what_its_reader_sees_of_it(cast, soon):
    cast.squad.memberships.update(sees_from=soon - timedelta(days=9))
    theirs = make_run(cast.athlete, starts_at=soon, squad=cast.squad, note="Psst")
    make_run(cast.athlete, starts_at=soon)
    make_run(cast.other_athlete, starts_at=soon, squad=cast.other_squad)
    feed = make_feed(person=cast.assistant, squad=cast.squad, now=NOW)
    busy = make_feed(person=cast.assistant, squad=cast.squad, busy=True, now=NOW)
    assert uids(feed) == uids(busy) == {f"run-{theirs.pk}"}
    assert "Ada Athlete" in Client().get(address(feed)).content.decode()
    said = Client().get(address(busy)).content.decode()
    assert [word for word in ("Ada", "Psst", "Dawn", "runs/") if word in said] == []
    end_membership(membership=cast.squad.memberships.get(person=cast.athlete), actor=cast.coach, now=timezone.now())
    assert uids(feed) == uids(busy) == set()


def test_heads_say_how_long_it_holds_and_nothing_is_left_in_the_browser(cast, soon):
    make_run(cast.athlete, starts_at=soon)
    answer = Client().get(address(make_feed(person=cast.athlete, now=NOW)))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert {each.strip() for each in answer["Cache-Control"].split(",")} == {"private", "max-age=900"}
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Content-Disposition"] == 'inline; filename="runs.ics"'
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies


@pytest.mark.parametrize("accept", ["text/calendar", "text/html", "*/*", ""])
def test_whatever_a_calendar_asks_for_it_gets_a_calendar(cast, accept):
    assert Client().get(address(make_feed(person=cast.athlete, now=NOW)), headers={"accept": accept}).status_code == 200


def test_unchanged_it_is_304_and_a_move_is_not(cast, soon):
    run = make_run(cast.athlete, starts_at=soon)
    link = address(make_feed(person=cast.athlete, now=NOW))
    first = Client().get(link)
    again = Client().get(link, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    head = Client().head(link)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])
    Run.objects.filter(pk=run.pk).update(starts_at=soon + timedelta(hours=1), sequence=1)
    moved = Client().get(link, headers={"if-none-match": first["ETag"]})
    assert (moved.status_code, moved["ETag"] != first["ETag"]) == (200, True)


def test_the_warm_up_comes_along(cast, soon):
    run = make_run(cast.athlete, starts_at=soon)
    make_assignment(run, make_routine("Hips first"), by=cast.coach, note="Slowly")
    [event] = vobject.readOne(
        Client().get(address(make_feed(person=cast.athlete, now=NOW))).content.decode()
    ).vevent_list
    assert "Hips first" in event.valarm.description.value
    assert "Note on the warm-up: Slowly" in event.description.value.splitlines()


def test_a_secret_stays_out_of_the_log(cast):
    link = address(make_feed(person=cast.athlete, now=NOW))
    line = logging.LogRecord("x", logging.WARNING, "", 0, "Not Found: %s", (link,), None)
    HideSecrets().filter(line)
    assert line.getMessage() == "Not Found: /api/v1/calendar/…"


# --- The page -------------------------------------------------------------------------------------------------------
PAGE = "/settings/calendar/"


def test_the_page_makes_an_address_shows_it_and_ends_it(cast, browser_of, settings):
    client = browser_of(cast.coach)
    answer = client.post(PAGE, {"squad": cast.squad.slug, "busy": "on"})
    feed = Feed.objects.get(person=cast.coach)
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}#feed-{feed.pk}")
    assert (feed.squad, feed.busy) == (cast.squad, True)
    page = client.get(PAGE)
    assert settings.SITE_URL + address(feed) in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client.get(f"{PAGE}{feed.pk}/end/").status_code == 200
    assert Feed.objects.open().count() == 1
    assert client.post(f"{PAGE}{feed.pk}/end/").status_code == 302
    assert Feed.objects.open().count() == 0


@pytest.mark.parametrize("squad", ["night-owls", "nowhere", "\x00", "dawn-patrol"])
def test_no_squad_but_ones_own_may_be_chosen(cast, browser_of, squad):
    assert browser_of(cast.athlete).post(PAGE, {"squad": squad}).status_code == 422
    assert Feed.objects.count() == 0


def test_the_eleventh_is_refused_in_words(cast, browser_of):
    for _ in range(OPEN_AT_MOST):
        make_feed(person=cast.athlete, now=NOW)
    answer = browser_of(cast.athlete).post(PAGE, {})
    assert (answer.status_code, "10 addresses already" in answer.content.decode()) == (422, True)


def test_nobody_ends_what_is_anothers(cast, browser_of):
    feed = make_feed(person=cast.athlete, now=NOW)
    assert browser_of(cast.coach).post(f"{PAGE}{feed.pk}/end/").status_code == 404
    assert browser_of(None).get(PAGE).status_code == 302
    assert feed_of(feed_secret(feed)) is not None
