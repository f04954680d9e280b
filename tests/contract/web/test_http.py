"""Every answer of the common edge, through functions-framework as it serves a function."""

from __future__ import annotations

import io
import json
import logging
import sys

import functions_framework
import pytest
from flask.testing import FlaskClient

from shared import errors, lazy
from shared.events import tracing
from tests.support.functions.problems import assert_problem
from tests.support.functions.sample_state import RAISED, SECRET, health, received
from tests.support.reference import ROOT

SOURCE = ROOT / "tests/support/functions/sample_function.py"
EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "content-type": "text/plain"}
JSON = "application/json"


@pytest.fixture
def client() -> FlaskClient:
    app = functions_framework.create_app(target="handle", source=str(SOURCE))  # type: ignore[no-untyped-call]
    health.clear()
    client: FlaskClient = app.test_client()
    return client


@pytest.mark.parametrize(
    ("name", "status", "title", "detail"),
    [
        ("too-large", 413, "Too large", "thing 7: 9 MB"),
        ("invalid", 400, "Invalid input", "thing 7: no size"),
        ("unauthenticated", 401, "Not authenticated", "The caller did not prove who they are."),
        ("invalid-token", 401, "Not authenticated", "The access token is not valid."),
        ("forbidden", 403, "Forbidden", "this needs the role operator"),
        ("not-found", 404, "Not found", "thing 7"),
        ("not-acceptable", 406, "Not acceptable", "there is JSON"),
        ("conflict", 409, "Conflict", "The request contradicts what is stored."),
        ("funds", 409, "Insufficient funds", "The account holds too little for this."),
        ("refused", 409, "Refused", "the price has changed"),
        ("contended", 503, "Unavailable", str(errors.Contended())),
        ("key-reused", 422, "Key reused", str(errors.KeyReused())),
        ("in-progress", 409, "In progress", "The same work is already under way."),
        ("overloaded", 429, "Too many requests", "The service is busy; try again later."),
        ("unavailable", 503, "Unavailable", "the database does not answer"),
        ("silent", 503, "Unavailable", "The source does not answer now; it is tried again later."),
        ("blocked", 503, "Unavailable", "The source refuses us; a person decides what happens next."),
        ("surrogate", 404, "Not found", "thing \\ud800"),
    ],
)
def test_each_error_has_its_status_and_words(
    client: FlaskClient, name: str, status: int, title: str, detail: str
) -> None:
    assert assert_problem(client.get(f"/raise/{name}"), status, title)["detail"].replace("\ud800", "\\ud800") == detail


def test_the_table_of_errors_is_complete() -> None:
    known = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.TouchlineError)
    }
    raised = {type(error) for error in RAISED.values()}
    assert known - raised == {errors.TouchlineError}


def test_faults_by_field_are_members_of_the_problem(client: FlaskClient) -> None:
    assert assert_problem(client.get("/raise/invalid"), 400, "Invalid input")["errors"] == {"size": "missing"}


def test_the_rule_that_refuses_is_named_by_the_problem(client: FlaskClient) -> None:
    problem = assert_problem(client.get("/raise/refused"), 409, "Refused")
    assert (problem["code"], problem["context"]) == ("price_changed", {"price": "1.95"})


def test_headers_that_belong_to_a_status_are_sent(client: FlaskClient) -> None:
    assert client.get("/raise/unauthenticated").headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/raise/invalid-token").headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert client.get("/raise/overloaded").headers["Retry-After"] == "3"


@pytest.mark.parametrize("name", ["bug", "settings", "corrupted", "no-such-key"])
def test_a_bug_is_logged_and_tells_the_caller_nothing(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    answer = client.get(f"/raise/{name}")
    problem = assert_problem(answer, 500, "Internal error")
    assert problem["detail"] == "the fault is on our side and was recorded"
    assert SECRET not in answer.text
    assert "Traceback" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


def test_an_answer_that_has_no_json_form_is_a_bug_not_a_hang(client: FlaskClient) -> None:
    assert_problem(client.get("/unjsonable"), 500, "Internal error")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/favicon.ico",
        "/robots.txt",
        "/thing",
        "/things/",
        "/things/x",
        "/things/7/8",
        "/%2e%2e/etc/passwd",
        "/things//7",
    ],
)
def test_an_unknown_route_is_404(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404, "Not found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/things", {"GET", "POST"}),
        ("DELETE", "/things", {"GET", "POST"}),
        ("POST", "/things/7", {"GET", "DELETE"}),
        ("GET", "/events/x", {"POST"}),
        ("POST", "/health/live", {"GET"}),
        ("PROPFIND", "/things", {"GET", "POST"}),
    ],
)
def test_another_method_is_405_and_names_those_allowed(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.open(path, method=method)
    assert_problem(answer, 405, "Method not allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.parametrize(
    ("path", "status"),
    [("/things", 200), ("/things/7", 200), ("/nowhere", 404), ("/events/x", 405), ("/health/ready", 200)],
)
def test_head_answers_like_get_without_a_body(client: FlaskClient, path: str, status: int) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.get_data()) == (status, b"")


