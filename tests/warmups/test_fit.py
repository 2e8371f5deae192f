"""The workout for a watch, read by Garmin's own decoder: whole, without errors, doing what the routine says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml
from garmin_fit_sdk import Decoder, Profile, Stream
from hypothesis import given
from hypothesis import strategies as st

from warmups.domain.content import CONTENT
from warmups.domain.durations import HOLD_CHANGE_SECONDS, work_seconds
from warmups.domain.fit import MOST_BYTES, fitting, workout
from warmups.domain.fit_exercises import CODES, NONE

MADE = datetime(2027, 3, 15, 6, 30, tzinfo=UTC)
FILES = sorted((CONTENT / "exercises").glob("*.yaml"))


@dataclass(frozen=True)
class Movement:
    slug: str = "clamshell"


@dataclass(frozen=True)
class Step:
    """Eight clamshells a side."""

    exercise: Movement = Movement()
    exercise_name: str = "Clamshell"
    mode: str = "reps"
    sets: int = 1
    reps: int | None = 8
    hold_seconds: int | None = None
    metres: int | None = None
    sides: str | None = None
    rest_seconds: int = 0
    seconds_per_rep: Decimal | None = Decimal(2)
    tempo: str = ""
    note: str = ""


PLANK = Step(Movement("front-plank"), "Front plank", "hold", reps=3, hold_seconds=20)
STRIDES = Step(Movement("strides"), "Strides", "distance", reps=None, metres=80)


def decoded(steps: Iterable[Step], name: str = "Five before easy runs") -> dict[str, Any]:
    """The messages of the workout's file; the decoder may find no fault with it."""
    content = workout(name=name, steps=steps, made_at=MADE, serial=31)
    # A decoder that has checked the file has read it to its end.
    assert Decoder(Stream.from_byte_array(bytearray(content))).check_integrity()
    messages, errors = Decoder(Stream.from_byte_array(bytearray(content))).read()
    assert errors == []
    return messages


def messages_of(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return decoded(steps)["workout_step_mesgs"]


def done(steps: Iterable[Step]) -> list[tuple[str, str, float]]:
    """What a watch does, turn after turn, as name, kind and amount: it knows one level of repeats."""
    messages = messages_of(steps)
    assert [message["message_index"] for message in messages] == list(range(len(messages)))
    turns: list[tuple[str, str, float]] = []
    for index, message in enumerate(messages):
        if message["duration_type"] != "repeat_until_steps_cmplt":
            turns.append(_turn(message))
            continue
        inner = messages[message["duration_step"] : index]
        assert inner and all(one["duration_type"] != "repeat_until_steps_cmplt" for one in inner)
        turns += [_turn(one) for one in inner] * (message["repeat_steps"] - 1)
    return turns


def _turn(message: dict[str, Any]) -> tuple[str, str, float]:
    kind = message["duration_type"]
    return message["wkt_step_name"], kind, message[f"duration_{kind}"]


def test_it_is_a_strength_workout() -> None:
    messages = decoded([Step(), STRIDES])
    assert messages["file_id_mesgs"] == [
        {"type": "workout", "manufacturer": "development", "product": 0, "serial_number": 31, "time_created": MADE}
    ]
    assert messages["workout_mesgs"] == [
        {
            "sport": "training",
            "sub_sport": "strength_training",
            "wkt_name": "Five before easy runs",
            "num_valid_steps": 2,
        }
    ]


def test_a_step_says_all_of_it() -> None:
    step = Step(sides="left", tempo="2-1-2", note="Hips level.")
    assert messages_of([step]) == [
        {
            "message_index": 0,
            "wkt_step_name": "Clamshell, left",
            "duration_type": "reps",
            "duration_value": 8,
            "duration_reps": 8,
            "target_type": "open",
            "target_value": 0,
            "intensity": "active",
            "notes": "Clamshell, left. Tempo 2-1-2. Hips level.",
            "exercise_category": "hip_raise",
            "exercise_name": 44,
        }
    ]
    assert Profile["types"]["hip_raise_exercise_name"][44] == "clams"


def test_repetitions_holds_and_metres_are_what_they_are() -> None:
    turns = done([Step(), replace(PLANK, reps=1), STRIDES])
    assert turns == [("Clamshell", "reps", 8), ("Front plank", "time", 20), ("Strides", "distance", 80)]


def test_each_side_is_a_step_of_its_own_and_rest_follows_a_set() -> None:
    once = [("Clamshell, left", "reps", 8), ("Clamshell, right", "reps", 8), ("Rest", "time", 30)]
    assert done([Step(sides="each", sets=3, rest_seconds=30)]) == once * 3
    assert len(messages_of([Step(sides="each", sets=3, rest_seconds=30)])) == 4


def test_a_rest_is_a_rest() -> None:
    step, rest, _repeat = messages_of([Step(sets=2, rest_seconds=30)])
    assert (step["intensity"], rest["intensity"], "exercise_category" in rest) == ("active", "rest", False)


def test_one_set_has_no_rest_and_no_repeat() -> None:
    assert len(messages_of([Step(rest_seconds=30)])) == 1


def test_each_hold_is_timed_by_itself() -> None:
    hold, pause = ("Front plank", "time", 20), ("Let go", "time", 2)
    assert done([PLANK]) == [hold, pause] * 3
    assert done([replace(PLANK, sets=2, rest_seconds=15)]) == [*[hold, pause] * 3, ("Rest", "time", 15)] * 2


def test_holds_of_each_side_stay_together() -> None:
    turns = done([replace(PLANK, sides="each", reps=2)])
    left, right, pause = ("Front plank, left", "time", 20), ("Front plank, right", "time", 20), ("Let go", "time", 2)
    assert turns == [left, pause, left, pause, right, pause, right, pause]


DOSED = st.builds(
    Step,
    sets=st.integers(1, 10),
    reps=st.integers(1, 200),
    sides=st.sampled_from(["each", "left", "right", None]),
    rest_seconds=st.integers(0, 600),
    hold_seconds=st.integers(1, 600),
    metres=st.integers(1, 2000),
    mode=st.sampled_from(["reps", "hold", "distance"]),
    exercise_name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80),
    note=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200),
)


