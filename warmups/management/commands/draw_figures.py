"""manage.py draw_figures: draw what is not drawn yet, so that the first visitor does not wait for it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from warmups.domain.figures import SHOWN, figure_file, is_drawn
from warmups.figures import PoseError
from warmups.models import Exercise


class Command(BaseCommand):
    """May be run again at any time; a figure that is there already is not drawn again."""

    help = "Draws the figures of all exercises that have poses and are not drawn yet; some tenths of a second for each."

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw and tell."""
        rows = Exercise.objects.exclude(poses_digest="").only("slug", "name", "poses", "poses_digest").order_by("slug")
        missing = [row for row in rows if not is_drawn(row)]
        faulty = 0
        for number, exercise in enumerate(missing, start=1):
            if options["verbosity"] > 0:
                self.stdout.write(f"{number:>3} of {len(missing)}  {exercise.slug}")
            try:
                for kind in SHOWN:
                    figure_file(exercise, kind=kind)
            except PoseError as error:
                # An exercise that a curator edited keeps its poses, which a later release may find fault with. That
                # must not hold up the others, nor what is started after this.
                faulty += 1
                self.stderr.write(f"{exercise.slug} can't be drawn: {error}")
        if options["verbosity"] > 0:
            self.stdout.write(f"{len(missing) - faulty} drawn.")
