"""What an athlete says of a warm-up: at its end, and when they change it later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.domain.local_time import instant
from plans.domain.sessions import NOTE_LENGTH, SLUG, YEARS, PainSide, PainSite, body_of
from plans.forms.runs import RoutineField, routines_for
from plans.forms.step_answers import StepAnswers
from plans.models import Run, Session
from plans.models.sessions import FirstTen, Outcome
from plans.shown import minutes_of
from warmups.domain.swaps import HURTS
from warmups.domain.versions import Version
from warmups.models import Revision, Routine

# Borg CR10, in words that say how hard something was.
EFFORT_WORDS = (
    _("nothing at all"),
    _("very light"),
    _("light"),
    _("moderate"),
    _("somewhat hard"),
    _("hard"),
    _("hard to very hard"),
    _("very hard"),
    _("very hard indeed"),
    _("extremely hard"),
    _("as hard as can be"),
)
PAIN_WORDS = (_("none"), *[_("mild")] * 3, *[_("moderate")] * 3, *[_("severe")] * 3, _("the worst imaginable"))
READINESS_WORDS = (_("worn out"), _("tired"), _("all right"), _("good"), _("ready to go"))
FACES = ("frown", "annoyed", "meh", "smile", "laugh")


class ScaleSelect(forms.RadioSelect):
    """Radios under numerals, each with the word for its number, spoken with it and shown when it is chosen."""

    def __init__(self, words: Sequence[str | Promise], first: int, icons: Sequence[str]) -> None:
        super().__init__()
        self.words = {str(number): word for number, word in enumerate(words, start=first)}
        self.icons = {str(number): icon for number, icon in enumerate(icons, start=first)}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with its word."""
        option = super().create_option(name, value, *args, **kwargs)
        if word := self.words.get(str(value)):
            option["attrs"] |= {"data-word": str(word), "aria-label": f"{value}, {word}"}
            option |= {"word": word, "icon": self.icons.get(str(value), "")}
        return option


class ScaleField(forms.TypedChoiceField):
    """A number from `first` on, or none, each with a word and perhaps an icon."""

    def __init__(
        self, words: Sequence[str | Promise], *, first: int = 0, icons: Sequence[str] = (), **kwargs: Any
    ) -> None:
        numbers = range(first, first + len(words))
        super().__init__(
            choices=[(number, str(number)) for number in numbers],
            coerce=int,
            empty_value=None,
            required=False,
            widget=ScaleSelect(words, first, icons),
            **kwargs,
        )


