"""The record of changes that others see or feel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model

from accounts.models import AuditEntry, User


def record(
    *,
    actor: User | None,
    action: str,
    target: Model,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write that `actor` (None: the system) did `action` ("run.move") to `target`.

    `before` and `after` hold the changed fields only, as JSON values; never pain, notes or secrets.
    """
    return AuditEntry.objects.create(
        at=now,
        actor=actor,
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        before=before or {},
        after=after or {},
    )
