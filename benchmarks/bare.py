"""The barest view that answers what the list of exercises answers: one query written by hand.

For benchmarks/library.py: the measure of what the frameworks cost. It runs behind the same middleware, and is in no
installation.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

import config.urls
from warmups.domain.figures import figure_version

SQL = """
SELECT e.slug, e.name, e.aliases::text, e.summary, e.status, e.category, e.phase, e.position, e.lying, e.unilateral,
       e.alternating, e.mode, e.sets, e.reps, e.hold_seconds, e.metres, e.tempo, e.seconds_per_rep::float,
       e.equipment_substitutes, e.space, e.running_role, e.difficulty, easier.slug, harder.slug,
       e.contraindications::text, e.evidence_level, e.poses_digest,
       (SELECT json_agg(q.slug ORDER BY q.name)::text FROM warmups_exercise_equipment m
          JOIN warmups_equipment q ON q.id = m.equipment_id WHERE m.exercise_id = e.id),
       (SELECT json_agg(json_build_object('when', s."when", 'exercise', o.slug) ORDER BY s."when", s.id)::text
          FROM warmups_substitute s JOIN warmups_exercise o ON o.id = s.substitute_id AND o.status = 'published'
         WHERE s.exercise_id = e.id),
       (SELECT json_agg(json_build_object('muscle', u.slug, 'role', w.role) ORDER BY w.role, w.position)::text
          FROM warmups_exercisemuscle w JOIN warmups_muscle u ON u.id = w.muscle_id WHERE w.exercise_id = e.id),
       a.figures, a.studies, a.second_hand, count(*) OVER ()
  FROM warmups_exercise e
  LEFT JOIN warmups_exercise easier ON easier.id = e.easier_id AND easier.status = 'published'
  LEFT JOIN warmups_exercise harder ON harder.id = e.harder_id AND harder.status = 'published'
  CROSS JOIN LATERAL (
    SELECT count(*) AS figures, count(DISTINCT study_id) AS studies,
           count(*) FILTER (WHERE source_kind = 'secondary_quote') AS second_hand
      FROM warmups_activation WHERE exercise_id = e.id
  ) a
 WHERE e.status = 'published' ORDER BY e.name, e.id LIMIT 20
"""
PLAIN = (
    "slug",
    "name",
    "aliases",
    "summary",
    "status",
    "category",
    "phase",
    "position",
    "lying",
    "unilateral",
    "alternating",
    "mode",
)


def exercises(request: HttpRequest) -> HttpResponse:
    """The first twenty, in the bytes of /api/v1/exercises/?limit=20."""
    site = f"{request.scheme}://{request.get_host()}/api/v1/exercises/"
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        rows = cursor.fetchall()
    results = [_exercise(row, site) for row in rows]
    more = bool(rows) and rows[0][-1] > len(rows)
    answer = {"next": f"{site}?limit=20&offset=20" if more else None, "previous": None, "results": results}
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body.encode(), content_type="application/json")


def _exercise(row: tuple[Any, ...], site: str) -> dict[str, Any]:
    drawn: Any = SimpleNamespace(name=row[1], poses_digest=row[26])
    version = figure_version(drawn)
    found: dict[str, Any] = dict(zip(PLAIN, row, strict=False))
    found["aliases"] = json.loads(row[2])
    sets, reps, hold, metres, tempo, pace = row[12:18]
    found["dose"] = {
        "sets": sets,
        "reps": reps,
        "hold_seconds": hold,
        "metres": metres,
        "sides": "each" if row[9] else None,
        "rest_seconds": 0,
        "tempo": tempo,
    }
    equipment, substitutes, muscles, figures, studies, second_hand = row[27:33]
    found |= {
        "seconds_per_rep": pace,
        "equipment": json.loads(equipment or "[]"),
        "equipment_substitutes": row[18],
        "space": row[19],
        "running_role": row[20],
        "difficulty": row[21],
        "easier": row[22],
        "harder": row[23],
        "substitutes": json.loads(substitutes or "[]"),
        "contraindications": json.loads(row[24]),
        "muscles": json.loads(muscles or "[]"),
        "evidence_level": row[25],
        "evidence": {"figures": figures, "studies": studies, "second_hand": second_hand},
        "figure": f"{site}{row[0]}/figure.svg?v={version}" if row[26] else None,
    }
    return found


urlpatterns = [path("bare/exercises/", exercises), *config.urls.urlpatterns]
handler500 = config.urls.handler500
