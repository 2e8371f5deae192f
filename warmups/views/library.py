"""The library of exercises, searched and filtered."""

from __future__ import annotations

from urllib.parse import urlencode

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url
from django_htmx.middleware import HtmxDetails

from warmups.filters import ExerciseFilter
from warmups.kept_answers import kept_html
from warmups.models import Exercise, Phase

FOLDED = set(ExerciseFilter.base_filters) - {"q", "phase"}  # what stands under "more filters"


class HtmxHttpRequest(HttpRequest):
    """A request that went through htmx's middleware."""

    htmx: HtmxDetails


@vary_on_headers("HX-Request", "HX-Request-Type")
def exercises(request: HtmxHttpRequest) -> HttpResponse:
    """All published exercises, searched and filtered; htmx gets the list alone. A bad filter is told and left aside."""
    used = [(name, value) for name in ExerciseFilter.base_filters for value in request.GET.getlist(name) if value]
    query = urlencode(used)
    # What is shown comes from the very words it is kept under: "?q=squat&q=" must not be kept as "?q=squat".
    wanted = QueryDict(query)
    found = kept_html("exercises:found", query, lambda: _found(used, wanted))
    # Going back to a page asks for all of it, with htmx too.
    if request.htmx and request.htmx.request_type == "partial":
        return replace_url(HttpResponse(found), reverse("exercises") + (f"?{query}" if query else ""))
    filters = kept_html("exercises:filters", query, lambda: _filters(used, wanted))
    description = _("What to do before a run: how it is done, what it works, and how well that is known.")
    context = {"filters": filters, "found": found, "used": used, "description": description}
    return render(request, "warmups/exercises.html", context)


def _found(used: list[tuple[str, str]], wanted: QueryDict) -> str:
    """The list, in one HTML."""
    rows = Exercise.objects.published().for_cards().order_by("name", "pk")
    search = ExerciseFilter(wanted, queryset=rows)
    found = list(search.qs)
    searched = "q" in dict(used)
    context = {
        "count": len(found),
        # Who looks around goes through the warm-up in its order; who searches wants the best match first.
        "sections": [("", "h2", found)] if searched else _by_phase(found),
        "used": used,
        "refused": _refused(search.form),
    }
    return render_to_string("warmups/_exercise_list.html", context)


def _by_phase(found: list[Exercise]) -> list[tuple[str, str, list[Exercise]]]:
    """The phases that have any: by name, with the level of the headings in them, and with their exercises."""
    sections = [(str(name), "h3", [row for row in found if row.phase == phase]) for phase, name in Phase.choices]
    return [section for section in sections if section[-1]]


def _filters(used: list[tuple[str, str]], wanted: QueryDict) -> str:
    """The form, in one HTML."""
    form = ExerciseFilter(wanted, queryset=Exercise.objects.none()).form
    context = {"form": form, "more": len({name for name, _value in used} & FOLDED)}
    return render_to_string("warmups/_exercise_filters.html", context)


def _refused(form: Form) -> list[str]:
    """A sentence for each filter that was left aside."""
    return [f"{form.fields[name].label}: {message}" for name, messages in form.errors.items() for message in messages]
