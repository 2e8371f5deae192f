"""What a curator brings as files: the plan is what then happens, all of it or nothing, and no bytes are too odd."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import (
    NOW,
    document_of,
    make_activation,
    make_equipment,
    make_exercise,
    make_muscle,
    make_outcome,
    make_study,
    make_user,
)
from warmups.domain.content import CONTENT
from warmups.domain.content_archives import MOST_FILES, unpacked
from warmups.domain.content_export import LATEST, content_files, table_files, zipped
from warmups.domain.content_files import ContentError
from warmups.domain.content_import import (
    ImportPlan,
    PlanChanged,
    keep_upload,
    plan_import,
    run_import,
)
from warmups.domain.content_loading import load
from warmups.domain.exercises import save_draft, submit_for_review
from warmups.domain.library_routines import release_routine
from warmups.models import (
    Activation,
    ContentImport,
    Equipment,
    Exercise,
    ExerciseVersion,
    Muscle,
    Outcome,
    Revision,
    Routine,
    Study,
    library_stamp,
)
from warmups.workflow import exercise_workflow

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def bring(files: Mapping[str, bytes] | bytes, person: User, name: str = "content.zip") -> ContentImport:
    content = files if isinstance(files, bytes) else zipped(files)
    return keep_upload(file_name=name, content=content, actor=person, now=NOW)


def imported(files: Mapping[str, bytes] | bytes, person: User, name: str = "content.zip") -> ImportPlan:
    """The plan, after it was done; the two are proven to be one."""
    kept = bring(files, person, name)
    try:
        plan = plan_import(kept, actor=person, now=NOW)
    except ContentError as error:
        raise AssertionError(error.problems) from error
    done = run_import(kept, actor=person, now=LATER, expected=plan.digest)
    assert done == plan
    return done


def faults(files: Mapping[str, bytes] | bytes, person: User, name: str = "content.zip") -> list[str]:
    """What is told, after proof that nothing was written."""
    before = everything()
    kept = bring(files, person, name)
    with pytest.raises(ContentError) as raised:
        plan_import(kept, actor=person, now=NOW)
    with pytest.raises(ContentError) as again:
        run_import(kept, actor=person, now=NOW, expected="")
    assert again.value.problems == raised.value.problems
    assert everything() == before
    return [str(problem) for problem in raised.value.problems]


def everything() -> list[Any]:
    """All rows that an import may touch."""
    models = (Exercise, ExerciseVersion, Muscle, Equipment, Study, Activation, Outcome, Routine, Revision)
    return [list(model._default_manager.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


def shown(plan: ImportPlan) -> list[tuple[str, str, str]]:
    return [(change.model.__name__, change.key, change.fate) for change in plan.changes]


def sheet(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def curator(cast: Cast) -> User:
    return cast.curator


# --- What comes out goes in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [content_files, table_files])
def test_what_was_exported_changes_nothing(curator: User, form: Callable[..., dict[str, bytes]]) -> None:
    load(CONTENT, now=NOW)
    stamp = library_stamp()
    plan = imported(form(which=LATEST), curator)
    assert plan.changes == []
    assert plan.untouched[Exercise] == 59
    assert plan.untouched[Activation] == 183
    assert library_stamp() == stamp
    assert ExerciseVersion.objects.filter(number__gt=1).count() == 0


def test_all_of_a_release_into_an_empty_place(curator: User) -> None:
    files = {p.relative_to(CONTENT).as_posix(): p.read_bytes() for p in CONTENT.rglob("*") if p.is_file()}
    routines = files.pop("routines.yaml")
    plan = imported(files, curator)
    assert plan.counts[Exercise] == {"added": 59}
    assert set(Exercise.objects.values_list("status", "next_status")) == {("draft", "draft")}
    assert Exercise.objects.get(slug="clamshell").harder.slug == "banded-clamshell"
    assert set(ExerciseVersion.objects.values_list("author", "from_release", "reason")) == {
        (curator.pk, False, "Import: content.zip")
    }
    # Routines need exercises that readers see.
    assert faults({"routines.yaml": routines}, curator)[0].endswith("is not published. Take another one.")


# --- Exercises --------------------------------------------------------------------------------------------------------


def test_a_changed_exercise_becomes_a_draft_and_readers_see_nothing_of_it(curator: User) -> None:
    squat = make_exercise("squat", name="Squat")
    plan = imported(
        sheet([{"slug": "squat", "name": "Deep squat", "cues": "Heels down | Knees out"}]), curator, "x.csv"
    )
    assert shown(plan) == [("Exercise", "squat", "changed")]
    squat.refresh_from_db()
    assert (squat.name, squat.status, squat.next_status) == ("Squat", "published", "draft")
    latest = squat.latest
    assert (latest.number, latest.author, latest.reason) == (2, curator, "Import: x.csv")
    assert latest.document == document_of(squat) | {"name": "Deep squat", "cues": ["Heels down", "Knees out"]}
    entry = AuditEntry.objects.get(action="exercise.change")
    assert (entry.actor, entry.after) == (curator, {"version": 2, "changed": ["cues", "name"]})


def test_a_column_that_is_not_there_leaves_its_field(curator: User) -> None:
    squat = make_exercise("squat")
    document = document_of(squat)
    imported(sheet([{"slug": "squat", "dose_reps": "12"}]), curator, "a.csv")
    squat.refresh_from_db()
    assert squat.latest.document == document | {"dose": document["dose"] | {"reps": 12}}


def test_new_ones_may_name_each_other(curator: User) -> None:
    load(CONTENT, now=NOW)
    rows = rows_of(table_files(which=LATEST)["exercises.csv"])
    clamshell = next(row for row in rows if row["slug"] == "clamshell")
    new = [
        clamshell | {"slug": "one", "name": "One", "difficulty": "1", "easier": "", "harder": "two"},
        clamshell | {"slug": "two", "name": "Two", "difficulty": "2", "easier": "one", "harder": ""},
    ]
    plan = imported(sheet(new), curator, "exercises (2).csv")
    assert shown(plan) == [("Exercise", "one", "added"), ("Exercise", "two", "added")]
    assert Exercise.objects.get(slug="two").easier.slug == "one"
    assert faults(sheet([{"slug": "one", "easier": "two"}]), curator, "e.csv")[0].startswith(
        "exercises.csv:2: easier: "
    )


def test_what_is_in_review_goes_back_and_others_drafts_are_built_upon_with_a_word(curator: User) -> None:
    other = make_user("Rob Reviewer", is_superuser=True)
    load(CONTENT, now=NOW)
    for slug in ("clamshell", "a-skip", "a-march"):
        exercise = Exercise.objects.get(slug=slug)
        document = exercise.latest.document | {"feel": "Mended."}
        author = curator if slug == "a-march" else other
        save_draft(exercise=exercise, document=document, actor=author, now=NOW, reason="Clearer")
    submit_for_review(exercise=Exercise.objects.get(slug="a-skip"), actor=other, now=NOW)
    rows = [{"slug": slug, "summary": "New."} for slug in ("clamshell", "a-skip", "a-march", "high-knees")]
    plan = imported(sheet(rows), curator, "a.csv")
    assert {change.key: change.warnings for change in plan.changes} == {
        "clamshell": ("It builds on the unfinished draft of Rob Reviewer.",),
        "a-skip": ("It is in review, and becomes a draft again.",),
        "a-march": (),
        "high-knees": (),
    }
    assert Exercise.objects.get(slug="a-skip").next_status == "draft"
    assert Exercise.objects.get(slug="a-skip").latest.document["feel"] == "Mended."


def test_nothing_is_published_retired_or_deleted(curator: User) -> None:
    retired = make_exercise("old", status="retired")
    make_exercise("squat")
    imported(sheet([{"slug": "old", "summary": "New."}]), curator, "a.csv")
    retired.refresh_from_db()
    assert (retired.status, retired.next_status, retired.summary) == ("retired", "draft", "Stand tall on one leg.")
    assert Exercise.objects.count() == 2


def test_poses_come_alone_and_go_with_null(curator: User) -> None:
    load(CONTENT, now=NOW)
    poses = json.loads((CONTENT / "poses/a-skip.json").read_text())
    imported({"poses/clamshell.json": json.dumps(poses).encode(), "exercises/a-skip.yaml": b"name: Skip\n"}, curator)
    assert Exercise.objects.get(slug="clamshell").latest.document["poses"] == poses
    assert Exercise.objects.get(slug="a-skip").latest.document["poses"] == poses
    imported({"poses/clamshell.json": b"null"}, curator)
    assert Exercise.objects.get(slug="clamshell").latest.document["poses"] is None
    assert faults({"poses/clamshell.json": b'{"keys": [\n{"hold": -1}]}'}, curator) != []


# --- Evidence, muscles, routines --------------------------------------------------------------------------------------


def test_evidence_is_added_and_changed_and_recorded(curator: User) -> None:
    squat, study = make_exercise("squat"), make_study("boren-2011")
    muscle = make_muscle("gluteus-maximus")
    make_activation(squat, muscle, study=study, code="E1", mean=50)
    files = table_files(which=LATEST)
    [row] = rows_of(files["activations.csv"])
    rows = [row | {"mean_pct_mvic": "55"}, row | {"evidence_id": "E2", "study_id": "new-2020"}]
    [old] = rows_of(files["studies.csv"])
    new_study = sheet([old | {"study_id": "new-2020", "citation": "New 2020"}])
    plan = imported({"activations.csv": sheet(rows), "studies.csv": new_study}, curator)
    assert shown(plan) == [
        ("Study", "new-2020", "added"),
        ("Activation", "E1", "changed"),
        ("Activation", "E2", "added"),
    ]
    change = plan.of(Activation)[0]
    assert (change.before, change.after) == ({"mean": 50}, {"mean": 55})
    assert Activation.objects.get(code="E2").study.slug == "new-2020"
    entry = AuditEntry.objects.get(action="activation.change")
    assert (entry.actor, entry.before, entry.after) == (curator, {"mean": "50.00"}, {"mean": "55"})
    assert {entry.action for entry in AuditEntry.objects.filter(actor=curator)} == {
        *("study.add", "activation.add", "activation.change", "content.import"),
    }


def test_a_lone_evidence_file_by_any_name(curator: User) -> None:
    make_outcome(code="O1", note="Old.")
    content = table_files(which=LATEST)["outcomes.csv"].replace(b"Old.", b"New.")
    assert shown(imported(content, curator, "My outcomes (3).csv")) == [("Outcome", "O1", "changed")]
    assert shown(imported(content.replace(b"New.", b"Newer."), curator, "outcomes.csv")) == [
        ("Outcome", "O1", "changed")
    ]


def test_semicolons_as_some_spreadsheets_write_them(curator: User) -> None:
    make_exercise("squat")
    plan = imported(b"slug;summary\r\nsquat;Sit, and stand.\r\n", curator, "exercises.csv")
    assert plan.changes[0].after["summary"] == "Sit, and stand."


def test_library_routines_are_revised_and_new_ones_wait(curator: User) -> None:
    make_exercise("squat", unilateral=False)
    steps: Any = [{"exercise": "squat"}]
    release_routine(routine=None, slug="one", name="One", description="", steps=steps, now=NOW, reason="")
    text = content_files(which=LATEST)["routines.yaml"].decode()
    assert imported({"routines.yaml": text.encode()}, curator).changes == []
    plan = imported({"routines.yaml": text.replace("reps: 8", "reps: 9").encode()}, curator)
    assert shown(plan) == [("Routine", "one", "changed")]
    routine = Routine.objects.get(slug="one")
    assert (routine.latest.number, routine.latest.created_by, routine.next_status) == (2, curator, "draft")
    assert [step.reps for step in routine.latest.steps.all()] == [9]
    assert [step.reps for step in routine.current.steps.all()] == [8]
    plan = imported({"routines.yaml": text.replace("slug: one", "slug: two").encode()}, curator)
    assert shown(plan) == [("Routine", "two", "added")]
    assert Routine.objects.get(slug="two").published is False
    Routine.objects.filter(slug="one").update(archived_at=NOW)
    [told] = faults({"routines.yaml": text.encode()}, curator)
    assert told.startswith("routines.yaml:1: ")


# --- Plan and deed ----------------------------------------------------------------------------------------------------


def test_looking_changes_nothing(curator: User) -> None:
    make_exercise("squat")
    make_equipment("mat")
    kept = bring({"exercises/squat.yaml": b"name: Other\n", "equipment.yaml": b"- slug: rope\n  name: Rope\n"}, curator)
    before, stamp = everything(), library_stamp()
    assert len(plan_import(kept, actor=curator, now=NOW).changes) == 2
    assert (everything(), library_stamp()) == (before, stamp)


def test_a_plan_that_is_old_is_not_done(curator: User) -> None:
    squat = make_exercise("squat")
    kept = bring({"exercises/squat.yaml": b"name: Other\n"}, curator)
    plan = plan_import(kept, actor=curator, now=NOW)
    document = squat.latest.document | {"feel": "Mended."}
    save_draft(exercise=squat, document=document, actor=make_user(is_superuser=True), now=NOW, reason="Clearer")
    before = everything()
    with pytest.raises(PlanChanged) as raised:
        run_import(kept, actor=curator, now=NOW, expected=plan.digest)
    assert everything() == before
    assert raised.value.plan.changes[0].before["feel"] == "Mended."
    run_import(kept, actor=curator, now=NOW, expected=raised.value.plan.digest)
    assert Exercise.objects.get(slug="squat").latest.number == 3
    with pytest.raises(ValidationError, match="imported already"):
        run_import(kept, actor=curator, now=NOW, expected=raised.value.plan.digest)
    kept.refresh_from_db()
    assert (bytes(kept.file), kept.done_at) == (b"", NOW)


def test_only_curators(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        bring(b"x", cast.coach)
    kept = bring({"equipment.yaml": b"- slug: rope\n  name: Rope\n"}, cast.curator)
    for deed in (plan_import, run_import):
        with pytest.raises(PermissionDenied):
            deed(kept, actor=cast.coach, now=NOW, **({"expected": ""} if deed is run_import else {}))


def test_uploads_that_nobody_came_back_to_go(curator: User) -> None:
    old = bring(b"old", curator, "a.csv")
    ContentImport.objects.update(uploaded_at=NOW - timedelta(hours=25))
    new = bring(b"new", curator, "a.csv")
    assert list(ContentImport.objects.all()) == [new]
    assert old != new


fields_to_change = {
    "name": st.sampled_from(["Squat", "Deep squat", "=Squat"]),
    "summary": st.sampled_from(["", "Sit down.", "Stand tall on one leg."]),
    "cues": st.lists(st.sampled_from(["Heels down", "Knees | out", "Hips level."]), unique=True),
    "difficulty": st.integers(1, 5),
    "equipment": st.lists(st.sampled_from(["mat", "rope"]), unique=True),
}
changes = st.dictionaries(
    st.sampled_from(["squat", "plank", "new", "newer"]),
    st.fixed_dictionaries({}, optional=fields_to_change),
    max_size=4,
)


class PlanAndDeed(TestCase):
    """Over many changes: the plan is what happens."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        changes,
        st.dictionaries(st.sampled_from(["mat", "rope"]), st.sampled_from(["Mat", "Rope", "Both"])),
        st.booleans(),
    )
    def test_the_plan_is_what_happens(
        self, said: dict[str, dict[str, Any]], things: dict[str, str], spreadsheet: bool
    ) -> None:
        person = make_user(is_staff=True, is_superuser=True)
        make_equipment("mat")
        make_equipment("rope")
        make_exercise("squat")
        make_exercise("plank", status="draft", summary="")
        base = {row.slug: row.latest.document for row in Exercise.objects.select_related("latest")}
        with transaction.atomic():  # the files, as a place that says so would export them
            files = self.files_saying(said, things, base, spreadsheet=spreadsheet)
        if not files:
            return
        before = {
            row.slug: (row.latest.number, row.latest.document) for row in Exercise.objects.select_related("latest")
        }
        names = dict(Equipment.objects.values_list("slug", "name"))
        plan = imported(files, person)
        after = {
            row.slug: (row.latest.number, row.latest.document) for row in Exercise.objects.select_related("latest")
        }
        told = {change.key: change for change in plan.of(Exercise)}
        assert told.keys() == {slug for slug in after if after[slug] != before.get(slug)}
        for slug, change in told.items():
            number, document = before.get(slug, (0, {}))
            assert (change.before, change.after) == (document, after[slug][1])
            assert (change.based_on, after[slug][0]) == (number, number + 1)
        assert plan.untouched[Exercise] == len([slug for slug in said if slug not in told])
        now = dict(Equipment.objects.values_list("slug", "name"))
        assert {change.key: change.after["name"] for change in plan.of(Equipment)} == {
            slug: name for slug, name in now.items() if names[slug] != name
        }

    def files_saying(
        self, said: dict[str, Any], things: dict[str, str], base: dict[str, Any], *, spreadsheet: bool
    ) -> dict[str, bytes]:
        for slug, fields in said.items():
            document = deepcopy(base.get(slug, base["squat"])) | fields
            exercise = Exercise.objects.filter(slug=slug).first() or make_exercise(slug)
            with exercise_workflow():
                ExerciseVersion.objects.filter(pk=exercise.latest_id).update(document=document)
        for slug, name in things.items():
            Equipment.objects.filter(slug=slug).update(name=name)
        files = (table_files if spreadsheet else content_files)(which=LATEST)
        transaction.set_rollback(True)
        if spreadsheet:
            rows = [row for row in rows_of(files["exercises.csv"]) if row["slug"] in said]
            kept = {"exercises.csv": sheet(rows)} if rows else {}
        else:
            kept = {name: text for name, text in files.items() if name[10:-5] in said}
        return kept | ({"equipment.yaml": files["equipment.yaml"]} if "equipment.yaml" in files else {})


