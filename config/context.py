"""What every template may use beside its own context."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`demo`: whether this is the demo; `site_url`: for full links; `source_url`: where the running code can be had."""
    return {"demo": settings.DEMO, "site_url": settings.SITE_URL, "source_url": settings.SOURCE_URL}
