"""Who may see or change each row, and from which day.

Shared rows are reached through subqueries of keys: a join over memberships repeats rows, and two filters joined one
after the other may match two different memberships.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from accounts.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from accounts.querysets import Person
    from plans.models import (  # noqa: F401 (the linter does not see names in a base class's brackets)
        Assignment,
        Away,
        Feed,
        Invitation,
        JoinLink,
        Membership,
        Occurrence,
        Reminder,
        Run,
        Series,
        Session,
        Squad,
        StandingAssignment,
    )

# Roles that read a squad's athletes, and those that plan for them.
READERS = ("coach", "assistant")
PLANNERS = ("coach",)


def _rows(model: str) -> Any:
    """All rows of one of this app's models, which import this module and so cannot be imported by it."""
    return apps.get_model("plans", model)._default_manager.all()


def _memberships(person: Person, *roles: str) -> QuerySet[Membership]:
    """Active memberships of `person` with one of `roles`, in squads that are not archived (none named: any, in any)."""
    rows = _rows("Membership").filter(ended_at=None, person_id=person.pk)
    return rows.filter(role__in=roles, squad__archived_at=None) if roles else rows


def squads_of(person: Person, *roles: str) -> QuerySet:
    """Keys of the squads in which `person` is active with one of `roles` (none named: any)."""
    return _memberships(person, *roles).values("squad_id")


def athletes_of(person: Person, *roles: str) -> QuerySet:
    """Keys of the people who are athletes in squads in which `person` is active with one of `roles`."""
    return (
        _rows("Membership")
        .filter(ended_at=None, role="athlete", squad_id__in=squads_of(person, *roles))
        .values("person_id")
    )


def seen_athletes(person: Person, roles: tuple[str, ...], athlete: str, instant: str) -> Exists:
    """Whether the outer row's `athlete`, as of its `instant`, is one whom `person` coaches.

    That is: both are active in one squad, the person with one of `roles`, the athlete as athlete since no later than
    the day of `instant`.
    """
    rows = _rows("Membership").filter(
        ended_at=None,
        role="athlete",
        person_id=OuterRef(athlete),
        sees_from__lte=OuterRef(instant),
        squad_id__in=squads_of(person, *roles),
    )
    return Exists(rows)


def _shares_health(person: Person, instant: str) -> Q:
    """Whether `person` may read what the outer row tells of its `athlete`'s health: their own, or it is shared."""
    rows = _rows("Membership").filter(
        ended_at=None,
        role="athlete",
        shares_health=True,
        person_id=OuterRef("athlete_id"),
        sees_from__lte=OuterRef(instant),
        squad_id__in=squads_of(person, *READERS),
    )
    return Q(athlete_id=person.pk) | Q(Exists(rows))


def is_coached(person: Person) -> Exists:
    """Whether `person` is an athlete of a squad that is not archived: what a coach set is then not theirs to change."""
    return Exists(
        _rows("Membership").filter(ended_at=None, role="athlete", person_id=person.pk, squad__archived_at=None)
    )


def routine_seen_through_squads(person: Person) -> Q:
    """Routines shared with or default of a squad that `person` is in; those given to the runs that they see.

    What an athlete gives their own run is between them and their coaches.
    """
    mine = squads_of(person)
    given, standing = _rows("Assignment"), _rows("StandingAssignment")
    seen = _rows("Run").filter(seen_athletes(person, READERS, "athlete_id", "starts_at"))
    return (
        Q(pk__in=_rows("SharedRoutine").filter(squad__in=mine).values("routine_id"))
        | Q(pk__in=_rows("Squad").filter(pk__in=mine).values("default_routine_id"))
        | Q(pk__in=standing.filter(squad__in=mine).values("routine_id"))
        | Q(pk__in=standing.filter(athlete_id=person.pk).values("routine_id"))
        | Q(pk__in=standing.filter(athlete__in=athletes_of(person, *READERS)).values("routine_id"))
        | Q(pk__in=given.filter(run__athlete_id=person.pk).values("revision__routine_id"))
        | Q(pk__in=given.filter(run__in=seen.values("pk")).values("revision__routine_id"))
    )


