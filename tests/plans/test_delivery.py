"""How what is due leaves: plans/delivery/ and plans/tasks.py, with a wire that answers as a test says."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core import mail
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from plans import tasks
from plans.delivery import claims, sender
from plans.delivery.answers import Answer, Stage, Verdict, next_try, plain_words, read_answer
from plans.delivery.clock import Clock, database_clock
from plans.delivery.invitations import deliver_invitations
from plans.delivery.pace import Pace
from plans.delivery.skeletons import Writer
from plans.delivery.wire import Outgoing, WireDown
from plans.domain import reminders
from plans.domain.invitations import invitation_token, invite, revoke_invitation
from plans.models import Invitation, Reminder, Run
from tests.conftest import Cast
from tests.factories import NOW, make_assignment, make_routine, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
START = NOW + 6 * HOUR
DUE = START - HOUR
Status = Reminder.Status


class TestWire:
    """Keeps what it is given; answers what `answers` says, in order, and then that all is sent."""

    __test__ = False

    def __init__(self, *answers: Answer | Exception | type[BaseException]) -> None:
        self.answers = list(answers)
        self.sent: list[EmailMessage] = []
        self.down: WireDown | None = None

    def open(self) -> None:
        if self.down:
            raise self.down

    def send(self, message: Outgoing, *, begin_by: float) -> Answer:
        if time.monotonic() >= begin_by:
            return Answer(Verdict.NOT_BEGUN)
        answer = self.answers.pop(0) if self.answers else Answer(Verdict.SENT, 250)
        if not isinstance(answer, Answer) or answer.verdict in (Verdict.SENT, Verdict.UNKNOWN):
            self.sent.append(message_from_bytes(message.content, _class=EmailMessage, policy=policy.default))
        if not isinstance(answer, Answer):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing to close."""


def due_reminder(**run_fields) -> Reminder:
    """A reminder that is due at DUE."""
    run = make_run(make_user(), **{"starts_at": START} | run_fields)
    make_assignment(run, make_routine(owner=run.athlete))
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=NOW)
    return run.reminders.get()


def due_now(athlete: User | None = None) -> Reminder:
    """A reminder that is due by the real clock, which the tasks read."""
    now = database_clock().now()
    run = make_run(athlete or make_user(), starts_at=now + 30 * MINUTE)
    make_assignment(run, make_routine())
    with transaction.atomic():
        reminders.derive(run_ids=[run.pk], now=now)
    return run.reminders.get()


def at(now: datetime) -> Callable[[], Clock]:
    return lambda: Clock(now)


def drain(wire: TestWire, now: datetime = DUE) -> dict[Verdict, int]:
    return dict(sender.drain(wires=[wire], read_clock=at(now)))


def state(row: Reminder) -> tuple[str, str, int]:
    row.refresh_from_db()
    return row.get_status_display(), row.reason, row.attempts


# --- What an answer means -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "words", "stage", "verdict"),
    [
        (250, "2.0.0 queued", Stage.MESSAGE, Verdict.SENT),
        (421, "4.3.2 shutting down", Stage.MESSAGE, Verdict.BROKEN),
        (421, "4.7.0 too many connections", Stage.SENDER, Verdict.BROKEN),
        (454, "4.7.0 throttled: maximum sending rate exceeded", Stage.MESSAGE, Verdict.BUSY),
        (432, "4.7.28 slow down", Stage.MESSAGE, Verdict.BUSY),
        (450, "4.2.1 mailbox busy", Stage.RECIPIENT, Verdict.LATER),
        (451, "4.7.1 greylisted, try again", Stage.RECIPIENT, Verdict.LATER),
        (452, "4.2.2 full", Stage.RECIPIENT, Verdict.LATER),
        (471, "try later", Stage.MESSAGE, Verdict.LATER),
        (530, "5.7.0 sign in first", Stage.SENDER, Verdict.OURS),
        (535, "5.7.8 authentication failed", Stage.SENDER, Verdict.OURS),
        (550, "5.7.8 authentication failed", Stage.RECIPIENT, Verdict.OURS),
        (553, "5.1.8 bad sender", Stage.SENDER, Verdict.OURS),
        (550, "5.1.1 no such user", Stage.RECIPIENT, Verdict.BAD_ADDRESS),
        (551, "gone away", Stage.RECIPIENT, Verdict.BAD_ADDRESS),
        (553, "bad name", Stage.RECIPIENT, Verdict.BAD_ADDRESS),
        (556, "5.1.10 takes no mail", Stage.RECIPIENT, Verdict.BAD_ADDRESS),
        (554, "5.7.1 refused", Stage.RECIPIENT, Verdict.REFUSED),
        (552, "5.3.4 too big", Stage.MESSAGE, Verdict.REFUSED),
        (550, "5.1.1 no such user", Stage.MESSAGE, Verdict.REFUSED),
    ],
)
def test_answers_mean_what_the_rfcs_say(code, words, stage, verdict):
    assert read_answer(code, words.encode(), stage) == Answer(verdict, code, f"{code} {words}")


