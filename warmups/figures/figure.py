"""A figure in motion: one exercise's checked pose data, solved over its whole loop and seen by its camera."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from . import body
from .camera import Camera
from .clip import make_clip
from .composition import Composition, compose
from .parts import Face, Part, parts, prop_faces
from .skeleton import Pin, Posture, solve

# Moments of the loop that are solved and drawn; at 2 to 8 seconds this is finer than a film.
SAMPLES = 96
DEFAULT_CAMERA = {"az": -90, "el": 8}


class Figure:
    """Works out each thing when it is first asked for: a still never needs the shapes of the whole loop."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.clip = make_clip(data)
        self.base = str(data.get("base", "stand"))
        pin = data.get("pin")
        self.pin = Pin(pin["point"], tuple(pin.get("at", (0, 0, 0)))) if pin else None
        camera = DEFAULT_CAMERA | dict(data.get("camera", {}))
        self.camera = Camera(camera["az"], camera["el"])
        self.muscles: Sequence[str] = list(dict.fromkeys(data.get("work", [])))
        self.props: Sequence[Mapping[str, Any]] = data.get("props", [])
        self.bands = [body.BANDS[prop.get("where", "thigh")] for prop in self.props if prop["type"] == "band"]

    def posture_at(self, seconds: float) -> Posture:
        return solve(self.clip.pose_at(seconds), base=self.base, pin=self.pin)

    def parts_of(self, posture: Posture) -> dict[str, Part]:
        return parts(posture, self.camera, muscles=self.muscles, bands=self.bands)

    def seconds(self, sample: int) -> float:
        return self.clip.period * sample / SAMPLES

    @cached_property
    def postures(self) -> list[Posture]:
        """The loop in even steps; the end, which is the start again, isn't repeated."""
        return [self.posture_at(self.seconds(sample)) for sample in range(SAMPLES)]

    @cached_property
    def moments(self) -> list[dict[str, Part]]:
        return [self.parts_of(posture) for posture in self.postures]

    @cached_property
    def composition(self) -> Composition:
        return compose(self.postures, self.camera, self.data, muscles=self.muscles, bands=len(self.bands))

    @cached_property
    def faces(self) -> list[Face]:
        return prop_faces(self.props, self.camera)

    @property
    def has_mat(self) -> bool:
        return any(prop["type"] == "mat" for prop in self.props)

    @property
    def middle(self) -> tuple[float, float]:
        """Where the pelvis is over the loop, on the floor."""
        places = [posture.joints["pelvis"] for posture in self.postures]
        return sum(x for x, _, _ in places) / len(places), sum(y for _, y, _ in places) / len(places)
