"""The library and routines: what people see, and what they may press."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import Cast
from tests.factories import edit_exercise, make_activation, make_equipment, make_exercise, make_muscle, make_routine
from tests.page_text import Text, see
from warmups.models import ExerciseMuscle, Routine

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]


@pytest.fixture
def visitor(browser_of: BrowserOf) -> Client:
    return browser_of(None)


def names(text: Text) -> list[str]:
    """The exercises a list shows, in order."""
    return [word for word, href in text.links.items() if href.startswith("/exercises/") and href != "/exercises/"]


# --- The library -----------------------------------------------------------------------------------------------------


def test_the_library_shows_what_is_published(visitor: Client) -> None:
    for status in ("published", "draft", "in-review", "retired"):
        make_exercise(f"is-{status}", name=f"Is {status}", status=status, summary=f"Sum of {status}.", sets=2)
    text = see(visitor, "/exercises/")
    assert names(text) == ["Is published"]
    assert ("1 exercise" in text, "Sum of published." in text, "2 × 8" in text) == (True, True, True)


def test_an_empty_library_says_what_will_be_here(visitor: Client) -> None:
    assert "Here will be the exercises that curators have published." in see(visitor, "/exercises/")


def test_search_and_filters_in_the_address(visitor: Client) -> None:
    make_exercise("bridge", name="Bridge", lying=True)
    make_exercise("squat", name="Squat").equipment.add(make_equipment())
    assert names(see(visitor, "/exercises/?q=bri")) == ["Bridge"]
    assert names(see(visitor, "/exercises/?lying=false&equipment=mini-band")) == ["Squat"]
    nothing = see(visitor, "/exercises/?q=bri&lying=false")
    assert ("Nothing fits all of that" in nothing, nothing.links["Show all exercises"]) == (True, "/exercises/")


def test_what_was_typed_and_chosen_stays(visitor: Client) -> None:
    make_equipment()
    answer = visitor.get('/exercises/?q="bri"<b>&phase=raise&equipment=mini-band&max_difficulty=3')
    html = answer.content.decode()
    assert 'value="&quot;bri&quot;&lt;b&gt;"' in html
    form = answer.context["form"]
    assert [form[name].value() for name in ("phase", "equipment", "max_difficulty")] == ["raise", ["mini-band"], "3"]


@pytest.mark.parametrize(
    "query",
    [
        "phase=warm",
        "equipment=jet-pack",
        "max_difficulty=99999999999999999999",
        "muscle=brain",
        "lying=maybe",
        "avoid=x",
    ],
)
def test_a_bad_filter_is_told_and_left_aside(visitor: Client, query: str) -> None:
    make_exercise("squat", name="Squat")
    text = see(visitor, f"/exercises/?{query}")
    assert ("We left this filter aside." in text, names(text)) == (True, ["Squat"])


def test_htmx_gets_the_list_and_a_tidy_address(visitor: Client) -> None:
    make_exercise("squat", name="Squat")
    address = "/exercises/?q=squat&phase=&muscle=&avoid=groin-pain"
    answer = visitor.get(address, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (b"<main" in answer.content, names(Text(answer))) == (False, ["Squat"])
    assert answer["HX-Replace-Url"] == "/exercises/?q=squat&avoid=groin-pain"
    assert "HX-Request" in answer["Vary"]
    # Going back asks for the whole page.
    whole = visitor.get(address, headers={"HX-Request": "true", "HX-Request-Type": "full"})
    assert (b"<main" in whole.content, "HX-Replace-Url" in whole) == (True, False)


# --- Routines --------------------------------------------------------------------------------------------------------


def test_routines_by_where_they_come_from(cast: Cast, browser_of: BrowserOf, visitor: Client) -> None:
    make_routine("From the library", description="Good for all.")
    make_routine("My own", owner=cast.athlete)
    make_routine("Somebody's", owner=cast.other_coach)
    cast.squad.default_routine = make_routine("Our squad's", owner=cast.coach)
    cast.squad.save()
    headings = {"Yours", "Through your squads", "Library", "From the library", "My own", "Our squad's", "Somebody's"}

    def seen(client: Client) -> list[str]:
        return [word for word in see(client, "/routines/").words if word in headings]

    assert seen(visitor) == ["From the library"]
    assert seen(browser_of(cast.athlete)) == [
        "Yours",
        "My own",
        "Through your squads",
        "Our squad's",
        "Library",
        "From the library",
    ]
    assert "Good for all." in see(visitor, "/routines/")


def test_no_routines_yet(visitor: Client) -> None:
    assert "Here will be the routines that curators have published." in see(visitor, "/routines/")


def test_one_routine(visitor: Client) -> None:
    squat, plank = make_exercise("squat", name="Squat"), make_exercise("plank", name="Plank", summary="Hold still.")
    ExerciseMuscle.objects.create(exercise=squat, muscle=make_muscle("soleus", name="calf"), role="primary")
    make_activation(squat, make_muscle("gluteus-medius", name="glute med"), mean=70)
    routine = make_routine("Two", exercises=[squat, plank], description="Short and good.")
    text = see(visitor, f"/routines/{routine.pk}/")
    for words in ("Short and good.", "3 min 2 exercises", "8 each side", "Hold still.", "Glute med 48 s", "calf."):
        assert words in text, words
    assert "Steady on one leg 96 s" in text
    assert "Version 1, 5 Dec 2026." in text
    assert text.links["Squat"] == "/exercises/squat/"
    assert text.links["Try it now"] == f"/warm-up/try/{routine.pk}/"
    assert ("Copy to my routines" in text, "Archive" in text) == (False, False)


def test_a_step_says_what_it_said(visitor: Client) -> None:
    exercise = make_exercise("squat", name="Squat")
    routine = make_routine(exercises=[exercise])
    edit_exercise(exercise, name="Renamed", reps=20)
    text = see(visitor, f"/routines/{routine.pk}/")
    assert ("Squat" in text, "8 each side" in text, "Renamed" in text) == (True, True, False)


def test_copying(cast: Cast, browser_of: BrowserOf) -> None:
    library = make_routine("From the library")
    client = browser_of(cast.athlete)
    assert "Copy to my routines" in see(client, f"/routines/{library.pk}/")
    answer = client.post(f"/routines/{library.pk}/copy/", follow=True)
    copy = Routine.objects.get(owner=cast.athlete)
    assert answer.redirect_chain == [(f"/routines/{copy.pk}/", 302)]
    text = Text(answer)
    assert "It is yours now. Changes to the original will not change it." in text
    assert text.links["From the library"] == f"/routines/{library.pk}/"
    assert "Copy to my routines" not in text


def test_only_a_post_copies_and_only_what_one_sees(cast: Cast, browser_of: BrowserOf) -> None:
    library, secret = make_routine(), make_routine(owner=cast.other_coach)
    client = browser_of(cast.athlete)
    assert client.get(f"/routines/{library.pk}/copy/").status_code == 405
    assert client.post(f"/routines/{secret.pk}/copy/").status_code == 404
    assert browser_of(None).post(f"/routines/{library.pk}/copy/").status_code == 302
    assert Routine.objects.filter(copied_from__isnull=False).count() == 0


def test_archiving_asks_first(cast: Cast, browser_of: BrowserOf) -> None:
    own, library = make_routine("My own", owner=cast.athlete), make_routine()
    client = browser_of(cast.athlete)
    assert see(client, f"/routines/{own.pk}/").links["Archive"] == f"/routines/{own.pk}/archive/"
    assert "Archive My own?" in see(client, f"/routines/{own.pk}/archive/")
    assert Routine.objects.get(pk=own.pk).archived_at is None
    answer = client.post(f"/routines/{own.pk}/archive/", follow=True)
    text = Text(answer)
    assert ("My own is archived." in text, "My own" in text.links) == (True, False)
    archived = see(client, f"/routines/{own.pk}/")
    assert ("This routine is archived." in archived, "Try it now" in archived) == (True, False)
    assert client.post(f"/routines/{library.pk}/archive/").status_code == 403
    assert browser_of(cast.other_athlete).post(f"/routines/{own.pk}/archive/").status_code == 404
    assert browser_of(cast.curator).post(f"/routines/{library.pk}/archive/").status_code == 302


@pytest.mark.parametrize(
    "address", ["/routines/0/", "/routines/99999999999999999999999/", "/routines/x/", "/exercises/x/"]
)
def test_nothing_there(visitor: Client, address: str) -> None:
    assert visitor.get(address).status_code == 404
