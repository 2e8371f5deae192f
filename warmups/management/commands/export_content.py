"""manage.py export_content: write the content of the database as a folder like warmups/content/."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warmups.domain.content_export import LATEST, PUBLISHED, content_files, write_folder


class Command(BaseCommand):
    """Writes the folder; deletes nothing in it."""

    help = "Writes exercises, evidence and library routines as files, in the form that load_content reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, and which versions."""
        parser.add_argument("path", type=Path, help="The folder; it is made if it is not there.")
        parser.add_argument(
            "--which",
            choices=[LATEST, PUBLISHED],
            default=LATEST,
            help="The latest version of each exercise, drafts too (the default), or what readers see.",
        )

    def handle(self, *args: Any, path: Path, which: str, **options: Any) -> None:
        """Write and tell."""
        files = content_files(which=which)
        try:
            left = write_folder(files, path)
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror}.") from error
        if options["verbosity"] > 0:
            self.stdout.write(f"Wrote {len(files)} files into {path}.")
            if left:
                self.stdout.write(f"There too, and left as they are: {', '.join(left)}")
