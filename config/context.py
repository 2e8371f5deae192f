"""What every template may use beside its own context."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`demo`: whether this is the demo; `debug`: whether pages for developers exist; `site_url`: for full links."""
    return {"demo": settings.DEMO, "debug": settings.DEBUG, "site_url": settings.SITE_URL}
