"""The first page, today, one run, planning for a squad: who sees what, what is said, bad input.

Views read the clock, so what is planned here lies relative to today.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from plans.domain.runs import schedule_for_squad
from plans.models import Assignment, Reminder, Run, Series
from plans.shown import distance_words, show_reminder, zone_words
from tests.conftest import Cast
from tests.factories import (
    BERLIN,
    NOW,
    make_assignment,
    make_membership,
    make_routine,
    make_run,
    make_session,
    make_squad,
    make_user,
    rewrite,
)

Browser = Callable[[User | None], Client]
PLAN = "/squads/dawn-patrol/plan/"


@pytest.fixture
def now() -> datetime:
    """Now, to the second."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def _joined_long_ago(request: pytest.FixtureRequest) -> None:
    """Let the cast have joined sixty days before today."""
    if "cast" in request.fixturenames:
        cast: Cast = request.getfixturevalue("cast")
        since = timezone.now() - timedelta(days=60)
        for squad in (cast.squad, cast.other_squad):
            squad.memberships.update(began_at=since, sees_from=since)


def day(days: int) -> str:
    """A date so many days from today, in Berlin."""
    return (timezone.now().astimezone(BERLIN).date() + timedelta(days=days)).isoformat()


def typed(**fields: Any) -> dict[str, Any]:
    """A filled-in form of a run: tomorrow at half past six."""
    values = {"kind": "tempo", "local_date": day(1), "local_time": "06:30", "time_zone": "Europe/Berlin"}
    return values | {name: value for name, value in fields.items() if value is not None}


def text(response: HttpResponse) -> str:
    """The page's source."""
    return response.content.decode()


