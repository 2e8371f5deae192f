"""load_content: all or nothing, again and again, every bad row named, a curator's edit kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.domain.audit import record
from accounts.models import AuditEntry
from tests.conftest import Cast
from tests.factories import NOW, document_of, edit_exercise, make_user
from warmups.domain.content import (
    ACTIVATION_COLUMNS,
    CONTENT,
    INDEX_COLUMNS,
    OUTCOME_COLUMNS,
    STUDY_COLUMNS,
    read,
)
from warmups.domain.content_loading import load
from warmups.domain.exercises import save_draft
from warmups.domain.library_routines import withdraw_routine
from warmups.domain.routines import revise_routine
from warmups.models import (
    Activation,
    Equipment,
    Exercise,
    ExerciseMuscle,
    GlutealIndex,
    Muscle,
    Outcome,
    Revision,
    Routine,
    Step,
    Study,
    Substitute,
)

pytestmark = pytest.mark.django_db

SQUAT = """\
name: Squat
aliases: [knee bend]
category: activation
phase: activate
position: standing
lying: false
unilateral: false
alternating: false
mode: reps
dose: {sets: 1, reps: 8, hold_seconds: null, metres: null, tempo: "2-0-1"}
seconds_per_rep: 3
equipment: []
equipment_substitutes: ""
space: spot
running_role: force
difficulty: 2
easier: plank
harder: null
movement: [knee extension]
muscles: {primary: [gluteus-maximus], secondary: [soleus]}
contraindications: [groin-pain]
evidence_level: B
substitutes: [{when: hurts, exercise: plank}]
summary: Sit down and stand up.
set_up: Stand tall.
steps: [Sit down., Stand up.]
cues: [Heels down]
feel: In the buttocks.
mistakes: [{mistake: Heels rise., fix: Sit less deep.}]
leave_out: When your knees hurt.
"""
PLANK = """\
name: Plank
aliases: []
category: stability
phase: activate
position: prone
lying: true
unilateral: false
alternating: false
mode: hold
dose:
  sets: 1
  reps: 1
  hold_seconds: 20
  metres: null
  tempo: hold
seconds_per_rep: null
equipment: [mat]
equipment_substitutes: ""
space: spot
running_role: hip-extension
difficulty: 1
easier: null
harder: squat
movement: []
muscles: {primary: [gluteus-maximus], secondary: []}
contraindications: []
evidence_level: D
substitutes: []
"""
POSES = """\
{
  "desc": "Standing. 1: upright. 2: knees bent.",
  "camera": {"az": -72, "el": 8},
  "pose": {"foot_l": {"at": [0.075, 0.05, 0]}, "foot_r": {"at": [0.075, -0.05, 0]}},
  "keys": [
    {"hold": 0.3, "move": 1, "pose": {"root": [0, 0, 0.525]}},
    {"hold": 0.3, "move": 1, "pose": {"root": [-0.05, 0, 0.45], "pelvis": {"tilt": 15}}}
  ],
  "work": ["quads_r"],
  "still": [0, 1]
}
"""
ROUTINES = """\
- slug: one
  name: One
  description: Just squats.
  steps:
    - exercise: squat
      sets: 1
      reps: 8
      hold_seconds: null
      metres: null
      sides: null
      rest_seconds: 0
      tempo: "2-0-1"
      equipment: []
      rank: 1
      note: ""
"""
MUSCLES = """\
- slug: gluteus-maximus
  name: glute max
  latin_name: Musculus gluteus maximus
  region: hip
  kind: muscle
  actions: [hip extension, hip rotation]
  where: Behind.
  in_running: Pushes
- slug: soleus
  name: soleus
  latin_name: Musculus soleus
  region: leg
  kind: muscle
  actions: []
  where: ""
  in_running: ""
