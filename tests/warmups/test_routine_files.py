"""The open format: what goes out comes in again, and what can't come in is told field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.factories import NOW, edit_exercise, make_equipment, make_exercise, make_routine, make_user
from warmups.domain.routine_files import MOST_BYTES, RoutineFile, exported, import_routine, parsed, read
from warmups.domain.routines import create_routine
from warmups.models import Revision, Routine

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user("Olga Owner")


@pytest.fixture
def library() -> None:
    """One exercise of each kind."""
    make_equipment("mini-band")
    make_exercise("clamshell", name="Clamshell", aliases=["clam", "side-lying external rotation"], seconds_per_rep=2.5)
    make_exercise("bridge", name="Glute bridge", aliases=["hip bridge"], unilateral=False, seconds_per_rep=3)
    make_exercise("plank", name="Front plank", mode="hold", reps=None, hold_seconds=20, unilateral=False, tempo="")
    make_exercise("side-plank", name="Side plank", mode="hold", reps=2, hold_seconds=15)
    make_exercise("strides", name="Strides", mode="distance", reps=None, metres=80, unilateral=False, seconds_per_rep=1)


def document(*steps: Any, **fields: Any) -> dict[str, Any]:
    """A file of these steps; a step is an exercise's slug or all of its fields."""
    said = [{"exercise": {"slug": step}} if isinstance(step, str) else step for step in steps or ("clamshell",)]
    return {"format": "prestride-routine", "version": 1, "name": "Five", "description": "", "steps": said} | fields


def step(**fields: Any) -> dict[str, Any]:
    """A step of clamshells with what a test is about."""
    return {"exercise": {"slug": "clamshell"}} | fields


def wrong_with(data: object) -> dict[str, list[str]]:
    """What can't be read, in words by field."""
    with pytest.raises(ValidationError) as raised:
        read(data)
    return raised.value.message_dict if hasattr(raised.value, "error_dict") else {"": raised.value.messages}


def stopped(content: bytes) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        parsed(content)
    return raised.value.messages


def brought(file: RoutineFile) -> list[dict[str, Any]]:
    return [dict(step) for step in file.steps]


# --- There and back ---------------------------------------------------------------------------------------------------
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")).map(str.strip)
COMMON = {
    "sets": st.integers(1, 10),
    "rest_seconds": st.integers(0, 600),
    "tempo": LINE.map(lambda text: text[:40].strip()),
    "note": LINE.map(lambda text: text[:200].strip()),
    "rank": st.integers(1, 30),
    "equipment": st.sampled_from([[], ["mini-band"]]),
}
SIDES, REPS, SECONDS = st.sampled_from(["each", "left", "right"]), st.integers(1, 200), st.integers(1, 600)
STEP = st.one_of(
    st.fixed_dictionaries(COMMON | {"exercise": st.just("clamshell"), "reps": REPS, "sides": SIDES}),
    st.fixed_dictionaries(COMMON | {"exercise": st.just("bridge"), "reps": REPS}),
    st.fixed_dictionaries(COMMON | {"exercise": st.just("plank"), "reps": REPS, "hold_seconds": SECONDS}),
    st.fixed_dictionaries(
        COMMON | {"exercise": st.just("side-plank"), "reps": REPS, "hold_seconds": SECONDS, "sides": SIDES}
    ),
    st.fixed_dictionaries(COMMON | {"exercise": st.just("strides"), "metres": st.integers(1, 2000)}),
)
WORDS = {
    "name": LINE.map(lambda text: text[:80].strip()).filter(bool),
    "description": LINE.map(lambda text: text[:500].strip()),
}


@given(words=st.fixed_dictionaries(WORDS), steps=st.lists(STEP, min_size=1, max_size=30))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_out_comes_in_again(owner: User, library: None, words: dict[str, str], steps: list[Any]) -> None:
    first = create_routine(owner=owner, actor=owner, steps=steps, now=NOW, **words)
    out = exported(_current(first))
    second, notes = import_routine(owner=owner, data=parsed(json.dumps(out).encode()), now=NOW)
    assert exported(_current(second)) == out
    assert notes == []
    assert second.current.duration_seconds == first.current.duration_seconds


def _current(routine: Routine) -> Revision:
    return Revision.objects.select_related("routine").get(pk=routine.current_id)


