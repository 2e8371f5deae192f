"""Rules in words: which runs get what, from when until when, and what a change of one would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from plans.domain.warm_up_preview import Change, Preview
from plans.models import RunKind, StandingAssignment

KINDS = {
    RunKind.EASY: gettext_lazy("easy runs"),
    RunKind.LONG: gettext_lazy("long runs"),
    RunKind.TEMPO: gettext_lazy("tempo runs"),
    RunKind.INTERVALS: gettext_lazy("intervals"),
    RunKind.HILLS: gettext_lazy("hills"),
    RunKind.STRIDES: gettext_lazy("strides"),
    RunKind.RACE: gettext_lazy("races"),
    RunKind.RECOVERY: gettext_lazy("recovery runs"),
}

# What is said of every run, and of kinds of them.
SENTENCES = {
    "holds": (gettext_lazy("%(runs)s gets “%(routine)s”."), gettext_lazy("%(runs)s get “%(routine)s”.")),
    "holds until": (
        gettext_lazy("%(runs)s gets “%(routine)s” until %(until)s."),
        gettext_lazy("%(runs)s get “%(routine)s” until %(until)s."),
    ),
    "to come": (
        gettext_lazy("%(runs)s gets “%(routine)s” from %(since)s on."),
        gettext_lazy("%(runs)s get “%(routine)s” from %(since)s on."),
    ),
    "to come until": (
        gettext_lazy("%(runs)s gets “%(routine)s” from %(since)s until %(until)s."),
        gettext_lazy("%(runs)s get “%(routine)s” from %(since)s until %(until)s."),
    ),
    "over": (
        gettext_lazy("%(runs)s got “%(routine)s” from %(since)s until %(until)s."),
        gettext_lazy("%(runs)s got “%(routine)s” from %(since)s until %(until)s."),
    ),
}


@dataclass(frozen=True)
class RuleShown:
    """A rule as its reader is shown it."""

    standing: StandingAssignment
    sentence: str
    by: str
    may_change: bool
    over: bool


@dataclass(frozen=True)
class Rung:
    """One level of precedence: what is set on it, as rules or as lines (a text and its address, or "").

    `text` says what it is, `href` and `label` lead to where it is set; `here`: the page is about this one.
    """

    title: str
    text: str = ""
    rules: list[RuleShown] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    href: str = ""
    label: str = ""
    here: bool = False

    @property
    def on(self) -> list[RuleShown]:
        """The rules that hold or will."""
        return [rule for rule in self.rules if not rule.over]

    @property
    def over(self) -> list[RuleShown]:
        """Those that are over."""
        return [rule for rule in self.rules if rule.over]


def kinds_words(kinds: Iterable[str]) -> str:
    """Which runs: "intervals and hills"; "every run" for none."""
    named = [str(KINDS[RunKind(kind)]) for kind in kinds]
    return get_text_list(named, _("and")) if named else _("every run")


def day_words(day: date, today: date) -> str:
    """A date, with its year where that is not this one."""
    return date_format(day, _("j M") if day.year == today.year else _("j M Y"))


def rule_sentence(rule: StandingAssignment, today: date) -> str:
    """What a rule says: "Intervals and hills get “Five to fire up” from 1 Dec until 1 Mar 2028."."""
    values = {
        "runs": capfirst(kinds_words(rule.kinds)),
        "routine": rule.routine.name,
        "since": day_words(rule.since, today),
        "until": day_words(rule.until, today) if rule.until else "",
    }
    every, some = SENTENCES[_stage(rule, today)]
    return str(some if rule.kinds else every) % values


def _stage(rule: StandingAssignment, today: date) -> str:
    if rule.until is None:
        return "holds" if rule.since <= today else "to come"
    if rule.until < today:
        return "over"
    return "holds until" if rule.since <= today else "to come until"


def show_rules(
    rules: Iterable[StandingAssignment], *, reader: User, today: date, may_change: Collection[int]
) -> list[RuleShown]:
    """Rules (with routine and assigned_by) as `reader` is shown them; `may_change` are keys of rules."""
    return [
        RuleShown(
            standing=rule,
            sentence=rule_sentence(rule, today),
            by=_by(rule, reader),
            may_change=rule.pk in may_change,
            over=rule.until is not None and rule.until < today,
        )
        for rule in rules
    ]


def _by(rule: StandingAssignment, reader: User) -> str:
    if rule.assigned_by is None:
        return ""
    if rule.assigned_by == reader:
        return _("Set by you")
    return _("Set by %(name)s") % {"name": rule.assigned_by}


# --- Previews ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ChangeShown:
    """A line of a preview: which runs, and from what to what."""

    kind: str
    title: str
    before: str
    after: str
    first: str


@dataclass(frozen=True)
class PreviewShown:
    """A preview in words."""

    title: str
    lines: list[ChangeShown]
    kept: str


def show_preview(told: Preview, *, today: date, own: bool = False) -> PreviewShown:
    """A preview as a page tells it; `own`: all runs are the reader's."""
    count = {"runs": told.runs, "athletes": told.athletes, "weeks": 8}
    if not told.runs:
        title = _("No run of the next %(weeks)d weeks gets another warm-up.") % count
    elif own:
        title = ngettext(
            "%(runs)d of your runs gets another warm-up.", "%(runs)d of your runs get another warm-up.", told.runs
        )
    elif told.athletes == 1:
        title = ngettext(
            "%(runs)d run of one athlete gets another warm-up.",
            "%(runs)d runs of one athlete get another warm-up.",
            told.runs,
        )
    else:
        title = _("%(runs)d runs of %(athletes)d athletes get another warm-up.")
    kept = ngettext(
        "%(kept)d run keeps what it has: something closer to the run decides.",
        "%(kept)d runs keep what they have: something closer to the run decides.",
        told.kept,
    )
    return PreviewShown(
        title=title % count if told.runs else title,
        lines=[_change(each, today, own) for each in told.changes],
        kept=kept % {"kept": told.kept} if told.kept else "",
    )


def _change(change: Change, today: date, own: bool) -> ChangeShown:
    kind = KINDS[RunKind(change.kind)] if change.runs > 1 else RunKind(change.kind).label
    title = f"{change.runs} {kind}"
    if not own and change.athletes > 1:
        title = _("%(what)s of %(athletes)d athletes") % {"what": title, "athletes": change.athletes}
    return ChangeShown(
        kind=change.kind,
        title=title,
        before=change.before.name if change.before else _("nothing yet"),
        after=change.after.name if change.after else _("nothing"),
        first=day_words(change.next, today),
    )
