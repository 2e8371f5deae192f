"""A routine while it is being built: what was typed, put in order and looked at, before anything is saved.

The page sends all of it with each deed ("up-a1", "add-clamshell", "save" …), in the order of its steps, so it works
without JavaScript; with it the same deeds are done in the page, and only the sums come from here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from warmups.coverage_picture import CoveragePicture, coverage_picture
from warmups.domain.durations import SET_UP_SECONDS, SIDE_CHANGE_SECONDS, routine_seconds
from warmups.domain.fields import storable
from warmups.domain.hints import Hint, hints
from warmups.domain.routines import MOST_STEPS, StepInput, checked_steps
from warmups.domain.suggestions import ALL_PHASES
from warmups.forms.routines import RoutineForm, StepForm
from warmups.models import Equipment, Exercise, Revision, Step
from warmups.routine_shapes import Tick, steps_coverage, ticks

KEY = re.compile(r"[a-z0-9]{1,20}")
DOSE = ("sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds", "tempo")


@dataclass(frozen=True)
class Sums:
    """What the steps come to so far. `uncounted`: the numbers of the steps whose dose is not whole yet."""

    seconds: int
    count: int
    ticks: list[Tick]
    hints: list[Hint]
    picture: CoveragePicture
    uncounted: list[int] = field(default_factory=list)
    side_change_seconds: int = SIDE_CHANGE_SECONDS
    set_up_seconds: int = SET_UP_SECONDS


@dataclass(frozen=True)
class Wrong:
    """A line of what is wrong: the field's id ("" for none), where that is in words, and what."""

    id: str
    where: str
    text: str


