"""Several who join at once, on a database that lets them work at the same time."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from plans.domain.invite_many import digest, invite_many, look_over
from plans.domain.join_links import join_with_link, make_join_link
from plans.models import Invitation, Membership
from plans.people_csv import ListedPerson
from tests.conftest import Cast
from tests.factories import NOW, make_user
from tests.warmups.test_exercise_races import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time"),
]


def test_no_more_join_than_the_link_is_for(cast: Cast) -> None:
    link = make_join_link(squad=cast.squad, actor=cast.coach, role="athlete", limit=2, good_for=1, now=NOW)
    people = [make_user(f"Runner {number}", verified=True) for number in range(5)]
    found = together(
        *(
            lambda person=person: join_with_link(link=link, person=person, shares_health=False, now=NOW)
            for person in people
        )
    )
    assert [type(answer).__name__ for answer in found].count("Membership") == 2
    assert {answer.code for answer in found if isinstance(answer, ValidationError)} == {"closed"}
    link.refresh_from_db()
    assert (link.uses, Membership.objects.filter(person__in=people).count()) == (2, 2)


def test_who_taps_twice_joins_and_counts_once(cast: Cast) -> None:
    link = make_join_link(squad=cast.squad, actor=cast.coach, role="athlete", limit=5, good_for=1, now=NOW)
    person = make_user("Runner", verified=True)
    deed = {"link": link, "person": person, "shares_health": False, "now": NOW}
    found = together(*[lambda: join_with_link(**deed)] * 3)
    assert sorted(type(answer).__name__ for answer in found) == ["Membership", "ValidationError", "ValidationError"]
    link.refresh_from_db()
    assert (link.uses, person.memberships.count()) == (1, 1)


def test_a_list_sent_twice_invites_once(cast: Cast) -> None:
    people = [ListedPerson(number, f"a{number}@x.example") for number in range(1, 9)]
    shown = digest(look_over(squad=cast.squad, people=people, now=NOW))
    deed = {"squad": cast.squad, "actor": cast.coach, "people": people, "shown": shown, "leave_out": False, "now": NOW}
    found = together(*[lambda: invite_many(**deed)] * 2)
    assert sorted(type(answer).__name__ for answer in found) == ["ValidationError", "list"]
    assert Invitation.objects.count() == 8
