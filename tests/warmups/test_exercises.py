"""An exercise's way from draft to published and into retirement; who sees which; search and filters."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from tests.conftest import Cast
from tests.factories import NOW, make_equipment, make_exercise, make_muscle, make_user
from warmups.domain.exercises import publish_exercise, retire_exercise, submit_for_review
from warmups.models import Exercise, ExerciseMuscle
from warmups.querysets import folded, meanings

pytestmark = pytest.mark.django_db


def code_of(deed: Any, exercise: Exercise, actor: Any) -> str:
    """Why a deed is refused; the status stays."""
    before = exercise.status
    with pytest.raises(ValidationError) as raised:
        deed(exercise=exercise, actor=actor, now=NOW)
    exercise.refresh_from_db()
    assert exercise.status == before
    return raised.value.code


def test_from_draft_to_retired(cast: Cast) -> None:
    author, reader = cast.curator, make_user("Second Curator")
    exercise = make_exercise(status="draft", changed_by=author)
    assert submit_for_review(exercise=exercise, actor=author, now=NOW).status == "in-review"
    assert code_of(publish_exercise, Exercise.objects.get(), author) == "second_person"
    assert publish_exercise(exercise=exercise, actor=reader, now=NOW).status == "published"
    assert retire_exercise(exercise=exercise, actor=author, now=NOW).status == "retired"
    assert publish_exercise(exercise=exercise, actor=reader, now=NOW).status == "published"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "before", "after")) == [
        ("exercise.submit", author.pk, {"status": "draft"}, {"status": "in-review"}),
        ("exercise.publish", reader.pk, {"status": "in-review"}, {"status": "published"}),
        ("exercise.retire", author.pk, {"status": "published"}, {"status": "retired"}),
        ("exercise.publish", reader.pk, {"status": "retired"}, {"status": "published"}),
    ]


def test_asking_for_a_review_makes_nobody_the_author(cast: Cast) -> None:
    exercise = make_exercise(status="draft", changed_by=cast.curator)
    submit_for_review(exercise=exercise, actor=make_user(), now=NOW)
    assert code_of(publish_exercise, Exercise.objects.get(), cast.curator) == "second_person"


def test_a_superuser_may_publish_alone(cast: Cast) -> None:
    exercise = make_exercise(status="in-review", changed_by=cast.superuser)
    assert publish_exercise(exercise=exercise, actor=cast.superuser, now=NOW).status == "published"


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        (submit_for_review, "in-review"),
        (submit_for_review, "published"),
        (submit_for_review, "retired"),
        (publish_exercise, "draft"),
        (publish_exercise, "published"),
        (retire_exercise, "draft"),
        (retire_exercise, "in-review"),
        (retire_exercise, "retired"),
    ],
)
def test_no_step_is_skipped(deed: Any, status: str) -> None:
    assert code_of(deed, make_exercise(status=status), make_user()) == "state"


@pytest.mark.parametrize("field", ["summary", "set_up", "instructions", "cues"])
def test_nothing_is_published_without_its_texts(field: str) -> None:
    empty = [] if field in ("instructions", "cues") else ""
    assert code_of(submit_for_review, make_exercise(status="draft", **{field: empty}), make_user()) == "required"
    assert code_of(publish_exercise, make_exercise(status="in-review", **{field: empty}), make_user()) == "required"


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
    nouns = {"exercise", "exercisemuscle", "routine", "study", "activation", "muscle", "equipment", "substitute"}
    nouns |= {"outcome", "glutealindex"}
    assert rights == {f"{right}_{noun}" for right in ("view", "add", "change") for noun in nouns}
