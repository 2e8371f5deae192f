"""What differs between two documents of an exercise, for people: by field, in the order of the form. Values only.

`names_here` alone asks the database, for the names behind slugs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from warmups.domain.changes import Change, any_change, as_kept, list_changes, text_changes, value_changes
from warmups.domain.pose_changes import pose_changes
from warmups.models import (
    Contraindication,
    Equipment,
    Exercise,
    ExerciseMuscle,
    Mode,
    Muscle,
    Phase,
    RunningRole,
    Substitute,
)

MOST_UNFOLDED = 8
NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Names:
    """How people call what documents name by slugs. What is not here is shown by its slug."""

    exercises: Mapping[str, str] = field(default_factory=dict)
    muscles: Mapping[str, str] = field(default_factory=dict)
    equipment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What became of one field. `field`: its key in the document; `label`: as the form calls it."""

    field: str
    label: str
    changes: tuple[Change, ...]

    @property
    def folded(self) -> bool:
        """Whether it is too much to be read at a glance."""
        return len(self.changes) > MOST_UNFOLDED

    @property
    def in_short(self) -> str:
        """The field, and how much of it where that is more than one: "steps (2)"."""
        return f"{self.label} ({len(self.changes)})" if len(self.changes) > 1 else self.label


def names_here() -> Names:
    """The names that there are, at three queries."""
    return Names(
        exercises=dict(Exercise.objects.values_list("slug", "name")),
        muscles=dict(Muscle.objects.values_list("slug", "name")),
        equipment=dict(Equipment.objects.values_list("slug", "name")),
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any], *, names: Names | None = None) -> list[Difference]:
    """What differs from one document to another, in the form's order; nothing if they say the same.

    Takes whatever a form or a file may have said, right or wrong. What is left out is empty.
    """
    changed = changed_fields(before, after)
    known = [key for key in LABELS if key in changed]
    return [
        Difference(key, str(LABELS.get(key, key)), tuple(_changes(key, before.get(key), after.get(key), names)))
        for key in [*known, *sorted(changed - LABELS.keys())]
    ]


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The keys of the fields that differ."""
    return {key for key in {*before, *after} if _differ(before.get(key), after.get(key))}


def _differ(before: Any, after: Any) -> bool:
    """Whether two values differ; nothing, no text and an empty list are all the same."""
    return bool(before != after) and not (before in NOTHING and after in NOTHING)


def in_short(found: Sequence[Difference]) -> str:
    """All of it in one line: "steps (2), usual dose"."""
    return ", ".join(difference.in_short for difference in found)


def record_differences(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    labels: Mapping[str, str],
    words: Callable[[str, Any], Any],
) -> list[Difference]:
    """What an entry of the record says, field by field. `words`: a field's value as people say it."""
    found = []
    for key in [*labels, *sorted({*before, *after} - labels.keys())]:
        old, new = (words(key, said.get(key)) for said in (before, after))
        if changes := _plain(old, new):
            found.append(Difference(key, labels.get(key, key), tuple(changes)))
    return found


# --- The fields, in the form's order ----------------------------------------------------------------------------------

Teller = Callable[[Any, Any, Names], list[Change]]


def _changes(key: str, before: Any, after: Any, names: Names | None) -> list[Change]:
    """What became of a field; never nothing, since it differs."""
    tell = TELLERS.get(key, lambda old, new, _names: _plain(old, new))
    try:
        changes = tell(before, after, names or Names())
    except (AttributeError, KeyError, TypeError, ValueError):  # not the shape that it should have
        changes = []
    return changes or [any_change(before, after)]


def _plain(before: Any, after: Any) -> list[Change]:
    """A value of which no more is known than what it is."""
    if isinstance(before or "", str) and isinstance(after or "", str):
        return text_changes(before or "", after or "")
    if isinstance(before or [], list) and isinstance(after or [], list):
        return list_changes([as_kept(item) for item in before or []], [as_kept(item) for item in after or []])
    return value_changes(before, after, words=_word)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return as_kept(value)


def _text(before: Any, after: Any, _names: Names) -> list[Change]:
    return text_changes(before or "", after or "")


def _number(before: Any, after: Any, _names: Names) -> list[Change]:
    return value_changes(before, after, words=as_kept)


def _yes_or_no(before: Any, after: Any, _names: Names) -> list[Change]:
    return value_changes(before, after, words=_word)


def _choice(choices: type[TextChoices]) -> Teller:
    words = dict(choices.choices)
    return lambda before, after, _names: value_changes(
        before, after, words=lambda value: str(words.get(value, value)).capitalize()
    )


def _items(place: Promise | str = "", *, whole: bool = False) -> Teller:
    return lambda before, after, _names: list_changes(before or [], after or [], place=str(place), whole=whole)


def _chosen(choices: type[TextChoices]) -> Teller:
    words = dict(choices.choices)

    def tell(before: Any, after: Any, _names: Names) -> list[Change]:
        old, new = ([str(words.get(value, value)).capitalize() for value in said or []] for said in (before, after))
        return list_changes(old, new, whole=True)

    return tell


def _equipment(before: Any, after: Any, names: Names) -> list[Change]:
    return list_changes(_named(before, names.equipment), _named(after, names.equipment), whole=True)


def _exercise(before: Any, after: Any, names: Names) -> list[Change]:
    return value_changes(before, after, words=lambda slug: names.exercises.get(slug, slug))


