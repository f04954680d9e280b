"""The site over every real function and real stores, at an address that a browser can open."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from functions.site.parts import PartReader
from functions.site.service import Deps
from knative.local.serving.routes import Routes
from knative.manifests.kinds import loader
from shared.adapters.http.keep_alive import Reply
from shared.errors import Unavailable
from shared.testing.valkey_process import ValkeyProcess
from shared.web import http
from tests.support.engines.fixtures import PATIENTLY
from tests.support.engines.olap import Olap, migrated
from tests.support.engines.postgres import Server
from tests.support.functions.catalogue import ENV
from tests.support.functions.stored_world import loaded
from tests.support.reference import ROOT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


FUNCTIONS = (
    "account", "analyze", "bets", "coins", "favourites", "lines", "login", "merch", "plot", "query_stats", "register",
    "search", "session", "verify_contact", "verify_identity",
)  # fmt: skip
"""What pages are made of."""
_MANY = "1000000"
_DATABASE = 7
_PATIENCE_S = 30.0
"""With a part of a page, where a machine stalls; only what is made to fail does."""


def make_stores(postgres: Server, olap: Olap, bus: ValkeyProcess, folder: Path) -> dict[str, str]:
    """Return the environment of functions over stores of their own."""
    database = f"site_{uuid4().hex}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE template".encode())
    return {
        **ENV,
        "DATABASE_URL": postgres.url(database),
        "CLICKHOUSE_URL": migrated(olap),
        **dict.fromkeys(("CACHE_URL", "LIMITS_URL", "TASKS_URL", "EVENT_LOG_URL"), _own_database(bus.url) + PATIENTLY),
        **{name: (folder / name).as_uri() for name in ("MESSAGES_URL", "OBJECT_STORE_URL")},
        **dict.fromkeys(("LOGIN_TRIES_PER_ACCOUNT", "LOGIN_TRIES_PER_ADDRESS", "REGISTRATIONS_PER_ADDRESS"), _MANY),
        "BCRYPT_COST": "4",
    }


def _own_database(url: str) -> str:
    """The Valkey database of the site alone: what another module's functions keep is of another world."""
    address, _, _number = url.rpartition("/")
    return f"{address}/{_DATABASE}"


def load_functions(stores: Mapping[str, str]) -> dict[str, Flask]:
    """Load the functions that pages are made of, and the site, each over these stores."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stores.items():
            patch.setenv(name, value)
        return {name: loaded(ROOT / "functions" / name / "main.py") for name in FUNCTIONS}


def load_site(functions: LoadedFunctions, stores: Mapping[str, str]) -> Flask:
    """Load the site so that it asks the loaded functions themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stores.items():
            patch.setenv(name, value)
        patch.setattr("functions.site.wiring.FunctionCalls", lambda *_args, **_options: functions)
        patch.setattr("functions.site.wiring.PartReader", partial(PartReader, timeout_s=_PATIENCE_S))
        return loaded(ROOT / "functions" / "site" / "main.py")


@dataclass
class LoadedFunctions:
    """Calls the loaded functions themselves; a test silences some, or changes what they say."""

    apps: Mapping[str, Flask]
    silent: set[str] = field(default_factory=set)
    changes: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    """Changes of a JSON answer by the beginning of the path."""
    calls: list[str] = field(default_factory=list)

    def send(
        self, function: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Return a function's response."""
        self.calls.append(path)
        if function in self.silent:
            raise Unavailable(f"function {function} does not answer")
        change = next((each for prefix, each in self.changes.items() if path.startswith(prefix)), None)
        dropped = ("If-None-Match",) if change else ()
        sent = {name: value for name, value in (headers or {}).items() if name not in dropped}
        client = self.apps[function.replace("-", "_")].test_client(use_cookies=False)
        with client.open(path, method=method, headers=sent, data=body, buffered=True) as answer:
            if change is not None and answer.status_code == 200:
                return Reply(200, json.dumps(change(json.loads(answer.data))).encode())
            return Reply(
                answer.status_code, answer.data, {name.lower(): value for name, value in answer.headers.items()}
            )

    @contextmanager
    def changed(self, prefix: str, change: Callable[[Any], Any]) -> Iterator[None]:
        """Answers below a path are changed inside."""
        self.changes[prefix] = change
        try:
            yield
        finally:
            del self.changes[prefix]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing."""


class ServedSite:
    """A server with the public routes of every function."""

    def __init__(self, functions: LoadedFunctions, stores: Mapping[str, str]) -> None:
        """Serve the site and the others; `functions` is what the site asks."""
        self.functions = functions
        self._routes = Routes(loader.load(ROOT / "knative").routes)
        self.app = load_site(functions, stores)
        self._apps = {**functions.apps, "site": self.app}
        self._deps: Deps = self.app.view_functions["site.home"].__globals__["deps"]
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand a request to the function that the gateway's routes name."""
        path = environ["PATH_INFO"]
        if path in ("/docs", "/functions"):  # pages of the laptop's platform
            return http.json_response({})(environ, start_response)
        name = self._routes.match(path)
        assert name is not None
        return self._apps[name.name.replace("-", "_")](environ, start_response)

    def forget(self) -> None:
        """Forget what this process keeps, so that the next page asks again."""
        self._deps.parts._memory._answers.clear()
        self._deps.pages._pages.clear()

    def age(self, by: timedelta) -> None:
        """Make every kept answer older."""
        answers = self._deps.parts._memory._answers
        for address, answer in list(answers.items()):
            answers[address] = replace(answer, asked_at=answer.asked_at - by)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
