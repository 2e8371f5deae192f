"""A run as pages show it: when and in whose time, its warm-up, its ribbon, its reminder in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from plans.domain.adherence import answer_of, shown_state, warm_ups_of
from plans.domain.given import Given, away_on, given
from plans.domain.reminders import wish
from plans.domain.run_answers import skipped_words
from plans.models import Assignment, Away, Reminder, Run, RunAnswer
from plans.models.reminders import Reason
from plans.repeats import odd_hour_words
from plans.ribbon import Ribbon, ribbon
from plans.standing_shown import kinds_words
from warmups.domain.doses import dose_numbers, dose_unit
from warmups.domain.durations import minutes_begun, step_seconds
from warmups.models import Revision, Step

METRES_A_MILE = 1609.344


@dataclass(frozen=True)
class RunShown:
    """A run (fetched with `with_warm_up` and SESSIONS_OF_RUN) for one reader.

    `clock` is the wall time that clocks show at its start, `zone` names whose time that is where it is not the reader's
    own. `state` is a word of components/state.html, or None. `away` is the word for it where its athlete is away; why
    is only the athlete's own to read here. `answer` is what was answered from the reminder, where that counts;
    `reason_shared`: its reader may know why.
    """

    run: Run
    given: Given | None
    state: str | None
    clock: datetime
    zone: str
    today: date
    away: str = ""
    answer: RunAnswer | None = None
    reason_shared: bool = False

    @property
    def word(self) -> str:
        """What is shown for its state in place of the usual word: "Skipped, no time", as far as it is shared."""
        return skipped_words(self.answer) if self.answer and self.reason_shared else ""

    @property
    def said(self) -> str:
        """What the athlete wrote with the answer, if that is shared."""
        return self.answer.text if self.answer and self.reason_shared else ""

    @property
    def kind(self) -> str:
        """Its kind as a title."""
        return capfirst(self.run.get_kind_display())

    @property
    def time(self) -> str:
        """The time of day of its start."""
        return date_format(self.clock, "H:i")

    @property
    def day(self) -> str:
        """Its day, as near as one says it."""
        words = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
        return words.get((self.clock.date() - self.today).days) or date_format(self.clock, _("D j M"))

    @property
    def whole_day(self) -> str:
        """Its day in full."""
        return date_format(self.clock, _("l j F") if self.clock.year == self.today.year else _("l j F Y"))

    @property
    def when(self) -> str:
        """Day and time."""
        return f"{self.day}, {self.time}"

    @property
    def cancelled(self) -> bool:
        """Whether it is off."""
        return self.run.status == Run.Status.CANCELLED

    @property
    def done(self) -> bool:
        """Whether its warm-up is done, whole or short."""
        return self.state in {"done", "short"}

    @property
    def minutes(self) -> int:
        """How long its warm-up takes, in minutes begun."""
        return minutes_of(self.given.revision) if self.given else 0

    @property
    def odd_hour(self) -> str:
        """What is to be said of a wall time that the clocks skip or show twice."""
        return odd_hour_words(self.run.local_start, self.run.time_zone)


@dataclass(frozen=True)
class StepShown:
    """A step of the warm-up with its dose in words."""

    step: Step
    dose: str
    unit: str


@dataclass(frozen=True)
class RibbonShown:
    """The ribbon with its labels, as components/ribbon.html takes them; `text` says it all in one sentence."""

    ribbon: Ribbon
    text: str
    run_time: str
    warm_up_time: str
    warm_up_word: str
    reminder_time: str


@dataclass(frozen=True)
class ReminderShown:
    """What became of a run's reminder, in words; `at` is when it is due or went out, None where there is none."""

    text: str
    at: datetime | None = None
    off: bool = False  # by the athlete's own choice


def show(run: Run, *, reader: User, now: datetime) -> RunShown:
    """A run as `reader` is shown it at `now`; why another's was skipped if it was fetched `with_health_for` them."""
    what, away = given(run), away_on(run)
    state = shown_state(
        has_routine=what is not None,
        sessions=warm_ups_of(run),
        starts_at=run.starts_at,
        now=now,
        away=away is not None,
    )
    return RunShown(
        run=run,
        given=what,
        state=state,
        clock=run.starts_at.astimezone(run.time_zone),
        zone="" if run.time_zone == reader.time_zone else zone_words(run.time_zone),
        today=now.astimezone(run.time_zone).date(),
        away=away_word(away, reader) if away else "",
        answer=answer_of(run),
        reason_shared=run.athlete_id == reader.pk or getattr(run, "health_shared", False),
    )


