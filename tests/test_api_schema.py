"""The OpenAPI document is whole and valid, and its page works in a browser under our content security policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.urls import URLPattern
from playwright.sync_api import Page, expect

import config.urls

SCHEMA, DOCS = "/api/v1/schema/", "/api/v1/docs/"
NOT_OPERATIONS = {"schema/", "docs/", ""}


def schema() -> dict[str, Any]:
    answer = Client().get(SCHEMA, {"format": "json"})
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def test_the_document_is_valid_and_nothing_in_it_is_guessed(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_every_endpoint_is_in_the_document() -> None:
    routes = {str(pattern.pattern) for pattern in config.urls.api if isinstance(pattern, URLPattern)} - NOT_OPERATIONS
    described = schema()["paths"]
    assert len(described) == len(routes)
    assert {path.count("/") for path in described} == {route.count("/") + 3 for route in routes}


def test_every_operation_says_that_refusals_are_problem_documents() -> None:
    document = schema()
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    body = Client().get("/api/v1/nowhere/").json()
    assert sorted(document["components"]["schemas"]["Problem"]["required"]) == sorted(body)


def test_the_document_tells_how_to_sign_in() -> None:
    document = schema()
    assert document["components"]["securitySchemes"] == {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    }
    assert document["paths"]["/api/v1/me/"]["get"]["security"] == [{"token": []}, {"session": []}]
    assert {} in document["paths"]["/api/v1/exercises/"]["get"]["security"]
    assert {} in document["paths"]["/api/v1/tokens/"]["post"]["security"]


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *_words: Any) -> None:
        """Nothing."""


class Server(ThreadingMixIn, WSGIServer):
    """Answers all that a browser asks for at once."""

    request_queue_size = 64


@pytest.fixture
def address() -> Iterator[str]:
    """The site with its static files, on a free port; no database is behind it."""
    with make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), Server, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_page_lists_all_operations_and_breaks_no_rule_of_ours(address: str, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith((address, "data:")) else None
    )
    answer = page.goto(address + DOCS)
    assert answer is not None
    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"].split("; ")
    operations = sum(len(methods) for methods in schema()["paths"].values())
    expect(page.locator(".opblock")).to_have_count(operations)
    page.locator("#operations-tokens-tokens_make").click()
    expect(page.locator("#operations-tokens-tokens_make .opblock-description")).to_contain_text("Make a token")
    assert said == []
