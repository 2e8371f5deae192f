"""None lost, none doubled beyond what SMTP allows, none late: with processes that are really killed.

The short forms; benchmarks/reminders_chaos.py runs the same nights at their full size. docs/reliability.md says what is
promised and what was measured.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import redis

from tests.outbox import Night, Outcome, Template, night
from tests.services import services

pytestmark = pytest.mark.xdist_group("reliability")  # one worker makes the databases that all of these copy

Nights = Callable[..., Night]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Template]]:
    """A migrated database of each kind that there is here: SQLite always, PostgreSQL where the tests have one."""
    redis, server = os.environ.get("REDIS_URL", ""), os.environ.get("DATABASE_URL", "")
    made = {"sqlite": Template("", redis, tmp_path_factory.mktemp("template"))}
    if server.startswith("postgres"):
        made["postgresql"] = Template(server, redis, tmp_path_factory.mktemp("template"))
    for template in made.values():
        template.make()
    yield made
    for template in made.values():
        template.drop()


@pytest.fixture
def nights(templates: dict[str, Template], tmp_path: Path) -> Iterator[Nights]:
    """Makes nights on "sqlite" or "postgresql"; skips where there is none of the kind."""
    with ExitStack() as stack:

        def make(kind: str = "postgresql", **environment: str) -> Night:
            if kind not in templates:
                pytest.skip("There is no PostgreSQL here.")
            return stack.enter_context(night(tmp_path / f"{kind}-{random.random()}", templates[kind], **environment))

        yield make


def all_went_well(outcome: Outcome, count: int, *, doubled: int = 0) -> None:
    """Every reminder was sent and arrived, under its own key and one Message-ID, at most so many of them again."""
    assert outcome.rows == {"sent": count}
    assert (outcome.lost, outcome.unexpected, outcome.renamed) == (set(), set(), set())
    assert outcome.doubled <= doubled
    assert len(outcome.received) == count


BOTH = pytest.mark.parametrize("kind", ["postgresql", "sqlite"])


# --- 1, 2: senders die, senders freeze ------------------------------------------------------------------------------
@BOTH
@pytest.mark.parametrize("journal", [True, False])
def test_killed_senders_lose_nothing_and_double_no_more_than_they_had_on_the_wire(nights, kind, journal):
    here: Night = nights(kind, REMINDER_LEASE_SECONDS="6")
    here.fill(300)
    here.sink("--delay-ms", "10")
    dice = random.Random(7)
    kills = 3
    for _ in range(2):
        here.sender()
    for kill in range(1, kills + 1):
        here.wait(lambda kill=kill: here.rows()["sent"] >= 60 * kill)
        victim = dice.choice(here.senders)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        if not journal:
            for path in (here.var / "journals").glob("*"):
                path.unlink()
        here.senders.remove(victim)
        here.sender()
    here.wait(lambda: here.live() == 0)
    # Two connections each; without a journal, what was not in the database yet.
    all_went_well(here.outcome(), 300, doubled=kills * (2 if journal else 100))


def test_a_frozen_sender_doubles_no_more_than_it_had_on_the_wire(nights):
    here: Night = nights(REMINDER_LEASE_SECONDS="3")
    here.fill(200)
    here.sink("--delay-ms", "20")
    frozen = here.sender()
    here.wait(lambda: here.rows()["sent"] >= 20)
    frozen.send_signal(signal.SIGSTOP)
    here.sender()
    here.wait(lambda: here.rows()["sent"] >= 190)
    here.wait(lambda: here.live() == 0)  # after its lease, what it held went out by the other
    frozen.send_signal(signal.SIGCONT)
    all_went_well(here.outcome(), 200, doubled=2 * 2)


def test_a_server_that_thinks_longer_than_the_lease_gets_each_message_once(nights):
    here: Night = nights(REMINDER_LEASE_SECONDS="2")
    here.fill(4)
    here.sink("--delay-ms", "4500")
    here.sender()
    here.sender()
    here.wait(lambda: here.live() == 0)
    all_went_well(here.outcome(), 4)


# --- 3, 4, 5: the mail server misbehaves ----------------------------------------------------------------------------
def sent_in_the_end(here: Night) -> Outcome:
    """Send until nothing is left, with the waits between tries cut short."""
    here.sender()

    def done() -> bool:
        here.hurry()
        return here.live() == 0

    here.wait(done, every=0.3)
    return here.outcome()


def test_cut_off_after_the_message_it_comes_again_under_the_same_key(nights):
    here: Night = nights()
    here.fill(200)
    here.sink("--drop-after-data", ".05")
    outcome = sent_in_the_end(here)
    assert outcome.seen["accepted_noreply"] > 0
    all_went_well(outcome, 200, doubled=outcome.seen["accepted_noreply"])
    assert outcome.doubled == outcome.seen["accepted_noreply"]


@pytest.mark.parametrize(
    "options",
    [
        ("--drop-before-accept", ".05"),
        ("--fail-rate", ".1"),
        ("--fail-rate", ".1", "--fail-stage", "rcpt"),
        ("--greylist",),
        ("--max-per-connection", "10"),
        ("--max-rate", "60"),
        ("--no-pipelining",),
    ],
)
def test_what_a_server_refuses_for_now_arrives_once_later(nights, options):
    here: Night = nights()
    here.fill(150)
    here.sink(*options)
    all_went_well(sent_in_the_end(here), 150)


def test_a_server_that_allows_fewer_connections_gets_all_over_those(nights):
    here: Night = nights(SMTP_CONNECTIONS="6")
    here.fill(150)
    here.sink("--max-connections", "2")
    all_went_well(sent_in_the_end(here), 150)


# --- 6: no mail server ----------------------------------------------------------------------------------------------
def test_a_server_that_comes_back_before_the_runs_gets_them_all(nights):
    here: Night = nights()
    here.fill(40)
    here.sender()
    here.wait(lambda: bool(here.sql("SELECT 1 FROM plans_reminder WHERE reason <> ''")))
    assert here.rows() == {"scheduled": 40}
    port = int(here.environment["EMAIL_URL"].rpartition(":")[2])
    here.sink(port=port)
    here.wait(lambda: here.live() == 0)
    all_went_well(here.outcome(), 40)


def test_a_server_that_stays_away_until_the_runs_leaves_them_expired_with_its_last_word(nights):
    here: Night = nights()
    here.fill(20)
    here.sender()
    here.wait(lambda: here.sql("SELECT count(*) FROM plans_reminder WHERE reason <> ''") == [(20,)])
    here.begin_runs()
    here.wait(lambda: here.live() == 0)
    here.sink()  # back too late
    outcome = here.outcome()
    assert (outcome.rows, outcome.received) == ({"expired": 20}, {})
    assert set(outcome.reasons) == {"ConnectionRefusedError: Connection refused"}


# --- 7: the database goes away --------------------------------------------------------------------------------------
def test_a_database_that_crashes_and_comes_back_loses_nothing(tmp_path, monkeypatch):
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("There is no PostgreSQL here.")
    monkeypatch.delenv("DATABASE_URL")
    with services(durable=True) as own:
        server = own["DATABASE_URL"]
        template = Template(server, own["REDIS_URL"], tmp_path)
        template.make()
        with night(tmp_path / "night", template) as here:
            here.fill(200)
            here.sink("--delay-ms", "10")
            here.sender()
            for crash in (1, 2):
                here.wait(lambda crash=crash: here.rows()["sent"] >= 60 * crash)
                crash_database(server)
                here.wait(lambda: answers(here))
            here.wait(lambda: here.live() == 0)
            all_went_well(here.outcome(), 200, doubled=2 * 2)


def crash_database(server: str) -> None:
    """One backend that dies takes all others along: PostgreSQL starts anew from its log. Returns once it has begun to.

    Until its postmaster has heard of the death it lets people in as ever, so that an answer alone says nothing.
    """
    with psycopg.connect(server, autocommit=True) as witness, psycopg.connect(server, autocommit=True) as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            witness.execute("SELECT pg_sleep(60)")


def answers(here: Night) -> bool:
    """Whether the database does."""
    try:
        here.rows()
    except psycopg.OperationalError:
        return False
    return True


# --- 8: the broker forgets, the clock runs twice --------------------------------------------------------------------
def test_a_broker_that_forgets_everything_and_two_clocks_lose_and_double_nothing(nights):
    here: Night = nights()
    here.fill(250)
    here.sink("--delay-ms", "40")
    here.sender("-m", "celery", "-A", "config.celery", "worker", "-c", "2", "-l", "ERROR", "--without-gossip")
    clocks = [
        here.sender("-m", "celery", "-A", "config.celery", "beat", "-l", "ERROR", "--schedule", str(here.var / name))
        for name in ("one", "two")
    ]
    here.wait(lambda: here.rows()["sent"] >= 20)
    redis.Redis.from_url(here.environment["REDIS_URL"]).flushdb()
    clocks[0].send_signal(signal.SIGKILL)
    here.wait(lambda: here.live() == 0)
    all_went_well(here.outcome(), 250)


# --- 9: called off while sending ------------------------------------------------------------------------------------
@BOTH
def test_what_was_called_off_while_others_left_never_arrives(nights, kind):
    here: Night = nights(kind)
    here.fill(200)
    here.sink("--delay-ms", "40")
    here.sender()
    here.wait(lambda: here.rows()["sent"] >= 20)
    # As a cancellation does it.
    third = "id = 3 * (id / 3) AND status = 0"
    here.sql(f"UPDATE plans_reminder SET status = 4, reason = 'run-cancelled' WHERE {third}")
    here.wait(lambda: here.live() == 0)
    cancelled = here.keys("status = 4")
    outcome = here.outcome()
    assert cancelled
    assert not cancelled & outcome.received.keys()
    assert (outcome.lost, outcome.unexpected, outcome.doubled) == (set(), set(), 0)
    assert outcome.rows["sent"] + outcome.rows["cancelled"] == 200


# --- 12: bad addresses, and a message that kills --------------------------------------------------------------------
def test_refused_addresses_fail_alone_and_are_left_alone(nights):
    here: Night = nights()
    here.fill(100)
    here.sink("--refuse-rcpt", r"p\d*7@")
    outcome = sent_in_the_end(here)
    assert outcome.rows == {"sent": 90, "failed": 10}
    assert all(reason.startswith("address: 550") for reason in outcome.reasons if reason)
    assert (outcome.lost, outcome.doubled) == (set(), 0)
    assert here.sql("SELECT count(*) FROM accounts_user WHERE refused_email = email") == [(10,)]


def test_a_message_that_kills_its_sender_three_times_is_given_up_and_all_others_leave(nights):
    here: Night = nights(SMTP_CONNECTIONS="1")
    here.fill(60)
    here.sink()
    [(key,)] = here.sql("SELECT key FROM plans_reminder ORDER BY id LIMIT 1 OFFSET 30")
    for _ in range(3):
        here.sender("-m", "tests.deadly_sender", str(key)).wait(timeout=60)
    here.sender()
    here.wait(lambda: here.live() == 0)
    outcome = here.outcome()
    assert (outcome.rows, outcome.reasons["poison"]) == ({"sent": 59, "failed": 1}, 1)
    assert outcome.doubled <= 3


# --- 13: an old, busy database --------------------------------------------------------------------------------------
def test_much_history_and_a_transaction_held_open_stop_nothing(nights):
    here: Night = nights()
    here.fill(200)
    here.sql(
        "INSERT INTO plans_reminder (key, run_id, kind, channel, due_at, starts_at, next_at, status, attempts,"
        " lost_leases, cancel_requested, reason) SELECT gen_random_uuid(), run_id, 1, 1, due_at - n * interval '1 day',"
        " starts_at - n * interval '1 day', due_at - n * interval '1 day', 2, 1, 0, false, ''"
        " FROM plans_reminder, generate_series(1, 200) AS n"
    )
    with psycopg.connect(here.database) as held:
        held.execute("SELECT count(*) FROM plans_reminder")
        here.sink()
        here.sender()
        here.wait(lambda: here.live() == 0)
    outcome = here.outcome()
    assert (len(outcome.received), outcome.doubled) == (200, 0)