"""
STUDY = "boren-2011,Boren 2011,2011,10.1/x,PMC1,lab,adults,24,EMG,surface,abstract,seen,https://example.org/,Peaks.\n"
OUTCOME = (
    "O1,stretching,boren-2011,long stretch,no stretch,jump,favours-comparator,percent change,-3.7,-5,-2,<0.05,20,"
    "after,abstract,primary_abstract,\n"
)
INDEX = "I1,squat,59.5,boren-2011,abstract,\n"
ACTIVATION = "E1,squat,deep,gluteus-maximus,upper,59.5,12,24,,,mean,bodyweight,boren-2011,abstract,primary_table,1,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small content folder in which all is well."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "poses").mkdir()
    files = {
        "muscles.yaml": MUSCLES,
        "outcomes.csv": ",".join(OUTCOME_COLUMNS) + "\n" + OUTCOME,
        "indices.csv": ",".join(INDEX_COLUMNS) + "\n" + INDEX,
        "poses/squat.json": POSES,
        "studies.csv": ",".join(STUDY_COLUMNS) + "\n" + STUDY,
        "activations.csv": ",".join(ACTIVATION_COLUMNS) + "\n" + ACTIVATION,
        "equipment.yaml": "- slug: mat\n  name: Mat\n",
        "routines.yaml": ROUTINES,
        "exercises/squat.yaml": SQUAT,
        "exercises/plank.yaml": PLANK,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Put other words into a file."""
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


def counts(folder: Path) -> dict[str, dict[str, int]]:
    """Load, and tell what became of the rows."""
    return {noun: dict(fates) for noun, fates in load(folder, now=NOW).counts.items()}


def refused(folder: Path) -> list[str]:
    """The problems of a folder that can't be loaded; nothing of it may be in the database."""
    before = [model.objects.count() for model in (Muscle, Study, Exercise, Activation, Routine, Step)]
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("load_content", path=folder, stderr=told)
    assert [model.objects.count() for model in (Muscle, Study, Exercise, Activation, Routine, Step)] == before
    return told.getvalue().splitlines()


def test_everything_arrives(folder: Path) -> None:
    load(folder, now=NOW)
    squat = Exercise.objects.get(slug="squat")
    assert (squat.name, squat.aliases, squat.status, squat.mode) == ("Squat", ["knee bend"], "published", "reps")
    assert (squat.sets, squat.reps, squat.hold_seconds, squat.metres) == (1, 8, None, None)
    assert (squat.tempo, squat.seconds_per_rep, squat.lying) == ("2-0-1", 3, False)
    assert (squat.easier.slug, squat.harder, squat.contraindications) == ("plank", None, ["groin-pain"])
    assert (squat.instructions, squat.cues) == (["Sit down.", "Stand up."], ["Heels down"])
    assert squat.mistakes == [{"mistake": "Heels rise.", "fix": "Sit less deep."}]
    assert (squat.leave_out, squat.next_status, squat.published_version) == ("When your knees hurt.", "", squat.latest)
    version = squat.latest
    assert (version.number, version.author, version.from_release, version.published_at) == (1, None, True, NOW)
    assert version.document == document_of(squat)
    worked = ExerciseMuscle.objects.filter(exercise=squat).values_list("muscle__slug", "role")
    assert list(worked) == [("gluteus-maximus", "primary"), ("soleus", "secondary")]
    assert list(Substitute.objects.values_list("exercise__slug", "when", "substitute__slug")) == [
        ("squat", "hurts", "plank")
    ]
    plank = Exercise.objects.get(slug="plank")
    assert (plank.status, plank.harder, plank.seconds_per_rep, plank.summary) == ("draft", squat, None, "")
    assert [item.slug for item in plank.equipment.all()] == ["mat"]
    muscle = Muscle.objects.get(slug="gluteus-maximus")
    assert (muscle.name, muscle.actions, muscle.in_running) == (
        "glute max",
        ["hip extension", "hip rotation"],
        "Pushes",
    )
    study = Study.objects.get()
    assert (study.slug, study.year, study.doi, study.n, study.bibliography_checked) == (
        "boren-2011",
        2011,
        "10.1/x",
        24,
        True,
    )
    assert study.electrodes == "surface"
    outcome = Outcome.objects.get()
    assert (outcome.study, outcome.direction, float(outcome.value), outcome.p) == (
        study,
        "favours-comparator",
        -3.7,
        "<0.05",
    )
    index = GlutealIndex.objects.get()
    assert (index.exercise, index.study, float(index.value)) == (squat, study, 59.5)
    assert (squat.poses, len(squat.poses_digest)) == (json.loads(POSES), 16)
    assert (plank.poses, plank.poses_digest) == (None, "")
    figure = Activation.objects.get()
    assert (figure.exercise, figure.muscle, figure.study, figure.rankable) == (squat, muscle, study, True)
    assert (float(figure.mean), float(figure.sd), figure.low, figure.segment) == (59.5, 12, None, "upper")
    routine = Routine.objects.get()
    assert (routine.slug, routine.name, routine.description) == ("one", "One", "Just squats.")
    assert (routine.owner, routine.published) == (None, True)
    assert (routine.current.number, routine.current.duration_seconds) == (1, 32)
    assert [step.exercise for step in routine.current.steps.all()] == [squat]


