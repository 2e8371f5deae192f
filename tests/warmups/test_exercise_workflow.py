"""No way round the second person: by page, list, API and domain, and whatever is done in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW
from tests.warmups.workflow_states import (
    DEEDS,
    TAKES,
    WAYS,
    change,
    exercise_in,
    full_document,
    second_curator,
    standing,
)
from warmups.domain import exercises as domain
from warmups.models import Exercise, ExerciseVersion
from warmups.workshop.review import KINDS, address_of, deeds_for

pytestmark = pytest.mark.django_db

PEOPLE = ("author", "second", "superuser", "athlete")
WORDS = {"send-back": {"comment": "Mend the claim."}, "comment": {"text": "Well said."}}


@pytest.fixture
def people(cast: Cast) -> dict[str, User]:
    return {
        "author": cast.curator,
        "second": second_curator(cast.curator),
        "superuser": cast.superuser,
        "athlete": cast.athlete,
    }


Way = Callable[[str, User, Exercise], str]


def by_domain(deed: str, person: User, exercise: Exercise) -> str:
    """Directly."""
    try:
        KINDS[deed].do(exercise=exercise, actor=person, now=NOW, **WORDS.get(deed, {}))
    except PermissionDenied:
        return "denied"
    except ValidationError:
        return "refused"
    return "done"


def by_page(deed: str, person: User, exercise: Exercise) -> str:
    """By the form of the deed's page."""
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    data = WORDS.get(deed, {}) | {"based_on": exercise.latest.number if exercise.latest else ""}
    answer = client.post(address_of(deed, exercise), data)
    if answer.status_code == 302 and answer["Location"].startswith(reverse("admin:login")):
        return "denied"
    return {302: "done", 422: "refused"}[answer.status_code]


def by_list(deed: str, person: User, exercise: Exercise) -> str:
    """By an action of the list."""
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    data = {"action": deed, "_selected_action": [exercise.pk], "confirmed": "yes"}
    before, number = standing(exercise), AuditEntry.objects.count()
    answer = client.post(reverse("admin:warmups_exercise_changelist"), data)
    assert answer.status_code == 302
    if answer["Location"].startswith(reverse("admin:login")):
        return "denied"
    assert (standing(exercise) == before) == (AuditEntry.objects.count() == number)
    return "refused" if standing(exercise) == before else "done"


def by_api(deed: str, person: User, exercise: Exercise) -> str:
    """By a program."""
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(person)
    body = WORDS.get(deed, {}) | ({"based_on": exercise.latest.number} if deed == "publish" and exercise.latest else {})
    answer = client.post(f"/api/v1/exercises/{exercise.slug}/{deed}/", body, format="json")
    return {200: "done", 400: "refused", 403: "denied", 404: "denied"}[answer.status_code]


BY: dict[str, tuple[Way, tuple[str, ...]]] = {
    "domain": (by_domain, DEEDS),
    "page": (by_page, DEEDS),
    "list": (by_list, ("submit", "publish", "retire")),
    "api": (by_api, ("submit", "publish", "send-back", "discard", "retire", "bring-back")),
}


def expected(state: str, deed: str, who: str) -> str:
    """What the table says."""
    if who == "athlete":
        return "denied"
    return "done" if deed in TAKES[state] and (deed, who) != ("publish", "author") else "refused"


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("way", BY)
def test_every_deed_in_every_state_by_everybody(people: dict[str, User], way: str, state: str) -> None:
    exercise = exercise_in(state, author=people["author"], second=people["second"])
    untouched = standing(exercise)
    do, deeds = BY[way]
    table, found = {}, {}
    for deed in deeds:
        for who in PEOPLE:
            table[deed, who] = expected(state, deed, who)
            with transaction.atomic():
                found[deed, who] = do(deed, people[who], Exercise.objects.get(pk=exercise.pk))
                if found[deed, who] != "done":
                    assert standing(exercise) == untouched
                transaction.set_rollback(True)

    assert found == table


@pytest.mark.parametrize("state", WAYS)
def test_what_is_offered_is_what_can_be_done(people: dict[str, User], state: str) -> None:
    exercise = exercise_in(state, author=people["author"], second=people["second"])
    for who in ("author", "second", "superuser"):
        deeds = deeds_for(exercise, people[who])

        assert {deed.name for deed in deeds} == TAKES[state]
        assert {deed.name for deed in deeds if deed.offered} == {
            deed for deed in TAKES[state] if expected(state, deed, who) == "done"
        }


