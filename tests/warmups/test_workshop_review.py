"""The pages of the deeds: what they say before, what they do, what they tell when it can't be done."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import AuditEntry, User
from tests.conftest import Cast
from tests.factories import NOW, make_user
from tests.warmups.workflow_states import WAYS, change, exercise_in, full_document, second_curator, standing
from warmups.domain import exercises as domain
from warmups.models import Exercise, ExerciseVersion, ReviewComment
from warmups.workshop.review import KINDS, address_of, workflow_of

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User | None], Client]
LIST = "/admin/warmups/exercise/"


@pytest.fixture
def author(cast: Cast) -> User:
    return cast.curator


@pytest.fixture
def second(cast: Cast) -> User:
    return second_curator(cast.curator)


@pytest.fixture
def make(author: User, second: User) -> Callable[..., Exercise]:
    """An exercise in a state."""

    def make(state: str, slug: str = "squat") -> Exercise:
        return exercise_in(state, author=author, second=second, slug=slug)

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


@pytest.mark.parametrize("state", WAYS)
def test_every_page_opens_in_every_state(
    make: Callable[..., Exercise], author: User, second: User, cast: Cast, browser_of: BrowserOf, state: str
) -> None:
    exercise = make(state)
    for person in (author, second, cast.superuser):
        client = browser_of(person)
        for name in KINDS:
            assert client.get(address_of(name, exercise)).status_code == 200


@pytest.mark.parametrize("name", KINDS)
def test_who_may_look(cast: Cast, make: Callable[..., Exercise], browser_of: BrowserOf, name: str) -> None:
    address = address_of(name, make("published+in-review"))
    staff = make_user(is_staff=True)
    answers = {
        who: [browser_of(person).get(address).status_code, browser_of(person).post(address).status_code]
        for who, person in (("visitor", None), ("athlete", cast.athlete), ("coach", cast.coach), ("staff", staff))
    }
    assert answers == {"visitor": [302, 302], "athlete": [302, 302], "coach": [302, 302], "staff": [403, 403]}
    assert not AuditEntry.objects.filter(actor__in=[cast.athlete, cast.coach, staff]).exists()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("key", [0, 10**9, 2**63, 10**30])
def test_an_exercise_that_is_not_there(author: User, browser_of: BrowserOf, name: str, key: int) -> None:
    address = f"{LIST}{key}/{name}/"
    assert [browser_of(author).get(address).status_code, browser_of(author).post(address).status_code] == [404, 404]


def test_from_draft_to_published_by_two(
    make: Callable[..., Exercise], author: User, second: User, browser_of: BrowserOf
) -> None:
    exercise = make("draft")
    answer = browser_of(author).post(address_of("submit", exercise), follow=True)
    assert answer.redirect_chain == [(reverse("admin:warmups_exercise_change", args=[exercise.pk]), 302)]
    assert told(answer) == ["Squat waits for another curator to read it."]
    answer = browser_of(author).post(address_of("publish", exercise), {"based_on": 1})
    assert answer.status_code == 422
    assert "You made the last change here. Ask another curator to read it and publish it." in said(answer)
    answer = browser_of(second).post(address_of("publish", exercise), {"based_on": 1}, follow=True)
    assert told(answer) == ["Squat is published. Readers see it now."]
    assert standing(exercise) == ("published", "", 1, 1)
    version = ExerciseVersion.objects.get()
    assert (version.author, version.published_by, version.alone_because) == (author, second, "")


def test_publishing_shows_what_changes_for_readers(
    make: Callable[..., Exercise], second: User, browser_of: BrowserOf
) -> None:
    exercise = make("published+in-review")
    text = said(browser_of(second).get(address_of("publish", exercise)))

    assert "Version 2 takes the place of version 1, which readers see now." in text
    assert "Why it was changed: Clearer" in text
    assert "Step after version 1." in text
    assert "Step after version 1." not in said(Client().get("/exercises/squat/"))


def test_what_was_read_is_what_is_published(
    make: Callable[..., Exercise], author: User, second: User, browser_of: BrowserOf
) -> None:
    exercise = make("in-review")
    reader = browser_of(second)
    page = reader.get(address_of("publish", exercise))
    assert '<input type="hidden" name="based_on" value="1">' in page.content.decode()
    change(exercise, author)
    domain.submit_for_review(exercise=exercise, actor=author, now=NOW)

    answer = reader.post(address_of("publish", exercise), {"based_on": 1})
    assert answer.status_code == 422
    assert "Cleo Curator saved version 2 meanwhile." in said(answer)
    assert standing(exercise) == ("in-review", "in-review", 2, None)
    asked = '<input type="hidden" name="based_on" value="2">'
    assert asked in answer.content.decode(), "the page shows the later version, and asks about that one"


def test_a_superuser_alone_says_why(cast: Cast, browser_of: BrowserOf) -> None:
    exercise = domain.start_exercise(slug="squat", document=full_document(), actor=cast.superuser, now=NOW)
    domain.submit_for_review(exercise=exercise, actor=cast.superuser, now=NOW)
    client, address = browser_of(cast.superuser), address_of("publish", exercise)
    assert "alone_because" in client.get(address).context["form"].fields
    for words in ("", "   ", "x" * 201, "\x00"):
        answer = client.post(address, {"based_on": 1, "alone_because": words})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["alone_because"])
    assert client.post(address, {"based_on": 1, "alone_because": "We are one"}).status_code == 302
    version = ExerciseVersion.objects.get()
    assert (version.author, version.published_by, version.alone_because) == (cast.superuser,) * 2 + ("We are one",)


def test_a_reviewer_finds_a_wrong_claim_and_sends_it_back(
    make: Callable[..., Exercise], author: User, second: User, browser_of: BrowserOf
) -> None:
    exercise = make("in-review")
    client = browser_of(second)
    answer = client.post(address_of("send-back", exercise), {"comment": "  "})
    assert (answer.status_code, answer.context["form"].errors) == (422, {"comment": ["Say what is to be looked at."]})
    words = "The glutes do not “fire”. <b>Mend</b> it."
    assert client.post(address_of("send-back", exercise), {"comment": words}).status_code == 302
    assert standing(exercise) == ("draft", "draft", 1, None)

    text = said(browser_of(author).get(address_of("comment", exercise)))
    assert "Rob Reviewer" in text
    assert words in text
    assert words not in said(browser_of(author).get("/exercises/squat/"))


def test_what_was_written_is_kept_when_it_is_refused(
    make: Callable[..., Exercise], author: User, second: User, browser_of: BrowserOf
) -> None:
    exercise = make("in-review")
    domain.send_back(exercise=exercise, actor=author, now=NOW, comment="Mine again")
    answer = browser_of(second).post(address_of("send-back", exercise), {"comment": "A long remark"})
    assert answer.status_code == 422
    assert "Only what is in review can be sent back." in said(answer)
    assert answer.context["form"]["comment"].value() == "A long remark"
    assert "A long remark" in answer.content.decode()
    assert ReviewComment.objects.count() == 1


@pytest.mark.parametrize("text", ["", "\x00", "x" * 2001])
def test_a_comment_that_is_none(make: Callable[..., Exercise], author: User, browser_of: BrowserOf, text: str) -> None:
    answer = browser_of(author).post(address_of("comment", make("draft")), {"text": text})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["text"])
    assert not ReviewComment.objects.exists()


def test_comments_on_what_is_written_stand_apart_from_older_ones(
    make: Callable[..., Exercise], author: User, second: User
) -> None:
    exercise = make("in-review")
    domain.comment_on(exercise=exercise, actor=second, now=NOW, text="On the first")
    domain.publish_exercise(exercise=exercise, actor=second, now=NOW)
    change(exercise, author)
    domain.comment_on(exercise=exercise, actor=second, now=NOW, text="On the second")
    workflow = workflow_of(Exercise.objects.get(), author)

    assert [comment.text for comment in workflow.open_comments] == ["On the second"]
    assert [comment.text for comment in workflow.older_comments] == ["On the first"]


STANDS = {
    "draft": ["Draft", "Readers see nothing of it yet.", "Cleo Curator wrote version 1"],
    "in-review": ["In review", "Readers see nothing of it yet."],
    "published": ["Published", "Readers see version 1, of March 15, 2027."],
    "published+draft": ["next version: draft", "Readers see version 1", "Version 2 is being written."],
    "published+in-review": ["next version: in review", "Version 2 waits to be read by a second person."],
    "retired": ["Retired", "Whoever has it still reads version 1", "new routines can't have it."],
}


@pytest.mark.parametrize("state", STANDS)
def test_how_it_stands_in_words(make: Callable[..., Exercise], author: User, state: str) -> None:
    workflow = workflow_of(make(state), author)
    text = words_of(render_to_string("admin/warmups/exercise/_workflow.html", {"workflow": workflow}))

    assert [words for words in STANDS[state] if words not in text] == []


def test_deeds_that_are_not_possible_are_not_offered(make: Callable[..., Exercise], author: User, second: User) -> None:
    exercise = make("in-review")
    pages = {
        person: render_to_string("admin/warmups/exercise/_workflow.html", {"workflow": workflow_of(exercise, person)})
        for person in (author, second)
    }
    assert address_of("publish", exercise) in pages[second]
    assert address_of("publish", exercise) not in pages[author]
    assert "You made the last change here." in words_of(pages[author])
    assert [name for name in ("retire", "discard", "submit") if address_of(name, exercise) in pages[second]] == []


def test_a_retired_exercise_is_brought_back_as_it_was(
    make: Callable[..., Exercise], second: User, browser_of: BrowserOf
) -> None:
    exercise = make("retired+draft")
    assert told(browser_of(second).post(address_of("bring-back", exercise), follow=True)) == [
        "Squat is published again."
    ]
    assert standing(exercise) == ("published", "draft", 2, 1)


def test_a_draft_set_aside_stays_in_the_history(
    make: Callable[..., Exercise], author: User, browser_of: BrowserOf
) -> None:
    exercise = make("published+draft")
    assert browser_of(author).post(address_of("discard", exercise), {"based_on": 2}).status_code == 302
    assert standing(exercise) == ("published", "", 3, 1)
    first, second, third = ExerciseVersion.objects.order_by("number")
    assert (third.document == first.document, second.document == first.document) == (True, False)


def test_a_deleted_draft_leads_to_the_list(make: Callable[..., Exercise], author: User, browser_of: BrowserOf) -> None:
    exercise = make("draft")
    answer = browser_of(author).post(address_of("delete-draft", exercise))
    assert (answer.status_code, answer["Location"], Exercise.objects.count()) == (302, LIST, 0)
    assert AuditEntry.objects.get(action="exercise.delete").before == {"slug": "squat", "version": 1}


# --- From the list ----------------------------------------------------------------------------------------------------
def act(client: Client, action: str, *rows: Exercise, **more: Any) -> Any:
    """Choose rows in the list and do an action."""
    return client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]} | more, follow=True)


def test_the_list_asks_first_and_does_nothing_yet(
    make: Callable[..., Exercise], second: User, browser_of: BrowserOf
) -> None:
    good, bad = make("in-review", "good"), make("draft", "bad")
    answer = act(browser_of(second), "publish", good, bad)

    assert [(row.exercise.slug, row.why_not) for row in answer.context["rows"]] == [
        ("good", ""),
        ("bad", "This can't be done as it stands now."),
    ]
    assert "Publish: 1 exercise" in said(answer)
    assert (standing(good), standing(bad)) == (("in-review", "in-review", 1, None), ("draft", "draft", 1, None))


def test_of_several_what_may_be_done_is_done_and_the_rest_is_told(
    make: Callable[..., Exercise], author: User, browser_of: BrowserOf
) -> None:
    good = make("draft", "good")
    document = full_document(name="Bad", cues=[])
    bad = domain.start_exercise(slug="bad", document=document, actor=author, now=NOW)
    answer = act(browser_of(author), "submit", good, bad, confirmed="yes")

    assert sorted(told(answer)) == ["1 exercise done.", "Bad: Still missing: cues."]
    assert (standing(good), standing(bad)) == (("in-review", "in-review", 1, None), ("draft", "draft", 1, None))


def test_the_list_publishes_only_what_was_read(
    make: Callable[..., Exercise], author: User, second: User, browser_of: BrowserOf
) -> None:
    exercise = make("in-review")
    change(exercise, author)
    domain.submit_for_review(exercise=exercise, actor=author, now=NOW)
    answer = act(browser_of(second), "publish", exercise, confirmed="yes", **{f"version-{exercise.pk}": "1"})

    assert told(answer) == ["Squat: Cleo Curator saved version 2 meanwhile."]
    assert standing(exercise) == ("in-review", "in-review", 2, None)


@pytest.mark.parametrize("number", ["x", "-1", "9" * 5000, "١", ""])
def test_odd_numbers_in_the_list_are_survived(
    make: Callable[..., Exercise], second: User, browser_of: BrowserOf, number: str
) -> None:
    exercise = make("in-review")
    answer = act(browser_of(second), "publish", exercise, confirmed="yes", **{f"version-{exercise.pk}": number})
    assert answer.status_code == 200


def test_one_comment_and_three_cost_the_same(
    make: Callable[..., Exercise], author: User, second: User, browser_of: BrowserOf
) -> None:
    exercise = make("published+in-review")
    client, counts = browser_of(second), []
    for more in (1, 2):
        for number in range(more):
            writer = (author, second)[number % 2]
            domain.comment_on(exercise=exercise, actor=writer, now=NOW, text=f"Remark {number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address_of("publish", exercise)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
