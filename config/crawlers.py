"""What search engines are told: the library is for all, the rest leads to sign-in pages only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

PRIVATE = ("/accounts/", "/admin/", "/answer/", "/api/", "/invitations/", "/reminders/", "/settings/", "/warm-up/")
# As many pages as there are wishes, each of them worked out anew.
ENDLESS = ("/routines/suggest/?",)


def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt (RFC 9309), with the way to the sitemap. Figures are open although they are under the API."""
    refused = (f"Disallow: {path}" for path in (*PRIVATE, *ENDLESS))
    lines = ["User-agent: *", "Allow: /api/v1/exercises/*/figure.", *refused]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
