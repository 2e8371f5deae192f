"""The style guide: every piece in every state on one page, for who builds pages. Exists with DEBUG only (config/urls.py)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the pieces of templates/components with invented data."""
    return render(request, "styleguide.html", {})
