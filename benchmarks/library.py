"""How fast the library answers: twenty exercises with their muscles and evidence, as API and as page.

Beside each stands the barest view of the same stack that answers the same bytes out of one query written by hand
(benchmarks/bare.py), measured before and after it in the same run. The number to watch is the ratio: its answers a
second as a share of the bare view's.
"""

from __future__ import annotations

import argparse
import tempfile
import urllib.request
from pathlib import Path

from benchmarks.load import CONNECTIONS, Request, beside
from tests.stack import Stack, production

LIST = "/api/v1/exercises/?limit=20"
BARE = Request("bare view, one query by hand", "/bare/exercises/")


def fetch(stack: Stack, path: str) -> tuple[bytes, str]:
    """An answer's body and ETag."""
    with urllib.request.urlopen(f"{stack.url}{path}", timeout=60) as response:
        return response.read(), response.headers.get("ETag", "")


def requests(etag: str) -> list[Request]:
    """The rows of the table."""
    return [
        Request("list API", LIST),
        Request("list API, nothing kept", LIST + "&uncached={uuid}"),
        Request("list API, 304", LIST, headers={"If-None-Match": etag}),
        Request("exercise API", "/api/v1/exercises/single-leg-squat/"),
        Request("figure, moving", "/api/v1/exercises/single-leg-squat/figure.svg"),
        Request("page of all exercises", "/exercises/"),
        Request("page, one word searched", "/exercises/?q=hydrent"),
        Request("page of one exercise", "/exercises/single-leg-squat/"),
    ]


def main(arguments: list[str]) -> int:
    """Measure and print the table. Exit status 1 if an answer was no success, or the bare view's bytes are others."""
    parser = argparse.ArgumentParser(prog="dev.py bench library", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="how long each row is measured (default 6)")
    parser.add_argument("--workers", type=int, default=2, help="gunicorn's processes (default 2)")
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as var,
        production(Path(var), workers=options.workers, settings="benchmarks.bare_settings") as stack,
    ):
        body, etag = fetch(stack, LIST)
        if fetch(stack, BARE.path)[0] != body:
            print("The bare view answers other bytes than the list: mend benchmarks/bare.py.")
            return 1
        print(
            f"{len(body):,} bytes; PostgreSQL, Redis, gunicorn with {options.workers} processes of 8 threads; "
            f"{CONNECTIONS} connections, {options.seconds:g} s a row\n"
        )
        print(f"{'':28} {'per second':>10} {'bare':>8} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'failed':>7}")
        failed = 0
        for request, result, bare in beside(stack.url, BARE, requests(etag), seconds=options.seconds):
            print(
                f"{request.name:28} {result.per_second:10.0f} {bare:8.0f} {result.per_second / bare:7.2f} "
                f"{result.p50_ms:8.1f} {result.p99_ms:8.1f} {result.failed:7}",
                flush=True,
            )
            failed += result.failed
    return 1 if failed else 0
