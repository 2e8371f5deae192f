"""Without a network: pages, the guided warm-up and its log, in a real browser with the network really cut."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from accounts.models import User
from plans.models import Run, Session
from tests.conftest import Cast
from tests.factories import make_assignment, make_exercise, make_routine, make_run, rewrite
from tests.kept_pages import kept_for_later

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser_context_args(service_workers="allow")]

# Playwright's own loop runs in the test's thread, which Django takes for an asynchronous one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def context_of(live_server: Any, new_context: Any, browser_of: Callable[..., Any]) -> Callable[..., BrowserContext]:
    """A phone's browser of a person, signed in, with service workers."""

    def make(person: User) -> BrowserContext:
        context: BrowserContext = new_context(base_url=live_server.url, viewport={"width": 390, "height": 844})
        sign_in(context, person, browser_of, live_server.url)
        return context

    return make


def sign_in(context: BrowserContext, person: User, browser_of: Callable[..., Any], url: str) -> None:
    session = browser_of(person).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])


@pytest.fixture
def runs(cast: Cast) -> list[Run]:
    """Three runs of the athlete's within the next day, each with a warm-up of two steps."""
    exercises = [
        make_exercise("hip-drop", cues=["Hips level."]),
        make_exercise("plank", mode="hold", reps=2, hold_seconds=10, seconds_per_rep=None, unilateral=False, sets=2),
    ]
    routine = make_routine("Two before easy runs", exercises=exercises)
    rewrite(routine.current.steps.filter(position=2), rest_seconds=15)
    made = [make_run(cast.athlete, starts_at=timezone.now() + timedelta(hours=hours)) for hours in (2, 5, 20)]
    for run in made:
        make_assignment(run, routine)
    return made


def opened_once(context: BrowserContext) -> Page:
    """A page of today's, opened with a network until all is kept that will be wanted without one."""
    page = context.new_page()
    page.goto("/today/")
    kept_for_later(page)
    return page


def warm_up(page: Page, run: Run, note: str) -> None:
    """The whole warm-up of a run, skipping through its steps, and its log."""
    done(page, run, note)
    page.get_by_role("button", name="Save", exact=True).click()


def done(page: Page, run: Run, note: str) -> None:
    """The same up to the log, which is filled in and not saved."""
    page.goto(f"/warm-up/{run.pk}/")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_label("Anything to add?").fill(note)
    page.get_by_role("radio", name="3, moderate").check(force=True)


def all_sent(page: Page) -> None:
    """Returns when nothing waits on this device any more."""
    page.evaluate(
        """async () => {
            const { countEntries } = await import("/static/js/offline/store.js");
            while (await countEntries()) await new Promise((resolve) => setTimeout(resolve, 50));
        }"""
    )


def queue(page: Page, person: User) -> list[dict[str, Any]]:
    """What waits on this device of a person."""
    script = 'async (person) => (await import("/static/js/offline/store.js")).entriesOf(person)'
    found: list[dict[str, Any]] = page.evaluate(script, str(person.pk))
    return found


def offline_log(context: BrowserContext, run: Run, note: str = "Stiff.") -> Page:
    """A page on which a warm-up was done and logged without a network; its browser is offline still."""
    page = opened_once(context)
    context.set_offline(True)
    warm_up(page, run, note)
    expect(page.locator("[data-saved] [data-when=waiting]")).to_be_visible()
    return page


