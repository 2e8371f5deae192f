"""What a warm-up covers as a picture: the ring of running roles, a bar for each muscle, the muscles lit on a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warmups.body_map import BodyMap, drawn_map
from warmups.coverage_ring import Ring, coverage_ring
from warmups.domain.coverage import Coverage
from warmups.models import Muscle

# What warm-ups here are for first: shown first, and shown when nothing works them.
FIRST = ("gluteus-maximus", "gluteus-medius", "gluteus-minimus")
FULL_SECONDS = 120  # a bar is full at so much weighted work, where the suggester's points end as well
LIT_SECONDS = 30  # from here on a muscle is lit strongly


@dataclass(frozen=True)
class MuscleBar:
    """A muscle's weighted work in seconds and in percent of a full bar.

    seconds None: it is worked, and no study that may be compared tells how much. 0: nothing works it.
    """

    name: str
    slug: str
    seconds: int | None
    share: int


@dataclass(frozen=True)
class CoveragePicture:
    """All of it. `bars`: the gluteal muscles first, then the most worked; `unknown`: names of other muscles."""

    ring: Ring
    bars: list[MuscleBar]
    unknown: list[str]
    map: BodyMap


def coverage_picture(covered: Coverage, muscles: Mapping[str, Muscle] | None = None) -> CoveragePicture:
    """Draw what is covered. `muscles` by slug, where they are at hand; else one query for them."""
    if muscles is None:
        muscles = {row.slug: row for row in Muscle.objects.filter(slug__in=[*FIRST, *covered["muscles"]])}
    worked = {slug: seconds for slug, seconds in covered["muscles"].items() if slug in muscles}
    shown = {slug: worked.get(slug, 0) for slug in FIRST if slug in muscles}
    known = [(seconds, slug) for slug, seconds in worked.items() if seconds is not None and slug not in shown]
    shown |= {slug: seconds for seconds, slug in sorted(known, key=lambda each: (-each[0], muscles[each[1]].name))}
    strongly = [slug for slug, seconds in worked.items() if seconds is not None and seconds >= LIT_SECONDS]
    lightly = [slug for slug, seconds in worked.items() if slug not in strongly and seconds != 0]
    return CoveragePicture(
        ring=coverage_ring(covered["roles"]),
        bars=[_bar(muscles[slug], seconds) for slug, seconds in shown.items()],
        unknown=sorted(muscles[slug].name for slug, seconds in worked.items() if seconds is None and slug not in FIRST),
        map=drawn_map([muscles[slug] for slug in strongly], [muscles[slug] for slug in lightly]),
    )


def _bar(muscle: Muscle, seconds: int | None) -> MuscleBar:
    share = 100 if seconds is None else min(100, round(100 * seconds / FULL_SECONDS))
    return MuscleBar(name=muscle.name, slug=muscle.slug, seconds=seconds, share=share)
