"""Both ways of writing a reminder say the same: Django's templates and classes, and bytes filled in."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans import emails
from plans.delivery import skeletons
from plans.delivery.skeletons import Skeleton
from plans.models import Reminder
from tests.factories import make_exercise
from tests.plans.test_emails import STEPS, reminder
from tests.warmups.test_content_board import POSES

# What people type; a database holds no NUL, and half of a pair of surrogates is no text.
TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, _class=EmailMessage, policy=policy.default)


class Heard(HTMLParser):
    """A page as a program reads it: tags with their attributes and words, whatever way they are written."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.parts.append((tag, attrs))

    def handle_endtag(self, tag):
        self.parts.append(tag)

    def handle_data(self, data):
        if self.parts and isinstance(self.parts[-1], str) and self.parts[-1].startswith("\0"):
            self.parts[-1] += data
        else:
            self.parts.append("\0" + data)


def said(message: EmailMessage) -> dict[str, object]:
    """All that a message says: its headers, and its parts with their contents."""
    parts = []
    for part in message.walk():
        if part.is_multipart():
            parts.append(part.get_content_type())
            continue
        content = part.get_content()
        if part.get_content_type() == "text/html":
            content = Heard(content).parts
        kept = {name: part[name] for name in ("Content-ID", "Content-Disposition", "Content-Transfer-Encoding")}
        parts.append((part.get_content_type(), part.get_content_charset(), kept, content))
    headers = {name.lower(): str(value) for name, value in message.items() if name.lower() != "content-type"}
    return {"headers": headers, "parts": parts}


def both(row: Reminder) -> tuple[dict[str, object], dict[str, object]]:
    draft = emails.Drafts(STEPS).of(row)
    return said(read(Skeleton(draft).filled(draft))), said(read(emails.as_bytes(emails.reminder_mail(row, STEPS))))


@settings(deadline=None, max_examples=40)
@given(name=TYPED, place=TYPED, note=TYPED, run_note=TYPED, coach=st.none() | TYPED)
def test_whatever_was_typed_both_ways_say_the_same(name, place, note, run_note, coach):
    row = reminder(athlete=name, note=note, coach=coach, place=place)
    row.run.note = run_note
    filled, written = both(row)
    assert filled == written


@settings(deadline=None, max_examples=20)
@given(
    before=st.sampled_from(["easy", "race", "recovery"]),
    minutes=st.integers(0, 60 * 24 * 300),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/Argentina/ComodRivadavia"]),
)
def test_at_any_time_both_ways_say_the_same(before, minutes, zone):
    row = reminder(zone=ZoneInfo(zone))
    row.run.kind = before
    row.run.starts_at += timedelta(minutes=minutes)
    filled, written = both(row)
    assert filled == written


def test_a_skeleton_serves_everybody_whose_mail_has_its_shape():
    anna, ben = reminder(athlete="Anna", note="Slowly."), reminder(athlete="Ben", note=".dot\nfirst = 3D\n\n\nlast  ")
    ben.run.pk, ben.run.athlete.pk = 99, 12
    drafts = emails.Drafts(STEPS)
    of_anna, of_ben = drafts.of(anna), drafts.of(ben)
    assert of_anna.shape("en") == of_ben.shape("en")
    assert said(read(Skeleton(of_anna).filled(of_ben))) == said(read(emails.as_bytes(emails.reminder_mail(ben, STEPS))))


def test_what_does_not_apply_has_a_shape_of_its_own():
    drafts = emails.Drafts(STEPS)
    with_note, without = drafts.of(reminder(note="Slowly.")), drafts.of(reminder())
    assert with_note.shape("en") != without.shape("en") != without.shape("de")


def test_words_that_look_like_a_place_to_fill_are_only_words():
    draft = emails.Drafts(STEPS).of(reminder(note="marked", place="{{ kind }}"))
    skeleton = Skeleton(draft)
    # Even who knew the marks of this process could not have a text read as one.
    mark = f"{skeletons._NONCE}start_url{skeletons._NONCE}"
    draft.own["note"] = mark
    assert mark in read(skeleton.filled(draft)).get_body(("plain",)).get_content()


def test_lines_are_short_enough_for_every_relay():
    draft = emails.Drafts(STEPS).of(reminder(note="long " * 90, place="ü" * 120))
    lines = Skeleton(draft).filled(draft).split(b"\r\n")
    assert max(map(len, lines)) <= 998
    body = lines[lines.index(b"") :]
    assert max(map(len, body)) <= 77
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@pytest.mark.django_db
def test_the_figures_travel_with_the_mail_once_each():
    bridge = make_exercise("glute-bridge", name="Glute bridge", poses=POSES)
    steps = [copy(step) for step in STEPS[31]]
    for step in steps[:2]:
        step.exercise = bridge
    row, steps_of = reminder(), {31: steps}
    message = read(emails.as_bytes(emails.reminder_mail(row, steps_of)))
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    html = message.get_body(("html",)).get_content()
    assert html.count(f'src="cid:{picture["Content-ID"].strip("<>")}"') == 2
    assert picture.get_content()[:4] == b"\x89PNG"
    assert len(picture.get_content()) < 5_000
    draft = emails.Drafts(steps_of).of(row)
    assert said(read(Skeleton(draft).filled(draft))) == said(message)


@pytest.mark.django_db
def test_poses_that_can_not_be_drawn_cost_the_picture_and_not_the_mail():
    broken = make_exercise("glute-bridge", name="Glute bridge", poses={"keys": []})
    step = copy(STEPS[31][0])
    step.exercise = broken
    message = read(emails.as_bytes(emails.reminder_mail(reminder(), {31: [step]})))
    assert [part.get_content_type() for part in message.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
    ]
    assert "cid:" not in message.get_body(("html",)).get_content()
