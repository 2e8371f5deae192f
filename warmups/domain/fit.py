"""A routine as a strength workout for a Garmin watch: a FIT file. Values only.

Each side is a step of its own, left first; each set a turn of a repeat, its rest last, which after the last set is
the time to get ready for what comes next. Of a hold done several times each one is timed, with two seconds to let go.
Repeats hold no repeats, since watches do no more than one level: what would need two is written out set by set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from django.utils.translation import gettext as _

from warmups.domain.durations import HOLD_CHANGE_SECONDS, Dosed
from warmups.domain.fit_exercises import CODES

MOST_BYTES = 254  # of a text: a field's size is one byte, and a NUL ends the text


Kind = Literal["reps", "seconds", "metres"]


class _Exercise(Protocol):
    @property
    def slug(self) -> str: ...


class FitStep(Dosed, Protocol):
    """A step of a routine: a dose, an exercise with its slug, and words."""

    @property
    def exercise(self) -> _Exercise: ...
    @property
    def exercise_name(self) -> str: ...
    @property
    def tempo(self) -> str: ...
    @property
    def note(self) -> str: ...


@dataclass(frozen=True)
class Go:
    """Something to do or to wait for: so many reps, seconds or metres."""

    kind: Kind
    amount: int
    name: str
    note: str = ""
    slug: str = ""  # of the exercise; none: rest


@dataclass(frozen=True)
class Repeat:
    """Do all from the step `first` (counted from 0) on, `times` in all."""

    first: int
    times: int


def workout(*, name: str, steps: Iterable[FitStep], made_at: datetime, serial: int) -> bytes:
    """The file, ready for a watch. `made_at` and `serial` tell one workout from another; texts are cut to fit."""
    # Costs a tenth of a second and some megabytes, which only who asks for a file should pay.
    from fit_tool import FitFileBuilder
    from fit_tool.profile.messages.file_id_message import FileIdMessage
    from fit_tool.profile.messages.workout_message import WorkoutMessage
    from fit_tool.profile.profile_type import FileType, Manufacturer, Sport, SubSport

    file_id = FileIdMessage()
    file_id.type = FileType.WORKOUT
    file_id.manufacturer = Manufacturer.DEVELOPMENT.value
    file_id.product = 0
    file_id.serial_number = serial % 2**32 or 1  # 0 means none
    file_id.time_created = round(made_at.timestamp()) * 1000

    turns = plan(steps)
    about = WorkoutMessage()
    about.workout_name = fitting(name)
    about.sport = Sport.TRAINING
    about.sub_sport = SubSport.STRENGTH_TRAINING
    about.num_valid_steps = len(turns)

    builder = FitFileBuilder()
    builder.add_all([file_id, about, *(_message(index, turn) for index, turn in enumerate(turns))])
    return bytes(builder.build_bytes())


def plan(steps: Iterable[FitStep]) -> list[Go | Repeat]:
    """What the watch does, one after the other."""
    turns: list[Go | Repeat] = []
    for step in steps:
        sides = [_one_side(step, side) for side in (("left", "right") if step.sides == "each" else (step.sides,))]
        rest = [Go("seconds", step.rest_seconds, _("Rest"))] if step.sets > 1 and step.rest_seconds else []
        if step.mode == "hold" and (step.reps or 1) > 1:
            pause = Go("seconds", HOLD_CHANGE_SECONDS, _("Let go"))
            for _set in range(step.sets):
                for side in sides:
                    _add(turns, [side, pause], times=step.reps or 1)
                _add(turns, rest)
        else:
            _add(turns, [*sides, *rest], times=step.sets)
    return turns


def _add(turns: list[Go | Repeat], once: Sequence[Go], times: int = 1) -> None:
    first = len(turns)
    turns += once
    if times > 1:
        turns.append(Repeat(first, times))


def _one_side(step: FitStep, side: str | None) -> Go:
    """What is done in one go, on one side."""
    name = step.exercise_name
    if word := {"left": _("left"), "right": _("right")}.get(side or ""):
        name = _("%(exercise)s, %(side)s") % {"exercise": _room(name, word), "side": word}
    # A watch that knows the exercise shows its own name for it.
    said = [f"{name}."] if step.exercise.slug in CODES else []
    if step.tempo:
        said.append(_("Tempo %(tempo)s.") % {"tempo": step.tempo})
    if step.mode == "distance":
        # A watch that counts strength has no distance to go by.
        said.append(_("%(metres)d m: press lap when you are there.") % {"metres": step.metres or 0})
    kind, amount = _amount(step)
    return Go(kind, amount, name, note=" ".join([*said, step.note]).strip(), slug=step.exercise.slug)


def _amount(step: FitStep) -> tuple[Kind, int]:
    if step.mode == "distance":
        return "metres", step.metres or 0
    if step.mode == "hold":
        return "seconds", step.hold_seconds or 0
    return "reps", step.reps or 0


def _room(name: str, word: str) -> str:
    """A name cut so that the side still fits behind it."""
    return fitting(name, MOST_BYTES - len(word.encode()) - 8)


def _message(index: int, turn: Go | Repeat) -> Any:
    from fit_tool.profile.messages.workout_step_message import WorkoutStepMessage
    from fit_tool.profile.profile_type import Intensity, WorkoutStepDuration, WorkoutStepTarget

    message = WorkoutStepMessage()
    message.message_index = index
    if isinstance(turn, Repeat):
        message.duration_type = WorkoutStepDuration.REPEAT_UNTIL_STEPS_CMPLT
        message.duration_value = turn.first
        message.target_value = turn.times
        return message
    message.workout_step_name = fitting(turn.name)
    message.target_type = WorkoutStepTarget.OPEN
    message.target_value = 0
    message.intensity = Intensity.ACTIVE if turn.slug else Intensity.REST
    if turn.note:
        message.notes = fitting(turn.note)
    match turn.kind:
        case "reps":
            message.duration_type = WorkoutStepDuration.REPS
            message.duration_reps = turn.amount
        case "seconds":
            message.duration_type = WorkoutStepDuration.TIME
            message.duration_time = turn.amount
        case "metres":
            message.duration_type = WorkoutStepDuration.DISTANCE
            message.duration_distance = turn.amount
    if code := code_of(turn.slug):
        message.exercise_category, message.exercise_name = code
    return message


def code_of(slug: str) -> tuple[int, int] | None:
    """The numbers of an exercise's category and name in the FIT profile; None if the profile does not have it."""
    from fit_tool.profile import profile_type

    if slug not in CODES:
        return None
    category, name = CODES[slug]
    names = getattr(profile_type, category.title().replace("_", "") + "ExerciseName")
    return profile_type.ExerciseCategory[category].value, names[name].value


def fitting(text: str, most: int = MOST_BYTES) -> str:
    """A text in one line of at most so many bytes of UTF-8, cut between two characters."""
    text = " ".join(text.split())
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - 3].decode(errors="ignore").rstrip() + "…"
