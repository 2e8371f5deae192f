"""What one says when an old version of a routine is brought back."""

from __future__ import annotations

from typing import Any

from django import forms

from plans.forms.routines import FollowForm


class BringBackForm(FollowForm):
    """Which version it would take the place of, and whether planned runs follow; not asked where there are none."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, planned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not planned:
            del self.fields["runs"]
