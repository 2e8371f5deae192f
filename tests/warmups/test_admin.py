"""Curation: what curators see and change, what is recorded, what is refused with a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
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
from warmups.models import Activation, Exercise, ExerciseMuscle, Muscle, Outcome, Routine, Substitute, library_stamp

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


def test_a_change_is_saved_and_recorded(cast: Cast, curator: Client) -> None:
    exercise = make_exercise("squat", status="draft", mistakes=[{"mistake": "Knee falls in.", "fix": "Less deep."}])
    address = page("exercise", exercise.pk)
    data = fields_of(curator, address)
    assert data["cues"] == "Hips level."
    assert data["mistakes"] == "Knee falls in. | Less deep."
    data |= {"name": "Deep squat", "cues": "Hips level.\n\n Long spine. ", "contraindications": ["groin-pain"]}
    assert curator.post(address, data).status_code == 302
    exercise.refresh_from_db()
    assert (exercise.name, exercise.cues) == ("Deep squat", ["Hips level.", "Long spine."])
    assert exercise.contraindications == ["groin-pain"]
    assert exercise.mistakes == [{"mistake": "Knee falls in.", "fix": "Less deep."}]
    assert (exercise.changed_by, exercise.changed_at is not None, exercise.slug) == (cast.curator, True, "squat")
    entry = AuditEntry.objects.get(action="exercise.change")
    assert (entry.actor, entry.before["name"], entry.after["name"]) == (cast.curator, "Squat", "Deep squat")
    assert set(entry.after) == {"name", "cues", "contraindications"}


def test_muscles_and_substitutes_are_part_of_the_exercise(curator: Client) -> None:
    exercise, other, muscle = make_exercise(status="draft"), make_exercise(), make_muscle()
    ExerciseMuscle.objects.create(exercise=exercise, muscle=muscle, role="primary")
    address = page("exercise", exercise.pk)
    data = fields_of(curator, address) | {
        "worked-0-DELETE": "on",
        "substitutes-TOTAL_FORMS": 1,
        "substitutes-0-when": "hurts",
        "substitutes-0-substitute": other.pk,
        "substitutes-0-exercise": exercise.pk,
    }
    assert curator.post(address, data).status_code == 302
    assert (exercise.worked.count(), Substitute.objects.get().substitute) == (0, other)


def test_the_slug_is_chosen_once(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft")
    address = page("exercise", exercise.pk)
    curator.post(address, fields_of(curator, address) | {"slug": "other"})
    assert Exercise.objects.get().slug == "squat"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reps": ""}, "reps"),
        ({"reps": "0"}, "reps"),
        ({"reps": "99999999999999999999"}, "reps"),
        ({"hold_seconds": "5"}, "hold_seconds"),
        ({"sets": "11"}, "sets"),
        ({"mode": "hold"}, "hold_seconds"),
        ({"seconds_per_rep": ""}, "seconds_per_rep"),
        ({"difficulty": "6"}, "difficulty"),
        ({"alternating": "on"}, "alternating"),
        ({"summary": ""}, "summary"),
        ({"instructions": " \n "}, "instructions"),
        ({"cues": "x" * 121}, "cues"),
        ({"cues": "a\n" * 31}, "cues"),
        ({"cues": "a\x00b"}, "cues"),
        ({"mistakes": "no fix here"}, "mistakes"),
        ({"name": "\x00"}, "name"),
        ({"contraindications": ["boredom"]}, "contraindications"),
        ({"easier": "self"}, "easier"),
        ({"easier": "loop"}, "easier"),
        ({"phase": "warm"}, "phase"),
        ({"reviewed_by": "Ruth Rehm, physiotherapist"}, "reviewed_on"),
        ({"reviewed_by": "  ", "reviewed_on": "2026-05-04"}, "reviewed_by"),
        ({"reviewed_by": "\x00", "reviewed_on": "2026-05-04"}, "reviewed_by"),
        ({"reviewed_by": "Ruth", "reviewed_on": "2026-02-30"}, "reviewed_on"),
        ({"reviewed_by": "Ruth", "reviewed_on": "2026-05-04", "review_due": "2026-05-04"}, "review_due"),
        ({"reviewed_by": "Ruth", "reviewed_on": "2026-05-04", "review_due": "99999999"}, "review_due"),
        ({"review_due": "2027-05-04"}, "review_due"),
    ],
)
def test_bad_input_is_named_and_kept(curator: Client, change: dict[str, Any], field: str) -> None:
    exercise = make_exercise("squat")
    harder = make_exercise("jump", easier=exercise)
    keys = {"self": exercise.pk, "loop": harder.pk}
    change = {name: keys.get(value, value) if isinstance(value, str) else value for name, value in change.items()}
    address = page("exercise", exercise.pk)
    answer = curator.post(address, fields_of(curator, address) | {"name": "Typed before"} | change)
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    if "name" not in change:
        assert answer.context["adminform"].form["name"].value() == "Typed before"
    exercise.refresh_from_db()
    assert (exercise.name, exercise.changed_at) == ("Squat", None)


def act(client: Client, action: str, *rows: Exercise) -> list[str]:
    """Do an action of the list; its messages."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return [str(message) for message in client.post(page("exercise"), data, follow=True).context["messages"]]


