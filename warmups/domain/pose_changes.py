"""What became of a figure's poses, in words: which key pose, which joint, from how many degrees to how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from warmups.domain.changes import Change, Run, any_change, as_kept, text_changes, value_changes

SIDES: dict[str, Promise] = {
    "l": gettext_lazy("left %(joint)s"),
    "r": gettext_lazy("right %(joint)s"),
}
JOINTS: dict[str, Promise] = {
    "pelvis": gettext_lazy("pelvis"),
    "spine": gettext_lazy("spine"),
    "neck": gettext_lazy("neck"),
    "hip": gettext_lazy("hip"),
    "knee": gettext_lazy("knee"),
    "ankle": gettext_lazy("ankle"),
    "toe": gettext_lazy("toes"),
    "shoulder": gettext_lazy("shoulder"),
    "elbow": gettext_lazy("elbow"),
    "wrist": gettext_lazy("wrist"),
    "foot": gettext_lazy("foot on its place"),
    "hand": gettext_lazy("hand on its place"),
    "root": gettext_lazy("where the pelvis is"),
    "pin_at": gettext_lazy("where the pinned point is"),
}
CHANNELS: dict[str, Promise] = {
    "flex": gettext_lazy("bend"),
    "abd": gettext_lazy("out to the side"),
    "rot": gettext_lazy("turn"),
    "side": gettext_lazy("lean to the side"),
    "turn": gettext_lazy("turn"),
    "tilt": gettext_lazy("tilt forward"),
    "list": gettext_lazy("left side up"),
    "twist": gettext_lazy("twist about its length"),
    "at": gettext_lazy("place"),
    "pitch": gettext_lazy("heel up"),
    "yaw": gettext_lazy("toes out"),
    "roll": gettext_lazy("roll"),
    "floor": gettext_lazy("height of the ground"),
    "knee": gettext_lazy("knee points to"),
    "elbow": gettext_lazy("elbow points to"),
    "fingers": gettext_lazy("fingers point to"),
    "on": gettext_lazy("moves with"),
}
ANGLES = frozenset({"flex", "abd", "rot", "side", "turn", "tilt", "list", "twist", "pitch", "yaw", "roll"})
FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("title"),
    "desc": gettext_lazy("in words"),
    "base": gettext_lazy("starts from"),
    "camera": gettext_lazy("seen from"),
    "far": gettext_lazy("farther side"),
    "order": gettext_lazy("what lies over what"),
    "side": gettext_lazy("drawn side"),
    "pin": gettext_lazy("fixed point"),
    "work": gettext_lazy("coloured muscles"),
    "props": gettext_lazy("things around the body"),
    "arrow": gettext_lazy("arrow"),
    "still": gettext_lazy("key poses of the still"),
    "phases": gettext_lazy("moments of the overview"),
}
MOVING = ("pose", "keys")


def pose_changes(before: Any, after: Any) -> list[Change]:
    """From one figure to another; at least one change unless they are the same."""
    if before == after:
        return []
    if before is None or after is None:
        return [_all_of_it(before, after)]
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return [any_change(before, after)]
    changes = _posture(before.get("pose"), after.get("pose"), str(_("All key poses")))
    changes += _keys(before.get("keys"), after.get("keys"))
    names = [*FIELDS, *sorted({*before, *after} - FIELDS.keys() - set(MOVING))]
    for name in names:
        changes += _field(name, before.get(name), after.get(name))
    return changes or [any_change(before, after)]


def _all_of_it(before: Any, after: Any) -> Change:
    """A figure that came or went as a whole."""
    if before is None:
        return Change("added", (Run("added", _in_short(after)),))
    return Change("removed", (Run("removed", _in_short(before)),))


def _in_short(poses: Any) -> str:
    keys = poses.get("keys") if isinstance(poses, Mapping) else None
    if not isinstance(keys, Sequence):
        return _("a figure")
    text = ngettext("a figure of %(count)d key pose", "a figure of %(count)d key poses", len(keys))
    said = poses.get("desc")
    return f"{text % {'count': len(keys)}}: {said}" if said else text % {"count": len(keys)}


# --- Key poses --------------------------------------------------------------------------------------------------------


def _keys(before: Any, after: Any) -> list[Change]:
    if not isinstance(before, Sequence) or not isinstance(after, Sequence):
        return [] if before == after else value_changes(before, after, str(_("Key poses")), words=as_kept)
    changes: list[Change] = []
    for old, new, number in _paired(before, after):
        where = _("Key pose %(number)d") % {"number": number}
        if old is None:
            changes.append(Change("added", (Run("added", _key_in_words(new)),), where))
        elif new is None:
            changes.append(Change("removed", (Run("removed", _key_in_words(old)),), where))
        else:
            changes += _key(old, new, where)
    return changes


def _paired(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[Any, Any, int]]:
    """Key poses that belong together, by number; those that came or went stand alone."""
    if len(before) == len(after):
        return [(old, new, number) for number, (old, new) in enumerate(zip(before, after, strict=True), start=1)]
    rows: list[tuple[Any, Any, int]] = []
    matcher = SequenceMatcher(None, [as_kept(key) for key in before], [as_kept(key) for key in after])
    for _kind, start, end, new_start, new_end in matcher.get_opcodes():
        both = min(end - start, new_end - new_start)
        rows += [(before[start + n], after[new_start + n], new_start + n + 1) for n in range(both)]
        rows += [(key, None, start + both + n + 1) for n, key in enumerate(before[start + both : end])]
        rows += [(None, key, new_start + both + n + 1) for n, key in enumerate(after[new_start + both : new_end])]
    return rows


def _key(before: Any, after: Any, where: str) -> list[Change]:
    """One key pose: how long it rests, how long the way to the next takes, and its joints."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return value_changes(before, after, where, words=as_kept)
    rests, takes = _("rests"), _("takes to the next")
    changes = value_changes(before.get("hold"), after.get("hold"), f"{where}, {rests}", words=_seconds)
    changes += value_changes(before.get("move"), after.get("move"), f"{where}, {takes}", words=_seconds)
    changes += _posture(before.get("pose"), after.get("pose"), where)
    for name in sorted({*before, *after} - {"hold", "move", "pose"}):
        changes += value_changes(before.get(name), after.get(name), f"{where}, {name}", words=as_kept)
    return changes


