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
from warmups.models.imports import ContentImport
from warmups.models.library import LibraryState, library_stamp, touch_library
from warmups.models.media import MediaFile
from warmups.models.routines import Revision, Routine, Step
from warmups.models.versions import ExerciseVersion, ReviewComment

__all__ = [
    "Activation",
    "ContentImport",
    "Contraindication",
    "Equipment",
    "Exercise",
    "ExerciseMuscle",
    "ExerciseVersion",
    "GlutealIndex",
    "LibraryState",
    "MediaFile",
    "Mode",
    "Muscle",
    "Outcome",
    "Phase",
    "ReviewComment",
    "Revision",
    "Routine",
    "RunningRole",
    "Step",
    "Study",
    "Substitute",
    "library_stamp",
    "touch_library",
]
