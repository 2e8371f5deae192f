"""A warm-up suggested for what somebody has and wishes; kept as a routine of one's own if one likes it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url

from warmups.coverage_picture import coverage_picture
from warmups.domain.suggesting import Suggestion, suggest
from warmups.forms.suggestions import WishesForm
from warmups.kept_answers import kept_html
from warmups.routine_shapes import ticks
from warmups.views.library import HtmxHttpRequest

POINTS = ("muscle", "role", "phase", "position", "difficulty", "length")
FOLDED = ("max_difficulty", "avoid", "include")  # what stands under "more wishes"


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Request-Type")
def routine_suggest(request: HtmxHttpRequest) -> HttpResponse:
    """The best warm-up for the wishes in the address; POST keeps it. htmx gets the answer, and what is wrong, alone.

    422 with what to change beside the wish, where the wishes are wrong or nothing fits them.
    """
    form = WishesForm(request.GET)
    if request.method == "POST":
        return _keep(request, form)
    return _shown(request, form)


def _shown(request: HtmxHttpRequest, form: WishesForm) -> HttpResponse:
    answer = _answer(form)
    address = f"{reverse('routine-suggest')}?{form.query()}"
    context = {
        "form": form,
        "answer": answer,
        "address": address,
        "player": f"{reverse('warm-up-suggested')}?{form.query()}" if answer else "",
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': address})}",
        "used": _used(form),
    }
    status = 422 if form.errors else 200
    if request.htmx and request.htmx.request_type == "partial":
        return replace_url(render(request, "warmups/_suggestion_live.html", context, status=status), address)
    return render(request, "warmups/suggest.html", context, status=status)


def _used(form: WishesForm) -> dict[str, int | bool]:
    """How many wishes are used in each fold, and whether one of all of them is refused."""
    counts = {name: len(form[name].data) for name in ("include", "avoid")}
    more = form.wished("max_difficulty") + sum(counts.values())
    return {**counts, "more": more, "refused": not form.errors.keys().isdisjoint(FOLDED)}


def _answer(form: WishesForm) -> str:
    """The suggestion in one HTML; nothing where the form says what to change. The same wishes are solved once."""
    if not form.is_valid():
        return ""
    try:
        return kept_html("suggestion", form.query(), lambda: _rendered(form, suggest(form.wishes())))
    except ValidationError as error:
        form.refuse(error)
        return ""


def _rendered(form: WishesForm, suggestion: Suggestion) -> str:
    context = {
        "name": form.name(),
        "suggestion": suggestion,
        "steps": list(zip(suggestion.steps, suggestion.whys, strict=True)),
        "ticks": ticks(suggestion.steps),
        "picture": coverage_picture(suggestion.coverage),
        "points": {kind: round(suggestion.points.of(kind)) for kind in POINTS},
        "objective": round(suggestion.objective),
    }
    return render_to_string("warmups/_suggestion.html", context)


def _keep(request: HtmxHttpRequest, form: WishesForm) -> HttpResponse:
    """Make the suggestion a routine of one's own."""
    if not request.user.is_authenticated:
        return redirect_to_login(f"{reverse('routine-suggest')}?{form.query()}")
    routine = form.keep(owner=request.user, now=timezone.now())
    if routine is None:
        return _shown(request, form)
    messages.success(request, _("It is yours now. Change what you like."))
    return redirect("routine-edit", routine.pk)
