"""collect-archives over HTTP: operators alone see and refresh the archives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.clock import SystemClock
from shared.security.tokens import Caller, Tokens
from tests.support.functions.problems import assert_problem

KEYS = f"k1:{'one' * 12}"


@pytest.fixture
def client(load_function: Callable[..., Flask], database_url: str) -> FlaskClient:
    """A client of the function without an archive to keep fresh."""
    nowhere = "http://nobody:none@127.0.0.1:1/none"
    settings = {"CLICKHOUSE_URL": nowhere, "EVENT_LOG_URL": "redis://127.0.0.1:1/0", "OBJECT_STORE_URL": "file:///no"}
    return load_function("collect_archives", DATABASE_URL=database_url, TOKEN_KEYS=KEYS, **settings).test_client()


def bearer(*roles: str) -> dict[str, str]:
    """Headers of a caller."""
    who = Caller(user_id="7b0e1c62-6a0e-4b6e-8f53-0a6f9a1d0001", username="ada", roles=roles, session_id="s1")
    return {"authorization": f"Bearer {Tokens([('k1', 'one' * 12)], SystemClock()).sign(who)}"}


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/archives", {}),
    ("GET", "/archives/files", {}),
    ("POST", "/archives/refresh", {"json": {}}),
    ("POST", "/archives/collect", {"json": {}}),
    ("POST", "/archives/resume", {"json": {"source": "datahub"}}),
]


@pytest.mark.parametrize(("method", "path", "more"), CALLS)
def test_only_operators_may(client: FlaskClient, method: str, path: str, more: dict[str, Any]) -> None:
    assert_problem(client.open(path, method=method, **more), 401, "Not authenticated")
    assert_problem(client.open(path, method=method, headers=bearer(), **more), 403, "Forbidden")


def test_archives_tell_their_terms(client: FlaskClient) -> None:
    answer = client.get("/archives", headers=bearer("operator"))
    assert answer.headers["Cache-Control"] == "no-store"
    items = answer.get_json()["items"]
    assert [(item["source"], item["enabled"], item["health"], item["n_files"]) for item in items] == [
        ("footballdata", False, "ok", 0), ("openfootball", False, "ok", 0), ("datahub", False, "ok", 0),
    ]  # fmt: skip
    assert client.get("/archives/files", headers=bearer("operator")).get_json() == {"items": [], "next": None}
    assert client.post("/archives/refresh", json={}, headers=bearer("operator")).status_code == 202


def test_what_is_no_archive_is_a_problem(client: FlaskClient) -> None:
    headers = bearer("operator")
    problem = assert_problem(
        client.post("/archives/refresh", json={"source": "x"}, headers=headers), 400, "Invalid input"
    )
    assert list(problem["errors"]) == ["source"]
    disabled = client.post("/archives/resume", json={"source": "datahub"}, headers=headers)
    assert_problem(disabled, 404, "Not found")
