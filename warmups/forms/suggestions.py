"""The wishes that a warm-up is suggested for, read from an address, so that a suggestion has one to share."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from warmups.domain.routines import StepInput, create_routine
from warmups.domain.suggesting import MOST_MINUTES, Suggestion, suggest
from warmups.domain.suggestions import NEEDS, Wishes
from warmups.models import Contraindication, Equipment, Exercise, Routine

# As one chooses it, and as it goes on after "5 minutes before".
RUN_KINDS = {
    "easy": (gettext_lazy("Easy run"), gettext_lazy("an easy run")),
    "recovery": (gettext_lazy("Recovery run"), gettext_lazy("a recovery run")),
    "long": (gettext_lazy("Long run"), gettext_lazy("a long run")),
    "tempo": (gettext_lazy("Tempo run"), gettext_lazy("a tempo run")),
    "intervals": (gettext_lazy("Intervals"), gettext_lazy("intervals")),
    "hills": (gettext_lazy("Hills"), gettext_lazy("hills")),
    "strides": (gettext_lazy("Strides"), gettext_lazy("strides")),
    "race": (gettext_lazy("Race"), gettext_lazy("a race")),
}
LIMITS = ("invalid", "min_value", "max_value")
SAY_MINUTES = format_lazy(gettext_lazy("Give a whole number from 1 to {most}."), most=MOST_MINUTES)
DEFAULTS = {"minutes": "5", "run_kind": "easy", "lying": "true", "max_difficulty": "5"}
DIFFICULTIES = [
    ("5", gettext_lazy("Any difficulty")),
    ("4", gettext_lazy("4 of 5")),
    ("3", gettext_lazy("3 of 5")),
    ("2", gettext_lazy("2 of 5")),
    ("1", gettext_lazy("1 of 5, easiest")),
]


class WishesForm(forms.Form):
    """What there is and what is wished. What an address leaves out is as for an easy run with nothing at hand."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes you have"),
        min_value=1,
        max_value=MOST_MINUTES,
        error_messages={
            "required": gettext_lazy("Say how many minutes you have."),
            **dict.fromkeys(LIMITS, SAY_MINUTES),
        },
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    run_kind = forms.ChoiceField(
        label=gettext_lazy("Before"),
        choices=[(kind, RUN_KINDS[kind][0]) for kind in NEEDS],
        error_messages={"invalid_choice": gettext_lazy("Choose one of these runs.")},
    )
    equipment = forms.MultipleChoiceField(
        label=gettext_lazy("At hand"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("We know no equipment called %(value)s.")},
        widget=forms.CheckboxSelectMultiple,
    )
    lying = forms.ChoiceField(
        label=gettext_lazy("Ground"),
        choices=[("true", gettext_lazy("Lying too")), ("false", gettext_lazy("Standing only"))],
        error_messages={"invalid_choice": gettext_lazy("Choose one of these two.")},
        widget=forms.RadioSelect,
    )
    max_difficulty = forms.ChoiceField(
        label=gettext_lazy("No harder than"),
        choices=DIFFICULTIES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
    )
    avoid = forms.MultipleChoiceField(
        label=gettext_lazy("Leave out what is not for you"),
        required=False,
        choices=Contraindication.choices,
        error_messages={"invalid_choice": gettext_lazy("We know nothing called %(value)s to avoid.")},
        widget=forms.CheckboxSelectMultiple,
    )
    include = forms.MultipleChoiceField(
        label=gettext_lazy("Have in it"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("There is no exercise “%(value)s” to choose.")},
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, sent: QueryDict) -> None:
        data = sent.copy()
        for name, value in DEFAULTS.items():
            data.setdefault(name, value)
        super().__init__(data)
        rows = Exercise.objects.published().order_by("name", "pk").values_list("slug", "name")
        self.fields["equipment"].choices = list(Equipment.objects.values_list("slug", "name"))  # type: ignore[attr-defined]
        self.fields["include"].choices = list(rows)  # type: ignore[attr-defined]
        for name in ("minutes", "run_kind", "max_difficulty"):
            self.fields[name].widget.attrs["aria-describedby"] = f"fault-{name}"

    def wishes(self) -> Wishes:
        """What was wished, as the domain takes it; of a valid form."""
        said = self.cleaned_data
        return Wishes(
            minutes=said["minutes"],
            equipment=frozenset(said["equipment"]),
            lying=said["lying"] == "true",
            run_kind=said["run_kind"],
            max_difficulty=int(said["max_difficulty"]),
            avoid=frozenset(said["avoid"]),
            include=tuple(sorted(set(said["include"]))),
        )

    def suggestion(self) -> Suggestion | None:
        """The warm-up for these wishes; None where a field of this form now says what to change."""
        if not self.is_valid():
            return None
        try:
            return suggest(self.wishes())
        except ValidationError as error:
            self.refuse(error)
            return None

    def keep(self, *, owner: User, now: datetime) -> Routine | None:
        """Make the suggestion a routine of `owner`'s: found anew from the wishes, whatever a browser has of it.

        None where a field of this form now says what to change.
        """
        suggestion = self.suggestion()
        if suggestion is None:
            return None
        steps: list[StepInput] = [{"exercise": step.exercise.slug, "rank": step.rank} for step in suggestion.steps]
        return create_routine(
            owner=owner, actor=owner, name=self.name(), description=self.description(), steps=steps, now=now
        )

    def refuse(self, error: ValidationError) -> None:
        """Show what the domain said beside the wish to relax, or on top."""
        for name, errors in error.update_error_dict({}).items():
            self.add_error(name if name in self.fields else None, ValidationError(errors))

    def query(self) -> str:
        """The address's query that says the same: in one order, and without what goes without saying."""
        said = QueryDict(mutable=True)
        for name in self.fields:
            if name == "minutes" or self.wished(name):
                said.setlist(name, self._values(name))
        return said.urlencode()

    def wished(self, *names: str) -> int:
        """How many of these wishes are another than what goes without saying."""
        return sum(self._values(name) != [value for value in [DEFAULTS.get(name)] if value] for name in names)

    def _values(self, name: str) -> list[str]:
        """What was sent for a wish; of single ones the last, which is the one that counts."""
        values = self.data.getlist(name)  # type: ignore[attr-defined]
        return values[-1:] if name in DEFAULTS else sorted({value for value in values if value})

    def name(self) -> str:
        """What a warm-up for these wishes is called; of a valid form."""
        wishes = self.wishes()
        words = ngettext("%(minutes)d minute before %(run)s", "%(minutes)d minutes before %(run)s", wishes.minutes)
        return words % {"minutes": wishes.minutes, "run": RUN_KINDS[wishes.run_kind][1]}

    def description(self) -> str:
        """With what and where it can be done; of a valid form. Not what somebody avoids: that is their own matter."""
        wishes = self.wishes()
        choices = self.fields["equipment"].choices  # type: ignore[attr-defined]
        names = ", ".join(name for slug, name in choices if slug in wishes.equipment).lower()
        at_hand = _("%(names)s at hand") % {"names": names} if names else _("nothing at hand")
        words = [at_hand] if wishes.lying else [at_hand, _("standing only")]
        return _("Suggested with %(wishes)s.") % {"wishes": ", ".join(words)}
