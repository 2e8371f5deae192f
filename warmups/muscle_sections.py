"""The muscles by where they are, for their index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from warmups.models import Muscle

GLUTES = ("gluteus-maximus", "gluteus-medius", "gluteus-minimus")
# A region belongs to the section whose beginning it has ("hip-lateral": hip).
NAMES: dict[str, str | Promise] = {
    "glutes": _("The three glutes"),
    "hip": _("Hip"),
    "thigh": _("Thigh"),
    "leg": _("Lower leg"),
    "foot": _("Foot"),
    "trunk": _("Trunk"),
    "shoulder": _("Shoulder"),
    "": _("Others"),
}


@dataclass(frozen=True)
class Section:
    """The muscles of one part of the body."""

    key: str
    name: str | Promise
    muscles: list[Muscle]


def sections(muscles: Iterable[Muscle]) -> list[Section]:
    """`muscles` in the sections of NAMES, in their order; a section without any is left out."""
    found: dict[str, list[Muscle]] = {key: [] for key in NAMES}
    for muscle in sorted(muscles, key=lambda muscle: muscle.name.casefold()):
        found[_section(muscle)].append(muscle)
    found["glutes"].sort(key=lambda muscle: GLUTES.index(muscle.slug))
    return [Section(key or "others", name, found[key]) for key, name in NAMES.items() if found[key]]


def _section(muscle: Muscle) -> str:
    if muscle.slug in GLUTES:
        return "glutes"
    return next((key for key in NAMES if key and muscle.region.startswith(key)), "")
