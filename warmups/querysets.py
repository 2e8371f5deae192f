"""Who may see and change exercises and routines; the filters that library and API share."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.apps import apps
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from rapidfuzz.distance import OSA

from accounts.querysets import ScopedQuerySet
from warmups.workflow import WorkflowRows, WrittenOnceRows

if TYPE_CHECKING:
    from accounts.querysets import Person
    from warmups.models import Exercise, ExerciseVersion, MediaFile, Revision, Routine, Step  # noqa: F401 (named in strings below)


LONG_TEXTS = ("set_up", "instructions", "cues", "feel", "mistakes", "leave_out", "movement", "poses")


def _rows(model: str) -> Any:
    """All rows of one of this app's models, which import this module and so cannot be imported by it."""
    return apps.get_model("warmups", model)._default_manager.all()


def folded(text: str) -> str:
    """Text for comparing: no case, no accents, hyphens as spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(" " if char == "-" else char for char in decomposed if not unicodedata.combining(char))


def _searched(names: Collection[str]) -> str:
    """Names as they are compared, and once more without spaces: people write deadbug, and dead lift."""
    said = folded(" | ".join(names))
    return f"{said} | {said.replace(' ', '')}"


def meanings(word: str, spoken: Collection[str]) -> list[str]:
    """The pieces of text that a typed word stands for, given all words that are said anywhere.

    Itself (without a plural s, so that "glutes" finds the glute bridge) where it is said. Else the words that are one
    typing error away, two from eight letters on: a letter wrong, missing, too many, or two in each other's place.
    """
    stem = word.removesuffix("s") if len(word) > 3 else word
    if len(stem) < 4 or any(stem in said for said in spoken):
        return [stem]
    errors = 2 if len(stem) >= 8 else 1
    # Compared with beginnings, since one may still be typing.
    lengths = (len(stem) - 1, len(stem), len(stem) + 1)
    return [said for said in spoken if any(OSA.distance(stem, said[:length]) <= errors for length in lengths)]


def curates(person: Person) -> bool:
    """Whether `person` writes the library."""
    return person.is_authenticated and person.has_perm("warmups.change_exercise")


class ExerciseQuerySet(WorkflowRows, ScopedQuerySet["Exercise"]):
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
        if curates(person):
            return self.all()
        return self.none()

    def ever_published(self) -> Self:
        """Published and retired ones: what a past session may have had."""
        return self.filter(status__in=["published", "retired"])

    # Filters: each keeps the number of queries the same however many rows there are.

    def search(self, text: str) -> Self:
        """Those of which each word of `text` is in the name, in another name or in the name of a muscle they work.

        A word that stands nowhere is taken for the nearest that does ("hydrent"). Those with all words in their own
        name come first.

        Matched here and not in the database: SQLite knows no case but that of ASCII and no likeness of words, and the
        two databases write a list of names differently. It takes three more queries of a few hundred short rows.
        """
        rows = list(self.values_list("pk", "name", "aliases"))
        names = {key: _searched([name]) for key, name, _aliases in rows}
        texts = {key: _searched([name, *aliases]) for key, name, aliases in rows}
        muscles = _rows("Muscle").values_list("pk", "name", "latin_name")
        worked = {key: folded(" | ".join(said)) for key, *said in muscles}
        for exercise, muscle in _rows("ExerciseMuscle").values_list("exercise", "muscle"):
            if exercise in texts:
                texts[exercise] += f" | {worked[muscle]}"
        spoken = {word for said in texts.values() for word in said.split()}
        found, first = set(texts), set(texts)
        for word in folded(text).split():
            meant = meanings(word, spoken)
            found &= {key for key, said in texts.items() if any(other in said for other in meant)}
            first &= {key for key, said in names.items() if any(other in said for other in meant)}
        order = Case(When(pk__in=first & found, then=0), default=1)
        return self.filter(pk__in=found).order_by(order, "name", "pk")

    def possible_with(self, equipment: Collection[str]) -> Self:
        """Those that need nothing but `equipment` (slugs)."""
        needs = self.model.equipment.through._default_manager.exclude(equipment__slug__in=list(equipment))
        return self.exclude(pk__in=needs.values("exercise_id"))

    def avoiding(self, tags: Collection[str]) -> Self:
        """Those without any of the contraindications `tags`."""
        # `contains` on a JSON list is PostgreSQL's alone; as text the quoted tag reads the same in both databases.
        found = self.annotate(contraindications_text=Cast("contraindications", TextField())) if tags else self
        for tag in tags:
            found = found.exclude(contraindications_text__contains=f'"{tag}"')
        return found

    def for_cards(self) -> Self:
        """With what a card shows, and no more: the rest is most of a row's weight."""
        names = ("name", "slug", "summary", "position", "mode", "sets", "reps", "hold_seconds", "metres", "unilateral")
        return self.only(*names, "phase", "poses_digest", "status")

    def with_shape(self) -> Self:
        """With all that the API's exercise shape needs, at seven queries, and without the long texts."""
        return (
            self.defer(*LONG_TEXTS)
            .with_evidence_counts()
            .prefetch_related(
                "equipment",
                *self._links(),
                Prefetch(
                    "worked",
                    _rows("ExerciseMuscle").select_related("muscle").only("exercise_id", "role", "muscle__slug"),
                ),
            )
        )

    def with_evidence(self) -> Self:
        """With all that its page needs: muscles, figures with their studies, other exercises by name."""
        return self.with_evidence_counts().prefetch_related(
            "equipment",
            *self._links(),
            Prefetch("worked", _rows("ExerciseMuscle").select_related("muscle")),
            Prefetch("activations", _rows("Activation").select_related("muscle", "study")),
        )

    def with_evidence_counts(self) -> Self:
        """With `figures`, `studies` and `second_hand`: how many published figures, from how many studies."""
        own = _rows("Activation").filter(exercise=OuterRef("pk")).order_by().values("exercise")

        def counted(count: Count) -> Coalesce:
            return Coalesce(Subquery(own.annotate(n=count).values("n")), 0)

        return self.annotate(
            figures=counted(Count("pk")),
            studies=counted(Count("study", distinct=True)),
            second_hand=counted(Count("pk", filter=Q(source_kind="secondary_quote"))),
        )

    def _links(self) -> list[Prefetch]:
        """Other exercises it names: what a link shows, and not their texts, which joins would bring for every row."""
        named = _rows("Exercise").only("slug", "name", "status")
        return [
            Prefetch("easier", named),
            Prefetch("harder", named),
            Prefetch("substitutes"),
            Prefetch("substitutes__substitute", named),
        ]


