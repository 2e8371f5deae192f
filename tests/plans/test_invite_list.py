"""Inviting a whole list: how it is read, what is told of each row, and that it happens as shown or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, User
from plans.domain import invite_many
from plans.domain.invitations import invite
from plans.models import Invitation
from plans.people_csv import ListedPerson, decode, read_people
from tests.conftest import Cast
from tests.factories import NOW

Browser = Callable[[User | None], Client]
PAGE = "/squads/dawn-patrol/invitations/import/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages read the tests' clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


# --- Reading --------------------------------------------------------------------------------------------------------
UNPAIRED = "Line 3 can't be read: look whether each quotation mark has its partner."
NIA = ListedPerson(line=2, email="nia@x.example", name="Nia, N.", role="coach")


@pytest.mark.parametrize(
    "text",
    [
        'email,name,role\nnia@x.example,"Nia, N.",coach',
        '\ufeffE-Mail;Name;Role\r\nnia@x.example;"Nia, N.";coach\r\n',
        "name\temail\trole\nNia, N.\tnia@x.example\tcoach",
        '"role","email","name"\n coach , nia@x.example ,"Nia, N."\n\n',
    ],
)
def test_spreadsheets_lists_are_read(text: str) -> None:
    assert read_people(text).rows == [NIA]


def test_addresses_alone_need_no_heading() -> None:
    rows = read_people("a@x.example\n\nb@x.example\n").rows
    assert [(row.line, row.email, row.name, row.role) for row in rows] == [
        (1, "a@x.example", "", ""),
        (3, "b@x.example", "", ""),
    ]


def test_columns_that_nobody_needs_are_told() -> None:
    found = read_people("phone,email,shoe size\n1,a@x.example,42\n")
    assert (found.rows, found.other_columns) == ([ListedPerson(2, "a@x.example")], ["phone", "shoe size"])


def test_a_line_is_where_its_row_begins() -> None:
    rows = read_people('email,name\na@x.example,"two\nlines"\nb@x.example,B\n').rows
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "There is nobody in this list. Write one address a line."),
        (" \n;;\n", "There is nobody in this list. Write one address a line."),
        ("email\n", "There is a heading, and nobody under it."),
        ("phone,name\n1,Nia\n", "No column is named email. The heading says: phone, name."),
        ("email,mail\na@x.example,\n", "Two columns of the heading are email. Keep one of them."),
        ("a@x.example\x00", "This is no text. Save the list as CSV and try again."),
        (
            'email\na@x.example\n"b@x.example\n',
            "Line 3 can't be read: look whether each quotation mark has its partner.",
        ),
        ("a@x.example\n" * 201, "This list has 201 rows. At most 200 go at once: split it."),
        ("ä" * 140_000, "This list is longer than 256 KB. Keep to the columns email, name and role."),
    ],
)
def test_what_can_not_be_read_is_told(text: str, told: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_people(text)
    assert error.value.messages == [told]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_many_programs_are_text(encoding: str) -> None:
    assert decode("email,name\na@x.example,Zoë".encode(encoding)) == "email,name\na@x.example,Zoë"


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused_in_words(content: bytes) -> None:
    try:
        assert read_people(decode(content)).rows
    except ValidationError as error:
        assert error.messages


# --- What is told, and done -----------------------------------------------------------------------------------------
LIST = """email,name,role
new@x.example,New,
NEW@x.example,Again,
{member},Ada,
asked@x.example,,coach
,Nobody,
no address,,
boss@x.example,,owner
more@x.example,,,surplus
helper@x.example,,Assistant
"""


def text(cast: Cast) -> str:
    """The list, with somebody who is in the squad and somebody asked before."""
    invite(squad=cast.squad, actor=cast.coach, email="asked@x.example", role="athlete", now=NOW - timedelta(hours=1))
    return LIST.replace("{member}", cast.athlete.email.upper())


def test_each_row_is_told_what_would_become_of_it(cast: Cast) -> None:
    people = read_people(text(cast)).rows
    found = invite_many.look_over(squad=cast.squad, people=people, now=NOW)
    assert [(each.line, each.fate, each.told) for each in found] == [
        (2, "invite", ""),
        (3, "twice", "The same as line 2."),
        (4, "member", ""),
        (5, "asked", ""),
        (6, "fault", "The e-mail address is missing."),
        (7, "fault", "This is no e-mail address."),
        (8, "fault", "The role can be athlete, assistant or coach."),
        (9, "fault", "This row has more cells than the heading."),
        (10, "invite", ""),
    ]
    assert Invitation.objects.count() == 1


def test_looking_first_changes_nothing_and_then_it_is_done_as_shown(cast: Cast, browser_of: Browser) -> None:
    browser, listed = browser_of(cast.coach), text(cast)
    looked = browser.post(PAGE, {"text": listed})
    assert (looked.status_code, looked.context["inviting"], looked.context["faults"]) == (200, 2, 4)
    assert "Leave out the 4 rows with faults" in looked.content.decode()
    assert Invitation.objects.count() == 1
    shown = {"text": listed, "shown": looked.context["shown"]}

    held = browser.post(PAGE, shown)
    assert (held.status_code, held.context["refused"]) == (
        422,
        "Mend the rows with faults, or tick that they are left out.",
    )
    assert held.context["form"]["text"].value() == listed
    assert Invitation.objects.count() == 1

    assert browser.post(PAGE, shown | {"leave_out": "on"})["Location"] == "/squads/dawn-patrol/invitations/"
    made = Invitation.objects.filter(created_at=NOW).order_by("pk")
    assert [(each.email, each.role) for each in made] == [
        ("new@x.example", "athlete"),
        ("helper@x.example", "assistant"),
    ]
    assert list(Invitation.objects.unsent(NOW).filter(created_at=NOW)) == list(made.order_by("-pk"))
    assert AuditEntry.objects.filter(action="invitation.make", actor=cast.coach).count() == 3


def test_what_has_changed_since_is_shown_anew(cast: Cast, browser_of: Browser) -> None:
    browser, listed = browser_of(cast.coach), "a@x.example\nb@x.example"
    shown = browser.post(PAGE, {"text": listed}).context["shown"]
    invite(squad=cast.squad, actor=cast.coach, email="a@x.example", role="athlete", now=NOW)
    again = browser.post(PAGE, {"text": listed, "shown": shown})
    assert (again.status_code, again.context["inviting"]) == (422, 1)
    assert again.context["refused"] == "Something has changed since you looked. Look once more, then invite."
    other = browser.post(PAGE, {"text": f"{listed}\nc@x.example", "shown": again.context["shown"]})
    assert other.status_code == 422
    assert Invitation.objects.count() == 1


def test_a_file_is_looked_at_and_kept_as_text(cast: Cast, browser_of: Browser) -> None:
    file = SimpleUploadedFile("club.csv", "email;name\na@x.example;Zoë\n".encode("cp1252"))
    looked = browser_of(cast.coach).post(PAGE, {"text": "", "file": file})
    assert looked.context["inviting"] == 1
    assert looked.context["form"]["text"].value() == "email;name\na@x.example;Zoë\n"


def test_too_many_open_invitations_are_nobodys(
    cast: Cast, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invite_many, "OPEN_INVITATIONS_AT_MOST", 1)
    browser, listed = browser_of(cast.coach), "a@x.example\nb@x.example"
    shown = browser.post(PAGE, {"text": listed}).context["shown"]
    assert browser.post(PAGE, {"text": listed, "shown": shown}).status_code == 422
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "a@x.example\x00"},
        {"text": "x" * 300_000},
        {"file": SimpleUploadedFile("a.csv", b"")},
        {"file": SimpleUploadedFile("a.csv", b"x" * 300_000)},
        {"file": SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n\x00\x00")},
    ],
)
def test_what_is_no_list_is_said(cast: Cast, browser_of: Browser, data: dict[str, object]) -> None:
    assert browser_of(cast.coach).post(PAGE, data).status_code == 422


def test_only_coaches_invite_lists(cast: Cast, browser_of: Browser) -> None:
    statuses = [
        (browser_of(person).get(PAGE).status_code, browser_of(person).post(PAGE, {"text": "a@x.example"}).status_code)
        for person in (cast.coach, cast.assistant, cast.athlete, cast.other_coach, None)
    ]
    assert statuses == [(200, 200), (403, 403), (403, 403), (404, 404), (302, 302)]


@pytest.mark.parametrize("rows", [3, 60])
def test_a_long_list_costs_what_a_short_one_does(
    cast: Cast, browser_of: Browser, django_assert_num_queries: Callable[..., object], rows: int
) -> None:
    people = [ListedPerson(number, f"a{number}@x.example") for number in range(rows)]
    with django_assert_num_queries(2):
        invite_many.look_over(squad=cast.squad, people=people, now=NOW)
