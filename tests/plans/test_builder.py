"""The builder: a form that works by its buttons alone, saves a version, and takes planned runs along if one wishes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from plans.models import Assignment, SharedRoutine
from tests.conftest import Cast
from tests.factories import (
    NOW,
    edit_exercise,
    make_activation,
    make_assignment,
    make_equipment,
    make_exercise,
    make_routine,
    make_run,
    make_squad,
)
from tests.page_text import Text
from warmups.domain.routines import create_routine, revise_routine
from warmups.models import Exercise, Revision, Routine

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]
NEW = "/routines/new/"


@pytest.fixture
def exercises() -> None:
    make_exercise("bridge", name="Bridge", unilateral=False, running_role="hip-extension")
    make_exercise("clam", name="Clam", reps=10)
    make_exercise("plank", name="Plank", mode="hold", reps=2, hold_seconds=20, seconds_per_rep=None, unilateral=False)
    make_exercise("jog", name="Jog", mode="distance", reps=None, metres=40, unilateral=False, phase="raise")


@pytest.fixture
def coach_page(cast: Cast, browser_of: BrowserOf, exercises: None) -> Client:
    return browser_of(cast.coach)


def sent_by(answer: Any) -> dict[str, Any]:
    """What a browser would send of the builder's page, with no button pressed."""
    builder, page = answer.context["builder"], answer.context["page"]
    data: dict[str, Any] = {"step": [step.key for step in builder.steps]}
    forms = [builder.form, *builder.steps, page.sharing, page.follow]
    for form in [form for form in forms if form]:
        for bound in form:
            value = bound.value()
            if value not in (None, []):
                data[bound.html_name] = value if isinstance(value, list) else str(value)
    return data | {f"{step.key}-exercise": step.exercise.slug for step in builder.steps}


def anyway(answer: Any) -> str:
    """What the button says that saves over what somebody else saved."""
    found = re.search(r'name="do" value="(anyway[^"]*)"', answer.content.decode())
    assert found
    return found[1]


def shown(answer: Any) -> list[str]:
    return [step.exercise.slug for step in answer.context["builder"].steps]


def built(client: Client, *slugs: str, address: str = NEW) -> dict[str, Any]:
    """What a browser holds after these exercises were added by their buttons."""
    data = sent_by(client.get(address))
    for slug in slugs:
        answer = client.post(address, data | {"do": f"add-{slug}"})
        assert answer.status_code == 200
        data = sent_by(answer)
    return data


def key(data: dict[str, Any], at: int, field: str) -> str:
    return f"{data['step'][at]}-{field}"


# --- Building ---------------------------------------------------------------------------------------------------------


def test_a_routine_from_nothing_by_buttons_alone(coach_page: Client, cast: Cast) -> None:
    data = built(coach_page, "bridge", "clam", "plank", "jog") | {"name": "Before hills"}
    data |= {key(data, 0, "sets"): "2", key(data, 0, "rest_seconds"): "15", key(data, 1, "note"): "Slowly"}
    answer = coach_page.post(NEW, data)
    routine = Routine.objects.get(name="Before hills")
    assert (answer.status_code, answer["Location"]) == (302, f"/routines/{routine.pk}/")
    assert (routine.owner, routine.current.created_by, routine.current.number) == (cast.coach, cast.coach, 1)
    said = [
        (step.exercise.slug, step.sets, step.reps, step.hold_seconds, step.metres, step.sides, step.rest_seconds)
        for step in routine.current.steps.all()
    ]
    assert said == [
        ("bridge", 2, 8, None, None, None, 15),
        ("clam", 1, 10, None, None, "each", 0),
        ("plank", 1, 2, 20, None, None, 0),
        ("jog", 1, None, None, 40, None, 0),
    ]
    assert [step.rank for step in routine.current.steps.all()] == [1, 2, 3, 4]
    assert routine.current.steps.get(position=2).note == "Slowly"


def test_up_down_out_and_ramp_order(coach_page: Client) -> None:
    data = built(coach_page, "bridge", "clam", "jog")
    first, second, third = data["step"]
    for deed, order in (
        (f"up-{second}", ["clam", "bridge", "jog"]),
        (f"up-{first}", ["bridge", "clam", "jog"]),
        (f"down-{third}", ["bridge", "clam", "jog"]),
        (f"down-{first}", ["clam", "bridge", "jog"]),
        (f"remove-{second}", ["bridge", "jog"]),
        ("sort", ["jog", "bridge"]),
        ("up-nobody", ["jog", "bridge"]),
    ):
        answer = coach_page.post(NEW, data | {"do": deed})
        assert (deed, shown(answer)) == (deed, order) if deed.startswith(("remove", "sort", "up-n")) else True
        data = sent_by(answer)
    assert Routine.objects.count() == 0


