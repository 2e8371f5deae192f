"""The body map: muscles lit on a standing person, as geometry for templates/components/body_map.html."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from warmups.body_shapes import ARM, BODY, DEEP, EDGES, GROUPS, HAIR, HEIGHT, MIRRORED, PLAIN, REGIONS
from warmups.models import Muscle

VIEWS: dict[str, str | Promise] = {
    "side": gettext_lazy("Side"),
    "back": gettext_lazy("Back"),
    "front": gettext_lazy("Front"),
}
SCALE = 2  # units of the SVG for one of the drawing: fine enough for whole numbers

Point = tuple[int, int, bool]  # x and y in units of the SVG, whether it is a corner


@dataclass(frozen=True)
class Region:
    """All that a view shows of one muscle: an SVG path, how it is lit, whether other muscles lie over it.

    light: primary, secondary, or "" for not. url: where it leads; empty where the map is a picture only.
    """

    muscle: str
    name: str
    url: str
    path: str
    light: str
    deep: bool


@dataclass(frozen=True)
class View:
    """The person from one side. `body`, `hair`, `arm` (over the trunk, may be empty) and `lines` are SVG paths."""

    key: str
    name: str | Promise
    view_box: str
    body: str
    hair: str
    arm: str
    lines: str
    regions: list[Region]


@dataclass(frozen=True)
class BodyMap:
    """The views to show, the muscles that are lit (for the list beside the picture), and the picture in words."""

    views: list[View]
    primary: list[Muscle]
    secondary: list[Muscle]
    description: str
    any_deep: bool
    linked: bool


def body_map(*, primary: Sequence[str] = (), secondary: Sequence[str] = (), every_view: bool = False) -> BodyMap:
    """Light the muscles of `primary` strongly, those of `secondary` lightly (slugs; a group lights all its muscles).

    Shows the views in which something is lit, or all with `every_view`. A muscle that the drawing does not have is
    only named. One query, for the names.
    """
    rows = {row.slug: row for row in Muscle.objects.filter(slug__in=[*primary, *secondary])}
    mainly = [rows[slug] for slug in primary if slug in rows]
    besides = [rows[slug] for slug in secondary if slug in rows and slug not in primary]
    return drawn_map(mainly, besides, every_view=every_view)


def drawn_map(mainly: Sequence[Muscle], besides: Sequence[Muscle] = (), *, every_view: bool = False) -> BodyMap:
    """What `body_map` says, of muscles that are at hand already; none of them may be in both lists."""
    lights = dict.fromkeys(drawn(row.slug for row in besides), "secondary")
    lights |= dict.fromkeys(drawn(row.slug for row in mainly), "primary")
    views = []
    for key in VIEWS:
        regions = [_region(key, slug, light=light) for slug, light in lights.items() if key in REGIONS[slug]]
        if regions or every_view:
            views.append(_view(key, regions, lines=_surface(key)))
    return BodyMap(
        views=views,
        primary=list(mainly),
        secondary=list(besides),
        description=_description(views, mainly, besides),
        any_deep=any(region.deep for view in views for region in view.regions),
        linked=False,
    )


def linked_body_map(muscles: Iterable[Muscle], *, primary: Sequence[str] = (), deep: bool = False) -> BodyMap:
    """All views with each of `muscles` as a link to its page: those that one can touch, or the `deep` ones."""
    rows = {row.slug: row for row in muscles if row.slug in REGIONS and (row.slug in DEEP) == deep}
    lit = drawn(primary)
    views = []
    for key in VIEWS:
        # Small ones over large ones, so that each can be pressed.
        shown = [slug for slug in sorted(rows, key=lambda slug: -_extent(slug, key)) if key in REGIONS[slug]]
        regions = [_region(key, slug, light="primary" if slug in lit else "", muscle=rows[slug]) for slug in shown]
        views.append(_view(key, regions, lines=_surface(key) if deep else PLAIN[key]))
    return BodyMap(views=views, primary=[], secondary=[], description="", any_deep=deep, linked=True)


def outline(key: str) -> View:
    """The person from one side with no muscle on them."""
    return _view(key, [], lines=PLAIN[key])


def drawn(slugs: Iterable[str]) -> list[str]:
    """The regions that show these muscles: their own, and for a group those of its muscles."""
    wanted = [part for slug in slugs for part in (slug, *GROUPS.get(slug, ()))]
    return [slug for slug in dict.fromkeys(wanted) if slug in REGIONS]


def members(group: str) -> Sequence[str]:
    """The muscles of a group that have pages of their own (slugs)."""
    return GROUPS.get(group, ())


def groups_of(muscle: str) -> list[str]:
    """The groups that a muscle belongs to (slugs)."""
    return [group for group, slugs in GROUPS.items() if muscle in slugs]


def _description(views: Collection[View], mainly: Collection[Muscle], besides: Collection[Muscle]) -> str:
    """What one sees, for people who don't."""
    seen = get_text_list([str(view.name).lower() for view in views], _("and"))
    sentences = [_("A person from the %(views)s.") % {"views": seen}] if views else []
    if mainly:
        sentences.append(_("Lit strongly: %(muscles)s.") % {"muscles": ", ".join(row.name for row in mainly)})
    if besides:
        sentences.append(_("Lit lightly: %(muscles)s.") % {"muscles": ", ".join(row.name for row in besides)})
    return " ".join(sentences)


