"""What the OpenAPI document says of our endpoints beside what is read off them."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS


class Schema(AutoSchema):
    """One endpoint of the document."""

    def get_auth(self) -> list[dict[str, Any]]:
        """How one may sign in here; an empty way is a visitor's (see ScopePermission)."""
        ways: list[dict[str, Any]] = super().get_auth()
        public = getattr(self.view, "public" if self.method in SAFE_METHODS else "public_write", False)
        return [{}, *ways] if public and {} not in ways else ways


def describe_problems(result: dict[str, Any], **_how: Any) -> dict[str, Any]:
    """The document with what every operation may answer beside its own: a problem document."""
    text, row = {"type": "string"}, {"field": {"type": "string", "example": "steps.2.reps"}}
    row |= {"code": text | {"example": "min_value"}, "message": text}
    result["components"]["schemas"]["Problem"] = {
        "type": "object",
        "description": "Why a request was refused (RFC 9457); `errors` names each field of bad input.",
        "properties": {
            "type": text | {"example": "about:blank"},
            "title": text,
            "status": {"type": "integer", "example": 400},
            "detail": text,
            "errors": {
                "type": "array",
                "items": {"type": "object", "properties": row, "required": list(row)},
            },
        },
        "required": ["type", "title", "status", "detail", "errors"],
    }
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    result["components"]["responses"] = {"Problem": {"description": "Refused.", "content": content}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("default", {"$ref": "#/components/responses/Problem"})
    return result
