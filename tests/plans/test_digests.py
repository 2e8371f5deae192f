"""The mail of the evening before: plans/domain/digests.py, what it says, and how it is ended."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.people import change_preferences, suppress_address, try_address_again
from accounts.models import User
from plans.delivery import claims
from plans.delivery.skeletons import Writer
from plans.domain import reminders
from plans.domain.digests import day_of, digest_due
from plans.domain.local_time import instant, shown
from plans.domain.unsubscribing import EVENING_BEFORE, unsubscribe_token
from plans.models import Reason, Reminder, Run
from tests.factories import BERLIN, NOW, make_assignment, make_routine, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

KIND = Reminder.Kind.EVENING_BEFORE
Status = Reminder.Status
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOMORROW = (NOW + DAY).astimezone(BERLIN).date()


@pytest.fixture
def runner() -> User:
    """Somebody in Berlin who wants to hear of tomorrow's runs at half past seven in the evening."""
    return make_user(time_zone=BERLIN, digest_at=time(19, 30))


def run_at(runner: User, hour: int, *, day: date = TOMORROW, **fields) -> Run:
    starts_at = instant(datetime.combine(day, time(hour)), BERLIN)
    run = make_run(runner, starts_at=starts_at, time_zone=BERLIN, **fields)
    make_assignment(run, make_routine(owner=runner))
    return run


def derive(*runs: Run, now: datetime = NOW) -> None:
    reminders.derive(run_ids=[run.pk for run in runs], now=now)


def digests(**fields) -> list[tuple[int, str, datetime]]:
    rows = Reminder.objects.filter(kind=KIND, **fields).order_by("pk")
    return [(row.run_id, row.get_status_display(), row.due_at.astimezone(BERLIN)) for row in rows]


def evening(hour: int = 19, minute: int = 30, *, day: date = TOMORROW) -> datetime:
    return datetime.combine(day - DAY, time(hour, minute), BERLIN)


# --- Which there are ------------------------------------------------------------------------------------------------
def test_a_day_with_runs_has_one_the_evening_before_on_its_first_run(runner):
    second, first = run_at(runner, 18), run_at(runner, 7)
    derive(second, first)
    assert digests() == [(first.pk, "scheduled", evening())]


def test_who_did_not_ask_gets_none():
    run = run_at(make_user(time_zone=BERLIN), 18)
    derive(run)
    assert (digests(), run.reminders.count()) == ([], 1)


def test_asking_for_them_and_ending_them_take_effect_at_once(runner):
    change_preferences(user=runner, changes={"digest_at": None}, now=NOW)
    run = run_at(runner, 18)
    derive(run)
    change_preferences(user=runner, changes={"digest_at": time(20)}, now=NOW)
    assert digests() == [(run.pk, "scheduled", evening(20, 0))]
    change_preferences(user=runner, changes={"digest_at": time(21)}, now=NOW)
    assert digests(status=Status.SCHEDULED) == [(run.pk, "scheduled", evening(21, 0))]
    change_preferences(user=runner, changes={"digest_at": None}, now=NOW)
    assert digests(status=Status.SCHEDULED) == []
    assert run.reminders.filter(kind=Reminder.Kind.BEFORE_RUN, status=Status.SCHEDULED).count() == 1


def test_it_goes_over_to_the_run_that_is_first_then(runner):
    late = run_at(runner, 18)
    derive(late)
    early = run_at(runner, 7)
    derive(early)
    assert digests(status=Status.SCHEDULED) == [(early.pk, "scheduled", evening())]
    Run.objects.filter(pk=early.pk).update(status="cancelled")
    derive(early)
    assert digests(status=Status.SCHEDULED) == [(late.pk, "scheduled", evening())]


def test_a_run_that_moves_to_another_day_takes_it_along_and_back(runner):
    run = run_at(runner, 18)
    derive(run)
    [key] = Reminder.objects.filter(kind=KIND).values_list("key", flat=True)
    there, back = run.starts_at + DAY, run.starts_at
    for starts_at in (there, back):
        Run.objects.filter(pk=run.pk).update(starts_at=starts_at)
        derive(run)
    assert digests(status=Status.SCHEDULED) == [(run.pk, "scheduled", evening())]
    assert Reminder.objects.get(kind=KIND, status=Status.SCHEDULED).key == key