@given(DOSED)
def test_the_work_is_that_of_the_routine(step: Step) -> None:
    seconds = {"time": Decimal(1), "reps": Decimal(2), "distance": Decimal(2)}
    worked = sum(
        seconds[message["duration_type"]] * Decimal(message["duration_" + message["duration_type"]]) * times
        for message, times in _times(messages_of([step]))
        if message["intensity"] == "active"
    )
    holds = step.sets * (step.reps or 1) * (2 if step.sides == "each" else 1) if step.mode == "hold" else 0
    assert worked == work_seconds(step) - holds * HOLD_CHANGE_SECONDS


def _times(messages: list[dict[str, Any]]) -> list[tuple[dict[str, Any], int]]:
    """Each step with how often it is done."""
    times = [1] * len(messages)
    for index, message in enumerate(messages):
        if "repeat_steps" in message:
            times[message["duration_step"] : index] = [message["repeat_steps"]] * (index - message["duration_step"])
    return [(message, often) for message, often in zip(messages, times, strict=True) if "repeat_steps" not in message]


def test_thirty_steps_of_ten_sets() -> None:
    most = replace(PLANK, sets=10, reps=200, sides="each", rest_seconds=600, note="n" * 200, exercise_name="ä" * 80)
    messages = decoded([most] * 30)
    assert messages["workout_mesgs"][0]["num_valid_steps"] == len(messages["workout_step_mesgs"]) == 30 * 10 * 7


def test_long_names_are_cut_between_characters_and_keep_the_side() -> None:
    messages = decoded([Step(exercise_name="🏃🏽" * 40, sides="each", note="ß" * 200)], name="🏃" * 80)
    name = messages["workout_mesgs"][0]["wkt_name"]
    left, right = messages["workout_step_mesgs"]
    assert name == "🏃" * 62 + "…"
    assert (left["wkt_step_name"][-7:], right["wkt_step_name"][-8:]) == ("…, left", "…, right")
    assert max(len(text.encode()) for text in (name, left["wkt_step_name"], left["notes"])) <= MOST_BYTES


@pytest.mark.parametrize("text", ["", "a", "a\nb\tc", "é" * 127, "é" * 128, "🏃" * 200])
def test_a_text_that_fits_stays(text: str) -> None:
    cut, whole = fitting(text), " ".join(text.split())
    assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1]) and len(cut.encode()) <= MOST_BYTES)
    assert (len(whole.encode()) <= MOST_BYTES) == (cut == whole)


def test_a_watch_that_shows_our_name_is_not_told_it_twice() -> None:
    strides, planks = messages_of([replace(STRIDES, note="Tall."), replace(PLANK, reps=1)])
    assert strides["notes"] == "80 m: press lap when you are there. Tall."
    assert planks["notes"] == "Front plank."


def test_only_older_categories_are_used() -> None:
    numbers = {name: number for number, name in Profile["types"]["exercise_category"].items()}
    assert max(numbers[category.lower()] for category, _name in CODES.values()) <= numbers["run"] == 32


def test_every_exercise_has_a_code_or_is_said_to_have_none() -> None:
    assert {file.stem for file in FILES} == CODES.keys() | NONE
    assert CODES.keys() & NONE == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_exercise_of_the_library(file: Any) -> None:
    said = yaml.safe_load(file.read_text())
    dose = {name: said["dose"].get(name) for name in ("sets", "reps", "hold_seconds", "metres")}
    sides = "each" if said["unilateral"] else None
    step = Step(Movement(file.stem), said["name"], said["mode"], sides=sides, **dose | {"rest_seconds": 20})
    active = [one for one in messages_of([step]) if one.get("intensity") == "active"]
    for message in active:
        code = None
        if "exercise_category" in message:
            category = message["exercise_category"]
            code = category, Profile["types"][f"{category}_exercise_name"][message["exercise_name"]]
        category, name = CODES.get(file.stem, ("", ""))
        assert code == ((category.lower(), name.lower()) if category else None)
    assert len(active) == (2 if sides else 1)