def test_a_file_says_all_of_a_routine(owner: User, library: None) -> None:
    said = {"sets": 2, "reps": 12, "sides": "left", "rest_seconds": 20, "tempo": "3-1-1", "rank": 4, "note": "Slow."}
    steps: list[Any] = [{"exercise": "clamshell", "equipment": ["mini-band"], **said}]
    routine = create_routine(owner=owner, actor=owner, name="Five", description="Hills", steps=steps, now=NOW)
    assert exported(_current(routine), origin="https://runs.example/routines/1/") == {
        "format": "prestride-routine",
        "version": 1,
        "name": "Five",
        "description": "Hills",
        "steps": [
            {
                "exercise": {"slug": "clamshell", "name": "Clamshell"},
                "mode": "reps",
                "seconds_per_rep": 2.5,
                "sets": 2,
                "reps": 12,
                "hold_seconds": None,
                "metres": None,
                "sides": "left",
                "rest_seconds": 20,
                "tempo": "3-1-1",
                "equipment": ["mini-band"],
                "rank": 4,
                "note": "Slow.",
            }
        ],
        "origin": "https://runs.example/routines/1/",
    }


def test_the_librarys_routines_say_their_licence(library: None) -> None:
    assert exported(_current(make_routine()))["licence"] == "CC BY 4.0"


def test_an_old_revision_goes_out_as_it_was(owner: User, library: None) -> None:
    routine = create_routine(owner=owner, actor=owner, name="Five", steps=[{"exercise": "clamshell"}], now=NOW)
    edit_exercise(routine.current.steps.get().exercise, name="Open the shell")
    assert exported(_current(routine))["steps"][0]["exercise"] == {"slug": "clamshell", "name": "Clamshell"}


def test_it_is_ones_own_and_remembers_where_it_came_from(owner: User, library: None) -> None:
    data = document(origin="https://runs.example/routines/1/")
    routine, _notes = import_routine(owner=owner, data=data, now=NOW)
    revision = _current(routine)
    assert (routine.owner, routine.name, revision.number, revision.created_by) == (owner, "Five", 1, owner)
    assert revision.reason == "From a file. https://runs.example/routines/1/"


# --- Exercises --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("exercise", "slug", "notes"),
    [
        ({"slug": "clamshell"}, "clamshell", []),
        ({"slug": "clamshell", "name": "Clam"}, "clamshell", []),
        (
            {"slug": "clamshell", "name": "Open the shell"},
            "clamshell",
            ["Step 1: “Open the shell” is called Clamshell here."],
        ),
        ({"name": "glute  BRIDGE"}, "bridge", ["Step 1: “glute  BRIDGE” is Glute bridge here, found by its name."]),
        ({"name": "Hip-bridge"}, "bridge", ["Step 1: “Hip-bridge” is Glute bridge here, found by its name."]),
        (
            {"slug": "x", "name": "Hip-bridge"},
            "bridge",
            ["Step 1: “Hip-bridge” is Glute bridge here, found by its name."],
        ),
        ({"slug": "front-plank"}, "plank", ["Step 1: “front-plank” is Front plank here, found by its name."]),
    ],
)
def test_exercises_are_found_by_slug_and_by_name(
    library: None, exercise: dict[str, str], slug: str, notes: list[str]
) -> None:
    file = read(document({"exercise": exercise}))
    assert ([step["exercise"] for step in file.steps], file.notes) == ([slug], notes)


def test_an_unknown_exercise_is_told_with_the_nearest(library: None) -> None:
    assert wrong_with(document({"exercise": {"name": "Side planks"}}, step(), {"exercise": {"slug": "zzzzzz"}})) == {
        "steps.0.exercise": ["We know no exercise “Side planks”. Did you mean Side plank (side-plank)?"],
        "steps.2.exercise": ["We know no exercise “zzzzzz”."],
    }


def test_a_name_of_two_exercises_is_not_guessed(library: None) -> None:
    make_exercise("bridge-2", name="Bridge on one leg", aliases=["hip bridge"])
    told = "“hip bridge” may be Bridge on one leg (bridge-2), Glute bridge (bridge). Write the slug of one."
    assert wrong_with(document({"exercise": {"name": "hip bridge"}})) == {"steps.0.exercise": [told]}


@pytest.mark.parametrize("status", ["draft", "in-review", "retired"])
def test_only_what_is_published_is_found(library: None, status: str) -> None:
    make_exercise("secret-squat", name="Secret squat", status=status)
    told = ["We know no exercise “secret-squat”."]
    assert wrong_with(document("secret-squat")) == {"steps.0.exercise": told}


def test_an_exercise_counted_in_another_way_is_refused(library: None) -> None:
    told = {"steps.0.mode": ["Clamshell is counted in another way here (repetitions)."]}
    assert wrong_with(document(step(mode="hold"))) == told
    assert wrong_with(document(step(mode=["hold"]))) == {"steps.0.mode": ["Write “reps” here."]}


def test_another_pace_is_told(library: None) -> None:
    note = "Step 1: one repetition counts 2.5 s here, 4 s in the file."
    assert read(document(step(seconds_per_rep=4))).notes == [note]
    assert read(document(step(seconds_per_rep=2.5))).notes == []
    strides = {"exercise": {"slug": "strides"}, "seconds_per_rep": 0.25}
    assert read(document(strides)).notes == ["Step 1: one metre counts 1 s here, 0.25 s in the file."]


