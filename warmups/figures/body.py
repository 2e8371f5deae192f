"""The measures of the figure: how long its bones are, how far its joints move, how thick its limbs are.

Lengths are fractions of body height (H), angles degrees. The bones follow Drillis & Contini (1966) as tabulated in
D. A. Winter, Biomechanics and Motor Control of Human Movement, lightly stylised: hands are mitts, feet are shoes.
Axes: x forward, y to the figure's left, z up. Signs for a side: +1 left, -1 right.
"""

from typing import NamedTuple

from .vectors import Matrix, Vector

SIDES = (("l", 1), ("r", -1))

# --- Bones ----------------------------------------------------------------------------------------------------------
THIGH = 0.245
SHANK = 0.246
UPPER_ARM = 0.178
FOREARM = 0.146
HAND = 0.075
ANKLE_HEIGHT = 0.039
# Along the foot, from below the ankle.
HEEL = -0.045
BALL = 0.075
TOE = 0.112

# Where a joint sits in the frame of its parent. The hip's and the shoulder's y is multiplied by the side's sign.
LUMBAR_FROM_PELVIS: Vector = (-0.004, 0.0, 0.065)
MID_FROM_LUMBAR: Vector = (0.0, 0.0, 0.085)
NECK_FROM_MID: Vector = (-0.008, 0.0, 0.150)
HEAD_FROM_NECK: Vector = (0.006, 0.0, 0.050)
CROWN_FROM_HEAD: Vector = (0.0, 0.0, 0.130)
HIP_FROM_PELVIS: Vector = (0.0, 0.056, 0.0)
SHOULDER_FROM_MID: Vector = (-0.004, 0.106, 0.138)
# Points of the skin that may be pinned to the ground.
BACK_FROM_MID: Vector = (-0.060, 0.0, 0.125)
SIDE_FROM_MID: Vector = (0.0, 0.090, 0.060)
SACRUM_FROM_PELVIS: Vector = (-0.085, 0.0, 0.0)
FLANK_FROM_PELVIS: Vector = (0.0, 0.100, 0.0)

# The shoulder blade follows the arm, or raised and planted arms look dislocated: forward with the reach, in and up
# with the elevation above these angles.
SCAPULA_FORWARD = 0.020
SCAPULA_INWARD, SCAPULA_INWARD_FROM, SCAPULA_INWARD_OVER = 0.010, 90.0, 90.0
SCAPULA_LIFT, SCAPULA_LIFT_FROM, SCAPULA_LIFT_OVER = 0.034, 60.0, 120.0

# The shoe bends at the ball while the heel is up: by the pitch, up to this, fading out as the ball leaves the ground.
TOE_BEND_MAX = 60.0
TOE_BEND_FADES_OVER = 0.04

# Which way the body lies at the start: world directions of its forward, left and up.
BASES: dict[str, Matrix] = {
    "stand": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "supine": ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),  # on the back, head to -x
    "prone": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),  # face down or on all fours, head to +x
    "side_right": ((0, -1, 0), (0, 0, 1), (-1, 0, 0)),  # on the right side, facing -y, head to -x
    "side_left": ((0, -1, 0), (0, 0, -1), (1, 0, 0)),  # on the left side, facing -y, head to +x
}

# Range of motion of each joint and channel, in degrees. Joints of the pelvis (its place in the room) are free.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "hip": {"flex": (-30, 130), "abd": (-30, 55), "rot": (-45, 65)},
    "knee": {"flex": (-3, 150)},
    "ankle": {"flex": (-55, 38)},
    "toe": {"flex": (-20, 70)},
    "shoulder": {"flex": (-60, 185), "abd": (-45, 185), "rot": (-95, 95)},
    "elbow": {"flex": (-3, 150)},
    "wrist": {"flex": (-85, 85)},
    "spine": {"flex": (-35, 85), "side": (-35, 35), "rot": (-50, 50)},
    "neck": {"flex": (-60, 60), "side": (-45, 45), "rot": (-80, 80)},
}
# How near each point may come to the floor: the flesh around a bone keeps it away.
CLEARANCES = {"heel": 0.0, "ball": 0.0, "toe": 0.0, "ankle": 0.020, "knee": 0.030, "wrist": 0.012, "elbow": 0.016}


# --- Flesh and clothes ----------------------------------------------------------------------------------------------
class Ring(NamedTuple):
    """One station of a limb: how far along its bone, half width and half depth, pushed forward and outward."""

    along: float
    half_width: float
    half_depth: float
    forward: float
    outward: float = 0.0


