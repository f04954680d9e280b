"""What identity costs: a token's check, ``GET /me`` against a bare handler, and reads while 20 clients hammer login.

- *verify*: `callers.caller` inside a request that holds a token, by algorithm; what each protected request pays.
- *me*: requests a second of ``GET /me`` (a signed token, the account read from Postgres) over those of a
  handler that returns a text, as the functions-framework command serves it, and over those of ``/me`` that reads by
  psycopg's cursor instead of `shared.adapters.postgres.fast_read`, in turns.
- *hammer*: the 99th percentile of ``GET /stats/leagues`` on the laptop's own server, quiet and hammered in turns.

Ratios are medians over rounds, so that a noisy minute hits both sides alike. Run as
``python -m tests.bench.identity [--rounds N] [--seconds S] [--only PART]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from shared.clock import SystemClock
from shared.security.tokens import Caller, Tokens
from shared.testing.valkey_process import free_port
from tests.bench.coldstart import HELLO, container_command, engines, framework_command
from tests.support.functions.server import served
from tests.unit.shared.security.test_keys import ED, RSA, der

ROOT = Path(__file__).resolve().parents[2]
VERIFY_MS, ME_RATIO, HAMMER_RATIO = 0.2, 0.7, 2.0
ME_OVER_CURSOR = 1.15
"""Below it `shared.adapters.postgres.fast_read` is not worth its private API: replace it by the cursor."""
CONNECTIONS = 8
HAMMERERS = 20
THINK_S = 0.005
"""Between two reads of one reader: they sample the server, they do not load it."""
TARGETS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "verify": lambda found: found["verify_ms"]["HS256"] <= VERIFY_MS,
    "hammer": lambda found: found["hammer"]["ratio"] <= HAMMER_RATIO,
    "me": lambda found: found["me"]["ratio"] >= ME_RATIO and found["me"]["over_cursor"] >= ME_OVER_CURSOR,
}
"""By part, whether what was found is good enough."""
CURSOR = """
from psycopg.rows import class_row
from shared.adapters.postgres import fast_read

def read(self, kind, query, params):
    with self.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, params, prepare=True).fetchall()

fast_read.Connection.read = read
exec(compile(open({source!r}).read(), {source!r}, "exec"))
"""
"""The function of ``/me`` with psycopg's own cursor, which prepares its statements as well."""
ADA = {"username": "ada", "password": "correct horse battery"}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="identity", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one side in one turn (%(default)s)")
    parser.add_argument("--only", choices=TARGETS, help="one part; default all")
    asked = parser.parse_args(arguments)
    result: dict[str, Any] = {}
    if asked.only in (None, "verify"):
        checks = result["verify_ms"] = {name: verify_ms(key) for name, key in keys().items()}
        print("verify  ", ", ".join(f"{name} {ms:.3f} ms" for name, ms in checks.items()))
    if asked.only != "verify":
        result |= over_http(asked.only, rounds=asked.rounds, seconds=asked.seconds)
    met = {part: holds(result) for part, holds in TARGETS.items() if asked.only in (None, part)}
    print(json.dumps({"bench": "identity", **result, "met": met}))
    return 0 if all(met.values()) else 1