# --- What is left out, what is too much -------------------------------------------------------------------------------
def test_what_is_left_out_is_as_the_exercise_has_it(library: None) -> None:
    file = read({"format": "prestride-routine", "version": 1, "name": "Five", "steps": [step(sets=None, note=None)]})
    assert brought(file) == [{"exercise": "clamshell"}]
    made = file.made[0]
    assert (made.sets, made.reps, made.sides, made.tempo, made.rank) == (1, 8, "each", "1-1-1", 1)


def test_what_the_format_does_not_have_is_told(library: None) -> None:
    file = read(document(step(colour="red"), {"exercise": {"slug": "bridge", "id": 4}}, author="Ada", likes=3))
    told = "“author”, “likes”, “colour” in step 1, “id” in step 2"
    assert file.notes == [f"Not read, since the format has no such field: {told}."]


def test_many_of_them_are_counted(library: None) -> None:
    file = read(document(**{f"field-{number}": 1 for number in range(40)}))
    assert file.notes[0].endswith("“field-4”, 35 more.")


HUGE = "x" * 20_000
BAD = [
    ("name", None, "Give it a name."),
    ("name", "  ", "Give it a name."),
    ("name", 5, "Write text here, in quotes."),
    ("name", HUGE, "At most 80 characters."),
    ("description", ["a"], "Write text here, in quotes."),
    ("description", HUGE, "At most 500 characters."),
    ("origin", {}, "Write text here, in quotes."),
    ("origin", HUGE, "At most 500 characters."),
    ("licence", True, "Write text here, in quotes."),
    ("steps", None, "Write a list of steps."),
    ("steps", {"a": 1}, "Write a list of steps."),
    ("steps", [], "A routine has 1 to 30 steps."),
    ("steps", [step()] * 31, "A routine has 1 to 30 steps."),
    ("version", None, "Give the version of the format as a whole number: 1."),
    ("version", True, "Give the version of the format as a whole number: 1."),
    ("version", "1", "Give the version of the format as a whole number: 1."),
    ("version", 0, "Give the version of the format as a whole number: 1."),
    ("version", 2, "The file is of version 2 of the format. We read version 1."),
    ("version", 10**30, "The file is of version 10000000000… of the format. We read version 1."),
    ("format", None, "This is no routine of Prestride: it has to say “format”: “prestride-routine”."),
    ("format", ["prestride-routine"], "This is no routine of Prestride: it has to say “format”: “prestride-routine”."),
]


@pytest.mark.parametrize(("field", "value", "message"), BAD, ids=[f"{row[0]} {str(row[1])[:20]}" for row in BAD])
def test_words_that_are_wrong_are_named(library: None, field: str, value: Any, message: str) -> None:
    assert wrong_with(document(**{field: value})) == {field: [message]}


@pytest.mark.parametrize("data", [None, 5, "routine", [], [document()], True, 1.5])
def test_what_is_no_document_is_said_to_be_none(data: object) -> None:
    told = "This is no routine of Prestride: it has to say “format”: “prestride-routine”."
    assert wrong_with(data) == {"": [told]}


WHOLE, TEXT = "Write a whole number, without quotes.", "Write text here, in quotes."
NAMES, EXERCISE = "Write a list of names here, [] for none.", "Write the exercise with its “slug”, its “name” or both."
PACE = "Write the seconds as a number, 0 to 999."
BAD_STEP = [
    ("exercise", None, EXERCISE),
    ("exercise", "clamshell", EXERCISE),
    ("exercise", {}, EXERCISE),
    ("exercise", {"slug": " "}, EXERCISE),
    ("exercise.slug", {"slug": ["clamshell"]}, TEXT),
    ("exercise.name", {"slug": "clamshell", "name": 5}, TEXT),
    ("sets", "2", WHOLE),
    ("sets", 2.0, WHOLE),
    ("sets", True, WHOLE),
    ("sets", 0, "Give a whole number from 1 to 10."),
    ("sets", 10**40, "Give a whole number from 1 to 10."),
    ("reps", {}, WHOLE),
    ("reps", None, "Give a whole number from 1 to 200."),
    ("reps", -1, "Give a whole number from 1 to 200."),
    ("hold_seconds", 10, "This exercise is counted in repetitions: leave this empty."),
    ("metres", 10, "This exercise is counted in repetitions: leave this empty."),
    ("rest_seconds", 601, "Give a whole number from 0 to 600."),
    ("rank", 31, "Give a whole number from 1 to 30."),
    ("sides", ["left"], TEXT),
    ("sides", None, "This exercise is done one side, then the other: choose each, left or right."),
    ("sides", "both", "This exercise is done one side, then the other: choose each, left or right."),
    ("tempo", 3, TEXT),
    ("tempo", HUGE, "At most 40 characters."),
    ("note", HUGE, "At most 200 characters."),
    ("equipment", "mini-band", NAMES),
    ("equipment", [1], NAMES),
    ("equipment", ["a"] * 1000, NAMES),
    ("equipment", ["anvil"], "We know no equipment called anvil."),
    ("mode", 5, "Write “reps” here."),
    ("seconds_per_rep", "3", PACE),
    ("seconds_per_rep", True, PACE),
    ("seconds_per_rep", -1, PACE),
    ("seconds_per_rep", 10**400, PACE),
]