class Limb(NamedTuple):
    """A tube around the bone from one joint to another; each end closes with a cap of that roundness."""

    frame: str
    start: str
    end: str
    rings: tuple[Ring, ...]
    caps: tuple[float, float] = (1.0, 1.0)


class TrunkRing(NamedTuple):
    """One station of the trunk: its centre in the frame of a part of it, half width and half depth."""

    frame: str
    centre: Vector
    half_width: float
    half_depth: float


class Trunk(NamedTuple):
    rings: tuple[TrunkRing, ...]
    caps: tuple[float, float]


class Sphere(NamedTuple):
    centre: Vector
    radius: float


class Cap(NamedTuple):
    """A piece of an ellipsoid's surface around an axis, with its half angles in two directions."""

    centre: Vector
    axes: Vector
    axis: Vector
    half_angles: tuple[float, float]


THIGH_RINGS = (
    Ring(0.00, 0.0560, 0.0660, -0.006),
    Ring(0.30, 0.0550, 0.0620, 0.002),
    Ring(0.66, 0.0455, 0.0500, 0.003),
    Ring(1.00, 0.0355, 0.0375, 0.002),
)
SHANK_RINGS = (
    Ring(0.00, 0.0355, 0.0375, 0.002),
    Ring(0.13, 0.0345, 0.0390, -0.003),
    Ring(0.27, 0.0345, 0.0410, -0.009),
    Ring(0.60, 0.0265, 0.0320, -0.006),
    Ring(1.00, 0.0195, 0.0235, -0.003),
)
LIMBS: dict[str, Limb] = {
    "thigh": Limb("thigh", "hip", "knee", THIGH_RINGS, (0.9, 1.0)),
    "shank": Limb("shank", "knee", "ankle", SHANK_RINGS, (1.0, 0.6)),
    "upper": Limb(
        "upper",
        "shoulder",
        "elbow",
        (Ring(0.00, 0.0320, 0.0340, 0.0), Ring(0.35, 0.0280, 0.0310, 0.001), Ring(1.00, 0.0215, 0.0215, 0.0)),
    ),
    "fore": Limb(
        "fore",
        "elbow",
        "wrist",
        (
            Ring(0.00, 0.0215, 0.0215, 0.0),
            Ring(0.13, 0.0225, 0.0232, 0.0),
            Ring(0.28, 0.0230, 0.0240, 0.0),
            Ring(1.00, 0.0145, 0.0160, 0.0),
        ),
        (1.0, 0.5),
    ),
    "hand": Limb(
        "hand",
        "wrist",
        "fingers",
        (Ring(0.00, 0.013, 0.017, 0.0), Ring(0.45, 0.013, 0.024, 0.002), Ring(1.00, 0.009, 0.014, 0.0)),
        (0.6, 0.8),
    ),
    "sleeve": Limb(
        "upper",
        "shoulder",
        "elbow",
        (Ring(0.00, 0.0375, 0.0395, 0.0), Ring(0.25, 0.0360, 0.0380, 0.0), Ring(0.48, 0.0340, 0.0360, 0.0)),
        (1.0, 0.25),
    ),
}
PELVIS = Trunk(
    (
        TrunkRing("pelvis", (-0.004, 0.0, -0.056), 0.052, 0.050),
        TrunkRing("pelvis", (-0.012, 0.0, -0.030), 0.098, 0.070),
        TrunkRing("pelvis", (-0.015, 0.0, 0.002), 0.103, 0.077),
        TrunkRing("pelvis", (-0.010, 0.0, 0.045), 0.093, 0.066),
        TrunkRing("lumbar", (0.000, 0.0, 0.035), 0.075, 0.052),
    ),
    (0.35, 0.10),
)
TOP = Trunk(
    (
        TrunkRing("lumbar", (0.000, 0.0, 0.005), 0.083, 0.058),
        TrunkRing("lumbar", (0.002, 0.0, 0.060), 0.078, 0.055),
        TrunkRing("thorax", (0.006, 0.0, 0.035), 0.088, 0.063),
        TrunkRing("thorax", (0.004, 0.0, 0.095), 0.098, 0.066),
        TrunkRing("thorax", (-0.006, 0.0, 0.142), 0.092, 0.050),
        TrunkRing("thorax", (-0.010, 0.0, 0.168), 0.046, 0.036),
    ),
    (0.20, 0.25),
)
NECK = Trunk(
    (
        TrunkRing("thorax", (-0.010, 0.0, 0.140), 0.036, 0.036),
        TrunkRing("thorax", (-0.008, 0.0, 0.168), 0.029, 0.031),
        TrunkRing("head", (-0.006, 0.0, 0.030), 0.027, 0.030),
        TrunkRing("head", (-0.004, 0.0, 0.085), 0.027, 0.032),
    ),
    (0.10, 0.10),
)
# The shoulders of the shirt: a tube from shoulder to shoulder, half way up to the neck between them.
YOKE_AT_SHOULDER = (0.035, 0.033)
YOKE_AT_NECK = (0.042, 0.036)
YOKE_CAP = 0.9

