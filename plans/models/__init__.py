"""Who does which warm-up when: squads, runs, assignments, sessions, reminders."""

from plans.models.answers import RunAnswer
from plans.models.assignments import Assignment, OwnDefault, StandingAssignment
from plans.models.away import Away
from plans.models.deliveries import DeliveryEvent
from plans.models.feeds import Feed
from plans.models.reminders import Reason, Reminder
from plans.models.runs import Occurrence, Run, RunKind, Series
from plans.models.sessions import Session, SessionVersion
from plans.models.squads import Invitation, JoinLink, Membership, SharedRoutine, Squad
from plans.models.tallies import Tally

__all__ = [
    "Assignment",
    "Away",
    "DeliveryEvent",
    "Feed",
    "Invitation",
    "JoinLink",
    "Membership",
    "Occurrence",
    "OwnDefault",
    "Reason",
    "Reminder",
    "Run",
    "RunAnswer",
    "RunKind",
    "Series",
    "Session",
    "SessionVersion",
    "SharedRoutine",
    "Squad",
    "StandingAssignment",
    "Tally",
]
