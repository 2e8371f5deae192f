r"""A fast SMTP sink for load and failure tests. Standard library only.

Three subcommands:

  serve   accept mail on a loopback port, write one JSON line for every message
          whose end-of-data was seen, and misbehave on request
  check   compare such a JSONL file with the keys that were expected:
          received, unique, lost, duplicated, unexpected, latency
  bench   raw smtplib over persistent connections against a sink: the physical
          limit that the real sender's throughput is divided by

A line of the log:
  {"t": unix time at which the verdict was taken, "outcome": "accepted" |
   "accepted_noreply" | "dropped" | "rejected", "code": SMTP reply code or null,
   "conn": connection number, "n": message number in that connection,
   "peer": "host:port" of the client, "mail_from": …, "rcpt": […], "size": bytes,
   "h": {header: value}}
Only the two "accepted…" outcomes are deliveries. "accepted_noreply" is the nasty
one: the server has the message, the client never gets its 250 (cut off or stalled).
Rates above 0 draw from one seeded generator, so with one connection a run repeats exactly.

Typical test:
  python -m tests.smtp_sink serve --port 0 --port-file p --log got.jsonl --drop-after-data 0.01 &
  …send…; kill -TERM $!        # or --max-messages / --duration to stop by itself
  python -m tests.smtp_sink check got.jsonl --expect keys.txt --key header:X-Reminder-Key \
      --max-lost 0 --max-dup 8   # exit status 1 if a limit is passed
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import json
import multiprocessing
import os
import random
import re
import signal
import smtplib
import socket
import ssl
import sys
import threading
import time
from typing import TextIO


# --------------------------------------------------------------------- serve
class Sink:
    """Everything that the connections of one server share."""

    def __init__(self, opt: argparse.Namespace) -> None:
        self.opt = opt
        self.rng = random.Random(opt.seed)
        self.log: TextIO | None = None
        if opt.log:  # closed at the end of serve()
            self.log = open(opt.log, "a" if opt.append else "w", encoding="utf-8", buffering=1 << 16)  # noqa: SIM115
        self.counts: collections.Counter[str] = collections.Counter()
        self.conns = 0  # opened ever
        self.open = 0  # open now
        self.peak = 0
        self.first = self.last = 0.0
        self.grey: set[bytes] = set()
        self.window: collections.deque[float] = collections.deque()
        self.refuse = re.compile(opt.refuse_rcpt.encode()) if opt.refuse_rcpt else None
        self.want = [h.lower().encode() for h in opt.header]
        self.names = {h.lower().encode(): h for h in opt.header}
        self.began = time.monotonic()
        self.stop = asyncio.Event()

    def headers(self, raw: bytes) -> dict[str, str]:
        end = raw.find(b"\r\n\r\n")
        head = raw if end < 0 else raw[:end]
        out: dict[str, str] = {}
        for line in re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n"):
            name, sep, value = line.partition(b":")
            low = name.lower()
            if sep and low in self.names:
                out[self.names[low]] = value.strip().decode("utf-8", "replace")
        return out

    def is_down(self) -> bool:
        age = time.monotonic() - self.began
        return any(start <= age < start + length for start, length in self.opt.outage)

    def over_rate(self, now: float) -> bool:
        limit = self.opt.max_rate
        if not limit:
            return False
        while self.window and self.window[0] <= now - 1.0:
            self.window.popleft()
        if len(self.window) >= limit:
            return True
        self.window.append(now)
        return False

    def record(self, conn: Conn, raw: bytes, outcome: str, code: int | None) -> None:
        now = time.time()
        self.counts[outcome] += 1
        if code:
            self.counts[f"code_{code}"] += 1
        if outcome.startswith("accepted"):
            self.first = self.first or now
            self.last = now
        if self.log:
            row = {
                "t": round(now, 6),
                "outcome": outcome,
                "code": code,
                "conn": conn.number,
                "n": conn.messages,
                "peer": conn.peer,
                "mail_from": conn.sender.decode("utf-8", "replace"),
                "rcpt": [r.decode("utf-8", "replace") for r in conn.rcpts],
                "size": len(raw),
                "h": self.headers(raw),
            }
            self.log.write(json.dumps(row, separators=(",", ":")) + "\n")
        if self.opt.store and outcome.startswith("accepted"):
            body = raw[1:] if raw.startswith(b"..") else raw
            with open(os.path.join(self.opt.store, f"{conn.number}-{conn.messages}.eml"), "wb") as f:
                f.write(body.replace(b"\r\n..", b"\r\n.") + b"\r\n")
        done = self.counts["accepted"] + self.counts["accepted_noreply"]
        if self.opt.max_messages and done >= self.opt.max_messages:
            self.stop.set()

    def summary(self) -> dict[str, object]:
        done = self.counts["accepted"] + self.counts["accepted_noreply"]
        span = self.last - self.first
        return {
            "accepted": done,
            "seconds": round(span, 3),
            "per_second": round((done - 1) / span, 1) if span > 0 else None,
            "connections": self.conns,
            "peak_connections": self.peak,
            **self.counts,
        }


class Conn(asyncio.Protocol):
    """One client.  Replies of one read are written in one go, so pipelining pays."""

    ADDR = re.compile(rb"<([^>]*)>")

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buf = bytearray()
        self.scan = 0
        self.in_data = False
        self.busy = False  # a delayed reply is pending: do not read ahead
        self.sender = b""
        self.rcpts: list[bytes] = []
        self.messages = 0
        self.out: list[bytes] = []
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        s = self.sink
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = transport.get_extra_info("peername")
        self.peer = f"{peer[0]}:{peer[1]}"
        s.conns += 1
        s.open += 1
        s.peak = max(s.peak, s.open)
        self.number = s.conns
        refused = b""
        if s.is_down():
            refused = b"421 4.3.2 service not available\r\n"
        elif s.opt.max_connections and s.open > s.opt.max_connections:
            refused = b"421 4.7.0 too many connections\r\n"
        if refused:
            s.counts["refused_connections"] += 1
            self.closed = True
            transport.write(refused)
            transport.close()
            return
        if s.opt.banner_delay_ms:
            asyncio.get_running_loop().call_later(s.opt.banner_delay_ms / 1000, transport.write, b"220 sink ESMTP\r\n")
        else:
            transport.write(b"220 sink ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.sink.open -= 1

    def data_received(self, data: bytes) -> None:
        self.buf += data
        if not self.busy:
            self.pump()

    def flush(self) -> None:
        if not self.out:
            return
        block = b"".join(self.out)
        self.out.clear()
        if self.sink.opt.rtt_ms:
            asyncio.get_running_loop().call_later(self.sink.opt.rtt_ms / 1000, self.late_write, block)
        else:
            self.transport.write(block)

    def late_write(self, block: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(block)

    def hang_up(self, reply: bytes = b"") -> None:
        self.out.append(reply)
        self.flush()
        self.closed = True
        if self.sink.opt.rtt_ms:
            asyncio.get_running_loop().call_later(self.sink.opt.rtt_ms / 1000 + 0.001, self.transport.close)
        else:
            self.transport.close()

    def pump(self) -> None:
        buf = self.buf
        while not self.closed and not self.busy:
            if self.in_data:
                if buf.startswith(b".\r\n"):
                    end, cut = 0, 3
                else:
                    end = buf.find(b"\r\n.\r\n", max(0, self.scan - 4))
                    cut = end + 5
                if end < 0:
                    self.scan = len(buf)
                    break
                raw = bytes(buf[:end])
                del buf[:cut]
                self.scan = 0
                self.in_data = False
                self.message(raw)
            else:
                eol = buf.find(b"\r\n")
                if eol < 0:
                    break
                line = bytes(buf[:eol])
                del buf[: eol + 2]
                self.command(line)
        if not self.closed:
            self.flush()

    def command(self, line: bytes) -> None:
        verb = line[:4].upper()
        opt, rng = self.sink.opt, self.sink.rng
        say = self.out.append
        if verb == b"MAIL":
            if opt.max_per_connection and self.messages >= opt.max_per_connection:
                self.hang_up(b"421 4.7.0 too many messages on this connection\r\n")
                return
            if self.sink.is_down():
                self.hang_up(b"421 4.3.2 service shutting down\r\n")
                return
            match = self.ADDR.search(line)
            self.sender = match.group(1) if match else b""
            self.rcpts = []
            say(b"250 2.1.0 ok\r\n")
        elif verb == b"RCPT":
            match = self.ADDR.search(line)
            rcpt = match.group(1) if match else b""
            if self.sink.refuse and self.sink.refuse.search(rcpt):
                self.sink.counts["refused_rcpt"] += 1
                say(b"550 5.1.1 no such user\r\n")
            elif opt.fail_stage == "rcpt" and opt.fail_rate and rng.random() < opt.fail_rate:
                self.sink.counts[f"code_{opt.fail_code}"] += 1
                say(b"%d 4.3.0 try later\r\n" % opt.fail_code)
            elif opt.greylist and (self.sender + b"|" + rcpt) not in self.sink.grey:
                self.sink.grey.add(self.sender + b"|" + rcpt)
                self.sink.counts["greylisted"] += 1
                say(b"451 4.7.1 greylisted, try again\r\n")
            else:
                self.rcpts.append(rcpt)
                say(b"250 2.1.5 ok\r\n")
        elif verb == b"DATA":
            if not self.rcpts:
                say(b"554 5.5.1 no valid recipients\r\n")
            else:
                self.in_data = True
                say(b"354 go\r\n")
        elif verb == b"EHLO":
            ext = [
                b"sink",
                b"PIPELINING",
                b"8BITMIME",
                b"SMTPUTF8",
                b"ENHANCEDSTATUSCODES",
                b"AUTH PLAIN LOGIN",
                b"SIZE %d" % opt.max_size,
            ]
            if opt.no_pipelining:
                ext.remove(b"PIPELINING")
            say(b"".join(b"250-" + e + b"\r\n" for e in ext[:-1]) + b"250 " + ext[-1] + b"\r\n")
        elif verb == b"HELO":
            say(b"250 sink\r\n")
        elif verb == b"RSET":
            self.sender, self.rcpts = b"", []
            say(b"250 2.0.0 ok\r\n")
        elif verb == b"NOOP":
            say(b"250 2.0.0 ok\r\n")
        elif verb == b"AUTH":
            if opt.auth_fail:
                say(b"535 5.7.8 authentication failed\r\n")
            else:
                say(b"235 2.7.0 ok\r\n" if len(line.split()) > 2 else b"501 5.5.4 initial response wanted\r\n")
        elif verb == b"QUIT":
            self.hang_up(b"221 2.0.0 bye\r\n")
        else:
            say(b"502 5.5.2 not implemented\r\n")

    def message(self, raw: bytes) -> None:
        s, opt, rng = self.sink, self.sink.opt, self.sink.rng
        self.messages += 1
        if opt.drop_before_accept and rng.random() < opt.drop_before_accept:
            s.record(self, raw, "dropped", None)
            self.closed = True
            self.transport.abort()
            return
        if len(raw) > opt.max_size:
            verdict = ("rejected", 552, b"552 5.3.4 too big\r\n")
        elif s.over_rate(time.monotonic()):
            verdict = ("rejected", 454, b"454 4.7.0 throttled: maximum sending rate exceeded\r\n")
        elif opt.perm_rate and rng.random() < opt.perm_rate:
            verdict = ("rejected", opt.perm_code, b"%d 5.7.1 refused\r\n" % opt.perm_code)
        elif opt.fail_stage == "data" and opt.fail_rate and rng.random() < opt.fail_rate:
            verdict = ("rejected", opt.fail_code, b"%d 4.3.0 try later\r\n" % opt.fail_code)
        else:
            verdict = ("accepted", 250, b"250 2.0.0 queued\r\n")
        outcome, code, reply = verdict
        if outcome == "accepted" and opt.drop_after_data and rng.random() < opt.drop_after_data:
            s.record(self, raw, "accepted_noreply", None)
            self.closed = True
            self.transport.abort()
            return
        if outcome == "accepted" and opt.stall_rate and rng.random() < opt.stall_rate:
            s.record(self, raw, "accepted_noreply", None)
            self.busy = True  # never answers; the client has to give up
            return
        wait = opt.delay_ms + (rng.random() * opt.jitter_ms if opt.jitter_ms else 0)
        # The verdict is on record before the client hears of it, as in a real server.
        s.record(self, raw, outcome, code)
        self.sender, self.rcpts = b"", []
        if wait:
            self.busy = True
            asyncio.get_running_loop().call_later(wait / 1000, self.answer, reply, code)
        else:
            self.out.append(reply)
            if code == 421:
                self.hang_up()

    def answer(self, reply: bytes, code: int) -> None:
        self.busy = False
        if self.closed:
            return
        self.out.append(reply)
        if code == 421:
            self.hang_up()
        else:
            self.pump()


async def serve(opt: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    sink = Sink(opt)
    tls = None
    if opt.tls_cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(opt.tls_cert, opt.tls_key)
    if opt.store:
        os.makedirs(opt.store, exist_ok=True)
    server = await loop.create_server(lambda: Conn(sink), opt.host, opt.port, backlog=1024, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    if opt.port_file:
        with open(opt.port_file + ".tmp", "w") as f:
            f.write(str(port))
        os.replace(opt.port_file + ".tmp", opt.port_file)
    print(json.dumps({"listening": f"{opt.host}:{port}", "pid": os.getpid()}), flush=True)
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, sink.stop.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(json.dumps(sink.summary()), flush=True))

    async def flusher() -> None:
        while True:
            await asyncio.sleep(0.2)
            if sink.log:
                sink.log.flush()

    task = asyncio.create_task(flusher())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(sink.stop.wait(), opt.duration or None)
    await asyncio.sleep(0.05)  # let the last replies leave
    task.cancel()
    server.close()
    if sink.log:
        sink.log.flush()
        os.fsync(sink.log.fileno())
        sink.log.close()
    print(json.dumps(sink.summary()), flush=True)


# --------------------------------------------------------------------- check
def key_of(row: dict, how: str) -> str:
    if how == "rcpt":
        return ",".join(row["rcpt"])
    name = how.split(":", 1)[1] if how.startswith("header:") else "Message-ID"
    return row["h"].get(name, "")


def quantile(sorted_values: list[float], q: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(q * len(sorted_values)))]


def check(opt: argparse.Namespace) -> int:
    seen: collections.Counter[str] = collections.Counter()
    first: dict[str, float] = {}
    times: list[float] = []
    for path in opt.log:
        with open(path, encoding="utf-8") as f:
            for text in f:
                row = json.loads(text)
                if row["outcome"].startswith("accepted"):
                    key = key_of(row, opt.key)
                    seen[key] += 1
                    first.setdefault(key, row["t"])
                    times.append(row["t"])
    out: dict[str, object] = {"received": sum(seen.values()), "unique": len(seen)}
    out["dup_keys"] = sum(1 for n in seen.values() if n > 1)
    out["dup_messages"] = sum(n - 1 for n in seen.values())
    bad = False
    if opt.expect:
        with open(opt.expect, encoding="utf-8") as f:
            want = {line.strip() for line in f if line.strip()}
        out["expected"] = len(want)
        out["lost"] = len(want - seen.keys())
        out["unexpected"] = len(seen.keys() - want)
        if opt.show:
            out["lost_keys"] = sorted(want - seen.keys())[: opt.show]
            out["unexpected_keys"] = sorted(seen.keys() - want)[: opt.show]
        bad |= opt.max_lost is not None and out["lost"] > opt.max_lost
        bad |= opt.max_unexpected is not None and out["unexpected"] > opt.max_unexpected
    if opt.show:
        out["dup_examples"] = [k for k, n in seen.most_common(opt.show) if n > 1]
    bad |= opt.max_dup is not None and out["dup_messages"] > opt.max_dup
    if times:
        times.sort()
        span = times[-1] - times[0]
        out["seconds"] = round(span, 3)
        out["per_second"] = round((len(times) - 1) / span, 1) if span else None
    if opt.due is not None and first:
        lag = sorted(t - opt.due for t in first.values())
        out["lag"] = {
            "p50": round(quantile(lag, 0.5), 3),
            "p99": round(quantile(lag, 0.99), 3),
            "max": round(lag[-1], 3),
            "min": round(lag[0], 3),
        }
    out["ok"] = not bad
    print(json.dumps(out))
    return 1 if bad else 0


# --------------------------------------------------------------------- bench
def blob(size: int) -> bytes:
    head = (
        b"From: Club <noreply@club.example>\r\nTo: %s\r\nSubject: Run at 06:30\r\n"
        b"Message-ID: <%s@club.example>\r\nAuto-Submitted: auto-generated\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    line = b"Warm up: ten minutes easy, leg swings, four strides.\r\n"
    return head + line * max(1, (size - len(head)) // len(line))


def bench_thread(opt: argparse.Namespace, tag: str, count: int) -> None:
    body = blob(opt.size)
    left, number = count, 0
    while left:
        with smtplib.SMTP(opt.host, opt.port, timeout=60, local_hostname="bench") as c:
            c.ehlo()
            for _ in range(min(left, opt.per_connection or left)):
                rcpt = f"b{tag}.{number}@example.net"
                c.sendmail("noreply@club.example", [rcpt], body % (rcpt.encode(), f"{tag}.{number}".encode()))
                number += 1
                left -= 1


def bench_process(opt: argparse.Namespace, proc: int, count: int, barrier) -> None:
    share = [count // opt.threads + (i < count % opt.threads) for i in range(opt.threads)]
    threads = [
        threading.Thread(target=bench_thread, args=(opt, f"{os.getpid()}.{proc}.{i}", n)) for i, n in enumerate(share)
    ]
    barrier.wait()
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def bench(opt: argparse.Namespace) -> None:
    share = [opt.count // opt.processes + (i < opt.count % opt.processes) for i in range(opt.processes)]
    ctx = multiprocessing.get_context("fork")
    barrier = ctx.Barrier(opt.processes + 1)
    procs = [ctx.Process(target=bench_process, args=(opt, i, n, barrier)) for i, n in enumerate(share)]
    for p in procs:
        p.start()
    barrier.wait()
    t0 = time.perf_counter()
    for p in procs:
        p.join()
    took = time.perf_counter() - t0
    print(
        json.dumps(
            {
                "processes": opt.processes,
                "threads": opt.threads,
                "count": opt.count,
                "seconds": round(took, 3),
                "per_second": round(opt.count / took, 1),
                "failed_processes": sum(1 for p in procs if p.exitcode),
            }
        )
    )


# ---------------------------------------------------------------------- main
def share_of_one(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a probability is from 0 to 1")
    return value


def span_of_time(text: str) -> tuple[float, float]:
    start, sep, length = text.partition(":")
    if not sep:
        raise argparse.ArgumentTypeError("START:LENGTH in seconds")
    return float(start), float(length)


def main() -> int:
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = top.add_subparsers(dest="cmd", required=True)

    p = sub.add_parser("serve", help="run the sink", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0, help="0 picks a free one; see --port-file")
    p.add_argument("--port-file", help="the port is written here once the sink listens")
    p.add_argument("--log", help="JSONL of the messages; none is written without it")
    p.add_argument("--append", action="store_true", help="add to the log instead of starting it anew")
    p.add_argument(
        "--header",
        action="append",
        default=["Message-ID", "X-Reminder-Key", "Subject"],
        help="a header to copy into the log (may be repeated)",
    )
    p.add_argument("--delay-ms", type=float, default=0, help="think time before the reply to a message")
    p.add_argument("--jitter-ms", type=float, default=0, help="plus up to this much at random")
    p.add_argument("--rtt-ms", type=float, default=0, help="delay of every batch of replies: a far relay")
    p.add_argument("--banner-delay-ms", type=float, default=0, help="a slow greeting")
    p.add_argument("--fail-rate", type=share_of_one, default=0, help="share answered with --fail-code")
    p.add_argument("--fail-code", type=int, default=451, help="a 4xx, or 421 to hang up as well")
    p.add_argument("--fail-stage", choices=["rcpt", "data"], default="data")
    p.add_argument("--perm-rate", type=share_of_one, default=0, help="share answered with --perm-code")
    p.add_argument("--perm-code", type=int, default=554)
    p.add_argument("--refuse-rcpt", help="regular expression: such recipients get 550")
    p.add_argument("--greylist", action="store_true", help="451 at the first try of each (sender, recipient)")
    p.add_argument("--max-connections", type=int, default=0, help="more get 421 (0: no limit)")
    p.add_argument("--max-per-connection", type=int, default=0, help="421 at the next MAIL after so many")
    p.add_argument("--max-rate", type=int, default=0, help="messages a second; beyond it 454 after DATA")
    p.add_argument("--max-size", type=int, default=10_000_000)
    p.add_argument(
        "--drop-after-data", type=share_of_one, default=0, help="share accepted, then cut off before the reply"
    )
    p.add_argument(
        "--drop-before-accept", type=share_of_one, default=0, help="share cut off after the data and not accepted"
    )
    p.add_argument(
        "--stall-rate",
        type=share_of_one,
        default=0,
        help="share accepted, then never answered (the connection stays open)",
    )
    p.add_argument(
        "--outage",
        type=span_of_time,
        action="append",
        default=[],
        metavar="START:LENGTH",
        help="seconds after the start; answers 421 meanwhile (may be repeated)",
    )
    p.add_argument("--auth-fail", action="store_true", help="535 to every AUTH")
    p.add_argument("--tls-cert", help="implicit TLS with this certificate")
    p.add_argument("--tls-key")
    p.add_argument("--store", metavar="DIR", help="keep each accepted message as CONNECTION-NUMBER.eml")
    p.add_argument("--no-pipelining", action="store_true", help="do not announce PIPELINING")
    p.add_argument("--seed", type=int, default=1, help="the misbehaviour is repeatable")
    p.add_argument("--max-messages", type=int, default=0, help="stop after so many deliveries")
    p.add_argument("--duration", type=float, default=0, help="stop after so many seconds")

    p = sub.add_parser(
        "check", help="lost / duplicated / unexpected", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    p.add_argument("log", nargs="+")
    p.add_argument("--expect", help="file with one expected key a line")
    p.add_argument("--key", default="header:Message-ID", help="'rcpt' or 'header:NAME' (a logged one)")
    p.add_argument("--due", type=float, help="unix time at which all were due: prints the lag")
    p.add_argument("--max-lost", type=int)
    p.add_argument("--max-dup", type=int)
    p.add_argument("--max-unexpected", type=int)
    p.add_argument("--show", type=int, default=0, help="list up to so many offending keys")

    p = sub.add_parser("bench", help="raw smtplib limit", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, required=True)
    p.add_argument("--count", type=int, default=20_000)
    p.add_argument("--processes", type=int, default=1)
    p.add_argument("--threads", type=int, default=1, help="connections in each process")
    p.add_argument("--size", type=int, default=1500, help="bytes of a message")
    p.add_argument("--per-connection", type=int, default=0, help="reconnect after so many")

    opt = top.parse_args()
    if opt.cmd == "serve":
        asyncio.run(serve(opt))
        return 0
    if opt.cmd == "check":
        return check(opt)
    bench(opt)
    return 0


if __name__ == "__main__":
    sys.exit(main())
