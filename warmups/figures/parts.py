"""The parts of the figure at one moment: each limb, garment, muscle patch and shadow as outlines in the picture."""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, pi, sin
from typing import Any, NamedTuple

from . import body, shapes
from .camera import Camera
from .shapes import Disc, Outline
from .skeleton import ORIGIN_OF_FRAME, Posture
from .vectors import Point, Vector, about_z, add, apply, between, dot, scale, subtract, unit

# Joints lower than this take part in the shadow on the floor.
SHADOW_BELOW = 0.30
SHADOW_MARGIN = 0.07
SHADOW_JOINTS = (
    *("mid", "c7", "head", "knee_l", "knee_r", "ankle_l", "ankle_r"),
    *("toe_l", "toe_r", "wrist_l", "wrist_r"),
)
HULL_POINTS = {"head": 16, "bun": 8, "shoe": 16, "sole": 14, "band": 16}


class Part(NamedTuple):
    """Closed outlines, in H; `facing` says how much a patch on the skin looks at us (1 at us, -1 away)."""

    outlines: tuple[Outline, ...]
    facing: float = 1.0


class View(NamedTuple):
    """A posture and the camera that sees it, with the axes of every frame as they look, worked out once."""

    posture: Posture
    camera: Camera
    axes: dict[str, tuple[Point, Point, Point]]


def view(posture: Posture, camera: Camera) -> View:
    direction = camera.direction
    axes = {name: (direction(x), direction(y), direction(z)) for name, (x, y, z) in posture.frames.items()}
    return View(posture, camera, axes)


def parts(posture: Posture, camera: Camera, *, muscles: Sequence[str], bands: Iterable[body.Band]) -> dict[str, Part]:
    """Every part by name: "thigh_l", "top", "muscle:calf_r", "shadow"…"""
    seen = view(posture, camera)
    found: dict[str, Part] = {"shadow": Part((shadow(seen),))}
    for side, sign in body.SIDES:
        for name, limb in body.LIMBS.items():
            found[f"{name}_{side}"] = Part((limb_outline(seen, limb, side, sign),))
        found[f"shoe_{side}"] = Part((foot_outline(seen, body.SHOE, side, HULL_POINTS["shoe"]),))
        found[f"sole_{side}"] = Part((foot_outline(seen, body.SOLE, side, HULL_POINTS["sole"]),))
    found["pelvis"] = Part((trunk_outline(seen, body.PELVIS),))
    found["top"] = Part((trunk_outline(seen, body.TOP), yoke_outline(seen)))
    found["neck"] = Part((trunk_outline(seen, body.NECK, round_caps=False),))
    found |= head_parts(seen)
    for number, band in enumerate(bands):
        found[f"band:{number}"] = Part((band_outline(seen, band),))
    for muscle in muscles:
        found[f"muscle:{muscle}"] = muscle_part(seen, muscle)
    return found


# --- Limbs ----------------------------------------------------------------------------------------------------------
def limb_discs(seen: View, limb: body.Limb, side: str, sign: int) -> list[Disc]:
    joints, frame = seen.posture.joints, seen.posture.frames[f"{limb.frame}_{side}"]
    (fx, fy), (sx, sy), _ = seen.axes[f"{limb.frame}_{side}"]
    forward, outward = frame[0], frame[1]
    ax, ay, az = joints[f"{limb.start}_{side}"]
    dx, dy, dz = subtract(joints[f"{limb.end}_{side}"], (ax, ay, az))
    discs = []
    for along, half_width, half_depth, ahead, aside in limb.rings:
        out = aside * sign
        centre = seen.camera.project(
            (
                ax + dx * along + forward[0] * ahead + outward[0] * out,
                ay + dy * along + forward[1] * ahead + outward[1] * out,
                az + dz * along + forward[2] * ahead + outward[2] * out,
            )
        )
        width, depth = (sx * half_width, sy * half_width), (fx * half_depth, fy * half_depth)
        discs.append(Disc(centre, width, depth, (half_width + half_depth) / 2))
    return discs


def limb_outline(seen: View, limb: body.Limb, side: str, sign: int) -> Outline:
    return shapes.tube(limb_discs(seen, limb, side, sign), limb.caps)


def foot_outline(seen: View, spheres: Sequence[body.Sphere], side: str, count: int) -> Outline:
    """Shoe or sole; what lies ahead of the ball bends with the toes."""
    posture, project = seen.posture, seen.camera.project
    ankle, foot = posture.joints[f"ankle_{side}"], posture.frames[f"foot_{side}"]
    ball, toes = posture.joints[f"ball_{side}"], posture.frames[f"toe_{side}"]
    placed = []
    for centre, radius in spheres:
        if centre[0] > body.BALL:
            ahead = (centre[0] - body.BALL, centre[1], centre[2] + body.ANKLE_HEIGHT)
            placed.append((project(add(ball, apply(toes, ahead))), radius))
        else:
            placed.append((project(add(ankle, apply(foot, centre))), radius))
    return shapes.hull(placed, seen.axes[f"foot_{side}"][0], count)


