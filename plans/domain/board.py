"""The board: who warmed up, who hurts, who is silent. Rows are values; `read_board` fetches what they are made of.

What a coach should look at (a concern) is told in sentences, the gravest first:
pain: the newest report of the last two weeks is at or over PAIN_RED_LIMIT, where the athlete shares it;
hurts: the newest word of the last two weeks is that a warm-up was skipped since something hurts, where that is shared;
skipped: the warm-up before at least two hard runs of the last two weeks was skipped, or of some nothing was logged;
missed: nothing logged before at least two hard runs of the last two weeks;
effort: the newest warm-up of the last two weeks felt like 7 or more of 10;
silent: at least two runs with a warm-up in the last two weeks, and nothing logged.

Runs within away dates are shown as such; they count neither for the share nor for a concern.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Lower
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from plans.domain.adherence import (
    SESSIONS_OF_RUN,
    Adherence,
    adherence,
    answer_of,
    counts_as_warmed_up,
    shown_state,
    warm_ups_of,
)
from plans.domain.given import Given, away_on, given, with_warm_up
from plans.domain.run_answers import skipped_words
from plans.domain.sessions import PainSide, PainSite
from plans.models import Away, Membership, Run, RunAnswer, Session, Squad
from plans.models.squads import Role
from plans.querysets import AwayQuerySet, MembershipQuerySet, SessionQuerySet

HARD_KINDS = frozenset({"tempo", "intervals", "hills", "race"})
EFFORT_TOO_HIGH = 7  # of 10: more than a warm-up should take out of anybody
RECENT = timedelta(days=14)
MISSED_AFTER = 2  # hard runs without a word: one may happen to anybody
SILENT_AFTER = 2  # runs with a warm-up, and not a word of any
DAYS_BACK = 28
DAYS_AHEAD = 7


@dataclass(frozen=True)
class RunLine:
    """One athlete's run: what it was given and what became of it (`state` as in components/state.html, or None).

    `answer` is what was answered from the reminder, where that counts; `reason_shared`: its reader may know why.
    """

    run: Run
    given: Given | None
    state: str | None
    warmed_up: bool
    over: bool  # begun so long ago that a warm-up no longer counts
    away: bool = False  # within its athlete's away dates
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
    def clock(self) -> datetime:
        """What clocks show at its start where it is run."""
        return self.run.starts_at.astimezone(self.run.time_zone)

    @property
    def counts(self) -> bool:
        """Whether it belongs to adherence: it had a warm-up, done or too late to do, and nobody was away."""
        return self.expected and (self.over or self.warmed_up)

    @property
    def expected(self) -> bool:
        """Whether a warm-up is to be done: there is one, and its athlete is not away."""
        return self.given is not None and not self.away


@dataclass(frozen=True)
class Outing:
    """A run of one athlete, or everyone's run of one date of a squad, with their lines."""

    lines: list[RunLine]

    @property
    def run(self) -> Run:
        """Any of them, for what they have in common."""
        return self.lines[0].run

    @property
    def clock(self) -> datetime:
        """What clocks show at its start."""
        return self.lines[0].clock

    @property
    def assigned(self) -> int:
        """How many have a warm-up to do."""
        return sum(line.expected for line in self.lines)

    @property
    def away(self) -> int:
        """How many are away."""
        return sum(line.away for line in self.lines)

    @property
    def warmed_up(self) -> int:
        """How many have done it in time."""
        return sum(line.expected and line.warmed_up for line in self.lines)

    @property
    def routine_names(self) -> list[str]:
        """What they were given, each once."""
        return list(dict.fromkeys(line.given.revision.name for line in self.lines if line.given))


@dataclass(frozen=True)
class AthleteLine:
    """One athlete: adherence, the runs it is counted from (oldest first), the next run, the newest session, pain.

    `next` is the first that they are not away for, `away` the dates (with `reason_shared`) in which they are today.
    """

    membership: Membership
    adherence: Adherence
    counted: list[RunLine]
    next: RunLine | None
    last_session: Session | None
    pain_flags: list[Session]
    away: Away | None = None

    @property
    def person(self) -> User:
        """Who."""
        return self.membership.person

    @property
    def skipped(self) -> int:
        """How many of the counted runs' warm-ups were skipped, as the athlete said."""
        return sum(line.state == "skipped" for line in self.counted)


@dataclass(frozen=True)
class Entry:
    """Something of an athlete's past: a run with what was logged for it, or warm-ups without a run of the span."""

    at: datetime
    line: RunLine | None
    sessions: list[Session]


