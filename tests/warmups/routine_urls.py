"""The routines' endpoints as warm-ups alone have them, without what plans adds."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from warmups.api.routines import RoutineViewSet

router = SimpleRouter(use_regex_path=False)
router.register("routines", RoutineViewSet, basename="api-routine")

urlpatterns = [path("api/v1/", include(router.urls))]
