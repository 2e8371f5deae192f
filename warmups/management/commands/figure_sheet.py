"""manage.py figure_sheet: a contact sheet of the exercise figures, to look at after a pose or a shape has changed."""

from __future__ import annotations

import gzip
import json
from argparse import ArgumentParser
from html import escape
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warmups.domain.content import CONTENT
from warmups.figures import Drawing, PoseError
from warmups.figures.animation import moment_markup
from warmups.figures.composition import HEIGHT, WIDTH
from warmups.figures.figure import Figure
from warmups.figures.themes import PALETTES, Theme, paint_plain

STYLE = """
body { font: 14px system-ui, sans-serif; margin: 16px; background: %(page)s; color: %(text)s }
h2 { font-size: 15px; margin: 14px 0 4px } h2 small { font-weight: 400; opacity: .75 }
.row { display: flex; gap: 6px } .row > * { flex: 1 1 0; min-width: 0 } svg { display: block; width: 100%% }
.problem { color: #D11; font-weight: 600 }
"""


class Command(BaseCommand):
    """Writes one HTML file with each figure's still, moments of its loop, sizes and problems."""

    help = (
        "Writes a contact sheet of exercise figures as one HTML file: the still, moments of the loop, sizes, problems."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which figures, and how."""
        parser.add_argument("slugs", nargs="*", help="Exercises (default: all of the content folder).")
        parser.add_argument("--theme", choices=sorted(PALETTES), default="light")
        parser.add_argument("--phases", type=int, default=6, help="Moments of the loop for each figure (default: 6).")
        parser.add_argument("--output", type=Path, default=Path("figure-sheet.html"), help="The file to write.")
        parser.add_argument("--path", type=Path, default=CONTENT, help="The content folder (default: warmups/content).")

    def handle(self, *args: Any, slugs: list[str], path: Path, output: Path, **options: Any) -> None:
        """Draw and write."""
        folder = path / "poses"
        files = [folder / f"{slug}.json" for slug in slugs] or sorted(folder.glob("*.json"))
        missing = [file.stem for file in files if not file.is_file()]
        if missing:
            raise CommandError(f"There are no poses for {', '.join(missing)} in {folder}.")
        theme, phases = options["theme"], max(1, options["phases"])
        rows = [row(file.stem, read(file), theme=theme, phases=phases) for file in files]
        style = STYLE % ({"page": "#FFF", "text": "#222"} if theme == "light" else {"page": "#0B0E12", "text": "#CCC"})
        output.write_text(
            f'<!doctype html><meta charset="utf-8"><title>Figures</title><style>{style}</style>{"".join(rows)}'
        )
        self.stdout.write(f"{len(files)} figures in {output}")


def read(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise CommandError(f"{file} is no JSON: {error}") from error


def row(slug: str, data: Any, *, theme: Theme, phases: int) -> str:
    """One figure's name, sizes and pictures, or its problems."""
    try:
        drawing = Drawing(data)
    except PoseError as error:
        problems = "".join(f'<div class="problem">{escape(str(problem))}</div>' for problem in error.problems)
        return f"<h2>{escape(slug)}</h2>{problems}"
    file = drawing.animated(title=slug, theme=theme).encode()
    sizes = f"{len(file):,} bytes, {len(gzip.compress(file)):,} compressed, {drawing.figure.clip.period:.1f} s"
    pictures = [drawing.still(title=slug, theme=theme)]
    pictures += [picture(drawing.figure, seconds, theme) for seconds in moments(drawing.figure, phases)]
    cells = "".join(f"<div>{cell}</div>" for cell in pictures)
    return f'<h2>{escape(slug)} <small>{sizes}</small></h2><div class="row">{cells}</div>'


def moments(figure: Figure, phases: int) -> list[float]:
    """The moments that the data name, or even ones."""
    clip = figure.clip
    named = figure.data.get("phases") or []
    edges = [*clip.key_times, clip.period, clip.period]
    seconds = [edges[int(phase)] + (phase % 1) * (edges[int(phase) + 1] - edges[int(phase)]) for phase in named]
    return seconds[:phases] or [clip.period * i / phases for i in range(phases)]


def picture(figure: Figure, seconds: float, theme: Theme) -> str:
    content = paint_plain(moment_markup(figure, seconds), theme)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{content}</svg>'