# --- Faults -----------------------------------------------------------------------------------------------------------

# Kinds of fault: column, what stands there, and how the message begins.
ROW_FAULTS = [
    ("name", "", "name: Write something here."),
    ("name", "x" * 81, "name: This has 81 characters. At most 80 fit."),
    ("category", "activate", "category: “activate” is not among"),
    ("phase", "warm", "phase: “warm” is not among"),
    ("position", "", "position: “” is not among"),
    ("lying", "perhaps", "lying: Write 1 or 0."),
    ("alternating", "1", "alternating: Sides come one after the other"),
    ("dose_sets", "0", "dose_sets: Give a whole number from 1"),
    ("dose_reps", "many", "dose_reps: Give a whole number"),
    ("dose_metres", "5", "dose_metres: This exercise is counted in repetitions"),
    ("seconds_per_rep", "61", "seconds_per_rep: Give a number from 0 to 60"),
    ("equipment", "trampoline", "equipment: There is no equipment “trampoline”."),
    ("difficulty", "6", "difficulty: Give a whole number from 1 to 5."),
    ("easier", "nobody", "easier: There is no exercise “nobody”."),
    ("muscles_primary", "glute", "muscles_primary: There is no muscle “glute”."),
    ("contraindications", "boredom", "contraindications: “boredom” is not among"),
    ("substitutes", "hurts:nobody", "substitutes: 1, exercise: There is no exercise “nobody”."),
    ("mistakes", "no arrow", "mistakes: Write it like this: mistake => fix | mistake => fix"),
    ("poses", "{", "poses: This is not JSON at character 2"),
    ("review_due", "soon", "review_due: Write a day like 2027-03-15."),
]


