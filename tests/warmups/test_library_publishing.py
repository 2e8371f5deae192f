"""Library routines reach their readers when a second person publishes them; until then readers keep what they have."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW, edit_exercise, make_exercise, make_routine
from tests.warmups.workflow_states import second_curator
from warmups.domain.library_routines import (
    discard_routine_draft,
    publish_routine,
    release_routine,
    send_routine_back,
    start_library_routine,
    submit_routine,
    withdraw_routine,
)
from warmups.domain.routines import OutOfDate, create_routine, revise_routine
from warmups.models import Revision, Routine

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(cast: Cast) -> User:
    return cast.curator


@pytest.fixture
def second(curator: User) -> User:
    return second_curator(curator)


@pytest.fixture
def draft(curator: User) -> Routine:
    make_exercise("a")
    steps: Any = [{"exercise": "a"}]
    return create_routine(owner=None, actor=curator, slug="one", name="One", steps=steps, now=NOW)


@pytest.fixture
def published(draft: Routine, curator: User, second: User) -> Routine:
    submit_routine(routine=draft, actor=curator, now=NOW)
    publish_routine(routine=draft, actor=second, now=NOW)
    return draft


def state(routine: Routine) -> tuple[bool, str, int, int]:
    """Published, what the next one is, the number that readers have, the latest number."""
    row = Routine.objects.select_related("current", "latest").get(pk=routine.pk)
    return row.published, row.next_status, row.current.number, row.latest.number


def refused(deed: Any, **values: Any) -> str:
    """The code of what the domain says; nothing changes."""
    before = list(Routine.objects.values()), list(Revision.objects.values())
    with pytest.raises(ValidationError) as caught:
        deed(now=NOW, **values)
    assert (list(Routine.objects.values()), list(Revision.objects.values())) == before
    return (
        caught.value.error_list[0].code
        if hasattr(caught.value, "error_list")
        else caught.value.message_dict.popitem()[0]
    )


def test_it_starts_as_a_draft_that_readers_do_not_see(draft: Routine, cast: Cast) -> None:
    assert state(draft) == (False, "draft", 1, 1)
    assert [Routine.objects.visible_to(person).count() for person in (cast.curator, cast.athlete)] == [1, 0]


def test_its_address_is_its_name_s_with_a_number_where_that_is_taken(curator: User) -> None:
    make_exercise("a")
    said: Any = {"actor": curator, "description": "", "steps": [{"exercise": "a"}], "now": NOW}
    made = [start_library_routine(name=name, **said).slug for name in ("Five first", "Five first", "Five, first", "五")]
    assert made == ["five-first", "five-first-2", "five-first-3", "routine"]


def test_a_second_person_publishes(draft: Routine, curator: User, second: User, cast: Cast) -> None:
    assert refused(publish_routine, routine=draft, actor=second) == "state"
    submit_routine(routine=draft, actor=curator, now=NOW)
    assert state(draft) == (False, "in-review", 1, 1)
    assert refused(publish_routine, routine=draft, actor=curator) == "second_person"
    revision = publish_routine(routine=draft, actor=second, now=NOW, based_on=draft.latest_id)
    assert state(draft) == (True, "", 1, 1)
    assert (revision.published_at, revision.published_by, revision.alone_because) == (NOW, second, "")
    assert Routine.objects.visible_to(cast.athlete).get() == draft
    assert AuditEntry.objects.get(action="routine.publish").actor == second


def test_a_superuser_publishes_alone_with_a_reason(draft: Routine, cast: Cast) -> None:
    assert refused(publish_routine, routine=draft, actor=cast.superuser) == "alone_because"
    publish_routine(routine=draft, actor=cast.superuser, now=NOW, alone_because="Nobody else here.")
    assert state(draft) == (True, "", 1, 1)
    assert Revision.objects.get().alone_because == "Nobody else here."


def test_readers_keep_what_they_have_until_the_next_one_is_published(
    published: Routine, curator: User, second: User, cast: Cast
) -> None:
    revise_routine(routine=published, actor=curator, now=NOW, name="Two", description="Other words.")
    assert state(published) == (True, "draft", 1, 2)
    row = Routine.objects.get()
    assert (row.name, row.description) == ("One", "")
    assert [Revision.objects.visible_to(person).count() for person in (curator, cast.athlete)] == [2, 1]
    submit_routine(routine=published, actor=curator, now=NOW)
    publish_routine(routine=published, actor=second, now=NOW)
    assert state(published) == (True, "", 2, 2)
    row = Routine.objects.get()
    assert (row.name, row.description) == ("Two", "Other words.")
    assert Revision.objects.visible_to(cast.athlete).count() == 2


def test_a_change_after_the_review_began_has_to_be_reviewed_again(
    published: Routine, curator: User, second: User
) -> None:
    revise_routine(routine=published, actor=curator, now=NOW, name="Two")
    submit_routine(routine=published, actor=curator, now=NOW)
    read = published.latest_id
    revise_routine(routine=published, actor=second, now=NOW, name="Three")
    assert state(published) == (True, "draft", 1, 3)
    submit_routine(routine=published, actor=second, now=NOW)
    with pytest.raises(OutOfDate):
        publish_routine(routine=published, actor=curator, now=NOW, based_on=read)
    publish_routine(routine=published, actor=curator, now=NOW, based_on=published.latest_id)
    assert state(published) == (True, "", 3, 3)


def test_what_was_published_is_not_published_again(published: Routine, cast: Cast, second: User) -> None:
    assert refused(publish_routine, routine=published, actor=second) == "state"
    assert refused(publish_routine, routine=published, actor=cast.superuser, alone_because="So.") == "state"
    assert refused(submit_routine, routine=published, actor=second) == "state"


def test_sent_back_with_a_note(draft: Routine, curator: User, second: User) -> None:
    assert refused(send_routine_back, routine=draft, actor=second, note="Shorter.") == "state"
    submit_routine(routine=draft, actor=curator, now=NOW)
    assert refused(send_routine_back, routine=draft, actor=second, note="  ") == "note"
    send_routine_back(routine=draft, actor=second, now=NOW, note=" Shorter. ")
    assert (state(draft), Routine.objects.get().review_note) == ((False, "draft", 1, 1), "Shorter.")


def test_set_aside_stays_in_the_history_and_its_number_is_not_used_again(published: Routine, curator: User) -> None:
    assert refused(discard_routine_draft, routine=published, actor=curator) == "state"
    revise_routine(routine=published, actor=curator, now=NOW, name="Two")
    discard_routine_draft(routine=published, actor=curator, now=NOW)
    assert state(published) == (True, "", 1, 1)
    revise_routine(routine=published, actor=curator, now=NOW, name="Three")
    assert (state(published), published.revisions.count()) == ((True, "draft", 1, 3), 3)


def test_withdrawn_readers_find_it_no_more_and_its_squads_keep_what_was_published(
    published: Routine, curator: User, cast: Cast
) -> None:
    revise_routine(routine=published, actor=curator, now=NOW, name="Two")
    withdraw_routine(routine=published, actor=curator, now=NOW)
    assert state(published) == (False, "draft", 1, 2)
    assert not Routine.objects.visible_to(cast.athlete).exists()
    assert refused(withdraw_routine, routine=published, actor=curator) == "state"


def test_only_published_exercises(draft: Routine, curator: User, second: User) -> None:
    submit_routine(routine=draft, actor=curator, now=NOW)
    edit_exercise(draft.current.steps.get().exercise, status="retired")
    assert refused(publish_routine, routine=draft, actor=second) == "exercise"


@pytest.mark.parametrize("deed", [submit_routine, publish_routine, withdraw_routine, discard_routine_draft])
def test_only_of_the_library(deed: Any, athlete: User) -> None:
    assert refused(deed, routine=make_routine(owner=athlete), actor=athlete) == "owned"


def test_a_release_publishes_by_itself(db: None) -> None:
    make_exercise("a")
    said: Any = {"slug": "one", "name": "One", "description": "", "now": NOW, "reason": "Ours"}
    assert release_routine(routine=None, steps=[{"exercise": "a"}], **said) is True
    routine = Routine.objects.get()
    assert state(routine) == (True, "", 1, 1)
    assert release_routine(routine=routine, steps=[{"exercise": "a"}], **said) is False
    assert release_routine(routine=routine, steps=[{"exercise": "a", "reps": 3}], **said) is True
    assert state(routine) == (True, "", 2, 2)
