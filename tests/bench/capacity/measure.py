"""Processor time per request of each function and of the stores behind it, in the image's own server.

Each function runs alone as in its container on real stores that hold a small league. One kind of request
is sent over and over by two clients; what its processes and the stores' used meanwhile is divided by the requests. So a
cached answer is measured as a cached answer: the page says how often it is one.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import psutil
import psycopg

from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.events import cloudevents
from shared.events.football import BatchScraped
from shared.testing.batches import LEAGUE, SEASON, match
from shared.testing.small_league import store_all
from shared.testing.valkey_process import free_port
from tests.bench import coldstart
from tests.bench.coldstart import container_command
from tests.support.functions import league_events
from tests.support.reference import ROOT
from tests.support.servers.http_broker import Broker

PASSWORD = "correct horse battery"
CLIENTS = 2
ROWS = 380
"""Of a batch: the matches of a season of twenty clubs."""
STORES = {"postgres": "postgres", "valkey-server": "valkey", "k8s.local.engines.clickhouse": "clickhouse"}
"""By what their command lines tell."""
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "CACHE_URL|LIMITS_URL|TASKS_URL", "clickhouse": "CLICKHOUSE_URL"}
"""Who is not told where a store is cannot have used it; what the store did meanwhile was its own business."""
_numbers = count(int(time.time()) * 1000)


MANY_USERS = """
INSERT INTO users (username, username_folded, username_skeleton, password_hash, roles, state)
SELECT 'many' || n, 'many' || n, 'many' || n, '$2b$12$' || repeat('x', 53), '{}', 'active'
FROM generate_series(1, %s) n
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request of the kind that a function answers most."""

    method: str
    path: str
    function: str = ""
    """Its folder, where the name of the figure is another."""
    body: Callable[[], dict[str, Any]] | None = None
    event: Callable[[], tuple[dict[str, str], bytes]] | None = None
    first: Ask | None = None
    """What has to have happened before."""


def new_user() -> dict[str, Any]:
    return {"username": f"u{next(_numbers)}", "password": PASSWORD}


def batch_of(n_rows: int) -> Callable[[], tuple[dict[str, str], bytes]]:
    """Makes batches of new matches, as they come from the log."""

    def make() -> tuple[dict[str, str], bytes]:
        first = next(_numbers) * 10_000 % 2**40
        rows = [match(first + n) for n in range(n_rows)]
        event = BatchScraped(
            source="bench", league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=n_rows,
            scraped_at=datetime.now(UTC), arrow=record_batches.encode(record_batches.to_table("matches", rows)),
        )  # fmt: skip
        return cloudevents.to_http(event.to_event())

    return make


FITTED = Ask(method="POST", path=league_events.PATH, event=lambda: cloudevents.to_http(league_events.league_updated()))
ASKS = {
    "register": Ask(method="POST", path="/register", body=new_user),
    "login": Ask(method="POST", path="/login", body=lambda: {"username": "ada", "password": PASSWORD}),
    "session": Ask(method="GET", path="/sessions"),
    "account": Ask(method="GET", path="/me"),
    "query_stats": Ask(method="GET", path="/stats/leagues/england/table"),
    "query_stats_missed": Ask(method="GET", path="/stats/leagues/england/table?as_of={}", function="query_stats"),
    "analyze": Ask(method="GET", path="/analyze/leagues/england/ratings", first=FITTED),
    "plot": Ask(method="GET", path="/plots/leagues/england/positions"),
    "ingest_batch": Ask(method="POST", path="/", event=batch_of(ROWS)),
}
"""The others are called by few people, seldom. What is asked with another time each time is in no cache."""


def measure(seconds: float) -> dict[str, Any]:
    """Figures of every request in `ASKS`, each measured for about so long, and what a user takes in Postgres."""
    with coldstart.engines() as env, Broker() as broker:
        threading.Thread(target=broker.serve_forever, daemon=True).start()
        many = dict.fromkeys(("LOGIN_TRIES_PER_ACCOUNT", "LOGIN_TRIES_PER_ADDRESS"), "1000000")
        env |= {**many, "K_SINK": broker.url}
        warehouse = ClickHouse(env["CLICKHOUSE_URL"])
        store_all(warehouse)
        warehouse.close()
        token = _token(env)
        bytes_of_a_user = _bytes_of_a_user(env["DATABASE_URL"])
        result = {name: _figures(name, ask, env, token, seconds) for name, ask in ASKS.items()}
        broker.shutdown()
        return {"functions": result, "bytes_of_a_user": bytes_of_a_user}


def _bytes_of_a_user(url: str, n: int = 5_000) -> float:
    """The row and its indexes."""
    size = "SELECT pg_total_relation_size('users')"
    with psycopg.connect(url, autocommit=True) as connection:
        (before,) = connection.execute(size).fetchone() or (0,)
        connection.execute(MANY_USERS, (n,))
        (after,) = connection.execute(size).fetchone() or (0,)
    return float(round((after - before) / n))


def _token(env: dict[str, str]) -> str:
    """An operator's access token."""
    with _served("register", env) as url:
        httpx.post(f"{url}/register", json={"username": "ada", "password": PASSWORD}).raise_for_status()
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE users SET roles = '{operator}'")
    with _served("login", env) as url:
        answer = httpx.post(f"{url}/login", json={"username": "ada", "password": PASSWORD})
        token: str = answer.raise_for_status().json()["access_token"]
    return token


