"""Every function over one set of real stores that hold the small league, and a caller who may do everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import functions_framework
import psycopg
import pytest
from flask import Flask

from functions.bet_maker.service import Answer
from functions.bet_maker.users import UserFunctions
from shared.adapters.clickhouse.client import ClickHouse
from shared.clock import SystemClock
from shared.security.tokens import Caller, ServiceTokens, Tokens
from shared.testing.small_league import store_all
from shared.testing.valkey_process import ValkeyProcess
from tests.support.accounts.log_search import PASSWORD
from tests.support.advertising.stores import add_known_store
from tests.support.engines.fixtures import PATIENTLY
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.postgres import Server
from tests.support.functions.catalogue import ENV, FUNCTIONS
from tests.support.functions.league_events import deliver, league_updated
from tests.support.reference import ROOT
from tests.support.servers.http_broker import Broker

MANY = "1000000"
"""Limit of failed logins: a fuzzer makes many."""


class FunctionStack:
    """All functions over the same real stores, and a caller who may do everything."""

    def __init__(self, apps: dict[str, Flask], environment: dict[str, str], username: str, user_id: str) -> None:
        self.apps = apps
        self.environment = environment
        keys = [("k1", "one" * 12)]
        who = Caller(user_id=user_id, username=username, roles=("manager", "operator"), session_id="s1")
        self.user = f"Bearer {Tokens(keys, SystemClock()).sign(who)}"
        core = ServiceTokens([("s1", "two" * 12)], SystemClock(), name="fuzzer")
        self.service = f"Bearer {core.sign('core', ['stores:read', 'payments:write'])}"
        """Of another function, for what only functions may ask."""


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker that takes every event."""
    with Broker() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def world(stored_world: FunctionStack, monkeypatch: pytest.MonkeyPatch) -> FunctionStack:
    """The stored world, in which functions ask one another without a network."""
    monkeypatch.setattr(UserFunctions, "send", lambda _, *request: ask_function(stored_world.apps, *request))
    return stored_world


@pytest.fixture(scope="session")
def stored_world(
    postgres_server: Server,
    olap: Olap,
    bus_server: ValkeyProcess,
    broker: Broker,
    tmp_path_factory: pytest.TempPathFactory,
) -> FunctionStack:
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
        **dict.fromkeys(("LOGIN_TRIES_PER_ACCOUNT", "LOGIN_TRIES_PER_ADDRESS", "REGISTRATIONS_PER_ADDRESS"), MANY),
        "BCRYPT_COST": "4",
        "K_SINK": broker.url,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENV, **stores}.items():
            patch.setenv(name, value)
        apps = {name: loaded(ROOT / "functions" / name / "main.py") for name in FUNCTIONS}
    registered = apps["register"].test_client().post("/register", json={"username": "ada", "password": PASSWORD})
    assert registered.status_code == 201
    with psycopg.connect(stores["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE users SET roles = '{manager,operator}'")
    add_known_store(stores["DATABASE_URL"], registered.get_json()["id"])
    deliver(apps["analyze"].test_client(), league_updated())
    return FunctionStack(apps, {**ENV, **stores}, "ada", registered.get_json()["id"])


def ask_function(
    apps: dict[str, Flask], function: str, method: str, path: str, token: str, body: object = None
) -> Answer:
    """What one function answers another, without a network between them."""
    headers = {"Authorization": f"Bearer {token}"}
    reply = apps[function].test_client().open(path, method=method, headers=headers, json=body)
    return Answer(reply.status_code, reply.get_data(), reply.content_type or "application/json")


def loaded(source: Path) -> Flask:
    app: Flask = functions_framework.create_app("handle", str(source))  # type: ignore[no-untyped-call]
    return app
