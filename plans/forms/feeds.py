"""What a new calendar feed is to show."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.models import Squad


class FeedForm(forms.Form):
    """A new feed: whose runs, and how much of them."""

    squad = forms.ModelChoiceField(
        Squad.objects.none(), label=_("Whose runs"), required=False, empty_label=_("My own"), to_field_name="slug"
    )
    busy = forms.BooleanField(
        label=_("Only that I am busy"),
        required=False,
        help_text=_("Times and nothing else: for a calendar that others read."),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        squads = Squad.objects.readable_by_staff_of(person)
        self.fields["squad"].queryset = squads  # type: ignore[attr-defined]
        if not self.is_bound and not squads.exists():
            del self.fields["squad"]
