"""What one writes with a deed on a routine of the library."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from warmups.domain.library_routines import LONGEST_NOTE


class DeedForm(forms.Form):
    """A deed. `based_on`: the id of the revision that was looked at."""

    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SendBackForm(DeedForm):
    """What the review asks for."""

    note = forms.CharField(
        label=_("What is to be changed"),
        help_text=_("The author sees it on the routine's page, with your name. Readers don't."),
        max_length=LONGEST_NOTE,
        error_messages={"required": _("Say what is to be changed.")},
        widget=forms.Textarea({"rows": 4}),
    )


class PublishAloneForm(DeedForm):
    """A superuser's reason for publishing their own words."""

    alone_because = forms.CharField(
        label=_("Why nobody else reads it"),
        help_text=_("You made the last change yourself. What you write stays in the history."),
        max_length=LONGEST_NOTE,
        error_messages={"required": _("Say why nobody else read it before.")},
    )