def away_word(away: Away, reader: User) -> str:
    """What `reader` is told of away dates beside a run: why only to their athlete."""
    return str(away.get_reason_display()) if away.athlete_id == reader.pk else _("away")


def zone_words(zone: ZoneInfo) -> str:
    """Whose time a zone's is: "Berlin time"."""
    place = str(zone).rpartition("/")[2].replace("_", " ")
    return place if place in {"UTC", "GMT"} else _("%(place)s time") % {"place": place}


def minutes_of(revision: Revision) -> int:
    """How long a warm-up takes, in minutes begun."""
    return minutes_begun(revision.duration_seconds)


def distance_words(metres: int, units: str) -> str:
    """A distance as its reader counts it: "8 km", "4.97 mi"."""
    if units == User.Units.IMPERIAL:
        return _("%(miles)s mi") % {"miles": f"{metres / METRES_A_MILE:.2f}".rstrip("0").rstrip(".")}
    return _("%(kilometres)s km") % {"kilometres": f"{metres / 1000:.3f}".rstrip("0").rstrip(".")}


def length_words(run: Run, units: str) -> str:
    """How long a run is planned to be: "50 min · 8 km"; nothing where nothing is planned."""
    words = []
    if run.planned_minutes:
        words.append(_("%(minutes)d min") % {"minutes": run.planned_minutes})
    if run.planned_metres:
        words.append(distance_words(run.planned_metres, units))
    return " · ".join(words)


def moved_words(moved: int) -> str:
    """How many planned runs followed a routine's new version; "" for none."""
    words = ngettext("%(count)d planned run has it now.", "%(count)d planned runs have it now.", moved)
    return words % {"count": moved} if moved else ""


def steps_of(revision: Revision) -> list[StepShown]:
    """The steps of a warm-up, in one query."""
    steps = revision.steps.select_related("exercise")
    return [StepShown(step, dose_numbers(step), dose_unit(step)) for step in steps]


def source_words(run: Run, what: Given, reader: User) -> str:
    """By whose word a run has its warm-up."""
    if what.source == "run":
        return _by_hand(run.assignment, run, reader)
    rule = what.standing
    words = {"squad": what.squad, "athlete": run.athlete, "runs": kinds_words(rule.kinds) if rule else ""}
    mine = reader == run.athlete
    match what.source:
        case "athlete" if mine and rule and not rule.by_coach:
            return _("By your own rule for %(runs)s.") % words
        case "athlete" if mine:
            return _("By your coach's rule for %(runs)s of yours.") % words
        case "athlete":
            return _("By the rule for %(runs)s of %(athlete)s.") % words
        case "squad":
            return _("By the rule of %(squad)s for %(runs)s.") % words
        case "own-default":
            return _("Your usual warm-up.") if mine else _("The usual warm-up of %(athlete)s.") % words
    return _("The usual warm-up of %(squad)s.") % words


def _by_hand(assignment: Assignment, run: Run, reader: User) -> str:
    giver = assignment.assigned_by
    if giver == reader:
        return _("You chose it for this run.")
    if giver is None:
        return _("Chosen for this run.")
    if reader == run.athlete:
        return _("Your coach %(name)s chose it for this run.") % {"name": giver}
    return _("%(name)s chose it for this run.") % {"name": giver}


def show_ribbon(
    shown: RunShown, steps: Sequence[StepShown], reminder_at: datetime | None, now: datetime
) -> RibbonShown:
    """The ribbon of a run with these steps before it."""
    run, zone = shown.run, shown.run.time_zone
    begins = run.starts_at - timedelta(minutes=shown.minutes)
    values = {
        "reminder": _clock(reminder_at, zone) if reminder_at else "",
        "begins": _clock(begins, zone),
        "minutes": shown.minutes,
        "run": shown.time,
    }
    if not steps:
        text = _("Run at %(run)s, without a warm-up so far.")
    elif reminder_at:
        text = _("Reminder at %(reminder)s, warm-up of %(minutes)d minutes from %(begins)s, run at %(run)s.")
    else:
        text = _("Warm-up of %(minutes)d minutes from %(begins)s, run at %(run)s.")
    return RibbonShown(
        ribbon=ribbon(
            starts_at=run.starts_at,
            now=now,
            step_seconds=[step_seconds(each.step) for each in steps],
            reminder_at=reminder_at,
        ),
        text=text % values,
        run_time=shown.time,
        warm_up_time=str(values["begins"]) if steps else "",
        warm_up_word=_("Warm-up, %(minutes)d min") % values if steps else "",
        reminder_time=str(values["reminder"]),
    )


