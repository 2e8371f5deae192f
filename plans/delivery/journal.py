"""What a sender did since it last told the database: a file that outlives a killed process.

Each drain writes one, named after its token: `+<row>` when it begins to hand a message over, `=<row>` right after the
mail server's yes, each before anything else happens. The writer holds a lock on the file for as long as it lives, so
whoever gets the lock knows that it died. There is no fsync: the file survives the process, not the machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entries:
    """What a journal holds: rows whose message was begun, and those of them that the mail server took.

    `orphaned`: its writer is dead, and the lock on it is ours.
    """

    token: int
    begun: frozenset[int]
    taken: frozenset[int]
    orphaned: bool


class Journal:
    """The journal of one drain. Several threads may write to it. Without a folder to write to, it remembers nothing."""

    def __init__(self, folder: Path | None, token: int) -> None:
        self._path = folder and folder / f"{token}.journal"
        self._file: int | None = None
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Locked before it has its name: nobody finds it free between the two.
            unfinished = self._path.with_suffix(".new")
            self._file = os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unfinished.rename(self._path)
        except OSError as error:
            logger.warning("No journal: if this process is killed, more mails may go out twice (%s)", error.strerror)
            self.close(keep=True)

    def begin(self, row: int) -> None:
        """Note that the message of this row is about to be handed over."""
        self._write(f"+{row}\n")

    def taken(self, row: int) -> None:
        """Note that the mail server took the message of this row."""
        self._write(f"={row}\n")

    def _write(self, line: str) -> None:
        if self._file is not None:
            try:
                os.write(self._file, line.encode())
            except OSError as error:  # a full disk keeps no mail from leaving
                logger.warning("The journal can't be written: %s", error.strerror)

    def close(self, *, keep: bool) -> None:
        """End it; `keep` when not all of it is in the database yet, so that the next tick reads it."""
        if self._file is None:
            return
        if not keep and self._path is not None:
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = None


@contextlib.contextmanager
def left_behind(folder: Path | None) -> Iterator[list[Entries]]:
    """All journals in `folder` but those that are written in peace by the living, which are marked as such.

    Those of the dead are locked for the length of the block, and deleted at its end unless it raised.
    """
    found: list[Entries] = []
    with contextlib.ExitStack() as locks, contextlib.ExitStack() as ends:
        for path in sorted(folder.glob("*.journal")) if folder and folder.is_dir() else []:
            try:
                file = os.open(path, os.O_RDONLY)
            except OSError:
                continue  # somebody else was quicker, or it is not ours to read
            locks.callback(os.close, file)
            orphaned = _locked(file) and path.exists()
            with contextlib.suppress(ValueError):
                found.append(_read(path, file, orphaned))
                if orphaned:
                    ends.callback(path.unlink, missing_ok=True)
        try:
            yield found
        except BaseException:
            ends.pop_all()
            raise


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(path: Path, file: int, orphaned: bool) -> Entries:
    """Raises ValueError for a file that is not named as a journal."""
    token = int(path.stem)
    with os.fdopen(os.dup(file), "rb") as lines:
        whole = [line for line in lines.read().split(b"\n")[:-1] if line[1:].isdigit()]
    begun = frozenset(int(line[1:]) for line in whole if line[:1] == b"+")
    taken = frozenset(int(line[1:]) for line in whole if line[:1] == b"=")
    return Entries(token, begun, taken, orphaned)
