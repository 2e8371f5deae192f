"""An exercise's history in the workshop: versions listed, compared, previewed, restored; the record of other rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain.audit import record
from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_activation,
    make_equipment,
    make_exercise,
    make_muscle,
    make_study,
    make_user,
)
from warmups.domain.content import CONTENT
from warmups.domain.exercises import (
    comment_on,
    delete_draft,
    publish_exercise,
    release_exercises,
    save_draft,
    start_exercise,
    submit_for_review,
)
from warmups.models import Exercise, ExerciseMuscle, ExerciseVersion, LibraryState, library_stamp

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]

POSES = json.loads((CONTENT / "poses" / "clamshell.json").read_text())
OTHER_POSES = json.loads((CONTENT / "poses" / "fire-hydrant.json").read_text())


@pytest.fixture
def curator(cast: Cast, browser_of: BrowserOf) -> Client:
    return browser_of(cast.curator)


@pytest.fixture
def reader(cast: Cast) -> User:
    """A second curator."""
    person = make_user("Rita Reader", is_staff=True)
    person.groups.set(cast.curator.groups.all())
    return person


@pytest.fixture
def clam(cast: Cast) -> Exercise:
    """A published exercise whose second version, by the cast's curator, is a draft."""
    exercise = make_exercise("clam", name="Clam", poses=POSES, cues=["Hips level."])
    worked = {"primary": [make_muscle("gluteus-medius").slug], "secondary": []}
    change(exercise, cast.curator, cues=["Hips stacked."], name="Clamshell", muscles=worked)
    return Exercise.objects.get(pk=exercise.pk)


def change(exercise: Exercise, actor: User, *, reason: str = "Clearer.", **fields: Any) -> ExerciseVersion:
    """The next version of an exercise."""
    latest = ExerciseVersion.objects.filter(exercise=exercise).order_by("-number")[0]
    return save_draft(
        exercise=exercise,
        document=latest.document | fields,
        actor=actor,
        now=NOW + timedelta(hours=latest.number),
        reason=reason,
    )


def address(name: str, *keys: int) -> str:
    """The address of one of these pages."""
    return reverse(f"admin:warmups_exercise_{name}", args=keys)


def page_of(client: Client, where: str, status: int = 200) -> str:
    """A page's words: its main part, without tags."""
    answer = client.get(where)
    assert answer.status_code == status
    html = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition('id="content"')[2] or html).split())


# --- The history ------------------------------------------------------------------------------------------------------


def test_versions_with_who_when_why_and_what(cast: Cast, curator: Client, reader: User, clam: Exercise) -> None:
    comment_on(exercise=clam, actor=reader, now=NOW, text="Which hip?")
    submit_for_review(exercise=clam, actor=cast.curator, now=NOW)
    publish_exercise(exercise=clam, actor=reader, now=NOW)
    words = page_of(curator, address("history", clam.pk))
    assert "Cleo Curator" in words
    assert "Name, cues, muscles Clearer." in words
    assert "Published by Rita Reader" in words
    assert "1 comment" in words
    assert "Which hip?" in words
    assert words.index("Readers see it") < words.index("The first version")


def test_times_are_the_curators_own(cast: Cast, curator: Client, clam: Exercise) -> None:
    cast.curator.time_zone = "Asia/Tokyo"
    cast.curator.save()
    made = (NOW + timedelta(hours=1)).astimezone(ZoneInfo("Asia/Tokyo"))
    assert f'datetime="{made.isoformat()}"' in curator.get(address("history", clam.pk)).content.decode()


def test_a_release_and_who_published_alone(cast: Cast, browser_of: BrowserOf, clam: Exercise) -> None:
    change(clam, cast.superuser, feel="Deep.")
    submit_for_review(exercise=clam, actor=cast.superuser, now=NOW)
    publish_exercise(exercise=clam, actor=cast.superuser, now=NOW, alone_because="Nobody else is here.")
    document = ExerciseVersion.objects.get(exercise=clam, number=3).document | {"feel": "Deep down."}
    release_exercises(documents={"clam": document}, complete=["clam"], now=NOW)
    words = page_of(browser_of(cast.superuser), address("history", clam.pk))
    assert "Published alone: Nobody else is here." in words
    assert "Came with a release" in words


def test_what_is_chosen_at_first_leads_from_what_readers_see_to_the_latest(curator: Client, clam: Exercise) -> None:
    html = curator.get(address("history", clam.pk)).content.decode()
    chosen = re.findall(r'name="(from|to)" value="(\d+)" checked', html)
    assert sorted(chosen) == [("from", "1"), ("to", "2")]