NOUNS = (
    "muscles",
    "equipment",
    "studies",
    "exercises",
    "muscle activations",
    "outcomes",
    "gluteal indices",
    "routines",
)


def test_again_changes_nothing(folder: Path) -> None:
    rows = dict.fromkeys(NOUNS, 1) | {"muscles": 2, "exercises": 2}
    assert counts(folder) == {noun: {"added": rows[noun]} for noun in NOUNS}
    keys = [list(model.objects.values_list("pk", flat=True)) for model in (ExerciseMuscle, Step, Revision)]
    assert counts(folder) == {noun: {"untouched": rows[noun]} for noun in NOUNS}
    assert [list(model.objects.values_list("pk", flat=True)) for model in (ExerciseMuscle, Step, Revision)] == keys


def test_what_changed_is_changed_and_nothing_else(folder: Path) -> None:
    load(folder, now=NOW)
    step = Step.objects.get()
    change(folder, "muscles.yaml", "glute max", "big glute")
    change(folder, "exercises/squat.yaml", "name: Squat", "name: Deep squat")
    change(folder, "exercises/squat.yaml", "secondary: [soleus]", "secondary: []")
    change(folder, "exercises/squat.yaml", "substitutes: [{when: hurts, exercise: plank}]", "substitutes: []")
    change(folder, "activations.csv", "59.5", "60")
    change(folder, "outcomes.csv", "-3.7", "-3.8")
    change(folder, "indices.csv", "59.5", "60")
    change(folder, "routines.yaml", "reps: 8", "reps: 10")
    assert counts(folder) == {
        "muscles": {"changed": 1, "untouched": 1},
        "equipment": {"untouched": 1},
        "studies": {"untouched": 1},
        "exercises": {"changed": 1, "untouched": 1},
        "muscle activations": {"changed": 1},
        "outcomes": {"changed": 1},
        "gluteal indices": {"changed": 1},
        "routines": {"changed": 1},
    }
    squat = Exercise.objects.get(slug="squat")
    assert (squat.name, squat.worked.count(), squat.substitutes.count()) == ("Deep squat", 1, 0)
    routine = Routine.objects.get()
    assert (routine.current.number, routine.current.steps.get().reps) == (2, 10)
    step.refresh_from_db()
    assert (step.reps, step.exercise_name, step.revision.number) == (8, "Squat", 1)


def test_a_draft_is_published_when_texts_and_figure_have_come(folder: Path) -> None:
    load(folder, now=NOW)
    texts = SQUAT[SQUAT.index("summary:") :]
    (folder / "exercises/plank.yaml").write_text(PLANK + texts)
    load(folder, now=NOW)
    assert Exercise.objects.get(slug="plank").status == "draft"
    (folder / "poses/plank.json").write_text(POSES)
    load(folder, now=NOW)
    plank = Exercise.objects.get(slug="plank")
    assert (plank.status, plank.poses) == ("published", json.loads(POSES))


def test_a_retired_exercise_stays_retired(folder: Path) -> None:
    load(folder, now=NOW)
    edit_exercise(Exercise.objects.get(slug="squat"), status="retired")
    change(folder, "exercises/squat.yaml", "name: Squat", "name: Deep squat")
    load(folder, now=NOW)
    assert Exercise.objects.get(slug="squat").status == "retired"


def test_a_curators_edit_is_kept(folder: Path, cast: Cast) -> None:
    load(folder, now=NOW)
    squat = Exercise.objects.get(slug="squat")
    ours = document_of(squat) | {"name": "Our squat"}
    save_draft(exercise=squat, document=ours, actor=cast.curator, now=NOW, reason="Our word for it")
    muscle = Muscle.objects.get(slug="soleus")
    muscle.name = "our calf"
    muscle.save()
    record(actor=make_user(), action="muscle.change", target=muscle, now=NOW)
    routine = Routine.objects.get()
    revise_routine(routine=routine, actor=make_user(), now=NOW, name="Our one")
    change(folder, "exercises/squat.yaml", "name: Squat", "name: Deep squat")
    change(folder, "routines.yaml", "reps: 8", "reps: 10")
    found = counts(folder)
    assert (found["exercises"], found["muscles"]) == ({"kept": 1, "untouched": 1}, {"kept": 1, "untouched": 1})
    assert found["routines"] == {"kept": 1}
    squat.refresh_from_db()
    assert (squat.name, squat.latest.document["name"], squat.next_status) == ("Squat", "Our squat", "draft")
    assert Muscle.objects.get(slug="soleus").name == "our calf"
    routine.refresh_from_db()
    assert (routine.name, routine.latest.name, routine.next_status) == ("One", "Our one", "draft")


