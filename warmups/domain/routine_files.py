"""Routines as files in one open JSON format (docs/routine-format.md): written, read, brought in."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, cast

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rapidfuzz import fuzz, process

from accounts.models import User
from warmups.domain.exercise_documents import as_number
from warmups.domain.fields import shortened, storable
from warmups.domain.routines import MOST_STEPS, StepInput, checked_steps, create_routine
from warmups.models import Exercise, Revision, Routine, Step
from warmups.models.exercises import Mode
from warmups.querysets import folded

FORMAT, VERSION = "prestride-routine", 1
MOST_BYTES = 256 * 1024
LICENCE = "CC BY 4.0"  # of the library's routines

DOCUMENT = ("format", "version", "name", "description", "steps", "licence", "origin")
NUMBERS = ("sets", "reps", "hold_seconds", "metres", "rest_seconds", "rank")
TEXTS = ("sides", "tempo", "note")
STEP = ("exercise", "mode", "seconds_per_rep", "equipment", *NUMBERS, *TEXTS)
MAY_BE_NULL = ("reps", "hold_seconds", "metres", "sides")  # where null says something: this is not counted
NEAR = 65  # of 100: how like a name has to be for us to suggest it
LONGEST_PATH = 100
MOST_SECONDS = 999  # for one repetition
MOST_NAMED = 5  # of things that a sentence lists

Errors = dict[str, list[ValidationError]]


@dataclass(frozen=True)
class RoutineFile:
    """What a file says, checked and matched with the library. `made`: its steps, not saved."""

    name: str
    description: str
    origin: str
    licence: str
    steps: list[StepInput]
    made: list[Step]
    notes: list[str]


@dataclass
class _Reading:
    """What was found out while reading."""

    errors: Errors = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def refuse(self, path: str, message: str, code: str = "invalid") -> None:
        self.errors.setdefault(path, []).append(ValidationError(message, code=code))


# --- Out --------------------------------------------------------------------------------------------------------------


def exported(revision: Revision, *, origin: str = "") -> dict[str, Any]:
    """A revision in the open format. `origin`: the address it comes from. At two queries."""
    routine = revision.routine
    # Of one's own it may have changed without a revision.
    described = routine.description if revision.pk == routine.current_id else revision.description
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": revision.name,
        "description": described,
        "steps": [_step_out(step) for step in revision.steps.select_related("exercise")],
    }
    if routine.owner_id is None:
        document["licence"] = LICENCE
    if origin:
        document["origin"] = origin
    return document


def _step_out(step: Step) -> dict[str, Any]:
    pace = step.seconds_per_rep
    return {
        "exercise": {"slug": step.exercise.slug, "name": step.exercise_name},
        "mode": step.mode,
        "seconds_per_rep": None if pace is None else as_number(pace),
        **{name: getattr(step, name) for name in ("sets", "reps", "hold_seconds", "metres", "sides", "rest_seconds")},
        **{name: getattr(step, name) for name in ("tempo", "equipment", "rank", "note")},
    }


# --- In ---------------------------------------------------------------------------------------------------------------


def import_routine(*, owner: User, data: object, now: datetime) -> tuple[Routine, list[str]]:
    """Make a routine of what a file says, all of it or nothing; and what to know about how it was read.

    Raises ValidationError as `read`.
    """
    file = read(data)
    reason = _("From a file.") + (f" {file.origin}" if file.origin else "")
    routine = create_routine(
        owner=owner,
        actor=owner,
        name=file.name,
        description=file.description,
        steps=file.steps,
        reason=shortened(reason, 200),
        now=now,
    )
    return routine, file.notes


def parsed(content: bytes) -> object:
    """The JSON value of a file's bytes. Raises ValidationError in one sentence, or by the field of a bad text."""
    if len(content) > MOST_BYTES:
        _stop(_("This is larger than %(most)d kB. No routine is that long.") % {"most": MOST_BYTES // 1024})
    if not content.strip():
        _stop(_("There is nothing in it."))
    try:
        value = json.loads(
            content.decode("utf-8-sig"),
            parse_constant=_no_number,
            parse_float=_finite,
            object_pairs_hook=_each_once,
        )
    except UnicodeDecodeError:
        _stop(_("This is no text in UTF-8. Choose the .json file of a routine."))
    except json.JSONDecodeError as error:
        said = {"line": error.lineno, "column": error.colno}
        _stop(_("This is no JSON: look at line %(line)d, character %(column)d.") % said)
    except RecursionError:
        _stop(_("This is nested too deep for a routine."))
    except ValueError:  # a whole number of more digits than Python reads
        _stop(_("There is a number in it that is too large."))
    where = _bad_text(value)
    if where is not None:
        message = _("There is a character here that can't be kept. Type it anew.")
        raise ValidationError({where or NON_FIELD_ERRORS: [ValidationError(message, code="bad_text")]})
    return value


def read(data: object) -> RoutineFile:
    """What a file says, matched with the published exercises: by slug, else by name or another name.

    `data` is a parsed JSON value. At a constant number of queries. Raises ValidationError by field ("name",
    "steps.2.reps", steps counted from 0) with all that is wrong.
    """
    data = _ours(data)
    reading = _Reading()
    _unread(reading, data, DOCUMENT)
    words = {
        "name": _text(reading, data, "name", 80, required=True),
        "description": _text(reading, data, "description", 500),
        "origin": _text(reading, data, "origin", 500),
        "licence": _text(reading, data, "licence", 200),
    }
    inputs = _steps(reading, data.get("steps"))
    found: Errors = {}
    made = checked_steps(inputs, errors=found) if inputs else []
    for path, errors in found.items():
        # A step without its exercise has been told of, and so has what was left out for its type.
        if path not in reading.errors and not path.endswith(".exercise"):
            reading.errors[path] = errors
    if reading.errors:
        raise ValidationError(cast(Any, dict(sorted(reading.errors.items(), key=lambda item: _order(item[0])))))
    if reading.unread:
        names = {"names": _some(reading.unread)}
        reading.notes.append(_("Not read, since the format has no such field: %(names)s.") % names)
    return RoutineFile(steps=inputs, made=made, notes=reading.notes, **words)


def _ours(data: object) -> Mapping[str, Any]:
    """The document, if it is one that we read."""
    hint = _("This is no routine of Prestride: it has to say “format”: “%(format)s”.") % {"format": FORMAT}
    if not isinstance(data, Mapping):
        _stop(hint)
    if data.get("format") != FORMAT:
        raise ValidationError({"format": [ValidationError(hint, code="invalid")]})
    version = data.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        message = _("Give the version of the format as a whole number: %(version)d.") % {"version": VERSION}
    elif version > VERSION:
        said = {"theirs": shortened(version, 12), "ours": VERSION}
        message = _("The file is of version %(theirs)s of the format. We read version %(ours)d.") % said
    else:
        return data
    raise ValidationError({"version": [ValidationError(message, code="invalid")]})


def _steps(reading: _Reading, said: object) -> list[StepInput]:
    """The steps as the domain takes them; empty if there is none to look at."""
    if not isinstance(said, list):
        reading.refuse("steps", _("Write a list of steps."), "required" if said is None else "invalid")
        return []
    if not 1 <= len(said) <= MOST_STEPS:
        code = "max_length" if said else "min_length"
        reading.refuse("steps", _("A routine has 1 to %(most)d steps.") % {"most": MOST_STEPS}, code)
        return []
    library = _Library(Exercise.objects.published().only("slug", "name", "aliases", "mode", "seconds_per_rep"))
    return [_step(reading, library, step, index) for index, step in enumerate(said)]


def _step(reading: _Reading, library: _Library, said: object, index: int) -> StepInput:
    path = f"steps.{index}."
    if not isinstance(said, Mapping):
        reading.refuse(path.rstrip("."), _("Write fields here: an exercise and its dose."))
        return {"exercise": ""}
    _unread(reading, said, STEP, index + 1)
    exercise = _matched(reading, library, said.get("exercise"), index)
    step: dict[str, Any] = {"exercise": exercise.slug if exercise else ""}
    for name in (*NUMBERS, *TEXTS, "equipment"):
        value = said.get(name)
        # What is left out is as the exercise has it; so is null, where a dose can't be without.
        if name not in said or (value is None and name not in MAY_BE_NULL):
            continue
        if message := _wrong_type(name, value):
            reading.refuse(f"{path}{name}", message)
        else:
            step[name] = value.strip() if isinstance(value, str) else value
    if exercise:
        _compare(reading, exercise, said, index)
    return cast(StepInput, step)


def _wrong_type(name: str, value: object) -> str:
    """What to do about a value of the wrong type; empty if it is of the right one."""
    if name in NUMBERS:
        right = value is None or (isinstance(value, int) and not isinstance(value, bool))
        return "" if right else _("Write a whole number, without quotes.")
    if name == "equipment":
        right = isinstance(value, list) and len(value) <= MOST_STEPS and all(isinstance(item, str) for item in value)
        return "" if right else _("Write a list of names here, [] for none.")
    return "" if value is None or isinstance(value, str) else _("Write text here, in quotes.")


def _compare(reading: _Reading, exercise: Exercise, said: Mapping[str, Any], index: int) -> None:
    """Tell where the file's exercise is counted in another way than ours."""
    mode, pace = said.get("mode"), said.get("seconds_per_rep")
    modes = dict(Mode.choices)
    if mode is not None and mode != exercise.mode:
        known = isinstance(mode, str) and mode in modes
        here = {"name": exercise.name, "ours": modes[exercise.mode]}
        message = _("%(name)s is counted in another way here (%(ours)s).") if known else _("Write “%(mode)s” here.")
        reading.refuse(f"steps.{index}.mode", message % (here | {"mode": exercise.mode}), "not_applicable")
    if pace is None:
        return
    if isinstance(pace, bool) or not isinstance(pace, int | float) or not 0 <= pace <= MOST_SECONDS:
        message = _("Write the seconds as a number, 0 to %(most)d.") % {"most": MOST_SECONDS}
        reading.refuse(f"steps.{index}.seconds_per_rep", message)
    elif exercise.seconds_per_rep is not None and abs(pace - float(exercise.seconds_per_rep)) >= 0.005:
        seconds = {"number": index + 1, "ours": as_number(exercise.seconds_per_rep), "theirs": f"{pace:.4g}"}
        if exercise.mode == Mode.DISTANCE:
            note = _("Step %(number)d: one metre counts %(ours)s s here, %(theirs)s s in the file.")
        else:
            note = _("Step %(number)d: one repetition counts %(ours)s s here, %(theirs)s s in the file.")
        reading.notes.append(note % seconds)


# --- Exercises --------------------------------------------------------------------------------------------------------


class _Library:
    """The published exercises by slug, by name and by other names."""

    def __init__(self, rows: Iterable[Exercise]) -> None:
        self.by_slug = {row.slug: row for row in rows}
        self.by_name: dict[str, list[Exercise]] = {}
        self.by_alias: dict[str, list[Exercise]] = {}
        for row in self.by_slug.values():
            self.by_name.setdefault(_plain(row.name), []).append(row)
            for alias in row.aliases:
                self.by_alias.setdefault(_plain(alias), []).append(row)

    def named(self, name: str) -> list[Exercise]:
        """Those that a name may mean; a name goes before another's other name."""
        plain = _plain(name)
        return self.by_name.get(plain) or self.by_alias.get(plain) or []

    def like(self, name: str) -> list[Exercise]:
        """Up to three that are called nearly so."""
        names = {said: row for rows in (self.by_alias, self.by_name) for said, found in rows.items() for row in found}
        near = process.extract(_plain(name), names.keys(), scorer=fuzz.token_set_ratio, score_cutoff=NEAR, limit=6)
        return list({names[said].slug: names[said] for said, _score, _index in near}.values())[:3]


def _plain(name: str) -> str:
    return " ".join(folded(name).split())


def _matched(reading: _Reading, library: _Library, said: object, index: int) -> Exercise | None:
    """The exercise of the library that a step means, with a note if it was not clear; None if there is none."""
    path = f"steps.{index}.exercise"
    if not isinstance(said, Mapping):
        reading.refuse(path, _("Write the exercise with its “slug”, its “name” or both."))
        return None
    _unread(reading, said, ("slug", "name"), index + 1)
    slug, name = (_text(reading, said, key, 100, path=f"{path}.") for key in ("slug", "name"))
    if any(f"{path}.{key}" in reading.errors for key in ("slug", "name")):
        return None
    if not slug and not name:
        reading.refuse(path, _("Write the exercise with its “slug”, its “name” or both."), "required")
        return None
    number = index + 1
    if exercise := library.by_slug.get(slug):
        if name and exercise not in library.named(name):
            here = {"number": number, "theirs": shortened(name), "ours": exercise.name}
            reading.notes.append(_("Step %(number)d: “%(theirs)s” is called %(ours)s here.") % here)
        return exercise
    called = name or slug
    found = library.named(name) or library.named(slug)
    if len(found) == 1:
        here = {"number": number, "theirs": shortened(called), "ours": found[0].name}
        reading.notes.append(_("Step %(number)d: “%(theirs)s” is %(ours)s here, found by its name.") % here)
        return found[0]
    if found:
        said_so = {"name": shortened(called), "names": _some([f"{row.name} ({row.slug})" for row in found])}
        reading.refuse(path, _("“%(name)s” may be %(names)s. Write the slug of one.") % said_so, "ambiguous")
        return None
    message = _("We know no exercise “%(name)s”.") % {"name": shortened(called)}
    if near := library.like(called):
        message += " " + _("Did you mean %(names)s?") % {"names": _some([f"{row.name} ({row.slug})" for row in near])}
    reading.refuse(path, message, "does_not_exist")
    return None


# --- Pieces -----------------------------------------------------------------------------------------------------------


def _text(
    reading: _Reading, said: Mapping[str, Any], key: str, longest: int, *, required: bool = False, path: str = ""
) -> str:
    """A text without the space around it; empty if there is none, or something is wrong with it."""
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        reading.refuse(path + key, _("Write text here, in quotes."))
        return ""
    text = (value or "").strip()
    if required and not text:
        reading.refuse(path + key, _("Give it a name."), "required")
    if len(text) > longest:
        reading.refuse(path + key, _("At most %(longest)d characters.") % {"longest": longest}, "max_length")
        return ""
    return text


def _unread(reading: _Reading, said: Mapping[str, Any], known: Sequence[str], step: int = 0) -> None:
    """Note the fields that the format does not have."""
    for key in said:
        if key not in known:
            name = {"name": shortened(key), "number": step}
            reading.unread.append(_("“%(name)s” in step %(number)d") % name if step else _("“%(name)s”") % name)


def _some(names: Sequence[str]) -> str:
    """Names in a row, the rest counted."""
    more = len(names) - MOST_NAMED
    if more <= 0:
        return ", ".join(names)
    told = ngettext("%(count)d more", "%(count)d more", more) % {"count": more}
    return ", ".join([*names[:MOST_NAMED], told])


def _order(path: str) -> tuple[int, int]:
    """Where a fault stands in the file: words first, then step by step."""
    words = path.split(".")
    return (1, int(words[1])) if len(words) > 1 and words[1].isdecimal() else (0, 0)


def _bad_text(value: object) -> str | None:
    """Where a text stands that no database can keep; without recursion, since a file may be nested deep."""
    rest: list[tuple[str, object]] = [("", value)]
    while rest:
        path, here = rest.pop()
        if isinstance(here, str) and not storable(here):
            return path
        if isinstance(here, Mapping):
            if not all(map(storable, here)):
                return path
            rest += [(_inside(path, key), inner) for key, inner in here.items()]
        if isinstance(here, list):
            rest += [(_inside(path, str(index)), inner) for index, inner in enumerate(here)]
    return None


def _inside(path: str, key: str) -> str:
    """The path of what stands in another thing; from some depth on that of the outer one will do."""
    if len(path) + len(key) > LONGEST_PATH:
        return path
    return f"{path}.{key}" if path else key


def _no_number(word: str) -> NoReturn:
    _stop(_("%(word)s is no number of JSON.") % {"word": word})


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        _stop(_("There is a number in it that is too large."))
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for key, value in pairs:
        if key in said:
            name = shortened(key) if storable(key) else "…"
            _stop(_("“%(name)s” stands twice in one place. Keep one.") % {"name": name})
        said[key] = value
    return said


def _stop(message: str) -> NoReturn:
    raise ValidationError(message, code="invalid")
