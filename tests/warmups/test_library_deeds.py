"""The pages on which curators publish routines: what they say before, what they do, what they tell when it can't be."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from accounts.models import AuditEntry, User
from plans.models import SharedRoutine
from tests.conftest import Cast
from tests.factories import NOW, edit_exercise, make_assignment, make_routine, make_run, make_user
from tests.warmups.library_states import WAYS, change_routine, routine_in, standing
from tests.warmups.workflow_states import second_curator
from warmups.domain import library_routines as domain
from warmups.domain.routines import copy_routine
from warmups.models import Exercise, Revision, Routine
from warmups.routine_workflow import KINDS, address_of, deeds_for, routine_workflow

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]
Make = Callable[..., Routine]

# The deeds that each state takes.
TAKES: dict[str, list[str]] = {
    "draft": ["submit"],
    "in-review": ["publish", "send-back"],
    "sent-back": ["submit"],
    "published": ["withdraw"],
    "published+draft": ["submit", "discard", "withdraw"],
    "published+in-review": ["publish", "send-back", "discard", "withdraw"],
    "withdrawn": ["submit"],
    "withdrawn+draft": ["submit", "discard"],
    "withdrawn+in-review": ["publish", "send-back", "discard"],
    "archived": [],
}


@pytest.fixture
def author(cast: Cast) -> User:
    return cast.curator


@pytest.fixture
def second(cast: Cast) -> User:
    return second_curator(cast.curator)


@pytest.fixture
def make(author: User, second: User) -> Make:
    """A routine in a state."""

    def make(state: str, name: str = "Five") -> Routine:
        return routine_in(state, author=author, second=second, name=name)

    return make


def words_of(html: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(strip_tags(html)).split())


def said(answer: Any) -> str:
    """What an answer says, in one line."""
    return words_of(answer.content.decode())


def told(answer: Any) -> list[str]:
    """The messages on the page that one lands on."""
    return [str(message) for message in answer.context["messages"]]


def piece(routine: Routine, person: User) -> str:
    """What the routine's page says of where it stands."""
    workflow = routine_workflow(routine, person)
    return words_of(render_to_string("warmups/_routine_workflow.html", {"workflow": workflow}))


def what_to_say(name: str) -> dict[str, str]:
    return {"note": "Shorter."} if name == "send-back" else {}


# --- Who, and when ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", KINDS)
def test_curators_alone(cast: Cast, make: Make, browser_of: BrowserOf, name: str) -> None:
    seen, unseen = make("published+in-review"), make("in-review", "Hidden")
    for routine, refusal in ((seen, 403), (unseen, 404)):
        address = address_of(name, routine)
        for person in (cast.athlete, cast.coach, make_user(is_staff=True)):
            browser = browser_of(person)
            assert [browser.get(address).status_code, browser.post(address).status_code] == [refusal, refusal]
        visitor = browser_of(None)
        assert [visitor.get(address).url, visitor.post(address).url] == [f"/accounts/login/?next={address}"] * 2
    assert (standing(seen), standing(unseen)) == ((True, "in-review", 1, 2), (False, "in-review", 1, 1))


@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_routine_of_the_library_has_no_such_page(cast: Cast, browser_of: BrowserOf, name: str) -> None:
    own = make_routine(owner=cast.curator)
    for person in (cast.curator, cast.superuser):
        for key in (own.pk, 0, 10**9, 2**63, 10**30):
            answers = [
                deed(f"/routines/{key}/{name}/").status_code
                for deed in (browser_of(person).get, browser_of(person).post)
            ]
            assert answers == [404, 404]


@pytest.mark.parametrize("state", WAYS)
def test_every_page_opens_in_every_state_and_only_what_fits_is_done(
    make: Make, author: User, second: User, cast: Cast, browser_of: BrowserOf, state: str
) -> None:
    routine = make(state)
    assert [deed.name for deed in deeds_for(routine, second)] == TAKES[state]
    for person in (author, second, cast.superuser):
        for name in KINDS:
            assert browser_of(person).get(address_of(name, routine)).status_code == 200
    before = standing(routine)
    for name in set(KINDS) - set(TAKES[state]):
        answer = browser_of(second).post(address_of(name, routine), what_to_say(name))
        assert (answer.status_code, standing(routine)) == (422, before)
        assert "This can't be done as the routine stands now." in said(answer)


