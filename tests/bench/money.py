"""The merch shop under an open-loop load, transfers beside TPC-B on one server, and how fast the ledger is proven.

Everything runs as a laptop runs it, with every process of the platform: ``fsync`` and ``synchronous_commit`` on, no
unlogged table, bcrypt at cost 12. Parts, each left out by ``--only``:

mix       50 % info, 20 % sendCoin, 20 % buy, 10 % auth of users that signed in lately, at a rate for a time
register  the same while users are made as fast as may be; how many a second, and the others' p99
ledger    transfers straight against Postgres, 20 clients on 50, 10 and 2 accounts, beside TPC-B by the same client
verify    `touchline ledger verify` over so many postings: time, and memory of the verifying process

Run as ``python -m tests.bench.money [--rate 1000] [--seconds 60] [--users 100000] [--postings 1000000] [--only PART]``;
the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from k8s.local.platform import Platform
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.clickhouse.ledger import ClickHouseLedger
from shared.adapters.ledger_verification import LedgerVerification
from shared.adapters.postgres import ledger_blocks
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.security.passwords import Passwords
from shared.security.tokens import Caller, Tokens
from shared.settings.accounts import TokenSettings
from shared.settings.loading import load_settings
from tests.bench.support.open_loop import Load
from tests.bench.support.pq_clients import Job
from tests.support.reference import ROOT

PASSWORD = "correct horse battery staple"
SUCCESS, P99_MS = 0.9999, 50.0
RATIO_ON_50 = 1.0
VERIFY_S_FOR_10M = 30.0
LONGEST_LOAD_S = 500.0
"""Access tokens live 15 minutes, so a longer load is several with new tokens."""
SIGNED_IN = 50
"""Users of the mix's `auth`, who signed in lately."""
N_REQUESTS = 20_000
"""Different ones, sent in turn."""
CLIENTS = 20
PROCESSES = ("postgres", "bus", "cache", "olap", "functions", "eventing", "worker", "standin", "market", "payments")
Json = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="money", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=1000.0, help="requests a second of the mix (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the mix (%(default)s)")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--postings", type=int, default=1_000_000, help="that are verified (%(default)s)")
    parser.add_argument("--client-seconds", type=float, default=10.0, help="of each run against Postgres (%(default)s)")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args(arguments)
    results: Json = {}
    with platform() as running:
        for name, part in PARTS.items():
            if options.only is None or name in options.only:
                results[name] = part(running, options)
                print(name, json.dumps(results[name]), flush=True)
    met = {name: results[name]["met"] for name in results}
    print(json.dumps({"bench": "money", "load": os.getloadavg()[0], **results, "met": met}))
    return 0 if all(met.values()) else 1


