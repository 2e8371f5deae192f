"""The content board: what waits, what is due, what is missing, what does not fit together."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_activation,
    make_exercise,
    make_index,
    make_muscle,
    make_routine,
    make_study,
    make_user,
)
from tests.warmups.library_states import routine_in
from tests.warmups.workflow_states import second_curator
from warmups.domain.content import CONTENT
from warmups.domain.content_board import ContentBoard, read_board
from warmups.domain.exercises import save_draft, submit_for_review
from warmups.models import Exercise, ExerciseMuscle, ExerciseVersion, Substitute

pytestmark = pytest.mark.django_db

POSES = json.loads((CONTENT / "poses" / "clamshell.json").read_text())
TODAY = NOW.date()


def board_of(person: User) -> ContentBoard:
    return read_board(curator=person, now=NOW, today=TODAY)


def whole_exercise(slug: str = "whole", **fields: object) -> Exercise:
    """An exercise that lacks nothing."""
    exercise = make_exercise(
        slug,
        **{"difficulty": 1, "leave_out": "With new pain.", "poses": {"keys": []}, "reviewed_on": TODAY} | fields,
    )
    ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle("soleus"), role="primary")
    Substitute.objects.create(exercise=exercise, when="hurts", substitute=exercise)
    make_activation(exercise)
    return exercise


def draft(exercise: Exercise, author: User) -> ExerciseVersion:
    """The next version, with what publishing needs."""
    latest = ExerciseVersion.objects.get(pk=exercise.latest_id)
    worked = {"primary": [make_muscle("soleus").slug], "secondary": []}
    document = latest.document | {"feel": "Deep.", "muscles": worked, "poses": POSES}
    return save_draft(exercise=exercise, document=document, actor=author, now=NOW, reason="Clearer.", based_on=1)


class TestRights:
    @pytest.mark.parametrize(
        ("who", "status"), [("curator", 200), ("superuser", 200), ("coach", 302), ("athlete", 302)]
    )
    def test_curators_alone_get_in(self, cast: Cast, browser_of: Callable[..., Client], who: str, status: int) -> None:
        assert browser_of(getattr(cast, who)).get("/admin/content/").status_code == status

    def test_staff_without_the_right_are_refused(self, db: None, browser_of: Callable[..., Client]) -> None:
        assert browser_of(make_user("Stan Staff", is_staff=True)).get("/admin/content/").status_code == 403

    def test_visitors_are_asked_to_sign_in(self, db: None, client: Client) -> None:
        assert client.get("/admin/content/").url == "/admin/login/?next=/admin/content/"


class TestWork:
    def test_a_draft_is_its_author_s_or_another_s(self, cast: Cast) -> None:
        exercise = make_exercise("clam")
        draft(exercise, cast.curator)
        mine, theirs = board_of(cast.curator), board_of(cast.superuser)
        assert ([row.slug for row in mine.mine], mine.others) == (["clam"], [])
        assert (theirs.mine, [row.slug for row in theirs.others]) == ([], ["clam"])

    def test_what_is_in_review_waits_for_everyone_but_its_author(self, cast: Cast) -> None:
        exercise, reader = make_exercise("clam"), make_user("Rita Reader", is_staff=True)
        reader.groups.set(cast.curator.groups.all())
        draft(exercise, cast.curator)
        submit_for_review(exercise=exercise, actor=cast.curator, now=NOW + timedelta(hours=3))
        own, other = board_of(cast.curator), board_of(reader)
        assert [(each.may_publish, each.alone) for each in own.waiting] == [(False, True)]
        assert [(each.may_publish, each.alone) for each in other.waiting] == [(True, False)]
        assert [each.since for each in other.waiting] == [NOW + timedelta(hours=3)]
        assert (own.for_you, other.for_you) == (0, 1)

    def test_a_superuser_may_publish_their_own_alone(self, cast: Cast) -> None:
        exercise = make_exercise("clam")
        draft(exercise, cast.superuser)
        submit_for_review(exercise=exercise, actor=cast.superuser, now=NOW)
        board = board_of(cast.superuser)
        assert [(each.may_publish, each.alone) for each in board.waiting] == [(True, True)]
        assert board.for_you == 0

    def test_routines_of_the_library_are_told_like_exercises(self, cast: Cast) -> None:
        reader = second_curator(cast.curator)
        for state in (
            "draft",
            "in-review",
            "published",
            "published+draft",
            "published+in-review",
            "withdrawn",
            "archived",
        ):
            routine_in(state, author=cast.curator, second=reader, name=state.title())
        own, other, super_s = (board_of(person) for person in (cast.curator, reader, cast.superuser))
        waiting = ["In-Review", "Published+In-Review and more"]
        assert [each.routine.latest and each.routine.latest.name for each in other.waiting_routines] == waiting
        assert [(each.may_publish, each.alone) for each in own.waiting_routines] == [(False, True)] * 2
        assert [(each.may_publish, each.alone) for each in other.waiting_routines] == [(True, False)] * 2
        assert [each.since for each in other.waiting_routines] == [NOW, NOW]
        assert [board.routines_for_you for board in (own, other, super_s)] == [0, 2, 2]
        drafts = ["Draft", "Published+Draft"]
        assert [[row.name for row in rows] for rows in (own.my_routines, own.other_routines)] == [drafts, []]
        assert [[row.name for row in rows] for rows in (other.my_routines, other.other_routines)] == [[], drafts]
        assert (own.to_finish, other.to_finish) == (2, 0)

    def test_what_came_with_a_release_or_is_somebody_s_own_is_no_work(self, cast: Cast) -> None:
        make_routine("Released")
        make_routine("Own", owner=cast.curator)
        board = board_of(cast.curator)
        assert (board.waiting_routines, board.my_routines, board.other_routines) == ([], [], [])

    def test_reviews_are_overdue_from_the_day_after(self, cast: Cast) -> None:
        for slug, days in (("late", -1), ("today", 0), ("soon", 60), ("far", 61)):
            make_exercise(slug, review_due=TODAY + timedelta(days=days))
        make_exercise("gone", status="retired", review_due=TODAY - timedelta(days=9))
        board = board_of(cast.curator)
        assert [row.slug for row in board.overdue] == ["late"]
        assert [row.slug for row in board.due_soon] == ["today", "soon"]

    def test_those_that_no_clinician_read(self, cast: Cast) -> None:
        make_exercise("unread")
        make_exercise("read", reviewed_on=TODAY)
        make_exercise("draft", status="draft")
        assert [row.slug for row in board_of(cast.curator).unread] == ["unread"]


class TestMissing:
    def gaps(self, cast: Cast, slug: str = "whole") -> list[str]:
        return {lack.exercise.slug: lack.gaps for lack in board_of(cast.curator).lacks}.get(slug, [])

    def test_a_whole_one_lacks_nothing(self, cast: Cast) -> None:
        whole_exercise()
        assert self.gaps(cast) == []

    def test_a_bare_one_lacks_all_but_what_it_cannot_have(self, cast: Cast) -> None:
        make_exercise("bare", difficulty=1)
        assert self.gaps(cast, "bare") == ["figure", "muscles", "source", "substitute", "leave-out"]

    def test_only_the_easiest_need_no_easier_one(self, cast: Cast) -> None:
        whole_exercise(difficulty=2)
        assert self.gaps(cast) == ["easier"]

    def test_second_hand_figures_alone_are_told(self, cast: Cast) -> None:
        exercise = whole_exercise()
        exercise.activations.update(source_kind="secondary_quote")
        assert self.gaps(cast) == ["second-hand"]
        make_activation(exercise)
        assert self.gaps(cast) == []

    def test_an_index_is_a_source(self, cast: Cast) -> None:
        exercise = whole_exercise()
        exercise.activations.all().delete()
        assert self.gaps(cast) == ["source"]
        make_index(exercise)
        assert self.gaps(cast) == []

    def test_retired_ones_need_nothing(self, cast: Cast) -> None:
        make_exercise("gone", status="retired")
        assert self.gaps(cast, "gone") == []

    def test_the_page_narrows_to_one_gap_and_takes_no_harm_from_another_word(
        self, cast: Cast, browser_of: Callable[..., Client]
    ) -> None:
        whole_exercise("steep", difficulty=2)
        make_exercise("bare", difficulty=1)
        browser = browser_of(cast.curator)
        for missing, slugs in (("easier", ["steep"]), ("figure", ["bare"]), ("nonsense", ["bare", "steep"])):
            answer = browser.get("/admin/content/", {"missing": missing})
            assert [lack.exercise.slug for lack in answer.context["lacks"]] == slugs


class TestFaults:
    def faults(self, cast: Cast) -> list[tuple[str, str]]:
        return [(fault.about, fault.problem) for fault in board_of(cast.curator).faults]

    def test_links_to_what_nobody_can_choose(self, cast: Cast) -> None:
        gone, unborn = make_exercise("gone", status="retired"), make_exercise("unborn", status="draft")
        one = make_exercise("one", easier=gone)
        Substitute.objects.create(exercise=one, when="hurts", substitute=unborn)
        make_exercise("unread", status="draft", easier=gone)  # not read by anybody yet
        assert self.faults(cast) == [
            ("One", "Easier one: “Gone” is not published (retired)."),
            ("One", "Instead, when it hurts: “Unborn” is not published (draft)."),
        ]

    def test_a_ladder_out_of_order(self, cast: Cast) -> None:
        make_exercise("one", difficulty=2, easier=make_exercise("steep", difficulty=4))
        assert self.faults(cast) == [("One", "“steep” has difficulty 4, this one 2. Mend one of the two.")]

    def test_library_routines_with_retired_exercises(self, cast: Cast) -> None:
        gone = make_exercise("gone", status="retired")
        make_routine("Five", exercises=[make_exercise(), gone])
        make_routine("Mine", owner=cast.athlete, exercises=[gone])
        assert self.faults(cast) == [("Five", "Step 2: “Gone” is not published (retired).")]

    def test_studies_that_cannot_be_looked_up(self, cast: Cast) -> None:
        make_study("lost", citation="Lost A, Journal")
        make_study("found", doi="10.1000/1")
        make_study("half", citation="Half B, Journal", doi="10.1000/2", bibliography_checked=False)
        assert self.faults(cast) == [
            ("Half 2011", "Nobody has seen its bibliography whole."),
            ("Lost 2011", "It has no DOI, no PMID and no address, so nobody can look it up."),
        ]


def test_the_first_sentence_says_what_waits(cast: Cast, browser_of: Callable[..., Client]) -> None:
    exercise = make_exercise("clam")
    page = browser_of(cast.curator).get("/admin/content/").content.decode()
    assert page.count("Nothing waits for you, and no review is overdue.") == 1
    draft(exercise, cast.superuser)
    submit_for_review(exercise=exercise, actor=cast.superuser, now=NOW)
    page = browser_of(cast.curator).get("/admin/content/").content.decode()
    assert page.count("1 exercise waits for you to read it.") == 1
    assert page.count(f"/admin/warmups/exercise/{exercise.pk}/publish/") == 1


def test_the_page_leads_to_routines_in_review(cast: Cast, browser_of: Callable[..., Client]) -> None:
    reader = second_curator(cast.curator)
    routine = routine_in("in-review", author=cast.curator, second=reader)
    routine_in("draft", author=cast.curator, second=reader, name="Six")
    page = browser_of(reader).get("/admin/content/").content.decode()
    assert page.count("1 routine waits for you to read it.") == 1
    assert page.count(f'href="/routines/{routine.pk}/publish/"') == 1
    assert page.count("routine by Cleo Curator, last changed") == 1
    page = browser_of(cast.curator).get("/admin/content/").content.decode()
    assert page.count("1 draft of yours is to finish.") == 1
    assert f'href="/routines/{routine.pk}/publish/"' not in page
