"""What a Garmin watch calls our exercises: category and exercise name of the FIT profile, by our slug.

An exercise has a row where the watch then shows the same movement, if under another name ("Clams") or without its
band: the notes begin with ours. What the profile has only with a weight, a jump or another direction stands under NONE:
the watch shows our own name, which tells more. Names are those of the profile's enums, in capitals. Of its categories
only the older ones are used (up to RUN), since a watch may turn down a workout with one that it does not know.
"""

from __future__ import annotations

CODES = {
    "a-march": ("WARM_UP", "WALKING_HIGH_KNEES"),
    "ankle-rocks": ("WARM_UP", "ANKLE_LUNGES"),
    "banded-clamshell": ("HIP_RAISE", "CLAMS"),
    "banded-glute-bridge": ("HIP_RAISE", "HIP_RAISE"),
    "bird-dog": ("CORE", "ARM_AND_LEG_EXTENSION_ON_KNEES"),
    "bodyweight-squat": ("SQUAT", "AIR_SQUAT"),
    "brisk-walk-to-jog": ("RUN", "RUN_OR_WALK"),
    "calf-raise": ("CALF_RAISE", "STANDING_CALF_RAISE"),
    "clamshell": ("HIP_RAISE", "CLAMS"),
    "dead-bug": ("HIP_STABILITY", "DEAD_BUG"),
    "fire-hydrant": ("HIP_STABILITY", "FIRE_HYDRANT_KICKS"),
    "forward-lunge": ("LUNGE", "LUNGE"),
    "front-plank": ("PLANK", "PLANK"),
    "front-plank-hip-extension": ("PLANK", "PLANK_WITH_LEG_LIFT"),
    "glute-bridge": ("HIP_RAISE", "HIP_RAISE"),
    "glute-bridge-march": ("HIP_RAISE", "MARCHING_HIP_RAISE"),
    "half-kneeling-hip-flexor-rock": ("WARM_UP", "STRETCH_LUNGING_HIP_FLEXOR"),
    "hip-circles": ("WARM_UP", "HIP_CIRCLES"),
    "lateral-band-walk": ("HIP_STABILITY", "LATERAL_WALKS_WITH_BAND_AT_ANKLES"),
    "lateral-lunge": ("LUNGE", "SIDE_LUNGE"),
    "leg-swing-forward": ("WARM_UP", "FORWARD_AND_BACKWARD_LEG_SWINGS"),
    "leg-swing-side": ("WARM_UP", "SIDE_TO_SIDE_LEG_SWINGS"),
    "march-on-the-spot": ("WARM_UP", "MARCHING_IN_PLACE"),
    "quadruped-hip-extension": ("HIP_STABILITY", "QUADRUPED_HIP_EXTENSION"),
    "side-lying-hip-abduction": ("HIP_STABILITY", "SIDE_LYING_LEG_RAISE"),
    "side-plank": ("PLANK", "SIDE_PLANK"),
    "side-plank-hip-abduction": ("PLANK", "SIDE_PLANK_WITH_LEG_LIFT"),
    "single-leg-calf-raise": ("CALF_RAISE", "SINGLE_LEG_STANDING_CALF_RAISE"),
    "single-leg-dip": ("SQUAT", "PARTIAL_SINGLE_LEG_SQUAT"),
    "single-leg-glute-bridge": ("HIP_RAISE", "SINGLE_LEG_HIP_RAISE"),
    "single-leg-squat": ("SQUAT", "ONE_LEGGED_SQUAT"),
    "standing-banded-hip-abduction": ("HIP_STABILITY", "STANDING_HIP_ABDUCTION"),
    "standing-hip-abduction": ("HIP_STABILITY", "STANDING_HIP_ABDUCTION"),
    "step-up": ("SQUAT", "STEP_UP"),
    "walking-knee-hug": ("WARM_UP", "WALKING_KNEE_HUGS"),
    "worlds-greatest-stretch": ("WARM_UP", "STRETCH_LUNGE_WITH_SPINAL_TWIST"),
}

NONE = frozenset(
    {
        "a-skip",
        "butt-kicks",
        "high-knees",
        "hip-hike",
        "hip-hitch-leg-swing",
        "lateral-step-up",
        "monster-walk",
        "pogo-hops",
        "reverse-lunge",
        "side-plank-knees",
        "side-shuffle",
        "single-leg-deadlift",
        "single-leg-hop-stick",
        "single-leg-stance",
        "single-leg-wall-squat",
        "standing-bird-dog",
        "standing-glute-squeeze",
        "standing-isometric-abduction",
        "strides",
        "transverse-lunge",
        "walking-hamstring-sweep",
        "walking-lunge-rotation",
        "wall-press",
    }
)
