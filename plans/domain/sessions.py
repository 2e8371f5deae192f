"""Sessions: save (sending one twice is one), delete.

The athlete's device makes the UUID and sends the whole session each time. Every version that arrives is kept; the one
edited last is the session. Nothing here depends on the order in which versions arrive.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.audit import record
from accounts.models import User
from plans.domain.given import Given, given, with_warm_up
from plans.models import Run, Session, SessionVersion
from plans.models.sessions import FirstTen, Outcome
from warmups.models import Exercise, Revision

RPE = (0, 10)
PAIN = (0, 10)
READINESS = (1, 5)
NOTE_LENGTH = 2000
REASON_LENGTH = 100
STEPS_AT_MOST = 60
YEARS = (2000, 2099)  # a phone's clock may be wrong, but a year outside of these is a mistake in the program
LARGEST_KEY = 2**63 - 1

# What of each step is counted, and how far.
COUNTS = {"sets_done": 100, "reps_done": 10_000, "seconds_done": 86_400, "metres_done": 100_000}
SLUG = re.compile(r"[a-z0-9-]{1,60}")  # an exercise's
STEP_FIELDS = ("position", *COUNTS, "skipped", "skip_reason", "swapped_for", "harder_side")
HEALTH = ("pain", "pain_site", "pain_side", "note", "stiff_before", "first_ten")
FORGOTTEN = dict.fromkeys(HEALTH) | {"note": ""}
# A device's clock further off than this is told beside the times that it gave.
CLOCK_OFF_TOLD = 300
CLOCK_OFF_AT_MOST = 2**31 - 1


class PainSite(models.TextChoices):
    """Where it hurts, from the ground up."""

    FOOT = "foot", gettext_lazy("foot")
    HEEL = "heel", gettext_lazy("heel")
    ANKLE = "ankle", gettext_lazy("ankle")
    ACHILLES = "achilles", gettext_lazy("Achilles tendon")
    CALF = "calf", gettext_lazy("calf")
    SHIN = "shin", gettext_lazy("shin")
    KNEE = "knee", gettext_lazy("knee")
    THIGH = "thigh", gettext_lazy("front of the thigh")
    HAMSTRING = "hamstring", gettext_lazy("back of the thigh")
    GROIN = "groin", gettext_lazy("groin")
    HIP = "hip", gettext_lazy("hip")
    GLUTE = "glute", gettext_lazy("buttock")
    LOWER_BACK = "lower-back", gettext_lazy("lower back")
    UPPER_BACK = "upper-back", gettext_lazy("upper back")
    BELLY = "belly", gettext_lazy("belly")
    CHEST = "chest", gettext_lazy("chest")
    SHOULDER = "shoulder", gettext_lazy("shoulder")
    NECK = "neck", gettext_lazy("neck")
    OTHER = "other", gettext_lazy("somewhere else")


class PainSide(models.TextChoices):
    """On which side it hurts."""

    LEFT = "left", gettext_lazy("left")
    RIGHT = "right", gettext_lazy("right")
    BOTH = "both", gettext_lazy("both")


class Deleted(Exception):
    """This session was deleted by its athlete and takes no more versions."""


@transaction.atomic
def save_session(
    *, id: UUID, athlete: User, now: datetime, body: object, clock_off: int | None = None
) -> tuple[Session, bool]:
    """Keep what a device sent as a version of session `id`; returns the session as it now stands, and if it is new.

    `body` is the whole session in the API's shape: what is absent is empty, `started_at` is required. The version with
    the newest `edited_at` is the session; one absent or in the future counts as `now`, equal ones are told apart by
    what they say. `sent_at`, the device's clock when it sends, only tells how far that clock is off; for a change made
    here, in which the device's times stay, `clock_off` tells. The same body again changes nothing, whenever it comes.
    Without `routine_revision` it is the one that the run had been given when such a version first came.

    Raises ValidationError for a field ("steps.2.reps_done"), Http404 for another person's session, Deleted.
    """
    content, told = _clean(body, now)
    clock_off = clock_off if told is None else told
    session = Session.objects.select_for_update().filter(pk=id).first()
    if session is None:
        version = _version(content, clock_off, athlete=athlete, session=None, known=[], now=now)
        session = _insert(id, athlete, version)
        if session is not None:
            return session, True
        session = Session.objects.select_for_update().get(pk=id)  # another request was faster
    if session.athlete_id != athlete.pk:
        raise Http404("No such session.")
    if session.deleted_at:
        raise Deleted
    known = list(session.versions.all()) or [_first_version(session)]
    if not any(version.digest == _digest(content) for version in known):
        version = _version(content, clock_off, athlete=athlete, session=session, known=known, now=now)
        version.save(force_insert=True)
        if _age(version) > max(_age(each) for each in known):
            fields = _fields(version)
            for name, value in fields.items():
                setattr(session, name, value)
            session.save(update_fields=list(fields))
    return session, False


@transaction.atomic
def delete_session(*, session: Session, actor: User, now: datetime) -> Session:
    """Delete a session: it is seen no more and sending it again is refused; what it said of health is forgotten."""
    session = Session.objects.select_for_update().get(pk=session.pk)
    if session.deleted_at:
        return session
    session.deleted_at = now
    for name, value in FORGOTTEN.items():
        setattr(session, name, value)
    session.steps = _without_reasons(session.steps)
    session.save(update_fields=["deleted_at", *HEALTH, "steps"])
    for version in session.versions.all():
        version.body |= FORGOTTEN
        version.body["steps"] = _without_reasons(version.body["steps"])
        version.save(update_fields=["body"])
    record(
        actor=actor,
        action="session.delete",
        target=session,
        now=now,
        before={"run": session.run_id, "started_at": session.started_at.isoformat(), "outcome": session.outcome},
    )
    return session


def body_of(session: Session) -> dict[str, Any]:
    """A session as the body that would make it: what a form changes a few fields of, and sends whole."""
    return {
        "run": session.run_id,
        "routine_revision": session.revision_id,
        "started_at": session.started_at.isoformat(),
        "finished_at": session.finished_at.isoformat() if session.finished_at else None,
        "outcome": session.outcome,
        "steps": session.steps,
        "rpe": session.rpe,
        "pain": session.pain,
        "pain_site": session.pain_site,
        "pain_side": session.pain_side,
        "readiness": session.readiness,
        "note": session.note,
        "from_memory": session.from_memory,
        "stiff_before": session.stiff_before,
        "first_ten": session.first_ten,
        "edited_at": session.edited_at.isoformat(),
    }


# --- Versions -------------------------------------------------------------------------------------------------------
def _version(
    content: dict[str, Any],
    clock_off: int | None,
    *,
    athlete: User,
    session: Session | None,
    known: Collection[SessionVersion],
    now: datetime,
) -> SessionVersion:
    """The version that `content`, arriving now, makes. Raises ValidationError for what it refers to."""
    sent = content["edited_at"]
    return SessionVersion(
        session=session,
        body=content | {"given_revision": _resolve(content, athlete=athlete, known=known)},
        digest=_digest(content),
        edited_at=min(datetime.fromisoformat(sent), now) if sent else now,
        received_at=now,
        clock_off_seconds=clock_off,
    )


def _first_version(session: Session) -> SessionVersion:
    """The version of a session that was written without one, so that its state stays in the history."""
    content = body_of(session)
    return SessionVersion.objects.create(
        session=session,
        body=content | {"given_revision": None},
        digest=_digest(content),
        edited_at=session.edited_at,
        received_at=session.received_at,
        clock_off_seconds=session.clock_off_seconds,
    )


def _age(version: SessionVersion) -> tuple[datetime, str]:
    """What versions are compared by: of those edited at the same instant the same one wins in any order."""
    return version.edited_at, version.digest


def _digest(content: dict[str, Any]) -> str:
    """A fingerprint of what was sent, the same for the same content however it was written."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _insert(id: UUID, athlete: User, version: SessionVersion) -> Session | None:
    """A new session with its first version; None if there is one by now."""
    try:
        with transaction.atomic():
            session = Session.objects.create(id=id, athlete=athlete, **_fields(version))
    except IntegrityError:
        if Session.objects.filter(pk=id).exists():
            return None
        raise
    version.session = session
    version.save(force_insert=True)
    return session


