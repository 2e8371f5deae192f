"""What the domain refused, told in a form."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError


def tell(form: forms.Form, error: ValidationError) -> None:
    """Put each sentence beside its field, or above all where it is about none of the form's."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
