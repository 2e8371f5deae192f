"""What an athlete says of a warm-up: at its end, and when they change it later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plans.domain.sessions import NOTE_LENGTH, PainSide, PainSite, body_of
from plans.models import Session
from plans.models.sessions import Outcome
from warmups.domain.swaps import HURTS
from warmups.domain.versions import Version
from warmups.models import Revision

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


class ScaleSelect(forms.RadioSelect):
    """Radios under numerals, each with the word for its number, spoken with it and shown when it is chosen."""

    def __init__(self, words: Sequence[str | Promise], first: int) -> None:
        super().__init__()
        self.words = {str(number): word for number, word in enumerate(words, start=first)}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with its word."""
        option = super().create_option(name, value, *args, **kwargs)
        if word := self.words.get(str(value)):
            option["attrs"] |= {"data-word": str(word), "aria-label": f"{value}, {word}"}
        return option


class ScaleField(forms.TypedChoiceField):
    """A number from `first` on, or none, each with a word."""

    def __init__(self, words: Sequence[str | Promise], *, first: int = 0, **kwargs: Any) -> None:
        numbers = range(first, first + len(words))
        super().__init__(
            choices=[(number, str(number)) for number in numbers],
            coerce=int,
            empty_value=None,
            required=False,
            widget=ScaleSelect(words, first),
            **kwargs,
        )


class NoteField(forms.CharField):
    """Text of several lines, counted as a browser counts it: a line's end is one character."""

    def to_python(self, value: Any) -> str:
        """The text."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class SessionForm(forms.Form):
    """How it went. Only the outcome is asked for; whether the rest fits together is the domain's to say."""

    outcome = forms.ChoiceField(label=_("How much did you do?"), choices=Outcome.choices, widget=forms.RadioSelect)
    rpe = ScaleField(EFFORT_WORDS, label=_("How hard was it?"))
    pain = ScaleField(PAIN_WORDS, label=_("Does anything hurt?"))
    pain_site = forms.ChoiceField(
        label=_("Where?"), choices=[("", _("Choose a place")), *PainSite.choices], required=False
    )
    pain_side = forms.ChoiceField(
        label=_("Which side?"), choices=PainSide.choices, required=False, widget=forms.RadioSelect
    )
    readiness = ScaleField(READINESS_WORDS, first=1, label=_("How ready do you feel?"))
    note = NoteField(
        label=_("Anything to add?"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def body(self) -> dict[str, Any]:
        """The fields of a session's body that this form asks for."""
        return {name: self.cleaned_data[name] or None for name in ("outcome", "pain_site", "pain_side", "note")} | {
            name: self.cleaned_data[name] for name in ("rpe", "pain", "readiness")
        }

    def refuse(self, error: ValidationError) -> None:
        """Show what the domain refused; beside its field where this form has one, else on top."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            field = name.partition(".")[0]
            self.add_error(field if field in self.fields else None, errors)


class LogForm(SessionForm):
    """The form at the end of a warm-up, with what the guide (or without it the server) knows already."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    started_at = forms.CharField(widget=forms.HiddenInput)
    finished_at = forms.CharField(widget=forms.HiddenInput, required=False)
    edited_at = forms.CharField(widget=forms.HiddenInput, required=False)
    routine_revision = forms.CharField(widget=forms.HiddenInput, required=False)
    steps = forms.CharField(widget=forms.HiddenInput, required=False)

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
        try:
            return json.loads(self.cleaned_data["steps"] or "[]")
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("What the guide noted of the steps can't be read."), code="invalid") from error

    def body(self) -> dict[str, Any]:
        """The whole session, but for its run and what was prescribed."""
        known = ("started_at", "finished_at", "edited_at", "steps")
        return super().body() | {name: self.cleaned_data[name] or None for name in known}


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


class EditForm(SessionForm):
    """The same questions about a session that is there already."""

    def __init__(self, data: Any = None, *, session: Session) -> None:
        self.session = session
        super().__init__(data, initial=body_of(session))

    def body(self) -> dict[str, Any]:
        """The whole session: what this form asks for changed, the rest as it was."""
        return body_of(self.session) | super().body()
