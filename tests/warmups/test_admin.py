"""Curation: what curators see and change, what is recorded, what is refused with a message."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import (
    make_activation,
    make_equipment,
    make_exercise,
    make_index,
    make_muscle,
    make_outcome,
    make_routine,
    make_study,
    make_user,
)
from tests.warmups.library_states import WAYS, routine_in
from tests.warmups.workflow_states import second_curator
from warmups.models import Activation, Equipment, Exercise, ExerciseMuscle, Muscle, Outcome, Routine, library_stamp

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]


@pytest.fixture
def curator(cast: Cast, browser_of: BrowserOf) -> Client:
    return browser_of(cast.curator)


@pytest.fixture
def admin(cast: Cast, browser_of: BrowserOf) -> Client:
    """The superuser's browser."""
    return browser_of(cast.superuser)


def page(model: str, *key: Any) -> str:
    """The address of a row's page; without a key, of the list."""
    return reverse(f"admin:warmups_{model}_{'change' if key else 'changelist'}", args=key)


def fields_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back unchanged from a page of the admin."""
    answer = client.get(address)
    assert answer.status_code == 200
    adminform = answer.context["adminform"].form
    data = {name: adminform[name].value() for name in adminform.fields}
    for inline in answer.context["inline_admin_formsets"]:
        formset = inline.formset
        for form in [formset.management_form, *formset.forms]:
            data |= {form.add_prefix(name): form[name].value() for name in form.fields}
    field = adminform.fields
    data |= {name: field[name].prepare_value(value) for name, value in data.items() if name in field}
    return {name: value for name, value in data.items() if value is not None and value is not False}


def test_who_gets_in(cast: Cast, browser_of: BrowserOf) -> None:
    exercise = make_exercise(status="draft")
    addresses = [page("exercise"), page("exercise", exercise.pk), page("muscle"), page("study"), page("routine")]
    for person, code in (
        (cast.curator, 200),
        (cast.superuser, 200),
        (cast.athlete, 302),
        (cast.coach, 302),
        (None, 302),
    ):
        assert [browser_of(person).get(address).status_code for address in addresses] == [code] * 5


def test_staff_without_the_group_see_nothing(browser_of: BrowserOf) -> None:
    assert browser_of(make_user(is_staff=True)).get(page("exercise")).status_code == 403


@pytest.mark.parametrize(
    "model", ["exercise", "muscle", "equipment", "study", "activation", "outcome", "glutealindex", "routine"]
)
def test_every_page_opens(curator: Client, model: str) -> None:
    exercise = make_exercise("squat")
    make_activation(exercise)
    make_outcome(outcome="squat depth")
    make_index(exercise)
    exercise.equipment.add(make_equipment())
    ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(), role="primary")
    make_routine(exercises=[exercise])
    assert curator.get(f"{page(model)}?q=squat").status_code == 200
    row = curator.get(page(model)).context["cl"].queryset.first()
    assert curator.get(page(model, row.pk)).status_code == 200
    assert curator.get(reverse(f"admin:warmups_{model}_add")).status_code == (403 if model == "routine" else 200)
    assert curator.post(reverse(f"admin:warmups_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_nothing_that_others_lean_on_is_deleted(admin: Client) -> None:
    published, muscle, study = make_exercise("squat"), make_muscle(), make_study()
    make_activation(published, muscle, study=study)
    for address in (
        reverse("admin:warmups_exercise_delete", args=[published.pk]),
        reverse("admin:warmups_muscle_delete", args=[muscle.pk]),
        reverse("admin:warmups_study_delete", args=[study.pk]),
    ):
        assert admin.post(address, {"post": "yes"}).status_code in (200, 403)
    assert (Exercise.objects.count(), Muscle.objects.count()) == (1, 1)


def test_equipment_that_an_exercise_needs_stays_and_says_whose_it_is(admin: Client) -> None:
    needed, spare = make_equipment("mini-band"), make_equipment("step")
    make_exercise("squat", name="Squat").equipment.add(needed)
    several = {"action": "delete_selected", "_selected_action": [needed.pk, spare.pk], "post": "yes"}
    for address, data in (
        (reverse("admin:warmups_equipment_delete", args=[needed.pk]), {"post": "yes"}),
        (reverse("admin:warmups_equipment_changelist"), several),
    ):
        assert "Squat" in admin.post(address, data).content.decode()
    assert admin.post(reverse("admin:warmups_equipment_delete", args=[spare.pk]), {"post": "yes"}).status_code == 302
    assert list(Equipment.objects.all()) == [needed]


def test_several_rows_deleted_at_once_change_the_library(admin: Client) -> None:
    activation = make_activation(make_exercise())
    stamp = library_stamp()
    data = {"action": "delete_selected", "_selected_action": [activation.pk], "post": "yes"}
    assert admin.post(page("activation"), data).status_code == 302
    assert (Activation.objects.count(), library_stamp() == stamp) == (0, False)


def test_muscles_and_studies_are_recorded(curator: Client) -> None:
    muscle = make_muscle("soleus", actions=["lifts the heel"])
    address = page("muscle", muscle.pk)
    curator.post(address, fields_of(curator, address) | {"name": "calf", "actions": "lifts the heel\nsprings"})
    muscle.refresh_from_db()
    assert (muscle.name, muscle.actions) == ("calf", ["lifts the heel", "springs"])
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["name"], entry.after["name"]) == ("muscle.change", "soleus", "calf")


def test_outcomes_and_indices_are_recorded(curator: Client) -> None:
    outcome, index = make_outcome(), make_index(make_exercise())
    for model, row, change in (("outcome", outcome, {"value": "0.70"}), ("glutealindex", index, {"value": "90"})):
        address = page(model, row.pk)
        assert curator.post(address, fields_of(curator, address) | change | {"code": "X1"}).status_code == 302
    outcome.refresh_from_db()
    index.refresh_from_db()
    assert (float(outcome.value), float(index.value), outcome.code != "X1", index.code != "X1") == (0.7, 90, True, True)
    entries = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(entries) == ["outcome.change", "glutealindex.change"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ci_low": ""}, "ci_low"),
        ({"ci_high": ""}, "ci_high"),
        ({"ci_low": "2"}, "ci_high"),
        ({"value": "NaN"}, "value"),
        ({"value": "9" * 40}, "value"),
        ({"topic": "sleep"}, "topic"),
        ({"outcome": ""}, "outcome"),
        ({"n": "-1"}, "n"),
        ({"note": "\x00"}, "note"),
    ],
)
def test_a_bad_outcome_is_named_and_kept(curator: Client, change: dict[str, Any], field: str) -> None:
    address = page("outcome", make_outcome(outcome="any injury").pk)
    answer = curator.post(address, fields_of(curator, address) | {"outcome": "typed before"} | change)
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {field}
    assert Outcome.objects.get().outcome == "any injury"


def test_library_routines_only(cast: Cast, curator: Client, admin: Client) -> None:
    own, library = make_routine("Own", owner=cast.athlete), make_routine("Library", slug="library")
    assert [row.name for row in curator.get(page("routine")).context["cl"].queryset] == ["Library"]
    assert curator.get(page("routine", own.pk)).status_code == 302
    assert {row.name for row in admin.get(page("routine")).context["cl"].queryset} == {"Own", "Library"}
    archive = {"action": "archive", "_selected_action": [library.pk, own.pk]}
    admin.post(page("routine"), archive)
    assert list(Routine.objects.filter(archived_at=None)) == [own]


def test_the_list_of_routines_tells_where_each_stands_and_leads_to_its_page(
    cast: Cast, curator: Client, admin: Client
) -> None:
    second = second_curator(cast.curator)
    made = {state: routine_in(state, author=cast.curator, second=second, name=state.title()) for state in WAYS}
    make_routine("Mine", owner=cast.athlete)

    def found(client: Client, stands: str) -> list[str]:
        rows = client.get(page("routine"), {"stands": stands}).context["cl"].queryset
        return sorted(next(state for state in made if made[state].pk == row.pk) for row in rows)

    reviews = ["in-review", "published+in-review", "withdrawn+in-review"]
    assert found(curator, "in-review") == reviews
    assert (found(curator, "yours"), found(admin, "yours")) == ([], reviews)
    assert found(curator, "draft") == ["draft", "published+draft", "sent-back", "withdrawn+draft"]
    assert found(curator, "published") == ["published", "published+draft", "published+in-review"]
    assert found(curator, "withdrawn") == ["withdrawn", "withdrawn+draft", "withdrawn+in-review"]
    assert found(curator, "archived") == ["archived"]
    text = curator.get(page("routine")).content.decode()
    assert [text.count(f'href="{row.get_absolute_url()}"') for row in made.values()] == [1] * len(made)
    assert text.count('href="/routines/new/?library=on"') == 1
    assert text.count("Version 2 is in review, by Cleo Curator") == 1
    assert text.count("Version 2 is being written by Cleo Curator") == 1


def test_what_is_somebody_s_own_is_in_the_record_without_a_way_to_its_page(cast: Cast, admin: Client) -> None:
    own = make_routine("Mine", owner=cast.athlete)
    for address in (page("routine"), page("routine", own.pk)):
        text = admin.get(address).content.decode()
        assert own.get_absolute_url() + '"' not in text.replace(page("routine", own.pk), "")
    assert "Ada Athlete's own" in unescape(admin.get(page("routine")).content.decode())


def test_nobody_publishes_a_routine_past_its_review(cast: Cast, curator: Client) -> None:
    routine = routine_in("draft", author=cast.curator, second=second_curator(cast.curator))
    curator.post(page("routine", routine.pk), {"published": "on", "description": "Another", "name": "Another"})
    row = Routine.objects.get()
    assert (row.published, row.name, row.description) == (False, "Five", "About five.")
