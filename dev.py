#!/usr/bin/env python3
"""Everything you do with this repository, on a machine that has nothing but Python 3.11 or newer.

  python3 dev.py up [--port N] [--empty]   website, worker and scheduler at http://localhost:8000, with demo people;
                                           --empty starts without them and helps you to make the first admin
  python3 dev.py test [pytest options]     every test, on a real PostgreSQL, a real Redis and a real browser
  python3 dev.py check                     ruff, mypy, templates, migrations, production settings, locks
  python3 dev.py bench [NAME]              one of the benchmarks in benchmarks/
  python3 dev.py lock [uv options]         write requirements*.txt anew from pyproject.toml; --upgrade takes newer ones

Each command first sees to .venv and to what the lock files name. Only the standard library is used here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"

RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
INSTALLER = "requirements-uv.txt"
# Each lock with what declares it; the development one keeps to the runtime's versions.
LOCKS = {
    RUNTIME: ["pyproject.toml"],
    DEVELOPMENT: ["pyproject.toml", "--group", "dev", "-c", RUNTIME],
    INSTALLER: ["--group", "uv"],
}

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(arguments: list[str]) -> int:
    commands = {"up": up, "test": test, "check": check, "bench": bench, "lock": lock}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments[:1] in (["-h"], ["--help"], ["help"]) else 2
    if os.name != "posix":
        stop("Prestride runs on Linux and macOS. On Windows, use it inside WSL.")
    if sys.version_info < OLDEST_PYTHON:
        stop(f"Prestride needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    return commands[arguments[0]](arguments[1:])


# --- The commands ---------------------------------------------------------------------------------------------------
def up(arguments: list[str]) -> int:
    """Become `manage.py up`, which runs web, worker and beat until Ctrl-C."""
    environment = {name: value for name, value in os.environ.items() if name != "PRESTRIDE_DEMO"}
    if "--empty" not in arguments:
        if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
            stop("Demo people belong in no real database. Unset DATABASE_URL and REDIS_URL, or add --empty.")
        environment["PRESTRIDE_DEMO"] = "1"
    var = Path(os.environ.get("PRESTRIDE_VAR") or ROOT / "var").absolute()
    try:
        var.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=var).close()
    except OSError as error:
        stop(f"Prestride keeps its data in {var} and can't write there ({error.strerror}). Set PRESTRIDE_VAR.")
    prepare(RUNTIME)
    become([PYTHON, "manage.py", "up", *(word for word in arguments if word != "--empty")], environment)


def test(arguments: list[str]) -> int:
    """The tests marked `embedded` on SQLite, then all of them on PostgreSQL and Redis."""
    prepare(DEVELOPMENT)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test", **find_browser()}
    parallel = ["-n", str(os.cpu_count() or 1), "--dist", "loadgroup"]
    if "-m" not in arguments:
        say("The embedded default first: SQLite, no Redis.")
        embedded = {name: value for name, value in environment.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        command = [str(PYTHON), "-m", "pytest", *parallel, *arguments, "-q", "-m", "embedded"]
        with tempfile.TemporaryDirectory() as var:
            status = subprocess.run(command, env={**embedded, "PRESTRIDE_VAR": var}).returncode
        no_tests_collected = 5
        if status not in (0, no_tests_collected):
            return status
        say("Now everything, on PostgreSQL and Redis.")
    become([PYTHON, "-m", "tests.services", PYTHON, "-m", "pytest", *parallel, *arguments], environment)


def check(arguments: list[str]) -> int:
    """Run every check, also after one has failed, and name those that did."""
    prepare(DEVELOPMENT)
    templates = sorted(str(path) for path in ROOT.glob("templates/**/*.html"))
    production = {
        "DATABASE_URL": "postgres://prestride:password@localhost/prestride",
        "REDIS_URL": "redis://localhost:6379/0",
        "EMAIL_URL": "smtp+tls://user:password@localhost:587",
        "DEFAULT_FROM_EMAIL": "hello@prestride.example",
        "SECRET_KEY": hashlib.sha256(b"for this check only").hexdigest(),
        "ALLOWED_HOSTS": "prestride.example",
        "SITE_URL": "https://prestride.example",
    }
    steps: list[tuple[str, list[str], dict[str, str]]] = [
        ("ruff check", ["ruff", "check", "."], {}),
        ("ruff format", ["ruff", "format", "--check", "."], {}),
        ("mypy", ["mypy"], {}),
        ("templates", ["djade", "--target-version", "5.2", "--check", *templates], {}),
        ("migrations", ["python", "manage.py", "makemigrations", "--check", "--dry-run"], {}),
        ("deployment", ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        ("locks", ["python", "-m", "pytest", "-q", "-m", "locks", "tests/test_dev.py"], {}),
    ]
    failed = []
    with tempfile.TemporaryDirectory() as var:
        clean = {name: value for name, value in os.environ.items() if name not in production}
        for name, (program, *words), extra in steps:
            say(f"{name} …")
            environment = {**clean, "PRESTRIDE_VAR": var, **extra}
            if subprocess.run([VENV / "bin" / program, *words], env=environment).returncode:
                failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    prepare(DEVELOPMENT)
    become([PYTHON, "-m", "benchmarks", *arguments], dict(os.environ))


def lock(arguments: list[str]) -> int:
    """Resolve for every platform and Python that we support, with hashes, into one file each."""
    uv = find_uv(make_venv())
    if not uv:
        stop("Locks are written by uv, and pip could not install it (see above).")
    flags = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
    settings = {**uv_settings(), "UV_CUSTOM_COMPILE_COMMAND": "python3 dev.py lock"}
    for name, sources in LOCKS.items():
        if subprocess.run([uv, "pip", "compile", *sources, *flags, *arguments, "-o", name], env=settings).returncode:
            return 1
    return 0


# --- The machine ----------------------------------------------------------------------------------------------------
def prepare(name: str) -> None:
    """See that .venv has everything of a lock, and nothing is done if it had it before."""
    installed = make_venv()
    # The development lock holds the runtime's pins too.
    names = [RUNTIME, DEVELOPMENT] if name == DEVELOPMENT else [name]
    wanted = {each: digest(each) for each in names}
    if wanted.items() <= installed.items():
        return
    say(f"Installing what {name} names …")
    pins = ["install", "--quiet", "--require-hashes", "-r", name]
    uv = find_uv(installed)
    # uv is many times faster, but knows nothing of pip's settings (a private mirror, a certificate).
    if not (uv and run_quietly([uv, "pip", *pins, "--python", str(PYTHON)], uv_settings())):
        say("Without uv: pip takes a little longer …")
        if subprocess.run([PYTHON, "-m", "pip", *pins, "--disable-pip-version-check"]).returncode:
            stop(f"The packages in {name} could not be installed (see above).")
    remember({**installed, **wanted})


def make_venv() -> dict[str, str]:
    """Make .venv unless one of this Python is there; returns which locks it has, by their digests."""
    made_with = VENV / "pyvenv.cfg"
    version = "version = {}.{}.".format(*sys.version_info)
    fits = PYTHON.exists() and made_with.exists() and version in made_with.read_text().replace("_info", "")
    if not (fits and any(VENV.glob("lib/*/site-packages/pip"))):
        if not importlib.util.find_spec("ensurepip"):
            stop("Python's venv module is missing. Install it (on Debian and Ubuntu: apt-get install python3-venv).")
        say("Making .venv …")
        subprocess.run([sys.executable, "-m", "venv", *([] if fits else ["--clear"]), VENV], check=True)
    try:
        installed: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return installed


def find_uv(installed: dict[str, str]) -> Path | None:
    """The uv that our lock names, by its hash; None if pip can't get it."""
    uv = VENV / "bin" / "uv"
    wanted = digest(INSTALLER)
    if not (uv.exists() and installed.get(INSTALLER) == wanted):
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if not run_quietly([*pip, "--require-hashes", "-r", INSTALLER]):
            return None
        installed[INSTALLER] = wanted
        remember(installed)
    return uv