@contextmanager
def platform() -> Iterator[Platform]:
    """Every process of the platform, as a laptop has them."""
    folder = Path(tempfile.mkdtemp(prefix="touchline-bench-money-"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment["LOGIN_TRIES_PER_ADDRESS"] = "1000000"
    try:
        with Platform(folder / "data", port=0, environment=environment) as running:
            running.wait_ready(timeout_s=180)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# The mix


def measure_mix(running: Platform, options: argparse.Namespace) -> Json:
    """The asked mix at the asked rate."""
    users = make_users(running, options.users)
    return _judged(offer_mix(running, users, options.rate, options.seconds))


def measure_register(running: Platform, options: argparse.Namespace) -> Json:
    """The mix at half its rate, while others sign in for the first time, each after the answer before."""
    users = make_users(running, options.users)
    made, stop = [0], threading.Event()

    def register() -> None:
        with httpx.Client(base_url=running.urls["public"], timeout=30) as client:
            while not stop.is_set():
                body = {"username": f"new-{made[0]}-{time.monotonic_ns()}", "password": PASSWORD}
                made[0] += client.post("/api/auth", json=body).status_code == 200

    seconds = min(options.seconds, 30.0)
    thread = threading.Thread(target=register)
    thread.start()
    try:
        figures = offer_mix(running, users, options.rate / 2, seconds)
    finally:
        stop.set()
        thread.join()
    return {**_judged(figures), "made_per_s": round(made[0] / seconds, 2)}


def make_users(running: Platform, n_users: int) -> list[tuple[str, str]]:
    """Users with open accounts, made once; their ids and names."""
    with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as connection:
        begun_s = time.monotonic()
        connection.execute(
            "INSERT INTO users (username, username_folded, password_hash, state) "
            "SELECT 'bench-' || n, 'bench-' || n, %s, 'active' FROM generate_series(1, %s::int) n "
            "ON CONFLICT DO NOTHING",
            (Passwords(12).hash(PASSWORD), n_users),
        )
        rows = connection.execute(
            "SELECT id::text, username FROM users WHERE username LIKE 'bench-%%' ORDER BY id LIMIT %s", (n_users,)
        ).fetchall()
        for start in range(0, len(rows), 1000):
            ids = [row[0] for row in rows[start : start + 1000]]
            connection.execute("SELECT coins_open(id, 1000) FROM unnest(%s::uuid[]) id", (ids,))
        connection.execute("VACUUM ANALYZE")
        print(f"{len(rows)} users in {time.monotonic() - begun_s:.1f} s", flush=True)
    wait_projected(running)
    return [(row[0], row[1]) for row in rows]


def wait_projected(running: Platform, *, within_s: float = 900.0) -> float:
    """Wait until all that was posted is sealed and its events are delivered; how long it took."""
    begun_s = time.monotonic()
    database = Postgres(running.environment["DATABASE_URL"])
    ledger_blocks.seal_all(database)
    with database.connection() as connection:
        while time.monotonic() < begun_s + within_s:
            waiting = connection.execute("SELECT count(*) FROM outbox WHERE delivered_at IS NULL").fetchone()
            if waiting == (0,):
                break
            time.sleep(0.5)
    database.close()
    return time.monotonic() - begun_s


def offer_mix(running: Platform, users: list[tuple[str, str]], rate: float, seconds: float) -> list[Json]:
    """The figures of one load after the other."""
    sign_in_lately(running, users[:SIGNED_IN])
    figures: list[Json] = []
    left_s = seconds
    while left_s > 0:
        part_s = min(left_s, LONGEST_LOAD_S)
        figures.append(_offer(running, _requests(running, users, len(figures)), rate, part_s))
        left_s -= part_s
    return figures


def sign_in_lately(running: Platform, users: list[tuple[str, str]]) -> None:
    """Have every worker process prove the passwords of these users once; a process has a memory of its own."""
    with httpx.Client(base_url=running.urls["public"], timeout=60) as client:
        for _, name in users:
            for _ in range(6):
                # A connection of its own each time, so that both workers are met.
                body = {"username": name, "password": PASSWORD}
                client.post("/api/auth", json=body, headers={"Connection": "close"})


def _requests(running: Platform, users: list[tuple[str, str]], seed: int) -> list[Json]:
    keys = load_settings(TokenSettings, running.environment, need=("TOKEN_KEYS",)).keys
    tokens, rng = Tokens(keys, SystemClock()), random.Random(seed)

    def bearer() -> list[list[str]]:
        user_id, name = rng.choice(users)
        return [["Authorization", f"Bearer {tokens.sign(Caller(user_id=user_id, username=name, roles=()))}"]]

    def one(choice: float) -> Json:
        if choice < 0.5:
            return {"path": "/api/info", "headers": bearer()}
        if choice < 0.7:
            body = json.dumps({"toUser": rng.choice(users)[1], "amount": 1})
            headers = [*bearer(), ["Content-Type", "application/json"]]
            return {"method": "POST", "path": "/api/sendCoin", "headers": headers, "body": body}
        if choice < 0.9:
            return {"path": "/api/buy/pen", "headers": bearer()}
        body = json.dumps({"username": rng.choice(users[:SIGNED_IN])[1], "password": PASSWORD})
        headers = [["Content-Type", "application/json"]]
        return {"method": "POST", "path": "/api/auth", "headers": headers, "body": body}

    return [one(rng.random()) for _ in range(N_REQUESTS)]


def _offer(running: Platform, requests: list[Json], rate: float, seconds: float) -> Json:
    place = urlsplit(running.urls["public"])
    load = Load(
        host=str(place.hostname),
        port=int(place.port or 80),
        requests=requests,
        rate_per_s=rate,
        seconds=seconds,
    )
    before = _cpu_by_process(running)
    command = [sys.executable, "-m", "tests.bench.support.open_loop"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(load)), stdout=subprocess.PIPE, text=True, check=True
    )
    figures: Json = json.loads(done.stdout)
    spent = _cpu_by_process(running)
    figures["cpu"] = {name: round((spent[name] - before.get(name, 0.0)) / seconds, 3) for name in spent}
    figures["projected_after_s"] = round(wait_projected(running), 1)
    return figures


def _judged(figures: list[Json]) -> Json:
    n_all = sum(sum(each["statuses"].values()) for each in figures)
    n_good = sum(each["statuses"].get("200", 0) for each in figures)
    success, p99_ms = n_good / n_all, max(each["p99_ms"] for each in figures)
    return {
        "success": round(success, 6),
        "p99_ms": p99_ms,
        "loads": figures,
        "met": success >= SUCCESS and p99_ms < P99_MS,
    }


def _cpu_by_process(running: Platform) -> dict[str, float]:
    """Processor seconds by process of the platform, its children included."""
    spent = {}
    for name in PROCESSES:
        root = psutil.Process(running.supervisor.pid(name))
        spent[name] = sum(sum(each.cpu_times()[:2]) for each in [root, *root.children(recursive=True)])
    return spent


# Straight against Postgres


def measure_ledger(running: Platform, options: argparse.Namespace) -> Json:
    """Transfers on fewer and fewer accounts, and TPC-B, in turns on one server."""
    conninfo = running.environment["DATABASE_URL"]
    owners = _open_accounts(conninfo, 50)
    _prepare_tpcb(conninfo)
    jobs: dict[str, tuple[str, list[str]]] = {
        "tpcb": ("tpcb", []),
        "50 accounts": ("transfer", owners),
        "50 accounts, with keys": ("transfer_with_key", owners),
        "tpcb in a function": ("tpcb_function", []),
        "10 accounts": ("transfer", owners[:10]),
        "2 accounts": ("transfer", owners[:2]),
    }
    results: Json = {}
    for name, (kind, accounts) in jobs.items():
        results[name] = _run_clients(conninfo, kind, accounts, options.client_seconds)
        print(name, results[name], flush=True)
    results["ratio on 50 accounts"] = round(results["50 accounts"]["per_s"] / results["tpcb"]["per_s"], 3)
    return {**results, "met": results["ratio on 50 accounts"] >= RATIO_ON_50}


def _run_clients(conninfo: str, kind: str, accounts: list[str], seconds: float) -> Json:
    n_processes = 2
    jobs = [
        Job(
            conninfo=conninfo,
            clients=CLIENTS // n_processes,
            seconds=seconds,
            kind=kind,
            accounts=accounts,
            scale=50,
            seed=number,
        )
        for number in range(n_processes)
    ]
    command = [sys.executable, "-m", "tests.bench.support.pq_clients"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in jobs
    ]
    for process, job in zip(processes, jobs, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(job)))
        process.stdin.close()
    outputs = [json.loads(process.stdout.read()) for process in processes if process.stdout is not None]
    for process in processes:
        process.wait()
    times_ms = sorted(each for output in outputs for each in output["times_ms"])
    return {
        "per_s": round(len(times_ms) / seconds),
        "p50_ms": times_ms[len(times_ms) // 2],
        "p99_ms": times_ms[int(len(times_ms) * 0.99)],
        "client_cpu": round(sum(output["cpu"] for output in outputs), 2),
    }


def _open_accounts(conninfo: str, n: int) -> list[str]:
    owners = [f"bench/{number}" for number in range(n)]
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for owner in owners:
            connection.execute(OPEN, (owner,))
    return owners


OPEN = "SELECT ledger_open(%s, 'coins', 'COIN', 0::smallint, 0::smallint, 'credit', -1000000000, NULL)"


def _prepare_tpcb(conninfo: str, scale: int = 50) -> None:
    """pgbench's tables at a scale, and its script as a function."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(TPCB_TABLES.encode())
        connection.execute("INSERT INTO pgbench_branches SELECT n, 0 FROM generate_series(1, %s::int) n", (scale,))
        tellers = "INSERT INTO pgbench_tellers SELECT n, (n - 1) / 10 + 1, 0 FROM generate_series(1, %s::int) n"
        connection.execute(tellers, (10 * scale,))
        connection.execute(
            "INSERT INTO pgbench_accounts SELECT n, (n - 1) / 100000 + 1, 0, '' FROM generate_series(1, %s::int) n",
            (100_000 * scale,),
        )
        for table in ("branches", "tellers", "accounts"):
            connection.execute(f"ALTER TABLE pgbench_{table} ADD PRIMARY KEY ({table[0]}id)".encode())
        connection.execute("VACUUM ANALYZE")


TPCB_TABLES = """
DROP TABLE IF EXISTS pgbench_branches, pgbench_tellers, pgbench_accounts, pgbench_history;
CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88)) WITH (fillfactor = 100);
CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
CREATE OR REPLACE FUNCTION pgbench_tpcb(p_aid int, p_tid int, p_bid int, p_delta int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE v_balance int;
BEGIN
    UPDATE pgbench_accounts SET abalance = abalance + p_delta WHERE aid = p_aid;
    SELECT abalance INTO v_balance FROM pgbench_accounts WHERE aid = p_aid;
    UPDATE pgbench_tellers SET tbalance = tbalance + p_delta WHERE tid = p_tid;
    UPDATE pgbench_branches SET bbalance = bbalance + p_delta WHERE bid = p_bid;
    INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (p_tid, p_bid, p_aid, p_delta, CURRENT_TIMESTAMP);
    RETURN v_balance;
END
$$
"""


# The proof


def measure_verify(running: Platform, options: argparse.Namespace) -> Json:
    """Fill the ledger with transfers among 100,000 accounts, and prove it."""
    database = Postgres(running.environment["DATABASE_URL"])
    projection = ClickHouseLedger(ClickHouse(running.environment["CLICKHOUSE_URL"]))
    n_postings = _fill(database, options.postings)
    n_blocks = ledger_blocks.project_all(database, projection.store)
    before_mb = _peak_mb()
    begun_s = time.monotonic()
    faults = LedgerVerification(database, projection).find_faults(now=datetime.now(UTC))
    took_s = time.monotonic() - begun_s
    database.close()
    return {
        "postings": n_postings,
        "blocks": n_blocks,
        "seconds": round(took_s, 2),
        "seconds_for_10m": round(took_s / n_postings * 10_000_000, 1),
        "memory_grew_mb": round(_peak_mb() - before_mb, 1),
        "faults": faults[:5],
        "met": not faults and took_s / n_postings * 10_000_000 <= VERIFY_S_FOR_10M,
    }


def _fill(database: Postgres, n_postings: int, n_accounts: int = 10_000) -> int:
    """Post until there are so many postings; without an event for each block, as nobody reads these."""
    with database.connection() as connection:
        connection.execute("SET statement_timeout TO 0")
        connection.execute(
            "SELECT ledger_open('filled/' || n, 'coins', 'COIN', 0::smallint, 0::smallint, 'credit', NULL, NULL) "
            "FROM generate_series(1, %s::int) n",
            (n_accounts,),
        )
        ids = connection.execute(
            "SELECT array_agg(id ORDER BY id) FROM ledger_accounts WHERE owner LIKE 'filled/%%'"
        ).fetchone()
        assert ids is not None
        n_transactions, chunk = n_postings // 2, 20_000
        for start in range(0, n_transactions, chunk):
            connection.execute(
                "SELECT count(ledger_write("
                "uuidv7(), 'transfer', ARRAY[(%(ids)s::bigint[])[a], (%(ids)s::bigint[])[b]], "
                "ARRAY[-5, 5]::bigint[], NULL, '{}', NULL, NULL, false)) FROM ("
                "SELECT n %% %(n)s + 1 AS a, (n * 7919 + 13) %% %(n)s + 1 AS b "
                "FROM generate_series(%(first)s::int, %(last)s::int) n) drawn WHERE a <> b",
                {"ids": ids[0], "n": n_accounts, "first": start, "last": min(start + chunk, n_transactions)},
            )
            while connection.execute("SELECT ledger_seal(250)").fetchone() != (None,):
                pass
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT count(*) FROM ledger_postings").fetchone()
    assert row is not None
    return int(row[0])


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS: dict[str, Callable[[Platform, argparse.Namespace], Json]] = {
    "mix": measure_mix,
    "register": measure_register,
    "ledger": measure_ledger,
    "verify": measure_verify,
}

if __name__ == "__main__":
    sys.exit(main())
