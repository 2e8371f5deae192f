"""Exercises and routines (the routines' API is in plans, which knows whom they are shared with)."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from warmups.api.curation import CurationViewSet
from warmups.api.exercises import EquipmentViewSet, MuscleViewSet, StudyViewSet
from warmups.api.figures import FigurePngView, FigureView
from warmups.api.routine_files import RoutineExportView, RoutineImportView
from warmups.api.suggestions import SuggestView
from warmups.api.versions import VersionView
from warmups.views.builder import routine_picker, routine_step
from warmups.views.card import routine_card
from warmups.views.evidence import evidence
from warmups.views.exercises import exercise
from warmups.views.library import exercises
from warmups.views.library_routines import library_routine_urls
from warmups.views.media import media
from warmups.views.muscles import muscle, muscles
from warmups.views.revisions import revision_urls
from warmups.views.routine_files import routine_fit, routine_import, routine_json
from warmups.views.routines import (
    routine,
    routine_archive,
    routine_bring_back,
    routine_copy,
    routine_delete,
    routines,
)
from warmups.views.suggestions import routine_suggest

urlpatterns = [
    path("exercises/", exercises, name="exercises"),
    path("exercises/<slug:slug>/", exercise, name="exercise"),
    path("evidence/", evidence, name="evidence"),
    path("media/<str:name>", media, name="media"),
    path("muscles/", muscles, name="muscles"),
    path("muscles/<slug:slug>/", muscle, name="muscle"),
    path("routines/", routines, name="routines"),
    path("routines/exercises/", routine_picker, name="routine-picker"),
    path("routines/exercises/<slug:slug>/", routine_step, name="routine-step"),
    path("routines/suggest/", routine_suggest, name="routine-suggest"),
    path("routines/import/", routine_import, name="routine-import"),
    path("routines/<int:routine_id>/", routine, name="routine"),
    path("routines/<int:routine_id>/card/", routine_card, name="routine-card"),
    path("routines/<int:routine_id>/routine.json", routine_json, name="routine-json"),
    path("routines/<int:routine_id>/workout.fit", routine_fit, name="routine-fit"),
    path("routines/<int:routine_id>/copy/", routine_copy, name="routine-copy"),
    path("routines/<int:routine_id>/archive/", routine_archive, name="routine-archive"),
    path("routines/<int:routine_id>/bring-back/", routine_bring_back, name="routine-bring-back"),
    path("routines/<int:routine_id>/delete/", routine_delete, name="routine-delete"),
    *revision_urls,
    *library_routine_urls,
]

router = SimpleRouter(use_regex_path=False)
router.register("muscles", MuscleViewSet, basename="api-muscle")
router.register("equipment", EquipmentViewSet, basename="api-equipment")
router.register("studies", StudyViewSet, basename="api-study")
router.register("exercises", CurationViewSet, basename="api-exercise")

api_urlpatterns = [
    path("exercises/<slug:slug>/figure.svg", FigureView.as_view(), name="api-exercise-figure"),
    path("exercises/<slug:slug>/figure.png", FigurePngView.as_view(), name="api-exercise-figure-png"),
    path("routines/import/", RoutineImportView.as_view(), name="api-routine-import"),
    path("routines/suggest/", SuggestView.as_view(), name="api-routine-suggest"),
    path("routines/<int:routine_id>/export/", RoutineExportView.as_view(), name="api-routine-export"),
    path("routines/<int:routine_id>/version/", VersionView.as_view(), name="api-routine-version"),
    *router.urls,
]
