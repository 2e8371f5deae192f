"""The print card: what is on it, who gets it, that its code says the player's address, and that all of it fits."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
import segno
from django.conf import settings as site
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.factories import NOW, make_equipment, make_exercise, make_revision, make_routine
from tests.page_text import Text
from warmups import card as cards
from warmups.card import HEIGHT, LAYOUTS, NAME_SIZES, CardStep, Head, card, steps_height
from warmups.domain.routines import create_routine
from warmups.models import Routine
from warmups.qr_code import QUIET_ZONE, qr_code
from warmups.text_room import shortened, text_lines, text_width

# The code ----------------------------------------------------------------------------------------------------------


def modules(path: str, size: int) -> list[list[int]]:
    """What a path of runs paints dark, as a matrix."""
    grid = [[0] * size for _ in range(size)]
    for x, y, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path):
        assert length == back
        for column in range(int(x), int(x) + int(length)):
            grid[int(y)][column] = 1
    return grid


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1, max_size=300))
def test_the_code_paints_just_what_the_library_says(text: str) -> None:
    code = qr_code(text)
    wanted = segno.make(text, error="m", micro=False, boost_error=False)
    assert wanted.error == "M"
    assert modules(code.path, code.size) == [list(row) for row in wanted.matrix_iter(border=QUIET_ZONE)]
    assert re.sub(r"M\d+ \d+h\d+v1h-\d+z", "", code.path) == ""


# Room for text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 10, 1),
        ("one", 10, 1),
        ("one two", 5, 1),
        ("one two", 3, 2),
        ("unbreakable", 2, 4),
        ("一二三四五六", 3.2, 2),
        ("un\u0301e", 2.1, 1),
    ],
)
def test_lines_break_between_words_and_within_long_ones(text: str, room: float, lines: int) -> None:
    assert text_lines(text, room) == lines


@given(st.text(max_size=200), st.floats(min_value=2, max_value=80))
def test_more_room_never_takes_more_lines_than_there_is_text(text: str, room: float) -> None:
    assert 1 <= text_lines(text, room) <= max(1, len(text))
    assert text_lines(text, text_width(text) + 1) == 1


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("Hips level", 10, "Hips level"),
        ("Hips level, knees out", 13, "Hips level…"),
        ("Hips level, knees out", 12, "Hips level…"),
        ("Donaudampfschiff", 8, "Donauda…"),
        ("Hips level", 0, ""),
    ],
)
def test_long_notes_end_between_words(text: str, most: int, short: str) -> None:
    assert shortened(text, most) == short


# The layout --------------------------------------------------------------------------------------------------------


def step(number: int = 1, name: str = "Glute bridge", note: str = "Ribs down.", **fields: Any) -> Any:
    """A step that was never saved: ten repetitions."""
    exercise = SimpleNamespace(cues=["Push the ground away"], summary="Lift the hips.", poses_digest="")
    dose = {"mode": "reps", "sets": 1, "reps": 10, "hold_seconds": None, "metres": None, "sides": None}
    values = {"position": number, "exercise_name": name, "note": note, "exercise": exercise} | dose
    return SimpleNamespace(**values | fields)


def head(name: str = "Before intervals", **fields: Any) -> Head:
    values = {
        "summary": "6 min · 5 exercises",
        "roles": "Prepares: Force",
        "scan": "Scan to do it with your phone.",
        "code": qr_code("https://prestride.example.org/warm-up/try/12/"),
    }
    return Head(name=name, **values | fields)


@pytest.mark.parametrize(
    ("count", "columns", "least"),
    [(1, 1, 100), (2, 1, 100), (3, 1, 75), (4, 1, 55), (6, 1, 35), (7, 2, 40), (12, 2, 35), (18, 3, 20), (30, 3, 15)],
)
def test_few_steps_are_large_and_many_are_a_grid(count: int, columns: int, least: float) -> None:
    layout = card(head(), [step(number) for number in range(1, count + 1)]).layout
    assert layout.columns == columns
    assert layout.figure >= least


def test_a_note_comes_before_a_cue_and_a_cue_before_the_summary() -> None:
    bare = SimpleNamespace(cues=[], summary="Lift the hips.", poses_digest="")
    made = card(head(), [step(), step(note=""), step(note="", exercise=bare)])
    assert [each.note for each in made.steps] == ["Ribs down.", "Push the ground away", "Lift the hips."]


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(words.map(lambda t: t[:80]), words.map(lambda t: t[:200])), min_size=1, max_size=30),
    words.map(lambda t: t[:80]),
)
def test_whatever_is_written_fits(texts: list[tuple[str, str]], name: str) -> None:
    made = card(head(name), [step(number, *text) for number, text in enumerate(texts, start=1)])
    assert cards.steps_room(made.head, made.name_size) >= steps_height(made.steps, made.layout)


@pytest.mark.parametrize("letter", ["W", "i", "一", "ж", "🏃"])
def test_the_longest_of_everything_fits(letter: str) -> None:
    dose = {"mode": "hold", "sets": 10, "reps": 200, "hold_seconds": 600, "sides": "each"}
    made = card(head(letter * 80), [step(number, letter * 80, letter * 200, **dose) for number in range(1, 31)])
    assert cards.steps_room(made.head, made.name_size) >= steps_height(made.steps, made.layout)


def test_thirty_long_names_stay_whole() -> None:
    name = "Half-kneeling hip-flexor rock with trunk rotation and a long overhead reach away"
    made = card(head(), [step(number, name, note="Hips level. " * 16) for number in range(1, 31)])
    assert {each.name for each in made.steps} == {name}


def test_notes_stay_whole_where_they_fit() -> None:
    note = "Keep the hips level and the knee over the toes, and breathe out. " * 3
    made = card(head(), [step(number, note=note[:200].strip()) for number in range(1, 13)])
    assert {each.note for each in made.steps} == {note[:200].strip()}


def test_the_style_sheet_has_the_same_lengths() -> None:
    sheet = (site.BASE_DIR / "static" / "css" / "card.css").read_text()
    said = {
        name: {key: float(value) for key, value in re.findall(r"--(\w+): ([\d.]+);", body)}
        for name, body in re.findall(r"  \.print-card--([\w-]+) \{([^}]*)\}", sheet)
    }
    assert said == {
        layout.name: {
            "columns": layout.columns,
            "figure": layout.figure,
            "title": layout.title,
            "dose": layout.dose,
            "cue": layout.cue,
        }
        for layout in LAYOUTS
    } | {f"name-{each.name}": {"name": each.size} for each in NAME_SIZES}
    assert f"block-size: calc(var(--mm) * {HEIGHT:g});" in sheet


# The page ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_card_says_it_all(client: Client, athlete: User) -> None:
    bridge = make_exercise("bridge", name="Glute bridge", unilateral=False, running_role="force")
    bridge.equipment.add(make_equipment("mini-band"))
    make_exercise("hold", name="Single-leg stance", mode="hold", reps=1, hold_seconds=20, cues=["Tall and calm"])
    steps = [
        {"exercise": "bridge", "sets": 2, "reps": 10, "equipment": ["mini-band"], "note": "Ribs down", "rank": 1},
        {"exercise": "hold", "sets": 1, "reps": 1, "hold_seconds": 20, "sides": "each", "rank": 2},
    ]
    routine = create_routine(owner=athlete, actor=athlete, name="Before intervals", steps=steps, now=NOW)
    client.force_login(athlete, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(f"/routines/{routine.pk}/card/")
    page = Text(response)
    assert response.status_code == 200
    for text in (
        "Before intervals",
        "3 min · 2 exercises · mini band",
        "Prepares: Push into the ground · Steady on one leg",
        "1 Glute bridge",
        "2 × 10 reps",
        "Ribs down",
        "2 Single-leg stance",
        "20 s hold each side",
        "Tall and calm",
        f"http://testserver/warm-up/try/{routine.pk}/",
        "Version 1, 15 Mar 2027",
    ):
        assert text in page


@pytest.mark.django_db
def test_the_code_leads_to_the_player_of_this_routine(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "SITE_URL", "https://prestride.example.org")
    routine = make_routine()
    page = client.get(f"/routines/{routine.pk}/card/").content.decode()
    address = f"https://prestride.example.org/warm-up/try/{routine.pk}/"
    assert f'd="{qr_code(address).path}"' in page
    assert f'aria-label="QR code that leads to {address}"' in page
    assert client.get(f"/warm-up/try/{routine.pk}/").status_code == 200


@pytest.mark.django_db
def test_the_card_is_for_who_sees_the_routine(client: Client, athlete: User, coach: User) -> None:
    routine = make_routine("Secret sauce", owner=athlete)
    for person, status in ((None, 404), (coach, 404), (athlete, 200)):
        client.logout()
        if person:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        response = client.get(f"/routines/{routine.pk}/card/")
        assert response.status_code == status
    assert "signed in" in Text(response)
    assert client.post(f"/routines/{routine.pk}/card/").status_code == 405


@pytest.mark.django_db
def test_the_card_is_of_the_current_revision(client: Client) -> None:
    routine = make_routine(exercises=[make_exercise(name="Old one")])
    revision = make_revision(routine, [make_exercise(name="New one")])
    Routine.objects.filter(pk=routine.pk).update(current=revision, latest=revision)
    page = Text(client.get(f"/routines/{routine.pk}/card/"))
    assert "1 New one" in page
    assert "Old one" not in page
    assert "Version 2, 15 Mar 2027" in page


@pytest.mark.django_db
def test_the_library_says_how_far_it_was_reviewed(client: Client, athlete: User) -> None:
    page = Text(client.get(f"/routines/{make_routine().pk}/card/"))
    assert "Not yet reviewed by a clinician. Sharp pain: stop." in page
    assert "signed in" not in page


@pytest.mark.django_db
def test_typed_markup_is_text(client: Client) -> None:
    routine = make_routine("<b>Bold</b>", exercises=[make_exercise(name="<i>Lunge</i>")])
    page = client.get(f"/routines/{routine.pk}/card/").content.decode()
    assert "<b>Bold" not in page
    assert "<i>Lunge" not in page


def test_a_step_without_poses_has_no_address_of_a_figure() -> None:
    made = card(head(), [step()])
    assert [each.figure for each in made.steps] == [""]
    assert isinstance(made.steps[0], CardStep)
