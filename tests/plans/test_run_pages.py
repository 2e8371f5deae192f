"""The first page, today, one run, planning for a squad: who sees what, what is said, bad input.

Views read the clock, so what is planned here lies relative to today.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, strip_tags

from accounts.models import User
from plans.domain.runs import change_run, schedule_for_squad
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
    return series.runs.filter(athlete=cast.athlete).order_by("starts_at")[0]


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
        (PLAN, (403, 403, 200, 200, 404, 404)),
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

    long_here = make_user(date_joined=timezone.now() - timedelta(days=30))
    assert leads(cast.athlete) == leads(long_here) == "/today/"
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
    assert ('href="/squads/new/"' in alone, 'href="/start/"' in alone) == (True, True)
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
    row = Reminder(run=run, kind=Reminder.Kind.BEFORE_RUN, status=status, due_at=due, starts_at=run.starts_at, **fields)
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
    assert Run.objects.filter(pk=run.pk).values().get() == before | {
        "place": "Park",
        "by_hand": "place ",
        "sequence": 1,
    }


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


def test_an_athlete_cancels_their_own_and_nobody_elses(cast: Cast, browser_of: Browser, now: datetime) -> None:
    run = squads_run(cast, now)
    browser = browser_of(cast.athlete)
    assert browser.post(f"/runs/{run.pk}/cancel/", {"scope": "all"}).status_code == 422
    assert set(Run.objects.values_list("status", flat=True)) == {"planned"}
    browser.post(f"/runs/{run.pk}/cancel/", {"scope": "this"})
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


# --- Series -----------------------------------------------------------------------------------------------------------
def repeating(**fields: Any) -> dict[str, Any]:
    """A filled-in form of a run that comes back each week from tomorrow on, three times."""
    return typed(repeats="week", interval="1", ends="after", times="3") | fields


def squads_series(cast: Cast, now: datetime, **fields: Any) -> list[Run]:
    """The athlete's runs of a squad's series of three weeks."""
    run = squads_run(cast, now, **{"rule": "FREQ=WEEKLY;COUNT=3"} | fields)
    return list(run.series.runs.filter(athlete=cast.athlete).order_by("starts_at"))


def test_planning_runs_that_come_back(cast: Cast, browser_of: Browser) -> None:
    routine, browser = make_routine(), browser_of(cast.athlete)
    answer = browser.post("/runs/new/", repeating(routine=routine.pk))
    runs = Run.objects.order_by("starts_at")
    assert (answer["Location"], said(answer)) == (f"/runs/{runs[0].pk}/", ["Your runs are planned, 3 so far."])
    assert [run.local_date.isoformat() for run in runs] == [day(1), day(8), day(15)]
    assert set(runs.values_list("athlete", "squad", "assignment__revision")) == {
        (cast.athlete.pk, None, routine.current.pk)
    }
    page = browser.get(f"/runs/{runs[0].pk}/")
    assert (len(page.context["series"].dates), page.context["series"].by_hand) == (2, "")
    assert page.context["series"].words in text(page)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"repeats": "yearly"}, "repeats"),
        ({"interval": "0"}, "interval"),
        ({"weekdays": ["XX"]}, "weekdays"),
        ({"times": ""}, "times"),
        ({"times": "9" * 400}, "times"),
        ({"times": "\x00"}, "times"),
        ({"ends": "on", "until": day(-1)}, "until"),
        ({"ends": "on", "until": "9999-99-99"}, "until"),
        ({"repeats": "month", "month_by": "weekday", "nth": "9"}, "nth"),
    ],
)
def test_bad_repeating_is_named_and_what_was_typed_stays(
    cast: Cast, browser_of: Browser, fields: dict[str, Any], named: str
) -> None:
    answer = browser_of(cast.athlete).post("/runs/new/", repeating(**{"place": "Park"} | fields))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [named])
    assert 'value="Park"' in text(answer)
    assert f'id="id_{named}_error"' in text(answer)
    assert not Series.objects.exists()


def test_what_comes_of_it_is_told_before_it_is_planned(cast: Cast, browser_of: Browser) -> None:
    browser = browser_of(cast.athlete)
    page = text(browser.post("/runs/repeats/", repeating(local_date="2027-03-28", local_time="02:30", times="31")))
    for words in ("Every Sunday at 02:30 until 24 October 2027", "31 runs in all", "Sun 28 Mar, Sun 4 Apr"):
        assert words in page
    assert "Sun 28 Mar 2027: The clocks skip 02:30 that night, so the run starts at 03:30." in page
    assert "2027" in text(browser.post("/runs/repeats/", typed(local_date="2027-03-28", local_time="02:30")))
    once = {"repeats": "week", "scope": "this", "local_date": "2027-03-28"}
    assert "Every" not in text(browser.post("/runs/repeats/", repeating(**once)))
    for fields in ({}, {"local_date": "x"}, {"local_time": "\x00"}, {"repeats": "x"}, {"time_zone": "Mars/Olympus"}):
        answer = browser.post("/runs/repeats/", repeating(**fields) if fields else {})
        assert (answer.status_code, text(answer).strip()) == (200, "")
    impossible = repeating(repeats="month", month_by="day", month_day="31", interval="12", local_date="2027-04-01")
    assert "This rule gives no date from 2027-04-01 on." in text(browser.post("/runs/repeats/", impossible))
    assert browser.get("/runs/repeats/").status_code == 405
    assert not Run.objects.exists()


def test_the_form_says_what_each_scope_does(cast: Cast, browser_of: Browser, now: datetime) -> None:
    runs = squads_series(cast, now)
    change_run(run=runs[2], actor=cast.athlete, now=now, changes={"place": "Park"})

    def scopes(person: User, deed: str) -> dict[str, str]:
        form = browser_of(person).get(f"/runs/{runs[1].pk}/{deed}/").context["form"]
        if "scope" not in form.fields:
            return {}
        return {scope: unescape(strip_tags(words)) for scope, words in form.fields["scope"].choices}

    assert scopes(cast.athlete, "change") == scopes(cast.athlete, "cancel") == {}
    assert scopes(cast.coach, "change") == {
        "this": "Only Ada's",
        "date": "Everyone's of that date2 runs.",
        "following": "From this date onThis date and all after it: 4 runs. Dates that are still to be made follow. "
        "1 was changed by hand and keeps what was changed.",
        "all": "The whole seriesAll that is to come: 6 runs. Dates that are still to be made follow. "
        "1 was changed by hand and keeps what was changed.",
    }
    assert scopes(cast.coach, "cancel")["all"] == (
        "The whole seriesAll that is to come: 6 runs. The series ends, and no more dates come."
    )
    assert list(scopes(cast.coach, "warm-up")) == ["this", "date", "following", "all"]


@pytest.mark.parametrize(("asked", "shown"), [("date", "date"), ("all", "all"), ("x", "this"), ("9" * 500, "this")])
def test_a_link_may_ask_for_a_scope(cast: Cast, browser_of: Browser, now: datetime, asked: str, shown: str) -> None:
    run = squads_series(cast, now)[0]
    form = browser_of(cast.coach).get(f"/runs/{run.pk}/change/", {"scope": asked}).context["form"]
    assert form["scope"].value() == shown


@pytest.mark.parametrize("asked", ["date", "following", "all"])
def test_the_only_date_of_a_series_is_all_of_it(cast: Cast, browser_of: Browser, now: datetime, asked: str) -> None:
    run = squads_run(cast, now)
    browser, path = browser_of(cast.coach), f"/runs/{run.pk}/cancel/"
    assert browser.get(path, {"scope": asked}).context["form"]["scope"].value() == "all"
    assert browser.post(path, {"scope": asked}).status_code == 302
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}


def changed_form(run: Run, **fields: Any) -> dict[str, Any]:
    """The form of a run as it stands, with something typed anew."""
    shown = {"kind": run.kind, "local_date": run.local_date, "local_time": run.local_time.strftime("%H:%M:%S")}
    return shown | {"place": run.place, "time_zone": "Europe/Berlin"} | fields


def test_a_coach_changes_from_here_on_with_the_rule(cast: Cast, browser_of: Browser, now: datetime) -> None:
    runs = squads_series(cast, now)
    browser, path = browser_of(cast.coach), f"/runs/{runs[1].pk}/change/"
    assert f'href="{path}?scope=following"' in text(browser.get(f"/runs/{runs[1].pk}/"))
    assert f'href="{path}?scope=following"' not in text(browser_of(cast.athlete).get(f"/runs/{runs[1].pk}/"))
    assert [browser.get(path, {"scope": scope}).context["form"].preview is None for scope in ("this", "all")] == [
        True,
        False,
    ]
    shown = browser.get(path).context["form"].initial
    assert (shown["repeats"], shown["ends"], shown["until"]) == ("week", "on", runs[2].local_date)
    once_more = {"repeats": "week", "interval": "1", "weekdays": shown["weekdays"], "ends": "on"}
    kept = once_more | {"until": runs[2].local_date}
    answer = browser.post(path, changed_form(runs[1], scope="following", place="Park", **kept))
    assert (answer["Location"], said(answer)) == (PLAN, ["4 runs are changed."])
    assert list(Run.objects.order_by("starts_at").values_list("place", flat=True)) == ["", "", *["Park"] * 4]
    further = once_more | {"until": runs[2].local_date + timedelta(weeks=2)}
    browser.post(path, changed_form(Run.objects.get(pk=runs[1].pk), scope="following", **further))
    assert Run.objects.planned().count() == 10
    shorter = once_more | {"until": runs[1].local_date}
    browser.post(path, changed_form(Run.objects.get(pk=runs[1].pk), scope="all", **shorter))
    assert Run.objects.planned().count() == 4


def test_the_rule_stays_when_one_run_is_changed(cast: Cast, browser_of: Browser, now: datetime) -> None:
    runs = squads_series(cast, now)
    path = f"/runs/{runs[0].pk}/change/"
    body = changed_form(runs[0], scope="this", place="Park", repeats="day", ends="never")
    assert browser_of(cast.coach).post(path, body).status_code == 302
    assert (Run.objects.count(), Run.objects.filter(place="Park").get()) == (6, runs[0])


def test_a_rule_that_no_form_asks_for_stays(cast: Cast, browser_of: Browser, now: datetime) -> None:
    runs = squads_series(cast, now, rule="FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=3")
    browser, path = browser_of(cast.coach), f"/runs/{runs[0].pk}/change/"
    assert "As now: On the 1st and 15th of each month until" in text(browser.get(path))
    body = changed_form(runs[0], scope="all", place="Park", repeats="keep")
    assert browser.post(path, body).status_code == 302
    assert set(Run.objects.values_list("place", flat=True)) == {"Park"}
    assert Series.objects.get().rule.startswith("FREQ=MONTHLY;BYMONTHDAY=1,15;UNTIL=")


def test_an_athlete_changes_all_of_their_own_series(cast: Cast, browser_of: Browser) -> None:
    browser = browser_of(cast.athlete)
    browser.post("/runs/new/", repeating())
    first, second, _third = Run.objects.order_by("starts_at")
    fields = browser.get(f"/runs/{second.pk}/change/").context["form"].fields
    assert [scope for scope, _words in fields["scope"].choices] == ["this", "following", "all"]
    answer = browser.post(f"/runs/{second.pk}/change/", changed_form(second, scope="following", local_time="07:15"))
    assert (answer["Location"], said(answer)) == (f"/runs/{second.pk}/", ["2 runs are changed."])
    assert list(Run.objects.order_by("starts_at").values_list("local_time__minute", flat=True)) == [30, 15, 15]
    answer = browser.post(f"/runs/{second.pk}/cancel/", {"scope": "following"})
    assert said(answer)[-1] == "2 runs are cancelled."
    assert "The series has ended: nothing more from" in text(browser.get(f"/runs/{first.pk}/"))
    browser.post(f"/runs/{second.pk}/restore/", {"scope": "all"})
    assert set(Run.objects.values_list("status", flat=True)) == {"planned"}


@pytest.mark.parametrize("deed", ["change", "cancel", "restore", "warm-up"])
@pytest.mark.parametrize("scope", ["date", "following", "all"])
def test_an_athlete_reaches_only_their_own_run_of_a_squads_series(
    cast: Cast, browser_of: Browser, now: datetime, deed: str, scope: str
) -> None:
    runs = squads_series(cast, now)
    before = list(Run.objects.exclude(pk=runs[0].pk).order_by("pk").values())
    body = changed_form(runs[0], place="Park", scope=scope, routine=make_routine().pk)
    browser_of(cast.athlete).post(f"/runs/{runs[0].pk}/{deed}/", body)
    assert list(Run.objects.exclude(pk=runs[0].pk).order_by("pk").values()) == before
    assert not Assignment.objects.exclude(run=runs[0]).exists()


def test_a_warm_up_goes_as_far_as_its_scope_and_is_taken_back_so(
    cast: Cast, browser_of: Browser, now: datetime
) -> None:
    runs, routine = squads_series(cast, now), make_routine()
    browser, path = browser_of(cast.coach), f"/runs/{runs[1].pk}/warm-up/"
    assert browser.post(path, {"scope": "following", "routine": routine.pk, "note": ""})["Location"] == PLAN
    assert Assignment.objects.count() == 4
    assert browser.post(f"{path}withdraw/", {"scope": "date"})["Location"] == PLAN
    assert Assignment.objects.count() == 2
    browser.post(f"{path}withdraw/", {"scope": "all"})
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"local_start": None}, "This date was moved by hand. It stays where it is when the series is changed."),
        (
            {"place": "Park", "kind": "hills"},
            "Changed by hand on this date: the kind and the place. That stays when the series is changed.",
        ),
    ],
)
def test_a_run_says_what_was_changed_by_hand(
    cast: Cast, browser_of: Browser, now: datetime, changes: dict[str, Any], words: str
) -> None:
    first, second, _third = squads_series(cast, now)
    if "local_start" in changes:
        changes = {"local_start": first.local_start + timedelta(days=1)}
    change_run(run=first, actor=cast.coach, now=now, changes=changes, scope="date")
    assert words in text(browser_of(cast.athlete).get(f"/runs/{first.pk}/"))
    assert browser_of(cast.athlete).get(f"/runs/{second.pk}/").context["series"].by_hand == ""


def test_a_runs_pages_cost_the_same_however_long_its_series(cast: Cast, browser_of: Browser, now: datetime) -> None:
    counts = []
    for weeks in (2, 4, 6):
        run = squads_series(cast, now, rule=f"FREQ=WEEKLY;COUNT={weeks}", routine=make_routine())[0]
        counts.append([])
        for deed in ("", "change/", "cancel/", "warm-up/"):
            browser, path = browser_of(cast.coach), f"/runs/{run.pk}/{deed}"
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(path).status_code == 200
            counts[-1].append(len(queries))
    assert counts[0] == counts[1] == counts[2]


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
    answer = browser_of(cast.coach).post(PLAN, typed(athletes="everyone", routine=routine.pk, place="Track"))
    assert (answer["Location"].partition("?")[0], said(answer)) == (PLAN, ["The run is planned for 2 athletes."])
    assert set(Run.objects.values_list("athlete", "squad", "place", "assignment__revision")) == {
        (person.pk, cast.squad.pk, "Track", routine.current.pk) for person in (cast.athlete, cast.team_mate)
    }


def test_a_coach_plans_for_one_athlete(cast: Cast, browser_of: Browser) -> None:
    routine = make_routine()
    answer = browser_of(cast.coach).post(PLAN, typed(athletes=cast.athlete.pk, routine=routine.pk))
    assert said(answer) == ["The run of Ada Athlete is planned."]
    run = Run.objects.get()
    assert (run.athlete, run.squad, run.series, run.assignment.revision, run.assignment.by_coach) == (
        cast.athlete,
        cast.squad,
        None,
        routine.current,
        True,
    )


@pytest.mark.parametrize(
    ("fields", "named"), [*BAD_INPUT, ({"athletes": "x"}, "athletes"), ({"athletes": ""}, "athletes")]
)
def test_bad_plans_are_named(cast: Cast, browser_of: Browser, fields: dict[str, str], named: str) -> None:
    answer = browser_of(cast.coach).post(PLAN, typed(**{"athletes": "everyone", "note": "Stays"} | fields))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [named])
    assert "note" in fields or "Stays" in text(answer)
    assert not Run.objects.exists()


def test_a_coach_plans_for_the_squads_athletes_only(cast: Cast, browser_of: Browser) -> None:
    for person in (cast.other_athlete, cast.assistant, cast.coach):
        answer = browser_of(cast.coach).post(PLAN, typed(athletes=person.pk))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["athletes"])
    assert not Run.objects.exists()


def test_a_day_before_somebody_joined_is_named(cast: Cast, browser_of: Browser) -> None:
    answer = browser_of(cast.coach).post(PLAN, typed(athletes=cast.athlete.pk, local_date=day(-70)))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["local_date"])


def test_a_date_for_a_squad_of_nobody_is_shown(db: None, browser_of: Browser) -> None:
    coach = make_user()
    squad = make_squad(coach=coach)
    browser, path = browser_of(coach), reverse("squad-plan", args=[squad.slug])
    answer = browser.post(path, typed(athletes="everyone"))
    assert said(answer) == ["The date is planned. Whoever joins gets the run at once."]
    page = text(browser.get(answer["Location"]))
    assert ("Nobody has joined yet." in page, "06:30" in page) == (True, True)


@pytest.mark.parametrize("asked", ["2027-13-01", "x", "9" * 50, "\x00".replace("\x00", "%")])
def test_a_strange_day_in_the_address_is_left_out(cast: Cast, browser_of: Browser, asked: str) -> None:
    answer = browser_of(cast.coach).get(PLAN, {"date": asked})
    assert str(answer.context["form"].initial["local_date"]) == day(1)
    assert str(browser_of(cast.coach).get(PLAN, {"date": day(9)}).context["form"].initial["local_date"]) == day(9)


def test_the_plan_opens_for_the_athlete_whom_a_link_names(cast, browser_of):
    page = browser_of(cast.coach).get(f"/squads/dawn-patrol/plan/?athlete={cast.athlete.pk}")
    assert page.context["form"]["athletes"].initial == [str(cast.athlete.pk)]


def test_the_guide_and_the_run_s_page_tell_the_same_minutes(cast, browser_of):
    run = make_run(cast.athlete)
    routine = make_routine()
    rewrite(routine.revisions.all(), duration_seconds=254)
    make_assignment(run, routine)
    assert browser_of(cast.athlete).get(f"/warm-up/{run.pk}/").context["minutes"] == 5


def test_today_shows_the_week_with_each_run_on_its_day(cast: Cast, browser_of: Browser) -> None:
    now = timezone.now()
    run = make_run(cast.athlete, starts_at=now + timedelta(minutes=30), kind="hills")
    make_run(cast.athlete, starts_at=now + timedelta(days=7, minutes=30))
    week = browser_of(cast.athlete).get("/today/").context["week"]
    assert [day.day.weekday() for day in week] == list(range(7))
    assert {day.day: [entry.shown.run for entry in day.entries] for day in week if day.entries} in (
        {run.local_date: [run]},
        {},  # on Sunday before midnight the run is next week's
    )


@pytest.mark.parametrize("deed", ["change", "cancel", "warm-up", "warm-up/withdraw"])
def test_an_old_page_that_asks_for_more_than_there_is_does_nothing_and_says_so(cast, now, browser_of, deed):
    """Her series was ended in another tab: only this run is left, and the whole series was what she asked for."""
    run = make_run(cast.athlete, starts_at=now + timedelta(days=2))
    routine = make_routine(owner=cast.athlete)
    make_assignment(run, routine)
    local = run.starts_at.astimezone(run.time_zone)
    typed = {"kind": "race", "local_date": f"{local:%Y-%m-%d}", "local_time": f"{local:%H:%M}", "scope": "all"}
    typed |= {"time_zone": str(run.time_zone), "routine": routine.pk}
    answer = browser_of(cast.athlete).post(f"/runs/{run.pk}/{deed}/", typed, follow=True)
    assert "Here only this one run can be changed." in answer.content.decode()
    run.refresh_from_db()
    assert (run.kind, run.status) == ("easy", "planned")
    assert Assignment.objects.filter(run=run).exists()
