"""Routines of the library brought into each state by the deeds themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from accounts.models import User
from tests.factories import NOW, make_exercise
from warmups.domain import library_routines as domain
from warmups.domain.routines import archive_routine, revise_routine
from warmups.models import Exercise, Revision, Routine

# What was done to it, by "author" and "second"; the states of the work on a published one stand behind a plus.
WAYS: dict[str, list[str]] = {
    "draft": [],
    "in-review": ["submit"],
    "sent-back": ["submit", "send-back"],
    "published": ["submit", "publish"],
    "published+draft": ["submit", "publish", "change"],
    "published+in-review": ["submit", "publish", "change", "submit"],
    "withdrawn": ["submit", "publish", "withdraw"],
    "withdrawn+draft": ["submit", "publish", "withdraw", "change"],
    "withdrawn+in-review": ["submit", "publish", "withdraw", "change", "submit"],
    "archived": ["submit", "publish", "archive"],
}


def routine_in(state: str, *, author: User, second: User, name: str = "Five") -> Routine:
    """A routine in one of WAYS; all of its revisions are the author's."""
    slug = name.casefold()
    exercise = Exercise.objects.published().first() or make_exercise("squat")
    made = {"actor": author, "name": name, "description": f"About {slug}.", "now": NOW - timedelta(days=30)}
    routine = domain.start_library_routine(steps=[{"exercise": exercise.slug}], **made)
    do: dict[str, Callable[[], object]] = {
        "submit": lambda: domain.submit_routine(routine=routine, actor=author, now=NOW),
        "send-back": lambda: domain.send_routine_back(routine=routine, actor=second, now=NOW, note="Shorter, please."),
        "publish": lambda: domain.publish_routine(routine=routine, actor=second, now=NOW),
        "withdraw": lambda: domain.withdraw_routine(routine=routine, actor=second, now=NOW),
        "archive": lambda: archive_routine(routine=routine, actor=second, now=NOW),
        "change": lambda: change_routine(routine, author),
    }
    for deed in WAYS[state]:
        do[deed]()
    return Routine.objects.get(pk=routine.pk)


def change_routine(routine: Routine, actor: User) -> Revision:
    """The next revision: another name."""
    assert routine.latest
    name = f"{routine.latest.name} and more"
    return revise_routine(routine=routine, actor=actor, now=NOW, name=name, reason="Says more")


def standing(routine: Routine) -> tuple[bool, str, int, int]:
    """Whether it is published, the state of the work, the number that readers have, the latest number."""
    row = Routine.objects.select_related("current", "latest").get(pk=routine.pk)
    assert row.current
    assert row.latest
    return row.published, row.next_status, row.current.number, row.latest.number