def test_a_withdrawn_routine_stays_withdrawn_when_its_curator_is_gone(folder: Path) -> None:
    load(folder, now=NOW)
    curator = make_user()
    withdraw_routine(routine=Routine.objects.get(), actor=curator, now=NOW)
    AuditEntry.objects.all().delete()
    change(folder, "routines.yaml", "reps: 8", "reps: 10")
    assert (counts(folder)["routines"], Routine.objects.get().published) == ({"kept": 1}, False)


@pytest.mark.parametrize("deed", ["describe", "archive"])
def test_a_routine_that_a_curator_described_or_archived_is_kept(folder: Path, deed: str) -> None:
    load(folder, now=NOW)
    if deed == "archive":
        Routine.objects.update(archived_at=NOW)
    else:
        revise_routine(routine=Routine.objects.get(), actor=make_user(), now=NOW, description="Ours.")
    change(folder, "routines.yaml", "Just squats.", "Only squats.")
    assert counts(folder)["routines"] == {"kept": 1}


@pytest.mark.parametrize("lost", ["texts", "figure"])
def test_a_published_exercise_keeps_its_texts_and_its_figure(folder: Path, lost: str) -> None:
    load(folder, now=NOW)
    if lost == "texts":
        (folder / "exercises/squat.yaml").write_text(SQUAT[: SQUAT.index("summary:")])
    else:
        (folder / "poses/squat.json").unlink()
    change(folder, "routines.yaml", ROUTINES, "[]\n")
    assert refused(folder) == [
        "exercises/squat.yaml:1: This exercise is published, and people use it: its texts and its figure can't be left "
        "out again."
    ]


def test_a_routine_that_the_database_refuses_stops_all(folder: Path) -> None:
    load(folder, now=NOW)
    edit_exercise(Exercise.objects.get(slug="squat"), status="retired")
    change(folder, "routines.yaml", "- slug: one", "- slug: two")
    change(folder, "muscles.yaml", "glute max", "big glute")
    assert refused(folder) == [
        "routines.yaml:5: steps.0.exercise: There is no such exercise to choose. Take one from the library."
    ]
    assert Muscle.objects.get(slug="gluteus-maximus").name == "glute max"


def test_what_left_the_files_is_told_and_left(folder: Path) -> None:
    load(folder, now=NOW)
    Equipment.objects.create(slug="rope", name="Rope")
    told = StringIO()
    call_command("load_content", path=folder, stdout=told)
    assert "Not in these files, and left as they are: equipment rope" in told.getvalue()
    assert Equipment.objects.count() == 2


