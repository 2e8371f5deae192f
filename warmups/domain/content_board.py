"""The content board: what curators should look at, from what waits for them to what athletes leave out.

Everything but TROUBLES is read from the library. Of a published exercise it is judged what readers have; of a draft
what has been written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, cast

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditEntry, User
from warmups.domain.exercise_documents import Links, link_problems
from warmups.models import (
    Activation,
    Exercise,
    ExerciseMuscle,
    ExerciseVersion,
    GlutealIndex,
    Revision,
    Routine,
    Step,
    Study,
    Substitute,
)
from warmups.models.evidence import SECOND_HAND

Status, NextStatus = Exercise.Status, Exercise.NextStatus
SOON = timedelta(days=60)

# What sessions say counts only from so many times by so many different athletes: fewer say more of the people than of
# the exercise, and of pain they would say of whom.
ENOUGH_TIMES = 10
ENOUGH_ATHLETES = 5
MOST_TROUBLES = 10


@dataclass(frozen=True)
class Waiting:
    """An exercise in review: since when, and whether this curator may publish it (`alone`: only with a reason)."""

    exercise: Exercise
    since: datetime
    may_publish: bool
    alone: bool


@dataclass(frozen=True)
class WaitingRoutine:
    """A routine of the library in review, told as Waiting tells of exercises."""

    routine: Routine
    since: datetime
    may_publish: bool
    alone: bool


@dataclass(frozen=True)
class Lack:
    """An exercise, and what it lacks: keys of GAPS."""

    exercise: Exercise
    gaps: list[str]

    @property
    def words(self) -> list[Promise]:
        """What it lacks, in words."""
        return [GAPS[gap] for gap in self.gaps]


@dataclass(frozen=True)
class Fault:
    """Something that leads nowhere or contradicts itself: what it is about, what is wrong, where that is mended."""

    about: str
    problem: str
    url: str


@dataclass(frozen=True)
class Trouble:
    """What athletes' sessions say of an exercise (its key): numbers from enough of them, else 0.

    `prescribed` and `skipped` count steps of sessions, `hurt` those left out or swapped because it hurts, `pain` those
    done in a session with strong pain; the numbers of athletes stand beside.
    """

    exercise: int
    prescribed: int
    athletes: int
    skipped: int = 0
    hurt: int = 0
    hurt_athletes: int = 0
    pain: int = 0
    pain_athletes: int = 0

    @property
    def skipped_percent(self) -> int:
        """Of 100 times that somebody had it, how often it was left out."""
        return round(100 * self.skipped / self.prescribed)

    @property
    def hurt_percent(self) -> int:
        """Of 100 times that somebody had it, how often it was left out because it hurts."""
        return round(100 * self.hurt / self.prescribed)


# An app above adds functions here when it starts, since warm-ups know nothing of sessions.
TROUBLES: list[Callable[[datetime], list[Trouble]]] = []

# What an exercise may lack, in the order told. A photo is none: the figure shows all that one has to see.
GAPS: dict[str, Promise] = {
    "figure": gettext_lazy("no figure"),
    "muscles": gettext_lazy("no muscles"),
    "source": gettext_lazy("no source"),
    "second-hand": gettext_lazy("only second-hand sources"),
    "easier": gettext_lazy("no easier one"),
    "substitute": gettext_lazy("nothing instead when it hurts"),
    "leave-out": gettext_lazy("not said when to leave it out"),
}


@dataclass(frozen=True)
class ContentBoard:
    """All that curators should look at. Lists are by name, but for those that wait and `overdue`: longest first.

    `unread`: published, and no clinician has read them yet. `troubles`: pairs of an exercise and what sessions say.
    """

    waiting: list[Waiting]
    mine: list[Exercise]
    others: list[Exercise]
    waiting_routines: list[WaitingRoutine]
    my_routines: list[Routine]
    other_routines: list[Routine]
    overdue: list[Exercise]
    due_soon: list[Exercise]
    unread: list[Exercise]
    lacks: list[Lack]
    faults: list[Fault]
    skipped: list[tuple[Exercise, Trouble]]
    painful: list[tuple[Exercise, Trouble]]

    @property
    def for_you(self) -> int:
        """How many exercises wait for this curator to read them."""
        return sum(each.may_publish and not each.alone for each in self.waiting)

    @property
    def routines_for_you(self) -> int:
        """How many routines wait for this curator to read them."""
        return sum(each.may_publish and not each.alone for each in self.waiting_routines)

    @property
    def to_finish(self) -> int:
        """How many drafts of this curator there are."""
        return len(self.mine) + len(self.my_routines)

    def lacking(self, gap: str) -> list[Lack]:
        """Those that lack this."""
        return [lack for lack in self.lacks if gap in lack.gaps]

    @property
    def counts(self) -> list[tuple[str, Promise, int]]:
        """Each gap that there is, with its words and how many lack it."""
        counted = ((gap, words, len(self.lacking(gap))) for gap, words in GAPS.items())
        return [each for each in counted if each[2]]


def read_board(*, curator: User, now: datetime, today: date) -> ContentBoard:
    """The board as `curator` has it on `today`, the date where they are. The same few queries however much there is."""
    rows = list(_rows(curator))
    published = [row for row in rows if row.published]
    drafts = [row for row in rows if row.next_status == NextStatus.DRAFT]
    due = sorted(
        ((row.review_due, row) for row in published if row.review_due), key=lambda pair: (pair[0], pair[1].name)
    )
    routines = _routines_at_work(curator)
    routine_drafts = [row for row in routines if row.next_status == Routine.NextStatus.DRAFT and _unread(row)]
    troubles = _troubles(rows, now)
    return ContentBoard(
        waiting=_waiting(rows, curator),
        mine=[row for row in drafts if _latest(row).author_id == curator.pk],
        others=[row for row in drafts if _latest(row).author_id != curator.pk],
        waiting_routines=_waiting_routines(routines, curator),
        my_routines=[row for row in routine_drafts if _newest(row).created_by_id == curator.pk],
        other_routines=[row for row in routine_drafts if _newest(row).created_by_id != curator.pk],
        overdue=[row for day, row in due if day < today],
        due_soon=[row for day, row in due if today <= day <= today + SOON],
        unread=[row for row in published if row.reviewed_on is None],
        lacks=[lack for row in rows if row.status != Status.RETIRED and (lack := Lack(row, _gaps(row))).gaps],
        faults=[*_links(rows), *_routines(), *_studies()],
        skipped=_most(troubles, lambda trouble: trouble.skipped / trouble.prescribed),
        painful=_most(troubles, lambda trouble: (trouble.hurt + trouble.pain) / trouble.prescribed),
    )


def _rows(curator: User) -> QuerySet[Exercise]:
    """All exercises with what the board asks of them, at three queries, without documents and poses."""
    figures = Activation.objects.filter(exercise=OuterRef("pk"))
    rows = Exercise.objects.editable_by(curator).select_related("latest__author", "easier", "harder")
    links = (f"{link}__{name}" for link in ("easier", "harder") for name in ("name", "slug", "status", "difficulty"))
    own = ("name", "slug", "status", "next_status", "difficulty", "poses_digest", "leave_out")
    dates = ("reviewed_on", "review_due")
    latest = ("latest__number", "latest__made_at", "latest__author__name", "latest__from_release")
    return (
        rows.only(*own, *dates, *links, *latest)
        .annotate(
            has_muscles=Exists(ExerciseMuscle.objects.filter(exercise=OuterRef("pk"), role="primary")),
            has_figures=Exists(figures),
            has_first_hand=Exists(figures.exclude(source_kind=SECOND_HAND)),
            has_index=Exists(GlutealIndex.objects.filter(exercise=OuterRef("pk"))),
        )
        .prefetch_related(
            Prefetch(
                "substitutes",
                Substitute.objects.select_related("substitute").only(
                    "exercise_id", "when", "substitute__name", "substitute__status"
                ),
            )
        )
    )


def _latest(row: Exercise) -> ExerciseVersion:
    return cast(ExerciseVersion, row.latest)  # empty only while a new exercise is being written


# --- What is being worked on ------------------------------------------------------------------------------------------
def _waiting(rows: Iterable[Exercise], curator: User) -> list[Waiting]:
    """What is in review, longest first."""
    in_review = [row for row in rows if row.next_status == NextStatus.IN_REVIEW]
    since = _submitted(in_review, "exercise")
    waiting = []
    for row in in_review:
        own = _latest(row).author_id == curator.pk
        at = since.get(str(row.pk), _latest(row).made_at)
        waiting.append(Waiting(row, at, may_publish=not own or curator.is_superuser, alone=own))
    return sorted(waiting, key=lambda each: (each.since, each.exercise.name))


def _routines_at_work(curator: User) -> list[Routine]:
    """The library's routines whose latest revision readers don't have, by its name."""
    rows = Routine.objects.editable_by(curator).current().filter(owner=None).exclude(next_status="")
    return sorted(rows.select_related("latest__created_by"), key=lambda row: (_newest(row).name, row.pk))


def _newest(row: Routine) -> Revision:
    return cast(Revision, row.latest)  # empty only while a new routine is being written


def _unread(row: Routine) -> bool:
    """Whether readers never had the latest revision: of what was withdrawn as it stood nobody is writing."""
    return _newest(row).published_at is None


def _waiting_routines(rows: Iterable[Routine], curator: User) -> list[WaitingRoutine]:
    """What is in review, longest first."""
    in_review = [row for row in rows if row.next_status == Routine.NextStatus.IN_REVIEW]
    since = _submitted(in_review, "routine")
    waiting = []
    for row in in_review:
        own = _newest(row).created_by_id == curator.pk
        at = since.get(str(row.pk), _newest(row).created_at)
        waiting.append(WaitingRoutine(row, at, may_publish=not own or curator.is_superuser, alone=own))
    return sorted(waiting, key=lambda each: each.since)


def _submitted(rows: Iterable[Exercise | Routine], kind: str) -> dict[str, datetime]:
    """When each was sent to review last, by its key as text."""
    keys = [str(row.pk) for row in rows]
    sent = AuditEntry.objects.filter(target_type=f"warmups.{kind}", target_id__in=keys, action=f"{kind}.submit")
    return dict(sent.order_by("at", "pk").values_list("target_id", "at"))


# --- What is missing --------------------------------------------------------------------------------------------------
def _gaps(row: Any) -> list[str]:
    """What an exercise of `_rows` lacks: keys of GAPS."""
    lacking = {
        "figure": not row.poses_digest,
        "muscles": not row.has_muscles,
        "source": not (row.has_figures or row.has_index),
        "second-hand": row.has_figures and not row.has_first_hand and not row.has_index,
        "easier": row.easier is None and row.difficulty > 1,  # nothing is easier than the easiest
        "substitute": not any(each.when == Substitute.When.HURTS for each in row.substitutes.all()),
        "leave-out": not row.leave_out,
    }
    return [gap for gap in GAPS if lacking[gap]]


# --- What leads nowhere -----------------------------------------------------------------------------------------------
def _links(rows: list[Exercise]) -> list[Fault]:
    """Published exercises that name one which readers cannot choose, and ladders out of order."""
    ladder = {row.slug: _own_links(row) for row in rows}
    faults = []
    for row in (row for row in rows if row.published):
        fault = partial(Fault, row.name, url=reverse("admin:warmups_exercise_change", args=[row.pk]))
        for word, other in _named(row):
            if not other.published:
                words = {"as": word, "name": other.name, "state": other.get_status_display()}
                faults.append(fault(_("%(as)s: “%(name)s” is not published (%(state)s).") % words))
        faults += [fault(message) for _link, message in link_problems(row.slug, ladder, once=ladder)]
    return faults


def _own_links(row: Exercise) -> Links:
    easier, harder = (other.slug if other else None for other in (row.easier, row.harder))
    return Links(row.difficulty, easier, harder)


def _named(row: Exercise) -> list[tuple[str, Exercise]]:
    """The exercises that one names, each with what as."""
    links = [(_("Easier one"), row.easier), (_("Harder one"), row.harder)]
    instead = [
        (_("Instead, %(when)s") % {"when": each.get_when_display()}, each.substitute) for each in row.substitutes.all()
    ]
    return [(word, other) for word, other in [*links, *instead] if other is not None]


def _routines() -> list[Fault]:
    """Steps of the library's routines whose exercise nobody can choose any more."""
    steps = (
        Step.objects.filter(revision__in=Routine.objects.library().current().values("current"))
        .exclude(exercise__status=Status.PUBLISHED)
        .select_related("revision", "exercise")
        .only("position", "revision__name", "revision__routine_id", "exercise__name", "exercise__status")
    )
    faults = []
    for step in steps.order_by("revision__name", "revision", "position"):
        words = {"position": step.position, "name": step.exercise.name, "state": step.exercise.get_status_display()}
        problem = _("Step %(position)d: “%(name)s” is not published (%(state)s).") % words
        url = reverse("routine", args=[step.revision.routine_id])
        faults.append(Fault(step.revision.name, problem, url))
    return faults