class SquadQuerySet(ScopedQuerySet["Squad"]):
    """A squad is seen by its members and changed by its coaches."""

    def visible_to(self, person: Person) -> Self:
        """Those one is in."""
        return self.filter(pk__in=squads_of(person)) if person.is_authenticated else self.none()

    def readable_by_staff_of(self, person: Person) -> Self:
        """Those whose board one reads: as coach or assistant."""
        return self.filter(pk__in=squads_of(person, *READERS)) if person.is_authenticated else self.none()

    def editable_by(self, person: Person) -> Self:
        """Those one coaches."""
        return self.filter(pk__in=squads_of(person, *PLANNERS)) if person.is_authenticated else self.none()

    def returnable_by(self, person: Person) -> Self:
        """Archived ones that one coached, and may bring back."""
        if not person.is_authenticated:
            return self.none()
        mine = _memberships(person).filter(role__in=PLANNERS)
        return self.exclude(archived_at=None).filter(pk__in=mine.values("squad_id"))


class MembershipQuerySet(ScopedQuerySet["Membership"]):
    """Athletes see themselves and their squads' coaches; coaches see everyone in theirs."""

    def active(self) -> Self:
        """Those not ended."""
        return self.filter(ended_at=None)

    def visible_to(self, person: Person) -> Self:
        """Active ones: one's own, the coaches of one's squads, all of the squads one coaches or assists."""
        if not person.is_authenticated:
            return self.none()
        return self.active().filter(
            Q(person_id=person.pk)
            | Q(role__in=READERS, squad_id__in=squads_of(person))
            | Q(squad_id__in=squads_of(person, *READERS))
        )

    def editable_by(self, person: Person) -> Self:
        """Active ones: one's own (to leave, to choose what is shared) and those in squads one coaches (to end)."""
        if not person.is_authenticated:
            return self.none()
        return self.active().filter(Q(person_id=person.pk) | Q(squad_id__in=squads_of(person, *PLANNERS)))

    def with_address_for(self, person: Person) -> Self:
        """Adds `address`: one's own, or the one to which `person` sent the invitation that was accepted; else null."""
        sent = _rows("Invitation").filter(
            created_by_id=person.pk, accepted_by=OuterRef("person_id"), squad=OuterRef("squad_id")
        )
        own = When(person_id=person.pk, then=F("person__email"))
        return self.annotate(address=Case(own, default=Subquery(sent.order_by("-accepted_at").values("email")[:1])))


class InvitationQuerySet(ScopedQuerySet["Invitation"]):
    """Open invitations are the squad's coaches' to see and to take back."""

    def open(self, now: datetime) -> Self:
        """Those that can still be accepted at `now`."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)

    def unsent(self, now: datetime) -> Self:
        """Those whose mail is to go out at `now`."""
        return self.open(now).filter(mailed_at=None, mail_next_at__lte=now)

    def visible_to(self, person: Person) -> Self:
        """Those of the squads one coaches."""
        return self.filter(squad_id__in=squads_of(person, *PLANNERS)) if person.is_authenticated else self.none()

    editable_by = visible_to

    def with_address_for(self, person: Person) -> Self:
        """Adds `address`: where it went, for who sent it; null for other coaches."""
        return self.annotate(address=Case(When(created_by_id=person.pk, then=F("email")), default=None))


class JoinLinkQuerySet(ScopedQuerySet["JoinLink"]):
    """Join links are the squad's coaches' to see and to take back."""

    def open(self, now: datetime) -> Self:
        """Those with which somebody can still join at `now`."""
        return self.filter(revoked_at=None, expires_at__gt=now, uses__lt=F("limit"))

    def visible_to(self, person: Person) -> Self:
        """Those of the squads one coaches."""
        return self.filter(squad_id__in=squads_of(person, *PLANNERS)) if person.is_authenticated else self.none()

    editable_by = visible_to


class SeriesQuerySet(ScopedQuerySet["Series"]):
    """A squad's series are its members' to see, its coaches' to change; an athlete's are theirs and their coaches'."""

    def visible_to(self, person: Person) -> Self:
        """Those for everyone of the squads one is in, one's own, those of athletes whom one coaches or assists."""
        return self._reached_by(person, squads_of(person), READERS) if person.is_authenticated else self.none()

    def editable_by(self, person: Person) -> Self:
        """Those for everyone of the squads one coaches, one's own, those of athletes whom one coaches."""
        if not person.is_authenticated:
            return self.none()
        return self._reached_by(person, squads_of(person, *PLANNERS), PLANNERS)

    def _reached_by(self, person: Person, squads: QuerySet, roles: tuple[str, ...]) -> Self:
        return self.filter(
            Q(athlete=None, squad_id__in=squads)
            | Q(athlete_id=person.pk)
            | Q(athlete_id__in=athletes_of(person, *roles))
        )


