"""How a figure is drawn: sides, themes, words, motion, what lies in front of what."""

import math
import re
from xml.etree import ElementTree

import pytest

from warmups.figures import Drawing, desc, smil
from warmups.figures.camera import Camera
from warmups.figures.composition import WIDTH, Box, Layout, nudged
from warmups.figures.paths import closed_curve, open_curve, polygon, short
from warmups.figures.shapes import Disc, tube
from warmups.figures.themes import PALETTES, contrast

from .test_checks import GOOD

TIMING = smil.Timing(2.0, 24, smil.Accuracy(3.0, 1.2, 1.8))


# --- Sides and words ------------------------------------------------------------------------------------------------
def test_the_other_side_is_the_flipped_picture(drawing_of):
    clamshell = drawing_of("clamshell")  # drawn with the left leg working
    as_drawn, left, right = (clamshell.animated(title="Clamshell", side=side) for side in (None, "left", "right"))
    flip = f'<g transform="translate({WIDTH} 0)scale(-1 1)">'
    assert [flip in file for file in (as_drawn, left, right)] == [False, False, True]
    assert clamshell.loop.count("<path") == right.count("<path")


def test_a_flipped_still_keeps_its_numbers_upright_and_in_place(drawing_of):
    def numbers(side):
        svg = drawing_of("clamshell").still(title="Clamshell", side=side)
        return re.findall(r"<circle[^>]*/><path[^>]*/>", svg)

    assert numbers("right") == numbers("left")
    assert len(numbers("right")) == 2


@pytest.mark.parametrize(
    ("data", "side", "words"),
    [
        ({"work": ["quads_l"]}, None, "Left knee up, the right arm forward."),
        ({"work": ["quads_l"]}, "left", "Left knee up, the right arm forward."),
        ({"work": ["quads_l"]}, "right", "Right knee up, the left arm forward."),
        ({"work": ["quads_r", "calf_r", "glute_max_l"]}, "left", "Right knee up, the left arm forward."),
        ({"work": ["quads_r"], "side": "left"}, "left", "Left knee up, the right arm forward."),
        ({"work": ["abs"]}, "right", "Left knee up, the right arm forward."),
    ],
)
def test_left_and_right_change_places_with_the_picture(data, side, words):
    data = GOOD | {"desc": "Left knee up, the right arm forward."} | data
    assert desc(data, side=side) == words
    assert f">{words}</desc>" in Drawing(data).still(title="March", side=side)


def test_a_right_angle_stays_right():
    assert desc(GOOD | {"desc": "The RIGHT knee at a right angle, upright."}, side="right") == (
        "The LEFT knee at a right angle, upright."
    )


def test_title_and_description_are_text_and_nothing_else():
    title = 'Squat & <b>"press"</b>\x00\x0b $skin$ \ud800'
    svg = Drawing(GOOD | {"desc": "<script>alert(1)</script> & more"}).still(title=title)
    root = ElementTree.fromstring(svg)
    texts = {element.tag.split("}")[1]: element.text for element in root}
    assert texts["title"] == 'Squat & <b>"press"</b> $skin$ '
    assert texts["desc"] == "<script>alert(1)</script> & more"
    assert root.attrib["aria-labelledby"].split() == [root[0].attrib["id"], root[1].attrib["id"]]


# --- Colours --------------------------------------------------------------------------------------------------------
def test_both_themes_come_from_one_drawing_and_a_page_may_set_its_own(drawing_of):
    light, dark = (drawing_of("bird-dog").animated(title="Bird dog", theme=theme) for theme in ("light", "dark"))
    assert "var(--fig-skin,#C78A66)" in light
    assert "var(--fig-skin,#D9A07C)" in dark
    assert "$" not in light + dark

    def without_colours(svg):
        return re.sub(r"#[0-9A-F]{6}|fig[0-9a-f]{8}", "", svg)

    assert without_colours(light) == without_colours(dark)