def test_nothing_typed_is_lost_by_a_button(coach_page: Client) -> None:
    data = built(coach_page, "clam") | {"name": "N", "description": "D"}
    data |= {key(data, 0, "reps"): "many", key(data, 0, "tempo"): "2-0-2", "pick-q": "bri"}
    answer = coach_page.post(NEW, data | {"do": "search"})
    assert answer.status_code == 200
    assert {name: value for name, value in sent_by(answer).items() if name in data} == {
        name: value for name, value in data.items() if name != "pick-q"
    }
    html = answer.content.decode()
    assert ("Add Bridge" in html, "Add Plank" in html) == (True, False)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("reps", "many", "Enter a whole number."),
        ("reps", "", "Give a whole number from 1 to 200."),
        ("reps", "201", "Give a whole number from 1 to 200."),
        ("sets", "9" * 40, "Give a whole number from 1 to 10."),
        ("sides", "up", "Select a valid choice. up is not one of the available choices."),
        ("rank", "0", "Give a whole number from 1 to 30."),
        ("note", "x" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("equipment", "jet-pack", "Select a valid choice. jet-pack is not one of the available choices."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_is_saved(
    coach_page: Client, field: str, value: str, said: str
) -> None:
    make_equipment()
    data = built(coach_page, "bridge", "clam") | {"name": "Before hills"}
    answer = coach_page.post(NEW, data | {key(data, 1, field): value})
    assert answer.status_code == 422
    [wrong] = answer.context["builder"].wrong
    assert (wrong.text, wrong.where.startswith("Step 2, Clam, ")) == (said, True)
    assert f'href="#{wrong.id}"' in answer.content.decode()
    assert sent_by(answer)[key(data, 1, field)] in (value, [value])
    assert Routine.objects.count() == 0


def test_name_and_steps_are_needed(coach_page: Client) -> None:
    answer = coach_page.post(NEW, {"name": ""})
    assert answer.status_code == 422
    assert [wrong.text for wrong in answer.context["builder"].wrong] == ["This field is required."]
    answer = coach_page.post(NEW, {"name": "Empty"})
    assert [wrong.text for wrong in answer.context["builder"].wrong] == ["A routine has 1 to 30 steps."]
    many = {"name": "Many", "step": [f"k{n}" for n in range(31)]} | {f"k{n}-exercise": "jog" for n in range(31)}
    many |= {f"k{n}-{field}": value for n in range(31) for field, value in (("sets", 1), ("metres", 40))}
    answer = coach_page.post(NEW, many)
    assert [wrong.text for wrong in answer.context["builder"].wrong] == ["A routine has 1 to 30 steps."]


def test_drafts_and_retired_exercises_are_not_to_be_chosen(coach_page: Client) -> None:
    make_exercise("draft", status="draft")
    make_exercise("retired", status="retired")
    for slug in ("draft", "retired", "no-such", "a\x00"):
        answer = coach_page.post(NEW, {"do": f"add-{slug}"})
        assert (answer.status_code < 500, shown(answer)) == (True, [])
    assert coach_page.get("/routines/exercises/draft/").status_code == 404
    assert coach_page.get("/routines/exercises/clam/").status_code == 200


def test_a_retired_one_stays_in_a_routine_that_has_it(coach_page: Client, cast: Cast) -> None:
    routine = own(cast.coach, "bridge", "clam")
    edit_exercise(routine.current.steps.get(position=2).exercise, status="retired")
    data = sent_by(coach_page.get(edit(routine)))
    assert coach_page.post(edit(routine), data | {"name": "Same"}).status_code == 302
    assert routine.revisions.count() == 2


def test_the_sums_add_up_what_is_whole(coach_page: Client) -> None:
    make_activation(Exercise.objects.get(slug="clam"))
    data = built(coach_page, "bridge", "clam", "plank")
    answer = coach_page.post(NEW, data | {key(data, 2, "hold_seconds"): "", "do": "sums"})
    sums = answer.context["sums"]
    # Bridge 8 + 8 x 3; clam 8 + 2 x 10 x 3 + 5.
    assert (sums.seconds, sums.count, sums.uncounted) == (32 + 73, 3, [3])
    assert answer.templates[0].name == "warmups/_builder_sums.html"
    bars = {bar.slug: bar.seconds for bar in sums.picture.bars}
    assert bars == {"gluteus-medius": 45}  # 60 s of work in the band that counts three quarters
    assert "Step 3 is not counted yet" in " ".join(answer.content.decode().split())


# --- Sharing ----------------------------------------------------------------------------------------------------------


def test_shared_with_the_squads_that_one_coaches_and_no_others(coach_page: Client, cast: Cast) -> None:
    data = built(coach_page, "bridge") | {"name": "For us"}
    answer = coach_page.post(NEW, data | {"share-squads": [cast.other_squad.slug]})
    assert (answer.status_code, Routine.objects.count()) == (422, 0)
    assert coach_page.post(NEW, data | {"share-squads": [cast.squad.slug]}).status_code == 302
    assert SharedRoutine.objects.get().squad == cast.squad
    routine = Routine.objects.get()
    data = sent_by(coach_page.get(edit(routine)))
    assert data["share-squads"] == [cast.squad.slug]
    del data["share-squads"]
    coach_page.post(edit(routine), data)
    assert not SharedRoutine.objects.exists()


def test_an_athlete_has_nobody_to_share_with(cast: Cast, browser_of: BrowserOf, exercises: None) -> None:
    assert "Share with" not in browser_of(cast.athlete).get(NEW).content.decode()


# --- The next version -------------------------------------------------------------------------------------------------


def own(owner: User, *slugs: str) -> Routine:
    steps: Any = [{"exercise": slug} for slug in slugs]
    return create_routine(owner=owner, actor=owner, name="Mine", steps=steps, now=timezone.now())


def edit(routine: Routine) -> str:
    return f"/routines/{routine.pk}/edit/"


def test_a_change_is_the_next_version_with_its_reason(coach_page: Client, cast: Cast) -> None:
    routine = own(cast.coach, "bridge", "clam")
    data = sent_by(coach_page.get(edit(routine)))
    answer = coach_page.post(edit(routine), data | {key(data, 0, "reps"): "12", "reason": "More of it"}, follow=True)
    assert "Saved as version 2." in Text(answer)
    routine.refresh_from_db()
    assert (routine.current.number, routine.current.reason) == (2, "More of it")
    assert [step.reps for step in routine.revisions.get(number=1).steps.all()] == [8, 10]
    data = sent_by(coach_page.get(edit(routine)))
    answer = coach_page.post(edit(routine), data, follow=True)
    assert "It says the same as before, so there is no new version." in Text(answer)
    assert routine.revisions.count() == 2


def test_who_was_slower_is_told_and_loses_nothing(coach_page: Client, cast: Cast) -> None:
    routine = own(cast.coach, "bridge")
    data = sent_by(coach_page.get(edit(routine))) | {"name": "Slower"}
    revise_routine(routine=routine, actor=cast.coach, now=timezone.now(), name="Faster")
    answer = coach_page.post(edit(routine), data)
    assert (answer.status_code, sent_by(answer)["name"]) == (422, "Slower")
    assert "Somebody saved this routine in the meantime" in Text(answer)
    assert routine.revisions.count() == 2
    assert coach_page.post(edit(routine), sent_by(answer) | {"do": anyway(answer)}).status_code == 302
    routine.refresh_from_db()
    assert (routine.name, routine.current.number) == ("Slower", 3)


def test_nobody_saves_over_a_version_that_they_were_not_shown(coach_page: Client, cast: Cast) -> None:
    routine = own(cast.coach, "bridge")
    data = sent_by(coach_page.get(edit(routine))) | {"name": "Slower"}
    revise_routine(routine=routine, actor=cast.coach, now=timezone.now(), name="Faster")
    answer = coach_page.post(edit(routine), data)
    revise_routine(routine=routine, actor=cast.coach, now=timezone.now(), name="Faster still")
    for deed in (anyway(answer), "anyway", "anyway-", "anyway-x", "anyway-" + "9" * 5000, "anyway-\x00"):
        again = coach_page.post(edit(routine), sent_by(answer) | {"do": deed})
        assert (again.status_code, again.context["page"].newest.name) == (422, "Faster still")
    assert routine.revisions.count() == 3


@pytest.mark.parametrize(("choice", "numbers"), [("move", [2, 2, 1, 1]), ("leave", [1, 1, 1, 1])])
def test_planned_runs_follow_if_one_wishes(coach_page: Client, cast: Cast, choice: str, numbers: list[int]) -> None:
    routine = own(cast.coach, "bridge")
    times = [NOW, NOW + timedelta(days=1), timezone.now() - timedelta(days=1)]
    runs = [make_run(cast.athlete, starts_at=time, squad=cast.squad) for time in times]
    runs.append(make_run(cast.athlete, starts_at=NOW, squad=cast.squad, status="cancelled"))
    for run in runs:
        make_assignment(run, routine, by=cast.coach)
    page = coach_page.get(edit(routine))
    assert [run.pk for run in page.context["runs"]] == [runs[0].pk, runs[1].pk]
    answer = coach_page.post(edit(routine), sent_by(page) | {"name": "Other", "follow-runs": choice}, follow=True)
    given = [Assignment.objects.get(run=run).revision.number for run in runs]
    assert given == numbers
    assert ("2 planned runs have it now." in Text(answer)) == (choice == "move")


def test_one_sees_of_planned_runs_only_those_one_may_see(cast: Cast, browser_of: BrowserOf, exercises: None) -> None:
    routine = own(cast.coach, "bridge")
    SharedRoutine.objects.create(squad=cast.squad, routine=routine)
    make_assignment(make_run(cast.other_athlete, starts_at=NOW), routine)
    mine = make_run(cast.athlete, starts_at=NOW)
    make_assignment(mine, routine)
    page = browser_of(cast.coach).get(edit(routine))
    assert ([run.pk for run in page.context["runs"]], page.context["more_runs"]) == ([mine.pk], 1)
    assert "Ola Elsewhere" not in page.content.decode()


# --- Rights, and the library ------------------------------------------------------------------------------------------


def test_who_may_change_it(cast: Cast, browser_of: BrowserOf, exercises: None) -> None:
    mine, library = own(cast.coach, "bridge"), make_routine("Library")
    SharedRoutine.objects.create(squad=cast.squad, routine=mine)
    people = (cast.coach, cast.athlete, cast.other_coach, cast.curator, None)
    statuses = [[browser_of(person).get(edit(routine)).status_code for person in people] for routine in (mine, library)]
    assert statuses == [[200, 403, 404, 404, 302], [403, 403, 403, 200, 302]]


def test_a_curator_builds_for_the_library(cast: Cast, browser_of: BrowserOf, exercises: None) -> None:
    address = f"{NEW}?library=on"
    assert browser_of(cast.coach).get(address).status_code == 403
    curator = browser_of(cast.curator)
    data = built(curator, "bridge", "clam", address=address) | {"name": "Cold morning"}
    assert curator.post(address, data).status_code == 302
    routine = Routine.objects.get()
    assert (routine.owner, routine.published, routine.next_status, routine.slug) == (
        None,
        False,
        "draft",
        "cold-morning",
    )
    Routine.objects.update(published=True)
    Revision.objects.update(published_at=timezone.now())
    answer = curator.post(edit(routine), sent_by(curator.get(edit(routine))) | {"name": "Colder"}, follow=True)
    assert "Readers keep what they have until it is published." in Text(answer)
    routine.refresh_from_db()
    assert (routine.name, routine.latest.name) == ("Cold morning", "Colder")


# --- The list, archive, delete ----------------------------------------------------------------------------------------


def test_archived_ones_are_on_a_page_of_their_own_and_come_back(coach_page: Client, cast: Cast) -> None:
    routine = own(cast.coach, "bridge")
    assert coach_page.post(f"/routines/{routine.pk}/archive/").status_code == 302
    assert "Mine" not in Text(coach_page.get("/routines/")).links
    archived = Text(coach_page.get("/routines/?archived=on"))
    assert archived.links["Mine"] == f"/routines/{routine.pk}/"
    coach_page.post(f"/routines/{routine.pk}/bring-back/")
    assert "Mine" in Text(coach_page.get("/routines/")).links


def test_deleted_only_if_nothing_leans_on_it(coach_page: Client, cast: Cast) -> None:
    free, used = own(cast.coach, "bridge"), own(cast.coach, "clam")
    make_squad(default_routine=used)
    assert "Delete" in Text(coach_page.get(f"/routines/{free.pk}/")).links
    assert "Delete" not in Text(coach_page.get(f"/routines/{used.pk}/")).links
    assert coach_page.post(f"/routines/{free.pk}/delete/")["Location"] == "/routines/"
    answer = coach_page.post(f"/routines/{used.pk}/delete/", follow=True)
    assert "Archive it instead." in Text(answer)
    assert list(Routine.objects.all()) == [used]
