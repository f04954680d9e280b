"""Work is bounded by what a stranger may send, and nothing incomplete, encoded or loosely spelled is acted on."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import functions_framework
import pytest
from flask.testing import FlaskClient

from shared.web import request_reader
from tests.support.functions.problems import assert_problem
from tests.support.reference import ROOT

SOURCE = ROOT / "tests/support/functions/sample_function.py"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
def client() -> FlaskClient:
    app = functions_framework.create_app(target="handle", source=str(SOURCE))  # type: ignore[no-untyped-call]
    app.config["MAX_CONTENT_LENGTH"] = 10_000_000
    client: FlaskClient = app.test_client()
    return client


def post(client: FlaskClient, body: Any, path: str = "/things") -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data=raw, content_type=JSON)


def test_of_many_unknown_members_ten_are_listed_and_the_others_counted(client: FlaskClient) -> None:
    problem = assert_problem(post(client, {f"m{n}": n for n in range(1000)}), 400, "Invalid input")
    assert list(problem["errors"])[-1] == "more"
    assert problem["errors"]["more"] == "991 more faults"  # the name is missing, too
    assert len(problem["errors"]) == request_reader.MAX_FAULTS + 1


def test_a_body_with_too_many_values_is_refused_before_it_is_validated(client: FlaskClient) -> None:
    bodies: list[Any] = [{f"m{n}": n for n in range(2500)}, [0] * 2500, {"name": [{}] * 2500}]
    for body in bodies:
        problem = assert_problem(post(client, body), 400, "Invalid input")
        assert problem["errors"] == {"body": "has more than 2000 values"}


def test_a_body_that_is_nested_too_deeply_is_refused(client: FlaskClient) -> None:
    problem = assert_problem(post(client, b"[" * 40 + b"]" * 40), 400, "Invalid input")
    assert problem["errors"] == {"body": "is nested deeper than 32 levels"}


def test_long_names_of_members_are_cut_in_the_answer(client: FlaskClient) -> None:
    answer = post(client, {"n" * 50_000: 1})
    assert_problem(answer, 400, "Invalid input")
    assert len(answer.data) < 1000


@pytest.mark.parametrize("path", ["/things", "/form"])
def test_a_megabyte_of_members_or_fields_costs_little_and_answers_little(client: FlaskClient, path: str) -> None:
    members = json.dumps({f"member-{n}": n for n in range(45_000)}).encode()
    fields = "&".join(f"field{n}=1" for n in range(80_000)).encode()
    body, content_type = (members, JSON) if path == "/things" else (fields, FORM)
    assert len(body) > 850_000
    began = time.process_time()
    answer = client.post(path, data=body, content_type=content_type)
    spent_s = time.process_time() - began
    problem = assert_problem(answer, 400, "Invalid input")
    assert problem["errors"] == {"body": "is larger than 65536 bytes"}
    assert len(answer.data) < 1000
    assert spent_s < 0.1


def test_a_form_of_many_fields_is_refused(client: FlaskClient) -> None:
    body = "&".join(f"f{n}=1" for n in range(101))
    problem = assert_problem(client.post("/form", data=body, content_type=FORM), 400, "Invalid input")
    assert "more than 100 fields" in problem["detail"]


def test_a_query_of_many_fields_is_refused(client: FlaskClient) -> None:
    assert_problem(client.get("/things?" + "&".join(f"f{n}=1" for n in range(101))), 400, "Invalid input")


@pytest.mark.parametrize("sent", [b'{"name":"x"}', b'{"name":"x"', b""])
def test_a_body_shorter_than_its_length_is_not_acted_on(client: FlaskClient, sent: bytes) -> None:
    answer = client.post(
        "/things",
        input_stream=io.BytesIO(sent),
        headers={"content-type": JSON},
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "500"},  # as gunicorn hands it over
    )
    assert f"{len(sent)} of 500 bytes" in assert_problem(answer, 400, "Invalid input")["detail"]


def test_a_client_that_hangs_up_is_not_acted_on(client: FlaskClient) -> None:
    answer = client.post(
        "/things",
        input_stream=io.BytesIO(b'{"name":"x"}'),
        headers={"content-type": JSON},
        environ_overrides={"CONTENT_LENGTH": "500"},
    )
    assert "incomplete" in assert_problem(answer, 400, "Invalid input")["detail"]


def test_cut_off_chunks_are_not_acted_on(client: FlaskClient) -> None:
    class Cut(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if chunk := super().read(size):
                return chunk
            raise OSError("no more data")

    answer = client.post(
        "/things",
        input_stream=Cut(b'{"name":"x"}'),
        headers={"content-type": JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert "incomplete" in assert_problem(answer, 400, "Invalid input")["detail"]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip"])
def test_a_body_with_a_content_coding_is_415(client: FlaskClient, coding: str) -> None:
    answer = client.post("/things", data=b"x", headers={"content-type": JSON, "Content-Encoding": coding})
    assert_problem(answer, 415, "Unsupported media type")
    assert answer.headers["Accept-Encoding"] == "identity"


def test_identity_is_no_coding(client: FlaskClient) -> None:
    headers = {"content-type": JSON, "Content-Encoding": "identity"}
    assert client.post("/things", data=b'{"name":"x"}', headers=headers).status_code == 201


@pytest.mark.parametrize(
    "query",
    [
        "n=5_0", "n=%2B5", "n=1.0", "n=05", "n=1e3", "n=%D9%A3", "n=+5", "n=5+", "n=0x5", "n=-0x1", "n=" + "9" * 20,
        "x=1_0", "x=.5", "x=5.", "x=%2B1", "x=inf", "x=nan", "x=Infinity", "x=1,5", "x=01.5",
        "flag=1", "flag=yes", "flag=on", "flag=True", "flag=t", "flag=0",
        "day=0", "day=20260301", "day=2026-3-1", "day=1772323200", "day=2026-02-30", "day=2026-03-01T00:00:00Z",
        "at=0", "at=2026-03-01", "at=2026-03-01T15:00:00", "at=1772323200", "at=2026-03-01T15:00Z",
        "n=", "text=", "day=", "flag=", "cursor=",
    ],
)  # fmt: skip
def test_a_loosely_spelled_parameter_names_its_field(client: FlaskClient, query: str) -> None:
    problem = assert_problem(client.get(f"/typed?{query}"), 400, "Invalid input")
    assert set(problem["errors"]) == {query.partition("=")[0]}


@pytest.mark.parametrize("query", ["text=%FF", "text=%C0%A0", "text=%ED%A0%80", "%FF=1"])
def test_a_query_that_is_not_utf_8_is_refused(client: FlaskClient, query: str) -> None:
    assert "not UTF-8" in assert_problem(client.get(f"/typed?{query}"), 400, "Invalid input")["detail"]


def test_one_spelling_of_each_type_is_read(client: FlaskClient) -> None:
    query = "n=-50&x=1.5e1&flag=true&day=2026-03-01&at=2026-03-01T15:00:00.5%2B01:00&text=%C3%A9"
    assert client.get(f"/typed?{query}").get_json() == {
        "n": -50, "x": 15.0, "flag": True, "day": "2026-03-01", "at": "2026-03-01T15:00:00.500000+01:00", "text": "é",
    }  # fmt: skip


@pytest.mark.parametrize(
    "host", ["", "a b", "a/b", "user@host", "a,b", "[::1", "::1", "host:port", "a\tb", "é", "a:1:2"]
)
def test_a_broken_host_is_refused(client: FlaskClient, host: str) -> None:
    answer = client.get("/things", environ_overrides={"HTTP_HOST": host})
    assert "Host" in assert_problem(answer, 400, "Invalid input")["detail"]


@pytest.mark.parametrize("host", ["localhost", "touchline.example:8080", "[::1]:80", "127.0.0.1", "query_stats.svc"])
def test_a_sound_host_is_served(client: FlaskClient, host: str) -> None:
    assert client.get("/things", environ_overrides={"HTTP_HOST": host}).status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/things", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/things/7", {"GET", "HEAD", "DELETE", "OPTIONS"}),
        ("/events/x", {"POST", "OPTIONS"}),
        ("/health/live", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_options_names_the_methods_of_the_path(client: FlaskClient, path: str, allowed: set[str]) -> None:
    answer = client.options(path)
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (200, allowed)


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND"])
def test_another_method_of_no_route_is_404_or_405(client: FlaskClient, method: str) -> None:
    assert client.open("/nowhere", method=method).status_code in (404, 405)
    assert client.open("/nowhere", method=method).mimetype == "application/problem+json"


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('"other"', 412), ('W/"other"', 412)])
def test_if_match_is_kept(client: FlaskClient, tag: str, status: int) -> None:
    answer = client.get("/long", headers={"If-Match": tag})
    assert answer.status_code == status
    if status == 412:
        assert_problem(answer, 412, "Precondition failed")


def test_if_match_with_the_current_tag_is_answered(client: FlaskClient) -> None:
    tag = client.get("/long").headers["ETag"]
    assert client.get("/long", headers={"If-Match": f'"x", {tag}'}).status_code == 200


def test_no_content_has_no_content_type(client: FlaskClient) -> None:
    answer = client.delete("/gone")
    assert answer.status_code == 204
    assert "Content-Type" not in answer.headers
    assert "Content-Length" not in answer.headers


def test_the_problem_of_a_path_beyond_ascii_can_be_read(client: FlaskClient) -> None:
    assert assert_problem(client.get("/tör/größe"), 404, "Not found")["detail"] == "no route /tör/größe"
