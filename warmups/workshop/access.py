"""Who gets into the workshop, and what its pages share with the admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

View = Callable[..., HttpResponseBase]


def workshop_page(view: View) -> View:
    """A page for curators: others are asked to sign in, staff without the right get 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not admin.site.has_permission(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not request.user.has_perm("warmups.change_exercise"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def page_context(request: HttpRequest, title: str, **context: Any) -> dict[str, Any]:
    """What the admin's templates need, the page's title, and the page's own."""
    return admin.site.each_context(request) | {"title": title} | context