@dataclass(frozen=True)
class Concern:
    """Something to look at: `kind` is pain, hurts, skipped, missed, effort or silent; `text` says it in a sentence."""

    kind: str
    person: User
    text: str


@dataclass(frozen=True)
class Board:
    """A squad as its coaches see it: concerns, runs from today on (by day), athletes by name."""

    concerns: list[Concern]
    days: list[tuple[date, list[Outing]]]
    athletes: list[AthleteLine]


def run_line(run: Run, now: datetime) -> RunLine:
    """The line of a run fetched with `with_warm_up` and SESSIONS_OF_RUN; why it was skipped if `with_health_for`."""
    what = given(run)
    sessions = warm_ups_of(run)
    away = away_on(run) is not None
    return RunLine(
        run=run,
        given=what,
        state=shown_state(has_routine=what is not None, sessions=sessions, starts_at=run.starts_at, now=now, away=away),
        warmed_up=any(counts_as_warmed_up(session, run.starts_at) for session in sessions),
        over=now > run.starts_at + timedelta(minutes=settings.ADHERENCE_GRACE_MINUTES),
        away=away,
        answer=answer_of(run),
        reason_shared=getattr(run, "health_shared", False),
    )


def athlete_line(
    membership: Membership,
    lines: Sequence[RunLine],
    sessions: Sequence[Session],
    newest: Session | None,
    now: datetime,
    away: Away | None = None,
) -> AthleteLine:
    """One athlete's row from their lines (by start) and sessions (newest first, with `health_shared`) of a span.

    `newest` is their newest session, in that span or not; `away` their away dates of today.
    """
    counted = [line for line in lines if line.counts]
    return AthleteLine(
        membership=membership,
        adherence=adherence((line.run.starts_at, warm_ups_of(line.run)) for line in counted),
        counted=counted,
        next=next((line for line in lines if line.run.starts_at > now and not line.away), None),
        last_session=newest,
        pain_flags=[session for session in sessions if at_red_limit(session)],
        away=away,
    )


def at_red_limit(session: Session) -> bool:
    """Whether a session (with `health_shared`) tells its reader of pain at or over the limit."""
    return shared_pain(session) is not None and session.pain >= settings.PAIN_RED_LIMIT  # type: ignore[operator]


def shared_pain(session: Session) -> int | None:
    """The pain that the reader of a session may see."""
    return session.pain if session.health_shared else None  # type: ignore[attr-defined]


def outings(lines: Iterable[RunLine]) -> list[Outing]:
    """Lines in the order of their start, those of one series' date at the same time together."""
    together: dict[tuple[object, ...], list[RunLine]] = defaultdict(list)
    for line in lines:
        run = line.run
        key = (run.series_id, run.starts_at, run.kind) if run.series_id else (None, run.pk)
        together[key].append(line)
    return [Outing(sorted(group, key=_by_name)) for group in together.values()]


def _by_name(line: RunLine) -> tuple[str, int]:
    return line.run.athlete.name.casefold(), line.run.pk


def by_day(groups: Iterable[Outing]) -> list[tuple[date, list[Outing]]]:
    """Outings under the local date on which they are."""
    days: dict[date, list[Outing]] = defaultdict(list)
    for outing in groups:
        days[outing.lines[0].clock.date()].append(outing)
    return sorted(days.items())


def concerns(
    person: User,
    lines: Sequence[RunLine],
    sessions: Sequence[Session],
    newest: Session | None,
    *,
    squad: Squad,
    now: datetime,
) -> list[Concern]:
    """What of one athlete a coach should look at, from what `athlete_line` takes."""
    since = now - RECENT
    recent = [session for session in sessions if session.started_at >= since]
    past = [line for line in lines if line.counts and line.run.starts_at >= since]
    answered = [line for line in lines if line.answer and line.run.starts_at >= since]
    found = [_pain(person, sessions, since, squad), _hurts(person, answered, sessions, squad)]
    if not recent and not answered and len(past) >= SILENT_AFTER:
        found.append(_silence(person, newest, len(past), squad))
    else:
        hard = [line.state for line in past if line.run.kind in HARD_KINDS]
        found += [_without(person, hard.count("skipped"), hard.count("missed")), _effort(person, recent, squad)]
    return [concern for concern in found if concern]


