"""Builds each message from templates/emails/; sends nothing."""

from __future__ import annotations

import logging
import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.charset import QP, Charset
from email.generator import BytesGenerator
from email.mime.image import MIMEImage
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache, lru_cache
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _

from plans.calendars import entry
from plans.domain.bounces import bounce_tag
from plans.domain.digests import Days, day_of
from plans.domain.given import Given, StepsOf, given
from plans.domain.invitations import invitation_token
from plans.domain.run_answers import answer_token
from plans.domain.unsubscribing import EVENING_BEFORE, unsubscribe_token
from plans.links import link
from plans.models import Invitation, Reminder, Run
from plans.models.squads import Role
from plans.shown import source_words
from warmups.domain.doses import dose_numbers, dose_unit
from warmups.domain.durations import minutes_begun, routine_seconds, step_seconds
from warmups.domain.figures import figure_file, figure_version
from warmups.domain.shorten import shorten
from warmups.domain.versions import MOST_MINUTES
from warmups.figures import PoseError
from warmups.models import Revision, Step

logger = logging.getLogger(__name__)

SHORT_MINUTES = 3
LISTS = {
    Reminder.Kind.BEFORE_RUN: "Prestride run reminders <run-reminders.%s>",
    Reminder.Kind.EVENING_BEFORE: "Prestride runs of tomorrow <runs-of-tomorrow.%s>",
}
# By which Gmail counts complaints: the same for all of a kind, and about nobody.
FEEDBACK = {
    Reminder.Kind.BEFORE_RUN: "before-run:reminders:prestride:prestride",
    Reminder.Kind.EVENING_BEFORE: "evening-before:reminders:prestride:prestride",
}
# What needs no second look: most addresses. Taking others apart costs more than writing the rest of a mail.
PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

# Lines of at most 76 ASCII characters pass every relay unchanged, and so does a signature over them.
QUOTED = Charset("utf-8")
QUOTED.body_encoding = QP
_inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


# --- The reminder ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class StepLine:
    """A step as the mail shows it; `share` is its part of the warm-up in percent, wide enough to see; `cid` names the
    picture of its figure, if it has one.
    """

    name: str
    numbers: str
    unit: str
    note: str
    share: int
    cid: str


@dataclass(frozen=True)
class ShortLine:
    """The short version in a line: its minutes and its exercises."""

    minutes: int
    names: str


@dataclass(frozen=True)
class DigestLine:
    """A run of tomorrow as the evening's mail shows it; `minutes` are its warm-up's."""

    kind: str
    time: str
    zone: str
    place: str
    minutes: int
    routine: str
    note: str
    url: str


@dataclass(frozen=True)
class Draft:
    """A mail before it is written: `shared` is the same for all who get the same warm-up in the same language, `own`
    is one person's, each a text of its own (several lines only where the template breaks them).
    """

    template: str
    shared: dict[str, Any]
    own: dict[str, str]
    to: str
    headers: dict[str, str]
    pictures: tuple[Picture, ...] = ()
    entry: bytes = b""

    def shape(self, language: str) -> Hashable:
        """The same for drafts that differ in nobody's but their own words."""
        shared = tuple(self.shared.items())
        return self.template, language, shared, self.own_there, self.pictures

    @property
    def own_there(self) -> tuple[bool, ...]:
        """Which of its own words there are."""
        return tuple(map(bool, self.own.values()))


@dataclass(frozen=True)
class Picture:
    """A small PNG inside a mail, which its HTML names by `cid`."""

    cid: str
    content: bytes


def reminder_mail(reminder: Reminder, steps: StepsOf) -> EmailMultiAlternatives:
    """The mail of a reminder, in its athlete's language, at the run's own time of day.

    `reminder` has its run as of with_warm_up; `steps` come from steps_of. Message-ID and Date are the same at each
    attempt, so that a message that was taken twice can be told. Raises ValueError for a run without a warm-up.
    """
    with translation.override(reminder.run.athlete.language):
        return mail_of(Drafts(steps).of(reminder))