@pytest.mark.parametrize(("state", "name"), [(state, name) for state, names in TAKES.items() for name in names])
def test_what_is_offered_is_done(make: Make, second: User, browser_of: BrowserOf, state: str, name: str) -> None:
    routine = make(state)
    sent = {"based_on": str(routine.latest_id)} | what_to_say(name)
    answer = browser_of(second).post(address_of(name, routine), sent, follow=True)
    latest = Revision.objects.get(pk=routine.latest_id).name
    assert answer.redirect_chain == [(routine.get_absolute_url(), 302)]
    assert told(answer) == [str(KINDS[name].done) % {"name": latest}]
    entry = AuditEntry.objects.filter(actor=second, target_type="warmups.routine").latest("pk")
    assert entry.action == f"routine.{name.replace('-', '_')}"


# --- Publishing -------------------------------------------------------------------------------------------------------
def test_from_draft_to_published_by_two(
    make: Make, author: User, second: User, cast: Cast, browser_of: BrowserOf
) -> None:
    routine = make("draft")
    browser_of(author).post(address_of("submit", routine))
    answer = browser_of(author).post(address_of("publish", routine), {"based_on": routine.latest_id})
    assert answer.status_code == 422
    assert "You made the last change here. Ask another curator to read it and publish it." in said(answer)
    assert browser_of(cast.athlete).get(routine.get_absolute_url()).status_code == 404

    browser_of(second).post(address_of("publish", routine), {"based_on": routine.latest_id})
    assert standing(routine) == (True, "", 1, 1)
    revision = Revision.objects.get()
    assert (revision.created_by, revision.published_by, revision.alone_because) == (author, second, "")
    assert browser_of(cast.athlete).get(routine.get_absolute_url()).status_code == 200


def test_publishing_says_what_changes_for_readers_and_who_has_it(
    make: Make, cast: Cast, second: User, browser_of: BrowserOf
) -> None:
    routine = make("published+in-review")
    cast.squad.default_routine = routine
    cast.squad.save()
    SharedRoutine.objects.create(squad=cast.other_squad, routine=routine)
    make_run(cast.athlete, squad=cast.squad)
    make_assignment(make_run(cast.team_mate), routine)
    copy_routine(routine=routine, owner=cast.coach, now=NOW)
    text = said(browser_of(second).get(address_of("publish", routine)))

    for words in (
        "Version 2 takes the place of version 1, which readers have now.",
        "Why it was changed: Says more",
        "2 squads have it, as their default, by a rule or shared with them.",
        "1 athlete gets it by a rule or as the usual before 1 coming run. They get the new version there.",
        "1 athlete was given it by hand before 1 coming run, which keeps the version that it has.",
        "1 person copied it. The copy stays as it is.",
    ):
        assert words in text
    assert "and more" in text
    assert "and more" not in said(Client().get(routine.get_absolute_url()))


def test_what_was_read_is_what_is_published(make: Make, author: User, second: User, browser_of: BrowserOf) -> None:
    routine = make("published+in-review")
    read = routine.latest_id
    page = browser_of(second).get(address_of("publish", routine)).content.decode()
    assert f'<input type="hidden" name="based_on" value="{read}" id="id_based_on">' in page
    change_routine(routine, author)
    domain.submit_routine(routine=routine, actor=author, now=NOW)

    answer = browser_of(second).post(address_of("publish", routine), {"based_on": read})
    assert answer.status_code == 422
    assert "Cleo Curator saved version 3 meanwhile. Look at that one, then decide." in said(answer)
    assert standing(routine) == (True, "in-review", 1, 3)
    newest = Routine.objects.get().latest_id
    assert f'<input type="hidden" name="based_on" value="{newest}" id="id_based_on">' in answer.content.decode()