def _figures(name: str, ask: Ask, env: dict[str, str], token: str, seconds: float) -> dict[str, float]:
    function = ask.function or name
    with (
        _served(function, env) as url,
        httpx.Client(base_url=url, headers={"authorization": f"Bearer {token}"}) as client,
    ):
        pid = _listening(url)
        for each in (ask.first, ask):
            if each is not None:
                _send(client, each)
        time.sleep(0.5)  # what a first request imports in the background is not counted
        before, began_s = _used(pid), time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            output = list(pool.map(lambda _: _for(client, ask, seconds), range(CLIENTS)))
        took_s = time.perf_counter() - began_s
        after = _used(pid)
    times = [each for one in output for each in one]
    manifest = (ROOT / "knative" / f"{function.replace('_', '-')}.yaml").read_text("utf-8")
    users = [who for who in after if re.search(VARIABLES.get(who, ""), manifest)]
    spent = dict.fromkeys((f"{who}_ms" for who in after), 0.0)
    spent |= {f"{who}_ms": round((after[who] - before[who]) / len(times) * 1000, 3) for who in users}
    cv2 = statistics.pvariance(times) / statistics.mean(times) ** 2
    result = {"requests": len(times), "per_s": round(len(times) / took_s, 1), "cv2": round(cv2, 2), **spent}
    print(f"{name:14} {result}")
    return result


def _for(client: httpx.Client, ask: Ask, seconds: float) -> list[float]:
    """How long each request took, in seconds."""
    times, end_s = [], time.perf_counter() + seconds
    while (began_s := time.perf_counter()) < end_s:
        _send(client, ask)
        times.append(time.perf_counter() - began_s)
    return times


def _send(client: httpx.Client, ask: Ask) -> None:
    if ask.event is not None:
        headers, body = ask.event()
        answer = client.request(ask.method, ask.path, headers=headers, content=body)
    else:
        moment = datetime.fromtimestamp(next(_numbers) / 1000, UTC).isoformat(timespec="milliseconds")
        path = ask.path.format(moment.replace("+00:00", "Z"))
        answer = client.request(ask.method, path, json=ask.body() if ask.body is not None else None)
    if answer.status_code >= 400:
        raise SystemExit(f"{ask.method} {ask.path}: {answer.status_code} {answer.text}")


@contextmanager
def _served(name: str, env: dict[str, str]) -> Iterator[str]:
    """The address of the function, ready."""
    port = free_port()
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "THREADS": "8", "PORT": str(port)}
    process = subprocess.Popen(
        container_command(ROOT / "functions" / name / "main.py"),
        env={**own, **env},
        cwd=ROOT,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _ready(url):
            if process.poll() is not None:
                raise SystemExit(f"{name} ended with {process.returncode}")
            time.sleep(0.02)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _listening(url: str) -> int:
    """Who serves this address."""
    port = int(url.rpartition(":")[2])
    return next(
        one.pid or 0
        for one in psutil.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port
    )


def _used(pid: int) -> dict[str, float]:
    """Processor seconds of the function and of each store until now."""
    result = dict.fromkeys(("function", *STORES.values()), 0.0)
    result["function"] = _tree_s(psutil.Process(pid))
    for process in psutil.Process().children(recursive=True):
        line = " ".join(process.cmdline())
        for sign, store in STORES.items():
            if sign in line:
                result[store] += sum(process.cpu_times()[:2])
    return result


def _tree_s(process: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])
