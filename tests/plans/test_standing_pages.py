"""The pages of rules, of what is usual, and of many runs given a warm-up by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from plans.domain import by_hand, reminders
from plans.domain.given import steps_of, with_warm_up
from plans.emails import reminder_mail
from plans.models import Assignment, Membership, OwnDefault, Reminder, Run, StandingAssignment
from plans.views import standing as views
from tests.conftest import Cast
from tests.factories import BERLIN, make_assignment, make_own_default, make_routine, make_run, make_standing
from tests.page_text import Text, see

DAY = timedelta(days=1)
BrowserOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def now(cast: Cast) -> Any:
    """The real now, which pages read, with everyone in their squad since long before it."""
    now = timezone.now()
    Membership.objects.update(began_at=now - 60 * DAY, sees_from=now - 60 * DAY)
    return now


@pytest.fixture
def cora(cast: Cast, browser_of: BrowserOf) -> Client:
    """The coach's."""
    return browser_of(cast.coach)


def looked_at(answer: Any) -> str:
    """What a page that showed a preview carries to be saved."""
    assert answer.status_code == 200, answer.content.decode()
    return re.search(r'name="looked" value="([0-9a-f]+)"', answer.content.decode())[1]  # type: ignore[index]


def look_and_save(browser: Client, address: str, body: dict[str, Any]) -> Any:
    looked = looked_at(browser.post(address, body | {"look": "1"}))
    return browser.post(address, body | {"looked": looked, "save": "1"}, follow=True)


# --- Rules ------------------------------------------------------------------------------------------------------------
def test_a_coach_looks_and_then_sets_a_rule(cast: Cast, cora: Client, now: Any) -> None:
    routine = make_routine("Up the hill", owner=cast.coach)
    make_run(cast.athlete, squad=cast.squad, kind="hills", starts_at=now + 2 * DAY)
    make_run(cast.team_mate, squad=cast.squad, kind="hills", starts_at=now + 2 * DAY)
    address = "/squads/dawn-patrol/warm-ups/new/"
    body = {"routine": routine.pk, "kinds": ["hills"], "since": f"{now:%Y-%m-%d}", "until": "", "note": "Slowly"}
    page = Text(cora.post(address, body | {"look": "1"}))
    assert "2 runs of 2 athletes get another warm-up." in page
    assert "2 hills of 2 athletes" in page
    assert "nothing yet becomes Up the hill" in page
    assert not StandingAssignment.objects.exists()
    page = Text(look_and_save(cora, address, body))
    assert "The rule is set." in page
    assert "Hills get “Up the hill”. Slowly Set by you" in page
    rule = StandingAssignment.objects.get()
    assert (rule.squad, rule.kinds, rule.by_coach) == (cast.squad, ["hills"], True)


def test_other_values_than_those_looked_at_are_shown_first(cast: Cast, cora: Client, now: Any) -> None:
    address = "/squads/dawn-patrol/warm-ups/new/"
    body = {"routine": make_routine().pk, "since": f"{now:%Y-%m-%d}"}
    looked = looked_at(cora.post(address, body | {"look": "1"}))
    for changed in (body | {"kinds": ["race"]}, body | {"note": "Other"}):
        answer = cora.post(address, changed | {"looked": looked, "save": "1"})
        assert answer.status_code == 200
        assert looked_at(answer) != looked
    for unseen in ({"save": "1"}, {"save": "1", "looked": ""}, {"save": "1", "looked": "x\x00"}, {}):
        assert cora.post(address, body | unseen).status_code == 200
    assert not StandingAssignment.objects.exists()


