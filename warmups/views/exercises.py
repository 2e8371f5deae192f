"""The library of exercises, and one exercise."""

from __future__ import annotations

from urllib.parse import urlencode

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url
from django_htmx.middleware import HtmxDetails

from warmups.evidence_chart import LEVELS, evidence
from warmups.filters import ExerciseFilter
from warmups.models import Exercise


class HtmxHttpRequest(HttpRequest):
    """A request that went through htmx's middleware."""

    htmx: HtmxDetails


@vary_on_headers("HX-Request", "HX-Request-Type")
def exercises(request: HtmxHttpRequest) -> HttpResponse:
    """All published exercises, searched and filtered; htmx gets the list alone. A bad filter is told and left aside."""
    rows = Exercise.objects.published().order_by("name", "pk")
    found = ExerciseFilter(request.GET, queryset=rows)
    form = found.form
    used = [(name, value) for name in form.fields for value in request.GET.getlist(name) if value]
    context = {
        "exercises": list(found.qs),
        "form": form,
        "used": used,
        "more": len({name for name, _value in used} - {"q", "phase"}),
        "refused": _refused(form),
    }
    # Going back to a page asks for all of it, with htmx too.
    if request.htmx and request.htmx.request_type == "partial":
        response = render(request, "warmups/_exercise_list.html", context)
        query = f"?{urlencode(used)}" if used else ""
        return replace_url(response, reverse("exercises") + query)
    return render(request, "warmups/exercises.html", context)


def _refused(form: Form) -> list[str]:
    """A sentence for each filter that was left aside."""
    return [f"{form.fields[name].label}: {message}" for name, messages in form.errors.items() for message in messages]


def exercise(request: HttpRequest, slug: str) -> HttpResponse:
    """One exercise: how to do it, what it works, and how well that is known."""
    row = Exercise.objects.visible_to(request.user).with_evidence().for_reading(request.user, slug=slug)
    worked = list(row.worked.all())
    context = {
        "exercise": row,
        "easier": row.easier if row.easier and row.easier.published else None,
        "harder": row.harder if row.harder and row.harder.published else None,
        "substitutes": [other for other in row.substitutes.all() if other.substitute.published],
        "primary": [other.muscle for other in worked if other.role == "primary"],
        "secondary": [other.muscle for other in worked if other.role == "secondary"],
        "evidence": evidence(row.activations.all(), first=[other.muscle.slug for other in worked]),
        "level": LEVELS[row.evidence_level],
    }
    return render(request, "warmups/exercise.html", context)
