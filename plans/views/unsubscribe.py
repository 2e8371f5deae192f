"""The page behind the link in a reminder that ends reminders: GET asks, POST acts, nobody has to sign in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from plans.domain.unsubscribing import EVENING_BEFORE, find_unsubscriber, is_subscribed, unsubscribe


# Mail programs post here by themselves (RFC 8058), without cookies; the token is what permits it.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reminders_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to end one kind of mail, or, posted, end it at once. 404 for a token that is not ours."""
    found = find_unsubscriber(token)
    if found is None:
        raise Http404
    person, kind = found
    if request.method == "POST":
        unsubscribe(user=person, kind=kind, now=timezone.now())
    template = "plans/unsubscribe.html" if is_subscribed(person, kind) else "plans/unsubscribe_done.html"
    return render(request, template, {"digest": kind == EVENING_BEFORE})
