"""What became of a run's warm-up, and the share that was done in time: functions of values.

A warm-up counts when it was begun before the run's start, or at most ADHERENCE_GRACE_MINUTES after it, and was done
whole or in its short version. One that was begun later, or only partly done, is shown as what it is and does not count.
What the athlete answered from the reminder counts like a session, as begun in time, where there is no session; skipped
is shown as that, and does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db.models import Prefetch

from plans.models import Run, RunAnswer, Session


class Done(Protocol):
    """What is asked of a session here."""

    @property
    def started_at(self) -> datetime: ...

    @property
    def outcome(self) -> str: ...


@dataclass(frozen=True)
class Answered:
    """An answer from the reminder beside sessions: it tells no time, and is taken as begun in time."""

    started_at: datetime
    outcome: str


# With `.prefetch_related(SESSIONS_OF_RUN)` a list of runs costs one query more, and each has its kept sessions as
# `run.warm_ups_done`, a list.
SESSIONS_OF_RUN = Prefetch("sessions", Session.objects.kept(), to_attr="warm_ups_done")

# The best first: what a run shows when its warm-up was logged more than once.
_BEST_FIRST = ("done", "short", "partial", "skipped")


@dataclass(frozen=True)
class Adherence:
    """Of `assigned` runs with a warm-up, how many were `warmed_up`; `share` is 0.0 to 1.0, None of no runs."""

    assigned: int
    warmed_up: int
    share: float | None


def answer_of(run: Run) -> RunAnswer | None:
    """The answer from the reminder that counts for `run` (fetched with SESSIONS_OF_RUN): a session outweighs it."""
    if run.warm_ups_done:  # type: ignore[attr-defined]
        return None
    return getattr(run, "answer", None)


def warm_ups_of(run: Run) -> Sequence[Done]:
    """What tells of the warm-up of `run` (of with_warm_up, with SESSIONS_OF_RUN): its sessions, else its answer."""
    answer = answer_of(run)
    return [Answered(run.starts_at, answer.outcome)] if answer else run.warm_ups_done  # type: ignore[attr-defined]


def begun_in_time(session: Done, starts_at: datetime) -> bool:
    """Whether it was begun before the run's start or within the grace after it, both ends included."""
    return session.started_at <= starts_at + timedelta(minutes=settings.ADHERENCE_GRACE_MINUTES)


def counts_as_warmed_up(session: Done, starts_at: datetime) -> bool:
    """Whether `session` makes its run, which starts at `starts_at`, a warmed-up one: in time, whole or short."""
    return session.outcome in {"done", "short"} and begun_in_time(session, starts_at)


def warm_up_state(*, has_routine: bool, sessions: Iterable[Done], starts_at: datetime, now: datetime) -> str | None:
    """What became of a run's warm-up: "done", "short", "partial" or "skipped" by the best of `sessions`, else "planned"
    or None.

    A session that counts goes before one that does not. Without any, a run with a routine is "planned" until its start
    and its grace are over, and after that still: the log may come days later. `shown_state` tells the two apart.
    """
    best = min(
        sessions,
        key=lambda session: (not counts_as_warmed_up(session, starts_at), _BEST_FIRST.index(session.outcome)),
        default=None,
    )
    if best is not None:
        return best.outcome
    return "planned" if has_routine else None


def shown_state(
    *, has_routine: bool, sessions: Iterable[Done], starts_at: datetime, now: datetime, away: bool = False
) -> str | None:
    """The same for pages: "missed" ("Not logged") in place of "planned" once the run's start and grace have passed.

    While its athlete is away, a run of which nothing was logged is "away", before its start and after it.
    """
    state = warm_up_state(has_routine=has_routine, sessions=sessions, starts_at=starts_at, now=now)
    if away and state in {"planned", None}:
        return "away"
    over = now > starts_at + timedelta(minutes=settings.ADHERENCE_GRACE_MINUTES)
    return "missed" if state == "planned" and over else state


def adherence(rows: Iterable[tuple[datetime, Iterable[Done]]]) -> Adherence:
    """The adherence over `rows`: for each run that had a warm-up assigned and has begun, its start and its sessions.

    Which runs these are is the caller's to say (cancelled ones, those still to come and those within away dates do not
    belong here).
    """
    counted = [any(counts_as_warmed_up(session, starts_at) for session in sessions) for starts_at, sessions in rows]
    warmed_up = sum(counted)
    return Adherence(len(counted), warmed_up, warmed_up / len(counted) if counted else None)
