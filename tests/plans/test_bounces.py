"""Bounces and complaints: from a provider's webhook, from a mail server's pipe, and what follows from them."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from datetime import timedelta
from email import message_from_bytes
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.people import try_address_again
from config.urls import urlpatterns as pages
from plans.delivery import claims
from plans.delivery.events import event_urls
from plans.delivery.skeletons import Writer
from plans.domain import reminders
from plans.domain.bounces import KEPT, Kind, bounce_tag, delete_old_events, find_tagged, note_bounce
from plans.models import DeliveryEvent, Reminder
from tests.conftest import Cast
from tests.factories import NOW, make_assignment, make_routine, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

Status = Reminder.Status
SECRET = "postmark:open-sesame"
IDS = st.integers(1, 2**63 - 1)
REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mail.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <20261124.{number}@mail.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=-b"

--=-b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=-b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Tue, 24 Nov 2026 06:00:00 +0000

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--=-b
Content-Type: text/rfc822-headers

Subject: Intervals at 18:30: 6-minute warm-up

--=-b--
"""


@pytest.fixture
def rows(cast: Cast) -> list[Reminder]:
    """Four reminders of the athlete; the first was sent, the others wait."""
    runs = [make_run(cast.athlete, starts_at=timezone.now() + timedelta(days=1 + day)) for day in range(4)]
    for run in runs:
        make_assignment(run, make_routine())
    reminders.derive(run_ids=[run.pk for run in runs], now=timezone.now())
    found = list(Reminder.objects.order_by("due_at"))
    Reminder.objects.filter(pk=found[0].pk).update(status=Status.SENT, sent_at=timezone.now())
    return found


def waiting() -> int:
    return Reminder.objects.filter(status=Status.SCHEDULED).count()


# --- The tag --------------------------------------------------------------------------------------------------------
@given(IDS)
def test_a_tag_names_its_reminder_whatever_relays_do_to_its_letters(number):
    tag = bounce_tag(number)
    assert find_tagged(tag) == find_tagged(tag.upper()) == find_tagged(tag.title()) == number
    assert len(f"{'b' * 27}+{tag}") <= 64


@given(IDS, st.data())
def test_a_tag_with_any_letter_changed_is_nobodys(number, data):
    tag = bounce_tag(number)
    place = data.draw(st.integers(0, len(tag) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda each: each.lower() != tag[place]))
    assert find_tagged(tag[:place] + letter + tag[place + 1 :]) is None


@given(st.text())
def test_no_text_is_taken_for_a_tag(text):
    assert find_tagged(text) is None


def test_the_envelope_names_the_reminder_only_where_an_address_for_it_is_set(rows, settings):
    Reminder.objects.filter(pk=rows[1].pk).update(status=Status.CLAIMED, claim_token=7)
    [row] = claims.look_again(keys=[rows[1].pk], token=7, now=timezone.now())
    writer = Writer([row], timezone.now())
    assert writer.outgoing(row).sender == "hello@prestride.example"
    settings.BOUNCE_ADDRESS = "bounce@mail.example"
    message = writer.outgoing(row)
    assert message.sender == f"bounce+{bounce_tag(row.pk)}@mail.example"
    assert message_from_bytes(message.content)["Feedback-ID"] == "before-run:reminders:prestride:prestride"


# --- What follows ---------------------------------------------------------------------------------------------------
def note(row: Reminder, kind: Kind, **fields: Any) -> bool:
    values: dict[str, Any] = {
        "event_id": f"{row.pk}{kind}",
        "address": "",
        "now": timezone.now(),
        "key": str(row.key),
    } | fields
    return note_bounce(kind=kind, **values)