def test_options_of_a_route_is_empty(client: FlaskClient) -> None:
    answer = client.options("/things")
    assert (answer.status_code, answer.get_data()) == (200, b"")


@pytest.mark.parametrize(
    ("body", "content_type", "detail"),
    [
        (b'{"name":"x"}', "text/plain", "the body must be application/json"),
        (b'{"name":"x"}', "", "the body must be application/json"),
        (b"name=x", "application/x-www-form-urlencoded", "the body must be application/json"),
        (b'{"name":"x"}', "application/json-patch+json", "the body must be application/json"),
        (b"", JSON, "the body is not JSON"),
        (b"{", JSON, "the body is not JSON"),
        (b"{'name': 'x'}", JSON, "the body is not JSON"),
        (b'{"name":"x"}garbage', JSON, "the body is not JSON"),
        (b"\xff\xfe\xfd", JSON, "the body is not JSON"),
        (b"\x00", JSON, "the body is not JSON"),
        (b'{"name":"x","size":NaN}', JSON, "the body is not JSON"),
        (b'{"name":"x","name":"y"}', JSON, "the body is not JSON"),
        ('{"name":"x"}'.encode("utf-16"), JSON, "the body is not JSON"),
        (b"[" * 1999, JSON, "the body is not JSON"),
        (b'{"a":' * 390, JSON, "the body is not JSON"),
    ],
)
def test_a_body_that_is_no_json_is_refused(client: FlaskClient, body: bytes, content_type: str, detail: str) -> None:
    answer = client.post("/things", data=body, content_type=content_type)
    assert assert_problem(answer, 400, "Invalid input")["detail"] == detail


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"null", {"body"}),
        (b"[]", {"body"}),
        (b'"name"', {"body"}),
        (b"7", {"body"}),
        (b"{}", {"name"}),
        (b'{"name":null}', {"name"}),
        (b'{"name":"longer than ten"}', {"name"}),
        (b'{"name":"x","size":"big","extra":1}', {"size", "extra"}),
        (b'{"name":"x","size":1e999}', {"size"}),
        (b'{"name":{"name":{"name":1}}}', {"name"}),
        (b"[" * 400 + b"]" * 400, {"body"}),
    ],
)
def test_a_body_that_does_not_fit_names_every_field(client: FlaskClient, body: bytes, fields: set[str]) -> None:
    answer = client.post("/things", data=body, content_type=JSON)
    problem = assert_problem(answer, 400, "Invalid input")
    assert (problem["detail"], set(problem["errors"])) == ("the body does not fit", fields)


@pytest.mark.parametrize("body", [b'{"\\ud800":1,"name":"x"}', b'{"name":"\\ud800"}'])
def test_a_lone_surrogate_is_refused_not_a_bug(client: FlaskClient, body: bytes) -> None:
    assert_problem(client.post("/things", data=body, content_type=JSON), 400, "Invalid input")