def said(response: HttpResponse) -> list[str]:
    """The messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def squads_run(cast: Cast, now: datetime, **fields: Any) -> Run:
    """The athlete's run of a squad's date the day after tomorrow."""
    start = (now + timedelta(days=2)).astimezone(BERLIN).replace(tzinfo=None)
    values = {"kind": "intervals", "local_start": start} | fields
    series = schedule_for_squad(squad=cast.squad, actor=cast.coach, now=now, **values)
    return series.runs.get(athlete=cast.athlete)


# --- Who may open what ------------------------------------------------------------------------------------------------
EVERYBODY = ("athlete", "team_mate", "coach", "assistant", "other_coach", "curator")


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/today/", (200,) * 6),
        ("/runs/new/", (200,) * 6),
        ("/runs/{run}/", (200, 404, 200, 200, 404, 404)),
        ("/runs/{run}/change/", (200, 404, 200, 403, 404, 404)),
        ("/runs/{run}/cancel/", (200, 404, 200, 403, 404, 404)),
        ("/runs/{run}/restore/", (200, 404, 200, 403, 404, 404)),
        ("/runs/{run}/warm-up/", (200, 404, 200, 403, 404, 404)),
        (PLAN, (403, 403, 200, 403, 404, 404)),
        ("/runs/{beyond}/", (404,) * 6),
        ("/runs/{huge}/", (404,) * 6),
    ],
)
def test_who_opens_what(cast: Cast, browser_of: Browser, now: datetime, path: str, statuses: tuple[int, ...]) -> None:
    run = squads_run(cast, now)
    path = path.format(run=run.pk, beyond=run.pk + 1000, huge=10**30)
    opened = {name: browser_of(getattr(cast, name)).get(path).status_code for name in EVERYBODY}
    assert opened == dict(zip(EVERYBODY, statuses, strict=True))
    visitor = browser_of(None).get(path)
    if "10000" not in path:
        assert (visitor.status_code, visitor["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("deed", ["change", "cancel", "restore", "warm-up", "warm-up/withdraw"])
def test_who_does_what(cast: Cast, browser_of: Browser, now: datetime, deed: str) -> None:
    run = squads_run(cast, now)
    make_assignment(run, make_routine())
    before = list(Run.objects.order_by("pk").values())
    for name, status in (("team_mate", 404), ("assistant", 403), ("other_coach", 404), ("curator", 404)):
        answer = browser_of(getattr(cast, name)).post(f"/runs/{run.pk}/{deed}/", typed(scope="this"))
        assert (name, answer.status_code) == (name, status)
    assert browser_of(None).post(f"/runs/{run.pk}/{deed}/").status_code == 302
    assert list(Run.objects.order_by("pk").values()) == before
    assert Assignment.objects.filter(run=run).exists()


def test_get_never_acts(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    make_assignment(run, make_routine())
    browser = browser_of(cast.athlete)
    assert browser.get(f"/runs/{run.pk}/cancel/").status_code == 200
    assert browser.get(f"/runs/{run.pk}/warm-up/withdraw/").status_code == 405
    assert [browser.post(path).status_code for path in ("/", "/today/", f"/runs/{run.pk}/")] == [405] * 3
    assert Run.objects.get().status == "planned"
    assert Assignment.objects.exists()


# --- The first page ---------------------------------------------------------------------------------------------------
def test_a_visitor_learns_what_this_is_and_may_try(db: None, browser_of: Browser) -> None:
    empty = text(browser_of(None).get("/"))
    assert "Warm up before you run" in empty
    assert "Try a warm-up now" not in empty
    routine = make_routine(slug="five-to-fire-up-the-glutes-standing", steps=3)
    make_routine("Another of the library")
    page = text(browser_of(None).get("/"))
    assert f'href="/warm-up/try/{routine.pk}/"' in page
    assert page.count('class="ribbon__step"') == 3


def test_the_first_page_leads_everybody_to_theirs(cast: Cast, browser_of: Browser) -> None:
    def leads(person: User) -> str:
        return browser_of(person).get("/")["Location"]

    assert leads(cast.athlete) == leads(make_user()) == "/today/"
    assert leads(cast.coach) == leads(cast.assistant) == "/squads/dawn-patrol/"
    make_membership(cast.other_squad, cast.coach, role="assistant")
    assert leads(cast.coach) == "/squads/"
    make_membership(make_squad(), cast.coach)
    assert leads(cast.coach) == "/today/"


# --- Today ------------------------------------------------------------------------------------------------------------
def test_today_shows_the_next_run_with_its_warm_up(cast: Cast, browser_of: Browser, now: datetime) -> None:
    later = make_run(cast.athlete, starts_at=now + timedelta(days=2), kind="long")
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3), kind="intervals", place="Canal bridge")
    make_run(cast.athlete, starts_at=now + timedelta(hours=1), status="cancelled")
    make_run(cast.team_mate, starts_at=now + timedelta(hours=2), place="Elsewhere")
    routine = make_routine("Before intervals", owner=cast.coach)
    make_assignment(run, routine, by=cast.coach, note="Slowly <today>")
    answer = browser_of(cast.athlete).get("/today/")
    page = text(answer)
    assert (answer.context["next"].run, [each.run for each in answer.context["later"]]) == (
        run,
        [Run.objects.get(status="cancelled"), later],
    )
    assert f'href="/warm-up/{run.pk}/"' in page
    for words in ("Canal bridge", "Before intervals", "Your coach Cora Coach chose it", "Slowly &lt;today&gt;"):
        assert words in page
    assert "Elsewhere" not in page


def test_today_says_where_a_default_came_from(cast: Cast, browser_of: Browser, now: datetime) -> None:
    cast.squad.default_routine = make_routine("The squad's five")
    cast.squad.save()
    make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    assert "The usual warm-up of Dawn Patrol." in text(browser_of(cast.athlete).get("/today/"))


def test_today_shows_a_done_warm_up_as_done(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(minutes=20))
    make_assignment(run, make_routine())
    session = make_session(cast.athlete, run=run)
    page = text(browser_of(cast.athlete).get("/today/"))
    assert "You are warm. Have a good run." in page
    assert f'href="/sessions/{session.pk}/"' in page
    assert "Start warm-up" not in page


def test_a_run_stays_the_next_until_its_grace_is_over(cast: Cast, browser_of: Browser, now: datetime) -> None:
    browser = browser_of(cast.athlete)
    begun = make_run(cast.athlete, starts_at=now - timedelta(minutes=14))
    assert browser.get("/today/").context["next"].run == begun
    Run.objects.update(starts_at=now - timedelta(minutes=16))
    answer = browser.get("/today/")
    assert (answer.context["next"], [each.run for each in answer.context["recent"]]) == (None, [begun])


def test_today_without_runs_gives_the_first_step(cast: Cast, browser_of: Browser) -> None:
    alone, member = text(browser_of(make_user()).get("/today/")), text(browser_of(cast.athlete).get("/today/"))
    assert ('href="/squads/new/"' in alone, 'href="/runs/new/"' in alone) == (True, True)
    assert ('href="/squads/new/"' in member, 'href="/runs/new/"' in member) == (False, True)


def test_pages_cost_the_same_however_much_they_show(cast: Cast, browser_of: Browser, now: datetime) -> None:
    cast.squad.default_routine = make_routine()
    cast.squad.save()
    athlete, coach = browser_of(cast.athlete), browser_of(cast.coach)
    counts = []
    for number in range(1, 4):
        run = squads_run(cast, now + timedelta(hours=number), routine=make_routine())
        make_run(cast.athlete, starts_at=now + timedelta(hours=number))
        make_session(cast.athlete, run=make_run(cast.athlete, starts_at=now - timedelta(hours=number)))
        counts.append([])
        for browser, path in ((athlete, "/today/"), (athlete, f"/runs/{run.pk}/"), (coach, PLAN)):
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(path).status_code == 200
            counts[-1].append(len(queries))
    assert counts[0] == counts[1] == counts[2]


# --- One run ----------------------------------------------------------------------------------------------------------
def test_a_run_says_when_and_in_whose_time(cast: Cast, browser_of: Browser) -> None:
    gap = make_run(cast.athlete, starts_at=datetime(2027, 3, 28, 1, 30, tzinfo=UTC))
    Run.objects.update(local_time="02:30")
    twice = make_run(cast.athlete, starts_at=datetime(2027, 10, 31, 0, 30, tzinfo=UTC))
    User.objects.filter(pk=cast.coach.pk).update(time_zone="Asia/Tokyo")
    page = text(browser_of(cast.athlete).get(f"/runs/{gap.pk}/"))
    assert "The clocks skip 02:30 that night, so the run starts at 03:30." in page
    assert "Berlin time" not in page
    page = text(browser_of(cast.coach).get(f"/runs/{twice.pk}/"))
    assert "The clocks show 02:30 twice that night. The first one is meant." in page
    assert "Berlin time" in page


def test_a_coach_learns_only_whether_the_reminder_went_out(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now, routine=make_routine())
    assert "Your reminder comes at" in text(browser_of(cast.athlete).get(f"/runs/{run.pk}/"))
    coach = browser_of(cast.coach)
    assert "The reminder has not gone out yet." in text(coach.get(f"/runs/{run.pk}/"))
    Reminder.objects.filter(run=run).update(status=Reminder.Status.SENT, sent_at=now)
    page = text(coach.get(f"/runs/{run.pk}/"))
    assert "The reminder went out." in page
    assert escape(cast.athlete.email) not in page


def test_what_may_not_be_done_is_not_offered(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now, routine=make_routine())

    def offers(person: User) -> list[str]:
        page = text(browser_of(person).get(f"/runs/{run.pk}/"))
        return [name for name in ("change", "cancel", "warm-up") if f'href="/runs/{run.pk}/{name}/"' in page]

    assert offers(cast.athlete) == ["change", "cancel"]
    assert offers(cast.coach) == ["change", "cancel", "warm-up"]
    assert offers(cast.assistant) == []
    assert browser_of(cast.athlete).get(f"/runs/{run.pk}/warm-up/").status_code == 403


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        (Reminder.Status.SCHEDULED, {}, "Your reminder comes at 18:00."),
        (Reminder.Status.CLAIMED, {}, "Your reminder is leaving right now."),
        (Reminder.Status.SENT, {"sent_at": NOW + timedelta(hours=5, minutes=1)}, "Your reminder went out at 18:01."),
        (
            Reminder.Status.FAILED,
            {"reason": "address: 550 no such user"},
            "Your reminder could not be sent: your e-mail address does not take mail.",
        ),
        (
            Reminder.Status.FAILED,
            {"reason": "refused"},
            "Your reminder could not be sent. That is our fault, not yours.",
        ),
        (
            Reminder.Status.EXPIRED,
            {},
            "Your reminder did not make it out before the run. That is our fault, not yours.",
        ),
        (Reminder.Status.CANCELLED, {"reason": "moved"}, "A reminder comes as soon as the run has a warm-up."),
    ],
)
def test_a_reminder_in_words(athlete: User, status: int, fields: dict, words: str) -> None:
    run = make_run(athlete)
    due = run.starts_at - timedelta(hours=1)
    row = Reminder(run=run, status=status, due_at=due, starts_at=run.starts_at, **fields)
    assert show_reminder(run, [row], NOW).text == words


def test_no_reminder_in_words(athlete: User) -> None:
    close, far = (
        make_run(athlete, starts_at=NOW + timedelta(minutes=2)),
        make_run(athlete, starts_at=NOW + timedelta(days=20)),
    )
    for run in (close, far):
        make_assignment(run, make_routine())
    assert show_reminder(close, [], NOW).text == "The start is too close for a reminder."
    assert show_reminder(far, [], NOW).text == "Your reminder comes at 13:00."
    athlete.email_reminders = False
    far.athlete = athlete
    shown = show_reminder(far, [], NOW)
    assert (shown.text, shown.off) == ("Reminders by e-mail are off.", True)


def test_words_for_zones_and_distances() -> None:
    assert [zone_words(zone) for zone in ("America/New_York", "UTC", "America/Argentina/Ushuaia")] == [
        "New York time",
        "UTC",
        "Ushuaia time",
    ]
    assert [distance_words(metres, "metric") for metres in (8000, 21098, 400)] == ["8 km", "21.098 km", "0.4 km"]
    assert distance_words(8047, "imperial") == "5 mi"


# --- Planning one's own -----------------------------------------------------------------------------------------------
def test_planning_a_run_with_a_warm_up(cast: Cast, browser_of: Browser) -> None:
    routine = make_routine()
    body = typed(planned_minutes="50", planned_metres="8.5", place="Park", note="a\r\nb", routine=routine.pk)
    answer = browser_of(cast.athlete).post("/runs/new/", body)
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"], said(answer)) == (302, f"/runs/{run.pk}/", ["Your run is planned."])
    assert (run.athlete, run.squad, run.kind, run.place, run.note) == (cast.athlete, None, "tempo", "Park", "a\nb")
    assert (run.local_start.isoformat(), run.time_zone) == (f"{day(1)}T06:30:00", BERLIN)
    assert (run.planned_minutes, run.planned_metres, run.assignment.revision) == (50, 8500, routine.current)
    assert run.assignment.by_coach is False


def test_miles_for_who_counts_in_miles(cast: Cast, browser_of: Browser) -> None:
    User.objects.filter(pk=cast.athlete.pk).update(units="imperial")
    browser = browser_of(cast.athlete)
    browser.post("/runs/new/", typed(planned_metres="5"))
    run = Run.objects.get()
    assert run.planned_metres == 8047
    assert 'value="5"' in text(browser.get(f"/runs/{run.pk}/change/"))
    browser.post(f"/runs/{run.pk}/change/", typed(planned_metres="5", place="Park"))
    run.refresh_from_db()
    assert (run.planned_metres, run.place) == (8047, "Park")


BAD_INPUT = [
    ({"kind": "sprint"}, "kind"),
    ({"kind": ""}, "kind"),
    ({"local_date": ""}, "local_date"),
    ({"local_date": "tomorrow"}, "local_date"),
    ({"local_date": "2016-01-01"}, "local_date"),
    ({"local_date": "9999-12-31"}, "local_date"),
    ({"local_date": "0001-01-01"}, "local_date"),
    ({"local_time": "25:00"}, "local_time"),
    ({"local_time": "\x00"}, "local_time"),
    ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ({"time_zone": "../../etc/passwd"}, "time_zone"),
    ({"planned_minutes": "0"}, "planned_minutes"),
    ({"planned_minutes": "9" * 400}, "planned_minutes"),
    ({"planned_metres": "-1"}, "planned_metres"),
    ({"planned_metres": "1001"}, "planned_metres"),
    ({"planned_metres": "1e400"}, "planned_metres"),
    ({"planned_metres": "NaN"}, "planned_metres"),
    ({"planned_metres": "0.0001"}, "planned_metres"),
    ({"place": "x" * 121}, "place"),
    ({"place": "\x00"}, "place"),
    ({"note": "x" * 501}, "note"),
]


@pytest.mark.parametrize(("fields", "named"), [*BAD_INPUT, ({"routine": "10" * 30}, "routine")])
def test_bad_input_is_named_and_what_was_typed_stays(
    cast: Cast, browser_of: Browser, fields: dict[str, str], named: str
) -> None:
    answer = browser_of(cast.athlete).post("/runs/new/", typed(**{"place": "Küßchen <Park>"} | fields))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [named]
    assert f'href="#id_{named}"' in text(answer)
    if "place" not in fields:
        assert 'value="Küßchen &lt;Park&gt;"' in text(answer)
    assert not Run.objects.exists()


def test_an_empty_form_is_answered_not_taken_for_untouched(cast: Cast, browser_of: Browser) -> None:
    answer = browser_of(cast.athlete).post("/runs/new/", {})
    assert (answer.status_code, set(answer.context["form"].errors)) == (
        422,
        {"kind", "local_date", "local_time", "time_zone"},
    )


# --- Changing, cancelling, restoring ----------------------------------------------------------------------------------
def test_changing_changes_what_was_changed(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now, planned_metres=8123, note="a\nb", place="Track")
    browser, path = browser_of(cast.athlete), f"/runs/{run.pk}/change/"
    shown = {name: value for name, value in browser.get(path).context["form"].initial.items() if value is not None}
    assert "scope" not in browser.get(path).context["form"].fields
    body = typed(
        kind=run.kind,
        local_date=shown["local_date"],
        local_time=shown["local_time"].strftime("%H:%M:%S"),
        planned_metres="8.123",
        note="a\r\nb",
        place="Park",
    )
    answer = browser.post(path, body)
    assert (answer.status_code, answer["Location"], said(answer)) == (302, f"/runs/{run.pk}/", ["The run is changed."])
    before = {field.attname: getattr(run, field.attname) for field in Run._meta.concrete_fields}
    assert Run.objects.filter(pk=run.pk).values().get() == before | {"place": "Park"}


@pytest.mark.parametrize(
    ("fields", "named"), [*BAD_INPUT, ({"scope": "everything"}, "scope"), ({"scope": ""}, "scope")]
)
def test_bad_changes_are_named(
    cast: Cast, browser_of: Browser, now: datetime, fields: dict[str, str], named: str
) -> None:
    run = squads_run(cast, now)
    before = list(Run.objects.order_by("pk").values())
    answer = browser_of(cast.coach).post(f"/runs/{run.pk}/change/", typed(**{"scope": "all"} | fields))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [named])
    assert list(Run.objects.order_by("pk").values()) == before


def test_a_coach_changes_one_or_everyones(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now)
    browser, path = browser_of(cast.coach), f"/runs/{run.pk}/change/"
    answer = browser.post(path, typed(scope="this", kind="hills"))
    assert answer["Location"] == f"/runs/{run.pk}/"
    browser.get(f"/runs/{run.pk}/")
    assert sorted(Run.objects.values_list("kind", flat=True)) == ["hills", "intervals"]
    answer = browser.post(path, typed(scope="all", local_time="07:15"))
    assert (answer["Location"], said(answer)) == (PLAN, ["2 runs are changed."])
    assert set(Run.objects.values_list("kind", "local_time__minute")) == {("tempo", 15)}


def test_an_athlete_who_asks_for_everyones_gets_their_own(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now)
    browser_of(cast.athlete).post(f"/runs/{run.pk}/cancel/", {"scope": "all"})
    assert dict(Run.objects.values_list("athlete", "status")) == {
        cast.athlete.pk: "cancelled",
        cast.team_mate.pk: "planned",
    }


def test_cancelling_and_bringing_back(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now)
    browser = browser_of(cast.coach)
    assert browser.post(f"/runs/{run.pk}/cancel/", {}).status_code == 422
    answer = browser.post(f"/runs/{run.pk}/cancel/", {"scope": "all"})
    assert (answer["Location"], said(answer)) == (PLAN, ["2 runs are cancelled."])
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}
    assert f'href="/runs/{run.pk}/restore/"' in text(browser.get(f"/runs/{run.pk}/"))
    answer = browser.post(f"/runs/{run.pk}/restore/", {"scope": "all"})
    assert (answer["Location"], said(answer)) == (PLAN, ["2 runs are on again."])
    assert set(Run.objects.values_list("status", flat=True)) == {"planned"}


def test_who_left_is_told_why_a_run_cannot_come_back(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now)
    cast.squad.memberships.filter(person=cast.athlete).update(ended_at=now)
    Run.objects.update(status="cancelled")
    answer = browser_of(cast.athlete).post(f"/runs/{run.pk}/restore/")
    assert answer.status_code == 422
    assert "This run belongs to a squad that its athlete has left." in text(answer)


def test_a_reminder_that_is_leaving_is_told(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now, routine=make_routine())
    Reminder.objects.filter(run=run).update(status=Reminder.Status.CLAIMED, lease_until=now + timedelta(minutes=1))
    answer = browser_of(cast.athlete).post(f"/runs/{run.pk}/cancel/")
    assert said(answer) == ["The run is cancelled.", "A reminder was leaving at this very moment. It may still arrive."]


# --- Choosing a warm-up -----------------------------------------------------------------------------------------------
def test_a_coach_chooses_for_one_or_for_everyone(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now)
    first, second = make_routine(owner=cast.coach), make_routine()
    browser, path = browser_of(cast.coach), f"/runs/{run.pk}/warm-up/"
    answer = browser.post(path, {"scope": "all", "routine": first.pk, "note": "For all"})
    assert answer["Location"] == PLAN
    answer = browser.post(path, {"scope": "this", "routine": second.pk, "note": "For Ada"})
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert dict(Run.objects.values_list("athlete", "assignment__note")) == {
        cast.athlete.pk: "For Ada",
        cast.team_mate.pk: "For all",
    }
    assert Series.objects.get().routine == first
    assert "For Ada" in text(browser.get(path))
    answer = browser.post(f"{path}withdraw/")
    assert (answer["Location"], said(answer)) == (f"/runs/{run.pk}/", ["The chosen warm-up is taken back."])
    assert list(Assignment.objects.values_list("run__athlete", flat=True)) == [cast.team_mate.pk]


def test_only_what_one_may_use_is_offered_and_taken(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = make_run(cast.athlete, starts_at=now + timedelta(hours=3))
    mine, library = make_routine("Mine", owner=cast.athlete), make_routine("Library")
    hidden, archived = make_routine(owner=cast.coach), make_routine(owner=cast.athlete, archived_at=now)
    browser, path = browser_of(cast.athlete), f"/runs/{run.pk}/warm-up/"
    assert set(browser.get(path).context["form"].fields["routine"].queryset) == {mine, library}
    for routine in (hidden.pk, archived.pk, "", "x", 10**30, "\x00"):
        answer = browser.post(path, {"routine": routine, "note": "Stays"})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["routine"])
        assert "Stays" in text(answer)
    answer = browser.post(path, {"routine": mine.pk, "note": "x" * 501})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["note"])
    assert browser.post(path, {"routine": mine.pk}).status_code == 302
    assert Assignment.objects.get().revision == mine.current


# --- Planning for a squad ---------------------------------------------------------------------------------------------
def test_a_coach_plans_for_everyone_with_a_warm_up(cast: Cast, browser_of: Browser) -> None:
    routine = make_routine(owner=cast.coach)
    answer = browser_of(cast.coach).post(PLAN, typed(athlete="everyone", routine=routine.pk, place="Track"))
    assert (answer["Location"], said(answer)) == (PLAN, ["The run is planned for 2 athletes."])
    assert set(Run.objects.values_list("athlete", "squad", "place", "assignment__revision")) == {
        (person.pk, cast.squad.pk, "Track", routine.current.pk) for person in (cast.athlete, cast.team_mate)
    }


def test_a_coach_plans_for_one_athlete(cast: Cast, browser_of: Browser) -> None:
    routine = make_routine()
    answer = browser_of(cast.coach).post(PLAN, typed(athlete=cast.athlete.pk, routine=routine.pk))
    assert said(answer) == ["The run of Ada Athlete is planned."]
    run = Run.objects.get()
    assert (run.athlete, run.squad, run.series, run.assignment.revision, run.assignment.by_coach) == (
        cast.athlete,
        cast.squad,
        None,
        routine.current,
        True,
    )


@pytest.mark.parametrize(("fields", "named"), [*BAD_INPUT, ({"athlete": "x"}, "athlete"), ({"athlete": ""}, "athlete")])
def test_bad_plans_are_named(cast: Cast, browser_of: Browser, fields: dict[str, str], named: str) -> None:
    answer = browser_of(cast.coach).post(PLAN, typed(**{"athlete": "everyone", "note": "Stays"} | fields))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [named])
    assert "note" in fields or "Stays" in text(answer)
    assert not Run.objects.exists()


def test_a_coach_plans_for_the_squads_athletes_only(cast: Cast, browser_of: Browser) -> None:
    for person in (cast.other_athlete, cast.assistant, cast.coach):
        answer = browser_of(cast.coach).post(PLAN, typed(athlete=person.pk))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["athlete"])
    assert not Run.objects.exists()


def test_a_day_before_somebody_joined_is_named(cast: Cast, browser_of: Browser) -> None:
    answer = browser_of(cast.coach).post(PLAN, typed(athlete=cast.athlete.pk, local_date=day(-70)))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["local_date"])


def test_the_plan_groups_by_date(cast: Cast, browser_of: Browser, now: datetime) -> None:
    cast.squad.default_routine = make_routine("The usual")
    cast.squad.save()
    run = squads_run(cast, now, place="Track")
    own = make_run(cast.team_mate, starts_at=now + timedelta(days=3), kind="race")
    make_run(cast.other_athlete, starts_at=now + timedelta(days=3))
    make_run(cast.athlete, starts_at=now + timedelta(days=40))
    answer = browser_of(cast.coach).get(PLAN)
    days = [
        [(each.series, [shown.run for shown in each.runs]) for each in outings] for _, outings in answer.context["days"]
    ]
    assert days == [[(run.series, list(run.series.runs.order_by("athlete__name")))], [(None, [own])]]
    page = text(answer)
    for words in (
        "2 athletes",
        "The usual",
        "Track",
        f"/runs/{run.series.runs.order_by('athlete__name')[0].pk}/change/?scope=all",
    ):
        assert words in page


def test_a_date_for_a_squad_of_nobody_is_shown(db: None, browser_of: Browser) -> None:
    coach = make_user()
    squad = make_squad(coach=coach)
    browser, path = browser_of(coach), reverse("squad-plan", args=[squad.slug])
    answer = browser.post(path, typed(athlete="everyone"))
    assert said(answer) == ["The date is planned. Whoever joins gets the run at once."]
    assert "Nobody yet. Who joins gets it." in text(browser.get(path))


@pytest.mark.parametrize("asked", ["2027-13-01", "x", "9" * 50, "\x00".replace("\x00", "%")])
def test_a_strange_day_in_the_address_is_left_out(cast: Cast, browser_of: Browser, asked: str) -> None:
    answer = browser_of(cast.coach).get(PLAN, {"date": asked})
    assert str(answer.context["form"].initial["local_date"]) == day(1)
    assert str(browser_of(cast.coach).get(PLAN, {"date": day(9)}).context["form"].initial["local_date"]) == day(9)


def test_the_plan_opens_for_the_athlete_whom_a_link_names(cast, browser_of):
    page = browser_of(cast.coach).get(f"/squads/dawn-patrol/plan/?athlete={cast.athlete.pk}")
    assert page.context["form"]["athlete"].initial == str(cast.athlete.pk)
    assert f'<option value="{cast.athlete.pk}" selected>' in page.content.decode()


def test_the_guide_and_the_run_s_page_tell_the_same_minutes(cast, browser_of):
    run = make_run(cast.athlete)
    routine = make_routine()
    rewrite(routine.revisions.all(), duration_seconds=254)
    make_assignment(run, routine)
    assert browser_of(cast.athlete).get(f"/warm-up/{run.pk}/").context["minutes"] == 5
