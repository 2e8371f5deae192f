"""Pages that a browser's service worker keeps for when there is no network."""

from __future__ import annotations

import json

from playwright.sync_api import Page


def kept_for_later(page: Page) -> None:
    """Returns when the Today that is open has had everything kept that will be wanted without a network."""
    page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")
    # A browser takes a moment from there until it asks the worker for pages.
    while not page.evaluate("performance.getEntriesByType('navigation')[0].workerStart"):
        page.reload()
    wanted = json.loads(page.locator("#prefetch").text_content() or "[]")
    page.evaluate(
        """async (wanted) => {
            const kept = async () => {
                const name = (await caches.keys()).find((each) => each.startsWith("prestride-pages-"));
                const rows = name ? await (await caches.open(name)).keys() : [];
                return rows.map((request) => new URL(request.url).pathname);
            };
            for (let paths = []; !wanted.every((path) => paths.includes(path)); paths = await kept())
                await new Promise((resolve) => setTimeout(resolve, 50));
        }""",
        [*wanted, "/today/"],
    )