class VersionQuerySet(WorkflowRows, ScopedQuerySet["ExerciseVersion"]):
    """The versions of exercises: the curators' to read, and written by the domain alone."""

    def visible_to(self, person: Person) -> Self:
        """All for curators, none for others; readers get the published one as the exercise."""
        if curates(person):
            return self.all()
        return self.none()

    def light(self) -> Self:
        """Without the documents, which are most of a row's weight, and with the names of people."""
        return self.defer("document").select_related("author", "published_by")


class MediaQuerySet(ScopedQuerySet["MediaFile"]):
    """Photos and videos: everyone's once an exercise that readers see shows them, the curators' before."""

    def shown(self) -> Self:
        """Those that readers see beside an exercise."""
        # The list is JSON: as text it reads the same in both databases, and a quoted name is nothing but the file.
        texts = _rows("Exercise").filter(status__in=["published", "retired"]).exclude(media=[])
        quoted = Concat(Value('"'), OuterRef("name"), Value('"'))
        return self.filter(Exists(texts.annotate(said=Cast("media", TextField())).filter(said__contains=quoted)))

    def visible_to(self, person: Person) -> Self:
        """All for curators; for others those that an exercise shows."""
        if curates(person):
            return self.all()
        return self.shown()


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
            if curates(person):
                wanted |= Q(owner=None)
        return self.filter(wanted)

    def usable_by(self, person: Person) -> Self:
        """What one may assign: seen, not archived, and of the library published, for curators as for all.

        Else a draft would reach a squad without its second person.
        """
        return self.visible_to(person).current().exclude(owner=None, published=False)

    def with_steps(self) -> Self:
        """With the current revision and its steps, at two queries."""
        return self.select_related("current").prefetch_related("current__steps")

    def whole(self) -> Self:
        """With the current revision, its steps and what coverage asks of them, at five queries."""
        return self.select_related("current").prefetch_related(
            "current__steps__exercise",
            Prefetch("current__steps__exercise__worked", _rows("ExerciseMuscle").select_related("muscle")),
            Prefetch(
                "current__steps__exercise__activations",
                _rows("Activation").filter(rankable=True).select_related("muscle"),
            ),
        )

    def editable_by(self, person: Person) -> Self:
        """One's own; the library's for curators."""
        if not person.is_authenticated:
            return self.none()
        wanted = Q(owner=person)
        if curates(person):
            wanted |= Q(owner=None)
        return self.filter(wanted)


class RevisionQuerySet(WrittenOnceRows, ScopedQuerySet["Revision"]):
    """The states of routines: who sees a routine sees them, but of the library's those published alone."""

    def visible_to(self, person: Person) -> Self:
        """Those of the routines that `person` sees; what curators are still writing is theirs to see."""
        rows = self.filter(routine__in=_rows("Routine").visible_to(person).values("pk"))
        if curates(person):
            return rows
        owned = Q(routine__owner__isnull=False)
        return rows.filter(owned | Q(published_at__isnull=False) | Q(routine__current=F("pk")))

    def whole(self) -> Self:
        """With their steps and what coverage asks of them, at four queries."""
        return self.prefetch_related(
            "steps__exercise",
            Prefetch("steps__exercise__worked", _rows("ExerciseMuscle").select_related("muscle")),
            Prefetch(
                "steps__exercise__activations", _rows("Activation").filter(rankable=True).select_related("muscle")
            ),
        )


class StepQuerySet(WrittenOnceRows, ScopedQuerySet["Step"]):
    """The steps of revisions, reached through them."""
