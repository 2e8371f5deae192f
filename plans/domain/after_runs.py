"""The two questions after a run: for a day, one tap each, and never again once somebody does not want them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from plans.domain.sessions import body_of, save_session
from plans.models import Run, Session
from plans.querysets import SessionQuerySet

ASKED_FOR = timedelta(hours=24)  # from the run's start
RUN_MINUTES = 30  # of a run whose length nobody planned


def to_ask(*, athlete: User, now: datetime) -> Session | None:
    """The athlete's session (with its run) of which these questions are to be put at `now`: the latest run's."""
    return next((each for each in _open(athlete, now) if _is_over(each, now)), None)


def is_asked(session: Session, now: datetime) -> bool:
    """Whether these questions are put of `session`: its run is over, not for long, and neither is all said of that run
    nor were they refused.
    """
    return any(_is_over(each, now) for each in _open(session.athlete, now).filter(pk=session.pk))


def _open(athlete: User, now: datetime) -> SessionQuerySet:
    # A run may have two sessions: one with the guide, one from memory. It is asked of once.
    settled = Session.objects.kept().filter(
        Q(after_hidden_at__isnull=False) | Q(stiff_before__isnull=False, first_ten__isnull=False),
        run=OuterRef("run"),
        athlete=athlete,
    )
    rows = Session.objects.editable_by(athlete).filter(
        ~Exists(settled),
        run__status=Run.Status.PLANNED,
        run__starts_at__lte=now,
        run__starts_at__gt=now - ASKED_FOR,
    )
    return rows.select_related("run").order_by("-run__starts_at", "-started_at", "pk")


def _is_over(session: Session, now: datetime) -> bool:
    run = session.run
    return run is not None and run.starts_at + timedelta(minutes=run.planned_minutes or RUN_MINUTES) <= now


@transaction.atomic
def say_after(*, session: Session, actor: User, now: datetime, said: dict[str, Any]) -> Session:
    """Add what `said` holds (stiff_before, first_ten) to one's own session, as a new version of it.

    Raises ValidationError, and Deleted and Http404 as `save_session` does.
    """
    standing = Session.objects.select_for_update().get(pk=session.pk)  # with what was sent since it was read
    body = body_of(standing) | said | {"edited_at": now.isoformat()}
    saved, _created = save_session(
        id=session.pk, athlete=actor, now=now, body=body, clock_off=standing.clock_off_seconds
    )
    return saved


def leave_after(*, session: Session, now: datetime) -> None:
    """Ask no more of this session's run."""
    of_run = Session.objects.filter(run=session.run_id, athlete=session.athlete_id) if session.run_id else None
    rows = Session.objects.filter(pk=session.pk) if of_run is None else of_run
    rows.filter(after_hidden_at=None).update(after_hidden_at=now)
