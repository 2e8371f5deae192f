"""Outlines of round things in the picture: tubes, hulls of spheres, pieces of an ellipsoid's surface.

Every function returns a closed outline with the same number of points whatever the view, and the same point stays at
the same place of the body, so that outlines of different moments can be blended into each other.
"""

from collections.abc import Callable, Sequence
from math import acos, atan2, cos, hypot, pi, radians, sin
from typing import NamedTuple, TypeAlias

from . import body
from .camera import Camera
from .vectors import (
    FORWARD,
    LEFT,
    UP,
    Matrix,
    Point,
    Vector,
    across,
    add,
    apply,
    cross,
    dot,
    length,
    scale,
    unit,
)

Outline: TypeAlias = list[Point]

# How much of a tube's overall direction goes into each of its local ones: keeps foreshortened tubes from twisting.
OVERALL_DIRECTION = 0.35
ROUND_CAP = tuple((cos(radians(angle)), sin(radians(angle))) for angle in (45, 0, -45))
PLAIN_CAP = ((1.0, 0.0),)


class Disc(NamedTuple):
    """One station of a tube as it looks: its centre, the half axes of its ellipse, the mean of their true lengths."""

    centre: Point
    side: Point
    front: Point
    radius: float


def farthest_on_ellipse(side: Point, front: Point, direction: Point) -> Point:
    """The point of an ellipse around (0, 0) that lies farthest in a direction: its support point."""
    a = side[0] * direction[0] + side[1] * direction[1]
    b = front[0] * direction[0] + front[1] * direction[1]
    size = hypot(a, b) or 1e-9
    return ((side[0] * a + front[0] * b) / size, (side[1] * a + front[1] * b) / size)


def tube(discs: Sequence[Disc], caps: tuple[float, float] = (1.0, 1.0), *, round_caps: bool = True) -> Outline:
    """A tube through its stations: down the left side, around the end, back on the right side, around the start."""
    directions = tube_directions([disc.centre for disc in discs])
    left: Outline = []
    right: Outline = []
    for (centre, side, front, _), (dx, dy) in zip(discs, directions, strict=True):
        x, y = farthest_on_ellipse(side, front, (dy, -dx))
        left.append((centre[0] + x, centre[1] + y))
        right.append((centre[0] - x, centre[1] - y))
    angles = ROUND_CAP if round_caps else PLAIN_CAP
    end = cap(discs[-1], directions[-1], 1, caps[1], angles)
    start = cap(discs[0], directions[0], -1, caps[0], angles)
    return [*left, *end, *reversed(right), *start]


def tube_directions(centres: Sequence[Point]) -> list[Point]:
    last = len(centres) - 1
    overall_x, overall_y = centres[last][0] - centres[0][0], centres[last][1] - centres[0][1]
    size = hypot(overall_x, overall_y)
    overall_x, overall_y = (overall_x / size, overall_y / size) if size > 1e-6 else (1.0, 0.0)
    directions = []
    for i in range(last + 1):
        before, after = centres[max(0, i - 1)], centres[min(last, i + 1)]
        x, y = after[0] - before[0], after[1] - before[1]
        local = (1 - OVERALL_DIRECTION) / (hypot(x, y) or 1.0)
        x, y = x * local + overall_x * OVERALL_DIRECTION, y * local + overall_y * OVERALL_DIRECTION
        size = hypot(x, y) or 1.0
        directions.append((x / size, y / size))
    return directions


def cap(disc: Disc, direction: Point, sign: int, roundness: float, angles: Sequence[Point]) -> Outline:
    """The round end of a tube, as wide as the tube and `roundness` times its radius long."""
    if not roundness:
        return []
    dx, dy = direction
    half_width = hypot(*farthest_on_ellipse(disc.side, disc.front, (dy, -dx)))
    points = []
    for cosine, sine in angles:
        along, beside = sign * cosine * disc.radius * roundness, sign * sine * half_width
        points.append((disc.centre[0] + dx * along + dy * beside, disc.centre[1] + dy * along - dx * beside))
    return points


def hull(spheres: Sequence[tuple[Point, float]], axis: Point, count: int) -> Outline:
    """The convex outline around discs (centre, radius): its farthest points in `count` directions, from the axis on."""
    start = atan2(axis[1], axis[0])
    outline = []
    for i in range(count):
        angle = start + 2 * pi * i / count
        x, y = cos(angle), sin(angle)
        (cx, cy), radius = max(spheres, key=lambda sphere: sphere[0][0] * x + sphere[0][1] * y + sphere[1])
        outline.append((cx + x * radius, cy + y * radius))
    return outline