def test_a_servers_words_are_kept_without_addresses_on_one_line_and_short():
    assert plain_words("550 5.1.1 <ada@runners.example>:\r\n no\x00such user") == "550 5.1.1 <address> no such user"
    assert len(plain_words("x" * 1000)) == 180


@pytest.mark.parametrize(
    ("attempts", "left", "spread", "expected"),
    [
        (1, HOUR, 0, 30 * SECOND),
        (2, HOUR, 0, 90 * SECOND),
        (3, HOUR, 0, 5 * MINUTE),
        (9, HOUR, 0, 5 * MINUTE),
        (3, HOUR, 1, 6 * MINUTE),
        (3, HOUR, -1, 4 * MINUTE),
        (3, 4 * MINUTE, 0, 2 * MINUTE),
        (1, 2 * MINUTE, 0, 2 * MINUTE),
        (1, MINUTE, 0, MINUTE),
    ],
)
def test_the_waits_grow_and_the_last_try_is_two_minutes_before_the_start(attempts, left, spread, expected):
    assert next_try(attempts=attempts, now=NOW, starts_at=NOW + left, spread=spread) == NOW + expected


@given(attempts=st.integers(0, 40), left=st.integers(1, 86400), spread=st.floats(-1, 1))
def test_there_is_always_a_next_try_or_the_start(attempts, left, spread):
    starts_at = NOW + left * SECOND
    again = next_try(attempts=attempts, now=NOW, starts_at=starts_at, spread=spread)
    assert NOW < again <= starts_at - 2 * MINUTE or again == starts_at


# --- Claiming -------------------------------------------------------------------------------------------------------
def test_a_claim_takes_what_is_due_oldest_first_and_nobody_else_gets_it():
    late, later = due_reminder(), due_reminder(starts_at=START + MINUTE)
    due_reminder(starts_at=START + HOUR)
    assert claims.claim(token=1, now=DUE - SECOND, limit=10) == []
    assert claims.claim(token=1, now=DUE + MINUTE, limit=1) == [late.pk]
    assert claims.claim(token=2, now=DUE + MINUTE, limit=10) == [later.pk]
    assert claims.claim(token=3, now=DUE + MINUTE, limit=10) == []
    late.refresh_from_db()
    assert (late.claim_token, late.attempts, late.lease_until) == (1, 1, DUE + MINUTE + claims.LEASE)


def test_a_run_that_has_begun_is_never_claimed():
    due_reminder()
    assert claims.claim(token=1, now=START, limit=10) == []


def test_the_databases_clock_goes_on_by_itself():
    clock = Clock(NOW, read_at=time.monotonic() - 60)
    assert timedelta(seconds=60) <= clock.now() - NOW < timedelta(seconds=90)
    assert clock.reaches(NOW + MINUTE) == pytest.approx(clock.read_at + 60)
    assert database_clock().read.tzinfo is not None