def many_rows() -> list[dict[str, str]]:
    make_exercise("squat")
    [row] = rows_of(table_files(which=LATEST)["exercises.csv"])
    return [row | {"slug": f"move-{number}", "name": f"Move {number}"} for number in range(500)]


def test_500_exercises_with_20_kinds_of_fault_as_a_spreadsheet(curator: User) -> None:
    rows = many_rows()
    for index, (column, cell, _message) in enumerate(ROW_FAULTS):
        rows[index * 25][column] = cell
    told = faults({"exercises.csv": sheet(rows)}, curator)
    assert len(told) == len(ROW_FAULTS) == 20, "\n".join(told)
    wanted = [f"exercises.csv:{index * 25 + 2}: {message}" for index, (_c, _s, message) in enumerate(ROW_FAULTS)]
    for line, start in zip(told, wanted, strict=True):
        assert line.startswith(start)


FILE_FAULTS = [
    ("name: Squat", "name: 5", "1: name: Write text here"),
    ("name: Squat", "name: [Squat", "2: This is not YAML"),
    ("name: Squat", "name: !!int ''", "1: This is not YAML"),
    ("name: Squat", "nam: Squat", "1: nam: There is no such field."),
    ("aliases: []", "aliases: none", "2: aliases: Write a list of texts"),
    ("category: activation", "category: active", "3: category: “active” is not among"),
    ("phase: activate", "phase: 2", "4: phase: “2” is not among"),
    ("lying: false", "lying: 0", "6: lying: Write true or false"),
    ("mode: reps", "mode: times", "9: mode: “times” is not among"),
    ("  reps: 8", "  reps: 0", "12: dose.reps: Give a whole number from 1"),
    ("  metres: null", "  metres: 7", "14: dose.metres: This exercise is counted in repetitions"),
    ("seconds_per_rep: 3", "seconds_per_rep: null", "16: seconds_per_rep: Say how many seconds"),
    ("equipment: []", "equipment: [rope]", "17: equipment: There is no equipment “rope”."),
    ("difficulty: 2", "difficulty: two", "21: difficulty: Give a whole number"),
    ("harder: null", "harder: nobody", "23: harder: There is no exercise “nobody”."),
    ("  primary: []", "  primary: [glute]", "26: muscles.primary: There is no muscle “glute”."),
    ("evidence_level: B", "evidence_level: E", "29: evidence_level: “E” is not among"),
    ("substitutes: []", "substitutes: [{when: bored, exercise: squat}]", "30: substitutes.0.when: “bored”"),
    ("mistakes: []", "mistakes: [{mistake: Fall.}]", "39: mistakes.0.fix: This field is missing."),
    ('leave_out: ""', "leave_out: yes", "40: leave_out: Write text here"),
]


