"""The form of pose data: which fields there are, and what each may hold.

Sizes are bounded, so that data from outside can neither fail nor tire what draws them.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from . import body
from .clip import DEFAULT_MOVE, flatten
from .composition import BLOCKS
from .problems import NO_TEXT, Problems, did_you_mean, quoted

# Bounds: lengths in H, so that nothing comes near the camera; angles in degrees.
FARTHEST = 2.0
LONGEST_DIRECTION = 100.0
WIDEST_ANGLE = 720.0
MOST_KEYS = 60
MOST_IN_LIST = 12
LONGEST_TEXT = 1000
SHORTEST_LOOP, LONGEST_LOOP = 1.0, 20.0
# Between two keys; less would be a jump.
SHORTEST_TIME = 0.01

FREE_JOINTS: dict[str, tuple[str, ...]] = {"pelvis": ("turn", "tilt", "list", "twist")}
PLANTED: dict[str, dict[str, str]] = {
    "foot": {
        "at": "place",
        "pitch": "angle",
        "yaw": "angle",
        "roll": "angle",
        "floor": "length",
        "knee": "direction",
    },
    "hand": {"at": "place", "on": "frame", "elbow": "direction", "fingers": "direction"},
}
FRAMES = ("world", "thorax", "pelvis")
PLACES = ("root", "pin_at")

TRUNK_POINTS = ("pelvis", "lumbar", "mid", "c7", "head", "crown", "back", "sacrum")
SIDED_POINTS = ("hip", "shoulder", "side", "flank")
LEG_POINTS = ("knee", "ankle", "heel", "ball", "toe")
ARM_POINTS = ("elbow", "wrist", "fingers")
FIXED_POINTS = (*TRUNK_POINTS, *(f"{point}_{side}" for point in SIDED_POINTS for side in "lr"))
POINTS = (*FIXED_POINTS, *(f"{point}_{side}" for point in LEG_POINTS + ARM_POINTS for side in "lr"))

BOX_FIELDS = {"type", "at", "size", "yaw", "front"}
PROP_FIELDS = dict.fromkeys(body.BOX_SIZES, BOX_FIELDS) | {
    "pole": {"type", "at", "h", "front"},
    "band": {"type", "where"},
}
FIELDS = (
    *("title", "desc", "base", "camera", "far", "order", "side", "pin", "pose", "keys"),
    *("work", "props", "arrow", "still", "phases"),
)


def pose_fields() -> dict[str, dict[str, str]]:
    """What each joint of a pose may hold, and of which kind it is."""
    fields = {joint: dict.fromkeys(channels, "angle") for joint, channels in FREE_JOINTS.items()}
    for joint, ranges in body.RANGES.items():
        channels = dict.fromkeys(ranges, "angle")
        if joint in ("spine", "neck"):
            fields[joint] = channels
        else:
            fields |= {f"{joint}_{side}": channels for side in "lr"}
    for joint, channels in PLANTED.items():
        fields |= {f"{joint}_{side}": channels for side in "lr"}
    return fields


POSE_FIELDS = pose_fields()


def find_form_problems(data: object) -> Problems:
    """Everything wrong with the form of the data, whatever they are."""
    problems = Problems()
    if not isinstance(data, Mapping):
        problems.add("", _("The pose data must be an object with desc, keys and so on."))
        return problems
    known_fields(problems, "", data, FIELDS)
    check_text(problems, "desc", data.get("desc"))
    if "title" in data:
        check_text(problems, "title", data["title"])
    if "base" in data:
        check_choice(problems, "base", data["base"], body.BASES)
    if "side" in data:
        check_choice(problems, "side", data["side"], ("left", "right"))
    check_camera(problems, data.get("camera", {}))
    check_list(problems, "far", data.get("far", []), ("l", "r"), _("side"))
    check_list(problems, "work", data.get("work", []), body.MUSCLES, _("muscle"))
    check_order(problems, data.get("order"))
    check_pose(problems, "pose", data.get("pose", {}))
    check_keys(problems, data.get("keys"))
    check_props(problems, data.get("props", []))
    if not problems:  # these look at the keys, which are right by now
        check_contacts(problems, data)
        check_pin(problems, data)
        check_arrow(problems, data)
        check_moments(problems, data)
    return problems


# --- Values ---------------------------------------------------------------------------------------------------------
def is_number(value: object) -> bool:
    """A finite number (NaN compares with nothing)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1e9 < value < 1e9


