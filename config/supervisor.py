"""Runs processes side by side, starts again what dies, and ends all of them together.

Each process has a group of its own, so Ctrl-C reaches the supervisor alone and it decides how the others end. On Linux
the kernel ends them when the supervisor itself is killed. What they print goes to a file each; lines that tell of an
error are shown on the terminal too.
"""

import contextlib
import ctypes
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 9.0  # then SIGKILL; rows, not processes, hold the state of work
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_SECONDS = 60.0
LOG_BYTES = 10_000_000
LOOK_SECONDS = 0.2
TROUBLE = re.compile(r"\b(ERROR|CRITICAL)\b|^\w*(Error|Exception)\b")


@dataclass
class Child:
    """One process to keep running: its name, what to run, where its output goes, which open files it inherits.

    `once`: a task that ends by itself, and is started again only if it failed.
    """

    name: str
    command: Sequence[str]
    log: Path
    inherits: Sequence[int] = ()
    once: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: float = 0.0
    read_to: int = field(default=0, repr=False)


def next_pause(pause: float, *, lived: float) -> float:
    """Seconds to wait after a death: twice the last pause, or the shortest again once it had lived for a while."""
    return FIRST_PAUSE if lived >= HEALTHY_SECONDS else min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)


class Supervisor:
    """Keeps `children` running in `folder` until SIGINT, SIGTERM or SIGHUP; `say` prints a line for a person."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        folder: Path,
        environment: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.children = children
        self.folder = folder
        self.environment = environment
        self.say = say
        self.stopping = False

    def run(self, every_look: Callable[[], None]) -> None:
        """Start all, look after them (calling `every_look` each time) until told to stop, then stop all."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        try:
            while not self.stopping:
                for child in self.children:
                    self.look_after(child, now=time.monotonic())
                every_look()
                time.sleep(LOOK_SECONDS)
        finally:
            self.end_all()

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def look_after(self, child: Child, *, now: float) -> None:
        """Start `child` when its time has come; note its death and when to try again."""
        self.show_trouble(child)
        if child.process is None:
            if now >= child.start_at:
                self.start(child, now=now)
        elif child.once and child.process.poll() == 0:
            child.process, child.start_at = None, math.inf
        elif child.process.poll() is not None:
            child.pause = next_pause(child.pause, lived=now - child.started_at)
            child.start_at = now + child.pause
            self.say(f"{child.name} ended ({reason(child.process.returncode)}); starting it again. See {child.log}")
            end_group(child.process)
            child.process = None

    def start(self, child: Child, *, now: float) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        with open(child.log, "ab") as log:
            child.read_to = log.tell()
            child.process = subprocess.Popen(
                child.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=child.inherits,
                process_group=0,
                preexec_fn=die_with_parent(),
            )
        child.started_at = now

    def show_trouble(self, child: Child) -> None:
        """Repeat on the terminal what the child has said of errors since the last look."""
        if not child.log.exists():
            return
        with open(child.log, "rb") as log:
            log.seek(child.read_to)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        child.read_to += len(whole)
        if child.read_to > LOG_BYTES:  # children append, so an emptied file simply grows again
            shutil.copyfile(child.log, child.log.with_suffix(".log.1"))
            os.truncate(child.log, 0)
            child.read_to = 0
        for line in whole.decode(errors="replace").splitlines():
            if TROUBLE.search(line):
                self.say(f"{child.name}: {line}")

    def end_all(self) -> None:
        """SIGTERM to all, SIGKILL to what is still there at the end of STOP_SECONDS."""
        running = [child.process for child in self.children if child.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            end_group(process)
            process.wait()


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a process and those it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends `number` when the parent dies, even by SIGKILL (Linux only)."""
    if sys.platform != "linux":
        return None
    set_parent_death_signal = 1
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork, where little is safe
    return lambda: prctl(set_parent_death_signal, int(number))


def reason(code: int) -> str:
    """A return code in words: "killed by SIGKILL" or "exit status 3"."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
