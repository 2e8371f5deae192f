"""Forms of the account and settings pages."""

from django import forms


class SignupDetailsForm(forms.Form):
    """What signing up asks beside e-mail and password."""

    def signup(self, request, user):  # type: ignore[no-untyped-def]
        """Called by allauth once the account is made."""