def _key_in_words(key: Any) -> str:
    if not isinstance(key, Mapping) or not isinstance(key.get("pose", {}), Mapping):
        return as_kept(key)
    times = [
        _("rests %(seconds)s") % {"seconds": _seconds(key["hold"])} if key.get("hold") else "",
        _("takes %(seconds)s to the next") % {"seconds": _seconds(key["move"])} if key.get("move") else "",
    ]
    joints = [change.where + " " + change.runs[0].text for change in _posture({}, key.get("pose", {}), "")]
    return "; ".join([part for part in times if part] + joints) or _("as all key poses")


# --- Joints -----------------------------------------------------------------------------------------------------------


def _posture(before: Any, after: Any, where: str) -> list[Change]:
    """Joint by joint, channel by channel."""
    old, new = ({} if pose is None else pose for pose in (before, after))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return value_changes(old, new, where, words=as_kept)
    changes: list[Change] = []
    for joint in dict.fromkeys([*old, *new]):
        named = f"{where}, {joint_in_words(joint)}" if where else joint_in_words(joint)
        changes += _joint(old.get(joint), new.get(joint), named)
    return changes


def _joint(before: Any, after: Any, where: str) -> list[Change]:
    old, new = ({} if joint is None else joint for joint in (before, after))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return value_changes(before, after, where, words=_amount)
    changes: list[Change] = []
    for channel in dict.fromkeys([*old, *new]):
        words = _degrees if channel in ANGLES else _amount
        named = f"{where}, {CHANNELS.get(channel, channel)}"
        changes += value_changes(old.get(channel), new.get(channel), named, words=words)
    return changes


def joint_in_words(joint: str) -> str:
    """A joint as people call it: "hip_l" is the left hip."""
    name, _bar, side = joint.rpartition("_")
    if side in SIDES and name in JOINTS:
        return str(SIDES[side]) % {"joint": JOINTS[name]}
    return str(JOINTS.get(joint, joint))


def _degrees(value: Any) -> str:
    return f"{_amount(value)}°"


def _seconds(value: Any) -> str:
    return _("%(seconds)s s") % {"seconds": _amount(value)}


def _amount(value: Any) -> str:
    """A number as it is; a place or a direction by its three numbers."""
    if isinstance(value, list | tuple):
        return " · ".join(_amount(part) for part in value)
    return f"{value:g}" if isinstance(value, float) and f"{value:g}" == repr(value) else as_kept(value)


# --- What is around it ------------------------------------------------------------------------------------------------


def _field(name: str, before: Any, after: Any) -> list[Change]:
    where = str(FIELDS.get(name, name)).capitalize()
    if isinstance(before, str) and isinstance(after, str) and name in ("title", "desc"):
        return text_changes(before, after, where)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        changes: list[Change] = []
        for part in dict.fromkeys([*before, *after]):
            words = PARTS.get((name, part), part)
            changes += value_changes(before.get(part), after.get(part), f"{where}, {words}", words=_amount)
        return changes
    if name == "props" and isinstance(before, list) and isinstance(after, list):
        return _props(before, after, where)
    return value_changes(before, after, where, words=_fields_in_words)


PARTS: dict[tuple[str, str], Promise] = {
    ("camera", "az"): gettext_lazy("degrees around"),
    ("camera", "el"): gettext_lazy("degrees above"),
    ("pin", "point"): gettext_lazy("point"),
    ("pin", "at"): gettext_lazy("place"),
    ("arrow", "joint"): gettext_lazy("follows"),
    ("arrow", "from"): pgettext_lazy("arrow", "from key pose (counted from 0)"),
    ("arrow", "to"): pgettext_lazy("arrow", "to key pose (counted from 0)"),
    ("arrow", "off"): gettext_lazy("away from the body"),
    ("arrow", "shift"): gettext_lazy("moved by"),
}


def _props(before: list[Any], after: list[Any], where: str) -> list[Change]:
    """Things by their order: a mat may be changed, come or go."""
    changes: list[Change] = []
    for index in range(max(len(before), len(after))):
        old, new = (things[index] if index < len(things) else None for things in (before, after))
        changes += value_changes(old, new, where, words=_fields_in_words)
    return changes


def _fields_in_words(value: Any) -> str:
    """Fields with what they say: "mat, at -0.1 · 0 · 0, size 1 · 0.5 · 0.02"."""
    if isinstance(value, Mapping):
        first = [str(value["type"])] if isinstance(value.get("type"), str) else []
        return ", ".join(first + [f"{key} {_amount(part)}" for key, part in value.items() if key != "type"])
    if isinstance(value, list | tuple):
        return ", ".join(_fields_in_words(part) for part in value) or _("none")
    return _amount(value)