HEAD = (
    Sphere((-0.005, 0.0, 0.071), 0.0585),
    Sphere((0.012, 0.0, 0.058), 0.0500),
    Sphere((0.010, 0.014, 0.040), 0.0360),
    Sphere((0.010, -0.014, 0.040), 0.0360),
    Sphere((0.026, 0.0, 0.020), 0.0290),
    Sphere((0.045, 0.0, 0.046), 0.0165),
)
BUN = Sphere((-0.068, 0.0, 0.100), 0.023)
HAIR = Cap((-0.007, 0.0, 0.073), (0.0615, 0.0600, 0.0615), (-0.60, 0.0, 0.80), (84.0, 84.0))
EAR = Cap((-0.004, 0.0, 0.072), (0.060, 0.060, 0.060), (-0.02, 0.97, -0.28), (13.0, 13.0))
# From the ankle in the frame of the foot; what lies ahead of the ball bends with the toes.
SHOE = (
    Sphere((-0.034, 0.0, -0.014), 0.017),
    Sphere((-0.031, 0.0, 0.004), 0.014),
    Sphere((-0.004, 0.0, 0.008), 0.021),
    Sphere((0.034, 0.0, -0.005), 0.022),
    Sphere((0.070, 0.013, -0.014), 0.017),
    Sphere((0.070, -0.013, -0.014), 0.017),
    Sphere((0.096, 0.0, -0.017), 0.014),
)
SOLE = (
    Sphere((-0.038, 0.012, -0.033), 0.006),
    Sphere((-0.038, -0.012, -0.033), 0.006),
    Sphere((0.020, 0.020, -0.033), 0.006),
    Sphere((0.020, -0.020, -0.033), 0.006),
    Sphere((0.072, 0.026, -0.033), 0.006),
    Sphere((0.072, -0.026, -0.033), 0.006),
    Sphere((0.106, 0.008, -0.029), 0.007),
    Sphere((0.106, -0.008, -0.029), 0.007),
)