# --- Sending --------------------------------------------------------------------------------------------------------
def test_what_is_due_is_sent_once_and_what_is_not_waits():
    row, later = due_reminder(), due_reminder(starts_at=START + HOUR)
    wire = TestWire()
    assert drain(wire) == {Verdict.SENT: 1}
    assert drain(wire) == {}
    [message] = wire.sent
    assert (message["X-Reminder-Key"], message["Message-ID"]) == (str(row.key), f"<{row.key}@prestride.example>")
    assert (state(row), state(later)) == (("sent", "", 1), ("scheduled", "", 0))
    assert DUE <= row.sent_at < DUE + MINUTE
    assert (row.lease_until, row.last_code) == (None, 250)


def test_one_drain_sends_all_that_is_due_even_where_a_whole_batch_comes_back_at_once(monkeypatch):
    monkeypatch.setattr(sender, "FIRST_BATCH", 2)
    monkeypatch.setattr(sender, "SETTLE_SECONDS", 5)  # it waits for all that is out, and no longer
    for _number in range(5):
        due_reminder()
    assert drain(TestWire()) == {Verdict.SENT: 5}


def test_a_batch_costs_the_same_questions_however_many_there_are(django_assert_max_num_queries):
    def statements(count: int) -> int:
        for _ in range(count):
            due_reminder()
        with django_assert_max_num_queries(100) as captured:
            drain(TestWire())
        return len(captured)

    one, many = statements(1), statements(12)
    assert many - one < 6  # what came back in the same moment is settled together


@pytest.mark.parametrize(
    ("answer", "expected", "waits"),
    [
        (Answer(Verdict.LATER, 451, "451 later"), ("scheduled", "451 later", 1), 24 * SECOND),
        (Answer(Verdict.UNKNOWN, None, "cut off"), ("scheduled", "cut off", 1), 24 * SECOND),
        (Answer(Verdict.BROKEN, None, "reset"), ("scheduled", "reset", 0), SECOND),
        (Answer(Verdict.NOT_BEGUN), ("scheduled", "", 0), SECOND),
        (Answer(Verdict.BAD_ADDRESS, 550, "550 no"), ("failed", "address: 550 no", 1), None),
        (Answer(Verdict.REFUSED, 554, "554 no"), ("failed", "refused: 554 no", 1), None),
    ],
)
def test_each_answer_is_settled_in_its_way_and_stops_nobody_else(answer, expected, waits):
    row, other = due_reminder(), due_reminder()
    assert drain(TestWire(answer)) == {answer.verdict: 1, Verdict.SENT: 1}
    assert (state(row), state(other)) == (expected, ("sent", "", 1))
    assert row.last_code == answer.code
    if waits:
        assert row.next_at - DUE >= waits


def test_a_server_that_refuses_us_fails_no_row():
    rows = [due_reminder(), due_reminder()]
    wire = TestWire(Answer(Verdict.OURS, 535, "535 who are you"))
    with pytest.raises(WireDown, match="535 who are you"):
        drain(wire)
    assert [state(row) for row in rows] == [("scheduled", "535 who are you", 0)] * 2
    assert drain(wire, DUE + MINUTE) == {Verdict.SENT: 2}


def test_a_server_that_wants_less_gets_less_and_no_attempt_is_counted():
    row, other = due_reminder(), due_reminder()
    wire, pace = TestWire(Answer(Verdict.BUSY, 454, "454 slow down")), Pace()
    sender.drain(wires=[wire], read_clock=at(DUE), pace=pace)
    assert (state(row), state(other)[0]) == (("scheduled", "454 slow down", 0), "sent")
    assert pace.limit is not None
    assert drain(wire, DUE + MINUTE) == {Verdict.SENT: 1}


def test_a_server_that_is_down_leaves_all_scheduled_with_the_reason():
    row, wire = due_reminder(), TestWire()
    wire.down = WireDown("ConnectionRefusedError: Connection refused")
    with pytest.raises(WireDown):
        drain(wire)
    assert state(row) == ("scheduled", "ConnectionRefusedError: Connection refused", 0)
    assert claims.expire(now=START) == 1
    assert state(row) == ("expired", "ConnectionRefusedError: Connection refused", 0)


