"""manage.py load_content: bring the release's exercises, evidence and routines into the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from warmups.domain.content import CONTENT
from warmups.domain.content_files import ContentError
from warmups.domain.content_loading import Summary, load

SUFFIXES = {".csv", ".json", ".yaml"}
FATES = ("added", "changed", "untouched", "kept")


class Command(BaseCommand):
    """Loads it all, or tells every problem with file and line and loads nothing."""

    help = (
        "Loads exercises, evidence and library routines: all, or nothing if something is wrong. "
        "May be run again at any time; what a curator edited is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to load from."""
        parser.add_argument("--path", type=Path, default=CONTENT, help="The folder (default: warmups/content).")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        """Load and tell."""
        if not path.is_dir():
            raise CommandError(f"There is no folder {path}. Name one with --path.")
        try:
            with Progress(self.stderr, path, shown=options["verbosity"] > 0) as progress:
                summary = load(path, now=timezone.now(), on_read=progress.advance)
        except ContentError as error:
            for problem in error.problems:
                self.stderr.write(str(problem))
            count = len(error.problems)
            raise CommandError(
                f"Nothing was loaded. Mend {'this' if count == 1 else f'these {count}'} first."
            ) from error
        if options["verbosity"] > 0:
            self.stdout.write(table(summary))
            for noun, keys in summary.left.items():
                if keys:
                    self.stdout.write(f"Not in these files, and left as they are: {noun} {', '.join(keys)}")


class Progress:
    """A bar that grows with the files that are read, where somebody watches a terminal."""

    WIDTH = 30

    def __init__(self, out: OutputWrapper, path: Path, *, shown: bool) -> None:
        self.out, self.shown = out, shown and out.isatty()
        self.files = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.suffix in SUFFIXES}
        self.total = len(self.files)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.shown:
            self.out.write("\r\x1b[K", ending="")  # the summary takes its place

    def advance(self, name: str) -> None:
        """A file more; one that is read again changes nothing."""
        self.files.discard(name)
        if self.shown:
            done = self.total - len(self.files)
            bar = "█" * (self.WIDTH * done // max(self.total, 1))
            self.out.write(f"\r{bar:░<{self.WIDTH}} {done} of {self.total} files", ending="")
            self.out.flush()


def table(summary: Summary) -> str:
    """What became of the rows, a line for each noun."""
    lines = ["".join(["", " " * 20, *(f"{fate:>11}" for fate in FATES)])]
    for noun, counts in summary.counts.items():
        lines.append("".join([f"{noun:<20}", *(f"{counts[fate]:>11}" for fate in FATES)]))
    return "\n".join([*lines, "Kept: a curator edited it, and nothing of that was overwritten."])
