"""What the API answers to requests that can't be: problem documents that name the field, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

import config.urls
from accounts.models import User
from config.problems import Conflict, Gone
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ME = "/api/v1/me/"


class StepSerializer(serializers.Serializer):
    reps = serializers.IntegerField(min_value=1)


class EchoSerializer(serializers.Serializer):
    name = serializers.CharField(required=False)
    steps = StepSerializer(many=True, required=False)


class EchoView(APIView):
    """Says what it was sent, or raises what it was asked for."""

    public = public_write = True

    def post(self, request: Request) -> Response:
        form = EchoSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(form.validated_data)

    def get(self, request: Request) -> Response:
        raises: dict[str, Exception] = {
            "domain": ValidationError({"steps.2.reps": ValidationError("At least one.", code="min_value")}),
            "whole": ValidationError("Not like this.", code="odd"),
            "conflict": Conflict(),
            "gone": Gone(),
            "bug": RuntimeError("a secret of ours"),
        }
        raise raises[request.query_params["what"]]


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret of ours")


urlpatterns = [path("api/v1/echo/", EchoView.as_view()), path("broken/", broken), *config.urls.urlpatterns]
handler500 = config.urls.handler500
ECHO = "/api/v1/echo/"


@pytest.fixture(autouse=True)
def _echo() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def api(user: User | None = None) -> APIClient:
    client = APIClient(raise_request_exception=False)
    if user:
        client.force_authenticate(user)
    return client


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The document of a refusal, whose shape is always the same."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body: dict[str, Any] = answer.json()
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert body["title"]
    assert body["detail"]
    return body


def rows(answer: Any) -> list[tuple[str, str]]:
    return [(row["field"], row["code"]) for row in problem(answer, 400)["errors"]]


# --- 400 ---


def test_a_nested_field_is_named_by_its_path() -> None:
    answer = api().post(ECHO, {"steps": [{"reps": 1}, {"reps": 1}, {"reps": 0}, {}]})
    assert problem(answer, 400) == {
        "type": "about:blank",
        "title": "Bad input",
        "status": 400,
        "detail": "Some fields need another look.",
        "errors": [
            {
                "field": "steps.2.reps",
                "code": "min_value",
                "message": "Ensure this value is greater than or equal to 1.",
            },
            {"field": "steps.3.reps", "code": "required", "message": "This field is required."},
        ],
    }


def test_what_the_domain_refuses_looks_the_same() -> None:
    body = problem(api().get(ECHO, {"what": "domain"}), 400)
    assert body["errors"] == [{"field": "steps.2.reps", "code": "min_value", "message": "At least one."}]
    body = problem(api().get(ECHO, {"what": "whole"}), 400)
    assert body["errors"] == [{"field": "", "code": "odd", "message": "Not like this."}]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1,",
        b"nope",
        b"{'a': 1}",
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": "\xff\xfe"}',
        '{"name": "Mara"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"\x00",
    ],
)
def test_a_body_that_is_not_json_is_said_to_be_so(body: bytes) -> None:
    answer = api().generic("POST", ECHO, body, content_type="application/json")
    assert problem(answer, 400)["errors"] == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ('{"name": "a\\u0000b"}', "name"),
        ('{"name": "a\\ud800b"}', "name"),
        ('{"other": ["fine", {"deep": "\\udfff"}]}', "other.1.deep"),
        ('{"steps": [{"note": "fine"}, {"note": "\\u0000"}]}', "steps.1.note"),
        ('{"a": {"\\u0000": 1}}', "a"),
        ('{"\\ud800": 1}', ""),
        ('"\\u0000"', ""),
    ],
)
def test_a_text_that_no_database_holds_is_named_by_its_path(sent: str, field: str) -> None:
    answer = api().generic("POST", ECHO, sent, content_type="application/json")
    assert rows(answer) == [(field, "bad_text")]


def test_a_character_beyond_the_basic_plane_is_a_text_like_any_other() -> None:
    answer = api().generic("POST", ECHO, '{"name": "\\ud83c\\udfc3 Ä"}', content_type="application/json")
    assert answer.json() == {"name": "🏃 Ä"}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "bz2_codec", "rot13", "hex", "nonsense", "idna"])
def test_the_charset_that_a_header_claims_changes_nothing(charset: str) -> None:
    answer = api().generic("POST", ECHO, '{"name": "Ä"}'.encode(), content_type=f"application/json; charset={charset}")
    assert answer.json() == {"name": "Ä"}


@pytest.mark.parametrize("body", ["[]", "7", "null", "true", '"text"'])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    assert api().generic("POST", ECHO, body, content_type="application/json").status_code == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("name"), inner, max_size=3),
        max_leaves=10,
    )
)
def test_whatever_json_is_sent_the_answer_is_no_500(value: Any) -> None:
    answer = api().generic("POST", ECHO, json.dumps(value), content_type="application/json")
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("address", [f"{ME}?limit=%00", "/api/v1/exercises/?q=a%00b"])
def test_a_nul_in_the_query_is_refused(address: str) -> None:
    assert problem(api().get(address), 400)["errors"] == []


def test_a_nul_in_the_address_is_nowhere() -> None:
    problem(api().get("/api/v1/exercises/a%00b/"), 404)
    assert Client(raise_request_exception=False).get("/exercises/a%00b/").status_code == 404


def test_a_nul_in_a_cookie_is_refused() -> None:
    cookie = {"Cookie": r'sessionid="\000\000\000\000\000\000\000\000"'}
    problem(api().get(ME, headers=cookie), 400)
    assert Client(raise_request_exception=False).get("/settings/profile/", headers=cookie).status_code == 400


# --- 401, 403, 404, 405, 406, 409, 410 ---


def test_who_is_nobody_is_asked_to_say_who() -> None:
    answer = api().get(ME)
    assert problem(answer, 401)["title"] == "Not signed in"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_form_of_another_site_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.patch(ME, {"units": "imperial"}, content_type="application/json")
    assert problem(answer, 403)["title"] == "Not allowed"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/api/v1/nowhere/", "/api/v1/me", "/api/v1/", "/api/v1/tokens/1/x/"])
def test_an_unknown_address_is_said_to_be_so(method: str, address: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    problem(getattr(client, method)(address), 404)


def test_an_unknown_row_is_said_to_be_so() -> None:
    problem(api(make_user()).delete("/api/v1/tokens/1/"), 404)


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "trace"])
def test_a_method_that_is_not_there_is_405_for_everyone(method: str) -> None:
    for client in (api(), api(make_user())):
        answer = getattr(client, method)(ME) if method != "trace" else client.generic("TRACE", ME)
        if client.handler._force_user is None and method == "options":
            continue  # nobody learns by it what there is
        problem(answer, 405)
        assert "PATCH" in answer["Allow"]


def test_a_kind_of_answer_that_there_is_not_is_406() -> None:
    problem(api(make_user()).get(ME, headers={"Accept": "text/html"}), 406)


def test_an_older_state_is_409_and_a_deleted_row_410() -> None:
    assert problem(api().get(ECHO, {"what": "conflict"}), 409)["title"] == "Conflict"
    assert problem(api().get(ECHO, {"what": "gone"}), 410)["title"] == "Gone"


# --- 413, 415, 429, 500 ---


def test_a_body_that_is_too_large_is_413_and_one_just_small_enough_is_read() -> None:
    for name, status in (("x" * 1024 * 1024, 413), ("x" * (1024 * 1024 - 13), 200)):
        answer = api().generic("POST", ECHO, json.dumps({"name": name}), content_type="application/json")
        assert answer.status_code == status
        if status == 413:
            assert problem(answer, 413)["detail"] == "The body is larger than 1024 KiB. Send less at once."


def test_a_form_however_large_is_415_in_a_signed_in_browser() -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    browser.get("/settings/tokens/")
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    problem(browser.post("/api/v1/tokens/", {"name": "x" * 1024 * 1024}, headers=csrf), 415)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", "name"),
        ("application/x-www-form-urlencoded", "name=Mara"),
        ("multipart/form-data; boundary=x", "--x\r\n\r\n"),
        ("multipart/form-data", "x"),
        ("application/xml", "<name/>"),
        ("nonsense", "{}"),
    ],
)
def test_what_is_not_json_is_415(content_type: str, body: str) -> None:
    problem(api().generic("POST", ECHO, body, content_type=content_type), 415)


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=\xff", "application/x-www-form-urlencoded; charset=utf-16"],
)
def test_a_broken_form_in_a_signed_in_browser_is_no_500(content_type: str) -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.generic("POST", "/api/v1/tokens/", b"\xff=\xff", content_type=content_type)
    assert answer.status_code in {400, 403, 415}
    problem(answer, answer.status_code)


def test_too_many_requests_are_429_and_told_when_to_come_back(settings: Any) -> None:
    settings.API_LIMITS = settings.API_LIMITS | {"visitor": 2}
    answers = [api().post(ECHO, {}) for _try in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    problem(answers[2], 429)
    assert 1 <= int(answers[2]["Retry-After"]) <= 60


def test_a_mistake_of_ours_is_a_problem_document_too_and_tells_nothing() -> None:
    answer = api().get(ECHO, {"what": "bug"})
    assert "secret" not in json.dumps(problem(answer, 500))


def test_a_mistake_of_ours_on_a_page_is_a_page() -> None:
    answer = Client(raise_request_exception=False).get("/broken/")
    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "secret" not in answer.content.decode()