def hull_of_ellipses(discs: Sequence[Disc], axis: Point, count: int) -> Outline:
    """The convex outline around ellipses, such as a band around two limbs."""
    start = atan2(axis[1], axis[0])
    outline = []
    for i in range(count):
        angle = start + 2 * pi * (i + 0.5) / count
        direction = (cos(angle), sin(angle))
        best, best_reach = (0.0, 0.0), float("-inf")
        for disc in discs:
            x, y = farthest_on_ellipse(disc.side, disc.front, direction)
            x, y = disc.centre[0] + x, disc.centre[1] + y
            reach = x * direction[0] + y * direction[1]
            if reach > best_reach:
                best, best_reach = (x, y), reach
        outline.append(best)
    return outline


# --- Pieces of an ellipsoid -----------------------------------------------------------------------------------------
class Seen(NamedTuple):
    """An ellipsoid stretched into a unit ball: where its points lie in the picture, from where the ball is seen."""

    picture: Callable[[Vector], Point]
    toward: Vector


def seen(piece: body.Cap, origin: Vector, frame: Matrix, camera: Camera) -> Seen:
    width, depth, height = piece.axes
    centre = add(origin, apply(frame, piece.centre))
    x, y, z = camera.looking_from(frame)

    def picture(s: Vector) -> Point:
        return camera.project(add(centre, apply(frame, (s[0] * width, s[1] * depth, s[2] * height))))

    return Seen(picture, unit((x * width, y * depth, z * height)))


def facing(piece: body.Cap, frame: Matrix, camera: Camera) -> float:
    """How much the piece looks at us: 1 straight at us, 0 from the side, -1 away."""
    x, y, z = camera.looking_from(frame)
    width, depth, height = piece.axes
    return dot(unit(piece.axis), unit((x * width, y * depth, z * height)))


def patch(piece: body.Cap, origin: Vector, frame: Matrix, camera: Camera, count: int) -> Outline:
    """The visible part of a small piece (half angles below 65): its rim, cut where it passes behind the silhouette."""
    picture, toward = seen(piece, origin, frame, camera)
    axis = unit(piece.axis)
    u = unit(cross(axis, UP if abs(axis[2]) < 0.9 else FORWARD))
    v = cross(axis, u)
    looks = dot(axis, toward)
    first, second = piece.half_angles
    outline = []
    for i in range(count):
        cosine, sine = cos(2 * pi * i / count), sin(2 * pi * i / count)
        outward = add(scale(u, cosine), scale(v, sine))
        angle = radians(hypot(first * cosine, second * sine))
        spot = on_ball(axis, outward, angle)
        behind = dot(spot, toward)
        if behind < 0:
            if looks > 0:  # stop where the way from the axis outward crosses the silhouette
                spot = on_ball(axis, outward, atan2(looks, -dot(outward, toward)))
            else:
                spot = unit(across(spot, toward))
        outline.append(picture(spot))
    return outline


def on_ball(axis: Vector, outward: Vector, angle: float) -> Vector:
    """The point of the unit ball at an angle (radians) from an axis, in a direction across it."""
    return add(scale(axis, cos(angle)), scale(outward, sin(angle)))


def hood(piece: body.Cap, origin: Vector, frame: Matrix, camera: Camera, outer: int, inner: int) -> Outline:
    """A large piece such as hair: the arc of the silhouette inside it, then the visible arc of its rim."""
    picture, toward = seen(piece, origin, frame, camera)
    axis = unit(piece.axis)
    angle = radians(piece.half_angles[0])
    looks = dot(axis, toward)
    aside = across(axis, toward)
    tilt = length(aside)
    e1 = unit(aside) if tilt > 1e-6 else unit(cross(toward, UP))
    e2 = cross(toward, e1)
    half_outer = acos(clamped(cos(angle) / max(tilt, 1e-6)))
    outer_arc = [
        add(scale(e1, cos(t)), scale(e2, sin(t)))
        for t in (half_outer * (2 * i / (outer - 1) - 1) for i in range(outer))
    ]
    # The rim starts where it looks most towards us.
    towards_us = across(toward, axis)
    b1 = unit(towards_us) if length(towards_us) > 1e-6 else unit(cross(axis, LEFT))
    b2 = cross(axis, b1)
    half_inner = acos(clamped(-cos(angle) * looks / max(sin(angle) * tilt, 1e-6)))
    if dot(b2, e2) < 0:
        b2 = scale(b2, -1)
    inner_arc = [
        on_ball(axis, add(scale(b1, cos(t)), scale(b2, sin(t))), angle)
        for t in (half_inner * (1 - 2 * (i + 1) / (inner + 1)) for i in range(inner))
    ]
    return [picture(spot) for spot in outer_arc + inner_arc]


def clamped(cosine: float) -> float:
    return max(-1.0, min(1.0, cosine))
