"""The content as files: read again it says the same, the same content gives the same bytes, no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.conftest import Cast
from tests.factories import NOW, document_of, make_exercise, make_outcome, make_study
from warmups.domain.content import CONTENT, Here, read, read_part
from warmups.domain.content_cells import EXERCISE_COLUMNS, cell, guarded, joined, split, unguarded, value
from warmups.domain.content_export import (
    LATEST,
    PUBLISHED,
    content_files,
    poses_json,
    table_files,
    zipped,
)
from warmups.domain.content_files import Upload
from warmups.domain.content_import import content_here
from warmups.domain.content_loading import load
from warmups.domain.exercise_documents import Known
from warmups.domain.exercises import save_draft
from warmups.models import Exercise, ExerciseVersion
from warmups.workflow import exercise_workflow

pytestmark = pytest.mark.django_db

NOTHING_HERE = Here(known=Known(exercises={}, muscles=(), equipment=(), media=()), studies=(), latest={}, published={})


def empty_of(here: Here) -> Here:
    """What a place without exercises and evidence knows: photos and videos only, which don't come in files."""
    known = Known(exercises={}, muscles=(), equipment=(), media=here.known.media)
    return Here(known=known, studies=(), latest={}, published=here.published)


def documents() -> dict[str, Any]:
    return dict(Exercise.objects.order_by("slug").values_list("slug", "latest__document"))


def test_the_content_of_the_release_comes_out_as_it_went_in(tmp_path: Path) -> None:
    load(CONTENT, now=NOW)
    files = content_files(which=LATEST)
    shipped = {path.relative_to(CONTENT).as_posix() for path in CONTENT.rglob("*") if path.is_file()}
    assert shipped - files.keys() == {"README.md", "LICENSE"}
    assert files.keys() <= shipped
    for name in files:
        if name.startswith("poses/"):
            shipped_poses = re.sub(r"-0\.0\b", "0.0", (CONTENT / name).read_text())
            assert json.loads(files[name]) == json.loads(shipped_poses), name
            # Laid out alike; joints come in one order, since databases don't keep that of the files.
            lengths = [len(line.rstrip(",")) for line in shipped_poses.splitlines()]
            assert sorted(len(line.rstrip(",")) for line in files[name].decode().splitlines()) == sorted(lengths), name

    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    before, after = read(CONTENT), read(tmp_path)
    assert {slug: row.document for slug, row in after.exercises.items()} == {
        slug: row.document for slug, row in before.exercises.items()
    }
    assert (after.muscles, after.equipment, after.studies) == (before.muscles, before.equipment, before.studies)
    assert (after.activations, after.outcomes, after.indices) == (
        before.activations,
        before.outcomes,
        before.indices,
    )
    assert {slug: (row.name, row.description, row.steps) for slug, row in after.routines.items()} == {
        slug: (row.name, row.description, row.steps) for slug, row in before.routines.items()
    }


def test_the_order_in_which_a_database_keeps_keys_is_not_told() -> None:
    exercise = make_exercise("squat", mistakes=[{"mistake": "Falling.", "fix": "Stand."}])
    poses = json.loads((CONTENT / "poses/clamshell.json").read_text())
    document = document_of(exercise) | {"poses": poses}
    turned = turned_round(document)
    told = []
    for said in (document, turned):
        with exercise_workflow():
            ExerciseVersion.objects.filter(exercise=exercise).update(document=said)
        told.append((content_files(which=LATEST), table_files(which=LATEST)))
    assert told[0] == told[1]


def turned_round(said: Any) -> Any:
    """The same with all keys in another order."""
    if isinstance(said, dict):
        return {key: turned_round(said[key]) for key in reversed(said)}
    return [turned_round(item) for item in said] if isinstance(said, list) else said


@pytest.mark.parametrize("name", ["studies.csv", "activations.csv", "outcomes.csv", "indices.csv", "equipment.yaml"])
def test_evidence_is_written_as_the_release_has_it(name: str) -> None:
    load(CONTENT, now=NOW)
    lines = content_files(which=LATEST)[name].decode().splitlines()
    shipped = (CONTENT / name).read_text().splitlines()
    assert (lines[0], sorted(lines)) == (shipped[0], sorted(shipped))


def test_both_forms_say_the_same_as_the_database() -> None:
    load(CONTENT, now=NOW)
    for files in (content_files(which=LATEST), table_files(which=LATEST)):
        content = read_part(Upload(files), empty_of(content_here()))
        assert {slug: row.document for slug, row in content.exercises.items()} == documents()
        assert len(content.activations) == 183
        assert content.muscles.keys() == read(CONTENT).muscles.keys()


def test_the_same_content_gives_the_same_bytes() -> None:
    load(CONTENT, now=NOW)
    assert zipped(content_files(which=LATEST)) == zipped(content_files(which=LATEST))
    assert zipped(table_files(which=LATEST)) == zipped(table_files(which=LATEST))
    with zipfile.ZipFile(io.BytesIO(zipped(content_files(which=LATEST)))) as archive:
        assert archive.testzip() is None
        assert archive.read("equipment.yaml") == (CONTENT / "equipment.yaml").read_bytes()


