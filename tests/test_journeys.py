"""The whole way, as people go it: a coach assigns, a reminder goes out, an athlete warms up and logs, the coach sees.

On the product as it runs in production (gunicorn, Celery's worker and beat, PostgreSQL, Redis), with a real mail server
and a real browser.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import APIRequestContext, Page, Playwright, expect

from tests.kept_pages import kept_for_later
from tests.mailbox import Mailbox, link_in, mailbox, text_of
from tests.stack import Stack, production

pytestmark = pytest.mark.xdist_group("journeys")

PASSWORD = "quiet-dawn-run-41"
ZONE = ZoneInfo("Europe/Berlin")
PATIENCE = 60  # seconds that a mail may take on a busy machine


@dataclass(frozen=True)
class World:
    """The running product and the mail server that it mails through."""

    stack: Stack
    mail: Mailbox

    def shell(self, code: str) -> None:
        """Run Python in the product's environment."""
        self.stack.run("manage.py", "shell", "-c", code)

    def account(self, name: str, email: str) -> None:
        """Somebody who signed up and proved their address."""
        words = json.dumps({"name": name, "email": email, "password": PASSWORD})
        self.shell(
            "import json; from django.utils import timezone; from accounts.domain.people import sign_up_person; "
            f"sign_up_person(**json.loads({words!r}), now=timezone.now(), verified=True, time_zone='Europe/Berlin')",
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The product, up for all journeys of this module."""
    with mailbox() as mail:
        var = tmp_path_factory.mktemp("journeys")
        with production(var, workers=1, celery=True, email_url=mail.url) as stack:
            yield World(stack, mail)


def in_half_an_hour() -> str:
    """A start inside the usual lead time, so that its reminder is due at once; local, to the minute."""
    return f"{datetime.now(ZONE) + timedelta(minutes=30):%Y-%m-%dT%H:%M}"


def eventually(ask: Callable[[], Any], wanted: Any) -> None:
    """Ask until the answer is `wanted`; fails with the last answer when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while (answer := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answer == wanted


# --- Through the API alone --------------------------------------------------------------------------------------------
class Client:
    """A program with a token."""

    def __init__(self, context: APIRequestContext) -> None:
        self.context = context

    def call(self, method: str, path: str, body: Any = None, *, status: int) -> Any:
        """The answer's JSON; the status has to be `status`."""
        answer = self.context.fetch(f"/api/v1/{path}", method=method, data=None if body is None else json.dumps(body))
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json() if answer.body() else None

    def get(self, path: str) -> Any:
        """The answer to a GET that succeeds."""
        return self.call("GET", path, status=200)


def client(playwright: Playwright, world: World, email: str, scopes: list[str]) -> Client:
    """A program of this person, with a token that it got by their password."""
    headers = {"Content-Type": "application/json"}
    visitor = Client(playwright.request.new_context(base_url=world.stack.url, extra_http_headers=headers))
    wish = {"email": email, "password": PASSWORD, "name": "journey", "scopes": scopes}
    token = visitor.call("POST", "tokens/", wish, status=201)["token"]
    headers["Authorization"] = f"Bearer {token}"
    return Client(playwright.request.new_context(base_url=world.stack.url, extra_http_headers=headers))


def test_the_whole_way_through_the_api(world: World, playwright: Playwright) -> None:
    world.account("Cora Coach", "cora@runners.example")
    world.account("Ada Athlete", "ada@runners.example")
    coach = client(playwright, world, "cora@runners.example", ["read", "plan"])
    athlete = client(playwright, world, "ada@runners.example", ["read", "plan", "log"])

    squad = coach.call("POST", "squads/", {"name": "Dawn Patrol", "time_zone": "Europe/Berlin"}, status=201)
    asked = {"email": "ada@runners.example", "role": "athlete"}
    coach.call("POST", f"squads/{squad['slug']}/invitations/", asked, status=201)
    invitation = world.mail.wait_for("ada@runners.example", subject="Dawn Patrol", seconds=PATIENCE)
    token = link_in(invitation, "/invitations/").rstrip("/").rsplit("/", 1)[-1]
    athlete.call("POST", f"invitations/{token}/accept/", {"shares_health": True}, status=201)

    routine = next(row for row in coach.get("routines/")["results"] if row["name"] == "Three-minute wake-up")
    plan = {
        "squad": squad["slug"],
        "kind": "intervals",
        "local_start": in_half_an_hour(),
        "place": "Track",
        "routine": routine["id"],
    }
    assert coach.call("POST", "runs/", plan, status=201)["count"] == 1
    [run] = athlete.get("runs/")["results"]
    assert (run["routine"], run["routine_from"], run["warm_up"]) == (routine["id"], "run", "planned")

    reminder = world.mail.wait_for("ada@runners.example", subject="Intervals", seconds=PATIENCE)
    assert link_in(reminder, "/warm-up/").rstrip("/").endswith(f"/warm-up/{run['id']}")
    assert "List-Unsubscribe" in reminder
    eventually(lambda: [row["state"] for row in athlete.get("reminders/")["results"]], ["sent"])

    session, now = uuid4(), datetime.now(UTC)
    done = {
        "run": run["id"],
        "started_at": now.isoformat(),
        "finished_at": (now + timedelta(minutes=3)).isoformat(),
        "outcome": "done",
        "steps": [{"position": step["position"], "sets_done": step["sets"]} for step in routine["steps"]],
        "rpe": 3,
        "pain": 2,
        "pain_site": "hip",
        "pain_side": "left",
        "edited_at": now.isoformat(),
    }
    first = athlete.call("PUT", f"sessions/{session}/", done, status=201)
    assert athlete.call("PUT", f"sessions/{session}/", done, status=200) == first
    assert first["routine_revision"] == routine["revision"]

    [seen] = coach.get(f"runs/?squad={squad['slug']}")["results"]
    assert (seen["id"], seen["warm_up"]) == (run["id"], "done")
    [told] = coach.get(f"sessions/?athlete={run['athlete']}")["results"]
    assert (told["id"], told["pain"], told["health_hidden"]) == (str(session), 2, False)
    assert [person["name"] for person in coach.get(f"squads/{squad['slug']}/members/")["results"]] == [
        "Cora Coach",
        "Ada Athlete",
    ]


# --- Through the pages, as a person -----------------------------------------------------------------------------------
DESK = {"width": 1280, "height": 800}
TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def window(world: World, new_context: Callable[..., Any]) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own for a person; whatever its pages complain of fails the test at its end."""
    complaints: list[str] = []

    def make(viewport: dict[str, int]) -> Page:
        page: Page = new_context(base_url=world.stack.url, viewport=viewport, timezone_id="Europe/Berlin").new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        return page

    yield make
    assert complaints == []


def test_the_whole_way_through_the_pages(world: World, window: Callable[..., Page]) -> None:
    coach = window(DESK)
    sign_up(coach, world, "Mara Lindqvist", "mara@runners.example")
    found_squad_and_invite(coach, "Harbour Runners", "jonas@runners.example")

    athlete = window(PHONE)
    invitation = world.mail.wait_for("jonas@runners.example", subject="Harbour Runners", seconds=PATIENCE)
    athlete.goto(link_in(invitation, "/invitations/"))
    expect(athlete.get_by_role("heading", name="Harbour Runners")).to_be_visible()
    athlete.get_by_label("Your name").fill("Jonas Weber")
    athlete.get_by_label("Password").fill(PASSWORD)
    athlete.get_by_label("Coaches may also see my pain and my notes").check()
    athlete.get_by_role("button", name="Join the squad").click()
    athlete.wait_for_url("**/today/")

    plan_for_everyone(coach, "Harbour Runners")

    reminder = world.mail.wait_for("jonas@runners.example", subject="Intervals", seconds=PATIENCE)
    assert "Three-minute wake-up" in text_of(reminder)
    warm_up_and_log(athlete, link_in(reminder, "/warm-up/"))

    coach.get_by_role("link", name="Squads").first.click()
    coach.goto(f"{world.stack.url}/squads/harbour-runners/")
    expect(coach.get_by_role("listitem").filter(has_text="Jonas Weber").filter(has_text="Done").first).to_be_visible()
    coach.goto(athlete_page(coach))
    expect(coach.get_by_text("Left hip a little stiff")).to_be_visible()


def sign_up(page: Page, world: World, name: str, email: str) -> None:
    """From the front page to a proven address, signed in."""
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.goto(link_in(world.mail.wait_for(email, seconds=PATIENCE), "/accounts/confirm-email/"))
    page.get_by_role("button", name="Yes, that is me").click()
    page.wait_for_url("**/start/")
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/start/")


def found_squad_and_invite(page: Page, name: str, email: str) -> None:
    """A new squad, and an invitation to it."""
    page.goto("/squads/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Found the squad").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(email, exact=True).first).to_be_visible()


def plan_for_everyone(page: Page, squad: str) -> None:
    """Intervals in half an hour, so that the reminder is due at once."""
    page.goto("/squads/harbour-runners/plan/")
    page.get_by_label("Kind of run").select_option("intervals")
    day, clock = in_half_an_hour().split("T")
    page.locator("#id_local_date").fill(day)
    page.locator("#id_local_time").fill(clock)
    warm_up = page.locator("#id_routine")
    option = warm_up.get_by_role("option").filter(has_text="Three-minute wake-up")
    warm_up.select_option(option.get_attribute("value"))
    page.get_by_label("Meeting place").fill("Track, south gate")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("The run is planned for 1 athlete.")).to_be_visible()
    expect(page.locator(".pill--intervals")).to_be_visible()


def warm_up_and_log(page: Page, link: str) -> None:
    """Open the reminder's link, go through the warm-up while its minutes fly, say how it was."""
    warm_up(page, link)
    page.wait_for_url("**/sessions/**")
    expect(page.get_by_text("Left hip a little stiff")).to_be_visible()


def warm_up(page: Page, link: str) -> None:
    """The whole warm-up at its own pace, and the log of it, saved."""
    page.clock.install()
    page.goto(link)
    page.get_by_role("button", name="Start", exact=True).click()
    heading = page.get_by_role("heading", name="How did it go?")
    for _second in range(600):
        if heading.is_visible():
            break
        page.clock.run_for(1000)
    expect(page.get_by_label("All of it")).to_be_checked()
    page.get_by_role("group", name="How hard was it?").get_by_role("radio", name=re.compile("^3")).check(force=True)
    page.get_by_label("Anything to add?").fill("Left hip a little stiff")
    page.get_by_role("button", name="Save").click()


def athlete_page(page: Page) -> str:
    """The address of the first athlete's page, from the board."""
    href = page.get_by_role("link", name="Jonas Weber").last.get_attribute("href")
    assert href
    return href


# --- Without the server -----------------------------------------------------------------------------------------------
@pytest.mark.browser_context_args(service_workers="allow")
def test_a_whole_warm_up_while_the_server_is_stopped(
    world: World, new_context: Callable[..., Any], playwright: Playwright
) -> None:
    """Each step done to its end by the clock, logged, and there once the server is: once, with all that was said."""
    world.account("Wanda Wander", "wanda@runners.example")
    world.shell(
        "from datetime import timedelta; from django.utils import timezone; from accounts.models import User; "
        "from plans.domain.planning_runs import plan_own; from warmups.models import Routine; now = timezone.now(); "
        "wanda = User.objects.get(email='wanda@runners.example'); "
        "zone = wanda.time_zone; start = (now + timedelta(hours=2)).astimezone(zone).replace(tzinfo=None, second=0); "
        "plan_own(athlete=wanda, actor=wanda, now=now, kind='easy', local_start=start, time_zone=zone, rule='', "
        "routine=Routine.objects.library().get(slug='three-minute-wake-up'))"
    )
    # Their console says what could not be reached, which is what this is about.
    page: Page = new_context(base_url=world.stack.url, viewport=PHONE).new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill("wanda@runners.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today/")
    kept_for_later(page)
    link = page.locator('a[href^="/warm-up/"]').first.get_attribute("href") or ""

    world.stack.stop_web()
    try:
        warm_up(page, link)
        expect(page.locator("[data-saved] [data-when=waiting]")).to_be_visible()
        page.goto("/today/")
        expect(page.locator("[data-waiting-sign]")).to_contain_text("not on the server yet: 1")
    finally:
        world.stack.start_web()
    page.goto("/today/")
    expect(page.locator("[data-waiting-sign]")).to_be_hidden()

    found = client(playwright, world, "wanda@runners.example", ["read"]).get("sessions/")["results"]
    assert [(each["outcome"], each["note"]) for each in found] == [("done", "Left hip a little stiff")]
    assert [step["skipped"] for step in found[0]["steps"]] == [False] * len(found[0]["steps"])
    assert len(found[0]["steps"]) > 2


# --- The curators' way ------------------------------------------------------------------------------------------------
def test_an_exercise_from_nothing_to_published_changed_and_restored(world: World, window: Callable[..., Page]) -> None:
    people = {"ada@curators.example": "Ada Admin", "ruth@curators.example": "Ruth", "rob@curators.example": "Rob"}
    for email, name in people.items():
        world.account(name, email)
    world.shell(
        "from accounts.models import User; "
        "User.objects.filter(name='Ada Admin').update(is_staff=True, is_superuser=True)"
    )
    admin = window(DESK)
    sign_in(admin, "ada@curators.example")
    for name in ("Ruth", "Rob"):
        make_curator(admin, name)

    author, reader = window(DESK), window(TABLET)
    sign_in(author, "ruth@curators.example")
    write_from_another(author, "Donkey kick", like="Fire hydrant")
    expect(author.get_by_text("Donkey kick is saved as a draft")).to_be_visible()
    page_of_it = author.url
    change_poses(author)
    fill_in(author, {"In one line": "Push one heel back and up.", "Cues": "Glutes are asleep: wake them"})
    author.get_by_role("button", name="Save and send to review").click()
    author.get_by_role("button", name="Send to review").click()
    expect(author.get_by_text("Donkey kick waits for another curator")).to_be_visible()

    sign_in(reader, "rob@curators.example")
    reader.goto("/admin/content/")
    reader.get_by_role("link", name="Donkey kick").first.click()
    expect(reader.get_by_label("Cues")).to_have_value("Glutes are asleep: wake them")
    reader.get_by_role("link", name="Send back").click()
    reader.get_by_label("What is to be changed").fill("Glutes are not asleep: they can be under-conditioned.")
    reader.get_by_role("button", name="Send back").click()
    expect(reader.get_by_text("is a draft again, with your comment")).to_be_visible()
    assert author.request.get(f"{world.stack.url}/api/v1/exercises/donkey-kick/").status == 404

    author.goto(page_of_it)
    expect(author.get_by_text("they can be under-conditioned")).to_be_visible()
    fill_in(author, {"Cues": "Heel to the ceiling"})
    author.get_by_role("button", name="Save and send to review").click()
    author.get_by_role("button", name="Send to review").click()
    expect(author.get_by_role("link", name="Publish", exact=True)).to_have_count(0)  # it takes two
    publish(reader, page_of_it, "Donkey kick is published")
    runner = window(PHONE)
    runner.goto("/exercises/donkey-kick/")
    expect(runner.get_by_text("Heel to the ceiling")).to_be_visible()

    a_month_passes(world, "donkey-kick")
    author.goto(page_of_it)
    fill_in(author, {"Cues": "Heel up, back flat", "What did you change, and why?": "Backs arched in practice"})
    author.get_by_role("button", name="Save and see it as readers will").click()
    expect(author.get_by_text("Heel up, back flat")).to_be_visible()
    runner.reload()
    expect(runner.get_by_text("Heel to the ceiling")).to_be_visible()  # readers keep what is published
    author.goto(page_of_it.replace("/change/", "/submit/"))
    author.get_by_role("button", name="Send to review").click()
    publish(reader, page_of_it, "Donkey kick is published")
    runner.reload()
    expect(runner.get_by_text("Heel up, back flat")).to_be_visible()

    author.goto(page_of_it.replace("/change/", "/history/"))
    author.get_by_role("button", name="Compare").click()
    changes = author.locator(".difference-changes")
    expect(changes.locator("del").filter(has_text="ceiling")).to_be_visible()
    expect(changes.locator("ins").filter(has_text="back flat")).to_be_visible()
    author.goto(page_of_it.replace("/change/", "/versions/3/restore/"))
    author.get_by_role("button", name="Restore as the next draft").click()
    author.goto(page_of_it.replace("/change/", "/submit/"))
    author.get_by_role("button", name="Send to review").click()
    publish(reader, page_of_it, "Donkey kick is published")
    runner.reload()
    expect(runner.get_by_text("Heel to the ceiling")).to_be_visible()


def sign_in(page: Page, email: str) -> None:
    """With the password that everyone here has."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/(today|start)/$"))


def make_curator(page: Page, name: str) -> None:
    """As an admin does, on the person's page."""
    page.goto(f"/admin/accounts/user/?q={name}")
    page.get_by_role("link", name=name).first.click()
    page.get_by_label("Curator", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()


def write_from_another(page: Page, name: str, *, like: str) -> None:
    """A new exercise with the figure and the kind of another one."""
    page.goto("/admin/warmups/exercise/add/")
    page.get_by_label("Start like").select_option(label=like)
    page.get_by_role("button", name="Start").click()
    fill_in(
        page,
        {
            "Name": name,
            "Set-up": "Come on to your hands and knees.",
            "Steps": "Lift one knee.\nPush the heel up.",
            "What to feel": "In the buttock.",
        },
    )
    page.get_by_role("button", name="Save draft").click()


def fill_in(page: Page, fields: dict[str, str]) -> None:
    """Type into fields by their labels."""
    for label, words in fields.items():
        page.get_by_label(label, exact=True).fill(words)


def change_poses(page: Page) -> None:
    """Change the figure, see a fault told beside it, mend it, see it drawn anew."""
    poses = page.get_by_label("Pose data")
    figure, written = page.locator("#figure"), poses.input_value()
    before = figure.locator("img").first.get_attribute("src")
    poses.fill(written.replace('"flex": ', '"flex": 9', 1))
    expect(figure.locator(".errorlist")).to_contain_text("flex")
    poses.fill(written.replace('"desc": "', '"desc": "The heel goes up. ', 1))
    expect(figure.get_by_text("The heel goes up.")).to_be_visible()
    assert figure.locator("img").first.get_attribute("src") != before


def publish(page: Page, address: str, told: str) -> None:
    """Read it and publish it."""
    page.goto(address.replace("/change/", "/publish/"))
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text(told)).to_be_visible()


def a_month_passes(world: World, slug: str) -> None:
    """What was done before is a month old."""
    world.shell(
        "from datetime import timedelta; from django.db.models import F; "
        "from warmups.models import ExerciseVersion; from warmups.workflow import exercise_workflow\n"
        "with exercise_workflow(): ExerciseVersion.objects.filter(exercise__slug='" + slug + "').update("
        "made_at=F('made_at') - timedelta(days=30), published_at=F('published_at') - timedelta(days=30))"
    )