def history(lines: Iterable[RunLine], sessions: Iterable[Session]) -> list[Entry]:
    """Past runs with their sessions, and sessions of no such run, the newest first."""
    entries = {line.run.pk: Entry(line.run.starts_at, line, []) for line in lines}
    alone = []
    for session in sessions:
        if session.run_id in entries:
            entries[session.run_id].sessions.append(session)
        else:
            alone.append(Entry(session.started_at, None, [session]))
    return sorted([*entries.values(), *alone], key=lambda entry: entry.at, reverse=True)


_GRAVITY = ("pain", "hurts", "skipped", "missed", "effort", "silent")


def gravest_first(found: Iterable[Concern]) -> list[Concern]:
    """Concerns in the order in which a coach should read them."""
    return sorted(found, key=lambda concern: (_GRAVITY.index(concern.kind), concern.person.name.casefold()))


def _pain(person: User, sessions: Sequence[Session], since: datetime, squad: Squad) -> Concern | None:
    reports = [session for session in sessions if shared_pain(session) is not None]
    if not reports or reports[0].started_at < since or not at_red_limit(reports[0]):
        return None
    newest, earlier = reports[0], reports[1] if len(reports) > 1 else None
    values = {
        "name": person.name,
        "what": pain_words(newest),
        "day": day_words(newest.started_at, squad),
        "before": earlier.pain if earlier else None,
    }
    if earlier and earlier.pain < newest.pain:  # type: ignore[operator]
        return Concern("pain", person, _("%(name)s: %(what)s on %(day)s, up from %(before)s.") % values)
    return Concern("pain", person, _("%(name)s: %(what)s on %(day)s.") % values)


def _hurts(person: User, answered: Sequence[RunLine], sessions: Sequence[Session], squad: Squad) -> Concern | None:
    """The newest skipped warm-up of which they said that something hurts, unless they told of pain since."""
    hurt = [line for line in answered if line.reason_shared and line.answer.reason == RunAnswer.Reason.HURTS]  # type: ignore[union-attr]
    if not hurt:
        return None
    newest = max(hurt, key=lambda line: line.answer.answered_at)  # type: ignore[union-attr]
    reports = [session.started_at for session in sessions if shared_pain(session) is not None]
    if reports and max(reports) > newest.answer.answered_at:  # type: ignore[union-attr]
        return None
    values = {"name": person.name, "day": day_words(newest.run.starts_at, squad)}
    return Concern("hurts", person, _("%(name)s: skipped the warm-up on %(day)s, as something hurts.") % values)


def _without(person: User, skipped: int, missed: int) -> Concern | None:
    """Hard runs without a warm-up: skipped as they said, or nothing was said."""
    if not skipped:
        return _missed(person, missed)
    if skipped + missed < MISSED_AFTER:
        return None
    values = {"name": person.name, "skipped": skipped, "missed": missed, "count": skipped + missed}
    if missed:
        text = _(
            "%(name)s: no warm-up before %(count)s hard runs in two weeks, %(skipped)s skipped, %(missed)s not logged."
        )
    else:
        text = _("%(name)s skipped the warm-up before %(count)s hard runs in two weeks.")
    return Concern("skipped", person, text % values)


def _missed(person: User, missed: int) -> Concern | None:
    if missed < MISSED_AFTER:
        return None
    text = ngettext(
        "%(name)s logged no warm-up before %(count)s hard run in two weeks.",
        "%(name)s logged no warm-up before %(count)s hard runs in two weeks.",
        missed,
    )
    return Concern("missed", person, text % {"name": person.name, "count": missed})


def _effort(person: User, recent: list[Session], squad: Squad) -> Concern | None:
    newest = next((session for session in recent if session.rpe is not None), None)
    if newest is None or newest.rpe < EFFORT_TOO_HIGH:  # type: ignore[operator]
        return None
    values = {"name": person.name, "effort": newest.rpe, "day": day_words(newest.started_at, squad)}
    return Concern("effort", person, _("%(name)s: effort %(effort)s of 10 for a warm-up on %(day)s.") % values)


def _silence(person: User, newest: Session | None, runs: int, squad: Squad) -> Concern:
    values = {"name": person.name, "count": runs}
    if newest:
        values["day"] = day_words(newest.started_at, squad)
        return Concern("silent", person, _("%(name)s has logged nothing since %(day)s.") % values)
    text = ngettext(
        "%(name)s has logged nothing yet, with a warm-up before %(count)s run.",
        "%(name)s has logged nothing yet, with a warm-up before %(count)s runs.",
        runs,
    )
    return Concern("silent", person, text % values)


