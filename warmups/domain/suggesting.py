"""Suggests a warm-up: fetches what may be chosen, lets the solver choose, and says why; or names the wish to relax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from warmups.domain.coverage import Coverage, coverage, measured_weights
from warmups.domain.durations import minutes_begun, routine_seconds, step_seconds, work_seconds
from warmups.domain.routines import checked_steps
from warmups.domain.suggestion_solver import choose
from warmups.domain.suggestions import Candidate, Points, Wishes, gained, in_order, points, possible, refusals
from warmups.models import Activation, Exercise, Muscle, Step

MOST_MINUTES = 60
MOST_REASONS = 2


@dataclass(frozen=True)
class Suggestion:
    """A warm-up that nobody has saved: unsaved steps with why each is there."""

    steps: list[Step]
    whys: list[str]
    duration_seconds: int
    coverage: Coverage
    points: Points
    proven_optimal: bool

    @property
    def objective(self) -> float:
        """What the solver made most of."""
        return self.points.total


def suggest(wishes: Wishes) -> Suggestion:
    """The best warm-up of the published exercises, at their usual doses; at a constant number of queries.

    Raises ValidationError by wish ("minutes", "equipment", "lying", "max_difficulty", "avoid", "include") if nothing
    fits, saying which to relax.
    """
    exercises = {row.slug: row for row in Exercise.objects.published().prefetch_related("equipment", "worked__muscle")}
    activations = list(Activation.objects.filter(rankable=True).select_related("muscle"))
    weights = measured_weights(activations)
    candidates = {
        slug: candidate(row, weights.get(row.pk, {}), equipment=frozenset(item.slug for item in row.equipment.all()))
        for slug, row in exercises.items()
    }
    if problems := impossible(candidates, wishes, names={slug: row.name for slug, row in exercises.items()}):
        raise ValidationError(problems)
    choice = choose(possible(candidates.values(), wishes), wishes)
    if choice is None:  # only without an answer in time; what is impossible was told
        raise ValidationError({"minutes": _("No answer was found in time. Try again.")})
    chosen = in_order(choice.chosen)
    errors: dict[str, list[ValidationError]] = {}
    ranks = _ranks(chosen, wishes.run_kind)
    steps = checked_steps([{"exercise": row.slug, "rank": ranks[row.slug]} for row in chosen], errors=errors)
    if errors:
        raise ValidationError(errors)
    for step in steps:
        step.exercise = exercises[step.exercise.slug]  # with the muscles that coverage asks for
    muscles = dict(Muscle.objects.values_list("slug", "name"))
    return Suggestion(
        steps=steps,
        whys=[why(row, chosen, wishes, muscles) for row in chosen],
        duration_seconds=routine_seconds(steps),
        coverage=coverage(steps, activations),
        points=points(choice.chosen, wishes.run_kind),
        proven_optimal=choice.proven_optimal,
    )


def candidate(row: Exercise, weights: Mapping[str, float], *, equipment: frozenset[str]) -> Candidate:
    """An exercise at its usual dose, with the weight of each muscle that was measured."""
    work = work_seconds(row)
    return Candidate(
        slug=row.slug,
        seconds=step_seconds(row),
        muscles={muscle: work * share for muscle, share in weights.items()},
        role=row.running_role,
        role_seconds=work,
        phase=row.phase,
        position=row.position,
        difficulty=row.difficulty,
        lying=row.lying,
        equipment=equipment,
        contraindications=frozenset(row.contraindications),
    )


def impossible(
    candidates: Mapping[str, Candidate], wishes: Wishes, *, names: Mapping[str, str]
) -> dict[str, list[ValidationError]]:
    """What keeps any answer from being there, by the wish to relax; nothing if there is one.

    What is to be included is looked at first, since it is the most particular wish. Else every wish is told that lets
    something in when it alone is given up; if none alone does, all that keep something out.
    """
    problems: dict[str, list[ValidationError]] = {}

    def tell(field: str, message: str, **params: Any) -> None:
        problems.setdefault(field, []).append(ValidationError(message, code="impossible", params=params))

    for slug in wishes.include:
        row = candidates.get(slug)
        if row is None:
            tell("include", _("There is no exercise “%(slug)s” to choose."), slug=slug[:60])
        for wish in refusals(row, wishes) if row else ():
            tell("include", INCLUDED[wish](), name=names[slug])
    if problems:
        return problems
    needed = sum(candidates[slug].seconds for slug in dict.fromkeys(wishes.include))
    if needed > wishes.seconds:
        tell(
            "minutes",
            ngettext(
                "What you include takes %(minutes)d minute. Take that long, or include less.",
                "What you include takes %(minutes)d minutes. Take that long, or include less.",
                minutes_begun(needed),
            ),
            minutes=minutes_begun(needed),
        )
    elif not possible(candidates.values(), wishes):
        relaxed = {wish: replace(wishes, **{wish: widest}) for wish, widest in _widest(candidates).items()}
        helping = [wish for wish, wider in relaxed.items() if possible(candidates.values(), wider)]
        refusing = {wish for row in candidates.values() for wish in refusals(row, wishes)}
        refusing |= {"minutes"} if any(row.seconds > wishes.seconds for row in candidates.values()) else set()
        for wish in helping or sorted(refusing) or ["minutes"]:
            tell(wish, RELAX[wish]())
    return problems


def _widest(candidates: Mapping[str, Candidate]) -> dict[str, Any]:
    """Each wish as if it were none."""
    return {
        "minutes": MOST_MINUTES,
        "equipment": frozenset().union(*(row.equipment for row in candidates.values())),
        "lying": True,
        "max_difficulty": 5,
        "avoid": frozenset(),
    }


INCLUDED: dict[str, Callable[[], str]] = {
    "equipment": lambda: _("%(name)s needs equipment that you don't have at hand: add it, or leave the exercise out."),
    "lying": lambda: _("%(name)s is done on the ground: allow that, or leave the exercise out."),
    "max_difficulty": lambda: _("%(name)s is harder than you wish: allow more, or leave the exercise out."),
    "avoid": lambda: _("%(name)s is to be left out with what you want to avoid: leave the exercise out."),
}
RELAX: dict[str, Callable[[], str]] = {
    "minutes": lambda: _("Nothing fits into so little time. Take a minute more."),
    "equipment": lambda: _("Nothing fits without more equipment."),
    "lying": lambda: _("Nothing fits while standing only. Allow the ground."),
    "max_difficulty": lambda: _("Nothing fits that is so easy. Allow more difficulty."),
    "avoid": lambda: _("Nothing fits that avoids all of this."),
}


ROLE_WORDS: dict[str, Callable[[], str]] = {
    "force": lambda: _("pushing into the ground"),
    "hip-extension": lambda: _("extending the hip"),
    "single-leg-stance": lambda: _("standing steady on one leg"),
    "mobility": lambda: _("moving freely"),
    "stiffness": lambda: _("springing off the ground"),
}

PHASE_WORDS: dict[str, Callable[[], str]] = {
    "raise": lambda: _("raise your pulse"),
    "activate": lambda: _("wake up muscles"),
    "mobilise": lambda: _("free your joints"),
    "potentiate": lambda: _("get you quick"),
}


def why(row: Candidate, chosen: Sequence[Candidate], wishes: Wishes, muscles: Mapping[str, str]) -> str:
    """In a sentence or two why an exercise is there: what it adds most, first what nothing else does."""
    said = [_("You asked for it.")] if row.slug in wishes.include else []
    others = [other for other in chosen if other.slug != row.slug]
    for kind, name in gained(row, chosen, wishes.run_kind).by_reason:
        if kind == "muscle":
            alone = not any(name in other.muscles for other in others)
            words = _("The only one here that was measured for the %(name)s.") if alone else _("More for the %(name)s.")
            said.append(words % {"name": muscles.get(name, name)})
        elif kind == "role":
            alone = not any(other.role == name for other in others)
            words = _("The only one here for %(name)s.") if alone else _("More for %(name)s.")
            said.append(words % {"name": ROLE_WORDS[name]()})
        elif kind == "phase":
            said.append(_("The only one here to %(name)s, as this run asks.") % {"name": PHASE_WORDS[name]()})
        if len(said) >= MOST_REASONS:
            break
    return " ".join(said) or _("It fits into the time that is left.")


def _ranks(chosen: Sequence[Candidate], run_kind: str) -> dict[str, int]:
    """What to keep when time is short: 1 for what adds most to the others."""
    added = {row.slug: gained(row, chosen, run_kind).total for row in chosen}
    return {slug: rank for rank, slug in enumerate(sorted(added, key=lambda slug: (-added[slug], slug)), start=1)}
