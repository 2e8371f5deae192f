"""What differs between two documents: everything that does, nothing that does not, in words that people use."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_equipment, make_exercise, make_muscle
from warmups.domain.changes import Run, list_changes, text_runs
from warmups.domain.content import CONTENT
from warmups.domain.exercise_documents import EMPTY, Document
from warmups.domain.version_differences import (
    LABELS,
    Names,
    changed_fields,
    count_in_words,
    differences,
    in_short,
    names_here,
    record_differences,
)
from warmups.models import Contraindication, Exercise, Mode

POSES = json.loads((CONTENT / "poses" / "clamshell.json").read_text())
CLAMSHELL: Document = EMPTY | {
    "name": "Clamshell",
    "aliases": ["clam"],
    "summary": "Open the top knee like a shell.",
    "steps": ["Put your heels together.", "Open the top knee slowly.", "Close it."],
    "cues": ["Pelvis stays still", "Feet together"],
    "mistakes": [{"mistake": "The pelvis rolls back.", "fix": "Open less far."}],
    "equipment": ["mini-band"],
    "easier": "bridge",
    "muscles": {"primary": ["gluteus-medius"], "secondary": ["soleus"]},
    "substitutes": [{"when": "hurts", "exercise": "bridge"}],
    "contraindications": ["groin-pain"],
    "poses": POSES,
    "media": [{"file": "abc.webp", "alt": "A runner lies on the side.", "caption": ""}],
    "review": {"by": "Ruth Rehm, physiotherapist", "on": "2026-05-04", "due": "2028-05-04"},
}
NAMES = Names(
    exercises={"bridge": "Glute bridge", "plank": "Side plank"},
    muscles={"gluteus-medius": "side glute", "soleus": "deep calf"},
    equipment={"mini-band": "mini-band", "step": "low step"},
)

Said = tuple[str, str, str, str]


def told(**fields: Any) -> list[Said]:
    """The field, the kind of each change, where it is, and its text: what went in [-…-], what came in {+…+}."""
    signs = {"same": "%s", "removed": "[-%s-]", "added": "{+%s+}"}
    return [
        (found.field, change.kind, change.where, "".join(signs[run.kind] % run.text for run in change.runs))
        for found in differences(CLAMSHELL, CLAMSHELL | fields, names=NAMES)
        for change in found.changes
    ]


def posed(change: Any) -> list[Said]:
    """What is told of a figure to which `change` was done."""
    poses = copy.deepcopy(POSES)
    change(poses)
    return [said[1:] for said in told(poses=poses)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"name": "Clam shell"}, [("name", "changed", "", "[-Clamshell-]{+Clam shell+}")]),
        (
            {"summary": "Open the upper knee like a shell."},
            [("summary", "changed", "", "Open the [-top-]{+upper+} knee like a shell.")],
        ),
        ({"summary": ""}, [("summary", "removed", "", "[-Open the top knee like a shell.-]")]),
        ({"feel": "The outer hip."}, [("feel", "added", "", "{+The outer hip.+}")]),
        ({"aliases": []}, [("aliases", "removed", "", "[-clam-]")]),
        ({"position": "side-lying"}, [("position", "changed", "", "[-Standing-]{+Lying on the side+}")]),
        ({"lying": True}, [("lying", "changed", "", "[-no-]{+yes+}")]),
        ({"difficulty": 3}, [("difficulty", "changed", "", "[-1-]{+3+}")]),
        ({"seconds_per_rep": 2.5}, [("seconds_per_rep", "changed", "", "[-3 s-]{+2.5 s+}")]),
        ({"seconds_per_rep": None}, [("seconds_per_rep", "removed", "", "[-3 s-]")]),
        ({"easier": "plank"}, [("easier", "changed", "", "[-Glute bridge-]{+Side plank+}")]),
        ({"easier": None}, [("easier", "removed", "", "[-Glute bridge-]")]),
        ({"harder": "not-here"}, [("harder", "added", "", "{+not-here+}")]),
        ({"equipment": ["mini-band", "step"]}, [("equipment", "added", "", "{+low step+}")]),
        (
            {"muscles": {"primary": ["gluteus-medius", "soleus"], "secondary": []}},
            [("muscles", "removed", "", "[-deep calf (besides)-]"), ("muscles", "added", "", "{+deep calf (mainly)+}")],
        ),
        (
            {"substitutes": [{"when": "no-space", "exercise": "bridge"}]},
            [
                ("substitutes", "removed", "", "[-Glute bridge (when it hurts)-]"),
                ("substitutes", "added", "", "{+Glute bridge (without space)+}"),
            ],
        ),
        (
            {"contraindications": ["groin-pain", "wrist-pain"]},
            [("contraindications", "added", "", "{+Wrist pain+}")],
        ),
        (
            {"evidence_level": "A"},
            [
                (
                    "evidence_level",
                    "changed",
                    "",
                    "[-D: coaching practice-]{+A: measured in several studies+}",
                )
            ],
        ),
        (
            {"review": {"by": "Ruth Rehm, physiotherapist", "on": "2026-05-04", "due": None}},
            [("review", "removed", "Next review due", "[-May 4, 2028-]")],
        ),
        (
            {"media": [{"file": "abc.webp", "alt": "A runner lies on the back.", "caption": ""}]},
            [("media", "changed", "", "A runner lies on the [-side-]{+back+}. · abc.webp")],
        ),
        (
            {"mistakes": [{"mistake": "The pelvis rolls back.", "fix": "Open half as far."}]},
            [("mistakes", "changed", "Mistake 1", "The pelvis rolls back. → Open [-less-]{+half as+} far.")],
        ),
        ({"poses": None}, [("poses", "removed", "", f"[-a figure of 2 key poses: {POSES['desc']}-]")]),
    ],
)
def test_a_change_in_words(fields: Document, expected: list[Said]) -> None:
    assert told(**fields) == expected


def test_a_dose_part_by_part() -> None:
    dose = {"sets": 2, "reps": 12, "hold_seconds": 20, "metres": None, "tempo": "1-1-1"}
    assert told(dose=dose) == [
        ("dose", "changed", "Sets", "[-1-]{+2+}"),
        ("dose", "changed", "Repetitions or holds", "[-10-]{+12+}"),
        ("dose", "added", "Hold, seconds", "{+20 s+}"),
        ("dose", "added", "Tempo", "{+1-1-1+}"),
    ]


def test_steps_that_came_went_changed_and_moved() -> None:
    first, second, third = CLAMSHELL["steps"]
    assert told(steps=[first, third]) == [("steps", "removed", "Step 2", f"[-{second}-]")]
    assert told(steps=[first, "Breathe out.", second, third]) == [("steps", "added", "Step 2", "{+Breathe out.+}")]
    assert told(steps=[first, "Open the upper knee slowly.", third]) == [
        ("steps", "changed", "Step 2", "Open the [-top-]{+upper+} knee slowly.")
    ]
    assert told(steps=[third, first, second]) == [("steps", "moved", "from place 3 to 1", third)]
    assert told(cues=["Feet together", "Pelvis stays still"]) == [
        ("cues", "moved", "from place 2 to 1", "Feet together")
    ]


def test_a_step_that_changed_and_moved_is_told_both() -> None:
    first, _second, third = CLAMSHELL["steps"]
    assert told(steps=[first, third, "Open the upper knee slowly."]) == [
        ("steps", "moved", "from place 3 to 2", third),
        ("steps", "changed", "Step 3", "Open the [-top-]{+upper+} knee slowly."),
    ]


def test_a_line_twice_is_not_the_same_as_once() -> None:
    first, second, third = CLAMSHELL["steps"]
    assert told(steps=[first, second, third, first]) == [("steps", "added", "Step 4", f"{{+{first}+}}")]


def test_a_joint_with_key_pose_side_and_degrees() -> None:
    assert posed(lambda poses: poses["keys"][1]["pose"]["hip_l"].update(flex=41)) == [
        ("changed", "Key pose 2, left hip, bend", "[-37°-]{+41°+}")
    ]
    assert posed(lambda poses: poses["keys"][1]["pose"]["hip_l"].pop("rot")) == [
        ("removed", "Key pose 2, left hip, turn", "[-37°-]")
    ]
    assert posed(lambda poses: poses["pose"].update(knee_r={"flex": 80})) == [
        ("changed", "All key poses, right knee, bend", "[-92°-]{+80°+}")
    ]


def test_contacts_seconds_props_and_what_else_a_figure_has() -> None:
    assert posed(lambda poses: poses["keys"][0].update(hold=0.8)) == [
        ("changed", "Key pose 1, rests", "[-0.4 s-]{+0.8 s+}")
    ]
    assert posed(lambda poses: poses["keys"][0].update(move=2)) == [
        ("changed", "Key pose 1, takes to the next", "[-1.2 s-]{+2 s+}")
    ]
    assert posed(lambda poses: poses["pose"]["hand_l"].update(at=[0, 0, 0.5])) == [
        ("changed", "All key poses, left hand on its place, place", "[--0.22 · -0.22 · 0.02-]{+0 · 0 · 0.5+}")
    ]
    assert posed(lambda poses: poses["camera"].update(az=-76)) == [
        ("changed", "Seen from, degrees around", "[--140-]{+-76+}")
    ]
    assert posed(lambda poses: poses.update(props=[])) == [
        ("removed", "Things around the body", "[-mat, at -0.08 · -0.06 · 0, size 1.1 · 0.5 · 0.016-]")
    ]
    assert posed(lambda poses: poses.update(work=["glute_med_l"])) == [
        ("changed", "Coloured muscles", "[-glute_med_l, glute_max_l-]{+glute_med_l+}")
    ]


def test_key_poses_that_came_and_went() -> None:
    key = {"hold": 0.5, "move": 1, "pose": {"hip_l": {"flex": 40}}}
    assert posed(lambda poses: poses["keys"].insert(1, key)) == [
        ("added", "Key pose 2", "{+rests 0.5 s; takes 1 s to the next; left hip, bend 40°+}")
    ]
    assert [said[:2] for said in posed(lambda poses: poses["keys"].pop(0))] == [("removed", "Key pose 1")]


def test_fields_come_in_the_order_of_the_form() -> None:
    found = differences(CLAMSHELL, CLAMSHELL | {"poses": None, "name": "Clam", "cues": [], "mode": "hold", "odd": 1})
    assert [difference.field for difference in found] == ["name", "cues", "mode", "poses", "odd"]
    assert list(LABELS) == sorted(LABELS, key=list(LABELS).index) and LABELS.keys() == EMPTY.keys()


def test_in_short() -> None:
    found = differences(CLAMSHELL, CLAMSHELL | {"cues": [], "name": "Clam"})
    assert in_short(found) == "name, cues (2)"
    assert count_in_words(found) == "3 changes"
    assert in_short([]) == ""


def test_much_of_one_field_is_folded() -> None:
    [found] = differences(CLAMSHELL, CLAMSHELL | {"steps": [f"Step {number}." for number in range(12)]})
    assert found.folded
    [found] = differences(CLAMSHELL, CLAMSHELL | {"steps": []})
    assert not found.folded


def test_whitespace_that_changed_is_seen() -> None:
    runs = text_runs("Heels together", "Heels  together")
    assert [run.shown for run in runs if run.kind != "same"] == ["␣", "␣␣"]


@pytest.mark.django_db
def test_names_come_from_the_library() -> None:
    make_exercise("bridge", name="Glute bridge")
    make_muscle("soleus", name="deep calf")
    step = make_equipment("step")
    assert names_here() == Names({"bridge": "Glute bridge"}, {"soleus": "deep calf"}, {"step": step.name})


def test_an_entry_of_the_record() -> None:
    found = record_differences(
        {"mean": 60, "note": "", "odd": None},
        {"mean": 62, "note": "Read anew.", "odd": [1]},
        labels={"note": "note", "mean": "mean"},
        words=lambda _key, value: value,
    )
    assert [(one.label, [run.text for run in one.changes[0].runs]) for one in found] == [
        ("note", ["Read anew."]),
        ("mean", ["60", "62"]),
        ("odd", ["1"]),
    ]


# --- Whatever the documents say ---------------------------------------------------------------------------------------

TEXTS = st.text(alphabet="ab .\n", max_size=12)
LISTS = st.lists(TEXTS.filter(bool), max_size=5)
SLUGS = st.sampled_from(["bridge", "plank", "not-here"])
NUMBERS = st.one_of(st.none(), st.integers(0, 9), st.floats(0, 9))
POSTURES = st.dictionaries(
    st.sampled_from(["hip_l", "knee_r", "hand_l", "odd"]),
    st.dictionaries(st.sampled_from(["flex", "at"]), NUMBERS | st.lists(NUMBERS, max_size=3), max_size=2),
    max_size=2,
)
FIGURES = st.none() | st.fixed_dictionaries(
    {"keys": st.lists(st.fixed_dictionaries({"hold": NUMBERS, "pose": POSTURES}), max_size=3)},
    optional={
        "desc": TEXTS,
        "pose": POSTURES,
        "props": st.lists(st.fixed_dictionaries({"type": TEXTS}), max_size=2),
        "still": st.lists(st.integers(0, 3), max_size=2),
        "camera": st.dictionaries(st.sampled_from(["az", "el"]), NUMBERS),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "steps": LISTS,
        "aliases": LISTS,
        "mistakes": st.lists(st.fixed_dictionaries({"mistake": TEXTS, "fix": TEXTS}), max_size=3),
        "position": st.sampled_from([*Exercise.Position.values, "odd"]),
        "mode": st.sampled_from(Mode.values),
        "lying": st.booleans(),
        "difficulty": st.integers(1, 5),
        "seconds_per_rep": NUMBERS,
        "dose": st.dictionaries(st.sampled_from(["sets", "reps", "tempo"]), NUMBERS | TEXTS, max_size=3),
        "easier": st.none() | SLUGS,
        "muscles": st.fixed_dictionaries(
            {"primary": st.lists(SLUGS, max_size=2), "secondary": st.lists(SLUGS, max_size=2)}
        ),
        "contraindications": st.lists(st.sampled_from(Contraindication.values), max_size=3),
        "substitutes": st.lists(
            st.fixed_dictionaries({"when": st.sampled_from(["hurts", "odd"]), "exercise": SLUGS}), max_size=2
        ),
        "review": st.fixed_dictionaries({"by": TEXTS, "on": st.none() | st.just("2026-05-04"), "due": TEXTS}),
        "media": st.lists(st.fixed_dictionaries({"file": TEXTS, "alt": TEXTS, "caption": TEXTS}), max_size=2),
        "poses": FIGURES,
    },
).map(lambda fields: EMPTY | fields)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: Document) -> None:
    assert differences(document, copy.deepcopy(document)) == []


@given(DOCUMENTS, DOCUMENTS)
def test_every_field_that_changed_is_told(before: Document, after: Document) -> None:
    found = differences(before, after, names=NAMES)
    changed = {key for key in before if before[key] != after[key]}
    assert {difference.field for difference in found} == changed == changed_fields(before, after)
    assert all(difference.changes for difference in found)
    assert all(change.runs for difference in found for change in difference.changes)


@given(st.dictionaries(st.sampled_from([*EMPTY, "odd"]), ANYTHING), DOCUMENTS)
def test_whatever_a_form_or_a_file_said(before: Document, after: Document) -> None:
    found = differences(before, after, names=NAMES)
    assert {difference.field for difference in found} == changed_fields(before, after)


@given(TEXTS, TEXTS)
def test_the_pieces_of_a_text_make_both(before: str, after: str) -> None:
    runs = text_runs(before, after)
    assert "".join(run.text for run in runs if run.kind != "added") == before
    assert "".join(run.text for run in runs if run.kind != "removed") == after
    assert Run("same", "") not in runs


@given(LISTS, LISTS)
def test_lists_differ_exactly_if_something_is_told(before: list[str], after: list[str]) -> None:
    assert (list_changes(before, after, place="Step %(number)d") == []) == (before == after)


@given(LISTS, LISTS)
def test_what_came_and_went_makes_up_for_the_change_of_a_list(before: list[str], after: list[str]) -> None:
    changes = list_changes(before, after, whole=True)
    gone = [change.runs[0].text for change in changes if change.kind == "removed"]
    come = [change.runs[0].text for change in changes if change.kind == "added"]
    assert sorted(before + come) == sorted(after + gone)
    assert not set(gone) & set(come)
    assert (changes == []) == (before == after)
