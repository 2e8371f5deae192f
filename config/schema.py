"""The OpenAPI document and the page that shows it, open to visitors."""

import threading
from functools import cache
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

_one_at_a_time = threading.Lock()


@cache
def _document(_language: str | None) -> Any:
    return SchemaGenerator().get_schema(public=True)


class SchemaView(SpectacularAPIView):
    """The document, made once in a process for each language: that takes a second, and drf-spectacular's registry of
    extensions breaks when two threads fill it."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_options: Any) -> Response:
        """The document, as YAML or JSON."""
        with _one_at_a_time:
            return Response(_document(get_language()))


schema = SchemaView.as_view()

# Swagger's page sets its own style attributes; nothing else on the site may.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))
