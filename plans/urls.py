"""Squads, runs, warm-ups, sessions, reminders."""

urlpatterns = []  # type: ignore[var-annotated]

api_urlpatterns = []  # type: ignore[var-annotated]
