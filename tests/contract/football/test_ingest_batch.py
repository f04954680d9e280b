"""ingest-batch over HTTP: answers that Knative's KafkaSource understands."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.events import cloudevents
from shared.events.envelope import Event
from shared.testing.batches import batch, match
from shared.testing.valkey_process import free_port
from tests.support.functions.problems import assert_problem


@pytest.fixture
def app(load_function: Callable[..., Flask]) -> Flask:
    """The function without its dependencies: neither ClickHouse nor a broker responds."""
    nobody = f"127.0.0.1:{free_port()}"
    return load_function("ingest_batch", CLICKHOUSE_URL=f"http://u:p@{nobody}/touchline", K_SINK=f"http://{nobody}/")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the function."""
    return app.test_client()


def post(client: FlaskClient, event: Event, **headers: str) -> Any:
    """Deliver an event in binary mode."""
    binary, body = cloudevents.to_http(event)
    return client.post("/", data=body, headers={**binary, **headers})


def test_a_batch_that_can_never_be_stored_is_400_and_not_retried(client: FlaskClient) -> None:
    problem = assert_problem(post(client, batch([match(1)], arrow=b"no arrow")), 400, "Invalid input")
    assert "cut off or not an Arrow stream" in problem["detail"]


def test_faults_are_named_by_column(client: FlaskClient) -> None:
    problem = assert_problem(post(client, batch([match(0)], n_rows=2)), 400, "Invalid input")
    assert problem["errors"] == {"rows": "the batch has 1 rows, the event says 2", "match_id": "0 is not positive"}


def test_an_unavailable_dependency_is_503_and_retried(client: FlaskClient) -> None:
    assert_problem(post(client, batch([match(1)])), 503, "Unavailable")


def test_an_empty_batch_is_acknowledged_with_an_empty_202(client: FlaskClient) -> None:
    answer = post(client, batch([]))
    assert (answer.status_code, answer.data) == (202, b"")


def test_structured_events_are_read(client: FlaskClient) -> None:
    event = batch([])
    fields = {**cloudevents.attributes(event), "data_base64": base64.b64encode(event.data).decode()}
    answer = client.post("/", data=json.dumps(fields), content_type="application/cloudevents+json")
    assert answer.status_code == 202


def test_a_request_that_is_no_event_is_invalid(client: FlaskClient) -> None:
    assert_problem(client.post("/", data=b"{}", content_type="application/json"), 400, "Invalid input")
    assert_problem(client.post("/", data=b"{", content_type="application/cloudevents+json"), 400, "Invalid input")


def test_a_body_beyond_the_limit_is_too_large(client: FlaskClient) -> None:
    event = batch([match(1)], arrow=b"x" * 1_500_001)
    assert post(client, event).status_code == 413
    assert_problem(post(client, batch([match(1)], arrow=b"x" * 1_400_000)), 400, "Invalid input")


def test_without_its_dependencies_it_is_live_but_not_ready(client: FlaskClient) -> None:
    assert client.get("/health/live").status_code == 200
    problem = assert_problem(client.get("/health/ready"), 503, "Unavailable")
    assert list(problem["errors"]) == ["clickhouse"]


def test_it_is_ready_when_clickhouse_responds(load_function: Callable[..., Flask], clickhouse_url: str) -> None:
    app = load_function("ingest_batch", CLICKHOUSE_URL=clickhouse_url, K_SINK="http://127.0.0.1:1/")
    assert app.test_client().get("/health/ready").status_code == 200


def test_other_methods_have_no_route(client: FlaskClient) -> None:
    assert client.get("/").status_code == 404