def uv_settings() -> dict[str, str]:
    """The environment for uv: it trusts the certificates that the system does, as pip is told to on many machines."""
    return {"UV_SYSTEM_CERTS": "1", "UV_LINK_MODE": "copy", **os.environ}


def remember(installed: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(installed))


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def find_browser() -> dict[str, str]:
    """{"CHROMIUM": its path}, or {} when Playwright has a browser of its own; gets one if there is none."""
    if given := os.environ.get("CHROMIUM"):
        if not shutil.which(given):
            stop(f"CHROMIUM is set to {given}, which is no program.")
        return {"CHROMIUM": given}
    if found := first_on_path(BROWSERS):
        return {"CHROMIUM": found}
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium …")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run_quietly(["apt-get", "update"], quiet)
        run_quietly(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], quiet)
        if found := first_on_path(BROWSERS):
            return {"CHROMIUM": found}
    if run_quietly([PYTHON, "-m", "playwright", "install", "chromium"]):
        return {}
    stop("The tests need a browser and none could be installed. Install Chromium, or set CHROMIUM to its path.")


def first_on_path(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


# --- Small helpers --------------------------------------------------------------------------------------------------
def run_quietly(command: list[str | Path], environment: dict[str, str] | None = None) -> bool:
    """Run a command and say whether it went well; only a failure shows what it printed."""
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0


def become(command: list[str | Path], environment: dict[str, str]) -> NoReturn:
    """Go on as another program, so that signals and the exit status are its own."""
    sys.stdout.flush()
    os.execve(command[0], [str(word) for word in command], environment)


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
