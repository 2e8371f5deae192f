"""Vectors and rotations in space, as plain tuples: a figure needs some hundred thousand of them."""

from math import cos, radians, sin, sqrt
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Vector: TypeAlias = tuple[float, float, float]
# Three columns: where the rotation takes x, y and z.
Matrix: TypeAlias = tuple[Vector, Vector, Vector]

ORIGIN: Vector = (0.0, 0.0, 0.0)
FORWARD: Vector = (1.0, 0.0, 0.0)
LEFT: Vector = (0.0, 1.0, 0.0)
UP: Vector = (0.0, 0.0, 1.0)
DOWN: Vector = (0.0, 0.0, -1.0)
UPRIGHT: Matrix = (FORWARD, LEFT, UP)


def add(a: Vector, b: Vector) -> Vector:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def subtract(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def scale(a: Vector, factor: float) -> Vector:
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a: Vector) -> float:
    return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def distance(a: Vector, b: Vector) -> float:
    return length(subtract(a, b))


def unit(a: Vector) -> Vector:
    """The direction of a; a vector without length stays nothing instead of failing."""
    size = length(a)
    return (a[0] / size, a[1] / size, a[2] / size) if size > 1e-12 else ORIGIN


def across(a: Vector, axis: Vector) -> Vector:
    """What is left of a when its share along axis (a unit vector) is taken away."""
    along = dot(a, axis)
    return (a[0] - axis[0] * along, a[1] - axis[1] * along, a[2] - axis[2] * along)


def between(a: Vector, b: Vector, share: float) -> Vector:
    """The point between a (share 0) and b (share 1)."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def apply(m: Matrix, v: Vector) -> Vector:
    (a, b, c), (d, e, f), (g, h, i) = m
    x, y, z = v
    return (a * x + d * y + g * z, b * x + e * y + h * z, c * x + f * y + i * z)


def product(*matrices: Matrix) -> Matrix:
    """The rotations one inside the other: the last is done first."""
    result = matrices[0]
    for matrix in matrices[1:]:
        result = (apply(result, matrix[0]), apply(result, matrix[1]), apply(result, matrix[2]))
    return result


def transposed(m: Matrix) -> Matrix:
    """The inverse of a rotation."""
    (a, b, c), (d, e, f), (g, h, i) = m
    return ((a, d, g), (b, e, h), (c, f, i))


def about_x(degrees: float) -> Matrix:
    angle = radians(degrees)
    c, s = cos(angle), sin(angle)
    return (FORWARD, (0.0, c, s), (0.0, -s, c))


def about_y(degrees: float) -> Matrix:
    angle = radians(degrees)
    c, s = cos(angle), sin(angle)
    return ((c, 0.0, -s), LEFT, (s, 0.0, c))


def about_z(degrees: float) -> Matrix:
    angle = radians(degrees)
    c, s = cos(angle), sin(angle)
    return ((c, s, 0.0), (-s, c, 0.0), UP)
