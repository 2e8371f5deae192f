"""How fast pages and endpoints answer, beside the barest view of the same stack (/healthz) in the same run.

The number to watch is the ratio: how many times a bare answer's cost one answer has. The bare view is measured before
and after each row, and its mean is the row's baseline, since machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.load import CONNECTIONS, Request, beside
from tests.stack import production

BARE = Request("bare view", "/healthz")


def requests(keys: dict[str, Any]) -> list[Request]:
    """The rows of the table; `keys` as benchmarks/dataset.py gives them."""
    coach = {"Authorization": f"Bearer {keys['coach_token']}"}
    athlete = {"Authorization": f"Bearer {keys['athlete_token']}", "Content-Type": "application/json"}
    session = {
        "run": keys["run"],
        "started_at": "2026-01-05T06:10:00Z",
        "finished_at": "2026-01-05T06:16:00Z",
        "outcome": "done",
        "steps": [{"position": position, "sets_done": 1, "reps_done": 8} for position in range(1, 6)],
        "rpe": 3,
        "pain": 0,
        "edited_at": "2026-01-05T06:16:00Z",
    }
    return [
        Request("exercise list API, a visitor", "/api/v1/exercises/?limit=50"),
        Request("routine detail API", f"/api/v1/routines/{keys['routine']}/", headers=coach),
        Request("PUT session, new each time", "/api/v1/sessions/{uuid}/", "PUT", athlete, json.dumps(session)),
        Request("runs API, four weeks of a squad", f"/api/v1/runs/?squad={keys['squad']}&limit=100", headers=coach),
        Request(
            "squad page, 25 athletes",
            f"/squads/{keys['squad']}/",
            headers={"Cookie": f"sessionid={keys['coach_cookie']}"},
        ),
    ]


def main(arguments: list[str]) -> int:
    """Measure and print the table. Exit status 1 if any answer was no success."""
    parser = argparse.ArgumentParser(prog="dev.py bench endpoints", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="how long each row is measured (default 8)")
    parser.add_argument("--workers", type=int, default=2, help="gunicorn's processes (default 2)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as var, production(Path(var), workers=options.workers, durable=True) as stack:
        keys = json.loads(stack.run("-m", "benchmarks.dataset"))
        print(
            f"{keys['runs']:,} runs in 20 squads; PostgreSQL, Redis, gunicorn with {options.workers} processes of 8 "
            f"threads; {CONNECTIONS} connections, {options.seconds:g} s a row\n"
        )
        print(f"{'':34} {'per second':>10} {'bare':>8} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'failed':>7}")
        failed = 0
        for request, result, bare in beside(stack.url, BARE, requests(keys), seconds=options.seconds):
            ratio = bare / result.per_second if result.per_second else float("inf")
            print(
                f"{request.name:34} {result.per_second:10.0f} {bare:8.0f} {ratio:6.1f}x "
                f"{result.p50_ms:8.1f} {result.p99_ms:8.1f} {result.failed:7}",
                flush=True,
            )
            failed += result.failed
    return 1 if failed else 0
