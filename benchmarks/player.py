"""What the player weighs on a first visit, and how long it keeps a slow phone busy.

In a real browser, from a production stack: the bytes over the wire of the page of a five-exercise routine with all that
is fetched until its last step was shown, compressed as served, beside the 100 KB that it may weigh; what weighs most.
Then the same warm-up at a quarter of the processor's speed: the longest task while the page opens and for each press in
it, from the browser's trace, beside the 50 ms that a task may last, with how many longer ones its performance API tells
of; in the same run the longest of opening an empty page and of a press that does nothing there, so that a slow machine
is told from a slow player.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.stack import production

LIMIT = 100_000  # bytes
ROUTINE = "Five to fire up the glutes"
PHONE = {"width": 390, "height": 844}
SLOWER = 4
LISTED = 12
ALLOWED = 50  # milliseconds
TIMES = 3  # the middle one is told, with the longest
SETTLED = 600  # milliseconds after a press until all that it caused is over
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
WATCH = """
window.longTasks = 0;
new PerformanceObserver((list) => { window.longTasks += list.getEntries().length; })
    .observe({ type: "longtask", buffered: true });
"""
EMPTY = "<!doctype html><title>Empty</title><button>Press</button>"


def opened(browser: Browser, url: str) -> tuple[BrowserContext, Page]:
    """A phone that was never here, without a service worker, which would fetch for later beside it."""
    context = browser.new_context(base_url=url, viewport=PHONE, service_workers="block")  # type: ignore[arg-type]
    context.add_init_script(WATCH)
    return context, context.new_page()


def address(page: Page) -> str:
    """Where the routine is tried."""
    page.goto("/routines/")
    page.get_by_role("link", name=ROUTINE, exact=True).first.click()
    page.wait_for_url("**/routines/*/")
    return urlsplit(page.url).path.replace("/routines/", "/warm-up/try/")


def walk(page: Page) -> None:
    """Through the warm-up, each step looked at until its figure is there."""
    page.get_by_role("button", name="Start", exact=True).click()
    for _step in range(5):
        page.locator("[data-part=figure] img").wait_for()
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name="Skip", exact=True).click()


def weigh(browser: Browser, url: str, path: str) -> Counter[str]:
    """Bytes over the wire by address, without queries."""
    context, page = opened(browser, url)
    wire, names, bytes_of = context.new_cdp_session(page), {}, Counter[str]()
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda told: names.update({told["requestId"]: told["request"]["url"]}))

    def finished(told: dict[str, Any]) -> None:
        bytes_of[urlsplit(names.get(told["requestId"], "?")).path] += int(told["encodedDataLength"])

    wire.on("Network.loadingFinished", finished)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    walk(page)
    context.close()
    return bytes_of


class Tracer:
    """What the page's main thread did, from the browser's trace."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self.page, self.events, self.ended = page, list[dict[str, Any]](), False
        self.wire = browser.new_browser_cdp_session()
        self.wire.on("Tracing.dataCollected", lambda told: self.events.extend(told["value"]))
        self.wire.on("Tracing.tracingComplete", lambda _told: setattr(self, "ended", True))

    def longest(self, act: Callable[[], object]) -> float:
        """Milliseconds of the longest task that `act` causes."""
        self.events.clear()
        self.ended = False
        categories = ["toplevel", "disabled-by-default-devtools.timeline"]
        config = {"includedCategories": categories}
        self.wire.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
        act()
        self.page.wait_for_timeout(SETTLED)
        self.wire.send("Tracing.end")
        while not self.ended:
            self.page.wait_for_timeout(20)
        return max(self._main_tasks(), default=0) / 1000

    def _main_tasks(self) -> list[int]:
        """Microseconds of each task of the busiest page's main thread."""
        named = [each for each in self.events if each["name"] == "thread_name"]
        tasks: dict[tuple[int, int], list[int]] = {
            (each["pid"], each["tid"]): [] for each in named if each["args"]["name"] == "CrRendererMain"
        }
        for each in self.events:
            thread = (each["pid"], each["tid"])
            if each["name"] in TASKS and each["ph"] == "X" and thread in tasks:
                tasks[thread].append(each["dur"])
        return max(tasks.values(), key=sum, default=[])


