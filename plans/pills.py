"""A run as a pill in a calendar: its kind's shape, the time, the warm-up as a dot under it. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass

from plans.shown import RunShown


@dataclass(frozen=True)
class Pill:
    """What templates/plans/_pill.html shows: one run, or everyone's run of a date.

    `state` is what became of the warm-up, a word of components/state.html or None; `warm_up` its name, "" for none, and
    `minutes` how long it takes. `away` is the word for it while the athlete is, else "". `others` is how many athletes
    run, None for one person's own run. `zone` says whose time `time` is, where it is not the reader's own. `who` names
    the athlete where that goes without saying nowhere else.
    """

    kind: str
    kind_word: str
    time: str
    url: str
    state: str | None = None
    warm_up: str = ""
    minutes: int = 0
    cancelled: bool = False
    away: str = ""
    others: int | None = None
    zone: str = ""
    who: str = ""

    @property
    def off(self) -> bool:
        """Whether nobody is expected: it is cancelled, or its athlete is away."""
        return self.cancelled or bool(self.away)


def pill_of(shown: RunShown, *, who: str = "") -> Pill:
    """The pill of one run as its reader is shown it."""
    return Pill(
        kind=shown.run.kind,
        kind_word=shown.kind,
        time=shown.time,
        url=shown.run.get_absolute_url(),
        state=shown.state,
        warm_up=shown.given.revision.name if shown.given else "",
        minutes=shown.minutes,
        cancelled=shown.cancelled,
        away=shown.away,
        zone=shown.zone,
        who=who,
    )