def test_after_three_soft_bounces_within_a_week_one_is_asked_and_reminders_go_on(cast, rows, browser_of):
    address, now = cast.athlete.email, timezone.now()
    note(rows[0], Kind.SOFT_BOUNCE, address=address, now=now - timedelta(days=8))
    for row in rows[1:3]:
        for attempt in "ab":
            note(row, Kind.SOFT_BOUNCE, address=address, event_id=f"{row.pk}{attempt}")
    cast.athlete.refresh_from_db()
    assert not cast.athlete.address_doubted
    note(rows[3], Kind.SOFT_BOUNCE, address=address)
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_doubted, waiting()) == (True, 3)

    browser = browser_of(cast.athlete)
    assert "Is your address right?" in browser.get("/settings/reminders/").content.decode()
    assert browser.post("/settings/reminders/address/").status_code == 302
    assert "Is your address right?" not in browser.get("/settings/reminders/").content.decode()
    note(rows[3], Kind.SOFT_BOUNCE, address=address, event_id="later")
    cast.athlete.refresh_from_db()
    assert not cast.athlete.address_doubted


def test_what_another_address_did_is_noted_and_changes_nothing(cast, rows):
    for kind in Kind:
        assert note(rows[0], kind, address="old@runners.example")
    cast.athlete.refresh_from_db()
    assert (cast.athlete.refused_email, cast.athlete.email_reminders, waiting()) == ("", True, 3)
    assert not DeliveryEvent.objects.filter(counts=True).exists()


@pytest.mark.parametrize("order", [(Kind.HARD_BOUNCE, Kind.COMPLAINT), (Kind.COMPLAINT, Kind.HARD_BOUNCE)])
def test_in_any_order_the_end_is_the_same(cast, rows, order):
    for kind in (*order, *order):
        note(rows[0], kind, address=cast.athlete.email.upper())
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, cast.athlete.email_reminders, waiting()) == (True, False, 0)
    assert DeliveryEvent.objects.count() == 2


def test_told_again_after_one_tried_the_address_again_it_does_nothing(cast, rows):
    note(rows[0], Kind.HARD_BOUNCE, address=cast.athlete.email)
    cast.athlete.refresh_from_db()
    try_address_again(user=cast.athlete, now=timezone.now())
    assert not note(rows[0], Kind.HARD_BOUNCE, address=cast.athlete.email)
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, waiting()) == (False, 3)


def test_events_are_kept_for_90_days(rows):
    note(rows[0], Kind.HARD_BOUNCE, now=NOW)
    assert (delete_old_events(now=NOW + KEPT), delete_old_events(now=NOW + KEPT + timedelta(seconds=1))) == (0, 1)


def test_staff_see_on_the_reminder_what_came_back(cast, rows, browser_of):
    note(rows[0], Kind.HARD_BOUNCE, address=cast.athlete.email)
    cast.athlete.is_staff = cast.athlete.is_superuser = True
    cast.athlete.save()
    page = browser_of(cast.athlete).get(f"/admin/plans/reminder/{rows[0].pk}/change/").content.decode()
    assert "the address takes no mail" in page


# --- A provider's webhook -------------------------------------------------------------------------------------------
@pytest.fixture
def tell(settings, cast):
    """Tell of a reminder as Postmark does (its bounce webhook), with the secret or another."""
    settings.ANYMAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "x", "WEBHOOK_SECRET": SECRET}
    site = ModuleType("site_with_provider")
    site.urlpatterns = [path("mail-events/", include(event_urls())), *pages]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = site

    def post(key: object, type_: str = "HardBounce", *, number: int = 1, secret: str = SECRET) -> int:
        told = {
            "RecordType": "SpamComplaint" if type_ == "SpamComplaint" else "Bounce",
            "ID": number,
            "Type": type_,
            "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "Metadata": {"reminder": str(key)},
            "Tag": "before-run",
            "Email": cast.athlete.email,
            "BouncedAt": "2026-11-24T06:00:00Z",
            "Details": "smtp;550 5.1.1 no such user",
        }
        basic = "Basic " + b64encode(secret.encode()).decode()
        client = Client(raise_request_exception=False)
        return client.post(
            "/mail-events/postmark/tracking/",
            json.dumps(told),
            content_type="application/json",
            headers={"Authorization": basic} if secret else {},
        ).status_code

    return post


def test_a_hard_bounce_ends_mail_to_the_address_once(cast, rows, tell, caplog):
    assert (tell(rows[0].key), tell(rows[0].key)) == (200, 200)
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, cast.athlete.email_reminders, waiting()) == (True, True, 0)
    assert list(DeliveryEvent.objects.values_list("reminder", "kind")) == [(rows[0].pk, "hard")]
    assert cast.athlete.email not in caplog.text


