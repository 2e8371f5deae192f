"""Settings pages, me/ and tokens/ (signing in is allauth's)."""

urlpatterns = []  # type: ignore[var-annotated]

api_urlpatterns = []  # type: ignore[var-annotated]
