"""The page of suggestions: every wish, what is wrong beside the wish, and a suggestion kept as one's own routine."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from accounts.models import AuditEntry
from tests.conftest import Cast
from tests.factories import NOW, make_activation, make_equipment, make_exercise, make_muscle
from tests.test_bad_input import QUERIES, raw
from warmups.domain.exercises import retire_exercise
from warmups.domain.suggesting import suggest
from warmups.models import Exercise, Routine
from warmups.views import suggestions

pytestmark = pytest.mark.django_db

PAGE = "/routines/suggest/"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def library(db: None) -> None:
    """Four exercises of a minute: standing, lying (half of one), banded, hard."""
    glute = make_muscle("gluteus-medius")
    make_activation(make_exercise("squat", name="Squat", running_role="force", difficulty=1), glute)
    make_exercise("bridge", name="Bridge", lying=True, reps=4, running_role="hip-extension", difficulty=1)
    banded = make_exercise("side-step", name="Side step", running_role="mobility", difficulty=1)
    banded.equipment.add(make_equipment("mini-band"))
    hard = {"running_role": "stiffness", "difficulty": 4, "contraindications": ["groin-pain"]}
    make_exercise("bound", name="Bound", **hard)


def names(client: Client, query: str = "") -> list[str]:
    """What is suggested."""
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200, faults(answer)
    return names_in(answer.content.decode())


def names_in(page: str) -> list[str]:
    return sorted(re.findall(r'step-number">\d+</span> <a href="[^"]*">([^<]*)<', page))


def faults(answer: Any) -> dict[str, list[str]]:
    """What stands beside each wish."""
    places = re.findall(r'id="fault-(\w+)"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    found = {name: [html.unescape(text) for text in re.findall("<li>(.*?)</li>", list_)] for name, list_ in places}
    return {name: texts for name, texts in found.items() if texts}


def test_the_first_visit_shows_a_good_answer_at_once(client: Client) -> None:
    page = client.get(PAGE).content.decode()

    assert names_in(page) == ["Bound", "Bridge", "Squat"]
    assert "5 minutes before an easy run" in page
    assert "The best there is for these wishes: proven." in page
    assert "The only one here for extending the hip." in page
    assert "Gluteus medius" in page
    assert "How we choose" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?equipment=mini-band", ["Bound", "Bridge", "Side step", "Squat"]),
        ("?lying=false", ["Bound", "Squat"]),
        ("?max_difficulty=2", ["Bridge", "Squat"]),
        ("?avoid=groin-pain&avoid=wrist-pain", ["Bridge", "Squat"]),
        ("?minutes=1&include=bridge", ["Bridge"]),
        ("?lying=false&max_difficulty=2", ["Squat"]),
        ("?minutes=3&minutes=5", ["Bound", "Bridge", "Squat"]),  # the last one counts, as in every form
    ],
)
def test_every_wish_is_kept(client: Client, query: str, expected: list[str]) -> None:
    assert names(client, query) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?run_kind=race&minutes=3", "3 minutes before a race"),
        ("?run_kind=intervals&minutes=1", "1 minute before intervals"),
        ("?run_kind=recovery", "5 minutes before a recovery run"),
    ],
)
def test_a_suggestion_is_called_after_its_wishes(client: Client, query: str, words: str) -> None:
    assert f'<h2 id="suggested">{words}</h2>' in client.get(f"{PAGE}{query}").content.decode()


NUMBER = "Give a whole number from 1 to 60."


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("?minutes=", {"minutes": ["Say how many minutes you have."]}),
        ("?minutes=soon", {"minutes": [NUMBER]}),
        ("?minutes=0", {"minutes": [NUMBER]}),
        ("?minutes=-3", {"minutes": [NUMBER]}),
        ("?minutes=61", {"minutes": [NUMBER]}),
        (f"?minutes={'9' * 30}", {"minutes": [NUMBER]}),
        ("?minutes=2.5", {"minutes": [NUMBER]}),
        ("?run_kind=walk", {"run_kind": ["Choose one of these runs."]}),
        ("?lying=perhaps", {"lying": ["Choose one of these two."]}),
        ("?max_difficulty=6", {"max_difficulty": ["Choose one of these."]}),
        ("?equipment=barbell", {"equipment": ["We know no equipment called barbell."]}),
        ("?avoid=rain", {"avoid": ["We know nothing called rain to avoid."]}),
        (f"?include={quote('🏃')}", {"include": ["There is no exercise “🏃” to choose."]}),
        (
            "?include=bridge&lying=false",
            {"include": ["Bridge is done on the ground: allow that, or leave the exercise out."]},
        ),
        (
            "?include=side-step",
            {"include": ["Side step needs equipment that you don't have at hand: add it, or leave the exercise out."]},
        ),
        (
            "?include=bound&max_difficulty=1",
            {"include": ["Bound is harder than you wish: allow more, or leave the exercise out."]},
        ),
        (
            "?minutes=1&include=squat&include=bridge&include=bound",
            {"minutes": ["What you include takes 3 minutes. Take that long, or include less."]},
        ),
        ("?minutes=61&run_kind=walk", {"minutes": [NUMBER], "run_kind": ["Choose one of these runs."]}),
    ],
)
def test_what_is_wrong_stands_beside_the_wish(client: Client, query: str, wrong: dict[str, list[str]]) -> None:
    answer = client.get(f"{PAGE}{query}")

    assert (answer.status_code, faults(answer)) == (422, wrong)
    assert 'class="error-summary" role="alert"' in answer.content.decode()
    live = client.get(f"{PAGE}{query}", headers=PARTIAL)
    assert (live.status_code, faults(live)) == (422, wrong)


def test_what_fits_nothing_names_the_wish_to_relax(client: Client, cast: Cast) -> None:
    for exercise in Exercise.objects.filter(lying=False):
        retire_exercise(exercise=exercise, actor=cast.curator, now=NOW)

    refused = faults(client.get(f"{PAGE}?lying=false"))
    assert refused == {"lying": ["Nothing fits while standing only. Allow the ground."]}


@pytest.mark.parametrize("name", ["minutes", "run_kind", "equipment", "lying", "max_difficulty", "avoid", "include"])
def test_whatever_is_in_the_address_is_survived(cast: Cast, browser_of: Callable[..., Client], name: str) -> None:
    browser = browser_of(cast.athlete)
    for value in QUERIES:
        query = f"?{name}={raw(value)}"
        page, player = browser.get(f"{PAGE}{query}"), browser.get(f"/warm-up/suggested/{query}")
        kept = browser.post(f"{PAGE}{query}")

        # A NUL is refused before anybody knows what it is for; all else is a wish, or told beside it. The way from the
        # player to there is as long as an address may be.
        fine = page.status_code == 200
        told = (422, 302 if len(query) < 16_000 else 400, 422)
        expected = (400, 400, 400) if "%00" in query else (200, 200, 302) if fine else told
        assert (page.status_code, player.status_code, kept.status_code) == expected, query[:60]
        assert list(faults(page)) == ([] if fine or "%00" in query else [name]), query[:60]
        assert "<script>alert" not in page.content.decode()


def test_nothing_typed_is_lost(client: Client) -> None:
    query = (
        "?minutes=soon&run_kind=race&equipment=mini-band&lying=false&max_difficulty=3&avoid=groin-pain&include=squat"
    )
    page = client.get(f"{PAGE}{query}").content.decode()

    assert re.findall('<input type="number"[^>]* value="([^"]*)"', page) == ["soon"]
    assert re.findall(r'<option value="([^"]*)" selected', page) == ["race", "3"]
    assert re.findall(r'value="([^"]*)"[^>]* checked', page) == ["mini-band", "false", "squat", "groin-pain"]


def test_htmx_gets_the_answer_alone_and_the_address_to_share(client: Client) -> None:
    answer = client.get(f"{PAGE}?avoid=&include=squat&lying=true&minutes=2&max_difficulty=5", headers=PARTIAL)
    page = answer.content.decode()

    assert answer["HX-Replace-Url"] == f"{PAGE}?minutes=2&include=squat"
    assert ("<html" in page, 'class="wishes"' in page) == (False, False)


def test_going_back_gets_all_of_it_with_htmx_too(client: Client) -> None:
    page = client.get(PAGE, headers={"HX-Request": "true", "HX-Request-Type": "full"}).content.decode()
    assert 'class="wishes"' in page


def test_the_address_of_a_suggestion_says_all_of_it(client: Client) -> None:
    query = "?minutes=3&run_kind=race&equipment=mini-band&lying=false&avoid=groin-pain&include=squat"
    live = client.get(f"{PAGE}{query}", headers=PARTIAL)

    assert live["HX-Replace-Url"] == f"{PAGE}{query}"
    assert names(client, query) == names_in(live.content.decode())


def test_the_same_wishes_are_solved_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    monkeypatch.setattr(suggestions, "suggest", lambda wishes: solved.append(wishes) or suggest(wishes))
    same = ("", "?minutes=5", "?minutes=5&lying=true&run_kind=easy", "?max_difficulty=5")
    assert {tuple(names(client, query)) for query in same} == {("Bound", "Bridge", "Squat")}
    assert len(solved) == 1

    make_exercise("hop", name="Hop", difficulty=1)
    assert names(client) == ["Bound", "Bridge", "Hop", "Squat"]


# --- Keeping ----------------------------------------------------------------------------------------------------------
def test_a_suggestion_is_kept_as_ones_own(cast: Cast, browser_of: Callable[..., Client]) -> None:
    query = "?minutes=3&run_kind=race&equipment=mini-band&lying=false&avoid=groin-pain"
    browser = browser_of(cast.athlete)
    shown = names(browser, query)
    answer = browser.post(f"{PAGE}{query}", {"steps": "bridge", "minutes": "60", "include": "bridge"})

    routine = Routine.objects.get(owner=cast.athlete)
    assert (answer.status_code, answer["Location"]) == (302, f"/routines/{routine.pk}/edit/")
    assert routine.name == "3 minutes before a race"
    assert routine.description == "Suggested with mini band at hand, standing only."
    steps = list(routine.current.steps.all())
    assert sorted(step.exercise_name for step in steps) == shown == ["Side step", "Squat"]
    assert sorted(step.rank for step in steps) == [1, 2]
    entry = AuditEntry.objects.get(action="routine.create")
    assert (entry.actor, entry.target_id) == (cast.athlete, str(routine.pk))


def test_what_somebody_avoids_is_not_told_with_what_they_keep(cast: Cast, browser_of: Callable[..., Client]) -> None:
    browser_of(cast.athlete).post(f"{PAGE}?avoid=groin-pain")

    routine = Routine.objects.get(owner=cast.athlete)
    assert (routine.name, routine.description) == ("5 minutes before an easy run", "Suggested with nothing at hand.")


def test_a_visitor_is_led_back_to_the_suggestion(client: Client) -> None:
    there = f"{PAGE}?minutes=3&avoid=groin-pain"
    sign_in = f"/accounts/login/?next={quote(there, safe='')}"

    page = html.unescape(client.get(there).content.decode())
    assert f'href="{sign_in}"' in page
    assert "Keep it</button>" not in page
    answer = client.post(there)
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, "/accounts/login/")
    assert answer["Location"].endswith(quote(there, safe="/"))
    assert Routine.objects.count() == 0


def test_who_is_signed_in_may_keep_it(cast: Cast, browser_of: Callable[..., Client]) -> None:
    page = html.unescape(browser_of(cast.athlete).get(f"{PAGE}?minutes=3").content.decode())
    assert f'<form method="post" action="{PAGE}?minutes=3">' in page
    assert "Sign in to keep it" not in page


@pytest.mark.parametrize("query", ["?minutes=0", "?include=bridge&lying=false"])
def test_what_cannot_be_suggested_is_not_kept(cast: Cast, browser_of: Callable[..., Client], query: str) -> None:
    answer = browser_of(cast.athlete).post(f"{PAGE}{query}")

    assert (answer.status_code, len(faults(answer)), Routine.objects.count()) == (422, 1, 0)
