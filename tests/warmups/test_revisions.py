"""The versions of a routine: listed, read, compared, brought back; and none ever changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from plans.models import Assignment, SharedRoutine
from tests.conftest import Cast
from tests.factories import NOW, edit_exercise, make_assignment, make_exercise, make_run, make_user
from tests.warmups.workflow_states import second_curator
from warmups.domain.library_routines import discard_routine_draft, publish_routine, submit_routine
from warmups.domain.revisions import as_given, bring_back_revision
from warmups.domain.routine_differences import step_differences
from warmups.domain.routines import OutOfDate, archive_routine, create_routine, revise_routine
from warmups.models import Revision, Routine, Step
from warmups.workflow import WrittenOnceError

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Browser = Callable[[User | None], Client]


def words(answer: Any) -> str:
    """What a page says, without tags and needless space."""
    page = answer.content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(strip_tags(re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL)).split())


def revisions_of(routine: Routine) -> list[Revision]:
    return list(routine.revisions.order_by("number"))


@pytest.fixture
def mine(cast: Cast) -> Routine:
    """A routine of the coach's in three versions."""
    for slug in ("bridge", "squat", "plank"):
        make_exercise(slug)
    owner = cast.coach
    one: Any = [{"exercise": "bridge"}, {"exercise": "squat", "reps": 8}]
    two: Any = [{"exercise": "bridge"}, {"exercise": "squat", "reps": 10}]
    three: Any = [{"exercise": "plank"}, *two]
    routine = create_routine(owner=owner, actor=owner, name="Five", steps=one, now=NOW)
    revise_routine(routine=routine, actor=owner, steps=two, now=NOW + DAY, reason="Too easy")
    revise_routine(routine=routine, actor=owner, steps=three, name="Six", now=NOW + 2 * DAY)
    return routine


@pytest.fixture
def second(cast: Cast) -> User:
    return second_curator(cast.curator)


@pytest.fixture
def library(cast: Cast, second: User) -> Routine:
    """A routine of the library: published, changed and set aside, changed and published, and being changed."""
    make_exercise("bridge")

    def steps(reps: int) -> Any:
        return [{"exercise": "bridge", "reps": reps}]

    curator = cast.curator
    routine = create_routine(owner=None, actor=curator, slug="five", name="Five", steps=steps(1), now=NOW)
    submit_routine(routine=routine, actor=curator, now=NOW)
    publish_routine(routine=routine, actor=second, now=NOW)
    revise_routine(routine=routine, actor=curator, steps=steps(2), now=NOW, reason="Wrong way")
    discard_routine_draft(routine=routine, actor=curator, now=NOW)
    revise_routine(routine=routine, actor=curator, steps=steps(3), now=NOW, reason="More")
    submit_routine(routine=routine, actor=curator, now=NOW)
    publish_routine(routine=routine, actor=second, now=NOW)
    revise_routine(routine=routine, actor=curator, steps=steps(4), now=NOW, reason="Still more")
    return routine


