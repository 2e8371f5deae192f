"""An exercise's way from draft to published and into retirement; who sees which; search and filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import (
    NOW,
    document_of,
    edit_exercise,
    make_equipment,
    make_exercise,
    make_muscle,
    make_routine,
    make_user,
)
from warmups.domain.content import CONTENT
from warmups.domain.exercise_rows import row_values
from warmups.domain.exercises import (
    Outdated,
    as_published,
    bring_back,
    comment_on,
    delete_draft,
    discard_draft,
    publish_exercise,
    restore_version,
    retire_exercise,
    save_draft,
    send_back,
    start_exercise,
    submit_for_review,
)
from warmups.models import Exercise, ExerciseMuscle, ExerciseVersion, ReviewComment, library_stamp
from warmups.querysets import folded, meanings
from warmups.workflow import PastTheWorkflow, exercise_workflow

pytestmark = pytest.mark.django_db

POSES = json.loads((CONTENT / "poses" / "fire-hydrant.json").read_text())


@pytest.fixture
def reader(cast: Cast) -> User:
    """A second curator."""
    person = make_user("Second Curator", is_staff=True)
    person.groups.set(cast.curator.groups.all())
    return person


def again(exercise: Exercise) -> Exercise:
    """The exercise as the database has it."""
    return Exercise.objects.select_related("latest", "published_version").get(pk=exercise.pk)


def code_of(deed: Any, exercise: Exercise, actor: User, **more: Any) -> str:
    """Why a deed is refused; nothing changes."""
    before = (Exercise.objects.values().get(pk=exercise.pk), AuditEntry.objects.count())
    with pytest.raises(ValidationError) as raised:
        deed(exercise=exercise, actor=actor, now=NOW, **more)
    assert (Exercise.objects.values().get(pk=exercise.pk), AuditEntry.objects.count()) == before
    return (
        next(iter(raised.value.error_dict.values()))[0].code
        if hasattr(raised.value, "error_dict")
        else raised.value.code
    )


def change(exercise: Exercise, actor: User, *, reason: str = "Clearer.", **fields: Any) -> ExerciseVersion:
    """Save the next version with other words."""
    document = again(exercise).latest.document | fields
    return save_draft(exercise=exercise, document=document, actor=actor, now=NOW, reason=reason)


def ready(**fields: Any) -> Exercise:
    """An exercise that lacks nothing."""
    exercise = make_exercise(poses=POSES, **fields)
    ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(), role="primary")
    return edit_exercise(exercise)


def test_from_nothing_to_retired_and_back(cast: Cast, reader: User) -> None:
    author, curators = cast.curator, {"now": NOW}
    document = document_of(ready()) | {"name": "Donkey kick"}
    exercise = start_exercise(slug="donkey-kick", document=document, actor=author, **curators)
    assert (exercise.status, exercise.next_status, exercise.latest.number) == ("draft", "draft", 1)
    assert (again(exercise).name, again(exercise).muscle_slugs) == ("Donkey kick", ["gluteus-medius"])
    assert submit_for_review(exercise=exercise, actor=author, **curators).status == "in-review"
    assert send_back(exercise=exercise, actor=reader, comment="Which knee?", **curators).status == "draft"
    second = change(exercise, author, cues=["Right knee under the hip"])
    submit_for_review(exercise=exercise, actor=author, **curators)
    assert code_of(publish_exercise, exercise, author) == "second_person"
    published = publish_exercise(exercise=exercise, actor=reader, **curators)
    assert (published.status, published.next_status, published.published_version) == ("published", "", second)
    second.refresh_from_db()
    assert (second.author, second.published_by, second.published_at) == (author, reader, NOW)
    assert retire_exercise(exercise=exercise, actor=author, **curators).status == "retired"
    assert bring_back(exercise=exercise, actor=author, **curators).status == "published"
    said = AuditEntry.objects.order_by("pk").values_list("action", "actor")
    assert list(said) == [
        ("exercise.add", author.pk),
        ("exercise.submit", author.pk),
        ("exercise.send-back", reader.pk),
        ("exercise.change", author.pk),
        ("exercise.submit", author.pk),
        ("exercise.publish", reader.pk),
        ("exercise.retire", author.pk),
        ("exercise.bring-back", author.pk),
    ]
    assert second.comments.count() == 0
    assert ReviewComment.objects.get().version.number == 1


def test_readers_keep_the_published_version_while_the_next_one_is_written(cast: Cast, reader: User) -> None:
    exercise, stamp = ready(slug="squat"), library_stamp()
    other = make_exercise("lunge")
    stamp = library_stamp()
    version = change(exercise, cast.curator, name="Deep squat", easier="lunge", equipment=[])
    row = again(exercise)
    assert (row.name, row.easier, row.status, row.next_status) == ("Squat", None, "published", "draft")
    assert (row.latest, row.published_version.number, version.number) == (version, 1, 2)
    assert library_stamp() == stamp
    submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
    assert (again(exercise).name, again(exercise).next_status) == ("Squat", "in-review")
    publish_exercise(exercise=exercise, actor=reader, now=NOW)
    row = again(exercise)
    assert (row.name, row.easier, row.next_status, row.published_version) == ("Deep squat", other, "", version)
    assert library_stamp() != stamp


def test_saving_while_it_is_in_review_takes_it_back(cast: Cast, reader: User) -> None:
    for exercise in (ready(slug="new", status="draft"), ready(slug="old")):
        change(exercise, cast.curator, cues=["One"])
        submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
        change(exercise, cast.curator, cues=["Two"])
        assert again(exercise).next_status == "draft"
        assert code_of(publish_exercise, exercise, reader) == "state"


def test_the_author_of_the_last_change_is_who_may_not_publish(cast: Cast, reader: User) -> None:
    exercise = ready(status="draft")
    change(exercise, cast.curator, cues=["One"])
    change(exercise, reader, cues=["Two"])
    submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
    assert code_of(publish_exercise, exercise, reader) == "second_person"
    assert publish_exercise(exercise=exercise, actor=cast.curator, now=NOW).status == "published"


def test_a_superuser_may_publish_alone_and_says_why(cast: Cast) -> None:
    exercise = ready(status="in-review", author=cast.superuser)
    assert code_of(publish_exercise, exercise, cast.superuser) == "second_person"
    assert code_of(publish_exercise, exercise, cast.superuser, alone_because="x" * 201) == "second_person"
    publish_exercise(exercise=exercise, actor=cast.superuser, now=NOW, alone_because=" Alone here. ")
    assert (again(exercise).status, again(exercise).latest.alone_because) == ("published", "Alone here.")
    other = ready(slug="other", status="in-review", author=cast.curator)
    publish_exercise(exercise=other, actor=cast.superuser, now=NOW, alone_because="Not needed.")
    assert again(other).latest.alone_because == ""


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        (submit_for_review, "in-review"),
        (submit_for_review, "published"),
        (submit_for_review, "retired"),
        (send_back, "draft"),
        (send_back, "published"),
        (publish_exercise, "draft"),
        (publish_exercise, "published"),
        (publish_exercise, "retired"),
        (retire_exercise, "draft"),
        (retire_exercise, "in-review"),
        (retire_exercise, "retired"),
        (bring_back, "draft"),
        (bring_back, "in-review"),
        (bring_back, "published"),
        (discard_draft, "draft"),
        (discard_draft, "published"),
        (delete_draft, "published"),
        (delete_draft, "retired"),
    ],
)
def test_no_step_is_skipped(deed: Any, status: str, cast: Cast) -> None:
    more = {"comment": "No."} if deed is send_back else {}
    assert code_of(deed, ready(status=status), cast.curator, **more) == "state"


@pytest.mark.parametrize("person", ["athlete", "coach"])
def test_others_do_nothing_at_all(person: str, cast: Cast) -> None:
    actor, exercise = getattr(cast, person), ready(status="in-review")
    deeds: list[Any] = [submit_for_review, publish_exercise, retire_exercise, bring_back, discard_draft, delete_draft]
    for deed in (
        *(lambda deed=deed: deed(exercise=exercise, actor=actor, now=NOW) for deed in deeds),
        lambda: send_back(exercise=exercise, actor=actor, now=NOW, comment="No."),
        lambda: comment_on(exercise=exercise, actor=actor, now=NOW, text="No."),
        lambda: start_exercise(slug="new", document=exercise.latest.document, actor=actor, now=NOW),
        lambda: change(exercise, actor, name="Ours"),
        lambda: restore_version(version=exercise.latest, actor=actor, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert (again(exercise).status, AuditEntry.objects.count()) == ("in-review", 0)


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        ("summary", ""),
        ("set_up", ""),
        ("steps", []),
        ("cues", []),
        ("poses", None),
        ("muscles", {"primary": [], "secondary": []}),
    ],
)
def test_nothing_is_published_without_its_parts(field: str, empty: Any, cast: Cast, reader: User) -> None:
    exercise = ready(status="draft")
    change(exercise, cast.curator, **{field: empty})
    assert code_of(submit_for_review, exercise, cast.curator) == "required"
    with exercise_workflow():
        Exercise.objects.update(status="in-review", next_status="in-review")
    assert code_of(publish_exercise, exercise, reader) == "required"


def test_what_a_draft_names_has_to_be_there_when_it_is_published(cast: Cast, reader: User) -> None:
    exercise, easier = ready(slug="squat", status="draft"), make_exercise("dip", status="draft")
    change(exercise, cast.curator, easier="dip")
    submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
    with exercise_workflow():
        easier.delete()
    with pytest.raises(ValidationError) as raised:
        publish_exercise(exercise=exercise, actor=reader, now=NOW)
    assert raised.value.message_dict == {"easier": ["There is no exercise “dip”. Look for a typing error, or add it."]}
    assert again(exercise).status == "in-review"


def test_the_same_words_make_no_version(cast: Cast) -> None:
    exercise = ready()
    assert change(exercise, cast.curator) == exercise.latest
    assert (ExerciseVersion.objects.count(), AuditEntry.objects.count(), again(exercise).next_status) == (1, 0, "")


def test_a_change_of_what_was_published_says_why(cast: Cast) -> None:
    exercise, draft = ready(slug="a"), ready(slug="b", status="draft")
    with pytest.raises(ValidationError) as raised:
        change(exercise, cast.curator, reason="  ", name="Other")
    assert list(raised.value.message_dict) == ["reason"]
    assert change(draft, cast.curator, reason="", name="Other").number == 2


def test_a_version_that_somebody_saved_meanwhile_is_told(cast: Cast, reader: User) -> None:
    exercise = ready()
    theirs = change(exercise, reader, name="Theirs")
    with pytest.raises(Outdated) as raised:
        save_draft(
            exercise=exercise,
            document=theirs.document | {"name": "Mine"},
            actor=cast.curator,
            now=NOW,
            reason="Mine",
            based_on=1,
        )
    assert (raised.value.latest, raised.value.code) == (theirs, "outdated")
    assert raised.value.messages == ["Second Curator saved version 2 meanwhile."]
    mine = {"document": theirs.document | {"name": "Mine"}, "reason": "Mine", "based_on": 2}
    assert save_draft(exercise=exercise, actor=cast.curator, now=NOW, **mine).number == 3


def test_going_back_to_what_readers_see(cast: Cast) -> None:
    exercise = ready()
    change(exercise, cast.curator, name="Other")
    version = discard_draft(exercise=exercise, actor=cast.curator, now=NOW)
    row = again(exercise)
    assert (version.number, version.document == row.published_version.document, row.next_status) == (3, True, "")
    assert (row.published_version.number, row.latest) == (1, version)


def test_restoring_takes_the_same_way(cast: Cast, reader: User) -> None:
    exercise = ready(name="First")
    first = exercise.latest
    change(exercise, cast.curator, name="Second")
    submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
    publish_exercise(exercise=exercise, actor=reader, now=NOW)
    third = restore_version(version=first, actor=cast.curator, now=NOW, reason="It was right.")
    assert (third.number, third.document, third.reason) == (3, first.document, "Restored version 1. It was right.")
    assert (again(exercise).name, again(exercise).next_status) == ("Second", "draft")
    submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
    assert code_of(publish_exercise, exercise, cast.curator) == "second_person"
    publish_exercise(exercise=exercise, actor=reader, now=NOW)
    assert again(exercise).name == "First"


def test_a_look_at_a_version_as_published_leaves_nothing(cast: Cast) -> None:
    exercise = ready(slug="squat")
    version = change(
        exercise, cast.curator, name="Deep squat", muscles={"primary": [], "secondary": ["gluteus-medius"]}
    )
    before = list(Exercise.objects.values()), library_stamp()
    with as_published(version):
        row = Exercise.objects.published().get(slug="squat")
        assert (row.name, row.worked.get().role) == ("Deep squat", "secondary")
    assert (list(Exercise.objects.values()), library_stamp()) == before
    with pytest.raises(RuntimeError), as_published(version):
        raise RuntimeError
    assert (list(Exercise.objects.values()), library_stamp()) == before


@pytest.mark.parametrize("slug", ["", "Squat", "a b", "-a", "a" * 61, "squat\x00", "squat"])
def test_a_bad_slug_is_named(slug: str, cast: Cast) -> None:
    document = ready(slug="squat").latest.document
    with pytest.raises(ValidationError) as raised:
        start_exercise(slug=slug, document=document | {"name": ""}, actor=cast.curator, now=NOW)
    assert set(raised.value.message_dict) == {"slug", "name"}
    assert Exercise.objects.count() == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001, "a\x00b", "\ud800"])
def test_a_bad_comment_is_named(text: str, cast: Cast) -> None:
    exercise = ready(status="in-review")
    with pytest.raises(ValidationError) as raised:
        send_back(exercise=exercise, actor=cast.curator, now=NOW, comment=text)
    assert list(raised.value.message_dict) == ["comment"]
    with pytest.raises(ValidationError) as raised:
        comment_on(exercise=exercise, actor=cast.curator, now=NOW, text=text)
    assert list(raised.value.message_dict) == ["text"]
    assert (again(exercise).status, ReviewComment.objects.count()) == ("in-review", 0)


def past_the_workflow(exercise: Exercise) -> list[Callable[[], Any]]:
    """Each way in which a line in a shell might write."""
    version = exercise.latest
    return [
        exercise.save,
        lambda: exercise.save(update_fields=["status"]),
        exercise.delete,
        lambda: Exercise.objects.update(status="published"),
        lambda: Exercise.objects.filter(pk=exercise.pk).delete(),
        lambda: Exercise.objects.create(slug="other", **row_values(version.document)),
        lambda: Exercise.objects.get_or_create(slug="other", defaults=row_values(version.document)),
        lambda: Exercise.objects.update_or_create(slug="squat", defaults={"status": "published"}),
        lambda: Exercise.objects.bulk_create([Exercise(slug="other", **row_values(version.document))]),
        lambda: Exercise.objects.bulk_update([exercise], ["status"]),
        version.save,
        version.delete,
        lambda: ExerciseVersion.objects.update(published_at=NOW),
        lambda: ExerciseVersion.objects.all().delete(),
    ]


def test_nothing_writes_past_the_workflow() -> None:
    exercise = ready(slug="squat", status="draft")
    exercise.status = "published"
    for write in past_the_workflow(exercise):
        with pytest.raises(PastTheWorkflow):
            write()
    assert again(exercise).status == "draft"


def test_the_database_itself_wants_a_version_and_two_people(cast: Cast) -> None:
    exercise = ready(status="draft", author=cast.curator)
    with pytest.raises(IntegrityError), transaction.atomic(), exercise_workflow():
        Exercise.objects.update(status="published")
    with pytest.raises(IntegrityError), transaction.atomic(), exercise_workflow():
        ExerciseVersion.objects.filter(pk=exercise.latest_id).update(published_by=cast.curator)


def test_a_draft_that_something_leans_on_stays(cast: Cast) -> None:
    draft = ready(status="draft")
    make_routine(exercises=[draft])
    assert code_of(delete_draft, draft, cast.curator) == "in_use"


@pytest.mark.parametrize("said", [{"easier": "dip"}, {"substitutes": [{"when": "hurts", "exercise": "dip"}]}])
@pytest.mark.parametrize("published", [True, False])
def test_a_draft_that_another_one_names_stays(cast: Cast, reader: User, said: Any, published: bool) -> None:
    make_exercise("dip", status="draft", difficulty=1)
    exercise = ready(slug="squat")
    change(exercise, cast.curator, **said)
    if published:
        submit_for_review(exercise=exercise, actor=cast.curator, now=NOW)
        publish_exercise(exercise=exercise, actor=reader, now=NOW)
    draft = Exercise.objects.get(slug="dip")
    assert code_of(delete_draft, draft, cast.curator) == "in_use"
    change(exercise, cast.curator, easier=None, substitutes=[])
    if not published:
        delete_draft(exercise=draft, actor=cast.curator, now=NOW)
    assert Exercise.objects.filter(slug="dip").exists() is published  # whose readers still see it named


def test_an_author_who_leaves_takes_nothing_along(cast: Cast, reader: User) -> None:
    exercise = ready(status="draft")
    change(exercise, reader, name="Theirs")
    reader.delete()
    assert (again(exercise).name, again(exercise).latest.author) == ("Theirs", None)


def test_who_sees_which(cast: Cast) -> None:
    for status in Exercise.Status.values:
        make_exercise(f"is-{status}", status=status)
    everyone = {"is-published", "is-retired"}
    all_of_them = everyone | {"is-draft", "is-in-review"}

    def seen(person: Any) -> set[str]:
        return set(Exercise.objects.visible_to(person).values_list("slug", flat=True))

    def editable(person: Any) -> set[str]:
        return set(Exercise.objects.editable_by(person).values_list("slug", flat=True))

    assert [seen(person) for person in (AnonymousUser(), cast.athlete, cast.coach)] == [everyone] * 3
    assert [seen(person) for person in (cast.curator, cast.superuser)] == [all_of_them] * 2
    assert [editable(person) for person in (AnonymousUser(), cast.athlete, cast.coach)] == [set()] * 3
    assert [editable(person) for person in (cast.curator, cast.superuser)] == [all_of_them] * 2


@pytest.fixture
def library() -> None:
    bridge = make_exercise("glute-bridge", name="Glute bridge", aliases=["Hip raise", "Brücke"])
    clamshell = make_exercise("clamshell", name="Clamshell", aliases=[], contraindications=["shoulder-pain"])
    squat = make_exercise("single-leg-squat", name="Single-leg squat", contraindications=["groin-pain", "wrist-pain"])
    maximus = make_muscle("gluteus-maximus", name="glute max", latin_name="Musculus gluteus maximus")
    medius = make_muscle("gluteus-medius", name="glute med", latin_name="Musculus gluteus medius")
    for exercise, muscle in ((bridge, maximus), (clamshell, medius), (squat, maximus), (squat, medius)):
        ExerciseMuscle.objects.create(exercise=exercise, muscle=muscle, role="primary")
    clamshell.equipment.add(make_equipment("mini-band"))
    squat.equipment.add(make_equipment("step"), make_equipment("mini-band"))


def slugs(rows: Any) -> list[str]:
    return sorted(rows.values_list("slug", flat=True))


BRIDGE, CLAM, SQUAT = "glute-bridge", "clamshell", "single-leg-squat"


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", [CLAM, BRIDGE, SQUAT]),
        ("bridge", [BRIDGE]),
        ("BRIDGE", [BRIDGE]),
        ("hip raise", [BRIDGE]),
        ("brücke", [BRIDGE]),
        ("BRÜCKE", [BRIDGE]),
        ("brucke", [BRIDGE]),
        ("single leg", [SQUAT]),
        ("single-leg", [SQUAT]),
        ("glutes", [CLAM, BRIDGE, SQUAT]),
        ("glute med", [CLAM, SQUAT]),
        ("medius squat", [SQUAT]),
        ("maximus", [BRIDGE, SQUAT]),
        ("bridge squat", []),
        # typing errors
        ("brigde", [BRIDGE]),
        ("glute brige", [BRIDGE]),
        ("clamshel", [CLAM]),
        ("clam shell", [CLAM]),
        ("clamshlels", [CLAM]),
        ("singleleg squat", [SQUAT]),
        ("sqat", [SQUAT]),
        ("squt medius", [SQUAT]),
        ("maxmius", [BRIDGE, SQUAT]),
        ("clamsehlsl", [CLAM]),
        # too far off, or too short to tell
        ("cxmxhxlx", []),
        ("brg", []),
        ("xyzzy", []),
        ("100%", []),
        ("_", []),
        ("'; drop table", []),
        ("😀", []),
    ],
)
def test_search(words: str, found: list[str]) -> None:
    assert slugs(Exercise.objects.search(words)) == found


@pytest.mark.usefixtures("library")
def test_those_with_the_words_in_their_own_name_come_first() -> None:
    make_exercise("a-drill", name="A drill", aliases=["Squat warm-up"])
    assert [row.slug for row in Exercise.objects.search("squat")] == [SQUAT, "a-drill"]


@given(st.text(max_size=60))
def test_any_text_can_be_searched(words: str) -> None:
    spoken = {"glute", "bridge", "clamshell"}
    for word in folded(words).split():
        found = set(meanings(word, spoken))
        assert found in ({word}, {word.removesuffix("s")}) or found <= spoken


@given(st.sampled_from(["clamshell", "hamstring", "hydrant", "bridge", "plank"]), st.data())
def test_one_typing_error_is_forgiven(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.characters(codec="ascii", categories=["Ll"]))
    typed = {
        "wrong": word[:place] + letter + word[place + 1 :],
        "missing": word[:place] + word[place + 1 :],
        "too many": word[:place] + letter + word[place:],
        "swapped": word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    }[data.draw(st.sampled_from(["wrong", "missing", "too many", "swapped"]))]
    if len(typed) >= 5:
        assert any(meant in word for meant in meanings(typed, {word}))


@pytest.mark.usefixtures("library")
def test_what_is_possible_with_what_one_has() -> None:
    assert slugs(Exercise.objects.possible_with([])) == [BRIDGE]
    assert slugs(Exercise.objects.possible_with(["mini-band"])) == [CLAM, BRIDGE]
    assert slugs(Exercise.objects.possible_with(["step"])) == [BRIDGE]
    assert slugs(Exercise.objects.possible_with(["step", "mini-band"])) == [CLAM, BRIDGE, SQUAT]


@pytest.mark.usefixtures("library")
def test_what_to_avoid() -> None:
    assert slugs(Exercise.objects.avoiding([])) == [CLAM, BRIDGE, SQUAT]
    assert slugs(Exercise.objects.avoiding(["shoulder-pain"])) == [BRIDGE, SQUAT]
    assert slugs(Exercise.objects.avoiding(["wrist-pain", "shoulder-pain"])) == [BRIDGE]
    # A tag is not the part of another.
    assert slugs(Exercise.objects.avoiding(["pain"])) == [CLAM, BRIDGE, SQUAT]


def test_the_group_of_curators(cast: Cast) -> None:
    rights = {name.removeprefix("warmups.") for name in cast.curator.get_group_permissions()}
    written = {"exercise", "routine", "study", "activation", "muscle", "equipment", "outcome", "glutealindex"}
    by_the_domain = {"exercisemuscle", "exerciseversion", "mediafile", "reviewcomment", "substitute"}
    assert rights == (
        {f"{right}_{noun}" for right in ("view", "add", "change") for noun in written}
        | {f"view_{noun}" for noun in by_the_domain}
    )
