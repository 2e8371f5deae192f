"""Between keyframes: smooth, never beyond them, and round again without a seam."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmups.figures.clip import make_clip

keys = st.lists(
    st.tuples(st.just(0) | st.floats(0.01, 2), st.floats(0.01, 2), st.floats(-100, 100)).map(
        lambda key: {"hold": key[0], "move": key[1], "pose": {"knee_l": {"flex": key[2]}}}
    ),
    min_size=1,
    max_size=6,
)


def knee(clip, seconds):
    return clip.pose_at(seconds).numbers["knee_l.flex"]


@settings(deadline=None)
@given(keys, st.floats(0, 1))
def test_nothing_goes_beyond_the_keys_around_it(keys, share):
    clip = make_clip({"keys": keys})
    i = clip.key_at(share * clip.period)
    here, after = (key["pose"]["knee_l"]["flex"] for key in (keys[i], keys[(i + 1) % len(keys)]))
    assert min(here, after) - 1e-9 <= knee(clip, share * clip.period) <= max(here, after) + 1e-9


@settings(deadline=None)
@given(keys)
def test_each_key_is_met_and_held_and_the_loop_closes(keys):
    clip = make_clip({"keys": keys})
    for i, key in enumerate(keys):
        for moment in (0, key["hold"] / 2, key["hold"]):
            assert knee(clip, clip.key_times[i] + moment) == pytest.approx(key["pose"]["knee_l"]["flex"], abs=1e-6)
    assert clip.period == pytest.approx(sum(key["hold"] + key["move"] for key in keys))
    assert knee(clip, clip.period) == pytest.approx(knee(clip, 0))


def test_a_key_passed_through_keeps_its_speed_and_an_extreme_stops():
    clip = make_clip({"keys": [{"pose": {"knee_l": {"flex": flex}}} for flex in (0, 40, 80, 40)]})

    def speed(seconds):
        return (knee(clip, seconds + 0.001) - knee(clip, seconds - 0.001)) / 0.002

    assert speed(1) == pytest.approx(40, rel=0.01)
    assert speed(2) == pytest.approx(0, abs=0.5)
    assert speed(3) == pytest.approx(-40, rel=0.01)


def test_a_key_says_only_what_differs_from_the_shared_pose():
    clip = make_clip(
        {
            "pose": {"foot_l": {"at": [0.1, 0.05, 0], "pitch": 8}, "elbow_l": {"flex": 20}},
            "keys": [{"pose": {"foot_l": {"pitch": 30}}}, {"pose": {"root": [0, 0, 0.5]}}],
        }
    )
    first, second = clip.pose_at(0), clip.pose_at(1)
    assert first.numbers == {"foot_l.pitch": 30, "elbow_l.flex": 20}
    assert second.numbers == {"foot_l.pitch": 8, "elbow_l.flex": 20}
    assert second.points == {"foot_l.at": (0.1, 0.05, 0), "root": (0, 0, 0.5)}


def test_which_key_a_moment_belongs_to():
    clip = make_clip({"keys": [{"hold": 0.5, "move": 1.0}, {"hold": 0.3, "move": 1.2}]})
    assert [clip.key_at(seconds) for seconds in (0, 0.5, 1.4, 1.5, 2.9, 3.0)] == [0, 0, 0, 1, 1, 0]
    assert [clip.middle_of(key) for key in (0, 1)] == pytest.approx([0.25, 1.65])