def test_500_exercises_with_20_kinds_of_fault_as_files(curator: User) -> None:
    make_exercise("squat", name="Squat")
    text = content_files(which=LATEST)["exercises/squat.yaml"].decode()
    files = {f"exercises/move-{number:03}.yaml": text for number in range(500)}
    for index, (good, bad, _message) in enumerate(FILE_FAULTS):
        assert text.count(good + "\n") == 1, good
        files[f"exercises/move-{index * 25:03}.yaml"] = text.replace(good + "\n", bad + "\n")
    told = faults({name: content.encode() for name, content in files.items()}, curator)
    # A field by another name is missing too.
    told = [line for line in told if not line.endswith("name: This field is missing. Add it.")]
    assert len(told) == len(FILE_FAULTS) == 20, "\n".join(told)
    wanted = [f"exercises/move-{index * 25:03}.yaml:{message}" for index, (_g, _b, message) in enumerate(FILE_FAULTS)]
    for line, start in zip(told, wanted, strict=True):
        assert line.startswith(start)


def test_500_exercises_at_few_queries(curator: User, django_assert_max_num_queries: Callable[..., Any]) -> None:
    kept = bring({"exercises.csv": sheet(many_rows())}, curator)
    with django_assert_max_num_queries(700):  # 500 of them the record of each
        plan = plan_import(kept, actor=curator, now=NOW)
    assert plan.counts[Exercise] == {"added": 500}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"slug,nam\nsquat,x\n", "exercises.csv:1: There is no column “nam”."),
        (b"slug,name,name\nsquat,x,y\n", "exercises.csv:1: The column “name” stands here twice."),
        (b"slug,name\nsquat\n", "exercises.csv:2: This row has 1 cells, the header 2."),
        (b"slug,name\nsquat,x\nsquat,y\n", "exercises.csv:3: slug: “squat” is there already, on line 2"),
        (b"slug,name\nBig Squat,x\n", "exercises.csv:2: slug: “Big Squat” is no slug."),
        (b"slug,name\nsquat,\xff\n", "exercises.csv:2: This is not UTF-8."),
        (b"slug,name\nsquat,\x00\n", "exercises.csv:2: There is a character here that no text has."),
        (b'slug,name\nsquat,"a\n', "exercises.csv:2: This is not CSV"),
        (b"slug,name\nlunge,x\n", "exercises.csv:2: category: This field is missing."),
    ],
)
def test_faults_of_a_sheet(curator: User, content: bytes, told: str) -> None:
    make_exercise("squat")
    assert any(line.startswith(told) for line in faults({"exercises.csv": content}, curator))