# --- Geometry --------------------------------------------------------------------------------------------------------


def _view(key: str, regions: list[Region], *, lines: Sequence[str]) -> View:
    left, width = EDGES[key]
    return View(
        key=key,
        name=VIEWS[key],
        view_box=f"{left * SCALE} 0 {width * SCALE} {HEIGHT * SCALE}",
        body=_path(key, BODY[key]),
        hair=_path(key, *HAIR[key]),
        arm=_path(key, ARM) if key == "side" else "",
        lines=_path(key, *lines),
        regions=sorted(regions, key=lambda region: (region.deep, region.light == "primary")),
    )


def _region(view: str, slug: str, *, light: str, muscle: Muscle | None = None) -> Region:
    return Region(
        muscle=slug,
        name=muscle.name if muscle else "",
        url=muscle.get_absolute_url() if muscle else "",
        path=_path(view, *REGIONS[slug][view]),
        light=light,
        deep=slug in DEEP,
    )


def _surface(view: str) -> list[str]:
    """What shows faintly: the muscles that one can touch, and what only helps to find one's way."""
    touched = [outline for slug, views in REGIONS.items() if slug not in DEEP for outline in views.get(view, ())]
    return [*PLAIN[view], *touched]


def _extent(slug: str, view: str) -> int:
    """How large a muscle is in a view, roughly: the area of the box around each outline."""
    boxes = [list(zip(*_points(outline), strict=True)) for outline in REGIONS[slug].get(view, ())]
    return sum((max(xs) - min(xs)) * (max(ys) - min(ys)) for xs, ys, _corners in boxes)


@cache
def _path(view: str, *outlines: str) -> str:
    """Outlines as one SVG path; in views with a middle line with their mirror image."""
    parts = []
    for outline in outlines:
        points = _points(outline)
        if view not in MIRRORED:
            parts.append(_curve(points))
        elif points[0][0] == points[-1][0] == 0:  # from the middle line to the middle line: one shape with its image
            parts.append(_curve([*points, *_mirrored(points[-2:0:-1])]))
        else:
            parts += [_curve(points), _curve(_mirrored(points))]
    return "".join(parts)


@cache
def _points(outline: str) -> list[Point]:
    """The points that an outline of warmups/body_shapes.py writes down."""
    points = []
    for word in outline.split():
        x, y = word.removesuffix("!").split(",")
        points.append((round(float(x) * SCALE), round(float(y) * SCALE), word.endswith("!")))
    return points


def _mirrored(points: Iterable[Point]) -> list[Point]:
    return [(-x, y, corner) for x, y, corner in points]


def _curve(points: Sequence[Point]) -> str:
    """A closed smooth curve through points (Catmull and Rom's), written as short as SVG allows."""
    count = len(points)

    def handle(index: int) -> tuple[int, int]:
        """From a point to its Bézier handle after it; the one before it is opposite."""
        if points[index % count][2]:
            return 0, 0
        (ax, ay, _before), (bx, by, _after) = points[(index - 1) % count], points[(index + 1) % count]
        return round((bx - ax) / 6), round((by - ay) / 6)

    out = f"M{_numbers(*points[0][:2])}"
    for index in range(count):
        (x, y, _corner), (to_x, to_y, _next) = points[index], points[(index + 1) % count]
        out_x, out_y = handle(index)
        in_x, in_y = handle(index + 1)
        end = (to_x - x - in_x, to_y - y - in_y, to_x - x, to_y - y)
        # `s` mirrors the handle before, of which the first point has none.
        out += f"c{_numbers(out_x, out_y, *end)}" if index == 0 else f"s{_numbers(*end)}"
    return f"{out}Z"


def _numbers(*values: int) -> str:
    """Numbers as short as SVG reads them."""
    return " ".join(map(str, values)).replace(" -", "-")
