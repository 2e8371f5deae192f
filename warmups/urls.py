"""Exercises and routines (the routines' API is in plans, which knows whom they are shared with)."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from warmups import api
from warmups.views.evidence import evidence
from warmups.views.exercises import exercise
from warmups.views.library import exercises
from warmups.views.muscles import muscle, muscles
from warmups.views.routines import routine, routine_archive, routine_copy, routines

urlpatterns = [
    path("exercises/", exercises, name="exercises"),
    path("exercises/<slug:slug>/", exercise, name="exercise"),
    path("evidence/", evidence, name="evidence"),
    path("muscles/", muscles, name="muscles"),
    path("muscles/<slug:slug>/", muscle, name="muscle"),
    path("routines/", routines, name="routines"),
    path("routines/<int:routine_id>/", routine, name="routine"),
    path("routines/<int:routine_id>/copy/", routine_copy, name="routine-copy"),
    path("routines/<int:routine_id>/archive/", routine_archive, name="routine-archive"),
]

router = SimpleRouter(use_regex_path=False)
router.register("muscles", api.MuscleViewSet, basename="api-muscle")
router.register("equipment", api.EquipmentViewSet, basename="api-equipment")
router.register("studies", api.StudyViewSet, basename="api-study")
router.register("exercises", api.ExerciseViewSet, basename="api-exercise")

api_urlpatterns = [
    path("exercises/<slug:slug>/figure.svg", api.FigureView.as_view(), name="api-exercise-figure"),
    path("exercises/<slug:slug>/figure.png", api.FigurePngView.as_view(), name="api-exercise-figure-png"),
    *router.urls,
]