def test_what_was_missed_is_not_made_up_for(runner):
    run = run_at(runner, 18)
    derive(run, now=evening() + timedelta(minutes=1))
    assert digests() == []


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED, Status.EXPIRED])
def test_a_day_is_told_once(runner, status):
    late = run_at(runner, 18)
    derive(late)
    Reminder.objects.filter(kind=KIND).update(status=status)
    early = run_at(runner, 7)
    derive(early)
    assert [state for _run, state, _due in digests()] == [Status(status).label]


def test_a_due_one_that_waits_for_the_mail_server_stays(runner):
    run = run_at(runner, 18)
    derive(run)
    derive(run, now=evening() + HOUR)
    assert digests() == [(run.pk, "scheduled", evening())]


def test_quiet_hours_move_it(runner):
    change_preferences(user=runner, changes={"quiet_from": time(19), "quiet_until": time(21)}, now=NOW)
    derive(run_at(runner, 18))
    assert [due for _run, _state, due in digests()] == [evening(21, 0)]


def test_away_days_and_addresses_that_take_no_mail_have_none(runner):
    run = run_at(runner, 18)
    derive(run)
    suppress_address(user=runner, address=runner.email.upper(), now=NOW)
    assert set(Reminder.objects.values_list("status", "reason")) == {(Status.CANCELLED, Reason.SUPPRESSED)}
    runner.refresh_from_db()
    try_address_again(user=runner, now=NOW)
    assert set(Reminder.objects.values_list("status", "reason")) == {(Status.SCHEDULED, "")}


def test_an_address_that_was_changed_meanwhile_is_not_suppressed(runner):
    suppress_address(user=runner, address="old@runners.example", now=NOW)
    runner.refresh_from_db()
    assert not runner.address_refused


def test_looking_again_changes_nothing_and_costs_no_more_for_many(runner, django_assert_max_num_queries):
    runs = [run_at(runner, 7 + number, day=TOMORROW + number * DAY) for number in range(5)]
    derive(*runs)
    before = digests()
    assert len(before) == 5
    with django_assert_max_num_queries(25):
        assert reminders.derive(run_ids=[run.pk for run in runs], now=NOW).changed == frozenset()
    assert digests() == before
    assert reminders.sweep(now=NOW).changed == 0


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "move", "cancel", "restore", "hour", "send", "wait"]),
        st.integers(0, 3),
        st.integers(0, 47),
    ),
    max_size=10,
)


