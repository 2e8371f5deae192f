"""What differs between two states of a routine, for people: words, exercises, doses, length, coverage. Values only.

Steps are matched by their exercise. Where one occurs more than once, those with the same dose belong together, then
those that are left in their order; so from there to here tells the same as from here to there, the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from warmups.coverage_ring import ROLES
from warmups.domain.changes import KIND_WORDS, Change, text_changes, value_changes
from warmups.domain.coverage import coverage
from warmups.domain.doses import dose_text
from warmups.models import Revision, Step

StepKind = Literal["added", "removed", "moved", "changed"]
DOSE = ("mode", "sets", "reps", "hold_seconds", "metres", "sides")
# What a step says, but for its place.
SAYS = ("exercise_id", "exercise_name", *DOSE, "seconds_per_rep", "rest_seconds", "tempo", "equipment", "rank", "note")


@dataclass(frozen=True)
class State:
    """What a routine says at one time. `steps` in their order, saved or not; `seconds`: how long it takes."""

    name: str
    description: str
    steps: Sequence[Step]
    seconds: int


@dataclass(frozen=True)
class StepDifference:
    """What became of one step. `places`: where it stood and stands, counted from 1 (None: not there).

    `changes`: what became of its dose and the rest, each with its name as `where`. A step that was changed may have
    been moved as well.
    """

    before: Step | None
    after: Step | None
    places: tuple[int | None, int | None]
    moved: bool = False
    changes: tuple[Change, ...] = ()

    @property
    def kind(self) -> StepKind:
        """What happened, in one word; a move is told beside a change."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "changed" if self.changes else "moved"

    @property
    def word(self) -> str:
        """Its kind as a word."""
        return str(KIND_WORDS[self.kind])

    @property
    def step(self) -> Step:
        """The step as it is now, or as it was before it went."""
        return cast(Step, self.after or self.before)

    @property
    def way(self) -> str:
        """Where it went: "from place 4 to 1"; empty if it was not moved."""
        if not self.moved:
            return ""
        return _("from place %(before)d to %(after)d") % {"before": self.places[0], "after": self.places[1]}


@dataclass(frozen=True)
class RoleDifference:
    """Seconds of work for a running role, before and after. `full`: at how many a bar is full."""

    role: str
    name: str
    before: int
    after: int
    full: int

    @property
    def shares(self) -> tuple[int, int]:
        """Before and after in percent of a full bar."""
        return round(100 * self.before / self.full), round(100 * self.after / self.full)


@dataclass(frozen=True)
class RoutineDifference:
    """What differs from one state to another; false if they say the same.

    `steps`: those added, removed, moved or changed, in the order of the later state. `kept`: how many are as they were.
    `seconds` and `counts` (of exercises): before and after. `roles`: all five, by the exercises as they are today.
    """

    name: tuple[Change, ...]
    description: tuple[Change, ...]
    steps: tuple[StepDifference, ...]
    kept: int
    seconds: tuple[int, int]
    counts: tuple[int, int]
    roles: tuple[RoleDifference, ...]

    def __bool__(self) -> bool:
        return bool(self.name or self.description or self.steps)

    @property
    def roles_differ(self) -> bool:
        """Whether any running role gets more or less than before."""
        return any(role.before != role.after for role in self.roles)


def revision_difference(
    before: Revision, after: Revision, *, equipment: Mapping[str, str] | None = None
) -> RoutineDifference:
    """What differs from one revision to another. Costs no query if their steps came `RevisionQuerySet.whole`."""
    return routine_difference(state_of(before), state_of(after), equipment=equipment)


def state_of(revision: Revision) -> State:
    """What a revision says."""
    return State(
        name=revision.name,
        description=revision.description,
        steps=list(revision.steps.all()),
        seconds=revision.duration_seconds,
    )


