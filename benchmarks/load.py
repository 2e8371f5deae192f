"""A load generator: wrk where it is installed, else a small bounded client of ours on asyncio. Loopback only."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit
from uuid import UUID

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CONNECTIONS = 8


@dataclass(frozen=True)
class Request:
    """What is asked again and again. `{uuid}` in the path or body is a new UUID each time."""

    name: str
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Result:
    """What came of it: requests a second, latencies in milliseconds, answers that were no success."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def measure(url: str, request: Request, *, seconds: float) -> Result:
    """Put load on `request` for `seconds` over eight connections that stay open. Refuses any address but loopback."""
    if urlsplit(url).hostname not in LOOPBACK:
        raise ValueError("Load goes to this machine only.")
    return (_with_wrk if shutil.which("wrk") else _with_asyncio)(url, request, seconds)


def beside(
    url: str, bare: Request, requests: Iterable[Request], *, seconds: float
) -> Iterator[tuple[Request, Result, float]]:
    """Measure each request, and `bare` before and after it: the request, its result, the bare answers a second.

    The mean of the two is the request's baseline, since machines are noisy.
    """
    measure(url, bare, seconds=2)  # the processes warm up
    before = measure(url, bare, seconds=seconds / 2)
    for request in requests:
        measure(url, request, seconds=1)
        result = measure(url, request, seconds=seconds)
        after = measure(url, bare, seconds=seconds / 2)
        yield request, result, (before.per_second + after.per_second) / 2
        before = after


# --- wrk ------------------------------------------------------------------------------------------------------------
LUA = """
local numbers = 0
local threads = 0
function setup(thread)
  thread:set("own", threads)
  threads = threads + 1
end
function request()
  numbers = numbers + 1
  local uuid = string.format("%%08x-%%04x-4000-8000-%%012x", %(salt)d, own, numbers)
  local path = string.gsub(%(path)s, "{uuid}", uuid)
  local body = string.gsub(%(body)s, "{uuid}", uuid)
  return wrk.format(%(method)s, path, %(headers)s, body)
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %%d %%d %%f %%f %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def _with_wrk(url: str, request: Request, seconds: float) -> Result:
    headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in request.headers.items())
    script = LUA % {
        "salt": time.time_ns() // 1000 % 2**31,
        "path": json.dumps(request.path),
        "body": json.dumps(request.body),
        "method": json.dumps(request.method),
        "headers": "{" + headers + "}",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t", "2", "-c", str(CONNECTIONS), "-d", f"{max(1, round(seconds))}s"]
        command += ["--timeout", "60s", "-s", file.name, url]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", printed)
    if not found:
        raise RuntimeError(f"wrk said no result:\n{printed}")
    requests, microseconds, p50, p99, failed = (float(part) for part in found.groups())
    return Result(requests / (microseconds / 1e6), p50 / 1000, p99 / 1000, int(failed))


# --- asyncio --------------------------------------------------------------------------------------------------------
def _with_asyncio(url: str, request: Request, seconds: float) -> Result:
    return asyncio.run(_hammer(url, request, seconds))


async def _hammer(url: str, request: Request, seconds: float) -> Result:
    site = urlsplit(url)
    salt, numbers = time.time_ns() // 1000 % 2**31, count(1)

    def uuids() -> Iterator[str]:
        while True:
            yield str(UUID(int=salt << 96 | 0x4000 << 64 | 0x8000 << 48 | next(numbers)))

    fresh = uuids()
    deadline = time.monotonic() + seconds
    began = time.monotonic()
    parts = await asyncio.gather(
        *(
            _one_connection(site.hostname or "", site.port or 80, request, lambda: next(fresh), deadline)
            for _ in range(CONNECTIONS)
        )
    )
    took = time.monotonic() - began
    latencies = sorted(latency for some, _failed in parts for latency in some)
    at = lambda share: latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000 if latencies else 0.0  # noqa: E731
    return Result(len(latencies) / took, at(0.5), at(0.99), sum(failed for _some, failed in parts))


async def _one_connection(
    host: str, port: int, request: Request, fresh: Callable[[], str], deadline: float
) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection(host, port)
    latencies, failed = [], 0
    while time.monotonic() < deadline:
        uuid = fresh()
        body = request.body.replace("{uuid}", uuid).encode()
        headers = {"Host": f"{host}:{port}", "Content-Length": str(len(body)), **request.headers}
        lines = [f"{request.method} {request.path.replace('{uuid}', uuid)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        began = time.monotonic()
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if length := re.search(r"content-length: (\d+)", head):
            await reader.readexactly(int(length[1]))
        elif "transfer-encoding: chunked" in head:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        latencies.append(time.monotonic() - began)
        failed += head.split()[1][0] not in "23"
        if "connection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()
    return latencies, failed