class NoteField(forms.CharField):
    """Text of several lines, counted as a browser counts it: a line's end is one character."""

    def to_python(self, value: Any) -> str:
        """The text."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class SessionForm(StepAnswers):
    """How it went. Only the outcome is asked for; whether the rest fits together is the domain's to say."""

    NAMES: ClassVar[dict[str, str]] = {}  # of the domain's fields that have another one here

    outcome = forms.ChoiceField(label=_("How much did you do?"), choices=Outcome.choices, widget=forms.RadioSelect)
    rpe = ScaleField(EFFORT_WORDS, label=_("How hard was it?"))
    pain = ScaleField(PAIN_WORDS, label=_("Does anything hurt?"))
    pain_site = forms.ChoiceField(
        label=_("Where?"), choices=[("", _("Choose a place")), *PainSite.choices], required=False
    )
    pain_side = forms.ChoiceField(
        label=_("Which side?"), choices=PainSide.choices, required=False, widget=forms.RadioSelect
    )
    readiness = ScaleField(READINESS_WORDS, first=1, icons=FACES, label=_("How ready do you feel?"))
    note = NoteField(
        label=_("Anything to add?"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def said(self) -> dict[str, Any]:
        """The fields of a session's body that this form asks for, but for its steps."""
        return {name: self.cleaned_data[name] or None for name in ("outcome", "pain_site", "pain_side", "note")} | {
            name: self.cleaned_data[name] for name in ("rpe", "pain", "readiness")
        }

    def refuse(self, error: ValidationError) -> None:
        """Show what the domain refused; beside its field where this form has one, else on top."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            field = self.NAMES.get(name, name.partition(".")[0])
            self.add_error(field if field in self.fields else None, errors)


class NewSessionForm(SessionForm):
    """A session that is not there yet, under the UUID that it is to have: sent twice, it is one."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def renew(self) -> None:
        """Say that the session with this UUID was deleted, and keep what was typed, to be saved as another one."""
        self.add_error(None, _("You deleted this log in the meantime. Save again to keep it as a new one."))
        data: QueryDict = self.data.copy()  # type: ignore[attr-defined]
        data["id"] = str(uuid4())
        self.data = data


class LogForm(NewSessionForm):
    """The form at the end of a warm-up, with what the guide (or without it the server) knows already."""

    started_at = forms.CharField(widget=forms.HiddenInput)
    finished_at = forms.CharField(widget=forms.HiddenInput, required=False)
    edited_at = forms.CharField(widget=forms.HiddenInput, required=False)
    routine_revision = forms.CharField(widget=forms.HiddenInput, required=False)
    steps = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, revision: Revision | None, version: Version, now: datetime) -> None:
        self.revision = revision
        super().__init__(data, initial=self.blank(revision=revision, version=version, now=now))
        noted = _read_steps(self.data.get("steps")) if self.is_bound else noted_steps(version)
        self.ask_steps(version.steps, noted if _are_steps(noted) else [])

    @staticmethod
    def blank(*, revision: Revision | None, version: Version, now: datetime) -> dict[str, Any]:
        """What the form starts with when its page of this version is opened at `now`."""
        return {
            "id": uuid4(),
            "started_at": now.astimezone(UTC).isoformat(),
            "outcome": Outcome.SHORT if version.short else Outcome.DONE,
            "routine_revision": revision.pk if revision else None,
            "steps": json.dumps(noted_steps(version)),
        }

    def clean_steps(self) -> Any:
        """The guide's JSON as values."""
        steps = _read_steps(self.cleaned_data["steps"])
        if steps is None:
            raise ValidationError(_("What the guide noted of the steps can't be read."), code="invalid")
        return steps

    def body(self) -> dict[str, Any]:
        """The whole session, but for its run."""
        known = {name: self.cleaned_data[name] or None for name in ("started_at", "finished_at", "edited_at")}
        noted = self.cleaned_data["steps"]
        # What cannot be read as steps goes on as it is: the domain says what is wrong with it.
        steps = self.answered(noted) if _are_steps(noted) else noted
        return self.said() | known | {"steps": steps, "routine_revision": self.revision.pk if self.revision else None}


def noted_steps(version: Version) -> list[dict[str, Any]]:
    """A session's steps as far as the version itself tells; nothing of the routine as it is.

    What is in it with what it was swapped for, and what is left out because it hurts. What there is no time for is
    not noted: nobody skipped it.
    """
    if version.full:
        return []
    swaps = {each.step.position: each for each in version.swaps}
    noted = []
    for step in version.steps:
        swap = swaps.get(step.position)
        row: dict[str, Any] = {"position": step.position, "skipped": False}
        # The same exercise without its band is no other exercise.
        if swap and step.exercise_id != swap.step.exercise_id:
            row |= {"swapped_for": step.exercise.slug, "skip_reason": HURTS if HURTS in swap.whys else None}
        noted.append(row)
    hurting = [each.step.position for each in version.left_out if HURTS in each.whys]
    noted += [{"position": position, "skipped": True, "skip_reason": HURTS} for position in hurting]
    return sorted(noted, key=lambda row: row["position"])


def _read_steps(text: str | None) -> Any:
    """The guide's JSON as values; None if it is none."""
    try:
        return json.loads(text or "[]")
    except (ValueError, RecursionError):
        return None


def _are_steps(noted: Any) -> bool:
    """Whether these are rows of steps, each position once; anything else is the domain's to refuse."""
    if not (isinstance(noted, list) and all(isinstance(row, dict) for row in noted)):
        return False
    positions = [row.get("position") for row in noted]
    swaps = [row.get("swapped_for") for row in noted]
    known = all(type(each) is int for each in positions) and all(
        each is None or (isinstance(each, str) and SLUG.fullmatch(each)) for each in swaps
    )
    return known and len(set(positions)) == len(positions)


YES_NO = [("true", _("yes")), ("false", _("no"))]


class AfterForm(forms.Form):
    """The two questions after the run."""

    stiff_before = forms.TypedChoiceField(
        label=_("Were you stiff before it?"),
        choices=YES_NO,
        coerce=lambda value: value == "true",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    first_ten = forms.TypedChoiceField(
        label=_("How were the first ten minutes?"),
        choices=FirstTen.choices,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


class EditForm(AfterForm, SessionForm):
    """The same questions about a session that is there already, and those about the run once that has begun."""

    AFTER = ("stiff_before", "first_ten")

    def __init__(self, data: Any = None, *, session: Session, now: datetime) -> None:
        self.session = session
        standing = body_of(session)
        super().__init__(data, initial=standing | {"stiff_before": _spoken(session.stiff_before)})
        if not (session.run and session.run.starts_at <= now):
            for name in self.AFTER:
                del self.fields[name]
        steps = session.revision.steps.select_related("exercise") if session.revision else []
        self.ask_steps(list(steps), standing["steps"])

    def body(self) -> dict[str, Any]:
        """The whole session: what this form asks for changed, the rest as it was."""
        standing = body_of(self.session)
        # What was said elsewhere since this page was opened stays; here it cannot be unsaid.
        after = {name: value for name in self.AFTER if (value := self.cleaned_data.get(name)) is not None}
        return standing | self.said() | after | {"steps": self.answered(standing["steps"])}


def _spoken(flag: bool | None) -> str | None:
    return None if flag is None else str(flag).lower()


class MemoryForm(NewSessionForm):
    """A warm-up done without the guide: of a run, or (without one) of any day, with any routine or none."""

    NAMES: ClassVar[dict[str, str]] = {"started_at": "day", "routine_revision": "routine"}

    # What the steps below are about, should the run get another warm-up meanwhile.
    routine_revision = forms.CharField(widget=forms.HiddenInput, required=False)
    day = forms.DateField(
        label=_("Day"), input_formats=["%Y-%m-%d"], widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    begun = forms.TimeField(
        label=_("Begun at"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    routine = RoutineField(
        Routine.objects.none(), label=_("Warm-up"), required=False, empty_label=_("Another, or none in particular")
    )

    def __init__(
        self, data: Any = None, *, athlete: User, run: Run | None, revision: Revision | None, now: datetime
    ) -> None:
        self.run, self.revision, self.now = run, revision, now
        self.zone = run.time_zone if run else athlete.time_zone
        before = timedelta(minutes=minutes_of(revision)) if revision else timedelta()
        begun = min(now, run.starts_at - before) if run else now
        local = begun.astimezone(self.zone)
        blank = {"id": uuid4(), "outcome": Outcome.DONE, "day": local.date(), "begun": local.time()}
        super().__init__(data, initial=blank | {"routine_revision": revision.pk if revision else None})
        if run:
            del self.fields["routine"]
        else:
            self.fields["routine"].queryset = routines_for(athlete)  # type: ignore[attr-defined]
        self.ask_steps(list(revision.steps.select_related("exercise")) if revision else [], [])

    def clean(self) -> dict[str, Any]:
        """Nobody has done a warm-up that is still to come."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        day = values.get("day")
        if day and not YEARS[0] <= day.year <= YEARS[1]:
            words = _("Give a year from %(first)s to %(last)s.") % {"first": YEARS[0], "last": YEARS[1]}
            self.add_error("day", words)
        elif day and values.get("begun") and self._started_at() > self.now:
            self.add_error("begun", _("That is still to come. Give a time that has passed."))
        return values

    def _started_at(self) -> datetime:
        return instant(datetime.combine(self.cleaned_data["day"], self.cleaned_data["begun"]), self.zone)

    def body(self) -> dict[str, Any]:
        """The whole session."""
        chosen = self.cleaned_data.get("routine")
        revision = chosen.current if chosen else self.revision
        return self.said() | {
            "run": self.run.pk if self.run else None,
            "routine_revision": revision.pk if revision else None,
            "started_at": self._started_at().isoformat(),
            "steps": self.answered([]),
            "from_memory": True,
        }