@pytest.mark.parametrize(("state", "name"), [(state, name) for state, names in TAKES.items() for name in names])
def test_no_deed_is_done_to_what_was_not_looked_at(
    make: Make, second: User, browser_of: BrowserOf, state: str, name: str
) -> None:
    routine = make(state)
    before = standing(routine)
    sent = {"based_on": str(routine.latest_id + 1)} | what_to_say(name)
    answer = browser_of(second).post(address_of(name, routine), sent)
    assert (answer.status_code, standing(routine)) == (422, before)


@pytest.mark.parametrize("based_on", ["x", "-1", "9" * 5000, "\x00", "1.5"])
def test_an_odd_number_is_refused(make: Make, second: User, browser_of: BrowserOf, based_on: str) -> None:
    routine = make("in-review")
    answer = browser_of(second).post(address_of("publish", routine), {"based_on": based_on})
    assert (answer.status_code, standing(routine)) == (422, (False, "in-review", 1, 1))


def test_a_superuser_alone_says_why(cast: Cast, second: User, browser_of: BrowserOf) -> None:
    routine = routine_in("in-review", author=cast.superuser, second=second)
    client, address = browser_of(cast.superuser), address_of("publish", routine)
    assert "alone_because" in client.get(address).context["form"].fields
    for words in ("", "   ", "x" * 501, "\x00"):
        answer = client.post(address, {"alone_because": words})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["alone_because"])
    assert client.post(address, {"alone_because": "We are one"}).status_code == 302
    assert (standing(routine), Revision.objects.get().alone_because) == ((True, "", 1, 1), "We are one")
    assert "Published alone: We are one" in piece(Routine.objects.get(), cast.superuser)


def test_a_superuser_who_is_the_second_person_gives_no_reason(make: Make, cast: Cast, browser_of: BrowserOf) -> None:
    routine = make("in-review")
    assert browser_of(cast.superuser).post(address_of("publish", routine)).status_code == 302
    assert Revision.objects.get().alone_because == ""


def test_exercises_that_nobody_can_choose_are_named_before(make: Make, second: User, browser_of: BrowserOf) -> None:
    routine = make("in-review")
    edit_exercise(Exercise.objects.get(slug="squat"), status="retired")
    address = address_of("publish", routine)
    for answer in (browser_of(second).get(address), browser_of(second).post(address)):
        assert "These exercises are not published: Squat." in said(answer)
    assert standing(routine) == (False, "in-review", 1, 1)


# --- The other deeds --------------------------------------------------------------------------------------------------
def test_sent_back_with_a_note_that_stays_until_it_is_published(
    make: Make, author: User, second: User, cast: Cast, browser_of: BrowserOf
) -> None:
    routine = make("in-review")
    client, address = browser_of(second), address_of("send-back", routine)
    for note in ("", "  ", "x" * 501, "\x00"):
        answer = client.post(address, {"note": note})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["note"])
    words = "The <b>first</b> step is too hard."
    client.post(address, {"note": words})
    assert standing(routine) == (False, "draft", 1, 1)
    assert "Rob Reviewer sent it back on" in piece(Routine.objects.get(), author)
    change_routine(routine, author)
    browser_of(author).post(address_of("submit", routine))
    assert words in said(client.get(address_of("publish", routine)))
    client.post(address_of("publish", routine))
    assert words not in piece(Routine.objects.get(), author)


def test_what_was_written_is_kept_when_it_is_refused(make: Make, second: User, browser_of: BrowserOf) -> None:
    answer = browser_of(second).post(address_of("send-back", make("sent-back")), {"note": "A long remark"})
    assert answer.status_code == 422
    assert answer.context["form"]["note"].value() == "A long remark"
    assert ">\nA long remark</textarea>" in answer.content.decode()


