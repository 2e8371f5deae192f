"""Who may see and change exercises and routines; the filters that library and API share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self

from django.db.models import Q

from accounts.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from accounts.querysets import Person
    from warmups.models import Exercise, Routine


class ExerciseQuerySet(ScopedQuerySet["Exercise"]):
    """Published exercises are everyone's to read; drafts are the curators'."""

    def published(self) -> Self:
        """What a visitor reads and new routines are built from."""
        return self.filter(status="published")

    def visible_to(self, person: Person) -> Self:
        """Published and retired ones for all (a log may lean on a retired one), drafts for curators."""
        if person.is_authenticated and person.has_perm("warmups.view_exercise"):
            return self.all()
        return self.filter(status__in=["published", "retired"])

    def editable_by(self, person: Person) -> Self:
        """All for curators, none for others."""
        if person.is_authenticated and person.has_perm("warmups.change_exercise"):
            return self.all()
        return self.none()


class RoutineQuerySet(ScopedQuerySet["Routine"]):
    """Library routines are everyone's to read; own ones are their owner's, and whoever else an app above says."""

    # An app above adds functions (person -> Q) here when it starts, since warm-ups know nothing of squads.
    further_conditions: ClassVar[list[Callable[[Person], Q]]] = []

    def library(self) -> Self:
        """The routines that curators published for all."""
        return self.filter(owner=None, published=True)

    def current(self) -> Self:
        """Those not archived."""
        return self.filter(archived_at=None)

    def visible_to(self, person: Person) -> Self:
        """The library, one's own, and what one sees through squads."""
        wanted = Q(owner=None, published=True)
        if person.is_authenticated:
            wanted |= Q(owner=person)
            for condition in self.further_conditions:
                wanted |= condition(person)
            if person.has_perm("warmups.change_exercise"):
                wanted |= Q(owner=None)
        return self.filter(wanted)

    def usable_by(self, person: Person) -> Self:
        """What one may assign or do now: seen and not archived."""
        return self.visible_to(person).current()

    def editable_by(self, person: Person) -> Self:
        """One's own; the library's for curators."""
        if not person.is_authenticated:
            return self.none()
        wanted = Q(owner=person)
        if person.has_perm("warmups.change_exercise"):
            wanted |= Q(owner=None)
        return self.filter(wanted)