def slow_phone(browser: Browser, url: str) -> tuple[BrowserContext, Page, Tracer]:
    """A phone with a slow processor, and what tells of its tasks."""
    context, page = opened(browser, url)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return context, page, Tracer(browser, page)


Told = tuple[float, int]  # the longest task in milliseconds; how many over 50 the performance API tells of


def pressed(page: Page, tracer: Tracer, name: str) -> Told:
    """What a press on the button of this name keeps busy. Playwright's own script is in the page before."""
    button = page.get_by_role("button", name=name, exact=True)
    button.wait_for()
    before = page.evaluate("window.longTasks")
    longest = tracer.longest(button.click)
    return longest, page.evaluate("window.longTasks") - before


def nothing(browser: Browser, url: str) -> dict[str, Told]:
    """The longest tasks of an empty page: it opens, and a button that does nothing is pressed."""
    context, page, tracer = slow_phone(browser, url)
    page.route("**/empty", lambda route: route.fulfill(body=EMPTY, content_type="text/html"))
    opening = tracer.longest(lambda: page.goto("/empty"))
    found = {"open": (opening, page.evaluate("window.longTasks")), "press": pressed(page, tracer, "Press")}
    context.close()
    return found


def presses(browser: Browser, url: str, path: str) -> dict[str, Told]:
    """The longest tasks of the player, by what one does."""
    context, page, tracer = slow_phone(browser, url)
    opening = tracer.longest(lambda: page.goto(path, wait_until="networkidle"))
    found = {"open": (opening, page.evaluate("window.longTasks"))}
    for name in ("Start", "Skip", "Pause", "Go on", "Back", "End"):
        found[name] = pressed(page, tracer, name)
        page.wait_for_load_state("networkidle")
    context.close()
    return found


def tell_tasks(browser: Browser, url: str, path: str) -> None:
    """Print the longest task of each interaction beside what is allowed and beside an empty page's."""
    empty = [nothing(browser, url) for _time in range(TIMES)]
    player = [presses(browser, url, path) for _time in range(TIMES)]
    base = {name: statistics.median(each[name][0] for each in empty) for name in empty[0]}
    print(f"\nlongest task at 1/{SLOWER} of the speed, the middle of {TIMES} times; {ALLOWED} ms are allowed")
    print(f"                ms  at most  of 50 ms  over it in {TIMES} times  of an empty page's")
    for name in player[0]:
        times, over = [each[name][0] for each in player], sum(each[name][1] for each in player)
        middle, against = statistics.median(times), base["open" if name == "open" else "press"]
        told = f"{middle:>5.0f} {max(times):>8.0f} {middle / ALLOWED:>9.2f} {over:>18}"
        print(f"{name:12} {told} {middle / against:>9.1f} x {against:.0f} ms")


def main(arguments: list[str]) -> int:
    """Start the product, measure, print."""
    argparse.ArgumentParser(prog="dev.py bench player", description=__doc__).parse_args(arguments)
    flags = ["--disable-gpu", "--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with (
        tempfile.TemporaryDirectory() as var,
        production(Path(var), workers=1) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        context, page = opened(browser, stack.url)
        path = address(page)
        context.close()
        bytes_of = weigh(browser, stack.url, path)
        total = sum(bytes_of.values())
        print(f"{ROUTINE}: {total:,} bytes in {len(bytes_of)} files, {total / LIMIT:.2f} of the {LIMIT:,} allowed")
        for name, size in bytes_of.most_common(LISTED):
            print(f"{size:>9,}  {size / total:>5.1%}  {name}")
        tell_tasks(browser, stack.url, path)
        browser.close()
    return 0
