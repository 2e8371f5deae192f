"""A runner's first week: planned in a minute, and once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from plans.domain.given import given, with_warm_up
from plans.domain.starting import DayPlan, has_own_week, set_up_week
from plans.models import OwnDefault, Reminder, Run, Series
from tests.conftest import violations
from tests.factories import make_exercise, make_routine, make_run, make_squad, make_user
from warmups.models import Equipment, Routine

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 15, 9, 0, tzinfo=UTC)  # a Monday
EASY, LONG = DayPlan(time(7), "easy", 40), DayPlan(time(9), "long", 60)
WEEK = {"TU": EASY, "TH": EASY, "SU": LONG}


def test_days_alike_are_one_series_from_tomorrow_on() -> None:
    person, routine = make_user(), make_routine()
    series = set_up_week(person=person, now=NOW, week=WEEK, routine=routine, lead_minutes=90)
    assert [each.rule for each in series] == ["FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=WEEKLY;BYDAY=SU"]
    runs = with_warm_up(Run.objects.filter(athlete=person, local_date__lt=date(2027, 3, 22)))
    assert [(run.kind, run.local_start, given(run).source) for run in runs] == [
        ("easy", datetime(2027, 3, 16, 7), "own-default"),
        ("easy", datetime(2027, 3, 18, 7), "own-default"),
        ("long", datetime(2027, 3, 21, 9), "own-default"),
    ]
    first = Reminder.objects.filter(run__athlete=person).earliest("due_at")
    assert first.due_at == datetime(2027, 3, 16, 4, 30, tzinfo=UTC)


def test_a_second_time_plans_nothing_more() -> None:
    person = make_user()
    set_up_week(person=person, now=NOW, week=WEEK)
    with pytest.raises(ValidationError, match="planned already"):
        set_up_week(person=person, now=NOW + timedelta(minutes=1), week=WEEK)
    assert Series.objects.filter(athlete=person).count() == 2


@pytest.mark.parametrize("week", [{}, {"XX": EASY}])
def test_a_week_needs_days_that_there_are(week: dict[str, DayPlan]) -> None:
    person = make_user()
    with pytest.raises(ValidationError) as caught:
        set_up_week(person=person, now=NOW, week=week)
    assert list(caught.value.message_dict) == ["days"]
    assert not has_own_week(person, NOW)


def test_the_page_as_it_stands_is_a_week(browser_of: Any) -> None:
    person, routine = make_user(), make_routine()
    browser = browser_of(person)
    form = browser.get(reverse("start")).context["form"]
    asked = {name: form[name].value() or "" for name in form.fields}
    asked |= {"local_time": "07:00", "weekend_time": "09:00"}
    answer = browser.post(reverse("start"), asked)
    assert answer.status_code == 302
    assert sorted(Series.objects.filter(athlete=person).values_list("rule", "kind", "planned_minutes")) == [
        ("FREQ=WEEKLY;BYDAY=SU", "long", 60),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "easy", 40),
    ]
    assert OwnDefault.objects.get(person=person).routine == routine
    person.refresh_from_db()
    assert person.reminder_lead_minutes is None
    browser.post(reverse("start"), asked)
    assert Series.objects.filter(athlete=person).count() == 2
    assert "Your week" in browser.get(reverse("start")).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": []}, "days"),
        ({"days": ["XX"]}, "days"),
        ({"local_time": "25:00"}, "local_time"),
        ({"minutes": "99999999999999999999"}, "minutes"),
        ({"minutes": "-1"}, "minutes"),
        ({"hard_day": "SU"}, "hard_day"),
        ({"routine": "\x00"}, "routine"),
        ({"routine": "999999"}, "routine"),
        ({"lead_minutes": "0"}, "lead_minutes"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(browser_of: Any, wrong: dict[str, Any], field: str) -> None:
    person = make_user()
    asked = {"days": ["TU"], "local_time": "07:00", "long_day": "SU", "lead_minutes": "60"}
    answer = browser_of(person).post(reverse("start"), asked | wrong)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not has_own_week(person, NOW)


def test_what_fits_the_place_is_offered_and_what_was_typed_stays(browser_of: Any) -> None:
    floor = make_routine("On the floor", exercises=[make_exercise("bridge", position="supine")])
    banded = make_exercise("band-walk", position="standing")
    banded.equipment.add(Equipment.objects.get_or_create(slug="mini-band", defaults={"name": "Mini-band"})[0])
    band = make_routine("With a band", exercises=[banded])
    upright = make_routine("On the feet", exercises=[make_exercise("hip-drop", position="single-leg")])
    for routine in (floor, band, upright):
        Routine.objects.filter(pk=routine.pk).update(owner=None)
    browser = browser_of(make_user())

    def offered(**asked: Any) -> list[str]:
        answer = browser.post(reverse("start"), {"look": "1", "days": ["MO"], "minutes": "33", **asked})
        assert (answer.status_code, answer.context["form"].errors) == (200, {})
        assert (answer.context["form"]["days"].value(), answer.context["form"]["minutes"].value()) == (["MO"], "33")
        return sorted(card["routine"].name for card in answer.context["cards"])

    assert offered(lying="true") == ["On the feet", "On the floor"]
    assert offered(lying="false") == ["On the feet"]
    assert offered(lying="false", equipment=["mini-band"]) == ["On the feet", "With a band"]
    assert Series.objects.count() == 0


def test_a_warm_up_put_together_for_the_place_becomes_ones_own(browser_of: Any) -> None:
    call_command("load_content", verbosity=0)
    person = make_user()
    asked = {"days": ["TU"], "local_time": "07:00", "lead_minutes": "60", "lying": "false", "routine": "suggested"}
    answer = browser_of(person).post(reverse("start"), asked | {"equipment": ["mini-band"]})
    assert answer.status_code == 302
    routine = OwnDefault.objects.get(person=person).routine
    assert routine.owner == person
    assert routine.description == "Suggested with mini-band at hand, standing only."


def test_who_is_new_is_led_there_once(browser_of: Any) -> None:
    browser = browser_of(make_user())
    assert browser.get("/").headers["Location"] == reverse("start")
    assert browser.get("/").headers["Location"] == reverse("today")


def test_who_has_a_run_or_a_squad_is_not(browser_of: Any) -> None:
    runner, athlete = make_user(), make_user()
    make_run(runner)
    make_squad(athletes=(athlete,))
    assert browser_of(runner).get("/").headers["Location"] == reverse("today")
    assert browser_of(athlete).get("/").headers["Location"] == reverse("today")


@pytest.mark.parametrize("wrong", [{"lying": "\x00"}, {"lying": "perhaps"}, {"equipment": ["anvil"]}])
def test_a_place_that_there_is_not_is_said_and_nothing_is_planned(browser_of: Any, wrong: dict[str, Any]) -> None:
    person = make_user()
    asked = {"days": ["TU"], "local_time": "07:00", "lead_minutes": "60"}
    answer = browser_of(person).post(reverse("start"), asked | wrong)
    assert (answer.status_code, list(answer.context["place"].errors)) == (422, list(wrong))
    assert answer.context["form"].errors == {}
    assert not has_own_week(person, NOW)


@pytest.mark.django_db(transaction=True)
def test_a_week_on_a_phone_in_two_taps(page_of: Any) -> None:
    person = make_user()
    make_routine()
    page = page_of(person)
    page.goto("/today/")
    page.get_by_role("link", name="Set up your week").click()
    assert violations(page) == []
    page.get_by_role("button", name="Set up my week").click()
    page.get_by_role("heading", name="Your week").wait_for()
    assert violations(page) == []
    assert Series.objects.filter(athlete=person).count() == 2


@pytest.mark.django_db(transaction=True)
def test_from_signing_up_to_a_planned_week_on_a_phone(page_of: Any) -> None:
    page = page_of(None)
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill("nia@runners.example")
    page.get_by_label("Your name").fill("Nia New")
    page.get_by_label("Password").fill("warm-up-before-123")
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url("**/confirm-email/")
    (told,) = [word for word in str(mail.outbox[0].body).split() if "/confirm-email/" in word]
    page.goto(urlsplit(told).path)
    page.get_by_role("button", name="Yes, that is me").click()
    page.wait_for_url("**/start/")
    page.get_by_role("group", name="Which days do you run?").get_by_label("Wed").check()
    page.get_by_role("button", name="Set up my week").click()
    expect(page.get_by_role("heading", name="Your week")).to_be_visible()
    page.get_by_role("link", name="Calendar").first.click()
    expect(page.get_by_role("link", name="Easy run").first).to_be_visible()
    assert sorted(Series.objects.filter(athlete__email="nia@runners.example").values_list("rule", flat=True)) == [
        "FREQ=WEEKLY;BYDAY=SU",
        "FREQ=WEEKLY;BYDAY=TU,WE,TH",
    ]