def test_publishing_takes_two(cast: Cast, curator: Client, browser_of: BrowserOf) -> None:
    exercise = make_exercise("squat", status="draft", changed_by=cast.curator)
    second = make_user("Second Curator", is_staff=True)
    second.groups.set(cast.curator.groups.all())
    assert act(curator, "submit", exercise) == ["1 exercise done."]
    assert act(curator, "publish", exercise) == [
        "Squat: You made the last change here. Ask another curator to read it and publish it."
    ]
    assert Exercise.objects.get().status == "in-review"
    assert act(browser_of(second), "publish", exercise) == ["1 exercise done."]
    assert Exercise.objects.get().status == "published"
    assert act(curator, "retire", exercise) == ["1 exercise done."]
    assert Exercise.objects.get().status == "retired"


def test_of_several_what_may_be_done_is_done_and_the_rest_is_told(curator: Client) -> None:
    good, bad = make_exercise("good", status="draft"), make_exercise("bad", status="draft", cues=[])
    assert sorted(act(curator, "submit", good, bad)) == ["1 exercise done.", "Bad: Still missing: cues."]
    assert set(Exercise.objects.values_list("slug", "status")) == {("good", "in-review"), ("bad", "draft")}


def test_the_status_is_no_field(curator: Client) -> None:
    exercise = make_exercise(status="draft")
    address = page("exercise", exercise.pk)
    curator.post(address, fields_of(curator, address) | {"status": "published"})
    assert Exercise.objects.get().status == "draft"


def test_changing_a_published_exercise_says_that_readers_see_it(curator: Client) -> None:
    address = page("exercise", make_exercise().pk)
    answer = curator.post(address, fields_of(curator, address) | {"name": "Other"}, follow=True)
    assert "readers see the change now" in " ".join(str(message) for message in answer.context["messages"])


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
    draft = make_exercise("draft", status="draft")
    make_routine(exercises=[draft])
    assert admin.post(reverse("admin:warmups_exercise_delete", args=[draft.pk]), {"post": "yes"}).status_code == 200
    assert Exercise.objects.filter(pk=draft.pk).exists()
    assert act(admin, "delete_selected", draft) == ["No action selected."]


def test_an_unused_draft_may_go(admin: Client) -> None:
    draft = make_exercise(status="draft")
    assert admin.post(reverse("admin:warmups_exercise_delete", args=[draft.pk]), {"post": "yes"}).status_code == 302
    assert Exercise.objects.count() == 0


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


def test_a_review_is_saved_and_recorded(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft")
    address = page("exercise", exercise.pk)
    review = {"reviewed_by": "Ruth Rehm, physiotherapist", "reviewed_on": "2026-05-04", "review_due": "2028-05-04"}
    assert curator.post(address, fields_of(curator, address) | review).status_code == 302
    exercise.refresh_from_db()
    assert (exercise.reviewed_by, exercise.reviewed_on, exercise.review_due) == (
        "Ruth Rehm, physiotherapist",
        date(2026, 5, 4),
        date(2028, 5, 4),
    )
    assert AuditEntry.objects.get(action="exercise.change").after == review


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
    address = page("routine", library.pk)
    data = fields_of(curator, address) | {"description": "Said anew."}
    data.pop("published")
    assert curator.post(address, data).status_code == 302
    library.refresh_from_db()
    assert (library.description, library.published, library.revisions.count()) == ("Said anew.", False, 1)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "routine.describe",
        "routine.withdraw",
    ]
    archive = {"action": "archive", "_selected_action": [library.pk, own.pk]}
    admin.post(page("routine"), archive)
    assert list(Routine.objects.filter(archived_at=None)) == [own]
    assert curator.post(address, data | {"description": "Too late."}).status_code == 403


def test_the_list_of_inline_rows_costs_no_query_each(
    curator: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    exercise = make_exercise()
    for name in ("soleus", "gastrocnemius", "iliopsoas", "tensor"):
        ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(name), role="primary")
        make_activation(exercise, make_muscle(name))
    with django_assert_max_num_queries(25):
        assert curator.get(page("exercise", exercise.pk)).status_code == 200
