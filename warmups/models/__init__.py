"""What to do before a run: exercises, the evidence behind them, routines."""

from warmups.models.evidence import Activation, Study
from warmups.models.exercises import Equipment, Exercise, ExerciseMuscle, Muscle, Substitute
from warmups.models.routines import Revision, Routine, Step

__all__ = [
    "Activation",
    "Equipment",
    "Exercise",
    "ExerciseMuscle",
    "Muscle",
    "Revision",
    "Routine",
    "Step",
    "Study",
    "Substitute",
]