def test_a_server_that_goes_down_between_two_messages_keeps_what_was_sent():
    first, second = due_reminder(), due_reminder()

    class Dying(TestWire):
        def send(self, message: Outgoing, *, begin_by: float) -> Answer:
            self.down = WireDown("gone")
            return super().send(message, begin_by=begin_by)

    with pytest.raises(WireDown):
        drain(Dying())
    assert (state(first), state(second)) == (("sent", "", 1), ("scheduled", "gone", 0))


def test_one_that_can_not_be_written_fails_alone(monkeypatch, caplog):
    bad, good = due_reminder(), due_reminder()
    write = Writer.outgoing
    monkeypatch.setattr(Writer, "outgoing", lambda self, row: 1 / 0 if row.pk == bad.pk else write(self, row))
    assert drain(TestWire()) == {Verdict.SENT: 1}
    assert (state(bad), state(good)) == (("failed", "error", 1), ("sent", "", 1))
    assert [record.levelname for record in caplog.records if "can't be written" in record.message] == ["ERROR"]


def test_a_message_begins_within_five_seconds_of_its_claim_or_not_at_all():
    row, wire = due_reminder(), TestWire()
    frozen = Clock(DUE, read_at=time.monotonic() - 5)
    sender.drain(wires=[wire], read_clock=lambda: frozen)
    assert (wire.sent, state(row)) == ([], ("scheduled", "", 0))


def test_a_message_never_begins_once_the_run_has():
    class Slow(Clock):
        """Claims a second before the start, and then takes two."""

        def now(self) -> datetime:
            return self.read

    row, wire = due_reminder(), TestWire()
    clock = Slow(START - SECOND, read_at=time.monotonic() - 2)
    sender.drain(wires=[wire], read_clock=lambda: clock)
    assert wire.sent == []
    claims.expire(now=START)
    assert state(row) == ("expired", "too-late", 0)


# --- The last look --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"status": "cancelled"}, "run-cancelled"), ({"starts_at": START + HOUR}, "moved")],
)
def test_what_changed_without_deriving_is_seen_before_sending(change, reason):
    row, wire = due_reminder(), TestWire()
    Run.objects.filter(pk=row.run_id).update(**change)
    assert drain(wire) == {}
    assert (wire.sent, state(row)) == ([], ("cancelled", reason, 1))


def test_what_was_called_off_between_claim_and_look_is_not_sent():
    row = due_reminder()
    claims.claim(token=5, now=DUE, limit=1)
    Run.objects.filter(pk=row.run_id).update(status="cancelled")
    assert reminders.derive(run_ids=[row.run_id], now=DUE).leaving == {row.run_id}
    assert claims.look_again(keys=[row.pk], token=5, now=DUE) == []
    assert state(row) == ("cancelled", "run-cancelled", 1)


# --- Cancel against send --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)  # the wire's thread has a connection of its own
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(Verdict.SENT, 250), ("sent", "", 1)),
        (Answer(Verdict.LATER, 451, "451 later"), ("cancelled", "run-cancelled", 1)),
        (Answer(Verdict.BROKEN, None, "reset"), ("cancelled", "run-cancelled", 0)),
    ],
)
def test_called_off_while_on_the_wire_it_may_arrive_but_is_never_tried_again(answer, expected):
    row = due_reminder()

    class CalledOff(TestWire):
        def send(self, message: Outgoing, *, begin_by: float) -> Answer:
            Run.objects.filter(pk=row.run_id).update(status="cancelled")
            with contextlib.closing(connection), transaction.atomic():
                assert reminders.derive(run_ids=[row.run_id], now=DUE).leaving == {row.run_id}
            return super().send(message, begin_by=begin_by)

    drain(CalledOff(answer))
    assert state(row) == expected
    assert row.cancel_requested is False
    assert claims.claim(token=9, now=DUE + 30 * MINUTE, limit=10) == []