def band_outline(seen: View, band: body.Band) -> Outline:
    """An elastic band around both legs."""
    limb = body.LIMBS[band.limb]
    edges = tuple(
        body.Ring(along, band.radius, band.radius * 1.06, 0.0)
        for along in (band.along - band.half_height, band.along + band.half_height)
    )
    discs = [disc for side, sign in body.SIDES for disc in limb_discs(seen, limb._replace(rings=edges), side, sign)]
    joints = seen.posture.joints
    along = seen.camera.direction(subtract(joints[f"{limb.end}_l"], joints[f"{limb.start}_l"]))
    return shapes.hull_of_ellipses(discs, along, HULL_POINTS["band"])


# --- Trunk and head -------------------------------------------------------------------------------------------------
def trunk_discs(seen: View, rings: Iterable[body.TrunkRing], sign: int = 1) -> list[Disc]:
    posture = seen.posture
    discs = []
    for name, (x, y, z), half_width, half_depth in rings:
        (fx, fy), (sx, sy), _ = seen.axes[name]
        # The neck's upper end is measured from its root, not from the head's joint.
        origin = posture.joints["c7" if name == "head" else ORIGIN_OF_FRAME[name]]
        centre = seen.camera.project(add(origin, apply(posture.frames[name], (x, y * sign, z))))
        width, depth = (sx * half_width, sy * half_width), (fx * half_depth, fy * half_depth)
        discs.append(Disc(centre, width, depth, (half_width + half_depth) / 2))
    return discs


def trunk_outline(seen: View, trunk: body.Trunk, *, round_caps: bool = True) -> Outline:
    return shapes.tube(trunk_discs(seen, trunk.rings), trunk.caps, round_caps=round_caps)


def yoke_outline(seen: View) -> Outline:
    """The shoulders of the shirt, from one to the other over the root of the neck."""
    joints, thorax = seen.posture.joints, seen.posture.frames["thorax"]
    left, right = joints["shoulder_l"], joints["shoulder_r"]
    neck = add(joints["mid"], apply(thorax, body.NECK_FROM_MID))
    lower = scale(thorax[2], -0.002)
    stations: tuple[tuple[Vector, tuple[float, float]], ...] = (
        (left, body.YOKE_AT_SHOULDER),
        (add(between(left, neck, 0.5), lower), body.YOKE_AT_NECK),
        (add(between(right, neck, 0.5), lower), body.YOKE_AT_NECK),
        (right, body.YOKE_AT_SHOULDER),
    )
    (fx, fy), _, (ux, uy) = seen.axes["thorax"]
    discs = [
        Disc(seen.camera.project(centre), (fx * deep, fy * deep), (ux * high, uy * high), (deep + high) / 2)
        for centre, (deep, high) in stations
    ]
    return shapes.tube(discs, (body.YOKE_CAP, body.YOKE_CAP), round_caps=False)


def head_parts(seen: View) -> dict[str, Part]:
    frame, origin, camera = seen.posture.frames["head"], seen.posture.joints["head"], seen.camera
    upward = seen.axes["head"][2]

    def ball(sphere: body.Sphere) -> tuple[Point, float]:
        return (camera.project(add(origin, apply(frame, sphere.centre))), sphere.radius)

    ears = [mirrored(body.EAR, sign) for _, sign in body.SIDES]
    ear = max(ears, key=lambda piece: shapes.facing(piece, frame, camera))
    return {
        "head": Part((shapes.hull([ball(sphere) for sphere in body.HEAD], upward, HULL_POINTS["head"]),)),
        "hair": Part((shapes.hood(body.HAIR, origin, frame, camera, 7, 6),)),
        "bun": Part((shapes.hull([ball(body.BUN)], upward, HULL_POINTS["bun"]),)),
        "ear": Part((shapes.patch(ear, origin, frame, camera, 8),), shapes.facing(ear, frame, camera)),
    }


def mirrored(piece: body.Cap, sign: int) -> body.Cap:
    """The piece on the side of that sign."""
    x, y, z = piece.axis
    return piece._replace(axis=(x, y * sign, z))


# --- Muscles --------------------------------------------------------------------------------------------------------
def muscle_part(seen: View, muscle: str) -> Part:
    """The patch of a muscle of body.MUSCLES."""
    name, side = split_muscle(muscle)
    sign = -1 if side == "r" else 1
    if name in body.PELVIS_MUSCLES:
        piece = mirrored(body.PELVIS_MUSCLES[name], sign)
        pelvis, joint = seen.posture.frames["pelvis"], seen.posture.joints["pelvis"]
        outline = shapes.patch(piece, joint, pelvis, seen.camera, 14)
        return Part((outline,), shapes.facing(piece, pelvis, seen.camera))
    if name in body.TRUNK_MUSCLES:
        outline = shapes.tube(trunk_discs(seen, body.TRUNK_MUSCLES[name], sign), (0.9, 0.9), round_caps=False)
        return Part((outline,), patch_facing(seen, name, "lumbar", sign))
    limb = body.LIMB_MUSCLES[name]
    outline = shapes.tube(limb_discs(seen, limb, side, sign), (0.9, 0.9), round_caps=False)
    return Part((outline,), patch_facing(seen, name, f"{limb.frame}_{side}", sign))


