"""A mark on the library as a whole, so that answers about it can be kept until it changes."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models, transaction


class LibraryState(models.Model):
    """One row, whose `stamp` is another after every change of exercises, muscles, equipment and evidence.

    It is written in the transaction of the change, so whoever reads a stamp reads at least the rows that it stands
    for. A random word and not a number, which a database brought back from a backup would use twice.
    """

    stamp = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.stamp


class InLibrary(models.Model):
    """What belongs to the library: saving or deleting a row changes the stamp. Bulk changes call `touch_library`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and tell."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            touch_library()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, and tell."""
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            touch_library()
        return deleted


def touch_library() -> None:
    """Say that the library changed."""
    LibraryState.objects.update_or_create(pk=1, defaults={"stamp": secrets.token_hex(16)})


def library_stamp() -> str:
    """The mark of the library as it is now; empty while it never changed. One query."""
    return LibraryState.objects.filter(pk=1).values_list("stamp", flat=True).first() or ""