def test_a_long_history_comes_in_pages(cast: Cast, curator: Client, clam: Exercise) -> None:
    for number in range(25):
        change(clam, cast.curator, feel=f"Deep {number}.")
    first, second = (curator.get(address("history", clam.pk), {"page": page}).content.decode() for page in (1, 2))
    assert re.findall(r'name="to" value="(\d+)"', first) == [str(number) for number in range(27, 7, -1)]
    assert re.findall(r'name="to" value="(\d+)"', second) == [str(number) for number in range(7, 0, -1)]
    assert "What to feel" in first.partition('value="8"')[2], "the last line tells of the page after it"
    assert "The first version" not in first


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "two", "", "٣"])
def test_a_page_that_is_none(curator: Client, clam: Exercise, page: str) -> None:
    assert curator.get(address("history", clam.pk), {"page": page}).status_code == 200


def test_the_history_costs_the_same_however_long(cast: Cast, curator: Client, clam: Exercise) -> None:
    comment_on(exercise=clam, actor=cast.curator, now=NOW, text="One.")
    where = address("history", clam.pk)
    curator.get(where)
    with CaptureQueriesContext(connection) as few:
        curator.get(where)
    for number in range(5):
        change(clam, make_user(f"Helper {number}", is_staff=True, is_superuser=True), feel=f"Deep {number}.")
        comment_on(exercise=clam, actor=make_user("Sue", is_superuser=True), now=NOW, text="More.")
    with CaptureQueriesContext(connection) as many:
        curator.get(where)
    assert len(many) == len(few)


# --- Two versions -----------------------------------------------------------------------------------------------------


def test_two_versions_side_by_side(cast: Cast, curator: Client, clam: Exercise) -> None:
    change(clam, cast.curator, poses=OTHER_POSES, reason="Another figure.")
    html = curator.get(address("compare", clam.pk), {"from": 1, "to": 3}).content.decode()
    assert "<del>" in html and "<ins>" in html
    assert "Another figure." in html
    for number in (1, 3):
        assert f"/versions/{number}/figure.svg?" in html


def test_figures_that_are_the_same_are_not_shown(curator: Client, clam: Exercise) -> None:
    html = curator.get(address("compare", clam.pk), {"from": 1, "to": 2}).content.decode()
    assert "figure.svg" not in html
    assert "Cues" in html


def test_without_numbers_from_what_readers_see_to_the_latest(cast: Cast, curator: Client, clam: Exercise) -> None:
    change(clam, cast.curator, feel="Deep.")
    assert curator.get(address("compare", clam.pk)).context["form"].data == {"from": 1, "to": 3}


def test_backwards_and_with_itself(curator: Client, clam: Exercise) -> None:
    assert "looking backwards" in page_of(curator, address("compare", clam.pk) + "?from=2&to=1")
    assert "the same version twice" in page_of(curator, address("compare", clam.pk) + "?from=2&to=2")


@pytest.mark.parametrize("number", ["0", "-1", "99", "99999999999999999999999", "two", "", "1.5", "1 or 1=1", "💥"])
def test_versions_that_are_none(curator: Client, clam: Exercise, number: str) -> None:
    for asked in ({"from": number, "to": "1"}, {"from": "1", "to": number}, {"from": number}):
        answer = curator.get(address("compare", clam.pk), asked)
        assert answer.status_code == 422
        assert "hoose" in answer.content.decode()


def test_a_version_of_another_exercise_is_none_of_this(cast: Cast, curator: Client, clam: Exercise) -> None:
    other = make_exercise("other")
    for _number in range(3):
        change(other, cast.curator, feel=f"{_number}")
    assert curator.get(address("compare", clam.pk), {"from": 1, "to": 4}).status_code == 422
    assert curator.get(address("version", clam.pk, 4)).status_code == 404


# --- The preview ------------------------------------------------------------------------------------------------------


def public_part(html: str) -> str:
    """What the page itself shows, without head, bar and what differs by request."""
    return html.partition('<article class="exercise-page"')[2].partition("</article>")[0]