# --- Senders die ----------------------------------------------------------------------------------------------------
def test_killed_between_the_servers_yes_and_the_row_it_goes_out_again_as_the_same_message():
    row, killed, wire = due_reminder(), TestWire(SystemExit), TestWire()
    with pytest.raises(SystemExit):
        drain(killed)
    assert state(row) == ("being sent", "", 1)
    assert claims.reap(now=DUE + claims.LEASE) == 0
    assert claims.reap(now=DUE + claims.LEASE + SECOND) == 1
    assert drain(wire, DUE + 2 * MINUTE) == {Verdict.SENT: 1}
    [first], [again] = killed.sent, wire.sent
    assert {name: first[name] for name in first if name != "Content-Type"} == {
        name: again[name] for name in again if name != "Content-Type"
    }
    assert first["Message-ID"] == f"<{row.key}@prestride.example>"


def test_who_comes_back_after_losing_the_lease_changes_nothing():
    row = due_reminder()
    claims.claim(token=1, now=DUE, limit=1)
    [stale] = claims.look_again(keys=[row.pk], token=1, now=DUE)
    claims.reap(now=DUE + 2 * MINUTE)
    claims.claim(token=2, now=DUE + 2 * MINUTE, limit=1)
    for answer in (Answer(Verdict.SENT, 250), Answer(Verdict.LATER, 451), Answer(Verdict.REFUSED, 554)):
        assert claims.settle(stale, answer, token=1, now=DUE + 2 * MINUTE) is False
    assert state(row) == ("being sent", "", 2)


def test_a_living_sender_keeps_its_lease():
    row = due_reminder()
    claims.claim(token=1, now=DUE, limit=1)
    claims.renew(token=1, now=DUE + 40 * SECOND)
    claims.renew(token=2, now=DUE + HOUR)
    assert claims.reap(now=DUE + claims.LEASE + 30 * SECOND) == 0
    row.refresh_from_db()
    assert row.lease_until == DUE + 40 * SECOND + claims.LEASE


def test_a_message_that_kills_three_senders_is_given_up():
    row, other = due_reminder(), due_reminder(starts_at=START + 2 * HOUR)
    now = DUE
    for expected in (("scheduled", "", 1), ("scheduled", "", 2), ("failed", "poison", 3)):
        claims.claim(token=1, now=now, limit=10)
        now += 2 * MINUTE
        assert claims.reap(now=now) == 1
        assert state(row) == expected
    assert state(other) == ("scheduled", "", 0)


def test_a_cancelled_one_whose_sender_died_stays_cancelled():
    row = due_reminder()
    claims.claim(token=1, now=DUE, limit=1)
    Run.objects.filter(pk=row.run_id).update(status="cancelled")
    reminders.derive(run_ids=[row.run_id], now=DUE)
    claims.reap(now=DUE + 2 * MINUTE)
    assert state(row) == ("cancelled", "run-cancelled", 1)


def test_what_is_late_expires_and_says_so():
    row, coming = due_reminder(), due_reminder(starts_at=START + SECOND)
    assert claims.expire(now=START) == 1
    assert (state(row), state(coming)) == (("expired", "too-late", 0), ("scheduled", "", 0))


# --- Many at once ---------------------------------------------------------------------------------------------------
def in_threads(count: int, work: Callable[[], object]) -> None:
    """Do `work` in threads that begin together; fails with what went wrong in one."""
    together, wrong = threading.Barrier(count), []

    def one() -> None:
        try:
            together.wait()
            work()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_once():
    rows = [due_reminder() for _ in range(40)]
    wire = TestWire()
    in_threads(6, lambda: sender.drain(wires=[wire], read_clock=at(DUE)))
    assert sorted(message["X-Reminder-Key"] for message in wire.sent) == sorted(str(row.key) for row in rows)
    assert {state(row) for row in rows} == {("sent", "", 1)}


@pytest.mark.django_db(transaction=True)
def test_ten_ticks_at_once_do_what_one_does():
    rows = [due_now() for _ in range(5)]
    in_threads(10, tasks.tick)
    keys = [message.extra_headers["X-Reminder-Key"] for message in mail.outbox]
    assert sorted(keys) == sorted(str(row.key) for row in rows)


