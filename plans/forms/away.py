"""The form of away dates. It cleans; the domain decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.forms.runs import DomainForm
from plans.models import Away

REASONS = [
    (Away.Why.AWAY, _("Away")),
    (Away.Why.ILL, _("Ill")),
    (Away.Why.INJURED, _("Injured")),
]


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, input_formats=["%Y-%m-%d"], widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options
    )


class AwayForm(DomainForm):
    """From when until when, and why; without why for somebody who may not read it. `NAMES` are the domain's."""

    since = _day(_("First day"))
    until = _day(_("Last day"), help_text=_("You can change it later."))
    reason = forms.ChoiceField(label=_("Why"), choices=REASONS, initial=Away.Why.AWAY, widget=forms.RadioSelect)

    def __init__(self, *args: Any, asks_why: bool = True, why_help: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = why_help
        if not asks_why:
            del self.fields["reason"]