def split_muscle(muscle: str) -> tuple[str, str]:
    """("calf", "l") of "calf_l"; a muscle without a side has ""."""
    return (muscle[:-2], muscle[-1]) if muscle[-2:] in ("_l", "_r") else (muscle, "")


def patch_facing(seen: View, name: str, frame: str, sign: int) -> float:
    x, y, z = body.MUSCLES_LOOK[name]
    toward = seen.camera.looking_from(seen.posture.frames[frame])
    # Seen along the bone, a patch shows as much as from its best side.
    return dot(unit((toward[0], toward[1], 0.0)), (x, y * sign, z))


# --- Around the body ------------------------------------------------------------------------------------------------
def shadow(seen: View) -> Outline:
    """A soft ellipse on the floor below what is near it."""
    joints = seen.posture.joints
    low = [joints["pelvis"], *(joints[name] for name in SHADOW_JOINTS if joints[name][2] < SHADOW_BELOW)]
    xs, ys = [x for x, _, _ in low], [y for _, y, _ in low]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    radii = ((max(xs) - min(xs)) / 2 + SHADOW_MARGIN, (max(ys) - min(ys)) / 2 + SHADOW_MARGIN)
    return floor_ellipse(seen.camera, middle, radii, 12)


def floor_ellipse(camera: Camera, middle: Point, radii: Point, count: int, *, height: float = 0.0) -> Outline:
    angles = [2 * pi * i / count for i in range(count)]
    return [
        camera.project((middle[0] + radii[0] * cos(angle), middle[1] + radii[1] * sin(angle), height))
        for angle in angles
    ]


class Face(NamedTuple):
    """One visible side of a thing in the room: its colour, its corners, and whether it hides the figure."""

    colour: str
    corners: Outline
    front: bool
    is_mat: bool


def prop_faces(props: Sequence[Mapping[str, Any]], camera: Camera) -> list[Face]:
    """The visible faces of the props of checked pose data, in drawing order."""
    faces: list[Face] = []
    for prop in props:
        if prop["type"] == "pole":
            faces.append(pole_face(prop, camera))
        elif prop["type"] in body.BOX_SIZES:
            faces += box_faces(prop, camera)
    return faces


def pole_face(prop: Mapping[str, Any], camera: Camera) -> Face:
    x, y = prop["at"][:2]
    (x0, y0), (x1, y1) = camera.project((x, y, 0.0)), camera.project((x, y, prop.get("h", body.POLE_HEIGHT)))
    r = body.POLE_RADIUS
    corners = [(x0 - r, y0), (x0 + r, y0), (x1 + r, y1), (x1 - r, y1)]
    return Face("prop-side", corners, bool(prop.get("front")), False)


def box_faces(prop: Mapping[str, Any], camera: Camera) -> list[Face]:
    kind = prop["type"]
    x, y, z = prop.get("at", (0, 0, 0))
    long, wide, high = prop.get("size", body.BOX_SIZES[kind])
    turned = about_z(prop.get("yaw", 0))
    # A mat's place is that of its top; the others stand on theirs.
    top = z if kind == "mat" else z + high

    def corner(i: int, j: int, up: bool) -> Vector:
        return add((x, y, 0.0), add(apply(turned, (i * long / 2, j * wide / 2, 0.0)), (0, 0, top - high * (not up))))

    sides: tuple[tuple[str, Vector, tuple[tuple[int, int], tuple[int, int]]], ...] = (
        ("side", (0, -1, 0), ((-1, -1), (1, -1))),
        ("side", (0, 1, 0), ((1, 1), (-1, 1))),
        ("end", (1, 0, 0), ((1, -1), (1, 1))),
        ("end", (-1, 0, 0), ((-1, 1), (-1, -1))),
    )
    colours = {"top": "mat", "side": "mat-side", "end": "mat-side"} if kind == "mat" else PROP_COLOURS
    faces = []
    for which, normal, (a, b) in sides:
        if camera.depth(apply(turned, normal)) > 1e-3:
            faces.append((which, [corner(*a, False), corner(*b, False), corner(*b, True), corner(*a, True)]))
    if camera.toward[2] > 1e-3:
        faces.append(("top", [corner(i, j, True) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]))
    front = bool(prop.get("front"))
    return [Face(colours[which], [camera.project(v) for v in box], front, kind == "mat") for which, box in faces]


PROP_COLOURS = {"top": "prop-top", "side": "prop-side", "end": "prop"}