class Drafts:
    """Drafts of many reminders; what those of one warm-up share is made once."""

    def __init__(self, steps: StepsOf, days: Days | None = None) -> None:
        """`steps` come from steps_of; `days`, which only digests need, from runs_of_days."""
        self._steps = steps
        self._days = days or {}
        self._shared: dict[tuple[int, str], tuple[dict[str, Any], tuple[Picture, ...]]] = {}

    def of(self, reminder: Reminder) -> Draft:
        """What the mail of a reminder says, in the language that is active; see reminder_mail."""
        if reminder.kind == Reminder.Kind.EVENING_BEFORE:
            return self._digest(reminder)
        run = reminder.run
        warm_up = given(run)
        if warm_up is None:
            raise ValueError("The run has no warm-up.")
        shared, pictures = self._of_warm_up(warm_up.revision)
        own = _own(reminder, warm_up, shared["short"])
        return Draft(
            template="run-reminder",
            shared=shared,
            own=own,
            to=_mailbox(run.athlete.name, run.athlete.email),
            headers=_reminder_headers(reminder, own["unsubscribe_url"]),
            pictures=pictures,
            entry=entry(run, self._steps) if run.athlete.calendar_attached else b"",
        )

    def _digest(self, reminder: Reminder) -> Draft:
        person = reminder.run.athlete
        day = day_of(person, reminder.starts_at)
        lines = [_digest_line(run) for run in self._days.get((person.pk, day), [])]
        if not lines:
            raise ValueError("No run of that day calls for a warm-up.")
        unsubscribe_url = link("reminders-unsubscribe", unsubscribe_token(person, EVENING_BEFORE))
        return Draft(
            template="evening-digest",
            shared={
                "lines": tuple(lines),
                "first": lines[0],
                "day": date_format(day, "l j F"),
                "settings_url": link("settings-reminders"),
                "unsubscribe_url": unsubscribe_url,
            },
            own={},
            to=_mailbox(person.name, person.email),
            headers=_reminder_headers(reminder, unsubscribe_url),
        )

    def _of_warm_up(self, revision: Revision) -> tuple[dict[str, Any], tuple[Picture, ...]]:
        key = revision.pk, translation.get_language()
        if key not in self._shared:
            steps = self._steps[revision.pk]
            pictures = _pictures(steps)
            shared = {
                "minutes": minutes_begun(revision.duration_seconds),
                "routine": revision.name,
                "steps": _lines(steps, {picture.cid for picture in pictures}),
                "short": _short_line(steps),
                "settings_url": link("settings-reminders"),
            }
            self._shared[key] = shared, pictures
        return self._shared[key]


def _digest_line(run: Run) -> DigestLine:
    warm_up, zone = given(run), run.time_zone
    if warm_up is None:
        raise ValueError("The run has no warm-up.")
    return DigestLine(
        kind=_kind_words(run.kind, translation.get_language()),
        time=_time(run.starts_at, zone),
        zone="" if zone == run.athlete.time_zone else str(zone).replace("_", " "),
        place=one_line(run.place),
        minutes=minutes_begun(warm_up.revision.duration_seconds),
        routine=warm_up.revision.name,
        note=tidy(warm_up.note),
        url=link("run", run.pk),
    )


def _own(reminder: Reminder, warm_up: Given, short: ShortLine | None) -> dict[str, str]:
    """What the mail says to this person alone; what does not apply is empty."""
    run, zone = reminder.run, reminder.run.time_zone
    minutes = minutes_begun(warm_up.revision.duration_seconds)
    said = run.assignment if warm_up.source == "run" else warm_up.standing
    note_by = said.assigned_by.name if warm_up.note and said and said.by_coach and said.assigned_by else ""
    start_url, token = link("warm-up", run.pk), answer_token(run)
    return {
        "kind": _kind_words(run.kind, translation.get_language()),
        "day": _shown(run.starts_at, zone, "l j F", translation.get_language()),
        "time": _time(run.starts_at, zone),
        "zone": "" if zone == run.athlete.time_zone else str(zone).replace("_", " "),
        "place": one_line(run.place),
        "reminder_time": _time(reminder.due_at, zone),
        "warm_up_time": _time(run.starts_at - timedelta(minutes=minutes), zone),
        "source": "" if warm_up.source == "run" else one_line(source_words(run, warm_up, run.athlete)),
        "note": tidy(warm_up.note),
        "note_by": one_line(note_by),
        "run_note": tidy(run.note),
        "start_url": start_url,
        "short_url": f"{start_url}?minutes={short.minutes}" if short else "",
        "run_url": link("run", run.pk),
        "did_url": link("answer", token, "done"),
        "short_did_url": link("answer", token, "short") if short else "",
        "skipped_url": link("answer", token, "skipped"),
        "unsubscribe_url": link("reminders-unsubscribe", unsubscribe_token(run.athlete)),
    }


