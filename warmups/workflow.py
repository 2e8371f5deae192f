"""The one door through which exercises change: the deeds of warmups/domain/exercises.py and what loads a release.

A form, an import or a line typed into a shell that writes past them is refused, so that a status, and what people
read, always has a version behind it that says who, when and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    Rows = models.QuerySet[Any]
else:
    Rows = object

_open: ContextVar[bool] = ContextVar("exercise_workflow", default=False)


class PastTheWorkflow(RuntimeError):
    """Somebody tried to write an exercise without a version of it. A fault in code, not in what somebody typed."""

    def __init__(self) -> None:
        super().__init__("Exercises change through warmups.domain.exercises, which keeps a version of each change.")


@contextmanager
def exercise_workflow() -> Iterator[None]:
    """Within it exercises may be written. For the domain alone."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def require_workflow() -> None:
    """Raise PastTheWorkflow outside of it."""
    if not _open.get():
        raise PastTheWorkflow


class WorkflowRow(models.Model):
    """A row that only the domain's deeds write."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Raises PastTheWorkflow."""
        require_workflow()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete. Raises PastTheWorkflow."""
        require_workflow()
        return super().delete(*args, **kwargs)


class WorkflowRows(Rows):
    """Rows that only the domain's deeds write."""

    def update(self, **values: Any) -> int:
        """Change all. Raises PastTheWorkflow."""
        require_workflow()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all. Raises PastTheWorkflow."""
        require_workflow()
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        """Add many. Raises PastTheWorkflow."""
        require_workflow()
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Change many. Raises PastTheWorkflow."""
        require_workflow()
        return super().bulk_update(*args, **kwargs)