def test_a_bad_rule_keeps_what_was_typed(cast: Cast, cora: Client, now: Any) -> None:
    body = {"routine": make_routine().pk, "kinds": ["race"], "since": f"{now:%Y-%m-%d}", "until": "2020-01-01"}
    answer = cora.post("/squads/dawn-patrol/warm-ups/new/", body | {"note": "Typed", "look": "1"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "It ends before it begins." in page
    assert "Typed" in page
    assert 'value="2020-01-01"' in page


def test_an_athletes_rule_set_by_the_coach_and_by_themselves(cast: Cast, browser_of: BrowserOf, now: Any) -> None:
    body = {"routine": make_routine("Calm").pk, "since": f"{now + DAY:%Y-%m-%d}", "until": f"{now + 9 * DAY:%Y-%m-%d}"}
    look_and_save(browser_of(cast.coach), f"/squads/dawn-patrol/athletes/{cast.athlete.pk}/warm-ups/new/", body)
    look_and_save(browser_of(cast.athlete), "/warm-ups/new/", body)
    assert list(StandingAssignment.objects.order_by("pk").values_list("athlete", "by_coach")) == [
        (cast.athlete.pk, True),
        (cast.athlete.pk, False),
    ]
    page = see(browser_of(cast.athlete), "/warm-ups/")
    assert "Set by Cora Coach" in page
    assert page.words.count("Change") == 1
    coachs = see(browser_of(cast.coach), f"/squads/dawn-patrol/athletes/{cast.athlete.pk}/warm-ups/")
    assert coachs.words.count("Change") == 2
    assert "Ada Athlete: 2 rules" in see(browser_of(cast.coach), "/squads/dawn-patrol/warm-ups/")


def test_an_assistant_reads_and_changes_nothing(cast: Cast, browser_of: BrowserOf) -> None:
    make_standing(make_routine("Up"), squad=cast.squad, by=cast.coach)
    for address in ("/squads/dawn-patrol/warm-ups/", f"/squads/dawn-patrol/athletes/{cast.athlete.pk}/warm-ups/"):
        page = see(browser_of(cast.assistant), address)
        assert "“Up”" in page
        assert not {"Change", "End", "Add a rule", "Choose for many runs", "Change the usual"} & set(page.words)


def test_changing_a_rule_shows_what_that_does(cast: Cast, cora: Client, now: Any) -> None:
    routine = make_routine("Up", owner=cast.coach)
    rule = make_standing(routine, squad=cast.squad, since=now.date() - DAY, note="Slowly")
    make_run(cast.athlete, squad=cast.squad, starts_at=now + 5 * DAY)
    address = f"/warm-ups/{rule.pk}/"
    assert b"Slowly" in cora.get(address).content
    body = {
        "routine": routine.pk,
        "since": f"{rule.since}",
        "until": f"{(now + 2 * DAY).astimezone(BERLIN):%Y-%m-%d}",
        "note": "Slowly",
    }
    assert "1 run of one athlete gets another warm-up." in Text(cora.post(address, body | {"look": "1"}))
    assert "The rule is changed." in Text(look_and_save(cora, address, body))
    rule.refresh_from_db()
    assert f"{rule.until}" == body["until"]


def test_ending_a_rule_asks_and_tells_first(cast: Cast, cora: Client, now: Any) -> None:
    rule = make_standing(make_routine("Up"), squad=cast.squad, since=now.date() - 3 * DAY)
    make_run(cast.athlete, squad=cast.squad, starts_at=now + 5 * DAY)
    page = see(cora, f"/warm-ups/{rule.pk}/end/")
    assert "Every run gets “Up”." in page
    assert "Up becomes nothing" in page
    assert StandingAssignment.objects.get().until is None
    page = Text(cora.post(f"/warm-ups/{rule.pk}/end/", follow=True))
    assert "The rule is ended." in page
    assert "1 rule is over" in page
    assert "Every run got “Up”" in page


# --- The usual --------------------------------------------------------------------------------------------------------
def test_the_usual_of_a_squad(cast: Cast, cora: Client, now: Any) -> None:
    routine = make_routine("Five")
    make_run(cast.athlete, squad=cast.squad, starts_at=now + DAY)
    address = "/squads/dawn-patrol/warm-ups/usual/"
    assert "nothing yet becomes Five" in Text(cora.post(address, {"routine": routine.pk, "look": "1"}))
    assert "Five" in Text(look_and_save(cora, address, {"routine": routine.pk})).links
    cast.squad.refresh_from_db()
    assert cast.squad.default_routine == routine
    assert "Five becomes nothing" in Text(cora.post(address, {"routine": ""}))


def test_ones_own_usual(cast: Cast, browser_of: BrowserOf, now: Any) -> None:
    browser, routine = browser_of(cast.athlete), make_routine("Mine", owner=cast.athlete)
    make_run(cast.athlete, starts_at=now + DAY)
    body = {"routine": routine.pk}
    assert "1 of your runs gets another warm-up." in Text(browser.post("/warm-ups/usual/", body))
    look_and_save(browser, "/warm-ups/usual/", body)
    assert OwnDefault.objects.get().routine == routine
    assert "Mine" in see(browser, "/warm-ups/").links
    look_and_save(browser, "/warm-ups/usual/", {"routine": ""})
    assert not OwnDefault.objects.exists()


def test_a_runner_without_a_squad_sees_only_their_own_levels(cast: Cast, browser_of: BrowserOf) -> None:
    page = see(browser_of(cast.curator), "/warm-ups/")
    assert "Your own rules" in page
    assert "Your squad's rules" not in page


def test_the_ladder_tells_what_is_on_each_level(cast: Cast, cora: Client, now: Any) -> None:
    make_own_default(cast.athlete, make_routine())
    make_assignment(make_run(cast.athlete, squad=cast.squad, starts_at=now + DAY), make_routine(), by=cast.coach)
    page = see(cora, "/squads/dawn-patrol/warm-ups/")
    titles = [
        "Chosen for one run",
        "An athlete's own rules",
        "The squad's rules",
        "The squad's usual",
        "An athlete's own usual",
    ]
    assert [word for word in page.words if word in titles] == titles
    assert "1 coming run has one." in page
    assert "1 athlete has one." in page


# --- What a run says --------------------------------------------------------------------------------------------------
def test_a_run_says_by_which_rule_it_has_its_warm_up(cast: Cast, browser_of: BrowserOf, now: Any) -> None:
    run = make_run(cast.athlete, squad=cast.squad, kind="hills", starts_at=now + DAY)
    since = now.date() - DAY
    mine, coachs, today = f"/runs/{run.pk}/", cast.coach, "/today/"
    athletes_page = f"/squads/dawn-patrol/athletes/{cast.athlete.pk}/warm-ups/"

    def words(person: Any, address: str, sentence: str, href: str) -> None:
        page = see(browser_of(person), address)
        assert sentence in page
        assert page.links["See the rules"] == href

    make_own_default(cast.athlete, make_routine())
    words(cast.athlete, mine, "Your usual warm-up.", "/warm-ups/")
    words(coachs, mine, "The usual warm-up of Ada Athlete.", athletes_page)
    make_standing(make_routine(), squad=cast.squad, kinds=["hills", "race"], since=since, note="Mind the ice")
    for person, href in ((cast.athlete, "/warm-ups/"), (coachs, "/squads/dawn-patrol/warm-ups/")):
        words(person, mine, "By the rule of Dawn Patrol for hills and races.", href)
        assert "Mind the ice" in see(browser_of(person), mine)
    assert "Mind the ice" in see(browser_of(cast.athlete), f"/warm-up/{run.pk}/")
    make_standing(make_routine(), athlete=cast.athlete, by=coachs, since=since)
    words(cast.athlete, today, "By your coach's rule for every run of yours.", "/warm-ups/")
    words(coachs, mine, "By the rule for every run of Ada Athlete.", athletes_page)
    make_standing(make_routine(), athlete=cast.athlete, by=cast.athlete, kinds=["hills"], since=since)
    words(cast.athlete, mine, "By your own rule for hills.", "/warm-ups/")
    make_assignment(run, make_routine(), by=coachs)
    page = see(browser_of(cast.athlete), mine)
    assert "Your coach Cora Coach chose it for this run." in page
    assert "See the rules" not in page.links


def test_the_note_of_a_rule_goes_into_the_reminder(cast: Cast, now: Any) -> None:
    run = make_run(cast.athlete, squad=cast.squad, kind="hills", starts_at=now + DAY)
    fields = {"squad": cast.squad, "by": cast.coach, "since": now.date(), "note": "Mind the ice"}
    make_standing(make_routine(), **fields)
    reminders.derive(run_ids=[run.pk], now=now)
    reminder = Reminder.objects.get()
    reminder.run = with_warm_up(Run.objects.all()).get()
    text = reminder_mail(reminder, steps_of([reminder.run])).body
    assert "By the rule of Dawn Patrol for every run." in text
    assert "Cora Coach says:\nMind the ice" in text


# --- By hand to many --------------------------------------------------------------------------------------------------
MANY = "/squads/dawn-patrol/warm-ups/runs/"


def ticks(answer: Any) -> dict[int, bool]:
    """The runs that a page lists, and whether each is ticked."""
    found = re.findall(r'name="run" value="(\d+)"( checked)?', answer.content.decode())
    return {int(pk): bool(checked) for pk, checked in found}


def test_runs_are_found_by_kind_dates_athletes_and_whether_they_have_one(cast: Cast, cora: Client, now: Any) -> None:
    hills = make_run(cast.athlete, squad=cast.squad, kind="hills", starts_at=now + 2 * DAY)
    easy = make_run(cast.team_mate, squad=cast.squad, starts_at=now + 20 * DAY)
    own = make_run(cast.athlete, starts_at=now + 3 * DAY)
    had = make_run(cast.athlete, squad=cast.squad, starts_at=now + 4 * DAY)
    make_assignment(had, make_routine(), by=cast.coach)
    make_run(cast.athlete, squad=cast.squad, starts_at=now - DAY)
    make_run(cast.athlete, squad=cast.squad, starts_at=now + DAY, status="cancelled")
    make_run(cast.other_athlete, squad=cast.other_squad, starts_at=now + DAY)

    def found(query: str) -> dict[int, bool]:
        return ticks(cora.get(MANY + query))

    assert found("") == dict.fromkeys([hills.pk, own.pk, had.pk, easy.pk], True)
    assert list(found("?kinds=hills")) == [hills.pk]
    assert list(found(f"?since={(now + 10 * DAY).astimezone(BERLIN):%Y-%m-%d}")) == [easy.pk]
    assert list(found(f"?until={(now + 2 * DAY).astimezone(BERLIN):%Y-%m-%d}")) == [hills.pk]
    assert list(found(f"?athletes={cast.team_mate.pk}")) == [easy.pk]
    assert list(found("?without=on")) == [hills.pk, own.pk, easy.pk]
    bad = cora.get(MANY + f"?athletes={cast.other_athlete.pk}&kinds=walk&since=x")
    assert "Almost there. Please look at this again:" in Text(bad)
    assert ticks(bad) == {}


def test_what_is_ticked_is_looked_at_and_then_given(cast: Cast, cora: Client, now: Any) -> None:
    runs = [make_run(cast.athlete, squad=cast.squad, starts_at=now + day * DAY) for day in (1, 2, 3)]
    make_assignment(runs[0], make_routine("Old"), by=cast.coach)
    routine = make_routine("New", owner=cast.coach)
    body = {"run": [run.pk for run in runs[:2]], "routine": routine.pk, "note": "Slowly", "deed": "give"}
    answer = cora.post(MANY + "?kinds=easy", body)
    page = Text(answer)
    assert "Give “New” to 2 runs?" in page
    assert "1 of them was given one by hand before; this one takes its place." in page
    assert Assignment.objects.count() == 1
    keys = re.search(r'name="keys" value="([0-9,]+)"', answer.content.decode())[1]  # type: ignore[index]
    done = body | {"run": [], "keys": keys, "do": "1"}
    assert "2 runs have their warm-up." in Text(cora.post(MANY, done, follow=True))
    assert set(Assignment.objects.values_list("run", "revision", "note", "by_coach")) == {
        (run.pk, routine.current_id, "Slowly", True) for run in runs[:2]
    }


def test_all_that_is_found_may_be_given_at_once(
    cast: Cast, cora: Client, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "RUNS_A_PAGE", 2)
    for day in range(1, 6):
        make_run(cast.athlete, squad=cast.squad, starts_at=now + day * DAY, kind="race" if day == 5 else "easy")
    body = {"which": "all", "routine": make_routine("New").pk, "deed": "give"}
    assert len(ticks(cora.get(MANY + "?kinds=easy&page=2"))) == 2
    assert "Give “New” to 4 runs?" in Text(cora.post(MANY + "?kinds=easy&page=2", body))
    monkeypatch.setattr(by_hand, "RUNS_AT_MOST", 3)
    refused = cora.post(MANY + "?kinds=easy", body)
    assert refused.status_code == 422
    assert "At most 3 runs at a time." in Text(refused)


def test_what_was_chosen_by_hand_is_taken_back_from_many(cast: Cast, cora: Client, now: Any) -> None:
    runs = [make_run(cast.athlete, squad=cast.squad, starts_at=now + day * DAY) for day in (1, 2, 3)]
    for run in runs[:2]:
        make_assignment(run, make_routine(), by=cast.coach)
    body = {"run": [run.pk for run in runs[1:]], "deed": "withdraw"}
    assert "Take back what was chosen for 1 run?" in Text(cora.post(MANY, body))
    done = cora.post(MANY, body | {"do": "1"}, follow=True)
    assert "What was chosen for 1 run is taken back." in Text(done)
    assert list(Assignment.objects.values_list("run", flat=True)) == [runs[0].pk]


def test_nothing_ticked_or_not_theirs_is_said(cast: Cast, cora: Client, now: Any) -> None:
    mine = make_run(cast.athlete, squad=cast.squad, starts_at=now + DAY)
    others = make_run(cast.other_athlete, squad=cast.other_squad, starts_at=now + DAY)
    begun = make_run(cast.athlete, squad=cast.squad, starts_at=now - DAY)
    body = {"routine": make_routine().pk, "deed": "give", "do": "1"}
    for chosen in ([], ["x"], ["9" * 30], [mine.pk, others.pk], [mine.pk, begun.pk]):
        answer = cora.post(MANY, body | {"run": chosen})
        assert answer.status_code == 422, chosen
    answer = cora.post(MANY, {"run": [mine.pk], "deed": "give"})
    assert answer.status_code == 422
    assert ticks(answer) == {mine.pk: True}
    assert not Assignment.objects.exists()


def test_other_coaches_give_nothing(cast: Cast, browser_of: BrowserOf) -> None:
    for person, status in ((cast.assistant, 403), (cast.athlete, 403), (cast.other_coach, 404)):
        assert browser_of(person).get(MANY).status_code == status
        assert browser_of(person).post(MANY, {"deed": "withdraw"}).status_code == status
