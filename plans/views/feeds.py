"""The settings' page of calendar feeds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from plans.domain.feeds import feed_secret, make_feed, revoke_feed
from plans.forms.feeds import FeedForm
from plans.models import Feed


@login_required
@never_cache
def settings_calendar(request: HttpRequest) -> HttpResponse:
    """One's feeds with their addresses; POST makes one more."""
    person: Any = request.user
    form = FeedForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        try:
            made = make_feed(person=person, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The address is made. Copy it into your calendar."))
            return redirect(f"{reverse('settings-calendar')}#feed-{made.pk}")
    feeds = [_shown(feed) for feed in Feed.objects.visible_to(person).select_related("squad")]
    context = {"form": form, "feeds": feeds}
    return render(request, "plans/feeds.html", context, status=422 if form.errors else 200)


def _shown(feed: Feed) -> dict[str, Any]:
    address = settings.SITE_URL + reverse("calendar-feed", args=[feed_secret(feed)])
    return {"feed": feed, "title": _title(feed), "address": address, "webcal": "webcal" + address[address.index(":") :]}


def _title(feed: Feed) -> str:
    name = feed.squad.name if feed.squad else _("Your runs")
    return _("%(name)s, only when busy") % {"name": name} if feed.busy else str(name)


@login_required
def settings_calendar_end(request: HttpRequest, feed_id: int) -> HttpResponse:
    """GET asks, POST ends a feed."""
    person: Any = request.user
    feed = Feed.objects.for_change(person, pk=feed_id)
    if request.method == "POST":
        revoke_feed(feed=feed, actor=person, now=timezone.now())
        messages.success(request, _("The address is ended. Calendars that used it get nothing new."))
        return redirect("settings-calendar")
    question = {
        "title": _("End the address of “%(name)s”?") % {"name": _title(feed)},
        "text": _("Calendars that use it get nothing new from then on. You can make another address at any time."),
        "button": _("End it"),
        "danger": True,
        "back": reverse("settings-calendar"),
    }
    return render(request, "components/confirm.html", question)
