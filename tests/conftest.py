"""The cast, and what every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import hypothesis
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.test import Client, TransactionTestCase
from playwright.sync_api import ConsoleMessage, Page, Playwright
from rest_framework.test import APIClient

from accounts.models import User
from plans.models import Squad
from tests.factories import make_squad, make_user

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("prestride", deadline=None)
hypothesis.settings.load_profile("prestride")

# Where Playwright's event loop runs, Django would take every query for an asynchronous one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@dataclass
class Cast:
    """Everyone who may come along: a squad of two with its coach and assistant, and people who have no part in it."""

    squad: Squad
    coach: User
    assistant: User
    athlete: User
    team_mate: User
    other_squad: Squad
    other_coach: User
    other_athlete: User
    curator: User
    superuser: User


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, each with the password of tests/factories.py."""
    return make_cast()


def make_cast() -> Cast:
    """The cast; see the fixture."""
    coach, assistant, other_coach = make_user("Cora Coach"), make_user("Asa Assistant"), make_user("Otto Other")
    athlete, team_mate, other_athlete = make_user("Ada Athlete"), make_user("Tom Mate"), make_user("Ola Elsewhere")
    squad = make_squad("Dawn Patrol", slug="dawn-patrol", coach=coach, athletes=(athlete, team_mate))
    squad.memberships.create(
        person=assistant,
        role="assistant",
        began_at=squad.created_at,
        sees_from=squad.created_at,
    )
    other_squad = make_squad("Night Owls", slug="night-owls", coach=other_coach, athletes=(other_athlete,))
    curator = make_user("Cleo Curator", is_staff=True)
    curator.groups.add(Group.objects.get(name="Curators"))
    return Cast(
        squad=squad,
        coach=coach,
        assistant=assistant,
        athlete=athlete,
        team_mate=team_mate,
        other_squad=other_squad,
        other_coach=other_coach,
        other_athlete=other_athlete,
        curator=curator,
        superuser=make_user("Sue Super", is_staff=True, is_superuser=True),
    )


@pytest.fixture
def coach(cast: Cast) -> User:
    """The coach of the cast's squad."""
    return cast.coach


@pytest.fixture
def athlete(cast: Cast) -> User:
    """An athlete of the cast's squad."""
    return cast.athlete


@pytest.fixture
def browser_of() -> Callable[[User | None], Client]:
    """A signed-in browser of a person (None: a visitor) that raises no exception: a 500 is an answer."""

    def make(person: User | None) -> Client:
        client = Client(raise_request_exception=False)
        if person:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def api_of() -> Callable[[User | None], APIClient]:
    """An API client of a person (None: a visitor) that raises no exception: a 500 is an answer."""

    def make(person: User | None) -> APIClient:
        client = APIClient(raise_request_exception=False)
        if person:
            client.force_authenticate(person)
        return client

    return make


PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
def page_of(live_server: Any, new_context: Any, browser_of: Callable[[User | None], Client]) -> Iterator[Any]:
    """A page in a real browser of a person (None: a visitor), on a phone unless `options` of the context say otherwise.

    It may not complain: a script that fails, or a strict CSP that stops something, says so on the console.
    """
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A form that is refused answers 422, which Chromium counts among its errors.
        if message.type == "error" and "status of 422" not in message.text:
            complaints.append(message.text)

    def make(person: User | None, **options: Any) -> Page:
        context = new_context(base_url=live_server.url, **{"viewport": PHONE} | options)
        if person:
            session = browser_of(person).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page: Page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", heard)
        return page

    yield make
    assert complaints == []


def violations(page: Page) -> list[str]:
    """What axe finds against the page as it stands, each rule with the first place that breaks it."""
    rules = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in rules]


@pytest.fixture(scope="module")
def module_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """What tests/world.py makes, once for all tests of a module, in a transaction that is taken back after the last.

    For `world`, in whose tests it is there before the transaction of each begins.
    """
    from tests.world import make_world

    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world(make_cast())
        transaction.set_rollback(True)


@pytest.fixture
def world(module_world: Any, db: None) -> Any:
    """Everything twice, as tests/world.py has it."""
    return replace(module_world, names=dict(module_world.names))


# Made by migrations, the same for every test.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Tests of several connections empty the tables when they end: those with rows, but for what migrations made.

    Django truncates every table and makes permissions anew, which on PostgreSQL takes longer than many of the tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_tables())
        yield


def empty_tables() -> None:
    """Delete all rows but those of KEPT_TABLES. Foreign keys are looked at when all of them are gone."""
    names = set(connection.introspection.django_table_names(only_existing=True)) - KEPT_TABLES
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in sorted(names))
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")


@pytest.fixture(scope="session")
def _no_connections() -> None:
    connections.close_all()


@pytest.fixture(scope="session")
def playwright(_no_connections: None, playwright: Playwright) -> Iterator[Playwright]:
    """Playwright, whose event loop runs on until the session ends.

    Django keeps other connections where a loop runs than where none does; those left behind on either side would keep
    the test database from being dropped.
    """
    yield playwright
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How pytest-playwright starts the system's Chromium; none given: Playwright's own."""
    quiet = "gpu", "dev-shm-usage", "background-networking", "component-update", "sync"
    flags = [f"--disable-{what}" for what in quiet] + ["--no-first-run"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # which does not start as root
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return browser_type_launch_args | {"args": flags} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Browsers without the service worker, which would answer in the server's place; tests of it allow it."""
    return browser_context_args | {"service_workers": "block"}


@pytest.fixture(autouse=True)
def _no_counted_limits() -> None:
    """Limits counted in one test never reach the next."""
    cache.clear()
