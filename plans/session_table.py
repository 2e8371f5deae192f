"""One's own log as a table for a spreadsheet: a row a session, everything in words one can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from plans.domain.sessions import COUNTS
from plans.models import Session
from warmups.domain.content_cells import guarded

COLUMNS = (
    "started_at",
    "finished_at",
    "run_date",
    "run_kind",
    "routine",
    "outcome",
    "effort_0_10",
    "pain_0_10",
    "pain_where",
    "pain_side",
    "readiness_1_5",
    "stiff_before",
    "first_ten_minutes",
    "from_memory",
    "note",
    "steps",
    "edited_at",
    "received_at",
    "id",
)
BYTE_ORDER_MARK = "\ufeff"


def csv_lines(sessions: Iterable[Session], *, zone: ZoneInfo, names: dict[str, str]) -> Iterator[str]:
    """The file line by line, with the mark by which spreadsheets know UTF-8.

    `sessions` with run and their revision's steps and exercises; times in `zone`, with its offset; `names` of
    exercises by slug. What a spreadsheet would take for a formula gets an apostrophe.
    """
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for session in sessions:
        yield _line([_text(value) for value in _row(session, zone, names)])


def _row(session: Session, zone: ZoneInfo, names: dict[str, str]) -> list[Any]:
    finished = session.finished_at
    return [
        session.started_at.astimezone(zone).isoformat(timespec="seconds"),
        finished.astimezone(zone).isoformat(timespec="seconds") if finished else None,
        session.run.local_date if session.run else None,
        session.run.kind if session.run else None,
        session.revision.name if session.revision else None,
        session.outcome,
        session.rpe,
        session.pain,
        session.pain_site,
        session.pain_side,
        session.readiness,
        session.stiff_before,
        session.first_ten,
        session.from_memory,
        session.note,
        _steps(session, names),
        session.edited_at.astimezone(zone).isoformat(timespec="seconds"),
        session.received_at.astimezone(zone).isoformat(timespec="seconds"),
        session.pk,
    ]


def _steps(session: Session, names: dict[str, str]) -> str:
    """Each step noted: "Glute bridge: 2 sets, 8 reps; Clamshell: skipped (hurts)"."""
    steps = session.revision.steps.all() if session.revision else []
    called = {step.position: step.exercise_name for step in steps}
    return "; ".join(_step(row, called.get(row["position"], ""), names) for row in session.steps)


def _step(row: dict[str, Any], name: str, names: dict[str, str]) -> str:
    units = dict(zip(COUNTS, (_("sets"), _("reps"), _("s"), _("m")), strict=True))
    counts = [f"{row[key]} {unit}" for key, unit in units.items() if row.get(key) is not None]
    done = _("skipped") if row.get("skipped") else ", ".join(counts) or _("done")
    swap = row.get("swapped_for")
    extra = [
        row.get("skip_reason"),
        _("instead: %(exercise)s") % {"exercise": names.get(swap, swap)} if swap else None,
        {"left": _("left harder"), "right": _("right harder")}.get(row.get("harder_side") or ""),
    ]
    said = ", ".join(str(each) for each in extra if each)
    return f"{name or row['position']}: {done}" + (f" ({said})" if said else "")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guarded(str(value), spreadsheet=True)


def _line(cells: Sequence[str]) -> str:
    return ",".join(map(_quoted, cells)) + "\r\n"


def _quoted(text: str) -> str:
    """A cell as CSV writes it; a lone carriage return is quoted too, as it would end the row."""
    return '"{}"'.format(text.replace('"', '""')) if any(char in text for char in ',"\r\n') else text
