"""What one may say of a run: each field checked, the instant derived. Forms and serializers ask less; this decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from plans.domain.local_time import instant
from plans.models import RunKind
from plans.models.runs import Plan

MINUTES = range(1, 1441)
METRES = range(1, 1_000_001)
PLACE_LENGTH = 120
NOTE_LENGTH = 500
YEARS_BACK = 10
YEARS_AHEAD = 5

# The fields of a plan as those who plan know them; a wall time is one of them.
FIELDS = ("kind", "local_start", "time_zone", "planned_minutes", "planned_metres", "place", "note")
# The columns behind each.
COLUMNS_OF = {field: (field,) for field in FIELDS} | {"local_start": ("local_date", "local_time")}
# All of them, with the instant.
COLUMNS = (*(column for columns in COLUMNS_OF.values() for column in columns), "starts_at")


def recorded(plan: Plan, fields: Iterable[str]) -> dict[str, Any]:
    """The plan's values of `fields` for the record, which holds no notes."""
    return {field: _plain(getattr(plan, field)) for field in fields if field != "note"}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


def clean(values: dict[str, Any], *, now: datetime, plan: Plan | None = None) -> dict[str, Any]:
    """The columns that `values`, fields of a new plan or changes of `plan`, call for; the instant is derived here.

    Raises ValidationError with every field that is wrong.
    """
    columns: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for field, value in values.items():
        try:
            columns[field] = CHECKS[field](value)
        except ValidationError as error:
            errors[field] = error
    if plan and values.keys() & {"local_start", "time_zone"}:
        # All that makes the instant, so that a series' runs that were moved alone stay true when only one part changes.
        columns = {"local_start": plan.local_start, "time_zone": plan.time_zone} | columns
    if columns.keys() >= {"local_start", "time_zone"}:
        local, zone = columns.pop("local_start"), columns["time_zone"]
        if "local_start" in values:
            errors |= _out_of_reach(local, zone, now)
        if not errors:
            columns |= {"local_date": local.date(), "local_time": local.time(), "starts_at": instant(local, zone)}
    if errors:
        raise ValidationError(errors)
    return columns


def _out_of_reach(local: datetime, zone: ZoneInfo, now: datetime) -> dict[str, ValidationError]:
    """What to say of a date that is not from ten years back to five ahead; before its instant, which has an end too."""
    today = now.astimezone(zone).date()
    first, last = _years_from(today, -YEARS_BACK), _years_from(today, YEARS_AHEAD)
    if first <= local.date() <= last:
        return {}
    sentence = _("Choose a date from %(first)s to %(last)s.") % {"first": first.isoformat(), "last": last.isoformat()}
    return {"local_start": ValidationError(sentence)}


def _years_from(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _kind(value: Any) -> str:
    if value not in RunKind.values:
        raise ValidationError(_("Choose one of: %(kinds)s.") % {"kinds": ", ".join(RunKind.values)})
    return str(value)


def _local_start(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise ValidationError(_("Give a date and a time."))
    if value.tzinfo:
        raise ValidationError(_("Give the local time without an offset; the time zone has its own field."))
    return value.replace(microsecond=0, fold=0)


def _time_zone(value: Any) -> ZoneInfo:
    if not isinstance(value, ZoneInfo):
        raise ValidationError(_("Choose a time zone, for example Europe/Berlin."))
    return value


def _whole_number(allowed: range) -> Callable[[Any], int | None]:
    def check(value: Any) -> int | None:
        if value is not None and (isinstance(value, bool) or value not in allowed):
            raise ValidationError(
                _("Choose a whole number from %(least)d to %(most)d.") % {"least": allowed[0], "most": allowed[-1]}
            )
        return value

    return check


def _line(length: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        value = (value or "").replace("\r\n", "\n").strip()
        if len(value) > length or "\x00" in value:
            raise ValidationError(_("Use at most %(most)d plain characters.") % {"most": length})
        return str(value)

    return check


CHECKS: dict[str, Callable[[Any], Any]] = {
    "kind": _kind,
    "local_start": _local_start,
    "time_zone": _time_zone,
    "planned_minutes": _whole_number(MINUTES),
    "planned_metres": _whole_number(METRES),
    "place": _line(PLACE_LENGTH),
    "note": _line(NOTE_LENGTH),
}