def known_fields(
    problems: Problems, where: str, found: Mapping[Any, Any], known: Collection[str], what: str = ""
) -> None:
    """Name each field that isn't known, with the nearest one that is."""
    for name in found:
        if problems.full:
            return
        if name not in known:
            problems.add(
                path(where, quoted(name)),
                _("unknown %(what)s “%(name)s”%(suggestion)s")
                % {
                    "what": what or _("field"),
                    "name": quoted(name),
                    "suggestion": did_you_mean(quoted(name), known),
                },
            )


def path(*steps: object) -> str:
    return ".".join(str(step) for step in steps if step != "")


def check_number(problems: Problems, where: str, value: object, low: float, high: float) -> bool:
    if isinstance(value, (int, float)) and is_number(value) and low <= value <= high:
        return True
    problems.add(
        where,
        _("must be a number from %(low)g to %(high)g, and is %(value)s")
        % {"low": low, "high": high, "value": quoted(value)},
    )
    return False


def check_vector(problems: Problems, where: str, value: object, most: float, sizes: Collection[int] = (3,)) -> bool:
    if isinstance(value, (list, tuple)) and len(value) in sizes and all(is_number(part) for part in value):
        beyond = [part for part in value if not -most <= part <= most]
        if not beyond:
            return True
        problems.add(
            where,
            _("each number must be from %(low)g to %(high)g, and one is %(value)s")
            % {"low": -most, "high": most, "value": quoted(beyond[0])},
        )
    else:
        problems.add(where, _("must be three numbers: forward, left, up"))
    return False