def tidy(text: str) -> str:
    """Somebody's words as a mail shows them: one kind of line end, no more than one empty line, none at the ends."""
    if not text:
        return ""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _lines(steps: list[Step], drawn: set[str]) -> tuple[StepLine, ...]:
    seconds = [step_seconds(step) for step in steps]
    total = sum(seconds)
    return tuple(
        StepLine(
            step.exercise_name,
            dose_numbers(step),
            dose_unit(step),
            step.note,
            max(4, 100 * length // total),
            _cid(step) if _cid(step) in drawn else "",
        )
        for step, length in zip(steps, seconds, strict=True)
    )


def _short_line(steps: list[Step]) -> ShortLine | None:
    """What to do in three minutes; where that is nothing or all there is, in half the time. None if that is so too."""
    for minutes in (SHORT_MINUTES, min(routine_seconds(steps) // 120, MOST_MINUTES)):
        kept, left_out = shorten(steps, minutes)
        if kept and left_out:
            return ShortLine(minutes, get_text_list([step.exercise_name for step in kept], _("and")))
    return None


def _cid(step: Step) -> str:
    return f"{figure_version(step.exercise)}@{_domain()}"


def _pictures(steps: list[Step]) -> tuple[Picture, ...]:
    """The figures of these steps, each once, small enough to travel with every mail."""
    pictures = {}
    for step in steps:
        if step.exercise.poses_digest and _cid(step) not in pictures:
            try:
                pictures[_cid(step)] = Picture(_cid(step), figure_file(step.exercise, kind="thumb"))
            except PoseError as error:  # a mail without a picture is better than none
                logger.warning("No figure of %s: %s", step.exercise.slug, error)
    return tuple(pictures.values())


def _reminder_headers(reminder: Reminder, unsubscribe_url: str) -> dict[str, str]:
    domain = _domain()
    thread = f"<run-{uuid5(NAMESPACE_URL, f'{settings.SITE_URL}/runs/{reminder.run_id}')}@{domain}>"
    return {
        "Message-ID": _message_id(reminder.key),
        "X-Reminder-Key": str(reminder.key),
        "In-Reply-To": thread,
        "References": thread,
        # The instant it is due and not the attempt's: all attempts carry one date.
        "Date": format_datetime(reminder.due_at),
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": FEEDBACK[Reminder.Kind(reminder.kind)],
        "List-Id": LISTS[Reminder.Kind(reminder.kind)] % domain,
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


# --- The invitation -------------------------------------------------------------------------------------------------
def invitation_mail(invitation: Invitation) -> EmailMultiAlternatives:
    """The mail that asks somebody to join a squad, in the language of who asks."""
    squad, coach = invitation.squad, invitation.created_by
    with translation.override(coach.language):
        context = {
            "squad": squad,
            "coach": coach,
            "offer": _offer(invitation),
            "until": date_format(invitation.expires_at.astimezone(squad.time_zone), "l j F"),
            "url": link("invitation", invitation_token(invitation)),
        }
        headers = {
            "Message-ID": _message_id(uuid5(NAMESPACE_URL, f"{settings.SITE_URL}/invitation/{invitation.nonce}")),
            "Date": format_datetime(invitation.created_at),
            "Auto-Submitted": "auto-generated",
        }
        return _mail("invitation", context, to=_mailbox("", invitation.email), headers=headers)


def _offer(invitation: Invitation) -> str:
    """What the person is asked, in a sentence or two."""
    names = {"coach": invitation.created_by.name, "squad": invitation.squad.name}
    if invitation.role == Role.COACH:
        text = _(
            "%(coach)s asks you to coach %(squad)s with Prestride: plan runs, give each a warm-up, see who warmed up."
        )
    elif invitation.role == Role.ASSISTANT:
        text = _("%(coach)s asks you to help with %(squad)s on Prestride: see who warmed up and how they are.")
    else:
        text = _(
            "%(coach)s plans runs with Prestride, each with a short warm-up. You get a reminder before each run, and a "
            "guide on your phone that does the counting."
        )
    return text % names


# --- What all mails share -------------------------------------------------------------------------------------------
def _mail(name: str, context: dict[str, Any], *, to: str, headers: dict[str, str]) -> EmailMultiAlternatives:
    return mail_of(Draft(name, context, {}, to, headers))


def mail_of(draft: Draft) -> EmailMultiAlternatives:
    """The draft as Django's mail, in the language that is active."""
    subject, text, html = written(draft.template, draft.shared | draft.own)
    mail = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [draft.to], headers=draft.headers)
    mail.attach_alternative(html, "text/html")
    attach(mail, draft)
    mail.encoding = QUOTED
    return mail


def written(template: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML of templates/emails/<template>-subject.txt, -body.txt and -body.html.

    Styles are written into the elements, as mail programs want them.
    """
    context = {"site_url": settings.SITE_URL, "language": translation.get_language()} | context
    subject = one_line(render_to_string(f"emails/{template}-subject.txt", context))
    text = re.sub(r"\n{3,}", "\n\n", render_to_string(f"emails/{template}-body.txt", context)).strip() + "\n"
    html = render_to_string(f"emails/{template}-body.html", context | {"subject": subject})
    return subject, text, _inliner.inline(html)


def attach(mail: EmailMultiAlternatives, draft: Draft) -> None:
    """Add the draft's pictures and its calendar entry."""
    for picture in draft.pictures:
        image = MIMEImage(picture.content, "png")
        image.add_header("Content-ID", f"<{picture.cid}>")
        image.add_header("Content-Disposition", "inline")
        mail.attach(image)
    if draft.entry:
        entry = MIMEText(draft.entry.decode(), "calendar")
        entry.set_param("method", "PUBLISH")
        entry.add_header("Content-Disposition", "attachment", filename="run.ics")
        mail.attach(entry)
    # Pictures belong to the page; an entry stands beside it.
    mail.mixed_subtype = "mixed" if draft.entry else "related"  # type: ignore[attr-defined]


def as_bytes(mail: EmailMultiAlternatives) -> bytes:
    """The message as it goes over the wire: lines end in CRLF, and no header is folded within an address or an id."""
    buffer = BytesIO()
    BytesGenerator(buffer, mangle_from_=False, maxheaderlen=0).flatten(mail.message(), linesep="\r\n")
    return buffer.getvalue()


def envelope_sender() -> str:
    """The address that bounces go to."""
    return _address_of(settings.DEFAULT_FROM_EMAIL)


def bounce_address(reminder: Reminder) -> str:
    """The address that this reminder's bounces go to: where BOUNCE_ADDRESS is set, one that names it."""
    if not settings.BOUNCE_ADDRESS:
        return envelope_sender()
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{local}+{bounce_tag(reminder.pk)}@{domain}"


@cache
def _address_of(mailbox: str) -> str:
    return envelope_recipient(parseaddr(mailbox)[1])


def envelope_recipient(address: str) -> str:
    """An address as the envelope takes it: a domain with letters beyond ASCII in its ASCII form."""
    return address if PLAIN_ADDRESS.fullmatch(address) else sanitize_address(address, "utf-8")


def one_line(text: str) -> str:
    """Text for a header: no line end can smuggle in a header of its own."""
    return " ".join(text.split())


def _mailbox(name: str, address: str) -> str:
    return formataddr((one_line(name), address)) if name.strip() else address


def _domain() -> str:
    return envelope_sender().rpartition("@")[2]


def _message_id(key: UUID) -> str:
    return f"<{key}@{_domain()}>"


@lru_cache(maxsize=100)
def _kind_words(kind: str, _language: str) -> str:
    return capfirst(Run(kind=kind).get_kind_display())


def _time(instant: datetime, zone: ZoneInfo) -> str:
    return _shown(instant, zone, "H:i", translation.get_language())


@lru_cache(maxsize=2000)
def _shown(instant: datetime, zone: ZoneInfo, form: str, _language: str) -> str:
    """A moment in words; when many are reminded of one run, it is one moment."""
    return date_format(instant.astimezone(zone), form)
