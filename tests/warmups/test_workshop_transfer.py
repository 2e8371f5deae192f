"""The pages of import and export: who gets in, what they show, that nothing happens before somebody says so."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conftest import Cast
from tests.factories import NOW, make_equipment, make_exercise, make_outcome, make_user
from tests.page_text import Text
from warmups.domain.content_export import LATEST, content_files, table_files, zipped
from warmups.domain.content_import import MOST_BYTES, keep_upload
from warmups.domain.exercises import save_draft
from warmups.models import ContentImport, Exercise, Outcome

pytestmark = pytest.mark.django_db

Browser = Callable[[User | None], Client]
EXPORT, IMPORT = "/admin/content/export/", "/admin/content/import/"


@pytest.fixture
def curator(cast: Cast, browser_of: Browser) -> Client:
    return browser_of(cast.curator)


def page_text(answer: Any) -> str:
    return " ".join(" ".join(Text(answer).words).split())


def send(client: Client, content: bytes, name: str = "exercises.csv") -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def sent(client: Client, content: bytes, name: str = "exercises.csv") -> str:
    """Where an upload leads to."""
    answer = send(client, content, name)
    assert answer.status_code == 302
    return str(answer.url)


def confirm(client: Client, address: str) -> Any:
    return client.post(address, {"expected": client.get(address).context["expected"]})


# --- Who gets in ------------------------------------------------------------------------------------------------------


def test_curators_only(cast: Cast, browser_of: Browser) -> None:
    kept = keep_upload(file_name="a.csv", content=b"slug\n", actor=cast.curator, now=NOW)
    addresses = [EXPORT, IMPORT, f"{IMPORT}{kept.pk}/", f"{IMPORT}{kept.pk}/problems.csv"]
    staff = make_user("Stef Staff", is_staff=True)
    for address in addresses:
        assert browser_of(cast.curator).get(address).status_code == 200
        assert browser_of(staff).get(address).status_code == 403
        for person in (None, cast.coach):
            answer = browser_of(person).get(address)
            assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("admin:login"))


def test_an_upload_is_its_curators_own(cast: Cast, browser_of: Browser) -> None:
    kept = keep_upload(file_name="a.csv", content=b"slug\n", actor=cast.curator, now=NOW)
    for address in (f"{IMPORT}{kept.pk}/", f"{IMPORT}{kept.pk}/problems.csv"):
        assert browser_of(cast.superuser).get(address).status_code == 404
    assert browser_of(cast.superuser).post(f"{IMPORT}{kept.pk}/", {"forget": "1"}).status_code == 404
    assert ContentImport.objects.count() == 1


# --- Export -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "files"), [("csv", table_files), ("content", content_files)])
def test_a_download_is_the_zip(curator: Client, form: str, files: Callable[..., dict[str, bytes]]) -> None:
    make_exercise("squat")
    answer = curator.get(EXPORT, {"form": form, "which": LATEST})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content == zipped(files(which=LATEST))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None


def test_a_choice_that_there_is_not(curator: Client) -> None:
    assert curator.get(EXPORT, {"form": "pdf", "which": "all"}).status_code == 422
    assert curator.post(EXPORT).status_code == 405


# --- Import -----------------------------------------------------------------------------------------------------------


def test_from_file_to_draft(curator: Client, cast: Cast) -> None:
    make_exercise("squat", name="Squat")
    address = sent(curator, b"slug,summary\nsquat,Sit and stand.\n")
    page = curator.get(address)
    assert page.status_code == 200
    text = page_text(page)
    assert "This is what exercises.csv would change. Nothing has changed yet." in text
    assert "Exercises: 1 changed" in text
    assert "Sit and stand." in text.replace("Stand tall on one leg.", "")
    squat = Exercise.objects.get(slug="squat")
    assert squat.latest.number == 1

    answer = confirm(curator, address)
    assert (answer.status_code, answer.url) == (302, reverse("admin:warmups_exercise_changelist"))
    squat.refresh_from_db()
    assert (squat.latest.number, squat.latest.document["summary"]) == (2, "Sit and stand.")
    assert (squat.status, squat.summary) == ("published", "Stand tall on one leg.")

    again = curator.post(address, {"expected": "x"})
    assert (again.status_code, again.url) == (302, IMPORT)
    assert Exercise.objects.get(slug="squat").latest.number == 2


def test_a_plan_that_grew_old_is_shown_anew(curator: Client, cast: Cast) -> None:
    squat = make_exercise("squat")
    address = sent(curator, b"slug,summary\nsquat,Sit and stand.\n")
    expected = curator.get(address).context["expected"]
    document = squat.latest.document | {"feel": "Elsewhere."}
    save_draft(exercise=squat, document=document, actor=cast.superuser, now=NOW, reason="Clearer")
    answer = curator.post(address, {"expected": expected})
    assert answer.status_code == 409
    text = page_text(answer)
    assert "Somebody changed the content meanwhile." in text
    assert "It builds on the unfinished draft of Sue Super." in text
    assert Exercise.objects.get(slug="squat").latest.number == 2
    assert confirm(curator, address).status_code == 302
    assert Exercise.objects.get(slug="squat").latest.document["feel"] == "Elsewhere."


def test_evidence_says_each_field(curator: Client) -> None:
    make_outcome(code="O1", note="Old note")
    address = sent(curator, table_files(which=LATEST)["outcomes.csv"].replace(b"Old note", b"New note"), "outcomes.csv")
    text = page_text(curator.get(address))
    assert "Note Old note → New note" in text
    assert confirm(curator, address).url == IMPORT
    assert Outcome.objects.get(code="O1").note == "New note"


def test_what_is_here_already(curator: Client) -> None:
    make_equipment("mat")
    page = curator.get(sent(curator, zipped(table_files(which=LATEST)), "all.zip"))
    assert "All that all.zip says is here already." in page_text(page)


def test_forgetting_it(curator: Client) -> None:
    address = sent(curator, b"slug,summary\nsquat,x\n")
    assert curator.post(address, {"forget": "1"}).url == IMPORT
    assert ContentImport.objects.count() == 0
    assert curator.get(address).status_code == 404


def test_faults_are_a_table_and_a_file(curator: Client) -> None:
    make_exercise("squat")
    address = sent(curator, b"slug,difficulty,name\nsquat,9,=1+1\nsquot,2,<b>x</b>\n")
    page = curator.get(address)
    assert page.status_code == 200
    problems = page.context["problems"]
    assert (problems[0].file, problems[0].line, problems[0].field) == ("exercises.csv", 2, "difficulty")
    assert "Nothing was imported." in page_text(page)
    assert curator.post(address, {"expected": ""}).status_code == 422
    answer = curator.get(f"{address}problems.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["File", "Line", "Field", "What to do"]
    assert rows[1] == ["exercises.csv", "2", "difficulty", "Give a whole number from 1 to 5."]
    assert len(rows) == len(problems) + 1


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "exercises.csv", "This file is empty. Choose another one."),
        (b"x" * (MOST_BYTES + 1), "exercises.csv", "This file has more than 5 MB."),
    ],
)
def test_files_that_are_not_taken(curator: Client, content: bytes, name: str, told: str) -> None:
    answer = send(curator, content, name)
    assert answer.status_code == 422
    assert told in page_text(answer)
    assert ContentImport.objects.count() == 0


def test_no_file_at_all(curator: Client) -> None:
    assert curator.post(IMPORT, {}).status_code == 422
    assert curator.post(IMPORT, {"file": "text"}).status_code == 422


@pytest.mark.parametrize("name", ["run.exe", "../../etc/passwd.csv", "a" * 250 + ".csv", "<script>.zip", "a\tb.yaml"])
@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"PK\x03\x04broken", b"\x00" * 50, b"slug\n\xff\n", b"[" * 5000])
def test_odd_files_are_told_of(curator: Client, name: str, content: bytes) -> None:
    address = sent(curator, content, name)
    page = curator.get(address)
    assert page.status_code == 200
    assert page.context["problems"] != []
    assert b"<script>.zip" not in page.content
    assert curator.get(f"{address}problems.csv").status_code == 200


def test_a_plan_costs_the_same_however_much_it_shows(
    curator: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        make_exercise(f"move-{number}")
    rows = "".join(f"move-{number},Other.\n" for number in range(30))
    address = sent(curator, f"slug,summary\n{rows}".encode())
    with django_assert_max_num_queries(45 + 30):  # 30 of them the record of each, which is rolled back
        assert curator.get(address).status_code == 200
