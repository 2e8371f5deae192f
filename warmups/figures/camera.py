"""The camera: from the world to the picture.

Azimuth turns around z (0 looks at the figure's front, -90 at its right side, 180 at its back), elevation looks down.
The picture is in units of body height, x to the right, y down.
"""

from math import cos, radians, sin

from .vectors import UP, Matrix, Point, Vector, cross, dot, scale, unit

# From how many body heights away the figure is seen: a slight perspective.
DISTANCE = 7.0


class Camera:
    __slots__ = ("down", "right", "toward")

    def __init__(self, azimuth: float, elevation: float) -> None:
        a, e = radians(azimuth), radians(elevation)
        self.toward: Vector = (cos(e) * cos(a), cos(e) * sin(a), sin(e))
        self.right: Vector = unit(cross(UP, self.toward))
        self.down: Vector = scale(cross(self.toward, self.right), -1)

    def project(self, v: Vector) -> Point:
        """Where a point of the world lies in the picture."""
        x, y, z = v
        (a, b, c), (d, e, f), (g, h, i) = self.toward, self.right, self.down
        nearer = DISTANCE / (DISTANCE - (a * x + b * y + c * z))
        return ((d * x + e * y + f * z) * nearer, (g * x + h * y + i * z) * nearer)

    def direction(self, v: Vector) -> Point:
        """How a direction (or the axis of an ellipse) looks, without perspective."""
        return (dot(v, self.right), dot(v, self.down))

    def depth(self, v: Vector) -> float:
        """How near a point is, in H towards the camera; for a unit vector: how much it looks at us."""
        return dot(v, self.toward)

    def looking_from(self, frame: Matrix) -> Vector:
        """The direction towards the camera, as seen from within a frame."""
        return (dot(frame[0], self.toward), dot(frame[1], self.toward), dot(frame[2], self.toward))
