"""The base of all scoping: who may see a row, who may change it.

Each model has one queryset, and each right one method. Pages, API, feeds and tasks fetch through these and ask
nothing further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

    Person: TypeAlias = User | AnonymousUser

M = TypeVar("M", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[M], Generic[M]):
    """A queryset that knows who may see and who may change its rows; by itself it shows nobody anything."""

    def visible_to(self, person: Person) -> Self:
        """The rows that `person` may read."""
        return self.none()

    def editable_by(self, person: Person) -> Self:
        """The rows that `person` may change."""
        return self.none()

    def for_reading(self, person: Person, **lookup: Any) -> M:
        """The one row of `lookup` that `person` may read. Raises Http404."""
        return self._one(self.visible_to(person), lookup)

    def for_change(self, person: Person, **lookup: Any) -> M:
        """The one row of `lookup` that `person` may change.

        Raises Http404 if they may not even see it, PermissionDenied (403) if they may only see it.
        """
        try:
            return self._one(self.editable_by(person), lookup)
        except Http404:
            self._one(self.visible_to(person), lookup)
            raise PermissionDenied from None

    def _one(self, rows: Self, lookup: dict[str, Any]) -> M:
        try:
            return rows.get(**lookup)
        # An id in an address may be any text: one that can be no key is simply not there.
        except (ObjectDoesNotExist, ValueError, OverflowError) as error:
            raise Http404(f"No such {self.model._meta.verbose_name}.") from error
