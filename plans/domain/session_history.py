"""A session's versions: which there are, and making the session what one of them says."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from plans.domain.sessions import save_session
from plans.models import Session, SessionVersion


def versions_of(session: Session) -> list[SessionVersion]:
    """Every version that arrived, the one that stands first, then by when they were edited."""
    return list(session.versions.order_by("-edited_at", "-digest"))


def restore_version(*, version: SessionVersion, actor: User, now: datetime) -> Session:
    """Make the session what `version` says, as a new version edited `now`; what stood goes to the history.

    Raises ValidationError for what is not there any more, Http404 for another's session, Deleted.
    """
    body = {name: value for name, value in version.body.items() if name != "given_revision"}
    session, _created = save_session(
        id=version.session_id,
        athlete=actor,
        now=now,
        body=body | {"edited_at": now.isoformat()},
        clock_off=version.clock_off_seconds,
    )
    return session
