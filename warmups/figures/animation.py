"""The moving picture: the whole loop on one card."""

from collections.abc import Sequence

from . import markup, smil
from .composition import HEIGHT, WIDTH, Box, Layout, extent, fit, with_mat
from .figure import SAMPLES, Figure
from .markup import kind_of
from .shapes import Outline

CARD = Box(0, 0, WIDTH, HEIGHT)
# Parts that move as one piece, so that they may share one moving group.
PIECES = {"head": "head", "hair": "head", "bun": "head", "ear": "head", "shoe": "foot", "sole": "foot"}
# These change their shape even where a stretched copy would come close.
ALWAYS_REDRAWN = ("shadow", "band")

# The first that stays within the budget is taken; few figures with long, twisting movements need another.
ACCURACIES = (
    smil.Accuracy(3.0, 1.2, 1.8),
    smil.Accuracy(3.6, 1.5, 2.6),
    smil.Accuracy(4.5, 2.0, 3.6),
    smil.Accuracy(6.0, 2.8, 5.0),
    smil.Accuracy(7.5, 3.5, 6.5),
)
# Characters before the colours are put in, which takes some 2,500 more.
BUDGET = 57_000


def animated_markup(figure: Figure) -> str:
    """Everything on the card, with colour tokens."""
    layout = loop_layout(figure)
    order, far = figure.composition
    seen = [name for name in order if markup.is_seen(name, [moment[name] for moment in figure.moments])]
    # The end of the loop is its start, in the values as well.
    loop = [*figure.moments, figure.moments[0]]
    placed = {
        name: [[layout.place(outline) for outline in m[name].outlines] for m in loop] for name in ["shadow", *seen]
    }
    floor = markup.floor(figure, layout, CARD)
    behind, before = markup.setting(figure, layout)
    drawn = ""
    for accuracy in ACCURACIES:
        timing = smil.Timing(figure.clip.period, SAMPLES, accuracy)
        shadow = "" if figure.has_mat else piece_markup(["shadow"], placed, far, timing)
        body = "".join(piece_markup(piece, placed, far, timing) for piece in pieces(seen))
        drawn = f"{floor}{markup.GROUP}{shadow}{behind}{body}{before}</g>"
        if len(drawn) <= BUDGET:
            break
    return drawn


def loop_layout(figure: Figure) -> Layout:
    """One place on the card for the whole loop."""
    box = extent(figure.moments, figure.faces)
    return fit(box, with_mat(box, figure.faces))


def pieces(names: Sequence[str]) -> list[list[str]]:
    """The parts in their order, with neighbours that move as one piece together."""
    found: list[tuple[str, list[str]]] = []
    for name in names:
        kind = kind_of(name)
        piece = PIECES.get(kind, kind) + name[len(kind) :]
        if found and found[-1][0] == piece:
            found[-1][1].append(name)
        else:
            found.append((piece, [name]))
    return [members for _, members in found]


def piece_markup(
    names: Sequence[str], placed: dict[str, list[list[Outline]]], far: frozenset[str], timing: smil.Timing
) -> str:
    """One piece: standing still, moving as a group, its parts one by one, or redrawn."""
    steps = range(timing.steps + 1)
    samples = [[point for name in names for outline in placed[name][i] for point in outline] for i in steps]
    if not smil.moves(samples):
        return "".join(markup.drawn_still(name, placed[name][0], far) for name in names)
    group = None if names[0].split(":")[0] in ALWAYS_REDRAWN else smil.find_group(samples, timing.accuracy.group)
    if group is None and len(names) > 1:
        return "".join(piece_markup([name], placed, far, timing) for name in names)
    if group is None:
        return redrawn(names[0], placed[names[0]], far, timing)
    content = "".join(
        markup.drawn_still(name, [group.local(outline) for outline in placed[name][group.reference]], far)
        for name in names
    )
    return smil.animated_group(group, content, timing)


def redrawn(name: str, moments: list[list[Outline]], far: frozenset[str], timing: smil.Timing) -> str:
    """A part whose outline itself is animated."""
    series = [[value for outline in outlines for point in outline for value in point] for outlines in moments]
    kept = smil.needed(series, timing.accuracy.shape_steps)
    lines = ""
    if markup.has_side_lines(name):
        values = [markup.side_lines(name, moments[i]) for i in kept]
        lines = markup.lines_element(values[0], smil.animated_shape(values, kept, timing))
    values = [markup.path_data(name, moments[i]) for i in kept]
    return lines + markup.part_element(name, values[0], far, smil.animated_shape(values, kept, timing))


def moment_markup(figure: Figure, seconds: float) -> str:
    """One moment of the loop as it looks on the card, with colour tokens: for contact sheets."""
    layout = loop_layout(figure)
    return markup.card() + markup.floor(figure, layout, CARD) + scene(figure, seconds, layout)


def scene(figure: Figure, seconds: float, layout: Layout) -> str:
    """The figure at one moment with its shadow and props."""
    order, far = figure.composition
    parts = figure.parts_of(figure.posture_at(seconds))

    def drawn(name: str) -> str:
        return markup.drawn_still(name, [layout.place(outline) for outline in parts[name].outlines], far)

    shadow = "" if figure.has_mat else drawn("shadow")
    body = "".join(drawn(name) for name in order if markup.is_seen(name, [parts[name]]))
    behind, before = markup.setting(figure, layout)
    return f"{markup.GROUP}{shadow}{behind}{body}{before}</g>"
