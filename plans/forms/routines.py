"""Beside a routine's own form: whom it is shared with, and whether planned runs follow a change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from plans.models import Squad


class SharingForm(forms.Form):
    """The squads that `person` coaches, to share a routine with."""

    squads = forms.MultipleChoiceField(
        label=_("Share with"),
        required=False,
        help_text=_("Everyone in the squad sees it and may do it. Only you change it."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.coached = {squad.slug: squad for squad in Squad.objects.editable_by(person).order_by("name")}
        choices = [(slug, squad.name) for slug, squad in self.coached.items()]
        self.fields["squads"].choices = choices  # type: ignore[attr-defined]

    def clean_squads(self) -> list[Squad]:
        """The squads."""
        return [self.coached[slug] for slug in self.cleaned_data["squads"]]


class FollowForm(forms.Form):
    """Whether runs that have been given the routine get the new version."""

    MOVE, LEAVE = "move", "leave"
    runs = forms.ChoiceField(
        label=_("These runs"),
        choices=[(MOVE, _("get the new version")), (LEAVE, _("keep the version they have"))],
        initial=MOVE,
        widget=forms.RadioSelect,
    )
