"""The two commands: what they install, when they refuse, and how the supervisor looks after its processes."""

import argparse
import ast
import email
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.management.base import CommandError
from django.db import connection
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import config.supervisor
from config.mail import EmlFileBackend
from config.management.commands.up import child_environment, listening, only_one, port_number, table
from config.supervisor import FIRST_PAUSE, HEALTHY_SECONDS, LONGEST_PAUSE, Child, Supervisor, next_pause, reason
from tests.stack import free_port

ROOT = Path(__file__).resolve().parent.parent


# --- Locks ----------------------------------------------------------------------------------------------------------
def declared() -> dict[str, list[Requirement]]:
    """Lock file → what pyproject.toml asks of it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, groups = project["project"]["dependencies"], project["dependency-groups"]
    asked = {
        "requirements.txt": runtime,
        "requirements-dev.txt": [*runtime, *groups["dev"]],
        "requirements-uv.txt": groups["uv"],
    }
    return {name: [Requirement(text) for text in texts] for name, texts in asked.items()}


def pins(name: str) -> dict[str, tuple[str, int]]:
    """Package → (version, number of hashes) of a lock file."""
    found: dict[str, tuple[str, int]] = {}
    package = ""
    for line in (ROOT / name).read_text().splitlines():
        if line.lstrip().startswith("--hash=sha256:"):
            version, hashes = found[package]
            found[package] = version, hashes + 1
        elif line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip("\\ "))
            package = canonicalize_name(requirement.name)
            assert package not in found
            (exactly,) = requirement.specifier
            assert exactly.operator == "=="
            found[package] = exactly.version, 0
    return found


@pytest.mark.locks
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"])
def test_a_lock_pins_all_that_is_declared_and_hashes_all_that_it_pins(name: str) -> None:
    locked = pins(name)
    for requirement in declared()[name]:
        version, _ = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is locked as {version}: run dev.py lock"
    assert [package for package, (_, hashes) in locked.items() if not hashes] == []


@pytest.mark.locks
def test_the_development_lock_has_the_very_versions_that_run_in_production() -> None:
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {package: development.get(package) for package in runtime} == runtime


# --- dev.py ---------------------------------------------------------------------------------------------------------
def dev(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "dev.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **environment})


def test_dev_py_needs_nothing_but_the_standard_library() -> None:
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "dev.py").read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) == set()


def test_it_names_its_commands_when_asked_for_none() -> None:
    done = dev()
    assert done.returncode == 2
    assert "python3 dev.py up" in done.stdout


def test_the_demo_stays_out_of_a_real_database(tmp_path: Path) -> None:
    done = dev("up", DATABASE_URL="postgres://localhost/real", PRESTRIDE_VAR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == (
        "Demo people belong in no real database. Unset DATABASE_URL and REDIS_URL, or add --empty.\n"
    )


def test_a_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    var = tmp_path / "file" / "var"
    done = dev("up", PRESTRIDE_VAR=str(var), DATABASE_URL="", REDIS_URL="")
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Prestride keeps its data in {var} and can't write there (Not a directory). Set PRESTRIDE_VAR.\n"
    )


# --- The servers of the tests ---------------------------------------------------------------------------------------
@pytest.mark.embedded
@pytest.mark.django_db
def test_the_tests_run_on_the_database_that_they_were_given() -> None:
    assert connection.vendor == ("postgresql" if os.environ.get("DATABASE_URL") else "sqlite")


# --- up -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["0", "65536", "-1", "", "80a", "80.0", "9" * 5000])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        port_number(text)


def test_a_taken_port_is_one_clear_sentence() -> None:
    port = free_port()
    with listening(port), pytest.raises(CommandError) as refusal, listening(port):
        pass
    assert str(refusal.value) == f"Port {port} is taken. Choose another with --port."


def test_a_port_is_free_again_afterwards() -> None:
    port = free_port()
    with listening(port):
        pass
    with listening(port) as sockets:
        assert {listener.getsockname()[1] for listener in sockets} == {port}


def test_two_supervisors_never_share_a_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    with only_one(), pytest.raises(CommandError) as refusal, only_one():
        pass
    assert str(refusal.value).startswith(f"Prestride is already running with the data in {tmp_path}.")
    with only_one():
        pass


def test_links_in_mails_name_the_port_unless_the_address_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)
    assert child_environment(8123)["SITE_URL"] == "http://localhost:8123"
    monkeypatch.setenv("SITE_URL", "https://prestride.example")
    assert child_environment(8123)["SITE_URL"] == "https://prestride.example"


def test_the_demo_people_stand_in_columns() -> None:
    people = [
        {"role": "coach", "name": "Ida", "email": "ida@demo.example", "password": "one"},
        {"role": "athlete", "name": "Bo", "email": "b@demo.example", "password": "two"},
    ]
    assert table(people) == [
        "coach    Ida  ida@demo.example  one",
        "athlete  Bo   b@demo.example    two",
    ]


# --- The supervisor -------------------------------------------------------------------------------------------------
@pytest.fixture
def supervise(tmp_path: Path) -> Callable[..., tuple[Supervisor, Child, list[str]]]:
    """Make a supervisor of one child that runs a shell line, and the list of what it says."""

    def make(line: str) -> tuple[Supervisor, Child, list[str]]:
        said: list[str] = []
        child = Child("worker", ["sh", "-c", line], tmp_path / "log" / "worker.log")
        return Supervisor([child], folder=tmp_path, environment=dict(os.environ), say=said.append), child, said

    return make


def test_pauses_double_up_to_a_limit_and_begin_anew_after_a_long_life() -> None:
    pause, seen = 0.0, []
    for _ in range(9):
        pause = next_pause(pause, lived=1)
        seen.append(pause)
    assert seen == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert (seen[0], seen[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)
    assert next_pause(30, lived=HEALTHY_SECONDS) == FIRST_PAUSE


def test_what_dies_is_started_again_after_its_pause(supervise: Any) -> None:
    supervisor, child, said = supervise("exit 3")
    supervisor.look_after(child, now=100.0)
    assert child.process.wait() == 3
    supervisor.look_after(child, now=101.0)
    assert said == [f"worker ended (exit status 3); starting it again. See {child.log}"]
    supervisor.look_after(child, now=101.4)
    assert child.process is None
    supervisor.look_after(child, now=101.5)
    assert child.process.wait() == 3


def test_a_task_is_done_once_and_again_only_if_it_failed(supervise: Any) -> None:
    supervisor, child, said = supervise("test -e done || { touch done; exit 3; }")
    child.once = True
    supervisor.look_after(child, now=100.0)
    assert child.process.wait() == 3
    supervisor.look_after(child, now=101.0)
    assert said == [f"worker ended (exit status 3); starting it again. See {child.log}"]
    supervisor.look_after(child, now=102.0)
    assert child.process.wait() == 0
    for later in (103.0, 10_000.0):
        supervisor.look_after(child, now=later)
        assert child.process is None
    assert len(said) == 1


def test_errors_reach_the_terminal_and_the_rest_stays_in_the_log(supervise: Any) -> None:
    supervisor, child, said = supervise("echo all is well; echo 2026 ERROR the server is gone; printf 'ERROR half'")
    supervisor.start(child, now=0.0)
    child.process.wait()
    supervisor.show_trouble(child)
    supervisor.show_trouble(child)
    assert said == ["worker: 2026 ERROR the server is gone"]
    assert child.log.read_text() == "all is well\n2026 ERROR the server is gone\nERROR half"


def test_a_long_log_is_put_aside(supervise: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.supervisor, "LOG_BYTES", 10)
    supervisor, child, _ = supervise("echo twelve letters")
    supervisor.start(child, now=0.0)
    child.process.wait()
    supervisor.show_trouble(child)
    assert child.log.read_text() == ""
    assert child.log.with_suffix(".log.1").read_text() == "twelve letters\n"


def test_at_the_end_nothing_is_left_running(supervise: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that will not listen, and one that it started, are both gone."""
    monkeypatch.setattr(config.supervisor, "STOP_SECONDS", 0.1)
    supervisor, child, _ = supervise("trap '' TERM; exec > life; sleep 1000 & echo $!; wait")
    os.mkfifo(tmp_path / "life")
    supervisor.start(child, now=0.0)
    with open(tmp_path / "life") as life:
        assert int(life.readline()) > 0
        supervisor.end_all()
        assert life.read() == ""  # ends only when the last process that could write is gone
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_killed_supervisor_takes_its_processes_along(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "life")
    lines = (
        "import os; from pathlib import Path; from config.supervisor import Child, Supervisor\n"
        "child = Child('beat', ['sh', '-c', 'exec > life; echo $$; exec sleep 1000'], Path('beat.log'))\n"
        "Supervisor([child], folder=Path('.'), environment=dict(os.environ), say=print).run(lambda: None)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", lines], cwd=tmp_path, env=environment)
    with open(tmp_path / "life") as life:
        assert int(life.readline()) > 0
        process.kill()
        process.wait()
        assert life.read() == ""  # ends when nobody is left who could write


def test_ends_are_told_in_words() -> None:
    assert (reason(-9), reason(3)) == ("killed by SIGKILL", "exit status 3")


# --- Mail as files --------------------------------------------------------------------------------------------------
def test_each_message_is_one_whole_file(settings: Any, tmp_path: Path) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    messages = []
    for number in range(12):
        message = EmailMultiAlternatives(f"Löpning {number}", "Värm upp.\n", "a@demo.example", ["ada@demo.example"])
        message.attach_alternative("<p>Värm upp.</p>", "text/html")
        messages.append(message)
    assert EmlFileBackend().send_messages([*messages, EmailMultiAlternatives("to nobody")]) == 12
    files = sorted(settings.MAIL_DIR.iterdir())
    letters = [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]
    assert [file.suffix for file in files] == [".eml"] * 12
    assert [letter["Subject"] for letter in letters] == [f"Löpning {number}" for number in range(12)]
    assert [part.get_content() for part in letters[0].iter_parts()] == ["Värm upp.\n", "<p>Värm upp.</p>"]