@pytest.mark.parametrize(
    ("field", "value", "message"), BAD_STEP, ids=[f"{row[0]} {str(row[1])[:20]}" for row in BAD_STEP]
)
def test_a_step_that_is_wrong_is_named(library: None, field: str, value: Any, message: str) -> None:
    name = field.split(".")[0]
    assert wrong_with(document("bridge", step(**{name: value}))) == {f"steps.1.{field}": [message]}


def test_a_step_has_to_have_fields(library: None) -> None:
    told = ["Write fields here: an exercise and its dose."]
    assert wrong_with(document(None, ["clamshell"])) == {"steps.0": told, "steps.1": told}


def test_all_that_is_wrong_is_told_at_once_and_in_order(owner: User, library: None) -> None:
    steps = [step(reps=0), {"exercise": {"slug": "?"}}, step(sets="2", equipment=["anvil"]), step()]
    with pytest.raises(ValidationError) as raised:
        import_routine(owner=owner, data=document(*steps, name=""), now=NOW)
    assert list(raised.value.error_dict) == [
        "name",
        "steps.0.reps",
        "steps.1.exercise",
        "steps.2.sets",
        "steps.2.equipment",
    ]
    assert Routine.objects.count() == 0


def test_reading_costs_the_same_for_one_step_and_for_thirty(library: None) -> None:
    costs = []
    for times in (1, 10):
        with CaptureQueriesContext(connection) as queries:
            read(document(*["clamshell", "bridge", "plank"] * times))
        costs.append(len(queries))
    assert costs == [4, 4]


# --- Bytes ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "There is nothing in it."),
        (b" \n", "There is nothing in it."),
        (b"\xff\xfe{", "This is no text in UTF-8. Choose the .json file of a routine."),
        (b'{"a": 1,\n "b"}', "This is no JSON: look at line 2, character 5."),
        (b"PK\x03\x04", "This is no JSON: look at line 1, character 1."),
        (b"[" * 100_000, "This is nested too deep for a routine."),
        (b'{"a": ' * 40_000, "This is nested too deep for a routine."),
        (b'{"reps": NaN}', "NaN is no number of JSON."),
        (b'{"reps": -Infinity}', "-Infinity is no number of JSON."),
        (b'{"reps": 1e999}', "There is a number in it that is too large."),
        (b'{"reps": ' + b"9" * 5000 + b"}", "There is a number in it that is too large."),
        (b'{"a": {"reps": 1, "reps": 2}}', "“reps” stands twice in one place. Keep one."),
        (b'{"\\ud800": 1, "\\ud800": 2}', "“…” stands twice in one place. Keep one."),
        (b" " * (MOST_BYTES + 1), "This is larger than 256 kB. No routine is that long."),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bytes_that_are_no_file_of_ours(content: bytes, message: str) -> None:
    assert stopped(content) == [message]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"steps": [{"note": "a\\u0000b"}]}', "steps.0.note"),
        (b'{"name": "\\ud800"}', "name"),
        (b'{"a": {"\\u0000": 1}}', "a"),
        (b'"\\u0000"', "__all__"),
        (b'{"a":' * 300 + b'"\\u0000"' + b"}" * 300, ".".join(["a"] * 51)),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_text_that_no_database_keeps_is_named(content: bytes, field: str) -> None:
    with pytest.raises(ValidationError) as raised:
        parsed(content)
    told = ["There is a character here that can't be kept. Type it anew."]
    assert raised.value.message_dict == {field: told}


def test_a_byte_order_mark_is_no_harm() -> None:
    assert parsed(b"\xef\xbb\xbf" + b'{"a": 1}') == {"a": 1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(name=VALUES, steps=st.lists(st.dictionaries(st.sampled_from(["exercise", "reps", "sides", "note"]), VALUES)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_read_or_refused(library: None, name: Any, steps: list[Any]) -> None:
    with pytest.raises(ValidationError):
        read(document(*steps, "no-such-exercise", name=name))
