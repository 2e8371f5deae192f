"""What lies in front of what, which limbs are the far ones, and where everything goes on the card.

Both are decided once for the whole loop, from the average depth: a part never jumps in front of another.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import body
from .camera import Camera
from .parts import Face, Part, split_muscle
from .shapes import Outline
from .skeleton import Posture
from .vectors import Point, apply

WIDTH, HEIGHT = 1000, 750
# The legs' hips must differ by this much in depth before the farther leg and arm take the far tints.
FAR_FROM = 0.045
# A sole that looks at the camera by more than this lies over its shoe.
SOLE_SHOWS = 0.12
# How much of the card the figure may fill, and how large it may get (units for each H).
MARGIN = 0.065
LARGEST = 740.0
# What a mat and the floor keep from the card's edge.
EDGE = 12

BLOCKS = ("arm_l", "arm_r", "leg_l", "leg_r", "top", "head", "pelvis")
# What the depth of a block is averaged over.
BLOCK_JOINTS = {
    "leg": ("hip", "knee", "knee", "ankle"),
    "arm": ("shoulder", "elbow", "wrist"),
}


class Composition(NamedTuple):
    """The names of the parts from back to front, and the sides in far tints."""

    order: list[str]
    far: frozenset[str]


def compose(
    postures: Sequence[Posture], camera: Camera, data: Mapping[str, Any], *, muscles: Sequence[str], bands: int
) -> Composition:
    depths = block_depths(postures, camera)
    far = far_sides(postures, camera, data.get("far"))
    blocks = list(data["order"]) if data.get("order") else block_order(depths, far)
    parts = {block: block_parts(block, postures, camera) for block in BLOCKS}
    # A patch lies on its limb; on the pelvis, the trunk and a near leg it goes after the pelvis, which covers them.
    pelvis_at = blocks.index("pelvis")
    for muscle in muscles:
        name, side = split_muscle(muscle)
        leg = f"leg_{side}"
        alone = name in body.LIMB_MUSCLES and (side in far or blocks.index(leg) > pelvis_at)
        parts[leg if alone else "pelvis"].append(f"muscle:{muscle}")
    last_leg = max((blocks.index("leg_l"), blocks.index("leg_r"), pelvis_at))
    parts[blocks[last_leg]] += [f"band:{number}" for number in range(bands)]
    return Composition([part for block in blocks for part in parts[block]], far)


def mean_depth(postures: Sequence[Posture], camera: Camera, names: Iterable[str]) -> float:
    depths = [camera.depth(posture.joints[name]) for name in names for posture in postures]
    return sum(depths) / len(depths)


def block_depths(postures: Sequence[Posture], camera: Camera) -> dict[str, float]:
    depths = {
        f"{block}_{side}": mean_depth(postures, camera, [f"{joint}_{side}" for joint in joints])
        for block, joints in BLOCK_JOINTS.items()
        for side, _ in body.SIDES
    }
    depths["top"] = mean_depth(postures, camera, ["lumbar", "mid"])
    depths["head"] = mean_depth(postures, camera, ["head"])
    return depths


def far_sides(postures: Sequence[Posture], camera: Camera, wanted: Sequence[str] | None) -> frozenset[str]:
    if wanted is not None:
        return frozenset(wanted)
    left, right = (mean_depth(postures, camera, [f"hip_{side}"]) for side, _ in body.SIDES)
    if abs(left - right) <= FAR_FROM:
        return frozenset()
    return frozenset("r" if left > right else "l")


def block_order(depths: Mapping[str, float], far: frozenset[str]) -> list[str]:
    """By depth; the pelvis right after the last near leg and the top, whose seams it hides."""
    order = sorted(depths, key=lambda block: depths[block])
    near_legs = [f"leg_{side}" for side, _ in body.SIDES if side not in far]
    order.insert(max(order.index(block) for block in [*near_legs, "top"]) + 1, "pelvis")
    return order


def block_parts(block: str, postures: Sequence[Posture], camera: Camera) -> list[str]:
    """The parts of a block, from back to front."""
    kind, _, side = block.partition("_")
    if kind == "arm":
        return [f"{part}_{side}" for part in ("upper", "fore", "hand", "sleeve")]
    if kind == "leg":
        looks_up = sum(camera.depth(posture.frames[block.replace("leg", "foot")][2]) for posture in postures)
        foot = ["sole", "shoe"] if looks_up / len(postures) > -SOLE_SHOWS else ["shoe", "sole"]
        return [f"{part}_{side}" for part in [*foot, "thigh", "shank"]]
    if kind == "top":
        return ["neck", "top"]
    if kind == "head":
        bun = sum(camera.depth(apply(posture.frames["head"], body.BUN.centre)) for posture in postures)
        return ["head", "hair", "bun", "ear"] if bun > 0 else ["bun", "head", "hair", "ear"]
    return ["pelvis"]


# --- The place on the card ------------------------------------------------------------------------------------------
class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Layout(NamedTuple):
    """From the picture in H to units on the card."""

    scale: float
    left: float
    top: float

    def place(self, outline: Iterable[Point]) -> Outline:
        size, left, top = self
        return [(left + size * x, top + size * y) for x, y in outline]


def extent(moments: Iterable[Mapping[str, Part]], faces: Iterable[Face]) -> Box:
    """The box around the figure at all moments and the props; the shadow may reach beyond, and a mat a little."""
    points = [
        point
        for moment in moments
        for name, part in moment.items()
        if name != "shadow"
        for outline in part.outlines
        for point in outline
    ]
    return box_around([*points, *(corner for face in faces if not face.is_mat for corner in face.corners)])


def box_around(points: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def with_mat(box: Box, faces: Iterable[Face]) -> Box:
    """The box with the mats in it as well."""
    corners = [corner for face in faces for corner in face.corners if face.is_mat]
    return box_around([(box.left, box.top), (box.right, box.bottom), *corners])


def fit(box: Box, outer: Box) -> Layout:
    """Fill one card: in the middle from side to side, a little low when there is room above.

    `outer` is the box with the mats, which may come nearer to the card's edge.
    """
    largest = min(LARGEST, WIDTH * (1 - 2 * MARGIN) / box.width, HEIGHT * (1 - 1.6 * MARGIN) / box.height)
    scale = shrunk(largest, outer, WIDTH, HEIGHT)
    share_above = 0.50 if box.height * scale > HEIGHT * 0.6 else 0.56
    free = HEIGHT - scale * box.height
    layout = Layout(scale, WIDTH / 2 - scale * (box.left + box.right) / 2, free * share_above - scale * box.top)
    return nudged(layout, outer, Box(0, 0, WIDTH, HEIGHT))


def shrunk(scale: float, outer: Box, width: float, height: float) -> float:
    """The scale, made smaller if the outer box wants it."""
    return min(scale, (width - 2 * EDGE) / outer.width, (height - 2 * EDGE) / outer.height)


def nudged(layout: Layout, outer: Box, cell: Box) -> Layout:
    """The layout moved so that the outer box lies in the cell, if it fits there."""
    scale, left, top = layout
    return Layout(
        scale,
        left + nudge(left + scale * outer.left, left + scale * outer.right, cell.left + EDGE, cell.right - EDGE),
        top + nudge(top + scale * outer.top, top + scale * outer.bottom, cell.top + EDGE, cell.bottom - EDGE),
    )


def nudge(start: float, end: float, low: float, high: float) -> float:
    """How far to move a span to lie between two limits; one that is too long goes to their middle."""
    if end - start > high - low:
        return (low + high - start - end) / 2
    return max(low - start, 0.0) + min(high - end, 0.0)
