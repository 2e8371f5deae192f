"""Exercises and routines (the routines' API is in plans, which knows whom they are shared with)."""

urlpatterns = []  # type: ignore[var-annotated]

api_urlpatterns = []  # type: ignore[var-annotated]
