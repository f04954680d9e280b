"""A collection in the form its caller accepts, through functions-framework's own application."""

from __future__ import annotations

import functions_framework
import pyarrow as pa
import pytest
from flask.testing import FlaskClient

from tests.support.functions.problems import assert_problem
from tests.support.reference import ROOT

JSON, CSV = "application/json", "text/csv"
PARQUET, ARROW = "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def client() -> FlaskClient:
    source = str(ROOT / "tests/support/functions/sample_function.py")
    client: FlaskClient = functions_framework.create_app(target="handle", source=source).test_client()  # type: ignore[no-untyped-call]
    return client


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JSON), ("*/*", JSON), (BROWSER, JSON), (JSON, JSON), ("application/*", JSON), (CSV, CSV),
        ("text/*", CSV), (PARQUET, PARQUET), (ARROW, ARROW), (f"{JSON};q=0.5, {ARROW}", ARROW),
        (f"{CSV};q=0.9, {JSON}", JSON), (f"text/html, {CSV};q=0.1", CSV), (f"{JSON};q=0, */*", CSV),
    ],
)  # fmt: skip
def test_a_collection_comes_in_the_form_the_caller_prefers(client: FlaskClient, accept: str, form: str) -> None:
    answer = client.get("/listed", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.mimetype) == (200, form)
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(("name", "form"), [("json", JSON), ("csv", CSV), ("parquet", PARQUET), ("arrow", ARROW)])
@pytest.mark.parametrize("accept", ["", CSV, "text/html"])
def test_the_format_parameter_wins_over_accept(client: FlaskClient, name: str, form: str, accept: str) -> None:
    answer = client.get(f"/listed?format={name}", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.mimetype) == (200, form)


@pytest.mark.parametrize("query", ["format=xml", "format=", "format=CSV", "format=csv&format=json", "format=text/csv"])
def test_a_format_that_there_is_not_is_a_fault_of_the_query(client: FlaskClient, query: str) -> None:
    problem = assert_problem(client.get(f"/listed?{query}"), 400, "Invalid input")
    assert problem["errors"] == {"format": "must be one of json, csv, parquet, arrow, excel"}
    assert assert_problem(client.get("/only?format=csv"), 400, "Invalid input")["errors"] == {
        "format": "must be one of json"
    }


def test_every_form_tells_the_same(client: FlaskClient) -> None:
    assert client.get("/listed").get_json()["items"] == [{"name": "a, b", "size": 1}]
    assert client.get("/listed", headers={"Accept": CSV}).text == 'name,size\r\n"a, b",1\r\n'
    stream = client.get("/listed", headers={"Accept": ARROW}).data
    assert pa.ipc.open_stream(stream).read_all().to_pylist() == [{"name": "a, b", "size": 1}]


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/listed", "text/html"), ("/listed", f"{CSV};q=0"), ("/only", CSV), ("/only", "text/html")],
)
def test_a_form_that_there_is_not_is_406(client: FlaskClient, path: str, accept: str) -> None:
    problem = assert_problem(client.get(path, headers={"Accept": accept}), 406, "Not acceptable")
    assert JSON in problem["detail"]


def test_what_is_no_collection_is_json(client: FlaskClient) -> None:
    assert client.get("/only", headers={"Accept": f"{CSV}, {JSON};q=0.1"}).mimetype == JSON


def test_forms_have_etags_of_their_own(client: FlaskClient) -> None:
    tags = {form: client.get("/listed", headers={"Accept": form}).headers["ETag"] for form in (JSON, CSV, ARROW)}
    assert len(set(tags.values())) == 3
    held = client.get("/listed", headers={"Accept": CSV, "If-None-Match": tags[CSV]})
    assert (held.status_code, held.data) == (304, b"")
    assert client.get("/listed", headers={"Accept": CSV, "If-None-Match": tags[JSON]}).status_code == 200


def test_the_next_page_is_linked_where_the_body_cannot_name_it(client: FlaskClient) -> None:
    answer = client.get("/listed?limit=1&cursor=old", headers={"Accept": CSV})
    assert answer.headers["Link"] == '</listed?limit=1&cursor=c%2B1>; rel="next"'
    assert "Link" not in client.get("/listed").headers
