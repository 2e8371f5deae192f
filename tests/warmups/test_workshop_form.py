"""The page on which a curator writes an exercise: what is saved, what is told, and nothing typed is lost."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW, document_of, edit_exercise, make_exercise, make_muscle, make_user
from tests.warmups.exercise_pages import ADD, change_page, fields_of, sent_by
from warmups.domain.content import CONTENT
from warmups.domain.content_export import poses_json
from warmups.domain.exercises import delete_draft, save_draft
from warmups.domain.version_merging import merge
from warmups.models import Exercise, ExerciseMuscle, ExerciseVersion
from warmups.workflow import exercise_workflow
from warmups.workshop import form

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]
POSES = json.loads((CONTENT / "poses" / "fire-hydrant.json").read_text())


@pytest.fixture
def curator(cast: Cast, browser_of: BrowserOf) -> Client:
    return browser_of(cast.curator)


@pytest.fixture
def second(cast: Cast) -> User:
    person = make_user("Second Curator", is_staff=True)
    person.groups.set(cast.curator.groups.all())
    return person


def errors_of(answer: Any) -> set[str]:
    """The fields that are told to be wrong; rows as "muscles" and "substitutes"."""
    page = answer.context["page"]
    found = set(page.form.errors)
    for name in ("muscles", "substitutes"):
        rows = getattr(page, name)
        if rows.non_form_errors() or any(rows.errors):
            found.add(name)
    return found


def again(exercise: Exercise) -> Exercise:
    return Exercise.objects.select_related("latest", "published_version").get(pk=exercise.pk)


@pytest.mark.parametrize("status", ["draft", "published", "retired"])
def test_a_form_that_nobody_touched_changes_nothing(curator: Client, status: str) -> None:
    exercise = make_exercise("squat", status=status, poses=POSES, mistakes=[{"mistake": "A.", "fix": "B."}])
    ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(), role="primary")
    edit_exercise(
        exercise, easier=make_exercise("dip"), reviewed_by="Ruth Rehm, clinician", reviewed_on=date(2026, 5, 4)
    )
    assert curator.post(change_page(exercise), fields_of(curator, change_page(exercise))).status_code == 302
    assert (ExerciseVersion.objects.filter(exercise=exercise).count(), AuditEntry.objects.count()) == (1, 0)


def test_all_that_we_ship_goes_through_the_form_unchanged(curator: Client) -> None:
    from warmups.domain.content_loading import load

    load(CONTENT, now=NOW)
    for exercise in Exercise.objects.all():
        data = fields_of(curator, change_page(exercise)) | {"reason": "Looked at."}
        assert curator.post(change_page(exercise), data).status_code == 302
    assert ExerciseVersion.objects.filter(from_release=False).count() == 0


def test_a_change_of_a_draft_is_saved_and_recorded(cast: Cast, curator: Client) -> None:
    exercise = make_exercise("squat", status="draft", mistakes=[{"mistake": "Knee falls in.", "fix": "Less deep."}])
    data = fields_of(curator, change_page(exercise))
    assert (data["cues"], data["mistakes"]) == ("Hips level.", "Knee falls in. | Less deep.")
    data |= {"name": "Deep squat", "cues": "Hips level.\n\n Long spine. ", "contraindications": ["groin-pain"]}
    assert curator.post(change_page(exercise), data).status_code == 302
    row = again(exercise)
    assert (row.name, row.cues, row.contraindications) == ("Deep squat", ["Hips level.", "Long spine."], ["groin-pain"])
    assert row.mistakes == [{"mistake": "Knee falls in.", "fix": "Less deep."}]
    assert (row.latest.author, row.latest.number, row.slug) == (cast.curator, 2, "squat")
    entry = AuditEntry.objects.get(action="exercise.change")
    assert (entry.actor, entry.before) == (cast.curator, {"version": 1})
    assert entry.after == {"version": 2, "changed": ["contraindications", "cues", "name"]}


def test_readers_see_nothing_of_a_change_of_what_is_published(curator: Client, client: Client) -> None:
    exercise = make_exercise("squat")
    data = fields_of(curator, change_page(exercise)) | {"name": "Deep squat"}
    answer = curator.post(change_page(exercise), data)
    assert (answer.status_code, errors_of(answer)) == (422, {"reason"})
    assert curator.post(change_page(exercise), data | {"reason": "A better word"}).status_code == 302
    assert (again(exercise).name, again(exercise).latest.document["name"]) == ("Squat", "Deep squat")
    assert "Deep squat" not in client.get("/exercises/squat/").content.decode()
    assert fields_of(curator, change_page(exercise))["name"] == "Deep squat"


def test_a_new_exercise_from_nothing(cast: Cast, curator: Client) -> None:
    make_muscle()
    data = fields_of(curator, ADD) | {
        "name": "Donkey kick",
        "worked-0-muscle": "gluteus-medius",
        "worked-0-role": "primary",
    }
    answer = curator.post(ADD, data)
    exercise = Exercise.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, change_page(exercise))
    assert (exercise.slug, exercise.name, exercise.status) == ("donkey-kick", "Donkey kick", "draft")
    assert exercise.latest.document["muscles"] == {"primary": ["gluteus-medius"], "secondary": []}
    assert (exercise.latest.author, AuditEntry.objects.get().action) == (cast.curator, "exercise.add")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "😀"}, "slug"),
        ({"slug": "Donkey Kick"}, "slug"),
        ({"slug": "squat"}, "slug"),
        ({"slug": "a" * 61}, "slug"),
    ],
)
def test_a_new_one_is_refused_with_what_was_typed(curator: Client, change: dict[str, str], field: str) -> None:
    make_exercise("squat")
    answer = curator.post(ADD, fields_of(curator, ADD) | {"name": "Kick", "set_up": "Typed before."} | change)
    assert (answer.status_code, errors_of(answer)) == (422, {field})
    assert answer.context["page"].form["set_up"].value() == "Typed before."
    assert Exercise.objects.count() == 1


def test_a_new_one_like_another(curator: Client) -> None:
    other = make_exercise("fire-hydrant", poses=POSES, evidence_level="A", reps=12)
    ExerciseMuscle.objects.create(exercise=other, muscle=make_muscle(), role="primary")
    edit_exercise(other)
    data = fields_of(curator, f"{ADD}?like=fire-hydrant")
    assert (json.loads(data["poses"]), data["reps"], data["worked-0-muscle"]) == (POSES, 12, "gluteus-medius")
    assert (data["name"], data["set_up"], data["evidence_level"]) == ("", "", "D")
    assert fields_of(curator, f"{ADD}?like=no-such")["name"] == ""


def test_muscles_and_substitutes_are_part_of_the_exercise(curator: Client) -> None:
    exercise, other = make_exercise("a", status="draft"), make_exercise("b")
    for slug in ("gluteus-medius", "soleus"):
        ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(slug), role="primary")
    edit_exercise(exercise)
    data = fields_of(curator, change_page(exercise)) | {
        "worked-0-DELETE": "on",
        "worked-1-role": "secondary",
        "substitutes-0-when": "hurts",
        "substitutes-0-exercise": "b",
    }
    assert curator.post(change_page(exercise), data).status_code == 302
    assert list(exercise.worked.values_list("muscle__slug", "role")) == [("soleus", "secondary")]
    assert list(exercise.substitutes.values_list("when", "substitute")) == [("hurts", other.pk)]


def test_the_slug_is_chosen_once_and_the_status_is_no_field(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft")
    data = fields_of(curator, change_page(exercise)) | {"slug": "other", "status": "published", "next_status": ""}
    curator.post(change_page(exercise), data | {"name": "Deep"})
    row = again(exercise)
    assert (row.slug, row.status, row.next_status, row.name) == ("squat", "draft", "draft", "Deep")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reps": ""}, "reps"),
        ({"reps": "0"}, "reps"),
        ({"reps": "99999999999999999999"}, "reps"),
        ({"reps": "many"}, "reps"),
        ({"hold_seconds": "5"}, "hold_seconds"),
        ({"sets": "11"}, "sets"),
        ({"mode": "hold"}, "hold_seconds"),
        ({"seconds_per_rep": ""}, "seconds_per_rep"),
        ({"seconds_per_rep": "nan"}, "seconds_per_rep"),
        ({"difficulty": "6"}, "difficulty"),
        ({"difficulty": ""}, "difficulty"),
        ({"alternating": "on"}, "alternating"),
        ({"cues": "x" * 121}, "cues"),
        ({"cues": "a\n" * 31}, "cues"),
        ({"cues": "a\x00b"}, "cues"),
        ({"mistakes": "no fix here"}, "mistakes"),
        ({"mistakes": f"{'x' * 301} | fix"}, "mistakes"),
        ({"name": "\x00"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"contraindications": ["boredom"]}, "contraindications"),
        ({"easier": "squat"}, "easier"),
        ({"easier": "jump"}, "easier"),
        ({"phase": "warm"}, "phase"),
        ({"reviewed_by": "Ruth Rehm, physiotherapist"}, "reviewed_on"),
        ({"reviewed_by": "  ", "reviewed_on": "2026-05-04"}, "reviewed_by"),
        ({"reviewed_by": "Ruth", "reviewed_on": "2026-02-30"}, "reviewed_on"),
        ({"reviewed_by": "Ruth", "reviewed_on": "2026-05-04", "review_due": "2026-05-04"}, "review_due"),
        ({"reviewed_by": "Ruth", "reviewed_on": "2026-05-04", "review_due": "99999999"}, "review_due"),
        ({"review_due": "2027-05-04"}, "review_due"),
        ({"worked-0-muscle": "glute", "worked-0-role": "primary"}, "muscles"),
        ({"worked-0-muscle": "soleus", "worked-1-muscle": "soleus", "worked-1-role": "secondary"}, "muscles"),
        ({"substitutes-0-exercise": "squat"}, "substitutes"),
        ({"substitutes-0-exercise": "jump"}, "substitutes"),
        ({"worked-TOTAL_FORMS": "many"}, "muscles"),
        ({"worked-TOTAL_FORMS": ""}, "muscles"),
        ({"reason": "x" * 201}, "reason"),
        ({"poses": "{"}, "poses"),
        ({"poses": "[1, 2"}, "poses"),
        ({"poses": "NaN"}, "poses"),
        ({"poses": '{"desc": Infinity}'}, "poses"),
        ({"poses": "[" * 5000}, "poses"),
        ({"poses": "9" * 5000}, "poses"),
        ({"poses": "x" * 60_001}, "poses"),
        ({"poses": "7"}, "poses"),
        ({"poses": "{}"}, "poses"),
    ],
)
def test_bad_input_is_named_and_kept(curator: Client, change: dict[str, Any], field: str) -> None:
    exercise = make_exercise("squat")
    make_exercise("jump", easier=exercise, difficulty=3)
    make_muscle("soleus")
    sent = {
        "set_up": "Typed before.",
        "reason": "Why not",
        "worked-0-role": "primary",
        "substitutes-0-when": "",
    } | change
    answer = curator.post(change_page(exercise), fields_of(curator, change_page(exercise)) | sent)
    assert answer.status_code == 422
    assert field in errors_of(answer)
    form = answer.context["page"].form
    assert form["set_up"].value() == "Typed before."
    kept = {name: value for name, value in change.items() if name in form.fields and value != "on"}
    assert {name: form[name].value() for name in kept} == kept
    assert ExerciseVersion.objects.filter(exercise=exercise).count() == 1


def test_a_joint_out_of_its_range_is_told_with_its_place(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft", poses=POSES)
    poses = copy.deepcopy(POSES)
    joint = next(name for name, pose in poses["pose"].items() if "flex" in pose)
    poses["pose"][joint]["flex"] = 999
    answer = curator.post(
        change_page(exercise), fields_of(curator, change_page(exercise)) | {"poses": json.dumps(poses)}
    )
    [message, *_more] = answer.context["page"].form.errors["poses"]
    assert message.startswith(f"pose.{joint}.flex")
    assert "999" in message


def test_where_the_json_breaks_is_told(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft")
    text = '{\n  "desc": "a",\n  oops\n}'
    answer = curator.post(change_page(exercise), fields_of(curator, change_page(exercise)) | {"poses": text})
    assert "line 3, character 3" in answer.context["page"].form.errors["poses"][0]
    assert answer.context["page"].form["poses"].value() == text


def test_where_the_buttons_lead(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft")
    for number, (button, address) in enumerate(
        {"_save": "change", "_preview": "versions/{}", "_submit": "submit"}.items(), start=2
    ):
        data = fields_of(curator, change_page(exercise)) | {button: "1", "summary": f"Words {number}."}
        answer = curator.post(change_page(exercise), data)
        assert answer["Location"] == f"/admin/warmups/exercise/{exercise.pk}/{address.format(number)}/"


def test_what_is_gone_meanwhile_is_told(curator: Client, cast: Cast) -> None:
    other = make_exercise("dip", status="draft")
    exercise = make_exercise("squat", status="draft", easier=other)
    data = fields_of(curator, change_page(exercise)) | {"summary": "Other words."}
    with exercise_workflow():
        other.delete()
    answer = curator.post(change_page(exercise), data)
    assert (answer.status_code, errors_of(answer)) == (422, {"easier"})


def test_an_exercise_that_is_deleted_while_it_is_saved_is_told(
    curator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = make_exercise("squat", status="draft")
    data = fields_of(curator, change_page(exercise)) | {"summary": "Other words."}

    def meanwhile(**said: Any) -> ExerciseVersion:
        delete_draft(exercise=exercise, actor=cast.curator, now=NOW)
        return save_draft(**said)

    monkeypatch.setattr(form, "save_draft", meanwhile)
    answer = curator.post(change_page(exercise), data)
    assert (answer.status_code, errors_of(answer)) == (422, {"__all__"})
    assert "Other words." in answer.content.decode()


def test_more_rows_than_a_list_may_have_are_not_even_drawn(curator: Client) -> None:
    exercise = make_exercise("squat", status="draft")
    data = fields_of(curator, change_page(exercise)) | {"worked-TOTAL_FORMS": "1040"}
    answer = curator.post(change_page(exercise), data)
    assert (answer.status_code, errors_of(answer)) == (422, {"muscles"})
    assert len(answer.context["page"].muscles.forms) == 100


# --- Two at once ------------------------------------------------------------------------------------------------------


def test_the_second_of_two_is_told_and_loses_nothing(curator: Client, cast: Cast, second: User) -> None:
    exercise = make_exercise("squat", status="draft", feel="Before.")
    mine = fields_of(curator, change_page(exercise)) | {"cues": "Mine", "summary": "My line.", "reason": "Mine"}
    theirs = document_of(exercise) | {"cues": ["Theirs"], "feel": "Theirs too."}
    save_draft(exercise=exercise, document=theirs, actor=second, now=NOW)
    answer = curator.post(change_page(exercise), mine)
    assert (answer.status_code, ExerciseVersion.objects.count()) == (409, 2)
    assert "Second Curator saved version 2 while you were writing" in answer.content.decode()
    shown = sent_by(answer)
    assert (shown["cues"], shown["summary"], shown["feel"]) == ("Mine", "My line.", "Theirs too.")
    assert (shown["reason"], shown["based_on"]) == ("Mine", 2)
    assert [row.field for row in answer.context["disputed"]] == ["cues"]
    assert [row.field for row in answer.context["added"]] == ["feel"]
    assert curator.post(change_page(exercise), shown).status_code == 302
    document = again(exercise).latest.document
    assert (document["cues"], document["summary"], document["feel"]) == (["Mine"], "My line.", "Theirs too.")


def test_who_is_second_with_a_fault_is_told_both(curator: Client, second: User) -> None:
    exercise = make_exercise("squat", status="draft")
    mine = fields_of(curator, change_page(exercise)) | {"reps": "0", "cues": "Mine"}
    save_draft(exercise=exercise, document=document_of(exercise) | {"feel": "Theirs."}, actor=second, now=NOW)
    answer = curator.post(change_page(exercise), mine)
    assert (answer.status_code, errors_of(answer)) == (409, {"reps"})
    assert "Second Curator saved version 2" in answer.content.decode()
    mended = sent_by(answer) | {"reps": "9"}
    assert mended["cues"] == "Mine"
    merged = curator.post(change_page(exercise), mended)
    assert (merged.status_code, sent_by(merged)["feel"], sent_by(merged)["reps"]) == (409, "Theirs.", 9)


@pytest.mark.parametrize("based_on", ["", "0", "99", "-1", "x", "9" * 30, "²"])
def test_without_a_version_that_it_began_with_it_is_to_be_looked_at(curator: Client, based_on: str) -> None:
    exercise = make_exercise("squat", status="draft")
    data = fields_of(curator, change_page(exercise)) | {"based_on": based_on, "summary": "Other words."}
    answer = curator.post(change_page(exercise), data)
    assert (answer.status_code, ExerciseVersion.objects.count()) == (422, 1)
    assert "which version you began with" in answer.content.decode()
    shown = sent_by(answer)
    assert (shown["summary"], shown["based_on"]) == ("Other words.", "1")
    assert curator.post(change_page(exercise), shown).status_code == 302


VALUES = st.integers(0, 3)
DOCUMENTS = st.fixed_dictionaries(
    {"name": VALUES, "cues": VALUES, "dose": st.fixed_dictionaries({"sets": VALUES, "reps": VALUES})}
)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_merging(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    merged, conflicts = merge(base, mine, theirs)
    assert merge(base, mine, base) == (mine, set())
    assert merge(base, base, theirs) == (theirs, set())
    assert merge(base, mine, mine) == (mine, set())
    for key in ("name", "cues"):
        assert merged[key] == (theirs[key] if mine[key] == base[key] else mine[key])
        assert (key in conflicts) == (len({base[key], mine[key], theirs[key]}) == 3)
    assert ("dose" in conflicts) == bool(merge(base["dose"], mine["dose"], theirs["dose"])[1])


# --- Who, and the figure ----------------------------------------------------------------------------------------------


def test_who_gets_in(cast: Cast, browser_of: BrowserOf) -> None:
    exercise = make_exercise("squat", poses=POSES)
    addresses = [ADD, change_page(exercise), "/admin/warmups/exercise/poses-like/?like=squat", "/admin/content/poses/"]
    for person, code in (
        (cast.curator, 200),
        (cast.superuser, 200),
        (make_user(is_staff=True), 403),
        (cast.athlete, 302),
        (None, 302),
    ):
        assert [browser_of(person).get(address).status_code for address in addresses] == [code] * 4
    assert browser_of(cast.curator).get(change_page(exercise).replace(str(exercise.pk), "999")).status_code == 404
    assert browser_of(cast.curator).get("/admin/warmups/exercise/x/change/").status_code == 404


FIGURE = "/admin/warmups/exercise/figure/"


def test_the_figure_is_drawn_as_it_is_typed(curator: Client) -> None:
    answer = curator.post(FIGURE, {"name": "Hydrant", "poses": poses_json(POSES)})
    figure = answer.context["figure"]
    assert [(picture.kind, picture.theme) for picture in figure.pictures] == [
        (kind, theme) for kind in ("moving", "still", "small") for theme in ("light", "dark")
    ]
    assert answer.content.decode().count("data:image/svg+xml;base64,") == 6


@pytest.mark.parametrize(
    "poses", ["{", "{}", "NaN", "[" * 5000, "x" * 60_001, '{"desc": "a\\u0000"}', "null", "7", "\x01"]
)
def test_what_can_t_be_drawn_is_told(curator: Client, poses: str) -> None:
    answer = curator.post(FIGURE, {"name": "x" * 500, "poses": poses})
    assert answer.status_code == 200
    assert (bool(answer.context["figure"].problems), answer.context["figure"].pictures) == (poses != "null", [])


def test_only_curators_have_figures_drawn(cast: Cast, browser_of: BrowserOf) -> None:
    for person, code in ((cast.athlete, 302), (None, 302), (make_user(is_staff=True), 403)):
        assert browser_of(person).post(FIGURE, {"poses": "{}"}).status_code == code
    assert browser_of(cast.curator).get(FIGURE).status_code == 405


def test_poses_of_another_one(curator: Client) -> None:
    make_exercise("hydrant", poses=POSES)
    make_exercise("plain")
    answer = curator.get("/admin/warmups/exercise/poses-like/?like=hydrant")
    assert (json.loads(answer.context["text"]), len(answer.context["figure"].pictures)) == (POSES, 6)
    for slug in ("plain", "no-such", ""):
        assert curator.get(f"/admin/warmups/exercise/poses-like/?like={slug}").status_code == 404


def test_the_form_costs_the_same_with_more_rows(
    curator: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    exercise = make_exercise()
    for name in ("soleus", "gastrocnemius", "iliopsoas", "tensor"):
        ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(name), role="primary")
    edit_exercise(exercise)
    with django_assert_max_num_queries(28):
        assert curator.get(change_page(exercise)).status_code == 200