def routine_difference(before: State, after: State, *, equipment: Mapping[str, str] | None = None) -> RoutineDifference:
    """What differs from one state to another. `equipment`: names by slug; what is not there is shown by its slug."""
    steps = step_differences(before.steps, after.steps, equipment=equipment)
    stood = sum(difference.before is not None for difference in steps)
    old, new = (coverage(state.steps, ())["roles"] for state in (before, after))
    full = max(*old.values(), *new.values(), 1)
    return RoutineDifference(
        name=tuple(text_changes(before.name, after.name)),
        description=tuple(text_changes(before.description, after.description)),
        steps=tuple(steps),
        kept=len(before.steps) - stood,
        seconds=(before.seconds, after.seconds),
        counts=(len(before.steps), len(after.steps)),
        roles=tuple(RoleDifference(role, str(name), old[role], new[role], full) for role, name in ROLES.items()),
    )


def step_differences(
    before: Sequence[Step], after: Sequence[Step], *, equipment: Mapping[str, str] | None = None
) -> list[StepDifference]:
    """What became of each step that is not as it was, in the order of `after`; what went stands where it stood."""
    pairs = _pairs(before, after)
    stayed = _stayed(pairs, before, after)
    found: list[tuple[float, StepDifference]] = []
    for i, j in pairs:
        changes = tuple(_step_changes(before[i], after[j], equipment or {}))
        moved = (i, j) not in stayed
        if changes or moved:
            found.append((j, StepDifference(before[i], after[j], (i + 1, j + 1), moved, changes)))
    gone, come = ({place[side] for place in pairs} for side in (0, 1))
    found += [(j, StepDifference(None, step, (None, j + 1))) for j, step in enumerate(after) if j not in come]
    for i, step in enumerate(before):
        if i not in gone:
            # Behind what stood before it and stayed.
            place = max((j for earlier, j in stayed if earlier < i), default=-1) + 0.5
            found.append((place, StepDifference(step, None, (i + 1, None))))
    return [difference for _place, difference in sorted(found, key=lambda item: item[0])]


def in_short(before: State | Revision, after: State | Revision, steps: Sequence[StepDifference] | None = None) -> str:
    """What differs in one line: "steps: 1 added, 2 changed; another name". Empty if they say the same.

    `steps`: their `step_differences`, where these are at hand. Costs no query if the steps came with the revisions.
    """
    old, new = (state_of(said) if isinstance(said, Revision) else said for said in (before, after))
    found = step_differences(old.steps, new.steps) if steps is None else steps
    parts = []
    if counted := ", ".join(_counted(found)):
        parts.append(_("steps: %(what)s") % {"what": counted})
    if old.name != new.name:
        parts.append(_("another name"))
    if old.description != new.description:
        parts.append(_("another description"))
    return "; ".join(parts)


def _counted(steps: Sequence[StepDifference]) -> Iterator[str]:
    """How many of each kind: "2 added"."""
    words: dict[StepKind, Callable[[int], str]] = {
        "added": lambda count: ngettext("%(count)d added", "%(count)d added", count),
        "removed": lambda count: ngettext("%(count)d removed", "%(count)d removed", count),
        "changed": lambda count: ngettext("%(count)d changed", "%(count)d changed", count),
        "moved": lambda count: ngettext("%(count)d moved", "%(count)d moved", count),
    }
    for kind, said in words.items():
        if count := sum(step.kind == kind for step in steps):
            yield said(count) % {"count": count}


# --- Which step became which ------------------------------------------------------------------------------------------

Pair = tuple[int, int]


def _said(step: Step) -> tuple[Any, ...]:
    """All that a step says, to be compared."""
    return tuple(_plain(getattr(step, field)) for field in SAYS)


def _plain(value: Any) -> Any:
    # A pace is 3 or 3.00, from a form or from the database.
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    return tuple(sorted(value)) if isinstance(value, list) else value


