"""What makes this an app on a phone: the service worker, the manifest, and the page of what waits on the device."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# In this order: each may use what stands in those before it.
WORKER = ("js/offline/store.js", "js/offline/people.js", "js/offline/send.js", "js/offline/worker.js")
# What pages ask for that must open without a network: the frame, today, a run, the warm-up, what waits.
SHEETS = ("prestride", "tokens", "components", "pages", "player", "versions", "runs", "pill", "strip")
SCRIPTS = ("js/player/", "js/offline/")
ICONS = ((192, "any"), (512, "any"), (512, "maskable"))


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it serves every page. It changes when any file that it keeps does."""
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    return response


def _worker() -> str:
    """One script of the worker's modules, with what it keeps as OFFLINE."""
    text = "\n".join(_plain(name) for name in WORKER)
    assets = [static(name) for name in _assets()]
    offline = {
        "assets": assets,
        "shell": reverse("offline"),
        "static": settings.STATIC_URL,
        "keepAssets": not settings.DEBUG,  # while one works on them, each look is a new one
    }
    version = hashlib.sha256(f"{json.dumps(offline)}{text}{_shell_text()}".encode()).hexdigest()[:16]
    return f"const OFFLINE = {json.dumps(offline | {'version': version})};\n{text}"


def _shell_text() -> str:
    return (settings.BASE_DIR / "templates" / "offline.html").read_text()


def _assets() -> list[str]:
    """The static files that are kept from the first visit on, by their plain names."""
    scripts = [name for name in _script_names() if name != WORKER[-1]]
    return [
        *(f"css/{name}.css" for name in SHEETS),
        "js/stepper.js",
        "django_htmx/htmx-4.min.js",
        "img/mark.svg",
        *scripts,
    ]


@cache
def _script_names() -> tuple[str, ...]:
    root = settings.BASE_DIR / "static"
    return tuple(sorted(f"{folder}{path.name}" for folder in SCRIPTS for path in (root / folder).glob("*.js")))


def _plain(name: str) -> str:
    """A module as a part of one script: without its imports, which stand before it, and without `export`."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    with open(found, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"^import .*?;\n", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^export ", "", text, flags=re.MULTILINE)


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest (W3C): what it is called and looks like on a phone's home screen."""
    return JsonResponse(
        {
            "name": "Prestride",
            "short_name": "Prestride",
            "description": _("Warm up before you run"),
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#0f1419",
            "theme_color": "#0f1419",
            "icons": [_icon(size, purpose) for size, purpose in ICONS],
        },
        content_type="application/manifest+json",
    )


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = f"icon-{size}" if purpose == "any" else f"icon-{size}-{purpose}"
    return {"src": static(f"img/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What waits on this device to be sent; also what stands in for a page that can't be had without a network."""
    return render(request, "offline.html")


offline_urls = [
    path("service-worker.js", service_worker, name="service-worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("offline/", offline, name="offline"),
]
