"""Who does which warm-up when: squads, runs, assignments, sessions, reminders."""

from plans.models.assignments import Assignment
from plans.models.reminders import Reason, Reminder
from plans.models.runs import Run, RunKind, Series
from plans.models.sessions import Session, SessionVersion
from plans.models.squads import Invitation, Membership, SharedRoutine, Squad

__all__ = [
    "Assignment",
    "Invitation",
    "Membership",
    "Reason",
    "Reminder",
    "Run",
    "RunKind",
    "Series",
    "Session",
    "SessionVersion",
    "SharedRoutine",
    "Squad",
]