def test_the_same_exercise_in_two_files(curator: User) -> None:
    make_exercise("squat")
    files = {"exercises.csv": b"slug,name\nsquat,x\n", "exercises/squat.yaml": b"name: y\n"}
    assert faults(files, curator) == ["exercises.csv:2: slug: “squat” is in exercises/squat.yaml too. Keep one."]


def test_there_is_an_end_of_problems(curator: User) -> None:
    content = b"slug,name\n" + b"squat,x,y\n" * 10_000
    assert len(faults({"exercises.csv": content}, curator)) == 2000


# --- Zips that are not to be trusted ----------------------------------------------------------------------------------


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("exercises/squat.yaml")
    info.external_attr = 0o120777 << 16
    return info


def with_password() -> bytes:
    content = bytearray(packed(("equipment.yaml", b"[]")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def rarely_packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("equipment.yaml", b"[]")
    return out.getvalue()


def lying_about_its_size() -> bytes:
    content = bytearray(packed(("equipment.yaml", b"x" * 1_000_000)))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (packed(("../exercises/squat.yaml", b"")), "This is no name for a file"),
        (packed(("exercises/../../squat.yaml", b"")), "This is no name for a file"),
        (packed(("/exercises/squat.yaml", b"")), "This is no name for a file"),
        (packed(("C:/exercises/squat.yaml", b"")), "This is no name for a file"),
        (packed(("exercises/sq\nuat.yaml", b"")), "This is no name for a file"),
        (packed(("a/" * 99 + "squat.yaml", b"")), "This is no name for a file"),
        (packed((link(), b"/etc/passwd")), "This is a link to another file."),
        (packed(("equipment.yaml", b"x" * 40_000_000)), "Unpacked this would have 40 MB."),
        (packed(*((f"exercises/{n}.yaml", b"") for n in range(MOST_FILES + 1))), "There are 2501 files in this zip."),
        (packed(("inner.zip", packed(("equipment.yaml", b"[]")))), "This is no file of the content."),
        (packed(("exercises/run.exe", b"MZ")), "This is no file of the content."),
        (with_password(), "This file has a password."),
        (rarely_packed(), "This file is packed in a rare way."),
        (lying_about_its_size(), "This zip can't be opened"),
        (packed(("equipment.yaml", b"[]"))[:-30], "This zip can't be opened"),
        (b"PK\x03\x04", "This zip can't be opened"),
        (b"no zip at all", "This zip can't be opened"),
        (packed(), "There is nothing in this zip."),
    ],
    ids=map(str, range(18)),  # not the bytes, which have the time in them
)
def test_zips_that_are_not_to_be_trusted(content: bytes, told: str) -> None:
    with pytest.raises(ContentError) as raised:
        unpacked("content.zip", content)
    [problem] = raised.value.problems
    assert problem.message.startswith(told)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice() -> None:
    with pytest.raises(ContentError) as raised:
        unpacked("content.zip", packed(("equipment.yaml", b"[]"), ("Equipment.yaml", b"[]")))
    assert [problem.message for problem in raised.value.problems] == ["This file is there twice. Keep one."]