def _fields(version: SessionVersion) -> dict[str, Any]:
    """The columns of a session that stands as `version` says."""
    body = version.body
    finished_at = body["finished_at"]
    return {
        "run_id": body["run"],
        "revision_id": body["routine_revision"] or body["given_revision"],
        "started_at": datetime.fromisoformat(body["started_at"]),
        "finished_at": datetime.fromisoformat(finished_at) if finished_at else None,
        "outcome": body["outcome"],
        "steps": body["steps"],
        "rpe": body["rpe"],
        "pain": body["pain"],
        "pain_site": body["pain_site"],
        "pain_side": body["pain_side"],
        "readiness": body["readiness"],
        "note": body["note"],
        "from_memory": body["from_memory"],
        "stiff_before": body["stiff_before"],
        "first_ten": body["first_ten"],
        "edited_at": version.edited_at,
        "received_at": version.received_at,
        "clock_off_seconds": version.clock_off_seconds,
    }


def _without_reasons(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [step | {"skip_reason": None, "harder_side": None} for step in steps]


# --- What it refers to ----------------------------------------------------------------------------------------------
def _resolve(content: dict[str, Any], *, athlete: User, known: Collection[SessionVersion]) -> int | None:
    """Check run, revision and swaps; return the revision that the run was given, when none was named."""
    errors: dict[str, ValidationError] = {}
    run = None
    if content["run"] is not None:
        run = with_warm_up(Run.objects.filter(athlete=athlete, pk=content["run"])).first()
        if run is None:
            errors["run"] = ValidationError(_("You have no such run."), code="does_not_exist")
    prescribed = given(run) if run else None
    revision = content["routine_revision"]
    if revision is not None and not _may_refer_to(athlete, revision, prescribed, known):
        errors["routine_revision"] = ValidationError(
            _("There is no such revision of a routine that you can see."), code="does_not_exist"
        )
    errors |= _unknown_swaps(content["steps"], athlete)
    if errors:
        raise ValidationError(errors)
    if revision is not None:
        return None
    for version in known:
        if version.body["run"] == content["run"] and version.body["routine_revision"] is None:
            earlier: int | None = version.body["given_revision"]
            return earlier
    return prescribed.revision.pk if prescribed else None


def _may_refer_to(athlete: User, revision: int, prescribed: Given | None, known: Collection[SessionVersion]) -> bool:
    """Whether the athlete's run was given the revision's routine, or they see it, or had it in this session before."""
    if prescribed and prescribed.revision.pk == revision:
        return True
    if any(revision in (version.body["routine_revision"], version.body["given_revision"]) for version in known):
        return True
    wanted = Q(pk__in=Revision.objects.visible_to(athlete).values("pk"))
    if prescribed:
        wanted |= Q(routine=prescribed.revision.routine_id)
    return Revision.objects.filter(wanted, pk=revision).exists()


def _unknown_swaps(steps: list[dict[str, Any]], athlete: User) -> dict[str, ValidationError]:
    """An error for each step that was swapped for an exercise that is not there."""
    wanted = {step["swapped_for"] for step in steps if step["swapped_for"]}
    if not wanted:
        return {}
    # Retired ones too: a phone that was offline may have swapped before.
    found = set(Exercise.objects.visible_to(athlete).filter(slug__in=wanted).values_list("slug", flat=True))
    return {
        f"steps.{index}.swapped_for": ValidationError(_("There is no such exercise."), code="does_not_exist")
        for index, step in enumerate(steps)
        if step["swapped_for"] and step["swapped_for"] not in found
    }


# --- What was sent --------------------------------------------------------------------------------------------------
def _clean(body: object, now: datetime) -> tuple[dict[str, Any], int | None]:
    """The body with every field there, as plain JSON values in one way of writing, and how far the device's clock is
    behind ours, in seconds. Raises ValidationError.
    """
    if not isinstance(body, dict):
        raise ValidationError(_('Send the session as an object, for example {"started_at": …}.'), code="invalid")
    fields = _Reader(body)
    content = {
        "run": fields.key("run"),
        "routine_revision": fields.key("routine_revision"),
        "started_at": fields.instant("started_at"),
        "finished_at": fields.instant("finished_at"),
        "outcome": fields.choice("outcome", Outcome.values) or Outcome.DONE.value,
        "steps": fields.steps("steps"),
        "rpe": fields.whole("rpe", *RPE),
        "pain": fields.whole("pain", *PAIN),
        "pain_site": fields.choice("pain_site", PainSite.values),
        "pain_side": fields.choice("pain_side", PainSide.values),
        "readiness": fields.whole("readiness", *READINESS),
        "note": fields.text("note", NOTE_LENGTH),
        "from_memory": fields.flag("from_memory") or False,
        "stiff_before": fields.flag("stiff_before"),
        "first_ten": fields.choice("first_ten", FirstTen.values),
        "edited_at": fields.instant("edited_at"),
    }
    sent_at = fields.instant("sent_at")
    if content["started_at"] is None and "started_at" not in fields.errors:
        fields.refuse("started_at", _("Say when it began, for example 2027-03-15T06:10:00Z."), "required")
    if _ends_before_it_begins(content["started_at"], content["finished_at"]):
        fields.refuse("finished_at", _("It can't end before it begins."), "min_value")
    if fields.errors:
        raise ValidationError(fields.errors)
    return content, _behind(sent_at, now)


def _behind(sent_at: str | None, now: datetime) -> int | None:
    """How many seconds a clock that shows `sent_at` is behind `now`."""
    if sent_at is None:
        return None
    off = round((now - datetime.fromisoformat(sent_at)).total_seconds())
    return max(-CLOCK_OFF_AT_MOST, min(off, CLOCK_OFF_AT_MOST))


def _ends_before_it_begins(started_at: Any, finished_at: Any) -> bool:
    return bool(started_at and finished_at) and datetime.fromisoformat(finished_at) < datetime.fromisoformat(started_at)


class _Reader:
    """Reads the fields of a body one by one, absent and null alike, and collects what is wrong with each."""

    def __init__(self, body: dict[str, Any], prefix: str = "") -> None:
        self.body = body
        self.prefix = prefix
        self.errors: dict[str, ValidationError] = {}

    def refuse(self, name: str, message: str, code: str = "invalid") -> None:
        self.errors[(self.prefix + name).removesuffix(".")] = ValidationError(message, code=code)

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        value = self.body.get(name)
        message = _("Give a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, message)
        elif value < low:
            self.refuse(name, message, "min_value")
        elif value > high:
            self.refuse(name, message, "max_value")
        else:
            return value
        return None

    def key(self, name: str) -> int | None:
        """The id of a row."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, _("Give its id, a whole number."))
        elif not 0 < value <= LARGEST_KEY:
            self.refuse(name, _("There is none with this id."), "does_not_exist")
        else:
            return value
        return None

    def choice(self, name: str, values: Collection[str]) -> str | None:
        """One of `values`."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or value not in values:
            self.refuse(name, _("Choose one of: %(values)s.") % {"values": ", ".join(values)}, "invalid_choice")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """True or false; None where it is absent."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, _("Give true or false."))
            return None
        return value

    def text(self, name: str, longest: int) -> str:
        """Any text up to `longest` characters; line ends in one way of writing."""
        value = self.body.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, _("Give a text."))
            return ""
        value = value.replace("\r\n", "\n")
        if len(value) > longest:
            message = _("Keep it to %(longest)s characters; this has %(length)s.")
            self.refuse(name, message % {"longest": longest, "length": len(value)}, "max_length")
        elif "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            self.refuse(name, _("It holds a character that can't be kept (a null or half a character)."))
        else:
            return value
        return ""

    def slug(self, name: str) -> str | None:
        """An exercise's slug."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not SLUG.fullmatch(value):
            self.refuse(name, _("Give an exercise's slug, for example single-leg-squat."))
            return None
        return value

    def instant(self, name: str) -> str | None:
        """An instant, in UTC and ISO 8601."""
        value = self.body.get(name)
        if value is None:
            return None
        try:
            moment = value if isinstance(value, datetime) else parse_datetime(value)
            if moment is None or moment.tzinfo is None:
                raise ValueError
            moment = moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            self.refuse(name, _("Give date, time and offset, for example 2027-03-15T06:10:00Z."))
            return None
        if not YEARS[0] <= moment.year <= YEARS[1]:
            message = _("Give a year from %(first)s to %(last)s.") % {"first": YEARS[0], "last": YEARS[1]}
            self.refuse(name, message)
            return None
        return moment.isoformat()

    def steps(self, name: str) -> list[dict[str, Any]]:
        """What was done of each step: some or none, each position once."""
        value = self.body.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, _("Give a list of steps."))
            return []
        if len(value) > STEPS_AT_MOST:
            self.refuse(name, _("Give at most %(most)s steps.") % {"most": STEPS_AT_MOST}, "max_length")
            return []
        steps: list[dict[str, Any]] = []
        for index, row in enumerate(value):
            if not isinstance(row, dict):
                self.refuse(f"{name}.{index}", _('Give a step as an object, for example {"position": 1}.'))
                continue
            fields = _Reader(row, f"{self.prefix}{name}.{index}.")
            step = fields.step()
            if step["position"] in [earlier["position"] for earlier in steps]:
                fields.refuse("position", _("This step is there twice."), "unique")
            self.errors |= fields.errors
            steps.append(step)
        return steps

    def step(self) -> dict[str, Any]:
        """One step of those."""
        for unknown in [key for key in self.body if key not in STEP_FIELDS]:
            message = _("There is no field %(name)s. Known ones: %(names)s.")
            self.refuse("", message % {"name": ascii(unknown)[:40], "names": ", ".join(STEP_FIELDS)}, "unknown")
        step = {"position": self.whole("position", 1, STEPS_AT_MOST)}
        if step["position"] is None and f"{self.prefix}position" not in self.errors:
            self.refuse("position", _("Say which step of the routine this is, from 1."), "required")
        return step | {
            **{name: self.whole(name, 0, most) for name, most in COUNTS.items()},
            "skipped": self.flag("skipped") or False,
            "skip_reason": self.text("skip_reason", REASON_LENGTH) or None,
            "swapped_for": self.slug("swapped_for"),
            "harder_side": self.choice("harder_side", ("left", "right")),
        }
