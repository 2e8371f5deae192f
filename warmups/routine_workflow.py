"""How a routine of the library stands, for curators: in words, and as the deeds that each of them may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditEntry, User
from warmups.domain import library_routines as domain
from warmups.models import Revision, Routine

NextStatus = Routine.NextStatus

# Where a routine stands: its word and its sign. The looks are those of the states of runs.
STATES: dict[str, tuple[Promise, str, str]] = {
    "draft": (gettext_lazy("draft"), "file-pen-line", "skipped"),
    "in-review": (gettext_lazy("in review"), "glasses", "missed"),
    "published": (gettext_lazy("published"), "check", "done"),
    "withdrawn": (gettext_lazy("withdrawn"), "archive", "skipped"),
    "archived": (gettext_lazy("archived"), "archive", "skipped"),
}


@dataclass(frozen=True)
class Kind:
    """A deed as all routines of the library have it. `title` and `done` have a %(name)s, the routine's."""

    label: Promise
    title: Promise
    done: Promise
    do: Callable[..., object]
    look: str  # of its button on the routine's page: teal, quiet or text
    differs: bool = False  # whether the page shows what changes for readers
    touches: bool = False  # whether the page shows who has the routine


KINDS: dict[str, Kind] = {
    "submit": Kind(
        label=gettext_lazy("Send to review"),
        title=gettext_lazy("Send “%(name)s” to review"),
        done=gettext_lazy("“%(name)s” waits for another curator to read it."),
        do=domain.submit_routine,
        look="teal",
        differs=True,
    ),
    "publish": Kind(
        label=gettext_lazy("Publish"),
        title=gettext_lazy("Publish “%(name)s”"),
        done=gettext_lazy("“%(name)s” is published. Readers have it now."),
        do=domain.publish_routine,
        look="teal",
        differs=True,
        touches=True,
    ),
    "send-back": Kind(
        label=gettext_lazy("Send back"),
        title=gettext_lazy("Send “%(name)s” back"),
        done=gettext_lazy("“%(name)s” is a draft again, with your note."),
        do=domain.send_routine_back,
        look="quiet",
        differs=True,
    ),
    "discard": Kind(
        label=gettext_lazy("Set the draft aside"),
        title=gettext_lazy("Set the draft of “%(name)s” aside"),
        done=gettext_lazy("The draft of “%(name)s” is set aside. It stays in the history."),
        do=domain.discard_routine_draft,
        look="quiet",
        differs=True,
    ),
    "withdraw": Kind(
        label=gettext_lazy("Withdraw"),
        title=gettext_lazy("Withdraw “%(name)s”"),
        done=gettext_lazy("“%(name)s” is withdrawn. You can publish it again at any time."),
        do=domain.withdraw_routine,
        look="text",
        touches=True,
    ),
}


@dataclass(frozen=True)
class State:
    """Where a routine stands: a key of STATES, its word, its lucide icon, its look."""

    key: str
    word: str
    icon: str
    look: str


@dataclass(frozen=True)
class Deed:
    """What can be done with a routine as it stands. `why_not`: what this person would be told instead."""

    name: str
    label: str
    address: str
    look: str
    why_not: str


@dataclass(frozen=True)
class RoutineWorkflow:
    """How a routine stands, for templates/warmups/_routine_workflow.html.

    `published`: the revision that readers have, or had until it was withdrawn. `sent_back`: who asked for a change last
    and when, as long as `routine.review_note` is not seen to.
    """

    routine: Routine
    latest: Revision
    published: Revision | None
    state: State
    next_state: State | None
    deeds: list[Deed]
    sent_back: AuditEntry | None

    @property
    def changed(self) -> bool:
        """Whether the latest revision is another than the one that readers have."""
        return self.published is not None and self.latest.pk != self.published.pk

    @property
    def offered(self) -> list[Deed]:
        """What this person may do now."""
        return [deed for deed in self.deeds if not deed.why_not]

    @property
    def refused(self) -> list[Deed]:
        """What could be done, but not by this person or not yet."""
        return [deed for deed in self.deeds if deed.why_not]


def routine_workflow(routine: Routine, person: User) -> RoutineWorkflow:
    """How a routine of the library stands for a curator.

    At two queries where `current` and `latest__created_by` came with the routine.
    """
    return RoutineWorkflow(
        routine=routine,
        latest=latest_of(routine),
        published=published_of(routine),
        state=_named(state_of(routine)),
        next_state=_named(routine.next_status) if routine.published and routine.next_status else None,
        deeds=deeds_for(routine, person),
        sent_back=_sent_back(routine) if routine.review_note else None,
    )


def latest_of(routine: Routine) -> Revision:
    """The newest revision; there is none only while a new routine is being written."""
    return cast(Revision, routine.latest)


def published_of(routine: Routine) -> Revision | None:
    """The revision that readers have, or had until the routine was withdrawn."""
    current = routine.current
    return current if current and (routine.published or current.published_at) else None


def state_of(routine: Routine) -> str:
    """Where a routine stands: a key of STATES."""
    if routine.archived_at:
        return "archived"
    if routine.published:
        return "published"
    if routine.next_status == NextStatus.IN_REVIEW:
        return "in-review"
    return "withdrawn" if published_of(routine) else "draft"


def _named(key: str) -> State:
    word, icon, look = STATES[key]
    return State(key, str(word), icon, look)


def deeds_for(routine: Routine, person: User) -> list[Deed]:
    """What can be done with a routine as it stands; where this person can't, with the reason."""
    return [
        Deed(name, str(kind.label), address_of(name, routine), kind.look, why_not(name, routine, person))
        for name, kind in KINDS.items()
        if fits(name, routine)
    ]


def address_of(name: str, routine: Routine) -> str:
    """Where the page of a deed is."""
    return reverse(f"routine-{name}", args=[routine.pk])


def fits(name: str, routine: Routine) -> bool:
    """Whether a routine is where a deed begins; the domain has the last word."""
    if routine.archived_at:
        return False
    return {
        "submit": routine.next_status == NextStatus.DRAFT,
        "publish": routine.next_status == NextStatus.IN_REVIEW,
        "send-back": routine.next_status == NextStatus.IN_REVIEW,
        "discard": routine.current_id != routine.latest_id,
        "withdraw": routine.published,
    }[name]


def why_not(name: str, routine: Routine, person: User) -> str:
    """What this person would be told; empty if nothing stands against it."""
    if name != "publish":
        return ""
    if latest_of(routine).created_by_id == person.pk and not person.is_superuser:
        return _("You made the last change here. Ask another curator to read it and publish it.")
    if names := domain.unpublished_exercises(latest_of(routine)):
        return _("These exercises are not published: %(names)s.") % {"names": ", ".join(names)}
    return ""


def publishes_alone(routine: Routine, person: User) -> bool:
    """Whether somebody would publish their own words, which takes a reason."""
    return person.is_superuser and latest_of(routine).created_by_id == person.pk


def _sent_back(routine: Routine) -> AuditEntry | None:
    sent = AuditEntry.objects.filter(
        target_type="warmups.routine", target_id=str(routine.pk), action="routine.send_back"
    )
    return sent.select_related("actor").first()
