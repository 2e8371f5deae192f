"""An exercise as a form: what a document says in fields, and fields back into a document.

Only what was typed is read here (numbers, days, lines, JSON); whether it is right is the domain's to say, for every
field at once and for every way in (exercise_documents.check_document).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from warmups.domain.content_export import poses_json
from warmups.domain.exercise_documents import DOSE, EMPTY, Document
from warmups.domain.exercises import LONGEST_REASON
from warmups.domain.fields import MOST_ITEMS
from warmups.forms.curation import LinesField, MistakesField
from warmups.models import (
    Contraindication,
    Equipment,
    Exercise,
    ExerciseMuscle,
    Mode,
    Muscle,
    Phase,
    RunningRole,
    Substitute,
)

LONGEST_POSES = 60_000
EMPTY_ROWS = 2  # to fill in without JavaScript

# Where the form has another name for it than the document.
NAMES = {f"dose.{name}": name for name in DOSE} | {
    "review.by": "reviewed_by",
    "review.on": "reviewed_on",
    "review.due": "review_due",
}


class Choices(NamedTuple):
    """What there is to choose, as (slug, name)."""

    exercises: list[tuple[str, str]]
    muscles: list[tuple[str, str]]
    equipment: list[tuple[str, str]]


def choices_here() -> Choices:
    """Everything in the database, by name; at three queries."""

    def named(model: type[models.Model]) -> list[tuple[str, str]]:
        return list(model._default_manager.order_by("name").values_list("slug", "name"))

    return Choices(named(Exercise), named(Muscle), named(Equipment))


class PosesField(forms.CharField):
    """Pose data as JSON."""

    widget = forms.Textarea(attrs={"rows": 18, "cols": 80, "spellcheck": "false", "autocapitalize": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)

    def prepare_value(self, value: Any) -> str:
        """The text to edit."""
        return value if isinstance(value, str) else "" if value is None else poses_json(value)

    def to_python(self, value: Any) -> Any:
        """The poses, or None. Raises ValidationError with line and column."""
        return read_poses(str(super().to_python(value)))


def read_poses(text: str) -> Any:
    """Poses out of what was typed; None for nothing. Raises ValidationError that says where it is no JSON."""
    if not text.strip():
        return None
    if len(text) > LONGEST_POSES:
        message = _("This has %(length)d characters. At most %(longest)d fit.")
        raise ValidationError(message, params={"length": len(text), "longest": LONGEST_POSES}, code="max_length")
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        message = _("This is not JSON: look at line %(line)d, character %(column)d. %(why)s.")
        params = {"line": error.lineno, "column": error.colno, "why": error.msg}
        raise ValidationError(message, params=params, code="invalid") from error
    except (RecursionError, ValueError) as error:
        message = _("This is nested too deep, or has a number that is none.")
        raise ValidationError(message, code="invalid") from error


def _no_number(name: str) -> None:
    raise ValueError(name)


class ExerciseForm(forms.Form):
    """All that an exercise says but its muscles and substitutes, which are rows of their own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("As runners say it."))
    slug = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "The end of its page's address, in small letters, digits and hyphens. Left empty it is made from the name. "
            "It stays for ever once you have saved."
        ),
    )
    aliases = LinesField(label=gettext_lazy("Other names"), longest=80, rows=3)
    summary = forms.CharField(
        label=gettext_lazy("In one line"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"size": 90}),
        help_text=gettext_lazy("What one does, as it stands on cards and in lists."),
    )
    set_up = forms.CharField(
        label=gettext_lazy("Set-up"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text=gettext_lazy("How one gets into the starting position."),
    )
    steps = LinesField(
        label=pgettext_lazy("of an exercise", "Steps"),
        longest=500,
        rows=7,
        help_text=gettext_lazy("One on each line, in their order, without numbers."),
    )
    cues = LinesField(
        label=gettext_lazy("Cues"), longest=120, help_text=gettext_lazy("Short calls for the player, one on each line.")
    )
    feel = forms.CharField(
        label=gettext_lazy("What to feel"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
    )
    mistakes = MistakesField(
        label=gettext_lazy("Common mistakes"),
        longest=800,
        rows=6,
        help_text=gettext_lazy(
            "One on each line, mistake and fix with a bar between: Knee falls inwards | Go less deep"
        ),
    )
    leave_out = forms.CharField(
        label=gettext_lazy("When to leave it out"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
    )
    contraindications = forms.MultipleChoiceField(
        label=gettext_lazy("Leave out or swap with"),
        choices=Contraindication.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=Exercise.Category.choices)
    phase = forms.ChoiceField(
        label=gettext_lazy("RAMP phase"),
        choices=Phase.choices,
        help_text=gettext_lazy("Where in a warm-up it belongs: raise, activate, mobilise, potentiate."),
    )
    position = forms.ChoiceField(label=gettext_lazy("Position"), choices=Exercise.Position.choices)
    lying = forms.BooleanField(
        label=gettext_lazy("On the ground"),
        required=False,
        help_text=gettext_lazy("Hands, knees, side or back touch the ground."),
    )
    space = forms.ChoiceField(label=gettext_lazy("Space"), choices=Exercise.Space.choices)
    running_role = forms.ChoiceField(
        label=gettext_lazy("Running role"),
        choices=RunningRole.choices,
        help_text=gettext_lazy("What in the stride it prepares for most."),
    )
    difficulty = forms.IntegerField(
        label=gettext_lazy("Difficulty"), help_text=gettext_lazy("From 1, for everyone, to 5.")
    )
    movement = LinesField(
        label=gettext_lazy("Movement"),
        longest=80,
        rows=3,
        help_text=gettext_lazy("In anatomical words, one on each line: hip abduction"),
    )
    mode = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=Mode.choices)
    sets = forms.IntegerField(label=gettext_lazy("Sets"), required=False)
    reps = forms.IntegerField(label=gettext_lazy("Repetitions or holds"), required=False)
    hold_seconds = forms.IntegerField(label=gettext_lazy("Hold, seconds"), required=False)
    metres = forms.IntegerField(label=gettext_lazy("Metres"), required=False)
    tempo = forms.CharField(
        label=gettext_lazy("Tempo"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Seconds out, pause, back: 2-0-1"),
    )
    seconds_per_rep = forms.FloatField(
        label=gettext_lazy("Seconds per repetition"),
        required=False,
        help_text=gettext_lazy("Seconds per metre where metres are counted; empty for holds."),
    )
    unilateral = forms.BooleanField(
        label=gettext_lazy("One side, then the other"),
        required=False,
        help_text=gettext_lazy("The dose is for each side."),
    )
    alternating = forms.BooleanField(
        label=gettext_lazy("Sides in turn"), required=False, help_text=gettext_lazy("The dose is for both together.")
    )
    equipment = forms.MultipleChoiceField(
        label=gettext_lazy("Equipment"), required=False, widget=forms.CheckboxSelectMultiple
    )
    equipment_substitutes = forms.CharField(label=gettext_lazy("What can stand in"), max_length=120, required=False)
    easier = forms.ChoiceField(label=gettext_lazy("Easier one"), required=False)
    harder = forms.ChoiceField(label=gettext_lazy("Harder one"), required=False)
    evidence_level = forms.ChoiceField(
        label=gettext_lazy("Evidence level"),
        choices=Exercise.EvidenceLevel.choices,
        help_text=gettext_lazy("How well it is known what it works. The figures of studies have pages of their own."),
    )
    reviewed_by = forms.CharField(
        label=gettext_lazy("Reviewed by"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Name and profession, as readers see it. Empty as long as no clinician has read it."),
    )
    reviewed_on = forms.DateField(
        label=gettext_lazy("Reviewed on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    review_due = forms.DateField(
        label=gettext_lazy("Next review due"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    poses = PosesField(label=gettext_lazy("Poses of the figure"))
    reason = forms.CharField(
        label=gettext_lazy("What did you change, and why?"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.TextInput(attrs={"size": 90}),
        help_text=gettext_lazy("For the history, where others read it years from now."),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, choices: Choices, slug: str | None = None, **kwargs: Any) -> None:
        """`slug`: of the exercise that is changed; None for a new one."""
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        others = [("", _("None")), *((other, name) for other, name in choices.exercises if other != slug)]
        for link in ("easier", "harder"):
            self._field(link, forms.ChoiceField).choices = others
        self._field("equipment", forms.MultipleChoiceField).choices = choices.equipment
        if slug is not None:
            del self.fields["slug"]

    def _field(self, name: str, kind: type[Any]) -> Any:
        field = self.fields[name]
        assert isinstance(field, kind)  # noqa: S101 (for the type checker)
        return field


class MuscleRow(forms.Form):
    """A muscle that it works."""

    muscle = forms.ChoiceField(label=gettext_lazy("Muscle"))
    role = forms.ChoiceField(label=gettext_lazy("How"), choices=ExerciseMuscle.Role.choices)

    def __init__(self, *args: Any, options: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["muscle"].choices = [("", "---------"), *options]  # type: ignore[attr-defined]


class SubstituteRow(forms.Form):
    """What stands in for it, and when."""

    when = forms.ChoiceField(label=gettext_lazy("When"), choices=Substitute.When.choices)
    exercise = forms.ChoiceField(label=gettext_lazy("Instead"))

    def __init__(self, *args: Any, options: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exercise"].choices = [("", "---------"), *options]  # type: ignore[attr-defined]


class Rows(forms.BaseFormSet):
    """Rows that are all filled in, empty or taken out; nothing else is kept of how they were."""

    def filled(self) -> Iterator[forms.Form]:
        """The rows that say something and are not to go."""
        for row in self.forms:
            if row.cleaned_data and not row.cleaned_data.get("DELETE") and row.cleaned_data.get(self.named):
                yield row

    @property
    def named(self) -> str:
        """The field that makes a row one."""
        return "muscle" if self.form is MuscleRow else "exercise"

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """With a box to take a row out."""
        super().add_fields(form, index)
        form.label_suffix = ""
        form.fields["DELETE"].label = _("Take out")
        # All of a row is read again, whether it was there before or not; an empty one is none.
        form.empty_permitted = False
        for name in form.fields:
            form.fields[name].required = False


MuscleRows: type[Rows] = forms.formset_factory(  # type: ignore[assignment]
    MuscleRow, formset=Rows, extra=EMPTY_ROWS, can_delete=True, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS
)
SubstituteRows: type[Rows] = forms.formset_factory(  # type: ignore[assignment]
    SubstituteRow, formset=Rows, extra=EMPTY_ROWS, can_delete=True, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS
)


class ExercisePage:
    """The form with its rows, from a document or from what was sent."""

    def __init__(
        self, *, document: Document, slug: str | None, based_on: int | None, data: Any = None, reason: str = ""
    ) -> None:
        choices = choices_here()
        fields = fields_of(document) | {"based_on": based_on, "reason": reason}
        self.document = document
        self.form = ExerciseForm(data, initial=fields, choices=choices, slug=slug)
        muscles = [{"muscle": muscle, "role": role} for role, slugs in document["muscles"].items() for muscle in slugs]
        others = [option for option in choices.exercises if option[0] != slug]
        self.muscles = MuscleRows(data, prefix="worked", initial=muscles, form_kwargs={"options": choices.muscles})
        self.substitutes = SubstituteRows(
            data, prefix="substitutes", initial=document["substitutes"], form_kwargs={"options": others}
        )

    def is_valid(self) -> bool:
        """Whether all of it can be read."""
        return all([self.form.is_valid(), self.muscles.is_valid(), self.substitutes.is_valid()])

    @property
    def sent(self) -> Document:
        """The document that was sent. What the form does not show stays as it was."""
        values = self.form.cleaned_data
        muscles: dict[str, list[str]] = {role: [] for role in ExerciseMuscle.Role.values}
        for row in self.muscles.filled():
            muscles[row.cleaned_data["role"] or "primary"].append(row.cleaned_data["muscle"])
        return (
            self.document
            | {name: values[name] for name in EMPTY if name in values}
            | {
                "dose": {name: values[name] for name in DOSE},
                "seconds_per_rep": _whole(values["seconds_per_rep"]),
                "easier": values["easier"] or None,
                "harder": values["harder"] or None,
                "muscles": muscles,
                "substitutes": [
                    {"when": row.cleaned_data["when"], "exercise": row.cleaned_data["exercise"]}
                    for row in self.substitutes.filled()
                ],
                "review": {
                    "by": values["reviewed_by"],
                    "on": values["reviewed_on"] and values["reviewed_on"].isoformat(),
                    "due": values["review_due"] and values["review_due"].isoformat(),
                },
            }
        )

    def refuse(self, problems: Mapping[str, Iterable[str]]) -> None:
        """Put each of the domain's sentences beside the field that it is about."""
        for path, messages in problems.items():
            words = path.split(".")
            for message in messages:
                if words[0] == "muscles":
                    self._refuse_row(self.muscles, message)
                elif words[0] == "substitutes":
                    at = int(words[1]) if len(words) > 1 and words[1].isdecimal() else None
                    self._refuse_row(self.substitutes, message, at)
                elif words[0] == "poses":
                    where = ".".join(words[1:])
                    self.form.add_error("poses", f"{where}: {message}" if where else message)
                elif words[0] == "mistakes" and len(words) == 3:
                    line = _("Line %(number)d: %(message)s") % {"number": int(words[1]) + 1, "message": message}
                    self.form.add_error("mistakes", line)
                else:
                    name = NAMES.get(path, words[0])
                    self.form.add_error(name if name in self.form.fields else None, message)

    def _refuse_row(self, rows: Any, message: str, at: int | None = None) -> None:
        """Beside the row, or above all of them where it is about none."""
        filled = list(rows.filled())
        if at is not None and at < len(filled):
            filled[at].add_error(None, message)
        else:
            rows.non_form_errors().append(ValidationError(message))

    @property
    def has_errors(self) -> bool:
        """Whether anything was refused."""
        return bool(
            self.form.errors
            or any(self.muscles.errors)
            or self.muscles.non_form_errors()
            or any(self.substitutes.errors)
            or self.substitutes.non_form_errors()
        )


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value


def fields_of(document: Document) -> dict[str, Any]:
    """What a document says in the form's fields."""
    values = {name: value for name, value in document.items() if name not in ("dose", "review", "muscles", "media")}
    review = document["review"]
    return (
        values
        | document["dose"]
        | {"reviewed_by": review["by"], "reviewed_on": review["on"], "review_due": review["due"]}
    )
