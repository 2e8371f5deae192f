"""What the builder's page fetches while one builds: exercises to choose from, and one more step."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from warmups.builder import Builder
from warmups.filters import ExerciseFilter
from warmups.kept_answers import kept_html
from warmups.models import Exercise

PREFIX = "pick"  # of the picker's filters, which are in one form with the routine's fields


def picker(given: QueryDict) -> SafeString:
    """Search, filters and what they find, in one HTML. A bad filter is left aside."""
    query = _asked(given)
    return kept_html("exercises:picker", query, lambda: _picker(QueryDict(query)))


def found(given: QueryDict) -> SafeString:
    """What search and filters find, in one HTML."""
    query = _asked(given)
    return kept_html("exercises:picked", query, lambda: _found(QueryDict(query)))


def _asked(given: QueryDict) -> str:
    """The filters in use, as a query."""
    names = [f"{PREFIX}-{name}" for name in ExerciseFilter.base_filters]
    return urlencode([(name, value) for name in names for value in given.getlist(name) if value])


def _filter(query: QueryDict) -> ExerciseFilter:
    rows = Exercise.objects.published().for_cards().order_by("name", "pk")
    search = ExerciseFilter(query, queryset=rows, prefix=PREFIX)
    for field in search.form.fields.values():
        field.widget.attrs["form"] = "builder"  # so that, without JavaScript, nothing typed is lost by searching
    return search


def _picker(query: QueryDict) -> str:
    search = _filter(query)
    return render_to_string("warmups/_picker.html", {"form": search.form, "exercises": list(search.qs)})


def _found(query: QueryDict) -> str:
    return render_to_string("warmups/_picker_found.html", {"exercises": list(_filter(query).qs)})


@login_required
@require_safe
def routine_picker(request: HttpRequest) -> HttpResponse:
    """The exercises found, each with a button that adds it."""
    return HttpResponse(found(request.GET))


@login_required
@require_safe
def routine_step(request: HttpRequest, slug: str) -> HttpResponse:
    """A step of an exercise at its usual dose, to be put into the page."""
    step = Builder(QueryDict()).add(slug)
    if step is None:
        raise Http404("No such exercise.")
    return render(request, "warmups/_builder_step.html", {"step": step})