class Terminal(StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


def test_a_bar_grows_where_somebody_watches(folder: Path) -> None:
    watched, piped = Terminal(), StringIO()
    call_command("load_content", path=folder, stderr=watched, stdout=StringIO())
    bars = re.findall(r"(█*)(░*) (\d+) of (\d+) files", watched.getvalue())
    assert [int(done) for _full, _empty, done, _total in bars] == list(range(1, 11))
    assert {(len(full) + len(empty), total) for full, empty, _done, total in bars} == {(30, "10")}
    assert bars[-1][:2] == ("█" * 30, "")
    call_command("load_content", path=folder, stderr=piped, stdout=StringIO())
    assert piped.getvalue() == ""


Break = Callable[[Path], None]


def swap(name: str, old: str, new: str) -> Break:
    return lambda folder: change(folder, name, old, new)


def bytes_of(name: str, data: bytes) -> Break:
    return lambda folder: (folder / name).write_bytes(data) and None


SQ, PL, ACT, STU, MUS, ROU, OUT, IND, POS = (
    "exercises/squat.yaml",
    "exercises/plank.yaml",
    "activations.csv",
    "studies.csv",
    "muscles.yaml",
    "routines.yaml",
    "outcomes.csv",
    "indices.csv",
    "poses/squat.json",
)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        # words that nobody knows
        (swap(SQ, "[gluteus-maximus]", "[glute-max]"), [(SQ, 20, "muscles.primary: There is no muscle “glute-max”")]),
        (swap(PL, "[mat]", "[rope]"), [(PL, 17, "equipment: There is no equipment “rope”")]),
        (swap(SQ, "easier: plank", "easier: planck"), [(SQ, 17, "easier: There is no exercise “planck”")]),
        (swap(SQ, "exercise: plank", "exercise: planck"), [(SQ, 23, "substitutes.0.exercise: There is no exercise")]),
        (swap(SQ, "[groin-pain]", "[groan-pain]"), [(SQ, 21, "contraindications: “groan-pain” is not among")]),
        (swap(SQ, "phase: activate", "phase: warm"), [(SQ, 4, "phase: “warm” is not among")]),
        (swap(SQ, "category: activation", "category: [a]"), [(SQ, 3, "category: ")]),
        (swap(SQ, "position: standing", "position: null"), [(SQ, 5, "position: “None” is not among")]),
        (swap(SQ, "when: hurts", "when: bored"), [(SQ, 23, "substitutes.0.when: “bored” is not among")]),
        (swap(SQ, "evidence_level: B", "evidence_level: E"), [(SQ, 22, "evidence_level: “E” is not among")]),
        (swap(ACT, ",squat,", ",squot,"), [(ACT, 2, "exercise_slug: There is no exercise “squot”")]),
        (swap(ACT, "gluteus-maximus", "glute"), [(ACT, 2, "muscle: There is no muscle “glute”")]),
        (swap(ACT, "boren-2011", "boron-2011"), [(ACT, 2, "study_id: There is no study “boron-2011”")]),
        (swap(ACT, "bodyweight", "moonweight"), [(ACT, 2, "load_context: “moonweight” is not among")]),
        (swap(ACT, "primary_table", "hearsay"), [(ACT, 2, "source_kind: “hearsay” is not among")]),
        (swap(ACT, "upper", "outer"), [(ACT, 2, "segment: “outer” is not among")]),
        (swap(STU, ",seen,", ",unseen,"), [(STU, 2, "biblio_check: “unseen” is not among")]),
        (swap(MUS, "kind: muscle", "kind: organ"), [(MUS, 5, "kind: “organ” is not among")]),
        (swap(ROU, "exercise: squat", "exercise: squot"), [(ROU, 5, "steps.0.exercise: There is no exercise “squot”")]),
        (swap(ROU, "equipment: []", "equipment: [rope]"), [(ROU, 13, "steps.0.equipment: There is no equipment")]),
        (swap(ROU, "sides: null", "sides: both"), [(ROU, 10, "steps.0.sides: “both” is not among")]),
        # missing, unknown, twice
        (swap(SQ, "phase: activate\n", ""), [(SQ, 1, "phase: This field is missing. Add it.")]),
        (swap(SQ, "feel: In the buttocks.\n", ""), [(SQ, 1, "feel: This field is missing. Add it.")]),
        (swap(SQ, "sets: 1, ", ""), [(SQ, 10, "dose.sets: This field is missing")]),
        (
            swap(SQ, "phase:", "faze:"),
            [(SQ, 1, "phase: This field is missing"), (SQ, 4, "faze: There is no such field")],
        ),
        (swap(SQ, "fix:", "cure:"), [(SQ, 29, "mistakes.0.cure: There is no"), (SQ, 29, "mistakes.0.fix: This field")]),
        (
            swap(SQ, "phase: activate\n", "phase: activate\nphase: raise\n"),
            [(SQ, 5, "phase: it stands here twice, first on line 4")],
        ),
        (swap(SQ, "[knee bend]", "[bend, bend]"), [(SQ, 2, "aliases: Something stands here twice")]),
        (
            swap(SQ, "secondary: [soleus]", "secondary: [gluteus-maximus]"),
            [(SQ, 20, "muscles.secondary: “gluteus-maximus” is")],
        ),
        (swap(ACT, ACTIVATION, ACTIVATION * 2), [(ACT, 3, "evidence_id: “E1” is there already, on line 2")]),
        (
            swap(MUS, "slug: soleus", "slug: gluteus-maximus"),
            [
                (MUS, 9, "slug: “gluteus-maximus” is there already"),
                (SQ, 20, "muscles.secondary: There is no muscle “soleus”"),
            ],
        ),
        (swap(ROU, ROUTINES, ROUTINES * 2), [(ROU, 16, "slug: “one” is there already, on line 1")]),
        (swap(ROU, "  name: One\n", ""), [(ROU, 1, "name: This field is missing")]),
        # values
        (swap(SQ, "lying: false", 'lying: "false"'), [(SQ, 6, "lying: Write true or false, without quotes.")]),
        (swap(SQ, "lying: false", "lying: 0"), [(SQ, 6, "lying: Write true or false, without quotes.")]),
        (swap(SQ, "unilateral: false", "unilateral: null"), [(SQ, 7, "unilateral: Write true or false")]),
        (swap(SQ, "difficulty: 2", "difficulty: 6"), [(SQ, 16, "difficulty: Give a whole number from 1 to 5.")]),
        (swap(SQ, "difficulty: 2", "difficulty: true"), [(SQ, 16, "difficulty: Give a whole number")]),
        (swap(SQ, "difficulty: 2", "difficulty: two"), [(SQ, 16, "difficulty: Give a whole number")]),
        (swap(SQ, "difficulty: 2", "difficulty: 2.5"), [(SQ, 16, "difficulty: Give a whole number")]),
        (swap(SQ, "seconds_per_rep: 3", "seconds_per_rep: .nan"), [(SQ, 11, "seconds_per_rep: Give a number")]),
        (swap(SQ, "seconds_per_rep: 3", "seconds_per_rep: null"), [(SQ, 11, "seconds_per_rep: Say how many")]),
        (swap(PL, "seconds_per_rep: null", "seconds_per_rep: 2"), [(PL, 16, "seconds_per_rep: A hold has no pace")]),
        (swap(SQ, "name: Squat", "name: 5"), [(SQ, 1, "name: Write text here, in quotes")]),
        (swap(SQ, "name: Squat", f"name: {'x' * 81}"), [(SQ, 1, "name: This has 81 characters. At most 80 fit.")]),
        (
            swap(SQ, "name: Squat", 'name: "a\\0b"'),
            [(SQ, 1, "name: There is a character in this text that can't be kept")],
        ),
        (swap(SQ, "aliases: [knee bend]", "aliases: knee bend"), [(SQ, 2, "aliases: Write a list of texts")]),
        (swap(SQ, "steps: [Sit down., Stand up.]", "steps: []"), [(SQ, 26, "steps: At least 1 belong here.")]),
        (
            swap(SQ, "{primary: [gluteus-maximus], secondary: [soleus]}", "[soleus]"),
            [(SQ, 20, "muscles: Write fields here")],
        ),
        (
            swap(SQ, "[{mistake: Heels rise., fix: Sit less deep.}]", "none"),
            [(SQ, 29, "mistakes: Write a list of entries")],
        ),
        (swap(SQ, "primary: [gluteus-maximus]", "primary: []"), [(SQ, 20, "muscles.primary: Name at least one")]),
        (swap(ACT, "59.5", "400.5"), [(ACT, 2, "mean_pct_mvic: Give a number from 0 to 400")]),
        (swap(ACT, "59.5", "-1"), [(ACT, 2, "mean_pct_mvic: Give a number from 0 to 400")]),
        (swap(ACT, "59.5", "high"), [(ACT, 2, "mean_pct_mvic: Give a number from 0 to 400")]),
        (swap(ACT, ",24,,,", ",24,50,401,"), [(ACT, 2, "high_pct: Give a number from 0 to 400")]),
        (swap(ACT, ",24,,,", ",24,70,60,"), [(ACT, 2, "low_pct: The lower end is above")]),
        (swap(ACT, "59.5,12,24,,,", ",,24,,60,"), [(ACT, 2, "mean_pct_mvic: Give a mean, or a range")]),
        (swap(ACT, "59.5,12,24,,,", ",12,24,50,60,"), [(ACT, 2, "sd: A spread needs its mean")]),
        (swap(ACT, "primary_table,1,", "primary_table,yes,"), [(ACT, 2, "rank_ok: Write 1 or 0.")]),
        (swap(ACT, "bodyweight", "external"), [(ACT, 2, "rank_ok: A figure with added load")]),
        (swap(STU, ",2011,", ",20011,"), [(STU, 2, "year: Give a whole number from 1900 to 2100.")]),
        (swap(STU, "10.1/x", "https://doi.org/10.1/x"), [(STU, 2, "doi: A DOI starts with 10.")]),
        (swap(STU, "https://example.org/", "javascript:alert(1)"), [(STU, 2, "source_url: An address starts")]),
        (
            swap(MUS, "slug: soleus", "slug: Soleus Muscle"),
            [(MUS, 9, "slug: “Soleus Muscle” is no slug"), (SQ, 20, "muscles.secondary: ")],
        ),
        # doses
        (swap(SQ, "reps: 8", "reps: 0"), [(SQ, 10, "dose.reps: Give a whole number from 1 to 200.")]),
        (swap(SQ, "metres: null", "metres: 5"), [(SQ, 10, "dose.metres: This exercise is counted in repetitions")]),
        (
            swap(PL, "hold_seconds: 20", "hold_seconds: 601"),
            [(PL, 13, "dose.hold_seconds: Give a whole number from 1 to 600.")],
        ),
        (swap(ROU, "reps: 8", "reps: 201"), [(ROU, 7, "steps.0.reps: Give a whole number from 1 to 200.")]),
        (swap(ROU, "sides: null", "sides: each"), [(ROU, 10, "steps.0.sides: This exercise works both sides")]),
        # chains
        (
            swap(PL, "easier: null", "easier: squat"),
            [
                (PL, 22, "easier: This chain goes in a circle: plank → squat → plank. Cut it."),
                (PL, 22, "easier: “squat” has difficulty 2, this one 1"),
            ],
        ),
        (swap(SQ, "easier: plank", "easier: squat"), [(SQ, 17, "easier: This chain goes in a circle: squat → squat")]),
        (swap(SQ, "difficulty: 2", "difficulty: 1\n#"), []),
        (
            swap(PL, "difficulty: 1", "difficulty: 3"),
            [
                (PL, 23, "harder: “squat” has difficulty 2, this one 3"),
                (SQ, 17, "easier: “plank” has difficulty 3, this one 2"),
            ],
        ),
        (
            swap(SQ, "exercise: plank", "exercise: squat"),
            [(SQ, 23, "substitutes.0.exercise: An exercise can't stand in for itself.")],
        ),
        (
            swap(ROU, "exercise: squat", "exercise: plank"),
            [(ROU, 5, "steps.0.exercise: “plank” is a draft"), (ROU, 8, "steps.0.hold_seconds: Give a whole number")],
        ),
        # files
        (swap(SQ, "name: Squat", "name: [Squat"), [(SQ, 2, "This is not YAML")]),
        (
            swap(SQ, "name: Squat", "name: &x Squat\nsecond: *x"),
            [(SQ, 2, "This is not YAML: aliases are not used here")],
        ),
        (
            swap(SQ, "name: Squat", "name: !!python/object:os.system x"),
            [(SQ, 1, "This is not YAML: could not determine")],
        ),
        (bytes_of(SQ, b"name: \xff"), [(SQ, 1, "This is not UTF-8")]),
        (bytes_of(SQ, b""), [(SQ, 1, "Write the exercise's fields here.")]),
        (bytes_of(SQ, b"- squat"), [(SQ, 1, "Write the exercise's fields here.")]),
        (bytes_of(SQ, b"a: \x07"), [(SQ, 1, "There is a character that YAML does not take.")]),
        (bytes_of(SQ, b"[" * 3000), [(SQ, 1, "This is nested too deep.")]),
        (bytes_of(ROU, b"one: two"), [(ROU, 1, "Write a list of entries here")]),
        (bytes_of("exercises/lunge.yml", b""), [("exercises/lunge.yml", 1, "Rename this file")]),
        (
            bytes_of("exercises/Big Squat.yaml", SQUAT.encode()),
            [("exercises/Big Squat.yaml", 1, "A file's name is its slug")],
        ),
        (lambda folder: (folder / ACT).unlink(), [(ACT, 1, "This file is missing.")]),
        (swap(IND, "index_value,", "index,"), [(IND, 1, "The header has to name these columns")]),
        (swap(IND, "abstract,", "abs,tract,"), [(IND, 2, "This row has 7 cells, the header 6.")]),
        (swap(IND, "abstract,", '"abs"tract,'), [(IND, 2, "This is not CSV")]),
        # outcomes and indices
        (swap(OUT, "stretching", "stretch"), [(OUT, 2, "topic: “stretch” is not among")]),
        (swap(OUT, "favours-comparator", "good"), [(OUT, 2, "direction: “good” is not among")]),
        (swap(OUT, "boren-2011", "boron-2011"), [(OUT, 2, "study_id: There is no study")]),
        (swap(OUT, "-3.7,-5,-2", "-3.7,-2,-5"), [(OUT, 2, "ci_low: The lower end is above")]),
        (swap(OUT, "-3.7,-5,-2", "-3.7,-5,"), [(OUT, 2, "ci_low: An interval has two ends.")]),
        (swap(OUT, "percent change", ""), [(OUT, 2, "effect_measure: Say what the value is")]),
        (swap(STU, "surface", "needle"), [(STU, 2, "electrodes: “needle” is not among")]),
        (swap(IND, "squat", "squot"), [(IND, 2, "exercise_slug: There is no exercise “squot”")]),
        (swap(IND, "59.5", "-1"), [(IND, 2, "index_value: Give a number from 0 to 1000")]),
        # poses
        (bytes_of(POS, b"{]"), [(POS, 1, "This is not JSON")]),
        (bytes_of(POS, b"[" * 100_000), [(POS, 1, "This is nested too deep")]),
        (bytes_of(POS, b"\xff"), [(POS, 1, "This is not UTF-8")]),
        (swap(POS, '"hold": 0.3', '"hold": -1'), [(POS, 6, "keys.0.hold")]),
        (bytes_of("poses/lunge.json", POSES.encode()), [("poses/lunge.json", 1, "There is no exercise “lunge”.")]),
        (bytes_of("poses/squat.yaml", b""), [("poses/squat.yaml", 1, "Rename this file")]),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(folder: Path, broken: Break, told: list[tuple[str, int, str]]) -> None:
    broken(folder)
    if not told:
        assert load(folder, now=NOW)
        return
    lines = refused(folder)
    assert len(lines) == len(told), lines
    for line, (name, number, words) in zip(lines, sorted(told), strict=True):
        assert line.startswith(f"{name}:{number}: {words}")


def test_lines_are_right_behind_a_cell_of_two_lines(folder: Path) -> None:
    change(
        folder,
        STU,
        "Peaks.\n",
        '"Peaks.\nRun high."\n' + STUDY.replace("boren-2011", "x-2012").replace("2011,10", "1,10"),
    )
    assert refused(folder) == ["studies.csv:4: year: Give a whole number from 1900 to 2100."]


def test_every_problem_comes_at_once(folder: Path) -> None:
    change(folder, SQ, "phase: activate", "phase: warm")
    change(folder, PL, "lying: true", "lying: yes please")
    change(folder, ACT, "59.5", "999")
    change(folder, ROU, "reps: 8", "reps: 0")
    lines = refused(folder)
    assert [re.match(r"[^:]+:\d+", line)[0] for line in lines] == [f"{ACT}:2", f"{PL}:6", f"{SQ}:4", f"{ROU}:7"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("load_content", path=tmp_path / "nowhere")
    assert "Name one with --path." in str(raised.value)


def test_few_queries_however_many_rows(folder: Path, django_assert_max_num_queries: Callable[..., object]) -> None:
    for number in range(30):
        name = f"exercises/plank-{number}.yaml"
        (folder / name).write_text(PLANK.replace("harder: squat", "harder: null"))
    with django_assert_max_num_queries(70):
        load(folder, now=NOW)


def test_the_content_of_the_release_is_good() -> None:
    content = read(CONTENT)
    summary = load(CONTENT, now=NOW)
    assert {noun: list(fates) for noun, fates in summary.counts.items()} == {noun: ["added"] for noun in NOUNS}
    assert Exercise.objects.count() == len(content.exercises) == 59
    assert {"five-to-fire-up-the-glutes", "five-to-fire-up-the-glutes-standing"} <= content.routines.keys()
    standing = Routine.objects.get(slug="five-to-fire-up-the-glutes-standing").current
    assert standing.name == "Five to fire up the glutes, standing"
    assert [step.exercise.lying for step in standing.steps.all()] == [False] * 5
    published = Exercise.objects.published()
    assert published.count() == sum(exercise.complete for exercise in content.exercises.values()) >= 20
    again = load(CONTENT, now=NOW)
    assert {noun: list(fates) for noun, fates in again.counts.items()} == {noun: ["untouched"] for noun in NOUNS}