def test_withdrawing_says_who_keeps_it(make: Make, cast: Cast, second: User, browser_of: BrowserOf) -> None:
    routine = make("published")
    SharedRoutine.objects.create(squad=cast.squad, routine=routine)
    text = said(browser_of(second).get(address_of("withdraw", routine)))
    assert "Nobody finds it in the library any more. Who has it keeps it" in text
    assert "1 squad has it, as its default, by a rule or shared with it." in text
    browser_of(second).post(address_of("withdraw", routine), {"based_on": routine.latest_id})
    people = (None, cast.other_athlete, cast.athlete, cast.curator)
    assert [browser_of(person).get(routine.get_absolute_url()).status_code for person in people] == [404, 404, 200, 200]


def test_a_draft_set_aside_stays_in_the_history(make: Make, author: User, browser_of: BrowserOf) -> None:
    routine = make("published+in-review")
    text = said(browser_of(author).get(address_of("discard", routine)))
    assert "Work goes on from version 1, as it was published. Version 2 stays in the history." in text
    browser_of(author).post(address_of("discard", routine), {"based_on": routine.latest_id})
    assert (standing(routine), Revision.objects.count()) == ((True, "", 1, 1), 2)


# --- Where it stands --------------------------------------------------------------------------------------------------
STANDS = {
    "draft": ["Draft", "Readers see nothing of it yet.", "Cleo Curator wrote version 1 on", "Send to review"],
    "in-review": ["In review", "Readers see nothing of it yet.", "Version 1 waits to be read by a second person."],
    "sent-back": ["Draft", "Rob Reviewer sent it back on March 15, 2027: Shorter, please."],
    "published": ["Published", "Readers have version 1, of March 15, 2027.", "Withdraw"],
    "published+draft": ["Next version: draft", "Readers have version 1", "Version 2 is being written.", "Says more"],
    "published+in-review": ["Next version: in review", "Version 2 waits to be read by a second person."],
    "withdrawn": ["Withdrawn", "It is not in the library any more. Who has it keeps version 1."],
    "withdrawn+draft": ["Withdrawn", "Version 2 is being written."],
    "withdrawn+in-review": ["In review", "Who has it keeps version 1.", "Version 2 waits to be read"],
    "archived": ["Archived"],
}


@pytest.mark.parametrize("state", WAYS)
def test_how_it_stands_in_words(make: Make, author: User, state: str) -> None:
    text = piece(make(state), author)
    assert [words for words in STANDS[state] if words not in text] == []


def test_deeds_that_are_not_one_s_own_say_why(make: Make, author: User, second: User) -> None:
    routine = make("in-review")
    workflows = [routine_workflow(routine, person) for person in (author, second)]
    assert [[deed.name for deed in each.offered] for each in workflows] == [["send-back"], ["publish", "send-back"]]
    assert [[deed.name for deed in each.refused] for each in workflows] == [["publish"], []]
    assert "Publish: You made the last change here." in piece(routine, author)


def test_what_came_with_a_release_and_what_an_erased_person_wrote(make: Make, author: User, cast: Cast) -> None:
    steps: Any = [{"exercise": make("draft").latest.steps.get().exercise.slug}]
    domain.release_routine(
        routine=None, slug="six", name="Six", description="", steps=steps, now=NOW, reason="Prestride 1.0"
    )
    assert "Version 1 came with a release of Prestride on March 15, 2027." in piece(
        Routine.objects.get(slug="six"), cast.superuser
    )
    gone = make_user()
    routine = routine_in("draft", author=gone, second=author, name="Seven")
    gone.delete()
    assert "its author's account is gone." in piece(Routine.objects.get(pk=routine.pk), cast.superuser)


def test_the_page_costs_the_same_however_long_its_history(
    make: Make, author: User, second: User, cast: Cast, browser_of: BrowserOf
) -> None:
    routine, client = make("published+in-review"), browser_of(second)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address_of("publish", routine))
        return len(queries)

    counts = [cost()]
    for _ in range(2):
        domain.send_routine_back(routine=routine, actor=second, now=NOW, note="Again.")
        change_routine(routine, author)
        domain.submit_routine(routine=routine, actor=author, now=NOW)
        make_assignment(make_run(make_user()), routine)
        SharedRoutine.objects.get_or_create(squad=cast.squad, routine=routine)
        counts.append(cost())
    assert counts[1:] == [counts[1]] * 2