# --- Invitations ----------------------------------------------------------------------------------------------------
@pytest.fixture
def invitation(cast: Cast) -> Invitation:
    return invite(squad=cast.squad, actor=cast.coach, email="new@runners.example", role="athlete", now=NOW)


def test_an_invitation_is_mailed_once(invitation):
    wire = TestWire()
    assert deliver_invitations(wire=wire, clock=Clock(NOW)) == 1
    assert deliver_invitations(wire=wire, clock=Clock(NOW + HOUR)) == 0
    [message] = wire.sent
    assert message["To"] == "new@runners.example"
    assert f"/invitations/{invitation_token(invitation)}/" in message.get_body(("plain",)).get_content()
    invitation.refresh_from_db()
    assert (NOW <= invitation.mailed_at < NOW + MINUTE, invitation.mail_attempts, invitation.mail_error) == (
        True,
        1,
        "",
    )


def test_an_invitation_taken_back_or_too_old_is_not_mailed(cast, invitation):
    wire = TestWire()
    assert deliver_invitations(wire=wire, clock=Clock(invitation.expires_at)) == 0
    revoke_invitation(invitation=invitation, actor=cast.coach, now=NOW)
    assert deliver_invitations(wire=wire, clock=Clock(NOW)) == 0
    assert wire.sent == []


def test_a_refusal_for_a_while_is_tried_again_and_one_for_good_is_not(invitation):
    wire = TestWire(Answer(Verdict.LATER, 451, "451 later"), Answer(Verdict.BAD_ADDRESS, 550, "550 no such user"))
    for now, error in ((NOW, "451 later"), (NOW + MINUTE, "550 no such user"), (NOW + 99 * HOUR, "550 no such user")):
        assert deliver_invitations(wire=wire, clock=Clock(now)) == 0
        invitation.refresh_from_db()
        assert invitation.mail_error == error
    assert (invitation.mail_attempts, invitation.mailed_at) == (2, None)


def test_an_invitation_waits_for_a_server_that_is_down(invitation):
    wire = TestWire()
    wire.down = WireDown("down")
    with pytest.raises(WireDown):
        deliver_invitations(wire=wire, clock=Clock(NOW))
    wire.down = None
    assert deliver_invitations(wire=wire, clock=Clock(NOW)) == 1


def test_an_invitation_whose_sender_died_is_mailed_again_after_its_lease(invitation):
    with pytest.raises(SystemExit):
        deliver_invitations(wire=TestWire(SystemExit), clock=Clock(NOW))
    assert deliver_invitations(wire=TestWire(), clock=Clock(NOW + MINUTE)) == 0
    assert deliver_invitations(wire=TestWire(), clock=Clock(NOW + 6 * MINUTE)) == 1


# --- The tasks ------------------------------------------------------------------------------------------------------
def test_a_tick_sends_what_is_due_by_the_real_clock(cast):
    due_now(cast.athlete)
    now = database_clock().now()
    invite(squad=cast.squad, actor=cast.coach, email="new@runners.example", role="coach", now=now)
    tasks.tick()
    tasks.tick()
    assert [message.to for message in mail.outbox] == [[f"Ada Athlete <{cast.athlete.email}>"], ["new@runners.example"]]


def test_a_tick_without_a_mail_server_says_so_in_one_line_without_secrets(settings, caplog):
    row = due_now()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "mailer", "open-sesame"
    with caplog.at_level(logging.INFO):
        tasks.tick()
    assert [record.message for record in caplog.records if record.name.startswith("plans")] == [
        "No mail can go out, all of it waits: ConnectionRefusedError: Connection refused"
    ]
    assert state(row) == ("scheduled", "ConnectionRefusedError: Connection refused", 0)


def test_the_sweep_makes_what_came_into_sight_and_reports_what_was_wrong(caplog):
    now = database_clock().now()
    run = make_run(make_user(), starts_at=now + 13 * 24 * HOUR + 12 * HOUR)
    make_assignment(run, make_routine())
    tasks.sweep()
    assert (run.reminders.count(), caplog.records) == (1, [])
    Run.objects.filter(pk=run.pk).update(starts_at=now + 10 * HOUR)
    tasks.sweep()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
