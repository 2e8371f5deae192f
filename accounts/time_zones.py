"""Time zones as people choose them: names of the IANA database, as this machine knows them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

NO_PLACES = {"Factory", "localtime"}  # entries of the database that name no place


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every name that may be chosen, sorted."""
    return tuple(sorted(available_timezones() - NO_PLACES))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(zone_names())


def zone_choices() -> list[tuple[str, str]]:
    """The same for a select: ("America/New_York", "America/New York")."""
    return [(name, name.replace("_", " ")) for name in zone_names()]


def find_zone(name: object) -> ZoneInfo:
    """The zone of this name. Raises ValidationError with what to write instead.

    The name is looked up before a file is: ZoneInfo opens whatever path it is given.
    """
    if isinstance(name, ZoneInfo):
        return name
    if not isinstance(name, str) or name not in _known():
        raise ValidationError(
            _("There is no such time zone. Choose one by its name, for example Europe/Berlin."), code="time_zone"
        )
    return ZoneInfo(name)