def _pairs(before: Sequence[Step], after: Sequence[Step]) -> list[Pair]:
    """The places of each step that both have: first of those that say the same, then of the same exercise."""
    pairs: list[Pair] = []
    keys: tuple[Callable[[Step], Any], ...] = (_said, lambda step: step.exercise_id)
    for key in keys:
        taken = [{pair[side] for pair in pairs} for side in (0, 1)]
        places = [_places(steps, key, taken[side]) for side, steps in enumerate((before, after))]
        for said, old in places[0].items():
            pairs += zip(old, places[1].get(said, []), strict=False)
    return sorted(pairs)


def _places(steps: Sequence[Step], key: Callable[[Step], Any], without: set[int]) -> dict[Any, list[int]]:
    found = defaultdict(list)
    for place, step in enumerate(steps):
        if place not in without:
            found[key(step)].append(place)
    return found


def _stayed(pairs: Sequence[Pair], before: Sequence[Step], after: Sequence[Step]) -> set[Pair]:
    """The most steps that are in the same order on both sides: the others were moved.

    Of several such sets the same is taken in either direction: each pair weighs by what its two steps say together.
    """

    def both(pair: Pair) -> tuple[str, ...]:
        return tuple(sorted(repr(_said(step)) for step in (before[pair[0]], after[pair[1]])))

    # Pairs that say the same never cross each other, so that their order is the same on both sides as well.
    rank = {pair: place for place, pair in enumerate(sorted(pairs, key=lambda pair: (both(pair), pair)))}
    best: dict[Pair, tuple[int, int, tuple[Pair, ...]]] = {}
    for pair in pairs:
        chains = [best[other] for other in best if other[0] < pair[0] and other[1] < pair[1]]
        length, weight, chain = max(chains, default=(0, 0, ()))
        best[pair] = (length + 1, weight + 2 ** rank[pair], (*chain, pair))
    return set(max(best.values(), default=(0, 0, ()))[2])


# --- What became of a step --------------------------------------------------------------------------------------------


def _step_changes(before: Step, after: Step, equipment: Mapping[str, str]) -> Iterator[Change]:
    """What a kept step says otherwise, each with its name."""

    def named(slugs: Iterable[str]) -> str:
        return ", ".join(sorted(equipment.get(slug, slug) for slug in slugs))

    def changed(field: str, label: str, words: Callable[[Any], str] = str) -> list[Change]:
        old, new = (getattr(step, field) for step in (before, after))
        return [] if _plain(old) == _plain(new) else value_changes(old, new, label, words=words)

    yield from text_changes(before.exercise_name, after.exercise_name, _("Name"))
    yield from _dose_changes(before, after)
    yield from changed("seconds_per_rep", _("Pace"), _pace(after.mode))
    yield from changed("rest_seconds", _("Rest between sets"), _seconds)
    yield from text_changes(before.tempo, after.tempo, _("Tempo"))
    if set(before.equipment) != set(after.equipment):
        yield from value_changes(named(before.equipment), named(after.equipment), _("Equipment"))
    yield from changed("rank", _("Kept when time is short"), lambda rank: _("rank %(rank)d") % {"rank": rank})
    yield from text_changes(before.note, after.note, _("Note"))


def _dose_changes(before: Step, after: Step) -> Iterator[Change]:
    old, new = ([getattr(step, field) for field in DOSE] for step in (before, after))
    if old == new:
        return
    said, says = (dose_text(step).replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}") for step in (before, after))
    if said != says:
        yield from value_changes(said, says, _("Dose"))
        return
    # Two sets of one hold read like one set of two.
    yield from value_changes(before.sets, after.sets, _("Sets"))
    yield from value_changes(before.reps, after.reps, _("Holds"))


def _pace(mode: str) -> Callable[[Any], str]:
    unit = _("%(seconds)s s a metre") if mode == "distance" else _("%(seconds)s s a repetition")
    return lambda pace: unit % {"seconds": f"{Decimal(str(pace)).normalize():f}"}


def _seconds(seconds: int) -> str:
    return _("%(seconds)d s") % {"seconds": seconds} if seconds else _("none")