@given(EVENTS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_day_has_one_at_most(db, events):
    runner = make_user(time_zone=BERLIN, digest_at=time(19, 30))
    runs, now = [run_at(runner, 18)], NOW
    for event, which, hours in events:
        run = runs[which % len(runs)]
        if event == "add":
            runs.append(run_at(runner, hours % 24, day=TOMORROW + (hours // 24) * DAY))
        elif event == "move":
            Run.objects.filter(pk=run.pk).update(starts_at=NOW + 12 * HOUR + hours * HOUR)
        elif event in ("cancel", "restore"):
            Run.objects.filter(pk=run.pk).update(status="cancelled" if event == "cancel" else "planned")
        elif event == "hour":
            User.objects.filter(pk=runner.pk).update(digest_at=time(hours % 24) if hours < 40 else None)
        elif event == "send":
            due = Reminder.objects.filter(kind=KIND, status=Status.SCHEDULED, next_at__lte=now, run__athlete=runner)
            due.update(status=Status.SENT, sent_at=now)
        else:
            now += hours * HOUR / 4
        derive(*runs, now=now)
        assert reminders.derive(run_ids=[each.pk for each in runs], now=now).changed == frozenset()
        told = (Status.SCHEDULED, Status.SENT)
        rows = Reminder.objects.filter(kind=KIND, status__in=told, starts_at__gt=now, run__athlete=runner)
        days = [day_of(runner, row.starts_at) for row in rows]
        assert len(days) == len(set(days))


# --- When -----------------------------------------------------------------------------------------------------------
ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})).map(ZoneInfo)
MOMENTS = st.datetimes(datetime(2020, 1, 2), datetime(2037, 12, 30)).map(
    lambda each: each.replace(second=0, microsecond=0)
)


@given(ZONES, MOMENTS, st.times().map(lambda each: each.replace(second=0, microsecond=0)))
@settings(deadline=None, max_examples=300)
def test_in_every_zone_it_comes_on_the_evening_before_by_the_clock(zone, local, hour):
    person = User(time_zone=zone, digest_at=hour)
    run = Run(athlete=person, starts_at=instant(local.replace(microsecond=0), zone), time_zone=zone)
    due_at = digest_due(person, run)
    wanted = datetime.combine(day_of(person, run.starts_at) - DAY, hour)
    # By the clock, or moved on by what the clock skips.
    assert due_at.astimezone(zone).replace(tzinfo=None, fold=0) == shown(wanted, zone)
    assert due_at < run.starts_at


# --- What it says ---------------------------------------------------------------------------------------------------
def mail_of(row: Reminder, now: datetime) -> EmailMessage:
    claims.claim(token=3, now=now, limit=10)
    [row] = claims.look_again(keys=[row.pk], token=3, now=now)
    content = Writer([row], now).outgoing(row).content
    return message_from_bytes(content, _class=EmailMessage, policy=policy.default)


def test_it_tells_of_all_runs_of_the_day_in_order(runner):
    evening_run = run_at(runner, 18, kind="intervals", place="Volkspark <gate>")
    run_at(runner, 7, kind="easy")
    off = run_at(runner, 12, kind="race")
    Run.objects.filter(pk=off.pk).update(status="cancelled")
    run_at(runner, 9, day=TOMORROW + DAY, kind="long")
    derive(*Run.objects.all())
    row = Reminder.objects.filter(kind=KIND).order_by("due_at").first()
    message = mail_of(row, evening())
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert message["Subject"] == "Tomorrow: 2 runs, the first at 07:00"
    assert text.index("07:00 Easy run") < text.index("18:00 Intervals · Volkspark <gate>")
    assert "Volkspark &lt;gate&gt;" in html and f"/runs/{evening_run.pk}/" in html
    assert "Race" not in text and "Long run" not in text
    assert message["List-Id"] == "Prestride runs of tomorrow <runs-of-tomorrow.prestride.example>"
    assert unsubscribe_token(runner, EVENING_BEFORE) in message["List-Unsubscribe"]


def test_one_run_is_told_in_the_subject(runner):
    derive(run_at(runner, 18, kind="intervals"))
    assert (
        mail_of(Reminder.objects.get(kind=KIND), evening())["Subject"] == "Tomorrow: Intervals at 18:00, 2 min warm-up"
    )


def test_what_changed_since_is_seen_before_sending(runner):
    run = run_at(runner, 18)
    derive(run)
    row = Reminder.objects.get(kind=KIND)
    claims.claim(token=3, now=evening(), limit=10)
    User.objects.filter(pk=runner.pk).update(digest_at=None)
    assert claims.look_again(keys=[row.pk], token=3, now=evening()) == []
    row.refresh_from_db()
    assert (row.status, row.reason) == (Status.CANCELLED, Reason.OPTED_OUT)


# --- Ending it, kind by kind ----------------------------------------------------------------------------------------
def test_the_link_in_it_ends_it_alone(runner):
    now = timezone.now()
    run = make_run(runner, starts_at=now + 60 * HOUR)
    make_assignment(run, make_routine())
    derive(run, now=now)
    address = reverse("reminders-unsubscribe", args=[unsubscribe_token(runner, EVENING_BEFORE)])
    page = Client().get(address).content.decode()
    assert "No more mails in the evening?" in page
    answer = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    runner.refresh_from_db()
    assert (answer.status_code, runner.digest_at, runner.email_reminders) == (200, None, True)
    assert "No more mails in the evening" in answer.content.decode()
    assert {(row.kind, row.status) for row in run.reminders.all()} == {
        (KIND, Status.CANCELLED),
        (Reminder.Kind.BEFORE_RUN, Status.SCHEDULED),
    }
