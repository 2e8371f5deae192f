"""What the mails say and how they are made: plans/emails.py and templates/emails/."""

from __future__ import annotations

import re
from copy import copy
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from plans import emails
from plans.domain.given import steps_of, with_warm_up
from plans.domain.invitations import invitation_token
from plans.domain.run_answers import answer_token
from plans.domain.unsubscribing import unsubscribe_token
from plans.models import Assignment, Invitation, Reminder, Run, Squad
from tests.factories import BERLIN, NOW, make_assignment, make_exercise, make_routine, make_run, make_squad, make_user
from warmups.models import Exercise, Revision, Routine, Step

KEY = UUID("7d5b0f5e-2a5f-5d7c-8f6b-0c6a8e2f1d34")
START = datetime(2027, 3, 15, 17, 30, tzinfo=UTC)
SITE = "http://testserver"


def reminder(
    *, athlete: str = "Ada Athlete", zone: ZoneInfo = BERLIN, note: str = "", coach: str | None = "Cora Coach", **fields
) -> Reminder:
    """A reminder of an interval run on a Monday evening, all of it unsaved."""
    person = User(pk=7, name=athlete, email="ada@runners.example", time_zone=BERLIN)
    run = Run(pk=88, athlete=person, kind="intervals", time_zone=zone, starts_at=START, **fields)
    revision = Revision(pk=31, name="Five to fire up the glutes", duration_seconds=331)
    by = User(pk=8, name=coach) if coach else person
    run.assignment = Assignment(run=run, revision=revision, note=note, assigned_by=by, by_coach=coach is not None)
    return Reminder(key=KEY, kind=Reminder.Kind.BEFORE_RUN, run=run, due_at=START - timedelta(hours=1), starts_at=START)


FORCE, STANCE = Exercise(running_role="force"), Exercise(running_role="single-leg-stance")
STEPS = {
    31: [
        Step(
            rank=1,
            exercise=FORCE,
            exercise_name="Glute bridge",
            mode="reps",
            sets=2,
            reps=10,
            seconds_per_rep=3,
            rest_seconds=15,
        ),
        Step(
            rank=3,
            exercise=STANCE,
            exercise_name="Side plank",
            mode="hold",
            sets=1,
            reps=1,
            hold_seconds=15,
            sides="each",
            note="Long line.",
        ),
        Step(rank=2, exercise=FORCE, exercise_name="Skips", mode="distance", sets=1, metres=20),
    ]
}


def parsed(mail) -> EmailMessage:
    return message_from_bytes(emails.as_bytes(mail), _class=EmailMessage, policy=policy.default)


