"""What the player weighs on a first visit, and how long it keeps a slow phone busy.

In a real browser, from a production stack: the bytes over the wire of the page of a five-exercise routine with all that
is fetched until its last step was shown, compressed as served, beside the 100 KB that it may weigh; what weighs most.
Then the same warm-up at a quarter of the processor's speed: the browser's own count of tasks over 50 ms, while the page
opens and while one goes through it, beside the same page's counts at full speed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter
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
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: "longtask", buffered: true });
"""


def opened(browser: Browser, url: str) -> tuple[BrowserContext, Page]:
    """A phone that was never here, without a service worker, which would fetch for later beside it."""
    context = browser.new_context(base_url=url, viewport=PHONE, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(WATCH)
    return context, page


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


def long_tasks(browser: Browser, url: str, path: str, rate: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each task over 50 ms at a `rate`-th of the speed: while it opens, and while one goes through."""
    context, page = opened(browser, url)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    opening = page.evaluate("window.longTasks.splice(0)")
    walk(page)
    through = page.evaluate("window.longTasks.splice(0)")
    context.close()
    return opening, through


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
        print("\ntasks over 50 ms         opening      going through it")
        for rate in (1, SLOWER):
            opening, through = long_tasks(browser, stack.url, path, rate)
            told = [f"{len(tasks)} ({max(tasks, default=0):.0f} ms at most)" for tasks in (opening, through)]
            print(f"at 1/{rate} of the speed   {told[0]:20} {told[1]}")
        browser.close()
    return 0
