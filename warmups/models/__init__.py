"""What to do before a run: exercises, the evidence behind them, routines."""

from warmups.models.evidence import Activation, GlutealIndex, Outcome, Study
from warmups.models.exercises import (
    Contraindication,
    Equipment,
    Exercise,
    ExerciseMuscle,
    Mode,
    Muscle,
    Phase,
    RunningRole,
    Substitute,
)
from warmups.models.library import LibraryState, library_stamp, touch_library
from warmups.models.routines import Revision, Routine, Step

__all__ = [
    "Activation",
    "Contraindication",
    "Equipment",
    "Exercise",
    "ExerciseMuscle",
    "GlutealIndex",
    "LibraryState",
    "Mode",
    "Muscle",
    "Outcome",
    "Phase",
    "Revision",
    "Routine",
    "RunningRole",
    "Step",
    "Study",
    "Substitute",
    "library_stamp",
    "touch_library",
]
