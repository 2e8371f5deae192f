"""What a dead sender did since it last told the database: plans/delivery/journal.py, and how claims.replay reads it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from plans.delivery import claims, rounds
from plans.delivery.journal import Journal, left_behind
from plans.domain import reminders
from plans.models import Reminder
from tests.factories import NOW, make_assignment, make_routine, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

HOUR = timedelta(hours=1)
DUE = NOW + 5 * HOUR
TOKEN = 77
Status = Reminder.Status


def claimed(count: int) -> list[Reminder]:
    """So many reminders that a sender with TOKEN has claimed."""
    routine = make_routine()
    for _ in range(count):
        run = make_run(make_user())
        make_assignment(run, routine)
        with transaction.atomic():
            reminders.derive(run_ids=[run.pk], now=NOW)
    claims.claim(token=TOKEN, now=DUE, limit=count)
    return list(Reminder.objects.filter(claim_token=TOKEN).order_by("pk"))


def write(folder: Path, *, begun: list[Reminder], taken: list[Reminder]) -> Journal:
    journal = Journal(folder, TOKEN)
    for row in begun:
        journal.begin(row.pk)
    for row in taken:
        journal.taken(row.pk)
    return journal


def replay(folder: Path, now=DUE) -> claims.Replayed:
    with left_behind(folder) as found:
        return claims.replay(found, now=now)


def states() -> list[tuple[str, int, int]]:
    return [(row.get_status_display(), row.attempts, row.lost_leases) for row in Reminder.objects.order_by("pk")]


def test_what_a_dead_sender_sent_is_sent_and_the_rest_is_free_at_once(tmp_path):
    sent, begun, _waiting = claimed(3)
    write(tmp_path, begun=[sent, begun], taken=[sent]).close(keep=True)
    assert replay(tmp_path) == claims.Replayed(sent=1, unknown=1)
    # Who only waited in its hands was not tried; what it had begun may be what killed it.
    assert states() == [("sent", 1, 0), ("scheduled", 1, 1), ("scheduled", 0, 0)]
    assert list(tmp_path.iterdir()) == []
    assert len(claims.claim(token=9, now=DUE, limit=10)) == 2


def test_the_journal_of_the_living_is_left_alone(tmp_path):
    sent, _other = claimed(2)
    journal = write(tmp_path, begun=[sent], taken=[sent])
    assert replay(tmp_path) == claims.Replayed()
    assert [state for state, *_ in states()] == ["being sent"] * 2
    assert len(list(tmp_path.iterdir())) == 1
    journal.close(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_of_one_that_was_frozen_beyond_its_lease_what_it_sent_does_not_go_out_again(tmp_path):
    sent, begun = claimed(2)
    journal = write(tmp_path, begun=[sent, begun], taken=[sent])
    late = DUE + claims.LEASE + timedelta(seconds=1)
    assert replay(tmp_path, late) == claims.Replayed(sent=1)
    claims.reap(now=late)
    assert [state for state, *_ in states()] == ["sent", "scheduled"]
    journal.close(keep=False)


def test_a_process_that_is_killed_leaves_its_journal_unlocked(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from plans.delivery.journal import Journal;"
        "journal = Journal(Path(sys.argv[1]), 5); journal.begin(1); journal.taken(1); journal.begin(2);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=os.environ, check=False)
    with left_behind(tmp_path) as found:
        [entries] = found
    assert (entries.token, entries.begun, entries.taken, entries.orphaned) == (5, {1, 2}, {1}, True)


def test_half_a_line_and_files_of_others_are_nothing(tmp_path):
    (tmp_path / "5.journal").write_bytes(b"+12\n=12\n+34\n=3")
    (tmp_path / "notes.journal").write_text("hello")
    (tmp_path / "6.txt").write_text("+1\n")
    with left_behind(tmp_path) as found:
        assert [(entries.begun, entries.taken) for entries in found] == [({12, 34}, {12})]


def test_one_that_could_not_be_carried_over_stays(tmp_path):
    (tmp_path / "5.journal").write_bytes(b"+12\n")
    with contextlib.suppress(RuntimeError), left_behind(tmp_path):
        raise RuntimeError("the database is away")
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_folder_mail_goes_out_all_the_same(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file", TOKEN)
    journal.begin(1)
    journal.close(keep=False)
    assert "No journal" in caplog.text
    with left_behind(None) as found:
        assert found == []


def test_a_message_begun_three_times_by_dying_senders_is_given_up(tmp_path, settings):
    settings.JOURNAL_DIR = tmp_path
    [row] = claimed(1)
    for lost in range(1, claims.MOST_LOST_LEASES + 1):
        write(tmp_path, begun=[row], taken=[]).close(keep=True)
        replay(tmp_path)
        row.refresh_from_db()
        assert row.lost_leases == lost
        claims.claim(token=TOKEN, now=DUE, limit=1)
    assert (row.status, row.reason) == (Status.FAILED, "poison")
    assert rounds.journals() == tmp_path
