"""Every function against what its own OpenAPI document allows, and against what it forbids, on real stores.

No input makes a 5xx, no status is undocumented, and every answer has the type, the headers and the schema it promises.
Operations are called by somebody who may do everything: strangers do not get far enough to break anything.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import functions_framework
import psycopg
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture import engine
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.adapters.clickhouse.client import ClickHouse
from shared.clock import SystemClock
from shared.events.football import LeagueUpdated
from shared.security.tokens import Caller, Tokens
from shared.testing.small_league import store_all
from shared.testing.valkey_process import ValkeyProcess
from tests.contract.adapters.test_event_sink import Broker
from tests.contract.conftest import ROOT
from tests.support.accounts.log_search import PASSWORD
from tests.support.engines.fixtures import PATIENTLY
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.postgres import Server
from tests.support.functions.catalogue import ENV, FUNCTIONS
from tests.support.functions.league_events import deliver, league_updated

EXAMPLES = 6
HOPELESS = 60
"""Rejected tries after which there is nothing to be sent wrongly. What has something needs half as many for all of its
examples; Hypothesis's own 458 took half of this module's time."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLS = 100
"""Shared by a function's operations, so that fifty of them take no longer than fifteen; each has two at least."""
KNOWN = {
    "league": "england", "match_id": 1, "team_id": 42, "other_id": 43, "player_id": 1, "home": 42, "away": 43,
    "date": "2025-08-16",
}  # fmt: skip
"""Parts of paths and queries that lead to something stored; chance would not find them."""
EVENT = {
    "ce-id": "a-1",
    "ce-source": "/touchline/fuzzed",
    "ce-specversion": "1.0",
    "ce-type": LeagueUpdated.TYPE,
    "content-type": "application/json",
}
TO_COME = 5
"""A match that has a forecast."""
MANY = "1000000"
"""Of failed logins, which a fuzzer has many of."""


class World:
    """All functions over the same real stores, and a caller who may do everything."""

    def __init__(self, apps: dict[str, Flask], environment: dict[str, str], username: str, user_id: str) -> None:
        self.apps = apps
        self.environment = environment
        keys = [("k1", "one" * 12)]
        who = Caller(user_id=user_id, username=username, roles=("operator",), session_id="s1")
        self.user = f"Bearer {Tokens(keys, SystemClock()).sign(who)}"


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """Takes every event."""
    with Broker() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(scope="session")
def world(
    postgres_server: Server,
    olap: Olap,
    bus_server: ValkeyProcess,
    broker: Broker,
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    """The small league, analysed, and one operator."""
    clickhouse_url = migrated(olap)
    warehouse = ClickHouse(clickhouse_url)
    store_all(warehouse)
    warehouse.close()
    database = f"fuzzed_{uuid4().hex}"  # the rehearsal of images makes a world of its own on the same server
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE template".encode())
    stores = {
        "DATABASE_URL": postgres_server.url(database),
        "CLICKHOUSE_URL": clickhouse_url,
        "TASKS_URL": bus_server.url,
        **dict.fromkeys(("CACHE_URL", "LIMITS_URL", "EVENT_LOG_URL"), bus_server.url + PATIENTLY),
        **{name: tmp_path_factory.mktemp(name).as_uri() for name in ("MESSAGES_URL", "OBJECT_STORE_URL")},
        **dict.fromkeys(("LOGIN_TRIES_PER_ACCOUNT", "LOGIN_TRIES_PER_ADDRESS"), MANY),
        "BCRYPT_COST": "4",
        "K_SINK": broker.url,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENV, **stores}.items():
            patch.setenv(name, value)
        apps = {name: loaded(ROOT / "functions" / name / "main.py") for name in FUNCTIONS}
    made = apps["register"].test_client().post("/register", json={"username": "ada", "password": PASSWORD})
    assert made.status_code == 201
    with psycopg.connect(stores["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE users SET roles = '{operator}'")
    deliver(apps["analyze"].test_client(), league_updated())
    return World(apps, {**ENV, **stores}, "ada", made.get_json()["id"])


def loaded(source: Path) -> Flask:
    app: Flask = functions_framework.create_app("handle", str(source))  # type: ignore[no-untyped-call]
    return app


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_keeps_what_its_document_promises(name: str, world: World) -> None:
    hold_to_its_document(schemathesis.openapi.from_wsgi("/openapi.json", world.apps[name]), world)


def hold_to_its_document(schema: Any, world: World) -> None:
    """Call every operation of a function, in ways its document allows and in ways it does not."""
    statuses: dict[str, set[int]] = {}
    operations = list(schema.get_all_operations())
    n_examples = max(2, min(EXAMPLES, CALLS // len(operations)))
    for found in operations:
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            hammer(operation, mode, world, statuses.setdefault(operation.label, set()), n_examples)
    reads = [seen for label, seen in statuses.items() if label.startswith("GET ")]
    assert 2 * sum(200 in seen for seen in reads) >= len(reads), f"little was tried in earnest: {statuses}"


def hammer(operation: Any, mode: GenerationMode, world: World, seen: set[int], n_examples: int) -> None:
    """Send what the document allows, or what it does not."""
    stored = KNOWN | ({"match_id": TO_COME} if operation.path.startswith("/analyze/") else {})

    @settings(
        max_examples=n_examples,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode), st.booleans())
    def send(case: Case[Any], at_home: bool) -> None:
        case.headers["Authorization"] = world.user
        if at_home and mode is GenerationMode.POSITIVE:
            for given_parts, known in ((case.path_parameters, stored), (case.query, stored), (case.headers, EVENT)):
                given_parts.update({name: known[name] for name in given_parts if name in known})
        answer = case.call()
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "INVALID_THRESHOLD_BASE", HOPELESS)
            send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "there is nothing to be sent wrongly"