def text_of(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


class Words(HTMLParser):
    """What a reader sees of a page, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags, self._hidden = "", [], set(), 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self._hidden += tag in ("style", "title")
        self.links += [value for name, value in attributes if name == "href"]

    def handle_endtag(self, tag):
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data):
        self.text += "" if self._hidden else data


def seen(message: EmailMessage) -> Words:
    words = Words(message.get_body(("html",)).get_content())
    words.text = " ".join(words.text.split())
    return words


# --- Headers --------------------------------------------------------------------------------------------------------
def test_the_headers_are_what_mail_programs_look_for():
    message = parsed(emails.reminder_mail(reminder(), STEPS))
    unsubscribe = f"{SITE}/reminders/unsubscribe/{unsubscribe_token(User(pk=7))}/"
    thread = message["References"]
    assert re.fullmatch(r"<run-[0-9a-f-]{36}@prestride\.example>", thread)
    assert {name: str(message[name]) for name in message if name not in ("Content-Type", "MIME-Version")} == {
        "Subject": "Intervals at 18:30: 6-minute warm-up",
        "From": "Prestride <hello@prestride.example>",
        "To": "Ada Athlete <ada@runners.example>",
        "Date": "Mon, 15 Mar 2027 16:30:00 +0000",
        "Message-ID": f"<{KEY}@prestride.example>",
        "X-Reminder-Key": str(KEY),
        "In-Reply-To": thread,
        "References": thread,
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": "before-run:reminders:prestride:prestride",
        "List-Id": "Prestride run reminders <run-reminders.prestride.example>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("name", ["Zoë Ñandú", "Ada, Athlete", 'Ada "Ace" A.', "走る人", "<ada>", "a" * 80])
def test_any_name_is_a_proper_recipient(name):
    message = parsed(emails.reminder_mail(reminder(athlete=name), STEPS))
    [address] = message["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "ada@runners.example")


def test_no_name_can_add_a_header():
    evil = "Ada\r\nBcc: eve@evil.example\r\n\r\nHello"
    message = parsed(emails.reminder_mail(reminder(athlete=evil), STEPS))
    assert (message["Bcc"], message["To"].addresses[0].display_name) == (None, "Ada Bcc: eve@evil.example Hello")


def test_a_domain_with_letters_beyond_ascii_is_written_in_ascii():
    assert emails.envelope_recipient("ada@läufer.example") == "ada@xn--lufer-gra.example"


# --- What it says ---------------------------------------------------------------------------------------------------
def test_both_parts_say_the_same():
    row = reminder(note="Hips level.\nSlow down.", place="Volkspark gate", **{"planned_minutes": 50})
    row.run.note = "6 × 800 m"
    message = parsed(emails.reminder_mail(row, STEPS))
    text, html = " ".join(text_of(message).split()), seen(message)
    said = [
        "Intervals at 18:30",
        "Monday 15 March · Volkspark gate",
        "Five to fire up the glutes",
        "Glute bridge",
        "2 × 10 reps",
        "Side plank",
        "15 s hold each side",
        "Long line.",
        "Skips",
        "20 m",
        "Cora Coach says:",
        "Hips level.",
        "Slow down.",
        "About the run: 6 × 800 m",
        "If something hurts, leave it out.",
    ]
    assert [words for words in said if words not in text] == []
    assert [words for words in said if words not in html.text] == []
    assert re.findall(r"https?://\S+", text) == [
        f"{SITE}/warm-up/88/",
        f"{SITE}/answer/{answer_token(row.run)}/done/",
        f"{SITE}/answer/{answer_token(row.run)}/skipped/",
        f"{SITE}/runs/88/",
        f"{SITE}/settings/reminders/",
        f"{SITE}/reminders/unsubscribe/{unsubscribe_token(row.run.athlete)}/",
    ]
    assert html.links == re.findall(r"https?://\S+", text)
    assert {"18:24", "17:30", "18:30"} <= set(re.findall(r"\d\d:\d\d", html.text))


@pytest.mark.parametrize(
    ("steps", "said", "minutes"),
    [
        (STEPS[31] + STEPS[31], "Only 3 minutes? Glute bridge and Side plank.", "3"),  # 300 s
        (STEPS[31][1:] + STEPS[31][1:], "Only 1 minute? Skips.", "1"),  # 134 s: in half the time
        (STEPS[31], None, None),  # 150 s, and nothing that matters fits into one minute
        (STEPS[31][:1], None, None),
    ],
)
def test_the_short_version_is_named_where_something_is_left_out(steps, said, minutes):
    message = parsed(emails.reminder_mail(reminder(), {31: [copy(step) for step in steps]}))
    text, html = " ".join(text_of(message).split()), seen(message)
    for words in (text, html.text):
        assert re.findall(r"Only \d minutes?\? [^.]*\.", words) == ([said] if said else [])
    assert re.findall(r"\?minutes=(\d+)", " ".join(html.links)) == ([minutes] if minutes else [])
    assert re.findall(r"/warm-up/88/\?minutes=(\d+)", text) == ([minutes] if minutes else [])


@pytest.mark.parametrize(
    ("coach", "note", "heading"),
    [("Cora Coach", "Band!", "Cora Coach says:"), (None, "Band!", "Your note:"), ("Cora Coach", "", None)],
)
def test_a_note_says_whose_it_is(coach, note, heading):
    text = text_of(parsed(emails.reminder_mail(reminder(coach=coach, note=note), STEPS)))
    assert [words for words in ("Cora Coach says:", "Your note:") if words in text] == ([heading] if heading else [])


def test_a_squads_usual_warm_up_is_called_that():
    row = reminder()
    usual = Routine(pk=12, name="Usual", current=Revision(pk=31, name="Usual", duration_seconds=60))
    row.run.squad = Squad(pk=3, name="Dawn Patrol", default_routine=usual)
    row.run.squad.rules = row.run.athlete.rules = []
    row.run.assignment = None
    assert "The usual warm-up of Dawn Patrol." in text_of(parsed(emails.reminder_mail(row, STEPS)))


def test_times_are_those_of_the_runs_place():
    message = parsed(emails.reminder_mail(reminder(zone=ZoneInfo("America/New_York"), place="Central Park"), STEPS))
    assert message["Subject"] == "Intervals at 13:30: 6-minute warm-up"
    assert "Monday 15 March · Central Park · time of America/New York" in text_of(message)
    assert "time of" not in text_of(parsed(emails.reminder_mail(reminder(), STEPS)))


def test_what_people_typed_is_text_and_nothing_more():
    row = reminder(note="<script>alert(1)</script> & {{ 1|add:1 }}", place='"><img src=x>')
    message = parsed(emails.reminder_mail(row, STEPS))
    words = seen(message)
    assert "<script>alert(1)</script> & {{ 1|add:1 }}" in words.text
    assert {"script", "img"} & words.tags == set()
    assert "<script>alert(1)</script> & {{ 1|add:1 }}" in text_of(message)


def test_the_page_loads_nothing_and_has_its_styles_inside():
    html = parsed(emails.reminder_mail(reminder(), STEPS)).get_body(("html",)).get_content()
    assert re.findall(r"<(?:img|link|script|iframe)\b|url\(|@import|@font-face", html) == []
    assert "@media (prefers-color-scheme: dark)" in html
    assert 'style="' in html
    # Gmail cuts off what is longer than 102 kB.
    assert len(html.encode()) < 30_000


# --- Bytes ----------------------------------------------------------------------------------------------------------
TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)


@settings(deadline=None)
@given(note=TYPED, name=TYPED, place=TYPED)
def test_whatever_was_typed_arrives_over_any_relay(note, name, place):
    mail = emails.reminder_mail(reminder(note=note, athlete=name, place=place), STEPS)
    content = emails.as_bytes(mail)
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) < 998
    message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    assert text_of(message) == "\n".join(mail.body.splitlines()) + "\n"
    assert message["Subject"] == "Intervals at 18:30: 6-minute warm-up"


# --- From the database ----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_steps_of_many_runs_are_one_question(django_assert_num_queries):
    runs = [make_run(make_user()) for _ in range(3)]
    for run in runs:
        make_assignment(run, make_routine(exercises=[make_exercise(), make_exercise(mode="hold", hold_seconds=10)]))
    make_run(make_user())
    runs = list(with_warm_up(Run.objects.all()))
    with django_assert_num_queries(1):
        steps = steps_of(runs)
    assert sorted(len(found) for found in steps.values()) == [2, 2, 2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "offer"),
    [
        ("athlete", "Cora Coach plans runs with Prestride, each with a short warm-up."),
        ("coach", "Cora Coach asks you to coach Dawn Patrol with Prestride"),
        ("assistant", "Cora Coach asks you to help with Dawn Patrol on Prestride"),
    ],
)
def test_an_invitation_says_who_asks_for_what_until_when(role, offer):
    coach = make_user("Cora Coach")
    invitation = Invitation.objects.create(
        squad=make_squad("Dawn Patrol", coach=coach),
        email="new@runners.example",
        role=role,
        nonce="0" * 32,
        created_by=coach,
        created_at=NOW,
        expires_at=NOW + timedelta(days=14),
        mail_next_at=NOW,
    )
    message = parsed(emails.invitation_mail(invitation))
    text, html = " ".join(text_of(message).split()), seen(message)
    link = f"{SITE}/invitations/{invitation_token(invitation)}/"
    assert (message["Subject"], message["To"]) == ("Cora Coach invites you to Dawn Patrol", "new@runners.example")
    for words in (offer, "Come and run with Dawn Patrol", "It is good until Monday 29 March"):
        assert (words in text, words in html.text) == (True, True)
    assert (html.links, re.findall(r"https?://\S+", text)) == ([link], [link])
    assert coach.email not in emails.as_bytes(emails.invitation_mail(invitation)).decode()
    assert message["Message-ID"] == parsed(emails.invitation_mail(invitation))["Message-ID"]
    assert invitation.nonce not in message["Message-ID"]
