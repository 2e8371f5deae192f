"""Beside a routine's own form: whom it is shared with, and whether planned runs follow a change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.models import Squad


class SharingForm(forms.Form):
    """The squads that `person` coaches, to share a routine with."""

    squads = forms.ModelMultipleChoiceField(
        Squad.objects.none(),
        label=_("Share with"),
        required=False,
        help_text=_("Everyone in the squad sees it and may do it. Only you change it."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["squads"].queryset = Squad.objects.editable_by(person).order_by("name")  # type: ignore[attr-defined]


class FollowForm(forms.Form):
    """Whether runs that have been given the routine get the new version."""

    MOVE, LEAVE = "move", "leave"
    runs = forms.ChoiceField(
        label=_("These runs"),
        choices=[(MOVE, _("get the new version")), (LEAVE, _("keep the version they have"))],
        initial=MOVE,
        widget=forms.RadioSelect,
    )