def test_what_readers_see_or_the_newest_version(cast: Cast) -> None:
    squat = make_exercise("squat", name="Squat")
    again = document_of(squat) | {"name": "Squat again"}
    save_draft(exercise=squat, document=again, actor=cast.curator, now=NOW, reason="Better name")
    make_exercise("plank", status="draft")
    newest, seen = content_files(which=LATEST), content_files(which=PUBLISHED)
    assert [name for name in newest if name.startswith("exercises/")] == [
        "exercises/plank.yaml",
        "exercises/squat.yaml",
    ]
    assert [name for name in seen if name.startswith("exercises/")] == ["exercises/squat.yaml"]
    assert newest["exercises/squat.yaml"].decode().splitlines()[0] == "name: Squat again"
    assert seen["exercises/squat.yaml"].decode().splitlines()[0] == "name: Squat"


def test_a_spreadsheet_takes_nothing_for_a_formula() -> None:
    make_outcome(intervention="=HYPERLINK(1)", comparator="+5 % body mass", value="-3.7", note="@sum", p="'=1")
    make_study("bad-2020", citation='-2+3+cmd|" /C calc"!A0')
    files = table_files(which=LATEST)
    for name, content in files.items():
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            for text in row:
                assert text[:1] not in tuple("=+@\t\r") and not (text[:1] == "-" and not text[1:2].isdigit()), (
                    name,
                    text,
                )
    content = read_part(Upload({name: files[name] for name in ("outcomes.csv", "studies.csv")}), NOTHING_HERE)
    [outcome] = content.outcomes.values()
    said = {key: outcome[key] for key in ("intervention", "comparator", "note", "p")}
    assert said == {"intervention": "=HYPERLINK(1)", "comparator": "+5 % body mass", "note": "@sum", "p": "'=1"}
    assert str(outcome["value"]) == "-3.7"
    assert content.studies["bad-2020"]["citation"] == '-2+3+cmd|" /C calc"!A0'


def test_export_content_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_exercise("squat")
    folder = tmp_path / "content"
    call_command("export_content", folder)
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        *("activations.csv", "equipment.yaml", "indices.csv", "muscles.yaml", "outcomes.csv", "routines.yaml"),
        "studies.csv",
    ]
    (folder / "exercises" / "gone.yaml").write_text("")
    call_command("export_content", folder)
    assert "exercises/gone.yaml" in capsys.readouterr().out
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError):
        call_command("export_content", tmp_path / "file")


# --- Whatever texts are -----------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40).map(str.strip)
lines = texts.filter(bool)
awkward = st.sampled_from(
    [
        "=1+1",
        "'=x",
        "-3",
        "a | b",
        "a => b",
        "\\",
        "a\\|b",
        "1-1-1",
        "yes",
        "null",
        "2001-01-01",
        "é" * 100,
        "a: b",
        "# c",
        "word " * 30 + "end",
        "two\nlines",
        "two\r\nlines",
        "tab\there",
        "~",
        "{",
        "- x",
        "0x1F",
        "1e3",
        '"',
        "%",
        "\\|",
        "|",
    ]
)
words = st.one_of(lines, awkward)


@given(st.lists(words))
def test_lists_in_a_cell(items: list[str]) -> None:
    assert split(joined(items)) == items


@given(st.one_of(words, texts), st.booleans())
def test_the_apostrophe_goes_as_it_came(text: str, spreadsheet: bool) -> None:
    assert unguarded(guarded(text, spreadsheet=spreadsheet)) == text


@given(st.lists(st.fixed_dictionaries({"mistake": words, "fix": words}), max_size=4))
def test_pairs_in_a_cell(pairs: list[dict[str, str]]) -> None:
    column = EXERCISE_COLUMNS["mistakes"]
    assert value(column, cell(column, {"mistakes": pairs}).strip()) == pairs


class Documents(TestCase):
    """Documents with any texts come back from both forms as they were."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.fixed_dictionaries(
            {
                "name": words.filter(lambda text: len(text) <= 80),
                "aliases": st.lists(words.filter(lambda text: len(text) <= 80), unique=True, max_size=3),
                "summary": words,
                "set_up": words,
                "steps": st.lists(words, max_size=4),
                "cues": st.lists(words.filter(lambda text: len(text) <= 120), unique=True, max_size=3),
                "mistakes": st.lists(st.fixed_dictionaries({"mistake": words, "fix": words}), max_size=3),
                "seconds_per_rep": st.one_of(st.integers(1, 60), st.sampled_from([0.5, 2.25])),
                "review": st.sampled_from(
                    [
                        {"by": "", "on": None, "due": None},
                        {"by": "Pia, physiotherapist", "on": "2026-11-01", "due": None},
                        {"by": "=Pia", "on": "2026-11-01", "due": "2027-11-01"},
                    ]
                ),
            }
        )
    )
    def test_documents(self, fields: dict[str, Any]) -> None:
        exercise = make_exercise("any", **{key: deepcopy(said) for key, said in fields.items() if key == "name"})
        document = document_of(exercise) | fields
        version = ExerciseVersion.objects.get(exercise=exercise)
        with exercise_workflow():
            ExerciseVersion.objects.filter(pk=version.pk).update(document=document)
        for files in (content_files(which=LATEST), table_files(which=LATEST)):
            content = read_part(Upload(files), empty_of(content_here()))
            assert content.exercises["any"].document == document


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(allow_nan=False), words),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
        max_leaves=20,
    )
)
def test_any_pose_data_are_written_as_json(said: Any) -> None:
    assert json.loads(poses_json(said)) == said