def test_a_folder_around_it_and_what_file_managers_add() -> None:
    content = packed(
        *(("content/equipment.yaml", b"[]"), ("content/.DS_Store", b"x"), ("__MACOSX/content/._equipment.yaml", b"x")),
        *(("content/README.md", b"x"), ("content/exercises/squat.yaml", b"name: x")),
    )
    assert unpacked("content.zip", content) == {"equipment.yaml": b"[]", "exercises/squat.yaml": b"name: x"}
    assert unpacked("x.zip", packed(("exercises/squat.yaml", b""))) == {"exercises/squat.yaml": b""}


names = st.sampled_from(
    [
        "a.zip",
        "exercises.csv",
        "studies.csv",
        "x.csv",
        "squat.yaml",
        "routines.yaml",
        "muscles.yaml",
        "squat.json",
        "x.exe",
        "",
    ]
)
inside = st.sampled_from(
    [
        "exercises.csv",
        "muscles.csv",
        "equipment.csv",
        "studies.csv",
        "activations.csv",
        "exercises/squat.yaml",
        "routines.yaml",
        "poses/squat.json",
        "muscles.yaml",
        "equipment.yaml",
    ]
)
yaml_like = st.text(st.sampled_from("!&*?:-[]{}#|>'\"\n ,ab1.~%@\t") | st.characters(), max_size=200).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
csv_like = st.builds(
    lambda columns, rows: "\n".join([",".join(columns), *(",".join(row) for row in rows)]).encode(
        "utf-8", "surrogatepass"
    ),
    st.lists(
        st.sampled_from(["slug", "name", "poses", "dose_reps", "mistakes", "lying", "review_on", "media"]), min_size=1
    ),
    st.lists(
        st.lists(st.text(max_size=10) | st.sampled_from(["squat", "=1", "{}", "NaN", "1e999", "9" * 30])), max_size=4
    ),
)
data = st.one_of(st.binary(max_size=300), yaml_like, csv_like)


class AnyBytes(TestCase):
    """Whatever comes is a plan or problems."""

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(names, st.one_of(data, st.dictionaries(inside, data, max_size=3).map(lambda files: packed(*files.items()))))
    def test_any_bytes(self, name: str, content: bytes) -> None:
        person = make_user(is_staff=True, is_superuser=True)
        make_exercise("squat")
        try:
            kept = keep_upload(file_name=name, content=content, actor=person, now=NOW)
            plan = plan_import(kept, actor=person, now=NOW)
        except (ContentError, ValidationError):
            return
        run_import(kept, actor=person, now=NOW, expected=plan.digest)


@pytest.mark.parametrize(
    "text",
    [
        "name: !!float ''",
        "name: !!timestamp x",
        "name: !!bool x",
        "name: !!binary é",
        "name: 2001-02-30",
        "? [a]\n: b",
        "name: !!null x",
        "- a",
        "[" * 3000,
        "name: " + "9" * 5000,
        "a: 0001-01-01 00:00:00 +23:59",
        "\ufeff",
        "%YAML 9.9",
    ],
)
def test_odd_yaml(curator: User, text: str) -> None:
    make_exercise("squat")
    assert faults({"exercises/squat.yaml": text.encode()}, curator) != []