def pain_words(session: Session) -> str:
    """What a session says of pain: "pain 6, left hip"."""
    words = [_("pain %(pain)s") % {"pain": session.pain}]
    side, site = session.pain_side or "", session.pain_site or ""
    place = [str(dict(PainSide.choices).get(side, side)), str(dict(PainSite.choices).get(site, site))]
    if any(place):
        words.append(" ".join(filter(None, place)))
    return ", ".join(words)


def day_words(instant: datetime, squad: Squad) -> str:
    """The day of an instant where the squad is: "Tue 24 Nov"."""
    return formats.date_format(instant.astimezone(squad.time_zone), _("D j M"))


# --- Fetching -------------------------------------------------------------------------------------------------------
def read_board(
    *, squad: Squad, memberships: Sequence[Membership], reader: User, first: date, last: date, now: datetime
) -> Board:
    """The board over the squad's local dates `first` to `last`, both included, for these athletes of it.

    Shows what `reader` may see of them: runs and sessions from the day of joining, pain where it is shared. The
    same number of queries, however many athletes.
    """
    lines, within = _read(squad, [each.person_id for each in memberships], reader, first, last, now)
    newest = {session.athlete_id: session for session in _newest(reader, memberships)}
    today = now.astimezone(squad.time_zone).date()
    away_now = away_dates(reader, [each.person_id for each in memberships]).filter(since__lte=today, until__gte=today)
    away = {each.athlete_id: each for each in away_now}
    lines_of, sessions_of = defaultdict(list), defaultdict(list)
    for line in lines:
        lines_of[line.run.athlete_id].append(line)
    for session in within:
        sessions_of[session.athlete_id].append(session)
    rows, found = [], []
    for membership in memberships:
        who = membership.person_id
        theirs = (lines_of[who], sessions_of[who], newest.get(who))
        rows.append(athlete_line(membership, *theirs, now, away.get(who)))
        found += concerns(membership.person, *theirs, squad=squad, now=now)
    coming = [line for line in lines if line.clock.date() >= today]
    return Board(concerns=gravest_first(found), days=by_day(outings(coming)), athletes=rows)


def read_athlete(
    *, squad: Squad, athlete: User, reader: User, first: date, last: date, now: datetime
) -> tuple[list[RunLine], list[Session]]:
    """What `reader` sees of one athlete over the squad's local dates: lines (by start), sessions (newest first)."""
    return _read(squad, [athlete.pk], reader, first, last, now)


def away_dates(reader: User, athletes: Collection[int]) -> AwayQuerySet:
    """What `reader` sees of these people's away dates, with `reason_shared`."""
    return Away.objects.visible_to(reader).with_reason_for(reader).filter(athlete__in=athletes)


def _read(
    squad: Squad, athletes: list[int], reader: User, first: date, last: date, now: datetime
) -> tuple[list[RunLine], list[Session]]:
    start, end = bounds(squad, first, last)
    runs = Run.objects.visible_to(reader).with_health_for(reader).planned().filter(athlete__in=athletes)
    runs = runs.filter(starts_at__gte=start, starts_at__lt=end)
    lines = [run_line(run, now) for run in with_warm_up(runs).prefetch_related(SESSIONS_OF_RUN)]
    sessions = Session.objects.visible_to(reader).with_health_for(reader).filter(athlete__in=athletes)
    return lines, list(sessions.filter(started_at__gte=start, started_at__lt=end))


def bounds(squad: Squad, first: date, last: date) -> tuple[datetime, datetime]:
    """The instants at which a span of local dates begins and ends in the squad's time zone."""
    after = last + timedelta(days=1)
    return (
        datetime.combine(first, time.min, tzinfo=squad.time_zone),
        datetime.combine(after, time.min, tzinfo=squad.time_zone),
    )


def athletes_of(squad: Squad, reader: User) -> MembershipQuerySet:
    """The memberships of a squad's athletes whom `reader` sees, by name."""
    seen = Membership.objects.visible_to(reader).filter(squad=squad, role=Role.ATHLETE)
    return seen.select_related("person").order_by(Lower("person__name"), "pk")


def _newest(reader: User, memberships: Sequence[Membership]) -> SessionQuerySet:
    """Each athlete's newest session, whenever that was."""
    seen = Session.objects.visible_to(reader)
    theirs = seen.filter(athlete=OuterRef("person_id")).order_by("-started_at", "-pk").values("pk")[:1]
    keys = Membership.objects.filter(pk__in=[membership.pk for membership in memberships])
    return seen.with_health_for(reader).filter(pk__in=keys.annotate(newest=Subquery(theirs)).values("newest"))
