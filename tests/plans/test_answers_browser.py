"""The reminder's links in a real browser, after a scanner has opened each of them first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from plans import emails
from plans.domain import squads
from plans.domain.given import steps_of, with_warm_up
from plans.models import Reminder, Run, RunAnswer
from tests.conftest import PHONE, Cast, violations
from tests.factories import BERLIN, make_assignment, make_exercise, make_routine, make_run
from tests.world import everything

pytestmark = pytest.mark.django_db(transaction=True)
PageOf = Callable[..., Page]


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run of the athlete today, in half an hour, with a warm-up that has a short version."""
    now = timezone.now().replace(microsecond=0)
    starts_at = now + timedelta(minutes=30)
    if starts_at.astimezone(BERLIN).date() != now.astimezone(BERLIN).date():
        starts_at = now - timedelta(minutes=5)  # tomorrow's are not on the board yet
    joined = starts_at - timedelta(days=60)
    cast.squad.memberships.update(began_at=joined, sees_from=joined)
    run = make_run(cast.athlete, starts_at=starts_at, kind="intervals", squad=cast.squad)
    exercises = [make_exercise(name=f"Exercise {number}") for number in range(6)]
    make_assignment(run, make_routine("Five before hard runs", exercises=exercises), by=cast.coach)
    return run


@pytest.fixture
def links(run: Run, live_server: Any, settings: Any) -> dict[str, str]:
    """Where the links of the run's real mail lead, by what they say in it."""
    settings.SITE_URL = live_server.url
    fetched = with_warm_up(Run.objects.select_related("assignment__assigned_by")).get(pk=run.pk)
    due = run.starts_at - timedelta(minutes=60)
    reminder = Reminder(key=uuid4(), kind=Reminder.Kind.BEFORE_RUN, run=fetched, due_at=due, starts_at=run.starts_at)
    mail = emails.reminder_mail(reminder, steps_of([fetched]))
    html = str(mail.alternatives[0][0])
    return {words: address for address, words in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)</a>', html)}


def scan(links: dict[str, str]) -> None:
    """Open each link as a mail scanner does."""
    for address in links.values():
        for method in ("HEAD", "GET", "GET"):
            with urlopen(Request(address, method=method)) as answer:
                assert answer.status == 200


def test_a_scanner_does_nothing_and_a_tap_says_why_it_was_skipped(
    cast: Cast, run: Run, links: dict[str, str], page_of: PageOf
) -> None:
    assert {"Did it", "Did the short version", "Skipped it", "No more reminders"} <= links.keys()
    before = everything()
    scan(links)
    assert everything() == before

    phone = page_of(None, viewport=PHONE)
    for words, heading in (
        ("Did it", "You did the warm-up?"),
        ("Did the short version", "You did the short version?"),
        ("Skipped it", "You skipped the warm-up?"),
    ):
        phone.goto(urlsplit(links[words]).path)
        expect(phone.get_by_role("heading", level=1)).to_have_text(heading)
        assert violations(phone) == []
    phone.get_by_label("In your words").fill("The calf, since Sunday.")
    phone.get_by_role("button", name="Note that I skipped it").click()
    assert not RunAnswer.objects.exists()  # the browser asks for a reason first
    phone.get_by_label("Something hurts").check()
    phone.get_by_role("button", name="Note that I skipped it").click()
    expect(phone.get_by_role("heading", name="Noted, thank you")).to_be_visible()
    expect(phone.get_by_text("The calf, since Sunday.")).to_be_visible()
    assert violations(phone) == []
    answer = RunAnswer.objects.get(run=run)
    assert (answer.outcome, answer.reason, answer.text) == ("skipped", "hurts", "The calf, since Sunday.")

    desk = page_of(cast.coach)
    desk.goto("/squads/dawn-patrol/")
    expect(desk.get_by_text("Skipped, something hurts")).to_be_visible()
    expect(desk.get_by_text("as something hurts.")).to_be_visible()
    assert violations(desk) == []
    squads.share_health(membership=cast.squad.memberships.get(person=cast.athlete), shares=False, now=timezone.now())
    desk.reload()
    expect(desk.get_by_text("Skipped", exact=True)).to_be_visible()
    expect(desk.get_by_text("hurts")).to_have_count(0)
    desk.goto(run.get_absolute_url())
    expect(desk.get_by_text("Skipped", exact=True)).to_be_visible()
    expect(desk.get_by_text("The calf")).to_have_count(0)
    assert violations(desk) == []


def test_a_change_of_mind_takes_the_answers_place(run: Run, links: dict[str, str], page_of: PageOf) -> None:
    phone = page_of(None, viewport=PHONE)
    phone.goto(urlsplit(links["Did it"]).path)
    phone.get_by_role("button", name="Yes, I did it").click()
    expect(phone.get_by_text(re.compile(r"^You did the warm-up\."))).to_be_visible()
    phone.get_by_role("link", name="I did the short version").click()
    expect(phone.get_by_text("So far you said: did it.")).to_be_visible()
    phone.get_by_role("button", name="Yes, the short version").click()
    expect(phone.get_by_text(re.compile("^You did the short version, and that counts"))).to_be_visible()
    assert RunAnswer.objects.get(run=run).outcome == "short"
    phone.get_by_role("link", name="Log how it felt").click()
    expect(phone).to_have_url(re.compile("/accounts/login/"))


def test_a_late_answer_is_told_kindly(run: Run, links: dict[str, str], page_of: PageOf) -> None:
    Run.objects.filter(pk=run.pk).update(starts_at=timezone.now() - timedelta(days=8))
    phone = page_of(None, viewport=PHONE)
    phone.goto(urlsplit(links["Skipped it"]).path)
    expect(phone.get_by_text("more than a week ago")).to_be_visible()
    expect(phone.get_by_role("link", name="Log it from memory")).to_be_visible()
    assert violations(phone) == []


def test_reminders_end_by_a_tap_and_not_by_a_scanner(cast: Cast, links: dict[str, str], page_of: PageOf) -> None:
    before = everything()
    scan(links)
    assert everything() == before
    phone = page_of(None, viewport=PHONE)
    phone.goto(urlsplit(links["No more reminders"]).path)
    assert violations(phone) == []
    phone.get_by_role("button", name="Stop the reminders").click()
    expect(phone.get_by_role("heading", name="No more reminders")).to_be_visible()
    assert violations(phone) == []
    cast.athlete.refresh_from_db()
    assert cast.athlete.email_reminders is False
