"""Muscles: all of them on a map, and one with the exercises that work it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from warmups.body_map import drawn_map, groups_of, linked_body_map, members
from warmups.models import Activation, Exercise, ExerciseMuscle, Muscle
from warmups.muscle_exercises import measured, worked
from warmups.muscle_sections import GLUTES, sections
from warmups.querysets import LONG_TEXTS


def muscles(request: HttpRequest) -> HttpResponse:
    """All muscles: a map of links, and the same as a list, the three glutes first."""
    rows = list(Muscle.objects.all())
    context = {
        "surface": linked_body_map(rows, primary=GLUTES),
        "beneath": linked_body_map(rows, primary=GLUTES, deep=True),
        "sections": sections(rows),
    }
    return render(request, "warmups/muscles.html", context)


def muscle(request: HttpRequest, slug: str) -> HttpResponse:
    """One muscle: where it is, what it does in running, which exercises work it and how well that is known."""
    row = get_object_or_404(Muscle, slug=slug)
    published = Exercise.objects.published()
    texts = [f"exercise__{name}" for name in LONG_TEXTS]
    figures = Activation.objects.filter(muscle=row, rankable=True, exercise__in=published)
    bands = measured(figures.select_related("exercise").defer(*texts))
    # What works the hamstrings works each of them.
    works = ExerciseMuscle.objects.filter(muscle__slug__in=[row.slug, *groups_of(row.slug)], exercise__in=published)
    works = works.exclude(exercise__in=[item.exercise for band in bands for item in band.exercises])
    related = Muscle.objects.filter(slug__in=[*members(row.slug), *groups_of(row.slug)]).order_by("name")
    context = {
        "muscle": row,
        "map": drawn_map([row]),
        "bands": bands,
        "unmeasured": worked(works.select_related("exercise").defer(*texts)),
        "members": [other for other in related if other.slug in members(row.slug)],
        "groups": [other for other in related if other.slug not in members(row.slug)],
    }
    return render(request, "warmups/muscle.html", context)
