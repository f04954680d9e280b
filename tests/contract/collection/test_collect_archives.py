"""The edge of collect-archives, loaded as functions-framework does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.functions.problems import assert_problem


@pytest.fixture
def client(load_function: Callable[..., Flask]) -> FlaskClient:
    return load_function("collect_archives").test_client()


def test_it_is_ready_without_any_store(client: FlaskClient) -> None:
    assert client.get("/health/ready").status_code == 200


def test_the_time_is_an_instant_with_its_zone(client: FlaskClient) -> None:
    response = client.get("/collect-archives")
    assert response.status_code == 200
    assert datetime.fromisoformat(response.get_json()["now"]).tzinfo is not None


def test_another_method_is_refused(client: FlaskClient) -> None:
    assert_problem(client.delete("/collect-archives"), 405, "Method not allowed")