class OccurrenceQuerySet(ScopedQuerySet["Occurrence"]):
    """The dates of a series are seen and changed with it."""

    def on(self) -> Self:
        """Those that take place."""
        return self.filter(cancelled_at=None)

    def visible_to(self, person: Person) -> Self:
        """Those of the series one sees."""
        return self.filter(series__in=_rows("Series").visible_to(person).values("pk"))

    def editable_by(self, person: Person) -> Self:
        """Those of the series one may change."""
        return self.filter(series__in=_rows("Series").editable_by(person).values("pk"))


class RunQuerySet(ScopedQuerySet["Run"]):
    """A run is its athlete's; coaches and assistants of theirs see it from the day that the athlete joined."""

    def planned(self) -> Self:
        """Those not cancelled."""
        return self.filter(status="planned")

    def visible_to(self, person: Person) -> Self:
        """One's own and those of the athletes whom one coaches or assists."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(Q(athlete_id=person.pk) | Q(seen_athletes(person, READERS, "athlete_id", "starts_at")))

    def editable_by(self, person: Person) -> Self:
        """One's own and those of the athletes whom one coaches."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(Q(athlete_id=person.pk) | Q(seen_athletes(person, PLANNERS, "athlete_id", "starts_at")))

    def coached_by(self, person: Person) -> Self:
        """Those one plans as a coach (not as their athlete)."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(seen_athletes(person, PLANNERS, "athlete_id", "starts_at"))

    def with_health_for(self, person: Person) -> Self:
        """Adds `health_shared`: whether `person` may read why a warm-up was skipped (one's own always).

        What the reason is makes no difference, so that one may not tell from what is withheld.
        """
        return self.annotate(health_shared=_shares_health(person, "starts_at"))

    def assignable_by(self, person: Person) -> Self:
        """Those one may give a warm-up by hand: as a coach, or one's own where no coach gave one."""
        if not person.is_authenticated:
            return self.none()
        by_coach = _rows("Assignment").filter(by_coach=True).values("run_id")
        own = Q(athlete_id=person.pk) & (~Q(pk__in=by_coach) | ~is_coached(person))
        return self.filter(own | Q(seen_athletes(person, PLANNERS, "athlete_id", "starts_at")))


class AssignmentQuerySet(ScopedQuerySet["Assignment"]):
    """An assignment is seen with its run."""

    def visible_to(self, person: Person) -> Self:
        """Those of the runs one sees."""
        return self.filter(run__in=_rows("Run").visible_to(person).values("pk"))

    def editable_by(self, person: Person) -> Self:
        """Coaches: those of their athletes' runs. Athletes: what they gave their own runs themselves."""
        runs = _rows("Run")
        own = Q(run__athlete_id=person.pk) & (Q(by_coach=False) | ~is_coached(person))
        return self.filter(Q(run__in=runs.coached_by(person).values("pk")) | own)


class StandingAssignmentQuerySet(ScopedQuerySet["StandingAssignment"]):
    """A standing assignment is read by those who may set such (a run says what it got and why), and by assistants."""

    def on(self, day: date) -> Self:
        """Those that hold on a local date."""
        return self.filter(Q(until=None) | Q(until__gte=day), since__lte=day)

    def visible_to(self, person: Person) -> Self:
        """One's own, those of the squads and of the athletes whom one coaches or assists."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(
            Q(athlete_id=person.pk)
            | Q(squad_id__in=squads_of(person, *READERS))
            | Q(athlete_id__in=athletes_of(person, *READERS))
        )

    def editable_by(self, person: Person) -> Self:
        """Coaches: those of their squads and athletes. Athletes: what they set themselves."""
        if not person.is_authenticated:
            return self.none()
        return self.filter(
            (Q(athlete_id=person.pk) & (Q(by_coach=False) | ~is_coached(person)))
            | Q(squad_id__in=squads_of(person, *PLANNERS))
            | Q(athlete_id__in=athletes_of(person, *PLANNERS))
        )


class AwayQuerySet(ScopedQuerySet["Away"]):
    """Away dates are the athlete's, and their coaches' and assistants' from the day of joining on."""

    def visible_to(self, person: Person) -> Self:
        """One's own and those of the athletes whom one coaches or assists."""
        return self._reached_by(person, READERS)

    def editable_by(self, person: Person) -> Self:
        """One's own and those of the athletes whom one coaches."""
        return self._reached_by(person, PLANNERS)

    def with_reason_for(self, person: Person) -> Self:
        """Adds `reason_shared`: whether `person` may read why. Being ill or injured is a matter of health.

        What the reason is makes no difference, so that one may not tell from what is withheld.
        """
        rows = _rows("Membership").filter(
            ended_at=None,
            role="athlete",
            shares_health=True,
            person_id=OuterRef("athlete_id"),
            squad_id__in=squads_of(person, *READERS),
        )
        return self.annotate(reason_shared=Q(athlete_id=person.pk) | Q(created_by_id=person.pk) | Q(Exists(rows)))

    def _reached_by(self, person: Person, roles: tuple[str, ...]) -> Self:
        if not person.is_authenticated:
            return self.none()
        rows = _rows("Membership").filter(
            ended_at=None,
            role="athlete",
            person_id=OuterRef("athlete_id"),
            sees_from__date__lte=OuterRef("until"),
            squad_id__in=squads_of(person, *roles),
        )
        return self.filter(Q(athlete_id=person.pk) | Q(Exists(rows)))


class FeedQuerySet(ScopedQuerySet["Feed"]):
    """A calendar feed is its person's."""

    def open(self) -> Self:
        """Those not revoked."""
        return self.filter(revoked_at=None)

    def visible_to(self, person: Person) -> Self:
        """One's own, not revoked."""
        return self.open().filter(person_id=person.pk) if person.is_authenticated else self.none()

    editable_by = visible_to


class SessionQuerySet(ScopedQuerySet["Session"]):
    """Sessions are the athlete's own; their coaches and assistants read them from the day of joining."""

    def kept(self) -> Self:
        """Those not deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, person: Person) -> Self:
        """One's own and those of the athletes whom one coaches or assists; deleted ones are gone."""
        if not person.is_authenticated:
            return self.none()
        return self.kept().filter(
            Q(athlete_id=person.pk) | Q(seen_athletes(person, READERS, "athlete_id", "started_at"))
        )

    def editable_by(self, person: Person) -> Self:
        """One's own."""
        return self.kept().filter(athlete_id=person.pk) if person.is_authenticated else self.none()

    def with_health_for(self, person: Person) -> Self:
        """Adds `health_shared`: whether `person` may read pain and note (one's own always)."""
        return self.annotate(health_shared=_shares_health(person, "started_at"))


class ReminderQuerySet(ScopedQuerySet["Reminder"]):
    """An athlete sees their own; coaches see whether one was sent through the run."""

    def visible_to(self, person: Person) -> Self:
        """Those of one's own runs."""
        return self.filter(run__athlete_id=person.pk) if person.is_authenticated else self.none()