def _muscles(before: Any, after: Any, names: Names) -> list[Change]:
    roles = dict(ExerciseMuscle.Role.choices)

    def said(muscles: Any) -> list[str]:
        return [
            f"{name} ({roles.get(role, role)})"
            for role, slugs in (muscles or {}).items()
            for name in _named(slugs, names.muscles)
        ]

    return list_changes(said(before), said(after), whole=True)


def _substitutes(before: Any, after: Any, names: Names) -> list[Change]:
    reasons = dict(Substitute.When.choices)

    def said(substitutes: Any) -> list[str]:
        return [
            f"{names.exercises.get(item['exercise'], item['exercise'])} ({reasons.get(item['when'], item['when'])})"
            for item in substitutes or []
        ]

    return list_changes(said(before), said(after), whole=True)


def _mistakes(before: Any, after: Any, _names: Names) -> list[Change]:
    old, new = ([f"{item['mistake']} → {item['fix']}" for item in said or []] for said in (before, after))
    return list_changes(old, new, place=str(_("Mistake %(number)d")))


def _media(before: Any, after: Any, _names: Names) -> list[Change]:
    def said(media: Any) -> list[str]:
        return [
            " · ".join(part for part in (item["alt"], item["caption"], item["file"]) if part) for item in media or []
        ]

    return list_changes(said(before), said(after))


def _parts(labels: Mapping[str, Promise], words: Mapping[str, Callable[[Any], str]]) -> Teller:
    """Values beside each other, each with a name."""

    def tell(before: Any, after: Any, _names: Names) -> list[Change]:
        old, new = before or {}, after or {}
        changes: list[Change] = []
        for part in dict.fromkeys([*labels, *old, *new]):
            where = str(labels.get(part, part)).capitalize()
            changes += value_changes(old.get(part), new.get(part), where, words=words.get(part, as_kept))
        return changes

    return tell


def _named(slugs: Iterable[str] | None, names: Mapping[str, str]) -> list[str]:
    return [names.get(slug, slug) for slug in slugs or []]


def _day(value: Any) -> str:
    try:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    except (TypeError, ValueError):
        return as_kept(value)


def _amount(unit: Promise) -> Callable[[Any], str]:
    return lambda value: str(unit) % {"number": as_kept(value)}


def _field_name(name: str) -> Promise:
    return Exercise._meta.get_field(name).verbose_name  # type: ignore[union-attr,return-value]


SECONDS, METRES = gettext_lazy("%(number)s s"), gettext_lazy("%(number)s m")
LABELS: dict[str, Promise] = {
    **{key: _field_name(key) for key in ("name", "aliases", "summary", "set_up")},
    "steps": _field_name("instructions"),
    **{key: _field_name(key) for key in ("cues", "feel", "mistakes", "leave_out", "category", "phase", "position")},
    **{key: _field_name(key) for key in ("lying", "space", "running_role", "difficulty", "movement", "mode")},
    "dose": gettext_lazy("usual dose"),
    **{key: _field_name(key) for key in ("seconds_per_rep", "unilateral", "alternating")},
    **{key: _field_name(key) for key in ("equipment", "equipment_substitutes", "easier", "harder")},
    "substitutes": gettext_lazy("instead of it"),
    "contraindications": _field_name("contraindications"),
    "muscles": gettext_lazy("muscles"),
    "evidence_level": _field_name("evidence_level"),
    "review": gettext_lazy("who reviewed it"),
    "media": _field_name("media"),
    "poses": _field_name("poses"),
}
TELLERS: dict[str, Teller] = {
    **dict.fromkeys(
        ("name", "summary", "set_up", "feel", "leave_out", "equipment_substitutes"),
        _text,
    ),
    **dict.fromkeys(("lying", "unilateral", "alternating"), _yes_or_no),
    **dict.fromkeys(("aliases", "movement"), _items(whole=True)),
    "steps": _items(gettext_lazy("Step %(number)d")),
    "cues": _items(gettext_lazy("Cue %(number)d")),
    "mistakes": _mistakes,
    "category": _choice(Exercise.Category),
    "phase": _choice(Phase),
    "position": _choice(Exercise.Position),
    "space": _choice(Exercise.Space),
    "running_role": _choice(RunningRole),
    "difficulty": _number,
    "mode": _choice(Mode),
    "dose": _parts(
        {name: _field_name(name) for name in ("sets", "reps", "hold_seconds", "metres", "tempo")},
        {"hold_seconds": _amount(SECONDS), "metres": _amount(METRES)},
    ),
    "seconds_per_rep": lambda before, after, _names: value_changes(before, after, words=_amount(SECONDS)),
    "equipment": _equipment,
    "easier": _exercise,
    "harder": _exercise,
    "substitutes": _substitutes,
    "contraindications": _chosen(Contraindication),
    "muscles": _muscles,
    "evidence_level": _choice(Exercise.EvidenceLevel),
    "review": _parts(
        {
            "by": _field_name("reviewed_by"),
            "on": _field_name("reviewed_on"),
            "due": _field_name("review_due"),
        },
        {"on": _day, "due": _day},
    ),
    "media": _media,
    "poses": lambda before, after, _names: pose_changes(before, after),
}


def count_in_words(found: Sequence[Difference]) -> str:
    """How much differs."""
    count = sum(len(difference.changes) for difference in found)
    return ngettext("%(count)d change", "%(count)d changes", count) % {"count": count}
