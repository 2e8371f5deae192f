"""/api/v1/standing-assignments/: rules set, read and ended, and what runs say they got."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from plans.models import Squad, StandingAssignment
from tests.conftest import Cast
from tests.factories import BERLIN, make_assignment, make_own_default, make_routine, make_run, make_standing

RULES, RUNS = "/api/v1/standing-assignments/", "/api/v1/runs/"
DAY = timedelta(days=1)

Api = Callable[..., APIClient]


def today() -> Any:
    return timezone.now().astimezone(BERLIN).date()  # as the squad and its athletes have it


def named(answer: Any) -> set[str]:
    """The fields that a refusal names."""
    assert answer.status_code == 400, answer.content
    return {row["field"] for row in answer.json()["errors"]}


def test_a_rule_of_a_squad_there_and_back(cast: Cast, api_of: Api) -> None:
    routine = make_routine(owner=cast.coach)
    run = make_run(cast.athlete, squad=cast.squad, kind="hills", starts_at=timezone.now() + 2 * DAY)
    body = {
        "routine": routine.pk,
        "squad": "dawn-patrol",
        "kinds": ["hills", "intervals"],
        "from": f"{today()}",
        "until": f"{today() + 30 * DAY}",
        "note": "Slowly",
    }
    made = api_of(cast.coach).post(RULES, body, format="json")
    assert made.status_code == 201
    rule = StandingAssignment.objects.get()
    said = {
        "id": rule.pk,
        "athlete": None,
        "squad": "dawn-patrol",
        "routine": routine.pk,
        "routine_revision": routine.current_id,
        "kinds": ["intervals", "hills"],
        "from": f"{today()}",
        "until": f"{today() + 30 * DAY}",
        "note": "Slowly",
    }
    assert made.json() == said
    for reader in (cast.coach, cast.assistant):
        assert api_of(reader).get(RULES).json() == {"next": None, "previous": None, "results": [said]}
        assert api_of(reader).get(f"{RULES}{rule.pk}/").json() == said
    for stranger in (cast.athlete, cast.other_coach, cast.curator, cast.superuser):
        assert api_of(stranger).get(RULES).json()["results"] == []
        assert api_of(stranger).get(f"{RULES}{rule.pk}/").status_code == 404
    got = api_of(cast.athlete).get(f"{RUNS}{run.pk}/").json()
    assert (got["routine"], got["routine_from"]) == (routine.pk, "squad")
    assert api_of(cast.coach).delete(f"{RULES}{rule.pk}/").status_code == 204
    assert api_of(cast.coach).get(RULES).json()["results"] == []
    assert api_of(cast.coach).delete(f"{RULES}{rule.pk}/").status_code == 404
    assert api_of(cast.athlete).get(f"{RUNS}{run.pk}/").json()["routine_from"] is None


def test_only_routine_whose_and_from_are_asked_for(cast: Cast, api_of: Api) -> None:
    body = {"routine": make_routine().pk, "athlete": cast.athlete.pk, "from": f"{today()}"}
    made = api_of(cast.athlete).post(RULES, body, format="json").json()
    assert (made["kinds"], made["until"], made["note"], made["athlete"]) == ([], None, "", cast.athlete.pk)
    nulls = body | {"squad": None, "kinds": None, "until": None, "note": None}
    assert api_of(cast.athlete).post(RULES, nulls, format="json").status_code == 201
    assert named(api_of(cast.athlete).post(RULES, {}, format="json")) == {"routine", "from"}


def test_one_says_whose_it_is(cast: Cast, api_of: Api) -> None:
    body: dict[str, Any] = {"routine": make_routine().pk, "from": f"{today()}"}
    api = api_of(cast.coach)
    assert named(api.post(RULES, body, format="json")) == {"athlete", "squad"}
    both = body | {"athlete": cast.athlete.pk, "squad": "dawn-patrol"}
    assert named(api.post(RULES, both, format="json")) == {"athlete", "squad"}


@pytest.mark.parametrize(
    ("field", "value", "names"),
    [
        ("from", "2026-02-30", "from"),
        ("from", "1999-01-01", "from"),
        ("from", "9999-12-31", "from"),
        ("until", "1999-01-01", "until"),
        ("kinds", ["walk"], "kinds.0"),
        ("kinds", "easy", "kinds"),
        ("note", "x" * 501, "note"),
        ("routine", 10**9, "routine"),
        ("athlete", 10**9, "athlete"),
    ],
)
def test_bad_fields_are_named(cast: Cast, api_of: Api, field: str, value: Any, names: str) -> None:
    body = {"routine": make_routine().pk, "athlete": cast.athlete.pk, "from": f"{today()}"}
    assert named(api_of(cast.coach).post(RULES, body | {field: value}, format="json")) == {names}


@pytest.mark.parametrize(
    ("who", "status"),
    [("athlete", 403), ("assistant", 403), ("coach", 201), ("other_coach", 400), ("superuser", 400)],
)
def test_who_sets_one_for_a_squad(cast: Cast, api_of: Api, who: str, status: int) -> None:
    body = {"routine": make_routine().pk, "squad": "dawn-patrol", "from": f"{today()}"}
    assert api_of(getattr(cast, who)).post(RULES, body, format="json").status_code == status


@pytest.mark.parametrize(
    ("who", "status"),
    [("athlete", 201), ("team_mate", 400), ("assistant", 403), ("coach", 201), ("other_coach", 400)],
)
def test_who_sets_one_for_an_athlete(cast: Cast, api_of: Api, who: str, status: int) -> None:
    body = {"routine": make_routine().pk, "athlete": cast.athlete.pk, "from": f"{today()}"}
    assert api_of(getattr(cast, who)).post(RULES, body, format="json").status_code == status


def test_an_athlete_reads_what_a_coach_set_for_them_and_ends_only_their_own(cast: Cast, api_of: Api) -> None:
    coachs = make_standing(make_routine(), athlete=cast.athlete, by=cast.coach, since=today())
    own = make_standing(make_routine(), athlete=cast.athlete, by=cast.athlete, since=today())
    api = api_of(cast.athlete)
    assert [each["id"] for each in api.get(RULES).json()["results"]] == [own.pk, coachs.pk]
    assert api.delete(f"{RULES}{coachs.pk}/").status_code == 403
    assert api.delete(f"{RULES}{own.pk}/").status_code == 204
    assert api_of(cast.team_mate).delete(f"{RULES}{coachs.pk}/").status_code == 404


def test_the_list_can_be_narrowed(cast: Cast, api_of: Api) -> None:
    routine = make_routine()
    of_squad = make_standing(routine, squad=cast.squad, since=today())
    of_ada = make_standing(routine, athlete=cast.athlete, since=today() - DAY)
    over = make_standing(routine, squad=cast.squad, since=today() - 9 * DAY, until=today() - 5 * DAY)
    api = api_of(cast.coach)

    def listed(query: str) -> list[int]:
        return [each["id"] for each in api.get(RULES + query).json()["results"]]

    assert listed("") == [of_squad.pk, of_ada.pk]
    assert listed("?squad=dawn-patrol") == [of_squad.pk]
    assert listed(f"?athlete={cast.athlete.pk}") == [of_ada.pk]
    assert listed("?squad=dawn-patrol&over=true") == [of_squad.pk, over.pk]
    assert listed("?squad=night-owls") == []
    assert named(api.get(RULES + "?athlete=x")) == {"athlete"}


def test_a_run_names_each_of_the_five_sources(cast: Cast, api_of: Api) -> None:
    run = make_run(cast.athlete, squad=cast.squad, starts_at=timezone.now() + DAY)
    api, said = api_of(cast.athlete), []
    deeds: list[Callable[[], object]] = [
        lambda: None,
        lambda: make_own_default(cast.athlete, make_routine()),
        lambda: Squad.objects.filter(pk=cast.squad.pk).update(default_routine=make_routine()),
        lambda: make_standing(make_routine(), squad=cast.squad, since=today() - DAY),
        lambda: make_standing(make_routine(), athlete=cast.athlete, since=today() - DAY),
        lambda: make_assignment(run, make_routine()),
    ]
    for deed in deeds:
        deed()
        said.append(api.get(f"{RUNS}{run.pk}/").json()["routine_from"])
    assert said == [None, "own-default", "squad-default", "squad", "athlete", "run"]
