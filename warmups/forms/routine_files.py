"""The form for bringing a routine in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from warmups.domain.routine_files import MOST_BYTES


class RoutineFileForm(forms.Form):
    """A routine's file, or what stands in it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,  # the domain says what is wrong with it
        help_text=gettext_lazy("A .json file, as Prestride writes them."),
        widget=forms.FileInput({"accept": ".json,application/json"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "autocapitalize": "off", "class": "file-text"}),
    )

    def clean(self) -> dict[str, Any]:
        """`content`: the bytes of the file, else those of the text."""
        data = self.cleaned_data
        if data.get("file"):
            data["content"] = data["file"].read(MOST_BYTES + 1)
        elif data.get("text", "").strip():
            data["content"] = data["text"].encode()
        elif not self.errors:
            self.add_error("file", _("Choose a file, or paste its text."))
        return data
