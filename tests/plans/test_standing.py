"""plans/domain/standing.py and warm_up_preview.py: who sets which rule, what it does, and that a preview says it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from plans.domain import standing
from plans.domain.given import given
from plans.domain.standing import change_standing, end_standing, set_own_default, set_standing
from plans.domain.warm_up_preview import (
    Change,
    Preview,
    preview_new_standing,
    preview_own_default,
    preview_squad_default,
    preview_standing_change,
    preview_standing_end,
)
from plans.models import OwnDefault, Reminder, Run, Squad, StandingAssignment
from tests.conftest import Cast
from tests.factories import (
    NOW,
    make_assignment,
    make_membership,
    make_own_default,
    make_routine,
    make_run,
    make_standing,
)
from warmups.models import Routine

TODAY, DAY = NOW.date(), timedelta(days=1)


def sources(*runs: Run) -> list[str | None]:
    """By whose word each run has its warm-up."""
    found = (given(Run.objects.get(pk=run.pk)) for run in runs)
    return [what.source if what else None for what in found]


def refused(deed: Callable[..., Any], **fields: Any) -> set[str]:
    """The fields that a refusal names."""
    with pytest.raises(ValidationError) as refusal:
        deed(**fields)
    return set(refusal.value.message_dict)


# --- Setting ----------------------------------------------------------------------------------------------------------
def test_a_coach_sets_a_rule_for_a_squad(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    runs = [make_run(cast.athlete, squad=cast.squad, kind="hills"), make_run(cast.team_mate, kind="hills")]
    easy = make_run(cast.athlete, squad=cast.squad)
    made = set_standing(
        actor=cast.coach,
        now=NOW,
        squad=cast.squad,
        routine=routine,
        kinds=["hills", "intervals", "hills"],
        since=TODAY,
        note=" Slowly ",
    )
    made = StandingAssignment.objects.get(pk=made.pk)
    assert (made.kinds, made.note, made.by_coach, made.assigned_by) == (
        ["intervals", "hills"],
        "Slowly",
        True,
        cast.coach,
    )
    assert sources(*runs, easy) == ["squad", "squad", None]
    assert set(Reminder.objects.values_list("run", flat=True)) == {run.pk for run in runs}
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id) == (cast.coach, "standing.set", str(made.pk))
    assert entry.after == {
        "athlete": None,
        "squad": "dawn-patrol",
        "routine": routine.pk,
        "kinds": ["intervals", "hills"],
        "since": "2027-03-15",
        "until": None,
    }


def test_members_may_read_a_routine_that_a_rule_gives_them(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    assert not Routine.objects.visible_to(cast.athlete).filter(pk=routine.pk).exists()
    set_standing(actor=cast.coach, now=NOW, squad=cast.squad, routine=routine, since=TODAY)
    assert Routine.objects.visible_to(cast.athlete).filter(pk=routine.pk).exists()
    assert not Routine.objects.visible_to(cast.other_athlete).filter(pk=routine.pk).exists()


@pytest.mark.parametrize(("who", "by_coach"), [("athlete", False), ("coach", True)])
def test_a_rule_for_an_athlete_is_set_by_themselves_or_their_coach(cast: Cast, who: str, by_coach: bool) -> None:
    made = set_standing(actor=getattr(cast, who), now=NOW, athlete=cast.athlete, routine=make_routine(), since=TODAY)
    assert made.by_coach == by_coach
    own, mates = make_run(cast.athlete), make_run(cast.team_mate)
    assert sources(own, mates) == ["athlete", None]


@pytest.mark.parametrize("who", ["assistant", "team_mate", "other_coach", "curator", "superuser"])
def test_others_set_nothing_for_an_athlete(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        set_standing(actor=getattr(cast, who), now=NOW, athlete=cast.athlete, routine=make_routine(), since=TODAY)
    assert not StandingAssignment.objects.exists()


@pytest.mark.parametrize("who", ["athlete", "assistant", "other_coach", "curator", "superuser"])
def test_others_set_nothing_for_a_squad(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        set_standing(actor=getattr(cast, who), now=NOW, squad=cast.squad, routine=make_routine(), since=TODAY)
    assert not StandingAssignment.objects.exists()


def test_who_has_left_is_no_longer_their_coachs_to_set_rules_for(cast: Cast) -> None:
    cast.squad.memberships.filter(person=cast.athlete).update(ended_at=NOW)
    with pytest.raises(PermissionDenied):
        set_standing(actor=cast.coach, now=NOW, athlete=cast.athlete, routine=make_routine(), since=TODAY)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kinds": ["walk"]}, {"kinds"}),
        ({"until": TODAY - DAY}, {"until"}),
        ({"since": TODAY - 367 * DAY}, {"since"}),
        ({"since": TODAY + 1831 * DAY}, {"since"}),
        ({"since": None}, {"since"}),
        ({"note": "x" * 501}, {"note"}),
        ({"note": "\x00"}, {"note"}),
        ({"athlete": None}, {"athlete", "squad"}),
        ({"kinds": ["walk"], "note": "\x00", "until": TODAY - DAY}, {"kinds", "note", "until"}),
    ],
    ids=["kind", "ends first", "long ago", "far ahead", "no day", "long note", "NUL", "nobody", "several"],
)
def test_bad_fields_are_named(cast: Cast, fields: dict[str, Any], named: set[str]) -> None:
    fine = {"actor": cast.coach, "now": NOW, "athlete": cast.athlete, "routine": make_routine(), "since": TODAY}
    assert refused(set_standing, **fine | fields) == named
    assert not StandingAssignment.objects.exists()
    assert not AuditEntry.objects.exists()


def test_an_athlete_and_a_squad_are_one_too_many(cast: Cast) -> None:
    fine = {"actor": cast.coach, "now": NOW, "athlete": cast.athlete, "routine": make_routine(), "since": TODAY}
    assert refused(set_standing, **fine, squad=cast.squad) == {"athlete", "squad"}


@pytest.mark.parametrize("since", [TODAY - 366 * DAY, TODAY + 1830 * DAY])
def test_the_first_day_may_be_from_a_year_back_to_five_ahead(cast: Cast, since: Any) -> None:
    set_standing(actor=cast.coach, now=NOW, squad=cast.squad, routine=make_routine(), since=since, until=since)
    assert StandingAssignment.objects.get().since == since


def test_only_routines_that_one_may_use_become_rules(cast: Cast) -> None:
    archived = make_routine(owner=cast.coach, archived_at=NOW)
    for routine in (archived, make_routine(owner=cast.other_coach), make_routine(owner=cast.athlete)):
        fields = {"actor": cast.coach, "now": NOW, "athlete": cast.athlete, "routine": routine, "since": TODAY}
        assert refused(set_standing, **fields) == {"routine"}


def test_there_are_at_most_a_hundred_that_are_not_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "AT_MOST", 2)
    routine = make_routine()
    make_standing(routine, squad=cast.squad, until=TODAY - DAY)
    make_standing(routine, squad=cast.squad, until=TODAY)
    make_standing(routine, squad=cast.other_squad)
    make_standing(routine, athlete=cast.athlete)
    fields: dict[str, Any] = {"actor": cast.coach, "now": NOW, "routine": routine, "since": TODAY}
    set_standing(squad=cast.squad, **fields)
    assert refused(set_standing, squad=cast.squad, **fields) == {"squad"}
    set_standing(athlete=cast.athlete, **fields)


# --- Changing and ending ----------------------------------------------------------------------------------------------
def test_a_rule_is_changed_and_answered_for_by_who_changed_it(cast: Cast) -> None:
    rule = make_standing(make_routine(), athlete=cast.athlete, by=cast.athlete, note="Mine")
    assert not rule.by_coach
    changed = change_standing(
        standing=rule, actor=cast.coach, now=NOW, changes={"until": TODAY, "kinds": ["race"], "note": "Ours"}
    )
    assert (changed.until, changed.kinds, changed.note, changed.by_coach) == (TODAY, ["race"], "Ours", True)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == (
        "standing.change",
        {"kinds": [], "until": None},
        {"kinds": ["race"], "until": "2027-03-15"},
    )
    with pytest.raises(PermissionDenied):
        change_standing(standing=changed, actor=cast.athlete, now=NOW, changes={"until": None})


def test_a_routine_archived_since_stays_but_is_chosen_for_nothing_new(cast: Cast) -> None:
    routine = make_routine(owner=cast.coach)
    rule = make_standing(routine, squad=cast.squad, by=cast.coach)
    Routine.objects.filter(pk=routine.pk).update(archived_at=NOW)
    fields = {"standing": rule, "actor": cast.coach, "now": NOW}
    assert change_standing(**fields, changes={"routine": routine, "note": "Still"}).note == "Still"
    other = make_routine(owner=cast.coach, archived_at=NOW)
    assert refused(change_standing, **fields, changes={"routine": other}) == {"routine"}
    assert refused(change_standing, **fields, changes={"until": rule.since - DAY}) == {"until"}


def test_an_old_first_day_may_stay(cast: Cast) -> None:
    rule = make_standing(make_routine(), squad=cast.squad, since=TODAY - 800 * DAY)
    changes = {"since": rule.since, "until": TODAY + DAY}
    assert change_standing(standing=rule, actor=cast.coach, now=NOW, changes=changes).until == TODAY + DAY


def test_ending_keeps_what_was_and_gives_nothing_more(cast: Cast) -> None:
    rule = make_standing(make_routine(), squad=cast.squad)
    past = make_run(cast.athlete, squad=cast.squad, starts_at=NOW - DAY)
    coming = make_run(cast.athlete, squad=cast.squad)
    assert sources(past, coming) == ["squad", "squad"]
    end_standing(standing=rule, actor=cast.coach, now=NOW)
    assert sources(past, coming) == ["squad", None]
    assert StandingAssignment.objects.get().until == TODAY - DAY
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["until"]) == ("standing.end", None)


@pytest.mark.parametrize("since", [TODAY, TODAY + DAY])
def test_a_rule_not_yet_begun_goes_altogether(cast: Cast, since: Any) -> None:
    rule = make_standing(make_routine(), squad=cast.squad, since=since)
    end_standing(standing=rule, actor=cast.coach, now=NOW)
    assert not StandingAssignment.objects.exists()


def test_ending_what_is_over_changes_nothing(cast: Cast) -> None:
    rule = make_standing(make_routine(), squad=cast.squad, until=TODAY - 3 * DAY)
    end_standing(standing=rule, actor=cast.coach, now=NOW)
    assert StandingAssignment.objects.get().until == TODAY - 3 * DAY


def test_ending_takes_the_reminders_along(cast: Cast) -> None:
    run = make_run(cast.athlete, squad=cast.squad)
    rule = set_standing(actor=cast.coach, now=NOW, squad=cast.squad, routine=make_routine(), since=TODAY)
    assert Reminder.objects.get(run=run).status == Reminder.Status.SCHEDULED
    end_standing(standing=rule, actor=cast.coach, now=NOW)
    assert Reminder.objects.get(run=run).status == Reminder.Status.CANCELLED


@pytest.mark.parametrize("deed", ["change", "end"])
@pytest.mark.parametrize("by_coach", [True, False])
@pytest.mark.parametrize("who", ["athlete", "coach", "assistant", "team_mate", "other_coach", "superuser"])
def test_who_changes_and_ends_a_rule_of_an_athlete(cast: Cast, who: str, by_coach: bool, deed: str) -> None:
    rule = make_standing(make_routine(), athlete=cast.athlete, by=cast.coach, by_coach=by_coach)
    person = getattr(cast, who)

    def act() -> None:
        if deed == "end":
            end_standing(standing=rule, actor=person, now=NOW)
        else:
            change_standing(standing=rule, actor=person, now=NOW, changes={"until": TODAY - DAY})

    if who == "coach" or (who == "athlete" and not by_coach):
        act()
        assert StandingAssignment.objects.get().until == TODAY - DAY
    else:
        with pytest.raises(PermissionDenied):
            act()
        assert StandingAssignment.objects.get().until is None


# --- One's own usual --------------------------------------------------------------------------------------------------
def test_ones_own_usual_is_set_replaced_and_cleared(cast: Cast) -> None:
    run = make_run(cast.athlete)
    first, second = make_routine(owner=cast.athlete), make_routine()
    set_own_default(person=cast.athlete, routine=first, now=NOW)
    assert sources(run) == ["own-default"]
    assert Reminder.objects.get(run=run).status == Reminder.Status.SCHEDULED
    set_own_default(person=cast.athlete, routine=second, now=NOW)
    set_own_default(person=cast.athlete, routine=second, now=NOW)
    assert OwnDefault.objects.get().routine == second
    set_own_default(person=cast.athlete, routine=None, now=NOW)
    assert sources(run) == [None]
    assert Reminder.objects.get(run=run).status == Reminder.Status.CANCELLED
    assert [(entry.before["routine"], entry.after["routine"]) for entry in AuditEntry.objects.order_by("pk")] == [
        (None, first.pk),
        (first.pk, second.pk),
        (second.pk, None),
    ]


def test_a_routine_that_one_may_not_use_is_no_usual(cast: Cast) -> None:
    routine = make_routine(owner=cast.other_coach)
    assert refused(set_own_default, person=cast.athlete, routine=routine, now=NOW) == {"routine"}


# --- Previews ---------------------------------------------------------------------------------------------------------
def test_a_preview_says_what_setting_a_rule_does_and_does_nothing(cast: Cast) -> None:
    usual, routine = make_routine("Usual"), make_routine("Hills first")
    Squad.objects.filter(pk=cast.squad.pk).update(default_routine=usual)
    cast.squad.refresh_from_db()
    hills = {"squad": cast.squad, "kind": "hills"}
    make_run(cast.athlete, starts_at=NOW + 2 * DAY, **hills)
    make_run(cast.athlete, starts_at=NOW + 9 * DAY, **hills)
    make_run(cast.team_mate, starts_at=NOW + 2 * DAY, **hills)
    make_run(cast.team_mate, squad=cast.squad, starts_at=NOW + DAY)
    make_assignment(make_run(cast.team_mate, starts_at=NOW + 3 * DAY, **hills), make_routine("By hand"))
    make_run(cast.athlete, starts_at=NOW + 60 * DAY, **hills)  # too far ahead to be told of
    make_run(cast.athlete, starts_at=NOW + DAY, status="cancelled", **hills)
    fields = {"squad": cast.squad, "routine": routine, "kinds": ["hills"], "since": TODAY}
    told = preview_new_standing(actor=cast.coach, now=NOW, **fields)
    assert told == Preview(
        changes=[Change("hills", usual.current, routine.current, "squad", 3, 2, TODAY + 2 * DAY)],
        runs=3,
        athletes=2,
        kept=1,
    )
    assert not StandingAssignment.objects.exists()
    assert not AuditEntry.objects.exists()
    rule = set_standing(actor=cast.coach, now=NOW, **fields)
    told = preview_standing_end(standing=rule, actor=cast.coach, now=NOW)
    assert told.changes == [Change("hills", routine.current, usual.current, "squad-default", 3, 2, TODAY + 2 * DAY)]
    assert StandingAssignment.objects.get().until is None
    told = preview_standing_change(standing=rule, actor=cast.coach, now=NOW, changes={"since": TODAY + 5 * DAY})
    assert [(each.runs, each.next) for each in told.changes] == [(2, TODAY + 2 * DAY)]
    assert StandingAssignment.objects.get().since == TODAY


def test_a_preview_of_what_is_refused_is_refused(cast: Cast) -> None:
    fields = {"now": NOW, "athlete": cast.athlete, "since": TODAY}
    assert refused(preview_new_standing, actor=cast.coach, routine=make_routine(owner=cast.other_coach), **fields) == {
        "routine"
    }
    with pytest.raises(PermissionDenied):
        preview_new_standing(actor=cast.assistant, routine=make_routine(), **fields)


def test_a_preview_of_the_usual_of_a_squad(cast: Cast) -> None:
    routine, rule = make_routine("New usual"), make_standing(make_routine("Rule"), squad=cast.squad, kinds=["race"])
    make_run(cast.athlete, squad=cast.squad, starts_at=NOW + DAY)
    make_run(cast.athlete, starts_at=NOW + DAY)  # outside any squad: it follows too
    make_run(cast.athlete, squad=cast.squad, starts_at=NOW + DAY, kind="race")
    make_run(cast.other_athlete, squad=cast.other_squad, starts_at=NOW + DAY)
    told = preview_squad_default(squad=cast.squad, routine=routine, now=NOW)
    assert told.changes == [Change("easy", None, routine.current, "squad-default", 2, 1, TODAY + DAY)]
    assert told.kept == 1
    cast.squad.refresh_from_db()
    assert (cast.squad.default_routine, StandingAssignment.objects.get()) == (None, rule)


def test_a_preview_of_ones_own_usual(cast: Cast) -> None:
    before, after = make_routine("Before"), make_routine("After")
    make_own_default(cast.athlete, before)
    make_run(cast.athlete, starts_at=NOW + DAY)
    told = preview_own_default(person=cast.athlete, routine=after, now=NOW)
    assert told.changes == [Change("easy", before.current, after.current, "own-default", 1, 1, TODAY + DAY)]
    told = preview_own_default(person=cast.athlete, routine=None, now=NOW)
    assert told.changes == [Change("easy", before.current, None, None, 1, 1, TODAY + DAY)]
    assert OwnDefault.objects.get().routine == before


def test_athletes_with_rules_and_usuals_of_their_own_are_told_apart(cast: Cast) -> None:
    routine, hers = make_routine("For all"), make_routine("Hers")
    runs = {"squad": cast.squad, "starts_at": NOW + DAY}
    ola = cast.other_athlete
    make_membership(cast.squad, ola)
    for person in (cast.athlete, cast.team_mate, ola):
        make_run(person, **runs)
        make_run(person, squad=cast.squad, starts_at=NOW + 2 * DAY)
    make_standing(hers, athlete=cast.athlete, since=TODAY + 2 * DAY)
    make_own_default(ola, hers)
    told = preview_new_standing(actor=cast.coach, now=NOW, squad=cast.squad, routine=routine, since=TODAY)
    assert [(each.before, each.runs, each.athletes) for each in told.changes] == [(None, 3, 2), (hers.current, 2, 1)]
    assert (told.runs, told.athletes, told.kept) == (5, 3, 1)


def test_a_preview_costs_the_same_for_few_and_for_many(cast: Cast) -> None:
    routine, counts = make_routine(), []
    cast.coach.has_perm("")  # asked once a request, then known
    for _more in range(3):
        for athlete in (cast.athlete, cast.team_mate):
            make_run(athlete, squad=cast.squad)
            make_run(athlete)
        with CaptureQueriesContext(connection) as queries:
            preview_new_standing(actor=cast.coach, now=NOW, squad=cast.squad, routine=routine, since=TODAY)
        counts.append(len(queries))
    assert len(set(counts)) == 1