def test_a_complaint_ends_that_kind_of_mail_too(cast, rows, tell):
    assert tell(rows[0].key, "SpamComplaint") == 200
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, cast.athlete.email_reminders, waiting()) == (True, False, 0)


@pytest.mark.parametrize("type_", ["SoftBounce", "Transient", "DnsError", "Blocked"])
def test_a_soft_bounce_is_noted_and_mail_goes_on(cast, rows, tell, type_):
    assert tell(rows[0].key, type_) == 200
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, waiting()) == (False, 3)
    assert DeliveryEvent.objects.get().kind == Kind.SOFT_BOUNCE


@pytest.mark.parametrize("secret", ["", "postmark:wrong", "postmark"])
def test_without_the_secret_nothing_is_believed(cast, rows, tell, secret):
    assert tell(rows[0].key, secret=secret) == 400
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, waiting(), DeliveryEvent.objects.count()) == (False, 3, 0)


@pytest.mark.parametrize("key", ["6f2c0f9e-6f0e-5a3f-9d6c-6f2d1c9a7e11", "", "no key", "ü" * 300, "\0"])
def test_of_an_unknown_reminder_nothing_is_noted(cast, rows, tell, key):
    assert (tell(key), DeliveryEvent.objects.count(), waiting()) == (200, 0, 3)


def test_without_a_secret_there_is_no_such_address(settings):
    settings.ANYMAIL_PROVIDER, settings.ANYMAIL = "postmark", {"POSTMARK_SERVER_TOKEN": "x"}
    assert event_urls() == []


# --- A mail server's pipe -------------------------------------------------------------------------------------------
@pytest.fixture
def pipe(monkeypatch):
    """Hand a mail to the command as a mail server does."""

    def take(mail: str | bytes, *arguments: str) -> None:
        content = mail.encode() if isinstance(mail, str) else mail
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        call_command("take_bounce", *arguments)

    return take


def report(row: Reminder, *, status: str = "5.1.1", number: int = 1, to: str = "", address: str = "") -> str:
    to = to or f"bounce+{bounce_tag(row.pk).upper()}@mail.example"
    return REPORT.format(to=to, status=status, number=number, address=address or row.run.athlete.email)


def test_a_report_ends_mail_to_the_address_once(cast, rows, pipe):
    for _time in range(2):
        pipe(report(rows[0]))
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_refused, waiting(), DeliveryEvent.objects.count()) == (True, 0, 1)


def test_the_mail_server_may_name_the_address_it_came_to(cast, rows, pipe):
    pipe(report(rows[0], to="postmaster@mail.example"), f"bounce+{bounce_tag(rows[0].pk)}@mail.example")
    cast.athlete.refresh_from_db()
    assert cast.athlete.address_refused


def test_three_reports_of_a_full_mailbox_make_it_ask(cast, rows, pipe):
    for number, row in enumerate(rows[:3]):
        pipe(report(row, status="4.2.2", number=number))
    cast.athlete.refresh_from_db()
    assert (cast.athlete.address_doubted, waiting()) == (True, 3)


def test_a_report_of_delivery_changes_nothing(cast, rows, pipe):
    pipe(report(rows[0], status="2.0.0"))
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\xff\xfe\x00",
        "To: bounce+1-aaaaaaaaaaaaaaaa@mail.example\n\nHello",
        REPORT.format(to="bounce+1-aaaaaaaaaaaaaaaa@mail.example", status="5.1.1", number=1, address="a@b.example"),
    ],
)
def test_what_is_forged_or_no_report_is_refused_in_a_line(rows, pipe, mail):
    with pytest.raises(CommandError) as refused:
        pipe(mail)
    assert (refused.value.returncode, "\n" in str(refused.value)) == (65, False)
    assert not DeliveryEvent.objects.exists()


def test_a_mail_that_is_no_report_is_refused_whoever_it_is_for(rows, pipe):
    with pytest.raises(CommandError, match="no delivery report") as refused:
        pipe(f"To: bounce+{bounce_tag(rows[0].pk)}@mail.example\n\nOut of office.")
    assert refused.value.returncode == 65