def test_what_lacks_a_text_is_told_before_it_is_tried(people: dict[str, User]) -> None:
    document = full_document(cues=[], steps=[])
    exercise = domain.start_exercise(slug="squat", document=document, actor=people["author"], now=NOW)

    [submit] = [deed for deed in deeds_for(exercise, people["author"]) if deed.name == "submit"]
    assert (submit.offered, submit.why_not) == (False, "Still missing: steps, cues.")


def test_who_read_an_older_version_publishes_no_later_one(people: dict[str, User]) -> None:
    exercise = exercise_in("in-review", author=people["author"], second=people["second"])
    change(exercise, people["author"])
    domain.submit_for_review(exercise=exercise, actor=people["author"], now=NOW)

    with pytest.raises(domain.Outdated) as error:
        domain.publish_exercise(exercise=exercise, actor=people["second"], now=NOW, based_on=1)
    assert error.value.latest.number == 2
    assert standing(exercise) == ("in-review", "in-review", 2, None)
    domain.publish_exercise(exercise=exercise, actor=people["second"], now=NOW, based_on=2)
    assert standing(exercise) == ("published", "", 2, 2)


def test_who_looked_at_an_older_draft_sets_no_later_one_aside(people: dict[str, User]) -> None:
    exercise = exercise_in("published+draft", author=people["author"], second=people["second"])
    change(exercise, people["author"])

    with pytest.raises(domain.Outdated):
        domain.discard_draft(exercise=exercise, actor=people["second"], now=NOW, based_on=2)
    assert standing(exercise) == ("published", "draft", 3, 1)


# --- Whatever is done in whatever order -------------------------------------------------------------------------------
STEPS = st.tuples(
    st.sampled_from((*DEEDS, "change", "change", "rename", "restore", "publish-alone", "submit", "publish")),
    st.sampled_from(("author", "second", "superuser", "athlete")),
)


def do_step(deed: str, person: User, exercise: Exercise) -> None:
    """One step, if it is allowed."""
    versions = ExerciseVersion.objects.filter(exercise=exercise)
    others: dict[str, Callable[[], Any]] = {
        "change": lambda: change(exercise, person),
        "rename": lambda: change(exercise, person, name=f"Squat {versions.count()}"),
        "restore": lambda: domain.restore_version(version=versions.earliest("number"), actor=person, now=NOW),
        "publish-alone": lambda: domain.publish_exercise(
            exercise=exercise, actor=person, now=NOW, alone_because="Nobody else is here"
        ),
    }
    try:
        with transaction.atomic():
            if deed in others:
                others[deed]()
            else:
                KINDS[deed].do(exercise=exercise, actor=person, now=NOW, **WORDS.get(deed, {}))
    except (PermissionDenied, ValidationError):
        pass


def two_people_stand_behind(version: ExerciseVersion) -> bool:
    """Whether somebody else published it than wrote it, it came with a release, or a superuser said why alone."""
    if version.from_release:
        return True
    if version.published_at is None or version.published_by is None or version.author is None:
        return False
    return version.published_by != version.author or bool(
        version.alone_because.strip() and version.published_by.is_superuser
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=16))
def test_readers_only_ever_see_what_two_people_stand_behind(
    people: dict[str, User], steps: list[tuple[str, str]]
) -> None:
    with transaction.atomic():
        exercise = domain.start_exercise(slug="squat", document=full_document(), actor=people["author"], now=NOW)
        ever_seen = False
        for deed, who in steps:
            do_step(deed, people[who], exercise)
            if not Exercise.objects.filter(pk=exercise.pk).exists():
                assert not ever_seen, "what was published once is gone"
                break
            row = Exercise.objects.ever_published().filter(slug="squat").first()
            assert row is not None or not ever_seen, "what was published once can't be read any more"
            if row is not None:
                ever_seen = True
                shown = row.published_version
                assert shown is not None
                assert two_people_stand_behind(shown)
                assert (row.name, row.instructions) == (shown.document["name"], shown.document["steps"])
                answer = APIClient().get("/api/v1/exercises/squat/").json()
                assert (answer["name"], answer["steps"]) == (shown.document["name"], shown.document["steps"])
        transaction.set_rollback(True)


def test_who_comes_after_it_was_deleted_is_told(people: dict[str, User]) -> None:
    exercise = exercise_in("draft", author=people["author"], second=people["second"])
    domain.delete_draft(exercise=Exercise.objects.get(pk=exercise.pk), actor=people["author"], now=NOW)

    with pytest.raises(ValidationError, match="deleted"):
        domain.submit_for_review(exercise=exercise, actor=people["author"], now=NOW)
