"""The guided warm-up in a real browser, whose clock the tests turn."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from plans.models import Run, Session
from tests.factories import (
    edit_exercise,
    make_assignment,
    make_exercise,
    make_routine,
    make_run,
    make_squad,
    make_user,
    rewrite,
)
from warmups.domain.content import CONTENT
from warmups.domain.durations import step_seconds
from warmups.domain.figures import poses_digest
from warmups.models import Exercise, Substitute

pytestmark = pytest.mark.django_db(transaction=True)

BEGUN = datetime(2026, 3, 15, 6, 10, tzinfo=UTC)


# Playwright's own loop runs in the test's thread, which Django takes for an asynchronous one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def context_of(live_server, new_context, browser_of) -> Callable[..., BrowserContext]:
    """A real browser of a person (None: a visitor), signed in, on a phone unless `options` say otherwise."""

    def make(person: User | None, **options: Any) -> BrowserContext:
        context = new_context(base_url=live_server.url, **{"viewport": {"width": 390, "height": 844}} | options)
        if person:
            session = browser_of(person).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context

    return make


@pytest.fixture
def run() -> Run:
    """A run with 61 s of hip drops (8, 24 left, 5, 24 right) and 71 s of planks (8, two holds, rest 15, two holds)."""
    athlete = make_user("Ada Athlete")
    make_squad("Dawn Patrol", athletes=(athlete,))
    exercises = [
        make_exercise("hip-drop", cues=["Hips level."], set_up="Stand on one leg."),
        make_exercise("plank", mode="hold", reps=2, hold_seconds=10, seconds_per_rep=None, unilateral=False, sets=2),
    ]
    routine = make_routine("Two before easy runs", exercises=exercises)
    rewrite(routine.current.steps.filter(position=2), rest_seconds=15)
    run = make_run(athlete)
    make_assignment(run, routine)
    return run


class Guide:
    """A warm-up page whose time stands still until a test lets it pass."""

    def __init__(self, page: Page, address: str, *, still: bool = True) -> None:
        self.page, self.errors = page, []
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.clock.install(time=BEGUN - timedelta(minutes=10))  # it runs until it is told to stand still
        if still:
            page.clock.pause_at(BEGUN)
        page.goto(address)

    def start(self) -> None:
        self.begin("Start")

    def begin(self, name: str) -> None:
        """Press what leads to the stage; it is there when its main control is at hand."""
        self.press(name)
        expect(self.page.locator("[data-part=main]")).to_be_focused()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def passes(self, seconds: float) -> None:
        """Time passes as in a page that is looked at."""
        self.page.clock.run_for(round(seconds * 1000))

    def sleeps(self, seconds: float) -> None:
        """Time passes as for a phone that was locked: no timer fires until it is looked at again."""
        self.page.clock.fast_forward(round(seconds * 1000))
        self.passes(0.3)

    def part(self, name: str) -> str:
        return self.page.locator(f"[data-part={name}]").inner_text()

    @property
    def sees(self) -> tuple[str, str, str, str]:
        """Step, kind of phase, side and set, number."""
        kind = self.page.locator(".stage").get_attribute("data-kind") or ""
        return self.part("place"), kind, self.part("side"), self.part("number")

    @property
    def left(self) -> str:
        return self.part("left")


@pytest.fixture
def guide(context_of: Callable[..., Any], run: Run) -> Guide:
    guide = Guide(context_of(run.athlete).new_page(), f"/warm-up/{run.pk}/")
    yield guide
    assert guide.errors == []


def test_a_whole_warm_up_runs_by_the_clock_and_is_logged(guide, run):
    guide.start()
    assert guide.sees == ("Step 1 of 2", "ready", "Left side", "8")
    assert (guide.part("name"), guide.part("cue"), guide.left) == ("Hip drop", "Stand on one leg.", "2:12")
    assert guide.part("next") == "Next: Plank · 2 × 2 × 10 s hold"
    guide.passes(8)
    assert (guide.sees, guide.part("unit"), guide.part("cue")) == (
        ("Step 1 of 2", "work", "Left side", "1"),
        "of 8",
        "Hips level.",
    )
    guide.passes(3)
    assert guide.sees == ("Step 1 of 2", "work", "Left side", "2")
    guide.passes(21)
    assert (guide.sees, guide.part("word")) == (("Step 1 of 2", "switch", "Right side", "5"), "Switch sides")
    guide.passes(5)
    assert guide.sees == ("Step 1 of 2", "work", "Right side", "1")
    guide.passes(24)
    assert (guide.sees, guide.left) == (("Step 2 of 2", "ready", "Set 1 of 2", "8"), "1:11")
    assert guide.part("next") == "This is the last one"
    guide.passes(8)
    assert (guide.sees, guide.part("word")) == (("Step 2 of 2", "work", "Set 1 of 2", "10"), "Hold 1 of 2")
    guide.passes(10)
    assert (guide.sees, guide.part("word")) == (("Step 2 of 2", "release", "Set 1 of 2", "2"), "Let go")
    guide.passes(14)
    assert (guide.sees, guide.part("word")) == (("Step 2 of 2", "rest", "Set 2 of 2", "15"), "Rest")
    guide.passes(39)
    expect(guide.page.get_by_role("heading", name="How did it go?")).to_be_focused()
    assert guide.part("summary") == "2 of 2 steps"
    expect(guide.page.get_by_label("All of it")).to_be_checked()

    guide.page.get_by_role("radio", name="3, moderate").check(force=True)
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))

    session = Session.objects.get()
    assert (session.run, session.revision, session.outcome, session.rpe) == (
        run,
        run.assignment.revision,
        "done",
        3,
    )
    assert (session.started_at, (session.finished_at - session.started_at).total_seconds()) == (BEGUN, 132)
    assert [(step["sets_done"], step["reps_done"], step["seconds_done"]) for step in session.steps] == [
        (1, 8, None),
        (2, 2, 10),
    ]
    assert guide.page.evaluate("sessionStorage.length") == 0


def test_after_a_locked_screen_the_state_is_right(guide):
    guide.start()
    guide.sleeps(61 + 8 + 4)
    assert guide.sees == ("Step 2 of 2", "work", "Set 1 of 2", "6")

    guide.sleeps(3600)

    expect(guide.page.get_by_role("heading", name="How did it go?")).to_be_visible()
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))
    session = Session.objects.get()
    assert (session.finished_at - session.started_at).total_seconds() == 132


def test_a_pause_stops_the_clock_however_long_it_lasts(guide):
    guide.start()
    guide.passes(10)
    guide.press("Pause")
    before = guide.sees, guide.left
    guide.sleeps(600)
    assert (guide.sees, guide.left) == before
    assert guide.part("word") == "Paused"

    guide.press("Go on")
    guide.passes(22.3)

    assert guide.sees == ("Step 1 of 2", "switch", "Right side", "5")


def test_skip_back_and_start_now(guide):
    guide.start()
    guide.press("Start now")
    assert guide.sees == ("Step 1 of 2", "work", "Left side", "1")
    guide.press("Skip")
    assert guide.sees == ("Step 2 of 2", "ready", "Set 1 of 2", "8")
    guide.press("Back")
    assert guide.sees == ("Step 1 of 2", "ready", "Left side", "8")
    guide.passes(20)
    guide.press("Back")
    assert guide.sees == ("Step 1 of 2", "ready", "Left side", "8")


def test_what_was_skipped_is_logged_as_skipped_and_a_part_is_offered(guide):
    guide.start()
    guide.press("Skip")
    guide.passes(8 + 24 + 15 + 5)
    guide.press("End")

    assert guide.part("summary") == "1 of 2 steps"
    expect(guide.page.get_by_label("A part")).to_be_checked()
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))

    session = Session.objects.get()
    assert session.outcome == "partial"
    assert [(step["sets_done"], step["skipped"]) for step in session.steps] == [(0, True), (1, False)]


def test_one_may_go_back_from_the_log_to_the_warm_up(guide):
    guide.start()
    guide.passes(10)
    guide.press("End")
    guide.passes(60)
    guide.begin("Back to the warm-up")

    assert (guide.sees, guide.part("word")) == (("Step 1 of 2", "work", "Left side", "1"), "Paused")
    guide.press("Go on")
    guide.passes(1)
    assert guide.sees == ("Step 1 of 2", "work", "Left side", "2")


def test_a_reload_resumes_at_the_same_second_of_the_same_step_and_asks(guide):
    guide.start()
    guide.passes(61 + 8 + 3)
    guide.page.reload()
    guide.passes(40)
    expect(guide.page.get_by_text("You stopped at step 2 of 2, Plank, with 1:00 to go.")).to_be_visible()

    guide.begin("Go on from there")

    assert (guide.sees, guide.left) == (("Step 2 of 2", "work", "Set 1 of 2", "7"), "1:00")


def test_a_reload_at_the_log_keeps_what_was_done_and_its_uuid(guide):
    guide.start()
    guide.passes(132)
    id = guide.page.locator("input[name=id]").input_value()
    guide.page.reload()
    expect(guide.page.get_by_text("You finished this warm-up, and it is not saved yet.")).to_be_visible()

    guide.press("Log it now")
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))

    assert str(Session.objects.get().pk) == id


def test_one_may_start_again_after_a_reload(guide):
    guide.start()
    guide.passes(100)
    guide.page.reload()

    guide.begin("Start again")

    assert guide.sees == ("Step 1 of 2", "ready", "Left side", "8")


def test_going_back_after_saving_and_saving_again_makes_no_second_session(guide):
    guide.start()
    guide.passes(132)
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))
    guide.page.go_back()
    expect(guide.page.get_by_text("You logged this warm-up: done.")).to_be_visible()
    assert Session.objects.count() == 1


def test_what_the_server_refuses_stays_with_all_that_was_typed(guide):
    guide.start()
    guide.passes(132)
    id = guide.page.locator("input[name=id]").input_value()
    note = guide.page.get_by_label("Anything to add?")
    note.evaluate("field => field.removeAttribute('maxlength')")
    note.fill("x" * 2001)
    guide.page.get_by_role("radio", name="2, mild").check(force=True)
    guide.errors.clear()
    guide.press("Save")

    expect(guide.page.get_by_role("alert")).to_contain_text("at most 2000 characters")
    expect(guide.page.get_by_role("radio", name="2, mild")).to_be_checked()
    expect(guide.page.get_by_label("Where?")).to_be_visible()
    assert guide.page.locator("input[name=id]").input_value() == id
    note.fill("fine")
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))
    guide.errors.clear()  # the browser notes the 422 as one

    session = Session.objects.get()
    assert (str(session.pk), session.note, session.pain, len(session.steps)) == (id, "fine", 2, 2)


def test_pain_asks_where_and_says_stop_from_the_limit_on(guide):
    guide.start()
    guide.press("End")
    where, stop = guide.page.get_by_label("Where?"), guide.page.get_by_text("Stop here, and tell your coach")
    seen = {}
    for pain, name in ((0, "0, none"), (5, "5, moderate"), (6, "6, moderate")):
        guide.page.get_by_role("radio", name=name).check(force=True)
        seen[pain] = (where.is_visible(), stop.is_visible())

    assert seen == {0: (False, False), 5: (True, False), 6: (True, True)}


def test_a_screen_reader_hears_of_steps_and_sides_and_of_nothing_else(guide):
    guide.page.evaluate(
        """() => {
            window.heard = [];
            const region = document.querySelector("[data-part=announce]");
            const listener = new MutationObserver(() => heard.push(region.textContent));
            listener.observe(region, {childList: true, subtree: true});
        }"""
    )
    guide.start()
    for _ in range(131):
        guide.passes(1)

    assert guide.page.evaluate("heard") == [
        "Step 1 of 2. Hip drop. 8 each side. Left side",
        "Switch to the right",
        "Step 2 of 2. Plank. 2 × 2 × 10 s hold. Set 1 of 2",
    ]
    assert guide.page.get_by_role("timer").get_attribute("aria-live") == "off"


def test_it_works_by_keyboard_alone(guide):
    keys = guide.page.keyboard
    guide.page.get_by_role("button", name="Start", exact=True).focus()
    keys.press("Enter")
    expect(guide.page.get_by_role("button", name="Pause")).to_be_focused()
    keys.press("Space")
    expect(guide.page.get_by_role("button", name="Go on")).to_be_focused()
    keys.press("ArrowRight")
    assert guide.sees == ("Step 2 of 2", "ready", "Set 1 of 2", "8")
    keys.press("ArrowLeft")
    assert guide.sees == ("Step 1 of 2", "ready", "Left side", "8")
    keys.press("Space")
    guide.page.get_by_role("button", name="Pause").evaluate("button => button.blur()")
    keys.press("Space")
    assert guide.part("word") == "Paused"


def test_the_screen_stays_on_while_it_runs(context_of, run):
    page = context_of(run.athlete).new_page()
    page.add_init_script(
        """window.locks = [];
        const wakeLock = {request: async () => (locks.push("on"), {release: async () => locks.push("off")})};
        Object.defineProperty(navigator, "wakeLock", {value: wakeLock});"""
    )
    guide = Guide(page, f"/warm-up/{run.pk}/")
    seen = [page.evaluate("[...locks]")]
    guide.start()
    guide.passes(3)
    seen.append(page.evaluate("[...locks]"))
    guide.press("Pause")
    seen.append(page.evaluate("[...locks]"))
    guide.press("Go on")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    seen.append(page.evaluate("[...locks]"))
    guide.press("End")
    seen.append(page.evaluate("[...locks]"))

    assert seen == [
        [],
        ["on"],
        ["on", "off"],
        ["on", "off", "on", "on", "off"],
        ["on", "off", "on", "on", "off", "off"],
    ]


def seen_figure(guide: Guide) -> str:
    """The address of the file that the stage shows, without its version."""
    picture = guide.page.locator("[data-part=figure] img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth") > 0
    return re.sub(r"[?&]v=[^&]*", "", picture.evaluate("picture => picture.currentSrc")).rpartition("/exercises/")[2]


def draw(run: Run) -> None:
    """Give the exercise of the first step a figure."""
    poses = json.loads((CONTENT / "poses" / "hip-hike.json").read_text())
    edit_exercise(Exercise.objects.get(slug="hip-drop"), poses=poses, poses_digest=poses_digest(poses))


def test_the_figure_moves_on_the_side_that_works_and_rests_in_a_pause(guide, run):
    draw(run)
    guide.page.reload()
    guide.start()
    assert seen_figure(guide) == "hip-drop/figure.svg&side=left"
    guide.passes(8)
    guide.press("Pause")
    assert seen_figure(guide) == "hip-drop/figure.svg?still=1&side=left"
    guide.press("Go on")
    guide.passes(30)
    assert seen_figure(guide) == "hip-drop/figure.svg&side=right"
    # What comes next has no figure; the pictogram of its position stands in.
    assert guide.page.locator("[data-part=nextFigure] svg").count() == 1


def test_the_figure_rests_for_those_who_want_less_motion(context_of, run):
    draw(run)
    context = context_of(run.athlete, reduced_motion="reduce", color_scheme="dark")
    guide = Guide(context.new_page(), f"/warm-up/{run.pk}/")
    guide.start()
    assert seen_figure(guide) == "hip-drop/figure.svg?still=1&theme=dark&side=left"


def test_a_distance_waits_for_its_runner(context_of):
    athlete = make_user()
    exercise = make_exercise(mode="distance", reps=None, metres=20, seconds_per_rep="0.6", unilateral=False)
    run = make_run(athlete)
    make_assignment(run, make_routine(exercises=[exercise]))
    guide = Guide(context_of(athlete).new_page(), f"/warm-up/{run.pk}/")
    guide.start()
    guide.passes(300)
    assert (guide.sees[1], guide.sees[3], guide.part("unit"), guide.left) == ("work", "20", "metres", "0:00")

    guide.press("Done")

    expect(guide.page.get_by_role("heading", name="How did it go?")).to_be_visible()


def test_a_visitor_tries_it_and_is_invited(context_of):
    routine = make_routine()
    guide = Guide(context_of(None).new_page(), f"/warm-up/try/{routine.pk}/")
    guide.start()
    guide.passes(200)

    expect(guide.page.get_by_role("heading", name="That is how it goes")).to_be_focused()
    expect(guide.page.get_by_role("link", name="Make an account")).to_be_visible()
    assert guide.page.locator("form[method=post]").count() == 0
    assert guide.errors == []


def test_it_all_works_without_javascript(context_of, run):
    page = context_of(run.athlete, java_script_enabled=False).new_page()
    page.goto(f"/warm-up/{run.pk}/")

    expect(page.get_by_role("heading", name="Plank")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="4, somewhat hard").check(force=True)
    page.get_by_label("Where?").select_option("knee")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="What you did")).to_be_visible()
    assert (Session.objects.get().rpe, Session.objects.get().pain_site) == (4, "knee")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_accessible(context_of, run, scheme):
    # The checker waits for timers, so time may not stand still here; a pause keeps each screen.
    guide = Guide(context_of(run.athlete, color_scheme=scheme).new_page(), f"/warm-up/{run.pk}/", still=False)
    found = {"start": violations(guide.page)}
    guide.start()
    found["ready"] = violations(guide.page)
    while guide.sees[1] != "switch":
        guide.sleeps(1)
    guide.press("Pause")
    found["switch"] = violations(guide.page)
    guide.page.get_by_role("button", name="Swap or skip").click()
    found["what is it"] = violations(guide.page)
    guide.press("Go on with it")
    guide.page.locator("[data-screen=stage] [data-do=cues]").click()
    found["cues"] = violations(guide.page)
    guide.press("Close")
    guide.press("End")
    guide.page.get_by_role("radio", name="7, severe").check(force=True)
    guide.page.locator(".by-step > summary").click()
    found["log"] = violations(guide.page)
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))
    found["session"] = violations(guide.page)
    guide.page.goto("/sessions/")
    found["sessions"] = violations(guide.page)

    assert {name: each for name, each in found.items() if each} == {}


def violations(page: Page) -> list[str]:
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (1280, 800), (360, 640), (375, 553)])
def test_the_clock_is_readable_at_two_metres_and_nothing_is_cut_off(context_of, run, width, height):
    viewport = {"width": width, "height": height}
    guide = Guide(context_of(run.athlete, viewport=viewport).new_page(), f"/warm-up/{run.pk}/")
    guide.start()
    guide.passes(9)

    size = guide.page.locator("[data-part=number]").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert size >= 0.2 * min(width, height)
    assert guide.page.evaluate("document.documentElement.scrollWidth") <= width
    fits = "each => [each.scrollHeight - each.clientHeight, each.scrollWidth - each.clientWidth]"
    assert guide.page.locator(".stage").evaluate(fits) == [0, 0]
    for button in guide.page.locator(".stage button:visible").all():
        assert button.bounding_box()["height"] >= 48


def test_the_guide_and_the_server_say_the_same_of_every_dose(context_of):
    """Both compute how long a step takes; the page would show two lengths if they differed."""
    page = context_of(None).new_page()
    page.goto("/exercises/")
    doses = [
        SimpleNamespace(
            mode=mode,
            sets=sets,
            reps=reps,
            hold_seconds=hold,
            metres=metres,
            sides=sides,
            rest_seconds=rest,
            seconds_per_rep=pace,
        )
        for mode, reps, hold, metres, pace in (
            ("reps", 8, None, None, 3),
            ("reps", 12, None, None, 2.5),
            ("hold", 3, 20, None, None),
            ("hold", 1, 45, None, None),
            ("distance", None, None, 20, 0.5),
        )
        for sets in (1, 2, 5)
        for sides in (None, "each", "left")
        for rest in (0, 30)
    ]
    steps = [
        {
            "mode": dose.mode,
            "sets": dose.sets,
            "reps": dose.reps or 1,
            "hold": dose.hold_seconds,
            "metres": dose.metres,
            "sides": dose.sides,
            "rest": dose.rest_seconds,
            "pace": dose.seconds_per_rep or 3,
            "paced": True,
        }
        for dose in doses
    ]

    seconds = page.evaluate(
        """async (steps) => {
            const { timeline, totalSeconds } = await import("/static/js/player/timeline.js");
            return steps.map((step) => totalSeconds(timeline([step], { setUp: 8, sideChange: 5, holdChange: 2 })));
        }""",
        steps,
    )

    assert seconds == [step_seconds(dose) for dose in doses]


# --- Versions -------------------------------------------------------------------------------------------------------
def test_the_short_version_is_chosen_played_and_logged_as_short(context_of):
    """Hops (61 s, rank 3), planks that hurt and are squeezes instead (61 s, rank 1), drops (61 s, rank 2)."""
    athlete = make_user("Ada Athlete")
    plank, squeeze = make_exercise("plank"), make_exercise("squeeze")
    Substitute.objects.create(exercise=plank, when="hurts", substitute=squeeze)
    routine = make_routine("Three", exercises=[make_exercise("hops"), plank, make_exercise("drops")])
    for position, rank in ((1, 3), (2, 1), (3, 2)):
        rewrite(routine.current.steps.filter(position=position), rank=rank)
    run = make_run(athlete)
    make_assignment(run, routine)
    guide = Guide(context_of(athlete).new_page(), f"/warm-up/{run.pk}/")

    guide.page.get_by_text("Pain, or other minutes").click()
    guide.page.get_by_label("Plank").check()
    guide.page.get_by_label("Your minutes").fill("3")
    guide.press("Fit it")
    expect(guide.page.get_by_text("Squeeze instead of Plank")).to_be_visible()
    guide.page.get_by_role("link", name="2 min").click()
    expect(guide.page.get_by_text("Left out: Hops, Drops")).to_be_visible()
    assert guide.page.url.endswith("?minutes=2&hurts=2#version")
    guide.start()
    assert guide.sees == ("Step 1 of 1", "ready", "Left side", "8")
    guide.passes(61)
    assert guide.part("summary") == "1 of 1 steps"
    expect(guide.page.get_by_label("Short version")).to_be_checked()
    guide.press("Save")
    guide.page.wait_for_url(re.compile("/sessions/"))
    expect(guide.page.get_by_text("Squeeze instead")).to_be_visible()

    session = Session.objects.get()
    assert (session.outcome, session.revision) == ("short", routine.current)
    assert [
        (step["position"], step["sets_done"], step["skipped"], step["swapped_for"], step["skip_reason"])
        for step in session.steps
    ] == [(2, 1, False, "squeeze", "hurts")]
    assert guide.errors == []


def test_each_version_is_a_warm_up_of_its_own_under_way(guide, run):
    guide.start()
    guide.passes(20)
    guide.page.goto(f"/warm-up/{run.pk}/?minutes=1")
    expect(guide.page.get_by_role("alert")).to_contain_text("Nothing of this fits into 1 minute.")
    guide.page.goto(f"/warm-up/{run.pk}/?minutes=2")
    guide.start()
    assert guide.sees == ("Step 1 of 1", "ready", "Left side", "8")
    guide.page.goto(f"/warm-up/{run.pk}/")
    expect(guide.page.get_by_text("You stopped at step 1 of 2, Hip drop")).to_be_visible()


# --- Swapping, reasons, more time, cues -----------------------------------------------------------------------------
def test_what_hurts_is_swapped_on_the_spot_and_the_log_says_so(run: Run, context_of: Callable[..., Any]) -> None:
    hip_drop = Exercise.objects.get(slug="hip-drop")
    calm = make_exercise("calm-drop", name="Calm drop", cues=["Slowly."])
    Substitute.objects.create(exercise=hip_drop, when="hurts", substitute=calm)
    guide = Guide(context_of(run.athlete).new_page(), f"/warm-up/{run.pk}/")
    guide.start()
    guide.passes(10)
    guide.press("Swap or skip")
    guide.page.get_by_role("button", name="It hurts").click()
    assert (guide.part("name"), guide.sees[1]) == ("Calm drop", "ready")
    guide.press("Swap or skip")
    expect(guide.page.get_by_role("button", name="It hurts Skip it")).to_be_visible()
    guide.page.get_by_role("button", name="Go on with it").click()
    expect(guide.page.locator(".stage")).to_have_attribute("data-paused", "false")
    guide.sleeps(200)
    guide.press("Save")
    guide.page.wait_for_url("**/sessions/*/")
    first, second = Session.objects.get().steps
    assert (first["swapped_for"], first["skip_reason"], first["skipped"]) == ("calm-drop", "hurts", False)
    assert (second["swapped_for"], second["skip_reason"]) == (None, None)
    assert guide.errors == []


def test_a_step_is_skipped_with_a_reason_and_the_swap_survives_a_reload(
    run: Run, context_of: Callable[..., Any]
) -> None:
    calm = make_exercise("calm-drop", name="Calm drop")
    Substitute.objects.create(exercise=Exercise.objects.get(slug="hip-drop"), when="hurts", substitute=calm)
    guide = Guide(context_of(run.athlete).new_page(), f"/warm-up/{run.pk}/")
    guide.start()
    guide.press("Swap or skip")
    guide.page.get_by_role("button", name="It hurts").click()
    guide.page.reload()
    guide.begin("Go on from there")
    assert guide.part("name") == "Calm drop"
    guide.press("Skip")
    guide.press("Swap or skip")
    guide.page.get_by_role("button", name="No time").click()
    guide.press("Save")
    guide.page.wait_for_url("**/sessions/*/")
    first, second = Session.objects.get().steps
    assert (first["swapped_for"], first["skipped"]) == ("calm-drop", True)
    assert (second["skip_reason"], second["skipped"]) == ("no-time", True)


def test_fifteen_seconds_more(guide: Guide) -> None:
    guide.start()
    guide.passes(3)
    before = guide.left
    guide.press("15 s")
    assert (before, guide.left, guide.sees[3]) == ("2:09", "2:24", "20")


def test_fifteen_seconds_more_do_not_count_repetitions_backwards(guide: Guide) -> None:
    guide.start()
    guide.passes(10)
    guide.press("15 s")
    assert guide.sees == ("Step 1 of 2", "work", "Left side", "1")


def test_a_closed_tab_resumes_in_a_new_one(context_of: Callable[..., Any], run: Run) -> None:
    context = context_of(run.athlete)
    guide = Guide(context.new_page(), f"/warm-up/{run.pk}/")
    guide.start()
    guide.passes(20)
    seen, left = guide.sees, guide.left
    guide.page.close()
    again = Guide(context.new_page(), f"/warm-up/{run.pk}/")
    again.press("Go on from there")
    assert (again.sees, again.left) == (seen, left)
    assert guide.errors + again.errors == []


def test_each_cue_is_told_once_by_what_is_switched_on(run: Run, context_of: Callable[..., Any]) -> None:
    page = context_of(run.athlete).new_page()
    page.add_init_script(
        """window.shaken = []; navigator.vibrate = (pattern) => { window.shaken.push(pattern); return true; };"""
    )
    guide = Guide(page, f"/warm-up/{run.pk}/")
    guide.start()
    guide.passes(8.5)
    # Set up, three counted seconds, go.
    assert page.evaluate("window.shaken") == [90, 40, 40, 40, 180]
    assert "is-flashing" in (page.locator(".stage").get_attribute("class") or "")
    guide.press("Sounds and other cues")
    page.get_by_label("Vibration").uncheck()
    page.get_by_role("button", name="Close").click()
    guide.sleeps(60)
    assert page.evaluate("window.shaken.length") == 5
    assert json.loads(page.evaluate("localStorage.getItem('prestride:cues')"))["vibration"] is False


def test_cues_are_tried_without_an_account(context_of: Callable[..., Any]) -> None:
    page = context_of(None).new_page()
    page.goto("/warm-up/cues/")
    page.get_by_role("button", name="See it").click()
    expect(page.locator("[data-cue-place]")).to_have_class(re.compile("is-flashing"))
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize(("opener", "title"), [("Swap or skip", "What is it?"), ("Sounds and other cues",) * 2])
def test_a_sheet_closes_by_key_and_leaves_one_where_one_was(guide: Guide, opener: str, title: str) -> None:
    guide.start()
    guide.page.get_by_role("button", name=opener).locator("visible=true").focus()
    guide.page.keyboard.press("Enter")
    expect(guide.page.get_by_role("dialog", name=title)).to_be_visible()
    guide.page.keyboard.press("Escape")
    expect(guide.page.get_by_role("dialog")).to_have_count(0)
    expect(guide.page.get_by_role("button", name=opener).locator("visible=true")).to_be_focused()
    expect(guide.page.locator(".stage")).to_have_attribute("data-paused", "false")


def test_a_swap_by_keyboard_alone_goes_on_with_the_stand_in(run: Run, context_of: Callable[..., Any]) -> None:
    other = make_exercise("calm-drop", name="Calm drop")
    Substitute.objects.create(exercise=Exercise.objects.get(slug="hip-drop"), when="hurts", substitute=other)
    guide = Guide(context_of(run.athlete).new_page(), f"/warm-up/{run.pk}/")
    press = guide.page.keyboard.press
    guide.page.get_by_role("button", name="Start", exact=True).focus()
    press("Enter")
    press("ArrowRight")
    press("ArrowLeft")
    while guide.page.evaluate("document.activeElement.dataset.do") != "ask":
        press("Shift+Tab")
    press("Enter")
    while guide.page.evaluate("document.activeElement.dataset.why") != "hurts":
        press("Tab")
    press("Enter")
    expect(guide.page.locator("[data-part=name]")).to_have_text(other.name)
    expect(guide.page.locator("[data-part=main]")).to_be_focused()
    assert guide.errors == []