@pytest.mark.parametrize("theme", sorted(PALETTES))
def test_what_must_be_seen_has_contrast(theme):
    colours = PALETTES[theme]
    assert PALETTES["light"].keys() == colours.keys()
    for colour in ("accent", "arrow", "sole"):
        if (theme, colour) != ("light", "accent"):  # there the patch lies on tights, with its halo around
            assert contrast(colours[colour], colours["card"]) >= 3, colour
    # A patch has the tights around it, or its halo, which is the card's colour.
    assert max(contrast(colours["accent"], colours[around]) for around in ("tights", "card")) >= 3
    assert contrast(colours["card"], colours["tights"]) >= 3


def test_contrast_in_the_light_theme_is_as_it_was_chosen():
    colours = PALETTES["light"]
    pairs = {
        ("tights", "card"): 9.8,
        ("accent", "tights"): 3.7,
        ("sole", "card"): 3.9,
        ("arrow", "card"): 3.6,
        ("top", "card"): 2.9,
        ("tights-far", "card"): 2.7,
        ("skin-far", "card"): 1.5,
        ("shoe", "card"): 1.2,
    }
    measured = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert measured == pytest.approx(pairs, abs=0.06)


# --- Order and place ------------------------------------------------------------------------------------------------
def order_of(drawing_of, slug):
    return drawing_of(slug).figure.composition.order


def test_the_far_arm_lies_behind_the_trunk_and_the_near_one_before_it(drawing_of):
    order = order_of(drawing_of, "single-leg-deadlift")
    assert drawing_of("single-leg-deadlift").figure.composition.far == {"l"}
    assert order.index("upper_l") < order.index("top") < order.index("pelvis") < order.index("upper_r")
    assert order.index("thigh_l") < order.index("thigh_r") < order.index("pelvis")
    assert order.index("pelvis") < order.index("muscle:hamstrings_r")


def test_from_the_front_no_limb_is_far(drawing_of):
    assert drawing_of("lateral-lunge").figure.composition.far == frozenset()


def test_data_may_say_the_order_and_the_far_side():
    order = ["head", "arm_l", "arm_r", "leg_l", "top", "leg_r", "pelvis"]
    composition = Drawing(GOOD | {"order": order, "far": ["r"]}).figure.composition
    named = [part for part in composition.order if part in ("head", "upper_l", "thigh_l", "top", "thigh_r", "pelvis")]
    assert named == ["head", "upper_l", "thigh_l", "top", "thigh_r", "pelvis"]
    assert composition.far == {"r"}


def test_a_muscle_that_looks_away_is_not_drawn():
    from_the_front, from_behind = (
        Drawing(GOOD | {"camera": {"az": az, "el": 8}, "work": ["hamstrings_l"]}).still(title="Squat")
        for az in (0, 180)
    )
    assert ("--fig-accent" in from_the_front, "--fig-accent" in from_behind) == (False, True)


@pytest.mark.parametrize("muscle", ["abs", "obliques_l", "obliques_r", "shin_l", "shin_r"])
def test_muscles_of_trunk_and_shin_show_from_their_side_only(muscle):
    def shows(az):
        return "--fig-accent" in Drawing(GOOD | {"camera": {"az": az, "el": 8}, "work": [muscle]}).still(title="Squat")

    seen = {"abs": 0, "obliques_l": 90, "obliques_r": -90, "shin_l": 45, "shin_r": -45}[muscle]
    assert (shows(seen), shows(seen + 180)) == (True, False)


def test_a_box_is_moved_into_its_cell():
    cell = Box(0, 0, 500, 750)
    assert nudged(Layout(100, -50, 0), Box(0, 1, 4, 3), cell).left == 12
    assert nudged(Layout(100, 200, 0), Box(0, 1, 4, 3), cell).left == 500 - 12 - 400
    assert nudged(Layout(100, 40, 0), Box(0, 1, 4, 3), cell) == Layout(100, 40, 0)


def test_the_camera():
    front, right = Camera(0, 0), Camera(-90, 0)
    assert front.project((0, 0.1, 0.2)) == pytest.approx((0.1, -0.2))  # the figure's left is on the right
    assert right.project((0.1, 0, 0))[0] == pytest.approx(0.1)  # it looks to the right
    near, far = right.project((0.1, -1, 0))[0], right.project((0.1, 1, 0))[0]
    assert near > 0.1 > far
    assert right.depth((0, -1, 0)) == pytest.approx(1)


