"""Rows that are not written like others: exercises, which change through one door, and what is written once.

The door is the deeds of warmups/domain/exercises.py and what loads a release. A form, an import or a line typed into a
shell that writes past them is refused, so that a status, and what people read, always has a version behind it that says
who, when and why. Revisions of routines and their steps are written once: what was assigned and logged points there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

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


class WrittenOnceError(RuntimeError):
    """Somebody tried to change what never changes. A fault in code, not in what somebody typed."""

    def __init__(self) -> None:
        super().__init__("A revision never changes: warmups.domain.routines makes the next one.")


_removing: ContextVar[bool] = ContextVar("removing", default=False)


@contextmanager
def removing() -> Iterator[None]:
    """Within it what was written once may be deleted, whole. For the domain alone."""
    token = _removing.set(True)
    try:
        yield
    finally:
        _removing.reset(token)


class WrittenOnceRow(models.Model):
    """A row that never changes once it is made, but for the fields of `WRITTEN_LATER`."""

    WRITTEN_LATER: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it. Raises WrittenOnceError if it is there already."""
        if not self._state.adding:
            raise WrittenOnceError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete. Raises WrittenOnceError."""
        if not _removing.get():
            raise WrittenOnceError
        return super().delete(*args, **kwargs)


class WrittenOnceRows(Rows):
    """Rows that never change once they are made."""

    def update(self, **values: Any) -> int:
        """Write what is written later. Raises WrittenOnceError for all else."""
        if not values.keys() <= self.model.WRITTEN_LATER:
            raise WrittenOnceError
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all. Raises WrittenOnceError."""
        if not _removing.get():
            raise WrittenOnceError
        return super().delete()

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        """Raises WrittenOnceError."""
        raise WrittenOnceError