def over_http(only: str | None, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The parts that need servers."""
    result: dict[str, Any] = {}
    with engines() as env, tempfile.TemporaryDirectory(prefix="touchline-identity-") as folder:
        env |= {"LOGIN_TRIES_PER_ACCOUNT": "1000000", "LOGIN_TRIES_PER_ADDRESS": "1000000", "CODES_KEY": "x" * 40}
        with served(env, Path(folder)) as url:
            token = logged_in(url)
            if only in (None, "hammer"):
                hammer = result["hammer"] = hammered(url, rounds=rounds, seconds=seconds)
                print("hammer   p99 quiet {quiet_ms} ms, hammered {hammered_ms} ms: {ratio} x".format(**hammer))
        if only in (None, "me"):
            me = result["me"] = throughput(env, token, Path(folder), rounds=rounds, seconds=seconds)
            text = "me       {me_per_s} a second, bare {bare_per_s}: {ratio}; by cursor {cursor_per_s}: {over_cursor}"
            print(text.format(**me))
    return result


def keys() -> dict[str, str]:
    """A key of each kind."""
    return {"HS256": "0123456789abcdef" * 2, "EdDSA": f"EdDSA:{der(ED)}", "RS256": f"RS256:{der(RSA)}"}


def verify_ms(key: str, *, times: int = 1000) -> float:
    """Median milliseconds of naming the caller of a request, by a token that was never shown before."""
    from flask import Flask

    from shared.web import callers

    tokens = Tokens([("k1", key)], SystemClock())
    deps = SimpleNamespace(tokens=tokens)
    app, spent = Flask("bench"), []
    for n in range(times):
        who = Caller(user_id=str(uuid.uuid4()), username="ada", roles=(), session_id=str(n))
        bearer = {"Authorization": f"Bearer {tokens.sign(who)}"}
        with app.test_request_context("/me", headers=bearer):
            began = time.perf_counter()
            callers.caller(deps)
            spent.append(time.perf_counter() - began)
    return round(statistics.median(spent) * 1000, 4)


def logged_in(url: str) -> str:
    """The token of a new user."""
    with connected(url) as connection:
        assert post(connection, "/register", ADA)[0] == 201
        return str(json.loads(post(connection, "/login", ADA)[1])["access_token"])


def throughput(env: Mapping[str, str], token: str, folder: Path, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Requests a second of the bare handler, and of ``/me`` that reads in one call and by a cursor, in turns."""
    (folder / "main.py").write_text(HELLO)
    (folder / "account.py").write_text(CURSOR.format(source=str(ROOT / "functions/account/main.py")))
    bearer = {"Authorization": f"Bearer {token}"}
    commands = [
        framework_command(folder / "main.py"),
        container_command(ROOT / "functions/account/main.py"),
        container_command(folder / "account.py"),
    ]
    with ExitStack() as servers:
        bare, account, by_cursor = (servers.enter_context(framework(command, env)) for command in commands)
        turns = []
        for turn in range(rounds + 1):
            sides = (
                per_s(bare, "/", {}, seconds),
                per_s(account, "/me", bearer, seconds),
                per_s(by_cursor, "/me", bearer, seconds),
            )
            turns += [sides] if turn else []
    return {
        "bare_per_s": round(statistics.median(base for base, _, _ in turns)),
        "me_per_s": round(statistics.median(mine for _, mine, _ in turns)),
        "cursor_per_s": round(statistics.median(cursor for _, _, cursor in turns)),
        "ratio": round(statistics.median(mine / base for base, mine, _ in turns), 2),
        "over_cursor": round(statistics.median(mine / cursor for _, mine, cursor in turns), 2),
    }


def hammered(url: str, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The 99th percentile of a read, quiet and hammered in turns."""
    p99s(url, seconds)
    pairs: list[tuple[float, float]] = []
    logins: Counter[int] = Counter()
    for _ in range(rounds):
        quiet = p99s(url, seconds)
        with hammering(url) as answered:
            time.sleep(0.5)  # until the queue is as long as it gets
            loud = p99s(url, seconds)
        logins.update(answered)
        pairs.append((quiet, loud))
    return {
        "quiet_ms": round(statistics.median(quiet for quiet, _ in pairs), 2),
        "hammered_ms": round(statistics.median(loud for _, loud in pairs), 2),
        "ratio": round(statistics.median(loud / quiet for quiet, loud in pairs), 2),
        "logins_by_status": dict(logins),
    }


def p99s(url: str, seconds: float) -> float:
    """The 99th percentile of `GET /stats/leagues` in milliseconds."""
    spent: list[float] = []

    def read(connection: http.client.HTTPConnection) -> None:
        began = time.perf_counter()
        assert get(connection, "/stats/leagues", {}) == 200
        spent.append((time.perf_counter() - began) * 1000)
        time.sleep(THINK_S)

    in_threads(url, read, n=2, seconds=seconds)
    return statistics.quantiles(spent, n=100)[98]


@contextmanager
def hammering(url: str) -> Iterator[list[int]]:
    """Clients that log in without a pause; the statuses they get."""
    over, statuses = threading.Event(), []

    def attack() -> None:
        with connected(url) as connection:
            while not over.is_set():
                statuses.append(post(connection, "/login", ADA)[0])

    threads = [threading.Thread(target=attack) for _ in range(HAMMERERS)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


def per_s(url: str, path: str, headers: Mapping[str, str], seconds: float) -> float:
    """Requests a second over several connections."""
    done: list[int] = []

    def ask(connection: http.client.HTTPConnection) -> None:
        done.append(get(connection, path, headers))

    in_threads(url, ask, n=CONNECTIONS, seconds=seconds)
    assert set(done) == {200}
    return len(done) / seconds


def in_threads(url: str, act: Callable[[http.client.HTTPConnection], None], *, n: int, seconds: float) -> None:
    """Do it again and again on each of several connections."""
    until = time.perf_counter() + seconds

    def loop() -> None:
        with connected(url) as connection:
            while time.perf_counter() < until:
                act(connection)

    threads = [threading.Thread(target=loop) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def connected(url: str) -> Iterator[http.client.HTTPConnection]:
    """A connection that is used again."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        yield connection
    finally:
        connection.close()


def get(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> int:
    """The status of a read."""
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    answer.read()
    return answer.status


def post(connection: http.client.HTTPConnection, path: str, body: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and body of what is answered to JSON."""
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


@contextmanager
def framework(command: list[str], env: Mapping[str, str]) -> Iterator[str]:
    """A handler in a server of its own, eight threads."""
    port = free_port()
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "THREADS": str(CONNECTIONS), "PORT": str(port)}
    process = subprocess.Popen(
        command,
        env={**own, **env},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once it answers anything."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            with connected(url) as connection:
                get(connection, "/health/ready", {})
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{process.args!r} does not answer")


if __name__ == "__main__":
    sys.exit(main())
