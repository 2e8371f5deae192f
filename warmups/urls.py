"""Exercises and routines (the routines' API is in plans, which knows whom they are shared with)."""

from rest_framework.routers import SimpleRouter

from warmups import api

urlpatterns = []  # type: ignore[var-annotated]

router = SimpleRouter(use_regex_path=False)
router.register("muscles", api.MuscleViewSet, basename="api-muscle")
router.register("equipment", api.EquipmentViewSet, basename="api-equipment")
router.register("studies", api.StudyViewSet, basename="api-study")
router.register("exercises", api.ExerciseViewSet, basename="api-exercise")

api_urlpatterns = router.urls