def test_the_preview_is_the_page_that_readers_will_see(
    cast: Cast, curator: Client, reader: User, clam: Exercise
) -> None:
    step = make_equipment("step")
    make_muscle("soleus", in_running="It pushes.")
    make_activation(clam)
    version = change(
        clam,
        cast.curator,
        poses=OTHER_POSES,
        equipment=[step.slug],
        muscles={"primary": ["soleus"], "secondary": []},
        steps=["Lie down.", "Open."],
    )
    previewed = public_part(curator.get(address("version", clam.pk, version.number)).content.decode())
    assert "Lie down." in previewed
    submit_for_review(exercise=clam, actor=cast.curator, now=NOW)
    publish_exercise(exercise=clam, actor=reader, now=NOW)
    published = public_part(curator.get(clam.get_absolute_url()).content.decode())
    moved = previewed.replace(address("version_figure", clam.pk, version.number), "/api/v1/exercises/clam/figure.svg")
    assert moved == published


def test_a_preview_leaves_no_trace(
    curator: Client, browser_of: BrowserOf, clam: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = browser_of(None)
    before = (visitor.get("/exercises/clam/").content, library_stamp(), Exercise.objects.values().get(pk=clam.pk))
    cache.clear()
    written: list[str] = []
    keep = cache.set
    monkeypatch.setattr(cache, "set", lambda key, *rest, **more: written.append(key) or keep(key, *rest, **more))
    answer = curator.get(address("version", clam.pk, 2))
    monkeypatch.undo()
    assert b"Hips stacked." in answer.content
    assert written == []
    after = (visitor.get("/exercises/clam/").content, library_stamp(), Exercise.objects.values().get(pk=clam.pk))
    assert public_part(after[0].decode()) == public_part(before[0].decode())
    assert after[1:] == before[1:]
    assert LibraryState.objects.count() == 1


def test_a_preview_is_nobody_elses(curator: Client, clam: Exercise) -> None:
    for where in (address("version", clam.pk, 2), address("version_figure", clam.pk, 2)):
        answer = curator.get(where)
        assert answer["X-Robots-Tag"] == "noindex"
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def test_the_bar_says_which_version_it_is(cast: Cast, curator: Client, clam: Exercise) -> None:
    def bar(number: int) -> str:
        html = unescape(curator.get(address("version", clam.pk, number)).content.decode())
        words = re.sub(r"<[^>]+>", " ", html.partition('class="preview-words"')[2].partition("<span")[0])
        return " ".join(words.lstrip(">").split())

    assert bar(1) == "Preview of version 1 Readers see it now."
    assert bar(2) == "Preview of version 2 Draft. Readers don't see it yet."
    change(clam, cast.curator, feel="Deep.")
    assert bar(2) == "Preview of version 2 An older version: readers don't see it."


def test_the_side_of_a_previewed_figure(curator: Client, clam: Exercise) -> None:
    html = curator.get(address("version", clam.pk, 2), {"side": "right"}).content.decode()
    assert 'href="?side=left"' in html
    assert f"{address('version_figure', clam.pk, 2)}?" in html
    assert "/api/v1/exercises/clam/figure.svg" not in public_part(html)


def test_a_draft_that_was_never_published(cast: Cast, curator: Client) -> None:
    exercise = start_exercise(slug="new", document={"name": "New one"}, actor=cast.curator, now=NOW)
    assert "New one" in page_of(curator, address("version", exercise.pk, 1))
    assert Exercise.objects.get(pk=exercise.pk).status == "draft"


def test_a_version_that_names_what_is_gone(cast: Cast, curator: Client, clam: Exercise) -> None:
    gone = start_exercise(slug="gone", document={"name": "Gone"}, actor=cast.curator, now=NOW)
    change(clam, cast.curator, substitutes=[{"when": "hurts", "exercise": "gone"}])
    change(clam, cast.curator, substitutes=[])
    delete_draft(exercise=gone, actor=cast.curator, now=NOW)
    assert "gone" in page_of(curator, address("version", clam.pk, 3), status=409)
    answer = curator.post(address("restore", clam.pk, 3), {"reason": "", "based_on": 4})
    assert answer.status_code == 422
    assert "There is no exercise “gone”." in answer.content.decode()


# --- The figure of a version ------------------------------------------------------------------------------------------


def test_a_figure_is_drawn_from_its_versions_poses(cast: Cast, curator: Client, clam: Exercise) -> None:
    change(clam, cast.curator, poses=OTHER_POSES)
    public = curator.get("/api/v1/exercises/clam/figure.svg")
    old, named, new = (curator.get(address("version_figure", clam.pk, number)) for number in (1, 2, 3))
    assert old["Content-Type"] == public["Content-Type"] == "image/svg+xml"
    assert old.content == public.content
    assert b">Clamshell</title>" in named.content
    assert len({old.content, named.content, new.content}) == 3


def test_kind_side_and_theme(curator: Client, clam: Exercise) -> None:
    where = address("version_figure", clam.pk, 2)
    asked: list[dict[str, str]] = [
        {},
        {"theme": "dark"},
        {"side": "right"},
        {"still": "1"},
        {"still": "1", "phases": "1"},
    ]
    assert len({curator.get(where, query).content for query in asked}) == len(asked)
    odd = {"theme": "pink", "side": "up", "still": "x", "phases": "-1"}
    assert curator.get(where, odd).content == curator.get(where).content


def test_no_figure_without_poses(cast: Cast, curator: Client, clam: Exercise) -> None:
    change(clam, cast.curator, poses=None)
    assert curator.get(address("version_figure", clam.pk, 3)).status_code == 404
    assert "No figure" in page_of(curator, address("compare", clam.pk) + "?from=2&to=3")


# --- Restoring --------------------------------------------------------------------------------------------------------


def test_restoring_asks_and_then_makes_the_next_draft(cast: Cast, curator: Client, clam: Exercise) -> None:
    where = address("restore", clam.pk, 1)
    words = page_of(curator, where)
    assert "What version 1 said becomes the next draft." in words
    assert "taken out: stacked put in: level" in words
    assert ExerciseVersion.objects.filter(exercise=clam).count() == 2, "looking changes nothing"
    answer = curator.post(where, {"reason": "It was better.", "based_on": 2})
    assert answer.status_code == 302 and answer["Location"] == address("change", clam.pk)
    made = ExerciseVersion.objects.get(exercise=clam, number=3)
    assert made.document == ExerciseVersion.objects.get(exercise=clam, number=1).document
    assert (made.author, made.reason) == (cast.curator, "Restored version 1. It was better.")


def test_restoring_the_latest_does_nothing(curator: Client, clam: Exercise) -> None:
    where = address("restore", clam.pk, 2)
    assert "there is nothing to restore" in page_of(curator, where)
    assert curator.post(where, {"based_on": 2}).status_code == 302
    assert ExerciseVersion.objects.filter(exercise=clam).count() == 2


def test_somebody_saved_meanwhile(cast: Cast, curator: Client, reader: User, clam: Exercise) -> None:
    change(clam, reader, feel="Their word.")
    where = address("restore", clam.pk, 1)
    answer = curator.post(where, {"reason": "Better.", "based_on": 2})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Rita Reader saved version 3 meanwhile." in html
    assert "Their word." in html and 'value="Better."' in html
    assert 'name="based_on" value="3"' in html
    assert ExerciseVersion.objects.filter(exercise=clam).count() == 3


@pytest.mark.parametrize(
    "said",
    [
        {"reason": "x" * 201},
        {"reason": "\x00"},
        {"based_on": "-1"},
        {"based_on": "99999999999999999999"},
        {"based_on": "two"},
        {"based_on": "1"},
    ],
)
def test_what_restoring_can_make_nothing_of(curator: Client, clam: Exercise, said: dict[str, str]) -> None:
    answer = curator.post(address("restore", clam.pk, 1), {"reason": "", "based_on": "2"} | said)
    assert answer.status_code == 422
    assert ExerciseVersion.objects.filter(exercise=clam).count() == 2


def test_the_longest_reason_is_kept_whole(curator: Client, clam: Exercise) -> None:
    curator.post(address("restore", clam.pk, 1), {"reason": "x" * 160, "based_on": 2})
    assert ExerciseVersion.objects.get(exercise=clam, number=3).reason == "Restored version 1. " + "x" * 160


# --- Who may ----------------------------------------------------------------------------------------------------------

PAGES = [("history", 0), ("compare", 0), ("version", 1), ("version_figure", 1), ("restore", 1)]


@pytest.mark.parametrize(("name", "numbers"), PAGES)
def test_curators_alone(cast: Cast, browser_of: BrowserOf, clam: Exercise, name: str, numbers: int) -> None:
    where = address(name, clam.pk, *[2] * numbers)
    staff = make_user("Stan Staff", is_staff=True)
    got = {
        who: browser_of(person).get(where).status_code
        for who, person in {
            "visitor": None,
            "athlete": cast.athlete,
            "staff": staff,
            "curator": cast.curator,
            "superuser": cast.superuser,
        }.items()
    }
    assert got == {"visitor": 302, "athlete": 302, "staff": 403, "curator": 200, "superuser": 200}


def test_others_restore_nothing(cast: Cast, browser_of: BrowserOf, clam: Exercise) -> None:
    staff = make_user("Stan Staff", is_staff=True)
    for person, status in ((None, 302), (cast.athlete, 302), (staff, 403)):
        assert browser_of(person).post(address("restore", clam.pk, 1)).status_code == status
    assert ExerciseVersion.objects.filter(exercise=clam).count() == 2


@pytest.mark.parametrize(("name", "numbers"), PAGES)
def test_what_is_not_there(curator: Client, clam: Exercise, name: str, numbers: int) -> None:
    huge = 10**30
    assert curator.get(address(name, 10**6, *[1] * numbers)).status_code == 404
    assert curator.get(address(name, huge, *[1] * numbers)).status_code in (400, 404)
    if numbers:
        assert curator.get(address(name, clam.pk, 99)).status_code == 404
        assert curator.get(address(name, clam.pk, huge)).status_code in (400, 404)


# --- The record of other rows -----------------------------------------------------------------------------------------


def record_of(client: Client, row: Any) -> str:
    return page_of(client, reverse(f"admin:warmups_{row._meta.model_name}_history", args=[row.pk]))


def test_what_changed_on_a_row_in_words(cast: Cast, curator: Client) -> None:
    study, other = make_study("old", citation="Old A"), make_study("new", citation="New B")
    row = make_activation(make_exercise(), study=study)
    before, after = (
        {"study": study.pk, "mean": 60, "rankable": True},
        {"study": other.pk, "mean": 62, "rankable": False},
    )
    record(actor=cast.curator, action="activation.change", target=row, now=NOW, before=before, after=after)
    words = record_of(curator, row)
    assert "Changed by Cleo Curator" in words
    assert "taken out: Old A put in: New B" in words
    assert "taken out: 60 put in: 62" in words
    assert "taken out: yes put in: no" in words


def test_a_row_that_nobody_changed(curator: Client) -> None:
    assert "Nobody has changed it here" in record_of(curator, make_muscle("soleus"))


def test_what_an_entry_says_of_what_is_gone(cast: Cast, curator: Client) -> None:
    row = make_activation(make_exercise())
    before, after = {"study": 987654, "gone": "x"}, {"study": "odd", "gone": {"deep": [1]}}
    record(actor=None, action="activation.odd-deed", target=row, now=NOW, before=before, after=after)
    words = record_of(curator, row)
    assert "Odd deed" in words
    assert "987654" in words


def test_the_record_of_another_row_is_not_shown(cast: Cast, curator: Client) -> None:
    row, other = make_muscle("soleus"), make_muscle("tibialis-anterior")
    record(actor=cast.curator, action="muscle.change", target=other, now=NOW, after={"name": "Shin"})
    assert "Shin" not in record_of(curator, row)
    assert "Shin" in record_of(curator, other)


def test_who_may_see_a_record(cast: Cast, browser_of: BrowserOf) -> None:
    where = reverse("admin:warmups_muscle_history", args=[make_muscle("soleus").pk])
    staff = make_user("Stan Staff", is_staff=True)
    got = [browser_of(person).get(where).status_code for person in (None, cast.athlete, staff, cast.curator)]
    assert got == [302, 302, 403, 200]
    assert browser_of(cast.curator).get(where.replace("/history", "99999/history")).status_code == 302


def test_a_record_costs_the_same_however_long(cast: Cast, curator: Client) -> None:
    row = make_activation(make_exercise())
    where = reverse("admin:warmups_activation_history", args=[row.pk])

    def more(number: int) -> None:
        actor = make_user(f"Helper {number}")
        after = {"study": make_study().pk, "muscle": make_muscle(f"muscle-{number}").pk}
        record(actor=actor, action="activation.change", target=row, now=NOW, after=after)

    more(1)
    with CaptureQueriesContext(connection) as one:
        curator.get(where)
    more(2)
    more(3)
    with CaptureQueriesContext(connection) as three:
        curator.get(where)
    assert len(three) == len(one)
    assert AuditEntry.objects.filter(target_id=str(row.pk)).count() == 3


def test_muscles_of_the_rows_stay_as_they_were(curator: Client, clam: Exercise) -> None:
    ExerciseMuscle.objects.create(exercise=clam, muscle=make_muscle("soleus"), role="primary")
    before = list(ExerciseMuscle.objects.values())
    curator.get(address("version", clam.pk, 2))
    assert list(ExerciseMuscle.objects.values()) == before