# --- Shapes, paths, motion ------------------------------------------------------------------------------------------
def test_a_tube_is_as_wide_as_its_stations():
    discs = [Disc((x, 0.0), (0.0, 0.5), (0.0, 0.0), 0.5) for x in (0.0, 1.0, 2.0)]
    outline = tube(discs, (1.0, 1.0))
    assert len(outline) == 12
    assert [max(abs(y) for _, y in outline), max(x for x, _ in outline)] == pytest.approx([0.5, 2.5])


def test_paths_are_whole_numbers_whose_rounding_does_not_add_up():
    square = [(0.4, 0.4), (10.4, 0.4), (10.4, 10.4), (0.4, 10.4)]
    assert polygon(square) == "M0 0l10 0 0 10-10 0z"
    assert closed_curve(square).count(" ") > 0
    assert re.sub(r"[^A-Za-z]", "", closed_curve(square)) == "Mcsz"
    assert re.sub(r"[^A-Za-z]", "", open_curve(square)) == "Mc"
    numbers = [int(number) for number in re.findall(r"-?\d+", closed_curve(square))]
    start, (first, *rest) = numbers[:2], [numbers[2:8], *(numbers[i : i + 4] for i in range(8, len(numbers), 4))]
    end = [start[axis] + first[4 + axis] + sum(step[2 + axis] for step in rest) for axis in (0, 1)]
    assert end == start


def test_numbers_are_short():
    assert [short(value, 2) for value in (0.5, -0.25, 0.001, -0.001, 3, 10.5, 100)] == [
        *(".5", "-.25", "0", "0", "3", "10.5", "100"),
    ]
    assert short(100) == "100"


def turned(outline, angle, wide=1.0, dx=0.0):
    c, s = math.cos(angle), math.sin(angle)
    return [(x * wide * c - y * s + dx, x * wide * s + y * c) for x, y in outline]


LEAF = [(0.0, 30.0), (100.0, 10.0), (200.0, 0.0), (100.0, -20.0), (0.0, -30.0)]


def test_what_turns_moves_as_a_group():
    samples = [turned(LEAF, i / 24 * 2, dx=i * 5.0) for i in range(25)]
    group = smil.find_group(samples, 3.0)
    assert group is not None and not group.stretches
    drawn = group.local(samples[group.reference])
    for motion, sample in zip(group.motions, samples, strict=True):
        assert smil.error_of(motion, drawn, sample) < 1e-6


def test_what_stretches_along_itself_moves_as_a_group_and_what_bends_is_redrawn():
    stretched = [turned(LEAF, 0.5, wide=1 - i / 60) for i in range(25)]
    group = smil.find_group(stretched, 3.0)
    assert group is not None and group.stretches
    bent = [[(x, y + x * x * i / 5000) for x, y in LEAF] for i in range(25)]
    assert smil.find_group(bent, 3.0) is None


def test_a_group_never_spins_the_long_way_round():
    assert smil.unwound([3.0, -3.0, -2.8]) == pytest.approx([3.0, 2 * math.pi - 3.0, 2 * math.pi - 2.8])


def test_only_needed_samples_are_kept():
    line = [(float(i), 0.0) for i in range(25)]
    assert smil.needed(line, 1.0) == [0, 24]
    corner = [(float(min(i, 24 - i)), 0.0) for i in range(25)]
    assert smil.needed(corner, 1.0) == [0, 12, 24]


def test_a_moving_group_starts_where_it_stands_without_animation():
    samples = [turned(LEAF, i / 24, dx=i * 5.0) for i in range(25)]
    group = smil.find_group(samples, 3.0)
    markup = smil.animated_group(group, "<path/>", TIMING)
    transform = re.match(r'<g transform="translate\(([^)]*)\)rotate\(([^)]*)\)', markup)
    first = [values.split(";")[0] for values in re.findall(r'values="([^"]*)"', markup)]
    assert transform is not None and list(transform.groups()) == first[:2]
    assert markup.count('additive="sum"') == 1