# --- Muscles --------------------------------------------------------------------------------------------------------
# On the pelvis: pieces of one ellipsoid. The axis' y is multiplied by the side's sign.
PELVIS_CENTRE: Vector = (-0.012, 0.0, -0.004)
PELVIS_AXES: Vector = (0.078, 0.101, 0.088)
PELVIS_MUSCLES = {
    "glute_max": Cap(PELVIS_CENTRE, PELVIS_AXES, (-0.78, 0.62, -0.22), (40.0, 36.0)),
    "glute_med": Cap(PELVIS_CENTRE, PELVIS_AXES, (-0.12, 0.90, 0.40), (44.0, 38.0)),
}
# On a limb: narrow leaves pushed out from the bone.
LIMB_MUSCLES = {
    "hamstrings": Limb(
        "thigh",
        "hip",
        "knee",
        (
            Ring(0.14, 0.018, 0.010, -0.044),
            Ring(0.30, 0.034, 0.024, -0.034),
            Ring(0.55, 0.030, 0.022, -0.028),
            Ring(0.74, 0.022, 0.014, -0.026),
            Ring(0.88, 0.008, 0.005, -0.022),
        ),
    ),
    "quads": Limb(
        "thigh",
        "hip",
        "knee",
        (
            Ring(0.14, 0.016, 0.010, 0.044),
            Ring(0.32, 0.036, 0.022, 0.036),
            Ring(0.58, 0.034, 0.022, 0.028),
            Ring(0.78, 0.024, 0.014, 0.024),
            Ring(0.92, 0.008, 0.005, 0.020),
        ),
    ),
    "adductors": Limb(
        "thigh",
        "hip",
        "knee",
        (
            Ring(0.10, 0.012, 0.012, 0.0, -0.036),
            Ring(0.26, 0.022, 0.026, 0.0, -0.030),
            Ring(0.50, 0.020, 0.026, 0.0, -0.024),
            Ring(0.72, 0.012, 0.016, 0.0, -0.020),
            Ring(0.84, 0.005, 0.006, 0.0, -0.018),
        ),
    ),
    "hip_flexor": Limb(
        "thigh",
        "hip",
        "knee",
        (
            Ring(-0.12, 0.010, 0.008, 0.036),
            Ring(0.00, 0.030, 0.020, 0.040),
            Ring(0.14, 0.032, 0.020, 0.040),
            Ring(0.28, 0.022, 0.014, 0.040),
            Ring(0.38, 0.006, 0.005, 0.040),
        ),
    ),
    "calf": Limb(
        "shank",
        "knee",
        "ankle",
        (
            Ring(0.06, 0.008, 0.006, -0.024),
            Ring(0.18, 0.024, 0.015, -0.028),
            Ring(0.34, 0.026, 0.017, -0.028),
            Ring(0.50, 0.018, 0.011, -0.022),
            Ring(0.62, 0.006, 0.004, -0.018),
        ),
    ),
    "shin": Limb(
        "shank",
        "knee",
        "ankle",
        (
            Ring(0.12, 0.007, 0.006, 0.018, 0.012),
            Ring(0.24, 0.017, 0.014, 0.016, 0.012),
            Ring(0.42, 0.017, 0.014, 0.012, 0.010),
            Ring(0.62, 0.011, 0.009, 0.012, 0.006),
            Ring(0.80, 0.005, 0.004, 0.012, 0.002),
        ),
    ),
}
# On the trunk: leaves in the frames of its parts. The centre's y is multiplied by the side's sign; `abs` has no side.
TRUNK_MUSCLES = {
    "abs": (
        TrunkRing("pelvis", (0.046, 0.0, 0.012), 0.014, 0.008),
        TrunkRing("pelvis", (0.040, 0.0, 0.045), 0.032, 0.014),
        TrunkRing("lumbar", (0.040, 0.0, 0.040), 0.038, 0.017),
        TrunkRing("lumbar", (0.044, 0.0, 0.080), 0.038, 0.017),
        TrunkRing("thorax", (0.054, 0.0, 0.040), 0.030, 0.012),
        TrunkRing("thorax", (0.058, 0.0, 0.062), 0.012, 0.006),
    ),
    "obliques": (
        TrunkRing("pelvis", (0.000, 0.084, 0.046), 0.006, 0.009),
        TrunkRing("lumbar", (-0.004, 0.070, 0.018), 0.013, 0.022),
        TrunkRing("lumbar", (-0.006, 0.065, 0.050), 0.015, 0.027),
        TrunkRing("thorax", (-0.004, 0.069, 0.004), 0.014, 0.025),
        TrunkRing("thorax", (0.000, 0.080, 0.042), 0.007, 0.010),
    ),
}
# Which way a patch looks, in its own frame (y outward): one that looks away from us isn't drawn.
MUSCLES_LOOK: dict[str, Vector] = {
    "hamstrings": (-1.0, 0.0, 0.0),
    "quads": (1.0, 0.0, 0.0),
    "adductors": (0.0, -1.0, 0.0),
    "hip_flexor": (1.0, 0.0, 0.0),
    "calf": (-1.0, 0.0, 0.0),
    "shin": (0.8, 0.6, 0.0),
    "abs": (1.0, 0.0, 0.0),
    "obliques": (0.0, 1.0, 0.0),
}
SIDED_MUSCLES = (*PELVIS_MUSCLES, *LIMB_MUSCLES, "obliques")
MUSCLES = frozenset({"abs"} | {f"{muscle}_{side}" for muscle in SIDED_MUSCLES for side, _ in SIDES})


# --- Things around the body -----------------------------------------------------------------------------------------
class Band(NamedTuple):
    """An elastic band around both limbs: how far along the bone, its radius there, half its height along the bone."""

    limb: str
    along: float
    radius: float
    half_height: float


BANDS = {"thigh": Band("thigh", 0.80, 0.047, 0.036), "ankle": Band("shank", 0.82, 0.029, 0.032)}
BOX_SIZES: dict[str, Vector] = {
    "mat": (1.15, 0.42, 0.016),
    "step": (0.34, 0.40, 0.18),
    "wall": (0.04, 0.50, 0.90),
    "rail": (0.10, 0.10, 0.10),
}
POLE_HEIGHT = 0.9
POLE_RADIUS = 0.012