def _studies() -> list[Fault]:
    """Studies that one cannot look up, or of which nobody saw the bibliography whole."""
    faults = []
    for study in Study.objects.only("slug", "citation", "year", "doi", "pubmed", "url", "bibliography_checked"):
        fault = partial(Fault, study.short, url=reverse("admin:warmups_study_change", args=[study.pk]))
        if not (study.doi or study.url or study.pubmed):
            faults.append(fault(_("It has no DOI, no PMID and no address, so nobody can look it up.")))
        if not study.bibliography_checked:
            faults.append(fault(_("Nobody has seen its bibliography whole.")))
    return faults


# --- What athletes say ------------------------------------------------------------------------------------------------
def _troubles(rows: Iterable[Exercise], now: datetime) -> list[tuple[Exercise, Trouble]]:
    """What sessions say of the exercises that one can still choose."""
    shown = {row.pk: row for row in rows if row.published}
    told = (trouble for troubles in TROUBLES for trouble in troubles(now))
    return [(shown[trouble.exercise], trouble) for trouble in told if trouble.exercise in shown]


def _most(
    troubles: list[tuple[Exercise, Trouble]], share: Callable[[Trouble], float]
) -> list[tuple[Exercise, Trouble]]:
    """Those of which there is something to tell, the greatest share first."""
    some = [pair for pair in troubles if share(pair[1]) > 0]
    return sorted(some, key=lambda pair: (-share(pair[1]), pair[0].name))[:MOST_TROUBLES]