def test_deep_nesting_is_refused_whatever_the_limit(client: FlaskClient) -> None:
    client.application.config["MAX_CONTENT_LENGTH"] = 10_000_000
    for body in (b"[" * 5_000_000, b'{"a":' * 1_000_000, b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        assert_problem(client.post("/things", data=body, content_type=JSON), 400, "Invalid input")


@pytest.mark.parametrize("path", ["/things", "/events/x"])
def test_an_oversized_body_is_413(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=b'{"name":"' + b"x" * 2000 + b'"}', headers={**EVENT, "content-type": JSON})
    assert_problem(answer, 413, "Too large")


def test_an_oversized_body_to_nowhere_is_refused_too(client: FlaskClient) -> None:
    assert_problem(client.post("/nowhere", data=b"x" * 5000), 413, "Too large")


@pytest.mark.parametrize("path", ["/things", "/events/x", "/nowhere"])
def test_an_oversized_chunked_body_is_refused_not_cut(client: FlaskClient, path: str) -> None:
    answer = client.post(
        path,
        input_stream=io.BytesIO(b'{"name":"x"}' + b" " * 5000),
        headers={**EVENT, "content-type": JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_problem(answer, 413, "Too large")


def test_a_chunked_body_that_fits_is_read(client: FlaskClient) -> None:
    answer = client.post(
        "/things",
        input_stream=io.BytesIO(b'{"name":"x"}' + b" " * 1900),
        headers={"content-type": JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 201


def test_a_json_content_type_with_a_charset_is_json(client: FlaskClient) -> None:
    answer = client.post("/things", data='{"name":"é"}'.encode(), content_type="application/json; charset=utf-8")
    assert (answer.status_code, answer.json) == (201, {"name": "é", "size": 1, "at": "2026-03-01T00:00:00Z"})
    assert answer.content_type == JSON


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", {"limit"}),
        ("limit=501", {"limit"}),
        ("limit=x", {"limit"}),
        ("limit=1&limit=2", {"limit"}),
        ("page=2", {"page"}),
    ],
)
def test_a_query_that_does_not_fit_names_the_parameter(client: FlaskClient, query: str, fields: set[str]) -> None:
    assert set(assert_problem(client.get(f"/things?{query}"), 400, "Invalid input")["errors"]) == fields


def test_a_query_that_fits_is_typed(client: FlaskClient) -> None:
    assert client.get("/things?limit=500").json == {"limit": 500}


def test_an_event_is_acknowledged_with_an_empty_202(client: FlaskClient) -> None:
    answer = client.post("/events/x", data=b"payload", headers=EVENT)
    assert (answer.status_code, answer.get_data()) == (202, b"")
    assert received[-1].data == b"payload"


def test_a_reply_is_the_event_itself(client: FlaskClient) -> None:
    answer = client.post("/events/reply", data=b"payload", headers=EVENT)
    assert (answer.status_code, answer.get_data(), answer.headers["ce-id"]) == (200, b"payload", "1")
    assert answer.content_type == "text/plain"


@pytest.mark.parametrize("header", ["traceparent", "ce-traceparent"])
def test_a_reply_carries_the_trace_of_its_cause(client: FlaskClient, header: str) -> None:
    trace = tracing.trace_of_event("/s", "0")
    answer = client.post("/events/reply", data=b"payload", headers={**EVENT, header: trace})
    assert answer.headers["ce-traceparent"] == trace
    assert "ce-traceparent" not in client.post("/events/reply", data=b"payload", headers=EVENT).headers
    assert tracing.current() == ""


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("invalid", 400),
        ("not-found", 422),
        ("conflict", 422),
        ("in-progress", 409),
        ("overloaded", 429),
        ("unavailable", 503),
        ("blocked", 503),
        ("bug", 500),
    ],
)
def test_an_event_that_fails_answers_by_never_or_later(client: FlaskClient, name: str, status: int) -> None:
    """404 and 409 are retried by Knative, so what never succeeds answers 422."""
    assert client.post(f"/events/{name}", data=b"", headers=EVENT).status_code == status


@pytest.mark.parametrize(
    "headers", [{}, {**EVENT, "ce-specversion": "0.3"}, {"content-type": "application/cloudevents+json"}]
)
def test_what_is_no_event_is_400_and_echoes_no_header(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/events/x", data=b"{}", headers={**headers, "Authorization": f"Bearer {SECRET}"})
    assert_problem(answer, 400, "Invalid input")
    assert SECRET not in answer.text


def test_live_asks_nobody_and_ready_asks_everybody(client: FlaskClient) -> None:
    assert client.get("/health/ready").json == {"status": "ready", "dependencies": ["postgres", "cache"]}
    health.update(postgres=errors.Unavailable("silent"), cache=errors.Overloaded("busy"))
    problem = assert_problem(client.get("/health/ready"), 503, "Unavailable")
    assert problem["errors"] == {"postgres": "silent", "cache": "busy"}
    assert client.get("/health/live").json == {"status": "live"}


def test_a_probe_with_a_bug_is_not_ready(client: FlaskClient) -> None:
    health["postgres"] = ZeroDivisionError(SECRET)
    answer = client.get("/health/ready")
    assert_problem(answer, 500, "Internal error")
    assert SECRET not in answer.text


def test_a_lazy_module_is_imported_with_its_first_use() -> None:
    sys.modules.pop("colorsys", None)
    module = lazy.Module("colorsys")
    assert "colorsys" not in sys.modules
    assert module.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert "colorsys" in sys.modules


def test_problem_types_are_stable_names(client: FlaskClient) -> None:
    assert json.loads(client.get("/raise/overloaded").get_data())["type"] == "urn:touchline:problem:too-many-requests"