def listed(client: Client, routine: Routine, query: str = "") -> list[tuple[str, ...]]:
    """Of each version in the list: its title, how it stands, who made it, what changed."""
    answer = client.get(f"/routines/{routine.pk}/revisions/{query}")
    assert answer.status_code == 200
    return [
        (str(entry.version.number), *(mark.word for mark in entry.version.marks), entry.version.who, entry.changed)
        for entry in answer.context["entries"]
    ]


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_newest_first_with_who_and_what(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    client = browser_of(cast.coach)

    assert listed(client, mine) == [
        ("3", "In use now", "Cora Coach", "steps: 1 added, 2 changed; another name"),
        ("2", "Cora Coach", "steps: 1 changed"),
        ("1", "Cora Coach", ""),
    ]
    said = words(client.get(f"/routines/{mine.pk}/revisions/"))
    for part in ("Too easy", "The first version", "3 exercises", "2 exercises"):
        assert part in said


def test_who_sees_the_routine_learns_who_made_it(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    SharedRoutine.objects.create(squad=cast.squad, routine=mine)

    assert [who for *_rest, who, _changed in listed(browser_of(cast.athlete), mine)] == ["Cora Coach"] * 3
    assert browser_of(cast.other_coach).get(f"/routines/{mine.pk}/revisions/").status_code == 404


def test_readers_of_the_library_see_what_was_published_and_no_curators_name(
    library: Routine, cast: Cast, browser_of: Browser
) -> None:
    for person in (None, cast.athlete):
        client = browser_of(person)
        assert listed(client, library) == [
            ("3", "In use now", "A curator", "steps: 1 changed"),
            ("1", "A curator", ""),
        ]
        for path in ("revisions/", "revisions/1/", "compare/", "compare/?from=1&to=3"):
            said = client.get(f"/routines/{library.pk}/{path}").content.decode()
            assert ("Cleo" in said, "Wrong way" in said, "Still more" in said) == (False, False, False)
        for number in (2, 4):
            assert client.get(f"/routines/{library.pk}/revisions/{number}/").status_code == 404
            assert client.get(f"/routines/{library.pk}/compare/?from=1&to={number}").status_code == 422


def test_curators_see_all_of_it(library: Routine, cast: Cast, browser_of: Browser) -> None:
    client = browser_of(cast.curator)

    assert listed(client, library) == [
        ("4", "Draft", "Cleo Curator", "steps: 1 changed"),
        ("3", "In use now", "Cleo Curator", "steps: 1 changed"),
        ("2", "Set aside", "Cleo Curator", "steps: 1 changed"),
        ("1", "Cleo Curator", ""),
    ]
    assert "Readers do not have this version." in words(client.get(f"/routines/{library.pk}/revisions/4/"))


def test_what_came_with_a_release_is_by_prestride(cast: Cast, browser_of: Browser) -> None:
    make_exercise("bridge")
    steps: Any = [{"exercise": "bridge"}]
    routine = create_routine(owner=None, actor=None, slug="five", name="Five", steps=steps, now=NOW)
    Routine.objects.filter(pk=routine.pk).update(published=True)

    assert [who for *_rest, who, _changed in listed(browser_of(None), routine)] == ["Prestride"]


def test_whose_account_is_gone_is_somebody(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    guest = make_user("Gone Guest")
    revise_routine(routine=mine, actor=guest, name="Seven", now=NOW + 3 * DAY)
    guest.delete()

    assert listed(browser_of(cast.coach), mine)[0][2] == "Somebody"


def test_a_long_history_has_pages(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    for number in range(4, 23):
        revise_routine(routine=mine, actor=cast.coach, name=f"Name {number}", now=NOW)
    client = browser_of(cast.coach)

    assert [row[0] for row in listed(client, mine)] == [str(number) for number in range(22, 2, -1)]
    assert [(row[0], row[-1]) for row in listed(client, mine, "?page=2")] == [("2", "steps: 1 changed"), ("1", "")]
    # What leads nowhere leads to the nearest page.
    assert [row[0] for row in listed(client, mine, "?page=99")] == ["2", "1"]
    assert listed(client, mine, "?page=x")[0][0] == "22"


# --- One of them ------------------------------------------------------------------------------------------------------


def test_an_old_version_is_plainly_old_and_whole(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    said = words(browser_of(cast.coach).get(f"/routines/{mine.pk}/revisions/1/"))

    for part in ("This is an old version. Version 3 is in use now.", "Five", "Bridge", "Squat", "Open the routine"):
        assert part in said
    assert "Plank" not in said
    current = words(browser_of(cast.coach).get(f"/routines/{mine.pk}/revisions/3/"))
    assert "This is the version in use now." in current
    assert "Bring this back" not in current


def test_it_is_there_to_bring_back_for_who_may(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    SharedRoutine.objects.create(squad=cast.squad, routine=mine)
    path = f"/routines/{mine.pk}/revisions/1/"

    assert [
        "Bring this back" in browser_of(person).get(path).content.decode() for person in (cast.coach, cast.athlete)
    ] == [True, False]
    archive_routine(routine=mine, actor=cast.coach, now=NOW)
    assert "Bring this back" not in browser_of(cast.coach).get(path).content.decode()


@pytest.mark.parametrize("number", ["0", "4", "99999999999999999999", "-1", "x"])
def test_there_is_no_such_version(mine: Routine, cast: Cast, browser_of: Browser, number: str) -> None:
    assert browser_of(cast.coach).get(f"/routines/{mine.pk}/revisions/{number}/").status_code == 404


# --- Two of them ------------------------------------------------------------------------------------------------------


def test_two_are_compared(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    client = browser_of(cast.coach)
    said = words(client.get(f"/routines/{mine.pk}/compare/?from=1&to=3"))

    for part in ("Version 1 ", "Version 3 ", "Added Plank", "Changed Squat", "8 each side", "10 each side", "Six"):
        assert part in said
    back = words(client.get(f"/routines/{mine.pk}/compare/?from=3&to=1"))
    assert "Removed Plank" in back
    assert "You are looking backwards" in back
    assert "the same version twice" in words(client.get(f"/routines/{mine.pk}/compare/?from=2&to=2"))


def test_without_two_the_last_two_are_compared(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    answer = browser_of(cast.coach).get(f"/routines/{mine.pk}/compare/")

    assert [version.number for version in answer.context["ends"]] == [2, 3]


@pytest.mark.parametrize(
    "query",
    [
        "?from=x&to=-1",
        "?from=1",
        "?to=1",
        "?from=&to=",
        "?from=1&to=4",
        f"?from={'9' * 40}&to=1",
        "?from=1.5&to=2",
        "?from=🏃&to=2",
    ],
)
def test_versions_that_are_not_there_are_asked_for_again(
    mine: Routine, cast: Cast, browser_of: Browser, query: str
) -> None:
    answer = browser_of(cast.coach).get(f"/routines/{mine.pk}/compare/{query}")

    assert (answer.status_code, "difference" in answer.context) == (422, False)
    assert "hoose" in words(answer)


# --- Bringing one back ------------------------------------------------------------------------------------------------


def test_an_old_version_becomes_the_next_one(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    client, path = browser_of(cast.coach), f"/routines/{mine.pk}/revisions/1/bring-back/"
    asked = words(client.get(path))
    assert "Bring back version 1?" in asked
    assert "Removed Plank" in asked
    answer = client.post(path, {"based_on": mine.latest_id}, follow=True)

    assert "Version 1 is back, as version 4." in words(answer)
    first, _two, _three, fourth = revisions_of(mine)
    assert (fourth.name, fourth.reason, fourth.created_by) == ("Six", "As in version 1", cast.coach)
    assert step_differences(first.steps.all(), fourth.steps.all()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("runs", "number"), [("move", 4), ("leave", 3)])
def test_planned_runs_follow_if_one_wants(
    mine: Routine, cast: Cast, browser_of: Browser, runs: str, number: int
) -> None:
    joined = timezone.now() - DAY
    cast.squad.memberships.update(began_at=joined, sees_from=joined)
    run = make_run(cast.athlete, starts_at=timezone.now() + DAY, squad=cast.squad)
    make_assignment(run, mine, by=cast.coach)
    client, path = browser_of(cast.coach), f"/routines/{mine.pk}/revisions/1/bring-back/"
    assert "Ada Athlete" in words(client.get(path))

    assert client.post(path, {"based_on": mine.latest_id}).status_code == 422
    assert client.post(path, {"based_on": mine.latest_id, "runs": runs}).status_code == 302
    assert Assignment.objects.filter(run=run).values_list("revision__number", flat=True).get() == number


def test_readers_of_the_library_get_it_when_it_is_published(library: Routine, cast: Cast, browser_of: Browser) -> None:
    path = f"/routines/{library.pk}/revisions/1/bring-back/"
    answer = browser_of(cast.curator).post(path, {"based_on": library.latest_id})

    numbers = Routine.objects.filter(pk=library.pk).values_list("current__number", "latest__number").get()
    assert (answer.status_code, numbers) == (302, (3, 5))


def test_what_was_saved_meanwhile_is_looked_at_first(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    looked_at = mine.latest_id
    revise_routine(routine=mine, actor=cast.coach, name="Seven", now=NOW + 3 * DAY)
    client, path = browser_of(cast.coach), f"/routines/{mine.pk}/revisions/1/bring-back/"
    answer = client.post(path, {"based_on": looked_at})

    assert (answer.status_code, len(revisions_of(mine))) == (422, 4)
    assert "This routine was changed in the meantime." in words(answer)
    assert f'value="{mine.latest_id}"' in answer.content.decode()
    assert client.post(path, {"based_on": mine.latest_id}).status_code == 302


@pytest.mark.parametrize("based_on", ["", "x", "-1", "9" * 40, "\x00"])
def test_bad_words_bring_nothing_back(mine: Routine, cast: Cast, browser_of: Browser, based_on: str) -> None:
    answer = browser_of(cast.coach).post(f"/routines/{mine.pk}/revisions/1/bring-back/", {"based_on": based_on})

    assert (answer.status_code, len(revisions_of(mine))) == (422, 3)


def test_a_retired_exercise_comes_back_only_where_it_still_is(mine: Routine, cast: Cast, browser_of: Browser) -> None:
    steps: Any = [{"exercise": "plank"}]
    revise_routine(routine=mine, actor=cast.coach, steps=steps, now=NOW + 3 * DAY)
    first, _two, third, fourth = revisions_of(mine)
    edit_exercise(fourth.steps.get().exercise, status="retired")
    edit_exercise(first.steps.get(position=2).exercise, status="retired")
    client, path = browser_of(cast.coach), f"/routines/{mine.pk}/revisions/3/bring-back/"
    answer = client.post(path, {"based_on": mine.latest_id})

    # Plank is retired, and in the latest version; squat is retired, and is not.
    assert (answer.status_code, len(revisions_of(mine))) == (422, 4)
    assert "Step 3, Squat, is not in the library any more." in words(answer)
    assert "Plank, is not" not in words(answer)
    with pytest.raises(ValidationError) as caught:
        bring_back_revision(routine=mine, revision=third, actor=cast.coach, now=NOW)
    assert caught.value.messages == ["Step 3, Squat, is not in the library any more."]


def test_a_dose_that_does_not_fit_any_more_is_named(mine: Routine, cast: Cast) -> None:
    first = revisions_of(mine)[0]
    edit_exercise(first.steps.get(position=1).exercise, mode="hold", reps=1, hold_seconds=10)
    with pytest.raises(ValidationError) as caught:
        bring_back_revision(routine=mine, revision=first, actor=cast.coach, now=NOW)

    assert [message[:38] for message in caught.value.messages] == ["Step 1, Bridge, has changed since. Giv"]


def test_the_domain_refuses_what_is_based_on_an_older_version(mine: Routine, cast: Cast) -> None:
    first, second, _third = revisions_of(mine)
    with pytest.raises(OutOfDate):
        bring_back_revision(routine=mine, revision=first, actor=cast.coach, now=NOW, based_on=second.pk)


def test_the_same_brought_back_is_nothing_new(mine: Routine, cast: Cast) -> None:
    third = revisions_of(mine)[2]

    assert bring_back_revision(routine=mine, revision=third, actor=cast.coach, now=NOW) == third


# --- None ever changes ------------------------------------------------------------------------------------------------


def test_a_version_and_its_steps_are_written_once(mine: Routine) -> None:
    revision = revisions_of(mine)[0]
    step = revision.steps.first()
    assert step is not None
    writes: list[Callable[[], object]] = [
        revision.save,
        lambda: revision.save(update_fields=["name"]),
        lambda: revision.save(force_update=True),
        revision.delete,
        step.save,
        step.delete,
        lambda: Revision.objects.filter(pk=revision.pk).update(name="Other"),
        lambda: Revision.objects.filter(pk=revision.pk).update(published_at=NOW, number=9),
        lambda: mine.revisions.all().delete(),
        lambda: Revision.objects.bulk_update([revision], ["name"]),
        lambda: Step.objects.update(reps=3),
        lambda: revision.steps.all().delete(),
        lambda: Step.objects.bulk_update([step], ["reps"]),
        lambda: Step.objects.filter(pk=step.pk).update_or_create(revision=revision, position=1, defaults={"reps": 3}),
    ]
    before = list(Revision.objects.order_by("pk").values()), list(Step.objects.order_by("pk").values())
    for write in writes:
        with pytest.raises(WrittenOnceError):
            write()
    assert (list(Revision.objects.order_by("pk").values()), list(Step.objects.order_by("pk").values())) == before


def test_deeds_on_a_routine_leave_its_old_versions_be(mine: Routine, cast: Cast) -> None:
    kept = Revision.objects.filter(routine=mine), Step.objects.filter(revision__routine=mine, revision__number__lt=4)
    before = [list(rows.order_by("pk").values()) for rows in kept]
    first = revisions_of(mine)[0]
    steps = [as_given(step) for step in first.steps.select_related("exercise")]
    revise_routine(routine=mine, actor=cast.coach, steps=steps, name="Eight", now=NOW, description="Else")
    archive_routine(routine=mine, actor=cast.coach, now=NOW)

    after = [list(kept[0].filter(number__lt=4).order_by("pk").values()), list(kept[1].order_by("pk").values())]
    assert after == before


def test_an_exercise_that_is_changed_later_leaves_old_versions_saying_what_they_said(
    mine: Routine, cast: Cast, browser_of: Browser
) -> None:
    first, client = revisions_of(mine)[0], browser_of(cast.coach)
    path = f"/routines/{mine.pk}/revisions/1/"

    def told() -> tuple[Any, ...]:
        answer = client.get(path)
        steps = [(step.exercise_name, step.mode, step.reps, cue) for step, cue in answer.context["steps"]]
        return answer.context["revision"].duration_seconds, answer.context["ticks"], steps

    before, said = told(), words(client.get(path))
    for step in first.steps.select_related("exercise"):
        edit_exercise(step.exercise, name=f"New {step.exercise.name}", seconds_per_rep=9, reps=30, tempo="9-9-9")

    assert told() == before
    assert ("Bridge" in said, words(client.get(path)).count("New ")) == (True, 0)


# --- What it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["revisions/", "revisions/{newest}/", "compare/?from=1&to={newest}"])
def test_one_version_and_three_cost_the_same(cast: Cast, browser_of: Browser, path: str) -> None:
    steps: Any = [{"exercise": make_exercise("bridge").slug}]
    routine = create_routine(owner=cast.coach, actor=cast.coach, name="Five", steps=steps, now=NOW)
    client, costs = browser_of(cast.coach), []
    client.get("/routines/")  # fills what is kept between requests
    for number in (1, 3):
        for more in range(2, number + 1):
            steps = [*steps, {"exercise": make_exercise(f"squat-{more}").slug}]
            revise_routine(routine=routine, actor=cast.coach, steps=steps, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/routines/{routine.pk}/{path.format(newest=number)}").status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1]