class Builder:
    """A routine as it stands in the page: `form` and `steps`. `base` is the revision that a change starts from."""

    def __init__(self, data: QueryDict | None, *, base: Revision | None = None) -> None:
        self.base = base
        self.equipment = dict(Equipment.objects.values_list("slug", "name"))
        # What may be chosen: all that is published, and what the routine has already.
        self.kept = list(base.steps.prefetch_related("exercise__equipment")) if base else []
        if data is None:
            self.form = RoutineForm(initial=_words(base))
            self.steps = [
                self._step(step.exercise, f"s{step.position}", None, initial=_said(step)) for step in self.kept
            ]
        else:
            self.form = RoutineForm(data)
            said = [(key, data.get(f"{key}-exercise", "")) for key in data.getlist("step") if KEY.fullmatch(key)]
            said = said[: MOST_STEPS * 2]
            exercises = self._exercises({slug for _key, slug in said})
            self.steps = [self._step(exercises[slug], key, data) for key, slug in said if slug in exercises]

    def add(self, slug: str) -> StepForm | None:
        """One more step at the end, of an exercise at its usual dose; None if there is no such exercise to choose."""
        exercise = self._exercises({slug}).get(slug)
        if exercise is None:
            return None
        self.steps.append(self.new_step(exercise))
        return self.steps[-1]

    def new_step(self, exercise: Exercise) -> StepForm:
        """A step of an exercise at its usual dose, under a name that no other has."""
        return self._step(exercise, f"n{secrets.token_hex(4)}", None, initial=_usual(exercise))

    def move(self, key: str, by: int) -> None:
        """Move a step up (-1) or down (1), as far as there is room."""
        at = next((index for index, step in enumerate(self.steps) if step.key == key), None)
        if at is not None and 0 <= at + by < len(self.steps):
            self.steps.insert(at + by, self.steps.pop(at))

    def remove(self, key: str) -> None:
        """Take a step out."""
        self.steps = [step for step in self.steps if step.key != key]

    def sort(self) -> None:
        """Put the steps into the order of the RAMP phases."""
        self.steps.sort(key=lambda step: ALL_PHASES.index(step.exercise.phase))

    def act(self, deed: str) -> bool:
        """Do what a button of the page says; whether there is such a deed."""
        name, _dash, what = deed.partition("-")
        match name:
            case "add":
                return self.add(what) is not None
            case "up" | "down":
                self.move(what, -1 if name == "up" else 1)
            case "remove":
                self.remove(what)
            case "sort":
                self.sort()
            case "search" | "sums":
                pass
            case _:
                return False
        return True

    def said(self) -> list[StepInput] | None:
        """The steps as the domain takes them; None if a field is not well formed, which its form then says."""
        said = [step.said() for step in self.steps]
        return None if any(wrong for _step, wrong in said) else [step for step, _wrong in said]

    def refuse(self, error: ValidationError) -> None:
        """Say what the domain refused beside the fields that it is about."""
        fields = error.error_dict if hasattr(error, "error_dict") else {"": [error]}
        for path, errors in fields.items():
            words = path.split(".")
            if len(words) == 3 and words[1].isdecimal() and int(words[1]) < len(self.steps):
                step = self.steps[int(words[1])]
                step.add_error(words[2] if words[2] in step.fields else None, errors)
            else:
                self.form.add_error(path if path in self.form.fields else None, errors)

    @property
    def wrong(self) -> list[Wrong]:
        """All that is wrong, in the order of the page."""
        found = list(_wrong(self.form, "")) if self.form.is_bound else []
        for number, step in enumerate(self.steps, start=1):
            if step.is_bound:
                where = _("Step %(number)d, %(name)s") % {"number": number, "name": step.exercise.name}
                found += _wrong(step, where)
        return found

    def sums(self) -> Sums:
        """What the steps come to, without those whose dose is not whole yet; at a constant number of queries."""
        whole, uncounted = [], []
        inputs = [step.said() for step in self.steps]
        errors: dict[str, list[ValidationError]] = {}
        made = checked_steps([step for step, _wrong in inputs], before=self.kept, errors=errors) if inputs else []
        faulty = {int(path.split(".")[1]) for path in errors if "." in path}
        for step in made:
            if step.position - 1 in faulty or inputs[step.position - 1][1]:
                uncounted.append(step.position)
            else:
                whole.append(step)
        return Sums(
            seconds=routine_seconds(whole),
            count=len(self.steps),
            ticks=ticks(whole) if whole else [],
            hints=hints(whole),
            picture=coverage_picture(steps_coverage(whole)),
            uncounted=uncounted,
        )

    def _exercises(self, slugs: Iterable[str]) -> dict[str, Exercise]:
        rows = Exercise.objects.filter(slug__in=filter(storable, slugs)).prefetch_related("equipment")
        kept = {step.exercise_id for step in self.kept}
        return {row.slug: row for row in rows if row.published or row.pk in kept}

    def _step(
        self, exercise: Exercise, key: str, data: QueryDict | None, *, initial: Mapping[str, Any] | None = None
    ) -> StepForm:
        return StepForm(exercise, key, data, equipment=self.equipment, initial=initial)


def _wrong(form: Form, where: str) -> Iterator[Wrong]:
    for name, errors in form.errors.items():
        field = form[name] if name in form.fields and not form[name].is_hidden else None
        words = [where, str(field.label)] if field else [where]
        for text in errors:
            yield Wrong(field.auto_id if field else "", ", ".join(word for word in words if word), str(text))


def _words(base: Revision | None) -> dict[str, Any]:
    if base is None:
        return {}
    routine = base.routine
    # Of one's own it may have changed without a revision.
    described = base.description if routine.owner_id is None else routine.description
    return {"name": base.name, "description": described, "revision": base.pk}


def _dose(step: Step | Exercise) -> dict[str, Any]:
    return {name: getattr(step, name) for name in DOSE}


def _said(step: Step) -> dict[str, Any]:
    return _dose(step) | {name: getattr(step, name) for name in ("equipment", "rank", "note")}


def _usual(exercise: Exercise) -> dict[str, Any]:
    """How a step of an exercise starts out."""
    holds = {"reps": exercise.reps or 1} if exercise.mode == "hold" else {}
    return _dose(exercise) | holds | {"equipment": [row.slug for row in exercise.equipment.all()]}
