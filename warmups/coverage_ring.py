"""The coverage ring: five arcs for the five running roles, as geometry for templates/components/coverage_ring.html."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# As warmups.models.RunningRole says them, to begin a line with.
ROLES: dict[str, str | Promise] = {
    "force": _("Push into the ground"),
    "hip-extension": _("Hip extension"),
    "single-leg-stance": _("Steady on one leg"),
    "mobility": _("Free movement"),
    "stiffness": _("Spring"),
}
FULL_SECONDS = 90.0  # an arc is full at this much weighted work: about a third of a five-minute warm-up
SIZE = 120
RADIUS = 50.0
LABEL_RADIUS = 31.0
GAP_DEGREES = 8.0


@dataclass(frozen=True)
class Arc:
    """One role: SVG paths of its whole arc and of the filled part (None: nothing to fill); where its numeral stands.

    `seconds` is the weighted work in seconds, None when it is not known.
    """

    role: str
    name: str | Promise
    seconds: float | None
    track: str
    fill: str | None
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Ring:
    """Five arcs in a square viewBox of `size`, clockwise from the top, in the order of ROLES."""

    size: int
    arcs: tuple[Arc, ...]


def coverage_ring(roles: Mapping[str, float | None], *, full_seconds: float = FULL_SECONDS) -> Ring:
    """Draw what a routine does for each running role.

    `roles` are weighted work seconds by role (a routine's coverage); a role that is absent or None is not known, and
    roles beyond the five are ignored.
    """
    share = 360 / len(ROLES)
    arcs = []
    for index, (role, name) in enumerate(ROLES.items()):
        seconds = roles.get(role)
        start = index * share + GAP_DEGREES / 2
        sweep = share - GAP_DEGREES
        filled = 0.0 if seconds is None else max(0.0, min(1.0, seconds / full_seconds))
        label_x, label_y = _point(start + sweep / 2, LABEL_RADIUS)
        arcs.append(
            Arc(
                role=role,
                name=name,
                seconds=seconds,
                track=_arc(start, sweep),
                fill=_arc(start, sweep * filled) if filled else None,
                label_x=label_x,
                label_y=label_y,
            )
        )
    return Ring(size=SIZE, arcs=tuple(arcs))


def _arc(start: float, sweep: float) -> str:
    (x, y), (end_x, end_y) = _point(start, RADIUS), _point(start + sweep, RADIUS)
    return f"M{x} {y}A{RADIUS:g} {RADIUS:g} 0 0 1 {end_x} {end_y}"


def _point(degrees: float, radius: float) -> tuple[float, float]:
    """A point on the circle, 0 degrees at the top, clockwise."""
    angle = degrees * pi / 180
    return round(SIZE / 2 + radius * sin(angle), 2), round(SIZE / 2 - radius * cos(angle), 2)