def check_text(problems: Problems, where: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        problems.add(where, _("is missing: say in words what the figure shows") if where == "desc" else _("is no text"))
    elif len(value) > LONGEST_TEXT:
        problems.add(where, _("is longer than %(count)d characters") % {"count": LONGEST_TEXT})
    elif found := NO_TEXT.search(value):
        problems.add(where, _("holds a character that is no text, at %(place)d") % {"place": found.start() + 1})


def check_choice(problems: Problems, where: str, value: object, choices: Collection[str]) -> bool:
    if isinstance(value, str) and value in choices:
        return True
    problems.add(
        where,
        _("“%(value)s” is none of %(choices)s") % {"value": quoted(value), "choices": ", ".join(sorted(choices))},
    )
    return False


def check_list(problems: Problems, where: str, value: object, known: Collection[str], what: str) -> None:
    """A list of known names."""
    if not isinstance(value, (list, tuple)):
        problems.add(where, _("must be a list"))
        return
    if len(value) > MOST_IN_LIST:
        problems.add(where, _("has more than %(count)d entries") % {"count": MOST_IN_LIST})
        return
    for i, name in enumerate(value):
        if not isinstance(name, str) or name not in known:
            problems.add(
                path(where, i),
                _("unknown %(what)s “%(name)s”%(suggestion)s")
                % {"what": what, "name": quoted(name), "suggestion": did_you_mean(quoted(name), known)},
            )


def as_object(problems: Problems, where: str, value: object) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    problems.add(where, _("must be an object"))
    return None


# --- Fields ---------------------------------------------------------------------------------------------------------
def check_camera(problems: Problems, camera: object) -> None:
    found = as_object(problems, "camera", camera)
    if found is None:
        return
    known_fields(problems, "camera", found, ("az", "el"), _("camera field"))
    if "az" in found:
        check_number(problems, "camera.az", found["az"], -WIDEST_ANGLE, WIDEST_ANGLE)
    if "el" in found:
        check_number(problems, "camera.el", found["el"], -85, 85)


def check_order(problems: Problems, order: object) -> None:
    if order is None:
        return
    if not isinstance(order, (list, tuple)) or sorted(map(quoted, order[:20])) != sorted(BLOCKS):
        problems.add(
            "order", _("must name each of %(blocks)s once, from back to front") % {"blocks": ", ".join(BLOCKS)}
        )


def check_pose(problems: Problems, where: str, pose: object) -> None:
    found = as_object(problems, where, pose)
    if found is None:
        return
    known_fields(problems, where, found, (*POSE_FIELDS, *PLACES), _("joint"))
    for joint, channels in found.items():
        if problems.full:
            return
        if joint in PLACES:
            check_vector(problems, path(where, joint), channels, FARTHEST)
        elif joint in POSE_FIELDS:
            check_channels(problems, path(where, joint), channels, POSE_FIELDS[joint])


CHECKS: dict[str, Callable[[Problems, str, object], bool]] = {
    "angle": lambda problems, where, value: check_number(problems, where, value, -WIDEST_ANGLE, WIDEST_ANGLE),
    "length": lambda problems, where, value: check_number(problems, where, value, -FARTHEST, FARTHEST),
    "place": lambda problems, where, value: check_vector(problems, where, value, FARTHEST),
    "direction": lambda problems, where, value: check_vector(problems, where, value, LONGEST_DIRECTION),
    "frame": lambda problems, where, value: check_choice(problems, where, value, FRAMES),
}


def check_channels(problems: Problems, where: str, channels: object, kinds: Mapping[str, str]) -> None:
    found = as_object(problems, where, channels)
    if found is None:
        return
    known_fields(problems, where, found, kinds, _("channel"))
    for channel, value in found.items():
        if channel in kinds:
            CHECKS[kinds[channel]](problems, path(where, channel), value)


def check_keys(problems: Problems, keys: object) -> None:
    if not isinstance(keys, (list, tuple)) or not 1 <= len(keys) <= MOST_KEYS:
        problems.add("keys", _("must be a list of 1 to %(count)d keys") % {"count": MOST_KEYS})
        return
    seconds = 0.0
    timed = True
    for i, key in enumerate(keys):
        where = path("keys", i)
        found = as_object(problems, where, key)
        if found is None:
            timed = False
            continue
        known_fields(problems, where, found, ("hold", "move", "pose"))
        hold, move = found.get("hold", 0), found.get("move", DEFAULT_MOVE)
        held = (is_number(hold) and hold == 0) or check_number(
            problems, path(where, "hold"), hold, SHORTEST_TIME, LONGEST_LOOP
        )
        moved = check_number(problems, path(where, "move"), move, SHORTEST_TIME, LONGEST_LOOP)
        if held and moved:
            seconds += hold + move
        else:
            timed = False
        check_pose(problems, path(where, "pose"), found.get("pose", {}))
    if timed and not SHORTEST_LOOP <= seconds <= LONGEST_LOOP:
        problems.add(
            "keys",
            _("the loop takes %(seconds).1f s, allowed %(low)g to %(high)g s")
            % {"seconds": seconds, "low": SHORTEST_LOOP, "high": LONGEST_LOOP},
        )


def check_props(problems: Problems, props: object) -> None:
    if not isinstance(props, (list, tuple)) or len(props) > MOST_IN_LIST:
        problems.add("props", _("must be a list of at most %(count)d things") % {"count": MOST_IN_LIST})
        return
    for i, prop in enumerate(props):
        where = path("props", i)
        found = as_object(problems, where, prop)
        if found is None:
            continue
        kind = found.get("type")
        if not isinstance(kind, str) or kind not in PROP_FIELDS:
            problems.add(
                path(where, "type"),
                _("unknown prop “%(name)s”%(suggestion)s")
                % {"name": quoted(kind), "suggestion": did_you_mean(quoted(kind), PROP_FIELDS)},
            )
            continue
        known_fields(problems, where, found, PROP_FIELDS[kind])
        check_prop(problems, where, kind, found)


def check_prop(problems: Problems, where: str, kind: str, prop: Mapping[str, Any]) -> None:
    if "at" in prop or kind == "pole":
        check_vector(problems, path(where, "at"), prop.get("at"), FARTHEST, (2, 3) if kind == "pole" else (3,))
    size = path(where, "size")
    if "size" in prop and check_vector(problems, size, prop["size"], FARTHEST) and min(prop["size"]) <= 0:
        problems.add(size, _("each length must be more than 0"))
    if "yaw" in prop:
        check_number(problems, path(where, "yaw"), prop["yaw"], -WIDEST_ANGLE, WIDEST_ANGLE)
    if "h" in prop:
        check_number(problems, path(where, "h"), prop["h"], 0.01, FARTHEST)
    if "front" in prop and not isinstance(prop["front"], bool):
        problems.add(path(where, "front"), _("must be true or false"))
    if "where" in prop:
        check_choice(problems, path(where, "where"), prop["where"], body.BANDS)


# --- What fields say together ---------------------------------------------------------------------------------------
def merged_poses(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The full pose of each key, flat: what all keys share, and what this one says."""
    shared = flatten(data.get("pose", {}))
    return [shared | flatten(key.get("pose", {})) for key in data["keys"]]


def check_contacts(problems: Problems, data: Mapping[str, Any]) -> None:
    """A limb is planted on all keys or on none: half way between a target and no target is nowhere."""
    poses = merged_poses(data)
    names = dict.fromkeys(name for pose in poses for name in pose)
    for name in names:
        values = [pose.get(name) for pose in poses]
        if all(value is None or isinstance(value, float) for value in values):
            continue
        without = [str(i) for i, value in enumerate(values) if value is None]
        if without:
            problems.add(
                name,
                _("is missing on keys %(keys)s: give it on every key (or in the shared pose) or on none")
                % {"keys": ", ".join(without)},
            )
        elif isinstance(values[0], str) and len(set(values)) > 1:
            problems.add(name, _("must be the same on every key"))
    for limb in dict.fromkeys(name.split(".")[0] for name in names if name.startswith(("foot_", "hand_"))):
        if f"{limb}.at" not in names:
            problems.add(limb, _("has no target: say where it is with at"))


def check_pin(problems: Problems, data: Mapping[str, Any]) -> None:
    if "pin" not in data:
        return
    pin = as_object(problems, "pin", data["pin"])
    if pin is None:
        return
    known_fields(problems, "pin", pin, ("point", "at"))
    if "at" in pin:
        check_vector(problems, "pin.at", pin["at"], FARTHEST)
    point = pin.get("point")
    if not isinstance(point, str) or point not in POINTS:
        problems.add(
            "pin.point",
            _("unknown point “%(name)s”%(suggestion)s")
            % {"name": quoted(point), "suggestion": did_you_mean(quoted(point), POINTS)},
        )
        return
    joint, side = point[:-2], point[-1]
    limb = "foot" if joint in LEG_POINTS else "hand" if joint in ARM_POINTS else ""
    if limb and any(f"{limb}_{side}.at" in pose for pose in merged_poses(data)):
        problems.add(
            "pin.point",
            _("%(point)s can't be pinned: %(limb)s has a target") % {"point": point, "limb": limb + "_" + side},
        )


def check_arrow(problems: Problems, data: Mapping[str, Any]) -> None:
    if data.get("arrow") is None:
        return
    arrow = as_object(problems, "arrow", data["arrow"])
    if arrow is None:
        return
    known_fields(problems, "arrow", arrow, ("joint", "from", "to", "off", "shift"))
    joint = arrow.get("joint")
    if not isinstance(joint, str) or joint not in POINTS:
        problems.add(
            "arrow.joint",
            _("unknown joint “%(name)s”%(suggestion)s")
            % {"name": quoted(joint), "suggestion": did_you_mean(quoted(joint), POINTS)},
        )
    last = len(data["keys"])
    check_index(problems, "arrow.from", arrow.get("from"), last - 1)
    check_index(problems, "arrow.to", arrow.get("to"), last)
    if "off" in arrow:
        check_number(problems, "arrow.off", arrow["off"], -1, 1)
    if "shift" in arrow:
        check_vector(problems, "arrow.shift", arrow["shift"], 1)


def check_index(problems: Problems, where: str, value: object, last: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= last:
        problems.add(
            where,
            _("must be the number of a key, 0 to %(last)d, and is %(value)s") % {"last": last, "value": quoted(value)},
        )


def check_moments(problems: Problems, data: Mapping[str, Any]) -> None:
    """`still`: two keys; `phases`: moments for contact sheets, 1.5 is half way from key 1 to key 2."""
    last = len(data["keys"]) - 1
    if "still" in data:
        still = data["still"]
        if not isinstance(still, (list, tuple)) or len(still) != 2:
            problems.add("still", _("must name two keys"))
        else:
            for i, key in enumerate(still):
                check_index(problems, path("still", i), key, last)
    phases = data.get("phases", [])
    if not isinstance(phases, (list, tuple)) or len(phases) > MOST_IN_LIST:
        problems.add("phases", _("must be a list of at most %(count)d moments") % {"count": MOST_IN_LIST})
        return
    for i, phase in enumerate(phases):
        check_number(problems, path("phases", i), phase, 0, last + 1)
