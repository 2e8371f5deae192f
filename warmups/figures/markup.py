"""How each part is painted: its colour token, its edge, and its path data."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .composition import EDGE, HEIGHT, WIDTH, Box, Layout, nudge
from .figure import Figure
from .parts import Face, Part, floor_ellipse
from .paths import closed_curve, open_curve, polygon
from .shapes import Outline
from .themes import PALETTES, token

CORNER = 28
FLOOR_RADIUS = 0.62
FLOOR_MARGIN = 22
# The floor lies below a mat by the mat's thickness.
FLOOR_UNDER_MAT = -0.016
# A patch that looks away from us by more than this isn't seen.
AWAY = -0.35
EAR_SHOWS = 0.35

# What all parts share, written once around them. The halo, a line in the card's colour behind each fill, parts equal
# colours from one another and gives the patches their contrast.
GROUP = '<g stroke-width="5" stroke-linejoin="round" paint-order="stroke">'
HALO = f' stroke="{token("card")}" stroke-opacity=".8"'


class Look(NamedTuple):
    """`edge` is "halo" all around, "sides" only along the limb (a line would cross the joint), "bright" for patches,
    "seam" in the part's own colour (rounds the corners of a polygon) or nothing."""

    colour: str
    edge: str = ""
    straight: bool = False


LOOKS = {
    "shadow": Look("shadow"),
    "thigh": Look("tights", "halo"),
    "shank": Look("tights", "sides"),
    "pelvis": Look("tights"),
    "upper": Look("skin", "halo"),
    "fore": Look("skin", "sides"),
    "hand": Look("skin", "sides"),
    "sleeve": Look("top"),
    "top": Look("top", "halo"),
    "neck": Look("skin"),
    "head": Look("skin"),
    "hair": Look("hair"),
    "bun": Look("bun"),
    "ear": Look("skin-dk"),
    # A spline would overshoot at the corners of these.
    "shoe": Look("shoe", "seam", True),
    "sole": Look("sole", "seam", True),
    "band": Look("band", "seam", True),
    "muscle": Look("accent", "bright"),
}
# How many stations each side of such a tube has; its side lines leave the first one out.
STATIONS = {"shank": 5, "fore": 4, "hand": 3}
CAP_POINTS = 3


def kind_of(name: str) -> str:
    """ "thigh" of "thigh_l", "muscle" of "muscle:calf_r"."""
    return name.split(":")[0].split("_")[0]


def colour_of(name: str, far: frozenset[str]) -> str:
    """The part's colour, in its far tint if the part is on a far side."""
    colour = LOOKS[kind_of(name)].colour
    far_tint = f"{colour}-far"
    return far_tint if name[-2:] in {f"_{side}" for side in far} and far_tint in PALETTES["light"] else colour


def is_seen(name: str, moments: Sequence[Part]) -> bool:
    """Whether a patch looks at us, on average over the moments; other parts always do."""
    facing = sum(part.facing for part in moments) / len(moments)
    if name.startswith("muscle:"):
        return facing > AWAY
    return name != "ear" or facing > EAR_SHOWS


def path_data(name: str, outlines: Iterable[Outline]) -> str:
    draw = polygon if LOOKS[kind_of(name)].straight else closed_curve
    return "".join(draw(outline) for outline in outlines)


def has_side_lines(name: str) -> bool:
    return LOOKS[kind_of(name)].edge == "sides"


def side_lines(name: str, outlines: Sequence[Outline]) -> str:
    """The two long sides of a tube as open lines."""
    count = STATIONS[kind_of(name)]
    outline = outlines[0]
    return open_curve(outline[1:count]) + open_curve(outline[count + CAP_POINTS : 2 * count + CAP_POINTS - 1])


def lines_element(data: str, content: str = "") -> str:
    return element(f'd="{data}" fill="none"{HALO}', content)


def part_element(name: str, data: str, far: frozenset[str], content: str = "") -> str:
    colour = token(colour_of(name, far))
    edge = {
        "halo": HALO,
        "bright": f' stroke="{token("card")}"',
        "seam": f' stroke="{colour}"',
    }.get(LOOKS[kind_of(name)].edge, "")
    faint = ' fill-opacity=".75"' if name == "shadow" else ""
    return element(f'd="{data}" fill="{colour}"{edge}{faint}', content)


def element(attributes: str, content: str = "") -> str:
    return f"<path {attributes}>{content}</path>" if content else f"<path {attributes}/>"


def drawn_still(name: str, outlines: Sequence[Outline], far: frozenset[str]) -> str:
    """A part that doesn't change its shape, with its side lines if it has any."""
    lines = lines_element(side_lines(name, outlines)) if has_side_lines(name) else ""
    return lines + part_element(name, path_data(name, outlines), far)


def setting(figure: Figure, layout: Layout) -> tuple[str, str]:
    """The props behind the figure and those before it."""
    behind = [face_element(face, layout) for face in figure.faces if not face.front]
    before = [face_element(face, layout) for face in figure.faces if face.front]
    return "".join(behind), "".join(before)


def face_element(face: Face, layout: Layout) -> str:
    colour = token(face.colour)
    return element(f'd="{polygon(layout.place(face.corners))}" fill="{colour}" stroke="{colour}"')


def card() -> str:
    return f'<rect width="{WIDTH}" height="{HEIGHT}" rx="{CORNER}" fill="{token("card")}"/>'


def floor(figure: Figure, layout: Layout, cell: Box) -> str:
    """The floor around the figure, within its cell."""
    middle = figure.middle
    radius = min(FLOOR_RADIUS, ((cell.right - cell.left) / 2 - FLOOR_MARGIN) / layout.scale)
    height = FLOOR_UNDER_MAT if figure.has_mat else 0.0
    outline = layout.place(floor_ellipse(figure.camera, middle, (radius, radius), 24, height=height))
    xs = [x for x, _ in outline]
    aside = nudge(min(xs), max(xs), cell.left + EDGE, cell.right - EDGE)
    return element(f'd="{closed_curve([(x + aside, y) for x, y in outline])}" fill="{token("floor")}"')
