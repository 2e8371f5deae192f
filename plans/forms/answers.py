"""The form of an answer from the reminder. It cleans; the domain decides."""

from __future__ import annotations

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from plans.domain.run_answers import TEXT_LENGTH
from plans.forms.runs import DomainForm
from plans.forms.sessions import NoteField
from plans.models import RunAnswer


class AnswerForm(DomainForm):
    """Done and short ask for nothing."""


class SkippedForm(AnswerForm):
    """Why a warm-up was skipped, and in one's own words if one likes."""

    reason = forms.ChoiceField(
        label=_("What was it?"),
        choices=[(reason.value, capfirst(reason.label)) for reason in RunAnswer.Reason],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what comes closest.")},
    )
    text = NoteField(
        label=_("In your words"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
