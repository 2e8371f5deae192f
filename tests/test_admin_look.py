"""The admin as the curators' workshop: who finds what on its pages, and whether everybody can read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.conftest import Cast
from tests.factories import NOW, document_of, make_activation, make_exercise, make_muscle
from warmups.domain.exercises import save_draft, submit_for_review
from warmups.models import MediaFile

pytestmark = pytest.mark.django_db

BrowserOf = Callable[[User | None], Client]
LIST = "/admin/warmups/exercise/"


def shelves(browser: Client) -> dict[str, list[str]]:
    """What the start page offers, by shelf."""
    answer = browser.get("/admin/")
    assert answer.status_code == 200
    return {str(shelf["name"]): [str(each["name"]) for each in shelf["models"]] for shelf in answer.context["app_list"]}


def names(browser: Client, query: str = "") -> list[str]:
    """The exercises in the list."""
    return [row.name for row in browser.get(f"{LIST}{query}").context["cl"].result_list]


def test_a_curator_finds_the_content_and_nothing_of_people(cast: Cast, browser_of: BrowserOf) -> None:
    found = shelves(browser_of(cast.curator))
    assert [name for name in found if name in ("People", "Squads and runs", "More")] == []
    assert found["Evidence"] == ["Studies", "Muscle activations", "Outcomes", "Gluteal indices"]
    assert "Exercises" in found["Exercises and routines"]


def test_a_superuser_finds_people_and_squads_too(cast: Cast, browser_of: BrowserOf) -> None:
    found = shelves(browser_of(cast.superuser))
    assert found["People"][0] == "People"
    assert found["Squads and runs"][0] == "Squads"
    assert "More" not in found


def test_staff_without_a_right_are_told_that_nothing_is_theirs(cast: Cast, browser_of: BrowserOf) -> None:
    cast.athlete.is_staff = True
    cast.athlete.save()
    browser = browser_of(cast.athlete)
    assert shelves(browser) == {}
    assert "There is nothing here for you yet." in browser.get("/admin/").content.decode()


def test_who_is_no_curator_is_told_so_and_not_sent_in_a_circle(cast: Cast, browser_of: BrowserOf) -> None:
    answer = browser_of(cast.athlete).get("/admin/", follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (403, 1)
    text = answer.content.decode()
    assert "This is the curators" in text
    assert cast.athlete.email in text


def test_a_password_is_changed_where_everyone_does_it(cast: Cast, browser_of: BrowserOf) -> None:
    answer = browser_of(cast.curator).get("/admin/password_change/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/change/")


def test_the_start_page_shows_what_waits_for_others_to_read(cast: Cast, browser_of: BrowserOf) -> None:
    exercise = make_exercise("fire-hydrant", name="Fire hydrant", status="published")
    size = {"width": 10, "height": 10, "size": 10}
    MediaFile.objects.create(name="a.webp", kind="image", content_type="image/webp", added_at=NOW, **size)
    changed = document_of(exercise) | {
        "summary": "Said otherwise.",
        "muscles": {"primary": [make_muscle().slug], "secondary": []},
        "media": [{"file": "a.webp", "alt": "A runner on hands and knees", "caption": ""}],
    }
    save_draft(exercise=exercise, document=changed, actor=cast.curator, now=NOW, reason="Shorter", based_on=1)
    exercise.refresh_from_db()
    submit_for_review(exercise=exercise, actor=cast.curator, now=NOW + timedelta(hours=1))
    of_author = browser_of(cast.curator).get("/admin/").context
    of_other = browser_of(cast.superuser).get("/admin/").context
    assert [[row.name for row in of_author["waiting"]], [row.exercise.name for row in of_author["mine"]]] == [
        [],
        ["Fire hydrant"],
    ]
    assert [[row.name for row in of_other["waiting"]], list(of_other["mine"])] == [["Fire hydrant"], []]
    assert names(browser_of(cast.curator), "?todo=review") == []
    assert names(browser_of(cast.superuser), "?todo=review") == ["Fire hydrant"]


@pytest.mark.parametrize("query", ["", "?todo=review", "?todo=overdue", "?todo=finish", "?todo=unread", "?q=hydrant"])
def test_the_list_asks_as_often_however_long_it_is(query: str, cast: Cast, browser_of: BrowserOf) -> None:
    browser = browser_of(cast.curator)
    make_exercise(name="Hydrant", status="published")
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"{LIST}{query}").status_code == 200
        counts.append(len(queries))
        for number in range(4):
            make_exercise(name=f"Hydrant {number}", status="published")
    assert counts[0] == counts[1]


@pytest.mark.parametrize("query", ["?todo=nonsense", "?q=%27%22%3C", "?p=99999999999999999999", "?status__exact=x"])
def test_the_list_takes_any_question(query: str, cast: Cast, browser_of: BrowserOf) -> None:
    assert browser_of(cast.curator).get(f"{LIST}{query}").status_code in {200, 302}


def test_the_group_reads_writes_and_deletes_nothing() -> None:
    rights = Group.objects.get(name="Curators").permissions.values_list("content_type__app_label", "codename")
    assert {app for app, _name in rights} == {"warmups"}
    assert {name.split("_")[0] for _app, name in rights} == {"view", "add", "change"}
    assert {name for _app, name in rights if name.endswith(("mediafile", "exerciseversion", "reviewcomment"))} == {
        "view_mediafile",
        "view_exerciseversion",
        "view_reviewcomment",
    }


def test_the_group_goes_and_comes_back_with_its_migration() -> None:
    migration = import_module("warmups.migrations.0002_curators")
    rights = set(Group.objects.get(name="Curators").permissions.values_list("codename", flat=True))

    class Editor:
        connection = connection

    migration.remove_group(apps, Editor)
    assert not Group.objects.filter(name="Curators").exists()
    held: Any = apps.get_app_config("warmups").models_module
    try:
        migration.add_group(apps, Editor)
    finally:
        apps.get_app_config("warmups").models_module = held
    assert set(Group.objects.get(name="Curators").permissions.values_list("codename", flat=True)) == rights


def test_a_study_lists_what_was_taken_from_it(cast: Cast, browser_of: BrowserOf) -> None:
    activation = make_activation(make_exercise(name="Fire hydrant", status="published"))
    text = browser_of(cast.curator).get(f"/admin/warmups/study/{activation.study_id}/change/").content.decode()
    assert f"/admin/warmups/activation/{activation.pk}/change/" in text
    assert "Fire hydrant" in text