def test_three_warm_ups_without_a_network_are_three_sessions_afterwards(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = opened_once(context)
    context.set_offline(True)
    for number, run in enumerate(runs, start=1):
        warm_up(page, run, f"note {number}")
        expect(page.locator("[data-saved] [data-when=waiting]")).to_contain_text("Saved on this phone")
    page.goto("/today/")
    expect(page.locator("[data-kept-bar]")).to_be_visible()
    expect(page.locator("[data-waiting-sign]")).to_contain_text("not on the server yet: 3")
    assert Session.objects.count() == 0

    context.set_offline(False)
    page.goto("/today/")
    all_sent(page)
    expect(page.locator("[data-waiting-sign]")).to_be_hidden()

    rows = Session.objects.order_by("run")
    assert [(row.run, row.note, row.rpe, row.outcome) for row in rows] == [
        (run, f"note {number}", 3, "partial") for number, run in enumerate(runs, start=1)
    ]
    assert {row.athlete for row in rows} == {cast.athlete}
    assert {row.versions.count() for row in rows} == {1}


def test_a_browser_killed_between_finishing_and_sending_loses_nothing(
    playwright: Any,
    browser_type_launch_args: Any,
    live_server: Any,
    browser_of: Any,
    cast: Cast,
    runs: list[Run],
    tmp_path: Any,
) -> None:
    """The browser's own processes are killed by a signal; the next one opens the same profile."""

    def started() -> BrowserContext:
        found: BrowserContext = playwright.chromium.launch_persistent_context(
            str(tmp_path), base_url=live_server.url, **browser_type_launch_args
        )
        return found

    context = started()
    sign_in(context, cast.athlete, browser_of, live_server.url)
    offline_log(context, runs[0])
    kill_browser(str(tmp_path))
    with suppress(PlaywrightError):
        context.close()

    context = started()
    sign_in(context, cast.athlete, browser_of, live_server.url)
    page = context.new_page()
    page.goto("/today/")
    all_sent(page)
    context.close()
    assert [(row.run, row.note) for row in Session.objects.all()] == [(runs[0], "Stiff.")]


def kill_browser(profile: str) -> None:
    """As a phone does that needs the memory: no process of the browser with this profile gets to say goodbye."""
    option = f"--user-data-dir={profile}"
    if os.path.isdir("/proc/self"):
        pids = [
            int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal() and option in words_of(each)
        ]
    else:
        listed = subprocess.run(["ps", "-ax", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
        pids = [int(line.split()[0]) for line in listed.splitlines() if option in line]
    assert pids
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # What holds the profile for a browser that is no more.
    for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(profile, name))


def words_of(process: Path) -> str:
    """The command line of a process, as far as it is still there."""
    with suppress(OSError):
        return (process / "cmdline").read_text(errors="replace").replace("\0", " ")
    return ""


def test_two_tabs_send_one_session(context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]) -> None:
    context = context_of(cast.athlete)
    first = offline_log(context, runs[0])
    second = context.new_page()
    second.goto("/today/")
    context.set_offline(False)  # both hear of it at once
    all_sent(first)
    all_sent(second)
    assert Session.objects.count() == 1
    assert Session.objects.get().versions.count() == 1
    expect(first.locator("[data-saved] [data-when=there]")).to_be_visible()


def test_a_log_waits_until_its_person_signs_in_again(
    context_of: Callable[..., BrowserContext], browser_of: Any, live_server: Any, cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = offline_log(context, runs[0])
    context.clear_cookies(name="sessionid")
    context.set_offline(False)
    page.goto("/accounts/login/")
    expect(page.locator("[data-waiting-sign]")).to_contain_text("wait until you sign in: 1")
    assert Session.objects.count() == 0

    sign_in(context, cast.athlete, browser_of, live_server.url)
    page.goto("/today/")
    all_sent(page)
    assert Session.objects.get().athlete == cast.athlete


def test_another_persons_sign_in_neither_sees_nor_sends_it(
    context_of: Callable[..., BrowserContext], browser_of: Any, live_server: Any, cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = offline_log(context, runs[0])
    # First, as the page sends what waits at once when there is a network again.
    context.clear_cookies(name="sessionid")
    sign_in(context, cast.other_athlete, browser_of, live_server.url)
    context.set_offline(False)
    page.goto("/today/")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    assert queue(page, cast.other_athlete) == []
    names = page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('prestride-pages-'))")
    assert f"prestride-pages-{cast.athlete.pk}" not in names
    context.set_offline(True)
    page.goto(f"/warm-up/{runs[0].pk}/")
    expect(page.get_by_role("heading", name="No signal here")).to_be_visible()
    expect(page.get_by_text("Two before easy runs")).to_have_count(0)
    assert Session.objects.count() == 0
    assert [each["session"] for each in queue(page, cast.athlete)] != []


def test_signing_out_clears_what_was_kept_but_not_what_waits(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = offline_log(context, runs[0])
    # It is refused, so that it still waits when there is a network again.
    Run.objects.filter(pk=runs[0].pk).update(athlete=cast.other_athlete)
    context.set_offline(False)
    page.goto("/offline/")
    expect(page.get_by_text("The server did not take it.")).to_be_visible()
    page.goto("/accounts/logout/")
    expect(page.get_by_text("A log on this phone is not on the server yet.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.evaluate(
        """async () => {
            while ((await caches.keys()).some((name) => name.startsWith("prestride-pages-")))
                await new Promise((resolve) => setTimeout(resolve, 50));
        }"""
    )
    assert len(queue(page, cast.athlete)) == 1


def test_what_the_server_refuses_stays_with_its_reason_and_can_be_mended(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = offline_log(context, runs[0])
    Run.objects.filter(pk=runs[0].pk).update(athlete=cast.other_athlete)
    context.set_offline(False)
    page.goto("/offline/")
    expect(page.get_by_text("run: You have no such run.")).to_be_visible()
    assert Session.objects.count() == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert json.loads(download.value.path().read_text())["note"] == "Stiff."

    page.get_by_role("button", name="Send it without that").click()
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    row = Session.objects.get()
    assert (row.run, row.note, row.athlete) == (None, "Stiff.", cast.athlete)


def test_a_full_phone_says_so_and_keeps_what_was_typed(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = opened_once(context)
    context.set_offline(True)
    done(page, runs[0], "No room for this.")
    # A browser looks at its quota every half a minute only, so its refusal is put in its place.
    page.evaluate(
        """() => {
            IDBObjectStore.prototype.add = () => { throw new DOMException("No room.", "QuotaExceededError"); };
        }"""
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    expect(page.get_by_label("Anything to add?")).to_have_value("No room for this.")
    with page.expect_download() as download:
        page.locator("[data-saved]").get_by_role("link", name="Download").click()
    assert json.loads(download.value.path().read_text())["note"] == "No room for this."

    context.set_offline(False)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/sessions/*/")
    assert Session.objects.get().note == "No room for this."


def test_a_new_worker_in_the_middle_of_a_warm_up_changes_nothing_of_it(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = context_of(cast.athlete)
    page = opened_once(context)
    page.goto(f"/warm-up/{runs[0].pk}/")
    page.get_by_role("button", name="Start", exact=True).click()
    monkeypatch.setattr("config.offline.SHEETS", ("prestride", "tokens"))
    state = page.evaluate(
        """async () => {
            const registration = await navigator.serviceWorker.getRegistration();
            await registration.update();
            while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
            return registration.waiting.state;
        }"""
    )
    assert state == "installed"
    context.set_offline(True)
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-saved] [data-when=waiting]")).to_be_visible()
    context.set_offline(False)
    all_sent(page)
    assert Session.objects.get().run == runs[0]


def test_what_waits_is_sent_from_its_own_page_once_there_is_a_network(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]
) -> None:
    """That page is kept for nobody in particular, and knows whose log it is all the same."""
    context = context_of(cast.athlete)
    page = offline_log(context, runs[0])
    page.goto("/offline/")
    expect(page.get_by_text("Two before easy runs")).to_be_visible()
    expect(page.locator("[data-waiting-sign]")).to_be_hidden()
    context.set_offline(False)
    expect(page.get_by_text("Nothing waits here.")).to_be_visible()
    assert Session.objects.get().run == runs[0]


def test_a_reload_without_a_network_goes_on_at_the_same_step(
    context_of: Callable[..., BrowserContext], cast: Cast, runs: list[Run]
) -> None:
    context = context_of(cast.athlete)
    page = opened_once(context)
    context.set_offline(True)
    page.goto(f"/warm-up/{runs[0].pk}/")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    expect(page.locator("[data-part=place]")).to_have_text("Step 2 of 2")
    page.close()
    again = context.new_page()
    again.goto(f"/warm-up/{runs[0].pk}/")
    again.get_by_role("button", name="Go on from there").click()
    expect(again.locator("[data-part=place]")).to_have_text("Step 2 of 2")