def show_reminder(run: Run, rows: Iterable[Reminder], now: datetime) -> ReminderShown:
    """What became of the reminder of a run, from its `rows` (the last due first), as its athlete is told."""
    before = Reminder.Kind.BEFORE_RUN
    rows = [row for row in rows if row.kind == before and row.starts_at == run.starts_at]
    rows = [row for row in rows if row.status != Reminder.Status.CANCELLED]
    if not rows:
        return _no_row(run, now)
    row = rows[0]
    at = row.sent_at or row.due_at
    time = {"time": _clock(at, run.time_zone, beside=run)}
    match row.status:
        case Reminder.Status.SENT:
            return ReminderShown(_("Your reminder went out at %(time)s.") % time, at)
        case Reminder.Status.CLAIMED:
            return ReminderShown(_("Your reminder is leaving right now."), at)
        case Reminder.Status.SCHEDULED:
            return ReminderShown(_("Your reminder comes at %(time)s.") % time, at)
        case Reminder.Status.EXPIRED:
            return ReminderShown(_("Your reminder did not make it out before the run. That is our fault, not yours."))
    if row.reason.startswith(Reason.ADDRESS):
        return ReminderShown(_("Your reminder could not be sent: your e-mail address does not take mail."))
    return ReminderShown(_("Your reminder could not be sent. That is our fault, not yours."))


def _no_row(run: Run, now: datetime) -> ReminderShown:
    wanted = wish(run, now)
    if wanted.due_at:
        time = {"time": _clock(wanted.due_at, run.time_zone, beside=run)}
        return ReminderShown(_("Your reminder comes at %(time)s.") % time, wanted.due_at)
    match wanted.reason:
        case Reason.OPTED_OUT:
            return ReminderShown(_("Reminders by e-mail are off."), off=True)
        case Reason.NO_WARM_UP:
            return ReminderShown(_("A reminder comes as soon as the run has a warm-up."))
        case Reason.TOO_LATE:
            return ReminderShown(_("The start is too close for a reminder."))
        case Reason.QUIET:
            return ReminderShown(_("No reminder: it would come in your quiet hours."), off=True)
    return ReminderShown("")


@dataclass(frozen=True)
class Ending:
    """A reminder in words, for its athlete: which run it was for, which kind of mail, when, and how it ended."""

    title: str
    kind: str
    when: str
    words: str


def show_ending(row: Reminder, person: User) -> Ending:
    """How a reminder (with its run) of `person` ended, or how it stands. No server's words: they may name addresses."""
    run, zone = row.run, row.run.time_zone
    kind = capfirst(run.get_kind_display())
    start = date_format(row.starts_at.astimezone(zone), _("D j M, H:i"))
    at = row.sent_at or row.due_at
    return Ending(
        title=_("%(kind)s, %(start)s") % {"kind": kind, "start": start},
        kind=capfirst(row.get_kind_display()),
        when=date_format(at.astimezone(person.time_zone), _("D j M, H:i")),
        words=_ending_words(row, person),
    )


def _ending_words(row: Reminder, person: User) -> str:
    word = row.reason.partition(":")[0]
    why = {str(reason.value): str(reason.label) for reason in Reason}.get(word, "")
    match row.status:
        case Reminder.Status.SENT:
            return _("Sent")
        case Reminder.Status.CLAIMED:
            return _("Being sent right now")
        case Reminder.Status.SCHEDULED if row.attempts or row.reason:
            time = date_format(row.next_at.astimezone(person.time_zone), "H:i")
            return _("The mail server asked to wait; next try at %(time)s") % {"time": time}
        case Reminder.Status.SCHEDULED:
            return _("About to be sent")
        case Reminder.Status.EXPIRED:
            return _("Not sent in time: the mail server did not take it before the run")
        case Reminder.Status.CANCELLED:
            return _("Not sent: %(why)s") % {"why": why} if why else _("Not sent")
    return _("Not sent: %(why)s") % {"why": why} if why else _("Not sent")


def show_reminder_to_coach(run: Run, *, sent: bool, now: datetime) -> ReminderShown:
    """What a coach is told: only whether it went out."""
    if sent:
        return ReminderShown(_("The reminder went out."))
    if run.starts_at <= now or run.status == Run.Status.CANCELLED:
        return ReminderShown(_("No reminder went out."))
    return ReminderShown(_("The reminder has not gone out yet."))


def _clock(instant: datetime, zone: ZoneInfo, *, beside: Run | None = None) -> str:
    """A time of day; with the day where it is not that of the run `beside` it."""
    local = instant.astimezone(zone)
    if beside and local.date() != beside.starts_at.astimezone(zone).date():
        return date_format(local, _("D j M, H:i"))
    return date_format(local, "H:i")
